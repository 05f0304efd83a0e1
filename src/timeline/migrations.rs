//! Moves of VMs as spans: from the records of source and target to one move with
//! its begin, end, destination and outcome.
//!
//! Several providers record the same move, each in its own words; records of one
//! VM that lie close together are one move. 2008 R2 names no destination in any
//! record: it is where the other node's records of the same move were written,
//! and marked as inferred.

use std::sync::LazyLock;

use regex::Regex;

use super::identity::ByVm;
use super::phases;
use super::trail::{EventIndex, Migration, MoveKind, MoveOutcome, Reason, VmIndex};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::status;

/// Records that end the same move lie within this many seconds of each other.
const SAME_END_S: f64 = 120.0;
/// Records that begin the same move lie within this many seconds of each other;
/// allows for clocks that are apart.
const SAME_START_S: f64 = 120.0;
/// A move without an end for so long is another one's beginning.
const LONGEST_MOVE_S: f64 = 6.0 * 3600.0;
/// A VM saved on one node and started on another within this many seconds moved.
const QUICK_MOVE_S: f64 = 900.0;

/// A status code in free text.
static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"0x[0-9A-Fa-f]{8}").ok());

pub(super) fn build(events: &[Event], by_vm: &ByVm) -> Vec<Migration> {
    let mut all = Vec::new();
    for (vm, indexes) in by_vm.iter().enumerate() {
        let mut moves = live_and_offline(events, vm, indexes);
        quick(events, vm, indexes, &mut moves);
        infer_destinations(events, indexes, &mut moves);
        for one in &mut moves {
            phases::add(one, events, indexes);
        }
        all.append(&mut moves);
    }
    all.sort_by(|a, b| {
        let begin = |m: &Migration| m.started.or(m.ended);
        (begin(a), a.vm, a.kind).cmp(&(begin(b), b.vm, b.kind))
    });
    all
}

/// The moves of each VM, in order of their begin.
pub(super) type ByMove = Vec<Vec<usize>>;

pub(super) fn by_vm(vms: usize, migrations: &[Migration]) -> ByMove {
    let mut by_move: ByMove = vec![Vec::new(); vms];
    for (at, migration) in migrations.iter().enumerate() {
        by_move[migration.vm].push(at);
    }
    by_move
}

/// What a record says of a move.
enum Phase {
    Start(MoveKind),
    TargetStart(MoveKind),
    Detail,
    End(MoveKind, MoveOutcome),
    TargetEnd(MoveKind, MoveOutcome),
    /// A request that never became a move.
    Refused,
}

fn phase(event: &Event) -> Option<Phase> {
    use EventKind as K;
    use MoveKind::{Live, Offline, Storage};
    use MoveOutcome::{Canceled, Completed, Failed};
    Some(match event.kind {
        K::MigrationStarted => Phase::Start(Live),
        K::MigrationTargetStarted => Phase::TargetStart(Live),
        K::MigrationBlackout | K::MigrationTimes => Phase::Detail,
        K::MigrationCompleted => Phase::End(Live, Completed),
        K::MigrationReceived => Phase::TargetEnd(Live, Completed),
        K::MigrationFailed if event.fields.get("side") == Some("target") => {
            Phase::TargetEnd(Live, Failed)
        }
        K::MigrationFailed | K::MigrationRecovered => Phase::End(Live, Failed),
        K::MigrationRefused => Phase::Refused,
        K::MigrationCanceled => Phase::End(Live, Canceled),
        K::OfflineMigrationStarted => Phase::Start(Offline),
        K::OfflineMigrationCompleted => Phase::End(Offline, Completed),
        K::OfflineMigrationReceived => Phase::TargetEnd(Offline, Completed),
        K::StorageMigrationCompleted => Phase::End(Storage, Completed),
        K::StorageMigrationFailed => Phase::End(Storage, Failed),
        K::StorageMigrationCanceled => Phase::End(Storage, Canceled),
        _ => return None,
    })
}

fn new_move(vm: VmIndex, kind: MoveKind) -> Migration {
    Migration {
        vm,
        kind,
        from_node: None,
        to_node: None,
        to_inferred: false,
        started: None,
        ended: None,
        duration_s: None,
        blackout_s: None,
        brownout_s: None,
        memory_mib: None,
        phases: Vec::new(),
        outcome: MoveOutcome::Unfinished,
        // No VM moves by these ways unless a person, a drain or the balancer
        // asked for it.
        planned: Some(true),
        reason: None,
        evidence: Vec::new(),
    }
}

