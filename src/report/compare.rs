//! A comparison as a page in one language, and as JSON. What differs is decided in
//! `analysis`; here is only how it is said.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::compare::{
    Area, Comparison, Difference, Distribution, EventChange, Measure, NotCompared, SideFacts, Trend,
};
use crate::model::coverage::CLUSTER_LOG;
use crate::model::event::{Origin, Severity};
use crate::model::text::Lang;
use crate::model::time::Window;
use crate::rules::verdict::Verdicts;
use crate::timeline::Timeline;

use super::Options;
use super::document::{self, Block, Cell, Column, ColumnKind, Page, Row, Section, Table, Tone};
use super::locale::{self, Locale, compare as words};
use super::plain::plain;
use super::when::Clock;

/// Name and version of the JSON form.
pub const SCHEMA: &str = "vmtrail.compare/1";

/// The most rows of a table; the JSON form has all.
const MOST_ROWS: usize = 200;

/// The JSON form: `docs/compare.schema.json`. Unknown is `null`; times are RFC 3339 in
/// UTC; names and values are as recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `vmtrail.compare/1`.
    pub schema: String,
    /// Version of vmtrail that wrote it.
    pub version: String,
    /// The earlier side.
    pub before: SideFacts,
    /// The later side.
    pub after: SideFacts,
    /// Settings that differ, by area, thing and property.
    pub differences: Vec<Difference>,
    /// Quantities of which at least one side has any.
    pub measures: Vec<Measure>,
    /// Events that are new or gone, or much more or less frequent.
    pub events: Vec<EventChange>,
    /// What one side alone tells.
    pub not_compared: Vec<NotCompared>,
}

/// The JSON form as text.
///
/// # Errors
///
/// Never for a comparison that `analysis` made.
pub fn json(comparison: &Comparison) -> io::Result<String> {
    let report = Report {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        before: comparison.before.clone(),
        after: comparison.after.clone(),
        differences: comparison.differences.clone(),
        measures: comparison.measures.clone(),
        events: comparison.events.clone(),
        not_compared: comparison.not_compared.clone(),
    };
    let mut text = serde_json::to_string_pretty(&report).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of the JSON form.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Report).to_value();
    if let Some(property) = schema.pointer_mut("/properties/schema") {
        property["const"] = SCHEMA.into();
    }
    schema
}

/// The comparison as sections; `inputs` are what the two sides are called.
#[must_use]
pub fn page(comparison: &Comparison, inputs: [&str; 2], options: &Options) -> Page {
    let (one, two) = (&comparison.before, &comparison.after);
    let times = [one.from, one.to, two.from, two.to];
    let from = times.iter().flatten().min();
    let to = times.iter().flatten().max();
    let window = from.zip(to).map(|(from, to)| Window::new(*from, *to));
    let teller = Teller {
        comparison,
        inputs,
        lang: options.lang,
        locale: locale::of(options.lang),
        words: words::phrases(options.lang),
        clock: Clock::new(&options.zone, window),
    };
    // The fixed words of a page come with any page; this one tells of nothing.
    let empty = document::stories(&Timeline::default(), &Verdicts::default(), options, &[]);
    Page {
        title: teller.title(),
        zone: teller
            .locale
            .times_shown_in(&teller.clock.zone_label(), teller.clock.offset().is_some()),
        sections: teller.sections(),
        labels: empty.labels,
    }
}

struct Teller<'a> {
    comparison: &'a Comparison,
    inputs: [&'a str; 2],
    lang: Lang,
    locale: &'static dyn Locale,
    words: &'static words::Phrases,
    clock: Clock,
}

fn cell(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        ..Cell::default()
    }
}

fn unknown(text: &str) -> Cell {
    Cell {
        text: text.to_owned(),
        tone: Tone::Unknown,
        ..Cell::default()
    }
}

fn row(cells: Vec<Cell>) -> Row {
    Row {
        anchor: None,
        cells,
    }
}

use ColumnKind::{Code, Number, Text, Time};

