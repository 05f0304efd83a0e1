//! The cases beside each rule: a few events and what was collected, and the
//! verdicts that must come of it. A case states derived events itself, so that it
//! tests the rule and not the timeline.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::engine::{by_subject, run_rules};
use super::explain;
use super::load::{Rule, RuleSet, parse};
use super::schema::{At, Place, Scalar, Span, schema_text};
use super::verdict::{Finding, Grade, StepOutcome, Verdict};
use crate::model::coverage::{CLUSTER_REPORTS, FileCoverage, FileKind};
use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::id::{GroupName, NodeName, ResourceName, VmId, VmName};
use crate::model::inventory::{AdapterSetting, ExportedObject, VmSnapshot};
use crate::model::kind::EventKind;
use crate::model::source::{Locator, SourceRef};
use crate::model::time::{Moment, Precision, TimeBasis};
use crate::model::{Coverage, Inventory, NodeFacts};
use crate::timeline::{
    Interval, NodeClock, NodeState, NodeTrail, Observability, Placement, PlacementBasis, Timeline,
    VmTrail,
};

/// A case as written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "vmtrail case")]
pub struct Case {
    /// What it shows, for readers.
    pub about: String,
    /// The rule's findings, all of them.
    pub expect: Vec<Expected>,
    /// What was collected.
    pub coverage: CaseCoverage,
    /// What the logs, notes and snapshots say.
    pub events: Vec<At<CaseEvent>>,
    /// What held, for the rule's state steps.
    #[serde(default)]
    pub held: CaseHeld,
}

/// What the timeline and inventory would tell beside events. Times count from the
/// start; a missing end is open.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaseHeld {
    /// Where VMs were.
    pub placements: Vec<At<CasePlacement>>,
    /// What nodes were doing.
    pub nodes: Vec<At<CaseNode>>,
    /// Settings of VMs as exported.
    pub snapshots: Vec<CaseSnapshot>,
    /// Other exported objects.
    pub objects: Vec<CaseObject>,
}

/// A VM on a node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CasePlacement {
    /// The VM's name; an event of the case must name it.
    pub vm: String,
    /// Where it was.
    pub node: String,
    /// Since when.
    #[serde(default)]
    pub from: Option<Span>,
    /// Until when.
    #[serde(default)]
    pub to: Option<Span>,
}

/// A node in a state.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseNode {
    /// The node.
    pub node: String,
    /// What it was doing.
    pub is: CaseNodeState,
    /// Since when.
    #[serde(default)]
    pub from: Option<Span>,
    /// Until when.
    #[serde(default)]
    pub to: Option<Span>,
}

/// The states of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseNodeState {
    /// In the cluster.
    Up,
    /// Draining.
    Draining,
    /// Paused.
    Paused,
    /// Its cluster service was stopped.
    Stopped,
    /// Shut down or restarted in an orderly way.
    Restarted,
    /// Crashed.
    Crashed,
    /// Gone, and nothing says how.
    Lost,
    /// Its cluster service stopped because quorum was lost.
    WithoutQuorum,
    /// Isolated.
    Isolated,
    /// Quarantined.
    Quarantined,
}

impl From<CaseNodeState> for NodeState {
    fn from(state: CaseNodeState) -> Self {
        match state {
            CaseNodeState::Up => NodeState::Up,
            CaseNodeState::Draining => NodeState::Draining,
            CaseNodeState::Paused => NodeState::Paused,
            CaseNodeState::Stopped => NodeState::Stopped,
            CaseNodeState::Restarted => NodeState::Restarted,
            CaseNodeState::Crashed => NodeState::Crashed,
            CaseNodeState::Lost => NodeState::Lost,
            CaseNodeState::WithoutQuorum => NodeState::WithoutQuorum,
            CaseNodeState::Isolated => NodeState::Isolated,
            CaseNodeState::Quarantined => NodeState::Quarantined,
        }
    }
}

