//! The built-in rules: their cases, their schema, what breaking
//! them does, and that the order of input changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use rayon::prelude::*;

use super::code::Code;
use super::compile::compile;
use super::engine;
use super::fixture::{self, Case};
use super::lint;
use super::lint::Context;
use super::load::{Rule, RuleSet, embedded, parse};
use super::mutate;
use super::schema::RuleSpec;
use super::verdict::{Finding, Relation, Verdict, Verdicts};

fn rules() -> RuleSet {
    match embedded() {
        Ok(rules) => rules,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_case_of_every_rule_passes() {
    let results = fixture::test_all(&rules());
    assert!(results.len() >= 18);
    let failed: Vec<String> = results
        .iter()
        .filter(|r| !r.passed())
        .map(|r| format!("{}: {}", r.path, r.failures.join("\n    ")))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Compares a generated file with the one checked in; `UPDATE=1` rewrites it.
fn is_current(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == text,
        "{} is stale: run the tests with UPDATE=1",
        path.display()
    );
}

#[test]
fn the_schemas_are_current() {
    is_current("rules/rule.schema.json", &super::schema::json_schema());
    is_current("rules/case.schema.json", &fixture::json_schema());
}

/// What an editor is told of a case names its keys.
#[test]
fn the_schema_of_cases_names_every_key_that_cases_use() {
    let schema: serde_json::Value = serde_json::from_str(&fixture::json_schema()).unwrap();
    let keys = |path: &str| -> BTreeSet<String> {
        let properties = schema.pointer(path).and_then(|p| p.as_object());
        properties
            .into_iter()
            .flatten()
            .map(|(k, _)| k.clone())
            .collect()
    };
    let coverage = keys("/$defs/CaseCoverage/properties");
    let event = keys("/$defs/CaseEvent/properties");
    assert!(coverage.contains("updates") && event.contains("about_node"));
    assert_eq!(schema["additionalProperties"], false);
    for rule in rules().iter() {
        for file in &rule.cases {
            let case: serde_json::Value = parse(&file.path, &file.source).unwrap();
            let used = case["coverage"].as_object().unwrap().keys();
            let strange: Vec<&String> = used.filter(|k| !coverage.contains(*k)).collect();
            assert!(strange.is_empty(), "{}: {strange:?}", file.path);
            for entry in case["events"].as_array().unwrap() {
                let used = entry.as_object().unwrap().keys();
                let strange: Vec<&String> = used.filter(|k| !event.contains(*k)).collect();
                assert!(strange.is_empty(), "{}: {strange:?}", file.path);
            }
        }
    }
}

#[test]
fn a_rule_that_is_put_wrong_fails_one_of_its_cases() {
    let mut unnoticed = Vec::new();
    for rule in rules().iter() {
        let mutation = mutate::mutate(rule);
        assert_eq!(mutation.failing, Vec::<String>::new(), "{}", rule.id());
        assert!(mutation.tried > 0, "{}", rule.id());
        let more = mutation.unnoticed.iter();
        unnoticed.extend(more.map(|what| format!("{}: {what}", rule.id())));
    }
    assert_eq!(unnoticed, Vec::<String>::new());
}

fn cases() -> Vec<(String, Case)> {
    rules()
        .iter()
        .flat_map(|r| r.cases.clone())
        .map(|file| {
            let case = parse(&file.path, &file.source).unwrap();
            (file.path, case)
        })
        .collect()
}

/// A rule that rightly has something to say in the cases of another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlap {
    /// The rule whose cases they are.
    cases_of: String,
    /// The rule that speaks as well.
    rule: String,
    /// Why it is right.
    why: String,
}

/// Every rule on every case of every rule: what fires where it was not meant to. Which
/// do so rightly, `tests/overlaps.yaml` says, each with the reason.
#[test]
fn no_rule_finds_anything_in_the_cases_of_another() {
    let rules = rules();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/overlaps.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let reviewed: Vec<Overlap> = serde_saphyr::from_str(&text).unwrap();
    let weak: Vec<&Overlap> = reviewed
        .iter()
        .filter(|o| o.why.split_whitespace().count() < 4)
        .collect();
    assert!(weak.is_empty(), "these say no reason: {weak:?}");
    let pairs: Vec<(&str, &str)> = reviewed
        .iter()
        .map(|o| (o.cases_of.as_str(), o.rule.as_str()))
        .collect();
    let mut found = BTreeMap::<(String, String), BTreeSet<String>>::new();
    for rule in rules.iter() {
        for file in &rule.cases {
            let case: Case = parse(&file.path, &file.source).unwrap();
            for finding in engine::run(&rules, &fixture::timeline(&case)).findings {
                let says = matches!(finding.verdict, Verdict::Confirmed | Verdict::Probable);
                if says && &*finding.rule != rule.id() {
                    found
                        .entry((rule.id().to_owned(), finding.rule.to_string()))
                        .or_default()
                        .insert(format!("{} ({})", file.path, finding.subject.name));
                }
            }
        }
    }
    let unexpected: Vec<_> = found
        .iter()
        .filter(|((cases_of, rule), _)| !pairs.contains(&(cases_of, rule)))
        .collect();
    assert!(
        unexpected.is_empty(),
        "not in tests/overlaps.yaml: {unexpected:#?}"
    );
    let stale: Vec<_> = pairs
        .iter()
        .filter(|(cases_of, rule)| !found.contains_key(&((*cases_of).into(), (*rule).into())))
        .collect();
    assert!(
        stale.is_empty(),
        "in tests/overlaps.yaml and not found: {stale:?}"
    );
}

#[test]
fn the_order_of_input_changes_nothing() {
    let rules = rules();
    cases().into_par_iter().for_each(|(path, case)| {
        let verdicts = engine::run(&rules, &fixture::timeline(&case));
        let told = |v: &Verdicts, case: &Case| -> Vec<String> {
            let timeline = fixture::timeline(case);
            v.findings
                .iter()
                .map(|f| {
                    let mut evidence: Vec<String> = f
                        .evidence
                        .iter()
                        .map(|&e| format!("{:?}", timeline.events[e].kind))
                        .collect();
                    // Statements of one moment stand in the order of their list.
                    evidence.sort();
                    format!(
                        "{} {} {:?} {} {:?} {:?} {evidence:?}",
                        f.rule, f.subject.name, f.verdict, f.occurrences, f.explanation, f.missing
                    )
                })
                .collect()
        };
        let expected = told(&verdicts, &case);
        // Entries that stand on others are named by their place in the list.
        if case.events.iter().any(|e| !e.stands_on.is_empty()) {
            return;
        }
        let mut turned = case.clone();
        for _ in 0..case.events.len() {
            turned.events.rotate_left(1);
            let again = engine::run(&rules, &fixture::timeline(&turned));
            assert_eq!(told(&again, &turned), expected, "{path}");
        }
        turned.events.reverse();
        let again = engine::run(&rules, &fixture::timeline(&turned));
        assert_eq!(told(&again, &turned), expected, "{path}");
    });
}

/// Runs one rule on one case, both as text.
fn verdict_of(rule: &str, case: &str) -> Vec<Finding> {
    let spec: RuleSpec = parse("rule", rule).unwrap();
    let compiled = compile(&spec).unwrap();
    let rule = Rule {
        spec,
        path: String::new(),
        source: String::new(),
        cases: Vec::new(),
        compiled,
    };
    let mut set = RuleSet::default();
    set.insert(rule);
    let case: Case = parse("case", case).unwrap();
    engine::run(&set, &fixture::timeline(&case)).findings
}

fn small(entity: &str, rest: &str, steps: &str) -> String {
    format!(
        "id: r\ntitle: &t {{en: x, ja: x}}\narea: a\nseverity: info\nstatus: test\nentity: {entity}\nreferences: [x]\ncause: *t\nexplanation: {{confirmed: *t, probable: *t, ruled_out: *t, not_assessable: *t}}\n{rest}steps:\n{steps}"
    )
}

const HALF_DAY: &str = "about: x\nexpect: []\ncoverage:\n  start: 2024-05-14T00:00:00Z\n  length: 12h\n  nodes: {n1: [System], n2: [System]}\n";

/// The reference case of a rule that counts: 2008 R2, one of two event ids,
/// twice within 15 days.
#[test]
fn a_site_rule_counts_raw_events_within_days_on_its_own_builds() {
    let rule = |count: u32, max: u32| {
        small(
            "node",
            &format!("applies_to: {{builds: [{{min: 7600, max: {max}}}]}}\n"),
            &format!(
                "  - id: seen\n    what: *t\n    effect: true\n    count: {count}\n    within: 15d\n    any:\n      - {{provider: Microsoft-Windows-Hyper-V-High-Availability, event_id: 21125}}\n      - {{provider: Microsoft-Windows-Hyper-V-High-Availability, event_id: 21203}}\n"
            ),
        )
    };
    let case = |days: u32, provider: &str| {
        format!(
            "about: x\nexpect: []\ncoverage:\n  start: 2024-05-14T00:00:00Z\n  length: 60d\n  nodes: {{n1: [System]}}\n  builds: {{n1: 7601}}\nevents:\n  - {{at: 1d, kind: migration.failed, node: n1, provider: Microsoft-Windows-Hyper-V-High-Availability, event_id: 21125}}\n  - {{at: {days}d, kind: migration.failed, node: n1, provider: {provider}, event_id: 21203}}\n"
        )
    };
    let ha = "Microsoft-Windows-Hyper-V-High-Availability";
    let found = |rule: &str, case: &str| verdict_of(rule, case).first().map(|f| f.verdict);
    assert_eq!(
        found(&rule(2, 7601), &case(16, ha)),
        Some(Verdict::Confirmed)
    );
    assert_eq!(found(&rule(2, 7601), &case(17, ha)), None, "16 days apart");
    assert_eq!(found(&rule(2, 7601), &case(16, "Other")), None);
    assert_eq!(found(&rule(3, 7601), &case(16, ha)), None, "only two");
    assert_eq!(found(&rule(2, 7600), &case(16, ha)), None, "another build");
}

#[test]
fn clocks_widen_order_by_their_error_and_no_more() {
    let rule = small(
        "vm",
        "",
        "  - id: a\n    what: &a {en: the first, ja: 最初}\n    any: [{kind: vm.saved}]\n  - id: b\n    what: &b {en: the second, ja: 次}\n    effect: true\n    after: a\n    any: [{kind: vm.started}]\n",
    );
    // The second step's record lies `early` seconds before the first one's.
    let case = |early: u32, clocks: &str, nodes: (&str, &str)| {
        format!(
            "{HALF_DAY}{clocks}events:\n  - {{at: 1h, kind: vm.saved, vm: v, node: {}}}\n  - {{at: 59m{}s, kind: vm.started, vm: v, node: {}}}\n",
            nodes.0,
            60 - early,
            nodes.1
        )
    };
    let known = "  clocks: {n1: {offset_s: 0, error_s: 0}, n2: {offset_s: 0, error_s: 20}}\n";
    let run = |early, clocks, nodes| verdict_of(&rule, &case(early, clocks, nodes)).remove(0);

    let assumed = run(5, "", ("n1", "n2"));
    assert_eq!(assumed.verdict, Verdict::Confirmed);
    assert!(
        assumed
            .explanation
            .en
            .contains("assumed to agree within 5 s: the first; the second")
    );
    assert_ne!(run(6, "", ("n1", "n2")).verdict, Verdict::Confirmed);
    assert_ne!(
        run(1, "", ("n1", "n1")).verdict,
        Verdict::Confirmed,
        "one clock"
    );

    let widened = run(20, known, ("n1", "n2"));
    assert_eq!(widened.verdict, Verdict::Confirmed);
    assert!(
        widened
            .explanation
            .en
            .contains("the error of the nodes' clocks: ")
    );
    assert_ne!(run(21, known, ("n1", "n2")).verdict, Verdict::Confirmed);
}

#[test]
fn an_event_at_the_edge_of_a_window_decides_nothing() {
    let rule = small(
        "vm",
        "",
        "  - id: a\n    what: *t\n    any: [{kind: vm.saved}]\n  - id: b\n    what: *t\n    effect: true\n    after: a\n    any: [{kind: vm.started}]\n  - id: c\n    what: *t\n    absent: true\n    between: [a, b]\n    any: [{kind: os.started}]\n",
    );
    let run = |at: &str| {
        let case = format!(
            "{HALF_DAY}events:\n  - {{at: 1h, kind: vm.saved, vm: v, node: n1}}\n  - {{at: 2h, kind: vm.started, vm: v, node: n1}}\n  - {{at: {at}, kind: os.started, vm: v, node: n2}}\n"
        );
        verdict_of(&rule, &case).remove(0)
    };
    assert_eq!(run("1h30m").verdict, Verdict::RuledOut);
    assert_eq!(run("2h10s").verdict, Verdict::Confirmed);
    let edge = run("2h3s");
    assert_eq!(edge.verdict, Verdict::NotAssessable);
    assert!(edge.missing[0].en.contains("clocks"), "{:?}", edge.missing);
}

/// A flood of events must not multiply.
#[test]
fn a_flood_ends_and_repeats_are_one_finding() {
    let rule = small(
        "vm",
        "",
        "  - id: a\n    what: *t\n    any: [{kind: vm.saved}]\n  - id: b\n    what: *t\n    after: a\n    any: [{kind: vm.started}]\n  - id: c\n    what: *t\n    effect: true\n    after: b\n    any: [{kind: vm.paused}]\n",
    );
    let mut case = format!("{HALF_DAY}events:\n");
    for n in 0..40 {
        for (kind, second) in [("saved", 0), ("started", 5), ("paused", 10)] {
            case += &format!("  - {{at: {n}m{second}s, kind: vm.{kind}, vm: v, node: n1}}\n");
        }
    }
    let findings = verdict_of(&rule, &case);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].verdict, Verdict::Confirmed);
    assert_eq!(findings[0].occurrences, 40);
    assert_eq!(findings[0].evidence.len(), 120);
}

