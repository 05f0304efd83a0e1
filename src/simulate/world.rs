//! The state of the simulated cluster, and what each step does to it and writes.
//!
//! Two copies of every VM's settings exist, as on a real cluster of these
//! versions: Hyper-V's, which is in force, and the cluster's. An edit with
//! Hyper-V's tool changes the first only; bringing the configuration online on
//! another node puts the second in force. So that a VLAN reverts is a consequence
//! of this model, and no step of a scenario.
//!
//! Which records a step leaves follows the Windows version; records that are
//! known only to exist, and not when they are written, are left out.

mod disturbances;
mod moves;
mod nodes;
mod roles;
mod settings;

use jiff::tz::TimeZone;
use nodes::Start;

use crate::model::time::Moment;

use super::random::{Random, guid_text};
use super::scenario::{Action, ExportPlan, LinePlan, Outcome, Place, Scenario, Step, Windows};
use super::shapes::{Form, Process, Shapes, VmRef};
use super::truth::{
    ClockJumpTruth, FailoverTruth, HomeTruth, MoveTruth, NameTruth, NodeOutage, NodeTruth,
    OutageTruth, PlacementTruth, SettingTruth, SpanTruth, Truth, VmStateTruth, VmTruth,
};

/// A step that cannot happen in the state that the cluster is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Impossible {
    pub(super) place: Place,
    pub(super) message: String,
}

/// A record before its log is put together.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) node: usize,
    /// When it reached the log. Early records of a start are stamped before that.
    pub(super) written: Moment,
    /// Its own time, by the node's clock.
    pub(super) stamp: Moment,
    pub(super) process_id: u32,
    pub(super) thread_id: u32,
    pub(super) form: Form,
}

/// One line of a cluster.log, its time by the node's clock.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) node: usize,
    /// When it was truly written; a clock that goes back changes no order.
    pub(super) written: Moment,
    pub(super) time: Moment,
    /// Belongs to the verbose section (2016 and later).
    pub(super) verbose: bool,
    pub(super) process_id: u32,
    pub(super) thread_id: u32,
    pub(super) level: &'static str,
    pub(super) text: String,
}

/// A report in a node's `Cluster\Reports`.
#[derive(Clone, Debug)]
pub(super) struct Report {
    /// File name.
    pub(super) name: String,
    /// When it was written, truly.
    pub(super) at: Moment,
    pub(super) html: String,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) fqdn: String,
    pub(super) id: u32,
    pub(super) address: String,
    pub(super) offset_s: f64,
    /// Steps of its clock: when, and by how many seconds.
    jumps: Vec<ClockJumpTruth>,
    pub(super) uplink: String,
    /// Periods in which its operating system ran; the last may be open.
    pub(super) up: Vec<(Moment, Option<Moment>)>,
    /// When it can be used again; in the past while it is in the cluster.
    back_at: Moment,
    /// Until when moves or starts on it go on.
    engaged_until: Moment,
    paused: bool,
    pauses: Vec<SpanTruth>,
    pub(super) updates: Vec<String>,
    pub(super) reports: Vec<Report>,
}

#[derive(Clone, Debug)]
pub(super) struct Vm {
    /// What the scenario calls it; ids are drawn by it.
    key: String,
    pub(super) name: String,
    /// Its role; a rename in Hyper-V leaves it as it is.
    pub(super) group: String,
    pub(super) reference: VmRef,
    /// Where it is registered.
    pub(super) node: usize,
    pub(super) running: bool,
    pub(super) memory_gb: f64,
    pub(super) switch: String,
    pub(super) mac: String,
    pub(super) nic: String,
    /// The VLAN in force: Hyper-V's copy.
    pub(super) vlan: u32,
    /// The cluster's copy.
    pub(super) cluster_vlan: u32,
    busy_until: Moment,
    failovers: u32,
    last_failover: Option<Moment>,
    ports: u32,
    names: Vec<NameTruth>,
    states: Vec<VmStateTruth>,
    homes: Vec<(usize, Moment, bool)>,
    placements: Vec<(usize, Moment, Option<Moment>)>,
}

