//! English. Words only: what is said, and when, is decided elsewhere.

use crate::model::diagnostic::DiagnosticCode;
use crate::model::event::Severity;
use crate::model::kind::EventKind;
use crate::rules::verdict::{Relation, Verdict};
use crate::timeline::LogBegin;
use crate::timeline::trail::{
    Bounds, ChainRole, DowntimeCause, FailoverCause, LinkKind, LinkState, MoveKind, MoveOutcome,
    MovePhase, NodeState, PlacementBasis, PlannedBasis, VmState, VolumeState, WitnessState,
};

use super::{HeadIncident, Locale, MoveCounts, Words, duration_parts};

pub(super) struct English;

static WORDS: Words = Words {
    post_mortem: "Post-mortem",
    of_cluster: "Hyper-V failover cluster",
    unnamed_cluster: "Hyper-V failover cluster",
    what_happened: "What happened",
    verdicts: "Verdicts",
    no_verdicts: "No rule found anything to report.",
    vms_down: "VMs that were down",
    no_vm_down: "No VM is known to have been down.",
    what_to_do: "What to do next",
    nothing_to_do: "Nothing needs to be done as far as these logs show.",
    what_is_missing: "What is missing",
    nothing_missing: "No hole was found in what was collected.",
    contents: "Contents",
    report_written: "Report",
    period: "Period",
    and_more: "more in the report",
    made_by: "Made offline by vmtrail",
    nodes: "Nodes",
    vms: "VMs",
    moves: "Migrations",
    failovers: "Failovers",
    records_read: "Records read",
    longest_downtime: "Longest downtime",
    cause_chain: "Cause chain",
    cause_chain_lead: "What led to what, in order of time. Each step says how it is known.",
    placement: "VM placement",
    placement_lead: "Which VM was on which node, and when. A time that no record gives is shown as unknown.",
    migrations: "Migrations",
    failover_lead_none: "No failover is in the logs.",
    migrations_lead_none: "No migration is in the logs.",
    network_changes: "Network changes",
    network_none: "No network change is in the logs. In most Windows versions a VLAN edit leaves no event, so this does not show that nothing was changed.",
    nodes_title: "Nodes",
    clocks: "Clocks",
    clocks_lead: "How far each node’s clock is ahead of the reference node. Where that is more than its error, times in this report are corrected to the reference; the record itself has the time that its node wrote.",
    coverage: "What was read",
    coverage_lead: "A verdict is only as good as its logs. Outside these windows the report can say nothing.",
    gaps: "Missing records",
    unlogged: "What Windows does not log",
    unlogged_lead: "These happen without an event of their own on the versions of this cluster. That no record speaks of them proves nothing; what comes nearest does, as far as it was seen.",
    windows: "Windows Server",
    all_versions: "all",
    nearest: "What comes nearest",
    seen_here: "Seen here",
    unread_kinds: "Records without a meaning",
    findings: "Findings in detail",
    findings_lead: "Every verdict with its steps, its evidence and what is missing to settle it.",
    events_title: "Merged timeline",
    events_lead: "State changes, moves, failures and the evidence of findings, of all nodes, in order of time.",
    diagnostics: "Reading troubles",
    diagnostics_none: "Everything was read without trouble.",
    appendix: "Appendix: for the ticket",
    appendix_lead: "The same in plain text, to copy.",
    not_listed: "Rules without a listed finding",
    not_listed_lead: "Subjects on which no step of a rule was observed at all.",
    two_behaviors: "Failover or live migration?",
    time: "Time",
    since: "From",
    until: "Until",
    node: "Node",
    source: "Source",
    place: "Record or line",
    what: "What",
    vm: "VM",
    from: "From",
    to: "To",
    kind: "Kind",
    outcome: "Outcome",
    duration: "Duration",
    blackout: "Blackout",
    planned: "Planned",
    reason: "Reason",
    cause: "Cause",
    downtime: "Downtime",
    state: "State",
    basis: "Known by",
    before: "Before",
    after: "After",
    name: "Name",
    id: "Id",
    os: "OS",
    build: "Build",
    has_logs: "Logs",
    file: "File",
    records: "Read",
    failed: "Failed",
    first: "First",
    last: "Last",
    time_basis: "Clock",
    channel: "Channel",
    missing_records: "Missing",
    offset: "Ahead by",
    error: "Error",
    count: "Count",
    message: "Message",
    rule: "Rule",
    untouched: "Subjects",
    of_these_not_assessable: "Of these not assessable",
    severity: "Severity",
    record: "record",
    line: "line",
    evidence: "Evidence",
    group: "Role",
    step: "Step",
    result: "Result",
    how_known: "How it is known",
    quantity: "Quantity",
    minimum: "Minimum",
    median: "Median",
    p95: "p95",
    maximum: "Maximum",
    logs: "Logs of each node",
    logs_lead: "What lies outside the time that a log covers, or among its missing records, could not be seen. That is not the same as that nothing happened.",
    log_begins: "Begins",
    no_event: "no event",
    files: "Files",
    incidents: "Incidents",
    incidents_lead: "From the first symptom to the last VM back, as the nodes recorded it. That one line comes before another does not say that it caused it.",
    role_in_story: "Part",
    why_planned: "Why we think so",
    bounds: "At least / at most",
    storage: "Volumes and disks",
    storage_lead: "As each node saw them.",
    links: "Links that were down",
    links_lead: "Networks, network adapters and switches that were not up all the time, as their node saw them. What concerns the adapter of a VM stands among the network changes.",
    quorum: "Quorum and witness",
    quorum_lead: "No record says that quorum is regained; that the node was in a cluster again is the nearest sign.",
    witness: "Witness",
    records_count: "Records",
    story: "The story of a VM",
    story_placements: "Where it was",
    story_what: "What happened to it",
    names: "Names",
    memory: "Memory",
    seen_on: "Seen on",
    total_down: "Down in all",
    no_record_of_vm: "No record tells of it but its name.",
    yes: "yes",
    no: "no",
    unknown: "unknown",
    not_recorded: "not recorded",
    not_logged: "not logged",
    before_logs: "before the logs begin",
    after_logs: "to the end of the logs",
    still_down: "not known to have come back",
    down_since_before: "since before the logs begin",
    inferred: "(inferred)",
    said_by_person: "Said by a person, not logged",
    said_short: "said",
    from_inventory: "Read from configuration exports",
    concluded: "concluded",
    logged: "logged",
    reference_clock: "reference",
    whole_file: "whole file",
    entry: "entry",
    why: "Why",
    remedy: "What to do",
    references: "References",
    evidence_none: "No event supports it.",
    steps: "Steps",
    occurrences: "Seen",
    missing_to_settle: "What would settle it",
    rule_cause: "Cause",
    benign: "harmless",
    step_direct: "observed",
    step_circumstantial: "observed, circumstantial",
    step_absent: "absent, and it would have been seen",
    step_not_found: "looked for, not found",
    step_not_observable: "could not have been seen",
    chart_placement: "VM placement over time",
    chart_events: "Events per node over time",
    chart_migrations: "Duration and blackout of migrations",
    mark_live: "migration",
    mark_cold: "move while not running",
    mark_failed: "failed move",
    mark_failover: "failover",
    mark_down: "VM down",
    mark_lost: "node lost",
    mark_paused: "paused or restricted",
    mark_finding: "evidence of a finding",
    chart_no_vms: "The logs name no VM and no node.",
    chart_no_events: "No events were read.",
    chart_no_migrations: "No migration is in the logs.",
    blackout_not_logged: "blackout not logged",
    no_blackout_at_all: "No blackout time is in the logs: this Windows version or channel does not record it.",
    node_unknown: "no node",
    last_node: "Last seen on",
    vms_title: "Virtual machines",
    vms_lead: "Those in trouble first, then those that moved.",
    vm_by_vm: "VM by VM",
    node_by_node: "Node by node",
    move_by_move: "Migration by migration",
    updates: "Updates installed",
    clock_ahead: "Clock ahead by",
    vms_on_it: "VMs that it ran",
    brownout: "Brown-out",
    phases: "Parts of the move",
    phase: "Part",
    questions: "Thirty questions",
    questions_lead: "What a post-mortem must answer, in the order in which it comes up, and what no log can tell.",
    no_such_record: "No record of it in these logs.",
    logs_with_holes: "With holes or cut",
    logs_not_collected: "Of some nodes only",
    largest_offset: "Largest offset",
    longest_blackout: "Longest blackout",
    last_that_completed: "The last that completed",
    last_that_did_not: "The last that did not",
    last_back: "The last VM back",
    nothing_down_at_end: "At the end of the logs nothing was known to be down.",
    limits: "What logs cannot tell",
    where_answered: "Where",
    zone_choice: "Times in",
    zone_cluster: "cluster",
    zone_reader: "my zone",
    charts_stay: "Charts keep the zone of the report.",
    its_events: "Its events in the timeline",
    copy: "Copy",
    copy_link: "Copy the link to this view",
    copied: "Copied.",
    copy_failed: "Could not copy; the text is selected.",
    finding: "Finding",
    fitting: "Events that fit the filters",
    filters: "Filters",
    search: "Search",
    search_hint: "words, all of which must occur",
    any: "all",
    and_worse: "{severity} and worse",
    weight: "Show",
    weight_evidence: "Evidence of findings",
    weight_change: "Failures and changes",
    weight_routine: "Everything",
    all_of_family: "{family}: all",
    span_from: "From",
    span_to: "Until",
    span_wrong: "Write a time as 2024-05-14 10:05:00.",
    zoom_in: "Zoom in",
    zoom_out: "Zoom out",
    whole_period: "Whole period",
    reset: "Clear filters",
    shown_of: "{shown} of {all} events",
    none_fit: "No event fits these filters.",
    brush_hint: "Drag over the chart to narrow the timeline to a span of time.",
    density: "Events over time",
    details: "Details",
    close: "Close",
    no_script: "Searching, filtering and other time zones need JavaScript, which is off. The table below has the weightiest events.",
    printed_first: "The first {shown} of {all} events of this view.",
};

