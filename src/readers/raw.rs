//! What every reader yields: syntax without meaning, borrowed where it can be.
//!
//! A reader fills reused buffers and calls a [`RecordSink`]; nothing here forces
//! JSON or an allocation per field on a reader or on whoever listens. A faster
//! reader can take another one's place behind this seam.

use std::sync::Arc;

use crate::model::diagnostic::DiagnosticCode;
use crate::model::inventory::{ExportedObject, VmSnapshot};
use crate::model::source::Locator;
use crate::model::time::{Moment, Precision};

/// One value of an event record. `name` is empty for an unnamed `Data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawField<'a> {
    /// Element or `Name` attribute; empty when the record gives none.
    pub name: &'a str,
    /// The value as rendered.
    pub value: &'a str,
}

/// Which part of the record its values came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// No payload element.
    #[default]
    None,
    /// `EventData`, named or unnamed `Data`.
    EventData,
    /// `UserData` of any shape; leaf elements become fields in document order.
    UserData,
    /// `ProcessingErrorData`: the record's own payload could not be rendered.
    ProcessingError,
}

/// One record of an event log, binary or exported. Missing text is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawEvent<'a> {
    /// `Provider/@Name`.
    pub provider: &'a str,
    /// `EventID`.
    pub event_id: u32,
    /// `Version`; 0 when absent.
    pub version: u8,
    /// `Level`; 0 when absent.
    pub level: u8,
    /// `Channel`.
    pub channel: &'a str,
    /// `Computer`.
    pub computer: &'a str,
    /// `TimeCreated/@SystemTime`; never the record header's time.
    pub time: Option<Moment>,
    /// `EventRecordID`; never the record header's.
    pub record_id: Option<u64>,
    /// Number of the record in its file, from the record's header; exported logs count
    /// from 1. 0 where the reader knows none.
    pub number: u64,
    /// The record's message in the language that it was exported in; empty when none
    /// came with it.
    pub message: &'a str,
    /// `Security/@UserID`.
    pub user_sid: &'a str,
    /// `Correlation/@ActivityID`.
    pub activity_id: &'a str,
    /// Where the fields came from.
    pub payload: Payload,
    /// The values in document order.
    pub fields: &'a [RawField<'a>],
}

/// One entry of a cluster log: a line with its continuation lines.
#[derive(Clone, Debug, PartialEq)]
pub struct RawLine<'a> {
    /// Number of the first line, from 1.
    pub line: u64,
    /// When, in UTC.
    pub time: Moment,
    /// How finely its time is stated.
    pub precision: Precision,
    /// `INFO`, `WARN`, `ERR`, `DBG`.
    pub level: &'a str,
    /// `System`, `Operational`, `Verbose`; empty for the main section.
    pub channel: &'a str,
    /// First bracketed tag (`RCM`, `NETFT`, `CHANNEL 10.0.0.1:~3343~`); empty when none.
    pub subsystem: &'a str,
    /// The text after level and tag; continuation lines joined by `\n`.
    pub text: &'a str,
}

/// Records in a row that nobody wants: of one channel and computer, each with a time,
/// and with ids that count up by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRun<'a> {
    /// `Channel`.
    pub channel: &'a str,
    /// `Computer`.
    pub computer: &'a str,
    /// Id and time of the first of them.
    pub first: (u64, Moment),
    /// Id and time of the last of them.
    pub last: (u64, Moment),
    /// Earliest and latest time among them.
    pub span: (Moment, Moment),
}

impl RawRun<'_> {
    /// How many records they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.last.0.saturating_sub(self.first.0).saturating_add(1)
    }
}

/// Finds lines that may be wanted, in much text at once.
pub trait LineFilter: Send + Sync {
    /// Appends the places in `text`, which is whole lines, that decide that a line may be
    /// wanted, in order: one or more for each such line.
    fn find(&self, text: &[u8], places: &mut Vec<usize>);
}

