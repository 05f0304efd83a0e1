//! The readers from outside: bundles of every build, and real logs line by line.

mod common;

use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::real;
use vmtrail::model::coverage::FileKind;
use vmtrail::model::diagnostic::{DiagnosticCode, Diagnostics};
use vmtrail::model::id::NodeName;
use vmtrail::model::inventory::VmSnapshot;
use vmtrail::model::source::Locator;
use vmtrail::model::time::{Moment, TimeBasis};
use vmtrail::readers::bundle::{Limits, Member, discover};
use vmtrail::readers::cluster_log::{self, ClusterLogOptions, ClusterLogSummary};
use vmtrail::readers::raw::{RawEvent, RawLine, RecordSink};
use vmtrail::readers::rendered::{self, CsvOptions};
use vmtrail::readers::sniff::{self, Content};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const LINE: &str = "00000a78.000021b8::2024/05/14-10:05:00.911 INFO  [RCM] x\r\n";

fn zip_of(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn deflated(entries: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(entries, CompressionMethod::Deflated)
}

/// Replaces a name in an archive's headers by another of the same length, which no
/// archiver would write.
fn renamed(mut archive: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut found = 0;
    for at in 0..archive.len() - from.len() {
        if archive[at..].starts_with(from) {
            archive[at..at + from.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert_eq!(found, 2, "a local and a central header");
    archive
}

struct Found {
    members: Vec<Member>,
    diagnostics: Diagnostics,
}

impl Found {
    fn paths(&self) -> Vec<&str> {
        self.members.iter().map(|m| &*m.path).collect()
    }

    fn codes(&self) -> Vec<(DiagnosticCode, String)> {
        self.diagnostics
            .iter()
            .map(|d| (d.code, d.source.member.to_string()))
            .collect()
    }
}

fn find_with(paths: &[&Path], limits: &Limits) -> Found {
    let mut diagnostics = Diagnostics::new();
    let paths: Vec<PathBuf> = paths.iter().map(|p| p.to_path_buf()).collect();
    let members = discover(&paths, limits, &mut diagnostics).unwrap();
    Found {
        members,
        diagnostics,
    }
}

/// Puts one file into a directory of its own and looks for members in it.
fn find_in(name: &str, content: &[u8], limits: &Limits) -> (tempfile::TempDir, Found) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, content).unwrap();
    let found = find_with(&[&path], limits);
    // Nothing is ever written beside what was given.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    (dir, found)
}

fn content_of(member: &Member) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    member.open().unwrap().read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[test]
fn any_mix_of_directories_archives_and_files_is_found_in_path_order() {
    let dir = tempfile::tempdir().unwrap();
    let inner = deflated(&[
        ("Node_HV03/System.EVTX", b"ElfFile\0rest"),
        ("HV02_cluster.log", LINE.as_bytes()),
    ]);
    let stored = zip_of(&[("deep.txt", b"deep")], CompressionMethod::Stored);
    let outer = zip_of(
        &[("nested.ZIP", &inner), ("no extension", &stored)],
        CompressionMethod::Deflated,
    );
    let kept = zip_of(&[("in place.zip", &inner)], CompressionMethod::Stored);
    let bundle = dir.path().join("bundle");
    fs::create_dir_all(bundle.join("Node_HV01")).unwrap();
    fs::write(bundle.join("Node_HV01/ClusterLog.txt"), LINE).unwrap();
    fs::write(bundle.join("b.zip"), &outer).unwrap();
    fs::write(bundle.join("a.bin"), &kept).unwrap();
    let single = dir.path().join("notes.txt");
    fs::write(&single, "nothing known").unwrap();

    let found = find_with(&[&single, &bundle], &Limits::default());
    let expected = [
        (
            "bundle/Node_HV01/ClusterLog.txt",
            FileKind::ClusterLog,
            Some("hv01"),
        ),
        (
            "bundle/a.bin!/in place.zip!/HV02_cluster.log",
            FileKind::ClusterLog,
            Some("hv02"),
        ),
        (
            "bundle/a.bin!/in place.zip!/Node_HV03/System.EVTX",
            FileKind::Evtx,
            Some("hv03"),
        ),
        (
            "bundle/b.zip!/nested.ZIP!/HV02_cluster.log",
            FileKind::ClusterLog,
            Some("hv02"),
        ),
        (
            "bundle/b.zip!/nested.ZIP!/Node_HV03/System.EVTX",
            FileKind::Evtx,
            Some("hv03"),
        ),
        (
            "bundle/b.zip!/no extension!/deep.txt",
            FileKind::Other,
            None,
        ),
        ("notes.txt", FileKind::Other, None),
    ];
    let seen: Vec<_> = found
        .members
        .iter()
        .map(|m| (&*m.path, m.kind, m.node_hint.as_ref().map(|n| n.key())))
        .collect();
    assert_eq!(seen, expected);
    assert!(found.diagnostics.is_empty());
    assert_eq!(found.members[6].file(), Some(&*single));
    assert_eq!(found.members[1].file(), None);
    for member in &found.members {
        assert_eq!(content_of(member).unwrap().len() as u64, member.size);
    }

    let mut diagnostics = Diagnostics::new();
    let error = discover(
        &[dir.path().join("gone")],
        &Limits::default(),
        &mut diagnostics,
    );
    assert!(error.unwrap_err().to_string().contains("gone"));
}

#[test]
fn entries_of_one_archive_are_read_by_many_threads_at_once() {
    let contents: Vec<(String, Vec<u8>)> = (0..40u8)
        .map(|n| (format!("f{n:02}"), vec![n; 100_000 + usize::from(n)]))
        .collect();
    let entries: Vec<(&str, &[u8])> = contents.iter().map(|(n, c)| (&**n, &**c)).collect();
    let (_dir, found) = find_in("many.zip", &deflated(&entries), &Limits::default());
    assert_eq!(found.members.len(), 40);
    let members = Arc::new(found.members);
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let members = members.clone();
            std::thread::spawn(move || {
                // All open at the same time, read in turns.
                let mut open: Vec<_> = members.iter().map(|m| m.open().unwrap()).collect();
                let mut sums = vec![0u64; open.len()];
                let mut piece = vec![0; 7_000];
                let mut running = true;
                while running {
                    running = false;
                    for (input, sum) in open.iter_mut().zip(&mut sums) {
                        let length = input.read(&mut piece).unwrap();
                        running |= length > 0;
                        *sum += piece[..length].iter().map(|b| u64::from(*b)).sum::<u64>();
                    }
                }
                sums
            })
        })
        .collect();
    let expected: Vec<u64> = (0..40).map(|n| n * (100_000 + n)).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}