/// Moves every minute, each of another VM, off one of two nodes in turn.
fn moves(count: usize) -> String {
    let mut case = HALF_DAY.replace("12h", "60d") + "events:\n";
    for n in 0..count {
        let (from, to) = if n % 2 == 0 { (1, 2) } else { (2, 1) };
        case += &format!(
            "  - {{at: {n}m, kind: trail.vm_moved_live, vm: v{n}, from_node: n{from}, to_node: n{to}}}\n"
        );
    }
    case
}

/// Runs the built-in rules; returns how many hits their searches handled as well.
fn work_of(case: &str) -> (Verdicts, usize) {
    let timeline = fixture::timeline(&parse("case", case).unwrap());
    super::sequence::work::take();
    let verdicts = engine::run(&rules(), &timeline);
    (verdicts, super::sequence::work::take())
}

/// Moves that no restart follows are the begin of nothing, however many they are;
/// with a restart, those before it are its preparation.
#[test]
fn work_grows_as_the_moves_do() {
    let (few, little) = work_of(&moves(400));
    let (many, more) = work_of(&moves(1600));
    assert!(few.findings.is_empty() && many.findings.is_empty());
    assert!(little >= 400, "{little}: every move is looked at");
    assert!(more <= 5 * little, "{little} for 400, {more} for 1600");
    assert!(more <= 20 * 1600, "{more} for 1600");

    let restart = "  - {at: 10h, kind: trail.node_restarted, about_node: n1}\n";
    let (found, more) = work_of(&(moves(1600) + restart));
    let finding = &found.findings[0];
    assert_eq!(
        (&*finding.rule, finding.subject.name.as_str()),
        ("planned-maintenance", "n1")
    );
    assert!(more <= 20 * 1600, "{more} with a restart");
}

