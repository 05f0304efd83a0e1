//! Records that nobody wants, of intact chunks: looked at only as far as they are
//! counted (provider, id) and placed (channel, computer, record id, time).
//!
//! Most records of a log are such. What is not of the usual form is left to `walk`, and
//! so is every record of a chunk whose checksums do not hold.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::raw::{RawRun, RecordSink};
use super::template::{Head, Source, Templates, u32_at};
use super::value::{self, kind};
use super::walk::MAX_VALUES;
use crate::model::time::Moment;

/// Values that the head of a record may have; one with more is `walk`'s.
const HEAD_VALUES: usize = 32;

/// Number of a text or group, in [`Fold::texts`] or [`Fold::groups`].
type Number = usize;

/// A template of this chunk.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// `None` for one of an unusual form.
    head: Option<Head>,
    /// Of the last record: its event id and its group.
    group: Option<(u16, Number)>,
    /// Where they are literals.
    channel: Option<Number>,
    computer: Option<Number>,
}

/// Records of one provider and id.
#[derive(Debug)]
struct Group {
    provider: Number,
    event_id: u16,
    wanted: Wanted,
    count: u64,
}

#[derive(Debug)]
enum Wanted {
    No,
    All,
    /// Those with one of these texts.
    With(Vec<Mark>),
}

/// A text that values or literals have.
#[derive(Debug)]
struct Text {
    text: Box<str>,
    /// Where it is a provider: its groups.
    groups: Vec<Number>,
}

/// Records in a row.
#[derive(Clone, Copy, Debug)]
struct Run {
    channel: Number,
    computer: Number,
    first: (u64, Moment),
    last: (u64, Moment),
    span: (Moment, Moment),
}

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
struct Placed {
    channel: Number,
    computer: Number,
    record_id: u64,
    time: Moment,
}

/// Seconds by which the time in a record's header may differ from the record's own, for it
/// to be skipped by that.
pub(super) const SKIP_MARGIN_S: f64 = 600.0;

/// Records of a chunk, one behind the other, as their headers tell.
#[derive(Debug)]
pub(super) struct Row {
    /// Where the BinXML of the first and the last of them is.
    pub(super) first: Range<usize>,
    pub(super) last: Range<usize>,
    pub(super) count: u64,
    /// When the first and the last of them were written.
    pub(super) written: (Moment, Moment),
    /// The earliest and the latest of these times.
    pub(super) span: (Moment, Moment),
}

/// The last value of a property, and its text: most records repeat it.
#[derive(Debug, Default)]
struct Last {
    bytes: Vec<u8>,
    number: Option<Number>,
}

/// What was folded and not told yet.
#[derive(Debug, Default)]
pub(super) struct Fold {
    /// Offsets of the templates of this chunk, and what is known of them.
    offsets: Vec<u32>,
    known: Vec<Known>,
    texts: Texts,
    groups: Vec<Group>,
    last_provider: Last,
    last_channel: Last,
    last_computer: Last,
    run: Option<Run>,
}

/// Texts by number.
#[derive(Debug, Default)]
struct Texts {
    list: Vec<Text>,
    numbers: FxHashMap<Box<str>, Number>,
    scratch: String,
}

impl Texts {
    fn number(&mut self, text: &str) -> Number {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.list.len();
        self.numbers.insert(text.into(), number);
        self.list.push(Text {
            text: text.into(),
            groups: Vec::new(),
        });
        number
    }

    fn get(&self, number: Number) -> &str {
        self.list.get(number).map_or("", |text| &text.text)
    }

    /// The number of a value's text.
    fn of_value(&mut self, bytes: &[u8], last: &mut Last, trim: bool) -> Number {
        if let Some(number) = last.number
            && last.bytes == bytes
        {
            return number;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        value::utf16(bytes, &mut scratch);
        let number = self.number(if trim { scratch.trim_ascii() } else { &scratch });
        self.scratch = scratch;
        last.bytes.clear();
        last.bytes.extend_from_slice(bytes);
        last.number = Some(number);
        number
    }
}

impl Fold {
    /// A chunk begins.
    pub(super) fn begin(&mut self) {
        self.offsets.clear();
        self.known.clear();
    }

