//! The walk over binary records and the crate's XML give the same records, value
//! by value: over real logs, all samples, and logs with flipped bytes.

mod common;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use vmtrail::model::diagnostic::DiagnosticCode;
use vmtrail::model::inventory::VmSnapshot;
use vmtrail::model::source::Locator;
use vmtrail::model::time::Moment;
use vmtrail::readers::evtx::{CHUNK_SIZE, ChunkReader, HEADER_SIZE};
use vmtrail::readers::raw::{RawEvent, RawLine, RawRun, RecordSink};
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};
use vmtrail::simulate::record::{SimPayload, SimRecord, SimValue};

/// Everything that a reader said, as text.
struct Said {
    wants: fn(&str, u32) -> bool,
    records: Vec<String>,
    troubles: Vec<String>,
}

impl Said {
    fn new(wants: fn(&str, u32) -> bool) -> Self {
        Said {
            wants,
            records: Vec::new(),
            troubles: Vec::new(),
        }
    }
}

impl RecordSink for Said {
    fn wants(&self, provider: &str, event_id: u32) -> bool {
        (self.wants)(provider, event_id)
    }
    fn event(&mut self, event: &RawEvent<'_>) {
        self.records.push(format!("{event:?}"));
    }
    fn line(&mut self, _: &RawLine<'_>) {
        panic!("no line stands in an event log");
    }
    fn snapshot(&mut self, _: VmSnapshot) {
        panic!("no snapshot stands in an event log");
    }
    fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, message: String) {
        self.troubles
            .push(format!("{code:?} {at:?} {lost} {message}"));
    }
}

fn read(file: &[u8], mut reader: ChunkReader, wants: fn(&str, u32) -> bool) -> (Said, u64) {
    let mut said = Said::new(wants);
    let chunks = file.get(HEADER_SIZE..).unwrap_or(&[]).chunks(CHUNK_SIZE);
    for (number, chunk) in chunks.enumerate() {
        reader.read(&mut chunk.to_vec(), number as u64, &mut said);
    }
    let slow = reader.slow_records();
    (said, slow)
}

/// What is left of records that nobody wants: how many there were of each provider and
/// id, and where and when they were written.
#[derive(Debug, Default, PartialEq)]
struct Rest {
    counts: BTreeMap<(String, u32), u64>,
    /// Channel, computer and id.
    ids: Vec<(String, String, u64)>,
    span: Option<(Moment, Moment)>,
    /// Whole records: those that are wanted, and those without a time or an id.
    records: Vec<String>,
}

impl Rest {
    fn seen(&mut self, from: Moment, to: Moment) {
        self.span = Some(match self.span {
            Some((a, b)) => (a.min(from), b.max(to)),
            None => (from, to),
        });
    }
}

/// Only even ids are wanted, and of those that a five divides only such that speak of
/// the service.
fn is_wanted(event_id: u32) -> bool {
    event_id.is_multiple_of(2)
}
fn mark_of(event_id: u32) -> Option<&'static str> {
    event_id.is_multiple_of(5).then_some("clussvc")
}

impl RecordSink for Rest {
    fn wants(&self, _: &str, event_id: u32) -> bool {
        is_wanted(event_id)
    }
    fn folds(&self) -> bool {
        true
    }
    fn marks(&self, _: &str, event_id: u32) -> Vec<Arc<str>> {
        mark_of(event_id).into_iter().map(Arc::from).collect()
    }
    fn run(&mut self, run: &RawRun<'_>) {
        let ids = run.first.0..=run.last.0;
        assert_eq!(run.count(), ids.clone().count() as u64);
        assert!(run.span.0 <= run.first.1.min(run.last.1));
        assert!(run.span.1 >= run.first.1.max(run.last.1));
        let (channel, computer) = (run.channel, run.computer);
        self.ids
            .extend(ids.map(|id| (channel.to_owned(), computer.to_owned(), id)));
        self.seen(run.span.0, run.span.1);
    }
    fn unwanted(&mut self, provider: &str, event_id: u32, count: u64) {
        let key = (provider.to_owned(), event_id);
        *self.counts.entry(key).or_default() += count;
    }
    fn event(&mut self, event: &RawEvent<'_>) {
        let said = |mark: &str| {
            let mut values = event.fields.iter().map(|f| f.value);
            // As the service control manager has it: in hex too.
            let hex: String = mark
                .encode_utf16()
                .map(|u| format!("{:04X}", u.swap_bytes()))
                .collect();
            values.any(|v| v.to_lowercase().contains(mark) || v.contains(&hex))
        };
        let wanted = is_wanted(event.event_id) && mark_of(event.event_id).is_none_or(said);
        match (event.time, event.record_id) {
            (Some(time), Some(id)) if !wanted => {
                self.seen(time, time);
                self.ids
                    .push((event.channel.into(), event.computer.into(), id));
                self.unwanted(event.provider, event.event_id, 1);
            }
            _ => self.records.push(format!("{event:?}")),
        }
    }
    fn line(&mut self, _: &RawLine<'_>) {
        panic!("no line stands in an event log");
    }
    fn snapshot(&mut self, _: VmSnapshot) {
        panic!("no snapshot stands in an event log");
    }
    fn trouble(&mut self, _: DiagnosticCode, _: Locator, _: bool, _: String) {}
}

