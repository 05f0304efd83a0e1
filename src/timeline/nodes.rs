//! Which node was in the cluster when, and how it left: announced, or lost.
//!
//! A node that stops in an orderly way says so in its own log, or the others note
//! its leave. A node that is removed by the others without such a word, or that
//! says after its restart that it had not shut down, was lost. Whether it crashed,
//! lost power or its network cannot be told by the others' logs alone.

use std::collections::{BTreeMap, BTreeSet};

use super::intervals::join;
use super::trail::{EventIndex, NodeState, NodeTrail};
use crate::model::coverage::Coverage;
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::inventory::Inventory;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// Two signs of one stop lie within this many seconds of each other.
const SAME_STOP_S: f64 = 60.0;
/// A stop between a node's last word and its next start is dated by the last word
/// when the two are at most so many seconds apart.
const DATED_S: f64 = 900.0;
/// Missed heartbeats belong to a removal this many seconds later.
const FIRST_SIGN_S: f64 = 30.0;
/// A request for a restart belongs to a stop within this many seconds.
const REQUEST_S: f64 = 600.0;

/// A time during which a node was not in the cluster.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    pub node: NodeName,
    pub lost: bool,
    /// The operating system went down with it.
    pub os_restarted: bool,
    /// Its own log says, after the next start, that the system had not shut down.
    pub crashed: bool,
    pub from: Moment,
    /// On whose clock `from` is.
    pub noticed_by: Option<NodeName>,
    /// `from` is a sign of the stop; otherwise it is only the last time at which the
    /// node was seen at work.
    pub from_known: bool,
    /// The cluster service ended because quorum was lost.
    pub quorum: bool,
    /// The cluster service ended while the system stayed up, as the node's own logs
    /// show.
    pub service_only: bool,
    /// The node's own last record before it was gone.
    pub last_word: Option<Moment>,
    pub to: Option<Moment>,
    pub evidence: Vec<EventIndex>,
}

/// What happened on or to one node, in order of time.
#[derive(Default)]
struct Record {
    /// Own orderly stop: service stopped, system stopped.
    stops: Vec<EventIndex>,
    /// Somebody asked for the restart.
    requests: Vec<EventIndex>,
    /// The others removed it.
    removals: Vec<EventIndex>,
    /// The others noted its orderly leave.
    leaves: Vec<EventIndex>,
    /// It is in the cluster again, by its own word or by that of others.
    joins: Vec<EventIndex>,
    /// Its cluster service ended by itself: quorum lost, or an error.
    failures: Vec<EventIndex>,
    /// Its system started.
    boots: Vec<EventIndex>,
    /// Its system says that it had not shut down.
    dirty: Vec<EventIndex>,
    /// Any event of its own.
    own: Vec<EventIndex>,
}

/// The cluster numbers its nodes; some lines of cluster.log give the number alone.
pub(super) fn numbers(events: &[Event]) -> BTreeMap<String, NodeName> {
    let mut names = BTreeMap::new();
    for event in events.iter().filter(|e| e.kind == EventKind::GroupMoved) {
        let ends = [
            ("from_id", &event.subject.from_node),
            ("to_id", &event.subject.to_node),
        ];
        for (id, node) in ends {
            if let (Some(id), Some(node)) = (event.fields.get(id), node) {
                names.insert(id.to_owned(), node.clone());
            }
        }
    }
    names
}

fn collect(events: &[Event]) -> BTreeMap<NodeName, Record> {
    use EventKind as K;
    let numbers = numbers(events);
    let mut records: BTreeMap<NodeName, Record> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        let spoken_of = event.subject.node.clone().or_else(|| {
            let number = event.fields.get("node_id")?;
            numbers.get(number).cloned()
        });
        match event.kind {
            // What goes to a node shows that it is there.
            K::GroupMoving | K::GroupMoved => {
                if let Some(node) = &event.subject.to_node
                    && event.subject.from_node.as_ref() != Some(node)
                {
                    records.entry(node.clone()).or_default().joins.push(at);
                }
            }
            K::NodeJoined => {
                if let Some(node) = &spoken_of {
                    records.entry(node.clone()).or_default().joins.push(at);
                }
            }
            K::NodeRemoved => {
                if let Some(node) = spoken_of {
                    records.entry(node).or_default().removals.push(at);
                }
            }
            K::NodeLeft => {
                if let Some(node) = spoken_of {
                    records.entry(node).or_default().leaves.push(at);
                }
            }
            _ => {}
        }
        let Some(node) = &event.node else { continue };
        let record = records.entry(node.clone()).or_default();
        record.own.push(at);
        match event.kind {
            K::ServiceStopped | K::OsStopped => record.stops.push(at),
            K::OsRestartRequested => record.requests.push(at),
            K::NodeJoined if event.subject.node.is_some() => {}
            K::NodeJoined | K::ClusterFormed => record.joins.push(at),
            K::QuorumLost | K::ServiceFailed => record.failures.push(at),
            K::OsStarted => record.boots.push(at),
            K::OsUnexpectedRestart | K::OsDirtyShutdown | K::OsBugcheck => record.dirty.push(at),
            _ => {}
        }
    }
    records
}

