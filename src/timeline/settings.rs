//! Settings of VMs that differ between two configuration snapshots, as events.
//!
//! No event log records a change of a VM's VLAN or memory; two exports that differ do.
//! The time of such an event is that of the later export: the change was made at that
//! time or before, and after the earlier export, which `not_before` states.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::id::{NodeName, VmId, VmName};
use crate::model::inventory::{AdapterSetting, ExportedObject, Inventory};
use crate::model::kind::EventKind;
use crate::model::source::SourceRef;
use crate::model::time::{Moment, Precision};

/// One setting of an adapter: its name in reports, and its value as text.
type OfAdapter = (&'static str, fn(&AdapterSetting) -> Option<String>);

const OF_ADAPTER: [OfAdapter; 3] = [
    ("vlan", |a| a.vlan.map(|v| v.to_string())),
    ("switch", |a| a.switch.clone()),
    ("mac", |a| a.mac.clone()),
];

/// One setting of a VM: its name in reports, its property, and what the value means.
type OfVm = (&'static str, &'static str, fn(&str) -> Option<String>);

const OF_VM: [OfVm; 9] = [
    ("name", "Name", text),
    ("memory", "MemoryStartup", mebibytes),
    ("memory_minimum", "MemoryMinimum", mebibytes),
    ("memory_maximum", "MemoryMaximum", mebibytes),
    ("dynamic_memory", "DynamicMemoryEnabled", text),
    ("processors", "ProcessorCount", text),
    ("version", "Version", text),
    ("start_action", "AutomaticStartAction", text),
    ("stop_action", "AutomaticStopAction", text),
];

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn mebibytes(value: &str) -> Option<String> {
    let bytes: u64 = value.parse().ok()?;
    Some(format!("{} MB", bytes >> 20))
}

/// VM, adapter (empty for the VM itself), setting.
type Key = (String, String, &'static str);

/// What one export says of a VM, or of one adapter of it.
struct Look<'i> {
    taken: Moment,
    source: &'i SourceRef,
    node: Option<&'i NodeName>,
    vm: VmName,
    vm_id: Option<VmId>,
    adapter: Option<&'i AdapterSetting>,
    values: Vec<(&'static str, String)>,
}

impl Look<'_> {
    /// What identifies a setting across exports: the VM by its id, else by its name; the
    /// adapter likewise, since its id stays when it is renamed.
    fn key(&self, property: &'static str) -> Key {
        let vm = match self.vm_id {
            Some(id) => id.to_string(),
            None => self.vm.key().to_owned(),
        };
        let adapter = self.adapter.map(|a| a.id.clone().unwrap_or(a.name.clone()));
        (vm, adapter.unwrap_or_default(), property)
    }
}

fn looks(inventory: &Inventory) -> Vec<Look<'_>> {
    let adapters = inventory.snapshots.iter().flat_map(|snapshot| {
        snapshot.adapters.iter().map(move |adapter| Look {
            taken: snapshot.taken,
            source: &snapshot.source,
            node: snapshot.node.as_ref(),
            vm: snapshot.vm.clone(),
            vm_id: snapshot.vm_id,
            adapter: Some(adapter),
            values: OF_ADAPTER
                .iter()
                .filter_map(|(name, value)| Some((*name, value(adapter)?)))
                .collect(),
        })
    });
    let vms = inventory.objects.iter().filter_map(|object| {
        let (vm, vm_id) = vm_of(object)?;
        Some(Look {
            taken: object.taken,
            source: &object.source,
            node: object.node.as_ref(),
            vm,
            vm_id,
            adapter: None,
            values: OF_VM
                .iter()
                .filter_map(|(name, property, value)| {
                    Some((*name, value(object.properties.get(*property)?)?))
                })
                .collect(),
        })
    });
    let mut all: Vec<Look<'_>> = adapters.chain(vms).collect();
    all.sort_by(|a, b| (a.taken, a.source).cmp(&(b.taken, b.source)));
    all
}

/// Name and id of a VM that was exported as an object.
pub(super) fn vm_of(object: &ExportedObject) -> Option<(VmName, Option<VmId>)> {
    if &*object.class != "VM" {
        return None;
    }
    let get = |name: &str| object.properties.get(name);
    let name = get("Name").or_else(|| get("VMName"))?;
    let id = get("Id").or_else(|| get("VMId"));
    Some((VmName::new(name)?, id.and_then(|id| VmId::parse(id))))
}

/// The names of the values that a difference between exports can have.
pub(super) fn fields_of(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::VmSettingsChanged
        | EventKind::VmSettingsReverted
        | EventKind::VmSettingsKept => &[
            "adapter",
            "compared_with",
            "from",
            "not_before",
            "property",
            "to",
        ],
        _ => &[],
    }
}