fn rest(file: &[u8], mut reader: ChunkReader) -> Rest {
    let mut rest = Rest::default();
    let chunks = file.get(HEADER_SIZE..).unwrap_or(&[]).chunks(CHUNK_SIZE);
    for (number, chunk) in chunks.enumerate() {
        reader.read(&mut chunk.to_vec(), number as u64, &mut rest);
    }
    reader.finish(&mut rest);
    rest.ids.sort();
    rest
}

/// How many records a comparison saw.
#[derive(Debug, Default)]
struct Tally {
    records: u64,
    slow: u64,
}

/// Reads a file both ways and lists where they differ.
fn compare(name: &str, file: &[u8], tally: &mut Tally, differences: &mut Vec<String>) {
    let (fast, slow) = read(file, ChunkReader::default(), |_, _| true);
    let (naive, _) = read(file, ChunkReader::by_crate(), |_, _| true);
    tally.records += fast.records.len() as u64;
    tally.slow += slow;
    if fast.records.len() != naive.records.len() {
        differences.push(format!(
            "{name}: {} records instead of {}",
            fast.records.len(),
            naive.records.len()
        ));
    }
    let pairs = fast.records.iter().zip(&naive.records);
    differences.extend(
        pairs
            .filter(|(fast, naive)| fast != naive)
            .map(|(fast, naive)| format!("{name}:\n  {fast}\n  {naive}")),
    );
    if fast.troubles != naive.troubles {
        differences.push(format!(
            "{name}:\n  {:?}\n  {:?}",
            fast.troubles, naive.troubles
        ));
    }
    // Records whose values nobody wants: the same, less their values.
    let (few, _) = read(file, ChunkReader::default(), |_, id| id % 2 == 0);
    let (naive, _) = read(file, ChunkReader::by_crate(), |_, id| id % 2 == 0);
    if few.records != naive.records {
        differences.push(format!("{name}: differs where not every record is wanted"));
    }
    // The same, told together.
    let (folded, naive) = (
        rest(file, ChunkReader::default()),
        rest(file, ChunkReader::by_crate()),
    );
    if folded != naive {
        differences.push(format!("{name}: differs where records are told together"));
    }
}

#[test]
fn real_logs_read_the_same_both_ways() {
    let Some(root) = common::real("evtx") else {
        return;
    };
    let (mut tally, mut differences) = (Tally::default(), Vec::new());
    for path in common::files(&root, "evtx") {
        let file = std::fs::read(&path).unwrap();
        compare(&path.to_string_lossy(), &file, &mut tally, &mut differences);
    }
    differences.truncate(20);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    eprintln!("{tally:?}");
    assert!(tally.records > 25_000, "{tally:?}");
    assert!(
        tally.slow * 20 < tally.records,
        "the fast path is the usual one: {tally:?}"
    );
}

/// Every event log in an archive, nested archives included.
fn logs_in(archive: Vec<u8>, name: &str, each: &mut impl FnMut(&str, &[u8])) {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).unwrap();
        let name = format!("{name}!{}", member.name().unwrap());
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        drop(member);
        if bytes.starts_with(b"ElfFile\0") {
            each(&name, &bytes);
        } else if bytes.starts_with(b"PK\x03\x04") {
            logs_in(bytes, &name, each);
        }
    }
}

