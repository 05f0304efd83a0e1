//! The timeline over hand-made events: each test states what happened, and what
//! the logs of that Windows version say of it.

mod case;
mod state;

use case::*;
use vmtrail::model::event::{Origin, Subject};
use vmtrail::model::{EventKind, GroupName, ResourceName, VmId, VmName};
use vmtrail::timeline::{
    ChainRole, FailoverCause, MoveKind, MoveOutcome, NodeClock, NodeState, PlannedBasis, Sequence,
    Timeline, VmState,
};

use EventKind as K;

#[test]
fn a_live_migration_of_2016_with_its_blackout() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.vm(100.0, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
    case.vm(118.0, "HV01", K::MigrationBlackout);
    case.vm(119.0, "HV01", K::MigrationCompleted)
        .fields
        .set("blackout_s", "0.7");
    case.vm(119.4, "HV02", K::MigrationReceived);
    case.vm(119.5, "HV02", K::NicConnected);
    let timeline = case.build();
    assert_eq!(timeline.migrations.len(), 1);
    let m = &timeline.migrations[0];
    assert_eq!(
        (m.kind, m.outcome, m.planned),
        (MoveKind::Live, MoveOutcome::Completed, Some(true))
    );
    assert_eq!(
        (m.from_node.clone(), m.to_node.clone()),
        (node("HV01"), node("HV02"))
    );
    assert!(!m.to_inferred);
    assert_eq!((m.duration_s, m.blackout_s), (Some(19.0), Some(0.7)));
    let places: Vec<_> = timeline.vms[0]
        .placements
        .iter()
        .map(|p| p.node.as_str())
        .collect();
    assert_eq!(places, ["HV01", "HV02"]);
    assert_eq!(timeline.vms[0].placements[0].to, m.ended);
    assert!(timeline.vms[0].downtimes.is_empty());
    assert!(timeline.failovers.is_empty());
    // The NIC that was connected on arrival is part of the move.
    assert!(timeline.network_changes.is_empty());
    assert_eq!(
        timeline
            .events
            .iter()
            .filter(|e| e.kind == K::VmMovedLive)
            .count(),
        1
    );
}

#[test]
fn in_2008_r2_the_destination_is_inferred_and_said_to_be() {
    let mut case = Case::default();
    case.vm(100.0, "HV01", K::MigrationStarted);
    case.vm(100.6, "HV02", K::MigrationTargetStarted);
    case.vm(112.0, "HV01", K::MigrationCompleted);
    case.vm(112.1, "HV01", K::MigrationCompleted);
    case.vm(112.3, "HV02", K::MigrationReceived);
    case.add(113.0, "HV02", K::VmConfigRegistered, resource("web01"));
    let timeline = case.build();
    assert_eq!(timeline.migrations.len(), 1, "{:?}", timeline.migrations);
    let m = &timeline.migrations[0];
    assert_eq!(m.to_node, node("HV02"));
    assert!(m.to_inferred);
    assert_eq!(m.blackout_s, None, "2008 R2 logs no blackout by default");
    assert_eq!(m.duration_s, Some(12.1));
}

#[test]
fn there_and_back_are_two_moves() {
    let mut case = Case::default();
    for (start, from, to) in [(100.0, "HV01", "HV02"), (400.0, "HV02", "HV01")] {
        case.vm(start, from, K::MigrationStarted);
        case.vm(start + 1.0, to, K::MigrationTargetStarted);
        case.vm(start + 12.0, from, K::MigrationCompleted);
        case.vm(start + 12.5, to, K::MigrationReceived);
    }
    let timeline = case.build();
    let moves: Vec<_> = timeline
        .migrations
        .iter()
        .map(|m| (m.from_node.clone(), m.to_node.clone()))
        .collect();
    assert_eq!(
        moves,
        [(node("HV01"), node("HV02")), (node("HV02"), node("HV01"))]
    );
    let places: Vec<_> = timeline.vms[0]
        .placements
        .iter()
        .map(|p| p.node.as_str())
        .collect();
    assert_eq!(places, ["HV01", "HV02", "HV01"]);
}

