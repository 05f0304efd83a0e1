//! Lists of installed updates as text: tables of `Win32_QuickFixEngineering` and
//! `Get-HotFix`, as PowerShell and `wmic` print them or write them as CSV.
//!
//! The names of properties are the same in every language, so a table is known by its
//! `HotFixID`. Exports as objects (clixml) are not read here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::LazyLock;

use regex::Regex;

use super::super::error::ReadError;
use super::super::rendered::CsvRow;
use super::super::text::Lines;
use crate::model::id::NodeName;
use crate::model::source::Locator;

/// Updates by the machine that a row names; `None` where it names none.
pub type Updates = BTreeMap<Option<NodeName>, BTreeSet<String>>;

static UPDATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bKB([0-9]{6,8})\b").ok());

/// Columns that name the machine.
const MACHINES: [&str; 5] = ["PSComputerName", "CSName", "Source", "__SERVER", "Node"];
/// Lines in which the head of the table has to stand.
const HEAD_LINES: usize = 12;

/// Whether a text begins as such a list.
#[must_use]
pub fn is_update_list(text: &str) -> bool {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .take(HEAD_LINES)
        .any(names_updates)
}

/// Whether a line has `HotFixID` as a word of its own.
fn names_updates(line: &str) -> bool {
    words(line).any(|(_, word)| word.eq_ignore_ascii_case("HotFixID"))
}

/// Words with the number of the character that each begins at.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.split(move |c: char| !is_part(c))
        .filter(|word| !word.is_empty())
        .map(move |word| {
            let bytes = word.as_ptr() as usize - line.as_ptr() as usize;
            (line[..bytes].chars().count(), word)
        })
}

/// Where a row names its machine.
enum Place {
    /// A column of a CSV.
    Csv(char, usize),
    /// From one character to another; `None`: to the end of the word.
    Columns(usize, Option<usize>),
    /// On a line of its own, behind `label :`.
    Label,
}

/// Reads such a list.
///
/// # Errors
///
/// When the input cannot be read.
pub fn read_updates(input: &mut dyn Read) -> Result<Updates, ReadError> {
    let fail = |line: u64| {
        move |source| ReadError::Read {
            at: match line {
                0 => Locator::Whole,
                line => Locator::Line(line),
            },
            source,
        }
    };
    let mut lines = Lines::new(input).map_err(fail(0))?;
    let mut updates = Updates::new();
    let mut place: Option<Place> = None;
    // Of a list that gives each property a line.
    let mut labeled: Option<NodeName> = None;
    loop {
        let behind = lines.number();
        let Some(line) = lines.next_line().map_err(fail(behind))? else {
            return Ok(updates);
        };
        let text = line.text;
        if names_updates(text) && !text.contains("KB") {
            place = head(text);
            continue;
        }
        if let Some((label, value)) = text.split_once(':')
            && is_machine(label.trim())
        {
            labeled = NodeName::new(value.trim());
            place = Some(Place::Label);
        }
        let Some(update) = UPDATE.as_ref() else {
            continue;
        };
        let node = match &place {
            Some(Place::Label) => labeled.clone(),
            Some(place) => machine(text, place),
            None => None,
        };
        for found in update.captures_iter(text) {
            let all = updates.entry(node.clone()).or_default();
            all.insert(format!("KB{}", &found[1]));
        }
    }
}

fn is_machine(name: &str) -> bool {
    MACHINES.iter().any(|m| m.eq_ignore_ascii_case(name))
}

fn head(line: &str) -> Option<Place> {
    for separator in [',', ';', '\t'] {
        let mut row = CsvRow::default();
        row.add(line.trim_start_matches('\u{FEFF}'), separator);
        let at = |name: &str| {
            let is = |column: &String| column.trim().eq_ignore_ascii_case(name);
            row.values().iter().position(is)
        };
        if row.values().len() > 1 && at("HotFixID").is_some() {
            let column = MACHINES.iter().find_map(|name| at(name))?;
            return Some(Place::Csv(separator, column));
        }
    }
    let heads: Vec<(usize, &str)> = words(line).collect();
    let at = heads.iter().position(|(_, word)| is_machine(word))?;
    let next = heads.get(at + 1).map(|(start, _)| *start);
    Some(Place::Columns(heads[at].0, next))
}

