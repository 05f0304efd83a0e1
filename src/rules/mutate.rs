//! Are a rule's cases worth their name? Every single part of the rule is put wrong in
//! turn, and at least one case must then fail. It changes no rule.

use super::compile::compile;
use super::fixture::{self, Case};
use super::load::{Rule, parse};
use super::schema::{AppliesTo, Role, RuleSpec, Span};
use super::verdict::EntityKind;
use crate::model::kind::EventKind;
use crate::timeline::Timeline;

/// A rule with one thing changed, and what was changed.
type Mutant = (String, RuleSpec);

/// Every way in which one part of a rule is put wrong; `NEVER_TRIED` names the rest.
fn mutants(rule: &RuleSpec) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut mutate = |what: String, change: &dyn Fn(&mut RuleSpec)| {
        let mut mutant = rule.clone();
        change(&mut mutant);
        mutants.push((what, mutant));
    };
    if !rule.applies_to.versions.is_empty() || !rule.applies_to.builds.is_empty() {
        mutate("applies to every version".to_owned(), &|r| {
            r.applies_to = AppliesTo::default();
        });
    }
    for (n, step) in rule.steps.iter().enumerate() {
        let id = &step.id.value;
        if step.within.is_some() {
            mutate(format!("{id}: window without end"), &|r| {
                if let Some(within) = &mut r.steps[n].value.within {
                    within.value = Span::from_seconds(u32::MAX);
                }
            });
        }
        if let Some(within) = &step.within
            && within.ticks() > 0
        {
            mutate(format!("{id}: window of zero"), &|r| {
                if let Some(within) = &mut r.steps[n].value.within {
                    within.value = Span::default();
                }
            });
        }
        if step.after.is_some() || step.before.is_some() {
            mutate(format!("{id}: order reversed"), &|r| {
                let step = &mut r.steps[n].value;
                std::mem::swap(&mut step.after, &mut step.before);
                step.first = false;
            });
        }
        if step.between.is_some() {
            mutate(format!("{id}: ends exchanged"), &|r| {
                if let Some(between) = &mut r.steps[n].value.between {
                    between.value.reverse();
                }
            });
        }
        if step.first {
            mutate(format!("{id}: any instead of the first"), &|r| {
                r.steps[n].value.first = false;
            });
        }
        if step.count.value > 1 {
            mutate(format!("{id}: one fewer is enough"), &|r| {
                r.steps[n].value.count.value -= 1;
            });
            mutate(format!("{id}: one more is needed"), &|r| {
                r.steps[n].value.count.value += 1;
            });
        }
        if step.distinct.is_some() {
            mutate(format!("{id}: events counted, not their values"), &|r| {
                r.steps[n].value.distinct = None;
            });
        }
        if step.raises.is_some() {
            mutate(format!("{id}: raises nothing"), &|r| {
                r.steps[n].value.raises = None;
            });
        }
        if step.state.is_some() {
            mutate(format!("{id}: state turned around"), &|r| {
                if let Some(state) = &mut r.steps[n].value.state {
                    state.value.not ^= true;
                }
            });
            let node = step.state.as_ref().and_then(|s| s.node.as_ref());
            // Left out in a rule on nodes, it is the entity.
            if node.is_some_and(|n| rule.entity != EntityKind::Node || n.as_str() != "entity") {
                mutate(format!("{id}: state of any node"), &|r| {
                    if let Some(state) = &mut r.steps[n].value.state {
                        state.value.node = None;
                    }
                });
            }
            let object = step.state.as_ref().and_then(|s| s.object.as_ref());
            for c in 0..object.map_or(0, |o| o.conditions.len()) {
                mutate(format!("{id}: condition {c} on the object negated"), &|r| {
                    let state = r.steps[n].value.state.as_mut();
                    if let Some(object) = state.and_then(|s| s.value.object.as_mut()) {
                        object.value.conditions[c].value.not ^= true;
                    }
                });
            }
            mutate(format!("{id}: state not asked"), &|r| {
                r.steps.remove(n);
            });
            continue;
        }
        mutate(format!("{id}: never there"), &|r| {
            for way in &mut r.steps[n].value.any {
                let way = &mut way.value;
                let remarks = way.kind == Some(EventKind::Remark);
                way.kind = Some(match remarks {
                    true => EventKind::MigrationRemark,
                    false => EventKind::Remark,
                });
                way.kinds.clear();
            }
        });
        for (w, way) in step.any.iter().enumerate() {
            if step.any.len() > 1 {
                mutate(format!("{id}: without alternative {w}"), &|r| {
                    r.steps[n].value.any.remove(w);
                });
            }
            for c in 0..way.conditions.len() {
                mutate(format!("{id}: condition {c} of {w} negated"), &|r| {
                    let way = &mut r.steps[n].value.any[w].value;
                    way.conditions[c].value.not ^= true;
                });
            }
            for c in 0..way.with.len() {
                mutate(format!("{id}: companion {c} of {w} not needed"), &|r| {
                    r.steps[n].value.any[w].value.with.remove(c);
                });
            }
            for c in 0..way.without.len() {
                mutate(format!("{id}: companion {c} of {w} allowed"), &|r| {
                    r.steps[n].value.any[w].value.without.remove(c);
                });
            }
            if let Some(about) = &way.about {
                let parts = [&about.node, &about.from_node, &about.to_node];
                for (p, part) in parts.into_iter().enumerate() {
                    let Some(turned) = part.as_ref().map(|part| turned(part)) else {
                        continue;
                    };
                    mutate(format!("{id}: about {turned}"), &|r| {
                        if let Some(about) = &mut r.steps[n].value.any[w].value.about {
                            let parts = [&mut about.node, &mut about.from_node, &mut about.to_node];
                            if let Some(Some(part)) = parts.into_iter().nth(p) {
                                part.value.clone_from(&turned);
                            }
                        }
                    });
                }
            }
            if let Some(on) = &way.on {
                let turned = turned(on);
                mutate(format!("{id}: on {turned}"), &|r| {
                    if let Some(on) = &mut r.steps[n].value.any[w].value.on {
                        on.value.clone_from(&turned);
                    }
                });
            }
        }
        if step.absent {
            mutate(format!("{id}: need not be absent"), &|r| {
                let step = &mut r.steps[n].value;
                step.absent = false;
                step.role = Role::Supporting;
            });
        }
    }
    mutants
}

