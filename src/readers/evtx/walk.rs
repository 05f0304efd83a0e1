//! Walks the records of a chunk and reads them through compiled templates, without
//! a tree, without XML, and without an allocation per record once warm.
//!
//! It reads what it fully understands and says no to the rest: a record with a
//! structure, value type or size that is unusual is left to the caller's slow path.
//! What it reads equals what the slow path reads, text by text. The payload of a
//! record that the sink does not want is checked (sizes, types, templates) so that
//! damage there is told all the same, but no value of it becomes text.
//!
//! Record frames (`2a 2a 00 00`, size, id, time, BinXML, size again) and the chunk
//! header: libyal's "Windows XML Event Log (EVTX) format". Template instances, their
//! descriptors and values: MS-EVEN6 2.2.12 and 2.2.16 to 2.2.18; an array repeats
//! its element: MS-EVEN6 3.1.4.7.5.

use std::ops::Range;

use super::super::raw::{Payload, RawEvent, RawField, RecordSink};
use super::super::rendered::emptied;
use super::super::stamp;
use super::fold::{Fold, Row, SKIP_MARGIN_S};
use super::template::{
    MAX_DEPTH, Mark, Node, Plan, Property, Source, Span, SystemOp, Templates, Word, name_at,
    u32_at, u64_at,
};
use super::value::{self, kind};
use crate::model::time::{Moment, Window};

/// Bytes of a record before its BinXML.
const RECORD_HEADER: usize = 24;
/// Size of the copy of a record's size.
const SIZE_COPY: usize = 4;
/// The name table: 64 offsets of the first entry of a chain.
const NAME_TABLE: Range<usize> = 128..384;
/// Latest FILETIME that a record's header may hold: 9999-12-30T21:59:59.9999999Z.
const LATEST: u64 = 2_650_466_808_000_000_000;
/// Most values of one template instance; real ones have at most some dozens.
pub(super) const MAX_VALUES: usize = 1024;

/// One record's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Its number in the file.
    number: u64,
    /// Its BinXML.
    pub(super) body: Range<usize>,
}

/// What stands where the next record should.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Record(Frame),
    /// The chunk's records end here.
    End,
    /// Neither a record nor the end.
    Broken,
}

/// Walks record frames, one behind the other.
#[derive(Debug)]
pub(super) struct Frames {
    at: usize,
    end: usize,
    last_id: u64,
}

impl Frames {
    /// Over a chunk with its header.
    pub(super) fn new(chunk: &[u8]) -> Option<Self> {
        let free_space = usize::try_from(u32_at(chunk, 48)?).ok()?;
        Some(Frames {
            at: super::FIRST_RECORD,
            end: free_space.min(chunk.len()),
            last_id: u64_at(chunk, 32)?,
        })
    }

    pub(super) fn next(&mut self, chunk: &[u8]) -> Next {
        if self.at >= self.end {
            return Next::End;
        }
        let Some((id, size)) = self.frame(chunk) else {
            return Next::Broken;
        };
        let start = self.at + RECORD_HEADER;
        let body = start..self.at + size - SIZE_COPY;
        self.at = match id == self.last_id {
            true => self.end,
            false => self.at + size,
        };
        Next::Record(Frame { number: id, body })
    }

    /// Id and size of the record here.
    fn frame(&self, chunk: &[u8]) -> Option<(u64, usize)> {
        let header = chunk.get(self.at..)?.first_chunk::<RECORD_HEADER>()?;
        if !header.starts_with(super::RECORD_MAGIC) {
            return None;
        }
        let size = usize::try_from(u32_at(header, 4)?).ok()?;
        let fits = size >= super::SMALLEST_RECORD
            && self.at.checked_add(size - SIZE_COPY)? <= chunk.len()
            && u64_at(header, 16)? < LATEST;
        fits.then_some((u64_at(header, 8)?, size))
    }
}

/// Whether the chains of the name table can be followed: those of a damaged chunk
/// are the slow path's.
pub(super) fn names_are_sound(chunk: &[u8]) -> bool {
    let Some(table) = chunk.get(NAME_TABLE) else {
        return false;
    };
    // An entry takes at least ten bytes, so no sound table has more.
    let mut left = chunk.len() / 10;
    for head in table.as_chunks::<4>().0 {
        let mut next = u32::from_le_bytes(*head);
        while next != 0 {
            let at = next as usize;
            let Some(name) = name_at(chunk, at) else {
                return false;
            };
            if !value::is_utf16(name) || left == 0 {
                return false;
            }
            left -= 1;
            match u32_at(chunk, at) {
                Some(offset) => next = offset,
                None => return false,
            }
        }
    }
    true
}

