//! What is said, in order, in one language, without formatting.
//!
//! The first screen is typed: headline, verdicts, what was down, what to do, what
//! is missing. Everything behind it is sections of plain blocks, so that a
//! renderer has few shapes to set and a new section needs no renderer to change.
//! All text is safe to show ([`plain`]); no markup is in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::metrics;
use crate::model::coverage::FileKind;
use crate::model::event::{Event, Origin, Severity};
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::source::{Locator, SourceRef};
use crate::model::text::{Lang, Localized};
use crate::model::time::Moment;
use crate::rules::verdict::{Finding, Grade, RuleTexts, StepOutcome, Verdict, Verdicts};
use crate::timeline::trail::EventIndex;
use crate::timeline::{Failover, FailoverCause, MoveKind, MoveOutcome, NodeState, Timeline};

use super::Options;
use super::locale::{self, Locale, MoveCounts, Words};
use super::plain::plain;
use super::when::Clock;

/// The most events that the merged timeline shows; `events.parquet` has all.
pub const MOST_EVENTS: usize = 400;
/// The most rows of any other table; `report.json` has all.
pub const MOST_ROWS: usize = 200;
/// The most lines of each list on the first screen.
const MOST_LINES: usize = 8;
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
}

/// What a column holds, so that it can be set well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Words.
    Text,
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
    /// What it is about (`VM web01`).
    pub subject: String,
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
    /// Its evidence.
    pub evidence: Table,
    /// What would settle it.
    pub missing: Vec<String>,
    /// What to do, in order.
    pub remedy: Vec<String>,
    /// Public references.
    pub references: Vec<String>,
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
    /// Verdicts, worst and surest first. Those ruled out, and harmless ones, are
    /// only in their section.
    pub cards: Vec<Card>,
    /// How many verdicts are not among them.
    pub cards_left_out: usize,
    /// The same in words, where there are any.
    pub more_cards: Option<String>,
    /// VMs that were down.
    pub down: Table,
    /// What to do next, most urgent first.
    pub actions: Points,
    /// What is missing.
    pub missing: Points,
    /// Everything else.
    pub sections: Vec<Section>,
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
    pub occurrences: &'static str,
    pub severity: &'static str,
    pub benign: &'static str,
    pub rule: &'static str,
}

/// Says what a timeline and its verdicts add up to. The same input gives the same
/// document.
#[must_use]
pub fn document(timeline: &Timeline, verdicts: &Verdicts, options: &Options) -> Document {
    let locale = locale::of(options.lang);
    let teller = Teller {
        timeline,
        verdicts,
        lang: options.lang,
        locale,
        words: locale.words(),
        clock: Clock::new(&options.zone, timeline.window()),
        notable: notable(timeline, verdicts),
    };
    teller.tell()
}

/// The events of the merged timeline, in order: first the evidence of findings,
/// then that of moves and failovers, then what is serious or a change of state.
fn notable(timeline: &Timeline, verdicts: &Verdicts) -> Notable {
    let mut rank: BTreeMap<EventIndex, u8> = BTreeMap::new();
    let mut add = |events: &[EventIndex], r: u8| {
        for &event in events.iter().filter(|&&e| e < timeline.events.len()) {
            rank.entry(event)
                .and_modify(|old| *old = (*old).min(r))
                .or_insert(r);
        }
    };
    for finding in &verdicts.findings {
        add(&finding.evidence, 0);
    }
    for failover in &timeline.failovers {
        add(&failover.evidence, 1);
    }
    for migration in &timeline.migrations {
        let usual = migration.outcome == MoveOutcome::Completed;
        add(&migration.evidence, if usual { 3 } else { 1 });
    }
    for node in &timeline.nodes {
        for interval in &node.intervals {
            add(&interval.evidence, 2);
        }
    }
    for vm in &timeline.vms {
        for down in &vm.downtimes {
            add(&down.evidence, 1);
        }
    }
    for change in &timeline.network_changes {
        add(&[change.evidence], 3);
    }
    for (at, event) in timeline.events.iter().enumerate() {
        match (&event.origin, event.severity) {
            (Origin::Note | Origin::Inventory, _) => add(&[at], 1),
            (_, Severity::Critical | Severity::Error) => add(&[at], 3),
            (_, Severity::Warning) => add(&[at], 4),
            _ if routine_time_change(event) => {}
            _ if changes_state(event.kind) => add(&[at], 5),
            _ => {}
        }
    }
    let total = rank.len();
    let mut order: Vec<(u8, EventIndex)> = rank.into_iter().map(|(e, r)| (r, e)).collect();
    order.sort_unstable();
    Notable {
        shown: order
            .into_iter()
            .take(MOST_EVENTS)
            .map(|(_, e)| e)
            .collect(),
        total,
    }
}