/// One adapter of a VM as exported at one time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseSnapshot {
    /// When the export was made.
    pub at: Span,
    /// The VM's name.
    pub vm: String,
    /// The adapter's name.
    #[serde(default)]
    pub name: String,
    /// Its switch.
    #[serde(default)]
    pub switch: Option<String>,
    /// Its VLAN.
    #[serde(default)]
    pub vlan: Option<u32>,
    /// Its MAC address.
    #[serde(default)]
    pub mac: Option<String>,
}

/// An exported object.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseObject {
    /// When the export was made; the start when left out.
    #[serde(default)]
    pub at: Span,
    /// Its class.
    pub class: String,
    /// The node that it is of; none for what is of the whole cluster.
    #[serde(default)]
    pub node: Option<String>,
    /// Its properties.
    pub properties: BTreeMap<String, Scalar>,
}

/// The JSON Schema of a case file, for editors; ends with a line feed.
#[must_use]
pub fn json_schema() -> String {
    schema_text::<Case>()
}

impl Case {
    /// What the case says of nodes that its coverage does not name, which would change
    /// nothing: where, and which node. A node spoken of, and one of an exported object,
    /// may be one of which nothing was collected.
    #[must_use]
    pub fn strays(&self) -> Vec<(Place, &str)> {
        let coverage = &self.coverage;
        let named: BTreeSet<NodeName> = coverage
            .nodes
            .keys()
            .filter_map(|n| NodeName::new(n))
            .collect();
        let builds = coverage.builds.iter().map(|(n, b)| (b.place, n));
        let updates = coverage.updates.iter().map(|(n, u)| (u.place, n));
        let clocks = coverage.clocks.iter().map(|(n, c)| (c.place, n));
        let placements = self.held.placements.iter().map(|p| (p.place, &p.node));
        let states = self.held.nodes.iter().map(|n| (n.place, &n.node));
        let written = self
            .events
            .iter()
            .filter(|e| matches!(origin_of(e), CaseOrigin::EventLog | CaseOrigin::ClusterLog));
        let written = written.filter_map(|e| Some((e.place, e.node.as_ref()?)));
        let said = builds.chain(updates).chain(clocks);
        let said = said.chain(placements).chain(states).chain(written);
        said.filter(|(_, node)| NodeName::new(node).is_none_or(|n| !named.contains(&n)))
            .map(|(place, node)| (place, node.as_str()))
            .collect()
    }
}

/// What kind of source says it.
fn origin_of(event: &CaseEvent) -> CaseOrigin {
    match event.origin {
        Some(origin) => origin,
        None if event.kind.name().starts_with("trail.") => CaseOrigin::Derived,
        None => CaseOrigin::EventLog,
    }
}

/// A finding that must come.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The subject's name.
    pub subject: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How often; not checked when left out.
    #[serde(default)]
    pub occurrences: Option<u32>,
    /// What must have become of some of the steps.
    #[serde(default)]
    pub steps: BTreeMap<String, ExpectedStep>,
    /// English texts that must be part of what is missing.
    #[serde(default)]
    pub missing: Vec<String>,
    /// English texts that must be part of the explanation.
    #[serde(default)]
    pub explanation: Vec<String>,
}

/// What must have become of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedStep {
    /// Observed directly.
    Direct,
    /// Observed by circumstantial evidence.
    Circumstantial,
    /// Absent, and would have been seen.
    AbsenceSeen,
    /// Not found where it would have been seen.
    NotFound,
    /// Could not have been seen.
    NotObservable,
}

impl ExpectedStep {
    fn of(outcome: &StepOutcome) -> Self {
        match outcome {
            StepOutcome::Observed {
                grade: Grade::Direct,
                ..
            } => ExpectedStep::Direct,
            StepOutcome::Observed { .. } => ExpectedStep::Circumstantial,
            StepOutcome::AbsenceSeen => ExpectedStep::AbsenceSeen,
            StepOutcome::NotFound => ExpectedStep::NotFound,
            StepOutcome::NotObservable => ExpectedStep::NotObservable,
        }
    }
}

