//! The EVTX writer, judged by readers that were not written here: the `evtx`
//! crate always; `evtxexport` and python-evtx where they are installed. Every
//! value of every record is compared.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use common::record;
use evtx::{EvtxParser, ParserSettings};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use quick_xml::events::Event;
use serde::Deserialize;
use vmtrail::model::time::Moment;
use vmtrail::simulate::evtx_writer::{EvtxOptions, EvtxWriteError, write_evtx};
use vmtrail::simulate::record::{SimPayload, SimRecord, SimValue};

const HEADER: usize = 4096;
const CHUNK: usize = 65536;
/// Where the records of a chunk end at the latest.
const LAST: usize = CHUNK - 24;

// ---------------------------------------------------------------- what is read

/// A record as a reader shows it: texts, without their types.
#[derive(Debug, Default, Deserialize)]
struct Seen {
    system: BTreeMap<String, String>,
    payload: Option<String>,
    root: Option<String>,
    fields: Vec<(Option<String>, String)>,
}

impl Seen {
    /// From an event as XML.
    fn parse(xml: &str) -> Seen {
        let mut seen = Seen::default();
        let mut path: Vec<String> = Vec::new();
        let mut reader = quick_xml::Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        loop {
            match reader
                .read_event()
                .unwrap_or_else(|e| panic!("{e} in {xml}"))
            {
                Event::Start(start) => {
                    path.push(start.local_name().as_ref().to_owned());
                    let attributes: Vec<(String, String)> = start
                        .attributes()
                        .map(|attribute| {
                            let attribute = attribute.unwrap();
                            let value = quick_xml::escape::unescape(&attribute.value).unwrap();
                            (attribute.key.as_ref().to_owned(), value.into_owned())
                        })
                        .collect();
                    seen.open(&path, attributes);
                }
                Event::End(_) => {
                    path.pop();
                }
                Event::Text(text) => seen.text(&path, &text.into_inner()),
                Event::CData(text) => seen.text(&path, &text.into_inner()),
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref().unwrap() {
                        Some(c) => c.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)
                            .expect("one of the five entities of XML")
                            .to_owned(),
                    };
                    seen.text(&path, &text);
                }
                Event::Eof => return seen,
                _ => {}
            }
        }
    }

    fn open(&mut self, path: &[String], attributes: Vec<(String, String)>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["Event", "System", name] => {
                for (key, value) in attributes {
                    self.system.insert(format!("{name}/@{key}"), value);
                }
            }
            ["Event", name] if name != "System" => self.payload = Some(name.to_owned()),
            ["Event", "UserData", root] => self.root = Some(root.to_owned()),
            ["Event", "EventData", "Data"] => {
                let name = attributes.into_iter().find(|(key, _)| key == "Name");
                self.fields
                    .push((name.map(|(_, name)| name), String::new()));
            }
            ["Event", "UserData", _, name] => {
                self.fields.push((Some(name.to_owned()), String::new()));
            }
            _ => {}
        }
    }

    fn text(&mut self, path: &[String], text: &str) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["Event", "System", name] => {
                self.system
                    .entry(name.to_owned())
                    .or_default()
                    .push_str(text);
            }
            ["Event", "EventData", "Data"] | ["Event", "UserData", _, _] => {
                self.fields.last_mut().unwrap().1.push_str(text);
            }
            _ => {}
        }
    }
}

/// What a reader makes of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reader {
    /// The crate `evtx`.
    Crate,
    /// libevtx. Prints doubles with seven digits, and (up to 2018 at least)
    /// characters beyond 16 bits 0x3FF too low and negative numbers as a sign and
    /// the lower 31 bits; in attributes that are part of a
    /// template it does not escape `&` and `<`, so no name here has them.
    Libevtx,
    /// python-evtx. Prints binary values as base64, hexadecimal ones with
    /// leading zeros, booleans as Python does, times through a float (so they
    /// are off by a few microseconds), and absent attributes as empty ones.
    Python,
}

