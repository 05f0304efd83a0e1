//! One VM's story: who it is, where it was, when it was down, and all that happened
//! to it on one line each, in order of time.

use super::*;
use crate::timeline::{Migration, VmIndex};

/// The most lines of a story; `vmtrail timeline --vm` has every record.
const MOST_STORY: usize = 500;

/// Sections without a first screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// Title.
    pub title: String,
    /// In which zone times are shown.
    pub zone: String,
    /// The sections.
    pub sections: Vec<Section>,
    /// Fixed words.
    pub labels: Labels,
}

/// The stories of some VMs, one section each. The same input gives the same page.
#[must_use]
pub fn stories(
    timeline: &Timeline,
    verdicts: &Verdicts,
    options: &Options,
    vms: &[VmIndex],
) -> Page {
    let teller = Teller::new(timeline, verdicts, options);
    Page {
        title: teller.words.story.to_owned(),
        zone: teller.zone(),
        sections: vms.iter().map(|&vm| teller.story(vm)).collect(),
        labels: teller.labels(),
    }
}

/// A line of a story: its time, its place among lines of that time, its cells.
type Line = (Option<Moment>, u8, Vec<Cell>);

impl Teller<'_> {
    pub(super) fn story(&self, vm: VmIndex) -> Section {
        Section {
            id: vm_anchor(vm),
            title: self.told(self.words.vm, &self.vm(vm)),
            lead: None,
            blocks: self.story_blocks(vm, MOST_STORY),
            folded: true,
        }
    }

    /// The parts of a story, with at most `most` lines of what happened.
    pub(super) fn story_blocks(&self, vm: VmIndex, most: usize) -> Vec<Block> {
        let w = self.words;
        let trail = &self.timeline.vms[vm];
        let mut blocks = vec![Block::List(self.who(vm))];
        let verdicts = self.verdicts_on(vm);
        if !verdicts.is_empty() {
            blocks.push(Block::Heading(w.verdicts.into()));
            blocks.push(Block::List(verdicts));
        }
        let places: Vec<Row> = (trail.placements.iter())
            .map(|placement| {
                row(vec![
                    self.node(Some(&placement.node)),
                    self.time(placement.from, w.before_logs),
                    self.time(placement.to, w.after_logs),
                    cell(self.locale.basis(placement.basis)),
                ])
            })
            .collect();
        if !places.is_empty() {
            let total = places.len();
            let heads = columns([
                (w.node, Text),
                (w.since, Time),
                (w.until, Time),
                (w.basis, Text),
            ]);
            blocks.push(Block::Heading(w.story_placements.into()));
            blocks.push(Block::Table(self.table(heads, places, total)));
        }
        let mut lines = self.lines(vm);
        if lines.is_empty() {
            blocks.push(Block::Text(w.no_record_of_vm.into()));
        } else {
            lines.sort_by_key(|(time, rank, _)| (*time, *rank));
            let total = lines.len();
            let rows: Vec<Row> = (lines.into_iter().take(most))
                .map(|(_, _, cells)| row(cells))
                .collect();
            let left_out = total - rows.len();
            blocks.push(Block::Heading(w.story_what.into()));
            blocks.push(Block::Table(Table {
                columns: columns([
                    (w.time, Time),
                    (w.node, Text),
                    (w.what, Text),
                    (w.source, Code),
                ]),
                note: (left_out > 0).then(|| self.locale.rows_left_out(left_out, rows.len())),
                rows,
            }));
        }
        blocks
    }

    /// Names, id, role, memory, nodes, time down.
    fn who(&self, vm: VmIndex) -> Vec<String> {
        let w = self.words;
        let trail = &self.timeline.vms[vm];
        let list = |names: BTreeSet<&str>| {
            let names: Vec<String> = names.into_iter().map(plain).collect();
            (!names.is_empty()).then(|| self.locale.list(&names))
        };
        let facts = [
            (
                w.names,
                list(trail.names.iter().map(|n| n.state.as_str()).collect()),
            ),
            (w.id, trail.id.map(|id| id.to_string())),
            (w.group, trail.group.as_ref().map(|g| plain(g.as_str()))),
            (w.memory, trail.memory_mib.map(|m| format!("{m:.0} MiB"))),
            (
                w.seen_on,
                list(trail.placements.iter().map(|p| p.node.as_str()).collect()),
            ),
            (w.total_down, self.total_down(vm)),
        ];
        facts
            .into_iter()
            .filter_map(|(label, value)| Some(self.told(label, &value?)))
            .collect()
    }

    /// How long it was down in all; `None` when it was not.
    pub(super) fn total_down(&self, vm: VmIndex) -> Option<String> {
        let downtimes = &self.timeline.vms[vm].downtimes;
        let known: Vec<f64> = downtimes
            .iter()
            .filter_map(|d| Some(d.to?.seconds_since(d.from?)))
            .collect();
        match (known.len(), downtimes.len()) {
            (_, 0) => None,
            (0, _) => Some(self.words.unknown.to_owned()),
            (known_of, all) => {
                let sum = self.locale.duration(known.iter().sum());
                // With one whose end nobody saw, it is at least so long.
                Some(if known_of < all {
                    format!("≥ {sum}")
                } else {
                    sum
                })
            }
        }
    }

    /// The verdicts that stand on records of the VM.
    fn verdicts_on(&self, vm: VmIndex) -> Vec<String> {
        self.verdicts
            .findings
            .iter()
            .filter(|finding| self.concerns(finding, vm))
            .map(|finding| {
                format!(
                    "[{}] {} — {}",
                    self.locale.verdict(finding.verdict),
                    self.title_of(finding),
                    self.text(&finding.explanation)
                )
            })
            .collect()
    }

    pub(super) fn concerns(&self, finding: &Finding, vm: VmIndex) -> bool {
        let about = |at: &EventIndex| self.timeline.event_vm.get(*at) == Some(&Some(vm));
        finding.evidence.iter().any(about)
    }

    fn lines(&self, vm: VmIndex) -> Vec<Line> {
        let timeline = self.timeline;
        let trail = &timeline.vms[vm];
        let mut lines: Vec<Line> = Vec::new();
        // Records that a move, a failover or a downtime already tells.
        let mut told: BTreeSet<EventIndex> = BTreeSet::new();
        for migration in timeline.migrations.iter().filter(|m| m.vm == vm) {
            told.extend(&migration.evidence);
            self.move_lines(migration, &mut lines);
        }
        for failover in timeline.failovers.iter().filter(|f| f.vm == Some(vm)) {
            told.extend(&failover.evidence);
            let shown = |node: Option<&NodeName>| node.map(|n| plain(n.as_str()));
            let text = self.locale.failover_story(
                &self.role(failover),
                shown(failover.from_node.as_ref()).as_deref(),
                shown(failover.to_node.as_ref()).as_deref(),
                failover.cause,
                (failover.downtime_s.map(|s| self.locale.duration(s))).as_deref(),
            );
            let at = failover.down_from.or(failover.up_at);
            lines.push(self.line(
                at,
                1,
                failover.to_node.as_ref(),
                toned(text, Tone::Bad),
                failover.evidence.first(),
            ));
        }
        for down in &trail.downtimes {
            told.extend(&down.evidence);
            let length = (down.from.zip(down.to))
                .map(|(from, to)| self.locale.duration(to.seconds_since(from)));
            let text = self
                .locale
                .down_for(down.cause, length.as_deref(), down.bounds);
            lines.push(self.line(
                down.from,
                2,
                None,
                toned(text, Tone::Bad),
                down.evidence.first(),
            ));
        }
        for interval in &trail.states {
            let state = self.locale.vm_state(interval.state);
            let text = self.told(self.words.state, state);
            lines.push(self.line(
                interval.from,
                3,
                None,
                cell(text),
                interval.evidence.first(),
            ));
        }
        for finding in self
            .verdicts
            .findings
            .iter()
            .filter(|f| self.concerns(f, vm))
        {
            let text = format!(
                "[{}] {}",
                self.locale.verdict(finding.verdict),
                self.title_of(finding)
            );
            let tone = match finding.verdict {
                Verdict::Confirmed => Tone::Bad,
                Verdict::Probable => Tone::Warn,
                Verdict::RuledOut | Verdict::NotAssessable => Tone::Unknown,
            };
            lines.push(self.line(finding.first, 4, None, toned(text, tone), None));
        }
        for (at, event) in timeline.events.iter().enumerate() {
            let worth = match event.origin {
                Origin::Note | Origin::Inventory => true,
                Origin::Derived => false,
                _ => event.severity >= Severity::Warning || is_a_change(event.kind),
            };
            if worth && timeline.event_vm.get(at) == Some(&Some(vm)) && !told.contains(&at) {
                let [time, node, what, ..] = &self.event_cells(event)[..] else {
                    continue;
                };
                let mut time = time.clone();
                time.link = self.event_link(at);
                let what = Cell {
                    quote: event.message.as_deref().map(plain),
                    ..what.clone()
                };
                let cells = vec![time, node.clone(), what, self.where_is(event)];
                lines.push((Some(event.time), 5, cells));
            }
        }
        lines
    }

    /// A move, and each of its phases that is known.
    fn move_lines(&self, migration: &Migration, lines: &mut Vec<Line>) {
        let w = self.words;
        let shown = |node: Option<&NodeName>| node.map(|n| plain(n.as_str()));
        let mut to = shown(migration.to_node.as_ref());
        if let Some(to) = to.as_mut().filter(|_| migration.to_inferred) {
            to.push(' ');
            to.push_str(w.inferred);
        }
        let length = |label: &str, seconds: Option<f64>| {
            seconds.map(|s| self.locale.labeled(label, &self.locale.duration(s)))
        };
        let details: Vec<String> = [
            length(w.duration, migration.duration_s),
            length(w.blackout, migration.blackout_s),
            (migration.planned == Some(false)).then(|| self.locale.labeled(w.planned, w.no)),
            self.reason(migration)
                .map(|reason| self.locale.labeled(w.reason, &reason)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let text = self.locale.move_story(
            migration.kind,
            shown(migration.from_node.as_ref()).as_deref(),
            to.as_deref(),
            migration.outcome,
            &details,
        );
        lines.push(self.line(
            migration.started.or(migration.ended),
            0,
            migration.from_node.as_ref(),
            toned(text, outcome_tone(migration.outcome)),
            migration.evidence.first(),
        ));
        for phase in &migration.phases {
            let name = self.locale.move_phase(phase.phase);
            let text = match phase.seconds {
                Some(s) => self.told(name, &self.locale.duration(s)),
                None => name.to_owned(),
            };
            lines.push(self.line(
                phase.from.or(phase.to),
                1,
                phase.node.as_ref(),
                cell(text),
                phase.evidence.first(),
            ));
        }
    }

    fn line(
        &self,
        at: Option<Moment>,
        rank: u8,
        node: Option<&NodeName>,
        what: Cell,
        evidence: Option<&EventIndex>,
    ) -> Line {
        let event = evidence.and_then(|&at| self.timeline.events.get(at));
        let node = node.or_else(|| event.and_then(|e| e.node.as_ref()));
        let mut time = self.time(at, self.words.before_logs);
        time.link = evidence.and_then(|&at| self.event_link(at));
        let cells = vec![
            time,
            node.map_or_else(|| cell("–"), |node| cell(plain(node.as_str()))),
            what,
            event.map_or_else(|| cell("–"), |event| self.where_is(event)),
        ];
        (at, rank, cells)
    }
}

/// Kinds that change a VM's settings or its place in a network.
fn is_a_change(kind: EventKind) -> bool {
    [
        "vm.settings",
        "vm.renamed",
        "nic.",
        "vm.network",
        "checkpoint.",
    ]
    .iter()
    .any(|prefix| kind.name().starts_with(prefix))
}
