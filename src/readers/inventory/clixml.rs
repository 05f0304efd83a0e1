//! PowerShell objects as `Export-Clixml` writes them: settings of VMs, and other
//! objects of the classes in [`super::classes`].
//!
//! It reads objects, not what they mean for a node or a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use quick_xml::events::{BytesStart, Event as Xml};

use super::super::error::ReadError;
use super::super::raw::RecordSink;
use super::super::rendered::decode_into;
use super::super::text::Utf8Reader;
use super::classes::{Class, LONGEST_VALUE, MOST_PROPERTIES, Of};
use super::mac_of;
use crate::model::diagnostic::DiagnosticCode;
use crate::model::id::{NodeName, VmId, VmName};
use crate::model::inventory::{AdapterSetting, ExportedObject, VmSnapshot};
use crate::model::source::{Locator, SourceRef};
use crate::model::time::Moment;

/// What became of the objects of a clixml file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClixmlSummary {
    /// Objects at the top of the file.
    pub objects: u64,
    /// Network adapters of VMs that were read, each once.
    pub adapters: u64,
    /// Snapshots handed to the sink, one per VM.
    pub snapshots: u64,
    /// Objects of known classes handed to the sink.
    pub exported: u64,
    /// Top objects from which nothing was read, by type name.
    pub others: BTreeMap<String, u64>,
    /// The file ended in the middle of something or is not well-formed.
    pub broken: bool,
}

/// Deepest nesting that is read; PowerShell writes two levels unless told otherwise.
const MAX_DEPTH: usize = 256;
/// Objects that are remembered for references to them.
const MAX_OBJECTS: usize = 2_000_000;
/// Values of a list that are kept.
const MOST_ITEMS: usize = 100;
/// Objects of one file that are handed on.
const MAX_EXPORTED: usize = 200_000;

/// Reads a PowerShell export (`Export-Clixml`) and hands to `sink`, in the order of the
/// file, the objects of the classes that are kept, then the settings of VMs in it, one
/// snapshot per VM.
///
/// Settings of VMs are read from `Get-VMNetworkAdapter` (with its nested `VlanSetting`)
/// and `Get-VMNetworkAdapterVlan`, also from selections of their properties. `taken` is
/// when the export was made, `node` where (a `ComputerName` in the file goes first),
/// `source` the member. Objects of other classes are counted by their type.
///
/// # Errors
///
/// When the input cannot be read.
pub fn read_clixml(
    input: &mut dyn Read,
    taken: Moment,
    node: Option<NodeName>,
    source: SourceRef,
    sink: &mut dyn RecordSink,
) -> Result<ClixmlSummary, ReadError> {
    let fail = |source| ReadError::Read {
        at: Locator::Whole,
        source,
    };
    let text = Utf8Reader::new(input).map_err(fail)?;
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(text));
    let mut parser = Clixml::default();
    let mut buffer = Vec::new();
    let broken = loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Xml::Eof) if parser.stack.is_empty() => break None,
            Ok(Xml::Eof) => break Some("the file ends inside of an object".to_owned()),
            Ok(event) => {
                if let Err(message) = parser.take(&event) {
                    break Some(message);
                }
            }
            Err(quick_xml::Error::Io(e)) => {
                return Err(fail(std::io::Error::new(e.kind(), e.to_string())));
            }
            Err(e) => break Some(format!("not well-formed: {e}")),
        }
    };
    let mut summary = ClixmlSummary {
        objects: parser.tops.len() as u64,
        broken: broken.is_some(),
        ..ClixmlSummary::default()
    };
    if let Some(message) = broken {
        let at = Locator::Entry(summary.objects.max(1));
        sink.trouble(DiagnosticCode::Syntax, at, true, message);
    }
    let machines = parser.machines();
    let mut exported: BTreeSet<usize> = BTreeSet::new();
    for (at, object) in parser.objects.iter().enumerate() {
        let Some(class) = object.class else {
            continue;
        };
        if exported.len() >= MAX_EXPORTED {
            let message = format!("more than {MAX_EXPORTED} objects: the rest is left out");
            let at = Locator::Entry(object.entry);
            sink.trouble(DiagnosticCode::Limit, at, true, message);
            break;
        }
        if let Some(object) = object.exported(class, taken, node.as_ref(), &source) {
            exported.insert(at);
            sink.object(object);
        }
    }
    summary.exported = exported.len() as u64;
    for top in &parser.tops {
        let used = machines.used.range(top.clone()).next().is_some()
            || exported.range(top.clone()).next().is_some();
        if !used {
            let name = parser
                .objects
                .get(top.start)
                .map(|object| object.type_name())
                .filter(|name| !name.is_empty());
            let name = name.unwrap_or("object without a type");
            *summary.others.entry(name.to_owned()).or_default() += 1;
        }
    }
    for machine in machines.list {
        summary.adapters += machine.adapters.len() as u64;
        summary.snapshots += 1;
        let host = machine.host.as_deref().and_then(NodeName::new);
        sink.snapshot(VmSnapshot {
            taken,
            node: host.or_else(|| node.clone()),
            vm: machine.name,
            vm_id: machine.id,
            adapters: machine.adapters.into_iter().map(|a| a.setting).collect(),
            source: SourceRef::new(source.member.clone(), Locator::Entry(machine.entry)),
        });
    }
    Ok(summary)
}

