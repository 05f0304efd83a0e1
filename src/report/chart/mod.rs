//! Charts as SVG, and as PNG on request. The only folder that names plotters; what is
//! drawn comes from the timeline and from `analysis`, nothing is concluded here.
//!
//! One file a kind of chart; `sketch` holds the pen, `axis` the scales, `png` the
//! rasterizer. A chart that cannot hold everything has pages, and says in the picture
//! what is not on this one.

mod axis;
mod clocks;
mod downtime;
mod events;
mod migrations;
mod placement;
pub mod png;
mod quorum;
mod sketch;
mod states;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::model::id::NodeName;
use crate::model::text::Lang;
use crate::model::time::{Moment, Window};
use crate::rules::verdict::{Finding, Verdict, Verdicts};
use crate::timeline::{LinkState, NodeState, NodeTrail, Timeline, VmIndex, VolumeState};

use super::Options;
use super::locale::charts::ChartWords;
use super::locale::{self, Locale, charts as said};
use super::plain::plain;
use super::when::Clock;
use sketch::{Color, MUTED, NODES, Sketch, fit};

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
    /// Which page this is, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

impl Chart {
    /// The name of its file in `charts/`: `placement.svg`, `placement-2.svg`.
    #[must_use]
    pub fn file_name(&self) -> String {
        match self.page {
            ..=1 => format!("{}.svg", self.id),
            page => format!("{}-{page}.svg", self.id),
        }
    }
}

/// The kinds of charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChartKind {
    /// Which VM was on which node, with moves, failovers, outages and findings.
    Placement,
    /// States of nodes, networks, links and volumes.
    States,
    /// Events by node, time and severity.
    Events,
    /// Durations and blackouts of moves.
    Migrations,
    /// How long VMs were down.
    Downtime,
    /// Heartbeats, membership, quorum and the witness.
    Quorum,
    /// How far the nodes' clocks are apart.
    Clocks,
}

impl ChartKind {
    /// All of them, in the order of a report.
    pub const ALL: [ChartKind; 7] = [
        ChartKind::Placement,
        ChartKind::States,
        ChartKind::Events,
        ChartKind::Migrations,
        ChartKind::Downtime,
        ChartKind::Quorum,
        ChartKind::Clocks,
    ];

    /// Its id, which is also the name of its file.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            ChartKind::Placement => "placement",
            ChartKind::States => "states",
            ChartKind::Events => "events",
            ChartKind::Migrations => "migrations",
            ChartKind::Downtime => "downtime",
            ChartKind::Quorum => "quorum",
            ChartKind::Clocks => "clocks",
        }
    }

    /// Whether it can be drawn for some VMs only.
    #[must_use]
    pub fn has_vms(self) -> bool {
        matches!(
            self,
            ChartKind::Placement | ChartKind::Migrations | ChartKind::Downtime
        )
    }
}

/// Which part of a chart is drawn, and how wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Width of the picture in pixels, within [`WIDTHS`]; the height follows.
    pub width: u32,
    /// Only these VMs; `None` for all.
    pub vms: Option<Vec<VmIndex>>,
    /// Only these nodes, and VMs and moves that were on one of them; `None` for all.
    pub nodes: Option<Vec<NodeName>>,
    /// Which page, from 1; one beyond the last is the last.
    pub page: usize,
}

/// Narrowest and widest picture, in pixels.
pub const WIDTHS: (u32, u32) = (720, 4000);

impl Default for Scope {
    fn default() -> Self {
        Scope {
            width: WIDTH,
            vms: None,
            nodes: None,
            page: 1,
        }
    }
}

/// The width of a picture where none is asked for, in pixels.
const WIDTH: u32 = 1120;
/// Where the plots of time begin.
const GUTTER: i32 = 190;
/// What is free behind them.
const RIGHT: i32 = 24;
/// The height of a lane.
const LANE: i32 = 26;
/// Between a name and a number in the gutter.
const NOTE_GAP: i32 = 10;

