//! Quorum, the witness and the membership, as nodes told of them.
//!
//! Several records tell of one loss: the line in cluster.log, the record in the
//! System log. No record says that quorum is back; that the node formed or joined
//! a cluster again is the nearest sign.

use std::collections::BTreeMap;

use super::intervals::join;
use super::trail::{EventIndex, MembershipView, Quorum, QuorumLoss, WitnessState};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// A witness is a resource of one of these types, or named so where a record
/// gives no type; the names are what the cluster calls them when it makes them.
const WITNESS_TYPES: [&str; 2] = ["file share witness", "cloud witness"];

fn is_witness(event: &Event) -> bool {
    let kind = event.fields.get("type").map(str::to_lowercase);
    let name = event
        .subject
        .resource
        .as_ref()
        .map(|r| r.as_str().to_lowercase());
    WITNESS_TYPES.iter().any(|witness| {
        kind.as_deref() == Some(*witness)
            || (kind.is_none() && name.as_deref().is_some_and(|n| n.starts_with(witness)))
    })
}

fn witness(event: &Event) -> Option<WitnessState> {
    use EventKind as K;
    match event.kind {
        K::WitnessFailed => Some(WitnessState::Failed),
        K::ResourceFailed | K::ResourceOffline if is_witness(event) => Some(WitnessState::Failed),
        K::ResourceOnline if is_witness(event) => Some(WitnessState::Online),
        K::ResourceState if is_witness(event) => {
            let to = event.fields.get("to_state")?.to_ascii_lowercase();
            match to.as_str() {
                "online" => Some(WitnessState::Online),
                "failed" | "offline" => Some(WitnessState::Failed),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `numbers`: the cluster's numbers of its nodes.
pub(super) fn build(events: &[Event], numbers: &BTreeMap<String, NodeName>) -> Quorum {
    let mut losses: Vec<QuorumLoss> = Vec::new();
    // Per node, its loss that has no end yet.
    let mut open: BTreeMap<Option<&NodeName>, usize> = BTreeMap::new();
    let mut changes: Vec<(Moment, WitnessState, Vec<EventIndex>)> = Vec::new();
    let mut views = Vec::new();
    for (at, event) in events.iter().enumerate() {
        if let Some(state) = witness(event) {
            changes.push((event.time, state, vec![at]));
        }
        let node = event.node.as_ref();
        match event.kind {
            EventKind::QuorumLost => match open.get(&node) {
                Some(known) => losses[*known].evidence.push(at),
                None => {
                    open.insert(node, losses.len());
                    losses.push(QuorumLoss {
                        node: event.node.clone(),
                        from: event.time,
                        to: None,
                        evidence: vec![at],
                    });
                }
            },
            EventKind::NodeJoined | EventKind::ClusterFormed => {
                // Of itself, or as another node saw it.
                let who = event.subject.node.as_ref().or(node);
                if let Some(known) = open.remove(&who) {
                    losses[known].to = Some(event.time);
                    losses[known].evidence.push(at);
                }
            }
            EventKind::MembershipView => views.push(MembershipView {
                time: event.time,
                node: event.node.clone(),
                number: event.fields.get("view").map(str::to_owned),
                joined: members(event.fields.get("joiners"), numbers),
                left: members(event.fields.get("downers"), numbers),
                evidence: at,
            }),
            _ => {}
        }
    }
    let before = changes
        .first()
        .filter(|(_, state, _)| *state == WitnessState::Failed)
        .map(|_| WitnessState::Online);
    Quorum {
        losses,
        witness: join(before, changes),
        views,
    }
}

/// `(1 2)` as names, or as written where a number has no name.
fn members(list: Option<&str>, numbers: &BTreeMap<String, NodeName>) -> Vec<String> {
    list.unwrap_or_default()
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
        .filter(|part| !part.is_empty())
        .map(|number| {
            numbers
                .get(number)
                .map_or_else(|| number.to_owned(), NodeName::to_string)
        })
        .collect()
}
