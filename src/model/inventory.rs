//! What bundles carry beside logs: builds, members, settings of VMs.
//!
//! Settings are kept as snapshots in time, since two of them that differ are the
//! best evidence of a change that no event records.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::id::{NodeName, VmId, VmName};
use super::source::SourceRef;
use super::time::Moment;

/// What is known of a node from exports and from its own start-up events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// Operating system as the source names it (`Microsoft Windows Server 2016 Datacenter`).
    pub os: Option<String>,
    /// Build number: 7601 for 2008 R2 SP1, 9200, 9600, 14393, 17763, 20348, 26100.
    pub build: Option<u32>,
    /// Installed updates (`KB2545685`), sorted.
    pub updates: Vec<String>,
}

/// A VM's network adapter at one time. `None` is "not exported", never "none".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdapterSetting {
    /// Adapter name (`Network Adapter`).
    pub name: String,
    /// Adapter id, as exported.
    pub id: Option<String>,
    /// Connected virtual switch; empty when not connected.
    pub switch: Option<String>,
    /// Access VLAN id; 0 is untagged.
    pub vlan: Option<u32>,
    /// MAC address, 12 hex digits in upper case without separators.
    pub mac: Option<String>,
}

/// A VM's settings as exported at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct VmSnapshot {
    /// When the export was made.
    pub taken: Moment,
    /// The node it was made on.
    pub node: Option<NodeName>,
    /// VM name.
    pub vm: VmName,
    /// VM id.
    pub vm_id: Option<VmId>,
    /// Its network adapters, in the order of the export.
    pub adapters: Vec<AdapterSetting>,
    /// Where it was read.
    pub source: SourceRef,
}

/// An object of an export: an adapter, a switch, a cluster node, as PowerShell shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedObject {
    /// When the export was made.
    pub taken: Moment,
    /// The node that it was made on or that it is of; `None` for what is of the whole cluster.
    pub node: Option<NodeName>,
    /// Class, without namespace and prefixes: `NetAdapter`, `VMSwitch`, `ClusterNode`.
    pub class: Arc<str>,
    /// Properties with their names as PowerShell writes them, and their values as text.
    pub properties: BTreeMap<Arc<str>, Arc<str>>,
    /// Where it was read.
    pub source: SourceRef,
}

/// A class of exported objects: the name that [`ExportedObject::class`] has, and the
/// properties that are known of it, as PowerShell writes them.
///
/// An export may hold properties beyond these; that one is listed does not say that
/// every Windows version exports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedClass {
    /// Class (`NetAdapter`).
    pub name: &'static str,
    /// Its properties (`DriverProvider`), in no particular order.
    pub properties: Vec<&'static str>,
}

/// Everything known beside events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Per node.
    pub nodes: BTreeMap<NodeName, NodeFacts>,
    /// Cluster name, where something names it.
    pub cluster: Option<String>,
    /// Settings of VMs, by (time, node, VM).
    pub snapshots: Vec<VmSnapshot>,
    /// Other exported objects, by (class, node, time).
    pub objects: Vec<ExportedObject>,
}
