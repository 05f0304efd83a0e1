//! The library of known issues from end to end: every scenario beside a rule is
//! simulated into real files, read, put on the timeline and judged by all rules.
//!
//! Its own rule has to find it, and what any other rule says about it is reviewed: every
//! confirmed or probable verdict stands in `matrix.yaml` with a reason, or the test
//! fails. Cases of single rules are tested beside the rules.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use rayon::prelude::*;
use serde::Deserialize;
use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::normalize::Dictionary;
use vmtrail::rules::schema::Status;
use vmtrail::rules::verdict::{Verdict, Verdicts};
use vmtrail::rules::{RuleSet, Vocabulary, engine, load};
use vmtrail::simulate::{load_scenario, simulate};
use vmtrail::timeline::Timeline;

/// A scenario, and the rule that it was written for.
struct Story {
    /// `<area>/<id>` of the rule, else `samples/<name>` or `tests/<name>`.
    name: String,
    path: PathBuf,
    rule: Option<String>,
}

impl Story {
    /// What people told belongs to the story.
    fn notes(&self) -> Option<PathBuf> {
        let path = self.path.with_extension("notes.yaml");
        path.exists().then_some(path)
    }

    /// A working day on which nothing is wrong.
    fn is_healthy(&self) -> bool {
        self.name.starts_with("samples/healthy")
    }
}

/// The scenario beside each rule that has one.
fn stories_of_rules() -> Vec<Story> {
    let root = common::project("rules");
    let mut stories = Vec::new();
    for path in common::files(&root, "yaml") {
        let parts: Vec<String> = path
            .strip_prefix(&root)
            .unwrap()
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        if let [area, id, file] = parts.as_slice()
            && file == "scenario.yaml"
        {
            stories.push(Story {
                name: format!("{area}/{id}"),
                rule: Some(id.clone()),
                path,
            });
        }
    }
    stories
}

fn stories() -> Vec<Story> {
    let mut stories = stories_of_rules();
    for (folder, prefix) in [("samples", "samples"), ("tests/scenarios", "tests")] {
        for path in common::files(&common::project(folder), "yaml") {
            if !path.to_string_lossy().ends_with(".notes.yaml") {
                let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
                stories.push(Story {
                    name: format!("{prefix}/{stem}"),
                    rule: None,
                    path,
                });
            }
        }
    }
    stories
}

/// From the text of the story to verdicts, through real files.
fn judge(
    story: &Story,
    rules: &RuleSet,
    dictionary: &Dictionary,
    vocabulary: &Vocabulary,
) -> Result<Verdicts, String> {
    let text = std::fs::read_to_string(&story.path).map_err(|e| e.to_string())?;
    let scenario = load_scenario(&text, &story.name).map_err(|e| e.to_string())?;
    let bundle = simulate(&scenario).map_err(|e| e.to_string())?;
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    bundle.write_dir(dir.path()).map_err(|e| e.to_string())?;
    let options = Options {
        notes: story.notes().into_iter().collect(),
        ..Options::default()
    };
    let gathered = gather(&[dir.path().to_owned()], &options, dictionary, &Silent)
        .map_err(|e| format!("{}: {e}", story.name))?;
    if gathered.diagnostics.any_loss() {
        return Err(format!("{}: {:?}", story.name, gathered.diagnostics));
    }
    let timeline = Timeline::build(gathered);
    // What lint takes for a misspelt value must be one that no event has.
    for event in &timeline.events {
        let known = vocabulary.fields_of(&[event.kind]);
        let unknown = event.fields.iter().find(|(name, _)| !known.contains(name));
        if let Some((name, _)) = unknown {
            return Err(format!("{}: {} has {name}", story.name, event.kind));
        }
    }
    Ok(engine::run(rules, &timeline))
}

/// Scenario, rule and verdict.
type Key = (String, String, Verdict);

