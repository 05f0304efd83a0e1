//! Redaction of what was gathered, with made-up events.

use super::*;
use crate::model::event::Severity;
use crate::model::kind::EventKind;
use crate::model::source::Locator;
use crate::model::time::{Moment, Precision};
use proptest::prelude::*;

fn event(kind: EventKind, subject: Subject, fields: &[(&str, &str)]) -> Event {
    let mut all = Fields::new();
    for (name, value) in fields {
        all.set(*name, *value);
    }
    Event {
        time: Moment::parse("2024-05-14T01:00:00Z").unwrap(),
        precision: Precision::Second,
        node: NodeName::new("HV01.corp.example"),
        kind,
        severity: Severity::Info,
        origin: Origin::EventLog {
            provider: "p".into(),
            id: 1,
            version: 0,
            channel: "c".into(),
        },
        subject,
        fields: all,
        message: None,
        source: SourceRef::new("b.zip!/Node_HV01/System.EVTX".into(), Locator::Record(1)),
    }
}

fn of_vm(name: &str) -> Subject {
    Subject {
        vm: VmName::new(name),
        ..Subject::default()
    }
}

fn one(events: Vec<Event>) -> (Vec<Event>, Key) {
    let mut key = Key::default();
    let side = Gathered {
        events,
        ..Gathered::default()
    };
    let events = redact(vec![side], &mut key).pop().unwrap().events;
    (events, key)
}

#[test]
fn a_name_that_a_later_record_tells_is_replaced_in_earlier_texts() {
    let mut first = event(EventKind::MigrationFailed, of_vm("web01"), &[]);
    first.message = Some("web01 could not use Contoso-LAN of hv02.corp.example.".into());
    let mut second = event(EventKind::NicConnected, of_vm("db01"), &[]);
    second.subject.network = Some("Contoso-LAN".into());
    second.subject.to_node = NodeName::new("HV02");
    let (events, key) = one(vec![first, second]);
    let message = events.iter().find_map(|e| e.message.as_deref()).unwrap();
    assert_eq!(
        message,
        "vm-02 could not use network-01 of node-02.domain-01."
    );
    assert_eq!(&*events[0].source.member, "b.zip!/Node_node-01/System.EVTX");
    // A sentence is nobody's to vouch for.
    assert_eq!(key.doubts[0].place, "messages of events");
}

#[test]
fn a_vms_resources_stay_its_resources() {
    for name in [
        "Virtual Machine Configuration web01",
        "仮想マシン構成 web01",
    ] {
        let subject = Subject {
            resource: ResourceName::new(name),
            group: GroupName::new("WEB01"),
            ..of_vm("web01")
        };
        let (events, _) = one(vec![event(EventKind::ResourceOnline, subject, &[])]);
        let subject = &events[0].subject;
        let (vm, _) = subject.resource.as_ref().unwrap().vm().unwrap();
        assert_eq!(Some(&vm), subject.vm.as_ref());
        assert_eq!(subject.group.as_ref().unwrap().as_str(), vm.as_str());
    }
}

#[test]
fn what_the_analysis_reads_is_left() {
    let fields = [
        ("status", "0x80070005"),
        ("to_state", "OfflineCallIssued"),
        ("property", "vlan"),
        ("from", "100"),
        ("tool", "Hyper-V Manager"),
        ("local", "10.10.0.11:~3343~"),
        ("members", "(1 2)"),
        ("blackout_s", "0.5"),
    ];
    let (events, _) = one(vec![event(
        EventKind::VmSettingsChanged,
        of_vm("web01"),
        &fields,
    )]);
    let shown: Vec<(&str, &str)> = events[0].fields.iter().collect();
    let mut expected = fields.to_vec();
    expected[5].1 = "198.18.0.1:~3343~";
    expected.sort();
    assert_eq!(shown, expected);
}

#[test]
fn two_sides_share_their_pseudonyms() {
    let side = |name: &str| Gathered {
        events: vec![event(EventKind::VmStarted, of_vm(name), &[])],
        ..Gathered::default()
    };
    let mut key = Key::default();
    let sides = redact(vec![side("web01"), side("WEB01")], &mut key);
    let names: Vec<_> = sides
        .iter()
        .map(|s| s.events[0].subject.vm.clone())
        .collect();
    assert_eq!(names[0], names[1]);
    // And so do two runs with one key.
    let again = redact(vec![side("web01")], &mut key);
    assert_eq!(again[0].events[0].subject.vm, names[0]);
    assert_eq!(key.count(Class::Vm), 1);
}

#[test]
fn pseudonyms_sort_like_the_names() {
    let events = (0..120)
        .map(|n| event(EventKind::VmStarted, of_vm(&format!("web{n:03}x")), &[]))
        .collect();
    let (_, key) = one(events);
    let shown: Vec<&str> = key
        .entries()
        .filter(|e| e.class == Class::Vm)
        .map(|e| &*e.pseudonym)
        .collect();
    assert_eq!(shown.len(), 120);
    assert!(shown.is_sorted(), "{shown:?}");
}

proptest! {
    /// Whatever a VM, its node, its network and its domain are called, nothing of what is
    /// left says so.
    #[test]
    fn no_name_is_left(
        vm in "[a-zA-Z]{2,8}[0-9]{2,4}",
        node in "[A-Z]{3,8}-?[0-9]{2}",
        network in "[a-z]{6,10}(-| )[a-z]{3,6}[0-9]",
        domain in "[a-z]{5,9}\\.[a-z]{5,9}",
        user in "[a-z]{6,10}",
    ) {
        let fqdn = format!("{node}.{domain}");
        let mut told = event(EventKind::NicConnected, of_vm(&vm), &[
            ("path", &format!(r"C:\ClusterStorage\Volume1\{vm}\{vm}.vhdx")),
            ("text", &format!("{vm} on {fqdn}: {network}, {user}")),
            ("user", &format!(r"{domain}\{user}")),
        ]);
        told.node = NodeName::new(&fqdn);
        told.subject.network = Some(network.as_str().into());
        told.message = Some(format!("({vm}) {fqdn} “{network}” {domain}\\{user}").into());
        told.source = SourceRef::new(format!("{vm}/{fqdn}_cluster.log").into(), Locator::Line(1));
        let (events, _) = one(vec![told]);
        let left = format!("{events:?}").to_lowercase();
        for name in [&vm, &node, &network, &domain, &user] {
            if !words::all_common(name) {
                prop_assert!(!left.contains(&name.to_lowercase()), "{} is in {}", name, left);
            }
        }
    }
}

#[test]
fn an_address_among_common_words_gives_way_too() {
    let (events, _) = one(vec![
        event(
            EventKind::TimeChanged,
            of_vm("v1"),
            &[("process", "10.3.58.4")],
        ),
        event(
            EventKind::OsRenamed,
            Subject::default(),
            &[
                ("from", "WIN-UUNEEV45F79"),
                ("names", "WIN-UUNEEV45F79, HV01"),
            ],
        ),
    ]);
    let left = format!("{events:?}");
    assert!(
        !left.contains("10.3.58.4") && !left.contains("UUNEEV"),
        "{left}"
    );
}
