//! What is said, in order, in one language, without formatting.
//!
//! The first screen is typed: headline, verdicts, what was down, what to do, what
//! is missing. Everything behind it is sections of plain blocks, so that a
//! renderer has few shapes to set and a new section needs no renderer to change.
//! All text is safe to show ([`plain`]); no markup is in it.

mod findings;
mod first;
mod headline;
mod incidents;
mod merged;
mod moves;
mod pages;
mod questions;
mod reference;
mod state;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::metrics;
use crate::model::coverage::{FileCoverage, FileKind};
use crate::model::diagnostic::DiagnosticCode;
use crate::model::event::{Event, Origin, Severity};
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::source::{Locator, SourceRef};
use crate::model::text::{Lang, Localized};
use crate::model::time::Moment;
use crate::rules::verdict::{
    Entity, EntityKind, Finding, Grade, RuleTexts, StepOutcome, Verdict, Verdicts,
};
use crate::timeline::trail::EventIndex;
use crate::timeline::{
    Bounds, Failover, FailoverCause, Migration, MoveKind, MoveOutcome, NodeState, Timeline,
};

pub use merged::{FindingName, KindName, MOST_MERGED, Merged, MergedEvent, Weight, Zones};
pub use questions::{Answer, Place};
pub use story::{Page, stories};

use merged::{Notable, notable};

pub(crate) use merged::FAMILIES;

use super::Options;
use super::locale::{self, Locale, MoveCounts, Words};
use super::plain::{plain, sentence};
use super::when::Clock;

/// The most events of the timeline's table; [`Merged`] has more, `events.parquet` all.
pub const MOST_EVENTS: usize = 400;
/// The most rows of any other table; `report.json` has all.
pub const MOST_ROWS: usize = 200;
/// The most lines of each list on the first screen.
const MOST_LINES: usize = 8;
/// The most findings of one rule on the first screen.
const MOST_MEMBERS: usize = 4;
/// The most findings that are told in full; `report.json` has all.
const MOST_FINDINGS: usize = 200;

/// How sure a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// It is in the logs.
    Logged,
    /// A rule confirmed it.
    Confirmed,
    /// A rule holds it probable.
    Probable,
    /// Nothing read can decide it.
    Open,
}

/// One sentence of the headline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statement {
    /// What is said.
    pub text: String,
    /// How sure it is.
    pub sureness: Sureness,
    /// The same in words.
    pub how_sure: String,
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// What.
    pub label: String,
    /// How much, or which.
    pub value: String,
}

/// How a value is to be felt; never the only carrier of a meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As any other.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// A failure.
    Bad,
    /// Not known or not recorded.
    Unknown,
    /// Said by a person, not logged.
    Said,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// How.
    pub tone: Tone,
    /// The anchor in this document that it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What the record itself says, in its own language; it follows the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// What a column holds, so that it can be set well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Words.
    Text,
    /// A short label, not to be broken.
    Label,
    /// Times, not to be broken.
    Time,
    /// Numbers and lengths of time, to the right.
    Number,
    /// Paths, ids and codes.
    Code,
}

/// A column's head.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// Its title.
    pub title: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its anchor in this document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// As many as there are columns.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Table {
    /// Heads.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
    /// What was left out, and where it is.
    pub note: Option<String>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading inside the section.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// An aside: how to read what follows.
    Aside(String),
    /// Points in no particular order.
    List(Vec<String>),
    /// Points in order.
    Steps(Vec<String>),
    /// A table.
    Table(Table),
    /// A chart by its id, with its text equivalent.
    Chart(String),
    /// Text to copy as it stands.
    Verbatim(String),
    /// A finding with all that supports it.
    Finding(Box<Card>),
    /// Pages about one subject each. They repeat, in their own order, what the tables
    /// say, so formats that cannot fold leave them out.
    Folds(Folds),
    /// Questions and their answers.
    Answers(Vec<Answer>),
}

/// Pages to be unfolded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Folds {
    /// Their heading.
    pub title: String,
    /// The pages.
    pub all: Vec<Fold>,
    /// How many are left out, in words.
    pub note: Option<String>,
}