/// However many hits there are: a count that is reached anywhere is found, and
/// each stretch is an occurrence of its own.
#[test]
fn a_flood_is_cut_where_the_count_is_reached() {
    let rule = small(
        "vm",
        "",
        "  - id: a\n    what: *t\n    effect: true\n    count: 3\n    within: 10s\n    any: [{kind: vm.saved}]\n",
    );
    // Pairs that are too few, and `close` threes, the first not begun by its window's
    // first hit: 0, 8, 11, 13 s.
    let occurrences = |pairs: usize, close: usize| {
        let mut case = format!("{HALF_DAY}events:\n");
        let mut saved = |minute: usize, second: u32| {
            case += &format!("  - {{at: {minute}m{second}s, kind: vm.saved, vm: v, node: n1}}\n");
        };
        for minute in 0..pairs {
            saved(minute, 0);
            saved(minute, 9);
        }
        for minute in pairs..pairs + close {
            for second in [0, 8, 11, 13] {
                saved(minute, second);
            }
        }
        verdict_of(&rule, &case)
            .first()
            .map_or(0, |f| f.occurrences)
    };
    assert_eq!(occurrences(10, 2), 2);
    assert_eq!(occurrences(super::sequence::WINDOWS, 0), 0);
    assert_eq!(occurrences(super::sequence::WINDOWS, 1), 1);
    assert_eq!(occurrences(super::sequence::WINDOWS, 40), 40);
}

