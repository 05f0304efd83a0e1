//! Damaged event logs give every record that can be read, and say what is lost.

mod common;

use std::path::Path;

use proptest::prelude::*;
use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::Gathered;
use vmtrail::normalize::Dictionary;
use vmtrail::readers::evtx::{CHUNK_SIZE, HEADER_SIZE};
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};
use vmtrail::simulate::record::SimRecord;

const RECORDS: u64 = 700;
const VM_ID: &str = "5D9E9825-1973-4B27-9AF1-BA77940A4066";

fn log() -> Vec<u8> {
    let records: Vec<SimRecord> = (1..=RECORDS)
        .map(|id| {
            let vm = [("VmName", "web01"), ("VmId", VM_ID)];
            SimRecord {
                provider: "Microsoft-Windows-Hyper-V-Worker".into(),
                event_id: 18500,
                channel: "Microsoft-Windows-Hyper-V-Worker-Admin".into(),
                ..common::record(id, common::vml(&vm))
            }
        })
        .collect();
    let file = write_evtx(&records, &EvtxOptions::default()).unwrap();
    assert!(file.len() >= HEADER_SIZE + 3 * CHUNK_SIZE, "several chunks");
    file
}

fn read(file: &[u8]) -> Gathered {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.evtx");
    std::fs::write(&path, file).unwrap();
    read_path(&path)
}

fn read_path(path: &Path) -> Gathered {
    static DICTIONARY: std::sync::LazyLock<Dictionary> =
        std::sync::LazyLock::new(|| Dictionary::embedded().unwrap());
    gather(
        &[path.to_owned()],
        &Options::default(),
        &DICTIONARY,
        &Silent,
    )
    .unwrap()
}

fn codes(gathered: &Gathered) -> Vec<&'static str> {
    gathered.diagnostics.iter().map(|d| d.code.name()).collect()
}

#[test]
fn an_intact_log_is_read_without_a_word() {
    let gathered = read(&log());
    assert_eq!(gathered.coverage.records_read(), RECORDS);
    assert!(
        gathered.diagnostics.is_empty(),
        "{:?}",
        gathered.diagnostics
    );
    assert!(gathered.coverage.gaps.is_empty());
}

#[test]
fn a_zeroed_file_header_loses_nothing() {
    let mut file = log();
    file[..HEADER_SIZE].fill(0);
    let gathered = read(&file);
    assert_eq!(gathered.coverage.records_read(), RECORDS);
    assert_eq!(codes(&gathered), ["evtx-header"]);
}

#[test]
fn a_damaged_chunk_header_loses_nothing() {
    let mut file = log();
    let chunk = HEADER_SIZE + CHUNK_SIZE;
    file[chunk..chunk + 128].fill(0);
    let gathered = read(&file);
    assert_eq!(gathered.coverage.records_read(), RECORDS);
    assert!(codes(&gathered).contains(&"evtx-chunk"));
}

#[test]
fn a_lost_chunk_is_told_and_shows_as_a_gap() {
    let mut file = log();
    let chunk = HEADER_SIZE + CHUNK_SIZE;
    file[chunk..chunk + CHUNK_SIZE].fill(0xA5);
    let gathered = read(&file);
    assert!(gathered.coverage.records_read() < RECORDS);
    assert!(gathered.diagnostics.any_loss());
    let gap = &gathered.coverage.gaps[0];
    assert_eq!(gap.missing() + gathered.coverage.records_read(), RECORDS);
}

#[test]
fn a_truncated_file_gives_what_is_before_its_end() {
    let file = log();
    let cut = HEADER_SIZE + 2 * CHUNK_SIZE + CHUNK_SIZE / 2;
    let gathered = read(&file[..cut]);
    let whole = read(&file[..HEADER_SIZE + 2 * CHUNK_SIZE])
        .coverage
        .records_read();
    assert!(
        gathered.coverage.records_read() > whole,
        "half a chunk holds records"
    );
    assert!(codes(&gathered).contains(&"truncated"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is flipped, nothing panics, and chunks that were not hit are read.
    #[test]
    fn flipped_bytes_never_stop_the_rest(places in prop::collection::vec((0usize..CHUNK_SIZE, any::<u8>()), 1..40)) {
        let mut file = log();
        let clean = read(&file).coverage.records_read();
        let in_chunk_1 = clean - read(&{
            let mut f = file.clone();
            f[HEADER_SIZE + CHUNK_SIZE..HEADER_SIZE + 2 * CHUNK_SIZE].fill(0);
            f
        }).coverage.records_read();
        for (at, value) in places {
            file[HEADER_SIZE + CHUNK_SIZE + at] ^= value;
        }
        let gathered = read(&file);
        prop_assert!(gathered.coverage.records_read() >= clean - in_chunk_1);
    }
}

/// What a file's header counts is held against what the file has, so that a log that was cut
/// between two chunks, or of which a chunk is zeroed, is not taken for a quiet one.
#[test]
fn a_log_that_lost_its_end_says_so_wherever_it_was_cut() {
    let file = log();
    let chunks = (file.len() - HEADER_SIZE) / CHUNK_SIZE;
    let last = file.len() - CHUNK_SIZE;
    let mut zeroed = file.clone();
    zeroed[last..].fill(0);
    let cases = [
        ("between two chunks", file[..last].to_vec(), "truncated"),
        (
            "inside the last chunk",
            file[..last + 9000].to_vec(),
            "truncated",
        ),
        ("the last chunk is zeroed", zeroed, "evtx-chunk"),
    ];
    for (name, file, code) in cases {
        let gathered = read(&file);
        assert!(codes(&gathered).contains(&code), "{name}: {chunks} chunks");
        assert!(gathered.diagnostics.any_loss(), "{name}");
        assert_eq!(gathered.coverage.cut.len(), 1, "{name}");
        assert!(gathered.coverage.records_read() < RECORDS, "{name}");
    }
    assert!(read(&file).coverage.cut.is_empty());
}

/// What stands behind the cut is zeros: a record that it went through has no values.
#[test]
fn a_record_that_a_cut_went_through_is_not_read() {
    let file = log();
    let whole = read(&file).coverage.files[0].clone();
    let last = HEADER_SIZE + 2 * CHUNK_SIZE;
    // Whatever the record is, one of these goes through its time.
    for cut in (last + 600..last + 1400).step_by(8) {
        let gathered = read(&file[..cut]);
        let of_cut = &gathered.coverage.files[0];
        assert!(
            of_cut.first == whole.first,
            "cut at {cut}: {:?}",
            of_cut.first
        );
        let read = gathered.coverage.records_read();
        let ids = gathered.events.iter().filter_map(|e| e.source.record());
        assert_eq!(ids.max(), Some(read), "cut at {cut}");
    }
}
