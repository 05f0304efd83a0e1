//! A picture while it is drawn: shapes and texts in a list, set as SVG when its
//! height is known. Knows colors, patterns, how wide text is and how a picture is
//! wrapped for screen readers and dark pages; not what is drawn.
//!
//! The palette is that of Okabe and Ito, which color-blind readers can tell apart,
//! and every color is doubled by a label, a shape or a pattern: no meaning is carried
//! by color alone.

use std::fmt::Write as _;
use std::io;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, FontStyle, IntoDrawingArea, IntoFont, PathElement, Polygon, Rectangle,
    SVGBackend, Text, TextStyle,
};
use plotters::style::Color as _;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Chart;
use crate::model::text::Lang;
use crate::report::plain::{columns, cut};

pub(super) use plotters::style::RGBColor as Color;

// Colors of the page: the style sheet gives those their dark counterpart.
pub(super) const PAPER: Color = Color(0xFE, 0xFE, 0xFE);
pub(super) const INK: Color = Color(0x1B, 0x24, 0x30);
pub(super) const MUTED: Color = Color(0x51, 0x5D, 0x6C);
pub(super) const GRID: Color = Color(0xD8, 0xDE, 0xE6);
pub(super) const BAND: Color = Color(0xF3, 0xF5, 0xF8);
/// Trouble; nothing else has this color.
pub(super) const BAD: Color = Color(0xD5, 0x5E, 0x00);
/// Worth a look; nothing else has this color.
pub(super) const WARN: Color = Color(0xE6, 0x9F, 0x00);
/// Everyday.
pub(super) const CALM: Color = Color(0x8A, 0x9B, 0xAE);
pub(super) const BLUE: Color = Color(0x00, 0x72, 0xB2);
pub(super) const ON_DARK: Color = Color(0xFD, 0xFD, 0xFD);
pub(super) const ON_LIGHT: Color = Color(0x0B, 0x0F, 0x14);

/// Name, on paper, in the dark.
const THEME: [(&str, &str, &str); 6] = [
    ("paper", "#FEFEFE", "#161C24"),
    ("ink", "#1B2430", "#E6EBF1"),
    ("muted", "#515D6C", "#A6B3C1"),
    ("grid", "#D8DEE6", "#2F3A47"),
    ("band", "#F3F5F8", "#1D2530"),
    ("bad", "#D55E00", "#F58231"),
];

/// Colors of nodes, with the color of text on them. Beyond six they repeat, and the
/// names on the bars decide.
pub(super) const NODES: [(Color, Color); 6] = [
    (BLUE, ON_DARK),
    (Color(0x56, 0xB4, 0xE9), ON_LIGHT),
    (Color(0x00, 0x7D, 0x5B), ON_DARK),
    (Color(0xCC, 0x79, 0xA7), ON_LIGHT),
    (Color(0xF0, 0xE4, 0x42), ON_LIGHT),
    (Color(0x6B, 0x77, 0x85), ON_DARK),
];

// Patterns are colors that no picture uses; `finish` puts the pattern in their place.
/// Slanted lines: down, lost.
pub(super) const HATCH_BAD: Color = Color(1, 0, 1);
/// Lines slanted the other way: restricted.
pub(super) const HATCH_WARN: Color = Color(1, 0, 2);
/// Crossed lines: failed.
pub(super) const CROSS_BAD: Color = Color(1, 0, 3);
/// Dots: storage.
pub(super) const DOTS: Color = Color(1, 0, 4);
/// Upright lines: stopped because somebody asked.
pub(super) const BARS: Color = Color(1, 0, 5);
/// Level lines: by its guest.
pub(super) const LEVEL: Color = Color(1, 0, 6);
/// Sparse dots: not known.
pub(super) const SPARSE: Color = Color(1, 0, 7);
/// A grid: quick migration.
pub(super) const MESH: Color = Color(1, 0, 8);

