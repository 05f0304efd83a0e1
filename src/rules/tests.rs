//! The built-in rules: their cases, their catalogue and schema, what breaking
//! them does, and that the order of input changes nothing.

use std::path::Path;

use super::fixture::{self, Case};
use super::load::{Rule, RuleSet, embedded, parse};

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
fn the_catalogue_is_current() {
    is_current("rules/README.md", &super::catalogue(&rules()));
}

#[test]
fn the_schema_is_current() {
    is_current("rules/rule.schema.json", &super::schema::json_schema());
}
