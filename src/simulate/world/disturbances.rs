//! What goes wrong while the nodes' systems run: the cluster service, the network
//! between nodes, storage, a resource that hangs, and clocks.

use crate::model::time::Moment;

use super::super::scenario::Windows;
use super::super::shapes::{self, Process};
use super::super::truth::ClockJumpTruth;
use super::World;

const CLUSTER_SERVICE: &str = "Cluster Service";

/// So many failures of a node within an hour bring it into quarantine.
const QUARANTINE_AFTER: u32 = 3;

impl World<'_> {
    /// The cluster service is stopped in order; roles move away first.
    pub(super) fn stop_service(
        &mut self,
        node: usize,
        at: Moment,
        down_s: f64,
    ) -> Result<(), String> {
        let live = self.plan.windows >= Windows::W2012R2;
        let stopped = self.evacuate(node, at, live)?;
        let form = self.shapes.cluster_stopped();
        self.log(node, stopped, form);
        let form = shapes::service_state(CLUSTER_SERVICE, false);
        self.log(node, stopped.plus_seconds(1.5), form);
        let id = self.nodes[node].id;
        for other in self.members(&[node], stopped) {
            self.line(
                other,
                stopped.plus_seconds(0.3),
                Process::ClusterService,
                "INFO",
                format!(
                    "Graceful shutdown reported by node {id}, reason \
                     ServiceStopReason::ServiceControl"
                ),
            );
        }
        let joined = self.rejoin(node, stopped.plus_seconds(down_s), false);
        self.outage(node, stopped, joined, "stopped");
        Ok(())
    }

    /// The cluster service ends by itself; its VMs go with it, and the others notice
    /// at once that its connections are gone. A node on which that happens too often
    /// is kept out for some time.
    pub(super) fn fail_service(
        &mut self,
        node: usize,
        at: Moment,
        down_s: f64,
        quarantined: bool,
    ) -> Result<(), String> {
        let lost = self.running_on(node, at)?;
        let times = if quarantined { QUARANTINE_AFTER } else { 1 };
        let form = shapes::cluster_service_ended(times, 60_000);
        self.log(node, at.plus_seconds(0.3), form);
        self.turn_off(&lost, node, at.plus_seconds(0.5));
        let back = at.plus_seconds(down_s);
        self.nodes[node].back_at = back;
        let (name, id) = (self.nodes[node].name.clone(), self.nodes[node].id);
        let gone = at.plus_seconds(1.0);
        for other in self.members(&[node], at) {
            let form = self.shapes.node_removed(&name);
            self.log(other, gone, form);
            if self.plan.windows >= Windows::W2016 {
                let text = format!("Handling downed nodes ({id}). Nodes in isolated state ()");
                self.rcm(other, gone.plus_seconds(0.03), text);
            }
            if quarantined {
                let until = self.local(other, back);
                let until = until.strftime("%Y/%m/%d-%H:%M:%S%.3f").to_string();
                let form = self.shapes.node_quarantined(&name, QUARANTINE_AFTER, until);
                self.log(other, gone.plus_seconds(0.2), form);
            }
        }
        self.fail_over(node, &lost, at, gone, "service_stop")?;
        let joined = self.rejoin(node, back, false);
        let kind = if quarantined {
            "quarantined"
        } else {
            "service_failed"
        };
        self.outage(node, at, joined, kind);
        Ok(())
    }

    /// Some nodes lose the others, and with them quorum.
    pub(super) fn split(&mut self, cut: &[usize], at: Moment, down_s: f64) -> Result<(), String> {
        let mut lost = Vec::new();
        for &node in cut {
            self.undisturbed(node, at)?;
            lost.push(self.running_on(node, at)?);
        }
        if self.members(cut, at).len() < cut.len() {
            return Err("the part that is cut off is the larger one".to_owned());
        }
        let networks = self.plan.networks.clone();
        let writer = self.members(cut, at).into_iter().next();
        for (n, network) in networks.iter().enumerate() {
            let form = self.shapes.partitioned(network);
            if let Some(writer) = writer {
                self.log(writer, at.plus_seconds(6.0 + 0.1 * n as f64), form);
            }
        }
        let back = at.plus_seconds(down_s);
        for &node in cut {
            self.nodes[node].back_at = back;
        }
        let noticed = self.notice_loss(cut, at);
        for (&node, vms) in cut.iter().zip(&lost) {
            let down = self.without_quorum(node, noticed);
            self.turn_off(vms, node, down.plus_seconds(0.8));
            // The others start them when the lost node has to have let go of them.
            let taken = down.plus_seconds(2.0).max(noticed);
            self.fail_over(node, vms, down, taken, "quorum_loss")?;
        }
        for (n, &node) in cut.iter().enumerate() {
            let joined = self.rejoin(node, back.plus_seconds(2.0 * n as f64), false);
            self.outage(node, noticed, joined, "quorum_lost");
        }
        Ok(())
    }

    /// All nodes lose quorum; the cluster forms again later.
    pub(super) fn lose_quorum(&mut self, at: Moment, down_s: f64) -> Result<(), String> {
        let members = self.members(&[], at);
        let mut lost = Vec::new();
        for &node in &members {
            self.undisturbed(node, at)?;
            lost.push(self.running_on(node, at)?);
        }
        let back = at.plus_seconds(down_s);
        let mut downs = Vec::new();
        for (&node, vms) in members.iter().zip(&lost) {
            let late = self.random.between(0.0, 0.8);
            let down = self.without_quorum(node, at.plus_seconds(late));
            self.turn_off(vms, node, down.plus_seconds(0.8));
            self.nodes[node].back_at = back;
            downs.push(down);
        }
        let mut ready = back;
        for (n, (&node, &down)) in members.iter().zip(&downs).enumerate() {
            let joined = self.rejoin(node, back.plus_seconds(3.0 * n as f64), n == 0);
            self.outage(node, down, joined, "quorum_lost");
            ready = ready.max(joined);
        }
        let mut now = ready.plus_seconds(4.0);
        for ((&node, vms), &down) in members.iter().zip(&lost).zip(&downs) {
            for &vm in vms {
                let runs = self.bring_online(vm, node, now, false);
                self.tell_failover(vm, (node, node), (down, runs), "quorum_loss");
                now = now.plus_seconds(2.0);
            }
        }
        Ok(())
    }

    /// A cluster shared volume is out of reach of a node. Without a way back, its
    /// roles fail there and start on the other nodes.
    pub(super) fn pause_volume(
        &mut self,
        node: usize,
        volume: &str,
        at: Moment,
        recovers_s: Option<f64>,
    ) -> Result<(), String> {
        let vms = self.running_on(node, at)?;
        let status = "STATUS_CONNECTION_DISCONNECTED(c000020c)";
        let form = self.shapes.volume(5120, volume, Some(status));
        self.log(node, at, form);
        // Before 2016 a VM waits for its storage, and nothing says so.
        let told = self.plan.windows >= Windows::W2016;
        let mut halted = Vec::new();
        for &vm in &vms {
            let now = at.plus_seconds(self.random.between(8.0, 12.0));
            if told {
                let reference = self.vms[vm].reference.clone();
                let form = self.shapes.worker_inferred(18524, &reference);
                self.log(node, now, form);
                self.enter(vm, "critical_paused", now);
            }
            halted.push(now);
        }
        if let Some(after) = recovers_s {
            let back = at.plus_seconds(after.max(15.0));
            let form = self.shapes.volume(5122, volume, None);
            self.log(node, back, form);
            for &vm in &vms {
                let now = back.plus_seconds(self.random.between(0.5, 2.0));
                if told {
                    let reference = self.vms[vm].reference.clone();
                    let form = self.shapes.worker_inferred(18526, &reference);
                    self.log(node, now, form);
                    self.enter(vm, "running", now);
                }
                self.vms[vm].busy_until = now.plus_seconds(1.0);
            }
            self.engage(node, back.plus_seconds(3.0));
            return Ok(());
        }
        let gone = at.plus_seconds(20.0);
        let form = self
            .shapes
            .volume(5142, volume, Some("ERROR_TIMEOUT(1460)"));
        self.log(node, gone, form);
        for (n, (&vm, halted)) in vms.iter().zip(halted).enumerate() {
            let failed = gone.plus_seconds(1.0 + 0.3 * n as f64);
            let down = if told { halted } else { failed };
            let to = self.least_loaded(node, failed)?;
            self.fail_resource(vm, failed, down, "storage", Some(to));
        }
        Ok(())
    }

    /// A resource does not answer; the process that hosts it is ended.
    pub(super) fn deadlock(&mut self, vm: usize, to: Option<usize>, at: Moment) {
        let node = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let over = 10 + self.random.below(90);
        self.line(
            node,
            at,
            Process::ResourceHost,
            "ERR",
            format!(
                "[RHS] RhsCall::DeadlockMonitor: Call LOOKSALIVE timed out by {over} milliseconds \
                 for resource '{}'.",
                reference.resource()
            ),
        );
        let form = self.shapes.resource_deadlock(&reference);
        self.log(node, at.plus_seconds(0.2), form);
        let form = self.shapes.host_process_ended();
        self.log(node, at.plus_seconds(0.6), form);
        self.fail_resource(
            vm,
            at.plus_seconds(0.9),
            at.plus_seconds(0.9),
            "resource_hang",
            to,
        );
    }

    /// The node's clock is set.
    pub(super) fn jump_clock(&mut self, node: usize, at: Moment, by_s: f64) {
        let old = self.clock(node, at);
        self.nodes[node].jumps.push(ClockJumpTruth { at, by_s });
        let new = self.clock(node, at);
        let (pid, _) = self.process(node, at, Process::TimeService);
        let form = shapes::time_set(self.plan.windows, old, new, pid);
        self.log(node, at, form);
    }

    // Parts

    /// A VM's resource fails, the VM is turned off, and its role starts again, on
    /// this node or on another.
    fn fail_resource(
        &mut self,
        vm: usize,
        at: Moment,
        down: Moment,
        cause: &'static str,
        to: Option<usize>,
    ) {
        let node = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let form = self.shapes.resource_failed(&reference);
        self.log(node, at, form);
        self.turn_off(&[vm], node, at.plus_seconds(0.4));
        let target = to.unwrap_or(node);
        if target != node {
            let (a, b) = (
                self.nodes[node].name.clone(),
                self.nodes[target].name.clone(),
            );
            let form = self.shapes.failover_attempt(&reference.group, &a, &b);
            self.log(node, at.plus_seconds(0.8), form);
            if self.plan.windows >= Windows::W2012R2 {
                let form = self.shapes.group_moving(&reference.group, &a, &b);
                self.log(node, at.plus_seconds(0.9), form);
            }
        }
        let runs = self.bring_online(vm, target, at.plus_seconds(1.5), false);
        self.vms[vm].last_failover = Some(at);
        self.tell_failover(vm, (node, target), (down, runs), cause);
    }

    /// VMs end with what ran them; Hyper-V says so since 2012.
    fn turn_off(&mut self, vms: &[usize], node: usize, at: Moment) {
        for (n, &vm) in vms.iter().enumerate() {
            let now = at.plus_seconds(0.05 * n as f64);
            if self.plan.windows > Windows::W2008R2 {
                let reference = self.vms[vm].reference.clone();
                let form = self.shapes.worker_seen(18502, &reference);
                self.log(node, now, form);
            }
            self.leave(vm, now, "off");
        }
    }

    /// A node finds itself without quorum, and its cluster service ends. Returns when.
    fn without_quorum(&mut self, node: usize, at: Moment) -> Moment {
        let id = self.nodes[node].id;
        for (after, text) in [
            (0.0, format!("[QUORUM] Node {id}: Lost quorum ({id})")),
            (0.1, "lost quorum (status = 5925)".to_owned()),
        ] {
            let now = at.plus_seconds(after);
            self.line(node, now, Process::ClusterService, "ERR", text);
        }
        let form = self.shapes.quorum_lost();
        self.log(node, at.plus_seconds(0.2), form);
        let now = at.plus_seconds(0.5);
        self.line(
            node,
            now,
            Process::ResourceHost,
            "WARN",
            "[RHS] Cluster service has terminated. Cluster.Service.Running.Event got signaled."
                .to_owned(),
        );
        let form = shapes::service_state(CLUSTER_SERVICE, false);
        self.log(node, at.plus_seconds(0.7), form);
        at.plus_seconds(0.2)
    }

    /// The cluster service starts again on a node that runs. Returns when it is in.
    fn rejoin(&mut self, node: usize, at: Moment, forms: bool) -> Moment {
        self.line(
            node,
            at,
            Process::ClusterService,
            "INFO",
            "---+ LOG BEGIN +---".to_owned(),
        );
        let joined = at.plus_seconds(self.random.between(5.0, 12.0));
        let cluster = self.plan.cluster.clone();
        let id = if forms { 1061 } else { 1062 };
        let form = self.shapes.cluster_joined(id, &cluster);
        self.log(node, joined, form);
        let form = shapes::service_state(CLUSTER_SERVICE, true);
        self.log(node, joined.plus_seconds(0.4), form);
        self.nodes[node].back_at = joined.plus_seconds(2.0);
        joined
    }

    /// The nodes in the cluster, without some, by id.
    fn members(&self, without: &[usize], at: Moment) -> Vec<usize> {
        let mut list: Vec<usize> = (0..self.nodes.len())
            .filter(|n| !without.contains(n) && at >= self.nodes[*n].back_at)
            .collect();
        list.sort_by_key(|&n| self.nodes[n].id);
        list
    }

    /// The VMs that run on a node, none of them on its way.
    fn running_on(&self, node: usize, at: Moment) -> Result<Vec<usize>, String> {
        let mut list = Vec::new();
        for vm in (0..self.vms.len()).filter(|&vm| self.vms[vm].node == node) {
            self.idle(vm, at)?;
            if self.vms[vm].running {
                list.push(vm);
            }
        }
        Ok(list)
    }
}
