//! The scenario language: what a trainer writes, read strictly and checked.
//!
//! Says nothing about what a step does to the cluster; that is `world`.
//! Everything that can be wrong without knowing the state of the cluster is
//! refused here, with line and column.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::model::id::{NodeName, VmId, VmName};
use crate::model::time::{CivilInstant, Moment, civil_to_utc};

use super::random::Random;

/// Why a scenario text cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{place}: {message}")]
pub struct ScenarioError {
    /// The scenario's name, as given to [`load_scenario`].
    pub name: String,
    /// Where in its text.
    pub place: Place,
    /// What is wrong, what was expected and what was found.
    pub message: String,
}

/// A place in a scenario text, both counted from 1; 0 where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: u64,
    /// Column, in characters.
    pub column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Place {
    fn of<T>(spanned: &Spanned<T>) -> Self {
        Place {
            line: spanned.referenced.line(),
            column: spanned.referenced.column(),
        }
    }
}

/// The Windows Server version of all nodes; it decides which events exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Windows {
    /// Windows Server 2008 R2 SP1.
    #[serde(rename = "2008r2")]
    W2008R2,
    /// Windows Server 2012.
    #[serde(rename = "2012")]
    W2012,
    /// Windows Server 2012 R2.
    #[serde(rename = "2012r2")]
    W2012R2,
    /// Windows Server 2016.
    #[serde(rename = "2016")]
    W2016,
    /// Windows Server 2019.
    #[serde(rename = "2019")]
    W2019,
    /// Windows Server 2022.
    #[serde(rename = "2022")]
    W2022,
}

impl Windows {
    /// Build number.
    #[must_use]
    pub fn build(self) -> u32 {
        match self {
            Windows::W2008R2 => 7601,
            Windows::W2012 => 9200,
            Windows::W2012R2 => 9600,
            Windows::W2016 => 14393,
            Windows::W2019 => 17763,
            Windows::W2022 => 20348,
        }
    }

    /// Major and minor version of the kernel.
    #[must_use]
    pub fn kernel(self) -> (u32, u32) {
        match self {
            Windows::W2008R2 => (6, 1),
            Windows::W2012 => (6, 2),
            Windows::W2012R2 => (6, 3),
            Windows::W2016 | Windows::W2019 | Windows::W2022 => (10, 0),
        }
    }

    /// The product's name, as `systeminfo` prints it.
    #[must_use]
    pub fn product(self) -> &'static str {
        match self {
            Windows::W2008R2 => "Microsoft Windows Server 2008 R2 Datacenter",
            Windows::W2012 => "Microsoft Windows Server 2012 Datacenter",
            Windows::W2012R2 => "Microsoft Windows Server 2012 R2 Datacenter",
            Windows::W2016 => "Microsoft Windows Server 2016 Datacenter",
            Windows::W2019 => "Microsoft Windows Server 2019 Datacenter",
            Windows::W2022 => "Microsoft Windows Server 2022 Datacenter",
        }
    }

    /// The name used in scenarios and in the truth.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Windows::W2008R2 => "2008r2",
            Windows::W2012 => "2012",
            Windows::W2012R2 => "2012r2",
            Windows::W2016 => "2016",
            Windows::W2019 => "2019",
            Windows::W2022 => "2022",
        }
    }
}

/// Who collected the bundle; it decides names, folders and the clock of
/// cluster.log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Collector {
    /// `Get-SddcDiagnosticInfo`.
    Sddc,
    /// The support diagnostics of the 2008 R2 era.
    Sdp,
    /// The cluster script of the troubleshooting script set.
    Tss,
    /// Folders copied from the nodes by hand.
    Folder,
}

/// How events are written whose field names nobody has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// With guessed names.
    Named,
    /// `Data` without names.
    Unnamed,
    /// `Parameter0`, `Parameter1`, ….
    Parameter,
    /// The three in turn.
    Mixed,
}

