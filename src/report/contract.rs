//! `report.json`: the contract `vmtrail.report/1` with whatever reads reports.
//!
//! Its spellings change only with its version: the schema, `docs/report.schema.json`,
//! is checked in and compared, so that no rename inside the tool changes it
//! unnoticed. Unknown is `null`, never a
//! made-up value; times are RFC 3339 in UTC; names are as recorded, sentences
//! (`summary`, `explanation`, `remedy`, `missing`) in the language of the report
//! and safe to show.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::event::Severity;
use crate::model::id::{NodeName, VmName};
use crate::model::kind::EventKind;
use crate::model::source::SourceRef;
use crate::model::text::Localized;
use crate::model::time::Moment;
use crate::rules::verdict::{Entity, EntityKind, Grade, Relation, StepOutcome, Verdict, Verdicts};
use crate::timeline::{
    self, Bounds, ChainRole, DowntimeCause, FailoverCause, LinkKind, LinkState, LogBegin, MoveKind,
    MoveOutcome, MovePhase, NodeState, PlacementBasis, PlannedBasis, Timeline, VmIndex, VmState,
    VolumeState, WitnessState,
};

use super::{Options, locale};

/// Name and version of the contract.
pub const SCHEMA: &str = "vmtrail.report/1";

/// A whole report.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `vmtrail.report/1`.
    pub schema: String,
    /// Version of vmtrail that wrote it.
    pub version: String,
    /// Language of its sentences: `en` or `ja`.
    pub lang: String,
    /// Name of the cluster, where something names it.
    pub cluster: Option<String>,
    /// From the first to the last event.
    pub window: Option<Span>,
    /// What was read.
    pub coverage: Coverage,
    /// How the nodes' clocks relate.
    pub clock: Vec<Clock>,
    /// Nodes, by name.
    pub nodes: Vec<Node>,
    /// VMs, by name and id.
    pub vms: Vec<Vm>,
    /// Migrations in order of their begin.
    pub migrations: Vec<Migration>,
    /// Failovers in order of their begin.
    pub failovers: Vec<Failover>,
    /// Failovers and restarts by their cause, in order of their begin.
    pub incidents: Vec<Incident>,
    /// Quorum, witness and membership.
    pub quorum: Quorum,
    /// Volumes and disks, as each node saw them.
    pub volumes: Vec<Volume>,
    /// Networks, adapters, switches and ports, as each node saw them.
    pub links: Vec<Link>,
    /// Network changes in order of time.
    pub network_changes: Vec<NetworkChange>,
    /// Findings: worst and surest first. A rule that is ruled out or not
    /// assessable is here where at least one of its steps was observed.
    pub findings: Vec<Finding>,
    /// What is not in `findings`, counted per rule.
    pub not_listed: Vec<NotListed>,
    /// Trouble while reading.
    pub diagnostics: Vec<Diagnostic>,
}

/// An interval of time.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Span {
    /// First instant.
    pub from: Moment,
    /// Last instant.
    pub to: Moment,
}

/// What was read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Coverage {
    /// Every file or archive member.
    pub files: Vec<File>,
    /// Each node's logs, over all their files.
    pub logs: Vec<Log>,
    /// Records and lines read.
    pub records_read: u64,
    /// Records and lines that could not be read.
    pub records_failed: u64,
    /// Records missing inside logs.
    pub gaps: Vec<Gap>,
    /// Deciding logs (System, failover clustering, Hyper-V management and high
    /// availability, cluster.log) of nodes that lack them while others have them.
    pub logs_not_collected: Vec<NotCollected>,
    /// Nodes that logs name and of which no log was read.
    pub nodes_without_logs: Vec<String>,
    /// Records that no dictionary entry names.
    pub records_unknown: u64,
    /// What leaves no event on the versions of Windows Server of this cluster, or on any
    /// where they are not known.
    pub unlogged: Vec<Unlogged>,
}

/// Something that happens without leaving an event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unlogged {
    /// Its short name (`vlan.edited`).
    pub phase: String,
    /// The same in a sentence.
    pub says: String,
    /// The versions of Windows Server (`2008 R2`), or `all`.
    pub windows: Vec<String>,
    /// Kinds of events that come nearest to it, nearest first.
    pub nearest: Vec<EventKind>,
}

/// One file or archive member.
#[derive(Debug, Serialize, JsonSchema)]
pub struct File {
    /// Its path.
    pub path: String,
    /// What it is (`evtx`, `cluster-log`, `notes`, …).
    pub kind: String,
    /// The node it belongs to.
    pub node: Option<String>,
    /// Records or lines read.
    pub records_read: u64,
    /// Records or lines that could not be read.
    pub records_failed: u64,
    /// Earliest event.
    pub first: Option<Moment>,
    /// Latest event.
    pub last: Option<Moment>,
    /// On which clock its times are: `utc`, `local+09:00`, `assumed-utc`, `none`.
    pub time_basis: String,
}

