//! From a rule as written to a rule that can run: names become positions,
//! conditions become matchers, steps are put in the order in which they can be
//! bound. Whether the rule is a good one is `lint`'s business.

use std::collections::{BTreeMap, BTreeSet};

use super::matcher::Matcher;
use super::schema::{About, Alternative, Companion, NodeIs, Opens, Role, RuleSpec, StateSpec};
use super::verdict::{EntityKind, Grade};
use crate::model::kind::EventKind;
use crate::model::windows::VERSIONS;

/// Which of a bound event's nodes is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodePart {
    Node,
    From,
    To,
}

/// `[not ]entity` or `[not ]STEP.(node|from_node|to_node)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeRef {
    pub(super) negated: bool,
    /// `None` is the rule's entity itself.
    pub(super) of: Option<(usize, NodePart)>,
}

/// A node reference as written, before its step is looked up.
pub(super) fn parse_node_ref(text: &str) -> Option<(bool, Option<(&str, NodePart)>)> {
    let text = text.trim();
    let (negated, rest) = match text.strip_prefix("not ") {
        Some(rest) => (true, rest.trim()),
        None => (false, text),
    };
    if rest == "entity" {
        return Some((negated, None));
    }
    let (step, part) = rest.split_once('.')?;
    let part = match part {
        "node" => NodePart::Node,
        "from_node" => NodePart::From,
        "to_node" => NodePart::To,
        _ => return None,
    };
    Some((negated, Some((step, part))))
}

#[derive(Clone, Debug, Default)]
pub(super) struct AboutRefs {
    pub(super) node: Option<NodeRef>,
    pub(super) from_node: Option<NodeRef>,
    pub(super) to_node: Option<NodeRef>,
}

#[derive(Clone, Debug)]
pub(super) struct Near {
    pub(super) kinds: Vec<EventKind>,
    pub(super) matchers: Vec<Matcher>,
    /// Ticks.
    pub(super) within: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) provider: String,
    pub(super) id: u32,
    pub(super) channel: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) kinds: Vec<EventKind>,
    pub(super) raw: Option<Raw>,
    pub(super) matchers: Vec<Matcher>,
    pub(super) grade: Grade,
    pub(super) on: Option<NodeRef>,
    pub(super) about: Option<AboutRefs>,
    pub(super) with: Vec<Near>,
    pub(super) without: Vec<Near>,
}

/// What a state condition asks.
#[derive(Clone, Debug)]
pub(super) enum Held {
    Is(NodeIs),
    RunsOn(NodeRef),
    Updates(Vec<String>),
    Build(u32, u32),
    BuildDiffers(NodeRef),
    Setting(Matcher),
    Object(String, Vec<Matcher>),
}

/// A state condition, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) node: Option<NodeRef>,
    pub(super) at: Option<usize>,
    pub(super) held: Held,
    pub(super) negated: bool,
}

/// What a counted step can count beside the fields of its events.
pub(super) const COUNTED_SUBJECTS: [&str; 8] = [
    "node",
    "vm",
    "group",
    "resource",
    "network",
    "volume",
    "from_node",
    "to_node",
];

/// What a counted step counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Distinct(pub(super) String);

