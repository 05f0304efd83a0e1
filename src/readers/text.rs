//! Text of unknown encoding as lines or as UTF-8, in fixed buffers.
//!
//! The encoding is decided once, from the first [`HEAD`] bytes: a byte order mark,
//! else the NUL pattern of UTF-16, else UTF-8, else a Windows code page, where
//! Japanese (932) is told from Western (1252) by how its double bytes stand
//! together. The size of the pieces in which a stream delivers never changes what
//! is read.

use std::io::{self, Read};
use std::sync::Arc;

use encoding_rs::{CoderResult, Decoder};
use memchr::{memchr, memmem};

use super::raw::LineFilter;

/// How much of a file decides its encoding.
pub const HEAD: usize = 64 * 1024;

/// Longest line that is kept, in bytes of UTF-8.
pub const LINE_LIMIT: usize = 1024 * 1024;

const BUFFER: usize = 256 * 1024;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without its mark; plain ASCII too.
    Utf8,
    /// UTF-16, low byte first, as PowerShell and the cluster service write it.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows code page 932 (Japanese).
    ShiftJis,
    /// Windows code page 1252 (Western).
    Windows1252,
}

impl Encoding {
    fn rs(self) -> &'static encoding_rs::Encoding {
        match self {
            Encoding::Utf8 => encoding_rs::UTF_8,
            Encoding::Utf16Le => encoding_rs::UTF_16LE,
            Encoding::Utf16Be => encoding_rs::UTF_16BE,
            Encoding::ShiftJis => encoding_rs::SHIFT_JIS,
            Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }
}

