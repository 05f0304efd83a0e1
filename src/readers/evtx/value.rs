//! Values of binary records as text, as Windows renders them. Knows nothing of
//! where a value stands, and decodes no BinXML.
//!
//! Value types and their bytes: MS-EVEN6 2.2.18 and 3.1.4.7; libyal's "Windows XML
//! Event Log (EVTX) format", section "Value types".

/// Value types, as a substitution descriptor states them.
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0x00;
    pub(in super::super) const STRING: u8 = 0x01;
    pub(super) const ANSI: u8 = 0x02;
    pub(super) const INT8: u8 = 0x03;
    pub(in super::super) const UINT8: u8 = 0x04;
    pub(super) const INT16: u8 = 0x05;
    pub(in super::super) const UINT16: u8 = 0x06;
    pub(super) const INT32: u8 = 0x07;
    pub(in super::super) const UINT32: u8 = 0x08;
    pub(super) const INT64: u8 = 0x09;
    pub(in super::super) const UINT64: u8 = 0x0a;
    pub(super) const REAL32: u8 = 0x0b;
    pub(super) const REAL64: u8 = 0x0c;
    pub(super) const BOOL: u8 = 0x0d;
    pub(super) const BINARY: u8 = 0x0e;
    pub(super) const GUID: u8 = 0x0f;
    pub(super) const SIZE: u8 = 0x10;
    pub(in super::super) const FILETIME: u8 = 0x11;
    pub(super) const SYSTEMTIME: u8 = 0x12;
    pub(super) const SID: u8 = 0x13;
    pub(super) const HEX32: u8 = 0x14;
    pub(super) const HEX64: u8 = 0x15;
    pub(in super::super) const BINXML: u8 = 0x21;
    pub(in super::super) const STRINGS: u8 = 0x81;
}

/// Whether a value type exists.
pub(super) fn is_known(ty: u8) -> bool {
    matches!(ty, 0x00..=0x15 | 0x20 | 0x21 | 0x23 | 0x81..=0x95)
}

/// Whether a value of this type can have these bytes. `false` also for the types
/// that are not read here: handles, quoted XML, arrays of other than strings.
pub(super) fn is_sound(ty: u8, bytes: &[u8]) -> bool {
    use kind::*;
    let size = bytes.len();
    match ty {
        NULL | ANSI | BINARY | BINXML => true,
        STRING => size.is_multiple_of(2),
        INT8 | UINT8 => size == 1,
        INT16 | UINT16 => size == 2,
        INT32 | UINT32 | REAL32 | BOOL | HEX32 => size == 4,
        INT64 | UINT64 | REAL64 | FILETIME | HEX64 => size == 8,
        SIZE => size == 4 || size == 8,
        GUID | SYSTEMTIME => size == 16,
        SID => size >= 8 && size == 8 + 4 * usize::from(bytes[1]),
        // Each string ends with a NUL, the last one too.
        STRINGS => size.is_multiple_of(2) && (size == 0 || bytes.ends_with(&[0, 0])),
        _ => false,
    }
}

/// The strings of an array that [`is_sound`], without their NULs.
pub(super) fn strings(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = rest.as_chunks::<2>().0.iter().position(|u| *u == [0, 0])?;
        let item = &rest[..2 * end];
        rest = &rest[2 * end + 2..];
        Some(item)
    })
}