/// Whether `text` is `value` as `reader` renders it.
fn same(reader: Reader, value: &SimValue, text: &str) -> bool {
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let bare = |text: &str| text.trim_matches(['{', '}']).to_ascii_lowercase();
    match value {
        SimValue::Str(s) if reader == Reader::Libevtx => s == text || lowered(s) == text,
        SimValue::Str(s) | SimValue::Sid(s) => s == text,
        SimValue::U8(n) => n.to_string() == text,
        SimValue::U16(n) => n.to_string() == text,
        SimValue::U32(n) => n.to_string() == text,
        SimValue::U64(n) => n.to_string() == text,
        SimValue::I32(n) if reader == Reader::Libevtx && *n < 0 => {
            n.to_string() == text || format!("-{}", n & i32::MAX) == text
        }
        SimValue::I32(n) => n.to_string() == text,
        SimValue::F64(n) => text.parse::<f64>().is_ok_and(|read| match reader {
            Reader::Libevtx => (read - n).abs() <= n.abs() * 1e-6,
            _ => read == *n,
        }),
        SimValue::Bool(yes) => yes.to_string() == text.to_ascii_lowercase(),
        SimValue::Guid(guid) => bare(guid) == bare(text),
        SimValue::Hex32(n) => text.starts_with("0x") && hex(text) == Some(u64::from(*n)),
        SimValue::Hex64(n) => text.starts_with("0x") && hex(text) == Some(*n),
        SimValue::FileTime(moment) => Moment::parse(text).is_some_and(|read| match reader {
            Reader::Python => (read.ticks() - moment.ticks()).abs() <= 50,
            _ => read == *moment,
        }),
        SimValue::Binary(bytes) => match reader {
            Reader::Python => base64(bytes) == text,
            _ => {
                bytes.iter().map(|b| format!("{b:02X}")).collect::<String>()
                    == text.to_ascii_uppercase()
            }
        },
    }
}

