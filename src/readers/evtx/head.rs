//! The `System` element of a template, read once more and faster: straight to where the
//! properties are that place a record, without a plan. Only the form that Windows writes is
//! known here; of anything else nothing is said, and `template` looks at it.
//!
//! Templates come anew with every chunk, and many of them for some records only: compiling
//! them was a fifth of a scan. The grammar is `template`'s.

use std::ops::Range;

use super::template::{Head, Source, Span, Tokens, alone, name_at};
use super::value::{self, kind};

/// Longest name that is known here.
const LONGEST: usize = 24;

/// The properties so far.
#[derive(Default)]
struct Found {
    provider: Option<Source>,
    channel: Option<Source>,
    computer: Option<Source>,
    event_id: Option<u16>,
    time: Option<u16>,
    record_id: Option<u16>,
}

impl Found {
    fn head(self) -> Option<Head> {
        let mut head = Head {
            provider: self.provider?,
            channel: self.channel?,
            computer: self.computer?,
            event_id: self.event_id?,
            time: self.time?,
            record_id: self.record_id?,
            last: 0,
        };
        head.last = head.event_id.max(head.time).max(head.record_id);
        for source in [head.provider, head.channel, head.computer] {
            if let Source::Slot(slot) = source {
                head.last = head.last.max(slot);
            }
        }
        Some(head)
    }
}

/// The head of a definition whose tokens are in a range of the chunk. Literals are
/// appended; where there is no head, those are to be forgotten.
pub(super) fn head(chunk: &[u8], tokens: Range<usize>, literals: &mut String) -> Option<Head> {
    let tokens = Tokens::new(chunk, tokens, true)?;
    Reader { tokens, literals }.head()
}

/// A name's characters and how many they are.
type Name = ([u8; LONGEST], usize);

struct Reader<'c, 'l> {
    tokens: Tokens<'c>,
    literals: &'l mut String,
}

impl Reader<'_, '_> {
    fn head(&mut self) -> Option<Head> {
        let mut token = self.tokens.u8()?;
        if token == 0x0f {
            self.tokens.at += 3;
            token = self.tokens.u8()?;
        }
        // Event and its attributes.
        let (name, _) = self.element(token)?;
        (text(&name) == b"Event").then_some(())?;
        loop {
            match self.tokens.u8()? {
                0x06 | 0x46 => {
                    let name = self.name()?;
                    let literal = matches!(self.source()?, Source::Literal(_));
                    (literal && text(&name) == b"xmlns").then_some(())?;
                }
                0x02 => break,
                _ => return None,
            }
        }
        let token = self.tokens.u8()?;
        let (name, dependency) = self.element(token)?;
        let is_plain = self.tokens.u8()? == 0x02 && dependency.is_none();
        (is_plain && text(&name) == b"System").then_some(())?;
        let mut found = Found::default();
        loop {
            match self.tokens.u8()? {
                0x04 => return found.head(),
                token => self.property(token, &mut found)?,
            }
        }
    }

    /// A child of `System`.
    fn property(&mut self, token: u8, found: &mut Found) -> Option<()> {
        let (element, dependency) = self.element(token)?;
        let element = text(&element);
        loop {
            match self.tokens.u8()? {
                0x06 | 0x46 => {
                    let name = self.name()?;
                    let source = self.source()?;
                    match (element, text(&name)) {
                        (b"Provider", b"Name") => {
                            set(&mut found.provider, alone(source, dependency)?)?;
                        }
                        (b"TimeCreated", b"SystemTime") => {
                            set(&mut found.time, slot(alone(source, dependency)?)?)?;
                        }
                        (_, name) if is_attribute(name) => {}
                        _ => return None,
                    }
                }
                0x03 => return is_bare(element).then_some(()),
                0x02 => break,
                _ => return None,
            }
        }
        let source = self.source()?;
        (self.tokens.u8()? == 0x04).then_some(())?;
        match element {
            b"EventID" => set(&mut found.event_id, slot(alone(source, dependency)?)?),
            b"EventRecordID" => set(&mut found.record_id, slot(alone(source, dependency)?)?),
            b"Channel" => set(&mut found.channel, alone(source, dependency)?),
            b"Computer" => set(&mut found.computer, alone(source, dependency)?),
            b"Version" | b"Level" | b"Task" | b"Opcode" | b"Keywords" => Some(()),
            _ => None,
        }
    }

    /// Name and dependency of an element whose token was read.
    fn element(&mut self, token: u8) -> Option<(Name, Option<u16>)> {
        (token & !0x40 == 0x01).then_some(())?;
        let dependency = Some(self.tokens.u16()?).filter(|id| *id != 0xffff);
        let _size = self.tokens.u32()?;
        let name = self.name()?;
        if token & 0x40 != 0 {
            let _size = self.tokens.u32()?;
        }
        Some((name, dependency))
    }

    /// One literal or value.
    fn source(&mut self) -> Option<Source> {
        match self.tokens.u8()? {
            0x05 | 0x45 => {
                (self.tokens.u8()? == kind::STRING).then_some(())?;
                let size = 2 * usize::from(self.tokens.u16()?);
                let bytes = self
                    .tokens
                    .code
                    .get(self.tokens.at..self.tokens.at + size)?;
                self.tokens.at += size;
                let start = self.literals.len();
                value::utf16(bytes, self.literals);
                let end = self.literals.len();
                (start < end).then_some(Source::Literal(Span { start, end }))
            }
            0x0d | 0x0e => {
                let slot = self.tokens.u16()?;
                value::is_known(self.tokens.u8()?).then_some(Source::Slot(slot))
            }
            _ => None,
        }
    }

    /// A name of ASCII characters.
    fn name(&mut self) -> Option<Name> {
        let offset = self.tokens.name()?;
        let units = name_at(self.tokens.chunk, offset)?.as_chunks::<2>().0;
        let mut name = [0; LONGEST];
        let place = name.get_mut(..units.len())?;
        let mut high = 0;
        for (byte, unit) in place.iter_mut().zip(units) {
            *byte = unit[0];
            high |= unit[1];
        }
        (high == 0).then_some((name, units.len()))
    }
}

fn text(name: &Name) -> &[u8] {
    name.0.get(..name.1).unwrap_or(&[])
}

/// A property that is there twice is of no usual form.
fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn slot(source: Source) -> Option<u16> {
    match source {
        Source::Slot(slot) => Some(slot),
        _ => None,
    }
}

/// Attributes that say nothing of a record's place.
fn is_attribute(name: &[u8]) -> bool {
    matches!(
        name,
        b"Guid"
            | b"EventSourceName"
            | b"Qualifiers"
            | b"ActivityID"
            | b"RelatedActivityID"
            | b"ProcessID"
            | b"ThreadID"
            | b"UserID"
    )
}

/// Elements that may have attributes alone.
fn is_bare(element: &[u8]) -> bool {
    matches!(
        element,
        b"Provider" | b"TimeCreated" | b"Correlation" | b"Execution" | b"Security"
    )
}