/// The machine of a row. A column can be found by its place only where no wide
/// character stands before it.
fn machine(line: &str, place: &Place) -> Option<NodeName> {
    let text = match place {
        Place::Csv(separator, column) => {
            let mut row = CsvRow::default();
            row.add(line, *separator);
            return row
                .values()
                .get(*column)
                .and_then(|v| NodeName::new(v.trim()));
        }
        Place::Columns(from, to) => {
            let to = to.unwrap_or(usize::MAX);
            let before: String = line.chars().take(*from).collect();
            if !before.is_ascii() {
                return None;
            }
            line.chars().skip(*from).take(to - from).collect::<String>()
        }
        Place::Label => return None,
    };
    let word = text.split_whitespace().next()?;
    // `ft` cuts what does not fit.
    (!word.ends_with(['…', '.'])).then(|| NodeName::new(word))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        assert!(is_update_list(text), "{text}");
        read_updates(&mut text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|(node, kb)| {
                let node = node.map_or("-".to_owned(), |n| n.to_string());
                (node, Vec::from_iter(kb).join(" "))
            })
            .collect()
    }

    fn of(node: &str) -> Vec<(String, String)> {
        vec![(node.to_owned(), "KB3199986 KB4049065".to_owned())]
    }

    #[test]
    fn tables_are_read_in_every_form() {
        let table = "\r\nSource        Description      HotFixID      InstalledBy          InstalledOn              \r\n\
                     ------        -----------      --------      -----------          -----------              \r\n\
                     HV01          Update           KB4049065     CORP\\admin           11/15/2017 12:00:00 AM   \r\n\
                     HV01          Security Update  KB3199986                          11/12/2016 12:00:00 AM   \r\n";
        let wmic = "Caption                                     CSName  Description      FixComments  HotFixID   InstalledOn\r\n\
                    http://support.microsoft.com/?kbid=4049065  HV01    Update                        KB4049065  11/15/2017\r\n\
                    http://support.microsoft.com/?kbid=3199986  HV01    Security Update               KB3199986  11/12/2016\r\n";
        let csv = "\"PSComputerName\",\"Description\",\"HotFixID\"\r\n\"HV01.corp.example\",\"Update, important\",\"KB4049065\"\r\n\"HV01\",\"Update\",\"KB3199986\"\r\n";
        let wmic_csv = "\r\nNode,Caption,CSName,Description,HotFixID\r\nHV01,http://x/?kbid=4049065,HV01,Update,KB4049065\r\nHV01,,HV01,Update,KB3199986\r\n";
        let semicolons = "Source;HotFixID\r\nHV01;KB4049065\r\nHV01;KB3199986\r\n";
        let list = "\r\nPSComputerName : HV01\r\nHotFixID       : KB4049065\r\n\r\nPSComputerName : HV01\r\nHotFixID       : KB3199986\r\n";
        for text in [table, wmic, csv, wmic_csv, semicolons, list] {
            let mut found = read(text);
            for (node, _) in &mut found {
                node.truncate(4);
            }
            assert_eq!(found, of("HV01"), "{text}");
        }
        let japanese = "Source  Description                     HotFixID   InstalledOn\r\n\
                        HV01    セキュリティ更新プログラム      KB4049065  2017/11/15 0:00:00\r\n\
                        HV01    Update                          KB3199986  2016/11/12 0:00:00\r\n";
        assert_eq!(read(japanese), of("HV01"));
        let nameless = "HotFixID   Description\r\nKB4049065  Update\r\nKB3199986  Update\r\n";
        assert_eq!(read(nameless), of("-"));
    }

    #[test]
    fn rows_of_two_machines_stay_apart() {
        let found = read("Source HotFixID\nHV01   KB4049065\nHV02   KB3199986\n");
        let told: Vec<_> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(told, [("HV01", "KB4049065"), ("HV02", "KB3199986")]);
    }

    #[test]
    fn other_texts_are_no_lists() {
        for text in ["", "KB4049065", "the HotFixIDs of\n", "Name State\nx y\n"] {
            assert!(!is_update_list(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(head in "[A-Za-z_,;\\t :あ]{0,20}(Source|CSName|Node)?[,; ]{0,3}HotFixID[ ,;a-z]{0,9}", rows in "[KB0-9,; \\n\"…あa-z:\\t]{0,120}") {
            let text = format!("{head}\n{rows}");
            let _ = is_update_list(&text);
            let _ = read_updates(&mut text.as_bytes());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_updates(&mut &bytes[..]);
        }
    }
}
