//! The result of the gather wing, whole: what the understand wing starts from.

use super::coverage::Coverage;
use super::diagnostic::Diagnostics;
use super::event::Event;
use super::inventory::Inventory;

/// Everything that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// Events in total order ([`Event::order_key`]).
    pub events: Vec<Event>,
    /// What was read and not read.
    pub coverage: Coverage,
    /// Facts beside events.
    pub inventory: Inventory,
    /// Trouble on the way.
    pub diagnostics: Diagnostics,
}