/// One log of one node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Log {
    /// The node.
    pub node: String,
    /// The channel, or `cluster.log`.
    pub channel: String,
    /// From the first to the last event of each of its files, in order of time.
    pub windows: Vec<Span>,
    /// Records missing inside it.
    pub missing: u64,
    /// One of its files was cut or damaged: what it held behind its last event is not
    /// known.
    pub cut: bool,
    /// Why it begins where it does.
    pub begin: LogBegin,
}

/// A log of one node that was not collected, while that of another was.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotCollected {
    /// The node.
    pub node: Option<String>,
    /// The channel, or `cluster.log`.
    pub channel: String,
}

/// Records missing inside a log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Gap {
    /// The file.
    pub path: String,
    /// Its node.
    pub node: Option<String>,
    /// The channel whose record ids jump.
    pub channel: String,
    /// Last record id before the gap.
    pub after_record: u64,
    /// First record id behind it.
    pub before_record: u64,
    /// How many are missing.
    pub missing: u64,
    /// Time of the record before.
    pub from: Moment,
    /// Time of the record behind.
    pub to: Moment,
}

/// A node's clock.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Clock {
    /// The node.
    pub node: String,
    /// Milliseconds by which it is ahead of the reference node.
    pub offset_ms: Option<f64>,
    /// Bound on the error of the offset, in milliseconds.
    pub error_ms: Option<f64>,
    /// How that is known: `reference`, `pairs(n)`, `unknown`.
    pub basis: String,
    /// Steps of this clock, in order of time.
    pub jumps: Vec<ClockJump>,
}

/// A node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Operating system, where known.
    pub os: Option<String>,
    /// Build number, where known.
    pub build: Option<u32>,
    /// Whether a log of it was read.
    pub has_logs: bool,
    /// Its states; what lies between is unknown.
    pub states: Vec<Interval<NodeState>>,
}

/// A virtual machine.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Vm {
    /// Its name.
    pub name: Option<String>,
    /// Its GUID.
    pub id: Option<String>,
    /// Its cluster group.
    pub group: Option<String>,
    /// The names that it had, in order of time; empty when it never changed.
    pub names: Vec<Interval<String>>,
    /// Memory assigned at start-up in MiB.
    pub memory_mib: Option<f64>,
    /// What it was doing; gaps are unknown.
    pub states: Vec<Interval<VmState>>,
    /// Where it was.
    pub placements: Vec<Placement>,
    /// When it was down.
    pub downtimes: Vec<Downtime>,
}

/// Something in a state.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Interval<S> {
    /// The state.
    pub state: S,
    /// Since when; null when since before the logs begin.
    pub from: Option<Moment>,
    /// Until when; null when until the logs end.
    pub to: Option<Moment>,
}

/// A VM on a node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Placement {
    /// The node.
    pub node: String,
    /// Since when; null when since before the logs begin.
    pub from: Option<Moment>,
    /// Until when; null when until the logs end.
    pub to: Option<Moment>,
    /// How that is known.
    pub basis: PlacementBasis,
}

/// A VM not running.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Downtime {
    /// Since when, at the latest; null when since before the logs begin.
    pub from: Option<Moment>,
    /// Until when; null when it is not known to have come back.
    pub to: Option<Moment>,
    /// Seconds between the two.
    pub downtime_s: Option<f64>,
    /// Why.
    pub cause: DowntimeCause,
    /// How long it was down at least and at most; null when its end is not known.
    pub bounds: Option<Bounds>,
}

/// Why something happened, as recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reason {
    /// Status code.
    pub code: Option<String>,
    /// The code's symbolic name, where known.
    pub name: Option<String>,
    /// Text as recorded.
    pub text: Option<String>,
}

/// One move of one VM.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Migration {
    /// The VM's name.
    pub vm: Option<String>,
    /// Its GUID.
    pub vm_id: Option<String>,
    /// What kind of move.
    pub kind: MoveKind,
    /// Source.
    pub from_node: Option<String>,
    /// Destination.
    pub to_node: Option<String>,
    /// The destination is named by no record and was inferred.
    pub to_inferred: bool,
    /// First record of it.
    pub started: Option<Moment>,
    /// Last record of it.
    pub ended: Option<Moment>,
    /// Seconds from begin to end.
    pub duration_s: Option<f64>,
    /// Seconds for which the VM was paused, as recorded.
    pub blackout_s: Option<f64>,
    /// Seconds for which it ran slower while its memory was copied, as recorded.
    pub brownout_s: Option<f64>,
    /// Memory of the VM in MiB, where known.
    pub memory_mib: Option<f64>,
    /// Its parts in order of time, where records tell them.
    pub phases: Vec<Phase>,
    /// How it ended.
    pub outcome: MoveOutcome,
    /// Whether it was asked for.
    pub planned: Option<bool>,
    /// Why it failed.
    pub reason: Option<Reason>,
    /// Its records.
    pub evidence: Vec<Evidence>,
}

