//! Roles that went down and were brought back by the cluster: high availability at
//! work, as against live migration, in which nothing goes down.

use std::collections::BTreeSet;

use super::identity::ByVm;
use super::nodes::Outage;
use super::trail::{
    Downtime, EventIndex, Failover, FailoverCause, Migration, MoveOutcome, VmIndex, VmTrail,
};
use super::vms::node_at;
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// A role that comes back later than this after its node went is not taken for a
/// consequence of it.
const LONGEST_RETURN_S: f64 = 4.0 * 3600.0;
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
    let mut moves: Vec<Vec<&Migration>> = vms.iter().map(|_| Vec::new()).collect();
    for migration in migrations {
        moves[migration.vm].push(migration);
    }
    for outage in outages {
        for vm in 0..vms.len() {
            let was_here = node_at(&vms[vm], outage.from) == Some(&outage.node);
            if !was_here || moved_away(&moves[vm], outage) {
                continue;
            }
            let Some(up) = next_start(events, &by_vm[vm], outage.from) else {
                continue;
            };
            let elsewhere = events[up].node.as_ref() != Some(&outage.node);
            let cause = match (outage.lost, elsewhere) {
                (true, _) => FailoverCause::NodeLoss,
                (false, true) => FailoverCause::NodeShutdown,
                // Stopped with its node and started with it again: a restart of
                // the host, not a failover.
                (false, false) => continue,
            };
            used.insert(up);
            let cause = if lost_quorum(events, outage) {
                FailoverCause::QuorumLoss
            } else {
                cause
            };
            let mut evidence = outage.evidence.clone();
            evidence.extend(role_records(
                events,
                &by_vm[vm],
                outage.from,
                events[up].time,
            ));
            evidence.push(up);
            found.push(failover(
                events,
                vms,
                vm,
                Some(outage.node.clone()),
                cause,
                outage.from,
                up,
                evidence,
            ));
        }
    }
    found.extend(after_resource_failure(events, by_vm, vms, &used));
    found.sort_by_key(|f| (f.down_from, f.vm, f.up_at));
    for one in &found {
        if let Some(vm) = one.vm {
            add_downtime(&mut vms[vm], one);
        }
    }
    found
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
    let first = about.partition_point(|at| events[*at].time < from);
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

/// Whether the node left because it lost quorum.
fn lost_quorum(events: &[Event], outage: &Outage) -> bool {
    events.iter().any(|e| {
        e.kind == EventKind::QuorumLost
            && e.node.as_ref() == Some(&outage.node)
            && e.time.seconds_since(outage.from).abs() <= SLACK_S
    })
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

fn add_downtime(vm: &mut VmTrail, failover: &Failover) {
    let (Some(from), Some(to)) = (failover.down_from, failover.up_at) else {
        return;
    };
    let known = vm
        .downtimes
        .iter_mut()
        .find(|d| d.from.is_none_or(|f| f <= to) && d.to.is_none_or(|t| t >= from));
    match known {
        Some(downtime) => {
            downtime.from = Some(downtime.from.map_or(from, |f| f.min(from)));
            downtime.evidence.extend(&failover.evidence);
            downtime.evidence.sort_unstable();
            downtime.evidence.dedup();
        }
        None => vm.downtimes.push(Downtime {
            from: Some(from),
            to: Some(to),
            evidence: failover.evidence.clone(),
        }),
    }
    vm.downtimes.sort_by_key(|d| (d.from, d.to));
}
