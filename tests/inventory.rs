//! What bundles carry beside logs, from the bytes of simulated bundles to the timeline:
//! messages of records, settings that two bundles show differently, updates, members.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evtx::{EvtxParser, ParserSettings};
use vmtrail::ingest::{Options, Silent, gather};
use vmtrail::model::coverage::FileKind;
use vmtrail::model::diagnostic::DiagnosticCode;
use vmtrail::model::event::{Event, Origin};
use vmtrail::model::id::{NodeName, VmName};
use vmtrail::model::text::Lang;
use vmtrail::model::{EventKind, Gathered};
use vmtrail::normalize::Dictionary;
use vmtrail::simulate::{Bundle, load_scenario, simulate};
use vmtrail::timeline::Timeline;

/// A quiet day with one live migration of web01.
fn scenario(windows: &str, collector: &str, language: &str, day: &str, web01: &str) -> String {
    format!(
        "cluster: CL01\nwindows: {windows}\ncollector: {collector}\nlanguage: {language}\ndomain: corp.example\n\
         time_zone: Asia/Tokyo\nstart: \"{day} 08:00\"\nend: \"{day} 18:00\"\nseed: 7\nshape: mixed\nnoise: low\n\
         nodes:\n  - {{ name: HV01, address: 10.0.0.1 }}\n  - {{ name: HV02, address: 10.0.0.2 }}\n\
         vms:\n  - {{ name: web01, group: Web, node: HV01, {web01} }}\n  - {{ name: db01, node: HV02, memory_gb: 8, vlan: 20 }}\n\
         networks: [Management]\nevents:\n  - at: \"10:00\"\n    live_migrate: {{ vm: web01, to: HV02 }}\n"
    )
}

fn bundle(text: &str) -> Bundle {
    let scenario = load_scenario(text, "inventory").unwrap_or_else(|e| panic!("{e}"));
    simulate(&scenario).unwrap_or_else(|e| panic!("{e}"))
}

fn read(paths: &[PathBuf], lang: Lang) -> Gathered {
    let options = Options {
        lang,
        ..Options::default()
    };
    gather(paths, &options, &Dictionary::embedded().unwrap(), &Silent).unwrap()
}

/// Reads a bundle from a folder into which `change` may have put its hand.
fn read_changed(bundle: &Bundle, lang: Lang, change: impl Fn(&Path)) -> Gathered {
    let dir = tempfile::tempdir().unwrap();
    bundle.write_dir(dir.path()).unwrap();
    change(dir.path());
    read(&[dir.path().to_path_buf()], lang)
}

fn of_kind(events: &[Event], kind: EventKind) -> Vec<&Event> {
    events.iter().filter(|e| e.kind == kind).collect()
}

fn files(bundle: &Bundle, ending: &str) -> BTreeMap<String, Vec<u8>> {
    let all = bundle.files.iter();
    all.filter(|(name, ..)| name.to_lowercase().ends_with(ending))
        .map(|(name, bytes, _)| (name.clone(), bytes.clone()))
        .collect()
}

#[test]
fn an_event_has_the_message_that_its_bundle_has_for_it() {
    for (collector, language, part) in [
        ("sddc", "en", "The live migration of 'web01' is done."),
        (
            "sddc",
            "ja",
            "'web01' のライブ マイグレーションが終わりました。",
        ),
        (
            "sdp",
            "ja",
            "'web01' のライブ マイグレーションが終わりました。",
        ),
    ] {
        let text = scenario("2016", collector, language, "2019-02-19", "memory_gb: 4");
        let bundle = bundle(&text);
        let gathered = read_changed(&bundle, Lang::En, |_| {});
        assert!(
            !gathered.diagnostics.any_loss(),
            "{:?}",
            gathered.diagnostics
        );
        let events = of_kind(&gathered.events, EventKind::MigrationTimes);
        let events = match events.is_empty() {
            true => of_kind(&gathered.events, EventKind::MigrationCompleted),
            false => events,
        };
        let told: Vec<&str> = events.iter().filter_map(|e| e.message.as_deref()).collect();
        assert!(
            told.iter().any(|m| m.starts_with(part)),
            "{collector} {language}: {told:?}"
        );
        // Lines of cluster.log have no message of their own.
        let lines = gathered.events.iter();
        let mut lines = lines.filter(|e| matches!(e.origin, Origin::ClusterLog { .. }));
        assert!(lines.all(|e| e.message.is_none()));

        // Every used file is counted with the records of its log, under its node.
        let coverage = &gathered.coverage;
        let by_path = |path: &Arc<str>| coverage.files.iter().find(|f| f.path == *path).unwrap();
        let messages = files(&bundle, ".mta");
        assert_eq!(coverage.messages.len(), messages.len());
        assert!(messages.len() > 4);
        for (log, file) in &coverage.messages {
            let (log, found) = (by_path(log), by_path(&file.path));
            assert_eq!(found.kind, FileKind::Messages);
            assert_eq!(
                (found.records_read, &found.node),
                (log.records_read, &log.node)
            );
            let expected = match (collector, language) {
                ("sdp", _) => None,
                (_, "en") => Some("en-US"),
                _ => Some("ja-JP"),
            };
            assert_eq!(file.language(), expected);
        }
    }
}

