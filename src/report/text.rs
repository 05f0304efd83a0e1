//! The summary on the terminal: what happened, the verdicts, what to do, and
//! where the report is. Short by design; the rest is in the report.

use std::path::Path;

use crate::rules::verdict::Verdict;

use super::document::{self, Block, Cell, ColumnKind, Document, Sureness, Table, Tone};
use super::plain::{columns, plain, sentence, width};

/// How the terminal is.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Its width in columns; less than 40 is taken as 40.
    pub width: usize,
    /// Whether it shows colors. Nothing is said by color alone.
    pub color: bool,
}

/// The most lines of each list.
const MOST: usize = 5;

/// The summary; `report` is where the whole report was written.
#[must_use]
pub fn render(document: &Document, terminal: Terminal, report: Option<&Path>) -> String {
    let mut page = Page {
        out: String::new(),
        width: terminal.width.max(40),
        color: terminal.color,
    };
    let labels = &document.labels;
    let title = format!("{}: {}", document.title, document.subject);
    page.wrap("", &title, Paint::Bold);
    if let Some(period) = document.facts.first() {
        page.wrap(
            "",
            &format!("{}: {}", period.label, period.value),
            Paint::Dim,
        );
    }
    page.wrap("", &document.zone, Paint::Dim);

    page.head(labels.what_happened);
    for statement in &document.headline {
        let paint = match statement.sureness {
            Sureness::Confirmed => Paint::Bad,
            Sureness::Probable => Paint::Warn,
            Sureness::Logged | Sureness::Open => Paint::None,
        };
        page.wrap(
            "  • ",
            &format!("{} [{}]", statement.text, statement.how_sure),
            paint,
        );
    }

    page.head(labels.verdicts);
    if document.groups.is_empty() {
        page.wrap("  ", labels.no_verdicts, Paint::None);
    }
    for group in &document.groups {
        let (mark, paint) = match group.verdict {
            Verdict::Confirmed => ("  ■ ", Paint::Bad),
            Verdict::Probable => ("  ▲ ", Paint::Warn),
            Verdict::NotAssessable => ("  ? ", Paint::None),
            Verdict::RuledOut => ("  ○ ", Paint::Dim),
        };
        let benign = if group.benign {
            format!(" ({})", labels.benign)
        } else {
            String::new()
        };
        let line = format!(
            "{}{benign}: {} ({})",
            group.verdict_text, group.title, group.rule
        );
        page.wrap(mark, &line, paint);
        for member in &group.members {
            page.wrap(
                "      ",
                &format!("{}: {}", member.subject, member.why),
                Paint::Dim,
            );
        }
        if let Some(more) = &group.more {
            page.wrap("      ", more, Paint::Dim);
        }
    }
    if let Some(more) = &document.more_groups {
        page.wrap("  ", more, Paint::Dim);
    }

    if !document.down.rows.is_empty() {
        page.head(labels.down);
        for row in document.down.rows.iter().take(MOST) {
            let cells: Vec<&str> = row.cells.iter().map(|c| c.text.as_str()).collect();
            if let [vm, since, until, length, _, cause] = cells[..] {
                page.wrap(
                    "  ",
                    &format!("{vm}: {since} – {until} ({length}, {cause})"),
                    Paint::None,
                );
            }
        }
        page.more(document.down.rows.len(), labels.and_more);
    }

    page.head(labels.to_do);
    if document.actions.items.is_empty() {
        page.wrap("  ", labels.nothing_to_do, Paint::None);
    }
    for (n, action) in document.actions.items.iter().take(MOST).enumerate() {
        page.wrap(&format!("  {}. ", n + 1), action, Paint::None);
    }
    page.more(
        document.actions.items.len() + document.actions.left_out,
        labels.and_more,
    );

    page.head(labels.missing);
    if document.missing.items.is_empty() {
        page.wrap("  ", labels.nothing_missing, Paint::None);
    }
    for missing in document.missing.items.iter().take(MOST) {
        page.wrap("  • ", missing, Paint::None);
    }
    page.more(
        document.missing.items.len() + document.missing.left_out,
        labels.and_more,
    );

    if let Some(report) = report {
        page.out.push('\n');
        // A path is not wrapped, so that it can be copied.
        let path = plain(&report.display().to_string());
        page.out.push_str(&format!("{}: {path}\n", labels.report));
    }
    page.out
}

