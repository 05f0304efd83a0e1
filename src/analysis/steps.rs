//! Counts over time as steps: how many nodes were up, how many VMs a node ran, and the
//! signs of lost heartbeats, counted over equal bins of time.

use std::collections::BTreeMap;

use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::{Moment, Window};
use crate::timeline::{NodeState, Timeline, VmIndex};

/// From when on a count holds; the first begins with the window.
pub type Steps = Vec<(Moment, usize)>;

/// From when to when something held; open where the logs do not say.
type Span = (Option<Moment>, Option<Moment>);

/// How many of `intervals` hold, over a window. An open end reaches beyond it; what
/// begins at a moment counts from then on, what ends at it no longer.
#[must_use]
pub fn steps(intervals: impl IntoIterator<Item = Span>, window: Window) -> Steps {
    let mut changes: BTreeMap<Moment, i64> = BTreeMap::from([(window.from, 0)]);
    for (from, to) in intervals {
        let from = from.unwrap_or(window.from).max(window.from);
        if from > window.to || to.is_some_and(|to| to <= from) {
            continue;
        }
        *changes.entry(from).or_default() += 1;
        if let Some(to) = to.filter(|to| *to <= window.to) {
            *changes.entry(to).or_default() -= 1;
        }
    }
    let mut count = 0;
    let mut list: Steps = Vec::new();
    for (at, change) in changes {
        count += change;
        let now = usize::try_from(count).unwrap_or(0);
        if list.last().is_none_or(|(_, before)| *before != now) {
            list.push((at, now));
        }
    }
    list
}

/// How many nodes are known to be in the cluster, paused ones among them.
#[must_use]
pub fn nodes_up(timeline: &Timeline, window: Window) -> Steps {
    let member = |state| {
        matches!(
            state,
            NodeState::Up | NodeState::Draining | NodeState::Paused
        )
    };
    let intervals = timeline.nodes.iter().flat_map(|n| &n.intervals);
    steps(
        intervals
            .filter(|i| member(i.state))
            .map(|i| (i.from, i.to)),
        window,
    )
}

/// How many of `vms` each node ran; nodes that never ran one are not there.
#[must_use]
pub fn vms_on(timeline: &Timeline, vms: &[VmIndex], window: Window) -> BTreeMap<NodeName, Steps> {
    let mut placed: BTreeMap<&NodeName, Vec<Span>> = BTreeMap::new();
    for vm in vms.iter().filter_map(|&vm| timeline.vms.get(vm)) {
        for placement in &vm.placements {
            let spans = placed.entry(&placement.node).or_default();
            spans.push((placement.from, placement.to));
        }
    }
    placed
        .into_iter()
        .map(|(node, spans)| (node.clone(), steps(spans, window)))
        .collect()
}

/// A sign of the membership or of lost heartbeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// A membership view was logged.
    View,
    /// Heartbeats to the node were missed.
    Missed,
    /// A route or interface of the node was out of reach.
    CutOff,
    /// The node joined, or formed the cluster.
    Joined,
    /// The node was taken out of the membership.
    Removed,
}

/// A sign in one bin of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signs {
    /// Which.
    pub sign: Sign,
    /// The bin.
    pub bin: usize,
    /// How many records.
    pub count: usize,
}

fn sign(event: &Event) -> Option<Sign> {
    use EventKind as K;
    Some(match event.kind {
        K::MembershipView => Sign::View,
        K::HeartbeatMissed => Sign::Missed,
        K::RouteDown | K::NodeUnreachable | K::InterfaceUnreachable | K::InterfaceFailed => {
            Sign::CutOff
        }
        K::NodeJoined | K::ClusterFormed => Sign::Joined,
        K::NodeRemoved => Sign::Removed,
        _ => return None,
    })
}

/// The signs of each node over `bins` equal bins of a window, by bin, then sign: of the
/// node that a record speaks of, else of the one that wrote it. What names no node is
/// left out.
#[must_use]
pub fn signs(timeline: &Timeline, window: Window, bins: usize) -> BTreeMap<NodeName, Vec<Signs>> {
    let bins = bins.max(1);
    let span = window.seconds().max(1e-7);
    let mut found: BTreeMap<&NodeName, BTreeMap<(usize, Sign), usize>> = BTreeMap::new();
    let inside = timeline.events.iter().filter(|e| window.contains(e.time));
    for event in inside {
        let Some(sign) = sign(event) else { continue };
        let Some(node) = event.subject.node.as_ref().or(event.node.as_ref()) else {
            continue;
        };
        let share = event.time.seconds_since(window.from) / span;
        let bin = ((share * bins as f64) as usize).min(bins - 1);
        *found
            .entry(node)
            .or_default()
            .entry((bin, sign))
            .or_default() += 1;
    }
    found
        .into_iter()
        .map(|(node, signs)| {
            let list = signs
                .into_iter()
                .map(|((bin, sign), count)| Signs { sign, bin, count });
            (node.clone(), list.collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::{at, incident, node};

    fn window() -> Window {
        Window::new(at(0, 0.0), at(45, 0.0))
    }

    #[test]
    fn counts_follow_begin_and_end() {
        let spans = [
            (None, Some(at(10, 0.0))),
            (Some(at(10, 0.0)), None),
            (Some(at(20, 0.0)), Some(at(30, 0.0))),
            // Empty, and outside.
            (Some(at(5, 0.0)), Some(at(5, 0.0))),
            (Some(at(50, 0.0)), None),
        ];
        let found = steps(spans, window());
        assert_eq!(found, [(at(0, 0.0), 1), (at(20, 0.0), 2), (at(30, 0.0), 1)]);
        assert_eq!(steps([], window()), [(at(0, 0.0), 0)]);
    }

    #[test]
    fn a_lost_node_is_one_less_and_its_vms_are_elsewhere() {
        let timeline = incident();
        let up = nodes_up(&timeline, window());
        assert_eq!(up, [(at(0, 0.0), 2), (at(40, 0.0), 1)]);
        let on = vms_on(&timeline, &[0, 1, 2], window());
        assert_eq!(on[&node("HV01")].last(), Some(&(at(40, 0.0), 0)));
        assert_eq!(on[&node("HV02")].last(), Some(&(at(41, 32.0), 2)));
        assert!(!on.contains_key(&node("HV03")));
    }

    #[test]
    fn a_sign_is_of_the_node_that_is_spoken_of() {
        let found = signs(&incident(), window(), 45);
        let removed = Signs {
            sign: Sign::Removed,
            bin: 40,
            count: 1,
        };
        assert_eq!(found[&node("HV01")], [removed]);
        assert_eq!(found.len(), 1);
    }
}
