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
        // Details of what could not be read are said where it was read, in English; their
        // kinds are in the language of the report.
        let details: BTreeSet<String> = timeline.diagnostics.iter().map(|d| d.message).collect();
        let of_rules: BTreeSet<String> = (verdicts.rules.values())
            .flat_map(|r| r.references.clone())
            .collect();
        let allowed = |t: &str| {
            of_rules.contains(t)
                || details.contains(t)
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
