//! Binary event logs, one 64 KiB chunk at a time, and their messages. The only place
//! naming the crate `evtx`: the shape of what that crate renders must not leave it.
//!
//! ```text
//! chunk ─► walk: record frames ─┬─► template: which value stands where ─► value: text ─► sink
//!                               └─► odd or damaged: the crate renders XML, `rendered` reads it
//! ```
//!
//! Both paths give the same text for every value; a record that the walk does not
//! fully understand goes the slow way, alone.
//!
//! Chunks stand alone, so whoever reads a file may hand its chunks to any thread.
//! The crate's own threads are not used: inside a rayon job they can wait for the
//! pool that runs them, forever.

use std::cell::RefCell;
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, EvtxRecord, ParserSettings};

use self::walk::{Frames, Next, Walker};
use super::raw::{RawEvent, RecordSink};
use super::rendered::EventXml;
use crate::model::diagnostic::DiagnosticCode;
use crate::model::source::Locator;
use crate::model::time::Window;

mod fold;
mod head;
pub mod mta;
mod template;
mod value;
mod walk;

/// Bytes of a file header block.
pub const HEADER_SIZE: usize = 4096;
/// Bytes of a chunk.
pub const CHUNK_SIZE: usize = 65536;

const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8] = b"\x2a\x2a\0\0";
/// Header and size copy of a record without content.
const SMALLEST_RECORD: usize = 28;
/// Where a chunk's flags are, and the one that says that it has no checksums.
const CHUNK_FLAGS: usize = 120;
const NO_CHECKSUM: u32 = 4;
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

/// What a file header says of the chunks behind it. A log that was copied while it was
/// written to may have more; it never has less, unless something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// How many chunks are in use.
    pub chunks: u64,
    /// The number that the next record will get. Exports count anew, so it is not the
    /// id that a record states.
    pub next_record: u64,
}

impl FileHeader {
    /// From the first [`HEADER_SIZE`] bytes of a file; `None` when they are damaged or cut.
    #[must_use]
    pub fn read(block: &[u8]) -> Option<Self> {
        let sound = block.starts_with(FILE_MAGIC)
            && template::u32_at(block, 124)? == evtx::checksum_ieee(block.get(..120)?);
        let chunks = block.get(42..44)?.try_into().ok().map(u16::from_le_bytes)?;
        sound.then_some(FileHeader {
            chunks: chunks.into(),
            next_record: template::u64_at(block, 24)?,
        })
    }
}

/// The number of a chunk's last record, as its header says; `None` when it has no sound
/// header.
#[must_use]
pub fn last_record_of(chunk: &[u8]) -> Option<u64> {
    let last = chunk
        .starts_with(CHUNK_MAGIC)
        .then(|| template::u64_at(chunk, 32))
        .flatten()?;
    (last != u64::MAX).then_some(last)
}

/// Reads chunks of one file; keeps buffers between them.
pub struct ChunkReader {
    settings: Arc<ParserSettings>,
    xml: EventXml,
    /// `None`: every record goes the slow way.
    walker: Option<Walker>,
    slow_records: u64,
    window: Option<Window>,
}

impl Default for ChunkReader {
    fn default() -> Self {
        ChunkReader {
            walker: Some(Walker::default()),
            ..Self::by_crate()
        }
    }
}

impl ChunkReader {
    /// A reader that renders every record through the crate: what the other is
    /// compared with.
    #[must_use]
    pub fn by_crate() -> Self {
        ChunkReader {
            settings: Arc::new(ParserSettings::new().num_threads(1).indent(false)),
            xml: EventXml::default(),
            walker: None,
            slow_records: 0,
            window: None,
        }
    }

    /// A reader that may skip chunks without a record in a window: to a sink that folds,
    /// their records are told as such that nobody wants, and not by provider and id. What
    /// is wrong with such a chunk is not looked for.
    #[must_use]
    pub fn only(self, window: Option<Window>) -> Self {
        ChunkReader { window, ..self }
    }

    /// How many records went the slow way so far, lost ones included.
    #[must_use]
    pub fn slow_records(&self) -> u64 {
        self.slow_records
    }

