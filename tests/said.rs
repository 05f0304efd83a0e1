//! What is said of bundles that lost something, or that hold what is easily said wrong: read
//! from files, judged and told as a user gets it. Whether states are rebuilt rightly is
//! `truth.rs`'s.

mod common;

use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::{Lang, Moment};
use vmtrail::normalize::Dictionary;
use vmtrail::report::{self, Document};
use vmtrail::rules::verdict::{Finding, Verdict, Verdicts};
use vmtrail::rules::{RuleSet, engine, load};
use vmtrail::simulate::{Bundle, load_scenario, simulate};
use vmtrail::timeline::{NodeState, Timeline};

/// A bundle as it was read.
struct Told {
    timeline: Timeline,
    verdicts: Verdicts,
}

impl Told {
    /// From bundles, each in a place of its own.
    fn of(bundles: &[&Bundle]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..bundles.len())
            .map(|n| dir.path().join(format!("{n}.zip")))
            .collect();
        for (bundle, path) in bundles.iter().zip(&paths) {
            bundle.write_zip(path).unwrap();
        }
        let dictionary = Dictionary::embedded().unwrap();
        let gathered = gather(&paths, &Options::default(), &dictionary, &Silent).unwrap();
        let timeline = Timeline::build(gathered);
        let verdicts = engine::run(rules(), &timeline);
        Told { timeline, verdicts }
    }

    fn document(&self, lang: Lang) -> Document {
        report::document(&self.timeline, &self.verdicts, &report::Options::new(lang))
    }

    /// What the first screen lists as missing, in English.
    fn missing(&self) -> Vec<String> {
        self.document(Lang::En).missing.items
    }

    fn finding(&self, rule: &str) -> Option<&Finding> {
        self.verdicts.findings.iter().find(|f| &*f.rule == rule)
    }
}

fn rules() -> &'static RuleSet {
    static RULES: std::sync::LazyLock<RuleSet> =
        std::sync::LazyLock::new(|| load::embedded().unwrap());
    &RULES
}

fn bundle(path: &str) -> Bundle {
    let text = std::fs::read_to_string(common::project(path)).unwrap();
    simulate(&load_scenario(&text, path).unwrap()).unwrap()
}

/// The bytes of a member; the end of its path names it.
fn member<'b>(bundle: &'b mut Bundle, end: &str) -> &'b mut Vec<u8> {
    let found = bundle
        .files
        .iter_mut()
        .find(|(path, ..)| path.ends_with(end));
    &mut found.unwrap().1
}

fn has(lines: &[String], parts: &[&str]) -> bool {
    lines.iter().any(|l| parts.iter().all(|p| l.contains(p)))
}

const CRASH: &str = "samples/node-crash-2019.yaml";
const CRASHED: &str = "node-lost-unplanned";

#[test]
fn a_crash_behind_the_end_of_a_cut_log_is_not_ruled_out() {
    let whole = Told::of(&[&bundle(CRASH)]);
    let verdict = |told: &Told| told.finding(CRASHED).map(|f| f.verdict);
    assert_eq!(verdict(&whole), Some(Verdict::Confirmed));
    // In the middle of a record, and between two chunks.
    for len in [200_000, 4096 + 3 * 65_536] {
        let mut cut = bundle(CRASH);
        member(&mut cut, "Node_HV02/System.EVTX").truncate(len);
        let told = Told::of(&[&cut]);
        assert_eq!(verdict(&told), Some(Verdict::NotAssessable), "{len}");
        let logs = told.timeline.logs.iter();
        let begin = logs.flat_map(|l| &l.windows).map(|w| w.from).min().unwrap();
        assert!(
            begin > Moment::parse("2023-01-01T00:00:00Z").unwrap(),
            "{begin}"
        );
        assert!(told.timeline.diagnostics.any_loss());
        let missing = told.missing();
        assert!(
            has(&missing, &["System of HV02 behind 2023-03-07"]),
            "{missing:?}"
        );
    }
}

#[test]
fn a_deciding_log_that_others_have_is_told_as_missing() {
    let mut less = bundle(CRASH);
    // That settings of moved VMs are not logged holds of any log.
    let whole = Told::of(&[&less]).missing();
    assert!(
        whole.iter().all(|m| m.starts_with("Settings of ")),
        "{whole:?}"
    );
    less.files
        .retain(|(path, ..)| !path.ends_with("Node_HV02/System.EVTX"));
    let told = Told::of(&[&less]);
    let missing = told.missing();
    assert!(
        has(&missing, &["System of HV02", "not collected", "crashed"]),
        "{missing:?}"
    );
    // Nothing that was collected was destroyed.
    assert!(!told.timeline.diagnostics.any_loss());
}

