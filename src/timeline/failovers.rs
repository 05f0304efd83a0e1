//! Roles that went down and were brought back by the cluster: high availability at
//! work, as against live migration, in which nothing goes down.

use std::collections::{BTreeMap, BTreeSet};

use super::clock::ClockErrors;
use super::identity::ByVm;
use super::migrations::ByMove;
use super::nodes::Outage;
use super::trail::{
    Bounds, Downtime, DowntimeCause, EventIndex, Failover, FailoverCause, Migration, MoveOutcome,
    PlannedBasis, VmIndex, VmTrail,
};
use super::vms::node_at;
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// A role that comes back later than this after its node went is not taken for a
/// consequence of it.
const LONGEST_RETURN_S: f64 = 4.0 * 3600.0;
/// A VM that nothing placed before and that starts within so many seconds of a node's
/// loss was on that node.
const PROMPT_S: f64 = 120.0;
/// A restart of a VM belongs to a failure of its resource within this many seconds.
const AFTER_FAILURE_S: f64 = 900.0;
/// Trouble with storage or a hang stands behind a failure this much later at most.
const TROUBLE_S: f64 = 300.0;
/// Updates and drains come before a planned stop within this many seconds.
const PREPARED_S: f64 = 2.0 * 3600.0;
/// Slack for the order of records on different nodes.
const SLACK_S: f64 = 30.0;
/// A VM that was turned off at most so many seconds before the first sign of trouble
/// went with it; clocks may put the two in this order.
const WITH_IT_S: f64 = 10.0;

/// What belongs together: the failovers and restarts that one outage or one failure
/// caused.
pub(super) struct Outcome {
    /// In order of their begin.
    pub failovers: Vec<Failover>,
    /// For each failover, what it comes from.
    pub from: Vec<Origin>,
    /// VMs that came back on their own node, with the bounds of their downtime.
    pub restarts: Vec<Restart>,
}

/// What a failover or a restart comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The outage of a node, by its place in the list of outages.
    Outage(usize),
    /// Trouble on a node that stayed in the cluster, by its first record.
    Trouble(EventIndex),
}

/// A VM that went down with its node or its resource and came back there.
pub(super) struct Restart {
    pub vm: VmIndex,
    pub origin: Origin,
    pub cause: FailoverCause,
    pub from: Moment,
    pub up: EventIndex,
    pub evidence: Vec<EventIndex>,
}

/// Everything that failovers are found from.
pub(super) struct Known<'a> {
    pub events: &'a [Event],
    pub by_vm: &'a ByVm,
    pub outages: &'a [Outage],
    pub migrations: &'a [Migration],
    pub by_move: &'a ByMove,
    pub errors: &'a ClockErrors<'a>,
}

