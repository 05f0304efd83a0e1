//! The results of the timeline: state as intervals, moves as spans.
//!
//! Plain data with its evidence; how it is concluded stands in the sibling files.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::id::{GroupName, NodeName, VmId, VmName};
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// Position of an event in [`super::Timeline::events`].
pub type EventIndex = usize;

/// Position of a VM in [`super::Timeline::vms`].
pub type VmIndex = usize;

/// Something in a state for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval<S> {
    /// The state.
    pub state: S,
    /// Since when; `None` when since before the logs begin.
    pub from: Option<Moment>,
    /// Until when; `None` when until the logs end.
    pub to: Option<Moment>,
    /// What shows it.
    pub evidence: Vec<EventIndex>,
}

/// The state in which the logs end; `None` where they do not tell it.
#[must_use]
pub fn at_end<S: Copy>(states: &[Interval<S>]) -> Option<S> {
    let last = states.last().filter(|last| last.to.is_none())?;
    Some(last.state)
}

/// A time span of which the logs show two bounds, in seconds. Clocks, missing
/// records and late messages decide how far they lie apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Bounds {
    /// It took at least so long.
    pub at_least_s: f64,
    /// It took at most so long; `None` where nothing bounds it.
    pub at_most_s: Option<f64>,
}

impl Bounds {
    /// From the shortest and the longest time that stamps allow, in seconds, each
    /// with the error of the clocks it was read from; `None` where nothing compares
    /// them.
    #[must_use]
    pub fn new(shortest: (f64, Option<f64>), longest: (f64, Option<f64>)) -> Self {
        Bounds {
            at_least_s: shortest
                .1
                .map_or(0.0, |error| (shortest.0 - error).max(0.0)),
            at_most_s: longest.1.map(|error| (longest.0 + error).max(0.0)),
        }
    }
}

/// How the place of a VM is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
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

/// What a VM was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VmState {
    /// Running.
    Running,
    /// Turned off or shut down.
    Off,
    /// Saved to disk.
    Saved,
    /// Paused because somebody asked for it.
    Paused,
    /// Paused by the host, which lost the VM's storage or ran out of it.
    CriticalPaused,
    /// Its worker process or its node is gone, and nothing has started it since.
    Failed,
}

/// Why a VM was not running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DowntimeCause {
    /// Somebody, or the cluster on somebody's behalf, stopped it.
    Stopped,
    /// Its guest shut itself down, restarted or crashed.
    Guest,
    /// It was saved here and restored there.
    QuickMigration,
    /// It or its worker process failed.
    Failure,
    /// Its storage was gone.
    Storage,
    /// Its node went down with it.
    Node,
    /// Its node lost quorum and stopped its cluster service and roles because of it.
    Quorum,
    /// Nothing in the logs says.
    Unknown,
}

/// A VM not running for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Downtime {
    /// Why.
    pub cause: DowntimeCause,
    /// How long; `None` when its end is not known.
    pub bounds: Option<Bounds>,
    /// Since when, at the latest; `None` when it was down before the logs begin.
    pub from: Option<Moment>,
    /// Until when; `None` when it is not known to have come back.
    pub to: Option<Moment>,
    /// The events that show it.
    pub evidence: Vec<EventIndex>,
}

impl Downtime {
    /// The bounds hold the length that the stamps give: it is read from the same records,
    /// and what it begins with may be on another clock than what bounds it.
    pub(super) fn bound_its_length(&mut self) {
        if let (Some(from), Some(to), Some(bounds)) = (self.from, self.to, &mut self.bounds) {
            let length = to.seconds_since(from).max(0.0);
            bounds.at_least_s = bounds.at_least_s.min(length);
            bounds.at_most_s = bounds.at_most_s.map(|most| most.max(length));
        }
    }
}

/// One VM's story.
#[derive(Clone, Debug, PartialEq)]
pub struct VmTrail {
    /// Its latest name.
    pub name: Option<VmName>,
    /// Its id.
    pub id: Option<VmId>,
    /// The names that it had, in order of time; more than one after a rename.
    pub names: Vec<Interval<VmName>>,
    /// Its cluster group, where it has one.
    pub group: Option<GroupName>,
    /// Memory assigned at start-up in MiB, where an export or a record tells.
    pub memory_mib: Option<f64>,
    /// What it was doing, in order of time, not overlapping; gaps are unknown.
    pub states: Vec<Interval<VmState>>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
    /// The code's symbolic name (`ERROR_ACCESS_DENIED`), where it is known.
    pub name: Option<String>,
    /// Text as recorded.
    pub text: Option<String>,
}

