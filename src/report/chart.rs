//! Charts as SVG. The only file that names plotters; what is drawn comes from the
//! timeline and from `analysis`, nothing is concluded here.
//!
//! Colors are fixed words of a small palette, so that a style sheet inside each
//! picture can answer to dark mode, and every color is doubled by a label, a
//! shape or a pattern: no meaning is carried by color alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, FontStyle, IntoDrawingArea, IntoFont, PathElement, Polygon, RGBColor,
    Rectangle, SVGBackend, Text, TextStyle,
};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::analysis::metrics;
use crate::model::id::NodeName;
use crate::model::time::{Moment, Window};
use crate::rules::verdict::{Verdict, Verdicts};
use crate::timeline::{Migration, MoveKind, MoveOutcome, NodeState, Timeline, VmIndex};

use super::Options;
use super::locale::{self, Locale};
use super::plain::{cut, plain, width};
use super::when::Clock;

/// One picture.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Which one.
    pub id: &'static str,
    /// Its title, in the report's language.
    pub title: String,
    /// What can be seen on it, for those who cannot.
    pub alt: String,
    /// The picture, whole and self-contained.
    pub svg: String,
    /// Its axis of time, where it has one.
    pub span: Option<Window>,
}

/// Where the plots begin and end, as shares of a picture's width.
pub const PLOT: (f64, f64) = (
    GUTTER as f64 / WIDTH as f64,
    (WIDTH - RIGHT) as f64 / WIDTH as f64,
);

impl Chart {
    /// The name of its file in `charts/`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.svg", self.id)
    }
}

/// Ids of the charts that [`charts`] draws, in order.
pub const IDS: [&str; 3] = ["placement", "events", "migrations"];

/// The most VM lanes of the placement chart.
pub const MOST_LANES: usize = 60;
/// The most bars of the migration chart.
pub const MOST_BARS: usize = 40;
/// The most nodes of a chart.
pub const MOST_NODES: usize = 64;

const WIDTH: i32 = 1120;
const GUTTER: i32 = 190;
const RIGHT: i32 = 24;
const LANE: i32 = 24;

/// All charts of a report.
///
/// # Errors
///
/// Never in practice: pictures are drawn in memory.
pub fn charts(
    timeline: &Timeline,
    verdicts: &Verdicts,
    options: &Options,
) -> io::Result<Vec<Chart>> {
    let clock = Clock::new(&options.zone, timeline.window());
    let locale = locale::of(options.lang);
    Ok(vec![
        placement(timeline, verdicts, locale, &clock)?,
        events(timeline, locale, &clock)?,
        migrations(timeline, locale, &clock)?,
    ])
}

// Palette. Each is written into the picture as it stands here, and the style
// sheet of `finish` gives those of the page their dark counterpart.
const PAPER: RGBColor = RGBColor(0xFE, 0xFE, 0xFE);
const INK: RGBColor = RGBColor(0x1B, 0x24, 0x30);
const MUTED: RGBColor = RGBColor(0x5A, 0x66, 0x75);
const GRID: RGBColor = RGBColor(0xDD, 0xE3, 0xEA);
const BAND: RGBColor = RGBColor(0xF4, 0xF6, 0xF9);
const BAD: RGBColor = RGBColor(0xC0, 0x2F, 0x3D);
const WARN: RGBColor = RGBColor(0xD9, 0x8E, 0x04);
const CALM: RGBColor = RGBColor(0x8F, 0xA3, 0xB8);
const ON_DARK: RGBColor = RGBColor(0xFD, 0xFD, 0xFD);
const ON_LIGHT: RGBColor = RGBColor(0x0B, 0x0F, 0x14);

const DARK_STYLE: &str = "@media (prefers-color-scheme:dark){\
.vt-chart [fill=\"#FEFEFE\"]{fill:#161C24}.vt-chart [stroke=\"#FEFEFE\"]{stroke:#161C24}\
.vt-chart [fill=\"#1B2430\"]{fill:#E6EBF1}.vt-chart [stroke=\"#1B2430\"]{stroke:#E6EBF1}\
.vt-chart [fill=\"#5A6675\"]{fill:#9FACBB}.vt-chart [stroke=\"#5A6675\"]{stroke:#9FACBB}\
.vt-chart [fill=\"#DDE3EA\"]{fill:#2C3642}.vt-chart [stroke=\"#DDE3EA\"]{stroke:#2C3642}\
.vt-chart [fill=\"#F4F6F9\"]{fill:#1C242E}\
.vt-chart [fill=\"#C02F3D\"]{fill:#FF6B78}.vt-chart [stroke=\"#C02F3D\"]{stroke:#FF6B78}}\
@media print{.vt-chart{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/// Colors of nodes: told apart by color-blind readers; red is kept for trouble.
/// Beyond eight they repeat, and the labels on the bars decide.
const NODE_COLORS: [(RGBColor, RGBColor); 8] = [
    (RGBColor(0x2B, 0x6C, 0xB0), ON_DARK),
    (RGBColor(0xE8, 0xA3, 0x3D), ON_LIGHT),
    (RGBColor(0x1C, 0x8C, 0x74), ON_DARK),
    (RGBColor(0x8E, 0x63, 0xB0), ON_DARK),
    (RGBColor(0x6C, 0xB8, 0xE6), ON_LIGHT),
    (RGBColor(0xD3, 0x8C, 0xB3), ON_LIGHT),
    (RGBColor(0x7A, 0x68, 0x3A), ON_DARK),
    (RGBColor(0x55, 0x68, 0x7C), ON_DARK),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A picture being drawn. Coordinates are pixels; text is put in as text and
/// escaped by the backend.
struct Canvas<'a> {
    area: Area<'a>,
    height: i32,
}

