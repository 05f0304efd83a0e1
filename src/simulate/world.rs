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

use jiff::tz::TimeZone;

use crate::model::time::Moment;

use super::cluster_log::Line;
use super::random::{Random, guid_text};
use super::scenario::{Action, EditTool, Outcome, Place, Scenario, Step, Windows};
use super::shapes::{self, Form, NicRef, Process, Shapes, VmRef};
use super::truth::{
    FailoverTruth, MoveTruth, NodeOutage, NodeTruth, OutageTruth, PlacementTruth, SettingTruth,
    Truth, VmTruth,
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
    pub(super) uplink: String,
    /// Periods in which its operating system ran; the last may be open.
    pub(super) up: Vec<(Moment, Option<Moment>)>,
    /// When it can be used again; in the past while it is in the cluster.
    back_at: Moment,
    /// Until when moves or starts on it go on.
    engaged_until: Moment,
    paused: bool,
    boots: u32,
    pub(super) updates: Vec<String>,
    pub(super) reports: Vec<Report>,
}

#[derive(Clone, Debug)]
pub(super) struct Vm {
    pub(super) name: String,
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
    placements: Vec<(usize, Moment, Option<Moment>)>,
}

/// The configuration at one time, for exports.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) at: Moment,
    pub(super) nodes: Vec<Node>,
    pub(super) vms: Vec<Vm>,
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
    settings: Vec<SettingTruth>,
    network_outages: Vec<OutageTruth>,
}