struct Notable {
    shown: BTreeSet<EventIndex>,
    total: usize,
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

/// A clock that time synchronization moved by less than this many seconds is as it
/// should be.
const CLOCK_STEP_S: f64 = 1.0;

/// Whether a change of the system time is the small, steady kind.
fn routine_time_change(event: &Event) -> bool {
    let at = |name| event.fields.get(name).and_then(Moment::parse);
    event.kind == EventKind::TimeChanged
        && match (at("new_time"), at("old_time")) {
            (Some(new), Some(old)) => new.seconds_since(old).abs() < CLOCK_STEP_S,
            _ => false,
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
        link: None,
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

use ColumnKind::{Code, Number, Text, Time};

impl Teller<'_> {
    fn tell(&self) -> Document {
        let words = self.words;
        let cards: Vec<Card> = self
            .verdicts
            .findings
            .iter()
            .enumerate()
            .map(|(at, finding)| self.card(at, finding))
            .collect();
        let subject = match &self.timeline.inventory.cluster {
            Some(name) => format!("{} {}", words.of_cluster, plain(name)),
            None => words.unnamed_cluster.to_owned(),
        };
        let headline = self.headline();
        let missing = self.missing();
        let actions = self.actions(&cards);
        let down = self.down();
        let sections = self.sections(&cards, &headline, &actions, &missing);
        let mut cards = first_screen(cards);
        let cards_left_out = cards.len().saturating_sub(MOST_LINES);
        cards.truncate(MOST_LINES);
        Document {
            lang: self.lang,
            title: words.post_mortem.to_owned(),
            subject,
            zone: self
                .locale
                .times_shown_in(&self.clock.zone_label(), self.clock.offset().is_some()),
            headline,
            facts: self.facts(),
            cards,
            cards_left_out,
            more_cards: (cards_left_out > 0).then(|| self.locale.more(cards_left_out)),
            down,
            actions: self.first(actions),
            missing: self.first(missing),
            sections,
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
            occurrences: w.occurrences,
            severity: w.severity,
            benign: w.benign,
            rule: w.rule,
        }
    }

    // Small parts

    fn text(&self, text: &Localized) -> String {
        self.clock.in_text(&plain(text.get(self.lang)))
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
        format!(
            "{} {}",
            self.locale.entity(finding.subject.kind),
            plain(&finding.subject.name)
        )
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

    fn optional(&self, text: Option<&str>) -> Cell {
        match text.map(plain).filter(|t| !t.is_empty()) {
            Some(text) => cell(text),
            None => toned(self.words.unknown, Tone::Unknown),
        }
    }

    fn node(&self, node: Option<&NodeName>) -> Cell {
        self.optional(node.map(NodeName::as_str))
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
                let mut cells = self.event_cells(&self.timeline.events[at]);
                if self.notable.shown.contains(&at) {
                    cells[0].link = Some(event_anchor(at));
                }
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

    // First screen

    /// The first points of a list, and how many more the appendix has.
    fn first(&self, mut all: Vec<String>) -> Points {
        let left_out = all.len().saturating_sub(MOST_LINES);
        all.truncate(MOST_LINES);
        Points {
            items: all,
            left_out,
            more: (left_out > 0).then(|| self.locale.more(left_out)),
        }
    }

    fn state(&self, text: String, sureness: Sureness) -> Statement {
        let how_sure = match sureness {
            Sureness::Logged => self.words.logged,
            Sureness::Confirmed => self.locale.verdict(Verdict::Confirmed),
            Sureness::Probable => self.locale.verdict(Verdict::Probable),
            Sureness::Open => self.locale.verdict(Verdict::NotAssessable),
        };
        Statement {
            text,
            sureness,
            how_sure: how_sure.to_owned(),
        }
    }

    fn headline(&self) -> Vec<Statement> {
        let timeline = self.timeline;
        if timeline.events.is_empty() {
            return vec![self.state(self.locale.head_no_events(), Sureness::Open)];
        }
        let mut said = self.head_failovers();
        for verdict in [Verdict::Confirmed, Verdict::Probable] {
            said.extend(self.head_findings(verdict));
        }
        let moves = self.move_counts();
        if moves.failed + moves.canceled + moves.unfinished > 0 {
            said.push(self.state(self.locale.head_moves(&moves), Sureness::Logged));
        }
        if said.is_empty() {
            said.extend(self.head_findings(Verdict::NotAssessable));
            let lost: Vec<String> = timeline
                .nodes
                .iter()
                .filter(|n| n.intervals.iter().any(|i| i.state.unannounced()))
                .map(|n| plain(n.name.as_str()))
                .collect();
            if !lost.is_empty() {
                let text = self.locale.head_node_lost(&self.locale.list(&lost));
                said.push(self.state(text, Sureness::Logged));
            }
        }
        if said.is_empty() {
            said.push(if self.speaks_of_a_cluster() {
                self.state(self.locale.head_quiet(), Sureness::Logged)
            } else {
                self.state(self.locale.head_no_cluster(), Sureness::Open)
            });
        }
        if moves.live + moves.other > 0
            && moves.failed + moves.canceled + moves.unfinished == 0
            && said.len() < 4
        {
            said.push(self.state(self.locale.head_moves(&moves), Sureness::Logged));
        }
        said
    }

    /// One sentence for each rule with a finding of that verdict.
    /// Whether anything that was read is a log of Hyper-V or of a failover cluster.
    fn speaks_of_a_cluster(&self) -> bool {
        self.timeline.coverage.files.iter().any(|file| {
            file.kind == FileKind::ClusterLog
                || file
                    .channels
                    .iter()
                    .any(|c| c.contains("Hyper-V") || c.contains("FailoverClustering"))
        }) || !self.timeline.vms.is_empty()
    }

    fn head_findings(&self, verdict: Verdict) -> Vec<Statement> {
        let mut rules: Vec<(&Finding, Vec<String>)> = Vec::new();
        for finding in &self.verdicts.findings {
            let benign = self.rule(finding).is_some_and(|r| r.benign);
            if finding.verdict != verdict || benign {
                continue;
            }
            let name = self.subject_of(finding);
            match rules
                .iter_mut()
                .find(|(first, _)| first.rule == finding.rule)
            {
                Some((_, names)) => names.push(name),
                None => rules.push((finding, vec![name])),
            }
        }
        let sureness = match verdict {
            Verdict::Confirmed => Sureness::Confirmed,
            Verdict::Probable => Sureness::Probable,
            Verdict::NotAssessable | Verdict::RuledOut => Sureness::Open,
        };
        rules
            .into_iter()
            .take(3)
            .map(|(finding, names)| {
                let title = self.title_of(finding);
                let title = title.trim_end_matches(['.', '。']);
                self.state(
                    self.locale
                        .head_finding(verdict, title, &self.locale.list(&names)),
                    sureness,
                )
            })
            .collect()
    }

    /// One sentence for each node and cause, then the longest downtime.
    fn head_failovers(&self) -> Vec<Statement> {
        let mut groups: Vec<(FailoverCause, Option<&NodeName>, Vec<&Failover>)> = Vec::new();
        for failover in self.timeline.failovers.iter().filter(|f| !f.planned) {
            let node = failover.from_node.as_ref();
            match groups
                .iter_mut()
                .find(|(cause, from, _)| *cause == failover.cause && *from == node)
            {
                Some((_, _, all)) => all.push(failover),
                None => groups.push((failover.cause, node, vec![failover])),
            }
        }
        let mut said: Vec<Statement> = groups
            .iter()
            .take(3)
            .map(|(cause, node, all)| {
                let names: Vec<String> = all.iter().map(|f| self.role(f)).collect();
                let when = all.iter().filter_map(|f| f.down_from).min();
                let when = when.map(|m| self.clock.full(m));
                let node = node.map(|n| plain(n.as_str()));
                let mut text = self.locale.head_failover(
                    *cause,
                    node.as_deref(),
                    &self.locale.list(&names),
                    names.len(),
                    all.iter().filter(|f| f.up_at.is_some()).count(),
                    when.as_deref(),
                );
                let longest = all
                    .iter()
                    .filter_map(|f| f.downtime_s.map(|s| (s, self.role(f))))
                    .max_by(|a, b| a.0.total_cmp(&b.0));
                if let Some((seconds, name)) = longest {
                    text.push_str(self.locale.gap());
                    text.push_str(
                        &self
                            .locale
                            .head_longest_down(&name, &self.locale.duration(seconds)),
                    );
                }
                let sureness = if *cause == FailoverCause::Unknown {
                    Sureness::Open
                } else {
                    Sureness::Logged
                };
                self.state(text, sureness)
            })
            .collect();
        let open = self.not_back();
        if !open.is_empty() {
            let text = self.locale.head_not_back(&self.locale.list(&open));
            said.push(self.state(text, Sureness::Open));
        }
        said
    }

    fn role(&self, failover: &Failover) -> String {
        match (&failover.vm, &failover.group) {
            (Some(vm), _) => self.vm(*vm),
            (None, Some(group)) => plain(group.as_str()),
            (None, None) => self.words.unknown.to_owned(),
        }
    }

    fn not_back(&self) -> Vec<String> {
        self.timeline
            .vms
            .iter()
            .enumerate()
            .filter(|(_, v)| v.downtimes.iter().any(|d| d.to.is_none()))
            .map(|(at, _)| self.vm(at))
            .collect()
    }

    fn move_counts(&self) -> MoveCounts {
        let mut counts = MoveCounts::default();
        for migration in &self.timeline.migrations {
            match migration.kind {
                MoveKind::Live => counts.live += 1,
                _ => counts.other += 1,
            }
            match migration.outcome {
                MoveOutcome::Completed => {}
                MoveOutcome::Failed => counts.failed += 1,
                MoveOutcome::Canceled => counts.canceled += 1,
                MoveOutcome::Unfinished => counts.unfinished += 1,
            }
        }
        counts
    }

    fn facts(&self) -> Vec<Fact> {
        let w = self.words;
        let timeline = self.timeline;
        let period = timeline.window().map_or_else(
            || w.unknown.to_owned(),
            |window| {
                format!(
                    "{} – {}",
                    self.clock.second(window.from),
                    self.clock.second(window.to)
                )
            },
        );
        let longest = timeline
            .vms
            .iter()
            .flat_map(|v| &v.downtimes)
            .filter_map(|d| Some(d.to?.seconds_since(d.from?)))
            .fold(None, |most: Option<f64>, s| {
                Some(most.map_or(s, |m| m.max(s)))
            });
        let mut facts = vec![(w.period, period)];
        facts.push((w.nodes, timeline.nodes.len().to_string()));
        facts.push((w.vms, timeline.vms.len().to_string()));
        facts.push((w.moves, timeline.migrations.len().to_string()));
        facts.push((w.failovers, timeline.failovers.len().to_string()));
        if let Some(seconds) = longest {
            facts.push((w.longest_downtime, self.locale.duration(seconds)));
        }
        facts.push((w.records_read, timeline.coverage.records_read().to_string()));
        facts
            .into_iter()
            .map(|(label, value)| Fact {
                label: label.to_owned(),
                value,
            })
            .collect()
    }

    fn down(&self) -> Table {
        let w = self.words;
        let mut rows = Vec::new();
        // The order is that of `analysis`: not known to be back, then longest.
        // Should it fail, the order suffers and nothing is lost.
        let order: Vec<usize> = match metrics::downtimes(self.timeline) {
            Ok(all) => all.into_iter().map(|d| d.vm).collect(),
            Err(_) => (0..self.timeline.vms.len()).collect(),
        };
        for vm in order {
            for down in &self.timeline.vms[vm].downtimes {
                let length = down.from.zip(down.to).map(|(a, b)| b.seconds_since(a));
                let until = match down.to {
                    Some(to) => cell(self.clock.second(to)),
                    None => toned(w.still_down, Tone::Bad),
                };
                rows.push(row(vec![
                    cell(self.vm(vm)),
                    self.time(down.from, w.down_since_before),
                    until,
                    self.seconds(length, w.unknown),
                ]));
            }
        }
        let total = rows.len();
        let heads = columns([
            (w.vm, Text),
            (w.since, Time),
            (w.until, Time),
            (w.downtime, Number),
        ]);
        self.table(heads, rows, total)
    }

    fn actions(&self, cards: &[Card]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut add = |text: String| {
            if !all.contains(&text) {
                all.push(text);
            }
        };
        let open = self.not_back();
        if !open.is_empty() {
            add(self.locale.act_check_vms(&self.locale.list(&open)));
        }
        for verdict in [Verdict::Confirmed, Verdict::Probable] {
            let mut rules: Vec<(&Card, Vec<String>)> = Vec::new();
            for card in cards.iter().filter(|c| c.verdict == verdict && !c.benign) {
                match rules.iter_mut().find(|(first, _)| first.rule == card.rule) {
                    Some((_, subjects)) => subjects.push(card.subject.clone()),
                    None => rules.push((card, vec![card.subject.clone()])),
                }
            }
            for (card, subjects) in rules {
                let subjects = self.locale.list(&subjects);
                for remedy in &card.remedy {
                    add(format!("{subjects}{}{remedy}", self.locale.colon()));
                }
            }
        }
        let unread = self.nodes_without_logs();
        if !unread.is_empty() {
            add(self.locale.act_collect_nodes(&self.locale.list(&unread)));
        }
        for card in cards
            .iter()
            .filter(|c| c.verdict != Verdict::RuledOut && !c.benign)
        {
            for missing in &card.missing {
                add(self.locale.act_settle(&card.title, &card.subject, missing));
            }
        }
        all
    }

    fn nodes_without_logs(&self) -> Vec<String> {
        let logged = self.timeline.coverage.logged_nodes();
        self.timeline
            .coverage
            .named_nodes
            .difference(&logged)
            .map(|n| plain(n.as_str()))
            .collect()
    }

    fn missing(&self) -> Vec<String> {
        let coverage = &self.timeline.coverage;
        let mut all = Vec::new();
        let unread = self.nodes_without_logs();
        if !unread.is_empty() {
            all.push(self.locale.miss_nodes(&self.locale.list(&unread)));
        }
        for finding in &self.verdicts.findings {
            if finding.verdict == Verdict::RuledOut {
                continue;
            }
            for missing in &finding.missing {
                let line = self.locale.miss_for(
                    &self.title_of(finding),
                    &self.subject_of(finding),
                    &self.text(missing),
                );
                if !all.contains(&line) {
                    all.push(line);
                }
            }
        }
        for gap in coverage.gaps.iter().take(3) {
            all.push(self.locale.miss_gap(
                &plain(&gap.channel),
                gap.node.as_ref().map(|n| plain(n.as_str())).as_deref(),
                gap.missing(),
            ));
        }
        if coverage.gaps.len() > 3 {
            all.push(self.locale.miss_more_gaps(coverage.gaps.len() - 3));
        }
        if coverage.records_failed() > 0 {
            all.push(self.locale.miss_records(coverage.records_failed()));
        }
        let lost: BTreeSet<_> = self
            .timeline
            .diagnostics
            .iter()
            .filter(|d| d.code.is_loss())
            .map(|d| d.source.member)
            .collect();
        if !lost.is_empty() {
            all.push(self.locale.miss_files(lost.len()));
        }
        let unlinked: Vec<String> = self
            .timeline
            .clocks
            .iter()
            .filter(|c| c.offset_s.is_none())
            .map(|c| plain(c.node.as_str()))
            .collect();
        if !unlinked.is_empty() {
            all.push(self.locale.miss_clocks(&self.locale.list(&unlinked)));
        }
        let inferred = self
            .timeline
            .migrations
            .iter()
            .filter(|m| m.to_inferred)
            .count();
        if inferred > 0 {
            all.push(self.locale.miss_destinations(inferred));
        }
        all
    }

    fn card(&self, at: usize, finding: &Finding) -> Card {
        let rule = self.rule(finding);
        let when = finding.first.map(|first| match finding.last {
            Some(last) if last != first => {
                format!("{} – {}", self.clock.second(first), self.clock.second(last))
            }
            _ => self.clock.second(first),
        });
        Card {
            anchor: format!("finding-{}", at + 1),
            rule: plain(&finding.rule),
            title: self.title_of(finding),
            verdict: finding.verdict,
            verdict_text: self.locale.verdict(finding.verdict).to_owned(),
            verdict_means: self.locale.verdict_means(finding.verdict).to_owned(),
            severity: self.locale.severity(finding.severity).to_owned(),
            benign: rule.is_some_and(|r| r.benign),
            subject: self.subject_of(finding),
            when,
            occurrences: self.locale.seen_times(finding.occurrences),
            why: self.text(&finding.explanation),
            cause: rule.map(|r| self.text(&r.cause)).unwrap_or_default(),
            steps: self.steps(finding),
            evidence: self.evidence(&finding.evidence),
            missing: finding.missing.iter().map(|m| self.text(m)).collect(),
            // What did not happen needs no remedy.
            remedy: rule
                .filter(|_| finding.verdict != Verdict::RuledOut)
                .map(|r| r.remedy.iter().map(|m| self.text(m)).collect())
                .unwrap_or_default(),
            references: rule
                .map(|r| r.references.iter().map(|t| plain(t)).collect())
                .unwrap_or_default(),
        }
    }

    fn steps(&self, finding: &Finding) -> Table {
        let w = self.words;
        let rows: Vec<Row> = finding
            .steps
            .iter()
            .map(|step| {
                let result = match &step.outcome {
                    StepOutcome::Observed {
                        grade: Grade::Direct,
                        ..
                    } => toned(w.step_direct, Tone::Good),
                    StepOutcome::Observed {
                        grade: Grade::Circumstantial,
                        ..
                    } => toned(w.step_circumstantial, Tone::Warn),
                    StepOutcome::AbsenceSeen => toned(w.step_absent, Tone::Good),
                    StepOutcome::NotFound => toned(w.step_not_found, Tone::Plain),
                    StepOutcome::NotObservable => toned(w.step_not_observable, Tone::Unknown),
                };
                let time = match &step.outcome {
                    StepOutcome::Observed { events, .. } => events
                        .iter()
                        .filter_map(|&e| self.timeline.events.get(e))
                        .map(|e| (e.time, e.precision))
                        .min(),
                    _ => None,
                };
                let time = time.map_or_else(
                    || toned("–", Tone::Unknown),
                    |(time, precision)| cell(self.clock.precise(time, precision)),
                );
                row(vec![cell(self.text(&step.what)), result, time])
            })
            .collect();
        let total = rows.len();
        let heads = columns([(w.step, Text), (w.result, Text), (w.time, Time)]);
        self.table(heads, rows, total)
    }

    // Sections

    fn sections(
        &self,
        cards: &[Card],
        headline: &[Statement],
        actions: &[String],
        missing: &[String],
    ) -> Vec<Section> {
        let mut all = Vec::new();
        all.extend(self.cause_chain());
        all.push(self.findings(cards));
        all.push(self.placement());
        all.push(self.failovers());
        all.push(self.migrations());
        all.push(self.network());
        all.push(self.nodes());
        all.push(self.events());
        all.push(self.coverage());
        all.push(self.diagnostics());
        all.push(self.appendix(cards, headline, actions, missing));
        all
    }

    /// Of the worst finding, else of the first failover: what led to what.
    fn cause_chain(&self) -> Option<Section> {
        let w = self.words;
        let main = self.verdicts.findings.iter().find(|f| {
            matches!(f.verdict, Verdict::Confirmed | Verdict::Probable)
                && !self.rule(f).is_some_and(|r| r.benign)
                && !f.evidence.is_empty()
        });
        let mut steps: Vec<(Option<Moment>, Vec<Cell>)> = Vec::new();
        if let Some(finding) = main {
            for step in &finding.steps {
                let (time, known, source) = match &step.outcome {
                    StepOutcome::Observed { events, grade } => {
                        let Some((at, event)) = events
                            .iter()
                            .filter_map(|&e| Some((e, self.timeline.events.get(e)?)))
                            .min_by_key(|(at, e)| (e.time, *at))
                        else {
                            continue;
                        };
                        let known = match (&event.origin, grade) {
                            (Origin::Note, _) => toned(w.said_by_person, Tone::Said),
                            (_, Grade::Direct) => toned(w.step_direct, Tone::Good),
                            (_, Grade::Circumstantial) => toned(w.step_circumstantial, Tone::Warn),
                        };
                        let mut time = cell(self.clock.precise(event.time, event.precision));
                        if self.notable.shown.contains(&at) {
                            time.link = Some(event_anchor(at));
                        }
                        let source = cell(format!(
                            "{} · {}",
                            plain(&event.source.member),
                            self.place(&event.source).text
                        ));
                        ((Some(event.time), time), known, source)
                    }
                    StepOutcome::AbsenceSeen => (
                        (None, toned("–", Tone::Unknown)),
                        toned(w.step_absent, Tone::Good),
                        toned("–", Tone::Unknown),
                    ),
                    StepOutcome::NotFound | StepOutcome::NotObservable => continue,
                };
                steps.push((
                    time.0,
                    vec![time.1, cell(self.text(&step.what)), known, source],
                ));
            }
        } else {
            let failover = self.timeline.failovers.iter().find(|f| !f.planned)?;
            for &at in &failover.evidence {
                let Some(event) = self.timeline.events.get(at) else {
                    continue;
                };
                let mut cells = self.event_cells(event);
                let place = cells.pop().unwrap_or_default();
                let member = cells.pop().unwrap_or_default();
                let what = cells.pop().unwrap_or_default();
                let mut time = cells.swap_remove(0);
                if self.notable.shown.contains(&at) {
                    time.link = Some(event_anchor(at));
                }
                let source = cell(format!("{} · {}", member.text, place.text));
                steps.push((
                    Some(event.time),
                    vec![time, what, toned(w.logged, Tone::Good), source],
                ));
            }
        }
        if steps.is_empty() {
            return None;
        }
        // What was absent has no time; it stays behind the step before it.
        let mut last = None;
        for (time, _) in &mut steps {
            *time = time.or(last);
            last = *time;
        }
        steps.sort_by_key(|(time, _)| *time);
        let rows: Vec<Row> = steps.into_iter().map(|(_, cells)| row(cells)).collect();
        let total = rows.len();
        let heads = columns([
            (w.time, Time),
            (w.what, Text),
            (w.how_known, Text),
            (w.source, Code),
        ]);
        let mut blocks = Vec::new();
        if let Some(finding) = main {
            blocks.push(Block::Text(format!(
                "{} — {}",
                self.subject_of(finding),
                self.title_of(finding)
            )));
        }
        blocks.push(Block::Table(self.table(heads, rows, total)));
        Some(Section {
            id: "cause".into(),
            title: w.cause_chain.into(),
            lead: Some(w.cause_chain_lead.into()),
            blocks,
            folded: false,
        })
    }

    fn findings(&self, cards: &[Card]) -> Section {
        let w = self.words;
        let mut blocks: Vec<Block> = cards
            .iter()
            .take(MOST_FINDINGS)
            .map(|c| Block::Finding(Box::new(c.clone())))
            .collect();
        if cards.len() > MOST_FINDINGS {
            let left_out = cards.len() - MOST_FINDINGS;
            blocks.push(Block::Aside(
                self.locale.rows_left_out(left_out, MOST_FINDINGS),
            ));
        }
        if blocks.is_empty() {
            blocks.push(Block::Text(w.no_verdicts.into()));
        }
        let rows: Vec<Row> = self
            .verdicts
            .counts
            .iter()
            .filter(|(_, count)| count.untouched > 0)
            .map(|(rule, count)| {
                let title = self
                    .verdicts
                    .rules
                    .get(rule)
                    .map_or_else(|| plain(rule), |r| self.text(&r.title));
                row(vec![
                    cell(plain(rule)),
                    cell(title),
                    cell(count.untouched.to_string()),
                    cell(count.not_assessable.to_string()),
                ])
            })
            .collect();
        if !rows.is_empty() {
            let total = rows.len();
            blocks.push(Block::Heading(w.not_listed.into()));
            blocks.push(Block::Aside(w.not_listed_lead.into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.rule, Code),
                    (w.what, Text),
                    (w.untouched, Number),
                    (w.of_these_not_assessable, Number),
                ]),
                rows,
                total,
            )));
        }
        Section {
            id: "findings".into(),
            title: w.findings.into(),
            lead: Some(w.findings_lead.into()),
            blocks,
            folded: false,
        }
    }

