//! The first screen: what happened, how sure, what was down, what to do, what is missing.

use super::*;

impl Teller<'_> {
    /// The first points of a list, and how many more the appendix has.
    pub(super) fn first(&self, mut all: Vec<String>) -> Points {
        let left_out = all.len().saturating_sub(MOST_LINES);
        all.truncate(MOST_LINES);
        Points {
            items: all,
            left_out,
            more: (left_out > 0).then(|| self.locale.more(left_out)),
        }
    }

    pub(super) fn state(&self, text: String, sureness: Sureness) -> Statement {
        let how_sure = match sureness {
            Sureness::Logged => self.words.logged,
            Sureness::Confirmed => self.locale.verdict(Verdict::Confirmed),
            Sureness::Probable => self.locale.verdict(Verdict::Probable),
            Sureness::Open => self.locale.verdict(Verdict::NotAssessable),
        };
        Statement {
            text,
            sureness,
            how_sure: how_sure.to_owned(),
        }
    }

    pub(super) fn headline(&self) -> Vec<Statement> {
        let timeline = self.timeline;
        if timeline.events.is_empty() {
            return vec![self.state(self.locale.head_no_events(), Sureness::Open)];
        }
        let mut said = self.head_failovers();
        for verdict in [Verdict::Confirmed, Verdict::Probable] {
            said.extend(self.head_findings(verdict));
        }
        let moves = self.move_counts();
        if moves.failed + moves.canceled + moves.unfinished > 0 {
            said.push(self.state(self.locale.head_moves(&moves), Sureness::Logged));
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
        }
        if moves.live + moves.other > 0
            && moves.failed + moves.canceled + moves.unfinished == 0
            && said.len() < 4
        {
            said.push(self.state(self.locale.head_moves(&moves), Sureness::Logged));
        }
        said
    }

    /// One sentence for each rule with a finding of that verdict.
    /// Whether anything that was read is a log of Hyper-V or of a failover cluster.
    pub(super) fn speaks_of_a_cluster(&self) -> bool {
        self.timeline.coverage.files.iter().any(|file| {
            file.kind == FileKind::ClusterLog
                || file
                    .channels
                    .iter()
                    .any(|c| c.contains("Hyper-V") || c.contains("FailoverClustering"))
        }) || !self.timeline.vms.is_empty()
    }

    pub(super) fn head_findings(&self, verdict: Verdict) -> Vec<Statement> {
        let mut rules: Vec<(&Finding, Vec<String>)> = Vec::new();
        for finding in &self.verdicts.findings {
            let benign = self.rule(finding).is_some_and(|r| r.benign);
            if finding.verdict != verdict || benign || !finding.leads() {
                continue;
            }
            let name = self.subject_of(finding);
            match rules
                .iter_mut()
                .find(|(first, _)| first.rule == finding.rule)
            {
                Some((_, names)) => names.push(name),
                None => rules.push((finding, vec![name])),
            }
        }
        let sureness = match verdict {
            Verdict::Confirmed => Sureness::Confirmed,
            Verdict::Probable => Sureness::Probable,
            Verdict::NotAssessable | Verdict::RuledOut => Sureness::Open,
        };
        rules
            .into_iter()
            .take(3)
            .map(|(finding, names)| {
                let title = self.title_of(finding);
                let title = title.trim_end_matches(['.', '。']);
                self.state(
                    self.locale
                        .head_finding(verdict, title, &self.subjects(&names)),
                    sureness,
                )
            })
            .collect()
    }

    /// One sentence for each node and cause, then the longest downtime.
    pub(super) fn head_failovers(&self) -> Vec<Statement> {
        let mut groups: Vec<(FailoverCause, Option<&NodeName>, Vec<&Failover>)> = Vec::new();
        for failover in self.timeline.failovers.iter().filter(|f| !f.planned) {
            let node = failover.from_node.as_ref();
            match groups
                .iter_mut()
                .find(|(cause, from, _)| *cause == failover.cause && *from == node)
            {
                Some((_, _, all)) => all.push(failover),
                None => groups.push((failover.cause, node, vec![failover])),
            }
        }
        let mut said: Vec<Statement> = groups
            .iter()
            .take(3)
            .map(|(cause, node, all)| {
                let names: Vec<String> = all.iter().map(|f| self.role(f)).collect();
                let when = all.iter().filter_map(|f| f.down_from).min();
                let when = when.map(|m| self.clock.full(m));
                let node = node.map(|n| plain(n.as_str()));
                let mut text = self.locale.head_failover(
                    *cause,
                    node.as_deref(),
                    &self.locale.list(&names),
                    names.len(),
                    all.iter().filter(|f| f.up_at.is_some()).count(),
                    when.as_deref(),
                );
                let longest = all
                    .iter()
                    .filter_map(|f| Some((self.down_with(f)?, self.role(f))))
                    .max_by(|a, b| a.0.total_cmp(&b.0));
                if let Some((seconds, name)) = longest {
                    text.push_str(self.locale.gap());
                    text.push_str(
                        &self
                            .locale
                            .head_longest_down(&name, &self.locale.duration(seconds)),
                    );
                }
                let sureness = if *cause == FailoverCause::Unknown {
                    Sureness::Open
                } else {
                    Sureness::Logged
                };
                self.state(text, sureness)
            })
            .collect();
        let open = self.not_back();
        if !open.is_empty() {
            let text = self.locale.head_not_back(&self.locale.list(&open));
            said.push(self.state(text, Sureness::Open));
        }
        said
    }

    pub(super) fn role(&self, failover: &Failover) -> String {
        match (&failover.vm, &failover.group) {
            (Some(vm), _) => self.vm(*vm),
            (None, Some(group)) => plain(group.as_str()),
            (None, None) => self.words.unknown.to_owned(),
        }
    }

    /// A role, leading to its VM's page where it has one.
    pub(super) fn role_cell(&self, failover: &Failover) -> Cell {
        match failover.vm {
            Some(vm) => self.vm_cell(vm),
            None => cell(self.role(failover)),
        }
    }

    pub(super) fn not_back(&self) -> Vec<String> {
        self.timeline
            .vms
            .iter()
            .enumerate()
            .filter(|(_, v)| v.downtimes.iter().any(|d| d.to.is_none()))
            .map(|(at, _)| self.vm(at))
            .collect()
    }

    pub(super) fn move_counts(&self) -> MoveCounts {
        let mut counts = MoveCounts::default();
        for migration in &self.timeline.migrations {
            match migration.kind {
                MoveKind::Live => counts.live += 1,
                _ => counts.other += 1,
            }
            match migration.outcome {
                MoveOutcome::Completed => {}
                MoveOutcome::Failed => counts.failed += 1,
                MoveOutcome::Canceled => counts.canceled += 1,
                MoveOutcome::Unfinished => counts.unfinished += 1,
            }
        }
        counts
    }

    /// Seconds for which a role's VM was down with a failover: storage may have taken it
    /// down before its role failed.
    fn down_with(&self, failover: &Failover) -> Option<f64> {
        let from = failover.down_from?;
        let of_vm = failover.vm.and_then(|vm| {
            self.timeline.vms[vm]
                .downtimes
                .iter()
                .filter_map(|d| Some((d.from?, d.to?)))
                .find(|(begin, end)| *begin <= from && from <= *end)
                .map(|(begin, end)| end.seconds_since(begin))
        });
        of_vm.or(failover.downtime_s)
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let w = self.words;
        let timeline = self.timeline;
        let period = timeline.window().map_or_else(
            || w.unknown.to_owned(),
            |window| {
                format!(
                    "{} – {}",
                    self.clock.second(window.from),
                    self.clock.second(window.to)
                )
            },
        );
        let longest = timeline
            .vms
            .iter()
            .flat_map(|v| &v.downtimes)
            .filter_map(|d| Some(d.to?.seconds_since(d.from?)))
            .fold(None, |most: Option<f64>, s| {
                Some(most.map_or(s, |m| m.max(s)))
            });
        let mut facts = vec![(w.period, period)];
        facts.push((w.nodes, timeline.nodes.len().to_string()));
        facts.push((w.vms, timeline.vms.len().to_string()));
        facts.push((w.moves, timeline.migrations.len().to_string()));
        facts.push((w.failovers, timeline.failovers.len().to_string()));
        if let Some(seconds) = longest {
            facts.push((w.longest_downtime, self.locale.duration(seconds)));
        }
        facts.push((w.records_read, timeline.coverage.records_read().to_string()));
        facts
            .into_iter()
            .map(|(label, value)| Fact {
                label: label.to_owned(),
                value,
            })
            .collect()
    }

    pub(super) fn down(&self) -> Table {
        let w = self.words;
        let mut rows = Vec::new();
        // The order is that of `analysis`: not known to be back, then longest.
        // Should it fail, the order suffers and nothing is lost.
        let order: Vec<usize> = match metrics::downtimes(self.timeline) {
            Ok(all) => all.into_iter().map(|d| d.vm).collect(),
            Err(_) => (0..self.timeline.vms.len()).collect(),
        };
        for vm in order {
            for down in &self.timeline.vms[vm].downtimes {
                let length = down.from.zip(down.to).map(|(a, b)| b.seconds_since(a));
                let until = match down.to {
                    Some(to) => cell(self.clock.second(to)),
                    None => toned(w.still_down, Tone::Bad),
                };
                rows.push(row(vec![
                    self.vm_cell(vm),
                    self.time(down.from, w.down_since_before),
                    until,
                    self.seconds(length, w.unknown),
                    self.bounds(down.bounds),
                    cell(self.locale.downtime_cause(down.cause)),
                ]));
            }
        }
        let total = rows.len();
        let heads = columns([
            (w.vm, Text),
            (w.since, Time),
            (w.until, Time),
            (w.downtime, Number),
            (w.bounds, Number),
            (w.cause, Text),
        ]);
        self.table(heads, rows, total)
    }

    pub(super) fn actions(&self, cards: &[Card]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut add = |text: String| {
            if !all.contains(&text) {
                all.push(text);
            }
        };
        let open = self.not_back();
        if !open.is_empty() {
            add(self.locale.act_check_vms(&self.locale.list(&open)));
        }
        for verdict in [Verdict::Confirmed, Verdict::Probable] {
            let mut rules: Vec<(&Card, Vec<String>)> = Vec::new();
            let alarming = |c: &&Card| c.verdict == verdict && !c.benign && c.leads;
            for card in cards.iter().filter(alarming) {
                match rules.iter_mut().find(|(first, _)| first.rule == card.rule) {
                    Some((_, subjects)) => subjects.push(card.subject.clone()),
                    None => rules.push((card, vec![card.subject.clone()])),
                }
            }
            for (card, subjects) in rules {
                let subjects = self.subjects(&subjects);
                for remedy in &card.remedy {
                    add(format!("{subjects}{}{remedy}", self.locale.colon()));
                }
            }
        }
        let unread = self.nodes_without_logs();
        if !unread.is_empty() {
            add(self.locale.act_collect_nodes(&self.locale.list(&unread)));
        }
        for card in cards
            .iter()
            .filter(|c| c.verdict != Verdict::RuledOut && !c.benign && c.leads)
        {
            for missing in &card.missing {
                add(self.locale.act_settle(&card.title, &card.subject, missing));
            }
        }
        all
    }

    pub(super) fn nodes_without_logs(&self) -> Vec<String> {
        let logged = self.timeline.coverage.logged_nodes();
        self.timeline
            .coverage
            .named_nodes
            .difference(&logged)
            .map(|n| plain(n.as_str()))
            .collect()
    }

    pub(super) fn missing(&self) -> Vec<String> {
        let coverage = &self.timeline.coverage;
        let mut all = Vec::new();
        let unread = self.nodes_without_logs();
        if !unread.is_empty() {
            all.push(self.locale.miss_nodes(&self.locale.list(&unread)));
        }
        for finding in &self.verdicts.findings {
            if finding.verdict == Verdict::RuledOut || !finding.leads() {
                continue;
            }
            for missing in &finding.missing {
                let line = self.locale.miss_for(
                    &self.title_of(finding),
                    &self.subject_of(finding),
                    &self.text(missing),
                );
                if !all.contains(&line) {
                    all.push(line);
                }
            }
        }
        for gap in coverage.gaps.iter().take(3) {
            all.push(self.locale.miss_gap(
                &plain(&gap.channel),
                gap.node.as_ref().map(|n| plain(n.as_str())).as_deref(),
                gap.missing(),
            ));
        }
        if coverage.gaps.len() > 3 {
            all.push(self.locale.miss_more_gaps(coverage.gaps.len() - 3));
        }
        if coverage.records_failed() > 0 {
            all.push(self.locale.miss_records(coverage.records_failed()));
        }
        let lost: BTreeSet<_> = self
            .timeline
            .diagnostics
            .iter()
            .filter(|d| d.code.is_loss())
            .map(|d| d.source.member)
            .collect();
        if !lost.is_empty() {
            all.push(self.locale.miss_files(lost.len()));
        }
        let unlinked: Vec<String> = self
            .timeline
            .clocks
            .iter()
            .filter(|c| c.offset_s.is_none())
            .map(|c| plain(c.node.as_str()))
            .collect();
        if !unlinked.is_empty() {
            all.push(self.locale.miss_clocks(&self.locale.list(&unlinked)));
        }
        let inferred = self
            .timeline
            .migrations
            .iter()
            .filter(|m| m.to_inferred)
            .count();
        if inferred > 0 {
            all.push(self.locale.miss_destinations(inferred));
        }
        all
    }

    pub(super) fn card(&self, at: usize, finding: &Finding) -> Card {
        let rule = self.rule(finding);
        let when = finding.first.map(|first| match finding.last {
            Some(last) if last != first => {
                format!("{} – {}", self.clock.second(first), self.clock.second(last))
            }
            _ => self.clock.second(first),
        });
        Card {
            anchor: format!("finding-{}", at + 1),
            rule: plain(&finding.rule),
            title: self.title_of(finding),
            verdict: finding.verdict,
            verdict_text: self.locale.verdict(finding.verdict).to_owned(),
            verdict_means: self.locale.verdict_means(finding.verdict).to_owned(),
            severity: self.locale.severity(finding.severity).to_owned(),
            benign: rule.is_some_and(|r| r.benign),
            subject: self.subject_of(finding),
            when,
            occurrences: self.locale.seen_times(finding.occurrences),
            why: self.why(finding),
            leads: finding.leads(),
            cause: rule.map(|r| self.text(&r.cause)).unwrap_or_default(),
            steps: self.steps(finding),
            evidence: self.evidence(&finding.evidence),
            shared: Vec::new(),
            missing: finding.missing.iter().map(|m| self.text(m)).collect(),
            unlogged: (self.timeline.unlogged_of(&finding.sought()).iter())
                .map(|a| plain(a.text(self.lang)))
                .collect(),
            // What did not happen needs no remedy.
            remedy: rule
                .filter(|_| finding.verdict != Verdict::RuledOut)
                .map(|r| r.remedy.iter().map(|m| self.text(m)).collect())
                .unwrap_or_default(),
            references: rule
                .map(|r| r.references.iter().map(|t| plain(t)).collect())
                .unwrap_or_default(),
        }
    }

    /// Why the verdict is what it is, and behind which finding it stands.
    fn why(&self, finding: &Finding) -> String {
        let mut text = self.text(&finding.explanation);
        for related in &finding.related {
            let title = match self.verdicts.rules.get(&related.rule) {
                Some(rule) => self.text(&rule.title),
                None => plain(&related.rule),
            };
            let subject = self.named(&related.subject);
            if let Some(said) = self.locale.relation(related.how, &title, &subject) {
                text.push_str(self.locale.gap());
                text.push_str(&said);
            }
        }
        text
    }

    pub(super) fn steps(&self, finding: &Finding) -> Table {
        let w = self.words;
        let rows: Vec<Row> = finding
            .steps
            .iter()
            .map(|step| {
                let result = match &step.outcome {
                    StepOutcome::Observed {
                        grade: Grade::Direct,
                        ..
                    } => toned(w.step_direct, Tone::Good),
                    StepOutcome::Observed {
                        grade: Grade::Circumstantial,
                        ..
                    } => toned(w.step_circumstantial, Tone::Warn),
                    StepOutcome::AbsenceSeen => toned(w.step_absent, Tone::Good),
                    StepOutcome::NotFound => toned(w.step_not_found, Tone::Plain),
                    StepOutcome::NotObservable => toned(w.step_not_observable, Tone::Unknown),
                };
                let time = match &step.outcome {
                    StepOutcome::Observed { events, .. } => events
                        .iter()
                        .filter_map(|&e| self.timeline.events.get(e))
                        .map(|e| (e.time, e.precision))
                        .min(),
                    _ => None,
                };
                let time = time.map_or_else(
                    || toned("–", Tone::Unknown),
                    |(time, precision)| cell(self.clock.precise(time, precision)),
                );
                row(vec![cell(self.text(&step.what)), result, time])
            })
            .collect();
        let total = rows.len();
        let heads = columns([(w.step, Text), (w.result, Label), (w.time, Time)]);
        self.table(heads, rows, total)
    }
}
