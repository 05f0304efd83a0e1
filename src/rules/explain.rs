//! Why a rule did or did not match: per subject and step what was looked for, what was
//! found, and what nearly was. Written for people who write rules; it judges nothing
//! by itself.

use std::fmt::Write;

use super::engine::{applies, weigh};
use super::load::Rule;
use super::matcher::value_of;
use super::schema::{Alternative, Condition, Role, Step};
use super::sequence::{Pool, Search, pools};
use super::verdict::{Grade, StepOutcome, Verdict};
use super::wording::entity_word;
use super::world::World;
use crate::model::event::Origin;
use crate::model::text::Lang;
use crate::timeline::{EventIndex, Timeline};

/// How many subjects are told in full.
const SUBJECTS: usize = 20;

/// How many events of a step are shown.
const EVENTS: usize = 3;

/// The story of one rule on one timeline, as text with lines of its own; `what` texts
/// are in `lang`, the rest is English as the rule's keys are.
#[must_use]
pub fn explain(rule: &Rule, timeline: &Timeline, lang: Lang) -> String {
    let world = World::new(timeline);
    let pools = pools(&world, &rule.compiled);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} ({}, best verdict {})",
        rule.id(),
        rule.path,
        rule.spec.best_verdict.name()
    );
    alone(&mut text, &world, rule, lang);

    let all = world.subjects(rule.compiled.entity);
    let mut told = 0;
    let mut more = 0;
    let mut excluded = 0;
    for subject in all {
        let Some(pool) = pools.get(subject).filter(|p| !p.is_empty()) else {
            continue;
        };
        if !applies(&world, &rule.compiled, subject) {
            excluded += 1;
            continue;
        }
        if told == SUBJECTS {
            more += 1;
            continue;
        }
        told += 1;
        let search = Search {
            world: &world,
            rule: &rule.compiled,
            subject,
            pool,
        };
        let name = world.entity(rule.compiled.entity, subject).name;
        let _ = writeln!(text, "\nSubject {name}");
        one(&mut text, &search, rule, lang);
    }
    let silent = all.len() - told - more - excluded;
    let _ = writeln!(
        text,
        "\n{told} subjects told, {more} more like them left out, {silent} without any event of the rule, {excluded} on builds that it is not for"
    );
    text
}

/// Per step, the events that fit it by themselves, and those that nearly do.
fn alone(text: &mut String, world: &World<'_>, rule: &Rule, lang: Lang) {
    let _ = writeln!(
        text,
        "\nEvents that fit each step by themselves, of any subject"
    );
    for (step, part) in rule.spec.steps.iter().zip(&rule.compiled.parts) {
        let _ = writeln!(text, "  {}: {}", step.id.value, step.what.get(lang).trim());
        if step.state.is_some() {
            let _ = writeln!(
                text,
                "    asked of inventory and timeline, per subject below"
            );
        }
        for (alternative, way) in step.any.iter().zip(&part.ways) {
            let fitting = world.fitting(way);
            let joined = fitting
                .iter()
                .filter(|&&e| world.subject_of(rule.compiled.entity, e).is_some())
                .count();
            let _ = write!(text, "    {}: {} fit", names(alternative), fitting.len());
            if joined < fitting.len() && way.about.is_none() {
                let _ = write!(
                    text,
                    ", of which {} name no {}",
                    fitting.len() - joined,
                    super::wording::entity_word(rule.compiled.entity)
                );
            }
            text.push('\n');
            near_misses(text, world, alternative, way, &fitting);
        }
    }
}

