//! Incidents: the failovers and restarts of one cause as one story, from the first
//! symptom to the last VM back.
//!
//! The chain holds what the records say, in the order of the corrected clocks. That
//! one link comes before another does not say that it caused it.

use std::collections::{BTreeMap, BTreeSet};

use super::failovers::{Known, Origin, Outcome, is_planned, planned_because};
use super::trail::{
    ChainLink, ChainRole, EventIndex, Failover, FailoverCause, Incident, PlannedBasis, VmIndex,
};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// Symptoms come at most so many seconds before the first VM went down.
const SYMPTOMS_S: f64 = 300.0;
/// What belongs to the return comes at most so many seconds after the last VM is up.
const RETURN_S: f64 = 60.0;

/// The incidents in order of their begin, and the failovers with theirs.
pub(super) fn build(known: &Known<'_>, outcome: Outcome) -> (Vec<Failover>, Vec<Incident>) {
    let Outcome {
        mut failovers,
        from,
        restarts,
    } = outcome;
    let mut stories: BTreeMap<Origin, Story> = BTreeMap::new();
    for (at, (failover, origin)) in failovers.iter().zip(&from).enumerate() {
        let story = stories.entry(*origin).or_default();
        story.failovers.push(at);
        story.cause.get_or_insert(failover.cause);
        story.node = story.node.take().or_else(|| failover.from_node.clone());
        story.add(
            failover.vm,
            failover.down_from,
            failover.up_at,
            &failover.evidence,
        );
    }
    for restart in &restarts {
        let story = stories.entry(restart.origin).or_default();
        story.cause.get_or_insert(restart.cause);
        let up = &known.events[restart.up];
        story.node = story.node.take().or_else(|| up.node.clone());
        story.add(
            Some(restart.vm),
            Some(restart.from),
            Some(up.time),
            &restart.evidence,
        );
    }
    let mut incidents: Vec<(Incident, Vec<usize>)> = stories
        .into_iter()
        .map(|(origin, mut story)| {
            let numbers = std::mem::take(&mut story.failovers);
            (story.tell(known, origin), numbers)
        })
        .collect();
    incidents.sort_by(|(a, _), (b, _)| {
        (a.down_from, &a.node, &a.vms).cmp(&(b.down_from, &b.node, &b.vms))
    });
    let mut told = Vec::with_capacity(incidents.len());
    for (number, (incident, members)) in incidents.into_iter().enumerate() {
        for member in members {
            failovers[member].incident = Some(number);
        }
        told.push(incident);
    }
    (failovers, told)
}

/// An incident as it is gathered.
#[derive(Default)]
struct Story {
    cause: Option<FailoverCause>,
    node: Option<NodeName>,
    failovers: Vec<usize>,
    vms: BTreeSet<VmIndex>,
    down_from: Option<Moment>,
    last_back: Option<Moment>,
    evidence: BTreeSet<EventIndex>,
}

impl Story {
    fn add(
        &mut self,
        vm: Option<VmIndex>,
        from: Option<Moment>,
        to: Option<Moment>,
        evidence: &[EventIndex],
    ) {
        self.vms.extend(vm);
        self.down_from = self.down_from.into_iter().chain(from).min();
        self.last_back = self.last_back.max(to);
        self.evidence.extend(evidence);
    }

    fn tell(mut self, known: &Known<'_>, origin: Origin) -> Incident {
        let events = known.events;
        let planned_because = match origin {
            Origin::Outage(at) => {
                let outage = &known.outages[at];
                self.node = Some(outage.node.clone());
                planned_because(events, outage)
            }
            Origin::Trouble(first) => {
                self.evidence.insert(first);
                PlannedBasis::Failure
            }
        };
        self.find_symptoms(events);
        Incident {
            planned: (planned_because != PlannedBasis::Unknown)
                .then(|| is_planned(planned_because)),
            planned_because,
            cause: self.cause.unwrap_or(FailoverCause::Unknown),
            chain: chain(events, &self.evidence),
            node: self.node,
            vms: self.vms.into_iter().collect(),
            down_from: self.down_from,
            last_back: self.last_back,
        }
    }