/// Receives what a reader reads, in the order of the file.
pub trait RecordSink {
    /// Whether the values of such a record are wanted. A reader may skip decoding
    /// `fields` of others; it calls [`RecordSink::event`] all the same, unless the sink
    /// [folds](RecordSink::folds). The answer must not change while a file is read.
    fn wants(&self, _provider: &str, _event_id: u32) -> bool {
        true
    }
    /// Whether a reader may tell of records that are not wanted by [`RecordSink::run`]
    /// and [`RecordSink::unwanted`] together, instead of one by one by
    /// [`RecordSink::event`].
    fn folds(&self) -> bool {
        false
    }
    /// Texts of which each wanted record of this provider and id has one among its values,
    /// in any case of its letters; none when it need not. A reader may treat others as
    /// not wanted.
    fn marks(&self, _provider: &str, _event_id: u32) -> Vec<Arc<str>> {
        Vec::new()
    }
    /// Records in a row that are not wanted. Each is told once more by `unwanted`, unless
    /// it was skipped for its time.
    fn run(&mut self, _run: &RawRun<'_>) {}
    /// So many of the records in runs were of this provider and id.
    fn unwanted(&mut self, _provider: &str, _event_id: u32, _count: u64) {}
    /// A record of an event log.
    fn event(&mut self, event: &RawEvent<'_>);
    /// Finds the lines that are wanted; `None` wants all. A reader may tell of entries
    /// without such a line by [`RecordSink::passed`] instead of [`RecordSink::line`].
    fn filter(&self) -> Option<Arc<dyn LineFilter>> {
        None
    }
    /// An entry of a cluster log.
    fn line(&mut self, line: &RawLine<'_>);
    /// So many entries that are not wanted, with the earliest and latest time among them.
    fn passed(&mut self, _entries: u64, _span: (Moment, Moment)) {}
    /// Settings of a VM from an export.
    fn snapshot(&mut self, snapshot: VmSnapshot);
    /// An object of an export; who does not ask for objects lets them go.
    fn object(&mut self, _object: ExportedObject) {}
    /// Trouble at a place of the member being read. Counts as one lost record
    /// when `lost` is true.
    fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, message: String);
}

/// A sink that stands in front of another and hands on what it is told: all of it, so
/// that what a reader may tell is listed once, in [`RecordSink`].
pub trait InFront {
    /// The sink behind it.
    fn behind(&self) -> &dyn RecordSink;
    /// The same, to be told.
    fn behind_mut(&mut self) -> &mut dyn RecordSink;
    /// Hands on a record of an event log.
    fn hand_on(&mut self, event: &RawEvent<'_>) {
        self.behind_mut().event(event);
    }
    /// A record or an entry was handed on.
    fn handed_on(&mut self) {}
}

impl<T: InFront> RecordSink for T {
    fn wants(&self, provider: &str, event_id: u32) -> bool {
        self.behind().wants(provider, event_id)
    }
    fn folds(&self) -> bool {
        self.behind().folds()
    }
    fn marks(&self, provider: &str, event_id: u32) -> Vec<Arc<str>> {
        self.behind().marks(provider, event_id)
    }
    fn run(&mut self, run: &RawRun<'_>) {
        self.behind_mut().run(run);
    }
    fn unwanted(&mut self, provider: &str, event_id: u32, count: u64) {
        self.behind_mut().unwanted(provider, event_id, count);
    }
    fn event(&mut self, event: &RawEvent<'_>) {
        self.hand_on(event);
        self.handed_on();
    }
    fn filter(&self) -> Option<Arc<dyn LineFilter>> {
        self.behind().filter()
    }
    fn line(&mut self, line: &RawLine<'_>) {
        self.behind_mut().line(line);
        self.handed_on();
    }
    fn passed(&mut self, entries: u64, span: (Moment, Moment)) {
        self.behind_mut().passed(entries, span);
    }
    fn snapshot(&mut self, snapshot: VmSnapshot) {
        self.behind_mut().snapshot(snapshot);
    }
    fn object(&mut self, object: ExportedObject) {
        self.behind_mut().object(object);
    }
    fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, message: String) {
        self.behind_mut().trouble(code, at, lost, message);
    }
}
