//! Everything that a report says, in every language it can say it in.
//!
//! One file a language, both implementing `Locale` in full: a sentence that
//! lacks a translation does not compile. What is said, and when, is
//! [`mod@super::document`]'s business; here is only how.

pub(crate) mod charts;
pub(crate) mod compare;
mod en;
mod ja;
pub(crate) mod questions;

use std::fmt::Write as _;

use crate::model::diagnostic::DiagnosticCode;
use crate::model::event::{Event, Origin, Severity};
use crate::model::kind::EventKind;
use crate::model::status;
use crate::model::text::Lang;
use crate::rules::verdict::{Relation, Verdict};
use crate::timeline::LogBegin;
use crate::timeline::trail::{
    Bounds, ChainRole, DowntimeCause, FailoverCause, LinkKind, LinkState, MoveKind, MoveOutcome,
    MovePhase, NodeState, PlacementBasis, PlannedBasis, VmState, VolumeState, WitnessState,
};

use super::plain::plain;

macro_rules! words {
    ($($name:ident),+ $(,)?) => {
        /// Labels, headings and other fixed texts. A literal of this type names
        /// every field, so none can be left untranslated.
        pub(crate) struct Words { $(pub $name: &'static str,)+ }

        impl Words {
            /// All of them, with their names, for tests.
            #[cfg(test)]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

words! {
    // Page
    post_mortem, of_cluster, unnamed_cluster, what_happened, verdicts, no_verdicts,
    vms_down, no_vm_down, what_to_do, nothing_to_do, what_is_missing, nothing_missing,
    contents, report_written, period, and_more, made_by,
    // Facts
    nodes, vms, moves, failovers, records_read, longest_downtime,
    // Sections
    cause_chain, cause_chain_lead, placement, placement_lead, migrations, failover_lead_none,
    migrations_lead_none, network_changes, network_none, nodes_title, clocks, clocks_lead,
    coverage, coverage_lead, gaps, unread_kinds, findings, findings_lead, events_title,
    events_lead, diagnostics, diagnostics_none, appendix, appendix_lead,
    not_listed, not_listed_lead, two_behaviors,
    // Columns
    time, since, until, node, source, place, what, vm, from, to, kind, outcome, duration,
    blackout, planned, reason, cause, downtime, state, basis, before, after, name, id, os,
    build, has_logs, file, records, failed, first, last, time_basis, channel, missing_records,
    offset, error, count, message, rule, untouched, of_these_not_assessable, severity,
    record, line, evidence, group, step, result, how_known, quantity, minimum, median, p95,
    maximum,
    unlogged, unlogged_lead, windows, all_versions, nearest, seen_here,
    logs, logs_lead, log_begins, no_event, files,
    incidents, incidents_lead, role_in_story, why_planned, bounds, storage, storage_lead, links,
    links_lead, quorum, quorum_lead, witness, records_count,
    story, story_placements, story_what, names, memory, seen_on, total_down, no_record_of_vm,
    // Values
    yes, no, unknown, not_recorded, not_logged, before_logs, after_logs, still_down,
    down_since_before, inferred, said_by_person, said_short, from_inventory, concluded,
    logged, reference_clock, whole_file, entry,
    // Findings
    why, remedy, references, evidence_none, steps, occurrences, missing_to_settle,
    rule_cause, benign,
    step_direct, step_circumstantial, step_absent, step_not_found, step_not_observable,
    // Charts
    chart_placement, chart_events, chart_migrations, mark_live, mark_cold, mark_failed,
    mark_failover, mark_down, mark_lost, mark_paused, mark_finding,
    chart_no_vms, chart_no_events, chart_no_migrations, blackout_not_logged, no_blackout_at_all,
    node_unknown,
    // Pages and questions
    last_node, vms_title, vms_lead, vm_by_vm, node_by_node, move_by_move,
    updates, clock_ahead, vms_on_it, brownout, phases, phase,
    questions, questions_lead, no_such_record, logs_with_holes, logs_not_collected, largest_offset, longest_blackout,
    last_that_completed, last_that_did_not, last_back, nothing_down_at_end, limits, where_answered,
    // The page's controls
    finding, fitting,
    zone_choice, zone_cluster, zone_reader, charts_stay, its_events, copy,
    copy_link, copied, copy_failed, filters, search, search_hint,
    any, and_worse, weight, weight_evidence, weight_change, weight_routine,
    all_of_family, span_from, span_to, span_wrong, zoom_in, zoom_out,
    whole_period, reset, shown_of, none_fit, brush_hint, density,
    details, close, no_script, printed_first,
}

/// Incidents of one cause at one time, as the headline tells them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadIncident<'a> {
    pub cause: FailoverCause,
    /// The nodes where it began; empty where no record names one.
    pub nodes: &'a str,
    pub node_count: usize,
    /// The system went down with the node.
    pub crashed: bool,
    /// `0x9F`.
    pub bugcheck: Option<&'a str>,
    /// The VMs that were down.
    pub vms: &'a str,
    /// How many were.
    pub down: usize,
    /// How many of them are known to have come back.
    pub back: usize,
    /// How many of them the cluster restarted.
    pub restarted: usize,
    pub when: Option<&'a str>,
}

/// Moves of one report, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MoveCounts {
    pub live: usize,
    pub other: usize,
    pub failed: usize,
    pub canceled: usize,
    pub unfinished: usize,
}

/// One language.
///
/// Names that come in are already safe to show ([`plain`]).
pub(crate) trait Locale: Sync {
    fn words(&self) -> &'static Words;
    fn event(&self, kind: EventKind) -> &'static str;
    fn verdict(&self, verdict: Verdict) -> &'static str;
    /// What a verdict means, in one sentence.
    fn verdict_means(&self, verdict: Verdict) -> &'static str;
    fn severity(&self, severity: Severity) -> &'static str;
    fn move_kind(&self, kind: MoveKind) -> &'static str;
    fn outcome(&self, outcome: MoveOutcome) -> &'static str;
    fn cause(&self, cause: FailoverCause) -> &'static str;
    fn node_state(&self, state: NodeState) -> &'static str;
    fn basis(&self, basis: PlacementBasis) -> &'static str;
    fn vm_state(&self, state: VmState) -> &'static str;
    fn downtime_cause(&self, cause: DowntimeCause) -> &'static str;
    fn planned_because(&self, basis: PlannedBasis) -> &'static str;
    fn chain_role(&self, role: ChainRole) -> &'static str;
    fn volume_state(&self, state: VolumeState) -> &'static str;
    fn witness_state(&self, state: WitnessState) -> &'static str;
    fn link_kind(&self, kind: LinkKind) -> &'static str;
    fn link_state(&self, state: LinkState) -> &'static str;
    fn log_begin(&self, begin: LogBegin) -> &'static str;
    /// `at least 9.4 s, at most 2 min 20 s`.
    fn bounds(&self, bounds: Bounds) -> String;
    /// `down for 12 s`, with its bounds and why.
    fn down_for(
        &self,
        cause: DowntimeCause,
        length: Option<&str>,
        bounds: Option<Bounds>,
    ) -> String;
    fn move_phase(&self, phase: MovePhase) -> &'static str;
    /// A move, in one sentence without its time.
    fn move_story(
        &self,
        kind: MoveKind,
        from: Option<&str>,
        to: Option<&str>,
        outcome: MoveOutcome,
        details: &[String],
    ) -> String;
    fn diagnostic(&self, code: DiagnosticCode) -> &'static str;
    /// The label of a field that is worth a place in a summary.
    fn field(&self, name: &str) -> Option<&'static str>;
    /// Seconds as a length of time.
    fn duration(&self, seconds: f64) -> String;
    /// `a, b and c`; names beyond the sixth are counted.
    fn list(&self, names: &[String]) -> String;
    /// `label: value`.
    fn labeled(&self, label: &str, value: &str) -> String;
    /// Between two sentences.
    fn gap(&self) -> &'static str;
    /// How many points of a list are only in the appendix.
    fn more(&self, count: usize) -> String;
    /// Between a phrase and what it is about.
    fn colon(&self) -> &'static str;
    fn parentheses(&self, inner: &str) -> String;

    fn times_shown_in(&self, zone: &str, one_offset: bool) -> String;

    fn head_no_events(&self) -> String;
    fn head_quiet(&self) -> String;
    /// Nothing that was read is a log of Hyper-V or of a failover cluster.
    fn head_no_cluster(&self) -> String;
    /// `when` is from the first to the last evidence.
    fn head_finding(
        &self,
        verdict: Verdict,
        title: &str,
        subjects: &str,
        when: Option<&str>,
    ) -> String;
    fn head_incident(&self, incident: &HeadIncident<'_>) -> String;
    /// VMs that were down with no incident to tell why.
    fn head_outage(&self, vms: &str, when: Option<&str>, cause: &str) -> String;
    fn head_more_incidents(&self, count: usize) -> String;
    /// What was not as it should be at the end of the logs.
    fn head_at_end(&self, what: &str) -> String;
    /// Between two parts in parentheses.
    fn comma(&self) -> &'static str;
    /// Nothing tells whether settings of these VMs came back to older values.
    fn head_settings_open(&self, vms: &str) -> String;
    fn head_longest_down(&self, vm: &str, length: &str) -> String;
    fn head_not_back(&self, vms: &str) -> String;
    /// `which` are some of those that did not complete.
    fn head_moves(&self, counts: &MoveCounts, which: &[String]) -> String;
    fn head_node_lost(&self, nodes: &str) -> String;

    fn behavior_high_availability(&self) -> &'static str;
    fn behavior_live_migration(&self) -> &'static str;
    fn failover_story(
        &self,
        what: &str,
        from: Option<&str>,
        to: Option<&str>,
        cause: FailoverCause,
        length: Option<&str>,
    ) -> String;

    fn act_check_vms(&self, vms: &str) -> String;
    fn act_collect_nodes(&self, nodes: &str) -> String;

    fn miss_nodes(&self, nodes: &str) -> String;
    /// Moved VMs whose settings no export tells before and after.
    fn miss_settings(&self, vms: &str) -> String;
    /// The same is missing for several findings: the first title, and how many more.
    fn miss_for_all(&self, title: &str, more: usize, what: &str) -> String;
    fn act_collect_missing(&self) -> String;
    /// What to look at first after an incident.
    fn act_incident(&self, cause: FailoverCause) -> &'static str;
    fn miss_gap(&self, channel: &str, node: Option<&str>, records: u64) -> String;
    fn miss_more_gaps(&self, count: usize) -> String;
    fn miss_records(&self, records: u64) -> String;
    fn several_clusters(&self, clusters: &str) -> String;
    /// A log that other nodes' collections have.
    fn miss_log(&self, channel: &str, node: &str) -> String;
    /// A log of which something behind its last event may be lost.
    fn miss_end(&self, channel: &str, node: Option<&str>, last: Option<&str>, file: &str)
    -> String;
    fn miss_more_ends(&self, count: usize) -> String;
    fn miss_files(&self, members: usize, named: &str) -> String;
    fn miss_clocks(&self, nodes: &str) -> String;
    fn miss_for(&self, title: &str, subject: &str, what: &str) -> String;
    /// Behind which finding another stands; `None` where it stands before that one.
    fn relation(&self, how: Relation, title: &str, subject: &str) -> Option<String>;
    fn miss_destinations(&self, count: usize) -> String;

    fn unknown_records(&self, records: u64, kinds: usize) -> String;
    fn rows_left_out(&self, left_out: usize, shown: usize) -> String;
    /// Of pages about VMs, nodes or moves.
    fn pages_left_out(&self, left_out: usize, shown: usize) -> String;
    /// How many records there are, and what the first says.
    fn records_first(&self, count: usize, first: &str) -> String;
    /// A family of kinds of events; one of `document::FAMILIES`.
    fn family(&self, name: &str) -> &'static str;
    fn events_left_out(&self, left_out: usize, shown: usize) -> String;
    fn nodes_left_out(&self, left_out: usize) -> String;
    fn seen_times(&self, count: u32) -> String;
    /// So many records of a finding stand with another.
    fn shown_with(&self, count: usize, subject: &str, title: &str) -> String;
    fn chart_window(&self, from: &str, to: &str, zone: &str) -> String;
    fn chart_placement_alt(
        &self,
        vms: usize,
        nodes: usize,
        moves: usize,
        failovers: usize,
    ) -> String;
    fn chart_events_alt(&self, events: usize, nodes: usize) -> String;
    fn chart_migrations_alt(&self, moves: usize, with_blackout: usize) -> String;
}

/// The sentences of a language.
pub(crate) fn of(lang: Lang) -> &'static dyn Locale {
    match lang {
        Lang::En => &en::English,
        Lang::Ja => &ja::Japanese,
    }
}

/// What an event of `kind` says, without its particulars.
#[must_use]
pub fn event_phrase(kind: EventKind, lang: Lang) -> &'static str {
    of(lang).event(kind)
}

/// Fields that summaries show, in this order. `from`, `to` and the like are
/// joined by an arrow instead.
const SHOWN_FIELDS: [&str; 19] = [
    "property",
    "blackout_s",
    "brownout_s",
    "downtime_s",
    "move_type",
    "vlan",
    "switch",
    "tool",
    "resource_type",
    "status",
    "error",
    "code",
    "reason",
    "bugcheck",
    "update",
    "view",
    "members",
    "process",
    "user",
];

/// One event on one line: what it says, about what, with its key values. Safe to
/// show in any format that escapes its own markup. What a person said is marked
/// as said.
#[must_use]
pub fn summary(event: &Event, lang: Lang) -> String {
    let locale = of(lang);
    let mut text = String::new();
    match event.origin {
        Origin::Note => {
            text.push_str(locale.words().said_by_person);
            text.push_str(locale.colon());
        }
        Origin::Inventory => {
            text.push_str(locale.words().from_inventory);
            text.push_str(locale.colon());
        }
        _ => {}
    }
    text.push_str(locale.event(event.kind));

    let subject = &event.subject;
    let mut about: Vec<String> = Vec::new();
    let named = [
        subject.vm.as_ref().map(|n| n.as_str()),
        subject.group.as_ref().map(|n| n.as_str()),
        subject.resource.as_ref().map(|n| n.as_str()),
        subject.node.as_ref().map(|n| n.as_str()),
        subject.network.as_deref(),
        subject.volume.as_deref(),
    ];
    for name in named.into_iter().flatten() {
        let name = plain(name);
        // A role is mostly named after its VM.
        if !about.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            about.push(name);
        }
    }
    if about.is_empty()
        && let Some(id) = subject.vm_id
    {
        about.push(id.to_string());
    }
    match (&subject.from_node, &subject.to_node) {
        (Some(from), Some(to)) => about.push(arrow(from.as_str(), to.as_str())),
        (Some(from), None) => about.push(arrow(from.as_str(), "?")),
        (None, Some(to)) => about.push(arrow("?", to.as_str())),
        (None, None) => {}
    }
    if !about.is_empty() {
        let _ = write!(text, "{}{}", locale.colon(), about.join(", "));
    }

    let mut values: Vec<String> = Vec::new();
    for (before, after) in [("from", "to"), ("from_state", "to_state")] {
        if event.fields.get(before).is_none() && event.fields.get(after).is_none() {
            continue;
        }
        let change = arrow(
            event.fields.get(before).unwrap_or("?"),
            event.fields.get(after).unwrap_or("?"),
        );
        // `VLAN 100 → 200`: what changed stands before how.
        let property = event.fields.get("property").map(plain);
        values.push(
            match property.filter(|p| before == "from" && !p.is_empty()) {
                Some(property) => locale.labeled(&property, &change),
                None => change,
            },
        );
    }
    let changed = event.fields.get("from").is_some() || event.fields.get("to").is_some();
    for name in SHOWN_FIELDS {
        if name == "property" && changed {
            continue;
        }
        let (Some(label), Some(value)) = (locale.field(name), event.fields.get(name)) else {
            continue;
        };
        let value = plain(value);
        if value.is_empty() {
            continue;
        }
        match (name.ends_with("_s"), event.fields.number(name)) {
            (true, Some(seconds)) => {
                values.push(locale.labeled(label, &locale.duration(seconds)));
            }
            _ => values.push(locale.labeled(label, &coded(name, value))),
        }
    }
    if !values.is_empty() {
        text.push_str(&locale.parentheses(&values.join(", ")));
    }
    if let Some(said) = event
        .fields
        .get("text")
        .map(plain)
        .filter(|t| !t.is_empty())
    {
        let _ = write!(text, " “{said}”");
    }
    text
}

/// A status code with its symbolic name behind it, where it has one; any other value
/// as it is.
pub(crate) fn coded(field: &str, value: String) -> String {
    let known = match field {
        "status" | "error" | "code" | "reason" => status::lookup(&value),
        "bugcheck" => status::bugcheck(&value),
        _ => None,
    };
    match known.and_then(|s| s.name) {
        Some(name) => format!("{value} ({name})"),
        None => value,
    }
}

/// `before → after`, both made safe.
pub(crate) fn arrow(before: &str, after: &str) -> String {
    format!("{} → {}", plain(before), plain(after))
}

/// Seconds in parts: days, hours, minutes, seconds with at most three digits
/// behind the point and none where there are minutes.
pub(crate) fn duration_parts(seconds: f64) -> Vec<(String, usize)> {
    let seconds = seconds.abs();
    if seconds < 60.0 {
        let digits = if seconds < 10.0 { 3 } else { 1 };
        let text = format!("{seconds:.digits$}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return vec![(if text.is_empty() { "0" } else { text }.to_owned(), 3)];
    }
    let whole = seconds.round() as u64;
    let all = [
        whole / 86_400,
        whole / 3600 % 24,
        whole / 60 % 60,
        whole % 60,
    ];
    let first = all.iter().position(|&n| n > 0).unwrap_or(3);
    // Two parts are enough to act on; the third is noise.
    (first..4.min(first + 2))
        .filter(|&unit| all[unit] > 0)
        .map(|unit| (all[unit].to_string(), unit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_translated() {
        let english = of(Lang::En).words().all();
        let japanese = of(Lang::Ja).words().all();
        // The same word in both languages, on purpose.
        let same = ["p95", "id", "os"];
        for ((name, en), (_, ja)) in english.iter().zip(&japanese) {
            assert!(!en.is_empty() && !ja.is_empty(), "{name} is empty");
            assert!(
                en.is_ascii() || en.contains(['→', '…', '·', '“', '—', '’']),
                "{name}: {en}"
            );
            assert!(
                same.contains(name) || ja.chars().any(columns_wide),
                "{name} is not Japanese: {ja}"
            );
        }
    }

    fn columns_wide(c: char) -> bool {
        super::super::plain::columns(c) == 2
    }

    #[test]
    fn every_kind_of_event_has_its_own_phrase_in_both_languages() {
        for lang in [Lang::En, Lang::Ja] {
            let mut seen = std::collections::BTreeMap::new();
            for kind in EventKind::ALL {
                let phrase = event_phrase(*kind, lang);
                assert!(!phrase.is_empty());
                assert_eq!(
                    phrase.chars().any(columns_wide),
                    lang == Lang::Ja,
                    "{kind}: {phrase}"
                );
                if let Some(other) = seen.insert(phrase, kind) {
                    panic!("{kind} and {other} are both {phrase:?}");
                }
            }
        }
    }

    #[test]
    fn a_status_code_is_followed_by_its_name() {
        let shown = |field, value: &str| coded(field, value.to_owned());
        assert_eq!(
            shown("status", "0x80070005"),
            "0x80070005 (ERROR_ACCESS_DENIED)"
        );
        assert_eq!(shown("bugcheck", "158"), "158 (USER_MODE_HEALTH_MONITOR)");
        // Other numbers are not codes, and zero is no error.
        assert_eq!(shown("vlan", "5"), "5");
        assert_eq!(shown("bugcheck", "0"), "0");
        assert_eq!(shown("reason", "by hand"), "by hand");
    }

    #[test]
    fn lengths_of_time_read_well() {
        let en = of(Lang::En);
        let ja = of(Lang::Ja);
        for (seconds, english, japanese) in [
            (0.0, "0 s", "0 秒"),
            (0.4, "0.4 s", "0.4 秒"),
            (12.34, "12.3 s", "12.3 秒"),
            (92.0, "1 min 32 s", "1 分 32 秒"),
            (3600.0, "1 h", "1 時間"),
            (90_061.0, "1 d 1 h", "1 日 1 時間"),
        ] {
            assert_eq!(en.duration(seconds), english);
            assert_eq!(ja.duration(seconds), japanese);
        }
    }

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<String> = (1..=9).map(|n| format!("vm{n}")).collect();
        assert_eq!(of(Lang::En).list(&names[..1]), "vm1");
        assert_eq!(of(Lang::En).list(&names[..3]), "vm1, vm2 and vm3");
        assert_eq!(
            of(Lang::En).list(&names),
            "vm1, vm2, vm3, vm4, vm5, vm6 and 3 more"
        );
        assert_eq!(of(Lang::Ja).list(&names[..3]), "vm1、vm2、vm3");
    }
}
