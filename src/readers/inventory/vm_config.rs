//! Configurations of VMs as files: `<GUID>.xml`, in which Hyper-V kept them until 2012 R2.
//!
//! No description of the format is published. What is read is what public scripts that
//! make VMs from such files rely on: `properties/name` and `subtype`, `settings/memory/bank`
//! (`size`, `limit`, `reservation` in MB, `dynamic_memory_enabled`), `settings/processors/count`,
//! and per device `_<GUID>_` with a `MacAddress` its `FriendlyName` and the name of its switch
//! in `AltSwitchName`, of itself or of its `Connection`. All else is passed over; where a port's
//! VLAN stands is not known. The VM's id is the name of the file.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::Arc;

use quick_xml::events::Event as Xml;

use super::super::error::ReadError;
use super::super::raw::RecordSink;
use super::super::rendered::decode_into;
use super::super::text::Utf8Reader;
use super::mac_of;
use crate::model::diagnostic::DiagnosticCode;
use crate::model::id::{VmId, VmName};
use crate::model::inventory::{AdapterSetting, ExportedObject, VmSnapshot};
use crate::model::source::{Locator, SourceRef};
use crate::model::time::Moment;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// The most devices of one VM.
const MAX_DEVICES: usize = 4096;

/// Whether XML whose first element is `configuration` is a VM's: its values have types.
#[must_use]
pub fn is_vm_configuration(text: &str) -> bool {
    ["string", "integer", "bool"]
        .iter()
        .any(|ty| text.contains(&format!("type=\"{ty}\"")))
}

/// Reads a VM's configuration and hands its settings to `sink`: a snapshot of its NICs,
/// and an object `VM` with properties named as PowerShell names them. `false`: it is no
/// VM's, or that of a checkpoint, which shows what was in force once.
///
/// Neither is of a node: such files lie on storage that the nodes share. `taken` is when
/// the file was collected.
///
/// # Errors
///
/// When the input cannot be read.
pub fn read_vm_configuration(
    input: &mut dyn Read,
    taken: Moment,
    source: &SourceRef,
    sink: &mut dyn RecordSink,
) -> Result<bool, ReadError> {
    if is_of_a_checkpoint(&source.member) {
        return Ok(false);
    }
    let fail = |source| ReadError::Read {
        at: Locator::Whole,
        source,
    };
    let text = Utf8Reader::new(input).map_err(fail)?;
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(text));
    let mut buffer = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    let mut found = Found::default();
    let broken = loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Xml::Eof) if path.is_empty() => break None,
            Ok(Xml::Eof) => break Some("the file ends inside of an element".to_owned()),
            Ok(Xml::Start(tag)) => {
                if path.len() >= MAX_DEPTH {
                    break Some(format!("more than {MAX_DEPTH} nested elements"));
                }
                path.push(tag.local_name().as_ref().to_owned());
                value.clear();
            }
            Ok(Xml::End(_)) => {
                found.take(&path, value.trim());
                value.clear();
                path.pop();
            }
            Ok(Xml::Text(part)) => value.push_str(&part),
            Ok(Xml::CData(part)) => value.push_str(&part),
            Ok(Xml::GeneralRef(part)) => decode_into(&format!("&{};", &*part), &mut value),
            Ok(_) => {}
            Err(quick_xml::Error::Io(e)) => {
                return Err(fail(std::io::Error::new(e.kind(), e.to_string())));
            }
            Err(e) => break Some(format!("not well-formed: {e}")),
        }
    };
    if let Some(message) = broken {
        sink.trouble(DiagnosticCode::Syntax, Locator::Whole, true, message);
    }
    let Some(name) = found.name.take() else {
        return Ok(false);
    };
    let id = id_of(&source.member);
    let mut properties: BTreeMap<Arc<str>, Arc<str>> = found.properties();
    properties.insert("Name".into(), name.as_str().into());
    if let Some(id) = id {
        properties.insert("Id".into(), id.to_string().into());
    }
    sink.object(ExportedObject {
        taken,
        node: None,
        class: "VM".into(),
        properties,
        source: source.clone(),
    });
    sink.snapshot(VmSnapshot {
        taken,
        node: None,
        vm: name,
        vm_id: id,
        adapters: found.adapters(),
        source: source.clone(),
    });
    Ok(true)
}

fn is_of_a_checkpoint(member: &str) -> bool {
    let mut folders = member.rsplit(['/', '\\']).skip(1);
    folders.any(|folder| folder.eq_ignore_ascii_case("Snapshots"))
}

