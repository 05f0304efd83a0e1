//! What the simulator knows happened, against what was rebuilt from its bundles.
//!
//! Through real files: binary event logs, cluster logs and exports, as a collector
//! would leave them. The shapes that nobody saw are all tried.

mod common;

use std::path::PathBuf;

use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::event::Event;
use vmtrail::model::{EventKind, Moment};
use vmtrail::normalize::Dictionary;
use vmtrail::simulate::{Bundle, Truth, load_scenario, simulate};
use vmtrail::timeline::{MoveKind, MoveOutcome, NodeState, Timeline};

fn scenarios() -> Vec<(String, String)> {
    common::files(&common::project("samples"), "yaml")
        .into_iter()
        .filter(|p| !p.to_string_lossy().ends_with(".notes.yaml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn bundle(name: &str, text: &str, shape: Option<&str>) -> Bundle {
    let mut text: String = match shape {
        Some(_) => text
            .lines()
            .filter(|l| !l.starts_with("shape:"))
            .map(|l| format!("{l}\n"))
            .collect(),
        None => text.to_owned(),
    };
    if let Some(shape) = shape {
        text = format!("shape: {shape}\n{text}");
    }
    simulate(&load_scenario(&text, name).unwrap()).unwrap()
}

fn rebuild(name: &str, bundle: &Bundle) -> Timeline {
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join(format!("{name}.zip"));
    bundle.write_zip(&path).unwrap();
    let dictionary = Dictionary::embedded().unwrap();
    let gathered = gather(&[path], &Options::default(), &dictionary, &Silent).unwrap();
    assert!(
        !gathered.diagnostics.any_loss(),
        "{name}: {:?}",
        gathered.diagnostics
    );
    Timeline::build(gathered)
}

/// How far a rebuilt time may be from the true one: the worst clock, and what a
/// record takes to be written.
fn tolerance(truth: &Truth) -> f64 {
    truth
        .nodes
        .iter()
        .map(|n| n.clock_offset_s.abs())
        .fold(0.0, f64::max)
        + 3.0
}

fn near(a: Option<Moment>, b: Moment, within: f64) -> bool {
    a.is_some_and(|a| a.seconds_since(b).abs() <= within)
}

fn compare(name: &str, timeline: &Timeline, truth: &Truth) {
    let within = tolerance(truth);
    let label = |vm: usize| timeline.vms[vm].label();
    let key = |n: &Option<vmtrail::model::NodeName>| n.as_ref().map(|n| n.key().to_owned());

    let moves: Vec<_> = timeline
        .migrations
        .iter()
        .map(|m| {
            let kind = match m.kind {
                MoveKind::Live => "live",
                MoveKind::Quick => "quick",
                MoveKind::Storage => "storage",
                MoveKind::Offline => "offline",
            };
            let outcome = match m.outcome {
                MoveOutcome::Completed => "completed",
                MoveOutcome::Failed => "failed",
                MoveOutcome::Canceled => "canceled",
                MoveOutcome::Unfinished => "unfinished",
            };
            (
                label(m.vm),
                kind,
                key(&m.from_node),
                key(&m.to_node),
                outcome,
            )
        })
        .collect();
    let true_moves: Vec<_> = truth
        .migrations
        .iter()
        .map(|m| {
            let lower = |n: &str| Some(n.to_lowercase());
            (
                m.vm.clone(),
                m.kind,
                lower(&m.from_node),
                lower(&m.to_node),
                m.outcome,
            )
        })
        .collect();
    assert_eq!(moves, true_moves, "{name}: moves");
    for (m, t) in timeline.migrations.iter().zip(&truth.migrations) {
        assert!(
            near(m.started, t.started, within),
            "{name}: {} started {:?}, truly {}",
            t.vm,
            m.started,
            t.started
        );
        assert!(
            near(m.ended, t.ended, within),
            "{name}: {} ended {:?}, truly {}",
            t.vm,
            m.ended,
            t.ended
        );
        if truth.windows != "2008r2" && t.outcome == "completed" && t.kind == "live" {
            assert_eq!(m.blackout_s, t.blackout_s, "{name}: {} blackout", t.vm);
        }
    }

    let mut failovers: Vec<_> = (timeline.failovers.iter())
        .map(|f| {
            (
                label(f.vm.unwrap()),
                key(&f.from_node),
                key(&f.to_node),
                f.planned,
            )
        })
        .collect();
    failovers.sort();
    let mut true_failovers: Vec<_> = (truth.failovers.iter())
        .map(|f| {
            (
                f.vm.clone(),
                Some(f.from_node.to_lowercase()),
                Some(f.to_node.to_lowercase()),
                false,
            )
        })
        .collect();
    true_failovers.sort();
    assert_eq!(failovers, true_failovers, "{name}: failovers");
    for t in &truth.failovers {
        let f = timeline
            .failovers
            .iter()
            .find(|f| label(f.vm.unwrap()) == t.vm)
            .unwrap();
        assert!(
            near(f.up_at, t.up_at, within),
            "{name}: {} up {:?}, truly {}",
            t.vm,
            f.up_at,
            t.up_at
        );
        // The cluster notices a loss some seconds after it happened.
        let unseen = f.down_from.unwrap().seconds_since(t.down_from);
        assert!(
            (-within..=20.0 + within).contains(&unseen),
            "{name}: {} down {unseen} s late",
            t.vm
        );
    }

    for vm in &truth.vms {
        let trail = timeline.vms.iter().find(|v| v.label() == vm.name).unwrap();
        let places: Vec<&str> = trail.placements.iter().map(|p| p.node.key()).collect();
        let true_places: Vec<String> = vm
            .placements
            .iter()
            .map(|p| p.node.to_lowercase())
            .collect();
        // A VM that is stopped has no place in the truth; it has not left its node.
        let mut merged: Vec<&str> = Vec::new();
        for place in &true_places {
            if merged.last() != Some(&place.as_str()) {
                merged.push(place);
            }
        }
        assert_eq!(places, merged, "{name}: {} placements", vm.name);
    }

    for node in &truth.nodes {
        let trail = timeline
            .nodes
            .iter()
            .find(|n| n.name.as_str().eq_ignore_ascii_case(&node.name))
            .unwrap();
        let gone: Vec<NodeState> = trail
            .intervals
            .iter()
            .map(|i| i.state)
            .filter(|s| *s != NodeState::Up)
            .collect();
        let truly: Vec<NodeState> = node
            .outages
            .iter()
            .map(|o| {
                if o.planned {
                    NodeState::Restarted
                } else {
                    NodeState::Crashed
                }
            })
            .collect();
        assert_eq!(gone, truly, "{name}: {} outages", node.name);
    }
}

#[test]
fn every_sample_is_rebuilt_as_it_happened() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 12, "the samples are there");
    for (name, text) in scenarios {
        let bundle = bundle(&name, &text, None);
        compare(&name, &rebuild(&name, &bundle), &bundle.truth);
    }
}

