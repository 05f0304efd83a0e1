//! States of nodes, networks, links and volumes as lanes. Links and volumes of which only
//! one state is told are counted, not drawn; so are switch ports and VM adapters.

use std::io;

use crate::report::locale::charts as said;
use crate::report::plain::plain;
use crate::timeline::{LinkKind, LinkState, NodeState, VolumeState};

use super::axis::TimeAxis;
use super::sketch::{
    BAD, BAND, BARS, CROSS_BAD, Color, EDGE, HATCH_BAD, HATCH_WARN, INK, LABEL, MUTED, NODES, NOTE,
    PAPER, SPARSE, Sign, Sketch, WARN, fit,
};
use super::{Chart, ChartKind, GUTTER, LANE, MOST_LANES, MOST_NODES, Pages, View, unknown_lane};

/// A state as it is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Fine,
    Away,
    Restricted,
    Orderly,
    Gone,
    WithoutQuorum,
}

impl Look {
    fn draw(self, sketch: &mut Sketch, text: &str, x: (i32, i32), y: (i32, i32)) {
        let middle = i32::midpoint(y.0, y.1);
        let (pattern, color, ink): (_, Color, Color) = match self {
            Look::Fine => {
                fine(sketch, x, middle);
                return;
            }
            Look::Away => (BARS, MUTED, INK),
            Look::Restricted => (HATCH_WARN, WARN, INK),
            Look::Orderly => (SPARSE, MUTED, MUTED),
            Look::Gone => (HATCH_BAD, BAD, INK),
            Look::WithoutQuorum => (CROSS_BAD, BAD, INK),
        };
        sketch.patterned(x, y, pattern, color);
        // Text stands on paper, since no text reads well on a pattern.
        let wide = super::sketch::text_width(text, NOTE, true);
        if wide + 20 <= x.1 - x.0 && y.1 - y.0 >= 14 {
            sketch.rect((x.0 + 4, x.0 + 12 + wide), (middle - 7, middle + 7), PAPER);
            sketch.text(
                text,
                (x.0 + 8, middle),
                NOTE,
                ink,
                super::sketch::Anchor::Left,
                true,
            );
        }
    }
}

/// The bar of a state without trouble.
pub(super) fn fine(sketch: &mut Sketch, x: (i32, i32), middle: i32) {
    sketch.rect(x, (middle - 4, middle + 4), NODES[2].0);
}

fn node_look(state: NodeState) -> Look {
    match state {
        NodeState::Up => Look::Fine,
        NodeState::Draining | NodeState::Paused => Look::Away,
        NodeState::Isolated | NodeState::Quarantined => Look::Restricted,
        NodeState::Stopped | NodeState::Restarted => Look::Orderly,
        NodeState::Crashed | NodeState::Lost => Look::Gone,
        NodeState::WithoutQuorum => Look::WithoutQuorum,
    }
}

/// A node's state in a lane; also on other charts.
pub(super) fn node_state(
    sketch: &mut Sketch,
    view: &View<'_>,
    state: NodeState,
    x: (i32, i32),
    y: (i32, i32),
) {
    node_look(state).draw(sketch, view.locale.node_state(state), x, y);
}

fn link_look(state: LinkState) -> Look {
    match state {
        LinkState::Up => Look::Fine,
        LinkState::Partitioned => Look::Restricted,
        LinkState::Unreachable | LinkState::Down => Look::Gone,
    }
}

fn volume_look(state: VolumeState) -> Look {
    match state {
        VolumeState::Online => Look::Fine,
        VolumeState::Paused | VolumeState::Redirected => Look::Restricted,
        VolumeState::Lost => Look::Gone,
    }
}

/// A lane that is not a node's.
struct Lane {
    /// Networks, or storage.
    storage: bool,
    label: String,
    under: String,
    /// State, begin, end, name.
    states: Vec<(
        Look,
        Option<crate::model::Moment>,
        Option<crate::model::Moment>,
        &'static str,
    )>,
}

impl Lane {
    fn steady(&self) -> bool {
        self.states.iter().all(|s| s.0 == Look::Fine)
    }

    fn gone(&self) -> bool {
        self.states.iter().any(|s| s.0 == Look::Gone)
    }
}

