//! What the simulator knows happened, against what was rebuilt from its bundles.
//!
//! Through real files: binary event logs, cluster logs and exports, as a collector
//! would leave them. The shapes that nobody saw are all tried.

mod common;

use std::fmt::Write;
use std::path::PathBuf;

use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::event::Event;
use vmtrail::model::{EventKind, Moment, NodeName};
use vmtrail::normalize::Dictionary;
use vmtrail::simulate::{Bundle, NodeTruth, Truth, load_scenario, simulate};
use vmtrail::timeline::{
    DowntimeCause, Failover, Migration, MoveKind, MoveOutcome, NodeState, Timeline, VmState,
    VmTrail,
};

fn scenarios() -> Vec<(String, String)> {
    scenarios_in("samples")
}

fn scenarios_in(folder: &str) -> Vec<(String, String)> {
    common::files(&common::project(folder), "yaml")
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
    let worst = |n: &NodeTruth| {
        let mut offset = n.clock_offset_s;
        n.clock_jumps.iter().fold(offset.abs(), |worst, jump| {
            offset += jump.by_s;
            worst.max(offset.abs())
        })
    };
    truth.nodes.iter().map(worst).fold(0.0, f64::max) + 3.0
}

fn near(a: Option<Moment>, b: Moment, within: f64) -> bool {
    a.is_some_and(|a| a.seconds_since(b).abs() <= within)
}

fn key(node: &Option<NodeName>) -> String {
    node.as_ref()
        .map_or_else(|| "?".to_owned(), |n| n.key().to_owned())
}

fn id(timeline: &Timeline, vm: usize) -> String {
    let vm = &timeline.vms[vm];
    vm.id.map_or_else(|| vm.label(), |id| id.to_string())
}

/// Every way in which the timeline differs from what happened.
fn differences(timeline: &Timeline, truth: &Truth) -> Vec<String> {
    let mut all = Vec::new();
    moves(timeline, truth, &mut all);
    failovers(timeline, truth, &mut all);
    places(timeline, truth, &mut all);
    outages(timeline, truth, &mut all);
    lengths(timeline, &mut all);
    all
}

/// One outage has one length, inside its bounds, and belongs to an incident.
fn lengths(timeline: &Timeline, all: &mut Vec<String>) {
    for (at, vm) in timeline.vms.iter().enumerate() {
        for down in &vm.downtimes {
            let (Some(from), Some(to)) = (down.from, down.to) else {
                continue;
            };
            let length = to.seconds_since(from);
            let text = format!("{} down {from} to {to}", vm.label());
            if let Some(bounds) = down.bounds {
                let most = bounds.at_most_s.unwrap_or(f64::INFINITY);
                if !(bounds.at_least_s..=most).contains(&length) {
                    all.push(format!("{text}: {length} s is outside of {bounds:?}"));
                }
            }
            let unplanned = !matches!(
                down.cause,
                DowntimeCause::Stopped | DowntimeCause::Guest | DowntimeCause::QuickMigration
            );
            let told = timeline.incidents.iter().any(|incident| {
                incident.vms.contains(&at)
                    && incident.down_from.is_some_and(|begin| begin <= to)
                    && incident.last_back.is_none_or(|back| from <= back)
            });
            if unplanned && !told {
                all.push(format!("{text}: {:?} in no incident", down.cause));
            }
        }
    }
    for failover in &timeline.failovers {
        let (Some(vm), Some(from), Some(up)) = (failover.vm, failover.down_from, failover.up_at)
        else {
            continue;
        };
        let vm = &timeline.vms[vm];
        let down = vm.downtimes.iter().find(|d| d.to == Some(up));
        if down.is_some_and(|d| d.from != Some(from)) {
            all.push(format!(
                "failover of {} down from {from}, its VM from {:?}",
                vm.label(),
                down.and_then(|d| d.from)
            ));
        }
    }
}

fn compare(name: &str, timeline: &Timeline, truth: &Truth) {
    let all = differences(timeline, truth);
    assert!(all.is_empty(), "{name}:\n{}", all.join("\n"));
}

