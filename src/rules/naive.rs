//! The engine once more, slow and plain: every assignment of every event is
//! tried. The fast engine must agree with it on random rules and timelines.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::compile::compile;
use super::engine::run_rules;
use super::fixture::{Case, timeline};
use super::load::{Rule, parse};
use super::schema::{ObjectSpec, Opens, Role, RuleSpec, StateSpec, Step};
use super::verdict::{EntityKind, Grade, StepOutcome, Verdict};
use super::world::ASSUMED_CLOCK_ERROR_S;
use crate::model::id::NodeName;
use crate::model::time::{Moment, Precision, TICKS_PER_SECOND, Window};
use crate::timeline::{NodeState, Timeline, Visibility};

/// Verdict, occurrences, and per step what became of it with its events.
type Outcome = (Verdict, u32, Vec<(String, Vec<usize>)>);

struct Naive<'n> {
    rule: &'n RuleSpec,
    timeline: &'n Timeline,
    subject: &'n str,
}

type Assignment = Vec<Option<usize>>;

impl Naive<'_> {
    fn subject_of(&self, e: usize) -> Option<String> {
        let event = &self.timeline.events[e];
        match self.rule.entity {
            EntityKind::Vm => event.subject.vm.as_ref().map(ToString::to_string),
            _ => event
                .subject
                .node
                .as_ref()
                .or(event.node.as_ref())
                .map(ToString::to_string),
        }
    }

    fn clock(&self, node: &NodeName) -> Option<(f64, f64)> {
        let clock = self.timeline.clocks.iter().find(|c| c.node == *node)?;
        Some((clock.offset_s?, clock.error_s?))
    }

    fn at(&self, e: usize) -> i64 {
        self.timeline.events[e].time.ticks()
    }

    fn coarse(&self, e: usize) -> i64 {
        match self.timeline.events[e].precision {
            Precision::Minute => 60 * TICKS_PER_SECOND - 1,
            _ => 0,
        }
    }

    fn clock_error(&self, a: usize, b: usize) -> i64 {
        let (a, b) = (&self.timeline.events[a].node, &self.timeline.events[b].node);
        let seconds = match (a, b) {
            (Some(a), Some(b)) if a != b => match (self.clock(a), self.clock(b)) {
                (Some(a), Some(b)) => a.1 + b.1,
                _ => ASSUMED_CLOCK_ERROR_S,
            },
            _ => 0.0,
        };
        (seconds * TICKS_PER_SECOND as f64).ceil() as i64
    }

    fn in_order(&self, a: usize, b: usize) -> bool {
        self.at(a) <= self.at(b) + self.coarse(b) + self.clock_error(a, b)
    }

    fn in_reach(&self, a: usize, b: usize, span: i64) -> bool {
        self.at(b) - self.at(a) <= span + self.coarse(a) + self.clock_error(a, b)
    }

    fn position(&self, id: &str) -> usize {
        let mut steps = self.rule.steps.iter();
        steps.position(|s| s.id.value == id).unwrap()
    }

    /// The bound step behind or before `step`, across steps that are not bound,
    /// with the sum of the reaches.
    fn anchor(&self, step: &Step, after: bool, bound: &Assignment) -> Option<(usize, Option<i64>)> {
        let name = |s: &Step| {
            let name = if after { &s.after } else { &s.before };
            name.as_ref().map(|n| self.position(n))
        };
        let reach = |s: &Step| {
            let mine = after || s.after.is_none();
            s.within.as_ref().filter(|_| mine).map(|w| w.ticks())
        };
        let mut span = reach(step);
        let mut next = name(step)?;
        loop {
            if let Some(e) = bound[next] {
                return Some((e, span));
            }
            let skipped = &self.rule.steps[next];
            span = span.and_then(|a| Some(a + reach(skipped)?));
            next = name(skipped)?;
        }
    }

    /// The grade with which `e` can take a step, given the steps before it.
    fn grade(&self, n: usize, e: usize, bound: &Assignment) -> Option<Grade> {
        let step = &self.rule.steps[n];
        if bound[..n].contains(&Some(e)) {
            return None;
        }
        if step.is_positive() {
            if let Some((a, span)) = self.anchor(step, true, bound)
                && !(self.in_order(a, e) && span.is_none_or(|s| self.in_reach(a, e, s)))
            {
                return None;
            }
            if let Some((b, span)) = self.anchor(step, false, bound)
                && !(self.in_order(e, b) && span.is_none_or(|s| self.in_reach(e, b, s)))
            {
                return None;
            }
        }
        self.fits(step, e, bound)
    }

    fn fits(&self, step: &Step, e: usize, bound: &Assignment) -> Option<Grade> {
        let event = &self.timeline.events[e];
        if self.subject_of(e).as_deref() != Some(self.subject) {
            return None;
        }
        let ways = step.any.iter().filter(|way| {
            way.all_kinds().any(|k| k == event.kind)
                && way.conditions.iter().all(|c| match (&c.equals, &c.status) {
                    (Some(equals), _) => Some(equals.0.as_str()) == event.fields.get(&c.field),
                    // Both spellings of the one code that cases hold.
                    (_, Some(_)) => matches!(
                        event.fields.get(&c.field),
                        Some("5" | "refused (0x80070005)")
                    ),
                    _ => false,
                })
                && self.on_fits(way.on.as_ref().map(|o| o.as_str()), e, bound)
        });
        ways.map(|w| w.grade).min()
    }

    /// The node that a reference means, and whether it must be another one.
    fn node_of(&self, on: &str, bound: &Assignment) -> Option<(NodeName, bool)> {
        let (negated, rest) = match on.strip_prefix("not ") {
            Some(rest) => (true, rest),
            None => (false, on),
        };
        let node = if rest == "entity" {
            NodeName::new(self.subject)
        } else {
            let (step, part) = rest.split_once('.').unwrap();
            let event = &self.timeline.events[bound[self.position(step)]?];
            match part {
                "to_node" => event.subject.to_node.clone(),
                _ => event.node.clone().or(event.subject.node.clone()),
            }
        };
        Some((node?, negated))
    }

    fn on_fits(&self, on: Option<&str>, e: usize, bound: &Assignment) -> bool {
        let Some(on) = on else { return true };
        match (self.node_of(on, bound), &self.timeline.events[e].node) {
            (Some((wanted, negated)), Some(writer)) => (wanted == *writer) != negated,
            _ => true,
        }
    }

    fn valid(&self, bound: &Assignment) -> bool {
        self.rule.steps.iter().enumerate().all(|(n, step)| {
            let Some(e) = bound[n] else { return true };
            let fits = |e| self.grade(n, e, bound).is_some();
            if !fits(e) {
                return false;
            }
            let first = step.first && self.anchor(step, true, bound).is_some();
            !first
                || !(0..self.timeline.events.len())
                    .any(|other| (self.at(other), other) < (self.at(e), e) && fits(other))
        })
    }

    fn assignments(&self) -> Vec<Assignment> {
        let mut all: Vec<Assignment> = vec![Vec::new()];
        for step in &self.rule.steps {
            let choices: Vec<Option<usize>> = if step.is_positive() {
                let events = 0..self.timeline.events.len();
                events
                    .filter(|&e| {
                        let kind = self.timeline.events[e].kind;
                        step.any.iter().any(|w| w.all_kinds().any(|k| k == kind))
                    })
                    .map(Some)
                    .chain([None])
                    .collect()
            } else {
                vec![None]
            };
            all = all
                .iter()
                .flat_map(|a| {
                    choices.iter().map(move |c| {
                        let mut longer = a.clone();
                        longer.push(*c);
                        longer
                    })
                })
                .collect();
        }
        all.retain(|a| self.valid(a));
        all
    }

    fn ends(&self, step: &Step, bound: &Assignment) -> Option<(Option<usize>, Option<usize>)> {
        let (begin, end) = match &step.between {
            Some(pair) => (Some(pair[0].clone()), Some(pair[1].clone())),
            None => (
                step.after.as_ref().map(|a| a.value.clone()),
                step.before.as_ref().map(|b| b.value.clone()),
            ),
        };
        let event = |name: Option<String>| match name {
            None => Some(None),
            Some(name) => bound[self.position(&name)].map(Some),
        };
        Some((event(begin)?, event(end)?))
    }

    fn visible(&self, n: usize, bound: &Assignment) -> bool {
        let step = &self.rule.steps[n];
        let whole = self.timeline.window().unwrap_or(Window::ALL);
        let any_direct = step.any.iter().any(|w| w.grade == Grade::Direct);
        step.any
            .iter()
            .filter(|w| !any_direct || w.grade == Grade::Direct)
            .all(|way| {
                let named = way.on.as_ref().and_then(|on| self.node_of(on, bound));
                let nodes: Option<Vec<NodeName>> = named.map(|(node, negated)| {
                    if negated {
                        let all = self.timeline.observability.nodes();
                        all.filter(|n| **n != node).cloned().collect()
                    } else {
                        vec![node]
                    }
                });
                let (mut from, mut to) = (None, None);
                let span = step.within.as_ref().map(|w| w.ticks());
                if step.is_positive() {
                    let after = self.anchor(step, true, bound);
                    let before = self.anchor(step, false, bound);
                    if let Some((a, span)) = after {
                        from = Some(self.at(a));
                        to = span.map(|s| self.at(a) + s);
                    }
                    if let Some((b, span)) = before {
                        to = to.or(Some(self.at(b)));
                        from = from.or(span.map(|s| self.at(b) - s));
                    }
                } else if let Some((a, b)) = self.ends(step, bound) {
                    from = a
                        .map(|a| self.at(a))
                        .or(b.zip(span).map(|(b, s)| self.at(b) - s));
                    to = b
                        .map(|b| self.at(b))
                        .or(a.zip(span).map(|(a, s)| self.at(a) + s));
                }
                let moment = |t: i64| Moment::from_ticks(t).unwrap();
                let from = from.map_or(whole.from, moment);
                let files = self.timeline.coverage.files.iter();
                let logged = files.filter(|f| f.last.is_some());
                let end = match &nodes {
                    None => logged.filter_map(|f| f.last).min(),
                    Some(nodes) => logged
                        .filter(|f| f.node.as_ref().is_some_and(|n| nodes.contains(n)))
                        .filter_map(|f| f.last)
                        .min(),
                };
                let to = to.map(moment).or(end).unwrap_or(whole.to).max(from);
                let window = Window::new(from, to);
                way.all_kinds().all(|kind| {
                    let sees = |node| {
                        self.timeline.observability.could_see(kind, node, &window)
                            == Visibility::Visible
                    };
                    match &nodes {
                        Some(nodes) if !nodes.is_empty() => nodes.iter().all(|n| sees(Some(n))),
                        _ => sees(None),
                    }
                })
            })
    }

    /// Whether `e` lies between the ends: surely, or only for all that clocks tell.
    fn lies(&self, step: &Step, e: usize, a: Option<usize>, b: Option<usize>) -> (bool, bool) {
        let span = step.within.as_ref().map(|w| w.ticks());
        let at = self.at(e);
        let mut sure = true;
        let mut maybe = true;
        if let Some(a) = a {
            sure &= self.at(a) <= at;
            let early = self.timeline.events[a].fields.get("not_before");
            let early = early.and_then(Moment::parse);
            maybe &= self.in_order(a, e) || early.is_some_and(|t| t.ticks() <= at);
            if b.is_none()
                && let Some(span) = span
            {
                sure &= at <= self.at(a) + span;
                maybe &= self.in_reach(a, e, span);
            }
        }
        if let Some(b) = b {
            sure &= at <= self.at(b);
            maybe &= self.in_order(e, b);
            if a.is_none()
                && let Some(span) = span
            {
                sure &= self.at(b) - span <= at;
                maybe &= self.in_reach(e, b, span);
            }
        }
        (sure, maybe)
    }

    /// Whether what a state step asks held; `None` where nothing tells.
    fn held(&self, state: &StateSpec, bound: &Assignment) -> Option<bool> {
        let event = state.at.as_ref().and_then(|at| bound[self.position(at)]);
        let at = event.map(|e| self.at(e));
        let within = |from: Option<Moment>, to: Option<Moment>, at: i64| {
            from.is_none_or(|f| f.ticks() <= at) && to.is_none_or(|t| at <= t.ticks())
        };
        let ask = |node: &NodeName| -> Option<bool> {
            let facts = self.timeline.inventory.nodes.get(node);
            if let Some(range) = &state.build {
                let build = facts?.build?;
                return Some(build >= range.min? && range.max.is_none_or(|m| build <= m));
            }
            if !state.updates.is_empty() {
                let updates = &facts?.updates;
                let any = updates.iter().any(|u| state.updates.contains(u));
                return (!updates.is_empty()).then_some(any);
            }
            let at = at?;
            let trail = self.timeline.nodes.iter().find(|n| n.name == *node)?;
            let mut inside = trail.intervals.iter().filter(|i| within(i.from, i.to, at));
            Some(inside.next_back()?.state == NodeState::Up)
        };
        let held = if let Some(object) = &state.object {
            let node = match &state.node {
                Some(node) => Some(self.node_of(node, bound)?.0),
                None if self.rule.entity == EntityKind::Node => NodeName::new(self.subject),
                None => None,
            };
            self.exported(object, node, at)?
        } else if let Some(node) = &state.runs_on {
            let (wanted, _) = self.node_of(node, bound)?;
            let at = at?;
            let vm = self.timeline.event_vm[event?];
            let mine = || self.timeline.vms.iter().find(|v| v.label() == self.subject);
            let trail = match self.rule.entity {
                EntityKind::Vm => mine()?,
                _ => &self.timeline.vms[vm?],
            };
            let mut inside = trail.placements.iter().filter(|p| within(p.from, p.to, at));
            inside.next_back()?.node == wanted
        } else if let Some(node) = &state.node {
            ask(&self.node_of(node, bound)?.0)?
        } else if self.rule.entity == EntityKind::Node {
            ask(&NodeName::new(self.subject)?)?
        } else {
            let answers: Vec<_> = ["n1", "n2"]
                .iter()
                .map(|n| ask(&NodeName::new(n).unwrap()))
                .collect();
            match (answers.contains(&Some(true)), answers.contains(&None)) {
                (true, _) => true,
                (false, true) => return None,
                (false, false) => false,
            }
        };
        Some(held != state.not)
    }

    /// Whether an object of the class P is 1, of those exported last until `at`, else
    /// first; of each node for itself.
    fn exported(&self, spec: &ObjectSpec, node: Option<NodeName>, at: Option<i64>) -> Option<bool> {
        let mut answers = Vec::new();
        for home in [None, NodeName::new("n1"), NodeName::new("n2")] {
            if node.is_some() && home.is_some() && node != home {
                continue;
            }
            let all = self.timeline.inventory.objects.iter();
            let mine: Vec<_> = all
                .filter(|o| *o.class == *spec.class.value && o.node == home)
                .collect();
            let mut times: Vec<i64> = mine.iter().map(|o| o.taken.ticks()).collect();
            times.sort_unstable();
            let until = times.iter().rev().find(|t| at.is_none_or(|at| **t <= at));
            let Some(taken) = until.or(times.first()) else {
                continue;
            };
            for object in mine.iter().filter(|o| o.taken.ticks() == *taken) {
                answers.push(object.properties.get("P").map(|value| &**value == "1"));
            }
        }
        if answers.contains(&Some(true)) {
            return Some(true);
        }
        (!answers.is_empty() && !answers.contains(&None)).then_some(false)
    }

    fn judge(&self, bound: &Assignment) -> (Verdict, Vec<(String, Vec<usize>)>) {
        let (mut against, mut not_found, mut hidden) = (false, false, false);
        let mut weak = BTreeSet::new();
        let mut raised = BTreeSet::new();
        let mut outcomes = Vec::new();
        for (n, step) in self.rule.steps.iter().enumerate() {
            let seen = self.visible(n, bound);
            let outcome = if let Some(state) = &step.state {
                let held = self.held(state, bound);
                against |= held == Some(true) && step.role == Role::Contradicting;
                not_found |= held == Some(false) && step.role == Role::Required;
                hidden |= held.is_none() && step.role == Role::Required;
                let word = match held {
                    Some(true) => "Direct",
                    Some(false) => "NotFound",
                    None => "NotObservable",
                };
                (word.to_owned(), vec![])
            } else if step.is_positive() {
                match bound[n] {
                    Some(e) => {
                        let grade = self.grade(n, e, bound).unwrap();
                        if step.must_be_seen() && grade == Grade::Circumstantial {
                            weak.insert(n);
                        }
                        (format!("{grade:?}"), vec![e])
                    }
                    None => {
                        not_found |= step.must_be_seen() && seen;
                        hidden |= step.must_be_seen() && !seen;
                        let word = if seen { "NotFound" } else { "NotObservable" };
                        (word.to_owned(), vec![])
                    }
                }
            } else {
                let mut inside = Vec::new();
                let mut edge = false;
                let ends = self.ends(step, bound);
                if let Some((a, b)) = ends {
                    for e in 0..self.timeline.events.len() {
                        if (step.absent && bound.contains(&Some(e)))
                            || self.fits(step, e, bound).is_none()
                        {
                            continue;
                        }
                        match self.lies(step, e, a, b) {
                            (true, _) => inside.push(e),
                            (false, maybe) => edge |= maybe,
                        }
                    }
                }
                inside.sort_by_key(|&e| (self.at(e), e));
                if !inside.is_empty() {
                    against = true;
                    ("Direct".to_owned(), inside)
                } else if ends.is_none() || edge {
                    hidden |= edge || step.absent;
                    ("NotObservable".to_owned(), vec![])
                } else if seen {
                    let word = if step.absent {
                        "AbsenceSeen"
                    } else {
                        "NotFound"
                    };
                    (word.to_owned(), vec![])
                } else {
                    hidden |= step.absent;
                    ("NotObservable".to_owned(), vec![])
                }
            };
            if let (Some(target), "Direct") = (&step.raises, outcome.0.as_str()) {
                raised.insert(self.position(target));
            }
            outcomes.push(outcome);
        }
        let weak = !weak.is_subset(&raised);
        let verdict = match (against || not_found, hidden, weak) {
            (true, ..) => Verdict::RuledOut,
            (_, true, _) => Verdict::NotAssessable,
            (_, _, true) => Verdict::Probable,
            _ => Verdict::Confirmed,
        };
        (verdict, outcomes)
    }

    fn outcome(&self) -> Option<Outcome> {
        let steps = &self.rule.steps;
        let key = |a: &Assignment| {
            let bound = || (0..steps.len()).filter(|n| a[*n].is_some());
            (
                bound().map(|n| steps[n].opens()).max().unwrap_or_default(),
                bound().filter(|n| steps[*n].must_be_seen()).count(),
            )
        };
        let all = self.assignments();
        let best = all.iter().map(key).max()?;
        let required = steps.iter().filter(|s| s.must_be_seen()).count();
        if best.0 == Opens::No && best.1 < required {
            return None;
        }
        let mut judged: Vec<_> = all
            .into_iter()
            .filter(|a| key(a) == best)
            .map(|a| {
                let (verdict, outcomes) = self.judge(&a);
                let direct = (0..steps.len())
                    .filter(|n| steps[*n].must_be_seen() && outcomes[*n].0 == "Direct")
                    .count();
                let supporting = (0..steps.len())
                    .filter(|n| !steps[*n].must_be_seen() && a[*n].is_some())
                    .count();
                let when: Vec<_> = a
                    .iter()
                    .map(|e| e.map_or((1, 0, vec![]), |e| (0, self.at(e), vec![e])))
                    .collect();
                let order = (
                    verdict,
                    std::cmp::Reverse(direct),
                    std::cmp::Reverse(supporting),
                    when,
                );
                (order, a, outcomes)
            })
            .collect();
        judged.sort_by(|a, b| a.0.cmp(&b.0));
        let verdict = judged[0].0.0;
        let decided = verdict != Verdict::NotAssessable;
        if best.0 == Opens::Undecided && best.1 < required && decided {
            return None;
        }
        let mut used = BTreeSet::new();
        let mut times = 0;
        let mut merged: Option<Vec<(String, Vec<usize>)>> = None;
        for (order, a, outcomes) in judged {
            if order.0 != verdict {
                continue;
            }
            let events: BTreeSet<usize> = (0..steps.len())
                .filter(|n| steps[*n].must_be_seen())
                .filter_map(|n| a[n])
                .collect();
            if !events.is_disjoint(&used) {
                continue;
            }
            used.extend(events);
            times += 1;
            match &mut merged {
                None => merged = Some(outcomes),
                Some(merged) => {
                    for (have, more) in merged.iter_mut().zip(outcomes) {
                        if !have.1.is_empty() && !more.1.is_empty() {
                            have.1.extend(more.1);
                            if more.0 == "Circumstantial" {
                                have.0 = more.0;
                            }
                        }
                    }
                }
            }
        }
        let mut merged = merged?;
        for (_, events) in &mut merged {
            events.sort_by_key(|&e| (self.at(e), e));
            events.dedup();
        }
        Some((verdict, times, merged))
    }
}