/// A report named 10:04 was written before an edit at 10:05, a note at 10:05 may
/// mean any moment until 10:06.
#[test]
fn a_time_to_the_minute_is_that_minute_and_no_other() {
    let rule = small(
        "vm",
        "",
        "  - id: a\n    what: *t\n    any: [{kind: vm.settings_changed}]\n  - id: b\n    what: *t\n    effect: true\n    after: a\n    within: 10m\n    any: [{kind: vm.network_lost}]\n",
    );
    let verdict = |edit: &str, loss: &str| {
        let case = format!(
            "{HALF_DAY}events:\n  - {{at: {edit}, kind: vm.settings_changed, vm: v, origin: inventory}}\n  - {{at: {loss}, kind: vm.network_lost, vm: v, origin: note}}\n"
        );
        verdict_of(&rule, &case).remove(0).verdict
    };
    assert_eq!(verdict("1h30s", "1h"), Verdict::Confirmed);
    assert_eq!(verdict("1h59s", "1h"), Verdict::Confirmed);
    assert_ne!(verdict("1h1m", "1h"), Verdict::Confirmed);
    assert_eq!(verdict("1h", "1h10m"), Verdict::Confirmed);
    assert_ne!(verdict("1h", "1h11m"), Verdict::Confirmed);
}

