//! The parts of a move that records tell: begin and end of each on one node.
//!
//! Most of these records stand in analytic logs, which are off unless somebody turned
//! them on. What nobody recorded is not made up from other records' times.

use super::trail::{EventIndex, Migration, MovePhase, PhaseSpan};
use crate::model::event::Event;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// Records of a move's parts lie at most so many seconds outside its own.
const AROUND_S: f64 = 60.0;

/// Adds the parts of a move to it, in order of time. `indexes` are the VM's events in
/// order of time.
pub(super) fn add(migration: &mut Migration, events: &[Event], indexes: &[EventIndex]) {
    let (Some(begin), Some(end)) = (
        migration.started.or(migration.ended),
        migration.ended.or(migration.started),
    ) else {
        return;
    };
    let (begin, end) = (begin.plus_seconds(-AROUND_S), end.plus_seconds(AROUND_S));
    let first = indexes.partition_point(|at| events[*at].time < begin);
    let near = (indexes[first..].iter().copied()).take_while(|at| events[*at].time <= end);
    let mut phases: Vec<PhaseSpan> = Vec::new();
    for at in near {
        let event = &events[at];
        if event.kind == EventKind::MigrationBlackout {
            phases.push(blackout(migration, event, at));
            continue;
        }
        let Some(phase) = part(migration, event) else {
            continue;
        };
        if let Some(mib) = event.fields.number("memory_mb") {
            migration.memory_mib = migration.memory_mib.or(Some(mib));
        }
        let open = phases.iter_mut().rev().find(|span| {
            span.phase == phase
                && span.node == event.node
                && span.from.is_some()
                && span.to.is_none()
        });
        match (event.fields.get("state"), open) {
            (Some("completed"), Some(span)) => {
                span.to = Some(event.time);
                span.seconds = (span.from).map(|from| event.time.seconds_since(from).max(0.0));
                span.evidence.push(at);
            }
            (Some("completed"), None) => {
                phases.push(span(phase, event, None, Some(event.time), at))
            }
            (Some("started"), _) => phases.push(span(phase, event, Some(event.time), None, at)),
            _ => {}
        }
    }
    phases.sort_by_key(|span| (span.from.or(span.to), span.phase));
    migration.phases = phases;
}

/// The VM stands still from its record until its state has been handed over; only the
/// length of that is recorded.
fn blackout(migration: &Migration, event: &Event, at: EventIndex) -> PhaseSpan {
    let seconds = migration.blackout_s;
    PhaseSpan {
        seconds,
        to: seconds.map(|s| event.time.plus_seconds(s)),
        ..span(MovePhase::Blackout, event, Some(event.time), None, at)
    }
}

fn span(
    phase: MovePhase,
    event: &Event,
    from: Option<Moment>,
    to: Option<Moment>,
    at: EventIndex,
) -> PhaseSpan {
    PhaseSpan {
        phase,
        node: event.node.clone(),
        from,
        to,
        seconds: None,
        evidence: vec![at],
    }
}

/// The part that a record begins or ends. Steps inside a part are not told apart, nor
/// is what only a move that failed does.
fn part(migration: &Migration, event: &Event) -> Option<MovePhase> {
    if event.kind != EventKind::MigrationPhase {
        return None;
    }
    let mut name = event.fields.get("phase")?;
    if let Some(older) = event.fields.get("phase_2008r2") {
        // One id, two meanings. 2008 R2 names the destination of no move.
        let newer = migration.to_node.is_some() && !migration.to_inferred;
        name = if newer { name } else { older };
    }
    Some(match name {
        "setup" => MovePhase::Setup,
        "memory" | "memory_save" => MovePhase::MemoryCopy,
        "offline" => MovePhase::Offline,
        "move" => MovePhase::Move,
        "restore" => MovePhase::Restore,
        "storage_copy" => MovePhase::Storage,
        _ => return None,
    })
}
