//! Messages of events, from the files that Windows writes beside an exported log:
//! `LocaleMetaData\<log>_<LCID>.MTA`, one a language. An event log holds values only; the
//! sentence around them is there where somebody exported it.
//!
//! Format and matching: `docs/mta.md` of the crate `evtx`, which reads the files. The
//! crate keeps all strings of a file in memory, each as often as something points to it,
//! so a file is looked through first: one whose parts point at each other over and over
//! is refused.

use evtx::mta::{MtaEvent, MtaFile};

use super::super::raw::{InFront, RawEvent, RecordSink};
use super::template::{u32_at, u64_at};
use crate::model::text::Lang;

/// First bytes of such a file.
pub const MAGIC: &[u8] = b"MTAFile\0";
/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 512 << 20;

/// Bytes of a page before its records.
const PAGE: usize = 888;
/// Where a page names the next one, itself, and its records.
const NEXT: usize = 72;
const OWN: usize = 80;
const SLOTS: usize = 88;
/// Names of levels, tasks and the like that a file may repeat, in bytes.
const MOST_NAMES: u64 = 64 << 20;

/// The log that a file of messages belongs to, as [`log_key`] names it, and the language
/// as Windows numbers it (1033, 1041; 0: not said). `None` for a path of another form.
#[must_use]
pub fn log_of(path: &str) -> Option<(String, u32)> {
    let (folder, name) = path.rsplit_once('/')?;
    let (above, own) = folder.rsplit_once('/').unwrap_or(("", folder));
    if !own.eq_ignore_ascii_case("LocaleMetaData") {
        return None;
    }
    let (stem, number) = split_extension(name, ".mta")?;
    let (log, lcid) = stem.rsplit_once('_')?;
    let digits = !lcid.is_empty() && lcid.bytes().all(|b| b.is_ascii_digit());
    let lcid = lcid.parse().ok().filter(|_| digits)?;
    let beside = match above {
        "" => format!("{log}{number}"),
        above => format!("{above}/{log}{number}"),
    };
    Some((beside.to_lowercase(), lcid))
}

/// What pairs an event log with its messages; `None` when its name is no event log's.
#[must_use]
pub fn log_key(path: &str) -> Option<String> {
    let (stem, number) = split_extension(path, ".evtx")?;
    Some(format!("{stem}{number}").to_lowercase())
}

/// A name without its extension, and the `#2` that tells members of one path apart.
fn split_extension<'p>(name: &'p str, extension: &str) -> Option<(&'p str, &'p str)> {
    let lower = name.to_ascii_lowercase();
    let at = lower.rfind(extension)?;
    let number = &name[at + extension.len()..];
    let is_number = number
        .strip_prefix('#')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    (at > 0 && (number.is_empty() || is_number)).then(|| (&name[..at], number))
}

/// Order of preference: the language asked for, one that the machine chose, English, others.
#[must_use]
pub fn preference(lcid: u32, lang: Lang) -> (u8, u32) {
    // The lower ten bits are the language, whatever the country.
    const ENGLISH: u32 = 0x09;
    const JAPANESE: u32 = 0x11;
    let asked = match lang {
        Lang::En => ENGLISH,
        Lang::Ja => JAPANESE,
    };
    let rank = match lcid & 0x3FF {
        language if language == asked => 0,
        0 => 1,
        ENGLISH => 2,
        _ => 3,
    };
    (rank, lcid)
}

/// The messages of one log in one language.
pub struct Messages(MtaFile);

impl Messages {
    /// From the bytes of a file.
    ///
    /// # Errors
    ///
    /// What is damaged, and where; nothing of such a file is used.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        check(bytes)?;
        MtaFile::from_bytes(bytes)
            .map(Messages)
            .map_err(|error| super::chain(&error))
    }

    /// How many events it has an entry for.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.0.event_count() as u64
    }

    /// The message of a record, as Windows finds it: by the publisher, the record's
    /// position in the exported log and its `EventRecordID`.
    #[must_use]
    pub fn of(&self, event: &RawEvent<'_>) -> Option<&str> {
        let event = MtaEvent {
            provider: event.provider,
            record_number: event.number,
            event_record_id: event.record_id.unwrap_or(0),
            ..MtaEvent::default()
        };
        self.0.rendering_info(&event)?.message
    }
}

/// A sink that is told the messages of records as well.
pub struct WithMessages<'s> {
    /// Who is told.
    pub sink: &'s mut dyn RecordSink,
    /// What is told.
    pub messages: &'s Messages,
}

impl InFront for WithMessages<'_> {
    fn behind(&self) -> &dyn RecordSink {
        self.sink
    }

    fn behind_mut(&mut self) -> &mut dyn RecordSink {
        self.sink
    }

    fn hand_on(&mut self, event: &RawEvent<'_>) {
        let message = match self.sink.wants(event.provider, event.event_id) {
            true => self.messages.of(event),
            false => None,
        };
        match message {
            Some(message) => self.sink.event(&RawEvent {
                message,
                ..event.clone()
            }),
            None => self.sink.event(event),
        }
    }
}

