//! Events that were rendered: one `<Event>` element, files of them, CSV exports.
//!
//! [`EventXml`] reads the form that the event log schema
//! (`http://schemas.microsoft.com/win/2004/08/events/event`) gives a record, as
//! wevtutil, Event Viewer, Get-WinEvent and EVTX renderers write it. It is not a
//! general XML parser: it knows no DTDs and no namespaces beyond skipping their
//! prefixes, and it borrows every value that needs no decoding.

use std::cell::RefCell;
use std::io::Read;

use jiff::tz::TimeZone;
use memchr::{memchr, memchr2, memmem};

use super::error::ReadError;
use super::raw::{Payload, RawEvent, RawField, RecordSink};
use super::stamp::month_and_day;
use super::stamp::{self, Civil};
use super::text::{Lines, Utf8Reader, read_full};
use crate::model::diagnostic::DiagnosticCode;
use crate::model::source::Locator;
use crate::model::time::{CivilInstant, Moment, TimeBasis, civil_to_utc};

/// Deepest nesting of elements that is read; real records stay below ten.
const MAX_DEPTH: usize = 64;

/// A piece of the record's XML, or of the decoded text beside it.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    start: usize,
    end: usize,
    decoded: bool,
}

impl Piece {
    fn get<'a>(self, xml: &'a str, decoded: &'a str) -> &'a str {
        let from = if self.decoded { decoded } else { xml };
        from.get(self.start..self.end).unwrap_or("")
    }
}

/// Reads one `<Event>` element at a time; keeps its buffers between records.
#[derive(Debug, Default)]
pub struct EventXml {
    /// Values that had entities or several parts, one behind the other.
    decoded: String,
    /// Name and value of each field.
    pieces: Vec<(Piece, Piece)>,
    /// Names of elements that are open.
    open: Vec<Piece>,
    /// Empty between records: only its memory is kept.
    fields: Vec<RawField<'static>>,
}

/// What is known of the `System` element so far.
#[derive(Default)]
struct SystemPart {
    seen: bool,
    provider: Piece,
    source_name: Piece,
    event_id: Option<u32>,
    version: u8,
    level: u8,
    channel: Piece,
    computer: Piece,
    time: Option<Moment>,
    record_id: Option<u64>,
    user_sid: Piece,
    activity_id: Piece,
    message: Piece,
}