/// Which logs of which nodes were collected, for which time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseCoverage {
    /// When the logs begin; offsets of events count from here.
    pub start: Moment,
    /// How long they are.
    pub length: Span,
    /// Per node, its channels; a node without channels is named and not logged.
    pub nodes: BTreeMap<String, Vec<String>>,
    /// Builds, where known.
    #[serde(default)]
    pub builds: BTreeMap<String, At<u32>>,
    /// Installed updates, where a list of them was collected.
    #[serde(default)]
    pub updates: BTreeMap<String, At<Vec<String>>>,
    /// Where a kind is written, instead of what [`carriers`] says.
    #[serde(default)]
    pub carriers: BTreeMap<EventKind, Vec<String>>,
    /// Clocks, where known.
    #[serde(default)]
    pub clocks: BTreeMap<String, At<CaseClock>>,
}

/// A node's clock.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseClock {
    /// Seconds ahead of the reference.
    pub offset_s: f64,
    /// Bound on the error.
    pub error_s: f64,
}

/// An event of a case.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseEvent {
    /// Since the start.
    pub at: Span,
    /// What it says.
    pub kind: EventKind,
    /// The node that wrote it.
    #[serde(default)]
    pub node: Option<String>,
    /// The node spoken of, where that is another one.
    #[serde(default)]
    pub about_node: Option<String>,
    /// The VM's name.
    #[serde(default)]
    pub vm: Option<String>,
    /// The VM's id.
    #[serde(default)]
    pub vm_id: Option<String>,
    /// The role.
    #[serde(default)]
    pub group: Option<String>,
    /// The resource.
    #[serde(default)]
    pub resource: Option<String>,
    /// Source of a move.
    #[serde(default)]
    pub from_node: Option<String>,
    /// Destination of a move.
    #[serde(default)]
    pub to_node: Option<String>,
    /// The network.
    #[serde(default)]
    pub network: Option<String>,
    /// The volume.
    #[serde(default)]
    pub volume: Option<String>,
    /// Other values.
    #[serde(default)]
    pub fields: BTreeMap<String, Scalar>,
    /// What kind of source says it; for a `trail.` kind the timeline, else an
    /// event log.
    #[serde(default)]
    pub origin: Option<CaseOrigin>,
    /// For an event log, the provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// For an event log, the event id.
    #[serde(default)]
    pub event_id: Option<u32>,
    /// For an event log, the channel; without it the first that carries the kind.
    #[serde(default)]
    pub channel: Option<String>,
    /// For a derived event, the entries (from 1) of this list that it stands on.
    #[serde(default)]
    pub stands_on: Vec<usize>,
}

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseOrigin {
    /// Windows event log.
    EventLog,
    /// cluster.log.
    ClusterLog,
    /// Said by a person; exact to the minute.
    Note,
    /// From configuration snapshots.
    Inventory,
    /// Concluded by the timeline.
    Derived,
}