#[test]
fn failure_cancellation_and_no_end_at_all() {
    let mut case = Case::default();
    case.vm(100.0, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
    case.vm(130.0, "HV01", K::MigrationFailed)
        .fields
        .set("text", "outer (0x80004005) inner (0x800705B4)");
    case.vm(1000.0, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
    case.vm(1010.0, "HV01", K::MigrationCanceled);
    case.vm(1010.2, "HV01", K::MigrationFailed);
    case.vm(2000.0, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
    let timeline = case.build();
    let outcomes: Vec<_> = timeline.migrations.iter().map(|m| m.outcome).collect();
    assert_eq!(
        outcomes,
        [
            MoveOutcome::Failed,
            MoveOutcome::Canceled,
            MoveOutcome::Unfinished
        ]
    );
    let reason = timeline.migrations[0].reason.as_ref().unwrap();
    assert_eq!(
        reason.code.as_deref(),
        Some("0x800705B4"),
        "the innermost code is the last"
    );
    assert_eq!(timeline.vms[0].placements.len(), 1, "it never left");
}

#[test]
fn a_crash_is_a_failover_and_not_a_migration() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.plain(10.0, "HV02", K::InterfaceUp);
    case.about_node(3600.0, "HV02", K::NodeRemoved, "HV01");
    case.about_node(3600.2, "HV03", K::NodeRemoved, "HV01");
    case.add(
        3602.0,
        "HV02",
        K::GroupOnlinePending,
        Subject {
            group: GroupName::new("web01"),
            ..Subject::default()
        },
    );
    case.vm(3625.0, "HV02", K::VmStarted);
    case.plain(3900.0, "HV01", K::OsStarted);
    case.plain(3901.0, "HV01", K::OsUnexpectedRestart);
    case.plain(3902.0, "HV01", K::OsDirtyShutdown);
    case.plain(3960.0, "HV01", K::NodeJoined);
    let timeline = case.build();
    assert!(timeline.migrations.is_empty());
    assert_eq!(timeline.failovers.len(), 1, "{:?}", timeline.failovers);
    let f = &timeline.failovers[0];
    assert_eq!((f.cause, f.planned), (FailoverCause::NodeLoss, false));
    assert_eq!(
        (f.from_node.clone(), f.to_node.clone()),
        (node("HV01"), node("HV02"))
    );
    assert_eq!(f.downtime_s, Some(25.0));
    assert_eq!(timeline.vms[0].downtimes.len(), 1);
    let hv01 = timeline
        .nodes
        .iter()
        .find(|n| n.name.key() == "hv01")
        .unwrap();
    let states: Vec<_> = hv01.intervals.iter().map(|i| (i.state, i.from)).collect();
    assert_eq!(
        states,
        [
            (NodeState::Up, None),
            // Its own log says that it had not shut down.
            (NodeState::Crashed, Some(at(3600.0))),
            (NodeState::Up, Some(at(3960.0)))
        ]
    );
    let states: Vec<_> = timeline.vms[0]
        .states
        .iter()
        .map(|i| (i.state, i.from))
        .collect();
    assert_eq!(
        states,
        [
            (VmState::Running, Some(at(0.0))),
            (VmState::Failed, Some(at(3600.0))),
            (VmState::Running, Some(at(3625.0)))
        ]
    );
    assert_eq!(timeline.incidents.len(), 1);
    let incident = &timeline.incidents[0];
    assert_eq!(timeline.failovers[0].incident, Some(0));
    assert_eq!(incident.planned_because, PlannedBasis::Failure);
    let told: Vec<_> = incident.chain.iter().map(|l| (l.role, l.kind)).collect();
    assert_eq!(
        told,
        [
            (ChainRole::Consequence, K::NodeRemoved),
            (ChainRole::Recovery, K::VmStarted),
            (ChainRole::Recovery, K::OsStarted),
            (ChainRole::Cause, K::OsUnexpectedRestart),
            (ChainRole::Cause, K::OsDirtyShutdown),
        ]
    );
    assert_eq!(incident.chain[0].evidence.len(), 2, "two nodes saw it");
    // Its last word was an hour before; and nothing compares the two clocks.
    let bounds = timeline.failovers[0].bounds.unwrap();
    assert_eq!(
        bounds.at_least_s, 25.0,
        "one node saw the loss and the start"
    );
    assert_eq!(bounds.at_most_s, None);
    assert_eq!(
        timeline
            .events
            .iter()
            .filter(|e| e.kind == K::NodeLost)
            .count(),
        1
    );
}

#[test]
fn maintenance_is_no_loss() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.vm(100.0, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
    case.vm(119.0, "HV01", K::MigrationCompleted);
    case.vm(119.4, "HV02", K::MigrationReceived);
    case.plain(600.0, "HV01", K::OsRestartRequested);
    case.plain(605.0, "HV01", K::ServiceStopped);
    // The others may still note a removal when the service stops.
    case.about_node(605.3, "HV02", K::NodeRemoved, "HV01");
    case.plain(610.0, "HV01", K::OsStopped);
    case.plain(700.0, "HV01", K::OsStarted);
    case.plain(760.0, "HV01", K::NodeJoined);
    let timeline = case.build();
    assert!(timeline.failovers.is_empty(), "{:?}", timeline.failovers);
    assert!(timeline.events.iter().all(|e| e.kind != K::NodeLost));
    assert_eq!(
        timeline
            .events
            .iter()
            .filter(|e| e.kind == K::NodeRestarted)
            .count(),
        1
    );
    let hv01 = timeline
        .nodes
        .iter()
        .find(|n| n.name.key() == "hv01")
        .unwrap();
    assert_eq!(hv01.intervals[1].state, NodeState::Restarted);
    assert_eq!(
        (hv01.intervals[1].from, hv01.intervals[1].to),
        (Some(at(605.0)), Some(at(760.0)))
    );
}

#[test]
fn two_vms_of_one_name_stay_two() {
    let mut case = Case::default();
    case.add(0.0, "HV01", K::VmStarted, vm("web01", WEB));
    case.add(1.0, "HV02", K::VmStarted, vm("web01", OTHER));
    case.add(2.0, "HV02", K::VmConfigRegistered, resource("web01"));
    let timeline = case.build();
    assert_eq!(timeline.vms.len(), 2);
    let about: Vec<_> = timeline.event_vm.clone();
    assert_ne!(about[0], about[1]);
    assert_eq!(about[2], None, "a name that two VMs share decides nothing");
}

#[test]
fn a_renamed_vm_is_one() {
    let mut case = Case::default();
    case.add(0.0, "HV01", K::VmStarted, vm("old", WEB));
    case.add(100.0, "HV01", K::VmStarted, vm("new", WEB));
    case.add(200.0, "HV01", K::VmConfigRegistered, resource("old"));
    let timeline = case.build();
    assert_eq!(timeline.vms.len(), 1);
    assert_eq!(timeline.vms[0].name, VmName::new("new"));
    assert_eq!(timeline.event_vm, [Some(0), Some(0), Some(0)]);
}

#[test]
fn a_clock_that_is_ahead_is_found_and_corrected() {
    let mut case = Case::default();
    // HV02's clock is 30 s ahead of HV01's.
    for start in [100.0, 500.0, 900.0] {
        case.vm(start, "HV01", K::MigrationStarted);
        case.vm(start + 30.4, "HV02", K::MigrationTargetStarted);
        case.vm(start + 12.0, "HV01", K::MigrationCompleted);
        case.vm(start + 42.2, "HV02", K::MigrationReceived);
    }
    let timeline = case.build();
    let clock = timeline
        .clocks
        .iter()
        .find(|c| c.node.key() == "hv02")
        .unwrap();
    let (offset, error) = (clock.offset_s.unwrap(), clock.error_s.unwrap());
    assert!(
        (offset - 30.0).abs() <= error && error < 5.0,
        "{offset} ± {error}"
    );
    let received = timeline
        .events
        .iter()
        .find(|e| e.kind == K::MigrationReceived)
        .unwrap();
    assert!(received.time.seconds_since(at(112.0)).abs() < error);
    assert_eq!(
        received.fields.get("recorded_time"),
        Some(at(142.2).to_string().as_str())
    );
}

#[test]
fn quick_migration_is_a_save_here_and_a_start_there() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.vm(100.0, "HV01", K::VmSaved);
    case.vm(130.0, "HV02", K::VmStarted);
    let timeline = case.build();
    let m = &timeline.migrations[0];
    assert_eq!(
        (m.kind, m.to_node.clone(), m.duration_s),
        (MoveKind::Quick, node("HV02"), Some(30.0))
    );
    assert_eq!(timeline.vms[0].downtimes.len(), 1);
}

#[test]
fn evidence_points_at_records_after_renumbering() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.vm(100.0, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
    case.vm(119.0, "HV01", K::MigrationCompleted);
    case.vm(119.4, "HV02", K::MigrationReceived);
    case.vm(5000.0, "HV02", K::VmReset);
    let timeline = case.build();
    for at in &timeline.migrations[0].evidence {
        assert!(timeline.events[*at].kind.name().starts_with("migration."));
    }
    for (derived, records) in &timeline.base_of {
        assert_eq!(timeline.events[*derived].origin, Origin::Derived);
        assert!(
            records
                .iter()
                .all(|r| timeline.events[*r].origin != Origin::Derived)
        );
    }
    assert!(timeline.events.windows(2).all(|w| w[0].time <= w[1].time));
}

#[test]
fn a_restart_on_the_same_node_is_downtime_and_no_failover() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.vm(1000.0, "HV01", K::ResourceFailed);
    case.vm(1020.0, "HV01", K::VmStarted);
    let timeline = case.build();
    assert!(timeline.failovers.is_empty());
    assert_eq!(timeline.vms[0].downtimes.len(), 1);
    assert_eq!(timeline.vms[0].downtimes[0].to, Some(at(1020.0)));
}

