//! Durations and blackouts of moves: each move that matters by name, how long moves took
//! by kind, against the memory of the VM, and by node pair. What failed is marked and not
//! measured.

use std::collections::BTreeSet;
use std::io;

use crate::analysis::moves::{self, Distribution, Ends, PairMoves, Quantity};
use crate::model::id::NodeName;
use crate::report::locale::charts as said;
use crate::report::plain::{cut, plain};
use crate::timeline::{Migration, MoveOutcome};

use super::axis::LogAxis;
use super::sketch::{
    Anchor, BAD, BAND, BLUE, CALM, EDGE, GRID, INK, LABEL, MUTED, Mark, NOTE, PAPER, Sign, Sketch,
    WARN, fit, text_width,
};
use super::{Chart, ChartKind, LANE, MOST_ROWS, Pages, View};

/// The most rows of single moves where there are distributions as well.
const MOST_NAMED: usize = 15;
/// The most pairs of nodes.
const MOST_PAIRS: usize = 15;
/// Fewer moves with a known length than this make no distribution.
const FEWEST: usize = 5;
/// Color of blackouts, beside the blue of durations.
const BLACKOUT: super::sketch::Color = BAD;

pub(super) fn draw(view: &View<'_>) -> io::Result<Chart> {
    let title = view.locale.words().chart_migrations;
    let chosen = view.moves();
    if chosen.is_empty() {
        let why = view.locale.words().chart_no_migrations;
        return view.empty(ChartKind::Migrations, title, why);
    }
    let all = &view.timeline.migrations;
    let with_blackout = chosen
        .iter()
        .filter(|m| all[**m].blackout_s.is_some())
        .count();
    let alt = view
        .locale
        .chart_migrations_alt(chosen.len(), with_blackout);
    let spread = moves::distributions(view.timeline, &chosen);
    let measured = spread
        .iter()
        .filter(|d| d.quantity == Quantity::Duration)
        .map(|d| d.values.len())
        .sum::<usize>();
    let outliers: BTreeSet<usize> = spread.iter().flat_map(|d| &d.outliers).copied().collect();
    let ranked = ranked(all, &chosen, &outliers);
    // Where nothing is summed up, every move has a row on some page.
    let most = if measured < FEWEST {
        MOST_ROWS
    } else {
        MOST_NAMED
    };
    let pages = if measured < FEWEST {
        Pages::new(ranked.len(), most, view.scope.page)
    } else {
        Pages::new(ranked.len().min(most), most, 1)
    };
    let mut rows = pages.of(&ranked[..pages.to]).to_vec();
    rows.sort_unstable();

    let chart = view.chart(ChartKind::Migrations, title, alt, &pages);
    let mut sketch = view.sketch();
    let mut captions = Vec::new();
    if with_blackout == 0 {
        captions.push(view.locale.words().no_blackout_at_all.to_owned());
    }
    if measured < FEWEST {
        captions.push(said::too_few(view.lang, measured, FEWEST));
    }
    let mut y = sketch.head(&chart.title, &captions) + 8;
    if measured >= FEWEST {
        y = distributions(&mut sketch, view, &spread, y);
        y = by_memory(&mut sketch, view, &chosen, &outliers, y + 14);
        y = by_nodes(&mut sketch, view, &chosen, y + 14) + 14;
    }
    let heading = if rows.len() == chosen.len() {
        view.words.each_move_all
    } else {
        view.words.each_move
    };
    sketch.heading(heading, y + 6);
    y = named(
        &mut sketch,
        view,
        &rows,
        &outliers,
        with_blackout > 0,
        y + 22,
    );
    if chosen.len() > rows.len() {
        let n = chosen.len() - rows.len();
        let note = if pages.of > 1 {
            said::rows_elsewhere(view.lang, n)
        } else {
            said::moves_left_out(view.lang, n)
        };
        let room = sketch.width - 2 * EDGE;
        y = sketch.lines(&note, y + 4, room);
    }
    sketch.reach(y);
    view.finish(sketch, chart)
}

fn failed(migration: &Migration) -> bool {
    matches!(
        migration.outcome,
        MoveOutcome::Failed | MoveOutcome::Canceled
    )
}

fn longest(migration: &Migration) -> f64 {
    let lengths = [migration.duration_s, migration.blackout_s];
    lengths.into_iter().flatten().fold(0.0, f64::max)
}