/// The records of a chunk, where none was written in a window or near it.
fn row_outside(chunk: &[u8], window: &Window) -> Option<Row> {
    let mut frames = Frames::new(chunk)?;
    let mut row: Option<Row> = None;
    loop {
        match frames.next(chunk) {
            Next::End => return row,
            Next::Broken => return None,
            Next::Record(Frame { body, .. }) => {
                let written = u64_at(chunk, body.start.checked_sub(8)?)?;
                let written = Moment::from_filetime(written)?;
                let outside = written.seconds_since(window.to) > SKIP_MARGIN_S
                    || window.from.seconds_since(written) > SKIP_MARGIN_S;
                outside.then_some(())?;
                row = Some(match row {
                    None => Row {
                        first: body.clone(),
                        last: body,
                        count: 1,
                        written: (written, written),
                        span: (written, written),
                    },
                    Some(row) => Row {
                        last: body,
                        count: row.count + 1,
                        written: (row.written.0, written),
                        span: (row.span.0.min(written), row.span.1.max(written)),
                        ..row
                    },
                });
            }
        }
    }
}

/// A value of a template instance.
#[derive(Clone, Copy, Debug)]
struct Value {
    ty: u8,
    start: usize,
    end: usize,
}

/// The type of a fragment that was read: it is not read twice.
const TAKEN: u8 = 0xff;

/// The values of one instance, in [`Walker::values`].
#[derive(Clone, Copy, Debug, Default)]
struct Scope {
    start: usize,
    len: usize,
}

/// A piece of the literals, or of this record's text.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    literal: bool,
    start: usize,
    end: usize,
}

impl From<Span> for Piece {
    fn from(span: Span) -> Self {
        Piece {
            literal: true,
            start: span.start,
            end: span.end,
        }
    }
}

/// The `System` element as far as it is read.
#[derive(Clone, Copy, Debug, Default)]
struct System {
    provider: Piece,
    source_name: Piece,
    event_id: Option<u32>,
    version: u8,
    level: u8,
    time: Option<Moment>,
    record_id: Option<u64>,
    channel: Piece,
    computer: Piece,
    sid: Piece,
    activity: Piece,
}

/// Reads records; keeps its buffers between them.
#[derive(Debug, Default)]
pub(super) struct Walker {
    templates: Templates,
    /// Values of the record's instances, one instance behind the other.
    values: Vec<Value>,
    /// Text of this record.
    text: String,
    /// Name and value of each field.
    pieces: Vec<(Piece, Piece)>,
    /// Empty between records: only its memory is kept.
    fields: Vec<RawField<'static>>,
    /// Fragments among the values that were not read yet.
    fragments: usize,
    /// Where to go back to behind a record with elements of its own.
    own: Option<Mark>,
    /// Records that nobody wants are folded in this chunk.
    folding: bool,
    fold: Fold,
}

impl Walker {
    /// Forgets the last chunk. `folding`: records that nobody wants may be folded, and
    /// of them only what the sink is told is looked at.
    pub(super) fn begin(&mut self, folding: bool) {
        self.templates.clear();
        self.folding = folding;
        self.fold.begin();
    }

    /// Folds a whole chunk that has no record in a window or near it, by the headers of its
    /// records. `false`: nothing was done.
    pub(super) fn skip(
        &mut self,
        chunk: &[u8],
        window: &Window,
        sink: &mut dyn RecordSink,
    ) -> bool {
        let Some(row) = row_outside(chunk, window) else {
            return false;
        };
        self.begin(true);
        self.fold
            .skip(&mut self.templates, chunk, &row, sink)
            .is_some()
    }

    /// Tells of all that was folded.
    pub(super) fn finish(&mut self, sink: &mut dyn RecordSink) {
        self.fold.finish(sink);
    }

    /// Reads one record and hands it over, or folds it. `false`: nothing was done, and
    /// the record is the slow path's.
    pub(super) fn read(&mut self, chunk: &[u8], frame: &Frame, sink: &mut dyn RecordSink) -> bool {
        if self.folding {
            let body = frame.body.clone();
            let folded = self.fold.record(&mut self.templates, chunk, body, sink);
            if folded.is_some() {
                return true;
            }
            self.fold.tell_run(sink);
        }
        self.values.clear();
        self.text.clear();
        self.pieces.clear();
        self.fragments = 0;
        let read = Record {
            chunk,
            walker: self,
            payload: Payload::None,
        }
        .read(frame.body.clone(), sink);
        let handed = read
            .map(|(system, payload)| self.hand_over(frame.number, &system, payload, sink))
            .is_some();
        if let Some(mark) = self.own.take() {
            self.templates.back_to(mark);
        }
        handed
    }