/// Where the plots of time begin and end, as shares of the width of a picture that is as
/// wide as a report's.
pub const PLOT: (f64, f64) = (
    GUTTER as f64 / WIDTH as f64,
    (WIDTH as i32 - RIGHT) as f64 / WIDTH as f64,
);

/// The most lanes of VMs on a page, and the most of links and volumes.
pub const MOST_LANES: usize = 60;
/// The most nodes on a page.
pub const MOST_NODES: usize = 64;
/// The most rows of single moves, of VMs that were down, and of pairs of nodes.
pub const MOST_ROWS: usize = 40;
/// The most findings that are numbered in a picture.
pub const MOST_FINDINGS: usize = 12;

/// The charts of a report: of each kind the first page.
///
/// # Errors
///
/// Never in practice: pictures are drawn in memory.
pub fn charts(
    timeline: &Timeline,
    verdicts: &Verdicts,
    options: &Options,
) -> io::Result<Vec<Chart>> {
    let scope = Scope::default();
    ChartKind::ALL
        .into_iter()
        .map(|kind| chart(kind, timeline, verdicts, options, &scope))
        .collect()
}

/// The other pages of a chart that [`charts`] drew the first of.
///
/// # Errors
///
/// Never in practice: pictures are drawn in memory.
pub fn other_pages(
    first: &Chart,
    timeline: &Timeline,
    verdicts: &Verdicts,
    options: &Options,
) -> io::Result<Vec<Chart>> {
    let Some(kind) = ChartKind::ALL.into_iter().find(|k| k.id() == first.id) else {
        return Ok(Vec::new());
    };
    (2..=first.pages)
        .map(|page| {
            let scope = Scope {
                page,
                ..Scope::default()
            };
            chart(kind, timeline, verdicts, options, &scope)
        })
        .collect()
}

/// One chart.
///
/// # Errors
///
/// Never in practice: pictures are drawn in memory.
pub fn chart(
    kind: ChartKind,
    timeline: &Timeline,
    verdicts: &Verdicts,
    options: &Options,
    scope: &Scope,
) -> io::Result<Chart> {
    let clock = Clock::new(&options.zone, timeline.window());
    let view = View {
        timeline,
        verdicts,
        locale: locale::of(options.lang),
        words: said::words(options.lang),
        lang: options.lang,
        clock: &clock,
        scope,
    };
    match kind {
        ChartKind::Placement => placement::draw(&view),
        ChartKind::States => states::draw(&view),
        ChartKind::Events => events::draw(&view),
        ChartKind::Migrations => migrations::draw(&view),
        ChartKind::Downtime => downtime::draw(&view),
        ChartKind::Quorum => quorum::draw(&view),
        ChartKind::Clocks => clocks::draw(&view),
    }
}

/// What is drawn, for whom, and which part of it.
struct View<'a> {
    timeline: &'a Timeline,
    verdicts: &'a Verdicts,
    locale: &'static dyn Locale,
    words: &'static ChartWords,
    lang: Lang,
    clock: &'a Clock,
    scope: &'a Scope,
}

/// How a node is drawn: its color, that of text on it, and its short name.
#[derive(Clone, Debug)]
struct NodeStyle {
    color: Color,
    on: Color,
    tag: String,
}

impl<'a> View<'a> {
    fn sketch(&self) -> Sketch {
        Sketch::new(self.scope.width.clamp(WIDTHS.0, WIDTHS.1) as i32)
    }

    fn wants_node(&self, node: &NodeName) -> bool {
        (self.scope.nodes.as_ref()).is_none_or(|nodes| nodes.contains(node))
    }

    fn nodes(&self) -> Vec<&NodeTrail> {
        let nodes = self.timeline.nodes.iter();
        nodes.filter(|n| self.wants_node(&n.name)).collect()
    }