/// Whether the strings of a file take no more memory than its bytes promise. Damage of
/// other kinds is left to the crate.
fn check(bytes: &[u8]) -> Result<(), String> {
    let repeats = |what: &str| Err(format!("its {what} are told over and over: not read"));
    let mut total = 0u64;
    // Index of each string, and its bytes.
    let mut strings: Vec<(u32, u32)> = Vec::new();
    let mut publishers: Vec<&[u8]> = Vec::new();
    for (name, data) in sections(bytes) {
        let whole = walk(data, |index, payload| {
            total += 8 + payload.len() as u64;
            match name {
                "MSG" => strings.push((index, payload.len() as u32)),
                "PUB" => publishers.push(payload),
                _ => {}
            }
            total <= bytes.len() as u64
        });
        if !whole {
            return repeats("entries");
        }
    }
    strings.sort_unstable();
    let length = |index: u32| {
        let behind = strings.partition_point(|(i, _)| *i <= index);
        match strings.get(behind.wrapping_sub(1)) {
            Some((i, length)) if *i == index => u64::from(*length),
            _ => 0,
        }
    };
    let mut names = 0u64;
    for payload in publishers {
        let mut at = 0;
        for _ in 0..4 {
            let Some(count) = u32_at(payload, at) else {
                break;
            };
            at += 4;
            for _ in 0..count {
                let Some(index) = u32_at(payload, at + 4) else {
                    break;
                };
                at += 8;
                names += length(index);
                if names > MOST_NAMES {
                    return repeats("names");
                }
            }
        }
    }
    Ok(())
}