/// The rules as written, and the cases of all of them on their timelines.
static WRITTEN: LazyLock<(Vec<String>, Vec<crate::timeline::Timeline>)> = LazyLock::new(|| {
    let mut sources: Vec<String> = rules().iter().map(|r| r.source.clone()).collect();
    sources.push(super::lint::tests::GOOD.to_owned());
    let cases = cases();
    let timelines = cases.iter().map(|(_, case)| fixture::timeline(case));
    (sources, timelines.collect())
});

proptest! {
    /// However a rule file is spoiled: it is refused with a message, or it runs.
    #[test]
    fn a_spoiled_rule_is_refused_or_runs(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4u8), 1..4),
        which in any::<prop::sample::Index>(),
    ) {
        let (sources, timelines) = &*WRITTEN;
        let mut lines: Vec<String> = which.get(sources).lines().map(str::to_owned).collect();
        for (at, other, how) in edits {
            let (at, other) = (at.index(lines.len()), other.index(lines.len()));
            match how {
                0 => { lines.remove(at); }
                1 => lines.swap(at, other),
                2 => { let copy = lines[other].clone(); lines.insert(at, copy); }
                _ => { lines[at].pop(); }
            }
            if lines.is_empty() {
                return Ok(());
            }
        }
        let text = lines.join("\n");
        match super::load::read("x", &text, Vec::new(), &Context::default()) {
            Err(problems) => prop_assert!(problems.iter().all(|p| !p.message.is_empty())),
            Ok(rule) => {
                for timeline in timelines {
                    engine::run_rules([&rule], timeline);
                }
            }
        }
    }
}

/// Rules by id, each with its keys and steps.
fn set_of(rules: &[(&str, &str, &str)]) -> RuleSet {
    let mut set = RuleSet::default();
    for (id, rest, steps) in rules {
        let text = small("node", rest, steps).replacen("id: r\n", &format!("id: {id}\n"), 1);
        let spec: RuleSpec = parse("rule", &text).unwrap();
        let compiled = compile(&spec).unwrap();
        set.insert(Rule {
            spec,
            path: String::new(),
            source: text,
            cases: Vec::new(),
            compiled,
        });
    }
    set
}

