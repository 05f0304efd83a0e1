//! BinXML structure, compiled once per template and chunk: which value stands where.
//!
//! A definition becomes a flat list of [`Node`]s in document order, each knowing
//! where its subtree ends, and a list of [`SystemOp`]s: which value fills which
//! system property. Shapes that no event log is known to need (mixed content,
//! processing instructions, CDATA, typed literals) give no plan; such records are
//! someone else's. No value is read here.
//!
//! Tokens: MS-EVEN6 2.2.12; where names and definitions stand in a chunk: libyal's
//! "Windows XML Event Log (EVTX) format", sections "Binary XML" and "Template
//! definition". Offsets there count from the start of the chunk.

use std::ops::Range;

use super::value;

/// Deepest nesting of elements, fragments in fragments included.
pub(super) const MAX_DEPTH: usize = 32;
/// Most nodes of one chunk; real ones have some hundreds.
const MAX_NODES: usize = 1 << 16;
/// Next offset, GUID and size before the tokens of a definition.
const DEFINITION_HEADER: usize = 24;

/// A stretch of [`Templates::literals`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Where the text of an attribute or element comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Source {
    #[default]
    Nothing,
    Literal(Span),
    /// The value of this number.
    Slot(u16),
}

/// Names that decide what an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Event,
    System,
    EventData,
    UserData,
    ProcessingErrorData,
    Data,
    Other,
}

/// An element, or a value between elements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// For a value between elements: its number. The rest is empty then.
    pub(super) slot: Option<u16>,
    pub(super) name: Span,
    pub(super) word: Word,
    /// The `Name` attribute.
    pub(super) field: Source,
    /// The element is left out when this value is NULL.
    pub(super) dependency: Option<u16>,
    /// Content of an element without nodes below it. A slot may hold an element.
    pub(super) content: Source,
    /// Written as `<X/>`.
    pub(super) closed: bool,
    /// The node behind its subtree.
    pub(super) end: usize,
}

/// A property of `System`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Provider,
    SourceName,
    EventId,
    Version,
    Level,
    Time,
    RecordId,
    Channel,
    Computer,
    Sid,
    Activity,
}

/// One property and where its value is.
#[derive(Clone, Copy, Debug)]
pub(super) struct SystemOp {
    pub(super) property: Property,
    pub(super) source: Source,
    /// The element is left out when this value is NULL.
    pub(super) dependency: Option<u16>,
    /// An attribute without text is not there; an element without text is.
    pub(super) attribute: bool,
}

/// One compiled definition: places in [`Templates`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Its root element.
    pub(super) root: usize,
    /// Its system properties.
    pub(super) system: (usize, usize),
    /// The first node behind `System`, when the root is an `Event` with one.
    pub(super) payload: Option<usize>,
}

/// Where the properties are that place a record: as far as most templates have them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Literals or strings.
    pub(super) provider: Source,
    pub(super) channel: Source,
    pub(super) computer: Source,
    /// Values.
    pub(super) event_id: u16,
    pub(super) time: u16,
    pub(super) record_id: u16,
    /// The highest value of them all.
    pub(super) last: u16,
}

/// A name that was read in this chunk; none where its end is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Name {
    offset: usize,
    span: Span,
}

/// Names of a chunk that are remembered, by their offsets; real ones have some dozens.
const NAMES: usize = 128;

/// The definitions of one chunk.
#[derive(Debug, Default)]
pub(super) struct Templates {
    pub(super) literals: String,
    /// [`NAMES`] places, or none so far.
    names: Vec<Name>,
    pub(super) nodes: Vec<Node>,
    pub(super) system: Vec<SystemOp>,
    /// By offset, sorted; `None` for what gives no plan.
    plans: Vec<(u32, Option<Plan>)>,
    /// Elements that are open while compiling; kept for its memory.
    open: Vec<Open>,
}