/// Events of the right kind that a condition turns away, by the first that does.
fn near_misses(
    text: &mut String,
    world: &World<'_>,
    alternative: &Alternative,
    way: &super::compile::Way,
    fitting: &[EventIndex],
) {
    if alternative.conditions.is_empty() {
        return;
    }
    let mut open = way.clone();
    open.matchers.clear();
    let of_kind = world.fitting(&open);
    let mut shown = 0;
    let mut turned_away = 0;
    for e in of_kind.into_iter().filter(|e| !fitting.contains(e)) {
        turned_away += 1;
        if shown == EVENTS {
            continue;
        }
        let failed = way
            .matchers
            .iter()
            .zip(&alternative.conditions)
            .find(|(matcher, _)| !matcher.matches(world.event(e)));
        if let Some((_, condition)) = failed {
            shown += 1;
            let found = value_of(world.event(e), &condition.field)
                .map_or_else(|| "no such value".to_owned(), |v| format!("{v:?}"));
            let _ = writeln!(
                text,
                "      near miss: {}: {} asks {}, found {found}",
                said(world, e),
                condition.field.value,
                asks(condition)
            );
        }
    }
    if turned_away > shown {
        let _ = writeln!(text, "      and {} more near misses", turned_away - shown);
    }
}

/// One subject: its verdict, and every step with its window.
fn one(text: &mut String, search: &Search<'_, '_>, rule: &Rule, lang: Lang) {
    let (listed, judged) = weigh(search, rule.spec.best_verdict);
    let Some(best) = judged.first() else {
        return;
    };
    let _ = writeln!(
        text,
        "  {}{}",
        best.verdict.name(),
        if listed {
            ""
        } else {
            ", not listed: no step that opens such a finding was observed"
        }
    );
    let world = search.world;
    for (n, step) in rule.spec.steps.iter().enumerate() {
        let _ = writeln!(
            text,
            "  - {} ({}): {}",
            step.id.value,
            role(step),
            outcome(&best.outcomes[n])
        );
        if let StepOutcome::Observed { events, .. } = &best.outcomes[n] {
            for &e in events.iter().take(EVENTS) {
                let _ = writeln!(text, "      {}", said(world, e));
            }
            if events.len() > EVENTS {
                let _ = writeln!(text, "      and {} more", events.len() - EVENTS);
            }
            continue;
        }
        let _ = writeln!(text, "      looked for: {}", step.what.get(lang).trim());
        if step.state.is_none() {
            let window = search.expected_window(n, &best.binding, None);
            let _ = writeln!(text, "      between {} and {}", window.from, window.to);
        }
        let hits = search.pool.hits(n);
        for hit in hits.iter().take(EVENTS) {
            if let Some(why) = search.why_not(n, hit, &best.binding, &|s| {
                rule.spec.steps[s].id.value.clone()
            }) {
                let _ = writeln!(text, "      near miss: {}: {why}", said(world, hit.event));
            }
        }
        if hits.len() > EVENTS {
            let _ = writeln!(
                text,
                "      and {} more events that fit by themselves",
                hits.len() - EVENTS
            );
        }
        if let Some(hidden) = best.hidden.iter().find(|h| h.step == n) {
            for missing in &hidden.missing {
                let node = missing.node.as_ref().map_or("every node", |n| n.as_str());
                let partly = if missing.partly {
                    " for all of that time"
                } else {
                    ""
                };
                let _ = writeln!(
                    text,
                    "      cannot be told without {} of {node}{partly}",
                    missing.channel
                );
            }
            if hidden.edge {
                let _ = writeln!(
                    text,
                    "      seen at the window's end; clocks do not tell on which side"
                );
            }
        }
    }
    let rests = judged.iter().filter(|j| j.verdict == best.verdict).count();
    if listed && matches!(best.verdict, Verdict::Confirmed | Verdict::Probable) && rests > 1 {
        let _ = writeln!(
            text,
            "  and {} more assignments of the same verdict",
            rests - 1
        );
    }
}

