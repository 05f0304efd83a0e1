//! Instants, windows and how exactly they are known.
//!
//! One instant type everywhere: [`Moment`], UTC. Local time exists only while a
//! log is parsed ([`civil_to_utc`]) or a report is rendered. This file does not
//! know about clocks that are wrong; that is `timeline::clock`.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Ticks of 100 ns in one second, the resolution of a Windows `FILETIME`.
pub const TICKS_PER_SECOND: i64 = 10_000_000;

/// Seconds between 1601-01-01 (the `FILETIME` epoch) and 1970-01-01.
const FILETIME_EPOCH_SECONDS: i64 = 11_644_473_600;

/// An instant in UTC: signed ticks of 100 ns since 1970-01-01T00:00:00Z.
///
/// Range: years 1601 to 9999, which every constructor holds; arithmetic
/// saturates at its ends instead of wrapping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// The earliest instant a log can name: 1601-01-01T00:00:00Z.
    pub const MIN: Moment = Moment(-FILETIME_EPOCH_SECONDS * TICKS_PER_SECOND);
    /// Where the clock of a PC starts when it has lost its time, 1980-01-01T00:00:00Z: no
    /// Windows has written a record with an earlier one.
    pub const EARLIEST_CLOCK: Moment = Moment(315_532_800 * TICKS_PER_SECOND);
    /// The latest instant that can be written down: 9999-12-30T21:59:59Z.
    pub const MAX: Moment = Moment(253_402_207_199 * TICKS_PER_SECOND);

    /// From ticks of 100 ns since 1970; `None` outside 1601 to 9999.
    #[must_use]
    pub fn from_ticks(ticks: i64) -> Option<Self> {
        let moment = Moment(ticks);
        (Self::MIN..=Self::MAX).contains(&moment).then_some(moment)
    }

    /// From a Windows `FILETIME` (ticks of 100 ns since 1601).
    ///
    /// Zero, which Windows writes for "no time", and values past 9999 give `None`.
    #[must_use]
    pub fn from_filetime(filetime: u64) -> Option<Self> {
        if filetime == 0 {
            return None;
        }
        let ticks = i64::try_from(filetime).ok()?;
        Self::from_ticks(ticks.checked_sub(FILETIME_EPOCH_SECONDS * TICKS_PER_SECOND)?)
    }

    /// As a Windows `FILETIME`.
    #[must_use]
    pub fn to_filetime(self) -> u64 {
        (self.0 + FILETIME_EPOCH_SECONDS * TICKS_PER_SECOND).unsigned_abs()
    }

    /// From a jiff timestamp, truncated to 100 ns; `None` outside the range.
    #[must_use]
    pub fn from_timestamp(timestamp: jiff::Timestamp) -> Option<Self> {
        i64::try_from(timestamp.as_nanosecond().div_euclid(100))
            .ok()
            .and_then(Self::from_ticks)
    }

    /// As a jiff timestamp (for rendering in a time zone).
    #[must_use]
    pub fn to_timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(i128::from(self.0) * 100)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Ticks of 100 ns since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn ticks(self) -> i64 {
        self.0
    }

    /// Parses RFC 3339 or a looser form with an offset (`2017-11-21T10:57:53.8748473Z`).
    /// A time without an offset is refused: its zone is not known here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.trim()
            .parse::<jiff::Timestamp>()
            .ok()
            .and_then(Self::from_timestamp)
    }

    /// Seconds from `earlier` to `self`; negative when `self` comes first.
    #[must_use]
    pub fn seconds_since(self, earlier: Moment) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / TICKS_PER_SECOND as f64
    }

    /// Moved by a number of seconds (negative moves back), saturating.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        self.plus_ticks((seconds * TICKS_PER_SECOND as f64).round() as i64)
    }

    /// Moved by ticks of 100 ns (negative moves back), saturating.
    #[must_use]
    pub fn plus_ticks(self, ticks: i64) -> Self {
        Moment(self.0.saturating_add(ticks)).clamp(Self::MIN, Self::MAX)
    }
}

/// The text of an instant, in place.
#[derive(Clone, Copy)]
pub struct Rfc3339 {
    text: [u8; 28],
    len: usize,
}

impl Rfc3339 {
    /// As text, which is ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.text.get(..self.len);
        text.and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or_default()
    }
}

