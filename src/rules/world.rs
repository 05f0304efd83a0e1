//! A timeline prepared for rules: corrected times, an index by kind, the subjects
//! of events, and what could have been seen. It concludes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::compile::{NodePart, Raw, Way, base_kinds};
use super::verdict::{Entity, EntityKind};
use crate::model::event::{Event, Origin};
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::{Moment, Precision, TICKS_PER_SECOND, Window};
use crate::timeline::{EventIndex, MissingLog, NodeState, Timeline, Visibility, VmIndex};

/// How far the clocks of two nodes may be apart, in seconds, when nothing in the
/// logs tells. Domain members keep closer than this in normal operation; it is an
/// assumption, and a finding that rests on it says so.
pub const ASSUMED_CLOCK_ERROR_S: f64 = 5.0;

/// What a finding is about, as a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Vm(VmIndex),
    Node(NodeName),
    /// From, to.
    Pair(NodeName, NodeName),
    /// Adapter, role, resource, network or volume, in lower case.
    Named(String),
    Cluster,
}

/// By how much the clocks of two events may disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClockError {
    /// Ticks.
    pub(super) ticks: i64,
    /// Nothing in the logs tells, so it was assumed.
    pub(super) assumed: bool,
}

pub(super) struct World<'t> {
    pub(super) timeline: &'t Timeline,
    /// From the first event to the last; all time when there is none.
    whole: Window,
    /// Per event, its time by the reference clock.
    at: Vec<Moment>,
    by_kind: BTreeMap<EventKind, Vec<EventIndex>>,
    by_id: BTreeMap<u32, Vec<EventIndex>>,
    /// Per event, its writer's place in `clock_errors`.
    writer: Vec<Option<usize>>,
    /// Per node that wrote an event, the error of its clock in seconds, where the
    /// logs tell. Clocks are compared for every pair of events that order joins.
    clock_errors: Vec<Option<f64>>,
    /// No two times can disagree by more than this, in ticks.
    max_slack: i64,
    /// Per node, its latest event.
    ends: BTreeMap<NodeName, Moment>,
    /// Per kind of entity, found once for all rules.
    subjects: [OnceLock<BTreeSet<Subject>>; EntityKind::Cluster as usize + 1],
}

/// By how much a time may really be later than it is stated: 10:05 is said until
/// just before 10:06.
fn precision_ticks(precision: Precision) -> i64 {
    let width = match precision {
        Precision::Tick => 1,
        Precision::Millisecond => TICKS_PER_SECOND / 1000,
        Precision::Second => TICKS_PER_SECOND,
        Precision::Minute => 60 * TICKS_PER_SECOND,
    };
    width - 1
}

impl<'t> World<'t> {
    pub(super) fn new(timeline: &'t Timeline) -> Self {
        let clock_errors = timeline
            .clocks
            .iter()
            .filter_map(|c| c.offset_s.and(c.error_s).map(|e| (c.node.clone(), e.abs())))
            .collect();
        let clock_errors: BTreeMap<NodeName, f64> = clock_errors;
        let worst = clock_errors
            .values()
            .fold(ASSUMED_CLOCK_ERROR_S, |worst, e| worst.max(*e));
        let mut ends: BTreeMap<NodeName, Moment> = BTreeMap::new();
        for file in &timeline.coverage.files {
            if let (true, Some(node), Some(last)) = (file.kind.is_log(), &file.node, file.last) {
                let end = ends.entry(node.clone()).or_insert(last);
                *end = last.max(*end);
            }
        }
        let mut nodes: BTreeMap<&NodeName, usize> = BTreeMap::new();
        let mut writer = Vec::with_capacity(timeline.events.len());
        let mut errors: Vec<Option<f64>> = Vec::new();
        for event in &timeline.events {
            writer.push(event.node.as_ref().map(|node| {
                *nodes.entry(node).or_insert_with(|| {
                    errors.push(clock_errors.get(node).copied());
                    errors.len() - 1
                })
            }));
        }
        // The timeline has put events on one clock already.
        let at: Vec<Moment> = timeline.events.iter().map(|e| e.time).collect();
        let mut order: Vec<EventIndex> = (0..at.len()).collect();
        order.sort_by_key(|&e| (at[e], e));
        let mut by_kind: BTreeMap<EventKind, Vec<EventIndex>> = BTreeMap::new();
        let mut by_id: BTreeMap<u32, Vec<EventIndex>> = BTreeMap::new();
        for e in order {
            by_kind.entry(timeline.events[e].kind).or_default().push(e);
            if let Origin::EventLog { id, .. } = timeline.events[e].origin {
                by_id.entry(id).or_default().push(e);
            }
        }
        World {
            timeline,
            whole: timeline.window().unwrap_or(Window::ALL),
            at,
            by_kind,
            by_id,
            max_slack: (2.0 * worst * TICKS_PER_SECOND as f64).ceil() as i64
                + 2 * precision_ticks(Precision::Minute),
            writer,
            clock_errors: errors,
            ends,
            subjects: Default::default(),
        }
    }