/// Appends a scalar as text. `None`, with nothing promised of `out`'s end, for what
/// is not written here: BinXML, arrays, and floats that have many digits or an exponent.
pub(super) fn write(ty: u8, bytes: &[u8], out: &mut String) -> Option<()> {
    use kind::*;
    match ty {
        NULL => {}
        STRING => utf16(bytes, out),
        ANSI => ansi(bytes, out),
        INT8 => integer(i8::from_le_bytes(array(bytes)?), out),
        INT16 => integer(i16::from_le_bytes(array(bytes)?), out),
        INT32 => integer(i32::from_le_bytes(array(bytes)?), out),
        INT64 => integer(i64::from_le_bytes(array(bytes)?), out),
        UINT8 | UINT16 | UINT32 | UINT64 => integer(number(bytes)?, out),
        REAL32 => {
            let value = f32::from_le_bytes(array(bytes)?);
            float(value.into(), format_args!("{value:?}"), f32::DIGITS, out)?;
        }
        REAL64 => {
            let value = f64::from_le_bytes(array(bytes)?);
            float(value, format_args!("{value:?}"), f64::DIGITS, out)?;
        }
        // Some providers put bit masks there; those stay numbers.
        BOOL => match i32::from_le_bytes(array(bytes)?) {
            0 => out.push_str("false"),
            1 => out.push_str("true"),
            other => integer(other, out),
        },
        BINARY => {
            let mut text = [0u8; 64];
            for part in bytes.chunks(text.len() / 2) {
                for (place, byte) in text.chunks_exact_mut(2).zip(part) {
                    place.copy_from_slice(&hex(*byte, b"0123456789ABCDEF"));
                }
                let text = text.get(..2 * part.len()).unwrap_or(&[]);
                out.push_str(std::str::from_utf8(text).unwrap_or(""));
            }
        }
        GUID => guid(array(bytes)?, out),
        SIZE | HEX32 | HEX64 => append(out, format_args!("{:#x}", number(bytes)?)),
        FILETIME => filetime(number(bytes)?, out),
        SYSTEMTIME => systemtime(array(bytes)?, out),
        SID => sid(bytes, out)?,
        BINXML if bytes.is_empty() => {}
        _ => return None,
    }
    Some(())
}

/// An unsigned number of 1, 2, 4 or 8 bytes.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    let mut wide = [0; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(wide))
}

fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = std::fmt::Write::write_fmt(out, text);
}

fn integer(value: impl itoa::Integer, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Appends the shortest decimal form of a float where every writer agrees on it: no
/// exponent, no infinity, and at most the `digits` that its type holds for sure.
/// Behind those, two decimals of equal length may both stand for it.
fn float(value: f64, text: std::fmt::Arguments<'_>, digits: u32, out: &mut String) -> Option<()> {
    if value != 0.0 && !(1e-3..1e12).contains(&value.abs()) {
        return None;
    }
    let start = out.len();
    append(out, text);
    let written = out[start..].bytes().filter(u8::is_ascii_digit).count();
    (written <= digits as usize).then_some(())
}

/// Appends UTF-16LE up to its first NUL. What XML does not allow, lone surrogates
/// among it, becomes `_`, as Windows writes it.
pub(super) fn utf16(bytes: &[u8], out: &mut String) {
    let mut units = bytes.as_chunks::<2>().0;
    loop {
        // Nearly all text is ASCII: by the piece, without a look at single characters.
        let plain = ascii(units, out, |low| {
            (0x20..=0x7f).contains(&low) || matches!(low, b'\t' | b'\n' | b'\r')
        });
        let Some(unit) = units.get(plain).map(|u| u16::from_le_bytes(*u)) else {
            return;
        };
        units = units.get(plain + 1..).unwrap_or(&[]);
        let character = match unit {
            0 => return,
            0x01..=0x1f | 0xfffe | 0xffff => '_',
            0xd800..=0xdbff => match units.first().map(|u| u16::from_le_bytes(*u)) {
                Some(low @ 0xdc00..=0xdfff) => {
                    let low = u32::from(low) - 0xdc00;
                    units = &units[1..];
                    let code = 0x10000 + ((u32::from(unit) - 0xd800) << 10) + low;
                    char::from_u32(code).unwrap_or('_')
                }
                _ => '_',
            },
            _ => char::from_u32(unit.into()).unwrap_or('_'),
        };
        out.push(character);
    }
}

/// Appends the ASCII characters that `is_plain` lets pass, up to the first other unit;
/// how many they were.
fn ascii(units: &[[u8; 2]], out: &mut String, is_plain: impl Fn(u8) -> bool) -> usize {
    let mut done = 0;
    loop {
        let mut piece = [0u8; 32];
        let mut length = 0;
        for (place, [low, high]) in piece.iter_mut().zip(&units[done..]) {
            if *high != 0 || *low > 0x7f || !is_plain(*low) {
                break;
            }
            *place = *low;
            length += 1;
        }
        out.push_str(std::str::from_utf8(&piece[..length]).unwrap_or(""));
        done += length;
        if length < piece.len() {
            return done;
        }
    }
}

/// Appends a name; `None`, with nothing promised of `out`'s end, when it has a character
/// that no name may have.
pub(super) fn utf16_name(bytes: &[u8], out: &mut String) -> Option<()> {
    let is_odd = |c: char| c <= ' ' || matches!(c, '/' | '>' | '<' | '=' | '"' | '\'' | '&');
    let units = bytes.as_chunks::<2>().0;
    let plain = ascii(units, out, |low| !is_odd(char::from(low)));
    let rest = units.get(plain..)?.iter().map(|u| u16::from_le_bytes(*u));
    for character in char::decode_utf16(rest) {
        out.push(character.ok().filter(|c| !is_odd(*c))?);
    }
    Some(())
}

/// Whether UTF-16LE has no lone surrogates.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    let units = bytes.as_chunks::<2>().0;
    let surrogate = |[_, high]: &[u8; 2]| high & 0xf8 == 0xd8;
    !units.iter().any(surrogate)
        || !char::decode_utf16(units.iter().map(|u| u16::from_le_bytes(*u))).any(|c| c.is_err())
}

