//! Rules over a timeline: from assignments of events to verdicts, and from
//! verdicts to findings. What an event means and when it fits is decided before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compile::Compiled;
use super::judged::{Hidden, Judged};
use super::load::{Rule, RuleSet};
use super::relate;
use super::schema::{Opens, Role, RuleSpec};
use super::sequence::{Binding, Pool, Presence, Search, pools};
use super::state;
use super::verdict::{
    Entity, EntityKind, Finding, Grade, RuleCount, RuleTexts, StepOutcome, StepResult, Verdict,
    Verdicts,
};
use super::wording;
use super::world::{Subject, World};
use crate::model::text::Localized;
use crate::timeline::{EventIndex, MissingLog, Timeline};

/// Runs every rule on every subject. The same timeline gives the same verdicts.
#[must_use]
pub fn run(rules: &RuleSet, timeline: &Timeline) -> Verdicts {
    run_rules(rules.iter(), timeline)
}

/// Runs some rules.
pub(super) fn run_rules<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    timeline: &Timeline,
) -> Verdicts {
    let world = World::new(timeline);
    let mut verdicts = Verdicts::default();
    let rules: Vec<&Rule> = rules.into_iter().collect();
    for &rule in &rules {
        let id: Arc<str> = rule.spec.id.as_str().into();
        verdicts.rules.insert(id.clone(), texts(&rule.spec));
        let mut count = RuleCount::default();
        let pools = pools(&world, &rule.compiled);
        let none = Pool::default();
        let subjects = world.subjects(rule.compiled.entity);
        let one_answer = rule.compiled.entity != EntityKind::Node;
        if let (true, Some(any)) = (one_answer, subjects.first())
            && !applies(&world, &rule.compiled, any)
        {
            verdicts.counts.insert(id, count);
            continue;
        }
        let touched = |subject: &&Subject| pools.get(subject).is_some_and(|p| !p.is_empty());
        let (named, silent): (Vec<&Subject>, Vec<&Subject>) = if one_answer {
            subjects.iter().partition(touched)
        } else {
            (subjects.iter().collect(), Vec::new())
        };
        let mut unnamed = silent.len() as u64;
        for subject in named.into_iter().chain(silent) {
            if !one_answer && !applies(&world, &rule.compiled, subject) {
                continue;
            }
            let pool = pools.get(subject).filter(|p| !p.is_empty());
            // Subjects that no event of the rule names all end in the same way, except
            // where a node's own logs tell one from another.
            let alike = one_answer && pool.is_none();
            match assess(&world, rule, subject, pool.unwrap_or(&none)) {
                Ok(finding) => {
                    unnamed -= u64::from(alike);
                    verdicts.findings.push(Finding {
                        rule: id.clone(),
                        ..finding
                    });
                }
                Err(verdict) => {
                    let weight = if alike { unnamed } else { 1 };
                    count.untouched += weight;
                    if verdict == Verdict::NotAssessable {
                        count.not_assessable += weight;
                    }
                    if alike {
                        break;
                    }
                }
            }
        }
        verdicts.counts.insert(id, count);
    }
    relate::relate(&rules, timeline, &mut verdicts.findings);
    verdicts.findings.sort_by(|a, b| rank(a).cmp(&rank(b)));
    relate::chain(&mut verdicts.findings);
    verdicts
}

/// What is found before what is not, the worst and surest of it first.
fn rank(f: &Finding) -> impl Ord + '_ {
    let found = matches!(f.verdict, Verdict::Confirmed | Verdict::Probable);
    (
        !found,
        f.is_explained(),
        std::cmp::Reverse(f.severity),
        f.verdict,
        &f.rule,
        &f.subject,
    )
}

fn texts(spec: &RuleSpec) -> RuleTexts {
    RuleTexts {
        title: spec.title.value.clone(),
        area: spec.area.value.clone(),
        benign: spec.benign,
        cause: spec.cause.value.clone(),
        remedy: spec.remedy.iter().map(|r| r.value.clone()).collect(),
        references: spec.references.iter().map(|r| r.value.clone()).collect(),
    }
}

