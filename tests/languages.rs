//! A Japanese report is Japanese: no sentence of the English one stands in it. What is
//! quoted from logs, notes and rules' references may be of any language.

mod common;

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;
use vmtrail::analysis::{Side, compare};
use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::text::Lang;
use vmtrail::normalize::Dictionary;
use vmtrail::report::{self, chart, document};
use vmtrail::rules;
use vmtrail::timeline::Timeline;

fn timeline(sample: &str) -> Timeline {
    let path = common::project(&format!("samples/{sample}.zip"));
    let notes = path.with_extension("notes.yaml");
    let options = Options {
        notes: notes.is_file().then_some(notes).into_iter().collect(),
        ..Options::default()
    };
    let dictionary = Dictionary::embedded().unwrap();
    Timeline::build(gather(&[path], &options, &dictionary, &Silent).unwrap())
}

/// All texts in a value.
fn texts(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            out.extend(text.lines().map(|l| l.trim().to_owned()));
        }
        Value::Array(all) => all.iter().for_each(|v| texts(v, out)),
        // What a record says itself is quoted as it is.
        Value::Object(all) => (all.iter())
            .filter(|(name, _)| *name != "quote" && *name != "message")
            .for_each(|(_, v)| texts(v, out)),
        _ => {}
    }
}

fn said(value: &impl serde::Serialize) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    texts(&serde_json::to_value(value).unwrap(), &mut all);
    all
}

/// Texts of pictures.
fn pictured(
    timeline: &Timeline,
    verdicts: &rules::verdict::Verdicts,
    lang: Lang,
) -> BTreeSet<String> {
    let charts = chart::charts(timeline, verdicts, &report::Options::new(lang)).unwrap();
    let text = Regex::new("<(?:text|title|desc)[^>]*>([^<]+)<").unwrap();
    charts
        .iter()
        .flat_map(|c| {
            text.captures_iter(&c.svg)
                .map(|t| t[1].trim().to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn no_english_sentence_is_left_in_a_japanese_report() {
    // Three words with a small letter in a row: names and terms have none.
    let sentence = Regex::new(r"(^|[\s(])[a-z]+ [a-z]+ [a-z]+([\s.,:;)]|$)").unwrap();
    let rules = rules::load::embedded().unwrap();
    let mut left = BTreeSet::new();
    let mut compared: Option<Timeline> = None;
    for sample in [
        "vlan-reverts-2008r2",
        "vlan-unproven-2016",
        "node-crash-2019",
        "planned-maintenance-2016",
    ] {
        let timeline = timeline(sample);
        let verdicts = rules::engine::run(&rules, &timeline);
        let page = |lang| document(&timeline, &verdicts, &report::Options::new(lang));
        let (en, ja) = (said(&page(Lang::En)), said(&page(Lang::Ja)));
        assert!(
            en.iter().any(|t| sentence.is_match(t)),
            "the check sees English"
        );
        // What people wrote and what rules refer to is the same in both.
        let quoted: Vec<&str> = (timeline.events.iter())
            .flat_map(|e| e.fields.iter().map(|(_, value)| value))
            .collect();
        // So is what a record says itself, which is in the language of the machine.
        let messages: BTreeSet<&str> = (timeline.events.iter())
            .filter_map(|e| e.message.as_deref())
            .collect();
        // Details of what could not be read are said where it was read, in English; their
        // kinds are in the language of the report.
        let details: BTreeSet<String> = timeline.diagnostics.iter().map(|d| d.message).collect();
        let of_rules: BTreeSet<String> = (verdicts.rules.values())
            .flat_map(|r| r.references.clone())
            .collect();
        let allowed = |t: &str| {
            of_rules.contains(t)
                || details.contains(t)
                || messages.iter().any(|m| m.contains(t))
                || quoted.iter().any(|q| q.len() > 8 && t.contains(q))
        };
        left.extend(
            ja.into_iter()
                .filter(|t| sentence.is_match(t) && !allowed(t)),
        );

        let (en, ja) = [Lang::En, Lang::Ja]
            .map(|l| pictured(&timeline, &verdicts, l))
            .into();
        assert!(!en.is_empty());
        left.extend(ja.into_iter().filter(|t| sentence.is_match(t)));

        if let Some(before) = &compared {
            let side = |timeline| Side {
                timeline,
                until: None,
            };
            let comparison = compare(side(before), side(&timeline));
            let page =
                |lang| report::compare::page(&comparison, ["a", "b"], &report::Options::new(lang));
            left.extend(
                said(&page(Lang::Ja))
                    .into_iter()
                    .filter(|t| sentence.is_match(t)),
            );
        }
        compared = Some(timeline);
    }
    assert!(left.is_empty(), "{left:#?}");
}

/// Headings by level, code that is not output, tables by their rows, pictures and links.
fn outline(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut code: Option<String> = None;
    let link = Regex::new(r"\]\(([^)]+)\)").unwrap();
    for line in text.lines() {
        match &code {
            Some(kind) => {
                if line == "```" {
                    code = None;
                } else if kind != "text" {
                    out.push(line.to_owned());
                }
                continue;
            }
            None if line.starts_with("```") => {
                out.push(line.to_owned());
                code = Some(line.trim_start_matches('`').to_owned());
                continue;
            }
            None => {}
        }
        if line.starts_with('#') {
            out.push(line.split(' ').next().unwrap().to_owned());
        } else if line.starts_with('|') {
            let first = line.split('|').nth(1).unwrap().trim();
            let name = first.starts_with('`').then_some(first);
            out.push(format!("| {}", name.unwrap_or_default()));
        }
        let links = link.captures_iter(line).map(|l| l[1].to_owned());
        out.extend(links.filter(|l| !l.starts_with("README")));
    }
    out
}

#[test]
fn the_readme_has_its_twin() {
    let read = |name| std::fs::read_to_string(common::project(name)).unwrap();
    let (en, ja) = (read("README.md"), read("README.ja.md"));
    assert_eq!(outline(&en), outline(&ja));
    assert!(en.contains("(README.ja.md)") && ja.contains("(README.md)"));
    for code in [
        "--redact-key FILE",
        "vmtrail compare",
        "bundle.notes.yaml",
        "RAYON_NUM_THREADS",
    ] {
        assert!(en.contains(code) && ja.contains(code), "{code}");
    }
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    let dir = tempfile::tempdir().unwrap();
    for (lang, name) in [("en", "README.md"), ("ja", "README.ja.md")] {
        let sample = |name: &str| {
            let path = common::project(&format!("samples/{name}"));
            path.to_string_lossy().into_owned()
        };
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_vmtrail"))
            .args([
                "analyze",
                &sample("vlan-reverts-2008r2.zip"),
                "--tz",
                "Asia/Tokyo",
            ])
            .args([
                "--notes",
                &sample("vlan-reverts-2008r2.notes.yaml"),
                "--lang",
                lang,
            ])
            .current_dir(dir.path())
            .env("COLUMNS", "100")
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let readme = std::fs::read_to_string(common::project(name)).unwrap();
        assert!(
            readme.contains(&format!("```text\n{printed}```")),
            "{name} shows another text than:\n{printed}"
        );
    }
}
