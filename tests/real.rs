//! Hundreds of real event logs, some damaged, against an independent reader.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::Gathered;
use vmtrail::normalize::Dictionary;

fn read(paths: &[PathBuf]) -> Gathered {
    let dictionary = Dictionary::embedded().unwrap();
    gather(paths, &Options::default(), &dictionary, &Silent).unwrap()
}

/// How many records the `evtx` crate reads by itself.
fn oracle(path: &Path) -> u64 {
    let settings = evtx::ParserSettings::new().num_threads(1);
    let Ok(parser) = evtx::EvtxParser::from_path(path) else {
        return 0;
    };
    let mut parser = parser.with_configuration(settings);
    parser.records().filter(Result::is_ok).count() as u64
}

#[test]
fn every_record_that_the_oracle_reads_is_read() {
    let Some(root) = common::real("evtx") else {
        return;
    };
    let gathered = read(std::slice::from_ref(&root));
    let ours: BTreeMap<&str, u64> = gathered
        .coverage
        .files
        .iter()
        .map(|f| (&*f.path, f.records_read))
        .collect();
    let mut total = 0;
    let mut more = Vec::new();
    for path in common::files(&root, "evtx") {
        let expected = oracle(&path);
        total += expected;
        let name = path.strip_prefix(root.parent().unwrap()).unwrap();
        let name = name.to_string_lossy().replace('\\', "/");
        let read = ours.get(&*name).copied().unwrap_or(0);
        assert!(
            read >= expected,
            "{name}: {read} of {expected} records were read"
        );
        if read > expected {
            more.push(format!("{name} {read} instead of {expected}"));
        }
    }
    assert_eq!(
        total, 29_996,
        "the collection is the one this test was written for"
    );
    // Records behind damage that the oracle stops at.
    insta::assert_debug_snapshot!("more_than_the_oracle", more);
}

#[test]
fn damaged_logs_are_named_with_what_was_lost() {
    let Some(root) = common::real("evtx") else {
        return;
    };
    let gathered = read(&[root]);
    let told: Vec<String> = gathered
        .diagnostics
        .iter()
        .filter(|d| d.code.name().starts_with("evtx") || d.code.name() == "truncated")
        .map(|d| format!("{} {} x{}: {}", d.code, d.source, d.count, d.message))
        .collect();
    insta::assert_debug_snapshot!("damage", told);
}

#[test]
fn six_hundred_files_end() {
    let Some(root) = common::real("evtx") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let files = common::files(&root, "evtx");
    for at in 0..600 {
        let target = dir.path().join(format!("{at:03}.evtx"));
        std::fs::copy(&files[at % files.len()], target).unwrap();
    }
    let gathered = read(&[dir.path().to_owned()]);
    assert_eq!(gathered.coverage.files.len(), 600);
    let once = read(&files[..600 % files.len()]).coverage.records_read();
    let all = read(&files).coverage.records_read();
    assert_eq!(
        gathered.coverage.records_read(),
        (600 / files.len()) as u64 * all + once
    );
}
