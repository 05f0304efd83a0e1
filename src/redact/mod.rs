//! Pseudonyms for everything that tells whose cluster it is: names of VMs, nodes,
//! cluster, domains and people, addresses, ids and paths. Done on what was gathered, before
//! anything is concluded from it, so that no later room ever knows a real name.
//!
//! What has a place of its own in the model is replaced by what it is; texts are searched
//! for the names that are known by then and for whatever has the form of an address, an
//! id, a path or an account. What remains and was not understood is counted as a
//! [`Doubt`]: nobody can vouch for a sentence.

mod key;
mod scrub;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::coverage::{Coverage, FileCoverage, MessageFile};
use crate::model::diagnostic::Diagnostics;
use crate::model::event::{Event, Fields, Origin, Subject};
use crate::model::gathered::Gathered;
use crate::model::id::{GroupName, NodeName, ResourceName, VmId, VmName};
use crate::model::inventory::{AdapterSetting, ExportedObject, Inventory, VmSnapshot};
use crate::model::kind::EventKind;
use crate::model::source::SourceRef;

pub use key::{Class, Doubt, Entry, FORMAT, Key};
use scrub::{Finder, Scrubber};

/// The most examples of one doubt.
const MOST_EXAMPLES: usize = 3;
/// The most characters of an example.
const LONGEST_EXAMPLE: usize = 160;

/// Replaces the names in all of `sides`, each the same in all. Names that the key holds
/// keep their pseudonyms, new ones are added to it; its doubts are those of this run.
///
/// The events are in total order again afterwards.
#[must_use]
pub fn redact(sides: Vec<Gathered>, key: &mut Key) -> Vec<Gathered> {
    let mut names = Names::default();
    for side in &sides {
        names.learn(side);
    }
    names.give(key);
    let channels: BTreeSet<String> = (sides.iter().flat_map(|s| &s.coverage.files))
        .flat_map(|f| &f.channels)
        .filter(|c| c.starts_with("Microsoft-"))
        .map(|c| scrub::channel_key(c))
        .collect();
    // The first pass gives a pseudonym to what stands in a place of its own; only then
    // can it be looked for in all texts.
    let finder = Finder::new(key);
    let mut first = Pass::new(key, finder, channels.clone());
    for side in &sides {
        for event in &side.events {
            first.event(event.clone());
        }
        first.coverage(side.coverage.clone());
        first.inventory(side.inventory.clone());
    }
    let finder = Finder::new(key);
    let mut second = Pass::new(key, finder, channels);
    let done = sides.into_iter().map(|side| second.side(side)).collect();
    let mut doubts = second.doubts;
    let common = key.common_names();
    if !common.is_empty() {
        let some = common.iter().take(MOST_EXAMPLES);
        let some = some.map(|n| (*n).to_owned()).collect();
        doubts.insert(
            "names of ordinary words inside texts".to_owned(),
            (common.len() as u64, some),
        );
    }
    key.doubts = doubts
        .into_iter()
        .map(|(place, (count, examples))| Doubt {
            place,
            count,
            examples,
        })
        .collect();
    done
}