fn fast(rule: &Rule, timeline: &Timeline, subject: &str) -> Option<Outcome> {
    let verdicts = run_rules([rule], timeline);
    let finding = verdicts
        .findings
        .iter()
        .find(|f| f.subject.name == subject)?;
    let steps = finding
        .steps
        .iter()
        .map(|s| match &s.outcome {
            StepOutcome::Observed { events, grade } => (format!("{grade:?}"), events.clone()),
            other => (format!("{other:?}"), vec![]),
        })
        .collect();
    Some((finding.verdict, finding.occurrences, steps))
}

const KINDS: [&str; 4] = [
    "vm.settings_changed",
    "vm.started",
    "vm.config_refreshed",
    "os.started",
];

fn a_step(n: usize) -> impl Strategy<Value = String> {
    let other = 0..n.max(1);
    (
        (0..KINDS.len(), 0..KINDS.len(), 0..4u8, 0..6u8),
        (0..8u8, other.clone(), other, 0..4u8, 0..5u8),
        any::<(bool, bool)>(),
    )
        .prop_map(
            move |((kind, weak, grade, on), (place, a, b, span, role), (first, field))| {
                let mut text = format!("  - id: s{n}\n    what: {{en: x, ja: x}}\n");
                let span = ["0", "5s", "12s", "40s"][span as usize];
                let negative = n >= 2 && role >= 3;
                match (negative, role) {
                    (true, 3) => text += "    absent: true\n",
                    (true, _) => text += "    role: contradicting\n",
                    (false, 2) if n > 0 && first => {
                        text += &format!("    role: supporting\n    raises: s{b}\n");
                    }
                    (false, 2) => text += "    role: supporting\n",
                    _ => {}
                }
                let first = if first && !negative {
                    "    first: true\n"
                } else {
                    ""
                };
                text += &match place {
                    _ if n == 0 => String::new(),
                    0 | 1 if negative => format!("    between: [s{a}, s{b}]\n"),
                    0 if negative => String::new(),
                    0..=2 => format!("    after: s{a}\n    within: {span}\n{first}"),
                    3 => format!("    after: s{a}\n{first}"),
                    4 => format!("    before: s{a}\n    within: {span}\n"),
                    5 => format!("    before: s{a}\n"),
                    6 => format!("    after: s{a}\n    before: s{b}\n    within: {span}\n{first}"),
                    _ => String::new(),
                };
                text += &format!("    any:\n      - kind: {}\n", KINDS[kind]);
                if grade == 1 {
                    text += "        grade: circumstantial\n";
                }
                if field {
                    text += match place {
                        0..=3 => "        where: [{field: f, equals: x}]\n",
                        _ => "        where: [{field: f, status: [ERROR_ACCESS_DENIED]}]\n",
                    };
                }
                if n > 0 {
                    text += &match on {
                        1 => format!("        on: s{a}.node\n"),
                        2 => format!("        on: not s{a}.node\n"),
                        3 => format!("        on: s{a}.to_node\n"),
                        _ => String::new(),
                    };
                }
                if grade == 2 {
                    text += &format!("      - {{kind: {}, grade: circumstantial}}\n", KINDS[weak]);
                }
                text
            },
        )
}