    /// Tells of records in a row, when there are some.
    pub(super) fn tell_run(&mut self, sink: &mut dyn RecordSink) {
        if let Some(run) = self.run.take() {
            sink.run(&RawRun {
                channel: self.texts.get(run.channel),
                computer: self.texts.get(run.computer),
                first: run.first,
                last: run.last,
                span: run.span,
            });
        }
    }

    /// Tells of all, and forgets it.
    pub(super) fn finish(&mut self, sink: &mut dyn RecordSink) {
        self.tell_run(sink);
        for group in self.groups.drain(..).filter(|group| group.count > 0) {
            let provider = self.texts.get(group.provider);
            sink.unwanted(provider, group.event_id.into(), group.count);
        }
        *self = Fold::default();
    }

    /// The group of a provider and id.
    fn group(&mut self, provider: Number, event_id: u16, sink: &dyn RecordSink) -> Option<Number> {
        let text = self.texts.list.get_mut(provider)?;
        let groups = &self.groups;
        let is = |at: &&Number| groups.get(**at).is_some_and(|g| g.event_id == event_id);
        if let Some(known) = text.groups.iter().find(is) {
            return Some(*known);
        }
        text.groups.push(self.groups.len());
        let id = event_id.into();
        let wanted = match sink.wants(&text.text, id) {
            false => Wanted::No,
            true => match sink.marks(&text.text, id) {
                marks if marks.is_empty() => Wanted::All,
                marks => Wanted::With(marks.into_iter().map(Mark::new).collect()),
            },
        };
        self.groups.push(Group {
            provider,
            event_id,
            wanted,
            count: 0,
        });
        Some(self.groups.len() - 1)
    }

    /// Folds one record; `None`: nothing was done.
    pub(super) fn record(
        &mut self,
        templates: &mut Templates,
        chunk: &[u8],
        body: Range<usize>,
        sink: &mut dyn RecordSink,
    ) -> Option<()> {
        let (group, placed) = self.look(templates, chunk, body, Some(sink))?;
        self.groups.get_mut(group?)?.count += 1;
        let one = (placed.record_id, placed.time);
        self.run(
            Run {
                channel: placed.channel,
                computer: placed.computer,
                first: one,
                last: one,
                span: (placed.time, placed.time),
            },
            sink,
        );
        Some(())
    }

    /// Folds records in a row of which only the first and the last are looked at, whoever
    /// wants them: which they are, nobody is told. `None`: nothing was done.
    pub(super) fn skip(
        &mut self,
        templates: &mut Templates,
        chunk: &[u8],
        row: &Row,
        sink: &mut dyn RecordSink,
    ) -> Option<()> {
        let mut place = |body: &Range<usize>| {
            let (_, placed) = self.look(templates, chunk, body.clone(), None)?;
            Some(placed)
        };
        let (first, last) = (place(&row.first)?, place(&row.last)?);
        let in_a_row = last.record_id.checked_sub(first.record_id)? == row.count.checked_sub(1)?;
        let near = |placed: &Placed, written: Moment| {
            placed.time.seconds_since(written).abs() < SKIP_MARGIN_S
        };
        let as_written = near(&first, row.written.0) && near(&last, row.written.1);
        let same = (first.channel, first.computer) == (last.channel, last.computer);
        (in_a_row && as_written && same).then_some(())?;
        let (mut from, mut to) = row.span;
        if from == row.written.0 {
            from = first.time;
        }
        if to == row.written.1 {
            to = last.time;
        }
        self.run(
            Run {
                channel: first.channel,
                computer: first.computer,
                first: (first.record_id, first.time),
                last: (last.record_id, last.time),
                span: (from, to),
            },
            sink,
        );
        Some(())
    }

    /// Adds records to those in a row, or begins a new row.
    fn run(&mut self, more: Run, sink: &mut dyn RecordSink) {
        match &mut self.run {
            Some(run)
                if run.channel == more.channel
                    && run.computer == more.computer
                    && run.last.0.checked_add(1) == Some(more.first.0) =>
            {
                run.last = more.last;
                run.span = (run.span.0.min(more.span.0), run.span.1.max(more.span.1));
            }
            _ => {
                self.tell_run(sink);
                self.run = Some(more);
            }
        }
    }