/// The names that stand in places of their own, before anything is replaced.
#[derive(Default)]
struct Names {
    names: BTreeMap<Class, BTreeMap<String, String>>,
    domains: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, class: Class, name: &str) {
        let name = name.trim().trim_start_matches('\\');
        let host = |name: &str| name.split('.').next().unwrap_or(name).to_owned();
        let name = match class {
            Class::Node | Class::Cluster => {
                if let Some((_, domain)) = name.split_once('.')
                    && name.parse::<std::net::IpAddr>().is_err()
                {
                    self.domains.insert(domain.to_owned());
                }
                host(name)
            }
            _ => name.to_owned(),
        };
        let number = name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if name.is_empty() || number && class != Class::Vm {
            return;
        }
        let key = name.to_lowercase();
        self.names
            .entry(class)
            .or_default()
            .entry(key)
            .or_insert(name);
    }

    fn node(&mut self, name: Option<&NodeName>) {
        if let Some(name) = name {
            self.add(Class::Node, name.as_str());
        }
    }

    fn learn(&mut self, gathered: &Gathered) {
        for event in &gathered.events {
            let subject = &event.subject;
            let nodes = [
                &event.node,
                &subject.node,
                &subject.from_node,
                &subject.to_node,
            ];
            for node in nodes.into_iter().flatten() {
                self.add(Class::Node, node.as_str());
            }
            if let Some(vm) = &subject.vm {
                self.add(Class::Vm, vm.as_str());
            }
            if let Some((vm, _)) = subject.resource.as_ref().and_then(ResourceName::vm) {
                self.add(Class::Vm, vm.as_str());
            }
            if let Some(id) = subject.vm_id {
                self.add(Class::VmId, &id.to_string());
            }
            for (name, value) in event.fields.iter() {
                match name {
                    "cluster" => self.add(Class::Cluster, value),
                    "domain" | "zone" => {
                        self.domains.insert(value.to_owned());
                    }
                    "renamed_to" => self.add(Class::Vm, value),
                    _ => {}
                }
            }
        }
        let coverage = &gathered.coverage;
        for node in &coverage.named_nodes {
            self.node(Some(node));
        }
        for file in &coverage.files {
            self.node(file.node.as_ref());
        }
        let inventory = &gathered.inventory;
        for node in inventory.nodes.keys() {
            self.node(Some(node));
        }
        if let Some(cluster) = &inventory.cluster {
            self.add(Class::Cluster, cluster);
        }
        for snapshot in &inventory.snapshots {
            self.node(snapshot.node.as_ref());
            self.add(Class::Vm, snapshot.vm.as_str());
            if let Some(id) = snapshot.vm_id {
                self.add(Class::VmId, &id.to_string());
            }
        }
        for object in &inventory.objects {
            self.node(object.node.as_ref());
            for (property, value) in &object.properties {
                match property_means(&object.class, property) {
                    Means::Name(class @ (Class::Vm | Class::Cluster)) => self.add(class, value),
                    Means::Domain => {
                        self.domains.insert(value.to_string());
                    }
                    _ => {}
                }
            }
        }
        // Domains behind the names of computers, wherever these stand.
        let hosts: BTreeSet<String> = [Class::Node, Class::Cluster]
            .iter()
            .filter_map(|class| self.names.get(class))
            .flat_map(|names| names.keys().cloned())
            .collect();
        let mut found = BTreeSet::new();
        let mut look = |text: &str| scrub::domains_behind(text, &hosts, &mut found);
        for event in &gathered.events {
            for (_, value) in event.fields.iter() {
                look(value);
            }
            if let Some(message) = &event.message {
                look(message);
            }
        }
        for file in &coverage.files {
            look(&file.path);
        }
        for object in &inventory.objects {
            for value in object.properties.values() {
                look(value);
            }
        }
        self.domains.append(&mut found);
    }

    /// In order of the names, so that pseudonyms sort as these do and nothing changes its
    /// place in a report.
    fn give(mut self, key: &mut Key) {
        let real: Vec<String> = self
            .names
            .values()
            .flat_map(|n| n.keys().cloned())
            .collect();
        key.reserve(&real);
        // A VM's computer is often called like the VM, and a cluster like its name.
        for (class, names) in &self.names {
            let new: Vec<&String> = names
                .values()
                .filter(|name| key.get(*class, name).is_none())
                .collect();
            key.expect(*class, new.len());
            for name in new {
                key.give(*class, name);
            }
        }
        self.domains
            .retain(|d| d.contains('.') && !d.contains(char::is_whitespace));
        let mut scrubber = Scrubber {
            key,
            finder: None,
            channels: BTreeSet::new(),
        };
        for domain in &self.domains {
            scrubber.domain(domain);
        }
    }
}

/// What a value of an exported object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    /// A name of a class.
    Name(Class),
    /// A computer.
    Host,
    /// A domain.
    Domain,
    /// An account.
    User,
    /// A path.
    Path,
    /// A word, number or product: kept, but for names in it.
    Word,
    /// What people wrote, or what tells one machine from all others: left out.
    Private,
    /// Anything: searched, and counted as a doubt where words remain.
    Text,
}

