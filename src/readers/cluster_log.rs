//! cluster.log of 2008 to 2022: line grammar, sections, continuation lines, time
//! basis of the header.
//!
//! ```text
//! [ "[" channel "] " ] pppppppp.tttttttt::YYYY/MM/DD-HH:MM:SS.mmm LEVEL "[" tag "] " text
//! ```
//!
//! The grammar is that of real logs, and of logs pasted into tickets: with an
//! editor's line numbers in front, with collapsed blanks. What a line means is not
//! known here. The logs of NT 4 and Windows 2000 are recognized and counted, not
//! read.

use std::io::Read;
use std::ops::Range;

use jiff::tz::{Offset, TimeZone};

use super::error::ReadError;
use super::raw::{RawLine, RecordSink};
use super::stamp::{Civil, digits};
use super::text::{LINE_LIMIT, Line, Lines};
use crate::model::coverage::FileKind;
use crate::model::diagnostic::DiagnosticCode;
use crate::model::id::NodeName;
use crate::model::source::Locator;
use crate::model::time::{
    CivilInstant, Moment, Precision, TICKS_PER_SECOND, TimeBasis, civil_to_utc,
};

const TICKS_PER_MILLISECOND: i64 = TICKS_PER_SECOND / 1000;

/// Longest entry that is kept, in bytes; the rest of its lines is counted only.
const ENTRY_LIMIT: usize = 64 * 1024;

/// Rows of object tables that are kept.
const ROW_LIMIT: usize = 100_000;

/// What is known of a log from outside.
#[derive(Clone, Debug, Default)]
pub struct ClusterLogOptions {
    /// The zone of a log that is in local time and does not give its offset.
    pub zone: Option<TimeZone>,
}

/// A table of cluster objects in the head of a log (2016 and later).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectTable {
    /// Name of its section (`Nodes`, `Groups`, `Resources`, `Networks`, …).
    pub section: String,
    /// Names of its columns. A name that comes again gets `#2`, `#3`, …, since
    /// real tables repeat names.
    pub columns: Vec<String>,
    /// Its rows; each may be shorter or longer than `columns`.
    pub rows: Vec<Vec<String>>,
}

impl ObjectTable {
    /// The value of a column, by name in any case, in a row of this table.
    #[must_use]
    pub fn get<'t>(&'t self, row: &'t [String], column: &str) -> Option<&'t str> {
        let at = self
            .columns
            .iter()
            .position(|c| c.eq_ignore_ascii_case(column))?;
        row.get(at).map(String::as_str)
    }
}

/// What a log says of itself, and what became of each of its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterLogSummary {
    /// The node that wrote it (`Current node: name (NODE)`).
    pub node: Option<NodeName>,
    /// The cluster's name, where a table of the cluster object names it.
    pub cluster: Option<String>,
    /// Build number of the operating system.
    pub build: Option<u32>,
    /// On which clock its lines are stamped.
    pub basis: TimeBasis,
    /// The machine's offset east of UTC in minutes, by the header; known even when
    /// the lines are in UTC. Times inside of messages are in local time always.
    pub utc_offset_minutes: Option<i32>,
    /// All lines.
    pub lines: u64,
    /// Lines that begin an entry. Each was handed to the sink, or told together with
    /// others that the sink's filter did not find.
    pub entries: u64,
    /// Lines that continue an entry, blank ones apart.
    pub continuation: u64,
    /// Blank lines.
    pub blank: u64,
    /// Section headers, column headings, and other lines of sections without
    /// entries.
    pub header: u64,
    /// Rows of object tables.
    pub object_rows: u64,
    /// Lines of the form of an entry whose time is a placeholder, impossible, or
    /// skipped by its zone. Lost.
    pub undated: u64,
    /// Lines of a log of NT 4 or Windows 2000. Lost.
    pub legacy: u64,
    /// Lines that belong to nothing. Lost.
    pub unparsed: u64,
    /// First and last time of an entry.
    pub window: Option<(Moment, Moment)>,
    /// The object tables, in the order of the log.
    pub tables: Vec<ObjectTable>,
}

impl Default for ClusterLogSummary {
    fn default() -> Self {
        ClusterLogSummary {
            node: None,
            cluster: None,
            build: None,
            basis: TimeBasis::None,
            utc_offset_minutes: None,
            lines: 0,
            entries: 0,
            continuation: 0,
            blank: 0,
            header: 0,
            object_rows: 0,
            undated: 0,
            legacy: 0,
            unparsed: 0,
            window: None,
            tables: Vec::new(),
        }
    }
}

impl ClusterLogSummary {
    /// Whether every line is accounted for exactly once.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.lines
            == self.entries
                + self.continuation
                + self.blank
                + self.header
                + self.object_rows
                + self.undated
                + self.legacy
                + self.unparsed
    }

    /// The table of a section, by name in any case.
    #[must_use]
    pub fn table(&self, section: &str) -> Option<&ObjectTable> {
        self.tables
            .iter()
            .find(|t| t.section.eq_ignore_ascii_case(section))
    }

    /// Lines that were lost.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.undated + self.legacy + self.unparsed
    }
}

/// Reads a log and hands its entries to `sink`.
///
/// # Errors
///
/// When the input cannot be read; what came before was handed over.
pub fn read(
    input: &mut dyn Read,
    options: &ClusterLogOptions,
    sink: &mut dyn RecordSink,
) -> Result<ClusterLogSummary, ReadError> {
    let mut lines = Lines::new(input).map_err(|source| ReadError::Read {
        at: Locator::Whole,
        source,
    })?;
    if let Some(filter) = sink.filter() {
        lines.filter(filter);
    }
    let mut reader = Reader::new(options, sink);
    loop {
        let behind = lines.number();
        let place = match lines.next_place() {
            Ok(Some(place)) => place,
            Ok(None) => break,
            Err(source) => {
                reader.finish();
                return Err(ReadError::Read {
                    at: Locator::Line(behind),
                    source,
                });
            }
        };
        let bytes = lines.bytes(place);
        if !place.marked
            && (lines.is_ascii() || bytes.is_ascii())
            && reader.pass(place.number, bytes)
        {
            lines.hold(Some(place));
            continue;
        }
        // What stands behind an entry may belong to it.
        if let Some(held) = lines.held()
            && stamp(bytes).is_none()
        {
            let first = lines.line(held);
            reader.take_back(held.number, first.text);
        }
        lines.hold(None);
        reader.line(lines.line(place));
    }
    reader.finish();
    Ok(reader.summary)
}

