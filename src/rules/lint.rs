//! Ways to write a bad rule: one check, one stable code, one message with the
//! place and the remedy. A rule that passes can run and cannot accuse on generic
//! evidence alone. What the YAML parser refuses (VR001) is told by `load`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use regex::Regex;

use super::code::Code;
use super::compile::{COUNTED_SUBJECTS, parse_node_ref};
use super::error::Problem;
use super::fixture::Case;
use super::load::parse;
use super::matcher::{EVENT_FIELDS, SUBJECT_FIELDS};
use super::schema::{
    Alternative, At, Condition, ObjectSpec, Opens, Place, Role, RuleSpec, StateSpec, Step,
};
use super::state::SETTINGS;
use super::status;
use super::verdict::{EntityKind, Grade, Verdict};
use super::vocabulary::Vocabulary;
use super::wording::{entity_word, placeholders};
use crate::model::inventory::ExportedClass;
use crate::model::kind::{EventKind, nearest};
use crate::model::text::Localized;
use crate::model::windows::VERSIONS;

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Kinds that many different issues cause, so that they prove none of them.
pub const GENERIC_CARRIERS: [EventKind; 8] = [
    EventKind::NodeRemoved,
    EventKind::ResourceFailed,
    EventKind::MigrationFailed,
    EventKind::MigrationCompleted,
    EventKind::MigrationReceived,
    EventKind::GroupMoved,
    EventKind::VmMovedLive,
    EventKind::VmMovedCold,
];

/// What is known of a rule beside its text. What is `None` is not checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'c> {
    /// The folder that holds the file.
    pub folder: Option<&'c str>,
    /// The folder above.
    pub area: Option<&'c str>,
    /// The names of its cases.
    pub cases: Option<&'c [&'c str]>,
    /// The classes of exported objects that are read.
    pub exports: Option<&'c [ExportedClass]>,
    /// The values that events can have.
    pub vocabulary: Option<&'c Vocabulary>,
}

struct Linter<'r> {
    path: &'r str,
    exports: Option<&'r [ExportedClass]>,
    vocabulary: Option<&'r Vocabulary>,
    rule: &'r RuleSpec,
    steps: BTreeMap<&'r str, &'r At<Step>>,
    problems: Vec<Problem>,
}

/// Every problem of a rule, by place.
#[must_use]
pub fn lint(path: &str, rule: &RuleSpec, context: &Context<'_>) -> Vec<Problem> {
    let mut linter = Linter {
        path,
        exports: context.exports,
        vocabulary: context.vocabulary,
        rule,
        steps: rule.steps.iter().map(|s| (s.id.as_str(), s)).collect(),
        problems: Vec::new(),
    };
    linter.heading(context);
    linter.texts();
    for step in &rule.steps {
        linter.step(step);
    }
    linter.shape();
    let mut problems = linter.problems;
    problems.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
    problems.dedup();
    problems
}

/// Lines of a rule or case file that still say TODO, as `new` wrote it. Such a file runs.
#[must_use]
pub fn leftovers(path: &str, source: &str) -> Vec<Problem> {
    let column = |line: &str| {
        let at = line.find("TODO")?;
        Some(line[..at].chars().count() as u64 + 1)
    };
    let lines = (1..).zip(source.lines());
    lines
        .filter_map(|(line, text)| {
            Some(Problem {
                code: Code::Leftover,
                path: path.to_owned(),
                place: Place {
                    line,
                    column: column(text)?,
                },
                message: format!("expected what is meant, found {:?}", text.trim()),
                remedy: "write it in place of TODO".to_owned(),
            })
        })
        .collect()
}

/// Every problem of a case, by place: it cannot be read, or says what changes nothing.
#[must_use]
pub fn lint_case(path: &str, source: &str, context: &Context<'_>) -> Vec<Problem> {
    let case: Case = match parse(path, source) {
        Ok(case) => case,
        Err(problem) => return vec![problem],
    };
    let problem = |code, place, message, remedy: &str| Problem {
        code,
        path: path.to_owned(),
        place,
        message,
        remedy: remedy.to_owned(),
    };
    let strays = case.strays().into_iter().map(|(place, node)| {
        problem(
            Code::StrayNode,
            place,
            format!("expected a node that coverage.nodes names, found {node:?}"),
            "name the node there, with the channels that were collected of it, or []",
        )
    });
    let mut problems: Vec<Problem> = strays.collect();
    let vocabulary = context.vocabulary.into_iter();
    for (vocabulary, event) in vocabulary.flat_map(|v| case.events.iter().map(move |e| (v, e))) {
        let names = vocabulary.fields_of(&[event.kind]);
        let unknown = event.fields.keys().filter(|f| !names.contains(f.as_str()));
        problems.extend(unknown.map(|field| {
            problem(
                Code::StrayValue,
                event.place,
                format!(
                    "expected a value that {} can have, found {field:?}{}",
                    event.kind,
                    meant(field, names.iter().copied())
                ),
                "correct the field; `vmtrail events show KIND` prints those of a kind",
            )
        }));
    }
    problems.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
    problems
}

/// The nearest of some names, as the end of a message.
fn meant<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names = names.map(|name| (name.to_lowercase(), name));
    match nearest(&text.to_lowercase(), names) {
        Some(name) => format!("; did you mean {name:?}"),
        None => String::new(),
    }
}

