//! What `timeline --all` prints equals what the `evtx` crate reads by itself: every
//! record of real logs and of all samples, with every value.

mod common;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};
use vmtrail::model::diagnostic::{DiagnosticCode, Diagnostics};
use vmtrail::model::inventory::VmSnapshot;
use vmtrail::model::source::Locator;
use vmtrail::readers::bundle::{self, Limits};
use vmtrail::readers::evtx::{CHUNK_SIZE, ChunkReader, HEADER_SIZE};
use vmtrail::readers::raw::{RawEvent, RawLine, RecordSink};

/// Records by the crate's XML, as the objects that are expected.
#[derive(Default)]
struct Oracle {
    source: String,
    records: Vec<Value>,
}

impl RecordSink for Oracle {
    fn event(&mut self, event: &RawEvent<'_>) {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.into(), value);
        if let Some(time) = event.time {
            put("time", json!(time.to_string()));
        }
        put("event_id", json!(event.event_id));
        put("version", json!(event.version));
        put("level", json!(event.level));
        let texts = [
            ("provider", event.provider),
            ("channel", event.channel),
            ("computer", event.computer),
            ("user_sid", event.user_sid),
            ("activity_id", event.activity_id),
        ];
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            put(key, json!(text));
        }
        if let Some(id) = event.record_id {
            put("record", json!(id));
        }
        put("source", json!(self.source));
        let mut fields = Map::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, field) in event.fields.iter().enumerate() {
            let same = seen.entry(field.name).or_default();
            *same += 1;
            let name = match (field.name, *same) {
                ("", _) => (at + 1).to_string(),
                (name, 1) => name.to_owned(),
                (name, same) => format!("{name}#{same}"),
            };
            fields.insert(name, json!(field.value));
        }
        if !fields.is_empty() {
            object.insert("fields".into(), Value::Object(fields));
        }
        self.records.push(Value::Object(object));
    }
    fn line(&mut self, _: &RawLine<'_>) {}
    fn snapshot(&mut self, _: VmSnapshot) {}
    fn trouble(&mut self, _: DiagnosticCode, _: Locator, _: bool, _: String) {}
}

/// Compares all that is printed of an input with what the crate reads of its event
/// logs; how many records they are.
fn compare(path: &Path) -> usize {
    let paths = [path.to_owned()];
    let members = bundle::discover(&paths, &Limits::default(), &mut Diagnostics::new()).unwrap();
    let mut expected: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for member in members {
        let mut bytes = Vec::new();
        if member.open().unwrap().read_to_end(&mut bytes).is_err() {
            continue;
        }
        if !bytes.starts_with(b"ElfFile\0") {
            continue;
        }
        let mut oracle = Oracle {
            source: member.path.to_string(),
            ..Oracle::default()
        };
        let mut reader = ChunkReader::by_crate();
        for (number, chunk) in bytes[HEADER_SIZE..].chunks(CHUNK_SIZE).enumerate() {
            reader.read(&mut chunk.to_vec(), number as u64, &mut oracle);
        }
        if !oracle.records.is_empty() {
            expected.insert(oracle.source, oracle.records);
        }
    }
    let output = Command::new(env!("CARGO_BIN_EXE_vmtrail"))
        .args(["timeline", "--all", "--format", "jsonl"])
        .arg(path)
        .env("LANG", "C")
        .output()
        .unwrap();
    // 3: some of the real logs are damaged.
    assert!(matches!(output.status.code(), Some(0 | 3)));
    let mut printed: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in std::str::from_utf8(&output.stdout).unwrap().lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        let source = object["source"].as_str().unwrap();
        if expected.contains_key(source) {
            printed.entry(source.to_owned()).or_default().push(object);
        }
    }
    let mut records = 0;
    for (source, expected) in &expected {
        let printed = printed.get(source).map_or(&[][..], Vec::as_slice);
        for (printed, expected) in printed.iter().zip(expected) {
            assert_eq!(printed, expected, "{source}");
        }
        assert_eq!(printed.len(), expected.len(), "{source}");
        records += expected.len();
    }
    records
}

#[test]
fn real_logs_are_printed_as_the_crate_reads_them() {
    if let Some(root) = common::real("evtx") {
        let records = compare(&root);
        assert!(records > 29_996, "{records}");
    }
}

#[test]
fn samples_are_printed_as_the_crate_reads_them() {
    let mut records = 0;
    for path in common::files(&common::project("samples"), "zip") {
        records += compare(&path);
    }
    assert!(records > 1_000, "{records}");
}
