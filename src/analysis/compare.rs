//! What differs between two timelines: "the last time it worked" against "now".
//! Differences as data; their words are the report's business.
//!
//! What one side does not tell is no difference. It is listed as not compared, so that
//! a missing export never looks like a change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::metrics::{Spread, spread};
use crate::model::event::{Event, Origin, Severity};
use crate::model::id::{NodeName, VmId};
use crate::model::inventory::{ExportedObject, VmSnapshot};
use crate::model::kind::EventKind;
use crate::model::time::{Moment, Window};
use crate::timeline::{MoveKind, MoveOutcome, Timeline, VmTrail};

/// One of the two.
#[derive(Clone, Copy, Debug)]
pub struct Side<'t> {
    /// What is known of it.
    pub timeline: &'t Timeline,
    /// The end of the window that was cut out of the input, where one was: exports that
    /// were made later do not speak of it.
    pub until: Option<Moment>,
}

/// What a setting is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Operating system and build of a node.
    Build,
    /// Installed updates of a node.
    Update,
    /// Which nodes and VMs there are.
    Member,
    /// The node that a VM was on at the end.
    Placement,
    /// Settings of a VM and its devices.
    Vm,
    /// Virtual switches.
    Switch,
    /// Adapters, teams and networks.
    Network,
    /// The cluster, its roles and resources.
    Cluster,
    /// Volumes, pools and disks.
    Storage,
    /// Hyper-V hosts, their hardware, services and drivers.
    Host,
}

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What it is of.
    pub area: Area,
    /// The thing: a VM, a node, a switch.
    pub subject: String,
    /// The setting; as PowerShell names it, where it is of an export.
    pub property: String,
    /// Its value before; `None` where the thing was not there.
    pub before: Option<String>,
    /// Its value after; `None` where the thing is not there.
    pub after: Option<String>,
    /// Where the earlier value was read, where one place is.
    pub before_source: Option<String>,
    /// Where the later value was read.
    pub after_source: Option<String>,
}

/// A quantity that was counted or measured on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Measure {
    /// Which.
    pub what: Quantity,
    /// From which node to which, where it is of one pair.
    pub nodes: Option<(String, String)>,
    /// Before.
    pub before: Distribution,
    /// After.
    pub after: Distribution,
}

/// A measured quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Live migrations, from begin to end.
    Migration,
    /// The pause of live migrations.
    Blackout,
    /// Live migrations that failed.
    FailedMigration,
    /// Failovers, with the time that they took their VM down.
    Failover,
    /// Every time that a VM was down.
    Downtime,
}

/// How often something was, and how long it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Distribution {
    /// How many there were, with or without a known length.
    pub count: usize,
    /// How many of them have a known length.
    pub known: usize,
    /// Seconds: the lower middle one.
    pub median_s: Option<f64>,
    /// Seconds: 95 of 100 take at most this.
    pub p95_s: Option<f64>,
    /// Seconds: the longest.
    pub longest_s: Option<f64>,
}

/// How a kind of event differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Only after.
    New,
    /// Only before.
    Gone,
    /// At least three times as often, by the hour.
    More,
    /// At most a third as often, by the hour.
    Fewer,
}

/// An event that is new or gone, or comes much more or less often.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct EventChange {
    /// How.
    pub trend: Trend,
    /// What it says.
    pub kind: EventKind,
    /// What said it: `event-log`, `cluster-log` or `note`.
    pub origin: String,
    /// Its provider; `None` for a line of cluster.log and for a note.
    pub provider: Option<String>,
    /// Its id.
    pub event_id: Option<u32>,
    /// How serious the gravest of them is.
    pub severity: Severity,
    /// How many before; `None` where that side has no log that carries it.
    pub before: Option<u64>,
    /// How many after; `None` where that side has no log that carries it.
    pub after: Option<u64>,
    /// The first one, on the side that has more.
    pub first: Moment,
    /// Nodes that wrote it, on that side, by name.
    pub nodes: Vec<String>,
}

/// What could not be compared, since one side does not tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct NotCompared {
    /// What it is of.
    pub area: Area,
    /// Class of the exported objects, or `adapters`, `updates`, `nodes`, `vms`.
    pub what: String,
    /// Which, where it is of some: nodes or VMs that one side does not name, and of which
    /// it has no list either.
    pub names: Vec<String>,
    /// Whether the earlier side tells.
    pub before: bool,
    /// Whether the later side tells.
    pub after: bool,
}

/// One side in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SideFacts {
    /// The cluster's name.
    pub cluster: Option<String>,
    /// First event.
    pub from: Option<Moment>,
    /// Last event.
    pub to: Option<Moment>,
    /// Events.
    pub events: usize,
    /// Nodes.
    pub nodes: usize,
    /// VMs.
    pub vms: usize,
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The earlier side.
    pub before: SideFacts,
    /// The later side.
    pub after: SideFacts,
    /// Settings, by area, thing and property.
    pub differences: Vec<Difference>,
    /// Quantities of which at least one side has any.
    pub measures: Vec<Measure>,
    /// Events: new ones first, the gravest first.
    pub events: Vec<EventChange>,
    /// What one side alone tells.
    pub not_compared: Vec<NotCompared>,
}

