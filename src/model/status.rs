//! Status codes to names and meanings: Win32, NTSTATUS, HRESULT and bugchecks, in any
//! form in which logs write them.
//!
//! The table is `rules/status-codes.tsv`. This file only looks up: which field of which
//! event holds a code, the dictionary says.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::text::Lang;

/// The built-in table, one code a line between tabs.
const TABLE: &str = include_str!("../../rules/status-codes.tsv");

/// Which numbering a code belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// System error codes, those of sockets and of the cluster among them.
    Win32,
    /// Codes of the kernel.
    NtStatus,
    /// Codes of COM, beside those that wrap a Win32 code.
    Hresult,
    /// Stop codes.
    Bugcheck,
}

impl Space {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "win32" => Space::Win32,
            "ntstatus" => Space::NtStatus,
            "hresult" => Space::Hresult,
            "bugcheck" => Space::Bugcheck,
            _ => return None,
        })
    }

    /// Its name: `Win32`, `NTSTATUS`, `HRESULT`, `bugcheck`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Space::Win32 => "Win32",
            Space::NtStatus => "NTSTATUS",
            Space::Hresult => "HRESULT",
            Space::Bugcheck => "bugcheck",
        }
    }
}

/// A status code that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its numbering.
    pub space: Space,
    /// Its number there: a wrapped code as what it wraps.
    pub code: u32,
    /// Its symbolic name (`ERROR_ACCESS_DENIED`); some codes have none.
    pub name: Option<&'static str>,
    en: &'static str,
    ja: &'static str,
}

impl Status {
    /// What it means: a few words without a period.
    #[must_use]
    pub fn meaning(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ja => self.ja,
        }
    }
}

/// A line of the table; `None` for what is not one, which a test rules out.
fn row(line: &'static str) -> Option<Status> {
    let mut cells = line.split('\t');
    let space = Space::named(cells.next()?)?;
    let code = u32::from_str_radix(cells.next()?.strip_prefix("0x")?, 16).ok()?;
    if cells.next()?.parse() != Ok(code) {
        return None;
    }
    let name = cells.next().filter(|n| !n.is_empty())?;
    let (en, ja) = (cells.next()?, cells.next()?);
    cells.next().is_none().then_some(Status {
        space,
        code,
        name: (name != "-").then_some(name),
        en,
        ja,
    })
}

static STATUSES: LazyLock<Vec<Status>> =
    LazyLock::new(|| TABLE.lines().skip(1).filter_map(row).collect());

static BY_CODE: LazyLock<HashMap<(Space, u32), &'static Status>> =
    LazyLock::new(|| STATUSES.iter().map(|s| ((s.space, s.code), s)).collect());

static BY_NAME: LazyLock<HashMap<&str, &'static Status>> = LazyLock::new(|| {
    let named = STATUSES.iter().filter_map(|s| Some((s.name?, s)));
    named.collect()
});

/// The code of a symbolic name, whatever its case.
#[must_use]
pub fn named(name: &str) -> Option<&'static Status> {
    BY_NAME.get(&*name.to_ascii_uppercase()).copied()
}

/// Every code that is known, by numbering and number.
#[must_use]
pub fn all() -> &'static [Status] {
    &STATUSES
}

/// The number that a text stands for: decimal (`5925`, `-2147024891`), hexadecimal
/// (`0x80070005`, `c000020c` as in cluster.log), or a reference to a message
/// (`%%2148074243`). Eight digits alone may be either: `decimal` says which is tried.
fn number(text: &str, decimal: bool) -> Option<u32> {
    let text = text.trim();
    let text = text.strip_prefix("%%").unwrap_or(text);
    // `get`, since eight bytes of any text need not end at a character.
    if text.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("0x")) {
        let digits = &text[2..];
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        // Some writers extend the sign to 64 bits.
        let digits = match digits.len() {
            16 if digits[..8].eq_ignore_ascii_case("ffffffff") => &digits[8..],
            _ => digits,
        };
        return plain
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten();
    }
    if decimal {
        let number: i64 = text.parse().ok()?;
        return u32::try_from(number)
            .ok()
            .or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned));
    }
    let hex = text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