#[test]
fn zeros_where_chunks_were_are_a_loss_with_its_place() {
    let log = "Node_HV02/System.EVTX";
    let chunks = |bundle: &mut Bundle| (member(bundle, log).len() - 4096) / 65_536;
    let mut whole = bundle(CRASH);
    let last = chunks(&mut whole) - 2;
    for (first, said) in [
        (3, "records of System of HV02"),
        (last, "System of HV02 behind"),
    ] {
        let mut zeroed = bundle(CRASH);
        let from = 4096 + first * 65_536;
        member(&mut zeroed, log)[from..from + 2 * 65_536].fill(0);
        let told = Told::of(&[&zeroed]);
        assert!(told.timeline.diagnostics.any_loss(), "chunk {first}");
        let missing = told.missing();
        assert!(has(&missing, &[said]), "chunk {first}: {missing:?}");
    }
}

#[test]
fn a_node_without_quorum_is_not_said_to_have_stopped_in_order() {
    let told = Told::of(&[&bundle("tests/scenarios/quorum-loss.yaml")]);
    for node in &told.timeline.nodes {
        let states: Vec<NodeState> = node.intervals.iter().map(|i| i.state).collect();
        assert_eq!(
            states,
            [NodeState::Up, NodeState::WithoutQuorum, NodeState::Up],
            "{}",
            node.name
        );
    }
    for (lang, cause) in [
        (Lang::En, "its node lost quorum"),
        (Lang::Ja, "クォーラム喪失"),
    ] {
        let down = told.document(lang).down;
        assert_eq!(down.rows.len(), 4);
        for row in &down.rows {
            assert!(row.cells.last().unwrap().text.contains(cause), "{row:?}");
        }
    }
}

#[test]
fn a_quarantine_that_is_over_is_told_with_its_end_on_the_clock_of_the_report() {
    let told = Told::of(&[&bundle("tests/scenarios/quarantine.yaml")]);
    let finding = told.finding("node-quarantined").unwrap();
    let said = &finding.explanation.en;
    // The records say 10:29:59, by the clock of Tokyo.
    assert!(said.contains("end at 2019-06-03T01:29:59Z"), "{said}");
    assert!(
        said.contains("in the cluster again since 2019-06-03T01:3"),
        "{said}"
    );
    // Of several exits one lies before, and that is all the order needs.
    assert!(!said.contains("other way round"), "{said}");
}

/// A bundle of the same story in another cluster, with other VMs.
fn other_cluster(nodes: [&str; 3]) -> Bundle {
    let mut text = std::fs::read_to_string(common::project(CRASH)).unwrap();
    text = text
        .replace("HVCLU03", "HVCLU77")
        .replace("seed: ", "seed: 7");
    for (old, new) in ["HV01", "HV02", "HV03"].iter().zip(nodes) {
        text = text.replace(old, new);
    }
    simulate(&load_scenario(&text, "other").unwrap()).unwrap()
}

#[test]
fn two_clusters_are_told_and_refused_where_their_nodes_have_the_same_names() {
    let one = bundle(CRASH);
    let told = Told::of(&[&one, &other_cluster(["NX01", "NX02", "NX03"])]);
    assert!(
        has(
            &told.missing(),
            &["more than one cluster", "HVCLU03", "HVCLU77"]
        ),
        "{:?}",
        told.missing()
    );

    let dir = tempfile::tempdir().unwrap();
    let paths = [dir.path().join("a.zip"), dir.path().join("b.zip")];
    one.write_zip(&paths[0]).unwrap();
    other_cluster(["HV01", "HV02", "HV03"])
        .write_zip(&paths[1])
        .unwrap();
    let dictionary = Dictionary::embedded().unwrap();
    let refused = gather(&paths, &Options::default(), &dictionary, &Silent);
    let said = refused.unwrap_err().to_string();
    for part in ["HVCLU03 (a.zip!/", "HVCLU77 (b.zip!/", "HV01, HV02, HV03"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Two looks at one cluster are no two clusters.
    let twice = Told::of(&[&one, &one]);
    assert!(!has(&twice.missing(), &["more than one cluster"]));
}

#[test]
fn advice_on_what_to_collect_names_no_unknown_time_and_denies_no_record() {
    let told = Told::of(&[&bundle("tests/scenarios/drain-fails.yaml")]);
    let missing: Vec<_> = (told.verdicts.findings.iter())
        .flat_map(|f| &f.missing)
        .collect();
    assert!(!missing.is_empty());
    for text in missing {
        assert!(!text.en.contains("unknown"), "{}", text.en);
        assert!(!text.ja.contains("不明 から"), "{}", text.ja);
    }
    // The failure's own record is there, with its code; it is other nodes' logs that end.
    for finding in &told.verdicts.findings {
        let said = &finding.explanation.en;
        assert!(!said.contains("carries the code is not at hand"), "{said}");
    }
}