/// What must be equal of a move, and what a reader sees of it.
fn move_key(vm: &str, kind: &str, from: &str, to: &str, outcome: &str) -> String {
    format!("{vm} {kind} {from} > {to} {outcome}").to_lowercase()
}

fn moves(timeline: &Timeline, truth: &Truth, all: &mut Vec<String>) {
    let within = tolerance(truth);
    let mut rebuilt: Vec<(String, &Migration)> = timeline
        .migrations
        .iter()
        .map(|m| {
            let (from, to) = (key(&m.from_node), key(&m.to_node));
            let text = move_key(
                &id(timeline, m.vm),
                kind_name(m.kind),
                &from,
                &to,
                outcome_name(m.outcome),
            );
            (text, m)
        })
        .collect();
    for t in &truth.migrations {
        let text = move_key(&t.vm_id, t.kind, &t.from_node, &t.to_node, t.outcome);
        // Moves of one VM that are alike are told apart by when they ended.
        let found = rebuilt
            .iter()
            .position(|(r, m)| *r == text && near(m.ended, t.ended, within));
        let Some(found) = found else {
            if t.traced {
                all.push(format!("move {text}: not found, truly ended {}", t.ended));
            }
            continue;
        };
        let (_, m) = rebuilt.remove(found);
        // Nothing marks the begin of a storage migration.
        if t.kind != "storage" && !near(m.started, t.started, within) && t.kind != "quick" {
            all.push(format!(
                "move {text}: started {:?}, truly {}",
                m.started, t.started
            ));
        }
        let told = truth.windows != "2008r2" && t.kind == "live";
        if told && t.outcome == "completed" && m.blackout_s != t.blackout_s {
            all.push(format!(
                "move {text}: blackout {:?}, truly {:?}",
                m.blackout_s, t.blackout_s
            ));
        }
    }
    for (text, m) in rebuilt {
        all.push(format!("move {text}: ended {:?}, never happened", m.ended));
    }
}

fn failovers(timeline: &Timeline, truth: &Truth, all: &mut Vec<String>) {
    let within = tolerance(truth);
    let mut rebuilt: Vec<&Failover> = timeline.failovers.iter().collect();
    for t in &truth.failovers {
        let text = format!("failover of {} {} > {}", t.vm, t.from_node, t.to_node);
        let found = rebuilt.iter().position(|f| {
            f.vm.is_some_and(|vm| id(timeline, vm) == t.vm_id)
                && key(&f.from_node) == t.from_node.to_lowercase()
                && key(&f.to_node) == t.to_node.to_lowercase()
                && near(f.up_at, t.up_at, within)
        });
        let Some(found) = found else {
            all.push(format!("{text}: not found, truly up {}", t.up_at));
            continue;
        };
        let f = rebuilt.remove(found);
        if f.planned {
            all.push(format!("{text}: nobody planned it"));
        }
        if f.cause.name() != t.cause {
            all.push(format!(
                "{text}: cause {}, truly {}",
                f.cause.name(),
                t.cause
            ));
        }
        // The cluster notices a loss some seconds after it happened.
        let late = f.down_from.map(|d| d.seconds_since(t.down_from));
        if !late.is_some_and(|late| (-within..=20.0 + within).contains(&late)) {
            all.push(format!("{text}: down {late:?} s late"));
        }
    }
    for f in rebuilt {
        all.push(format!(
            "failover of {} {} > {} up {:?}: never happened",
            f.vm.map_or(String::new(), |vm| timeline.vms[vm].label()),
            key(&f.from_node),
            key(&f.to_node),
            f.up_at
        ));
    }
    for t in truth.restarts.iter().chain(&truth.failovers) {
        let downtime = trail(timeline, &t.vm_id).and_then(|vm| {
            vm.downtimes.iter().find(|d| {
                near(d.to, t.up_at, within)
                    && d.from.is_some_and(|from| {
                        (-within..=20.0 + within).contains(&from.seconds_since(t.down_from))
                    })
            })
        });
        let cause = match t.cause {
            "resource_hang" => DowntimeCause::Failure,
            "storage" => DowntimeCause::Storage,
            "quorum_loss" => DowntimeCause::Quorum,
            _ => DowntimeCause::Node,
        };
        if downtime.is_none_or(|d| d.cause != cause) {
            all.push(format!(
                "restart of {} on {}, {} {} to {}: no such downtime, but {:?}",
                t.vm,
                t.to_node,
                t.cause,
                t.down_from,
                t.up_at,
                downtime.map(|d| (d.cause, d.from, d.to))
            ));
        }
    }
}