/// A role that went down and was brought back by the cluster.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failover {
    /// The role.
    pub group: Option<String>,
    /// Its VM's name.
    pub vm: Option<String>,
    /// Where it was.
    pub from_node: Option<String>,
    /// Where it came back.
    pub to_node: Option<String>,
    /// Why.
    pub cause: FailoverCause,
    /// Whether the move was asked for.
    pub planned: bool,
    /// When it went down.
    pub down_from: Option<Moment>,
    /// When it was up again.
    pub up_at: Option<Moment>,
    /// Seconds between the two.
    pub downtime_s: Option<f64>,
    /// How long it was down at least and at most.
    pub bounds: Option<Bounds>,
    /// Why `planned` is what it is.
    pub planned_because: PlannedBasis,
    /// Its incident, by position in `incidents`.
    pub incident: Option<usize>,
    /// The records that show it.
    pub evidence: Vec<Evidence>,
}

/// A part of a move.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Phase {
    /// Which part.
    pub phase: MovePhase,
    /// The node that recorded it.
    pub node: Option<String>,
    /// Its begin.
    pub from: Option<Moment>,
    /// Its end.
    pub to: Option<Moment>,
    /// Seconds, as recorded or from begin to end.
    pub seconds: Option<f64>,
}

/// Failovers and restarts with one cause.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Incident {
    /// The node where it began.
    pub node: Option<String>,
    /// Why.
    pub cause: FailoverCause,
    /// Whether it was asked for; null when nothing tells.
    pub planned: Option<bool>,
    /// Why we think so.
    pub planned_because: PlannedBasis,
    /// The VMs that were down.
    pub vms: Vec<String>,
    /// When the first of them went down.
    pub down_from: Option<Moment>,
    /// When the last of them was back.
    pub last_back: Option<Moment>,
    /// From the first symptom to the last VM back.
    pub chain: Vec<ChainLink>,
}

/// A link of an incident's chain.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChainLink {
    /// The first record's time.
    pub time: Moment,
    /// What it does in the story.
    pub role: ChainRole,
    /// What it says.
    pub kind: EventKind,
    /// The node that it is about.
    pub node: Option<String>,
    /// How many records say so.
    pub count: usize,
    /// The first of them.
    pub evidence: Vec<Evidence>,
}

/// Quorum, witness and membership.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Quorum {
    /// Losses in order of time.
    pub losses: Vec<QuorumLoss>,
    /// The witness.
    pub witness: Vec<Interval<WitnessState>>,
    /// Membership views in order of time.
    pub views: Vec<View>,
}

/// A time without quorum.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QuorumLoss {
    /// The node that said so.
    pub node: Option<String>,
    /// Since when.
    pub from: Moment,
    /// Until the node was in a cluster again.
    pub to: Option<Moment>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// Who is in the cluster, as one node saw it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct View {
    /// When the node logged it.
    pub time: Moment,
    /// The node.
    pub node: Option<String>,
    /// The view's number.
    pub number: Option<String>,
    /// Who joined with it.
    pub joined: Vec<String>,
    /// Who left with it.
    pub left: Vec<String>,
}

/// A volume or disk as one node saw it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// The node.
    pub node: Option<String>,
    /// Its states.
    pub states: Vec<Interval<VolumeState>>,
}

/// A network or link as its node saw it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// Its name.
    pub name: String,
    /// Its node; null for a cluster network.
    pub node: Option<String>,
    /// The VM that it serves.
    pub vm: Option<String>,
    /// Its states.
    pub states: Vec<Interval<LinkState>>,
}

/// A step of a node's clock.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClockJump {
    /// When, by the clock before the step.
    pub at: Moment,
    /// Milliseconds that it went forward; negative when back.
    pub by_ms: f64,
}

/// Something that changed in a network.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NetworkChange {
    /// When.
    pub time: Moment,
    /// On which node.
    pub node: Option<String>,
    /// What.
    pub kind: EventKind,
    /// The VM it concerns.
    pub vm: Option<String>,
    /// Network, interface, switch, port or NIC.
    pub name: Option<String>,
    /// Value before.
    pub before: Option<String>,
    /// Value after.
    pub after: Option<String>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// What kind of source said it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A Windows event log record.
    EventLog,
    /// A line of a cluster.log.
    ClusterLog,
    /// Said by a person; not logged.
    Note,
    /// A configuration export or report.
    Inventory,
    /// Concluded from other events.
    Derived,
}

/// A place to open and see.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Evidence {
    /// The file or archive member.
    pub source: String,
    /// Record id, for event logs.
    pub record: Option<u64>,
    /// Line, or number of the entry, counted from 1.
    pub line: Option<u64>,
    /// When.
    pub time: Moment,
    /// The node that wrote it.
    pub node: Option<String>,
    /// What kind of source it is.
    pub origin: Origin,
    /// What it says.
    pub kind: EventKind,
    /// The same as a sentence.
    pub summary: String,
    /// The record's own message, safe to show, lines parted by `\n`; where it was
    /// collected.
    pub message: Option<String>,
    /// The language of that message (`ja-JP`), where the collector names a known one.
    pub message_language: Option<String>,
}

