//! The parts of sections: tables, findings, pages that unfold, questions, the explorer
//! of the merged timeline. Each has its template in `templates/`.

use askama::Template;

use crate::report::chart::{self, Chart};
use crate::report::document::{
    Answer, Block, Card, Cell, ColumnKind, Document, Fold, Labels, Section, Table,
};
use crate::rules::verdict::Verdict;

use super::markup::{cell_class, escaped, timed};

/// What the parts need to know of their page.
#[derive(Clone, Copy)]
pub struct Setter<'a> {
    pub document: &'a Document,
    pub charts: &'a [Chart],
}

impl<'a> Setter<'a> {
    fn timed(&self, text: &str) -> String {
        timed(text, &self.document.times)
    }

    /// A table under a caption, and what was left out of it.
    pub fn table(&self, table: &'a Table, caption: &'a str) -> askama::Result<String> {
        let mut out = String::new();
        if !table.rows.is_empty() {
            out = TablePart {
                setter: *self,
                table,
                caption,
            }
            .render()?;
        }
        if let Some(note) = &table.note {
            out.push_str(&format!("<p class=\"aside\">{}</p>", self.timed(note)));
        }
        Ok(out)
    }

    /// The parts of a section.
    pub fn section(&self, section: &'a Section) -> askama::Result<String> {
        let blocks = &section.blocks;
        if section.id != "timeline" {
            return self.blocks(blocks, &section.title, 3);
        }
        // The table stands alone where there is no script; where there is one, it is
        // for paper.
        let of_table = |block: &&Block| matches!(block, Block::Table(_) | Block::Aside(_));
        let (table, rest): (Vec<&Block>, Vec<&Block>) = blocks.iter().partition(of_table);
        let mut out = self.blocks(rest, &section.title, 3)?;
        out.push_str(
            &ExplorerPart {
                labels: &self.document.labels,
                note: self.document.merged.note.as_deref(),
                table: self.blocks(table, &section.title, 3)?,
            }
            .render()?,
        );
        Ok(out)
    }

    fn blocks(
        &self,
        blocks: impl IntoIterator<Item = &'a Block>,
        title: &'a str,
        level: u8,
    ) -> askama::Result<String> {
        let mut caption = title;
        let mut out = String::new();
        for block in blocks {
            if let Block::Heading(text) = block {
                caption = text;
            }
            out.push_str(&self.block(block, caption, level)?);
            out.push('\n');
        }
        Ok(out)
    }

    fn block(&self, block: &'a Block, caption: &'a str, level: u8) -> askama::Result<String> {
        Ok(match block {
            Block::Heading(text) => format!("<h{level}>{}</h{level}>", escaped(text)),
            Block::Text(text) => format!("<p>{}</p>", self.timed(text)),
            Block::Aside(text) => format!("<p class=\"aside\">{}</p>", self.timed(text)),
            Block::List(items) => self.list("ul", items),
            Block::Steps(items) => self.list("ol", items),
            Block::Table(table) => self.table(table, caption)?,
            Block::Chart(id) => self.chart(id),
            Block::Verbatim(text) => format!(
                "<p data-js hidden><button type=\"button\" data-copy=\"verbatim\">{}</button></p>\n\
                 <pre id=\"verbatim\">{}</pre>",
                escaped(self.document.labels.copy),
                escaped(text)
            ),
            Block::Finding(card) => self.finding(card)?,
            Block::Folds(folds) => {
                let mut out = format!(
                    "<div class=\"folds\"><h{level}>{}</h{level}>\n",
                    escaped(&folds.title)
                );
                for fold in &folds.all {
                    out.push_str(&self.fold(fold)?);
                    out.push('\n');
                }
                if let Some(note) = &folds.note {
                    out.push_str(&format!("<p class=\"aside\">{}</p>", escaped(note)));
                }
                out.push_str("</div>");
                out
            }
            Block::Answers(answers) => AnswersPart {
                setter: *self,
                labels: &self.document.labels,
                first: answers.first().map_or(1, |a| a.number),
                answers,
            }
            .render()?,
        })
    }

    fn list(&self, tag: &str, items: &[String]) -> String {
        let items: String = items
            .iter()
            .map(|item| format!("<li>{}</li>", self.timed(item)))
            .collect();
        format!("<{tag}>{items}</{tag}>")
    }