/// Compares two sides.
#[must_use]
pub fn compare(before: Side<'_>, after: Side<'_>) -> Comparison {
    let mut missing = BTreeSet::new();
    let mut differences = Vec::new();
    members(before, after, &mut differences, &mut missing);
    builds(before, after, &mut differences, &mut missing);
    adapters(before, after, &mut differences, &mut missing);
    objects(before, after, &mut differences, &mut missing);
    differences.sort_by(|a: &Difference, b| {
        (a.area, &a.subject, &a.property).cmp(&(b.area, &b.subject, &b.property))
    });
    Comparison {
        before: facts(before),
        after: facts(after),
        differences,
        measures: measures(before.timeline, after.timeline),
        events: events(before.timeline, after.timeline),
        not_compared: missing.into_iter().collect(),
    }
}

fn facts(side: Side<'_>) -> SideFacts {
    let timeline = side.timeline;
    let window = timeline.window();
    SideFacts {
        cluster: timeline.inventory.cluster.clone(),
        from: window.map(|w| w.from),
        to: window.map(|w| w.to),
        events: timeline.events.iter().filter(|e| is_told(e)).count(),
        nodes: timeline.nodes.len(),
        vms: timeline.vms.len(),
    }
}

/// Whether somebody or something said it; conclusions are compared as what they are of.
fn is_told(event: &Event) -> bool {
    !matches!(event.origin, Origin::Derived | Origin::Inventory)
}

fn plain_difference(
    area: Area,
    subject: &str,
    property: &str,
    before: Option<String>,
    after: Option<String>,
) -> Option<Difference> {
    (before != after).then(|| Difference {
        area,
        subject: subject.to_owned(),
        property: property.to_owned(),
        before,
        after,
        before_source: None,
        after_source: None,
    })
}

/// What identifies a VM on both sides: its id where both know one, else its name.
struct Vms<'t> {
    by_id: BTreeMap<VmId, &'t VmTrail>,
    by_name: BTreeMap<&'t str, &'t VmTrail>,
}

impl<'t> Vms<'t> {
    fn of(timeline: &'t Timeline) -> Self {
        let vms = &timeline.vms;
        Vms {
            by_id: vms.iter().filter_map(|v| Some((v.id?, v))).collect(),
            by_name: (vms.iter())
                .filter_map(|v| Some((v.name.as_ref()?.key(), v)))
                .collect(),
        }
    }

    fn find(&self, vm: &VmTrail) -> Option<&'t VmTrail> {
        let by_id = vm.id.and_then(|id| self.by_id.get(&id));
        let by_name = || {
            let found = self.by_name.get(vm.name.as_ref()?.key())?;
            // Two ids are two VMs, whatever they are called.
            (vm.id.is_none() || found.id.is_none()).then_some(found)
        };
        by_id.or_else(by_name).copied()
    }
}

/// What a side has a list of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    Nodes,
    Vms,
}

impl Listed {
    fn class(self) -> &'static str {
        match self {
            Listed::Nodes => "ClusterNode",
            Listed::Vms => "VM",
        }
    }

    /// Whether the side has an export that would name every one. Logs name what something
    /// happened to; that they are silent of one means nothing.
    fn by(self, side: Side<'_>) -> bool {
        let inventory = &side.timeline.inventory;
        let in_time = |taken: Moment| side.until.is_none_or(|until| taken <= until);
        let objects = &inventory.objects;
        objects
            .iter()
            .any(|o| &*o.class == self.class() && in_time(o.taken))
            || self == Listed::Vms && inventory.snapshots.iter().any(|s| in_time(s.taken))
    }
}

/// A thing that one side names and the other does not.
struct Lone {
    name: String,
    id: Option<String>,
}

impl Lone {
    fn vm(vm: &VmTrail) -> Lone {
        Lone {
            name: vm.label(),
            id: vm.id.map(|id| id.to_string()),
        }
    }
}