impl Distinct {
    /// The value that the matcher knows under this name.
    fn new(text: &str) -> Self {
        Distinct(match text {
            "node" => "event.node".to_owned(),
            subject if COUNTED_SUBJECTS.contains(&subject) => format!("subject.{subject}"),
            field => field.to_owned(),
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    pub(super) absent: bool,
    pub(super) opens: Opens,
    pub(super) ways: Vec<Way>,
    pub(super) state: Option<State>,
    pub(super) raises: Option<usize>,
    pub(super) distinct: Option<Distinct>,
    pub(super) after: Option<usize>,
    pub(super) before: Option<usize>,
    /// Ticks.
    pub(super) within: Option<i64>,
    pub(super) between: Option<(usize, usize)>,
    pub(super) denied_by: Vec<EventKind>,
    pub(super) count: usize,
    pub(super) all: bool,
    pub(super) first: bool,
    pub(super) restated: Vec<String>,
}

impl Part {
    pub(super) fn is_positive(&self) -> bool {
        !self.absent && self.role != Role::Contradicting && self.state.is_none()
    }
    /// The kinds that any of its ways looks for, in order.
    pub(super) fn kinds(&self) -> Vec<EventKind> {
        let all: BTreeSet<EventKind> = self.ways.iter().flat_map(|w| &w.kinds).copied().collect();
        all.into_iter().collect()
    }
    pub(super) fn must_be_seen(&self) -> bool {
        !self.absent && self.role == Role::Required && self.state.is_none()
    }
}

/// A rule that can run.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) entity: EntityKind,
    pub(super) parts: Vec<Part>,
    /// Positive steps, each behind all that it refers to.
    pub(super) order: Vec<usize>,
    /// Builds; empty means all.
    pub(super) builds: Vec<(u32, u32)>,
}

/// The kinds from any of which the timeline concludes a derived kind; the kind
/// itself where it is not derived.
pub(super) fn base_kinds(kind: EventKind) -> &'static [EventKind] {
    use EventKind as K;
    match kind {
        K::VmMovedLive => &[
            K::MigrationStarted,
            K::MigrationCompleted,
            K::MigrationReceived,
        ],
        K::VmMovedCold => &[K::GroupOnline, K::GroupMoved, K::VmStarted, K::VmRestored],
        K::VmFailedOver => &[K::GroupOnline, K::GroupFailover, K::VmStarted],
        K::NodeLost => &[K::NodeRemoved, K::OsUnexpectedRestart],
        K::NodeRestarted => &[K::OsRestartRequested, K::OsStopped],
        _ => &[],
    }
}

struct Names<'r>(BTreeMap<&'r str, usize>);

impl Names<'_> {
    fn step(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    fn node_ref(&self, text: &str) -> Option<NodeRef> {
        let (negated, of) = parse_node_ref(text)?;
        let of = match of {
            None => None,
            Some((step, part)) => Some((self.step(step)?, part)),
        };
        Some(NodeRef { negated, of })
    }

    fn optional(&self, text: Option<&str>) -> Option<Option<NodeRef>> {
        match text {
            None => Some(None),
            Some(text) => self.node_ref(text).map(Some),
        }
    }

    fn about(&self, about: &About) -> Option<AboutRefs> {
        let text = |r: &Option<super::schema::At<String>>| r.as_ref().map(|r| r.value.clone());
        Some(AboutRefs {
            node: self.optional(text(&about.node).as_deref())?,
            from_node: self.optional(text(&about.from_node).as_deref())?,
            to_node: self.optional(text(&about.to_node).as_deref())?,
        })
    }

    fn state(&self, state: &StateSpec) -> Option<State> {
        let held = if let Some(is) = state.is {
            Held::Is(is)
        } else if let Some(node) = &state.runs_on {
            Held::RunsOn(self.node_ref(node)?)
        } else if let Some(range) = &state.build {
            Held::Build(range.min.unwrap_or(0), range.max.unwrap_or(u32::MAX))
        } else if let Some(node) = &state.build_differs_from {
            Held::BuildDiffers(self.node_ref(node)?)
        } else if let Some(setting) = &state.setting {
            Held::Setting(Matcher::new(setting)?)
        } else if let Some(object) = &state.object {
            let conditions = object.conditions.iter().map(|c| &c.value);
            Held::Object(object.class.value.clone(), matchers(conditions)?)
        } else if !state.updates.is_empty() {
            Held::Updates(state.updates.clone())
        } else {
            return None;
        };
        Some(State {
            node: self.optional(state.node.as_ref().map(|n| n.value.as_str()))?,
            at: match &state.at {
                None => None,
                Some(step) => Some(self.step(step)?),
            },
            held,
            negated: state.not,
        })
    }

    fn way(&self, way: &Alternative) -> Option<Way> {
        Some(Way {
            kinds: way.all_kinds().collect(),
            raw: match (&way.provider, way.event_id) {
                (Some(provider), Some(id)) => Some(Raw {
                    provider: provider.clone(),
                    id,
                    channel: way.channel.clone(),
                }),
                _ => None,
            },
            matchers: matchers(way.conditions.iter().map(|c| &c.value))?,
            grade: way.grade,
            on: self.optional(way.on.as_ref().map(|on| on.value.as_str()))?,
            about: match &way.about {
                None => None,
                Some(about) => Some(self.about(about)?),
            },
            with: way.with.iter().map(near).collect::<Option<_>>()?,
            without: way.without.iter().map(near).collect::<Option<_>>()?,
        })
    }
}