/// Failed ones, then outliers, then the longest.
fn ranked(all: &[Migration], chosen: &[usize], outliers: &BTreeSet<usize>) -> Vec<usize> {
    let mut ranked = chosen.to_vec();
    ranked.sort_by(|&a, &b| {
        let key = |m: usize| (!failed(&all[m]), !outliers.contains(&m));
        key(a)
            .cmp(&key(b))
            .then(longest(&all[b]).total_cmp(&longest(&all[a])))
            .then(a.cmp(&b))
    });
    ranked
}

/// A histogram per kind and quantity on one logarithmic axis, with median, middle half
/// and 95th percentile, and the numbers behind it.
fn distributions(sketch: &mut Sketch, view: &View<'_>, spread: &[Distribution], top: i32) -> i32 {
    const ROW: i32 = 50;
    sketch.heading(view.words.how_long, top + 6);
    let names: Vec<String> = spread
        .iter()
        .map(|d| said::measured(view.lang, d.kind, quantity_name(view, d.quantity)))
        .collect();
    let top = top + 26;
    let (left, numbers) = (300, 240);
    let right = sketch.width - numbers - 24;
    let values = spread.iter().flat_map(|d| [d.spread.min, d.spread.max]);
    let axis = LogAxis::new(values, left, right);
    let bottom = top + ROW * spread.len() as i32;
    for row in (0..spread.len()).step_by(2) {
        let y = top + ROW * row as i32;
        sketch.rect((0, sketch.width), (y, y + ROW), BAND);
    }
    let after = axis.draw(sketch, view.locale, top, bottom);
    for (row, (d, name)) in spread.iter().zip(&names).enumerate() {
        let y = top + ROW * row as i32;
        let base = y + ROW - 14;
        let middle = y + ROW / 2;
        sketch.label(&fit(name, left - EDGE - 14, LABEL), (EDGE, middle));
        let color = quantity_color(d.quantity);
        let wide = 8;
        let mut bins = vec![0usize; ((right - left) / wide + 1) as usize];
        for (value, _) in &d.values {
            let bin = ((axis.at(*value) - left) / wide) as usize;
            bins[bin] += 1;
        }
        let most = bins.iter().copied().max().unwrap_or(1).max(1);
        for (bin, count) in bins.iter().enumerate().filter(|b| *b.1 > 0) {
            let tall = f64::from(ROW - 20) * *count as f64 / most as f64;
            let x = left + bin as i32 * wide;
            let tall = (tall.round() as i32).max(3);
            sketch.faint((x, x + wide - 1), (base - tall, base), color, 0.55);
        }
        // Under the bars: the middle half, the median, the 95th percentile.
        let under = base + 6;
        sketch.rect((axis.at(d.q1), axis.at(d.q3)), (under - 3, under + 3), INK);
        let median = axis.at(d.spread.median);
        sketch.line((median, y + 4), (median, base + 10), PAPER, 5);
        sketch.line((median, y + 4), (median, base + 10), INK, 3);
        let p95 = axis.at(d.spread.p95);
        sketch.ring((p95, under), 4, PAPER, 4);
        sketch.ring((p95, under), 4, INK, 2);
        let length = |seconds: f64| view.locale.duration(seconds);
        let of = &d.spread;
        let usual = said::usual(view.lang, &length(of.median), &length(of.p95));
        let most = said::most(view.lang, &length(of.max), of.n);
        sketch.note(&fit(&usual, numbers, NOTE), (right + 20, middle - 9));
        sketch.note(&fit(&most, numbers, NOTE), (right + 20, middle + 9));
    }
    let items = [
        (Sign::Thick(INK), view.words.median_mark.to_owned()),
        (Sign::Solid(INK), view.words.quartiles.to_owned()),
        (Sign::Ring(INK), view.words.p95_mark.to_owned()),
    ];
    sketch.legend(&items, after + 6)
}

fn quantity_name(view: &View<'_>, quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Duration => view.words.duration,
        Quantity::Blackout => view.words.blackout,
    }
}

fn quantity_color(quantity: Quantity) -> super::sketch::Color {
    match quantity {
        Quantity::Duration => BLUE,
        Quantity::Blackout => BLACKOUT,
    }
}