#[test]
fn a_vm_that_was_off_is_not_failed_over() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.vm(600.0, "HV01", K::VmGuestShutDown);
    case.about_node(3600.0, "HV02", K::NodeRemoved, "HV01");
    case.vm(7200.0, "HV02", K::VmStarted);
    assert!(case.build().failovers.is_empty());
}

#[test]
fn quorum_loss_takes_a_node_out_and_is_the_cause() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.plain(1000.0, "HV01", K::QuorumLost);
    case.vm(1060.0, "HV02", K::VmStarted);
    case.plain(1900.0, "HV01", K::NodeJoined);
    let timeline = case.build();
    assert_eq!(timeline.failovers[0].cause, FailoverCause::QuorumLoss);
    assert!(!timeline.failovers[0].planned);
    let hv01 = timeline
        .nodes
        .iter()
        .find(|n| n.name.key() == "hv01")
        .unwrap();
    let states: Vec<_> = hv01.intervals.iter().map(|i| i.state).collect();
    assert_eq!(
        states,
        [NodeState::Up, NodeState::WithoutQuorum, NodeState::Up]
    );
}

#[test]
fn a_refused_request_does_not_spoil_the_move_under_way() {
    let mut case = Case::default();
    case.vm(100.0, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
    case.vm(105.0, "HV01", K::MigrationRefused);
    case.vm(119.0, "HV01", K::MigrationCompleted);
    case.vm(119.4, "HV02", K::MigrationReceived);
    let timeline = case.build();
    let outcomes: Vec<_> = timeline.migrations.iter().map(|m| m.outcome).collect();
    assert_eq!(outcomes, [MoveOutcome::Completed, MoveOutcome::Failed]);
    assert_eq!(
        timeline.vms[0].placements.last().unwrap().node.key(),
        "hv02"
    );
}

#[test]
fn others_say_when_a_node_without_logs_is_back() {
    let mut case = Case::default();
    case.about_node(1000.0, "HV02", K::NodeRemoved, "HV01");
    case.about_node(1600.0, "HV02", K::NodeJoined, "HV01");
    case.about_node(5000.0, "HV02", K::NodeRemoved, "HV01");
    let timeline = case.build();
    let lost: Vec<_> = timeline
        .events
        .iter()
        .filter(|e| e.kind == K::NodeLost)
        .map(|e| e.time)
        .collect();
    assert_eq!(lost, [at(1000.0), at(5000.0)]);
}

#[test]
fn a_node_that_flaps_is_lost_twice() {
    let mut case = Case::default();
    case.about_node(1000.0, "HV02", K::NodeRemoved, "HV01");
    case.plain(1020.0, "HV01", K::NodeJoined);
    case.about_node(1040.0, "HV02", K::NodeRemoved, "HV01");
    case.plain(1100.0, "HV01", K::NodeJoined);
    let timeline = case.build();
    assert_eq!(
        timeline
            .events
            .iter()
            .filter(|e| e.kind == K::NodeLost)
            .count(),
        2
    );
}

#[test]
fn a_vm_that_left_for_an_unknown_place_is_not_said_to_be_here() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.vm(100.0, "HV01", K::MigrationStarted);
    case.vm(119.0, "HV01", K::MigrationCompleted);
    let timeline = case.build();
    assert_eq!(timeline.migrations[0].to_node, None);
    assert_eq!(
        timeline.vms[0].placements.last().unwrap().to,
        Some(at(119.0))
    );
}