impl EventXml {
    /// With empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the XML of one `<Event>` element and hands the record to `then`.
    ///
    /// Only `</Event>` itself may be missing behind a whole payload. A time that is missing or on no calendar gives `None` in `time`. What stands
    /// behind `</Event>` is not looked at.
    ///
    /// The record borrows from `xml` and from this reader's buffers, so it is lent
    /// to a closure; nothing is allocated once the buffers are warm. An XML
    /// declaration, comments and blanks around the element are allowed.
    ///
    /// # Errors
    ///
    /// When `xml` is not one well-formed `Event` element with `System/EventID`;
    /// the text says what was expected and found, and at which byte.
    pub fn parse<R>(
        &mut self,
        xml: &[u8],
        then: impl FnOnce(&RawEvent<'_>) -> R,
    ) -> Result<R, String> {
        self.parse_wanted(xml, |_, _| true, then)
    }

    /// Like [`EventXml::parse`], but when `wants` (provider, event id) says no, the
    /// payload behind `System` is not looked at and `fields` stays empty.
    ///
    /// # Errors
    ///
    /// As [`EventXml::parse`], for the part that is read.
    pub fn parse_wanted<R>(
        &mut self,
        xml: &[u8],
        wants: impl FnOnce(&str, u32) -> bool,
        then: impl FnOnce(&RawEvent<'_>) -> R,
    ) -> Result<R, String> {
        let xml = std::str::from_utf8(xml).map_err(|e| {
            format!(
                "expected UTF-8, found other bytes at offset {}",
                e.valid_up_to()
            )
        })?;
        self.decoded.clear();
        self.pieces.clear();
        self.open.clear();
        let mut scan = Scan {
            xml,
            at: 0,
            decoded: &mut self.decoded,
            pieces: &mut self.pieces,
            open: &mut self.open,
        };
        let (system, payload) = scan.event(wants)?;

        let decoded = self.decoded.as_str();
        let get = |piece: Piece| piece.get(xml, decoded);
        let mut fields: Vec<RawField<'_>> = std::mem::take(&mut self.fields);
        fields.extend(self.pieces.iter().map(|&(name, value)| RawField {
            name: get(name),
            value: get(value),
        }));
        let name = get(system.provider);
        let result = then(&RawEvent {
            provider: if name.is_empty() {
                get(system.source_name)
            } else {
                name
            },
            event_id: system.event_id.unwrap_or_default(),
            version: system.version,
            level: system.level,
            channel: get(system.channel),
            computer: get(system.computer),
            time: system.time,
            record_id: system.record_id,
            number: 0,
            message: get(system.message),
            user_sid: get(system.user_sid),
            activity_id: get(system.activity_id),
            payload,
            fields: &fields,
        });
        self.fields = emptied(fields);
        Ok(result)
    }
}

/// The memory of a list, to be filled again with other borrows. Collecting an
/// emptied vector into one of the same layout keeps its allocation.
pub(super) fn emptied(mut fields: Vec<RawField<'_>>) -> Vec<RawField<'static>> {
    fields.clear();
    fields
        .into_iter()
        .map(|_| RawField {
            name: "",
            value: "",
        })
        .collect()
}

/// A start or end tag.
#[derive(Clone, Copy)]
struct Tag<'x> {
    /// Name without its prefix.
    name: &'x str,
    /// Where the name stands.
    name_at: Piece,
    /// Where the attributes begin (start tags).
    attributes: usize,
    /// Byte offset of `<`.
    offset: usize,
    kind: TagKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TagKind {
    Start,
    Empty,
    End,
}

struct Scan<'x, 's> {
    xml: &'x str,
    at: usize,
    decoded: &'s mut String,
    pieces: &'s mut Vec<(Piece, Piece)>,
    /// Names of the open elements of `UserData`.
    open: &'s mut Vec<Piece>,
}

impl<'x> Scan<'x, '_> {
    fn bytes(&self) -> &'x [u8] {
        self.xml.as_bytes()
    }

    fn event(
        &mut self,
        wants: impl FnOnce(&str, u32) -> bool,
    ) -> Result<(SystemPart, Payload), String> {
        let root = self.expect_tag("an <Event> element")?;
        if root.name != "Event" || root.kind != TagKind::Start {
            return Err(format!(
                "expected an <Event> element, found <{}> at offset {}",
                root.name, root.offset
            ));
        }
        let mut system = SystemPart::default();
        let mut payload = Payload::None;
        let mut wants = Some(wants);
        let mut wanted = true;
        loop {
            // Records quoted by people lose their last line, or repeat their first.
            let Some(tag) = self.next_tag()? else {
                if payload == Payload::None {
                    self.expect_tag("</Event>")?;
                }
                break;
            };
            match (tag.kind, tag.name) {
                (TagKind::Start, "Event") if !system.seen => {}
                (TagKind::End, "Event") => break,
                (TagKind::End, found) => {
                    return Err(format!(
                        "expected </Event>, found </{found}> at offset {}",
                        tag.offset
                    ));
                }
                (kind, "System") if !system.seen => {
                    system.seen = true;
                    if kind == TagKind::Start {
                        self.system(&mut system)?;
                    }
                    if let (Some(wants), Some(id)) = (wants.take(), system.event_id) {
                        wanted = wants(system.provider.get(self.xml, self.decoded), id);
                    }
                    if !wanted {
                        break;
                    }
                }
                (kind, "EventData") if payload == Payload::None => {
                    payload = Payload::EventData;
                    if kind == TagKind::Start {
                        self.event_data()?;
                    }
                }
                (kind, "UserData") if payload == Payload::None => {
                    payload = Payload::UserData;
                    if kind == TagKind::Start {
                        self.leaves(tag.name)?;
                    }
                }
                (kind, "ProcessingErrorData") if payload == Payload::None => {
                    payload = Payload::ProcessingError;
                    if kind == TagKind::Start {
                        self.leaves(tag.name)?;
                    }
                }
                (TagKind::Start, "RenderingInfo") => system.message = self.rendered_message()?,
                (TagKind::Start, name) => self.skip(name)?,
                (TagKind::Empty, _) => {}
            }
        }
        if system.event_id.is_none() {
            return Err(if system.seen {
                "expected System/EventID with a number, found none".to_owned()
            } else {
                "expected a System element, found none".to_owned()
            });
        }
        Ok((system, payload))
    }

    /// `Message` of `RenderingInfo`, up to its end tag.
    fn rendered_message(&mut self) -> Result<Piece, String> {
        let mut message = Piece::default();
        loop {
            let tag = self.expect_tag("</RenderingInfo>")?;
            match (tag.kind, tag.name) {
                (TagKind::End, "RenderingInfo") => return Ok(message),
                (TagKind::End, found) => {
                    return Err(format!(
                        "expected </RenderingInfo>, found </{found}> at offset {}",
                        tag.offset
                    ));
                }
                (TagKind::Start, "Message") => message = self.text_of(tag.name)?,
                (TagKind::Start, name) => self.skip(name)?,
                (TagKind::Empty, _) => {}
            }
        }
    }

    /// The children of `System`, up to its end tag.
    fn system(&mut self, system: &mut SystemPart) -> Result<(), String> {
        loop {
            let tag = self.expect_tag("</System>")?;
            match (tag.kind, tag.name) {
                (TagKind::End, "System") => return Ok(()),
                (TagKind::End, found) => {
                    return Err(format!(
                        "expected </System>, found </{found}> at offset {}",
                        tag.offset
                    ));
                }
                (_, "Provider") => {
                    self.attributes(tag.attributes, |name, value, _, _| match name {
                        "Name" => system.provider = value,
                        "EventSourceName" => system.source_name = value,
                        _ => {}
                    })?
                }
                (_, "TimeCreated") => {
                    self.attributes(tag.attributes, |name, value, xml, decoded| {
                        if name == "SystemTime" {
                            system.time = stamp::system_time(value.get(xml, decoded));
                        }
                    })?;
                }
                (_, "Security") => self.attributes(tag.attributes, |name, value, _, _| {
                    if name == "UserID" {
                        system.user_sid = value;
                    }
                })?,
                (_, "Correlation") => self.attributes(tag.attributes, |name, value, _, _| {
                    if name == "ActivityID" {
                        system.activity_id = value;
                    }
                })?,
                _ => {}
            }
            if tag.kind == TagKind::Empty {
                continue;
            }
            let value = self.text_of(tag.name)?;
            let text = value.get(self.xml, self.decoded).trim_ascii();
            match tag.name {
                "EventID" => {
                    system.event_id = Some(text.parse().map_err(|_| {
                        format!(
                            "expected a number in EventID, found {text:?} at offset {}",
                            tag.offset
                        )
                    })?);
                }
                "Version" => system.version = text.parse().unwrap_or(0),
                "Level" => system.level = text.parse().unwrap_or(0),
                "EventRecordID" => system.record_id = text.parse().ok(),
                "Channel" => system.channel = self.trimmed(value),
                "Computer" => system.computer = self.trimmed(value),
                _ => {}
            }
        }
    }

    fn trimmed(&self, piece: Piece) -> Piece {
        let text = piece.get(self.xml, self.decoded);
        let start = piece.start + (text.len() - text.trim_ascii_start().len());
        Piece {
            start,
            end: start + text.trim_ascii().len(),
            decoded: piece.decoded,
        }
    }

    /// The children of `EventData`: each is one field, whatever it contains, so
    /// that positions hold.
    fn event_data(&mut self) -> Result<(), String> {
        loop {
            let tag = self.expect_tag("</EventData>")?;
            if tag.kind == TagKind::End {
                if tag.name == "EventData" {
                    return Ok(());
                }
                return Err(format!(
                    "expected </EventData>, found </{}> at offset {}",
                    tag.name, tag.offset
                ));
            }
            let name = self.field_name(&tag)?;
            let value = match tag.kind {
                TagKind::Start => self.text_of(tag.name)?,
                _ => Piece::default(),
            };
            self.pieces.push((name, value));
        }
    }

    /// The `Name` attribute, else the element's name; empty for a bare `Data`.
    fn field_name(&mut self, tag: &Tag<'x>) -> Result<Piece, String> {
        let mut found = None;
        self.attributes(tag.attributes, |name, value, _, _| {
            if name == "Name" {
                found = Some(value);
            }
        })?;
        Ok(match found {
            Some(name) => name,
            None if tag.name == "Data" => Piece::default(),
            None => tag.name_at,
        })
    }

    /// Elements without child elements below the element `outer`, each one field.
    /// Its only child (the provider's own root, `VmlEventLog`) is no field when it
    /// is empty.
    fn leaves(&mut self, outer: &str) -> Result<(), String> {
        // The innermost open element is a leaf until a child opens.
        let mut pending: Option<(Piece, Value)> = None;
        loop {
            if let Some((_, value)) = &mut pending {
                value.read_text(self)?;
            }
            let tag = self.expect_tag("an end tag")?;
            match tag.kind {
                TagKind::Start | TagKind::Empty => {
                    if self.open.len() >= MAX_DEPTH {
                        return Err(format!(
                            "expected at most {MAX_DEPTH} nested elements, found more at offset {}",
                            tag.offset
                        ));
                    }
                    let name = self.field_name(&tag)?;
                    if tag.kind == TagKind::Start {
                        self.open.push(tag.name_at);
                        pending = Some((name, Value::default()));
                    } else {
                        pending = None;
                        if !self.open.is_empty() {
                            self.pieces.push((name, Piece::default()));
                        }
                    }
                }
                TagKind::End => {
                    let Some(expected) = self.open.pop() else {
                        if tag.name == outer {
                            return Ok(());
                        }
                        return Err(format!(
                            "expected </{outer}>, found </{}> at offset {}",
                            tag.name, tag.offset
                        ));
                    };
                    let expected = expected.get(self.xml, "");
                    if expected != tag.name {
                        return Err(format!(
                            "expected </{expected}>, found </{}> at offset {}",
                            tag.name, tag.offset
                        ));
                    }
                    if let Some((name, value)) = pending.take() {
                        let value = value.finish(self);
                        if !self.open.is_empty() || value.start < value.end {
                            self.pieces.push((name, value));
                        }
                    }
                }
            }
        }
    }

    /// The text inside an element up to its end tag, of nested elements too, those
    /// separated by `\n`.
    fn text_of(&mut self, element: &str) -> Result<Piece, String> {
        let mut depth = 0usize;
        let mut value = Value::default();
        loop {
            value.read_text(self)?;
            let tag = self.expect_tag("an end tag")?;
            match tag.kind {
                TagKind::Start => {
                    depth += 1;
                    value.separate(self);
                }
                TagKind::Empty => value.separate(self),
                TagKind::End if depth == 0 => {
                    if tag.name == element {
                        return Ok(value.finish(self));
                    }
                    return Err(format!(
                        "expected </{element}>, found </{}> at offset {}",
                        tag.name, tag.offset
                    ));
                }
                TagKind::End => depth -= 1,
            }
        }
    }

    /// Skips to the end tag of an open element.
    fn skip(&mut self, element: &str) -> Result<(), String> {
        let mut depth = 0usize;
        loop {
            let tag = self.expect_tag("an end tag")?;
            match tag.kind {
                TagKind::Start => depth += 1,
                TagKind::Empty => {}
                TagKind::End if depth == 0 => {
                    return if tag.name == element {
                        Ok(())
                    } else {
                        Err(format!(
                            "expected </{element}>, found </{}> at offset {}",
                            tag.name, tag.offset
                        ))
                    };
                }
                TagKind::End => depth -= 1,
            }
        }
    }

    fn expect_tag(&mut self, expected: &str) -> Result<Tag<'x>, String> {
        self.next_tag()?.ok_or_else(|| {
            format!(
                "expected {expected}, found the end at offset {}",
                self.xml.len()
            )
        })
    }

