//! What `systeminfo` prints of a machine: its name, its system, its updates.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::LazyLock;

use regex::Regex;

use super::super::error::ReadError;
use super::super::text::Lines;
use crate::model::id::NodeName;
use crate::model::source::Locator;

/// What `systeminfo` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemInfo {
    /// The machine.
    pub host: Option<NodeName>,
    /// Operating system as named there.
    pub os: Option<String>,
    /// Build number (7601, 14393, …).
    pub build: Option<u32>,
    /// Updates (`KB2545685`), sorted, each once.
    pub updates: Vec<String>,
}

static BUILD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^0-9.])(?:10|6)\.[0-4]\.([0-9]{4,5})(?:[^0-9]|$)").ok());
static UPDATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bKB([0-9]{6,8})\b").ok());

/// Reads the output of `systeminfo`.
///
/// English and Japanese labels are known; in another language the first three
/// lines with a value are taken, since their order is the same everywhere: host,
/// operating system, version.
///
/// # Errors
///
/// When the input cannot be read.
pub fn read_systeminfo(input: &mut dyn Read) -> Result<SystemInfo, ReadError> {
    let fail = |line: u64| {
        move |source| ReadError::Read {
            at: if line == 0 {
                Locator::Whole
            } else {
                Locator::Line(line)
            },
            source,
        }
    };
    let mut lines = Lines::new(input).map_err(fail(0))?;
    let mut info = SystemInfo::default();
    let mut updates = BTreeSet::new();
    let mut pairs: Vec<(String, String)> = Vec::new();
    loop {
        let behind = lines.number();
        let Some(line) = lines.next_line().map_err(fail(behind))? else {
            break;
        };
        if let Some(update) = UPDATE.as_ref() {
            updates.extend(
                update
                    .captures_iter(line.text)
                    .map(|c| format!("KB{}", &c[1])),
            );
        }
        // Only the head matters: what follows is about hardware and updates.
        if pairs.len() < 12
            && let Some((label, value)) = line.text.split_once([':', '：'])
            && !value.trim().is_empty()
        {
            pairs.push((label.trim().to_owned(), value.trim().to_owned()));
        }
    }
    let labeled = |names: &[&str]| {
        pairs
            .iter()
            .find(|(label, _)| names.iter().any(|n| label.eq_ignore_ascii_case(n)))
            .map(|(_, value)| value.as_str())
    };
    let known =
        labeled(&["Host Name", "ホスト名"]).is_some() || labeled(&["OS Name", "OS 名"]).is_some();
    let by_place = |at: usize| {
        pairs
            .get(at)
            .filter(|_| !known)
            .map(|(_, value)| value.as_str())
    };
    info.host = labeled(&["Host Name", "ホスト名"])
        .or_else(|| by_place(0))
        .and_then(NodeName::new);
    info.os = labeled(&["OS Name", "OS 名"])
        .or_else(|| by_place(1))
        .map(str::to_owned);
    info.build = labeled(&["OS Version", "OS バージョン"])
        .or_else(|| by_place(2))
        .and_then(|version| {
            let found = BUILD.as_ref()?.captures(version)?;
            found[1].parse().ok()
        });
    info.updates = updates.into_iter().collect();
    Ok(info)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn systeminfo_is_read_in_english_japanese_and_by_place() {
        let english = "\r\nHost Name:                 HV01\r\nOS Name:                   Microsoft Windows Server 2016 Datacenter\r\n\
            OS Version:                10.0.14393 N/A Build 14393\r\nBIOS Version:  X 6.3.9600 y\r\n\
            Hotfix(s):                 2 Hotfix(s) Installed.\r\n   [01]: KB4049065\r\n   [02]: KB3199986\r\n [03]: KB3199986\r\n";
        let japanese = "ホスト名:             HV01\r\nOS 名:                Microsoft Windows Server 2016 Datacenter\r\n\
            OS バージョン:        10.0.14393 N/A ビルド 14393\r\nホットフィックス: [01]: KB4049065\r\n [02]: KB3199986\r\n";
        let german = "Hostname:     HV01\r\nBetriebssystemname:   Microsoft Windows Server 2016 Datacenter\r\n\
            Betriebssystemversion:    10.0.14393 Nicht zutreffend Build 14393\r\n KB4049065 KB3199986\r\n";
        let (sjis, ..) = encoding_rs::SHIFT_JIS.encode(japanese);
        for bytes in [
            english.as_bytes(),
            japanese.as_bytes(),
            &sjis,
            german.as_bytes(),
        ] {
            assert_eq!(
                read_systeminfo(&mut &bytes[..]).unwrap(),
                SystemInfo {
                    host: NodeName::new("hv01"),
                    os: Some("Microsoft Windows Server 2016 Datacenter".into()),
                    build: Some(14393),
                    updates: vec!["KB3199986".into(), "KB4049065".into()],
                }
            );
        }
        let r2 = "Host Name: N\nOS Version: 6.1.7601 Service Pack 1 Build 7601\n";
        assert_eq!(
            read_systeminfo(&mut r2.as_bytes()).unwrap().build,
            Some(7601)
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[A-Za-z:：KB0-9\\n .]{0,80}") {
            let _ = read_systeminfo(&mut &bytes[..]);
            let _ = read_systeminfo(&mut text.as_bytes());
        }
    }
}
