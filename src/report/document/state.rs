//! Nodes, networks, volumes, quorum and clocks over time.

use super::*;
use crate::timeline::{LinkKind, LinkState, VolumeState, WitnessState};

impl Teller<'_> {
    pub(super) fn network(&self) -> Section {
        let w = self.words;
        let all = &self.timeline.network_changes;
        let block = if all.is_empty() {
            Block::Text(w.network_none.into())
        } else {
            let rows = all
                .iter()
                .take(MOST_ROWS)
                .map(|c| {
                    let event = self.timeline.events.get(c.evidence);
                    let said = event.and_then(|e| self.origin(e));
                    let mut what = self.locale.event(c.kind).to_owned();
                    if let Some(said) = said {
                        what.push_str(&self.locale.parentheses(said));
                    }
                    let precision = event.map(|e| e.precision);
                    let mut time = cell(match precision {
                        Some(p) => self.clock.precise(c.time, p),
                        None => self.clock.second(c.time),
                    });
                    time.link = self.event_link(c.evidence);
                    let dash =
                        |text: Option<&str>| cell(text.map_or_else(|| "–".to_owned(), plain));
                    row(vec![
                        time,
                        dash(c.node.as_ref().map(NodeName::as_str)),
                        toned(
                            what,
                            if said.is_some() {
                                Tone::Said
                            } else {
                                Tone::Plain
                            },
                        ),
                        c.vm.map_or_else(|| cell("–"), |vm| self.vm_cell(vm)),
                        dash(c.name.as_deref()),
                        dash(c.before.as_deref()),
                        dash(c.after.as_deref()),
                    ])
                })
                .collect();
            Block::Table(self.table(
                columns([
                    (w.time, Time),
                    (w.node, Text),
                    (w.what, Text),
                    (w.vm, Text),
                    (w.name, Code),
                    (w.before, Code),
                    (w.after, Code),
                ]),
                rows,
                all.len(),
            ))
        };
        Section {
            id: "network".into(),
            title: w.network_changes.into(),
            lead: None,
            blocks: vec![block],
            folded: false,
        }
    }

    pub(super) fn nodes(&self) -> Section {
        let w = self.words;
        let facts: Vec<Row> = self
            .timeline
            .nodes
            .iter()
            .map(|n| {
                row(vec![
                    self.node(Some(&n.name)),
                    self.optional(n.os.as_deref()),
                    self.optional(n.build.map(|b| b.to_string()).as_deref()),
                    if n.has_logs {
                        toned(w.yes, Tone::Good)
                    } else {
                        toned(w.no, Tone::Warn)
                    },
                ])
            })
            .collect();
        let mut states = Vec::new();
        for node in &self.timeline.nodes {
            for interval in &node.intervals {
                states.push(row(vec![
                    self.node(Some(&node.name)),
                    self.node_state(interval.state),
                    self.time(interval.from, w.before_logs),
                    self.time(interval.to, w.after_logs),
                ]));
            }
        }
        let clocks: Vec<Row> = self
            .timeline
            .clocks
            .iter()
            .map(|c| {
                let basis = match c.basis.as_str() {
                    "reference" => w.reference_clock.to_owned(),
                    "unknown" => w.unknown.to_owned(),
                    other => plain(other),
                };
                row(vec![
                    cell(plain(c.node.as_str())),
                    self.seconds(c.offset_s, w.unknown),
                    self.seconds(c.error_s, w.unknown),
                    cell(basis),
                ])
            })
            .collect();
        let (n, s, c) = (facts.len(), states.len(), clocks.len());
        let mut blocks = vec![Block::Table(self.table(
            columns([
                (w.node, Text),
                (w.os, Text),
                (w.build, Number),
                (w.has_logs, Label),
            ]),
            facts,
            n,
        ))];
        if s > 0 {
            blocks.push(Block::Heading(w.state.into()));
            blocks.push(Block::Chart("states".into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.node, Text),
                    (w.state, Label),
                    (w.since, Time),
                    (w.until, Time),
                ]),
                states,
                s,
            )));
        }
        if c > 0 {
            blocks.push(Block::Heading(w.clocks.into()));
            blocks.push(Block::Aside(w.clocks_lead.into()));
            blocks.push(Block::Chart("clocks".into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.node, Text),
                    (w.offset, Number),
                    (w.error, Number),
                    (w.basis, Text),
                ]),
                clocks,
                c,
            )));
        }
        blocks.extend(self.node_pages());
        Section {
            id: "nodes".into(),
            title: w.nodes_title.into(),
            lead: None,
            blocks,
            folded: false,
        }
    }

    /// A node's state, felt as it is.
    pub(super) fn node_state(&self, state: NodeState) -> Cell {
        let tone = match state {
            NodeState::Up => Tone::Good,
            NodeState::WithoutQuorum => Tone::Bad,
            state if state.unannounced() => Tone::Bad,
            NodeState::Stopped | NodeState::Restarted => Tone::Plain,
            _ => Tone::Warn,
        };
        toned(self.locale.node_state(state), tone)
    }

    /// Links of the hosts and the cluster that were not up; `None` when all were. A
    /// VM's own adapter and port leave the source with each move: they stand among the
    /// network changes.
    pub(super) fn links(&self) -> Option<Section> {
        let w = self.words;
        let hosts = self
            .timeline
            .links
            .iter()
            .filter(|l| !matches!(l.kind, LinkKind::SwitchPort | LinkKind::VmNic));
        let mut rows = Vec::new();
        for link in hosts {
            for interval in link.states.iter().filter(|i| i.state != LinkState::Up) {
                let tone = match interval.state {
                    LinkState::Down => Tone::Bad,
                    _ => Tone::Warn,
                };
                rows.push(row(vec![
                    cell(self.locale.link_kind(link.kind)),
                    cell(plain(&link.name)),
                    link.node
                        .as_ref()
                        .map_or_else(|| cell("–"), |node| cell(plain(node.as_str()))),
                    toned(self.locale.link_state(interval.state), tone),
                    self.time(interval.from, w.before_logs),
                    self.time(interval.to, w.after_logs),
                ]));
            }
        }
        let heads = columns([
            (w.kind, Text),
            (w.name, Code),
            (w.node, Text),
            (w.state, Label),
            (w.since, Time),
            (w.until, Time),
        ]);
        self.states("links", w.links, w.links_lead, heads, rows)
    }

    /// Volumes and disks that were not simply online; `None` when all were.
    pub(super) fn volumes(&self) -> Option<Section> {
        let w = self.words;
        let mut rows = Vec::new();
        for volume in &self.timeline.volumes {
            let troubled = (volume.states.iter()).filter(|i| i.state != VolumeState::Online);
            for interval in troubled {
                let tone = match interval.state {
                    VolumeState::Lost => Tone::Bad,
                    _ => Tone::Warn,
                };
                rows.push(row(vec![
                    cell(plain(&volume.name)),
                    self.node(volume.node.as_ref()),
                    toned(self.locale.volume_state(interval.state), tone),
                    self.time(interval.from, w.before_logs),
                    self.time(interval.to, w.after_logs),
                ]));
            }
        }
        let heads = columns([
            (w.name, Code),
            (w.node, Text),
            (w.state, Label),
            (w.since, Time),
            (w.until, Time),
        ]);
        self.states("volumes", w.storage, w.storage_lead, heads, rows)
    }

    /// Losses of quorum and a failed witness; `None` when there was neither.
    pub(super) fn quorum(&self) -> Option<Section> {
        let w = self.words;
        let quorum = &self.timeline.quorum;
        let mut rows: Vec<(Option<Moment>, Row)> = quorum
            .losses
            .iter()
            .map(|loss| {
                let cells = vec![
                    self.time(Some(loss.from), w.unknown),
                    self.time(loss.to, w.after_logs),
                    self.node(loss.node.as_ref()),
                    toned(self.locale.event(EventKind::QuorumLost), Tone::Bad),
                ];
                (Some(loss.from), row(cells))
            })
            .collect();
        let failed = quorum
            .witness
            .iter()
            .filter(|i| i.state != WitnessState::Online);
        rows.extend(failed.map(|interval| {
            let state = self.locale.witness_state(interval.state);
            let cells = vec![
                self.time(interval.from, w.before_logs),
                self.time(interval.to, w.after_logs),
                cell("–"),
                toned(self.told(w.witness, state), Tone::Warn),
            ];
            (interval.from, row(cells))
        }));
        rows.sort_by_key(|(from, _)| *from);
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        let heads = columns([
            (w.since, Time),
            (w.until, Time),
            (w.node, Text),
            (w.what, Text),
        ]);
        let mut section = self.states("quorum", w.quorum, w.quorum_lead, heads, rows)?;
        section.blocks.insert(0, Block::Chart("quorum".into()));
        Some(section)
    }

    /// A section of one table; `None` without rows.
    fn states(
        &self,
        id: &str,
        title: &str,
        lead: &str,
        heads: Vec<Column>,
        rows: Vec<Row>,
    ) -> Option<Section> {
        let total = rows.len();
        (total > 0).then(|| Section {
            id: id.into(),
            title: title.into(),
            lead: Some(lead.into()),
            blocks: vec![Block::Table(self.table(heads, rows, total))],
            folded: false,
        })
    }
}
