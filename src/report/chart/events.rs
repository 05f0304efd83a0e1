//! Events by node, time and severity: where it was loud, and where there were errors.

use std::io;

use crate::analysis::metrics;
use crate::model::event::Severity;
use crate::report::locale::charts as said;
use crate::report::plain::plain;

use super::axis::TimeAxis;
use super::sketch::{
    BAD, CALM, EDGE, GRID, HATCH_WARN, INK, LABEL, Sign, Sketch, WARN, fit, text_width,
};
use super::{Chart, ChartKind, GUTTER, MOST_NODES, NOTE_GAP, Pages, View};

pub(super) fn draw(view: &View<'_>) -> io::Result<Chart> {
    let title = view.locale.words().chart_events;
    let mut sketch = view.sketch();
    let plot = sketch.right() - GUTTER;
    // A bar of five pixels is the narrowest that can be told from its neighbor.
    let bins = (plot / 6).max(1) as usize;
    let counts = metrics::event_counts(view.timeline, bins).map_err(io::Error::other)?;
    let Some(counts) = counts else {
        return view.empty(
            ChartKind::Events,
            title,
            view.locale.words().chart_no_events,
        );
    };
    let all: Vec<_> = counts
        .nodes
        .iter()
        .filter(|n| match &n.node {
            Some(node) => view.wants_node(node),
            None => view.scope.nodes.is_none(),
        })
        .collect();
    if all.is_empty() {
        return view.empty(
            ChartKind::Events,
            title,
            view.locale.words().chart_no_events,
        );
    }
    let pages = Pages::new(all.len(), MOST_NODES, view.scope.page);
    let nodes = pages.of(&all);
    let most = all
        .iter()
        .flat_map(|n| n.bins.iter().map(|b| b.iter().sum::<u32>()))
        .max()
        .unwrap_or(0)
        .max(1);
    let total: u64 = all.iter().map(|n| n.total()).sum();
    let alt = view.locale.chart_events_alt(total as usize, all.len());
    let chart = view.chart(ChartKind::Events, title, alt, &pages);
    let axis = TimeAxis::new(counts.window, view.clock, &sketch);
    let bin_length = view.locale.duration(counts.window.seconds() / bins as f64);
    let scale = [
        said::tallest(view.lang, most as usize, &bin_length),
        view.words.height_is.to_owned(),
        view.words.one_scale.to_owned(),
    ];
    let top = sketch.head(
        &chart.title,
        &[axis.caption(view.locale), scale.join(" · ")],
    );
    let row = match nodes.len() {
        ..=8 => 64,
        9..=20 => 44,
        _ => 26,
    };
    let bottom = top + row * nodes.len() as i32;
    let after = axis.draw(&mut sketch, top, bottom);
    for (at, node) in nodes.iter().enumerate() {
        let base = top + row * (at as i32 + 1) - 1;
        sketch.line((EDGE, base), (sketch.right(), base), GRID, 1);
        let name = node.node.as_ref().map_or_else(
            || view.locale.words().node_unknown.to_owned(),
            |n| plain(n.as_str()),
        );
        let sum = |severity: usize| {
            node.bins
                .iter()
                .map(|b| u64::from(b[severity]))
                .sum::<u64>()
        };
        let worst = said::severities(view.lang, sum(3), sum(2), sum(1));
        let total = said::count(node.total() as usize);
        let middle = base - row / 2;
        let room = GUTTER - EDGE - 12;
        let (name_y, worst_y) = if row >= 40 {
            (middle - 9, Some(middle + 9))
        } else {
            (middle, None)
        };
        let behind = text_width(&total, super::sketch::NOTE, false) + NOTE_GAP;
        sketch.label(&fit(&name, room - behind, LABEL), (EDGE, name_y));
        sketch.number(&total, (GUTTER - 10, name_y));
        if let Some(y) = worst_y {
            sketch.number(&worst, (GUTTER - 10, y));
        }
        bars(&mut sketch, &node.bins, base, row, most);
    }
    let letters = said::severities(view.lang, 1, 1, 1);
    let letters: Vec<&str> = letters
        .split("  ")
        .filter_map(|l| l.split(' ').next())
        .collect();
    let name = |severity, at: usize| {
        let name = view.locale.severity(severity);
        letters
            .get(at)
            .map_or_else(|| name.to_owned(), |l| said::lettered(name, l))
    };
    let bad = format!(
        "{} / {}",
        name(Severity::Critical, 0),
        name(Severity::Error, 1)
    );
    let items = [
        (Sign::Solid(BAD), bad),
        (Sign::Cap, view.words.with_critical.to_owned()),
        (Sign::Pattern(HATCH_WARN, WARN), name(Severity::Warning, 2)),
        (
            Sign::Solid(CALM),
            view.locale.severity(Severity::Info).to_owned(),
        ),
    ];
    let mut y = sketch.legend(&items, after + 4);
    if all.len() > nodes.len() {
        let note = said::nodes_elsewhere(view.lang, all.len() - nodes.len());
        let room = sketch.width - 2 * EDGE;
        y = sketch.lines(&note, y + 4, room);
    }
    sketch.reach(y);
    let chart = view.finish(sketch, chart)?;
    Ok(Chart {
        span: Some(counts.window),
        ..chart
    })
}

/// One node's bars. The worst lies at the base and is never thinner than three pixels: it
/// is what the eye must find.
fn bars(sketch: &mut Sketch, bins: &[[u32; 4]], base: i32, row: i32, most: u32) {
    let plot = f64::from(sketch.right() - GUTTER);
    let x = |n: usize| GUTTER + (plot * n as f64 / bins.len() as f64).round() as i32;
    let room = f64::from(row - 8);
    for (bin, by_severity) in bins.iter().enumerate() {
        let total: u32 = by_severity.iter().sum();
        if total == 0 {
            continue;
        }
        let (left, right) = (x(bin), x(bin + 1) - 1);
        let height = (f64::from(total) / f64::from(most)).sqrt() * room;
        let mut y = base;
        let parts = [
            (by_severity[3] + by_severity[2], BAD, 4),
            (by_severity[1], HATCH_WARN, 3),
            (by_severity[0], CALM, 1),
        ];
        for (count, color, least) in parts {
            if count == 0 {
                continue;
            }
            let share = f64::from(count) / f64::from(total);
            let tall = ((share * height).round() as i32).max(least);
            let upper = (y - tall).max(base - row + 4);
            if upper < y {
                sketch.rect((left, right), (upper, y), color);
            }
            y = upper;
        }
        // A stroke over every bar with a critical event.
        if by_severity[3] > 0 {
            sketch.rect((left - 1, right + 1), (y - 3, y - 1), INK);
        }
    }
}