    fn placement(&self) -> Section {
        let w = self.words;
        let mut rows = Vec::new();
        for (at, vm) in self.timeline.vms.iter().enumerate() {
            for placement in &vm.placements {
                rows.push(row(vec![
                    cell(self.vm(at)),
                    cell(plain(placement.node.as_str())),
                    self.time(placement.from, w.before_logs),
                    self.time(placement.to, w.after_logs),
                    cell(self.locale.basis(placement.basis)),
                ]));
            }
        }
        let total = rows.len();
        let heads = columns([
            (w.vm, Text),
            (w.node, Text),
            (w.since, Time),
            (w.until, Time),
            (w.basis, Text),
        ]);
        Section {
            id: "placement".into(),
            title: w.placement.into(),
            lead: Some(w.placement_lead.into()),
            blocks: vec![
                Block::Chart("placement".into()),
                Block::Table(self.table(heads, rows, total)),
            ],
            folded: false,
        }
    }

    fn failovers(&self) -> Section {
        let w = self.words;
        let mut blocks = vec![
            Block::Heading(w.two_behaviors.into()),
            Block::List(vec![
                self.locale.behavior_high_availability().into(),
                self.locale.behavior_live_migration().into(),
            ]),
        ];
        let all = &self.timeline.failovers;
        if all.is_empty() {
            blocks.insert(0, Block::Text(w.failover_lead_none.into()));
        } else {
            let stories = all
                .iter()
                .take(MOST_LINES)
                .map(|f| {
                    self.locale.failover_story(
                        &self.role(f),
                        f.from_node.as_ref().map(|n| plain(n.as_str())).as_deref(),
                        f.to_node.as_ref().map(|n| plain(n.as_str())).as_deref(),
                        f.cause,
                        f.downtime_s.map(|s| self.locale.duration(s)).as_deref(),
                    )
                })
                .collect();
            let rows = all
                .iter()
                .map(|f| {
                    row(vec![
                        cell(self.role(f)),
                        self.node(f.from_node.as_ref()),
                        self.node(f.to_node.as_ref()),
                        toned(
                            self.locale.cause(f.cause),
                            if f.cause == FailoverCause::Unknown {
                                Tone::Unknown
                            } else {
                                Tone::Plain
                            },
                        ),
                        self.yes_no(Some(f.planned)),
                        self.time(f.down_from, w.unknown),
                        self.time(f.up_at, w.still_down),
                        self.seconds(f.downtime_s, w.unknown),
                    ])
                })
                .collect();
            let heads = columns([
                (w.group, Text),
                (w.from, Text),
                (w.to, Text),
                (w.cause, Text),
                (w.planned, Text),
                (w.since, Time),
                (w.until, Time),
                (w.downtime, Number),
            ]);
            blocks.splice(
                0..0,
                [
                    Block::List(stories),
                    Block::Table(self.table(heads, rows, all.len())),
                ],
            );
        }
        Section {
            id: "failovers".into(),
            title: w.failovers.into(),
            lead: None,
            blocks,
            folded: false,
        }
    }