/// Without what the shape decides: the place in the file stays the same, so do all
/// values.
fn told(timeline: &Timeline) -> Vec<&Event> {
    timeline.events.iter().collect()
}

#[test]
fn the_shape_of_a_record_changes_nothing() {
    for (name, text) in scenarios() {
        let reference = rebuild(&name, &bundle(&name, &text, Some("named")));
        assert!(
            reference
                .events
                .iter()
                .any(|e| e.kind == EventKind::MigrationStarted || e.kind == EventKind::NodeRemoved)
        );
        for shape in ["unnamed", "parameter", "mixed"] {
            let other = rebuild(&name, &bundle(&name, &text, Some(shape)));
            assert_eq!(told(&reference).len(), told(&other).len(), "{name} {shape}");
            for (a, b) in told(&reference).into_iter().zip(told(&other)) {
                assert_eq!(a, b, "{name} {shape}");
            }
            assert_eq!(reference.migrations, other.migrations, "{name} {shape}");
            assert_eq!(reference.failovers, other.failovers, "{name} {shape}");
        }
    }
}

/// A sample told anew: other Windows, other collector.
fn retold(name: &str, changes: &[(&str, &str)]) -> String {
    let text = std::fs::read_to_string(common::project(&format!("samples/{name}.yaml"))).unwrap();
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

/// Before 2016 a cluster.log has no header, and TSS collects it in local time.
#[test]
fn a_log_in_local_time_that_does_not_say_so_is_found_out() {
    let text = retold(
        "planned-maintenance-2016",
        &[
            ("windows: 2016", "windows: 2012r2"),
            ("collector: sddc", "collector: tss"),
        ],
    );
    let bundle = bundle("local", &text, None);
    let timeline = rebuild("local", &bundle);
    compare("local", &timeline, &bundle.truth);
    let logs: Vec<_> = timeline
        .coverage
        .files
        .iter()
        .filter(|f| f.kind.name() == "cluster-log")
        .map(|f| f.time_basis.to_string())
        .collect();
    assert!(logs.iter().all(|basis| basis == "local-05:00"), "{logs:?}");
}

#[test]
fn clocks_minutes_apart_do_not_pair_the_wrong_moves() {
    let text = retold(
        "planned-maintenance-2008r2",
        &[("clock_offset: -1.1", "clock_offset: 180.5")],
    );
    let bundle = bundle("skewed", &text, None);
    let timeline = rebuild("skewed", &bundle);
    let moves = |names: Vec<(String, String)>| names;
    let rebuilt = moves(
        timeline
            .migrations
            .iter()
            .map(|m| {
                let node = |n: &Option<vmtrail::model::NodeName>| {
                    n.as_ref().map_or(String::new(), |n| n.as_str().to_owned())
                };
                (
                    timeline.vms[m.vm].label(),
                    format!("{}-{}", node(&m.from_node), node(&m.to_node)),
                )
            })
            .collect(),
    );
    let truly = moves(
        bundle
            .truth
            .migrations
            .iter()
            .map(|m| (m.vm.clone(), format!("{}-{}", m.from_node, m.to_node)))
            .collect(),
    );
    assert_eq!(rebuilt, truly);
}
