//! The house stands: no room imports upward, and no crate leaves its room.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Room → what it may import. A prefix with `::` allows only that part of a room.
const MAY_IMPORT: [(&str, &[&str]); 10] = [
    ("model", &["model"]),
    ("readers", &["readers", "model"]),
    ("normalize", &["normalize", "readers::raw", "model"]),
    ("ingest", &["ingest", "readers", "normalize", "model"]),
    ("redact", &["redact", "model"]),
    ("timeline", &["timeline", "model"]),
    ("rules", &["rules", "timeline", "model"]),
    ("analysis", &["analysis", "timeline", "model"]),
    (
        "report",
        &["report", "rules::verdict", "analysis", "timeline", "model"],
    ),
    ("simulate", &["simulate", "model"]),
];

/// Crate → the only places that may name it.
const CRATE_ROOMS: [(&str, &[&str]); 11] = [
    ("evtx", &["readers/evtx.rs", "readers/evtx/mta.rs"]),
    ("polars", &["analysis/"]),
    ("polars_io", &["analysis/"]),
    ("plotters", &["report/chart/"]),
    ("resvg", &["report/chart/png.rs"]),
    ("askama", &["report/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("zip", &["readers/", "simulate/"]),
];

fn sources() -> Vec<(String, String)> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            (name, code_of(&fs::read_to_string(&path).unwrap()))
        })
        .collect()
}

/// The code without comments, and without the tests at the end of a file: those
/// may look at anything.
fn code_of(text: &str) -> String {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    code.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

/// Paths behind every `prefix` in the code, with nested braces of `use` opened.
fn paths_behind(code: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .unwrap_or(rest.len());
        found.push(rest[..end].to_owned());
    }
    found
}

#[test]
fn no_room_imports_upward() {
    let allowed: BTreeMap<_, _> = MAY_IMPORT.into_iter().collect();
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        let Some(allowed) = allowed.get(room(&file)) else {
            continue;
        };
        for path in paths_behind(&code, "crate::") {
            let fits = allowed
                .iter()
                .any(|a| path == *a || path.starts_with(&format!("{a}::")));
            if !fits {
                wrong.push(format!("{file} imports crate::{path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_belongs_to_a_known_room() {
    let known: Vec<&str> = MAY_IMPORT.iter().map(|(room, _)| *room).collect();
    for (file, code) in sources() {
        let room = room(&file);
        assert!(
            known.contains(&room) || ["lib", "main", "cli"].contains(&room),
            "{file} is in no room of docs/ARCHITECTURE.md"
        );
        if room == "cli" {
            assert!(
                !code.contains("crate::"),
                "{file}: the command sees the library as vmtrail::"
            );
        }
    }
}

#[test]
fn no_crate_leaves_its_room() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        for (name, places) in CRATE_ROOMS {
            let named = !paths_behind(&code, &format!("{name}::")).is_empty();
            if named && !places.iter().any(|p| file.starts_with(p)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (file, _) in sources() {
        let text = fs::read_to_string(root.join(&file)).unwrap();
        assert!(
            text.starts_with("//!"),
            "{file} does not open with what it is for"
        );
    }
}

/// The tool opens no network connection: nothing that could is in its tree.
#[test]
fn no_http_or_tls_crate_is_in_the_tree() {
    const FORBIDDEN: [&str; 16] = [
        "hyper",
        "reqwest",
        "rustls",
        "native-tls",
        "openssl",
        "openssl-sys",
        "h2",
        "ureq",
        "curl",
        "curl-sys",
        "isahc",
        "tungstenite",
        "attohttpc",
        "aws-sdk-s3",
        "object_store",
        "quinn",
    ];
    let output = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--locked",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = tree.lines().filter_map(|l| l.split(' ').next()).collect();
    assert!(
        names.contains(&"polars") && names.contains(&"evtx"),
        "the tree was read"
    );
    for name in FORBIDDEN {
        assert!(
            !names.contains(&name),
            "{name} is in the tree: cargo tree -i {name}"
        );
    }
}
