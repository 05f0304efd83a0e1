//! What the command line means: typed text turned into what the rooms take.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use vmtrail::model::event::Severity;
use vmtrail::model::text::Lang;
use vmtrail::model::time::{CivilInstant, Moment, Window, civil_to_utc};

use super::args::{LangArg, SeverityArg};
use super::{CannotRun, Result};

/// A time zone by name.
pub fn zone(name: Option<&str>) -> Result<Option<TimeZone>> {
    name.map(|name| {
        TimeZone::get(name).map_err(|_| {
            CannotRun(format!(
                "--tz: unknown time zone {name:?}; expected a name such as Asia/Tokyo or UTC"
            ))
        })
    })
    .transpose()
}

/// A number of bytes: `512M`, `2G`, or without a letter.
pub fn bytes(text: &str) -> std::result::Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 1 << 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 1 << 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let number = digits.parse::<u64>().ok();
    number
        .and_then(|number| number.checked_mul(unit))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "expected a size such as 512M or 2G".to_owned())
}

/// The window between `--from` and `--to`.
pub fn window(
    from: Option<&str>,
    to: Option<&str>,
    zone: Option<&TimeZone>,
) -> Result<Option<Window>> {
    window_named(["--from", "--to"], from, to, zone)
}

/// The window between two options, which are called so.
pub fn window_named(
    names: [&str; 2],
    from: Option<&str>,
    to: Option<&str>,
    zone: Option<&TimeZone>,
) -> Result<Option<Window>> {
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let bound = |option: &str, text: Option<&str>, default: Moment| {
        text.map_or(Ok(default), |text| moment(option, text, zone))
    };
    let from = bound(names[0], from, Moment::MIN)?;
    let to = bound(names[1], to, Moment::MAX)?;
    if from > to {
        return Err(CannotRun(format!(
            "{} {from} is later than {} {to}",
            names[0], names[1]
        )));
    }
    Ok(Some(Window::new(from, to)))
}

/// A time as typed.
pub fn moment(option: &str, text: &str, zone: Option<&TimeZone>) -> Result<Moment> {
    if let Some(moment) = Moment::parse(text) {
        return Ok(moment);
    }
    let civil: DateTime = text.parse().map_err(|_| {
        CannotRun(format!(
            "{option}: expected a time such as 2024-05-14T10:00+09:00, found {text:?}"
        ))
    })?;
    let zone = zone.ok_or_else(|| {
        CannotRun(format!(
            "{option}: {text:?} has no offset; add one (+09:00, Z) or give --tz"
        ))
    })?;
    match civil_to_utc(civil, zone) {
        CivilInstant::One(moment) => Ok(moment),
        CivilInstant::Ambiguous { earlier, later } => Err(CannotRun(format!(
            "{option}: {text:?} happened twice in that zone, at {earlier} and {later}; give an offset"
        ))),
        CivilInstant::Skipped => Err(CannotRun(format!(
            "{option}: {text:?} never happened in that zone; the clock was set forward over it"
        ))),
    }
}

/// The language asked for, else that of the locale, else English.
pub fn language(asked: Option<LangArg>) -> Lang {
    match asked {
        Some(LangArg::En) => Lang::En,
        Some(LangArg::Ja) => Lang::Ja,
        None => {
            let told = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
            // Windows keeps the language of its user elsewhere.
            of_locale(told.or_else(sys_locale::get_locale).as_deref())
        }
    }
}

/// `ja`, `ja_JP.UTF-8`, `ja-JP`, and `Japanese_Japan.932` as Windows' C library says it.
fn of_locale(locale: Option<&str>) -> Lang {
    let locale = locale.unwrap_or_default().to_lowercase();
    let language = locale.split(['_', '-', '.', '@']).next();
    match language {
        Some("ja" | "japanese") => Lang::Ja,
        _ => Lang::En,
    }
}

impl From<SeverityArg> for Severity {
    fn from(arg: SeverityArg) -> Self {
        match arg {
            SeverityArg::Info => Severity::Info,
            SeverityArg::Warning => Severity::Warning,
            SeverityArg::Error => Severity::Error,
            SeverityArg::Critical => Severity::Critical,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit_or_none() {
        assert_eq!(bytes("512M"), Ok(512 << 20));
        assert_eq!(bytes("2g"), Ok(2 << 30));
        assert_eq!(bytes("4096"), Ok(4096));
        for wrong in ["", "M", "0", "-1G", "1T", "1.5G", "99999999999G"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_locale_gives_the_language() {
        for (locale, lang) in [
            ("ja_JP.UTF-8", Lang::Ja),
            ("ja-JP", Lang::Ja),
            ("ja", Lang::Ja),
            ("Japanese_Japan.932", Lang::Ja),
            ("C.UTF-8", Lang::En),
            ("en_US", Lang::En),
            ("jam", Lang::En),
        ] {
            assert_eq!(of_locale(Some(locale)), lang, "{locale}");
        }
        assert_eq!(of_locale(None), Lang::En);
    }
}
