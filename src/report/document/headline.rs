//! The headline: one sentence for each trouble, then what rules found, then the moves.
//! An incident that nobody planned is always told; only where there is none, no lost node
//! and no finding, it may say that nothing happened.

use super::*;
use crate::model::time::Window;
use crate::report::locale::HeadIncident;
use crate::timeline::trail::at_end;
use crate::timeline::{Downtime, DowntimeCause, Incident, IncidentIndex, VmIndex, VolumeState};

/// Incidents of one cause that begin within so many seconds of the first are one trouble:
/// a partition is noticed by each node in its own time.
const TOGETHER_S: f64 = 120.0;
/// The most troubles and outages that are told one by one.
const MOST_TROUBLES: usize = 4;
/// The most rules of one verdict.
const MOST_RULES: usize = 3;

/// Incidents of one cause at one time.
struct Trouble<'t> {
    cause: FailoverCause,
    from: Option<Moment>,
    incidents: Vec<(IncidentIndex, &'t Incident)>,
}

impl Trouble<'_> {
    fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().map(|(_, incident)| *incident)
    }

    /// The nodes where it began.
    fn nodes(&self) -> BTreeSet<&NodeName> {
        self.incidents().filter_map(|i| i.node.as_ref()).collect()
    }
}

/// Outages of one cause at one time that belong to no incident.
struct Outage<'t> {
    cause: DowntimeCause,
    from: Option<Moment>,
    all: Vec<(VmIndex, &'t Downtime)>,
}

fn together(first: Option<Moment>, other: Option<Moment>) -> bool {
    match (first, other) {
        (Some(first), Some(other)) => other.seconds_since(first).abs() <= TOGETHER_S,
        (None, None) => true,
        _ => false,
    }
}

fn begin(incident: &Incident) -> Option<Moment> {
    let first = incident.chain.first().map(|link| link.time);
    incident.down_from.or(first)
}

/// Whether nobody asked for it: a stop, a shutdown from inside and a quick migration were
/// wanted by somebody.
pub(super) fn unwanted(cause: DowntimeCause) -> bool {
    !matches!(
        cause,
        DowntimeCause::Stopped | DowntimeCause::Guest | DowntimeCause::QuickMigration
    )
}

