//! The simulator: every sample can happen, twice with the same bytes, and the
//! rules of the world hold in scenarios that nobody wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use evtx::EvtxParser;
use proptest::prelude::*;
use vmtrail::simulate::{Bundle, Truth, load_scenario, simulate};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn scenarios() -> Vec<PathBuf> {
    scenarios_in(&samples())
}

fn scenarios_in(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.ends_with(".yaml") && !name.ends_with(".notes.yaml")
        })
        .collect();
    found.sort();
    found
}

fn run(text: &str, name: &str) -> Bundle {
    let scenario = load_scenario(text, name).unwrap_or_else(|e| panic!("{e}"));
    simulate(&scenario).unwrap_or_else(|e| panic!("{e}"))
}

fn run_file(path: &Path) -> Bundle {
    run(&fs::read_to_string(path).unwrap(), &path.to_string_lossy())
}

fn sample(name: &str) -> Bundle {
    run_file(&samples().join(format!("{name}.yaml")))
}

/// (path, provider, id) of every record, read by a reader that is not ours.
fn events(bundle: &Bundle) -> Vec<(String, String, u64)> {
    let mut all = Vec::new();
    for (path, bytes, _) in &bundle.files {
        if !path.to_lowercase().ends_with(".evtx") {
            continue;
        }
        let mut parser = EvtxParser::from_buffer(bytes.clone()).unwrap();
        for record in parser.records_json_value() {
            let record = record.unwrap_or_else(|e| panic!("{path}: {e}"));
            let system = &record.data["Event"]["System"];
            let id = &system["EventID"];
            let id = id.as_u64().or_else(|| id["#text"].as_u64()).unwrap();
            let provider = system["Provider"]["#attributes"]["Name"].as_str().unwrap();
            all.push((path.clone(), provider.to_owned(), id));
        }
    }
    all
}

fn count(events: &[(String, String, u64)], id: u64) -> usize {
    events.iter().filter(|(_, _, e)| *e == id).count()
}

#[test]
fn every_sample_happens_and_stays_small() {
    let scenarios = scenarios();
    assert_eq!(scenarios.len(), 12, "{scenarios:?}");
    for path in scenarios {
        let bundle = run_file(&path);
        let zip = bundle.zip_bytes().unwrap();
        let records = events(&bundle).len();
        eprintln!("{}: {records} records, {} bytes", path.display(), zip.len());
        assert!(
            zip.len() < 400_000,
            "{}: {} bytes",
            path.display(),
            zip.len()
        );
        assert!(
            (1000..9000).contains(&records),
            "{}: {records}",
            path.display()
        );
    }
}

#[test]
fn the_same_scenario_gives_the_same_bytes() {
    for name in ["vlan-reverts-2016", "node-crash-2008r2"] {
        let (a, b) = (sample(name), sample(name));
        assert_eq!(a.zip_bytes().unwrap(), b.zip_bytes().unwrap());
        assert_eq!(a.truth, b.truth);
    }
    let text = fs::read_to_string(samples().join("healthy-2016.yaml")).unwrap();
    let other = text.replace("seed: 20190219", "seed: 1");
    assert_ne!(
        run(&text, "a").zip_bytes().unwrap(),
        run(&other, "a").zip_bytes().unwrap(),
        "the seed has to matter"
    );
}

/// The bundles beside the scenarios are what the scenarios give. With
/// `VMTRAIL_BLESS=1` they are written instead of compared.
#[test]
fn bundles_beside_scenarios_are_up_to_date() {
    let bless = std::env::var_os("VMTRAIL_BLESS").is_some();
    let told = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    for path in [scenarios(), scenarios_in(&told)].concat() {
        let zip = path.with_extension("zip");
        let bundle = run_file(&path);
        if bless {
            bundle.write_zip(&zip).unwrap();
        }
        let found = fs::read(&zip).unwrap_or_default();
        assert!(
            found == bundle.zip_bytes().unwrap(),
            "{} is missing or out of date: run the tests once with VMTRAIL_BLESS=1",
            zip.display()
        );
    }
}

