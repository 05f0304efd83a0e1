//! Rule files into rules: the ones that are built in, and folders that add to or
//! replace them. Every problem is told with its file, line and column.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::model::kind::nearest;

use super::code::Code;
use super::compile::{Compiled, compile};
use super::error::{Problem, RuleError};
use super::lint::{Context, leftovers, lint, lint_case};
use super::schema::{Place, RuleSpec};

/// A case beside a rule.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Its name, without folder and extension (`fires`).
    pub name: String,
    /// Where it was read.
    pub path: String,
    /// Its text.
    pub source: String,
}

/// A rule that can run, with the file that it came from.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The rule as written.
    pub spec: RuleSpec,
    /// Where it was read; for a built-in rule its path in the project.
    pub path: String,
    /// The file's text.
    pub source: String,
    /// The cases beside it, by name.
    pub cases: Vec<CaseFile>,
    pub(super) compiled: Compiled,
}

impl Rule {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.spec.id
    }
}

/// Rules by id.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: BTreeMap<String, Rule>,
}

impl RuleSet {
    /// All rules, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The id most like a name that no rule has: one that contains it, else one that a few
    /// keystrokes change into it.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        let ids = || self.iter().map(Rule::id);
        ids()
            .find(|id| id.contains(&name))
            .or_else(|| nearest(&name, ids().map(|id| (id, id))))
    }

    /// The rule of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Adds a rule; one of the same id is replaced.
    pub fn insert(&mut self, rule: Rule) {
        self.rules.insert(rule.spec.id.value.clone(), rule);
    }

    /// Rules that name, as less specific, a rule that does not exist.
    fn strangers(&self) -> Vec<Problem> {
        let named = self.iter().flat_map(|rule| {
            let names = rule.spec.more_specific_than.iter();
            names.map(move |name| (rule, name))
        });
        named
            .filter(|(rule, name)| self.get(name).is_none() || rule.id() == name.value)
            .map(|(rule, name)| Problem {
                code: Code::UnknownRule,
                path: rule.path.clone(),
                place: name.place,
                message: format!("expected the id of another rule, found {:?}", name.value),
                remedy: "correct the id, or remove it".to_owned(),
            })
            .collect()
    }

    /// Adds every `rule.yaml` below a folder, at most four folders deep; a rule
    /// of the same id replaces the built-in one.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of the files, or a folder that cannot be
    /// read or holds no rule, or two files in it with the same id.
    pub fn with_dir(mut self, dir: &Path) -> Result<Self, RuleError> {
        let mut problems = Vec::new();
        let mut files = Vec::new();
        find_rules(dir, 4, &mut files, &mut problems);
        files.sort();
        if files.is_empty() && problems.is_empty() {
            problems.push(whole(
                &dir.display().to_string(),
                "expected rule.yaml in this folder or below, found none".to_owned(),
                "give the folder that holds <area>/<id>/rule.yaml",
            ));
        }
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for file in files {
            match read_rule(&file, None) {
                Ok(rule) => {
                    if let Some(other) = seen.insert(rule.spec.id.value.clone(), rule.path.clone())
                    {
                        problems.push(Problem {
                            code: Code::Id,
                            path: rule.path.clone(),
                            place: rule.spec.id.place,
                            message: format!(
                                "expected an id of its own, found {:?} of {other} again",
                                rule.spec.id.value
                            ),
                            remedy: "give one of them another id".to_owned(),
                        });
                    }
                    self.insert(rule);
                }
                Err(more) => problems.extend(more),
            }
        }
        problems.extend(self.strangers());
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(RuleError { problems })
        }
    }
}

fn whole(path: &str, message: String, remedy: &str) -> Problem {
    Problem {
        code: Code::Yaml,
        path: path.to_owned(),
        place: Place::default(),
        message,
        remedy: remedy.to_owned(),
    }
}

fn find_rules(dir: &Path, depth: usize, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(whole(
                &dir.display().to_string(),
                format!("expected a folder that can be read: {error}"),
                "",
            ));
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        // A link could lead in a circle; the depth ends it.
        if path.is_dir() {
            if depth > 0 {
                find_rules(&path, depth - 1, files, problems);
            }
        } else if path.file_name().is_some_and(|n| n == "rule.yaml") {
            files.push(path);
        }
    }
}

fn read_text(path: &Path) -> Result<String, Problem> {
    let unreadable = |error: String| {
        whole(
            &path.display().to_string(),
            format!("cannot be read: {error}"),
            "",
        )
    };
    let bytes = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
    String::from_utf8(bytes)
        .map(|text| text.trim_start_matches('\u{feff}').to_owned())
        .map_err(|e| unreadable(format!("expected UTF-8, {}", e.utf8_error())))
}