/// A page about one subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fold {
    /// Its anchor.
    pub anchor: String,
    /// Its title.
    pub title: String,
    /// What to know before unfolding it.
    pub note: String,
    /// How to narrow the merged timeline to it (`vm=3`).
    pub events: Option<String>,
    /// Its parts; no pages or findings are among them.
    pub blocks: Vec<Block>,
}

/// Findings of one rule that ended alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in words.
    pub verdict_text: String,
    /// What the verdict means.
    pub verdict_means: String,
    /// It explains something harmless.
    pub benign: bool,
    /// On what, and why.
    pub members: Vec<Member>,
    /// How many more there are, in words.
    pub more: Option<String>,
}

/// A finding of a [`Group`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// Its anchor.
    pub anchor: String,
    /// What it is about.
    pub subject: String,
    /// Why the verdict is what it is.
    pub why: String,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// Its anchor.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What it is about, in a sentence.
    pub lead: Option<String>,
    /// Its parts.
    pub blocks: Vec<Block>,
    /// For reference: may be folded where the format can fold.
    pub folded: bool,
}

/// One verdict, with everything that supports it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Card {
    /// Its anchor.
    pub anchor: String,
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in words.
    pub verdict_text: String,
    /// What the verdict means.
    pub verdict_means: String,
    /// How serious, in words.
    pub severity: String,
    /// It explains something harmless.
    pub benign: bool,
    /// It is to be read by itself: no finding on the same records says more.
    pub leads: bool,
    /// What it is about (`VM web01`).
    pub subject: String,
    /// The same, to be named together with others.
    #[serde(skip)]
    pub about: Entity,
    /// How often it was found for the subject.
    #[serde(skip)]
    pub times: u32,
    /// From its first to its last evidence.
    pub when: Option<String>,
    /// How often it was seen.
    pub occurrences: String,
    /// Why the verdict is what it is.
    pub why: String,
    /// The cause, as the rule knows it.
    pub cause: String,
    /// The rule's steps and how each went.
    pub steps: Table,
    /// Its evidence. Of records that a finding before it shows, only those that a step
    /// begins with, or that are about its VM.
    pub evidence: Table,
    /// Where its other records are shown.
    pub shared: Vec<Shared>,
    /// What would settle it.
    pub missing: Vec<String>,
    /// What leaves no event, of all that was looked for and not found.
    pub unlogged: Vec<String>,
    /// What to do, in order.
    pub remedy: Vec<String>,
    /// Public references.
    pub references: Vec<String>,
}

/// Evidence that stands with another finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shared {
    /// How much, and with which finding.
    pub text: String,
    /// The finding's anchor.
    pub anchor: String,
}

/// The first points of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Points {
    /// The points.
    pub items: Vec<String>,
    /// How many more there are, in the appendix.
    pub left_out: usize,
    /// The same in words, where there are any.
    pub more: Option<String>,
}

/// A whole report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// Language of the text.
    pub lang: Lang,
    /// Title.
    pub title: String,
    /// The cluster.
    pub subject: String,
    /// In which zone times are shown.
    pub zone: String,
    /// The answer: what happened.
    pub headline: Vec<Statement>,
    /// Numbers of a glance.
    pub facts: Vec<Fact>,
    /// Verdicts by rule, worst and surest first. Those ruled out, and harmless ones, are
    /// only in their section.
    pub groups: Vec<Group>,
    /// How many groups more there are, in words.
    pub more_groups: Option<String>,
    /// VMs that were down.
    pub down: Table,
    /// What to do next, most urgent first.
    pub actions: Points,
    /// What is missing.
    pub missing: Points,
    /// Everything else.
    pub sections: Vec<Section>,
    /// The merged timeline as data, for formats that can search it.
    pub merged: Merged,
    /// Every instant that the texts say, as they say it.
    pub times: BTreeMap<String, Moment>,
    /// In which zones times can be shown.
    pub zones: Zones,
    /// The heads of the first screen and other fixed words of the page.
    pub labels: Labels,
}

