//! The literals of all patterns, searched together: which of them are in one line, and
//! which lines of much text have any. What a line means is `patterns`' business.
//!
//! Much text is searched in windows as long as the shortest literal, by Wu and Manber's
//! method ("A fast algorithm for multi-pattern searching", TR-94-17, University of
//! Arizona): the last three bytes of a window tell how far the next place can be where a
//! literal may end. Most bytes of a log are never looked at.

use aho_corasick::AhoCorasick;
use memchr::{memchr, memmem};

use crate::readers::raw::LineFilter;

/// Literals shorter than this are searched one by one: they would shorten all windows.
const SHORT: usize = 7;
/// Most literals that are searched one by one.
const SHORT_ONES: usize = 4;
/// Longest window.
const LONGEST: usize = 24;
/// Places of the tables.
const TABLE: usize = 1 << 13;
/// Parts of a text that are searched at the same time: each step in a part waits for the
/// one before.
const LANES: usize = 4;

/// A set of literals.
#[derive(Debug)]
pub struct Literals {
    automaton: AhoCorasick,
    search: Search,
}

/// How much text is searched.
#[derive(Debug)]
enum Search {
    /// Long literals in windows, and a few short ones one by one.
    Windows(Option<Windows>, Vec<memmem::Finder<'static>>),
    /// By the automaton: too many are too short.
    Whole,
}

impl Literals {
    /// An error when they are too many to be searched together.
    pub(super) fn new(literals: &[&str]) -> Result<Self, String> {
        let automaton = AhoCorasick::new(literals).map_err(|e| e.to_string())?;
        let bytes = literals.iter().map(|l| l.as_bytes());
        let (short, long): (Vec<&[u8]>, Vec<&[u8]>) = bytes.partition(|l| l.len() < SHORT);
        let fits = short.len() <= SHORT_ONES && long.len() < usize::from(u16::MAX);
        let search = match fits {
            true => {
                let short = short.into_iter().map(memmem::Finder::new);
                Search::Windows(
                    Windows::new(&long),
                    short.map(memmem::Finder::into_owned).collect(),
                )
            }
            false => Search::Whole,
        };
        Ok(Literals { automaton, search })
    }

    /// Numbers of the literals in a text, some of them more than once.
    pub(super) fn in_text(&self, text: &str) -> Vec<usize> {
        let found = self.automaton.find_overlapping_iter(text);
        found.map(|m| m.pattern().as_usize()).collect()
    }
}

impl LineFilter for Literals {
    fn find(&self, text: &[u8], places: &mut Vec<usize>) {
        let before = places.len();
        match &self.search {
            Search::Windows(long, short) => {
                if let Some(long) = long {
                    long.find(text, places);
                }
                for finder in short {
                    places.extend(finder.find_iter(text));
                }
                if !short.is_empty() {
                    places[before..].sort_unstable();
                }
            }
            Search::Whole => places.extend(self.automaton.find_iter(text).map(|m| m.start())),
        }
    }
}

/// Tables for windows of one length.
#[derive(Debug)]
struct Windows {
    /// Bytes of a window; at least [`SHORT`].
    length: usize,
    /// By the last three bytes of a window: how far its end can be moved. 0: it may be a
    /// literal's.
    shift: Box<[u8; TABLE]>,
    /// By the same: where the literals begin in `ending` whose windows end so.
    first: Vec<u16>,
    ending: Vec<Ending>,
}

/// A literal and its window.
#[derive(Debug)]
struct Ending {
    place: usize,
    /// The window's first bytes, which tell most others from it.
    front: [u8; 4],
    /// Where the window begins in the literal.
    at: usize,
    literal: Box<[u8]>,
}

/// A part of a text: where it begins, its bytes, and the end of its window.
#[derive(Clone, Copy, Default)]
struct Lane<'t> {
    from: usize,
    text: &'t [u8],
    at: usize,
}

/// Where three bytes stand in the tables.
fn place(bytes: [u8; 3]) -> usize {
    let [a, b, c] = bytes.map(u32::from);
    ((a | b << 8 | c << 16).wrapping_mul(0x9e37_79b1) >> 19) as usize
}

/// Whether a byte is among those that texts have most.
fn is_common(byte: u8) -> bool {
    b" etaoinsrhldcu".contains(&byte)
}

