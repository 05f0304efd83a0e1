//! How far the nodes' clocks are apart, estimated from moments that two nodes
//! both recorded.
//!
//! A pair is one happening with a record on each of two nodes: the start of a live
//! migration at its source and its target, its end at both, the removal of one node as
//! two survivors saw it, a membership view that two nodes logged, and the move of a
//! group that two nodes told. The difference of the two stamps is the offset
//! of the clocks plus the time that passed between the two records. That time is
//! not known; [`PAIR_LATENCY_S`] and [`MOVE_LATENCY_S`] bound it, and the bound is part of the error.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Timeline;
use super::trail::{ClockJump, EventIndex, NodeClock, Sequence, VmIndex};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::order::arrange;
use crate::model::source::SourceRef;
use crate::model::time::{Moment, Precision, TimeBasis};

/// Longest time, in seconds, between the two records of a pair. Generous for
/// what happens within a cluster's own messages.
pub const PAIR_LATENCY_S: f64 = 2.0;

/// The same for the records of a group's move, which each node writes when its own
/// part of it is done.
pub const MOVE_LATENCY_S: f64 = 5.0;

/// How far apart two stamps may be and still be taken for one happening, in
/// seconds: the largest offset that can be found.
pub const LARGEST_OFFSET_S: f64 = 600.0;

/// Kinds of which the first is written at the source and the second at the target.
const MOVE_PAIRS: [(EventKind, EventKind); 2] = [
    (
        EventKind::MigrationStarted,
        EventKind::MigrationTargetStarted,
    ),
    (EventKind::MigrationCompleted, EventKind::MigrationReceived),
];

/// A step smaller than this, in seconds, is the time service's everyday work.
const SMALLEST_STEP_S: f64 = 1.0;

/// The steps of one clock, and the stretches of time between them.
///
/// A record's stretch is told by its number where the log that tells the step has
/// it, else by its stamp. After a step back the same stamps come again: other logs'
/// records with such a stamp are taken for later ones, and [`doubt`] says so.
#[derive(Default)]
struct Steps<'e> {
    /// The steps in order of time, with the records that tell them.
    list: Vec<(ClockJump, &'e SourceRef)>,
    /// The stretch that lasts longest, by number of the steps before it.
    longest: usize,
}

impl<'e> Steps<'e> {
    /// The steps of every clock that has some.
    fn of(events: &'e [Event]) -> BTreeMap<&'e NodeName, Steps<'e>> {
        let mut all: BTreeMap<&NodeName, Steps<'_>> = BTreeMap::new();
        // The kernel's records name both times; the time service's only the step.
        for kind in [EventKind::TimeChanged, EventKind::TimeStepped] {
            for (evidence, event) in events.iter().enumerate().filter(|(_, e)| e.kind == kind) {
                let (Some(node), Some((at, by_s))) = (&event.node, step(event)) else {
                    continue;
                };
                let list = &mut all.entry(node).or_default().list;
                // Both may tell of one step.
                let told = list.iter().any(|(known, _)| {
                    (known.by_s - by_s).abs() < SMALLEST_STEP_S
                        && known.at.seconds_since(at).abs() < PAIR_LATENCY_S
                });
                if !told {
                    let jump = ClockJump { at, by_s, evidence };
                    list.push((jump, &event.source));
                }
            }
        }
        let mut spans: BTreeMap<&NodeName, (Moment, Moment)> = BTreeMap::new();
        for event in events {
            if let Some(node) = event.node.as_ref().filter(|n| all.contains_key(n)) {
                let span = spans.entry(node).or_insert((event.time, event.time));
                *span = (span.0.min(event.time), span.1.max(event.time));
            }
        }
        for (node, steps) in &mut all {
            steps.list.sort_by_key(|(jump, _)| jump.at);
            if let Some((first, last)) = spans.get(node) {
                let mut from = *first;
                let mut longest = f64::MIN;
                for at in 0..=steps.list.len() {
                    let jump = steps.list.get(at).map(|(jump, _)| jump);
                    let length = jump.map_or(*last, |j| j.at).seconds_since(from);
                    if length > longest {
                        (steps.longest, longest) = (at, length);
                    }
                    from = jump.map_or(*last, |j| j.at.plus_seconds(j.by_s));
                }
            }
        }
        all
    }

