//! The command as a user runs it: samples in, verdicts out.

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use vmtrail::model::Moment;
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};

fn vmtrail(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vmtrail"))
        .args(args)
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .output()
        .unwrap()
}

fn sample(name: &str) -> String {
    common::project(&format!("samples/{name}.zip"))
        .to_string_lossy()
        .into_owned()
}

/// Analyzes a sample; the exit status and the report.
fn analyze(name: &str, more: &[&str]) -> (i32, Value) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_string_lossy().into_owned();
    let path = sample(name);
    let mut args = vec!["analyze", &path, "-o", &out];
    args.extend(more);
    let output = vmtrail(&args);
    let report = std::fs::read_to_string(dir.path().join("report.json"))
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    for file in ["report.html", "report.md", "events.parquet", "charts"] {
        assert!(dir.path().join(file).exists(), "{file}");
    }
    (
        output.status.code().unwrap(),
        serde_json::from_str(&report).unwrap(),
    )
}

/// (rule, verdict, subject) of all findings.
fn findings(report: &Value) -> Vec<(String, String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let mut all: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            (
                text(&f["rule"]),
                text(&f["verdict"]),
                text(&f["subject"]["name"]),
            )
        })
        .collect();
    all.sort();
    all
}

fn of_rule(report: &Value, rule: &str) -> Vec<(String, String)> {
    findings(report)
        .into_iter()
        .filter(|f| f.0 == rule)
        .map(|f| (f.1, f.2))
        .collect()
}

fn pair(verdict: &str, subject: &str) -> Vec<(String, String)> {
    vec![(verdict.to_owned(), subject.to_owned())]
}

#[test]
fn vlan_reverts_is_confirmed_for_that_vm_and_no_other() {
    for name in ["vlan-reverts-2008r2", "vlan-reverts-2016"] {
        let (status, report) = analyze(name, &[]);
        assert_eq!(status, 0, "{name}");
        assert_eq!(
            of_rule(&report, "kb961782"),
            pair("confirmed", "web01"),
            "{name}"
        );
        let evidence = report["findings"].as_array().unwrap().iter();
        let confirmed = evidence
            .into_iter()
            .find(|f| f["rule"] == "kb961782")
            .unwrap();
        let origins: Vec<&str> = confirmed["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["origin"].as_str().unwrap())
            .collect();
        assert!(
            origins.contains(&"event_log"),
            "{name}: the move is in the logs"
        );
        let edit_by = if name.ends_with("2016") {
            "inventory"
        } else {
            "note"
        };
        assert!(origins.contains(&edit_by), "{name}: {origins:?}");
    }
}

/// That no event tells of the refresh is said beside the verdict that rests on its
/// absence, and only what holds on the cluster's version of Windows is said at all.
#[test]
fn the_report_quotes_what_leaves_no_event() {
    let (_, report) = analyze("vlan-reverts-2008r2", &["--lang", "en"]);
    let dictionary = vmtrail::normalize::Dictionary::embedded().unwrap();
    let says = |phase: &str| {
        let absence = dictionary.absences().iter().find(|a| a.phase == phase);
        absence.unwrap().text(vmtrail::model::Lang::En).to_owned()
    };
    let found = report["findings"].as_array().unwrap();
    let confirmed = found
        .iter()
        .find(|f| f["rule"] == "kb961782" && f["verdict"] == "confirmed")
        .unwrap();
    let quoted = confirmed["unlogged"].as_array().unwrap();
    assert!(
        quoted.contains(&says("vm.config_refreshed").into()),
        "{quoted:?}"
    );
    let phases = |report: &Value| -> Vec<String> {
        let all = report["coverage"]["unlogged"].as_array().unwrap();
        all.iter()
            .map(|a| a["phase"].as_str().unwrap().to_owned())
            .collect()
    };
    let old = phases(&report);
    assert!(old.contains(&"migration.destination".to_owned()), "{old:?}");
    assert!(!old.contains(&"migration.timeout".to_owned()), "{old:?}");
    let (_, report) = analyze("healthy-2016", &[]);
    let new = phases(&report);
    assert!(
        !new.contains(&"migration.destination".to_owned()),
        "{new:?}"
    );
    assert!(new.contains(&"migration.timeout".to_owned()), "{new:?}");
}

#[test]
fn without_the_notes_nothing_is_confirmed() {
    // 2008 R2 logs neither the edit nor the loss: the notes were the evidence.
    let dir = tempfile::tempdir().unwrap();
    let alone = dir.path().join("alone.zip");
    std::fs::copy(sample("vlan-reverts-2008r2"), &alone).unwrap();
    let out = dir.path().join("report");
    vmtrail(&[
        "analyze",
        &alone.to_string_lossy(),
        "-o",
        &out.to_string_lossy(),
    ]);
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    assert!(
        findings(&report)
            .iter()
            .all(|f| f.1 != "confirmed" && f.1 != "probable")
    );
}

#[test]
fn vlan_refreshed_is_ruled_out() {
    for name in ["vlan-refreshed-2008r2", "vlan-refreshed-2016"] {
        let (_, report) = analyze(name, &[]);
        assert_eq!(
            of_rule(&report, "kb961782"),
            pair("ruled_out", "web01"),
            "{name}"
        );
    }
}

#[test]
fn vlan_unproven_is_not_confirmed_and_says_what_would_settle_it() {
    for name in ["vlan-unproven-2008r2", "vlan-unproven-2016"] {
        let (_, report) = analyze(name, &[]);
        assert_eq!(
            of_rule(&report, "kb961782"),
            pair("not_assessable", "web01"),
            "{name}"
        );
        assert!(
            findings(&report).iter().all(|f| f.1 != "confirmed"),
            "{name}"
        );
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|f| f["rule"] == "kb961782").unwrap();
        let missing = finding["missing"].to_string();
        assert!(
            missing.contains("snapshot") && missing.contains("operator"),
            "{missing}"
        );
    }
}

