//! The verdicts in full, and the chain of the main one.

use super::*;

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
            (w.how_known, Text),
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
        let mut blocks: Vec<Block> = cards
            .iter()
            .take(MOST_FINDINGS)
            .map(|c| Block::Finding(Box::new(c.clone())))
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
        if !rows.is_empty() {
            let total = rows.len();
            blocks.push(Block::Heading(w.not_listed.into()));
            blocks.push(Block::Aside(w.not_listed_lead.into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.rule, Code),
                    (w.what, Text),
                    (w.untouched, Number),
                    (w.of_these_not_assessable, Number),
                ]),
                rows,
                total,
            )));
        }
        Section {
            id: "findings".into(),
            title: w.findings.into(),
            lead: Some(w.findings_lead.into()),
            blocks,
            folded: false,
        }
    }
}
