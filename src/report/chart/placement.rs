//! VM placement over time: a lane per node with its state and the number of VMs that it
//! ran, a lane per VM with the node that ran it, and on them moves, failovers, outages
//! and findings.
//!
//! VMs in trouble come first, then those that moved. Where there are more than fit, those
//! to which nothing happened are only counted on their nodes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::analysis::steps::{self, Steps};
use crate::model::id::NodeName;
use crate::model::time::Moment;
use crate::report::locale::charts as said;
use crate::report::plain::{cut, plain};
use crate::rules::verdict::{EntityKind, Finding};
use crate::timeline::{MoveKind, MoveOutcome, NodeState, VmIndex};

use super::axis::TimeAxis;
use super::sketch::{
    Anchor, BAD, BAND, EDGE, HATCH_BAD, HATCH_WARN, INK, LABEL, MUTED, Mark, NOTE, Sign, Sketch,
    WARN, fit, text_width, wrapped,
};
use super::{
    Chart, ChartKind, GUTTER, LANE, MOST_FINDINGS, MOST_LANES, MOST_NODES, NodeStyle, Pages, View,
    states, unknown_lane,
};

pub(super) fn draw(view: &View<'_>) -> io::Result<Chart> {
    let title = view.locale.words().chart_placement;
    let vms = view.vms();
    let moves = view.moves();
    let nodes = view.nodes();
    let window = view
        .interest(&vms, &moves)
        .filter(|_| !vms.is_empty() || !nodes.is_empty());
    let Some(window) = window else {
        let why = view.locale.words().chart_no_vms;
        return view.empty(ChartKind::Placement, title, why);
    };

    let (lanes, eventful) = lanes(view, &vms, &moves);
    // The quiet ones fill the first page and have none of their own, unless asked for.
    let all = match view.scope.vms {
        Some(_) => lanes.len(),
        None => lanes.len().min(eventful.max(MOST_LANES)),
    };
    let pages = Pages::new(all, MOST_LANES, view.scope.page);
    let shown = pages.of(&lanes[..all]);
    let drawn_nodes = &nodes[..nodes.len().min(MOST_NODES)];

    let failovers = view.timeline.failovers.iter();
    let failed_over = failovers.filter(|f| f.vm.is_some_and(|vm| vms.contains(&vm)));
    let alt =
        view.locale
            .chart_placement_alt(vms.len(), nodes.len(), moves.len(), failed_over.count());
    let chart = view.chart(ChartKind::Placement, title, alt, &pages);

    let mut sketch = view.sketch();
    let axis = TimeAxis::new(window, view.clock, &sketch);
    let top = sketch.head(&chart.title, &[axis.caption(view.locale)]);
    let styles = view.node_styles();
    let findings = grouped(view);
    let numbered = &findings[..findings.len().min(MOST_FINDINGS)];

    // The grid lies under the lanes, so heights come first.
    let finding_rows = Ribbon::new(&axis, numbered);
    let node_top = top + finding_rows.height() + 22;
    let node_lane = if drawn_nodes.len() > 24 { 20 } else { 30 };
    let vm_top = node_top + node_lane * drawn_nodes.len() as i32 + 34;
    let bottom = vm_top + LANE * shown.len() as i32 + 6;
    let right = sketch.width;
    for row in (0..drawn_nodes.len()).step_by(2) {
        let y = node_top + node_lane * row as i32;
        sketch.rect((0, right), (y, y + node_lane), BAND);
    }
    for row in (0..shown.len()).step_by(2) {
        let y = vm_top + LANE * row as i32;
        sketch.rect((0, right), (y, y + LANE), BAND);
    }
    let mut y = axis.draw(&mut sketch, top, bottom);

    finding_rows.draw(&mut sketch, view, top);
    sketch.heading(view.words.vms_on_nodes, node_top - 10);
    sketch.heading(view.locale.words().vms, vm_top - 10);
    let counts = steps::vms_on(view.timeline, &vms, window);
    let most = counts.values().flatten().map(|s| s.1).max().unwrap_or(0);
    for (row, node) in drawn_nodes.iter().enumerate() {
        let y = node_top + node_lane * row as i32;
        let lane = NodeLane {
            y,
            tall: node_lane,
            most,
        };
        lane.draw(
            &mut sketch,
            view,
            &axis,
            node,
            &styles,
            counts.get(&node.name),
        );
    }
    for (row, vm) in shown.iter().enumerate() {
        let y = vm_top + LANE * row as i32;
        let told = at_subject(numbered, |f| f.subject.vm == Some(*vm));
        let badges = beside(&axis, sketch.right(), told, 1);
        vm_lane(&mut sketch, view, (*vm, y), &axis, &styles, &badges);
        marks(&mut sketch, view, (*vm, y + LANE / 2), &moves, &axis);
        for (number, x) in badges {
            sketch.badge(number, (x, y + LANE / 2));
        }
    }
    for (row, node) in drawn_nodes.iter().enumerate() {
        let y = node_top + node_lane * row as i32 + node_lane / 2;
        let of_node = |f: &Finding| {
            f.subject.kind == EntityKind::Node
                && NodeName::new(&f.subject.name).as_ref() == Some(&node.name)
        };
        // On the other side: the state that begins then is named behind it.
        let told = at_subject(numbered, of_node);
        for (number, x) in beside(&axis, sketch.right(), told, -1) {
            sketch.badge(number, (x, y));
        }
    }

    y = legend(&mut sketch, view, y + 4);
    for (n, group) in numbered.iter().enumerate() {
        sketch.badge(n + 1, (EDGE + 8, y + 4));
        let room = sketch.width - EDGE - 42;
        let lines = wrapped(&words_for(view, group), room, LABEL);
        for line in lines {
            sketch.label(&line, (42, y + 4));
            y += 18;
        }
        y += 6;
    }
    let room = sketch.width - 2 * EDGE;
    for note in left_out(
        view,
        all - shown.len(),
        lanes.len() - all,
        &nodes,
        findings.len(),
    ) {
        y = sketch.lines(&note, y + 4, room);
    }
    let chart = view.finish(sketch, chart)?;
    Ok(Chart {
        span: Some(window),
        ..chart
    })
}

