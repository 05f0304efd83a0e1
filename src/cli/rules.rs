//! `vmtrail rules`: list, show, check, test, begin and explain rules.

use std::fmt::Write;
use std::path::Path;

use vmtrail::model::kind::EventKind;
use vmtrail::readers::inventory::exported_classes;
use vmtrail::report::plain::visible;
use vmtrail::report::text::listing;
use vmtrail::rules::code::Code;
use vmtrail::rules::lint::{self, Context};
use vmtrail::rules::needs::needs;
use vmtrail::rules::{self, Rule, RuleSet, Vocabulary};

use super::args::{RulesArgs, RulesCommand};
use super::{CannotRun, Outcome, Result, print, settings};

/// What a rule needs, as comments behind its text, which stays a rule file.
fn needs_of(rule: &Rule) -> Result<String> {
    let needs = needs(&rule.spec, &super::input::dictionary(None)?.carriers());
    let mut text = format!("\n# rests on: {}\n", needs.evidence.join(", "));
    for log in &needs.logs {
        let _ = writeln!(text, "# needs log: {log}");
    }
    for export in &needs.inventory {
        let _ = writeln!(text, "# needs export: {export}");
    }
    if needs.notes {
        text.push_str("# needs a note, or exports that differ, for what no log carries\n");
    }
    Ok(text)
}

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
            let rows: Vec<[String; 4]> = rules
                .iter()
                .map(|rule| {
                    let spec = &rule.spec;
                    [
                        rule.id().to_owned(),
                        spec.severity.name().to_owned(),
                        spec.status.name().to_owned(),
                        spec.title.get(lang).to_owned(),
                    ]
                })
                .collect();
            let text = match super::reader() {
                Some(terminal) => listing(["rule", "severity", "status", "title"], &rows, terminal),
                None => in_columns(&rows),
            };
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
            let rule = find(&rules, &id)?;
            print(&(rule.source.trim_end().to_owned() + "\n" + &needs_of(rule)?))?;
            Ok(Outcome::Done)
        }
        RulesCommand::Test {
            ids,
            only,
            mutate,
            source,
        } => {
            let dir = source.rules.as_deref();
            let rules = match dir.filter(|_| only) {
                Some(dir) => rules::load::only_dir(dir)?,
                None => load(dir)?,
            };
            for id in &ids {
                find(&rules, id)?;
            }
            test(&rules, &ids, mutate)
        }
        RulesCommand::Lint { codes: true, .. } => {
            let lines = Code::ALL
                .iter()
                .map(|c| format!("{}  {}\n", c.name(), c.means()));
            print(&lines.collect::<String>())?;
            Ok(Outcome::Done)
        }
        RulesCommand::Lint {
            dir,
            rules,
            dictionary,
            ..
        } => check(dir.or(rules).as_deref(), dictionary.as_deref()),
        RulesCommand::New { name, dir } => new(&name, &dir),
        RulesCommand::Explain {
            id,
            input,
            rules: dir,
        } => {
            // A mistake in the name should not cost a long read.
            let rules = load(dir.as_deref())?;
            let rule = find(&rules, &id)?;
            let input = super::input::read(&input)?;
            let text = rules::explain::explain(rule, &input.timeline, input.lang);
            print(&visible(&text))?;
            Ok(Outcome::Done)
        }
    }
}

/// One line a rule, without heads, for what reads a pipe.
fn in_columns(rows: &[[String; 4]]) -> String {
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    let line = |[id, severity, status, title]: &[String; 4]| {
        format!("{id:<width$}  {severity:<8}  {status:<12}  {title}\n")
    };
    rows.iter().map(line).collect()
}

fn find<'r>(rules: &'r RuleSet, id: &str) -> Result<&'r Rule> {
    rules.get(id).ok_or_else(|| {
        let nearest = rules.nearest(id);
        let meant = nearest.map_or_else(String::new, |id| format!("; did you mean {id:?}"));
        let turned = match Path::new(id).exists() {
            true => "; the rule's id stands before the path of the logs",
            false => "",
        };
        CannotRun(format!(
            "no rule {id:?}{meant}{turned}; `vmtrail rules list` prints all"
        ))
    })
}