/// A rule is left out where a build is known and none that is known fits.
pub(super) fn applies(world: &World<'_>, rule: &Compiled, subject: &Subject) -> bool {
    if rule.builds.is_empty() {
        return true;
    }
    let known: Vec<u32> = match subject {
        Subject::Node(node) => world.build(node).into_iter().collect(),
        _ => {
            let told = world.timeline.nodes.iter().map(|n| &n.name);
            let listed = world.timeline.inventory.nodes.keys();
            told.chain(listed).filter_map(|n| world.build(n)).collect()
        }
    };
    known.is_empty()
        || known.iter().any(|b| {
            rule.builds
                .iter()
                .any(|(from, to)| (*from..=*to).contains(b))
        })
}

pub(super) fn judge(search: &Search<'_, '_>, best: Verdict, binding: Binding) -> Judged {
    let mut judged = Judged {
        verdict: Verdict::Confirmed,
        outcomes: Vec::with_capacity(binding.len()),
        against: Vec::new(),
        not_found: Vec::new(),
        hidden: Vec::new(),
        weak: Vec::new(),
        denials: Vec::new(),
        binding,
    };
    let mut windowless = false;
    for (step, part) in search.rule.parts.iter().enumerate() {
        let outcome = if let Some(state) = &part.state {
            match state::held(search, state, &judged.binding) {
                Some(true) => {
                    if part.role == Role::Contradicting {
                        judged.against.push(step);
                    }
                    StepOutcome::Observed {
                        events: Vec::new(),
                        grade: Grade::Direct,
                    }
                }
                Some(false) => {
                    if part.role == Role::Required {
                        judged.not_found.push(step);
                    }
                    StepOutcome::NotFound
                }
                None => {
                    if part.role == Role::Required {
                        judged.hidden.push(Hidden {
                            step,
                            missing: Vec::new(),
                            edge: false,
                        });
                    }
                    StepOutcome::NotObservable
                }
            }
        } else if part.is_positive() {
            match &judged.binding[step] {
                Some(candidate) => {
                    if part.must_be_seen() && candidate.grade == Grade::Circumstantial {
                        judged.weak.push(step);
                    }
                    StepOutcome::Observed {
                        events: candidate.events.clone(),
                        grade: candidate.grade,
                    }
                }
                None => {
                    let missing = unseen(search, step, &judged.binding);
                    let seen = missing.is_empty();
                    match (part.must_be_seen(), seen) {
                        (true, true) => judged.not_found.push(step),
                        (true, false) => judged.hidden.push(Hidden {
                            step,
                            missing,
                            edge: false,
                        }),
                        (false, _) => {}
                    }
                    if seen {
                        StepOutcome::NotFound
                    } else {
                        StepOutcome::NotObservable
                    }
                }
            }
        } else {
            match search.presence(step, &judged.binding) {
                Presence::NoWindow => {
                    windowless |= part.absent;
                    StepOutcome::NotObservable
                }
                Presence::Inside(events) => {
                    judged.against.push(step);
                    StepOutcome::Observed {
                        events,
                        grade: Grade::Direct,
                    }
                }
                Presence::Edge => {
                    judged.hidden.push(Hidden {
                        step,
                        missing: Vec::new(),
                        edge: true,
                    });
                    StepOutcome::NotObservable
                }
                Presence::Empty => {
                    let denials = search.denials(step, &judged.binding);
                    let missing = if denials.is_empty() {
                        unseen(search, step, &judged.binding)
                    } else {
                        Vec::new()
                    };
                    judged.denials.extend(denials);
                    match (part.absent, missing.is_empty()) {
                        (true, true) => StepOutcome::AbsenceSeen,
                        (false, true) => StepOutcome::NotFound,
                        (absent, false) => {
                            if absent {
                                judged.hidden.push(Hidden {
                                    step,
                                    missing,
                                    edge: false,
                                });
                            }
                            StepOutcome::NotObservable
                        }
                    }
                }
            }
        };
        judged.outcomes.push(outcome);
    }
    // Direct evidence beside it makes up for what a required step lacks.
    let raised: Vec<usize> = search
        .rule
        .parts
        .iter()
        .zip(&judged.outcomes)
        .filter(|(_, outcome)| {
            matches!(
                outcome,
                StepOutcome::Observed {
                    grade: Grade::Direct,
                    ..
                }
            )
        })
        .filter_map(|(part, _)| part.raises)
        .collect();
    judged.weak.retain(|step| !raised.contains(step));
    judged.verdict = if !judged.against.is_empty() || !judged.not_found.is_empty() {
        Verdict::RuledOut
    } else if !judged.hidden.is_empty() || windowless {
        Verdict::NotAssessable
    } else if !judged.weak.is_empty() || best == Verdict::Probable {
        Verdict::Probable
    } else {
        Verdict::Confirmed
    };
    judged
}