/// A step that asks what held; none for half of the rules.
fn a_state() -> impl Strategy<Value = String> {
    (0..14u8, 0..3u8, any::<(bool, bool)>()).prop_map(|(ask, role, (second, not))| {
        let at = if second { "s1" } else { "s0" };
        let ask = match ask {
            0 => "updates: [KB1]".to_owned(),
            1 => format!("updates: [KB1, KB9], node: {at}.node"),
            2 => "build: {min: 9600}".to_owned(),
            3 => format!("is: up, at: {at}, node: {at}.node"),
            4 => format!("runs_on: {at}.node, at: s0"),
            5 => format!("object: {{class: C, where: [{{field: P, equals: 1}}]}}, at: {at}"),
            6 => format!(
                "object: {{class: C, where: [{{field: p, equals: 1}}]}}, node: {at}.to_node"
            ),
            _ => return String::new(),
        };
        let role = ["required", "supporting", "contradicting"][role as usize];
        format!(
            "  - id: st\n    what: {{en: x, ja: x}}\n    role: {role}\n    state: {{{ask}, not: {not}}}\n"
        )
    })
}

/// A rule of two to four steps; steps refer to earlier ones that are observed.
fn a_rule() -> impl Strategy<Value = Rule> {
    let steps = (a_step(0), a_step(1), a_step(2), a_step(3));
    (steps, 2..=4usize, any::<bool>(), 0..4u8, a_state())
        .prop_map(|((a, b, c, d), steps, node, opens, state)| {
            let mut text = format!(
                "id: r\ntitle: &t {{en: x, ja: x}}\narea: a\nseverity: info\nstatus: test\nentity: {}\nreferences: [x]\ncause: *t\nexplanation: {{confirmed: *t, probable: *t, ruled_out: *t, not_assessable: *t}}\nsteps:\n",
                if node { "node" } else { "vm" }
            );
            for (n, step) in [a, b, c, d].iter().take(steps).enumerate() {
                text += step;
                match (n, opens) {
                    (0, 0) => text += "    opens: false\n",
                    (0 | 1, 1) => text += "    opens: undecided\n",
                    _ => {}
                }
            }
            text + &state
        })
        .prop_filter_map("refers to a step that is not observed", |text| {
            let spec: RuleSpec = parse("r", &text).unwrap();
            let positive = |name: &str| {
                let step = spec.steps.iter().find(|s| s.id.value == name);
                step.is_some_and(|s| s.is_positive())
            };
            let fits = spec.steps.iter().all(|s| {
                let pair = s.between.iter().flat_map(|p| p.value.iter().cloned());
                let ends = s.after.iter().chain(&s.before).map(|n| n.value.clone());
                let on = s.any.iter().filter_map(|w| w.on.as_ref());
                let nodes = on.filter_map(|o| {
                    let name = o.trim_start_matches("not ").split('.').next()?;
                    Some(name.to_owned())
                });
                let asks = s.state.iter().flat_map(|s| {
                    let nodes = s.node.iter().chain(&s.runs_on);
                    let nodes = nodes.filter_map(|n| n.split('.').next()).map(str::to_owned);
                    nodes.chain(s.at.iter().map(|a| a.value.clone()))
                });
                let raises = s.raises.iter().map(|r| r.value.clone());
                pair.chain(ends).chain(nodes).chain(asks).chain(raises).all(|n| positive(&n) && n != s.id.value)
            });
            let compiled = compile(&spec)?;
            fits.then(|| Rule {
                spec,
                path: String::new(),
                source: text,
                cases: Vec::new(),
                compiled,
            })
        })
}