/// Fixed words that renderers set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Labels {
    pub lang: &'static str,
    pub what_happened: &'static str,
    pub verdicts: &'static str,
    pub no_verdicts: &'static str,
    pub down: &'static str,
    pub none_down: &'static str,
    pub to_do: &'static str,
    pub nothing_to_do: &'static str,
    pub missing: &'static str,
    pub nothing_missing: &'static str,
    pub contents: &'static str,
    pub report: &'static str,
    pub and_more: &'static str,
    pub made_by: &'static str,
    pub why: &'static str,
    pub cause: &'static str,
    pub remedy: &'static str,
    pub references: &'static str,
    pub evidence: &'static str,
    pub no_evidence: &'static str,
    pub steps: &'static str,
    pub to_settle: &'static str,
    pub unlogged: &'static str,
    pub occurrences: &'static str,
    pub severity: &'static str,
    pub benign: &'static str,
    pub rule: &'static str,
    pub limits: &'static str,
    pub where_answered: &'static str,
    pub zone_choice: &'static str,
    pub zone_cluster: &'static str,
    pub zone_reader: &'static str,
    pub charts_stay: &'static str,
    pub its_events: &'static str,
    pub copy: &'static str,
    pub copy_link: &'static str,
    pub copied: &'static str,
    pub copy_failed: &'static str,
    pub finding: &'static str,
    pub fitting: &'static str,
    pub filters: &'static str,
    pub search: &'static str,
    pub search_hint: &'static str,
    pub any: &'static str,
    pub and_worse: &'static str,
    pub weight: &'static str,
    pub weight_evidence: &'static str,
    pub weight_change: &'static str,
    pub weight_routine: &'static str,
    pub all_of_family: &'static str,
    pub span_from: &'static str,
    pub span_to: &'static str,
    pub span_wrong: &'static str,
    pub zoom_in: &'static str,
    pub zoom_out: &'static str,
    pub whole_period: &'static str,
    pub reset: &'static str,
    pub shown_of: &'static str,
    pub none_fit: &'static str,
    pub brush_hint: &'static str,
    pub density: &'static str,
    pub details: &'static str,
    pub close: &'static str,
    pub no_script: &'static str,
    pub printed_first: &'static str,
    pub families: Vec<&'static str>,
    pub severities: Vec<&'static str>,
    pub vm: &'static str,
    pub node: &'static str,
    pub kind: &'static str,
    pub time: &'static str,
    pub what: &'static str,
    pub message: &'static str,
    pub source: &'static str,
    pub record: &'static str,
    pub line: &'static str,
    pub entry: &'static str,
    pub whole_file: &'static str,
    pub unknown: &'static str,
    pub said: &'static str,
}

/// Says what a timeline and its verdicts add up to. The same input gives the same
/// document.
#[must_use]
pub fn document(timeline: &Timeline, verdicts: &Verdicts, options: &Options) -> Document {
    Teller::new(timeline, verdicts, options).tell()
}

/// What alarms first, then what was ruled out where nothing else explains the
/// subject, then what is harmless and sure: it says why there is no alarm.
fn first_screen(cards: Vec<Card>) -> Vec<Card> {
    let sure = |c: &Card| matches!(c.verdict, Verdict::Confirmed | Verdict::Probable);
    let explained: BTreeSet<String> = cards
        .iter()
        .filter(|c| sure(c) && !c.benign)
        .map(|c| c.subject.clone())
        .collect();
    let place = |c: &Card| match (c.benign, c.verdict) {
        _ if !c.leads => None,
        (false, Verdict::RuledOut) if explained.contains(&c.subject) => None,
        (false, Verdict::RuledOut) => Some(1),
        (false, _) => Some(0),
        (true, _) if sure(c) => Some(2),
        (true, _) => None,
    };
    let mut placed: Vec<(u8, Card)> = cards
        .into_iter()
        .filter_map(|card| Some((place(&card)?, card)))
        .collect();
    // Stable: the order of the findings is kept inside each place.
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, card)| card).collect()
}