/// The first section of each name that counts.
fn sections(bytes: &[u8]) -> Vec<(&'static str, &[u8])> {
    let mut found: Vec<(&'static str, &[u8])> = Vec::new();
    let mut at = 24;
    for _ in 0..u32_at(bytes, 20).unwrap_or(0) {
        let (Some(start), Some(size), Some(length)) = (
            u64_at(bytes, at),
            u64_at(bytes, at + 8),
            u32_at(bytes, at + 16),
        ) else {
            break;
        };
        let name = at + 20;
        let Some(end) = name.checked_add(length as usize) else {
            break;
        };
        let Some(text) = bytes.get(name..end) else {
            break;
        };
        at = end;
        let letters: Vec<u8> = text.iter().copied().filter(|b| *b != 0).collect();
        let known = ["EVT", "MSG", "PUB"]
            .into_iter()
            .find(|n| n.as_bytes() == letters);
        let data = usize::try_from(start)
            .ok()
            .zip(usize::try_from(size).ok())
            .and_then(|(start, size)| bytes.get(start..start.checked_add(size)?));
        if let (Some(known), Some(data)) = (known, data)
            && !found.iter().any(|(n, _)| *n == known)
        {
            found.push((known, data));
        }
    }
    found
}

/// Visits every record of a section as the crate does; `false` when `visit` said so.
fn walk<'b>(data: &'b [u8], mut visit: impl FnMut(u32, &'b [u8]) -> bool) -> bool {
    let mut page = 0usize;
    for _ in 0..=data.len() / PAGE {
        let Some(header) = data.get(page..).and_then(|d| d.get(..PAGE)) else {
            return true;
        };
        for slot in header[SLOTS..].as_chunks::<8>().0 {
            let offset = usize::try_from(u64::from_le_bytes(*slot)).unwrap_or(usize::MAX);
            let record = data.get(offset..).filter(|_| offset != 0);
            let Some(record) = record else { continue };
            let (Some(index), Some(size)) = (u32_at(record, 0), u32_at(record, 4)) else {
                continue;
            };
            let Some(payload) = record.get(8..).and_then(|r| r.get(..size as usize)) else {
                continue;
            };
            if !visit(index, payload) {
                return false;
            }
        }
        let (Some(next), Some(own)) = (u64_at(header, NEXT), u64_at(header, OWN)) else {
            return true;
        };
        if next == own {
            return true;
        }
        page = usize::try_from(next).unwrap_or(usize::MAX);
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simulate::mta_writer::{MtaRecord, write_mta};

    fn records(count: u64) -> Vec<MtaRecord> {
        (0..count)
            .map(|n| MtaRecord {
                provider: if n % 3 == 0 { "Prov-A" } else { "Prov-B" }.to_owned(),
                record_id: 1000 + n * 2,
                message: (n % 5 != 4).then(|| format!("message {n}: 移動しました")),
            })
            .collect()
    }

    fn event(number: u64, record_id: u64) -> RawEvent<'static> {
        RawEvent {
            provider: "Prov-A",
            number,
            record_id: Some(record_id),
            ..RawEvent::default()
        }
    }

    #[test]
    fn every_message_is_found_again() {
        for count in [0, 1, 99, 100, 101, 350] {
            let all = records(count);
            let messages = Messages::read(&write_mta(&all)).unwrap();
            assert_eq!(messages.events(), count);
            for (n, record) in (1..).zip(&all) {
                assert_eq!(
                    messages.of(&event(n, record.record_id)),
                    record.message.as_deref()
                );
            }
        }
    }

    #[test]
    fn the_position_decides_between_records_of_one_number() {
        let of = |text: &str| MtaRecord {
            provider: "Prov-A".into(),
            record_id: 7,
            message: Some(text.into()),
        };
        let messages = Messages::read(&write_mta(&[of("first"), of("second")])).unwrap();
        assert_eq!(messages.of(&event(1, 7)), Some("first"));
        assert_eq!(messages.of(&event(2, 7)), Some("second"));
        assert_eq!(
            messages.of(&event(0, 7)),
            Some("first"),
            "no position is known"
        );
        assert_eq!(messages.of(&event(1, 8)), None);
        let other = RawEvent {
            provider: "Prov-C",
            ..event(1, 7)
        };
        assert_eq!(messages.of(&other), None);
    }

    #[test]
    fn logs_and_messages_are_paired_by_their_paths() {
        for (messages, log, lcid) in [
            (
                "b.zip!/Node_HV01/LocaleMetaData/Microsoft-Windows-FailoverClustering-Operational_1033.MTA",
                "b.zip!/Node_HV01/Microsoft-Windows-FailoverClustering-Operational.EVTX",
                1033,
            ),
            (
                "TSSv2_HV01_240514-101010_x/LocaleMetaData/HV01-System_1041.MTA",
                "TSSv2_HV01_240514-101010_x/HV01-System.evtx",
                1041,
            ),
            (
                "sdp/localemetadata/HV01_evt_System_0.mta",
                "sdp/HV01_evt_System.evtx",
                0,
            ),
            (
                "x/LocaleMetaData/System_1033.MTA#2",
                "x/System.EVTX#2",
                1033,
            ),
        ] {
            let (of, found) = log_of(messages).unwrap();
            assert_eq!(Some(of), log_key(log), "{messages}");
            assert_eq!(found, lcid);
        }
        for path in [
            "x/System_1033.MTA",
            "x/LocaleMetaData/System.MTA",
            "x/LocaleMetaData/System_.MTA",
            "x/LocaleMetaData/System_en.MTA",
            "x/LocaleMetaData/System_99999999999.MTA",
            "x/LocaleMetaData/System_1033.MTA.bak",
        ] {
            assert_eq!(log_of(path), None, "{path}");
        }
    }

    #[test]
    fn the_language_of_the_report_is_preferred() {
        let best = |lang, all: &[u32]| {
            all.iter()
                .copied()
                .min_by_key(|lcid| preference(*lcid, lang))
        };
        let all = [1031, 1033, 1041, 0];
        assert_eq!(best(Lang::Ja, &all), Some(1041));
        assert_eq!(best(Lang::En, &all), Some(1033));
        assert_eq!(best(Lang::Ja, &[1031, 1033, 0]), Some(0));
        assert_eq!(
            best(Lang::Ja, &[1031, 2057]),
            Some(2057),
            "English of Britain"
        );
    }

    #[test]
    fn a_damaged_file_says_what_is_wrong() {
        let good = write_mta(&records(120));
        for (bytes, part) in [
            (&good[..10], "truncated"),
            (&good[..good.len() / 2], "out of bounds"),
            (
                b"MTAFile\0\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".as_slice(),
                "version",
            ),
        ] {
            let Err(error) = Messages::read(bytes) else {
                panic!("{part}: read")
            };
            assert!(error.contains(part), "{error}");
        }
    }

    /// One long string that every slot of every page points to.
    #[test]
    fn a_file_that_would_unfold_is_refused() {
        let mut bytes = write_mta(&records(5000));
        let (name, start) = {
            let found = sections(&bytes);
            let (name, data) = found[1];
            (name, data.as_ptr() as usize - bytes.as_ptr() as usize)
        };
        assert_eq!(name, "MSG");
        let mut page = start;
        loop {
            let next = u64_at(&bytes, page + NEXT).unwrap();
            let own = u64_at(&bytes, page + OWN).unwrap();
            let first = u64_at(&bytes, page + SLOTS).unwrap();
            for slot in 0..100 {
                let at = page + SLOTS + slot * 8;
                bytes[at..at + 8].copy_from_slice(&first.to_le_bytes());
            }
            let size = start + first as usize + 4;
            bytes[size..size + 4].copy_from_slice(&6000u32.to_le_bytes());
            if next == own || start + next as usize + 10_000 > bytes.len() {
                break;
            }
            page = start + next as usize;
        }
        let error = Messages::read(&bytes).err().unwrap();
        assert!(error.contains("over and over"), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            count in 0u64..130,
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
            cut in any::<prop::sample::Index>(),
            shorter in any::<bool>(),
        ) {
            let mut bytes = write_mta(&records(count));
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if shorter {
                bytes.truncate(cut.index(bytes.len()));
            }
            if let Ok(messages) = Messages::read(&bytes) {
                for number in 0..count + 2 {
                    let _ = messages.of(&event(number, 1000 + number));
                }
            }
        }
    }
}
