//! One chunk of 64 KiB: its records, and the tables through which records
//! share names and templates. Knows nothing of other chunks or the file.

use std::collections::HashMap;

use super::layout::Layout;
use super::tree::Element;
use super::value::{Unwritable, crc32, hash, utf16};

const CHUNK_SIZE: usize = 0x1_0000;
const HEADER_SIZE: usize = 0x200;
/// Bytes at the end of a chunk that stay blank: the header of a record, since
/// python-evtx looks for one more record behind the last.
const BLANK_SIZE: usize = 24;
/// Bytes of a chunk that records can take.
pub(super) const CHUNK_ROOM: usize = CHUNK_SIZE - HEADER_SIZE - BLANK_SIZE;
const NAME_BUCKETS: usize = 64;
const TEMPLATE_BUCKETS: usize = 32;

/// A chunk being filled. All offsets count from its start.
pub(super) struct ChunkWriter {
    /// Header (left empty until [`ChunkWriter::seal`]) and records so far.
    data: Vec<u8>,
    names: HashMap<String, u32>,
    templates: HashMap<Element, u32>,
    heads: Heads,
    first_number: u64,
    records: u64,
    /// First and last record id; none in an empty chunk.
    ids: Option<(u64, u64)>,
    last_record: usize,
}

/// The newest entry of each hash chain; 0 for none.
#[derive(Clone, Copy)]
struct Heads {
    names: [u32; NAME_BUCKETS],
    templates: [u32; TEMPLATE_BUCKETS],
}

/// A length field that is written before what it measures.
#[must_use]
pub(super) struct OpenLength(usize);

impl ChunkWriter {
    /// An empty chunk whose first record will have `first_number`.
    pub(super) fn new(first_number: u64) -> Self {
        ChunkWriter {
            data: vec![0; HEADER_SIZE],
            names: HashMap::new(),
            templates: HashMap::new(),
            heads: Heads {
                names: [0; NAME_BUCKETS],
                templates: [0; TEMPLATE_BUCKETS],
            },
            first_number,
            records: 0,
            ids: None,
            last_record: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The number of the record after the last one.
    pub(super) fn next_number(&self) -> u64 {
        self.first_number.wrapping_add(self.records)
    }

    /// Adds a record, or leaves the chunk as it was when it does not fit or
    /// cannot be written.
    pub(super) fn append(&mut self, record: &Layout) -> Result<(), Unwritable> {
        let start = self.data.len();
        let heads = self.heads;
        let written = self.write_record(record).and_then(|()| {
            if self.data.len() > HEADER_SIZE + CHUNK_ROOM {
                let size = self.data.len() - start;
                Err(Unwritable::TooLarge { size })
            } else {
                Ok(())
            }
        });
        if written.is_err() {
            self.data.truncate(start);
            self.heads = heads;
            self.names.retain(|_, offset| (*offset as usize) < start);
            self.templates
                .retain(|_, offset| (*offset as usize) < start);
            return written;
        }
        let first = self.ids.map_or(record.id, |(first, _)| first);
        self.ids = Some((first, record.id));
        self.last_record = start;
        self.records += 1;
        Ok(())
    }

    fn write_record(&mut self, record: &Layout) -> Result<(), Unwritable> {
        let start = self.data.len();
        self.push(&[0x2a, 0x2a, 0, 0]);
        self.push(&[0; 4]); // size, known at the end
        self.push(&record.id.to_le_bytes());
        self.push(&record.filetime.to_le_bytes());
        record.event.write(self)?;
        let size = (self.data.len() - start + 4).next_multiple_of(8);
        self.data.resize(start + size - 4, 0);
        let bytes = u32::try_from(size)
            .map_err(|_| Unwritable::TooLarge { size })?
            .to_le_bytes();
        self.patch(start + 4, &bytes);
        self.push(&bytes);
        Ok(())
    }

    /// The finished chunk, 64 KiB.
    pub(super) fn seal(mut self) -> Vec<u8> {
        let free = self.data.len();
        // An empty chunk says "none" in all but the first number. This follows
        // from the fields' meaning; no empty log was at hand to compare with.
        let (first_id, last_id) = self.ids.unwrap_or((u64::MAX, u64::MAX));
        let last_number = match self.records {
            0 => u64::MAX,
            _ => self.next_number().wrapping_sub(1),
        };
        let mut header = Vec::with_capacity(HEADER_SIZE);
        header.extend(b"ElfChnk\0");
        for field in [self.first_number, last_number, first_id, last_id] {
            header.extend(field.to_le_bytes());
        }
        header.extend(128_u32.to_le_bytes()); // size of the header without tables
        header.extend((self.last_record as u32).to_le_bytes());
        header.extend((free as u32).to_le_bytes());
        header.extend(crc32(&[&self.data[HEADER_SIZE..]]).to_le_bytes());
        header.resize(124, 0);
        let tables: Vec<u8> = (self.heads.names.iter().chain(&self.heads.templates))
            .flat_map(|offset| offset.to_le_bytes())
            .collect();
        let checksum = crc32(&[&header[..120], &tables]);
        header.extend(checksum.to_le_bytes());
        header.extend(tables);
        self.data[..HEADER_SIZE].copy_from_slice(&header);
        self.data.resize(CHUNK_SIZE, 0);
        self.data
    }

    pub(super) fn len(&self) -> usize {
        self.data.len()
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.data.extend_from_slice(bytes);
    }

    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        self.data[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// A 32 bit length of what follows up to [`ChunkWriter::close_length`].
    pub(super) fn open_length(&mut self) -> OpenLength {
        let at = self.data.len();
        self.push(&[0; 4]);
        OpenLength(at)
    }

    pub(super) fn close_length(&mut self, OpenLength(at): OpenLength) {
        // A length that overflows belongs to a record that will not fit.
        let length = (self.data.len() - at - 4) as u32;
        self.patch(at, &length.to_le_bytes());
    }

    /// A reference to a name; at its first use in the chunk the name follows.
    pub(super) fn name(&mut self, name: &str) -> Result<(), Unwritable> {
        if let Some(offset) = self.names.get(name) {
            let offset = *offset;
            self.push(&offset.to_le_bytes());
            return Ok(());
        }
        let units = utf16(name, name)?;
        let length = u16::try_from(units.len() / 2)
            .map_err(|_| Unwritable::TooLarge { size: units.len() })?;
        let offset = (self.data.len() + 4) as u32;
        let hash = hash(name.encode_utf16()) as u16;
        let bucket = &mut self.heads.names[usize::from(hash) % NAME_BUCKETS];
        let next = std::mem::replace(bucket, offset);
        self.names.insert(name.to_owned(), offset);
        self.push(&offset.to_le_bytes());
        self.push(&next.to_le_bytes());
        self.push(&hash.to_le_bytes());
        self.push(&length.to_le_bytes());
        self.push(&units);
        self.push(&[0, 0]);
        Ok(())
    }

    /// Where the chunk defines `template`, if it does.
    pub(super) fn template_offset(&self, template: &Element) -> Option<u32> {
        self.templates.get(template).copied()
    }

    /// A reference to a definition that starts right behind it, and the link of
    /// its hash chain, with which the definition begins.
    pub(super) fn define_template(&mut self, template: &Element, hash: u32) {
        let offset = (self.data.len() + 4) as u32;
        let bucket = &mut self.heads.templates[hash as usize % TEMPLATE_BUCKETS];
        let next = std::mem::replace(bucket, offset);
        self.templates.insert(template.clone(), offset);
        self.push(&offset.to_le_bytes());
        self.push(&next.to_le_bytes());
    }
}
