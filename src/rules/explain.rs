//! Why a rule did or did not match: per subject and step what was looked for, what was
//! found, and what nearly was. Written for people who write rules; it judges nothing
//! by itself.

use super::engine::{applies, weigh};
use super::load::Rule;
use super::matcher::value_of;
use super::schema::{Alternative, Condition, Role, Step};
use super::sequence::{Pool, Search, pools};
use super::verdict::{Grade, StepOutcome, Verdict};
use super::wording::both;
use super::wording::entity_word;
use super::world::World;
use crate::model::coverage::{NOTES, SNAPSHOTS};
use crate::model::event::Origin;
use crate::model::text::{Lang, Localized};
use crate::timeline::{EventIndex, Timeline};

/// How many subjects are told in full.
const SUBJECTS: usize = 20;

/// How many events of a step are shown.
const EVENTS: usize = 3;

/// The story of one rule on one timeline, as text with lines of its own, in `lang`. What
/// a rule file spells (ids of steps, kinds, fields, tests) is said as it is spelled there.
#[must_use]
pub fn explain(rule: &Rule, timeline: &Timeline, lang: Lang) -> String {
    let world = World::new(timeline);
    let pools = pools(&world, &rule.compiled);
    let mut out = Out {
        text: String::new(),
        lang,
    };
    let (id, path) = (rule.id(), &rule.path);
    let best = out.verdict(rule.spec.best_verdict);
    out.line(both(
        format!("{id} ({path}, best verdict {best})"),
        format!("{id}（{path}、このルールで最も確かな判定: {best}）"),
    ));
    alone(&mut out, &world, rule);

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
        out.line(both(format!("\nSubject {name}"), format!("\n対象 {name}")));
        one(&mut out, &search, rule);
    }
    let silent = all.len() - told - more - excluded;
    out.line(both(
        format!(
            "\n{told} subjects told, {more} more like them left out, {silent} without any event of the rule, {excluded} on builds that it is not for"
        ),
        format!(
            "\n対象 {told} 件を表示。ほかに、同様の対象 {more} 件を省略、ルールに関する記録のない対象 {silent} 件、ルールの適用外のビルドの対象 {excluded} 件。"
        ),
    ));
    out.text
}

/// The text so far.
struct Out {
    text: String,
    lang: Lang,
}

impl Out {
    fn line(&mut self, line: Localized) {
        self.text.push_str(line.get(self.lang));
        self.text.push('\n');
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match (self.lang, verdict) {
            (Lang::En, verdict) => verdict.name(),
            (Lang::Ja, Verdict::Confirmed) => "確定",
            (Lang::Ja, Verdict::Probable) => "可能性が高い",
            (Lang::Ja, Verdict::RuledOut) => "該当なし",
            (Lang::Ja, Verdict::NotAssessable) => "判定不能",
        }
    }
}

/// Per step, the events that fit it by themselves, and those that nearly do.
fn alone(out: &mut Out, world: &World<'_>, rule: &Rule) {
    out.line(both(
        "\nEvents that fit each step by themselves, of any subject",
        "\n確認項目ごとに、単独で条件に合う記録（対象を問わない）",
    ));
    for (step, part) in rule.spec.steps.iter().zip(&rule.compiled.parts) {
        let (id, what) = (&step.id.value, step.what.get(out.lang).trim());
        out.line(both(format!("  {id}: {what}"), format!("  {id}: {what}")));
        if step.state.is_some() {
            out.line(both(
                "    asked of inventory and timeline, per subject below",
                "    構成情報とタイムラインで確認（下の対象ごとの結果を参照）",
            ));
        }
        for (alternative, way) in step.any.iter().zip(&part.ways) {
            let fitting = world.fitting(way);
            let joined = fitting
                .iter()
                .filter(|&&e| world.subject_of(rule.compiled.entity, e).is_some())
                .count();
            let (names, fit, apart) = (names(alternative), fitting.len(), fitting.len() - joined);
            out.line(if apart > 0 && way.about.is_none() {
                let entity = entity_word(rule.compiled.entity);
                let of = rule.compiled.entity.word(Lang::Ja);
                both(
                    format!("    {names}: {fit} fit, of which {apart} name no {entity}"),
                    format!("    {names}: {fit} 件（うち {apart} 件には{of}の名前がない）"),
                )
            } else {
                both(
                    format!("    {names}: {fit} fit"),
                    format!("    {names}: {fit} 件"),
                )
            });
            near_misses(out, world, alternative, way, &fitting);
        }
    }
}

/// Events of the right kind that a condition turns away, by the first that does.
fn near_misses(
    out: &mut Out,
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
            let found = match value_of(world.event(e), &condition.field) {
                Some(value) => both(format!("{value:?}"), format!("{value:?}")),
                None => both("no such value", "値なし"),
            };
            let (said, field, asks) = (said(world, e), &condition.field.value, asks(condition));
            out.line(both(
                format!(
                    "      near miss: {said}: {field} asks {asks}, found {}",
                    found.en
                ),
                format!(
                    "      近い記録: {said}: {field} の条件は {asks}、実際の値は {}",
                    found.ja
                ),
            ));
        }
    }
    if turned_away > shown {
        let more = turned_away - shown;
        out.line(both(
            format!("      and {more} more near misses"),
            format!("      ほかに近い記録が {more} 件"),
        ));
    }
}

