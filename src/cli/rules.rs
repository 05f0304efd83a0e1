//! `vmtrail rules`: list, show and test the rules.

use std::fmt::Write;
use std::path::Path;

use vmtrail::model::kind::EventKind;
use vmtrail::rules::{self, RuleSet};

use super::args::{RulesArgs, RulesCommand};
use super::{CannotRun, Outcome, Result, print, settings};

/// The built-in rules, with those of a directory added or replacing them.
pub fn load(dir: Option<&Path>) -> Result<RuleSet> {
    let rules = rules::load::embedded()?;
    Ok(match dir {
        Some(dir) => rules.with_dir(dir)?,
        None => rules,
    })
}

pub fn run(args: RulesArgs) -> Result {
    match args.command {
        RulesCommand::List(source) => {
            let lang = settings::language(source.lang);
            let rules = load(source.rules.as_deref())?;
            let width = rules.iter().map(|r| r.id().len()).max().unwrap_or(0);
            let mut text = String::new();
            for rule in rules.iter() {
                let spec = &rule.spec;
                let _ = writeln!(
                    text,
                    "{:<width$}  {:<8}  {:<12}  {}",
                    rule.id(),
                    spec.severity.name(),
                    spec.status.name(),
                    spec.title.get(lang),
                );
            }
            print(&text)?;
            Ok(Outcome::Done)
        }
        RulesCommand::Kinds => {
            let names: Vec<&str> = EventKind::ALL.iter().map(|k| k.name()).collect();
            print(&(names.join("\n") + "\n"))?;
            Ok(Outcome::Done)
        }
        RulesCommand::Show { id, source } => {
            let rules = load(source.rules.as_deref())?;
            let rule = rules.get(&id).ok_or_else(|| {
                let known: Vec<&str> = rules.iter().map(|r| r.id()).collect();
                CannotRun(format!("no rule {id:?}; there are {}", known.join(", ")))
            })?;
            print(&rule.source)?;
            Ok(Outcome::Done)
        }
        RulesCommand::Test(source) => test(&load(source.rules.as_deref())?),
    }
}

fn test(rules: &RuleSet) -> Result {
    let results = rules::fixture::test_all(rules);
    let mut text = String::new();
    let mut failed = 0;
    for result in &results {
        let mark = if result.passed() { "ok  " } else { "FAIL" };
        let _ = writeln!(text, "{mark} {} / {}", result.rule, result.case);
        if !result.passed() {
            failed += 1;
            let _ = writeln!(text, "     {}", result.path);
            for failure in &result.failures {
                let _ = writeln!(text, "     {failure}");
            }
        }
    }
    let _ = writeln!(
        text,
        "{} rules, {} cases, {failed} failed",
        rules.len(),
        results.len()
    );
    print(&text)?;
    Ok(if failed == 0 {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}