    fn migrations(&self) -> Section {
        let w = self.words;
        let all = &self.timeline.migrations;
        let mut blocks = vec![Block::Chart("migrations".into())];
        if all.is_empty() {
            blocks = vec![Block::Text(w.migrations_lead_none.into())];
        } else {
            let spreads: Vec<Row> = [
                (w.duration, metrics::migration_durations(self.timeline)),
                (w.blackout, metrics::migration_blackouts(self.timeline)),
            ]
            .into_iter()
            .map(|(label, spread)| {
                let mut cells = vec![cell(label)];
                match spread {
                    Some(s) => {
                        cells.push(cell(s.n.to_string()));
                        cells.extend(
                            [s.min, s.median, s.p95, s.max].map(|v| cell(self.locale.duration(v))),
                        );
                    }
                    None => {
                        cells.push(cell("0"));
                        cells.extend((0..4).map(|_| toned(w.not_recorded, Tone::Unknown)));
                    }
                }
                row(cells)
            })
            .collect();
            blocks.push(Block::Table(Table {
                columns: columns([
                    (w.quantity, Text),
                    (w.count, Number),
                    (w.minimum, Number),
                    (w.median, Number),
                    (w.p95, Number),
                    (w.maximum, Number),
                ]),
                rows: spreads,
                note: None,
            }));
            let rows = all
                .iter()
                .take(MOST_ROWS)
                .map(|m| {
                    let mut to = self.node(m.to_node.as_ref());
                    if m.to_inferred {
                        to.text = format!("{} {}", to.text, w.inferred);
                        to.tone = Tone::Unknown;
                    }
                    let tone = match m.outcome {
                        MoveOutcome::Completed => Tone::Good,
                        MoveOutcome::Failed => Tone::Bad,
                        MoveOutcome::Canceled => Tone::Warn,
                        MoveOutcome::Unfinished => Tone::Unknown,
                    };
                    let reason = m.reason.as_ref().map(|r| {
                        let parts: Vec<&str> = [r.code.as_deref(), r.text.as_deref()]
                            .into_iter()
                            .flatten()
                            .collect();
                        plain(&parts.join(" "))
                    });
                    row(vec![
                        self.time(m.started, w.unknown),
                        cell(self.vm(m.vm)),
                        cell(self.locale.move_kind(m.kind)),
                        self.node(m.from_node.as_ref()),
                        to,
                        toned(self.locale.outcome(m.outcome), tone),
                        self.yes_no(m.planned),
                        self.seconds(m.duration_s, w.unknown),
                        self.seconds(m.blackout_s, w.not_logged),
                        reason.map_or_else(|| cell("–"), cell),
                    ])
                })
                .collect();
            blocks.push(Block::Table(self.table(
                columns([
                    (w.time, Time),
                    (w.vm, Text),
                    (w.kind, Text),
                    (w.from, Text),
                    (w.to, Text),
                    (w.outcome, Text),
                    (w.planned, Text),
                    (w.duration, Number),
                    (w.blackout, Number),
                    (w.reason, Text),
                ]),
                rows,
                all.len(),
            )));
        }
        Section {
            id: "migrations".into(),
            title: w.migrations.into(),
            lead: None,
            blocks,
            folded: false,
        }
    }