/// `text` with the fault that [`Reader::Libevtx`] describes.
fn lowered(text: &str) -> String {
    text.chars()
        .map(|c| match u32::from(c) {
            wide @ 0x1_0000.. => char::from_u32(wide - 0x3ff).unwrap(),
            _ => c,
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |group: &[u8]| {
        let mut word = [0; 4];
        word[1..=group.len()].copy_from_slice(group);
        let word = u32::from_be_bytes(word);
        (0..4)
            .map(|i| match i <= group.len() {
                true => char::from(DIGITS[(word >> (18 - 6 * i)) as usize & 63]),
                false => '=',
            })
            .collect::<String>()
    };
    bytes.chunks(3).map(encode).collect()
}

/// Every element and attribute of `System`; `None` where the record has none.
fn system_of(record: &SimRecord) -> Vec<(&'static str, Option<SimValue>)> {
    let text = |s: &String| SimValue::Str(s.clone());
    let guid = |s: &String| SimValue::Guid(s.clone());
    // Classic sources without a version have these only where they say something.
    let plain = record.provider_guid.is_none() && record.version.is_none();
    let executed = !plain || (record.process_id, record.thread_id) != (0, 0);
    vec![
        ("Provider/@Name", Some(text(&record.provider))),
        ("Provider/@Guid", record.provider_guid.as_ref().map(guid)),
        (
            "Provider/@EventSourceName",
            record.event_source.as_ref().map(text),
        ),
        ("EventID", Some(SimValue::U16(record.event_id))),
        ("EventID/@Qualifiers", record.qualifiers.map(SimValue::U16)),
        ("Version", record.version.map(SimValue::U8)),
        ("Level", Some(SimValue::U8(record.level))),
        ("Task", Some(SimValue::U16(record.task))),
        (
            "Opcode",
            (!plain || record.opcode != 0).then_some(SimValue::U8(record.opcode)),
        ),
        ("Keywords", Some(SimValue::Hex64(record.keywords))),
        (
            "TimeCreated/@SystemTime",
            Some(SimValue::FileTime(record.time)),
        ),
        ("EventRecordID", Some(SimValue::U64(record.record_id))),
        (
            "Correlation/@ActivityID",
            record.activity_id.as_ref().map(guid),
        ),
        ("Correlation/@RelatedActivityID", None),
        (
            "Execution/@ProcessID",
            executed.then_some(SimValue::U32(record.process_id)),
        ),
        (
            "Execution/@ThreadID",
            executed.then_some(SimValue::U32(record.thread_id)),
        ),
        ("Channel", Some(text(&record.channel))),
        ("Computer", Some(text(&record.computer))),
        (
            "Security/@UserID",
            record.user_sid.clone().map(SimValue::Sid),
        ),
    ]
}

/// Fails unless `seen` is `record`, whole and with nothing added.
fn check(reader: Reader, record: &SimRecord, seen: &Seen) {
    let id = record.record_id;
    let expected = system_of(record);
    for (key, value) in &expected {
        let text = seen.system.get(*key).map_or("", String::as_str);
        match value {
            Some(value) => assert!(
                same(reader, value, text),
                "{reader:?}, record {id}: {key} should be {value:?}, is {text:?}"
            ),
            None => assert_eq!(text, "", "{reader:?}, record {id}: {key}"),
        }
    }
    for (key, text) in &seen.system {
        assert!(
            text.trim().is_empty() || expected.iter().any(|(known, _)| known == key),
            "{reader:?}, record {id}: unexpected {key} = {text:?}"
        );
    }

    let (payload, root, fields): (_, _, Vec<(Option<String>, &SimValue)>) = match &record.payload {
        SimPayload::None => (None, None, vec![]),
        SimPayload::EventData(fields) | SimPayload::EventDataBinary(fields, _) => (
            Some("EventData"),
            None,
            fields.iter().map(|(n, v)| (n.clone(), v)).collect(),
        ),
        SimPayload::UserData { root, values, .. } => (
            Some("UserData"),
            Some(root.as_str()),
            values.iter().map(|(n, v)| (Some(n.clone()), v)).collect(),
        ),
    };
    assert_eq!(seen.payload.as_deref(), payload, "{reader:?}, record {id}");
    assert_eq!(seen.root.as_deref(), root, "{reader:?}, record {id}");
    assert_eq!(
        seen.fields.len(),
        fields.len(),
        "{reader:?}, record {id}: {:?}",
        seen.fields
    );
    for ((name, value), (seen_name, text)) in fields.iter().zip(&seen.fields) {
        assert_eq!(name, seen_name, "{reader:?}, record {id}");
        assert!(
            same(reader, value, text),
            "{reader:?}, record {id}: {name:?} should be {value:?}, is {text:?}"
        );
    }
}

fn check_all(reader: Reader, records: &[SimRecord], seen: &[Seen]) {
    for (record, seen) in records.iter().zip(seen) {
        check(reader, record, seen);
    }
    assert_eq!(seen.len(), records.len(), "{reader:?}");
}

// ---------------------------------------------------------------- the readers

fn read_with_crate(file: &[u8]) -> Vec<Seen> {
    let settings = ParserSettings::new()
        .num_threads(1)
        .validate_checksums(true);
    let mut parser = EvtxParser::from_buffer(file.to_vec())
        .unwrap()
        .with_configuration(settings);
    assert!(parser.header().validate_checksum());
    parser
        .records()
        .map(|record| {
            let record = record.unwrap();
            let seen = Seen::parse(&record.data);
            assert_eq!(
                seen.system["EventRecordID"],
                record.event_record_id.to_string()
            );
            seen
        })
        .collect()
}

/// `None` when `evtxexport` is not installed.
fn read_with_libevtx(path: &Path) -> Option<Vec<Seen>> {
    let output = Command::new("evtxexport")
        .args(["-f", "xml"])
        .arg(path)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "evtxexport: {errors}");
    assert!(errors.is_empty(), "evtxexport: {errors}");
    // It reports a record that it cannot read among those that it can.
    assert!(!text.contains("Unable to export"), "evtxexport: {text}");
    Some(
        text.split("<Event ")
            .skip(1)
            .map(|rest| {
                let end = rest.find("</Event>").expect("an event that is whole");
                Seen::parse(&format!("<Event {}</Event>", &rest[..end]))
            })
            .collect(),
    )
}

#[derive(Deserialize)]
struct PythonFile {
    dirty: bool,
    header_checksum: bool,
    chunks: Vec<bool>,
}

/// `None` when Python 3 or python-evtx is not installed.
fn read_with_python(path: &Path) -> Option<(PythonFile, Vec<Seen>)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/python_evtx_dump.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(path)
        .output()
        .ok()?;
    if output.status.code() == Some(3) {
        return None;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "python-evtx: {errors}");
    assert!(errors.is_empty(), "python-evtx: {errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let file = serde_json::from_str(lines.next().unwrap()).unwrap();
    Some((
        file,
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    ))
}

// ---------------------------------------------------------------- the records

/// A source without a manifest, as older systems write it.
fn classic(record_id: u64, payload: SimPayload) -> SimRecord {
    SimRecord {
        provider: "EventLog".into(),
        provider_guid: None,
        event_id: 6008,
        qualifiers: Some(0x8000),
        version: None,
        level: 2,
        keywords: 0x80_0000_0000_0000,
        process_id: 0,
        thread_id: 0,
        channel: "System".into(),
        user_sid: None,
        ..record(record_id, payload)
    }
}

fn text(text: &str) -> SimValue {
    SimValue::Str(text.into())
}

/// One value of every type, and the ends of their ranges.
fn every_value() -> Vec<SimValue> {
    let guid = "01234567-89ab-cdef-0123-456789abcdef";
    vec![
        text("web01"),
        text(""),
        text("日本語の仮想マシン"),
        text("𠮷野家 😀 surrogate pairs"),
        text("<tag attr=\"1\"> & 'quotes' ]]>"),
        text("two\nlines\tand a tab"),
        text(" blanks around "),
        SimValue::U8(0),
        SimValue::U8(u8::MAX),
        SimValue::U16(u16::MAX),
        SimValue::U32(u32::MAX),
        SimValue::U64(u64::MAX),
        SimValue::I32(i32::MIN),
        SimValue::I32(i32::MAX),
        SimValue::F64(0.5),
        SimValue::F64(-1234.25),
        SimValue::Bool(true),
        SimValue::Bool(false),
        SimValue::Guid(guid.into()),
        SimValue::Guid(guid.to_uppercase()),
        SimValue::FileTime(Moment::parse("2024-05-14T01:05:00.0000001Z").unwrap()),
        SimValue::Hex32(0),
        SimValue::Hex32(0x8007_0005),
        SimValue::Hex64(0x8000_0000_0000_0001),
        SimValue::Sid("S-1-5-83-1-3655396106-1351506743-3915871121-3476744365".into()),
        SimValue::Sid("S-1-1-0".into()),
        SimValue::Binary(vec![]),
        SimValue::Binary((0..=255).collect()),
    ]
}

/// Every value in every shape of payload, with and without optional values.
fn varied() -> Vec<SimRecord> {
    let named = |i: usize| Some(format!("Field{i}"));
    let vml = |values: Vec<(String, SimValue)>| SimPayload::UserData {
        root: "VmlEventLog".into(),
        namespace: "http://www.microsoft.com/Windows/Virtualization/Events".into(),
        values,
    };
    let payloads = vec![
        SimPayload::None,
        SimPayload::EventData(vec![]),
        SimPayload::EventData(every_value().into_iter().map(|v| (None, v)).collect()),
        SimPayload::EventData(
            every_value()
                .into_iter()
                .enumerate()
                .map(|(i, v)| (named(i), v))
                .collect(),
        ),
        SimPayload::EventData(vec![
            (named(0), text("a")),
            (None, text("b")),
            (named(1), text("c")),
        ]),
        SimPayload::EventData(vec![(Some("名前".into()), text("c"))]),
        vml(vec![]),
        vml(every_value()
            .into_iter()
            .enumerate()
            .map(|(i, v)| (format!("Parameter{i}"), v))
            .collect()),
        SimPayload::UserData {
            root: "Bare".into(),
            namespace: String::new(),
            values: vec![("Same".into(), text("x")), ("Same".into(), text("y"))],
        },
    ];
    let mut records = Vec::new();
    // Twice, so that each shape is once defined and once referred to.
    for payload in payloads.iter().chain(&payloads) {
        let mut next = |mut make: Box<dyn FnMut(u64) -> SimRecord>| {
            records.push(make(records.len() as u64 + 1));
        };
        let (a, b, c) = (payload.clone(), payload.clone(), payload.clone());
        next(Box::new(move |id| record(id, a.clone())));
        next(Box::new(move |id| classic(id, b.clone())));
        next(Box::new(move |id| SimRecord {
            event_source: Some("Service Control Manager".into()),
            qualifiers: Some(16384),
            activity_id: Some("{A0B1C2D3-0000-1111-2222-333344445555}".into()),
            user_sid: None,
            version: Some(3),
            task: 65535,
            opcode: 2,
            level: 1,
            ..record(id, c.clone())
        }));
    }
    let id = records.len() as u64;
    // A classic record of a newer system, and one with a bit of everything.
    records.push(SimRecord {
        version: Some(0),
        event_source: Some("Old".into()),
        ..classic(id + 1, SimPayload::None)
    });
    records.push(SimRecord {
        opcode: 1,
        process_id: 4,
        activity_id: Some("A0B1C2D3-0000-1111-2222-333344445555".into()),
        user_sid: Some("S-1-5-18".into()),
        ..classic(id + 2, SimPayload::EventData(vec![(None, text("x"))]))
    });
    records
}

/// 3,000 records of several shapes; ids have gaps and start above 1.
fn many() -> Vec<SimRecord> {
    (0..3000)
        .map(|i: u64| {
            let id = 52262 + i + i / 100;
            let value = text(&format!("VM {i} {}", "あ".repeat(i as usize * 7 % 60)));
            match i % 3 {
                0 => classic(id, SimPayload::EventData(vec![(None, value)])),
                1 => record(
                    id,
                    SimPayload::EventData(vec![(Some(format!("P{}", i % 40)), value)]),
                ),
                _ => record(
                    id,
                    SimPayload::UserData {
                        root: "VmlEventLog".into(),
                        namespace: "urn:x".into(),
                        values: vec![("VmName".into(), value), ("N".into(), SimValue::U64(i))],
                    },
                ),
            }
        })
        .collect()
}

fn with_text(id: u64, units: usize) -> SimRecord {
    record(
        id,
        SimPayload::EventData(vec![(Some("T".into()), text(&"x".repeat(units)))]),
    )
}

/// Little-endian number at `at`.
fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    bytes[at..at + size]
        .iter()
        .rev()
        .fold(0, |n, byte| n << 8 | u64::from(*byte))
}