/// Token, name, tile size, rotation, what is on the tile.
const PATTERNS: [(&str, &str, u8, i16, &str); 8] = [
    (
        "#010001",
        "hatch",
        7,
        45,
        "<rect width=\"7\" height=\"7\" fill=\"#D55E00\" opacity=\"0.22\"/>\
         <rect width=\"3\" height=\"7\" fill=\"#D55E00\"/>",
    ),
    (
        "#010002",
        "back",
        7,
        -45,
        "<rect width=\"7\" height=\"7\" fill=\"#E69F00\" opacity=\"0.3\"/>\
         <rect width=\"3\" height=\"7\" fill=\"#E69F00\"/>",
    ),
    (
        "#010003",
        "cross",
        8,
        45,
        "<rect width=\"8\" height=\"8\" fill=\"#D55E00\" opacity=\"0.45\"/>\
         <rect width=\"2\" height=\"8\" fill=\"#D55E00\"/>\
         <rect width=\"8\" height=\"2\" fill=\"#D55E00\"/>",
    ),
    (
        "#010004",
        "dots",
        8,
        0,
        "<rect width=\"8\" height=\"8\" fill=\"#CC79A7\" opacity=\"0.35\"/>\
         <circle cx=\"4\" cy=\"4\" r=\"2\" fill=\"#CC79A7\"/>",
    ),
    (
        "#010005",
        "bars",
        6,
        0,
        "<rect width=\"6\" height=\"6\" fill=\"#8A9BAE\" opacity=\"0.3\"/>\
         <rect width=\"2\" height=\"6\" fill=\"#8A9BAE\"/>",
    ),
    (
        "#010006",
        "level",
        6,
        0,
        "<rect width=\"6\" height=\"6\" fill=\"#007D5B\" opacity=\"0.2\"/>\
         <rect width=\"6\" height=\"2\" fill=\"#007D5B\"/>",
    ),
    (
        "#010007",
        "sparse",
        6,
        45,
        "<circle cx=\"3\" cy=\"3\" r=\"1\" fill=\"#515D6C\"/>",
    ),
    (
        "#010008",
        "mesh",
        7,
        0,
        "<rect width=\"7\" height=\"7\" fill=\"#0072B2\" opacity=\"0.2\"/>\
         <rect width=\"1\" height=\"7\" fill=\"#0072B2\"/>\
         <rect width=\"7\" height=\"1\" fill=\"#0072B2\"/>",
    ),
];

/// Size of labels, in pixels.
pub(super) const LABEL: f64 = 13.0;
/// Size of notes, ticks and numbers; nothing is smaller.
pub(super) const NOTE: f64 = 12.0;
const TITLE: f64 = 16.0;
/// Room around a picture.
pub(super) const EDGE: i32 = 16;

/// Where a text stands to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Center,
    Right,
}

#[derive(Clone, Debug, PartialEq)]
enum Op {
    Fill {
        x: (i32, i32),
        y: (i32, i32),
        color: Color,
        alpha: f64,
    },
    Frame {
        x: (i32, i32),
        y: (i32, i32),
        color: Color,
    },
    Line {
        points: Vec<(i32, i32)>,
        color: Color,
        wide: u32,
    },
    Shape {
        points: Vec<(i32, i32)>,
        color: Color,
        alpha: f64,
    },
    Ring {
        at: (i32, i32),
        r: i32,
        color: Color,
        wide: Option<u32>,
    },
    Text {
        text: String,
        at: (i32, i32),
        size: f64,
        color: Color,
        anchor: Anchor,
        bold: bool,
    },
}

/// Marks: each has a shape of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A triangle that points on.
    Moved,
    /// A square.
    MovedCold,
    /// A cross.
    Failed,
    /// A diamond.
    FailedOver,
    /// A triangle that points down.
    Missed,
    /// A ring with a stroke through it.
    CutOff,
    /// A triangle that points up.
    Joined,
    /// An upright stroke.
    View,
}

/// A picture being drawn. Coordinates are pixels from the upper left.
pub(super) struct Sketch {
    /// Its width.
    pub width: i32,
    ops: Vec<Op>,
    bottom: i32,
    /// What was drawn, since a legend explains nothing else.
    marks: Vec<Mark>,
    badges: bool,
}

impl Sketch {
    pub fn new(width: i32) -> Self {
        Sketch {
            width,
            ops: Vec::new(),
            bottom: 0,
            marks: Vec::new(),
            badges: false,
        }
    }

    /// The right end of plots.
    pub fn right(&self) -> i32 {
        self.width - super::RIGHT
    }

    /// Makes room down to `y`.
    pub fn reach(&mut self, y: i32) {
        self.bottom = self.bottom.max(y);
    }

    pub fn rect(&mut self, x: (i32, i32), y: (i32, i32), color: Color) {
        self.faint(x, y, color, 1.0);
    }