fn broken<E: std::error::Error + Send + Sync + 'static>(error: E) -> io::Error {
    io::Error::other(error.to_string())
}

impl Canvas<'_> {
    fn rect(&self, x: (i32, i32), y: (i32, i32), color: RGBColor) -> io::Result<()> {
        let x1 = x.1.max(x.0 + 1);
        self.area
            .draw(&Rectangle::new([(x.0, y.0), (x1, y.1)], color.filled()))
            .map_err(broken)
    }

    fn faint(&self, x: (i32, i32), y: (i32, i32), color: RGBColor, alpha: f64) -> io::Result<()> {
        let x1 = x.1.max(x.0 + 1);
        self.area
            .draw(&Rectangle::new(
                [(x.0, y.0), (x1, y.1)],
                color.mix(alpha).filled(),
            ))
            .map_err(broken)
    }

    fn frame(&self, x: (i32, i32), y: (i32, i32), color: RGBColor) -> io::Result<()> {
        self.area
            .draw(&Rectangle::new(
                [(x.0, y.0), (x.1.max(x.0 + 1), y.1)],
                color.stroke_width(1),
            ))
            .map_err(broken)
    }

    fn line(&self, from: (i32, i32), to: (i32, i32), color: RGBColor, wide: u32) -> io::Result<()> {
        self.area
            .draw(&PathElement::new(vec![from, to], color.stroke_width(wide)))
            .map_err(broken)
    }

    fn shape(&self, points: Vec<(i32, i32)>, color: RGBColor) -> io::Result<()> {
        self.area
            .draw(&Polygon::new(points, color.filled()))
            .map_err(broken)
    }

    fn write(
        &self,
        text: &str,
        at: (i32, i32),
        size: f64,
        color: RGBColor,
        h: HPos,
        bold: bool,
    ) -> io::Result<()> {
        // The backend divides sizes by 1.24.
        let style = if bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let font = ("sans-serif", size * 1.24, style).into_font();
        let style = TextStyle::from(font)
            .color(&color)
            .pos(Pos::new(h, VPos::Center));
        self.area
            .draw(&Text::new(text.to_owned(), at, style))
            .map_err(broken)
    }

    fn label(&self, text: &str, at: (i32, i32)) -> io::Result<()> {
        self.write(text, at, 12.0, INK, HPos::Left, false)
    }

    fn note(&self, text: &str, at: (i32, i32)) -> io::Result<()> {
        self.write(text, at, 11.5, MUTED, HPos::Left, false)
    }

    /// Hatching: the pattern of "not running", whatever the color.
    fn hatch(&self, x: (i32, i32), y: (i32, i32), color: RGBColor) -> io::Result<()> {
        self.faint(x, y, color, 0.18)?;
        let tall = y.1 - y.0;
        let mut at = x.0;
        while at + tall <= x.1 {
            self.line((at, y.1), (at + tall, y.0), color, 1)?;
            at += 7;
        }
        self.frame(x, y, color)
    }

    fn draw(&self, mark: Mark, (x, y): (i32, i32)) -> io::Result<()> {
        match mark {
            Mark::Moved => {
                self.shape(vec![(x - 6, y - 7), (x + 7, y), (x - 6, y + 7)], PAPER)?;
                self.shape(vec![(x - 4, y - 5), (x + 5, y), (x - 4, y + 5)], INK)
            }
            Mark::MovedCold => {
                self.rect((x - 6, x + 6), (y - 6, y + 6), PAPER)?;
                self.rect((x - 4, x + 4), (y - 4, y + 4), INK)
            }
            Mark::MoveFailed => {
                self.line((x - 5, y - 5), (x + 5, y + 5), PAPER, 6)?;
                self.line((x - 5, y + 5), (x + 5, y - 5), PAPER, 6)?;
                self.line((x - 5, y - 5), (x + 5, y + 5), BAD, 3)?;
                self.line((x - 5, y + 5), (x + 5, y - 5), BAD, 3)
            }
            Mark::FailedOver => {
                let diamond = |r: i32| vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
                self.shape(diamond(9), PAPER)?;
                self.shape(diamond(7), BAD)
            }
            Mark::Evidence => {
                let ring = |r, color: RGBColor, wide| {
                    self.area
                        .draw(&Circle::new((x, y), r, color.stroke_width(wide)))
                        .map_err(broken)
                };
                ring(4, PAPER, 4)?;
                ring(4, INK, 2)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Mark {
    Moved,
    MovedCold,
    MoveFailed,
    FailedOver,
    Evidence,
}

/// Draws a picture and wraps it: title and description for screen readers, dark
/// mode, a class to style it by.
fn picture(
    id: &'static str,
    title: &str,
    alt: &str,
    height: i32,
    draw: impl FnOnce(&Canvas<'_>) -> io::Result<()>,
) -> io::Result<Chart> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), height.unsigned_abs()))
            .into_drawing_area();
        let canvas = Canvas { area, height };
        canvas.rect((0, WIDTH), (0, height), PAPER)?;
        draw(&canvas)?;
        canvas.area.present().map_err(broken)?;
    }
    Ok(Chart {
        id,
        title: title.to_owned(),
        alt: alt.to_owned(),
        svg: finish(&svg, id, title, alt),
        span: None,
    })
}