/// A part of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovePhase {
    /// The destination is prepared.
    Setup,
    /// Memory is copied while the VM runs.
    MemoryCopy,
    /// The VM is paused; its state is transferred.
    Blackout,
    /// The source gives the VM's configuration up.
    Offline,
    /// The role changes its owner.
    Move,
    /// The destination takes the VM over.
    Restore,
    /// The VM's files are copied.
    Storage,
}

/// A part of a move, with its time.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseSpan {
    /// Which part.
    pub phase: MovePhase,
    /// The node that recorded it.
    pub node: Option<NodeName>,
    /// Its begin.
    pub from: Option<Moment>,
    /// Its end.
    pub to: Option<Moment>,
    /// Seconds, as recorded or from begin to end on one node's clock.
    pub seconds: Option<f64>,
    /// Its records.
    pub evidence: Vec<EventIndex>,
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
    /// Seconds during which the VM ran slower while its memory was copied, as
    /// recorded.
    pub brownout_s: Option<f64>,
    /// Memory of the VM in MiB, where known, so that copying can be compared.
    pub memory_mib: Option<f64>,
    /// Its parts in order of time, where records tell them.
    pub phases: Vec<PhaseSpan>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailoverCause {
    /// Its node was lost: crash, power, hang or network; it announced nothing.
    NodeLoss,
    /// Its node was shut down or restarted in an orderly way with the role on it.
    NodeShutdown,
    /// The cluster service of its node was stopped or ended, the node stayed up.
    ServiceStop,
    /// One of its resources failed.
    ResourceFailure,
    /// One of its resources did not answer, and its host process was ended (RHS).
    ResourceHang,
    /// Its volume or disk was gone.
    Storage,
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
            FailoverCause::ServiceStop => "service_stop",
            FailoverCause::ResourceFailure => "resource_failure",
            FailoverCause::ResourceHang => "resource_hang",
            FailoverCause::Storage => "storage",
            FailoverCause::QuorumLoss => "quorum_loss",
            FailoverCause::Unknown => "unknown",
        }
    }
}

/// Why a failover is taken for planned or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlannedBasis {
    /// A person or a program asked for the restart or the stop.
    Requested,
    /// An update was being installed.
    Update,
    /// The node was paused or drained before.
    Drained,
    /// The move was requested (`MoveType::Manual`, a balancer).
    MoveRequested,
    /// The node stopped in an orderly way; nobody's request is in the logs.
    Orderly,
    /// The node went without a word, or something failed.
    Failure,
    /// Nothing tells.
    Unknown,
}

/// What a record does in the story of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChainRole {
    /// Noticed before anything went down.
    Symptom,
    /// What took the roles down.
    Cause,
    /// What followed from it.
    Consequence,
    /// What brought service back.
    Recovery,
}

/// A link in the chain from the first symptom to the last VM back. Records of one
/// kind about the same thing are one link.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainLink {
    /// The first record's time.
    pub time: Moment,
    /// What it does in the story.
    pub role: ChainRole,
    /// What it says.
    pub kind: EventKind,
    /// The node that it is about.
    pub node: Option<NodeName>,
    /// Its records, in order of time; never empty.
    pub evidence: Vec<EventIndex>,
}

/// Position of an incident in [`super::Timeline::incidents`].
pub type IncidentIndex = usize;

/// Failovers and restarts with one cause, as one story.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The node where it began, where it was one.
    pub node: Option<NodeName>,
    /// Why.
    pub cause: FailoverCause,
    /// Whether it was asked for; `None` when nothing tells.
    pub planned: Option<bool>,
    /// Why we think so.
    pub planned_because: PlannedBasis,
    /// From the first symptom to the last VM back, in order of time.
    pub chain: Vec<ChainLink>,
    /// The VMs that were down, in order of index.
    pub vms: Vec<VmIndex>,
    /// When the first VM went down.
    pub down_from: Option<Moment>,
    /// When the last VM was back; `None` when one is not known to be.
    pub last_back: Option<Moment>,
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
    /// How long it was down at least and at most.
    pub bounds: Option<Bounds>,
    /// Why `planned` is what it is.
    pub planned_because: PlannedBasis,
    /// The incident that it is part of.
    pub incident: Option<IncidentIndex>,
    /// The records that show it.
    pub evidence: Vec<EventIndex>,
}

