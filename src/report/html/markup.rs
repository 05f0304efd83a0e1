//! Text made markup: escaped, and with its instants as elements that a browser can
//! show in another zone. The templates escape the rest.

use std::collections::BTreeMap;

use crate::model::time::Moment;
use crate::report::document::{ColumnKind, Tone};

/// Lengths of a rendered instant: to the minute, second or millisecond, with and
/// without its offset. The longest come first.
const LENGTHS: [usize; 5] = [30, 26, 23, 19, 16];

/// The longest word that a column of words is kept wide enough for, in characters.
const LONGEST_WORD: usize = 28;

/// A cell's classes as an attribute: one for what its column holds, or for a word that
/// must be broken, and one for how the value is felt; empty where all is plain.
pub fn cell_class(column: Option<ColumnKind>, tone: Tone, text: &str) -> String {
    let long = |word: &str| word.chars().count() > LONGEST_WORD;
    let kind = match column {
        Some(ColumnKind::Time) => "k-time",
        Some(ColumnKind::Number) => "k-number",
        Some(ColumnKind::Code) => "k-code",
        Some(ColumnKind::Label) => "k-label",
        _ if text.split([' ', '-', '/']).any(long) => "k-long",
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
    match (kind, tone) {
        ("", "") => String::new(),
        (one, "") | ("", one) => format!(" class=\"{one}\""),
        (kind, tone) => format!(" class=\"{kind} {tone}\""),
    }
}

/// Escaped for text and for attributes in double quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Escaped, with each instant that the document said in a `time` element. A time in a
/// text from a log that the document did not say stays text.
pub fn timed(text: &str, times: &BTreeMap<String, Moment>) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut begin = 0;
    let mut at = 0;
    while at + 16 <= text.len() {
        if let Some((shown, moment)) = said_at(text, at, times) {
            out.push_str(&escaped(&text[begin..at]));
            out.push_str(&format!(
                "<time datetime=\"{moment}\">{}</time>",
                escaped(shown)
            ));
            at += shown.len();
            begin = at;
        } else {
            at += 1;
        }
    }
    out.push_str(&escaped(&text[begin..]));
    out
}

fn said_at<'a>(
    text: &'a str,
    at: usize,
    times: &BTreeMap<String, Moment>,
) -> Option<(&'a str, Moment)> {
    let bytes = text.as_bytes();
    let begins = bytes[at].is_ascii_digit() && bytes.get(at + 4) == Some(&b'-');
    if !begins || at > 0 && bytes[at - 1].is_ascii_digit() {
        return None;
    }
    LENGTHS.iter().find_map(|&length| {
        let shown = text.get(at..at + length)?;
        let moment = times.get(shown)?;
        Some((shown, *moment))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instants_that_were_said_become_elements() {
        let moment = Moment::parse("2024-05-14T01:05:00Z").unwrap();
        let times = BTreeMap::from([
            ("2024-05-14 10:05:00".to_owned(), moment),
            ("2024-05-14 10:05:00 +09:00".to_owned(), moment),
        ]);
        assert_eq!(
            timed("<b> 2024-05-14 10:05:00 – 2024-05-14 10:06:00", &times),
            "&lt;b&gt; <time datetime=\"2024-05-14T01:05:00Z\">2024-05-14 10:05:00</time> – 2024-05-14 10:06:00"
        );
        // The longest that was said, and nothing inside a longer number.
        assert!(timed("2024-05-14 10:05:00 +09:00.", &times).contains("+09:00</time>."));
        assert!(!timed("12024-05-14 10:05:00", &times).contains("<time"));
        assert!(timed("経理 2024-05-14 10:05:00", &times).contains("経理 <time"));
    }

    proptest! {
        #[test]
        fn no_text_is_markup(text in ".*") {
            let shown = timed(&text, &BTreeMap::new());
            prop_assert!(!shown.contains(['<', '>', '"', '\'']));
            let back = shown
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            prop_assert_eq!(back, text);
        }
    }
}
