//! What a rule needs to come to a verdict, told from its steps and from where the
//! dictionary says that each kind is written: logs, exports, what people say. It looks
//! at no bundle; what one lacks is the verdict's business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compile::base_kinds;
use super::schema::{Alternative, Role, RuleSpec, StateSpec, Step};
use super::verdict::Grade;
use crate::model::coverage::SNAPSHOTS;
use crate::model::kind::EventKind;

/// Where each kind is written: channels, and names of what is no channel.
pub type Carriers = BTreeMap<EventKind, BTreeSet<Arc<str>>>;

/// What a rule rests on; see [`needs`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Logs that carry what must be seen or must be absent; of those that carry the same
    /// kind one is enough.
    pub logs: BTreeSet<Arc<str>>,
    /// Exports: lists of updates, builds, classes of objects.
    pub inventory: BTreeSet<String>,
    /// Something that no log tells directly: a person says it, or two exports that differ.
    pub notes: bool,
    /// How it comes to its verdict: `events`, `codes`, `absence`, `state`, `inventory`,
    /// `notes`, in this order.
    pub evidence: Vec<&'static str>,
}

/// What the required, absent and state steps of a rule need. Supporting and
/// contradicting steps that read events help where their logs are there.
#[must_use]
pub fn needs(rule: &RuleSpec, carriers: &Carriers) -> Needs {
    let mut needs = Needs::default();
    let (mut events, mut codes, mut absence, mut state) = (false, false, false, false);
    for step in &rule.steps {
        if let Some(asked) = &step.state {
            state |= asked.is.is_some() || asked.runs_on.is_some();
            needs.inventory.extend(exports(asked));
        } else if step.absent || step.role == Role::Required {
            absence |= step.absent;
            codes |= asks_for_code(step);
            let mut direct = false;
            for way in &step.any {
                let found = written(way, carriers);
                direct |= !found.is_empty() && way.grade == Grade::Direct;
                events |= !found.is_empty() && !step.absent;
                needs.logs.extend(found);
            }
            needs.notes |= !direct;
        }
    }
    needs.evidence = [
        (events, "events"),
        (codes, "codes"),
        (absence, "absence"),
        (state, "state"),
        (!needs.inventory.is_empty(), "inventory"),
        (needs.notes, "notes"),
    ]
    .into_iter()
    .filter_map(|(is, name)| is.then_some(name))
    .collect();
    needs
}

/// Where what an alternative looks for is written; empty where no log carries it.
fn written(way: &Alternative, carriers: &Carriers) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    for kind in way.all_kinds() {
        let base = base_kinds(kind);
        let base = if base.is_empty() { &[kind] } else { base };
        found.extend(
            base.iter()
                .filter_map(|k| carriers.get(k))
                .flatten()
                .cloned(),
        );
    }
    if way.event_id.is_some() {
        let channel = way.channel.as_deref().or(way.provider.as_deref());
        found.extend(channel.map(Arc::from));
    }
    found
}

fn asks_for_code(step: &Step) -> bool {
    let mut conditions = step.any.iter().flat_map(|w| &w.conditions);
    conditions.any(|c| c.status.is_some())
}

fn exports(state: &StateSpec) -> Vec<String> {
    let mut found = Vec::new();
    if !state.updates.is_empty() {
        found.push("installed updates".to_owned());
    }
    if state.build.is_some() || state.build_differs_from.is_some() {
        found.push("builds".to_owned());
    }
    if state.setting.is_some() {
        found.push(SNAPSHOTS.to_owned());
    }
    if let Some(object) = &state.object {
        found.push(object.class.value.clone());
    }
    found
}