#[test]
fn a_stop_that_nobody_dated_has_no_downtime() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.plain(36_000.0, "HV01", K::OsStarted);
    case.plain(36_001.0, "HV01", K::OsUnexpectedRestart);
    case.vm(35_900.0, "HV02", K::VmStarted);
    let timeline = case.build();
    assert!(
        timeline.failovers.iter().all(|f| f.downtime_s.is_none()),
        "{:?}",
        timeline.failovers
    );
}

/// Moves every 700 s between HV01 and HV02, of which HV02's stamps are `ahead` of
/// HV01's at the time.
fn moves_with(ahead: impl Fn(f64) -> f64, steps: &[(f64, f64)]) -> Timeline {
    let mut case = Case::default();
    let mut steps = steps.iter().peekable();
    for i in 0..20 {
        let t = 700.0 * f64::from(i);
        while let Some((when, by)) = steps.next_if(|(when, _)| *when <= t) {
            let old = at(when + ahead(when - 1.0));
            let new = old.plus_seconds(*by);
            let fields = &mut case
                .plain(when + ahead(*when), "HV02", K::TimeChanged)
                .fields;
            fields.set("old_time", old.to_string());
            fields.set("new_time", new.to_string());
        }
        case.vm(t, "HV01", K::MigrationStarted).subject.to_node = node("HV02");
        case.vm(t + 0.2 + ahead(t), "HV02", K::MigrationTargetStarted);
        case.vm(t + 20.0, "HV01", K::MigrationCompleted);
        case.vm(t + 20.3 + ahead(t), "HV02", K::MigrationReceived);
    }
    case.build()
}