    fn get(&self, piece: Piece) -> &str {
        let from = match piece.literal {
            true => &self.templates.literals,
            false => &self.text,
        };
        from.get(piece.start..piece.end).unwrap_or("")
    }

    fn trimmed(&self, piece: Piece) -> &str {
        self.get(piece).trim_ascii()
    }

    fn hand_over(
        &mut self,
        number: u64,
        system: &System,
        payload: Payload,
        sink: &mut dyn RecordSink,
    ) {
        let mut fields: Vec<RawField<'_>> = std::mem::take(&mut self.fields);
        fields.extend(self.pieces.iter().map(|&(name, value)| RawField {
            name: self.get(name),
            value: self.get(value),
        }));
        let provider = self.get(system.provider);
        sink.event(&RawEvent {
            provider: match provider.is_empty() {
                true => self.get(system.source_name),
                false => provider,
            },
            event_id: system.event_id.unwrap_or_default(),
            version: system.version,
            level: system.level,
            channel: self.trimmed(system.channel),
            computer: self.trimmed(system.computer),
            time: system.time,
            record_id: system.record_id,
            number,
            message: "",
            user_sid: self.get(system.sid),
            activity_id: self.get(system.activity),
            payload,
            fields: &fields,
        });
        self.fields = emptied(fields);
    }
}

/// A record while it is read. Every method gives `None` for what it does not
/// understand; the record is the slow path's then.
struct Record<'w, 'c> {
    chunk: &'c [u8],
    walker: &'w mut Walker,
    payload: Payload,
}

impl Record<'_, '_> {
    fn read(mut self, body: Range<usize>, sink: &dyn RecordSink) -> Option<(System, Payload)> {
        let (plan, scope) = self.fragment(body)?;
        let payload = plan.payload?;
        let system = self.system(plan, scope)?;
        let event_id = system.event_id?;
        if sink.wants(self.walker.get(system.provider), event_id) {
            self.payload(plan, payload, scope)?;
            // What was not read was not checked either.
            if self.walker.fragments > 0 {
                return None;
            }
        } else {
            self.check_fragments()?;
        }
        Some((system, self.payload))
    }

    /// Whether every fragment among the values, and in those, can be read.
    fn check_fragments(&mut self) -> Option<()> {
        let mut at = 0;
        while let Some(&value) = self.walker.values.get(at) {
            if self.walker.values.len() > MAX_VALUES {
                return None;
            }
            if value.ty == kind::BINXML && value.start < value.end {
                self.fragment(value.start..value.end)?;
            }
            at += 1;
        }
        Some(())
    }

    /// A stream of tokens: one template instance, or elements of its own.
    fn fragment(&mut self, body: Range<usize>) -> Option<(Plan, Scope)> {
        let stream = self.chunk.get(body.clone())?;
        let instance = match stream {
            [0x0f, _, _, _, 0x0c, ..] => 5,
            [0x0c, ..] => 1,
            _ => {
                let mark = self.walker.templates.mark();
                self.walker.own.get_or_insert(mark);
                let plan = self
                    .walker
                    .templates
                    .compile(self.chunk, body.start, body.end, false)?;
                return Some((plan, Scope::default()));
            }
        };
        self.instance(body.start + instance, body.end)
    }

