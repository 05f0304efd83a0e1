//! Which events take which steps: order, windows, counts and node relations,
//! joined on one subject. What an assignment of events is worth as a verdict is
//! decided in `engine`.
//!
//! Times are compared by the reference clock. Where two events were written by
//! different nodes, order and windows give way by the error of their clocks, and
//! where a source states its times coarsely, by that; never by more.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::compile::{Compiled, NodeRef, Part, Way};
use super::matcher::value_of;
use super::schema::Opens;
use super::verdict::Grade;
use super::wording::both;
use super::world::{Subject, World};
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::text::Localized;
use crate::model::time::{Moment, TICKS_PER_SECOND, Window};
use crate::timeline::EventIndex;

/// How many events near its anchor a step may choose from. More of them repeat
/// the same occurrence; without a bound, a flood of events would multiply.
pub(super) const NEAREST: usize = 8;

/// How many equally complete assignments are weighed for one subject; beyond that,
/// in order of time, occurrences are no longer counted.
pub(super) const ASSIGNMENTS: usize = 20_000;

/// Up to how many hits a counted or collected step that nothing anchors begins a
/// window at each of its hits. A flood of more is cut into windows that do not
/// overlap: each is another occurrence, and no stretch that holds the count is
/// missed, but not every way to lay a window over them is tried.
pub(super) const WINDOWS: usize = 64;

/// What takes a step: one event, or all of a counted step, with its companions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// In order of time, never empty.
    pub(super) events: Vec<EventIndex>,
    pub(super) companions: Vec<EventIndex>,
    pub(super) grade: Grade,
}

impl Candidate {
    pub(super) fn first(&self) -> EventIndex {
        self.events[0]
    }
    pub(super) fn last(&self) -> EventIndex {
        self.events[self.events.len() - 1]
    }

    fn holds(&self, world: &World<'_>, e: EventIndex) -> bool {
        let found = self
            .events
            .binary_search_by_key(&(world.at(e), e), |&mine| (world.at(mine), mine));
        found.is_ok()
    }
}

/// Per step of the rule, what takes it.
pub(super) type Binding = Vec<Option<Rc<Candidate>>>;

/// An event that fits a way of a step.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) event: EventIndex,
    pub(super) way: usize,
    pub(super) grade: Grade,
    companions: Vec<EventIndex>,
}

/// The hits of each step for one subject, in order of (time, event, grade, way).
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    steps: Vec<Vec<Hit>>,
}

impl Pool {
    /// The events that fit a step by themselves.
    pub(super) fn hits(&self, step: usize) -> &[Hit] {
        self.steps.get(step).map_or(&[], Vec::as_slice)
    }

    pub(super) fn resize(&mut self, steps: usize) {
        self.steps.resize(steps, Vec::new());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.iter().all(Vec::is_empty)
    }
}

/// What was found in the window of a step that should be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// The steps that make the window were not observed.
    NoWindow,
    /// These are inside.
    Inside(Vec<EventIndex>),
    /// Clocks or coarse times do not tell whether these are inside.
    Edge,
    /// Nothing.
    Empty,
}