/// The encoding of a text that starts with `head`, and the length of its byte
/// order mark.
#[must_use]
pub fn detect(head: &[u8]) -> (Encoding, usize) {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => return (Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => return (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => return (Encoding::Utf16Be, 2),
        _ => {}
    }
    if let Some(encoding) = utf16_by_zeros(head) {
        return (encoding, 0);
    }
    let encoding = match std::str::from_utf8(head) {
        Ok(_) => Encoding::Utf8,
        // The head may end inside a character.
        Err(e) if e.error_len().is_none() => Encoding::Utf8,
        Err(_) => code_page(head),
    };
    (encoding, 0)
}

/// UTF-16 without a mark: one byte of most pairs is zero, always the same one.
fn utf16_by_zeros(head: &[u8]) -> Option<Encoding> {
    let pairs = head.len() / 2;
    if pairs < 2 {
        return None;
    }
    let (mut high_first, mut low_first) = (0usize, 0usize);
    for pair in head.chunks_exact(2) {
        high_first += usize::from(pair[0] == 0 && pair[1] != 0);
        low_first += usize::from(pair[1] == 0 && pair[0] != 0);
    }
    let clear = |many: usize, few: usize| many * 4 >= pairs && few * 8 <= many;
    if clear(low_first, high_first) {
        Some(Encoding::Utf16Le)
    } else if clear(high_first, low_first) {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Which Windows code page text that is not UTF-8 is in.
///
/// Japanese text has runs of double bytes; in Western text a high byte stands
/// alone between letters, and now and then pairs with the next letter by chance.
pub(super) fn code_page(bytes: &[u8]) -> Encoding {
    let (mut together, mut alone, mut broken) = (0usize, 0usize, 0usize);
    let mut at = 0;
    let mut run = 0usize;
    let mut end_run = |run: &mut usize| {
        if *run >= 2 {
            together += *run;
        } else {
            alone += *run;
        }
        *run = 0;
    };
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (0x81..=0x9F | 0xE0..=0xFC, Some(0x40..=0x7E | 0x80..=0xFC)) => {
                run += 1;
                at += 2;
            }
            // Half-width katakana.
            (0xA1..=0xDF, _) => {
                run += 1;
                at += 1;
            }
            // The head may end inside a character.
            (0x81..=0x9F | 0xE0..=0xFC, None) => at += 1,
            (0x80.., _) => {
                end_run(&mut run);
                broken += 1;
                at += 1;
            }
            _ => {
                end_run(&mut run);
                at += 1;
            }
        }
    }
    end_run(&mut run);
    if broken * 16 <= together && together > alone {
        Encoding::ShiftJis
    } else {
        Encoding::Windows1252
    }
}

/// Reads until `buffer` is full or the input ends; how many bytes there are.
pub(super) fn read_full(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

/// The bytes of a text, decoded to UTF-8 where its encoding asks for that.
struct Source<'r> {
    input: &'r mut dyn Read,
    encoding: Encoding,
    /// `None` passes bytes through.
    decoder: Option<Decoder>,
    /// Raw bytes not yet handed on.
    raw: Vec<u8>,
    at: usize,
    end: usize,
    ended: bool,
}

impl<'r> Source<'r> {
    /// `raw_8_bit` passes every 8-bit encoding through undecoded.
    fn new(input: &'r mut dyn Read, raw_8_bit: bool) -> io::Result<Self> {
        let mut raw = vec![0; HEAD];
        let end = read_full(input, &mut raw)?;
        let (encoding, mark) = detect(&raw[..end]);
        let wide = matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        let decoder =
            (wide || !raw_8_bit).then(|| encoding.rs().new_decoder_without_bom_handling());
        Ok(Source {
            input,
            encoding,
            decoder,
            raw,
            at: mark,
            end,
            ended: end < HEAD,
        })
    }

    /// Fills a part of `out` (at least 16 bytes); 0 is the end.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let rest = self.end - self.at;
            match &mut self.decoder {
                None if rest > 0 => {
                    let length = rest.min(out.len());
                    out[..length].copy_from_slice(&self.raw[self.at..self.at + length]);
                    self.at += length;
                    return Ok(length);
                }
                None if self.ended => return Ok(0),
                None => match self.input.read(out) {
                    Ok(length) => {
                        self.ended = length == 0;
                        return Ok(length);
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    Err(e) => return Err(e),
                },
                Some(decoder) => {
                    if rest > 0 || self.ended {
                        let (result, read, written, _) =
                            decoder.decode_to_utf8(&self.raw[self.at..self.end], out, self.ended);
                        self.at += read;
                        if self.ended && result == CoderResult::InputEmpty {
                            // A decoder that has finished must not be used again.
                            self.decoder = None;
                            return Ok(written);
                        }
                        if written > 0 {
                            return Ok(written);
                        }
                    }
                    self.end = read_full(self.input, &mut self.raw)?;
                    self.at = 0;
                    self.ended = self.end < self.raw.len();
                }
            }
        }
    }
}

/// One line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: u64,
    /// Its text.
    pub text: &'a str,
    /// It was longer than [`LINE_LIMIT`]; the rest was skipped.
    pub cut: bool,
    /// It has bytes that its encoding does not allow, shown as U+FFFD.
    pub malformed: bool,
}

/// Where a line is in the buffer of [`Lines`], without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) number: u64,
    /// See [`Line::cut`].
    pub(super) cut: bool,
    /// The filter found something in it, or there is none.
    pub(super) marked: bool,
    from: usize,
    to: usize,
}

/// The lines of a text, ended by LF or CRLF, read in buffers of bounded size.
pub struct Lines<'r> {
    source: Source<'r>,
    buffer: Vec<u8>,
    start: usize,
    /// No line end lies between `start` and here.
    searched: usize,
    end: usize,
    ended: bool,
    number: u64,
    /// The rest of a line that was cut is being skipped.
    skipping: bool,
    /// The first bytes outside of ASCII decided this; `None` before them.
    eight_bit: Option<Encoding>,
    scratch: String,
    filter: Option<Arc<dyn LineFilter>>,
    /// What the filter found, before `filtered`; those up to `passed` are behind.
    found: Vec<usize>,
    passed: usize,
    filtered: usize,
    /// A line that stays in the buffer.
    held: Option<Place>,
    /// All bytes in the buffer are ASCII, as far as was looked.
    ascii: bool,
}

