//! Heartbeats, membership, quorum and the witness, as the nodes told of them: how many
//! nodes were up, and per node when heartbeats were missed, when it was cut off, removed,
//! joined again, and without quorum.

use std::io;

use crate::analysis::steps::{self, Sign as Told, Signs};
use crate::model::id::NodeName;
use crate::report::locale::charts as said;
use crate::report::plain::plain;
use crate::timeline::{NodeState, NodeTrail, WitnessState};

use super::axis::TimeAxis;
use super::sketch::{
    Anchor, BAD, BAND, BLUE, CROSS_BAD, EDGE, GRID, HATCH_BAD, INK, LABEL, MUTED, Mark, NODES,
    NOTE, PAPER, SPARSE, Sign, Sketch, fit, text_width,
};
use super::{Chart, ChartKind, GUTTER, MOST_NODES, Pages, View, states, unknown_lane};

const ROW: i32 = 34;

pub(super) fn draw(view: &View<'_>) -> io::Result<Chart> {
    let title = view.words.quorum;
    let quorum = &view.timeline.quorum;
    let nodes = view.nodes();
    let mut sketch = view.sketch();
    // Marks closer than their own width are one mark with a number.
    let bins = ((sketch.right() - GUTTER) / 16).max(1) as usize;
    let window = view.interest(&[], &[]);
    let Some(window) = window.filter(|_| !nodes.is_empty()) else {
        return view.empty(ChartKind::Quorum, title, view.words.no_quorum);
    };
    let signs = steps::signs(view.timeline, window, bins);
    let wanted = |name: &NodeName| view.wants_node(name);
    let told = signs.keys().any(wanted)
        || !quorum.losses.is_empty()
        || !quorum.witness.is_empty()
        || nodes.iter().any(|n| !n.intervals.is_empty());
    if !told {
        return view.empty(ChartKind::Quorum, title, view.words.no_quorum);
    }
    let pages = Pages::new(nodes.len(), MOST_NODES, view.scope.page);
    let shown = pages.of(&nodes);
    let missed = signs
        .values()
        .flatten()
        .filter(|s| s.sign == Told::Missed)
        .map(|s| s.count)
        .sum();
    let alt = said::alt(
        view.lang,
        title,
        &[
            (view.locale.words().nodes, nodes.len()),
            (view.words.without_quorum, quorum.losses.len()),
            (view.words.missed, missed),
        ],
    );
    let chart = view.chart(ChartKind::Quorum, title, alt, &pages);
    let axis = TimeAxis::new(window, view.clock, &sketch);
    let top = sketch.head(&chart.title, &[axis.caption(view.locale)]);

    let up_top = top + 24;
    let up_bottom = up_top + 60;
    let witness_top = up_bottom + 12;
    let has_witness = !quorum.witness.is_empty();
    let row = if shown.len() > 24 { 24 } else { ROW };
    let node_top = witness_top + if has_witness { ROW } else { 0 } + 24;
    let bottom = node_top + row * shown.len() as i32;
    for n in (0..shown.len()).step_by(2) {
        let y = node_top + row * n as i32;
        sketch.rect((0, sketch.width), (y, y + row), BAND);
    }
    let after = axis.draw(&mut sketch, top, bottom);

    sketch.heading(view.words.nodes_up, top + 10);
    up_line(&mut sketch, view, &axis, (up_top, up_bottom));
    if has_witness {
        let middle = witness_top + ROW / 2;
        view.gutter(&mut sketch, view.locale.words().witness, middle);
        unknown_lane(&mut sketch, middle);
        for interval in &quorum.witness {
            let Some(x) = axis.clipped(interval.from, interval.to) else {
                continue;
            };
            match interval.state {
                WitnessState::Online => states::fine(&mut sketch, x, middle),
                WitnessState::Failed => {
                    sketch.patterned(x, (middle - 10, middle + 10), CROSS_BAD, BAD);
                    let text = view.locale.witness_state(interval.state);
                    on_paper(&mut sketch, text, x, middle);
                }
            }
        }
    }
    sketch.heading(view.locale.words().nodes, node_top - 12);
    for (n, node) in shown.iter().enumerate() {
        let y = node_top + row * n as i32;
        node_row(&mut sketch, view, &axis, node, (y, row));
        let signs = signs.get(&node.name).map_or(&[][..], Vec::as_slice);
        marks(&mut sketch, signs, y + row / 2, bins);
    }

    let w = view.words;
    let items = [
        (Sign::Solid(NODES[2].0), w.up.to_owned()),
        (Sign::Pattern(HATCH_BAD, BAD), w.gone.to_owned()),
        (
            Sign::Pattern(CROSS_BAD, BAD),
            format!("{} / {}", w.without_quorum, w.witness_down),
        ),
        (Sign::Pattern(SPARSE, MUTED), w.orderly.to_owned()),
        (Sign::Mark(Mark::Missed), w.missed.to_owned()),
        (Sign::Mark(Mark::CutOff), w.cut_off.to_owned()),
        (Sign::Mark(Mark::Failed), w.removed.to_owned()),
        (Sign::Mark(Mark::Joined), w.joined.to_owned()),
        (Sign::Mark(Mark::View), w.view.to_owned()),
        (Sign::Line, w.not_known.to_owned()),
    ];
    let mut y = sketch.legend(&items, after + 4);
    let room = sketch.width - 2 * EDGE;
    y = sketch.lines(w.quorum_limits, y + 4, room);
    if nodes.len() > shown.len() {
        let note = said::nodes_elsewhere(view.lang, nodes.len() - shown.len());
        y = sketch.lines(&note, y + 4, room);
    }
    sketch.reach(y);
    let chart = view.finish(sketch, chart)?;
    Ok(Chart {
        span: Some(window),
        ..chart
    })
}

