//! A page for each VM, node and move: all that is known about it in one place. They
//! repeat what the tables say, by subject, and unfold where a format can fold.

use super::*;
use crate::timeline::VmIndex;

/// The most VMs with a page: those in trouble first, then those that moved.
pub(super) const MOST_VM_PAGES: usize = 40;
/// The most nodes with a page.
pub(super) const MOST_NODE_PAGES: usize = 64;
/// The most moves with a page: those that did not complete first.
const MOST_MOVE_PAGES: usize = 40;
/// The most lines of a VM's story on its page; the merged timeline has the others.
const MOST_PAGE_LINES: usize = 40;
/// The most rows of any table of a page; the tables of the sections have more.
const MOST_PAGE_ROWS: usize = 60;
/// Seconds before and after a move that its view of the timeline shows.
const AROUND_S: f64 = 30.0;

/// VMs in trouble first, then those that moved, then the rest, each in the timeline's
/// order.
pub(super) fn vms_in_order(timeline: &Timeline, verdicts: &Verdicts) -> Vec<VmIndex> {
    let found: BTreeSet<VmIndex> = verdicts
        .findings
        .iter()
        .filter(|f| matches!(f.verdict, Verdict::Confirmed | Verdict::Probable))
        .filter_map(|f| f.subject.vm)
        .collect();
    let failed: BTreeSet<VmIndex> = timeline.failovers.iter().filter_map(|f| f.vm).collect();
    let moved: BTreeSet<VmIndex> = timeline.migrations.iter().map(|m| m.vm).collect();
    let mut all: Vec<VmIndex> = (0..timeline.vms.len()).collect();
    all.sort_by_key(|vm| {
        let trouble =
            found.contains(vm) || failed.contains(vm) || !timeline.vms[*vm].downtimes.is_empty();
        (!trouble, !moved.contains(vm), *vm)
    });
    all
}

