//! The merged timeline as data: which events are worth a place, and each of them with
//! what it can be filtered by. Nothing is formatted here; times are instants.

use super::*;
use crate::model::time::{Precision, Window};
use crate::report::plain::{cut, lines};

/// The most events of the merged timeline; `events.parquet` has all. A page with so
/// many stays below two megabytes, and opens at once.
pub const MOST_MERGED: usize = 20_000;

/// The longest message of a record that is kept, in columns.
const LONGEST_MESSAGE: usize = 1200;
/// The most that messages may take in all, in bytes; those of evidence come first.
const MOST_MESSAGES: usize = 400_000;

/// Why an event has its place, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// A finding stands on it.
    Evidence,
    /// It is a failure, or a change of state.
    Change,
    /// Everything else that was read.
    Routine,
}

/// A part of the house that kinds of events are about.
pub(crate) const FAMILIES: [&str; 9] = [
    "moves", "vms", "roles", "nodes", "network", "storage", "names", "time", "system",
];

/// The family of a kind, by the first part of its name; what is not told apart is the
/// system's.
fn family(kind: EventKind) -> &'static str {
    let name = kind.name();
    match name.split('.').next().unwrap_or(name) {
        "migration" | "offline_migration" | "storage_migration" => "moves",
        "vm" | "checkpoint" | "replication" | "vmms" => "vms",
        "group" | "resource" | "rhs" => "roles",
        "node" | "membership" | "quorum" | "witness" | "cluster" | "service" => "nodes",
        "trail" if name.starts_with("trail.vm") => "moves",
        "trail" => "nodes",
        "nic" | "port" | "switch" | "link" | "uplink" | "team" | "profile" | "network"
        | "interface" | "route" | "heartbeat" => "network",
        "csv" | "disk" | "pool" | "smb" => "storage",
        "name" | "domain" | "address" => "names",
        "time" => "time",
        _ => "system",
    }
}

/// A kind of event that occurs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindName {
    /// Its dotted name.
    pub name: &'static str,
    /// Its phrase.
    pub phrase: &'static str,
    /// Its place among the families.
    pub family: usize,
}

/// A finding that the timeline can be narrowed to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingName {
    /// Its anchor.
    pub anchor: String,
    /// Its verdict, subject and title.
    pub label: String,
}

/// One event. Numbers are positions in the lists of [`Merged`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MergedEvent {
    /// Its position among all events; its anchor is `event-` and one more.
    pub at: EventIndex,
    /// When.
    pub time: Moment,
    /// How finely that is known.
    pub precision: Precision,
    /// The node that wrote it.
    pub node: Option<usize>,
    /// The VM that it is about.
    pub vm: Option<usize>,
    /// What it says.
    pub kind: usize,
    /// How serious it is by itself.
    pub severity: Severity,
    /// Why it is here.
    pub weight: Weight,
    /// Said by a person, not logged.
    pub said: bool,
    /// The file or archive member.
    pub member: usize,
    /// The place in it.
    pub place: Locator,
    /// What it says, as a sentence.
    pub text: usize,
    /// The record's own message, where it was collected and there was room for it.
    pub message: Option<usize>,
    /// The findings that stand on it.
    pub findings: Vec<usize>,
}

/// The merged timeline: events in order, and what they name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Merged {
    /// Nodes.
    pub nodes: Vec<String>,
    /// VMs, all of them, in the timeline's order.
    pub vms: Vec<String>,
    /// Kinds that occur.
    pub kinds: Vec<KindName>,
    /// Files and archive members.
    pub members: Vec<String>,
    /// Sentences.
    pub texts: Vec<String>,
    /// Messages of records, in the language that they were collected in.
    pub messages: Vec<String>,
    /// Findings with evidence.
    pub findings: Vec<FindingName>,
    /// The events.
    pub events: Vec<MergedEvent>,
    /// How many events there are in all.
    pub total: usize,
    /// How many are left out, and where they are, in words.
    pub note: Option<String>,
}

/// Which events are shown, and how weighty each is.
pub(super) struct Notable {
    /// The weightiest, for a table: at most [`MOST_EVENTS`].
    pub shown: BTreeSet<EventIndex>,
    /// Those of the merged timeline: at most [`MOST_MERGED`].
    pub merged: BTreeMap<EventIndex, Weight>,
    /// How many are failures, changes or evidence.
    pub total: usize,
}

