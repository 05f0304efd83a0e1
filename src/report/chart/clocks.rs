//! How far each node's clock is from the reference, with the bound on the error. A clock
//! that nothing links to the reference has no place on the scale, and says so.

use std::io;

use crate::report::locale::charts as said;
use crate::report::plain::plain;

use super::axis::round_step;
use super::sketch::{
    Anchor, BAND, BLUE, EDGE, GRID, INK, LABEL, MUTED, NOTE, Sign, Sketch, WARN, fit,
};
use super::{Chart, ChartKind, GUTTER, LANE, MOST_NODES, Pages, View};

pub(super) fn draw(view: &View<'_>) -> io::Result<Chart> {
    let title = view.words.clocks;
    let clocks: Vec<_> = view
        .timeline
        .clocks
        .iter()
        .filter(|c| view.wants_node(&c.node))
        .collect();
    if clocks.is_empty() {
        return view.empty(ChartKind::Clocks, title, view.words.no_clocks);
    }
    let pages = Pages::new(clocks.len(), MOST_NODES, view.scope.page);
    let shown = pages.of(&clocks);
    let known = clocks.iter().filter(|c| c.offset_s.is_some()).count();
    let jumps = clocks.iter().map(|c| c.jumps.len()).sum();
    let alt = said::alt(
        view.lang,
        title,
        &[
            (view.locale.words().nodes, clocks.len()),
            (view.words.estimate, known),
            (view.words.was_set, jumps),
        ],
    );
    let chart = view.chart(ChartKind::Clocks, title, alt, &pages);
    let mut sketch = view.sketch();
    let top = sketch.head(&chart.title, &[]);

    // The scale takes the left half of the plot; what it says stands behind it in words.
    let text_x = sketch.width - 500.min(sketch.width / 2);
    let (left, right) = (GUTTER, text_x - 30);
    let reach = clocks
        .iter()
        .filter_map(|c| Some(c.offset_s?.abs() + c.error_s.unwrap_or(0.0)))
        .fold(0.0, f64::max)
        .max(0.001)
        * 1.08;
    let x = |seconds: f64| {
        let share = (seconds / reach + 1.0) / 2.0;
        left + (share.clamp(0.0, 1.0) * f64::from(right - left)).round() as i32
    };
    let plot_top = top + 26;
    let bottom = plot_top + LANE * shown.len() as i32;
    for row in (0..shown.len()).step_by(2) {
        let y = plot_top + LANE * row as i32;
        sketch.rect((0, sketch.width), (y, y + LANE), BAND);
    }
    let step = round_step(reach, 2.0);
    let mut tick = -(reach / step).floor() * step;
    while tick <= reach {
        let at = x(tick);
        sketch.line((at, plot_top), (at, bottom), GRID, 1);
        let text = match tick {
            t if t.abs() < step / 2.0 => "0".to_owned(),
            t if t > 0.0 => format!("+{}", view.locale.duration(t)),
            t => format!("−{}", view.locale.duration(-t)),
        };
        sketch.text(&text, (at, bottom + 12), NOTE, MUTED, Anchor::Center, false);
        tick += step;
    }
    sketch.line((x(0.0), plot_top - 4), (x(0.0), bottom), MUTED, 2);
    let y = plot_top - 14;
    let arrow = |sketch: &mut Sketch, text: String, at: i32, anchor| {
        sketch.text(&text, (at, y), NOTE, MUTED, anchor, false);
    };
    arrow(
        &mut sketch,
        format!("← {}", view.words.behind),
        left,
        Anchor::Left,
    );
    arrow(
        &mut sketch,
        format!("{} →", view.words.ahead),
        right,
        Anchor::Right,
    );

    for (row, clock) in shown.iter().enumerate() {
        let middle = plot_top + LANE * row as i32 + LANE / 2;
        view.gutter(&mut sketch, &plain(clock.node.as_str()), middle);
        if let Some(offset) = clock.offset_s {
            let error = clock.error_s.unwrap_or(0.0);
            let (low, high) = (x(offset - error), x(offset + error));
            if clock.basis == "reference" {
                let at = x(0.0);
                let diamond = vec![
                    (at, middle - 7),
                    (at + 7, middle),
                    (at, middle + 7),
                    (at - 7, middle),
                ];
                sketch.shape(diamond, INK, 1.0);
            } else {
                sketch.line((low, middle), (high, middle), BLUE, 3);
                for end in [low, high] {
                    sketch.line((end, middle - 6), (end, middle + 6), BLUE, 2);
                }
                sketch.disc((x(offset), middle), 5, BLUE);
            }
        }
        if !clock.jumps.is_empty() {
            step_mark(&mut sketch, (text_x - 14, middle));
        }
        let text = words_for(view, clock);
        let room = sketch.width - text_x - EDGE;
        sketch.note(&fit(&text, room, NOTE), (text_x, middle));
    }
    let w = view.words;
    let mut items = vec![
        (Sign::Dot(BLUE), w.estimate.to_owned()),
        (Sign::Thick(BLUE), w.error_bound.to_owned()),
    ];
    if jumps > 0 {
        items.push((Sign::Solid(WARN), w.was_set.to_owned()));
    }
    let mut y = sketch.legend(&items, bottom + 40);
    if clocks.len() > shown.len() {
        let note = said::nodes_elsewhere(view.lang, clocks.len() - shown.len());
        let room = sketch.width - 2 * EDGE;
        y = sketch.lines(&note, y + 4, room);
    }
    sketch.reach(y);
    view.finish(sketch, chart)
}

/// A clock that was set: an exclamation mark on a square.
fn step_mark(sketch: &mut Sketch, (x, y): (i32, i32)) {
    sketch.rect((x - 7, x + 7), (y - 8, y + 8), WARN);
    sketch.text(
        "!",
        (x, y),
        LABEL,
        super::sketch::ON_LIGHT,
        Anchor::Center,
        true,
    );
}

fn words_for(view: &View<'_>, clock: &crate::timeline::NodeClock) -> String {
    let length = |s: f64| view.locale.duration(rounded(s.abs()));
    let mut text = match (clock.offset_s, clock.error_s) {
        _ if clock.basis == "reference" => view.words.reference.to_owned(),
        (None, _) => view.words.unlinked.to_owned(),
        (Some(offset), Some(error)) if offset.abs() <= error => {
            said::within_error(view.lang, &length(error.max(offset.abs())))
        }
        (Some(offset), error) => said::offset(
            view.lang,
            offset > 0.0,
            &length(offset),
            error.map(length).as_deref(),
        ),
    };
    for jump in clock.jumps.iter().take(1) {
        text.push_str(" · ");
        text.push_str(&said::stepped(
            view.lang,
            &view.clock.civil(jump.at, "%Y-%m-%d %H:%M"),
            jump.by_s > 0.0,
            &length(jump.by_s),
        ));
    }
    if clock.jumps.len() > 1 {
        text.push_str(
            &view
                .locale
                .parentheses(&said::times(view.lang, clock.jumps.len())),
        );
    }
    text
}

/// Two digits are what an estimate is worth below a second, one tenth above.
fn rounded(seconds: f64) -> f64 {
    let unit = if seconds < 1.0 { 100.0 } else { 10.0 };
    (seconds * unit).round() / unit
}