    /// The next tag behind text, comments, declarations and CDATA.
    fn next_tag(&mut self) -> Result<Option<Tag<'x>>, String> {
        let bytes = self.bytes();
        loop {
            let Some(found) = memchr(b'<', &bytes[self.at..]) else {
                self.at = bytes.len();
                return Ok(None);
            };
            let offset = self.at + found;
            let rest = &bytes[offset..];
            if rest.starts_with(b"<!--") {
                self.at = self.behind(offset + 4, b"-->", "-->")?;
            } else if rest.starts_with(b"<![CDATA[") {
                self.at = self.behind(offset + 9, b"]]>", "]]>")?;
            } else if rest.starts_with(b"<?") {
                self.at = self.behind(offset + 2, b"?>", "?>")?;
            } else if rest.starts_with(b"<!") {
                return Err(format!(
                    "expected an element, found a declaration at offset {offset}"
                ));
            } else {
                return self.tag(offset).map(Some);
            }
        }
    }

    fn behind(&self, from: usize, end: &[u8], shown: &str) -> Result<usize, String> {
        memmem::find(&self.bytes()[from..], end)
            .map(|found| from + found + end.len())
            .ok_or_else(|| format!("expected {shown} behind offset {from}, found the end"))
    }

    /// The tag at `offset`; attributes are left unread.
    fn tag(&mut self, offset: usize) -> Result<Tag<'x>, String> {
        let bytes = self.bytes();
        let end_tag = bytes.get(offset + 1) == Some(&b'/');
        let from = offset + 1 + usize::from(end_tag);
        let length = bytes[from..]
            .iter()
            .position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>' | b'<' | b'='))
            .unwrap_or(bytes.len() - from);
        let whole = &self.xml[from..from + length];
        let local = whole.rfind(':').map_or(0, |colon| colon + 1);
        if local == length {
            return Err(format!("expected an element's name at offset {from}"));
        }
        let attributes = from + length;
        let close = self.close_of(attributes)?;
        self.at = close + 1;
        let kind = if end_tag {
            TagKind::End
        } else if bytes[close - 1] == b'/' {
            TagKind::Empty
        } else {
            TagKind::Start
        };
        Ok(Tag {
            name: &whole[local..],
            name_at: Piece {
                start: from + local,
                end: from + length,
                decoded: false,
            },
            attributes,
            offset,
            kind,
        })
    }

    /// Where the `>` of a tag stands, past quoted values.
    fn close_of(&self, from: usize) -> Result<usize, String> {
        let bytes = self.bytes();
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'>' => return Ok(at),
                b'<' => break,
                quote @ (b'"' | b'\'') => {
                    at += 1;
                    match memchr(quote, &bytes[at..]) {
                        Some(found) => at += found + 1,
                        None => break,
                    }
                }
                _ => at += 1,
            }
        }
        Err(format!("expected > behind offset {from}, found none"))
    }

    /// Calls `each` (name without prefix, value, xml, decoded text) for every
    /// attribute from `at` to the end of the tag. Namespace declarations are left
    /// out.
    fn attributes(
        &mut self,
        mut at: usize,
        mut each: impl FnMut(&'x str, Piece, &str, &str),
    ) -> Result<(), String> {
        let bytes = self.bytes();
        loop {
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            match bytes.get(at) {
                None | Some(b'>') => return Ok(()),
                Some(b'/') => {
                    at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let name_from = at;
            while bytes
                .get(at)
                .is_some_and(|b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/'))
            {
                at += 1;
            }
            let name = &self.xml[name_from..at];
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            let quote = match (bytes.get(at), bytes[at.min(bytes.len())..].get(1..)) {
                (Some(b'='), Some(rest)) => {
                    at += 1 + rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
                    bytes.get(at).copied()
                }
                _ => None,
            };
            let Some(quote @ (b'"' | b'\'')) = quote else {
                return Err(format!(
                    "expected a quoted value for the attribute {name:?} at offset {name_from}"
                ));
            };
            let start = at + 1;
            let Some(length) = memchr(quote, &bytes[start..]) else {
                return Err(format!("expected an end of the value at offset {start}"));
            };
            at = start + length + 1;
            let is_namespace = name == "xmlns" || name.starts_with("xmlns:");
            if !is_namespace {
                let local = name.rfind(':').map_or(name, |colon| &name[colon + 1..]);
                let value = self.decode_piece(start, start + length);
                each(local, value, self.xml, self.decoded);
            }
        }
    }

    fn decode_piece(&mut self, start: usize, end: usize) -> Piece {
        let raw = &self.xml[start..end];
        if memchr(b'&', raw.as_bytes()).is_none() {
            return Piece {
                start,
                end,
                decoded: false,
            };
        }
        let from = self.decoded.len();
        decode_into(raw, self.decoded);
        Piece {
            start: from,
            end: self.decoded.len(),
            decoded: true,
        }
    }
}

/// A value while it is read: one stretch of XML as it stands, or decoded text.
#[derive(Default)]
struct Value {
    piece: Option<Piece>,
}

impl Value {
    /// Takes the text from the scanner's position up to the next tag.
    fn read_text(&mut self, scan: &mut Scan<'_, '_>) -> Result<(), String> {
        let bytes = scan.bytes();
        loop {
            let start = scan.at;
            let end = memchr(b'<', &bytes[start..]).map_or(bytes.len(), |found| start + found);
            self.add(scan, start, end, true);
            scan.at = end;
            let rest = &bytes[end..];
            if rest.starts_with(b"<![CDATA[") {
                let behind = scan.behind(end + 9, b"]]>", "]]>")?;
                self.add(scan, end + 9, behind - 3, false);
                scan.at = behind;
            } else if rest.starts_with(b"<!--") {
                scan.at = scan.behind(end + 4, b"-->", "-->")?;
            } else {
                return Ok(());
            }
        }
    }

    fn add(&mut self, scan: &mut Scan<'_, '_>, start: usize, end: usize, entities: bool) {
        if start == end {
            return;
        }
        let raw = &scan.xml[start..end];
        let plain = !entities || memchr(b'&', raw.as_bytes()).is_none();
        match self.piece {
            None if plain => {
                self.piece = Some(Piece {
                    start,
                    end,
                    decoded: false,
                });
            }
            _ => {
                self.own(scan);
                if plain {
                    scan.decoded.push_str(raw);
                } else {
                    decode_into(raw, scan.decoded);
                }
                self.extend(scan);
            }
        }
    }

    /// Nested elements: what came before and what follows are two lines.
    fn separate(&mut self, scan: &mut Scan<'_, '_>) {
        let Some(piece) = self.piece else { return };
        if piece.get(scan.xml, scan.decoded).trim_ascii().is_empty() {
            self.piece = None;
            return;
        }
        self.own(scan);
        if !scan.decoded.ends_with('\n') {
            scan.decoded.push('\n');
        }
        self.extend(scan);
    }

    /// Moves the value to the end of the decoded text, where it can grow. Nothing
    /// else is decoded while a value is read, except attributes of nested
    /// elements, behind which it is copied again.
    fn own(&mut self, scan: &mut Scan<'_, '_>) {
        let piece = self.piece.unwrap_or_default();
        if piece.decoded && piece.end == scan.decoded.len() {
            return;
        }
        let start = scan.decoded.len();
        if piece.decoded {
            scan.decoded.extend_from_within(piece.start..piece.end);
        } else {
            scan.decoded.push_str(&scan.xml[piece.start..piece.end]);
        }
        self.piece = Some(Piece {
            start,
            end: scan.decoded.len(),
            decoded: true,
        });
    }

    fn extend(&mut self, scan: &Scan<'_, '_>) {
        if let Some(piece) = &mut self.piece {
            piece.end = scan.decoded.len();
        }
    }

    /// The value; the line break that pretty-printers put into an empty element is
    /// no value.
    fn finish(self, scan: &Scan<'_, '_>) -> Piece {
        let piece = self.piece.unwrap_or_default();
        let text = piece.get(scan.xml, scan.decoded);
        if memchr2(b'\n', b'\r', text.as_bytes()).is_some() && text.trim_ascii().is_empty() {
            Piece {
                start: piece.start,
                end: piece.start,
                decoded: piece.decoded,
            }
        } else {
            piece
        }
    }
}

/// Appends `raw` with its entities resolved. What is no entity stays as it is; a
/// reference to no character becomes U+FFFD.
pub(super) fn decode_into(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // The longest entity that means anything: `&#x10FFFF;`, with room for zeros.
        let window = &rest.as_bytes()[..rest.len().min(16)];
        let resolved = memchr(b';', window)
            .and_then(|end| resolve(&rest[1..end]).map(|character| (character, end + 1)));
        match resolved {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

fn resolve(entity: &str) -> Option<char> {
    let code = match entity {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => match entity
            .strip_prefix("#x")
            .or_else(|| entity.strip_prefix("#X"))
        {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => entity.strip_prefix('#')?.parse().ok()?,
        },
    };
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// What became of a file of rendered events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderedSummary {
    /// Records handed to the sink.
    pub records: u64,
    /// Records that were lost; each was reported to the sink.
    pub lost: u64,
    /// On which clock the file's times are.
    pub basis: TimeBasis,
}

/// Longest `<Event>` element that is read, in bytes of UTF-8.
const EVENT_LIMIT: usize = 4 * 1024 * 1024;

/// Reads a file of `<Event>` elements: inside `<Events>`, or one behind the other,
/// also between other text, as Event Viewer copies it.
///
/// # Errors
///
/// When the input cannot be read; what came before was handed over.
pub fn read_xml(
    input: &mut dyn Read,
    sink: &mut dyn RecordSink,
) -> Result<RenderedSummary, ReadError> {
    let fail = |records: u64, source: std::io::Error| ReadError::Read {
        at: if records == 0 {
            Locator::Whole
        } else {
            Locator::Entry(records)
        },
        source,
    };
    let mut input = Utf8Reader::new(input).map_err(|e| fail(0, e))?;
    let mut state = XmlFile {
        sink,
        reader: EventXml::new(),
        elements: 0,
        summary: RenderedSummary {
            records: 0,
            lost: 0,
            basis: TimeBasis::None,
        },
    };
    let mut buffer = Pending::default();
    loop {
        let failed = |source| fail(state.summary.records, source);
        let Some(start) = find_start(buffer.rest()) else {
            // A tag may be cut at the end of what was read.
            buffer.at = buffer.bytes.len().saturating_sub(256).max(buffer.at);
            if buffer.ended {
                break;
            }
            buffer.fill(&mut input).map_err(failed)?;
            continue;
        };
        buffer.at += start.at;
        let rest = buffer.rest();
        match find_end(rest, &start.name) {
            End::At(end) => {
                state.element(&rest[..end]);
                buffer.at += end;
            }
            End::Again(at) => {
                state.broken("expected </Event>, found another <Event>");
                buffer.at += at;
            }
            End::Open if rest.len() >= EVENT_LIMIT => {
                state.broken("event element longer than 4 MiB");
                // Go on at the last start in it, so that no byte is searched often.
                let length = rest.len();
                buffer.at += last_start(rest).unwrap_or(length);
            }
            End::Open if buffer.ended => {
                // The last element may lack nothing but its end tag.
                state.element(rest);
                break;
            }
            End::Open => buffer.fill(&mut input).map_err(failed)?,
        }
    }
    Ok(state.summary)
}

/// Bytes that were read and not used up.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Pending {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Drops what was used up, and reads as much again as there is: who searches the
    /// rest from its start after each piece searches no byte often.
    fn fill(&mut self, input: &mut dyn Read) -> std::io::Result<()> {
        self.bytes.drain(..self.at);
        self.at = 0;
        let length = self.bytes.len();
        let piece = length.clamp(64 * 1024, EVENT_LIMIT);
        self.bytes.resize(length + piece, 0);
        let read = read_full(input, &mut self.bytes[length..]);
        self.bytes.truncate(length + *read.as_ref().unwrap_or(&0));
        self.ended = read? < piece;
        Ok(())
    }
}

struct XmlFile<'a> {
    sink: &'a mut dyn RecordSink,
    reader: EventXml,
    elements: u64,
    summary: RenderedSummary,
}

impl XmlFile<'_> {
    fn element(&mut self, xml: &[u8]) {
        self.elements += 1;
        let sink = RefCell::new(&mut *self.sink);
        let result = self.reader.parse_wanted(
            xml,
            |provider, id| sink.borrow().wants(provider, id),
            |event| {
                let timed = event.time.is_some();
                if timed {
                    sink.borrow_mut().event(event);
                }
                timed
            },
        );
        match result {
            Ok(true) => {
                self.summary.records += 1;
                self.summary.basis = TimeBasis::Utc;
            }
            Ok(false) => self.trouble(
                DiagnosticCode::Time,
                "expected a time in TimeCreated/@SystemTime, found none".to_owned(),
            ),
            Err(message) => self.trouble(DiagnosticCode::Syntax, message),
        }
    }

    fn broken(&mut self, message: &str) {
        self.elements += 1;
        self.trouble(DiagnosticCode::Syntax, message.to_owned());
    }

    fn trouble(&mut self, code: DiagnosticCode, message: String) {
        self.summary.lost += 1;
        self.sink
            .trouble(code, Locator::Entry(self.elements), true, message);
    }
}

/// The start tag of an event, by name as written (with its prefix).
struct EventStart {
    at: usize,
    name: Vec<u8>,
}

fn find_start(buffer: &[u8]) -> Option<EventStart> {
    memchr::memchr_iter(b'<', buffer).find_map(|at| {
        event_tag(&buffer[at + 1..]).map(|name| EventStart {
            at,
            name: name.to_vec(),
        })
    })
}

/// The last start tag of an event behind the first byte.
fn last_start(buffer: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b'<', buffer)
        .find(|at| event_tag(&buffer[at + 1..]).is_some())
        .filter(|at| *at > 0)
}

/// The name at the start of a tag, when it is `Event` or `prefix:Event`; `None`
/// also when the tag is cut.
fn event_tag(tag: &[u8]) -> Option<&[u8]> {
    let end = tag
        .iter()
        .take(128)
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<'))?;
    let name = &tag[..end];
    let local = name.rsplit(|b| *b == b':').next()?;
    (local == b"Event" && tag[end] != b'<').then_some(name)
}

enum End {
    /// Behind its end tag.
    At(usize),
    /// Another event starts here, and this one had no `System` or payload end yet.
    Again(usize),
    /// Not in the buffer.
    Open,
}

/// The end of the event at the start of the buffer.
fn find_end(buffer: &[u8], name: &[u8]) -> End {
    let mut at = 1;
    // Elements named `Event` inside of UserData.
    let mut depth = 0usize;
    let mut in_data = false;
    let mut has_system = false;
    while let Some(found) = memchr(b'<', &buffer[at..]) {
        at += found + 1;
        let rest = &buffer[at..];
        let skip = if rest.starts_with(b"![CDATA[") {
            memmem::find(rest, b"]]>")
        } else if rest.starts_with(b"!--") {
            memmem::find(rest, b"-->")
        } else {
            Some(0)
        };
        let Some(skip) = skip else { return End::Open };
        at += skip;
        let rest = &buffer[at..];
        if let Some(end) = rest.strip_prefix(b"/") {
            let Some(close) = memchr(b'>', end) else {
                return End::Open;
            };
            let ended = end[..close].trim_ascii_end();
            if ended == name {
                if depth == 0 {
                    return End::At(at + 1 + close + 1);
                }
                depth -= 1;
            } else if local_name(ended) == b"UserData" {
                in_data = false;
            }
        } else if let Some(inner) = event_tag(rest) {
            if in_data {
                let Some(close) = memchr(b'>', rest) else {
                    return End::Open;
                };
                if inner == name && close > 0 && rest[close - 1] != b'/' {
                    depth += 1;
                }
            } else if has_system {
                return End::Again(at - 1);
            }
            // A doubled first line is no event of its own: `EventXml` reads over it.
        } else {
            let end = rest
                .iter()
                .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
                .unwrap_or(0);
            match local_name(&rest[..end]) {
                b"UserData" => in_data = true,
                b"System" => has_system = true,
                _ => {}
            }
        }
    }
    End::Open
}

fn local_name(name: &[u8]) -> &[u8] {
    name.rsplit(|b| *b == b':').next().unwrap_or(name)
}

/// What is known of a CSV from outside.
#[derive(Clone, Debug, Default)]
pub struct CsvOptions {
    /// The zone of its times, which are local to whoever exported them. Without
    /// one they are taken as UTC, with a diagnostic.
    pub zone: Option<TimeZone>,
}

/// Longest record of a CSV that is read, in bytes of UTF-8.
const CSV_LIMIT: usize = 1024 * 1024;

/// Columns of a table of events, by position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Columns {
    id: Option<usize>,
    provider: Option<usize>,
    channel: Option<usize>,
    computer: Option<usize>,
    level: Option<usize>,
    record: Option<usize>,
    version: Option<usize>,
    message: Option<usize>,
    user: Option<usize>,
    /// Date and time in one column.
    time: Option<usize>,
    /// Date and time in two columns.
    date: Option<usize>,
    clock: Option<usize>,
}

