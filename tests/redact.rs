//! `--redact` as a user runs it: no real name is left in any output, and the verdicts are
//! what they were.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn vmtrail(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vmtrail"))
        .args(args)
        .current_dir(dir)
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .output()
        .unwrap()
}

fn sample(name: &str) -> String {
    let path = common::project(&format!("samples/{name}.zip"));
    path.to_string_lossy().into_owned()
}

/// Every name that a scenario makes up.
fn names(scenario: &str) -> Vec<String> {
    let text = fs::read_to_string(common::project(&format!("samples/{scenario}.yaml"))).unwrap();
    let mut names: Vec<String> = Vec::new();
    for line in text.lines() {
        for key in ["cluster: ", "domain: ", "name: ", "address: ", "switch: "] {
            if let Some((_, rest)) = line.split_once(key) {
                let end = rest.find([',', '}', ' ']).unwrap_or(rest.len());
                names.push(rest[..end].to_owned());
            }
        }
    }
    names.sort();
    names.dedup();
    assert!(names.len() > 6, "{names:?}");
    names
}

/// The originals of a key file that are long enough to be told from other words.
fn originals(key: &Path) -> Vec<String> {
    let key: Value = serde_json::from_str(&fs::read_to_string(key).unwrap()).unwrap();
    key["names"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["original"].as_str().unwrap().to_owned())
        .collect()
}

/// The text columns of a parquet file, which is compressed.
fn parquet(path: &Path) -> String {
    use polars::prelude::AnyValue;
    use polars_io::prelude::{ParquetReader, SerReader};
    let frame = ParquetReader::new(fs::File::open(path).unwrap())
        .finish()
        .unwrap();
    let mut text = String::new();
    for column in frame.columns() {
        for row in 0..frame.height() {
            if let Ok(AnyValue::String(value)) = column.get(row) {
                text.push_str(value);
                text.push('\n');
            }
        }
    }
    text
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn verdicts(report: &Path) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let mut all: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (text(&f["rule"]), text(&f["verdict"])))
        .collect();
    all.sort();
    all
}

#[test]
fn no_name_is_left_and_the_verdicts_stay() {
    for name in [
        "vlan-reverts-2008r2",
        "vlan-reverts-2016",
        "node-crash-2019",
        "planned-maintenance-2016",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = sample(name);
        let plain = vmtrail(dir.path(), &["analyze", &path, "-o", "plain"]);
        let redacted = vmtrail(dir.path(), &["analyze", &path, "-o", "shown", "--redact"]);
        assert_eq!(plain.status.code(), redacted.status.code(), "{name}");
        assert_eq!(
            verdicts(&dir.path().join("plain/report.json")),
            verdicts(&dir.path().join("shown/report.json")),
            "{name}"
        );

        let key = dir.path().join("shown.redaction-key.json");
        let mut real = names(name);
        real.extend(originals(&key));
        real.retain(|n| n.chars().count() > 3);
        // A report speaks of operators' notes in words of its own.
        real.retain(|n| n != "operator" && n != "service desk");

        let mut outputs: Vec<(String, String)> = vec![(
            "standard output".into(),
            String::from_utf8_lossy(&redacted.stdout).into_owned(),
        )];
        for file in files(&dir.path().join("shown")) {
            let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
            outputs.push((file.display().to_string(), text));
            if file.extension().is_some_and(|e| e == "parquet") {
                outputs.push((file.display().to_string(), parquet(&file)));
            }
        }
        for command in [
            vec!["timeline", &path, "--redact", "--format", "jsonl"],
            vec!["timeline", &path, "--redact", "--format", "csv"],
            vec!["timeline", &path, "--redact"],
            vec!["vm", "vm-01", &path, "--redact", "--format", "json"],
            vec!["rules", "explain", "kb961782", &path, "--redact"],
        ] {
            let mut args = command.clone();
            args.extend(["--redact-key", "shown.redaction-key.json"]);
            let output = vmtrail(dir.path(), &args);
            assert!(output.status.success(), "{command:?}");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(!text.is_empty(), "{command:?}");
            outputs.push((format!("{command:?}"), text));
        }
        for (place, text) in &outputs {
            let text = text.to_lowercase();
            for real in &real {
                if let Some(at) = text.find(&real.to_lowercase()) {
                    let around: String = text[..at].chars().rev().take(40).collect();
                    let around: String = around.chars().rev().collect();
                    panic!("{name}: {real} is in {place}: …{around}{real}…");
                }
            }
        }
    }
}

#[test]
fn the_real_name_may_be_typed_and_a_key_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = sample("vlan-reverts-2016");
    let story = |name: &str| {
        let output = vmtrail(dir.path(), &["vm", name, &path, "--redact"]);
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let first = story("web01");
    let key = fs::read_to_string(dir.path().join("redaction-key.json")).unwrap();
    let shown = {
        let key: Value = serde_json::from_str(&key).unwrap();
        let names = key["names"].as_array().unwrap();
        let web01 = names.iter().find(|n| n["original"] == "web01").unwrap();
        web01["pseudonym"].as_str().unwrap().to_owned()
    };
    assert!(first.contains(&shown) && !first.contains("web01"));
    assert_eq!(story(&shown), first, "the key that is there goes on");
    assert_eq!(
        fs::read_to_string(dir.path().join("redaction-key.json")).unwrap(),
        key
    );
}

#[test]
fn a_key_is_not_put_among_what_is_passed_on_nor_over_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = sample("healthy-2016");
    let args = [
        "analyze",
        &path,
        "-o",
        "r",
        "--redact",
        "--redact-key",
        "r/k.json",
    ];
    let output = vmtrail(dir.path(), &args);
    assert_eq!(output.status.code(), Some(2));
    assert!(!dir.path().join("r").exists(), "nothing was written");

    fs::write(dir.path().join("notes.json"), "{}").unwrap();
    let args = ["timeline", &path, "--redact", "--redact-key", "notes.json"];
    let output = vmtrail(dir.path(), &args);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        fs::read_to_string(dir.path().join("notes.json")).unwrap(),
        "{}"
    );
}