/// Appends text of the Windows code page 1252, without its NULs.
fn ansi(bytes: &[u8], out: &mut String) {
    for &byte in bytes {
        match byte {
            0 => {}
            0x20..=0x7f | b'\t' | b'\n' | b'\r' => out.push(char::from(byte)),
            0x01..=0x1f => out.push('_'),
            _ => out.push_str(
                &encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(&[byte])
                    .0,
            ),
        }
    }
}

fn hex(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [
        digits[usize::from(byte >> 4)],
        digits[usize::from(byte & 15)],
    ]
}

/// `{01234567-89ab-cdef-0123-456789abcdef}`; its first three parts are little-endian.
fn guid(bytes: [u8; 16], out: &mut String) {
    /// Where the digits of each byte stand.
    const PLACES: [usize; 16] = [7, 5, 3, 1, 12, 10, 17, 15, 20, 22, 25, 27, 29, 31, 33, 35];
    let mut text = *b"{00000000-0000-0000-0000-000000000000}";
    for (byte, place) in bytes.into_iter().zip(PLACES) {
        text[place..place + 2].copy_from_slice(&hex(byte, b"0123456789abcdef"));
    }
    out.push_str(std::str::from_utf8(&text).unwrap_or(""));
}

/// `S-revision-authority-…`: the authority is big-endian, the rest little-endian.
fn sid(bytes: &[u8], out: &mut String) -> Option<()> {
    let (head, parts) = bytes.split_first_chunk::<8>()?;
    let [revision, count, a, b, c, d, e, f] = *head;
    out.push_str("S-");
    integer(revision, out);
    out.push('-');
    integer(u64::from_be_bytes([0, 0, a, b, c, d, e, f]), out);
    for part in parts.as_chunks::<4>().0.iter().take(count.into()) {
        out.push('-');
        integer(u32::from_le_bytes(*part), out);
    }
    Some(())
}

const TICKS_PER_SECOND: u64 = 10_000_000;
const TICKS_PER_DAY: u64 = 86_400 * TICKS_PER_SECOND;

/// A FILETIME. Years past 9999 keep their last four digits; what is no time at all
/// is written as zeros.
fn filetime(ticks: u64, out: &mut String) {
    if i64::try_from(ticks).is_err() {
        return date_time([0; 6], 0, out);
    }
    let (days, rest) = (ticks / TICKS_PER_DAY, ticks % TICKS_PER_DAY);
    // Days counted from 0000-03-01 in eras of 400 years, so that the leap day is
    // the last of its year.
    let days = days + 584_694;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let seconds = rest / TICKS_PER_SECOND;
    date_time(
        [
            year % 10_000,
            month,
            day,
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
        ],
        rest % TICKS_PER_SECOND,
        out,
    );
}