/// Sections without a first screen, their tables fitted to the width.
#[must_use]
pub fn sections(document: &document::Page, terminal: Terminal) -> String {
    let mut page = Page {
        out: String::new(),
        width: terminal.width.max(40),
        color: terminal.color,
    };
    page.wrap("", &document.title, Paint::Bold);
    page.wrap("", &document.zone, Paint::Dim);
    for section in &document.sections {
        page.head(&section.title);
        if let Some(lead) = &section.lead {
            page.wrap("", lead, Paint::Dim);
        }
        for block in &section.blocks {
            page.block(block);
        }
    }
    page.out
}

/// Rows under heads, for a terminal: the last column takes what room the others leave,
/// and breaks inside it; no other breaks. Where that room is small, the last column
/// stands on lines of its own, below the others. All text is made safe to show.
#[must_use]
pub fn listing<const N: usize>(
    heads: [&str; N],
    rows: &[[String; N]],
    terminal: Terminal,
) -> String {
    /// The least columns that text is readable in.
    const LEAST: usize = 36;
    let mut page = Page {
        out: String::new(),
        width: terminal.width.max(40),
        color: terminal.color,
    };
    let safe = |cells: [&str; N]| cells.map(sentence);
    let heads = safe(heads);
    let rows: Vec<[String; N]> = rows
        .iter()
        .map(|row| safe(std::array::from_fn(|at| row[at].as_str())))
        .collect();
    let mut widths = [0; N];
    for row in std::iter::once(&heads).chain(&rows) {
        for (most, cell) in widths.iter_mut().zip(row) {
            *most = (*most).max(width(cell));
        }
    }
    let fixed: usize = widths.iter().take(N - 1).map(|w| w + 2).sum();
    let below = page.width < fixed + LEAST;
    for (n, row) in std::iter::once(&heads).chain(&rows).enumerate() {
        let paint = if n == 0 { Paint::Dim } else { Paint::None };
        let Some((last, others)) = row.split_last() else {
            continue;
        };
        let line: String = others
            .iter()
            .zip(&widths)
            .map(|(cell, most)| format!("{cell}{}  ", " ".repeat(most - width(cell))))
            .collect();
        if below {
            page.wrap("", line.trim_end(), paint);
            page.wrap("    ", last, paint);
            continue;
        }
        for (n, part) in broken(last, page.width - fixed).iter().enumerate() {
            let line = match n {
                0 => format!("{line}{part}"),
                _ => format!("{}{part}", " ".repeat(fixed)),
            };
            page.paint(line.trim_end(), paint);
            page.out.push('\n');
        }
    }
    page.out
}

#[derive(Clone, Copy, PartialEq)]
enum Paint {
    None,
    Bold,
    Dim,
    Bad,
    Warn,
}

struct Page {
    out: String,
    width: usize,
    color: bool,
}

impl Page {
    fn head(&mut self, text: &str) {
        self.out.push('\n');
        self.wrap("", text, Paint::Bold);
    }

