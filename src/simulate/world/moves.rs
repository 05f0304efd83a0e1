//! Moves that somebody asks for: live and quick migration, and emptying a node.

use crate::model::time::Moment;

use super::super::scenario::{Outcome, Windows};
use super::super::truth::MoveTruth;
use super::World;

/// From here on the simulator calls a blackout unexpectedly long. Windows' own
/// limit was not seen.
const LONG_BLACKOUT_S: f64 = 10.0;

impl World<'_> {
    /// Somebody asks for a move; the cluster says where to.
    pub(super) fn announce_move(&mut self, vm: usize, to: usize, at: Moment) {
        let from = self.vms[vm].node;
        let group = self.vms[vm].group.clone();
        let destination = self.nodes[to].id;
        let state = if self.vms[vm].running {
            "Online"
        } else {
            "Offline"
        };
        let text = if self.plan.windows <= Windows::W2012 {
            format!("rcm::RcmApi::MoveGroup: ({group}, {destination})")
        } else {
            format!(
                "rcm::RcmApi::MoveGroup: (Group:{group} Dest:{destination} Flags:0 \
                 MoveType:MoveType::Manual Cur.State:{state}, ContextSize:0)"
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
    pub(super) fn move_line(
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
            self.vms[vm].group,
            self.nodes[from].name,
            self.nodes[from].id,
            self.nodes[to].name,
            self.nodes[to].id,
            self.vms[vm].failovers,
        );
        self.rcm(writer, at, text);
    }

    pub(super) fn live_migrate(
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
        self.tell_move(vm, "live", (from, to), (at, end), Outcome::Completed, true);
        if let Some(one) = self.migrations.last_mut() {
            one.blackout_s = Some(blackout);
        }
        end
    }

    /// Writes a move into the truth.
    fn tell_move(
        &mut self,
        vm: usize,
        kind: &'static str,
        (from, to): (usize, usize),
        (started, ended): (Moment, Moment),
        outcome: Outcome,
        traced: bool,
    ) {
        let vm = &self.vms[vm];
        self.migrations.push(MoveTruth {
            vm: vm.name.clone(),
            vm_id: vm.reference.id.to_string(),
            kind,
            from_node: self.nodes[from].name.clone(),
            to_node: self.nodes[to].name.clone(),
            started,
            ended,
            blackout_s: None,
            outcome: outcome.name(),
            traced,
        });
    }

    pub(super) fn broken_migration(
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
        self.tell_move(vm, "live", (from, to), (at, end), outcome, true);
    }

    pub(super) fn quick_migrate(&mut self, vm: usize, to: usize, at: Moment) -> Moment {
        let from = self.vms[vm].node;
        self.announce_move(vm, to, at);
        let saved = self.take_offline(vm, at.plus_seconds(0.2), true);
        self.move_line(from, vm, from, to, saved.plus_seconds(0.2), false);
        let runs = self.bring_online(vm, to, saved.plus_seconds(0.6), true);
        self.tell_move(
            vm,
            "quick",
            (from, to),
            (at, runs),
            Outcome::Completed,
            true,
        );
        runs
    }

    /// A quick migration that leaves the VM running where it is: it could not be
    /// saved, or the pending move was canceled.
    pub(super) fn broken_quick_migration(
        &mut self,
        vm: usize,
        to: usize,
        at: Moment,
        outcome: Outcome,
    ) {
        let from = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        self.announce_move(vm, to, at);
        let end = at.plus_seconds(self.random.between(4.0, 20.0));
        if outcome == Outcome::Failed {
            let form = self.shapes.group(1203, &reference.group);
            self.log(from, at.plus_seconds(0.2), form);
            let form = self.shapes.worker_save_failed(&reference);
            self.log(from, end, form);
            let form = self.shapes.group_failed(&reference.group);
            self.log(from, end.plus_seconds(0.4), form);
        } else if self.plan.windows > Windows::W2008R2 {
            let form = self.shapes.pending_move_ended(&reference.group);
            self.log(from, end, form);
        }
        self.vms[vm].busy_until = end.plus_seconds(2.0);
        self.engage(from, end.plus_seconds(2.0));
        // Nothing says "quick migration", so nothing says that one did not succeed.
        self.tell_move(vm, "quick", (from, to), (at, end), outcome, false);
    }

    /// A VM that is off moves with its role.
    pub(super) fn offline_migrate(&mut self, vm: usize, to: usize, at: Moment, outcome: Outcome) {
        let windows = self.plan.windows;
        let from = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let named = windows > Windows::W2008R2;
        self.announce_move(vm, to, at);
        let mut now = at.plus_seconds(self.random.between(0.2, 0.6));
        if named {
            let destination = self.nodes[to].name.clone();
            let form = self.shapes.vmms_move(20414, 4, &reference, destination);
            self.log(from, now, form);
        }
        now = now.plus_seconds(self.random.between(1.0, 6.0));
        match outcome {
            Outcome::Completed => {
                let form = self.shapes.ha_resource(21120, 4, reference.configuration());
                self.log(to, now, form);
                if named {
                    let address = self.nodes[from].address.clone();
                    let form = self.shapes.vmms_move(20419, 4, &reference, address);
                    self.log(to, now.plus_seconds(0.1), form);
                    let form = self.shapes.vmms_vm(20416, 4, &reference);
                    self.log(from, now.plus_seconds(0.2), form);
                }
                self.move_line(from, vm, from, to, now.plus_seconds(0.3), false);
                self.apply_cluster_copy(vm, now);
                self.register(vm, to, now, named);
            }
            Outcome::Failed if named => {
                let host = self.nodes[from].name.clone();
                let form = self.shapes.vmms_move(21024, 2, &reference, host);
                self.log(from, now, form);
            }
            Outcome::Canceled if named => {
                let form = self.shapes.vmms_vm(21014, 3, &reference);
                self.log(from, now, form);
            }
            Outcome::Failed | Outcome::Canceled => {}
        }
        self.vms[vm].busy_until = now.plus_seconds(2.0);
        self.engage(from, now.plus_seconds(2.0));
        self.engage(to, now.plus_seconds(2.0));
        self.tell_move(vm, "offline", (from, to), (at, now), outcome, named);
    }

    /// The VM's files move; it stays on its node. 2012 does not say that it is done.
    pub(super) fn storage_migrate(&mut self, vm: usize, at: Moment, outcome: Outcome) {
        let node = self.vms[vm].node;
        let reference = self.vms[vm].reference.clone();
        let end = at.plus_seconds(self.vms[vm].memory_gb * self.random.between(8.0, 20.0));
        let record = match outcome {
            Outcome::Completed if self.plan.windows == Windows::W2012 => None,
            Outcome::Completed => Some((20927, 4)),
            Outcome::Failed => Some((15202, 2)),
            Outcome::Canceled => Some((20830, 3)),
        };
        if let Some((id, level)) = record {
            let form = self.shapes.vmms_vm(id, level, &reference);
            self.log(node, end, form);
        }
        self.vms[vm].busy_until = end.plus_seconds(2.0);
        self.engage(node, end.plus_seconds(2.0));
        self.tell_move(
            vm,
            "storage",
            (node, node),
            (at, end),
            outcome,
            record.is_some(),
        );
    }

    /// The node gives up all VMs but the last, whose move ends otherwise.
    pub(super) fn broken_drain(
        &mut self,
        node: usize,
        at: Moment,
        outcome: Outcome,
    ) -> Result<(), String> {
        let windows = self.plan.windows;
        let here: Vec<usize> = (0..self.vms.len())
            .filter(|&vm| self.vms[vm].node == node && self.vms[vm].running)
            .collect();
        let Some((&stuck, others)) = here.split_last() else {
            return Err(format!("no VM runs on {}", self.nodes[node].name));
        };
        let mut now = at.plus_seconds(1.0);
        for &vm in others {
            self.idle(vm, at)?;
            let to = self.least_loaded(node, now)?;
            now = self.live_migrate(vm, to, now, None, Outcome::Completed);
            now = now.plus_seconds(self.random.between(2.0, 6.0));
        }
        self.idle(stuck, at)?;
        let to = self.least_loaded(node, now)?;
        now = self.live_migrate(stuck, to, now, None, outcome);
        if outcome == Outcome::Failed && windows >= Windows::W2012R2 {
            let group = self.vms[stuck].group.clone();
            let form = self.shapes.drain_move_failed(&group);
            self.log(node, now.plus_seconds(0.6), form);
        }
        if outcome == Outcome::Failed && windows >= Windows::W2016 {
            let name = self.nodes[node].name.clone();
            let form = self.shapes.node_event(1677, 2, &name);
            self.log(node, now.plus_seconds(1.0), form);
        }
        Ok(())
    }

    /// Moves every running VM off a node, one after the other.
    pub(super) fn evacuate(
        &mut self,
        node: usize,
        at: Moment,
        live: bool,
    ) -> Result<Moment, String> {
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
}
