//! What changed in physical, cluster and virtual networks.
//!
//! Every start and every move of a VM connects and disconnects its NICs; those are
//! part of the move, not changes of the network, and are left out. So is what comes
//! up when a host starts. The trails of links keep both: they tell the state, not
//! what is worth a look.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::intervals::join;
use super::trail::{EventIndex, LinkKind, LinkState, LinkTrail, Migration, NetworkChange, VmIndex};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// Whatever comes up this close to a start of the host belongs to it.
const PART_OF_START_S: f64 = 300.0;
/// NIC and port records this close to a move or start of the VM belong to it.
const PART_OF_MOVE_S: f64 = 120.0;

pub(super) fn build(
    events: &[Event],
    event_vm: &[Option<VmIndex>],
    migrations: &[Migration],
) -> Vec<NetworkChange> {
    // Times at which VMs move, start or stop, with the VM.
    let mut busy: Vec<(Moment, VmIndex)> = migrations
        .iter()
        .flat_map(|m| {
            [m.started, m.ended]
                .into_iter()
                .flatten()
                .map(|t| (t, m.vm))
        })
        .collect();
    busy.extend(events.iter().zip(event_vm).filter_map(|(event, vm)| {
        use EventKind as K;
        matches!(
            event.kind,
            K::VmStarted
                | K::VmRestored
                | K::VmSaved
                | K::VmTurnedOff
                | K::VmShutDown
                | K::VmGuestShutDown
                | K::VmCreated
                | K::VmDeleted
                | K::VmReset
        )
        .then_some((event.time, (*vm)?))
    }));
    busy.sort_unstable();
    let boots: Vec<(Option<NodeName>, Moment)> = events
        .iter()
        .filter(|e| matches!(e.kind, EventKind::OsStarted | EventKind::LogStarted))
        .map(|e| (e.node.clone(), e.time))
        .collect();

    events
        .iter()
        .enumerate()
        .filter_map(|(at, event)| {
            let vm = event_vm[at];
            let keep = match class(event.kind)? {
                Class::Always => true,
                Class::UnlessStarting => !boots.iter().any(|(node, time)| {
                    *node == event.node && event.time.seconds_since(*time).abs() <= PART_OF_START_S
                }),
                Class::UnlessMoving => !near(&busy, event.time, vm),
            };
            keep.then(|| NetworkChange {
                time: event.time,
                node: event.node.clone(),
                kind: event.kind,
                vm,
                name: event.subject.network.clone(),
                before: event.fields.get("from").map(str::to_owned),
                after: event.fields.get("to").map(str::to_owned),
                evidence: at,
            })
        })
        .collect()
}

enum Class {
    Always,
    UnlessStarting,
    UnlessMoving,
}

fn class(kind: EventKind) -> Option<Class> {
    use EventKind as K;
    match kind {
        K::LinkUp
        | K::UplinkConnected
        | K::TeamMemberConnected
        | K::ProfileConnected
        | K::InterfaceUp
        | K::NetworkUp => Some(Class::UnlessStarting),
        K::LinkDown
        | K::UplinkDisconnected
        | K::TeamMemberDisconnected
        | K::ProfileDisconnected
        | K::InterfaceUnreachable
        | K::InterfaceFailed
        | K::NetworkPartitioned
        | K::NetworkDown
        | K::SwitchCreated
        | K::SwitchDeleted
        | K::PortFailed
        | K::VmNetworkFixupFailed
        | K::VmSettingsChanged
        | K::VmSettingsReverted
        | K::VmNetworkLost
        | K::VmNetworkRestored => Some(Class::Always),
        K::NicConnected
        | K::NicDisconnected
        | K::PortConnected
        | K::PortDisconnected
        | K::PortCreated
        | K::PortDeleted
        | K::PortPropertyChanged => Some(Class::UnlessMoving),
        _ => None,
    }
}