    /// The time of all events, or all time when there is none.
    pub(super) fn whole(&self) -> Window {
        self.whole
    }

    pub(super) fn max_slack(&self) -> i64 {
        self.max_slack
    }

    /// Until when all of `nodes` (all logged nodes when `None`) were collected.
    pub(super) fn end_of(&self, nodes: Option<&[NodeName]>) -> Option<Moment> {
        match nodes {
            None => self.ends.values().min().copied(),
            Some(nodes) => nodes.iter().filter_map(|n| self.ends.get(n)).min().copied(),
        }
    }

    pub(super) fn event(&self, e: EventIndex) -> &'t Event {
        &self.timeline.events[e]
    }

    /// The event's time by the reference clock.
    pub(super) fn at(&self, e: EventIndex) -> Moment {
        self.at[e]
    }

    /// The earliest that the event can be, where it is known only to lie between two
    /// looks: a difference of two snapshots was made at any time between them.
    pub(super) fn not_before(&self, e: EventIndex) -> Option<Moment> {
        Moment::parse(self.event(e).fields.get("not_before")?)
    }

    /// How coarsely the event's time is stated, in ticks: it may really be that
    /// much later.
    pub(super) fn coarse(&self, e: EventIndex) -> i64 {
        precision_ticks(self.event(e).precision)
    }

    /// Between events of one node, or where one was written by no node, clocks
    /// cannot disagree.
    pub(super) fn clock_error(&self, a: EventIndex, b: EventIndex) -> ClockError {
        let none = ClockError {
            ticks: 0,
            assumed: false,
        };
        let (Some(a), Some(b)) = (self.writer[a], self.writer[b]) else {
            return none;
        };
        if a == b {
            return none;
        }
        let (seconds, assumed) = match (self.clock_errors[a], self.clock_errors[b]) {
            (Some(a), Some(b)) => (a + b, false),
            _ => (ASSUMED_CLOCK_ERROR_S, true),
        };
        ClockError {
            ticks: (seconds * TICKS_PER_SECOND as f64).ceil() as i64,
            assumed,
        }
    }

    /// Events of a kind, in order of corrected time.
    pub(super) fn of_kind(&self, kind: EventKind) -> &[EventIndex] {
        self.by_kind.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Events that fit a way by themselves, in no particular order.
    pub(super) fn fitting(&self, way: &Way) -> Vec<EventIndex> {
        let of_raw = |raw: &Raw| {
            self.by_id
                .get(&raw.id)
                .into_iter()
                .flatten()
                .copied()
                .filter(|&e| match &self.event(e).origin {
                    Origin::EventLog {
                        provider, channel, ..
                    } => {
                        provider.eq_ignore_ascii_case(&raw.provider)
                            && raw
                                .channel
                                .as_ref()
                                .is_none_or(|c| channel.eq_ignore_ascii_case(c))
                    }
                    _ => false,
                })
                .collect::<Vec<_>>()
        };
        let events: Vec<EventIndex> = match &way.raw {
            Some(raw) => of_raw(raw)
                .into_iter()
                .filter(|&e| way.kinds.is_empty() || way.kinds.contains(&self.event(e).kind))
                .collect(),
            None => {
                let kinds: BTreeSet<EventKind> = way.kinds.iter().copied().collect();
                kinds
                    .into_iter()
                    .flat_map(|k| self.of_kind(k).iter().copied())
                    .collect()
            }
        };
        events
            .into_iter()
            .filter(|&e| way.matchers.iter().all(|m| m.matches(self.event(e))))
            .collect()
    }

    /// What the event is about, among subjects of this kind.
    pub(super) fn subject_of(&self, kind: EntityKind, e: EventIndex) -> Option<Subject> {
        let event = self.event(e);
        let named = |text: &str| Subject::Named(text.trim().to_lowercase());
        match kind {
            EntityKind::Vm => self.timeline.event_vm.get(e)?.map(Subject::Vm),
            EntityKind::Node => self.about_node(e).cloned().map(Subject::Node),
            EntityKind::NodePair => {
                let to = event.subject.to_node.clone()?;
                let from = event.subject.from_node.as_ref().or(event.node.as_ref())?;
                (*from != to).then(|| Subject::Pair(from.clone(), to))
            }
            EntityKind::Nic => event.fields.get("nic_id").map(named),
            EntityKind::Role => event.subject.group.as_ref().map(|g| named(g.key())),
            EntityKind::Resource => event.subject.resource.as_ref().map(|r| named(r.key())),
            EntityKind::Network => event.subject.network.as_deref().map(named),
            EntityKind::Volume => event.subject.volume.as_deref().map(named),
            EntityKind::Cluster => Some(Subject::Cluster),
        }
    }

    /// The node that an event is about: the one it names, else its writer.
    pub(super) fn about_node(&self, e: EventIndex) -> Option<&'t NodeName> {
        let event = self.event(e);
        event.subject.node.as_ref().or(event.node.as_ref())
    }

    /// One of the nodes of a bound event.
    pub(super) fn node_part(&self, e: EventIndex, part: NodePart) -> Option<&'t NodeName> {
        let event = self.event(e);
        match part {
            NodePart::Node => event.node.as_ref().or(event.subject.node.as_ref()),
            NodePart::From => event.subject.from_node.as_ref(),
            NodePart::To => event.subject.to_node.as_ref(),
        }
    }

    /// Every subject of a kind that anything names, in order.
    pub(super) fn subjects(&self, kind: EntityKind) -> &BTreeSet<Subject> {
        self.subjects[kind as usize].get_or_init(|| self.all_subjects(kind))
    }

    fn all_subjects(&self, kind: EntityKind) -> BTreeSet<Subject> {
        match kind {
            EntityKind::Vm => (0..self.timeline.vms.len()).map(Subject::Vm).collect(),
            EntityKind::Cluster => BTreeSet::from([Subject::Cluster]),
            EntityKind::Node => {
                let seen = self.timeline.observability.nodes().cloned();
                let told = self.timeline.nodes.iter().map(|n| n.name.clone());
                let events = (0..self.timeline.events.len())
                    .filter_map(|e| self.about_node(e))
                    .cloned();
                seen.chain(told).chain(events).map(Subject::Node).collect()
            }
            _ => (0..self.timeline.events.len())
                .filter_map(|e| self.subject_of(kind, e))
                .collect(),
        }
    }

    /// The subject as a finding names it.
    pub(super) fn entity(&self, kind: EntityKind, subject: &Subject) -> Entity {
        let named = |e: &&Event| -> Option<String> {
            match kind {
                EntityKind::Nic => e.fields.get("nic_id").map(str::to_owned),
                EntityKind::Role => e.subject.group.as_ref().map(ToString::to_string),
                EntityKind::Resource => e.subject.resource.as_ref().map(ToString::to_string),
                EntityKind::Network => e.subject.network.as_deref().map(str::to_owned),
                EntityKind::Volume => e.subject.volume.as_deref().map(str::to_owned),
                _ => None,
            }
        };
        let (name, vm) = match subject {
            Subject::Vm(vm) => (
                self.timeline
                    .vms
                    .get(*vm)
                    .map_or_else(|| "?".to_owned(), |v| v.label()),
                Some(*vm),
            ),
            Subject::Node(node) => (node.to_string(), None),
            Subject::Pair(from, to) => (format!("{from} → {to}"), None),
            Subject::Named(key) => (
                self.timeline
                    .events
                    .iter()
                    .filter_map(|e| named(&e))
                    .find(|n| n.trim().to_lowercase() == *key)
                    .unwrap_or_else(|| key.clone()),
                None,
            ),
            Subject::Cluster => (
                self.timeline
                    .inventory
                    .cluster
                    .clone()
                    .unwrap_or_else(|| "cluster".to_owned()),
                None,
            ),
        };
        Entity { kind, name, vm }
    }

    /// Whether one of the updates is installed on a node, where anything tells: a
    /// list of its updates, or a record of the installation until `at`.
    pub(super) fn has_update(
        &self,
        node: &NodeName,
        updates: &[String],
        at: Option<Moment>,
    ) -> Option<bool> {
        let same = |a: &str| updates.iter().any(|u| u.eq_ignore_ascii_case(a.trim()));
        let recorded = self.of_kind(EventKind::UpdateInstalled).iter().any(|&e| {
            let event = self.event(e);
            self.about_node(e) == Some(node)
                && at.is_none_or(|at| self.at(e) <= at)
                && event
                    .fields
                    .iter()
                    .any(|(_, value)| value.split(|c: char| !c.is_ascii_alphanumeric()).any(same))
        });
        if recorded {
            return Some(true);
        }
        let listed = &self.timeline.inventory.nodes.get(node)?.updates;
        (!listed.is_empty()).then(|| listed.iter().any(|u| same(u)))
    }

    /// What a node was doing at a moment, where the timeline tells.
    pub(super) fn node_state(&self, node: &NodeName, at: Moment) -> Option<NodeState> {
        let trail = self.timeline.nodes.iter().find(|n| n.name == *node)?;
        // Intervals meet: of two that hold the moment, the later has begun.
        let covers = |from: Option<Moment>, to: Option<Moment>| {
            from.is_none_or(|from| from <= at) && to.is_none_or(|to| at <= to)
        };
        let mut found = trail.intervals.iter().rev();
        found.find(|i| covers(i.from, i.to)).map(|i| i.state)
    }

    /// The node on which a VM was at a moment, where the timeline tells.
    pub(super) fn node_of_vm(&self, vm: VmIndex, at: Moment) -> Option<&'t NodeName> {
        let trail = self.timeline.vms.get(vm)?;
        let mut found = trail.placements.iter().rev();
        found
            .find(|p| p.from.is_none_or(|from| from <= at) && p.to.is_none_or(|to| at <= to))
            .map(|p| &p.node)
    }

    /// The build of a node, where it is known.
    pub(super) fn build(&self, node: &NodeName) -> Option<u32> {
        let told = self.timeline.nodes.iter().find(|n| n.name == *node);
        told.and_then(|n| n.build)
            .or_else(|| self.timeline.inventory.nodes.get(node)?.build)
    }

    /// Whether an event of `kind`, written by one of `nodes` (by any when `None`),
    /// would have been seen: the logs that are missing for that, none when it
    /// would. A derived kind would be if any kind that it is concluded from would.
    pub(super) fn unseen(
        &self,
        kind: EventKind,
        nodes: Option<&[NodeName]>,
        window: &Window,
    ) -> Vec<MissingLog> {
        let base = base_kinds(kind);
        if base.is_empty() {
            return self.unseen_base(kind, nodes, window);
        }
        let mut missing = Vec::new();
        for base in base {
            let lacking = self.unseen_base(*base, nodes, window);
            if lacking.is_empty() {
                return Vec::new();
            }
            missing.extend(lacking);
        }
        missing
    }

    fn unseen_base(
        &self,
        kind: EventKind,
        nodes: Option<&[NodeName]>,
        window: &Window,
    ) -> Vec<MissingLog> {
        let see = |node| match self.timeline.observability.could_see(kind, node, window) {
            Visibility::Visible => Vec::new(),
            Visibility::Hidden { missing } => missing,
        };
        match nodes {
            None | Some([]) => see(None),
            Some(nodes) => nodes.iter().flat_map(|n| see(Some(n))).collect(),
        }
    }

    /// The same for a site rule's provider and event id.
    pub(super) fn unseen_raw(
        &self,
        raw: &Raw,
        nodes: Option<&[NodeName]>,
        window: &Window,
    ) -> Vec<MissingLog> {
        let all: Vec<NodeName> = self.timeline.observability.nodes().cloned().collect();
        let nodes = nodes.filter(|n| !n.is_empty()).unwrap_or(&all);
        nodes
            .iter()
            .filter(|node| {
                !raw.channel
                    .as_ref()
                    .is_some_and(|c| self.timeline.observability.covers(node, c, window))
            })
            .map(|node| MissingLog {
                node: Some(node.clone()),
                channel: raw.channel.as_deref().unwrap_or(&raw.provider).into(),
                partly: false,
            })
            .collect()
    }
}
