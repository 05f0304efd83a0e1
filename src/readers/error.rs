//! What stops the reading of a file or of the whole run. Everything else is a
//! diagnostic.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::source::{Locator, SourceRef};

/// A fatal read error: what happened, and where.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A path given by the user does not exist or cannot be looked at.
    #[error("{}: {source}", path.display())]
    Path {
        /// As given.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A member could not be opened.
    #[error("{member}: could not be opened: {source}")]
    Open {
        /// The member's path.
        member: Arc<str>,
        /// Why.
        source: io::Error,
    },
    /// Reading failed on the way; what came before was handed over.
    #[error("reading failed {}: {source}", place(.at))]
    Read {
        /// The last place that was read.
        at: Locator,
        /// Why.
        source: io::Error,
    },
    /// A member is not what its reader expects.
    #[error("{at}: expected {expected}, found {found}")]
    Format {
        /// Where.
        at: SourceRef,
        /// What the format asks for.
        expected: String,
        /// What is there.
        found: String,
    },
}

fn place(at: &Locator) -> String {
    match at {
        Locator::Record(id) => format!("behind record {id}"),
        Locator::Line(n) => format!("behind line {n}"),
        Locator::Entry(n) => format!("behind entry {n}"),
        Locator::Whole => "at the start".to_owned(),
    }
}
