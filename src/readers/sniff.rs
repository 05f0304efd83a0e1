//! What a file is, by its first bytes and never by its name.
//!
//! Extensions lie: SDDC bundles carry clixml in `.XML` and `.xml`, event logs in
//! `.EVTX` and `.evtx`, and tools save cluster logs as `.txt`.

use crate::model::coverage::FileKind;

use super::evtx::mta;
use super::{cluster_log, inventory, rendered, text};

/// How many bytes from the start of a file [`sniff`] wants. Past the header block
/// of an event log (4096), since that may be zeroed.
pub const HEAD: usize = 16 * 1024;

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file that some reader knows, or that none knows.
    File(FileKind),
    /// A ZIP archive.
    Zip,
    /// A Windows cabinet.
    Cab,
    /// A web page or web archive; whether it is a cluster's report, its place says.
    Page,
    /// XML of another kind; whether it is a cluster's report, its place says.
    Xml,
    /// A format that is known and not read, by name.
    Unsupported(&'static str),
}

/// Recognizes a file by its first bytes; [`HEAD`] of them are enough, fewer only
/// when the file is shorter.
#[must_use]
pub fn sniff(head: &[u8]) -> Content {
    if let Some(content) = by_magic(head) {
        return content;
    }
    let text = text::decode_head(head);
    // Text has no control characters beyond white space and page feeds.
    let odd = text
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0C') || *c == '\u{FFFD}')
        .count();
    if odd * 50 > text.chars().count() {
        return Content::File(FileKind::Other);
    }
    by_text(&text)
}

fn by_magic(head: &[u8]) -> Option<Content> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|h| h.starts_with(magic));
    if at(0, b"ElfFile\0") || at(4096, b"ElfChnk\0") {
        return Some(Content::File(FileKind::Evtx));
    }
    if at(0, mta::MAGIC) {
        return Some(Content::File(FileKind::Messages));
    }
    if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        return Some(Content::Zip);
    }
    if at(0, b"MSCF\0\0\0\0") {
        return Some(Content::Cab);
    }
    let known: [(usize, &[u8], &'static str); 6] = [
        (4, b"LfLe", "event log of Windows XP or 2003"),
        (0, b"7z\xBC\xAF\x27\x1C", "7-Zip archive"),
        (0, b"Rar!\x1A\x07", "RAR archive"),
        (0, b"\x1F\x8B\x08", "gzip archive"),
        (0, b"MSWIM\0\0\0", "Windows image"),
        (257, b"ustar", "tar archive"),
    ];
    known
        .iter()
        .find(|(offset, magic, _)| at(*offset, magic))
        .map(|(.., name)| Content::Unsupported(name))
}

fn by_text(text: &str) -> Content {
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    let start = text.strip_prefix("#< CLIXML").map_or(text, str::trim_start);
    if start.starts_with('<') {
        return by_markup(start);
    }
    if is_web_archive(text) {
        return Content::Page;
    }
    if rendered::is_event_csv(text) {
        return Content::File(FileKind::EventCsv);
    }
    if let Some(kind) = cluster_log::recognize(text) {
        return Content::File(kind);
    }
    // Event Viewer copies a record's text first, its XML behind it.
    if text.contains("<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"")
        || text.contains("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'")
    {
        return Content::File(FileKind::EventXml);
    }
    if is_system_info(text) {
        return Content::File(FileKind::SystemInfo);
    }
    if inventory::is_update_list(text) {
        return Content::File(FileKind::UpdateList);
    }
    Content::File(FileKind::Other)
}

fn by_markup(text: &str) -> Content {
    match first_element(text) {
        Some("Event" | "Events") => Content::File(FileKind::EventXml),
        Some("Objs") if text.contains("schemas.microsoft.com/powershell") => {
            Content::File(FileKind::Clixml)
        }
        Some("configuration") if inventory::is_vm_configuration(text) => {
            Content::File(FileKind::VmConfig)
        }
        Some(name) if name.eq_ignore_ascii_case("html") => Content::Page,
        _ if starts_with_any_case(text, "<!doctype html") => Content::Page,
        Some(_) if text.starts_with("<?xml") || text.contains("xmlns") => Content::Xml,
        _ => Content::File(FileKind::Other),
    }
}

/// Local name of the first element, behind declarations and comments.
fn first_element(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')? + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if !rest.starts_with(['?', '!']) {
            let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/'))?;
            let name = &rest[..end];
            return Some(name.rsplit(':').next().unwrap_or(name));
        }
    }
}

fn is_web_archive(text: &str) -> bool {
    let head: String = text.chars().take(1000).collect();
    let head = head.to_ascii_lowercase();
    head.contains("mime-version:") && head.contains("multipart/related")
}

