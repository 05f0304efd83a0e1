//! Where VMs were, the failovers of their roles, and their moves.

use super::*;

impl Teller<'_> {
    pub(super) fn placement(&self) -> Section {
        let w = self.words;
        let mut rows = Vec::new();
        for (at, vm) in self.timeline.vms.iter().enumerate() {
            for placement in &vm.placements {
                rows.push(row(vec![
                    self.vm_cell(at),
                    self.node(Some(&placement.node)),
                    self.time(placement.from, w.before_logs),
                    self.time(placement.to, w.after_logs),
                    cell(self.locale.basis(placement.basis)),
                ]));
            }
        }
        let total = rows.len();
        let heads = columns([
            (w.vm, Text),
            (w.node, Text),
            (w.since, Time),
            (w.until, Time),
            (w.basis, Text),
        ]);
        Section {
            id: "placement".into(),
            title: w.placement.into(),
            lead: Some(w.placement_lead.into()),
            blocks: vec![
                Block::Chart("placement".into()),
                Block::Table(self.table(heads, rows, total)),
            ],
            folded: false,
        }
    }

    pub(super) fn failovers(&self) -> Section {
        let w = self.words;
        let mut blocks = vec![
            Block::Heading(w.two_behaviors.into()),
            Block::List(vec![
                self.locale.behavior_high_availability().into(),
                self.locale.behavior_live_migration().into(),
            ]),
        ];
        let all = &self.timeline.failovers;
        if all.is_empty() {
            blocks.insert(0, Block::Text(w.failover_lead_none.into()));
        } else {
            let stories = all
                .iter()
                .take(MOST_LINES)
                .map(|f| {
                    self.locale.failover_story(
                        &self.role(f),
                        f.from_node.as_ref().map(|n| plain(n.as_str())).as_deref(),
                        f.to_node.as_ref().map(|n| plain(n.as_str())).as_deref(),
                        f.cause,
                        f.downtime_s.map(|s| self.locale.duration(s)).as_deref(),
                    )
                })
                .collect();
            let rows = all
                .iter()
                .map(|f| {
                    row(vec![
                        self.role_cell(f),
                        self.node(f.from_node.as_ref()),
                        self.node(f.to_node.as_ref()),
                        toned(
                            self.locale.cause(f.cause),
                            if f.cause == FailoverCause::Unknown {
                                Tone::Unknown
                            } else {
                                Tone::Plain
                            },
                        ),
                        self.yes_no(Some(f.planned)),
                        self.time(f.down_from, w.unknown),
                        self.time(f.up_at, w.still_down),
                        self.seconds(f.downtime_s, w.unknown),
                        self.bounds(f.bounds),
                        cell(self.locale.planned_because(f.planned_because)),
                    ])
                })
                .collect();
            let heads = columns([
                (w.group, Text),
                (w.from, Text),
                (w.to, Text),
                (w.cause, Text),
                (w.planned, Label),
                (w.since, Time),
                (w.until, Time),
                (w.downtime, Number),
                (w.bounds, Number),
                (w.why_planned, Text),
            ]);
            blocks.splice(
                0..0,
                [
                    Block::List(stories),
                    Block::Table(self.table(heads, rows, all.len())),
                ],
            );
        }
        Section {
            id: "failovers".into(),
            title: w.failovers.into(),
            lead: None,
            blocks,
            folded: false,
        }
    }

    pub(super) fn migrations(&self) -> Section {
        let w = self.words;
        let all = &self.timeline.migrations;
        let mut blocks = vec![Block::Chart("migrations".into())];
        if all.is_empty() {
            blocks = vec![Block::Text(w.migrations_lead_none.into())];
        } else {
            let spreads: Vec<Row> = [
                (w.duration, metrics::migration_durations(self.timeline)),
                (w.blackout, metrics::migration_blackouts(self.timeline)),
            ]
            .into_iter()
            .map(|(label, spread)| {
                let mut cells = vec![cell(label)];
                match spread {
                    Some(s) => {
                        cells.push(cell(s.n.to_string()));
                        cells.extend(
                            [s.min, s.median, s.p95, s.max].map(|v| cell(self.locale.duration(v))),
                        );
                    }
                    None => {
                        cells.push(cell("0"));
                        cells.extend((0..4).map(|_| toned(w.not_recorded, Tone::Unknown)));
                    }
                }
                row(cells)
            })
            .collect();
            blocks.push(Block::Table(Table {
                columns: columns([
                    (w.quantity, Text),
                    (w.count, Number),
                    (w.minimum, Number),
                    (w.median, Number),
                    (w.p95, Number),
                    (w.maximum, Number),
                ]),
                rows: spreads,
                note: None,
            }));
            let pages = self.moves_with_page();
            let rows = all
                .iter()
                .enumerate()
                .take(MOST_ROWS)
                .map(|(at, m)| {
                    let mut time = self.time(m.started, w.unknown);
                    time.link = pages.contains(&at).then(|| move_anchor(at));
                    let mut to = self.node(m.to_node.as_ref());
                    if m.to_inferred {
                        to.text = format!("{} {}", to.text, w.inferred);
                        to.tone = Tone::Unknown;
                    }
                    row(vec![
                        time,
                        self.vm_cell(m.vm),
                        cell(self.locale.move_kind(m.kind)),
                        self.node(m.from_node.as_ref()),
                        to,
                        toned(self.locale.outcome(m.outcome), outcome_tone(m.outcome)),
                        self.yes_no(m.planned),
                        self.seconds(m.duration_s, w.unknown),
                        self.seconds(m.blackout_s, w.not_logged),
                        self.reason(m).map_or_else(|| cell("–"), cell),
                    ])
                })
                .collect();
            blocks.push(Block::Table(self.table(
                columns([
                    (w.time, Time),
                    (w.vm, Text),
                    (w.kind, Text),
                    (w.from, Text),
                    (w.to, Text),
                    (w.outcome, Label),
                    (w.planned, Label),
                    (w.duration, Number),
                    (w.blackout, Number),
                    (w.reason, Text),
                ]),
                rows,
                all.len(),
            )));
        }
        blocks.extend(self.move_pages());
        Section {
            id: "migrations".into(),
            title: w.migrations.into(),
            lead: None,
            blocks,
            folded: false,
        }
    }
}