/// Whether a text's first lines are those of a cluster log, and of which age.
pub(super) fn recognize(text: &str) -> Option<FileKind> {
    text.lines().find_map(|line| {
        if section_name(line).is_some() {
            return Some(FileKind::ClusterLog);
        }
        match shape(without_editor_number(line).unwrap_or(line)) {
            Shape::Entry(_) => Some(FileKind::ClusterLog),
            Shape::Legacy => Some(FileKind::LegacyClusterLog),
            Shape::Other => None,
        }
    })
}

/// The entry that is being put together; its buffers are reused.
#[derive(Default)]
struct Entry {
    line: u64,
    time: Option<Moment>,
    level: &'static str,
    channel: String,
    subsystem: String,
    text: String,
    /// Blank lines behind the text so far.
    blanks: usize,
    full: bool,
}

/// What lines without a stamp belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before anything.
    Start,
    /// Behind the header of a section.
    Section,
    /// In a table.
    Table,
    /// Behind an entry.
    Entry,
    /// Behind a line that was lost for its time.
    Lost,
    /// Behind a line of a legacy log.
    Legacy,
}

struct Reader<'a> {
    options: &'a ClusterLogOptions,
    sink: &'a mut dyn RecordSink,
    summary: ClusterLogSummary,
    entry: Entry,
    place: Place,
    section: String,
    /// The next line may be the heading of a table.
    at_heading: bool,
    /// The table being read is kept.
    keep_table: bool,
    rows_kept: usize,
    /// Lines carry an editor's line numbers.
    numbered: bool,
    has_header: bool,
    local: bool,
    /// Decided at the first entry.
    zone: Option<Zone>,
    last: Option<Moment>,
    minute: Option<Minute>,
    /// Entries that the sink is not told one by one, and their earliest and latest time.
    passed: Option<(u64, (Moment, Moment))>,
}

/// The last minute that was read: nearly every line is in it.
struct Minute {
    /// `YYYY/MM/DD-HH:MM:`
    text: [u8; 17],
    start: Moment,
}

enum Zone {
    Utc,
    Of(TimeZone),
}

/// A line of the form of an entry.
struct Stamped<'a> {
    channel: &'a str,
    civil: Option<Civil>,
    /// The time as it is written, in a line that nobody touched.
    time: Option<&'a [u8; 23]>,
    level: &'static str,
    text: &'a str,
}

enum Shape<'a> {
    Entry(Stamped<'a>),
    Legacy,
    Other,
}

impl<'a> Reader<'a> {
    fn new(options: &'a ClusterLogOptions, sink: &'a mut dyn RecordSink) -> Self {
        Reader {
            options,
            sink,
            summary: ClusterLogSummary::default(),
            entry: Entry::default(),
            place: Place::Start,
            section: String::new(),
            at_heading: false,
            keep_table: false,
            rows_kept: 0,
            numbered: false,
            has_header: false,
            local: false,
            zone: None,
            last: None,
            minute: None,
            passed: None,
        }
    }

    /// Takes a line that begins an entry and that nobody wants; `false`: it is another,
    /// and nothing was done. The line is not to be told of, unless it is taken back.
    fn pass(&mut self, number: u64, bytes: &[u8]) -> bool {
        let Some(stamp) = stamp(bytes) else {
            return false;
        };
        // Nearly every line is in the minute of the one before it.
        let known = self.in_minute(stamp.time);
        let civil = match known {
            Some(_) => None,
            None => match civil(stamp.time) {
                None => return false,
                civil => civil,
            },
        };
        self.summary.lines += 1;
        if self.entry.time.is_some() {
            self.flush();
        }
        let time = match known {
            Some(time) => {
                self.dated(time);
                time
            }
            None => match self.counted(number, civil, Some(stamp.time)) {
                Some(time) => time,
                None => return true,
            },
        };
        let (count, span) = self.passed.unwrap_or((0, (time, time)));
        self.passed = Some((count + 1, (span.0.min(time), span.1.max(time))));
        true
    }

    /// The last line that was passed has more lines: its entry is told after all.
    fn take_back(&mut self, number: u64, text: &str) {
        let (Some(time), Place::Entry) = (self.last, self.place) else {
            return;
        };
        if let (Some(stamped), Some((count, _))) = (stamped_at_start(text), &mut self.passed) {
            *count -= 1;
            self.begin(number, time, &stamped);
        }
    }

    fn line(&mut self, line: Line<'_>) {
        self.summary.lines += 1;
        if line.cut {
            self.trouble(
                DiagnosticCode::Line,
                line.number,
                false,
                format!("line longer than {LINE_LIMIT} bytes: the rest of it was skipped"),
            );
        }
        if line.malformed {
            self.trouble(
                DiagnosticCode::Encoding,
                line.number,
                false,
                "bytes that the file's encoding does not allow".to_owned(),
            );
        }
        // The common line first: its stamp is where it always is.
        match stamped_at_start(line.text) {
            Some(stamped) => self.entry(line.number, &stamped),
            None => self.uncommon(line),
        }
    }

    /// Everything but a line of the main section that nobody touched.
    fn uncommon(&mut self, line: Line<'_>) {
        let (mut text, number_in_front) = match without_editor_number(line.text) {
            Some(rest) => (rest, true),
            None => (line.text, false),
        };
        match shape(text) {
            Shape::Entry(stamped) => {
                self.numbered |= number_in_front;
                return self.entry(line.number, &stamped);
            }
            Shape::Legacy if self.summary.entries == 0 => return self.legacy(line.number),
            Shape::Legacy | Shape::Other => {}
        }
        if number_in_front && !self.numbered {
            text = line.text;
        }
        if text.trim_ascii().is_empty() {
            self.blank();
        } else if let Some(name) = section_name(text) {
            self.section(name);
        } else {
            self.unstamped(line.number, text);
        }
    }

    fn blank(&mut self) {
        self.summary.blank += 1;
        // The first section holds sentences, which may have commas too.
        self.at_heading &= !self.section.eq_ignore_ascii_case("Cluster");
        match self.place {
            Place::Table => self.place = Place::Section,
            Place::Entry => self.entry.blanks += 1,
            _ => {}
        }
    }

    fn section(&mut self, name: &str) {
        self.flush();
        self.summary.header += 1;
        self.has_header = true;
        self.section.clear();
        self.section.push_str(name);
        self.place = Place::Section;
        self.at_heading = true;
    }

    fn unstamped(&mut self, number: u64, text: &str) {
        match self.place {
            Place::Start => {
                // Pasted pieces begin anywhere, also with lines of the head.
                if self.statement(text) {
                    self.summary.header += 1;
                } else {
                    self.unparsed(number);
                }
            }
            Place::Section => {
                if self.statement(text) {
                    self.summary.header += 1;
                    return;
                }
                if self.at_heading && commas(text) >= 3 {
                    self.heading(text);
                } else {
                    self.summary.header += 1;
                }
                self.at_heading = false;
            }
            Place::Table => self.row(number, text),
            Place::Entry => {
                self.summary.continuation += 1;
                self.continue_entry(number, text);
            }
            Place::Lost => self.summary.continuation += 1,
            Place::Legacy => self.summary.legacy += 1,
        }
    }