    fn network(&self) -> Section {
        let w = self.words;
        let all = &self.timeline.network_changes;
        let block = if all.is_empty() {
            Block::Text(w.network_none.into())
        } else {
            let rows = all
                .iter()
                .take(MOST_ROWS)
                .map(|c| {
                    let event = self.timeline.events.get(c.evidence);
                    let said = event.and_then(|e| self.origin(e));
                    let mut what = self.locale.event(c.kind).to_owned();
                    if let Some(said) = said {
                        what.push_str(&self.locale.parentheses(said));
                    }
                    let precision = event.map(|e| e.precision);
                    let mut time = cell(match precision {
                        Some(p) => self.clock.precise(c.time, p),
                        None => self.clock.second(c.time),
                    });
                    if self.notable.shown.contains(&c.evidence) {
                        time.link = Some(event_anchor(c.evidence));
                    }
                    let dash =
                        |text: Option<&str>| cell(text.map_or_else(|| "–".to_owned(), plain));
                    row(vec![
                        time,
                        dash(c.node.as_ref().map(NodeName::as_str)),
                        toned(
                            what,
                            if said.is_some() {
                                Tone::Said
                            } else {
                                Tone::Plain
                            },
                        ),
                        c.vm.map_or_else(|| cell("–"), |vm| cell(self.vm(vm))),
                        dash(c.name.as_deref()),
                        dash(c.before.as_deref()),
                        dash(c.after.as_deref()),
                    ])
                })
                .collect();
            Block::Table(self.table(
                columns([
                    (w.time, Time),
                    (w.node, Text),
                    (w.what, Text),
                    (w.vm, Text),
                    (w.name, Code),
                    (w.before, Code),
                    (w.after, Code),
                ]),
                rows,
                all.len(),
            ))
        };
        Section {
            id: "network".into(),
            title: w.network_changes.into(),
            lead: None,
            blocks: vec![block],
            folded: false,
        }
    }