/// The events of the merged timeline: first the evidence of findings, then that of
/// moves and failovers, then what is serious or a change of state, then the rest, the
/// nearest to the evidence first.
pub(super) fn notable(timeline: &Timeline, verdicts: &Verdicts) -> Notable {
    let mut rank: BTreeMap<EventIndex, u8> = BTreeMap::new();
    let mut add = |events: &[EventIndex], r: u8| {
        for &event in events.iter().filter(|&&e| e < timeline.events.len()) {
            rank.entry(event)
                .and_modify(|old| *old = (*old).min(r))
                .or_insert(r);
        }
    };
    for finding in &verdicts.findings {
        add(&finding.evidence, 0);
    }
    for failover in &timeline.failovers {
        add(&failover.evidence, 1);
    }
    for link in timeline.incidents.iter().flat_map(|i| &i.chain) {
        add(&link.evidence[..link.evidence.len().min(1)], 1);
    }
    for migration in &timeline.migrations {
        let usual = migration.outcome == MoveOutcome::Completed;
        add(&migration.evidence, if usual { 3 } else { 1 });
    }
    for node in &timeline.nodes {
        for interval in &node.intervals {
            add(&interval.evidence, 2);
        }
    }
    for vm in &timeline.vms {
        for down in &vm.downtimes {
            add(&down.evidence, 1);
        }
    }
    for change in &timeline.network_changes {
        add(&[change.evidence], 3);
    }
    for (at, event) in timeline.events.iter().enumerate() {
        match (&event.origin, event.severity) {
            (Origin::Note | Origin::Inventory, _) => add(&[at], 1),
            (_, Severity::Critical | Severity::Error) => add(&[at], 3),
            (_, Severity::Warning) => add(&[at], 4),
            _ if routine_time_change(event) => {}
            _ if changes_state(event.kind) => add(&[at], 5),
            _ => {}
        }
    }
    let total = rank.len();
    let mut order: Vec<(u8, EventIndex)> = rank.iter().map(|(e, r)| (*r, *e)).collect();
    order.sort_unstable();
    let weight = |r: u8| {
        if r == 0 {
            Weight::Evidence
        } else {
            Weight::Change
        }
    };
    let mut merged: BTreeMap<EventIndex, Weight> = order
        .iter()
        .take(MOST_MERGED)
        .map(|&(r, e)| (e, weight(r)))
        .collect();
    let routine = nearest_first(timeline, &rank);
    let room = MOST_MERGED - merged.len();
    merged.extend(routine.into_iter().take(room).map(|e| (e, Weight::Routine)));
    Notable {
        shown: order.iter().take(MOST_EVENTS).map(|(_, e)| *e).collect(),
        merged,
        total,
    }
}

/// The events without a rank, those nearest in time to the weightiest ones first.
fn nearest_first(timeline: &Timeline, rank: &BTreeMap<EventIndex, u8>) -> Vec<EventIndex> {
    let best = rank.values().min().copied().unwrap_or_default();
    let mut anchors: Vec<Moment> = rank
        .iter()
        .filter(|(_, r)| **r == best)
        .filter_map(|(e, _)| Some(timeline.events.get(*e)?.time))
        .collect();
    anchors.sort_unstable();
    let mut rest: Vec<(i64, EventIndex)> = (0..timeline.events.len())
        .filter(|at| !rank.contains_key(at))
        .map(|at| {
            let time = timeline.events[at].time;
            let after = anchors.partition_point(|a| *a < time);
            let near = [after.checked_sub(1), Some(after)];
            let distance = near
                .into_iter()
                .flatten()
                .filter_map(|n| anchors.get(n))
                .map(|a| (a.ticks() - time.ticks()).abs())
                .min();
            (distance.unwrap_or_default(), at)
        })
        .collect();
    rest.sort_unstable();
    rest.into_iter().map(|(_, at)| at).collect()
}

/// Texts that are said once and pointed at.
#[derive(Default)]
struct Pool {
    all: Vec<String>,
    known: BTreeMap<String, usize>,
}

impl Pool {
    fn put(&mut self, text: String) -> usize {
        if let Some(at) = self.known.get(&text) {
            return *at;
        }
        let at = self.all.len();
        self.all.push(text.clone());
        self.known.insert(text, at);
        at
    }
}

