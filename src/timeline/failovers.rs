//! Roles that went down and were brought back by the cluster: high availability at
//! work, as against live migration, in which nothing goes down.

use std::collections::BTreeSet;

use super::identity::ByVm;
use super::nodes::Outage;
use super::trail::{
    Downtime, DowntimeCause, EventIndex, Failover, FailoverCause, Migration, MoveOutcome,
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
/// Slack for the order of records on different nodes.
const SLACK_S: f64 = 30.0;

/// Finds the failovers and adds their downtime to the VMs.
pub(super) fn build(
    events: &[Event],
    by_vm: &ByVm,
    outages: &[Outage],
    migrations: &[Migration],
    vms: &mut [VmTrail],
) -> Vec<Failover> {
    let mut found: Vec<Failover> = Vec::new();
    let mut used: BTreeSet<EventIndex> = BTreeSet::new();
    // VM, since when it was down, the record of its start, all records.
    let mut restarts: Vec<(VmIndex, Moment, EventIndex, Vec<EventIndex>)> = Vec::new();
    let mut moves: Vec<Vec<&Migration>> = vms.iter().map(|_| Vec::new()).collect();
    for migration in migrations {
        moves[migration.vm].push(migration);
    }
    for outage in outages {
        for vm in 0..vms.len() {
            let before = node_at(&vms[vm], outage.from);
            let was_here = before == Some(&outage.node);
            if (before.is_some() && !was_here)
                || moved_away(&moves[vm], outage)
                || was_down(&vms[vm], outage.from)
            {
                continue;
            }
            let Some(up) = next_start(events, &by_vm[vm], outage.from) else {
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
            evidence.extend(role_records(
                events,
                &by_vm[vm],
                outage.from,
                events[up].time,
            ));
            evidence.push(up);
            if !started_elsewhere(&events[up], outage) {
                // Down with its node and up with it again: no other node took it over.
                restarts.push((vm, outage.from, up, evidence));
                continue;
            }
            let cause = match (outage.quorum, outage.lost) {
                (true, _) => FailoverCause::QuorumLoss,
                (false, true) => FailoverCause::NodeLoss,
                (false, false) => FailoverCause::NodeShutdown,
            };
            let from_node = was_here.then(|| outage.node.clone());
            let mut one = failover(events, vms, vm, from_node, cause, outage.from, up, evidence);
            if !outage.from_known {
                one.down_from = None;
                one.downtime_s = None;
            }
            found.push(one);
        }
    }
    for one in after_resource_failure(events, by_vm, vms, &used) {
        match (one.vm, one.down_from, one.evidence.last()) {
            (Some(vm), Some(from), Some(up)) if one.from_node == one.to_node => {
                restarts.push((vm, from, *up, one.evidence.clone()));
            }
            _ => found.push(one),
        }
    }
    found.sort_by_key(|f| (f.down_from, f.vm, f.up_at));
    for one in &found {
        if let (Some(vm), Some(from), Some(to)) = (one.vm, one.down_from, one.up_at) {
            add_downtime(&mut vms[vm], from, to, &one.evidence);
        }
    }
    for (vm, from, up, evidence) in restarts {
        add_downtime(&mut vms[vm], from, events[up].time, &evidence);
    }
    found
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
        planned: cause == FailoverCause::NodeShutdown,
        planned_because: match cause {
            FailoverCause::NodeShutdown => PlannedBasis::Orderly,
            _ => PlannedBasis::Failure,
        },
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
fn moved_away(moves: &[&Migration], outage: &Outage) -> bool {
    moves.iter().any(|m| {
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
    events: &[Event],
    by_vm: &ByVm,
    vms: &[VmTrail],
    used: &BTreeSet<EventIndex>,
) -> Vec<Failover> {
    let mut all = Vec::new();
    for (vm, about) in by_vm.iter().enumerate() {
        let mut found: Vec<Failover> = Vec::new();
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
                .filter(|f| f.up_at == Some(events[up].time));
            if let Some(same) = same {
                same.evidence.push(at);
                same.evidence.sort_unstable();
            } else if soon && !used.contains(&up) {
                let mut evidence = role_records(events, about, event.time, events[up].time);
                evidence.extend([at, up]);
                let cause = FailoverCause::ResourceFailure;
                let from = Some(node.clone());
                found.push(failover(
                    events, vms, vm, from, cause, event.time, up, evidence,
                ));
            }
        }
        all.append(&mut found);
    }
    all
}

fn add_downtime(vm: &mut VmTrail, from: Moment, to: Moment, evidence: &[EventIndex]) {
    let known = vm
        .downtimes
        .iter_mut()
        .find(|d| d.from.is_none_or(|f| f <= to) && d.to.is_none_or(|t| t >= from));
    match known {
        Some(downtime) => {
            downtime.from = Some(downtime.from.map_or(from, |f| f.min(from)));
            downtime.evidence.extend(evidence);
            downtime.evidence.sort_unstable();
            downtime.evidence.dedup();
        }
        None => vm.downtimes.push(Downtime {
            cause: DowntimeCause::Node,
            bounds: None,
            from: Some(from),
            to: Some(to),
            evidence: evidence.to_vec(),
        }),
    }
    vm.downtimes.sort_by_key(|d| (d.from, d.to));
}
