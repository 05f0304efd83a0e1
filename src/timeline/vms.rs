//! Where each VM was, and when it was down.
//!
//! A VM's place is known from records that only the node that runs it writes, and
//! from moves. Between two sightings on different nodes without a recorded move,
//! the change is put at the later sighting.

use super::identity::ByVm;
use super::trail::{
    Downtime, DowntimeCause, EventIndex, Migration, MoveKind, MoveOutcome, Placement,
    PlacementBasis, VmTrail,
};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::inventory::VmSnapshot;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// A VM seen on a node at a time.
struct Sighting {
    time: Moment,
    node: NodeName,
    basis: PlacementBasis,
    /// The VM came here at this time, rather than having been here.
    arrival: bool,
    evidence: Option<EventIndex>,
}

/// What a record shows of the VM's place: the node, and whether it arrived there.
fn shows(event: &Event) -> Option<(NodeName, PlacementBasis, bool)> {
    use EventKind as K;
    let recorded = PlacementBasis::Recorded;
    let here = |arrival| Some((event.node.clone()?, recorded, arrival));
    match event.kind {
        K::VmStarted | K::VmRestored => here(true),
        K::VmSaved
        | K::VmTurnedOff
        | K::VmShutDown
        | K::VmGuestShutDown
        | K::VmReset
        | K::VmPaused
        | K::VmResumed
        | K::VmCriticalPaused
        | K::VmCriticalResumed
        | K::VmGuestCrashed
        | K::VmWorkerDied => here(false),
        K::MigrationStarted | K::MigrationBlackout => here(false),
        K::ResourceOnline if event.subject.vm.is_some() => {
            Some((event.node.clone()?, PlacementBasis::Group, true))
        }
        // These name the place in their text; who writes them differs by version.
        K::GroupMoved => Some((event.subject.to_node.clone()?, PlacementBasis::Group, true)),
        K::GroupOnline => Some((event.node.clone()?, PlacementBasis::Group, true)),
        _ => None,
    }
}

/// Where a move by the cluster says that the VM had been.
fn had_been(event: &Event) -> Option<NodeName> {
    matches!(
        event.kind,
        EventKind::GroupMoved | EventKind::GroupMoving | EventKind::GroupFailover
    )
    .then(|| event.subject.from_node.clone())
    .flatten()
}