impl Teller<'_> {
    pub(super) fn headline(&self) -> Vec<Statement> {
        let timeline = self.timeline;
        if timeline.events.is_empty() {
            return vec![self.state(self.locale.head_no_events(), Sureness::Open)];
        }
        let mut told = self.head_incidents();
        told.extend(self.head_outages());
        // What has no time was there before the logs begin.
        told.sort_by_key(|(from, _)| *from);
        let mut said: Vec<Statement> = Vec::new();
        let more = told.len().saturating_sub(MOST_TROUBLES);
        said.extend(told.into_iter().take(MOST_TROUBLES).map(|(_, said)| said));
        if more > 0 {
            said.push(self.state(self.locale.head_more_incidents(more), Sureness::Logged));
        }
        let open = self.not_back();
        if !open.is_empty() {
            let text = self.locale.head_not_back(&self.locale.list(&open));
            said.push(self.state(text, Sureness::Open));
        }
        said.extend(self.head_guests(EventKind::VmGuestCrashed));
        for verdict in [Verdict::Confirmed, Verdict::Probable] {
            said.extend(self.head_findings(verdict));
        }
        said.extend(self.head_at_end());
        let moves = self.move_counts();
        if moves.failed + moves.canceled + moves.unfinished > 0 {
            let text = self.locale.head_moves(&moves, &self.not_completed());
            said.push(self.state(text, Sureness::Logged));
        }
        if said.is_empty() {
            said.extend(self.head_findings(Verdict::NotAssessable));
            let lost: Vec<String> = timeline
                .nodes
                .iter()
                .filter(|n| n.intervals.iter().any(|i| i.state.unannounced()))
                .map(|n| plain(n.name.as_str()))
                .collect();
            if !lost.is_empty() {
                let text = self.locale.head_node_lost(&self.locale.list(&lost));
                said.push(self.state(text, Sureness::Logged));
            }
        }
        if said.is_empty() {
            said.push(if self.speaks_of_a_cluster() {
                self.state(self.locale.head_quiet(), Sureness::Logged)
            } else {
                self.state(self.locale.head_no_cluster(), Sureness::Open)
            });
            let unseen = self.moved_unseen();
            if !unseen.is_empty() {
                let text = self.locale.head_settings_open(&self.locale.list(&unseen));
                said.push(self.state(text, Sureness::Open));
            }
        }
        // Somebody asked for it, and users felt it all the same.
        said.extend(self.head_guests(EventKind::VmReset));
        if moves.live + moves.other > 0
            && moves.failed + moves.canceled + moves.unfinished == 0
            && said.len() < 4
        {
            said.push(self.state(self.locale.head_moves(&moves, &[]), Sureness::Logged));
        }
        said
    }

    /// The first moves that did not complete: the VM, from where to where, the code.
    fn not_completed(&self) -> Vec<String> {
        let moves = self.timeline.migrations.iter();
        moves
            .filter(|m| m.outcome != MoveOutcome::Completed)
            .take(MOST_RULES)
            .map(|m| {
                let node = |n: &Option<NodeName>| {
                    n.as_ref()
                        .map_or_else(|| "?".to_owned(), |n| plain(n.as_str()))
                };
                let route = format!("{} → {}", node(&m.from_node), node(&m.to_node));
                let code = m.reason.as_ref().and_then(|reason| {
                    let parts = [&reason.code, &reason.name];
                    let parts: Vec<&str> = parts.into_iter().filter_map(|p| p.as_deref()).collect();
                    (!parts.is_empty()).then(|| plain(&parts.join(" ")))
                });
                let about = [Some(route), code]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>();
                let about = self.locale.parentheses(&about.join(", "));
                format!("{}{about}", self.vm(m.vm))
            })
            .collect()
    }

    /// Whether anything that was read is a log of Hyper-V or of a failover cluster.
    fn speaks_of_a_cluster(&self) -> bool {
        self.timeline.coverage.files.iter().any(|file| {
            file.kind == FileKind::ClusterLog
                || file
                    .channels
                    .iter()
                    .any(|c| c.contains("Hyper-V") || c.contains("FailoverClustering"))
        }) || !self.timeline.vms.is_empty()
    }

    /// VMs that moved and of whose settings no export tells both before and after, so
    /// that older values could be back and nothing would say so.
    pub(super) fn moved_unseen(&self) -> Vec<String> {
        let mut shown: BTreeMap<VmIndex, Option<Window>> = BTreeMap::new();
        let moved: BTreeSet<VmIndex> = (self.timeline.migrations.iter())
            .filter(|m| m.outcome == MoveOutcome::Completed)
            .filter(|m| {
                let shown = *shown.entry(m.vm).or_insert_with(|| self.exported(m.vm));
                let begin = m.started.or(m.ended);
                let end = m.ended.or(m.started);
                !shown
                    .zip(begin)
                    .zip(end)
                    .is_some_and(|((shown, begin), end)| shown.from <= begin && end <= shown.to)
            })
            .map(|m| m.vm)
            .collect();
        moved.into_iter().map(|vm| self.vm(vm)).collect()
    }

    /// From the first to the last export with the settings of a VM.
    fn exported(&self, vm: VmIndex) -> Option<Window> {
        let trail = self.timeline.vms.get(vm)?;
        let of_it =
            self.timeline
                .inventory
                .snapshots
                .iter()
                .filter(|s| match (s.vm_id, trail.id) {
                    (Some(a), Some(b)) => a == b,
                    _ => trail.name.as_ref() == Some(&s.vm),
                });
        let taken = || of_it.clone().map(|s| s.taken);
        Some(Window::new(taken().min()?, taken().max()?))
    }

    /// Whether anything tells of a setting that was changed: an export, or a person.
    pub(super) fn tells_of_settings(&self) -> bool {
        let mut events = self.timeline.events.iter();
        events.any(|e| e.kind == EventKind::VmSettingsChanged)
    }

    /// Guests that started anew while their VM ran on, by the kind of event that says so.
    fn head_guests(&self, kind: EventKind) -> Option<Statement> {
        let of_kind = (self.timeline.events.iter().enumerate()).filter(|(_, e)| e.kind == kind);
        let seen: Vec<(Moment, VmIndex)> = of_kind
            .filter_map(|(at, e)| Some((e.time, (*self.timeline.event_vm.get(at)?)?)))
            .collect();
        let vms: BTreeSet<VmIndex> = seen.iter().map(|(_, vm)| *vm).collect();
        let span = self.span(
            seen.iter().map(|(at, _)| *at).min(),
            seen.iter().map(|(at, _)| *at).max(),
        )?;
        let names: Vec<String> = vms.into_iter().map(|vm| self.vm(vm)).collect();
        let what = self.told(self.locale.event(kind), &self.locale.list(&names));
        let text = format!("{what}{}", self.locale.parentheses(&span));
        Some(self.state(text, Sureness::Logged))
    }

    /// Nodes and volumes that were not as they should be when the logs end.
    fn head_at_end(&self) -> Option<Statement> {
        let said = |name: &str, state: &str| format!("{name}{}", self.locale.parentheses(state));
        let mut all: Vec<String> = (self.timeline.nodes.iter())
            .filter_map(|node| {
                let state = at_end(&node.intervals).filter(|s| *s != NodeState::Up)?;
                let name = plain(node.name.as_str());
                Some(said(&name, self.locale.node_state(state)))
            })
            .collect();
        let lost: BTreeSet<String> = (self.timeline.volumes.iter())
            .filter(|v| at_end(&v.states) == Some(VolumeState::Lost))
            .map(|v| plain(&v.name))
            .collect();
        let state = self.locale.volume_state(VolumeState::Lost);
        all.extend(lost.iter().map(|name| said(name, state)));
        (!all.is_empty()).then(|| {
            self.state(
                self.locale.head_at_end(&self.locale.list(&all)),
                Sureness::Logged,
            )
        })
    }

    /// Whether it says of a VM no more than that it failed over, which the incidents tell.
    fn restates(&self, finding: &Finding) -> bool {
        let failed_over = finding.steps.iter().any(|step| {
            matches!(step.outcome, StepOutcome::Observed { .. })
                && step.kinds == [EventKind::VmFailedOver]
        });
        failed_over
            && finding.subject.vm.is_some_and(|vm| {
                let incidents = self.timeline.incidents.iter();
                let unplanned = incidents.filter(|i| i.planned != Some(true));
                unplanned.into_iter().any(|i| i.vms.contains(&vm))
            })
    }

    /// One sentence for each rule with a finding of that verdict.
    fn head_findings(&self, verdict: Verdict) -> Vec<Statement> {
        let mut rules: Vec<Vec<&Finding>> = Vec::new();
        for finding in &self.verdicts.findings {
            let benign = self.rule(finding).is_some_and(|r| r.benign);
            if finding.verdict != verdict || benign || !finding.leads() || self.restates(finding) {
                continue;
            }
            match rules.iter_mut().find(|all| all[0].rule == finding.rule) {
                Some(all) => all.push(finding),
                None => rules.push(vec![finding]),
            }
        }
        let sureness = match verdict {
            Verdict::Confirmed => Sureness::Confirmed,
            Verdict::Probable => Sureness::Probable,
            Verdict::NotAssessable | Verdict::RuledOut => Sureness::Open,
        };
        rules
            .into_iter()
            .take(MOST_RULES)
            .map(|all| {
                let title = self.title_of(all[0]);
                let title = title.trim_end_matches(['.', '。']);
                let first = all.iter().filter_map(|f| f.first).min();
                let last = all.iter().filter_map(|f| f.last).max();
                let times: u32 = all.iter().map(|f| f.occurrences).max().unwrap_or(1);
                let when = self.span(first, last).map(|span| match times {
                    0 | 1 => span,
                    n => format!("{}{}{span}", self.locale.seen_times(n), self.locale.comma()),
                });
                let subjects = all.iter().map(|f| &f.subject);
                let text = self.locale.head_finding(
                    verdict,
                    title,
                    &self.subjects(subjects),
                    when.as_deref(),
                );
                self.state(text, sureness)
            })
            .collect()
    }

    /// One sentence for each trouble that nobody planned.
    fn head_incidents(&self) -> Vec<(Option<Moment>, Statement)> {
        self.troubles()
            .iter()
            .map(|trouble| (trouble.from, self.head_trouble(trouble)))
            .collect()
    }

    fn troubles(&self) -> Vec<Trouble<'_>> {
        let mut troubles: Vec<Trouble<'_>> = Vec::new();
        for (at, incident) in self.timeline.incidents.iter().enumerate() {
            if incident.planned == Some(true) {
                continue;
            }
            let from = begin(incident);
            match troubles
                .iter_mut()
                .find(|t| t.cause == incident.cause && together(t.from, from))
            {
                Some(trouble) => trouble.incidents.push((at, incident)),
                None => troubles.push(Trouble {
                    cause: incident.cause,
                    from,
                    incidents: vec![(at, incident)],
                }),
            }
        }
        troubles
    }

    /// What to look at first, for incidents whose cause no rule names a remedy for.
    pub(super) fn act_on_incidents(&self) -> Vec<String> {
        self.troubles()
            .iter()
            .map(|trouble| {
                let nodes = trouble.nodes();
                let names: Vec<String> = nodes.iter().map(|n| plain(n.as_str())).collect();
                let what = self.locale.act_incident(trouble.cause);
                match names.is_empty() {
                    true => what.to_owned(),
                    false => self.told(&self.locale.list(&names), what),
                }
            })
            .collect()
    }

    fn head_trouble(&self, trouble: &Trouble<'_>) -> Statement {
        let nodes = trouble.nodes();
        let vms: BTreeSet<VmIndex> = (trouble.incidents())
            .flat_map(|i| i.vms.iter().copied())
            .collect();
        let last = trouble.incidents().map(|i| i.last_back).max().flatten();
        let down: Vec<(VmIndex, Option<&Downtime>)> = vms
            .iter()
            .map(|&vm| (vm, self.down_within(vm, trouble.from, last)))
            .collect();
        let back = down
            .iter()
            .filter(|(_, d)| d.is_none_or(|d| d.to.is_some()))
            .count();
        let restarted = vms
            .iter()
            .filter(|&&vm| self.restarted_in(vm, trouble))
            .count();
        let crashed = nodes.iter().any(|n| self.crashed_at(n, trouble.from));
        let names: Vec<String> = nodes.iter().map(|n| plain(n.as_str())).collect();
        let vm_names: Vec<String> = vms.iter().map(|&vm| self.vm(vm)).collect();
        let when = trouble.from.map(|at| self.clock.second(at));
        let bugcheck = self.bugcheck(trouble);
        let mut text = self.locale.head_incident(&HeadIncident {
            cause: trouble.cause,
            nodes: &self.locale.list(&names),
            node_count: names.len(),
            crashed,
            bugcheck: bugcheck.as_deref(),
            vms: &self.locale.list(&vm_names),
            down: vms.len(),
            back,
            restarted,
            when: when.as_deref(),
        });
        let all = down.iter().filter_map(|(vm, d)| Some((*vm, (*d)?)));
        text.push_str(&self.longest(all));
        let sureness = if trouble.cause == FailoverCause::Unknown {
            Sureness::Open
        } else {
            Sureness::Logged
        };
        self.state(text, sureness)
    }

    /// ` The longest downtime is …`; empty where no length is known.
    fn longest<'d>(&self, all: impl Iterator<Item = (VmIndex, &'d Downtime)>) -> String {
        let longest = all
            .filter_map(|(vm, d)| Some((vm, d.to?.seconds_since(d.from?))))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        longest.map_or_else(String::new, |(vm, seconds)| {
            let length = self.locale.duration(seconds);
            let said = self.locale.head_longest_down(&self.vm(vm), &length);
            format!("{}{said}", self.locale.gap())
        })
    }

    /// The time that a VM was down within a span, where its own trail has it.
    fn down_within(
        &self,
        vm: VmIndex,
        from: Option<Moment>,
        to: Option<Moment>,
    ) -> Option<&Downtime> {
        let downtimes = &self.timeline.vms.get(vm)?.downtimes;
        downtimes.iter().filter(|d| unwanted(d.cause)).find(|d| {
            let begins = d.from.zip(to).is_none_or(|(begin, to)| begin <= to);
            let ends = d.to.zip(from).is_none_or(|(end, from)| from <= end);
            begins && ends
        })
    }

    fn restarted_in(&self, vm: VmIndex, trouble: &Trouble<'_>) -> bool {
        let of = |at| trouble.incidents.iter().any(|(index, _)| *index == at);
        (self.timeline.failovers.iter())
            .any(|f| f.vm == Some(vm) && f.up_at.is_some() && f.incident.is_some_and(of))
    }

    /// Whether the node's own logs show that its system went down then.
    fn crashed_at(&self, node: &NodeName, at: Option<Moment>) -> bool {
        let trail = self.timeline.nodes.iter().find(|n| n.name == *node);
        trail.into_iter().flat_map(|n| &n.intervals).any(|i| {
            let begins = i
                .from
                .zip(at)
                .is_none_or(|(from, at)| from.seconds_since(at) <= TOGETHER_S);
            let ends = i.to.zip(at).is_none_or(|(to, at)| at <= to);
            i.state == NodeState::Crashed && begins && ends
        })
    }

    /// The code of the bugcheck that ended a node, as `0x9F`, from the records of the
    /// chain. Event 41 has it as a decimal number, 1001 as a hexadecimal one.
    fn bugcheck(&self, trouble: &Trouble<'_>) -> Option<String> {
        let chain = trouble.incidents().flat_map(|i| &i.chain);
        let records = chain.flat_map(|link| &link.evidence);
        let codes = records.filter_map(|&at| {
            let event = self.timeline.events.get(at)?;
            bugcheck_code(event.fields.get("bugcheck")?)
        });
        codes.max().map(|code| format!("0x{code:X}"))
    }

    /// What was down and belongs to no incident, planned or not.
    fn head_outages(&self) -> Vec<(Option<Moment>, Statement)> {
        let mut outages: Vec<Outage<'_>> = Vec::new();
        for (vm, trail) in self.timeline.vms.iter().enumerate() {
            for down in trail.downtimes.iter().filter(|d| unwanted(d.cause)) {
                if self.timeline.incidents.iter().any(|i| {
                    i.vms.contains(&vm)
                        && down.from.zip(i.last_back).is_none_or(|(d, i)| d <= i)
                        && down.to.zip(begin(i)).is_none_or(|(d, i)| i <= d)
                }) || down.to.is_none()
                {
                    continue;
                }
                match outages
                    .iter_mut()
                    .find(|o| o.cause == down.cause && together(o.from, down.from))
                {
                    Some(outage) => outage.all.push((vm, down)),
                    None => outages.push(Outage {
                        cause: down.cause,
                        from: down.from,
                        all: vec![(vm, down)],
                    }),
                }
            }
        }
        outages
            .iter()
            .map(|outage| {
                let vms: BTreeSet<VmIndex> = outage.all.iter().map(|(vm, _)| *vm).collect();
                let names: Vec<String> = vms.iter().map(|&vm| self.vm(vm)).collect();
                let when = outage.from.map(|at| self.clock.second(at));
                let mut text = self.locale.head_outage(
                    &self.locale.list(&names),
                    when.as_deref(),
                    self.locale.downtime_cause(outage.cause),
                );
                text.push_str(&self.longest(outage.all.iter().copied()));
                (outage.from, self.state(text, Sureness::Logged))
            })
            .collect()
    }
}

/// A bugcheck code as a record writes it: `159`, `0x0000009f`, `0x0000009f (0x…, …)`;
/// `None` for zero, which stands where there was none.
fn bugcheck_code(text: &str) -> Option<u32> {
    let first = text.split([' ', '(']).next()?.trim();
    let code = match first
        .strip_prefix("0x")
        .or_else(|| first.strip_prefix("0X"))
    {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => first.parse().ok()?,
    };
    (code != 0).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bugcheck_is_read_in_each_of_its_forms() {
        assert_eq!(bugcheck_code("159"), Some(0x9F));
        assert_eq!(bugcheck_code("0x0000009f (0x1, 0x2)"), Some(0x9F));
        assert_eq!(bugcheck_code("0"), None);
        assert_eq!(bugcheck_code("%%1"), None);
    }
}
