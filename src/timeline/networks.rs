//! What changed in physical, cluster and virtual networks.
//!
//! Every start and every move of a VM connects and disconnects its NICs; those are
//! part of the move, not changes of the network, and are left out.

use super::trail::{Migration, NetworkChange, VmIndex};
use crate::model::event::Event;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

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

    events
        .iter()
        .enumerate()
        .filter_map(|(at, event)| {
            let vm = event_vm[at];
            let keep = match class(event.kind)? {
                Class::Always => true,
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
    UnlessMoving,
}

fn class(kind: EventKind) -> Option<Class> {
    use EventKind as K;
    match kind {
        K::LinkUp
        | K::LinkDown
        | K::UplinkConnected
        | K::UplinkDisconnected
        | K::TeamMemberConnected
        | K::TeamMemberDisconnected
        | K::ProfileConnected
        | K::ProfileDisconnected
        | K::InterfaceUp
        | K::InterfaceUnreachable
        | K::InterfaceFailed
        | K::NetworkUp
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