#[test]
fn a_folder_holds_the_same_files_as_the_zip() {
    let bundle = sample("vlan-refreshed-2016");
    let dir = tempfile::tempdir().unwrap();
    bundle.write_dir(dir.path()).unwrap();
    for (name, bytes, modified) in &bundle.files {
        let path = dir.path().join(name);
        assert_eq!(&fs::read(&path).unwrap(), bytes, "{name}");
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        let since = written
            .duration_since(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
        assert_eq!(
            since.as_secs() as i64,
            modified.ticks() / 10_000_000,
            "{name}"
        );
    }
}

#[test]
fn a_vlan_reverts_only_where_nothing_was_refreshed() {
    let causes = |name: &str| -> Vec<(String, &'static str, u32)> {
        let truth = sample(name).truth;
        truth
            .settings
            .iter()
            .map(|s| (s.vm.clone(), s.cause, s.to))
            .collect()
    };
    assert_eq!(
        causes("vlan-reverts-2008r2"),
        [
            ("web01".to_owned(), "hyper-v-manager", 200),
            ("web02".to_owned(), "failover-cluster-manager", 200),
            ("web01".to_owned(), "move", 100),
            ("web01".to_owned(), "failover-cluster-manager", 200),
        ]
    );
    for name in ["vlan-refreshed-2008r2", "vlan-refreshed-2016"] {
        assert_eq!(causes(name), [("web01".to_owned(), "hyper-v-manager", 200)]);
    }
    for name in ["vlan-unproven-2008r2", "vlan-unproven-2016"] {
        assert_eq!(
            causes(name).last().unwrap(),
            &("web01".to_owned(), "move", 100)
        );
    }
}

#[test]
fn exports_show_the_edit_and_its_end() {
    let bundle = sample("vlan-reverts-2016");
    let vlan_of_web01 = |xml: &[u8]| -> Option<String> {
        let (text, _, _) = encoding_rs::UTF_16LE.decode(xml);
        let at = text.find("<S N=\"VMName\">web01</S>")?;
        let rest = &text[at..];
        let from = rest.find("N=\"AccessVlanId\">")? + "N=\"AccessVlanId\">".len();
        let to = rest[from..].find('<')? + from;
        Some(rest[from..to].to_owned())
    };
    let mut seen = Vec::new();
    for (name, bytes, _) in &bundle.files {
        if !name.starts_with("HealthTest-") {
            continue;
        }
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes.clone())).unwrap();
        for n in 0..zip.len() {
            let mut entry = zip.by_index(n).unwrap();
            let node = entry.name().unwrap().into_owned();
            if node.ends_with("GetVMNetworkAdapter.xml") {
                let mut xml = Vec::new();
                std::io::Read::read_to_end(&mut entry, &mut xml).unwrap();
                seen.extend(vlan_of_web01(&xml).map(|vlan| (name.clone(), node, vlan)));
            }
        }
    }
    let expected = [
        ("HealthTest-HVCLU02-20180612-0900.ZIP", "Node_HV01", "100"),
        ("HealthTest-HVCLU02-20180612-1100.ZIP", "Node_HV01", "200"),
        ("HealthTest-HVCLU02-20180612-1430.ZIP", "Node_HV02", "100"),
    ];
    assert_eq!(seen.len(), expected.len(), "{seen:?}");
    for ((zip, node, vlan), (want_zip, want_node, want_vlan)) in seen.iter().zip(expected) {
        assert_eq!((zip.as_str(), vlan.as_str()), (want_zip, want_vlan));
        assert!(node.starts_with(want_node), "{node}");
    }
}

#[test]
fn each_version_writes_its_own_records() {
    let old = events(&sample("planned-maintenance-2008r2"));
    let new = events(&sample("planned-maintenance-2016"));
    for id in [22501, 22502, 22503, 22504, 14004, 14008, 14010, 14006] {
        assert!(count(&old, id) > 0, "{id} belongs to 2008 R2");
        assert_eq!(count(&new, id), 0, "{id} is gone in 2016");
    }
    for id in [20413, 20415, 20418, 1641, 21128, 12597, 12598, 232, 234] {
        assert_eq!(count(&old, id), 0, "{id} is unknown to 2008 R2");
        assert!(count(&new, id) > 0, "{id} belongs to 2016");
    }
    assert_eq!(count(&new, 20417), 1, "one blackout is long");
    assert_eq!(
        count(&old, 1135) + count(&new, 1135),
        0,
        "an orderly stop is no loss"
    );
    for events in [&old, &new] {
        for id in [1074, 1063, 6006, 13] {
            assert_eq!(count(events, id), 1, "{id}");
        }
    }
}

#[test]
fn a_crash_is_seen_by_the_others_and_confessed_after_the_restart() {
    let bundle = sample("node-crash-2019");
    let all = events(&bundle);
    let by = |id: u64| -> BTreeSet<String> {
        all.iter()
            .filter(|(_, _, e)| *e == id)
            .map(|(path, _, _)| path.split('/').next().unwrap().to_owned())
            .collect()
    };
    let nodes = |names: &[&str]| names.iter().map(|n| format!("Node_{n}")).collect();
    assert_eq!(by(1135), nodes(&["HV01", "HV03"]));
    for id in [41, 6008] {
        assert_eq!(by(id), nodes(&["HV02"]), "{id}");
    }
    assert_eq!(count(&all, 1063), 0, "a crash stops nothing in order");
    let truth = bundle.truth;
    let failed_over: Vec<&str> = truth.failovers.iter().map(|f| f.vm.as_str()).collect();
    assert_eq!(failed_over, ["web02", "app01", "db01"]);
    assert!(truth.failovers.iter().all(|f| f.downtime_s > 5.0));
    assert!(!truth.nodes[1].outages[0].planned);
}

/// The payload of every record with this id, as the reader that is not ours renders it.
fn payloads(bundle: &Bundle, id: u64) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    for (path, bytes, _) in &bundle.files {
        if !path.to_lowercase().ends_with(".evtx") {
            continue;
        }
        let mut parser = EvtxParser::from_buffer(bytes.clone()).unwrap();
        for record in parser.records_json_value() {
            let event = record.unwrap().data["Event"].clone();
            let event_id = &event["System"]["EventID"];
            if event_id.as_u64().or_else(|| event_id["#text"].as_u64()) == Some(id) {
                all.push(event);
            }
        }
    }
    all
}

#[test]
fn unseen_events_take_every_plausible_shape_and_seen_ones_only_theirs() {
    let form = |event: &serde_json::Value| -> &'static str {
        let vml = &event["UserData"]["VmlEventLog"];
        if vml.get("Parameter0").is_some() {
            "parameter"
        } else if vml.is_object() {
            "named"
        } else if event["EventData"]["Data"].is_object() {
            "unnamed"
        } else {
            "none of them"
        }
    };
    let moved = |shape: &str| {
        let text = SMALL
            .replace("shape: named", &format!("shape: {shape}"))
            .replacen(
                "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }",
                "live_migrate: { vm: v1, to: A2 }",
                1,
            );
        run(&text, "small")
    };
    for shape in ["named", "unnamed", "parameter"] {
        let bundle = moved(shape);
        for id in [20413, 20418, 21128, 12582, 21120] {
            let events = payloads(&bundle, id);
            assert!(!events.is_empty(), "{id}");
            for event in &events {
                assert_eq!(form(event), shape, "{id}: {event}");
            }
        }
        // These were seen, so they do not follow the choice.
        for (id, seen) in [(18500, "named"), (20415, "parameter")] {
            for event in &payloads(&bundle, id) {
                assert_eq!(form(event), seen, "{id}: {event}");
            }
        }
    }
    let sample = sample("vlan-reverts-2008r2");
    let all: BTreeSet<_> = [22501, 22502, 22503, 22504, 14004, 12582]
        .iter()
        .flat_map(|id| payloads(&sample, *id))
        .map(|event| form(&event))
        .collect();
    assert_eq!(
        all.into_iter().collect::<Vec<_>>(),
        ["named", "parameter", "unnamed"]
    );
}

