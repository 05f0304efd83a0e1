//! Times as readers see them: in one zone, with the offset from UTC stated.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::model::time::{Moment, Precision, Window};

/// Renders times in one zone.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    /// The offset, where it is the same in the whole window; else each time
    /// carries its own.
    offset: Option<String>,
    /// What was said so far, so that a format can show it in another zone.
    said: RefCell<BTreeMap<String, Moment>>,
}

impl Clock {
    /// For times in `zone`; `window` decides whether one offset is enough.
    #[must_use]
    pub fn new(zone: &TimeZone, window: Option<Window>) -> Self {
        let offset = window.and_then(|window| {
            let changes = zone
                .following(window.from.to_timestamp())
                .next()
                .is_some_and(|t| t.timestamp() <= window.to.to_timestamp());
            (!changes).then(|| offset(zone, window.from))
        });
        Clock {
            zone: zone.clone(),
            offset,
            said: RefCell::default(),
        }
    }

    /// Every instant that was rendered so far, by its text; axes are not among them.
    #[must_use]
    pub fn said(&self) -> BTreeMap<String, Moment> {
        self.said
            .try_borrow()
            .map(|s| s.clone())
            .unwrap_or_default()
    }

    /// Keeps what a text means. Two instants of one text differ by less than it shows.
    fn say(&self, moment: Moment, text: String) -> String {
        if let Ok(mut said) = self.said.try_borrow_mut() {
            said.entry(text.clone()).or_insert(moment);
        }
        text
    }

    /// The zone's name in the IANA database, where it has one.
    #[must_use]
    pub fn iana_name(&self) -> Option<String> {
        self.zone.iana_name().map(str::to_owned)
    }

    /// The zone's name (`Asia/Tokyo`, `UTC`), or its offset where it has no name.
    #[must_use]
    pub fn zone_name(&self) -> String {
        match self.zone.iana_name() {
            Some(name) => name.to_owned(),
            None => self
                .offset
                .as_ref()
                .map_or_else(|| "local time".to_owned(), |o| format!("UTC{o}")),
        }
    }

    /// The zone with its offset, where that is one and the name does not say it:
    /// `Asia/Tokyo (UTC+09:00)`, `UTC`.
    #[must_use]
    pub fn zone_label(&self) -> String {
        match (&self.offset, self.zone.iana_name()) {
            (_, None | Some("UTC")) => self.zone_name(),
            (None, Some(name)) => name.to_owned(),
            (Some(offset), Some(name)) => format!("{name} (UTC{offset})"),
        }
    }

    /// The one offset of the window (`+09:00`), where there is one.
    #[must_use]
    pub fn offset(&self) -> Option<&str> {
        self.offset.as_deref()
    }

    /// `2024-05-14 10:05:03`, with the offset where it is not the same everywhere.
    #[must_use]
    pub fn second(&self, moment: Moment) -> String {
        self.with(moment, "%Y-%m-%d %H:%M:%S", "")
    }

    /// A text with its instants (`2024-05-14T01:05:03Z`) shown in the zone.
    #[must_use]
    pub fn in_text(&self, text: &str) -> String {
        const FORM: &[u8] = b"0000-00-00T00:00:00Z";
        let is_instant = |bytes: &[u8]| {
            bytes.iter().zip(FORM).all(|(b, form)| match form {
                b'0' => b.is_ascii_digit(),
                form => b == form,
            })
        };
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.as_bytes().windows(FORM.len()).position(is_instant) {
            let (before, tail) = rest.split_at(at);
            let (instant, after) = tail.split_at(FORM.len());
            shown.push_str(before);
            match Moment::parse(instant) {
                Some(moment) => shown.push_str(&self.second(moment)),
                None => shown.push_str(instant),
            }
            rest = after;
        }
        shown.push_str(rest);
        shown
    }

    /// As finely as the source states it: minutes, seconds or milliseconds.
    #[must_use]
    pub fn precise(&self, moment: Moment, precision: Precision) -> String {
        match precision {
            Precision::Minute => self.with(moment, "%Y-%m-%d %H:%M", ""),
            Precision::Second => self.second(moment),
            Precision::Millisecond | Precision::Tick => {
                let millis = moment.ticks().rem_euclid(10_000_000) / 10_000;
                self.with(moment, "%Y-%m-%d %H:%M:%S", &format!(".{millis:03}"))
            }
        }
    }

    /// By a format of jiff, without an offset; for axes.
    #[must_use]
    pub fn civil(&self, moment: Moment, format: &str) -> String {
        moment
            .to_timestamp()
            .to_zoned(self.zone.clone())
            .strftime(format)
            .to_string()
    }

    /// Seconds east of UTC at a moment.
    #[must_use]
    pub fn seconds_east(&self, moment: Moment) -> i64 {
        i64::from(self.zone.to_offset(moment.to_timestamp()).seconds())
    }

    fn with(&self, moment: Moment, format: &str, fraction: &str) -> String {
        let civil = self.civil(moment, format);
        let text = match &self.offset {
            Some(_) => format!("{civil}{fraction}"),
            None => format!("{civil}{fraction} {}", offset(&self.zone, moment)),
        };
        self.say(moment, text)
    }
}

fn offset(zone: &TimeZone, moment: Moment) -> String {
    let seconds = zone.to_offset(moment.to_timestamp()).seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn instants_in_a_text_are_shown_in_the_zone() {
        let clock = Clock::new(&TimeZone::get("Asia/Tokyo").unwrap(), None);
        let text = "edited at 2024-05-14T01:05:03Z, not at 2024-99-99T01:05:03Z; 変更 2024-05-14T15:00:00Z";
        let shown = clock.in_text(text);
        assert!(shown.contains("2024-05-14 10:05:03"), "{shown}");
        assert!(shown.contains("2024-05-15 00:00:00"), "{shown}");
        assert!(
            shown.contains("2024-99-99T01:05:03Z"),
            "what is no instant stays: {shown}"
        );
    }

    #[test]
    fn one_offset_is_stated_once_and_a_changing_one_each_time() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let window = Window::new(at("2024-05-14T00:00:00Z"), at("2024-05-15T00:00:00Z"));
        let clock = Clock::new(&tokyo, Some(window));
        assert_eq!(clock.offset(), Some("+09:00"));
        assert_eq!(
            clock.second(at("2024-05-14T01:05:00Z")),
            "2024-05-14 10:05:00"
        );
        let said: Vec<(String, Moment)> = clock.said().into_iter().collect();
        assert_eq!(
            said,
            [("2024-05-14 10:05:00".to_owned(), at("2024-05-14T01:05:00Z"))]
        );

        let york = TimeZone::get("America/New_York").unwrap();
        let window = Window::new(at("2024-11-02T00:00:00Z"), at("2024-11-04T00:00:00Z"));
        let clock = Clock::new(&york, Some(window));
        assert_eq!(clock.offset(), None);
        assert_eq!(
            clock.precise(at("2024-11-03T05:30:00.25Z"), Precision::Tick),
            "2024-11-03 01:30:00.250 -04:00"
        );
        assert_eq!(
            clock.precise(at("2024-11-03T06:30:00Z"), Precision::Minute),
            "2024-11-03 01:30 -05:00"
        );
    }
}
