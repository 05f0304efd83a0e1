//! `compare`, `demo`, `completions`, `man`, `analyze --csv` and the terminal, as a user
//! meets them.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn run(dir: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vmtrail"));
    command.args(args).current_dir(dir).env("LANG", "C");
    for name in ["LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn project(path: &str) -> String {
    common::project(path).to_string_lossy().into_owned()
}

fn here() -> PathBuf {
    common::project(".")
}

fn compared(args: &[&str]) -> Value {
    let mut all = vec!["compare"];
    all.extend(args);
    all.extend(["--format", "json"]);
    let output = run(&here(), &all, &[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(&text(&output)).unwrap()
}

fn differences(report: &Value) -> Vec<[String; 4]> {
    let word = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    report["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| ["subject", "property", "before", "after"].map(|name| word(&d[name])))
        .collect()
}

#[test]
fn a_bundle_does_not_differ_from_itself() {
    for name in ["vlan-reverts-2008r2", "planned-maintenance-2016"] {
        let path = project(&format!("samples/{name}.zip"));
        let report = compared(&[&path, &path]);
        assert_eq!(report["schema"], "vmtrail.compare/1");
        assert_eq!(report["differences"], Value::Array(Vec::new()), "{name}");
        assert_eq!(report["events"], Value::Array(Vec::new()), "{name}");
        assert_eq!(report["before"], report["after"]);
    }
}

#[test]
fn the_edit_and_the_move_are_the_difference_of_two_windows() {
    let path = project("samples/vlan-reverts-2016.zip");
    // Exports at 9:00, 11:00 and 14:30; the edit at 10:05.
    let report = compared(&[
        &path,
        "--before-to",
        "2018-06-12T10:00+09:00",
        "--after-from",
        "2018-06-12T10:00+09:00",
        "--after-to",
        "2018-06-12T12:00+09:00",
    ]);
    let vlan = ["web01", "vlan", "100", "200"].map(str::to_owned);
    assert_eq!(
        differences(&report)
            .into_iter()
            .filter(|d| d[1] == "vlan")
            .collect::<Vec<_>>(),
        [vlan]
    );
    let report = compared(&[&path, "--split", "2018-06-12T12:00+09:00"]);
    let back = ["web01", "vlan", "200", "100"].map(str::to_owned);
    let moved = ["web01", "node", "HV01", "HV02"].map(str::to_owned);
    let found = differences(&report);
    assert!(found.contains(&back) && found.contains(&moved), "{found:?}");
    // Updates are of the time of the collection, so the earlier window does not tell.
    assert!(found.iter().all(|d| !d[1].starts_with("KB")));
}

#[test]
fn an_incident_against_a_working_day() {
    let (one, two) = (
        project("samples/planned-maintenance-2016.zip"),
        project("samples/node-crash-2019.zip"),
    );
    let report = compared(&[&one, &two]);
    let found = differences(&report);
    assert!(
        found
            .iter()
            .any(|d| d[1] == "build" && d[2] == "14393" && d[3] == "17763")
    );
    let new: Vec<&str> = report["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["trend"] == "new")
        .map(|e| e["kind"].as_str().unwrap())
        .collect();
    assert!(new.contains(&"node.removed"), "{new:?}");
    let measures = report["measures"].as_array().unwrap();
    let failover = measures.iter().find(|m| m["what"] == "failover").unwrap();
    assert_eq!(failover["before"]["count"], 0);
    assert!(failover["after"]["count"].as_u64().unwrap() > 0);
}

#[test]
fn each_format_in_each_language() {
    let path = project("samples/vlan-reverts-2016.zip");
    for (lang, title) in [
        ("en", "Comparison: HVCLU02"),
        ("ja", "比較レポート: HVCLU02"),
    ] {
        for format in ["text", "markdown", "html"] {
            let output = run(
                &here(),
                &[
                    "compare",
                    &path,
                    "--split",
                    "2018-06-12T12:00",
                    "--tz",
                    "Asia/Tokyo",
                    "--lang",
                    lang,
                    "--format",
                    format,
                ],
                &[],
            );
            let text = text(&output);
            assert!(text.contains(title), "{lang} {format}");
            assert!(text.contains("200") && text.contains("web01"));
            if format == "html" {
                assert!(text.contains(&format!("<html lang=\"{lang}\">")));
                assert!(!text.contains("<script") && !text.contains("://"));
            }
        }
    }
}

#[test]
fn nothing_to_compare_with_is_said() {
    let path = project("samples/healthy-2016.zip");
    for args in [
        vec!["compare", &path],
        vec!["compare", &path, "--split", "2031-01-01T00:00Z"],
        vec![
            "compare",
            &path,
            "--before-from",
            "2018-01-02T00:00Z",
            "--before-to",
            "2018-01-01T00:00Z",
        ],
    ] {
        let output = run(&here(), &args, &[]);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn two_redacted_sides_have_one_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = project("samples/vlan-reverts-2016.zip");
    let output = run(
        dir.path(),
        &[
            "compare",
            &path,
            "--split",
            "2018-06-12T12:00+09:00",
            "--redact",
        ],
        &[],
    );
    let text = text(&output);
    for real in ["web01", "HV01", "HVCLU02", "vlan-reverts", "corp.example"] {
        assert!(!text.contains(real), "{real}");
    }
    assert!(text.contains("vm-05") && text.contains("node-02"), "{text}");
    assert!(dir.path().join("redaction-key.json").is_file());
}

#[test]
fn the_demo_tells_its_case() {
    let dir = tempfile::tempdir().unwrap();
    for lang in ["en", "ja"] {
        let output = run(dir.path(), &["demo", "-o", "demo", "--lang", lang], &[]);
        assert!(output.status.success());
        let text = text(&output);
        assert!(
            text.contains("kb961782") && text.contains("web01"),
            "{text}"
        );
    }
    let report = fs::read_to_string(dir.path().join("demo/report/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let confirmed = report["findings"].as_array().unwrap().iter();
    assert!(
        confirmed
            .into_iter()
            .any(|f| f["rule"] == "kb961782" && f["verdict"] == "confirmed")
    );
    // What it says to type works.
    for args in [
        vec!["vm", "web01", "demo/vlan-reverts-2008r2.zip"],
        vec![
            "rules",
            "explain",
            "kb961782",
            "demo/vlan-reverts-2008r2.zip",
        ],
        vec![
            "compare",
            "demo/vlan-reverts-2008r2.zip",
            "--split",
            "2012-07-10T10:00+09:00",
        ],
    ] {
        assert!(run(dir.path(), &args, &[]).status.success(), "{args:?}");
    }
}

#[test]
fn completions_and_manual_know_every_subcommand() {
    const COMMANDS: [&str; 10] = [
        "analyze",
        "timeline",
        "vm",
        "compare",
        "rules",
        "events",
        "simulate",
        "demo",
        "completions",
        "man",
    ];
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let text = text(&run(&here(), &["completions", shell], &[]));
        for command in COMMANDS {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
    let page = text(&run(&here(), &["man"], &[]));
    assert!(page.contains(".TH vmtrail 1"));
    let dir = tempfile::tempdir().unwrap();
    assert!(
        run(dir.path(), &["man", "-o", "man1"], &[])
            .status
            .success()
    );
    for command in COMMANDS {
        assert!(page.contains(command), "{command}");
        assert!(
            dir.path()
                .join(format!("man1/vmtrail-{command}.1"))
                .is_file(),
            "{command}"
        );
    }
}

#[test]
fn tables_are_written_for_spreadsheets() {
    let dir = tempfile::tempdir().unwrap();
    let path = project("tests/scenarios/hostile-names.zip");
    run(
        dir.path(),
        &["analyze", &path, "-o", "r", "--csv", "--lang", "ja"],
        &[],
    );
    let mut names: Vec<String> = fs::read_dir(dir.path().join("r/csv"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for name in [
        "events",
        "findings",
        "migrations",
        "failovers",
        "vms",
        "nodes",
        "coverage",
    ] {
        assert!(names.contains(&format!("{name}.csv")), "{names:?}");
    }
    for name in &names {
        let text = fs::read_to_string(dir.path().join("r/csv").join(name)).unwrap();
        assert!(text.starts_with('\u{FEFF}'), "{name}");
        assert!(!acts(&text[3..]), "{name}");
        for formula in ["=cmd", "@SUM"] {
            for before in [",", "\"", "\n"] {
                assert!(
                    !text.contains(&format!("{before}{formula}")),
                    "{name}: {formula}"
                );
            }
        }
    }
    let vms = fs::read_to_string(dir.path().join("r/csv/vms.csv")).unwrap();
    assert!(vms.contains("'=cmd|"), "{vms}");
}

/// Whether anything in a text acts on a terminal.
fn acts(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

/// ESC, CSI, OSC, BEL and marks of direction stand in names of the scenario.
#[test]
fn hostile_names_never_reach_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let path = project("tests/scenarios/hostile-names.zip");
    let hostile = "e\u{1b}[31mred\u{1b}]0;title\u{7}";
    let split = "2024-03-05T09:30+09:00";
    for args in [
        vec!["analyze", &path, "-o", "r"],
        vec!["timeline", &path],
        vec!["timeline", &path, "--format", "csv"],
        vec!["vm", hostile, &path],
        vec!["vm", hostile, &path, "--format", "markdown"],
        vec!["compare", &path, "--split", split],
        vec!["compare", &path, "--split", split, "--format", "markdown"],
        vec!["compare", &path, "--split", split, "--format", "html"],
        vec!["rules", "explain", "kb961782", &path],
        // An error lists the VMs that there are, and says what was asked.
        vec!["vm", "no\u{1b}such", &path],
        vec!["timeline", &path, "--node", "no\u{202E}such"],
    ] {
        let output = run(dir.path(), &args, &[("COLUMNS", "90")]);
        for (stream, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
            let text = String::from_utf8_lossy(bytes);
            if let Some(line) = text.lines().find(|l| acts(l)) {
                panic!("{args:?}: {stream}: {line:?}");
            }
        }
    }
}

#[test]
fn colors_are_where_they_are_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let path = project("samples/vlan-reverts-2008r2.zip");
    let colored = |args: &[&str], environment: &[(&str, &str)]| {
        let mut all = vec!["vm", "web01", &path];
        all.extend(args);
        text(&run(dir.path(), &all, environment)).contains('\u{1b}')
    };
    // Standard output is no terminal here.
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[]));
    // Nothing but our own marks, and the same words.
    let bare = text(&run(dir.path(), &["vm", "web01", &path], &[]));
    let mut painted = text(&run(
        dir.path(),
        &["--color", "always", "vm", "web01", &path],
        &[],
    ));
    for code in ["0", "1", "2", "1;31", "1;33"] {
        painted = painted.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(painted, bare);
}

#[test]
fn tables_fit_the_width_that_the_terminal_has() {
    let dir = tempfile::tempdir().unwrap();
    let path = project("samples/vlan-reverts-2016.zip");
    let split = ["compare", &path, "--split", "2018-06-12T12:00+09:00"];
    for width in ["90", "140"] {
        for args in [&["vm", "web01", &*path][..], &split[..]] {
            let text = text(&run(dir.path(), args, &[("COLUMNS", width)]));
            for line in text.lines() {
                let wide = vmtrail::report::plain::width(line);
                assert!(wide <= width.parse().unwrap(), "{wide}: {line}");
            }
        }
    }
}