impl Teller<'_> {
    fn title(&self) -> String {
        let names = [&self.comparison.before, &self.comparison.after].map(|s| s.cluster.as_deref());
        match names {
            [Some(one), Some(two)] if one.eq_ignore_ascii_case(two) => {
                format!("{}: {}", self.words.title, plain(two))
            }
            [Some(one), Some(two)] => {
                format!("{}: {} → {}", self.words.title, plain(one), plain(two))
            }
            _ => self.words.title.to_owned(),
        }
    }

    fn sections(&self) -> Vec<Section> {
        vec![
            self.sides(),
            self.differences(),
            self.durations(),
            self.events(),
            self.not_compared(),
        ]
    }

    fn section(&self, id: &str, title: &str, lead: Option<&str>, blocks: Vec<Block>) -> Section {
        Section {
            id: id.to_owned(),
            title: title.to_owned(),
            lead: lead.map(str::to_owned),
            blocks,
            folded: false,
        }
    }

    fn table(&self, columns: &[(&str, ColumnKind)], mut rows: Vec<Row>) -> Block {
        let total = rows.len();
        rows.truncate(MOST_ROWS);
        let left_out = total - rows.len();
        Block::Table(Table {
            columns: (columns.iter())
                .map(|(title, kind)| Column {
                    title: (*title).to_owned(),
                    kind: *kind,
                })
                .collect(),
            note: (left_out > 0).then(|| self.locale.rows_left_out(left_out, rows.len())),
            rows,
        })
    }

    fn sides(&self) -> Section {
        let w = self.words;
        let side = |name: &str, input: &str, facts: &SideFacts| {
            let cluster = match &facts.cluster {
                Some(name) => cell(plain(name)),
                None => unknown(self.locale.words().unknown),
            };
            let period = match (facts.from, facts.to) {
                (Some(from), Some(to)) => {
                    format!("{} – {}", self.clock.second(from), self.clock.second(to))
                }
                _ => self.locale.words().unknown.to_owned(),
            };
            row(vec![
                cell(name),
                cell(plain(input)),
                cluster,
                cell(period),
                cell(facts.events.to_string()),
                cell(facts.nodes.to_string()),
                cell(facts.vms.to_string()),
            ])
        };
        let columns = [
            (w.side, Text),
            (w.input, Code),
            (w.cluster, Text),
            (w.window, Time),
            (w.events, Number),
            (self.locale.words().nodes, Number),
            (self.locale.words().vms, Number),
        ];
        let rows = vec![
            side(w.before, self.inputs[0], &self.comparison.before),
            side(w.after, self.inputs[1], &self.comparison.after),
        ];
        let c = self.comparison;
        let of = |trend| {
            let seen = |e: &&EventChange| e.before.is_some() && e.after.is_some();
            let events = c.events.iter().filter(seen);
            events.filter(|e| e.trend == trend).count()
        };
        let mut points = words::counted(
            c.differences.len(),
            of(Trend::New),
            of(Trend::Gone),
            self.lang,
        );
        points.extend(self.slowest());
        let same = c.differences.is_empty() && c.events.is_empty();
        let short = match same {
            true => Block::Text(w.nothing.to_owned()),
            false => Block::List(points),
        };
        self.section(
            "sides",
            w.sides,
            None,
            vec![
                self.table(&columns, rows),
                Block::Heading(w.in_short.to_owned()),
                short,
            ],
        )
    }

    /// What takes a different time than before, of all moves together.
    fn slowest(&self) -> Vec<String> {
        self.comparison
            .measures
            .iter()
            .filter(|m| m.nodes.is_none())
            .filter_map(|m| {
                let (one, two) = (m.before.median_s?, m.after.median_s?);
                let times = two.max(0.001) / one.max(0.001);
                (!(0.67..1.5).contains(&times)).then(|| {
                    words::slower(
                        words::quantity(m.what, self.lang),
                        &self.locale.duration(one),
                        &self.locale.duration(two),
                        self.lang,
                    )
                })
            })
            .collect()
    }

    fn differences(&self) -> Section {
        let w = self.words;
        let all = &self.comparison.differences;
        let mut blocks = Vec::new();
        if all.is_empty() {
            blocks.push(Block::Text(w.no_differences.to_owned()));
        }
        let mut areas: Vec<Area> = all.iter().map(|d| d.area).collect();
        areas.dedup();
        for area in areas {
            let rows = all.iter().filter(|d| d.area == area);
            let rows = rows.map(|d| self.difference(d)).collect();
            blocks.push(Block::Heading(words::area(area, self.lang).to_owned()));
            let columns = [
                (w.thing, Text),
                (w.setting, Text),
                (w.before, Text),
                (w.after, Text),
                (w.source, Code),
            ];
            blocks.push(self.table(&columns, rows));
        }
        self.section(
            "differences",
            w.differences,
            Some(w.differences_lead),
            blocks,
        )
    }

    fn difference(&self, d: &Difference) -> Row {
        let w = self.words;
        let property = match (d.area, &*d.property) {
            (Area::Member, "node") => w.node.to_owned(),
            (Area::Member, "VM") => w.vm.to_owned(),
            (Area::Member, "id") => w.vm_id.to_owned(),
            (Area::Placement, _) => w.placed_on.to_owned(),
            (Area::Vm, "vlan") => w.vlan.to_owned(),
            (Area::Vm, "switch") => w.switch.to_owned(),
            (Area::Vm, "mac") => w.mac.to_owned(),
            (Area::Vm, "adapters") => w.number_of_adapters.to_owned(),
            (Area::Vm, "Name") => w.name.to_owned(),
            (Area::Build, "build") => w.build.to_owned(),
            (Area::Build, "os") => w.os.to_owned(),
            (_, other) => plain(other),
        };
        // Where a thing itself comes or goes, there is no value to show.
        let whole = d.area == Area::Update
            || d.before.is_none() && d.after.as_deref() == Some(&d.property)
            || d.after.is_none() && d.before.as_deref() == Some(&d.property);
        let value = |value: &Option<String>| match value {
            None => unknown(w.not_there),
            Some(_) if whole => cell(w.there),
            Some(value) => cell(plain(&readable(&d.property, value))),
        };
        let source = match (&d.before_source, &d.after_source) {
            (Some(one), Some(two)) => plain(&joined(one, two)),
            (Some(one), None) | (None, Some(one)) => plain(inside(one)),
            (None, None) => String::new(),
        };
        row(vec![
            cell(plain(&d.subject)),
            cell(property),
            value(&d.before),
            value(&d.after),
            cell(source),
        ])
    }

    fn durations(&self) -> Section {
        let w = self.words;
        let rows: Vec<Row> = self
            .comparison
            .measures
            .iter()
            .map(|m| self.measure(m))
            .collect();
        let blocks = match rows.is_empty() {
            true => vec![Block::Text(w.no_durations.to_owned())],
            false => {
                let columns = [
                    (w.quantity, Text),
                    (w.between, Text),
                    (w.count_before, Number),
                    (w.count_after, Number),
                    (w.median_before, Number),
                    (w.median_after, Number),
                    (w.longest_before, Number),
                    (w.longest_after, Number),
                ];
                vec![self.table(&columns, rows)]
            }
        };
        self.section("durations", w.durations, Some(w.durations_lead), blocks)
    }

    fn measure(&self, m: &Measure) -> Row {
        let seconds = |side: &Distribution, value: Option<f64>| match (side.count, value) {
            (_, Some(s)) => cell(self.locale.duration(s)),
            (0, None) => unknown("–"),
            (_, None) => unknown(self.locale.words().not_recorded),
        };
        let between = match &m.nodes {
            Some((from, to)) => format!("{} → {}", plain(from), plain(to)),
            None => String::new(),
        };
        row(vec![
            cell(words::quantity(m.what, self.lang)),
            cell(between),
            cell(m.before.count.to_string()),
            cell(m.after.count.to_string()),
            seconds(&m.before, m.before.median_s),
            seconds(&m.after, m.after.median_s),
            seconds(&m.before, m.before.longest_s),
            seconds(&m.after, m.after.longest_s),
        ])
    }

    fn events(&self) -> Section {
        let w = self.words;
        let rows: Vec<Row> = self
            .comparison
            .events
            .iter()
            .map(|e| self.event(e))
            .collect();
        let blocks = match rows.is_empty() {
            true => vec![Block::Text(w.no_event_changes.to_owned())],
            false => {
                let columns = [
                    (w.trend, Text),
                    (w.event, Text),
                    (w.provider, Code),
                    (self.locale.words().nodes, Text),
                    (w.before, Number),
                    (w.after, Number),
                    (w.first, Time),
                ];
                vec![self.table(&columns, rows)]
            }
        };
        self.section("events", w.event_changes, Some(w.event_lead), blocks)
    }

    fn event(&self, e: &EventChange) -> Row {
        let tone = match (e.trend, e.severity) {
            (Trend::New | Trend::More, Severity::Critical | Severity::Error) => Tone::Bad,
            (Trend::New | Trend::More, Severity::Warning) => Tone::Warn,
            _ => Tone::Plain,
        };
        let count = |count: Option<u64>| match count {
            Some(count) => cell(count.to_string()),
            None => unknown(self.words.not_collected),
        };
        let provider = match (&e.provider, e.event_id) {
            (Some(provider), Some(id)) => format!("{} {id}", plain(provider)),
            _ if e.origin == Origin::Note.name() => self.locale.words().said_by_person.to_owned(),
            _ => CLUSTER_LOG.to_owned(),
        };
        let nodes: Vec<String> = e.nodes.iter().map(|n| plain(n)).collect();
        row(vec![
            cell(words::trend(e.trend, self.lang)),
            Cell {
                text: self.locale.event(e.kind).to_owned(),
                tone,
                ..Cell::default()
            },
            cell(provider),
            cell(self.locale.list(&nodes)),
            count(e.before),
            count(e.after),
            cell(self.clock.second(e.first)),
        ])
    }

    fn not_compared(&self) -> Section {
        let w = self.words;
        let all = &self.comparison.not_compared;
        if all.is_empty() {
            let blocks = vec![Block::Text(w.all_compared.to_owned())];
            return self.section("not-compared", w.not_compared, None, blocks);
        }
        let has = |there: bool| match there {
            true => cell(w.has),
            false => unknown(w.has_not),
        };
        let rows = (all.iter())
            .map(|n| {
                let what = match &*n.what {
                    "adapters" => w.adapters.to_owned(),
                    "updates" => w.updates.to_owned(),
                    "nodes" => self.silent(w.silent_nodes, &n.names),
                    "vms" => self.silent(w.silent_vms, &n.names),
                    class => plain(class),
                };
                row(vec![
                    cell(words::area(n.area, self.lang)),
                    cell(what),
                    has(n.before),
                    has(n.after),
                ])
            })
            .collect();
        let columns = [
            (w.thing, Text),
            (w.kind_of_data, Text),
            (w.before, Text),
            (w.after, Text),
        ];
        let blocks = vec![self.table(&columns, rows)];
        self.section(
            "not-compared",
            w.not_compared,
            Some(w.not_compared_lead),
            blocks,
        )
    }
}

