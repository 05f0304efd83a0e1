//! Findings that stand on the same records: which refines which, which a benign rule
//! explains away, and which need not be assessed since another accounts for the harm. It changes no verdict; it only says what to read first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::load::Rule;
use super::verdict::{Finding, Related, Relation, StepOutcome, Verdict};
use crate::timeline::{EventIndex, Timeline};

/// Fills in [`Finding::related`].
pub(super) fn relate(rules: &[&Rule], timeline: &Timeline, findings: &mut [Finding]) {
    let rules: BTreeMap<&str, &Rule> = rules.iter().map(|r| (r.id(), *r)).collect();
    let mut grounds: Vec<Grounds> = Vec::with_capacity(findings.len());
    let mut citing: BTreeMap<EventIndex, Vec<usize>> = BTreeMap::new();
    for (n, finding) in findings.iter().enumerate() {
        let of = rules
            .get(&*finding.rule)
            .filter(|_| finding.verdict != Verdict::RuledOut)
            .map_or_else(Grounds::default, |rule| {
                Grounds::new(rule, finding, timeline)
            });
        if is_found(finding) {
            for &event in &of.required {
                citing.entry(event).or_default().push(n);
            }
        }
        grounds.push(of);
    }
    // Only from benign and more specific findings: a record that a thousand findings
    // share would else relate a million pairs.
    let mut links: BTreeMap<(usize, usize), (Relation, Vec<EventIndex>)> = BTreeMap::new();
    for (n, finding) in findings.iter().enumerate() {
        let Some(rule) = rules.get(&*finding.rule) else {
            continue;
        };
        let names: BTreeSet<&str> = rule
            .spec
            .more_specific_than
            .iter()
            .map(|id| id.as_str())
            .collect();
        if finding.verdict == Verdict::NotAssessable {
            let effect = &grounds[n].effect;
            let accounts = |other: &usize| {
                let target = &findings[*other];
                target.verdict == Verdict::Confirmed
                    && !names.contains(&*target.rule)
                    && effect.is_subset(&grounds[*other].required)
            };
            let first = effect.first().and_then(|event| citing.get(event));
            let mut candidates = first.into_iter().flatten().copied();
            if let Some(other) = candidates.find(accounts) {
                let events = effect.iter().copied().collect();
                links.insert((other, n), (Relation::Settles, events));
            }
            continue;
        }
        if !is_found(finding) || (!rule.spec.benign && names.is_empty()) {
            continue;
        }
        for &event in &grounds[n].required {
            for &other in citing.get(&event).into_iter().flatten() {
                let target = &findings[other];
                let how = if names.contains(&*target.rule) {
                    Relation::Refines
                } else if rule.spec.benign
                    && !rules.get(&*target.rule).is_some_and(|r| r.spec.benign)
                    && finding.verdict <= target.verdict
                    && grounds[other].required.is_subset(&grounds[n].effect)
                {
                    Relation::Explains
                } else {
                    continue;
                };
                let link = links.entry((n, other)).or_insert((how, Vec::new()));
                link.1.push(event);
            }
        }
    }
    let subjects: Vec<(Arc<str>, super::verdict::Entity)> = findings
        .iter()
        .map(|f| (f.rule.clone(), f.subject.clone()))
        .collect();
    for ((from, to), (how, mut events)) in links {
        events.sort_by_key(|&e| (timeline.events[e].time, e));
        let related = |other: usize, how: Relation| Related {
            rule: subjects[other].0.clone(),
            subject: subjects[other].1.clone(),
            how,
            events: events.clone(),
        };
        let back = match how {
            Relation::Refines => Relation::RefinedBy,
            Relation::Settles => Relation::SettledBy,
            _ => Relation::ExplainedBy,
        };
        let (there, here) = (related(to, how), related(from, back));
        findings[from].related.push(there);
        findings[to].related.push(here);
    }
    for finding in findings {
        finding.related.sort();
    }
}

/// Puts each finding that another refines right behind it, the order kept else.
pub(super) fn chain(findings: &mut Vec<Finding>) {
    let place: BTreeMap<(Arc<str>, super::verdict::Entity), usize> = findings
        .iter()
        .enumerate()
        .map(|(n, f)| ((f.rule.clone(), f.subject.clone()), n))
        .collect();
    let next = |n: usize, how: Relation| {
        let related = findings[n].related.iter().filter(move |r| r.how == how);
        let mut places: Vec<usize> = related
            .filter_map(|r| place.get(&(r.rule.clone(), r.subject.clone())).copied())
            .collect();
        places.sort_unstable();
        places
    };
    let mut order: Vec<usize> = Vec::with_capacity(findings.len());
    let mut placed = vec![false; findings.len()];
    for n in 0..findings.len() {
        if placed[n] {
            continue;
        }
        // Up to what nothing refines; rules that refine each other stop the walk.
        let mut root = n;
        let mut walked = BTreeSet::from([n]);
        while let Some(up) = next(root, Relation::RefinedBy)
            .into_iter()
            .find(|p| !placed[*p])
            && walked.insert(up)
        {
            root = up;
        }
        // All that follows from it, each behind everything that refines it; where rules
        // refine each other in a circle, the first of them begins.
        let mut left = BTreeSet::new();
        let mut open = vec![root];
        while let Some(n) = open.pop() {
            if !placed[n] && left.insert(n) {
                open.extend(next(n, Relation::Refines));
            }
        }
        let mut waits: BTreeMap<usize, usize> = BTreeMap::new();
        for &n in &left {
            let before = next(n, Relation::RefinedBy);
            waits.insert(n, before.iter().filter(|b| left.contains(b)).count());
        }
        let mut ready: BTreeSet<usize> = left.iter().copied().filter(|n| waits[n] == 0).collect();
        while let Some(n) = ready.pop_first().or_else(|| left.first().copied()) {
            left.remove(&n);
            placed[n] = true;
            order.push(n);
            for below in next(n, Relation::Refines) {
                if left.contains(&below)
                    && let Some(waiting) = waits.get_mut(&below)
                {
                    *waiting = waiting.saturating_sub(1);
                    if *waiting == 0 {
                        ready.insert(below);
                    }
                }
            }
        }
        if !placed[n] {
            placed[n] = true;
            order.push(n);
        }
    }
    let mut taken: Vec<Option<Finding>> = std::mem::take(findings).into_iter().map(Some).collect();
    findings.extend(order.into_iter().filter_map(|n| taken[n].take()));
}

fn is_found(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Confirmed | Verdict::Probable)
}

/// The records that a finding rests on.
#[derive(Default)]
struct Grounds {
    /// Of its required steps.
    required: BTreeSet<EventIndex>,
    /// Of its effect.
    effect: BTreeSet<EventIndex>,
}

impl Grounds {
    fn new(rule: &Rule, finding: &Finding, timeline: &Timeline) -> Self {
        let mut grounds = Grounds::default();
        for (step, result) in rule.spec.steps.iter().zip(&finding.steps) {
            let StepOutcome::Observed { events, .. } = &result.outcome else {
                continue;
            };
            if step.must_be_seen() {
                let records = events.iter().flat_map(|&e| timeline.records_of(e));
                let records: BTreeSet<EventIndex> = records.collect();
                if step.effect {
                    grounds.effect.extend(&records);
                }
                grounds.required.extend(records);
            }
        }
        grounds
    }
}
