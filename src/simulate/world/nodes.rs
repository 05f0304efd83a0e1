//! Nodes that start, stop, crash and are missed by the others; links that go down.

use crate::model::time::Moment;

use super::super::random::{Random, guid_text};
use super::super::scenario::Windows;
use super::super::shapes::{self, Process};
use super::super::truth::{FailoverTruth, NodeOutage};
use super::World;

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

/// What a node went through before it starts.
pub(super) enum Start {
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

impl World<'_> {
    /// A node starts. Returns when it is in the cluster.
    pub(super) fn boot(&mut self, node: usize, at: Moment, start: &Start) -> Moment {
        let windows = self.plan.windows;
        let previous = self.nodes[node].up.last().copied();
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

    pub(super) fn restart(
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
        self.outage(node, stopped, joined, "restarted");
        Ok(())
    }

    pub(super) fn crash(
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
            self.leave(vm, at, "failed");
        }
        self.nodes[node].back_at = boot_at;
        let noticed = self.notice_loss(&[node], at);
        self.fail_over(node, &lost, at, noticed, "node_loss")?;
        let joined = self.boot(
            node,
            boot_at,
            &Start::Dirty {
                crashed: at,
                bugcheck,
            },
        );
        self.outage(node, at, joined, "crashed");
        Ok(())
    }

    /// The others start the VMs of a node that is gone, at `down` for them.
    pub(super) fn fail_over(
        &mut self,
        node: usize,
        lost: &[usize],
        down: Moment,
        noticed: Moment,
        cause: &'static str,
    ) -> Result<(), String> {
        let coordinator = self.least_id(noticed)?;
        for (n, &vm) in lost.iter().enumerate() {
            let moved_at = noticed.plus_seconds(0.6 + 0.08 * n as f64);
            let to = self.least_loaded(node, moved_at)?;
            let (group, a, b) = (
                self.vms[vm].group.clone(),
                self.nodes[node].name.clone(),
                self.nodes[to].name.clone(),
            );
            if self.plan.windows >= Windows::W2012R2 {
                let form = self.shapes.group_moving(&group, &a, &b);
                self.log(coordinator, moved_at, form);
            }
            self.move_line(coordinator, vm, node, to, moved_at, true);
            let runs = self.bring_online(vm, to, moved_at.plus_seconds(0.8), false);
            self.vms[vm].last_failover = Some(moved_at);
            self.tell_failover(vm, (node, to), (down, runs), cause);
        }
        Ok(())
    }

    /// Writes a failover, or a restart in place, into the truth.
    pub(super) fn tell_failover(
        &mut self,
        vm: usize,
        (from, to): (usize, usize),
        (down_from, up_at): (Moment, Moment),
        cause: &'static str,
    ) {
        let vm = &mut self.vms[vm];
        let one = FailoverTruth {
            vm: vm.name.clone(),
            vm_id: vm.reference.id.to_string(),
            cause,
            from_node: self.nodes[from].name.clone(),
            to_node: self.nodes[to].name.clone(),
            down_from,
            up_at,
            downtime_s: up_at.seconds_since(down_from),
        };
        if from == to {
            self.restarts.push(one);
        } else {
            vm.failovers += 1;
            self.failovers.push(one);
        }
    }

    /// What the other nodes write when some fall silent. Returns when they act on it.
    pub(super) fn notice_loss(&mut self, lost: &[usize], at: Moment) -> Moment {
        let mut removed = at;
        for &one in lost {
            removed = removed.max(self.notice_one(one, lost, at));
        }
        removed
    }

    fn notice_one(&mut self, lost: usize, silent: &[usize], at: Moment) -> Moment {
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
            if silent.contains(&node) || at < self.nodes[node].back_at {
                continue;
            }
            let here = self.nodes[node].address.clone();
            let late = self.random.between(0.0, 0.4);
            let missed = match windows {
                Windows::W2022 | Windows::W2025 => format!(
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

    pub(super) fn least_id(&self, at: Moment) -> Result<usize, String> {
        (0..self.nodes.len())
            .filter(|&n| at >= self.nodes[n].back_at)
            .min_by_key(|&n| self.nodes[n].id)
            .ok_or_else(|| "no node is left".to_owned())
    }

    pub(super) fn end_run(&mut self, node: usize, at: Moment) {
        if let Some((_, to @ None)) = self.nodes[node].up.last_mut() {
            *to = Some(at);
        }
    }

    pub(super) fn outage(&mut self, node: usize, from: Moment, to: Moment, kind: &'static str) {
        self.outages[node].push(NodeOutage {
            from,
            to: (to <= self.plan.end).then_some(to),
            planned: matches!(kind, "restarted" | "stopped"),
            kind,
        });
    }

    pub(super) fn link(
        &mut self,
        node: usize,
        nic: &str,
        up: bool,
        at: Moment,
    ) -> Result<(), String> {
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
}