fn check(dir: Option<&Path>, dictionary: Option<&Path>) -> Result {
    let exports: Vec<_> = exported_classes().collect();
    let dictionary = super::input::dictionary(dictionary)?;
    let vocabulary = Vocabulary::new(dictionary.fields(), dictionary.records());
    let context = Context {
        exports: Some(&exports),
        vocabulary: Some(&vocabulary),
        ..Context::default()
    };
    let (count, problems) = match dir {
        Some(dir) => rules::load::lint_dir(dir, &context),
        None => match rules::load::embedded() {
            Ok(rules) => {
                // All else was checked when they were read.
                let problems = rules.iter().flat_map(|r| {
                    let mut problems = lint::lint(&r.path, &r.spec, &context);
                    problems.extend(lint::leftovers(&r.path, &r.source));
                    for case in &r.cases {
                        problems.extend(lint::leftovers(&case.path, &case.source));
                        problems.extend(lint::lint_case(&case.path, &case.source, &context));
                    }
                    problems
                });
                (rules.len(), problems.collect())
            }
            Err(error) => (0, error.problems),
        },
    };
    if count == 0 && problems.is_empty() {
        return Err(CannotRun(
            "expected a folder that holds rule.yaml, or one above, found none".to_owned(),
        ));
    }
    let mut text = String::new();
    for problem in &problems {
        let _ = writeln!(text, "{problem}");
    }
    let _ = writeln!(text, "{count} rules, {} problems", problems.len());
    print(&visible(&text))?;
    Ok(if problems.is_empty() {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}

fn new(name: &str, dir: &Path) -> Result {
    let word = |w: &str| {
        !w.is_empty()
            && w.split('-').all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            })
    };
    let (area, id) = name
        .split_once('/')
        .filter(|(area, id)| word(area) && word(id))
        .ok_or_else(|| {
            CannotRun(format!(
                "expected AREA/ID in lower-case words joined by '-', found {name:?}"
            ))
        })?;
    let folder = dir.join(area).join(id);
    if folder.exists() {
        return Err(CannotRun(format!(
            "{} is there already; nothing was written",
            folder.display()
        )));
    }
    let mut text = String::new();
    let schemas = rules::new::schemas().into_iter();
    let missing = schemas.filter(|(name, _)| !dir.join(name).exists());
    let files = missing.map(|(name, content)| (name.to_owned(), content));
    for (path, content) in files.chain(rules::new::skeleton(area, id)) {
        let path = dir.join(path);
        let written = match path.parent() {
            Some(parent) => std::fs::create_dir_all(parent),
            None => Ok(()),
        };
        written
            .and_then(|()| std::fs::write(&path, content))
            .map_err(|e| CannotRun(format!("cannot write {}: {e}", path.display())))?;
        let _ = writeln!(text, "{}", path.display());
    }
    print(&visible(&text))?;
    Ok(Outcome::Done)
}

fn test(rules: &RuleSet, ids: &[String], mutate: bool) -> Result {
    let chosen: Vec<&Rule> = rules
        .iter()
        .filter(|r| ids.is_empty() || ids.iter().any(|id| id == r.id()))
        .collect();
    let mut text = String::new();
    let (mut cases, mut failed, mut unnoticed, mut tried) = (0, 0, 0, 0);
    for rule in &chosen {
        for result in rules::fixture::test(rule) {
            cases += 1;
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
        if mutate {
            let mutation = rules::mutate::mutate(rule);
            tried += mutation.tried;
            if !mutation.failing.is_empty() {
                let _ = writeln!(
                    text,
                    "     {}: no changes tried until these cases pass: {}",
                    rule.id(),
                    mutation.failing.join(", ")
                );
            }
            for what in mutation.unnoticed {
                unnoticed += 1;
                let _ = writeln!(text, "FAIL {}: no case notices: {what}", rule.id());
            }
        }
    }
    let _ = write!(
        text,
        "{} rules, {cases} cases, {failed} failed",
        chosen.len()
    );
    if mutate {
        let _ = write!(
            text,
            ", {tried} changes tried, {unnoticed} unnoticed\nnever tried: {}",
            rules::mutate::NEVER_TRIED
        );
    }
    text.push('\n');
    print(&visible(&text))?;
    Ok(if failed + unnoticed == 0 {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}
