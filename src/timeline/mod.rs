//! State, rebuilt from events: the joined view that rules, numbers and reports
//! stand on. Imports `model` only.

pub mod observability;
pub mod trail;

use std::collections::BTreeMap;

pub use observability::{MissingLog, Observability, Visibility};
pub use trail::{
    Downtime, EventIndex, Failover, FailoverCause, Migration, MoveKind, MoveOutcome, NetworkChange,
    NodeClock, NodeInterval, NodeState, NodeTrail, Placement, PlacementBasis, Reason, VmIndex,
    VmTrail,
};

use crate::model::coverage::Coverage;
use crate::model::diagnostic::Diagnostics;
use crate::model::event::Event;
use crate::model::inventory::Inventory;
use crate::model::time::Window;

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
    /// Network changes in order of time.
    pub network_changes: Vec<NetworkChange>,
    /// Facts beside events.
    pub inventory: Inventory,
    /// What was read.
    pub coverage: Coverage,
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
    pub fn build(gathered: crate::model::Gathered) -> Self {
        let observability = Observability::new(&gathered.coverage);
        let mut vms: Vec<VmTrail> = Vec::new();
        let mut event_vm = Vec::with_capacity(gathered.events.len());
        for event in &gathered.events {
            let subject = &event.subject;
            if subject.vm.is_none() && subject.vm_id.is_none() {
                event_vm.push(None);
                continue;
            }
            let found = vms.iter().position(|v| match (v.id, subject.vm_id) {
                (Some(a), Some(b)) => a == b,
                _ => v.name.is_some() && v.name == subject.vm,
            });
            let at = found.unwrap_or_else(|| {
                vms.push(VmTrail {
                    name: None,
                    id: None,
                    group: None,
                    placements: Vec::new(),
                    downtimes: Vec::new(),
                });
                vms.len() - 1
            });
            vms[at].id = vms[at].id.or(subject.vm_id);
            if subject.vm.is_some() {
                vms[at].name.clone_from(&subject.vm);
            }
            event_vm.push(Some(at));
        }
        Timeline {
            events: gathered.events,
            event_vm,
            vms,
            inventory: gathered.inventory,
            coverage: gathered.coverage,
            observability,
            diagnostics: gathered.diagnostics,
            ..Self::default()
        }
    }
}
