//! What really happened in a simulated cluster, to judge a report by.
//!
//! Never part of a bundle. Times are true times; the nodes' wrong clocks are in
//! the logs only.

use serde::Serialize;

use crate::model::time::Moment;

/// The whole story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// Cluster name.
    pub cluster: String,
    /// Windows version, as in the scenario.
    pub windows: &'static str,
    /// The nodes, in the scenario's order.
    pub nodes: Vec<NodeTruth>,
    /// The VMs, in the scenario's order.
    pub vms: Vec<VmTruth>,
    /// Moves of running VMs, in order of their begin.
    pub migrations: Vec<MoveTruth>,
    /// VMs that the cluster restarted elsewhere, in order of time.
    pub failovers: Vec<FailoverTruth>,
    /// VMs that the cluster restarted where they had been, in order of time.
    pub restarts: Vec<FailoverTruth>,
    /// Changes of a VLAN, whoever made them, in order of time.
    pub settings: Vec<SettingTruth>,
    /// Network outages of a VM that left no trace.
    pub network_outages: Vec<OutageTruth>,
}

/// A node's story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeTruth {
    /// Name.
    pub name: String,
    /// Seconds by which its clock is ahead.
    pub clock_offset_s: f64,
    /// When it was not in the cluster, after the cluster's first start.
    pub outages: Vec<NodeOutage>,
    /// When it took no roles; a failed drain leaves it so, too.
    pub pauses: Vec<SpanTruth>,
    /// Steps of its clock, in order of time.
    pub clock_jumps: Vec<ClockJumpTruth>,
}

/// Some time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpanTruth {
    /// Since when.
    pub from: Moment,
    /// Until when; `None` when until the end.
    pub to: Option<Moment>,
}

/// A step of a node's clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockJumpTruth {
    /// When.
    pub at: Moment,
    /// Seconds forward; negative when back.
    pub by_s: f64,
}

/// A node not in the cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeOutage {
    /// Since when.
    pub from: Moment,
    /// Until when; `None` when it was still out at the end.
    pub to: Option<Moment>,
    /// Whether it was stopped in an orderly way.
    pub planned: bool,
    /// `restarted` (its system, in order), `crashed`, `stopped` (its cluster
    /// service, in order), `service_failed`, `quorum_lost` or `quarantined`.
    pub kind: &'static str,
}

/// A VM's story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VmTruth {
    /// The name that it has at the end.
    pub name: String,
    /// Id.
    pub id: String,
    /// The names that it had, in order of time.
    pub names: Vec<NameTruth>,
    /// Its role in the cluster.
    pub group: String,
    /// What it was doing, in order of time.
    pub states: Vec<VmStateTruth>,
    /// On which node it was registered, running or not, in order of time.
    pub homes: Vec<HomeTruth>,
    /// Where it ran.
    pub placements: Vec<PlacementTruth>,
    /// The VLAN in force at the end.
    pub vlan: u32,
    /// The VLAN that the cluster holds at the end.
    pub cluster_vlan: u32,
}

/// A name of a VM.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NameTruth {
    /// The name.
    pub name: String,
    /// Since when.
    pub from: Moment,
}

/// What a VM was doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VmStateTruth {
    /// `running`, `off`, `saved`, `critical_paused` or `failed`.
    pub state: &'static str,
    /// Since when.
    pub from: Moment,
    /// Until when; `None` when until the end.
    pub to: Option<Moment>,
}

/// A VM registered on a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HomeTruth {
    /// Where.
    pub node: String,
    /// Since when.
    pub from: Moment,
    /// Whether a record of this Windows version tells that it came here; a VM that
    /// is moved while it is off may leave none.
    pub traced: bool,
}

/// A VM running on a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlacementTruth {
    /// Where.
    pub node: String,
    /// Since when.
    pub from: Moment,
    /// Until when; `None` when it ran there at the end.
    pub to: Option<Moment>,
}

/// One move.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveTruth {
    /// The VM, by the name that it had.
    pub vm: String,
    /// Its id.
    pub vm_id: String,
    /// `live`, `quick`, `storage` or `offline`.
    pub kind: &'static str,
    /// From where.
    pub from_node: String,
    /// To where.
    pub to_node: String,
    /// When it began.
    pub started: Moment,
    /// When it ended.
    pub ended: Moment,
    /// Seconds during which the VM was paused, for a completed live migration.
    pub blackout_s: Option<f64>,
    /// `completed`, `failed` or `canceled`.
    pub outcome: &'static str,
    /// Whether records of this Windows version tell that there was such a move with
    /// this outcome. Some moves leave nothing, or nothing that names them.
    pub traced: bool,
}

/// One failover of one VM.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailoverTruth {
    /// The VM, by the name that it had.
    pub vm: String,
    /// Its id.
    pub vm_id: String,
    /// `node_loss`, `service_stop`, `resource_hang`, `storage` or `quorum_loss`.
    pub cause: &'static str,
    /// Where it was.
    pub from_node: String,
    /// Where it came back.
    pub to_node: String,
    /// When it went down.
    pub down_from: Moment,
    /// When it started again.
    pub up_at: Moment,
    /// Seconds between the two.
    pub downtime_s: f64,
}

/// One change of the VLAN that is in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SettingTruth {
    /// The VM.
    pub vm: String,
    /// When.
    pub at: Moment,
    /// Value before.
    pub from: u32,
    /// Value after.
    pub to: u32,
    /// `hyper-v-manager`, `failover-cluster-manager` or `move`, which put the
    /// cluster's copy back in force.
    pub cause: &'static str,
}

/// A network outage of a VM.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutageTruth {
    /// The VM.
    pub vm: String,
    /// When it began.
    pub at: Moment,
}