fn a_case() -> impl Strategy<Value = (Case, String)> {
    let event = (
        0..KINDS.len(),
        0..12u32,
        0..3usize,
        0..2usize,
        0..4u8,
        0..4usize,
    );
    (
        prop::collection::vec(event, 0..7),
        prop::collection::vec(0..4u8, 2),
        any::<(bool, bool)>(),
        prop::collection::vec(0..3usize, 8),
        prop::collection::vec((0..3usize, 0..2usize, 0..3usize), 0..4),
    )
        .prop_map(|(events, logs, (clocks, skewed), told, objects)| {
            let channel = |n: u8| ["", "A", "B", "A, B"][n as usize];
            let mut text = format!(
                "about: x\nexpect: []\ncoverage:\n  start: 2024-05-14T00:00:00Z\n  length: 55s\n  nodes: {{n1: [{}], n2: [{}]}}\n  carriers: {{vm.settings_changed: [], vm.started: [A], vm.config_refreshed: [A, B], os.started: [B]}}\n",
                channel(logs[0]),
                channel(logs[1])
            );
            if clocks {
                let offset = if skewed { 10 } else { 0 };
                text += &format!(
                    "  clocks: {{n1: {{offset_s: 0, error_s: 0}}, n2: {{offset_s: {offset}, error_s: 3}}}}\n"
                );
            }
            text += ["", "  updates: {n1: [KB1]}\n", "  updates: {n1: [KB2], n2: [KB2]}\n"][told[0]];
            text += ["", "  builds: {n1: 9600}\n", "  builds: {n1: 9200, n2: 9200}\n"][told[1]];
            let span = |n: usize| ["", ", from: 0s, to: 30s", ", from: 20s"][n];
            text += "held:\n  nodes:\n";
            let state = ["up", "crashed", "lost"];
            text += &format!("    - {{node: n1, is: {}{}}}\n", state[told[2]], span(told[3]));
            text += &format!("    - {{node: n2, is: {}{}}}\n", state[told[4]], span(told[5]));
            if told[6] > 0 {
                text += &format!(
                    "  placements:\n    - {{vm: v0, node: n{}{}}}\n",
                    told[6],
                    span(told[7])
                );
            }
            text += if objects.is_empty() { "" } else { "  objects:\n" };
            for (node, at, value) in objects {
                let node = ["", ", node: n1", ", node: n2"][node];
                let value = ["P: 1", "P: 2", "Q: 1"][value];
                text += &format!(
                    "    - {{class: C, at: {}s{node}, properties: {{{value}}}}}\n",
                    at * 30
                );
            }
            text += if events.is_empty() { "events: []\n" } else { "events:\n" };
            for (kind, at, node, vm, to, field) in events {
                text += &format!("  - {{at: {}s, kind: {}, vm: v{vm}", at * 5, KINDS[kind]);
                text += ["", ", node: n1", ", node: n2"][node];
                text += ["", ", to_node: n1", ", to_node: n2", ""][to as usize];
                if node == 0 {
                    text += ", origin: note, about_node: n1";
                }
                text += [
                    "}\n",
                    ", fields: {f: x}}\n",
                    ", fields: {f: 5}}\n",
                    ", fields: {f: refused (0x80070005)}}\n",
                ][field];
            }
            (parse("case", &text).unwrap(), text)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_fast_engine_agrees_with_the_naive_one(rule in a_rule(), (case, text) in a_case()) {
        let timeline = timeline(&case);
        for subject in ["v0", "v1", "n1", "n2"] {
            let naive = Naive { rule: &rule.spec, timeline: &timeline, subject };
            let known = match rule.spec.entity {
                EntityKind::Vm => timeline.vms.iter().any(|v| v.label() == subject),
                _ => subject.starts_with('n'),
            };
            let slow = if known { naive.outcome() } else { None };
            prop_assert_eq!(
                fast(&rule, &timeline, subject),
                slow,
                "{} on\n{}\n{}", subject, rule.source, text
            );
        }
    }
}

proptest! {
    /// Counting, one step alone: every stretch that begins at an event is tried.
    #[test]
    fn counts_agree_with_trying_every_stretch(
        events in prop::collection::vec((0..30u32, 1..4u8), 0..10),
        count in 2..4u32,
        span in 0..12u32,
        distinct in any::<bool>(),
    ) {
        let spec = format!(
            "id: r\ntitle: &t {{en: x, ja: x}}\narea: a\nseverity: info\nstatus: test\nentity: cluster\nreferences: [x]\ncause: *t\nexplanation: {{confirmed: *t, probable: *t, ruled_out: *t, not_assessable: *t}}\nsteps:\n  - id: s\n    what: *t\n    count: {count}\n    within: {span}s\n{}    any: [{{kind: os.started}}]\n",
            if distinct { "    distinct: node\n" } else { "" }
        );
        let mut text = String::from("about: x\nexpect: []\ncoverage:\n  start: 2024-05-14T00:00:00Z\n  length: 1m\n  nodes: {n1: [System], n2: [System], n3: [System]}\n  clocks: {n1: {offset_s: 0, error_s: 0}, n2: {offset_s: 0, error_s: 0}, n3: {offset_s: 0, error_s: 0}}\n");
        text += if events.is_empty() { "events: []\n" } else { "events:\n" };
        for (at, node) in &events {
            text += &format!("  - {{at: {at}s, kind: os.started, node: n{node}}}\n");
        }
        let spec: RuleSpec = parse("r", &spec).unwrap();
        let compiled = compile(&spec).unwrap();
        let rule = Rule { spec, path: String::new(), source: String::new(), cases: Vec::new(), compiled };
        let timeline = timeline(&parse::<Case>("case", &text).unwrap());

        // Of the timeline, since events of one moment are put in its own order.
        let told: Vec<(i64, &NodeName)> = timeline
            .events
            .iter()
            .map(|e| (e.time.ticks(), e.node.as_ref().unwrap()))
            .collect();
        let mut times = 0;
        let mut used = BTreeSet::new();
        for begin in 0..told.len() {
            let end = told[begin].0 + i64::from(span) * TICKS_PER_SECOND;
            let stretch: Vec<usize> = (begin..told.len()).filter(|&e| told[e].0 <= end).collect();
            let nodes: BTreeSet<&NodeName> = stretch.iter().map(|&e| told[e].1).collect();
            let found = if distinct { nodes.len() } else { stretch.len() };
            if found >= count as usize && !stretch.iter().any(|e| used.contains(e)) {
                times += 1;
                used.extend(stretch);
            }
        }
        let findings = run_rules([&rule], &timeline).findings;
        prop_assert_eq!(findings.first().map_or(0, |f| f.occurrences), times, "{}", text);
    }
}

/// The comparison above would prove little if random rules never found anything.
#[test]
fn random_rules_reach_every_verdict() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut counts = std::collections::BTreeMap::new();
    let mut several = 0;
    for _ in 0..2000 {
        let rule = a_rule().new_tree(&mut runner).unwrap().current();
        let (case, _) = a_case().new_tree(&mut runner).unwrap().current();
        for finding in run_rules([&rule], &timeline(&case)).findings {
            *counts.entry(finding.verdict).or_insert(0) += 1;
            several += usize::from(finding.occurrences > 1);
        }
    }
    assert!(
        counts.len() == 4 && counts.values().all(|n| *n > 50),
        "{counts:?}"
    );
    assert!(several > 20, "{several}");
}