/// What a finding is about.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Subject {
    /// What it is.
    pub kind: EntityKind,
    /// Its name.
    pub name: String,
}

/// How a step of a rule went.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Found, and the evidence says it.
    Observed,
    /// Found, and the evidence fits other things as well.
    Circumstantial,
    /// Had to be absent, could have been seen, and was not there.
    AbsenceSeen,
    /// Looked for where it could have been seen, and not found.
    NotFound,
    /// Could not have been seen.
    NotObservable,
}

/// One step of a rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    /// Its id in the rule.
    pub id: String,
    /// What it looks for.
    pub what: String,
    /// How it went.
    pub result: StepState,
}

/// One verdict of one rule on one subject.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How serious the issue is.
    pub severity: Severity,
    /// The rule explains something harmless.
    pub benign: bool,
    /// On what.
    pub subject: Subject,
    /// Earliest evidence.
    pub first: Option<Moment>,
    /// Latest evidence.
    pub last: Option<Moment>,
    /// How often it was found for the subject.
    pub occurrences: u32,
    /// The rule's steps in order.
    pub steps: Vec<Step>,
    /// All evidence, in order of time.
    pub evidence: Vec<Evidence>,
    /// What would settle the verdict.
    pub missing: Vec<String>,
    /// What leaves no event, of all that was looked for and not found.
    pub unlogged: Vec<String>,
    /// Why the verdict is what it is.
    pub explanation: String,
    /// What to do, in order.
    pub remedy: Vec<String>,
    /// Public references.
    pub references: Vec<String>,
    /// It is to be read by itself: no finding on the same records says more, explains it
    /// away or accounts for the harm.
    pub leads: bool,
    /// Other findings on the same records.
    pub related: Vec<Related>,
}

/// A finding that stands on the same records as another.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Related {
    /// The other finding's rule.
    pub rule: String,
    /// On what the other is.
    pub subject: Subject,
    /// How the other relates to this one.
    pub how: Relation,
}

impl From<&Entity> for Subject {
    fn from(entity: &Entity) -> Self {
        Subject {
            kind: entity.kind,
            name: entity.name.clone(),
        }
    }
}

/// What a rule did not list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotListed {
    /// The rule's id.
    pub rule: String,
    /// Subjects on which no step was observed.
    pub subjects: u64,
    /// Of these, how many could not have been assessed.
    pub not_assessable: u64,
}

/// Trouble while reading.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// What kind (`evtx-chunk`, `line`, …).
    pub code: String,
    /// Where, for several the first.
    pub source: String,
    /// How often.
    pub count: u64,
    /// What happened.
    pub message: String,
    /// Whether input was lost.
    pub loss: bool,
}

/// Everything a report knows, as the contract states it.
#[must_use]
pub fn contract(timeline: &Timeline, verdicts: &Verdicts, options: &Options) -> Report {
    let build = Build {
        timeline,
        verdicts,
        options,
    };
    build.report()
}

impl Report {
    /// The same report with only what concerns some VMs: the VMs, their moves,
    /// failovers, incidents, links and network changes, and the findings that stand on
    /// their records. What was read, the nodes and the clocks stay, so that it can be
    /// judged. `self` must be the report of this timeline and these verdicts.
    #[must_use]
    pub fn narrowed(mut self, timeline: &Timeline, verdicts: &Verdicts, vms: &[VmIndex]) -> Self {
        fn keep<T, U>(list: Vec<T>, of: &[U], wanted: impl Fn(&U) -> bool) -> Vec<T> {
            list.into_iter()
                .zip(of)
                .filter_map(|(told, source)| wanted(source).then_some(told))
                .collect()
        }
        let one = |vm: Option<VmIndex>| vm.is_some_and(|vm| vms.contains(&vm));
        let mut at = 0..;
        self.vms.retain(|_| one(at.next()));
        self.migrations = keep(self.migrations, &timeline.migrations, |m| one(Some(m.vm)));
        self.failovers = keep(self.failovers, &timeline.failovers, |f| one(f.vm));
        // Failovers name incidents by position, so none of these is taken out; the
        // others are only emptied of their chains.
        for (told, incident) in self.incidents.iter_mut().zip(&timeline.incidents) {
            if !incident.vms.iter().any(|vm| one(Some(*vm))) {
                told.chain.clear();
            }
        }
        self.links = keep(self.links, &timeline.links, |l| l.vm.is_none() || one(l.vm));
        self.network_changes = keep(self.network_changes, &timeline.network_changes, |c| {
            c.vm.is_none() || one(c.vm)
        });
        self.findings = keep(self.findings, &verdicts.findings, |f| {
            f.evidence
                .iter()
                .any(|at| one(timeline.event_vm.get(*at).copied().flatten()))
        });
        self
    }
}