#[test]
fn no_name_leaves_its_archive() {
    let names: [(&[u8], &str); 8] = [
        (b"../../../etc", "etc"),
        (b"/root/abcdef", "root/abcdef"),
        (b"..\\..\\..\\abc", "abc"),
        (b"C:\\Windows\\x", "Windows/x"),
        (b"\\\\srv\\sha\\x.", "srv/sha/x."),
        (b"a/b/NUL.text", "a/b/NUL_.text"),
        (b"ctrl\x07\x1bchars", "ctrl__chars"),
        (b"a/../../b/cc", "a/b/cc"),
    ];
    for (raw, shown) in names {
        let plain = "p".repeat(raw.len());
        let archive = renamed(deflated(&[(&plain, b"content")]), plain.as_bytes(), raw);
        let (_dir, found) = find_in("bad.zip", &archive, &Limits::default());
        let path = format!("bad.zip!/{shown}");
        assert_eq!(found.paths(), [&*path], "{}", raw.escape_ascii());
        assert_eq!(found.codes(), [(DiagnosticCode::EntryName, path)]);
        assert_eq!(content_of(&found.members[0]).unwrap(), b"content");
    }
    let archive = renamed(deflated(&[("pp", b"x"), ("ok", b"y")]), b"pp", b"..");
    let (_dir, found) = find_in("bad.zip", &archive, &Limits::default());
    assert_eq!(found.paths(), ["bad.zip!/ok"]);
    assert_eq!(
        found.codes(),
        [(DiagnosticCode::EntryName, "bad.zip".to_owned())]
    );
}

