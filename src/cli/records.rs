//! `vmtrail timeline --all`: every record of every log as JSON lines, member by member
//! in path order and each in the order of its file. Nothing is merged or interpreted.
//!
//! One object a line. A key without a value is left out. Of event logs: `time`,
//! `provider`, `event_id`, `version`, `level`, `channel`, `computer`, `record`,
//! `user_sid`, `activity_id`, `source` (the file), and `fields`: the values by name, as
//! text, in their order. A value without a name is called by its number, from 1; a name
//! that comes again gets `#2`, `#3` and so on. Of a cluster.log: `time`, `level`,
//! `channel`, `subsystem`, `text`, `line`, `source`.

use std::io::{self, Write};
use std::sync::Arc;

use vmtrail::ingest::every::{self, EveryError, PartSink, Parts};
use vmtrail::model::diagnostic::{DiagnosticCode, Diagnostics};
use vmtrail::model::inventory::VmSnapshot;
use vmtrail::model::source::{Locator, SourceRef};
use vmtrail::model::time::{Moment, Window};
use vmtrail::readers::bundle::{Limits, Member};
use vmtrail::readers::raw::{RawEvent, RawLine, RecordSink};

use super::args::InputArgs;
use super::{CannotRun, Outcome, Result, settings};

/// A part is written when it has so many bytes.
const FULL: usize = 1 << 20;

pub fn run(args: &InputArgs) -> Result {
    let zone = settings::zone(args.tz.as_deref())?;
    let window = settings::window(args.from.as_deref(), args.to.as_deref(), zone.as_ref())?;
    let mut diagnostics = Diagnostics::new();
    let mut out = io::stdout().lock();
    let found = every::every(
        &args.paths,
        &Limits::default(),
        zone.as_ref(),
        &vmtrail::ingest::Silent,
        &Lines { window },
        &mut |part: JsonLines| {
            diagnostics.absorb(part.diagnostics);
            out.write_all(&part.text)
        },
    );
    let found = found.and_then(|found| Ok(out.flush().map(|()| found)?));
    match found {
        Ok(found) => diagnostics.absorb(found),
        // A reader that has seen enough closes the pipe.
        Err(EveryError::Take(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(Outcome::Done);
        }
        Err(EveryError::Take(error)) => {
            return Err(CannotRun(format!(
                "cannot write to standard output: {error}"
            )));
        }
        Err(EveryError::Ingest(error)) => return Err(error.into()),
    }
    for diagnostic in diagnostics.iter().filter(|d| d.code.is_loss()) {
        super::tell(&format!("{}: {}", diagnostic.source, diagnostic.message));
    }
    Ok(match diagnostics.any_loss() {
        true => Outcome::InputLost,
        false => Outcome::Done,
    })
}

/// Makes the sinks.
struct Lines {
    window: Option<Window>,
}

impl Parts for Lines {
    type Sink = JsonLines;

    fn begin(&self, member: &Member) -> JsonLines {
        let mut source = Vec::new();
        string(&mut source, &member.path);
        JsonLines {
            window: self.window,
            member: member.path.clone(),
            source,
            text: Vec::with_capacity(FULL),
            diagnostics: Diagnostics::new(),
        }
    }
}

/// Records as JSON.
struct JsonLines {
    window: Option<Window>,
    member: Arc<str>,
    /// The member as a JSON string.
    source: Vec<u8>,
    text: Vec<u8>,
    diagnostics: Diagnostics,
}

impl JsonLines {
    /// Whether a record of a time is asked for.
    fn wants_at(&self, time: Option<Moment>) -> bool {
        self.window
            .is_none_or(|window| time.is_some_and(|time| window.contains(time)))
    }

    /// Begins an object with a time.
    fn open(&mut self, time: Option<Moment>) {
        self.text.push(b'{');
        if let Some(time) = time {
            self.text.extend_from_slice(b"\"time\":\"");
            self.text
                .extend_from_slice(time.rfc3339().as_str().as_bytes());
            self.text.push(b'"');
        }
    }

    /// A key, with what stands before it.
    fn key(&mut self, key: &str) {
        if self.text.last() != Some(&b'{') {
            self.text.push(b',');
        }
        self.text.push(b'"');
        self.text.extend_from_slice(key.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.key(key);
            string(&mut self.text, value);
        }
    }

    fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        let mut digits = itoa::Buffer::new();
        self.text.extend_from_slice(digits.format(value).as_bytes());
    }

    fn close(&mut self) {
        self.key("source");
        self.text.extend_from_slice(&self.source);
        self.text.extend_from_slice(b"}\n");
    }
}

