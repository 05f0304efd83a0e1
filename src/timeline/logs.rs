//! Each node's logs: which time they cover, what is missing inside, and why they begin
//! where they begin. "Nothing happened" and "we could not see" never look alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::observability::MissingLog;
use crate::model::coverage::{CLUSTER_LOG, Coverage, FileCoverage, FileKind};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::{Moment, Window};

/// Why a log begins where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogBegin {
    /// With its first record: nothing was ever before.
    FirstRecord,
    /// It was cleared; what was before is gone.
    Cleared,
    /// With a later record: older ones were overwritten, or not exported.
    Cut,
    /// It numbers no records, as cluster.log, so nothing tells.
    Unknown,
}

/// One log of one node, over all its files.
#[derive(Clone, Debug, PartialEq)]
pub struct LogCoverage {
    /// The node.
    pub node: NodeName,
    /// The channel, or a pseudo channel such as `cluster.log`.
    pub channel: Arc<str>,
    /// From the first to the last event of each of its files, in order of time; empty
    /// when it has no event.
    pub windows: Vec<Window>,
    /// Records or lines read from files that hold it.
    pub records: u64,
    /// Records missing inside it.
    pub missing: u64,
    /// Something behind the last event of one of its files may be lost: the file was cut
    /// or damaged.
    pub cut: bool,
    /// Why it begins where it does.
    pub begin: LogBegin,
}

/// Logs that a post-mortem of a node stands on, as far as nodes have them.
const DECIDING: [&str; 5] = [
    "System",
    "Microsoft-Windows-FailoverClustering/Operational",
    "Microsoft-Windows-Hyper-V-VMMS-Admin",
    "Microsoft-Windows-Hyper-V-High-Availability-Admin",
    CLUSTER_LOG,
];

/// Deciding logs that were collected of other nodes and not of this one; by node, then
/// channel. Nodes without any log are not among them, and one that is empty or has no
/// record in the window was collected.
pub(super) fn not_collected(coverage: &Coverage) -> Vec<MissingLog> {
    let nodes = coverage.logged_nodes();
    let nodes = nodes.intersection(&coverage.named_nodes);
    let of = |node: &NodeName| {
        let all = coverage.files.iter();
        all.filter(move |f| f.kind.is_log() && f.node.as_ref() == Some(node))
            .collect::<Vec<_>>()
    };
    let files: BTreeMap<&NodeName, Vec<&FileCoverage>> = nodes.map(|n| (n, of(n))).collect();
    let mut all = Vec::new();
    for channel in DECIDING {
        let lacking: Vec<&NodeName> = (files.iter())
            .filter(|(_, files)| !files.iter().any(|f| is_of(f, channel)))
            .map(|(node, _)| *node)
            .collect();
        if lacking.len() < files.len() {
            all.extend(lacking.into_iter().map(|node| MissingLog {
                node: Some(node.clone()),
                channel: channel.into(),
                partly: false,
            }));
        }
    }
    all.sort();
    all
}

/// Whether a file is a log's: by its records, or where it has none by its name, in which
/// collectors put the channel with other signs between the words.
fn is_of(file: &FileCoverage, channel: &str) -> bool {
    if file.channels.iter().any(|c| &**c == channel) {
        return true;
    }
    if channel == CLUSTER_LOG {
        return file.kind == FileKind::ClusterLog;
    }
    let letters = |text: &str| -> String {
        let all = text.chars().filter(char::is_ascii_alphanumeric);
        all.map(|c| c.to_ascii_lowercase()).collect()
    };
    let name = file.path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = letters(&stem.replace("%4", "/"));
    file.channels.is_empty() && stem.ends_with(&letters(channel))
}

/// By node and channel, each with its lowest record id.
type Logs<'a> = BTreeMap<(&'a NodeName, &'a Arc<str>), (LogCoverage, Option<u64>)>;

