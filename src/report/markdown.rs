//! `report.md`: the document for tickets and wikis (GitHub's Markdown). Charts
//! are linked as files beside it.
//!
//! Text is never markup: every character that could begin any is escaped.

use std::fmt::Write as _;

use super::document::{Block, Card, ColumnKind, Document, Labels, Page, Points, Section, Table};

/// The whole document.
#[must_use]
pub fn render(document: &Document) -> String {
    let labels = &document.labels;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# {}: {}\n",
        escape(&document.title),
        escape(&document.subject)
    );
    let _ = writeln!(out, "{}\n", escape(&document.zone));
    heading(&mut out, labels.what_happened);
    for statement in &document.headline {
        let _ = writeln!(
            out,
            "- {} **\\[{}\\]**",
            escape(&statement.text),
            escape(&statement.how_sure)
        );
    }
    out.push('\n');
    for fact in &document.facts {
        let _ = writeln!(out, "- {}: {}", escape(&fact.label), escape(&fact.value));
    }
    out.push('\n');

    heading(&mut out, labels.verdicts);
    if document.groups.is_empty() {
        let _ = writeln!(out, "{}\n", escape(labels.no_verdicts));
    }
    for group in &document.groups {
        let benign = if group.benign {
            format!(" ({})", escape(labels.benign))
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "- **{}**{benign} — {} ({})",
            escape(&group.verdict_text),
            escape(&group.title),
            escape(&group.rule)
        );
        for member in &group.members {
            let _ = writeln!(
                out,
                "  - **{}**: {}",
                escape(&member.subject),
                escape(&member.why)
            );
        }
        if let Some(more) = &group.more {
            let _ = writeln!(out, "  - {}", escape(more));
        }
    }
    out.push('\n');
    if let Some(more) = &document.more_groups {
        let _ = writeln!(out, "{}\n", escape(more));
    }
    heading(&mut out, labels.down);
    if document.down.rows.is_empty() {
        let _ = writeln!(out, "{}\n", escape(labels.none_down));
    } else {
        table(&mut out, &document.down);
    }
    heading(&mut out, labels.to_do);
    points(&mut out, &document.actions, true, labels.nothing_to_do);
    heading(&mut out, labels.missing);
    points(&mut out, &document.missing, false, labels.nothing_missing);

    sections(&mut out, &document.sections, labels);
    let _ = writeln!(out, "---\n\n{}", escape(labels.made_by));
    out
}

/// Sections without a first screen.
#[must_use]
pub fn page(page: &Page) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", escape(&page.title));
    let _ = writeln!(out, "{}\n", escape(&page.zone));
    sections(&mut out, &page.sections, &page.labels);
    out
}

fn sections(out: &mut String, sections: &[Section], labels: &Labels) {
    for section in sections {
        heading(out, &section.title);
        if let Some(lead) = &section.lead {
            let _ = writeln!(out, "{}\n", escape(lead));
        }
        for part in &section.blocks {
            block(out, labels, part);
        }
    }
}

fn heading(out: &mut String, text: &str) {
    let _ = writeln!(out, "## {}\n", escape(text));
}

fn points(out: &mut String, points: &Points, ordered: bool, none: &str) {
    list(out, &points.items, ordered, none);
    if let Some(more) = &points.more {
        let _ = writeln!(out, "{}\n", escape(more));
    }
}

fn list(out: &mut String, items: &[String], ordered: bool, none: &str) {
    if items.is_empty() {
        let _ = writeln!(out, "{}\n", escape(none));
        return;
    }
    for (n, item) in items.iter().enumerate() {
        let _ = match ordered {
            true => writeln!(out, "{}. {}", n + 1, escape(item)),
            false => writeln!(out, "- {}", escape(item)),
        };
    }
    out.push('\n');
}

fn block(out: &mut String, labels: &Labels, block: &Block) {
    match block {
        Block::Heading(text) => {
            let _ = writeln!(out, "### {}\n", escape(text));
        }
        Block::Text(text) => {
            let _ = writeln!(out, "{}\n", escape(text));
        }
        Block::Aside(text) => {
            let _ = writeln!(out, "> {}\n", escape(text));
        }
        Block::List(items) => list(out, items, false, ""),
        Block::Steps(items) => list(out, items, true, ""),
        Block::Table(t) => table(out, t),
        Block::Chart(id) => {
            let _ = writeln!(out, "![{id}](charts/{id}.svg)\n");
        }
        Block::Verbatim(text) => {
            // A fence longer than any run of tildes in the text cannot be closed
            // by it.
            let longest = text.split(|c| c != '~').map(str::len).max().unwrap_or(0);
            let fence = "~".repeat(longest.max(2) + 1);
            let _ = writeln!(out, "{fence}text\n{text}\n{fence}\n");
        }
        Block::Finding(card) => finding(out, labels, card),
        Block::Folds(_) => {}
        Block::Answers(all) => {
            for answer in all {
                let _ = writeln!(
                    out,
                    "{}. **{}** {}{}",
                    answer.number,
                    escape(&answer.question),
                    escape(&answer.said.join(" · ")),
                    if answer.limits.is_empty() {
                        String::new()
                    } else {
                        format!(" _{}: {}_", labels.limits, escape(&answer.limits))
                    }
                );
            }
            out.push('\n');
        }
    }
}