    /// The VMs asked for, in the timeline's order.
    fn vms(&self) -> Vec<VmIndex> {
        let on_node = |vm: &VmIndex| {
            self.scope.nodes.is_none()
                || self.timeline.vms[*vm]
                    .placements
                    .iter()
                    .any(|p| self.wants_node(&p.node))
        };
        (0..self.timeline.vms.len())
            .filter(|vm| (self.scope.vms.as_ref()).is_none_or(|vms| vms.contains(vm)))
            .filter(on_node)
            .collect()
    }

    /// The moves asked for, as positions.
    fn moves(&self) -> Vec<usize> {
        let wanted = |at: &usize| {
            let m = &self.timeline.migrations[*at];
            let vm = (self.scope.vms.as_ref()).is_none_or(|vms| vms.contains(&m.vm));
            let ends = [&m.from_node, &m.to_node];
            let node = self.scope.nodes.is_none()
                || ends.into_iter().flatten().any(|n| self.wants_node(n));
            vm && node
        };
        (0..self.timeline.migrations.len()).filter(wanted).collect()
    }

    fn vm_name(&self, vm: VmIndex) -> String {
        let trail = self.timeline.vms.get(vm);
        trail.map_or_else(|| "?".to_owned(), |v| plain(&v.label()))
    }

    /// Findings that give reason for alarm, in order of time.
    fn findings(&self) -> Vec<&'a Finding> {
        let mut found: Vec<&Finding> = self
            .verdicts
            .findings
            .iter()
            .filter(|f| matches!(f.verdict, Verdict::Confirmed | Verdict::Probable))
            .filter(|f| !f.is_explained() && !f.is_refined())
            .filter(|f| !self.verdicts.rules.get(&f.rule).is_some_and(|r| r.benign))
            .collect();
        found.sort_by_key(|f| (f.first.is_none(), f.first, f.last));
        found
    }

    /// The time in which something happens to the VMs and nodes that are drawn, with some
    /// room around it; everything where nothing does.
    fn interest(&self, vms: &[VmIndex], moves: &[usize]) -> Option<Window> {
        let timeline = self.timeline;
        let whole = timeline.window()?;
        let mut moments: Vec<Moment> = Vec::new();
        for m in moves.iter().map(|&m| &timeline.migrations[m]) {
            moments.extend(m.started.into_iter().chain(m.ended));
        }
        for vm in vms {
            for d in &timeline.vms[*vm].downtimes {
                moments.extend(d.from.into_iter().chain(d.to));
            }
        }
        let vms: BTreeSet<VmIndex> = vms.iter().copied().collect();
        for f in timeline
            .failovers
            .iter()
            .filter(|f| f.vm.is_some_and(|vm| vms.contains(&vm)))
        {
            moments.extend(f.down_from.into_iter().chain(f.up_at));
        }
        for i in self.nodes().into_iter().flat_map(|n| &n.intervals) {
            if i.state != NodeState::Up {
                moments.extend(i.from.into_iter().chain(i.to));
            }
        }
        for loss in &timeline.quorum.losses {
            moments.extend([loss.from].into_iter().chain(loss.to));
        }
        for i in timeline.volumes.iter().flat_map(|v| &v.states) {
            if i.state != VolumeState::Online {
                moments.extend(i.from.into_iter().chain(i.to));
            }
        }
        let shared = timeline.links.iter().filter(|l| l.vm.is_none());
        for i in shared.flat_map(|l| &l.states) {
            if i.state != LinkState::Up {
                moments.extend(i.from.into_iter().chain(i.to));
            }
        }
        for f in self.findings() {
            moments.extend(f.first.into_iter().chain(f.last));
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

    /// A color and a short name for every node that is named anywhere.
    fn node_styles(&self) -> BTreeMap<NodeName, NodeStyle> {
        let placed = self.timeline.vms.iter().flat_map(|v| &v.placements);
        let names: BTreeSet<&NodeName> = self
            .timeline
            .nodes
            .iter()
            .map(|n| &n.name)
            .chain(placed.map(|p| &p.node))
            .collect();
        let tags = tags(&names.iter().map(|n| plain(n.as_str())).collect::<Vec<_>>());
        names
            .into_iter()
            .zip(tags)
            .zip(NODES.into_iter().cycle())
            .map(|((name, tag), (color, on))| (name.clone(), NodeStyle { color, on, tag }))
            .collect()
    }

    fn title_of(&self, finding: &Finding) -> String {
        let rule = self.verdicts.rules.get(&finding.rule);
        rule.map_or_else(|| plain(&finding.rule), |r| plain(r.title.get(self.lang)))
    }

    /// The chart without its picture.
    fn chart(&self, kind: ChartKind, title: &str, alt: String, pages: &Pages) -> Chart {
        let title = match pages.of {
            ..=1 => title.to_owned(),
            of => {
                let page = said::page(self.lang, pages.page, of);
                format!("{title}{}", self.locale.parentheses(&page))
            }
        };
        Chart {
            id: kind.id(),
            title,
            alt,
            svg: String::new(),
            span: None,
            page: pages.page,
            pages: pages.of,
        }
    }

    /// A picture that says why there is nothing to see.
    fn empty(&self, kind: ChartKind, title: &str, why: &str) -> io::Result<Chart> {
        let mut sketch = self.sketch();
        let why = if self.scope.vms.is_some() || self.scope.nodes.is_some() {
            self.words.no_such
        } else {
            why
        };
        let y = sketch.head(title, &[]);
        let room = sketch.width - 2 * sketch::EDGE;
        let end = sketch.lines(why, y + 12, room);
        sketch.reach(end + 12);
        let chart = self.chart(kind, title, why.to_owned(), &Pages::ONE);
        sketch.finish(chart, self.lang)
    }

    fn finish(&self, sketch: Sketch, chart: Chart) -> io::Result<Chart> {
        sketch.finish(chart, self.lang)
    }

    /// Names with what lies behind them cut to a lane's gutter.
    fn gutter(&self, sketch: &mut Sketch, text: &str, y: i32) {
        sketch.label(&fit(text, GUTTER - 28, sketch::LABEL), (sketch::EDGE, y));
    }
}

/// The page that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pages {
    page: usize,
    of: usize,
    from: usize,
    to: usize,
}