/// Things that one side names and the other does not.
fn one_sided(
    listed: Listed,
    sides: [Side<'_>; 2],
    only: [Vec<Lone>; 2],
    out: &mut Vec<Difference>,
    missing: &mut BTreeSet<NotCompared>,
) {
    let (property, what) = match listed {
        Listed::Nodes => ("node", "nodes"),
        Listed::Vms => ("VM", "vms"),
    };
    for (at, names) in only.into_iter().enumerate() {
        let is_before = at == 0;
        if names.is_empty() {
            continue;
        }
        if !listed.by(sides[1 - at]) {
            missing.insert(NotCompared {
                area: Area::Member,
                what: what.to_owned(),
                names: names.into_iter().map(|lone| lone.name).collect(),
                before: is_before,
                after: !is_before,
            });
            continue;
        }
        for lone in names {
            let value = lone.id.as_deref().unwrap_or(property);
            let there = |there: bool| there.then(|| value.to_owned());
            out.extend(plain_difference(
                Area::Member,
                &lone.name,
                property,
                there(is_before),
                there(!is_before),
            ));
        }
    }
}

fn members(
    before: Side<'_>,
    after: Side<'_>,
    out: &mut Vec<Difference>,
    missing: &mut BTreeSet<NotCompared>,
) {
    let only = |one: Side<'_>, two: Side<'_>| -> Vec<Lone> {
        let others = &two.timeline.nodes;
        let nodes = one.timeline.nodes.iter();
        nodes
            .filter(|n| !others.iter().any(|o| o.name == n.name))
            .map(|n| Lone {
                name: n.name.as_str().to_owned(),
                id: None,
            })
            .collect()
    };
    let nodes = [only(before, after), only(after, before)];
    one_sided(Listed::Nodes, [before, after], nodes, out, missing);

    let (a, b) = (Vms::of(before.timeline), Vms::of(after.timeline));
    let mut only_before: Vec<&VmTrail> = Vec::new();
    for vm in &before.timeline.vms {
        let Some(other) = b.find(vm) else {
            only_before.push(vm);
            continue;
        };
        let name = |vm: &VmTrail| vm.name.as_ref().map(|n| n.as_str().to_owned());
        if let (Some(one), Some(two)) = (name(vm), name(other)) {
            let label = other.label();
            out.extend(plain_difference(
                Area::Vm,
                &label,
                "Name",
                Some(one),
                Some(two),
            ));
        }
        let place = |vm: &VmTrail| vm.placements.last().map(|p| p.node.clone());
        if let (Some(one), Some(two)) = (place(vm), place(other))
            && one != two
        {
            let text = |n: NodeName| Some(n.as_str().to_owned());
            let label = other.label();
            out.extend(plain_difference(
                Area::Placement,
                &label,
                "node",
                text(one),
                text(two),
            ));
        }
    }
    let only_after = after.timeline.vms.iter().filter(|vm| a.find(vm).is_none());
    let mut only_after: Vec<&VmTrail> = only_after.collect();
    // A VM in the place of another of its name: one difference, and not two VMs.
    only_before.retain(|vm| {
        let named = |other: &&VmTrail| other.name.is_some() && other.name == vm.name;
        let Some(at) = only_after.iter().position(named) else {
            return true;
        };
        let (Some(one), Some(two)) = (vm.id, only_after[at].id) else {
            return true;
        };
        only_after.remove(at);
        let (one, two) = (Some(one.to_string()), Some(two.to_string()));
        out.extend(plain_difference(Area::Member, &vm.label(), "id", one, two));
        false
    });
    let [only_before, only_after] =
        [only_before, only_after].map(|vms| vms.into_iter().map(Lone::vm).collect());
    one_sided(
        Listed::Vms,
        [before, after],
        [only_before, only_after],
        out,
        missing,
    );
}

fn builds(
    before: Side<'_>,
    after: Side<'_>,
    out: &mut Vec<Difference>,
    missing: &mut BTreeSet<NotCompared>,
) {
    for node in &before.timeline.nodes {
        let Some(other) = after.timeline.nodes.iter().find(|n| n.name == node.name) else {
            continue;
        };
        let name = other.name.as_str();
        if let (Some(one), Some(two)) = (node.build, other.build) {
            out.extend(plain_difference(
                Area::Build,
                name,
                "build",
                Some(one.to_string()),
                Some(two.to_string()),
            ));
        }
        if let (Some(one), Some(two)) = (&node.os, &other.os) {
            out.extend(plain_difference(
                Area::Build,
                name,
                "os",
                Some(one.clone()),
                Some(two.clone()),
            ));
        }
        // A list of updates is of the time of the collection.
        let updates = |side: Side<'_>| {
            let facts = side.timeline.inventory.nodes.get(&node.name)?;
            (side.until.is_none() && !facts.updates.is_empty()).then(|| facts.updates.clone())
        };
        match (updates(before), updates(after)) {
            (Some(one), Some(two)) => {
                let all: BTreeSet<&String> = one.iter().chain(&two).collect();
                for update in all {
                    let there = |side: &[String]| side.contains(update).then(|| update.clone());
                    out.extend(plain_difference(
                        Area::Update,
                        name,
                        update,
                        there(&one),
                        there(&two),
                    ));
                }
            }
            (None, None) => {}
            (one, two) => {
                missing.insert(NotCompared {
                    area: Area::Update,
                    what: "updates".to_owned(),
                    names: Vec::new(),
                    before: one.is_some(),
                    after: two.is_some(),
                });
            }
        }
    }
}

type AdapterKey = (String, String);

/// The last look at each VM's adapters that speaks of the side's window.
fn latest_adapters<'t>(side: Side<'t>) -> BTreeMap<String, &'t VmSnapshot> {
    let mut latest: BTreeMap<String, &'t VmSnapshot> = BTreeMap::new();
    for snapshot in &side.timeline.inventory.snapshots {
        if side.until.is_some_and(|until| snapshot.taken > until) {
            continue;
        }
        let key = match snapshot.vm_id {
            Some(id) => id.to_string(),
            None => snapshot.vm.key().to_owned(),
        };
        let slot = latest.entry(key).or_insert(snapshot);
        if slot.taken <= snapshot.taken {
            *slot = snapshot;
        }
    }
    latest
}

