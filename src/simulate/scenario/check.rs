//! From the scenario as written to the scenario as meant: names resolved, times in
//! UTC, numbers within their limits, or an error with its place.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;
use jiff::tz::TimeZone;
use serde_saphyr::Spanned;

use crate::model::id::{NodeName, VmId, VmName};
use crate::model::time::{CivilInstant, Moment, civil_to_utc};

use super::super::exports;
use super::super::random::{Random, guid_text};
use super::super::stated;
use super::written::{
    ExportText, InstalledText, LineText, NodeText, RecordText, ScenarioText, StepText, VmRef,
    VmText,
};
use super::{
    Action, Collector, ExportPlan, LinePlan, Loss, NodePlan, Place, RecordPlan, Scenario,
    ScenarioError, Step, VmPlan, Windows,
};

/// The longest time from the first start of the cluster to the collection.
const MAX_STORY_S: f64 = 31.0 * 86_400.0;

/// Turns the text into a scenario, and every mistake into an error with its place.
pub(super) struct Checker<'a> {
    pub(super) name: &'a str,
}

impl Checker<'_> {
    fn error(&self, place: Place, message: String) -> ScenarioError {
        ScenarioError {
            name: self.name.to_owned(),
            place,
            message,
        }
    }

    pub(super) fn scenario(&self, text: ScenarioText) -> Result<Scenario, ScenarioError> {
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
            windows: text.windows,
            collector: text.collector,
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
            language: text.language,
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
            let key = vm.key.as_ref().unwrap_or(&vm.name);
            let group = vm.group.as_ref().unwrap_or(&vm.name);
            if VmName::new(name).is_none() {
                return Err(self.error(
                    Place::of(&vm.name),
                    format!("expected a VM name, found {name:?}"),
                ));
            }
            let taken = |text: &str, of: fn(&VmPlan) -> &String| {
                vms.iter().any(|v| of(v).eq_ignore_ascii_case(text))
            };
            if taken(&key.value, |v| &v.key) || taken(&group.value, |v| &v.group) {
                return Err(self.error(
                    Place::of(&vm.name),
                    format!(
                        "expected a VM name that no other VM has, or a key and a group that no \
                         other VM has beside it, found {name:?}"
                    ),
                ));
            }
            let key = key.value.clone();
            let mut random = Random::stream(seed, &format!("vm {key}"));
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
            let nic = format!("nic of {key}");
            vms.push(VmPlan {
                key,
                name: name.clone(),
                group: group.value.clone(),
                id,
                node: find_node(self, nodes, &vm.node)?,
                memory_gb: self.number_or(vm.memory_gb.as_ref(), 0.25, 24_576.0, 4.0)?,
                vlan: vm.vlan.as_ref().map_or(Ok(0), |v| self.vlan(v))?,
                switch: vm.switch.clone(),
                mac,
                nic: guid_text(Random::stream(seed, &nic).guid()),
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

/// Names of channels become file names, with `/` replaced.
fn is_channel(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 150
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " -_/()".contains(c))
}

fn is_property(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Letters of the words that stand for something.
fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c == '_'
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
    windows: Windows,
    collector: Collector,
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
            .position(|v| VmName::new(&v.key) == wanted)
            .ok_or_else(|| {
                let known: Vec<_> = self.vms.iter().map(|v| v.key.as_str()).collect();
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

    /// What goes wrong with a node, the network, the storage or a clock.
    fn disturbance(&self, text: &StepText) -> Result<Vec<Action>, ScenarioError> {
        let mut found = Vec::new();
        let seconds = |t: &Spanned<String>| self.checker.duration(Some(t), 0.0);
        for (stop, failed) in [(&text.service_stop, false), (&text.service_failure, true)] {
            if let Some(s) = stop {
                found.push(Action::ServiceStop {
                    node: self.node(&s.node)?,
                    down_s: seconds(&s.down_for)?,
                    failed,
                });
            }
        }
        if let Some(s) = &text.split_network {
            let nodes = s.nodes.value.iter().map(|n| self.node(n));
            let nodes: BTreeSet<usize> = nodes.collect::<Result<_, _>>()?;
            // Quorum stays with the larger half, or with the half that has the witness.
            if nodes.is_empty() || nodes.len() * 2 > self.nodes.len() {
                return Err(self.checker.error(
                    Place::of(&s.nodes),
                    format!(
                        "expected the smaller part of {} nodes, found {}",
                        self.nodes.len(),
                        nodes.len()
                    ),
                ));
            }
            found.push(Action::SplitNetwork {
                nodes: nodes.into_iter().collect(),
                down_s: seconds(&s.down_for)?,
            });
        }
        if let Some(q) = &text.quorum_loss {
            found.push(Action::QuorumLoss {
                down_s: seconds(&q.down_for)?,
            });
        }
        if let Some(q) = &text.quarantine {
            found.push(Action::Quarantine {
                node: self.node(&q.node)?,
                down_s: seconds(&q.down_for)?,
            });
        }
        if let Some(c) = &text.csv_auto_pause {
            found.push(Action::CsvAutoPause {
                node: self.node(&c.node)?,
                volume: c.volume.clone(),
                recovers_s: c.recovers_after.as_ref().map(seconds).transpose()?,
            });
        }
        if let Some(d) = &text.rhs_deadlock {
            found.push(Action::RhsDeadlock {
                vm: self.vm(&d.vm)?,
                to: d.to.as_ref().map(|to| self.node(to)).transpose()?,
            });
        }
        if let Some(j) = &text.clock_jump {
            found.push(Action::ClockJump {
                node: self.node(&j.node)?,
                by_s: self.checker.number(&j.by, -3600.0, 3600.0)?,
            });
        }
        if let Some(r) = &text.rename_vm {
            if VmName::new(&r.to.value).is_none() {
                return Err(self.checker.error(
                    Place::of(&r.to),
                    format!("expected a VM name, found {:?}", r.to.value),
                ));
            }
            found.push(Action::RenameVm {
                vm: self.vm(&r.vm)?,
                to: r.to.value.clone(),
            });
        }
        Ok(found)
    }

    /// What the scenario states itself, in place of something that happens.
    fn stated(&self, text: &StepText) -> Result<Vec<Action>, ScenarioError> {
        let mut found = Vec::new();
        if let Some(record) = &text.record {
            found.push(Action::Record(self.record(record)?));
        }
        if let Some(line) = &text.line {
            found.push(Action::Line(self.line(line)?));
        }
        if let Some(export) = &text.export {
            found.push(Action::Export(self.export(export)?));
        }
        if let Some(installed) = &text.installed {
            found.push(self.installed(installed)?);
        }
        Ok(found)
    }

    fn record(&self, text: &RecordText) -> Result<RecordPlan, ScenarioError> {
        let provider = &text.provider.value;
        if provider.trim().is_empty() || provider.chars().any(char::is_control) {
            return Err(self.checker.error(
                Place::of(&text.provider),
                format!("expected the name of a provider, found {provider:?}"),
            ));
        }
        if !is_channel(&text.channel.value) {
            return Err(self.checker.error(
                Place::of(&text.channel),
                format!(
                    "expected a channel such as System or \
                     Microsoft-Windows-Hyper-V-VMMS-Admin, found {:?}",
                    text.channel.value
                ),
            ));
        }
        if let Some(names) = &text.names
            && names.value.len() != text.values.len()
        {
            return Err(self.checker.error(
                Place::of(names),
                format!(
                    "expected a name for each of the {} values, found {}",
                    text.values.len(),
                    names.value.len()
                ),
            ));
        }
        if let Some(service) = &text.service
            && !provider.eq_ignore_ascii_case("Service Control Manager")
        {
            return Err(self.checker.error(
                Place::of(service),
                "only records of the Service Control Manager carry the key name of a service"
                    .to_owned(),
            ));
        }
        Ok(RecordPlan {
            node: self.node(&text.node)?,
            provider: provider.clone(),
            id: text.id,
            level: text.level,
            channel: text.channel.value.clone(),
            values: self.filled_all(&text.values)?,
            names: text.names.as_ref().map(|names| names.value.clone()),
            version: text.version,
            classic: text.classic.unwrap_or_else(|| stated::is_classic(provider)),
            service: text.service.as_ref().map(|s| s.value.clone()),
            vm: text.vm.as_ref().map(|vm| self.vm(vm)).transpose()?,
        })
    }

    fn line(&self, text: &LineText) -> Result<LinePlan, ScenarioError> {
        let verbose = text.verbose.as_ref().filter(|v| v.value);
        if let Some(verbose) = verbose
            && self.windows < Windows::W2016
        {
            return Err(self.checker.error(
                Place::of(verbose),
                "cluster.log has verbose lines since 2016".to_owned(),
            ));
        }
        let line = self.filled(&text.text)?;
        if line.trim().is_empty() || line.chars().any(char::is_control) {
            return Err(self.checker.error(
                Place::of(&text.text),
                format!("expected the text of one line, found {line:?}"),
            ));
        }
        Ok(LinePlan {
            node: self.node(&text.node)?,
            level: text.level,
            text: line,
            verbose: verbose.is_some(),
        })
    }

    fn export(&self, text: &ExportText) -> Result<ExportPlan, ScenarioError> {
        let wrong = |message: String| self.checker.error(Place::of(&text.class), message);
        let name = &text.class.value;
        let class = exports::class(name).ok_or_else(|| {
            wrong(format!(
                "expected a class such as NetAdapter, VMSwitch, VM, ClusterNode, Service, \
                 SmbMultichannelConnection or Win32_BIOS, found {name:?}"
            ))
        })?;
        if !matches!(self.collector, Collector::Sddc | Collector::Folder) {
            return Err(wrong(
                "only the collectors sddc and folder bring objects home".to_owned(),
            ));
        }
        if class.since_2012 && self.windows == Windows::W2008R2 {
            return Err(wrong(format!("2008 R2 has no command for {name}")));
        }
        let node = text.node.as_ref().map(|n| self.node(n)).transpose()?;
        match (&text.node, class.of_cluster) {
            (Some(node), true) => {
                return Err(self.checker.error(
                    Place::of(node),
                    format!("{name} is exported once for the whole cluster, without a node"),
                ));
            }
            (None, false) => {
                return Err(wrong(format!("{name} is exported on each node: name one")));
            }
            _ => {}
        }
        let mut objects = Vec::new();
        for object in &text.objects {
            let mut properties = BTreeMap::new();
            for (name, value) in object {
                if !is_property(name) {
                    return Err(self.checker.error(
                        Place::of(value),
                        format!("expected a property such as DriverVersion, found {name:?}"),
                    ));
                }
                properties.insert(name.clone(), self.filled(value)?);
            }
            objects.push(properties);
        }
        Ok(ExportPlan {
            node,
            class: name.clone(),
            objects,
        })
    }

    fn installed(&self, text: &InstalledText) -> Result<Action, ScenarioError> {
        let mut updates = Vec::new();
        for update in &text.updates {
            let digits = update.value.strip_prefix("KB").unwrap_or_default();
            if !(6..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(self.checker.error(
                    Place::of(update),
                    format!(
                        "expected an update such as KB5062557, found {:?}",
                        update.value
                    ),
                ));
            }
            updates.push(update.value.clone());
        }
        Ok(Action::Installed {
            node: self.node(&text.node)?,
            updates,
        })
    }

    fn filled_all(&self, texts: &[Spanned<String>]) -> Result<Vec<String>, ScenarioError> {
        texts.iter().map(|text| self.filled(text)).collect()
    }

    /// The text with what stands for ids put in: `{vm_id:web01}`, `{nic_id:web01}`.
    /// Braces that do not begin like that are text.
    fn filled(&self, text: &Spanned<String>) -> Result<String, ScenarioError> {
        let mut out = String::new();
        let mut rest = text.value.as_str();
        while let Some(open) = rest.find('{') {
            let (before, behind) = rest.split_at(open);
            out.push_str(before);
            let inner = &behind[1..];
            let word = inner.len() - inner.trim_start_matches(is_word).len();
            let close = inner.find('}');
            let (Some(close), true) = (close, word > 0 && inner[word..].starts_with(':')) else {
                out.push('{');
                rest = inner;
                continue;
            };
            let vm = Spanned::new(
                inner[word + 1..close].to_owned(),
                text.referenced,
                text.defined,
            );
            match &inner[..word] {
                "vm_id" => out.push_str(&self.vms[self.vm(&vm)?].id.to_string()),
                "nic_id" => out.push_str(&self.vms[self.vm(&vm)?].nic),
                other => {
                    return Err(self.checker.error(
                        Place::of(text),
                        format!(
                            "expected {{vm_id:…}} or {{nic_id:…}} with a VM, found \
                             {{{other}:…}}"
                        ),
                    ));
                }
            }
            rest = &inner[close + 1..];
        }
        out.push_str(rest);
        Ok(out)
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
                outcome: m.outcome,
            });
        }
        if let Some(m) = &text.offline_migrate {
            found.push(Action::OfflineMigrate {
                vm: self.vm(&m.vm)?,
                to: self.node(&m.to)?,
                outcome: m.outcome,
            });
        }
        if let Some(m) = &text.storage_migrate {
            found.push(Action::StorageMigrate {
                vm: self.vm(&m.vm)?,
                outcome: m.outcome,
            });
        }
        if let Some(d) = &text.drain {
            found.push(Action::Drain {
                node: self.node(&d.node)?,
                outcome: d.outcome,
            });
        }
        found.extend(self.disturbance(text)?);
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
        found.extend(self.stated(text)?);
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