/// Labels at the start of the lines of `systeminfo`, English and Japanese.
const SYSTEM_INFO_LABELS: [&str; 8] = [
    "Host Name:",
    "OS Name:",
    "OS Version:",
    "OS Manufacturer:",
    "ホスト名:",
    "OS 名:",
    "OS バージョン:",
    "OS 製造元:",
];

fn is_system_info(text: &str) -> bool {
    let labels = text.lines().take(12).filter(|line| {
        let line = line.trim_start();
        SYSTEM_INFO_LABELS
            .iter()
            .any(|label| line.starts_with(label))
    });
    labels.count() >= 2
}

fn starts_with_any_case(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    }

    #[test]
    fn each_content_is_known_by_its_bytes_in_any_encoding() {
        let stamp = "00000a78.000021b8::2024/05/14-10:05:00.911";
        for (text, expected) in [
            (format!("{stamp} INFO  [RCM] x\r\n"), FileKind::ClusterLog),
            (format!("pasted from a ticket\n  172 [System] {stamp} ERR   x"), FileKind::ClusterLog),
            ("[=== Cluster ===]\r\n\r\nBuild Number 14393".to_owned(), FileKind::ClusterLog),
            ("378.32c::1999/06/09-18:00:18.874 Service".to_owned(), FileKind::LegacyClusterLog),
            ("   0bc.034::28-12:54:40.138 File".to_owned(), FileKind::LegacyClusterLog),
            ("<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">".to_owned(), FileKind::Clixml),
            ("<?xml version='1.0'?><!-- x --><Events><Event/></Events>".to_owned(), FileKind::EventXml),
            ("<e:Event xmlns:e='u'/>".to_owned(), FileKind::EventXml),
            ("Log Name: System\nEvent Xml:\n<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">".to_owned(), FileKind::EventXml),
            ("#TYPE X\nEventID,MachineName,TimeGenerated,Source,Message\n".to_owned(), FileKind::EventCsv),
            ("\r\nHost Name:      HV01\r\nOS Name:      Windows\r\n".to_owned(), FileKind::SystemInfo),
            ("ホスト名:      HV01\r\nOS 名:      Windows\r\n".to_owned(), FileKind::SystemInfo),
            ("\r\nSource  Description  HotFixID   InstalledOn\r\n------  ---  ---\r\n".to_owned(), FileKind::UpdateList),
            ("<?xml version=\"1.0\" standalone=\"yes\"?><configuration><_a_><b type=\"integer\">1</b></_a_>".to_owned(), FileKind::VmConfig),
            ("a shopping list\n- 3.5 kg of 10.0.0.1\n".to_owned(), FileKind::Other),
            ("a,b,c\n1,2,3\n".to_owned(), FileKind::Other),
        ] {
            assert_eq!(sniff(text.as_bytes()), Content::File(expected), "{text}");
            assert_eq!(sniff(&utf16(&text)), Content::File(expected), "UTF-16: {text}");
        }
        let (sjis, ..) =
            encoding_rs::SHIFT_JIS.encode("ホスト名:    HV01\r\nOS 名:    Windows\r\n");
        assert_eq!(sniff(&sjis), Content::File(FileKind::SystemInfo));
    }

    #[test]
    fn binary_contents_are_known_by_their_magic() {
        let mut zeroed = vec![0; 4096];
        zeroed.extend_from_slice(b"ElfChnk\0");
        assert_eq!(sniff(&zeroed), Content::File(FileKind::Evtx));
        assert_eq!(sniff(b"ElfFile\0"), Content::File(FileKind::Evtx));
        assert_eq!(sniff(b"ElfFile"), Content::File(FileKind::Other));
        assert_eq!(
            sniff(b"MTAFile\0\x01\0\0\0"),
            Content::File(FileKind::Messages)
        );
        assert_eq!(
            sniff(b"<?xml version='1.0'?><configuration><appSettings/></configuration>"),
            Content::Xml
        );
        assert_eq!(sniff(b"PK\x03\x04rest"), Content::Zip);
        assert_eq!(sniff(b"MSCF\0\0\0\0rest"), Content::Cab);
        assert_eq!(
            sniff(b"7z\xBC\xAF\x27\x1C"),
            Content::Unsupported("7-Zip archive")
        );
        assert_eq!(sniff(b"<!DOCTYPE HTML><html>"), Content::Page);
        assert_eq!(
            sniff(b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;"),
            Content::Page
        );
        assert_eq!(sniff(b"<?xml version=\"1.0\"?><Report/>"), Content::Xml);
        assert_eq!(sniff(b""), Content::File(FileKind::Other));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,80}") {
            let _ = sniff(&bytes);
            let _ = sniff(text.as_bytes());
            let _ = sniff(&[b"<".as_slice(), &bytes].concat());
        }
    }
}