    /// A template instance behind its token, up to `end`: which template, then a
    /// descriptor (size, type) for each value, then the values.
    fn instance(&mut self, start: usize, end: usize) -> Option<(Plan, Scope)> {
        let chunk = self.chunk.get(..end)?;
        // A byte and an id that say nothing here.
        let offset = u32_at(chunk, start + 5)?;
        let mut at = start + 9;
        if usize::try_from(offset).ok()? == at {
            // The definition stands right here, the first time.
            let size = usize::try_from(u32_at(chunk, at + 20)?).ok()?;
            at = at.checked_add(24)?.checked_add(size)?;
        }
        let plan = self.walker.templates.at(self.chunk, offset)?;
        let count = usize::try_from(u32_at(chunk, at)?).ok()?;
        if count > MAX_VALUES {
            return None;
        }
        let descriptors = chunk.get(at + 4..at + 4 + 4 * count)?;
        let mut from = at + 4 + 4 * count;
        let scope = Scope {
            start: self.walker.values.len(),
            len: count,
        };
        for &[low, high, ty, _] in descriptors.as_chunks::<4>().0 {
            let to = from + usize::from(u16::from_le_bytes([low, high]));
            let bytes = chunk.get(from..to)?;
            if !value::is_sound(ty, bytes) {
                return None;
            }
            self.walker.fragments += usize::from(ty == kind::BINXML && !bytes.is_empty());
            self.walker.values.push(Value {
                ty,
                start: from,
                end: to,
            });
            from = to;
        }
        // Only the end of the stream may follow.
        matches!(chunk.get(from..)?, [] | [0, ..]).then_some((plan, scope))
    }

    fn value(&self, scope: Scope, slot: u16) -> Option<(Value, &[u8])> {
        let at = usize::from(slot);
        if at >= scope.len {
            return None;
        }
        let value = *self.walker.values.get(scope.start + at)?;
        Some((value, self.chunk.get(value.start..value.end)?))
    }

    /// Whether an element is left out because the value it depends on is NULL.
    fn left_out(&self, scope: Scope, dependency: Option<u16>) -> bool {
        dependency
            .and_then(|slot| self.value(scope, slot))
            .is_some_and(|(value, bytes)| {
                value.ty == kind::NULL || value.ty == kind::BINXML && bytes.is_empty()
            })
    }

    /// The text of a source; a value past the last is empty.
    fn text(&mut self, scope: Scope, source: Source) -> Option<Piece> {
        let slot = match source {
            Source::Nothing => return Some(Piece::default()),
            Source::Literal(span) => return Some(span.into()),
            Source::Slot(slot) => slot,
        };
        let Some((value, _)) = self.value(scope, slot) else {
            return Some(Piece::default());
        };
        self.write(value.ty, value.start..value.end)
    }

    fn write(&mut self, ty: u8, bytes: Range<usize>) -> Option<Piece> {
        let start = self.walker.text.len();
        value::write(ty, self.chunk.get(bytes)?, &mut self.walker.text)?;
        Some(Piece {
            literal: false,
            start,
            end: self.walker.text.len(),
        })
    }

    fn system(&mut self, plan: Plan, scope: Scope) -> Option<System> {
        let mut system = System::default();
        for at in plan.system.0..plan.system.1 {
            let op = *self.walker.templates.system.get(at)?;
            if self.left_out(scope, op.dependency) {
                continue;
            }
            self.property(op, scope, &mut system)?;
        }
        Some(system)
    }

    fn property(&mut self, op: SystemOp, scope: Scope, system: &mut System) -> Option<()> {
        match op.property {
            Property::EventId => {
                let id = self.number(scope, op.source)?;
                system.event_id = Some(u32::try_from(id?).ok()?);
                return Some(());
            }
            Property::Version => {
                let version = self.number(scope, op.source)?;
                system.version = version.and_then(|v| v.try_into().ok()).unwrap_or(0);
                return Some(());
            }
            Property::Level => {
                let level = self.number(scope, op.source)?;
                system.level = level.and_then(|v| v.try_into().ok()).unwrap_or(0);
                return Some(());
            }
            Property::RecordId => {
                system.record_id = self.number(scope, op.source)?;
                return Some(());
            }
            Property::Time => {
                if let Some(time) = self.filetime(scope, op.source) {
                    system.time = Some(time);
                    return Some(());
                }
            }
            _ => {}
        }
        let piece = self.text(scope, op.source)?;
        if op.attribute && piece.start == piece.end {
            return Some(());
        }
        match op.property {
            Property::Provider => system.provider = piece,
            Property::SourceName => system.source_name = piece,
            Property::Channel => system.channel = piece,
            Property::Computer => system.computer = piece,
            Property::Sid => system.sid = piece,
            Property::Activity => system.activity = piece,
            Property::Time => system.time = stamp::system_time(self.walker.get(piece)),
            Property::EventId | Property::Version | Property::Level | Property::RecordId => {}
        }
        Some(())
    }