#[test]
fn on_a_healthy_day_nothing_fires() {
    for name in ["healthy-2008r2", "healthy-2016"] {
        let (status, report) = analyze(name, &["--fail-on", "info"]);
        assert_eq!(status, 0, "{name}");
        assert!(
            findings(&report)
                .iter()
                .all(|f| f.1 != "confirmed" && f.1 != "probable"),
            "{name}: {:?}",
            findings(&report)
        );
    }
}

#[test]
fn a_node_crash_gives_unplanned_failovers_with_downtime() {
    for (name, node) in [("node-crash-2008r2", "HV01"), ("node-crash-2019", "HV02")] {
        let (_, report) = analyze(name, &[]);
        let failovers = report["failovers"].as_array().unwrap();
        assert!(failovers.len() >= 2, "{name}");
        for failover in failovers {
            assert_eq!(failover["cause"], "node_loss", "{name}");
            assert_eq!(failover["planned"], false, "{name}");
            assert_eq!(failover["from_node"], node, "{name}");
            assert!(failover["downtime_s"].as_f64().unwrap() > 0.0, "{name}");
            assert!(!failover["evidence"].as_array().unwrap().is_empty());
        }
        assert_eq!(
            of_rule(&report, "node-lost-unplanned"),
            pair("confirmed", node),
            "{name}"
        );
    }
}

#[test]
fn planned_maintenance_gives_planned_live_migrations() {
    for name in ["planned-maintenance-2008r2", "planned-maintenance-2016"] {
        let (_, report) = analyze(name, &[]);
        let migrations = report["migrations"].as_array().unwrap();
        assert!(migrations.len() >= 2, "{name}");
        for migration in migrations {
            assert_eq!(migration["kind"], "live", "{name}");
            assert_eq!(migration["outcome"], "completed", "{name}");
            assert_eq!(migration["planned"], true, "{name}");
            // 2008 R2 logs no blackout by default: unknown is null.
            assert_eq!(
                migration["blackout_s"].is_null(),
                name.ends_with("2008r2"),
                "{name}"
            );
        }
        assert!(report["failovers"].as_array().unwrap().is_empty(), "{name}");
    }
}