    /// Reads one chunk: `bytes` as they stand in the file (shorter only at its
    /// end), `number` counted from 0. Every record that can be read goes to the
    /// sink; what cannot is told with chunk, offset and record ids. The bytes are
    /// used up; the buffer is left to be filled again.
    ///
    /// A sink that folds hears of records that it does not want at the
    /// [end](ChunkReader::finish) at the latest; chunks before that must go to the same
    /// sink.
    pub fn read(&mut self, bytes: &mut Vec<u8>, number: u64, sink: &mut dyn RecordSink) {
        let place = Chunk(number);
        if bytes.iter().all(|b| *b == 0) {
            // Space that the log has reserved and not used yet.
            return;
        }
        if let (Some(window), Some(walker)) = (&self.window, &mut self.walker)
            && sink.folds()
            && bytes.len() == CHUNK_SIZE
            && bytes.starts_with(CHUNK_MAGIC)
            && walker.skip(bytes, window, sink)
        {
            return;
        }
        let len = bytes.len();
        if len < CHUNK_SIZE {
            let message = format!(
                "{place}: the file ends after {len} of {CHUNK_SIZE} bytes; the whole records before that are read, what comes behind them is lost"
            );
            sink.trouble(DiagnosticCode::Truncated, Locator::Whole, false, message);
            bytes.resize(CHUNK_SIZE, 0);
        }
        if !bytes.starts_with(CHUNK_MAGIC) {
            let found = format!("{:02x?}", &bytes[..8]);
            if !holds_records(bytes) {
                let message = format!(
                    "{place}: expected \"ElfChnk\", found {found}, and no record behind it; the chunk is lost"
                );
                sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, true, message);
                return;
            }
            let message = format!(
                "{place}: expected \"ElfChnk\", found {found}; the records behind it are read all the same"
            );
            sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, false, message);
            write_open_header(bytes);
        }
        if len < CHUNK_SIZE {
            end_at(bytes, len);
        }
        // The buffer is lent to the crate's type and taken back, to be filled again.
        let mut data = match EvtxChunkData::new(std::mem::take(bytes), false) {
            Ok(data) => data,
            Err(error) => {
                let message = format!("{place}: {}; the chunk is lost", chain(&error));
                sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, true, message);
                return;
            }
        };
        let sound = data.validate_checksum();
        if !sound {
            let message =
                format!("{place}: a checksum does not match; its records are read all the same");
            sink.trouble(DiagnosticCode::Dirty, Locator::Whole, false, message);
        }
        let flags = template::u32_at(&data.data, CHUNK_FLAGS);
        let intact = sound && flags.is_some_and(|flags| flags & NO_CHECKSUM == 0);
        let losses = self.records(&mut data, intact, place, sink);
        report(&losses, place, sink);
        *bytes = data.data;
    }

    /// Tells a sink that folds of the records that it was not told of yet.
    pub fn finish(&mut self, sink: &mut dyn RecordSink) {
        if let Some(walker) = &mut self.walker {
            walker.finish(sink);
        }
    }

    /// Hands over what can be read; returns what cannot: its id, where known, and why.
    /// `intact`: the checksums say that nothing changed since the log was written.
    fn records(
        &mut self,
        data: &mut EvtxChunkData,
        intact: bool,
        place: Chunk,
        sink: &mut dyn RecordSink,
    ) -> Losses {
        let Some(mut walker) = self.walker.take() else {
            return self.slow_way(data, None, 0, place, sink);
        };
        walker.begin(intact && sink.folds());
        let mut read = 0;
        let mut losses = Vec::new();
        let sound = |_: &Frames| intact || walk::names_are_sound(&data.data);
        let frames = Frames::new(&data.data).filter(sound);
        match frames {
            None => losses = self.slow_way(data, None, 0, place, sink),
            Some(mut frames) => {
                // Nearly every chunk ends in this loop.
                loop {
                    match frames.next(&data.data) {
                        Next::End => break,
                        Next::Record(frame) if walker.read(&data.data, &frame, sink) => read += 1,
                        Next::Record(_) => {
                            let fast = Some((&mut walker, &mut frames));
                            losses = self.slow_way(data, fast, read, place, sink);
                            break;
                        }
                        Next::Broken => {
                            losses = self.slow_way(data, None, read, place, sink);
                            break;
                        }
                    }
                }
            }
        }
        self.walker = Some(walker);
        losses
    }

    /// The record behind the first `read` ones by the crate, which walks the same
    /// frames. With a walker, the records behind that are tried by it first;
    /// without one, all of them are the crate's.
    fn slow_way(
        &mut self,
        data: &mut EvtxChunkData,
        mut fast: Option<(&mut Walker, &mut Frames)>,
        read: usize,
        place: Chunk,
        sink: &mut dyn RecordSink,
    ) -> Losses {
        let mut chunk = match data.parse(self.settings.clone()) {
            Ok(chunk) => chunk,
            Err(error) => {
                let message = format!("{place}: {}; the chunk is lost", chain(&error));
                sink.trouble(DiagnosticCode::EvtxChunk, Locator::Whole, true, message);
                return Vec::new();
            }
        };
        let bytes = chunk.data;
        let mut records = chunk.iter();
        let mut losses = Vec::new();
        // Records that were read, and that the crate has still to step over.
        let mut behind = read;
        loop {
            let Some(record) = records.nth(behind) else {
                return losses;
            };
            behind = 0;
            self.slow_records += 1;
            self.by_xml(record, &mut losses, sink);
            while let Some((walker, frames)) = &mut fast {
                match frames.next(bytes) {
                    Next::End => return losses,
                    Next::Record(frame) if walker.read(bytes, &frame, sink) => behind += 1,
                    Next::Record(_) => break,
                    Next::Broken => fast = None,
                }
            }
        }
    }

    /// One record over its XML.
    fn by_xml(
        &mut self,
        record: Result<EvtxRecord<'_>, EvtxError>,
        losses: &mut Losses,
        sink: &mut dyn RecordSink,
    ) {
        let rendered = record.and_then(|record| {
            let id = record.event_record_id;
            record.into_xml_bytes().map(|r| (id, r.data))
        });
        match rendered {
            Ok((id, xml)) => {
                let sink = RefCell::new(sink);
                let read = self.xml.parse_wanted(
                    &xml,
                    |provider, event_id| sink.borrow().wants(provider, event_id),
                    |event| {
                        // Forwarded records bring messages; those of a log are `mta`'s.
                        sink.borrow_mut().event(&RawEvent {
                            number: id,
                            message: "",
                            ..event.clone()
                        });
                    },
                );
                if let Err(why) = read {
                    losses.push((Some(id), why));
                }
            }
            Err(error) => losses.push((record_id(&error), chain(&error))),
        }
    }
}

