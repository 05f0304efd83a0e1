//! The verdicts in full, and the chain of the main one.

use super::*;

/// The least records that a finding leaves to another.
const LEAST_SHARED: usize = 4;

impl Teller<'_> {
    /// Of the worst finding, else of the first failover: what led to what.
    pub(super) fn cause_chain(&self) -> Option<Section> {
        let w = self.words;
        let main = self.verdicts.findings.iter().find(|f| {
            matches!(f.verdict, Verdict::Confirmed | Verdict::Probable)
                && !self.rule(f).is_some_and(|r| r.benign)
                && !f.evidence.is_empty()
        });
        let mut steps: Vec<(Option<Moment>, Vec<Cell>)> = Vec::new();
        if let Some(finding) = main {
            for step in &finding.steps {
                let (time, known, source) = match &step.outcome {
                    StepOutcome::Observed { events, grade } => {
                        let Some((at, event)) = events
                            .iter()
                            .filter_map(|&e| Some((e, self.timeline.events.get(e)?)))
                            .min_by_key(|(at, e)| (e.time, *at))
                        else {
                            continue;
                        };
                        let known = match (&event.origin, grade) {
                            (Origin::Note, _) => toned(w.said_by_person, Tone::Said),
                            (_, Grade::Direct) => toned(w.step_direct, Tone::Good),
                            (_, Grade::Circumstantial) => toned(w.step_circumstantial, Tone::Warn),
                        };
                        let mut time = cell(self.clock.precise(event.time, event.precision));
                        time.link = self.event_link(at);
                        let source = self.where_is(event);
                        ((Some(event.time), time), known, source)
                    }
                    StepOutcome::AbsenceSeen => (
                        (None, toned("–", Tone::Unknown)),
                        toned(w.step_absent, Tone::Good),
                        toned("–", Tone::Unknown),
                    ),
                    StepOutcome::NotFound | StepOutcome::NotObservable => continue,
                };
                steps.push((
                    time.0,
                    vec![time.1, cell(self.text(&step.what)), known, source],
                ));
            }
        } else {
            let failover = self.timeline.failovers.iter().find(|f| !f.planned)?;
            for &at in &failover.evidence {
                let Some(event) = self.timeline.events.get(at) else {
                    continue;
                };
                let mut cells = self.event_cells(event);
                let what = cells.swap_remove(2);
                let mut time = cells.swap_remove(0);
                time.link = self.event_link(at);
                let source = self.where_is(event);
                steps.push((
                    Some(event.time),
                    vec![time, what, toned(w.logged, Tone::Good), source],
                ));
            }
        }
        if steps.is_empty() {
            return None;
        }
        // What was absent has no time; it stays behind the step before it.
        let mut last = None;
        for (time, _) in &mut steps {
            *time = time.or(last);
            last = *time;
        }
        steps.sort_by_key(|(time, _)| *time);
        let rows: Vec<Row> = steps.into_iter().map(|(_, cells)| row(cells)).collect();
        let total = rows.len();
        let heads = columns([
            (w.time, Time),
            (w.what, Text),
            (w.how_known, Label),
            (w.source, Code),
        ]);
        let mut blocks = Vec::new();
        if let Some(finding) = main {
            blocks.push(Block::Text(format!(
                "{} — {}",
                self.subject_of(finding),
                self.title_of(finding)
            )));
        }
        blocks.push(Block::Table(self.table(heads, rows, total)));
        Some(Section {
            id: "cause".into(),
            title: w.cause_chain.into(),
            lead: Some(w.cause_chain_lead.into()),
            blocks,
            folded: false,
        })
    }

    pub(super) fn findings(&self, cards: &[Card]) -> Section {
        let w = self.words;
        let mut blocks: Vec<Block> = self
            .without_repetition(&cards[..cards.len().min(MOST_FINDINGS)])
            .into_iter()
            .map(|card| Block::Finding(Box::new(card)))
            .collect();
        if cards.len() > MOST_FINDINGS {
            let left_out = cards.len() - MOST_FINDINGS;
            blocks.push(Block::Aside(
                self.locale.rows_left_out(left_out, MOST_FINDINGS),
            ));
        }
        if blocks.is_empty() {
            blocks.push(Block::Text(w.no_verdicts.into()));
        }
        Section {
            id: "findings".into(),
            title: w.findings.into(),
            lead: Some(w.findings_lead.into()),
            blocks,
            folded: false,
        }
    }
    /// Findings of one chain of events rest on the same records. Each is shown in full
    /// once, with the first that rests on it; a later one shows of these what its steps
    /// begin with and what is about its own VM, and leads to the others.
    fn without_repetition(&self, cards: &[Card]) -> Vec<Card> {
        let mut shown: BTreeMap<EventIndex, usize> = BTreeMap::new();
        let mut told = cards.to_vec();
        for (at, (card, finding)) in told.iter_mut().zip(&self.verdicts.findings).enumerate() {
            let first_of = |step: &crate::rules::verdict::StepResult| match &step.outcome {
                StepOutcome::Observed { events, .. } => events.iter().min().copied(),
                _ => None,
            };
            let begins: BTreeSet<EventIndex> = finding.steps.iter().filter_map(first_of).collect();
            let vm = finding.subject.vm;
            let of_its_own = |event: &EventIndex| {
                vm.is_some() && self.timeline.event_vm.get(*event) == Some(&vm)
            };
            let mut elsewhere: BTreeMap<usize, usize> = BTreeMap::new();
            let kept: Vec<EventIndex> = (finding.evidence.iter().copied())
                .filter(|event| match shown.get(event) {
                    Some(&with) if !begins.contains(event) && !of_its_own(event) => {
                        *elsewhere.entry(with).or_default() += 1;
                        false
                    }
                    _ => true,
                })
                .collect();
            // A few rows are read sooner than a reference is followed.
            if elsewhere.values().sum::<usize>() >= LEAST_SHARED {
                card.evidence = self.evidence(&kept);
                card.shared = elsewhere
                    .into_iter()
                    .map(|(with, count)| Shared {
                        text: self.locale.shown_with(
                            count,
                            &cards[with].subject,
                            &cards[with].title,
                        ),
                        anchor: cards[with].anchor.clone(),
                    })
                    .collect();
            }
            for event in &finding.evidence {
                shown.entry(*event).or_insert(at);
            }
        }
        told
    }

    /// How often each rule looked and saw nothing; `None` where each has a finding.
    pub(super) fn not_listed(&self) -> Option<Section> {
        let w = self.words;
        let rows: Vec<Row> = self
            .verdicts
            .counts
            .iter()
            .filter(|(_, count)| count.untouched > 0)
            .map(|(rule, count)| {
                let title = self
                    .verdicts
                    .rules
                    .get(rule)
                    .map_or_else(|| plain(rule), |r| self.text(&r.title));
                row(vec![
                    cell(plain(rule)),
                    cell(title),
                    cell(count.untouched.to_string()),
                    cell(count.not_assessable.to_string()),
                ])
            })
            .collect();
        let total = rows.len();
        let heads = columns([
            (w.rule, Code),
            (w.what, Text),
            (w.untouched, Number),
            (w.of_these_not_assessable, Number),
        ]);
        (total > 0).then(|| Section {
            id: "not-listed".into(),
            title: w.not_listed.into(),
            lead: Some(w.not_listed_lead.into()),
            blocks: vec![Block::Table(self.table(heads, rows, total))],
            folded: true,
        })
    }
}