    fn unparsed(&mut self, number: u64) {
        self.summary.unparsed += 1;
        self.trouble(
            DiagnosticCode::Line,
            number,
            true,
            "expected a cluster log line (pid.tid::date-time level text), found something else"
                .to_owned(),
        );
    }

    fn legacy(&mut self, number: u64) {
        if self.summary.legacy == 0 {
            self.trouble(
                DiagnosticCode::Unsupported,
                number,
                true,
                "cluster log of NT 4 or Windows 2000: its lines are counted, not read".to_owned(),
            );
        }
        self.summary.legacy += 1;
        self.place = Place::Legacy;
    }

    fn heading(&mut self, text: &str) {
        self.summary.header += 1;
        self.place = Place::Table;
        self.keep_table = self.rows_kept < ROW_LIMIT;
        let mut columns = Vec::new();
        split_row(text, &mut columns);
        for at in 1..columns.len() {
            let (before, rest) = columns.split_at_mut(at);
            if before.contains(&rest[0]) {
                let mut n = 2;
                while before.contains(&format!("{}#{n}", rest[0])) {
                    n += 1;
                }
                rest[0] = format!("{}#{n}", rest[0]);
            }
        }
        self.summary.tables.push(ObjectTable {
            section: self.section.clone(),
            columns,
            rows: Vec::new(),
        });
    }

    fn row(&mut self, number: u64, text: &str) {
        self.summary.object_rows += 1;
        if self.rows_kept >= ROW_LIMIT {
            if self.keep_table {
                self.keep_table = false;
                self.trouble(
                    DiagnosticCode::Limit,
                    number,
                    true,
                    format!(
                        "more than {ROW_LIMIT} rows in object tables: the rest was counted only"
                    ),
                );
            }
            return;
        }
        self.rows_kept += 1;
        let Some(table) = self.summary.tables.last_mut() else {
            return;
        };
        let mut row = Vec::with_capacity(table.columns.len());
        split_row(text, &mut row);
        if table.section.eq_ignore_ascii_case("Cluster") && self.summary.cluster.is_none() {
            self.summary.cluster = table
                .get(&row, "name")
                .filter(|name| !name.is_empty())
                .map(str::to_owned);
        }
        table.rows.push(row);
    }

    /// A statement of the log's head; whether it was one.
    fn statement(&mut self, text: &str) -> bool {
        let mut known = false;
        if let Some(rest) = behind(text, "Current node") {
            known = true;
            let name = rest
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'))
                .map(|(name, _)| name);
            self.summary.node = self
                .summary
                .node
                .take()
                .or_else(|| name.and_then(NodeName::new));
        }
        if let Some(rest) = behind(text, "Build Number") {
            known = true;
            let number: String = rest
                .chars()
                .skip_while(|c| !c.is_ascii_digit())
                .take_while(char::is_ascii_digit)
                .collect();
            self.summary.build = self.summary.build.or(number.parse().ok());
        }
        if behind(text, "generated using local time").is_some() {
            known = true;
            self.has_header = true;
            self.local = true;
        }
        if let Some(rest) = behind(text, "offset of this machine is") {
            known = true;
            self.has_header = true;
            if let Some(west) = offset_minutes(rest) {
                // UTC = local time + offset: the stated sign counts to the west.
                self.summary.utc_offset_minutes = Some(-west);
            }
        }
        known
    }

    fn entry(&mut self, number: u64, stamped: &Stamped<'_>) {
        self.flush();
        if let Some(time) = self.counted(number, stamped.civil, stamped.time) {
            self.begin(number, time, stamped);
        }
    }

    /// Counts a line that begins an entry; its time, unless it has none.
    fn counted(
        &mut self,
        number: u64,
        civil: Option<Civil>,
        text: Option<&[u8; 23]>,
    ) -> Option<Moment> {
        let known = text.and_then(|text| self.in_minute(text));
        let time = known.or_else(|| self.time(number, civil?, text));
        let Some(time) = time else {
            self.summary.undated += 1;
            self.place = Place::Lost;
            if civil.is_none() {
                self.trouble(
                    DiagnosticCode::Time,
                    number,
                    true,
                    "expected a date and time (YYYY/MM/DD-HH:MM:SS.mmm), found a placeholder or an impossible one"
                        .to_owned(),
                );
            }
            return None;
        };
        self.dated(time);
        Some(time)
    }

    /// Counts an entry of a time.
    fn dated(&mut self, time: Moment) {
        self.summary.entries += 1;
        self.last = Some(time);
        self.summary.window = Some(match self.summary.window {
            Some((first, last)) => (first.min(time), last.max(time)),
            None => (time, time),
        });
        self.place = Place::Entry;
    }

    /// A time in the last minute that was read.
    fn in_minute(&self, text: &[u8; 23]) -> Option<Moment> {
        let minute = self.minute.as_ref()?;
        let (front, rest) = text.split_first_chunk::<17>()?;
        if minute.text != *front {
            return None;
        }
        let &[tens, ones, b'.', a, b, c] = rest.first_chunk::<6>()? else {
            return None;
        };
        let digit = |byte: u8| Some(byte.wrapping_sub(b'0')).filter(|d| *d < 10);
        let second = i64::from(digit(tens)? * 10 + digit(ones)?);
        let millis = i64::from(digit(a)?) * 100 + i64::from(digit(b)? * 10 + digit(c)?);
        let millis = second * 1000 + millis;
        (second < 60).then(|| minute.start.plus_ticks(millis * TICKS_PER_MILLISECOND))
    }

    fn begin(&mut self, number: u64, time: Moment, stamped: &Stamped<'_>) {
        let (tag, text) = split_tag(stamped.text);
        let entry = &mut self.entry;
        entry.line = number;
        entry.time = Some(time);
        entry.level = stamped.level;
        entry.channel.clear();
        entry.channel.push_str(stamped.channel);
        entry.subsystem.clear();
        entry.subsystem.push_str(tag);
        entry.text.clear();
        entry.text.push_str(text);
        entry.blanks = 0;
        entry.full = text.len() > ENTRY_LIMIT;
    }

