//! Scenarios into bundles: real files with a known truth.

pub mod record;