#[test]
fn names_are_shown_as_they_were_meant() {
    let sjis = encoding_rs::SHIFT_JIS.encode("ノード/ログ").0.into_owned();
    let cases: [(&[u8], &str); 4] = [
        ("Größe/件.log".as_bytes(), "Größe/件.log"),
        (&sjis, "ノード/ログ"),
        (b"Gr\x94\xE1e", "Größe"),
        (b"Node_A\\Reports\\x", "Node_A/Reports/x"),
    ];
    for (raw, shown) in cases {
        let plain = "p".repeat(raw.len());
        let archive = renamed(deflated(&[(&plain, b"c")]), plain.as_bytes(), raw);
        let (_dir, found) = find_in("n.zip", &archive, &Limits::default());
        assert_eq!(found.paths(), [format!("n.zip!/{shown}")]);
        assert!(found.diagnostics.is_empty());
    }
}

#[test]
fn two_entries_of_one_name_are_both_read() {
    let archive = deflated(&[("same.log", b"first"), ("sAme.log", b"second"), ("z", b"")]);
    let archive = renamed(archive, b"sAme.log", b"same.log");
    let (_dir, found) = find_in("twice.zip", &archive, &Limits::default());
    assert_eq!(
        found.paths(),
        [
            "twice.zip!/same.log",
            "twice.zip!/same.log#2",
            "twice.zip!/z"
        ]
    );
    assert_eq!(content_of(&found.members[0]).unwrap(), b"first");
    assert_eq!(content_of(&found.members[1]).unwrap(), b"second");
}

#[test]
fn a_bomb_is_left_out_and_the_rest_is_read() {
    let small = Limits {
        total_bytes: 60 << 20,
        member_bytes: 40 << 20,
        depth: 2,
        entries: 5,
        ratio: 100,
        ratio_from_bytes: 1 << 20,
    };
    let zeros = vec![0u8; 10 << 20];
    let (_dir, found) = find_in(
        "bomb.zip",
        &deflated(&[("zeros", &zeros), ("log", LINE.as_bytes())]),
        &small,
    );
    assert_eq!(found.paths(), ["bomb.zip!/log"]);
    assert_eq!(
        found.codes(),
        [(DiagnosticCode::Limit, "bomb.zip!/zeros".to_owned())]
    );

    // Many modest entries that share their packed bytes, as overlapping ones do.
    let part = vec![0u8; 900 << 10];
    let names: Vec<String> = (0..4).map(|n| format!("e{n}")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|n| (&**n, &*part)).collect();
    let (_dir, found) = find_in("shared.zip", &deflated(&entries), &small);
    assert_eq!(found.paths(), ["shared.zip!/e0"]);
    assert_eq!(
        found.codes(),
        [(DiagnosticCode::Limit, "shared.zip".to_owned())]
    );

    // Archives in archives, down to the limit.
    let mut nested = deflated(&[("log", LINE.as_bytes())]);
    for _ in 0..3 {
        nested = deflated(&[("n.zip", &nested), ("beside", b"x")]);
    }
    let (_dir, found) = find_in("n.zip", &nested, &small);
    assert_eq!(found.paths(), ["n.zip!/beside", "n.zip!/n.zip!/beside"]);
    assert_eq!(
        found.codes(),
        [(DiagnosticCode::Limit, "n.zip!/n.zip!/n.zip".to_owned())]
    );

    // Too many entries.
    let names: Vec<String> = (0..9).map(|n| format!("e{n}")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|n| (&**n, &b"x"[..])).collect();
    let (_dir, found) = find_in("many.zip", &deflated(&entries), &small);
    assert_eq!(found.members.len(), 5);
    assert!(
        found
            .codes()
            .iter()
            .all(|(code, _)| *code == DiagnosticCode::Limit)
    );
}