/// Of the properties of exported objects, by class.
fn property_means(class: &str, property: &str) -> Means {
    let is = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(property));
    if is(&["VMName"]) || class == "VM" && is(&["Name", "ElementName"]) {
        return Means::Name(Class::Vm);
    }
    if class == "Cluster" && is(&["Name"]) || is(&["Cluster", "ClusterName"]) {
        return Means::Name(Class::Cluster);
    }
    if matches!(class, "ClusterNode" | "ComputerSystem" | "VMHost") && is(&["Name"])
        || is(&[
            "ComputerName",
            "PSComputerName",
            "CSName",
            "SystemName",
            "OwnerNode",
            "Node",
            "NodeName",
            "FullyQualifiedDomainName",
            "DNSHostName",
            "MachineName",
            "__SERVER",
            "Fqdn",
        ])
    {
        return Means::Host;
    }
    if is(&["Domain", "DomainName", "Workgroup"]) {
        return Means::Domain;
    }
    if is(&[
        "UserName",
        "PrimaryOwnerName",
        "RegisteredUser",
        "InstalledBy",
        "StartName",
        "Owner",
    ]) {
        return Means::User;
    }
    if class == "ClusterGroup" && is(&["Name"]) || is(&["OwnerGroup", "ClusterGroup"]) {
        return Means::Name(Class::Role);
    }
    if matches!(class, "ClusterResource") && is(&["Name"])
        || is(&["ClusterObject", "QuorumResource", "DependencyExpression"])
    {
        return Means::Name(Class::Resource);
    }
    let of_networks = matches!(
        class,
        "VMSwitch"
            | "VMSwitchTeam"
            | "NetAdapter"
            | "NetLbfoTeam"
            | "NetLbfoTeamMember"
            | "NetLbfoTeamNic"
            | "ClusterNetwork"
            | "ClusterNetworkInterface"
            | "NetAdapterVmqSetting"
            | "NetAdapterRdmaSetting"
            | "NetAdapterRssSetting"
            | "NetAdapterSriovSetting"
            | "NetAdapterBindingSetting"
            | "NetAdapterAdvancedProperty"
            | "VMNetworkAdapter"
    );
    if of_networks && is(&["Name", "ElementName"])
        || is(&[
            "SwitchName",
            "InterfaceAlias",
            "Team",
            "Members",
            "Network",
            "Adapter",
            "ifAlias",
        ])
    {
        return Means::Name(Class::Network);
    }
    if matches!(
        class,
        "ClusterSharedVolume"
            | "StoragePool"
            | "StorageSubSystem"
            | "VirtualDisk"
            | "Volume"
            | "StorageTier"
    ) && is(&[
        "Name",
        "FriendlyName",
        "FileSystemLabel",
        "StorageSubSystemFriendlyName",
    ]) {
        return Means::Name(Class::Volume);
    }
    if is(&[
        "Path",
        "ConfigurationLocation",
        "SnapshotFileLocation",
        "SmartPagingFilePath",
        "PathName",
        "VirtualHardDiskPath",
        "VirtualMachinePath",
        "SharedVolumeInfo",
    ]) {
        return Means::Path;
    }
    if is(&[
        "Notes",
        "Description",
        "SerialNumber",
        "AdapterSerialNumber",
        "AssetTag",
        "UUID",
        "UniqueId",
        "IdentifyingNumber",
        "Organization",
        "ObjectId",
        "PassThroughIds",
        "OEMStringArray",
    ]) {
        return Means::Private;
    }
    if is(&[
        "Caption",
        "Version",
        "DriverVersion",
        "DriverProvider",
        "DriverProviderName",
        "DriverName",
        "InterfaceDescription",
        "HotFixID",
        "Manufacturer",
        "Model",
        "ResourceType",
        "Status",
        "State",
        "DisplayName",
        "RegistryKeyword",
        "DisplayValue",
        "RegistryValue",
        "ComponentID",
        "DeviceName",
        "FriendlyName",
        "InfName",
        "HardWareID",
        "DriverDate",
        "MediaType",
    ]) {
        return Means::Word;
    }
    Means::Text
}

/// One way through everything that was gathered.
struct Pass<'k> {
    scrub: Scrubber<'k>,
    members: BTreeMap<Arc<str>, Arc<str>>,
    /// By place: how many, and some of them.
    doubts: BTreeMap<String, (u64, Vec<String>)>,
}