impl<'r> Lines<'r> {
    /// Reads the head and decides the encoding.
    ///
    /// # Errors
    ///
    /// When the input cannot be read.
    pub fn new(input: &'r mut dyn Read) -> io::Result<Self> {
        let source = Source::new(input, true)?;
        let head = &source.raw[source.at..source.end];
        let eight_bit = (!head.is_ascii()).then_some(source.encoding);
        Ok(Lines {
            source,
            buffer: vec![0; BUFFER],
            start: 0,
            searched: 0,
            end: 0,
            ended: false,
            number: 0,
            skipping: false,
            eight_bit,
            scratch: String::new(),
            filter: None,
            found: Vec::new(),
            passed: 0,
            filtered: 0,
            held: None,
            ascii: false,
        })
    }

    /// Marks lines from here on by a filter.
    pub(super) fn filter(&mut self, filter: Arc<dyn LineFilter>) {
        self.filter = Some(filter);
        self.filtered = self.start;
        self.run_filter();
    }

    /// Keeps a line's bytes until the next is held or none is.
    pub(super) fn hold(&mut self, place: Option<Place>) {
        self.held = place;
    }

    /// Whether all lines in the buffer are known to be ASCII; told only with a filter.
    pub(super) fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The line that is held.
    pub(super) fn held(&self) -> Option<Place> {
        self.held
    }

    /// How the text is written.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.source.encoding
    }

    /// Number of the last line that was read.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the input cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        match self.next_place()? {
            Some(place) => Ok(Some(self.line(place))),
            None => Ok(None),
        }
    }

    /// Where the next line is; `None` at the end. The place is good until the next call,
    /// or longer where it is held.
    pub(super) fn next_place(&mut self) -> io::Result<Option<Place>> {
        let (from, to, cut) = loop {
            if let Some(found) = memchr(b'\n', &self.buffer[self.searched..self.end]) {
                let to = self.searched + found;
                let from = self.start;
                self.start = to + 1;
                self.searched = self.start;
                if !self.skipping {
                    break (from, to.min(from + LINE_LIMIT), to - from > LINE_LIMIT);
                }
                self.skipping = false;
                continue;
            }
            self.searched = self.end;
            if self.skipping {
                self.start = self.end;
            } else if self.end - self.start > LINE_LIMIT {
                let from = self.start;
                self.start = self.end;
                self.skipping = true;
                break (from, from + LINE_LIMIT, true);
            }
            if self.ended {
                if self.start == self.end {
                    return Ok(None);
                }
                let from = self.start;
                self.start = self.end;
                break (from, self.end, false);
            }
            self.fill()?;
        };
        self.number += 1;
        let marked = self.filter.is_none() || cut || {
            while self.found.get(self.passed).is_some_and(|at| *at < from) {
                self.passed += 1;
            }
            self.found.get(self.passed).is_some_and(|at| *at < to)
        };
        let to = match self.buffer.get(from..to) {
            Some([.., b'\r']) => to - 1,
            _ => to,
        };
        Ok(Some(Place {
            number: self.number,
            cut,
            marked,
            from,
            to,
        }))
    }

    /// A line as it stands in the buffer: in UTF-8, or in an 8-bit encoding.
    pub(super) fn bytes(&self, place: Place) -> &[u8] {
        self.buffer.get(place.from..place.to).unwrap_or(&[])
    }

    /// A line as text. The lines that are not all ASCII must be asked for in order.
    pub(super) fn line(&mut self, place: Place) -> Line<'_> {
        let (text, malformed) = decode_line(
            self.buffer.get(place.from..place.to).unwrap_or(&[]),
            self.source.encoding,
            &mut self.eight_bit,
            place.cut,
            &mut self.scratch,
        );
        Line {
            number: place.number,
            text,
            cut: place.cut,
            malformed,
        }
    }

    /// Lets the filter see the whole lines that it has not seen.
    fn run_filter(&mut self) {
        let Some(filter) = &self.filter else {
            return;
        };
        let new = &self.buffer[self.filtered..self.end];
        let whole = match self.ended {
            true => new.len(),
            false => memchr::memrchr(b'\n', new).map_or(0, |at| at + 1),
        };
        self.found.drain(..self.passed);
        self.passed = 0;
        let before = self.found.len();
        filter.find(&new[..whole], &mut self.found);
        for place in &mut self.found[before..] {
            *place += self.filtered;
        }
        self.filtered += whole;
        self.ascii = self.buffer[self.start..self.end].is_ascii();
    }

    fn fill(&mut self) -> io::Result<()> {
        let kept = self
            .held
            .map_or(self.start, |held| held.from.min(self.start));
        if kept > 0 {
            self.buffer.copy_within(kept..self.end, 0);
            self.end -= kept;
            self.searched -= kept;
            self.start -= kept;
            // Behind `start` after a line that was too long.
            self.filtered = self.filtered.max(kept) - kept;
            self.found.drain(..self.passed);
            self.passed = 0;
            for place in &mut self.found {
                *place = place.saturating_sub(kept);
            }
            if let Some(held) = &mut self.held {
                held.from -= kept;
                held.to -= kept;
            }
        }
        if self.buffer.len() - self.end < BUFFER / 4 {
            // Bounded: a line beyond the limit is cut before the next fill.
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let length = self.source.read(&mut self.buffer[self.end..])?;
        self.end += length;
        self.ended = length == 0;
        self.run_filter();
        Ok(())
    }
}

