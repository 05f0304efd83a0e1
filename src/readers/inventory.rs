//! Facts beside events: settings of VMs from PowerShell exports (clixml),
//! `systeminfo`, and reports by their file names.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};
use std::sync::LazyLock;

use jiff::civil::DateTime;
use quick_xml::events::{BytesStart, Event as Xml};
use regex::Regex;

use super::error::ReadError;
use super::raw::RecordSink;
use super::rendered::decode_into;
use super::stamp::month_and_day;
use super::text::{Lines, Utf8Reader};
use crate::model::diagnostic::DiagnosticCode;
use crate::model::id::{NodeName, VmId, VmName};
use crate::model::inventory::{AdapterSetting, VmSnapshot};
use crate::model::source::{Locator, SourceRef};
use crate::model::time::Moment;

/// A report of the folder `Cluster\Reports`, by its file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterReport {
    /// What was done, as the name says it (`Update-ClusterVirtualMachineConfiguration`,
    /// `Validation Report`).
    pub title: String,
    /// The VM whose configuration was refreshed.
    pub vm: Option<VmName>,
    /// When, on the clock of the machine that made it.
    pub local: Option<DateTime>,
}

impl ClusterReport {
    /// Whether it is the trace of a refresh of a VM's configuration.
    #[must_use]
    pub fn is_refresh(&self) -> bool {
        self.vm.is_some()
    }
}

static REPORT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) ^ (?<title> .+? ) \s+ (?: on \s+ )?
          (?<date> \d{1,4} [.\-_/] \d{1,2} [.\-_/] \d{1,4} )
          [\s_]+ (?: at [\s_]+ )?
          (?<hour> \d{1,2} ) [.\-_:h] (?<minute> \d{2} ) (?: [.\-_:m] (?<second> \d{2} ) s? )?
          (?: [\s_]* (?<half> [ap] ) \.? m \.? )? $",
    )
    .ok()
});

/// Reads the file name of a report; `None` for a name that is no report's.
///
/// Known names are `Update-ClusterVirtualMachineConfiguration '<vm>' on <date> at
/// <time>` and `Validation Report <date> At <time>`, with `.htm`, `.html`, `.mht`
/// or `.xml`; which separators a system puts into date and time is not relied on.
/// A date that could be read two ways gives no time.
#[must_use]
pub fn cluster_report(path: &str) -> Option<ClusterReport> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.')?;
    if !["mht", "mhtml", "htm", "html", "xml"]
        .iter()
        .any(|e| extension.eq_ignore_ascii_case(e))
    {
        return None;
    }
    let captures = REPORT.as_ref()?.captures(stem)?;
    let title = captures.name("title")?.as_str().trim();
    let local = local_time(&captures);
    let lower = title.to_ascii_lowercase();
    let command = "update-clustervirtualmachineconfiguration";
    if let Some(at) = lower.find(command) {
        let rest = title.get(at + command.len()..)?.trim();
        return Some(ClusterReport {
            title: title.get(at..at + command.len())?.to_owned(),
            vm: VmName::new(unquoted(rest)),
            local,
        });
    }
    // Other reports only where the name leaves no doubt; files with a date in
    // their name are many.
    (lower.contains("validation report") || lower.starts_with("validate")).then(|| ClusterReport {
        title: title.to_owned(),
        vm: None,
        local,
    })
}

fn unquoted(text: &str) -> &str {
    let quotes = ['\'', '"', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}'];
    let inner = text.strip_prefix(quotes).unwrap_or(text);
    inner.strip_suffix(quotes).unwrap_or(inner)
}

fn local_time(captures: &regex::Captures<'_>) -> Option<DateTime> {
    let number = |name: &str| {
        captures
            .name(name)
            .and_then(|m| m.as_str().parse::<i8>().ok())
    };
    let mut hour = number("hour")?;
    if let Some(half) = captures.name("half") {
        let afternoon = half.as_str().eq_ignore_ascii_case("p");
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let parts: Vec<&str> = captures
        .name("date")?
        .as_str()
        .split(['.', '-', '_', '/'])
        .collect();
    let [a, b, c] = <[&str; 3]>::try_from(parts).ok()?;
    let small = |text: &str| text.parse::<i8>().ok();
    let (year, month, day) = if a.len() == 4 {
        (a.parse().ok()?, small(b)?, small(c)?)
    } else if c.len() == 4 {
        let (month, day) = month_and_day(small(a)?, small(b)?)?;
        (c.parse().ok()?, month, day)
    } else {
        return None;
    };
    DateTime::new(
        year,
        month,
        day,
        hour,
        number("minute")?,
        number("second").unwrap_or(0),
        0,
    )
    .ok()
}

/// Whether a member lies in a copy of `Cluster\Reports`: `ClusterReports/` (SDDC),
/// `Cluster/Reports/`, `<NODE>/Reports/` (TSS), or an archive named
/// `<NODE>_ClusterReport….zip` (psSDP).
#[must_use]
pub fn is_in_reports_folder(path: &str) -> bool {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').collect();
    let Some((_, folders)) = parts.split_last() else {
        return false;
    };
    folders.iter().enumerate().any(|(at, folder)| {
        *folder == "clusterreports"
            || (*folder == "reports" && at > 0)
            || (folder.contains("_clusterreport") && folder.ends_with(".zip!"))
    })
}

/// What `systeminfo` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemInfo {
    /// The machine.
    pub host: Option<NodeName>,
    /// Operating system as named there.
    pub os: Option<String>,
    /// Build number (7601, 14393, …).
    pub build: Option<u32>,
    /// Updates (`KB2545685`), sorted, each once.
    pub updates: Vec<String>,
}

