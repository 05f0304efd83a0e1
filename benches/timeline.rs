//! How fast events become state and verdicts.

use std::hint::black_box;

use vmtrail::model::event::{Event, Fields, Origin, Severity, Subject};
use vmtrail::model::source::{Locator, SourceRef};
use vmtrail::model::{EventKind, Gathered, Moment, NodeName, Precision, VmId, VmName};
use vmtrail::rules;
use vmtrail::timeline::Timeline;

fn main() {
    divan::main();
}

/// Fleets of growing size: time should grow about as they do.
const VMS: [u32; 2] = [500, 2_000];
const MOVES: u32 = 10;
const NODES: [&str; 4] = ["HV01", "HV02", "HV03", "HV04"];

/// Every VM moves `MOVES` times, from node to node in a circle.
fn gathered(vms: u32) -> Gathered {
    let start = Moment::parse("2024-05-14T01:00:00Z").unwrap();
    let mut events = Vec::new();
    for vm in 0..vms {
        for step in 0..MOVES {
            let begin = f64::from(step) * 3600.0 + f64::from(vm);
            let node = |n: u32| NODES[(n % 4) as usize];
            let (from, to) = (node(vm + step), node(vm + step + 1));
            let phases = [
                (0.0, from, EventKind::MigrationStarted),
                (0.2, to, EventKind::MigrationTargetStarted),
                (12.0, from, EventKind::MigrationCompleted),
                (12.3, to, EventKind::MigrationReceived),
            ];
            for (offset, node, kind) in phases {
                events.push(Event {
                    time: start.plus_seconds(begin + offset),
                    precision: Precision::Tick,
                    node: NodeName::new(node),
                    kind,
                    severity: Severity::Info,
                    origin: Origin::EventLog {
                        provider: "p".into(),
                        id: 1,
                        version: 0,
                        channel: "c".into(),
                    },
                    subject: Subject {
                        vm: VmName::new(&format!("vm{vm:04}")),
                        vm_id: VmId::from_u128(u128::from(vm) + 1),
                        ..Subject::default()
                    },
                    fields: Fields::new(),
                    message: None,
                    source: SourceRef::new("log".into(), Locator::Record(events.len() as u64)),
                });
            }
        }
    }
    Gathered {
        events,
        ..Gathered::default()
    }
}

#[divan::bench(args = VMS)]
fn build(bencher: divan::Bencher, vms: u32) {
    bencher
        .with_inputs(|| gathered(vms))
        .bench_local_values(|gathered| {
            let timeline = Timeline::build(gathered);
            assert_eq!(timeline.migrations.len(), (vms * MOVES) as usize);
            black_box(timeline)
        });
}

/// Nothing is wrong and no node restarts, so that thousands of moves look like the
/// begin of maintenance that never comes.
#[divan::bench(args = VMS)]
fn judge(bencher: divan::Bencher, vms: u32) {
    let rules = rules::load::embedded().unwrap();
    let timeline = Timeline::build(gathered(vms));
    bencher.bench_local(|| {
        let verdicts = rules::engine::run(&rules, &timeline);
        assert!(verdicts.findings.is_empty());
        let untouched = |rule: &str| verdicts.counts[rule].untouched;
        assert_eq!(untouched("kb961782"), u64::from(vms));
        assert_eq!(untouched("planned-maintenance"), NODES.len() as u64);
        black_box(verdicts)
    });
}