impl Pages {
    const ONE: Pages = Pages {
        page: 1,
        of: 1,
        from: 0,
        to: 0,
    };

    /// Of `all` rows with `most` on a page, those of page `page`.
    fn new(all: usize, most: usize, page: usize) -> Self {
        let of = all.div_ceil(most).max(1);
        let page = page.clamp(1, of);
        Pages {
            page,
            of,
            from: (page - 1) * most,
            to: (page * most).min(all),
        }
    }

    /// The rows of this page.
    fn of<'t, T>(&self, all: &'t [T]) -> &'t [T] {
        all.get(self.from..self.to).unwrap_or(all)
    }
}

/// Short names: what is left of each behind what all begin with, at most four
/// characters; numbers where that does not tell them apart.
fn tags(names: &[String]) -> Vec<String> {
    let first: Vec<char> = names.first().map_or_else(Vec::new, |n| n.chars().collect());
    let shared = names
        .iter()
        .map(|n| n.chars().zip(&first).take_while(|(a, b)| a == *b).count())
        .min()
        .unwrap_or(0);
    let tails: Vec<String> = names
        .iter()
        .map(|n| n.chars().skip(shared).take(4).collect())
        .collect();
    let distinct: BTreeSet<&String> = tails.iter().collect();
    if distinct.len() == names.len() && tails.iter().all(|t| !t.is_empty()) {
        return tails;
    }
    (1..=names.len()).map(|n| n.to_string()).collect()
}

/// A lane in which nothing is known: a thin line.
fn unknown_lane(sketch: &mut Sketch, middle: i32) {
    let right = sketch.right();
    sketch.line((GUTTER, middle), (right, middle), MUTED, 1);
}

#[cfg(test)]
mod tests;