#[test]
fn one_damaged_archive_or_entry_never_stops_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let good = deflated(&[
        ("good", b"good content"),
        ("torn", &LINE.repeat(5000).into_bytes()),
    ]);
    let mut torn = good.clone();
    let at = good.windows(4).position(|w| w == b"torn").unwrap();
    // Inside the compressed bytes of the second entry.
    for byte in &mut torn[at + 60..at + 90] {
        *byte ^= 0x5A;
    }
    fs::write(dir.path().join("a.zip"), &good[..good.len() - 40]).unwrap();
    fs::write(dir.path().join("b.zip"), &torn).unwrap();
    fs::write(dir.path().join("c.cab"), b"MSCF\0\0\0\0garbage").unwrap();
    fs::write(dir.path().join("d.7z"), b"7z\xBC\xAF\x27\x1Crest").unwrap();
    fs::write(dir.path().join("e.log"), LINE).unwrap();
    let mut encrypted = deflated(&[("secret", b"x"), ("open", b"y")]);
    for at in 0..encrypted.len() - 4 {
        // The flag of the first entry, in both its headers.
        let offset = match &encrypted[at..at + 4] {
            b"PK\x03\x04" => 6,
            b"PK\x01\x02" => 8,
            _ => continue,
        };
        let name_at = at + if offset == 6 { 30 } else { 46 };
        if encrypted[name_at..].starts_with(b"secret") {
            encrypted[at + offset] |= 1;
        }
    }
    fs::write(dir.path().join("f.zip"), &encrypted).unwrap();

    let found = find_with(&[dir.path()], &Limits::default());
    let root = dir.path().file_name().unwrap().to_str().unwrap();
    let short = |path: &str| path.strip_prefix(root).unwrap().to_owned();
    let codes: Vec<_> = found
        .codes()
        .into_iter()
        .map(|(c, p)| (c, short(&p)))
        .collect();
    assert!(
        codes.contains(&(DiagnosticCode::Unreadable, "/a.zip".into())),
        "{codes:?}"
    );
    assert!(
        codes.contains(&(DiagnosticCode::Unreadable, "/c.cab".into())),
        "{codes:?}"
    );
    assert!(
        codes.contains(&(DiagnosticCode::Unsupported, "/d.7z".into())),
        "{codes:?}"
    );
    assert!(
        codes.contains(&(DiagnosticCode::Unsupported, "/f.zip!/secret".into())),
        "{codes:?}"
    );
    let paths: Vec<_> = found.paths().into_iter().map(short).collect();
    for path in ["/b.zip!/good", "/e.log", "/f.zip!/open"] {
        assert!(paths.iter().any(|p| p == path), "{paths:?}");
    }
    // The torn entry is either left out with a diagnostic, or fails when it is read.
    match found.members.iter().find(|m| m.path.ends_with("torn")) {
        Some(member) => assert!(content_of(member).is_err()),
        None => assert!(codes.contains(&(DiagnosticCode::Unreadable, "/b.zip!/torn".into()))),
    }
}

#[test]
fn a_checksum_that_does_not_hold_is_an_error() {
    let mut archive = zip_of(&[("log", LINE.as_bytes())], CompressionMethod::Stored);
    let at = archive.windows(5).position(|w| w == b"[RCM]").unwrap();
    archive[at + 1] = b'X';
    let (_dir, found) = find_in("a.zip", &archive, &Limits::default());
    let error = content_of(&found.members[0]).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}

