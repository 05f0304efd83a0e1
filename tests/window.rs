//! A window skips parts of large logs, and gives what reading all and filtering afterwards
//! gives.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::diagnostic::DiagnosticCode;
use vmtrail::model::inventory::VmSnapshot;
use vmtrail::model::source::Locator;
use vmtrail::model::{Event, FileCoverage, Gathered, Moment, Window};
use vmtrail::normalize::Dictionary;
use vmtrail::readers::evtx::{CHUNK_SIZE, ChunkReader, HEADER_SIZE};
use vmtrail::readers::raw::{RawEvent, RawLine, RawRun, RecordSink};
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};

const RECORDS: u64 = 12_000;

fn at(minute: u64) -> Moment {
    let start = Moment::parse("2024-05-01T00:00:00Z").unwrap();
    start.plus_seconds(60.0 * minute as f64)
}

/// A record a minute, of which one in ten is wanted; the clock is set back once, and some
/// records are missing.
fn log() -> Vec<u8> {
    let text = "x".repeat(300);
    let records: Vec<_> = (1..=RECORDS)
        .filter(|id| !(7_000..7_400).contains(id) && *id != 2_000)
        .map(|id| {
            let values = [("VmName", "web01"), ("Text", text.as_str())];
            let mut record = common::record(id, common::vml(&values));
            record.time = at(if id < 9_000 { id } else { id - 2_500 });
            record.event_id = if id % 10 == 0 { 20415 } else { 9_999 };
            record
        })
        .collect();
    write_evtx(&records, &EvtxOptions::default()).unwrap()
}

/// Counts what is told.
#[derive(Default)]
struct Told {
    in_rows: u64,
    each: u64,
    events: u64,
}

impl RecordSink for Told {
    fn wants(&self, _: &str, event_id: u32) -> bool {
        event_id == 20415
    }
    fn folds(&self) -> bool {
        true
    }
    fn run(&mut self, run: &RawRun<'_>) {
        self.in_rows += run.count();
    }
    fn unwanted(&mut self, _: &str, _: u32, count: u64) {
        self.each += count;
    }
    fn event(&mut self, _: &RawEvent<'_>) {
        self.events += 1;
    }
    fn line(&mut self, _: &RawLine<'_>) {}
    fn snapshot(&mut self, _: VmSnapshot) {}
    fn trouble(&mut self, _: DiagnosticCode, _: Locator, _: bool, message: String) {
        panic!("{message}");
    }
}

fn told(log: &[u8], window: Option<Window>) -> Told {
    let mut told = Told::default();
    let mut reader = ChunkReader::default().only(window);
    for (number, chunk) in log[HEADER_SIZE..].chunks(CHUNK_SIZE).enumerate() {
        reader.read(&mut chunk.to_vec(), number as u64, &mut told);
    }
    reader.finish(&mut told);
    told
}

#[test]
fn chunks_outside_of_a_window_are_not_decoded() {
    let log = log();
    let all = told(&log, None);
    assert_eq!(all.in_rows, all.each);
    let some = told(&log, Some(Window::new(at(3_000), at(3_600))));
    assert!(some.events * 5 < all.events, "{} events", some.events);
    assert!(some.each * 5 < all.each, "{} records", some.each);
    assert_eq!(some.in_rows + some.events, all.in_rows + all.events);
}

fn read(path: &Path, window: Option<Window>) -> Gathered {
    let options = Options {
        window,
        ..Options::default()
    };
    let dictionary = Dictionary::embedded().unwrap();
    gather(&[PathBuf::from(path)], &options, &dictionary, &Silent).unwrap()
}

#[test]
fn a_window_gives_what_filtering_afterwards_gives() {
    let log = log();
    assert!(log.len() > 5 << 20, "{}", log.len());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.evtx");
    std::fs::write(&path, &log).unwrap();
    let all = read(&path, None);
    let files = |gathered: &Gathered| -> BTreeMap<String, FileCoverage> {
        let files = gathered.coverage.files.iter().cloned();
        files.map(|f| (f.path.to_string(), f)).collect()
    };
    for (from, to) in [
        (3_000, 3_600),
        (0, 500),
        (6_400, 6_600),
        (6_900, 7_500),
        (9_400, 20_000),
        (6_000, 9_500),
    ] {
        let window = Window::new(at(from), at(to));
        let some = read(&path, Some(window));
        let expected: Vec<&Event> = all
            .events
            .iter()
            .filter(|e| window.contains(e.time))
            .collect();
        assert!(!expected.is_empty());
        assert!(some.events.iter().eq(expected), "{from} to {to}");
        let mut expected = files(&all);
        for file in expected.values_mut() {
            file.first = file.first.map(|first| first.max(window.from));
            file.last = file.last.map(|last| last.min(window.to));
        }
        assert_eq!(files(&some), expected, "{from} to {to}");
        assert_eq!(some.coverage.gaps, all.coverage.gaps, "{from} to {to}");
    }
}