/// Finds the failovers and adds their downtime to the VMs.
pub(super) fn build(known: &Known<'_>, vms: &mut [VmTrail]) -> Outcome {
    let events = known.events;
    let mut found: Vec<(Failover, Origin)> = Vec::new();
    let mut used: BTreeSet<EventIndex> = BTreeSet::new();
    let mut restarts: Vec<Restart> = Vec::new();
    for (number, outage) in known.outages.iter().enumerate() {
        let origin = Origin::Outage(number);
        for vm in 0..vms.len() {
            let about = &known.by_vm[vm];
            let before = node_at(&vms[vm], outage.from);
            let was_here = before == Some(&outage.node);
            if (before.is_some() && !was_here)
                || moved_away(known, vm, outage)
                || was_down(&vms[vm], outage.from)
            {
                continue;
            }
            let Some(up) = next_start(events, about, outage.from) else {
                continue;
            };
            // Nothing placed it before: only a prompt start speaks for a failover.
            let prompt = events[up].time.seconds_since(outage.from) <= PROMPT_S;
            let taken_over = outage.lost && prompt && started_elsewhere(&events[up], outage);
            if !(was_here || taken_over) {
                continue;
            }
            used.insert(up);
            let mut evidence = outage.evidence.clone();
            evidence.extend(role_records(events, about, outage.from, events[up].time));
            evidence.push(up);
            let cause = outage_cause(outage);
            if !started_elsewhere(&events[up], outage) {
                // Down with its node and up with it again: no other node took it over.
                restarts.push(Restart {
                    vm,
                    origin,
                    cause,
                    from: outage.from,
                    up,
                    evidence,
                });
                continue;
            }
            let from_node = was_here.then(|| outage.node.clone());
            let mut one = failover(events, vms, vm, from_node, cause, outage.from, up, evidence);
            let why = planned_because(events, outage);
            one.planned_because = why;
            one.planned = is_planned(why);
            one.bounds = Some(down_with_node(known, outage, up));
            if !outage.from_known {
                one.down_from = None;
                one.downtime_s = None;
            }
            found.push((one, origin));
        }
    }
    for (one, origin, up) in after_resource_failure(known, vms, &used) {
        match (one.vm, one.down_from) {
            (Some(vm), Some(from)) if one.from_node == one.to_node => {
                restarts.push(Restart {
                    vm,
                    origin,
                    cause: one.cause,
                    from,
                    up,
                    evidence: one.evidence.clone(),
                });
            }
            _ => found.push((one, origin)),
        }
    }
    found.sort_by_key(|(f, _)| (f.down_from, f.vm, f.up_at));
    for (one, _) in &mut found {
        if let (Some(vm), Some(from), Some(to)) = (one.vm, one.down_from, one.up_at) {
            let down = add_downtime(&mut vms[vm], from, to, one.cause, one.bounds, &one.evidence);
            // One outage has one length: what took the VM down may have come before what
            // failed its role.
            if let (Some(from), Some(to)) = (down.from, down.to) {
                one.down_from = Some(from);
                one.downtime_s = Some(to.seconds_since(from).max(0.0));
                one.bounds = down.bounds;
            }
        }
    }
    for one in &restarts {
        let up = &events[one.up];
        let bounds = match one.origin {
            Origin::Outage(at) => down_with_node(known, &known.outages[at], one.up),
            Origin::Trouble(_) => {
                let seconds = (up.time.seconds_since(one.from), Some(0.0));
                Bounds::new(seconds, seconds)
            }
        };
        let vm = &mut vms[one.vm];
        add_downtime(
            vm,
            one.from,
            up.time,
            one.cause,
            Some(bounds),
            &one.evidence,
        );
    }
    restarts.extend(pauses(known, vms, &found, &restarts));
    let (failovers, from) = found.into_iter().unzip();
    Outcome {
        failovers,
        from,
        restarts,
    }
}

/// Times for which a VM had no storage, or no worker process, without its resource failing:
/// it stayed where it was, and was down all the same.
fn pauses(
    known: &Known<'_>,
    vms: &[VmTrail],
    found: &[(Failover, Origin)],
    restarts: &[Restart],
) -> Vec<Restart> {
    let events = known.events;
    let troubles = Troubles::new(events);
    let mut all = Vec::new();
    for (vm, trail) in vms.iter().enumerate() {
        for down in &trail.downtimes {
            let cause = match down.cause {
                DowntimeCause::Storage => FailoverCause::Storage,
                DowntimeCause::Failure => FailoverCause::ResourceFailure,
                _ => continue,
            };
            let (Some(from), Some(to)) = (down.from, down.to) else {
                continue;
            };
            let within = |time: Moment| from <= time && time <= to;
            let told = (found.iter()).any(|(f, _)| f.vm == Some(vm) && f.up_at.is_some_and(within))
                || (restarts.iter()).any(|r| r.vm == vm && within(events[r.up].time));
            let ends = down.evidence.first().zip(down.evidence.last());
            let (false, Some((&first, &up))) = (told, ends) else {
                continue;
            };
            let (_, begin) = match &events[first].node {
                Some(node) => troubles.behind(events, node, first),
                None => (cause, first),
            };
            all.push(Restart {
                vm,
                origin: Origin::Trouble(begin),
                cause,
                from,
                up,
                evidence: down.evidence.clone(),
            });
        }
    }
    all
}

fn outage_cause(outage: &Outage) -> FailoverCause {
    match outage {
        Outage { quorum: true, .. } => FailoverCause::QuorumLoss,
        Outage {
            service_only: true, ..
        } => FailoverCause::ServiceStop,
        Outage { lost: true, .. } => FailoverCause::NodeLoss,
        Outage { lost: false, .. } => FailoverCause::NodeShutdown,
    }
}