/// Distributes the events that fit a rule's steps to the subjects.
pub(super) fn pools(world: &World<'_>, rule: &Compiled) -> BTreeMap<Subject, Pool> {
    let steps = rule.parts.len();
    let mut pools: BTreeMap<Subject, Pool> = BTreeMap::new();
    let mut shared: Vec<Vec<Hit>> = vec![Vec::new(); steps];
    for (step, part) in rule.parts.iter().enumerate() {
        for (w, way) in part.ways.iter().enumerate() {
            for event in world.fitting(way) {
                let subject = world.subject_of(rule.entity, event);
                let Some(companions) = companions(world, rule, way, event, subject.as_ref()) else {
                    continue;
                };
                let hit = Hit {
                    event,
                    way: w,
                    grade: way.grade,
                    companions,
                };
                if way.about.is_some() {
                    shared[step].push(hit);
                } else if let Some(subject) = subject {
                    let pool = pools.entry(subject).or_default();
                    pool.steps.resize(steps, Vec::new());
                    pool.steps[step].push(hit);
                }
            }
        }
    }
    if rule.entity == super::verdict::EntityKind::Node
        || rule.entity == super::verdict::EntityKind::Cluster
    {
        // Events about moves concern nodes that wrote nothing themselves.
        for subject in world.subjects(rule.entity) {
            pools.entry(subject.clone()).or_default();
        }
    }
    for (subject, pool) in &mut pools {
        pool.steps.resize(steps, Vec::new());
        for ((hits, shared), part) in pool.steps.iter_mut().zip(&shared).zip(&rule.parts) {
            let mine = |h: &&Hit| about_subject(world, &part.ways[h.way], h.event, subject);
            hits.extend(shared.iter().filter(mine).cloned());
            hits.sort_by_key(|h| (world.at(h.event), h.event, h.grade, h.way));
        }
        for (hits, part) in pool.steps.iter_mut().zip(&rule.parts) {
            if !part.restated.is_empty() {
                fold_restated(world, &part.restated, hits);
            }
        }
    }
    pools
}

/// Whether an event may concern this subject by the node relations of its way that
/// name the subject itself; those that name a step are decided when it is bound.
fn about_subject(world: &World<'_>, way: &Way, event: EventIndex, subject: &Subject) -> bool {
    let Subject::Node(wanted) = subject else {
        return true;
    };
    relations(world, way, event).all(|(reference, found)| {
        reference.of.is_some() || found.is_some_and(|f| (f == wanted) != reference.negated)
    })
}

/// What a way says of the nodes that an event is about, and the nodes it names.
fn relations<'w>(
    world: &'w World<'_>,
    way: &Way,
    event: EventIndex,
) -> impl Iterator<Item = (NodeRef, Option<&'w NodeName>)> {
    let subject = &world.event(event).subject;
    let about = way.about.as_ref();
    [
        (about.and_then(|a| a.node), world.about_node(event)),
        (about.and_then(|a| a.from_node), subject.from_node.as_ref()),
        (about.and_then(|a| a.to_node), subject.to_node.as_ref()),
    ]
    .into_iter()
    .filter_map(|(reference, found)| Some((reference?, found)))
}

/// Folds what is told again into the first telling, as its companions.
fn fold_restated(world: &World<'_>, fields: &[String], hits: &mut Vec<Hit>) {
    let told = |e: EventIndex| -> Option<Vec<String>> {
        let values = fields.iter().map(|f| value_of(world.event(e), f));
        values.collect()
    };
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits.drain(..) {
        match kept.last_mut() {
            Some(last)
                if last.event != hit.event
                    && told(hit.event).is_some_and(|now| told(last.event) == Some(now)) =>
            {
                last.companions.push(hit.event);
                last.grade = last.grade.min(hit.grade);
            }
            _ => kept.push(hit),
        }
    }
    *hits = kept;
}

/// The companions that a way asks for; `None` when one is lacking, or one is
/// there that must not be.
fn companions(
    world: &World<'_>,
    rule: &Compiled,
    way: &Way,
    event: EventIndex,
    subject: Option<&Subject>,
) -> Option<Vec<EventIndex>> {
    let near = |near: &super::compile::Near| {
        near.kinds
            .iter()
            .flat_map(|k| {
                let events = world.of_kind(*k);
                let reach = near.within + world.max_slack();
                let from = world.at(event).plus_ticks(-reach);
                let to = world.at(event).plus_ticks(reach);
                let begin = events.partition_point(|&e| world.at(e) < from);
                let end = events.partition_point(|&e| world.at(e) <= to);
                &events[begin..end.max(begin)]
            })
            .copied()
            .filter(|&e| {
                let apart = (world.at(e).ticks() - world.at(event).ticks()).abs();
                e != event
                    && apart <= near.within + world.clock_error(e, event).ticks
                    && world.subject_of(rule.entity, e).as_ref() == subject
                    && near.matchers.iter().all(|m| m.matches(world.event(e)))
            })
            .min_by_key(|&e| {
                let apart = (world.at(e).ticks() - world.at(event).ticks()).abs();
                (apart, e)
            })
    };
    if way.without.iter().any(|n| near(n).is_some()) {
        return None;
    }
    way.with.iter().map(near).collect()
}

