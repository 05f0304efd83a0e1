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
    /// A step of a live migration began or ended (`phase`, `state`, `time`).
    MigrationPhase = "migration.phase",
    /// The connection between two hosts for migrations failed.
    MigrationConnectionFailed = "migration.connection_failed",
    /// The host accepts migrations.
    MigrationListenerStarted = "migration.listener_started",
    /// The host no longer accepts migrations.
    MigrationListenerStopped = "migration.listener_stopped",
    /// The networks for live migration were changed.
    MigrationNetworksChanged = "migration.networks_changed",
    /// The cluster says something of a VM in free text (`text`).
    MigrationRemark = "migration.remark",
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
    /// A storage migration was canceled.
    StorageMigrationCanceled = "storage_migration.canceled",
    /// A storage migration was refused before it began.
    StorageMigrationRefused = "storage_migration.refused",

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
    /// The VM could not be saved.
    VmSaveFailed = "vm.save_failed",
    /// The VM could not be stopped in an orderly way.
    VmShutdownFailed = "vm.shutdown_failed",
    /// The cluster stopped an instance of the VM that ran where it should not.
    VmForcedOff = "vm.forced_off",
    /// The management service found the VM running when it started.
    VmFoundRunning = "vm.found_running",
    /// The VM is no longer restarted after its worker process died.
    VmRestartGivenUp = "vm.restart_given_up",
    /// Something that was asked of the VM failed (`operation`).
    VmOperationFailed = "vm.operation_failed",
    /// A checkpoint of the VM was taken.
    VmCheckpointed = "vm.checkpointed",
    /// A checkpoint of the VM could not be taken.
    VmCheckpointFailed = "vm.checkpoint_failed",
    /// The disks of a deleted checkpoint could not be merged.
    VmMergeFailed = "vm.merge_failed",
    /// The volume of the VM runs out of space.
    VmDiskLow = "vm.disk_low",
    /// A virtual disk was compacted (`path`).
    VmDiskCompacted = "vm.disk_compacted",
    /// The VM was imported.
    VmImported = "vm.imported",
    /// The VM was exported.
    VmExported = "vm.exported",
    /// The VM was made highly available.
    VmMadeClustered = "vm.made_clustered",
    /// The VM could not be made highly available.
    VmMakeClusteredFailed = "vm.make_clustered_failed",
    /// A monitored service in the guest is unhealthy.
    VmGuestCritical = "vm.guest_critical",
    /// The VMs of an isolated node are not monitored.
    VmUnmonitored = "vm.unmonitored",
    /// VMs that were not monitored are monitored again.
    VmMonitored = "vm.monitored",
    /// A device was added to the VM's configuration when it was loaded.
    VmDeviceAdded = "vm.device_added",
    /// A setting of the VM could not be changed.
    VmSettingsRefused = "vm.settings_refused",
    /// A step of the configuration resource began or ended (`phase`, `state`).
    VmConfigPhase = "vm.config_phase",
    /// The VM's configuration could not be registered, removed or read.
    VmConfigFailed = "vm.config_failed",
    /// The VM's configuration file cannot be reached.
    VmConfigLost = "vm.config_lost",
    /// The VM's configuration file can be reached again.
    VmConfigFound = "vm.config_found",
    /// A refresh of the VM's configuration was refused.
    VmConfigRefreshRefused = "vm.config_refresh_refused",
    /// Replication of VMs failed in some part.
    ReplicationFailed = "replication.failed",

    // VM NICs, switch ports
    /// A VM's NIC started.
    NicStarted = "nic.started",
    /// A VM's NIC was connected to a switch port.
    NicConnected = "nic.connected",
    /// A VM's NIC was disconnected from its switch port.
    NicDisconnected = "nic.disconnected",
    /// A port filter was set; carries a VLAN id.
    NicFilterSet = "nic.filter_set",
    /// An operation on a VM's NIC succeeded (`operation`).
    NicOperation = "nic.operation",
    /// The guest loaded its network driver.
    NicDriverLoaded = "nic.driver_loaded",
    /// A VM's NIC has no usable MAC address (`what`).
    NicMacTrouble = "nic.mac_trouble",
    /// A port filter could not be set; carries a VLAN id.
    NicFilterFailed = "nic.filter_failed",
    /// A virtual switch was created.
    SwitchCreated = "switch.created",
    /// A virtual switch was deleted.
    SwitchDeleted = "switch.deleted",
    /// A virtual switch was set up, at its creation or at start-up.
    SwitchInitialized = "switch.initialized",
    /// A virtual switch could not be made, set up or removed.
    SwitchFailed = "switch.failed",
    /// A setting of a virtual switch was applied.
    SwitchSettingsApplied = "switch.settings_applied",
    /// A setting of a virtual switch could not be applied.
    SwitchSettingsFailed = "switch.settings_failed",
    /// The driver of the virtual switch states its build.
    SwitchDriverLoaded = "switch.driver_loaded",
    /// Queues of a physical NIC could not be used as configured.
    SwitchVmqTrouble = "switch.vmq_trouble",
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
    /// A property of a switch port could not be applied.
    PortPropertyFailed = "port.property_failed",
    /// A VLAN setting of a port is not in force (`what`).
    PortVlanTrouble = "port.vlan_trouble",
    /// The uplink of a virtual switch has media.
    UplinkConnected = "uplink.connected",
    /// The uplink of a virtual switch lost its media.
    UplinkDisconnected = "uplink.disconnected",
    /// The uplink of a virtual switch is operational.
    UplinkOperational = "uplink.operational",
    /// The uplink of a virtual switch is no longer operational.
    UplinkNotOperational = "uplink.not_operational",

    // Physical network
    /// A physical NIC's link came up.
    LinkUp = "link.up",
    /// A physical NIC's link went down.
    LinkDown = "link.down",
    /// The network stack reports trouble of an adapter (`event`).
    LinkAdapterEvent = "link.adapter_event",
    /// A member of a team was connected.
    TeamMemberConnected = "team.member_connected",
    /// A member of a team was disconnected.
    TeamMemberDisconnected = "team.member_disconnected",
    /// A team's state changed (`state`).
    TeamState = "team.state",
    /// A team has trouble (`what`).
    TeamTrouble = "team.trouble",
    /// A NIC was added to a team.
    TeamMemberAdded = "team.member_added",
    /// A NIC was removed from a team.
    TeamMemberRemoved = "team.member_removed",
    /// A member of a team is about to be used.
    TeamMemberPending = "team.member_pending",
    /// The host's network profile connected.
    ProfileConnected = "profile.connected",
    /// The host's network profile disconnected.
    ProfileDisconnected = "profile.disconnected",
    /// The category of the host's network profile changed.
    ProfileCategoryChanged = "profile.category_changed",

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
    /// A pending move of a group did not complete.
    GroupMoveFailed = "group.move_failed",
    /// A resource rejected a move of its group.
    GroupMoveRefused = "group.move_refused",
    /// A group was added to the cluster.
    GroupAdded = "group.added",
    /// A group was removed from the cluster.
    GroupRemoved = "group.removed",
    /// A group was taken offline for one of higher priority.
    GroupPreempted = "group.preempted",
    /// A group is not brought online yet (`why`).
    GroupWaiting = "group.waiting",
    /// Somebody or something asked that a group be brought online.
    GroupOnlineRequested = "group.online_requested",
    /// The cluster did not fail a failed group over.
    GroupNotFailedOver = "group.not_failed_over",
    /// A node was ruled out as a place for a group (`why`, `status`).
    GroupNodeBarred = "group.node_barred",

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
    /// The health check of an application found its resource unhealthy (`why`).
    ResourceUnhealthy = "resource.unhealthy",
    /// A resource was added to the cluster.
    ResourceAdded = "resource.added",
    /// A resource was removed from the cluster.
    ResourceRemoved = "resource.removed",
    /// A resource used up its restarts.
    ResourceThreshold = "resource.threshold_exceeded",
    /// A resource takes longer than expected.
    ResourceSlow = "resource.slow",
    /// Maintenance mode of a resource was turned on.
    ResourceMaintenanceStarted = "resource.maintenance_started",
    /// Maintenance mode of a resource was turned off.
    ResourceMaintenanceEnded = "resource.maintenance_ended",
    /// A resource host process was ended.
    RhsTerminated = "rhs.terminated",
    /// A resource is ended without being taken offline.
    ResourceTerminated = "resource.terminated",
    /// A resource is started again because its host process is.
    ResourceRestarting = "resource.restarting",

    // Nodes
    /// This node joined the cluster.
    NodeJoined = "node.joined",
    /// This node formed the cluster.
    ClusterFormed = "cluster.formed",
    /// A node could not form the cluster.
    ClusterFormFailed = "cluster.form_failed",
    /// The cluster's database could not be loaded or updated.
    ClusterDatabaseError = "cluster.database_error",
    /// A cmdlet for clusters reports something (`cmdlet`, `text`).
    ClusterCmdlet = "cluster.cmdlet",
    /// The cluster service starts on this node.
    ServiceStarted = "service.started",
    /// The cluster service on this node was stopped in an orderly way.
    ServiceStopped = "service.stopped",
    /// The cluster service on this node ended because of an error.
    ServiceFailed = "service.failed",
    /// The cluster service could not start on this node.
    ServiceStartFailed = "service.start_failed",
    /// The cluster service entered a state (`state`, in the system's language).
    ServiceState = "service.state",
    /// The start type of the cluster service was changed.
    ServiceStartType = "service.start_type",
    /// The cluster service on this node begins to end, in order or not.
    ServiceStopping = "service.stopping",
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
    /// The cluster's processes did not answer on this node.
    NodeUnresponsive = "node.unresponsive",
    /// The cluster found a node slower than the others.
    NodeSlow = "node.slow",
    /// A live dump of the node was started or completed (`state`).
    NodeLiveDump = "node.live_dump",
    /// The membership changed (`view`: number of the new view, `members`, `joiners`, `downers`).
    MembershipView = "membership.view",
    /// A node looks for members to join (`view`, `others`).
    NodeJoining = "node.joining",
    /// Lost nodes are taken out of the placement of groups (`downed`, `isolated`: node ids).
    NodesDowned = "node.downed",
    /// No route to a node is up (`route`).
    NodeUnreachable = "node.unreachable",

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
    /// The kernel begins to shut down.
    OsShutdownStarted = "os.shutdown_started",
    /// Somebody gave a reason for an unexpected shutdown.
    OsShutdownExplained = "os.shutdown_explained",
    /// The system states whether the last shutdown and boot were good.
    OsBootStatus = "os.boot_status",
    /// The system goes to sleep.
    OsSleepEntered = "os.sleep_entered",
    /// The system woke up.
    OsSleepLeft = "os.sleep_left",
    /// The computer was renamed.
    OsRenamed = "os.renamed",
    /// A memory dump could not be written.
    OsDumpFailed = "os.dump_failed",
    /// The hardware reported an error.
    OsHardwareError = "os.hardware_error",
    /// The system runs out of virtual memory.
    OsMemoryLow = "os.memory_low",
    /// A service or driver was installed.
    OsServiceInstalled = "os.service_installed",
    /// The VM management service started.
    VmmsStarted = "vmms.started",
    /// The VM management service was stopped.
    VmmsStopped = "vmms.stopped",
    /// The VM management service failed.
    VmmsFailed = "vmms.failed",
    /// The VM management service entered a state (`state`, in the system's language).
    VmmsState = "vmms.state",
    /// A service principal name could not be registered.
    VmmsSpnFailed = "vmms.spn_failed",
    /// The VM management service traced an internal error, often a harmless one.
    VmmsTrace = "vmms.trace",
    /// The host shuts down and stops or saves its VMs.
    HostVmsStopping = "host.vms_stopping",
    /// The host shut down without saving some VMs.
    HostVmsNotSaved = "host.vms_not_saved",
    /// Maintenance of the machine below the node was announced.
    HostMaintenanceAnnounced = "host.maintenance_announced",
    /// A step of an updating run succeeded (`step`, `count`).
    UpdateProgress = "update.progress",
    /// A step of an updating run failed (`step`).
    UpdateFailed = "update.failed",
    /// The system time was changed.
    TimeChanged = "time.changed",
    /// The time zone was changed.
    TimeZoneChanged = "time.zone_changed",
    /// The system read its time zone again, changed or not (`bias`).
    TimeZoneRefreshed = "time.zone_refreshed",
    /// The clock follows a time source (`source`).
    TimeSynchronized = "time.synchronized",
    /// The clock has not been synchronized for some time (`seconds`).
    TimeUnsynchronized = "time.unsynchronized",
    /// A time source can be used.
    TimeSourceFound = "time.source_found",
    /// A time source cannot be used.
    TimeSourceLost = "time.source_lost",
    /// The clock differs from its time source.
    TimeOffsetDetected = "time.offset_detected",
    /// The time service set the clock by an offset (`offset_s`).
    TimeStepped = "time.stepped",
    /// The time service refused a correction as too large.
    TimeCorrectionRefused = "time.correction_refused",
    /// The time service failed.
    TimeServiceFailed = "time.service_failed",
    /// The host could not reach a domain controller.
    DomainUnreachable = "domain.unreachable",
    /// A ticket for authentication was rejected.
    DomainTicketRejected = "domain.ticket_rejected",
    /// Changed group policy was applied.
    PolicyApplied = "policy.applied",
    /// Group policy could not be applied.
    PolicyFailed = "policy.failed",
    /// A protection rule of the host blocked something.
    PolicyBlocked = "policy.blocked",

    // Quorum and witness
    /// This node's part of the cluster lost quorum.
    QuorumLost = "quorum.lost",
    /// The witness failed or cannot be reached.
    WitnessFailed = "witness.failed",
    /// One vote more, and quorum is lost; or the time until it is lost runs (`seconds`).
    QuorumAtRisk = "quorum.at_risk",
    /// The members and the weights that quorum is counted from (`members`, `weights`).
    QuorumConfig = "quorum.config",
    /// Nodes contend for the witness, or this one waits before it does (`seconds`).
    WitnessArbitration = "witness.arbitration",

    // Cluster networks
    /// Heartbeats to a node are missed.
    HeartbeatMissed = "heartbeat.missed",
    /// A route between nodes is down.
    RouteDown = "route.down",
    /// A route between nodes is up.
    RouteUp = "route.up",
    /// How a route was when it went down (`missed`, `limit`, `last_good` as written).
    RouteHistory = "route.history",
    /// A cluster network interface is up.
    InterfaceUp = "interface.up",
    /// A cluster network interface cannot be reached by some nodes.
    InterfaceUnreachable = "interface.unreachable",
    /// A cluster network interface failed.
    InterfaceFailed = "interface.failed",
    /// A cluster network interface was added.
    InterfaceAdded = "interface.added",
    /// A cluster network interface was removed.
    InterfaceRemoved = "interface.removed",
    /// The health check of an IP interface failed.
    InterfaceHealthFailed = "interface.health_failed",
    /// The cluster was told that an adapter is connected.
    InterfaceAdapterConnected = "interface.adapter_connected",
    /// A cluster network is up.
    NetworkUp = "network.up",
    /// A cluster network is split.
    NetworkPartitioned = "network.partitioned",
    /// A cluster network is down.
    NetworkDown = "network.down",
    /// A cluster network was added.
    NetworkAdded = "network.added",
    /// A cluster network was removed.
    NetworkRemoved = "network.removed",
    /// Nodes can talk only over a network that the cluster may not use.
    NetworkMisconfigured = "network.misconfigured",
    /// Another system uses an IP address of this host.
    NetworkAddressConflict = "network.address_conflict",
    /// A cluster network name or its computer object failed.
    NameFailed = "name.failed",
    /// A cluster network name could not be registered in DNS.
    NameDnsFailed = "name.dns_failed",
    /// A cluster IP address failed.
    AddressFailed = "address.failed",

    // Storage
    /// A cluster shared volume was paused.
    CsvPaused = "csv.paused",
    /// A cluster shared volume is available again.
    CsvResumed = "csv.resumed",
    /// A cluster shared volume is in redirected access.
    CsvRedirected = "csv.redirected",
    /// A cluster shared volume is not accessible from this node.
    CsvLost = "csv.lost",
    /// The file system of a cluster shared volume paused it by itself.
    CsvAutoPaused = "csv.auto_paused",
    /// A cluster shared volume changed its state (`state`).
    CsvState = "csv.state",
    /// A step of a state change of a cluster shared volume (`state`).
    CsvProcessing = "csv.processing",
    /// A cluster shared volume failed.
    CsvFailed = "csv.failed",
    /// A move of a cluster shared volume was refused.
    CsvMoveRefused = "csv.move_refused",
    /// A disk was added to cluster shared volumes.
    CsvAdded = "csv.added",
    /// A disk was removed from cluster shared volumes.
    CsvRemoved = "csv.removed",
    /// Cluster shared volumes were enabled.
    CsvEnabled = "csv.enabled",
    /// Cluster shared volumes were disabled.
    CsvDisabled = "csv.disabled",
    /// A backup of a cluster shared volume began.
    CsvBackupStarted = "csv.backup_started",
    /// A backup of a cluster shared volume ended.
    CsvBackupEnded = "csv.backup_ended",
    /// A snapshot of a cluster shared volume failed.
    CsvBackupFailed = "csv.backup_failed",
    /// A disk or path reported an error.
    DiskError = "disk.error",
    /// A device or bus was reset.
    DiskReset = "disk.reset",
    /// A disk disappeared from the node.
    DiskRemoved = "disk.removed",
    /// A path to a disk was lost.
    DiskPathLost = "disk.path_lost",
    /// A path to a disk is back.
    DiskPathRestored = "disk.path_restored",
    /// I/O moved to another path.
    DiskPathFailover = "disk.path_failover",
    /// A file system is damaged.
    DiskCorrupt = "disk.corrupt",
    /// A file system was repaired.
    DiskRepaired = "disk.repaired",
    /// A clustered disk failed a check or an operation.
    DiskResourceFailed = "disk.resource_failed",
    /// The node lost the ownership of a clustered disk.
    DiskOwnershipLost = "disk.ownership_lost",
    /// A clustered disk is being brought online.
    DiskOnlineStarted = "disk.online_started",
    /// Bringing a clustered disk online ended (`status`).
    DiskOnlineFinished = "disk.online_finished",
    /// A clustered disk is being taken offline.
    DiskOfflineStarted = "disk.offline_started",
    /// Taking a clustered disk offline ended (`status`).
    DiskOfflineFinished = "disk.offline_finished",
    /// How long an operation of a clustered disk took.
    DiskOperationTimed = "disk.operation_timed",
    /// A storage pool had errors while coming online.
    PoolFailed = "pool.failed",
    /// The cluster moves a storage pool to a node that reaches its disks.
    PoolMoving = "pool.moving",
    /// The host could not connect to a file server.
    SmbConnectFailed = "smb.connect_failed",
    /// A connection to a file server was closed.
    SmbDisconnected = "smb.disconnected",
    /// The session with a file server was lost.
    SmbSessionLost = "smb.session_lost",
    /// The session with a file server is back.
    SmbSessionRestored = "smb.session_restored",
    /// The connection to a share was lost.
    SmbShareLost = "smb.share_lost",
    /// The connection to a share is back.
    SmbShareRestored = "smb.share_restored",
    /// The host registered with the witness of a file server cluster.
    SmbWitnessRegistered = "smb.witness_registered",
    /// The witness of a file server cluster cannot be used.
    SmbWitnessFailed = "smb.witness_failed",
    /// The witness told of a change at a file server cluster.
    SmbWitnessNotified = "smb.witness_notified",
    /// The witness asked to use another node of a file server cluster.
    SmbWitnessMove = "smb.witness_move",

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
        Err(UnknownKind {
            found: text.to_owned(),
            nearest: nearest(text, Self::ALL.iter().map(|k| (k.name(), *k))),
        })
    }
}

/// What was meant: of some things by their names the one whose name is nearest, the first
/// in their order where several are; `None` when more than half of the text would have to
/// be another.
pub(crate) fn nearest<T: Ord>(
    text: &str,
    names: impl Iterator<Item = (impl AsRef<str>, T)>,
) -> Option<T> {
    let by_distance = names.map(|(name, thing)| (edit_distance(text, name.as_ref()), thing));
    let (distance, thing) = by_distance.min()?;
    (distance <= text.len() / 2).then_some(thing)
}

/// Levenshtein distance in bytes.
fn edit_distance(a: &str, b: &str) -> usize {
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
