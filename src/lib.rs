//! vmtrail rebuilds what happened on a Hyper-V failover cluster from the logs
//! that were collected of it, offline.
//!
//! ```text
//! paths ─► readers ─► normalize ─► ingest ══ Gathered ══► timeline ─► rules ∥ analysis ─► report
//!          (syntax)   (meaning)    (merge)    model/       (state)     (verdicts)(numbers) (words, pictures)
//!          └──────────── gather ─────────┘                └─────────────── understand ───────────────┘
//! ```
//!
//! The two wings meet in [`model`] and never import each other; only the command
//! line sees both. [`simulate`] stands beside them: it writes bundles that the
//! gather wing can read, and knows what happened in them.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr,
        clippy::exit,
        clippy::dbg_macro,
        clippy::todo,
        clippy::unimplemented
    )
)]

pub mod model;

pub mod readers;

pub mod normalize;

pub mod ingest;

pub mod redact;

pub mod timeline;

pub mod rules;

pub mod analysis;

pub mod report;

pub mod simulate;