impl PartSink for JsonLines {
    fn is_full(&self) -> bool {
        self.text.len() >= FULL
    }
}

impl RecordSink for JsonLines {
    fn event(&mut self, event: &RawEvent<'_>) {
        if !self.wants_at(event.time) {
            return;
        }
        self.open(event.time);
        self.text("provider", event.provider);
        self.number("event_id", event.event_id.into());
        self.number("version", event.version.into());
        self.number("level", event.level.into());
        self.text("channel", event.channel);
        self.text("computer", event.computer);
        if let Some(id) = event.record_id {
            self.number("record", id);
        }
        self.text("user_sid", event.user_sid);
        self.text("activity_id", event.activity_id);
        if !event.fields.is_empty() {
            self.key("fields");
            self.text.push(b'{');
            for (at, field) in event.fields.iter().enumerate() {
                if at > 0 {
                    self.text.push(b',');
                }
                let before = event.fields.get(..at).unwrap_or(&[]);
                name(
                    &mut self.text,
                    field.name,
                    at,
                    before.iter().map(|f| f.name),
                );
                self.text.push(b':');
                string(&mut self.text, field.value);
            }
            self.text.push(b'}');
        }
        self.close();
    }

    fn line(&mut self, line: &RawLine<'_>) {
        if !self.wants_at(Some(line.time)) {
            return;
        }
        self.open(Some(line.time));
        self.text("level", line.level);
        self.text("channel", line.channel);
        self.text("subsystem", line.subsystem);
        self.text("text", line.text);
        self.number("line", line.line);
        self.close();
    }

    fn snapshot(&mut self, _: VmSnapshot) {}

    fn trouble(&mut self, code: DiagnosticCode, at: Locator, _: bool, message: String) {
        let source = SourceRef::new(self.member.clone(), at);
        self.diagnostics.push(code, source, message);
    }
}

/// The key of a field: its name, told apart from the same name before it, or its number.
fn name<'n>(out: &mut Vec<u8>, name: &str, at: usize, before: impl Iterator<Item = &'n str>) {
    if name.is_empty() {
        return string(out, &(at + 1).to_string());
    }
    match before.filter(|other| *other == name).count() {
        0 => string(out, name),
        same => string(out, &format!("{name}#{}", same + 1)),
    }
}

/// A JSON string.
fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let plain = plain(rest);
        let (run, odd) = rest.split_at(plain);
        out.extend_from_slice(run);
        let Some((byte, behind)) = odd.split_first() else {
            break;
        };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => {
                let hex = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(other >> 4), hex(other & 15)]);
            }
        }
        rest = behind;
    }
    out.push(b'"');
}

/// How many bytes need no escape, from the first on. Eight are looked at at once.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let is_odd = |word: u64| {
        let below_blank = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let backslash = zero(word ^ (ONES * u64::from(b'\\')));
        below_blank | quote | backslash != 0
    };
    let (words, _) = bytes.as_chunks::<8>();
    let whole = words
        .iter()
        .take_while(|word| !is_odd(u64::from_ne_bytes(**word)))
        .count();
    let tail = bytes.get(8 * whole..).unwrap_or(&[]);
    let odd = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    8 * whole + tail.iter().position(odd).unwrap_or(tail.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_elsewhere() {
        for text in [
            "",
            "plain",
            "a \"quoted\" \\ path\\",
            "exactly8",
            "line\r\nbreak\ttab\u{1}\u{1f}\u{7f}",
            "日本語の名前が八バイトより長い\"",
            "seven77\"",
        ] {
            let mut out = Vec::new();
            string(&mut out, text);
            let read: String = serde_json::from_slice(&out).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn fields_without_a_name_or_with_the_same_one_are_told_apart() {
        let names = ["", "a", "a", "", "a"];
        let mut keys = Vec::new();
        for (at, field) in names.into_iter().enumerate() {
            let mut out = Vec::new();
            name(&mut out, field, at, names[..at].iter().copied());
            keys.push(String::from_utf8(out).unwrap());
        }
        assert_eq!(keys, ["\"1\"", "\"a\"", "\"a#2\"", "\"4\"", "\"a#3\""]);
    }
}
