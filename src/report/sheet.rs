//! Sections without a first screen as one page of HTML: the looks of `report.html`, no
//! script, no request. What only a whole report has (charts, findings, the explorer) is
//! not set here.

use std::io;

use askama::Template;

use super::document::{Block, ColumnKind, Page, Table, Tone};

/// The whole page.
///
/// # Errors
///
/// Never in practice: the template is checked when it is compiled.
pub fn render(sheet: &Page) -> io::Result<String> {
    let page = Sheet {
        sheet,
        lang: sheet.labels.lang,
        style: include_str!("page.css"),
    };
    page.render().map_err(io::Error::other)
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct Sheet<'a> {
    sheet: &'a Page,
    lang: &'static str,
    style: &'static str,
}

impl Sheet<'_> {
    /// One class for what the column holds, one for how the value is felt.
    fn class(&self, table: &Table, column: usize, tone: Tone) -> String {
        let kind = match table.columns.get(column).map(|c| c.kind) {
            Some(ColumnKind::Time) => "k-time",
            Some(ColumnKind::Number) => "k-number",
            Some(ColumnKind::Code) => "k-code",
            Some(ColumnKind::Text) | None => "",
        };
        let tone = match tone {
            Tone::Plain => "",
            Tone::Good => "t-good",
            Tone::Warn => "t-warn",
            Tone::Bad => "t-bad",
            Tone::Unknown => "t-unknown",
            Tone::Said => "t-said",
        };
        match format!("{kind} {tone}").trim() {
            "" => String::new(),
            classes => format!(" class=\"{classes}\""),
        }
    }
}