fn left_out(
    view: &View<'_>,
    elsewhere: usize,
    quiet: usize,
    nodes: &[&crate::timeline::NodeTrail],
    findings: usize,
) -> Vec<String> {
    let mut notes = said::vms_left_out(view.lang, elsewhere, quiet);
    if nodes.len() > MOST_NODES {
        notes.push(view.locale.nodes_left_out(nodes.len() - MOST_NODES));
    }
    if findings > MOST_FINDINGS {
        notes.push(said::findings_left_out(view.lang, findings - MOST_FINDINGS));
    }
    notes
}

/// VMs in trouble first, then those that moved, then the rest, each by name; and how many
/// of them are not of the rest.
fn lanes(view: &View<'_>, vms: &[VmIndex], moves: &[usize]) -> (Vec<VmIndex>, usize) {
    let timeline = view.timeline;
    let mut trouble: BTreeSet<VmIndex> = view
        .findings()
        .iter()
        .filter_map(|f| f.subject.vm)
        .collect();
    trouble.extend(timeline.failovers.iter().filter_map(|f| f.vm));
    trouble.extend((0..timeline.vms.len()).filter(|vm| !timeline.vms[*vm].downtimes.is_empty()));
    let mut moved = BTreeSet::new();
    for migration in moves.iter().map(|&m| &timeline.migrations[m]) {
        moved.insert(migration.vm);
        if matches!(
            migration.outcome,
            MoveOutcome::Failed | MoveOutcome::Canceled
        ) {
            trouble.insert(migration.vm);
        }
    }
    let mut lanes = vms.to_vec();
    lanes.sort_by_key(|vm| (!trouble.contains(vm), !moved.contains(vm), *vm));
    let eventful = vms
        .iter()
        .filter(|vm| trouble.contains(vm) || moved.contains(vm))
        .count();
    (lanes, eventful)
}

/// The findings of one rule with one verdict: one number in the picture.
type Group<'a> = Vec<&'a Finding>;

