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

const VMS: u32 = 200;
const MOVES: u32 = 20;

/// Every VM moves between two nodes `MOVES` times.
fn gathered() -> Gathered {
    let start = Moment::parse("2024-05-14T01:00:00Z").unwrap();
    let mut events = Vec::new();
    for vm in 0..VMS {
        for step in 0..MOVES {
            let begin = f64::from(step) * 3600.0 + f64::from(vm);
            let (from, to) = if step % 2 == 0 {
                ("HV01", "HV02")
            } else {
                ("HV02", "HV01")
            };
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
                        vm: VmName::new(&format!("vm{vm:03}")),
                        vm_id: VmId::from_u128(u128::from(vm) + 1),
                        ..Subject::default()
                    },
                    fields: Fields::new(),
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

#[divan::bench]
fn build(bencher: divan::Bencher) {
    bencher
        .with_inputs(gathered)
        .bench_local_values(|gathered| {
            let timeline = Timeline::build(gathered);
            assert_eq!(timeline.migrations.len(), (VMS * MOVES) as usize);
            black_box(timeline)
        });
}

#[divan::bench]
fn judge(bencher: divan::Bencher) {
    let rules = rules::load::embedded().unwrap();
    let timeline = Timeline::build(gathered());
    bencher.bench_local(|| {
        let verdicts = rules::engine::run(&rules, &timeline);
        assert!(verdicts.findings.is_empty());
        black_box(verdicts)
    });
}