/// The search for one subject.
pub(super) struct Search<'w, 't> {
    pub(super) world: &'w World<'t>,
    pub(super) rule: &'w Compiled,
    pub(super) subject: &'w Subject,
    pub(super) pool: &'w Pool,
}

/// An anchor: the bound step that a step is measured from, and how far.
type Anchor<'b> = (&'b Rc<Candidate>, Option<i64>);

impl Search<'_, '_> {
    /// Whether `b` can come after `a`.
    pub(super) fn in_order(&self, a: EventIndex, b: EventIndex) -> bool {
        let slack = self.world.clock_error(a, b).ticks + self.world.coarse(b);
        self.world.at(a) <= self.world.at(b).plus_ticks(slack)
    }

    /// Whether `b` can come after `a`, which may be older than its time says.
    fn may_follow(&self, a: EventIndex, b: EventIndex) -> bool {
        let earlier = || self.world.not_before(a);
        self.in_order(a, b) || earlier().is_some_and(|t| t <= self.world.at(b))
    }

    /// Whether `b` can lie within `span` ticks after `a`.
    fn in_reach(&self, a: EventIndex, b: EventIndex, span: i64) -> bool {
        let slack = self.world.clock_error(a, b).ticks + self.world.coarse(a);
        self.world.at(b) <= self.world.at(a).plus_ticks(span.saturating_add(slack))
    }