impl Moment {
    /// RFC 3339, UTC, `Z`, as many fraction digits as needed (0, 3, 6 or 7). Without the
    /// detour over a calendar: a large log is written with one for each record.
    #[must_use]
    pub fn rfc3339(self) -> Rfc3339 {
        let seconds = self.0.div_euclid(TICKS_PER_SECOND);
        let ticks = self.0.rem_euclid(TICKS_PER_SECOND);
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days counted from 0000-03-01 in eras of 400 years, so that the leap day is the
        // last of its year.
        let days = days + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = era * 400 + year + i64::from(month <= 2);
        let mut text = *b"0000-00-00T00:00:00.0000000Z";
        let places = [
            (0..4, year),
            (5..7, month),
            (8..10, day),
            (11..13, second / 3600),
            (14..16, second / 60 % 60),
            (17..19, second % 60),
            (20..27, ticks),
        ];
        for (place, mut value) in places {
            for digit in text[place].iter_mut().rev() {
                *digit = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        let len = match ticks {
            0 => 19,
            ticks if ticks % 10_000 == 0 => 23,
            ticks if ticks % 10 == 0 => 26,
            _ => 27,
        };
        text[len] = b'Z';
        Rfc3339 { text, len: len + 1 }
    }
}

impl fmt::Display for Moment {
    /// As [`Moment::rfc3339`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rfc3339().as_str())
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Moment::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "expected a time with an offset, such as 2024-05-14T10:05:00+09:00, found {text:?}"
            ))
        })
    }
}

impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339 instant in UTC",
        })
    }
}

/// How finely a source states its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 100 ns: EVTX `TimeCreated`.
    Tick,
    /// 1 ms: cluster.log.
    Millisecond,
    /// 1 s: notes written with seconds, CSV exports.
    Second,
    /// 1 min: notes, file names of reports and collections.
    Minute,
}

/// On which clock a file's times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeBasis {
    /// UTC, stated by the format or the file.
    Utc,
    /// Local time at this offset east of UTC, in minutes.
    Local {
        /// Minutes to subtract to get UTC; +540 for Japan.
        offset_minutes: i32,
    },
    /// Taken as UTC because nothing in the file says otherwise.
    Assumed,
    /// The file has no times.
    None,
}

impl fmt::Display for TimeBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeBasis::Utc => f.write_str("utc"),
            TimeBasis::Local { offset_minutes } => {
                let sign = if *offset_minutes < 0 { '-' } else { '+' };
                let minutes = offset_minutes.abs();
                write!(f, "local{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
            TimeBasis::Assumed => f.write_str("assumed-utc"),
            TimeBasis::None => f.write_str("none"),
        }
    }
}

/// A closed interval of time. `from <= to` always holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Window {
    /// First instant inside.
    pub from: Moment,
    /// Last instant inside.
    pub to: Moment,
}

impl Window {
    /// Everything that can be written down.
    pub const ALL: Window = Window {
        from: Moment::MIN,
        to: Moment::MAX,
    };

    /// The interval between two instants, given in any order.
    #[must_use]
    pub fn new(a: Moment, b: Moment) -> Self {
        Window {
            from: a.min(b),
            to: a.max(b),
        }
    }

    /// Whether `moment` lies inside, ends included.
    #[must_use]
    pub fn contains(&self, moment: Moment) -> bool {
        self.from <= moment && moment <= self.to
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn covers(&self, other: &Window) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// Whether the two share an instant.
    #[must_use]
    pub fn overlaps(&self, other: &Window) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// Widened by `seconds` at both ends; a negative value is taken as zero.
    #[must_use]
    pub fn widened(&self, seconds: f64) -> Self {
        let by = seconds.max(0.0);
        Window {
            from: self.from.plus_seconds(-by),
            to: self.to.plus_seconds(by),
        }
    }

    /// Length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.to.seconds_since(self.from)
    }
}

/// What a civil (wall clock) time means in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CivilInstant {
    /// Exactly one instant.
    One(Moment),
    /// The clock was set back: the wall clock showed this time twice.
    Ambiguous {
        /// Before the clock was set back.
        earlier: Moment,
        /// After it was set back.
        later: Moment,
    },
    /// The clock was set forward over it: the wall clock never showed this time.
    Skipped,
}