/// What the rules found, by subject.
fn cells(story: &Story, verdicts: &Verdicts) -> BTreeMap<Key, BTreeSet<String>> {
    let mut cells: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for finding in &verdicts.findings {
        if matches!(finding.verdict, Verdict::Confirmed | Verdict::Probable) {
            let key = (
                story.name.clone(),
                finding.rule.to_string(),
                finding.verdict,
            );
            let subject = finding.subject.name.clone();
            cells.entry(key).or_default().insert(subject);
        }
    }
    cells
}

/// One line of the matrix as it was reviewed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reviewed {
    scenario: String,
    rule: String,
    verdict: Verdict,
    subjects: BTreeSet<String>,
    why: String,
}

fn matrix() -> Vec<Reviewed> {
    let text = std::fs::read_to_string(common::project("tests/matrix.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("tests/matrix.yaml: {e}"))
}

/// The text as YAML, in quotes where it could be taken for something else.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_/. ".contains(c));
    if plain {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap()
    }
}

fn line(key: &Key, subjects: &BTreeSet<String>, why: &str) -> String {
    let (scenario, rule, verdict) = key;
    let subjects: Vec<String> = subjects.iter().map(|s| scalar(s)).collect();
    format!(
        "- scenario: {}\n  rule: {}\n  verdict: {}\n  subjects: [{}]\n  why: {}\n",
        scalar(scenario),
        scalar(rule),
        verdict.name(),
        subjects.join(", "),
        serde_json::to_string(why).unwrap()
    )
}

/// Set `VMTRAIL_MATRIX=print` to see the whole matrix as it is now, ready for the file.
#[test]
fn every_scenario_is_judged_as_reviewed() {
    let rules = load::embedded().unwrap();
    let dictionary = Dictionary::embedded().unwrap();
    let vocabulary = Vocabulary::new(dictionary.fields(), dictionary.records());
    let stories = stories();
    let judged: Vec<(&Story, Result<Verdicts, String>)> = stories
        .par_iter()
        .map(|story| (story, judge(story, &rules, &dictionary, &vocabulary)))
        .collect();
    let mut wrong = String::new();
    let mut found: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for (story, verdicts) in &judged {
        let verdicts = match verdicts {
            Ok(verdicts) => verdicts,
            Err(e) => {
                let _ = writeln!(wrong, "{e}");
                continue;
            }
        };
        let mut cells = cells(story, verdicts);
        if let Some(own) = &story.rule {
            let Some(rule) = rules.get(own) else {
                let _ = writeln!(wrong, "{}: there is no rule {own}", story.name);
                continue;
            };
            let best = rule.spec.best_verdict;
            let key = (story.name.clone(), own.clone(), best);
            match cells.get(&key).map(BTreeSet::len) {
                None => {
                    let said: Vec<String> = verdicts
                        .findings
                        .iter()
                        .filter(|f| *f.rule == **own)
                        .map(|f| format!("{} {}", f.subject.name, f.verdict.name()))
                        .collect();
                    let _ = writeln!(
                        wrong,
                        "{}: its own rule says {best:?} of nothing, but {said:?}",
                        story.name
                    );
                }
                // The one thing that the story is about needs no review; more of them do.
                Some(1) => {
                    cells.remove(&key);
                }
                Some(_) => {}
            }
        }
        for (_, rule, verdict) in cells.keys() {
            let benign = rules.get(rule).is_some_and(|r| r.spec.benign);
            if story.is_healthy() && !benign {
                let verdict = verdict.name();
                let _ = writeln!(
                    wrong,
                    "{}: {rule} is {verdict}, on a day without trouble",
                    story.name
                );
            }
        }
        found.extend(cells);
    }

    let mut reviewed: BTreeMap<Key, (BTreeSet<String>, String)> = BTreeMap::new();
    for cell in matrix() {
        let key = (cell.scenario, cell.rule, cell.verdict);
        if cell.why.split_whitespace().count() < 4 || !cell.why.ends_with('.') {
            let _ = writeln!(wrong, "{key:?}: expected a sentence that says why");
        }
        if reviewed
            .insert(key.clone(), (cell.subjects, cell.why))
            .is_some()
        {
            let _ = writeln!(wrong, "{key:?}: is in the matrix twice");
        }
    }
    let mut missing = String::new();
    for (key, subjects) in &found {
        match reviewed.get(key) {
            Some((known, _)) if known == subjects => {}
            known => missing.push_str(&line(key, subjects, known.map_or("", |(_, why)| why))),
        }
    }
    for key in reviewed.keys().filter(|key| !found.contains_key(*key)) {
        let _ = writeln!(wrong, "{key:?}: does not occur any more");
    }
    if std::env::var_os("VMTRAIL_MATRIX").is_some_and(|v| v == "print") {
        for (key, subjects) in &found {
            let why = reviewed.get(key).map_or("", |(_, why)| why);
            eprint!("{}", line(key, subjects, why));
        }
    }
    assert!(
        wrong.is_empty() && missing.is_empty(),
        "{wrong}\nnot reviewed, for tests/matrix.yaml (each needs its why):\n{missing}"
    );
}

/// Issues that a rule of another id is about.
const ELSEWHERE: [(&str, &str); 3] = [
    ("KB961782-stale-vm-config-after-move", "vm-config/kb961782"),
    ("lm-long-blackout-20417", "live-migration/long-blackout"),
    (
        "vm-network-lost-after-successful-lm",
        "vm-config/vm-network-lost-after-move",
    ),
];

/// The list of known issues, as far as it matters here.
#[derive(Deserialize)]
struct KnownIssues {
    count: usize,
    issues: Vec<KnownIssue>,
}

#[derive(Deserialize)]
struct KnownIssue {
    id: String,
    confidence: Option<String>,
    signature: Signature,
}

#[derive(Deserialize)]
struct Signature {
    #[serde(default)]
    events: Vec<Part>,
    #[serde(default)]
    cluster_log: Vec<Part>,
}

/// An event or a line of a signature.
#[derive(Deserialize)]
struct Part {
    confidence: Option<String>,
    id_note: Option<String>,
}

/// The id of the rule that is about an issue.
fn rule_of(issue: &KnownIssue) -> String {
    match ELSEWHERE.iter().find(|(id, _)| *id == issue.id) {
        Some((_, folder)) => folder.split('/').next_back().unwrap_or_default().to_owned(),
        None => issue.id.to_lowercase(),
    }
}

#[test]
fn every_known_issue_has_a_rule() {
    let Some(path) = common::reference("known-issues.yaml") else {
        return;
    };
    let text = std::fs::read_to_string(&path).unwrap();
    let known: KnownIssues = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(known.issues.len(), known.count);
    let rules = load::embedded().unwrap();
    let by_folder: BTreeMap<&str, &str> = rules
        .iter()
        .map(|rule| (rule.id(), rule.spec.area.value.as_str()))
        .collect();
    let missing: Vec<&str> = known
        .issues
        .iter()
        .map(|issue| issue.id.as_str())
        .filter(|id| match ELSEWHERE.iter().find(|(issue, _)| issue == id) {
            Some((_, folder)) => {
                let (area, rule) = folder.split_once('/').unwrap();
                by_folder.get(rule) != Some(&area)
            }
            None => !by_folder.contains_key(id.to_lowercase().as_str()),
        })
        .collect();
    assert!(
        missing.is_empty(),
        "{} of {} known issues have no rule: {missing:#?}",
        missing.len(),
        known.count
    );
    // An exception that is none any more would hide a second rule of one issue.
    for (issue, _) in ELSEWHERE {
        assert!(
            known.issues.iter().any(|i| i.id == issue),
            "{issue} is no known issue"
        );
        assert!(
            !by_folder.contains_key(issue.to_lowercase().as_str()),
            "{issue} has a rule of its own"
        );
    }
}

/// Issues of whose signature something is not verified, and whose rules do not decide by
/// that: the rule's id, and what it decides by instead.
const DECIDED_OTHERWISE: [(&str, &str); 11] = [
    (
        "kb961782",
        "Settings and notes decide; the records of ports, whose channel is not verified, are circumstantial.",
    ),
    (
        "ws2025-set-switch-becomes-internal-after-reboot",
        "The start of the operating system is taken, not the one of the service.",
    ),
    (
        "saved-state-incompatible-after-move",
        "The code decides, whichever event carries it.",
    ),
    (
        "vm-compat-33012-no-ethernet-switch",
        "A note of the message number decides, and no event.",
    ),
    (
        "lm-out-of-memory-target",
        "The code decides, whichever event carries it.",
    ),
    (
        "lm-possible-owner-80071398",
        "Event 21502 with its code decides; the line of cluster.log is circumstantial.",
    ),
    (
        "lm-rtc-drift-after-migration",
        "A note of the wrong clock decides; the events of a restart are in the message tables.",
    ),
    (
        "node-quarantined",
        "The event of the quarantine decides; lines of cluster.log were seen for it.",
    ),
    (
        "csv-5120-network-codes",
        "The code of event 5120 decides; the records of SMB only support.",
    ),
    (
        "kb4462928-s2d-5120-io-timeout-then-1135",
        "Pause, removal and restart decide; the live dump only supports.",
    ),
    (
        "csv-owner-shutdown-mapdisk-2019",
        "Pause and shutdown decide; what became of guests only supports.",
    ),
];

/// What of an issue's signature the list says was not seen in a source.
fn not_verified(issue: &KnownIssue) -> Vec<String> {
    const MARKS: [&str; 5] = [
        "general knowledge",
        "paraphrased",
        "not verified",
        "not stated",
        "unknown",
    ];
    let signature = &issue.signature;
    let parts = signature.events.iter().chain(&signature.cluster_log);
    std::iter::once(&issue.confidence)
        .chain(parts.flat_map(|part| [&part.confidence, &part.id_note]))
        .flatten()
        .filter(|text| MARKS.iter().any(|mark| text.contains(mark)))
        .cloned()
        .collect()
}

#[test]
fn what_is_not_verified_is_experimental_and_says_so() {
    let rules = load::embedded().unwrap();
    let mut wrong = Vec::new();
    let mut experimental = 0;
    for rule in rules.iter() {
        let says = rule.spec.false_positives.iter().any(|text| {
            let (en, ja) = (text.en.to_lowercase(), &text.ja);
            (en.contains("unverified") || en.contains("not verified"))
                && ["未検証", "未確認", "確認されていません"]
                    .iter()
                    .any(|word| ja.contains(word))
        });
        let is = rule.spec.status == Status::Experimental;
        experimental += usize::from(is);
        if is != says {
            wrong.push(format!(
                "{}: is {:?}, and names what is not verified: {says}",
                rule.id(),
                rule.spec.status
            ));
        }
    }
    assert!(experimental > 20, "{experimental} rules are experimental");
    assert!(wrong.is_empty(), "{wrong:#?}");

    let Some(path) = common::reference("known-issues.yaml") else {
        return;
    };
    let text = std::fs::read_to_string(&path).unwrap();
    let known: KnownIssues = serde_saphyr::from_str(&text).unwrap();
    let mut otherwise: BTreeMap<&str, &str> = DECIDED_OTHERWISE.into_iter().collect();
    assert_eq!(otherwise.len(), DECIDED_OTHERWISE.len());
    for issue in &known.issues {
        let id = rule_of(issue);
        let rule = rules.get(&id).unwrap();
        let parts = not_verified(issue);
        let excused = otherwise.remove(id.as_str());
        let needs = !parts.is_empty() && rule.spec.status != Status::Experimental;
        match excused {
            None if needs => wrong.push(format!("{id}: {parts:?}")),
            Some(_) if !needs => wrong.push(format!("{id}: needs no exception")),
            Some(why) if why.split_whitespace().count() < 4 || !why.ends_with('.') => {
                wrong.push(format!("{id}: expected a sentence that says why"));
            }
            _ => {}
        }
    }
    assert!(
        wrong.is_empty() && otherwise.is_empty(),
        "{wrong:#?}, {otherwise:?}"
    );
}

#[test]
fn at_least_forty_rules_have_a_scenario() {
    let stories = stories_of_rules();
    assert!(stories.len() >= 40, "{} scenarios", stories.len());
}
