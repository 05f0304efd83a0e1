//! `report.json`: the [`super::contract`] as text. No meaning is added here.

use std::io;

use super::contract::Report;

/// The report as indented JSON with a line break at its end.
///
/// # Errors
///
/// Never for a report that [`super::contract()`] made.
pub fn render(report: &Report) -> io::Result<String> {
    let mut text = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}