/// The configuration at one time, for exports.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) at: Moment,
    pub(super) nodes: Vec<Node>,
    pub(super) vms: Vec<Vm>,
    pub(super) exports: Vec<ExportPlan>,
}

/// The cluster.
pub(super) struct World<'a> {
    plan: &'a Scenario,
    zone: TimeZone,
    pub(super) nodes: Vec<Node>,
    pub(super) vms: Vec<Vm>,
    pub(super) entries: Vec<Entry>,
    pub(super) lines: Vec<Line>,
    pub(super) snapshots: Vec<State>,
    shapes: Shapes,
    random: Random,
    outages: Vec<Vec<NodeOutage>>,
    migrations: Vec<MoveTruth>,
    failovers: Vec<FailoverTruth>,
    restarts: Vec<FailoverTruth>,
    settings: Vec<SettingTruth>,
    network_outages: Vec<OutageTruth>,
    /// Objects that the scenario has exported.
    exports: Vec<ExportPlan>,
    /// When the last step happened.
    last: Moment,
}

impl<'a> World<'a> {
    /// The cluster of a scenario, started and with its VMs running.
    pub(super) fn start(plan: &'a Scenario) -> Self {
        let mut random = Random::stream(plan.seed, "world");
        let nodes = plan
            .nodes
            .iter()
            .map(|n| Node {
                name: n.name.clone(),
                fqdn: format!("{}.{}", n.name, plan.domain),
                id: n.id,
                address: n.address.to_string(),
                offset_s: n.offset_s,
                jumps: Vec::new(),
                uplink: guid_text(Random::stream(plan.seed, &format!("nic {}", n.name)).guid()),
                up: Vec::new(),
                back_at: plan.booted,
                engaged_until: plan.booted,
                paused: false,
                pauses: Vec::new(),
                updates: first_updates(plan.windows),
                reports: Vec::new(),
            })
            .collect();
        let vms = plan
            .vms
            .iter()
            .enumerate()
            .map(|(index, vm)| Vm {
                key: vm.key.clone(),
                name: vm.name.clone(),
                group: vm.group.clone(),
                reference: VmRef {
                    index,
                    name: vm.name.clone(),
                    group: vm.group.clone(),
                    id: vm.id,
                },
                node: vm.node,
                running: false,
                memory_gb: vm.memory_gb,
                switch: vm.switch.clone(),
                mac: vm.mac.clone(),
                nic: vm.nic.clone(),
                vlan: vm.vlan,
                cluster_vlan: vm.vlan,
                busy_until: plan.booted,
                failovers: 0,
                last_failover: None,
                ports: 0,
                names: vec![NameTruth {
                    name: vm.name.clone(),
                    from: plan.booted,
                }],
                states: Vec::new(),
                homes: vec![(vm.node, plan.booted, true)],
                placements: Vec::new(),
            })
            .collect();
        let validated = plan
            .booted
            .plus_seconds(-86_400.0 * random.between(9.0, 40.0));
        let mut this = World {
            plan,
            zone: plan.zone.clone(),
            nodes,
            vms,
            entries: Vec::new(),
            lines: Vec::new(),
            snapshots: Vec::new(),
            shapes: Shapes::new(plan.shape, plan.windows),
            random,
            outages: vec![Vec::new(); plan.nodes.len()],
            migrations: Vec::new(),
            failovers: Vec::new(),
            restarts: Vec::new(),
            settings: Vec::new(),
            network_outages: Vec::new(),
            exports: Vec::new(),
            last: plan.booted,
        };
        let mut ready = plan.booted;
        for node in 0..this.nodes.len() {
            let report = this.validation_report(node, validated);
            this.nodes[node].reports.push(report);
            let at = plan.booted.plus_seconds(25.0 * node as f64);
            ready = ready.max(this.boot(node, at, &Start::First));
        }
        for vm in 0..this.vms.len() {
            if plan.vms[vm].running {
                let at = ready.plus_seconds(12.0 + 9.0 * vm as f64);
                let node = this.vms[vm].node;
                this.bring_online(vm, node, at, false);
            } else {
                this.enter(vm, "off", plan.booted);
            }
        }
        this
    }

