//! Where each VM was, and when it was down.
//!
//! A VM's place is known from records that only the node that runs it writes, and
//! from moves. Between two sightings on different nodes without a recorded move,
//! the change is put at the later sighting.

use std::collections::BTreeMap;

use super::clock::ClockErrors;
use super::identity::ByVm;
use super::intervals::join;
use super::migrations::ByMove;
use super::trail::{
    Bounds, Downtime, DowntimeCause, EventIndex, Migration, MoveKind, MoveOutcome, Placement,
    PlacementBasis, VmIndex, VmState, VmTrail,
};
use crate::model::event::Event;
use crate::model::id::{NodeName, VmId, VmName};
use crate::model::inventory::VmSnapshot;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// A node speaks of a VM that the cluster moves away from it for so many seconds more.
const LAST_WORD_S: f64 = 10.0;

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
    by_move: &ByMove,
    snapshots: &[VmSnapshot],
    errors: &ClockErrors<'_>,
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
    for (vm, moves) in by_move.iter().enumerate() {
        let arrived = moves
            .iter()
            .map(|m| &migrations[*m])
            .filter(|m| m.outcome == MoveOutcome::Completed && m.kind != MoveKind::Storage);
        for migration in arrived {
            let ends = [
                (migration.started, &migration.from_node, false),
                (migration.ended, &migration.to_node, true),
            ];
            for (time, node, arrival) in ends {
                if let (Some(time), Some(node)) = (time, node) {
                    sightings[vm].push(Sighting {
                        time,
                        node: node.clone(),
                        basis: PlacementBasis::Recorded,
                        arrival,
                        evidence: migration.evidence.last().copied(),
                    });
                }
            }
        }
    }
    let find = Finder::new(vms);
    for snapshot in snapshots {
        if let (Some(vm), Some(node)) = (find.vm(snapshot), &snapshot.node) {
            sightings[vm].push(Sighting {
                time: snapshot.taken,
                node: node.clone(),
                basis: PlacementBasis::Seen,
                arrival: false,
                evidence: None,
            });
        }
    }
    for (vm, mut list) in sightings.into_iter().enumerate() {
        let completed = || {
            let moves = by_move[vm].iter().map(|m| &migrations[*m]);
            moves.filter(|m| m.outcome == MoveOutcome::Completed)
        };
        let spans: Vec<(Moment, Moment)> =
            completed().filter_map(|m| m.started.zip(m.ended)).collect();
        list.sort_by_key(|s| (s.time, s.basis));
        // While a VM is on its way, its role and its records show up on both nodes;
        // only the move itself counts then.
        list.retain(|s| {
            !spans
                .iter()
                .any(|(from, to)| *from < s.time && s.time < *to)
        });
        vms[vm].placements = placements(list);
        // Gone, and nothing says where to.
        let left = completed().filter(|m| m.to_node.is_none() && m.kind != MoveKind::Storage);
        for migration in left {
            if let (Some(ended), Some(last)) = (migration.ended, vms[vm].placements.last_mut())
                && last.to.is_none()
                && Some(&last.node) == migration.from_node.as_ref()
                && last.from.is_none_or(|from| from < ended)
            {
                last.to = Some(ended);
            }
        }
        vms[vm].downtimes = downtimes(events, &by_vm[vm], errors);
    }
}

/// Finds the VM of a snapshot: by id; by a name that one VM has.
struct Finder {
    ids: BTreeMap<VmId, VmIndex>,
    names: BTreeMap<VmName, Option<VmIndex>>,
}

impl Finder {
    fn new(vms: &[VmTrail]) -> Self {
        let mut names: BTreeMap<VmName, Option<VmIndex>> = BTreeMap::new();
        for (at, vm) in vms.iter().enumerate() {
            if let Some(name) = &vm.name {
                names
                    .entry(name.clone())
                    .and_modify(|known| *known = None)
                    .or_insert(Some(at));
            }
        }
        let ids = vms.iter().enumerate();
        Finder {
            ids: ids.filter_map(|(at, vm)| Some((vm.id?, at))).collect(),
            names,
        }
    }

    fn vm(&self, snapshot: &VmSnapshot) -> Option<VmIndex> {
        match snapshot.vm_id.and_then(|id| self.ids.get(&id)) {
            Some(vm) => Some(*vm),
            None => self.names.get(&snapshot.vm).copied().flatten(),
        }
    }
}