/// The logs that would show a step that was not observed; none when its lack
/// can be taken for what it is. Every direct way must be covered, since it could
/// have shown in any of them.
fn unseen(search: &Search<'_, '_>, step: usize, binding: &Binding) -> Vec<MissingLog> {
    let part = &search.rule.parts[step];
    let any_direct = part.ways.iter().any(|w| w.grade == Grade::Direct);
    let mut missing = Vec::new();
    for way in &part.ways {
        if any_direct && way.grade != Grade::Direct {
            continue;
        }
        let nodes = search.writers(way, binding);
        let window = search.expected_window(step, binding, nodes.as_deref());
        match &way.raw {
            Some(raw) => missing.extend(search.world.unseen_raw(raw, nodes.as_deref(), &window)),
            None => {
                for kind in &way.kinds {
                    missing.extend(search.world.unseen(*kind, nodes.as_deref(), &window));
                }
            }
        }
    }
    missing.sort();
    missing.dedup();
    missing
}

/// The order in which equally complete assignments are preferred.
fn preference(world: &World<'_>, rule: &Compiled, judged: &Judged) -> impl Ord + use<> {
    let bound = || judged.binding.iter().enumerate();
    let direct = bound()
        .filter(|(n, c)| {
            rule.parts[*n].must_be_seen() && c.as_ref().is_some_and(|c| c.grade == Grade::Direct)
        })
        .count();
    let supporting = bound()
        .filter(|(n, c)| c.is_some() && rule.parts[*n].role == Role::Supporting)
        .count();
    let when: Vec<_> = bound()
        .map(|(_, c)| match c {
            Some(c) => (0, world.at(c.first()).ticks(), c.events.clone()),
            None => (1, 0, Vec::new()),
        })
        .collect();
    (
        judged.verdict,
        std::cmp::Reverse(direct),
        std::cmp::Reverse(supporting),
        when,
    )
}

/// Whether a finding is worth listing, and the assignments, the preferred one first.
pub(super) fn weigh(search: &Search<'_, '_>, best: Verdict) -> (bool, Vec<Judged>) {
    let (world, compiled) = (search.world, search.rule);
    let mut bindings = search.assignments();
    // Of the assignments, each is as complete as any: what one opens, all do.
    let opens = bindings.first().map_or(Opens::No, |binding| {
        let parts = || compiled.parts.iter().zip(binding);
        let opened = parts().filter(|(_, c)| c.is_some()).map(|(p, _)| p.opens);
        if parts().all(|(p, c)| !p.must_be_seen() || c.is_some()) {
            Opens::Yes
        } else {
            opened.max().unwrap_or(Opens::No)
        }
    });
    if opens == Opens::No {
        bindings.truncate(1);
    }
    let mut judged: Vec<Judged> = bindings
        .into_iter()
        .map(|binding| judge(search, best, binding))
        .collect();
    judged.sort_by_cached_key(|j| preference(world, compiled, j));
    let undecided = |j: &Judged| j.verdict == Verdict::NotAssessable;
    let listed = match opens {
        Opens::No => false,
        Opens::Undecided => judged.first().is_some_and(undecided),
        Opens::Yes => true,
    };
    (listed, judged)
}

