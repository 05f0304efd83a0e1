//! Numbers over the timeline: frames, counts, durations, percentiles, outliers. The only
//! room that names polars. What the numbers mean for the reader is the report's
//! business.

pub mod compare;
pub mod frame;
pub mod metrics;
pub mod moves;
pub mod outages;
pub mod steps;

pub use compare::{Comparison, Side, compare};
pub use frame::write_parquet;
pub use metrics::{EventCounts, NodeCounts, Spread, VmDowntime};

#[cfg(test)]
pub(crate) mod fixture;