/// Where events of a kind are written, as cases take it unless they say
/// otherwise. Kinds without a place leave no trace in any log.
#[must_use]
pub fn carriers(kind: EventKind) -> &'static [&'static str] {
    use EventKind as K;
    const SYSTEM: &[&str] = &["System"];
    const CLUSTER: &[&str] = &[
        "System",
        "Microsoft-Windows-FailoverClustering/Operational",
        crate::model::coverage::CLUSTER_LOG,
    ];
    const VMMS: &[&str] = &["Microsoft-Windows-Hyper-V-VMMS-Admin"];
    const WORKER: &[&str] = &["Microsoft-Windows-Hyper-V-Worker-Admin"];
    match kind {
        K::VmSettingsChanged
        | K::VmSettingsReverted
        | K::VmConfigNotRefreshed
        | K::VmNetworkLost
        | K::VmNetworkRestored
        | K::VmMovedLive
        | K::VmMovedCold
        | K::VmFailedOver
        | K::NodeLost
        | K::NodeRestarted
        | K::Remark => &[],
        // No log tells these for sure: their silence proves nothing.
        K::MigrationTimes
        | K::MigrationPhase
        | K::VmSettingsKept
        | K::VmConfigApplied
        | K::VmDiskCompacted
        | K::VmConfigPhase
        | K::NicFilterSet
        | K::NicFilterFailed
        | K::SwitchInitialized
        | K::SwitchSettingsApplied
        | K::PortPropertyChanged
        | K::PortPropertyFailed
        | K::PortVlanTrouble
        | K::TeamState
        | K::TeamMemberAdded
        | K::TeamMemberRemoved
        | K::ResourceOffline
        | K::ServiceState
        | K::NodePaused
        | K::NodeResumed
        | K::NodeDraining
        | K::NodeDrained
        | K::UpdateInstalled
        | K::OsRenamed
        | K::VmmsState
        | K::HostMaintenanceAnnounced
        | K::TimeZoneChanged
        | K::NetworkAddressConflict => &[],
        K::VmConfigRefreshed => &[CLUSTER_REPORTS],
        _ => match kind.name().split('.').next().unwrap_or_default() {
            "migration" | "offline_migration" | "storage_migration" => VMMS,
            "vm" => WORKER,
            "group" | "resource" | "node" | "cluster" | "quorum" | "membership" | "network"
            | "interface" | "route" | "heartbeat" | "witness" | "csv" => CLUSTER,
            _ => SYSTEM,
        },
    }
}

fn coverage(case: &CaseCoverage) -> Coverage {
    let mut coverage = Coverage::default();
    let end = case.start.plus_ticks(case.length.ticks());
    for (name, channels) in &case.nodes {
        let Some(node) = NodeName::new(name) else {
            continue;
        };
        coverage.named_nodes.insert(node.clone());
        for channel in channels {
            let reports = channel == CLUSTER_REPORTS;
            coverage.files.push(FileCoverage {
                path: format!("{name}/{channel}").into(),
                kind: if reports {
                    FileKind::ClusterReport
                } else {
                    FileKind::Evtx
                },
                node: Some(node.clone()),
                channels: BTreeSet::from([Arc::<str>::from(channel.as_str())]),
                records_read: 1,
                records_failed: 0,
                first: (!reports).then_some(case.start),
                last: (!reports).then_some(end),
                first_record: None,
                time_basis: TimeBasis::Utc,
            });
        }
    }
    for kind in EventKind::ALL {
        let channels: BTreeSet<Arc<str>> = match case.carriers.get(kind) {
            Some(channels) => channels.iter().map(|c| c.as_str().into()).collect(),
            None => carriers(*kind).iter().map(|c| (*c).into()).collect(),
        };
        if !channels.is_empty() {
            coverage.carriers.insert(*kind, channels);
        }
    }
    coverage
}

