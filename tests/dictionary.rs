//! The dictionary against what is known of the events: every entry is checked
//! against the tables and the real records of `../shared/reference` (or
//! `VMTRAIL_REFERENCE`), and every phase of the lifecycle has an entry or the
//! statement that no event exists.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::{self, File};
use std::path::Path;
use std::sync::LazyLock;

use common::{real, reference};
use serde::Deserialize;
use vmtrail::model::diagnostic::DiagnosticCode;
use vmtrail::model::event::Event;
use vmtrail::model::kind::EventKind;
use vmtrail::model::status;
use vmtrail::normalize::{Dictionary, Entry, Normalizer};
use vmtrail::readers::cluster_log::{self, ClusterLogOptions};
use vmtrail::readers::raw::{RawEvent, RawLine, RecordSink};
use vmtrail::readers::rendered;

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::embedded().unwrap());

/// What the tables say of one event, over all of its forms.
#[derive(Default)]
struct Known {
    /// The highest position that a text, a list of names or a real record has.
    values: usize,
    /// All that is said of its names.
    names: String,
}

/// The highest `%n` of a text.
fn highest(text: &str) -> usize {
    text.split('%')
        .skip(1)
        .filter_map(|rest| {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            rest[..digits].parse().ok()
        })
        .max()
        .unwrap_or(0)
}

type Key = (String, u32);

fn key(provider: &str, id: u32) -> Key {
    (provider.to_lowercase(), id)
}

fn tables(events: &Path, later: &Path) -> BTreeMap<Key, Known> {
    let mut known: BTreeMap<Key, Known> = BTreeMap::new();
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    for line in read(events).lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let entry = known
            .entry(key(cells[0], cells[1].parse().unwrap()))
            .or_default();
        let (text, names) = (cells[6], cells[7]);
        // Names per version, divided by " / "; or a count of unnamed values.
        let listed = names.split(" / ").map(|form| form.split(';').count()).max();
        let unnamed = names
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .max();
        let said = [listed.unwrap_or(0), unnamed.unwrap_or(0)];
        entry.values = said
            .into_iter()
            .chain([highest(text), highest(names), entry.values])
            .max()
            .unwrap();
        let _ = write!(entry.names, " {names}");
    }
    for line in read(later).lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let entry = known
            .entry(key(cells[0], cells[1].parse().unwrap()))
            .or_default();
        entry.values = entry.values.max(cells[2].parse().unwrap_or(0));
    }
    known
}

/// A real record, as the readers give it.
struct Real {
    provider: String,
    id: u32,
    names: Vec<String>,
}

/// Takes the shape of each record, and normalizes it.
struct Walk<'d> {
    normalizer: Normalizer<'d>,
    records: Vec<Real>,
}

impl RecordSink for Walk<'_> {
    fn wants(&self, _: &str, _: u32) -> bool {
        true
    }
    fn event(&mut self, raw: &RawEvent<'_>) {
        self.records.push(Real {
            provider: raw.provider.to_owned(),
            id: raw.event_id,
            names: raw
                .fields
                .iter()
                .filter(|f| f.name != "Binary")
                .map(|f| f.name.to_owned())
                .collect(),
        });
        self.normalizer.event(raw);
    }
    fn line(&mut self, raw: &RawLine<'_>) {
        self.normalizer.line(raw);
    }
    fn snapshot(&mut self, snapshot: vmtrail::model::inventory::VmSnapshot) {
        self.normalizer.snapshot(snapshot);
    }
    fn trouble(
        &mut self,
        code: DiagnosticCode,
        at: vmtrail::model::source::Locator,
        lost: bool,
        message: String,
    ) {
        self.normalizer.trouble(code, at, lost, message);
    }
}

/// Every file of real records, in order of name, with what it holds.
fn real_records(dir: &Path) -> Vec<(String, Walk<'static>)> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".xml"))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let mut walk = Walk {
                normalizer: Normalizer::new(&DICTIONARY, name.as_str().into(), None),
                records: Vec::new(),
            };
            rendered::read_xml(&mut File::open(dir.join(&name)).unwrap(), &mut walk).unwrap();
            (name, walk)
        })
        .collect()
}