#[test]
fn a_cabinet_is_read_like_any_archive() {
    let mut builder = cab::CabinetBuilder::new();
    let folder = builder.add_folder(cab::CompressionType::MsZip);
    folder.add_file("HV01_evt_System.evtx");
    folder.add_file("..\\up\\HV02_cluster.log");
    folder.add_file("inner.zip");
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    let contents = [
        b"ElfFile\0rest".to_vec(),
        LINE.repeat(3000).into_bytes(),
        deflated(&[("x", b"y")]),
    ];
    let mut next = contents.iter();
    while let Some(mut file) = writer.next_file().unwrap() {
        file.write_all(next.next().unwrap()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let (_dir, found) = find_in("sdp.cab", &bytes, &Limits::default());
    assert_eq!(
        found.paths(),
        [
            "sdp.cab!/HV01_evt_System.evtx",
            "sdp.cab!/inner.zip!/x",
            "sdp.cab!/up/HV02_cluster.log"
        ]
    );
    assert_eq!(found.members[0].node_hint, NodeName::new("hv01"));
    assert_eq!(content_of(&found.members[2]).unwrap(), contents[1]);
    assert_eq!(found.codes().len(), 1);
}

#[cfg(unix)]
#[test]
fn loops_of_links_end_and_nothing_is_found_twice() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir_all(logs.join("sub")).unwrap();
    fs::write(logs.join("sub/x.log"), LINE).unwrap();
    std::os::unix::fs::symlink(&logs, logs.join("sub/up")).unwrap();
    std::os::unix::fs::symlink(logs.join("gone"), logs.join("dangling")).unwrap();
    let found = find_with(&[&logs, &logs.join("sub")], &Limits::default());
    assert_eq!(found.paths(), ["logs/sub/x.log"]);
    assert_eq!(
        found.codes(),
        [(DiagnosticCode::Unreadable, "logs/dangling".to_owned())]
    );
}

#[test]
fn times_of_entries_are_kept_as_far_as_they_are_known() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let time = zip::DateTime::from_date_and_time(2024, 5, 14, 10, 5, 2).unwrap();
    writer
        .start_file("a", SimpleFileOptions::default().last_modified_time(time))
        .unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let (_dir, found) = find_in("t.zip", &bytes, &Limits::default());
    let expected = jiff::civil::date(2024, 5, 14).at(10, 5, 2, 0);
    assert_eq!(found.members[0].modified_local, Some(expected));
    assert_eq!(found.members[0].modified, None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn damage_anywhere_in_an_archive_never_stops_a_run(
        cab in proptest::bool::ANY,
        damage in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), 0u8..=255), 1..6),
        cut in proptest::option::of(proptest::prelude::any::<proptest::sample::Index>()),
    ) {
        let mut bytes = if cab {
            let mut builder = cab::CabinetBuilder::new();
            builder.add_folder(cab::CompressionType::MsZip).add_file("a");
            let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
            writer.next_file().unwrap().unwrap().write_all(LINE.as_bytes()).unwrap();
            writer.finish().unwrap().into_inner()
        } else {
            let inner = deflated(&[("x", b"y"), ("z", LINE.as_bytes())]);
            deflated(&[("inner.zip", &inner), ("log", LINE.as_bytes())])
        };
        for (at, byte) in damage {
            // The magic stays, so that it is looked into.
            let at = 8 + at.index(bytes.len() - 8);
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(8 + cut.index(bytes.len() - 8));
        }
        let (_dir, found) = find_in("a", &bytes, &Limits::default());
        for member in &found.members {
            let _ = content_of(member);
        }
        proptest::prop_assert!(!found.members.is_empty() || !found.diagnostics.is_empty() || bytes.len() < 400);
    }
}

// Real files.

#[derive(Default)]
struct Sink {
    lines: Vec<(u64, Moment, String, String, String, String)>,
    events: Vec<(String, u32, Option<Moment>, usize)>,
    troubles: Vec<(DiagnosticCode, Locator, bool)>,
}

impl RecordSink for Sink {
    fn event(&mut self, e: &RawEvent<'_>) {
        self.events
            .push((e.provider.to_owned(), e.event_id, e.time, e.fields.len()));
    }
    fn line(&mut self, l: &RawLine<'_>) {
        self.lines.push((
            l.line,
            l.time,
            l.level.to_owned(),
            l.channel.to_owned(),
            l.subsystem.to_owned(),
            l.text.to_owned(),
        ));
    }
    fn snapshot(&mut self, _: VmSnapshot) {}
    fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, _: String) {
        self.troubles.push((code, at, lost));
    }
}

fn read_log(path: &Path) -> (Sink, ClusterLogSummary) {
    let mut sink = Sink::default();
    let mut file = File::open(path).unwrap();
    let summary = cluster_log::read(&mut file, &ClusterLogOptions::default(), &mut sink).unwrap();
    (sink, summary)
}