fn event(case: &CaseEvent, start: Moment, entry: usize) -> Event {
    let origin = origin_of(case);
    let mut fields = Fields::new();
    for (name, value) in &case.fields {
        fields.set(name.as_str(), value.0.as_str());
    }
    let node = |text: &Option<String>| text.as_deref().and_then(NodeName::new);
    Event {
        time: start.plus_ticks(case.at.ticks()),
        precision: match origin {
            CaseOrigin::Note => Precision::Minute,
            CaseOrigin::ClusterLog => Precision::Millisecond,
            _ => Precision::Tick,
        },
        node: node(&case.node),
        kind: case.kind,
        severity: Severity::Info,
        origin: match origin {
            CaseOrigin::EventLog => Origin::EventLog {
                provider: case.provider.as_deref().unwrap_or_default().into(),
                id: case.event_id.unwrap_or_default(),
                version: 0,
                channel: case
                    .channel
                    .as_deref()
                    .or_else(|| carriers(case.kind).first().copied())
                    .unwrap_or_default()
                    .into(),
            },
            CaseOrigin::ClusterLog => Origin::ClusterLog {
                subsystem: "".into(),
            },
            CaseOrigin::Note => Origin::Note,
            CaseOrigin::Inventory => Origin::Inventory,
            CaseOrigin::Derived => Origin::Derived,
        },
        subject: Subject {
            vm_id: case.vm_id.as_deref().and_then(VmId::parse),
            vm: case.vm.as_deref().and_then(VmName::new),
            group: case.group.as_deref().and_then(GroupName::new),
            resource: case.resource.as_deref().and_then(ResourceName::new),
            node: node(&case.about_node),
            from_node: node(&case.from_node),
            to_node: node(&case.to_node),
            network: case.network.as_deref().map(Into::into),
            volume: case.volume.as_deref().map(Into::into),
        },
        fields,
        message: None,
        source: SourceRef::new(
            "case".into(),
            Locator::Entry(u64::try_from(entry).unwrap_or(u64::MAX)),
        ),
    }
}

/// The timeline of a case: its events in order, joined to VMs by id or name.
#[must_use]
pub fn timeline(case: &Case) -> Timeline {
    let mut order: Vec<(Event, usize)> = case
        .events
        .iter()
        .enumerate()
        .map(|(n, e)| (event(e, case.coverage.start, n + 1), n))
        .collect();
    order.sort_by(|(a, _), (b, _)| a.order_key().cmp(&b.order_key()));
    let place: BTreeMap<usize, usize> = order
        .iter()
        .enumerate()
        .map(|(at, (_, entry))| (*entry, at))
        .collect();
    let base_of = case
        .events
        .iter()
        .enumerate()
        .filter(|(_, e)| !e.stands_on.is_empty())
        .filter_map(|(entry, e)| {
            let base = e
                .stands_on
                .iter()
                .filter_map(|n| place.get(&n.checked_sub(1)?).copied())
                .collect();
            Some((*place.get(&entry)?, base))
        })
        .collect();
    let events: Vec<Event> = order.into_iter().map(|(e, _)| e).collect();

    let coverage = coverage(&case.coverage);
    let mut inventory = Inventory::default();
    for (node, build) in &case.coverage.builds {
        if let Some(node) = NodeName::new(node) {
            inventory.nodes.insert(
                node,
                NodeFacts {
                    build: Some(build.value),
                    ..NodeFacts::default()
                },
            );
        }
    }
    let clocks = case
        .coverage
        .clocks
        .iter()
        .filter_map(|(node, clock)| {
            Some(NodeClock {
                node: NodeName::new(node)?,
                offset_s: Some(clock.offset_s),
                error_s: Some(clock.error_s),
                basis: "pairs(1)".to_owned(),
                jumps: Vec::new(),
            })
        })
        .collect();
    for (node, updates) in &case.coverage.updates {
        if let Some(node) = NodeName::new(node) {
            inventory
                .nodes
                .entry(node)
                .or_default()
                .updates
                .clone_from(&updates.value);
        }
    }
    let mut timeline = assemble(events, coverage, inventory, clocks, base_of);
    hold(&case.held, case.coverage.start, &mut timeline);
    timeline
}

