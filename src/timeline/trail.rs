//! The results of the timeline: state as intervals, moves as spans.
//!
//! Plain data with its evidence; how it is concluded stands in the sibling files.

use std::sync::Arc;

use serde::Serialize;

use crate::model::id::{GroupName, NodeName, VmId, VmName};
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// Position of an event in [`super::Timeline::events`].
pub type EventIndex = usize;

/// Position of a VM in [`super::Timeline::vms`].
pub type VmIndex = usize;

/// How the place of a VM is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacementBasis {
    /// A move, start or stop record names VM and node.
    Recorded,
    /// Some record of the VM was written on this node.
    Seen,
    /// Concluded from the cluster's group messages.
    Group,
}

/// A VM on a node for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Where.
    pub node: NodeName,
    /// Since when; `None` when it was there before the logs begin.
    pub from: Option<Moment>,
    /// Until when; `None` when it is still there at the end of the logs.
    pub to: Option<Moment>,
    /// How that is known.
    pub basis: PlacementBasis,
    /// The events that show begin and end.
    pub evidence: Vec<EventIndex>,
}

/// A VM not running for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Downtime {
    /// Since when, at the latest; `None` when it was down before the logs begin.
    pub from: Option<Moment>,
    /// Until when; `None` when it is not known to have come back.
    pub to: Option<Moment>,
    /// The events that show it.
    pub evidence: Vec<EventIndex>,
}

/// One VM's story.
#[derive(Clone, Debug, PartialEq)]
pub struct VmTrail {
    /// Its latest name.
    pub name: Option<VmName>,
    /// Its id.
    pub id: Option<VmId>,
    /// Its cluster group, where it has one.
    pub group: Option<GroupName>,
    /// Where it was, in order of time, not overlapping.
    pub placements: Vec<Placement>,
    /// When it was down.
    pub downtimes: Vec<Downtime>,
}

impl VmTrail {
    /// Name, else id, else `?`.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.name, &self.id) {
            (Some(name), _) => name.as_str().to_owned(),
            (None, Some(id)) => id.to_string(),
            (None, None) => "?".to_owned(),
        }
    }
}

/// What kind of move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// The VM keeps running.
    Live,
    /// Saved on one node, restored on another.
    Quick,
    /// Its files move.
    Storage,
    /// Moved while off.
    Offline,
}

/// How a move ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveOutcome {
    /// It arrived.
    Completed,
    /// It failed.
    Failed,
    /// It was canceled.
    Canceled,
    /// It began, and no end is in the logs.
    Unfinished,
}

/// Why something happened, as the record gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Status code as recorded (`0x80070005`).
    pub code: Option<String>,
    /// Text as recorded, or the meaning of the code.
    pub text: Option<String>,
}

/// One move of one VM.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// The VM.
    pub vm: VmIndex,
    /// What kind of move.
    pub kind: MoveKind,
    /// From where.
    pub from_node: Option<NodeName>,
    /// To where.
    pub to_node: Option<NodeName>,
    /// The destination is named by no record and was inferred from where the VM
    /// appeared next (2008 R2).
    pub to_inferred: bool,
    /// First record of it.
    pub started: Option<Moment>,
    /// Last record of it.
    pub ended: Option<Moment>,
    /// Seconds from begin to end, by the source's clock where it has both.
    pub duration_s: Option<f64>,
    /// Seconds during which the VM was paused, as recorded.
    pub blackout_s: Option<f64>,
    /// How it ended.
    pub outcome: MoveOutcome,
    /// Whether somebody or something asked for it; `None` when nothing tells.
    pub planned: Option<bool>,
    /// Why it failed.
    pub reason: Option<Reason>,
    /// Its records.
    pub evidence: Vec<EventIndex>,
}

/// Why a role had to move or restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailoverCause {
    /// Its node was lost: crash, power, hang or network; it announced nothing.
    NodeLoss,
    /// Its node was shut down or restarted in an orderly way with the role on it.
    NodeShutdown,
    /// One of its resources failed or hung.
    ResourceFailure,
    /// Its node lost quorum.
    QuorumLoss,
    /// Nothing in the logs says.
    Unknown,
}

impl FailoverCause {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FailoverCause::NodeLoss => "node_loss",
            FailoverCause::NodeShutdown => "node_shutdown",
            FailoverCause::ResourceFailure => "resource_failure",
            FailoverCause::QuorumLoss => "quorum_loss",
            FailoverCause::Unknown => "unknown",
        }
    }
}

/// One role that went down and was brought back by the cluster: the behavior of
/// high availability, as against live migration.
#[derive(Clone, Debug, PartialEq)]
pub struct Failover {
    /// The role.
    pub group: Option<GroupName>,
    /// Its VM, where it has one.
    pub vm: Option<VmIndex>,
    /// Where it was.
    pub from_node: Option<NodeName>,
    /// Where it came back.
    pub to_node: Option<NodeName>,
    /// Why.
    pub cause: FailoverCause,
    /// Whether the move was asked for.
    pub planned: bool,
    /// When it went down: the first sign of it.
    pub down_from: Option<Moment>,
    /// When it was up again.
    pub up_at: Option<Moment>,
    /// Seconds between the two.
    pub downtime_s: Option<f64>,
    /// The records that show it.
    pub evidence: Vec<EventIndex>,
}

/// What a node was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// In the cluster.
    Up,
    /// In the cluster, paused or draining.
    Paused,
    /// Stopped in an orderly way.
    Stopped,
    /// Gone without a word.
    Lost,
    /// Isolated (2016 and later).
    Isolated,
    /// Quarantined (2016 and later).
    Quarantined,
}

/// A node in a state for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeInterval {
    /// The state.
    pub state: NodeState,
    /// Since when; `None` when since before the logs begin.
    pub from: Option<Moment>,
    /// Until when; `None` when until the logs end.
    pub to: Option<Moment>,
    /// What shows it.
    pub evidence: Vec<EventIndex>,
}

/// One node's story.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeTrail {
    /// Its name.
    pub name: NodeName,
    /// Operating system and build, as text, where known.
    pub os: Option<String>,
    /// Build number, where known.
    pub build: Option<u32>,
    /// Whether the bundle has a log of it.
    pub has_logs: bool,
    /// Its states in order of time, not overlapping; gaps are unknown.
    pub intervals: Vec<NodeInterval>,
}

/// Something that changed in the physical, cluster or virtual network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkChange {
    /// When.
    pub time: Moment,
    /// On which node.
    pub node: Option<NodeName>,
    /// What.
    pub kind: EventKind,
    /// The VM it concerns.
    pub vm: Option<VmIndex>,
    /// Network, interface, switch, port or NIC.
    pub name: Option<Arc<str>>,
    /// Value before, where recorded or stated.
    pub before: Option<String>,
    /// Value after, where recorded or stated.
    pub after: Option<String>,
    /// The event.
    pub evidence: EventIndex,
}

/// How a node's clock relates to the reference node's.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeClock {
    /// The node.
    pub node: NodeName,
    /// Seconds by which its clock is ahead of the reference; `None` when nothing
    /// links it to the reference.
    pub offset_s: Option<f64>,
    /// Bound on the error of the offset, in seconds.
    pub error_s: Option<f64>,
    /// How the offset is known: `reference`, `pairs(n)`, `unknown`.
    pub basis: String,
}