pub(super) fn draw(view: &View<'_>) -> io::Result<Chart> {
    let title = view.words.states;
    let nodes = view.nodes();
    let all = lanes(view);
    let (steady, mut lanes): (Vec<Lane>, Vec<Lane>) = all.into_iter().partition(Lane::steady);
    // What was gone first; each by kind and name, as it came.
    lanes.sort_by_key(|l| (l.storage, !l.gone()));
    let window = view
        .interest(&[], &[])
        .filter(|_| !nodes.is_empty() || !lanes.is_empty());
    let Some(window) = window else {
        return view.empty(ChartKind::States, title, view.words.no_states);
    };
    let shown_nodes = &nodes[..nodes.len().min(MOST_NODES)];
    let pages = Pages::new(lanes.len(), MOST_LANES, view.scope.page);
    let shown = pages.of(&lanes);

    let storage = lanes.iter().filter(|l| l.storage).count();
    let alt = said::alt(
        view.lang,
        title,
        &[
            (view.locale.words().nodes, nodes.len()),
            (view.words.networks, lanes.len() - storage),
            (view.locale.words().storage, storage),
        ],
    );
    let chart = view.chart(ChartKind::States, title, alt, &pages);
    let mut sketch = view.sketch();
    let axis = TimeAxis::new(window, view.clock, &sketch);
    let top = sketch.head(&chart.title, &[axis.caption(view.locale)]);

    // Rows: headings and lanes, laid out before the grid under them.
    let node_lane = if shown_nodes.len() > 24 { 20 } else { LANE };
    let mut y = top + 4;
    let heads = |sketch: &mut Sketch, text: &str, y: &mut i32| {
        sketch.heading(text, *y + 8);
        *y += 22;
    };
    let networks: Vec<&Lane> = shown.iter().filter(|l| !l.storage).collect();
    let volumes: Vec<&Lane> = shown.iter().filter(|l| l.storage).collect();
    let rows_height = |n: usize, lane: i32| match n {
        0 => 0,
        n => 22 + lane * n as i32 + 10,
    };
    let bottom = y
        + rows_height(shown_nodes.len(), node_lane)
        + rows_height(networks.len(), LANE)
        + rows_height(volumes.len(), LANE);
    let after = axis.draw(&mut sketch, top, bottom);

    if !shown_nodes.is_empty() {
        heads(&mut sketch, view.locale.words().nodes, &mut y);
        for node in shown_nodes {
            let middle = y + node_lane / 2;
            view.gutter(&mut sketch, &plain(node.name.as_str()), middle);
            unknown_lane(&mut sketch, middle);
            if node.intervals.is_empty() {
                let why = if node.has_logs {
                    view.words.not_known
                } else {
                    view.words.no_logs
                };
                let wide = super::sketch::text_width(why, NOTE, false);
                sketch.rect(
                    (GUTTER + 6, GUTTER + 18 + wide),
                    (middle - 8, middle + 8),
                    PAPER,
                );
                sketch.note(why, (GUTTER + 12, middle));
            }
            for interval in &node.intervals {
                if let Some(x) = axis.clipped(interval.from, interval.to) {
                    let lane = (y + 3, y + node_lane - 3);
                    node_state(&mut sketch, view, interval.state, x, lane);
                }
            }
            y += node_lane;
        }
        y += 10;
    }
    for (head, lanes) in [
        (view.words.networks, &networks),
        (view.locale.words().storage, &volumes),
    ] {
        if lanes.is_empty() {
            continue;
        }
        heads(&mut sketch, head, &mut y);
        for (row, lane) in lanes.iter().enumerate() {
            if row % 2 == 0 {
                sketch.rect((0, GUTTER), (y, y + LANE), BAND);
            }
            link_lane(&mut sketch, lane, y, &axis);
            y += LANE;
        }
        y += 10;
    }

    y = legend(&mut sketch, view, after + 4);
    let room = sketch.width - 2 * EDGE;
    for note in notes(view, nodes.len(), lanes.len() - shown.len(), steady.len()) {
        y = sketch.lines(&note, y + 4, room);
    }
    let chart = view.finish(sketch, chart)?;
    Ok(Chart {
        span: Some(window),
        ..chart
    })
}