/// How much of [`Templates`] was in use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    literals: usize,
    nodes: usize,
    system: usize,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    node: usize,
    has_children: bool,
}

/// An element whose start tag is still open.
struct Start {
    node: usize,
    attribute: Option<(Span, Source)>,
}

impl Templates {
    /// Forgets all, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.literals.clear();
        self.names.clear();
        self.nodes.clear();
        self.system.clear();
        self.plans.clear();
    }

    pub(super) fn literal(&self, span: Span) -> &str {
        self.literals.get(span.start..span.end).unwrap_or("")
    }

    /// The plan of the definition at `offset` of the chunk.
    pub(super) fn at(&mut self, chunk: &[u8], offset: u32) -> Option<Plan> {
        match self.plans.binary_search_by_key(&offset, |(at, _)| *at) {
            Ok(found) => self.plans[found].1,
            Err(place) => {
                let plan = self.define(chunk, offset);
                self.plans.insert(place, (offset, plan));
                plan
            }
        }
    }

    fn define(&mut self, chunk: &[u8], offset: u32) -> Option<Plan> {
        let tokens = tokens_of(chunk, offset)?;
        self.compile(chunk, tokens.start, tokens.end, true)
    }

    /// The head of the definition at `offset` of the chunk, where it has the usual form.
    /// What stands behind `System` is not looked at.
    pub(super) fn head(&mut self, chunk: &[u8], offset: u32) -> Option<Head> {
        let tokens = tokens_of(chunk, offset)?;
        let mark = self.mark();
        if let Some(head) = super::head::head(chunk, tokens.clone(), &mut self.literals) {
            return Some(head);
        }
        self.literals.truncate(mark.literals);
        self.open.clear();
        let tokens = Tokens::new(chunk, tokens, true)?;
        let mut compiler = Compiler { out: self, tokens };
        let head = compiler.system().and_then(|()| {
            let out = &compiler.out;
            payload(&out.nodes, mark.nodes)??;
            head(&out.system[mark.system..])
        });
        self.nodes.truncate(mark.nodes);
        self.system.truncate(mark.system);
        if head.is_none() {
            self.forget_literals(mark.literals);
        }
        head
    }

    fn forget_literals(&mut self, from: usize) {
        self.literals.truncate(from);
        self.names.clear();
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            literals: self.literals.len(),
            nodes: self.nodes.len(),
            system: self.system.len(),
        }
    }

    /// Forgets what was compiled since. Definitions among it are compiled again
    /// when they are met again.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.forget_literals(mark.literals);
        self.nodes.truncate(mark.nodes);
        self.system.truncate(mark.system);
        self.plans
            .retain(|(_, plan)| plan.is_none_or(|p| p.root < mark.nodes));
    }

    /// Compiles the tokens in `start..end` of the chunk. `definition`: elements
    /// carry a dependency, and values may be substituted.
    pub(super) fn compile(
        &mut self,
        chunk: &[u8],
        start: usize,
        end: usize,
        definition: bool,
    ) -> Option<Plan> {
        let mark = self.mark();
        self.open.clear();
        let tokens = Tokens::new(chunk, start..end, definition)?;
        let plan = Compiler { out: self, tokens }.run();
        if plan.is_none() {
            self.forget_literals(mark.literals);
            self.nodes.truncate(mark.nodes);
            self.system.truncate(mark.system);
        }
        plan
    }
}

/// Where the tokens of the definition at `offset` are.
fn tokens_of(chunk: &[u8], offset: u32) -> Option<Range<usize>> {
    let header = usize::try_from(offset).ok()?;
    let size = u32_at(chunk, header.checked_add(20)?)?;
    let start = header.checked_add(DEFINITION_HEADER)?;
    Some(start..start.checked_add(usize::try_from(size).ok()?)?)
}

