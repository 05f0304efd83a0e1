//! The central directory of a ZIP archive, entry by entry.
//!
//! Only the directory is read here (APPNOTE 4.3.12 to 4.3.16), since maps of
//! entries by name lose the second of two entries of one name, and both may be
//! logs. Inflating is `bundle`'s.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// What the directory says of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    /// The name is stated to be UTF-8.
    pub(super) utf8: bool,
    pub(super) encrypted: bool,
    /// 0 stored, 8 deflated.
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Where its local header begins, from the start of the input.
    pub(super) header: u64,
    /// Local time as the archive's format has it: date and time of MS-DOS.
    pub(super) dos_time: (u16, u16),
    /// A symbolic link, by the mode that Unix archivers write.
    pub(super) link: bool,
}

const END: &[u8; 4] = b"PK\x05\x06";
const END_64: &[u8; 4] = b"PK\x06\x06";
const LOCATOR_64: &[u8; 4] = b"PK\x06\x07";
const HEADER: &[u8; 4] = b"PK\x01\x02";

/// Where the directory is.
struct Directory {
    start: u64,
    entries: u64,
    /// What stands in front of the archive proper: all stated offsets count behind it.
    shift: u64,
}

/// Iterates over the entries of the archive that `input` (of `length` bytes) holds.
///
/// # Errors
///
/// When there is no directory where the end record says. An item is an error when
/// the directory ends before its stated number of entries; it is the last then.
pub(super) fn entries<R: Read + Seek>(
    mut input: R,
    length: u64,
) -> io::Result<impl Iterator<Item = io::Result<Entry>>> {
    let directory = find(&mut input, length)?;
    input.seek(SeekFrom::Start(directory.start))?;
    let mut input = BufReader::new(input);
    let mut left = directory.entries;
    Ok(std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let entry = read_entry(&mut input, directory.shift);
        if entry.is_err() {
            left = 0;
        }
        Some(entry)
    }))
}

fn find<R: Read + Seek>(input: &mut R, length: u64) -> io::Result<Directory> {
    // The end record is 22 bytes with a comment of up to 65535 behind it.
    let from = length.saturating_sub(22 + 0xFFFF);
    input.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    input.take(22 + 0xFFFF).read_to_end(&mut tail)?;
    let mut search = tail.len();
    while let Some(at) = memchr::memmem::rfind(&tail[..search], END) {
        search = at;
        let Some(end) = tail.get(at..at + 22) else {
            continue;
        };
        let end_at = from + at as u64;
        if let Some(directory) = directory_of(input, end, end_at)? {
            return Ok(directory);
        }
    }
    Err(damaged(
        "no end record of a directory, as in a truncated archive",
    ))
}

/// The directory that an end record at `end_at` points to, checked by the first
/// header there.
fn directory_of<R: Read + Seek>(
    input: &mut R,
    end: &[u8],
    end_at: u64,
) -> io::Result<Option<Directory>> {
    let mut entries = u64::from(u16_at(end, 10));
    let mut size = u64::from(u32_at(end, 12));
    let mut start = u64::from(u32_at(end, 16));
    let mut behind = end_at;
    if let Some(locator_at) = end_at.checked_sub(20) {
        let locator = read_at::<_, 20>(input, locator_at)?;
        if locator.is_some_and(|l| &l[..4] == LOCATOR_64) {
            let stated = locator.map_or(0, |l| u64_at(&l, 8));
            // With something in front of the archive, the record is right before
            // its locator instead.
            for at in [stated, locator_at.saturating_sub(56)] {
                if let Some(end) = read_at::<_, 56>(input, at)?
                    && &end[..4] == END_64
                {
                    entries = u64_at(&end, 32);
                    size = u64_at(&end, 40);
                    start = u64_at(&end, 48);
                    behind = at;
                    break;
                }
            }
        }
    }
    // The directory ends where the end record begins: what is more was in front.
    let shifted = behind.checked_sub(size);
    for at in [Some(start), shifted].into_iter().flatten() {
        let first = read_at::<_, 4>(input, at)?;
        if entries == 0 || first.is_some_and(|f| &f == HEADER) {
            return Ok(Some(Directory {
                start: at,
                entries,
                shift: at.saturating_sub(start),
            }));
        }
    }
    Ok(None)
}