impl Columns {
    /// `None` when these are not the columns of a table of events: an id and a time
    /// are the least.
    fn of(header: &[String]) -> Option<Self> {
        let find = |names: &[&str]| {
            names.iter().find_map(|name| {
                header
                    .iter()
                    .position(|column| column.eq_ignore_ascii_case(name))
            })
        };
        let columns = Columns {
            id: find(&["Id", "EventID", "Event ID", "Event Code"]),
            provider: find(&["ProviderName", "Source"]),
            channel: find(&["LogName", "Log Name"]),
            computer: find(&["MachineName", "Computer Name", "Computer"]),
            level: find(&[
                "LevelDisplayName",
                "EntryType",
                "Type/Level",
                "Level",
                "Type",
            ]),
            record: find(&["RecordId", "Index"]),
            version: find(&["Version"]),
            message: find(&["Message", "Description"]),
            user: find(&["UserId", "Sid", "UserName"]),
            time: find(&[
                "TimeCreated",
                "TimeGenerated",
                "Time Generated",
                "Date and Time",
            ]),
            date: find(&["Date"]),
            clock: find(&["Time"]),
        };
        let timed = columns.time.is_some() || (columns.date.is_some() && columns.clock.is_some());
        (columns.id.is_some() && timed).then_some(columns)
    }
}

