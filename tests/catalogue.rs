//! `rules/README.md` says what the rules and the dictionary say; `UPDATE=1` rewrites it.
//! The cases beside the rules take for logged what the dictionary says is logged, and for
//! exported what is read of exports.

mod common;

use std::collections::BTreeSet;

use vmtrail::model::EventKind;
use vmtrail::model::inventory::ExportedClass;
use vmtrail::normalize::Dictionary;
use vmtrail::readers::inventory::exported_classes;
use vmtrail::rules::fixture::{Case, CaseOrigin};
use vmtrail::rules::lint::{self, Context};
use vmtrail::rules::{self, Vocabulary};

#[test]
fn the_catalogue_is_current() {
    let carriers = Dictionary::embedded().unwrap().carriers();
    let text = rules::catalogue(&rules::load::embedded().unwrap(), &carriers);
    let path = common::project("rules/README.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == text,
        "{} is stale: run the tests with UPDATE=1",
        path.display()
    );
}

/// Cases beside rules take it that a kind is logged; where the dictionary knows no log of
/// it, a case would prove what no real bundle can show.
#[test]
fn cases_take_for_logged_what_is_logged() {
    let carriers = Dictionary::embedded().unwrap().carriers();
    let wrong: Vec<(&str, &[&str])> = EventKind::ALL
        .iter()
        .filter(|kind| !kind.name().starts_with("trail."))
        .map(|kind| (*kind, rules::fixture::carriers(*kind)))
        .filter(|(kind, taken)| taken.is_empty() == carriers.contains_key(kind))
        .map(|(kind, taken)| (kind.name(), taken))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What no log tells at all, no case may read from a log.
#[test]
fn cases_read_from_logs_what_logs_tell() {
    let dictionary = Dictionary::embedded().unwrap();
    let mut told: BTreeSet<EventKind> = dictionary.entries().iter().map(|e| e.kind).collect();
    told.extend(dictionary.patterns().iter().map(|p| p.kind));
    let mut wrong = Vec::new();
    let mut read = 0;
    for rule in rules::load::embedded().unwrap().iter() {
        for file in &rule.cases {
            let case: Case = serde_saphyr::from_str(&file.source).unwrap();
            for event in &case.events {
                let logged = match event.origin {
                    None => !event.kind.name().starts_with("trail."),
                    Some(origin) => {
                        matches!(origin, CaseOrigin::EventLog | CaseOrigin::ClusterLog)
                    }
                };
                read += usize::from(logged);
                if logged && !told.contains(&event.kind) {
                    wrong.push(format!("{}: {}", file.path, event.kind.name()));
                }
            }
        }
    }
    assert!(read > 1_000, "{read} events read from logs");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rules_and_cases_ask_of_events_and_exports_what_is_read() {
    let exports: Vec<ExportedClass> = exported_classes().collect();
    let dictionary = Dictionary::embedded().unwrap();
    let vocabulary = Vocabulary::new(dictionary.fields(), dictionary.records());
    let context = Context {
        exports: Some(&exports),
        vocabulary: Some(&vocabulary),
        ..Context::default()
    };
    let mut wrong = Vec::new();
    let mut held = 0;
    for rule in rules::load::embedded().unwrap().iter() {
        let problems = lint::lint(&rule.path, &rule.spec, &context);
        wrong.extend(problems.iter().map(ToString::to_string));
        for file in &rule.cases {
            let problems = lint::lint_case(&file.path, &file.source, &context);
            wrong.extend(problems.iter().map(ToString::to_string));
            let case: Case = serde_saphyr::from_str(&file.source).unwrap();
            for object in &case.held.objects {
                held += 1;
                let class = exports.iter().find(|c| c.name == object.class);
                for name in object.properties.keys() {
                    if !class.is_some_and(|c| c.properties.contains(&name.as_str())) {
                        wrong.push(format!("{}: {} {name}", file.path, object.class));
                    }
                }
            }
        }
    }
    assert!(held > 20, "{held} objects held");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
