//! Quorum, volumes, links, the parts of moves and incidents over hand-made events.

use vmtrail::model::event::Subject;
use vmtrail::model::{EventKind, NodeName, ResourceName};
use vmtrail::timeline::{
    ChainRole, DowntimeCause, FailoverCause, LinkKind, LinkState, MovePhase, Timeline, VolumeState,
    WitnessState,
};

use super::case::*;
use EventKind as K;

fn volume(name: &str) -> Subject {
    Subject {
        volume: Some(name.into()),
        ..Subject::default()
    }
}

fn network(name: &str) -> Subject {
    Subject {
        network: Some(name.into()),
        ..Subject::default()
    }
}

fn named_resource(name: &str) -> Subject {
    Subject {
        resource: ResourceName::new(name),
        ..Subject::default()
    }
}

/// (state, seconds since the begin of the case) of a trail.
fn told<S: Copy>(states: &[vmtrail::timeline::Interval<S>]) -> Vec<(S, Option<f64>)> {
    (states.iter())
        .map(|i| (i.state, i.from.map(|from| from.seconds_since(at(0.0)))))
        .collect()
}

#[test]
fn two_records_of_one_loss_of_quorum_are_one_and_joining_ends_it() {
    let mut case = Case::default();
    case.plain(100.0, "HV01", K::QuorumLost);
    case.plain(101.0, "HV01", K::QuorumLost);
    case.plain(101.5, "HV02", K::QuorumLost);
    // Another node joins: that says nothing of HV02.
    case.about_node(200.0, "HV01", K::NodeJoined, "HV01");
    case.about_node(300.0, "HV03", K::NodeJoined, "HV03");
    let losses = case.build().quorum.losses;
    let ends: Vec<_> = (losses.iter())
        .map(|l| (l.node.as_ref().map(NodeName::as_str), l.from, l.to))
        .collect();
    assert_eq!(
        ends,
        [
            (Some("HV01"), at(100.0), Some(at(200.0))),
            (Some("HV02"), at(101.5), None)
        ]
    );
    assert_eq!(losses[0].evidence.len(), 3);
}

#[test]
fn the_witness_is_told_from_other_resources() {
    let mut case = Case::default();
    case.add(
        10.0,
        "HV01",
        K::ResourceFailed,
        named_resource("Cluster Disk 1"),
    );
    case.add(
        20.0,
        "HV01",
        K::ResourceFailed,
        named_resource("File Share Witness"),
    );
    // Named as a witness, and of another type.
    case.add(
        30.0,
        "HV01",
        K::ResourceFailed,
        named_resource("File Share Witness (2)"),
    )
    .fields
    .set("type", "Physical Disk");
    case.add(
        50.0,
        "HV02",
        K::ResourceOnline,
        named_resource("File Share Witness"),
    );
    assert_eq!(
        told(&case.build().quorum.witness),
        [
            (WitnessState::Online, None),
            (WitnessState::Failed, Some(20.0)),
            (WitnessState::Online, Some(50.0))
        ]
    );
}

#[test]
fn membership_views_name_nodes_where_a_number_is_known() {
    let mut case = Case::default();
    case.plain(5.0, "HV01", K::MembershipView)
        .fields
        .set("downers", "(2 7)");
    let line = case.plain(6.0, "HV02", K::MembershipView);
    line.fields.set("joiners", "()");
    let views = case.build().quorum.views;
    assert_eq!(views[0].left, ["2", "7"]);
    assert!(views[1].joined.is_empty() && views[1].left.is_empty());
}

#[test]
fn a_volume_is_as_each_node_saw_it() {
    let mut case = Case::default();
    case.add(10.0, "HV01", K::CsvPaused, volume("Volume1"));
    case.add(12.0, "HV02", K::CsvRedirected, volume("Volume1"));
    case.add(15.0, "HV01", K::CsvResumed, volume("Volume1"));
    case.add(16.0, "HV01", K::CsvLost, volume("Volume2"));
    // A state that has no name here changes nothing.
    case.add(17.0, "HV01", K::CsvState, volume("Volume1"))
        .fields
        .set("state", "NoSuchState");
    let timeline = case.build();
    let all: Vec<_> = (timeline.volumes.iter())
        .map(|v| (&*v.name, v.node.as_ref().unwrap().as_str(), told(&v.states)))
        .collect();
    use VolumeState::{Lost, Online, Paused, Redirected};
    assert_eq!(
        all,
        [
            (
                "Volume1",
                "HV01",
                vec![(Online, None), (Paused, Some(10.0)), (Online, Some(15.0))]
            ),
            (
                "Volume1",
                "HV02",
                vec![(Online, None), (Redirected, Some(12.0))]
            ),
            ("Volume2", "HV01", vec![(Online, None), (Lost, Some(16.0))]),
        ]
    );
}

#[test]
fn a_cluster_network_is_one_for_all_nodes_and_an_adapter_is_of_one() {
    let mut case = Case::default();
    case.add(10.0, "HV01", K::NetworkPartitioned, network("Management"));
    case.add(20.0, "HV02", K::NetworkUp, network("Management"));
    case.add(30.0, "HV01", K::LinkDown, network("Ethernet 1"));
    case.add(31.0, "HV02", K::LinkUp, network("Ethernet 1"));
    let timeline = case.build();
    let of = |kind, node: Option<&str>| -> Vec<(LinkState, Option<f64>)> {
        let link = timeline
            .links
            .iter()
            .find(|l| l.kind == kind && l.node.as_ref().map(NodeName::as_str) == node);
        told(&link.expect("there is one").states)
    };
    use LinkState::{Down, Partitioned, Up};
    assert_eq!(
        of(LinkKind::ClusterNetwork, None),
        [(Up, None), (Partitioned, Some(10.0)), (Up, Some(20.0))]
    );
    assert_eq!(
        of(LinkKind::Nic, Some("HV01")),
        [(Up, None), (Down, Some(30.0))]
    );
    assert_eq!(of(LinkKind::Nic, Some("HV02")), [(Up, Some(31.0))]);
}