/// The finding for one subject, or the verdict alone when it is not worth
/// listing.
fn assess(
    world: &World<'_>,
    rule: &Rule,
    subject: &Subject,
    pool: &Pool,
) -> Result<Finding, Verdict> {
    let compiled = &rule.compiled;
    let mut blank = Pool::default();
    let pool = if pool.is_empty() {
        blank.resize(compiled.parts.len());
        &blank
    } else {
        pool
    };
    let search = Search {
        world,
        rule: compiled,
        subject,
        pool,
    };
    let (listed, judged) = weigh(&search, rule.spec.best_verdict);
    let Some(first) = judged.first() else {
        return Err(Verdict::NotAssessable);
    };
    let verdict = first.verdict;
    if !listed {
        return Err(verdict);
    }

    // The same again on other events is another occurrence of one finding.
    let mut used: BTreeSet<EventIndex> = BTreeSet::new();
    let mut taken: Vec<&Judged> = Vec::new();
    for j in judged.iter().filter(|j| j.verdict == verdict) {
        let records = || {
            (0..compiled.parts.len())
                .filter(|s| compiled.parts[*s].must_be_seen())
                .filter_map(|s| j.binding[s].as_ref())
                .flat_map(|c| c.events.iter())
                .flat_map(|&e| world.timeline.records_of(e))
        };
        if !records().any(|r| used.contains(&r)) {
            used.extend(records());
            taken.push(j);
        }
    }

    let entity = world.entity(compiled.entity, subject);
    Ok(finding(&search, rule, entity, &taken))
}

fn finding(search: &Search<'_, '_>, rule: &Rule, subject: Entity, taken: &[&Judged]) -> Finding {
    let world = search.world;
    let mut evidence: BTreeSet<EventIndex> = BTreeSet::new();
    let mut steps: Vec<StepResult> = Vec::new();
    for (n, step) in rule.spec.steps.iter().enumerate() {
        let mut merged: Option<StepOutcome> = None;
        for judged in taken {
            if let Some(candidate) = &judged.binding[n] {
                evidence.extend(candidate.companions.iter());
            }
            match (&mut merged, &judged.outcomes[n]) {
                (
                    Some(StepOutcome::Observed { events, grade }),
                    StepOutcome::Observed {
                        events: more,
                        grade: weaker,
                    },
                ) => {
                    events.extend(more.iter().copied());
                    *grade = (*grade).max(*weaker);
                }
                (None, outcome) => merged = Some(outcome.clone()),
                _ => {}
            }
            if let StepOutcome::Observed { events, .. } = &judged.outcomes[n] {
                evidence.extend(events.iter());
            }
        }
        let mut outcome = merged.unwrap_or(StepOutcome::NotObservable);
        if let StepOutcome::Observed { events, .. } = &mut outcome {
            events.sort_by_key(|&e| (world.at(e), e));
            events.dedup();
        }
        steps.push(StepResult {
            id: step.id.as_str().into(),
            what: step.what.value.clone(),
            outcome,
        });
    }
    evidence.extend(taken.iter().flat_map(|j| j.denials.iter()));
    let records: BTreeSet<EventIndex> = evidence
        .into_iter()
        .flat_map(|e| world.timeline.records_of(e))
        .collect();
    let mut evidence: Vec<EventIndex> = records.into_iter().collect();
    evidence.sort_by_key(|&e| (world.at(e), e));
    let times = || evidence.iter().map(|&e| world.event(e).time);
    let (first, last) = (times().min(), times().max());

    let verdict = taken.first().map_or(Verdict::NotAssessable, |j| j.verdict);
    let (missing, explanation) = match taken.first() {
        Some(best) => (
            wording::missing(search, &rule.spec, &subject, best),
            wording::explanation(search, &rule.spec, &subject, best),
        ),
        None => (Vec::new(), Localized::default()),
    };
    Finding {
        rule: rule.spec.id.as_str().into(),
        verdict,
        severity: rule.spec.severity,
        subject,
        first,
        last,
        occurrences: u32::try_from(taken.len()).unwrap_or(u32::MAX),
        steps,
        evidence,
        missing,
        explanation,
        related: Vec::new(),
    }
}

/// Findings by rule and subject name, for lookups in tests and cases.
pub(super) fn by_subject(verdicts: &Verdicts) -> BTreeMap<(&str, &str), &Finding> {
    verdicts
        .findings
        .iter()
        .map(|f| ((&*f.rule, f.subject.name.as_str()), f))
        .collect()
}
