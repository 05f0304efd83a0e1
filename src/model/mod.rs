//! The waist of the hourglass: what both wings agree on.
//!
//! The gather wing (`readers`, `normalize`, `ingest`) produces these types, the
//! understand wing (`timeline`, `rules`, `analysis`, `report`) consumes them.
//! Nothing here reads a file, knows an event id or writes a sentence.

pub mod absence;
pub mod coverage;
pub mod diagnostic;
pub mod event;
pub mod gathered;
pub mod id;
pub mod inventory;
pub mod kind;
pub mod order;
pub mod source;
pub mod status;
pub mod text;
pub mod time;
pub mod windows;

pub use absence::Absence;
pub use coverage::{Coverage, FileCoverage, RecordGap};
pub use diagnostic::{Diagnostic, DiagnosticCode, Diagnostics};
pub use event::{Event, Fields, Origin, Severity, Subject};
pub use gathered::Gathered;
pub use id::{GroupName, NodeName, ResourceName, VmId, VmName};
pub use inventory::{
    AdapterSetting, ExportedClass, ExportedObject, Inventory, NodeFacts, VmSnapshot,
};
pub use kind::EventKind;
pub use source::{Locator, SourceRef};
pub use text::{Lang, Localized};
pub use time::{Moment, Precision, TimeBasis, Window};