/// How many nodes are known to be up, of all.
fn up_line(sketch: &mut Sketch, view: &View<'_>, axis: &TimeAxis<'_>, y: (i32, i32)) {
    let all = view.timeline.nodes.len().max(1);
    let steps = steps::nodes_up(view.timeline, axis.window);
    let height = |n: usize| y.1 - (f64::from(y.1 - y.0 - 6) * n as f64 / all as f64).round() as i32;
    for n in [0, all] {
        sketch.line((GUTTER, height(n)), (sketch.right(), height(n)), GRID, 1);
        sketch.number(&n.to_string(), (GUTTER - 10, height(n)));
    }
    let mut points = Vec::new();
    for (at, (from, count)) in steps.iter().enumerate() {
        let next = steps.get(at + 1).map(|s| s.0);
        let Some(x) = axis.clipped(Some(*from), next) else {
            continue;
        };
        sketch.faint(x, (height(*count), y.1), BLUE, 0.25);
        points.extend([(x.0, height(*count)), (x.1, height(*count))]);
    }
    sketch.path(points, BLUE, 2);
    for (at, (from, count)) in steps.iter().enumerate() {
        let next = steps.get(at + 1).map(|s| s.0);
        if let Some(x) = axis.clipped(Some(*from), next) {
            let middle = i32::midpoint(height(*count), y.1).min(y.1 - 10);
            sketch.inside(&count.to_string(), x, middle, INK);
        }
    }
}

fn node_row(
    sketch: &mut Sketch,
    view: &View<'_>,
    axis: &TimeAxis<'_>,
    node: &NodeTrail,
    (y, row): (i32, i32),
) {
    let middle = y + row / 2;
    sketch.label(
        &fit(&plain(node.name.as_str()), GUTTER - 28, LABEL),
        (EDGE, middle),
    );
    unknown_lane(sketch, middle);
    if node.intervals.is_empty() && !node.has_logs {
        on_paper(sketch, view.words.no_logs, (GUTTER, sketch.right()), middle);
    }
    for interval in &node.intervals {
        let Some(x) = axis.clipped(interval.from, interval.to) else {
            continue;
        };
        let lane = (y + 5, y + row - 5);
        match interval.state {
            NodeState::Up | NodeState::Draining | NodeState::Paused => {
                states::fine(sketch, x, middle);
            }
            NodeState::Lost | NodeState::Crashed => sketch.patterned(x, lane, HATCH_BAD, BAD),
            // The loss itself is drawn over it.
            NodeState::WithoutQuorum => sketch.patterned(x, lane, CROSS_BAD, BAD),
            NodeState::Stopped | NodeState::Restarted => {
                sketch.patterned(x, lane, SPARSE, MUTED);
            }
            NodeState::Isolated | NodeState::Quarantined => {
                states::node_state(sketch, view, interval.state, x, lane);
            }
        }
    }
    let losses = view.timeline.quorum.losses.iter();
    for loss in losses.filter(|l| l.node.as_ref() == Some(&node.name)) {
        if let Some(x) = axis.clipped(Some(loss.from), loss.to) {
            sketch.patterned(x, (y + 3, y + row - 3), CROSS_BAD, BAD);
            on_paper(sketch, view.words.without_quorum, x, middle);
        }
    }
}

/// Text on a pattern, with paper under it, where it fits.
fn on_paper(sketch: &mut Sketch, text: &str, x: (i32, i32), middle: i32) {
    let wide = text_width(text, NOTE, true);
    if wide + 40 <= x.1 - x.0 {
        sketch.rect((x.0 + 12, x.0 + 24 + wide), (middle - 8, middle + 8), PAPER);
        sketch.text(text, (x.0 + 18, middle), NOTE, INK, Anchor::Left, true);
    }
}

fn marks(sketch: &mut Sketch, signs: &[Signs], middle: i32, bins: usize) {
    let plot = f64::from(sketch.right() - GUTTER);
    for sign in signs {
        let x = GUTTER + (plot * (sign.bin as f64 + 0.5) / bins as f64).round() as i32;
        let mark = match sign.sign {
            Told::View => Mark::View,
            Told::Missed => Mark::Missed,
            Told::CutOff => Mark::CutOff,
            Told::Joined => Mark::Joined,
            Told::Removed => Mark::Failed,
        };
        // Signs of one moment lie above each other, so that each is seen.
        let lift = match sign.sign {
            Told::Missed => -6,
            Told::CutOff => 6,
            _ => 0,
        };
        sketch.draw(mark, (x, middle + lift));
    }
}