fn live_and_offline(events: &[Event], vm: VmIndex, indexes: &[EventIndex]) -> Vec<Migration> {
    let mut moves: Vec<Migration> = Vec::new();
    for at in indexes {
        let event = &events[*at];
        let Some(phase) = phase(event) else { continue };
        let kind = match phase {
            Phase::Start(k) | Phase::TargetStart(k) | Phase::End(k, _) | Phase::TargetEnd(k, _) => {
                Some(k)
            }
            Phase::Detail => None,
            Phase::Refused => {
                // The move that is under way is not touched by it.
                let mut refused = new_move(vm, MoveKind::Live);
                refused.from_node.clone_from(&event.node);
                refused.evidence.push(*at);
                end(&mut refused, event, MoveOutcome::Failed);
                let open = moves.last().is_some_and(|m| m.ended.is_none());
                moves.insert(moves.len() - usize::from(open), refused);
                continue;
            }
        };
        let fits = moves.last().is_some_and(|last| {
            let same = kind.is_none_or(|k| k == last.kind) || ends_offline(last, &phase);
            same && continues(last, event, &phase)
        });
        if !fits {
            moves.push(new_move(vm, kind.unwrap_or(MoveKind::Live)));
        }
        if let Some(last) = moves.last_mut() {
            add(last, event, *at, &phase);
        }
    }
    for one in &mut moves {
        measure(one, events);
    }
    moves
}

/// Failures and cancellations are recorded alike for live and offline moves; they
/// end the one that is under way.
fn ends_offline(last: &Migration, phase: &Phase) -> bool {
    use MoveOutcome::{Canceled, Failed};
    last.kind == MoveKind::Offline
        && matches!(
            phase,
            Phase::End(MoveKind::Live, Failed | Canceled)
                | Phase::TargetEnd(MoveKind::Live, Failed | Canceled)
        )
}

/// Whether a record belongs to a move that is under way or just over.
fn continues(last: &Migration, event: &Event, phase: &Phase) -> bool {
    let since = |t: Option<crate::model::time::Moment>| t.map(|t| event.time.seconds_since(t));
    match phase {
        Phase::Start(_) | Phase::TargetStart(_) => {
            last.ended.is_none() && since(last.started).is_some_and(|s| s.abs() <= SAME_START_S)
        }
        Phase::Detail | Phase::End(..) | Phase::TargetEnd(..) => match last.ended {
            Some(end) => event.time.seconds_since(end).abs() <= SAME_END_S,
            None => since(last.started).is_none_or(|s| s <= LONGEST_MOVE_S),
        },
        Phase::Refused => false,
    }
}

fn add(migration: &mut Migration, event: &Event, at: EventIndex, phase: &Phase) {
    let subject = &event.subject;
    migration.evidence.push(at);
    if let Some(seconds) = event.fields.number("blackout_s") {
        migration.blackout_s = Some(seconds);
    }
    if let Some(seconds) = event.fields.number("brownout_s") {
        migration.brownout_s = Some(seconds);
    }
    let set = |slot: &mut Option<NodeName>, node: &Option<NodeName>| {
        if slot.is_none() {
            slot.clone_from(node);
        }
    };
    // Named in the record; it may correct what was inferred.
    if subject.to_node.is_some() {
        migration.to_node.clone_from(&subject.to_node);
        migration.to_inferred = false;
    }
    set(&mut migration.from_node, &subject.from_node);
    match phase {
        Phase::Start(_) => {
            set(&mut migration.from_node, &event.node);
            migration.started = Some(migration.started.map_or(event.time, |t| t.min(event.time)));
        }
        Phase::TargetStart(_) => {
            infer_target(migration, &event.node);
            migration.started = Some(migration.started.map_or(event.time, |t| t.min(event.time)));
        }
        Phase::Detail => set(&mut migration.from_node, &event.node),
        Phase::Refused => {}
        Phase::End(kind, outcome) => {
            if *kind == MoveKind::Storage {
                set(&mut migration.to_node, &event.node);
            }
            // A failure may be told by the cluster's other node as well.
            if *outcome == MoveOutcome::Completed || migration.from_node.is_none() {
                set(&mut migration.from_node, &event.node);
            }
            end(migration, event, *outcome);
        }
        Phase::TargetEnd(_, outcome) => {
            infer_target(migration, &event.node);
            end(migration, event, *outcome);
        }
    }
}

fn infer_target(migration: &mut Migration, node: &Option<NodeName>) {
    if migration.to_node.is_none() && *node != migration.from_node {
        migration.to_node.clone_from(node);
        migration.to_inferred = node.is_some();
    }
}