    pub fn faint(&mut self, x: (i32, i32), y: (i32, i32), color: Color, alpha: f64) {
        self.reach(y.1);
        let x = (x.0, x.1.max(x.0 + 1));
        self.ops.push(Op::Fill { x, y, color, alpha });
    }

    pub fn frame(&mut self, x: (i32, i32), y: (i32, i32), color: Color) {
        self.reach(y.1);
        let x = (x.0, x.1.max(x.0 + 1));
        self.ops.push(Op::Frame { x, y, color });
    }

    /// A filled pattern with a frame, so that short ones are seen as well.
    pub fn patterned(&mut self, x: (i32, i32), y: (i32, i32), pattern: Color, frame: Color) {
        self.rect(x, y, PAPER);
        self.rect(x, y, pattern);
        self.frame(x, y, frame);
    }

    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), color: Color, wide: u32) {
        self.path(vec![from, to], color, wide);
    }

    pub fn path(&mut self, points: Vec<(i32, i32)>, color: Color, wide: u32) {
        for (_, y) in &points {
            self.bottom = self.bottom.max(*y);
        }
        self.ops.push(Op::Line {
            points,
            color,
            wide,
        });
    }

    pub fn shape(&mut self, points: Vec<(i32, i32)>, color: Color, alpha: f64) {
        for (_, y) in &points {
            self.bottom = self.bottom.max(*y);
        }
        self.ops.push(Op::Shape {
            points,
            color,
            alpha,
        });
    }

    pub fn disc(&mut self, at: (i32, i32), r: i32, color: Color) {
        self.reach(at.1 + r);
        self.ops.push(Op::Ring {
            at,
            r,
            color,
            wide: None,
        });
    }

    pub fn ring(&mut self, at: (i32, i32), r: i32, color: Color, wide: u32) {
        self.reach(at.1 + r);
        self.ops.push(Op::Ring {
            at,
            r,
            color,
            wide: Some(wide),
        });
    }

    /// A text, centered upright on its place.
    pub fn text(
        &mut self,
        text: &str,
        at: (i32, i32),
        size: f64,
        color: Color,
        anchor: Anchor,
        bold: bool,
    ) {
        if text.is_empty() {
            return;
        }
        self.reach(at.1 + size as i32);
        self.ops.push(Op::Text {
            text: text.to_owned(),
            at,
            size,
            color,
            anchor,
            bold,
        });
    }

    pub fn label(&mut self, text: &str, at: (i32, i32)) {
        self.text(text, at, LABEL, INK, Anchor::Left, false);
    }

    pub fn note(&mut self, text: &str, at: (i32, i32)) {
        self.text(text, at, NOTE, MUTED, Anchor::Left, false);
    }

    pub fn number(&mut self, text: &str, at: (i32, i32)) {
        self.text(text, at, NOTE, MUTED, Anchor::Right, false);
    }

    /// The heading of a part of the picture.
    pub fn heading(&mut self, text: &str, y: i32) {
        self.text(text, (EDGE, y), LABEL, INK, Anchor::Left, true);
    }

    /// Text inside a bar, where it fits with room for a mark at either end.
    pub fn inside(&mut self, text: &str, x: (i32, i32), y: i32, color: Color) -> bool {
        let fits = text_width(text, NOTE, true) <= x.1 - x.0 - 12;
        if fits {
            self.text(text, (x.0 + 6, y), NOTE, color, Anchor::Left, true);
        }
        fits
    }

    /// Title and what is said under it; the height that is taken.
    pub fn head(&mut self, title: &str, captions: &[String]) -> i32 {
        let room = self.width - 2 * EDGE;
        let title = fit(title, room, TITLE);
        self.text(&title, (EDGE, 22), TITLE, INK, Anchor::Left, true);
        let mut y = 44;
        for caption in captions {
            y = self.lines(caption, y, room);
        }
        y + 4
    }

    /// Notes in as many lines as they need; the next free `y`.
    pub fn lines(&mut self, text: &str, y: i32, room: i32) -> i32 {
        let mut y = y;
        for line in wrapped(text, room, NOTE) {
            self.note(&line, (EDGE, y));
            y += 17;
        }
        y
    }

    pub fn draw(&mut self, mark: Mark, (x, y): (i32, i32)) {
        if !self.marks.contains(&mark) {
            self.marks.push(mark);
        }
        match mark {
            Mark::Moved => {
                self.shape(vec![(x - 6, y - 7), (x + 7, y), (x - 6, y + 7)], PAPER, 1.0);
                self.shape(vec![(x - 4, y - 5), (x + 5, y), (x - 4, y + 5)], INK, 1.0);
            }
            Mark::MovedCold => {
                self.rect((x - 6, x + 6), (y - 6, y + 6), PAPER);
                self.rect((x - 4, x + 4), (y - 4, y + 4), INK);
            }
            Mark::Failed => {
                for (color, wide) in [(PAPER, 6), (BAD, 3)] {
                    self.line((x - 5, y - 5), (x + 5, y + 5), color, wide);
                    self.line((x - 5, y + 5), (x + 5, y - 5), color, wide);
                }
            }
            Mark::FailedOver => {
                let diamond = |r: i32| vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
                self.shape(diamond(9), PAPER, 1.0);
                self.shape(diamond(7), BAD, 1.0);
            }
            Mark::Missed => {
                self.shape(vec![(x - 6, y - 5), (x + 6, y - 5), (x, y + 6)], WARN, 1.0);
                self.path(
                    vec![(x - 6, y - 5), (x + 6, y - 5), (x, y + 6), (x - 6, y - 5)],
                    INK,
                    1,
                );
            }
            Mark::CutOff => {
                self.disc((x, y), 7, PAPER);
                self.ring((x, y), 5, BAD, 2);
                self.line((x - 4, y + 4), (x + 4, y - 4), BAD, 2);
            }
            Mark::Joined => {
                self.shape(vec![(x - 7, y + 6), (x + 7, y + 6), (x, y - 7)], PAPER, 1.0);
                self.shape(vec![(x - 5, y + 5), (x + 5, y + 5), (x, y - 5)], BLUE, 1.0);
            }
            Mark::View => self.line((x, y - 6), (x, y + 6), INK, 1),
        }
    }

    /// A number in a disc: the findings' mark.
    pub fn badge(&mut self, number: usize, (x, y): (i32, i32)) {
        self.badges = true;
        self.disc((x, y), 10, PAPER);
        self.disc((x, y), 9, INK);
        self.text(
            &number.to_string(),
            (x, y),
            NOTE,
            PAPER,
            Anchor::Center,
            true,
        );
    }

    /// Whether a sign is in the picture.
    fn has(&self, sign: &Sign) -> bool {
        match sign {
            Sign::Mark(mark) => self.marks.contains(mark),
            Sign::Badge => self.badges,
            Sign::Pattern(pattern, _) => {
                let of = |op: &Op| matches!(op, Op::Fill { color, .. } if color == pattern);
                self.ops.iter().any(of)
            }
            _ => true,
        }
    }

    /// What the signs in the picture mean, in as many rows as needed; the next free `y`.
    pub fn legend(&mut self, items: &[(Sign, String)], y: i32) -> i32 {
        let (mut x, mut y) = (EDGE + 8, y);
        let used: Vec<_> = items.iter().filter(|(sign, _)| self.has(sign)).collect();
        for (sign, text) in used {
            let wide = 20 + text_width(text, NOTE, false) + 18;
            if x + wide > self.width - EDGE && x > EDGE + 8 {
                (x, y) = (EDGE + 8, y + 22);
            }
            match sign {
                Sign::Mark(mark) => self.draw(*mark, (x, y)),
                Sign::Pattern(pattern, frame) => {
                    self.patterned((x - 8, x + 8), (y - 7, y + 7), *pattern, *frame);
                }
                Sign::Solid(color) => self.rect((x - 8, x + 8), (y - 7, y + 7), *color),
                Sign::Outline(color) => self.frame((x - 4, x + 4), (y - 4, y + 4), *color),
                Sign::Line => self.line((x - 8, y), (x + 8, y), MUTED, 1),
                Sign::Thick(color) => self.line((x, y - 7), (x, y + 7), *color, 3),
                Sign::Badge => self.badge(1, (x, y)),
                Sign::Dot(color) => self.disc((x, y), 4, *color),
                Sign::Ring(color) => self.ring((x, y), 4, *color, 2),
                Sign::Cap => {
                    self.rect((x - 4, x + 4), (y - 3, y + 7), CALM);
                    self.rect((x - 5, x + 5), (y - 7, y - 5), INK);
                }
            }
            let room = self.width - EDGE - (x + 14);
            self.note(&fit(text, room, NOTE), (x + 14, y));
            x += wide;
        }
        y + 20
    }

    /// Sets the picture, and wraps it: title and description for screen readers, dark
    /// pages, a class to style it by.
    pub fn finish(self, chart: Chart, lang: Lang) -> io::Result<Chart> {
        let height = self.bottom + 12;
        let mut svg = String::new();
        {
            let size = (self.width.unsigned_abs(), height.unsigned_abs());
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let paper = Op::Fill {
                x: (0, self.width),
                y: (0, height),
                color: PAPER,
                alpha: 1.0,
            };
            for op in std::iter::once(&paper).chain(&self.ops) {
                op.draw(&area).map_err(io::Error::other)?;
            }
            area.present().map_err(io::Error::other)?;
        }
        let svg = wrapped_svg(&svg, &chart, lang);
        Ok(Chart { svg, ..chart })
    }
}