/// What a node was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// In the cluster.
    Up,
    /// Asked to pause; its roles are moving away.
    Draining,
    /// In the cluster, takes no roles.
    Paused,
    /// Its cluster service was stopped in an orderly way; the system stayed up, or
    /// nothing says that it did not.
    Stopped,
    /// Its system was shut down or restarted in an orderly way.
    Restarted,
    /// Gone without a word, and its own logs show that the system went down with it.
    Crashed,
    /// Gone without a word; no log says whether it crashed, hung or was cut off.
    Lost,
    /// It lost quorum and stopped its cluster service because of that; its system stayed
    /// up.
    WithoutQuorum,
    /// Isolated (2016 and later).
    Isolated,
    /// Quarantined (2016 and later).
    Quarantined,
}

impl NodeState {
    /// Whether it went without a word.
    #[must_use]
    pub fn unannounced(self) -> bool {
        matches!(self, NodeState::Crashed | NodeState::Lost)
    }
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
    pub intervals: Vec<Interval<NodeState>>,
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

/// A step of a node's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockJump {
    /// When, by the clock before the step.
    pub at: Moment,
    /// Seconds that it went forward; negative when back.
    pub by_s: f64,
    /// The record that tells it.
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
    /// Steps of this clock that its own logs tell, in order of time. The offset is
    /// that of the longest time between two of them; the others differ from it by
    /// the steps.
    pub jumps: Vec<ClockJump>,
}

/// How two events on two nodes' clocks stand to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sequence {
    /// The first was first.
    Before,
    /// The second was first.
    After,
    /// The clocks' error, in seconds, is larger than the gap; infinite where nothing
    /// compares the two clocks.
    Undecided {
        /// The error.
        error_s: f64,
    },
}

/// The state of the quorum witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WitnessState {
    /// Online.
    Online,
    /// Failed or out of reach.
    Failed,
}

/// Who is in the cluster, as one node saw it (cluster.log).
#[derive(Clone, Debug, PartialEq)]
pub struct MembershipView {
    /// When the node logged it.
    pub time: Moment,
    /// The node that logged it.
    pub node: Option<NodeName>,
    /// The view's number, equal on all its members.
    pub number: Option<String>,
    /// Who joined with it.
    pub joined: Vec<String>,
    /// Who left with it.
    pub left: Vec<String>,
    /// The line.
    pub evidence: EventIndex,
}

/// A node, or all of them, without quorum for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct QuorumLoss {
    /// The node that said so.
    pub node: Option<NodeName>,
    /// Since when.
    pub from: Moment,
    /// Until it was in the cluster again. No record says that quorum is regained;
    /// that it formed or joined is the nearest sign.
    pub to: Option<Moment>,
    /// What shows it.
    pub evidence: Vec<EventIndex>,
}

/// Quorum, witness and membership.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quorum {
    /// Losses in order of time.
    pub losses: Vec<QuorumLoss>,
    /// The witness, in order of time.
    pub witness: Vec<Interval<WitnessState>>,
    /// Views in order of time.
    pub views: Vec<MembershipView>,
}

/// The state of a volume or disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VolumeState {
    /// In use without trouble.
    Online,
    /// I/O is held back.
    Paused,
    /// I/O goes over the network through another node.
    Redirected,
    /// Out of reach from the node, or failed.
    Lost,
}

/// A cluster shared volume or clustered disk, as one node saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeTrail {
    /// Its name, as records give it.
    pub name: Arc<str>,
    /// The node that saw it so.
    pub node: Option<NodeName>,
    /// Its states in order of time, not overlapping.
    pub states: Vec<Interval<VolumeState>>,
}

/// What kind of thing a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A cluster network.
    ClusterNetwork,
    /// A node's interface on a cluster network.
    ClusterInterface,
    /// A physical network adapter.
    Nic,
    /// A member of a team.
    TeamMember,
    /// A virtual switch.
    Switch,
    /// A virtual switch's connection to the outside.
    Uplink,
    /// A port of a virtual switch.
    SwitchPort,
    /// A VM's network adapter.
    VmNic,
}

/// The state of a network or link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Up, connected, or there.
    Up,
    /// Some of its interfaces do not reach others.
    Partitioned,
    /// Up, and others do not reach it.
    Unreachable,
    /// Down, disconnected, failed or gone.
    Down,
}

/// A network or link over time, as its node saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkTrail {
    /// What it is.
    pub kind: LinkKind,
    /// Its name, as records give it.
    pub name: Arc<str>,
    /// Its node; `None` for a cluster network.
    pub node: Option<NodeName>,
    /// The VM that it serves.
    pub vm: Option<VmIndex>,
    /// Its states in order of time, not overlapping.
    pub states: Vec<Interval<LinkState>>,
}