/// The JSON Schema of the contract.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Report).to_value();
    if let Some(property) = schema.pointer_mut("/properties/schema") {
        property["const"] = SCHEMA.into();
    }
    schema
}

struct Build<'a> {
    timeline: &'a Timeline,
    verdicts: &'a Verdicts,
    options: &'a Options,
}

fn shown(node: Option<&NodeName>) -> Option<String> {
    node.map(|n| n.as_str().to_owned())
}

impl Build<'_> {
    fn text(&self, text: &Localized) -> String {
        text.get(self.options.lang).to_owned()
    }

    fn vm_name(&self, vm: Option<usize>) -> Option<String> {
        let name: Option<&VmName> = self.timeline.vms.get(vm?)?.name.as_ref();
        name.map(|n| n.as_str().to_owned())
    }

    fn evidence(&self, events: &[usize]) -> Vec<Evidence> {
        events
            .iter()
            .filter_map(|&at| self.timeline.events.get(at))
            .map(|event| Evidence {
                source: event.source.member.to_string(),
                record: event.source.record(),
                line: event.source.line(),
                time: event.time,
                node: shown(event.node.as_ref()),
                origin: (&event.origin).into(),
                kind: event.kind,
                summary: locale::summary(event, self.options.lang),
                message: event.message.as_deref().map(super::plain::lines),
                message_language: event
                    .message
                    .as_ref()
                    .and_then(|_| self.timeline.coverage.messages.get(&event.source.member))
                    .and_then(|file| file.language())
                    .map(str::to_owned),
            })
            .collect()
    }

    fn report(&self) -> Report {
        let timeline = self.timeline;
        Report {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            lang: self.options.lang_code().to_owned(),
            cluster: timeline.inventory.cluster.clone(),
            window: timeline.window().map(|w| Span {
                from: w.from,
                to: w.to,
            }),
            coverage: self.coverage(),
            clock: timeline
                .clocks
                .iter()
                .map(|c| Clock {
                    node: c.node.to_string(),
                    offset_ms: c.offset_s.map(|s| s * 1000.0),
                    error_ms: c.error_s.map(|s| s * 1000.0),
                    basis: c.basis.clone(),
                    jumps: c
                        .jumps
                        .iter()
                        .map(|j| ClockJump {
                            at: j.at,
                            by_ms: j.by_s * 1000.0,
                        })
                        .collect(),
                })
                .collect(),
            nodes: timeline.nodes.iter().map(node).collect(),
            vms: timeline.vms.iter().map(vm).collect(),
            migrations: timeline
                .migrations
                .iter()
                .map(|m| self.migration(m))
                .collect(),
            failovers: timeline
                .failovers
                .iter()
                .map(|f| self.failover(f))
                .collect(),
            incidents: timeline
                .incidents
                .iter()
                .map(|i| self.incident(i))
                .collect(),
            quorum: self.quorum(&timeline.quorum),
            volumes: timeline
                .volumes
                .iter()
                .map(|v| Volume {
                    name: v.name.to_string(),
                    node: shown(v.node.as_ref()),
                    states: intervals(&v.states, |s| *s),
                })
                .collect(),
            links: timeline
                .links
                .iter()
                .map(|l| Link {
                    kind: l.kind,
                    name: l.name.to_string(),
                    node: shown(l.node.as_ref()),
                    vm: self.vm_name(l.vm),
                    states: intervals(&l.states, |s| *s),
                })
                .collect(),
            network_changes: timeline
                .network_changes
                .iter()
                .map(|c| NetworkChange {
                    time: c.time,
                    node: shown(c.node.as_ref()),
                    kind: c.kind,
                    vm: self.vm_name(c.vm),
                    name: c.name.as_deref().map(str::to_owned),
                    before: c.before.clone(),
                    after: c.after.clone(),
                    evidence: self.evidence(&[c.evidence]),
                })
                .collect(),
            findings: self
                .verdicts
                .findings
                .iter()
                .map(|f| self.finding(f))
                .collect(),
            not_listed: self
                .verdicts
                .counts
                .iter()
                .map(|(rule, count)| NotListed {
                    rule: rule.to_string(),
                    subjects: count.untouched,
                    not_assessable: count.not_assessable,
                })
                .collect(),
            diagnostics: timeline
                .diagnostics
                .iter()
                .map(|d| Diagnostic {
                    code: d.code.name().to_owned(),
                    source: place(&d.source),
                    count: d.count,
                    message: d.message,
                    loss: d.code.is_loss(),
                })
                .collect(),
        }
    }

    fn coverage(&self) -> Coverage {
        let coverage = &self.timeline.coverage;
        let logged = coverage.logged_nodes();
        Coverage {
            files: coverage
                .files
                .iter()
                .map(|f| File {
                    path: f.path.to_string(),
                    kind: f.kind.name().to_owned(),
                    node: shown(f.node.as_ref()),
                    records_read: f.records_read,
                    records_failed: f.records_failed,
                    first: f.first,
                    last: f.last,
                    time_basis: f.time_basis.to_string(),
                })
                .collect(),
            logs: self
                .timeline
                .logs
                .iter()
                .map(|log| Log {
                    node: log.node.to_string(),
                    channel: log.channel.to_string(),
                    windows: (log.windows.iter())
                        .map(|w| Span {
                            from: w.from,
                            to: w.to,
                        })
                        .collect(),
                    missing: log.missing,
                    cut: log.cut,
                    begin: log.begin,
                })
                .collect(),
            records_read: coverage.records_read(),
            records_failed: coverage.records_failed(),
            gaps: coverage
                .gaps
                .iter()
                .map(|g| Gap {
                    path: g.path.to_string(),
                    node: shown(g.node.as_ref()),
                    channel: g.channel.to_string(),
                    after_record: g.after_record,
                    before_record: g.before_record,
                    missing: g.missing(),
                    from: g.window.from,
                    to: g.window.to,
                })
                .collect(),
            logs_not_collected: (self.timeline.not_collected.iter())
                .map(|log| NotCollected {
                    node: shown(log.node.as_ref()),
                    channel: log.channel.to_string(),
                })
                .collect(),
            nodes_without_logs: coverage
                .named_nodes
                .difference(&logged)
                .map(ToString::to_string)
                .collect(),
            records_unknown: coverage.unknown.values().sum(),
            unlogged: (self.timeline.unlogged().iter())
                .map(|a| Unlogged {
                    phase: a.phase.clone(),
                    says: super::plain::sentence(a.text(self.options.lang)),
                    windows: a.windows.clone(),
                    nearest: a.nearest.clone(),
                })
                .collect(),
        }
    }

    fn migration(&self, m: &timeline::Migration) -> Migration {
        let vm = self.timeline.vms.get(m.vm);
        Migration {
            vm: self.vm_name(Some(m.vm)),
            vm_id: vm.and_then(|v| v.id).map(|id| id.to_string()),
            kind: m.kind,
            from_node: shown(m.from_node.as_ref()),
            to_node: shown(m.to_node.as_ref()),
            to_inferred: m.to_inferred,
            started: m.started,
            ended: m.ended,
            duration_s: m.duration_s,
            blackout_s: m.blackout_s,
            brownout_s: m.brownout_s,
            memory_mib: m.memory_mib,
            phases: m
                .phases
                .iter()
                .map(|p| Phase {
                    phase: p.phase,
                    node: shown(p.node.as_ref()),
                    from: p.from,
                    to: p.to,
                    seconds: p.seconds,
                })
                .collect(),
            outcome: m.outcome,
            planned: m.planned,
            reason: m.reason.as_ref().map(|r| Reason {
                code: r.code.clone(),
                name: r.name.clone(),
                text: r.text.clone(),
            }),
            evidence: self.evidence(&m.evidence),
        }
    }

    fn failover(&self, f: &timeline::Failover) -> Failover {
        Failover {
            group: f.group.as_ref().map(|g| g.as_str().to_owned()),
            vm: self.vm_name(f.vm),
            from_node: shown(f.from_node.as_ref()),
            to_node: shown(f.to_node.as_ref()),
            cause: f.cause,
            planned: f.planned,
            down_from: f.down_from,
            up_at: f.up_at,
            downtime_s: f.downtime_s,
            bounds: f.bounds,
            planned_because: f.planned_because,
            incident: f.incident,
            evidence: self.evidence(&f.evidence),
        }
    }

    fn incident(&self, i: &timeline::Incident) -> Incident {
        Incident {
            node: shown(i.node.as_ref()),
            cause: i.cause,
            planned: i.planned,
            planned_because: i.planned_because,
            vms: i
                .vms
                .iter()
                .filter_map(|vm| Some(self.timeline.vms.get(*vm)?.label()))
                .collect(),
            down_from: i.down_from,
            last_back: i.last_back,
            chain: i
                .chain
                .iter()
                .map(|l| ChainLink {
                    time: l.time,
                    role: l.role,
                    kind: l.kind,
                    node: shown(l.node.as_ref()),
                    count: l.evidence.len(),
                    evidence: self.evidence(l.evidence.get(..1).unwrap_or_default()),
                })
                .collect(),
        }
    }

    fn quorum(&self, q: &timeline::Quorum) -> Quorum {
        Quorum {
            losses: q
                .losses
                .iter()
                .map(|l| QuorumLoss {
                    node: shown(l.node.as_ref()),
                    from: l.from,
                    to: l.to,
                    evidence: self.evidence(&l.evidence),
                })
                .collect(),
            witness: intervals(&q.witness, |s| *s),
            views: q
                .views
                .iter()
                .map(|v| View {
                    time: v.time,
                    node: shown(v.node.as_ref()),
                    number: v.number.clone(),
                    joined: v.joined.clone(),
                    left: v.left.clone(),
                })
                .collect(),
        }
    }

    fn finding(&self, f: &crate::rules::verdict::Finding) -> Finding {
        let rule = self.verdicts.rules.get(&f.rule);
        Finding {
            rule: f.rule.to_string(),
            title: rule.map_or_else(|| f.rule.to_string(), |r| self.text(&r.title)),
            verdict: f.verdict,
            severity: f.severity,
            benign: rule.is_some_and(|r| r.benign),
            subject: (&f.subject).into(),
            first: f.first,
            last: f.last,
            occurrences: f.occurrences,
            steps: f
                .steps
                .iter()
                .map(|s| Step {
                    id: s.id.to_string(),
                    what: self.text(&s.what),
                    result: (&s.outcome).into(),
                })
                .collect(),
            evidence: self.evidence(&f.evidence),
            missing: f.missing.iter().map(|m| self.text(m)).collect(),
            unlogged: (self.timeline.unlogged_of(&f.sought()).iter())
                .map(|a| super::plain::sentence(a.text(self.options.lang)))
                .collect(),
            explanation: self.text(&f.explanation),
            remedy: rule
                .map(|r| r.remedy.iter().map(|m| self.text(m)).collect())
                .unwrap_or_default(),
            references: rule.map(|r| r.references.clone()).unwrap_or_default(),
            leads: f.leads(),
            related: (f.related.iter())
                .map(|r| Related {
                    rule: r.rule.to_string(),
                    subject: (&r.subject).into(),
                    how: r.how,
                })
                .collect(),
        }
    }
}