    fn nodes(&self) -> Section {
        let w = self.words;
        let facts: Vec<Row> = self
            .timeline
            .nodes
            .iter()
            .map(|n| {
                row(vec![
                    cell(plain(n.name.as_str())),
                    self.optional(n.os.as_deref()),
                    self.optional(n.build.map(|b| b.to_string()).as_deref()),
                    if n.has_logs {
                        toned(w.yes, Tone::Good)
                    } else {
                        toned(w.no, Tone::Warn)
                    },
                ])
            })
            .collect();
        let mut states = Vec::new();
        for node in &self.timeline.nodes {
            for interval in &node.intervals {
                let tone = match interval.state {
                    NodeState::Up => Tone::Good,
                    state if state.unannounced() => Tone::Bad,
                    NodeState::Stopped | NodeState::Restarted => Tone::Plain,
                    _ => Tone::Warn,
                };
                states.push(row(vec![
                    cell(plain(node.name.as_str())),
                    toned(self.locale.node_state(interval.state), tone),
                    self.time(interval.from, w.before_logs),
                    self.time(interval.to, w.after_logs),
                ]));
            }
        }
        let clocks: Vec<Row> = self
            .timeline
            .clocks
            .iter()
            .map(|c| {
                let basis = match c.basis.as_str() {
                    "reference" => w.reference_clock.to_owned(),
                    "unknown" => w.unknown.to_owned(),
                    other => plain(other),
                };
                row(vec![
                    cell(plain(c.node.as_str())),
                    self.seconds(c.offset_s, w.unknown),
                    self.seconds(c.error_s, w.unknown),
                    cell(basis),
                ])
            })
            .collect();
        let (n, s, c) = (facts.len(), states.len(), clocks.len());
        let mut blocks = vec![Block::Table(self.table(
            columns([
                (w.node, Text),
                (w.os, Text),
                (w.build, Number),
                (w.has_logs, Text),
            ]),
            facts,
            n,
        ))];
        if s > 0 {
            blocks.push(Block::Heading(w.state.into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.node, Text),
                    (w.state, Text),
                    (w.since, Time),
                    (w.until, Time),
                ]),
                states,
                s,
            )));
        }
        if c > 0 {
            blocks.push(Block::Heading(w.clocks.into()));
            blocks.push(Block::Aside(w.clocks_lead.into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.node, Text),
                    (w.offset, Number),
                    (w.error, Number),
                    (w.basis, Text),
                ]),
                clocks,
                c,
            )));
        }
        Section {
            id: "nodes".into(),
            title: w.nodes_title.into(),
            lead: None,
            blocks,
            folded: false,
        }
    }

    fn events(&self) -> Section {
        let w = self.words;
        let rows: Vec<Row> = self
            .notable
            .shown
            .iter()
            .map(|&at| Row {
                anchor: Some(event_anchor(at)),
                cells: self.event_cells(&self.timeline.events[at]),
            })
            .collect();
        let shown = rows.len();
        let left_out = self.timeline.events.len() - shown;
        let mut blocks = vec![Block::Chart("events".into())];
        if shown < self.notable.total || left_out > 0 {
            blocks.push(Block::Aside(self.locale.events_left_out(left_out, shown)));
        }
        blocks.push(Block::Table(Table {
            columns: self.event_columns(),
            rows,
            note: None,
        }));
        Section {
            id: "timeline".into(),
            title: w.events_title.into(),
            lead: Some(w.events_lead.into()),
            blocks,
            folded: false,
        }
    }

    fn coverage(&self) -> Section {
        let w = self.words;
        let coverage = &self.timeline.coverage;
        let rows = coverage
            .files
            .iter()
            .take(MOST_ROWS)
            .map(|f| {
                row(vec![
                    cell(plain(&f.path)),
                    cell(f.kind.name()),
                    f.node
                        .as_ref()
                        .map_or_else(|| cell("–"), |n| cell(plain(n.as_str()))),
                    cell(f.records_read.to_string()),
                    toned(
                        f.records_failed.to_string(),
                        if f.records_failed > 0 {
                            Tone::Bad
                        } else {
                            Tone::Plain
                        },
                    ),
                    self.time(f.first, "–"),
                    self.time(f.last, "–"),
                    cell(f.time_basis.to_string()),
                ])
            })
            .collect();
        let mut blocks = vec![Block::Table(self.table(
            columns([
                (w.file, Code),
                (w.kind, Code),
                (w.node, Text),
                (w.records, Number),
                (w.failed, Number),
                (w.first, Time),
                (w.last, Time),
                (w.time_basis, Code),
            ]),
            rows,
            coverage.files.len(),
        ))];
        if !coverage.gaps.is_empty() {
            let rows = coverage
                .gaps
                .iter()
                .take(MOST_ROWS)
                .map(|g| {
                    row(vec![
                        cell(plain(&g.path)),
                        cell(plain(&g.channel)),
                        toned(g.missing().to_string(), Tone::Warn),
                        cell(self.clock.second(g.window.from)),
                        cell(self.clock.second(g.window.to)),
                    ])
                })
                .collect();
            blocks.push(Block::Heading(w.gaps.into()));
            blocks.push(Block::Table(self.table(
                columns([
                    (w.file, Code),
                    (w.channel, Code),
                    (w.missing_records, Number),
                    (w.since, Time),
                    (w.until, Time),
                ]),
                rows,
                coverage.gaps.len(),
            )));
        }
        if !coverage.unknown.is_empty() {
            let total: u64 = coverage.unknown.values().sum();
            blocks.push(Block::Heading(w.unread_kinds.into()));
            blocks.push(Block::Text(
                self.locale.unknown_records(total, coverage.unknown.len()),
            ));
            let mut most: Vec<_> = coverage.unknown.iter().collect();
            most.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let rows = most
                .iter()
                .take(20)
                .map(|((provider, id), count)| {
                    row(vec![
                        cell(plain(provider)),
                        cell(id.to_string()),
                        cell(count.to_string()),
                    ])
                })
                .collect();
            blocks.push(Block::Table(Table {
                columns: columns([(w.source, Code), (w.id, Number), (w.count, Number)]),
                rows,
                note: None,
            }));
        }
        Section {
            id: "coverage".into(),
            title: w.coverage.into(),
            lead: Some(w.coverage_lead.into()),
            blocks,
            folded: true,
        }
    }

    fn diagnostics(&self) -> Section {
        let w = self.words;
        let all: Vec<_> = self.timeline.diagnostics.iter().collect();
        let block = if all.is_empty() {
            Block::Text(w.diagnostics_none.into())
        } else {
            let rows = all
                .iter()
                .take(MOST_ROWS)
                .map(|d| {
                    let tone = if d.code.is_loss() {
                        Tone::Bad
                    } else {
                        Tone::Plain
                    };
                    row(vec![
                        toned(self.locale.diagnostic(d.code), tone),
                        cell(plain(&d.source.to_string())),
                        cell(d.count.to_string()),
                        cell(plain(&d.message)),
                    ])
                })
                .collect();
            Block::Table(self.table(
                columns([
                    (w.kind, Text),
                    (w.source, Code),
                    (w.count, Number),
                    (w.message, Text),
                ]),
                rows,
                all.len(),
            ))
        };
        Section {
            id: "diagnostics".into(),
            title: w.diagnostics.into(),
            lead: None,
            blocks: vec![block],
            folded: true,
        }
    }

    fn appendix(
        &self,
        cards: &[Card],
        headline: &[Statement],
        actions: &[String],
        missing: &[String],
    ) -> Section {
        let w = self.words;
        let mut lines = vec![w.what_happened.to_owned()];
        lines.extend(
            headline
                .iter()
                .map(|s| format!("- {} [{}]", s.text, s.how_sure)),
        );
        lines.push(String::new());
        lines.push(w.verdicts.to_owned());
        lines.extend(cards.iter().filter(|c| !c.benign).map(|c| {
            format!(
                "- [{}] {} — {} ({})",
                c.verdict_text, c.subject, c.title, c.rule
            )
        }));
        lines.push(String::new());
        lines.push(w.what_to_do.to_owned());
        lines.extend(
            actions
                .iter()
                .enumerate()
                .map(|(n, a)| format!("{}. {a}", n + 1)),
        );
        lines.push(String::new());
        lines.push(w.what_is_missing.to_owned());
        lines.extend(missing.iter().map(|m| format!("- {m}")));
        Section {
            id: "appendix".into(),
            title: w.appendix.into(),
            lead: Some(w.appendix_lead.into()),
            blocks: vec![Block::Verbatim(lines.join("\n"))],
            folded: true,
        }
    }
}