    /// What counts and places a record: its group, where a sink says what it wants, and its
    /// place. `None`: it is of no usual form, or wanted.
    #[inline(always)]
    fn look(
        &mut self,
        templates: &mut Templates,
        chunk: &[u8],
        body: Range<usize>,
        sink: Option<&dyn RecordSink>,
    ) -> Option<(Option<Number>, Placed)> {
        let record = chunk.get(..body.end)?;
        // A fragment header, then a template instance; see `walk`.
        let stream = record.get(body.start..)?;
        let [0x0f, _, _, _, 0x0c, ..] = stream else {
            return None;
        };
        let offset = u32_at(stream, 10)?;
        let mut at = body.start + 14;
        if usize::try_from(offset).ok()? == at {
            let size = usize::try_from(u32_at(record, at + 20)?).ok()?;
            at = at.checked_add(24)?.checked_add(size)?;
        }
        let known_at = match self.offsets.iter().position(|known| *known == offset) {
            Some(known) => known,
            None => {
                self.offsets.push(offset);
                self.known.push(Known {
                    head: templates.head(chunk, offset),
                    group: None,
                    channel: None,
                    computer: None,
                });
                self.known.len() - 1
            }
        };
        let known = *self.known.get(known_at)?;
        let head = known.head?;
        let count = usize::try_from(u32_at(record, at)?).ok()?;
        if count > MAX_VALUES || usize::from(head.last) >= count.min(HEAD_VALUES) {
            return None;
        }
        let values_at = at + 4 + 4 * count;
        let descriptors = record.get(at + 4..values_at)?.as_chunks::<4>().0;
        let (front, rest) = descriptors.split_at_checked(usize::from(head.last) + 1)?;
        // Where each value that the head may have ends; the first begins at `values_at`.
        let mut ends = [0u32; HEAD_VALUES];
        let mut end = values_at as u32;
        for (place, &[low, high, _, _]) in ends.iter_mut().zip(front) {
            end += u32::from(u16::from_le_bytes([low, high]));
            *place = end;
        }
        let sizes = rest
            .iter()
            .map(|d| u32::from(u16::from_le_bytes([d[0], d[1]])));
        end += sizes.sum::<u32>();
        // Only the end of the stream may follow.
        if !matches!(record.get(end as usize..)?, [] | [0, ..]) {
            return None;
        }
        let value = |slot: u16, wanted: u8| {
            let slot = usize::from(slot);
            if front.get(slot)?[2] != wanted {
                return None;
            }
            let start = match slot.checked_sub(1) {
                Some(before) => *ends.get(before)? as usize,
                None => values_at,
            };
            record.get(start..*ends.get(slot)? as usize)
        };
        let event_id = u16::from_le_bytes(value(head.event_id, kind::UINT16)?.try_into().ok()?);
        let record_id = u64::from_le_bytes(value(head.record_id, kind::UINT64)?.try_into().ok()?);
        let time = u64::from_le_bytes(value(head.time, kind::FILETIME)?.try_into().ok()?);
        let time = Moment::from_filetime(time)?;
        let text = |source: Source| match source {
            Source::Slot(slot) => value(slot, kind::STRING)
                .filter(|bytes| bytes.len().is_multiple_of(2))
                .map(Some),
            _ => Some(None),
        };
        let provider = text(head.provider)?;
        let channel = text(head.channel)?;
        let computer = text(head.computer)?;
        let literal = |source: Source| match source {
            Source::Literal(span) => templates.literal(span),
            _ => "",
        };

        let group = match sink {
            None => None,
            Some(sink) => {
                let provider = match provider {
                    Some(bytes) => Some(self.texts.of_value(bytes, &mut self.last_provider, false)),
                    None => None,
                };
                let last = known.group.filter(|(id, group)| {
                    let same = |provider: Number| {
                        let group = self.groups.get(*group);
                        group.is_some_and(|group| group.provider == provider)
                    };
                    *id == event_id && provider.is_none_or(same)
                });
                let group = match last {
                    Some((_, group)) => group,
                    None => {
                        let provider = match provider {
                            Some(provider) => provider,
                            None => self.texts.number(literal(head.provider)),
                        };
                        let group = self.group(provider, event_id, sink)?;
                        self.known.get_mut(known_at)?.group = Some((event_id, group));
                        group
                    }
                };
                let found = self.groups.get(group)?;
                let wanted = match &found.wanted {
                    Wanted::No => false,
                    Wanted::All => true,
                    Wanted::With(marks) => {
                        let values = record.get(values_at..end as usize)?;
                        marks.iter().any(|mark| mark.is_in(values))
                    }
                };
                // A record without a provider may have the name of a source instead.
                if wanted || self.texts.get(found.provider).is_empty() {
                    return None;
                }
                Some(group)
            }
        };
        let channel = match (known.channel, channel) {
            (Some(number), _) => number,
            (None, None) => {
                let number = self.texts.number(literal(head.channel).trim_ascii());
                self.known.get_mut(known_at)?.channel = Some(number);
                number
            }
            (None, Some(bytes)) => {
                let last = &mut self.last_channel;
                self.texts.of_value(bytes, last, true)
            }
        };
        let computer = match (known.computer, computer) {
            (Some(number), _) => number,
            (None, None) => {
                let number = self.texts.number(literal(head.computer).trim_ascii());
                self.known.get_mut(known_at)?.computer = Some(number);
                number
            }
            (None, Some(bytes)) => {
                let last = &mut self.last_computer;
                self.texts.of_value(bytes, last, true)
            }
        };
        let placed = Placed {
            channel,
            computer,
            record_id,
            time,
        };
        Some((group, placed))
    }
}

/// A text that is looked for in values.
#[derive(Debug)]
struct Mark {
    text: Arc<str>,
    /// Where its rarest letter is, and that in lower case; none where any value may have it.
    rarest: Option<(usize, u8)>,
}

/// Letters that texts have most; the last are the rarest of them.
const COMMON: &[u8] = b"etaoinsrhldcumfpgwyb";

impl Mark {
    fn new(text: Arc<str>) -> Self {
        let letters = text.bytes().map(|c| c.to_ascii_lowercase()).enumerate();
        let how_rare = |(_, c): &(usize, u8)| {
            let place = COMMON.iter().position(|common| common == c);
            place.unwrap_or(COMMON.len())
        };
        let rarest = letters.max_by_key(how_rare).filter(|_| text.is_ascii());
        Mark { text, rarest }
    }