/// The verdicts of the first screen by rule, in their order.
fn groups(cards: &[Card], more: impl Fn(usize) -> String) -> Vec<Group> {
    let mut groups: Vec<(&Card, Vec<Member>)> = Vec::new();
    for card in cards {
        let member = Member {
            anchor: card.anchor.clone(),
            subject: match &card.when {
                Some(when) if card.times > 1 => {
                    format!("{} ({}, {when})", card.subject, card.occurrences)
                }
                _ => card.subject.clone(),
            },
            why: card.why.clone(),
        };
        let same = groups
            .iter_mut()
            .find(|(first, _)| first.rule == card.rule && first.verdict == card.verdict);
        match same {
            Some((_, members)) => members.push(member),
            None => groups.push((card, vec![member])),
        }
    }
    groups
        .into_iter()
        .map(|(first, mut members)| {
            let left_out = members.len().saturating_sub(MOST_MEMBERS);
            members.truncate(MOST_MEMBERS);
            Group {
                rule: first.rule.clone(),
                title: first.title.clone(),
                verdict: first.verdict,
                verdict_text: first.verdict_text.clone(),
                verdict_means: first.verdict_means.clone(),
                benign: first.benign,
                members,
                more: (left_out > 0).then(|| more(left_out)),
            }
        })
        .collect()
}

/// A clock that time synchronization moved by less than this many seconds is as it
/// should be.
const CLOCK_STEP_S: f64 = 1.0;

/// Whether a record of a clock is the small, steady kind: a step that nobody feels, or
/// that it has and follows its source.
fn routine_time_change(event: &Event) -> bool {
    let at = |name| event.fields.get(name).and_then(Moment::parse);
    if matches!(
        event.kind,
        EventKind::TimeSourceFound | EventKind::TimeSynchronized
    ) {
        return true;
    }
    event.kind == EventKind::TimeChanged
        && match (at("new_time"), at("old_time")) {
            (Some(new), Some(old)) => new.seconds_since(old).abs() < CLOCK_STEP_S,
            _ => false,
        }
}

fn outcome_tone(outcome: MoveOutcome) -> Tone {
    match outcome {
        MoveOutcome::Completed => Tone::Good,
        MoveOutcome::Failed => Tone::Bad,
        MoveOutcome::Canceled => Tone::Warn,
        MoveOutcome::Unfinished => Tone::Unknown,
    }
}

/// Kinds that change what runs where, beside those that say so by severity.
fn changes_state(kind: EventKind) -> bool {
    [
        "migration.",
        "vm.",
        "group.moved",
        "node.",
        "quorum.",
        "trail.",
        "os.",
        "time.",
    ]
    .iter()
    .any(|prefix| kind.name().starts_with(prefix))
}

struct Teller<'a> {
    timeline: &'a Timeline,
    verdicts: &'a Verdicts,
    lang: Lang,
    locale: &'static dyn Locale,
    words: &'static Words,
    clock: Clock,
    notable: Notable,
    /// The VMs that have a page.
    vm_pages: BTreeSet<usize>,
}

fn cell(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        ..Cell::default()
    }
}

fn toned(text: impl Into<String>, tone: Tone) -> Cell {
    Cell {
        text: text.into(),
        tone,
        ..Cell::default()
    }
}

fn row(cells: Vec<Cell>) -> Row {
    Row {
        anchor: None,
        cells,
    }
}

fn columns<const N: usize>(all: [(&str, ColumnKind); N]) -> Vec<Column> {
    all.into_iter()
        .map(|(title, kind)| Column {
            title: title.to_owned(),
            kind,
        })
        .collect()
}

use ColumnKind::{Code, Label, Number, Text, Time};

impl<'a> Teller<'a> {
    fn new(timeline: &'a Timeline, verdicts: &'a Verdicts, options: &Options) -> Self {
        let locale = locale::of(options.lang);
        Teller {
            timeline,
            verdicts,
            lang: options.lang,
            locale,
            words: locale.words(),
            clock: Clock::new(&options.zone, timeline.window()),
            notable: notable(timeline, verdicts),
            vm_pages: pages::vms_in_order(timeline, verdicts)
                .into_iter()
                .take(pages::MOST_VM_PAGES)
                .collect(),
        }
    }

    fn zone(&self) -> String {
        self.locale
            .times_shown_in(&self.clock.zone_label(), self.clock.offset().is_some())
    }

    /// What the report is about.
    fn cluster(&self) -> String {
        match &self.timeline.inventory.cluster {
            Some(name) => format!("{} {}", self.words.of_cluster, plain(name)),
            None => self.words.unnamed_cluster.to_owned(),
        }
    }

