//! Which VM an event is about: ids, names, roles, resources and NICs joined.
//!
//! Two VMs that only share a name are never merged: an event that names such a
//! VM without its id is about neither.

use std::collections::{BTreeMap, BTreeSet};

use super::intervals;
use super::settings;
use super::trail::{EventIndex, Interval, VmIndex, VmTrail};
use crate::model::event::Event;
use crate::model::id::{GroupName, NodeName, ResourceName, VmId, VmName};
use crate::model::inventory::Inventory;
use crate::model::kind::EventKind;

/// The VMs that anything names, and which events are about them.
pub(super) struct Identity {
    /// By name, then id; without placements.
    pub vms: Vec<VmTrail>,
    /// For each event.
    pub event_vm: Vec<Option<VmIndex>>,
}

/// What exports say of VMs, in order of time.
struct Exported {
    names: Vec<(VmId, VmName)>,
    by_resource: BTreeMap<ResourceName, VmId>,
    by_group: BTreeMap<GroupName, VmId>,
}

impl Exported {
    fn of(inventory: &Inventory) -> Self {
        let mut names: Vec<_> = inventory
            .snapshots
            .iter()
            .filter_map(|s| Some((s.taken, s.vm_id?, s.vm.clone())))
            .chain(inventory.objects.iter().filter_map(|object| {
                let (name, id) = settings::vm_of(object)?;
                Some((object.taken, id?, name))
            }))
            .collect();
        names.sort();
        names.dedup_by(|a, b| (a.1, &a.2) == (b.1, &b.2));
        let mut this = Exported {
            names: names.into_iter().map(|(_, id, name)| (id, name)).collect(),
            by_resource: BTreeMap::new(),
            by_group: BTreeMap::new(),
        };
        // A VM's resource has the VM's id among its parameters, and names its role.
        let of_class = |class: &'static str| {
            let all = inventory.objects.iter().filter(move |o| &*o.class == class);
            all.map(|o| &o.properties)
        };
        for parameter in of_class("ClusterParameter") {
            let get = |name: &str| parameter.get(name).map(|value| &**value);
            if get("Name").is_some_and(|name| name.eq_ignore_ascii_case("VmID"))
                && let Some(resource) = get("ClusterObject").and_then(ResourceName::new)
                && let Some(id) = get("Value").and_then(VmId::parse)
            {
                this.by_resource.insert(resource, id);
            }
        }
        for resource in of_class("ClusterResource") {
            let get = |name: &str| resource.get(name).map(|value| &**value);
            if let Some(id) = get("Name")
                .and_then(ResourceName::new)
                .and_then(|name| this.by_resource.get(&name))
                && let Some(group) = get("OwnerGroup").and_then(GroupName::new)
            {
                this.by_group.insert(group, *id);
            }
        }
        this
    }

    /// The VM that a record names by its resource, or by nothing but its role.
    fn id(&self, event: &Event) -> Option<VmId> {
        let subject = &event.subject;
        if subject.vm_id.is_some() {
            return subject.vm_id;
        }
        let by_resource = || self.by_resource.get(subject.resource.as_ref()?);
        let by_group = || match &subject.vm {
            Some(_) => None,
            None => self.by_group.get(subject.group.as_ref()?),
        };
        by_resource().or_else(by_group).copied()
    }
}