/// The cluster script and a folder copied by hand have no messages.
#[test]
fn other_collectors_bring_none() {
    for collector in ["tss", "folder"] {
        let text = scenario("2016", collector, "en", "2019-02-19", "memory_gb: 4");
        let gathered = read_changed(&bundle(&text), Lang::En, |_| {});
        assert!(gathered.events.iter().all(|e| e.message.is_none()));
        assert!(gathered.events.len() > 50);
    }
}

/// A reader that is not ours finds the same messages in the same bytes.
#[test]
fn the_messages_are_those_that_the_crate_renders() {
    let text = scenario("2016", "sddc", "ja", "2019-02-19", "memory_gb: 4");
    let bundle = bundle(&text);
    let gathered = read_changed(&bundle, Lang::Ja, |_| {});
    let logs = files(&bundle, ".evtx");
    let mut compared = 0;
    for (path, bytes) in files(&bundle, ".mta") {
        let log = path
            .replace("LocaleMetaData/", "")
            .replace("_1041.MTA", ".EVTX");
        let mta = evtx::mta::MtaFile::from_bytes(&bytes).unwrap();
        let settings = ParserSettings::new().mta(Some(Arc::new(mta)));
        let mut parser = EvtxParser::from_buffer(logs[&log].clone())
            .unwrap()
            .with_configuration(settings);
        let mut rendered: BTreeMap<u64, String> = BTreeMap::new();
        for record in parser.records_json_value() {
            let record = record.unwrap();
            let event = &record.data["Event"];
            let id = event["System"]["EventRecordID"].as_u64().unwrap();
            if let Some(message) = event["RenderingInfo"]["Message"].as_str() {
                rendered.insert(id, message.to_owned());
            }
        }
        for event in &gathered.events {
            if event.source.member.ends_with(&log) {
                let id = event.source.record().unwrap();
                let ours = event.message.as_deref().map(str::to_owned);
                let theirs = rendered.get(&id).map(|m| m.trim().to_owned());
                assert_eq!(ours, theirs, "{log} record {id}");
                compared += usize::from(ours.is_some());
            }
        }
    }
    assert!(compared > 5, "{compared}");
}

#[test]
fn of_two_languages_that_of_the_report_is_shown_and_damage_costs_messages_only() {
    let of = |language: &str| {
        bundle(&scenario(
            "2016",
            "sddc",
            language,
            "2019-02-19",
            "memory_gb: 4",
        ))
    };
    let (english, japanese) = (of("en"), of("ja"));
    assert_eq!(
        files(&english, ".evtx"),
        files(&japanese, ".evtx"),
        "the language is no part of a log"
    );
    let both = |root: &Path| japanese.write_dir(root).unwrap();
    let japanese_ones = |gathered: &Gathered| {
        let all: Vec<&str> = (gathered.events.iter())
            .filter_map(|e| e.message.as_deref())
            .collect();
        assert!(all.len() > 5, "{}", all.len());
        let count = all.iter().filter(|m| !m.is_ascii()).count();
        assert!(count == 0 || count == all.len(), "{count} of {}", all.len());
        count > 0
    };
    assert!(!japanese_ones(&read_changed(&english, Lang::En, both)));
    assert!(japanese_ones(&read_changed(&english, Lang::Ja, both)));

    // Without the preferred file the other one serves; without any, the log alone.
    let whole = read_changed(&english, Lang::En, |_| {});
    let damaged = "Node_HV01/LocaleMetaData/Microsoft-Windows-Hyper-V-VMMS-Admin";
    for (also_japanese, expected) in [(true, true), (false, false)] {
        let gathered = read_changed(&english, Lang::En, |root| {
            if also_japanese {
                both(root);
            }
            let path = root.join(format!("{damaged}_1033.MTA"));
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        });
        let trouble: Vec<_> = gathered.diagnostics.iter().collect();
        let mine = trouble.iter().find(|d| d.source.member.contains(damaged));
        assert_eq!(
            mine.map(|d| d.code),
            Some(DiagnosticCode::Unreadable),
            "{trouble:?}"
        );
        assert_eq!(gathered.events.len(), whole.events.len());
        let log = "Node_HV01/Microsoft-Windows-Hyper-V-VMMS-Admin.EVTX";
        let mut of_log = gathered
            .events
            .iter()
            .filter(|e| e.source.member.ends_with(log));
        assert_eq!(of_log.any(|e| e.message.is_some()), expected);
    }
}