    /// Seconds that the clock had been stepped since the logs begin, after so many
    /// steps.
    fn sum(&self, steps: usize) -> f64 {
        self.list[..steps].iter().map(|(jump, _)| jump.by_s).sum()
    }

    /// How many steps came before a record.
    fn before(&self, event: &Event) -> usize {
        self.list
            .iter()
            .take_while(|(jump, source)| match numbers(event, source) {
                Some((record, step)) => record >= step,
                None => event.time >= jump.at.plus_seconds(jump.by_s.min(0.0)),
            })
            .count()
    }
}

/// The numbers of a record and of a step's record, where one log has both.
fn numbers(event: &Event, step: &SourceRef) -> Option<(u64, u64)> {
    (event.source.member == step.member)
        .then(|| event.source.record().zip(step.record()))
        .flatten()
}

/// What a record tells of a step: the time before it, and its seconds.
fn step(event: &Event) -> Option<(Moment, f64)> {
    let (at, by_s) = match event.kind {
        EventKind::TimeChanged => {
            let time = |name| Moment::parse(event.fields.get(name)?);
            let old = time("old_time")?;
            (old, time("new_time")?.seconds_since(old))
        }
        _ => {
            let by_s = event.fields.number("offset_s")?;
            (event.time.plus_seconds(-by_s), by_s)
        }
    };
    (by_s.abs() > SMALLEST_STEP_S).then_some((at, by_s))
}

/// Differences of stamps of two clocks, by how long the second record may take.
/// Only where the quick ones decide nothing are the slow ones asked.
#[derive(Default)]
struct Differences {
    /// Within [`PAIR_LATENCY_S`], with the steps before either record.
    quick: Vec<(f64, [usize; 2])>,
    /// Within [`MOVE_LATENCY_S`].
    slow: Vec<(f64, [usize; 2])>,
}

impl Differences {
    /// The offset, the bound on its error, and the pairs that agree on it.
    fn offset(&self) -> Option<(f64, f64, usize)> {
        [(&self.quick, PAIR_LATENCY_S), (&self.slow, MOVE_LATENCY_S)]
            .into_iter()
            .find_map(|(list, latency)| {
                let values = |list: &[(f64, [usize; 2])]| list.iter().map(|p| p.0).collect();
                let all: Vec<f64> = values(list);
                let (middle, spread, votes) = vote(&all, latency)?;
                let mut error = spread + latency;
                // Pairs between two steps that agree on something else: a step is
                // not what its record says.
                let mut between: BTreeMap<[usize; 2], Vec<f64>> = BTreeMap::new();
                for (value, stretch) in list {
                    between.entry(*stretch).or_default().push(*value);
                }
                if between.len() > 1 {
                    for here in between.values() {
                        if let Some((other, _, 2..)) = vote(here, latency) {
                            error = error.max((other - middle).abs() + latency);
                        }
                    }
                }
                Some((middle, error, votes))
            })
    }
}