/// How long a VM that went down with its node was down at least and at most. It went
/// down between the node's last word and the first sign that it was gone, or, where
/// the node stopped in an orderly way, between the begin of the stop and its last
/// word.
fn down_with_node(known: &Known<'_>, outage: &Outage, up: EventIndex) -> Bounds {
    let up = &known.events[up];
    let since = |time: Moment, clock: Option<&NodeName>| {
        let error = known.errors.between(clock, up.node.as_ref());
        (up.time.seconds_since(time), error)
    };
    let sign = since(outage.from, outage.noticed_by.as_ref());
    let word = outage.last_word.map(|word| since(word, Some(&outage.node)));
    // Without a word of its own it may have been gone for as long as nobody speaks
    // of it, or may have stopped at any time until the VM was up again.
    match (outage.lost, word) {
        (true, word) => Bounds::new(sign, word.unwrap_or((0.0, None))),
        (false, word) => Bounds::new(word.unwrap_or((0.0, None)), sign),
    }
}

/// Why an outage of a node is taken for planned or not.
pub(super) fn planned_because(events: &[Event], outage: &Outage) -> PlannedBasis {
    use EventKind as K;
    let own = |kinds: &[EventKind]| {
        outage
            .evidence
            .iter()
            .any(|at| kinds.contains(&events[*at].kind))
    };
    if outage.lost || outage.quorum || own(&[K::ServiceFailed]) {
        return PlannedBasis::Failure;
    }
    let before = outage.from.plus_seconds(-PREPARED_S);
    let first = events.partition_point(|e| e.time < before);
    let mut basis = match own(&[K::OsRestartRequested]) {
        true => PlannedBasis::Requested,
        false => PlannedBasis::Orderly,
    };
    for event in events[first..]
        .iter()
        .take_while(|e| e.time <= outage.from.plus_seconds(SLACK_S))
    {
        let about = event.subject.node.as_ref().or(event.node.as_ref());
        if about != Some(&outage.node) {
            continue;
        }
        match event.kind {
            K::UpdateInstalled | K::UpdateProgress => return PlannedBasis::Update,
            K::NodeDraining | K::NodeDrained | K::NodePaused if basis == PlannedBasis::Orderly => {
                basis = PlannedBasis::Drained;
            }
            _ => {}
        }
    }
    basis
}

pub(super) fn is_planned(basis: PlannedBasis) -> bool {
    !matches!(basis, PlannedBasis::Failure | PlannedBasis::Unknown)
}

fn started_elsewhere(up: &Event, outage: &Outage) -> bool {
    up.node.is_some() && up.node.as_ref() != Some(&outage.node)
}

/// Whether the VM had been stopped before its node went.
fn was_down(vm: &VmTrail, at: Moment) -> bool {
    vm.downtimes
        .iter()
        .any(|d| d.from.is_none_or(|from| from < at) && d.to.is_none_or(|to| to > at))
}

#[allow(clippy::too_many_arguments)]
fn failover(
    events: &[Event],
    vms: &[VmTrail],
    vm: VmIndex,
    from_node: Option<NodeName>,
    cause: FailoverCause,
    down_from: Moment,
    up: EventIndex,
    mut evidence: Vec<EventIndex>,
) -> Failover {
    evidence.sort_unstable();
    evidence.dedup();
    let up_at = events[up].time;
    Failover {
        group: vms[vm].group.clone(),
        vm: Some(vm),
        from_node,
        to_node: events[up].node.clone(),
        cause,
        planned: false,
        planned_because: PlannedBasis::Failure,
        bounds: None,
        incident: None,
        down_from: Some(down_from),
        up_at: Some(up_at),
        downtime_s: Some(up_at.seconds_since(down_from).max(0.0)),
        evidence,
    }
}

/// Whether a move that ended just as its node went took the VM away: clocks that are
/// apart may put its end behind the stop.
fn moved_away(known: &Known<'_>, vm: VmIndex, outage: &Outage) -> bool {
    let mut moves = known.by_move[vm].iter().map(|m| &known.migrations[*m]);
    moves.any(|m| {
        m.outcome == MoveOutcome::Completed
            && m.from_node.as_ref() == Some(&outage.node)
            && m.ended
                .is_some_and(|end| end.seconds_since(outage.from).abs() <= SLACK_S)
    })
}