#[test]
fn samples_read_the_same_both_ways() {
    let (mut tally, mut differences) = (Tally::default(), Vec::new());
    for path in common::files(&common::project("samples"), "zip") {
        let archive = std::fs::read(&path).unwrap();
        logs_in(archive, &path.to_string_lossy(), &mut |name, file| {
            compare(name, file, &mut tally, &mut differences);
        });
    }
    differences.truncate(20);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(tally.records > 1_000, "{tally:?}");
    assert_eq!(tally.slow, 0, "no sample needs the slow path: {tally:?}");
}

fn record(id: u64, payload: SimPayload) -> SimRecord {
    let start = Moment::parse("2024-05-14T01:00:00Z").unwrap();
    SimRecord {
        provider: "Microsoft-Windows-Hyper-V-Worker".into(),
        provider_guid: Some("{51ddfa29-d5c8-4803-be4b-2ecb715570fe}".into()),
        event_source: None,
        event_id: 18500 + (id % 5) as u16,
        qualifiers: None,
        version: Some(1),
        level: 4,
        task: 0,
        opcode: 0,
        keywords: 1 << 63,
        time: start.plus_seconds(id as f64),
        record_id: id,
        activity_id: id
            .is_multiple_of(3)
            .then(|| "{5D9E9825-1973-4B27-9AF1-BA77940A4066}".into()),
        process_id: 1,
        thread_id: 1,
        channel: "Microsoft-Windows-Hyper-V-Worker-Admin".into(),
        computer: "HV01.corp.example".into(),
        user_sid: id.is_multiple_of(2).then(|| "S-1-5-18".into()),
        payload,
    }
}

/// Values of every type, with every character that XML treats apart.
fn values() -> Vec<SimValue> {
    vec![
        SimValue::Str("a <b> & \"c\" 'd' ]]> &amp; \u{1f600} \u{7}\u{fffe} 日本".into()),
        SimValue::Str(String::new()),
        SimValue::Str(" \r\n ".into()),
        SimValue::Str("one\r\ntwo".into()),
        SimValue::U8(255),
        SimValue::U16(65535),
        SimValue::U32(u32::MAX),
        SimValue::U64(u64::MAX),
        SimValue::I32(i32::MIN),
        SimValue::F64(0.0),
        SimValue::F64(-12.5),
        SimValue::F64(0.1),
        SimValue::Bool(true),
        SimValue::Bool(false),
        SimValue::Guid("5D9E9825-1973-4B27-9AF1-BA77940A4066".into()),
        SimValue::FileTime(Moment::parse("2024-02-29T23:59:59.1234567Z").unwrap()),
        SimValue::Hex32(0),
        SimValue::Hex32(0xABCD),
        SimValue::Hex64(u64::MAX),
        SimValue::Sid("S-1-5-83-1-1-2-3-4294967295".into()),
        SimValue::Binary(vec![0, 0xab, 0xff]),
        SimValue::Binary(vec![]),
    ]
}

/// Two chunks or so of records of all shapes that the simulator writes.
fn log() -> Vec<u8> {
    let records: Vec<SimRecord> = (1..=160)
        .map(|id| {
            let payload = match id % 4 {
                0 => SimPayload::UserData {
                    root: "VmlEventLog".into(),
                    namespace: "http://www.microsoft.com/Windows/Virtualization/Events".into(),
                    values: values()
                        .into_iter()
                        .enumerate()
                        .map(|(at, value)| (format!("Parameter{at}"), value))
                        .collect(),
                },
                // Numbers that the fast path leaves to the slow one.
                1 if id % 40 == 1 => SimPayload::EventData(vec![
                    (Some("large".into()), SimValue::F64(1e300)),
                    (Some("none".into()), SimValue::F64(f64::NAN)),
                ]),
                1 => SimPayload::EventData(
                    values()
                        .into_iter()
                        .enumerate()
                        .map(|(at, value)| (Some(format!("v{at}")), value))
                        .collect(),
                ),
                2 => SimPayload::EventData(values().into_iter().map(|v| (None, v)).collect()),
                _ => SimPayload::None,
            };
            record(id, payload)
        })
        .collect();
    write_evtx(&records, &EvtxOptions::default()).unwrap()
}