fn finish(drawn: &str, id: &str, title: &str, alt: &str) -> String {
    let body = drawn.split_once('>').map_or("", |(_, body)| body);
    let head = drawn.split_once('>').map_or("", |(head, _)| head);
    let mut svg = String::with_capacity(drawn.len() + 2048);
    let _ = write!(
        svg,
        "{head} class=\"vt-chart\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n\
         <style>{DARK_STYLE}</style>{body}",
        escaped(title),
        escaped(alt)
    );
    svg.trim_end().to_owned() + "\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Time to pixels, over the plot's width.
struct Axis<'a> {
    window: Window,
    clock: &'a Clock,
}

impl Axis<'_> {
    fn x(&self, at: Moment) -> i32 {
        let plot = f64::from(WIDTH - GUTTER - RIGHT);
        let span = self.window.seconds().max(1e-7);
        let share = (at.seconds_since(self.window.from) / span).clamp(0.0, 1.0);
        GUTTER + (share * plot).round() as i32
    }

    /// Round instants in the reader's zone, not more than nine.
    fn ticks(&self) -> (Vec<Moment>, &'static str) {
        const STEPS: [i64; 19] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200,
            86_400, 172_800,
        ];
        let span = self.window.seconds();
        let mut step = STEPS
            .into_iter()
            .find(|&s| span / s as f64 <= 9.0)
            .unwrap_or(604_800);
        while span / step as f64 > 9.0 {
            step *= 2;
        }
        let format = match step {
            ..60 => "%H:%M:%S",
            60..86_400 if span < 86_400.0 => "%H:%M",
            60..86_400 => "%m-%d %H:%M",
            _ => "%Y-%m-%d",
        };
        let east = self.clock.seconds_east(self.window.from);
        let from = self.window.from.ticks().div_euclid(10_000_000) + east;
        let first = (from + step - 1).div_euclid(step) * step;
        let ticks = (0..10)
            .filter_map(|n| Moment::from_ticks((first + n * step - east) * 10_000_000))
            .filter(|m| self.window.contains(*m))
            .collect();
        (ticks, format)
    }

    fn draw(&self, canvas: &Canvas<'_>, top: i32, bottom: i32) -> io::Result<()> {
        let (ticks, format) = self.ticks();
        for tick in ticks {
            let x = self.x(tick);
            canvas.line((x, top), (x, bottom), GRID, 1)?;
            let text = self.clock.civil(tick, format);
            canvas.write(&text, (x, bottom + 12), 11.0, MUTED, HPos::Center, false)?;
        }
        canvas.line((GUTTER, bottom), (WIDTH - RIGHT, bottom), MUTED, 1)
    }

    fn caption(&self, locale: &dyn Locale) -> String {
        locale.chart_window(
            &self.clock.second(self.window.from),
            &self.clock.second(self.window.to),
            &self.clock.zone_label(),
        )
    }
}

fn head(canvas: &Canvas<'_>, title: &str, caption: &str) -> io::Result<()> {
    canvas.write(title, (16, 20), 15.0, INK, HPos::Left, true)?;
    canvas.note(caption, (16, 40))
}

/// What the placement chart shows: the time of moves, failures and evidence, with
/// some room around it, where there is any; else everything.
fn window_of_interest(timeline: &Timeline, verdicts: &Verdicts) -> Option<Window> {
    let whole = timeline.window()?;
    let mut moments: Vec<Moment> = Vec::new();
    for m in &timeline.migrations {
        moments.extend(m.started.into_iter().chain(m.ended));
    }
    for f in &timeline.failovers {
        moments.extend(f.down_from.into_iter().chain(f.up_at));
    }
    for d in timeline.vms.iter().flat_map(|v| &v.downtimes) {
        moments.extend(d.from.into_iter().chain(d.to));
    }
    for i in timeline.nodes.iter().flat_map(|n| &n.intervals) {
        if i.state != NodeState::Up {
            moments.extend(i.from.into_iter().chain(i.to));
        }
    }
    for f in &verdicts.findings {
        if matches!(f.verdict, Verdict::Confirmed | Verdict::Probable) {
            moments.extend(f.first.into_iter().chain(f.last));
        }
    }
    let (Some(from), Some(to)) = (moments.iter().min(), moments.iter().max()) else {
        return Some(whole);
    };
    let interest = Window::new(*from, *to);
    let wide = interest.widened((interest.seconds() * 0.08).max(120.0));
    Some(Window::new(
        wide.from.max(whole.from),
        wide.to.min(whole.to),
    ))
}