    fn continue_entry(&mut self, number: u64, text: &str) {
        if self.entry.full {
            return;
        }
        let breaks = self.entry.blanks + 1;
        if self.entry.text.len() + breaks + text.len() > ENTRY_LIMIT {
            self.entry.full = true;
            self.trouble(
                DiagnosticCode::Line,
                number,
                false,
                format!("entry longer than {ENTRY_LIMIT} bytes: the rest of it was skipped"),
            );
            return;
        }
        self.entry.text.extend(std::iter::repeat_n('\n', breaks));
        self.entry.text.push_str(text.trim_ascii_end());
        self.entry.blanks = 0;
    }

    fn flush(&mut self) {
        if let Some(time) = self.entry.time.take() {
            self.sink.line(&RawLine {
                line: self.entry.line,
                time,
                precision: Precision::Millisecond,
                level: self.entry.level,
                channel: &self.entry.channel,
                subsystem: &self.entry.subsystem,
                text: self.entry.text.trim_ascii_end(),
            });
        }
    }

    fn finish(&mut self) {
        self.flush();
        if let Some((count, span)) = self.passed.take().filter(|(count, _)| *count > 0) {
            self.sink.passed(count, span);
        }
    }

    /// The instant of a stamp; `None` when its zone skips it. `text`: how it is written,
    /// when the next ones may be told from its minute.
    fn time(&mut self, number: u64, civil: Civil, text: Option<&[u8; 23]>) -> Option<Moment> {
        if self.zone.is_none() {
            self.zone = Some(self.decide_zone(number, civil));
        }
        let instant = match &self.zone {
            Some(Zone::Of(zone)) => civil_to_utc(civil.to_jiff()?, zone),
            _ => CivilInstant::One(civil.as_utc()?),
        };
        match instant {
            CivilInstant::One(moment) => {
                let behind = i64::from(civil.second) * TICKS_PER_SECOND + i64::from(civil.ticks);
                self.minute = text.and_then(|text| text.first_chunk()).map(|text| Minute {
                    text: *text,
                    start: moment.plus_ticks(-behind),
                });
                Some(moment)
            }
            CivilInstant::Ambiguous { earlier, later } => {
                // A log goes forward: what lies before the last entry is the second pass.
                let second = self
                    .last
                    .is_some_and(|last| earlier < last && later >= last);
                self.trouble(
                    DiagnosticCode::Time,
                    number,
                    false,
                    "local time that the clock showed twice: the order of lines decided which"
                        .to_owned(),
                );
                Some(if second { later } else { earlier })
            }
            CivilInstant::Skipped => {
                self.trouble(
                    DiagnosticCode::Time,
                    number,
                    true,
                    "local time that the zone's clock skipped".to_owned(),
                );
                None
            }
        }
    }

    fn decide_zone(&mut self, number: u64, first: Civil) -> Zone {
        if !self.local {
            self.summary.basis = if self.has_header {
                TimeBasis::Utc
            } else {
                self.trouble(
                    DiagnosticCode::TimeBasis,
                    number,
                    false,
                    "nothing in the log says on which clock its times are: taken as UTC, the default"
                        .to_owned(),
                );
                TimeBasis::Assumed
            };
            return Zone::Utc;
        }
        if let Some(minutes) = self.summary.utc_offset_minutes
            && let Ok(offset) = Offset::from_seconds(minutes * 60)
        {
            self.summary.basis = TimeBasis::Local {
                offset_minutes: minutes,
            };
            return Zone::Of(TimeZone::fixed(offset));
        }
        if let Some(zone) = &self.options.zone {
            let zone = zone.clone();
            self.summary.basis = TimeBasis::Local {
                offset_minutes: offset_at(first, &zone),
            };
            return Zone::Of(zone);
        }
        self.trouble(
            DiagnosticCode::TimeBasis,
            number,
            false,
            "the log is in local time and does not say which: taken as UTC; name the zone to correct that"
                .to_owned(),
        );
        self.summary.basis = TimeBasis::Assumed;
        Zone::Utc
    }

    fn trouble(&mut self, code: DiagnosticCode, line: u64, lost: bool, message: String) {
        self.sink.trouble(code, Locator::Line(line), lost, message);
    }
}

/// Minutes east of UTC when the zone's clock shows a time, the first of two.
fn offset_at(civil: Civil, zone: &TimeZone) -> i32 {
    let instant = civil.to_jiff().map(|civil| civil_to_utc(civil, zone));
    match (instant, civil.as_utc()) {
        (
            Some(
                CivilInstant::One(moment)
                | CivilInstant::Ambiguous {
                    earlier: moment, ..
                },
            ),
            Some(shown),
        ) => (shown.seconds_since(moment) / 60.0).round() as i32,
        _ => 0,
    }
}

/// The front of a line in the form in which the service writes it.
struct Stamp<'a> {
    /// Where the channel's name is; empty for none.
    channel: Range<usize>,
    /// Not looked at.
    time: &'a [u8; 23],
    level: &'static str,
    /// Where the text begins.
    text: usize,
}

/// Reads the front of a whole line.
fn stamp(bytes: &[u8]) -> Option<Stamp<'_>> {
    let (channel, from) = match bytes.first()? {
        b'[' => prefix(bytes)?,
        _ => (0..0, 0),
    };
    let line = bytes.get(from..)?;
    // pid.tid:: is 19 bytes, the time 23, then a blank.
    let stamp = line.first_chunk::<42>()?;
    let [pid, tid] = [stamp.first_chunk()?, stamp[9..].first_chunk()?];
    if stamp[8] != b'.' || stamp[17] != b':' || stamp[18] != b':' || !is_hex(pid) || !is_hex(tid) {
        return None;
    }
    let time = stamp.last_chunk::<23>()?;
    let (level, length) = level(&line[42..])?;
    Some(Stamp {
        channel,
        time,
        level,
        text: from + 42 + length,
    })
}

/// Whether eight bytes are hexadecimal digits, all looked at at once: every line of a log
/// passes here.
fn is_hex(digits: &[u8; 8]) -> bool {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let word = u64::from_ne_bytes(*digits);
    // With all bytes below 0x80 no sum is carried into the next byte, and the highest bit of
    // each tells whether a number is beyond a limit.
    let number = word ^ each(b'0');
    let letter = (word | each(0x20)) ^ each(0x60);
    let no_number = number.wrapping_add(each(0x80 - 10));
    let no_letter = letter.wrapping_add(each(0x80 - 7)) | !letter.wrapping_add(each(0x7f));
    (word | no_number & no_letter) & each(0x80) == 0
}

/// A whole line in the form in which the service writes it.
fn stamped_at_start(text: &str) -> Option<Stamped<'_>> {
    let stamp = stamp(text.as_bytes())?;
    Some(Stamped {
        channel: text.get(stamp.channel)?,
        civil: Some(civil(stamp.time)?),
        time: Some(stamp.time),
        level: stamp.level,
        text: text.get(stamp.text..)?,
    })
}