/// How many everyday events there are that mean nothing for the story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Noise {
    /// None.
    None,
    /// A few.
    Low,
    /// As on a quiet server.
    #[default]
    Normal,
    /// As on a busy one.
    High,
}

/// How a live migration ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The VM runs on the destination.
    #[default]
    Completed,
    /// It failed; the VM still runs on the source.
    Failed,
    /// It was canceled; the VM still runs on the source.
    Canceled,
}

/// With what a setting was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditTool {
    /// Hyper-V's own tool: the cluster's copy of the settings stays as it was.
    HyperVManager,
    /// The cluster's tool: both copies change.
    FailoverClusterManager,
}

impl EditTool {
    pub(super) fn name(self) -> &'static str {
        match self {
            EditTool::HyperVManager => "hyper-v-manager",
            EditTool::FailoverClusterManager => "failover-cluster-manager",
        }
    }
}

/// A checked scenario, ready to be simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(super) name: String,
    pub(super) cluster: String,
    pub(super) windows: Windows,
    pub(super) collector: Collector,
    pub(super) domain: String,
    pub(super) zone: TimeZone,
    pub(super) booted: Moment,
    pub(super) end: Moment,
    pub(super) seed: u64,
    pub(super) shape: Shape,
    pub(super) noise: Noise,
    pub(super) nodes: Vec<NodePlan>,
    pub(super) vms: Vec<VmPlan>,
    pub(super) networks: Vec<String>,
    pub(super) lose: Vec<Loss>,
    pub(super) events: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct NodePlan {
    pub(super) name: String,
    pub(super) address: Ipv4Addr,
    pub(super) offset_s: f64,
    pub(super) id: u32,
}

#[derive(Clone, Debug)]
pub(super) struct VmPlan {
    pub(super) name: String,
    pub(super) id: VmId,
    pub(super) node: usize,
    pub(super) memory_gb: f64,
    pub(super) vlan: u32,
    pub(super) switch: String,
    pub(super) mac: String,
    pub(super) running: bool,
}

/// Records that did not make it into the bundle.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    pub(super) place: Place,
    pub(super) node: usize,
    pub(super) log: String,
    pub(super) from: Option<Moment>,
    pub(super) to: Option<Moment>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) at: Moment,
    pub(super) action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    LiveMigrate {
        vm: usize,
        to: usize,
        blackout_s: Option<f64>,
        outcome: Outcome,
    },
    QuickMigrate {
        vm: usize,
        to: usize,
    },
    Drain(usize),
    Resume(usize),
    Restart {
        node: usize,
        kb: Option<String>,
        down_s: f64,
    },
    Crash {
        node: usize,
        down_s: f64,
        bugcheck: Option<u32>,
    },
    ChangeVlan {
        vm: usize,
        to: u32,
        with: EditTool,
    },
    RefreshConfig(usize),
    NetworkOutage(usize),
    Snapshot,
    Link {
        node: usize,
        nic: String,
        up: bool,
    },
    StartVm(usize),
    StopVm(usize),
    GuestShutdown(usize),
    GuestRestart(usize),
}