#[test]
fn a_wrong_clock_shifts_all_times_of_its_node_and_no_others() {
    let times = |offset: &str, node: &str| -> Vec<String> {
        let text = SMALL.replace(
            "address: 10.0.0.2",
            &format!("address: 10.0.0.2, clock_offset: {offset}"),
        );
        let bundle = run(&text, "small");
        let (_, bytes, _) = bundle
            .files
            .iter()
            .find(|(name, _, _)| *name == format!("Node_{node}/System.EVTX"))
            .unwrap();
        EvtxParser::from_buffer(bytes.clone())
            .unwrap()
            .records_json_value()
            .map(|r| {
                let system = r.unwrap().data["Event"]["System"].clone();
                let time = &system["TimeCreated"]["#attributes"]["SystemTime"];
                time.as_str().unwrap().to_owned()
            })
            .collect()
    };
    assert_eq!(times("0", "A1"), times("7", "A1"));
    let (right, wrong) = (times("0", "A2"), times("7", "A2"));
    assert_eq!(right.len(), wrong.len());
    for (right, wrong) in right.iter().zip(&wrong) {
        let parse = |t: &str| t.parse::<jiff::Timestamp>().unwrap();
        let apart = parse(wrong).duration_since(parse(right));
        assert_eq!(apart, jiff::SignedDuration::from_secs(7));
    }
}

/// cluster.log is in local time where the collector asks for it, in UTC elsewhere.
#[test]
fn cluster_log_keeps_the_clock_of_its_collector() {
    let log = |collector: &str, windows: &str| -> String {
        let text = SMALL
            .replace("collector: sddc", &format!("collector: {collector}"))
            .replace("windows: 2016", &format!("windows: {windows}"))
            .replace("time_zone: UTC", "time_zone: Asia/Tokyo");
        let bundle = run(&text, "small");
        let (_, bytes, _) = bundle
            .files
            .iter()
            .find(|(name, _, _)| name.to_lowercase().ends_with("cluster.log"))
            .unwrap();
        match bytes.strip_prefix(&[0xFF, 0xFE]) {
            Some(utf16) => encoding_rs::UTF_16LE.decode(utf16).0.into_owned(),
            None => String::from_utf8(bytes.clone()).unwrap(),
        }
    };
    let first = |text: &str| -> String {
        let line = text.lines().find(|l| l.contains("LOG BEGIN")).unwrap();
        line.split("::").nth(1).unwrap()[..16].to_owned()
    };
    let local = log("sddc", "2016");
    assert!(local.contains("generated using local time"), "{local}");
    assert!(local.contains("is -540 minutes"), "{local}");
    assert_eq!(first(&local), "2020/01/15-07:00");
    let utc = log("sdp", "2016");
    assert!(!utc.contains("generated using local time"), "{utc}");
    assert_eq!(first(&utc), "2020/01/14-22:00");
    let old = log("sdp", "2008r2");
    assert!(!old.contains("[==="), "2008 R2 has no sections: {old}");
    assert_eq!(first(&old), "2020/01/14-22:00");
}

