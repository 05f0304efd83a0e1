//! The dictionary against what is known of the events: every entry is checked
//! against the tables and the real records of `../shared/reference` (or
//! `VMTRAIL_REFERENCE`), and every phase of the lifecycle has an entry or the
//! statement that no event exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use vmtrail::model::diagnostic::DiagnosticCode;
use vmtrail::model::event::Event;
use vmtrail::model::kind::EventKind;
use vmtrail::normalize::{Dictionary, Normalizer};
use vmtrail::readers::raw::{RawEvent, RawLine, RecordSink};
use vmtrail::readers::rendered;

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::embedded().unwrap());

/// A part of the reference; says that it was skipped where that is not there.
fn reference(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("VMTRAIL_REFERENCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference"),
        PathBuf::from,
    );
    let path = root.join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "skipped: {} is not there (set VMTRAIL_REFERENCE)",
        path.display()
    );
    None
}

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

/// What a snapshot may hold of a value: numbers and ids as they are, of texts only
/// that they are there, since those belong to the systems they came from.
fn shape(value: &str) -> &str {
    let plain = |c: char| c.is_ascii_hexdigit() || "x-.,+:TZ{}".contains(c);
    if value.chars().any(|c| c.is_ascii_digit()) && value.chars().all(plain) {
        value
    } else {
        "…"
    }
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
const SYNTH: &str = "Microsoft-Windows-Hyper-V-SynthNic";
const NETWORK: &str = "Microsoft-Windows-Hyper-V-Network";
const CONFIG: &str = "Microsoft-Windows-Hyper-V-Config";
const LBFO: &str = "Microsoft-Windows-MsLbfoSysEvtProvider";
const TIME: &str = "Microsoft-Windows-Time-Service";
const SCM: &str = "Service Control Manager";
const SMB: &str = "Microsoft-Windows-SMBClient";

/// The events that each part of the lifecycle names: section, provider, ids.
const LIFECYCLE: &[(u8, &str, &[u32])] = &[
    // Live migration
    (1, HA, &[22501, 22502, 22503, 22504, 22505, 22506]),
    (1, HA, &[21111, 21112, 21113, 21114, 21115, 21116, 21131]),
    (1, HA, &[21500, 21501, 21502, 21503]),
    (1, VMMS, &[20413, 20415, 20417, 20418, 21200, 21204, 21217]),
    (1, VMMS, &[15200, 20120, 20134, 21024, 21026, 21002, 21044]),
    (1, VMMS, &[22038, 22040, 20300, 20310, 20400, 20412, 24000]),
    (1, VMMS, &[24002, 24004, 24006, 24008, 24010, 24014, 1106]),
    (1, VMMS, &[20122, 20136, 21014, 22002, 22006, 20138, 21000]),
    (1, VMMS, &[15210, 21234, 21241]),
    (1, WORKER, &[21128, 22507, 22508, 22509, 18530, 21350]),
    (
        1,
        WORKER,
        &[21300, 21302, 21303, 21352, 21353, 21310, 21311],
    ),
    (1, WORKER, &[21400, 21401, 21312, 21313, 21322, 21323]),
    (1, WORKER, &[21360, 21361, 21314, 21324]),
    (
        1,
        WORKER,
        &[21100, 21102, 21104, 21106, 21108, 21110, 21112],
    ),
    // Quick and offline migration
    (2, FC, &[1203, 1204, 1200, 1201, 1641]),
    (2, WORKER, &[18510, 18500, 18596]),
    (2, HA, &[21119, 21120]),
    (2, VMMS, &[20414, 20416, 20419]),
    // Storage migration
    (3, VMMS, &[15202, 15204, 20926, 20927, 20700, 20820, 20892]),
    (3, VMMS, &[20810, 20846, 21242, 21243]),
    // VM power state
    (
        4,
        WORKER,
        &[18500, 18510, 18596, 18502, 18504, 18508, 18512],
    ),
    (
        4,
        WORKER,
        &[18514, 18516, 18518, 18539, 18540, 18550, 18560],
    ),
    (4, WORKER, &[18590, 18602, 18604, 18524, 18526, 18528]),
    (4, VMMS, &[14070, 14072, 16050, 16060, 14092, 14094, 14100]),
    (4, VMMS, &[14102, 13002, 13003, 18304]),
    // VM cluster resource
    (
        5,
        FC,
        &[1637, 1069, 1205, 1633, 1254, 1634, 1638, 1230, 1146],
    ),
    (5, FC, &[1250, 1255]),
    (5, HA, &[21102, 21103, 21104, 21105, 21106, 21107, 21108]),
    (5, HA, &[21109, 21110, 21117, 21118, 21119, 21120, 21127]),
    (5, HA, &[21128, 21129, 21130]),
    // Role (group) move
    (6, FC, &[1641, 1153, 1154, 1155, 1252, 1253, 1137, 1677]),
    // Nodes
    (7, FC, &[1062, 1549, 1061, 1063, 1135, 1007, 1011, 4621]),
    (7, FC, &[1070, 1572, 1570, 1571, 1652, 1653, 1592]),
    (7, FC, &[1673, 1680, 1681, 1682, 1672, 1675, 1676]),
    // Quorum
    (8, FC, &[1177, 1553, 1554, 1573, 1092, 1557, 1558]),
    (8, FC, &[1562, 1563, 1564, 1568, 1569]),
    // CSV
    (9, FC, &[5120, 5121, 5122, 5125, 5136, 5137, 5142, 5143]),
    (9, FC, &[5156, 5157]),
    (
        9,
        "Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic",
        &[9296],
    ),
    // Cluster networks
    (10, FC, &[1125, 1126, 1127, 1128, 1129, 1130, 5265, 5266]),
    (10, FC, &[1131, 1132, 1133, 1134, 1650, 1651, 1657]),
    // Physical NICs, teams
    (11, "e1iexpress", &[27, 32]),
    (11, "e1rexpress", &[27, 32]),
    (11, "ixgbn", &[27, 32]),
    (11, "b57nd60a", &[4]),
    (11, "l2nd", &[4]),
    (11, "Microsoft-Windows-NDIS", &[10104, 10105]),
    (11, "Microsoft-Windows-NetworkProfile", &[10000, 10001]),
    (11, "Microsoft-Windows-NlaSvc", &[4101, 4102]),
    (11, SWITCH, &[21, 22, 23, 24, 125, 126, 212, 214, 184, 185]),
    (11, SWITCH, &[206, 207, 208, 209, 210, 211, 116, 117]),
    (11, LBFO, &[16950, 16949, 16945, 16946, 16947]),
    // Virtual switch ports
    (12, NETWORK, &[14000, 14002, 14004, 14006, 14008, 14010]),
    (12, NETWORK, &[14050, 14054, 14058, 14060, 14070, 14072]),
    (12, VMMS, &[26000, 26002, 26004, 26006, 26008, 26010]),
    (12, VMMS, &[26074, 26078, 26050, 26054, 26058, 26080]),
    (12, SWITCH, &[9, 62, 66, 67, 69, 71, 232, 234, 32, 34, 35]),
    (12, SWITCH, &[68, 70, 77, 102]),
    (12, SYNTH, &[12582, 12570, 12597, 12598]),
    // VLAN and other network settings
    (
        13,
        SWITCH,
        &[73, 95, 87, 96, 46, 79, 89, 245, 197, 204, 233],
    ),
    (13, SWITCH, &[83, 91]),
    // VM configuration
    (14, WORKER, &[12170]),
    (14, VMMS, &[13000, 26140, 26142, 26144, 26146, 26148, 30002]),
    (14, SYNTH, &[12566]),
    (14, CONFIG, &[4096, 4097, 4098, 8192, 8194]),
    (14, FC, &[1156, 1157, 1158, 1159]),
    // Refresh of a VM's configuration
    (
        15,
        "Microsoft-Windows-FailoverClustering-WMIProvider",
        &[6297],
    ),
    (15, HA, &[21312, 21313, 21105, 21118, 21142]),
    (15, "Microsoft-Windows-FailoverClustering-Manager", &[4657]),
    // Clock
    (16, "Microsoft-Windows-Kernel-General", &[1, 12, 13, 24]),
    (16, TIME, &[35, 36, 37, 50, 52, 129, 134]),
    (16, "EventLog", &[6005, 6006, 6008, 6009, 6013]),
    (16, "Microsoft-Windows-Kernel-Power", &[41, 42, 107, 109]),
    (16, "User32", &[1074]),
    // Windows Server 2022
    (17, FC, &[1641, 1674, 1637, 1808, 1136, 1139, 1140]),
    (17, FC, &[5151, 5152, 5153, 5154, 5155, 1665, 1666, 1667]),
    (17, FC, &[1668, 1669, 1670, 1792, 1794, 1795, 1812, 1813]),
    (17, FC, &[1814, 1815, 1816, 4874, 4869, 1690, 1691]),
    (17, HA, &[21300, 21301, 21302, 21303, 21304, 21305, 21306]),
    (17, HA, &[21307, 21308, 21309, 21310, 21311, 21312, 21313]),
    (17, HA, &[21314, 21315, 21145, 21158, 21159, 21142, 21122]),
    (17, HA, &[21126, 21500, 21501, 21502, 21503]),
];

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

#[test]
fn every_phase_of_the_lifecycle_has_an_entry() {
    let named = LIFECYCLE.iter().map(|(_, provider, ids)| (*provider, *ids));
    let missing: Vec<String> = named
        .chain(ISSUES.iter().copied())
        .flat_map(|(provider, ids)| ids.iter().map(move |id| (provider, *id)))
        .filter(|(provider, id)| DICTIONARY.forms(provider, *id).is_empty())
        .map(|(provider, id)| format!("{provider} {id}"))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let sections: BTreeSet<u8> = LIFECYCLE.iter().map(|(section, ..)| *section).collect();
    assert!(sections.into_iter().eq(1..=17));
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
