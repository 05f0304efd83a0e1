//! Text from logs, made safe to show on one line, whatever the format. Markup is
//! each renderer's own business; this is about characters that act by being
//! shown: terminal control sequences, line breaks, marks that turn the direction
//! of the text.

use std::borrow::Cow;

/// The longest value that is shown in a sentence or a table cell, in characters.
pub const LONGEST: usize = 400;

/// `text` on one line, without anything that acts.
///
/// White space becomes one blank. Control characters become their pictures
/// (`␛`), marks of direction and other invisible formatting their code
/// (`⟨U+202E⟩`): an engineer sees that they were there. Marks that Windows itself
/// writes into dates have no effect there and are left out. Text longer than
/// [`LONGEST`] ends in `…`.
#[must_use]
pub fn plain(text: &str) -> String {
    made_safe(text, LONGEST)
}

/// As [`plain()`], for sentences of our own in which names from logs stand: these are
/// told to the end, since nothing else holds them in whole. Only what no sentence of ours
/// can reach ([`LONGEST_MESSAGE`]) ends in `…`.
#[must_use]
pub fn sentence(text: &str) -> String {
    made_safe(text, LONGEST_MESSAGE)
}

fn made_safe(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for (at, c) in without_marks_in_dates(text.trim()).chars().enumerate() {
        if at >= most {
            out.push('…');
            break;
        }
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank {
            out.push(' ');
            blank = false;
        }
        shown(c, &mut out);
    }
    out
}

/// A text as it is, but for what acts: control characters other than line breaks and
/// tabs, and marks of direction, become visible as with [`plain()`].
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in without_marks_in_dates(text).chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c => shown(c, &mut out),
        }
    }
    out
}