    /// The bound step that `step` must follow. Where the step named by `after` is
    /// not bound, the one that it would follow takes its place: order holds
    /// across a step that was not seen.
    fn after_anchor<'b>(&self, step: usize, bound: &'b Binding) -> Option<Anchor<'b>> {
        let part = &self.rule.parts[step];
        let mut within = part.within;
        let mut at = part.after?;
        loop {
            if let Some(candidate) = &bound[at] {
                return Some((candidate, within));
            }
            let skipped = &self.rule.parts[at];
            within = within.zip(skipped.within).map(|(a, b)| a.saturating_add(b));
            at = skipped.after?;
        }
    }

    /// The bound step that `step` must precede.
    fn before_anchor<'b>(&self, step: usize, bound: &'b Binding) -> Option<Anchor<'b>> {
        let part = &self.rule.parts[step];
        let mut within = match part.after {
            Some(_) => None,
            None => part.within,
        };
        let mut at = part.before?;
        loop {
            if let Some(candidate) = &bound[at] {
                return Some((candidate, within));
            }
            let skipped = &self.rule.parts[at];
            within = match skipped.after {
                Some(_) => None,
                None => within.zip(skipped.within).map(|(a, b)| a.saturating_add(b)),
            };
            at = skipped.before?;
        }
    }

    /// The node that a reference means, where it is known.
    pub(super) fn resolve(&self, reference: NodeRef, bound: &Binding) -> Option<NodeName> {
        match reference.of {
            None => match self.subject {
                Subject::Node(node) => Some(node.clone()),
                _ => None,
            },
            Some((step, part)) => bound[step]
                .as_ref()
                .and_then(|c| self.world.node_part(c.first(), part))
                .cloned(),
        }
    }

    /// Whether an event stands in the node relations of its way.
    fn related(&self, way: &Way, event: EventIndex, bound: &Binding) -> bool {
        let e = self.world.event(event);
        if let (Some(on), Some(writer)) = (way.on, &e.node)
            && let Some(node) = self.resolve(on, bound)
            && (node == *writer) == on.negated
        {
            return false;
        }
        relations(self.world, way, event).all(|(reference, found)| {
            match (self.resolve(reference, bound), found) {
                (Some(wanted), Some(found)) => (wanted == *found) != reference.negated,
                // Unknown never joins: else one node's events would leak to another.
                _ => false,
            }
        })
    }

    /// The hits of a step that lie in a stretch of corrected time.
    fn hits_in(&self, step: usize, from: Option<Moment>, to: Option<Moment>) -> &[Hit] {
        let hits = &self.pool.steps[step];
        let begin = from.map_or(0, |from| {
            hits.partition_point(|h| self.world.at(h.event) < from)
        });
        let end = to.map_or(hits.len(), |to| {
            hits.partition_point(|h| self.world.at(h.event) <= to)
        });
        &hits[begin..end.max(begin)]
    }

    /// What can take a step, given what is bound already.
    fn feasible(&self, step: usize, bound: &Binding) -> Vec<Rc<Candidate>> {
        let part = &self.rule.parts[step];
        let after = self.after_anchor(step, bound);
        let before = self.before_anchor(step, bound);
        let slack = self.world.max_slack();
        let mut from: Option<Moment> = None;
        let mut to: Option<Moment> = None;
        if let Some((anchor, within)) = &after {
            let at = self.world.at(anchor.last());
            from = Some(at.plus_ticks(-slack));
            to = within.map(|w| at.plus_ticks(w.saturating_add(slack)));
        }
        if let Some((anchor, within)) = &before {
            let at = self.world.at(anchor.first());
            let end = at.plus_ticks(slack);
            to = Some(to.map_or(end, |to| to.min(end)));
            if let Some(w) = within {
                let begin = at.plus_ticks(-(w.saturating_add(slack)));
                from = Some(from.map_or(begin, |from| from.max(begin)));
            }
        }
        let taken = |e: EventIndex| bound.iter().flatten().any(|c| c.holds(self.world, e));
        let mut hits: Vec<&Hit> = self
            .hits_in(step, from, to)
            .iter()
            .inspect(|_| work::add(1))
            .filter(|h| {
                after.as_ref().is_none_or(|(anchor, within)| {
                    self.in_order(anchor.last(), h.event)
                        && within.is_none_or(|w| self.in_reach(anchor.last(), h.event, w))
                }) && before.as_ref().is_none_or(|(anchor, within)| {
                    self.in_order(h.event, anchor.first())
                        && within.is_none_or(|w| self.in_reach(h.event, anchor.first(), w))
                }) && !taken(h.event)
                    && self.related(&part.ways[h.way], h.event, bound)
            })
            .collect();
        // The hits of one event stand together, the surest first.
        hits.dedup_by_key(|h| h.event);
        let anchored = after.is_some() || before.is_some();
        if part.all {
            return self.together(part, &hits, anchored);
        }
        if part.first && after.is_some() {
            hits.truncate(1);
        }
        if after.is_some() {
            hits.truncate(NEAREST);
        } else if before.is_some() && hits.len() > NEAREST {
            hits.drain(..hits.len() - NEAREST);
        }
        hits.into_iter()
            .map(|h| Rc::new(together_as_one(&[h], h.grade == Grade::Direct)))
            .collect()
    }

    /// The candidates of a step that takes all events of its window at once.
    fn together(&self, part: &Part, hits: &[&Hit], anchored: bool) -> Vec<Rc<Candidate>> {
        let value = |h: &Hit| match &part.distinct {
            Some(distinct) => value_of(self.world.event(h.event), &distinct.0)
                .map(|value| value.trim().to_lowercase()),
            None => None,
        };
        let enough = |group: &&[&Hit]| match part.distinct {
            Some(_) => {
                let values: BTreeSet<String> = group.iter().filter_map(|h| value(h)).collect();
                values.len() >= part.count.max(1)
            }
            None => group.len() >= part.count.max(1),
        };
        let groups: Vec<&[&Hit]> = match (part.within, &part.distinct) {
            (Some(span), Some(_)) if !anchored => {
                let values: Vec<Option<String>> = hits.iter().map(|h| value(h)).collect();
                self.windows_of_distinct(hits, &values, span, part.count.max(1))
            }
            (Some(span), None) if !anchored => self.windows(hits, span, enough),
            _ => [hits].into_iter().filter(enough).collect(),
        };
        groups
            .into_iter()
            .inspect(|group| work::add(group.len()))
            .map(|group| {
                let direct = |h: &&&Hit| h.grade == Grade::Direct;
                let sure = match part.distinct {
                    Some(_) => {
                        let values = group.iter().filter(direct).filter_map(|h| value(h));
                        values.collect::<BTreeSet<_>>().len()
                    }
                    None => group.iter().filter(direct).count(),
                };
                Rc::new(together_as_one(group, sure >= part.count.max(1)))
            })
            .collect()
    }

    /// As [`Self::windows`], where a window is enough when it holds `count` different
    /// values. Its end only moves forward, since a flood that repeats one value would
    /// else be read once per event of it.
    fn windows_of_distinct<'h, 'p>(
        &self,
        hits: &'h [&'p Hit],
        values: &[Option<String>],
        span: i64,
        count: usize,
    ) -> Vec<&'h [&'p Hit]> {
        let mut windows = Vec::new();
        let mut inside: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut begin, mut end) = (0, 0);
        while begin < hits.len() {
            while end < hits.len() && self.in_reach(hits[begin].event, hits[end].event, span) {
                if let Some(value) = &values[end] {
                    *inside.entry(value).or_default() += 1;
                }
                end += 1;
            }
            let enough = inside.len() >= count;
            if enough {
                windows.push(&hits[begin..end]);
            }
            let apart = hits.len() > WINDOWS && enough;
            let next = if apart { end } else { begin + 1 };
            for value in values[begin..next].iter().flatten() {
                if let Some(left) = inside.get_mut(value.as_str()) {
                    *left -= 1;
                    if *left == 0 {
                        inside.remove(value.as_str());
                    }
                }
            }
            begin = next;
            end = end.max(begin);
        }
        windows
    }

    /// The stretches of hits that lie within `span` of their first and are enough:
    /// one from each hit, or apart from each other when there are many.
    fn windows<'h, 'p>(
        &self,
        hits: &'h [&'p Hit],
        span: i64,
        enough: impl Fn(&&[&Hit]) -> bool,
    ) -> Vec<&'h [&'p Hit]> {
        let mut windows = Vec::new();
        let mut begin = 0;
        while let Some(first) = hits.get(begin) {
            let reach = hits[begin..]
                .iter()
                .take_while(|h| self.in_reach(first.event, h.event, span));
            let window = &hits[begin..begin + reach.count()];
            let apart = hits.len() > WINDOWS && enough(&window);
            begin += if apart { window.len() } else { 1 };
            if enough(&window) {
                windows.push(window);
            }
        }
        windows
    }

    /// Why an event that fits a step by itself does not take it in this assignment;
    /// `None` where no order, window or node speaks against it.
    pub(super) fn why_not(
        &self,
        step: usize,
        hit: &Hit,
        bound: &Binding,
        name: &dyn Fn(usize) -> String,
    ) -> Option<Localized> {
        let part = &self.rule.parts[step];
        let seconds = |ticks: i64| ticks as f64 / TICKS_PER_SECOND as f64;
        let apart = |a: EventIndex, b: EventIndex| {
            seconds(self.world.at(b).ticks() - self.world.at(a).ticks())
        };
        let taken = bound
            .iter()
            .position(|c| c.as_ref().is_some_and(|c| c.holds(self.world, hit.event)));
        if let Some(other) = taken {
            return {
                let other = name(other);
                Some(both(
                    format!("it is step {other} already"),
                    format!("確認項目 {other} としてすでに使用"),
                ))
            };
        }
        if part.is_positive() {
            if let Some((anchor, within)) = self.after_anchor(step, bound) {
                let late = apart(anchor.last(), hit.event);
                if !self.in_order(anchor.last(), hit.event) {
                    return Some(both(
                        format!("{} s before what it must follow", -late),
                        format!("先行するはずの記録より {} 秒早い", -late),
                    ));
                }
                if let Some(w) = within
                    && !self.in_reach(anchor.last(), hit.event, w)
                {
                    return {
                        let w = seconds(w);
                        Some(both(
                            format!("{late} s after what it follows, of {w} s"),
                            format!("先行する記録の {late} 秒後（許容は {w} 秒）"),
                        ))
                    };
                }
            }
            if let Some((anchor, within)) = self.before_anchor(step, bound) {
                let early = apart(hit.event, anchor.first());
                if !self.in_order(hit.event, anchor.first()) {
                    return Some(both(
                        format!("{} s after what it must precede", -early),
                        format!("後続するはずの記録より {} 秒遅い", -early),
                    ));
                }
                if let Some(w) = within
                    && !self.in_reach(hit.event, anchor.first(), w)
                {
                    return {
                        let w = seconds(w);
                        Some(both(
                            format!("{early} s before what it precedes, of {w} s"),
                            format!("後続する記録の {early} 秒前（許容は {w} 秒）"),
                        ))
                    };
                }
            }
        } else {
            let Some(bounds) = self.window_of(step, bound) else {
                return Some(both(
                    "the steps that make its window were not observed",
                    "期間の基準となる確認項目が確認されていない",
                ));
            };
            let at = self.world.at(hit.event);
            if bounds.from(self.world).is_some_and(|from| at < from)
                || bounds.to(self.world).is_some_and(|to| at > to)
            {
                return Some(both("outside the window", "期間外"));
            }
        }
        if !self.related(&part.ways[hit.way], hit.event, bound) {
            return Some(both(
                "on or about another node than asked",
                "条件と異なるノードの記録",
            ));
        }
        (part.count > 1).then(|| {
            let least = part.count;
            both(
                format!("fewer than {least} in the window"),
                format!("期間内に {least} 件未満"),
            )
        })
    }

    /// Whether a finding on the subject can be listed: an opening step, or every
    /// step that must be seen, has events that fit it.
    fn can_be_listed(&self) -> bool {
        let fits = |(part, hits): &(&Part, &Vec<Hit>)| part.is_positive() && !hits.is_empty();
        let mut steps = self.rule.parts.iter().zip(&self.pool.steps);
        let mut required = steps.clone().filter(|(part, _)| part.must_be_seen());
        steps.any(|step| step.0.opens != Opens::No && fits(&step))
            || required.all(|step| fits(&step))
    }

    /// Every assignment that is as complete as any: an opening step first, then
    /// the most required steps.
    pub(super) fn assignments(&self) -> Vec<Binding> {
        let order = &self.rule.order;
        // What the steps from a depth on can still add.
        let mut left = vec![(Opens::No, 0usize); order.len() + 1];
        for depth in (0..order.len()).rev() {
            let part = &self.rule.parts[order[depth]];
            let (opens, required) = left[depth + 1];
            let fits = !self.pool.steps[order[depth]].is_empty();
            left[depth] = (
                if fits { opens.max(part.opens) } else { opens },
                required + usize::from(fits && part.must_be_seen()),
            );
        }
        let mut found = Found {
            key: (Opens::No, 0),
            // What is never listed only counts by the verdict of its first assignment.
            most: if self.can_be_listed() { ASSIGNMENTS } else { 1 },
            bindings: Vec::new(),
        };
        let mut bound: Binding = vec![None; self.rule.parts.len()];
        self.descend(0, (Opens::No, 0), &left, &mut bound, &mut found);
        found.bindings
    }

    fn descend(
        &self,
        depth: usize,
        key: (Opens, usize),
        left: &[(Opens, usize)],
        bound: &mut Binding,
        found: &mut Found,
    ) {
        let best = (key.0.max(left[depth].0), key.1 + left[depth].1);
        if best < found.key || (best == found.key && found.is_full()) {
            return;
        }
        let Some(&step) = self.rule.order.get(depth) else {
            found.take(key, bound);
            return;
        };
        let part = &self.rule.parts[step];
        let with = (
            key.0.max(part.opens),
            key.1 + usize::from(part.must_be_seen()),
        );
        for candidate in self.feasible(step, bound) {
            bound[step] = Some(candidate);
            self.descend(depth + 1, with, left, bound, found);
        }
        bound[step] = None;
        self.descend(depth + 1, key, left, bound, found);
    }

    /// The window of an absent or contradicting step, with the events at its
    /// ends; an end without an event is a moment alone, or open.
    fn window_of(&self, step: usize, bound: &Binding) -> Option<Bounds> {
        let part = &self.rule.parts[step];
        let begin = part.between.map(|(a, _)| a).or(part.after);
        let end = part.between.map(|(_, b)| b).or(part.before);
        let first = match begin {
            Some(step) => Some(bound[step].as_ref()?.last()),
            None => None,
        };
        let last = match end {
            Some(step) => Some(bound[step].as_ref()?.first()),
            None => None,
        };
        Some(Bounds {
            first,
            last,
            within: part.within,
        })
    }

    /// What lies in the window of an absent or contradicting step.
    pub(super) fn presence(&self, step: usize, bound: &Binding) -> Presence {
        let Some(bounds) = self.window_of(step, bound) else {
            return Presence::NoWindow;
        };
        let part = &self.rule.parts[step];
        let mut inside = Vec::new();
        let mut edge = false;
        for hit in &self.pool.steps[step] {
            let e = hit.event;
            // A contradiction may lie in what a bound event itself says; an absence
            // asks for other events than those.
            let taken = || bound.iter().flatten().any(|c| c.holds(self.world, e));
            if (part.absent && taken()) || !self.related(&part.ways[hit.way], e, bound) {
                continue;
            }
            let at = self.world.at(e);
            let nominal = bounds.from(self.world).is_none_or(|from| from <= at)
                && bounds.to(self.world).is_none_or(|to| at <= to);
            if nominal {
                inside.push(e);
                continue;
            }
            edge |= match (bounds.first, bounds.last, bounds.within) {
                (Some(a), Some(b), _) => self.may_follow(a, e) && self.in_order(e, b),
                (Some(a), None, within) => {
                    self.may_follow(a, e) && within.is_none_or(|w| self.in_reach(a, e, w))
                }
                (None, Some(b), within) => {
                    self.in_order(e, b) && within.is_none_or(|w| self.in_reach(e, b, w))
                }
                (None, None, _) => true,
            };
        }
        inside.dedup();
        match (inside.is_empty(), edge) {
            (false, _) => Presence::Inside(inside),
            (true, true) => Presence::Edge,
            (true, false) => Presence::Empty,
        }
    }

    /// Events on the subject that state that an absent step did not happen.
    pub(super) fn denials(&self, step: usize, bound: &Binding) -> Vec<EventIndex> {
        let part = &self.rule.parts[step];
        let Some(bounds) = self.window_of(step, bound) else {
            return Vec::new();
        };
        let from = bounds.from(self.world);
        let mut denials: Vec<EventIndex> = part
            .denied_by
            .iter()
            .flat_map(|k: &EventKind| self.world.of_kind(*k))
            .copied()
            .filter(|&e| {
                self.world.subject_of(self.rule.entity, e).as_ref() == Some(self.subject)
                    && from.is_none_or(|from| from <= self.world.at(e))
            })
            .collect();
        denials.sort_by_key(|&e| (self.world.at(e), e));
        denials.dedup();
        denials
    }

    /// The nodes that must have written an event of this way; `None` for any.
    pub(super) fn writers(&self, way: &Way, bound: &Binding) -> Option<Vec<NodeName>> {
        let on = way.on?;
        let node = self.resolve(on, bound)?;
        if !on.negated {
            return Some(vec![node]);
        }
        let others = self.world.timeline.observability.nodes();
        Some(others.filter(|n| **n != node).cloned().collect())
    }

    /// When a step that was not observed would have happened, to ask whether it
    /// could have been seen.
    pub(super) fn expected_window(
        &self,
        step: usize,
        bound: &Binding,
        nodes: Option<&[NodeName]>,
    ) -> Window {
        let part = &self.rule.parts[step];
        let whole = self.world.whole();
        let (from, to) = if part.is_positive() {
            let after = self.after_anchor(step, bound);
            let before = self.before_anchor(step, bound);
            let from = match (&after, &before) {
                (Some((a, _)), _) => Some(self.world.at(a.last())),
                (None, Some((b, Some(w)))) => Some(self.world.at(b.first()).plus_ticks(-*w)),
                _ => None,
            };
            let to = match (&after, &before) {
                (Some((a, Some(w))), _) => Some(self.world.at(a.last()).plus_ticks(*w)),
                (_, Some((b, _))) => Some(self.world.at(b.first())),
                _ => None,
            };
            (from, to)
        } else {
            match self.window_of(step, bound) {
                Some(bounds) => (bounds.from(self.world), bounds.to(self.world)),
                None => (None, None),
            }
        };
        let from = from.unwrap_or(whole.from);
        // Nothing can be asked of a log beyond the end of its collection.
        let to = to
            .or_else(|| self.world.end_of(nodes))
            .unwrap_or(whole.to)
            .max(from);
        Window::new(from, to)
    }

    /// Whether clocks alone decide the order of two bound steps: their nodes'
    /// times, taken as they are, say otherwise.
    pub(super) fn leans_on_clocks(&self, bound: &Binding) -> Option<(usize, usize, bool)> {
        for (step, part) in self.rule.parts.iter().enumerate() {
            let pairs = [
                part.after.map(|a| (a, step)),
                part.before.map(|b| (step, b)),
            ];
            for (a, b) in pairs.into_iter().flatten() {
                let (Some(first), Some(second)) = (&bound[a], &bound[b]) else {
                    continue;
                };
                // Of a step that takes all events, as many as it needs decide: the first
                // of those before another step, the last of those behind one.
                let needed = part.count.max(1) - 1;
                let mut ends = (first.last(), second.first());
                if a == step {
                    ends.0 = first.events[needed.min(first.events.len() - 1)];
                } else {
                    ends.1 = second.events[second.events.len().saturating_sub(needed + 1)];
                }
                let error = self.world.clock_error(ends.0, ends.1);
                if error.ticks > 0 && self.world.at(ends.0) > self.world.at(ends.1) {
                    return Some((a, b, error.assumed));
                }
            }
        }
        None
    }
}