/// Adds what held.
fn hold(held: &CaseHeld, start: Moment, timeline: &mut Timeline) {
    let at = |span: Span| start.plus_ticks(span.ticks());
    for placement in &held.placements {
        let vm = VmName::new(&placement.vm);
        let trail = timeline.vms.iter_mut().find(|v| v.name == vm);
        if let (Some(trail), Some(node)) = (trail, NodeName::new(&placement.node)) {
            trail.placements.push(Placement {
                node,
                from: placement.from.map(at),
                to: placement.to.map(at),
                basis: PlacementBasis::Recorded,
                evidence: Vec::new(),
            });
        }
    }
    for node in &held.nodes {
        let Some(name) = NodeName::new(&node.node) else {
            continue;
        };
        let place = timeline.nodes.iter().position(|n| n.name == name);
        let place = place.unwrap_or_else(|| {
            timeline.nodes.push(NodeTrail {
                build: timeline.inventory.nodes.get(&name).and_then(|n| n.build),
                name,
                os: None,
                has_logs: true,
                intervals: Vec::new(),
            });
            timeline.nodes.len() - 1
        });
        timeline.nodes[place].intervals.push(Interval {
            state: node.is.into(),
            from: node.from.map(at),
            to: node.to.map(at),
            evidence: Vec::new(),
        });
    }
    for snapshot in &held.snapshots {
        let Some(vm) = VmName::new(&snapshot.vm) else {
            continue;
        };
        timeline.inventory.snapshots.push(VmSnapshot {
            taken: at(snapshot.at),
            node: None,
            vm,
            vm_id: None,
            adapters: vec![AdapterSetting {
                name: snapshot.name.clone(),
                id: None,
                switch: snapshot.switch.clone(),
                vlan: snapshot.vlan,
                mac: snapshot.mac.clone(),
            }],
            source: SourceRef::new("case".into(), Locator::Whole),
        });
    }
    for object in &held.objects {
        let properties = object.properties.iter();
        timeline.inventory.objects.push(ExportedObject {
            taken: at(object.at),
            node: object.node.as_deref().and_then(NodeName::new),
            class: object.class.as_str().into(),
            properties: properties
                .map(|(name, value)| (name.as_str().into(), value.0.as_str().into()))
                .collect(),
            source: SourceRef::new("case".into(), Locator::Whole),
        });
    }
}

/// A timeline from events that are in order already, without deriving anything.
pub(super) fn assemble(
    events: Vec<Event>,
    coverage: Coverage,
    inventory: Inventory,
    clocks: Vec<NodeClock>,
    base_of: BTreeMap<usize, Vec<usize>>,
) -> Timeline {
    let mut vms: Vec<VmTrail> = Vec::new();
    let mut event_vm = Vec::with_capacity(events.len());
    for Event { subject, .. } in &events {
        if subject.vm.is_none() && subject.vm_id.is_none() {
            event_vm.push(None);
            continue;
        }
        let found = vms.iter().position(|v| match (v.id, subject.vm_id) {
            (Some(a), Some(b)) => a == b,
            _ => v.name.is_some() && v.name == subject.vm,
        });
        let at = found.unwrap_or_else(|| {
            vms.push(VmTrail {
                name: None,
                id: None,
                names: Vec::new(),
                group: None,
                memory_mib: None,
                states: Vec::new(),
                placements: Vec::new(),
                downtimes: Vec::new(),
            });
            vms.len() - 1
        });
        vms[at].id = vms[at].id.or(subject.vm_id);
        if subject.vm.is_some() {
            vms[at].name.clone_from(&subject.vm);
        }
        event_vm.push(Some(at));
    }
    Timeline {
        events,
        base_of,
        event_vm,
        clocks,
        vms,
        inventory,
        observability: Observability::new(&coverage),
        coverage,
        ..Timeline::default()
    }
}

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The rule.
    pub rule: String,
    /// The case's name.
    pub case: String,
    /// Its file.
    pub path: String,
    /// What differs from what the case expects; empty when it passed.
    pub failures: Vec<String>,
}