fn adapters(
    before: Side<'_>,
    after: Side<'_>,
    out: &mut Vec<Difference>,
    missing: &mut BTreeSet<NotCompared>,
) {
    let (a, b) = (latest_adapters(before), latest_adapters(after));
    if a.is_empty() != b.is_empty() {
        missing.insert(NotCompared {
            area: Area::Vm,
            what: "adapters".to_owned(),
            names: Vec::new(),
            before: !a.is_empty(),
            after: !b.is_empty(),
        });
    }
    for (key, one) in &a {
        let Some(two) = b.get(key) else {
            continue;
        };
        let list = |snapshot: &VmSnapshot| -> BTreeMap<AdapterKey, [Option<String>; 3]> {
            let adapters = snapshot.adapters.iter();
            adapters
                .map(|adapter| {
                    let id = adapter.id.clone().unwrap_or_default();
                    let name = if id.is_empty() {
                        adapter.name.clone()
                    } else {
                        String::new()
                    };
                    let values = [
                        adapter.switch.clone(),
                        adapter.vlan.map(|v| v.to_string()),
                        adapter.mac.clone(),
                    ];
                    ((id, name), values)
                })
                .collect()
        };
        let (of_one, of_two) = (list(one), list(two));
        for (adapter, values) in &of_one {
            let Some(others) = of_two.get(adapter) else {
                continue;
            };
            for (property, (x, y)) in ["switch", "vlan", "mac"]
                .into_iter()
                .zip(values.iter().zip(others))
            {
                let (Some(x), Some(y)) = (x, y) else {
                    continue;
                };
                if x != y {
                    out.push(Difference {
                        area: Area::Vm,
                        subject: two.vm.as_str().to_owned(),
                        property: property.to_owned(),
                        before: Some(x.clone()),
                        after: Some(y.clone()),
                        before_source: Some(one.source.to_string()),
                        after_source: Some(two.source.to_string()),
                    });
                }
            }
        }
        if of_one.len() != of_two.len() {
            out.push(Difference {
                area: Area::Vm,
                subject: two.vm.as_str().to_owned(),
                property: "adapters".to_owned(),
                before: Some(of_one.len().to_string()),
                after: Some(of_two.len().to_string()),
                before_source: Some(one.source.to_string()),
                after_source: Some(two.source.to_string()),
            });
        }
    }
}

/// What a class of exported objects is of; `None` for what is compared elsewhere, or says
/// nothing that lasts.
fn area_of(class: &str) -> Option<Area> {
    Some(match class {
        "VM" | "VMNetworkAdapter" | "VMProcessor" | "VMMemory" | "VMHardDiskDrive" => Area::Vm,
        "VMSwitch" | "VMSwitchTeam" => Area::Switch,
        "HotFix" | "StorageJob" | "OperatingSystem" => return None,
        "VMHost"
        | "ComputerSystem"
        | "BIOS"
        | "Processor"
        | "Service"
        | "PnpSignedDriver"
        | "SystemDriver"
        | "SmbClientConfiguration"
        | "SmbServerConfiguration" => Area::Host,
        name if name.starts_with("Net") || name.starts_with("ClusterNetwork") => Area::Network,
        name if name.starts_with("Storage") || name.ends_with("Disk") => Area::Storage,
        "Volume" | "ClusterSharedVolume" => Area::Storage,
        name if name.starts_with("Cluster") => Area::Cluster,
        _ => Area::Host,
    })
}

/// Properties that change by themselves, or that are compared elsewhere.
const PASSING: [&str; 56] = [
    "AllocatedSize",
    "AvailableMB",
    "CPUUsage",
    "CreationTime",
    "CurrentClockSpeed",
    "ElapsedTime",
    "ErrorTime",
    "FreePhysicalMemory",
    "FreeSpace",
    "FreeSpaceInPagingFiles",
    "FreeVirtualMemory",
    "FootprintOnPool",
    "GroupState",
    "Handle",
    "Heartbeat",
    "Id",
    "InstalledOn",
    "InstanceId",
    "IntegrationServicesState",
    "Key",
    "LastBootUpTime",
    "LoadPercentage",
    "LocalDateTime",
    "MacAddress",
    "MemoryAssigned",
    "MemoryDemand",
    "MemoryStatus",
    "NumberOfProcesses",
    "NumberOfUsers",
    "ObjectId",
    "Owner",
    "OwnerNode",
    "PercentComplete",
    "PrimaryOperationalStatus",
    "PrimaryStatusDescription",
    "ProcessId",
    "ReceivedBytes",
    "ReceivedDiscardedPackets",
    "ReceivedUnicastBytes",
    "SecondaryOperationalStatus",
    "SecondaryStatusDescription",
    "SentBytes",
    "SentUnicastBytes",
    "SharedVolumeInfo",
    "SizeRemaining",
    "SmartPagingFileInUse",
    "StatusDescriptions",
    "SwitchName",
    "SystemUpTime",
    "Uptime",
    "VMId",
    "VMSnapshotId",
    "VirtualDiskFootprint",
    "VlanSetting",
    "IsDeleted",
    "ComputerName",
];