/// `[Verbose] ` in front of a line: where the name is, and where the rest begins.
fn prefix(text: &[u8]) -> Option<(Range<usize>, usize)> {
    let window = text.get(1..text.len().min(48))?;
    let close = 1 + memchr::memchr(b']', window)?;
    let blanks = text[close + 1..].iter().take_while(|b| **b == b' ').count();
    Some((1..close, close + 1 + blanks))
}

/// `YYYY/MM/DD-HH:MM:SS.mmm`.
fn civil(t: &[u8; 23]) -> Option<Civil> {
    if t[4] != b'/'
        || t[7] != b'/'
        || t[10] != b'-'
        || t[13] != b':'
        || t[16] != b':'
        || t[19] != b'.'
    {
        return None;
    }
    let two = |at: usize| -> Option<u8> {
        let (tens, ones) = (t[at].wrapping_sub(b'0'), t[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| tens * 10 + ones)
    };
    let year = u16::from(two(0)?) * 100 + u16::from(two(2)?);
    let millis = u32::from(two(20)?) * 10 + digits(&t[22..])?;
    Civil::new(
        (year, two(5)?, two(8)?),
        (two(11)?, two(14)?, two(17)?),
        millis * 10_000,
    )
}

/// The level behind a stamp, and the length of blanks, level and padding.
fn level(rest: &[u8]) -> Option<(&'static str, usize)> {
    // As the service writes it.
    match rest.first_chunk() {
        Some(b" INFO  ") => return Some(("INFO", 7)),
        Some(b" DBG   ") => return Some(("DBG", 7)),
        Some(b" WARN  ") => return Some(("WARN", 7)),
        Some(b" ERR   ") => return Some(("ERR", 7)),
        _ => {}
    }
    let blanks = rest.iter().take_while(|b| **b == b' ').count();
    if blanks == 0 {
        return None;
    }
    let word = &rest[blanks..];
    let level = ["INFO", "DBG", "WARN", "ERR"]
        .into_iter()
        .find(|level| word.starts_with(level.as_bytes()))?;
    // Four letters and two blanks, three and three; pasted text keeps only one.
    let padding = word[level.len()..]
        .iter()
        .take(6 - level.len())
        .take_while(|b| **b == b' ')
        .count();
    if padding == 0 && word.len() > level.len() {
        return None;
    }
    Some((level, blanks + level.len() + padding))
}

/// What a line is that was touched, damaged or written by an older system.
fn shape(text: &str) -> Shape<'_> {
    if let Some(stamped) = stamped_at_start(text) {
        return Shape::Entry(stamped);
    }
    let trimmed = text.trim_ascii_start();
    let (channel, from) = match trimmed.as_bytes().first() {
        Some(b'[') => match prefix(trimmed.as_bytes()) {
            Some((name, from)) => (trimmed.get(name).unwrap_or(""), from),
            None => return Shape::Other,
        },
        _ => ("", 0),
    };
    let Some(rest) = trimmed.get(from..) else {
        return Shape::Other;
    };
    let bytes = rest.as_bytes();
    let hex = |from: usize| {
        bytes[from..]
            .iter()
            .take(9)
            .take_while(|b| b.is_ascii_hexdigit())
            .count()
    };
    let pid = hex(0);
    if !(2..=8).contains(&pid) || bytes.get(pid) != Some(&b'.') {
        return Shape::Other;
    }
    let tid = hex(pid + 1);
    let time_at = pid + 1 + tid + 2;
    if !(2..=8).contains(&tid) || bytes.get(time_at - 2..time_at) != Some(b"::") {
        return Shape::Other;
    }
    // A time, be it a placeholder or torn apart by blanks: up to the level.
    let window = &bytes[time_at..bytes.len().min(time_at + 32)];
    let is_time = |b: &u8| b.is_ascii_digit() || matches!(b, b'/' | b'-' | b':' | b'.' | b' ');
    let letters = |b: &u8| {
        matches!(
            b,
            b'Y' | b'M' | b'D' | b'H' | b'S' | b'm' | b'y' | b'd' | b'h' | b's'
        )
    };
    for at in 1..window.len() {
        if window[at] == b' '
            && let Some((level, length)) = level(&bytes[time_at + at..])
        {
            let stamp = &window[..at];
            if !stamp.iter().all(|b| is_time(b) || letters(b)) {
                break;
            }
            let mut packed = [0u8; 23];
            let mut parts = stamp.iter().filter(|b| **b != b' ');
            let filled = packed
                .iter_mut()
                .all(|slot| parts.next().map(|b| *slot = *b).is_some());
            let civil = (filled && parts.next().is_none())
                .then(|| civil(&packed))
                .flatten();
            return Shape::Entry(Stamped {
                channel,
                civil,
                time: None,
                level,
                text: rest.get(time_at + at + length..).unwrap_or(""),
            });
        }
    }
    // NT 4 writes the day only, Windows 2000 no level.
    if window.first().is_some_and(u8::is_ascii_digit)
        && window
            .iter()
            .take(9)
            .filter(|b| matches!(b, b'/' | b'-' | b':'))
            .count()
            >= 2
    {
        return Shape::Legacy;
    }
    Shape::Other
}

/// A line behind the number that an editor put in front of it: 2 to 7 digits and
/// one blank.
fn without_editor_number(text: &str) -> Option<&str> {
    let rest = text.trim_ascii_start();
    let digits = rest.bytes().take(8).take_while(u8::is_ascii_digit).count();
    if !(2..=7).contains(&digits) {
        return None;
    }
    match rest.as_bytes().get(digits) {
        None => Some(""),
        Some(b' ' | b'\t') => rest.get(digits + 1..),
        Some(_) => None,
    }
}

/// `[=== Nodes ===]`.
fn section_name(text: &str) -> Option<&str> {
    text.trim_ascii()
        .strip_prefix("[===")?
        .strip_suffix("===]")
        .map(str::trim)
}

/// The first bracketed tag of a text, brackets inside it included, and the rest.
fn split_tag(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'[') {
        return ("", text);
    }
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate().take(256) {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let tag = text[1..at].trim_ascii();
            if tag.is_empty() {
                break;
            }
            return (tag, text[at + 1..].trim_ascii_start());
        }
    }
    ("", text)
}

/// What stands behind `words`, in any case.
fn behind<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    let found = text
        .as_bytes()
        .windows(words.len())
        .take(512)
        .position(|window| window.eq_ignore_ascii_case(words.as_bytes()))?;
    text.get(found + words.len()..)
}