// ---------------------------------------------------------------- the tests

fn write(records: &[SimRecord]) -> Vec<u8> {
    write_evtx(records, &EvtxOptions::default()).unwrap()
}

#[test]
fn the_crate_reads_every_value_of_every_shape() {
    for records in [varied(), many(), vec![record(1, SimPayload::None)]] {
        let file = write(&records);
        check_all(Reader::Crate, &records, &read_with_crate(&file));
        assert_eq!(file, write(&records), "same input, same bytes");
    }
}

/// Two records, of which the second has a text of `units`.
fn pair(units: usize) -> Vec<SimRecord> {
    vec![with_text(1, 15_000), with_text(2, units)]
}

/// The longest text with which [`pair`] still fits in one chunk.
fn longest_that_fits() -> usize {
    let free = number(&write(&pair(1)), HEADER + 48, 4) as usize;
    // Records end at multiples of eight bytes: four units more at most.
    (0..4)
        .map(|more| 1 + (LAST - free) / 2 + more)
        .rfind(|units| write(&pair(*units)).len() == HEADER + CHUNK)
        .unwrap()
}

#[test]
fn records_fill_chunks_to_their_last_bytes() {
    let longest = longest_that_fits();
    for units in longest - 9..longest + 9 {
        let file = write(&pair(units));
        let expected = if units <= longest { 1 } else { 2 };
        assert_eq!((file.len() - HEADER) / CHUNK, expected, "{units}");
        check_all(Reader::Crate, &pair(units), &read_with_crate(&file));
    }
    let full = write(&pair(longest));
    assert_eq!(number(&full, HEADER + 48, 4) as usize, LAST, "free space");
}