/// What judges a report has to be readable by whatever does it.
#[test]
fn the_truth_is_plain_json() {
    let truth = serde_json::to_value(sample("planned-maintenance-2016").truth).unwrap();
    let long = truth["migrations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["blackout_s"] == 23.4)
        .unwrap();
    assert_eq!(long["vm"], "db01");
    assert_eq!(long["to_node"], "HV01");
    assert_eq!(truth["nodes"][0]["outages"][0]["planned"], true);
    assert_eq!(truth["nodes"][1]["outages"].as_array().unwrap().len(), 0);
}

/// A VM's name is free text, and names a report: it must not lead out of the bundle.
#[test]
fn no_name_leads_out_of_the_bundle() {
    let text = SMALL
        .replace("name: v1", "name: \"../../v1: <a>\"")
        .replacen(
            "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }",
            "refresh_config: { vm: \"../../v1: <a>\" }",
            1,
        );
    let bundle = run(&text, "small");
    let report = bundle
        .files
        .iter()
        .map(|(name, _, _)| name)
        .find(|name| name.contains("Update-Cluster"))
        .unwrap();
    assert_eq!(
        report,
        "Node_A1/ClusterReports/Update-ClusterVirtualMachineConfiguration '.._.._v1_ _a_' on \
         2020.01.15 at 10.05.00.htm"
    );
}

#[test]
fn a_failed_move_is_told_in_the_way_of_the_version() {
    let ids = |windows: &str, outcome: &str| -> BTreeSet<u64> {
        let text = SMALL
            .replace("windows: 2016", &format!("windows: {windows}"))
            .replacen(
                "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }",
                &format!("live_migrate: {{ vm: v1, to: A2, outcome: {outcome} }}"),
                1,
            );
        let bundle = run(&text, "small");
        assert_eq!(bundle.truth.migrations[0].outcome, outcome);
        assert_eq!(
            bundle.truth.vms[0].placements.len(),
            1,
            "it stays where it is"
        );
        events(&bundle).into_iter().map(|(_, _, id)| id).collect()
    };
    let has = |ids: &BTreeSet<u64>, wanted: &[u64], not: &[u64]| {
        assert!(
            wanted.iter().all(|id| ids.contains(id)),
            "{wanted:?}: {ids:?}"
        );
        assert!(!not.iter().any(|id| ids.contains(id)), "{not:?}: {ids:?}");
    };
    has(
        &ids("2008r2", "failed"),
        &[22501, 22505, 21111, 21502],
        &[21024, 22503, 18530],
    );
    has(
        &ids("2016", "failed"),
        &[20413, 21024, 21502],
        &[22505, 20415, 20418],
    );
    has(
        &ids("2012r2", "canceled"),
        &[20413, 22501, 21014],
        &[21502, 20415],
    );
    has(
        &ids("2008r2", "canceled"),
        &[22501, 20122, 21113],
        &[21014, 22503],
    );
}

/// The ids that one action adds to a cluster that does nothing else.
fn added(windows: &str, action: &str) -> BTreeSet<u64> {
    let step = "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }";
    let text = SMALL.replace("windows: 2016", &format!("windows: {windows}"));
    let ids = |text: &str| -> BTreeMap<u64, usize> {
        let mut ids = BTreeMap::new();
        for (_, _, id) in events(&run(text, "small")) {
            *ids.entry(id).or_default() += 1;
        }
        ids
    };
    let before = ids(&text);
    ids(&text.replacen(step, action, 1))
        .into_iter()
        .filter(|(id, n)| before.get(id).is_none_or(|known| known < n))
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn trouble_is_told_in_the_way_of_the_version() {
    // What happens, on which version, what tells of it, and what must not be there.
    let cases: [(&str, &str, &[u64], &[u64]); 14] = [
        ("storage_migrate: { vm: v1 }", "2012", &[], &[20927, 15202]),
        ("storage_migrate: { vm: v1 }", "2012r2", &[20927], &[15202]),
        (
            "storage_migrate: { vm: v1, outcome: failed }",
            "2012",
            &[15202],
            &[20927],
        ),
        (
            "storage_migrate: { vm: v1, outcome: canceled }",
            "2022",
            &[20830],
            &[20927, 15202],
        ),
        (
            "quick_migrate: { vm: v1, to: A2, outcome: failed }",
            "2016",
            &[3020, 1205],
            &[18510, 18596],
        ),
        (
            "quick_migrate: { vm: v1, to: A2, outcome: canceled }",
            "2012",
            &[1155],
            &[1203, 18510],
        ),
        (
            "drain: { node: A1, outcome: failed }",
            "2016",
            &[1137, 1677, 21024],
            &[20415],
        ),
        (
            "drain: { node: A1, outcome: failed }",
            "2012r2",
            &[1137],
            &[1677],
        ),
        (
            "service_failure: { node: A1, down_for: 5m }",
            "2019",
            &[7031, 1135, 18502, 1062],
            &[1063, 41, 1672],
        ),
        (
            "service_stop: { node: A1, down_for: 5m }",
            "2019",
            &[1063, 1062, 20413],
            &[7031, 1135, 12],
        ),
        (
            "quarantine: { node: A1, down_for: 5m }",
            "2016",
            &[1672, 1135],
            &[12],
        ),
        (
            "quorum_loss: { down_for: 5m }",
            "2008r2",
            &[1177, 1061, 1062, 18500],
            &[18502, 12, 1135],
        ),
        (
            "csv_auto_pause: { node: A1 }",
            "2016",
            &[5120, 5142, 1069, 1153, 1641, 18524],
            &[18526, 5122],
        ),
        (
            "csv_auto_pause: { node: A1, recovers_after: 30s }",
            "2012",
            &[5120, 5122],
            &[5142, 1069, 18524],
        ),
    ];
    for (action, windows, wanted, not) in cases {
        let ids = added(windows, action);
        assert!(
            wanted.iter().all(|id| ids.contains(id)),
            "{windows} {action}: {wanted:?} in {ids:?}"
        );
        assert!(
            !not.iter().any(|id| ids.contains(id)),
            "{windows} {action}: none of {not:?} in {ids:?}"
        );
    }
}

#[test]
fn a_clock_that_is_set_shifts_what_follows() {
    let step = "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }";
    let text = SMALL.replace("noise: normal", "noise: none").replacen(
        step,
        "clock_jump: { node: A1, by: -60 }\n  - at: \"11:00\"\n    stop_vm: { vm: v1 }",
        1,
    );
    let bundle = run(&text, "small");
    let jumps = &bundle.truth.nodes[0].clock_jumps;
    assert_eq!(jumps.len(), 1);
    assert_eq!(
        bundle.truth.vms[0].states.len(),
        2,
        "it runs, then it is off"
    );
    // The record of the jump itself, and the end of the VM by the clock that was set.
    let set = payloads(&bundle, 1);
    assert_eq!(set.len(), 1, "Kernel-General 1");
    let off = bundle.truth.vms[0].states[1].from;
    let stamped: Vec<_> = bundle
        .files
        .iter()
        .filter(|(path, _, _)| path.contains("A1") && path.ends_with("Worker-Admin.EVTX"))
        .flat_map(|(_, bytes, _)| {
            let mut parser = EvtxParser::from_buffer(bytes.clone()).unwrap();
            let records: Vec<_> = parser.records_json_value().map(|r| r.unwrap()).collect();
            records
        })
        .filter(|r| r.data["Event"]["System"]["EventID"] == 18504)
        .map(|r| r.data["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"].clone())
        .collect();
    assert_eq!(stamped.len(), 1);
    let stamp: vmtrail::model::Moment =
        vmtrail::model::Moment::parse(stamped[0].as_str().unwrap()).unwrap();
    assert!(
        (off.seconds_since(stamp) - 60.0).abs() < 0.01,
        "{off} {stamp}"
    );
}

const STATED: &str = r#"record: { node: A1, provider: Microsoft-Windows-Hyper-V-VMMS, id: 21024, level: error, channel: Microsoft-Windows-Hyper-V-VMMS-Admin, values: [v1, "{vm_id:v1}", A1] }
  - at: "10:05"
    record: { node: A1, provider: Microsoft-Windows-Hyper-V-Worker, id: 18560, level: critical, channel: Microsoft-Windows-Hyper-V-Worker-Admin, values: [v1, "{vm_id:v1}"], names: [VmName, VmId], vm: v1 }
  - at: "10:05"
    record: { node: A2, provider: iScsiPrt, id: 20, level: error, channel: System, values: [0x80070005, 0.50, yes] }
  - at: "10:05"
    record: { node: A2, provider: Service Control Manager, id: 7024, level: error, channel: System, values: [Cluster Service, "5925"], service: ClusSvc }
  - at: "10:06"
    line: { node: A1, level: ERR, text: "[RHS] Virtual Machine v1 {x} {vm_id:v1}" }
  - at: "10:06"
    line: { node: A1, level: DBG, text: "[NETFT] of {nic_id:v1}", verbose: true }
  - at: "10:07"
    export: { node: A1, class: NetAdapter, objects: [ { Name: pNIC1, DriverProvider: B & C, DriverVersion: "16.2", Speed: 1000, Virtual: false } ] }
  - at: "10:07"
    export: { class: ClusterNode, objects: [ { Name: A2, NodeWeight: 0 }, { Name: A9 } ] }
  - at: "10:08"
    installed: { node: A2, updates: [KB5062557, KB5062557] }"#;

fn stated(shape: &str) -> Bundle {
    let step = "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }";
    let text = SMALL
        .replace("noise: normal", "noise: none")
        .replace("shape: named", &format!("shape: {shape}"))
        .replacen(step, STATED, 1);
    run(&text, "small")
}

#[test]
fn stated_records_have_the_shape_of_their_provider() {
    let bundle = stated("parameter");
    let one = |id: u64| {
        let mut all = payloads(&bundle, id);
        assert_eq!(all.len(), 1, "{id}: {all:?}");
        all.remove(0)
    };
    let id = &bundle.truth.vms[0].id;
    let failed = one(21024);
    let vml = &failed["UserData"]["VmlEventLog"];
    assert_eq!(vml["Parameter0"], "v1");
    assert_eq!(vml["Parameter1"].as_str(), Some(id.as_str()));
    assert_eq!(failed["System"]["Level"], 2);
    assert_eq!(
        failed["System"]["Provider"]["#attributes"]["Guid"]
            .as_str()
            .map(str::to_lowercase)
            .as_deref(),
        Some("{6066f867-7ca1-4418-85fd-36e3f9c0600c}")
    );
    let crashed = one(18560);
    assert_eq!(
        crashed["UserData"]["VmlEventLog"]["VmName"], "v1",
        "names that were seen do not follow the shape"
    );
    let user = &crashed["System"]["Security"]["#attributes"]["UserID"];
    assert!(user.as_str().unwrap().starts_with("S-1-5-83-1-"), "{user}");
    let path = one(20);
    assert_eq!(
        path["EventData"]["Data"]["#text"],
        serde_json::json!(["0x80070005", "0.50", "yes"]),
        "values are as written"
    );
    assert!(
        path["System"]["Provider"]["#attributes"]
            .get("Guid")
            .is_none()
    );
    assert!(path["System"].get("Version").is_none(), "{path}");
    let service = one(7024);
    let key: String = "ClusSvc\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .map(|b| format!("{b:02X}"))
        .collect();
    assert_eq!(service["EventData"]["Binary"], key.as_str());
    assert_eq!(service["EventData"]["param2"], "5925");
    // What is stated for one moment keeps its order.
    let time = |event: &serde_json::Value| {
        event["System"]["TimeCreated"]["#attributes"]["SystemTime"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(time(&failed) < time(&crashed) && time(&crashed) < time(&path));
    // The other shapes.
    let vml_of = |shape| payloads(&stated(shape), 21024).remove(0);
    assert_eq!(
        vml_of("unnamed")["EventData"]["Data"]["#text"][0],
        "v1",
        "without names"
    );
    assert_eq!(
        vml_of("named")["UserData"]["VmlEventLog"]["Parameter0"],
        "v1"
    );
}

#[test]
fn stated_lines_and_exports_stand_where_the_collector_puts_them() {
    let bundle = stated("named");
    let text = |path: &str| {
        let (_, bytes, _) = bundle
            .files
            .iter()
            .find(|(name, ..)| name == path)
            .unwrap_or_else(|| panic!("{path} is not in the bundle"));
        encoding_rs::UTF_16LE.decode(bytes).0.into_owned()
    };
    let log = text("A1.corp.example_cluster.log");
    let id = &bundle.truth.vms[0].id;
    let (verbose, rest) = log.split_once("[=== Cluster Logs ===]").unwrap();
    let line = format!("10:06:00.000 ERR   [RHS] Virtual Machine v1 {{x}} {id}\r\n");
    assert!(rest.contains(&line), "{rest}");
    assert!(
        verbose.contains("10:06:00.002 DBG   [NETFT] of "),
        "{verbose}"
    );
    let adapters = text("Node_A1/GetNetAdapter.xml");
    for part in [
        "MSFT_NetAdapter</T>",
        "<S N=\"DriverProvider\">B &amp; C</S>",
        "<S N=\"DriverVersion\">16.2</S>",
        "<I64 N=\"Speed\">1000</I64>",
        "<B N=\"Virtual\">false</B>",
    ] {
        assert!(adapters.contains(part), "{part} in {adapters}");
    }
    let nodes = text("GetClusterNode.XML");
    let of = |name: &str| {
        let named = format!("<S N=\"Name\">{name}</S>");
        assert_eq!(nodes.matches(&named).count(), 1, "{name} in {nodes}");
        nodes
            .split("</Props>")
            .find(|object| object.contains(&named))
            .unwrap()
    };
    assert!(!of("A1").contains("NodeWeight"));
    for part in ["<I64 N=\"NodeWeight\">0</I64>", "N=\"BuildNumber\""] {
        assert!(of("A2").contains(part), "what is known stays: {nodes}");
    }
    assert!(!of("A9").contains("BuildNumber"), "an object of its own");
    let (_, info, _) = bundle
        .files
        .iter()
        .find(|(name, ..)| name == "Node_A2/SystemInfo.TXT")
        .unwrap();
    let info = String::from_utf8_lossy(info);
    assert_eq!(info.matches("KB5062557").count(), 1, "{info}");
    // A folder that was copied by hand holds what somebody exported into it.
    let step = "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }";
    let folder = SMALL
        .replace("collector: sddc", "collector: folder")
        .replacen(step, STATED, 1);
    let names: Vec<String> = run(&folder, "folder")
        .files
        .into_iter()
        .map(|(name, ..)| name)
        .filter(|name| name.to_lowercase().ends_with(".xml"))
        .collect();
    assert_eq!(names, ["A1/GetNetAdapter.xml", "GetClusterNode.XML"]);
}

#[test]
fn lost_records_leave_a_gap_in_the_numbers() {
    let text = SMALL.replace(
        "events:",
        "lose:\n  - { node: A1, log: System, from: \"10:00\", to: \"10:30\" }\nevents:",
    );
    let ids = |text: &str| -> Vec<u64> {
        let bundle = run(text, "small");
        let (_, bytes, _) = bundle
            .files
            .iter()
            .find(|(name, _, _)| name == "Node_A1/System.EVTX")
            .unwrap();
        EvtxParser::from_buffer(bytes.clone())
            .unwrap()
            .records_json_value()
            .map(|r| r.unwrap().event_record_id)
            .collect()
    };
    let (whole, holed) = (ids(SMALL), ids(&text));
    let jumps = |ids: &[u64]| ids.windows(2).filter(|w| w[1] != w[0] + 1).count();
    assert_eq!(jumps(&whole), 0);
    assert_eq!(jumps(&holed), 1, "{holed:?}");
    assert!(holed.len() < whole.len());
    assert_eq!((whole[0], whole.last()), (holed[0], holed.last()));
}

const SMALL: &str = r#"
cluster: SMALL
windows: 2016
collector: sddc
domain: corp.example
time_zone: UTC
start: "2020-01-15 09:00"
end: "2020-01-15 12:00"
seed: 5
shape: named
noise: normal
nodes:
  - { name: A1, address: 10.0.0.1 }
  - { name: A2, address: 10.0.0.2 }
vms:
  - { name: v1, node: A1, vlan: 10 }
networks: [Management]
events:
  - at: "10:05"
    change_vlan: { vm: v1, to: 20, with: hyper-v-manager }
"#;

#[test]
fn mistakes_are_answered_with_their_place() {
    let step = "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }";
    // What is replaced, by what, the text that is pointed at, and what is said.
    let cases = [
        ("cluster: SMALL", "clutser: SMALL", "clutser", "clutser"),
        ("windows: 2016", "windows: 2017", "2017", "2017"),
        ("vm: v1, to: 20", "vm: v9, to: 20", "v9", "v9"),
        ("node: A1, vlan", "node: A7, vlan", "A7", "A7"),
        ("10.0.0.2", "10.0.0.256", "10.0.0.256", "IPv4"),
        (
            "time_zone: UTC",
            "time_zone: Moon/Base",
            "Moon",
            "Moon/Base",
        ),
        ("\"10:05\"", "\"25:05\"", "\"25:05", "25:05"),
        ("\"10:05\"", "\"08:05\"", "\"08:05", "not before"),
        ("\"10:05\"", "\"soon\"", "\"soon", "+5m"),
        ("to: 20", "to: 4095", "4095", "4094"),
        ("vlan: 10", "vlan: 5000", "5000", "4094"),
        ("vlan: 10", "mac: 00-15-5D", "00-15", "12 hex digits"),
        ("vlan: 10", "memory_gb: .inf", ".inf", "24576"),
        (
            "domain: corp.example",
            "domain: ../..",
            "../..",
            "corp.example",
        ),
        ("2020-01-15 12:00", "2021-01-15 12:00", "\"2021", "31 days"),
        (step, "vlan: 7", "vlan: 7", "vlan"),
        (
            step,
            "start_vm: { vm: v1 }\n    stop_vm: { vm: v1 }",
            "at: \"10",
            "exactly one action",
        ),
        (
            step,
            "split_network: { nodes: [A1, A2], down_for: 5m }",
            "[A1, A2]",
            "smaller part",
        ),
        (step, "clock_jump: { node: A1, by: 4000 }", "4000", "3600"),
        (step, "rename_vm: { vm: v1, to: \"\" }", "\"\"", "VM name"),
    ];
    for (from, to, pointed_at, part) in cases {
        mistake(from, to, pointed_at, part);
    }
}

/// What is replaced, by what, the text that the error points at, and what it says.
fn mistake(from: &str, to: &str, pointed_at: &str, part: &str) {
    assert!(SMALL.contains(from), "{from}");
    let text = SMALL.replacen(from, to, 1);
    let error = load_scenario(&text, "small.yaml").unwrap_err();
    let before = &text[..text.find(pointed_at).unwrap()];
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() as u64 + 1;
    assert_eq!(
        (error.place.line, error.place.column),
        (line, column),
        "{error}"
    );
    assert!(error.to_string().contains(part), "{error}");
    assert!(error.to_string().starts_with("small.yaml:"), "{error}");
}

#[test]
fn mistakes_in_what_is_stated_are_answered_with_their_place() {
    let step = "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }";
    let record = "node: A1, provider: Any, id: 1";
    for (key, pointed_at, part) in [
        ("level: error, channel: ../x", "../x", "channel"),
        ("level: grave, channel: System", "grave", "grave"),
        // What lacks is said at the last key.
        ("level: error", "level: error }", "channel"),
        (
            "level: error, channel: System, values: [a, \"{vm_id:v7}\"]",
            "\"{vm_id:v7",
            "v7",
        ),
        (
            "level: error, channel: System, values: [\"{vmid:v1}\"]",
            "\"{vmid:v1",
            "{vm_id:…}",
        ),
        (
            "level: error, channel: System, values: [a], names: [A, B]",
            "[A, B]",
            "each of the 1",
        ),
        (
            "level: error, channel: System, service: ClusSvc",
            "ClusSvc",
            "Service Control",
        ),
        ("level: error, channel: System, vm: v8", "v8", "v8"),
    ] {
        mistake(
            step,
            &format!("record: {{ {record}, {key} }}"),
            pointed_at,
            part,
        );
    }
    for (action, pointed_at, part) in [
        (
            "line: { node: A1, level: ERROR, text: x }",
            "ERROR",
            "ERROR",
        ),
        (
            "line: { node: A1, level: ERR, text: \"a\\nb\" }",
            "\"a\\nb\"",
            "one line",
        ),
        (
            "export: { node: A1, class: Adapter, objects: [] }",
            "Adapter",
            "NetAdapter",
        ),
        (
            "export: { class: NetAdapter, objects: [] }",
            "NetAdapter",
            "on each node",
        ),
        (
            "export: { node: A1, class: ClusterNode, objects: [] }",
            "A1, class",
            "whole cluster",
        ),
        (
            "export: { node: A1, class: VM, objects: [{ a-b: x }] }",
            "x }]",
            "DriverVersion",
        ),
        (
            "installed: { node: A1, updates: [KB5, KB5062557] }",
            "KB5,",
            "KB5062557",
        ),
    ] {
        mistake(step, action, pointed_at, part);
    }
}

#[test]
fn what_cannot_happen_is_refused_with_its_line() {
    let step = "change_vlan: { vm: v1, to: 20, with: hyper-v-manager }";
    for (action, part) in [
        ("live_migrate: { vm: v1, to: A1 }", "on A1 already"),
        ("start_vm: { vm: v1 }", "running already"),
        ("resume: { node: A1 }", "not paused"),
        ("link_down: { node: A1, nic: Backup }", "Backup"),
        ("offline_migrate: { vm: v1, to: A2 }", "v1 is running"),
        ("rhs_deadlock: { vm: v1, to: A1 }", "on A1 already"),
        (
            "crash: { node: A1, down_for: 10m }\n  - at: \"+1m\"\n    live_migrate: { vm: v1, to: A1 }",
            "not in the cluster until",
        ),
        (
            "live_migrate: { vm: v1, to: A2 }\n  - at: \"+1s\"\n    crash: { node: A1, down_for: 5m }",
            "go on until",
        ),
        (
            "crash: { node: A1, down_for: 10m }\n  - at: \"+5m\"\n    line: { node: A1, level: INFO, text: x }",
            "does not run then",
        ),
    ] {
        let text = SMALL.replacen(step, action, 1);
        let scenario = load_scenario(&text, "small.yaml").unwrap_or_else(|e| panic!("{e}"));
        let error = simulate(&scenario).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.place.line >= 18, "{error}");
    }
    for (action, part) in [
        ("snapshot: {}", "2008 R2"),
        ("storage_migrate: { vm: v1 }", "2008 R2"),
        ("quarantine: { node: A1, down_for: 9m }", "since 2016"),
    ] {
        let old = SMALL
            .replace("windows: 2016", "windows: 2008r2")
            .replacen(step, action, 1);
        let error = simulate(&load_scenario(&old, "old").unwrap()).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    // What is stated is refused for its version and collector as it is read.
    for (action, collector, part) in [
        (
            "line: { node: A1, level: DBG, text: x, verbose: true }",
            "sddc",
            "since 2016",
        ),
        (
            "export: { node: A1, class: VMSwitch, objects: [] }",
            "sddc",
            "2008 R2",
        ),
        (
            "export: { class: Cluster, objects: [] }",
            "sdp",
            "sddc and folder",
        ),
    ] {
        let old = SMALL
            .replace("windows: 2016", "windows: 2008r2")
            .replace("collector: sddc", &format!("collector: {collector}"))
            .replacen(step, action, 1);
        let error = load_scenario(&old, "old").unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

// Scenarios that nobody wrote

#[derive(Clone, Debug)]
enum Deed {
    Live(usize, usize),
    Quick(usize, usize),
    Edit(usize, u32),
    EditInCluster(usize, u32),
    Refresh(usize),
    Crash(usize),
    Restart(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..4usize, 0..3usize).prop_map(|(v, n)| Deed::Live(v, n)),
        2 => (0..4usize, 0..3usize).prop_map(|(v, n)| Deed::Quick(v, n)),
        3 => (0..4usize, 1..4000u32).prop_map(|(v, to)| Deed::Edit(v, to)),
        1 => (0..4usize, 1..4000u32).prop_map(|(v, to)| Deed::EditInCluster(v, to)),
        2 => (0..4usize).prop_map(Deed::Refresh),
        1 => (0..3usize).prop_map(Deed::Crash),
        1 => (0..3usize).prop_map(Deed::Restart),
    ]
}

fn text_of(windows: &str, shape: &str, collector: &str, deeds: &[Deed]) -> String {
    let mut text = format!(
        "cluster: RND\nwindows: {windows}\ncollector: {collector}\ndomain: corp.example\n\
         time_zone: Asia/Tokyo\nstart: \"2020-01-15 09:00\"\nend: \"2020-01-17 09:00\"\n\
         seed: 11\nshape: {shape}\nnoise: none\nnodes:\n"
    );
    for n in 0..3 {
        text.push_str(&format!(
            "  - {{ name: N{n}, address: 10.0.0.{} }}\n",
            n + 1
        ));
    }
    text.push_str("vms:\n");
    for v in 0..4 {
        text.push_str(&format!(
            "  - {{ name: v{v}, node: N{}, vlan: 5 }}\n",
            v % 3
        ));
    }
    text.push_str("networks: [Management]\nevents:\n");
    for deed in deeds {
        let action = match deed {
            Deed::Live(v, n) => format!("live_migrate: {{ vm: v{v}, to: N{n} }}"),
            Deed::Quick(v, n) => format!("quick_migrate: {{ vm: v{v}, to: N{n} }}"),
            Deed::Edit(v, to) => {
                format!("change_vlan: {{ vm: v{v}, to: {to}, with: hyper-v-manager }}")
            }
            Deed::EditInCluster(v, to) => {
                format!("change_vlan: {{ vm: v{v}, to: {to}, with: failover-cluster-manager }}")
            }
            Deed::Refresh(v) => format!("refresh_config: {{ vm: v{v} }}"),
            Deed::Crash(n) => format!("crash: {{ node: N{n}, down_for: 6m }}"),
            Deed::Restart(n) => format!("restart: {{ node: N{n} }}"),
        };
        text.push_str(&format!("  - at: \"+40m\"\n    {action}\n"));
    }
    text
}

/// No VM runs on two nodes at once, and none on a node that is out.
fn placements_are_apart(truth: &Truth) {
    for vm in &truth.vms {
        for pair in vm.placements.windows(2) {
            let end = pair[0].to.expect("only the last placement may be open");
            assert!(end <= pair[1].from, "{} runs twice: {pair:?}", vm.name);
        }
        for placement in &vm.placements {
            assert!(placement.to.is_none_or(|to| placement.from <= to));
            let node = truth
                .nodes
                .iter()
                .find(|n| n.name == placement.node)
                .unwrap();
            for outage in &node.outages {
                let ends_before = placement.to.is_some_and(|to| to <= outage.from);
                let begins_after = outage.to.is_some_and(|to| placement.from >= to);
                assert!(
                    ends_before || begins_after,
                    "{}: {placement:?} {outage:?}",
                    vm.name
                );
            }
        }
    }
}

/// The two copies of each VLAN, told from the deeds alone.
fn expected_vlans(truth: &Truth, deeds: &[Deed]) -> BTreeMap<String, u32> {
    let mut copies: BTreeMap<String, (u32, u32)> =
        truth.vms.iter().map(|v| (v.name.clone(), (5, 5))).collect();
    let start = "2020-01-15T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    for (n, deed) in deeds.iter().enumerate() {
        let from = start.as_second() + 2400 * (n as i64 + 1);
        let window = from..from + 2400;
        let moved: BTreeSet<&String> = truth
            .migrations
            .iter()
            .filter(|m| {
                m.outcome == "completed" && window.contains(&(m.started.ticks() / 10_000_000))
            })
            .map(|m| &m.vm)
            .chain(
                truth
                    .failovers
                    .iter()
                    .filter(|f| window.contains(&(f.down_from.ticks() / 10_000_000)))
                    .map(|f| &f.vm),
            )
            .collect();
        for name in moved {
            let copy = copies.get_mut(name).unwrap();
            copy.0 = copy.1;
        }
        let mut set = |v: usize, both: bool, to: u32| {
            let copy = copies.get_mut(&format!("v{v}")).unwrap();
            copy.0 = to;
            if both {
                copy.1 = to;
            }
        };
        match deed {
            Deed::Edit(v, to) => set(*v, false, *to),
            Deed::EditInCluster(v, to) => set(*v, true, *to),
            Deed::Refresh(v) => {
                let copy = copies.get_mut(&format!("v{v}")).unwrap();
                copy.1 = copy.0;
            }
            _ => {}
        }
    }
    copies
        .into_iter()
        .map(|(name, (vlan, _))| (name, vlan))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_world_keeps_its_rules(
        deeds in prop::collection::vec(deed(), 1..16),
        windows in prop::sample::select(vec!["2008r2", "2012", "2012r2", "2016", "2019", "2022", "2025"]),
        shape in prop::sample::select(vec!["named", "unnamed", "parameter", "mixed"]),
        collector in prop::sample::select(vec!["sddc", "sdp", "tss", "folder"]),
    ) {
        // A move to where the VM is already is no scenario; such deeds are left out
        // until the rest can happen.
        let mut kept: Vec<Deed> = Vec::new();
        for deed in deeds {
            kept.push(deed);
            let text = text_of(windows, shape, collector, &kept);
            if simulate(&load_scenario(&text, "random").unwrap()).is_err() {
                kept.pop();
            }
        }
        prop_assume!(!kept.is_empty());
        let bundle = run(&text_of(windows, shape, collector, &kept), "random");
        placements_are_apart(&bundle.truth);
        let vlans: BTreeMap<String, u32> = bundle
            .truth
            .vms
            .iter()
            .map(|v| (v.name.clone(), v.vlan))
            .collect();
        prop_assert_eq!(vlans, expected_vlans(&bundle.truth, &kept));
    }
}
