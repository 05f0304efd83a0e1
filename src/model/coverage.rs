//! What was read: node × log × time window, and its gaps.
//!
//! "Nothing happened" and "we could not see" must never look alike; this is what
//! tells them apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::absence::Absence;
use super::id::NodeName;
use super::kind::EventKind;
use super::time::{Moment, TimeBasis, Window};

/// What a bundle member turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Binary event log.
    Evtx,
    /// Cluster log of 2008 or later.
    ClusterLog,
    /// Cluster log of NT 4 or Windows 2000: recognized, not read.
    LegacyClusterLog,
    /// Events exported as XML.
    EventXml,
    /// Events exported as CSV.
    EventCsv,
    /// PowerShell objects exported as XML (clixml).
    Clixml,
    /// Configuration of a VM as Hyper-V kept it until 2012 R2.
    VmConfig,
    /// Output of `systeminfo`.
    SystemInfo,
    /// A list of installed updates as text.
    UpdateList,
    /// Messages of the events of a log, in one language.
    Messages,
    /// A report left by cluster tools in `Cluster\Reports`.
    ClusterReport,
    /// Operator notes.
    Notes,
    /// Recognized as something the tool does not read.
    Other,
}

impl FileKind {
    /// The name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Evtx => "evtx",
            FileKind::ClusterLog => "cluster-log",
            FileKind::LegacyClusterLog => "cluster-log-legacy",
            FileKind::EventXml => "event-xml",
            FileKind::EventCsv => "event-csv",
            FileKind::Clixml => "clixml",
            FileKind::VmConfig => "vm-config",
            FileKind::SystemInfo => "systeminfo",
            FileKind::UpdateList => "update-list",
            FileKind::Messages => "messages",
            FileKind::ClusterReport => "cluster-report",
            FileKind::Notes => "notes",
            FileKind::Other => "other",
        }
    }

    /// Whether events can come from it.
    #[must_use]
    pub fn is_log(self) -> bool {
        matches!(
            self,
            FileKind::Evtx | FileKind::ClusterLog | FileKind::EventXml | FileKind::EventCsv
        )
    }
}

/// What was read of one bundle member.
#[derive(Clone, Debug, PartialEq)]
pub struct FileCoverage {
    /// The member's path.
    pub path: Arc<str>,
    /// What it is.
    pub kind: FileKind,
    /// The node it belongs to, by record, header or path, in that order of trust.
    pub node: Option<NodeName>,
    /// Channels of its records; a cluster log has [`CLUSTER_LOG`], a reports
    /// folder [`CLUSTER_REPORTS`].
    pub channels: BTreeSet<Arc<str>>,
    /// Records or lines read.
    pub records_read: u64,
    /// Records or lines that could not be read.
    pub records_failed: u64,
    /// Earliest event time in it.
    pub first: Option<Moment>,
    /// Latest event time in it.
    pub last: Option<Moment>,
    /// Lowest record id in it, for logs that number their records.
    pub first_record: Option<u64>,
    /// On which clock its times are written.
    pub time_basis: TimeBasis,
}

/// Pseudo channel of cluster.log.
pub const CLUSTER_LOG: &str = "cluster.log";
/// Pseudo channel of the reports folder (`Cluster\Reports`), where the refresh of
/// a VM's configuration leaves its only trace.
pub const CLUSTER_REPORTS: &str = "Cluster\\Reports";
/// Pseudo channel of what people say.
pub const NOTES: &str = "notes";
/// Pseudo channel of configuration snapshots.
pub const SNAPSHOTS: &str = "configuration snapshots";

/// Records that are missing inside a log: its record ids jump.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordGap {
    /// The member.
    pub path: Arc<str>,
    /// The node it belongs to.
    pub node: Option<NodeName>,
    /// The channel whose ids jump.
    pub channel: Arc<str>,
    /// Last record id before the gap.
    pub after_record: u64,
    /// First record id behind the gap.
    pub before_record: u64,
    /// Times of those two records.
    pub window: Window,
}

impl RecordGap {
    /// How many records are missing.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.before_record.saturating_sub(self.after_record + 1)
    }
}

/// Where the messages of a log's events were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFile {
    /// The member.
    pub path: Arc<str>,
    /// Their language as Windows numbers it (MS-LCID); 0 where the file does not say.
    pub lcid: u32,
}

impl MessageFile {
    /// The language as a tag (`ja-JP`); `None` for one that is not in the short list of
    /// languages in which Windows Server comes.
    #[must_use]
    pub fn language(&self) -> Option<&'static str> {
        Some(match self.lcid {
            1028 => "zh-TW",
            1029 => "cs-CZ",
            1031 => "de-DE",
            1033 => "en-US",
            1036 => "fr-FR",
            1038 => "hu-HU",
            1040 => "it-IT",
            1041 => "ja-JP",
            1042 => "ko-KR",
            1043 => "nl-NL",
            1045 => "pl-PL",
            1046 => "pt-BR",
            1049 => "ru-RU",
            1053 => "sv-SE",
            1055 => "tr-TR",
            2052 => "zh-CN",
            2057 => "en-GB",
            2070 => "pt-PT",
            3082 => "es-ES",
            _ => return None,
        })
    }
}

/// Everything that was read and not read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Every member, in path order.
    pub files: Vec<FileCoverage>,
    /// Missing records inside logs, in path and record order.
    pub gaps: Vec<RecordGap>,
    /// Members that were read and of which something was lost that may lie behind their
    /// last event: a cut file, a destroyed chunk. Such a log covers nothing behind it.
    pub cut: BTreeSet<Arc<str>>,
    /// Where each kind of event is written: the channels (and pseudo channels)
    /// of the dictionary's entries for that kind.
    pub carriers: BTreeMap<EventKind, BTreeSet<Arc<str>>>,
    /// Records whose provider and id no dictionary entry names, with counts.
    pub unknown: BTreeMap<(Arc<str>, u32), u64>,
    /// Nodes that logs and exports of the cluster name, whether or not they have logs of
    /// their own.
    pub named_nodes: BTreeSet<NodeName>,
    /// The messages that were used, by the log that they are of.
    pub messages: BTreeMap<Arc<str>, MessageFile>,
    /// What happens without leaving an event, on any version of Windows Server.
    pub unlogged: Vec<Absence>,
}

impl Coverage {
    /// Records and lines read, over all files.
    #[must_use]
    pub fn records_read(&self) -> u64 {
        self.files.iter().map(|f| f.records_read).sum()
    }

    /// Records and lines that could not be read, over all files.
    #[must_use]
    pub fn records_failed(&self) -> u64 {
        self.files.iter().map(|f| f.records_failed).sum()
    }

    /// Of each log that was cut or damaged, whose it is and when its last event was, in
    /// English.
    pub fn ends(&self) -> impl Iterator<Item = String> {
        let cut = self.files.iter().filter(|f| self.cut.contains(&f.path));
        cut.map(|file| match file.last {
            Some(last) => format!("{} is not known behind {last}", file.path),
            None => format!("no event of {} is in the time looked at", file.path),
        })
    }

    /// Nodes that have at least one log with an event in it.
    #[must_use]
    pub fn logged_nodes(&self) -> BTreeSet<NodeName> {
        self.files
            .iter()
            .filter(|f| f.kind.is_log() && f.first.is_some())
            .filter_map(|f| f.node.clone())
            .collect()
    }
}
