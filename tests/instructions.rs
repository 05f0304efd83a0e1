//! What the hot paths cost, in instructions for each record or line: the same on every
//! machine, unlike time. Needs valgrind; says that it was skipped without.
//!
//! `benches/instructions.tsv` has what was measured, in the profile of tests. After a
//! change that is meant to cost more (or less), `UPDATE=1 cargo test --test instructions`
//! writes it anew.

mod common;

use std::fmt::Write;
use std::hint::black_box;
use std::process::Command;

use vmtrail::normalize::{Dictionary, Normalizer};
use vmtrail::readers::cluster_log::{self, ClusterLogOptions};
use vmtrail::readers::evtx::{CHUNK_SIZE, ChunkReader, HEADER_SIZE};
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};
use vmtrail::simulate::record::SimRecord;

/// So much more than what was measured is let pass: compilers differ.
const TOLERANCE: f64 = 1.15;

/// A log of so many records of an id.
fn event_log(count: u64, event_id: u16) -> Vec<u8> {
    let records: Vec<SimRecord> = (1..=count)
        .map(|id| {
            let (vm, text) = (format!("vm{}", id % 40), format!("value {id}"));
            let values = [
                ("VmName", vm.as_str()),
                ("VmId", "5D9E9825-1973-4B27-9AF1-BA77940A4066"),
                ("Parameter2", text.as_str()),
            ];
            let mut record = common::record(id, common::vml(&values));
            record.event_id = event_id;
            record.provider = "Microsoft-Windows-Hyper-V-Worker".into();
            record
        })
        .collect();
    write_evtx(&records, &EvtxOptions::default()).unwrap()
}

/// A log of so many lines with a text.
fn cluster_log(count: u64, text: &str) -> String {
    let mut log = String::new();
    for i in 0..count {
        let (minute, second, milli) = (i / 3000 % 60, i / 50 % 60, i % 50 * 20);
        let _ = write!(
            log,
            "00001214.{:08x}::2024/05/14-01:{minute:02}:{second:02}.{milli:03} {text}\r\n",
            i % 97
        );
    }
    log
}

fn read_events(dictionary: &Dictionary, log: &[u8]) -> usize {
    let mut sink = Normalizer::new(dictionary, "m".into(), None);
    let mut reader = ChunkReader::default();
    for (number, chunk) in log[HEADER_SIZE..].chunks(CHUNK_SIZE).enumerate() {
        reader.read(&mut chunk.to_vec(), number as u64, &mut sink);
    }
    reader.finish(&mut sink);
    sink.records.events.len()
}

fn read_lines(dictionary: &Dictionary, log: &str) -> usize {
    let mut sink = Normalizer::new(dictionary, "m".into(), None);
    let options = ClusterLogOptions::default();
    cluster_log::read(&mut log.as_bytes(), &options, &mut sink).unwrap();
    sink.records.events.len()
}

// What is measured: these functions, with all that they call.

#[inline(never)]
fn hot_record_unwanted(dictionary: &Dictionary, log: &[u8]) -> usize {
    read_events(dictionary, log)
}
#[inline(never)]
fn hot_record_wanted(dictionary: &Dictionary, log: &[u8]) -> usize {
    read_events(dictionary, log)
}
#[inline(never)]
fn hot_line_unwanted(dictionary: &Dictionary, log: &str) -> usize {
    read_lines(dictionary, log)
}
#[inline(never)]
fn hot_line_wanted(dictionary: &Dictionary, log: &str) -> usize {
    read_lines(dictionary, log)
}

const RECORDS: u64 = 3_000;
const LINES: u64 = 6_000;
/// The functions, and how many records or lines they read.
const PATHS: [(&str, u64); 4] = [
    ("hot_record_unwanted", RECORDS),
    ("hot_record_wanted", RECORDS / 10),
    ("hot_line_unwanted", LINES),
    ("hot_line_wanted", LINES / 10),
];

/// Runs the hot paths; a test only so that valgrind can be asked to run it.
#[test]
#[ignore = "run by the other test, under valgrind"]
fn run_the_hot_paths() {
    const NOISE: &str = "INFO  [GUM] Node 2: Processing GrantLock to 1 (sent by 3 gumid: 815)";
    const STATE: &str =
        "INFO  [RCM] TransitionToState(Virtual Machine web01) OnlinePending-->Online.";
    let dictionary = Dictionary::embedded().unwrap();
    let (noise, state) = (cluster_log(LINES, NOISE), cluster_log(LINES / 10, STATE));
    // Tables that are built once are not part of what a line costs.
    assert_eq!(read_lines(&dictionary, &cluster_log(1, STATE)), 1);
    let found = [
        hot_record_unwanted(&dictionary, black_box(&event_log(RECORDS, 9999))),
        hot_record_wanted(&dictionary, black_box(&event_log(RECORDS / 10, 18500))),
        hot_line_unwanted(&dictionary, black_box(&noise)),
        hot_line_wanted(&dictionary, black_box(&state)),
    ];
    let wanted = [0, RECORDS / 10, 0, LINES / 10];
    assert!(wanted.into_iter().eq(found.into_iter().map(|n| n as u64)));
}

/// Instructions of a call of a function, with all that it called, in what callgrind wrote:
/// behind the line that says who is called come how often, and what that cost.
fn cost(profile: &str, function: &str) -> Option<u64> {
    // Names are written once and then only numbered.
    let name = profile
        .lines()
        .find(|line| line.contains("fn=(") && line.ends_with(function))?;
    let number = name.split_once('(')?.1.split_once(')')?.0;
    let called = format!("cfn=({number})");
    let mut lines = profile.lines();
    lines.find(|line| line.starts_with(&called))?;
    lines.find(|line| line.starts_with("calls="))?;
    lines.next()?.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn no_hot_path_costs_more_than_it_did() {
    let version = Command::new("valgrind").arg("--version").output();
    if !version.is_ok_and(|v| v.status.success()) {
        eprintln!("skipped: valgrind is not there");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let profile = dir.path().join("profile");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "run_the_hot_paths"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let profile = std::fs::read_to_string(&profile).unwrap();
    let table = common::project("benches/instructions.tsv");
    let known = std::fs::read_to_string(&table).unwrap_or_default();
    let mut measured = String::new();
    let mut wrong = Vec::new();
    for (name, count) in PATHS {
        let each = cost(&profile, name).expect(name) / count;
        let _ = writeln!(measured, "{name}\t{each}");
        let before = known
            .lines()
            .find_map(|l| l.strip_prefix(&format!("{name}\t")));
        match before.and_then(|l| l.parse::<f64>().ok()) {
            Some(before) if each as f64 <= before * TOLERANCE => {}
            before => wrong.push(format!("{name}: {each} instructions, known are {before:?}")),
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&table, measured).unwrap();
        return;
    }
    eprint!("{measured}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
