//! How long each VM was down, by cause, with the bounds that the logs give. One that is
//! not known to be back comes first, and its bar ends in an arrow.

use std::collections::BTreeSet;
use std::io;

use crate::analysis::outages::{self, VmOutage};
use crate::report::locale::charts as said;
use crate::timeline::DowntimeCause;

use super::axis::round_step;
use super::sketch::{
    Anchor, BAD, BAND, BARS, BLUE, CROSS_BAD, Color, DOTS, EDGE, GRID, HATCH_BAD, HATCH_WARN, INK,
    LEVEL, MESH, MUTED, NODES, NOTE, SPARSE, Sign, Sketch, WARN, fit, text_width,
};
use super::{Chart, ChartKind, GUTTER, LANE, MOST_ROWS, Pages, View};

/// Pattern and frame of a cause.
fn look(cause: DowntimeCause) -> (Color, Color) {
    match cause {
        DowntimeCause::Node => (HATCH_BAD, BAD),
        DowntimeCause::Quorum => (HATCH_WARN, WARN),
        DowntimeCause::Failure => (CROSS_BAD, BAD),
        DowntimeCause::Storage => (DOTS, NODES[3].0),
        DowntimeCause::QuickMigration => (MESH, BLUE),
        DowntimeCause::Guest => (LEVEL, NODES[2].0),
        DowntimeCause::Stopped => (BARS, MUTED),
        DowntimeCause::Unknown => (SPARSE, MUTED),
    }
}

pub(super) fn draw(view: &View<'_>) -> io::Result<Chart> {
    let title = view.words.downtime;
    let vms = view.vms();
    let all = outages::outages(view.timeline, &vms);
    if all.is_empty() {
        return view.empty(ChartKind::Downtime, title, view.words.no_downtime);
    }
    let pages = Pages::new(all.len(), MOST_ROWS, view.scope.page);
    let shown = pages.of(&all);
    let open = all.iter().filter(|o| o.open).count();
    let summary = said::down_of(view.lang, all.len(), open, vms.len());
    let alt = format!("{title}{}{summary}", view.locale.colon());
    let chart = view.chart(ChartKind::Downtime, title, alt, &pages);
    let mut sketch = view.sketch();
    let top = sketch.head(&chart.title, &[summary]) + 4;

    // As much room for the words as the longest takes, and for the bars what is left.
    let texts: Vec<String> = shown.iter().map(|o| words_for(view, o)).collect();
    let widest = texts.iter().map(|t| text_width(t, NOTE, false)).max();
    let most = (sketch.width - GUTTER) * 3 / 5;
    let text_x = sketch.width - (widest.unwrap_or(0) + EDGE).clamp(160, most);
    let (left, right) = (GUTTER, text_x - 34);
    let longest = shown
        .iter()
        .map(|o| o.at_most_s.unwrap_or(0.0).max(o.total_s))
        .fold(0.0, f64::max)
        .max(1.0);
    let x = |seconds: f64| {
        let share = (seconds / longest).clamp(0.0, 1.0);
        left + (share * f64::from(right - left)).round() as i32
    };
    let bottom = top + LANE * shown.len() as i32;
    for row in (0..shown.len()).step_by(2) {
        let y = top + LANE * row as i32;
        sketch.rect((0, sketch.width), (y, y + LANE), BAND);
    }
    // Round lengths of a clock, not of a decimal scale.
    let label = |seconds: f64| view.locale.duration(seconds);
    let step = clock_step(longest, |step| {
        let apart = x(step) - x(0.0);
        let count = (longest / step) as i32;
        (0..=count).all(|n| text_width(&label(f64::from(n) * step), NOTE, false) + 6 <= apart)
    });
    let mut tick = 0.0;
    while tick <= longest {
        sketch.line((x(tick), top), (x(tick), bottom), GRID, 1);
        let at = (x(tick), bottom + 12);
        sketch.text(&label(tick), at, NOTE, MUTED, Anchor::Center, false);
        tick += step;
    }
    sketch.line((left, top), (left, bottom), MUTED, 1);
    for (row, (outage, text)) in shown.iter().zip(&texts).enumerate() {
        let y = top + LANE * row as i32;
        row_of(&mut sketch, view, outage, y, &x);
        let room = sketch.width - text_x - EDGE;
        sketch.note(&fit(text, room, NOTE), (text_x, y + LANE / 2));
    }

    let causes: BTreeSet<DowntimeCause> = shown
        .iter()
        .flat_map(|o| &o.spans)
        .map(|s| s.cause)
        .collect();
    let mut items: Vec<(Sign, String)> = causes
        .into_iter()
        .map(|cause| {
            let (pattern, frame) = look(cause);
            let name = view.locale.downtime_cause(cause).to_owned();
            (Sign::Pattern(pattern, frame), name)
        })
        .collect();
    if shown.iter().any(|o| o.at_most_s.is_some()) {
        items.push((Sign::Thick(INK), view.words.bounds_mark.to_owned()));
    }
    let mut y = sketch.legend(&items, bottom + 42);
    let beyond = &all[pages.to..];
    if let Some(next) = beyond.first() {
        let note = said::more_down(
            view.lang,
            all.len() - shown.len(),
            &view.locale.duration(next.total_s),
        );
        let note = if pages.page == 1 && !next.open {
            note
        } else {
            said::rows_elsewhere(view.lang, all.len() - shown.len())
        };
        let room = sketch.width - 2 * EDGE;
        y = sketch.lines(&note, y + 4, room);
    } else if shown.len() < all.len() {
        let note = said::rows_elsewhere(view.lang, all.len() - shown.len());
        let room = sketch.width - 2 * EDGE;
        y = sketch.lines(&note, y + 4, room);
    }
    sketch.reach(y);
    view.finish(sketch, chart)
}

