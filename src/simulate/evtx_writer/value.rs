//! Values of records as bytes, and the checksum over them. Knows types, not
//! where in a record a value stands.

use crate::simulate::record::SimValue;

/// Type numbers of binary XML.
pub(super) mod kind {
    pub const NULL: u8 = 0x00;
    pub const STRING: u8 = 0x01;
    pub const U8: u8 = 0x04;
    pub const U16: u8 = 0x06;
    pub const I32: u8 = 0x07;
    pub const U32: u8 = 0x08;
    pub const U64: u8 = 0x0a;
    pub const DOUBLE: u8 = 0x0c;
    pub const BOOL: u8 = 0x0d;
    pub const BINARY: u8 = 0x0e;
    pub const GUID: u8 = 0x0f;
    pub const FILETIME: u8 = 0x11;
    pub const SID: u8 = 0x13;
    pub const HEX32: u8 = 0x14;
    pub const HEX64: u8 = 0x15;
    pub const BINXML: u8 = 0x21;
}

/// Why a record cannot be written; which record is known to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unwritable {
    /// More bytes than a length field or the chunk can hold.
    TooLarge { size: usize },
    /// A text that is not of its type.
    Text {
        field: String,
        expected: &'static str,
        found: String,
    },
}

/// A typed value, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    /// One of [`kind`].
    pub kind: u8,
    /// Its bytes; for strings UTF-16 without a terminating NUL.
    pub bytes: Vec<u8>,
}

impl Encoded {
    pub(super) fn null() -> Self {
        Encoded::new(kind::NULL, [])
    }

    pub(super) fn new(kind: u8, bytes: impl Into<Vec<u8>>) -> Self {
        Encoded {
            kind,
            bytes: bytes.into(),
        }
    }

    pub(super) fn text(field: &str, text: &str) -> Result<Self, Unwritable> {
        Ok(Encoded::new(kind::STRING, utf16(field, text)?))
    }

    pub(super) fn guid(field: &str, text: &str) -> Result<Self, Unwritable> {
        Ok(Encoded::new(kind::GUID, guid(field, text)?))
    }

    pub(super) fn sid(field: &str, text: &str) -> Result<Self, Unwritable> {
        Ok(Encoded::new(kind::SID, sid(field, text)?))
    }

    /// A value of a record's payload.
    pub(super) fn of(field: &str, value: &SimValue) -> Result<Self, Unwritable> {
        Ok(match value {
            SimValue::Str(text) => Encoded::text(field, text)?,
            SimValue::U8(n) => Encoded::new(kind::U8, [*n]),
            SimValue::U16(n) => Encoded::new(kind::U16, n.to_le_bytes()),
            SimValue::U32(n) => Encoded::new(kind::U32, n.to_le_bytes()),
            SimValue::U64(n) => Encoded::new(kind::U64, n.to_le_bytes()),
            SimValue::I32(n) => Encoded::new(kind::I32, n.to_le_bytes()),
            SimValue::F64(n) => Encoded::new(kind::DOUBLE, n.to_le_bytes()),
            SimValue::Bool(yes) => Encoded::new(kind::BOOL, u32::from(*yes).to_le_bytes()),
            SimValue::Guid(text) => Encoded::guid(field, text)?,
            SimValue::FileTime(moment) => {
                Encoded::new(kind::FILETIME, moment.to_filetime().to_le_bytes())
            }
            SimValue::Hex32(n) => Encoded::new(kind::HEX32, n.to_le_bytes()),
            SimValue::Hex64(n) => Encoded::new(kind::HEX64, n.to_le_bytes()),
            SimValue::Sid(text) => Encoded::sid(field, text)?,
            SimValue::Binary(bytes) => Encoded::new(kind::BINARY, bytes.clone()),
        })
    }
}