/// Fills placements and downtimes of every VM.
pub(super) fn place(
    vms: &mut [VmTrail],
    events: &[Event],
    by_vm: &ByVm,
    migrations: &[Migration],
    snapshots: &[VmSnapshot],
) {
    let mut sightings: Vec<Vec<Sighting>> = vms.iter().map(|_| Vec::new()).collect();
    let about = by_vm.iter().enumerate();
    for (vm, at) in about.flat_map(|(vm, list)| list.iter().map(move |at| (vm, *at))) {
        let event = &events[at];
        // Only for a VM that nothing placed before: the message may be late.
        if sightings[vm].is_empty()
            && let Some(node) = had_been(event)
        {
            sightings[vm].push(Sighting {
                time: event.time.plus_ticks(-1),
                node,
                basis: PlacementBasis::Group,
                arrival: false,
                evidence: Some(at),
            });
        }
        if let Some((node, basis, arrival)) = shows(event) {
            sightings[vm].push(Sighting {
                time: event.time,
                node,
                basis,
                arrival,
                evidence: Some(at),
            });
        }
    }
    for migration in migrations {
        if migration.outcome != MoveOutcome::Completed || migration.kind == MoveKind::Storage {
            continue;
        }
        let list = &mut sightings[migration.vm];
        let ends = [
            (migration.started, &migration.from_node, false),
            (migration.ended, &migration.to_node, true),
        ];
        for (time, node, arrival) in ends {
            if let (Some(time), Some(node)) = (time, node) {
                list.push(Sighting {
                    time,
                    node: node.clone(),
                    basis: PlacementBasis::Recorded,
                    arrival,
                    evidence: migration.evidence.last().copied(),
                });
            }
        }
    }
    for snapshot in snapshots {
        let found = vms.iter().position(|vm| match (vm.id, snapshot.vm_id) {
            (Some(a), Some(b)) => a == b,
            _ => vm.name.as_ref() == Some(&snapshot.vm),
        });
        if let (Some(vm), Some(node)) = (found, &snapshot.node) {
            sightings[vm].push(Sighting {
                time: snapshot.taken,
                node: node.clone(),
                basis: PlacementBasis::Seen,
                arrival: false,
                evidence: None,
            });
        }
    }
    let mut spans: Vec<Vec<(Moment, Moment)>> = vms.iter().map(|_| Vec::new()).collect();
    for migration in migrations {
        if let (MoveOutcome::Completed, Some(from), Some(to)) =
            (migration.outcome, migration.started, migration.ended)
        {
            spans[migration.vm].push((from, to));
        }
    }
    for (vm, mut list) in sightings.into_iter().enumerate() {
        list.sort_by_key(|s| (s.time, s.basis));
        // While a VM is on its way, its role and its records show up on both nodes;
        // only the move itself counts then.
        list.retain(|s| {
            !spans[vm]
                .iter()
                .any(|(from, to)| *from < s.time && s.time < *to)
        });
        vms[vm].placements = placements(list);
        // Gone, and nothing says where to.
        let left = migrations
            .iter()
            .filter(|m| m.vm == vm && m.outcome == MoveOutcome::Completed && m.to_node.is_none());
        for migration in left.filter(|m| m.kind != MoveKind::Storage) {
            if let (Some(ended), Some(last)) = (migration.ended, vms[vm].placements.last_mut())
                && last.to.is_none()
                && Some(&last.node) == migration.from_node.as_ref()
                && last.from.is_none_or(|from| from < ended)
            {
                last.to = Some(ended);
            }
        }
        vms[vm].downtimes = downtimes(events, &by_vm[vm]);
    }
}

fn placements(list: Vec<Sighting>) -> Vec<Placement> {
    let mut placements: Vec<Placement> = Vec::new();
    for sighting in list {
        match placements.last_mut() {
            Some(last) if last.node == sighting.node => {
                last.basis = last.basis.min(sighting.basis);
            }
            last => {
                // Before its first sighting a VM that did not just arrive was here.
                let first = last.is_none();
                if let Some(last) = last {
                    last.to = Some(sighting.time);
                    last.evidence.extend(sighting.evidence);
                }
                placements.push(Placement {
                    node: sighting.node,
                    from: (!first || sighting.arrival).then_some(sighting.time),
                    to: None,
                    basis: sighting.basis,
                    evidence: sighting.evidence.into_iter().collect(),
                });
            }
        }
    }
    placements
}

/// From the records of the VM's own stops and starts. Downtime by failover is
/// added by `failovers`, since a lost node records no stop.
fn downtimes(events: &[Event], about: &[EventIndex]) -> Vec<Downtime> {
    use EventKind as K;
    let mut list: Vec<Downtime> = Vec::new();
    for at in about.iter().copied() {
        let event = &events[at];
        let stops = matches!(
            event.kind,
            K::VmTurnedOff
                | K::VmShutDown
                | K::VmGuestShutDown
                | K::VmSaved
                | K::VmWorkerDied
                | K::VmCriticalPaused
        );
        let starts = matches!(
            event.kind,
            K::VmStarted | K::VmRestored | K::VmCriticalResumed
        );
        let open = list.last_mut().filter(|d| d.to.is_none());
        match open {
            Some(open) if starts => {
                open.to = Some(event.time);
                open.evidence.push(at);
            }
            None if stops => list.push(Downtime {
                cause: DowntimeCause::Unknown,
                bounds: None,
                from: Some(event.time),
                to: None,
                evidence: vec![at],
            }),
            _ => {}
        }
    }
    list
}

/// Where the VM was at a time.
pub(super) fn node_at(vm: &VmTrail, time: Moment) -> Option<&NodeName> {
    vm.placements
        .iter()
        .rev()
        .find(|p| p.from.is_none_or(|from| from <= time))
        .filter(|p| p.to.is_none_or(|to| time <= to))
        .map(|p| &p.node)
}