fn row_of(sketch: &mut Sketch, view: &View<'_>, outage: &VmOutage, y: i32, x: &dyn Fn(f64) -> i32) {
    let middle = y + LANE / 2;
    view.gutter(sketch, &view.vm_name(outage.vm), middle);
    let lane = (y + 5, y + LANE - 5);
    let mut from = 0.0;
    for span in &outage.spans {
        let (pattern, frame) = look(span.cause);
        let to = from + span.seconds;
        sketch.patterned((x(from), x(to).max(x(from) + 3)), lane, pattern, frame);
        from = to;
    }
    let end = x(outage.total_s).max(x(0.0) + 3);
    if outage.open {
        sketch.shape(
            vec![
                (end + 3, y + 4),
                (end + 17, middle),
                (end + 3, y + LANE - 4),
            ],
            BAD,
            1.0,
        );
        return;
    }
    if let Some(most) = outage.at_most_s.filter(|m| *m > outage.at_least_s) {
        let (low, high) = (x(outage.at_least_s), x(most));
        if high - low > 3 {
            sketch.line((low, middle), (high, middle), INK, 2);
            for at in [low, high] {
                sketch.line((at, middle - 5), (at, middle + 5), INK, 2);
            }
        }
    }
}

fn words_for(view: &View<'_>, outage: &VmOutage) -> String {
    let length = |s: f64| view.locale.duration(s);
    let mut parts = Vec::new();
    if outage.open {
        parts.push(view.words.not_back.to_owned());
        parts.push(said::at_least(view.lang, &length(outage.total_s)));
    } else {
        parts.push(length(outage.total_s));
        if let Some(most) = outage.at_most_s
            && most - outage.at_least_s > 0.05 * outage.total_s.max(1.0)
        {
            let (least, most) = (length(outage.at_least_s), length(most));
            parts.push(said::between(view.lang, &least, &most));
        }
    }
    if outage.spans.len() > 1 {
        parts.push(said::times(view.lang, outage.spans.len()));
    } else if let Some(span) = outage.spans.first() {
        parts.push(view.locale.downtime_cause(span.cause).to_owned());
    }
    parts.join(" · ")
}

/// A step that reads well as a length of time, at most six of them over `span` seconds,
/// and of which each has room for its label.
fn clock_step(span: f64, fits: impl Fn(f64) -> bool) -> f64 {
    const STEPS: [f64; 20] = [
        0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0,
        3600.0, 7200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
    ];
    let found = STEPS.into_iter().find(|s| span / s <= 6.0 && fits(*s));
    found.unwrap_or_else(|| round_step(span / 86_400.0, 6.0) * 86_400.0)
}
