//! Events that were rendered: one `<Event>` element, files of them, CSV exports.
//!
//! [`EventXml`] reads the form that the event log schema
//! (`http://schemas.microsoft.com/win/2004/08/events/event`) gives a record, as
//! wevtutil, Event Viewer, Get-WinEvent and EVTX renderers write it. It is not a
//! general XML parser: it knows no DTDs and no namespaces beyond skipping their
//! prefixes, and it borrows every value that needs no decoding.

use memchr::{memchr, memchr2, memmem};

use super::raw::{Payload, RawEvent, RawField};
use super::stamp;

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
    time: Option<crate::model::time::Moment>,
    record_id: Option<u64>,
    user_sid: Piece,
    activity_id: Piece,
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
fn emptied(mut fields: Vec<RawField<'_>>) -> Vec<RawField<'static>> {
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
fn decode_into(raw: &str, out: &mut String) {
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

/// Whether a text starts like a table of events.
pub(super) fn is_event_csv(text: &str) -> bool {
    let _ = text;
    false
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::model::time::Moment;

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