fn trail<'a>(timeline: &'a Timeline, id: &str) -> Option<&'a VmTrail> {
    timeline
        .vms
        .iter()
        .find(|vm| vm.id.is_some_and(|known| known.to_string() == id))
}

fn places(timeline: &Timeline, truth: &Truth, all: &mut Vec<String>) {
    let within = tolerance(truth);
    for vm in &truth.vms {
        // Where it was moved to while it was off, and never started, no record may tell.
        let mut homes: Vec<String> = Vec::new();
        for home in vm.homes.iter().filter(|h| h.traced) {
            let node = home.node.to_lowercase();
            if homes.last() != Some(&node) {
                homes.push(node);
            }
        }
        let Some(trail) = trail(timeline, &vm.id) else {
            if !vm.placements.is_empty() {
                all.push(format!("VM {}: not found", vm.name));
            }
            continue;
        };
        let places: Vec<&str> = trail.placements.iter().map(|p| p.node.key()).collect();
        if places != homes {
            all.push(format!("VM {}: at {places:?}, truly {homes:?}", vm.name));
        }
        // A rename leaves no record: what is recorded later has the new name, if anything.
        let called = trail.label();
        if !vm
            .names
            .iter()
            .any(|n| n.name.eq_ignore_ascii_case(&called))
        {
            all.push(format!("VM {}: called {called}", vm.name));
        }
        let names: Vec<&str> = trail.names.iter().map(|n| n.state.as_str()).collect();
        let truly: Vec<&str> = vm.names.iter().map(|n| n.name.as_str()).collect();
        let mut rest = truly.iter();
        if names.is_empty() || !names.iter().all(|name| rest.any(|t| t == name)) {
            all.push(format!("VM {}: called {names:?}, truly {truly:?}", vm.name));
        }
        // 2008 R2 tells of starts and saves only.
        if truth.windows != "2008r2" {
            let states: Vec<_> = trail.states.iter().map(|s| (s.state, s.from)).collect();
            let truly: Vec<_> = vm
                .states
                .iter()
                .map(|s| (state_of(s.state), s.from))
                .collect();
            let same = states.len() == truly.len()
                && states
                    .iter()
                    .zip(&truly)
                    .enumerate()
                    .all(|(n, (s, t))| s.0 == t.0 && (n == 0 || near(s.1, t.1, 20.0 + within)));
            if !same {
                all.push(format!("VM {}: {states:?}, truly {truly:?}", vm.name));
            }
        }
    }
}

fn state_of(name: &str) -> VmState {
    match name {
        "running" => VmState::Running,
        "off" => VmState::Off,
        "saved" => VmState::Saved,
        "critical_paused" => VmState::CriticalPaused,
        "failed" => VmState::Failed,
        other => panic!("unknown state {other}"),
    }
}