#[test]
fn headers_agree_with_the_records() {
    let records = many();
    let file = write(&records);
    let count = (file.len() - HEADER) / CHUNK;
    assert!(count > 5, "{count} chunks");
    assert_eq!(file.len(), HEADER + count * CHUNK);
    let last_id = records.last().unwrap().record_id;
    assert_eq!(number(&file, 8, 8), 0);
    assert_eq!(number(&file, 16, 8), count as u64 - 1);
    assert_eq!(number(&file, 24, 8), last_id + 1);
    assert_eq!(number(&file, 42, 2), count as u64);
    assert_eq!(number(&file, 120, 4), 0, "closed cleanly");

    let mut next_number = records[0].record_id;
    let mut ids = records.iter().map(|record| record.record_id);
    for chunk in file[HEADER..].chunks(CHUNK) {
        assert_eq!(&chunk[..8], b"ElfChnk\0");
        let (first, last) = (number(chunk, 8, 8), number(chunk, 16, 8));
        assert_eq!(first, next_number);
        next_number = last + 1;
        let here: Vec<u64> = ids.by_ref().take((last - first + 1) as usize).collect();
        assert_eq!(number(chunk, 24, 8), here[0]);
        assert_eq!(number(chunk, 32, 8), here[here.len() - 1]);
        let (last_record, free) = (number(chunk, 44, 4) as usize, number(chunk, 48, 4) as usize);
        let size = number(chunk, last_record + 4, 4) as usize;
        assert_eq!(number(chunk, last_record + 8, 8), here[here.len() - 1]);
        assert_eq!(last_record + size, free);
        assert_eq!(number(chunk, free - 4, 4) as usize, size);
        assert!(chunk[free..].iter().all(|byte| *byte == 0));
    }
    assert_eq!(ids.next(), None);
}