/// VMs in trouble first, then those that moved, then the rest; each by name.
fn lanes(timeline: &Timeline, verdicts: &Verdicts) -> Vec<VmIndex> {
    let found: BTreeSet<VmIndex> = verdicts
        .findings
        .iter()
        .filter(|f| matches!(f.verdict, Verdict::Confirmed | Verdict::Probable))
        .filter_map(|f| f.subject.vm)
        .collect();
    let failed: BTreeSet<VmIndex> = timeline.failovers.iter().filter_map(|f| f.vm).collect();
    let moved: BTreeSet<VmIndex> = timeline.migrations.iter().map(|m| m.vm).collect();
    let mut lanes: Vec<VmIndex> = (0..timeline.vms.len()).collect();
    lanes.sort_by_key(|vm| {
        let trouble =
            found.contains(vm) || failed.contains(vm) || !timeline.vms[*vm].downtimes.is_empty();
        (!trouble, !moved.contains(vm), *vm)
    });
    lanes
}

fn node_colors(timeline: &Timeline) -> BTreeMap<NodeName, (RGBColor, RGBColor)> {
    let names: BTreeSet<NodeName> = timeline
        .nodes
        .iter()
        .map(|n| n.name.clone())
        .chain(
            timeline
                .vms
                .iter()
                .flat_map(|v| v.placements.iter().map(|p| p.node.clone())),
        )
        .collect();
    names
        .into_iter()
        .zip(NODE_COLORS.into_iter().cycle())
        .collect()
}

fn placement(
    timeline: &Timeline,
    verdicts: &Verdicts,
    locale: &dyn Locale,
    clock: &Clock,
) -> io::Result<Chart> {
    let words = locale.words();
    let title = words.chart_placement;
    let all = lanes(timeline, verdicts);
    let alt = locale.chart_placement_alt(
        all.len(),
        timeline.nodes.len(),
        timeline.migrations.len(),
        timeline.failovers.len(),
    );
    let Some(window) = window_of_interest(timeline, verdicts)
        .filter(|_| !all.is_empty() || !timeline.nodes.is_empty())
    else {
        return empty("placement", title, words.chart_no_vms);
    };
    let axis = Axis { window, clock };
    let shown = &all[..all.len().min(MOST_LANES)];
    let nodes = &timeline.nodes[..timeline.nodes.len().min(MOST_NODES)];
    let top = 64;
    let node_top = top + 22;
    let vm_top = node_top + LANE * nodes.len() as i32 + 30;
    let bottom = vm_top + LANE * shown.len() as i32 + 6;
    let colors = node_colors(timeline);
    let left_out = left_out_notes(
        locale,
        all.len() - shown.len(),
        timeline.nodes.len() - nodes.len(),
    );

    picture(
        "placement",
        title,
        &alt,
        bottom + 74 + 20 * i32::from(!left_out.is_empty()),
        |canvas| {
            head(canvas, title, &axis.caption(locale))?;
            canvas.write(words.nodes, (16, top + 8), 11.5, MUTED, HPos::Left, true)?;
            canvas.write(words.vms, (16, vm_top - 12), 11.5, MUTED, HPos::Left, true)?;
            for (row, y) in (0..nodes.len()).map(|r| (r, node_top + LANE * r as i32)) {
                if row % 2 == 0 {
                    canvas.rect((0, WIDTH), (y, y + LANE), BAND)?;
                }
            }
            for (row, y) in (0..shown.len()).map(|r| (r, vm_top + LANE * r as i32)) {
                if row % 2 == 0 {
                    canvas.rect((0, WIDTH), (y, y + LANE), BAND)?;
                }
            }
            axis.draw(canvas, node_top, bottom)?;
            for (row, node) in nodes.iter().enumerate() {
                let y = node_top + LANE * row as i32;
                let color = colors.get(&node.name).copied().unwrap_or(NODE_COLORS[7]);
                canvas.rect((16, 28), (y + 6, y + 18), color.0)?;
                canvas.label(
                    &fit(&plain(node.name.as_str()), GUTTER - 44, 12.0),
                    (36, y + LANE / 2),
                )?;
                if node.intervals.is_empty() {
                    canvas.note(words.unknown, (GUTTER + 14, y + LANE / 2))?;
                }
                for interval in &node.intervals {
                    let Some(x) = clipped(&axis, interval.from, interval.to) else {
                        continue;
                    };
                    let lane = (y + 7, y + LANE - 7);
                    match interval.state {
                        NodeState::Up => canvas.faint(x, lane, color.0, 0.45)?,
                        NodeState::Lost | NodeState::Crashed => {
                            canvas.hatch(x, (y + 4, y + LANE - 4), BAD)?
                        }
                        NodeState::Stopped | NodeState::Restarted => {
                            canvas.frame(x, lane, MUTED)?
                        }
                        NodeState::Draining
                        | NodeState::Paused
                        | NodeState::Isolated
                        | NodeState::Quarantined => {
                            canvas.hatch(x, lane, WARN)?;
                        }
                    }
                    let text = match interval.state {
                        NodeState::Up => continue,
                        state => locale.node_state(state),
                    };
                    inside(canvas, text, x, y + LANE / 2, INK)?;
                }
            }
            for (row, vm) in shown.iter().enumerate() {
                let y = vm_top + LANE * row as i32;
                lane(canvas, timeline, *vm, y, &axis, &colors)?;
            }
            for (row, vm) in shown.iter().enumerate() {
                let y = vm_top + LANE * row as i32 + LANE / 2;
                marks(canvas, timeline, verdicts, *vm, y, &axis)?;
            }
            legend(canvas, locale, bottom + 44)?;
            canvas.note(&left_out, (16, bottom + 70))?;
            Ok(())
        },
    )
    .map(|chart| Chart {
        span: Some(window),
        ..chart
    })
}

