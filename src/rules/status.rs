//! Status codes by name or number, as conditions compare them. The one seam between
//! rules and the table of codes.

use crate::model::status;

/// A code by its number or its symbolic name; `None` when neither is known.
pub(super) fn number_of(text: &str) -> Option<u32> {
    let text = text.trim();
    number(text).or_else(|| {
        let known = status::named(text)?;
        Some(canonical(known.code))
    })
}

/// A Win32 error wrapped into an HRESULT is that error.
fn canonical(code: u32) -> u32 {
    if code & 0xffff_0000 == 0x8007_0000 {
        code & 0xffff
    } else {
        code
    }
}

/// Decimal, signed or not, or `0x` hexadecimal; of 64 bits the low 32, since a signed
/// code is widened with its sign.
fn number(text: &str) -> Option<u32> {
    let wide = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => match text.parse::<i64>() {
            Ok(signed) => signed.cast_unsigned(),
            Err(_) => return None,
        },
    };
    let low = u32::try_from(wide & 0xffff_ffff).ok()?;
    let high = wide >> 32;
    (high == 0 || high == 0xffff_ffff).then(|| canonical(low))
}

/// The codes that a value holds: itself where it is one, a name, else every run of
/// exactly eight hexadecimal digits in it, with or without `0x`.
pub(super) fn codes_in(value: &str) -> impl Iterator<Item = u32> + '_ {
    let whole = number_of(value);
    let parts = value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| {
            let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
            let digits = hex.unwrap_or(word);
            (digits.len() == 8)
                .then(|| u32::from_str_radix(digits, 16).ok())
                .flatten()
        })
        .map(canonical);
    let (one, many) = match whole {
        Some(code) => (Some(code), None),
        None => (None, Some(parts)),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_has_many_spellings() {
        for same in [
            "5",
            "0x5",
            "0x80070005",
            "-2147024891",
            "0xFFFFFFFF80070005",
            "ERROR_ACCESS_DENIED",
        ] {
            assert_eq!(number_of(same), Some(5), "{same}");
        }
        assert_eq!(number_of("c0130021"), None, "without 0x it is no number");
        assert_eq!(number_of("ERROR_NO_SUCH_NAME_AT_ALL"), None);
        assert_eq!(number_of("0x180070005"), None, "not a widened code");
    }

    #[test]
    fn a_sentence_holds_the_codes_written_in_it() {
        let codes = |s| codes_in(s).collect::<Vec<_>>();
        assert_eq!(codes("refused: denied (0x8007271D)."), [10013]);
        assert_eq!(codes("STATUS_X(c0130021)"), [0xc013_0021]);
        assert_eq!(codes("status 5 of 0x80070005x"), Vec::<u32>::new());
        assert_eq!(codes("5"), [5]);
    }
}