#[test]
fn records_of_one_shape_share_their_template() {
    let size = |n: u64| {
        let records: Vec<_> = (1..=n).map(|id| with_text(id, 4)).collect();
        number(&write(&records), HEADER + 48, 4)
    };
    let (first, second, third) = (size(1) - 512, size(2) - size(1), size(3) - size(2));
    assert_eq!(second, third);
    assert!(second * 3 < first, "{first} bytes, then {second}");
}

#[test]
fn an_empty_log_is_a_header_and_an_empty_chunk() {
    let file = write(&[]);
    assert_eq!(file.len(), 69_632);
    assert!(read_with_crate(&file).is_empty());
    assert_eq!(number(&file, 24, 8), 1, "next record id");
    assert_eq!(number(&file, 42, 2), 1, "chunks");
    assert_eq!(number(&file, HEADER + 48, 4), 512, "free space");
}

#[test]
fn a_dirty_log_says_so_and_is_readable() {
    let records = varied();
    let file = write_evtx(&records, &EvtxOptions { dirty: true }).unwrap();
    assert_eq!(number(&file, 120, 4), 1);
    check_all(Reader::Crate, &records, &read_with_crate(&file));
}

#[test]
fn what_the_format_cannot_hold_names_the_record() {
    let error = |records: &[SimRecord]| write_evtx(records, &EvtxOptions::default()).unwrap_err();
    // 65,000 bytes are the room of a chunk; a string takes two per unit.
    for units in [32_000, 32_768, 100_000] {
        let found = error(&[with_text(1, 1), with_text(7, units)]);
        assert!(
            matches!(found, EvtxWriteError::TooLarge { record_id: 7, size, room: 65_000 } if size >= 2 * units),
            "{found:?}"
        );
    }
    assert_eq!(
        error(&[with_text(5, 1), with_text(5, 1)]),
        EvtxWriteError::Order {
            record_id: 5,
            previous: 5
        }
    );
    let payload = |value| SimPayload::EventData(vec![(Some("V".into()), value)]);
    for (bad, place) in [
        (record(9, payload(SimValue::Guid("no".into()))), "V"),
        (record(9, payload(SimValue::Sid("S-1".into()))), "V"),
        (record(9, payload(text("a\0b"))), "V"),
        (
            SimRecord {
                provider_guid: Some("{}".into()),
                ..with_text(9, 1)
            },
            "Provider/@Guid",
        ),
        (
            SimRecord {
                user_sid: Some("me".into()),
                ..with_text(9, 1)
            },
            "Security/@UserID",
        ),
        (
            SimRecord {
                provider: String::new(),
                ..with_text(9, 1)
            },
            "Provider/@Name",
        ),
        (
            record(
                9,
                SimPayload::EventData(vec![(Some(String::new()), text("x"))]),
            ),
            "Data/@Name",
        ),
        (
            record(
                9,
                SimPayload::UserData {
                    root: "a b".into(),
                    namespace: String::new(),
                    values: vec![],
                },
            ),
            "UserData",
        ),
    ] {
        let found = error(&[bad]);
        assert!(
            matches!(&found, EvtxWriteError::Text { record_id: 9, field, .. } if field == place),
            "{found:?}"
        );
    }
}

/// What the readers outside of the crate are given, by name.
fn sets() -> Vec<(&'static str, Vec<SimRecord>)> {
    let longest = longest_that_fits();
    vec![
        ("empty", vec![]),
        ("one", vec![record(1, SimPayload::None)]),
        ("varied", varied()),
        ("many", many()),
        ("arbitrary", arbitrary()),
        ("full", pair(longest)),
        ("full and one more", pair(longest + 1)),
    ]
}

/// 200 records of [`any_record`], the same ones each time.
fn arbitrary() -> Vec<SimRecord> {
    let mut runner = TestRunner::deterministic();
    // Attributes of templates, which both readers print without escaping; and
    // Python's own XML reader takes a brace for the end of a namespace.
    let plain = |text: &str| text.replace(['&', '<', '>', '"', '{', '}'], "-");
    (1..=200)
        .map(|record_id| {
            let mut record = any_record().new_tree(&mut runner).unwrap().current();
            record.provider = plain(&record.provider);
            // libevtx gives up a record with `&` as the whole text of an element.
            record.channel = plain(&record.channel);
            record.computer = plain(&record.computer);
            record.event_source = record.event_source.as_deref().map(plain);
            if let SimPayload::UserData { namespace, .. } = &mut record.payload {
                *namespace = plain(namespace);
            }
            SimRecord {
                record_id,
                ..record
            }
        })
        .collect()
}

