//! Messages of records into an `.MTA` file, laid out as Windows lays it out beside an
//! exported log.
//!
//! Format: `docs/mta.md` of the crate `evtx`: a header, then the sections `EVT` (one entry
//! a record), `MSG` (strings) and `PUB` (publishers), each a chain of pages of 100 records.
//! Names of levels, tasks, opcodes and keywords are left out: nothing shows them.

/// The record of one log, in the order of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MtaRecord {
    /// `Provider/@Name`.
    pub provider: String,
    /// `EventRecordID`.
    pub record_id: u64,
    /// Its message; a publisher without strings gives none.
    pub message: Option<String>,
}

const PAGE_RECORDS: usize = 100;
const PAGE_SIZE: usize = 888;
/// What Windows lists besides the publishers of the records.
const DEFAULT_PUBLISHER: &str = "DEFAULT_PUBLISHER";

/// The file.
#[must_use]
pub fn write_mta(records: &[MtaRecord]) -> Vec<u8> {
    // The first string is the empty one, for records without a message.
    let mut strings: Vec<&str> = vec![""];
    let mut events = Vec::new();
    let mut publishers: Vec<&str> = vec![DEFAULT_PUBLISHER];
    for record in records {
        let index = match &record.message {
            Some(message) => {
                strings.push(message);
                strings.len() as u64 - 1
            }
            None => 0,
        };
        let mut entry = record.record_id.to_le_bytes().to_vec();
        entry.extend_from_slice(&index.to_le_bytes());
        events.push(entry);
        if !publishers.contains(&record.provider.as_str()) {
            publishers.push(&record.provider);
        }
    }
    let strings = strings.into_iter().map(|text| match text {
        "" => 0u32.to_le_bytes().to_vec(),
        text => sized(&utf16(text, true)),
    });
    // Four empty tables, then the name.
    let publishers = publishers.into_iter().map(|name| {
        let mut entry = vec![0; 16];
        entry.extend_from_slice(&sized(&utf16(name, false)));
        entry
    });
    let sections = [
        ("EVT", section(&events)),
        ("MSG", section(&strings.collect::<Vec<_>>())),
        ("PUB", section(&publishers.collect::<Vec<_>>())),
    ];

    let table: usize = sections.iter().map(|(name, _)| 20 + name.len() * 2).sum();
    let mut out = b"MTAFile\0".to_vec();
    for word in [1, 1, table as u32, sections.len() as u32] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    let mut start = out.len() + table;
    for (name, data) in &sections {
        out.extend_from_slice(&(start as u64).to_le_bytes());
        out.extend_from_slice(&(data.len() as u64).to_le_bytes());
        out.extend_from_slice(&sized(&utf16(name, false)));
        start += data.len();
    }
    for (_, data) in sections {
        out.extend_from_slice(&data);
    }
    out
}

fn utf16(text: &str, terminated: bool) -> Vec<u8> {
    let end = terminated.then_some(0);
    text.encode_utf16()
        .chain(end)
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}

/// Pages with their records behind them; offsets count from the section's start.
fn section(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    if entries.is_empty() {
        return page(0, &[], 0, 0);
    }
    let mut index = 0u32;
    let pages = entries.chunks(PAGE_RECORDS);
    let last = pages.len() - 1;
    for (number, records) in pages.enumerate() {
        let own = out.len();
        let mut at = own + PAGE_SIZE;
        let mut offsets = Vec::new();
        let mut data = Vec::new();
        let first = index;
        for record in records {
            offsets.push(at as u64);
            data.extend_from_slice(&index.to_le_bytes());
            data.extend_from_slice(&sized(record));
            at = own + PAGE_SIZE + data.len();
            index += 1;
        }
        let next = if number == last { own } else { at };
        let mut head = page(number as u64, &offsets, own as u64, next as u64);
        let highest = first + records.len() as u32 - 1;
        for copy in 0..14 {
            head[4 + copy * 4..8 + copy * 4].copy_from_slice(&highest.to_le_bytes());
        }
        out.extend_from_slice(&head);
        out.extend_from_slice(&data);
    }
    out
}

fn page(number: u64, offsets: &[u64], own: u64, next: u64) -> Vec<u8> {
    let mut out = vec![0; PAGE_SIZE];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    if !offsets.is_empty() {
        put(0, &u32::MAX.to_le_bytes());
    }
    put(60, &u32::MAX.to_le_bytes());
    put(64, &number.to_le_bytes());
    put(72, &next.to_le_bytes());
    put(80, &own.to_le_bytes());
    for (slot, offset) in offsets.iter().enumerate() {
        put(88 + slot * 8, &offset.to_le_bytes());
    }
    out
}