fn clock<'t>(timeline: &'t Timeline, name: &str) -> &'t NodeClock {
    (timeline.clocks.iter())
        .find(|c| Some(&c.node) == node(name).as_ref())
        .unwrap()
}

#[test]
fn a_clock_90_s_ahead_that_is_stepped_is_followed_over_the_step() {
    let when = 7_100.0;
    for by in [-90.0, -40.0, 90.0] {
        let timeline = moves_with(|t| if t < when { 90.0 } else { 90.0 + by }, &[(when, by)]);
        let clock = clock(&timeline, "HV02");
        assert_eq!(clock.jumps.len(), 1);
        assert_eq!(clock.jumps[0].by_s, by);
        let told = &timeline.events[clock.jumps[0].evidence];
        assert_eq!(told.kind, K::TimeChanged);
        // The time before the step is the longer.
        let (offset, error) = (clock.offset_s.unwrap(), clock.error_s.unwrap());
        assert!((offset - 90.0).abs() <= error && error < 5.0, "{clock:?}");
        for event in &timeline.events {
            if event.kind == K::MigrationReceived {
                let off = (event.time.seconds_since(at(0.0)) - 20.3).rem_euclid(700.0);
                assert!(off.min(700.0 - off) <= error, "{event:?}");
            }
        }
    }
}

#[test]
fn a_step_that_the_moves_contradict_widens_the_error() {
    // The record says 90 s; the clock went back by 40 s only.
    let when = 7_100.0;
    let timeline = moves_with(|t| if t < when { 90.0 } else { 50.0 }, &[(when, -90.0)]);
    assert!(clock(&timeline, "HV02").error_s.unwrap() >= 50.0);
}

#[test]
fn membership_views_compare_clocks() {
    let mut case = Case::default();
    for (number, t) in [("101", 0.0), ("102", 300.0), ("103", 900.0)] {
        case.plain(t, "HV01", K::MembershipView)
            .fields
            .set("view", number);
        case.plain(t + 90.0, "HV02", K::MembershipView)
            .fields
            .set("view", number);
    }
    let timeline = case.build();
    let (offset, error) = {
        let clock = clock(&timeline, "HV02");
        (clock.offset_s.unwrap(), clock.error_s.unwrap())
    };
    assert!((offset - 90.0).abs() <= error, "{offset} {error}");
}