static BUILD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^0-9.])(?:10|6)\.[0-4]\.([0-9]{4,5})(?:[^0-9]|$)").ok());
static UPDATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bKB([0-9]{6,8})\b").ok());

/// Reads the output of `systeminfo`.
///
/// English and Japanese labels are known; in another language the first three
/// lines with a value are taken, since their order is the same everywhere: host,
/// operating system, version.
///
/// # Errors
///
/// When the input cannot be read.
pub fn read_systeminfo(input: &mut dyn Read) -> Result<SystemInfo, ReadError> {
    let fail = |line: u64| {
        move |source| ReadError::Read {
            at: if line == 0 {
                Locator::Whole
            } else {
                Locator::Line(line)
            },
            source,
        }
    };
    let mut lines = Lines::new(input).map_err(fail(0))?;
    let mut info = SystemInfo::default();
    let mut updates = BTreeSet::new();
    let mut pairs: Vec<(String, String)> = Vec::new();
    loop {
        let behind = lines.number();
        let Some(line) = lines.next_line().map_err(fail(behind))? else {
            break;
        };
        if let Some(update) = UPDATE.as_ref() {
            updates.extend(
                update
                    .captures_iter(line.text)
                    .map(|c| format!("KB{}", &c[1])),
            );
        }
        // Only the head matters: what follows is about hardware and updates.
        if pairs.len() < 12
            && let Some((label, value)) = line.text.split_once([':', '：'])
            && !value.trim().is_empty()
        {
            pairs.push((label.trim().to_owned(), value.trim().to_owned()));
        }
    }
    let labeled = |names: &[&str]| {
        pairs
            .iter()
            .find(|(label, _)| names.iter().any(|n| label.eq_ignore_ascii_case(n)))
            .map(|(_, value)| value.as_str())
    };
    let known =
        labeled(&["Host Name", "ホスト名"]).is_some() || labeled(&["OS Name", "OS 名"]).is_some();
    let by_place = |at: usize| {
        pairs
            .get(at)
            .filter(|_| !known)
            .map(|(_, value)| value.as_str())
    };
    info.host = labeled(&["Host Name", "ホスト名"])
        .or_else(|| by_place(0))
        .and_then(NodeName::new);
    info.os = labeled(&["OS Name", "OS 名"])
        .or_else(|| by_place(1))
        .map(str::to_owned);
    info.build = labeled(&["OS Version", "OS バージョン"])
        .or_else(|| by_place(2))
        .and_then(|version| {
            let found = BUILD.as_ref()?.captures(version)?;
            found[1].parse().ok()
        });
    info.updates = updates.into_iter().collect();
    Ok(info)
}

/// What became of the objects of a clixml file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClixmlSummary {
    /// Objects at the top of the file.
    pub objects: u64,
    /// Network adapters of VMs that were read, each once.
    pub adapters: u64,
    /// Snapshots handed to the sink, one per VM.
    pub snapshots: u64,
    /// Top objects from which nothing was read, by type name.
    pub others: BTreeMap<String, u64>,
    /// The file ended in the middle of something or is not well-formed.
    pub broken: bool,
}

/// Deepest nesting that is read; PowerShell writes two levels unless told otherwise.
const MAX_DEPTH: usize = 256;
/// Objects that are remembered for references to them.
const MAX_OBJECTS: usize = 2_000_000;

/// Reads a PowerShell export (`Export-Clixml`) and hands the settings of VMs in it
/// to `sink`, one snapshot per VM, in the order of the file.
///
/// Read are `Get-VMNetworkAdapter` (with its nested `VlanSetting`) and
/// `Get-VMNetworkAdapterVlan`, also selections of their properties. `taken` is when
/// the export was made, `node` where (a `ComputerName` in the file goes first),
/// `source` the member. Other objects are counted by their type.
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
    for top in &parser.tops {
        let used = machines.used.range(top.clone()).next().is_some();
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
}