impl Teller<'_> {
    pub(super) fn merged(&self, cards: &[Card]) -> Merged {
        let timeline = self.timeline;
        let mut findings = Vec::new();
        let mut stands_on: BTreeMap<EventIndex, Vec<usize>> = BTreeMap::new();
        for (finding, card) in self.verdicts.findings.iter().zip(cards) {
            if finding.evidence.is_empty() {
                continue;
            }
            for &event in &finding.evidence {
                let all = stands_on.entry(event).or_default();
                if all.last() != Some(&findings.len()) {
                    all.push(findings.len());
                }
            }
            findings.push(FindingName {
                anchor: card.anchor.clone(),
                label: format!("[{}] {} — {}", card.verdict_text, card.subject, card.title),
            });
        }
        // Logs spell a node's name in several ways; the node's own is shown.
        let mut nodes: Vec<String> = Vec::new();
        let mut node_at: BTreeMap<NodeName, usize> = BTreeMap::new();
        for node in &timeline.nodes {
            node_at.insert(node.name.clone(), nodes.len());
            nodes.push(plain(node.name.as_str()));
        }
        let mut members = Pool::default();
        let mut texts = Pool::default();
        let (messages, mut message_of) = self.messages();
        let mut kinds: Vec<KindName> = Vec::new();
        let mut kind_at: BTreeMap<EventKind, usize> = BTreeMap::new();
        let mut events = Vec::with_capacity(self.notable.merged.len());
        for (&at, &weight) in &self.notable.merged {
            let event = &timeline.events[at];
            let kind = *kind_at.entry(event.kind).or_insert_with(|| {
                let family = family(event.kind);
                kinds.push(KindName {
                    name: event.kind.name(),
                    phrase: self.locale.event(event.kind),
                    family: FAMILIES.iter().position(|f| *f == family).unwrap_or(0),
                });
                kinds.len() - 1
            });
            events.push(MergedEvent {
                at,
                time: event.time,
                precision: event.precision,
                node: event.node.as_ref().map(|n| {
                    *node_at.entry(n.clone()).or_insert_with(|| {
                        nodes.push(plain(n.as_str()));
                        nodes.len() - 1
                    })
                }),
                vm: timeline.event_vm.get(at).copied().flatten(),
                kind,
                severity: event.severity,
                weight,
                said: event.origin == Origin::Note,
                member: members.put(plain(&event.source.member)),
                place: event.source.at,
                text: texts.put(locale::summary(event, self.lang)),
                message: message_of.remove(&at),
                findings: stands_on.remove(&at).unwrap_or_default(),
            });
        }
        let left_out = timeline.events.len() - events.len();
        Merged {
            note: (left_out > 0).then(|| self.locale.events_left_out(left_out, events.len())),
            nodes,
            vms: (0..timeline.vms.len()).map(|vm| self.vm(vm)).collect(),
            kinds,
            members: members.all,
            texts: texts.all,
            messages,
            findings,
            events,
            total: timeline.events.len(),
        }
    }

    /// Messages, and which event has which, the weightiest events first.
    fn messages(&self) -> (Vec<String>, BTreeMap<EventIndex, usize>) {
        let mut pool = Pool::default();
        let mut of = BTreeMap::new();
        let mut order: Vec<(Weight, EventIndex)> = (self.notable.merged.iter())
            .map(|(at, w)| (*w, *at))
            .collect();
        order.sort_unstable();
        let mut room = MOST_MESSAGES;
        for (_, at) in order {
            let Some(message) = &self.timeline.events[at].message else {
                continue;
            };
            let text = cut(&lines(message), LONGEST_MESSAGE);
            if text.len() > room {
                break;
            }
            let known = pool.all.len();
            let length = text.len();
            of.insert(at, pool.put(text));
            if pool.all.len() > known {
                room -= length;
            }
        }
        (pool.all, of)
    }

    /// The zone of the cluster's own clocks, where its logs agree on one offset.
    pub(super) fn zones(&self) -> Zones {
        let offsets: BTreeSet<i32> = self
            .timeline
            .coverage
            .files
            .iter()
            .filter_map(|f| match f.time_basis {
                crate::model::time::TimeBasis::Local { offset_minutes } => Some(offset_minutes),
                _ => None,
            })
            .collect();
        let mut one = offsets.into_iter();
        let cluster_minutes = match (one.next(), one.next()) {
            (Some(minutes), None) => Some(minutes),
            _ => None,
        };
        Zones {
            shown: self.clock.zone_label(),
            name: self.clock.iana_name(),
            one_offset: self.clock.offset().is_some(),
            cluster_minutes,
            window: self.timeline.window(),
        }
    }
}