fn finding(out: &mut String, labels: &Labels, card: &Card) {
    let benign = if card.benign {
        format!(" ({})", labels.benign)
    } else {
        String::new()
    };
    let _ = writeln!(
        out,
        "### \\[{}\\] {} — {}{benign}\n",
        escape(&card.verdict_text),
        escape(&card.subject),
        escape(&card.title),
    );
    let _ = writeln!(
        out,
        "{}: {} · {}: {} · {}: {}{}\n",
        labels.rule,
        escape(&card.rule),
        labels.severity,
        escape(&card.severity),
        labels.occurrences,
        escape(&card.occurrences),
        card.when
            .as_ref()
            .map(|w| format!(" · {}", escape(w)))
            .unwrap_or_default(),
    );
    let _ = writeln!(out, "**{}**: {}\n", labels.why, escape(&card.why));
    if !card.cause.is_empty() {
        let _ = writeln!(out, "**{}**: {}\n", labels.cause, escape(&card.cause));
    }
    if !card.steps.rows.is_empty() {
        table(out, &card.steps);
    }
    let _ = writeln!(out, "**{}**\n", labels.evidence);
    if card.evidence.rows.is_empty() && card.shared.is_empty() {
        let _ = writeln!(out, "{}\n", escape(labels.no_evidence));
    } else {
        table(out, &card.evidence);
    }
    for shared in &card.shared {
        let _ = writeln!(out, "> {}\n", escape(&shared.text));
    }
    for (label, items, ordered) in [
        (labels.to_settle, &card.missing, false),
        (labels.unlogged, &card.unlogged, false),
        (labels.remedy, &card.remedy, true),
        (labels.references, &card.references, false),
    ] {
        if !items.is_empty() {
            let _ = writeln!(out, "**{label}**\n");
            list(out, items, ordered, "");
        }
    }
}

fn table(out: &mut String, table: &Table) {
    if !table.rows.is_empty() {
        let titles: Vec<String> = table.columns.iter().map(|c| escape(&c.title)).collect();
        let _ = writeln!(out, "| {} |", titles.join(" | "));
        let rules: Vec<&str> = table
            .columns
            .iter()
            .map(|c| match c.kind {
                ColumnKind::Number => "---:",
                _ => "---",
            })
            .collect();
        let _ = writeln!(out, "| {} |", rules.join(" | "));
        for row in &table.rows {
            let cells: Vec<String> = row
                .cells
                .iter()
                .map(|c| match &c.quote {
                    Some(quote) => format!("{}<br>“{}”", escape(&c.text), escape(quote)),
                    None => escape(&c.text),
                })
                .collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        out.push('\n');
    }
    if let Some(note) = &table.note {
        let _ = writeln!(out, "> {}\n", escape(note));
    }
}

/// Text that no Markdown reader takes for markup, HTML or a link.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // These are markup at the begin of a line only.
            '#' | '+' | '-' | '=' if at == 0 => {
                out.push('\\');
                out.push(c);
            }
            // A bare address becomes a link; nothing from a log shall be one.
            ':' if text[at..].starts_with("://") => out.push_str("&#58;"),
            '@' => out.push_str("&#64;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Lang;
    use crate::report::{Options, document, fixture, stories};
    use proptest::prelude::*;

    fn rendered(lang: Lang) -> String {
        let (timeline, verdicts) = fixture::case();
        render(&document(&timeline, &verdicts, &Options::new(lang)))
    }

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_head() {
        for lang in [Lang::En, Lang::Ja] {
            let text = rendered(lang);
            let mut columns = 0;
            for line in text.lines().filter(|l| l.starts_with('|') || l.is_empty()) {
                let bars = line.replace("\\|", "").matches('|').count();
                if line.is_empty() {
                    columns = 0;
                } else if columns == 0 {
                    columns = bars;
                }
                assert_eq!(bars, columns, "{line}");
            }
        }
    }

    #[test]
    fn snapshot_en() {
        insta::assert_snapshot!(rendered(Lang::En));
    }

    #[test]
    fn snapshot_of_stories() {
        let (timeline, verdicts) = fixture::case();
        for (name, lang) in [("stories_en", Lang::En), ("stories_ja", Lang::Ja)] {
            let stories = stories(&timeline, &verdicts, &Options::new(lang), &[0, 1, 2]);
            insta::assert_snapshot!(name, page(&stories));
        }
    }

    #[test]
    fn snapshot_ja() {
        insta::assert_snapshot!(rendered(Lang::Ja));
    }

    proptest! {
        #[test]
        fn no_markup_is_left_unescaped(text in ".*") {
            let shown = escape(&text);
            prop_assert!(!shown.contains('<'));
            let mut before = None;
            let mut escaped = false;
            for c in shown.chars() {
                let markup = matches!(c, '`' | '*' | '_' | '[' | ']' | '|' | '~');
                prop_assert!(!markup || escaped);
                escaped = c == '\\' && !escaped;
                before = Some(c);
            }
            let _ = before;
        }
    }
}