/// What names an object among those of its class.
const NAMED_BY: [&str; 7] = [
    "Name",
    "VMName",
    "FriendlyName",
    "InterfaceAlias",
    "DeviceName",
    "DisplayName",
    "IPAddress",
];

/// An object by what identifies it on both sides: its node, where its class is of nodes
/// and of things that do not move, and its names.
fn object_key(object: &ExportedObject) -> (Option<String>, String) {
    let get = |name: &str| object.properties.get(name).map(|v| v.to_string());
    let of_vm = object.class.starts_with("VM") && get("VMName").is_some() || &*object.class == "VM";
    let node = match of_vm {
        true => None,
        false => object.node.as_ref().map(|n| n.as_str().to_owned()),
    };
    let mut parts: Vec<String> = Vec::new();
    match &*object.class {
        // Its id stays when it is renamed.
        "VM" => parts.extend(get("Id").or_else(|| get("VMId")).or_else(|| get("Name"))),
        "ClusterParameter" => {
            parts.extend([get("ClusterObject"), get("Name")].into_iter().flatten())
        }
        "VMHardDiskDrive" => parts.extend(
            [
                "VMName",
                "ControllerType",
                "ControllerNumber",
                "ControllerLocation",
            ]
            .into_iter()
            .filter_map(get),
        ),
        "VMNetworkAdapter" => parts.extend([get("VMName"), get("Name")].into_iter().flatten()),
        "NetAdapterBindingSetting" => {
            parts.extend([get("Name"), get("ComponentID")].into_iter().flatten());
        }
        "NetAdapterAdvancedProperty" => {
            parts.extend([get("Name"), get("RegistryKeyword")].into_iter().flatten());
        }
        _ => parts.extend(NAMED_BY.into_iter().find_map(get)),
    }
    (node, parts.join(" / "))
}

type Objects<'t> = BTreeMap<(Option<String>, String, usize), &'t ExportedObject>;

/// By class, the objects of the last export of each node that speaks of the window.
fn latest_objects<'t>(side: Side<'t>) -> BTreeMap<Arc<str>, Objects<'t>> {
    let all = || {
        let objects = side.timeline.inventory.objects.iter();
        objects.filter(|o| side.until.is_none_or(|until| o.taken <= until))
    };
    let mut last: BTreeMap<(&str, Option<&NodeName>), Moment> = BTreeMap::new();
    for object in all() {
        let slot = last
            .entry((&object.class, object.node.as_ref()))
            .or_insert(object.taken);
        *slot = (*slot).max(object.taken);
    }
    let mut by_class: BTreeMap<Arc<str>, Objects<'t>> = BTreeMap::new();
    for object in all() {
        if last.get(&(&*object.class, object.node.as_ref())) != Some(&object.taken) {
            continue;
        }
        let (node, name) = object_key(object);
        let objects = by_class.entry(object.class.clone()).or_default();
        // Things of one name are told apart by their order in the export.
        let mut number = 0;
        while objects.contains_key(&(node.clone(), name.clone(), number)) {
            number += 1;
        }
        objects.insert((node, name, number), object);
    }
    by_class
}

fn objects(
    before: Side<'_>,
    after: Side<'_>,
    out: &mut Vec<Difference>,
    missing: &mut BTreeSet<NotCompared>,
) {
    let (a, b) = (latest_objects(before), latest_objects(after));
    let classes: BTreeSet<&Arc<str>> = a.keys().chain(b.keys()).collect();
    for class in classes {
        let Some(area) = area_of(class) else {
            continue;
        };
        let (Some(one), Some(two)) = (a.get(class), b.get(class)) else {
            missing.insert(NotCompared {
                area,
                what: class.to_string(),
                names: Vec::new(),
                before: a.contains_key(class),
                after: b.contains_key(class),
            });
            continue;
        };
        let nodes = |objects: &Objects<'_>| -> BTreeSet<Option<String>> {
            objects.keys().map(|(node, ..)| node.clone()).collect()
        };
        // An export of a node that only one side has says nothing of the other.
        let both: BTreeSet<_> = nodes(one).intersection(&nodes(two)).cloned().collect();
        let keys: BTreeSet<_> = one.keys().chain(two.keys()).collect();
        for key in keys.into_iter().filter(|(node, ..)| both.contains(node)) {
            of_object(area, class, key, one.get(key), two.get(key), out);
        }
    }
}

