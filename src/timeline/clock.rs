//! How far the nodes' clocks are apart, estimated from moments that two nodes
//! both recorded.
//!
//! A pair is one happening with a record on each of two nodes: the start of a live
//! migration at its source and its target, its end at both, and the removal of one
//! node as two survivors saw it. The difference of the two stamps is the offset
//! of the clocks plus the time that passed between the two records. That time is
//! not known; [`PAIR_LATENCY_S`] bounds it, and the bound is part of the error.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::trail::{NodeClock, VmIndex};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;

/// Longest time, in seconds, between the two records of a pair. Generous for
/// what happens within a cluster's own messages.
pub const PAIR_LATENCY_S: f64 = 2.0;

/// How far apart two stamps may be and still be taken for one happening, in
/// seconds: the largest offset that can be found.
pub const LARGEST_OFFSET_S: f64 = 600.0;

/// Kinds of which the first is written at the source and the second at the target.
const MOVE_PAIRS: [(EventKind, EventKind); 2] = [
    (
        EventKind::MigrationStarted,
        EventKind::MigrationTargetStarted,
    ),
    (EventKind::MigrationCompleted, EventKind::MigrationReceived),
];

/// Estimates the offset of each node's clock against the reference: the node with
/// the most pairs, the first by name among equals.
pub(super) fn estimate(events: &[Event], event_vm: &[Option<VmIndex>]) -> Vec<NodeClock> {
    let nodes: BTreeSet<&NodeName> = events.iter().filter_map(|e| e.node.as_ref()).collect();
    // For (a, b) with a < b: stamps of b minus stamps of a.
    let mut differences: BTreeMap<(&NodeName, &NodeName), Vec<f64>> = BTreeMap::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (first, second) in MOVE_PAIRS {
        pairs.extend(candidates(events, event_vm, first, second));
    }
    pairs.extend(same_removal(events));
    for (x, y) in pairs {
        let (Some(a), Some(b)) = (&events[x].node, &events[y].node) else {
            continue;
        };
        let ahead = events[y].time.seconds_since(events[x].time);
        if a < b {
            differences.entry((a, b)).or_default().push(ahead);
        } else {
            differences.entry((b, a)).or_default().push(-ahead);
        }
    }
    let degree = |node: &NodeName| -> usize {
        differences
            .iter()
            .filter(|((a, b), _)| *a == node || *b == node)
            .map(|(_, list)| list.len())
            .sum()
    };
    let reference = nodes
        .iter()
        .copied()
        .max_by(|a, b| degree(a).cmp(&degree(b)).then(b.cmp(a)));
    let mut known: BTreeMap<&NodeName, (f64, f64, usize)> = BTreeMap::new();
    if let Some(reference) = reference {
        known.insert(reference, (0.0, 0.0, 0));
    }
    // Breadth first, so that each node is reached over the fewest links.
    let mut frontier: VecDeque<&NodeName> = reference.into_iter().collect();
    while let Some(from) = frontier.pop_front() {
        let (base, base_error, _) = known[from];
        for ((a, b), list) in &differences {
            let (to, sign) = if *a == from {
                (*b, 1.0)
            } else if *b == from {
                (*a, -1.0)
            } else {
                continue;
            };
            if known.contains_key(to) {
                continue;
            }
            let Some((middle, spread, votes)) = vote(list) else {
                continue;
            };
            let error = base_error + spread + PAIR_LATENCY_S;
            known.insert(to, (base + sign * middle, error, votes));
            frontier.push_back(to);
        }
    }
    nodes
        .into_iter()
        .map(|node| match known.get(node) {
            Some((_, _, 0)) => NodeClock {
                node: node.clone(),
                offset_s: Some(0.0),
                error_s: Some(0.0),
                basis: "reference".to_owned(),
                jumps: Vec::new(),
            },
            Some((offset, error, n)) => NodeClock {
                node: node.clone(),
                offset_s: Some(*offset),
                error_s: Some(*error),
                basis: format!("pairs({n})"),
                jumps: Vec::new(),
            },
            None => NodeClock {
                node: node.clone(),
                offset_s: None,
                error_s: None,
                basis: "unknown".to_owned(),
                jumps: Vec::new(),
            },
        })
        .collect()
}