pub(super) fn resolve(events: &[Event], inventory: &Inventory) -> Identity {
    let exported = Exported::of(inventory);
    // Pass 1: ids and the names they had; names without any id.
    let mut names_of: BTreeMap<VmId, Vec<VmName>> = BTreeMap::new();
    let mut bare: BTreeSet<VmName> = BTreeSet::new();
    let mut nic_vm: BTreeMap<String, VmId> = BTreeMap::new();
    let mut group_vm_name: BTreeMap<GroupName, VmName> = BTreeMap::new();
    for event in events {
        let subject = &event.subject;
        let id = exported.id(event);
        // A resource keeps a name that may be another than its VM's.
        let own = subject.vm_id.is_some() || id.is_none();
        match (&id, subject.vm.as_ref().filter(|_| own)) {
            (Some(id), Some(name)) => {
                let names = names_of.entry(*id).or_default();
                if names.last() != Some(name) {
                    names.push(name.clone());
                }
            }
            (Some(id), None) => {
                names_of.entry(*id).or_default();
            }
            (None, Some(name)) => {
                bare.insert(name.clone());
            }
            (None, None) => {}
        }
        if let (Some(id), Some(nic)) = (&subject.vm_id, nic_id(event)) {
            nic_vm.insert(nic, *id);
        }
        if let (Some(group), Some(vm)) = (&subject.group, &subject.vm) {
            group_vm_name.insert(group.clone(), vm.clone());
        }
    }
    // Exports join what records left apart. A VM that no record speaks of is not added.
    for (id, name) in &exported.names {
        match names_of.get_mut(id) {
            Some(names) if !names.contains(name) => {
                let place = names.len().saturating_sub(1);
                names.insert(place, name.clone());
            }
            Some(_) => {}
            None if bare.contains(name) => {
                names_of.insert(*id, vec![name.clone()]);
            }
            None => {}
        }
    }
    let mut ids_of: BTreeMap<VmName, BTreeSet<VmId>> = BTreeMap::new();
    for (id, names) in &names_of {
        for name in names {
            ids_of.entry(name.clone()).or_default().insert(*id);
        }
    }
    let mut vms: Vec<VmTrail> = names_of
        .iter()
        .map(|(id, names)| trail(names.last().cloned(), Some(*id)))
        .chain(
            bare.iter()
                .filter(|name| !ids_of.contains_key(*name))
                .map(|name| trail(Some(name.clone()), None)),
        )
        .collect();
    vms.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));

    // Pass 2: each event to its VM.
    let by_id: BTreeMap<VmId, VmIndex> = (vms.iter().enumerate())
        .filter_map(|(at, vm)| Some((vm.id?, at)))
        .collect();
    let by_bare_name: BTreeMap<VmName, VmIndex> = (vms.iter().enumerate())
        .filter(|(_, vm)| vm.id.is_none())
        .filter_map(|(at, vm)| Some((vm.name.clone()?, at)))
        .collect();
    let by_name = |name: &VmName| -> Option<VmIndex> {
        match ids_of.get(name) {
            Some(ids) => match (ids.first(), ids.len()) {
                (Some(id), 1) => by_id.get(id).copied(),
                _ => None,
            },
            None => by_bare_name.get(name).copied(),
        }
    };
    let by_group = |group: &GroupName| -> Option<VmIndex> {
        let name = group_vm_name.get(group).cloned();
        by_name(&name.or_else(|| VmName::new(group.as_str()))?)
    };
    let mut event_vm: Vec<Option<VmIndex>> = events
        .iter()
        .map(|event| {
            let subject = &event.subject;
            if let Some(id) = exported.id(event) {
                return by_id.get(&id).copied();
            }
            if let Some(name) = &subject.vm {
                return by_name(name);
            }
            if let Some(group) = &subject.group {
                return by_group(group);
            }
            nic_id(event)
                .and_then(|nic| nic_vm.get(&nic))
                .and_then(|id| by_id.get(id).copied())
        })
        .collect();
    join_ports(events, &mut event_vm);
    let groups: Vec<(VmIndex, GroupName)> = events
        .iter()
        .zip(&event_vm)
        .filter_map(|(event, vm)| Some(((*vm)?, event.subject.group.clone()?)))
        .collect();
    for (vm, group) in groups {
        vms[vm].group = Some(group);
    }
    for (vm, about) in events_of(vms.len(), &event_vm).iter().enumerate() {
        vms[vm].names = names(events, about);
    }
    Identity { vms, event_vm }
}

