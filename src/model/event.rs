//! One normalized event: what a record, a log line, a note or a snapshot says.
//!
//! An `Event` is a statement by one source. Whether it is true, and what it adds
//! up to with others, is the timeline's business.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::id::{GroupName, NodeName, ResourceName, VmId, VmName};
use super::kind::EventKind;
use super::source::SourceRef;
use super::time::{Moment, Precision};

/// How serious an event or a finding is, least first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Normal operation.
    Info,
    /// Worth a look.
    Warning,
    /// Something failed.
    Error,
    /// Service was lost.
    Critical,
}

impl Severity {
    /// From the level of a Windows event (1 critical … 4 information, 0 always).
    #[must_use]
    pub fn from_level(level: u8) -> Self {
        match level {
            1 => Severity::Critical,
            2 => Severity::Error,
            3 => Severity::Warning,
            _ => Severity::Info,
        }
    }

    /// The name used in files and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Critical => "critical",
        }
    }
}

/// What kind of source made the statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A Windows event log record (EVTX or exported XML/CSV).
    EventLog {
        /// Provider name as recorded.
        provider: Arc<str>,
        /// Event id.
        id: u32,
        /// Event version.
        version: u8,
        /// Channel name as recorded; empty when the record has none.
        channel: Arc<str>,
    },
    /// A line of a cluster.log.
    ClusterLog {
        /// The tag in brackets (`RCM`, `NETFT`), empty when the line has none.
        subsystem: Arc<str>,
    },
    /// Said by a person in a notes file; not logged anywhere.
    Note,
    /// Read from, or found by comparing, configuration exports and reports.
    Inventory,
    /// Concluded by the timeline from other events.
    Derived,
}

impl Origin {
    /// A short name: `event-log`, `cluster-log`, `note`, `inventory`, `derived`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Origin::EventLog { .. } => "event-log",
            Origin::ClusterLog { .. } => "cluster-log",
            Origin::Note => "note",
            Origin::Inventory => "inventory",
            Origin::Derived => "derived",
        }
    }
}

/// What an event is about. Every part is optional: records name what they name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Subject {
    /// The VM's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_id: Option<VmId>,
    /// The VM's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm: Option<VmName>,
    /// The cluster group (role).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// The cluster resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceName>,
    /// The node spoken of, where that is not the one that wrote the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// Source of a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_node: Option<NodeName>,
    /// Destination of a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_node: Option<NodeName>,
    /// Cluster network, network interface, physical NIC, virtual switch or VM
    /// NIC, by the name or id the record gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Arc<str>>,
    /// Cluster shared volume or disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<Arc<str>>,
}

/// The names of the values that a note can have, whatever it tells of.
pub const NOTE_FIELDS: [&str; 6] = ["by", "property", "from", "to", "tool", "text"];

/// Named values of an event, in name order. Names are those of the dictionary
/// (`blackout_s`, `status`, `host`), of notes, or of the timeline.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Fields(BTreeMap<Arc<str>, Arc<str>>);

impl Fields {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value, replacing an earlier one of that name.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) {
        self.0.insert(name.into(), value.into());
    }

    /// The value as recorded.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| &**v)
    }

    /// The value as a finite number, decimal point or comma (regional settings
    /// of the host decide which one it wrote).
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let text = self.get(name)?.trim();
        text.parse::<f64>()
            .or_else(|_| text.replace(',', ".").parse())
            .ok()
            .filter(|n| n.is_finite())
    }

    /// All values in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (&**k, &**v))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// One statement about the cluster, in order of (time, node, source).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, by the clock of the node that wrote it, in UTC.
    pub time: Moment,
    /// How finely the source states its time.
    pub precision: Precision,
    /// The node that wrote it; `None` for notes and for logs of unknown origin.
    pub node: Option<NodeName>,
    /// What it says.
    pub kind: EventKind,
    /// How serious it is by itself.
    pub severity: Severity,
    /// What kind of source said it.
    pub origin: Origin,
    /// What it is about.
    pub subject: Subject,
    /// Its other values.
    pub fields: Fields,
    /// The record's own message, in the language that it was collected in; `None` where
    /// none was.
    pub message: Option<Arc<str>>,
    /// Where to open it.
    pub source: SourceRef,
}

impl Event {
    /// The key of the one total order: the thread count never changes a report.
    #[must_use]
    pub fn order_key(&self) -> (Moment, Option<&NodeName>, &SourceRef, EventKind) {
        (self.time, self.node.as_ref(), &self.source, self.kind)
    }
}