fn of_object(
    area: Area,
    class: &str,
    key: &(Option<String>, String, usize),
    one: Option<&&ExportedObject>,
    two: Option<&&ExportedObject>,
    out: &mut Vec<Difference>,
) {
    let (node, name, number) = key;
    let mut subject = match (node, name.is_empty()) {
        (Some(node), false) => format!("{node} / {name}"),
        (Some(node), true) => node.clone(),
        (None, false) => name.clone(),
        (None, true) => class.to_owned(),
    };
    if class == "VM"
        && let Some(name) = two.or(one).and_then(|o| o.properties.get("Name"))
    {
        subject = name.to_string();
    }
    if *number > 0 {
        subject.push_str(&format!(" ({})", number + 1));
    }
    let source = |o: Option<&&ExportedObject>| o.map(|o| o.source.to_string());
    let (Some(a), Some(b)) = (one, two) else {
        // VMs that come and go are members.
        if class != "VM" {
            let there = |o: Option<&&ExportedObject>| o.map(|_| class.to_owned());
            out.push(Difference {
                area,
                subject,
                property: class.to_owned(),
                before: there(one),
                after: there(two),
                before_source: source(one),
                after_source: source(two),
            });
        }
        return;
    };
    for (property, x) in &a.properties {
        let Some(y) = b.properties.get(property) else {
            continue;
        };
        let passing = PASSING.iter().any(|p| p.eq_ignore_ascii_case(property))
            || class == "VM" && matches!(&**property, "State" | "Status" | "Name");
        if x != y && !passing {
            out.push(Difference {
                area,
                subject: subject.clone(),
                property: property.to_string(),
                before: Some(x.to_string()),
                after: Some(y.to_string()),
                before_source: source(one),
                after_source: source(two),
            });
        }
    }
}

// Lengths of time

#[derive(Default)]
struct Values {
    count: usize,
    known: Vec<f64>,
}

impl Values {
    fn add(&mut self, seconds: Option<f64>) {
        self.count += 1;
        self.known.extend(seconds);
    }

    fn distribution(&self) -> Distribution {
        let spread: Option<Spread> = spread(&self.known);
        Distribution {
            count: self.count,
            known: self.known.len(),
            median_s: spread.map(|s| s.median),
            p95_s: spread.map(|s| s.p95),
            longest_s: spread.map(|s| s.max),
        }
    }
}

type Measured = BTreeMap<(Quantity, Option<(String, String)>), Values>;

fn measured(timeline: &Timeline) -> Measured {
    let mut all = Measured::new();
    let mut add = |what, nodes, seconds| all.entry((what, nodes)).or_default().add(seconds);
    for migration in timeline
        .migrations
        .iter()
        .filter(|m| m.kind == MoveKind::Live)
    {
        let pair = match (&migration.from_node, &migration.to_node) {
            (Some(from), Some(to)) => Some((from.as_str().to_owned(), to.as_str().to_owned())),
            _ => None,
        };
        match migration.outcome {
            MoveOutcome::Completed => {
                add(Quantity::Migration, None, migration.duration_s);
                add(Quantity::Blackout, None, migration.blackout_s);
                if pair.is_some() {
                    add(Quantity::Migration, pair.clone(), migration.duration_s);
                    add(Quantity::Blackout, pair, migration.blackout_s);
                }
            }
            MoveOutcome::Failed => {
                add(Quantity::FailedMigration, None, migration.duration_s);
                if pair.is_some() {
                    add(Quantity::FailedMigration, pair, migration.duration_s);
                }
            }
            MoveOutcome::Canceled | MoveOutcome::Unfinished => {}
        }
    }
    for failover in &timeline.failovers {
        add(Quantity::Failover, None, failover.downtime_s);
    }
    for down in timeline.vms.iter().flat_map(|vm| &vm.downtimes) {
        let seconds = down.from.zip(down.to).map(|(a, b)| b.seconds_since(a));
        add(Quantity::Downtime, None, seconds);
    }
    all
}

fn measures(before: &Timeline, after: &Timeline) -> Vec<Measure> {
    let (a, b) = (measured(before), measured(after));
    let none = Values::default();
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    keys.into_iter()
        // A pair of nodes is told where there is something to compare it with.
        .filter(|key| key.1.is_none() || a.contains_key(key) && b.contains_key(key))
        .map(|key| Measure {
            what: key.0,
            nodes: key.1.clone(),
            before: a.get(key).unwrap_or(&none).distribution(),
            after: b.get(key).unwrap_or(&none).distribution(),
        })
        .collect()
}

// Events

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct EventKey {
    origin: &'static str,
    provider: Option<Arc<str>>,
    id: Option<u32>,
    kind: EventKind,
}

struct Seen<'t> {
    count: u64,
    first: Moment,
    severity: Severity,
    nodes: BTreeSet<&'t NodeName>,
    channels: BTreeSet<Arc<str>>,
}

fn seen(timeline: &Timeline) -> BTreeMap<EventKey, Seen<'_>> {
    let mut all: BTreeMap<EventKey, Seen<'_>> = BTreeMap::new();
    for event in timeline.events.iter().filter(|e| is_told(e)) {
        let (provider, id, channel) = match &event.origin {
            Origin::EventLog {
                provider,
                id,
                channel,
                ..
            } => (Some(provider.clone()), Some(*id), channel.clone()),
            Origin::ClusterLog { .. } => (None, None, crate::model::coverage::CLUSTER_LOG.into()),
            _ => (None, None, crate::model::coverage::NOTES.into()),
        };
        let key = EventKey {
            origin: event.origin.name(),
            provider,
            id,
            kind: event.kind,
        };
        let seen = all.entry(key).or_insert_with(|| Seen {
            count: 0,
            first: event.time,
            severity: event.severity,
            nodes: BTreeSet::new(),
            channels: BTreeSet::new(),
        });
        seen.count += 1;
        seen.first = seen.first.min(event.time);
        seen.severity = seen.severity.max(event.severity);
        seen.nodes.extend(&event.node);
        seen.channels.insert(channel);
    }
    all
}