#[test]
fn values_of_every_type_read_the_same_both_ways() {
    let (mut tally, mut differences) = (Tally::default(), Vec::new());
    compare("all types", &log(), &mut tally, &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(tally.records, 160);
    assert_eq!(tally.slow, 4, "only what needs an exponent is slow");
}

/// The same bytes under every other type: what fits is text, what does not is the
/// slow path's, and both ways agree on all of it.
#[test]
fn values_under_other_types_read_the_same_both_ways() {
    let log = log();
    let log = &log[..HEADER_SIZE + CHUNK_SIZE];
    let (mut tally, mut differences) = (Tally::default(), Vec::new());
    // Size and type as descriptors state them.
    let stated = [
        (1, 0x04),
        (2, 0x06),
        (3, 0x0e),
        (4, 0x14),
        (4, 0x07),
        (8, 0x0c),
        (8, 0x11),
        (16, 0x0f),
        (16, 0x01),
        (18, 0x01),
    ];
    let mut changed = 0;
    for (size, ty) in stated {
        for other in (0x00..=0x16u8).chain([0x20, 0x21, 0x23, 0x81, 0x82, 0x95]) {
            let mut file = log.to_vec();
            for at in HEADER_SIZE + 512..file.len() - 4 {
                if file[at..at + 4] == [size, 0, ty, 0] {
                    file[at + 2] = other;
                    changed += 1;
                }
            }
            let name = format!("{size} bytes of type {ty:#04x} as {other:#04x}");
            compare(&name, &file, &mut tally, &mut differences);
        }
    }
    differences.truncate(20);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(changed > 2_000, "{changed} descriptors were changed");
    assert!(
        tally.slow < tally.records,
        "the fast path saw some: {tally:?}"
    );
}

/// Flips bytes of one chunk of a file and says where both ways differ.
fn flipped(name: &str, file: &[u8], chunk: usize, flips: &[(usize, u8)]) -> Vec<String> {
    let start = HEADER_SIZE + chunk * CHUNK_SIZE;
    let Some(bytes) = file.get(start..(start + CHUNK_SIZE).min(file.len())) else {
        return Vec::new();
    };
    let mut bytes = bytes.to_vec();
    // Where nothing is written nothing can be damaged.
    let used = bytes.iter().rposition(|b| *b != 0).unwrap_or(0);
    for (place, with) in flips {
        bytes[place % (used + 1)] ^= with;
    }
    let mut file = vec![0; HEADER_SIZE];
    file.append(&mut bytes);
    let (mut tally, mut differences) = (Tally::default(), Vec::new());
    compare(name, &file, &mut tally, &mut differences);
    differences
}

fn real_files() -> Vec<(String, Vec<u8>)> {
    let Some(root) = common::real("evtx") else {
        return Vec::new();
    };
    let read = |path: &Path| {
        (
            path.to_string_lossy().into_owned(),
            std::fs::read(path).unwrap(),
        )
    };
    let files = common::files(&root, "evtx");
    files.iter().step_by(6).map(|path| read(path)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is flipped, nothing panics, all ends, and both ways agree.
    #[test]
    fn flipped_bytes_read_the_same_both_ways(
        chunk in 0usize..2,
        flips in prop::collection::vec((0usize..CHUNK_SIZE, 1u8..), 1..30),
    ) {
        static LOG: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(log);
        let differences = flipped("flipped", &LOG, chunk, &flips);
        prop_assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    /// The same over real logs, whose templates are richer.
    #[test]
    fn flipped_bytes_of_real_logs_read_the_same_both_ways(
        file in any::<prop::sample::Index>(),
        flips in prop::collection::vec((0usize..CHUNK_SIZE, 1u8..), 1..30),
    ) {
        static FILES: std::sync::LazyLock<Vec<(String, Vec<u8>)>> =
            std::sync::LazyLock::new(real_files);
        if !FILES.is_empty() {
            let (name, bytes) = file.get(&FILES);
            let differences = flipped(name, bytes, 0, &flips);
            prop_assert!(differences.is_empty(), "{}", differences.join("\n"));
        }
    }
}