impl Teller<'_> {
    /// What only one side names, without an export that lists all.
    fn silent(&self, what: &str, names: &[String]) -> String {
        let names: Vec<String> = names.iter().map(|n| plain(n)).collect();
        format!("{what}{}{}", self.locale.colon(), self.locale.list(&names))
    }
}

/// Where in its input something was read: what the input is called stands above, and the
/// JSON form has the whole path.
fn inside(path: &str) -> &str {
    path.rsplit_once("!/").map_or(path, |(_, inside)| inside)
}

/// Two places in one cell: what they share once, else both names of files.
fn joined(one: &str, two: &str) -> String {
    let (one, two) = (inside(one), inside(two));
    if one == two {
        return one.to_owned();
    }
    let shared = (one.rsplit('/').zip(two.rsplit('/')))
        .take_while(|(a, b)| a == b)
        .count();
    let names: Vec<&str> = one.rsplit('/').take(shared).collect();
    match shared {
        0 => format!("{} → {}", name_of(one), name_of(two)),
        _ => names.into_iter().rev().collect::<Vec<_>>().join("/"),
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Bytes of memory in MB; anything else as it is.
fn readable(property: &str, value: &str) -> String {
    match value.parse::<u64>() {
        Ok(bytes) if property.starts_with("Memory") && bytes >= 1 << 20 => {
            format!("{} MB", bytes >> 20)
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::{Side, compare};
    use crate::model::inventory::{AdapterSetting, VmSnapshot};
    use crate::model::source::{Locator, SourceRef};
    use crate::model::{Moment, VmName};
    use crate::report::text::{self, Terminal};
    use crate::report::{fixture, markdown, plain as safe, sheet};

    /// The fixture's case, whose names are hostile, against itself with another setting
    /// and without some of its events.
    fn compared() -> Comparison {
        let (after, _) = fixture::case();
        let mut before = after.clone();
        let snapshot = |vlan| VmSnapshot {
            taken: Moment::parse("2024-05-14T01:00:00Z").unwrap(),
            node: None,
            vm: VmName::new("=cmd|'<script>\u{1b}[2J\u{202E}").unwrap(),
            vm_id: None,
            adapters: vec![AdapterSetting {
                vlan: Some(vlan),
                ..AdapterSetting::default()
            }],
            source: SourceRef::new("a|b.xml".into(), Locator::Entry(1)),
        };
        before.inventory.snapshots = vec![snapshot(100)];
        let mut after = after;
        after.inventory.snapshots = vec![snapshot(200)];
        let failed = crate::model::kind::EventKind::MigrationFailed;
        before.events.retain(|e| e.kind != failed);
        before.migrations.truncate(1);
        let side = |timeline| Side {
            timeline,
            until: None,
        };
        compare(side(&before), side(&after))
    }

    fn paged(lang: Lang) -> Page {
        page(
            &compared(),
            ["before.zip", "after.zip"],
            &Options::new(lang),
        )
    }

    #[test]
    fn places_are_told_short_and_apart() {
        assert_eq!(
            joined("old.zip!/HV01/GetVM.XML", "new.zip!/HV01/GetVM.XML"),
            "HV01/GetVM.XML"
        );
        assert_eq!(joined("old/HV01/a.xml", "new/HV01/a.xml"), "HV01/a.xml");
        assert_eq!(joined("x/a.xml", "x/b.xml"), "a.xml → b.xml");
        assert_eq!(inside("a.zip!/b.zip!/c/d.xml"), "c/d.xml");
    }

    #[test]
    fn snapshots() {
        for (name, lang) in [("en", Lang::En), ("ja", Lang::Ja)] {
            let page = paged(lang);
            let terminal = Terminal {
                width: 110,
                color: false,
            };
            insta::assert_snapshot!(format!("text_{name}"), text::sections(&page, terminal));
            insta::assert_snapshot!(format!("markdown_{name}"), markdown::page(&page));
            let html = sheet::render(&page).unwrap();
            let (_, body) = html.split_once("<body").unwrap();
            insta::assert_snapshot!(format!("html_{name}"), body);
        }
    }

    #[test]
    fn nothing_from_a_log_acts() {
        for lang in [Lang::En, Lang::Ja] {
            let page = paged(lang);
            let html = sheet::render(&page).unwrap();
            assert!(!html.contains("<script") && !html.contains('\u{1b}'));
            assert!(!html.contains('\u{202E}') && html.contains("&#60;script&#62;"));
            for width in [60, 90] {
                let terminal = Terminal {
                    width,
                    color: false,
                };
                let text = text::sections(&page, terminal);
                assert!(!text.contains(['\u{1b}', '\u{202E}']));
            }
            let markdown = markdown::page(&page);
            assert!(!markdown.contains("<script") && !markdown.contains('\u{1b}'));
            for line in text::sections(
                &page,
                Terminal {
                    width: 110,
                    color: false,
                },
            )
            .lines()
            {
                assert!(safe::width(line) <= 110, "{line}");
            }
        }
    }

    #[test]
    fn the_schema_that_is_checked_in_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compare.schema.json");
        let mut current = serde_json::to_string_pretty(&schema()).unwrap();
        current.push('\n');
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &current).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept.replace("\r\n", "\n") == current,
            "docs/compare.schema.json is not current; run this test with UPDATE=1"
        );
    }
}