/// What stands in a legend.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    Mark(Mark),
    Pattern(Color, Color),
    Solid(Color),
    Outline(Color),
    Line,
    Thick(Color),
    Badge,
    Dot(Color),
    Ring(Color),
    Cap,
}

type Drawn<'a> = Result<
    (),
    plotters::drawing::DrawingAreaErrorKind<
        <SVGBackend<'a> as plotters::prelude::DrawingBackend>::ErrorType,
    >,
>;

impl Op {
    fn draw<'a>(&self, area: &DrawingArea<SVGBackend<'a>, Shift>) -> Drawn<'a> {
        match self {
            Op::Fill { x, y, color, alpha } => area.draw(&Rectangle::new(
                [(x.0, y.0), (x.1, y.1)],
                color.mix(*alpha).filled(),
            )),
            Op::Frame { x, y, color } => area.draw(&Rectangle::new(
                [(x.0, y.0), (x.1, y.1)],
                color.stroke_width(1),
            )),
            Op::Line {
                points,
                color,
                wide,
            } => area.draw(&PathElement::new(points.clone(), color.stroke_width(*wide))),
            Op::Shape {
                points,
                color,
                alpha,
            } => area.draw(&Polygon::new(points.clone(), color.mix(*alpha).filled())),
            Op::Ring { at, r, color, wide } => match wide {
                Some(wide) => area.draw(&Circle::new(*at, *r, color.stroke_width(*wide))),
                None => area.draw(&Circle::new(*at, *r, color.filled())),
            },
            Op::Text {
                text,
                at,
                size,
                color,
                anchor,
                bold,
            } => {
                let style = if *bold {
                    FontStyle::Bold
                } else {
                    FontStyle::Normal
                };
                let h = match anchor {
                    Anchor::Left => HPos::Left,
                    Anchor::Center => HPos::Center,
                    Anchor::Right => HPos::Right,
                };
                // The backend divides sizes by 1.24.
                let font = ("sans-serif", size * 1.24, style).into_font();
                let style = TextStyle::from(font)
                    .color(color)
                    .pos(Pos::new(h, VPos::Center));
                area.draw(&Text::new(text.clone(), *at, style))
            }
        }
    }
}