    /// A number, whatever its type; `Some(None)` when it is none.
    fn number(&mut self, scope: Scope, source: Source) -> Option<Option<u64>> {
        if let Source::Slot(slot) = source
            && let Some((value, bytes)) = self.value(scope, slot)
            && matches!(
                value.ty,
                kind::UINT8 | kind::UINT16 | kind::UINT32 | kind::UINT64
            )
        {
            return Some(value::number(bytes));
        }
        let piece = self.text(scope, source)?;
        Some(self.walker.trimmed(piece).parse().ok())
    }

    /// A time that needs no detour over its text.
    fn filetime(&self, scope: Scope, source: Source) -> Option<Moment> {
        let Source::Slot(slot) = source else {
            return None;
        };
        let (value, bytes) = self.value(scope, slot)?;
        if value.ty != kind::FILETIME {
            return None;
        }
        Moment::from_filetime(value::number(bytes)?)
    }

    fn node(&self, at: usize) -> Option<Node> {
        self.walker.templates.nodes.get(at).copied()
    }

    /// The element that a value holds, as the root of its plan; `Some(None)` when
    /// it holds none.
    fn held(&mut self, scope: Scope, slot: u16) -> Option<Option<(usize, Scope)>> {
        let Some((value, bytes)) = self.value(scope, slot) else {
            return Some(None);
        };
        if value.ty == TAKEN {
            return None;
        }
        if value.ty != kind::BINXML || bytes.is_empty() {
            return Some(None);
        }
        if self.walker.values.len() > MAX_VALUES * MAX_DEPTH {
            return None;
        }
        let at = scope.start + usize::from(slot);
        self.walker.values.get_mut(at)?.ty = TAKEN;
        self.walker.fragments = self.walker.fragments.checked_sub(1)?;
        let (plan, scope) = self.fragment(value.start..value.end)?;
        Some(Some((plan.root, scope)))
    }

    /// A value between elements: the element it holds, or nothing.
    fn between(&mut self, scope: Scope, slot: u16) -> Option<Option<(usize, Scope)>> {
        let held = self.held(scope, slot)?;
        if held.is_none() {
            let empty = match self.value(scope, slot) {
                Some((value, bytes)) => value.ty == kind::NULL || bytes.is_empty(),
                None => true,
            };
            // Text between elements is nobody's value, an array repeats what
            // surrounds it.
            empty.then_some(())?;
        }
        Some(held)
    }

    /// What stands behind `System`.
    fn payload(&mut self, plan: Plan, first: usize, scope: Scope) -> Option<()> {
        let end = self.node(plan.root)?.end;
        let mut at = first;
        while at < end {
            let node = self.node(at)?;
            match node.slot {
                Some(slot) => {
                    if let Some((root, inner)) = self.between(scope, slot)? {
                        self.part(root, inner)?;
                    }
                }
                None if self.left_out(scope, node.dependency) => {}
                None => self.part(at, scope)?,
            }
            at = node.end.max(at + 1);
        }
        Some(())
    }

    /// One element behind `System`. Only the first payload counts.
    fn part(&mut self, at: usize, scope: Scope) -> Option<()> {
        let node = self.node(at)?;
        if self.payload != Payload::None {
            return Some(());
        }
        match node.word {
            Word::EventData => {
                self.payload = Payload::EventData;
                self.event_data(at, scope)
            }
            Word::UserData => {
                self.payload = Payload::UserData;
                self.below(at, scope, 0)
            }
            Word::ProcessingErrorData => {
                self.payload = Payload::ProcessingError;
                self.below(at, scope, 0)
            }
            // Another root would be another record.
            Word::Event | Word::System => None,
            Word::Data | Word::Other => Some(()),
        }
    }

    /// The children of `EventData`: each is a field.
    fn event_data(&mut self, at: usize, scope: Scope) -> Option<()> {
        let node = self.node(at)?;
        if let Source::Slot(slot) = node.content
            && let Some((root, inner)) = self.alone(scope, slot)?
        {
            return self.data(root, inner);
        }
        let mut child_at = at + 1;
        while child_at < node.end {
            let child = self.node(child_at)?;
            match child.slot {
                Some(slot) => {
                    if let Some((root, inner)) = self.between(scope, slot)? {
                        self.data(root, inner)?;
                    }
                }
                None if self.left_out(scope, child.dependency) => {}
                None => self.data(child_at, scope)?,
            }
            child_at = child.end.max(child_at + 1);
        }
        Some(())
    }

    /// The only content of an element that has fields below it: text there is
    /// nobody's value.
    fn alone(&mut self, scope: Scope, slot: u16) -> Option<Option<(usize, Scope)>> {
        let held = self.held(scope, slot)?;
        let array = self
            .value(scope, slot)
            .is_some_and(|(value, _)| value.ty == kind::STRINGS);
        (!array).then_some(held)
    }

