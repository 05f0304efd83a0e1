//! Binary event logs, one 64 KiB chunk at a time. The only file naming the crate
//! `evtx`: the shape of what that crate renders must not leave it.
//!
//! Chunks stand alone, so whoever reads a file may hand its chunks to any thread.
//! The crate's own threads are not used: inside a rayon job they can wait for the
//! pool that runs them, forever.

use std::cell::RefCell;
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, ParserSettings};

use super::raw::RecordSink;
use super::rendered::EventXml;
use crate::model::diagnostic::DiagnosticCode;
use crate::model::source::Locator;

/// Bytes of a file header block.
pub const HEADER_SIZE: usize = 4096;
/// Bytes of a chunk.
pub const CHUNK_SIZE: usize = 65536;

const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8] = b"\x2a\x2a\0\0";
/// First byte behind a chunk's header and tables.
const FIRST_RECORD: usize = 512;

/// Looks at the first [`HEADER_SIZE`] bytes of a file and tells the sink what is
/// wrong with them. Chunks are read whatever the header says.
pub fn check_file_header(block: &[u8], sink: &mut dyn RecordSink) {
    let mut say = |code, message: String| sink.trouble(code, Locator::Whole, false, message);
    let word = |at: usize| {
        block
            .get(at..at + 4)
            .and_then(|b| b.try_into().ok())
            .map(u32::from_le_bytes)
    };
    if !block.starts_with(FILE_MAGIC) {
        let found = block.get(..8).unwrap_or(block);
        say(
            DiagnosticCode::EvtxHeader,
            format!(
                "file header: expected \"ElfFile\", found {found:02x?}; chunks are read all the same"
            ),
        );
        return;
    }
    let (Some(stored), Some(flags)) = (word(124), word(120)) else {
        say(
            DiagnosticCode::Truncated,
            format!("the file ends in its header, after {} bytes", block.len()),
        );
        return;
    };
    let computed = evtx::checksum_ieee(&block[..120]);
    if stored != computed {
        say(
            DiagnosticCode::EvtxHeader,
            format!(
                "file header: checksum is {stored:#010x}, expected {computed:#010x}; chunks are read all the same"
            ),
        );
    }
    if flags & 1 != 0 {
        say(
            DiagnosticCode::Dirty,
            "the log was not closed when it was copied; its header may be older than its chunks"
                .to_owned(),
        );
    }
}

/// Reads chunks of one file; keeps buffers between them.
pub struct ChunkReader {
    settings: Arc<ParserSettings>,
    xml: EventXml,
}

impl Default for ChunkReader {
    fn default() -> Self {
        ChunkReader {
            settings: Arc::new(ParserSettings::new().num_threads(1).indent(false)),
            xml: EventXml::default(),
        }
    }
}

impl ChunkReader {
    /// Reads one chunk: `bytes` as they stand in the file (shorter only at its
    /// end), `number` counted from 0. Every record that can be read goes to the
    /// sink; what cannot is told with chunk, offset and record ids.
    pub fn read(&mut self, mut bytes: Vec<u8>, number: u64, sink: &mut dyn RecordSink) {
        let place = format!(
            "chunk {number} at offset {:#x}",
            HEADER_SIZE as u64 + number * CHUNK_SIZE as u64
        );
        if bytes.iter().all(|b| *b == 0) {
            // Space that the log has reserved and not used yet.
            return;
        }
        if bytes.len() < CHUNK_SIZE {
            let message = format!(
                "{place}: the file ends after {} of {CHUNK_SIZE} bytes; the records before that are read",
                bytes.len()
            );
            sink.trouble(DiagnosticCode::Truncated, Locator::Whole, false, message);
            bytes.resize(CHUNK_SIZE, 0);
        }
        if !bytes.starts_with(CHUNK_MAGIC) {
            let found = format!("{:02x?}", &bytes[..8]);
            if bytes.get(FIRST_RECORD..FIRST_RECORD + 4) != Some(RECORD_MAGIC) {
                let message = format!(
                    "{place}: expected \"ElfChnk\", found {found}, and no record behind it; the chunk is lost"
                );
                sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, true, message);
                return;
            }
            let message = format!(
                "{place}: expected \"ElfChnk\", found {found}; its records are read all the same"
            );
            sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, false, message);
            bytes[..8].copy_from_slice(CHUNK_MAGIC);
        }
        let mut data = match EvtxChunkData::new(bytes, false) {
            Ok(data) => data,
            Err(error) => {
                let message = format!("{place}: {}; the chunk is lost", chain(&error));
                sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, true, message);
                return;
            }
        };
        if !data.validate_checksum() {
            let message =
                format!("{place}: a checksum does not match; its records are read all the same");
            sink.trouble(DiagnosticCode::Dirty, Locator::Whole, false, message);
        }
        let ids = (
            data.header.first_event_record_id,
            data.header.last_event_record_id,
        );
        let lost = self.records(&mut data, &place, sink);
        if lost > 0 {
            let message = format!(
                "{place}, which holds record ids {} to {}: {lost} could not be read",
                ids.0, ids.1
            );
            sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, false, message);
        }
    }

    /// Returns how many records were lost.
    fn records(&mut self, data: &mut EvtxChunkData, place: &str, sink: &mut dyn RecordSink) -> u64 {
        let mut chunk = match data.parse(self.settings.clone()) {
            Ok(chunk) => chunk,
            Err(error) => {
                let message = format!("{place}: {}; the chunk is lost", chain(&error));
                sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, true, message);
                return 0;
            }
        };
        let mut lost = 0;
        let sink = RefCell::new(sink);
        for record in chunk.iter() {
            let rendered = record.and_then(|record| {
                let id = record.event_record_id;
                record.into_xml_bytes().map(|r| (id, r.data))
            });
            let (at, message) = match rendered {
                Ok((id, xml)) => match self.xml.parse_wanted(
                    &xml,
                    |provider, event_id| sink.borrow().wants(provider, event_id),
                    |event| sink.borrow_mut().event(event),
                ) {
                    Ok(()) => continue,
                    Err(why) => (Locator::Record(id), format!("{place}: record {id}: {why}")),
                },
                Err(error) => {
                    let at = record_id(&error).map_or(Locator::Whole, Locator::Record);
                    (at, format!("{place}: {}", chain(&error)))
                }
            };
            lost += 1;
            sink.borrow_mut()
                .trouble(DiagnosticCode::EvtxRecord, at, true, message);
        }
        lost
    }
}

/// The record that an error is about, where it says.
fn record_id(error: &EvtxError) -> Option<u64> {
    match error {
        EvtxError::FailedToParseRecord { record_id, .. } => Some(*record_id),
        _ => None,
    }
}

/// An error with its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some errors repeat their cause in their own text.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