/// A change of frequency is told from this many events on.
const FEW: u64 = 10;
/// By how much.
const TIMES: f64 = 3.0;

fn events(before: &Timeline, after: &Timeline) -> Vec<EventChange> {
    let (a, b) = (seen(before), seen(after));
    let hours = |window: Option<Window>| {
        window.map_or(1.0, |w| {
            (w.to.seconds_since(w.from) / 3600.0).max(1.0 / 60.0)
        })
    };
    let (hours_a, hours_b) = (hours(before.window()), hours(after.window()));
    let channels = |timeline: &Timeline| -> BTreeSet<Arc<str>> {
        let files = timeline.coverage.files.iter();
        files.flat_map(|f| f.channels.iter().cloned()).collect()
    };
    let (read_a, read_b) = (channels(before), channels(after));
    let keys: BTreeSet<&EventKey> = a.keys().chain(b.keys()).collect();
    let mut changes: Vec<EventChange> = Vec::new();
    for key in keys {
        let (x, y) = (a.get(key), b.get(key));
        let trend = match (x, y) {
            (None, Some(_)) => Trend::New,
            (Some(_), None) => Trend::Gone,
            (Some(x), Some(y)) => {
                let (per_a, per_b) = (x.count as f64 / hours_a, y.count as f64 / hours_b);
                if y.count >= FEW && per_b >= TIMES * per_a {
                    Trend::More
                } else if x.count >= FEW && per_a >= TIMES * per_b {
                    Trend::Fewer
                } else {
                    continue;
                }
            }
            (None, None) => continue,
        };
        let (Some(told), read_there) = (match trend {
            Trend::New | Trend::More => (y, &read_a),
            Trend::Gone | Trend::Fewer => (x, &read_b),
        }) else {
            continue;
        };
        // None of it, and no log of it, are two things.
        let carried = told.channels.iter().any(|c| read_there.contains(c));
        let count = |seen: Option<&Seen<'_>>| match seen {
            Some(seen) => Some(seen.count),
            None => carried.then_some(0),
        };
        changes.push(EventChange {
            trend,
            kind: key.kind,
            origin: key.origin.to_owned(),
            provider: key.provider.as_ref().map(ToString::to_string),
            event_id: key.id,
            severity: told.severity,
            before: count(x),
            after: count(y),
            first: told.first,
            nodes: told.nodes.iter().map(|n| n.as_str().to_owned()).collect(),
        });
    }
    // What could not have been seen on the other side is least of all a change.
    let unseen = |c: &EventChange| c.before.is_none() || c.after.is_none();
    changes.sort_by(|a, b| {
        (a.trend, unseen(a))
            .cmp(&(b.trend, unseen(b)))
            .then(b.severity.cmp(&a.severity))
            .then(a.first.cmp(&b.first))
            .then((a.kind, a.event_id).cmp(&(b.kind, b.event_id)))
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;
    use crate::model::VmName;
    use crate::model::inventory::AdapterSetting;
    use crate::model::source::{Locator, SourceRef};

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn snapshot(minute: u32, vlan: u32) -> VmSnapshot {
        VmSnapshot {
            taken: at(&format!("2024-05-14T01:{minute:02}:00Z")),
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

    fn object(class: &str, node: &str, minute: u32, properties: &[(&str, &str)]) -> ExportedObject {
        ExportedObject {
            taken: at(&format!("2024-05-14T01:{minute:02}:00Z")),
            node: NodeName::new(node),
            class: class.into(),
            properties: (properties.iter())
                .map(|(k, v)| ((*k).into(), (*v).into()))
                .collect(),
            source: SourceRef::new(format!("o{minute}").into(), Locator::Entry(1)),
        }
    }

    fn side(timeline: &Timeline) -> Side<'_> {
        Side {
            timeline,
            until: None,
        }
    }

    /// Area, subject, property, and the values before and after.
    type Told<'a> = (Area, &'a str, &'a str, Option<&'a str>, Option<&'a str>);

    fn told(comparison: &Comparison) -> Vec<Told<'_>> {
        (comparison.differences.iter())
            .map(|d| {
                (
                    d.area,
                    d.subject.as_str(),
                    d.property.as_str(),
                    d.before.as_deref(),
                    d.after.as_deref(),
                )
            })
            .collect()
    }

    #[test]
    fn nothing_differs_from_itself() {
        let timeline = fixture::incident();
        let same = compare(side(&timeline), side(&timeline));
        assert_eq!(same.differences, []);
        assert_eq!(same.events, []);
        assert_eq!(same.not_compared, []);
        assert!(same.measures.iter().all(|m| m.before == m.after));
    }

    #[test]
    fn a_setting_that_differs_is_told_with_both_places() {
        let (mut one, mut two) = (Timeline::default(), Timeline::default());
        one.inventory.snapshots = vec![snapshot(0, 100), snapshot(10, 200)];
        two.inventory.snapshots = vec![snapshot(30, 100)];
        let found = compare(side(&one), side(&two));
        assert_eq!(
            told(&found),
            [(Area::Vm, "web01", "vlan", Some("200"), Some("100"))]
        );
        assert_eq!(
            found.differences[0].before_source.as_deref(),
            Some("s10 entry 1")
        );
        // An export that was made behind the window does not speak of it.
        let early = Side {
            timeline: &one,
            until: Some(at("2024-05-14T01:05:00Z")),
        };
        assert_eq!(told(&compare(early, side(&two))), []);
        let before_all = Side {
            timeline: &one,
            until: Some(at("2024-05-14T00:59:00Z")),
        };
        let found = compare(before_all, side(&two));
        assert_eq!(told(&found), []);
        assert_eq!(found.not_compared[0].what, "adapters");
    }

    #[test]
    fn what_one_side_does_not_export_is_no_difference() {
        let (mut one, mut two) = (Timeline::default(), Timeline::default());
        let switch = |kind| {
            object(
                "VMSwitch",
                "HV01",
                0,
                &[("Name", "LAN"), ("SwitchType", kind)],
            )
        };
        one.inventory.objects = vec![switch("External")];
        let found = compare(side(&one), side(&two));
        assert_eq!(told(&found), []);
        assert_eq!(
            found.not_compared,
            [NotCompared {
                area: Area::Switch,
                what: "VMSwitch".into(),
                names: Vec::new(),
                before: true,
                after: false
            }]
        );
        // With an export of the node, a switch that is not in it is gone.
        let other = object(
            "VMSwitch",
            "HV01",
            5,
            &[("Name", "LAN2"), ("SwitchType", "Private")],
        );
        two.inventory.objects = vec![other];
        assert_eq!(
            told(&compare(side(&one), side(&two))),
            [
                (
                    Area::Switch,
                    "HV01 / LAN",
                    "VMSwitch",
                    Some("VMSwitch"),
                    None
                ),
                (
                    Area::Switch,
                    "HV01 / LAN2",
                    "VMSwitch",
                    None,
                    Some("VMSwitch")
                ),
            ]
        );
        two.inventory.objects = vec![switch("Private")];
        assert_eq!(
            told(&compare(side(&one), side(&two))),
            [(
                Area::Switch,
                "HV01 / LAN",
                "SwitchType",
                Some("External"),
                Some("Private")
            )]
        );
    }

    #[test]
    fn a_vm_that_nothing_happens_to_is_not_called_gone() {
        let one = fixture::incident();
        let mut two = one.clone();
        let vm = two.vms.remove(0);
        let (gone, id) = (vm.label(), vm.id.unwrap().to_string());
        let found = compare(side(&one), side(&two));
        assert_eq!(told(&found), []);
        assert_eq!(found.not_compared[0].names, std::slice::from_ref(&gone));
        // An export of VMs that does not have it is another matter.
        two.inventory.objects = vec![object("VM", "HV01", 0, &[("Name", "other")])];
        let found = compare(side(&one), side(&two));
        assert_eq!(
            told(&found),
            [(Area::Member, &*gone, "VM", Some(&*id), None)]
        );
    }

    #[test]
    fn a_vm_in_the_place_of_another_of_its_name_is_one_difference() {
        let one = fixture::incident();
        let mut two = one.clone();
        let other = crate::model::id::VmId::parse("11111111-2222-3333-4444-555555555555").unwrap();
        let before = two.vms[0].id.replace(other).unwrap().to_string();
        let name = two.vms[0].label();
        let found = compare(side(&one), side(&two));
        let after = other.to_string();
        assert_eq!(
            told(&found),
            [(Area::Member, &*name, "id", Some(&*before), Some(&*after))]
        );
        assert_eq!(found.not_compared, []);
    }

    #[test]
    fn what_changes_by_itself_is_no_difference() {
        let (mut one, mut two) = (Timeline::default(), Timeline::default());
        let vm = |usage, processors| {
            let properties = [
                ("Name", "web01"),
                ("CPUUsage", usage),
                ("ProcessorCount", processors),
            ];
            object("VM", "HV01", 0, &properties)
        };
        one.inventory.objects = vec![vm("3", "4")];
        two.inventory.objects = vec![vm("90", "8")];
        assert_eq!(
            told(&compare(side(&one), side(&two))),
            [(Area::Vm, "web01", "ProcessorCount", Some("4"), Some("8"))]
        );
    }

    #[test]
    fn an_event_without_a_log_on_the_other_side_is_not_called_gone() {
        let one = fixture::incident();
        let mut two = one.clone();
        let gone = one.events.iter().find(|e| is_told(e)).unwrap().kind;
        two.events.retain(|e| e.kind != gone);
        let found = compare(side(&one), side(&two));
        assert!(!found.events.is_empty());
        for change in &found.events {
            assert_eq!((change.trend, change.kind), (Trend::Gone, gone));
        }
        two.coverage.files.clear();
        let found = compare(side(&one), side(&two));
        assert!(found.events.iter().all(|c| c.after.is_none()));
    }
}