/// The number of a chunk, shown with its place in the file.
#[derive(Clone, Copy)]
struct Chunk(u64);

impl std::fmt::Display for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let offset = HEADER_SIZE as u64 + self.0 * CHUNK_SIZE as u64;
        write!(f, "chunk {} at offset {offset:#x}", self.0)
    }
}

/// Records that could not be read: their ids, where known, and why.
type Losses = Vec<(Option<u64>, String)>;

/// Tells of the records that a chunk lost: once for each, in the same words, so
/// that they stand as one entry with their count.
fn report(losses: &[(Option<u64>, String)], place: Chunk, sink: &mut dyn RecordSink) {
    let Some((_, why)) = losses.first() else {
        return;
    };
    let ids: Vec<u64> = losses.iter().filter_map(|(id, _)| *id).collect();
    let named = match ranges(&ids) {
        none if none.is_empty() => "whose ids are lost as well".to_owned(),
        some => format!("among them ids {some}"),
    };
    let message = format!(
        "{place}: {} could not be read, {named}; the first because: {why}",
        match losses.len() {
            1 => "1 record".to_owned(),
            n => format!("{n} records"),
        }
    );
    for (id, _) in losses {
        let at = id.map_or(Locator::Whole, Locator::Record);
        sink.trouble(DiagnosticCode::EvtxRecord, at, true, message.clone());
    }
}

/// Numbers in order as ranges: `7, 9-12`.
#[must_use]
pub fn ranges(ids: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for id in ids {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == *id => *end = *id,
            _ => runs.push((*id, *id)),
        }
    }
    let texts: Vec<String> = runs
        .iter()
        .map(|(a, b)| {
            if a == b {
                a.to_string()
            } else {
                format!("{a}-{b}")
            }
        })
        .collect();
    texts.join(", ")
}

/// Whether a whole record stands anywhere in a chunk: its magic, a size that fits,
/// and the copy of the size at its end.
fn holds_records(chunk: &[u8]) -> bool {
    let size_at = |at: usize| {
        let bytes = chunk.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    memchr::memmem::find_iter(chunk, RECORD_MAGIC).any(|at| {
        size_at(at + 4).is_some_and(|size| {
            (SMALLEST_RECORD..=CHUNK_SIZE - at).contains(&size)
                && size_at(at + size - 4) == Some(size)
        })
    })
}

/// Puts a header in place of a damaged one that lets every record behind it be
/// found: all ids, all the space, and no tables, which only save time.
fn write_open_header(chunk: &mut [u8]) {
    let mut put = |at: usize, value: &[u8]| chunk[at..at + value.len()].copy_from_slice(value);
    put(0, &[0; FIRST_RECORD]);
    put(0, CHUNK_MAGIC);
    put(16, &u64::MAX.to_le_bytes()); // last record number
    put(32, &u64::MAX.to_le_bytes()); // last record id
    put(40, &128u32.to_le_bytes()); // header size
    put(44, &(CHUNK_SIZE as u32 - 1).to_le_bytes()); // last record's offset
    put(48, &(CHUNK_SIZE as u32).to_le_bytes()); // free space
    put(CHUNK_FLAGS, &NO_CHECKSUM.to_le_bytes());
}

/// Lets the records of a chunk that was cut after `len` bytes end with the last whole one:
/// behind that stand zeros, which would be read as values.
fn end_at(chunk: &mut [u8], len: usize) {
    let mut at = FIRST_RECORD;
    while chunk.get(at..).is_some_and(|c| c.starts_with(RECORD_MAGIC)) {
        let size = template::u32_at(chunk, at + 4).and_then(|size| usize::try_from(size).ok());
        match size.and_then(|size| at.checked_add(size.max(SMALLEST_RECORD))) {
            Some(next) if next <= len => at = next,
            _ => break,
        }
    }
    let stated = template::u32_at(chunk, 48).unwrap_or_default();
    let end = u32::try_from(at).map_or(stated, |at| at.min(stated));
    chunk[48..52].copy_from_slice(&end.to_le_bytes());
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