    fn tell(&self) -> Document {
        let words = self.words;
        let cards: Vec<Card> = self
            .verdicts
            .findings
            .iter()
            .enumerate()
            .map(|(at, finding)| self.card(at, finding))
            .collect();
        let subject = self.cluster();
        let headline = self.headline();
        let missing = self.missing();
        let actions = self.actions(&cards);
        let down = self.down();
        let sections = self.sections(&cards, &headline, &down, &actions, &missing);
        let merged = self.merged(&cards);
        let mut groups = groups(&first_screen(cards), |n| self.locale.more(n));
        let groups_left_out = groups.len().saturating_sub(MOST_LINES);
        groups.truncate(MOST_LINES);
        let facts = self.facts();
        Document {
            lang: self.lang,
            title: words.post_mortem.to_owned(),
            subject,
            zone: self.zone(),
            headline,
            facts,
            groups,
            more_groups: (groups_left_out > 0).then(|| self.locale.more(groups_left_out)),
            down,
            actions: self.first(actions),
            missing: self.first(missing),
            sections,
            merged,
            times: self.clock.said(),
            zones: self.zones(),
            labels: self.labels(),
        }
    }

    fn labels(&self) -> Labels {
        let w = self.words;
        Labels {
            lang: match self.lang {
                Lang::En => "en",
                Lang::Ja => "ja",
            },
            what_happened: w.what_happened,
            verdicts: w.verdicts,
            no_verdicts: w.no_verdicts,
            down: w.vms_down,
            none_down: w.no_vm_down,
            to_do: w.what_to_do,
            nothing_to_do: w.nothing_to_do,
            missing: w.what_is_missing,
            nothing_missing: w.nothing_missing,
            contents: w.contents,
            report: w.report_written,
            and_more: w.and_more,
            made_by: w.made_by,
            why: w.why,
            cause: w.rule_cause,
            remedy: w.remedy,
            references: w.references,
            evidence: w.evidence,
            no_evidence: w.evidence_none,
            steps: w.steps,
            to_settle: w.missing_to_settle,
            unlogged: w.unlogged,
            occurrences: w.occurrences,
            severity: w.severity,
            benign: w.benign,
            rule: w.rule,
            limits: w.limits,
            where_answered: w.where_answered,
            zone_choice: w.zone_choice,
            zone_cluster: w.zone_cluster,
            zone_reader: w.zone_reader,
            charts_stay: w.charts_stay,
            its_events: w.its_events,
            copy: w.copy,
            copy_link: w.copy_link,
            copied: w.copied,
            copy_failed: w.copy_failed,
            finding: w.finding,
            fitting: w.fitting,
            filters: w.filters,
            search: w.search,
            search_hint: w.search_hint,
            any: w.any,
            and_worse: w.and_worse,
            weight: w.weight,
            weight_evidence: w.weight_evidence,
            weight_change: w.weight_change,
            weight_routine: w.weight_routine,
            all_of_family: w.all_of_family,
            span_from: w.span_from,
            span_to: w.span_to,
            span_wrong: w.span_wrong,
            zoom_in: w.zoom_in,
            zoom_out: w.zoom_out,
            whole_period: w.whole_period,
            reset: w.reset,
            shown_of: w.shown_of,
            none_fit: w.none_fit,
            brush_hint: w.brush_hint,
            density: w.density,
            details: w.details,
            close: w.close,
            no_script: w.no_script,
            printed_first: w.printed_first,
            families: FAMILIES.iter().map(|f| self.locale.family(f)).collect(),
            severities: [
                Severity::Info,
                Severity::Warning,
                Severity::Error,
                Severity::Critical,
            ]
            .into_iter()
            .map(|s| self.locale.severity(s))
            .collect(),
            vm: w.vm,
            node: w.node,
            kind: w.kind,
            time: w.time,
            what: w.what,
            message: w.message,
            source: w.source,
            record: w.record,
            line: w.line,
            entry: w.entry,
            whole_file: w.whole_file,
            unknown: w.unknown,
            said: w.said_by_person,
        }
    }

    // Small parts

    fn text(&self, text: &Localized) -> String {
        self.clock.in_text(&sentence(text.get(self.lang)))
    }

    fn vm(&self, vm: usize) -> String {
        self.timeline
            .vms
            .get(vm)
            .map_or_else(|| self.words.unknown.to_owned(), |v| plain(&v.label()))
    }

    fn rule(&self, finding: &Finding) -> Option<&RuleTexts> {
        self.verdicts.rules.get(&finding.rule)
    }