    fn more(&mut self, all: usize, words: &str) {
        if all > MOST {
            let text = format!("… {} {words}", all - MOST);
            self.wrap("  ", &text, Paint::Dim);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.head(text),
            Block::Text(text) => self.wrap("  ", text, Paint::None),
            Block::Aside(text) => self.wrap("  ", text, Paint::Dim),
            Block::List(items) => {
                for item in items {
                    self.wrap("  • ", item, Paint::None);
                }
            }
            Block::Steps(items) => {
                for (n, item) in items.iter().enumerate() {
                    self.wrap(&format!("  {}. ", n + 1), item, Paint::None);
                }
            }
            Block::Table(table) => self.table(table),
            Block::Verbatim(text) => {
                for line in text.lines() {
                    self.wrap("  ", line, Paint::None);
                }
            }
            // A chart has no text of its own, and a finding has its own page.
            Block::Chart(_) => {}
            Block::Finding(card) => self.wrap("  ", &card.title, Paint::Bold),
            Block::Folds(_) => {}
            Block::Answers(all) => {
                for answer in all {
                    let number = format!("  {}. ", answer.number);
                    self.wrap(&number, &answer.question, Paint::Bold);
                    for line in &answer.said {
                        self.wrap("      ", line, Paint::None);
                    }
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        let widths = fitted(table, self.width.saturating_sub(2));
        let heads: Vec<&str> = table.columns.iter().map(|c| c.title.as_str()).collect();
        self.row(&heads, &widths, table, Paint::Dim);
        for row in &table.rows {
            let cells: Vec<String> = row.cells.iter().map(said).collect();
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let bad = row.cells.iter().any(|c| c.tone == Tone::Bad);
            let paint = if bad { Paint::Bad } else { Paint::None };
            self.row(&cells, &widths, table, paint);
        }
        if let Some(note) = &table.note {
            self.wrap("  ", note, Paint::Dim);
        }
    }

    /// One row, each cell broken to its column's width.
    fn row(&mut self, cells: &[&str], widths: &[usize], table: &Table, paint: Paint) {
        let broken: Vec<Vec<String>> = cells
            .iter()
            .zip(widths)
            .map(|(text, most)| broken(text, *most))
            .collect();
        let height = broken.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let mut line = String::from(" ");
            for ((column, lines), most) in table.columns.iter().zip(&broken).zip(widths) {
                let text = lines.get(at).map_or("", String::as_str);
                let pad = " ".repeat(most.saturating_sub(width(text)));
                line.push(' ');
                match column.kind {
                    ColumnKind::Number => line.extend([pad.as_str(), text]),
                    _ => line.extend([text, pad.as_str()]),
                }
            }
            self.paint(line.trim_end(), paint);
            self.out.push('\n');
        }
    }

    /// Text behind a mark, broken to the width; further lines stand under the
    /// first.
    fn wrap(&mut self, mark: &str, text: &str, paint: Paint) {
        let indent = width(mark);
        for (n, line) in broken(text, self.width - indent).iter().enumerate() {
            if n == 0 {
                self.out.push_str(mark);
            } else {
                self.out.push_str(&" ".repeat(indent));
            }
            self.paint(line, paint);
            self.out.push('\n');
        }
    }

    fn paint(&mut self, line: &str, paint: Paint) {
        let code = match paint {
            Paint::None => "",
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Bad => "1;31",
            Paint::Warn => "1;33",
        };
        if self.color && !code.is_empty() {
            self.out.push_str(&format!("\x1b[{code}m{line}\x1b[0m"));
        } else {
            self.out.push_str(line);
        }
    }
}

/// A cell's text, and behind it what the record itself says.
fn said(cell: &Cell) -> String {
    match &cell.quote {
        Some(quote) => format!("{} “{quote}”", cell.text),
        None => cell.text.clone(),
    }
}

/// The narrowest that a column of text is made, where the table does not fit.
const NARROWEST: usize = 8;

/// The widths of a table's columns, one blank between them, together at most `most`
/// where that is possible at all: the widest give way first.
fn fitted(table: &Table, most: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = table.columns.iter().map(|c| width(&c.title)).collect();
    for row in &table.rows {
        for (widest, cell) in widths.iter_mut().zip(&row.cells) {
            *widest = (*widest).max(width(&said(cell)));
        }
    }
    let blanks = widths.len();
    loop {
        let total = widths.iter().sum::<usize>() + blanks;
        let Some(widest) = widths.iter_mut().max() else {
            return widths;
        };
        if total <= most || *widest <= NARROWEST {
            return widths;
        }
        *widest -= 1;
    }
}

/// Lines of at most `most` columns. Breaks at blanks, and anywhere between wide
/// characters, as Japanese does; a longer word is broken where it must.
fn broken(text: &str, most: usize) -> Vec<String> {
    // No line begins with these.
    const NOT_FIRST: &str = "、。」）,.;:)";
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    let mut last_break = 0;
    for c in text.chars() {
        let wide = columns(c) == 2;
        if (c == ' ' || wide) && !NOT_FIRST.contains(c) {
            last_break = line.len();
        }
        line.push(c);
        used += columns(c);
        while used > most {
            let at = if last_break > 0 {
                last_break
            } else {
                line.len() - c.len_utf8()
            };
            let rest = line.split_off(at);
            lines.push(line.trim_end().to_owned());
            line = rest.trim_start().to_owned();
            used = width(&line);
            last_break = 0;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Lang;
    use crate::report::{Options, document, fixture, stories};
    use proptest::prelude::*;

    fn rendered(lang: Lang, width: usize, color: bool) -> String {
        let (timeline, verdicts) = fixture::case();
        let mut options = Options::new(lang);
        options.zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
        let document = document(&timeline, &verdicts, &options);
        render(
            &document,
            Terminal { width, color },
            Some(Path::new("out/report.html")),
        )
    }

    #[test]
    fn snapshot_en() {
        insta::assert_snapshot!(rendered(Lang::En, 80, false));
    }

    #[test]
    fn snapshot_ja() {
        insta::assert_snapshot!(rendered(Lang::Ja, 80, false));
    }

    fn told(lang: Lang, width: usize) -> String {
        let (timeline, verdicts) = fixture::case();
        let stories = stories(&timeline, &verdicts, &Options::new(lang), &[0, 1, 2]);
        let terminal = Terminal {
            width,
            color: false,
        };
        sections(&stories, terminal)
    }

    #[test]
    fn snapshot_of_stories() {
        insta::assert_snapshot!("stories_en", told(Lang::En, 100));
        insta::assert_snapshot!("stories_ja", told(Lang::Ja, 100));
    }

    #[test]
    fn tables_fit_and_lose_nothing() {
        let all = |text: &str| {
            let mut words: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
            words.sort_unstable();
            words
        };
        for lang in [Lang::En, Lang::Ja] {
            let wide = told(lang, 1000);
            for columns in [60, 80, 120] {
                let text = told(lang, columns);
                for line in text.lines() {
                    assert!(width(line) <= columns, "{line}");
                }
                assert_eq!(all(&text), all(&wide));
            }
        }
    }

    #[test]
    fn a_listing_is_aligned_and_gives_way_where_it_is_narrow() {
        let row = |a: &str, b: &str, c: &str| [a.to_owned(), b.to_owned(), c.to_owned()];
        let rows = [
            row("21502", "migration.failed", "ライブ マイグレーションの失敗"),
            row("1", "x\u{1b}[2J", &"word ".repeat(20)),
        ];
        let told = |width| {
            let color = false;
            listing(["id", "kind", "what"], &rows, Terminal { width, color })
        };
        let wide = told(80);
        let start = |line: &str| {
            let at = ["what", "ライブ", "word"].iter().find_map(|w| line.find(w));
            width(&line[..at.unwrap()])
        };
        let starts: Vec<usize> = wide.lines().map(start).collect();
        assert_eq!(starts, [25; 4], "{wide}");
        let narrow = told(40);
        assert!(narrow.starts_with("id     kind\n    what\n"), "{narrow}");
        for text in [&wide, &narrow] {
            assert!(text.contains("␛[2J") && !text.contains('\u{1b}'), "{text}");
            assert_eq!(text.matches("word").count(), 20);
        }
        assert!(narrow.lines().all(|line| width(line) <= 40), "{narrow}");
    }

    #[test]
    fn it_fits_and_carries_no_control_but_its_own() {
        for lang in [Lang::En, Lang::Ja] {
            for columns in [40, 72, 120] {
                let text = rendered(lang, columns, false);
                assert!(!text.contains('\u{1b}'));
                for line in text.lines() {
                    assert!(width(line) <= columns, "{line}");
                }
            }
            let painted = rendered(lang, 80, true);
            let bare = painted
                .replace("\x1b[0m", "")
                .replace("\x1b[1m", "")
                .replace("\x1b[2m", "")
                .replace("\x1b[1;31m", "")
                .replace("\x1b[1;33m", "");
            assert_eq!(bare, rendered(lang, 80, false));
        }
    }

    proptest! {
        #[test]
        fn breaking_loses_nothing_but_blanks(text in "[a-zあ-ん、。 ]{0,200}", most in 4usize..60) {
            let lines = broken(&text, most);
            let all: String = lines.concat().replace(' ', "");
            prop_assert_eq!(all, text.replace(' ', ""));
            for line in &lines {
                prop_assert!(width(line) <= most);
            }
        }
    }
}
