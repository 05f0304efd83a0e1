//! Sections without a first screen as one page of HTML: the looks of `report.html`, no
//! script, no request. What only a whole report has (charts, findings, the explorer) is
//! not set here.

use std::io;

use askama::Template;

use super::document::{Block, Page, Table, Tone};
use super::html::cell_class;

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
    fn class(&self, table: &Table, column: usize, tone: Tone, text: &str) -> String {
        cell_class(table.columns.get(column).map(|c| c.kind), tone, text)
    }
}