/// What a node went through before it starts.
enum Start {
    /// The first start of the cluster.
    First,
    /// After an orderly stop.
    Clean,
    /// After a crash at this time.
    Dirty {
        crashed: Moment,
        bugcheck: Option<u32>,
    },
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
                uplink: guid_text(Random::stream(plan.seed, &format!("nic {}", n.name)).guid()),
                up: Vec::new(),
                back_at: plan.booted,
                engaged_until: plan.booted,
                paused: false,
                boots: 0,
                updates: first_updates(plan.windows),
                reports: Vec::new(),
            })
            .collect();
        let vms = plan
            .vms
            .iter()
            .enumerate()
            .map(|(index, vm)| Vm {
                name: vm.name.clone(),
                reference: VmRef {
                    index,
                    name: vm.name.clone(),
                    id: vm.id,
                },
                node: vm.node,
                running: false,
                memory_gb: vm.memory_gb,
                switch: vm.switch.clone(),
                mac: vm.mac.clone(),
                nic: guid_text(Random::stream(plan.seed, &format!("nic of {}", vm.name)).guid()),
                vlan: vm.vlan,
                cluster_vlan: vm.vlan,
                busy_until: plan.booted,
                failovers: 0,
                last_failover: None,
                ports: 0,
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
            settings: Vec::new(),
            network_outages: Vec::new(),
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
            | Action::Snapshot => step.at,
            _ => step.at.plus_seconds(self.random.between(0.05, 0.95)),
        };
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
            Action::QuickMigrate { vm, to } => {
                self.movable(*vm, *to, at)?;
                self.quick_migrate(*vm, *to, at);
            }
            Action::Drain(node) => {
                self.in_cluster(*node, at)?;
                self.evacuate(*node, at, true)?;
                self.nodes[*node].paused = true;
            }
            Action::Resume(node) => {
                self.in_cluster(*node, at)?;
                if !std::mem::take(&mut self.nodes[*node].paused) {
                    return Err(format!("{} is not paused", self.nodes[*node].name));
                }
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
        at.plus_seconds(self.nodes[node].offset_s)
    }

    pub(super) fn log(&mut self, node: usize, at: Moment, form: Form) {
        self.log_late(node, at, at, form);
    }

    /// Writes a record that reaches the log later than its time says.
    fn log_late(&mut self, node: usize, at: Moment, written: Moment, form: Form) {
        // No clock shows a round hundred nanoseconds.
        let jitter = self.random.below(9_000) as i64;
        let (process_id, thread_id) = self.process(node, form.process);
        self.entries.push(Entry {
            node,
            written: written.plus_ticks(jitter),
            stamp: self.clock(node, at.plus_ticks(jitter)),
            process_id,
            thread_id,
            form,
        });
    }

    /// Process ids stay until the node starts again.
    pub(super) fn process(&mut self, node: usize, process: Process) -> (u32, u32) {
        let thread = |random: &mut Random| 4 * (100 + random.below(3000)) as u32;
        match process {
            Process::EventLog => (0, 0),
            Process::Kernel => (4, thread(&mut self.random)),
            process => {
                let label = format!("{node} {} {process:?}", self.nodes[node].boots);
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
        let (process_id, thread_id) = self.process(node, process);
        self.lines.push(Line {
            node,
            time: self.clock(node, at),
            verbose: false,
            process_id,
            thread_id,
            level,
            text,
        });
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

    // Pieces that steps share

    /// The NIC with a new port on the node it comes to.
    fn new_port(&mut self, vm: usize) -> NicRef {
        self.vms[vm].ports += 1;
        self.nic(vm)
    }

    fn nic(&self, vm: usize) -> NicRef {
        let vm = &self.vms[vm];
        let seed = self.plan.seed;
        NicRef {
            nic: vm.nic.clone(),
            port: guid_text(Random::stream(seed, &format!("port {} {}", vm.name, vm.ports)).guid()),
            switch: guid_text(
                Random::stream(seed, &format!("switch {} {}", vm.switch, vm.node)).guid(),
            ),
            switch_name: vm.switch.clone(),
        }
    }

    /// The VM's NIC gets a port on the node.
    fn connect(&mut self, vm: usize, node: usize, at: Moment) -> Moment {
        let nic = self.new_port(vm);
        let reference = self.vms[vm].reference.clone();
        let mut now = at;
        if self.plan.windows == Windows::W2008R2 {
            for id in [14004, 14008] {
                let form = self.shapes.network_port(id, &reference, &nic);
                self.log(node, now, form);
                now = now.plus_seconds(0.05);
            }
        }
        if self.plan.windows >= Windows::W2016 {
            let form = self.shapes.nic_connected(&reference, &nic);
            self.log(node, now, form);
            now = now.plus_seconds(0.02);
        }
        let form = self.shapes.synth_nic(12582, &reference, &nic);
        self.log(node, now, form);
        now = now.plus_seconds(0.03);
        if self.plan.windows > Windows::W2008R2 {
            let form = self.shapes.synth_nic(12597, &reference, &nic);
            self.log(node, now, form);
        }
        now
    }

    /// The VM's NIC leaves its port; `nic` is as it was before the move.
    fn disconnect(&mut self, vm: usize, node: usize, nic: &NicRef, at: Moment) {
        let reference = self.vms[vm].reference.clone();
        match self.plan.windows {
            Windows::W2008R2 => {
                for (id, after) in [(14010, 0.0), (14006, 0.04)] {
                    let form = self.shapes.network_port(id, &reference, nic);
                    self.log(node, at.plus_seconds(after), form);
                }
            }
            windows => {
                let form = self.shapes.synth_nic(12598, &reference, nic);
                self.log(node, at, form);
                if windows >= Windows::W2016 {
                    let form = self.shapes.nic_disconnected(&reference, nic);
                    self.log(node, at.plus_seconds(0.01), form);
                }
            }
        }
    }

    /// The configuration comes online on a node: the cluster's copy is in force.
    fn apply_cluster_copy(&mut self, vm: usize, at: Moment) {
        let vm = &mut self.vms[vm];
        if vm.vlan != vm.cluster_vlan {
            self.settings.push(SettingTruth {
                vm: vm.name.clone(),
                at,
                from: vm.vlan,
                to: vm.cluster_vlan,
                cause: "move",
            });
            vm.vlan = vm.cluster_vlan;
        }
    }

    fn place(&mut self, vm: usize, node: usize, at: Moment) {
        self.leave(vm, at);
        let vm = &mut self.vms[vm];
        vm.node = node;
        vm.running = true;
        vm.placements.push((node, at, None));
    }

    fn leave(&mut self, vm: usize, at: Moment) {
        let vm = &mut self.vms[vm];
        vm.running = false;
        if let Some((_, _, to @ None)) = vm.placements.last_mut() {
            *to = Some(at);
        }
    }

    /// The role comes online on a node. Returns when the VM runs.
    fn bring_online(&mut self, vm: usize, node: usize, at: Moment, restored: bool) -> Moment {
        let windows = self.plan.windows;
        let moved = self.vms[vm].node != node;
        let reference = self.vms[vm].reference.clone();
        let (group, vm_resource) = (reference.name.clone(), reference.resource());
        let configuration = reference.configuration();
        let slow = if windows <= Windows::W2012 { 1.6 } else { 1.0 };
        let online = ["Offline", "OnlineCallIssued", "OnlinePending", "Online"];

        let form = self.shapes.group(1200, &group);
        self.log(node, at, form);
        let mut now = at.plus_seconds(self.random.between(0.1, 0.3));
        now = self.transitions(node, now, &configuration, &online);
        now = now.plus_seconds(self.random.between(0.4, 1.2) * slow);
        if moved {
            self.apply_cluster_copy(vm, now);
        }
        let form = self.shapes.ha_resource(21120, 4, configuration);
        self.log(node, now, form);
        self.vms[vm].node = node;
        now = self.transitions(node, now.plus_seconds(0.1), &vm_resource, &online[..3]);
        now = self.connect(vm, node, now.plus_seconds(0.2));
        now = now.plus_seconds(self.random.between(0.5, 2.5) * slow);
        let form = if restored && windows >= Windows::W2012R2 {
            self.shapes.worker_inferred(18596, &reference)
        } else {
            self.shapes.worker_seen(18500, &reference)
        };
        self.log(node, now, form);
        self.place(vm, node, now);
        let runs = now;
        now = now.plus_seconds(self.random.between(0.2, 0.8));
        let form = self.shapes.ha_resource(21119, 4, vm_resource.clone());
        self.log(node, now, form);
        now = self.transitions(node, now, &vm_resource, &online[2..]);
        let form = self.shapes.group(1201, &group);
        self.log(node, now, form);
        self.vms[vm].busy_until = now.plus_seconds(1.0);
        self.engage(node, self.vms[vm].busy_until);
        runs
    }

    /// The role goes offline, the VM saved or shut down. Returns when it is offline.
    fn take_offline(&mut self, vm: usize, at: Moment, save: bool) -> Moment {
        let node = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let (resource, memory) = (reference.resource(), self.vms[vm].memory_gb);
        let nic = self.nic(vm);
        let form = self.shapes.group(1203, &reference.name);
        self.log(node, at, form);
        let mut now = at.plus_seconds(0.1);
        now = self.transitions(node, now, &resource, &["Online", "OfflineCallIssued"]);
        now = now.plus_seconds(if save {
            memory * self.random.between(3.0, 5.0)
        } else {
            self.random.between(15.0, 40.0)
        });
        if save {
            let form = self.shapes.worker_inferred(18510, &reference);
            self.log(node, now, form);
        } else if self.plan.windows > Windows::W2008R2 {
            let form = self.shapes.worker_shut_down(&reference);
            self.log(node, now, form);
        }
        self.leave(vm, now);
        self.disconnect(vm, node, &nic, now.plus_seconds(0.1));
        now = now.plus_seconds(0.5);
        self.line(
            node,
            now,
            Process::ResourceHost,
            "INFO",
            format!(
                "[RHS] Resource {resource} has come offline. RHS is about to report resource \
                 status to RCM."
            ),
        );
        now = now.plus_seconds(0.2);
        let form = self.shapes.group(1204, &reference.name);
        self.log(node, now, form);
        self.vms[vm].busy_until = now.plus_seconds(1.0);
        self.engage(node, self.vms[vm].busy_until);
        now
    }

    fn guest_shutdown(&mut self, vm: usize, at: Moment) {
        let node = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let nic = self.nic(vm);
        if self.plan.windows > Windows::W2008R2 {
            let form = self.shapes.worker_seen(18508, &reference);
            self.log(node, at, form);
        }
        self.leave(vm, at);
        self.disconnect(vm, node, &nic, at.plus_seconds(0.2));
        self.vms[vm].busy_until = at.plus_seconds(2.0);
    }

    /// Somebody asks for a move; the cluster says where to.
    fn announce_move(&mut self, vm: usize, to: usize, at: Moment) {
        let from = self.vms[vm].node;
        let group = self.vms[vm].name.clone();
        let destination = self.nodes[to].id;
        let text = if self.plan.windows <= Windows::W2012 {
            format!("rcm::RcmApi::MoveGroup: ({group}, {destination})")
        } else {
            format!(
                "rcm::RcmApi::MoveGroup: (Group:{group} Dest:{destination} Flags:0 \
                 MoveType:MoveType::Manual Cur.State:Online, ContextSize:0)"
            )
        };
        self.rcm(from, at, text);
        if self.plan.windows >= Windows::W2012R2 {
            let (a, b) = (self.nodes[from].name.clone(), self.nodes[to].name.clone());
            let form = self.shapes.group_moving(&group, &a, &b);
            self.log(from, at.plus_seconds(0.02), form);
        }
    }

    /// The cluster's own line about a move that it carries out (2012 R2 and later).
    fn move_line(
        &mut self,
        writer: usize,
        vm: usize,
        from: usize,
        to: usize,
        at: Moment,
        down: bool,
    ) {
        if self.plan.windows < Windows::W2012R2 {
            return;
        }
        let (kind, targeted) = if down {
            ("NodeDown", "false")
        } else {
            ("Manual", "true")
        };
        // The value inside the line is local time, even where the line's stamp is UTC.
        let last = match self.vms[vm].last_failover {
            Some(at) => self
                .local(writer, at)
                .strftime("%Y/%m/%d-%H:%M:%S%.3f")
                .to_string(),
            None => "1601/01/01-00:00:00.000".to_owned(),
        };
        let text = format!(
            "move of group {} from {}({}) to {}({}) of type MoveType::{kind} is about to succeed, \
             failoverCount={}, lastFailoverTime={last} targeted={targeted}",
            self.vms[vm].name,
            self.nodes[from].name,
            self.nodes[from].id,
            self.nodes[to].name,
            self.nodes[to].id,
            self.vms[vm].failovers,
        );
        self.rcm(writer, at, text);
    }

    // Steps

    fn live_migrate(
        &mut self,
        vm: usize,
        to: usize,
        at: Moment,
        blackout_s: Option<f64>,
        outcome: Outcome,
    ) -> Moment {
        let windows = self.plan.windows;
        let from = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let old_nic = self.nic(vm);
        let per_gb = match windows {
            Windows::W2008R2 => 9.0,
            Windows::W2012 | Windows::W2012R2 => 3.5,
            _ => 1.3,
        };
        let whole = 3.0 + self.vms[vm].memory_gb * per_gb * self.random.between(0.9, 1.2);
        let blackout = blackout_s.unwrap_or_else(|| {
            let drawn: f64 = self.random.between(0.2, 1.6);
            (drawn * 10.0).round() / 10.0
        });
        let whole = whole + blackout;
        let clustered = windows <= Windows::W2012R2;

        self.announce_move(vm, to, at);
        let mut now = at.plus_seconds(self.random.between(0.2, 0.5));
        if windows > Windows::W2008R2 {
            let destination = self.nodes[to].name.clone();
            let form = self.shapes.vmms_move(20413, 4, &reference, destination);
            self.log(from, now, form);
        }
        if clustered {
            let form = self.shapes.ha_migration(22501, &reference);
            self.log(from, now.plus_seconds(0.1), form);
            let form = self.shapes.ha_migration(22502, &reference);
            self.log(to, now.plus_seconds(0.9), form);
        }
        if outcome != Outcome::Completed {
            let end = at.plus_seconds(whole * self.random.between(0.3, 0.7));
            self.broken_migration(vm, from, to, at, end, outcome);
            return end;
        }

        let end = at.plus_seconds(whole);
        let form = self.shapes.ha_resource(21120, 4, reference.configuration());
        self.log(to, now.plus_seconds(1.4), form);
        // Ports and NICs of the destination are made before the VM is paused.
        now = end.plus_seconds(-blackout - 0.6);
        self.vms[vm].node = to;
        self.connect(vm, to, now);
        if windows >= Windows::W2016 {
            let form = self.shapes.worker_inferred(21128, &reference);
            self.log(from, end.plus_seconds(-blackout), form);
        }
        self.apply_cluster_copy(vm, end);
        self.place(vm, to, end);

        let seconds = format!("{blackout}");
        match windows {
            Windows::W2008R2 => {}
            _ if blackout >= LONG_BLACKOUT_S => {
                let form = self.shapes.vmms_move(20417, 3, &reference, seconds);
                self.log(from, end.plus_seconds(0.12), form);
            }
            _ => {
                let form = self.shapes.vmms_blackout(&reference, seconds);
                self.log(from, end.plus_seconds(0.12), form);
            }
        }
        if windows > Windows::W2008R2 {
            let address = self.nodes[from].address.clone();
            let form = self.shapes.vmms_move(20418, 4, &reference, address);
            self.log(to, end.plus_seconds(0.08), form);
        }
        if clustered {
            let form = self.shapes.worker_inferred(18530, &reference);
            self.log(from, end.plus_seconds(0.1), form);
            let form = self.shapes.ha_migration(22503, &reference);
            self.log(from, end.plus_seconds(0.3), form);
            let form = self.shapes.ha_migration(22504, &reference);
            self.log(to, end.plus_seconds(0.35), form);
        }
        self.disconnect(vm, from, &old_nic, end.plus_seconds(0.4));
        self.move_line(from, vm, from, to, end.plus_seconds(0.5), false);
        self.vms[vm].busy_until = end.plus_seconds(2.0);
        self.engage(from, end.plus_seconds(2.0));
        self.engage(to, end.plus_seconds(2.0));
        self.migrations.push(MoveTruth {
            vm: reference.name,
            kind: "live",
            from_node: self.nodes[from].name.clone(),
            to_node: self.nodes[to].name.clone(),
            started: at,
            ended: end,
            blackout_s: Some(blackout),
            outcome: "completed",
        });
        end
    }

    fn broken_migration(
        &mut self,
        vm: usize,
        from: usize,
        to: usize,
        at: Moment,
        end: Moment,
        outcome: Outcome,
    ) {
        let windows = self.plan.windows;
        let reference = self.vms[vm].reference.clone();
        let failed = outcome == Outcome::Failed;
        let mut forms = Vec::new();
        match (windows, failed) {
            (Windows::W2008R2, true) => {
                forms.push(self.shapes.vmms_vm(20120, 2, &reference));
                forms.push(self.shapes.ha_resource(21111, 2, reference.resource()));
            }
            (Windows::W2008R2, false) => {
                forms.push(self.shapes.vmms_vm(20122, 3, &reference));
                forms.push(self.shapes.ha_canceled());
            }
            (_, true) => {
                let host = self.nodes[from].name.clone();
                forms.push(self.shapes.vmms_move(21024, 2, &reference, host));
                forms.push(self.shapes.ha_resource(21111, 2, reference.resource()));
            }
            (_, false) => forms.push(self.shapes.vmms_vm(21014, 3, &reference)),
        }
        if failed {
            let prose = format!(
                "Live migration of '{}' failed.\n\nThe connection from {} to {} was cut while \
                 memory was copied (0x80072746).",
                reference.resource(),
                self.nodes[from].name,
                self.nodes[to].name
            );
            forms.push(self.shapes.ha_carrier(&reference, prose));
            if windows <= Windows::W2012R2 {
                forms.push(self.shapes.ha_migration_failed(&reference, "21111, 21502"));
            }
        }
        for (n, form) in forms.into_iter().enumerate() {
            self.log(from, end.plus_seconds(0.05 * n as f64), form);
        }
        self.vms[vm].busy_until = end.plus_seconds(2.0);
        self.engage(from, end.plus_seconds(2.0));
        self.engage(to, end.plus_seconds(2.0));
        self.migrations.push(MoveTruth {
            vm: reference.name,
            kind: "live",
            from_node: self.nodes[from].name.clone(),
            to_node: self.nodes[to].name.clone(),
            started: at,
            ended: end,
            blackout_s: None,
            outcome: if failed { "failed" } else { "canceled" },
        });
    }

    fn quick_migrate(&mut self, vm: usize, to: usize, at: Moment) -> Moment {
        let from = self.vms[vm].node;
        self.announce_move(vm, to, at);
        let saved = self.take_offline(vm, at.plus_seconds(0.2), true);
        self.move_line(from, vm, from, to, saved.plus_seconds(0.2), false);
        let runs = self.bring_online(vm, to, saved.plus_seconds(0.6), true);
        self.migrations.push(MoveTruth {
            vm: self.vms[vm].name.clone(),
            kind: "quick",
            from_node: self.nodes[from].name.clone(),
            to_node: self.nodes[to].name.clone(),
            started: at,
            ended: runs,
            blackout_s: None,
            outcome: "completed",
        });
        runs
    }

    /// Moves every running VM off a node, one after the other.
    fn evacuate(&mut self, node: usize, at: Moment, live: bool) -> Result<Moment, String> {
        let mut now = at.plus_seconds(1.0);
        for vm in 0..self.vms.len() {
            if self.vms[vm].node != node || !self.vms[vm].running {
                continue;
            }
            self.idle(vm, at)?;
            let to = self.least_loaded(node, now)?;
            now = if live {
                self.live_migrate(vm, to, now, None, Outcome::Completed)
            } else {
                self.quick_migrate(vm, to, now)
            };
            now = now.plus_seconds(self.random.between(2.0, 6.0));
        }
        Ok(now)
    }

    fn restart(
        &mut self,
        node: usize,
        at: Moment,
        kb: Option<&str>,
        down_s: f64,
    ) -> Result<(), String> {
        let reason = match kb {
            Some(_) => ("Operating System: Security fix (Planned)", "0x80020012"),
            None => ("Other (Planned)", "0x80000000"),
        };
        let computer = self.nodes[node].name.to_uppercase();
        let user = format!(
            "{}\\administrator",
            self.plan
                .domain
                .split('.')
                .next()
                .unwrap_or_default()
                .to_uppercase()
        );
        let form = shapes::restart_requested(&computer, reason, &user);
        self.log(node, at, form);
        // Since 2012 R2 a shutdown drains the node; before, its roles were saved and moved.
        let live = self.plan.windows >= Windows::W2012R2;
        let mut now = self.evacuate(node, at.plus_seconds(1.0), live)?;
        let stopped = now;
        let form = self.shapes.cluster_stopped();
        self.log(node, now, form);
        now = now.plus_seconds(2.0);
        let form = self.shapes.vmms_service(14092);
        self.log(node, now, form);
        now = now.plus_seconds(1.5);
        self.log(node, now, shapes::service_state("Cluster Service", false));
        now = now.plus_seconds(1.0);
        self.log(node, now, shapes::event_log_service(6006));
        now = now.plus_seconds(2.0);
        let stamp = self.clock(node, now);
        self.log(node, now, shapes::os_stopping(stamp));
        self.end_run(node, now);
        if let Some(kb) = kb {
            let updates = &mut self.nodes[node].updates;
            updates.push(kb.to_uppercase());
            updates.sort();
            updates.dedup();
        }
        let joined = self.boot(node, now.plus_seconds(down_s), &Start::Clean);
        self.outage(node, stopped, joined, true);
        Ok(())
    }

    fn crash(
        &mut self,
        node: usize,
        at: Moment,
        down_s: f64,
        bugcheck: Option<u32>,
    ) -> Result<(), String> {
        for vm in 0..self.vms.len() {
            if self.vms[vm].node == node {
                self.idle(vm, at)?;
            }
        }
        self.end_run(node, at);
        let boot_at = at.plus_seconds(down_s);
        let lost: Vec<usize> = (0..self.vms.len())
            .filter(|&vm| self.vms[vm].node == node && self.vms[vm].running)
            .collect();
        for &vm in &lost {
            self.leave(vm, at);
        }
        self.nodes[node].back_at = boot_at;
        let noticed = self.notice_loss(node, at);
        let coordinator = self.least_id(noticed)?;
        for (n, &vm) in lost.iter().enumerate() {
            let moved_at = noticed.plus_seconds(0.6 + 0.08 * n as f64);
            let to = self.least_loaded(node, moved_at)?;
            let (group, a, b) = (
                self.vms[vm].name.clone(),
                self.nodes[node].name.clone(),
                self.nodes[to].name.clone(),
            );
            if self.plan.windows >= Windows::W2012R2 {
                let form = self.shapes.group_moving(&group, &a, &b);
                self.log(coordinator, moved_at, form);
            }
            self.move_line(coordinator, vm, node, to, moved_at, true);
            let runs = self.bring_online(vm, to, moved_at.plus_seconds(0.8), false);
            self.vms[vm].failovers += 1;
            self.vms[vm].last_failover = Some(moved_at);
            self.failovers.push(FailoverTruth {
                vm: group,
                from_node: a,
                to_node: b,
                down_from: at,
                up_at: runs,
                downtime_s: runs.seconds_since(at),
            });
        }
        let joined = self.boot(
            node,
            boot_at,
            &Start::Dirty {
                crashed: at,
                bugcheck,
            },
        );
        self.outage(node, at, joined, false);
        Ok(())
    }

    /// What the other nodes write when one falls silent. Returns when they act on it.
    fn notice_loss(&mut self, lost: usize, at: Moment) -> Moment {
        let windows = self.plan.windows;
        // Five missed heartbeats of a second each; ten since 2016.
        let (half, limit) = if windows >= Windows::W2016 {
            (4.0, 10.0)
        } else {
            (2.0, 5.0)
        };
        let (there, there_id) = (self.nodes[lost].address.clone(), self.nodes[lost].id);
        let there_name = self.nodes[lost].name.clone();
        let mut removed = at;
        for node in 0..self.nodes.len() {
            if node == lost || at < self.nodes[node].back_at {
                continue;
            }
            let here = self.nodes[node].address.clone();
            let late = self.random.between(0.0, 0.4);
            let missed = match windows {
                Windows::W2022 => format!(
                    "[NETWORK] Missed 40% of the heart beats with node '{there_name}' ({there_id}) \
                     on route {here}:~3343~->{there}:~3343~"
                ),
                _ => format!(
                    "[IM] got event: LocalEndpoint {here}:~3343~ has missed {} consecutive \
                     heartbeats from {there}:~3343~",
                    if windows >= Windows::W2016 {
                        "two-fifth"
                    } else {
                        "two"
                    }
                ),
            };
            self.line(
                node,
                at.plus_seconds(half + late),
                Process::ClusterService,
                "INFO",
                missed,
            );
            let silent = at.plus_seconds(limit + late);
            self.line(
                node,
                silent,
                Process::ClusterService,
                "DBG",
                format!(
                    "[NETFTAPI] Signaled NetftRemoteUnreachable event, local address {here}:3343 \
                     remote address {there}:3343"
                ),
            );
            self.line(
                node,
                silent.plus_seconds(0.001),
                Process::ClusterService,
                "INFO",
                format!(
                    "[IM] got event: Remote endpoint {there}:~3343~ unreachable from {here}:~3343~"
                ),
            );
            let gone = silent.plus_seconds(1.0);
            let form = self.shapes.node_removed(&there_name);
            self.log(node, gone, form);
            if windows >= Windows::W2016 {
                self.rcm(
                    node,
                    gone.plus_seconds(0.03),
                    format!("Handling downed nodes ({there_id}). Nodes in isolated state ()"),
                );
            }
            removed = removed.max(gone);
        }
        removed
    }

    fn least_id(&self, at: Moment) -> Result<usize, String> {
        (0..self.nodes.len())
            .filter(|&n| at >= self.nodes[n].back_at)
            .min_by_key(|&n| self.nodes[n].id)
            .ok_or_else(|| "no node is left".to_owned())
    }

    fn end_run(&mut self, node: usize, at: Moment) {
        if let Some((_, to @ None)) = self.nodes[node].up.last_mut() {
            *to = Some(at);
        }
    }

    fn outage(&mut self, node: usize, from: Moment, to: Moment, planned: bool) {
        self.outages[node].push(NodeOutage {
            from,
            to: (to <= self.plan.end).then_some(to),
            planned,
        });
    }

    /// A node starts. Returns when it is in the cluster.
    fn boot(&mut self, node: usize, at: Moment, start: &Start) -> Moment {
        let windows = self.plan.windows;
        let previous = self.nodes[node].up.last().copied();
        self.nodes[node].boots += 1;
        self.nodes[node].up.push((at, None));
        let log_up = at.plus_seconds(22.0);

        self.log(node, log_up, shapes::event_log_version(windows));
        if let Start::Dirty { crashed, .. } = start {
            // The log service notes every minute that the system is alive.
            let before = self.random.between(5.0, 55.0);
            let alive = self.local(node, crashed.plus_seconds(-before));
            let since = previous.map_or(*crashed, |(from, _)| from);
            let uptime = crashed.seconds_since(since).max(0.0) as u64;
            let form = shapes::event_log_unexpected(&alive, uptime);
            self.log(node, log_up.plus_seconds(0.1), form);
        }
        let service = log_up.plus_seconds(0.2);
        self.log(node, service, shapes::event_log_service(6005));
        // The kernel's early records wait until the log service runs.
        let late = log_up.plus_seconds(0.6);
        let stamp = self.clock(node, at);
        let form = shapes::os_started(windows, 0, stamp);
        self.log_late(node, at.plus_seconds(0.3), late, form);
        if let Start::Dirty { bugcheck, .. } = start {
            let form = shapes::dirty_restart(windows, *bugcheck);
            self.log_late(node, at.plus_seconds(3.0), late.plus_seconds(0.1), form);
            if let Some(code) = bugcheck {
                let report = guid_text(self.random.guid()).to_lowercase();
                let form = shapes::bugcheck(*code, &report);
                self.log(node, log_up.plus_seconds(9.0), form);
            }
        }
        let mut now = log_up.plus_seconds(2.0);
        for service in BOOT_SERVICES {
            self.log(node, now, shapes::service_state(service, true));
            now = now.plus_seconds(self.random.between(0.2, 1.5));
        }
        self.log(node, now, shapes::dhcp_started());
        let guid = guid_text(Random::stream(self.plan.seed, "domain network").guid());
        let form = shapes::profile_connected(&self.plan.domain, &guid.to_lowercase());
        self.log(node, now.plus_seconds(1.2), form);
        if windows > Windows::W2008R2 {
            let uplink = self.nodes[node].uplink.clone();
            for id in [23, 21] {
                let form = self.shapes.uplink(id, &uplink, ADAPTER);
                self.log(node, now.plus_seconds(1.6), form);
            }
        }
        now = now.plus_seconds(4.0);
        let form = self.shapes.vmms_service(14094);
        self.log(node, now, form);
        let joined = now.plus_seconds(self.random.between(12.0, 20.0));
        self.line(
            node,
            now.plus_seconds(1.0),
            Process::ClusterService,
            "INFO",
            "---+ LOG BEGIN +---".to_owned(),
        );
        let first = matches!(start, Start::First) && node == 0;
        let cluster = self.plan.cluster.clone();
        let form = self
            .shapes
            .cluster_joined(if first { 1061 } else { 1062 }, &cluster);
        self.log(node, joined, form);
        self.log(
            node,
            joined.plus_seconds(0.4),
            shapes::service_state("Cluster Service", true),
        );
        self.nodes[node].back_at = joined.plus_seconds(2.0);
        joined
    }

    fn change_vlan(&mut self, vm: usize, at: Moment, to: u32, with: EditTool) {
        let vm = &mut self.vms[vm];
        self.settings.push(SettingTruth {
            vm: vm.name.clone(),
            at,
            from: vm.vlan,
            to,
            cause: with.name(),
        });
        vm.vlan = to;
        if with == EditTool::FailoverClusterManager {
            vm.cluster_vlan = to;
        }
    }

    /// The cluster takes Hyper-V's copy; a report file is all that shows it.
    fn refresh(&mut self, vm: usize, at: Moment) {
        let node = self.vms[vm].node;
        self.vms[vm].cluster_vlan = self.vms[vm].vlan;
        let name = self.vms[vm].name.clone();
        let local = self.local(node, at);
        let stamp = local.strftime("%Y.%m.%d at %H.%M.%S").to_string();
        let html = page(
            &format!("Refresh of {name}"),
            &[
                ("Virtual machine", &name),
                ("Node", &self.nodes[node].name.clone()),
                ("Time", &local.strftime("%Y-%m-%d %H:%M:%S").to_string()),
                ("Result", "no problem found"),
            ],
        );
        // What no file name can hold; it becomes a path in the bundle.
        let safe = name.replace(|c: char| c.is_control() || r#"\/:*?"<>|"#.contains(c), "_");
        self.nodes[node].reports.push(Report {
            name: format!("Update-ClusterVirtualMachineConfiguration '{safe}' on {stamp}.htm"),
            at,
            html,
        });
    }

    fn validation_report(&self, node: usize, at: Moment) -> Report {
        let local = self.local(node, at);
        let names: Vec<&str> = self.nodes.iter().map(|n| n.name.as_str()).collect();
        Report {
            name: format!(
                "Validation Report {}.htm",
                local.strftime("%Y.%m.%d at %H.%M.%S")
            ),
            at,
            html: page(
                "Validation",
                &[
                    ("Cluster", &self.plan.cluster),
                    ("Nodes", &names.join(", ")),
                    ("Result", "suitable for clustering"),
                ],
            ),
        }
    }

    fn link(&mut self, node: usize, nic: &str, up: bool, at: Moment) -> Result<(), String> {
        let uplink = nic.eq_ignore_ascii_case("uplink");
        if !uplink && !self.plan.networks.iter().any(|n| n == nic) {
            return Err(format!(
                "expected `uplink` or one of the networks {}, found {nic:?}",
                self.plan.networks.join(", ")
            ));
        }
        self.log(node, at, shapes::link(up, ADAPTER));
        if uplink {
            if self.plan.windows > Windows::W2008R2 {
                let guid = self.nodes[node].uplink.clone();
                for id in if up { [21, 23] } else { [22, 24] } {
                    let form = self.shapes.uplink(id, &guid, ADAPTER);
                    self.log(node, at.plus_seconds(0.3), form);
                }
            }
            return Ok(());
        }
        let writer = self.least_id(at)?;
        let name = self.nodes[node].name.clone();
        let (id, level) = if up { (1125, 3) } else { (1127, 2) };
        let form = self.shapes.interface(id, level, &name, nic);
        self.log(writer, at.plus_seconds(6.0), form);
        Ok(())
    }

    // Results

    /// The configuration as an export at this time would show it.
    pub(super) fn state(&self, at: Moment) -> State {
        State {
            at,
            nodes: self.nodes.clone(),
            vms: self.vms.clone(),
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
                })
                .collect(),
            vms: self
                .vms
                .iter()
                .map(|vm| VmTruth {
                    name: vm.name.clone(),
                    id: vm.reference.id.to_string(),
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
            settings: self.settings.clone(),
            network_outages: self.network_outages.clone(),
        }
    }
}

/// From here on the simulator calls a blackout unexpectedly long. Windows' own
/// limit was not seen.
const LONG_BLACKOUT_S: f64 = 10.0;

/// A NIC whose driver's events were seen.
const ADAPTER: &str = "Intel(R) 82574L Gigabit Network Connection";

const BOOT_SERVICES: &[&str] = &[
    "DCOM Server Process Launcher",
    "RPC Endpoint Mapper",
    "Windows Event Log",
    "DHCP Client",
    "Network Store Interface Service",
    "Workstation",
    "Server",
    "Windows Time",
    "Hyper-V Virtual Machine Management",
];

/// Updates that every node has from the start.
fn first_updates(windows: Windows) -> Vec<String> {
    let ids: &[&str] = match windows {
        Windows::W2008R2 => &["KB2425227", "KB2506212", "KB976902"],
        Windows::W2012 => &["KB2712101", "KB2764870"],
        Windows::W2012R2 => &["KB2919355", "KB2999226"],
        Windows::W2016 => &["KB3192137", "KB3211320"],
        Windows::W2019 => &["KB4464455", "KB4465065"],
        Windows::W2022 => &["KB5008882", "KB5010523"],
    };
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// A small page, in place of the cluster tools' own reports.
fn page(title: &str, rows: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let mut html = format!(
        "<!DOCTYPE html>\r\n<html><head><title>{0}</title></head><body>\r\n<h1>{0}</h1>\r\n<table>\r\n",
        escape(title)
    );
    for (name, value) in rows {
        html.push_str(&format!(
            "<tr><th>{}</th><td>{}</td></tr>\r\n",
            escape(name),
            escape(value)
        ));
    }
    html.push_str("</table>\r\n</body></html>\r\n");
    html
}