/// As a sentence begins.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

impl Locale for English {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn event(&self, kind: EventKind) -> &'static str {
        use EventKind as K;
        match kind {
            K::MigrationStarted => "Live migration started",
            K::MigrationTargetStarted => "Destination starts to receive a live migration",
            K::MigrationBlackout => "Blackout of a live migration begins",
            K::MigrationTimes => "Live migration states its times",
            K::MigrationCompleted => "Live migration completed",
            K::MigrationReceived => "Live migration arrived at the destination",
            K::MigrationFailed => "Live migration failed",
            K::MigrationCanceled => "Live migration canceled",
            K::MigrationRefused => "Live migration refused",
            K::MigrationRecovered => "VM runs again on the source after a failed migration",
            K::MigrationPhase => "Step of a live migration",
            K::MigrationConnectionFailed => "Connection for migrations failed",
            K::MigrationListenerStarted => "Host accepts migrations",
            K::MigrationListenerStopped => "Host no longer accepts migrations",
            K::MigrationNetworksChanged => "Networks for live migration changed",
            K::MigrationRemark => "Remark of the cluster on a VM",
            K::OfflineMigrationStarted => "Move while not running started",
            K::OfflineMigrationCompleted => "Move while not running completed",
            K::OfflineMigrationReceived => "Move while not running arrived at the destination",
            K::StorageMigrationCompleted => "Storage migration completed",
            K::StorageMigrationFailed => "Storage migration failed",
            K::StorageMigrationCanceled => "Storage migration canceled",
            K::StorageMigrationRefused => "Storage migration refused",
            K::VmStarted => "VM started",
            K::VmSaved => "VM saved",
            K::VmRestored => "VM restored from its saved state",
            K::VmTurnedOff => "VM turned off",
            K::VmShutDown => "VM shut down through the host",
            K::VmGuestShutDown => "Guest shut itself down",
            K::VmReset => "VM reset",
            K::VmPaused => "VM paused",
            K::VmResumed => "VM resumed",
            K::VmCriticalPaused => "VM paused because its storage was lost",
            K::VmCriticalResumed => "VM runs again after its storage came back",
            K::VmGuestCrashed => "Guest crashed",
            K::VmWorkerDied => "Worker process of the VM died",
            K::VmStartFailed => "VM failed to start",
            K::VmCreated => "VM created",
            K::VmDeleted => "VM deleted",
            K::VmRealized => "Planned VM became real",
            K::VmSettingsChanged => "VM setting changed",
            K::VmSettingsReverted => "VM setting is back at an earlier value",
            K::VmSettingsKept => "VM setting still in force",
            K::VmConfigRefreshed => "VM configuration refreshed in the cluster",
            K::VmConfigNotRefreshed => "VM configuration not refreshed in the cluster",
            K::VmConfigRegistered => "VM configuration registered on the node",
            K::VmConfigApplied => "Cluster applied its settings to the VM",
            K::VmConfigUpdateFailed => "Cluster could not update the VM configuration",
            K::VmNetworkFixupFailed => "VM network settings do not fit the node",
            K::VmNetworkLost => "VM lost its network",
            K::VmNetworkRestored => "VM network works again",
            K::VmSaveFailed => "VM could not be saved",
            K::VmShutdownFailed => "VM could not be shut down",
            K::VmForcedOff => "Cluster stopped an instance of the VM by force",
            K::VmFoundRunning => "VM was running when the management service started",
            K::VmRestartGivenUp => "VM is no longer restarted",
            K::VmOperationFailed => "Operation on the VM failed",
            K::VmCheckpointed => "Checkpoint of the VM taken",
            K::VmCheckpointFailed => "Checkpoint of the VM failed",
            K::VmMergeFailed => "Merge of the VM disks failed",
            K::VmDiskLow => "Volume of the VM runs out of space",
            K::VmDiskCompacted => "Virtual disk compacted",
            K::VmImported => "VM imported",
            K::VmExported => "VM exported",
            K::VmMadeClustered => "VM added to the cluster",
            K::VmMakeClusteredFailed => "VM could not be added to the cluster",
            K::VmGuestCritical => "Monitored service in the guest is unhealthy",
            K::VmUnmonitored => "VMs of an isolated node not monitored",
            K::VmMonitored => "VMs monitored again",
            K::VmDeviceAdded => "Device added to the VM configuration",
            K::VmSettingsRefused => "VM setting could not be changed",
            K::VmConfigPhase => "Step of the VM configuration resource",
            K::VmConfigFailed => "VM configuration could not be handled",
            K::VmConfigLost => "VM configuration file not accessible",
            K::VmConfigFound => "VM configuration file accessible again",
            K::VmConfigRefreshRefused => "Refresh of the VM configuration refused",
            K::ReplicationFailed => "Replication failed",
            K::NicStarted => "VM NIC started",
            K::NicConnected => "VM NIC connected to a switch port",
            K::NicDisconnected => "VM NIC disconnected from its switch port",
            K::NicFilterSet => "Port filter set",
            K::NicOperation => "Operation on a VM NIC",
            K::NicDriverLoaded => "Guest loaded its network driver",
            K::NicMacTrouble => "MAC address of a VM NIC unusable",
            K::NicFilterFailed => "Port filter could not be set",
            K::SwitchCreated => "Virtual switch created",
            K::SwitchDeleted => "Virtual switch deleted",
            K::SwitchInitialized => "Virtual switch set up",
            K::SwitchFailed => "Virtual switch failed",
            K::SwitchSettingsApplied => "Setting of the virtual switch applied",
            K::SwitchSettingsFailed => "Setting of the virtual switch failed",
            K::SwitchDriverLoaded => "Virtual switch driver loaded",
            K::SwitchVmqTrouble => "VMQ not usable as configured",
            K::PortCreated => "Switch port created",
            K::PortDeleted => "Switch port deleted",
            K::PortConnected => "Switch port connected",
            K::PortDisconnected => "Switch port disconnected",
            K::PortPropertyChanged => "Property of a switch port changed",
            K::PortFailed => "Switch port failed",
            K::PortPropertyFailed => "Property of a switch port failed",
            K::PortVlanTrouble => "VLAN setting of a port not in force",
            K::UplinkConnected => "Uplink of the virtual switch has media",
            K::UplinkDisconnected => "Uplink of the virtual switch lost its media",
            K::UplinkOperational => "Uplink of the virtual switch operational",
            K::UplinkNotOperational => "Uplink of the virtual switch not operational",
            K::LinkUp => "Link of a physical NIC up",
            K::LinkDown => "Link of a physical NIC down",
            K::LinkAdapterEvent => "Network stack reports trouble of an adapter",
            K::TeamMemberConnected => "Team member connected",
            K::TeamMemberDisconnected => "Team member disconnected",
            K::TeamState => "State of the team changed",
            K::TeamTrouble => "Trouble of a team",
            K::TeamMemberAdded => "NIC added to the team",
            K::TeamMemberRemoved => "NIC removed from the team",
            K::TeamMemberPending => "Team member about to be used",
            K::ProfileConnected => "Network profile of the host connected",
            K::ProfileDisconnected => "Network profile of the host disconnected",
            K::ProfileCategoryChanged => "Category of the host network profile changed",
            K::GroupMoveRequested => "Move of a role requested",
            K::GroupMoving => "Role is moving",
            K::GroupMoved => "Role moved",
            K::GroupFailover => "Cluster fails the role over",
            K::GroupFailback => "Cluster fails the role back",
            K::GroupOnlinePending => "Role is coming online",
            K::GroupOnline => "Role online",
            K::GroupOfflinePending => "Role is going offline",
            K::GroupOffline => "Role offline",
            K::GroupFailed => "Role failed",
            K::GroupState => "State of the role changed",
            K::GroupThreshold => "Role used up its failovers and stays failed",
            K::BalancerMoves => "Load balancer moves VMs away",
            K::GroupMoveFailed => "Move of the role did not complete",
            K::GroupMoveRefused => "Move of the role rejected",
            K::GroupAdded => "Role added",
            K::GroupRemoved => "Role removed",
            K::GroupPreempted => "Role taken offline for one of higher priority",
            K::GroupWaiting => "Role waits to come online",
            K::GroupOnlineRequested => "Role asked to come online",
            K::GroupNotFailedOver => "Failed role not failed over",
            K::GroupNodeBarred => "Node ruled out for a role",
            K::ResourceState => "State of the resource changed",
            K::ResourceOnline => "Resource online",
            K::ResourceOffline => "Resource offline",
            K::ResourceFailed => "Resource failed",
            K::ResourceDeadlock => "Resource did not answer in time",
            K::ResourceUnhealthy => "Health check found the application of a resource unhealthy",
            K::ResourceAdded => "Resource added",
            K::ResourceRemoved => "Resource removed",
            K::ResourceThreshold => "Resource used up its restarts",
            K::ResourceSlow => "Resource takes longer than expected",
            K::ResourceMaintenanceStarted => "Maintenance mode turned on",
            K::ResourceMaintenanceEnded => "Maintenance mode turned off",
            K::RhsTerminated => "Resource host process ended",
            K::ResourceTerminated => "Resource ended at once",
            K::ResourceRestarting => "Resource restarted with its host process",
            K::NodeJoined => "Node joined the cluster",
            K::ClusterFormed => "Node formed the cluster",
            K::ClusterFormFailed => "Cluster could not be formed",
            K::ClusterDatabaseError => "Cluster database failed",
            K::ClusterCmdlet => "Cluster cmdlet reports",
            K::ServiceStarted => "Cluster service starts",
            K::ServiceStopped => "Cluster service stopped in an orderly way",
            K::ServiceFailed => "Cluster service ended because of an error",
            K::ServiceStartFailed => "Cluster service could not start",
            K::ServiceState => "Cluster service entered a state",
            K::ServiceStartType => "Start type of the cluster service changed",
            K::ServiceStopping => "Cluster service is ending",
            K::NodeRemoved => "Node removed from the active membership",
            K::NodeJoinFailed => "Node could not join the cluster",
            K::NodeReconnected => "Node lost and regained communication",
            K::NodeLeft => "Node announced its orderly leave",
            K::NodeAdded => "Node added to the cluster",
            K::NodeEvicted => "Node evicted",
            K::NodeIsolated => "Node isolated",
            K::NodeIsolationEnded => "Node no longer isolated",
            K::NodeQuarantined => "Node quarantined",
            K::NodePaused => "Node paused",
            K::NodeResumed => "Node resumed",
            K::NodeDraining => "Node is being drained",
            K::NodeDrained => "Drain of the node complete",
            K::NodeDrainFailed => "Drain of the node failed",
            K::NodeUnresponsive => "Node did not respond",
            K::NodeSlow => "Node slower than others",
            K::NodeLiveDump => "Live dump of the node",
            K::MembershipView => "Cluster membership changed",
            K::NodeJoining => "Node tries to join",
            K::NodesDowned => "Roles of lost nodes taken over",
            K::NodeUnreachable => "No route to a node left",
            K::OsStarted => "Operating system started",
            K::OsStopped => "Operating system stopped in an orderly way",
            K::OsUnexpectedRestart => "System restarted without having shut down",
            K::OsDirtyShutdown => "Previous shutdown was unexpected",
            K::OsRestartRequested => "Restart or shutdown requested",
            K::OsBugcheck => "System stopped with a bugcheck",
            K::LogStarted => "Event log service started",
            K::LogStopped => "Event log service stopped",
            K::LogCleared => "Event log cleared",
            K::OsVersion => "Operating system states its version",
            K::OsUptime => "System states its uptime and time zone",
            K::UpdateInstalled => "Update installed",
            K::OsShutdownStarted => "Shutdown begins",
            K::OsShutdownExplained => "Reason given for an unexpected shutdown",
            K::OsBootStatus => "Status of the last shutdown and boot",
            K::OsSleepEntered => "System goes to sleep",
            K::OsSleepLeft => "System woke up",
            K::OsRenamed => "Computer renamed",
            K::OsDumpFailed => "Memory dump failed",
            K::OsHardwareError => "Hardware error",
            K::OsMemoryLow => "Virtual memory low",
            K::OsServiceInstalled => "Service or driver installed",
            K::VmmsStarted => "VM management service started",
            K::VmmsStopped => "VM management service stopped",
            K::VmmsFailed => "VM management service failed",
            K::VmmsState => "VM management service entered a state",
            K::VmmsSpnFailed => "Service principal name not registered",
            K::VmmsTrace => "Internal trace of the VM management service",
            K::HostVmsStopping => "Host shuts down its VMs",
            K::HostVmsNotSaved => "VMs stopped without being saved",
            K::HostMaintenanceAnnounced => "Host maintenance announced",
            K::UpdateProgress => "Step of an updating run",
            K::UpdateFailed => "Updating run failed",
            K::TimeChanged => "System time changed",
            K::TimeZoneChanged => "Time zone changed",
            K::TimeZoneRefreshed => "Time zone read again",
            K::TimeSynchronized => "Clock follows a time source",
            K::TimeUnsynchronized => "Clock not synchronized",
            K::TimeSourceFound => "Time source found",
            K::TimeSourceLost => "Time source lost",
            K::TimeOffsetDetected => "Clock differs from its source",
            K::TimeStepped => "Time service set the clock",
            K::TimeCorrectionRefused => "Clock correction refused",
            K::TimeServiceFailed => "Time service failed",
            K::DomainUnreachable => "Domain controller not reachable",
            K::DomainTicketRejected => "Authentication ticket rejected",
            K::PolicyApplied => "Group policy applied",
            K::PolicyFailed => "Group policy failed",
            K::PolicyBlocked => "Protection rule blocked something",
            K::QuorumLost => "Quorum lost",
            K::WitnessFailed => "Witness failed or cannot be reached",
            K::QuorumAtRisk => "Quorum at risk",
            K::QuorumConfig => "Votes that quorum is counted from",
            K::WitnessArbitration => "Nodes contend for the witness",
            K::HeartbeatMissed => "Heartbeats missed",
            K::RouteDown => "Route between nodes down",
            K::RouteUp => "Route between nodes up",
            K::RouteHistory => "History of a route",
            K::InterfaceUp => "Cluster network interface up",
            K::InterfaceUnreachable => "Cluster network interface unreachable",
            K::InterfaceFailed => "Cluster network interface failed",
            K::InterfaceAdded => "Cluster network interface added",
            K::InterfaceRemoved => "Cluster network interface removed",
            K::InterfaceHealthFailed => "Health check of an IP interface failed",
            K::InterfaceAdapterConnected => "Cluster sees an adapter connected",
            K::NetworkUp => "Cluster network up",
            K::NetworkPartitioned => "Cluster network partitioned",
            K::NetworkDown => "Cluster network down",
            K::NetworkAdded => "Cluster network added",
            K::NetworkRemoved => "Cluster network removed",
            K::NetworkMisconfigured => "Only a network barred from cluster use is left",
            K::NetworkAddressConflict => "IP address conflict",
            K::NameFailed => "Cluster network name failed",
            K::NameDnsFailed => "DNS registration of a cluster name failed",
            K::AddressFailed => "Cluster IP address failed",
            K::CsvPaused => "CSV paused",
            K::CsvResumed => "CSV available again",
            K::CsvRedirected => "CSV in redirected access",
            K::CsvLost => "CSV not accessible from this node",
            K::CsvAutoPaused => "CSV paused by its file system",
            K::CsvState => "State of the CSV changed",
            K::CsvProcessing => "CSV state change in progress",
            K::CsvFailed => "CSV failed",
            K::CsvMoveRefused => "Move of the CSV refused",
            K::CsvAdded => "Disk added to CSV",
            K::CsvRemoved => "Disk removed from CSV",
            K::CsvEnabled => "CSV enabled",
            K::CsvDisabled => "CSV disabled",
            K::CsvBackupStarted => "Backup of the CSV started",
            K::CsvBackupEnded => "Backup of the CSV ended",
            K::CsvBackupFailed => "Snapshot of the CSV failed",
            K::DiskError => "Disk or path reported an error",
            K::DiskReset => "Disk device reset",
            K::DiskRemoved => "Disk removed",
            K::DiskPathLost => "Path to a disk lost",
            K::DiskPathRestored => "Path to a disk restored",
            K::DiskPathFailover => "I/O moved to another path",
            K::DiskCorrupt => "File system damaged",
            K::DiskRepaired => "File system repaired",
            K::DiskResourceFailed => "Clustered disk failed",
            K::DiskOwnershipLost => "Ownership of a clustered disk lost",
            K::DiskOnlineStarted => "Clustered disk is coming online",
            K::DiskOnlineFinished => "Clustered disk finished coming online",
            K::DiskOfflineStarted => "Clustered disk is going offline",
            K::DiskOfflineFinished => "Clustered disk finished going offline",
            K::DiskOperationTimed => "Duration of a clustered disk operation",
            K::PoolFailed => "Storage pool failed",
            K::PoolMoving => "Storage pool is moved",
            K::SmbConnectFailed => "Connection to a file server failed",
            K::SmbDisconnected => "Connection to a file server closed",
            K::SmbSessionLost => "Session with a file server lost",
            K::SmbSessionRestored => "Session with a file server restored",
            K::SmbShareLost => "Connection to a share lost",
            K::SmbShareRestored => "Connection to a share restored",
            K::SmbWitnessRegistered => "Registered with the SMB witness",
            K::SmbWitnessFailed => "SMB witness failed",
            K::SmbWitnessNotified => "SMB witness told of a change",
            K::SmbWitnessMove => "SMB witness asked to move",
            K::VmMovedLive => "VM moved without stopping (live migration)",
            K::VmMovedCold => "VM moved by stopping or saving, as planned",
            K::VmFailedOver => "VM restarted on another node (failover)",
            K::NodeLost => "Node lost without a word",
            K::NodeRestarted => "Node restarted in an orderly way",
            K::Remark => "Remark",
        }
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Confirmed => "confirmed",
            Verdict::Probable => "probable",
            Verdict::NotAssessable => "not assessable",
            Verdict::RuledOut => "ruled out",
        }
    }

    fn verdict_means(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Confirmed => {
                "Every required step was observed; what must be absent could have been seen and was not there."
            }
            Verdict::Probable => {
                "The effect was observed; at least one step rests on circumstantial evidence."
            }
            Verdict::NotAssessable => "A log, node or time window that would decide is missing.",
            Verdict::RuledOut => "The logs cover the window and show that it did not happen.",
        }
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Info => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Critical => "critical",
        }
    }

    fn move_kind(&self, kind: MoveKind) -> &'static str {
        match kind {
            MoveKind::Live => "live migration",
            MoveKind::Quick => "quick migration",
            MoveKind::Storage => "storage migration",
            MoveKind::Offline => "move while off",
        }
    }

    fn outcome(&self, outcome: MoveOutcome) -> &'static str {
        match outcome {
            MoveOutcome::Completed => "completed",
            MoveOutcome::Failed => "failed",
            MoveOutcome::Canceled => "canceled",
            MoveOutcome::Unfinished => "no end in the logs",
        }
    }

    fn cause(&self, cause: FailoverCause) -> &'static str {
        match cause {
            FailoverCause::NodeLoss => "node lost",
            FailoverCause::NodeShutdown => "node shut down in an orderly way",
            FailoverCause::ServiceStop => "cluster service stopped",
            FailoverCause::ResourceFailure => "resource failed",
            FailoverCause::ResourceHang => "resource hung",
            FailoverCause::Storage => "storage lost",
            FailoverCause::QuorumLoss => "quorum lost",
            FailoverCause::Unknown => "unknown",
        }
    }

    fn node_state(&self, state: NodeState) -> &'static str {
        match state {
            NodeState::Up => "up",
            NodeState::Draining => "draining",
            NodeState::Paused => "paused",
            NodeState::Stopped => "stopped",
            NodeState::Restarted => "shut down",
            NodeState::Crashed => "crashed",
            NodeState::Lost => "lost",
            NodeState::WithoutQuorum => "without quorum",
            NodeState::Isolated => "isolated",
            NodeState::Quarantined => "quarantined",
        }
    }

    fn basis(&self, basis: PlacementBasis) -> &'static str {
        match basis {
            PlacementBasis::Recorded => "move, start or stop record",
            PlacementBasis::Seen => "some record of the VM on this node",
            PlacementBasis::Group => "messages about its role",
        }
    }

    fn vm_state(&self, state: VmState) -> &'static str {
        match state {
            VmState::Running => "running",
            VmState::Off => "off",
            VmState::Saved => "saved",
            VmState::Paused => "paused",
            VmState::CriticalPaused => "paused by the host",
            VmState::Failed => "failed",
        }
    }

    fn downtime_cause(&self, cause: DowntimeCause) -> &'static str {
        match cause {
            DowntimeCause::Stopped => "stopped on request",
            DowntimeCause::Guest => "stopped by its guest",
            DowntimeCause::QuickMigration => "quick migration",
            DowntimeCause::Failure => "failure",
            DowntimeCause::Storage => "storage gone",
            DowntimeCause::Node => "went down with its node",
            DowntimeCause::Quorum => "its node lost quorum",
            DowntimeCause::Unknown => "cause unknown",
        }
    }

    fn planned_because(&self, basis: PlannedBasis) -> &'static str {
        match basis {
            PlannedBasis::Requested => "somebody asked for the stop",
            PlannedBasis::Update => "an update was being installed",
            PlannedBasis::Drained => "the node was drained or paused before",
            PlannedBasis::MoveRequested => "the move was requested",
            PlannedBasis::Orderly => "the node stopped in an orderly way",
            PlannedBasis::Failure => "something failed",
            PlannedBasis::Unknown => "nothing tells",
        }
    }

    fn chain_role(&self, role: ChainRole) -> &'static str {
        match role {
            ChainRole::Symptom => "symptom",
            ChainRole::Cause => "cause",
            ChainRole::Consequence => "consequence",
            ChainRole::Recovery => "recovery",
        }
    }

    fn volume_state(&self, state: VolumeState) -> &'static str {
        match state {
            VolumeState::Online => "online",
            VolumeState::Paused => "paused",
            VolumeState::Redirected => "redirected I/O",
            VolumeState::Lost => "out of reach",
        }
    }

    fn witness_state(&self, state: WitnessState) -> &'static str {
        match state {
            WitnessState::Online => "online",
            WitnessState::Failed => "failed",
        }
    }

    fn link_kind(&self, kind: LinkKind) -> &'static str {
        match kind {
            LinkKind::ClusterNetwork => "cluster network",
            LinkKind::ClusterInterface => "cluster interface",
            LinkKind::Nic => "network adapter",
            LinkKind::TeamMember => "team member",
            LinkKind::Switch => "virtual switch",
            LinkKind::Uplink => "switch uplink",
            LinkKind::SwitchPort => "switch port",
            LinkKind::VmNic => "VM network adapter",
        }
    }

    fn link_state(&self, state: LinkState) -> &'static str {
        match state {
            LinkState::Up => "up",
            LinkState::Partitioned => "partitioned",
            LinkState::Unreachable => "unreachable",
            LinkState::Down => "down",
        }
    }

    fn log_begin(&self, begin: LogBegin) -> &'static str {
        match begin {
            LogBegin::FirstRecord => "with its first record",
            LogBegin::Cleared => "cleared before",
            LogBegin::Cut => "older records are gone or were not exported",
            LogBegin::Unknown => "not told",
        }
    }

    fn bounds(&self, bounds: Bounds) -> String {
        let least = self.duration(bounds.at_least_s);
        match bounds.at_most_s {
            Some(most) => format!("at least {least}, at most {}", self.duration(most)),
            None => format!("at least {least}, with no upper bound in the logs"),
        }
    }

    fn down_for(
        &self,
        cause: DowntimeCause,
        length: Option<&str>,
        bounds: Option<Bounds>,
    ) -> String {
        let length = length.map_or_else(
            || "down, and no record of its return".to_owned(),
            |l| format!("down for {l}"),
        );
        let bounds = bounds
            .filter(|b| b.at_most_s != Some(b.at_least_s))
            .map(|b| format!(" ({})", self.bounds(b)));
        format!(
            "{length}{}: {}",
            bounds.unwrap_or_default(),
            self.downtime_cause(cause)
        )
    }

    fn move_phase(&self, phase: MovePhase) -> &'static str {
        match phase {
            MovePhase::Setup => "preparing the destination",
            MovePhase::MemoryCopy => "copying memory",
            MovePhase::Blackout => "blackout",
            MovePhase::Offline => "giving up the configuration",
            MovePhase::Move => "changing the owner",
            MovePhase::Restore => "taking over",
            MovePhase::Storage => "copying files",
        }
    }

    fn move_story(
        &self,
        kind: MoveKind,
        from: Option<&str>,
        to: Option<&str>,
        outcome: MoveOutcome,
        details: &[String],
    ) -> String {
        let way = match (from, to) {
            (Some(from), Some(to)) => format!(" from {from} to {to}"),
            (Some(from), None) => format!(" from {from}, destination unknown"),
            (None, Some(to)) => format!(" to {to}, source unknown"),
            (None, None) => String::new(),
        };
        let details: String = details.iter().map(|d| format!("; {d}")).collect();
        format!(
            "{}{way}: {}{details}",
            self.move_kind(kind),
            self.outcome(outcome)
        )
    }

    fn diagnostic(&self, code: DiagnosticCode) -> &'static str {
        match code {
            DiagnosticCode::Unreadable => "could not be read",
            DiagnosticCode::EvtxHeader => "file header damaged",
            DiagnosticCode::EvtxChunk => "chunk damaged",
            DiagnosticCode::EvtxRecord => "record not readable",
            DiagnosticCode::Truncated => "cut off",
            DiagnosticCode::Dirty => "not closed properly",
            DiagnosticCode::Line => "line of an unknown form",
            DiagnosticCode::Time => "impossible or ambiguous time",
            DiagnosticCode::Unsupported => "format not supported",
            DiagnosticCode::Limit => "limit reached",
            DiagnosticCode::EntryName => "unsafe entry name",
            DiagnosticCode::Encoding => "bytes outside the encoding",
            DiagnosticCode::Syntax => "not well-formed",
            DiagnosticCode::TimeBasis => "clock not stated",
            DiagnosticCode::MissingField => "value missing",
            DiagnosticCode::Gap => "records missing",
            DiagnosticCode::UnknownSubject => "named by no log",
            DiagnosticCode::SeveralClusters => "several clusters",
        }
    }

    fn field(&self, name: &str) -> Option<&'static str> {
        Some(match name {
            "property" => "setting",
            "blackout_s" => "blackout",
            "brownout_s" => "brown-out",
            "downtime_s" => "downtime",
            "move_type" => "move type",
            "vlan" => "VLAN",
            "switch" => "switch",
            "tool" => "with",
            "resource_type" => "type",
            "status" => "status",
            "error" => "error",
            "code" => "code",
            "reason" => "reason",
            "bugcheck" => "bugcheck",
            "update" => "update",
            "view" => "view",
            "members" => "members",
            "process" => "process",
            "user" => "user",
            _ => return None,
        })
    }

    fn duration(&self, seconds: f64) -> String {
        let parts: Vec<String> = duration_parts(seconds)
            .into_iter()
            .map(|(n, unit)| format!("{n} {}", ["d", "h", "min", "s"][unit]))
            .collect();
        let sign = if seconds < 0.0 { "−" } else { "" };
        format!("{sign}{}", parts.join(" "))
    }

    fn list(&self, names: &[String]) -> String {
        match names {
            [] => String::new(),
            [one] => one.clone(),
            [head @ .., last] if names.len() <= 7 => {
                format!("{} and {last}", head.join(", "))
            }
            _ => format!("{} and {} more", names[..6].join(", "), names.len() - 6),
        }
    }

    fn labeled(&self, label: &str, value: &str) -> String {
        format!("{label} {value}")
    }

    fn gap(&self) -> &'static str {
        " "
    }

    fn more(&self, count: usize) -> String {
        format!("{count} more, in the appendix.")
    }

    fn colon(&self) -> &'static str {
        ": "
    }

    fn parentheses(&self, inner: &str) -> String {
        format!(" ({inner})")
    }

    fn times_shown_in(&self, zone: &str, one_offset: bool) -> String {
        if one_offset {
            format!("Times are shown in {zone}.")
        } else {
            format!("Times are shown in {zone}, each with its offset from UTC.")
        }
    }

    fn head_no_events(&self) -> String {
        "No event was read, so nothing can be said about what happened.".into()
    }

    fn head_no_cluster(&self) -> String {
        "None of these logs is of a failover cluster or of Hyper-V, so nothing can be said about VMs and nodes.".into()
    }

    fn head_quiet(&self) -> String {
        "What was read shows no failure, no failover and no known issue.".into()
    }

    fn head_finding(
        &self,
        verdict: Verdict,
        title: &str,
        subjects: &str,
        when: Option<&str>,
    ) -> String {
        let when = when.map(|w| format!(" ({w})")).unwrap_or_default();
        match verdict {
            Verdict::Confirmed => capitalized(&format!("{subjects}: {title}{when}.")),
            Verdict::Probable => {
                format!("Probably, but not proven, on {subjects}: {title}{when}.")
            }
            Verdict::NotAssessable => {
                format!("Cannot be decided from these logs for {subjects}: {title}{when}.")
            }
            Verdict::RuledOut => format!("Ruled out for {subjects}: {title}{when}."),
        }
    }

    fn head_incident(&self, incident: &HeadIncident<'_>) -> String {
        let HeadIncident { down, back, .. } = *incident;
        let (node, nodes) = match incident.node_count {
            0 => ("A node that no record names", "a node that no record names"),
            1 => (&*format!("Node {}", incident.nodes), incident.nodes),
            _ => (&*format!("Nodes {}", incident.nodes), incident.nodes),
        };
        let at = incident
            .when
            .map(|t| format!(" at {t}"))
            .unwrap_or_default();
        let were = if incident.node_count > 1 {
            "were"
        } else {
            "was"
        };
        let mut why = match incident.cause {
            FailoverCause::NodeLoss if incident.crashed => format!("{node} crashed{at}"),
            FailoverCause::NodeLoss => format!("{node} {were} lost{at}"),
            FailoverCause::NodeShutdown => format!("{node} {were} shut down{at}"),
            FailoverCause::ServiceStop => format!("The cluster service of {nodes} stopped{at}"),
            FailoverCause::ResourceFailure => format!("A resource failed on {nodes}{at}"),
            FailoverCause::ResourceHang => format!("A resource hung on {nodes}{at}"),
            FailoverCause::Storage => format!("Storage was lost on {nodes}{at}"),
            FailoverCause::QuorumLoss => format!("{node} lost quorum{at}"),
            FailoverCause::Unknown => format!("For an unknown reason, on {nodes}{at}"),
        };
        if let Some(code) = incident.bugcheck {
            why.push_str(&format!(", with bugcheck {code}"));
        }
        if down == 0 {
            return format!("{why}; no VM is known to have gone down.");
        }
        let them = if down == 1 { "it" } else { "them" };
        let again = if incident.restarted == down {
            format!("the cluster restarted {them} (failover)")
        } else if incident.restarted > 0 {
            format!(
                "the cluster restarted {} of {down} (failover)",
                incident.restarted
            )
        } else if back == down {
            match down {
                1 => "it was up again later".to_owned(),
                _ => "all were up again later".to_owned(),
            }
        } else if back > 0 {
            format!("{back} of {down} were up again later")
        } else {
            format!("no record shows that anything brought {them} back")
        };
        format!("{why}: {} went down; {again}.", incident.vms)
    }

    fn head_outage(&self, vms: &str, when: Option<&str>, cause: &str) -> String {
        let at = when.map(|t| format!(" from {t}")).unwrap_or_default();
        format!("Down without a failover{at}: {vms} ({cause}).")
    }

    fn head_at_end(&self, what: &str) -> String {
        format!("Not back by the end of the logs, as far as they tell: {what}.")
    }

    fn comma(&self) -> &'static str {
        ", "
    }

    fn head_more_incidents(&self, count: usize) -> String {
        format!(
            "{} not listed here; see Incidents.",
            plural(
                count,
                "more unplanned incident is",
                "more unplanned incidents are"
            )
        )
    }

    fn head_settings_open(&self, vms: &str) -> String {
        format!(
            "Whether {vms} kept the network settings (VLAN, switch, MAC) through the move cannot be judged from these logs."
        )
    }

    fn head_longest_down(&self, vm: &str, length: &str) -> String {
        format!("The longest downtime is {length} ({vm}).")
    }

    fn head_not_back(&self, vms: &str) -> String {
        format!("Not known to have come back: {vms}.")
    }

    fn head_moves(&self, counts: &MoveCounts, which: &[String]) -> String {
        let total = counts.live + counts.other;
        let what = if counts.other == 0 {
            plural(total, "live migration", "live migrations")
        } else {
            plural(total, "move of a VM", "moves of VMs")
        };
        let mut bad = Vec::new();
        for (n, word) in [
            (counts.failed, "failed"),
            (counts.canceled, "canceled"),
            (counts.unfinished, "without an end in the logs"),
        ] {
            if n > 0 {
                bad.push(format!("{n} {word}"));
            }
        }
        if bad.is_empty() {
            format!("{what} completed; the VMs kept their state.")
        } else {
            let which = match which {
                [] => String::new(),
                all => format!(": {}", all.join("; ")),
            };
            format!("{what}, of which {}{which}.", bad.join(", "))
        }
    }

    fn head_node_lost(&self, nodes: &str) -> String {
        format!(
            "Removed from the membership without a word: {nodes}. Whether it crashed or only lost communication, these logs alone do not tell."
        )
    }

    fn behavior_high_availability(&self) -> &'static str {
        "High availability: a node or resource stops, the VM on it goes down, and the cluster starts it again on another node. The guest boots anew; what was only in its memory is lost. Downtime runs from the first sign of the loss until the role is online again."
    }

    fn behavior_live_migration(&self) -> &'static str {
        "Live migration: a running VM is moved on purpose. Its memory is copied while it runs, then it is paused for a moment (the blackout) and goes on at the destination. The guest does not boot, and users barely notice."
    }

    fn failover_story(
        &self,
        what: &str,
        from: Option<&str>,
        to: Option<&str>,
        cause: FailoverCause,
        length: Option<&str>,
    ) -> String {
        let from = from.unwrap_or("an unknown node");
        let back = match to {
            Some(to) if to == from => "was restarted on the same node".to_owned(),
            Some(to) => format!("was restarted on {to}"),
            None => "where it came back is unknown".to_owned(),
        };
        let length = length.map_or_else(
            || "how long it was down is unknown".to_owned(),
            |l| format!("down for {l}"),
        );
        format!(
            "{what} ran on {from}; cause: {}; it {back}; {length}.",
            self.cause(cause)
        )
        .replace("it where", "where")
    }

    fn act_check_vms(&self, vms: &str) -> String {
        format!("Check that these run, since no record shows that they came back: {vms}.")
    }

    fn act_collect_nodes(&self, nodes: &str) -> String {
        format!("Collect the event logs and cluster.log of {nodes}, then analyze again.")
    }

    fn miss_settings(&self, vms: &str) -> String {
        format!(
            "Settings of {vms} before and after the move: no event records a change. If a VM lost its network then, add a note of the edit (--notes) or a configuration export from before and one from after."
        )
    }

    fn miss_for_all(&self, title: &str, more: usize, what: &str) -> String {
        format!(
            "For “{title}” and {}: {what}",
            plural(more, "other verdict", "other verdicts")
        )
    }

    fn act_incident(&self, cause: FailoverCause) -> &'static str {
        match cause {
            FailoverCause::NodeLoss => {
                "look at power, hardware and the memory dump of the node, and at its last records before the loss"
            }
            FailoverCause::NodeShutdown => {
                "find who or what asked for the shutdown, and drain the node before the next one"
            }
            FailoverCause::ServiceStop => {
                "find why the cluster service ended: its last records in System, the operational log and cluster.log"
            }
            FailoverCause::ResourceFailure => {
                "read the failed resource's records in cluster.log before the failure"
            }
            FailoverCause::ResourceHang => {
                "look at storage, antivirus and filter drivers in the minutes before the resource hung"
            }
            FailoverCause::Storage => {
                "look at the storage path first: links, switches, the array, then the node's own adapters"
            }
            FailoverCause::QuorumLoss => {
                "look at the network between the nodes and at the witness first, in the minutes before quorum was lost"
            }
            FailoverCause::Unknown => {
                "look at the records of the minutes before in the merged timeline"
            }
        }
    }

    fn act_collect_missing(&self) -> String {
        "Collect what is listed under “What is missing”, then analyze again: it settles what is still open.".into()
    }

    fn miss_nodes(&self, nodes: &str) -> String {
        format!("Logs of {nodes}: named by other logs, but none of their own was collected.")
    }

    fn miss_gap(&self, channel: &str, node: Option<&str>, records: u64) -> String {
        let node = node.map(|n| format!(" of {n}")).unwrap_or_default();
        format!("{records} records of {channel}{node}: their record ids are skipped.")
    }

    fn miss_more_gaps(&self, count: usize) -> String {
        format!("{count} more gaps in record ids.")
    }

    fn miss_records(&self, records: u64) -> String {
        format!("{records} records or lines that could not be read.")
    }

    fn several_clusters(&self, clusters: &str) -> String {
        format!(
            "The logs are of more than one cluster, and this report tells them as one: {clusters}."
        )
    }

    fn miss_log(&self, channel: &str, node: &str) -> String {
        let untold = match channel {
            "System" => "whether it crashed, was restarted or was shut down cannot be told",
            _ => "what only that log tells of this node is not known",
        };
        format!("{channel} of {node} was not collected, that of other nodes was: {untold}.")
    }

    fn miss_end(
        &self,
        channel: &str,
        node: Option<&str>,
        last: Option<&str>,
        file: &str,
    ) -> String {
        let node = node.map(|n| format!(" of {n}")).unwrap_or_default();
        match last {
            Some(last) => format!(
                "{channel}{node} behind {last}: the file was cut or damaged, and what it held after that is not known ({file})."
            ),
            None => format!(
                "{file}{node}: the file was cut or damaged, and no event of it is in the time looked at."
            ),
        }
    }

    fn miss_more_ends(&self, count: usize) -> String {
        format!(
            "{} cut or damaged.",
            plural(count, "more log was", "more logs were")
        )
    }

    fn miss_files(&self, members: usize, named: &str) -> String {
        format!(
            "Input lost in {} ({named}{}); see the reading troubles.",
            plural(members, "file", "files"),
            if members > 3 { ", …" } else { "" }
        )
    }

    fn miss_clocks(&self, nodes: &str) -> String {
        format!(
            "How the clock of {nodes} relates to the others: the order across nodes is not sure."
        )
    }

    fn relation(&self, how: Relation, title: &str, subject: &str) -> Option<String> {
        Some(match how {
            Relation::RefinedBy => format!("The same, said more exactly: “{title}” ({subject})."),
            Relation::ExplainedBy => format!("Harmless, as explained by “{title}” ({subject})."),
            Relation::SettledBy => {
                format!("What happened is accounted for by “{title}” ({subject}).")
            }
            Relation::Refines | Relation::Explains | Relation::Settles => return None,
        })
    }

    fn miss_for(&self, title: &str, subject: &str, what: &str) -> String {
        format!("For “{title}” ({subject}): {what}")
    }

    fn miss_destinations(&self, count: usize) -> String {
        format!(
            "The destination of {}: no record names it; it was inferred from where the VM appeared next.",
            plural(count, "move", "moves")
        )
    }

    fn unknown_records(&self, records: u64, kinds: usize) -> String {
        format!(
            "{records} records of {} have no entry in the dictionary and were only counted.",
            plural(kinds, "kind", "kinds")
        )
    }

    fn rows_left_out(&self, left_out: usize, shown: usize) -> String {
        format!("{shown} rows shown; {left_out} more are in report.json.")
    }

    fn pages_left_out(&self, left_out: usize, shown: usize) -> String {
        format!("{shown} are told here; {left_out} more are in report.json.")
    }

    fn records_first(&self, count: usize, first: &str) -> String {
        format!("{}; the first: {first}", plural(count, "record", "records"))
    }

    fn family(&self, name: &str) -> &'static str {
        match name {
            "moves" => "Migrations",
            "vms" => "VMs and Hyper-V",
            "roles" => "Roles and resources",
            "nodes" => "Nodes, quorum, cluster service",
            "network" => "Network",
            "storage" => "Storage",
            "names" => "Names, domain, addresses",
            "time" => "Clocks",
            _ => "Windows and others",
        }
    }

    fn events_left_out(&self, left_out: usize, shown: usize) -> String {
        format!("{shown} events shown, {left_out} left out; events.parquet has them all.")
    }

    fn nodes_left_out(&self, left_out: usize) -> String {
        format!("{} not drawn.", plural(left_out, "more node", "more nodes"))
    }

    fn shown_with(&self, count: usize, subject: &str, title: &str) -> String {
        let records = match count {
            1 => "1 more record is".to_owned(),
            n => format!("{n} more records are"),
        };
        format!("{records} shown with {subject} — {title}")
    }

    fn seen_times(&self, count: u32) -> String {
        if count == 1 {
            "once".into()
        } else {
            format!("{count} times")
        }
    }

    fn chart_window(&self, from: &str, to: &str, zone: &str) -> String {
        format!("{from} to {to}, {zone}")
    }

    fn chart_placement_alt(
        &self,
        vms: usize,
        nodes: usize,
        moves: usize,
        failovers: usize,
    ) -> String {
        format!(
            "Lanes over time: {} in their states and {} on the node that ran them, with {} and {} marked. The same is in the tables of this report.",
            plural(nodes, "node", "nodes"),
            plural(vms, "VM", "VMs"),
            plural(moves, "migration", "migrations"),
            plural(failovers, "failover", "failovers"),
        )
    }

    fn chart_events_alt(&self, events: usize, nodes: usize) -> String {
        format!(
            "{} of {} over time, stacked by severity.",
            plural(events, "event", "events"),
            plural(nodes, "node", "nodes")
        )
    }

    fn chart_migrations_alt(&self, moves: usize, with_blackout: usize) -> String {
        format!(
            "One bar for each of {}; {with_blackout} with a recorded blackout.",
            plural(moves, "migration", "migrations")
        )
    }
}
