//! Settings of VMs that differ between two configuration snapshots, as events.
//!
//! No event log records a change of a VM's VLAN; two exports that differ do. The
//! time of such an event is that of the later export: the change was made at that
//! time or before, and after the earlier export, which `not_before` states.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::inventory::{AdapterSetting, VmSnapshot};
use crate::model::kind::EventKind;
use crate::model::time::Precision;

/// One setting of an adapter: its name in reports, and its value as text.
type Setting = (&'static str, fn(&AdapterSetting) -> Option<String>);

/// The values of one setting in order of time, each with its snapshot.
type Seen<'s> = Vec<(String, &'s VmSnapshot)>;

const SETTINGS: [Setting; 3] = [
    ("vlan", |a| a.vlan.map(|v| v.to_string())),
    ("switch", |a| a.switch.clone()),
    ("mac", |a| a.mac.clone()),
];

/// What identifies a VM across snapshots: its id, else its name.
fn vm_key(snapshot: &VmSnapshot) -> String {
    snapshot
        .vm_id
        .map_or_else(|| snapshot.vm.key().to_owned(), |id| id.to_string())
}

/// What identifies an adapter across snapshots of one VM. Ids are stable when an
/// adapter is renamed.
fn adapter_key(adapter: &AdapterSetting) -> String {
    adapter.id.clone().unwrap_or_else(|| adapter.name.clone())
}

/// Compares the snapshots of each VM in order of time. A value that was in force
/// before the previous one is a reversal, any other difference a change; a changed
/// value that the next snapshot shows again was kept.
pub(super) fn compare(snapshots: &[VmSnapshot]) -> Vec<Event> {
    let mut ordered: Vec<&VmSnapshot> = snapshots.iter().collect();
    ordered.sort_by(|a, b| (a.taken, &a.source).cmp(&(b.taken, &b.source)));
    // (VM, adapter, setting) → the values seen, with the snapshot of each.
    let mut history: BTreeMap<(String, String, usize), Seen<'_>> = BTreeMap::new();
    let mut events = Vec::new();
    for snapshot in ordered {
        for adapter in &snapshot.adapters {
            for (at, (property, value)) in SETTINGS.iter().enumerate() {
                let Some(value) = value(adapter) else {
                    continue;
                };
                let seen = history
                    .entry((vm_key(snapshot), adapter_key(adapter), at))
                    .or_default();
                if let Some((before, earlier)) = seen.last()
                    && earlier.taken < snapshot.taken
                {
                    let older = &seen[..seen.len() - 1];
                    let was_there = older.iter().any(|(v, _)| *v == value);
                    let changed = older.last().is_some_and(|(v, _)| v != before);
                    let kind = match (*before == value, was_there) {
                        (false, true) => Some(EventKind::VmSettingsReverted),
                        (false, false) => Some(EventKind::VmSettingsChanged),
                        (true, false) if changed => Some(EventKind::VmSettingsKept),
                        (true, _) => None,
                    };
                    if let Some(kind) = kind {
                        let mut fields = Fields::new();
                        fields.set("property", *property);
                        fields.set("from", before.as_str());
                        fields.set("to", value.as_str());
                        fields.set("adapter", adapter.name.as_str());
                        fields.set("not_before", earlier.taken.to_string());
                        fields.set("compared_with", earlier.source.to_string());
                        events.push(event(snapshot, kind, fields));
                    }
                }
                seen.push((value, snapshot));
            }
        }
    }
    events
}

fn event(snapshot: &VmSnapshot, kind: EventKind, fields: Fields) -> Event {
    Event {
        time: snapshot.taken,
        precision: Precision::Minute,
        node: snapshot.node.clone(),
        kind,
        severity: Severity::Info,
        origin: Origin::Inventory,
        subject: Subject {
            vm: Some(snapshot.vm.clone()),
            vm_id: snapshot.vm_id,
            network: fields.get("adapter").map(Arc::from),
            ..Subject::default()
        },
        fields,
        message: None,
        source: snapshot.source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::VmName;
    use crate::model::source::{Locator, SourceRef};
    use crate::model::time::Moment;

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
        let events = compare(&[snapshot(30, 100), snapshot(0, 100), snapshot(10, 200)]);
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
        let events = compare(&[snapshot(0, 100), snapshot(10, 200), snapshot(20, 200)]);
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
        assert!(compare(&[snapshot(0, 100), unknown, snapshot(20, 100)]).is_empty());
    }
}