fn bytes_below(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = ["html", "md", "json", "svg", "parquet"]
        .iter()
        .flat_map(|e| common::files(dir, e))
        .map(|p| {
            (
                p.strip_prefix(dir).unwrap().to_owned(),
                std::fs::read(&p).unwrap(),
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_thread_count_changes_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for threads in ["1", "2", "7"] {
        let out = dir.path().join(threads);
        let path = sample("node-crash-2019");
        let output = vmtrail(&[
            "analyze",
            &path,
            "-o",
            &out.to_string_lossy(),
            "--threads",
            threads,
        ]);
        assert!(output.status.success());
        all.push(bytes_below(&out));
    }
    assert!(all[0].len() >= 7);
    assert!(all[0] == all[1] && all[1] == all[2]);
}

#[test]
fn japanese_is_japanese() {
    let (_, report) = analyze(
        "vlan-reverts-2008r2",
        &["--lang", "ja", "--tz", "Asia/Tokyo"],
    );
    let text = report["findings"][0]["explanation"].as_str().unwrap();
    assert!(text.contains("仮想マシン"), "{text}");
}

#[test]
fn the_exit_status_tells() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("report");
    let out = out.to_string_lossy();
    let code = |args: &[&str]| vmtrail(args).status.code().unwrap();
    let crash = sample("node-crash-2019");
    assert_eq!(code(&["analyze", &crash, "-o", &out]), 0);
    assert_eq!(
        code(&["analyse", &crash, "-o", &out, "--fail-on", "critical"]),
        1
    );
    assert_eq!(code(&["analyze", "/no/such/bundle.zip", "-o", &out]), 2);
    assert_eq!(code(&["analyze"]), 2);
    assert_eq!(
        code(&["analyze", &crash, "-o", &out, "--from", "yesterday"]),
        2
    );

    let empty = dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    std::fs::write(empty.join("readme.txt"), "nothing here").unwrap();
    let output = vmtrail(&["analyze", &empty.to_string_lossy(), "-o", &out]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing to analyze"));

    // A truncated log: the report is written, and the loss told.
    let logs = dir.path().join("logs");
    let path = sample("healthy-2008r2");
    let unpacked = dir.path().join("unpacked");
    let yaml = common::project("samples/healthy-2008r2.yaml");
    assert_eq!(
        code(&[
            "simulate",
            &yaml.to_string_lossy(),
            "-o",
            &unpacked.to_string_lossy()
        ]),
        0
    );
    assert!(Path::new(&path).exists());
    std::fs::create_dir(&logs).unwrap();
    let log = common::files(&unpacked, "evtx")
        .into_iter()
        .max_by_key(|p| p.metadata().unwrap().len())
        .unwrap();
    let bytes = std::fs::read(log).unwrap();
    std::fs::write(logs.join("System.evtx"), &bytes[..bytes.len() - 40_000]).unwrap();
    assert_eq!(code(&["analyze", &logs.to_string_lossy(), "-o", &out]), 3);
}

#[test]
fn the_timeline_is_filtered_and_well_formed() {
    let path = sample("vlan-reverts-2016");
    let output = vmtrail(&[
        "timeline",
        &path,
        "--vm",
        "web01",
        "--kind",
        "migration",
        "--format",
        "jsonl",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(rows.len() >= 3);
    assert!(
        rows.iter()
            .all(|r| r["kind"].as_str().unwrap().starts_with("migration."))
    );
    assert!(rows.iter().all(|r| r["subject"]["vm"] == "web01"));
    let output = vmtrail(&["timeline", &path, "--vm", "nobody"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("web01"),
        "it names those there are"
    );
    let csv = vmtrail(&["timeline", &path, "--format", "csv"]).stdout;
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.starts_with("time,local_time,node,"), "{csv:.80}");
}

/// What a record says itself stands in each format of the timeline, and in the report.
#[test]
fn messages_of_records_are_shown() {
    let path = sample("planned-maintenance-2016");
    let said = "Role 'web01' is online.";
    let run = |format: &str| {
        let output = vmtrail(&["timeline", &path, "--kind", "group", "--format", format]);
        String::from_utf8(output.stdout).unwrap()
    };
    let rows: Vec<Value> = run("jsonl")
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(rows.iter().any(|r| r["message"] == said));
    assert!(
        rows.iter().any(|r| r["message"].is_null()),
        "a line of cluster.log"
    );
    let csv = run("csv");
    assert!(csv.lines().next().unwrap().ends_with(",message"));
    assert!(csv.contains(&format!(",{said}\r\n")));
    assert!(run("table").contains(&format!("  “{said}”\n")));

    let (_, report) = analyze("planned-maintenance-2016", &[]);
    let evidence: Vec<&Value> = report["migrations"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|m| m["evidence"].as_array().unwrap())
        .collect();
    let told = evidence.iter().find(|e| e["message"].is_string()).unwrap();
    assert_eq!(told["message_language"], "en-US");
    assert!(
        evidence
            .iter()
            .all(|e| e["message"].is_string() || e["message_language"].is_null())
    );
}

#[test]
fn the_timeline_follows_a_role_or_a_network() {
    let path = sample("node-crash-2019");
    let output = vmtrail(&[
        "timeline",
        &path,
        "--subject",
        "WEB02",
        "--kind",
        "group",
        "--format",
        "jsonl",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(rows.len() >= 2, "{text}");
    assert!(rows.iter().all(|r| r["subject"]["group"] == "web02"));
    let output = vmtrail(&["timeline", &path, "--subject", "nothing"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_timeline_shows_only_what_is_severe_enough() {
    let path = sample("node-crash-2019");
    let severities = |least: &str| -> Vec<String> {
        let output = vmtrail(&["timeline", &path, "--format", "jsonl", "--severity", least]);
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["severity"].to_string())
            .collect()
    };
    let (all, errors) = (severities("info"), severities("error"));
    let severe = all
        .iter()
        .filter(|s| *s == "\"error\"" || *s == "\"critical\"");
    assert_eq!(errors.len(), severe.count());
    assert!(!errors.is_empty() && errors.len() < all.len());
}

#[test]
fn the_story_of_a_vm_is_told_in_each_format() {
    let path = sample("node-crash-2019");
    let told = |more: &[&str]| {
        let output = vmtrail(&[&["vm", "web02", &path], more].concat());
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = told(&[]);
    assert!(text.contains("VM: web02") && text.contains("What happened to it"));
    let markdown = told(&["--format", "markdown"]);
    assert!(markdown.contains("web02 ran on HV02; cause: node lost; it was restarted on HV01"));
    assert!(markdown.contains("live migration from HV01 to HV02: completed"));
    assert!(markdown.contains("went down with its node"));
    assert!(markdown.contains("| 2023-03-08 02:11:46 |"));
    assert!(told(&["--lang", "ja"]).contains("仮想マシンの経過"));

    let json: Value = serde_json::from_str(&told(&["--format", "json"])).unwrap();
    let names = |list: &str, key: &str| -> Vec<String> {
        let all = json[list].as_array().unwrap();
        all.iter()
            .map(|v| v[key].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("vms", "name"), ["web02"]);
    assert_eq!(names("failovers", "vm"), ["web02"]);
    assert!(!names("migrations", "vm").is_empty());
    assert!(names("migrations", "vm").iter().all(|vm| vm == "web02"));
    // The whole cluster stays, so that it can be judged.
    assert_eq!(json["nodes"].as_array().unwrap().len(), 3);

    // By id, it is the same story.
    let id = json["vms"][0]["id"].as_str().unwrap();
    assert_eq!(vmtrail(&["vm", id, &path]).stdout, text.as_bytes());
    let unknown = vmtrail(&["vm", "nobody", &path]);
    assert_eq!(unknown.status.code(), Some(2));
    let why = String::from_utf8(unknown.stderr).unwrap();
    assert!(why.contains("nobody") && why.contains("web02"), "{why}");
}

#[test]
fn the_rules_test_themselves() {
    let count = vmtrail::rules::load::embedded().unwrap().len();
    let output = vmtrail(&["rules", "test"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains(&format!("{count} rules")) && text.contains(" 0 failed"),
        "{text}"
    );
    let list = String::from_utf8(vmtrail(&["rules", "list"]).stdout).unwrap();
    assert!(list.lines().count() == count && list.contains("kb961782"));
    let show = String::from_utf8(vmtrail(&["rules", "show", "kb961782"]).stdout).unwrap();
    assert!(show.starts_with("id: kb961782"));
    assert_eq!(
        vmtrail(&["rules", "show", "nothing"]).status.code(),
        Some(2)
    );
}

/// From nothing to a rule that is checked, tested and told about, without Rust.
#[test]
fn a_rule_is_written_from_its_skeleton() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let told = |args: &[&str]| {
        let output = vmtrail(args);
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    let new = |name: &str| told(&["rules", "new", name, "--dir", path]).0;
    assert_eq!(new("live-migration/my-rule"), Some(0));
    assert_eq!(
        new("live-migration/my-rule"),
        Some(2),
        "nothing is overwritten"
    );
    for bad in ["my-rule", "Live/my-rule", "../my-rule", "a/b/c"] {
        assert_eq!(new(bad), Some(2), "{bad}");
    }
    // Nothing is wrong with it but that it says TODO; each such line is told.
    let folder = dir.path().join("live-migration/my-rule");
    let files = [
        "rule.yaml",
        "cases/fires.yaml",
        "cases/quiet.yaml",
        "cases/blind.yaml",
    ];
    let (code, text) = told(&["rules", "lint", path]);
    assert_eq!(code, Some(1));
    let mut left = 0;
    for file in files {
        let file = folder.join(file);
        let written = std::fs::read_to_string(&file).unwrap();
        left += written.lines().filter(|line| line.contains("TODO")).count();
        std::fs::write(&file, written.replace("TODO", "done")).unwrap();
    }
    assert_eq!(text.matches(": VR037: ").count(), left, "{text}");
    assert!(
        text.ends_with(&format!("1 rules, {left} problems\n")),
        "{text}"
    );
    let clean = (Some(0), "1 rules, 0 problems\n".to_owned());
    assert_eq!(told(&["rules", "lint", path]), clean);
    assert_eq!(told(&["rules", "lint", "--rules", path]), clean);
    // Editors find the schemas that the files name in their first line.
    for (file, up) in [("rule.yaml", "../../"), ("cases/fires.yaml", "../../../")] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let named = text
            .lines()
            .next()
            .unwrap()
            .split_once("$schema=")
            .unwrap()
            .1;
        assert!(named.starts_with(up), "{named}");
        let file = folder.join(file);
        let schema = file.parent().unwrap().join(named);
        assert!(schema.is_file(), "{}", schema.display());
    }
    let test = ["rules", "test", "--rules", path, "--only", "--mutate"];
    let (code, text) = told(&test);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 rules, 3 cases, 0 failed, "), "{text}");
    assert!(
        text.contains(" changes tried, 0 unnoticed\nnever tried: texts, "),
        "{text}"
    );
    assert!(!text.contains(" 0 changes tried"), "{text}");

    // What is put wrong is told with its step, and with its place.
    let quiet = folder.join("cases/quiet.yaml");
    let right = std::fs::read_to_string(&quiet).unwrap();
    std::fs::write(
        &quiet,
        right.replace(
            "expect: []",
            "expect: [{subject: web01, verdict: confirmed}]",
        ),
    )
    .unwrap();
    let (code, text) = told(&test);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("step failure: no event of web01 fits it"),
        "{text}"
    );
    // With a case that fails nothing is said of changes.
    assert!(
        text.contains("no changes tried until these cases pass: quiet")
            && text.contains(", 0 changes tried, 0 unnoticed\n"),
        "{text}"
    );
    std::fs::write(&quiet, right).unwrap();
    let file = folder.join("rule.yaml");
    let right = std::fs::read_to_string(&file).unwrap();
    let asks = "\nsteps:\n  - id: nic\n    what: {en: a NIC, ja: アダプター}\n    role: supporting\n    state: {object: {class: NetAdaptor}}\n";
    std::fs::write(&file, right.replace("\nsteps:\n", asks)).unwrap();
    let (code, text) = told(&["rules", "lint", path]);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("VR036: ") && text.contains("\"NetAdapter\""),
        "{text}"
    );
    // Such a rule runs nevertheless: an export may hold what nobody has listed.
    assert_eq!(
        told(&["rules", "test", "--rules", path, "--only"]).0,
        Some(0)
    );
    std::fs::write(&file, right).unwrap();
    std::fs::remove_file(folder.join("cases/blind.yaml")).unwrap();
    let (code, text) = told(&["rules", "lint", path]);
    assert_eq!(code, Some(1));
    assert!(text.contains("rule.yaml:2:5: VR024: "), "{text}");
}

#[test]
fn a_rule_is_explained_step_by_step() {
    let bundle = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/samples/vlan-reverts-2008r2.zip"
    );
    let output = vmtrail(&["rules", "explain", "kb961782", bundle, "--lang", "en"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Subject web01",
        "move (required): observed",
        "change (required): could not have been seen",
        "cannot be told without notes",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let missing = vmtrail(&["rules", "explain", "no-such-rule", bundle]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn every_help_has_examples() {
    for command in ["analyze", "timeline", "rules", "simulate"] {
        let help = String::from_utf8(vmtrail(&[command, "--help"]).stdout).unwrap();
        assert!(help.contains("Examples:"), "{command}");
    }
}

#[test]
fn a_rule_mistyped_is_answered_with_the_nearest_and_checks_are_listed() {
    for (typed, meant) in [("KB961782x", "kb961782"), ("blackout", "long-blackout")] {
        let output = vmtrail(&["rules", "show", typed]);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            error.contains(&format!("did you mean {meant:?}")),
            "{error}"
        );
    }
    let output = vmtrail(&["rules", "lint", "--codes"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("VR001  Not YAML"), "{text}");
    assert!(text.lines().all(|line| line.ends_with('.')), "{text}");
}

#[test]
fn the_dictionary_is_printed() {
    let told = |args: &[&str]| {
        let output = vmtrail(args);
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // Which events a rule on VMs cannot join by themselves, and which no record tells.
    let joined = "names     no VM; a rule on VMs joins it with about: {node: STEP.node}";
    assert!(told(&["events", "show", "21125"]).contains(joined));
    assert!(!told(&["events", "show", "20415"]).contains(joined));
    let moved = told(&["events", "show", "trail.vm_moved_live"]);
    assert!(
        moved.contains("the timeline concludes it") && moved.contains("field     blackout_s"),
        "{moved}"
    );
    let edited = told(&["events", "show", "vm.settings_changed"]);
    assert!(edited.contains("notes tell it") && edited.contains("field     property"));
    let list = told(&["events", "list"]);
    assert!(list.lines().all(|l| l.split('\t').count() == 9));
    assert!(list.contains(
        "Microsoft-Windows-Hyper-V-High-Availability\t21502\t3 values\tmigration.failed\t"
    ));
    let show = told(&["events", "show", "1230", "--lang", "en"]);
    assert!(show.contains("1230 (4 values)"), "{show}");
    assert!(show.contains("call=%4"), "{show}");
    let by_kind = told(&["events", "show", "quorum.lost", "--lang", "ja"]);
    assert!(by_kind.contains("FailoverClustering 1177"), "{by_kind}");
    let absent = told(&["events", "absent", "--lang", "en"]);
    assert!(absent.contains("vlan.edited (all)"), "{absent}");
    for (wrong, hint) in [("99999", "events list"), ("quorum.los", "quorum.lost")] {
        let output = vmtrail(&["events", "show", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(hint), "{error}");
    }
}

#[test]
fn a_status_code_is_explained_in_both_languages() {
    let told = |code: &str, lang: &str| {
        let output = vmtrail(&["events", "code", code, "--lang", lang]);
        assert_eq!(output.status.code(), Some(0), "{code}");
        String::from_utf8(output.stdout).unwrap()
    };
    let english = told("0x80070005", "en");
    assert!(english.starts_with("Win32 5 (0x5)\tERROR_ACCESS_DENIED\t"));
    assert!(told("-2147024891", "ja").contains("権限"));
    let output = vmtrail(&["events", "code", "five"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("five"));
}

#[test]
fn the_dictionary_of_a_site_is_used_and_its_mistakes_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.yaml");
    let good = "provider: Site-Backup\nchannel: Application\nevents:\n  \
        - { id: 77, kind: vm.checkpointed, windows: 2019 - 2022, ref: G, sample: [] }\n";
    std::fs::write(&file, good).unwrap();
    let show = || {
        let dir = dir.path().to_str().unwrap();
        vmtrail(&["events", "show", "77", "--lang", "en", "--dictionary", dir])
    };
    let output = show();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Site-Backup 77"), "{text}");
    assert!(text.contains("windows   2019 - 2022"), "{text}");
    std::fs::write(&file, good.replace("vm.checkpointed", "vm.checkpoint")).unwrap();
    let output = show();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("backup.yaml:4: "), "{told}");
    assert!(told.contains("vm.checkpointed"), "{told}");
}

#[test]
fn one_chart_alone_goes_to_standard_output_or_into_a_file() {
    let path = sample("node-crash-2019");
    for kind in [
        "placement",
        "states",
        "events",
        "migrations",
        "downtime",
        "quorum",
        "clocks",
    ] {
        let output = vmtrail(&["chart", kind, &path, "--tz", "Europe/Berlin"]);
        assert_eq!(output.status.code(), Some(0), "{kind}");
        let svg = String::from_utf8(output.stdout).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains(&format!("id=\"{kind}-title\"")), "{kind}");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("downtime.png");
    let file = file.to_string_lossy();
    let output = vmtrail(&[
        "chart", "downtime", &path, "-o", &file, "--width", "800", "--lang", "ja",
    ]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let png = std::fs::read(&*file).unwrap();
    assert!(png.starts_with(b"\x89PNG"), "the name says which format");
    assert_eq!(&png[16..20], &800u32.to_be_bytes());
}

/// Rules are read on all threads, so their number is set before any command begins.
#[test]
fn each_command_that_reads_input_takes_the_number_of_threads() {
    let path = sample("node-crash-2019");
    for command in [
        vec!["timeline", &path],
        vec!["vm", "db01", &path],
        vec!["chart", "quorum", &path],
        vec!["rules", "explain", "kb961782", &path],
        vec!["compare", &path, &path],
    ] {
        for (threads, status) in [("1", Some(0)), ("0", Some(2))] {
            let output = vmtrail(&[&command[..], &["--threads", threads]].concat());
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), status, "{command:?}: {told}");
        }
    }
}

#[test]
fn a_chart_is_narrowed_to_vms_and_nodes() {
    let path = sample("node-crash-2019");
    let svg = |args: &[&str]| {
        let mut all = vec!["chart", args[0], &path];
        all.extend(&args[1..]);
        String::from_utf8(vmtrail(&all).stdout).unwrap()
    };
    let placement = svg(&["placement", "--vm", "db01"]);
    assert!(placement.contains("\ndb01\n") && !placement.contains("\nweb01\n"));
    let clocks = svg(&["clocks", "--node", "HV03"]);
    assert!(clocks.contains("\nHV03\n") && !clocks.contains("\nHV01\n"));
}

#[test]
fn a_chart_that_cannot_be_is_refused_with_the_reason() {
    let path = sample("node-crash-2019");
    for (args, why) in [
        (vec!["clocks", "--vm", "db01"], "--vm"),
        (
            vec!["events", "--node", "HV99"],
            "the logs name HV01, HV02, HV03",
        ),
        (vec!["placement", "--vm", "db99"], "db99"),
        (vec!["placement", "--page", "9"], "the chart has one page"),
        (
            vec!["placement", "--width", "40"],
            "expected 720 to 4000 pixels, found 40",
        ),
        (vec!["pie"], "placement"),
    ] {
        let mut all = vec!["chart", args[0], &path];
        all.extend(&args[1..]);
        let output = vmtrail(&all);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(why), "{args:?}: {said}");
    }
}

#[test]
fn pngs_lie_beside_the_charts_when_asked_for() {
    for (more, count) in [(None, 0), (Some("--png"), 7)] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().to_string_lossy().into_owned();
        let path = sample("vlan-reverts-2008r2");
        let mut args = vec!["analyze", &path, "-o", &out];
        args.extend(more);
        let output = vmtrail(&args);
        assert_eq!(output.status.code(), Some(0));
        let pngs = std::fs::read_dir(dir.path().join("charts"))
            .unwrap()
            .filter(|f| {
                let path = f.as_ref().unwrap().path();
                path.extension().is_some_and(|e| e == "png")
            })
            .count();
        assert_eq!(pngs, count);
    }
}

/// Every record of a log that is large enough to be read in parts, whatever reads it:
/// many threads or one, a file or an entry of an archive.
#[test]
fn every_record_is_printed_with_every_value_in_the_order_of_its_file() {
    const RECORDS: u64 = 20_000;
    let dir = tempfile::tempdir().unwrap();
    let records: Vec<_> = (1..=RECORDS)
        .map(|id| {
            let text = format!("\"{id}\"\t日本\\");
            common::record(id, common::vml(&[("VmName", "web01"), ("Text", &text)]))
        })
        .collect();
    let log = write_evtx(&records, &EvtxOptions::default()).unwrap();
    assert!(log.len() > 6 << 20, "{}", log.len());
    std::fs::write(dir.path().join("a.evtx"), &log).unwrap();
    let line = "00000a78.000021b8::2024/05/14-10:05:00.911 INFO  [RCM] a \"b\"\nmore\n";
    std::fs::write(dir.path().join("b_cluster.log"), line).unwrap();
    let path = dir.path().to_string_lossy();
    let run = |path: &str, more: &[&str]| {
        let args = [&["timeline", path, "--all", "--format", "jsonl"], more].concat();
        let output = vmtrail(&args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{told}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = run(&path, &["--threads", "3"]);
    assert!(
        all == run(&path, &["--threads", "1"]),
        "threads make a difference"
    );
    let rows: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len() as u64, RECORDS + 1);
    for (row, id) in rows.iter().zip(1..=RECORDS) {
        assert_eq!(row["record"], id);
        assert_eq!(row["event_id"], 20415);
        assert_eq!(row["fields"]["Text"], format!("\"{id}\"\t日本\\"));
    }
    let line = &rows[RECORDS as usize];
    assert_eq!((&line["line"], &line["level"]), (&1.into(), &"INFO".into()));
    assert_eq!(line["text"], "a \"b\"\nmore");
    assert_eq!(line["time"], "2024-05-14T10:05:00.911Z");

    let beside = tempfile::tempdir().unwrap();
    let zipped = beside.path().join("c.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&zipped).unwrap());
    zip.start_file("a.evtx", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(&log).unwrap();
    zip.finish().unwrap();
    let of_file = run(&dir.path().join("a.evtx").to_string_lossy(), &[]);
    let of_zip = run(&zipped.to_string_lossy(), &[]);
    assert!(
        of_file == of_zip.replace("c.zip!/a.evtx", "a.evtx"),
        "an archive differs"
    );

    let time = |row: &Value| row["time"].as_str().unwrap().to_owned();
    let (from, to) = (time(&rows[100]), time(&rows[200]));
    let part = run(&path, &["--from", &from, "--to", &to]);
    let moment = |text: &str| Moment::parse(text).unwrap();
    let inside = |line: &&str| {
        let row: Value = serde_json::from_str(line).unwrap();
        (moment(&from)..=moment(&to)).contains(&moment(&time(&row)))
    };
    let expected: Vec<&str> = all.lines().filter(inside).collect();
    assert_eq!(expected.len(), 101);
    assert!(part.lines().eq(expected), "a window differs");

    for wrong in [&["--kind", "vm"][..], &["--redact"], &["--format", "csv"]] {
        let args = [&["timeline", &path, "--all"], wrong].concat();
        assert_eq!(vmtrail(&args).status.code(), Some(2), "{wrong:?}");
    }
}

/// What a run of this tool wrote is replaced whole; what somebody else wrote is not.
#[test]
fn a_report_replaces_an_earlier_one_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("report");
    let run = |name: &str, more: &[&str]| {
        let (path, out) = (sample(name), out.to_string_lossy().into_owned());
        let mut args = vec!["analyze", &path, "-o", &out];
        args.extend(more);
        let output = vmtrail(&args);
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), told)
    };
    assert_eq!(run("node-crash-2019", &["--csv"]).0, Some(0));
    std::fs::write(out.join("csv/mine.csv"), "mine").unwrap();
    std::fs::write(out.join("charts/placement-7.svg"), "mine").unwrap();
    let stale = out.join("csv/events.csv");
    assert!(stale.is_file());
    let (status, told) = run("vlan-reverts-2016", &[]);
    assert_eq!(status, Some(2), "a chart that is none of ours: {told}");
    assert!(told.contains("placement-7.svg was not written by vmtrail"));
    assert!(stale.is_file(), "nothing was changed");
    std::fs::remove_file(out.join("charts/placement-7.svg")).unwrap();
    let (status, told) = run("vlan-reverts-2016", &[]);
    assert_eq!(status, Some(0), "{told}");
    assert!(told.contains("of an earlier report"), "{told}");
    assert!(!stale.exists(), "tables of another bundle are gone");
    assert!(out.join("csv/mine.csv").is_file());

    std::fs::write(out.join("report.html"), "<p>of somebody else").unwrap();
    let (status, told) = run("node-crash-2019", &[]);
    assert_eq!(status, Some(2));
    assert!(
        told.contains("report.html") && told.contains("--force"),
        "{told}"
    );
    let page = || std::fs::read_to_string(out.join("report.html")).unwrap();
    assert_eq!(page(), "<p>of somebody else");
    assert_eq!(run("node-crash-2019", &["--force"]).0, Some(0));
    assert!(page().contains("HVCLU03"));

    let file = dir.path().join("afile");
    std::fs::write(&file, "").unwrap();
    let path = sample("node-crash-2019");
    let output = vmtrail(&["analyze", &path, "-o", &file.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("afile is a file"), "{told}");
}

#[test]
fn what_is_typed_wrong_is_answered_with_what_is_right() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str, content: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    };
    let (text, empty) = (at("text.zip", "not an archive"), at("empty.zip", ""));
    let readme = at("readme.txt", "nothing here");
    let out = dir.path().join("out").to_string_lossy().into_owned();
    let pdf = dir.path().join("q.pdf").to_string_lossy().into_owned();
    let crash = sample("node-crash-2019");
    let later = "2024-01-01T00:00Z";
    let earlier = "2000-01-01T00:00Z";
    for (args, parts) in [
        (
            vec!["analyze", &text, "-o", &out],
            vec!["text.zip is not a ZIP archive"],
        ),
        (
            vec!["analyze", &empty, "-o", &out],
            vec!["empty.zip is empty"],
        ),
        (
            vec!["analyze", &readme, "-o", &out],
            vec!["readme.txt is not an event log"],
        ),
        (
            vec!["vm", &crash, "db01"],
            vec!["the name of the VM comes first: vmtrail vm db01 "],
        ),
        (
            vec!["rules", "explain", &crash, "kb961782"],
            vec!["the rule's id stands before the path"],
        ),
        (
            vec!["timeline", &crash, "--from", later],
            vec![
                "no event lies at or after 2024-01-01T00:00:00Z; the logs reach from 2023-03-07T17:00:00",
                " to 2023-03-08T06:",
            ],
        ),
        (
            vec!["timeline", &crash, "--to", earlier],
            vec!["no event lies at or before 2000-01-01T00:00:00Z; the logs reach from 2023"],
        ),
        (
            vec!["timeline", &crash, "--kind", "nosuch"],
            vec!["`vmtrail rules kinds` lists all"],
        ),
        (
            vec!["chart", "quorum", &crash, "-o", &pdf],
            vec![".svg or .png, not as .pdf"],
        ),
    ] {
        let output = vmtrail(&args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        for part in parts {
            assert!(told.contains(part), "{args:?}: {told}");
        }
    }
    assert!(!dir.path().join("q.pdf").exists());
    // Beside logs that can be read, the archive that is none is named all the same.
    let output = vmtrail(&["timeline", &crash, &text]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("text.zip is not a ZIP archive; it was left out"),
        "{told}"
    );
}

/// Whole lines without heads for a pipe; columns under heads where a width is said.
#[test]
fn the_timeline_fits_a_narrow_terminal_and_a_pipe_takes_lines_whole() {
    let path = sample("node-crash-2019");
    let args = ["timeline", &path, "--kind", "node", "--lang", "en"];
    let piped = String::from_utf8(vmtrail(&args).stdout).unwrap();
    assert!(piped.lines().all(|l| l.starts_with("2023-03-0")), "{piped}");
    let narrow = Command::new(env!("CARGO_BIN_EXE_vmtrail"))
        .args(args)
        .env("COLUMNS", "60")
        .output()
        .unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    assert!(narrow.starts_with("time (UTC+00:00)"), "{narrow}");
    assert!(narrow.lines().all(|l| l.chars().count() <= 60), "{narrow}");
    let words = |text: &str, word: &str| text.matches(word).count();
    for word in ["node.removed", "HV02", "membership"] {
        assert_eq!(words(&narrow, word), words(&piped, word), "{word}");
    }
    let rules = String::from_utf8(vmtrail(&["rules", "list"]).stdout).unwrap();
    assert!(!rules.starts_with("rule "), "a pipe has no heads");
}

/// All but what a rule file itself spells.
#[test]
fn a_rule_is_explained_in_japanese() {
    let path = sample("node-crash-2019");
    for rule in [
        "node-lost-unplanned",
        "kb961782",
        "evt1135-one-node-isolated",
    ] {
        let output = vmtrail(&["rules", "explain", rule, &path, "--lang", "ja"]);
        let text = String::from_utf8(output.stdout).unwrap();
        for english in [
            " fit",
            "observed",
            "near miss",
            "looked for",
            "between",
            "required",
            "more",
            "told",
            "Subject",
            "verdict",
            "found",
            "window",
            "cannot",
            "unknown",
        ] {
            assert!(!text.contains(english), "{rule}: {english}: {text}");
        }
    }
}

#[test]
fn the_place_of_the_key_is_told_and_doubts_read_well() {
    let dir = tempfile::tempdir().unwrap();
    let path = sample("node-crash-2019");
    let output = Command::new(env!("CARGO_BIN_EXE_vmtrail"))
        .args(["timeline", &path, "--redact"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(dir.path().join("redaction-key.json").is_file());
    assert!(
        told.contains("their key was written to ./redaction-key.json"),
        "{told}"
    );
    assert!(!told.contains("field "), "{told}");
    assert!(told.contains(" in events, such as “"), "{told}");
}

/// A sentence of a finding, a legend and an axis are told to their ends, and the text for
/// a ticket says of when and of which VMs it is.
#[test]
fn nothing_of_ours_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_string_lossy().into_owned();
    let path = common::project("tests/scenarios/split-network.zip");
    vmtrail(&[
        "analyze",
        &path.to_string_lossy(),
        "-o",
        &out,
        "--lang",
        "en",
    ]);
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("report.json")).unwrap();
    let explanations = report["findings"].as_array().unwrap().iter();
    let longest = explanations
        .map(|f| f["explanation"].as_str().unwrap())
        .max_by_key(|text| text.len())
        .unwrap();
    assert!(longest.len() > 400, "one is longer than a cell: {longest}");
    let end: String = longest.chars().skip(longest.chars().count() - 60).collect();
    for name in ["report.html", "report.md"] {
        let text = read(name).replace("&#39;", "'");
        assert!(text.contains(&end), "{name}: {end}");
    }

    let path = sample("node-crash-2019");
    let svg = String::from_utf8(vmtrail(&["chart", "downtime", &path, "--lang", "en"]).stdout);
    let svg = svg.unwrap();
    assert_eq!(svg.matches("went down with its node\n").count(), 4, "{svg}");
    for label in ["0 s", "1 min", "2 min"] {
        assert!(svg.contains(&format!("\n{label}\n")), "{label}: {svg}");
    }

    for (name, path) in [
        ("crash", path),
        (
            "quorum",
            common::project("tests/scenarios/quorum-loss.zip")
                .to_string_lossy()
                .into_owned(),
        ),
    ] {
        let out = dir.path().join(name);
        vmtrail(&[
            "analyze",
            &path,
            "-o",
            &out.to_string_lossy(),
            "--lang",
            "en",
        ]);
        let text = std::fs::read_to_string(out.join("report.md")).unwrap();
        let ticket = text
            .split("~~~text\n")
            .nth(1)
            .unwrap()
            .split("\n~~~")
            .next()
            .unwrap();
        assert!(
            ticket.starts_with("Post-mortem: Hyper-V failover cluster HVCLU"),
            "{ticket}"
        );
        assert!(ticket.contains("\nPeriod: 20"), "{ticket}");
        let down = ticket.split("VMs that were down\n").nth(1).unwrap();
        assert!(down.starts_with("- "), "{ticket}");
        let heads = [
            "What happened",
            "Verdicts",
            "VMs that were down",
            "What to do next",
            "What is missing",
        ];
        for head in heads {
            let (_, below) = ticket.split_once(&format!("\n{head}\n")).unwrap();
            assert!(
                !below.is_empty() && !below.starts_with('\n'),
                "{head} is empty: {ticket}"
            );
        }
    }
}