fn step_of(id: &str, kind: &str, rest: &str) -> String {
    format!("  - id: {id}\n    what: *t\n{rest}    any: [{{kind: {kind}}}]\n")
}

/// Rule, subject, and how the others relate to it.
type Told = Vec<(String, String, Vec<(Relation, String)>)>;

fn related(rules: &RuleSet, events: &str) -> Told {
    let case: Case = parse("case", &format!("{HALF_DAY}events:\n{events}")).unwrap();
    let findings = engine::run(rules, &fixture::timeline(&case)).findings;
    let told = findings.iter().map(|f| {
        let others = f.related.iter().map(|r| (r.how, r.rule.to_string()));
        (f.rule.to_string(), f.subject.name.clone(), others.collect())
    });
    told.collect()
}

#[test]
fn what_cannot_be_assessed_is_settled_by_what_accounts_for_the_harm() {
    let started = step_of("s", "os.started", "    effect: true\n");
    // Nothing tells of settings here, so a rule that asks for them cannot be assessed.
    let asks = |effect: &str| {
        format!(
            "{}{}",
            step_of("s", effect, "    effect: true\n"),
            step_of("e", "vm.settings_changed", "    before: s\n")
        )
    };
    let rules = set_of(&[
        ("elsewhere", "", &asks("os.stopped")),
        ("finer", "more_specific_than: [sure]\n", &asks("os.started")),
        ("open", "", &asks("os.started")),
        ("sure", "", &started),
    ]);
    let events =
        "  - {at: 1h, kind: os.started, node: n1}\n  - {at: 2h, kind: os.stopped, node: n1}\n";
    let told = related(&rules, events);
    assert_eq!(told.len(), 4, "{told:?}");
    for (rule, _, others) in told {
        let expected: &[(Relation, String)] = match &*rule {
            "open" => &[(Relation::SettledBy, "sure".to_owned())],
            "sure" => &[(Relation::Settles, "open".to_owned())],
            _ => &[],
        };
        assert_eq!(others, expected, "{rule}");
    }
}

#[test]
fn a_benign_rule_explains_what_stands_on_its_effect_alone() {
    let started = step_of("s", "os.started", "    effect: true\n");
    let stopped = step_of("s", "os.stopped", "    effect: true\n");
    let both = format!(
        "{}{}",
        step_of("s", "os.started", "    effect: true\n"),
        step_of("e", "os.stopped", "    before: s\n")
    );
    let rules = set_of(&[
        ("alarm", "", &started),
        ("calm", "benign: true\n", &both),
        ("more", "", &stopped),
        ("wide", "", &both),
    ]);
    let events = "  - {at: 1h, kind: os.stopped, node: n1}\n  - {at: 2h, kind: os.started, node: n1}\n  - {at: 3h, kind: os.started, node: n2}\n";
    let told = related(&rules, events);
    let of = |rule: &str, node: &str| {
        let found = told.iter().find(|t| t.0 == rule && t.1 == node);
        found.map(|t| t.2.clone()).unwrap()
    };
    assert_eq!(of("calm", "n1"), [(Relation::Explains, "alarm".into())]);
    assert_eq!(of("alarm", "n1"), [(Relation::ExplainedBy, "calm".into())]);
    assert_eq!(
        of("more", "n1"),
        [],
        "its record is no effect of the benign one"
    );
    assert_eq!(of("wide", "n1"), [], "it stands on more than the effect");
    assert_eq!(of("alarm", "n2"), [], "another node");
    let last_found = told.iter().rposition(|t| t.0 == "alarm" && t.1 == "n1");
    let alarming = told.iter().position(|t| t.0 == "wide");
    assert!(
        last_found > alarming,
        "what is explained comes after: {told:?}"
    );
}