/// A stated offset as minutes: `-540 minutes`, `8 hours`, `-5:30`. A bare number
/// up to 14 is in hours, since no zone is that few minutes away.
fn offset_minutes(text: &str) -> Option<i32> {
    let text = text.trim_start_matches([' ', ':', '\t', '=']);
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let rest = rest.trim_ascii_start();
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number: i32 = rest.get(..length)?.parse().ok()?;
    let after = rest[length..].trim_ascii_start();
    let minutes = if let Some(minutes) = after.strip_prefix(':') {
        let length = minutes
            .bytes()
            .take(2)
            .take_while(u8::is_ascii_digit)
            .count();
        number
            .checked_mul(60)?
            .checked_add(minutes[..length].parse().ok()?)?
    } else if starts_with_any_case(after, "hour") {
        number.checked_mul(60)?
    } else if starts_with_any_case(after, "min") || number > 14 {
        number
    } else {
        number * 60
    };
    // Zones reach from -12:00 to +14:00.
    (minutes <= 14 * 60).then_some(sign * minutes)
}

fn starts_with_any_case(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn commas(text: &str) -> usize {
    memchr::memchr_iter(b',', text.as_bytes()).count()
}

/// Splits one row of comma-separated values; quotes hold commas together, two
/// quotes inside quotes are one.
fn split_row(text: &str, out: &mut Vec<String>) {
    let mut value = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        match character {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                value.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if value.trim_ascii().is_empty() => {
                value.clear();
                quoted = true;
            }
            ',' if !quoted => out.push(take_trimmed(&mut value)),
            other => value.push(other),
        }
    }
    out.push(take_trimmed(&mut value));
}