/// One line as UTF-8, and whether it has bytes that are none.
fn decode_line<'a>(
    line: &'a [u8],
    encoding: Encoding,
    eight_bit: &mut Option<Encoding>,
    cut: bool,
    scratch: &'a mut String,
) -> (&'a str, bool) {
    // A cut may go through a character; that is not the text's fault.
    let allow_tail = |e: &std::str::Utf8Error| cut && e.error_len().is_none();
    let utf8 = match std::str::from_utf8(line) {
        Ok(text) => Ok(text),
        Err(e) if allow_tail(&e) => Ok(std::str::from_utf8(&line[..e.valid_up_to()]).unwrap_or("")),
        Err(e) => Err(e),
    };
    if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        let text = utf8.unwrap_or("");
        let malformed = memmem::find(text.as_bytes(), "\u{FFFD}".as_bytes()).is_some();
        return (text, malformed);
    }
    let page = match (*eight_bit, &utf8) {
        (Some(Encoding::Utf8), Ok(text)) => return (text, false),
        (None, Ok(text)) => {
            if !line.is_ascii() {
                *eight_bit = Some(Encoding::Utf8);
            }
            return (text, false);
        }
        (Some(page @ (Encoding::ShiftJis | Encoding::Windows1252)), _) => {
            if line.is_ascii() {
                return (utf8.unwrap_or(""), false);
            }
            page
        }
        (None, Err(_)) => *eight_bit.insert(code_page(line)),
        _ => Encoding::Utf8,
    };
    scratch.clear();
    let (text, malformed) = page.rs().decode_without_bom_handling(line);
    scratch.push_str(&text);
    (scratch, malformed)
}

/// A text as one stream of UTF-8; what its encoding does not allow becomes U+FFFD.
pub struct Utf8Reader<'r> {
    source: Source<'r>,
    /// Decoded bytes that did not fit where they were asked for.
    spare: Vec<u8>,
    spare_at: usize,
}