/// A source that depends on no other value.
pub(super) fn alone(source: Source, dependency: Option<u16>) -> Option<Source> {
    let alone = match (source, dependency) {
        (Source::Slot(slot), Some(other)) => slot == other,
        (_, dependency) => dependency.is_none(),
    };
    alone.then_some(source)
}

/// The usual form: each property once, none that depends on another value.
fn head(ops: &[SystemOp]) -> Option<Head> {
    let find = |property: Property| {
        let mut found = ops.iter().filter(|op| op.property == property);
        let op = found.next()?;
        let source = alone(op.source, op.dependency)?;
        found.next().is_none().then_some(source)
    };
    let slot = |property: Property| match find(property)? {
        Source::Slot(slot) => Some(slot),
        _ => None,
    };
    let text = |property: Property| match find(property)? {
        Source::Nothing => None,
        source => Some(source),
    };
    let mut head = Head {
        provider: text(Property::Provider)?,
        channel: text(Property::Channel)?,
        computer: text(Property::Computer)?,
        event_id: slot(Property::EventId)?,
        time: slot(Property::Time)?,
        record_id: slot(Property::RecordId)?,
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

/// Reads tokens and what belongs to them.
pub(super) struct Tokens<'c> {
    /// For names, which may stand anywhere.
    pub(super) chunk: &'c [u8],
    /// The chunk up to the end of the tokens.
    pub(super) code: &'c [u8],
    pub(super) at: usize,
    definition: bool,
}

impl<'c> Tokens<'c> {
    /// Those in a range of the chunk. `definition`: elements carry a dependency, and values
    /// may be substituted.
    pub(super) fn new(chunk: &'c [u8], tokens: Range<usize>, definition: bool) -> Option<Self> {
        Some(Tokens {
            chunk,
            code: chunk.get(..tokens.end)?,
            at: tokens.start,
            definition,
        })
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        let byte = *self.code.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        let value = u16_at(self.code, self.at)?;
        self.at += 2;
        Some(value)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let value = u32_at(self.code, self.at)?;
        self.at += 4;
        Some(value)
    }

    /// A reference to a name: the offset of its entry, which stands right here
    /// when it is the first of its kind in the chunk.
    pub(super) fn name(&mut self) -> Option<usize> {
        let offset = usize::try_from(self.u32()?).ok()?;
        if offset == self.at {
            let length = usize::from(u16_at(self.code, self.at + 6)?);
            // Next entry, hash, length, characters, NUL.
            self.at += 6 + 2 + 2 * length + 2;
            self.code.get(..self.at)?;
        }
        Some(offset)
    }
}

/// The characters of the name entry at `offset`, in UTF-16.
pub(super) fn name_at(chunk: &[u8], offset: usize) -> Option<&[u8]> {
    let start = offset.checked_add(8)?;
    let length = 2 * usize::from(u16_at(chunk, start - 2)?);
    // A NUL follows.
    chunk.get(start..start + length + 2)?;
    let name = &chunk[start..start + length];
    let units = name.as_chunks::<2>().0;
    let end = units.iter().position(|u| *u == [0, 0]);
    Some(&name[..2 * end.unwrap_or(units.len())])
}

struct Compiler<'t, 'c> {
    out: &'t mut Templates,
    tokens: Tokens<'c>,
}

impl Compiler<'_, '_> {
    fn run(mut self) -> Option<Plan> {
        let first_node = self.out.nodes.len();
        let first_op = self.out.system.len();
        let start = self.tokens(first_node, false)?;
        let out = self.out;
        let root = out.nodes.get(first_node)?;
        if start.is_some() || !out.open.is_empty() || root.end != out.nodes.len() {
            return None;
        }
        Some(Plan {
            root: first_node,
            system: (first_op, out.system.len()),
            payload: payload(&out.nodes, first_node)?,
        })
    }

    /// Up to the end of the first element in the root, which should be `System`.
    fn system(&mut self) -> Option<()> {
        let first_node = self.out.nodes.len();
        self.tokens(first_node, true)?;
        (self.out.open.len() == 1).then_some(())
    }

    /// All tokens, or those of the first element in the root. The start tag that is
    /// open behind them.
    fn tokens(&mut self, first_node: usize, first_only: bool) -> Option<Option<Start>> {
        let mut start: Option<Start> = None;
        while self.tokens.at < self.tokens.code.len() {
            let token = self.tokens.u8()?;
            match token {
                0x00 => break,
                // Fragment header: version and flags.
                0x0f => self.tokens.at += 3,
                0x01 | 0x41 => {
                    if start.is_some() {
                        return None;
                    }
                    start = Some(self.element(token & 0x40 != 0, first_node)?);
                }
                0x06 | 0x46 => {
                    let open = start.as_mut()?;
                    self.end_attribute(open)?;
                    let name = self.name()?;
                    start.as_mut()?.attribute = Some((name, Source::Nothing));
                }
                0x02 => {
                    let mut open = start.take()?;
                    self.end_attribute(&mut open)?;
                    if self.out.open.len() >= MAX_DEPTH {
                        return None;
                    }
                    self.out.open.push(Open {
                        node: open.node,
                        has_children: false,
                    });
                }
                0x03 => {
                    let mut open = start.take()?;
                    self.end_attribute(&mut open)?;
                    let end = self.out.nodes.len();
                    let node = self.out.nodes.get_mut(open.node)?;
                    node.closed = true;
                    node.end = end;
                }
                0x04 => {
                    if start.is_some() {
                        return None;
                    }
                    self.end_element()?;
                    if first_only && self.out.open.len() == 1 {
                        break;
                    }
                }
                0x05 | 0x45 => {
                    if self.tokens.u8()? != value::kind::STRING {
                        return None;
                    }
                    let size = 2 * usize::from(self.tokens.u16()?);
                    let from = self.tokens.at;
                    let bytes = self.tokens.code.get(from..from + size)?;
                    self.tokens.at += size;
                    let at = self.out.literals.len();
                    value::utf16(bytes, &mut self.out.literals);
                    self.text(&mut start, at)?;
                }
                0x08 | 0x48 => {
                    let code = u32::from(self.tokens.u16()?);
                    let at = self.out.literals.len();
                    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                    self.out.literals.push(character);
                    self.text(&mut start, at)?;
                }
                0x09 | 0x49 => {
                    let offset = self.tokens.name()?;
                    let name = name_at(self.tokens.chunk, offset)?;
                    let at = self.out.literals.len();
                    self.out.literals.push(entity(name)?);
                    self.text(&mut start, at)?;
                }
                0x0d | 0x0e if self.tokens.definition => {
                    let slot = self.tokens.u16()?;
                    // The value itself says its type; this one need only be one.
                    value::is_known(self.tokens.u8()?).then_some(())?;
                    self.slot(&mut start, slot)?;
                }
                _ => return None,
            }
        }
        Some(start)
    }

    /// An element's start; `attributes`: a size of the list of attributes follows.
    fn element(&mut self, attributes: bool, first_node: usize) -> Option<Start> {
        let dependency = match self.tokens.definition {
            true => Some(self.tokens.u16()?).filter(|id| *id != 0xffff),
            false => None,
        };
        let _size = self.tokens.u32()?;
        let name = self.name()?;
        if attributes {
            let _size = self.tokens.u32()?;
        }
        match self.out.open.last_mut() {
            Some(parent) => {
                let parent_node = parent.node;
                let had_children = std::mem::replace(&mut parent.has_children, true);
                // A value before the first element stands between elements after all.
                match self.out.nodes.get(parent_node)?.content {
                    Source::Nothing => {}
                    Source::Slot(slot) if !had_children => {
                        self.out.nodes.get_mut(parent_node)?.content = Source::Nothing;
                        self.push_slot(slot)?;
                    }
                    _ => return None,
                }
            }
            // One root.
            None if self.out.nodes.len() > first_node => return None,
            None => {}
        }
        let node = self.out.nodes.len();
        let word = match self.out.literal(name) {
            "Event" => Word::Event,
            "System" => Word::System,
            "EventData" => Word::EventData,
            "UserData" => Word::UserData,
            "ProcessingErrorData" => Word::ProcessingErrorData,
            "Data" => Word::Data,
            _ => Word::Other,
        };
        self.push(Node {
            slot: None,
            name,
            word,
            field: Source::Nothing,
            dependency,
            content: Source::Nothing,
            closed: false,
            end: 0,
        })?;
        Some(Start {
            node,
            attribute: None,
        })
    }

    fn push(&mut self, node: Node) -> Option<()> {
        if self.out.nodes.len() >= MAX_NODES {
            return None;
        }
        self.out.nodes.push(node);
        Some(())
    }

    fn push_slot(&mut self, slot: u16) -> Option<()> {
        self.push(Node {
            slot: Some(slot),
            name: Span::default(),
            word: Word::Other,
            field: Source::Nothing,
            dependency: None,
            content: Source::Nothing,
            closed: false,
            end: self.out.nodes.len() + 1,
        })
    }

    /// A name without its prefix.
    fn name(&mut self) -> Option<Span> {
        let offset = self.tokens.name()?;
        let place = offset.wrapping_mul(0x9e37_79b1) >> 8 & (NAMES - 1);
        if let Some(known) = self.out.names.get(place)
            && known.offset == offset
            && known.span.end > 0
        {
            return Some(known.span);
        }
        let span = self.new_name(offset)?;
        self.out.names.resize(NAMES, Name::default());
        if let Some(known) = self.out.names.get_mut(place) {
            *known = Name { offset, span };
        }
        Some(span)
    }

    fn new_name(&mut self, offset: usize) -> Option<Span> {
        let bytes = name_at(self.tokens.chunk, offset)?;
        let start = self.out.literals.len();
        value::utf16_name(bytes, &mut self.out.literals)?;
        let end = self.out.literals.len();
        let whole = &self.out.literals[start..end];
        if whole.starts_with(['!', '?']) {
            return None;
        }
        if whole == "xmlns" || whole.starts_with("xmlns:") {
            return Some(Span { start, end });
        }
        let local = match memchr::memrchr(b':', whole.as_bytes()) {
            Some(colon) => colon + 1,
            None => 0,
        };
        let span = Span {
            start: start + local,
            end,
        };
        (span.start < span.end).then_some(span)
    }

    /// Literal text that was appended at `from`, for the open attribute or element.
    fn text(&mut self, start: &mut Option<Start>, from: usize) -> Option<()> {
        let to = self.out.literals.len();
        let grown = |source: Source| match source {
            Source::Nothing => Some(Source::Literal(Span {
                start: from,
                end: to,
            })),
            Source::Literal(span) if span.end == from => Some(Source::Literal(Span {
                start: span.start,
                end: to,
            })),
            _ => None,
        };
        if let Some(start) = start {
            if let Some((_, source)) = &mut start.attribute {
                *source = grown(*source)?;
            }
            return Some(());
        }
        let parent = self.out.open.last()?;
        if parent.has_children {
            return None;
        }
        let node = self.out.nodes.get_mut(parent.node)?;
        node.content = grown(node.content)?;
        Some(())
    }

    /// A substitution, in the open attribute or element.
    fn slot(&mut self, start: &mut Option<Start>, slot: u16) -> Option<()> {
        if let Some(start) = start {
            match &mut start.attribute {
                Some((_, source @ Source::Nothing)) => *source = Source::Slot(slot),
                Some(_) => return None,
                None => {}
            }
            return Some(());
        }
        let parent = self.out.open.last()?;
        if parent.has_children {
            return self.push_slot(slot);
        }
        let node = self.out.nodes.get_mut(parent.node)?;
        match node.content {
            Source::Nothing => node.content = Source::Slot(slot),
            _ => return None,
        }
        Some(())
    }

    /// Whether the next element stands in `Event/System`, below `below` open ones.
    fn in_system(&self, below: usize) -> bool {
        let word = |at: usize| {
            let open = self.out.open.get(at)?;
            Some(self.out.nodes.get(open.node)?.word)
        };
        below == 2 && word(0) == Some(Word::Event) && word(1) == Some(Word::System)
    }

    /// Notes the attribute that ends here.
    fn end_attribute(&mut self, start: &mut Start) -> Option<()> {
        let Some((name, source)) = start.attribute.take() else {
            return Some(());
        };
        // An attribute without text is left out.
        let source = match source {
            Source::Literal(span) if span.start == span.end => return Some(()),
            Source::Nothing => return Some(()),
            other => other,
        };
        let name = self.out.literal(name);
        if self.in_system(self.out.open.len()) {
            let node = self.out.nodes.get(start.node)?;
            let property = match (self.out.literal(node.name), name) {
                ("Provider", "Name") => Property::Provider,
                ("Provider", "EventSourceName") => Property::SourceName,
                ("TimeCreated", "SystemTime") => Property::Time,
                ("Security", "UserID") => Property::Sid,
                ("Correlation", "ActivityID") => Property::Activity,
                _ => return Some(()),
            };
            let dependency = node.dependency;
            self.out.system.push(SystemOp {
                property,
                source,
                dependency,
                attribute: true,
            });
            return Some(());
        }
        let is_name = name == "Name";
        let node = self.out.nodes.get_mut(start.node)?;
        match (is_name, node.field, source) {
            (true, Source::Nothing, _) => node.field = source,
            // Which of two counts depends on their values.
            (true, ..) => return None,
            // An array there would repeat the element.
            (false, _, Source::Slot(_)) => return None,
            (false, ..) => {}
        }
        Some(())
    }

    fn end_element(&mut self) -> Option<()> {
        let open = self.out.open.pop()?;
        let end = self.out.nodes.len();
        let in_system = self.in_system(self.out.open.len());
        let node = self.out.nodes.get_mut(open.node)?;
        node.end = end;
        let (name, content, dependency) = (node.name, node.content, node.dependency);
        if !in_system {
            return Some(());
        }
        if open.has_children {
            return None;
        }
        let property = match self.out.literal(name) {
            "EventID" => Property::EventId,
            "Version" => Property::Version,
            "Level" => Property::Level,
            "EventRecordID" => Property::RecordId,
            "Channel" => Property::Channel,
            "Computer" => Property::Computer,
            _ => return Some(()),
        };
        self.out.system.push(SystemOp {
            property,
            source: content,
            dependency,
            attribute: false,
        });
        Some(())
    }
}

/// The node behind `Event/System`, with nothing of note before it; `Some(None)`
/// when the root is no `Event`.
fn payload(nodes: &[Node], root: usize) -> Option<Option<usize>> {
    let event = nodes.get(root)?;
    if event.word != Word::Event {
        return Some(None);
    }
    let system = nodes.get(root + 1)?;
    let plain = system.word == Word::System
        && system.dependency.is_none()
        && matches!(system.content, Source::Nothing)
        && nodes[root + 1..system.end.max(root + 1)]
            .iter()
            .all(|node| node.slot.is_none());
    plain.then_some(Some(system.end))
}

/// The character of a predefined entity.
fn entity(name: &[u8]) -> Option<char> {
    let mut ascii = [0u8; 4];
    let units = name.as_chunks::<2>().0;
    let place = ascii.get_mut(..units.len())?;
    for (byte, [low, high]) in place.iter_mut().zip(units) {
        if *high != 0 {
            return None;
        }
        *byte = *low;
    }
    match &*place {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => None,
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_le_bytes(*bytes))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}