fn link_lane(sketch: &mut Sketch, lane: &Lane, y: i32, axis: &TimeAxis<'_>) {
    let middle = y + LANE / 2;
    let room = GUTTER - 28;
    let under = super::sketch::text_width(&lane.under, NOTE, false);
    let name = fit(&lane.label, (room - under - 8).max(room / 2), LABEL);
    sketch.label(&name, (EDGE, middle));
    let rest = room - super::sketch::text_width(&name, LABEL, false) - 6;
    if !lane.under.is_empty() && rest > 24 {
        sketch.number(&fit(&lane.under, rest, NOTE), (GUTTER - 10, middle));
    }
    unknown_lane(sketch, middle);
    for (look, from, to, text) in &lane.states {
        if let Some(x) = axis.clipped(*from, *to) {
            look.draw(sketch, text, x, (y + 3, y + LANE - 3));
        }
    }
}

/// Networks and links with their node, then volumes; without ports and VM adapters.
fn lanes(view: &View<'_>) -> Vec<Lane> {
    let locale = view.locale;
    let links = view
        .timeline
        .links
        .iter()
        .filter(|l| !matches!(l.kind, LinkKind::SwitchPort | LinkKind::VmNic))
        .filter(|l| l.node.as_ref().is_none_or(|n| view.wants_node(n)))
        .map(|link| Lane {
            storage: false,
            label: plain(&link.name),
            under: match &link.node {
                Some(node) => plain(node.as_str()),
                None => String::new(),
            },
            states: link
                .states
                .iter()
                .map(|i| (link_look(i.state), i.from, i.to, locale.link_state(i.state)))
                .collect(),
        });
    let volumes = view
        .timeline
        .volumes
        .iter()
        .filter(|v| v.node.as_ref().is_none_or(|n| view.wants_node(n)))
        .map(|volume| Lane {
            storage: true,
            label: plain(&volume.name),
            under: volume
                .node
                .as_ref()
                .map_or_else(String::new, |n| plain(n.as_str())),
            states: volume
                .states
                .iter()
                .map(|i| {
                    (
                        volume_look(i.state),
                        i.from,
                        i.to,
                        locale.volume_state(i.state),
                    )
                })
                .collect(),
        });
    links.chain(volumes).collect()
}

fn notes(view: &View<'_>, nodes: usize, elsewhere: usize, steady: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if elsewhere > 0 {
        notes.push(said::rows_elsewhere(view.lang, elsewhere));
    }
    if steady > 0 {
        notes.push(said::steady_left_out(view.lang, steady));
    }
    let ports = view
        .timeline
        .links
        .iter()
        .filter(|l| matches!(l.kind, LinkKind::SwitchPort | LinkKind::VmNic));
    let down = ports
        .clone()
        .filter(|l| l.states.iter().any(|i| i.state != LinkState::Up));
    if ports.clone().count() > 0 {
        notes.push(said::ports_left_out(view.lang, ports.count(), down.count()));
    }
    if nodes > MOST_NODES {
        notes.push(view.locale.nodes_left_out(nodes - MOST_NODES));
    }
    notes
}

fn legend(sketch: &mut Sketch, view: &View<'_>, y: i32) -> i32 {
    let words = view.words;
    let gone = format!("{} / {}", words.gone, words.link_down);
    let restricted = format!("{} / {}", words.restricted, words.link_partly);
    let mut items = vec![
        (Sign::Solid(NODES[2].0), words.up.to_owned()),
        (Sign::Pattern(HATCH_BAD, BAD), gone),
        (Sign::Pattern(HATCH_WARN, WARN), restricted),
        (Sign::Pattern(BARS, MUTED), words.moves_away.to_owned()),
        (Sign::Pattern(SPARSE, MUTED), words.orderly.to_owned()),
        (Sign::Line, words.not_known.to_owned()),
    ];
    let lost_quorum = (view.timeline.nodes.iter())
        .any(|n| (n.intervals.iter()).any(|i| i.state == NodeState::WithoutQuorum));
    if lost_quorum {
        let sign = Sign::Pattern(CROSS_BAD, BAD);
        items.insert(2, (sign, words.without_quorum.to_owned()));
    }
    sketch.legend(&items, y)
}