/// UTF-16 little-endian. A NUL is refused: readers take it for the end.
pub(super) fn utf16(field: &str, text: &str) -> Result<Vec<u8>, Unwritable> {
    if text.contains('\0') {
        return Err(Unwritable::Text {
            field: field.to_owned(),
            expected: "text without NUL",
            found: text.to_owned(),
        });
    }
    Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// A GUID as stored: the first three groups little-endian, the rest as printed.
fn guid(field: &str, text: &str) -> Result<[u8; 16], Unwritable> {
    let parse = || {
        let bare = match text.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}')?,
            None => text,
        };
        let groups: Vec<&str> = bare.split('-').collect();
        if !groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) {
            return None;
        }
        let digits = groups.concat();
        // `from_str_radix` alone would take a sign for a digit.
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = u128::from_str_radix(&digits, 16).ok()?.to_be_bytes();
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        Some(bytes)
    };
    parse().ok_or_else(|| Unwritable::Text {
        field: field.to_owned(),
        expected: "a GUID such as 01234567-89AB-CDEF-0123-456789ABCDEF",
        found: text.to_owned(),
    })
}

/// A SID as stored: revision, count, 48 bit authority big-endian, then
/// sub-authorities of 32 bit little-endian, at most 15.
fn sid(field: &str, text: &str) -> Result<Vec<u8>, Unwritable> {
    let parse = || {
        let mut parts = text.strip_prefix("S-")?.split('-');
        let revision: u8 = parts.next()?.parse().ok()?;
        let authority: u64 = parts.next()?.parse().ok()?;
        let subs = parts
            .map(|part| part.parse::<u32>().ok())
            .collect::<Option<Vec<_>>>()?;
        if authority >> 48 != 0 || subs.len() > 15 {
            return None;
        }
        let mut bytes = vec![revision, u8::try_from(subs.len()).ok()?];
        bytes.extend(&authority.to_be_bytes()[2..]);
        bytes.extend(subs.into_iter().flat_map(u32::to_le_bytes));
        Some(bytes)
    };
    parse().ok_or_else(|| Unwritable::Text {
        field: field.to_owned(),
        expected: "a SID such as S-1-5-18",
        found: text.to_owned(),
    })
}

/// The hash of names, and of the words of template GUIDs: multiply by 65599
/// and add, in 32 bits.
pub(super) fn hash(words: impl Iterator<Item = u16>) -> u32 {
    words.fold(0, |hash: u32, word| {
        hash.wrapping_mul(65599).wrapping_add(u32::from(word))
    })
}

/// CRC-32 (IEEE 802.3) over `parts` one after another.
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let mut crc = i as u32;
            let mut bit = 0;
            while bit < 8 {
                crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
                bit += 1;
            }
            table[i] = crc;
            i += 1;
        }
        table
    };
    let step = |crc: u32, byte: &u8| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)];
    !parts
        .iter()
        .flat_map(|part| part.iter())
        .fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_common_one() {
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xcbf4_3926);
    }

    #[test]
    fn names_hash_as_in_real_files() {
        // Seen in the name tables of real logs.
        for (name, stored) in [("Channel", 24963), ("EventData", 33348), ("Data", 28554)] {
            assert_eq!(hash(name.encode_utf16()) as u16, stored, "{name}");
        }
    }

    #[test]
    fn guids_and_sids_are_stored_as_windows_stores_them() {
        let bytes = guid("Guid", "{51ddfa29-d5c8-4803-be4b-2ecb715570fe}").unwrap();
        assert_eq!(bytes[..8], [0x29, 0xfa, 0xdd, 0x51, 0xc8, 0xd5, 0x03, 0x48]);
        assert_eq!(bytes[8..], [0xbe, 0x4b, 0x2e, 0xcb, 0x71, 0x55, 0x70, 0xfe]);
        assert_eq!(
            sid("UserID", "S-1-5-18").unwrap(),
            [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]
        );
        for text in [
            "",
            "S-1",
            "S-1-x",
            "1-5-18",
            "S-1-5-4294967296",
            "S-1-5--18",
        ] {
            assert!(sid("UserID", text).is_err(), "{text}");
        }
        for text in [
            "",
            "{51ddfa29-d5c8-4803-be4b-2ecb715570fe",
            "51ddfa29d5c84803be4b2ecb715570fe",
            "+1ddfa29-d5c8-4803-be4b-2ecb715570fe",
            "51ddfa29-d5c8-4803-be4b-2ecb715570fé",
        ] {
            assert!(guid("Guid", text).is_err(), "{text}");
        }
    }
}