/// Without the marks of direction that Windows writes around the parts of a date (event
/// 6008): they change nothing there. A date is a run of digits and what parts them, with
/// two parting signs and nothing else at its ends. Marks that turn text around (`U+202E`)
/// stay, and so do all in names.
fn without_marks_in_dates(text: &str) -> Cow<'_, str> {
    let is_mark = |c: char| matches!(c, '\u{200E}' | '\u{200F}');
    if !text.contains(is_mark) {
        return Cow::Borrowed(text);
    }
    let parts = |c: char| "/-.:年月日".contains(c);
    let in_date = |c: char| c.is_ascii_digit() || parts(c) || is_mark(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(in_date) {
        let (before, run) = rest.split_at(begin);
        let end = run.find(|c| !in_date(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        // Japanese writes on behind a date without a blank.
        let joined = before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let of_a_word = joined || after.starts_with(|c: char| c.is_ascii_alphanumeric());
        let signs = run.chars().filter(|c| parts(*c)).count();
        out.push_str(before);
        out.extend(
            run.chars()
                .filter(|c| of_a_word || signs < 2 || !is_mark(*c)),
        );
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// One character, or what stands for it where it acts.
fn shown(c: char, out: &mut String) {
    match c {
        '\0'..='\u{1F}' => {
            out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}'));
        }
        '\u{7F}' => out.push('␡'),
        c if c.is_control() || acts(c) => {
            out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        }
        c => out.push(c),
    }
}

/// The longest message that is kept whole, in characters.
pub const LONGEST_MESSAGE: usize = 8000;

/// A text of several lines, as the messages of events are, each line made safe as
/// [`plain()`] does. Lines are parted by `\n` alone; empty ones at the ends are left out.
/// Text longer than [`LONGEST_MESSAGE`] ends in `…`.
#[must_use]
pub fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = LONGEST_MESSAGE;
    for line in text.trim().lines() {
        if !out.is_empty() {
            out.push('\n');
        }
        let safe = made_safe(line, left);
        left = left.saturating_sub(line.chars().count());
        out.push_str(&safe);
        if left == 0 {
            break;
        }
    }
    out.trim().to_owned()
}

/// Invisible characters that change how their neighbors are shown.
fn acts(c: char) -> bool {
    matches!(
        c,
        '\u{061C}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

/// Columns that a character takes on a terminal: two for East Asian wide ones.
#[must_use]
pub fn columns(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// Columns that a text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// `text` cut to `most` columns, ending in `…` where something was cut.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut used = 1;
    let mut out = String::new();
    for c in text.chars() {
        used += columns(c);
        if used > most {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_becomes_visible() {
        assert_eq!(plain("a\x1b[31mb\r\n\tc"), "a␛[31mb c");
        assert_eq!(plain("web\u{202E}gpj"), "web⟨U+202E⟩gpj");
        assert_eq!(plain("\u{9b}2J"), "⟨U+009B⟩2J");
        assert_eq!(plain(" 経理サーバー "), "経理サーバー");
    }

    #[test]
    fn marks_inside_dates_are_left_out_and_no_others() {
        let date = "at 3:11:33 AM on \u{200E}3/\u{200E}8/\u{200E}2023 was";
        let told = "at 3:11:33 AM on 3/8/2023 was";
        assert_eq!(plain(date), told);
        assert_eq!(visible(date), told);
        assert_eq!(lines(date), told);
        assert_eq!(
            plain("\u{200E}2023\u{200E}/\u{200E}03\u{200E}/\u{200E}08"),
            "2023/03/08"
        );
        // A name that differs from another by a mark alone is told apart from it.
        assert_eq!(plain("web\u{200E}01"), "web⟨U+200E⟩01");
        assert_eq!(plain("web01\u{200F}gpj"), "web01⟨U+200F⟩gpj");
        assert_eq!(plain("web-1-2-3\u{200E}"), "web-1-2-3⟨U+200E⟩");
        assert_eq!(plain("VM \u{200E}1"), "VM ⟨U+200E⟩1");
        assert_eq!(plain("\u{200E}"), "⟨U+200E⟩");
        assert_eq!(plain("3/\u{202E}8/2023"), "3/⟨U+202E⟩8/2023");
    }

    #[test]
    fn a_sentence_is_told_to_its_end() {
        let text = format!("{} end\u{1b}", "word ".repeat(200));
        assert!(plain(&text).ends_with('…'));
        assert!(sentence(&text).ends_with("word end␛"));
    }

    #[test]
    fn a_text_of_ours_keeps_its_form() {
        assert_eq!(visible("a\n  b\u{1b}[2J\tc\u{7}\r"), "a\n  b␛[2J\tc␇␍");
    }

    #[test]
    fn a_message_keeps_its_lines() {
        assert_eq!(
            lines("\r\nmoved.\r\n\r\nNode:\t HV01\u{1b}[2J\r\n"),
            "moved.\n\nNode: HV01␛[2J"
        );
        let long = lines(&"x".repeat(LONGEST_MESSAGE + 1));
        assert_eq!(long.chars().count(), LONGEST_MESSAGE + 1);
        assert!(long.ends_with('…'));
        assert_eq!(
            lines(&"x\n".repeat(9000))
                .chars()
                .filter(|c| *c == 'x')
                .count(),
            LONGEST_MESSAGE
        );
    }

    #[test]
    fn japanese_takes_two_columns() {
        assert_eq!(width("web01"), 5);
        assert_eq!(width("仮想マシン"), 10);
        assert_eq!(cut("仮想マシン", 7), "仮想マ…");
        assert_eq!(cut("web01", 5), "web01");
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left(text in any::<String>()) {
            let shown = plain(&text);
            prop_assert!(!shown.chars().any(|c| c.is_control() || acts(c)));
        }

        #[test]
        fn lines_keep_their_breaks_and_nothing_else_that_acts(text in any::<String>()) {
            let shown = lines(&text);
            prop_assert!(!shown.chars().any(|c| c != '\n' && (c.is_control() || acts(c))));
            prop_assert!(shown.chars().count() <= LONGEST_MESSAGE * 8);
        }

        #[test]
        fn a_cut_text_fits(text in any::<String>(), most in 1usize..60) {
            prop_assert!(width(&cut(&text, most)) <= most);
        }
    }
}
