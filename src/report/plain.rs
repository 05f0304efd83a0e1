//! Text from logs, made safe to show on one line, whatever the format. Markup is
//! each renderer's own business; this is about characters that act by being
//! shown: terminal control sequences, line breaks, marks that turn the direction
//! of the text.

/// The longest value that is shown in a sentence or a table cell, in characters.
pub const LONGEST: usize = 400;

/// `text` on one line, without anything that acts.
///
/// White space becomes one blank. Control characters become their pictures
/// (`␛`), marks of direction and other invisible formatting their code
/// (`⟨U+202E⟩`): an engineer sees that they were there. Text longer than
/// [`LONGEST`] ends in `…`.
#[must_use]
pub fn plain(text: &str) -> String {
    made_safe(text, LONGEST)
}

fn made_safe(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for (at, c) in text.trim().chars().enumerate() {
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
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c => shown(c, &mut out),
        }
    }
    out
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