/// Whether the VM (any VM, where the record names none) was moving or starting.
fn near(busy: &[(Moment, VmIndex)], time: Moment, vm: Option<VmIndex>) -> bool {
    let from = busy.partition_point(|(t, _)| *t < time.plus_seconds(-PART_OF_MOVE_S));
    busy[from..]
        .iter()
        .take_while(|(t, _)| *t <= time.plus_seconds(PART_OF_MOVE_S))
        .any(|(_, who)| vm.is_none_or(|vm| vm == *who))
}

/// What a record says of a link: which kind of link, and its state from then on.
fn link_state(kind: EventKind) -> Option<(LinkKind, LinkState)> {
    use EventKind as K;
    use LinkKind as L;
    use LinkState::{Down, Partitioned, Unreachable, Up};
    Some(match kind {
        K::NetworkUp | K::NetworkAdded => (L::ClusterNetwork, Up),
        K::NetworkPartitioned => (L::ClusterNetwork, Partitioned),
        K::NetworkDown | K::NetworkRemoved => (L::ClusterNetwork, Down),
        K::InterfaceUp | K::InterfaceAdded => (L::ClusterInterface, Up),
        K::InterfaceUnreachable => (L::ClusterInterface, Unreachable),
        K::InterfaceFailed | K::InterfaceRemoved => (L::ClusterInterface, Down),
        K::LinkUp => (L::Nic, Up),
        K::LinkDown => (L::Nic, Down),
        K::TeamMemberConnected | K::TeamMemberAdded => (L::TeamMember, Up),
        K::TeamMemberDisconnected | K::TeamMemberRemoved => (L::TeamMember, Down),
        K::SwitchCreated => (L::Switch, Up),
        K::SwitchDeleted => (L::Switch, Down),
        K::UplinkConnected | K::UplinkOperational => (L::Uplink, Up),
        K::UplinkDisconnected | K::UplinkNotOperational => (L::Uplink, Down),
        K::PortCreated | K::PortConnected => (L::SwitchPort, Up),
        K::PortDisconnected | K::PortDeleted => (L::SwitchPort, Down),
        K::NicStarted | K::NicConnected => (L::VmNic, Up),
        K::NicDisconnected => (L::VmNic, Down),
        _ => return None,
    })
}

/// One trail per link and node, by kind, name, node. A cluster network is the same
/// on all nodes, whichever of them tells of it.
pub(super) fn links(events: &[Event], event_vm: &[Option<VmIndex>]) -> Vec<LinkTrail> {
    #[derive(Default)]
    struct Told {
        vm: Option<VmIndex>,
        changes: Vec<(Moment, LinkState, Vec<EventIndex>)>,
    }
    let mut found: BTreeMap<(LinkKind, Arc<str>, Option<NodeName>), Told> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        let Some((kind, state)) = link_state(event.kind) else {
            continue;
        };
        let port = event.fields.get("port");
        let name: Arc<str> = match (kind, port, &event.subject.network) {
            // A record of a port names its switch as well.
            (LinkKind::SwitchPort, Some(port), _) => port.into(),
            (_, _, Some(network)) => network.clone(),
            _ => continue,
        };
        let node = match kind {
            LinkKind::ClusterNetwork => None,
            LinkKind::ClusterInterface => event.subject.node.clone().or(event.node.clone()),
            _ => event.node.clone(),
        };
        let told = found.entry((kind, name, node)).or_default();
        told.vm = told.vm.or(event_vm[at]);
        told.changes.push((event.time, state, vec![at]));
    }
    found
        .into_iter()
        .map(|((kind, name, node), told)| {
            // What can go down was up.
            let before = told
                .changes
                .first()
                .filter(|(_, state, _)| *state != LinkState::Up)
                .map(|_| LinkState::Up);
            LinkTrail {
                kind,
                name,
                node,
                vm: told.vm,
                states: join(before, told.changes),
            }
        })
        .collect()
}
