//! What held at a moment: inventory and the timeline's states, asked by a rule's
//! state steps. What nothing tells is unknown, never false.

use super::compile::{Held, NodeRef, State};
use super::matcher::Matcher;
use super::schema::NodeIs;
use super::sequence::{Binding, Search};
use super::verdict::EntityKind;
use super::world::Subject;
use crate::model::id::NodeName;
use crate::model::id::{VmId, VmName};
use crate::model::inventory::{AdapterSetting, ExportedObject};
use crate::model::time::Moment;
use crate::timeline::{EventIndex, NodeState, VmIndex};

/// Whether it held; `None` where nothing tells, or a step that it refers to was not
/// observed.
pub(super) fn held(search: &Search<'_, '_>, state: &State, binding: &Binding) -> Option<bool> {
    let asked = Asked {
        search,
        state,
        binding,
    };
    asked.answer().map(|held| held != state.negated)
}

struct Asked<'a, 's, 'w> {
    search: &'a Search<'s, 'w>,
    state: &'a State,
    binding: &'a Binding,
}

impl Asked<'_, '_, '_> {
    fn answer(&self) -> Option<bool> {
        let world = self.search.world;
        match &self.state.held {
            Held::Is(is) => {
                let at = self.at()?;
                self.on_node(|node| world.node_state(node, at).map(|state| fits(*is, state)))
            }
            Held::RunsOn(node) => {
                let node = self.node(*node)?;
                let found = world.node_of_vm(self.vm()?, self.at()?)?;
                Some(*found == node)
            }
            Held::Updates(updates) => {
                let at = self.event().map(|e| world.at(e));
                self.on_node(|node| world.has_update(node, updates, at))
            }
            Held::Build(from, to) => self.on_node(|node| {
                let build = world.build(node)?;
                Some((*from..=*to).contains(&build))
            }),
            Held::BuildDiffers(other) => {
                let other = world.build(&self.node(*other)?)?;
                self.on_node(|node| Some(world.build(node)? != other))
            }
            Held::Setting(matcher) => self.setting(matcher),
            Held::Object(class, matchers) => self.object(class, matchers),
        }
    }

    fn event(&self) -> Option<EventIndex> {
        let candidate = self.binding[self.state.at?].as_ref()?;
        Some(candidate.first())
    }

    fn at(&self) -> Option<Moment> {
        Some(self.search.world.at(self.event()?))
    }

    fn vm(&self) -> Option<VmIndex> {
        match self.search.subject {
            Subject::Vm(vm) => Some(*vm),
            _ => *self.search.world.timeline.event_vm.get(self.event()?)?,
        }
    }

    fn node(&self, node: NodeRef) -> Option<NodeName> {
        self.search.resolve(node, self.binding)
    }

    /// Asks the node that the condition names; where it names none, the rule's node,
    /// else any that is known: one that fits is enough, and all must be known to say
    /// that none does.
    fn on_node(&self, ask: impl Fn(&NodeName) -> Option<bool>) -> Option<bool> {
        if let Some(node) = self.state.node {
            return ask(&self.node(node)?);
        }
        if let Subject::Node(node) = self.search.subject {
            return ask(node);
        }
        let nodes = self.search.world.subjects(EntityKind::Node);
        let answers = nodes.iter().filter_map(|subject| match subject {
            Subject::Node(node) => Some(ask(node)),
            _ => None,
        });
        any(answers)
    }

    /// The export of the class that was made last until the moment, else the first.
    fn object(&self, class: &str, matchers: &[Matcher]) -> Option<bool> {
        let at = self.event().map(|e| self.search.world.at(e));
        let node = match (self.state.node, self.search.subject) {
            (Some(node), _) => Some(self.node(node)?),
            (None, Subject::Node(node)) => Some(node.clone()),
            (None, _) => None,
        };
        let objects: Vec<&ExportedObject> = (self.search.world.timeline.inventory.objects.iter())
            .filter(|o| o.class.eq_ignore_ascii_case(class))
            .filter(|o| node.as_ref().is_none_or(|node| is_of(o, node)))
            .filter(|o| self.is_of_vm(o))
            .collect();
        let in_force = |of: &ExportedObject| {
            let times = || {
                objects
                    .iter()
                    .filter(|o| o.node == of.node)
                    .map(|o| o.taken)
            };
            let until = times().filter(|t| at.is_none_or(|at| *t <= at)).max();
            until.or_else(|| times().min()) == Some(of.taken)
        };
        let in_force = objects.iter().filter(|o| in_force(o));
        any(in_force.map(|o| fits_all(o, matchers)))
    }

    /// Whether an object that names a VM names the rule's.
    fn is_of_vm(&self, object: &ExportedObject) -> bool {
        let Subject::Vm(vm) = self.search.subject else {
            return true;
        };
        let Some(trail) = self.search.world.timeline.vms.get(*vm) else {
            return false;
        };
        let (id, name) = match &*object.class {
            "VM" => ("Id", "Name"),
            _ => ("VMId", "VMName"),
        };
        let id = property(object, id).and_then(VmId::parse);
        match (id, trail.id, property(object, name)) {
            (Some(a), Some(b), _) => a == b,
            (_, _, Some(name)) => VmName::new(name) == trail.name,
            _ => true,
        }
    }

    /// The latest look at the VM's adapters until the moment.
    fn setting(&self, matcher: &Matcher) -> Option<bool> {
        let at = self.at()?;
        let trail = self.search.world.timeline.vms.get(self.vm()?)?;
        let snapshots = self.search.world.timeline.inventory.snapshots.iter();
        let latest = snapshots
            .filter(|s| match (s.vm_id, trail.id) {
                (Some(a), Some(b)) => a == b,
                _ => Some(&s.vm) == trail.name.as_ref(),
            })
            .filter(|s| s.taken <= at)
            .max_by_key(|s| s.taken)?;
        any(latest.adapters.iter().map(|adapter| {
            let value = value(adapter, matcher.field())?;
            Some(matcher.passes(Some(&value)))
        }))
    }
}