/// Reviewed by hand against the files: lines, entries, continuation, blank,
/// undated, legacy, unparsed.
const COUNTS: [(&str, [u64; 7]); 13] = [
    (
        "EXPRESSCLUSTER-docs_load-balancer_2022.log",
        [1, 1, 0, 0, 0, 0, 0],
    ),
    (
        "SupportArticles_AG-automatic-failover-problems_2020.log",
        [7, 7, 0, 0, 0, 0, 0],
    ),
    (
        "SupportArticles_network-name-status5_2010.log",
        [1, 1, 0, 0, 0, 0, 0],
    ),
    (
        "SupportArticles_unable-to-join-node-udp3343_2008R2_2010.log",
        [11, 11, 0, 0, 0, 0, 0],
    ),
    (
        "kb-skill_AG2022-healthy-failover_timesonly.log",
        [9, 0, 0, 0, 0, 0, 9],
    ),
    ("kbarchive_Q243469_NT4.log", [3, 0, 0, 0, 0, 3, 0]),
    ("sql-docs_hadr-cluster-log_2011.log", [8, 8, 0, 0, 0, 0, 0]),
    (
        "technet-cc962178_Windows2000_1999.log",
        [21, 0, 0, 0, 0, 21, 0],
    ),
    ("w2krk_ttjr_Windows2000_1999.log", [20, 0, 0, 0, 0, 20, 0]),
    (
        "windowsserverdocs_S2D-DiskRecoveryAction_placeholders.log",
        [3, 0, 0, 0, 3, 0, 0],
    ),
    (
        "zeroch-FailoverDetector_WS2016_3node_AG.asfound.txt",
        [149, 92, 13, 42, 0, 0, 2],
    ),
    (
        "zeroch-FailoverDetector_WS2016_3node_AG.stripped.log",
        [147, 92, 13, 41, 0, 0, 1],
    ),
    (
        "zeroch-FailoverDetector_WS2016_TestCase_0_System_section.log",
        [10, 8, 2, 0, 0, 0, 0],
    ),
];

#[test]
fn every_line_of_the_real_logs_is_accounted_for() {
    let Some(real) = real("") else { return };
    let dir = real.join("cluster-log");
    let mut seen = Vec::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(&dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "index.tsv" {
            continue;
        }
        let (sink, s) = read_log(&path);
        assert!(s.adds_up(), "{name}: {s:?}");
        assert_eq!(s.entries, sink.lines.len() as u64, "{name}");
        assert_eq!(
            s.lines,
            fs::read_to_string(&path).unwrap().lines().count() as u64,
            "{name}"
        );
        seen.push((
            name,
            [
                s.lines,
                s.entries,
                s.continuation,
                s.blank,
                s.undated,
                s.legacy,
                s.unparsed,
            ],
        ));
    }
    let expected: Vec<_> = COUNTS.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_pasted_log_reads_like_the_same_log_without_line_numbers() {
    let Some(real) = real("") else { return };
    let log = |name: &str| read_log(&real.join("cluster-log").join(name));
    let (pasted, _) = log("zeroch-FailoverDetector_WS2016_3node_AG.asfound.txt");
    let (plain, _) = log("zeroch-FailoverDetector_WS2016_3node_AG.stripped.log");
    let without_lines = |sink: Sink| -> Vec<_> {
        let text = |t: String| t.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        sink.lines
            .into_iter()
            .map(|(_, time, level, channel, tag, t)| (time, level, channel, tag, text(t)))
            .collect()
    };
    let (pasted, plain) = (without_lines(pasted), without_lines(plain));
    assert_eq!(pasted, plain);

    let of = |channel: &str| plain.iter().filter(|l| l.2 == channel).count();
    assert_eq!(
        (of("System"), of("Operational"), of("Verbose"), of("")),
        (22, 37, 20, 13)
    );
    let quarantine = plain
        .iter()
        .find(|l| l.2 == "System" && l.4.lines().count() > 5)
        .unwrap();
    assert_eq!(
        quarantine.0,
        Moment::parse("2017-10-23T22:19:06.694Z").unwrap()
    );
    assert_eq!(quarantine.1, "DBG");
    assert_eq!(quarantine.4.lines().count(), 7);
}

#[test]
fn real_logs_and_exports_are_known_by_their_content() {
    let Some(real) = real("") else { return };
    let kind = |path: &Path| {
        let mut head = Vec::new();
        File::open(path)
            .unwrap()
            .take(sniff::HEAD as u64)
            .read_to_end(&mut head)
            .unwrap();
        sniff::sniff(&head)
    };
    let count = |dir: &str, wanted: FileKind| {
        fs::read_dir(real.join(dir))
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.is_file() && kind(p) == Content::File(wanted))
            .count()
    };
    // Nine of the log service's, three older, and one table of clock times alone.
    assert_eq!(count("cluster-log", FileKind::ClusterLog), 9);
    assert_eq!(count("cluster-log", FileKind::LegacyClusterLog), 3);
    assert_eq!(count("rendered/evtxecmd_maps", FileKind::EventXml), 51);
    assert_eq!(count("rendered", FileKind::EventXml), 3);
    assert_eq!(count("rendered", FileKind::EventCsv), 1);
}