/// What a chart does not draw, in words; empty when it draws everything.
fn left_out_notes(locale: &dyn Locale, vms: usize, nodes: usize) -> String {
    let mut notes = Vec::new();
    if vms > 0 {
        notes.push(locale.lanes_left_out(vms));
    }
    if nodes > 0 {
        notes.push(locale.nodes_left_out(nodes));
    }
    notes.join(" ")
}

/// One VM's placements and downtimes.
fn lane(
    canvas: &Canvas<'_>,
    timeline: &Timeline,
    vm: VmIndex,
    y: i32,
    axis: &Axis<'_>,
    colors: &BTreeMap<NodeName, (RGBColor, RGBColor)>,
) -> io::Result<()> {
    let trail = &timeline.vms[vm];
    canvas.label(
        &fit(&plain(&trail.label()), GUTTER - 24, 12.0),
        (16, y + LANE / 2),
    )?;
    for placement in &trail.placements {
        let Some(x) = clipped(axis, placement.from, placement.to) else {
            continue;
        };
        let (color, on) = colors
            .get(&placement.node)
            .copied()
            .unwrap_or(NODE_COLORS[7]);
        canvas.rect(x, (y + 4, y + LANE - 4), color)?;
        inside(canvas, &plain(placement.node.as_str()), x, y + LANE / 2, on)?;
    }
    for down in &trail.downtimes {
        let Some(x) = clipped(axis, down.from, down.to) else {
            continue;
        };
        canvas.rect(x, (y + 4, y + LANE - 4), PAPER)?;
        canvas.hatch(x, (y + 4, y + LANE - 4), BAD)?;
    }
    Ok(())
}

fn marks(
    canvas: &Canvas<'_>,
    timeline: &Timeline,
    verdicts: &Verdicts,
    vm: VmIndex,
    y: i32,
    axis: &Axis<'_>,
) -> io::Result<()> {
    let put = |mark, at: Option<Moment>| match at.filter(|m| axis.window.contains(*m)) {
        Some(moment) => canvas.draw(mark, (axis.x(moment), y)),
        None => Ok(()),
    };
    for finding in &verdicts.findings {
        let listed = matches!(finding.verdict, Verdict::Confirmed | Verdict::Probable);
        if !listed || finding.subject.vm != Some(vm) {
            continue;
        }
        for event in finding
            .evidence
            .iter()
            .filter_map(|&e| timeline.events.get(e))
        {
            put(Mark::Evidence, Some(event.time))?;
        }
    }
    for migration in timeline.migrations.iter().filter(|m| m.vm == vm) {
        let mark = match (migration.outcome, migration.kind) {
            (MoveOutcome::Failed | MoveOutcome::Canceled, _) => Mark::MoveFailed,
            (_, MoveKind::Live) => Mark::Moved,
            _ => Mark::MovedCold,
        };
        put(mark, migration.ended.or(migration.started))?;
    }
    for failover in timeline.failovers.iter().filter(|f| f.vm == Some(vm)) {
        put(Mark::FailedOver, failover.up_at.or(failover.down_from))?;
    }
    Ok(())
}

fn legend(canvas: &Canvas<'_>, locale: &dyn Locale, y: i32) -> io::Result<()> {
    let words = locale.words();
    let mut x = 24;
    let mut next = |text: &str| {
        let at = x;
        x += 34 + (width(text) as f64 * 6.6) as i32;
        at
    };
    for (mark, text) in [
        (Mark::Moved, words.mark_live),
        (Mark::MovedCold, words.mark_cold),
        (Mark::MoveFailed, words.mark_failed),
        (Mark::FailedOver, words.mark_failover),
        (Mark::Evidence, words.mark_finding),
    ] {
        let at = next(text);
        canvas.draw(mark, (at, y))?;
        canvas.note(text, (at + 13, y))?;
    }
    for (color, text) in [
        (BAD, locale_pair(words.mark_down, words.mark_lost)),
        (WARN, words.mark_paused.to_owned()),
    ] {
        let at = next(&text);
        canvas.hatch((at - 8, at + 8), (y - 7, y + 7), color)?;
        canvas.note(&text, (at + 13, y))?;
    }
    Ok(())
}

fn locale_pair(a: &str, b: &str) -> String {
    format!("{a} / {b}")
}