    fn title_of(&self, finding: &Finding) -> String {
        self.rule(finding)
            .map_or_else(|| plain(&finding.rule), |r| self.text(&r.title))
    }

    fn subject_of(&self, finding: &Finding) -> String {
        self.named(&finding.subject)
    }

    fn named(&self, entity: &Entity) -> String {
        format!("{} {}", entity.kind.word(self.lang), plain(&entity.name))
    }

    /// `VM web01 and web02`: each kind once, with its names.
    fn subjects<'e>(&self, all: impl Iterator<Item = &'e Entity>) -> String {
        let mut kinds: Vec<(EntityKind, Vec<String>)> = Vec::new();
        for entity in all {
            let name = plain(&entity.name);
            match kinds.iter_mut().find(|(kind, _)| *kind == entity.kind) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => kinds.push((entity.kind, vec![name])),
            }
        }
        let said: Vec<String> = kinds
            .iter()
            .map(|(kind, names)| format!("{} {}", kind.word(self.lang), self.locale.list(names)))
            .collect();
        self.locale.list(&said)
    }

    /// `first – last`, or the one moment that both are.
    fn span(&self, first: Option<Moment>, last: Option<Moment>) -> Option<String> {
        let (from, to) = (
            self.clock.second(first?),
            self.clock.second(last.or(first)?),
        );
        Some(if from == to {
            from
        } else {
            format!("{from} – {to}")
        })
    }

    /// `label: value`.
    fn told(&self, label: &str, value: &str) -> String {
        format!("{label}{}{value}", self.locale.colon())
    }

    fn time(&self, at: Option<Moment>, unknown: &str) -> Cell {
        match at {
            Some(at) => cell(self.clock.second(at)),
            None => toned(unknown, Tone::Unknown),
        }
    }

    fn seconds(&self, seconds: Option<f64>, unknown: &str) -> Cell {
        match seconds {
            Some(s) => cell(self.locale.duration(s)),
            None => toned(unknown, Tone::Unknown),
        }
    }

    /// `9.4 s – 2 min 20 s`, of a time span with two bounds.
    fn bounds(&self, bounds: Option<Bounds>) -> Cell {
        let Some(bounds) = bounds else {
            return toned(self.words.unknown, Tone::Unknown);
        };
        let most = (bounds.at_most_s).map_or_else(
            || self.words.unknown.to_owned(),
            |s| self.locale.duration(s),
        );
        cell(format!(
            "{} – {most}",
            self.locale.duration(bounds.at_least_s)
        ))
    }

    fn optional(&self, text: Option<&str>) -> Cell {
        match text.map(plain).filter(|t| !t.is_empty()) {
            Some(text) => cell(text),
            None => toned(self.words.unknown, Tone::Unknown),
        }
    }

    /// A node, leading to its page where it has one.
    fn node(&self, node: Option<&NodeName>) -> Cell {
        let page = node.and_then(|name| {
            let all = self.timeline.nodes.iter().take(pages::MOST_NODE_PAGES);
            all.into_iter().position(|n| n.name == *name)
        });
        Cell {
            link: page.map(node_anchor),
            ..self.optional(node.map(NodeName::as_str))
        }
    }

    /// The anchor of an event in the merged timeline, where it has a place there.
    fn event_link(&self, at: EventIndex) -> Option<String> {
        (self.notable.merged.contains_key(&at)).then(|| event_anchor(at))
    }

    /// Why a move failed: code, its name, text.
    fn reason(&self, migration: &Migration) -> Option<String> {
        let reason = migration.reason.as_ref()?;
        let parts: Vec<&str> = [&reason.code, &reason.name, &reason.text]
            .into_iter()
            .filter_map(|part| part.as_deref())
            .collect();
        Some(plain(&parts.join(" ")))
    }

    /// A VM, leading to its page where it has one.
    fn vm_cell(&self, vm: usize) -> Cell {
        Cell {
            link: self.vm_pages.contains(&vm).then(|| vm_anchor(vm)),
            ..cell(self.vm(vm))
        }
    }

    fn yes_no(&self, value: Option<bool>) -> Cell {
        match value {
            Some(true) => cell(self.words.yes),
            Some(false) => cell(self.words.no),
            None => toned(self.words.unknown, Tone::Unknown),
        }
    }

    fn place(&self, source: &SourceRef) -> Cell {
        let words = self.words;
        cell(match source.at {
            Locator::Record(n) => format!("{} {n}", words.record),
            Locator::Line(n) => format!("{} {n}", words.line),
            Locator::Entry(n) => format!("{} {n}", words.entry),
            Locator::Whole => words.whole_file.to_owned(),
        })
    }

    /// The file and the place in it where an event stands, in one cell.
    fn where_is(&self, event: &Event) -> Cell {
        cell(format!(
            "{} · {}",
            plain(&event.source.member),
            self.place(&event.source).text
        ))
    }

    fn origin(&self, event: &Event) -> Option<&'static str> {
        match event.origin {
            Origin::Note => Some(self.words.said_short),
            Origin::Derived => Some(self.words.concluded),
            _ => None,
        }
    }

    /// Where and when an event was recorded, and what it says.
    fn event_cells(&self, event: &Event) -> Vec<Cell> {
        let tone = match (&event.origin, event.severity) {
            (Origin::Note, _) => Tone::Said,
            (_, Severity::Critical | Severity::Error) => Tone::Bad,
            (_, Severity::Warning) => Tone::Warn,
            _ => Tone::Plain,
        };
        let node = match (&event.node, self.origin(event)) {
            (Some(node), _) => cell(plain(node.as_str())),
            (None, Some(origin)) => toned(origin, Tone::Said),
            (None, None) => toned(self.words.unknown, Tone::Unknown),
        };
        vec![
            cell(self.clock.precise(event.time, event.precision)),
            node,
            toned(locale::summary(event, self.lang), tone),
            cell(plain(&event.source.member)),
            self.place(&event.source),
        ]
    }

    fn event_columns(&self) -> Vec<Column> {
        let w = self.words;
        columns([
            (w.time, Time),
            (w.node, Text),
            (w.what, Text),
            (w.source, Code),
            (w.place, Code),
        ])
    }

    /// Events as evidence, each leading to its place in the merged timeline.
    fn evidence(&self, events: &[EventIndex]) -> Table {
        let known: Vec<EventIndex> = events
            .iter()
            .copied()
            .filter(|&e| e < self.timeline.events.len())
            .collect();
        let rows = known
            .iter()
            .take(MOST_ROWS)
            .map(|&at| {
                let event = &self.timeline.events[at];
                let mut cells = self.event_cells(event);
                cells[0].link = self.event_link(at);
                cells[2].quote = event.message.as_deref().map(plain);
                row(cells)
            })
            .collect();
        self.table(self.event_columns(), rows, known.len())
    }

    fn table(&self, columns: Vec<Column>, mut rows: Vec<Row>, total: usize) -> Table {
        rows.truncate(MOST_ROWS);
        let left_out = total.saturating_sub(rows.len());
        Table {
            note: (left_out > 0).then(|| self.locale.rows_left_out(left_out, rows.len())),
            columns,
            rows,
        }
    }

    fn sections(
        &self,
        cards: &[Card],
        headline: &[Statement],
        down: &Table,
        actions: &[String],
        missing: &[String],
    ) -> Vec<Section> {
        let mut all = Vec::new();
        all.extend(self.cause_chain());
        all.push(self.findings(cards));
        all.extend(self.incidents());
        all.push(self.placement());
        all.extend(self.vm_pages());
        all.push(self.failovers());
        all.push(self.migrations());
        all.push(self.network());
        all.extend(self.links());
        all.extend(self.volumes());
        all.extend(self.quorum());
        all.push(self.nodes());
        all.push(self.events());
        all.push(self.coverage());
        all.push(self.diagnostics());
        all.extend(self.not_listed());
        let questions = self.questions(&all);
        all.push(questions);
        all.push(self.appendix(cards, headline, down, actions, missing));
        all
    }
}

fn vm_anchor(vm: usize) -> String {
    format!("vm-{}", vm + 1)
}

fn node_anchor(node: usize) -> String {
    format!("node-{}", node + 1)
}

fn move_anchor(migration: usize) -> String {
    format!("move-{}", migration + 1)
}

fn event_anchor(at: EventIndex) -> String {
    format!("event-{}", at + 1)
}

#[cfg(test)]
mod tests;