/// The first record that shows the VM started again after `from`.
fn next_start(events: &[Event], about: &[EventIndex], from: Moment) -> Option<EventIndex> {
    let first = about.partition_point(|at| events[*at].time <= from);
    let candidates: Vec<EventIndex> = about[first..]
        .iter()
        .copied()
        .take_while(|at| events[*at].time.seconds_since(from) <= LONGEST_RETURN_S)
        .collect();
    let of = |kinds: &[EventKind]| {
        candidates
            .iter()
            .copied()
            .find(|at| kinds.contains(&events[*at].kind))
    };
    // The worker's own word first; the cluster's where it is all there is.
    of(&[EventKind::VmStarted, EventKind::VmRestored])
        .or_else(|| of(&[EventKind::ResourceOnline, EventKind::GroupOnline]))
}

/// What the cluster recorded of the role on its way.
fn role_records(
    events: &[Event],
    about: &[EventIndex],
    from: Moment,
    to: Moment,
) -> Vec<EventIndex> {
    let first = about.partition_point(|at| events[*at].time < from);
    about[first..]
        .iter()
        .copied()
        .take_while(|at| events[*at].time <= to.plus_seconds(SLACK_S))
        .filter(|at| {
            matches!(
                events[*at].kind,
                EventKind::GroupFailover
                    | EventKind::GroupMoving
                    | EventKind::GroupMoved
                    | EventKind::GroupOnline
                    | EventKind::VmConfigRegistered
            )
        })
        .collect()
}

/// A VM's resource failed, and the VM was started again here or elsewhere.
fn after_resource_failure(
    known: &Known<'_>,
    vms: &[VmTrail],
    used: &BTreeSet<EventIndex>,
) -> Vec<(Failover, Origin, EventIndex)> {
    let events = known.events;
    let troubles = Troubles::new(events);
    let mut all = Vec::new();
    for (vm, about) in known.by_vm.iter().enumerate() {
        let mut found: Vec<(Failover, Origin, EventIndex)> = Vec::new();
        for at in about.iter().copied() {
            let event = &events[at];
            let failed = matches!(
                event.kind,
                EventKind::ResourceFailed | EventKind::ResourceDeadlock
            );
            let (true, Some(node)) = (failed, &event.node) else {
                continue;
            };
            let Some(up) = next_start(events, about, event.time) else {
                continue;
            };
            let soon = events[up].time.seconds_since(event.time) <= AFTER_FAILURE_S;
            // Repeated failures before one start are one failover.
            let same = found
                .last_mut()
                .filter(|(f, ..)| f.up_at == Some(events[up].time));
            if let Some((same, ..)) = same {
                same.evidence.push(at);
                same.evidence.sort_unstable();
            } else if soon && !used.contains(&up) {
                let mut evidence = role_records(events, about, event.time, events[up].time);
                evidence.extend([at, up]);
                let (cause, first) = troubles.behind(events, node, at);
                let from = Some(node.clone());
                let mut one = failover(events, vms, vm, from, cause, event.time, up, evidence);
                // What is seen to fail may have been down since the trouble began.
                let seen = events[up].time.seconds_since(event.time);
                let longest = events[up].time.seconds_since(events[first].time);
                let error = known.errors.between(Some(node), events[up].node.as_ref());
                one.bounds = Some(Bounds::new((seen, error), (longest, error)));
                found.push((one, Origin::Trouble(first), up));
            }
        }
        all.append(&mut found);
    }
    all
}

/// Per node, trouble that makes resources fail: volumes that are gone, and calls
/// that never returned.
struct Troubles<'a>(BTreeMap<&'a NodeName, Vec<EventIndex>>);

impl<'a> Troubles<'a> {
    fn new(events: &'a [Event]) -> Self {
        let mut all: BTreeMap<&NodeName, Vec<EventIndex>> = BTreeMap::new();
        for (at, event) in events.iter().enumerate() {
            if let (Some(node), Some(_)) = (&event.node, Self::cause(event.kind)) {
                all.entry(node).or_default().push(at);
            }
        }
        Troubles(all)
    }

