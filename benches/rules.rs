//! What more rules cost on the same events.

use std::fmt::Write;
use std::hint::black_box;

use vmtrail::model::event::{Event, Fields, Origin, Severity, Subject};
use vmtrail::model::source::{Locator, SourceRef};
use vmtrail::model::{EventKind, Gathered, Moment, NodeName, Precision, VmId, VmName};
use vmtrail::rules::{self, RuleSet};
use vmtrail::timeline::Timeline;

fn main() {
    divan::main();
}

const VMS: u32 = 500;
const FAILURES: u32 = 4;

/// Every VM fails to move `FAILURES` times, each time with a code of its own.
fn timeline() -> Timeline {
    let start = Moment::parse("2024-05-14T01:00:00Z").unwrap();
    let mut events = Vec::new();
    for vm in 0..VMS {
        for step in 0..FAILURES {
            let mut fields = Fields::new();
            fields.set("status", format!("{}", 100 + step).as_str());
            events.push(Event {
                time: start.plus_seconds(f64::from(step) * 3600.0 + f64::from(vm)),
                precision: Precision::Tick,
                node: NodeName::new("HV01"),
                kind: EventKind::MigrationFailed,
                severity: Severity::Error,
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
                fields,
                message: None,
                source: SourceRef::new("log".into(), Locator::Record(events.len() as u64)),
            });
        }
    }
    Timeline::build(Gathered {
        events,
        ..Gathered::default()
    })
}

/// Four rules that fire, and others on kinds that a bundle seldom holds: a library
/// grows by what is rare.
fn library(count: u32) -> RuleSet {
    let dir = tempfile::tempdir().unwrap();
    let quiet: Vec<&str> = EventKind::ALL
        .iter()
        .map(|k| k.name())
        .filter(|k| k.starts_with("csv.") || k.starts_with("smb.") || k.starts_with("replication."))
        .collect();
    for n in 0..count {
        let kind = match n {
            0..FAILURES => "migration.failed",
            _ => quiet[n as usize % quiet.len()],
        };
        let id = format!("rule-{n}");
        let mut text = format!(
            "id: {id}\ntitle: &t {{en: x, ja: 規則}}\narea: bench\nseverity: info\nstatus: test\nentity: vm\nreferences: [x]\ncause: *t\n"
        );
        text += "explanation: {confirmed: *t, probable: *t, ruled_out: *t, not_assessable: *t}\n";
        let _ = write!(
            text,
            "steps:\n  - id: s\n    what: *t\n    effect: true\n    collect: [*t]\n    any:\n      - {{kind: {kind}, where: [{{field: status, status: [{}]}}]}}\n",
            100 + n
        );
        let folder = dir.path().join("bench").join(id);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("rule.yaml"), text).unwrap();
    }
    rules::load::only_dir(dir.path()).unwrap()
}

/// Ten times the rules should cost far less than ten times the time: a rule whose
/// kinds do not occur looks at no event.
#[divan::bench(args = [50, 500])]
fn judge(bencher: divan::Bencher, count: u32) {
    let rules = library(count);
    assert_eq!(rules.len(), count as usize);
    let timeline = timeline();
    bencher.bench_local(|| {
        let verdicts = rules::engine::run(&rules, &timeline);
        assert_eq!(verdicts.findings.len(), (VMS * FAILURES) as usize);
        assert_eq!(verdicts.counts.len(), count as usize);
        black_box(verdicts)
    });
}