    /// What nodes noticed around the loss, beside the records that prove it.
    fn find_symptoms(&mut self, events: &[Event]) {
        let Some(begin) = self.first_time(events) else {
            return;
        };
        let end = self.last_back.unwrap_or(begin).plus_seconds(RETURN_S);
        let from = begin.plus_seconds(-SYMPTOMS_S);
        let first = events.partition_point(|e| e.time < from);
        for (at, event) in events.iter().enumerate().skip(first) {
            if event.time > end {
                break;
            }
            let here = event.subject.node.is_none() && event.node == self.node
                || event.subject.node == self.node;
            let wanted = match role(event.kind) {
                // Which side of a route is down, no line of it says.
                Some(ChainRole::Symptom) => {
                    event.time <= begin.plus_seconds(RETURN_S) && {
                        here || matches!(
                            event.kind,
                            EventKind::HeartbeatMissed | EventKind::RouteDown
                        ) && event.subject.node.is_none()
                    }
                }
                Some(ChainRole::Cause) => here && event.time >= begin.plus_seconds(-RETURN_S),
                _ => false,
            };
            if wanted {
                self.evidence.insert(at);
            }
        }
    }

    fn first_time(&self, events: &[Event]) -> Option<Moment> {
        let first = self.evidence.iter().map(|at| events[*at].time).min();
        self.down_from.into_iter().chain(first).min()
    }
}

/// What a record does in a story; `None` for what does not belong into one.
fn role(kind: EventKind) -> Option<ChainRole> {
    use EventKind as K;
    Some(match kind {
        K::HeartbeatMissed
        | K::RouteDown
        | K::InterfaceUnreachable
        | K::InterfaceFailed
        | K::NetworkPartitioned
        | K::NetworkDown
        | K::LinkDown
        | K::UplinkDisconnected
        | K::TeamMemberDisconnected
        | K::CsvPaused
        | K::CsvAutoPaused
        | K::CsvRedirected
        | K::CsvLost
        | K::DiskError
        | K::DiskReset
        | K::DiskPathLost
        | K::NodeUnresponsive
        | K::NodeDraining
        | K::NodePaused
        | K::OsRestartRequested
        | K::UpdateInstalled
        | K::UpdateProgress
        | K::WitnessFailed => ChainRole::Symptom,
        K::ServiceStopped
        | K::ServiceFailed
        | K::OsStopped
        | K::OsBugcheck
        | K::OsUnexpectedRestart
        | K::OsDirtyShutdown
        | K::QuorumLost
        | K::ResourceDeadlock
        | K::RhsTerminated
        | K::DiskResourceFailed => ChainRole::Cause,
        K::NodeRemoved
        | K::NodeLeft
        | K::ResourceFailed
        | K::GroupFailed
        | K::GroupFailover
        | K::GroupMoving
        | K::GroupMoved
        | K::GroupOffline
        | K::MembershipView => ChainRole::Consequence,
        K::VmStarted
        | K::VmRestored
        | K::GroupOnline
        | K::ResourceOnline
        | K::VmConfigRegistered
        | K::NodeJoined
        | K::ClusterFormed
        | K::OsStarted => ChainRole::Recovery,
        _ => return None,
    })
}

/// Records of one kind about one node are one link, in the order of their first.
fn chain(events: &[Event], evidence: &BTreeSet<EventIndex>) -> Vec<ChainLink> {
    let mut links: Vec<ChainLink> = Vec::new();
    let mut at_of: BTreeMap<(ChainRole, EventKind, Option<&NodeName>), usize> = BTreeMap::new();
    for at in evidence {
        let event = &events[*at];
        let Some(role) = role(event.kind) else {
            continue;
        };
        let node = event.subject.node.as_ref().or(event.node.as_ref());
        let known = *at_of.entry((role, event.kind, node)).or_insert(links.len());
        match links.get_mut(known) {
            Some(link) => link.evidence.push(*at),
            None => links.push(ChainLink {
                time: event.time,
                role,
                kind: event.kind,
                node: node.cloned(),
                evidence: vec![*at],
            }),
        }
    }
    links
}