#[test]
fn events_nearer_than_the_clocks_error_are_not_ordered() {
    let mut case = Case::default();
    for (number, t) in [("101", 0.0), ("102", 300.0)] {
        case.plain(t, "HV01", K::MembershipView)
            .fields
            .set("view", number);
        case.plain(t, "HV02", K::MembershipView)
            .fields
            .set("view", number);
    }
    case.plain(500.0, "HV01", K::HeartbeatMissed);
    case.plain(501.0, "HV02", K::RouteDown);
    case.plain(560.0, "HV02", K::HeartbeatMissed);
    case.plain(561.0, "HV03", K::HeartbeatMissed);
    let timeline = case.build();
    let find = |seconds: f64| {
        timeline
            .events
            .iter()
            .position(|e| e.time == at(seconds))
            .unwrap()
    };
    let (a, b, c, d) = (find(500.0), find(501.0), find(560.0), find(561.0));
    assert!(matches!(timeline.order(a, b), Sequence::Undecided { error_s } if error_s.is_finite()));
    assert_eq!(timeline.order(a, c), Sequence::Before);
    assert_eq!(timeline.order(c, a), Sequence::After);
    assert_eq!(timeline.order(b, c), Sequence::Before);
    assert_eq!(
        timeline.order(c, d),
        Sequence::Undecided {
            error_s: f64::INFINITY
        }
    );
}

#[test]
fn a_renamed_vm_is_one_vm_and_keeps_both_names() {
    let mut case = Case::default();
    case.vm(0.0, "HV01", K::VmStarted);
    case.add(600.0, "HV01", K::VmTurnedOff, vm("web02", WEB));
    case.add(700.0, "HV01", K::VmStarted, vm("web02", WEB));
    let timeline = case.build();
    assert_eq!(timeline.vms.len(), 1);
    let names: Vec<_> = (timeline.vms[0].names.iter())
        .map(|n| (n.state.as_str(), n.from, n.to, n.evidence.len()))
        .collect();
    assert_eq!(
        names,
        [
            ("web01", None, Some(at(600.0)), 1),
            ("web02", Some(at(600.0)), None, 2)
        ]
    );
}

#[test]
fn an_address_is_named_where_one_node_wrote_it_as_its_own() {
    let mut case = Case::default();
    let mut missed = |t: f64, node: &str, local: &str, remote: &str| {
        let fields = &mut case.plain(t, node, K::HeartbeatMissed).fields;
        fields.set("local", local);
        fields.set("remote", remote);
    };
    missed(0.0, "HV01", "10.0.0.1:~3343~", "10.0.0.2:~3343~");
    missed(1.0, "HV02", "10.0.0.2:3343", "10.0.0.1:~3343~");
    missed(2.0, "HV01", "10.0.0.1:~3343~", "10.0.0.9:~3343~");
    // Two nodes had this one, so it tells neither.
    missed(3.0, "HV02", "fe80::1%5:~3343~", "10.0.0.1:~3343~");
    missed(4.0, "HV01", "fe80::1%5:~3343~", "fe80::1%5:~3343~");
    let timeline = case.build();
    let about: Vec<_> = (timeline.events.iter())
        .map(|e| e.subject.node.as_ref().map(|n| n.as_str().to_owned()))
        .collect();
    let [one, two] = ["HV01", "HV02"].map(|n| Some(n.to_owned()));
    assert_eq!(about, [two, one.clone(), None, one, None]);
}