// The text as written.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioText {
    cluster: Spanned<String>,
    windows: Windows,
    collector: Collector,
    domain: Spanned<String>,
    time_zone: Spanned<String>,
    booted: Option<Spanned<String>>,
    start: Spanned<String>,
    end: Spanned<String>,
    seed: u64,
    shape: Shape,
    #[serde(default)]
    noise: Noise,
    nodes: Spanned<Vec<NodeText>>,
    vms: Vec<VmText>,
    networks: Vec<String>,
    #[serde(default)]
    lose: Vec<Spanned<LossText>>,
    events: Vec<Spanned<StepText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeText {
    name: Spanned<String>,
    address: Spanned<String>,
    clock_offset: Option<Spanned<f64>>,
    id: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VmText {
    name: Spanned<String>,
    node: Spanned<String>,
    memory_gb: Option<Spanned<f64>>,
    vlan: Option<Spanned<u32>>,
    #[serde(default = "external")]
    switch: String,
    mac: Option<Spanned<String>>,
    id: Option<Spanned<String>>,
    #[serde(default = "yes")]
    running: bool,
}

fn yes() -> bool {
    true
}

fn external() -> String {
    "External".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LossText {
    node: Spanned<String>,
    log: String,
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    at: Spanned<String>,
    live_migrate: Option<LiveMigrateText>,
    quick_migrate: Option<MoveText>,
    drain: Option<NodeRef>,
    resume: Option<NodeRef>,
    patch_and_restart: Option<PatchText>,
    restart: Option<RestartText>,
    crash: Option<CrashText>,
    change_vlan: Option<ChangeVlanText>,
    refresh_config: Option<VmRef>,
    network_outage: Option<VmRef>,
    snapshot: Option<SnapshotText>,
    link_down: Option<LinkText>,
    link_up: Option<LinkText>,
    start_vm: Option<VmRef>,
    stop_vm: Option<VmRef>,
    vm_guest_shutdown: Option<VmRef>,
    vm_guest_restart: Option<VmRef>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeRef {
    node: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VmRef {
    vm: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotText {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveMigrateText {
    vm: Spanned<String>,
    to: Spanned<String>,
    blackout: Option<Spanned<f64>>,
    #[serde(default)]
    outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveText {
    vm: Spanned<String>,
    to: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatchText {
    node: Spanned<String>,
    kb: String,
    down_for: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestartText {
    node: Spanned<String>,
    down_for: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrashText {
    node: Spanned<String>,
    down_for: Spanned<String>,
    bugcheck: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeVlanText {
    vm: Spanned<String>,
    to: Spanned<u32>,
    with: EditTool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkText {
    node: Spanned<String>,
    nic: String,
}

/// The longest time from the first start of the cluster to the collection.
const MAX_STORY_S: f64 = 31.0 * 86_400.0;

/// Reads a scenario.
///
/// `name` is used in messages and in nothing else.
///
/// # Errors
///
/// When the text is not YAML, has a key that the language does not know, lacks
/// one that it needs, names a node or VM that is not there, or states a time that
/// cannot be.
pub fn load_scenario(text: &str, name: &str) -> Result<Scenario, ScenarioError> {
    let text: ScenarioText = serde_saphyr::from_str(text).map_err(|e| ScenarioError {
        name: name.to_owned(),
        place: e.location().map_or(Place::default(), |at| Place {
            line: at.line(),
            column: at.column(),
        }),
        message: without_place(&e.without_snippet().to_string()),
    })?;
    Checker { name }.scenario(text)
}

/// The parser's message says the place again at its end.
fn without_place(message: &str) -> String {
    match message.rsplit_once(" at line ") {
        Some((head, tail)) if !tail.contains('\n') => head.to_owned(),
        _ => message.to_owned(),
    }
}

/// Turns the text into a scenario, and every mistake into an error with its place.
struct Checker<'a> {
    name: &'a str,
}

impl Checker<'_> {
    fn error(&self, place: Place, message: String) -> ScenarioError {
        ScenarioError {
            name: self.name.to_owned(),
            place,
            message,
        }
    }

    fn scenario(&self, text: ScenarioText) -> Result<Scenario, ScenarioError> {
        let zone = TimeZone::get(&text.time_zone.value).map_err(|_| {
            self.error(
                Place::of(&text.time_zone),
                format!(
                    "expected a time zone of the IANA database, such as Asia/Tokyo, found {:?}",
                    text.time_zone.value
                ),
            )
        })?;
        if !is_file_name(&text.cluster.value) {
            return Err(self.error(
                Place::of(&text.cluster),
                format!(
                    "expected a cluster name of letters, digits and hyphens, found {:?}",
                    text.cluster.value
                ),
            ));
        }
        let start = self.time(&text.start, &zone, None)?;
        let end = self.time(&text.end, &zone, Some(start))?;
        let booted = match &text.booted {
            Some(at) => self.time(at, &zone, Some(start))?,
            None => start.plus_seconds(-7200.0),
        };
        if !text.domain.value.split('.').all(is_file_name) {
            return Err(self.error(
                Place::of(&text.domain),
                format!(
                    "expected a domain such as corp.example, found {:?}",
                    text.domain.value
                ),
            ));
        }
        if end <= start || end.seconds_since(booted) > MAX_STORY_S {
            return Err(self.error(
                Place::of(&text.end),
                format!("expected an end after {start}, and at most 31 days after {booted}"),
            ));
        }
        if booted > start {
            return Err(self.error(
                text.booted.as_ref().map_or(Place::default(), Place::of),
                "the cluster has to be booted before the story starts".to_owned(),
            ));
        }
        let nodes = self.nodes(&text.nodes)?;
        let vms = self.vms(&text.vms, &nodes, text.seed)?;
        let names = Names {
            checker: self,
            nodes: &nodes,
            vms: &vms,
        };
        let mut lose = Vec::new();
        for loss in &text.lose {
            lose.push(Loss {
                place: Place::of(loss),
                node: names.node(&loss.value.node)?,
                log: loss.value.log.clone(),
                from: self.optional_time(loss.value.from.as_ref(), &zone, start)?,
                to: self.optional_time(loss.value.to.as_ref(), &zone, start)?,
            });
        }
        let mut events = Vec::new();
        let mut last = start;
        for step in &text.events {
            let at = self.time(&step.value.at, &zone, Some(last))?;
            if at < last || at >= end {
                return Err(self.error(
                    Place::of(&step.value.at),
                    format!(
                        "expected a time not before {last} (the event before it) and before {end} \
                         (the end), found {at}"
                    ),
                ));
            }
            last = at;
            events.push(Step {
                place: Place::of(step),
                at,
                action: names.action(step)?,
            });
        }
        Ok(Scenario {
            name: self.name.to_owned(),
            cluster: text.cluster.value,
            windows: text.windows,
            collector: text.collector,
            domain: text.domain.value,
            zone,
            booted,
            end,
            seed: text.seed,
            shape: text.shape,
            noise: text.noise,
            nodes,
            vms,
            networks: text.networks,
            lose,
            events,
        })
    }

    fn nodes(&self, text: &Spanned<Vec<NodeText>>) -> Result<Vec<NodePlan>, ScenarioError> {
        if text.value.len() < 2 {
            return Err(self.error(
                Place::of(text),
                format!("expected at least 2 nodes, found {}", text.value.len()),
            ));
        }
        let mut seen = BTreeSet::new();
        let mut nodes = Vec::new();
        for (at, node) in text.value.iter().enumerate() {
            let name = &node.name.value;
            if !is_file_name(name) || !seen.insert(name.to_lowercase()) {
                return Err(self.error(
                    Place::of(&node.name),
                    format!(
                        "expected a node name of letters, digits and hyphens that no other node \
                         has, found {name:?}"
                    ),
                ));
            }
            let id = node.id.unwrap_or(at as u32 + 1);
            if nodes.iter().any(|n: &NodePlan| n.id == id) {
                return Err(self.error(
                    Place::of(&node.name),
                    format!("expected an id that no other node has, found {id}"),
                ));
            }
            let address = node.address.value.parse().map_err(|_| {
                self.error(
                    Place::of(&node.address),
                    format!("expected an IPv4 address, found {:?}", node.address.value),
                )
            })?;
            nodes.push(NodePlan {
                name: name.clone(),
                address,
                offset_s: self.number_or(node.clock_offset.as_ref(), -3600.0, 3600.0, 0.0)?,
                id,
            });
        }
        Ok(nodes)
    }

    fn vms(
        &self,
        text: &[VmText],
        nodes: &[NodePlan],
        seed: u64,
    ) -> Result<Vec<VmPlan>, ScenarioError> {
        let mut vms: Vec<VmPlan> = Vec::new();
        for vm in text {
            let name = &vm.name.value;
            if VmName::new(name).is_none() || vms.iter().any(|v| v.name.eq_ignore_ascii_case(name))
            {
                return Err(self.error(
                    Place::of(&vm.name),
                    format!("expected a VM name that no other VM has, found {name:?}"),
                ));
            }
            let mut random = Random::stream(seed, &format!("vm {name}"));
            let id = match &vm.id {
                Some(id) => VmId::parse(&id.value).ok_or_else(|| {
                    self.error(
                        Place::of(id),
                        format!("expected a GUID, found {:?}", id.value),
                    )
                })?,
                None => VmId::from_u128(random.guid()).ok_or_else(|| {
                    self.error(
                        Place::of(&vm.name),
                        "the seed gives this VM a null GUID; choose another seed".to_owned(),
                    )
                })?,
            };
            // 00155D is the prefix of Hyper-V's own MAC addresses.
            let mac = match &vm.mac {
                Some(mac) => self.mac(mac)?,
                None => format!("00155D{:06X}", random.below(1 << 24)),
            };
            vms.push(VmPlan {
                name: name.clone(),
                id,
                node: find_node(self, nodes, &vm.node)?,
                memory_gb: self.number_or(vm.memory_gb.as_ref(), 0.25, 24_576.0, 4.0)?,
                vlan: vm.vlan.as_ref().map_or(Ok(0), |v| self.vlan(v))?,
                switch: vm.switch.clone(),
                mac,
                running: vm.running,
            });
        }
        Ok(vms)
    }

    /// A number within limits that keep every time a scenario can reach in range.
    fn number(&self, text: &Spanned<f64>, low: f64, high: f64) -> Result<f64, ScenarioError> {
        if (low..=high).contains(&text.value) {
            return Ok(text.value);
        }
        Err(self.error(
            Place::of(text),
            format!(
                "expected a number from {low} to {high}, found {}",
                text.value
            ),
        ))
    }

    fn number_or(
        &self,
        text: Option<&Spanned<f64>>,
        low: f64,
        high: f64,
        default: f64,
    ) -> Result<f64, ScenarioError> {
        text.map_or(Ok(default), |t| self.number(t, low, high))
    }

    fn vlan(&self, text: &Spanned<u32>) -> Result<u32, ScenarioError> {
        if text.value <= 4094 {
            return Ok(text.value);
        }
        Err(self.error(
            Place::of(text),
            format!(
                "expected a VLAN from 0 (untagged) to 4094, found {}",
                text.value
            ),
        ))
    }

    fn mac(&self, text: &Spanned<String>) -> Result<String, ScenarioError> {
        let mac = text.value.replace(['-', ':'], "").to_uppercase();
        if mac.len() == 12 && mac.chars().all(|c| c.is_ascii_hexdigit()) {
            return Ok(mac);
        }
        Err(self.error(
            Place::of(text),
            format!(
                "expected a MAC address of 12 hex digits, found {:?}",
                text.value
            ),
        ))
    }

    fn optional_time(
        &self,
        text: Option<&Spanned<String>>,
        zone: &TimeZone,
        base: Moment,
    ) -> Result<Option<Moment>, ScenarioError> {
        text.map(|t| self.time(t, zone, Some(base))).transpose()
    }

    /// `10:05`, `10:05:30` (on the day of `base`), `+5m` (after `base`),
    /// `2012-07-10 10:05`, or RFC 3339.
    fn time(
        &self,
        text: &Spanned<String>,
        zone: &TimeZone,
        base: Option<Moment>,
    ) -> Result<Moment, ScenarioError> {
        let written = text.value.trim();
        let wrong = |why: &str| {
            self.error(
                Place::of(text),
                format!(
                    "expected a time such as 10:05, +5m, 2012-07-10 10:05 or \
                     2012-07-10T10:05:00+09:00, found {written:?}{why}"
                ),
            )
        };
        if let Some(at) = Moment::parse(written) {
            return Ok(at);
        }
        if let (Some(base), Some(after)) = (base, written.strip_prefix('+')) {
            let seconds = parse_duration(after).ok_or_else(|| wrong(""))?;
            return Ok(base.plus_seconds(seconds));
        }
        let civil = match (written.parse::<civil::DateTime>(), base) {
            (Ok(civil), _) => civil,
            (Err(_), Some(base)) => {
                let time: civil::Time = written.parse().map_err(|_| wrong(""))?;
                base.to_timestamp()
                    .to_zoned(zone.clone())
                    .date()
                    .to_datetime(time)
            }
            (Err(_), None) => return Err(wrong(" (the first time needs its date)")),
        };
        match civil_to_utc(civil, zone) {
            CivilInstant::One(at) => Ok(at),
            CivilInstant::Ambiguous { .. } => {
                Err(wrong(", which the clock showed twice on that day"))
            }
            CivilInstant::Skipped => Err(wrong(", which the clock never showed on that day")),
        }
    }

    fn duration(
        &self,
        text: Option<&Spanned<String>>,
        default_s: f64,
    ) -> Result<f64, ScenarioError> {
        let Some(text) = text else {
            return Ok(default_s);
        };
        parse_duration(&text.value).ok_or_else(|| {
            self.error(
                Place::of(text),
                format!(
                    "expected a duration such as 90s, 6m or 1h30m, found {:?}",
                    text.value
                ),
            )
        })
    }
}

/// `90s`, `6m`, `2h`, `1h30m`, in seconds.
fn parse_duration(text: &str) -> Option<f64> {
    let mut seconds = 0u64;
    let mut digits = String::new();
    for c in text.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            'h' | 'm' | 's' => {
                let unit = match c {
                    'h' => 3600,
                    'm' => 60,
                    _ => 1,
                };
                let n: u64 = digits.parse().ok()?;
                seconds = seconds.checked_add(n.checked_mul(unit)?)?;
                digits.clear();
            }
            _ => return None,
        }
    }
    // A year is more than any scenario needs, and small enough to add to any time.
    (digits.is_empty() && seconds > 0 && seconds < 31_536_000).then_some(seconds as f64)
}

/// Names become parts of paths in the bundle.
fn is_file_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn find_node(
    checker: &Checker<'_>,
    nodes: &[NodePlan],
    name: &Spanned<String>,
) -> Result<usize, ScenarioError> {
    let wanted = NodeName::new(&name.value);
    nodes
        .iter()
        .position(|n| NodeName::new(&n.name) == wanted)
        .ok_or_else(|| {
            let known: Vec<_> = nodes.iter().map(|n| n.name.as_str()).collect();
            checker.error(
                Place::of(name),
                format!(
                    "expected one of the nodes {}, found {:?}",
                    known.join(", "),
                    name.value
                ),
            )
        })
}

/// Resolves the names in an action.
struct Names<'a> {
    checker: &'a Checker<'a>,
    nodes: &'a [NodePlan],
    vms: &'a [VmPlan],
}

impl Names<'_> {
    fn node(&self, name: &Spanned<String>) -> Result<usize, ScenarioError> {
        find_node(self.checker, self.nodes, name)
    }

    fn vm(&self, name: &Spanned<String>) -> Result<usize, ScenarioError> {
        let wanted = VmName::new(&name.value);
        self.vms
            .iter()
            .position(|v| VmName::new(&v.name) == wanted)
            .ok_or_else(|| {
                let known: Vec<_> = self.vms.iter().map(|v| v.name.as_str()).collect();
                self.checker.error(
                    Place::of(name),
                    format!(
                        "expected one of the VMs {}, found {:?}",
                        known.join(", "),
                        name.value
                    ),
                )
            })
    }

    fn vm_of(&self, reference: Option<&VmRef>) -> Result<Option<usize>, ScenarioError> {
        reference.map(|r| self.vm(&r.vm)).transpose()
    }

    fn action(&self, step: &Spanned<StepText>) -> Result<Action, ScenarioError> {
        let text = &step.value;
        let mut found = Vec::new();
        if let Some(m) = &text.live_migrate {
            found.push(Action::LiveMigrate {
                vm: self.vm(&m.vm)?,
                to: self.node(&m.to)?,
                blackout_s: m
                    .blackout
                    .as_ref()
                    .map(|b| self.checker.number(b, 0.0, 600.0))
                    .transpose()?,
                outcome: m.outcome,
            });
        }
        if let Some(m) = &text.quick_migrate {
            found.push(Action::QuickMigrate {
                vm: self.vm(&m.vm)?,
                to: self.node(&m.to)?,
            });
        }
        if let Some(n) = &text.drain {
            found.push(Action::Drain(self.node(&n.node)?));
        }
        if let Some(n) = &text.resume {
            found.push(Action::Resume(self.node(&n.node)?));
        }
        if let Some(p) = &text.patch_and_restart {
            found.push(Action::Restart {
                node: self.node(&p.node)?,
                kb: Some(p.kb.clone()),
                down_s: self.checker.duration(p.down_for.as_ref(), 420.0)?,
            });
        }
        if let Some(r) = &text.restart {
            found.push(Action::Restart {
                node: self.node(&r.node)?,
                kb: None,
                down_s: self.checker.duration(r.down_for.as_ref(), 300.0)?,
            });
        }
        if let Some(c) = &text.crash {
            found.push(Action::Crash {
                node: self.node(&c.node)?,
                down_s: self.checker.duration(Some(&c.down_for), 0.0)?,
                bugcheck: c.bugcheck,
            });
        }
        if let Some(c) = &text.change_vlan {
            found.push(Action::ChangeVlan {
                vm: self.vm(&c.vm)?,
                to: self.checker.vlan(&c.to)?,
                with: c.with,
            });
        }
        for (link, up) in [(&text.link_down, false), (&text.link_up, true)] {
            if let Some(l) = link {
                found.push(Action::Link {
                    node: self.node(&l.node)?,
                    nic: l.nic.clone(),
                    up,
                });
            }
        }
        found.extend(text.snapshot.as_ref().map(|_| Action::Snapshot));
        let of_vm = |r: &Option<VmRef>, make: fn(usize) -> Action| {
            self.vm_of(r.as_ref()).map(|vm| vm.map(make))
        };
        found.extend(of_vm(&text.refresh_config, Action::RefreshConfig)?);
        found.extend(of_vm(&text.network_outage, Action::NetworkOutage)?);
        found.extend(of_vm(&text.start_vm, Action::StartVm)?);
        found.extend(of_vm(&text.stop_vm, Action::StopVm)?);
        found.extend(of_vm(&text.vm_guest_shutdown, Action::GuestShutdown)?);
        found.extend(of_vm(&text.vm_guest_restart, Action::GuestRestart)?);
        match (found.pop(), found.len()) {
            (Some(action), 0) => Ok(action),
            (one, more) => Err(self.checker.error(
                Place::of(step),
                format!(
                    "expected exactly one action beside `at`, found {}",
                    more + usize::from(one.is_some())
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_duration("90s"), Some(90.0));
        assert_eq!(parse_duration("1h30m"), Some(5400.0));
        for wrong in ["", "5", "m", "-5m", "5 m", "99999999999999h"] {
            assert_eq!(parse_duration(wrong), None, "{wrong:?}");
        }
    }
}