    /// Whether the text stands in some bytes as UTF-16LE, in any case of its letters. May
    /// say yes of one that is not ASCII.
    fn is_in(&self, bytes: &[u8]) -> bool {
        let Some((at, lower)) = self.rarest else {
            return true;
        };
        let text = self.text.as_bytes();
        memchr::memchr2_iter(lower, lower.to_ascii_uppercase(), bytes).any(|found| {
            let Some(start) = found.checked_sub(2 * at) else {
                return false;
            };
            bytes
                .get(start..start + 2 * text.len())
                .is_some_and(|found| {
                    let pairs = found.as_chunks::<2>().0.iter().zip(text);
                    pairs
                        .into_iter()
                        .all(|([low, high], c)| *high == 0 && low.eq_ignore_ascii_case(c))
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    fn contains(bytes: &[u8], text: &str) -> bool {
        Mark::new(text.into()).is_in(bytes)
    }

    #[test]
    fn a_text_is_found_in_any_case_and_at_any_place() {
        let wide = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16();
            units.flat_map(u16::to_le_bytes).collect()
        };
        assert!(contains(&wide("clusClusSVC/4"), "clussvc"));
        assert!(contains(&[&[7], &wide("ClusSvc")[..]].concat(), "clussvc"));
        assert!(!contains(&wide("ClusSv"), "clussvc"));
        assert!(!contains(b"ClusSvc ClusSvc", "clussvc"));
        assert!(contains(b"", "\u{e9}"), "left to who knows better");
    }
}