/// Whether an object is of the node, or of no node in particular.
fn is_of(object: &ExportedObject, node: &NodeName) -> bool {
    let own = match &*object.class {
        // The cluster's list of nodes is read from any of them.
        "ClusterNode" => property(object, "Name").and_then(NodeName::new),
        _ => object.node.clone(),
    };
    own.is_none_or(|own| own == *node)
}

fn property<'o>(object: &'o ExportedObject, name: &str) -> Option<&'o str> {
    let mut all = object.properties.iter();
    all.find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| &**value)
}

/// Whether an object fits all conditions; `None` where it does not tell.
fn fits_all(object: &ExportedObject, matchers: &[Matcher]) -> Option<bool> {
    let answers: Vec<Option<bool>> = (matchers.iter())
        .map(|m| match property(object, m.field()) {
            None if !m.asks_presence() => None,
            value => Some(m.passes(value)),
        })
        .collect();
    if answers.contains(&Some(false)) {
        Some(false)
    } else if answers.contains(&None) {
        None
    } else {
        Some(true)
    }
}

/// True when one is; else unknown when one is, or there is none.
fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let answers: Vec<Option<bool>> = answers.collect();
    if answers.contains(&Some(true)) {
        Some(true)
    } else if answers.is_empty() || answers.contains(&None) {
        None
    } else {
        Some(false)
    }
}

/// The fields that a setting condition may name.
pub(super) const SETTINGS: [&str; 4] = ["vlan", "switch", "mac", "name"];

fn value(adapter: &AdapterSetting, field: &str) -> Option<String> {
    match field {
        "vlan" => adapter.vlan.map(|vlan| vlan.to_string()),
        "switch" => adapter.switch.clone(),
        "mac" => adapter.mac.clone(),
        "name" => Some(adapter.name.clone()),
        _ => None,
    }
}

fn fits(is: NodeIs, state: NodeState) -> bool {
    match is {
        NodeIs::Up => matches!(
            state,
            NodeState::Up | NodeState::Draining | NodeState::Paused
        ),
        NodeIs::Paused => matches!(state, NodeState::Draining | NodeState::Paused),
        NodeIs::Down => matches!(
            state,
            NodeState::Stopped
                | NodeState::Restarted
                | NodeState::Crashed
                | NodeState::Lost
                | NodeState::WithoutQuorum
        ),
        NodeIs::Isolated => state == NodeState::Isolated,
        NodeIs::Quarantined => state == NodeState::Quarantined,
    }
}
