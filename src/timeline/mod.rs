//! State, rebuilt from events: the joined view that rules, numbers and reports
//! stand on. Imports `model` only.

mod clock;
mod derived;
mod failovers;
mod identity;
mod incidents;
mod intervals;
mod logs;
mod migrations;
mod networks;
mod nodes;
pub mod observability;
mod phases;
mod quorum;
mod settings;
mod storage;
pub mod trail;
mod vms;

use std::collections::{BTreeMap, BTreeSet};

pub use clock::CLOCK_FIELDS;
pub use logs::{LogBegin, LogCoverage};
pub use observability::{MissingLog, Observability, Visibility};
pub use trail::{
    Bounds, ChainLink, ChainRole, ClockJump, Downtime, DowntimeCause, EventIndex, Failover,
    FailoverCause, Incident, IncidentIndex, Interval, LinkKind, LinkState, LinkTrail,
    MembershipView, Migration, MoveKind, MoveOutcome, MovePhase, NetworkChange, NodeClock,
    NodeState, NodeTrail, PhaseSpan, Placement, PlacementBasis, PlannedBasis, Quorum, QuorumLoss,
    Reason, Sequence, VmIndex, VmState, VmTrail, VolumeState, VolumeTrail, WitnessState,
};

use crate::model::coverage::Coverage;
use crate::model::diagnostic::Diagnostics;
use crate::model::event::Event;
use crate::model::inventory::Inventory;
use crate::model::kind::EventKind;
use crate::model::time::Window;
use crate::model::windows::version_of;
use crate::model::{Absence, Gathered};

/// The names of the values that the timeline gives to events of this kind which it adds;
/// none for kinds that only records, notes and exports tell.
#[must_use]
pub fn concluded_fields(kind: EventKind) -> &'static [&'static str] {
    match derived::fields_of(kind) {
        [] => settings::fields_of(kind),
        fields => fields,
    }
}

/// The joined view of one cluster.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// All events in corrected order, derived ones among them.
    pub events: Vec<Event>,
    /// For a derived event, the records that it stands on.
    pub base_of: BTreeMap<EventIndex, Vec<EventIndex>>,
    /// For each event, the VM that it is about; as long as `events`.
    pub event_vm: Vec<Option<VmIndex>>,
    /// Per node, its clock.
    pub clocks: Vec<NodeClock>,
    /// Per node, its story; by name.
    pub nodes: Vec<NodeTrail>,
    /// Per VM, its story; by name, then id.
    pub vms: Vec<VmTrail>,
    /// Moves in order of their begin.
    pub migrations: Vec<Migration>,
    /// Failovers in order of their begin.
    pub failovers: Vec<Failover>,
    /// Failovers and restarts by their cause, in order of their begin.
    pub incidents: Vec<Incident>,
    /// Quorum, witness and membership.
    pub quorum: Quorum,
    /// Volumes and disks with trouble or a change, by name, then node.
    pub volumes: Vec<VolumeTrail>,
    /// Networks and links, by kind, name, node.
    pub links: Vec<LinkTrail>,
    /// Network changes in order of time.
    pub network_changes: Vec<NetworkChange>,
    /// Facts beside events.
    pub inventory: Inventory,
    /// What was read.
    pub coverage: Coverage,
    /// Each node's logs and what they cover, by node, then channel.
    pub logs: Vec<LogCoverage>,
    /// Logs that were collected of some nodes, and not of these.
    pub not_collected: Vec<MissingLog>,
    /// What could have been seen.
    pub observability: Observability,
    /// Trouble on the way.
    pub diagnostics: Diagnostics,
}

impl Timeline {
    /// From the first to the last event; `None` when there is none.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        let first = self.events.iter().map(|e| e.time).min()?;
        let last = self.events.iter().map(|e| e.time).max()?;
        Some(Window::new(first, last))
    }

    /// What leaves no event on the versions of Windows Server that the nodes run; where
    /// the version of a node is not known, on any.
    #[must_use]
    pub fn unlogged(&self) -> Vec<&Absence> {
        let versions: Option<Vec<&str>> = (self.nodes.iter())
            .map(|node| version_of(node.build?))
            .collect();
        let versions = versions.unwrap_or_default();
        let all = self.coverage.unlogged.iter();
        all.filter(|a| a.holds_on(&versions)).collect()
    }

    /// Of [`Self::unlogged`], what tells why silence about these kinds proves little.
    #[must_use]
    pub fn unlogged_of(&self, kinds: &BTreeSet<EventKind>) -> Vec<&Absence> {
        let mut all = self.unlogged();
        all.retain(|a| kinds.iter().any(|k| a.tells_about(*k)));
        all
    }

    /// The records behind an event: itself, or what a derived event stands on.
    #[must_use]
    pub fn records_of(&self, index: EventIndex) -> Vec<EventIndex> {
        self.base_of
            .get(&index)
            .cloned()
            .unwrap_or_else(|| vec![index])
    }
}

impl Timeline {
    /// Joins what was gathered. The same input gives the same timeline.
    #[must_use]
    pub fn build(gathered: Gathered) -> Self {
        let Gathered {
            mut events,
            coverage,
            inventory,
            diagnostics,
        } = gathered;
        events.extend(settings::compare(&inventory));
        events.sort_by(|a, b| a.order_key().cmp(&b.order_key()));

        identity::name_addresses(&mut events);

        // Clocks are estimated from VMs' moves, so VMs are known first; the order
        // changes with the clocks, so they are then joined to it again.
        let mut clocks = clock::estimate(&events, &identity::resolve(&events, &inventory).event_vm);
        clock::apply(&mut events, &mut clocks);
        let identity::Identity { mut vms, event_vm } = identity::resolve(&events, &inventory);

        let by_vm = identity::events_of(vms.len(), &event_vm);
        let migrations = migrations::build(&events, &by_vm);
        let by_move = migrations::by_vm(vms.len(), &migrations);
        let errors = clock::ClockErrors::new(&clocks);
        vms::place(
            &mut vms,
            &events,
            &by_vm,
            &migrations,
            &by_move,
            &inventory.snapshots,
            &errors,
        );
        let outages = nodes::outages(&events);
        let known = failovers::Known {
            events: &events,
            by_vm: &by_vm,
            outages: &outages,
            migrations: &migrations,
            by_move: &by_move,
            errors: &errors,
        };
        let outcome = failovers::build(&known, &mut vms);
        vms::states(&mut vms, &events, &by_vm);
        let (failovers, incidents) = incidents::build(&known, outcome);
        let nodes = nodes::build(&events, &outages, &inventory, &coverage);
        let network_changes = networks::build(&events, &event_vm, &migrations);
        let links = networks::links(&events, &event_vm);
        let quorum = quorum::build(&events, &nodes::numbers(&events));
        let volumes = storage::build(&events);
        let concluded = derived::conclude(&events, &vms, &migrations, &failovers, &outages);

        let observability = Observability::new(&coverage);
        let logs = logs::build(&coverage, &events);
        let not_collected = logs::not_collected(&coverage);
        let mut this = Timeline {
            events,
            event_vm,
            clocks,
            nodes,
            vms,
            migrations,
            failovers,
            incidents,
            quorum,
            volumes,
            links,
            network_changes,
            inventory,
            coverage,
            logs,
            not_collected,
            observability,
            diagnostics,
            base_of: BTreeMap::new(),
        };
        derived::insert(&mut this, concluded);
        this
    }
}