    /// A field of `EventData`.
    fn data(&mut self, at: usize, scope: Scope) -> Option<()> {
        let node = self.node(at)?;
        if node.end > at + 1 {
            return None;
        }
        if let Source::Slot(slot) = node.content
            && self.held(scope, slot)?.is_some()
        {
            return None;
        }
        self.field(&node, scope, true)
    }

    /// The fields below an element that is `depth` deep in the payload: leaf
    /// elements in document order. Returns by `None` also what is too deep.
    fn below(&mut self, at: usize, scope: Scope, depth: usize) -> Option<()> {
        let node = self.node(at)?;
        if let Source::Slot(slot) = node.content
            && let Some((root, inner)) = self.alone(scope, slot)?
        {
            return self.leaf(root, inner, depth);
        }
        let mut child_at = at + 1;
        while child_at < node.end {
            let child = self.node(child_at)?;
            match child.slot {
                Some(slot) => {
                    if let Some((root, inner)) = self.between(scope, slot)? {
                        self.leaf(root, inner, depth)?;
                    }
                }
                None if self.left_out(scope, child.dependency) => {}
                None => self.leaf(child_at, scope, depth)?,
            }
            child_at = child.end.max(child_at + 1);
        }
        Some(())
    }

    /// An element of `UserData`: a field, unless elements stand below it. The
    /// provider's own root is no field when it is empty.
    fn leaf(&mut self, at: usize, scope: Scope, depth: usize) -> Option<()> {
        if depth >= MAX_DEPTH {
            return None;
        }
        let node = self.node(at)?;
        if let Source::Slot(slot) = node.content
            && let Some((root, inner)) = self.held(scope, slot)?
        {
            return self.leaf(root, inner, depth + 1);
        }
        if node.end > at + 1 && self.any_child(at, &node, scope) {
            return self.below(at, scope, depth + 1);
        }
        self.field(&node, scope, depth > 0)
    }

    /// Whether an element stands below this one, after what is left out.
    fn any_child(&self, at: usize, node: &Node, scope: Scope) -> bool {
        let mut child_at = at + 1;
        while child_at < node.end {
            let Some(child) = self.node(child_at) else {
                return false;
            };
            let is_there = match child.slot {
                Some(slot) => self
                    .value(scope, slot)
                    .is_some_and(|(_, bytes)| !bytes.is_empty()),
                None => !self.left_out(scope, child.dependency),
            };
            if is_there {
                return true;
            }
            child_at = child.end.max(child_at + 1);
        }
        false
    }

    /// An element without elements below it, as a field. `empty_too`: also when it
    /// has no text.
    fn field(&mut self, node: &Node, scope: Scope, empty_too: bool) -> Option<()> {
        let mut name = self.text(scope, node.field)?;
        if name.start == name.end {
            name = match node.word {
                Word::Data => Piece::default(),
                _ => node.name.into(),
            };
        }
        if let Source::Slot(slot) = node.content
            && let Some((value, _)) = self.value(scope, slot)
            && value.ty == kind::STRINGS
            && value.start < value.end
        {
            // An array repeats the element.
            let mut from = value.start;
            while from < value.end {
                let length = value::strings(self.chunk.get(from..value.end)?)
                    .next()?
                    .len();
                let text = self.write(kind::STRING, from..from + length)?;
                self.push(name, text, empty_too);
                from += length + 2;
            }
            return Some(());
        }
        let empty_array = matches!(node.content, Source::Slot(slot)
            if self.value(scope, slot).is_some_and(|(value, _)| value.ty == kind::STRINGS));
        let text = match empty_array {
            true => Piece::default(),
            false => self.text(scope, node.content)?,
        };
        self.push(name, text, empty_too);
        Some(())
    }

    /// A line break alone is no value: pretty-printers put it into empty elements.
    fn push(&mut self, name: Piece, text: Piece, empty_too: bool) {
        let value = self.walker.get(text).as_bytes();
        let blank = value.first().is_some_and(u8::is_ascii_whitespace)
            && memchr::memchr2(b'\n', b'\r', value).is_some()
            && value.trim_ascii().is_empty();
        let text = if blank { Piece::default() } else { text };
        if empty_too || text.start < text.end {
            self.walker.pieces.push((name, text));
        }
    }
}
