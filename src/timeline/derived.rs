//! Conclusions as events, so that rules can speak of a move or a lost node as of
//! any other event. Each stands on records, which the evidence names.

use super::Timeline;
use super::nodes::Outage;
use super::trail::{
    EventIndex, Failover, Interval, Migration, MoveKind, MoveOutcome, VmIndex, VmTrail,
};
use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::order::arrange;
use crate::model::time::{Moment, Precision};

/// A conclusion: the event, its VM, and the records it stands on.
pub(super) struct Conclusion {
    event: Event,
    vm: Option<VmIndex>,
    records: Vec<EventIndex>,
}

/// The names of the values that a conclusion of this kind can have.
pub(super) fn fields_of(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::VmMovedLive | EventKind::VmMovedCold => {
            &["blackout_s", "duration_s", "long", "planned", "started"]
        }
        EventKind::VmFailedOver => &["cause", "downtime_s", "planned"],
        EventKind::NodeLost | EventKind::NodeRestarted => &["back_at"],
        _ => &[],
    }
}

pub(super) fn conclude(
    events: &[Event],
    vms: &[VmTrail],
    migrations: &[Migration],
    failovers: &[Failover],
    outages: &[Outage],
) -> Vec<Conclusion> {
    let mut all = Vec::new();
    for migration in migrations {
        let kind = match (migration.kind, migration.outcome) {
            (MoveKind::Live, MoveOutcome::Completed) => EventKind::VmMovedLive,
            (MoveKind::Quick | MoveKind::Offline, MoveOutcome::Completed) => EventKind::VmMovedCold,
            _ => continue,
        };
        let mut fields = Fields::new();
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                fields.set(name, value);
            }
        };
        set("blackout_s", migration.blackout_s.map(rounded));
        set("duration_s", migration.duration_s.map(rounded));
        set("planned", migration.planned.map(|p| p.to_string()));
        set("started", migration.started.map(|t| t.to_string()));
        // A record may call its own blackout too long; that word is kept.
        let long = migration
            .evidence
            .iter()
            .find_map(|at| events[*at].fields.get("long"));
        set("long", long.map(str::to_owned));
        all.extend(conclusion(
            events,
            kind,
            migration.ended,
            vm_subject(vms, migration.vm, &migration.from_node, &migration.to_node),
            fields,
            Some(migration.vm),
            &migration.evidence,
        ));
    }
    for failover in failovers {
        let mut fields = Fields::new();
        fields.set("cause", failover.cause.name());
        fields.set("planned", failover.planned.to_string());
        if let Some(seconds) = failover.downtime_s {
            fields.set("downtime_s", rounded(seconds));
        }
        let mut subject = failover.vm.map_or_else(Subject::default, |vm| {
            vm_subject(vms, vm, &failover.from_node, &failover.to_node)
        });
        subject.group.clone_from(&failover.group);
        all.extend(conclusion(
            events,
            EventKind::VmFailedOver,
            failover.up_at,
            subject,
            fields,
            failover.vm,
            &failover.evidence,
        ));
    }
    for outage in outages {
        let kind = match (outage.lost, outage.os_restarted) {
            (true, _) => EventKind::NodeLost,
            (false, true) => EventKind::NodeRestarted,
            (false, false) => continue,
        };
        let mut fields = Fields::new();
        if let Some(to) = outage.to {
            fields.set("back_at", to.to_string());
        }
        let subject = Subject {
            node: Some(outage.node.clone()),
            ..Subject::default()
        };
        let at = Some(outage.from);
        all.extend(conclusion(
            events,
            kind,
            at,
            subject,
            fields,
            None,
            &outage.evidence,
        ));
    }
    all
}

/// Seconds to a tenth: a difference of stamps on two clocks knows no more.
fn rounded(seconds: f64) -> String {
    ((seconds * 10.0).round() / 10.0).to_string()
}