/// Every completed move of a VM whose memory is known, as a dot; blackouts as squares.
fn by_memory(
    sketch: &mut Sketch,
    view: &View<'_>,
    chosen: &[usize],
    outliers: &BTreeSet<usize>,
    top: i32,
) -> i32 {
    let all = &view.timeline.migrations;
    let room = sketch.width - 2 * EDGE;
    sketch.heading(view.words.by_memory, top + 6);
    let measured: Vec<usize> = chosen
        .iter()
        .copied()
        .filter(|m| {
            Quantity::Duration.of(&all[*m]).is_some() || Quantity::Blackout.of(&all[*m]).is_some()
        })
        .collect();
    let known: Vec<(usize, f64)> = measured
        .iter()
        .filter_map(|&m| Some((m, all[m].memory_mib.filter(|v| *v > 0.0)?)))
        .collect();
    if known.is_empty() {
        return sketch.lines(view.words.no_memory, top + 28, room) + 4;
    }
    let (left, right) = (130, sketch.width - 60);
    let (top, bottom) = (top + 24, top + 224);
    let values: Vec<f64> = known
        .iter()
        .flat_map(|(m, _)| {
            [
                Quantity::Duration.of(&all[*m]),
                Quantity::Blackout.of(&all[*m]),
            ]
        })
        .flatten()
        .collect();
    // The log axis runs from left to right; upright it is turned over.
    let axis = LogAxis::new(values, 0, bottom - top);
    let y = |seconds: f64| bottom - axis.at(seconds);
    for tick in axis.ticks(26) {
        sketch.line((left, y(tick)), (right, y(tick)), GRID, 1);
        sketch.number(&view.locale.duration(tick), (left - 8, y(tick)));
    }
    let low = known
        .iter()
        .map(|k| k.1)
        .fold(f64::INFINITY, f64::min)
        .log2()
        .floor()
        - 0.5;
    let high = known.iter().map(|k| k.1).fold(0.0, f64::max).log2().ceil() + 0.5;
    let x = |mib: f64| {
        let share = (mib.log2() - low) / (high - low);
        left + (share * f64::from(right - left)).round() as i32
    };
    let mut last = i32::MIN / 2;
    for power in low.ceil() as i32..=high.floor() as i32 {
        let at = x(2f64.powi(power));
        sketch.line((at, top), (at, bottom), GRID, 1);
        if at - last >= 64 {
            sketch.text(
                &memory(power),
                (at, bottom + 12),
                NOTE,
                MUTED,
                Anchor::Center,
                false,
            );
            last = at;
        }
    }
    sketch.line((left, bottom), (right, bottom), MUTED, 1);
    sketch.line((left, top), (left, bottom), MUTED, 1);
    // Moves that fall on one place are one dot.
    let mut drawn = BTreeSet::new();
    let mut names: Vec<(i32, i32)> = Vec::new();
    for (m, mib) in &known {
        for quantity in [Quantity::Duration, Quantity::Blackout] {
            let Some(seconds) = quantity.of(&all[*m]) else {
                continue;
            };
            let at = (x(*mib), y(seconds));
            if drawn.insert((quantity, at)) {
                match quantity {
                    Quantity::Duration => sketch.ring(at, 4, BLUE, 2),
                    Quantity::Blackout => {
                        sketch.frame((at.0 - 4, at.0 + 4), (at.1 - 4, at.1 + 4), BLACKOUT);
                    }
                }
            }
        }
        if outliers.contains(m) && names.len() < 8 {
            let at = (x(*mib), y(longest(&all[*m])));
            if names
                .iter()
                .all(|n| (n.1 - at.1).abs() > 14 || (n.0 - at.0).abs() > 150)
            {
                let name = fit(&view.vm_name(all[*m].vm), 130, NOTE);
                let wide = text_width(&name, NOTE, false);
                let (place, anchor) = if at.0 + 12 + wide > sketch.width - EDGE {
                    ((at.0 - 10, at.1), Anchor::Right)
                } else {
                    ((at.0 + 10, at.1), Anchor::Left)
                };
                sketch.text(&name, place, NOTE, INK, anchor, true);
                names.push(at);
            }
        }
    }
    let items = [
        (Sign::Ring(BLUE), view.words.duration.to_owned()),
        (Sign::Outline(BLACKOUT), view.words.blackout.to_owned()),
    ];
    let mut end = sketch.legend(&items, bottom + 38);
    if measured.len() > known.len() {
        let note = said::memory_unknown(view.lang, measured.len() - known.len());
        end = sketch.lines(&note, end + 4, room);
    }
    end
}