/// For a finding that was expected and did not come: which steps no event fits.
pub(super) fn unseen_steps(rule: &Rule, timeline: &Timeline, subject: &str) -> Vec<String> {
    let world = World::new(timeline);
    let pools = pools(&world, &rule.compiled);
    let found = world
        .subjects(rule.compiled.entity)
        .iter()
        .find(|s| world.entity(rule.compiled.entity, s).name == subject);
    let Some(found) = found else {
        let names: Vec<String> = world
            .subjects(rule.compiled.entity)
            .iter()
            .map(|s| world.entity(rule.compiled.entity, s).name)
            .collect();
        return vec![format!(
            "no event names {subject}; there are {}",
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        )];
    };
    if !applies(&world, &rule.compiled, found) {
        return vec![format!("the rule is not for the build of {subject}")];
    }
    let none = Pool::default();
    let pool = pools.get(found).unwrap_or(&none);
    let steps = rule.spec.steps.iter().enumerate();
    steps
        .filter(|(n, step)| step.must_be_seen() && pool.hits(*n).is_empty())
        .map(|(n, step)| {
            let nameless = rule.compiled.parts[n].ways.iter().any(|way| {
                let unnamed = |e: &EventIndex| world.subject_of(rule.compiled.entity, *e).is_none();
                way.about.is_none() && world.fitting(way).iter().any(unnamed)
            });
            let join = if nameless {
                format!(
                    "; what fits names no {}: join it with about",
                    entity_word(rule.compiled.entity)
                )
            } else {
                String::new()
            };
            format!(
                "step {}: no event of {subject} fits it by itself{join}",
                step.id.value
            )
        })
        .collect()
}

fn role(step: &Step) -> &'static str {
    match (step.absent, step.role) {
        (true, _) => "must be absent",
        (false, Role::Required) => "required",
        (false, Role::Supporting) => "supporting",
        (false, Role::Contradicting) => "contradicting",
    }
}

fn outcome(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Observed {
            grade: Grade::Direct,
            ..
        } => "observed",
        StepOutcome::Observed { .. } => "observed, circumstantial",
        StepOutcome::AbsenceSeen => "absent, and would have been seen",
        StepOutcome::NotFound => "not found, and would have been seen",
        StepOutcome::NotObservable => "could not have been seen",
    }
}

fn names(way: &Alternative) -> String {
    let mut names: Vec<String> = way.all_kinds().map(|k| k.name().to_owned()).collect();
    if let (Some(provider), Some(id)) = (&way.provider, way.event_id) {
        names.push(format!("{provider} {id}"));
    }
    names.join(", ")
}

fn asks(condition: &Condition) -> String {
    let list = |values: &[super::schema::Scalar]| {
        let values: Vec<&str> = values.iter().map(|v| v.0.as_str()).collect();
        values.join(", ")
    };
    let test = if let Some(one) = &condition.equals {
        format!("equals {}", one.0)
    } else if let Some(several) = &condition.one_of {
        format!("one of {}", list(several))
    } else if let Some(codes) = &condition.status {
        format!("status {}", list(codes))
    } else if let Some(part) = &condition.contains {
        format!("contains {part:?}")
    } else if let Some(part) = &condition.prefix {
        format!("begins with {part:?}")
    } else if let Some(part) = &condition.suffix {
        format!("ends with {part:?}")
    } else if let Some(regex) = &condition.regex {
        format!("matches {:?}", regex.value)
    } else if let Some(exists) = condition.exists {
        format!("exists: {exists}")
    } else {
        let end = |end: Option<f64>| end.map_or_else(|| "any".to_owned(), |n| n.to_string());
        format!("from {} to {}", end(condition.min), end(condition.max))
    };
    if condition.not {
        format!("not ({test})")
    } else {
        test
    }
}

/// An event in one line.
fn said(world: &World<'_>, e: EventIndex) -> String {
    let event = world.event(e);
    let id = match &event.origin {
        Origin::EventLog { id, .. } => format!(" ({id})"),
        _ => format!(" ({})", event.origin.name()),
    };
    let node = event
        .node
        .as_ref()
        .map_or_else(String::new, |n| format!(" on {n}"));
    format!("{} {}{id}{node}, {}", event.time, event.kind, event.source)
}