/// Separators of columns: Export-Csv takes that of the system's language.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// Separator and columns of a heading line.
fn heading(line: &str) -> Option<(char, Columns)> {
    SEPARATORS.into_iter().find_map(|separator| {
        let mut row = CsvRow::default();
        row.add(line.trim_start_matches('\u{FEFF}'), separator);
        Columns::of(&row.values).map(|columns| (separator, columns))
    })
}

/// Whether a text starts like a table of events.
pub(super) fn is_event_csv(text: &str) -> bool {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("#TYPE"))
        .take(1)
        .any(|line| heading(line).is_some())
}

/// One record of a CSV, which may span lines.
#[derive(Default)]
pub(super) struct CsvRow {
    values: Vec<String>,
    value: String,
    quoted: bool,
    bytes: usize,
}

impl CsvRow {
    /// Adds a line; whether the record is complete.
    pub(super) fn add(&mut self, line: &str, separator: char) -> bool {
        self.bytes += line.len() + 1;
        if self.quoted {
            self.value.push('\n');
        }
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if self.quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    self.value.push('"');
                }
                '"' if self.quoted => self.quoted = false,
                '"' if self.value.is_empty() => self.quoted = true,
                c if c == separator && !self.quoted => {
                    self.values.push(std::mem::take(&mut self.value));
                }
                other => self.value.push(other),
            }
        }
        if !self.quoted {
            self.values.push(std::mem::take(&mut self.value));
        }
        !self.quoted
    }

    /// The values so far.
    pub(super) fn values(&self) -> &[String] {
        &self.values
    }

    fn get(&self, column: Option<usize>) -> &str {
        column
            .and_then(|at| self.values.get(at))
            .map_or("", |value| value.trim())
    }
}

/// Reads a table of events: `Get-WinEvent` or `Get-EventLog` through `Export-Csv`,
/// or a psSDP `_evt_` table. Columns are found by their names; only System values
/// and the message are there, the message as one field `description`.
///
/// Times in such files are local and in the exporter's format. A date that can be
/// read one way only tells how all others of the file are meant; where none does,
/// those that could be read two ways are lost, with a diagnostic.
///
/// # Errors
///
/// When the input cannot be read; what came before was handed over.
pub fn read_csv(
    input: &mut dyn Read,
    options: &CsvOptions,
    sink: &mut dyn RecordSink,
) -> Result<RenderedSummary, ReadError> {
    let mut lines = Lines::new(input).map_err(|source| ReadError::Read {
        at: Locator::Whole,
        source,
    })?;
    let mut table = CsvFile {
        options,
        sink,
        heading: None,
        order: None,
        waiting: Vec::new(),
        summary: RenderedSummary {
            records: 0,
            lost: 0,
            basis: TimeBasis::None,
        },
    };
    let mut row = CsvRow::default();
    let mut first = 0;
    loop {
        let behind = lines.number();
        let line = match lines.next_line() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(source) => {
                return Err(ReadError::Read {
                    at: Locator::Line(behind),
                    source,
                });
            }
        };
        if first == 0 {
            if line.text.trim().is_empty() || line.text.starts_with("#TYPE") {
                continue;
            }
            first = line.number;
        }
        let Some((separator, _)) = table.heading else {
            table.heading = heading(line.text);
            if table.heading.is_none() {
                table.trouble(
                    DiagnosticCode::Syntax,
                    line.number,
                    "expected the columns of a table of events, found others",
                );
                return Ok(table.summary);
            }
            first = 0;
            continue;
        };
        let complete = row.add(line.text, separator);
        if complete {
            table.arrived(std::mem::take(&mut row), first);
        } else if row.bytes <= CSV_LIMIT {
            continue;
        } else {
            table.trouble(
                DiagnosticCode::Syntax,
                first,
                "record longer than 1 MiB: quotes do not match",
            );
        }
        row = CsvRow::default();
        first = 0;
    }
    table.release();
    if first != 0 {
        table.trouble(
            DiagnosticCode::Truncated,
            first,
            "the file ends inside quotes",
        );
    }
    Ok(table.summary)
}

struct CsvFile<'a> {
    options: &'a CsvOptions,
    sink: &'a mut dyn RecordSink,
    heading: Option<(char, Columns)>,
    /// How the file writes dates with slashes, once a date told.
    order: Option<DateOrder>,
    /// Records whose date waits for that, with their lines; bounded.
    waiting: Vec<(CsvRow, u64)>,
    summary: RenderedSummary,
}

/// Records that wait for a date that tells.
const WAITING_LIMIT: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DateOrder {
    MonthFirst,
    DayFirst,
}

impl CsvFile<'_> {
    /// Takes a record in; it may have to wait, and others behind it with it, so that
    /// the order of the file holds.
    fn arrived(&mut self, row: CsvRow, line: u64) {
        let Some((_, columns)) = self.heading else {
            return;
        };
        let date = row.get(columns.time.or(columns.date));
        let tells = self.order.is_none() && {
            self.order = date_order(date);
            self.order.is_some()
        };
        let open = self.order.is_none() && is_ambiguous(date);
        if tells || self.waiting.len() >= WAITING_LIMIT {
            self.release();
        } else if open || !self.waiting.is_empty() {
            return self.waiting.push((row, line));
        }
        self.record(&row, line);
    }

    fn release(&mut self) {
        for (row, line) in std::mem::take(&mut self.waiting) {
            self.record(&row, line);
        }
    }

    fn record(&mut self, row: &CsvRow, line: u64) {
        let Some((_, columns)) = self.heading else {
            return;
        };
        let Ok(event_id) = row.get(columns.id).parse::<u32>() else {
            return self.trouble(
                DiagnosticCode::Syntax,
                line,
                "expected a number in the column of the event id, found something else",
            );
        };
        let time = match columns.time {
            Some(_) => local_time(row.get(columns.time), self.order),
            None => {
                let date = row.get(columns.date);
                local_time(&format!("{date} {}", row.get(columns.clock)), self.order)
            }
        };
        let time = match time {
            Some(LocalTime::Utc(moment)) => {
                self.summary.basis = TimeBasis::Utc;
                Some(moment)
            }
            Some(LocalTime::Local(civil)) => self.moment(civil, line),
            None => {
                return self.trouble(
                    DiagnosticCode::Time,
                    line,
                    "expected a local time, found one that can be read two ways or none",
                );
            }
        };
        let Some(time) = time else {
            return self.trouble(
                DiagnosticCode::Time,
                line,
                "local time that the zone's clock skipped",
            );
        };
        let description = [RawField {
            name: "description",
            value: row.get(columns.message),
        }];
        self.summary.records += 1;
        let user = row.get(columns.user);
        self.sink.event(&RawEvent {
            provider: row.get(columns.provider),
            event_id,
            version: row.get(columns.version).parse().unwrap_or(0),
            level: level_of(row.get(columns.level)),
            channel: row.get(columns.channel),
            computer: row.get(columns.computer),
            time: Some(time),
            record_id: row.get(columns.record).parse().ok(),
            number: 0,
            message: row.get(columns.message),
            user_sid: if user.starts_with("S-1-") { user } else { "" },
            activity_id: "",
            payload: Payload::None,
            fields: &description,
        });
    }

    fn moment(&mut self, civil: Civil, line: u64) -> Option<Moment> {
        let Some(zone) = &self.options.zone else {
            if self.summary.basis == TimeBasis::None {
                self.summary.basis = TimeBasis::Assumed;
                self.sink.trouble(
                    DiagnosticCode::TimeBasis,
                    Locator::Line(line),
                    false,
                    "the table's times are local and it does not say where: taken as UTC; name the zone to correct that"
                        .to_owned(),
                );
            }
            return civil.as_utc();
        };
        let moment = match civil_to_utc(civil.to_jiff()?, zone) {
            CivilInstant::One(moment) => moment,
            CivilInstant::Ambiguous { earlier, .. } => {
                self.sink.trouble(
                    DiagnosticCode::Time,
                    Locator::Line(line),
                    false,
                    "local time that the clock showed twice: taken as the first".to_owned(),
                );
                earlier
            }
            CivilInstant::Skipped => return None,
        };
        if self.summary.basis == TimeBasis::None {
            let shown = civil.as_utc()?;
            self.summary.basis = TimeBasis::Local {
                offset_minutes: (shown.seconds_since(moment) / 60.0).round() as i32,
            };
        }
        Some(moment)
    }

    fn trouble(&mut self, code: DiagnosticCode, line: u64, message: &str) {
        self.summary.lost += 1;
        self.sink
            .trouble(code, Locator::Line(line), true, message.to_owned());
    }
}