/// Two bundles of one cluster, a week apart: what they show differently was changed.
#[test]
fn settings_that_differ_between_two_bundles_become_events() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (name, day, web01) in [
        (
            "HealthTest-CL01-20190212-1800.ZIP",
            "2019-02-12",
            "memory_gb: 4, vlan: 10",
        ),
        (
            "HealthTest-CL01-20190219-1800.ZIP",
            "2019-02-19",
            "memory_gb: 8, vlan: 11",
        ),
    ] {
        let path = dir.path().join(name);
        bundle(&scenario("2016", "sddc", "en", day, web01))
            .write_zip(&path)
            .unwrap();
        paths.push(path);
    }
    let timeline = Timeline::build(read(&paths, Lang::En));
    let told: Vec<String> = of_kind(&timeline.events, EventKind::VmSettingsChanged)
        .iter()
        .map(|e| {
            let get = |name| e.fields.get(name).unwrap_or("-");
            assert_eq!(e.origin, Origin::Inventory);
            assert_eq!(e.subject.vm, VmName::new("web01"));
            assert!(e.source.member.contains("20190219"), "{}", e.source);
            assert!(get("compared_with").contains("20190212"));
            let day = |time: &str| time[..10].to_owned();
            let between = (day(get("not_before")), day(&e.time.to_string()));
            assert_eq!(between, ("2019-02-12".into(), "2019-02-19".into()));
            format!("{}: {} -> {}", get("property"), get("from"), get("to"))
        })
        .collect();
    assert_eq!(told, ["memory: 4096 MB -> 8192 MB", "vlan: 10 -> 11"]);
}

#[test]
fn exports_tell_members_builds_updates_and_which_vm_a_role_is() {
    let text = scenario("2016", "sddc", "en", "2019-02-19", "memory_gb: 4").replace(
        "events:\n",
        "lose:\n  - { node: HV02, log: \"*\" }\n  - { node: HV02, log: cluster.log }\nevents:\n",
    );
    let gathered = read_changed(&bundle(&text), Lang::En, |root| {
        for entry in std::fs::read_dir(root.join("Node_HV02")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("Win32_QuickFixEngineering.t") {
                let _ = std::fs::remove_file(&path);
            }
        }
    });
    let [one, two] = ["HV01", "HV02"].map(|n| NodeName::new(n).unwrap());
    let inventory = &gathered.inventory;
    assert_eq!(inventory.cluster.as_deref(), Some("CL01"));
    // HV02 is known by the cluster's list and by a table of its updates alone.
    assert!(gathered.coverage.named_nodes.contains(&two));
    assert!(!gathered.coverage.logged_nodes().contains(&two));
    assert_eq!(inventory.nodes[&two].build, Some(14393));
    assert_eq!(inventory.nodes[&two].os, None);
    assert_eq!(inventory.nodes[&two].updates, inventory.nodes[&one].updates);
    assert!(!inventory.nodes[&two].updates.is_empty());

    let classes: BTreeMap<&str, usize> =
        inventory
            .objects
            .iter()
            .fold(BTreeMap::new(), |mut all, object| {
                *all.entry(&*object.class).or_default() += 1;
                all
            });
    for (class, count) in [
        ("Cluster", 1),
        ("ClusterNode", 2),
        ("ClusterGroup", 2),
        ("ClusterResource", 4),
        ("ClusterParameter", 4),
    ] {
        assert_eq!(classes.get(class), Some(&count), "{classes:?}");
    }
    let latest = gathered
        .coverage
        .files
        .iter()
        .filter_map(|f| f.last)
        .max()
        .unwrap();
    for object in &inventory.objects {
        let age = latest.seconds_since(object.taken);
        assert!((0.0..3600.0).contains(&age), "{object:?}");
    }

    // The role has another name than its VM.
    let timeline = Timeline::build(gathered);
    let web = (timeline.vms.iter())
        .position(|vm| vm.name == VmName::new("web01"))
        .unwrap();
    let mut of_role = timeline
        .events
        .iter()
        .zip(&timeline.event_vm)
        .filter(|(e, _)| e.subject.group.as_ref().is_some_and(|g| g.key() == "web"))
        .peekable();
    assert!(of_role.peek().is_some());
    assert!(of_role.all(|(_, vm)| *vm == Some(web)));
}

