//! How fast bytes become records.

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;

use vmtrail::model::diagnostic::DiagnosticCode;
use vmtrail::model::inventory::VmSnapshot;
use vmtrail::model::source::Locator;
use vmtrail::readers::cluster_log::{self, ClusterLogOptions};
use vmtrail::readers::evtx::{CHUNK_SIZE, ChunkReader, HEADER_SIZE};
use vmtrail::readers::raw::{RawEvent, RawLine, RecordSink};
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};
use vmtrail::simulate::record::SimRecord;

fn main() {
    divan::main();
}

/// Counts, and looks at every value so that none can be left out.
#[derive(Default)]
struct Count {
    records: u64,
    bytes: usize,
    /// Says that no values are wanted.
    system_only: bool,
}

impl RecordSink for Count {
    fn wants(&self, _: &str, _: u32) -> bool {
        !self.system_only
    }
    fn event(&mut self, event: &RawEvent<'_>) {
        self.records += 1;
        self.bytes += event.fields.iter().map(|f| f.value.len()).sum::<usize>();
    }
    fn line(&mut self, line: &RawLine<'_>) {
        self.records += 1;
        self.bytes += line.text.len();
    }
    fn snapshot(&mut self, _: VmSnapshot) {}
    fn trouble(&mut self, _: DiagnosticCode, _: Locator, lost: bool, message: String) {
        assert!(!lost, "{message}");
    }
}

const RECORDS: u64 = 5_000;

fn evtx() -> Vec<u8> {
    let records: Vec<SimRecord> = (1..=RECORDS)
        .map(|id| {
            let vm = format!("vm{}", id % 40);
            let values = [
                ("Parameter0", vm.as_str()),
                ("Parameter1", "5D9E9825-1973-4B27-9AF1-BA77940A4066"),
                ("Parameter2", "0.5"),
            ];
            common::record(id, common::vml(&values))
        })
        .collect();
    write_evtx(&records, &EvtxOptions::default()).unwrap()
}

/// Reads the same log over and over; `slow`: how many records go over the crate.
fn evtx_chunks(bencher: divan::Bencher, new: fn() -> ChunkReader, slow: u64, system_only: bool) {
    let file = evtx();
    bencher
        .counter(divan::counter::BytesCount::new(file.len()))
        .bench_local(|| {
            let mut reader = new();
            let mut count = Count {
                system_only,
                ..Count::default()
            };
            for (number, chunk) in file[HEADER_SIZE..].chunks(CHUNK_SIZE).enumerate() {
                reader.read(&mut chunk.to_vec(), number as u64, &mut count);
            }
            reader.finish(&mut count);
            assert_eq!((count.records, reader.slow_records()), (RECORDS, slow));
            assert_eq!(count.bytes == 0, system_only);
            black_box(count.bytes)
        });
}

/// Every value of every record.
#[divan::bench]
fn evtx_values(bencher: divan::Bencher) {
    evtx_chunks(bencher, ChunkReader::default, 0, false);
}

/// Every record, no values.
#[divan::bench]
fn evtx_system_only(bencher: divan::Bencher) {
    evtx_chunks(bencher, ChunkReader::default, 0, true);
}

/// Every value of every record, over the crate's XML: what the two above are
/// measured against.
#[divan::bench]
fn evtx_values_by_crate(bencher: divan::Bencher) {
    evtx_chunks(bencher, ChunkReader::by_crate, RECORDS, false);
}

#[divan::bench]
fn cluster_log_lines(bencher: divan::Bencher) {
    let mut text = String::new();
    for i in 0..100_000u32 {
        let (s, ms) = (i / 1000 % 60, i % 1000);
        text.push_str(&format!(
            "00001214.{:08x}::2024/05/14-01:{:02}:{s:02}.{ms:03} INFO  [RCM] HandleMonitorReply: ONLINERESOURCE for 'Virtual Machine vm{}', gen({i}) result 0/0.\r\n",
            i % 97,
            i / 60_000,
            i % 40
        ));
    }
    bencher
        .counter(divan::counter::BytesCount::new(text.len()))
        .bench_local(|| {
            let mut count = Count::default();
            let summary = cluster_log::read(
                &mut text.as_bytes(),
                &ClusterLogOptions::default(),
                &mut count,
            )
            .unwrap();
            assert_eq!((count.records, summary.lines), (100_000, 100_000));
            black_box(count.bytes)
        });
}
