//! Trouble that does not stop a run: counted, shown in the report, reflected in
//! the exit status. What stops a run is an error, not a diagnostic.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::source::SourceRef;

/// What kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiagnosticCode {
    /// A file or archive entry could not be opened or read.
    Unreadable,
    /// An event log's file header is damaged; its chunks were read all the same.
    EvtxHeader,
    /// A chunk of an event log is damaged; what could be read of it was.
    EvtxChunk,
    /// A record of an event log could not be read.
    EvtxRecord,
    /// A file ends in the middle of something.
    Truncated,
    /// An event log was not closed properly (normal for a copied live log).
    Dirty,
    /// A line is not of the form that its log has.
    Line,
    /// A time is impossible, a placeholder, or ambiguous.
    Time,
    /// A format that the tool recognizes and does not read.
    Unsupported,
    /// A size, depth, count or ratio limit stopped the reading of an archive.
    Limit,
    /// An archive entry's name is unsafe or not valid.
    EntryName,
    /// Text has bytes that its encoding does not allow.
    Encoding,
    /// A member is not well-formed XML, CSV or YAML.
    Syntax,
    /// Nothing in the file says which clock its times are on.
    TimeBasis,
    /// A record lacks a value that its dictionary entry names.
    MissingField,
    /// Record ids jump: records are missing.
    Gap,
    /// A note names a VM or node that no log names: a slip of the pen, or a log
    /// that was not collected.
    UnknownSubject,
    /// The input is of more than one cluster, which its message lists.
    SeveralClusters,
}

impl DiagnosticCode {
    /// Whether input was lost, which the exit status reflects. The others only
    /// inform.
    #[must_use]
    pub fn is_loss(self) -> bool {
        !matches!(
            self,
            DiagnosticCode::Dirty
                | DiagnosticCode::TimeBasis
                | DiagnosticCode::MissingField
                | DiagnosticCode::Gap
                | DiagnosticCode::UnknownSubject
                | DiagnosticCode::SeveralClusters
                | DiagnosticCode::Encoding
        )
    }

    /// The name used in reports (`evtx-chunk`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DiagnosticCode::Unreadable => "unreadable",
            DiagnosticCode::EvtxHeader => "evtx-header",
            DiagnosticCode::EvtxChunk => "evtx-chunk",
            DiagnosticCode::EvtxRecord => "evtx-record",
            DiagnosticCode::Truncated => "truncated",
            DiagnosticCode::Dirty => "dirty",
            DiagnosticCode::Line => "line",
            DiagnosticCode::Time => "time",
            DiagnosticCode::Unsupported => "unsupported",
            DiagnosticCode::Limit => "limit",
            DiagnosticCode::EntryName => "entry-name",
            DiagnosticCode::Encoding => "encoding",
            DiagnosticCode::Syntax => "syntax",
            DiagnosticCode::TimeBasis => "time-basis",
            DiagnosticCode::MissingField => "missing-field",
            DiagnosticCode::Gap => "gap",
            DiagnosticCode::UnknownSubject => "unknown-subject",
            DiagnosticCode::SeveralClusters => "several-clusters",
        }
    }
}

impl fmt::Display for DiagnosticCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One trouble, or many of the same kind with the same message in one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind.
    pub code: DiagnosticCode,
    /// Where; for several, the first of them.
    pub source: SourceRef,
    /// How often.
    pub count: u64,
    /// What happened, what was expected and what was found.
    pub message: String,
}

/// Diagnostics, folded: the same code and message in the same member are one
/// entry with a count, so that a damaged gigabyte does not become a gigabyte of
/// diagnostics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    entries: BTreeMap<(Arc<str>, DiagnosticCode, String), (SourceRef, u64)>,
}

impl Diagnostics {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, code: DiagnosticCode, source: SourceRef, message: impl Into<String>) {
        self.push_count(code, source, message, 1);
    }

    /// Adds `count` of one kind; the smallest place is kept.
    pub fn push_count(
        &mut self,
        code: DiagnosticCode,
        source: SourceRef,
        message: impl Into<String>,
        count: u64,
    ) {
        self.entries
            .entry((source.member.clone(), code, message.into()))
            .and_modify(|(first, n)| {
                *n += count;
                if source < *first {
                    *first = source.clone();
                }
            })
            .or_insert((source, count));
    }

    /// Takes all of `other`.
    pub fn absorb(&mut self, other: Diagnostics) {
        for ((_, code, message), (source, count)) in other.entries {
            self.push_count(code, source, message, count);
        }
    }

    /// All of them, by member, code and message.
    pub fn iter(&self) -> impl Iterator<Item = Diagnostic> + '_ {
        self.entries
            .iter()
            .map(|((_, code, message), (source, count))| Diagnostic {
                code: *code,
                source: source.clone(),
                count: *count,
                message: message.clone(),
            })
    }

    /// Whether any of them means that input was lost.
    #[must_use]
    pub fn any_loss(&self) -> bool {
        self.entries.keys().any(|(_, code, _)| code.is_loss())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