fn outages(timeline: &Timeline, truth: &Truth, all: &mut Vec<String>) {
    use NodeState::{Crashed, Lost, Restarted, Stopped, WithoutQuorum};
    let within = tolerance(truth);
    for node in &truth.nodes {
        let trail = timeline
            .nodes
            .iter()
            .find(|n| n.name.as_str().eq_ignore_ascii_case(&node.name));
        let Some(trail) = trail else {
            all.push(format!("node {}: not found", node.name));
            continue;
        };
        let gone: Vec<_> = trail
            .intervals
            .iter()
            .filter(|i| {
                matches!(
                    i.state,
                    Lost | Stopped | Restarted | Crashed | WithoutQuorum
                )
            })
            .collect();
        let same = gone.len() == node.outages.len()
            && gone.iter().zip(&node.outages).all(|(interval, outage)| {
                let fits: &[NodeState] = match outage.kind {
                    "restarted" => &[Restarted],
                    "stopped" => &[Stopped],
                    "crashed" if trail.has_logs => &[Crashed],
                    "crashed" => &[Lost, Crashed],
                    "quorum_lost" => &[WithoutQuorum],
                    // Its service ended by itself; it left without being asked to.
                    _ => &[Stopped, Lost],
                };
                fits.contains(&interval.state)
                    && interval.from.is_some_and(|from| {
                        (-within..=20.0 + within).contains(&from.seconds_since(outage.from))
                    })
            });
        if !same {
            let gone: Vec<_> = gone.iter().map(|i| (i.state, i.from)).collect();
            all.push(format!(
                "node {}: gone {gone:?}, truly {:?}",
                node.name, node.outages
            ));
        }
        let clock = timeline
            .clocks
            .iter()
            .find(|c| c.node.as_str().eq_ignore_ascii_case(&node.name));
        // The time service nudges a clock by milliseconds every now and then.
        let jumps: Vec<_> = clock
            .iter()
            .flat_map(|c| &c.jumps)
            .filter(|j| j.by_s.abs() > 0.05)
            .collect();
        let same = jumps.len() == node.clock_jumps.len()
            && jumps
                .iter()
                .zip(&node.clock_jumps)
                .all(|(a, b)| (a.by_s - b.by_s).abs() < 0.1 && near(Some(a.at), b.at, within));
        if !same {
            all.push(format!(
                "node {}: clock {jumps:?}, truly {:?}",
                node.name, node.clock_jumps
            ));
        }
    }
}

fn kind_name(kind: MoveKind) -> &'static str {
    match kind {
        MoveKind::Live => "live",
        MoveKind::Quick => "quick",
        MoveKind::Storage => "storage",
        MoveKind::Offline => "offline",
    }
}

