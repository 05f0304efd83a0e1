//! What the engine found for one assignment of events to steps, before it is put
//! into words. Data only.

use super::sequence::Binding;
use super::verdict::{StepOutcome, Verdict};
use crate::timeline::{EventIndex, MissingLog};

/// A required step that was not observed, or an absence that could not be.
pub(super) struct Hidden {
    pub(super) step: usize,
    pub(super) missing: Vec<MissingLog>,
    /// It was seen, but clocks do not tell on which side of its window's end.
    pub(super) edge: bool,
}

/// One assignment with its verdict.
pub(super) struct Judged {
    pub(super) binding: Binding,
    pub(super) verdict: Verdict,
    pub(super) outcomes: Vec<StepOutcome>,
    /// Steps that rule it out by being there.
    pub(super) against: Vec<usize>,
    /// Required steps that would have been seen and were not there.
    pub(super) not_found: Vec<usize>,
    pub(super) hidden: Vec<Hidden>,
    /// Required steps with circumstantial evidence only.
    pub(super) weak: Vec<usize>,
    /// Events that state that an absent step did not happen.
    pub(super) denials: Vec<EventIndex>,
}