#[test]
fn every_real_rendered_event_is_read() {
    let Some(real) = real("") else { return };
    let read = |name: &str| {
        let mut sink = Sink::default();
        let mut file = File::open(real.join("rendered").join(name)).unwrap();
        let summary = rendered::read_xml(&mut file, &mut sink).unwrap();
        (sink, summary)
    };
    let (sink, _) = read("DESKTOP-SV73V84_VmSwitch_234_291_wevtutil-style.xml");
    let ids: Vec<_> = sink.events.iter().map(|e| (e.1, e.3)).collect();
    assert_eq!(ids, [(234, 4), (291, 7)]);
    let (sink, _) = read("WinDev2012Eval_VmSwitch_277_eventviewer.txt");
    assert_eq!(
        sink.events[0].2,
        Moment::parse("2021-01-20T13:57:06.6405984Z")
    );
    let (sink, _) = read("DESKTOP-OLUNT6J_Hyper-V-Worker_18590_guest-bugcheck_2024.xml");
    assert_eq!((sink.events[0].1, sink.events[0].3), (18590, 8));

    let mut records = 0;
    for entry in fs::read_dir(real.join("rendered/evtxecmd_maps")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let (sink, summary) = read(&format!("evtxecmd_maps/{name}"));
        let text = fs::read_to_string(real.join("rendered/evtxecmd_maps").join(&name)).unwrap();
        let starts = text.matches("<EventID").count() as u64;
        assert_eq!(summary.records, starts, "{name}: {:?}", sink.troubles);
        // One quotation ends in the first line of the next.
        let torn = u64::from(name == "System_Service-Control-Manager_7031.xml");
        assert_eq!(summary.lost, torn, "{name}: {:?}", sink.troubles);
        records += summary.records;
    }
    assert_eq!(records, 52);
}

#[test]
fn in_the_real_table_one_date_tells_how_the_others_are_meant() {
    let Some(real) = real("") else { return };
    let mut sink = Sink::default();
    let path = real.join("rendered/FailoverDetector_Get-EventLog_Export-Csv_System_WS2016.csv");
    let zone = Some(jiff::tz::TimeZone::get("America/Los_Angeles").unwrap());
    let summary = rendered::read_csv(
        &mut File::open(path).unwrap(),
        &CsvOptions { zone },
        &mut sink,
    )
    .unwrap();
    assert_eq!(
        summary.basis,
        TimeBasis::Local {
            offset_minutes: -480
        }
    );
    // 1/24/2018 stands in 18 rows; the other 9 leave day and month open.
    assert_eq!((summary.records, summary.lost), (27, 0));
    let last = sink.events.last().unwrap();
    assert_eq!(last.2, Moment::parse("2017-12-10T00:44:00-08:00"));
    let failed = sink.events.iter().find(|e| e.1 == 1205).unwrap();
    assert_eq!(failed.2, Moment::parse("2018-01-24T23:57:00-08:00"));
}