/// By node, then channel.
pub(super) fn build(coverage: &Coverage, events: &[Event]) -> Vec<LogCoverage> {
    let mut cleared: BTreeMap<(&NodeName, &str), Moment> = BTreeMap::new();
    for event in events.iter().filter(|e| e.kind == EventKind::LogCleared) {
        if let Some(node) = &event.node {
            // The Security log's record of that names no log: it means itself.
            let log = event.fields.get("log").unwrap_or("Security");
            cleared.insert((node, log), event.time);
        }
    }
    let mut found: Logs<'_> = BTreeMap::new();
    for file in &coverage.files {
        let Some(node) = &file.node else { continue };
        for channel in &file.channels {
            let (log, first_id) = found.entry((node, channel)).or_insert_with(|| {
                let log = LogCoverage {
                    node: node.clone(),
                    channel: channel.clone(),
                    windows: Vec::new(),
                    records: 0,
                    missing: 0,
                    cut: false,
                    begin: LogBegin::Unknown,
                };
                (log, None)
            });
            log.records += file.records_read;
            log.cut |= coverage.cut.contains(&file.path);
            log.windows.extend(
                file.first
                    .zip(file.last)
                    .map(|(from, to)| Window::new(from, to)),
            );
            *first_id = match (*first_id, file.first_record) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }
    for gap in &coverage.gaps {
        let key = gap.node.as_ref().map(|node| (node, &gap.channel));
        if let Some((log, _)) = key.and_then(|key| found.get_mut(&key)) {
            log.missing += gap.missing();
        }
    }
    found
        .into_values()
        .map(|(mut log, first_id)| {
            log.windows.sort_by_key(|w| (w.from, w.to));
            let was_cleared = cleared
                .get(&(&log.node, &*log.channel))
                .is_some_and(|at| log.windows.first().is_none_or(|w| *at <= w.from));
            log.begin = match first_id {
                _ if was_cleared => LogBegin::Cleared,
                Some(1) => LogBegin::FirstRecord,
                Some(_) => LogBegin::Cut,
                None => LogBegin::Unknown,
            };
            log
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coverage::RecordGap;
    use crate::model::event::{Fields, Origin, Severity, Subject};
    use crate::model::source::{Locator, SourceRef};
    use crate::model::time::{Precision, TimeBasis};

    fn at(minute: u32) -> Moment {
        Moment::parse(&format!("2024-05-14T01:{minute:02}:00Z")).unwrap()
    }

    fn file(channel: &str, from: u32, first_record: Option<u64>) -> FileCoverage {
        FileCoverage {
            path: format!("{channel}-{from}.evtx").into(),
            kind: FileKind::Evtx,
            node: NodeName::new("HV01"),
            channels: [Arc::from(channel)].into(),
            records_read: 10,
            records_failed: 0,
            first: Some(at(from)),
            last: Some(at(from + 5)),
            first_record,
            time_basis: TimeBasis::Utc,
        }
    }

    fn clearing(minute: u32, log: Option<&str>) -> Event {
        let mut fields = Fields::new();
        if let Some(log) = log {
            fields.set("log", log);
        }
        Event {
            time: at(minute),
            precision: Precision::Tick,
            node: NodeName::new("hv01"),
            kind: EventKind::LogCleared,
            severity: Severity::Warning,
            origin: Origin::Derived,
            subject: Subject::default(),
            fields,
            message: None,
            source: SourceRef::new("System.evtx".into(), Locator::Record(1)),
        }
    }

    fn begins(files: Vec<FileCoverage>, events: &[Event]) -> Vec<(String, LogBegin)> {
        let coverage = Coverage {
            files,
            ..Coverage::default()
        };
        build(&coverage, events)
            .into_iter()
            .map(|log| (log.channel.to_string(), log.begin))
            .collect()
    }

    #[test]
    fn the_first_record_tells_why_a_log_begins_where_it_does() {
        let files = vec![
            file("A", 20, Some(1)),
            file("B", 20, Some(4000)),
            file("C", 20, None),
            // An older file of the same log has its first record.
            file("D", 20, Some(500)),
            file("D", 10, Some(1)),
        ];
        let told = begins(files, &[]);
        use LogBegin::{Cut, FirstRecord, Unknown};
        let all = [
            ("A", FirstRecord),
            ("B", Cut),
            ("C", Unknown),
            ("D", FirstRecord),
        ];
        assert_eq!(told, all.map(|(name, begin)| (name.to_owned(), begin)));
    }

    #[test]
    fn a_log_that_was_cleared_before_it_begins_says_so() {
        let logs = || vec![file("Security", 20, Some(1)), file("System", 20, Some(9))];
        let of = |event| {
            begins(logs(), &[event])
                .into_iter()
                .map(|(_, b)| b)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(clearing(19, Some("System"))),
            [LogBegin::FirstRecord, LogBegin::Cleared]
        );
        assert_eq!(of(clearing(20, None)), [LogBegin::Cleared, LogBegin::Cut]);
        // Cleared later, and collected before that.
        assert_eq!(
            of(clearing(24, Some("System"))),
            [LogBegin::FirstRecord, LogBegin::Cut]
        );
    }

    #[test]
    fn a_deciding_log_of_one_node_that_another_lacks_is_named() {
        let of = |node: &str, channel: &str, path: &str| FileCoverage {
            path: path.into(),
            node: NodeName::new(node),
            ..file(channel, 10, None)
        };
        let empty = FileCoverage {
            channels: [].into(),
            first: None,
            last: None,
            ..of(
                "hv02",
                "",
                "HV02/Microsoft-Windows-Hyper-V-VMMS%4Admin.evtx",
            )
        };
        let vmms = "Microsoft-Windows-Hyper-V-VMMS-Admin";
        let nodes = ["hv01", "hv02", "hv03"].map(|n| NodeName::new(n).unwrap());
        let coverage = Coverage {
            files: vec![
                of("hv01", "System", "HV01/System.evtx"),
                of("hv01", vmms, "HV01/VMMS.evtx"),
                of("hv01", "Application", "HV01/Application.evtx"),
                of("hv02", "Application", "HV02/Application.evtx"),
                empty,
            ],
            named_nodes: nodes.into(),
            ..Coverage::default()
        };
        let told: Vec<(String, String)> = not_collected(&coverage)
            .into_iter()
            .map(|l| (l.node.unwrap().to_string(), l.channel.to_string()))
            .collect();
        // Of HV03 nothing was collected, which is another matter; of Application nothing
        // is decided.
        assert_eq!(told, [("hv02".to_owned(), "System".to_owned())]);
    }

    #[test]
    fn missing_records_are_counted_for_their_log() {
        let mut coverage = Coverage {
            files: vec![file("System", 30, Some(7)), file("System", 10, Some(1))],
            ..Coverage::default()
        };
        coverage.gaps = vec![RecordGap {
            path: "System-30.evtx".into(),
            node: NodeName::new("HV01"),
            channel: "System".into(),
            after_record: 7,
            before_record: 10,
            window: Window::new(at(31), at(32)),
        }];
        let [log] = &build(&coverage, &[])[..] else {
            panic!("it is one log");
        };
        assert_eq!((log.missing, log.records), (2, 20));
        assert_eq!(
            log.windows,
            [Window::new(at(10), at(15)), Window::new(at(30), at(35))]
        );
    }
}