/// Estimates the offset of each node's clock against the reference: the node with
/// the most pairs, the first by name among equals.
pub(super) fn estimate(events: &[Event], event_vm: &[Option<VmIndex>]) -> Vec<NodeClock> {
    let nodes: BTreeSet<&NodeName> = events.iter().filter_map(|e| e.node.as_ref()).collect();
    let steps = Steps::of(events);
    // For (a, b) with a < b: stamps of b minus stamps of a, both without the steps.
    let mut differences: BTreeMap<(&NodeName, &NodeName), Differences> = BTreeMap::new();
    let mut quick: Vec<(usize, usize)> = Vec::new();
    for (first, second) in MOVE_PAIRS {
        quick.extend(candidates(events, event_vm, first, second));
    }
    quick.extend(told_by_several(events, EventKind::NodeRemoved, |e| {
        Some((e.subject.node.as_ref()?.key(), ""))
    }));
    quick.extend(told_by_several(events, EventKind::MembershipView, |e| {
        Some((e.fields.get("view")?, ""))
    }));
    let slow = told_by_several(events, EventKind::GroupMoved, |e| {
        Some((
            e.subject.group.as_ref()?.key(),
            e.subject.to_node.as_ref()?.key(),
        ))
    });
    let mut degree: BTreeMap<&NodeName, usize> = BTreeMap::new();
    for (pairs, is_quick) in [(quick, true), (slow, false)] {
        for (x, y) in pairs {
            let (Some(a), Some(b)) = (&events[x].node, &events[y].node) else {
                continue;
            };
            let (a, b, x, y) = if a < b { (a, b, x, y) } else { (b, a, y, x) };
            let plain = |node: &NodeName, event: &Event| {
                steps.get(node).map_or((event.time, 0), |steps| {
                    let before = steps.before(event);
                    (event.time.plus_seconds(-steps.sum(before)), before)
                })
            };
            let ((at_a, before_a), (at_b, before_b)) = (plain(a, &events[x]), plain(b, &events[y]));
            let pair = (at_b.seconds_since(at_a), [before_a, before_b]);
            let lists = differences.entry((a, b)).or_default();
            if is_quick {
                lists.quick.push(pair);
            } else {
                lists.slow.push(pair);
            }
            for node in [a, b] {
                *degree.entry(node).or_default() += 1;
            }
        }
    }
    let links: BTreeMap<(&NodeName, &NodeName), (f64, f64, usize)> = differences
        .iter()
        .filter_map(|(nodes, lists)| Some((*nodes, lists.offset()?)))
        .collect();
    let mut neighbors: BTreeMap<&NodeName, Vec<(&NodeName, f64, f64, usize)>> = BTreeMap::new();
    for ((a, b), (offset, error, votes)) in &links {
        neighbors
            .entry(a)
            .or_default()
            .push((b, *offset, *error, *votes));
        neighbors
            .entry(b)
            .or_default()
            .push((a, -*offset, *error, *votes));
    }
    let reference = nodes.iter().copied().max_by(|a, b| {
        let of = |node: &NodeName| degree.get(node).copied().unwrap_or(0);
        of(a).cmp(&of(b)).then(b.cmp(a))
    });
    let longest = |node: &NodeName| steps.get(node).map_or(0.0, |s| s.sum(s.longest));
    // Offsets before any step.
    let mut known: BTreeMap<&NodeName, (f64, f64, usize)> = BTreeMap::new();
    if let Some(reference) = reference {
        known.insert(reference, (-longest(reference), 0.0, 0));
    }
    // Breadth first, so that each node is reached over the fewest links.
    let mut frontier: VecDeque<&NodeName> = reference.into_iter().collect();
    while let Some(from) = frontier.pop_front() {
        let (base, base_error, _) = known[from];
        for (to, offset, error, votes) in neighbors.get(from).into_iter().flatten() {
            if !known.contains_key(to) {
                known.insert(to, (base + offset, base_error + error, *votes));
                frontier.push_back(to);
            }
        }
    }
    nodes
        .into_iter()
        .map(|node| {
            let found = known.get(node);
            NodeClock {
                node: node.clone(),
                offset_s: found.map(|(offset, ..)| offset + longest(node)),
                error_s: found.map(|(_, error, _)| *error),
                basis: match found {
                    Some((_, _, 0)) => "reference".to_owned(),
                    Some((_, _, n)) => format!("pairs({n})"),
                    None => "unknown".to_owned(),
                },
                jumps: steps.get(node).map_or_else(Vec::new, |steps| {
                    steps.list.iter().map(|(jump, _)| jump.clone()).collect()
                }),
            }
        })
        .collect()
}

/// The offset that most of the candidates agree on: the middle of the densest
/// cluster that is as wide as latencies allow, its largest distance from that, and
/// how many candidates are in it. `None` when another cluster has as many votes:
/// then nothing decides.
fn vote(candidates: &[f64], latency: f64) -> Option<(f64, f64, usize)> {
    let mut sorted = candidates.to_vec();
    sorted.sort_by(f64::total_cmp);
    let width = 2.0 * latency;
    let cluster = |from: usize| {
        let end = sorted[from..].partition_point(|v| v - sorted[from] <= width);
        from..from + end
    };
    let best = (0..sorted.len())
        .map(cluster)
        .max_by(|a, b| a.len().cmp(&b.len()).then(b.start.cmp(&a.start)))?;
    let rival = (0..sorted.len())
        .map(cluster)
        .filter(|c| c.end <= best.start || c.start >= best.end)
        .any(|c| c.len() >= best.len());
    if rival {
        return None;
    }
    let agreed = &sorted[best];
    let middle = agreed[agreed.len() / 2];
    let spread = agreed
        .iter()
        .map(|v| (v - middle).abs())
        .fold(0.0, f64::max);
    Some((middle, spread, agreed.len()))
}