/// Fields that hold words, numbers or codes of the system.
const WORDS: [&str; 96] = [
    "action",
    "after_s",
    "at",
    "at_date",
    "at_time",
    "bias",
    "blackout_s",
    "branch",
    "brownout_s",
    "bugcheck",
    "build",
    "call",
    "category",
    "cause",
    "cmdlet",
    "code",
    "commit_charge",
    "commit_limit",
    "control",
    "corrected",
    "count",
    "cpu_cap",
    "data",
    "difference_ms",
    "difference_s",
    "direct_io",
    "dirty",
    "dirty_pages",
    "dll",
    "drift",
    "duration_ms",
    "duration_s",
    "error",
    "event",
    "failures",
    "for_s",
    "force",
    "from_state",
    "how",
    "last_boot_good",
    "last_good",
    "last_shutdown_good",
    "level",
    "limit",
    "line",
    "log",
    "long",
    "major",
    "memory_mb",
    "minor",
    "missed",
    "module",
    "move_type",
    "new_time",
    "node_id",
    "not_before",
    "number",
    "offset_s",
    "old_time",
    "old_view",
    "operation",
    "outcome",
    "over_ms",
    "pages_sent",
    "pass",
    "phase",
    "phase_2008r2",
    "pid",
    "priority",
    "process",
    "processor",
    "property",
    "property_id",
    "protocol",
    "qfe",
    "reason_code",
    "recorded_time",
    "recovery",
    "request",
    "restart_ms",
    "result",
    "retry_min",
    "route",
    "rule",
    "seconds",
    "sequence",
    "side",
    "state",
    "step",
    "target_processor",
    "time",
    "times",
    "to_state",
    "type",
    "uptime_s",
    "use",
];

/// More of them.
const MORE_WORDS: [&str; 19] = [
    "timeout_ms",
    "tool",
    "until",
    "update",
    "used_mb",
    "version",
    "view",
    "vlan",
    "what",
    "why",
    "start_type",
    "sid_type",
    "state_kb",
    "saved_state_kb",
    "target_pages",
    "weights",
    "from_id",
    "to_id",
    "dest_id",
];

impl<'k> Pass<'k> {
    fn new(key: &'k mut Key, finder: Option<Finder>, channels: BTreeSet<String>) -> Self {
        Pass {
            scrub: Scrubber {
                key,
                finder,
                channels,
            },
            members: BTreeMap::new(),
            doubts: BTreeMap::new(),
        }
    }

    fn side(&mut self, side: Gathered) -> Gathered {
        let mut events: Vec<Event> = side.events.into_iter().map(|e| self.event(e)).collect();
        events.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        Gathered {
            events,
            coverage: self.coverage(side.coverage),
            inventory: self.inventory(side.inventory),
            diagnostics: self.diagnostics(&side.diagnostics),
        }
    }