impl CaseResult {
    /// Whether all was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Runs the cases of every rule.
#[must_use]
pub fn test_all(rules: &RuleSet) -> Vec<CaseResult> {
    rules.iter().flat_map(test).collect()
}

/// Runs the cases of one rule.
#[must_use]
pub fn test(rule: &Rule) -> Vec<CaseResult> {
    rule.cases
        .iter()
        .map(|file| CaseResult {
            rule: rule.id().to_owned(),
            case: file.name.clone(),
            path: file.path.clone(),
            failures: match parse::<Case>(&file.path, &file.source) {
                Ok(case) => {
                    let strays = case.strays().into_iter().map(|(at, node)| {
                        format!(
                            "line {}: expected a node that coverage.nodes names, found {node:?}",
                            at.line
                        )
                    });
                    let mut failures: Vec<String> = strays.collect();
                    failures.extend(compare(rule, &case, &timeline(&case)));
                    failures
                }
                Err(problem) => vec![problem.to_string()],
            },
        })
        .collect()
}

/// What differs from what the case expects; `timeline` is the case's.
pub(super) fn compare(rule: &Rule, case: &Case, timeline: &Timeline) -> Vec<String> {
    let verdicts = run_rules([rule], timeline);
    let found = by_subject(&verdicts);
    let mut failures = Vec::new();
    for expected in &case.expect {
        match found.get(&(rule.id(), expected.subject.as_str())) {
            Some(finding) => compare_finding(expected, finding, &mut failures),
            None => {
                failures.push(format!(
                    "expected {} for {}, found no finding",
                    expected.verdict.name(),
                    expected.subject
                ));
                failures.extend(explain::unseen_steps(rule, timeline, &expected.subject));
            }
        }
    }
    for ((_, subject), finding) in &found {
        if !case.expect.iter().any(|e| e.subject == *subject) {
            failures.push(format!(
                "expected no finding for {subject}, found {}: {}",
                finding.verdict.name(),
                finding.explanation.en
            ));
        }
    }
    failures
}

fn compare_finding(expected: &Expected, finding: &Finding, failures: &mut Vec<String>) {
    let subject = &expected.subject;
    if finding.verdict != expected.verdict {
        let steps: Vec<String> = finding
            .steps
            .iter()
            .map(|s| format!("{} {:?}", s.id, ExpectedStep::of(&s.outcome)))
            .collect();
        failures.push(format!(
            "expected {} for {subject}, found {} ({})",
            expected.verdict.name(),
            finding.verdict.name(),
            steps.join(", ")
        ));
    }
    if let Some(times) = expected.occurrences
        && times != finding.occurrences
    {
        failures.push(format!(
            "expected {times} occurrences for {subject}, found {}",
            finding.occurrences
        ));
    }
    for (id, wanted) in &expected.steps {
        match finding.steps.iter().find(|s| *s.id == **id) {
            Some(step) if ExpectedStep::of(&step.outcome) == *wanted => {}
            Some(step) => failures.push(format!(
                "expected step {id} of {subject} to be {wanted:?}, found {:?}",
                ExpectedStep::of(&step.outcome)
            )),
            None => failures.push(format!("the rule has no step {id}")),
        }
    }
    for part in &expected.missing {
        if !finding.missing.iter().any(|m| m.en.contains(part)) {
            failures.push(format!(
                "expected {part:?} among what is missing for {subject}, found {:?}",
                finding.missing.iter().map(|m| &m.en).collect::<Vec<_>>()
            ));
        }
    }
    for part in &expected.explanation {
        if !finding.explanation.en.contains(part) {
            failures.push(format!(
                "expected {part:?} in the explanation for {subject}, found {:?}",
                finding.explanation.en
            ));
        }
    }
}

/// An event that says nothing, for tests to fill.
#[cfg(test)]
pub(super) fn blank_event() -> Event {
    Event {
        time: Moment::MIN,
        precision: Precision::Tick,
        node: None,
        kind: EventKind::Remark,
        severity: Severity::Info,
        origin: Origin::Derived,
        subject: Subject::default(),
        fields: Fields::new(),
        message: None,
        source: SourceRef::new("case".into(), Locator::Whole),
    }
}