/// `512 MiB`, `16 GiB`: two to the power of `power`, in MiB.
fn memory(power: i32) -> String {
    match power {
        ..10 => format!("{} MiB", 2f64.powi(power)),
        _ => format!("{} GiB", 2f64.powi(power - 10)),
    }
}

/// By pair of nodes; by source and by destination where there are too many pairs for the
/// few moves of each to tell anything.
fn by_nodes(sketch: &mut Sketch, view: &View<'_>, chosen: &[usize], top: i32) -> i32 {
    let pairs = moves::by_ends(view.timeline, chosen, Ends::Both);
    if pairs.len() <= 2 * MOST_PAIRS {
        return by_ends(sketch, view, (&pairs, Ends::Both), top);
    }
    let from = moves::by_ends(view.timeline, chosen, Ends::From);
    let y = by_ends(sketch, view, (&from, Ends::From), top);
    let to = moves::by_ends(view.timeline, chosen, Ends::To);
    by_ends(sketch, view, (&to, Ends::To), y + 14)
}

/// A row per pair or node: each move a stroke, the median a disc.
fn by_ends(
    sketch: &mut Sketch,
    view: &View<'_>,
    (pairs, ends): (&[PairMoves], Ends),
    top: i32,
) -> i32 {
    if pairs.is_empty() {
        return top;
    }
    let heading = match ends {
        Ends::Both => view.words.by_pair,
        Ends::From => view.words.by_source,
        Ends::To => view.words.by_destination,
    };
    sketch.heading(heading, top + 6);
    let top = top + 22;
    let shown = &pairs[..pairs.len().min(MOST_PAIRS)];
    let (left, numbers) = (250, 370);
    let right = sketch.width - numbers - 24;
    let axis = LogAxis::new(
        shown.iter().flat_map(|p| p.durations.iter().copied()),
        left,
        right,
    );
    let bottom = top + LANE * shown.len() as i32;
    for row in (0..shown.len()).step_by(2) {
        let y = top + LANE * row as i32;
        sketch.rect((0, sketch.width), (y, y + LANE), BAND);
    }
    let after = axis.draw(sketch, view.locale, top, bottom);
    for (row, pair) in shown.iter().enumerate() {
        let middle = top + LANE * row as i32 + LANE / 2;
        let name = match ends {
            Ends::Both => route(pair.from.as_ref(), pair.to.as_ref()),
            Ends::From => node_name(pair.from.as_ref()),
            Ends::To => node_name(pair.to.as_ref()),
        };
        sketch.label(&fit(&name, left - EDGE - 14, LABEL), (EDGE, middle));
        let strokes: BTreeSet<i32> = pair.durations.iter().map(|d| axis.at(*d)).collect();
        for x in strokes {
            sketch.line((x, middle - 6), (x, middle + 6), CALM, 2);
        }
        if let Some(spread) = pair.duration {
            let x = axis.at(spread.median);
            sketch.disc((x, middle), 6, PAPER);
            sketch.disc((x, middle), 5, BLUE);
        }
        let text_x = right + 20;
        let behind = if pair.failed > 0 {
            sketch.draw(Mark::Failed, (text_x + 4, middle));
            18
        } else {
            0
        };
        sketch.note(
            &fit(&pair_words(view, pair), numbers - behind, NOTE),
            (text_x + behind, middle),
        );
    }
    let items = [
        (Sign::Thick(CALM), view.words.one_move.to_owned()),
        (Sign::Dot(BLUE), view.words.median_mark.to_owned()),
        (
            Sign::Mark(Mark::Failed),
            view.locale.words().mark_failed.to_owned(),
        ),
    ];
    let mut end = sketch.legend(&items, after + 6);
    if pairs.len() > shown.len() {
        let rest = &pairs[shown.len()..];
        let moves = rest.iter().map(|p| p.moves).sum();
        let note = said::pairs_left_out(view.lang, rest.len(), moves, ends == Ends::Both);
        let room = sketch.width - 2 * EDGE;
        end = sketch.lines(&note, end + 4, room);
    }
    end
}