fn read_entry(input: &mut impl Read, shift: u64) -> io::Result<Entry> {
    let mut fixed = [0u8; 46];
    input.read_exact(&mut fixed)?;
    if &fixed[..4] != HEADER {
        return Err(damaged("no entry where the directory goes on"));
    }
    let mut name = vec![0; usize::from(u16_at(&fixed, 28))];
    input.read_exact(&mut name)?;
    let mut extra = vec![0; usize::from(u16_at(&fixed, 30))];
    input.read_exact(&mut extra)?;
    let comment = u64::from(u16_at(&fixed, 32));
    if io::copy(&mut input.take(comment), &mut io::sink())? != comment {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let flags = u16_at(&fixed, 8);
    let mut entry = Entry {
        name,
        utf8: flags & 0x0800 != 0,
        encrypted: flags & 1 != 0,
        method: u16_at(&fixed, 10),
        crc: u32_at(&fixed, 16),
        packed: u64::from(u32_at(&fixed, 20)),
        size: u64::from(u32_at(&fixed, 24)),
        header: u64::from(u32_at(&fixed, 42)),
        dos_time: (u16_at(&fixed, 14), u16_at(&fixed, 12)),
        // Made on Unix (3) or macOS (19), where the upper half is the mode.
        link: matches!(fixed[5], 3 | 19) && u32_at(&fixed, 38) >> 28 == 0xA,
    };
    wide_sizes(&mut entry, &extra);
    entry.header = entry
        .header
        .checked_add(shift)
        .ok_or_else(|| damaged("an entry behind the end of everything"))?;
    Ok(entry)
}

/// Takes what does not fit into 32 bits from the ZIP64 extra field, where it stands
/// in this order and only as far as it is needed.
fn wide_sizes(entry: &mut Entry, mut extra: &[u8]) {
    while let [a, b, c, d, rest @ ..] = extra {
        let Some(mut field) = rest.get(..usize::from(u16::from_le_bytes([*c, *d]))) else {
            return;
        };
        extra = &rest[field.len()..];
        if u16::from_le_bytes([*a, *b]) != 1 {
            continue;
        }
        for value in [&mut entry.size, &mut entry.packed, &mut entry.header] {
            if *value == u64::from(u32::MAX) {
                let Some((wide, behind)) = field.split_at_checked(8) else {
                    return;
                };
                *value = u64_at(wide, 0);
                field = behind;
            }
        }
        return;
    }
}

/// `N` bytes at a place; `None` when the input ends before.
fn read_at<R: Read + Seek, const N: usize>(input: &mut R, at: u64) -> io::Result<Option<[u8; N]>> {
    input.seek(SeekFrom::Start(at))?;
    let mut bytes = [0; N];
    match input.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes
        .get(at..at + 2)
        .map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

fn damaged(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// The upper half of code page 437, in which names are that say nothing else.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";

/// A name in code page 437.
pub(super) fn from_cp437(name: &[u8]) -> String {
    name.iter()
        .map(|byte| match byte {
            0..=127 => char::from(*byte),
            _ => CP437
                .chars()
                .nth(usize::from(byte - 128))
                .unwrap_or(char::REPLACEMENT_CHARACTER),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(names: &[&str], large: bool) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            writer
                .start_file(*name, SimpleFileOptions::default().large_file(large))
                .unwrap();
            writer.write_all(name.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn list(bytes: &[u8]) -> io::Result<Vec<Entry>> {
        entries(Cursor::new(bytes), bytes.len() as u64)?.collect()
    }

    /// Checks that the local header is where the entry says.
    fn names(bytes: &[u8]) -> Vec<String> {
        list(bytes)
            .unwrap()
            .into_iter()
            .map(|e| {
                assert!(bytes[e.header as usize..].starts_with(b"PK\x03\x04"));
                assert_eq!(e.size, e.name.len() as u64);
                String::from_utf8(e.name).unwrap()
            })
            .collect()
    }

    #[test]
    fn entries_are_found_also_behind_other_bytes_and_before_a_comment() {
        for large in [false, true] {
            let plain = archive(&["a", "dir/ü"], large);
            assert_eq!(names(&plain), ["a", "dir/ü"]);
            let shifted = [b"MZ stub PK\x05\x06".as_slice(), &plain].concat();
            assert_eq!(names(&shifted), ["a", "dir/ü"]);
        }
        assert!(names(&archive(&[], false)).is_empty());
    }

    #[test]
    fn a_truncated_archive_says_so() {
        let whole = archive(&["a", "b"], false);
        let error = list(&whole[..whole.len() - 30]).unwrap_err();
        assert!(error.to_string().contains("truncated"), "{error}");
    }

    #[test]
    fn code_page_437_has_all_its_characters() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(from_cp437(b"M\x81ll\xFF"), "Müll\u{A0}");
    }

    proptest! {
        #[test]
        fn a_damaged_archive_never_panics(
            at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = archive(&["one", "two", "three"], true);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = list(&bytes);
            bytes.truncate(cut.index(bytes.len()));
            let _ = list(&bytes);
        }
    }
}