fn place(source: &SourceRef) -> String {
    source.to_string()
}

fn intervals<S, T>(list: &[timeline::Interval<S>], told: impl Fn(&S) -> T) -> Vec<Interval<T>> {
    list.iter()
        .map(|i| Interval {
            state: told(&i.state),
            from: i.from,
            to: i.to,
        })
        .collect()
}

fn node(n: &timeline::NodeTrail) -> Node {
    Node {
        name: n.name.to_string(),
        os: n.os.clone(),
        build: n.build,
        has_logs: n.has_logs,
        states: intervals(&n.intervals, |s| *s),
    }
}

fn vm(v: &timeline::VmTrail) -> Vm {
    Vm {
        name: v.name.as_ref().map(|n| n.as_str().to_owned()),
        id: v.id.map(|id| id.to_string()),
        group: v.group.as_ref().map(|g| g.as_str().to_owned()),
        names: intervals(&v.names, |n| n.as_str().to_owned()),
        memory_mib: v.memory_mib,
        states: intervals(&v.states, |s| *s),
        placements: v
            .placements
            .iter()
            .map(|p| Placement {
                node: p.node.to_string(),
                from: p.from,
                to: p.to,
                basis: p.basis,
            })
            .collect(),
        downtimes: v
            .downtimes
            .iter()
            .map(|d| Downtime {
                from: d.from,
                to: d.to,
                downtime_s: d.from.zip(d.to).map(|(from, to)| to.seconds_since(from)),
                cause: d.cause,
                bounds: d.bounds,
            })
            .collect(),
    }
}