fn placements(list: Vec<Sighting>) -> Vec<Placement> {
    let mut placements: Vec<Placement> = Vec::new();
    for sighting in list {
        if is_last_word(&placements, &sighting) {
            continue;
        }
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

/// Whether the node that the VM just left speaks once more of it. The cluster tells of
/// a move from another node, whose clock may be ahead, and before the VM is gone.
fn is_last_word(placements: &[Placement], sighting: &Sighting) -> bool {
    let [.., left, now] = placements else {
        return false;
    };
    !sighting.arrival
        && left.node == sighting.node
        && now.basis == PlacementBasis::Group
        && now
            .from
            .is_some_and(|from| sighting.time.seconds_since(from) <= LAST_WORD_S)
}

/// From the records of the VM's own stops and starts. Downtime by failover is
/// added by `failovers`, since a lost node records no stop.
fn downtimes(events: &[Event], about: &[EventIndex], errors: &ClockErrors<'_>) -> Vec<Downtime> {
    use EventKind as K;
    let mut list: Vec<Downtime> = Vec::new();
    for at in about.iter().copied() {
        let event = &events[at];
        let stops = match event.kind {
            K::VmTurnedOff | K::VmShutDown | K::VmSaved => Some(DowntimeCause::Stopped),
            K::VmGuestShutDown => Some(DowntimeCause::Guest),
            K::VmWorkerDied => Some(DowntimeCause::Failure),
            K::VmCriticalPaused => Some(DowntimeCause::Storage),
            _ => None,
        };
        let starts = matches!(
            event.kind,
            K::VmStarted | K::VmRestored | K::VmCriticalResumed
        );
        let open = list.last_mut().filter(|d| d.to.is_none());
        match (open, stops) {
            (Some(open), _) if starts => {
                let Some(stopped) = open.evidence.first().map(|at| &events[*at]) else {
                    continue;
                };
                let seconds = event.time.seconds_since(stopped.time);
                let error = errors.between(stopped.node.as_ref(), event.node.as_ref());
                let mut bounds = Bounds::new((seconds, error), (seconds, error));
                if error.is_none() {
                    bounds.at_least_s = on_either_side(events, about, stopped, event);
                }
                open.bounds = Some(bounds);
                if stopped.kind == K::VmSaved && stopped.node != event.node {
                    open.cause = DowntimeCause::QuickMigration;
                }
                open.to = Some(event.time);
                open.bound_its_length();
                open.evidence.push(at);
            }
            (None, Some(cause)) => list.push(Downtime {
                cause,
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

/// Seconds for which a VM was surely down that stopped on one node and started on another
/// whose clock nothing compares to the first: until the first let its role go, by its
/// clock, and from when the other took the role on, by that one's.
fn on_either_side(events: &[Event], about: &[EventIndex], stopped: &Event, started: &Event) -> f64 {
    use EventKind as K;
    let between = |at: &&EventIndex| {
        let time = events[**at].time;
        stopped.time <= time && time <= started.time
    };
    let of = |node: &Option<NodeName>, kinds: [EventKind; 3]| {
        let all = about.iter().filter(between).map(|at| &events[*at]);
        all.filter(|e| e.node == *node && kinds.contains(&e.kind))
            .map(|e| e.time)
            .min()
    };
    let let_go = of(
        &stopped.node,
        [K::GroupFailover, K::GroupMoving, K::GroupMoved],
    );
    let taken = of(
        &started.node,
        [K::GroupOnlinePending, K::VmConfigRegistered, K::NicStarted],
    );
    let here = let_go.map_or(0.0, |time| time.seconds_since(stopped.time));
    let there = taken.map_or(0.0, |time| started.time.seconds_since(time));
    here + there
}

/// What each VM was doing. Comes after the failovers, whose downtimes no record of
/// the VM tells.
pub(super) fn states(vms: &mut [VmTrail], events: &[Event], by_vm: &ByVm) {
    use EventKind as K;
    for (vm, about) in vms.iter_mut().zip(by_vm) {
        let mut changes: Vec<(Moment, VmState, Vec<EventIndex>)> = Vec::new();
        let mut before = None;
        for at in about.iter().copied() {
            let event = &events[at];
            let state = match event.kind {
                K::VmStarted
                | K::VmRestored
                | K::VmResumed
                | K::VmCriticalResumed
                | K::VmReset
                | K::VmFoundRunning
                | K::MigrationStarted
                | K::MigrationCompleted
                | K::MigrationReceived => VmState::Running,
                K::VmSaved => VmState::Saved,
                K::VmTurnedOff | K::VmShutDown | K::VmGuestShutDown | K::VmForcedOff => {
                    VmState::Off
                }
                K::VmPaused => VmState::Paused,
                K::VmCriticalPaused => VmState::CriticalPaused,
                K::VmWorkerDied => VmState::Failed,
                _ => continue,
            };
            if changes.is_empty() {
                before = match event.kind {
                    // Where it comes from is not known.
                    K::VmStarted | K::VmRestored => None,
                    K::VmResumed => Some(VmState::Paused),
                    K::VmCriticalResumed => Some(VmState::CriticalPaused),
                    _ => Some(VmState::Running),
                };
            }
            changes.push((event.time, state, vec![at]));
        }
        for downtime in &vm.downtimes {
            let gone = matches!(
                downtime.cause,
                DowntimeCause::Node
                    | DowntimeCause::Quorum
                    | DowntimeCause::Failure
                    | DowntimeCause::Storage
            );
            let Some(from) = downtime.from.filter(|_| gone) else {
                continue;
            };
            let within = |time: Moment| from <= time && downtime.to.is_none_or(|to| time <= to);
            let told = changes
                .iter()
                .any(|(time, state, _)| within(*time) && *state != VmState::Running);
            if !told {
                if changes.first().is_none_or(|(time, ..)| *time > from) {
                    before = Some(VmState::Running);
                }
                changes.push((from, VmState::Failed, downtime.evidence.clone()));
                // The cluster's word alone may tell of the return.
                if let Some(to) = downtime.to {
                    changes.push((to, VmState::Running, Vec::new()));
                }
            }
        }
        changes.sort_by_key(|(time, ..)| *time);
        vm.states = join(before, changes);
    }
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