fn event_anchor(at: EventIndex) -> String {
    format!("event-{}", at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn told(timeline: &Timeline, verdicts: &Verdicts) -> Document {
        document(timeline, verdicts, &Options::new(Lang::En))
    }

    fn section<'a>(document: &'a Document, id: &str) -> &'a Section {
        document.sections.iter().find(|s| s.id == id).unwrap()
    }

    /// Every text of a document, with the anchors and class names it also has.
    fn texts(document: &Document) -> Vec<String> {
        fn walk(value: &serde_json::Value, out: &mut Vec<String>) {
            match value {
                serde_json::Value::String(s) => out.push(s.clone()),
                serde_json::Value::Array(all) => all.iter().for_each(|v| walk(v, out)),
                serde_json::Value::Object(all) => all.values().for_each(|v| walk(v, out)),
                _ => {}
            }
        }
        let mut out = Vec::new();
        walk(&serde_json::to_value(document).unwrap(), &mut out);
        out
    }

    #[test]
    fn no_text_acts_by_being_shown() {
        let (timeline, verdicts) = fixture::case();
        for lang in [Lang::En, Lang::Ja] {
            for text in texts(&document(&timeline, &verdicts, &Options::new(lang))) {
                let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202E}';
                assert!(!text.chars().any(acts), "{text:?}");
            }
        }
    }

    #[test]
    fn a_day_without_trouble_is_said_to_be_one() {
        let (mut timeline, _) = fixture::case();
        timeline.failovers.clear();
        timeline.migrations.truncate(1);
        for vm in &mut timeline.vms {
            vm.downtimes.clear();
        }
        timeline.nodes[0].intervals.truncate(1);
        let document = told(&timeline, &Verdicts::default());
        let said: Vec<&str> = document.headline.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(
            said,
            [
                "What was read shows no failure, no failover and no known issue.",
                "1 live migration completed; the VMs kept their state."
            ]
        );
        assert!(document.down.rows.is_empty());
        // What is missing is said all the same.
        assert!(document.missing.items[0].contains("HV03"));
    }

    #[test]
    fn a_harmless_or_ruled_out_finding_is_no_headline_and_no_action() {
        let (timeline, verdicts) = fixture::case();
        let document = told(&timeline, &verdicts);
        for text in document.headline.iter().map(|s| &s.text) {
            assert!(!text.contains("Harmless"), "{text}");
        }
        let places: Vec<(bool, Verdict)> = document
            .cards
            .iter()
            .map(|c| (c.benign, c.verdict))
            .collect();
        assert!(
            places
                .iter()
                .take(3)
                .all(|(benign, v)| !benign && *v != Verdict::RuledOut)
        );
        let told: Vec<&Block> = section(&document, "findings").blocks.iter().collect();
        let cards = told
            .iter()
            .filter(|b| matches!(b, Block::Finding(_)))
            .count();
        assert_eq!(cards, 5, "in their section they are told");
    }

    #[test]
    fn without_a_finding_the_failover_is_the_cause_chain() {
        let (timeline, _) = fixture::case();
        let document = told(&timeline, &Verdicts::default());
        assert!(
            document.headline[0]
                .text
                .starts_with("Node HV01 was lost at 2024-05-14")
        );
        assert_eq!(document.headline[0].sureness, Sureness::Logged);
        let Block::Table(chain) = &section(&document, "cause").blocks[0] else {
            panic!("the chain is a table");
        };
        assert_eq!(chain.rows.len(), 2);
    }

    #[test]
    fn what_a_person_said_is_marked_wherever_it_stands() {
        let (timeline, verdicts) = fixture::case();
        let document = told(&timeline, &verdicts);
        let mut seen = 0;
        for section in &document.sections {
            for block in &section.blocks {
                let tables: Vec<&Table> = match block {
                    Block::Table(t) => vec![t],
                    Block::Finding(card) => vec![&card.evidence],
                    _ => vec![],
                };
                for row in tables.iter().flat_map(|t| &t.rows) {
                    let all: String = row.cells.iter().map(|c| c.text.as_str()).collect();
                    if all.contains("notes.yaml") && section.id != "coverage" {
                        seen += 1;
                        assert!(all.contains("Said by a person, not logged"), "{all}");
                        assert!(row.cells.iter().any(|c| c.tone == Tone::Said));
                    }
                }
            }
        }
        assert!(seen >= 3, "{seen}");
    }

    #[test]
    fn a_long_timeline_is_cut_keeps_the_evidence_and_says_so() {
        let (mut timeline, verdicts) = fixture::case();
        let mut noise = timeline.events[0].clone();
        noise.severity = Severity::Warning;
        for _ in 0..1000 {
            timeline.events.push(noise.clone());
            timeline.event_vm.push(None);
        }
        let document = told(&timeline, &verdicts);
        let events = section(&document, "timeline");
        let total = timeline.events.len();
        let expected = format!("400 events shown, {} left out", total - 400);
        assert!(
            events
                .blocks
                .iter()
                .any(|b| matches!(b, Block::Aside(text) if text.starts_with(&expected)))
        );
        let Some(Block::Table(table)) = events.blocks.last() else {
            panic!("the timeline is a table");
        };
        let anchors: BTreeSet<&str> = table
            .rows
            .iter()
            .filter_map(|r| r.anchor.as_deref())
            .collect();
        for evidence in verdicts.findings.iter().flat_map(|f| &f.evidence) {
            assert!(anchors.contains(event_anchor(*evidence).as_str()));
        }
    }

    #[test]
    fn many_subjects_of_one_rule_are_one_sentence_and_one_action() {
        let (timeline, mut verdicts) = fixture::case();
        let first = verdicts.findings[0].clone();
        verdicts.findings.truncate(1);
        for n in 2..=30 {
            let mut more = first.clone();
            more.subject.name = format!("web{n:02}");
            verdicts.findings.push(more);
        }
        let document = told(&timeline, &verdicts);
        assert!(
            document
                .headline
                .iter()
                .any(|s| s.text.contains("and 24 more"))
        );
        let refreshes = document
            .actions
            .items
            .iter()
            .filter(|a| a.contains("Refresh"));
        assert_eq!(refreshes.count(), 1);
        assert_eq!(document.cards.len(), MOST_LINES);
        assert_eq!(document.cards_left_out, 22);
    }
}
