//! Times of fixed shape, read byte by byte: the readers' hot path.
//!
//! Only numbers and calendar arithmetic; zones and ambiguity are
//! [`crate::model::time::civil_to_utc`]'s.

use crate::model::time::{Moment, TICKS_PER_SECOND};

/// A wall-clock time whose parts are in range (seconds up to 59), without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    /// Fraction of the second in ticks of 100 ns.
    pub(super) ticks: u32,
}

impl Civil {
    /// `None` when such a time is on no calendar or clock.
    pub(super) fn new(
        (year, month, day): (u16, u8, u8),
        (hour, minute, second): (u8, u8, u8),
        ticks: u32,
    ) -> Option<Self> {
        let valid = (1601..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in(year, month)
            && hour < 24
            && minute < 60
            && second < 60;
        valid.then_some(Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ticks,
        })
    }

    /// The instant at which a clock in UTC shows this time.
    pub(super) fn as_utc(self) -> Option<Moment> {
        let days = days_since_1970(self.year, self.month, self.day);
        let seconds = days * 86_400
            + i64::from(self.hour) * 3600
            + i64::from(self.minute) * 60
            + i64::from(self.second);
        Moment::from_ticks(seconds * TICKS_PER_SECOND + i64::from(self.ticks))
    }

    /// The same time for zone arithmetic.
    pub(super) fn to_jiff(self) -> Option<jiff::civil::DateTime> {
        jiff::civil::DateTime::new(
            i16::try_from(self.year).ok()?,
            i8::try_from(self.month).ok()?,
            i8::try_from(self.day).ok()?,
            i8::try_from(self.hour).ok()?,
            i8::try_from(self.minute).ok()?,
            i8::try_from(self.second).ok()?,
            i32::try_from(self.ticks * 100).ok()?,
        )
        .ok()
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar: years counted from
/// March, so that the leap day is the last of its year.
fn days_since_1970(year: u16, month: u8, day: u8) -> i64 {
    let (year, month) = if month > 2 {
        (i64::from(year), i64::from(month) - 3)
    } else {
        (i64::from(year) - 1, i64::from(month) + 9)
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The number that `bytes` spell in decimal; `None` unless all are digits.
/// For fields of at most 9 digits.
pub(super) fn digits(bytes: &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for &byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(byte - b'0');
    }
    (!bytes.is_empty() && bytes.len() <= 9).then_some(value)
}

/// A fraction of a second, 1 to 9 digits, as ticks of 100 ns (finer digits are cut).
pub(super) fn fraction(bytes: &[u8]) -> Option<u32> {
    if bytes.len() > 9 {
        return None;
    }
    digits(bytes)?;
    let mut value = 0;
    for at in 0..7 {
        value = value * 10 + bytes.get(at).map_or(0, |b| u32::from(b - b'0'));
    }
    Some(value)
}

/// `SystemTime` of an event: RFC 3339 with up to nine digits of fraction, or the
/// form with a blank and without a zone that some renderers write (UTC too, since
/// the schema of events knows no other).
pub(super) fn system_time(text: &str) -> Option<Moment> {
    let text = text.trim_ascii().as_bytes();
    if text.len() < 19
        || text[4] != b'-'
        || text[7] != b'-'
        || !matches!(text[10], b'T' | b't' | b' ')
        || text[13] != b':'
        || text[16] != b':'
    {
        return None;
    }
    let two = |at: usize| Some(digits(&text[at..at + 2])? as u8);
    let mut rest = &text[19..];
    let mut ticks = 0;
    if let [b'.', after @ ..] = rest {
        let length = after.iter().take_while(|b| b.is_ascii_digit()).count();
        ticks = fraction(&after[..length])?;
        rest = &after[length..];
    }
    let year = digits(&text[..4])? as u16;
    let moment = Civil::new(
        (year, two(5)?, two(8)?),
        (two(11)?, two(14)?, two(17)?),
        ticks,
    )?
    .as_utc()?;
    match rest {
        b"" | b"Z" | b"z" => Some(moment),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = i64::from(digits(&[*h1, *h2])?);
            let minutes = i64::from(digits(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let east = (hours * 60 + minutes) * 60 * TICKS_PER_SECOND;
            Some(moment.plus_ticks(if *sign == b'+' { -east } else { east }))
        }
        _ => None,
    }
}

/// Which of two numbers is the month; `None` when both could be.
pub(super) fn month_and_day(a: i8, b: i8) -> Option<(i8, i8)> {
    match (a <= 12, b <= 12) {
        (true, false) => Some((a, b)),
        (false, true) => Some((b, a)),
        (true, true) if a == b => Some((a, b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_renderings_of_one_instant_agree() {
        let expected = Moment::parse("2023-08-04T00:45:04.2627283Z");
        assert!(expected.is_some());
        for text in [
            "2023-08-04T00:45:04.2627283Z",
            "2023-08-04 00:45:04.2627283",
            "2023-08-04T00:45:04.262728300Z",
            "2023-08-04T09:45:04.2627283+09:00",
        ] {
            assert_eq!(system_time(text), expected, "{text}");
        }
    }

    #[test]
    fn times_on_no_calendar_are_refused() {
        for text in [
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-01-01T24:00:00Z",
            "1600-12-31T00:00:00Z",
            "2023-01-01T00:00:00.Z",
            "2023-01-01T00:00:00.1234567890Z",
            "2023-01-01T00:00:00 JST",
            "2023-01-01",
        ] {
            assert_eq!(system_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_hand_written_calendar_agrees_with_jiff(
            seconds in -11_644_473_600i64..253_402_207_199,
            ticks in 0..TICKS_PER_SECOND,
        ) {
            let Some(moment) = Moment::from_ticks(seconds * TICKS_PER_SECOND + ticks) else {
                return Ok(());
            };
            prop_assert_eq!(system_time(&moment.to_string()), Some(moment));
        }
    }
}