impl Object {
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

    fn is(&self, class: &str) -> bool {
        self.types.iter().any(|t| {
            t.rsplit('.')
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case(class))
        })
    }
}

#[derive(Debug)]
enum Frame {
    Object {
        at: usize,
        property: Option<&'static str>,
    },
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

#[derive(Clone, Copy, Debug)]
enum TextOf {
    Type,
    Shown,
    Property(&'static str),
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
        let property = attribute(tag, "N").map(|name| unescaped(&name).to_ascii_lowercase());
        let of = |names: &[&'static str]| {
            let property = property.as_deref()?;
            names.iter().find(|n| **n == property).copied()
        };
        let name = tag.local_name();
        Ok(match name.as_ref() {
            "Objs" | "LST" | "IE" | "STK" | "QUE" | "DCT" | "En" => Frame::Other,
            "Obj" => {
                if self.objects.len() >= MAX_OBJECTS {
                    return Err(format!("more than {MAX_OBJECTS} objects"));
                }
                let at = self.objects.len();
                let is_top = self.innermost().is_none();
                if is_top {
                    self.tops.push(at..at);
                }
                self.objects.push(Object {
                    entry: self.tops.len() as u64,
                    ..Object::default()
                });
                if let Some(top) = self.tops.last_mut() {
                    top.end = at + 1;
                }
                if let Some(id) = attribute(tag, "RefId") {
                    self.ids.insert(id, at);
                }
                self.link(of(&LINKS), at);
                let property = self.owner().and(of(&KEPT));
                Frame::Object { at, property }
            }
            "Ref" => {
                let target = attribute(tag, "RefId").and_then(|id| self.ids.get(&id).copied());
                if let Some(target) = target {
                    self.link(of(&LINKS), target);
                }
                Frame::Other
            }
            "Props" | "MS" => Frame::Properties,
            "TN" => Frame::Types(attribute(tag, "RefId")),
            "TNRef" => {
                let types = attribute(tag, "RefId").and_then(|id| self.types.get(&id).cloned());
                if let (Some(types), Some(at)) = (types, self.innermost()) {
                    self.objects[at].types = types;
                }
                Frame::Other
            }
            "T" => text_of(TextOf::Type),
            "ToString" => text_of(TextOf::Shown),
            _ => match self.owner().and(of(&KEPT)) {
                Some(property) => text_of(TextOf::Property(property)),
                None => Frame::Other,
            },
        })
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
                // An enumeration: its text is its value.
                let shown = self.objects[at].shown.clone();
                if let Some(owner) = self.owner() {
                    self.objects[owner].values.push((property, shown));
                }
            }
            Frame::Types(Some(id)) => {
                if let Some(at) = self.innermost() {
                    self.types.insert(id, self.objects[at].types.clone());
                }
            }
            Frame::Text { what, text } => {
                let text = unescaped(&text);
                let Some(at) = self.innermost() else { return };
                let object = &mut self.objects[at];
                match what {
                    TextOf::Type => object.types.push(text),
                    TextOf::Shown => object.shown = text,
                    TextOf::Property(property) => object.values.push((property, text)),
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
        let host = [named, object].into_iter().find_map(|o| {
            let host = o
                .value("computername")
                .or_else(|| o.value("pscomputername"))?;
            (!host.is_empty() && host != "." && !host.eq_ignore_ascii_case("localhost"))
                .then(|| host.to_owned())
        });
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

fn mac_of(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(char::is_ascii_hexdigit)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (digits.len() == 12).then_some(digits)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::raw::{RawEvent, RawLine};
    use super::*;

    #[derive(Default)]
    struct Sink {
        snapshots: Vec<VmSnapshot>,
        troubles: Vec<(DiagnosticCode, Locator)>,
    }

    impl RecordSink for Sink {
        fn event(&mut self, _: &RawEvent<'_>) {}
        fn line(&mut self, _: &RawLine<'_>) {}
        fn snapshot(&mut self, snapshot: VmSnapshot) {
            self.snapshots.push(snapshot);
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
            "<Obj RefId=\"0\"><TN RefId=\"0\"><T>Deserialized.Microsoft.X.Volume</T></TN></Obj>\
             <Obj RefId=\"1\"><TNRef RefId=\"0\" /></Obj>\
             <Obj RefId=\"2\"><TN RefId=\"1\"><T>Y.VMNetworkAdapter</T></TN><Props><S N=\"Name\">Host</S><S N=\"VMName\"></S></Props></Obj><S>text</S>",
        );
        assert!(sink.snapshots.is_empty() && sink.troubles.is_empty());
        let others: Vec<_> = summary.others.into_iter().collect();
        assert_eq!(
            others,
            [
                ("Microsoft.X.Volume".into(), 2),
                ("Y.VMNetworkAdapter".into(), 1)
            ]
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

    #[test]
    fn systeminfo_is_read_in_english_japanese_and_by_place() {
        let english = "\r\nHost Name:                 HV01\r\nOS Name:                   Microsoft Windows Server 2016 Datacenter\r\n\
            OS Version:                10.0.14393 N/A Build 14393\r\nBIOS Version:  X 6.3.9600 y\r\n\
            Hotfix(s):                 2 Hotfix(s) Installed.\r\n   [01]: KB4049065\r\n   [02]: KB3199986\r\n [03]: KB3199986\r\n";
        let japanese = "ホスト名:             HV01\r\nOS 名:                Microsoft Windows Server 2016 Datacenter\r\n\
            OS バージョン:        10.0.14393 N/A ビルド 14393\r\nホットフィックス: [01]: KB4049065\r\n [02]: KB3199986\r\n";
        let german = "Hostname:     HV01\r\nBetriebssystemname:   Microsoft Windows Server 2016 Datacenter\r\n\
            Betriebssystemversion:    10.0.14393 Nicht zutreffend Build 14393\r\n KB4049065 KB3199986\r\n";
        let (sjis, ..) = encoding_rs::SHIFT_JIS.encode(japanese);
        for bytes in [
            english.as_bytes(),
            japanese.as_bytes(),
            &sjis,
            german.as_bytes(),
        ] {
            assert_eq!(
                read_systeminfo(&mut &bytes[..]).unwrap(),
                SystemInfo {
                    host: NodeName::new("hv01"),
                    os: Some("Microsoft Windows Server 2016 Datacenter".into()),
                    build: Some(14393),
                    updates: vec!["KB3199986".into(), "KB4049065".into()],
                }
            );
        }
        let r2 = "Host Name: N\nOS Version: 6.1.7601 Service Pack 1 Build 7601\n";
        assert_eq!(
            read_systeminfo(&mut r2.as_bytes()).unwrap().build,
            Some(7601)
        );
    }

    #[test]
    fn refresh_reports_name_vm_and_time_whatever_the_separators() {
        let expected = Some(jiff::civil::date(2012, 6, 21).at(14, 5, 12, 0));
        for name in [
            "b/Reports/Update-ClusterVirtualMachineConfiguration 'web 01' on 2012.06.21 At 14.05.12.htm",
            "Update-ClusterVirtualMachineConfiguration 'web 01' on 2012-06-21 at 14-05-12.mht",
            "UPDATE-ClusterVirtualMachineConfiguration \"web 01\" On 6_21_2012 at 2_05_12 PM.HTML",
            "Update-ClusterVirtualMachineConfiguration web 01 on 21.06.2012 AT 2.05.12 pm.xml",
        ] {
            let report = cluster_report(name).unwrap();
            assert!(report.is_refresh(), "{name}");
            assert_eq!(
                (report.vm, report.local),
                (VmName::new("web 01"), expected),
                "{name}"
            );
        }
        let twice = cluster_report(
            "Update-ClusterVirtualMachineConfiguration 'on 1' on 5.6.2012 at 14.05.12.htm",
        )
        .unwrap();
        assert_eq!((twice.vm, twice.local), (VmName::new("on 1"), None));
        let other = cluster_report("Validation Report 2012.06.21 At 14.05.12.mht").unwrap();
        assert_eq!((other.is_refresh(), other.local), (false, expected));
        for name in [
            "report.htm",
            "Notes on 2012.06.21 at 14.05.12.htm",
            "Validation Report 2012.06.21 At 14.05.12.txt",
        ] {
            assert_eq!(cluster_report(name), None, "{name}");
        }
    }

    #[test]
    fn reports_folders_are_known_in_every_layout() {
        for path in [
            "b.zip!/Node_HV01/ClusterReports/x.htm",
            "b/Windows/Cluster/Reports/x.htm",
            "b/HV01\\Reports\\x.mht",
            "b/HV01_ClusterReportMHT.zip!/x.mht",
        ] {
            assert!(is_in_reports_folder(path), "{path}");
        }
        for path in [
            "b/reports.htm",
            "Reports/x.htm",
            "b/HV01_ClusterReportMHT.zip",
            "b/x/y.htm",
        ] {
            assert!(!is_in_reports_folder(path), "{path}");
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
            let _ = read_systeminfo(&mut &bytes[..]);
            let _ = cluster_report(&String::from_utf8_lossy(&bytes));
        }
    }
}