fn wrapped_svg(drawn: &str, chart: &Chart, lang: Lang) -> String {
    let id = chart.id;
    let (head, body) = drawn.split_once('>').unwrap_or((drawn, ""));
    let mut used = [false; PATTERNS.len()];
    let mut lines = String::with_capacity(body.len());
    for line in body.lines().filter(|l| !l.is_empty()) {
        // Text stands on lines of its own, and none of them begins with `<`.
        if !line.starts_with('<') || line.starts_with("<text") {
            lines.push_str(line);
            lines.push('\n');
            continue;
        }
        // What is so anyway need not be said: it is a third of a picture.
        let mut short = line
            .replace(" opacity=\"1\"", "")
            .replace(" stroke=\"none\"", "")
            .replace(" \"/>", "\"/>");
        for ((token, name, ..), used) in PATTERNS.iter().zip(&mut used) {
            let fill = format!("fill=\"{token}\"");
            if short.contains(&fill) {
                *used = true;
                short = short.replace(&fill, &format!("fill=\"url(#{id}-{name})\""));
            }
        }
        lines.push_str(&short);
        lines.push('\n');
    }
    let code = match lang {
        Lang::En => "en",
        Lang::Ja => "ja",
    };
    let mut svg = String::with_capacity(lines.len() + 2048);
    let _ = write!(
        svg,
        "{head} class=\"vt-chart\" role=\"img\" xml:lang=\"{code}\" lang=\"{code}\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n\
         <style>{}</style>\n",
        escaped(&chart.title),
        escaped(&chart.alt),
        style_sheet(),
    );
    if used.contains(&true) {
        svg.push_str("<defs>\n");
        for ((_, name, size, turn, tile), _) in PATTERNS.iter().zip(used).filter(|p| p.1) {
            let _ = writeln!(
                svg,
                "<pattern id=\"{id}-{name}\" width=\"{size}\" height=\"{size}\" \
                 patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate({turn})\">{tile}</pattern>"
            );
        }
        svg.push_str("</defs>\n");
    }
    svg.push_str(&lines);
    svg
}

