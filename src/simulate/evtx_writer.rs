//! Records into a binary EVTX file, laid out as Windows lays it out.
//!
//! A file is a header block of 4096 bytes and chunks of 64 KiB. A chunk stands
//! alone: its names, templates and offsets never point outside it. This file
//! joins chunks into a file; `chunk` fills one, `layout` says which elements
//! a record has, `binxml` encodes them and `value` the values in them. It
//! does not read EVTX, and knows no event by its meaning.
//!
//! The format is described in the documentation of libyal's libevtx and, for
//! binary XML, in MS-EVEN6. Templates, hash chains and the order of values are
//! those in the bytes of real logs.

mod binxml;
mod chunk;
mod layout;
mod tree;
mod value;

use thiserror::Error;

use super::record::SimRecord;
use chunk::{CHUNK_ROOM, ChunkWriter};
use value::{Unwritable, crc32};

/// The size of the header block, of which 128 bytes are used.
const HEADER_BLOCK_SIZE: u16 = 4096;
/// Flag of a file that was not closed.
const FLAG_DIRTY: u32 = 1;

/// How a log file was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvtxOptions {
    /// Whether the file says that it was still open, as a copy of a live log
    /// does. Counters and checksums agree with the records all the same.
    pub dirty: bool,
}

/// What the format cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvtxWriteError {
    /// A record, with its templates, does not fit in one chunk.
    #[error("record {record_id}: needs {size} bytes, but a chunk has room for {room}")]
    TooLarge {
        /// The record.
        record_id: u64,
        /// Bytes that the record needs, or that its largest value needs.
        size: usize,
        /// Bytes that there are.
        room: usize,
    },
    /// Record ids do not rise, as those of a log do.
    #[error("record {record_id}: follows record {previous}; record ids must rise")]
    Order {
        /// The record.
        record_id: u64,
        /// The record before it.
        previous: u64,
    },
    /// A text that is not of its type.
    #[error("record {record_id}: {field}: expected {expected}, found {found:?}")]
    Text {
        /// The record.
        record_id: u64,
        /// Element or attribute that holds it.
        field: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// More chunks than a file header can count.
    #[error("record {record_id}: lies in chunk {chunks}, but a file holds at most 65535 chunks")]
    TooManyChunks {
        /// The first record that has no place.
        record_id: u64,
        /// Chunks needed up to it.
        chunks: usize,
    },
}

impl EvtxWriteError {
    fn of(record_id: u64, reason: Unwritable) -> Self {
        match reason {
            Unwritable::TooLarge { size } => EvtxWriteError::TooLarge {
                record_id,
                size,
                room: CHUNK_ROOM,
            },
            Unwritable::Text {
                field,
                expected,
                found,
            } => EvtxWriteError::Text {
                record_id,
                field,
                expected,
                found,
            },
        }
    }
}

/// Writes `records` as one EVTX file. No records give a file with one empty
/// chunk (69,632 bytes), as a log without events has.
///
/// The bytes depend on the arguments alone.
///
/// # Errors
///
/// [`EvtxWriteError`] names the first record that the format cannot hold: one
/// larger than a chunk, ids that do not rise, a text that is no GUID, SID or
/// XML name, or that holds a NUL; an empty provider, event source or `Data` name.
pub fn write_evtx(records: &[SimRecord], options: &EvtxOptions) -> Result<Vec<u8>, EvtxWriteError> {
    let mut file = vec![0; usize::from(HEADER_BLOCK_SIZE)];
    let mut chunks: u16 = 0;
    let mut close = |chunk: ChunkWriter, before: u64| {
        chunks = chunks.checked_add(1).ok_or(EvtxWriteError::TooManyChunks {
            record_id: before,
            chunks: usize::from(u16::MAX) + 1,
        })?;
        file.extend(chunk.seal());
        Ok(chunks)
    };

    let mut chunk = ChunkWriter::new(records.first().map_or(1, |first| first.record_id));
    let mut previous = None;
    for record in records {
        let id = record.record_id;
        if let Some(previous) = previous.filter(|previous| *previous >= id) {
            return Err(EvtxWriteError::Order {
                record_id: id,
                previous,
            });
        }
        previous = Some(id);
        let layout = layout::of(record).map_err(|reason| EvtxWriteError::of(id, reason))?;
        let fits = match chunk.append(&layout) {
            // Only a chunk that already holds records can be the one at fault.
            Err(Unwritable::TooLarge { .. }) if !chunk.is_empty() => false,
            outcome => outcome
                .map(|()| true)
                .map_err(|e| EvtxWriteError::of(id, e))?,
        };
        if !fits {
            let full = std::mem::replace(&mut chunk, ChunkWriter::new(0));
            chunk = ChunkWriter::new(full.next_number());
            close(full, id)?;
            chunk
                .append(&layout)
                .map_err(|reason| EvtxWriteError::of(id, reason))?;
        }
    }
    let count = close(chunk, previous.unwrap_or(0))?;
    let next_id = previous.map_or(1, |last| last.wrapping_add(1));
    write_header(&mut file, count, next_id, options);
    Ok(file)
}

/// Fills the header at the start of `file`.
fn write_header(file: &mut [u8], chunks: u16, next_record_id: u64, options: &EvtxOptions) {
    let mut header = Vec::with_capacity(128);
    header.extend(b"ElfFile\0");
    header.extend(0_u64.to_le_bytes()); // first chunk
    header.extend(u64::from(chunks.saturating_sub(1)).to_le_bytes());
    header.extend(next_record_id.to_le_bytes());
    header.extend(128_u32.to_le_bytes()); // bytes of the header that are used
    header.extend(1_u16.to_le_bytes()); // minor version
    header.extend(3_u16.to_le_bytes()); // major version
    header.extend(HEADER_BLOCK_SIZE.to_le_bytes());
    header.extend(chunks.to_le_bytes());
    header.resize(120, 0);
    let checksum = crc32(&[&header]);
    let flags = if options.dirty { FLAG_DIRTY } else { 0 };
    header.extend(flags.to_le_bytes());
    header.extend(checksum.to_le_bytes());
    file[..header.len()].copy_from_slice(&header);
}