/// In order of the first of each.
fn grouped<'a>(view: &View<'a>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for finding in view.findings() {
        let same = |g: &&mut Group<'_>| {
            g.first()
                .is_some_and(|f| f.rule == finding.rule && f.verdict == finding.verdict)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Numbers and times of the findings of some subject, one for each number.
fn at_subject(groups: &[Group<'_>], is: impl Fn(&Finding) -> bool) -> Vec<(usize, Option<Moment>)> {
    let numbered = groups.iter().enumerate();
    numbered
        .filter_map(|(n, group)| {
            let finding = group.iter().find(|f| is(f))?;
            Some((n + 1, finding.last.or(finding.first)))
        })
        .collect()
}

/// `confirmed: A node stopped …: node HV02`.
fn words_for(view: &View<'_>, group: &Group<'_>) -> String {
    let Some(first) = group.first() else {
        return String::new();
    };
    let kind = first.subject.kind;
    let mut subjects: Vec<String> = group
        .iter()
        .filter(|f| f.subject.kind == kind)
        .map(|f| cut(&plain(&f.subject.name), 24))
        .collect();
    subjects.dedup();
    let colon = view.locale.colon();
    format!(
        "{}{colon}{}{}",
        view.locale.verdict(first.verdict),
        view.title_of(first),
        view.locale.parentheses(&format!(
            "{}{colon}{}",
            kind.word(view.lang),
            view.locale.list(&subjects)
        ))
    )
}

/// Findings as numbered spans above the lanes, in as few rows as keep them apart.
struct Ribbon {
    /// Number, begin, end, row.
    spans: Vec<(usize, i32, i32, i32)>,
    rows: i32,
}

impl Ribbon {
    fn new(axis: &TimeAxis<'_>, groups: &[Group<'_>]) -> Self {
        let mut ends: Vec<i32> = Vec::new();
        let mut spans = Vec::new();
        for (n, group) in groups.iter().enumerate() {
            let times = group.iter().flat_map(|f| f.first.into_iter().chain(f.last));
            let (Some(from), Some(to)) = (times.clone().min(), times.max()) else {
                continue;
            };
            let (from, to) = (axis.x(from), axis.x(to));
            let free = ends.iter().position(|end| from - 12 > *end);
            let row = free.unwrap_or(ends.len());
            if free.is_none() {
                ends.push(0);
            }
            ends[row] = to.max(from) + 12;
            spans.push((n + 1, from, to, row as i32));
        }
        Ribbon {
            spans,
            rows: ends.len() as i32,
        }
    }

    fn height(&self) -> i32 {
        match self.rows {
            0 => 0,
            rows => rows * 22 + 8,
        }
    }

    fn draw(&self, sketch: &mut Sketch, view: &View<'_>, top: i32) {
        if self.spans.is_empty() {
            return;
        }
        sketch.heading(view.words.findings, top + 12);
        for (number, from, to, row) in &self.spans {
            let y = top + 12 + row * 22;
            if to > from {
                sketch.line((*from, y), (*to, y), INK, 2);
                sketch.line((*to, y - 5), (*to, y + 5), INK, 2);
            }
            sketch.badge(*number, (*from, y));
        }
    }
}

/// Where a node's lane is, and how many VMs fill it.
struct NodeLane {
    y: i32,
    tall: i32,
    most: usize,
}

impl NodeLane {
    fn draw(
        &self,
        sketch: &mut Sketch,
        view: &View<'_>,
        axis: &TimeAxis<'_>,
        node: &crate::timeline::NodeTrail,
        styles: &BTreeMap<NodeName, NodeStyle>,
        counts: Option<&Steps>,
    ) {
        let (y, tall) = (self.y, self.tall);
        let middle = y + tall / 2;
        let base = y + tall - 3;
        if let Some(style) = styles.get(&node.name) {
            sketch.rect((EDGE, EDGE + 30), (middle - 8, middle + 8), style.color);
            sketch.text(
                &style.tag,
                (EDGE + 15, middle),
                NOTE,
                style.on,
                Anchor::Center,
                true,
            );
        }
        let name = plain(node.name.as_str());
        sketch.label(&fit(&name, GUTTER - 66, LABEL), (EDGE + 38, middle));
        if node.intervals.is_empty() {
            unknown_lane(sketch, middle);
            let why = if node.has_logs {
                view.words.not_known
            } else {
                view.words.no_logs
            };
            sketch.note(why, (GUTTER + 8, middle - 8));
        }
        let color = styles.get(&node.name).map_or(MUTED, |s| s.color);
        for interval in &node.intervals {
            if let Some(x) = axis.clipped(interval.from, interval.to) {
                if interval.state == NodeState::Up {
                    sketch.line((x.0, base), (x.1, base), color, 2);
                } else {
                    states::node_state(sketch, view, interval.state, x, (y + 3, y + tall - 3));
                }
            }
        }
        for (n, (from, count)) in counts.into_iter().flatten().enumerate() {
            let next = counts.and_then(|c| c.get(n + 1)).map(|s| s.0);
            let Some(x) = axis.clipped(Some(*from), next).filter(|_| *count > 0) else {
                continue;
            };
            let share = *count as f64 / self.most.max(1) as f64;
            let height = (share * f64::from(tall - 7)).round().max(2.0) as i32;
            sketch.faint(x, (base - height, base), color, 0.5);
            let number = count.to_string();
            if tall >= 26 {
                sketch.inside(&number, x, middle, INK);
            }
        }
    }
}

/// Where the numbers of a lane stand: beside their times, since a move or failover may be
/// marked there, and several of one time in a row.
fn beside(
    axis: &TimeAxis<'_>,
    right: i32,
    told: Vec<(usize, Option<Moment>)>,
    side: i32,
) -> Vec<(usize, i32)> {
    let mut places: Vec<(usize, i32)> = Vec::new();
    for (number, at) in told {
        let Some(at) = at.filter(|at| axis.window.contains(*at)) else {
            continue;
        };
        let x = axis.x(at);
        let step = match side * 19 {
            step if x + step + 10 > right => -19,
            step if x + step - 10 < GUTTER => 19,
            step => step,
        };
        let mut place = x + step;
        while places.iter().any(|p| (p.1 - place).abs() < 20) {
            place += step;
        }
        places.push((number, place));
    }
    places
}

/// One VM's placements and downtimes; names keep clear of the numbers in the lane.
fn vm_lane(
    sketch: &mut Sketch,
    view: &View<'_>,
    (vm, y): (VmIndex, i32),
    axis: &TimeAxis<'_>,
    styles: &BTreeMap<NodeName, NodeStyle>,
    badges: &[(usize, i32)],
) {
    let trail = &view.timeline.vms[vm];
    let middle = y + LANE / 2;
    view.gutter(sketch, &view.vm_name(vm), middle);
    unknown_lane(sketch, middle);
    let lane = (y + 4, y + LANE - 4);
    for placement in &trail.placements {
        let Some(x) = axis.clipped(placement.from, placement.to) else {
            continue;
        };
        let Some(style) = styles.get(&placement.node) else {
            continue;
        };
        sketch.rect(x, lane, style.color);
        let name = plain(placement.node.as_str());
        let wide = text_width(&name, NOTE, true);
        let mut from = x.0 + 8;
        for (_, badge) in badges {
            if (from - 10..from + wide + 20).contains(badge) {
                from = badge + 8;
            }
        }
        if !sketch.inside(&name, (from, x.1 - 4), middle, style.on) && from == x.0 + 8 {
            sketch.inside(&style.tag, x, middle, style.on);
        }
    }
    for down in &trail.downtimes {
        if let Some(x) = axis.clipped(down.from, down.to) {
            sketch.patterned(x, lane, HATCH_BAD, BAD);
        }
    }
}

/// Moves and failovers of a VM.
fn marks(
    sketch: &mut Sketch,
    view: &View<'_>,
    (vm, y): (VmIndex, i32),
    moves: &[usize],
    axis: &TimeAxis<'_>,
) {
    let mut put = |mark, at: Option<Moment>| {
        if let Some(at) = at.filter(|at| axis.window.contains(*at)) {
            sketch.draw(mark, (axis.x(at), y));
        }
    };
    let moves = moves.iter().map(|&m| &view.timeline.migrations[m]);
    for migration in moves.filter(|m| m.vm == vm) {
        let mark = match (migration.outcome, migration.kind) {
            (MoveOutcome::Failed | MoveOutcome::Canceled, _) => Mark::Failed,
            (_, MoveKind::Live) => Mark::Moved,
            _ => Mark::MovedCold,
        };
        put(mark, migration.ended.or(migration.started));
    }
    let failovers = view.timeline.failovers.iter();
    for failover in failovers.filter(|f| f.vm == Some(vm)) {
        put(Mark::FailedOver, failover.up_at.or(failover.down_from));
    }
}

fn legend(sketch: &mut Sketch, view: &View<'_>, y: i32) -> i32 {
    let words = view.locale.words();
    let down = format!("{} / {}", words.mark_down, words.mark_lost);
    let items = [
        (Sign::Mark(Mark::Moved), words.mark_live),
        (Sign::Mark(Mark::MovedCold), words.mark_cold),
        (Sign::Mark(Mark::Failed), words.mark_failed),
        (Sign::Mark(Mark::FailedOver), words.mark_failover),
        (Sign::Pattern(HATCH_BAD, BAD), &down),
        (Sign::Pattern(HATCH_WARN, WARN), words.mark_paused),
        (Sign::Badge, words.mark_finding),
        (Sign::Line, view.words.not_known),
    ];
    let items: Vec<(Sign, String)> = items.iter().map(|(s, t)| (*s, (*t).to_owned())).collect();
    sketch.legend(&items, y)
}