#[test]
fn every_entry_is_borne_out_by_the_tables() {
    let (Some(events), Some(later), Some(records)) = (
        reference("events.tsv"),
        reference("events-2022.tsv"),
        reference("raw_xml"),
    ) else {
        return;
    };
    let mut known = tables(&events, &later);
    for (_, walk) in real_records(&records) {
        for real in walk.records {
            let entry = known.entry(key(&real.provider, real.id)).or_default();
            entry.values = entry.values.max(real.names.len());
            let _ = write!(entry.names, " {}", real.names.join(" "));
        }
    }
    assert!(known.len() > 5000, "{} events", known.len());
    let mut wrong = Vec::new();
    for entry in DICTIONARY.entries() {
        let at = format!("{} {} ({})", entry.provider, entry.id, entry.form());
        let by_hand = entry.reference.split(' ').any(|r| r == "G" || r == "R");
        let Some(known) = known.get(&key(&entry.provider, entry.id)) else {
            if !by_hand {
                wrong.push(format!("{at}: in no table, and its ref is not G"));
            }
            continue;
        };
        let words: BTreeSet<&str> = known
            .names
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        for field in &entry.fields {
            if field.position > known.values {
                wrong.push(format!(
                    "{at}: {} is %{} of {}",
                    field.name, field.position, known.values
                ));
            }
            for name in field.seen_names.iter().filter(|n| !words.contains(&***n)) {
                wrong.push(format!("{at}: nobody saw the name {name}"));
            }
        }
        if entry.params.is_some_and(|p| p > known.values) {
            wrong.push(format!("{at}: no form has that many values"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A text without its placeholders (`%1`), case and punctuation.
fn plain(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default();
    let behind = parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    std::iter::once(first)
        .chain(behind)
        .flat_map(str::chars)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Where a kind does not tell two ids of a provider apart, their sentences do.
#[test]
fn ids_of_one_kind_say_different_things() {
    let entries = DICTIONARY.entries();
    let of = |entry: &Entry| (entry.provider.to_lowercase(), entry.kind);
    let mut ids: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for entry in &entries {
        ids.entry(of(entry)).or_default().insert(entry.id);
    }
    let (mut wrong, mut told) = (Vec::new(), 0);
    let mut first: BTreeMap<_, u32> = BTreeMap::new();
    for entry in &entries {
        let at = format!("{} {} ({})", entry.provider, entry.id, entry.form());
        let Some(says) = &entry.says else {
            if ids[&of(entry)].len() > 1 {
                wrong.push(format!("{at}: others are {} too; add says", entry.kind));
            }
            continue;
        };
        told += 1;
        for text in [&says.en, &says.ja] {
            let key = (of(entry), plain(text));
            let other = *first.entry(key).or_insert(entry.id);
            if other != entry.id {
                wrong.push(format!("{at}: {other} says the same: {text}"));
            }
            if text.ends_with(['.', '。']) || text.chars().count() >= 90 {
                wrong.push(format!("{at}: more than one short line: {text}"));
            }
        }
    }
    assert!(told > 700, "{told}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sentences are ours: none is a message text, or a sentence of one.
#[test]
fn no_entry_says_what_a_message_text_says() {
    let (Some(events), Some(later)) = (reference("events.tsv"), reference("events-2022.tsv"))
    else {
        return;
    };
    let mut texts: BTreeSet<String> = BTreeSet::new();
    for (path, column) in [(events, 6), (later, 3)] {
        for line in fs::read_to_string(path).unwrap().lines().skip(1) {
            let text = line.split('\t').nth(column).unwrap_or_default();
            texts.insert(plain(text));
            texts.extend(text.split(". ").map(plain));
        }
    }
    assert!(texts.len() > 5000, "{} texts", texts.len());
    let entries = DICTIONARY.entries();
    let taken: Vec<String> = entries
        .iter()
        .filter_map(|e| Some((e, e.says.as_ref()?)))
        .filter(|(_, says)| texts.contains(&plain(&says.en)))
        .map(|(e, says)| format!("{} {}: {}", e.provider, e.id, says.en))
        .collect();
    assert!(taken.is_empty(), "{}", taken.join("\n"));
}

/// The Windows Server versions of an event, as the tables name them.
fn seen_on(events: &Path, later: &Path) -> BTreeMap<Key, BTreeSet<&'static str>> {
    let mut seen: BTreeMap<Key, BTreeSet<&'static str>> = BTreeMap::new();
    for line in fs::read_to_string(events).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let versions = cells[9].split(',').filter_map(|word| {
            Some(match word.trim() {
                "2008" => "2008",
                "2008R2" | "Win7-7600(=2008R2 kernel)" => "2008 R2",
                "2012" => "2012",
                "2012R2" => "2012 R2",
                "2016" | "10-1607" => "2016",
                "2019" => "2019",
                "2022" => "2022",
                "2025" => "2025",
                _ => return None,
            })
        });
        let id = cells[1].parse().unwrap();
        seen.entry(key(cells[0], id)).or_default().extend(versions);
    }
    for line in fs::read_to_string(later).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let id = cells[1].parse().unwrap();
        seen.entry(key(cells[0], id)).or_default().insert("2022");
    }
    seen
}

#[test]
fn the_windows_versions_are_those_of_the_tables() {
    let (Some(events), Some(later)) = (reference("events.tsv"), reference("events-2022.tsv"))
    else {
        return;
    };
    let seen = seen_on(&events, &later);
    let mut wrong = Vec::new();
    let mut told: BTreeMap<Key, BTreeSet<&str>> = BTreeMap::new();
    for entry in DICTIONARY.entries() {
        let of = key(&entry.provider, entry.id);
        told.entry(of).or_default().extend(&entry.windows);
    }
    for (of, told) in told {
        // The forms of an id together: not every table tells them apart.
        let seen = seen.get(&of).cloned().unwrap_or_default();
        if seen != told {
            wrong.push(format!("{} {}: {told:?}, not {seen:?}", of.0, of.1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_event_of_a_known_issue_has_an_entry() {
    #[derive(Deserialize)]
    struct Issues {
        issues: Vec<Issue>,
    }
    #[derive(Deserialize)]
    struct Issue {
        id: String,
        #[serde(default)]
        signature: Signature,
    }
    #[derive(Default, Deserialize)]
    struct Signature {
        #[serde(default)]
        events: Vec<Signed>,
    }
    #[derive(Deserialize)]
    struct Signed {
        #[serde(default)]
        provider: String,
        #[serde(default)]
        id: Vec<u32>,
    }
    let Some(path) = reference("known-issues.yaml") else {
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let issues = serde_saphyr::from_str::<Issues>(&text).unwrap().issues;
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for issue in &issues {
        for signed in &issue.signature.events {
            // A placeholder (`<miniport>`, `n/a …`) names no provider.
            if signed.provider.starts_with("n/a") || signed.provider.contains('<') {
                continue;
            }
            for id in &signed.id {
                checked += 1;
                let mut names = signed.provider.split([',', '/', '|']).map(str::trim);
                if names.all(|name| DICTIONARY.forms(name, *id).is_empty()) {
                    wrong.push(format!("{}: {} {id}", issue.id, signed.provider));
                }
            }
        }
    }
    assert!(checked > 300, "{checked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_status_code_of_the_reference_is_known_in_each_form() {
    let Some(path) = reference("status-codes.tsv") else {
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let mut checked = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let find = match cells[3] {
            "Bugcheck" => status::bugcheck,
            _ => status::lookup,
        };
        let wrapped = cells[2].strip_prefix("0x").map(|_| cells[2]);
        for form in [Some(cells[0]), Some(cells[1]), wrapped] {
            let Some(form) = form.filter(|f| !f.is_empty()) else {
                continue;
            };
            let known = find(form).unwrap_or_else(|| panic!("{form}: {line}"));
            let symbol = cells[4].split(' ').next().unwrap();
            // The wrapped code is more telling than the name of its wrapping.
            if symbol != "E_ACCESSDENIED" && !symbol.starts_with('(') {
                assert_eq!(known.name, Some(symbol), "{form}");
            }
            checked += 1;
        }
    }
    assert!(checked > 400, "{checked}");
}

/// Tag and function of a line that nothing reads, without what stands behind them: so a
/// snapshot can name such a line and holds none of its values.
fn masked(raw: &RawLine<'_>) -> String {
    let tag = raw.subsystem.split(' ').next().unwrap_or_default();
    let function = raw.text.split([' ', '(']).next().unwrap_or_default();
    let function = if function.contains("::") {
        function
    } else {
        "…"
    };
    format!("{tag} {}", function.trim_end_matches(':'))
}

/// Every line of the real logs: what it was read as, or that nothing knows it.
#[test]
fn every_real_line_is_read_or_counted_as_unknown() {
    struct Lines<'d> {
        normalizer: Normalizer<'d>,
        told: BTreeMap<String, u64>,
    }
    impl RecordSink for Lines<'_> {
        fn wants(&self, _: &str, _: u32) -> bool {
            true
        }
        fn event(&mut self, _: &RawEvent<'_>) {}
        fn line(&mut self, raw: &RawLine<'_>) {
            let before = self.normalizer.records.events.len();
            self.normalizer.line(raw);
            let told = match self.normalizer.records.events.get(before) {
                Some(event) => {
                    let names: Vec<&str> = event.fields.iter().map(|(name, _)| name).collect();
                    let subject = serde_json::to_value(&event.subject).unwrap();
                    let subject: Vec<&str> =
                        subject.as_object().unwrap().keys().map(|k| &**k).collect();
                    format!(
                        "{} {{ {} }}",
                        event.kind,
                        [subject, names].concat().join(", ")
                    )
                }
                None => format!("unknown: {}", masked(raw)),
            };
            *self.told.entry(told).or_default() += 1;
        }
        fn snapshot(&mut self, _: vmtrail::model::inventory::VmSnapshot) {}
        fn trouble(
            &mut self,
            _: DiagnosticCode,
            _: vmtrail::model::source::Locator,
            _: bool,
            _: String,
        ) {
        }
    }
    let Some(dir) = real("cluster-log") else {
        return;
    };
    let mut names: Vec<String> = fs::read_dir(&dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n != "index.tsv")
        .collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        let mut lines = Lines {
            normalizer: Normalizer::new(&DICTIONARY, name.as_str().into(), None),
            told: BTreeMap::new(),
        };
        let mut file = File::open(dir.join(&name)).unwrap();
        let read = cluster_log::read(&mut file, &ClusterLogOptions::default(), &mut lines);
        assert!(read.is_ok(), "{name}");
        let _ = writeln!(text, "{name}");
        for (told, count) in &lines.told {
            let _ = writeln!(text, "  {count:>3}  {told}");
        }
    }
    insta::assert_snapshot!(text);
}

/// What a snapshot may hold of a value: a fingerprint, so that another value is seen and
/// the value itself, which belongs to the system it came from, is not.
fn shape(value: &str) -> String {
    // FNV-1a, folded.
    let hash = value.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("#{:04x}", (hash >> 16) ^ (hash & 0xffff))
}

fn told(event: &Event) -> String {
    let subject = serde_json::to_value(&event.subject).unwrap();
    let subject = subject
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{name}: {}", shape(value.as_str().unwrap_or("?"))));
    let fields = event
        .fields
        .iter()
        .map(|(name, value)| format!("{name}: {}", shape(value)));
    let values: Vec<String> = subject.chain(fields).collect();
    format!("{} {{ {} }}", event.kind, values.join(", "))
}

/// The shapes that were met in the field are read without a missing value.
#[test]
fn every_real_record_that_is_known_is_read_whole() {
    let Some(dir) = reference("raw_xml") else {
        return;
    };
    let (mut text, mut known) = (String::new(), 0);
    for (name, walk) in real_records(&dir) {
        let records = &walk.normalizer.records;
        assert!(!walk.records.is_empty(), "{name}");
        let missing: Vec<String> = records
            .diagnostics
            .iter()
            .filter(|d| d.code == DiagnosticCode::MissingField)
            .map(|d| format!("{d:?}"))
            .collect();
        assert!(missing.is_empty(), "{name}: {}", missing.join("\n"));
        known += records.events.len();
        let mut lines: Vec<String> = records.events.iter().map(told).collect();
        if lines.is_empty() {
            lines.push("(no entry)".to_owned());
        }
        let line = lines.join("; ");
        let _ = writeln!(text, "{name}: {line}");
    }
    assert!(known > 50, "{known} records are known");
    insta::assert_snapshot!(text);
}

/// Which logs a kind must be looked for in, before its absence says anything: an
/// entry that widens this makes verdicts bolder, and has to be meant.
#[test]
fn the_logs_that_carry_each_kind_are_reviewed() {
    let text: String = DICTIONARY
        .carriers()
        .iter()
        .map(|(kind, channels)| {
            let channels: Vec<&str> = channels.iter().map(|c| &**c).collect();
            format!("{kind}: {}\n", channels.join(", "))
        })
        .collect();
    insta::assert_snapshot!(text);
}

const FC: &str = "Microsoft-Windows-FailoverClustering";
const HA: &str = "Microsoft-Windows-Hyper-V-High-Availability";
const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";
const WORKER: &str = "Microsoft-Windows-Hyper-V-Worker";
const SWITCH: &str = "Microsoft-Windows-Hyper-V-VmSwitch";
const LBFO: &str = "Microsoft-Windows-MsLbfoSysEvtProvider";
const TIME: &str = "Microsoft-Windows-Time-Service";
const SCM: &str = "Service Control Manager";
const SMB: &str = "Microsoft-Windows-SMBClient";

/// Events that known issues name beside those.
const ISSUES: &[(&str, &[u32])] = &[
    (SWITCH, &[78, 82, 86, 88, 92, 106, 113, 119]),
    (
        HA,
        &[21125, 21135, 21139, 21140, 21141, 21201, 21202, 21203],
    ),
    (VMMS, &[10698, 14050, 19050, 29210, 32000, 32022, 32032]),
    (VMMS, &[32056, 32315, 32546, 33680]),
    (FC, &[1037, 1038, 1066, 1119, 1194, 1196, 1206, 1207, 1211]),
    (FC, &[1212, 1231, 1251, 1257, 1578, 1579, 1604, 1605, 1640]),
    (FC, &[1658, 1659, 1683, 4870, 5123, 5124, 5126, 5150, 5257]),
    (FC, &[5377, 5393, 5394, 5395]),
    ("EventLog", &[6005, 6008, 6009, 6013]),
    (WORKER, &[12565, 18609]),
    (LBFO, &[16945, 16947, 16949, 16950]),
    ("Microsoft-Windows-GroupPolicy", &[1096, 1502, 1503]),
    ("Microsoft-Windows-WER-SystemErrorReporting", &[1001]),
    (SCM, &[7024, 7031, 7034]),
    ("Microsoft-Windows-NetworkProfile", &[10002]),
    (SMB, &[30803, 30804, 30806, 30807, 30808]),
    ("disk", &[7, 11, 15, 51, 153, 157]),
    ("storahci", &[129]),
    ("iScsiPrt", &[129]),
    ("mpio", &[16, 17]),
    (
        "Microsoft-Windows-FailoverClustering-NetFt",
        &[49152, 53248],
    ),
    ("NETLOGON", &[5719]),
    ("Microsoft-Windows-Security-Kerberos", &[4]),
    (TIME, &[47, 129, 134, 138]),
    ("Microsoft-Windows-Windows Defender", &[1121]),
    ("Microsoft-Windows-ClusterAwareUpdating", &[2021]),
];

/// What each section says that no event tells.
const WITHOUT: &[(u8, &[&str])] = &[
    (
        1,
        &[
            "migration.destination",
            "migration.progress",
            "migration.blackout_start",
            "migration.timeout",
        ],
    ),
    (2, &["migration.quick"]),
    (
        3,
        &[
            "storage_migration.started",
            "storage_migration.completed",
            "storage_migration.paths",
        ],
    ),
    (4, &["vm.turned_off", "vm.restored", "vm.created"]),
    (6, &["group.moving", "group.moving_source"]),
    (7, &["node.seen_up"]),
    (8, &["quorum.regained"]),
    (9, &["csv.owner_changed"]),
    (12, &["port.vm"]),
    (13, &["vlan.edited", "vlan.any"]),
    (14, &["vm.settings_changed"]),
    (15, &["vm.config_refreshed"]),
    (16, &["vm.time_synchronized"]),
];

/// One statement of the lifecycle, in our own words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    section: u8,
    row: usize,
    phase: String,
    #[serde(default)]
    events: Vec<Named>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    unread: BTreeSet<u32>,
    fact: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    provider: String,
    kind: EventKind,
    ids: BTreeSet<u32>,
}

fn lifecycle() -> Vec<Row> {
    #[derive(Deserialize)]
    struct Rows {
        rows: Vec<Row>,
    }
    serde_saphyr::from_str::<Rows>(include_str!("lifecycle.yaml"))
        .unwrap()
        .rows
}

#[test]
fn every_phase_of_the_lifecycle_has_an_entry() {
    let rows = lifecycle();
    let said: BTreeSet<(u8, &str)> = DICTIONARY
        .absences()
        .iter()
        .map(|a| (a.section, &*a.phase))
        .collect();
    let mut wrong = Vec::new();
    let mut quoted = BTreeSet::new();
    for row in &rows {
        let at = format!("{}.{} ({})", row.section, row.row, row.phase);
        if row.events.is_empty() && row.absent.is_empty() && row.fact.is_none() {
            wrong.push(format!("{at}: neither an event nor that there is none"));
        }
        for named in &row.events {
            for id in &named.ids {
                let forms = DICTIONARY.forms(&named.provider, *id);
                if !forms.iter().any(|f| f.kind == named.kind) {
                    wrong.push(format!(
                        "{at}: {} {id} is not {}",
                        named.provider, named.kind
                    ));
                }
            }
        }
        for phase in &row.absent {
            if !said.contains(&(row.section, phase)) {
                wrong.push(format!("{at}: absent.yaml does not speak of {phase}"));
            }
            quoted.insert((row.section, phase.as_str()));
        }
    }
    for (section, phase) in said.difference(&quoted) {
        wrong.push(format!("{section}: no row says that {phase} is absent"));
    }
    for (provider, ids) in ISSUES {
        for id in ids
            .iter()
            .filter(|id| DICTIONARY.forms(provider, **id).is_empty())
        {
            wrong.push(format!("a known issue names {provider} {id}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let sections: BTreeSet<u8> = rows.iter().map(|r| r.section).collect();
    assert!(sections.into_iter().eq(1..=17));
}

/// Section, number and text of each statement of the reference.
fn statements(text: &str) -> Vec<(u8, usize, &str)> {
    let heads = ["|---", "| Phase", "| State", "| | 2008"];
    let mut all: Vec<(u8, usize, &str)> = Vec::new();
    let mut section = 0;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("## ") {
            section = rest.split('.').next().unwrap().parse().unwrap();
        } else if section > 0 && !line.is_empty() && !heads.iter().any(|h| line.starts_with(h)) {
            let row = all.iter().filter(|(s, ..)| *s == section).count() + 1;
            all.push((section, row, line));
        }
    }
    all
}

/// Numbers of four or five digits outside of quotes: event ids, but for the years and
/// the builds by which Windows is named.
fn ids_of(statement: &str) -> BTreeSet<u32> {
    const VERSIONS: [u32; 8] = [1607, 2008, 2012, 2016, 2017, 2019, 2022, 2025];
    let outside: String = statement.split('"').step_by(2).collect();
    outside
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| (4..=5).contains(&word.len()))
        .filter_map(|word| word.parse().ok())
        .filter(|id| !VERSIONS.contains(id))
        .collect()
}

#[test]
fn the_lifecycle_is_walked_row_by_row() {
    let Some(path) = reference("lifecycle.md") else {
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let rows = lifecycle();
    let statements = statements(&text);
    let numbered: Vec<_> = statements.iter().map(|(s, r, _)| (*s, *r)).collect();
    let ours: Vec<_> = rows.iter().map(|r| (r.section, r.row)).collect();
    assert_eq!(ours, numbered);
    let mut wrong = Vec::new();
    for (row, (section, number, statement)) in rows.iter().zip(&statements) {
        let mut known: BTreeSet<u32> = row.unread.clone();
        known.extend(row.events.iter().flat_map(|e| &e.ids));
        for id in ids_of(statement).difference(&known) {
            wrong.push(format!("{section}.{number}: {id} is not in our table"));
        }
        let denied = statement.contains("none") || statement.to_lowercase().contains("no event");
        if denied && row.absent.is_empty() && row.events.is_empty() {
            wrong.push(format!(
                "{section}.{number}: does not say that there is none"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_leaves_no_event_is_said_with_what_comes_nearest() {
    let said: BTreeSet<(u8, &str)> = DICTIONARY
        .absences()
        .iter()
        .map(|a| (a.section, &*a.phase))
        .collect();
    let wanted: BTreeSet<(u8, &str)> = WITHOUT
        .iter()
        .flat_map(|(section, phases)| phases.iter().map(|p| (*section, *p)))
        .collect();
    assert_eq!(said, wanted);
    // A kind that no log and no export can show is no evidence.
    let mut shown: BTreeSet<EventKind> = DICTIONARY.entries().iter().map(|e| e.kind).collect();
    shown.extend(DICTIONARY.patterns().iter().map(|p| p.kind));
    shown.extend([
        EventKind::VmSettingsChanged,
        EventKind::VmConfigRefreshed,
        EventKind::MembershipView,
    ]);
    for absence in DICTIONARY.absences() {
        assert!(!absence.nearest.is_empty(), "{}", absence.phase);
        for kind in &absence.nearest {
            assert!(shown.contains(kind), "{}: {kind}", absence.phase);
        }
    }
}

/// Ids whose texts or order changed: each form is told from the other.
#[test]
fn an_id_that_changed_its_form_is_read_in_each() {
    let kind = |id: u32, values: &[&str]| {
        let fields: Vec<_> = values
            .iter()
            .map(|value| vmtrail::readers::raw::RawField { name: "", value })
            .collect();
        let mut normalizer = Normalizer::new(&DICTIONARY, "m".into(), None);
        normalizer.event(&RawEvent {
            provider: if id > 20000 { HA } else { FC },
            event_id: id,
            time: vmtrail::model::time::Moment::parse("2024-05-14T01:05:00Z"),
            fields: &fields,
            ..RawEvent::default()
        });
        let event = normalizer.records.events.pop().unwrap();
        assert!(normalizer.records.diagnostics.is_empty(), "{id}");
        (event.kind, event)
    };
    assert_eq!(kind(1568, &["Disk 1"]).0, EventKind::DiskError);
    assert_eq!(
        kind(1568, &["Cloud Witness", "HV01"]).0,
        EventKind::WitnessFailed
    );
    assert_eq!(kind(1569, &["Cloud Witness"]).0, EventKind::WitnessFailed);
    assert_eq!(
        kind(1569, &["Net 1", "HV01"]).0,
        EventKind::NetworkMisconfigured
    );
    let (_, old) = kind(21502, &["Virtual Machine web01", "why"]);
    let (_, new) = kind(21502, &["Virtual Machine web01", "x", "why"]);
    assert_eq!(old.fields.get("text"), Some("why"));
    assert_eq!(new.fields.get("text"), Some("why"));
    let (_, deadlock) = kind(1230, &["r", "t", "x.dll", "ONLINERESOURCE"]);
    assert_eq!(deadlock.fields.get("call"), Some("ONLINERESOURCE"));
    let (_, old) = kind(1230, &["r", "t", "x.dll"]);
    assert_eq!(old.fields.get("call"), None);
    let (_, failed) = kind(1069, &["r", "g", "t", "denied", "0x5"]);
    assert_eq!(failed.fields.get("status"), Some("0x5"));
    let (_, start) = kind(21106, &["denied", "0x5"]);
    assert_eq!(start.fields.get("status"), Some("0x5"));
    let (_, start) = kind(21106, &["Virtual Machine web01", "denied", "0x5"]);
    assert_eq!(start.fields.get("status"), Some("0x5"));
    assert!(start.subject.vm.is_some());
}
