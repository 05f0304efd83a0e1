//! The first screen: what happened, how sure, what was down, what to do, what is missing.

use super::headline::unwanted;
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
            .filter(|d| unwanted(d.cause))
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
            let mut rules: Vec<(&Card, Vec<&Entity>)> = Vec::new();
            let alarming = |c: &&Card| c.verdict == verdict && !c.benign && c.leads;
            for card in cards.iter().filter(alarming) {
                match rules.iter_mut().find(|(first, _)| first.rule == card.rule) {
                    Some((_, subjects)) => subjects.push(&card.about),
                    None => rules.push((card, vec![&card.about])),
                }
            }
            for (card, subjects) in rules {
                let subjects = self.subjects(subjects.into_iter());
                for remedy in &card.remedy {
                    add(format!("{subjects}{}{remedy}", self.locale.colon()));
                }
            }
        }
        if all.is_empty() {
            all = self.act_on_incidents();
        }
        let mut add = |text: String| {
            if !all.contains(&text) {
                all.push(text);
            }
        };
        let unread = self.nodes_without_logs();
        if !unread.is_empty() {
            add(self.locale.act_collect_nodes(&self.locale.list(&unread)));
        }
        let open = |c: &Card| c.verdict != Verdict::RuledOut && !c.benign && c.leads;
        if cards.iter().any(|c| open(c) && !c.missing.is_empty()) {
            add(self.locale.act_collect_missing());
        }
        all
    }

    /// What would settle findings: each thing once, with what it is for.
    fn miss_findings(&self) -> Vec<String> {
        let mut wanted: Vec<(String, Vec<&Finding>)> = Vec::new();
        for finding in &self.verdicts.findings {
            if finding.verdict == Verdict::RuledOut || !finding.leads() {
                continue;
            }
            for missing in &finding.missing {
                let missing = self.text(missing);
                match wanted.iter_mut().find(|(what, _)| *what == missing) {
                    Some((_, all)) => all.push(finding),
                    None => wanted.push((missing, vec![finding])),
                }
            }
        }
        wanted
            .iter()
            .map(|(what, all)| match all[..] {
                [one] => (self.locale).miss_for(&self.title_of(one), &self.subject_of(one), what),
                _ => (self.locale).miss_for_all(&self.title_of(all[0]), all.len() - 1, what),
            })
            .collect()
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
        let diagnostics = self.timeline.diagnostics.iter();
        for told in diagnostics.filter(|d| d.code == DiagnosticCode::SeveralClusters) {
            all.insert(0, self.locale.several_clusters(&plain(&told.message)));
        }
        for log in &self.timeline.not_collected {
            if let Some(node) = &log.node {
                let node = plain(node.as_str());
                all.push(self.locale.miss_log(&plain(&log.channel), &node));
            }
        }
        let cut: Vec<&FileCoverage> = (coverage.files.iter())
            .filter(|f| coverage.cut.contains(&f.path))
            .collect();
        for file in cut.iter().take(3) {
            let channels: Vec<String> = file.channels.iter().map(|c| plain(c)).collect();
            let node = file.node.as_ref().map(|n| plain(n.as_str()));
            let last = file.last.map(|time| self.clock.second(time));
            all.push(self.locale.miss_end(
                &self.locale.list(&channels),
                node.as_deref(),
                last.as_deref(),
                &plain(&file.path),
            ));
        }
        if cut.len() > 3 {
            all.push(self.locale.miss_more_ends(cut.len() - 3));
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
            .filter(|d| d.code.is_loss() && !coverage.cut.contains(&d.source.member))
            .map(|d| d.source.member)
            .collect();
        if !lost.is_empty() {
            let named: Vec<String> = lost.iter().take(3).map(|path| plain(path)).collect();
            all.push(
                self.locale
                    .miss_files(lost.len(), &self.locale.list(&named)),
            );
        }
        all.extend(self.miss_findings());
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
        let unseen = self.moved_unseen();
        if !unseen.is_empty() && !self.tells_of_settings() {
            all.push(self.locale.miss_settings(&self.locale.list(&unseen)));
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
        let when = self.span(finding.first, finding.last);
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
            about: finding.subject.clone(),
            times: finding.occurrences,
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