/// Properties that are kept, in lower case.
const KEPT: [&str; 12] = [
    "name",
    "vmname",
    "vmid",
    "id",
    "switchname",
    "macaddress",
    "accessvlanid",
    "operationmode",
    "computername",
    "vmnetworkadaptername",
    "adaptername",
    "pscomputername",
];
/// Properties that lead to another object.
const LINKS: [&str; 2] = ["vlansetting", "parentadapter"];

/// One object: of its properties only those that matter here.
#[derive(Debug, Default)]
struct Object {
    /// Number of its top object, from 1.
    entry: u64,
    types: Vec<String>,
    shown: String,
    values: Vec<(&'static str, String)>,
    links: Vec<(&'static str, usize)>,
    /// Of the file itself or of a list in it, and of no other object.
    stands_alone: bool,
    /// Its class, where objects of it are kept.
    class: Option<&'static Class>,
    /// Properties of an object of a known class, as written.
    properties: Vec<(String, String)>,
    /// Simple values in it, where it is a list.
    items: Vec<String>,
}

impl Object {
    /// A simple value.
    fn set(&mut self, property: &Property, text: &str) {
        if let Some(known) = property.known {
            self.values.push((known, text.to_owned()));
        }
        match (property.is_bool, text) {
            (true, "true") => self.keep(property, "True"),
            (true, "false") => self.keep(property, "False"),
            _ => self.keep(property, text),
        }
    }

    fn keep(&mut self, property: &Property, value: &str) {
        if let Some(name) = &property.kept
            && self.properties.len() < MOST_PROPERTIES
        {
            self.properties.push((name.clone(), bounded(value)));
        }
    }

    fn add_item(&mut self, text: &str) {
        if self.items.len() < MOST_ITEMS {
            self.items.push(bounded(text));
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value.as_str())
    }

    fn link(&self, name: &str) -> Option<usize> {
        self.links
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, at)| *at)
    }

    /// Its own type, without what deserializing puts in front.
    fn type_name(&self) -> &str {
        self.types.first().map_or("", |name| {
            let name = name.strip_prefix("Deserialized.").unwrap_or(name);
            name.strip_prefix("Selected.").unwrap_or(name)
        })
    }

    /// Takes the types that are known now.
    fn set_types(&mut self, types: Vec<String>) {
        self.class = match self.stands_alone {
            true => Class::of_types(&types),
            false => None,
        };
        self.types = types;
    }

    /// What it is as the value of a property: an enumeration as it prints, a list as its
    /// values. `None` where it prints as the name of its type.
    fn as_value(&self) -> Option<String> {
        if !self.items.is_empty() {
            return Some(bounded(&self.items.join(", ")));
        }
        let is_type = |name: &String| bare_type(name) == bare_type(&self.shown);
        let tells = !self.shown.is_empty() && !self.types.iter().any(is_type);
        tells.then(|| self.shown.clone())
    }

    /// The machine that it names as the one it was read on.
    fn host(&self) -> Option<&str> {
        let host = self
            .value("computername")
            .filter(|h| !h.is_empty())
            .or_else(|| self.value("pscomputername"))?;
        (!host.is_empty() && host != "." && !host.eq_ignore_ascii_case("localhost")).then_some(host)
    }

    fn exported(
        &self,
        class: &'static Class,
        taken: Moment,
        node: Option<&NodeName>,
        source: &SourceRef,
    ) -> Option<ExportedObject> {
        if self.properties.is_empty() {
            return None;
        }
        let of = match class.of {
            Of::Cluster => None,
            Of::Node => self.host().and_then(NodeName::new).or(node.cloned()),
            Of::NodeIn(property) => self
                .properties
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(property))
                .and_then(|(_, value)| NodeName::new(value)),
        };
        Some(ExportedObject {
            taken,
            node: of,
            class: class.name.into(),
            properties: self
                .properties
                .iter()
                .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
                .collect(),
            source: SourceRef::new(source.member.clone(), Locator::Entry(self.entry)),
        })
    }

    fn is(&self, class: &str) -> bool {
        self.types.iter().any(|t| {
            t.rsplit('.')
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case(class))
        })
    }
}