fn of_number(code: u32) -> Option<&'static Status> {
    /// Facility and severity of an HRESULT that wraps a Win32 code.
    const WRAPS_WIN32: u32 = 0x8007_0000;
    /// The bit that makes an HRESULT of an NTSTATUS.
    const WRAPS_NTSTATUS: u32 = 0x1000_0000;
    let at = |space, code| BY_CODE.get(&(space, code)).copied();
    let whole = [Space::Win32, Space::NtStatus, Space::Hresult];
    if let Some(status) = whole.into_iter().find_map(|space| at(space, code)) {
        return Some(status);
    }
    if code & 0xFFFF_0000 == WRAPS_WIN32 {
        return at(Space::Win32, code & 0xFFFF);
    }
    (code & WRAPS_NTSTATUS != 0)
        .then(|| at(Space::NtStatus, code & !WRAPS_NTSTATUS))
        .flatten()
}

/// The code that a text names in decimal, hexadecimal, NTSTATUS or HRESULT form, a
/// Win32 code in an HRESULT (`0x80070005`) as what it wraps; `None` when the text is no
/// code or the code is not known. Stop codes share numbers with other codes: see
/// [`bugcheck`].
#[must_use]
pub fn lookup(text: &str) -> Option<&'static Status> {
    [true, false]
        .into_iter()
        .find_map(|decimal| number(text, decimal).and_then(of_number))
}

/// The stop code that a text names (`0x9e`, `158`, or `0x0000009e (0x…, …)` as in
/// the record of a bugcheck).
#[must_use]
pub fn bugcheck(text: &str) -> Option<&'static Status> {
    let code = number(text.split_whitespace().next()?, true)?;
    BY_CODE.get(&(Space::Bugcheck, code)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Option<&'static str> {
        lookup(text).and_then(|s| s.name)
    }

    #[test]
    fn every_line_of_the_table_is_a_code_of_its_own() {
        assert_eq!(STATUSES.len(), TABLE.lines().count() - 1);
        assert_eq!(STATUSES.len(), BY_CODE.len());
        for status in all() {
            for lang in [Lang::En, Lang::Ja] {
                let meaning = status.meaning(lang);
                assert!(!meaning.trim().is_empty(), "{status:?}");
                assert!(!meaning.ends_with(['.', '。']), "{status:?}");
            }
        }
    }

    #[test]
    fn a_code_is_known_in_each_of_its_forms() {
        for text in ["5", " 5 ", "0x5", "0x00000005", "0X80070005", "2147942405"] {
            assert_eq!(name(text), Some("ERROR_ACCESS_DENIED"), "{text}");
        }
        for text in ["-2147024891", "80070005", "%%5", "0xFFFFFFFF80070005"] {
            assert_eq!(name(text), Some("ERROR_ACCESS_DENIED"), "{text}");
        }
        for text in ["c000020c", "0xC000020C", "3221225996", "0xD000020C"] {
            assert_eq!(name(text), Some("STATUS_CONNECTION_DISCONNECTED"), "{text}");
        }
        assert_eq!(name("%%2148074243"), Some("SEC_E_TARGET_UNKNOWN"));
        assert_eq!(name("5925"), Some("ERROR_CLUSTER_NO_QUORUM"));
        let nameless = lookup("0xC0370027").unwrap();
        assert_eq!((nameless.name, nameless.space), (None, Space::Hresult));
    }

    #[test]
    fn what_is_no_code_or_an_unknown_one_has_no_name() {
        for text in ["", "0x", "0x+5", "five", "5925s", "99999", "0x100000005"] {
            assert_eq!(lookup(text), None, "{text:?}");
        }
        // A bugcheck's number is another code elsewhere.
        assert_eq!(lookup("0x9E"), None);
        let stop = bugcheck("0x0000009e (0xffffe00001, 0x3c, 0x0)").unwrap();
        assert_eq!(stop.name, Some("USER_MODE_HEALTH_MONITOR"));
        assert_eq!(bugcheck("0x5"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            let _ = (lookup(&text), bugcheck(&text));
        }

        #[test]
        fn decimal_and_hex_name_the_same(code in any::<u32>()) {
            prop_assert_eq!(lookup(&code.to_string()), lookup(&format!("{code:#x}")));
        }
    }
}