fn outcome_name(outcome: MoveOutcome) -> &'static str {
    match outcome {
        MoveOutcome::Completed => "completed",
        MoveOutcome::Failed => "failed",
        MoveOutcome::Canceled => "canceled",
        MoveOutcome::Unfinished => "unfinished",
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

// Scenarios for each kind of trouble, with the timeline that was read and approved

/// The rebuilt timeline, short enough to be read by a person.
fn story(timeline: &Timeline) -> String {
    let mut text = String::new();
    let time = |t: Option<Moment>| {
        t.map_or_else(
            || "-".to_owned(),
            |t| t.to_timestamp().strftime("%H:%M:%S").to_string(),
        )
    };
    let label = |vm: usize| {
        let name = timeline.vms[vm].label();
        let twice = timeline.vms.iter().filter(|v| v.label() == name).count() > 1;
        match timeline.vms[vm].id {
            Some(id) if twice => format!("{name} ({})", &id.to_string()[..8]),
            _ => name,
        }
    };
    for m in &timeline.migrations {
        let _ = writeln!(
            text,
            "move {} {} {} > {}{} {} {}..{}{}",
            label(m.vm),
            kind_name(m.kind),
            key(&m.from_node),
            key(&m.to_node),
            if m.to_inferred { " (inferred)" } else { "" },
            outcome_name(m.outcome),
            time(m.started),
            time(m.ended),
            m.blackout_s
                .map_or(String::new(), |s| format!(" blackout {s} s")),
        );
    }
    for f in &timeline.failovers {
        let _ = writeln!(
            text,
            "failover {} {} > {} {}{} {}..{}",
            f.vm.map_or_else(|| "?".to_owned(), label),
            key(&f.from_node),
            key(&f.to_node),
            f.cause.name(),
            if f.planned { " planned" } else { "" },
            time(f.down_from),
            time(f.up_at),
        );
    }
    for (n, vm) in timeline.vms.iter().enumerate() {
        let places: Vec<String> = vm
            .placements
            .iter()
            .map(|p| format!("{} {}..{}", p.node.key(), time(p.from), time(p.to)))
            .collect();
        let _ = writeln!(text, "vm {}: {}", label(n), places.join(", "));
        for d in &vm.downtimes {
            let cause = format!("{:?}", d.cause).to_lowercase();
            let _ = writeln!(text, "  down {}..{} {cause}", time(d.from), time(d.to));
        }
        let states: Vec<String> = vm
            .states
            .iter()
            .map(|s| format!("{:?} {}", s.state, time(s.from)))
            .collect();
        if states.len() > 1 {
            let _ = writeln!(text, "  {}", states.join(", "));
        }
    }
    for node in &timeline.nodes {
        let states: Vec<String> = node
            .intervals
            .iter()
            .map(|i| format!("{:?} {}..{}", i.state, time(i.from), time(i.to)))
            .collect();
        let logs = if node.has_logs { "" } else { " (no logs)" };
        let _ = writeln!(text, "node {}{logs}: {}", node.name, states.join(", "));
    }
    text
}

const GENERATIONS: [&str; 7] = ["2008r2", "2012", "2012r2", "2016", "2019", "2022", "2025"];

/// The moves of `tests/scenarios/moves.yaml` for one Windows version.
fn moves_of(windows: &str) -> String {
    let text = std::fs::read_to_string(common::project("tests/scenarios/moves.yaml")).unwrap();
    let text = text.replace("windows: 2016", &format!("windows: {windows}"));
    if windows != "2008r2" {
        return text;
    }
    // There is no storage migration in 2008 R2.
    let lines: Vec<&str> = text.lines().collect();
    let kept = (0..lines.len()).filter(|&n| {
        let storage = |n: usize| lines.get(n).is_some_and(|l| l.contains("storage_migrate"));
        !storage(n) && !storage(n + 1)
    });
    kept.map(|n| format!("{}\n", lines[n])).collect()
}

#[test]
fn every_kind_of_move_is_rebuilt_on_every_windows_version() {
    let mut all = Vec::new();
    for windows in GENERATIONS {
        let bundle = bundle("moves", &moves_of(windows), None);
        let timeline = rebuild("moves", &bundle);
        let found = differences(&timeline, &bundle.truth);
        all.extend(found.into_iter().map(|d| format!("{windows}: {d}")));
        insta::assert_snapshot!(format!("moves_{windows}"), story(&timeline));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_kind_of_trouble_is_rebuilt_as_it_happened() {
    let scenarios = scenarios_in("tests/scenarios");
    assert!(scenarios.len() >= 16, "the scenarios are there");
    let mut all = Vec::new();
    for (name, text) in scenarios {
        if name == "moves" {
            continue;
        }
        let bundle = bundle(&name, &text, None);
        let timeline = rebuild(&name, &bundle);
        let found = differences(&timeline, &bundle.truth);
        all.extend(found.into_iter().map(|d| format!("{name}: {d}")));
        insta::assert_snapshot!(name.replace('-', "_"), story(&timeline));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

// Scenarios that nobody wrote

/// A small generator of numbers (SplitMix64): the same seed, the same scenario.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// The head of a random scenario, and steps of which some cannot happen.
fn random_scenario(seed: u64) -> (String, Vec<String>) {
    let mut dice = Dice(seed);
    let windows = dice.pick(&GENERATIONS);
    let mut head = format!(
        "cluster: RND\nwindows: {windows}\ncollector: {}\ndomain: corp.example\n\
         time_zone: {}\nstart: \"2020-01-15 09:00\"\nend: \"2020-01-15 21:00\"\n\
         seed: {seed}\nshape: {}\nnoise: none\nnodes:\n",
        dice.pick(&["sddc", "sdp", "tss", "folder"]),
        dice.pick(&["UTC", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"]),
        dice.pick(&["named", "unnamed", "parameter", "mixed"]),
    );
    let nodes = 2 + dice.below(4);
    for n in 1..=nodes {
        let offset = dice.below(3000) as f64 / 1000.0 - 1.5;
        let _ = writeln!(
            head,
            "  - {{ name: N{n}, address: 10.0.0.{n}, clock_offset: {offset} }}"
        );
    }
    head.push_str("vms:\n");
    let vms = 1 + dice.below(6);
    for v in 1..=vms {
        let node = 1 + dice.below(nodes);
        let memory = 1 + dice.below(16);
        let _ = writeln!(
            head,
            "  - {{ name: v{v}, node: N{node}, memory_gb: {memory} }}"
        );
    }
    head.push_str("networks: [Management]\nevents:\n");
    let steps = (0..4 + dice.below(6)).map(|_| random_step(&mut dice, nodes, vms));
    (head, steps.collect())
}

fn random_step(dice: &mut Dice, nodes: usize, vms: usize) -> String {
    let vm = 1 + dice.below(vms);
    let (to, node) = (1 + dice.below(nodes), 1 + dice.below(nodes));
    let outcome = dice.pick(&["completed", "completed", "failed", "canceled"]);
    let minutes = 3 + dice.below(9);
    let action = match dice.below(26) {
        0..=4 => format!("live_migrate: {{ vm: v{vm}, to: N{to}, outcome: {outcome} }}"),
        5..=6 => format!("quick_migrate: {{ vm: v{vm}, to: N{to}, outcome: {outcome} }}"),
        7..=8 => format!("offline_migrate: {{ vm: v{vm}, to: N{to}, outcome: {outcome} }}"),
        9 => format!("storage_migrate: {{ vm: v{vm}, outcome: {outcome} }}"),
        10 => format!("drain: {{ node: N{node}, outcome: {outcome} }}"),
        11 => format!("resume: {{ node: N{node} }}"),
        12 => format!("stop_vm: {{ vm: v{vm} }}"),
        13 => format!("start_vm: {{ vm: v{vm} }}"),
        14 => format!("vm_guest_shutdown: {{ vm: v{vm} }}"),
        15 => format!("crash: {{ node: N{node}, down_for: {minutes}m }}"),
        16 => format!("restart: {{ node: N{node}, down_for: {minutes}m }}"),
        17 => format!("service_stop: {{ node: N{node}, down_for: {minutes}m }}"),
        18 => format!("service_failure: {{ node: N{node}, down_for: {minutes}m }}"),
        19 => format!("split_network: {{ nodes: [N{node}], down_for: {minutes}m }}"),
        20 => format!("quorum_loss: {{ down_for: {minutes}m }}"),
        21 => format!("quarantine: {{ node: N{node}, down_for: {minutes}m }}"),
        22 => format!("csv_auto_pause: {{ node: N{node} }}"),
        23 => format!("csv_auto_pause: {{ node: N{node}, recovers_after: {minutes}m }}"),
        24 => format!("rename_vm: {{ vm: v{vm}, to: r{minutes} }}"),
        _ => format!("rhs_deadlock: {{ vm: v{vm}, to: N{to} }}"),
    };
    format!("  - at: \"+{}m\"\n    {action}\n", 25 + dice.below(30))
}

/// The scenario without the steps that cannot happen, and what becomes of it.
fn happening(seed: u64) -> (String, Bundle) {
    let (head, mut steps) = random_scenario(seed);
    let first = head.lines().count() as u64 + 1;
    loop {
        let text = format!("{head}{}", steps.concat());
        let text = if steps.is_empty() {
            text.replace("events:\n", "events: []\n")
        } else {
            text
        };
        let scenario = load_scenario(&text, "random").unwrap();
        match simulate(&scenario) {
            Ok(bundle) => return (text, bundle),
            // Each step has two lines.
            Err(error) => {
                let step = (error.place.line - first) / 2;
                steps.remove(usize::try_from(step).unwrap());
            }
        }
    }
}

fn random_scenarios_are_rebuilt(seeds: std::ops::Range<u64>) {
    let mut told = 0;
    let mut wrong = Vec::new();
    for seed in seeds.clone() {
        let (text, bundle) = happening(seed);
        let timeline = rebuild("random", &bundle);
        let found = differences(&timeline, &bundle.truth);
        if !found.is_empty() {
            let found = found.join("\n");
            wrong.push(format!(
                "seed {seed}:\n{found}\n{text}\n{}",
                story(&timeline)
            ));
        }
        told += bundle.truth.migrations.len() + bundle.truth.failovers.len();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(told as u64 > seeds.end - seeds.start, "something happens");
}

#[test]
fn random_scenarios_are_rebuilt_a() {
    random_scenarios_are_rebuilt(0..75);
}

#[test]
fn random_scenarios_are_rebuilt_b() {
    random_scenarios_are_rebuilt(75..150);
}

#[test]
fn random_scenarios_are_rebuilt_c() {
    random_scenarios_are_rebuilt(150..225);
}

#[test]
fn random_scenarios_are_rebuilt_d() {
    random_scenarios_are_rebuilt(225..300);
}