    /// Counts a text that still says something nobody knows.
    fn doubt(&mut self, place: &str, text: &str) {
        let number = text
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_punctuation() || b == b' ');
        if number || self.scrub.is_clear(text) {
            return;
        }
        let (count, examples) = self.doubts.entry(place.to_owned()).or_default();
        *count += 1;
        if examples.len() < MOST_EXAMPLES {
            let example: String = text.chars().take(LONGEST_EXAMPLE).collect();
            if !examples.contains(&example) {
                examples.push(example);
            }
        }
    }

    fn text(&mut self, place: &str, text: &str) -> String {
        let shown = self.scrub.text(text);
        self.doubt(place, &shown);
        shown
    }

    // Names

    fn node(&mut self, name: &NodeName) -> NodeName {
        // Some records give the number of a node in place of its name.
        NodeName::new(&self.scrub.host(name.as_str())).unwrap_or_else(|| name.clone())
    }

    fn node_of(&mut self, name: &mut Option<NodeName>) {
        *name = name.as_ref().map(|name| self.node(name));
    }

    fn vm(&mut self, name: &VmName) -> VmName {
        let shown = self.scrub.key.give(Class::Vm, name.as_str());
        VmName::new(&shown).unwrap_or_else(|| name.clone())
    }

    fn vm_id(&mut self, id: VmId) -> VmId {
        VmId::parse(&self.scrub.vm_id(id)).unwrap_or(id)
    }

    /// A VM's resource keeps the words that say so.
    fn resource(&mut self, name: &str) -> String {
        let parsed = ResourceName::new(name).and_then(|r| r.vm());
        match parsed {
            Some((vm, _)) => {
                let name = name.trim();
                let lead = name.strip_suffix(vm.as_str()).unwrap_or_default();
                format!("{lead}{}", self.vm(&vm))
            }
            None => self.scrub.name(Class::Resource, name),
        }
    }

    fn subject(&mut self, subject: Subject) -> Subject {
        let mut nodes = [subject.node, subject.from_node, subject.to_node];
        for node in &mut nodes {
            self.node_of(node);
        }
        let [node, from_node, to_node] = nodes;
        Subject {
            vm_id: subject.vm_id.map(|id| self.vm_id(id)),
            vm: subject.vm.map(|vm| self.vm(&vm)),
            group: subject
                .group
                .and_then(|group| GroupName::new(&self.scrub.name(Class::Role, group.as_str()))),
            resource: subject
                .resource
                .and_then(|resource| ResourceName::new(&self.resource(resource.as_str()))),
            node,
            from_node,
            to_node,
            network: subject
                .network
                .map(|n| self.scrub.name(Class::Network, &n).into()),
            volume: subject.volume.map(|v| self.volume(&v).into()),
        }
    }

    fn volume(&mut self, name: &str) -> String {
        match name.contains('\\') || name.contains('/') {
            true => self.scrub.text(name),
            false => self.scrub.name(Class::Volume, name),
        }
    }

    // Places

    fn member(&mut self, path: &Arc<str>) -> Arc<str> {
        if let Some(shown) = self.members.get(path) {
            return shown.clone();
        }
        let shown: Arc<str> = self.scrub.path(path).into();
        self.members.insert(path.clone(), shown.clone());
        shown
    }

    fn source(&mut self, source: &SourceRef) -> SourceRef {
        SourceRef::new(self.member(&source.member), source.at)
    }

    // Events

    fn event(&mut self, mut event: Event) -> Event {
        let mut fields = Fields::new();
        for (name, value) in event.fields.iter() {
            let shown = self.field(&event, name, value);
            fields.set(name, shown);
        }
        event.fields = fields;
        self.node_of(&mut event.node);
        event.subject = self.subject(event.subject);
        event.message = event
            .message
            .map(|message| self.text("messages of events", &message).into());
        event.source = self.source(&event.source);
        event
    }

    fn field(&mut self, event: &Event, name: &str, value: &str) -> String {
        if WORDS.contains(&name) || MORE_WORDS.contains(&name) {
            return match words::all_common(value) {
                true => self.scrub.addresses(value),
                false => self.scrub.text(value),
            };
        }
        match name {
            "status" if words::all_common(value) || value.starts_with("0x") => value.to_owned(),
            "cluster" => self.named(Class::Cluster, value),
            "renamed_to" | "planned_vm" => self.named(Class::Vm, value),
            "server" | "domain_controller" | "replica" | "primary" | "endpoint" => {
                self.scrub.host(value)
            }
            "nodes" | "members" | "old_members" | "joiners" | "downers" | "downed" | "isolated"
            | "others" => self.hosts(value),
            "name" if event.kind.name().starts_with("name.") => self.scrub.host(value),
            "from" | "to" | "names" if event.kind == EventKind::OsRenamed => self.hosts(value),
            "source" if event.kind.name().starts_with("time.") && !value.contains(' ') => {
                self.hosts(value)
            }
            "zone" if value.contains(' ') => self.text("values of \"zone\" in events", value),
            "domain" | "zone" => self.scrub.domain(value),
            "user" | "account" | "identity" | "owner" => self.scrub.user(value),
            "by" if event.origin == Origin::Note || value.contains(['\\', '@']) => {
                self.scrub.user(value)
            }
            "by" if words::all_common(&value.replace('_', " ")) => value.to_owned(),
            "by" => self.scrub.host(value),
            "switch" | "cluster_network" | "networks" | "nic_label" | "team" | "adapter" => {
                self.scrub.name(Class::Network, value)
            }
            "by_group" => self.scrub.name(Class::Role, value),
            "depends_on" => self.resource(value),
            "disk" | "pool" => self.volume(value),
            "path" | "to_path" | "dump" | "share" => self.scrub.path(value),
            "mac" => self
                .scrub
                .mac(value)
                .unwrap_or_else(|| self.scrub.text(value)),
            "from" | "to" => match event.fields.get("property") {
                Some("switch") => self.scrub.name(Class::Network, value),
                Some("name") => self.named(Class::Vm, value),
                Some("mac") => self.scrub.mac(value).unwrap_or_else(|| value.to_owned()),
                _ => self.text("values of \"from\" and \"to\" in events", value),
            },
            _ => self.text(&format!("values of {name:?} in events"), value),
        }
    }

    /// A name that is known to be of a class, whatever its words.
    fn named(&mut self, class: Class, value: &str) -> String {
        let value = value.trim();
        match class {
            Class::Cluster => self.scrub.host(value),
            _ if value.is_empty() => String::new(),
            _ => self.scrub.key.give(class, value),
        }
    }

    /// Names of computers with anything between them.
    fn hosts(&mut self, value: &str) -> String {
        let is_between = |c: char| c.is_whitespace() || ",;()[]{}'\"".contains(c);
        let mut out = String::new();
        for part in value.split_inclusive(is_between) {
            let name = part.trim_end_matches(is_between);
            if !name.is_empty() {
                out.push_str(&self.scrub.host(name));
            }
            out.push_str(&part[name.len()..]);
        }
        out
    }

    // What stands beside events

    fn coverage(&mut self, coverage: Coverage) -> Coverage {
        let mut files: Vec<FileCoverage> = coverage
            .files
            .into_iter()
            .map(|mut file| {
                self.node_of(&mut file.node);
                file.path = self.member(&file.path);
                file
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut gaps = coverage.gaps;
        for gap in &mut gaps {
            self.node_of(&mut gap.node);
            gap.path = self.member(&gap.path);
        }
        gaps.sort_by(|a, b| {
            (&a.path, &a.channel, a.after_record).cmp(&(&b.path, &b.channel, b.after_record))
        });
        let mut unknown: BTreeMap<(Arc<str>, u32), u64> = BTreeMap::new();
        for ((provider, id), count) in coverage.unknown {
            if !provider.starts_with("Microsoft-") {
                self.doubt("names of providers", &provider);
            }
            let shown: Arc<str> = self.scrub.text(&provider).into();
            *unknown.entry((shown, id)).or_default() += count;
        }
        Coverage {
            files,
            gaps,
            cut: coverage.cut.iter().map(|path| self.member(path)).collect(),
            carriers: coverage.carriers,
            unlogged: coverage.unlogged,
            unknown,
            named_nodes: coverage.named_nodes.iter().map(|n| self.node(n)).collect(),
            messages: (coverage.messages.into_iter())
                .map(|(log, file)| {
                    let path = self.member(&file.path);
                    let lcid = file.lcid;
                    (self.member(&log), MessageFile { path, lcid })
                })
                .collect(),
        }
    }

    fn inventory(&mut self, inventory: Inventory) -> Inventory {
        Inventory {
            nodes: (inventory.nodes.into_iter())
                .map(|(node, mut facts)| {
                    facts.os = facts.os.map(|os| self.scrub.text(&os));
                    (self.node(&node), facts)
                })
                .collect(),
            cluster: inventory
                .cluster
                .map(|name| self.named(Class::Cluster, &name)),
            snapshots: (inventory.snapshots.into_iter())
                .map(|snapshot| self.snapshot(snapshot))
                .collect(),
            objects: (inventory.objects.into_iter())
                .map(|object| self.object(object))
                .collect(),
        }
    }

    fn snapshot(&mut self, mut snapshot: VmSnapshot) -> VmSnapshot {
        self.node_of(&mut snapshot.node);
        snapshot.vm = self.vm(&snapshot.vm);
        snapshot.vm_id = snapshot.vm_id.map(|id| self.vm_id(id));
        snapshot.source = self.source(&snapshot.source);
        for adapter in &mut snapshot.adapters {
            *adapter = AdapterSetting {
                name: self.scrub.name(Class::Network, &adapter.name),
                id: adapter.id.as_ref().map(|id| self.scrub.text(id)),
                switch: (adapter.switch.as_ref())
                    .map(|switch| self.scrub.name(Class::Network, switch)),
                vlan: adapter.vlan,
                mac: (adapter.mac.as_ref())
                    .map(|mac| self.scrub.mac(mac).unwrap_or_else(|| mac.clone())),
            };
        }
        snapshot
    }

    fn object(&mut self, mut object: ExportedObject) -> ExportedObject {
        self.node_of(&mut object.node);
        object.source = self.source(&object.source);
        let class = object.class.clone();
        for (property, value) in &mut object.properties {
            let shown = match property_means(&class, property) {
                Means::Name(Class::Resource) => self.resource(value),
                Means::Name(named @ (Class::Vm | Class::Cluster)) => self.named(named, value),
                Means::Name(named) => self.scrub.name(named, value),
                Means::Host => self.scrub.host(value),
                Means::Domain => self.scrub.domain(value),
                Means::User => self.scrub.user(value),
                Means::Path => self.scrub.text(value),
                Means::Word if property.ends_with("Version") => continue,
                Means::Word => self.scrub.text(value),
                Means::Private => String::new(),
                Means::Text => self.text(&format!("values of {property:?} in exports"), value),
            };
            *value = shown.into();
        }
        object
    }

    fn diagnostics(&mut self, diagnostics: &Diagnostics) -> Diagnostics {
        let mut shown = Diagnostics::new();
        for one in diagnostics.iter() {
            let message = self.text("remarks on reading", &one.message);
            let source = self.source(&one.source);
            shown.push_count(one.code, source, message, one.count);
        }
        shown
    }
}

#[cfg(test)]
mod tests;