fn pair_words(view: &View<'_>, pair: &PairMoves) -> String {
    let mut parts = vec![said::pair_counts(view.lang, pair.moves, pair.failed)];
    if let Some(s) = pair.duration {
        let median = view.locale.duration(s.median);
        parts.push(view.locale.labeled(view.words.median_mark, &median));
    }
    if let Some(s) = pair.blackout {
        let median = view.locale.duration(s.median);
        parts.push(view.locale.labeled(view.words.blackout, &median));
    }
    parts.join(" · ")
}

fn node_name(node: Option<&NodeName>) -> String {
    node.map_or_else(|| "?".to_owned(), |n| cut(&plain(n.as_str()), 15))
}

fn route(from: Option<&NodeName>, to: Option<&NodeName>) -> String {
    format!("{} → {}", node_name(from), node_name(to))
}

/// A bar per move, with its time, VM, route and lengths.
fn named(
    sketch: &mut Sketch,
    view: &View<'_>,
    rows: &[usize],
    outliers: &BTreeSet<usize>,
    some_blackout: bool,
    top: i32,
) -> i32 {
    let all = &view.timeline.migrations;
    let words = view.locale.words();
    // Time, VM, route, bar, words: the bar takes what the others leave.
    let (vm_x, route_x, left) = (108, 236, 410);
    let text = (sketch.width - left) / 2;
    let right = sketch.width - text - 30;
    let most = rows.iter().map(|m| longest(&all[*m])).fold(0.0, f64::max);
    let scale = |seconds: f64| {
        let share = if most > 0.0 { seconds / most } else { 0.0 };
        left + (f64::from(right - left) * share.clamp(0.0, 1.0)).round() as i32
    };
    for (row, &m) in rows.iter().enumerate() {
        let migration = &all[m];
        let y = top + LANE * row as i32;
        if row % 2 == 0 {
            sketch.rect((0, sketch.width), (y, y + LANE), BAND);
        }
        let middle = y + LANE / 2;
        let time = migration
            .started
            .or(migration.ended)
            .map_or_else(|| "?".to_owned(), |at| view.clock.civil(at, "%m-%d %H:%M"));
        sketch.note(&time, (EDGE, middle));
        let name = view.vm_name(migration.vm);
        sketch.label(&fit(&name, route_x - vm_x - 8, LABEL), (vm_x, middle));
        let route = route(migration.from_node.as_ref(), migration.to_node.as_ref());
        sketch.note(&fit(&route, left - route_x - 10, NOTE), (route_x, middle));
        let mut said_of = Vec::new();
        let mut end = left;
        match migration.duration_s {
            Some(seconds) => {
                end = scale(seconds).max(left + 2);
                let color = if failed(migration) { WARN } else { BLUE };
                sketch.rect((left, end), (y + 6, y + LANE - 6), color);
                said_of.push(view.locale.duration(seconds));
            }
            None => said_of.push(words.not_logged.to_owned()),
        }
        match migration.blackout_s {
            Some(seconds) => {
                let to = scale(seconds).max(left + 3);
                end = end.max(to);
                sketch.rect((left, to), (y + LANE - 10, y + LANE - 3), PAPER);
                sketch.rect((left, to), (y + LANE - 9, y + LANE - 3), BLACKOUT);
                let seconds = view.locale.duration(seconds);
                said_of.push(view.locale.labeled(view.words.blackout, &seconds));
            }
            None if some_blackout && !failed(migration) => {
                said_of.push(words.blackout_not_logged.to_owned());
            }
            None => {}
        }
        if outliers.contains(&m) {
            said_of.insert(0, view.words.outlier.to_owned());
        }
        if failed(migration) {
            sketch.draw(Mark::Failed, (end + 12, middle));
            end += 16;
            said_of.insert(0, view.locale.outcome(migration.outcome).to_owned());
        }
        let at = end + 10;
        let room = sketch.width - EDGE - at;
        sketch.note(&fit(&said_of.join(" · "), room, NOTE), (at, middle));
    }
    let bottom = top + LANE * rows.len() as i32;
    sketch.line((left, top), (left, bottom), MUTED, 1);
    let items = [
        (Sign::Solid(BLUE), view.words.duration.to_owned()),
        (Sign::Thick(BLACKOUT), view.words.blackout.to_owned()),
        (Sign::Solid(WARN), words.mark_failed.to_owned()),
    ];
    sketch.legend(&items, bottom + 20)
}