fn id_of(member: &str) -> Option<VmId> {
    let name = member.rsplit(['/', '\\']).next()?;
    VmId::parse(name.split('.').next()?)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    name: Option<VmName>,
    /// Settings by the path below `configuration`.
    values: BTreeMap<&'static str, String>,
    /// Devices in the order of the file: id, and values by name.
    devices: Vec<(String, BTreeMap<&'static str, String>)>,
}

const SETTINGS: [&str; 6] = [
    "properties/subtype",
    "settings/memory/bank/size",
    "settings/memory/bank/limit",
    "settings/memory/bank/reservation",
    "settings/memory/bank/dynamic_memory_enabled",
    "settings/processors/count",
];
const OF_A_DEVICE: [&str; 4] = [
    "FriendlyName",
    "MacAddress",
    "AltSwitchName",
    "Connection/AltSwitchName",
];

impl Found {
    /// An element that ends here, with its text.
    fn take(&mut self, path: &[String], value: &str) {
        let [root, first, rest @ ..] = path else {
            return;
        };
        if root != "configuration" || value.is_empty() {
            return;
        }
        if let Some(device) = first.strip_prefix('_').and_then(|d| d.strip_suffix('_')) {
            let below = rest.join("/");
            let Some(name) = OF_A_DEVICE.iter().find(|n| **n == below) else {
                return;
            };
            let at = self.devices.iter().position(|(id, _)| id == device);
            let at = match at {
                Some(at) => at,
                None if self.devices.len() < MAX_DEVICES => {
                    self.devices.push((device.to_owned(), BTreeMap::new()));
                    self.devices.len() - 1
                }
                None => return,
            };
            self.devices[at].1.insert(name, value.to_owned());
            return;
        }
        let below = path[1..].join("/");
        if below == "properties/name" {
            self.name = VmName::new(value);
        } else if let Some(name) = SETTINGS.iter().find(|n| **n == below) {
            self.values.insert(name, value.to_owned());
        }
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.values.get(name)?.parse().ok()
    }

    /// The settings under PowerShell's names and in its units.
    fn properties(&self) -> BTreeMap<Arc<str>, Arc<str>> {
        let bytes = |name: &str| self.number(name)?.checked_mul(1 << 20);
        let dynamic = self
            .values
            .get("settings/memory/bank/dynamic_memory_enabled")
            .map(|v| v.eq_ignore_ascii_case("true"));
        // Limits have no meaning for memory that is fixed.
        let limit = |name: &str| bytes(name).filter(|_| dynamic == Some(true));
        let numbers = [
            ("MemoryStartup", bytes("settings/memory/bank/size")),
            ("MemoryMaximum", limit("settings/memory/bank/limit")),
            ("MemoryMinimum", limit("settings/memory/bank/reservation")),
            ("ProcessorCount", self.number("settings/processors/count")),
            (
                "Generation",
                self.number("properties/subtype")
                    .and_then(|n| n.checked_add(1)),
            ),
        ];
        let mut all: BTreeMap<Arc<str>, Arc<str>> = numbers
            .into_iter()
            .filter_map(|(name, number)| Some((name.into(), number?.to_string().into())))
            .collect();
        if let Some(dynamic) = dynamic {
            let shown = if dynamic { "True" } else { "False" };
            all.insert("DynamicMemoryEnabled".into(), shown.into());
        }
        all
    }

    fn adapters(&self) -> Vec<AdapterSetting> {
        let nics = self
            .devices
            .iter()
            .filter(|(_, v)| v.contains_key("MacAddress"));
        nics.map(|(id, values)| AdapterSetting {
            name: values.get("FriendlyName").cloned().unwrap_or_default(),
            id: Some(id.to_uppercase()),
            switch: values
                .get("Connection/AltSwitchName")
                .or_else(|| values.get("AltSwitchName"))
                .cloned(),
            vlan: None,
            mac: values.get("MacAddress").and_then(|mac| mac_of(mac)),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::raw::{RawEvent, RawLine};
    use super::*;

    #[derive(Default)]
    struct Sink {
        snapshots: Vec<VmSnapshot>,
        objects: Vec<ExportedObject>,
        troubles: Vec<DiagnosticCode>,
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
        fn trouble(&mut self, code: DiagnosticCode, _: Locator, _: bool, _: String) {
            self.troubles.push(code);
        }
    }

    const ID: &str = "5D9E9825-1973-4B27-9AF1-BA77940A4066";

    fn read_at(path: &str, bytes: &[u8]) -> (Sink, bool) {
        let mut sink = Sink::default();
        let source = SourceRef::new(path.into(), Locator::Whole);
        let taken = Moment::parse("2012-06-21T05:00:00Z").unwrap();
        let read = read_vm_configuration(&mut &bytes[..], taken, &source, &mut sink).unwrap();
        (sink, read)
    }

    fn read(text: &str) -> (Sink, bool) {
        let wide: Vec<u8> = std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        read_at(&format!("b/Virtual Machines/{ID}.xml"), &wide)
    }

    fn text(dynamic: &str, switch: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-16\" standalone=\"yes\"?><configuration>\
             <_2a1b0c9d-0001-4c7e-9d7e-000000000001_><ChannelInstanceGuid type=\"string\">x</ChannelInstanceGuid>\
             <FriendlyName type=\"string\">Network &amp; Adapter</FriendlyName>{switch}\
             <MacAddress type=\"string\">00-15-5D-01-02-0a</MacAddress></_2a1b0c9d-0001-4c7e-9d7e-000000000001_>\
             <_83f8638b-8dca-4152-9eda-2ca8b33039b4_><FriendlyName type=\"string\">Controller</FriendlyName></_83f8638b-8dca-4152-9eda-2ca8b33039b4_>\
             <properties><creation_time type=\"bytes\">AAAA</creation_time><name type=\"string\">web01</name></properties>\
             <settings><memory><bank><dynamic_memory_enabled type=\"bool\">{dynamic}</dynamic_memory_enabled>\
             <limit type=\"integer\">8192</limit><reservation type=\"integer\">512</reservation><size type=\"integer\">4096</size></bank></memory>\
             <processors><count type=\"integer\">2</count></processors></settings></configuration>"
        )
    }

    #[test]
    fn settings_and_adapters_are_read() {
        for switch in [
            "<AltSwitchName type=\"string\">LAN</AltSwitchName>",
            "<Connection><AltSwitchName type=\"string\">LAN</AltSwitchName></Connection>",
        ] {
            let (sink, read) = read(&text("True", switch));
            assert!(read && sink.troubles.is_empty());
            let [snapshot] = <[VmSnapshot; 1]>::try_from(sink.snapshots).unwrap();
            assert_eq!(
                (snapshot.vm, snapshot.vm_id),
                (VmName::new("web01").unwrap(), VmId::parse(ID))
            );
            assert_eq!(
                snapshot.adapters,
                [AdapterSetting {
                    name: "Network & Adapter".into(),
                    id: Some("2A1B0C9D-0001-4C7E-9D7E-000000000001".into()),
                    switch: Some("LAN".into()),
                    vlan: None,
                    mac: Some("00155D01020A".into()),
                }]
            );
            let told: Vec<String> = sink.objects[0]
                .properties
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect();
            assert_eq!(
                told,
                [
                    "DynamicMemoryEnabled=True",
                    &format!("Id={ID}"),
                    "MemoryMaximum=8589934592",
                    "MemoryMinimum=536870912",
                    "MemoryStartup=4294967296",
                    "Name=web01",
                    "ProcessorCount=2",
                ]
            );
            assert_eq!(&*sink.objects[0].class, "VM");
        }
        let (sink, _) = read(&text("False", ""));
        assert_eq!(sink.snapshots[0].adapters[0].switch, None);
        assert!(!sink.objects[0].properties.contains_key("MemoryMaximum"));
    }

    #[test]
    fn a_checkpoint_and_what_is_no_vm_give_nothing() {
        let bytes = text("True", "");
        let (sink, read) = read_at(&format!("b/Snapshots/{ID}.xml"), bytes.as_bytes());
        assert!(!read && sink.snapshots.is_empty() && sink.objects.is_empty());
        let other = "<configuration><x type=\"string\">y</x></configuration>";
        let (sink, read) = read_at("b/app.xml", other.as_bytes());
        assert!(!read && sink.snapshots.is_empty());
    }

    #[test]
    fn a_cut_file_gives_what_came_before_and_says_so() {
        let whole = text("True", "");
        let cut = &whole[..whole.find("<processors>").unwrap()];
        let (sink, read) = read(cut);
        assert!(read);
        assert_eq!(sink.troubles, [DiagnosticCode::Syntax]);
        assert_eq!(sink.snapshots[0].adapters.len(), 1);
        assert!(!sink.objects[0].properties.contains_key("ProcessorCount"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            parts in prop::collection::vec(prop_oneof![
                Just("<configuration>".to_owned()), Just("<_a_>".to_owned()), Just("</_a_>".to_owned()),
                Just("<properties><name>v</name></properties>".to_owned()), Just("&amp;".to_owned()),
                Just("<MacAddress>00155D01020A</MacAddress>".to_owned()), "\\PC{0,20}", "[<>/&;_x0-9\"]{0,12}",
            ], 0..12),
            at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut bytes = parts.concat().into_bytes();
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = read_at("x.xml", &bytes);
        }
    }
}
