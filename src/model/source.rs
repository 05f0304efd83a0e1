//! Where a fact was read, so that an engineer can open it and see.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// The place inside a bundle member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Locator {
    /// The `EventRecordID` of an event log record.
    Record(u64),
    /// A line of a text file, counted from 1.
    Line(u64),
    /// An entry of a list (a note, an exported object), counted from 1.
    Entry(u64),
    /// The member as a whole.
    Whole,
}

/// A bundle member and a place in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SourceRef {
    /// The member's path, with `/`, nested archives joined by `!/`
    /// (`bundle.zip!/Node_HV01/System.EVTX`).
    pub member: Arc<str>,
    /// The place in it.
    pub at: Locator,
}

impl SourceRef {
    /// A place in a member.
    #[must_use]
    pub fn new(member: Arc<str>, at: Locator) -> Self {
        SourceRef { member, at }
    }

    /// The record id, where the place is a record.
    #[must_use]
    pub fn record(&self) -> Option<u64> {
        match self.at {
            Locator::Record(id) => Some(id),
            _ => None,
        }
    }

    /// The line or entry number, where the place is one.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        match self.at {
            Locator::Line(n) | Locator::Entry(n) => Some(n),
            _ => None,
        }
    }
}

impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Locator::Record(id) => write!(f, "{} record {id}", self.member),
            Locator::Line(n) => write!(f, "{}:{n}", self.member),
            Locator::Entry(n) => write!(f, "{} entry {n}", self.member),
            Locator::Whole => f.write_str(&self.member),
        }
    }
}