/// Gives records that name a switch port and nothing else to the VM whose NIC other
/// records connect to that port. A port that several VMs used says nothing.
fn join_ports(events: &[Event], event_vm: &mut [Option<VmIndex>]) {
    let mut users: BTreeMap<String, Option<VmIndex>> = BTreeMap::new();
    for (event, vm) in events.iter().zip(event_vm.iter()) {
        if let (Some(vm), Some(port)) = (vm, port_id(event)) {
            let user = users.entry(port).or_insert(Some(*vm));
            if *user != Some(*vm) {
                *user = None;
            }
        }
    }
    for (event, vm) in events.iter().zip(event_vm) {
        if vm.is_none()
            && let Some(port) = port_id(event)
        {
            *vm = users.get(&port).copied().flatten();
        }
    }
}

/// The id of a switch port, in one spelling. Names and numbers of ports are not unique.
fn port_id(event: &Event) -> Option<String> {
    let id = event.fields.get("port")?.trim_matches(['{', '}']);
    VmId::parse(id).is_some().then(|| id.to_uppercase())
}

/// The names that Hyper-V's events about one VM give it. The first is taken for the
/// one that it had before. A cluster resource keeps the name that its VM had when it
/// was made, so what names a resource says nothing of the VM's name at that time.
fn names(events: &[Event], about: &[EventIndex]) -> Vec<Interval<VmName>> {
    let named = (about.iter())
        .map(|at| (*at, &events[*at]))
        .filter(|(_, event)| event.subject.resource.is_none())
        .filter_map(|(at, event)| Some((event.time, event.subject.vm.clone()?, vec![at])));
    let mut list = intervals::join(None, named);
    if let Some(first) = list.first_mut() {
        first.from = None;
    }
    list
}

/// Names the node of records that give only its address: the node that wrote the
/// address as its own. An address that several nodes wrote names none.
pub(super) fn name_addresses(events: &mut [Event]) {
    let mut owners: BTreeMap<String, Option<NodeName>> = BTreeMap::new();
    for event in events.iter().filter(|e| is_of_a_route(e)) {
        if let (Some(node), Some(local)) = (&event.node, event.fields.get("local")) {
            let owner = owners
                .entry(address(local).to_lowercase())
                .or_insert_with(|| Some(node.clone()));
            if owner.as_ref() != Some(node) {
                *owner = None;
            }
        }
    }
    for event in events.iter_mut().filter(|e| is_of_a_route(e)) {
        if event.subject.node.is_none()
            && let Some(remote) = event.fields.get("remote")
        {
            let owner = owners.get(&address(remote).to_lowercase());
            event.subject.node = owner.cloned().flatten();
        }
    }
}

fn is_of_a_route(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::HeartbeatMissed | EventKind::RouteDown | EventKind::RouteUp
    )
}

/// The address of an endpoint, `10.0.0.1:~3343~` or `10.0.0.1:3343`. An IPv6 address
/// has a port only in the first form.
fn address(endpoint: &str) -> &str {
    match endpoint.split_once(":~") {
        Some((address, _)) => address,
        None => match endpoint.split_once(':') {
            Some((address, port)) if !port.contains(':') => address,
            _ => endpoint,
        },
    }
}

/// The events about each VM, in order. Everything that looks at one VM goes through
/// this: looking at all events for each of thousands of VMs would take forever.
pub(super) type ByVm = Vec<Vec<EventIndex>>;

pub(super) fn events_of(vms: usize, event_vm: &[Option<VmIndex>]) -> ByVm {
    let mut by_vm: ByVm = vec![Vec::new(); vms];
    for (at, vm) in event_vm.iter().enumerate() {
        if let Some(vm) = vm {
            by_vm[*vm].push(at);
        }
    }
    by_vm
}

fn trail(name: Option<VmName>, id: Option<VmId>) -> VmTrail {
    VmTrail {
        name,
        id,
        names: Vec::new(),
        group: None,
        memory_mib: None,
        states: Vec::new(),
        placements: Vec::new(),
        downtimes: Vec::new(),
    }
}

/// The id of a VM's NIC, in one spelling: from `nic_id`, or the part behind the
/// VM id in `<VM id>--<NIC id>`.
fn nic_id(event: &Event) -> Option<String> {
    let text = match event.fields.get("nic_id") {
        Some(id) => id,
        None => event.subject.network.as_deref()?.split_once("--")?.1,
    };
    Some(text.trim_matches(['{', '}']).to_uppercase())
}