/// The name of a type without what deserializing puts in front.
fn bare_type(name: &str) -> &str {
    name.strip_prefix("Deserialized.").unwrap_or(name)
}

/// A value as text, no longer than is kept.
fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[derive(Debug)]
enum Frame {
    Object {
        at: usize,
        property: Option<Property>,
    },
    /// What follows are the values of the object around.
    List,
    /// `Props` or `MS`: what follows are properties of the object around.
    Properties,
    Types(Option<String>),
    /// An element whose text counts.
    Text {
        what: TextOf,
        text: String,
    },
    Other,
}

/// A property whose value is wanted.
#[derive(Clone, Debug)]
struct Property {
    /// Its name among those that settings of VMs are read from.
    known: Option<&'static str>,
    /// Its name as written, where its object's class is kept.
    kept: Option<String>,
    /// Its type is a truth value, which PowerShell shows in title case.
    is_bool: bool,
}

#[derive(Clone, Debug)]
enum TextOf {
    Type,
    Shown,
    Item,
    Property(Property),
}

#[derive(Default)]
struct Clixml {
    stack: Vec<Frame>,
    objects: Vec<Object>,
    /// Objects by `RefId`.
    ids: BTreeMap<String, usize>,
    /// Type names by `RefId` of their `TN`.
    types: BTreeMap<String, Vec<String>>,
    /// The objects of each top object.
    tops: Vec<std::ops::Range<usize>>,
}

