//! Known issues as data: rules over the timeline, ending in verdicts.
//!
//! ```text
//! schema ─► lint ─► compile ─► matcher · sequence ─► engine ─► verdict
//! (as written)      (can run)  (one event · order)  (judge)   (with evidence)
//! ```
//!
//! Rules live in `rules/<area>/<id>/`, each with its cases beside it. This room
//! knows events and the timeline; it reads no log and formats no report.

pub mod code;
pub mod engine;
pub mod error;
pub mod explain;
pub mod fixture;
pub mod lint;
pub mod load;
pub mod mutate;
pub mod needs;
pub mod new;
pub mod schema;
pub mod verdict;

mod catalogue;
mod compile;
mod judged;
mod matcher;
mod relate;
mod sequence;
mod state;
mod status;
mod vocabulary;
mod wording;
mod world;

#[cfg(test)]
mod naive;
#[cfg(test)]
mod tests;

pub use catalogue::catalogue;
pub use error::{Problem, RuleError};
pub use load::{Rule, RuleSet};
pub use vocabulary::Vocabulary;
pub use world::ASSUMED_CLOCK_ERROR_S;