impl From<&crate::model::event::Origin> for Origin {
    fn from(origin: &crate::model::event::Origin) -> Self {
        use crate::model::event::Origin as From;
        match origin {
            From::EventLog { .. } => Origin::EventLog,
            From::ClusterLog { .. } => Origin::ClusterLog,
            From::Note => Origin::Note,
            From::Inventory => Origin::Inventory,
            From::Derived => Origin::Derived,
        }
    }
}

impl From<&StepOutcome> for StepState {
    fn from(outcome: &StepOutcome) -> Self {
        match outcome {
            StepOutcome::Observed {
                grade: Grade::Direct,
                ..
            } => StepState::Observed,
            StepOutcome::Observed {
                grade: Grade::Circumstantial,
                ..
            } => StepState::Circumstantial,
            StepOutcome::AbsenceSeen => StepState::AbsenceSeen,
            StepOutcome::NotFound => StepState::NotFound,
            StepOutcome::NotObservable => StepState::NotObservable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Lang;
    use crate::report::fixture;
    use serde_json::Value;

    fn json(lang: Lang) -> Value {
        let (timeline, verdicts) = fixture::case();
        serde_json::to_value(contract(&timeline, &verdicts, &Options::new(lang))).unwrap()
    }

    #[track_caller]
    fn has_keys(value: &Value, keys: &str) {
        for key in keys.split_whitespace() {
            assert!(value.get(key).is_some(), "{key} is missing in {value:#}");
        }
    }

    #[test]
    fn it_has_every_field_that_was_promised() {
        let report = json(Lang::En);
        assert_eq!(report["schema"], SCHEMA);
        has_keys(
            &report,
            "coverage clock nodes vms migrations failovers network_changes findings diagnostics",
        );
        has_keys(
            &report["coverage"],
            "files records_read records_failed gaps",
        );
        has_keys(
            &report["coverage"]["files"][0],
            "path kind node records_read records_failed first last time_basis",
        );
        has_keys(&report["clock"][0], "node offset_ms error_ms basis");
        has_keys(&report["vms"][0], "name id placements");
        has_keys(&report["vms"][0]["placements"][0], "node from to");
        has_keys(
            &report["migrations"][0],
            "vm vm_id kind from_node to_node started ended duration_s blackout_s outcome planned reason evidence",
        );
        has_keys(&report["migrations"][1]["reason"], "code text");
        has_keys(
            &report["failovers"][0],
            "group vm from_node to_node cause planned down_from up_at downtime_s evidence",
        );
        has_keys(
            &report["findings"][0],
            "rule verdict severity subject first last evidence missing explanation remedy references",
        );
        has_keys(&report["findings"][0]["subject"], "kind name");
        has_keys(
            &report["findings"][0]["evidence"][0],
            "source record line time node summary",
        );
        has_keys(&report["diagnostics"][0], "code source count message");
    }

    #[test]
    fn unknown_is_null_and_spellings_are_those_of_the_contract() {
        let report = json(Lang::En);
        assert!(report["migrations"][1]["to_node"].is_null());
        assert!(report["migrations"][1]["blackout_s"].is_null());
        assert!(report["migrations"][1]["planned"].is_null());
        assert!(report["failovers"][1]["up_at"].is_null());
        assert!(report["clock"][2]["offset_ms"].is_null());
        assert_eq!(report["clock"][1]["offset_ms"], -1500.0);
        assert_eq!(report["migrations"][0]["kind"], "live");
        assert_eq!(report["migrations"][0]["started"], "2024-05-14T01:20:00Z");
        assert_eq!(report["failovers"][0]["cause"], "node_loss");
        let verdicts: Vec<&Value> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| &f["verdict"])
            .collect();
        assert_eq!(
            verdicts,
            [
                "confirmed",
                "probable",
                "not_assessable",
                "ruled_out",
                "confirmed"
            ]
        );
        assert_eq!(report["findings"][0]["evidence"][0]["origin"], "note");
    }

    /// Checks `value` against the parts of JSON Schema that schemars writes here.
    fn check(schema: &Value, root: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = root.pointer(reference.trim_start_matches('#')).unwrap();
            return check(target, root, value, at);
        }
        let options = schema.get("anyOf").or(schema.get("oneOf"));
        if let Some(options) = options.and_then(Value::as_array)
            && !options.iter().any(|o| check(o, root, value, at).is_ok())
        {
            return Err(format!("{at}: {value} fits none of {options:?}"));
        }
        if schema
            .get("const")
            .is_some_and(|expected| expected != value)
        {
            return Err(format!("{at}: {value} is not {}", schema["const"]));
        }
        if let Some(names) = schema.get("enum").and_then(Value::as_array)
            && !names.contains(value)
        {
            return Err(format!("{at}: {value} is not one of {names:?}"));
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(n) if n.is_u64() || n.is_i64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let fits = types.is_empty()
            || types.contains(&found)
            || (found == "integer" && types.contains(&"number"));
        if !fits {
            return Err(format!("{at}: {found}, expected {types:?}"));
        }
        if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
            for (n, item) in list.iter().enumerate() {
                check(items, root, item, &format!("{at}/{n}"))?;
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        if let (Some(properties), Some(object)) = (properties, value.as_object()) {
            for (key, inner) in object {
                let at = format!("{at}/{key}");
                let property = properties
                    .get(key)
                    .ok_or(format!("{at} is not in the schema"))?;
                check(property, root, inner, &at)?;
            }
            for key in schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                if !object.contains_key(key.as_str().unwrap()) {
                    return Err(format!("{at} lacks {key}"));
                }
            }
        }
        Ok(())
    }

    #[test]
    fn a_report_is_valid_by_its_own_schema() {
        let schema = schema();
        for lang in [Lang::En, Lang::Ja] {
            check(&schema, &schema, &json(lang), "").unwrap();
        }
    }

    #[test]
    fn the_check_notices_a_wrong_report() {
        let schema = schema();
        for (pointer, wrong) in [
            ("/findings/0/verdict", Value::from("sure")),
            ("/coverage/records_read", Value::from("many")),
            ("/migrations/0/kind", Value::Null),
            ("/vms/0/name", Value::from(3)),
        ] {
            let mut report = json(Lang::En);
            *report.pointer_mut(pointer).unwrap() = wrong;
            let error = check(&schema, &schema, &report, "").unwrap_err();
            assert!(error.starts_with(pointer), "{error}");
        }
    }

    #[test]
    fn the_schema_that_is_checked_in_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
        let mut current = serde_json::to_string_pretty(&schema()).unwrap();
        current.push('\n');
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
            std::fs::write(path, &current).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept.replace("\r\n", "\n") == current,
            "docs/report.schema.json is not current; run this test with UPDATE=1"
        );
    }
}