/// A SYSTEMTIME; one that is on no calendar or clock is written as 1601-01-01.
fn systemtime(bytes: [u8; 16], out: &mut String) {
    let mut parts = [0u64; 8];
    for (part, bytes) in parts.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *part = u16::from_le_bytes(*bytes).into();
    }
    let [year, month, _, day, hour, minute, second, millis] = parts;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let valid = (1601..=30_827).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && millis < 1000;
    if valid {
        let date = [year % 10_000, month, day, hour, minute, second];
        date_time(date, millis * 10_000, out);
    } else {
        date_time([1601, 1, 1, 0, 0, 0], 0, out);
    }
}

/// `2024-05-14T01:02:03.1234567Z`
fn date_time(parts: [u64; 6], ticks: u64, out: &mut String) {
    let mut text = *b"0000-00-00T00:00:00.0000000Z";
    let [year, month, day, hour, minute, second] = parts;
    let places = [
        (0..4, year),
        (5..7, month),
        (8..10, day),
        (11..13, hour),
        (14..16, minute),
        (17..19, second),
        (20..27, ticks),
    ];
    for (place, mut value) in places {
        for digit in text[place].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
    }
    out.push_str(std::str::from_utf8(&text).unwrap_or(""));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ty: u8, bytes: &[u8]) -> Option<String> {
        let mut out = String::new();
        write(ty, bytes, &mut out).map(|()| out)
    }

    #[test]
    fn times_that_are_none_are_written_all_the_same() {
        let parts = |parts: [u16; 8]| parts.map(u16::to_le_bytes).concat();
        let system = |p| text(kind::SYSTEMTIME, &parts(p)).unwrap();
        assert_eq!(
            system([2024, 2, 0, 29, 23, 59, 58, 7]),
            "2024-02-29T23:59:58.0070000Z"
        );
        assert_eq!(
            system([2023, 2, 0, 29, 0, 0, 0, 0]),
            "1601-01-01T00:00:00.0000000Z"
        );
        let file = |ticks: u64| text(kind::FILETIME, &ticks.to_le_bytes()).unwrap();
        assert_eq!(file(0), "1601-01-01T00:00:00.0000000Z");
        assert_eq!(file(u64::MAX), "0000-00-00T00:00:00.0000000Z");
        assert_eq!(
            file(125_911_584_000_000_001),
            "2000-01-01T00:00:00.0000001Z"
        );
    }

    #[test]
    fn text_of_a_code_page_and_what_xml_does_not_allow() {
        assert_eq!(
            text(kind::ANSI, b"a\0\x80\xe9\x01\n").unwrap(),
            "a\u{20ac}\u{e9}_\n"
        );
        let lone = [0x41, 0, 0x00, 0xd8, 0x42, 0];
        assert_eq!(text(kind::STRING, &lone).unwrap(), "A_B");
        assert_eq!(text(kind::STRING, b"a\0\0\0b\0").unwrap(), "a");
    }

    #[test]
    fn floats_with_two_shortest_forms_are_left_alone() {
        let real = |value: f64| text(kind::REAL64, &value.to_le_bytes());
        assert_eq!(real(-12.5).as_deref(), Some("-12.5"));
        assert_eq!(real(0.0).as_deref(), Some("0.0"));
        for odd in [
            1e300,
            f64::NAN,
            f64::INFINITY,
            1e-9,
            -12.500_198_364_257_812,
        ] {
            assert_eq!(real(odd), None, "{odd}");
        }
    }

    #[test]
    fn arrays_end_with_their_last_string() {
        let items = |bytes: &'static [u8]| strings(bytes).map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(items(b"a\0\0\0\0\0b\0c\0\0\0"), [2, 0, 4]);
        assert!(items(b"").is_empty());
        assert!(!is_sound(kind::STRINGS, b"a\0"), "its NUL is missing");
        assert!(is_sound(kind::SID, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]));
        assert!(!is_sound(kind::SID, &[1, 2, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]));
    }
}