fn events(timeline: &Timeline, locale: &dyn Locale, clock: &Clock) -> io::Result<Chart> {
    const BINS: usize = 150;
    let words = locale.words();
    let title = words.chart_events;
    let Some(counts) = metrics::event_counts(timeline, BINS).map_err(broken)? else {
        return empty("events", title, words.chart_no_events);
    };
    let most = counts.most().max(1);
    let alt = locale.chart_events_alt(timeline.events.len(), counts.nodes.len());
    let nodes = &counts.nodes[..counts.nodes.len().min(MOST_NODES)];
    let row = if nodes.len() <= 12 { 56 } else { 28 };
    let top = 64;
    let bottom = top + row * nodes.len() as i32;
    let axis = Axis {
        window: counts.window,
        clock,
    };
    picture("events", title, &alt, bottom + 62, |canvas| {
        head(
            canvas,
            title,
            &format!(
                "{} · {}",
                axis.caption(locale),
                locale.chart_most(u64::from(most))
            ),
        )?;
        axis.draw(canvas, top, bottom)?;
        let plot = f64::from(WIDTH - GUTTER - RIGHT);
        for (at, node) in nodes.iter().enumerate() {
            let base = top + row * (at as i32 + 1);
            canvas.line((16, base), (WIDTH - RIGHT, base), GRID, 1)?;
            let name = node
                .node
                .as_ref()
                .map_or_else(|| words.node_unknown.to_owned(), |n| plain(n.as_str()));
            let middle = base - row / 2;
            canvas.label(&fit(&name, GUTTER - 78, 12.0), (16, middle))?;
            canvas.write(
                &node.total().to_string(),
                (GUTTER - 12, middle),
                11.0,
                MUTED,
                HPos::Right,
                false,
            )?;
            for (bin, by_severity) in node.bins.iter().enumerate() {
                let x = |n: usize| GUTTER + (plot * n as f64 / BINS as f64).round() as i32;
                let mut y = base;
                // The worst lies at the base and is never thinner than two
                // pixels: it is what the eye must find.
                for (severity, color) in [(3, BAD), (2, BAD), (1, WARN), (0, CALM)] {
                    let count = by_severity[severity];
                    if count == 0 {
                        continue;
                    }
                    let share = f64::from(count) / f64::from(most);
                    let tall = ((share * f64::from(row - 8)).round() as i32).max(2);
                    let upper = (y - tall).max(base - row + 2);
                    canvas.rect((x(bin), x(bin + 1) - 1), (upper, y), color)?;
                    if severity == 3 {
                        canvas.rect((x(bin), x(bin + 1) - 1), (upper, upper + 1), INK)?;
                    }
                    y = upper;
                }
            }
        }
        let left_out = left_out_notes(locale, 0, counts.nodes.len() - nodes.len());
        canvas.note(&left_out, (WIDTH / 2, canvas.height - 20))?;
        let mut x = 24;
        for (color, text) in [
            (BAD, {
                use crate::model::event::Severity as S;
                locale_pair(locale.severity(S::Critical), locale.severity(S::Error))
            }),
            (
                WARN,
                locale
                    .severity(crate::model::event::Severity::Warning)
                    .to_owned(),
            ),
            (
                CALM,
                locale
                    .severity(crate::model::event::Severity::Info)
                    .to_owned(),
            ),
        ] {
            let y = canvas.height - 20;
            canvas.rect((x - 8, x + 4), (y - 6, y + 6), color)?;
            canvas.note(&text, (x + 12, y))?;
            x += 40 + (width(&text) as f64 * 6.6) as i32;
        }
        Ok(())
    })
    .map(|chart| Chart {
        span: Some(counts.window),
        ..chart
    })
}