impl<'r> Utf8Reader<'r> {
    /// Reads the head and decides the encoding.
    ///
    /// # Errors
    ///
    /// When the input cannot be read.
    pub fn new(input: &'r mut dyn Read) -> io::Result<Self> {
        Ok(Utf8Reader {
            source: Source::new(input, false)?,
            spare: Vec::new(),
            spare_at: 0,
        })
    }
}

impl Read for Utf8Reader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.spare_at < self.spare.len() {
            let length = out.len().min(self.spare.len() - self.spare_at);
            out[..length].copy_from_slice(&self.spare[self.spare_at..self.spare_at + length]);
            self.spare_at += length;
            return Ok(length);
        }
        if out.len() >= 16 || out.is_empty() {
            return if out.is_empty() {
                Ok(0)
            } else {
                self.source.read(out)
            };
        }
        // A decoder needs room for a whole character.
        self.spare.resize(64, 0);
        let length = self.source.read(&mut self.spare)?;
        self.spare.truncate(length);
        self.spare_at = 0;
        if length == 0 { Ok(0) } else { self.read(out) }
    }
}

/// The start of a text as UTF-8, for recognizing it; an incomplete last character
/// is left out.
#[must_use]
pub fn decode_head(head: &[u8]) -> String {
    let (encoding, mark) = detect(head);
    let mut decoder = encoding.rs().new_decoder_without_bom_handling();
    let rest = &head[mark..];
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(rest.len()).unwrap_or(0));
    let _ = decoder.decode_to_string(rest, &mut text, false);
    text
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands out its bytes in pieces of the given sizes, over and over.
    pub(crate) struct Pieces<'a> {
        pub(crate) bytes: &'a [u8],
        pub(crate) sizes: &'a [usize],
        pub(crate) turn: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes[self.turn % self.sizes.len()].max(1);
            self.turn += 1;
            let length = size.min(out.len()).min(self.bytes.len());
            out[..length].copy_from_slice(&self.bytes[..length]);
            self.bytes = &self.bytes[length..];
            Ok(length)
        }
    }

    fn lines(bytes: &[u8]) -> Vec<(String, bool, bool)> {
        lines_of(&mut &bytes[..])
    }

    fn lines_of(input: &mut dyn Read) -> Vec<(String, bool, bool)> {
        let mut lines = Lines::new(input).unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            assert_eq!(line.number, all.len() as u64 + 1);
            all.push((line.text.to_owned(), line.cut, line.malformed));
        }
        all
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        lines(bytes).into_iter().map(|(text, ..)| text).collect()
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn every_encoding_gives_the_same_lines() {
        let text = "仮想マシン構成を更新\r\n\r\nplain ascii line, the usual content\nend 終";
        let expected = [
            "仮想マシン構成を更新",
            "",
            "plain ascii line, the usual content",
            "end 終",
        ];
        let mut marked = vec![0xFF, 0xFE];
        marked.extend(utf16(text, false));
        let mut marked_big = vec![0xFE, 0xFF];
        marked_big.extend(utf16(text, true));
        let mut marked_utf8 = vec![0xEF, 0xBB, 0xBF];
        marked_utf8.extend(text.as_bytes());
        let (sjis, _, lossy) = encoding_rs::SHIFT_JIS.encode(text);
        assert!(!lossy);
        for bytes in [
            marked,
            marked_big,
            marked_utf8,
            text.as_bytes().to_vec(),
            utf16(text, false),
            utf16(text, true),
            sjis.to_vec(),
        ] {
            assert_eq!(texts(&bytes), expected, "{:?}", detect(&bytes));
        }
    }

    #[test]
    fn western_text_is_not_taken_for_japanese() {
        for text in [
            "Die Größe für März: übermäßig schöne Änderung",
            "Le système a été arrêté de manière inattendue, présenté à l'été",
            "El nodo ‘hv01’ se quitó de la pertenencia — ¿reinició?",
        ] {
            let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(text);
            assert_eq!(detect(&bytes), (Encoding::Windows1252, 0), "{text}");
            assert_eq!(texts(&bytes), [text]);
        }
        for text in ["ノード", "クラスター サービスは停止しました。", "ﾉｰﾄﾞ1 ｴﾗｰ"]
        {
            let (bytes, ..) = encoding_rs::SHIFT_JIS.encode(text);
            assert_eq!(detect(&bytes), (Encoding::ShiftJis, 0), "{text}");
        }
    }

    #[test]
    fn a_code_page_behind_a_long_ascii_head_is_still_found() {
        let mut bytes = b"0123456789abcde\n".repeat(HEAD / 16 + 10);
        let before = HEAD / 16 + 10;
        let (tail, ..) = encoding_rs::SHIFT_JIS.encode("仮想マシン\nノード\n");
        bytes.extend_from_slice(&tail);
        let all = lines(&bytes);
        assert_eq!(all[before].0, "仮想マシン");
        assert_eq!(all[before + 1], ("ノード".to_owned(), false, false));
    }

    #[test]
    fn what_an_encoding_does_not_allow_is_marked() {
        let all = lines(
            "é\nok\n"
                .as_bytes()
                .iter()
                .copied()
                .chain(*b"a\xFFb\nok")
                .collect::<Vec<_>>()
                .as_slice(),
        );
        // Not UTF-8 as a whole: the head decides for a code page.
        assert!(all.iter().all(|(_, _, malformed)| !malformed));
        let mut late = "é\n".repeat(HEAD).into_bytes();
        late.extend_from_slice(b"a\xFFb\nok\n");
        let all = lines(&late);
        assert_eq!(all[HEAD], ("a\u{FFFD}b".to_owned(), false, true));
        assert_eq!(all[HEAD + 1], ("ok".to_owned(), false, false));
        let mut odd = utf16("abcd\nef\n", false);
        odd.push(b'x');
        assert_eq!(lines(&odd)[2], ("\u{FFFD}".to_owned(), false, true));
    }

    #[test]
    fn a_line_without_end_costs_no_memory() {
        struct Endless(u64);
        impl Read for Endless {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let length = (out.len() as u64).min(self.0) as usize;
                out[..length].fill(b'x');
                self.0 -= length as u64;
                Ok(length)
            }
        }
        let mut input = Endless(64 * 1024 * 1024).chain(&b"\nnext"[..]);
        let mut lines = Lines::new(&mut input).unwrap();
        let first = lines.next_line().unwrap().unwrap();
        assert_eq!((first.text.len(), first.cut), (LINE_LIMIT, true));
        let next = lines.next_line().unwrap().unwrap();
        assert_eq!((next.number, next.text), (2, "next"));
        assert!(
            lines.buffer.len() <= 4 * LINE_LIMIT,
            "{}",
            lines.buffer.len()
        );
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same_text(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(0), any::<u8>(), b'a'..=b'z'], 0..600),
            sizes in prop::collection::vec(1usize..40, 1..8),
        ) {
            let whole = lines(&bytes);
            let mut pieces = Pieces { bytes: &bytes, sizes: &sizes, turn: 0 };
            prop_assert_eq!(&lines_of(&mut pieces), &whole);

            let read = |input: &mut dyn Read, step: usize| {
                let mut reader = Utf8Reader::new(input).unwrap();
                let (mut all, mut part) = (Vec::new(), vec![0; step]);
                loop {
                    let length = reader.read(&mut part).unwrap();
                    if length == 0 { break String::from_utf8(all).map_err(|e| e.into_bytes()); }
                    all.extend_from_slice(&part[..length]);
                }
            };
            let at_once = read(&mut &bytes[..], 4096);
            prop_assert!(at_once.is_ok());
            let mut pieces = Pieces { bytes: &bytes, sizes: &sizes, turn: 0 };
            prop_assert_eq!(read(&mut pieces, 1 + sizes[0]), at_once);
        }
    }
}