    fn cause(kind: EventKind) -> Option<FailoverCause> {
        use EventKind as K;
        match kind {
            K::CsvPaused
            | K::CsvAutoPaused
            | K::CsvLost
            | K::CsvFailed
            | K::DiskResourceFailed
            | K::DiskOwnershipLost => Some(FailoverCause::Storage),
            K::ResourceDeadlock | K::RhsTerminated => Some(FailoverCause::ResourceHang),
            _ => None,
        }
    }

    /// What stands behind a failure: storage before a hang, since a hang is what
    /// lost storage looks like; and its first record. Without trouble near it, the
    /// failure itself.
    fn behind(
        &self,
        events: &[Event],
        node: &NodeName,
        failure: EventIndex,
    ) -> (FailoverCause, EventIndex) {
        let time = events[failure].time;
        let list = self.0.get(node).map(Vec::as_slice).unwrap_or_default();
        let from = list.partition_point(|at| events[*at].time < time.plus_seconds(-TROUBLE_S));
        let near: Vec<(FailoverCause, EventIndex)> = list[from..]
            .iter()
            .take_while(|at| events[**at].time <= time.plus_seconds(SLACK_S))
            .filter_map(|at| Some((Self::cause(events[*at].kind)?, *at)))
            .collect();
        let of = |cause| near.iter().find(|(c, _)| *c == cause).copied();
        let found = of(FailoverCause::Storage).or_else(|| of(FailoverCause::ResourceHang));
        match found {
            Some((cause, first)) => (cause, first.min(failure)),
            None => (FailoverCause::ResourceFailure, failure),
        }
    }
}

fn add_downtime(
    vm: &mut VmTrail,
    from: Moment,
    to: Moment,
    cause: FailoverCause,
    bounds: Option<Bounds>,
    evidence: &[EventIndex],
) -> Downtime {
    let cause = match cause {
        FailoverCause::NodeLoss | FailoverCause::NodeShutdown | FailoverCause::ServiceStop => {
            DowntimeCause::Node
        }
        FailoverCause::QuorumLoss => DowntimeCause::Quorum,
        FailoverCause::ResourceFailure | FailoverCause::ResourceHang => DowntimeCause::Failure,
        FailoverCause::Storage => DowntimeCause::Storage,
        FailoverCause::Unknown => DowntimeCause::Unknown,
    };
    let known = vm
        .downtimes
        .iter_mut()
        .find(|d| d.from.is_none_or(|f| f <= to) && d.to.is_none_or(|t| t >= from));
    match known {
        Some(downtime) => {
            // The VM was turned off because of what happened, and not before it.
            let with_it = downtime
                .from
                .is_some_and(|f| from.seconds_since(f) <= WITH_IT_S);
            let unexplained = matches!(
                downtime.cause,
                DowntimeCause::Stopped | DowntimeCause::Unknown
            );
            if with_it && unexplained {
                downtime.cause = cause;
                // That it was down from its own stop to its own start is sure; it may have
                // been of no use since the trouble began.
                downtime.bounds = match (downtime.bounds, bounds) {
                    (Some(own), Some(of_trouble)) => Some(Bounds {
                        at_least_s: own.at_least_s,
                        at_most_s: (own.at_most_s.zip(of_trouble.at_most_s)).map(|(a, b)| a.max(b)),
                    }),
                    (own, of_trouble) => of_trouble.or(own),
                };
            }
            downtime.from = Some(downtime.from.map_or(from, |f| f.min(from)));
            downtime.evidence.extend(evidence);
            downtime.evidence.sort_unstable();
            downtime.evidence.dedup();
        }
        None => vm.downtimes.push(Downtime {
            cause,
            bounds,
            from: Some(from),
            to: Some(to),
            evidence: evidence.to_vec(),
        }),
    }
    let changed = vm
        .downtimes
        .iter_mut()
        .find(|d| d.from.is_some_and(|f| f <= from) && d.to.is_some_and(|t| t >= from));
    let told = match changed {
        Some(downtime) => {
            downtime.bound_its_length();
            downtime.clone()
        }
        None => Downtime {
            cause,
            bounds,
            from: Some(from),
            to: Some(to),
            evidence: evidence.to_vec(),
        },
    };
    vm.downtimes.sort_by_key(|d| (d.from, d.to));
    told
}
