//! Known issues as data: rules over the timeline, ending in verdicts.

pub mod verdict;
