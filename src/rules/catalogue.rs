//! The list of built-in rules for readers, as Markdown. It is generated, and a
//! test holds the checked-in file to it.

use std::fmt::Write;

use super::load::RuleSet;
use super::needs::{Carriers, needs};
use super::schema::{BuildRange, RuleSpec};

/// `rules/README.md`: every rule with its versions, evidence and references. Where each
/// kind is written the dictionary tells.
#[must_use]
pub fn catalogue(rules: &RuleSet, carriers: &Carriers) -> String {
    let mut text = String::from(
        "# Rules\n\n\
         Generated from the rule files; edit those, then run the tests with `UPDATE=1`.\n\n\
         **Evidence** is what a verdict rests on: events of logs, codes in them, absence of \
         what would have been seen, states that the timeline rebuilds, inventory that was \
         exported, notes of what no log carries. **Best verdict** is the surest one that \
         this evidence allows.\n\n\
         | id | title | area | severity | status | Windows | evidence | best verdict |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for rule in rules.iter() {
        let spec = &rule.spec;
        let _ = writeln!(
            text,
            "| [{id}]({area}/{id}/rule.yaml) | {title} | {area} | {severity}{benign} | {status} | {versions} | {evidence} | {best} |",
            id = rule.id(),
            title = cell(&spec.title.en),
            area = spec.area.value,
            severity = spec.severity.name(),
            benign = if spec.benign { " (benign)" } else { "" },
            status = spec.status.name(),
            versions = versions(spec),
            evidence = needs(spec, carriers).evidence.join(", "),
            best = spec.best_verdict.name(),
        );
    }
    for rule in rules.iter() {
        let spec = &rule.spec;
        let _ = writeln!(
            text,
            "\n## {}\n\n{}\n\n{}\n\n{}\n\nSteps:\n",
            rule.id(),
            spec.title.en.trim(),
            spec.title.ja.trim(),
            spec.cause.en.trim()
        );
        for step in &spec.steps {
            let role = if step.absent {
                "must be absent"
            } else {
                match step.role {
                    super::schema::Role::Required => "required",
                    super::schema::Role::Supporting => "supporting",
                    super::schema::Role::Contradicting => "rules out",
                }
            };
            let kinds: Vec<String> = step
                .any
                .iter()
                .flat_map(|w| w.all_kinds().map(|k| format!("`{k}`")))
                .collect();
            let kinds = match kinds.is_empty() {
                true => String::new(),
                false => format!(" — {}", kinds.join(", ")),
            };
            let _ = writeln!(
                text,
                "- **{}** ({role}): {}{kinds}",
                step.id.value,
                step.what.en.trim(),
            );
        }
        let needs = needs(spec, carriers);
        let logs = needs.logs.iter().map(|log| format!("`{log}`"));
        let exports = needs.inventory.iter().cloned();
        let notes = needs
            .notes
            .then(|| "notes, or exports that differ".to_owned());
        let all: Vec<String> = logs.chain(exports).chain(notes).collect();
        let _ = writeln!(text, "\nNeeds: {}", all.join(", "));
        text.push_str("\nReferences:\n\n");
        for reference in &spec.references {
            let _ = writeln!(text, "- {}", reference.trim());
        }
    }
    text
}

fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|")
}

fn versions(spec: &RuleSpec) -> String {
    let named = spec.applies_to.versions.iter().map(|v| v.value.clone());
    let builds = spec.applies_to.builds.iter().map(|b| range(b));
    let all: Vec<String> = named.chain(builds).collect();
    if all.is_empty() {
        "all".to_owned()
    } else {
        all.join(", ")
    }
}

fn range(builds: &BuildRange) -> String {
    match (builds.min, builds.max) {
        (Some(min), Some(max)) => format!("builds {min}–{max}"),
        (Some(min), None) => format!("builds from {min}"),
        (None, Some(max)) => format!("builds to {max}"),
        (None, None) => "all".to_owned(),
    }
}
