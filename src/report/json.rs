//! `report.json`: the [`mod@super::contract`] as text. No meaning is added here.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Lang;
    use crate::report::{Options, contract, fixture};

    fn rendered(lang: Lang) -> String {
        let (timeline, verdicts) = fixture::case();
        render(&contract(&timeline, &verdicts, &Options::new(lang))).unwrap()
    }

    #[test]
    fn snapshot_en() {
        insta::assert_snapshot!(rendered(Lang::En));
    }

    #[test]
    fn snapshot_ja() {
        insta::assert_snapshot!(rendered(Lang::Ja));
    }

    #[test]
    fn control_characters_are_escaped() {
        let text = rendered(Lang::En);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
}