impl Clixml {
    fn take(&mut self, event: &Xml<'_>) -> Result<(), String> {
        match event {
            Xml::Start(tag) => {
                if self.stack.len() >= MAX_DEPTH {
                    return Err(format!("more than {MAX_DEPTH} nested elements"));
                }
                let frame = self.open(tag)?;
                self.stack.push(frame);
            }
            Xml::Empty(tag) => {
                let frame = self.open(tag)?;
                self.close(frame);
            }
            Xml::End(_) => {
                if let Some(frame) = self.stack.pop() {
                    self.close(frame);
                }
            }
            Xml::Text(part) => self.text(part),
            Xml::CData(part) => self.text(part),
            Xml::GeneralRef(part) => {
                let mut decoded = String::new();
                decode_into(&format!("&{};", &**part), &mut decoded);
                self.text(&decoded);
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, part: &str) {
        if let Some(Frame::Text { text, .. }) = self.stack.last_mut() {
            text.push_str(part);
        }
    }

    /// The object whose property is being opened.
    fn owner(&self) -> Option<usize> {
        match self.stack.as_slice() {
            [.., Frame::Object { at, .. }, Frame::Properties] => Some(*at),
            _ => None,
        }
    }

    fn innermost(&self) -> Option<usize> {
        self.stack.iter().rev().find_map(|frame| match frame {
            Frame::Object { at, .. } => Some(*at),
            _ => None,
        })
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<Frame, String> {
        let written = attribute(tag, "N").map(|name| unescaped(&name));
        let lower = written.as_deref().map(str::to_ascii_lowercase);
        let of = |names: &[&'static str]| {
            let property = lower.as_deref()?;
            names.iter().find(|n| **n == property).copied()
        };
        let name = tag.local_name();
        Ok(match name.as_ref() {
            "LST" | "IE" | "STK" | "QUE" => Frame::List,
            "Objs" | "DCT" | "En" => Frame::Other,
            "Obj" => {
                if self.objects.len() >= MAX_OBJECTS {
                    return Err(format!("more than {MAX_OBJECTS} objects"));
                }
                let at = self.objects.len();
                let is_top = self.innermost().is_none();
                if is_top {
                    self.tops.push(at..at);
                }
                let stands_alone = written.is_none() && self.is_outermost();
                self.objects.push(Object {
                    entry: self.tops.len() as u64,
                    stands_alone,
                    ..Object::default()
                });
                if let Some(top) = self.tops.last_mut() {
                    top.end = at + 1;
                }
                if let Some(id) = attribute(tag, "RefId") {
                    self.ids.insert(id, at);
                }
                self.link(of(&LINKS), at);
                let property = self.wanted(of(&KEPT), written, false);
                Frame::Object { at, property }
            }
            "Ref" => {
                let target = attribute(tag, "RefId").and_then(|id| self.ids.get(&id).copied());
                if let Some(target) = target {
                    self.link(of(&LINKS), target);
                    // An object that stood before is a value here as it was there.
                    let shown = self.objects[target].as_value();
                    if let (Some(owner), Some(property), Some(shown)) =
                        (self.owner(), self.wanted(None, written, false), shown)
                    {
                        self.objects[owner].set(&property, &shown);
                    }
                }
                Frame::Other
            }
            "Props" | "MS" => Frame::Properties,
            "TN" => Frame::Types(attribute(tag, "RefId")),
            "TNRef" => {
                let types = attribute(tag, "RefId").and_then(|id| self.types.get(&id).cloned());
                if let (Some(types), Some(at)) = (types, self.innermost()) {
                    self.objects[at].set_types(types);
                }
                Frame::Other
            }
            "T" => text_of(TextOf::Type),
            "ToString" => text_of(TextOf::Shown),
            "Nil" => Frame::Other,
            kind => match self.wanted(of(&KEPT), written, kind == "B") {
                Some(property) => text_of(TextOf::Property(property)),
                None if matches!(self.stack.last(), Some(Frame::List)) => text_of(TextOf::Item),
                None => Frame::Other,
            },
        })
    }

    /// The property that is being opened, when its value is wanted.
    fn wanted(
        &self,
        known: Option<&'static str>,
        written: Option<String>,
        is_bool: bool,
    ) -> Option<Property> {
        let owner = &self.objects[self.owner()?];
        let kept = written.filter(|name| owner.class.is_some_and(|c| c.keeps(name)));
        (known.is_some() || kept.is_some()).then_some(Property {
            known,
            kept,
            is_bool,
        })
    }

    /// Whether no property is open: an object here is one of the file's own.
    fn is_outermost(&self) -> bool {
        !self.stack.iter().any(|f| matches!(f, Frame::Properties))
    }

    fn link(&mut self, name: Option<&'static str>, target: usize) {
        if let (Some(name), Some(owner)) = (name, self.owner()) {
            self.objects[owner].links.push((name, target));
        }
    }

    fn close(&mut self, frame: Frame) {
        match frame {
            Frame::Object {
                at,
                property: Some(property),
            } => {
                let value = self.objects[at].as_value();
                let shown = std::mem::take(&mut self.objects[at].shown);
                if let Some(owner) = self.owner() {
                    // An enumeration: its text is its value.
                    if let Some(known) = property.known {
                        self.objects[owner].values.push((known, shown.clone()));
                    }
                    if let Some(value) = value {
                        self.objects[owner].keep(&property, &value);
                    }
                }
                self.objects[at].shown = shown;
            }
            Frame::Types(id) => {
                if let Some(at) = self.innermost() {
                    let types = std::mem::take(&mut self.objects[at].types);
                    if let Some(id) = id {
                        self.types.insert(id, types.clone());
                    }
                    self.objects[at].set_types(types);
                }
            }
            Frame::Text { what, text } => {
                let text = unescaped(&text);
                let Some(at) = self.innermost() else { return };
                let object = &mut self.objects[at];
                match what {
                    TextOf::Type => object.types.push(text),
                    TextOf::Shown => object.shown = text,
                    TextOf::Item => object.add_item(&text),
                    TextOf::Property(property) => object.set(&property, &text),
                }
            }
            _ => {}
        }
    }
}

fn text_of(what: TextOf) -> Frame {
    Frame::Text {
        what,
        text: String::new(),
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag
        .attributes()
        .flatten()
        .find(|a| a.key.as_ref() == name)?;
    let mut value = String::new();
    decode_into(&found.value, &mut value);
    Some(value)
}

/// Resolves `_x000A_`, in which clixml writes characters that XML cannot.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 7)
            .filter(|code| code.ends_with('_'))
            .and_then(|code| u32::from_str_radix(&code[..4], 16).ok())
            .and_then(char::from_u32);
        match code {
            Some(character) => {
                out.push_str(&rest[..at]);
                out.push(character);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A VM as the file describes it.
struct Machine {
    entry: u64,
    name: VmName,
    id: Option<VmId>,
    host: Option<String>,
    adapters: Vec<Adapter>,
}

struct Adapter {
    setting: AdapterSetting,
    /// Known only as what a VLAN setting belongs to.
    by_setting: bool,
}

#[derive(Default)]
struct Machines {
    list: Vec<Machine>,
    /// Objects from which something was read.
    used: BTreeSet<usize>,
}

impl Clixml {
    fn machines(&self) -> Machines {
        let mut machines = Machines::default();
        for (at, object) in self.objects.iter().enumerate() {
            let is_setting = object.is("VMNetworkAdapterVlanSetting")
                || (object.value("accessvlanid").is_some()
                    && !object.is("VMNetworkAdapter")
                    && (object.value("vmname").is_some()
                        || object.link("parentadapter").is_some()));
            let is_adapter = !is_setting
                && (object.is("VMNetworkAdapter")
                    || (object.value("vmname").is_some()
                        && (object.value("macaddress").is_some()
                            || object.value("switchname").is_some())));
            if is_adapter && let Some(found) = self.adapter(object) {
                machines.used.insert(at);
                machines.add(object, object, found, false);
            } else if is_setting {
                let parent = object
                    .link("parentadapter")
                    .and_then(|parent| self.objects.get(parent))
                    .unwrap_or(object);
                let vlan = vlan_of(object);
                let named = if parent.value("vmname").is_some() {
                    parent
                } else {
                    object
                };
                if let (Some(vlan), Some(mut setting)) = (vlan, self.adapter(named)) {
                    setting.vlan = Some(vlan);
                    if let Some(name) = object
                        .value("vmnetworkadaptername")
                        .or_else(|| object.value("adaptername"))
                    {
                        name.clone_into(&mut setting.name);
                    }
                    machines.used.insert(at);
                    machines.add(object, named, setting, true);
                }
            }
        }
        machines
    }

    /// The settings of an adapter; `None` when it is of no VM.
    fn adapter(&self, object: &Object) -> Option<AdapterSetting> {
        VmName::new(object.value("vmname")?)?;
        let nested = object
            .link("vlansetting")
            .and_then(|at| self.objects.get(at));
        let own = |name: &str| object.value(name);
        Some(AdapterSetting {
            name: own("name").unwrap_or_default().to_owned(),
            id: own("id").filter(|id| !id.is_empty()).map(str::to_owned),
            switch: own("switchname").map(str::to_owned),
            vlan: nested.and_then(vlan_of).or_else(|| vlan_of(object)),
            mac: own("macaddress").and_then(mac_of),
        })
    }
}

impl Machines {
    fn add(&mut self, object: &Object, named: &Object, setting: AdapterSetting, by_setting: bool) {
        let Some(name) = named.value("vmname").and_then(VmName::new) else {
            return;
        };
        let id = named.value("vmid").and_then(VmId::parse);
        let host = [named, object]
            .into_iter()
            .find_map(|o| o.host().map(str::to_owned));
        let same = |m: &Machine| match (m.id, id) {
            (Some(a), Some(b)) => a == b,
            _ => m.name == name,
        };
        let at = self.list.iter().position(same).unwrap_or_else(|| {
            self.list.push(Machine {
                entry: object.entry,
                name,
                id,
                host: None,
                adapters: Vec::new(),
            });
            self.list.len() - 1
        });
        let machine = &mut self.list[at];
        machine.id = machine.id.or(id);
        machine.host = machine.host.take().or(host);
        // The same adapter comes again as the parent of its VLAN setting.
        let known = machine
            .adapters
            .iter_mut()
            .find(|a| match (&a.setting.id, &setting.id) {
                (Some(a), Some(b)) => a == b,
                _ => (by_setting || a.by_setting) && a.setting.name == setting.name,
            });
        match known {
            Some(adapter) => {
                let old = &mut adapter.setting;
                old.id = old.id.take().or(setting.id);
                old.switch = old.switch.take().or(setting.switch);
                old.vlan = old.vlan.or(setting.vlan);
                old.mac = old.mac.take().or(setting.mac);
                adapter.by_setting &= by_setting;
            }
            None => machine.adapters.push(Adapter {
                setting,
                by_setting,
            }),
        }
    }
}

/// The access VLAN of a setting; 0 when it is untagged, `None` for a trunk, which
/// has no one VLAN.
fn vlan_of(object: &Object) -> Option<u32> {
    match object.value("operationmode") {
        Some(mode) if mode.eq_ignore_ascii_case("untagged") => return Some(0),
        Some(mode) if mode.eq_ignore_ascii_case("access") => {}
        // A number: the mode is not told; the VLAN then is what counts.
        Some(mode) if mode.is_empty() || mode.parse::<u32>().is_ok() => {}
        Some(_) => return None,
        None => {}
    }
    object.value("accessvlanid")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::super::raw::{RawEvent, RawLine};
    use super::*;

    #[derive(Default)]
    struct Sink {
        snapshots: Vec<VmSnapshot>,
        objects: Vec<ExportedObject>,
        troubles: Vec<(DiagnosticCode, Locator)>,
    }

    impl RecordSink for Sink {
        fn event(&mut self, _: &RawEvent<'_>) {}
        fn line(&mut self, _: &RawLine<'_>) {}
        fn snapshot(&mut self, snapshot: VmSnapshot) {
            self.snapshots.push(snapshot);
        }
        fn object(&mut self, object: ExportedObject) {
            self.objects.push(object);
        }
        fn trouble(&mut self, code: DiagnosticCode, at: Locator, _: bool, _: String) {
            self.troubles.push((code, at));
        }
    }

    fn clixml(objects: &str) -> (Sink, ClixmlSummary) {
        clixml_bytes(
            format!(
                "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">{objects}</Objs>"
            )
            .as_bytes(),
        )
    }

    fn clixml_bytes(bytes: &[u8]) -> (Sink, ClixmlSummary) {
        let mut sink = Sink::default();
        let source = SourceRef::new(Arc::from("vm.xml"), Locator::Whole);
        let taken = Moment::parse("2024-05-14T10:05:00Z").unwrap();
        let node = NodeName::new("HV09");
        let summary = read_clixml(&mut &bytes[..], taken, node, source, &mut sink).unwrap();
        assert_eq!(summary.snapshots, sink.snapshots.len() as u64);
        assert!(sink.snapshots.iter().all(|s| s.taken == taken));
        assert_eq!(summary.exported, sink.objects.len() as u64);
        assert!(sink.objects.iter().all(|o| o.taken == taken));
        (sink, summary)
    }

    const ID: &str = "5d9e9825-1973-4b27-9af1-ba77940a4066";

    fn vlan(n: &str, mode: &str, vlan: u32) -> String {
        format!(
            "<Obj{n} RefId=\"9{vlan}\"><TN RefId=\"7\"><T>Deserialized.Microsoft.HyperV.PowerShell.VMNetworkAdapterVlanSetting</T></TN>\
             <ToString>x</ToString><Props><Obj N=\"OperationMode\" RefId=\"8{vlan}\"><TN RefId=\"8\"><T>Mode</T></TN><ToString>{mode}</ToString><I32>2</I32></Obj>\
             <I32 N=\"AccessVlanId\">{vlan}</I32><Ref N=\"ParentAdapter\" RefId=\"1\" /></Props></Obj>"
        )
    }

    fn adapter(extra: &str) -> String {
        format!(
            "<Obj RefId=\"1\"><TN RefId=\"0\"><T>Deserialized.Microsoft.HyperV.PowerShell.VMNetworkAdapter</T><T>Deserialized.System.Object</T></TN>\
             <Props><S N=\"Name\">Network &amp; Adapter</S><S N=\"Id\">Microsoft:{ID}</S><S N=\"VMName\">web_x0030_1</S><G N=\"VMId\">{ID}</G>\
             <S N=\"SwitchName\">LAN</S><S N=\"MacAddress\">00-15-5d-01-02-0a</S><S N=\"ComputerName\">HV01.corp.example</S>{extra}</Props></Obj>"
        )
    }

    #[test]
    fn an_adapter_with_a_nested_vlan_setting_is_one_snapshot() {
        for (mode, id, expected) in [
            ("Access", 100, Some(100)),
            ("Untagged", 0, Some(0)),
            ("Trunk", 0, None),
        ] {
            let text = adapter(&vlan(" N=\"VlanSetting\"", mode, id));
            let (sink, summary) = clixml(&text);
            let [snapshot] = <[VmSnapshot; 1]>::try_from(sink.snapshots).unwrap();
            assert_eq!(snapshot.vm, VmName::new("web01").unwrap());
            assert_eq!(snapshot.vm_id, VmId::parse(ID));
            assert_eq!(snapshot.node, NodeName::new("hv01"));
            assert_eq!(snapshot.source.at, Locator::Entry(1));
            assert_eq!(
                snapshot.adapters,
                [AdapterSetting {
                    name: "Network & Adapter".into(),
                    id: Some(format!("Microsoft:{ID}")),
                    switch: Some("LAN".into()),
                    vlan: expected,
                    mac: Some("00155D01020A".into()),
                }]
            );
            assert_eq!(
                (summary.objects, summary.adapters, summary.others.len()),
                (1, 1, 0)
            );
        }
    }

    #[test]
    fn a_vlan_export_finds_its_adapter_by_reference_or_by_name() {
        // Adapter first, its setting as a second top object that refers to it.
        let (sink, summary) = clixml(&(adapter("") + &vlan("", "Access", 42)));
        assert_eq!(sink.snapshots[0].adapters[0].vlan, Some(42));
        assert_eq!((summary.objects, summary.adapters), (2, 1));
        // A selection of properties without types.
        let (sink, _) = clixml(
            "<Obj RefId=\"0\"><MS><S N=\"VMName\">db</S><S N=\"VMNetworkAdapterName\">n1</S><S N=\"OperationMode\">Access</S><I32 N=\"AccessVlanId\">7</I32></MS></Obj>\
             <Obj RefId=\"1\"><MS><S N=\"VMName\">db</S><S N=\"VMNetworkAdapterName\">n2</S><S N=\"OperationMode\">Untagged</S><I32 N=\"AccessVlanId\">0</I32></MS></Obj>",
        );
        let vlans: Vec<_> = sink.snapshots[0]
            .adapters
            .iter()
            .map(|a| (&*a.name, a.vlan))
            .collect();
        assert_eq!(vlans, [("n1", Some(7)), ("n2", Some(0))]);
        assert_eq!(sink.snapshots[0].node, NodeName::new("HV09"));
    }

    #[test]
    fn two_adapters_of_one_name_stay_two_and_vms_apart() {
        let one = |vm: &str, mac: u32| {
            format!(
                "<Obj RefId=\"{mac}\"><TN RefId=\"0\"><T>X.VMNetworkAdapter</T></TN><Props><S N=\"Name\">NIC</S><S N=\"VMName\">{vm}</S><S N=\"MacAddress\">{mac:012}</S><Nil N=\"SwitchName\" /></Props></Obj>"
            )
        };
        let (sink, summary) = clixml(&[one("a", 1), one("b", 2), one("a", 3)].concat());
        let counts: Vec<_> = sink
            .snapshots
            .iter()
            .map(|s| (s.vm.as_str(), s.adapters.len()))
            .collect();
        assert_eq!(counts, [("a", 2), ("b", 1)]);
        assert_eq!(summary.adapters, 3);
    }

    #[test]
    fn other_objects_are_counted_by_type_and_a_host_adapter_is_no_vms() {
        let (sink, summary) = clixml(
            "<Obj RefId=\"0\"><TN RefId=\"0\"><T>Deserialized.Microsoft.X.Thing</T></TN></Obj>\
             <Obj RefId=\"1\"><TNRef RefId=\"0\" /></Obj>\
             <Obj RefId=\"2\"><TN RefId=\"1\"><T>Y.VMNetworkAdapter</T></TN><Props><S N=\"Name\">Host</S><S N=\"VMName\"></S></Props></Obj><S>text</S>",
        );
        assert!(sink.snapshots.is_empty() && sink.troubles.is_empty());
        let others: Vec<_> = summary.others.into_iter().collect();
        assert_eq!(others, [("Microsoft.X.Thing".into(), 2),]);
    }

    /// Class, node, place and properties of each object.
    fn told(sink: &Sink) -> Vec<String> {
        let one = |o: &ExportedObject| {
            let node = o.node.as_ref().map_or("-", |n| n.as_str());
            let properties: Vec<String> = o
                .properties
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let at = o.source.line().unwrap_or(0);
            format!("{at} {} {node} {}", o.class, properties.join("; "))
        };
        sink.objects.iter().map(one).collect()
    }

    #[test]
    fn objects_of_known_classes_keep_their_simple_values() {
        let cim = "Microsoft.Management.Infrastructure.CimInstance";
        let (sink, summary) = clixml(&format!(
            "<Obj RefId=\"0\"><TN RefId=\"0\"><T>{cim}#ROOT/StandardCimv2/MSFT_NetAdapter</T><T>{cim}</T><T>System.Object</T></TN>\
             <ToString>MSFT_NetAdapter</ToString><Props><S N=\"Name\">pNIC1</S><Nil N=\"Caption\" /><B N=\"Virtual\">false</B><U64 N=\"Speed\">10000000000</U64>\
             <Obj N=\"LowerLayerInterfaceIndices\" RefId=\"1\"><TN RefId=\"1\"><T>System.UInt32[]</T></TN><LST><U32>3</U32><U32>4</U32></LST></Obj>\
             <Obj N=\"CimClass\" RefId=\"2\"><TNRef RefId=\"0\" /><ToString>x</ToString></Obj>\
             <S N=\"DriverProvider\">Broadcom_x000A_Inc</S></Props><MS><S N=\"Status\">Up</S><S N=\"PSComputerName\">HV02.corp.example</S></MS></Obj>\
             <Obj RefId=\"3\"><TNRef RefId=\"0\" /><Props><S N=\"Name\">pNIC2</S></Props></Obj>"
        ));
        assert_eq!(
            told(&sink),
            [
                "1 NetAdapter HV02 DriverProvider=Broadcom\nInc; LowerLayerInterfaceIndices=3, 4; Name=pNIC1; Speed=10000000000; Status=Up; Virtual=False",
                "2 NetAdapter HV09 Name=pNIC2",
            ]
        );
        assert_eq!((summary.objects, summary.others.len()), (2, 0));
    }

    #[test]
    fn objects_of_the_cluster_are_of_no_node_or_of_the_one_they_name() {
        let of = |kind: &str, props: &str| {
            format!(
                "<Obj RefId=\"{kind}\"><TN RefId=\"t{kind}\"><T>Deserialized.Microsoft.FailoverClusters.PowerShell.{kind}</T></TN><ToString>{kind}</ToString><Props>{props}</Props></Obj>"
            )
        };
        let owner = |n: &str| {
            format!(
                "<Obj N=\"{n}\" RefId=\"o\"><TN RefId=\"to\"><T>Microsoft.FailoverClusters.PowerShell.ClusterNode</T></TN><ToString>HV02</ToString><Props><S N=\"Name\">HV02</S></Props></Obj>"
            )
        };
        let text = [
            of("Cluster", "<S N=\"Name\">CL01</S>"),
            of(
                "ClusterNode",
                "<S N=\"Name\">HV02</S><I32 N=\"BuildNumber\">14393</I32>",
            ),
            of(
                "ClusterGroup",
                &format!(
                    "<S N=\"Name\">web01</S>{}<Ref N=\"Node\" RefId=\"o\" /><Ref N=\"Cluster\" RefId=\"Cluster\" />",
                    owner("OwnerNode")
                ),
            ),
            // A list in the file, as Export-Clixml -InputObject writes it.
            format!(
                "<Obj RefId=\"l\"><TN RefId=\"tl\"><T>System.Object[]</T></TN><LST>{}</LST></Obj>",
                of(
                    "ClusterNetworkInterface",
                    "<S N=\"Node\">HV01</S><S N=\"Name\">if1</S>"
                )
            ),
        ];
        let (sink, summary) = clixml(&text.concat());
        assert_eq!(
            told(&sink),
            [
                "1 Cluster - Name=CL01",
                "2 ClusterNode HV02 BuildNumber=14393; Name=HV02",
                "3 ClusterGroup - Cluster=Cluster; Name=web01; Node=HV02; OwnerNode=HV02",
                "4 ClusterNetworkInterface HV01 Name=if1; Node=HV01",
            ]
        );
        assert_eq!((summary.objects, summary.others.len()), (4, 0));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let many: String = (0..500)
            .map(|n| format!("<S N=\"P{n}\">{}</S>", "あ".repeat(1200)))
            .collect();
        let (sink, _) = clixml(&format!(
            "<Obj RefId=\"0\"><TN RefId=\"0\"><T>X.VMSwitch</T></TN><Props>{many}</Props></Obj>"
        ));
        let properties = &sink.objects[0].properties;
        assert_eq!(properties.len(), MOST_PROPERTIES);
        assert!(
            properties
                .values()
                .all(|v| v.chars().count() == LONGEST_VALUE + 1)
        );
    }

    #[test]
    fn a_broken_file_gives_what_came_before() {
        let text = format!("<Objs>{}<Obj RefId=\"5\"><Props></Objs>", adapter(""));
        let wide: Vec<u8> = std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [text.as_bytes(), &wide] {
            let (sink, summary) = clixml_bytes(bytes);
            assert_eq!((sink.snapshots.len(), summary.broken), (1, true));
            assert_eq!(sink.troubles, [(DiagnosticCode::Syntax, Locator::Entry(2))]);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            parts in prop::collection::vec(prop_oneof![
                Just(adapter("")), Just(vlan("", "Access", 3)), Just("<Obj>".to_owned()), Just("</Obj>".to_owned()),
                Just("<Ref N=\"ParentAdapter\" RefId=\"93\"/>".to_owned()), Just("<Props>".to_owned()),
                Just("<TNRef RefId=\"0\"/>".to_owned()), "\\PC{0,20}", "[<>/&;_x0-9\"]{0,12}",
            ], 0..10),
            at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut bytes = parts.concat().into_bytes();
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = clixml_bytes(&bytes);
        }
    }
}
