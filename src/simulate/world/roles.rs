//! What coming online and going offline of a VM's role does and writes.

use crate::model::time::Moment;

use super::super::random::{Random, guid_text};
use super::super::scenario::Windows;
use super::super::shapes::{NicRef, Process};
use super::super::truth::{SettingTruth, VmStateTruth};
use super::World;

impl World<'_> {
    /// The NIC with a new port on the node it comes to.
    pub(super) fn new_port(&mut self, vm: usize) -> NicRef {
        self.vms[vm].ports += 1;
        self.nic(vm)
    }

    pub(super) fn nic(&self, vm: usize) -> NicRef {
        let vm = &self.vms[vm];
        let seed = self.plan.seed;
        NicRef {
            nic: vm.nic.clone(),
            port: guid_text(Random::stream(seed, &format!("port {} {}", vm.key, vm.ports)).guid()),
            switch: guid_text(
                Random::stream(seed, &format!("switch {} {}", vm.switch, vm.node)).guid(),
            ),
            switch_name: vm.switch.clone(),
        }
    }

    /// The VM's NIC gets a port on the node.
    pub(super) fn connect(&mut self, vm: usize, node: usize, at: Moment) -> Moment {
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
    pub(super) fn disconnect(&mut self, vm: usize, node: usize, nic: &NicRef, at: Moment) {
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
    pub(super) fn apply_cluster_copy(&mut self, vm: usize, at: Moment) {
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

    pub(super) fn place(&mut self, vm: usize, node: usize, at: Moment) {
        self.depart(vm, at);
        self.register(vm, node, at, true);
        self.enter(vm, "running", at);
        let vm = &mut self.vms[vm];
        vm.running = true;
        vm.placements.push((node, at, None));
    }

    /// It stops, and is in another state.
    pub(super) fn leave(&mut self, vm: usize, at: Moment, state: &'static str) {
        self.depart(vm, at);
        self.enter(vm, state, at);
    }

    fn depart(&mut self, vm: usize, at: Moment) {
        let vm = &mut self.vms[vm];
        vm.running = false;
        if let Some((_, _, to @ None)) = vm.placements.last_mut() {
            *to = Some(at);
        }
    }

    /// The VM is registered on a node, running or not.
    pub(super) fn register(&mut self, vm: usize, node: usize, at: Moment, traced: bool) {
        let vm = &mut self.vms[vm];
        vm.node = node;
        match vm.homes.last_mut() {
            // What it does there later tells of it.
            Some(last) if last.0 == node => last.2 |= traced,
            _ => vm.homes.push((node, at, traced)),
        }
    }

    pub(super) fn enter(&mut self, vm: usize, state: &'static str, at: Moment) {
        let states = &mut self.vms[vm].states;
        if let Some(last) = states.last_mut() {
            if last.state == state {
                return;
            }
            last.to = Some(at);
        }
        states.push(VmStateTruth {
            state,
            from: at,
            to: None,
        });
    }

    /// The role comes online on a node. Returns when the VM runs.
    pub(super) fn bring_online(
        &mut self,
        vm: usize,
        node: usize,
        at: Moment,
        restored: bool,
    ) -> Moment {
        let windows = self.plan.windows;
        let moved = self.vms[vm].node != node;
        let reference = self.vms[vm].reference.clone();
        let (group, vm_resource) = (reference.group.clone(), reference.resource());
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
    pub(super) fn take_offline(&mut self, vm: usize, at: Moment, save: bool) -> Moment {
        let node = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let (resource, memory) = (reference.resource(), self.vms[vm].memory_gb);
        let nic = self.nic(vm);
        let form = self.shapes.group(1203, &reference.group);
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
        self.leave(vm, now, if save { "saved" } else { "off" });
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
        let form = self.shapes.group(1204, &reference.group);
        self.log(node, now, form);
        self.vms[vm].busy_until = now.plus_seconds(1.0);
        self.engage(node, self.vms[vm].busy_until);
        now
    }

    pub(super) fn guest_shutdown(&mut self, vm: usize, at: Moment) {
        let node = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let nic = self.nic(vm);
        if self.plan.windows > Windows::W2008R2 {
            let form = self.shapes.worker_seen(18508, &reference);
            self.log(node, at, form);
        }
        self.leave(vm, at, "off");
        self.disconnect(vm, node, &nic, at.plus_seconds(0.2));
        self.vms[vm].busy_until = at.plus_seconds(2.0);
    }
}