/// `known`, where rules are checked and not only run, is what is known beside the file;
/// the cases and the folder above are then asked for as well.
fn read_rule(file: &Path, known: Option<&Context<'_>>) -> Result<Rule, Vec<Problem>> {
    let source = read_text(file).map_err(|p| vec![p])?;
    let folder = file.parent();
    let mut cases = Vec::new();
    if let Some(Ok(entries)) = folder.map(|f| std::fs::read_dir(f.join("cases"))) {
        for path in entries.flatten().map(|e| e.path()) {
            if path.extension().is_some_and(|e| e == "yaml") {
                cases.push(CaseFile {
                    name: path
                        .file_stem()
                        .map(|s| s.to_string_lossy().into_owned())
                        .unwrap_or_default(),
                    source: read_text(&path).map_err(|p| vec![p])?,
                    path: path.display().to_string(),
                });
            }
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    let id = folder.and_then(Path::file_name).and_then(|n| n.to_str());
    let area = folder.and_then(Path::parent).and_then(Path::file_name);
    let names: Vec<String> = cases.iter().map(|c| c.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    read(
        &file.display().to_string(),
        &source,
        cases,
        &Context {
            folder: id,
            area: area.and_then(|n| n.to_str()).filter(|_| known.is_some()),
            cases: known.map(|_| names.as_slice()),
            ..known.copied().unwrap_or_default()
        },
    )
}

/// Reads one rule file.
pub(super) fn read(
    path: &str,
    source: &str,
    cases: Vec<CaseFile>,
    context: &Context<'_>,
) -> Result<Rule, Vec<Problem>> {
    let spec: RuleSpec = parse(path, source).map_err(|p| vec![p])?;
    let problems = lint(path, &spec, context);
    if !problems.is_empty() {
        return Err(problems);
    }
    match compile(&spec) {
        Some(compiled) => Ok(Rule {
            spec,
            path: path.to_owned(),
            source: source.to_owned(),
            cases,
            compiled,
        }),
        None => Err(vec![whole(
            path,
            "names a step, version or expression that does not exist".to_owned(),
            "",
        )]),
    }
}

/// YAML into a value, with the place of what does not fit.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    path: &str,
    source: &str,
) -> Result<T, Problem> {
    serde_saphyr::from_str(source).map_err(|error| {
        let place = error
            .location()
            .map(|at| Place {
                line: at.line(),
                column: at.column(),
            })
            .unwrap_or_default();
        let told = error.without_snippet().to_string();
        // The place stands in front already.
        let message = told
            .split(" at line ")
            .next()
            .unwrap_or(&told)
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches(':')
            .to_owned();
        let remedy = if message.contains("unknown field") {
            "correct the key, or remove it"
        } else if message.contains("missing field") {
            "add the key"
        } else {
            "write the value as rule.schema.json, or case.schema.json for a case, describes it"
        };
        Problem {
            code: Code::Yaml,
            path: path.to_owned(),
            place,
            message,
            remedy: remedy.to_owned(),
        }
    })
}

/// Area, id, rule text, and the cases with their texts.
type BuiltIn = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

// Every rule folder, listed by build.rs.
include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The rules that are built in.
///
/// # Errors
///
/// A built-in rule that does not pass the checks; the project's tests keep this
/// from happening.
pub fn embedded() -> Result<RuleSet, RuleError> {
    let mut set = RuleSet::default();
    let mut problems = Vec::new();
    let one = |(area, id, source, cases): &BuiltIn| {
        let folder = format!("rules/{area}/{id}");
        let files: Vec<CaseFile> = cases
            .iter()
            .map(|(name, text)| CaseFile {
                name: (*name).to_owned(),
                path: format!("{folder}/cases/{name}.yaml"),
                source: (*text).to_owned(),
            })
            .collect();
        let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
        let context = Context {
            folder: Some(id),
            area: Some(area),
            cases: Some(&names),
            ..Context::default()
        };
        read(&format!("{folder}/rule.yaml"), source, files, &context)
    };
    let read: Vec<_> = BUILT_IN.par_iter().map(one).collect();
    for rule in read {
        match rule {
            Ok(rule) => set.insert(rule),
            Err(more) => problems.extend(more),
        }
    }
    problems.extend(set.strangers());
    if problems.is_empty() {
        Ok(set)
    } else {
        Err(RuleError { problems })
    }
}

/// The rules of a folder alone. What they call less specific may be built in.
///
/// # Errors
///
/// As [`RuleSet::with_dir`].
pub fn only_dir(dir: &Path) -> Result<RuleSet, RuleError> {
    let all = embedded()?.with_dir(dir)?;
    let mut files = Vec::new();
    find_rules(dir, 4, &mut files, &mut Vec::new());
    let paths: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
    let mut set = RuleSet::default();
    for rule in all.iter().filter(|r| paths.contains(&r.path)) {
        set.insert(rule.clone());
    }
    Ok(set)
}

/// Checks every rule below a folder, each with its cases, as the project checks its
/// own: how many there are, and what is wrong with them. `known` names the classes of
/// exported objects that are read and the values that events have; a rule that asks for
/// another one would run, and never be answered.
#[must_use]
pub fn lint_dir(dir: &Path, known: &Context<'_>) -> (usize, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    find_rules(dir, 4, &mut files, &mut problems);
    files.sort();
    for file in &files {
        match read_rule(file, Some(known)) {
            Ok(rule) => {
                problems.extend(leftovers(&rule.path, &rule.source));
                for case in &rule.cases {
                    problems.extend(leftovers(&case.path, &case.source));
                    problems.extend(lint_case(&case.path, &case.source, known));
                }
            }
            Err(more) => problems.extend(more),
        }
    }
    (files.len(), problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
    }

    /// A scenario beside a rule, or what people tell of it: both are for tests only.
    fn is_story(path: &Path) -> bool {
        let name = path.file_name().unwrap();
        (name == "scenario.yaml" || name == "scenario.notes.yaml")
            && path.with_file_name("rule.yaml").is_file()
    }

    #[test]
    fn what_is_built_in_is_what_the_folder_holds() {
        let listed: BTreeSet<String> = BUILT_IN
            .iter()
            .flat_map(|(area, id, _, cases)| {
                let folder = format!("{area}/{id}");
                std::iter::once(format!("{folder}/rule.yaml")).chain(
                    cases
                        .iter()
                        .map(move |(name, _)| format!("{folder}/cases/{name}.yaml")),
                )
            })
            .collect();
        let mut found = BTreeSet::new();
        let mut folders = vec![root()];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder)
                .unwrap()
                .map(|e| e.unwrap().path())
            {
                if path.is_dir() {
                    if path != root().join("events") {
                        folders.push(path);
                    }
                } else if path.extension().is_some_and(|e| e == "yaml") && !is_story(&path) {
                    let below = path.strip_prefix(root()).unwrap();
                    found.insert(below.to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        let apart: Vec<&String> = listed.symmetric_difference(&found).collect();
        assert!(apart.is_empty(), "only built in, or only there: {apart:#?}");
    }

    #[test]
    fn a_folder_replaces_and_adds() {
        let built_in = embedded().unwrap();
        let all = built_in.clone().with_dir(&root()).unwrap();
        assert_eq!(all.len(), built_in.len());
        assert!(all.get("kb961782").unwrap().path.contains("rule.yaml"));
        assert_ne!(
            all.get("kb961782").unwrap().path,
            built_in.get("kb961782").unwrap().path
        );

        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("site/my-rule");
        std::fs::create_dir_all(&site).unwrap();
        let text = super::super::lint::tests::GOOD.replace("good-rule", "my-rule");
        std::fs::write(site.join("rule.yaml"), &text).unwrap();
        let more = built_in.clone().with_dir(dir.path()).unwrap();
        assert_eq!(more.len(), built_in.len() + 1);

        let specific = |id: &str| {
            text.replace(
                "entity: vm\n",
                &format!("entity: vm\nmore_specific_than: [{id}]\n"),
            )
        };
        std::fs::write(site.join("rule.yaml"), specific("kb961782")).unwrap();
        assert!(built_in.clone().with_dir(dir.path()).is_ok());
        for stranger in ["my-rule", "no-such-rule"] {
            std::fs::write(site.join("rule.yaml"), specific(stranger)).unwrap();
            let error = built_in.clone().with_dir(dir.path()).unwrap_err();
            assert_eq!(error.problems[0].code, Code::UnknownRule);
            assert_eq!(
                error.problems[0].place,
                Place {
                    line: 9,
                    column: 22
                }
            );
        }
        std::fs::write(site.join("rule.yaml"), &text).unwrap();

        // The same id twice below one folder is a mistake, not a choice.
        let twin = dir.path().join("other/my-rule");
        std::fs::create_dir_all(&twin).unwrap();
        std::fs::write(twin.join("rule.yaml"), &text).unwrap();
        let error = built_in.clone().with_dir(dir.path()).unwrap_err();
        assert_eq!(error.problems.len(), 1);
        assert_eq!(error.problems[0].place, Place { line: 1, column: 5 });

        let empty = tempfile::tempdir().unwrap();
        assert!(built_in.clone().with_dir(empty.path()).is_err());
        assert!(built_in.with_dir(&empty.path().join("none")).is_err());
    }

    #[test]
    fn mistakes_in_the_yaml_are_told_with_their_place() {
        let good = super::super::lint::tests::GOOD;
        let mut wrong = Vec::new();
        for (from, to, line, column, told) in [
            ("severity: error", "severty: error", 6, 1, "severty"),
            ("severity: error", "severity: bad", 6, 11, "bad"),
            (
                "kind: vm.settings_changed",
                "kind: vm.settings_change",
                15,
                15,
                "did you mean",
            ),
            ("within: 24h", "within: 24 hours", 23, 13, "24 hours"),
            ("  - id: effect", "  - idd: effect", 18, 5, "idd"),
            ("area: vm-config", "area: [vm-config", 5, 7, "string"),
            ("entity: vm\n", "entity: vm\nentity: vm\n", 9, 1, "entity"),
        ] {
            assert!(good.contains(from), "{from}");
            let problem =
                parse::<RuleSpec>("x/rule.yaml", &good.replacen(from, to, 1)).unwrap_err();
            let shown = problem.to_string();
            let place = format!("x/rule.yaml:{line}:{column}: VR001: ");
            if !shown.starts_with(&place) || !shown.contains(told) || problem.remedy.is_empty() {
                wrong.push(format!("{place} … {told}: {shown}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