#[test]
fn configurations_of_2008_r2_are_looks_at_their_vms() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (day, web01) in [
        ("2012-07-03", "memory_gb: 4, switch: LAN"),
        ("2012-07-10", "memory_gb: 6, switch: DMZ"),
    ] {
        let path = dir.path().join(day);
        bundle(&scenario("2008r2", "folder", "en", day, web01))
            .write_dir(&path)
            .unwrap();
        paths.push(path);
    }
    let gathered = read(&paths, Lang::En);
    let kinds = gathered.coverage.files.iter();
    let configurations = kinds.filter(|f| f.kind == FileKind::VmConfig);
    assert_eq!(configurations.count(), 4);
    assert!(
        gathered
            .inventory
            .snapshots
            .iter()
            .all(|s| s.node.is_none()),
        "a file on shared storage tells no place"
    );
    let timeline = Timeline::build(gathered);
    let told: Vec<String> = of_kind(&timeline.events, EventKind::VmSettingsChanged)
        .iter()
        .map(|e| {
            let get = |name| e.fields.get(name).unwrap_or("-");
            format!("{}: {} -> {}", get("property"), get("from"), get("to"))
        })
        .collect();
    assert_eq!(told, ["switch: LAN -> DMZ", "memory: 4096 MB -> 6144 MB"]);
}

/// Reports of validation are counted where they lie, with the time in their names; logs
/// in the same folder are read as logs.
#[test]
fn reports_are_dated_and_logs_beside_them_are_read() {
    let text = scenario("2016", "folder", "en", "2019-02-19", "memory_gb: 4").replace(
        "live_migrate: { vm: web01, to: HV02 }",
        "refresh_config: { vm: web01 }",
    );
    let gathered = read_changed(&bundle(&text), Lang::En, |root| {
        let folder = root.join("HV01/Cluster/Reports");
        for (name, content) in [
            (
                "Validation Report 2019.02.19 At 12.30.00.mht",
                "MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n",
            ),
            (
                "Validation Report 2019.02.19 At 12.30.01.htm",
                "<html></html>",
            ),
            (
                "Validation Report 2019.02.19 At 12.30.02.xml",
                "<?xml version=\"1.0\"?><Report/>",
            ),
            ("Validate 2019.02.19.log", "text\r\n"),
        ] {
            std::fs::write(folder.join(name), content).unwrap();
        }
    });
    let of_folder: Vec<_> = gathered
        .coverage
        .files
        .iter()
        .filter(|f| f.path.contains("HV01/Cluster/Reports/"))
        .collect();
    let reports: Vec<(String, Option<String>)> = of_folder
        .iter()
        .filter(|f| f.kind == FileKind::ClusterReport)
        .map(|f| {
            let name = f.path.rsplit('/').next().unwrap().to_owned();
            (name, f.first.map(|t| t.to_string()))
        })
        .collect();
    let dated = |name: &str| {
        let found = reports.iter().find(|(n, _)| n == name);
        found.unwrap_or_else(|| panic!("{reports:?}")).1.clone()
    };
    for (n, ending) in ["mht", "htm", "xml"].iter().enumerate() {
        let time = dated(&format!(
            "Validation Report 2019.02.19 At 12.30.0{n}.{ending}"
        ));
        assert!(
            time.is_some_and(|t| t.starts_with(&format!("2019-02-19T03:30:0{n}"))),
            "{reports:?}"
        );
    }
    assert_eq!(dated("Validate 2019.02.19.log"), None);
    assert_eq!(
        of_kind(&gathered.events, EventKind::VmConfigRefreshed).len(),
        1
    );
    let log = of_folder
        .iter()
        .find(|f| f.kind == FileKind::ClusterLog)
        .expect("the log that lies there is read");
    assert!(log.records_read > 10);
}