fn vm_subject(
    vms: &[VmTrail],
    vm: VmIndex,
    from: &Option<NodeName>,
    to: &Option<NodeName>,
) -> Subject {
    Subject {
        vm: vms[vm].name.clone(),
        vm_id: vms[vm].id,
        group: vms[vm].group.clone(),
        from_node: from.clone(),
        to_node: to.clone(),
        ..Subject::default()
    }
}

fn conclusion(
    events: &[Event],
    kind: EventKind,
    time: Option<Moment>,
    subject: Subject,
    fields: Fields,
    vm: Option<VmIndex>,
    records: &[EventIndex],
) -> Option<Conclusion> {
    let first = &events[*records.first()?];
    let severity = match kind {
        EventKind::NodeLost => Severity::Critical,
        EventKind::VmFailedOver => Severity::Error,
        _ => Severity::Info,
    };
    Some(Conclusion {
        event: Event {
            time: time.unwrap_or(first.time),
            precision: Precision::Tick,
            node: subject.to_node.clone().or_else(|| subject.node.clone()),
            kind,
            severity,
            origin: Origin::Derived,
            subject,
            fields,
            message: None,
            source: first.source.clone(),
        },
        vm,
        records: records.to_vec(),
    })
}

/// Puts the conclusions among the records, in order, and renumbers all evidence.
pub(super) fn insert(timeline: &mut Timeline, conclusions: Vec<Conclusion>) {
    let records = timeline.events.len();
    let mut stand_on: Vec<Vec<EventIndex>> = Vec::with_capacity(conclusions.len());
    for conclusion in conclusions {
        timeline.events.push(conclusion.event);
        timeline.event_vm.push(conclusion.vm);
        stand_on.push(conclusion.records);
    }
    let mut order: Vec<usize> = (0..timeline.events.len()).collect();
    // Stable: a conclusion comes behind the records of its own instant.
    order.sort_by_key(|at| timeline.events[*at].time);
    let mut moved = vec![0; records];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = moved.get_mut(*old) {
            *place = new;
        }
    }
    let renumber = |list: &mut Vec<EventIndex>| {
        for at in list.iter_mut() {
            *at = moved[*at];
        }
        list.sort_unstable();
    };
    for (new, old) in order.iter().enumerate() {
        if let Some(list) = old.checked_sub(records).and_then(|n| stand_on.get_mut(n)) {
            renumber(list);
            timeline.base_of.insert(new, std::mem::take(list));
        }
    }
    arrange(&mut timeline.event_vm, order.clone());
    arrange(&mut timeline.events, order);
    fn each<S>(list: &mut [Interval<S>], renumber: impl Fn(&mut Vec<EventIndex>)) {
        list.iter_mut().for_each(|i| renumber(&mut i.evidence));
    }
    for vm in &mut timeline.vms {
        for placement in &mut vm.placements {
            renumber(&mut placement.evidence);
        }
        for downtime in &mut vm.downtimes {
            renumber(&mut downtime.evidence);
        }
        each(&mut vm.names, renumber);
        each(&mut vm.states, renumber);
    }
    for node in &mut timeline.nodes {
        each(&mut node.intervals, renumber);
    }
    for migration in &mut timeline.migrations {
        renumber(&mut migration.evidence);
        for phase in &mut migration.phases {
            renumber(&mut phase.evidence);
        }
    }
    for failover in &mut timeline.failovers {
        renumber(&mut failover.evidence);
    }
    for link in timeline.incidents.iter_mut().flat_map(|i| &mut i.chain) {
        renumber(&mut link.evidence);
    }
    for loss in &mut timeline.quorum.losses {
        renumber(&mut loss.evidence);
    }
    each(&mut timeline.quorum.witness, renumber);
    for view in &mut timeline.quorum.views {
        view.evidence = moved[view.evidence];
    }
    for volume in &mut timeline.volumes {
        each(&mut volume.states, renumber);
    }
    for link in &mut timeline.links {
        each(&mut link.states, renumber);
    }
    for jump in timeline.clocks.iter_mut().flat_map(|c| &mut c.jumps) {
        jump.evidence = moved[jump.evidence];
    }
    for change in &mut timeline.network_changes {
        change.evidence = moved[change.evidence];
    }
}