impl Windows {
    /// `None`: there are none.
    fn new(literals: &[&[u8]]) -> Option<Self> {
        let length = literals.iter().map(|l| l.len()).min()?.min(LONGEST);
        let farthest = u8::try_from(length.checked_sub(2)?).ok()?;
        let mut shift = Box::new([farthest; TABLE]);
        let mut ending = Vec::new();
        for literal in literals {
            // Of each literal the part that fewest other texts end like.
            let common = |at: &usize| {
                let end = literal.get(at + length - 3..at + length).unwrap_or(&[]);
                end.iter().filter(|b| is_common(**b)).count()
            };
            let at = (0..=literal.len() - length).min_by_key(common)?;
            let window = literal.get(at..at + length)?;
            for (at, three) in window.windows(3).enumerate() {
                let place = place(three.try_into().ok()?);
                let to_end = u8::try_from(length - 3 - at).ok()?;
                shift[place] = shift[place].min(to_end);
            }
            ending.push(Ending {
                place: place(*window.last_chunk()?),
                front: *window.first_chunk()?,
                at,
                literal: Box::from(*literal),
            });
        }
        ending.sort_by_key(|ending| ending.place);
        let first = (0..=TABLE)
            .map(|place| ending.partition_point(|e| e.place < place) as u16)
            .collect();
        Some(Windows {
            length,
            shift,
            first,
            ending,
        })
    }

    fn find(&self, text: &[u8], places: &mut Vec<usize>) {
        // Parts of whole lines: a literal never spans two.
        let mut lanes = [Lane::default(); LANES];
        let mut from = 0;
        for (n, lane) in lanes.iter_mut().enumerate() {
            let rest = text.get(from..).unwrap_or(&[]);
            let about = rest.len() / (LANES - n);
            let end = match memchr(b'\n', rest.get(about..).unwrap_or(&[])) {
                Some(at) if n + 1 < LANES => about + at + 1,
                _ => rest.len(),
            };
            *lane = Lane {
                from,
                text: rest.get(..end).unwrap_or(&[]),
                at: self.length,
            };
            from += end;
        }
        let mut found: [Vec<usize>; LANES] = Default::default();
        let [mut a, mut b, mut c, mut d] = lanes;
        let [in_a, in_b, in_c, in_d] = &mut found;
        while self.step(&mut a, in_a)
            & self.step(&mut b, in_b)
            & self.step(&mut c, in_c)
            & self.step(&mut d, in_d)
        {}
        for (mut lane, mut found) in [a, b, c, d].into_iter().zip(found) {
            while self.step(&mut lane, &mut found) {}
            places.extend(found.into_iter().map(|at| lane.from + at));
        }
    }

    /// Looks at one window; `false`: there is none left.
    #[inline(always)]
    fn step(&self, lane: &mut Lane<'_>, found: &mut Vec<usize>) -> bool {
        let three = lane.text.get(lane.at.wrapping_sub(3)..lane.at);
        let Some(three) = three.and_then(<[u8]>::first_chunk::<3>) else {
            return false;
        };
        let place = place(*three);
        match self.shift[place] {
            0 => self.look(lane, place, found),
            by => lane.at += usize::from(by),
        }
        true
    }

    /// A window that may be a literal's.
    fn look(&self, lane: &mut Lane<'_>, place: usize, found: &mut Vec<usize>) {
        let start = lane.at - self.length;
        lane.at += 1;
        let (Some(&[from, to]), Some(window)) = (
            self.first.get(place..).and_then(<[u16]>::first_chunk::<2>),
            lane.text.get(start..),
        ) else {
            return;
        };
        let here = self.ending.get(from.into()..to.into()).unwrap_or(&[]);
        let front = window.first_chunk();
        let is_one = here.iter().any(|ending| {
            front == Some(&ending.front)
                && start
                    .checked_sub(ending.at)
                    .and_then(|start| lane.text.get(start..))
                    .is_some_and(|rest| rest.starts_with(&ending.literal))
        });
        if is_one {
            found.push(start);
            // One place is enough for a line.
            let end = memchr(b'\n', window).map_or(window.len(), |at| at + 1);
            lane.at = start + end + self.length;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Lines are found as by looking at each alone, however the text is cut, with
        /// long literals, short ones, and both.
        #[test]
        fn every_line_with_a_literal_is_found(
            lines in prop::collection::vec("(abcd|bc|cdef|ab|\r| |z|xyzuvw){0,9}", 0..60),
            literals in prop::collection::vec("(abcd|bc|cdef|ab| |xyzuvw){1,5}", 1..9),
            end in any::<bool>(),
        ) {
            let refs: Vec<&str> = literals.iter().map(String::as_str).collect();
            let literals = Literals::new(&refs).unwrap();
            let mut text = lines.join("\n");
            if end {
                text.push('\n');
            }
            let mut places = Vec::new();
            literals.find(text.as_bytes(), &mut places);
            prop_assert!(places.is_sorted());
            let mut from = 0;
            for line in text.split('\n') {
                let here = from..from + line.len();
                let found = places.iter().any(|at| here.contains(at));
                prop_assert_eq!(found, !literals.in_text(line).is_empty(), "{:?}", line);
                from += line.len() + 1;
            }
        }
    }
}
