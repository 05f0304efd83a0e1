//! Scenarios into bundles: real files with a known truth.

pub mod evtx_writer;
pub mod record;