/// Each event of kind `first` with each of kind `second` of the same VM that may be
/// of the same move: on another node, on the destination where the first names one,
/// and not too far away. Which of them belong together, the vote decides.
fn candidates(
    events: &[Event],
    event_vm: &[Option<VmIndex>],
    first: EventKind,
    second: EventKind,
) -> Vec<(usize, usize)> {
    let of = |kind: EventKind| {
        let mut by_vm: BTreeMap<VmIndex, Vec<usize>> = BTreeMap::new();
        for (at, event) in events.iter().enumerate() {
            if event.kind == kind
                && event.node.is_some()
                && let Some(vm) = event_vm[at]
            {
                by_vm.entry(vm).or_default().push(at);
            }
        }
        by_vm
    };
    let seconds = of(second);
    let mut pairs = Vec::new();
    for (vm, firsts) in of(first) {
        let Some(others) = seconds.get(&vm) else {
            continue;
        };
        for x in firsts {
            let (one, named) = (&events[x], &events[x].subject.to_node);
            pairs.extend(
                others
                    .iter()
                    .copied()
                    .filter(|y| {
                        let other = &events[*y];
                        other.node != one.node
                            && (named.is_none() || *named == other.node)
                            && other.time.seconds_since(one.time).abs() <= LARGEST_OFFSET_S
                    })
                    .map(|y| (x, y)),
            );
        }
    }
    pairs
}

/// Pairs of records of one kind, by different nodes, with the same key: one
/// happening that several nodes tell.
fn told_by_several<'e>(
    events: &'e [Event],
    kind: EventKind,
    key: impl Fn(&'e Event) -> Option<(&'e str, &'e str)>,
) -> Vec<(usize, usize)> {
    let mut told: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        if event.kind == kind
            && event.node.is_some()
            && let Some(key) = key(event)
        {
            told.entry(key).or_default().push(at);
        }
    }
    let mut pairs = Vec::new();
    for list in told.values() {
        for (i, x) in list.iter().enumerate() {
            // Events are in order of their stamps.
            let near = list[i + 1..].iter().take_while(|y| {
                events[**y].time.seconds_since(events[*x].time) <= LARGEST_OFFSET_S
            });
            pairs.extend(
                near.filter(|y| events[**y].node != events[*x].node)
                    .map(|y| (*x, *y)),
            );
        }
    }
    pairs
}

/// How far a difference between stamps of two nodes may be off, once the events
/// stand on the reference's clock ([`apply`]).
pub(super) struct ClockErrors<'a>(BTreeMap<&'a NodeName, Option<f64>>);

impl<'a> ClockErrors<'a> {
    pub fn new(clocks: &'a [NodeClock]) -> Self {
        ClockErrors(
            clocks
                .iter()
                .map(|clock| {
                    let error = clock.offset_s.zip(clock.error_s).map(|(offset, error)| {
                        // An offset within its error was not corrected.
                        if is_corrected(clock, error) {
                            error
                        } else {
                            error + offset.abs()
                        }
                    });
                    (&clock.node, error)
                })
                .collect(),
        )
    }

    /// Seconds; `None` when nothing compares the two clocks, as with a source that
    /// is no node's.
    pub fn between(&self, a: Option<&NodeName>, b: Option<&NodeName>) -> Option<f64> {
        if a.is_some() && a == b {
            return Some(0.0);
        }
        let error = |node: Option<&NodeName>| self.0.get(node?).copied().flatten();
        Some(error(a)? + error(b)?)
    }
}

/// Whether the events of a clock are moved. One that was stepped is always moved, or
/// its own events would not be in order.
fn is_corrected(clock: &NodeClock, error: f64) -> bool {
    !clock.jumps.is_empty() || clock.offset_s.is_some_and(|offset| offset.abs() > error)
}

/// The names of the values that an event of any kind gets where its time is corrected.
pub const CLOCK_FIELDS: [&str; 1] = ["recorded_time"];

