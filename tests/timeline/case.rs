//! Hand-made events: a case states what the logs say, and builds the timeline.

use vmtrail::model::coverage::{Coverage, FileCoverage, FileKind};
use vmtrail::model::event::{Event, Fields, Origin, Severity, Subject};
use vmtrail::model::inventory::{ExportedObject, Inventory};
use vmtrail::model::source::{Locator, SourceRef};
use vmtrail::model::{EventKind, Gathered, Moment, NodeName, Precision, TimeBasis, VmId, VmName};
use vmtrail::timeline::Timeline;

pub const WEB: &str = "5D9E9825-1973-4B27-9AF1-BA77940A4066";
pub const OTHER: &str = "6D9E9825-1973-4B27-9AF1-BA77940A4067";

/// A case under construction; times are seconds after 2024-05-14T01:00:00Z.
#[derive(Default)]
pub struct Case {
    events: Vec<Event>,
    objects: Vec<ExportedObject>,
}

pub fn at(seconds: f64) -> Moment {
    Moment::parse("2024-05-14T01:00:00Z")
        .unwrap()
        .plus_seconds(seconds)
}

pub fn node(name: &str) -> Option<NodeName> {
    NodeName::new(name)
}

impl Case {
    pub fn add(
        &mut self,
        seconds: f64,
        node: &str,
        kind: EventKind,
        subject: Subject,
    ) -> &mut Event {
        let record = self.events.len() as u64 + 1;
        self.events.push(Event {
            time: at(seconds),
            precision: Precision::Tick,
            node: NodeName::new(node),
            kind,
            severity: Severity::Info,
            origin: Origin::EventLog {
                provider: "p".into(),
                id: 1,
                version: 0,
                channel: "System".into(),
            },
            subject,
            fields: Fields::new(),
            message: None,
            source: SourceRef::new("log".into(), Locator::Record(record)),
        });
        self.events.last_mut().unwrap()
    }

    pub fn vm(&mut self, seconds: f64, node: &str, kind: EventKind) -> &mut Event {
        self.add(seconds, node, kind, vm("web01", WEB))
    }

    pub fn about_node(
        &mut self,
        seconds: f64,
        node: &str,
        kind: EventKind,
        about: &str,
    ) -> &mut Event {
        let subject = Subject {
            node: NodeName::new(about),
            ..Subject::default()
        };
        self.add(seconds, node, kind, subject)
    }

    pub fn plain(&mut self, seconds: f64, node: &str, kind: EventKind) -> &mut Event {
        self.add(seconds, node, kind, Subject::default())
    }

    /// An exported object, with its properties.
    pub fn export(&mut self, seconds: f64, class: &str, properties: &[(&str, &str)]) {
        self.objects.push(ExportedObject {
            taken: at(seconds),
            node: None,
            class: class.into(),
            properties: properties
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            source: SourceRef::new("export".into(), Locator::Entry(1)),
        });
    }

    pub fn build(mut self) -> Timeline {
        self.events
            .sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        let names: std::collections::BTreeSet<_> =
            self.events.iter().filter_map(|e| e.node.clone()).collect();
        let files = names
            .iter()
            .map(|n| FileCoverage {
                path: format!("{n}/System.evtx").into(),
                kind: FileKind::Evtx,
                node: Some(n.clone()),
                channels: ["System".into()].into(),
                records_read: 1,
                records_failed: 0,
                first: Some(at(0.0)),
                last: Some(at(86_400.0)),
                first_record: None,
                time_basis: TimeBasis::Utc,
            })
            .collect();
        Timeline::build(Gathered {
            events: self.events,
            coverage: Coverage {
                files,
                named_nodes: names,
                ..Coverage::default()
            },
            inventory: Inventory {
                objects: self.objects,
                ..Inventory::default()
            },
            ..Gathered::default()
        })
    }
}

pub fn vm(name: &str, id: &str) -> Subject {
    Subject {
        vm: VmName::new(name),
        vm_id: VmId::parse(id),
        ..Subject::default()
    }
}

pub fn resource(name: &str) -> Subject {
    Subject {
        vm: VmName::new(name),
        ..Subject::default()
    }
}