fn is_japanese(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

impl<'r> Linter<'r> {
    fn say(&mut self, code: Code, place: Place, message: impl Into<String>, remedy: &str) {
        self.problems.push(Problem {
            code,
            path: self.path.to_owned(),
            place,
            message: message.into(),
            remedy: remedy.to_owned(),
        });
    }

    fn top(&self) -> Place {
        self.rule.id.place
    }

    fn heading(&mut self, context: &Context<'_>) {
        let rule = self.rule;
        let id = &rule.id;
        let well_formed = !id.is_empty()
            && id.split('-').all(|word| {
                !word.is_empty()
                    && word
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if !well_formed {
            self.say(
                Code::Id,
                id.place,
                format!(
                    "expected lower-case words joined by '-', found {:?}",
                    id.value
                ),
                "rename the rule",
            );
        } else if let Some(folder) = context.folder
            && folder != id.value
        {
            self.say(
                Code::Id,
                id.place,
                format!(
                    "expected the folder's name {folder:?}, found {:?}",
                    id.value
                ),
                "rename one of them",
            );
        }
        if let Some(area) = context.area
            && area != rule.area.value
        {
            self.say(
                Code::Area,
                rule.area.place,
                format!(
                    "expected the name {area:?} of the folder above, found {:?}",
                    rule.area.value
                ),
                "move the folder or change the area",
            );
        }
        if let Some(cases) = context.cases {
            for needed in ["fires", "quiet", "blind"] {
                if !cases.contains(&needed) {
                    self.say(
                        Code::Cases,
                        self.top(),
                        format!("expected cases/{needed}.yaml beside the rule"),
                        "write the case",
                    );
                }
            }
        }
        if rule.references.is_empty() || rule.references.iter().any(|r| r.trim().is_empty()) {
            self.say(
                Code::References,
                self.top(),
                "expected at least one public reference, and none that is empty",
                "name the article, page or column that the rule rests on",
            );
        }
        for version in &rule.applies_to.versions {
            if !VERSIONS.iter().any(|(name, ..)| *name == version.value) {
                let names: Vec<&str> = VERSIONS.iter().map(|(name, ..)| *name).collect();
                self.say(
                    Code::Version,
                    version.place,
                    format!(
                        "expected one of {}, found {:?}",
                        names.join(", "),
                        version.value
                    ),
                    "use a name of the list, or builds",
                );
            }
        }
        for range in &rule.applies_to.builds {
            if range.min.unwrap_or(0) > range.max.unwrap_or(u32::MAX) {
                self.say(
                    Code::Version,
                    range.place,
                    "expected min to be at most max",
                    "swap them",
                );
            }
        }
    }

    fn texts(&mut self) {
        let rule = self.rule;
        let mut texts: Vec<&At<Localized>> = vec![&rule.title, &rule.cause];
        texts.extend(rule.explanation.all());
        texts.extend(&rule.remedy);
        texts.extend(&rule.false_positives);
        for step in &rule.steps {
            texts.push(&step.what);
            texts.extend(&step.collect);
        }
        for text in texts {
            if text.en.trim().is_empty() || text.ja.trim().is_empty() {
                self.say(
                    Code::Text,
                    text.place,
                    "expected a text in both languages, found an empty one",
                    "write it",
                );
            } else if !is_japanese(&text.ja) {
                self.say(
                    Code::Text,
                    text.place,
                    format!("expected Japanese under ja, found {:?}", text.ja),
                    "translate it",
                );
            } else if text.ja.contains("、 ") || text.ja.contains("。 ") {
                self.say(
                    Code::Text,
                    text.place,
                    "found a space after 、 or 。 in a Japanese text, as a folded line leaves it",
                    "write the text on one line",
                );
            }
        }
        let filled = rule
            .explanation
            .all()
            .chain(rule.steps.iter().flat_map(|s| &s.collect));
        for text in filled {
            for part in [&text.en, &text.ja] {
                let (opened, closed) = (part.matches("[[").count(), part.matches("]]").count());
                if opened != closed {
                    self.say(
                        Code::Placeholder,
                        text.place,
                        format!("found {opened} times [[ and {closed} times ]]"),
                        "enclose each part that may be left out in [[ and ]]",
                    );
                }
                for (_, name) in placeholders(part) {
                    if !self.can_fill(name) {
                        self.say(
                            Code::Placeholder,
                            text.place,
                            format!(
                                "expected {{subject}}, {{{}}}, {{from_node}}, {{to_node}} or {{STEP.value}}, found {{{name}}}",
                                entity_word(rule.entity)
                            ),
                            "correct the placeholder",
                        );
                    }
                }
            }
        }
        match (rule.best_verdict, &rule.explanation.confirmed) {
            (Verdict::Confirmed, None) => self.say(
                Code::Explanations,
                self.top(),
                "expected explanation.confirmed, since the rule can confirm",
                "write the text, or set best_verdict: probable",
            ),
            (Verdict::Probable, Some(text)) => self.say(
                Code::Explanations,
                text.place,
                "found explanation.confirmed in a rule whose best verdict is probable",
                "remove the text, or the limit",
            ),
            (Verdict::NotAssessable | Verdict::RuledOut, _) => self.say(
                Code::Explanations,
                self.top(),
                "expected best_verdict to be confirmed or probable",
                "a rule that can never find anything is no rule",
            ),
            _ => {}
        }
    }

    fn can_fill(&self, name: &str) -> bool {
        if name == "subject" || name == entity_word(self.rule.entity) {
            return true;
        }
        match name.split_once('.') {
            None => SUBJECT_FIELDS.contains(&format!("subject.{name}").as_str()),
            Some((step, value)) => (self.steps.get(step))
                .is_some_and(|step| !value.is_empty() && self.can_tell(step, value)),
        }
    }

    /// Whether an event of the step can have this value.
    fn can_tell(&self, step: &Step, value: &str) -> bool {
        let subject = format!("subject.{value}");
        if ["time", "node", "origin"].contains(&value)
            || SUBJECT_FIELDS.contains(&subject.as_str())
            || SUBJECT_FIELDS.contains(&value)
            || EVENT_FIELDS.contains(&value)
        {
            return true;
        }
        let kinds: Vec<EventKind> = step.any.iter().flat_map(|w| self.kinds_of(w)).collect();
        self.names_of(&kinds)
            .is_none_or(|names| names.contains(value))
    }

    /// The kinds that an alternative matches.
    fn kinds_of(&self, way: &Alternative) -> Vec<EventKind> {
        let named: Vec<EventKind> = way.all_kinds().collect();
        match (&way.provider, way.event_id, self.vocabulary) {
            (Some(provider), Some(id), Some(vocabulary)) if named.is_empty() => {
                vocabulary.kinds_of(provider, id)
            }
            _ => named,
        }
    }

    /// The values that events of these kinds can have, where that is known.
    fn names_of(&self, kinds: &[EventKind]) -> Option<BTreeSet<&'r str>> {
        let vocabulary = self.vocabulary.filter(|_| !kinds.is_empty())?;
        Some(vocabulary.fields_of(kinds))
    }

    /// A value that no event of these kinds has would never be there.
    fn value(&mut self, name: &str, place: Place, kinds: &[EventKind]) {
        // What is empty, or of the event itself, is checked by itself.
        if name.is_empty() || name.contains('.') {
            return;
        }
        let Some(names) = self.names_of(kinds).filter(|n| !n.contains(name)) else {
            return;
        };
        let subject = format!("subject.{name}");
        let meant = if SUBJECT_FIELDS.contains(&subject.as_str()) {
            format!("; did you mean {subject:?}")
        } else {
            meant(name, names.iter().copied())
        };
        let kinds: Vec<&str> = kinds.iter().map(|k| k.name()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        self.say(
            Code::UnknownField,
            place,
            format!(
                "expected a value that {} can have ({}), found {name:?}{meant}",
                kinds.join(" or "),
                names.join(", ")
            ),
            "correct the field; `vmtrail events show KIND` prints those of a kind",
        );
    }

    /// What no entry of the dictionary reads is never seen.
    fn record(&mut self, way: &At<Alternative>) {
        let (Some(provider), Some(id), Some(vocabulary)) =
            (&way.provider, way.event_id, self.vocabulary)
        else {
            return;
        };
        let kinds = vocabulary.kinds_of(provider, id);
        let named: Vec<EventKind> = way.all_kinds().collect();
        if kinds.is_empty() {
            self.say(
                Code::UnknownRecord,
                way.place,
                format!("expected an event of the dictionary, found {provider} {id}"),
                "correct it, or add it to the dictionary (rules/events/, or --dictionary)",
            );
        } else if !named.is_empty() && !named.iter().any(|k| kinds.contains(k)) {
            let kinds: Vec<&str> = kinds.iter().map(|k| k.name()).collect();
            let named: Vec<&str> = named.iter().map(|k| k.name()).collect();
            self.say(
                Code::UnknownRecord,
                way.place,
                format!(
                    "expected {provider} {id} as {}, found {}",
                    kinds.join(" or "),
                    named.join(" or ")
                ),
                "correct the kind, or leave it out",
            );
        }
    }

    fn refers(&mut self, name: &At<String>, place: Place) {
        match self.steps.get(name.as_str()) {
            Some(step) if step.is_positive() => {}
            Some(_) => self.say(
                Code::UnknownStep,
                place,
                format!(
                    "expected a step that is observed, found {:?}, which is to be absent or contradicts",
                    name.value
                ),
                "refer to a required or supporting step",
            ),
            None => {
                let known: Vec<&str> = self.steps.keys().copied().collect();
                self.say(
                    Code::UnknownStep,
                    place,
                    format!(
                        "expected one of {}, found {:?}",
                        known.join(", "),
                        name.value
                    ),
                    "correct the name of the step",
                );
            }
        }
    }

    fn step(&mut self, step: &'r At<Step>) {
        let twins = self.rule.steps.iter().filter(|s| s.id == step.id).count();
        if twins > 1 || step.id.value == "entity" {
            self.say(
                Code::StepId,
                step.id.place,
                format!("expected an id of its own, found {:?}", step.id.value),
                "rename the step; \"entity\" is reserved",
            );
        }
        for name in step.after.iter().chain(&step.before) {
            self.refers(name, name.place);
        }
        if let Some(pair) = &step.between {
            for name in pair.value.iter() {
                self.refers(&At::nowhere(name.clone()), pair.place);
            }
        }
        if let Some(state) = &step.state {
            self.state(step, state);
        } else if step.any.is_empty() {
            self.say(
                Code::NoKind,
                step.place,
                "expected at least one alternative under any",
                "say how the step shows",
            );
        }
        for way in &step.any {
            self.alternative(step, way);
        }
        let kinds: Vec<EventKind> = step.any.iter().flat_map(|w| self.kinds_of(w)).collect();
        for name in &step.restated_when_equal {
            self.value(name, step.place, &kinds);
        }
        if let Some(distinct) = &step.distinct
            && !COUNTED_SUBJECTS.contains(&distinct.as_str())
        {
            self.value(distinct, distinct.place, &kinds);
        }
        if step.state.is_none() {
            self.windows(step);
        }
        self.raises(step);

        let decides = step.must_be_seen()
            || step.absent
            || (step.state.is_some() && step.role == Role::Required);
        if decides && step.collect.is_empty() {
            self.say(
                Code::Collect,
                step.place,
                format!(
                    "expected collect in step {:?}, which decides",
                    step.id.value
                ),
                "say what to collect when it cannot be seen",
            );
        }
    }

    fn windows(&mut self, step: &'r At<Step>) {
        let anchored = step.after.is_some() || step.before.is_some();
        if !step.is_positive() {
            let has_window = step.between.is_some()
                || (step.after.is_some() && step.before.is_some())
                || (anchored && step.within.is_some());
            if !has_window {
                self.say(
                    Code::NoWindow,
                    step.place,
                    format!(
                        "expected a window for step {:?}: between, or within with after or before",
                        step.id.value
                    ),
                    "say between which steps it is looked for",
                );
            }
            if step.any.iter().any(|w| w.grade == Grade::Circumstantial) {
                self.say(
                    Code::WeakContradiction,
                    step.place,
                    "expected direct evidence in a step that rules out",
                    "remove the circumstantial alternative",
                );
            }
        }
        if let Some(distinct) = &step.distinct {
            let field = distinct.as_str();
            if step.count.value < 2 {
                self.say(
                    Code::Distinct,
                    distinct.place,
                    format!(
                        "found distinct in step {:?}, which counts to one",
                        step.id.value
                    ),
                    "add count, or remove distinct",
                );
            }
            if field.is_empty() || field.contains('.') {
                self.say(
                    Code::UnknownField,
                    distinct.place,
                    format!(
                        "expected node, vm, group, resource, network, volume, from_node, to_node or a field of the event, found {field:?}"
                    ),
                    "correct the name",
                );
            }
        }
        let useless = if step.is_positive() && step.between.is_some() {
            Some("between")
        } else if !step.absent && !step.denied_by.is_empty() {
            Some("denied_by")
        } else if step.absent && step.role != Role::Required {
            Some("role")
        } else if step.first && step.after.is_none() {
            Some("first")
        } else if !step.is_positive() && (step.all || step.first || step.count.value != 1) {
            Some("count, all or first")
        } else if step.between.is_some() && (anchored || step.within.is_some()) {
            Some("between beside after, before or within")
        } else {
            None
        };
        if let Some(key) = useless {
            self.say(
                Code::UselessKey,
                step.place,
                format!(
                    "found {key} in step {:?}, where it has no meaning",
                    step.id.value
                ),
                "remove it",
            );
        }
        if let Some(within) = &step.within
            && !anchored
            && step.count.value < 2
            && !step.all
        {
            self.say(
                Code::Within,
                within.place,
                "found within, and nothing that it is measured from",
                "add after or before",
            );
        }
        if step.count.value == 0 || (step.count.value > 1 && step.within.is_none()) {
            self.say(
                Code::Count,
                step.count.place,
                format!(
                    "expected a count of at least 1, with a window when above 1, found {}",
                    step.count.value
                ),
                "add within, or correct the count",
            );
        }
    }

    /// What a state step asks, and that it asks nothing of events.
    fn state(&mut self, step: &'r At<Step>, state: &'r At<StateSpec>) {
        let asks = [
            state.is.is_some(),
            state.runs_on.is_some(),
            !state.updates.is_empty(),
            state.build.is_some(),
            state.build_differs_from.is_some(),
            state.setting.is_some(),
            state.object.is_some(),
        ];
        let asked = asks.iter().filter(|a| **a).count();
        let timed = state.is.is_some() || state.runs_on.is_some() || state.setting.is_some();
        let trouble = if asked != 1 {
            Some(format!("expected one question, found {asked}"))
        } else if timed && state.at.is_none() {
            Some("expected at, the step at whose time it is asked".to_owned())
        } else if state.node.is_some() && (state.runs_on.is_some() || state.setting.is_some()) {
            Some("found node, which says nothing of a VM".to_owned())
        } else {
            None
        };
        if let Some(message) = trouble {
            self.say(
                Code::State,
                state.place,
                format!("{message}, in step {:?}", step.id.value),
                "ask one of is, runs_on, setting (each with at), updates, build, build_differs_from, object",
            );
        }
        if let Some(at) = &state.at {
            self.refers(at, at.place);
        }
        let nodes = [&state.node, &state.runs_on, &state.build_differs_from];
        for reference in nodes.into_iter().flatten() {
            self.node_ref(reference);
        }
        if let Some(setting) = &state.setting {
            self.condition(setting);
            if !SETTINGS.contains(&setting.field.as_str()) {
                self.say(
                    Code::UnknownField,
                    setting.field.place,
                    format!(
                        "expected one of {}, found {:?}",
                        SETTINGS.join(", "),
                        setting.field.value
                    ),
                    "correct the field",
                );
            }
        }
        if let Some(object) = &state.object {
            self.object(object);
        }
        let useless = !step.any.is_empty()
            || step.absent
            || step.effect
            || step.after.is_some()
            || step.before.is_some()
            || step.between.is_some()
            || step.within.is_some()
            || step.count.value != 1
            || step.distinct.is_some()
            || step.all
            || step.first
            || step.opens.is_some()
            || !step.denied_by.is_empty()
            || !step.restated_when_equal.is_empty();
        if useless {
            self.say(
                Code::UselessKey,
                step.place,
                format!(
                    "found a key about events in step {:?}, which asks for a state",
                    step.id.value
                ),
                "keep id, what, role, state, raises and collect",
            );
        }
    }

    /// What an export is asked for; a name that none has would never be answered.
    fn object(&mut self, object: &ObjectSpec) {
        for condition in &object.conditions {
            self.condition(condition);
        }
        let Some(exports) = self.exports else {
            return;
        };
        let asked = &object.class;
        let known = (exports.iter()).find(|c| c.name.eq_ignore_ascii_case(asked));
        let Some(class) = known else {
            self.say(
                Code::UnknownObject,
                asked.place,
                format!(
                    "expected a class of exported objects, found {:?}{}",
                    asked.value,
                    meant(asked, exports.iter().map(|c| c.name))
                ),
                "correct the class, or have it read (src/readers/inventory/classes.rs)",
            );
            return;
        };
        for condition in &object.conditions {
            let field = &condition.field;
            let mut properties = class.properties.iter();
            // An empty one is told as a field.
            if field.is_empty() || properties.any(|p| p.eq_ignore_ascii_case(field)) {
                continue;
            }
            self.say(
                Code::UnknownObject,
                field.place,
                format!(
                    "expected a property of {}, found {:?}{}",
                    class.name,
                    field.value,
                    meant(field, class.properties.iter().copied())
                ),
                "correct the property, or name it for its class (src/readers/inventory/classes.rs)",
            );
        }
    }

    fn raises(&mut self, step: &'r At<Step>) {
        let Some(name) = &step.raises else {
            return;
        };
        self.refers(name, name.place);
        let target = self.steps.get(name.as_str());
        let weak = target.is_some_and(|t| {
            t.must_be_seen() && t.any.iter().any(|w| w.grade == Grade::Circumstantial)
        });
        if !weak || step.role != Role::Supporting || step.absent {
            self.say(
                Code::Raises,
                name.place,
                format!(
                    "expected a supporting step that raises a required one with circumstantial evidence, found {:?} raising {:?}",
                    step.id.value, name.value
                ),
                "make this step supporting, or remove raises",
            );
        }
    }

    fn alternative(&mut self, step: &Step, way: &At<Alternative>) {
        let raw = way.provider.is_some() && way.event_id.is_some();
        let half = way.provider.is_some() != way.event_id.is_some();
        let stray = way.channel.is_some() && !raw;
        if (way.all_kinds().next().is_none() && !raw) || half || stray {
            self.say(
                Code::NoKind,
                way.place,
                format!(
                    "expected a kind, or provider with event_id, in step {:?}",
                    step.id.value
                ),
                "say which event it is",
            );
        }
        let near = way.with.iter().chain(&way.without);
        let near: Vec<_> = near.collect();
        if near.iter().any(|n| n.kinds.is_empty()) {
            self.say(
                Code::NoKind,
                way.place,
                "expected kinds in every companion",
                "say which event it is",
            );
        }
        let kinds = self.kinds_of(way);
        for condition in &way.conditions {
            self.condition(condition);
            self.value(&condition.field, condition.field.place, &kinds);
        }
        for companion in near {
            for condition in &companion.conditions {
                self.condition(condition);
                self.value(&condition.field, condition.field.place, &companion.kinds);
            }
        }
        self.record(way);
        let about = way.about.iter();
        let refs = about.flat_map(|a| [&a.node, &a.from_node, &a.to_node]);
        for reference in refs.chain([&way.on]).flatten() {
            self.node_ref(reference);
        }
    }

    fn node_ref(&mut self, reference: &At<String>) {
        match parse_node_ref(reference) {
                Some((_, Some((name, _)))) => {
                    self.refers(&At::nowhere(name.to_owned()), reference.place);
                }
                Some((_, None)) if self.rule.entity == EntityKind::Node => {}
                Some((_, None)) => self.say(
                    Code::NodeRef,
                    reference.place,
                    format!(
                        "found {:?} in a rule whose entity is a {}",
                        reference.value,
                        entity_word(self.rule.entity)
                    ),
                    "refer to a node of a step",
                ),
                None => self.say(
                    Code::NodeRef,
                    reference.place,
                    format!(
                        "expected entity, STEP.node, STEP.from_node or STEP.to_node, with or without \"not \", found {:?}",
                        reference.value
                    ),
                    "correct the reference",
                ),
            }
    }

    fn condition(&mut self, condition: &At<Condition>) {
        let c = &condition.value;
        let operators = [
            c.equals.is_some(),
            c.one_of.is_some(),
            c.status.is_some(),
            c.min.is_some() || c.max.is_some(),
            c.contains.is_some(),
            c.prefix.is_some(),
            c.suffix.is_some(),
            c.regex.is_some(),
            c.exists.is_some(),
        ];
        let found = operators.iter().filter(|o| **o).count();
        if found != 1 {
            self.say(
                Code::Operators,
                condition.place,
                format!(
                    "expected one comparison, found {found}, on {:?}",
                    c.field.value
                ),
                "use one of equals, one_of, status, min with max, contains, prefix, suffix, regex, exists",
            );
        }
        if let (Some(min), Some(max)) = (c.min, c.max)
            && min > max
        {
            self.say(
                Code::Range,
                condition.place,
                format!("expected min to be at most max, found {min} and {max}"),
                "swap them",
            );
        }
        let field = c.field.as_str();
        let known = SUBJECT_FIELDS.contains(&field) || EVENT_FIELDS.contains(&field);
        if field.is_empty() || (field.contains('.') && !known) {
            self.say(
                Code::UnknownField,
                if field.is_empty() {
                    condition.place
                } else {
                    c.field.place
                },
                format!(
                    "expected a field of the event, or one of {}, {}, found {field:?}",
                    SUBJECT_FIELDS.join(", "),
                    EVENT_FIELDS.join(", ")
                ),
                "correct the field",
            );
        }
        for code in c.status.iter().flatten() {
            if status::number_of(&code.0).is_none() {
                self.say(
                    Code::UnknownStatus,
                    condition.place,
                    format!(
                        "expected a status code by number or known name, found {:?}",
                        code.0
                    ),
                    "write its number, as 0x and eight digits",
                );
            }
        }
        if let Some(regex) = &c.regex
            && let Err(error) = Regex::new(regex)
        {
            let told = error.to_string();
            let told = told.lines().last().unwrap_or_default();
            self.say(
                Code::BadRegex,
                regex.place,
                format!(
                    "expected a regular expression, found {:?}: {told}",
                    regex.value
                ),
                "correct the expression",
            );
        }
    }

    /// What concerns the rule as a whole.
    fn shape(&mut self) {
        let rule = self.rule;
        let required: Vec<&At<Step>> = rule.steps.iter().filter(|s| s.must_be_seen()).collect();
        if required.is_empty() {
            self.say(
                Code::NoRequired,
                self.top(),
                "expected at least one required step that is observed",
                "say what must be seen",
            );
            return;
        }
        let effects: Vec<&&At<Step>> = required.iter().filter(|s| s.effect).collect();
        let stray = rule.steps.iter().find(|s| s.effect && !s.must_be_seen());
        if let Some(step) = stray.or_else(|| effects.get(1).map(|s| **s)) {
            self.say(
                Code::Effect,
                step.place,
                "expected exactly one effect, in a required step that is observed",
                "keep effect on the step that is the harm done",
            );
        } else if effects.is_empty() {
            self.say(
                Code::Effect,
                self.top(),
                "expected one required step with effect: true, found none",
                "mark the step that is the harm done",
            );
        }
        let opens = |s: &Step| s.opens() != Opens::No;
        // What all events of the rule together list may still wait for a state.
        let asks = |s: &Step| s.role == Role::Required && s.state.is_some();
        if !rule.steps.iter().any(|s| opens(s) || asks(s)) {
            self.say(
                Code::NothingOpens,
                self.top(),
                "expected a step that makes a finding worth listing",
                "set opens: true on the step that is peculiar to the issue",
            );
        }
        let joined = |s: &Step| s.any.iter().any(|w| w.about.is_none());
        let named = matches!(rule.entity, EntityKind::Node | EntityKind::Cluster);
        if !named && !required.iter().any(|s| joined(s)) {
            self.say(
                Code::Unjoined,
                self.top(),
                format!(
                    "expected a required step whose events name the {}",
                    entity_word(rule.entity)
                ),
                "remove about from one alternative",
            );
        }
        if rule.best_verdict == Verdict::Confirmed && required.iter().all(|s| is_generic(s)) {
            self.say(
                Code::GenericOnly,
                self.top(),
                "expected a required step that is not carried by generic events alone (node.removed, resource.failed, migration.failed, migration.completed, moves)",
                "add a condition on what the event says, another step, or best_verdict: probable",
            );
        }
        self.ties(&required);
    }

    /// Order ties required steps together, and never in a circle.
    fn ties(&mut self, required: &[&'r At<Step>]) {
        let positive: Vec<&At<Step>> = self.rule.steps.iter().filter(|s| s.is_positive()).collect();
        let mut placed: BTreeSet<&str> = BTreeSet::new();
        let refs = |s: &'r Step| -> Vec<&'r str> {
            let mut refs: Vec<&str> = s
                .after
                .iter()
                .chain(&s.before)
                .map(|n| n.as_str())
                .collect();
            for way in &s.any {
                let about = way.about.iter();
                let nodes = about.flat_map(|a| [&a.node, &a.from_node, &a.to_node]);
                for reference in nodes.chain([&way.on]).flatten() {
                    if let Some((_, Some((name, _)))) = parse_node_ref(reference) {
                        refs.push(name);
                    }
                }
            }
            refs
        };
        loop {
            let next = positive.iter().find(|s| {
                !placed.contains(s.id.as_str())
                    && refs(s)
                        .iter()
                        .all(|r| placed.contains(r) || !self.steps.contains_key(r))
            });
            match next {
                Some(step) => {
                    placed.insert(step.id.as_str());
                }
                None => break,
            }
        }
        if let Some(step) = positive.iter().find(|s| !placed.contains(s.id.as_str())) {
            let (place, id) = (step.place, step.id.value.clone());
            self.say(
                Code::Circle,
                place,
                format!("step {id:?} refers to itself, by way of others or directly"),
                "remove one of after, before, on and about",
            );
            return;
        }
        // Joined by order, the required steps must make one piece.
        let Some(first) = required.first() else {
            return;
        };
        let mut piece = BTreeSet::from([first.id.as_str()]);
        loop {
            let before = piece.len();
            for step in &positive {
                for other in step.after.iter().chain(&step.before) {
                    if piece.contains(step.id.as_str()) || piece.contains(other.as_str()) {
                        piece.insert(step.id.as_str());
                        piece.insert(other.as_str());
                    }
                }
            }
            if piece.len() == before {
                break;
            }
        }
        for step in required {
            if !piece.contains(step.id.as_str()) {
                self.say(
                    Code::Untied,
                    step.place,
                    format!(
                        "expected order between step {:?} and {:?}, found none",
                        step.id.value, first.id.value
                    ),
                    "add after or before",
                );
            }
        }
    }
}

/// Event ids of the generic carriers, for alternatives that name a record.
pub const GENERIC_IDS: [u32; 6] = [1069, 1135, 1641, 20415, 20418, 21502];

/// Whether a step shows by generic carriers alone, whatever they say.
fn is_generic(step: &Step) -> bool {
    step.any.iter().all(|way| {
        let mut kinds = way.all_kinds().peekable();
        let says = way.conditions.iter().any(|c| !c.field.contains('.'));
        let raw = way.event_id.is_some_and(|id| GENERIC_IDS.contains(&id));
        (raw || (kinds.peek().is_some() && kinds.all(|k| GENERIC_CARRIERS.contains(&k))))
            && !says
            && way
                .with
                .iter()
                .all(|w| w.kinds.iter().all(|k| GENERIC_CARRIERS.contains(k)))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A rule without a fault, on which each mistake is tried.
    pub(in crate::rules) const GOOD: &str = "\
id: good-rule
title:
  en: Good
  ja: 良い規則
area: vm-config
severity: error
status: test
entity: vm
references: [https://example.org/article]
steps:
  - id: change
    what: {en: an edit, ja: 変更}
    collect: [{en: notes, ja: メモ}]
    any:
      - kind: vm.settings_changed
        where:
          - {field: property, contains: vlan}
  - id: effect
    effect: true
    what: {en: a loss, ja: 切断}
    collect: [{en: notes, ja: メモ}]
    after: change
    within: 24h
    any:
      - kind: vm.network_lost
  - id: refresh
    absent: true
    what: {en: a refresh, ja: 更新}
    collect: [{en: reports, ja: レポート}]
    between: [change, effect]
    any:
      - kind: vm.config_refreshed
cause: {en: Because., ja: 原因。}
explanation:
  confirmed: {en: 'Edited {change.time}.', ja: '{change.time} に変更。'}
  probable: {en: Maybe., ja: 可能性あり。}
  ruled_out: {en: No., ja: 該当しない。}
  not_assessable: {en: Unknown., ja: 判断できない。}
";

    fn check(text: &str, context: &Context<'_>) -> Vec<Problem> {
        let rule: RuleSpec = parse("rule.yaml", text).unwrap();
        lint("rule.yaml", &rule, context)
    }

    #[test]
    fn the_good_rule_is_good() {
        let context = Context {
            folder: Some("good-rule"),
            area: Some("vm-config"),
            cases: Some(&["fires", "quiet", "blind"]),
            exports: Some(&[]),
            vocabulary: Some(&vocabulary()),
        };
        assert_eq!(check(GOOD, &context), []);
    }

    type Mistake = (Code, (u64, u64), &'static [(&'static str, &'static str)]);

    /// Each mistake: the code, the place, and how to make it.
    const MISTAKES: &[Mistake] = &[
        (Code::Id, (1, 5), &[("good-rule", "Good Rule")]),
        (Code::Id, (1, 5), &[("good-rule", "other-rule")]),
        (Code::Area, (5, 7), &[("area: vm-config", "area: node")]),
        (
            Code::StepId,
            (18, 9),
            &[
                ("  - id: effect", "  - id: change"),
                ("[change, effect]", "[change, change]"),
            ],
        ),
        (Code::StepId, (26, 9), &[("- id: refresh", "- id: entity")]),
        (
            Code::UnknownStep,
            (22, 12),
            &[("after: change", "after: chang")],
        ),
        (
            Code::UnknownStep,
            (30, 14),
            &[("[change, effect]", "[change, efect]")],
        ),
        (
            Code::UnknownStep,
            (22, 12),
            &[("after: change", "after: refresh")],
        ),
        (
            Code::Circle,
            (11, 5),
            &[(
                "    any:\n      - kind: vm.settings",
                "    after: effect\n    any:\n      - kind: vm.settings",
            )],
        ),
        (
            Code::NoKind,
            (25, 9),
            &[("- kind: vm.network_lost", "- provider: My-Provider")],
        ),
        (
            Code::NoKind,
            (26, 5),
            &[("    any:\n      - kind: vm.config_refreshed", "    any: []")],
        ),
        (
            Code::BadRegex,
            (17, 38),
            &[("contains: vlan", "regex: '(vlan'")],
        ),
        (
            Code::Operators,
            (17, 13),
            &[("contains: vlan", "contains: vlan, prefix: v")],
        ),
        (Code::Operators, (17, 13), &[(", contains: vlan", "")]),
        (
            Code::UnknownField,
            (17, 21),
            &[("field: property", "field: subject.vn")],
        ),
        (
            Code::UnknownField,
            (17, 21),
            &[(
                "field: property, contains: vlan",
                "field: proprety, contains: vlan, not: true",
            )],
        ),
        (
            Code::UnknownField,
            (17, 21),
            &[("field: property", "field: vm")],
        ),
        (
            Code::UnknownField,
            (26, 66),
            &[(
                "kind: vm.network_lost",
                "kind: vm.network_lost\n        with: [{kinds: [vm.started], within: 5m, where: [{field: propertyy, exists: true}]}]",
            )],
        ),
        (
            Code::UnknownField,
            (23, 15),
            &[(
                "    after: change\n    within: 24h",
                "    count: 2\n    distinct: machine\n    after: change\n    within: 24h",
            )],
        ),
        (
            Code::UnknownField,
            (18, 5),
            &[(
                "    after: change\n    within: 24h",
                "    restated_when_equal: [nothing]\n    after: change\n    within: 24h",
            )],
        ),
        (
            Code::Placeholder,
            (35, 14),
            &[("{change.time}", "{change.proprety}")],
        ),
        (
            Code::UnknownRecord,
            (25, 9),
            &[(
                "- kind: vm.network_lost",
                "- {provider: My-Provider, event_id: 8}",
            )],
        ),
        (
            Code::UnknownRecord,
            (25, 9),
            &[(
                "- kind: vm.network_lost",
                "- {provider: My-Provider, event_id: 7, kind: vm.started}",
            )],
        ),
        (
            Code::GenericOnly,
            (1, 5),
            &[
                ("kind: vm.settings_changed", "kind: migration.failed"),
                (
                    "field: property, contains: vlan",
                    "field: subject.vm, contains: v",
                ),
                ("kind: vm.network_lost", "kind: migration.completed"),
            ],
        ),
        (
            Code::NoRequired,
            (1, 5),
            &[
                (
                    "  - id: effect\n    effect: true\n",
                    "  - id: effect\n    role: supporting\n",
                ),
                ("  - id: change\n", "  - id: change\n    role: supporting\n"),
            ],
        ),
        (Code::Effect, (1, 5), &[("    effect: true\n", "")]),
        (
            Code::Effect,
            (18, 5),
            &[(
                "  - id: effect\n    effect: true\n",
                "  - id: effect\n    role: supporting\n    effect: true\n",
            )],
        ),
        (
            Code::NoWindow,
            (26, 5),
            &[("    between: [change, effect]\n", "")],
        ),
        (
            Code::UselessKey,
            (18, 5),
            &[(
                "    after: change\n    within: 24h",
                "    after: change\n    denied_by: [vm.config_not_refreshed]",
            )],
        ),
        (
            Code::Within,
            (22, 13),
            &[
                ("    after: change\n", ""),
                ("id: good-rule", "id: good-rule"),
            ],
        ),
        (Code::Count, (23, 12), &[("within: 24h", "count: 3")]),
        (
            Code::Placeholder,
            (35, 14),
            &[("Edited {change.time}", "Edited {chang.time}")],
        ),
        (
            Code::Explanations,
            (1, 5),
            &[(
                "  confirmed: {en: 'Edited {change.time}.', ja: '{change.time} に変更。'}\n",
                "",
            )],
        ),
        (
            Code::Explanations,
            (36, 14),
            &[("severity: error", "severity: error\nbest_verdict: probable")],
        ),
        (Code::Text, (12, 11), &[("ja: 変更", "ja: ''")]),
        (Code::Text, (12, 11), &[("ja: 変更", "ja: an edit")]),
        (Code::Text, (33, 8), &[("原因。", "原因。 その他。")]),
        (
            Code::NodeRef,
            (26, 13),
            &[(
                "kind: vm.network_lost",
                "kind: vm.network_lost\n        on: change.nod",
            )],
        ),
        (
            Code::NodeRef,
            (26, 13),
            &[(
                "kind: vm.network_lost",
                "kind: vm.network_lost\n        on: entity",
            )],
        ),
        (
            Code::Collect,
            (26, 5),
            &[("    collect: [{en: reports, ja: レポート}]\n", "")],
        ),
        (
            Code::References,
            (1, 5),
            &[("[https://example.org/article]", "[]")],
        ),
        (
            Code::Unjoined,
            (1, 5),
            &[
                (
                    "kind: vm.network_lost",
                    "kind: vm.network_lost\n        about: {node: change.node}",
                ),
                (
                    "        where:\n          - {field: property, contains: vlan}",
                    "        about: {node: effect.node}",
                ),
            ],
        ),
        (
            Code::Version,
            (9, 25),
            &[(
                "entity: vm\n",
                "entity: vm\napplies_to: {versions: ['2010']}\n",
            )],
        ),
        (
            Code::Version,
            (9, 23),
            &[(
                "entity: vm\n",
                "entity: vm\napplies_to: {builds: [{min: 2, max: 1}]}\n",
            )],
        ),
        (
            Code::NothingOpens,
            (1, 5),
            &[
                ("  - id: change\n", "  - id: change\n    opens: false\n"),
                ("    effect: true\n", "    effect: true\n    opens: false\n"),
            ],
        ),
        (
            Code::WeakContradiction,
            (26, 5),
            &[(
                "kind: vm.config_refreshed",
                "kind: vm.config_refreshed\n        grade: circumstantial",
            )],
        ),
        (
            Code::Range,
            (17, 13),
            &[("contains: vlan", "min: 2, max: 1")],
        ),
        (
            Code::Untied,
            (18, 5),
            &[("    after: change\n    within: 24h\n", "")],
        ),
        (
            Code::State,
            (21, 12),
            &[(
                "  - id: effect\n",
                "  - id: held\n    what: {en: x, ja: 状態}\n    role: supporting\n    state: {is: up}\n  - id: effect\n",
            )],
        ),
        (
            Code::Distinct,
            (20, 15),
            &[(
                "    effect: true\n",
                "    effect: true\n    distinct: node\n",
            )],
        ),
        (
            Code::Raises,
            (20, 13),
            &[(
                "    effect: true\n",
                "    effect: true\n    raises: change\n",
            )],
        ),
        (
            Code::UnknownStatus,
            (17, 13),
            &[("contains: vlan", "status: [ERROR_NO_SUCH_NAME]")],
        ),
        (
            Code::UnknownObject,
            (21, 29),
            &[(
                "  - id: effect\n",
                "  - id: held\n    what: {en: x, ja: 状態}\n    role: supporting\n    state: {object: {class: NetAdaptor, where: [{field: Name, equals: x}]}}\n  - id: effect\n",
            )],
        ),
        (
            Code::UnknownObject,
            (21, 57),
            &[(
                "  - id: effect\n",
                "  - id: held\n    what: {en: x, ja: 状態}\n    role: supporting\n    state: {object: {class: NetAdapter, where: [{field: DriverProvder, equals: x}]}}\n  - id: effect\n",
            )],
        ),
        (Code::Cases, (1, 5), &[]),
    ];

    fn exports() -> [ExportedClass; 2] {
        let class = |name, properties: &[&'static str]| ExportedClass {
            name,
            properties: properties.to_vec(),
        };
        [
            class("NetAdapter", &["Name", "DriverProvider"]),
            class("VMSwitch", &["Name"]),
        ]
    }

    fn vocabulary() -> Vocabulary {
        let fields =
            BTreeMap::from([(EventKind::VmNetworkLost, BTreeSet::from(["reason".into()]))]);
        Vocabulary::new(
            fields,
            [("my-provider".into(), 7, EventKind::VmNetworkLost)],
        )
    }

    #[test]
    fn a_value_that_no_event_has_is_answered_with_the_nearest() {
        let vocabulary = vocabulary();
        let known = Context {
            vocabulary: Some(&vocabulary),
            ..Context::default()
        };
        let asking = |way: &str| GOOD.replace("- kind: vm.network_lost", way);
        // Values of the dictionary, of a note, of the record's kind; a name of no record is
        // let pass where nothing is known.
        for right in [
            "- {kind: vm.network_lost, where: [{field: reason, exists: true}]}",
            "- {kind: vm.network_lost, where: [{field: text, exists: true}]}",
            "- {provider: My-Provider, event_id: 7, where: [{field: reason, exists: true}]}",
            "- {kinds: [vm.started, vm.network_lost], where: [{field: reason, exists: true}]}",
            "- {kind: vm.network_lost, where: [{field: subject.network, exists: true}]}",
        ] {
            assert_eq!(check(&asking(right), &known), [], "{right}");
        }
        let wrong = "- {kind: vm.network_lost, where: [{field: raeson, exists: true}]}";
        assert_eq!(check(&asking(wrong), &Context::default()), []);
        let told = check(&asking(wrong), &known);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].message.ends_with("did you mean \"reason\""),
            "{}",
            told[0]
        );
        let told = check(&asking(&wrong.replace("raeson", "network")), &known);
        assert!(
            told[0]
                .message
                .ends_with("did you mean \"subject.network\"")
        );
    }

    #[test]
    fn exported_objects_are_checked_where_their_list_is_at_hand() {
        let asking = |object: &str| {
            let step = format!(
                "  - id: held\n    what: {{en: x, ja: 状態}}\n    role: supporting\n    state: {{object: {object}}}\n  - id: effect\n"
            );
            GOOD.replacen("  - id: effect\n", &step, 1)
        };
        let exports = exports();
        let with = Context {
            exports: Some(&exports),
            ..Context::default()
        };
        let told = |object: &str, context: &Context<'_>| -> Vec<String> {
            let problems = check(&asking(object), context);
            problems.iter().map(ToString::to_string).collect()
        };
        let right = "{class: netadapter, where: [{field: driverprovider, equals: x}]}";
        assert_eq!(told(right, &with), Vec::<String>::new());
        let wrong = "{class: NetAdapter, where: [{field: DriverProvder, equals: x}]}";
        assert_eq!(told(wrong, &Context::default()), Vec::<String>::new());
        let told_wrong = told(wrong, &with);
        assert!(
            told_wrong[0].contains("did you mean \"DriverProvider\""),
            "{told_wrong:?}"
        );
        // A property of another class is none of this one, and of a class that is not
        // known nothing more is asked.
        let other = "{class: VMSwitch, where: [{field: DriverProvider, equals: x}]}";
        assert_eq!(told(other, &with).len(), 1);
        let unknown = "{class: Quark, where: [{field: Charm, equals: x}]}";
        let told_unknown = told(unknown, &with);
        assert_eq!(told_unknown.len(), 1, "{told_unknown:?}");
        assert!(
            !told_unknown[0].contains("did you mean"),
            "{told_unknown:?}"
        );
    }

    #[test]
    fn each_mistake_has_its_code_and_place() {
        let folder = Context {
            folder: Some("good-rule"),
            area: Some("vm-config"),
            cases: Some(&["fires", "quiet"]),
            ..Context::default()
        };
        let exports = exports();
        let vocabulary = vocabulary();
        // What is not YAML, and rules that name each other, are told by `load`; what a
        // parser does not see is looked for in the text, and cases are checked by themselves.
        let mut tried = BTreeSet::from([
            Code::Yaml,
            Code::UnknownRule,
            Code::Leftover,
            Code::StrayNode,
            Code::StrayValue,
        ]);
        let mut wrong = Vec::new();
        for (code, (line, column), edits) in MISTAKES {
            let mut text = GOOD.to_owned();
            for (from, to) in *edits {
                assert!(text.contains(from), "{code}: {from:?} is not in the rule");
                text = text.replacen(from, to, 1);
            }
            let context = match code {
                Code::Id | Code::Area | Code::Cases => folder,
                Code::UnknownObject => Context {
                    exports: Some(&exports),
                    ..Context::default()
                },
                Code::UnknownField | Code::UnknownRecord | Code::Placeholder => Context {
                    vocabulary: Some(&vocabulary),
                    ..Context::default()
                },
                _ => Context::default(),
            };
            let problems = check(&text, &context);
            let place = Place {
                line: *line,
                column: *column,
            };
            let found = problems
                .iter()
                .find(|p| p.code == *code && p.place == place);
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            match found {
                Some(problem) => assert!(!problem.remedy.is_empty(), "{problem}"),
                None => wrong.push(format!("{code} at {place:?}, found {shown:#?}")),
            }
            tried.insert(*code);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
        assert_eq!(tried, all, "every check has a mistake that it finds");
    }

    #[test]
    fn a_case_says_nothing_in_vain() {
        let good = "about: x\nexpect: []\ncoverage:\n  start: 2024-05-14T00:00:00Z\n  length: 24h\n  nodes: {hv01: [System], HV02: []}\n  builds: {hv01: 7601, hv02: 7601}\n  updates: {hv01: [KB1]}\n  clocks: {hv01: {offset_s: 0, error_s: 1}}\nevents:\n  - {at: 1h, kind: vm.network_lost, node: hv01, about_node: hv09, fields: {reason: x}}\nheld:\n  placements: [{vm: web01, node: hv01}]\n  nodes: [{node: hv01, is: up}]\n  objects: [{class: VM, node: hv09, properties: {}}]\n";
        let vocabulary = vocabulary();
        let known = Context {
            vocabulary: Some(&vocabulary),
            ..Context::default()
        };
        assert_eq!(lint_case("c.yaml", good, &known), []);
        let mut wrong = Vec::new();
        for (from, to, code, line) in [
            ("hv02: 7601", "hv03: 7601", "VR039", 7),
            ("{hv01: [KB1]}", "{hv03: [KB1]}", "VR039", 8),
            ("clocks: {hv01", "clocks: {hv03", "VR039", 9),
            ("node: hv01, about", "node: hv03, about", "VR039", 11),
            (
                "vm: web01, node: hv01",
                "vm: web01, node: hv03",
                "VR039",
                13,
            ),
            ("[{node: hv01", "[{node: hv03", "VR039", 14),
            ("reason: x", "raeson: x", "VR040", 11),
            ("about: x", "abuot: x", "VR001", 1),
        ] {
            assert!(good.contains(from), "{from}");
            let told = lint_case("c.yaml", &good.replacen(from, to, 1), &known);
            if told.len() != 1 || told[0].code.name() != code || told[0].place.line != line {
                wrong.push(format!("{to}: {told:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn what_the_scaffold_left_is_told_by_line() {
        assert_eq!(leftovers("rule.yaml", GOOD), []);
        let text = GOOD.replace("変更}", "変更 TODO}") + "# TODO more\n";
        let told: Vec<(u64, u64)> = leftovers("rule.yaml", &text)
            .iter()
            .map(|p| (p.place.line, p.place.column))
            .collect();
        let last = text.lines().count() as u64;
        assert_eq!(told, [(12, 32), (last, 3)]);
    }

    #[test]
    fn codes_are_unique_and_in_order() {
        let names: Vec<&str> = Code::ALL.iter().map(|c| c.name()).collect();
        let numbered: Vec<String> = (1..=names.len()).map(|n| format!("VR{n:03}")).collect();
        assert_eq!(names, numbered);
    }
}