/// The ends of a window, as events.
struct Bounds {
    first: Option<EventIndex>,
    last: Option<EventIndex>,
    within: Option<i64>,
}

impl Bounds {
    fn from(&self, world: &World<'_>) -> Option<Moment> {
        match (self.first, self.last, self.within) {
            (Some(a), ..) => Some(world.at(a)),
            (None, Some(b), Some(w)) => Some(world.at(b).plus_ticks(-w)),
            _ => None,
        }
    }

    fn to(&self, world: &World<'_>) -> Option<Moment> {
        match (self.first, self.last, self.within) {
            (Some(a), None, Some(w)) => Some(world.at(a).plus_ticks(w)),
            (_, Some(b), _) => Some(world.at(b)),
            _ => None,
        }
    }
}

/// Direct when enough of the events are.
fn together_as_one(hits: &[&Hit], direct: bool) -> Candidate {
    Candidate {
        events: hits.iter().map(|h| h.event).collect(),
        companions: hits
            .iter()
            .flat_map(|h| h.companions.iter().copied())
            .collect(),
        grade: if direct {
            Grade::Direct
        } else {
            Grade::Circumstantial
        },
    }
}

struct Found {
    key: (Opens, usize),
    /// More than these are not kept, nor looked for.
    most: usize,
    bindings: Vec<Binding>,
}

impl Found {
    fn is_full(&self) -> bool {
        self.bindings.len() >= self.most
    }

    fn take(&mut self, key: (Opens, usize), bound: &Binding) {
        if key > self.key {
            self.key = key;
            self.bindings.clear();
        }
        if key == self.key && !self.is_full() {
            self.bindings.push(bound.clone());
        }
    }
}

/// How many hits were looked at and put together, for tests that bound the work
/// of a search; nothing is counted elsewhere.
#[cfg(test)]
pub(super) mod work {
    use std::cell::Cell;

    thread_local! {
        static DONE: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(hits: usize) {
        DONE.set(DONE.get() + hits);
    }

    /// The work of this thread since it was last taken.
    pub(in crate::rules) fn take() -> usize {
        DONE.replace(0)
    }
}

#[cfg(not(test))]
mod work {
    pub(super) fn add(_: usize) {}
}