/// The level by its number or its name, English or Japanese; 0 for another name.
fn level_of(text: &str) -> u8 {
    if let Ok(number) = text.parse() {
        return number;
    }
    match text.to_lowercase().as_str() {
        "critical" | "重大" => 1,
        "error" | "エラー" | "failureaudit" => 2,
        "warning" | "警告" => 3,
        "information" | "情報" | "successaudit" => 4,
        "verbose" | "詳細" => 5,
        _ => 0,
    }
}

/// First and second number of a date with slashes, the year last.
fn slashed(date: &str) -> Option<(u32, u32)> {
    let mut parts = date.trim().split('/');
    let (first, second, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let is_year = rest.bytes().take_while(u8::is_ascii_digit).count() == 4;
    (is_year && first.len() <= 2 && second.len() <= 2)
        .then_some(())
        .and_then(|()| Some((first.parse().ok()?, second.parse().ok()?)))
}

/// The order of a date that can be read one way only.
fn date_order(date: &str) -> Option<DateOrder> {
    match slashed(date)? {
        (1..=12, 13..=31) => Some(DateOrder::MonthFirst),
        (13..=31, 1..=12) => Some(DateOrder::DayFirst),
        _ => None,
    }
}

fn is_ambiguous(date: &str) -> bool {
    slashed(date).is_some_and(|(a, b)| a != b && (1..=12).contains(&a) && (1..=12).contains(&b))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum LocalTime {
    Utc(Moment),
    Local(Civil),
}

/// A time in one of the formats of exports: ISO, `2024/05/14 10:05:00`,
/// `1/24/2018 11:33`, `24.01.2018 11:33:00`, with AM and PM or 24 hours. `None` when
/// day and month cannot be told apart.
fn local_time(text: &str, order: Option<DateOrder>) -> Option<LocalTime> {
    let text = text.trim();
    if text.ends_with('Z') {
        return stamp::system_time(text).map(LocalTime::Utc);
    }
    let mut numbers: Vec<(u32, usize)> = Vec::new();
    let mut fraction = "";
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let is_fraction = numbers.len() == 6 && rest[..start] == *".";
        rest = &rest[start..];
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if is_fraction {
            fraction = &rest[..length];
        } else {
            numbers.push((stamp::digits(&rest.as_bytes()[..length])?, length));
        }
        rest = &rest[length..];
    }
    let (parts, second) = match numbers.as_slice() {
        [parts @ .., second] if numbers.len() == 6 => (parts, second.0),
        parts => (parts, 0),
    };
    let &[a, b, c, hour, minute] = <&[_; 5]>::try_from(parts).ok()?;
    let small = |n: u32| u8::try_from(n).ok();
    let (year, month, day) = if a.1 == 4 {
        (a.0, small(b.0)?, small(c.0)?)
    } else if c.1 == 4 {
        let (first, second) = (i8::try_from(a.0).ok()?, i8::try_from(b.0).ok()?);
        let (month, day) = if text.contains('.') && !text.contains('/') {
            // Dots stand in formats that begin with the day.
            (second, first)
        } else {
            match order {
                Some(DateOrder::DayFirst) => (second, first),
                Some(DateOrder::MonthFirst) => (first, second),
                None => month_and_day(first, second)?,
            }
        };
        (c.0, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    } else {
        return None;
    };
    let upper = text.to_uppercase();
    let half = if upper.contains("PM") || upper.contains("午後") {
        Some(12)
    } else if upper.contains("AM") || upper.contains("午前") {
        Some(0)
    } else {
        None
    };
    let hour = match half {
        Some(base) if (1..=12).contains(&hour.0) => hour.0 % 12 + base,
        Some(_) => return None,
        None => hour.0,
    };
    let ticks = if fraction.is_empty() {
        0
    } else {
        stamp::fraction(fraction.as_bytes())?
    };
    Civil::new(
        (u16::try_from(year).ok()?, month, day),
        (small(hour)?, small(minute.0)?, small(second)?),
        ticks,
    )
    .map(LocalTime::Local)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::super::raw::RawLine;
    use super::*;
    use crate::model::inventory::VmSnapshot;

    /// A record with everything owned, to compare after the buffers were reused.
    #[derive(Debug, Default, PartialEq)]
    struct Seen {
        provider: String,
        id: u32,
        version: u8,
        level: u8,
        channel: String,
        computer: String,
        time: Option<Moment>,
        record: Option<u64>,
        sid: String,
        activity: String,
        payload: Payload,
        fields: Vec<(String, String)>,
    }

    impl Seen {
        fn of(event: &RawEvent<'_>) -> Self {
            Seen {
                provider: event.provider.to_owned(),
                id: event.event_id,
                version: event.version,
                level: event.level,
                channel: event.channel.to_owned(),
                computer: event.computer.to_owned(),
                time: event.time,
                record: event.record_id,
                sid: event.user_sid.to_owned(),
                activity: event.activity_id.to_owned(),
                payload: event.payload,
                fields: event
                    .fields
                    .iter()
                    .map(|f| (f.name.to_owned(), f.value.to_owned()))
                    .collect(),
            }
        }
    }

    fn parse(xml: &str) -> Result<Seen, String> {
        EventXml::new().parse(xml.as_bytes(), Seen::of)
    }

    /// A record with this payload behind a whole `System` element.
    fn with_payload(payload: &str) -> String {
        format!("<Event><System><Provider Name='P'/><EventID>7</EventID></System>{payload}</Event>")
    }

    fn fields(payload: &str) -> Vec<(String, String)> {
        parse(&with_payload(payload)).unwrap().fields
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn every_part_of_system_is_read_in_either_quote_style() {
        let xml = r#"<?xml version="1.0"?><!-- x -->
            <e:Event xmlns:e='urn:x'><e:System>
            <e:Provider EventSourceName="Old &amp; Source" Name='A &lt;B&gt;' Guid="{0}"/>
            <e:EventID Qualifiers="16384"> 1135 </e:EventID><e:Version>2</e:Version>
            <e:Level>1</e:Level><e:Task>9</e:Task>
            <e:TimeCreated SystemTime="2024-05-14T10:05:00.5Z" />
            <e:EventRecordID>42</e:EventRecordID>
            <e:Correlation RelatedActivityID="{r}" ActivityID='{a}'/>
            <e:Execution ProcessID="4" ThreadID="8"/>
            <e:Channel>System</e:Channel><e:Computer>hv01.corp.example</e:Computer>
            <e:Security UserID="S-1-5-18"/>
            </e:System><e:EventData Name='T'><e:Data Name='x'>1</e:Data></e:EventData>
            <RenderingInfo Culture='en-US'><Message>Data &lt;not a field></Message></RenderingInfo>
            </e:Event>"#;
        let seen = parse(xml).unwrap();
        assert_eq!(
            seen,
            Seen {
                provider: "A <B>".into(),
                id: 1135,
                version: 2,
                level: 1,
                channel: "System".into(),
                computer: "hv01.corp.example".into(),
                time: Moment::parse("2024-05-14T10:05:00.5Z"),
                record: Some(42),
                sid: "S-1-5-18".into(),
                activity: "{a}".into(),
                payload: Payload::EventData,
                fields: pairs(&[("x", "1")]),
            }
        );
    }

    #[test]
    fn positions_hold_whatever_the_data_elements_look_like() {
        assert_eq!(
            fields(
                "<EventData><Data>a</Data><Data/><Data Name=\"n\"></Data><Data>\n  </Data>\
                 <Data Type='x' Name='k'> b </Data><Binary>00FF</Binary>\
                 <Data><string>one</string><string>t&amp;o</string></Data>\
                 <Data>p<![CDATA[<q>&amp;]]>r<!-- c -->s</Data></EventData>"
            ),
            pairs(&[
                ("", "a"),
                ("", ""),
                ("n", ""),
                ("", ""),
                ("k", " b "),
                ("Binary", "00FF"),
                ("", "one\nt&o"),
                ("", "p<q>&amp;rs"),
            ])
        );
    }

    #[test]
    fn leaves_of_user_data_become_fields_in_document_order() {
        assert_eq!(
            fields(
                "<UserData><n:VmlEventLog xmlns:n='u'><n:VmName>w&#x65;b</n:VmName><Deep><A>1</A>\
                 <B/></Deep><Data Name='named'>v</Data><Empty></Empty></n:VmlEventLog></UserData>"
            ),
            pairs(&[
                ("VmName", "web"),
                ("A", "1"),
                ("B", ""),
                ("named", "v"),
                ("Empty", "")
            ])
        );
        assert_eq!(fields("<UserData><Root/></UserData>"), []);
        assert_eq!(
            fields("<UserData><Root>x</Root></UserData>"),
            pairs(&[("Root", "x")])
        );
        let error = parse(&with_payload(
            "<ProcessingErrorData><ErrorCode>15003</ErrorCode></ProcessingErrorData>",
        ))
        .unwrap();
        assert_eq!(error.payload, Payload::ProcessingError);
        assert_eq!(error.fields, pairs(&[("ErrorCode", "15003")]));
    }

    #[test]
    fn entities_are_decoded_and_other_ampersands_kept() {
        assert_eq!(
            fields(
                "<EventData><Data>&#20214;&#x4EF6;&apos;&quot;&nbsp;a & b&#xD800;&</Data></EventData>"
            ),
            pairs(&[("", "件件'\"&nbsp;a & b\u{FFFD}&")])
        );
    }

    #[test]
    fn an_unwanted_payload_is_not_looked_at() {
        let mut reader = EventXml::new();
        let broken = with_payload("<EventData><Data>");
        let seen = reader
            .parse_wanted(broken.as_bytes(), |p, id| p != "P" || id != 7, Seen::of)
            .unwrap();
        assert_eq!((seen.id, seen.fields.len()), (7, 0));
        assert!(reader.parse(broken.as_bytes(), Seen::of).is_err());
    }

    #[test]
    fn errors_say_what_was_expected_and_where() {
        for (xml, part) in [
            ("", "expected an <Event> element"),
            ("<Events/>", "found <Events>"),
            ("<Event></Event>", "expected a System element"),
            ("<Event><System/></Event>", "System/EventID"),
            (
                "<Event><System><EventID>x</EventID></System></Event>",
                "\"x\" at offset 15",
            ),
            (
                "<Event><System><EventID>1</Event>",
                "expected </EventID>, found </Event>",
            ),
            ("<!DOCTYPE x><Event/>", "a declaration at offset 0"),
            ("<Event><System><Provider Name=x/>", "a quoted value"),
            ("<Event><System a='", "expected >"),
        ] {
            let error = parse(xml).unwrap_err();
            assert!(error.contains(part), "{xml}: {error}");
        }
        assert!(parse(&with_payload(&"<a>".repeat(100))).is_err());
    }

    #[derive(Debug, Default, PartialEq)]
    struct Sink {
        seen: Vec<Seen>,
        troubles: Vec<(DiagnosticCode, Locator, bool)>,
    }

    impl RecordSink for Sink {
        fn event(&mut self, event: &RawEvent<'_>) {
            self.seen.push(Seen::of(event));
        }
        fn line(&mut self, _: &RawLine<'_>) {
            panic!("events have no lines");
        }
        fn snapshot(&mut self, _: VmSnapshot) {
            panic!("events have no snapshots");
        }
        fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, _: String) {
            self.troubles.push((code, at, lost));
        }
    }

    fn xml_file(bytes: &[u8]) -> (Sink, RenderedSummary) {
        let mut sink = Sink::default();
        let summary = read_xml(&mut &bytes[..], &mut sink).unwrap();
        assert_eq!(summary.records, sink.seen.len() as u64);
        assert_eq!(
            summary.lost,
            sink.troubles.iter().filter(|t| t.2).count() as u64
        );
        (sink, summary)
    }

    fn timed(id: u32, payload: &str) -> String {
        format!(
            "<Event xmlns='u'><System><EventID>{id}</EventID>\
             <TimeCreated SystemTime='2024-05-14T10:05:00Z'/></System>{payload}</Event>"
        )
    }

    fn ids(sink: &Sink) -> Vec<u32> {
        sink.seen.iter().map(|s| s.id).collect()
    }

    #[test]
    fn events_are_found_in_a_root_bare_and_between_text_in_any_encoding() {
        let (a, b) = (
            timed(1, ""),
            timed(2, "<EventData><Data>件</Data></EventData>"),
        );
        for text in [
            format!("<?xml version='1.0'?>\n<Events>{a}\n{b}</Events>"),
            format!("{a}{b}"),
            format!("Log Name: System\nEvent Xml:\n{a}\nLog Name: x <y>\n{b}\n"),
            format!(
                "{}{b}",
                a.replace(
                    "</Event>",
                    "<UserData><Event><Event/></Event></UserData></Event>"
                )
            ),
        ] {
            let (sink, summary) = xml_file(text.as_bytes());
            assert_eq!(ids(&sink), [1, 2], "{text}");
            assert_eq!((summary.lost, summary.basis), (0, TimeBasis::Utc));
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert_eq!(ids(&xml_file(&wide).0), [1, 2], "{text}");
        }
    }

    #[test]
    fn a_broken_event_does_not_take_others_with_it() {
        let cut = "<Event><System><EventID>9</EventID></System><EventData><Data>x</Data>";
        let text = format!(
            "{}{cut}{}<Event>{}{}",
            timed(1, ""),
            timed(2, ""),
            timed(3, ""),
            timed(4, "<EventData/>").replace("</Event>", "")
        );
        let (sink, _) = xml_file(text.as_bytes());
        assert_eq!(ids(&sink), [1, 2, 3, 4]);
        assert_eq!(
            sink.troubles,
            [(DiagnosticCode::Syntax, Locator::Entry(2), true)]
        );
        let (sink, _) = xml_file(timed(1, "").replace("2024-05", "2024-55").as_bytes());
        assert_eq!(
            sink.troubles,
            [(DiagnosticCode::Time, Locator::Entry(1), true)]
        );
        let (sink, _) = xml_file(timed(1, "<EventData><Data>").as_bytes());
        assert_eq!(sink.troubles.len(), 1);
    }

    #[test]
    fn an_element_without_end_costs_bounded_memory_and_time() {
        let many = "<Event>".repeat(EVENT_LIMIT / 7 * 2);
        let (sink, _) = xml_file((many + &timed(5, "")).as_bytes());
        assert_eq!(ids(&sink), [5]);
        let long = format!("<Event><System>{}", "x".repeat(2 * EVENT_LIMIT));
        let (sink, summary) = xml_file((long + &timed(6, "")).as_bytes());
        assert_eq!((ids(&sink), summary.lost), (vec![6], 1));
    }

    fn csv(text: &str, zone: Option<&str>) -> (Sink, RenderedSummary) {
        let mut sink = Sink::default();
        let zone = zone.map(|z| TimeZone::get(z).unwrap());
        let summary = read_csv(&mut text.as_bytes(), &CsvOptions { zone }, &mut sink).unwrap();
        assert_eq!(summary.records, sink.seen.len() as u64);
        assert_eq!(
            summary.lost,
            sink.troubles.iter().filter(|t| t.2).count() as u64
        );
        (sink, summary)
    }

    #[test]
    fn tables_of_every_exporter_are_read_by_their_column_names() {
        for (text, channel, record) in [
            (
                "#TYPE System.Diagnostics.EventLogEntry,,\nEventID,MachineName,Index,EntryType,Message,Source,TimeGenerated\n\
                 1205,hv01,70915,Error,\"two\r\nlines, \"\"quoted\"\"\",FC,1/24/2018 23:57\n",
                "",
                Some(70915),
            ),
            (
                "\"Message\";\"Id\";\"Version\";\"ProviderName\";\"LogName\";\"RecordId\";\"MachineName\";\"TimeCreated\";\"LevelDisplayName\"\n\
                 \"two\nlines, \"\"quoted\"\"\";\"1205\";\"0\";\"FC\";\"System\";\"7\";\"hv01\";\"2018/01/24 23:57:00\";\"エラー\"\n",
                "System",
                Some(7),
            ),
            (
                "Date,Time,Type/Level,Computer Name,Event Code,Source,Description\n\
                 24.01.2018,11:57:00 PM,Error,hv01,1205,FC,\"two\nlines, \"\"quoted\"\"\"\n",
                "",
                None,
            ),
        ] {
            assert!(is_event_csv(text), "{text}");
            let (sink, summary) = csv(text, Some("Asia/Tokyo"));
            let expected = Seen {
                provider: "FC".into(),
                id: 1205,
                level: 2,
                channel: channel.into(),
                computer: "hv01".into(),
                time: Moment::parse("2018-01-24T23:57:00+09:00"),
                record,
                fields: pairs(&[("description", "two\nlines, \"quoted\"")]),
                ..Seen::default()
            };
            assert_eq!(sink.seen, [expected], "{text}");
            assert_eq!(
                summary.basis,
                TimeBasis::Local {
                    offset_minutes: 540
                }
            );
            let (sink, summary) = csv(text, None);
            assert_eq!(summary.basis, TimeBasis::Assumed);
            assert_eq!(sink.troubles.len(), 1);
        }
    }

    #[test]
    fn a_time_that_can_be_read_two_ways_is_lost_and_says_so() {
        let head = "EventID,TimeGenerated\n";
        let (sink, summary) = csv(
            &format!(
                "{head}1,12/9/2017 23:57\n2,x\nthree,5/5/2018 1:00\n4,5/5/2018 1:00 PM\n5,\"open"
            ),
            None,
        );
        assert_eq!(ids(&sink), [4]);
        assert_eq!(sink.seen[0].time, Moment::parse("2018-05-05T13:00:00Z"));
        assert_eq!(summary.lost, 4);
        let lines: Vec<Locator> = sink.troubles.iter().filter(|t| t.2).map(|t| t.1).collect();
        assert_eq!(lines, [2, 3, 4, 6].map(Locator::Line));
        // One date that tells is enough for those before and behind it.
        for (telling, first) in [("1/24/2018", "2017-12-09"), ("24/1/2018", "2017-09-12")] {
            let (sink, summary) = csv(
                &format!("{head}1,12/9/2017 23:57\n2,{telling} 1:00\n3,12/9/2017 23:57\n"),
                None,
            );
            assert_eq!((ids(&sink), summary.lost), (vec![1, 2, 3], 0));
            for at in [0, 2] {
                assert_eq!(
                    sink.seen[at].time,
                    Moment::parse(&format!("{first}T23:57:00Z"))
                );
            }
        }
        // The same day and month, or an ISO date, leave no doubt.
        assert_eq!(
            csv(
                &format!("{head}1,5/5/2018 1:00\n2,2018-02-03T04:05:06.5Z\n"),
                None
            )
            .1
            .lost,
            0
        );
    }

    fn reference_dir() -> Option<PathBuf> {
        let real = std::env::var_os("VMTRAIL_REAL").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/real"),
            PathBuf::from,
        );
        let dir = real.join("../reference/raw_xml");
        dir.is_dir().then_some(dir)
    }

    /// Compares with an XML parser that was written by others.
    #[test]
    fn every_real_record_reads_as_a_general_parser_reads_it() {
        use quick_xml::events::Event as Xml;
        let Some(dir) = reference_dir() else {
            eprintln!("skipped: no reference records beside the real files");
            return;
        };
        let mut reader = EventXml::new();
        let mut count = 0;
        let mut paths: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        paths.sort();
        for path in paths
            .iter()
            .filter(|p| p.extension().is_some_and(|e| e == "xml"))
        {
            let text = std::fs::read_to_string(path).unwrap();
            let seen = reader.parse(text.as_bytes(), Seen::of);
            let seen = seen.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            count += 1;
            assert!(
                seen.time.is_some() || text.contains("SystemTime=\"{"),
                "{}",
                path.display()
            );

            // Data elements and their text, in order.
            let mut expected = Vec::new();
            let mut xml = quick_xml::Reader::from_str(&text);
            let mut open: Option<(String, String)> = None;
            loop {
                let name_of = |e: &quick_xml::events::BytesStart<'_>| {
                    e.attributes()
                        .flatten()
                        .find(|a| a.key.as_ref() == "Name")
                        .map_or(String::new(), |a| a.value.to_string())
                };
                match xml.read_event() {
                    Ok(Xml::Start(e)) if e.name().as_ref() == "Data" => {
                        open = Some((name_of(&e), String::new()));
                    }
                    Ok(Xml::Empty(e)) if e.name().as_ref() == "Data" => {
                        expected.push((name_of(&e), String::new()));
                    }
                    Ok(Xml::Text(t)) => {
                        if let Some((_, value)) = &mut open {
                            value.push_str(&t);
                        }
                    }
                    Ok(Xml::GeneralRef(r)) => {
                        if let Some((_, value)) = &mut open {
                            decode_into(&format!("&{};", &*r), value);
                        }
                    }
                    Ok(Xml::End(e)) if e.name().as_ref() == "Data" => {
                        expected.extend(open.take());
                    }
                    // One file quotes two records.
                    Ok(Xml::End(e)) if e.name().as_ref() == "Event" => break,
                    Ok(Xml::Eof) => break,
                    Ok(_) => {}
                    Err(e) => panic!("{}: {e}", path.display()),
                }
            }
            for (_, value) in &mut expected {
                if value.contains('\n') && value.trim().is_empty() {
                    value.clear();
                }
            }
            let found: Vec<_> = seen
                .fields
                .iter()
                .filter(|(n, _)| n != "Binary")
                .cloned()
                .collect();
            if seen.payload == Payload::EventData {
                assert_eq!(found, expected, "{}", path.display());
            } else if text.contains("<VmlEventLog") {
                let leaves = text
                    .split("<VmlEventLog")
                    .nth(1)
                    .unwrap()
                    .matches("</")
                    .count();
                assert!(seen.fields.len() + 3 >= leaves, "{}", path.display());
            }
        }
        assert_eq!(count, 159);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = EventXml::new().parse(&bytes, Seen::of);
        }

        #[test]
        fn no_cut_or_changed_record_makes_it_panic(cut in 0usize..400, at in 0usize..400, byte in 0u8..128) {
            let whole = with_payload(
                "<UserData><V xmlns='u'><A n='x'>1&amp;2</A><B/><C><![CDATA[x]]></C></V></UserData><!-- c -->",
            );
            let mut bytes = whole.into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut.max(at + 1));
            let mut reader = EventXml::new();
            let first = reader.parse(&bytes, Seen::of);
            // Buffers left by one record, even a broken one, never reach the next.
            let _ = reader.parse(b"<Event><System><EventID>1</EventID></System><UserData><a><b>", Seen::of);
            prop_assert_eq!(reader.parse(&bytes, Seen::of), first);
        }

        #[test]
        fn files_of_events_never_panic_whatever_the_pieces(
            parts in prop::collection::vec(prop_oneof![
                Just(timed(1, "<EventData><Data>x</Data></EventData>")),
                Just("<Event>".to_owned()), Just("</Event>".to_owned()), Just("<System>".to_owned()),
                Just("<UserData>".to_owned()), Just("<![CDATA[".to_owned()), Just("<!--".to_owned()),
                Just("EventID,TimeGenerated\n1,1/24/2018 1:00\n".to_owned()),
                "[<>/\",;0-9\n]{0,12}",
            ], 0..12),
            sizes in prop::collection::vec(1usize..50, 1..6),
        ) {
            use super::super::text::tests::Pieces;
            let bytes = parts.concat().into_bytes();
            let whole = xml_file(&bytes);
            let mut pieced = Sink::default();
            let summary = read_xml(&mut Pieces { bytes: &bytes, sizes: &sizes, turn: 0 }, &mut pieced).unwrap();
            prop_assert_eq!((pieced, summary), whole);
            let _ = csv(std::str::from_utf8(&bytes).unwrap(), None);
        }

        #[test]
        fn values_survive_escaping(value in "[^\\x00\\x0B\\x0C]{0,40}") {
            prop_assume!(!(value.contains(['\n', '\r']) && value.trim_ascii().is_empty()));
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(
                fields(&format!("<EventData><Data>{escaped}</Data></EventData>")),
                pairs(&[("", &value)])
            );
        }
    }
}