#[test]
fn evtxexport_reads_every_value() {
    let directory = tempfile::tempdir().unwrap();
    for (name, records) in sets() {
        let path = directory.path().join(name);
        fs::write(&path, write(&records)).unwrap();
        match read_with_libevtx(&path) {
            Some(seen) => check_all(Reader::Libevtx, &records, &seen),
            None => return eprintln!("skipped: evtxexport is not installed"),
        }
    }
}

#[test]
fn python_evtx_reads_every_value() {
    let directory = tempfile::tempdir().unwrap();
    for (name, records) in sets() {
        let path = directory.path().join(name);
        fs::write(&path, write(&records)).unwrap();
        let Some((file, seen)) = read_with_python(&path) else {
            return eprintln!("skipped: python-evtx is not installed");
        };
        assert!(!file.dirty && file.header_checksum, "{name}");
        assert!(
            !file.chunks.is_empty() && file.chunks.iter().all(|sound| *sound),
            "{name}"
        );
        check_all(Reader::Python, &records, &seen);
    }
}

#[test]
fn evtxinfo_finds_nothing_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.evtx");
    for (records, dirty) in [
        (vec![], false),
        (varied(), false),
        (many(), false),
        (varied(), true),
    ] {
        fs::write(&path, write_evtx(&records, &EvtxOptions { dirty }).unwrap()).unwrap();
        let Ok(output) = Command::new("evtxinfo").arg(&path).output() else {
            eprintln!("skipped: evtxinfo is not installed");
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        let value = |label: &str| {
            let line = text.lines().find(|line| line.trim().starts_with(label));
            line.and_then(|line| line.rsplit(": ").next())
                .map(str::trim)
        };
        let count = records.len().to_string();
        assert_eq!(value("Number of records"), Some(count.as_str()), "{text}");
        assert!(!text.contains("corrupted"), "{text}");
        assert_eq!(text.contains("Is dirty"), dirty, "{text}");
    }
}

// ---------------------------------------------------------------- any records

/// Text that XML can carry unchanged: no controls, no lone line ends.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        "[a-zA-Z0-9 ぁ-んァ-ヶ一-龠𠀀-𠀿&<>\"']{0,30}",
        Just(String::new()),
    ]
}

fn any_guid() -> impl Strategy<Value = String> {
    "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
}

fn any_sid() -> impl Strategy<Value = String> {
    (0_u64..1 << 48, prop::collection::vec(any::<u32>(), 1..=15)).prop_map(|(authority, subs)| {
        let subs: String = subs.iter().map(|sub| format!("-{sub}")).collect();
        format!("S-1-{authority}{subs}")
    })
}

/// From 1990 to 2100.
fn any_moment() -> impl Strategy<Value = Moment> {
    (6_311_520_000_000_000_i64..41_024_448_000_000_000)
        .prop_map(|ticks| Moment::from_ticks(ticks).unwrap())
}

fn any_value() -> impl Strategy<Value = SimValue> {
    prop_oneof![
        4 => any_text().prop_map(SimValue::Str),
        1 => any::<u8>().prop_map(SimValue::U8),
        1 => any::<u16>().prop_map(SimValue::U16),
        1 => any::<u32>().prop_map(SimValue::U32),
        1 => any::<u64>().prop_map(SimValue::U64),
        1 => any::<i32>().prop_map(SimValue::I32),
        1 => any::<i32>().prop_map(|n| SimValue::F64(f64::from(n) / 8.0)),
        1 => any::<bool>().prop_map(SimValue::Bool),
        1 => any_guid().prop_map(SimValue::Guid),
        1 => any_moment().prop_map(SimValue::FileTime),
        1 => any::<u32>().prop_map(SimValue::Hex32),
        1 => any::<u64>().prop_map(SimValue::Hex64),
        1 => any_sid().prop_map(SimValue::Sid),
        1 => prop::collection::vec(any::<u8>(), 0..300).prop_map(SimValue::Binary),
    ]
}

fn any_payload() -> impl Strategy<Value = SimPayload> {
    let name = "[A-Za-z_][A-Za-z0-9]{0,12}";
    prop_oneof![
        Just(SimPayload::None),
        prop::collection::vec((prop::option::of(name), any_value()), 0..12)
            .prop_map(SimPayload::EventData),
        (
            name,
            any_text(),
            prop::collection::vec((name, any_value()), 0..12)
        )
            .prop_map(|(root, namespace, values)| SimPayload::UserData {
                root,
                namespace,
                values
            }),
    ]
}