#[test]
fn a_port_is_its_nics_and_one_that_two_vms_used_is_nobodys() {
    const PORT: &str = "7C1B2C5E-0D0F-4C4C-8C77-4C1E6E1A9B10";
    const SHARED: &str = "8C1B2C5E-0D0F-4C4C-8C77-4C1E6E1A9B11";
    const NIC: &str = "0F0F4B4C-2E55-4C53-8D4C-1F3B6C1E7A11";
    let mut case = Case::default();
    let port = |event: &mut vmtrail::model::event::Event, port: &str, nic: &str| {
        event.fields.set("port", port);
        if !nic.is_empty() {
            event.fields.set("nic_id", nic);
        }
    };
    case.vm(0.0, "HV01", K::NicStarted)
        .fields
        .set("nic_id", NIC);
    port(case.plain(1.0, "HV01", K::PortCreated), PORT, "");
    port(
        case.plain(2.0, "HV01", K::PortConnected),
        &format!("{{{PORT}}}"),
        NIC,
    );
    port(
        case.plain(3.0, "HV01", K::PortDisconnected),
        &PORT.to_lowercase(),
        "",
    );
    port(case.vm(4.0, "HV01", K::PortConnected), SHARED, "");
    let other = case.add(5.0, "HV01", K::PortConnected, vm("db01", OTHER));
    port(other, SHARED, "");
    port(case.plain(6.0, "HV01", K::PortDisconnected), SHARED, "");
    // A number is no port's name.
    port(case.vm(7.0, "HV01", K::PortFailed), "2", "");
    port(case.plain(8.0, "HV01", K::PortFailed), "2", "");
    let timeline = case.build();
    let told: Vec<Option<&str>> = timeline
        .events
        .iter()
        .zip(&timeline.event_vm)
        .filter(|(e, _)| e.kind.name().starts_with("port."))
        .map(|(_, vm)| Some(timeline.vms[(*vm)?].name.as_ref()?.as_str()))
        .collect();
    let web = Some("web01");
    assert_eq!(
        told,
        [web, web, web, web, Some("db01"), None, web, None],
        "created, connected, disconnected; shared; numbered"
    );
}

#[test]
fn exports_join_what_records_name_by_id_by_name_by_resource_or_by_role() {
    let mut case = Case::default();
    // Of one VM the records give ids only, of another the name only.
    let id_only = Subject {
        vm_id: VmId::parse(WEB),
        ..Subject::default()
    };
    case.add(0.0, "HV01", K::VmStarted, id_only);
    case.add(1.0, "HV01", K::VmStarted, resource("db01"));
    // What the manager of the VMs called its resource and its role.
    let of_resource = Subject {
        resource: ResourceName::new("Virtual Machine SCVMM web01"),
        vm: VmName::new("SCVMM web01"),
        ..Subject::default()
    };
    case.add(2.0, "HV01", K::ResourceOnline, of_resource);
    let of_role = Subject {
        group: GroupName::new("SCVMM web01 Resources"),
        ..Subject::default()
    };
    case.add(3.0, "HV01", K::GroupOnline, of_role);
    let vm = |name, id| [("Name", name), ("Id", id)];
    case.export(100.0, "VM", &vm("web01", WEB));
    case.export(100.0, "VM", &vm("db01", OTHER));
    // Nothing happened to this one.
    case.export(
        100.0,
        "VM",
        &vm("idle01", "7D9E9825-1973-4B27-9AF1-BA77940A4068"),
    );
    case.export(
        100.0,
        "ClusterParameter",
        &[
            ("ClusterObject", "Virtual Machine SCVMM web01"),
            ("Name", "VmID"),
            ("Value", &WEB.to_lowercase()),
        ],
    );
    case.export(
        100.0,
        "ClusterResource",
        &[
            ("Name", "Virtual Machine SCVMM web01"),
            ("OwnerGroup", "SCVMM web01 Resources"),
        ],
    );
    let timeline = case.build();
    let vms: Vec<_> = (timeline.vms.iter())
        .map(|vm| (vm.name.as_ref().unwrap().as_str(), vm.id))
        .collect();
    assert_eq!(
        vms,
        [("db01", VmId::parse(OTHER)), ("web01", VmId::parse(WEB))]
    );
    let about: Vec<_> = (timeline.events.iter().zip(&timeline.event_vm))
        .filter(|(e, _)| !e.kind.name().starts_with("trail."))
        .map(|(_, vm)| *vm)
        .collect();
    assert_eq!(about, [Some(1), Some(0), Some(1), Some(1)]);
}

/// Two VMs of one name: what names no id is about neither, whoever tells of the ids.
#[test]
fn a_name_that_exports_give_to_two_vms_joins_neither() {
    let mut case = Case::default();
    case.add(0.0, "HV01", K::VmStarted, resource("web01"));
    case.export(1.0, "VM", &[("Name", "web01"), ("Id", WEB)]);
    case.export(1.0, "VM", &[("Name", "web01"), ("Id", OTHER)]);
    let timeline = case.build();
    assert_eq!(timeline.event_vm.first(), Some(&None));
}