    /// Lets one step happen.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), Impossible> {
        self.act(step).map_err(|message| Impossible {
            place: step.place,
            message,
        })
    }

    fn act(&mut self, step: &Step) -> Result<(), String> {
        // Nobody clicks on the full second.
        let at = match step.action {
            Action::ChangeVlan { .. }
            | Action::RefreshConfig(_)
            | Action::NetworkOutage(_)
            | Action::RenameVm { .. }
            | Action::Export(_)
            | Action::Installed { .. }
            | Action::Snapshot => step.at,
            // What is stated comes in the order in which it is stated.
            Action::Record(_) | Action::Line(_) => step.at.max(self.last.plus_seconds(0.002)),
            _ => step.at.plus_seconds(self.random.between(0.05, 0.95)),
        };
        self.last = self.last.max(at);
        match &step.action {
            Action::LiveMigrate {
                vm,
                to,
                blackout_s,
                outcome,
            } => {
                self.movable(*vm, *to, at)?;
                self.live_migrate(*vm, *to, at, *blackout_s, *outcome);
            }
            Action::QuickMigrate { vm, to, outcome } => {
                self.movable(*vm, *to, at)?;
                match outcome {
                    Outcome::Completed => {
                        self.quick_migrate(*vm, *to, at);
                    }
                    outcome => self.broken_quick_migration(*vm, *to, at, *outcome),
                }
            }
            Action::OfflineMigrate { vm, to, outcome } => {
                self.idle(*vm, at)?;
                if self.vms[*vm].running {
                    return Err(format!("{} is running", self.vms[*vm].name));
                }
                self.in_cluster(self.vms[*vm].node, at)?;
                self.takes(*vm, *to, at)?;
                self.offline_migrate(*vm, *to, at, *outcome);
            }
            Action::StorageMigrate { vm, outcome } => {
                self.running(*vm, at)?;
                if self.plan.windows == Windows::W2008R2 {
                    return Err("2008 R2 has no storage migration".to_owned());
                }
                self.storage_migrate(*vm, at, *outcome);
            }
            Action::Drain { node, outcome } => {
                self.in_cluster(*node, at)?;
                match outcome {
                    Outcome::Completed => {
                        self.evacuate(*node, at, true)?;
                    }
                    outcome => self.broken_drain(*node, at, *outcome)?,
                }
                self.nodes[*node].paused = true;
                self.nodes[*node]
                    .pauses
                    .push(SpanTruth { from: at, to: None });
            }
            Action::Resume(node) => {
                self.in_cluster(*node, at)?;
                if !std::mem::take(&mut self.nodes[*node].paused) {
                    return Err(format!("{} is not paused", self.nodes[*node].name));
                }
                if let Some(pause) = self.nodes[*node].pauses.last_mut() {
                    pause.to = Some(at);
                }
            }
            Action::ServiceStop {
                node,
                down_s,
                failed,
            } => {
                self.undisturbed(*node, at)?;
                if *failed {
                    self.fail_service(*node, at, *down_s, false)?;
                } else {
                    self.stop_service(*node, at, *down_s)?;
                }
            }
            Action::SplitNetwork { nodes, down_s } => self.split(nodes, at, *down_s)?,
            Action::QuorumLoss { down_s } => self.lose_quorum(at, *down_s)?,
            Action::Quarantine { node, down_s } => {
                if self.plan.windows < Windows::W2016 {
                    return Err("nodes are quarantined since 2016".to_owned());
                }
                self.undisturbed(*node, at)?;
                self.fail_service(*node, at, *down_s, true)?;
            }
            Action::CsvAutoPause {
                node,
                volume,
                recovers_s,
            } => {
                self.undisturbed(*node, at)?;
                self.pause_volume(*node, volume, at, *recovers_s)?;
            }
            Action::RhsDeadlock { vm, to } => {
                self.running(*vm, at)?;
                if let Some(to) = to {
                    self.takes(*vm, *to, at)?;
                }
                self.deadlock(*vm, *to, at);
            }
            Action::ClockJump { node, by_s } => {
                self.undisturbed(*node, at)?;
                self.jump_clock(*node, at, *by_s);
            }
            Action::RenameVm { vm, to } => {
                self.idle(*vm, at)?;
                let vm = &mut self.vms[*vm];
                vm.name.clone_from(to);
                vm.reference.name.clone_from(to);
                vm.names.push(NameTruth {
                    name: to.clone(),
                    from: at,
                });
            }
            Action::Restart { node, kb, down_s } => {
                self.undisturbed(*node, at)?;
                self.restart(*node, at, kb.as_deref(), *down_s)?;
            }
            Action::Crash {
                node,
                down_s,
                bugcheck,
            } => {
                self.undisturbed(*node, at)?;
                self.crash(*node, at, *down_s, *bugcheck)?;
            }
            Action::ChangeVlan { vm, to, with } => self.change_vlan(*vm, at, *to, *with),
            Action::RefreshConfig(vm) => {
                self.idle(*vm, at)?;
                self.refresh(*vm, at);
            }
            Action::NetworkOutage(vm) => self.network_outages.push(OutageTruth {
                vm: self.vms[*vm].name.clone(),
                at,
            }),
            Action::Snapshot => {
                if self.plan.windows == Windows::W2008R2 {
                    return Err(
                        "2008 R2 has no command that exports the settings of VMs".to_owned()
                    );
                }
                self.snapshots.push(self.state(at));
            }
            Action::Link { node, nic, up } => {
                self.in_cluster(*node, at)?;
                self.link(*node, nic, *up, at)?;
            }
            Action::Record(record) => {
                self.system_up(record.node, at)?;
                let worker = record.vm.map(|vm| self.vms[vm].reference.clone());
                let form = self.shapes.stated(record, worker.as_ref());
                self.log(record.node, at, form);
            }
            Action::Line(line) => {
                self.system_up(line.node, at)?;
                self.stated_line(line, at);
            }
            Action::Export(export) => {
                self.exports
                    .retain(|e| (e.node, &e.class) != (export.node, &export.class));
                self.exports.push(export.clone());
            }
            Action::Installed { node, updates } => {
                let known = &mut self.nodes[*node].updates;
                for update in updates {
                    if !known.contains(update) {
                        known.push(update.clone());
                    }
                }
            }
            Action::StartVm(vm) => {
                self.idle(*vm, at)?;
                if self.vms[*vm].running {
                    return Err(format!("{} is running already", self.vms[*vm].name));
                }
                let node = self.vms[*vm].node;
                self.in_cluster(node, at)?;
                self.bring_online(*vm, node, at, false);
            }
            Action::StopVm(vm) => {
                self.running(*vm, at)?;
                self.take_offline(*vm, at, false);
            }
            Action::GuestShutdown(vm) => {
                self.running(*vm, at)?;
                self.guest_shutdown(*vm, at);
            }
            Action::GuestRestart(vm) => {
                self.running(*vm, at)?;
                if self.plan.windows > Windows::W2008R2 {
                    let vm = self.vms[*vm].clone();
                    let form = self.shapes.worker_seen(18514, &vm.reference);
                    self.log(vm.node, at, form);
                }
            }
        }
        Ok(())
    }

    // What can be done

    fn in_cluster(&self, node: usize, at: Moment) -> Result<(), String> {
        let node = &self.nodes[node];
        if at < node.back_at {
            return Err(format!(
                "{} is not in the cluster until {}",
                node.name, node.back_at
            ));
        }
        Ok(())
    }

    /// Whether there is a system that could write.
    fn system_up(&self, node: usize, at: Moment) -> Result<(), String> {
        let node = &self.nodes[node];
        let up = |(from, to): &(Moment, Option<Moment>)| *from <= at && to.is_none_or(|to| at < to);
        if node.up.iter().any(up) {
            return Ok(());
        }
        Err(format!("{} does not run then", node.name))
    }

    fn undisturbed(&self, node: usize, at: Moment) -> Result<(), String> {
        self.in_cluster(node, at)?;
        let node = &self.nodes[node];
        if at < node.engaged_until {
            return Err(format!(
                "moves or starts on {} go on until {}",
                node.name, node.engaged_until
            ));
        }
        Ok(())
    }

    fn engage(&mut self, node: usize, until: Moment) {
        let node = &mut self.nodes[node];
        node.engaged_until = node.engaged_until.max(until);
    }

    fn idle(&self, vm: usize, at: Moment) -> Result<(), String> {
        let vm = &self.vms[vm];
        if at < vm.busy_until {
            return Err(format!(
                "{} is being moved or started until {}",
                vm.name, vm.busy_until
            ));
        }
        Ok(())
    }

    fn running(&self, vm: usize, at: Moment) -> Result<(), String> {
        self.idle(vm, at)?;
        if !self.vms[vm].running {
            return Err(format!("{} is not running", self.vms[vm].name));
        }
        Ok(())
    }

    fn movable(&self, vm: usize, to: usize, at: Moment) -> Result<(), String> {
        self.running(vm, at)?;
        self.takes(vm, to, at)
    }

    /// Whether a node can take a VM from another.
    fn takes(&self, vm: usize, to: usize, at: Moment) -> Result<(), String> {
        self.in_cluster(to, at)?;
        let (name, node) = (&self.vms[vm].name, &self.nodes[to]);
        if self.vms[vm].node == to {
            return Err(format!("{name} is on {} already", node.name));
        }
        if node.paused {
            return Err(format!("{} is paused and takes no VM", node.name));
        }
        Ok(())
    }

    /// The usable node with the least memory in use, other than `not`.
    fn least_loaded(&self, not: usize, at: Moment) -> Result<usize, String> {
        let load = |node: usize| -> f64 {
            self.vms
                .iter()
                .filter(|v| v.running && v.node == node)
                .map(|v| v.memory_gb)
                .sum()
        };
        (0..self.nodes.len())
            .filter(|&n| n != not && at >= self.nodes[n].back_at && !self.nodes[n].paused)
            .min_by(|&a, &b| load(a).total_cmp(&load(b)).then(a.cmp(&b)))
            .ok_or_else(|| "no other node can take the VMs".to_owned())
    }

    // Writing

    /// A true time by the clock of a node.
    pub(super) fn clock(&self, node: usize, at: Moment) -> Moment {
        let node = &self.nodes[node];
        let steps = node.jumps.iter().filter(|j| j.at <= at);
        at.plus_seconds(steps.fold(node.offset_s, |offset, j| offset + j.by_s))
    }

    pub(super) fn log(&mut self, node: usize, at: Moment, form: Form) {
        self.log_late(node, at, at, form);
    }

    /// Writes a record that reaches the log later than its time says.
    fn log_late(&mut self, node: usize, at: Moment, written: Moment, form: Form) {
        // No clock shows a round hundred nanoseconds.
        let jitter = self.random.below(9_000) as i64;
        let (process_id, thread_id) = self.process(node, at, form.process);
        self.entries.push(Entry {
            node,
            written: written.plus_ticks(jitter),
            stamp: self.clock(node, at.plus_ticks(jitter)),
            process_id,
            thread_id,
            form,
        });
    }

    /// Process and thread id. Process ids stay until the node starts again.
    pub(super) fn process(&mut self, node: usize, at: Moment, process: Process) -> (u32, u32) {
        let thread = |random: &mut Random| 4 * (100 + random.below(3000)) as u32;
        match process {
            Process::EventLog => (0, 0),
            Process::Kernel => (4, thread(&mut self.random)),
            process => {
                let starts = self.nodes[node].up.iter().filter(|(from, _)| *from <= at);
                let label = format!("{node} {} {process:?}", starts.count());
                let id = Random::stream(self.plan.seed, &label).below(2500);
                (4 * (150 + id) as u32, thread(&mut self.random))
            }
        }
    }

    fn line(
        &mut self,
        node: usize,
        at: Moment,
        process: Process,
        level: &'static str,
        text: String,
    ) {
        let (process_id, thread_id) = self.process(node, at, process);
        self.lines.push(Line {
            node,
            written: at,
            time: self.clock(node, at),
            verbose: false,
            process_id,
            thread_id,
            level,
            text,
        });
    }

    fn stated_line(&mut self, line: &LinePlan, at: Moment) {
        let hosted = ["[RHS]", "[RES]"]
            .iter()
            .any(|tag| line.text.starts_with(tag));
        let process = if hosted {
            Process::ResourceHost
        } else {
            Process::ClusterService
        };
        self.line(line.node, at, process, line.level.name(), line.text.clone());
        if let Some(last) = self.lines.last_mut() {
            last.verbose = line.verbose;
        }
    }

    fn rcm(&mut self, node: usize, at: Moment, text: String) {
        self.line(
            node,
            at,
            Process::ClusterService,
            "INFO",
            format!("[RCM] {text}"),
        );
    }

    /// A resource's way through the states, in cluster.log.
    fn transitions(&mut self, node: usize, at: Moment, resource: &str, states: &[&str]) -> Moment {
        let mut now = at;
        for pair in states.windows(2) {
            if let [from, to] = pair {
                self.rcm(
                    node,
                    now,
                    format!("TransitionToState({resource}) {from}-->{to}."),
                );
                now = now.plus_seconds(self.random.between(0.01, 0.4));
            }
        }
        now
    }

    fn local(&self, node: usize, at: Moment) -> jiff::Zoned {
        self.clock(node, at)
            .to_timestamp()
            .to_zoned(self.zone.clone())
    }

    // Results

    /// The configuration as an export at this time would show it.
    pub(super) fn state(&self, at: Moment) -> State {
        State {
            at,
            nodes: self.nodes.clone(),
            vms: self.vms.clone(),
            exports: self.exports.clone(),
        }
    }

    /// What happened.
    pub(super) fn truth(&self) -> Truth {
        let end = self.plan.end;
        Truth {
            cluster: self.plan.cluster.clone(),
            windows: self.plan.windows.name(),
            nodes: self
                .nodes
                .iter()
                .zip(&self.outages)
                .map(|(node, outages)| NodeTruth {
                    name: node.name.clone(),
                    clock_offset_s: node.offset_s,
                    outages: outages.clone(),
                    pauses: node.pauses.clone(),
                    clock_jumps: node.jumps.clone(),
                })
                .collect(),
            vms: self
                .vms
                .iter()
                .map(|vm| VmTruth {
                    name: vm.name.clone(),
                    id: vm.reference.id.to_string(),
                    names: vm.names.clone(),
                    group: vm.group.clone(),
                    states: vm
                        .states
                        .iter()
                        .filter(|s| s.from <= end)
                        .map(|s| VmStateTruth {
                            to: s.to.filter(|to| *to <= end),
                            ..s.clone()
                        })
                        .collect(),
                    homes: vm
                        .homes
                        .iter()
                        .filter(|(_, from, _)| *from <= end)
                        .map(|(node, from, traced)| HomeTruth {
                            node: self.nodes[*node].name.clone(),
                            from: *from,
                            traced: *traced,
                        })
                        .collect(),
                    placements: vm
                        .placements
                        .iter()
                        .filter(|(_, from, _)| *from <= end)
                        .map(|(node, from, to)| PlacementTruth {
                            node: self.nodes[*node].name.clone(),
                            from: *from,
                            to: to.filter(|to| *to <= end),
                        })
                        .collect(),
                    vlan: vm.vlan,
                    cluster_vlan: vm.cluster_vlan,
                })
                .collect(),
            migrations: self.migrations.clone(),
            failovers: self.failovers.clone(),
            restarts: self.restarts.clone(),
            settings: self.settings.clone(),
            network_outages: self.network_outages.clone(),
        }
    }
}

/// Updates that every node has from the start.
fn first_updates(windows: Windows) -> Vec<String> {
    let ids: &[&str] = match windows {
        Windows::W2008R2 => &["KB2425227", "KB2506212", "KB976902"],
        Windows::W2012 => &["KB2712101", "KB2764870"],
        Windows::W2012R2 => &["KB2919355", "KB2999226"],
        Windows::W2016 => &["KB3192137", "KB3211320"],
        Windows::W2019 => &["KB4464455", "KB4465065"],
        Windows::W2022 => &["KB5008882", "KB5010523"],
        Windows::W2025 => &[],
    };
    ids.iter().map(|id| (*id).to_owned()).collect()
}