fn migrations(timeline: &Timeline, locale: &dyn Locale, clock: &Clock) -> io::Result<Chart> {
    let words = locale.words();
    let title = words.chart_migrations;
    let all = &timeline.migrations;
    let with_blackout = all.iter().filter(|m| m.blackout_s.is_some()).count();
    if all.is_empty() {
        return empty("migrations", title, words.chart_no_migrations);
    }
    // Those with trouble first, then the longest; drawn in order of time.
    let mut chosen: Vec<usize> = (0..all.len()).collect();
    chosen.sort_by(|&a, &b| {
        let key = |m: &Migration| m.outcome == MoveOutcome::Completed;
        let length = |m: &Migration| m.duration_s.unwrap_or(0.0);
        key(&all[a])
            .cmp(&key(&all[b]))
            .then(length(&all[b]).total_cmp(&length(&all[a])))
            .then(a.cmp(&b))
    });
    chosen.truncate(MOST_BARS);
    chosen.sort_unstable();
    let left_out = all.len() - chosen.len();
    let longest = chosen
        .iter()
        .filter_map(|&m| {
            all[m]
                .duration_s
                .into_iter()
                .chain(all[m].blackout_s)
                .reduce(f64::max)
        })
        .fold(0.0, f64::max);
    let alt = locale.chart_migrations_alt(all.len(), with_blackout);
    let spreads: Vec<String> = [
        (words.duration, metrics::migration_durations(timeline)),
        (words.blackout, metrics::migration_blackouts(timeline)),
    ]
    .into_iter()
    .filter_map(|(label, spread)| {
        let s = spread?;
        Some(locale.chart_spread(
            label,
            &locale.duration(s.median),
            &locale.duration(s.p95),
            &locale.duration(s.max),
            s.n,
        ))
    })
    .collect();
    let mut caption = spreads.join(" · ");
    if with_blackout == 0 {
        if !caption.is_empty() {
            caption.push_str(" · ");
        }
        caption.push_str(words.no_blackout_at_all);
    }

    const NAMES: i32 = 380;
    const ROOM: i32 = 330;
    let top = 64;
    let bottom = top + LANE * chosen.len() as i32;
    let scale = |seconds: f64| {
        let plot = f64::from(WIDTH - NAMES - ROOM);
        let share = if longest > 0.0 {
            seconds / longest
        } else {
            0.0
        };
        NAMES + (plot * share.clamp(0.0, 1.0)).round() as i32
    };
    picture("migrations", title, &alt, bottom + 50, |canvas| {
        head(canvas, title, &caption)?;
        for (row, &at) in chosen.iter().enumerate() {
            let migration = &all[at];
            let y = top + LANE * row as i32;
            if row % 2 == 0 {
                canvas.rect((0, WIDTH), (y, y + LANE), BAND)?;
            }
            let middle = y + LANE / 2;
            let bad = matches!(
                migration.outcome,
                MoveOutcome::Failed | MoveOutcome::Canceled
            );
            let name = timeline
                .vms
                .get(migration.vm)
                .map_or_else(|| "?".to_owned(), |v| plain(&v.label()));
            let time = migration
                .started
                .map_or_else(|| "?".to_owned(), |m| clock.civil(m, "%m-%d %H:%M"));
            canvas.note(&time, (16, middle))?;
            canvas.label(&fit(&name, 120, 12.0), (92, middle))?;
            let node = |n: &Option<NodeName>| {
                n.as_ref()
                    .map_or_else(|| "?".to_owned(), |n| cut(&plain(n.as_str()), 12))
            };
            let route = format!(
                "{} → {}",
                node(&migration.from_node),
                node(&migration.to_node)
            );
            canvas.note(&fit(&route, 152, 11.5), (218, middle))?;
            let mut said = Vec::new();
            let mut end = NAMES;
            if let Some(seconds) = migration.duration_s {
                end = scale(seconds).max(NAMES + 2);
                let color = if bad { WARN } else { NODE_COLORS[0].0 };
                canvas.rect((NAMES, end), (y + 6, y + LANE - 6), color)?;
                said.push(locale.duration(seconds));
            } else {
                said.push(words.not_logged.to_owned());
            }
            match migration.blackout_s {
                Some(seconds) => {
                    let upto = scale(seconds).max(NAMES + 2);
                    end = end.max(upto);
                    canvas.rect((NAMES, upto), (y + LANE - 9, y + LANE - 3), BAD)?;
                    said.push(locale.labeled(words.blackout, &locale.duration(seconds)));
                }
                None if with_blackout > 0 => said.push(words.blackout_not_logged.to_owned()),
                None => {}
            }
            if bad {
                canvas.draw(Mark::MoveFailed, (end + 10, middle))?;
                end += 14;
                said.insert(0, locale.outcome(migration.outcome).to_owned());
            }
            canvas.note(&said.join(" · "), (end + 8, middle))?;
        }
        canvas.line((NAMES, top), (NAMES, bottom), MUTED, 1)?;
        if left_out > 0 {
            canvas.note(&locale.lanes_left_out(left_out), (16, bottom + 24))?;
        } else {
            let y = bottom + 24;
            canvas.rect((16, 40), (y - 6, y + 6), NODE_COLORS[0].0)?;
            canvas.note(words.duration, (48, y))?;
            let x = 72 + (width(words.duration) as f64 * 6.6) as i32;
            canvas.rect((x, x + 24), (y - 3, y + 3), BAD)?;
            canvas.note(words.blackout, (x + 32, y))?;
        }
        Ok(())
    })
}

/// A picture that says why there is nothing to see.
fn empty(id: &'static str, title: &str, why: &str) -> io::Result<Chart> {
    picture(id, title, why, 110, |canvas| {
        canvas.write(title, (16, 20), 15.0, INK, HPos::Left, true)?;
        canvas.write(why, (WIDTH / 2, 68), 13.0, MUTED, HPos::Center, false)
    })
}

/// The part of an interval that lies in the axis' window, in pixels. An open end
/// reaches to the edge.
fn clipped(axis: &Axis<'_>, from: Option<Moment>, to: Option<Moment>) -> Option<(i32, i32)> {
    let from = from.unwrap_or(axis.window.from);
    let to = to.unwrap_or(axis.window.to);
    (from <= axis.window.to && to >= axis.window.from).then(|| (axis.x(from), axis.x(to)))
}

/// Text inside a bar, where it fits.
fn inside(
    canvas: &Canvas<'_>,
    text: &str,
    x: (i32, i32),
    y: i32,
    color: RGBColor,
) -> io::Result<()> {
    // Room for a mark at either end.
    let room = x.1 - x.0 - 28;
    if (width(text) as f64 * 6.8) as i32 > room {
        return Ok(());
    }
    canvas.write(text, (x.0 + 14, y), 11.0, color, HPos::Left, true)
}

