//! "Could we have seen it?", answered from the coverage.
//!
//! Absence is evidence only where presence would have left a trace that was
//! collected. A log covers its node from its first event to the end of the
//! node's collection (the latest event in any of the node's logs): a quiet log is
//! still a log. Before its first event a log may have wrapped, so that is not
//! covered; nor is anything behind the last event of a file that was cut or damaged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::coverage::{Coverage, FileKind, NOTES, SNAPSHOTS};
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::{Moment, Window};

/// A log that would have to be read, and was not, or not for the whole time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingLog {
    /// The node whose log it is; `None` for a log of no particular node.
    pub node: Option<NodeName>,
    /// Channel, or pseudo channel.
    pub channel: Arc<str>,
    /// The log is there and does not reach far enough.
    pub partly: bool,
}

/// Whether something would have been seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// It would have left a trace in what was read.
    Visible,
    /// It may have happened without a trace in what was read.
    Hidden {
        /// Logs any one of which would show it.
        missing: Vec<MissingLog>,
    },
}

/// One file of a log.
#[derive(Clone, Copy, Debug)]
struct File {
    /// From its first to its last event.
    seen: Window,
    /// What came behind its last event may be lost.
    cut: bool,
}

/// Which log covers which time on which node.
#[derive(Clone, Debug, Default)]
pub struct Observability {
    carriers: BTreeMap<EventKind, BTreeSet<Arc<str>>>,
    /// Per node and channel, from the first to the last event of each file.
    logs: BTreeMap<(NodeName, Arc<str>), Vec<File>>,
    /// Per node and channel, where records are missing inside a file.
    gaps: BTreeMap<(NodeName, Arc<str>), Vec<Window>>,
    /// Logs that were collected and are empty, or have no times.
    present: BTreeSet<(NodeName, Arc<str>)>,
    /// Per node, the latest event of any log.
    collected: BTreeMap<NodeName, Moment>,
    nodes: BTreeSet<NodeName>,
}

impl Observability {
    /// From what was read.
    #[must_use]
    pub fn new(coverage: &Coverage) -> Self {
        let mut this = Observability {
            carriers: coverage.carriers.clone(),
            nodes: coverage.named_nodes.clone(),
            ..Self::default()
        };
        for file in &coverage.files {
            let Some(node) = &file.node else { continue };
            for channel in &file.channels {
                let key = (node.clone(), channel.clone());
                match (file.first, file.last) {
                    (Some(first), Some(last)) if file.kind != FileKind::ClusterReport => {
                        this.logs.entry(key).or_default().push(File {
                            seen: Window::new(first, last),
                            cut: coverage.cut.contains(&file.path),
                        });
                        this.collected
                            .entry(node.clone())
                            .and_modify(|at| *at = (*at).max(last))
                            .or_insert(last);
                    }
                    _ => {
                        this.present.insert(key);
                    }
                }
            }
        }
        for gap in &coverage.gaps {
            if let Some(node) = &gap.node {
                let key = (node.clone(), gap.channel.clone());
                this.gaps.entry(key).or_default().push(gap.window);
            }
        }
        this
    }