    /// A picture by its id; one with an axis of time can be brushed.
    fn chart(&self, id: &str) -> String {
        let Some(chart) = self.charts.iter().find(|c| c.id == id) else {
            return String::new();
        };
        let Some(span) = chart.span else {
            return format!("<figure class=\"chart\">{}</figure>", chart.svg);
        };
        let labels = &self.document.labels;
        let millis = |m: crate::model::time::Moment| m.ticks().div_euclid(10_000);
        format!(
            "<figure class=\"chart\"><div class=\"plot\" data-from=\"{}\" data-to=\"{}\" \
             data-left=\"{:.5}\" data-right=\"{:.5}\">{}</div></figure>\n\
             <p class=\"quiet\" data-js hidden>{} <a class=\"found\" href=\"#timeline\"></a></p>",
            millis(span.from),
            millis(span.to),
            chart::PLOT.0,
            chart::PLOT.1,
            chart.svg,
            escaped(labels.brush_hint),
        )
    }

    fn finding(&self, card: &'a Card) -> askama::Result<String> {
        let labels = &self.document.labels;
        FindingPart {
            setter: *self,
            labels,
            card,
            verdict: verdict_class(card.verdict),
            shape: verdict_shape(card.verdict),
            // Findings that alarm are open; the others unfold.
            open: !card.benign && matches!(card.verdict, Verdict::Confirmed | Verdict::Probable),
            number: card.anchor.trim_start_matches("finding-"),
            steps: self.table(&card.steps, labels.steps)?,
            evidence: self.table(&card.evidence, labels.evidence)?,
        }
        .render()
    }

    fn fold(&self, fold: &'a Fold) -> askama::Result<String> {
        FoldPart {
            setter: *self,
            labels: &self.document.labels,
            fold,
            parts: self.blocks(&fold.blocks, &fold.title, 5)?,
        }
        .render()
    }
}

/// A verdict's class.
pub fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Confirmed => "v-confirmed",
        Verdict::Probable => "v-probable",
        Verdict::NotAssessable => "v-open",
        Verdict::RuledOut => "v-out",
    }
}

/// The shape that says the same without color.
pub fn verdict_shape(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Confirmed => "■",
        Verdict::Probable => "▲",
        Verdict::NotAssessable => "?",
        Verdict::RuledOut => "○",
    }
}

#[derive(Template)]
#[template(path = "table.html")]
struct TablePart<'a> {
    setter: Setter<'a>,
    table: &'a Table,
    caption: &'a str,
}

impl TablePart<'_> {
    fn timed(&self, text: &str) -> String {
        self.setter.timed(text)
    }

    fn class(&self, column: usize, cell: &Cell) -> String {
        let kind = self.table.columns.get(column).map(|c| c.kind);
        cell_class(kind, cell.tone, &cell.text)
    }

    fn head(&self, kind: ColumnKind) -> &'static str {
        match kind {
            ColumnKind::Number => "k-number",
            _ => "",
        }
    }
}

#[derive(Template)]
#[template(path = "finding.html")]
struct FindingPart<'a> {
    setter: Setter<'a>,
    labels: &'a Labels,
    card: &'a Card,
    verdict: &'static str,
    shape: &'static str,
    open: bool,
    number: &'a str,
    steps: String,
    evidence: String,
}

impl FindingPart<'_> {
    fn timed(&self, text: &str) -> String {
        self.setter.timed(text)
    }
}

#[derive(Template)]
#[template(path = "fold.html")]
struct FoldPart<'a> {
    setter: Setter<'a>,
    labels: &'a Labels,
    fold: &'a Fold,
    parts: String,
}

impl FoldPart<'_> {
    fn timed(&self, text: &str) -> String {
        self.setter.timed(text)
    }
}

#[derive(Template)]
#[template(path = "answers.html")]
struct AnswersPart<'a> {
    setter: Setter<'a>,
    labels: &'a Labels,
    first: usize,
    answers: &'a [Answer],
}

impl AnswersPart<'_> {
    fn timed(&self, text: &str) -> String {
        self.setter.timed(text)
    }
}

#[derive(Template)]
#[template(path = "explorer.html")]
struct ExplorerPart<'a> {
    labels: &'a Labels,
    note: Option<&'a str>,
    table: String,
}