/// The same relation, turned around.
fn turned(reference: &str) -> String {
    match reference.strip_prefix("not ") {
        Some(rest) => rest.to_owned(),
        None => format!("not {reference}"),
    }
}

/// What no change puts wrong, so that no case is asked for it.
pub const NEVER_TRIED: &str = "texts, conditions left out (they are denied instead), windows that \
     are a little longer or shorter, windows of companions, single values or kinds of a list, all, opens, grades, denied_by, \
     restated_when_equal, best_verdict";

/// What came of putting every part of a rule wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutation {
    /// How many changes were tried, each by itself.
    pub tried: usize,
    /// Those that no case noticed, in the order of the rule's steps; empty for a rule
    /// whose cases hold it.
    pub unnoticed: Vec<String>,
    /// Cases that cannot be read, or fail as the rule is. They would notice everything,
    /// so nothing is tried while there are any.
    pub failing: Vec<String>,
}

/// Puts each part of a rule wrong in turn, and asks its cases.
#[must_use]
pub fn mutate(rule: &Rule) -> Mutation {
    let mut mutation = Mutation::default();
    let mut cases: Vec<(Case, Timeline)> = Vec::new();
    for file in &rule.cases {
        let read = parse::<Case>(&file.path, &file.source).ok();
        // Events and coverage stay; only the rule changes.
        let read = read.map(|case| {
            let timeline = fixture::timeline(&case);
            (case, timeline)
        });
        match read {
            Some((case, timeline)) if fixture::compare(rule, &case, &timeline).is_empty() => {
                cases.push((case, timeline));
            }
            _ => mutation.failing.push(file.name.clone()),
        }
    }
    if !mutation.failing.is_empty() {
        return mutation;
    }
    for (what, spec) in mutants(&rule.spec) {
        // What goes in circles, or lacks a step that another names, cannot run at all.
        let Some(compiled) = compile(&spec) else {
            continue;
        };
        let mutant = Rule {
            spec,
            compiled,
            path: rule.path.clone(),
            source: String::new(),
            cases: Vec::new(),
        };
        let fails = |(case, timeline): &(Case, Timeline)| {
            !fixture::compare(&mutant, case, timeline).is_empty()
        };
        mutation.tried += 1;
        if !cases.iter().any(fails) {
            mutation.unnoticed.push(what);
        }
    }
    mutation
}