/// A live migration from HV01 at 10 s to HV02 at 40 s, with the named part of it
/// recorded from 12 s to 15 s.
fn move_with(phase: &[(&str, &str)], to: Option<&str>) -> Timeline {
    let mut case = Case::default();
    let start = case.vm(10.0, "HV01", K::MigrationStarted);
    start.subject.to_node = to.and_then(NodeName::new);
    for (seconds, state) in [(12.0, "started"), (15.0, "completed")] {
        let record = case.vm(seconds, "HV01", K::MigrationPhase);
        for (name, value) in phase {
            record.fields.set(*name, *value);
        }
        record.fields.set("state", state);
    }
    case.vm(40.0, "HV01", K::MigrationCompleted);
    case.vm(40.0, "HV02", K::MigrationReceived);
    case.build()
}

#[test]
fn a_part_of_a_move_is_from_its_begin_to_its_end() {
    let timeline = move_with(&[("phase", "setup")], Some("HV02"));
    let [phase] = &timeline.migrations[0].phases[..] else {
        panic!("{:?}", timeline.migrations[0].phases);
    };
    assert_eq!(phase.phase, MovePhase::Setup);
    assert_eq!((phase.from, phase.to), (Some(at(12.0)), Some(at(15.0))));
    assert_eq!(phase.seconds, Some(3.0));
    // A step inside a part is none.
    let steps = move_with(&[("phase", "memory_pass")], Some("HV02"));
    assert_eq!(steps.migrations[0].phases, []);
}

#[test]
fn an_id_that_meant_another_part_in_2008_r2_is_read_as_that() {
    let fields = [("phase", "move"), ("phase_2008r2", "power_off")];
    let newer = move_with(&fields, Some("HV02"));
    assert_eq!(newer.migrations[0].phases[0].phase, MovePhase::Move);
    let older = move_with(&fields, None);
    assert_eq!(older.migrations[0].phases, []);
}

#[test]
fn what_belongs_to_no_move_or_to_a_later_one_is_no_part_of_it() {
    let mut case = Case::default();
    case.vm(10.0, "HV01", K::MigrationStarted);
    case.vm(20.0, "HV01", K::MigrationBlackout);
    let end = case.vm(30.0, "HV01", K::MigrationCompleted);
    end.fields.set("blackout_s", "1.5");
    case.vm(30.0, "HV02", K::MigrationReceived);
    case.vm(3000.0, "HV02", K::MigrationPhase)
        .fields
        .set("phase", "setup");
    let migration = &case.build().migrations[0];
    let [blackout] = &migration.phases[..] else {
        panic!("{:?}", migration.phases);
    };
    assert_eq!(blackout.phase, MovePhase::Blackout);
    assert_eq!(blackout.to, Some(at(21.5)));
    assert_eq!(blackout.seconds, Some(1.5));
}

#[test]
fn a_status_of_a_failed_move_gets_its_name() {
    let mut case = Case::default();
    case.vm(10.0, "HV01", K::MigrationStarted);
    case.vm(12.0, "HV01", K::MigrationFailed)
        .fields
        .set("status", "0x80070005");
    let timeline = case.build();
    let reason = timeline.migrations[0].reason.as_ref().unwrap();
    assert_eq!(reason.name.as_deref(), Some("ERROR_ACCESS_DENIED"));
}

#[test]
fn an_incident_goes_from_the_first_symptom_to_the_last_vm_back() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    // An hour before: no symptom of this.
    case.about_node(100.0, "HV02", K::HeartbeatMissed, "HV01");
    case.about_node(3700.0, "HV02", K::HeartbeatMissed, "HV01");
    case.about_node(3700.5, "HV03", K::HeartbeatMissed, "HV01");
    case.about_node(3710.0, "HV02", K::NodeRemoved, "HV01");
    case.vm(3720.0, "HV02", K::VmStarted);
    case.plain(4000.0, "HV01", K::OsUnexpectedRestart);
    let timeline = case.build();
    let [incident] = &timeline.incidents[..] else {
        panic!("{:?}", timeline.incidents);
    };
    assert_eq!(incident.node.as_ref().map(NodeName::as_str), Some("HV01"));
    assert_eq!(incident.cause, FailoverCause::NodeLoss);
    assert_eq!(incident.planned, Some(false));
    assert_eq!(incident.last_back, Some(at(3720.0)));
    assert_eq!(timeline.vms[0].downtimes[0].cause, DowntimeCause::Node);
    let roles: Vec<_> = incident.chain.iter().map(|l| (l.role, l.kind)).collect();
    assert_eq!(
        roles[..3],
        [
            (ChainRole::Symptom, K::HeartbeatMissed),
            (ChainRole::Consequence, K::NodeRemoved),
            (ChainRole::Recovery, K::VmStarted),
        ]
    );
    assert_eq!(incident.chain[0].time, at(3700.0));
    assert_eq!(incident.chain[0].evidence.len(), 2, "both that missed it");
}