/// In which zones times can be shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Zones {
    /// The zone of the document's texts, in words.
    pub shown: String,
    /// Its name in the IANA database, where it has one.
    pub name: Option<String>,
    /// Its offset is the same in the whole window, and so not said with each time.
    pub one_offset: bool,
    /// The offset of the cluster's clocks in minutes east of UTC, where all of its
    /// logs that are in local time agree.
    pub cluster_minutes: Option<i32>,
    /// From the first to the last event.
    pub window: Option<Window>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_family_is_one() {
        for kind in EventKind::ALL {
            assert!(FAMILIES.contains(&family(*kind)), "{kind}");
        }
        assert_eq!(family(EventKind::MigrationFailed), "moves");
        assert_eq!(family(EventKind::LinkDown), "network");
    }

    #[test]
    fn evidence_comes_first_then_what_lies_nearest_to_it() {
        let (mut timeline, verdicts) = fixture::case();
        let evidence: BTreeSet<usize> = verdicts
            .findings
            .iter()
            .flat_map(|f| f.evidence.clone())
            .collect();
        let last = timeline.events.last().unwrap().clone();
        for n in 0..(MOST_MERGED + 500) {
            let mut noise = last.clone();
            noise.kind = EventKind::VmmsTrace;
            noise.severity = Severity::Info;
            noise.time = last.time.plus_seconds(n as f64);
            timeline.events.push(noise);
            timeline.event_vm.push(None);
        }
        let notable = notable(&timeline, &verdicts);
        assert_eq!(notable.merged.len(), MOST_MERGED);
        for at in &evidence {
            assert_eq!(notable.merged[at], Weight::Evidence);
        }
        // The last ones are the farthest.
        let farthest = timeline.events.len() - 1;
        assert!(!notable.merged.contains_key(&farthest));
        assert!(notable.shown.iter().all(|e| notable.merged.contains_key(e)));
    }

    #[test]
    fn messages_are_kept_while_there_is_room_those_of_evidence_first() {
        let (mut timeline, verdicts) = fixture::case();
        for (n, event) in timeline.events.iter_mut().enumerate() {
            event.message = Some(format!("{n} {}", "word ".repeat(40_000)).into());
        }
        let last = timeline.events.len() - 1;
        for n in 0..1000 {
            let mut more = timeline.events[last].clone();
            more.message = Some(format!("more {n} {}", "word ".repeat(400)).into());
            timeline.events.push(more);
            timeline.event_vm.push(None);
        }
        let merged = document(&timeline, &verdicts, &Options::new(Lang::En)).merged;
        let total: usize = merged.messages.iter().map(String::len).sum();
        assert!(
            total <= MOST_MESSAGES && total > MOST_MESSAGES / 2,
            "{total}"
        );
        for event in &merged.events {
            if event.weight == Weight::Evidence {
                let message = &merged.messages[event.message.unwrap()];
                assert!(message.starts_with(&format!("{} word", event.at)));
                assert!(message.ends_with('…') && message.len() < 1300);
            }
        }
        assert!(merged.events.iter().any(|e| e.message.is_none()));
    }

    #[test]
    fn what_is_said_twice_is_kept_once_and_each_event_points_at_it() {
        let (timeline, verdicts) = fixture::case();
        let document = document(&timeline, &verdicts, &Options::new(Lang::En));
        let merged = &document.merged;
        assert_eq!(merged.total, timeline.events.len());
        for list in [&merged.members, &merged.texts] {
            let once: BTreeSet<&String> = list.iter().collect();
            assert_eq!(once.len(), list.len());
        }
        for event in &merged.events {
            let told = locale::summary(&timeline.events[event.at], Lang::En);
            assert_eq!(merged.texts[event.text], told);
        }
        let on = merged.events.iter().find(|e| e.weight == Weight::Evidence);
        assert!(!on.unwrap().findings.is_empty());
    }
}