fn end(migration: &mut Migration, event: &Event, outcome: MoveOutcome) {
    migration.ended = Some(migration.ended.map_or(event.time, |t| t.max(event.time)));
    let rank = |o: MoveOutcome| match o {
        MoveOutcome::Unfinished => 0,
        MoveOutcome::Completed => 1,
        MoveOutcome::Failed => 2,
        // A cancellation is also reported as a failure; it says more.
        MoveOutcome::Canceled => 3,
    };
    if rank(outcome) > rank(migration.outcome) {
        migration.outcome = outcome;
    }
    if outcome == MoveOutcome::Failed {
        let text = event.fields.get("text").map(str::to_owned);
        let code = event.fields.get("status").map(str::to_owned).or_else(|| {
            // The innermost, last code says most.
            let text = text.as_deref()?;
            let code = CODE.as_ref()?.find_iter(text).last()?;
            Some(code.as_str().to_owned())
        });
        let known = migration.reason.get_or_insert(Reason {
            code: None,
            name: None,
            text: None,
        });
        known.code = known.code.take().or(code);
        known.text = known.text.take().or(text);
        known.name = (known.code.as_deref())
            .and_then(status::lookup)
            .and_then(|status| status.name.map(str::to_owned));
    }
}

/// Durations are taken on the source's clock where it recorded both ends.
fn measure(migration: &mut Migration, events: &[Event]) {
    let on_source = |kinds: &[EventKind]| {
        migration
            .evidence
            .iter()
            .map(|at| &events[*at])
            .filter(|e| kinds.contains(&e.kind) && e.node == migration.from_node)
            .map(|e| e.time)
            .collect::<Vec<_>>()
    };
    let starts = on_source(&[
        EventKind::MigrationStarted,
        EventKind::OfflineMigrationStarted,
    ]);
    let ends = on_source(&[
        EventKind::MigrationCompleted,
        EventKind::OfflineMigrationCompleted,
    ]);
    migration.duration_s = match (starts.first(), ends.last()) {
        (Some(start), Some(end)) => Some(end.seconds_since(*start)),
        _ => match (migration.started, migration.ended) {
            (Some(start), Some(end)) => Some(end.seconds_since(start)),
            _ => None,
        },
    }
    .map(|seconds| seconds.max(0.0));
    if migration
        .reason
        .as_ref()
        .is_some_and(|r| r.code.is_none() && r.text.is_none())
    {
        migration.reason = None;
    }
}

/// Saved on one node, then started or restored on another: no record says so.
fn quick(events: &[Event], vm: VmIndex, indexes: &[EventIndex], moves: &mut Vec<Migration>) {
    let mut saved: Option<EventIndex> = None;
    for at in indexes {
        let event = &events[*at];
        match event.kind {
            EventKind::VmSaved => saved = Some(*at),
            EventKind::VmStarted | EventKind::VmRestored => {
                let Some(from) = saved.take() else { continue };
                let source = &events[from];
                let seconds = event.time.seconds_since(source.time);
                if source.node != event.node && event.node.is_some() && seconds <= QUICK_MOVE_S {
                    moves.push(Migration {
                        from_node: source.node.clone(),
                        to_node: event.node.clone(),
                        started: Some(source.time),
                        ended: Some(event.time),
                        duration_s: Some(seconds.max(0.0)),
                        outcome: MoveOutcome::Completed,
                        evidence: vec![from, *at],
                        ..new_move(vm, MoveKind::Quick)
                    });
                }
            }
            _ => {}
        }
    }
}

/// Kinds that show the VM on the node that wrote them.
const SHOWS_PLACE: [EventKind; 7] = [
    EventKind::VmConfigRegistered,
    EventKind::VmStarted,
    EventKind::NicStarted,
    EventKind::NicConnected,
    EventKind::VmConfigApplied,
    EventKind::GroupOnline,
    EventKind::VmRealized,
];

/// The destination of a completed live migration that no record names: where the
/// cluster moved the role, or where the VM showed up next.
fn infer_destinations(events: &[Event], indexes: &[EventIndex], moves: &mut [Migration]) {
    for migration in moves.iter_mut().filter(|m| {
        m.to_node.is_none() && m.kind == MoveKind::Live && m.outcome == MoveOutcome::Completed
    }) {
        let (Some(begin), Some(end)) = (migration.started.or(migration.ended), migration.ended)
        else {
            continue;
        };
        let near = |e: &Event, after_s: f64| {
            e.time.seconds_since(begin) >= -SAME_START_S && e.time.seconds_since(end) <= after_s
        };
        let found = indexes.iter().find_map(|at| {
            let e = &events[*at];
            let group_to = matches!(e.kind, EventKind::GroupMoving | EventKind::GroupMoved)
                .then(|| e.subject.to_node.clone())
                .flatten();
            let to = group_to.or_else(|| {
                SHOWS_PLACE
                    .contains(&e.kind)
                    .then(|| e.node.clone())
                    .flatten()
            })?;
            (near(e, SAME_END_S) && Some(&to) != migration.from_node.as_ref()).then_some((to, *at))
        });
        if let Some((to, at)) = found {
            migration.to_node = Some(to);
            migration.to_inferred = true;
            migration.evidence.push(at);
            migration.evidence.sort_unstable();
            migration.evidence.dedup();
        }
    }
}
