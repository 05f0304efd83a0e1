//! For checking and copying: merged events, coverage, trouble while reading, the appendix.

use super::*;
use crate::timeline::LogBegin;

impl Teller<'_> {
    pub(super) fn events(&self) -> Section {
        let w = self.words;
        let rows: Vec<Row> = self
            .notable
            .shown
            .iter()
            .map(|&at| Row {
                anchor: Some(event_anchor(at)),
                cells: self.event_cells(&self.timeline.events[at]),
            })
            .collect();
        let shown = rows.len();
        let left_out = self.timeline.events.len() - shown;
        let mut blocks = vec![Block::Chart("events".into())];
        if shown < self.notable.total || left_out > 0 {
            blocks.push(Block::Aside(self.locale.events_left_out(left_out, shown)));
        }
        blocks.push(Block::Table(Table {
            columns: self.event_columns(),
            rows,
            note: None,
        }));
        Section {
            id: "timeline".into(),
            title: w.events_title.into(),
            lead: Some(w.events_lead.into()),
            blocks,
            folded: false,
        }
    }

    pub(super) fn coverage(&self) -> Section {
        let w = self.words;
        let coverage = &self.timeline.coverage;
        let rows = coverage
            .files
            .iter()
            .take(MOST_ROWS)
            .map(|f| {
                row(vec![
                    cell(plain(&f.path)),
                    cell(f.kind.name()),
                    f.node
                        .as_ref()
                        .map_or_else(|| cell("–"), |n| cell(plain(n.as_str()))),
                    cell(f.records_read.to_string()),
                    toned(
                        f.records_failed.to_string(),
                        if f.records_failed > 0 {
                            Tone::Bad
                        } else {
                            Tone::Plain
                        },
                    ),
                    self.time(f.first, "–"),
                    self.time(f.last, "–"),
                    cell(f.time_basis.to_string()),
                ])
            })
            .collect();
        let mut blocks = self.logs();
        blocks.push(Block::Heading(w.files.into()));
        blocks.push(Block::Table(self.table(
            columns([
                (w.file, Code),
                (w.kind, Code),
                (w.node, Text),
                (w.records, Number),
                (w.failed, Number),
                (w.first, Time),
                (w.last, Time),
                (w.time_basis, Code),
            ]),
            rows,
            coverage.files.len(),
        )));
        if !coverage.gaps.is_empty() {
            let rows = coverage
                .gaps
                .iter()
                .take(MOST_ROWS)
                .map(|g| {
                    row(vec![
                        cell(plain(&g.path)),
                        cell(plain(&g.channel)),
                        toned(g.missing().to_string(), Tone::Warn),
                        cell(self.clock.second(g.window.from)),
                        cell(self.clock.second(g.window.to)),
                    ])
                })
                .collect();
            blocks.push(Block::Heading(w.gaps.into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.file, Code),
                    (w.channel, Code),
                    (w.missing_records, Number),
                    (w.since, Time),
                    (w.until, Time),
                ]),
                rows,
                coverage.gaps.len(),
            )));
        }
        if !coverage.unknown.is_empty() {
            let total: u64 = coverage.unknown.values().sum();
            blocks.push(Block::Heading(w.unread_kinds.into()));
            blocks.push(Block::Text(
                self.locale.unknown_records(total, coverage.unknown.len()),
            ));
            let mut most: Vec<_> = coverage.unknown.iter().collect();
            most.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let rows = most
                .iter()
                .take(20)
                .map(|((provider, id), count)| {
                    row(vec![
                        cell(plain(provider)),
                        cell(id.to_string()),
                        cell(count.to_string()),
                    ])
                })
                .collect();
            blocks.push(Block::Table(Table {
                columns: columns([(w.source, Code), (w.id, Number), (w.count, Number)]),
                rows,
                note: None,
            }));
        }
        blocks.extend(self.what_is_not_logged());
        Section {
            id: "coverage".into(),
            title: w.coverage.into(),
            lead: Some(w.coverage_lead.into()),
            blocks,
            folded: true,
        }
    }

    /// What leaves no event on these versions of Windows Server, and how often what
    /// comes nearest was seen.
    fn what_is_not_logged(&self) -> Vec<Block> {
        let w = self.words;
        let all = self.timeline.unlogged();
        if all.is_empty() {
            return Vec::new();
        }
        let mut counts: BTreeMap<EventKind, usize> = BTreeMap::new();
        for event in &self.timeline.events {
            *counts.entry(event.kind).or_default() += 1;
        }
        let rows = all
            .iter()
            .map(|absence| {
                let near: BTreeSet<EventKind> = absence.nearest.iter().copied().collect();
                let seen: usize = near.iter().filter_map(|kind| counts.get(kind)).sum();
                let near = absence
                    .nearest
                    .iter()
                    .map(|k| self.locale.event(*k).to_owned());
                let near: Vec<String> = near.collect();
                row(vec![
                    cell(sentence(absence.text(self.lang))),
                    cell(if absence.windows.iter().any(|v| v == "all") {
                        w.all_versions.to_owned()
                    } else {
                        self.locale.list(&absence.windows)
                    }),
                    cell(self.locale.list(&near)),
                    cell(seen.to_string()),
                ])
            })
            .collect();
        let heads = columns([
            (w.what, Text),
            (w.windows, Text),
            (w.nearest, Text),
            (w.seen_here, Number),
        ]);
        vec![
            Block::Heading(w.unlogged.into()),
            Block::Aside(w.unlogged_lead.into()),
            Block::Table(self.table(heads, rows, all.len())),
        ]
    }

    /// Each node's logs: what they cover, and why they begin where they begin.
    fn logs(&self) -> Vec<Block> {
        let w = self.words;
        let logs = &self.timeline.logs;
        if logs.is_empty() {
            return Vec::new();
        }
        let rows = logs
            .iter()
            .take(MOST_ROWS)
            .map(|log| {
                let tone = match log.begin {
                    LogBegin::Cleared => Tone::Bad,
                    LogBegin::FirstRecord | LogBegin::Cut => Tone::Plain,
                    LogBegin::Unknown => Tone::Unknown,
                };
                row(vec![
                    cell(plain(log.node.as_str())),
                    cell(plain(&log.channel)),
                    self.time(log.windows.first().map(|w| w.from), w.no_event),
                    self.time(log.windows.iter().map(|w| w.to).max(), w.no_event),
                    toned(
                        log.missing.to_string(),
                        if log.missing > 0 {
                            Tone::Warn
                        } else {
                            Tone::Plain
                        },
                    ),
                    toned(self.locale.log_begin(log.begin), tone),
                ])
            })
            .collect();
        let heads = columns([
            (w.node, Text),
            (w.channel, Code),
            (w.first, Time),
            (w.last, Time),
            (w.missing_records, Number),
            (w.log_begins, Text),
        ]);
        vec![
            Block::Heading(w.logs.into()),
            Block::Aside(w.logs_lead.into()),
            Block::Table(self.table(heads, rows, logs.len())),
        ]
    }

    pub(super) fn diagnostics(&self) -> Section {
        let w = self.words;
        let all: Vec<_> = self.timeline.diagnostics.iter().collect();
        let block = if all.is_empty() {
            Block::Text(w.diagnostics_none.into())
        } else {
            let rows = all
                .iter()
                .take(MOST_ROWS)
                .map(|d| {
                    let tone = if d.code.is_loss() {
                        Tone::Bad
                    } else {
                        Tone::Plain
                    };
                    row(vec![
                        toned(self.locale.diagnostic(d.code), tone),
                        cell(plain(&d.source.to_string())),
                        cell(d.count.to_string()),
                        cell(plain(&d.message)),
                    ])
                })
                .collect();
            Block::Table(self.table(
                columns([
                    (w.kind, Text),
                    (w.source, Code),
                    (w.count, Number),
                    (w.message, Text),
                ]),
                rows,
                all.len(),
            ))
        };
        Section {
            id: "diagnostics".into(),
            title: w.diagnostics.into(),
            lead: None,
            blocks: vec![block],
            folded: true,
        }
    }

    pub(super) fn appendix(
        &self,
        cards: &[Card],
        headline: &[Statement],
        down: &Table,
        actions: &[String],
        missing: &[String],
    ) -> Section {
        let w = self.words;
        let mut lines = vec![self.told(w.post_mortem, &self.cluster())];
        let period = self.facts().into_iter().next();
        lines.extend(period.map(|p| self.told(&p.label, &p.value)));
        lines.push(self.zone());
        let mut part = |title: &str, items: Vec<String>, none: &str| {
            lines.extend([String::new(), title.to_owned()]);
            match items.is_empty() {
                true => lines.push(none.to_owned()),
                false => lines.extend(items),
            }
        };
        let said = headline.iter();
        let said = said.map(|s| format!("- {} [{}]", s.text, s.how_sure));
        part(w.what_happened, said.collect(), w.unknown);
        let verdicts = cards.iter().filter(|c| !c.benign && c.leads).map(|c| {
            format!(
                "- [{}] {} — {} ({})",
                c.verdict_text, c.subject, c.title, c.rule
            )
        });
        part(w.verdicts, verdicts.collect(), w.no_verdicts);
        let mut vms: Vec<String> = (down.rows.iter())
            .filter_map(|row| match &row.cells[..] {
                [vm, since, until, length, _, cause] => Some(format!(
                    "- {}",
                    self.told(
                        &vm.text,
                        &format!(
                            "{} – {} {}",
                            since.text,
                            until.text,
                            self.locale
                                .parentheses(&format!("{}, {}", length.text, cause.text))
                                .trim_start()
                        )
                    )
                )),
                _ => None,
            })
            .collect();
        vms.extend(down.note.clone());
        part(w.vms_down, vms, w.no_vm_down);
        let actions = (actions.iter().enumerate()).map(|(n, a)| format!("{}. {a}", n + 1));
        part(w.what_to_do, actions.collect(), w.nothing_to_do);
        let missing = missing.iter().map(|m| format!("- {m}"));
        part(w.what_is_missing, missing.collect(), w.nothing_missing);
        Section {
            id: "appendix".into(),
            title: w.appendix.into(),
            lead: Some(w.appendix_lead.into()),
            blocks: vec![Block::Verbatim(lines.join("\n"))],
            folded: true,
        }
    }
}