/// The outages of every node, in order of node and time.
pub(super) fn outages(events: &[Event]) -> Vec<Outage> {
    let mut all = Vec::new();
    for (node, record) in collect(events) {
        all.extend(outages_of(events, node, &record));
    }
    all
}

fn outages_of(events: &[Event], node: NodeName, record: &Record) -> Vec<Outage> {
    let time = |at: &EventIndex| events[*at].time;
    let mut outages: Vec<Outage> = Vec::new();
    let begin = |from: Moment, lost: bool, at: EventIndex| Outage {
        node: node.clone(),
        lost,
        os_restarted: false,
        crashed: false,
        from,
        noticed_by: events[at].node.clone(),
        from_known: true,
        quorum: false,
        service_only: false,
        last_word: None,
        to: record.joins.iter().map(time).find(|t| *t > from),
        evidence: vec![at],
    };

    // What somebody noticed when it happened, in order of time.
    let mut signs: Vec<(Moment, EventIndex, bool)> = Vec::new();
    signs.extend(record.stops.iter().map(|at| (time(at), *at, false)));
    signs.extend(record.failures.iter().map(|at| (time(at), *at, false)));
    signs.extend(record.leaves.iter().map(|at| (time(at), *at, false)));
    signs.extend(record.removals.iter().map(|at| (time(at), *at, true)));
    signs.sort();
    for (t, at, lost) in signs {
        let Some(outage) = outages.iter_mut().rev().find(|o| o.holds(t)) else {
            outages.push(begin(t, lost, at));
            continue;
        };
        outage.evidence.push(at);
        // An announcement explains a removal that clocks or delays put before it.
        if !lost && t.seconds_since(outage.from) <= SAME_STOP_S {
            outage.lost = false;
            if t < outage.from {
                outage.from = t;
                outage.noticed_by.clone_from(&events[at].node);
            }
        }
    }

    // What the node itself says after its restart of how it went down.
    for at in &record.dirty {
        let boot = record.boots.iter().rev().map(time).find(|b| *b <= time(at));
        let boot = boot.unwrap_or(time(at));
        let last_word = record
            .own
            .iter()
            .rev()
            .map(time)
            .find(|t| *t < boot.plus_seconds(-1.0));
        let from = last_word.unwrap_or(boot);
        let known = outages
            .iter_mut()
            .rev()
            .find(|o| o.holds(boot) || (o.from >= from && o.from <= time(at)));
        match known {
            Some(outage) => {
                outage.lost |= !outage.announced(events);
                outage.crashed = true;
                outage.evidence.push(*at);
            }
            None => {
                let mut outage = begin(from, true, *at);
                outage.crashed = true;
                outage.from_known = boot.seconds_since(from) <= DATED_S;
                outages.push(outage);
            }
        }
    }
    for outage in outages.iter_mut().filter(|o| o.lost) {
        outage.start_at_first_sign(events);
    }
    outages.sort_by_key(|o| o.from);

    for outage in &mut outages {
        let end = outage.to.unwrap_or(Moment::MAX);
        let boots = record.boots.iter().copied();
        let boots: Vec<EventIndex> = boots
            .filter(|b| outage.from <= time(b) && time(b) <= end)
            .collect();
        outage.os_restarted = !boots.is_empty();
        outage.quorum = outage
            .evidence
            .iter()
            .any(|at| events[*at].kind == EventKind::QuorumLost);
        let of_service = |at: &EventIndex| {
            let event = &events[*at];
            event.node.as_ref() == Some(&outage.node)
                && matches!(
                    event.kind,
                    EventKind::ServiceStopped | EventKind::ServiceFailed | EventKind::QuorumLost
                )
        };
        outage.service_only =
            boots.is_empty() && outage.to.is_some() && outage.evidence.iter().any(of_service);
        // A node that was lost spoke before the others missed it; one that stopped
        // in an orderly way speaks until it is down.
        let silent_from = match (outage.lost, boots.first().map(time)) {
            (true, _) => outage.from,
            (false, boot) => boot.unwrap_or(end),
        };
        let own = record.own.partition_point(|at| time(at) < silent_from);
        outage.last_word = own.checked_sub(1).map(|last| time(&record.own[last]));
        // Without a recorded join, its own start is the nearest to one.
        outage.to = outage.to.or(boots.first().map(time));
        let requests = record.requests.iter().copied();
        outage
            .evidence
            .extend(requests.filter(|r| outage.from.seconds_since(time(r)).abs() <= REQUEST_S));
        outage.evidence.extend(boots);
        outage.evidence.sort_unstable();
        outage.evidence.dedup();
    }
    outages
}

