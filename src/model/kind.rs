//! The closed set of things that an event can say.
//!
//! Rules, timeline and reports speak in these; provider ids stay in the
//! dictionary, so that a renumbering between Windows versions touches one file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! kinds {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// What an event says, with a dotted name (`migration.failed`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $($(#[$doc])+ $variant,)+
        }

        impl EventKind {
            /// Every kind, in the order of this file.
            pub const ALL: &[EventKind] = &[$(EventKind::$variant,)+];

            /// The dotted name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(EventKind::$variant => $name,)+
                }
            }
        }
    };
}

kinds! {
    // Live migration
    /// The source starts a live migration.
    MigrationStarted = "migration.started",
    /// The destination starts to receive a live migration.
    MigrationTargetStarted = "migration.target_started",
    /// The VM is paused on the source: the blackout begins.
    MigrationBlackout = "migration.blackout",
    /// The length of brown-out and blackout is stated (`blackout_s`, `brownout_s`).
    MigrationTimes = "migration.times",
    /// The source finished a live migration.
    MigrationCompleted = "migration.completed",
    /// The destination finished a live migration.
    MigrationReceived = "migration.received",
    /// A live migration failed.
    MigrationFailed = "migration.failed",
    /// A live migration was canceled.
    MigrationCanceled = "migration.canceled",
    /// A live migration was refused before it began.
    MigrationRefused = "migration.refused",
    /// The VM was brought back on the source after a failed migration.
    MigrationRecovered = "migration.recovered",
    /// The source starts an offline (not live) migration.
    OfflineMigrationStarted = "offline_migration.started",
    /// The source finished an offline migration.
    OfflineMigrationCompleted = "offline_migration.completed",
    /// The destination finished an offline migration.
    OfflineMigrationReceived = "offline_migration.received",
    /// A storage migration finished.
    StorageMigrationCompleted = "storage_migration.completed",
    /// A storage migration failed.
    StorageMigrationFailed = "storage_migration.failed",

    // VM state
    /// The VM started (or, before 2012 R2, was restored).
    VmStarted = "vm.started",
    /// The VM was saved.
    VmSaved = "vm.saved",
    /// The VM was restored from its saved state.
    VmRestored = "vm.restored",
    /// The VM was turned off.
    VmTurnedOff = "vm.turned_off",
    /// The VM was shut down through the host.
    VmShutDown = "vm.shut_down",
    /// The guest shut itself down.
    VmGuestShutDown = "vm.guest_shut_down",
    /// The VM was reset.
    VmReset = "vm.reset",
    /// The VM was paused.
    VmPaused = "vm.paused",
    /// The VM was resumed.
    VmResumed = "vm.resumed",
    /// The VM was paused because its storage was lost.
    VmCriticalPaused = "vm.critical_paused",
    /// The VM runs again after a critical pause.
    VmCriticalResumed = "vm.critical_resumed",
    /// The guest crashed.
    VmGuestCrashed = "vm.guest_crashed",
    /// The VM's worker process died.
    VmWorkerDied = "vm.worker_died",
    /// The VM failed to start.
    VmStartFailed = "vm.start_failed",
    /// The VM was created.
    VmCreated = "vm.created",
    /// The VM was deleted.
    VmDeleted = "vm.deleted",
    /// A planned VM became real (import or migration destination).
    VmRealized = "vm.realized",

    // VM configuration
    /// A setting of the VM was changed (`property`, `from`, `to`, `tool`).
    VmSettingsChanged = "vm.settings_changed",
    /// A setting of the VM is back at an earlier value (`property`, `from`, `to`).
    VmSettingsReverted = "vm.settings_reverted",
    /// A setting that had been changed is still in force (`property`, `to`).
    VmSettingsKept = "vm.settings_kept",
    /// The VM's configuration was refreshed in the cluster.
    VmConfigRefreshed = "vm.config_refreshed",
    /// Somebody states that the configuration was not refreshed.
    VmConfigNotRefreshed = "vm.config_not_refreshed",
    /// The cluster registered the VM's configuration on a node.
    VmConfigRegistered = "vm.config_registered",
    /// The cluster applied its settings to the VM while bringing it online.
    VmConfigApplied = "vm.config_applied",
    /// The cluster could not update the VM's configuration.
    VmConfigUpdateFailed = "vm.config_update_failed",
    /// The VM's network settings could not be fitted to the node.
    VmNetworkFixupFailed = "vm.network_fixup_failed",
    /// The VM's network was lost, as somebody states or an event shows.
    VmNetworkLost = "vm.network_lost",
    /// The VM's network works again.
    VmNetworkRestored = "vm.network_restored",

    // VM NICs, switch ports
    /// A VM's NIC started.
    NicStarted = "nic.started",
    /// A VM's NIC was connected to a switch port.
    NicConnected = "nic.connected",
    /// A VM's NIC was disconnected from its switch port.
    NicDisconnected = "nic.disconnected",
    /// A port filter was set; carries a VLAN id.
    NicFilterSet = "nic.filter_set",
    /// A virtual switch was created.
    SwitchCreated = "switch.created",
    /// A virtual switch was deleted.
    SwitchDeleted = "switch.deleted",
    /// A switch port was created.
    PortCreated = "port.created",
    /// A switch port was deleted.
    PortDeleted = "port.deleted",
    /// A switch port was connected to a NIC.
    PortConnected = "port.connected",
    /// A switch port was disconnected from a NIC.
    PortDisconnected = "port.disconnected",
    /// A property of a switch port was changed.
    PortPropertyChanged = "port.property_changed",
    /// A switch port could not be made or used.
    PortFailed = "port.failed",
    /// The uplink of a virtual switch has media.
    UplinkConnected = "uplink.connected",
    /// The uplink of a virtual switch lost its media.
    UplinkDisconnected = "uplink.disconnected",

    // Physical network
    /// A physical NIC's link came up.
    LinkUp = "link.up",
    /// A physical NIC's link went down.
    LinkDown = "link.down",
    /// A member of a team was connected.
    TeamMemberConnected = "team.member_connected",
    /// A member of a team was disconnected.
    TeamMemberDisconnected = "team.member_disconnected",
    /// The host's network profile connected.
    ProfileConnected = "profile.connected",
    /// The host's network profile disconnected.
    ProfileDisconnected = "profile.disconnected",

    // Groups (roles)
    /// Somebody or something asked for a group move.
    GroupMoveRequested = "group.move_requested",
    /// A group is moving to a node.
    GroupMoving = "group.moving",
    /// A group move is done or about to be (`move_type`).
    GroupMoved = "group.moved",
    /// The cluster tries to fail a group over.
    GroupFailover = "group.failover",
    /// The cluster tries to fail a group back.
    GroupFailback = "group.failback",
    /// A group is being brought online.
    GroupOnlinePending = "group.online_pending",
    /// A group is online.
    GroupOnline = "group.online",
    /// A group is being brought offline.
    GroupOfflinePending = "group.offline_pending",
    /// A group is offline.
    GroupOffline = "group.offline",
    /// A group failed, wholly or in part.
    GroupFailed = "group.failed",
    /// A group's state changed (`from_state`, `to_state`).
    GroupState = "group.state",
    /// A group used up its failovers and stays failed.
    GroupThreshold = "group.threshold_exceeded",
    /// The load balancer moves VMs away from a node.
    BalancerMoves = "group.balancer_moves",

    // Resources
    /// A resource's state changed (`from_state`, `to_state`).
    ResourceState = "resource.state",
    /// A resource is online.
    ResourceOnline = "resource.online",
    /// A resource is offline.
    ResourceOffline = "resource.offline",
    /// A resource failed.
    ResourceFailed = "resource.failed",
    /// A resource did not answer in time.
    ResourceDeadlock = "resource.deadlock",
    /// A resource host process was ended.
    RhsTerminated = "rhs.terminated",

    // Nodes
    /// This node joined the cluster.
    NodeJoined = "node.joined",
    /// This node formed the cluster.
    ClusterFormed = "cluster.formed",
    /// The cluster service starts on this node.
    ServiceStarted = "service.started",
    /// The cluster service on this node was stopped in an orderly way.
    ServiceStopped = "service.stopped",
    /// The cluster service on this node ended because of an error.
    ServiceFailed = "service.failed",
    /// A node was removed from the active membership.
    NodeRemoved = "node.removed",
    /// A node could not join.
    NodeJoinFailed = "node.join_failed",
    /// A node lost and regained communication.
    NodeReconnected = "node.reconnected",
    /// A node announced its orderly leave to the others.
    NodeLeft = "node.left",
    /// A node was added to the cluster for the first time.
    NodeAdded = "node.added",
    /// A node was evicted.
    NodeEvicted = "node.evicted",
    /// A node was isolated.
    NodeIsolated = "node.isolated",
    /// A node is no longer isolated.
    NodeIsolationEnded = "node.isolation_ended",
    /// A node was quarantined.
    NodeQuarantined = "node.quarantined",
    /// A node was paused.
    NodePaused = "node.paused",
    /// A node was resumed.
    NodeResumed = "node.resumed",
    /// A node is being drained of its roles.
    NodeDraining = "node.draining",
    /// A node's drain is complete.
    NodeDrained = "node.drained",
    /// A node's drain failed.
    NodeDrainFailed = "node.drain_failed",
    /// The membership changed (`view`, `members`).
    MembershipView = "membership.view",

    // Host operating system
    /// The operating system started.
    OsStarted = "os.started",
    /// The operating system stopped in an orderly way.
    OsStopped = "os.stopped",
    /// The system started again without having shut down.
    OsUnexpectedRestart = "os.unexpected_restart",
    /// The previous shutdown was unexpected.
    OsDirtyShutdown = "os.dirty_shutdown",
    /// Somebody or something asked for a restart or shutdown.
    OsRestartRequested = "os.restart_requested",
    /// The system stopped with a bugcheck.
    OsBugcheck = "os.bugcheck",
    /// The event log service started.
    LogStarted = "log.started",
    /// The event log service stopped.
    LogStopped = "log.stopped",
    /// An event log was cleared.
    LogCleared = "log.cleared",
    /// The operating system states its version.
    OsVersion = "os.version",
    /// The system states its uptime and its time zone (`uptime_s`, `zone`).
    OsUptime = "os.uptime",
    /// An update was installed.
    UpdateInstalled = "os.update_installed",
    /// The system time was changed.
    TimeChanged = "time.changed",
    /// The time zone was changed.
    TimeZoneChanged = "time.zone_changed",

    // Quorum and witness
    /// This node's part of the cluster lost quorum.
    QuorumLost = "quorum.lost",
    /// The witness failed or cannot be reached.
    WitnessFailed = "witness.failed",

    // Cluster networks
    /// Heartbeats to a node are missed.
    HeartbeatMissed = "heartbeat.missed",
    /// A route between nodes is down.
    RouteDown = "route.down",
    /// A route between nodes is up.
    RouteUp = "route.up",
    /// A cluster network interface is up.
    InterfaceUp = "interface.up",
    /// A cluster network interface cannot be reached by some nodes.
    InterfaceUnreachable = "interface.unreachable",
    /// A cluster network interface failed.
    InterfaceFailed = "interface.failed",
    /// A cluster network is up.
    NetworkUp = "network.up",
    /// A cluster network is split.
    NetworkPartitioned = "network.partitioned",
    /// A cluster network is down.
    NetworkDown = "network.down",

    // Storage
    /// A cluster shared volume was paused.
    CsvPaused = "csv.paused",
    /// A cluster shared volume is available again.
    CsvResumed = "csv.resumed",
    /// A cluster shared volume is in redirected access.
    CsvRedirected = "csv.redirected",
    /// A cluster shared volume is not accessible from this node.
    CsvLost = "csv.lost",
    /// A disk or path reported an error.
    DiskError = "disk.error",

    // Concluded by the timeline
    /// A VM moved between nodes without stopping (live migration as a whole).
    VmMovedLive = "trail.vm_moved_live",
    /// A VM moved between nodes by stopping or saving, as planned.
    VmMovedCold = "trail.vm_moved_cold",
    /// A VM was restarted on another node because its node or resource failed.
    VmFailedOver = "trail.vm_failed_over",
    /// A node was lost: it stopped without announcing it.
    NodeLost = "trail.node_lost",
    /// A node was restarted in an orderly way.
    NodeRestarted = "trail.node_restarted",

    // Free text
    /// A remark by a person that fits no other kind (`text`).
    Remark = "note.remark",
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no event kind has, with the nearest one that exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown event kind {found:?}{}", .nearest.map(|k| format!("; did you mean {:?}?", k.name())).unwrap_or_default())]
pub struct UnknownKind {
    /// What was written.
    pub found: String,
    /// The kind whose name is most alike, where one is alike at all.
    pub nearest: Option<EventKind>,
}

impl FromStr for EventKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(kind) = Self::ALL.iter().find(|k| k.name() == text) {
            return Ok(*kind);
        }
        let nearest = Self::ALL
            .iter()
            .map(|k| (edit_distance(text, k.name()), *k))
            .min()
            .filter(|(distance, _)| *distance <= text.len() / 2)
            .map(|(_, k)| k);
        Err(UnknownKind {
            found: text.to_owned(),
            nearest,
        })
    }
}

/// Levenshtein distance in bytes, for "did you mean".
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for EventKind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventKind".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = Self::ALL.iter().map(|k| k.name()).collect();
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_dotted_and_read_back() {
        let names: BTreeSet<_> = EventKind::ALL.iter().map(|k| k.name()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
        for kind in EventKind::ALL {
            assert_eq!(kind.name().parse::<EventKind>().as_ref(), Ok(kind));
            assert_eq!(kind.name().matches('.').count(), 1, "{kind}");
        }
    }

    #[test]
    fn a_typo_is_answered_with_the_nearest_name() {
        let error = "migration.complete".parse::<EventKind>().unwrap_err();
        assert_eq!(error.nearest, Some(EventKind::MigrationCompleted));
        assert!("zzz".parse::<EventKind>().unwrap_err().nearest.is_none());
    }
}