/// Text cut to about `room` pixels at a font size.
fn fit(text: &str, room: i32, size: f64) -> String {
    cut(text, (f64::from(room) / (size * 0.56)).max(1.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::HOSTILE;
    use crate::model::id::VmName;
    use crate::model::text::Lang;
    use crate::report::fixture;

    fn drawn(lang: Lang) -> Vec<Chart> {
        let (timeline, verdicts) = fixture::case();
        charts(&timeline, &verdicts, &Options::new(lang)).unwrap()
    }

    /// Reads the picture with an XML parser: names of elements and their texts.
    fn parsed(svg: &str) -> Vec<(String, String)> {
        let mut reader = quick_xml::Reader::from_str(svg);
        let mut open: Vec<String> = Vec::new();
        let mut found = Vec::new();
        loop {
            match reader.read_event().expect("well-formed") {
                quick_xml::events::Event::Start(e) => {
                    open.push(e.name().as_ref().to_owned());
                    found.push((open.last().unwrap().clone(), String::new()));
                }
                quick_xml::events::Event::Empty(e) => {
                    found.push((e.name().as_ref().to_owned(), String::new()));
                }
                quick_xml::events::Event::End(_) => {
                    open.pop();
                }
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Text(t) => {
                    let text = t.to_string();
                    if let Some(last) = found.last_mut() {
                        last.1.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        assert!(open.is_empty());
        found
    }

    #[test]
    fn they_are_well_formed_named_and_hold_only_drawing() {
        for lang in [Lang::En, Lang::Ja] {
            for (chart, id) in drawn(lang).iter().zip(IDS) {
                assert_eq!(chart.id, id);
                let parts = parsed(&chart.svg);
                for (name, _) in &parts {
                    assert!(
                        [
                            "svg", "title", "desc", "style", "rect", "line", "polyline", "polygon",
                            "circle", "text"
                        ]
                        .contains(&name.as_str()),
                        "{name} in {id}"
                    );
                }
                assert_eq!(parts.iter().filter(|p| p.0 == "title").count(), 1);
                assert!(!chart.svg.contains("<script"));
                assert!(!chart.svg.contains('\u{1b}'));
                assert!(!chart.svg.contains("http:") || chart.svg.matches("http:").count() == 1);
            }
        }
    }

    #[test]
    fn every_vm_and_node_has_its_lane_and_every_event_its_mark() {
        let chart = &drawn(Lang::En)[0];
        let parts = parsed(&chart.svg);
        let texts: Vec<&str> = parts
            .iter()
            .filter(|p| p.0 == "text")
            .map(|p| p.1.trim())
            .collect();
        for label in ["web01", "経理サーバー", "HV01", "HV02", "HV03", "lost"] {
            assert!(texts.contains(&label), "{label}: {texts:?}");
        }
        let hostile = fit(&plain(HOSTILE), GUTTER - 24, 12.0);
        assert!(hostile.starts_with("<script>"));
        assert!(chart.svg.contains(&escaped(&hostile)));
        // Diamonds: one of each failover and one of the legend, each on its paper.
        let red = parts_with(&chart.svg, "polygon", "#C02F3D");
        assert_eq!(red, 3);
        // One completed move and its legend entry are triangles.
        assert_eq!(parts_with(&chart.svg, "polygon", "#1B2430"), 2);
    }

    fn parts_with(svg: &str, tag: &str, fill: &str) -> usize {
        svg.lines()
            .filter(|l| {
                l.starts_with(&format!("<{tag}")) && l.contains(&format!("fill=\"{fill}\""))
            })
            .count()
    }

    #[test]
    fn lanes_beyond_the_limit_are_counted_and_trouble_is_kept() {
        let (mut timeline, verdicts) = fixture::case();
        let quiet = timeline.vms[0].clone();
        for n in 0..200 {
            let mut vm = quiet.clone();
            vm.name = VmName::new(&format!("aaa{n:03}"));
            timeline.vms.push(vm);
        }
        let chart = placement(
            &timeline,
            &verdicts,
            locale::of(Lang::En),
            &Clock::new(&jiff::tz::TimeZone::UTC, timeline.window()),
        )
        .unwrap();
        assert!(chart.svg.contains("143 more are not drawn"));
        assert!(chart.svg.contains("経理サーバー"));
        assert!(chart.svg.contains("aaa056") && !chart.svg.contains("aaa057"));
    }

    #[test]
    fn sixty_four_nodes_are_drawn_and_more_are_counted() {
        let (mut timeline, verdicts) = fixture::case();
        let node = timeline.nodes[0].clone();
        timeline.nodes = (0..66)
            .map(|n| {
                let mut node = node.clone();
                node.name = NodeName::new(&format!("hv{n:03}")).unwrap();
                node
            })
            .collect();
        let svg = &charts(&timeline, &verdicts, &Options::new(Lang::En)).unwrap()[0].svg;
        assert!(svg.contains("hv063") && !svg.contains("hv064"));
        assert!(svg.contains("2 more nodes not drawn."));
    }

    #[test]
    fn an_empty_timeline_says_so_in_the_picture() {
        let charts = charts(
            &Timeline::default(),
            &Verdicts::default(),
            &Options::new(Lang::Ja),
        )
        .unwrap();
        assert!(
            charts[0]
                .svg
                .contains("仮想マシンとノードの名前がありません")
        );
        assert!(charts[1].svg.contains("イベントは読み取られませんでした"));
        assert!(charts[2].svg.contains("移行の記録はありません"));
    }

    #[test]
    fn without_any_blackout_the_picture_says_why() {
        let (mut timeline, verdicts) = fixture::case();
        for migration in &mut timeline.migrations {
            migration.blackout_s = None;
        }
        let charts = charts(&timeline, &verdicts, &Options::new(Lang::En)).unwrap();
        assert!(charts[2].svg.contains("No blackout time is in the logs"));
    }
}