    /// The nodes of the cluster, as far as anything names them.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeName> {
        self.nodes.iter()
    }

    /// Whether `channel` of `node` covers all of `window`.
    #[must_use]
    pub fn covers(&self, node: &NodeName, channel: &str, window: &Window) -> bool {
        let key = (node.clone(), Arc::<str>::from(channel));
        if self.present.contains(&key) {
            // A folder of reports keeps what it has: it is covered from the start.
            return true;
        }
        let (Some(logs), Some(end)) = (self.logs.get(&key), self.collected.get(node)) else {
            return false;
        };
        let newest = logs.iter().map(|f| f.seen.to).max();
        let covered = logs.iter().any(|file| {
            // A quiet log reaches to the end of the collection; an older file of the
            // same log does not.
            let seen = file.seen;
            let to = match Some(seen.to) == newest && !file.cut {
                true => *end,
                false => seen.to,
            };
            seen.from <= window.from && window.to <= to
        });
        covered
            && !self
                .gaps
                .get(&key)
                .is_some_and(|gaps| gaps.iter().any(|gap| gap.overlaps(window)))
    }

    /// Whether an event of `kind`, written by `node` (by any node when `None`),
    /// would have been seen in `window`. With `None` every named node must be
    /// covered: it could have been any of them.
    #[must_use]
    pub fn could_see(
        &self,
        kind: EventKind,
        node: Option<&NodeName>,
        window: &Window,
    ) -> Visibility {
        let carriers: Vec<&Arc<str>> = self
            .carriers
            .get(&kind)
            .into_iter()
            .flatten()
            .filter(|c| &***c != NOTES && &***c != SNAPSHOTS)
            .collect();
        let nodes: Vec<&NodeName> = match node {
            Some(node) => vec![node],
            None => self.nodes.iter().collect(),
        };
        let mut missing = Vec::new();
        for node in &nodes {
            if carriers.iter().any(|c| self.covers(node, c, window)) {
                continue;
            }
            missing.extend(carriers.iter().map(|c| MissingLog {
                node: Some((*node).clone()),
                channel: (*c).clone(),
                partly: self.logs.contains_key(&((*node).clone(), (*c).clone())),
            }));
        }
        if carriers.is_empty() {
            // No log in any Windows version carries it: only people and
            // configuration exports can tell.
            missing.push(MissingLog {
                node: None,
                channel: SNAPSHOTS.into(),
                partly: false,
            });
            missing.push(MissingLog {
                node: None,
                channel: NOTES.into(),
                partly: false,
            });
        }
        if nodes.is_empty() || !missing.is_empty() {
            missing.sort();
            missing.dedup();
            return Visibility::Hidden { missing };
        }
        Visibility::Visible
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coverage::{FileCoverage, RecordGap};
    use crate::model::time::TimeBasis;

    fn at(hour: u32) -> Moment {
        Moment::parse(&format!("2024-05-14T{hour:02}:00:00Z")).unwrap()
    }

    fn file(from: u32, to: u32) -> FileCoverage {
        FileCoverage {
            path: format!("{from}.evtx").into(),
            kind: FileKind::Evtx,
            node: NodeName::new("HV01"),
            channels: BTreeSet::from(["System".into()]),
            records_read: 9,
            records_failed: 0,
            first: Some(at(from)),
            last: Some(at(to)),
            first_record: None,
            time_basis: TimeBasis::Utc,
        }
    }

    fn covers(coverage: &Coverage, from: u32, to: u32) -> bool {
        let node = NodeName::new("HV01").unwrap();
        Observability::new(coverage).covers(&node, "System", &Window::new(at(from), at(to)))
    }

    #[test]
    fn the_time_between_two_files_of_a_log_is_not_covered() {
        let coverage = Coverage {
            files: vec![file(1, 5), file(10, 12)],
            ..Coverage::default()
        };
        assert!(covers(&coverage, 2, 4) && covers(&coverage, 10, 12));
        assert!(!covers(&coverage, 4, 11));
        assert!(
            !covers(&coverage, 0, 2),
            "before its first event a log may have wrapped"
        );
    }

    #[test]
    fn nothing_is_covered_behind_the_end_of_a_cut_file() {
        let other = FileCoverage {
            channels: BTreeSet::from(["Application".into()]),
            ..file(1, 12)
        };
        let mut coverage = Coverage {
            files: vec![file(2, 5), other],
            ..Coverage::default()
        };
        assert!(covers(&coverage, 4, 12), "a quiet log is still a log");
        coverage.cut.insert("2.evtx".into());
        assert!(covers(&coverage, 2, 5));
        assert!(!covers(&coverage, 4, 12));
    }

    #[test]
    fn missing_records_are_no_silence() {
        let mut coverage = Coverage {
            files: vec![file(1, 12)],
            ..Coverage::default()
        };
        assert!(covers(&coverage, 2, 9));
        coverage.gaps.push(RecordGap {
            path: "1.evtx".into(),
            node: NodeName::new("HV01"),
            channel: "System".into(),
            after_record: 10,
            before_record: 90,
            window: Window::new(at(5), at(6)),
        });
        assert!(!covers(&coverage, 2, 9));
        assert!(covers(&coverage, 7, 9));
    }
}