impl Outage {
    /// What the node was doing. Without its own word a lost node may have crashed,
    /// hung or been cut off.
    fn state(&self) -> NodeState {
        match (self.lost, self.crashed, self.os_restarted) {
            (true, true, _) => NodeState::Crashed,
            (_, false, false) if self.quorum => NodeState::WithoutQuorum,
            (true, false, _) => NodeState::Lost,
            (false, _, true) => NodeState::Restarted,
            (false, _, false) => NodeState::Stopped,
        }
    }

    /// The others miss a lost node's heartbeats before they remove it.
    fn start_at_first_sign(&mut self, events: &[Event]) {
        let first = events.iter().enumerate().find(|(_, event)| {
            let before = self.from.seconds_since(event.time);
            matches!(
                event.kind,
                EventKind::HeartbeatMissed | EventKind::RouteDown
            ) && (0.0..=FIRST_SIGN_S).contains(&before)
                && event.node.as_ref() != Some(&self.node)
                && event.subject.node.as_ref().is_none_or(|n| *n == self.node)
        });
        if let Some((at, event)) = first {
            self.from = event.time;
            self.noticed_by.clone_from(&event.node);
            self.evidence.push(at);
        }
    }

    /// Whether a sign at `t` belongs to this outage: it lies inside, or shortly before,
    /// since clocks and delays may put it there.
    fn holds(&self, t: Moment) -> bool {
        if t >= self.from {
            self.to.is_none_or(|to| t <= to)
        } else {
            self.from.seconds_since(t) <= SAME_STOP_S
        }
    }

    /// Whether the node itself announced the stop.
    fn announced(&self, events: &[Event]) -> bool {
        self.evidence.iter().any(|at| {
            let event = &events[*at];
            event.node.as_ref() == Some(&self.node)
                && matches!(event.kind, EventKind::ServiceStopped | EventKind::OsStopped)
        })
    }
}

/// One trail per node that anything names.
pub(super) fn build(
    events: &[Event],
    outages: &[Outage],
    inventory: &Inventory,
    coverage: &Coverage,
) -> Vec<NodeTrail> {
    let logged = coverage.logged_nodes();
    let mut names: BTreeSet<NodeName> = coverage.named_nodes.clone();
    if names.is_empty() {
        // No log speaks of a cluster; the machines are shown as they are.
        names.extend(logged.iter().cloned());
    }
    names.extend(inventory.nodes.keys().cloned());
    let mut changes = changes(events, outages);
    names
        .into_iter()
        .map(|name| {
            let facts = inventory.nodes.get(&name).cloned().unwrap_or_default();
            let mut changes = changes.remove(&name).unwrap_or_default();
            changes.sort_by_key(|(t, state, _)| (*t, *state));
            let has_logs = logged.contains(&name);
            let began_up = has_logs || changes.first().is_some_and(|(_, s, _)| *s != NodeState::Up);
            NodeTrail {
                has_logs,
                os: facts.os.clone(),
                build: facts.build.or_else(|| build_number(events, &name)),
                intervals: join(began_up.then_some(NodeState::Up), changes),
                name,
            }
        })
        .collect()
}

type Changes = Vec<(Moment, NodeState, Vec<EventIndex>)>;

/// Per node, what changed its state.
fn changes(events: &[Event], outages: &[Outage]) -> BTreeMap<NodeName, Changes> {
    let mut changes: BTreeMap<NodeName, Changes> = BTreeMap::new();
    for outage in outages {
        let list = changes.entry(outage.node.clone()).or_default();
        list.push((outage.from, outage.state(), outage.evidence.clone()));
        if let Some(to) = outage.to {
            list.push((to, NodeState::Up, Vec::new()));
        }
    }
    for (at, event) in events.iter().enumerate() {
        let state = match event.kind {
            EventKind::NodeDraining => NodeState::Draining,
            EventKind::NodePaused | EventKind::NodeDrained => NodeState::Paused,
            EventKind::NodeResumed | EventKind::NodeIsolationEnded => NodeState::Up,
            EventKind::NodeIsolated => NodeState::Isolated,
            EventKind::NodeQuarantined => NodeState::Quarantined,
            _ => continue,
        };
        if let Some(node) = event.subject.node.as_ref().or(event.node.as_ref()) {
            let list = changes.entry(node.clone()).or_default();
            list.push((event.time, state, vec![at]));
        }
    }
    changes
}

/// The build that the node's last start-up stated.
fn build_number(events: &[Event], node: &NodeName) -> Option<u32> {
    events
        .iter()
        .rev()
        .filter(|e| e.kind == EventKind::OsStarted && e.node.as_ref() == Some(node))
        .find_map(|e| e.fields.get("build")?.parse().ok())
}