/// Compares what exports say of each VM in order of time. A value that was in force
/// before the previous one is a reversal, any other difference a change; a changed
/// value that the next export shows again was kept.
pub(super) fn compare(inventory: &Inventory) -> Vec<Event> {
    // The values seen of each setting, with the place of the look.
    let mut history: BTreeMap<Key, Vec<(String, usize)>> = BTreeMap::new();
    let mut events = Vec::new();
    let looks = looks(inventory);
    for (at, look) in looks.iter().enumerate() {
        for (property, value) in &look.values {
            let seen = history.entry(look.key(property)).or_default();
            if let Some((before, earlier)) = seen.last()
                && looks[*earlier].taken < look.taken
            {
                let older = &seen[..seen.len() - 1];
                let was_there = older.iter().any(|(v, _)| v == value);
                let changed = older.last().is_some_and(|(v, _)| v != before);
                let kind = match (before == value, was_there) {
                    (false, true) => Some(EventKind::VmSettingsReverted),
                    (false, false) => Some(EventKind::VmSettingsChanged),
                    (true, false) if changed => Some(EventKind::VmSettingsKept),
                    (true, _) => None,
                };
                if let Some(kind) = kind {
                    let earlier = &looks[*earlier];
                    let mut fields = Fields::new();
                    fields.set("property", *property);
                    fields.set("from", before.as_str());
                    fields.set("to", value.as_str());
                    if let Some(adapter) = look.adapter {
                        fields.set("adapter", adapter.name.as_str());
                    }
                    fields.set("not_before", earlier.taken.to_string());
                    fields.set("compared_with", earlier.source.to_string());
                    events.push(event(look, kind, fields));
                }
            }
            seen.push((value.clone(), at));
        }
    }
    events
}

fn event(look: &Look<'_>, kind: EventKind, fields: Fields) -> Event {
    Event {
        time: look.taken,
        precision: Precision::Minute,
        node: look.node.cloned(),
        kind,
        severity: Severity::Info,
        origin: Origin::Inventory,
        subject: Subject {
            vm: Some(look.vm.clone()),
            vm_id: look.vm_id,
            network: fields.get("adapter").map(Arc::from),
            ..Subject::default()
        },
        fields,
        message: None,
        source: look.source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::inventory::VmSnapshot;
    use crate::model::source::Locator;

    fn of(snapshots: &[VmSnapshot]) -> Vec<Event> {
        compare(&Inventory {
            snapshots: snapshots.to_vec(),
            ..Inventory::default()
        })
    }

    fn snapshot(minute: u32, vlan: u32) -> VmSnapshot {
        VmSnapshot {
            taken: Moment::parse(&format!("2024-05-14T01:{minute:02}:00Z")).unwrap(),
            node: None,
            vm: VmName::new("web01").unwrap(),
            vm_id: None,
            adapters: vec![AdapterSetting {
                name: "Network Adapter".into(),
                vlan: Some(vlan),
                ..AdapterSetting::default()
            }],
            source: SourceRef::new(format!("s{minute}").into(), Locator::Entry(1)),
        }
    }

    #[test]
    fn a_change_then_its_reversal() {
        let events = of(&[snapshot(30, 100), snapshot(0, 100), snapshot(10, 200)]);
        let told: Vec<_> = events
            .iter()
            .map(|e| {
                (
                    e.kind,
                    e.fields.get("from").unwrap(),
                    e.fields.get("to").unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (EventKind::VmSettingsChanged, "100", "200"),
                (EventKind::VmSettingsReverted, "200", "100"),
            ]
        );
    }

    #[test]
    fn a_changed_value_that_stays_is_kept_once_it_is_seen_again() {
        let events = of(&[snapshot(0, 100), snapshot(10, 200), snapshot(20, 200)]);
        let kinds: Vec<_> = events.iter().map(|e| e.kind).collect();
        assert_eq!(
            kinds,
            [EventKind::VmSettingsChanged, EventKind::VmSettingsKept]
        );
    }

    #[test]
    fn equal_snapshots_and_unknown_values_say_nothing() {
        let mut unknown = snapshot(10, 0);
        unknown.adapters[0].vlan = None;
        assert!(of(&[snapshot(0, 100), unknown, snapshot(20, 100)]).is_empty());
    }

    fn vm(minute: u32, properties: &[(&str, &str)]) -> ExportedObject {
        ExportedObject {
            taken: snapshot(minute, 0).taken,
            node: NodeName::new("HV01"),
            class: "VM".into(),
            properties: properties
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            source: SourceRef::new(format!("v{minute}").into(), Locator::Entry(1)),
        }
    }

    #[test]
    fn settings_of_the_vm_itself_are_compared_by_its_id() {
        const ID: &str = "5d9e9825-1973-4b27-9af1-ba77940a4066";
        let objects = vec![
            vm(
                0,
                &[
                    ("Name", "web01"),
                    ("Id", ID),
                    ("MemoryStartup", "4294967296"),
                    ("ProcessorCount", "2"),
                    ("Uptime", "1"),
                ],
            ),
            vm(
                10,
                &[
                    ("Name", "web01-new"),
                    ("Id", ID),
                    ("MemoryStartup", "8589934592"),
                    ("ProcessorCount", "2"),
                    ("Uptime", "2"),
                ],
            ),
            vm(20, &[("Name", "db01"), ("ProcessorCount", "8")]),
        ];
        let told: Vec<String> = compare(&Inventory {
            objects,
            ..Inventory::default()
        })
        .iter()
        .map(|e| {
            let get = |name| e.fields.get(name).unwrap_or("-");
            format!(
                "{} {}: {} -> {} ({})",
                e.kind.name(),
                get("property"),
                get("from"),
                get("to"),
                get("compared_with")
            )
        })
        .collect();
        assert_eq!(
            told,
            [
                "vm.settings_changed name: web01 -> web01-new (v0 entry 1)",
                "vm.settings_changed memory: 4096 MB -> 8192 MB (v0 entry 1)",
            ]
        );
    }
}