/// One subject: its verdict, and every step with its window.
fn one(out: &mut Out, search: &Search<'_, '_>, rule: &Rule) {
    let (listed, judged) = weigh(search, rule.spec.best_verdict);
    let Some(best) = judged.first() else {
        return;
    };
    let verdict = out.verdict(best.verdict);
    out.line(match listed {
        true => both(format!("  {verdict}"), format!("  {verdict}")),
        false => both(
            format!("  {verdict}, not listed: no step that opens such a finding was observed"),
            format!(
                "  {verdict}（レポートには掲載しない: 判定の起点となる確認項目が確認されていない）"
            ),
        ),
    });
    let world = search.world;
    for (n, step) in rule.spec.steps.iter().enumerate() {
        let (id, role, outcome) = (&step.id.value, role(step), outcome(&best.outcomes[n]));
        out.line(both(
            format!("  - {id} ({}): {}", role.en, outcome.en),
            format!("  - {id}（{}）: {}", role.ja, outcome.ja),
        ));
        if let StepOutcome::Observed { events, .. } = &best.outcomes[n] {
            for &e in events.iter().take(EVENTS) {
                let said = said(world, e);
                out.line(both(format!("      {said}"), format!("      {said}")));
            }
            if events.len() > EVENTS {
                let more = events.len() - EVENTS;
                out.line(both(
                    format!("      and {more} more"),
                    format!("      ほか {more} 件"),
                ));
            }
            continue;
        }
        let what = step.what.get(out.lang).trim();
        out.line(both(
            format!("      looked for: {what}"),
            format!("      確認した内容: {what}"),
        ));
        if step.state.is_none() {
            let window = search.expected_window(n, &best.binding, None);
            out.line(both(
                format!("      between {} and {}", window.from, window.to),
                format!("      期間: {} ～ {}", window.from, window.to),
            ));
        }
        let hits = search.pool.hits(n);
        for hit in hits.iter().take(EVENTS) {
            if let Some(why) = search.why_not(n, hit, &best.binding, &|s| {
                rule.spec.steps[s].id.value.clone()
            }) {
                let said = said(world, hit.event);
                out.line(both(
                    format!("      near miss: {said}: {}", why.en),
                    format!("      近い記録: {said}: {}", why.ja),
                ));
            }
        }
        if hits.len() > EVENTS {
            let more = hits.len() - EVENTS;
            out.line(both(
                format!("      and {more} more events that fit by themselves"),
                format!("      ほかに単独で条件に合う記録が {more} 件"),
            ));
        }
        if let Some(hidden) = best.hidden.iter().find(|h| h.step == n) {
            for missing in &hidden.missing {
                let (channel, node) = (&missing.channel, missing.node.as_ref());
                let of = node.map_or_else(
                    || both("every node", "すべてのノード"),
                    |n| both(n.as_str(), n.as_str()),
                );
                let partly = match missing.partly {
                    true => both(" for all of that time", "（この期間の全体）"),
                    false => both("", ""),
                };
                out.line(both(
                    format!(
                        "      cannot be told without {channel} of {}{}",
                        of.en, partly.en
                    ),
                    format!(
                        "      判断に必要: {} の {}{}",
                        of.ja,
                        channel_ja(channel),
                        partly.ja
                    ),
                ));
            }
            if hidden.edge {
                out.line(both(
                    "      seen at the window's end; clocks do not tell on which side",
                    "      期間の境界付近の記録（時計の誤差により、期間の内か外かは判断できない）",
                ));
            }
        }
    }
    let rests = judged.iter().filter(|j| j.verdict == best.verdict).count();
    if listed && matches!(best.verdict, Verdict::Confirmed | Verdict::Probable) && rests > 1 {
        let more = rests - 1;
        out.line(both(
            format!("  and {more} more assignments of the same verdict"),
            format!("  同じ判定となる記録の組み合わせがほかに {more} 通り"),
        ));
    }
}

/// What is missing, inside a Japanese sentence; channels keep their names.
fn channel_ja(channel: &str) -> &str {
    match channel {
        NOTES => "担当者の申告",
        SNAPSHOTS => "構成スナップショット",
        channel => channel,
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

fn role(step: &Step) -> Localized {
    match (step.absent, step.role) {
        (true, _) => both("must be absent", "記録がないことを確認"),
        (false, Role::Required) => both("required", "必須"),
        (false, Role::Supporting) => both("supporting", "補足"),
        (false, Role::Contradicting) => both("contradicting", "反証"),
    }
}

fn outcome(outcome: &StepOutcome) -> Localized {
    match outcome {
        StepOutcome::Observed {
            grade: Grade::Direct,
            ..
        } => both("observed", "確認済み"),
        StepOutcome::Observed { .. } => both("observed, circumstantial", "確認済み（状況証拠）"),
        StepOutcome::AbsenceSeen => both(
            "absent, and would have been seen",
            "なし（記録範囲内であることを確認）",
        ),
        StepOutcome::NotFound => both(
            "not found, and would have been seen",
            "該当する記録なし（記録範囲内）",
        ),
        StepOutcome::NotObservable => both("could not have been seen", "確認できず（ログ不足）"),
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