/// Moves events to the reference's clock where an offset is larger than its
/// error, each by the offset between the steps around it, and puts them in order.
/// The time as recorded stays in the field `recorded_time`. A stepped clock that
/// nothing compares to the reference runs on as it did for the longest time.
pub(super) fn apply(events: &mut [Event], clocks: &mut [NodeClock]) {
    let mut shifts: Vec<Option<f64>> = vec![None; events.len()];
    {
        let steps = Steps::of(events);
        let moved: BTreeMap<&NodeName, f64> = clocks
            .iter()
            .filter(|clock| is_corrected(clock, clock.error_s.unwrap_or(f64::INFINITY)))
            .map(|clock| (&clock.node, clock.offset_s.unwrap_or(0.0)))
            .collect();
        for (event, shift) in events.iter().zip(&mut shifts) {
            if let Some((node, offset)) = event.node.as_ref().and_then(|n| moved.get_key_value(n)) {
                let stepped = steps.get(*node).map_or(0.0, |steps| {
                    steps.sum(steps.before(event)) - steps.sum(steps.longest)
                });
                *shift = Some(offset + stepped).filter(|shift| *shift != 0.0);
            }
        }
    }
    if shifts.iter().all(Option::is_none) {
        return;
    }
    for (event, shift) in events.iter_mut().zip(shifts) {
        if let Some(shift) = shift {
            let [recorded] = CLOCK_FIELDS;
            event.fields.set(recorded, event.time.to_string());
            event.time = event.time.plus_seconds(-shift);
        }
    }
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by(|a, b| events[*a].order_key().cmp(&events[*b].order_key()));
    let mut new_place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        new_place[*old] = new;
    }
    arrange(events, order);
    for jump in clocks.iter_mut().flat_map(|clock| &mut clock.jumps) {
        jump.evidence = new_place[jump.evidence];
    }
}

/// Seconds by which the corrected time of an event may be off because its clock was
/// set back and showed its stamp twice.
fn doubt(event: &Event, clocks: &[NodeClock], events: &[Event]) -> f64 {
    let Some(clock) = clocks.iter().find(|c| Some(&c.node) == event.node.as_ref()) else {
        return 0.0;
    };
    let recorded = event.fields.get("recorded_time").and_then(Moment::parse);
    let stamp = recorded.unwrap_or(event.time);
    let twice = clock.jumps.iter().filter(|jump| {
        let step = events.get(jump.evidence).map(|e| &e.source);
        jump.by_s < 0.0
            && jump.at.plus_seconds(jump.by_s) <= stamp
            && stamp <= jump.at
            && step.and_then(|step| numbers(event, step)).is_none()
    });
    twice.map(|jump| -jump.by_s).sum()
}

/// Seconds between two times that a source states alike.
fn unit(precision: Precision) -> f64 {
    match precision {
        Precision::Tick => 1e-7,
        Precision::Millisecond => 1e-3,
        Precision::Second => 1.0,
        Precision::Minute => 60.0,
    }
}

impl Timeline {
    /// Which of two events came first, as far as the clocks tell.
    ///
    /// Events of one log are in order of their times, then of their places. Events of
    /// two nodes, or of a log whose time basis nothing establishes, are ordered only
    /// where the gap is larger than the error of both clocks and both stamps.
    /// Positions are those of [`Timeline::events`]; one beyond them is undecided.
    #[must_use]
    pub fn order(&self, a: EventIndex, b: EventIndex) -> Sequence {
        let unknown = Sequence::Undecided {
            error_s: f64::INFINITY,
        };
        let (Some(one), Some(other)) = (self.events.get(a), self.events.get(b)) else {
            return unknown;
        };
        let gap = other.time.seconds_since(one.time);
        let same_node = one.node.is_some() && one.node == other.node;
        let same_log = one.source.member == other.source.member && one.node == other.node;
        if same_log && a != b {
            let before = (one.time, &one.source) < (other.time, &other.source);
            return if before {
                Sequence::Before
            } else {
                Sequence::After
            };
        }
        let assumed = |event: &Event| {
            (self.coverage.files.iter())
                .any(|f| f.path == event.source.member && f.time_basis == TimeBasis::Assumed)
        };
        if assumed(one) || assumed(other) {
            return unknown;
        }
        let clocks = ClockErrors::new(&self.clocks);
        let Some(between) = clocks.between(one.node.as_ref(), other.node.as_ref()) else {
            return unknown;
        };
        let mut error_s = between
            + doubt(one, &self.clocks, &self.events)
            + doubt(other, &self.clocks, &self.events);
        // Two logs of one clock differ by no more than their coarser stamps.
        error_s += if same_node && one.precision == other.precision {
            0.0
        } else {
            unit(one.precision) + unit(other.precision)
        };
        if gap.abs() <= error_s {
            Sequence::Undecided { error_s }
        } else if gap > 0.0 {
            Sequence::Before
        } else {
            Sequence::After
        }
    }
}