/// The offset that most of the candidates agree on: the middle of the densest
/// cluster that is as wide as latencies allow, its largest distance from that, and
/// how many candidates are in it. `None` when another cluster has as many votes:
/// then nothing decides.
fn vote(candidates: &[f64]) -> Option<(f64, f64, usize)> {
    let mut sorted = candidates.to_vec();
    sorted.sort_by(f64::total_cmp);
    let width = 2.0 * PAIR_LATENCY_S;
    let cluster = |from: usize| {
        let end = sorted[from..].partition_point(|v| v - sorted[from] <= width);
        from..from + end
    };
    let best = (0..sorted.len())
        .map(cluster)
        .max_by(|a, b| a.len().cmp(&b.len()).then(b.start.cmp(&a.start)))?;
    let rival = (0..sorted.len())
        .map(cluster)
        .filter(|c| c.end <= best.start || c.start >= best.end)
        .any(|c| c.len() >= best.len());
    if rival {
        return None;
    }
    let agreed = &sorted[best];
    let middle = agreed[agreed.len() / 2];
    let spread = agreed
        .iter()
        .map(|v| (v - middle).abs())
        .fold(0.0, f64::max);
    Some((middle, spread, agreed.len()))
}

/// Each event of kind `first` with each of kind `second` of the same VM that may be
/// of the same move: on another node, on the destination where the first names one,
/// and not too far away. Which of them belong together, the vote decides.
fn candidates(
    events: &[Event],
    event_vm: &[Option<VmIndex>],
    first: EventKind,
    second: EventKind,
) -> Vec<(usize, usize)> {
    let of = |kind: EventKind| {
        let mut by_vm: BTreeMap<VmIndex, Vec<usize>> = BTreeMap::new();
        for (at, event) in events.iter().enumerate() {
            if event.kind == kind
                && event.node.is_some()
                && let Some(vm) = event_vm[at]
            {
                by_vm.entry(vm).or_default().push(at);
            }
        }
        by_vm
    };
    let seconds = of(second);
    let mut pairs = Vec::new();
    for (vm, firsts) in of(first) {
        let Some(others) = seconds.get(&vm) else {
            continue;
        };
        for x in firsts {
            let (one, named) = (&events[x], &events[x].subject.to_node);
            pairs.extend(
                others
                    .iter()
                    .copied()
                    .filter(|y| {
                        let other = &events[*y];
                        other.node != one.node
                            && (named.is_none() || *named == other.node)
                            && other.time.seconds_since(one.time).abs() <= LARGEST_OFFSET_S
                    })
                    .map(|y| (x, y)),
            );
        }
    }
    pairs
}

/// Pairs of survivors that each recorded the removal of the same node.
fn same_removal(events: &[Event]) -> Vec<(usize, usize)> {
    let removals: Vec<usize> = (events.iter().enumerate())
        .filter(|(_, e)| e.kind == EventKind::NodeRemoved && e.node.is_some())
        .map(|(at, _)| at)
        .collect();
    let mut pairs = Vec::new();
    for (i, x) in removals.iter().enumerate() {
        for y in &removals[i + 1..] {
            let (a, b) = (&events[*x], &events[*y]);
            let apart = b.time.seconds_since(a.time).abs();
            if a.subject.node == b.subject.node && a.node != b.node && apart <= LARGEST_OFFSET_S {
                pairs.push((*x, *y));
            }
        }
    }
    pairs
}

/// How far a difference between stamps of two nodes may be off, once the events
/// stand on the reference's clock ([`apply`]).
pub(super) struct ClockErrors<'a>(BTreeMap<&'a NodeName, Option<f64>>);

impl<'a> ClockErrors<'a> {
    pub fn new(clocks: &'a [NodeClock]) -> Self {
        ClockErrors(
            clocks
                .iter()
                .map(|clock| {
                    let error = clock.offset_s.zip(clock.error_s).map(|(offset, error)| {
                        // An offset within its error was not corrected.
                        if is_corrected(offset, error) {
                            error
                        } else {
                            error + offset.abs()
                        }
                    });
                    (&clock.node, error)
                })
                .collect(),
        )
    }

    /// Seconds; `None` when nothing compares the two clocks, as with a source that
    /// is no node's.
    pub fn between(&self, a: Option<&NodeName>, b: Option<&NodeName>) -> Option<f64> {
        if a.is_some() && a == b {
            return Some(0.0);
        }
        let error = |node: Option<&NodeName>| self.0.get(node?).copied().flatten();
        Some(error(a)? + error(b)?)
    }
}

fn is_corrected(offset: f64, error: f64) -> bool {
    offset.abs() > error
}

/// Moves events to the reference's clock where an offset is larger than its
/// error; the time as recorded stays in the field `recorded_time`.
pub(super) fn apply(events: &mut [Event], clocks: &[NodeClock]) {
    let shifts: BTreeMap<&NodeName, f64> = clocks
        .iter()
        .filter_map(|clock| {
            let (offset, error) = (clock.offset_s?, clock.error_s?);
            is_corrected(offset, error).then_some((&clock.node, offset))
        })
        .collect();
    if shifts.is_empty() {
        return;
    }
    for event in events {
        if let Some(shift) = event.node.as_ref().and_then(|n| shifts.get(n)) {
            event.fields.set("recorded_time", event.time.to_string());
            event.time = event.time.plus_seconds(-shift);
        }
    }
}