fn matchers<'c>(
    conditions: impl Iterator<Item = &'c super::schema::Condition>,
) -> Option<Vec<Matcher>> {
    conditions.map(Matcher::new).collect()
}

fn near(companion: &Companion) -> Option<Near> {
    Some(Near {
        kinds: companion.kinds.clone(),
        matchers: matchers(companion.conditions.iter().map(|c| &c.value))?,
        within: companion.within.ticks(),
    })
}

/// `None` when the rule names what does not exist or goes in circles; `lint`
/// tells what and where.
pub(super) fn compile(spec: &RuleSpec) -> Option<Compiled> {
    let names = Names(
        spec.steps
            .iter()
            .enumerate()
            .map(|(n, s)| (s.id.as_str(), n))
            .collect(),
    );
    let step = |name: &Option<super::schema::At<String>>| match name {
        None => Some(None),
        Some(name) => names.step(name).map(Some),
    };
    let mut parts = Vec::with_capacity(spec.steps.len());
    for s in &spec.steps {
        parts.push(Part {
            role: s.role,
            absent: s.absent,
            opens: s.opens(),
            ways: s.any.iter().map(|w| names.way(w)).collect::<Option<_>>()?,
            state: match &s.state {
                None => None,
                Some(state) => Some(names.state(state)?),
            },
            raises: step(&s.raises)?,
            distinct: s.distinct.as_ref().map(|d| Distinct::new(d)),
            after: step(&s.after)?,
            before: step(&s.before)?,
            within: s.within.as_ref().map(|w| w.ticks()),
            between: match &s.between {
                None => None,
                Some(pair) => Some((names.step(&pair[0])?, names.step(&pair[1])?)),
            },
            denied_by: s.denied_by.clone(),
            count: s.count.value.max(1) as usize,
            all: s.all || s.count.value > 1,
            first: s.first,
            restated: s.restated_when_equal.clone(),
        });
    }
    let mut builds = Vec::new();
    for version in &spec.applies_to.versions {
        let (_, from, to) = VERSIONS.iter().find(|(name, ..)| *name == version.value)?;
        builds.push((*from, *to));
    }
    for range in &spec.applies_to.builds {
        builds.push((range.min.unwrap_or(0), range.max.unwrap_or(u32::MAX)));
    }
    let order = binding_order(&parts)?;
    Some(Compiled {
        entity: spec.entity,
        parts,
        order,
        builds,
    })
}

/// The steps that a step's place depends on.
pub(super) fn refers_to(part: &Part) -> Vec<usize> {
    let mut refs: Vec<usize> = part.after.into_iter().chain(part.before).collect();
    refs.extend(part.between.into_iter().flat_map(|(a, b)| [a, b]));
    for way in &part.ways {
        let about = way
            .about
            .iter()
            .flat_map(|a| [a.node, a.from_node, a.to_node]);
        refs.extend(
            about
                .chain([way.on])
                .flatten()
                .filter_map(|r| r.of.map(|(step, _)| step)),
        );
    }
    refs
}

/// Positive steps in an order in which each stands behind what it refers to;
/// the earlier in the rule goes first. `None` when they go in circles.
fn binding_order(parts: &[Part]) -> Option<Vec<usize>> {
    let positive: Vec<usize> = (0..parts.len())
        .filter(|&n| parts[n].is_positive())
        .collect();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < positive.len() {
        let next = positive.iter().copied().find(|n| {
            !order.contains(n)
                && refers_to(&parts[*n])
                    .iter()
                    .all(|r| order.contains(r) && r != n)
        })?;
        order.push(next);
    }
    Some(order)
}
