//! Syntax: bytes to raw records. Imports `model` only.
//!
//! ```text
//! paths ─► bundle ─► Member ─► sniff ─┬─► evtx          binary event logs
//!                                     ├─► cluster_log   lines of cluster.log
//!                                     ├─► rendered      events exported as XML or CSV
//!                                     └─► inventory     settings, builds, reports
//! ```
//!
//! Every reader takes a stream and a [`raw::RecordSink`]; none knows what an event
//! means, and none keeps more than fixed buffers of its input in memory.

pub mod bundle;
pub mod cluster_log;
pub mod error;
pub mod evtx;
pub mod inventory;
pub mod notes;
pub mod raw;
pub mod rendered;
pub mod sniff;
mod stamp;
pub mod text;
mod zip_directory;