#[test]
fn a_probable_benign_finding_explains_nothing_that_is_confirmed() {
    let started = step_of("s", "os.started", "    effect: true\n");
    let rules = set_of(&[
        ("alarm", "", &started),
        ("calm", "benign: true\nbest_verdict: probable\n", &started),
        ("maybe", "best_verdict: probable\n", &started),
    ]);
    let told = related(&rules, "  - {at: 1h, kind: os.started, node: n1}\n");
    for (rule, _, others) in told {
        let explained = others.iter().any(|o| o.0 == Relation::ExplainedBy);
        assert_eq!(explained, rule == "maybe", "{rule}: {others:?}");
    }
}

#[test]
fn the_more_specific_finding_leads_its_chain() {
    let started = step_of("s", "os.started", "    effect: true\n");
    let rules = set_of(&[
        ("a-general", "", &started),
        ("b-other", "", &started),
        ("c-special", "more_specific_than: [a-general]\n", &started),
        (
            "d-finest",
            "more_specific_than: [c-special, a-general]\n",
            &started,
        ),
        ("e-circle", "more_specific_than: [f-circle]\n", &started),
        ("f-circle", "more_specific_than: [e-circle]\n", &started),
    ]);
    let told = related(&rules, "  - {at: 1h, kind: os.started, node: n1}\n");
    let order: Vec<&str> = told.iter().map(|t| t.0.as_str()).collect();
    let place = |rule: &str| order.iter().position(|r| *r == rule).unwrap();
    assert_eq!(order.len(), 6, "nothing is lost: {order:?}");
    assert!(place("d-finest") < place("c-special"), "{order:?}");
    assert!(place("c-special") < place("a-general"), "{order:?}");
    assert!(
        place("a-general") < place("b-other"),
        "the chain stands together"
    );

    // Apart in time, they are two things.
    let rules = set_of(&[
        (
            "a-general",
            "",
            &step_of("s", "os.stopped", "    effect: true\n"),
        ),
        ("c-special", "more_specific_than: [a-general]\n", &started),
    ]);
    let events =
        "  - {at: 1h, kind: os.started, node: n1}\n  - {at: 1h, kind: os.stopped, node: n1}\n";
    for (_, _, others) in related(&rules, events) {
        assert_eq!(others, []);
    }
}

/// A flood of one node's events never holds two nodes, and is not read once per event.
#[test]
fn counting_nodes_in_a_flood_of_one_is_linear() {
    let steps = "  - id: s\n    what: *t\n    effect: true\n    count: 2\n    distinct: node\n    within: 11h\n    any: [{kind: os.started}]\n";
    let rule = small("cluster", "", steps);
    let events: String = (0..4000)
        .map(|n| format!("  - {{at: {}s, kind: os.started, node: n1}}\n", n * 5))
        .collect();
    let found = |more: &str| {
        super::sequence::work::take();
        let findings = verdict_of(&rule, &format!("{HALF_DAY}events:\n{events}{more}"));
        (findings.len(), super::sequence::work::take())
    };
    let (none, work) = found("");
    assert!(none == 0 && work < 20_000, "{none} findings, {work} hits");
    let (one, work) = found("  - {at: 6h, kind: os.started, node: n2}\n");
    assert!(one == 1 && work < 20_000, "{one} findings, {work} hits");
}