/// Colors of the page as variables, which a page that holds the picture may set, with
/// dark ones where the reader wants them dark.
fn style_sheet() -> String {
    let mut css = String::from("@media screen and (prefers-color-scheme:dark){.vt-chart{");
    for (name, _, dark) in THEME {
        let _ = write!(css, "--vt-{name}:{dark};");
    }
    css.push_str("}}");
    for (name, light, _) in THEME {
        for part in ["fill", "stroke"] {
            let _ = write!(
                css,
                ".vt-chart [{part}=\"{light}\"]{{{part}:var(--vt-{name},{light})}}"
            );
        }
    }
    css.push_str(
        "@media print{.vt-chart{-webkit-print-color-adjust:exact;print-color-adjust:exact}}",
    );
    css
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// How wide a text is at most, in pixels: by the widths of a wide sans-serif font, since
/// which font a reader has is not known here.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> i32 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            _ if columns(c) == 2 => 1.0,
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.34,
            ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '·' | '"' => 0.42,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '—' => 1.0,
            'A'..='Z' => 0.72,
            '→' | '<' | '>' | '+' | '=' | '~' => 0.84,
            _ => 0.64,
        })
        .sum();
    (ems * size * if bold { 1.1 } else { 1.0 }).ceil() as i32
}

/// Text cut to `room` pixels at a font size, ending in `…` where something was cut.
pub(super) fn fit(text: &str, room: i32, size: f64) -> String {
    if text_width(text, size, false) <= room {
        return text.to_owned();
    }
    let mut most = crate::report::plain::width(text);
    loop {
        let short = cut(text, most);
        if most <= 1 || text_width(&short, size, false) <= room {
            return short;
        }
        most -= 1;
    }
}

/// Text in lines of at most `room` pixels: broken at blanks, and between any two
/// characters where the script has none.
pub(super) fn wrapped(text: &str, room: i32, size: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut word = String::new();
    let mut put = |line: &mut String, word: &mut String| {
        if text_width(&format!("{line}{word}"), size, false) > room && !line.trim().is_empty() {
            lines.push(line.trim().to_owned());
            line.clear();
        }
        line.push_str(word);
        word.clear();
    };
    for c in text.chars() {
        // A closing mark does not begin a line.
        let closes = matches!(c, '。' | '、' | '）' | '」' | '：' | 'ー');
        if (c == ' ' || columns(c) == 2) && !closes && !word.is_empty() {
            put(&mut line, &mut word);
        }
        word.push(c);
    }
    put(&mut line, &mut word);
    let last = line.trim();
    if !last.is_empty() {
        lines.push(fit(last, room, size));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_text_loses_nothing_and_fits() {
        for text in [
            "1,940 more VMs are not drawn, 12 of them moved; those in trouble come first.",
            "ほか 1,940 台の仮想マシンは省略しました。問題のあるものを優先して表示しています。",
        ] {
            let lines = wrapped(text, 220, NOTE);
            assert!(lines.len() > 1);
            for line in &lines {
                assert!(text_width(line, NOTE, false) <= 220, "{line}");
            }
            let bare = |t: &str| t.replace(' ', "");
            assert_eq!(bare(&lines.concat()), bare(text));
        }
        assert!(wrapped("", 100, NOTE).is_empty());
    }

    #[test]
    fn a_cut_text_fits_and_says_so() {
        assert_eq!(fit("web01", 200, LABEL), "web01");
        let cut = fit("経理サーバー（本番）", 60, LABEL);
        assert!(cut.ends_with('…') && text_width(&cut, LABEL, false) <= 60);
    }

    #[test]
    fn theme_and_palette_are_the_same_colors() {
        let named = [PAPER, INK, MUTED, GRID, BAND, BAD];
        for (color, (_, light, _)) in named.iter().zip(THEME) {
            assert_eq!(
                format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2),
                light
            );
        }
    }
}