/// Converts a wall-clock time to UTC and keeps what is ambiguous about it.
#[must_use]
pub fn civil_to_utc(civil: DateTime, zone: &TimeZone) -> CivilInstant {
    let at = |offset: jiff::tz::Offset| {
        offset
            .to_timestamp(civil)
            .ok()
            .and_then(Moment::from_timestamp)
            .unwrap_or(Moment::MIN)
    };
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => CivilInstant::One(at(offset)),
        AmbiguousOffset::Fold { before, after } => CivilInstant::Ambiguous {
            earlier: at(before),
            later: at(after),
        },
        AmbiguousOffset::Gap { .. } => CivilInstant::Skipped,
    }
}

/// The form of times inside records of failover clustering: local time, also in a
/// cluster.log whose own stamps are UTC (`2019/06/03-10:29:59.889`).
const INSIDE: &str = "%Y/%m/%d-%H:%M:%S%.f";

/// A time that stands inside a record of failover clustering, by its node's clock.
#[must_use]
pub fn local_inside(text: &str) -> Option<jiff::civil::DateTime> {
    jiff::civil::DateTime::strptime(INSIDE, text.trim()).ok()
}

/// Whether a text is a time without its zone, as records of failover clustering have it.
#[must_use]
pub fn is_local(text: &str) -> bool {
    local_inside(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filetime_round_trips_and_prints_its_ticks() {
        // 2017-11-21T10:57:53.8748473Z, a time seen in a real record.
        let moment = Moment::parse("2017-11-21T10:57:53.8748473Z").unwrap();
        assert_eq!(Moment::from_filetime(moment.to_filetime()), Some(moment));
        assert_eq!(moment.to_string(), "2017-11-21T10:57:53.8748473Z");
        assert_eq!(Moment::from_filetime(0), None);
        assert_eq!(Moment::from_filetime(u64::MAX), None);
    }

    /// As the calendar of jiff writes it.
    fn by_calendar(time: Moment) -> String {
        let fraction = time.ticks().rem_euclid(TICKS_PER_SECOND);
        let whole = time.to_timestamp().strftime("%Y-%m-%dT%H:%M:%S");
        match fraction {
            0 => format!("{whole}Z"),
            t if t % 10_000 == 0 => format!("{whole}.{:03}Z", t / 10_000),
            t if t % 10 == 0 => format!("{whole}.{:06}Z", t / 10),
            t => format!("{whole}.{t:07}Z"),
        }
    }

    #[test]
    fn times_are_written_as_by_a_calendar() {
        for ticks in [
            0,
            1,
            10,
            10_000,
            -1,
            951_782_399 * TICKS_PER_SECOND + 9_999_990,
            17_159_051_551_234_567,
            Moment::MIN.ticks(),
            Moment::MAX.ticks(),
        ] {
            let time = Moment::from_ticks(ticks).unwrap();
            assert_eq!(time.to_string(), by_calendar(time));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_time_is_written_as_by_a_calendar(
            ticks in Moment::MIN.ticks()..=Moment::MAX.ticks(),
            whole in proptest::sample::select(vec![1, 10, 10_000, TICKS_PER_SECOND]),
        ) {
            let time = Moment::from_ticks(ticks - ticks.rem_euclid(whole)).unwrap();
            proptest::prop_assert_eq!(time.to_string(), by_calendar(time));
        }
    }

    #[test]
    fn a_time_without_a_zone_is_refused() {
        assert_eq!(Moment::parse("2024-05-14T10:05:00"), None);
        assert_eq!(
            Moment::parse("2024-05-14T10:05:00+09:00")
                .unwrap()
                .to_string(),
            "2024-05-14T01:05:00Z"
        );
    }

    #[test]
    fn folds_and_gaps_stay_visible() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let fold = jiff::civil::date(2024, 11, 3).at(1, 30, 0, 0);
        let CivilInstant::Ambiguous { earlier, later } = civil_to_utc(fold, &zone) else {
            panic!("01:30 happened twice on that day");
        };
        assert_eq!(later.seconds_since(earlier), 3600.0);
        let gap = jiff::civil::date(2024, 3, 10).at(2, 30, 0, 0);
        assert_eq!(civil_to_utc(gap, &zone), CivilInstant::Skipped);
    }
}