/// What an export says of the node, of the cluster and of the VM, and when.
#[test]
fn an_exported_object_answers_for_its_node_its_time_and_its_vm() {
    let steps = |state: &str| {
        format!(
            "  - id: s\n    what: *t\n    effect: true\n    any: [{{kind: vm.started}}]\n  - id: held\n    what: *t\n    state: {{{state}}}\n"
        )
    };
    let verdict = |entity: &str, state: &str, objects: &str| {
        let case = format!(
            "{HALF_DAY}events:\n  - {{at: 1h, kind: vm.started, node: n1, vm: web01}}\nheld:\n  objects:\n{objects}"
        );
        let found = verdict_of(&small(entity, "", &steps(state)), &case);
        found.first().map(|f| f.verdict)
    };
    let adapter = "object: {class: NetAdapter, where: [{field: DriverProvider, contains: broad}, {field: VmqEnabled, equals: true}]}";
    let one = |node: &str, at: &str, provider: &str, vmq: &str| {
        format!(
            "    - {{class: NetAdapter, node: {node}, at: {at}, properties: {{DriverProvider: {provider}{vmq}}}}}\n"
        )
    };
    let on = ", VmqEnabled: true";
    let good = one("n1", "0", "Broadcom", on);
    assert_eq!(verdict("node", adapter, &good), Some(Verdict::Confirmed));
    for (objects, expected) in [
        // No one adapter fits both conditions.
        (
            one("n1", "0", "Broadcom", ", VmqEnabled: false") + &one("n1", "0", "Intel", on),
            Verdict::RuledOut,
        ),
        // The export does not tell the second property.
        (one("n1", "0", "Broadcom", ""), Verdict::NotAssessable),
        // It is another node's.
        (one("n2", "0", "Broadcom", on), Verdict::NotAssessable),
        // An unfit one is enough where it lacks no deciding property.
        (one("n1", "0", "Intel", ""), Verdict::RuledOut),
        // The later export until then counts; one made after it does not.
        (
            good.clone() + &one("n1", "30m", "Intel", on),
            Verdict::RuledOut,
        ),
        (
            good.clone() + &one("n1", "2h", "Intel", on),
            Verdict::Confirmed,
        ),
    ] {
        let state = format!("{adapter}, at: s");
        assert_eq!(
            verdict("node", &state, &objects),
            Some(expected),
            "{objects}"
        );
    }
    // The first export stands in where none was made before.
    let late = one("n1", "2h", "Broadcom", on) + &one("n1", "3h", "Intel", on);
    let state = format!("{adapter}, at: s");
    assert_eq!(verdict("node", &state, &late), Some(Verdict::Confirmed));

    // Of the whole cluster, and of the nodes that its list names.
    let weight = "object: {class: ClusterNode, where: [{field: NodeWeight, equals: 0}]}";
    let nodes = "    - {class: ClusterNode, properties: {Name: N1, NodeWeight: 1}}\n    - {class: ClusterNode, properties: {Name: N2, NodeWeight: 0}}\n";
    assert_eq!(verdict("node", weight, nodes), Some(Verdict::RuledOut));
    assert_eq!(verdict("vm", weight, nodes), Some(Verdict::Confirmed));
    let absent = format!("{weight}, not: true");
    assert_eq!(verdict("vm", &absent, nodes), Some(Verdict::RuledOut));

    // Of the VM that the rule is about.
    let memory = "object: {class: VM, where: [{field: DynamicMemoryEnabled, equals: true}]}";
    let vms = "    - {class: VM, node: n1, properties: {Name: WEB01, DynamicMemoryEnabled: 'False'}}\n    - {class: VM, node: n1, properties: {Name: web02, DynamicMemoryEnabled: 'True'}}\n";
    assert_eq!(verdict("vm", memory, vms), Some(Verdict::RuledOut));
}

#[test]
fn generic_carriers_never_confirm_alone() {
    let rule = |way: &str, rest: &str| {
        let text = small(
            "node",
            rest,
            &format!(
                "  - id: s\n    what: {{en: x, ja: 状態}}\n    effect: true\n    collect: [{{en: x, ja: 状態}}]\n    any: [{way}]\n"
            ),
        );
        let spec: RuleSpec = parse("rule", &text).unwrap();
        let problems = lint::lint("rule", &spec, &lint::Context::default());
        problems.iter().any(|p| p.code == Code::GenericOnly)
    };
    for way in [
        "{kind: node.removed}",
        "{kinds: [resource.failed, migration.failed]}",
        "{kind: migration.failed, where: [{field: subject.vm, exists: true}]}",
        "{provider: Microsoft-Windows-FailoverClustering, event_id: 1135}",
        "{provider: Microsoft-Windows-Hyper-V-High-Availability, event_id: 21502, kind: migration.failed}",
    ] {
        assert!(rule(way, ""), "{way}");
        assert!(!rule(way, "best_verdict: probable\n"), "{way}");
    }
    for way in [
        "{kind: migration.failed, where: [{field: text, status: [5]}]}",
        "{kind: node.quarantined}",
        "{provider: p, event_id: 2}",
    ] {
        assert!(!rule(way, ""), "{way}");
    }
}