fn take_trimmed(value: &mut String) -> String {
    let taken = value.trim_ascii().to_owned();
    value.clear();
    taken
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::raw::{LineFilter, RawEvent};
    use super::super::text::tests::Pieces;
    use super::*;
    use crate::model::inventory::VmSnapshot;

    #[derive(Debug, PartialEq)]
    struct Seen {
        line: u64,
        time: String,
        level: String,
        channel: String,
        subsystem: String,
        text: String,
    }

    #[derive(Debug, Default, PartialEq)]
    struct Log {
        entries: Vec<Seen>,
        troubles: Vec<(DiagnosticCode, Locator, bool)>,
    }

    impl RecordSink for Log {
        fn event(&mut self, _: &RawEvent<'_>) {
            panic!("a cluster log has no event records");
        }
        fn line(&mut self, line: &RawLine<'_>) {
            self.entries.push(Seen {
                line: line.line,
                time: line.time.to_string(),
                level: line.level.to_owned(),
                channel: line.channel.to_owned(),
                subsystem: line.subsystem.to_owned(),
                text: line.text.to_owned(),
            });
        }
        fn snapshot(&mut self, _: VmSnapshot) {
            panic!("a cluster log has no snapshots");
        }
        fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, _: String) {
            self.troubles.push((code, at, lost));
        }
    }

    /// Wants only lines with `[RCM]` or `left`.
    #[derive(Default)]
    struct Few {
        log: Log,
        passed: u64,
        span: Option<(Moment, Moment)>,
    }

    struct Find;

    impl LineFilter for Find {
        fn find(&self, text: &[u8], places: &mut Vec<usize>) {
            for word in [&b"[RCM]"[..], b"left"] {
                places.extend(memchr::memmem::find_iter(text, word));
            }
            places.sort_unstable();
        }
    }

    impl RecordSink for Few {
        fn filter(&self) -> Option<Arc<dyn LineFilter>> {
            Some(Arc::new(Find))
        }
        fn passed(&mut self, entries: u64, span: (Moment, Moment)) {
            self.passed += entries;
            self.span = Some(span);
        }
        fn event(&mut self, _: &RawEvent<'_>) {
            panic!("a cluster log has no event records");
        }
        fn line(&mut self, line: &RawLine<'_>) {
            self.log.line(line);
        }
        fn snapshot(&mut self, _: VmSnapshot) {
            panic!("a cluster log has no snapshots");
        }
        fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, message: String) {
            self.log.trouble(code, at, lost, message);
        }
    }

    /// What a sink hears that wants few lines, against what one hears that wants all.
    fn compare_few(
        few: &Few,
        few_summary: &ClusterLogSummary,
        all: &Log,
        summary: &ClusterLogSummary,
    ) {
        assert_eq!(few_summary, summary);
        assert_eq!(few.log.troubles, all.troubles);
        let told = few.log.entries.len() as u64;
        assert_eq!(told + few.passed, summary.entries);
        let mut told = few.log.entries.iter().peekable();
        for entry in &all.entries {
            if told.peek() == Some(&entry) {
                told.next();
            } else {
                assert!(!entry.text.contains('\n') && entry.subsystem != "RCM");
                assert!(!entry.text.contains("left"), "{entry:?}");
            }
        }
        assert_eq!(told.next(), None, "each is told as it is");
        if let (Some(span), Some(window)) = (few.span, summary.window) {
            assert!(window.0 <= span.0 && span.1 <= window.1);
        }
    }

    #[test]
    fn eight_digits_are_told_at_once() {
        for at in 0..8 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"0a9F8cfA";
                digits[at] = byte;
                assert_eq!(
                    is_hex(&digits),
                    byte.is_ascii_hexdigit(),
                    "{byte:#x} at {at}"
                );
            }
        }
    }

    #[test]
    fn a_sink_that_wants_few_lines_hears_the_same_of_them() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let options = ClusterLogOptions { zone: Some(zone) };
        let mut text = "[=== Cluster ===]\nThe logs were generated using local time\n".to_owned();
        for minute in 0..200 {
            for (second, rest) in [
                (5, "INFO  [GUM] nothing"),
                (5, "INFO  [RCM] something"),
                (7, "WARN  nothing here\nbut a line that is left below\n\n"),
                (59, "ERR   nothing\n  and nothing below"),
            ] {
                let (hour, minute) = (minute / 60, minute % 60);
                text += &format!(
                    "00000a78.000021b8::2024/11/03-{hour:02}:{minute:02}:{second:02}.911 {rest}\n"
                );
            }
        }
        let (all, summary) = read_with(&text, &options);
        let mut few = Few::default();
        let few_summary = read(&mut text.as_bytes(), &options, &mut few).unwrap();
        compare_few(&few, &few_summary, &all, &summary);
        assert_eq!((few.log.entries.len(), few.passed), (600, 200));
    }

    fn read_with(text: &str, options: &ClusterLogOptions) -> (Log, ClusterLogSummary) {
        let mut log = Log::default();
        let summary = read(&mut text.as_bytes(), options, &mut log).unwrap();
        assert!(summary.adds_up(), "{summary:?}");
        assert_eq!(summary.entries, log.entries.len() as u64);
        (log, summary)
    }

    fn read_text(text: &str) -> (Log, ClusterLogSummary) {
        read_with(text, &ClusterLogOptions::default())
    }

    /// Level, channel, tag and text of the only entry.
    fn one(text: &str) -> (String, String, String, String) {
        let (log, _) = read_text(text);
        let [entry] = <[Seen; 1]>::try_from(log.entries).unwrap();
        (entry.level, entry.channel, entry.subsystem, entry.text)
    }

    fn parts(
        level: &str,
        channel: &str,
        tag: &str,
        text: &str,
    ) -> (String, String, String, String) {
        (level.into(), channel.into(), tag.into(), text.into())
    }

    const STAMP: &str = "00000a78.000021b8::2024/05/14-10:05:00.911";

    #[test]
    fn one_line_in_all_its_forms() {
        for (line, expected) in [
            ("INFO  [RCM] a b", parts("INFO", "", "RCM", "a b")),
            (
                "ERR   [RES] Disk <d>: [x] y",
                parts("ERR", "", "RES", "Disk <d>: [x] y"),
            ),
            (
                "WARN [RES] one blank",
                parts("WARN", "", "RES", "one blank"),
            ),
            (
                "DBG   [CHANNEL 10.0.0.1:~3343~] c",
                parts("DBG", "", "CHANNEL 10.0.0.1:~3343~", "c"),
            ),
            (
                "DBG   [A [::1]:~1~] c",
                parts("DBG", "", "A [::1]:~1~", "c"),
            ),
            (
                "INFO  [FTI][Follower] f",
                parts("INFO", "", "FTI", "[Follower] f"),
            ),
            (
                "WARN  cxl::X::operator (): '[x]'",
                parts("WARN", "", "", "cxl::X::operator (): '[x]'"),
            ),
            (
                "INFO    <realLocal>",
                parts("INFO", "", "", "  <realLocal>"),
            ),
            ("INFO  [unclosed", parts("INFO", "", "", "[unclosed")),
            ("INFO", parts("INFO", "", "", "")),
        ] {
            assert_eq!(one(&format!("{STAMP} {line}")), expected, "{line}");
            let (level, _, tag, text) = expected;
            for (front, channel) in [
                ("[Verbose] ", "Verbose"),
                ("261782 ", ""),
                ("   172 [System] ", "System"),
            ] {
                let line = format!("{front}{STAMP} {line}");
                assert_eq!(
                    one(&line),
                    (level.clone(), channel.to_owned(), tag.clone(), text.clone()),
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn continuation_lines_and_blanks_belong_to_their_entry() {
        let (log, summary) = read_text(&format!(
            "{STAMP} INFO  first\r\n\r\nmore\r\n  and more \r\n\r\n{STAMP} ERR   second\r\nend"
        ));
        assert_eq!(log.entries[0].text, "first\n\nmore\n  and more");
        assert_eq!(log.entries[1].text, "second\nend");
        assert_eq!(
            (log.entries[1].line, summary.blank, summary.continuation),
            (6, 2, 3)
        );
    }

    #[test]
    fn an_entry_is_bounded() {
        let mut text = format!("{STAMP} INFO  first\n");
        for _ in 0..200 {
            text.push_str(&"x".repeat(1000));
            text.push('\n');
        }
        let (log, summary) = read_text(&text);
        assert!(log.entries[0].text.len() <= ENTRY_LIMIT);
        assert_eq!(summary.continuation, 200);
        assert_eq!(
            log.troubles
                .iter()
                .filter(|t| t.0 == DiagnosticCode::Line)
                .count(),
            1
        );
    }

    const HEAD: &str =
        "[=== Cluster ===]\n\nBuild Number 14393\nCurrent node: name (HV01.corp.example) id (2)\n";

    #[test]
    fn the_head_states_node_build_and_time_basis() {
        let line = format!("[=== Cluster Logs ===]\n{STAMP} INFO  x\n");
        let zone = "UTC = localtime + time zone offset;the time zone offset of this machine is";
        let local = "The logs were generated using local time.";
        for (head, basis, offset, time) in [
            ("", TimeBasis::Utc, None, "10:05:00.911"),
            (
                &*format!("{zone} -540 minutes\n"),
                TimeBasis::Utc,
                Some(540),
                "10:05:00.911",
            ),
            (
                &*format!("{zone} -540 minutes, or -9 hours\n{local}\n"),
                TimeBasis::Local {
                    offset_minutes: 540,
                },
                Some(540),
                "01:05:00.911",
            ),
            (
                &*format!("{local}\n{zone} 480 minutes\n"),
                TimeBasis::Local {
                    offset_minutes: -480,
                },
                Some(-480),
                "18:05:00.911",
            ),
            (
                &*format!("{local}\n"),
                TimeBasis::Assumed,
                None,
                "10:05:00.911",
            ),
        ] {
            let (log, summary) = read_text(&format!("{HEAD}{head}{line}"));
            assert_eq!(summary.node, NodeName::new("hv01"));
            assert_eq!(summary.build, Some(14393));
            assert_eq!(
                (summary.basis, summary.utc_offset_minutes),
                (basis, offset),
                "{head}"
            );
            assert_eq!(log.entries[0].time, format!("2024-05-14T{time}Z"), "{head}");
            let warned = log
                .troubles
                .iter()
                .any(|t| t.0 == DiagnosticCode::TimeBasis);
            assert_eq!(warned, basis == TimeBasis::Assumed);
        }
        // 2008 R2 has no head at all.
        assert_eq!(
            read_text(&format!("{STAMP} INFO  x")).1.basis,
            TimeBasis::Assumed
        );
    }

    #[test]
    fn offsets_are_read_in_minutes_and_hours_of_both_signs() {
        for (text, minutes) in [
            (" -540 minutes, or -9 hours", Some(-540)),
            (" 420 minutes", Some(420)),
            (" -9 hours", Some(-540)),
            (": 8", Some(480)),
            (" -5:30", Some(-330)),
            (" 0 minutes", Some(0)),
            (" 9999 minutes", None),
            (" unknown", None),
        ] {
            assert_eq!(offset_minutes(text), minutes, "{text}");
        }
    }

    #[test]
    fn a_local_time_shown_twice_is_decided_by_the_order_of_lines() {
        let options = ClusterLogOptions {
            zone: Some(TimeZone::get("America/New_York").unwrap()),
        };
        let line = |time: &str| format!("00000a78.000021b8::2024/{time}.000 INFO  x\n");
        let text = [
            "[=== Cluster ===]\nThe logs were generated using local time\n".to_owned(),
            line("11/03-00:59:00"),
            line("11/03-01:30:00"),
            line("11/03-01:10:00"),
            line("11/03-02:10:00"),
        ]
        .concat();
        let (log, summary) = read_with(&text, &options);
        let times: Vec<&str> = log.entries.iter().map(|e| &e.time[11..16]).collect();
        assert_eq!(times, ["04:59", "05:30", "06:10", "07:10"]);
        assert_eq!(
            summary.basis,
            TimeBasis::Local {
                offset_minutes: -240
            }
        );
        assert_eq!(
            log.troubles
                .iter()
                .filter(|t| t.0 == DiagnosticCode::Time && !t.2)
                .count(),
            2
        );

        let (log, summary) = read_with(
            &format!(
                "[=== Cluster ===]\nlogs were generated using local time\n{}",
                line("03/10-02:30:00")
            ),
            &options,
        );
        assert_eq!((log.entries.len(), summary.undated), (0, 1));
    }

    #[test]
    fn object_tables_are_read_and_repeated_columns_kept_apart() {
        let (_, summary) = read_text(&format!(
            "{HEAD}\n[=== Networks ===]\nname,id,ignore,ignore,ignore\nLAN,1,a,b,c\n\"A, B\",2,,\"say \"\"x\"\"\",\n\n\
             [=== Nodes ===]\n\nname,id,state,version\nHV01,1,Up,10\nHV02,2,Down,10\n\n[=== Volumes ===]\n\n\
             [=== System ===]\n[System] {STAMP} INFO  x, y, z, w\nleft, over, of, it\n"
        ));
        let networks = summary.table("networks").unwrap();
        assert_eq!(
            networks.columns,
            ["name", "id", "ignore", "ignore#2", "ignore#3"]
        );
        assert_eq!(networks.get(&networks.rows[0], "ignore#2"), Some("b"));
        assert_eq!(networks.rows[1], ["A, B", "2", "", "say \"x\"", ""]);
        assert_eq!(summary.table("Nodes").unwrap().rows.len(), 2);
        assert_eq!(
            (summary.object_rows, summary.entries, summary.continuation),
            (4, 1, 1)
        );
        assert_eq!(summary.unparsed, 0);
    }

    #[test]
    fn placeholders_and_impossible_dates_are_lost_with_a_diagnostic() {
        let (log, summary) = read_text(
            "[Verbose] 00002904.00001040::YYYY/MM/DD-12:03:44.891 INFO [RES] a\n\
             [Verbose] 00002904.00001040:: YYYY/MM/DD -12:03:44.891 ERR [RES] b\nrest\n\
             00002904.00001040::2024/02/30-12:03:44.891 INFO  c\n\
             00002904.00001040:: 2024/02/28 -12:03:44.891 INFO  d\n",
        );
        assert_eq!(
            (summary.undated, summary.continuation, summary.entries),
            (3, 1, 1)
        );
        assert_eq!(log.entries[0].text, "d");
        let times = log
            .troubles
            .iter()
            .filter(|t| t.0 == DiagnosticCode::Time && t.2)
            .count();
        assert_eq!(times, 3);
    }

    #[test]
    fn legacy_logs_are_recognized_once() {
        for text in [
            "378.32c::1999/06/09-18:00:18.874 Cluster Service started\n  Version 3\n",
            "00000534.00000500::1999/10/21-23:09:01.999 [NM] Holding I/O.\nnext\n",
            "   0bc.034::28-12:54:40.138 File Share <user1$>:\n   0bc.034::28-12:54:40.138 x\n",
        ] {
            let (log, summary) = read_text(text);
            assert_eq!((summary.legacy, summary.lost()), (2, 2), "{text}");
            assert_eq!(
                log.troubles,
                [(DiagnosticCode::Unsupported, Locator::Line(1), true)]
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for_whatever_the_pieces(
            parts in prop::collection::vec(prop_oneof![
                Just("00000a78.000021b8::2024/05/14-10:05:00.911 INFO  [RCM] x".to_owned()),
                Just("[Verbose] 00000a78.000021b8::2024/05/14-10:05:00.911 ERR   y".to_owned()),
                Just("[=== Nodes ===]".to_owned()),
                Just("a,b,c,c".to_owned()),
                Just("378.32c::1999/06/09-18:00:18.874 z".to_owned()),
                Just("123 ".to_owned()),
                Just("\n".to_owned()),
                Just("UTC = localtime + time zone offset;the time zone offset of this machine is -".to_owned()),
                "\\PC{0,12}",
                "[0-9a-f.:/\\[\\] -]{0,50}",
            ], 0..24),
            cut in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            sizes in prop::collection::vec(1usize..50, 1..6),
        ) {
            let mut bytes = parts.concat().into_bytes();
            if !bytes.is_empty() {
                let at = cut.index(bytes.len());
                bytes[at] = byte;
            }
            let options = ClusterLogOptions::default();
            let mut whole = Log::default();
            let summary = read(&mut &bytes[..], &options, &mut whole).unwrap();
            prop_assert!(summary.adds_up(), "{:?}", summary);
            prop_assert_eq!(summary.entries, whole.entries.len() as u64);

            let mut pieced = Log::default();
            let mut pieces = Pieces { bytes: &bytes, sizes: &sizes, turn: 0 };
            let again = read(&mut pieces, &options, &mut pieced).unwrap();
            prop_assert_eq!(&again, &summary);
            prop_assert_eq!(&pieced, &whole);

            let mut few = Few::default();
            let mut pieces = Pieces { bytes: &bytes, sizes: &sizes, turn: 0 };
            let few_summary = read(&mut pieces, &options, &mut few).unwrap();
            compare_few(&few, &few_summary, &whole, &summary);
        }

        #[test]
        fn the_fast_form_and_the_tolerant_form_agree(
            channel in prop_oneof![Just(""), Just("[System] "), Just("[Verbose] ")],
            level in prop_oneof![Just("INFO  "), Just("ERR   "), Just("DBG "), Just("WARN ")],
            month in 0u8..14, day in 0u8..33, hour in 0u8..26,
            text in "[a-z\\[\\]: ]{0,20}",
        ) {
            let stamp = format!("{month:02}/{day:02}-{hour:02}:05:00.911");
            let fast = format!("{channel}00000a78.000021b8::2024/{stamp} {level}{text}");
            let slow = format!("{channel}00000a78.000021b8:: 2024/{stamp} {level}{text}");
            let (fast, slow) = (read_text(&fast), read_text(&slow));
            prop_assert_eq!(fast.0.entries, slow.0.entries);
            prop_assert_eq!(fast.1, slow.1);
        }
    }
}
