//! Within `--memory` the latest events are kept, the same ones whatever reads them, and the
//! report says from when.

mod common;

use std::path::{Path, PathBuf};

use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::diagnostic::DiagnosticCode;
use vmtrail::model::{Gathered, Moment};
use vmtrail::normalize::Dictionary;
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};

const RECORDS: u64 = 9_000;

/// Two logs, of which each goes over the whole time, beside one another.
fn logs(dir: &Path) {
    for log in 0..2u64 {
        let records: Vec<_> = (1..=RECORDS)
            .map(|id| {
                let mut record = common::record(id, common::vml(&[("VmName", "web01")]));
                let start = Moment::parse("2024-05-01T00:00:00Z").unwrap();
                record.time = start.plus_seconds((20 * id + log) as f64);
                record
            })
            .collect();
        let bytes = write_evtx(&records, &EvtxOptions::default()).unwrap();
        std::fs::write(dir.join(format!("{log}.evtx")), bytes).unwrap();
    }
    let line = "00000a78.000021b8::2024/05/01-00:05:00.911 INFO  [RCM] TransitionToState(Virtual Machine web01) OnlinePending-->Online.\n";
    std::fs::write(dir.join("a_cluster.log"), line).unwrap();
}

fn read(dir: &Path, threads: usize, memory: Option<u64>) -> Gathered {
    let options = Options {
        memory,
        ..Options::default()
    };
    let dictionary = Dictionary::embedded().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let read = || gather(&[PathBuf::from(dir)], &options, &dictionary, &Silent).unwrap();
    pool.build().unwrap().install(read)
}

#[test]
fn the_latest_events_are_kept_and_it_is_told_from_when() {
    let dir = tempfile::tempdir().unwrap();
    logs(dir.path());
    let all = read(dir.path(), 2, None);
    assert_eq!(all.events.len() as u64, 2 * RECORDS + 1);
    let some = read(dir.path(), 1, Some(1));
    let from = some.events[0].time;
    // 10,000 are kept at least; a minute is kept whole or not at all.
    assert!(
        (9_990..=10_000).contains(&some.events.len()),
        "{}",
        some.events.len()
    );
    let late = all.events.iter().filter(|e| e.time >= from);
    assert!(some.events.iter().eq(late), "one of the latest is missing");
    let told: Vec<_> = some
        .diagnostics
        .iter()
        .filter(|d| d.code == DiagnosticCode::Limit)
        .collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].message.contains("--memory"), "{}", told[0].message);
    // What was cut away was not looked at.
    let file = |name: &str| {
        let files = &some.coverage.files;
        files.iter().find(|f| f.path.ends_with(name)).unwrap()
    };
    let first = file("0.evtx").first.unwrap();
    assert!(first <= from && from.seconds_since(first) < 60.0);
    assert_eq!(file("a_cluster.log").first, None);
    for threads in [2, 3] {
        assert!(
            read(dir.path(), threads, Some(1)) == some,
            "threads make a difference"
        );
    }
    // Enough memory changes nothing.
    assert!(read(dir.path(), 2, Some(1 << 30)) == all);
}