fn any_record() -> impl Strategy<Value = SimRecord> {
    let numbers = any::<(u16, Option<u16>, Option<u8>, u8, u16, u8, u64, u32, u32)>();
    let name = || any_text().prop_filter("a name", |text| !text.is_empty());
    let texts = (name(), any_text(), any_text(), prop::option::of(name()));
    let ids = (
        prop::option::of(any_guid()),
        prop::option::of(any_guid()),
        prop::option::of(any_sid()),
    );
    (numbers, texts, ids, any_moment(), any_payload()).prop_map(
        |(numbers, texts, ids, time, payload)| SimRecord {
            provider: texts.0,
            provider_guid: ids.0.map(|guid| format!("{{{guid}}}")),
            event_source: texts.3,
            event_id: numbers.0,
            qualifiers: numbers.1,
            version: numbers.2,
            level: numbers.3,
            task: numbers.4,
            opcode: numbers.5,
            keywords: numbers.6,
            time,
            record_id: 0,
            activity_id: ids.1,
            process_id: numbers.7,
            thread_id: numbers.8,
            channel: texts.1,
            computer: texts.2,
            user_sid: ids.2,
            payload,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_records_are_read_as_they_were_written(
        records in prop::collection::vec(any_record(), 0..40),
        steps in prop::collection::vec(1_u64..1000, 40),
        start in 0_u64..1 << 40,
    ) {
        let mut id = start;
        let mut records = records;
        for (record, step) in records.iter_mut().zip(steps) {
            id += step;
            record.record_id = id;
        }
        check_all(Reader::Crate, &records, &read_with_crate(&write(&records)));
    }
}

// ---------------------------------------------------------------- the samples

/// A value in a form that all readers agree on: they print GUIDs in either case,
/// hexadecimals with leading zeros or without, and times with more or fewer digits (to the minute is
/// enough here; the generated records are compared to the last tick).
fn alike_form(value: &str) -> String {
    let value = value.trim().to_lowercase().replace('t', " ");
    let bytes = value.as_bytes();
    let is_time = bytes.len() >= 19 && bytes[4] == b'-' && bytes[10] == b' ' && bytes[13] == b':';
    if is_time {
        return value[..16].to_owned();
    }
    match value.strip_prefix("0x") {
        Some(digits) => format!("0x{}", digits.trim_start_matches('0')),
        None => value,
    }
}

/// What every reader shows of a record in the same form.
fn plain_part(seen: &Seen) -> (Vec<Option<&String>>, Option<&String>, Vec<String>) {
    let system = [
        "Provider/@Name",
        "EventID",
        "EventRecordID",
        "Channel",
        "Computer",
    ];
    let fields = seen
        .fields
        .iter()
        .map(|(name, value)| format!("{name:?}={}", alike_form(value)))
        .collect();
    (
        system.iter().map(|key| seen.system.get(*key)).collect(),
        seen.root.as_ref(),
        fields,
    )
}

fn alike(file: &str, ours: &[Seen], theirs: &[Seen]) {
    assert_eq!(ours.len(), theirs.len(), "{file}");
    for (a, b) in ours.iter().zip(theirs) {
        assert_eq!(plain_part(a), plain_part(b), "{file}");
    }
}

/// Every event log of every committed bundle, by three readers.
#[test]
fn the_samples_are_read_alike_by_all_readers() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let (mut logs, mut records) = (0, 0);
    for entry in fs::read_dir(samples).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = name
            .strip_suffix(".yaml")
            .filter(|n| !n.ends_with(".notes"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).unwrap();
        let bundle =
            vmtrail::simulate::simulate(&vmtrail::simulate::load_scenario(&text, name).unwrap())
                .unwrap();
        let directory = tempfile::tempdir().unwrap();
        for (at, (file, bytes, _)) in bundle.files.iter().enumerate() {
            if !bytes.starts_with(b"ElfFile") {
                continue;
            }
            let path = directory.path().join(format!("{at}.evtx"));
            fs::write(&path, bytes).unwrap();
            let ours = read_with_crate(bytes);
            logs += 1;
            records += ours.len();
            match read_with_libevtx(&path) {
                Some(seen) => alike(file, &ours, &seen),
                None => eprintln!("skipped: evtxexport is not installed"),
            }
            // Python is slow; the two healthy days hold every shape that there is.
            if name.starts_with("healthy") {
                match read_with_python(&path) {
                    Some((_, seen)) => alike(file, &ours, &seen),
                    None => eprintln!("skipped: python-evtx is not installed"),
                }
            }
        }
    }
    assert!(
        logs > 200 && records > 30_000,
        "{logs} logs, {records} records"
    );
}