impl Teller<'_> {
    /// All VMs in a table, and a page for those that matter; `None` without VMs.
    pub(super) fn vm_pages(&self) -> Option<Section> {
        let w = self.words;
        let order = vms_in_order(self.timeline, self.verdicts);
        if order.is_empty() {
            return None;
        }
        let count = |n: usize| cell(n.to_string());
        let rows = order
            .iter()
            .take(MOST_ROWS)
            .map(|&vm| {
                let trail = &self.timeline.vms[vm];
                let moves = self.timeline.migrations.iter().filter(|m| m.vm == vm);
                let failovers = self.timeline.failovers.iter().filter(|f| f.vm == Some(vm));
                let verdicts = (self.verdicts.findings.iter())
                    .filter(|f| self.concerns(f, vm))
                    .count();
                row(vec![
                    self.vm_cell(vm),
                    self.node(trail.placements.last().map(|p| &p.node)),
                    count(moves.count()),
                    count(failovers.count()),
                    cell(self.total_down(vm).unwrap_or_else(|| "–".to_owned())),
                    count(verdicts),
                ])
            })
            .collect();
        let heads = columns([
            (w.vm, Text),
            (w.last_node, Text),
            (w.moves, Number),
            (w.failovers, Number),
            (w.total_down, Number),
            (w.verdicts, Number),
        ]);
        let mut blocks = vec![Block::Table(self.table(heads, rows, order.len()))];
        if self.timeline.vms.iter().any(|vm| !vm.downtimes.is_empty()) {
            blocks.push(Block::Chart("downtime".into()));
        }
        let told = &order[..order.len().min(MOST_VM_PAGES)];
        let pages = told.iter().map(|&vm| {
            let trail = &self.timeline.vms[vm];
            let mut seen: Vec<String> = Vec::new();
            for placement in &trail.placements {
                let node = plain(placement.node.as_str());
                if seen.last() != Some(&node) {
                    seen.push(node);
                }
            }
            seen.truncate(8);
            let down = self.total_down(vm);
            let note = [
                (!seen.is_empty()).then(|| seen.join(" → ")),
                down.map(|d| self.told(w.total_down, &d)),
            ];
            Fold {
                anchor: vm_anchor(vm),
                title: self.vm(vm),
                note: note.into_iter().flatten().collect::<Vec<_>>().join(" · "),
                events: Some(format!("vm={}", vm + 1)),
                blocks: self.story_blocks(vm, MOST_PAGE_LINES),
            }
        });
        blocks.push(self.folds(w.vm_by_vm, pages.collect(), order.len()));
        Some(Section {
            id: "vms".into(),
            title: w.vms_title.into(),
            lead: Some(w.vms_lead.into()),
            blocks,
            folded: false,
        })
    }

    fn folds(&self, title: &str, pages: Vec<Fold>, of: usize) -> Block {
        let told = pages.len();
        Block::Folds(Folds {
            title: title.into(),
            all: pages,
            note: (told < of).then(|| self.locale.pages_left_out(of - told, told)),
        })
    }

    /// A page for each node; `None` without nodes.
    pub(super) fn node_pages(&self) -> Option<Block> {
        let nodes = &self.timeline.nodes;
        let pages: Vec<Fold> = (nodes.iter().enumerate())
            .take(MOST_NODE_PAGES)
            .map(|(at, node)| {
                let states: Vec<String> = (node.intervals.iter())
                    .filter(|i| i.state != NodeState::Up)
                    .map(|i| self.locale.node_state(i.state).to_owned())
                    .collect();
                Fold {
                    anchor: node_anchor(at),
                    title: plain(node.name.as_str()),
                    note: self.locale.list(&states),
                    events: Some(format!("node={}", at + 1)),
                    blocks: self.node_page(at),
                }
            })
            .collect();
        (!pages.is_empty()).then(|| self.folds(self.words.node_by_node, pages, nodes.len()))
    }

    fn node_page(&self, at: usize) -> Vec<Block> {
        let w = self.words;
        let node = &self.timeline.nodes[at];
        let name = &node.name;
        let clock = (self.timeline.clocks.iter())
            .find(|c| c.node == *name)
            .map(|c| match (c.offset_s, c.error_s) {
                (Some(offset), Some(error)) => format!(
                    "{} ± {}",
                    self.locale.duration(offset),
                    self.locale.duration(error)
                ),
                (Some(offset), None) => self.locale.duration(offset),
                (None, _) => w.unknown.to_owned(),
            });
        let updates = (self.timeline.inventory.nodes.get(name)).map(|f| f.updates.len());
        let facts = [
            (w.os, node.os.as_deref().map(plain)),
            (w.build, node.build.map(|b| b.to_string())),
            (w.updates, updates.map(|n| n.to_string())),
            (w.has_logs, Some(self.yes_no(Some(node.has_logs)).text)),
            (w.clock_ahead, clock),
        ];
        let facts = facts
            .into_iter()
            .filter_map(|(label, value)| Some(self.told(label, &value?)))
            .collect();
        let mut blocks = vec![Block::List(facts)];

        let about: Vec<String> = (self.verdicts.findings.iter())
            .filter(|f| NodeName::new(&f.subject.name).as_ref() == Some(name))
            .map(|f| {
                format!(
                    "[{}] {} — {}",
                    self.locale.verdict(f.verdict),
                    self.title_of(f),
                    self.text(&f.explanation)
                )
            })
            .collect();
        if !about.is_empty() {
            blocks.push(Block::Heading(w.verdicts.into()));
            blocks.push(Block::List(about));
        }
        let states: Vec<Row> = (node.intervals.iter())
            .map(|interval| {
                let mut since = self.time(interval.from, w.before_logs);
                since.link = (interval.evidence.first()).and_then(|&e| self.event_link(e));
                row(vec![
                    self.node_state(interval.state),
                    since,
                    self.time(interval.to, w.after_logs),
                ])
            })
            .collect();
        self.part(
            &mut blocks,
            w.state,
            columns([(w.state, Label), (w.since, Time), (w.until, Time)]),
            states,
        );
        let mut vms: Vec<(Option<Moment>, Row)> = Vec::new();
        for (vm, trail) in self.timeline.vms.iter().enumerate() {
            for placement in trail.placements.iter().filter(|p| p.node == *name) {
                let cells = vec![
                    self.vm_cell(vm),
                    self.time(placement.from, w.before_logs),
                    self.time(placement.to, w.after_logs),
                ];
                vms.push((placement.from, row(cells)));
            }
        }
        vms.sort_by_key(|(from, _)| *from);
        self.part(
            &mut blocks,
            w.vms_on_it,
            columns([(w.vm, Text), (w.since, Time), (w.until, Time)]),
            vms.into_iter().map(|(_, row)| row).collect(),
        );
        let logs = (self.timeline.logs.iter())
            .filter(|log| log.node == *name)
            .map(|log| {
                row(vec![
                    cell(plain(&log.channel)),
                    self.time(log.windows.first().map(|w| w.from), w.no_event),
                    self.time(log.windows.iter().map(|w| w.to).max(), w.no_event),
                    cell(log.missing.to_string()),
                ])
            })
            .collect();
        self.part(
            &mut blocks,
            w.logs,
            columns([
                (w.channel, Code),
                (w.first, Time),
                (w.last, Time),
                (w.missing_records, Number),
            ]),
            logs,
        );
        blocks
    }

    /// A heading and its table, where there is anything in it.
    fn part(&self, blocks: &mut Vec<Block>, title: &str, heads: Vec<Column>, mut rows: Vec<Row>) {
        if !rows.is_empty() {
            let total = rows.len();
            rows.truncate(MOST_PAGE_ROWS);
            blocks.push(Block::Heading(title.into()));
            blocks.push(Block::Table(self.table(heads, rows, total)));
        }
    }

    /// The moves that have a page, in order of time.
    pub(super) fn moves_with_page(&self) -> BTreeSet<usize> {
        let all = &self.timeline.migrations;
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|&at| (all[at].outcome == MoveOutcome::Completed, at));
        order.into_iter().take(MOST_MOVE_PAGES).collect()
    }

    /// A page for each move; `None` without moves.
    pub(super) fn move_pages(&self) -> Option<Block> {
        let w = self.words;
        let all = &self.timeline.migrations;
        let mut pages = Vec::new();
        for at in self.moves_with_page() {
            let migration = &all[at];
            let shown = |node: Option<&NodeName>| {
                node.map_or_else(|| w.unknown.to_owned(), |n| plain(n.as_str()))
            };
            let when = migration.started.or(migration.ended);
            let note = [
                Some(locale::arrow(
                    &shown(migration.from_node.as_ref()),
                    &shown(migration.to_node.as_ref()),
                )),
                Some(self.locale.outcome(migration.outcome).to_owned()),
                when.map(|at| self.clock.second(at)),
            ];
            let first = migration.started.or(migration.ended);
            let last = migration.ended.or(migration.started);
            let events = first.zip(last).map(|(first, last)| {
                format!(
                    "vm={}&from={}&to={}",
                    migration.vm + 1,
                    first.plus_seconds(-AROUND_S),
                    last.plus_seconds(AROUND_S)
                )
            });
            pages.push(Fold {
                anchor: move_anchor(at),
                title: format!(
                    "{} · {}",
                    self.vm(migration.vm),
                    self.locale.move_kind(migration.kind)
                ),
                note: note.into_iter().flatten().collect::<Vec<_>>().join(" · "),
                events,
                blocks: self.move_page(migration),
            });
        }
        (!pages.is_empty()).then(|| self.folds(w.move_by_move, pages, all.len()))
    }

    fn move_page(&self, migration: &Migration) -> Vec<Block> {
        let w = self.words;
        let shown = |node: Option<&NodeName>| {
            node.map_or_else(|| w.unknown.to_owned(), |n| plain(n.as_str()))
        };
        let to = shown(migration.to_node.as_ref());
        let length = |seconds: Option<f64>| seconds.map(|s| self.locale.duration(s));
        let facts = [
            (w.vm, Some(self.vm(migration.vm))),
            (w.from, Some(shown(migration.from_node.as_ref()))),
            (
                w.to,
                Some(if migration.to_inferred {
                    format!("{to} {}", w.inferred)
                } else {
                    to
                }),
            ),
            (
                w.outcome,
                Some(self.locale.outcome(migration.outcome).to_owned()),
            ),
            (w.reason, self.reason(migration)),
            (w.planned, Some(self.yes_no(migration.planned).text)),
            (w.duration, length(migration.duration_s)),
            (
                w.blackout,
                Some(length(migration.blackout_s).unwrap_or_else(|| w.not_logged.to_owned())),
            ),
            (w.brownout, length(migration.brownout_s)),
            (
                w.memory,
                migration.memory_mib.map(|m| format!("{m:.0} MiB")),
            ),
        ];
        let facts = facts
            .into_iter()
            .filter_map(|(label, value)| Some(self.told(label, &value?)))
            .collect();
        let mut blocks = vec![Block::List(facts)];
        let phases = (migration.phases.iter())
            .map(|phase| {
                let mut from = self.time(phase.from, w.unknown);
                from.link = (phase.evidence.first()).and_then(|&e| self.event_link(e));
                row(vec![
                    cell(self.locale.move_phase(phase.phase)),
                    self.node(phase.node.as_ref()),
                    from,
                    self.time(phase.to, w.unknown),
                    self.seconds(phase.seconds, w.unknown),
                ])
            })
            .collect();
        self.part(
            &mut blocks,
            w.phases,
            columns([
                (w.phase, Text),
                (w.node, Text),
                (w.since, Time),
                (w.until, Time),
                (w.duration, Number),
            ]),
            phases,
        );
        let evidence = self.evidence(&migration.evidence);
        if !evidence.rows.is_empty() {
            blocks.push(Block::Heading(w.evidence.into()));
            blocks.push(Block::Table(evidence));
        }
        blocks
    }
}
