//! Meaning: raw records to events.
//!
//! The only room that knows what event 21502 is. What no entry names is counted,
//! never dropped in silence; wrong or missing values never stop a record.

pub mod dictionary;
pub mod ids;
pub mod literals;
pub mod patterns;
pub mod target;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::coverage::CLUSTER_LOG;
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::id::{GroupName, NodeName, ResourceName, VmId, VmName};
use crate::model::inventory::{ExportedObject, VmSnapshot};
use crate::model::source::{Locator, SourceRef};
use crate::model::time::{Moment, Precision};
use crate::readers::raw::{LineFilter, RawEvent, RawField, RawLine, RawRun, RecordSink};

pub use dictionary::{Dictionary, DictionaryError, Entry};
use ids::{IdRange, RecordIds};
use target::Target;

/// What was learned of one bundle member, or of one part of it.
#[derive(Clone, Debug, Default)]
pub struct MemberRecords {
    /// Events that the dictionary knows, in the order read.
    pub events: Vec<Event>,
    /// Records and lines read.
    pub read: u64,
    /// Records and lines lost.
    pub failed: u64,
    /// Earliest and latest time.
    pub span: Option<(Moment, Moment)>,
    /// Channels of its records.
    pub channels: BTreeSet<Arc<str>>,
    /// Computers of its records, with their counts.
    pub computers: BTreeMap<Arc<str>, u64>,
    /// The ids of all records: where they jump, records are missing.
    pub ids: RecordIds,
    /// Records that no entry names.
    pub unknown: BTreeMap<(Arc<str>, u32), u64>,
    /// Settings of VMs.
    pub snapshots: Vec<VmSnapshot>,
    /// Other exported objects.
    pub objects: Vec<ExportedObject>,
    /// Trouble.
    pub diagnostics: Diagnostics,
}

impl MemberRecords {
    /// Takes all of `other`, a later part of the same member.
    pub fn absorb(&mut self, other: MemberRecords) {
        self.events.extend(other.events);
        self.read += other.read;
        self.failed += other.failed;
        self.span = match (self.span, other.span) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, two) => one.or(two),
        };
        self.channels.extend(other.channels);
        for (computer, n) in other.computers {
            *self.computers.entry(computer).or_default() += n;
        }
        self.ids.absorb(other.ids);
        for (key, n) in other.unknown {
            *self.unknown.entry(key).or_default() += n;
        }
        self.snapshots.extend(other.snapshots);
        self.objects.extend(other.objects);
        self.diagnostics.absorb(other.diagnostics);
    }
}

/// Turns what a reader yields of one member into [`MemberRecords`].
pub struct Normalizer<'d> {
    dictionary: &'d Dictionary,
    member: Arc<str>,
    node: Option<NodeName>,
    strings: FxHashMap<Box<str>, Arc<str>>,
    nodes: FxHashMap<Box<str>, Option<NodeName>>,
    /// What was read so far.
    pub records: MemberRecords,
}

impl<'d> Normalizer<'d> {
    /// For one member; `node` is where it belongs when its records do not say.
    #[must_use]
    pub fn new(dictionary: &'d Dictionary, member: Arc<str>, node: Option<NodeName>) -> Self {
        Normalizer {
            dictionary,
            member,
            node,
            strings: FxHashMap::default(),
            nodes: FxHashMap::default(),
            records: MemberRecords::default(),
        }
    }

    fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(found) = self.strings.get(text) {
            return found.clone();
        }
        let shared: Arc<str> = text.into();
        self.strings.insert(text.into(), shared.clone());
        shared
    }

    fn node_of(&mut self, computer: &str) -> Option<NodeName> {
        if computer.is_empty() {
            return self.node.clone();
        }
        if let Some(found) = self.nodes.get(computer) {
            return found.clone();
        }
        let node = NodeName::new(computer);
        self.nodes.insert(computer.into(), node.clone());
        node
    }

    /// Counts records of a computer.
    fn wrote(&mut self, computer: &str, count: u64) {
        match self.records.computers.get_mut(computer) {
            Some(n) => *n += count,
            None => {
                let computer = self.intern(computer);
                self.records.computers.insert(computer, count);
            }
        }
    }

    fn source(&self, at: Locator) -> SourceRef {
        SourceRef::new(self.member.clone(), at)
    }

    /// Tells of a time that no clock showed: it says nothing of what a log covers.
    fn impossible(&mut self, time: Moment, at: Locator) {
        let message = format!(
            "a record says {time}, before any Windows could have written it; it is not placed in time"
        );
        let source = self.source(at);
        self.records
            .diagnostics
            .push(DiagnosticCode::Time, source, message);
    }

    fn seen(&mut self, time: Moment) {
        self.records.span = Some(match self.records.span {
            Some((a, b)) => (a.min(time), b.max(time)),
            None => (time, time),
        });
    }
}

/// Parameters in order: `Binary`, which classic records append, is not one.
fn parameters<'a>(fields: &'a [RawField<'a>]) -> impl Iterator<Item = &'a RawField<'a>> {
    fields.iter().filter(|f| f.name != "Binary")
}

/// Where a name counts itself (`Parameter0`), the position it means, from 1.
fn counted_name(name: &str) -> Option<usize> {
    name.strip_prefix("Parameter")?
        .parse::<usize>()
        .ok()
        .map(|n| n + 1)
}

/// A value by a name under which it was seen, else by position. A record whose
/// names count themselves (`Parameter2`) is read by those numbers, whatever the
/// order of its elements.
fn value_of<'a>(
    fields: &'a [RawField<'a>],
    names: &[Arc<str>],
    position: usize,
) -> Option<&'a str> {
    if let Some(field) = names
        .iter()
        .find_map(|n| fields.iter().find(|f| *f.name == **n))
    {
        return Some(field.value);
    }
    if let Some(field) = fields
        .iter()
        .find(|f| counted_name(f.name) == Some(position))
    {
        return Some(field.value);
    }
    parameters(fields).nth(position - 1).map(|f| f.value)
}

/// Whether a record of the service control manager is about a service, by its key name
/// in lower case. The display name in its texts is in the system's language; the key
/// name stands in `Binary` as UTF-16LE in hex, up to a `/` and a state or to the first
/// zero, or where there is no `Binary` in the fourth parameter.
fn is_about(fields: &[RawField<'_>], service: &str) -> bool {
    let of = |name: &str| fields.iter().find(|f| f.name == name).map(|f| f.value);
    let Some(hex) = of("Binary") else {
        return of("param4").is_some_and(|name| name.to_lowercase() == service);
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|d| d as u16);
    let mut rest = service.encode_utf16();
    for quad in hex.as_bytes().as_chunks::<4>().0 {
        // Key names are ASCII; one that is not is about no service that is asked for.
        let [a, b, c, d] = quad;
        let (Some(a), Some(b), Some(c), Some(d)) = (digit(a), digit(b), digit(c), digit(d)) else {
            return false;
        };
        let unit = c << 12 | d << 8 | a << 4 | b;
        if unit == 0 || unit == u16::from(b'/') {
            break;
        }
        let lower = u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into());
        if rest.next() != Some(lower) {
            return false;
        }
    }
    rest.next().is_none()
}

/// A message without the blanks around it.
fn message(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.into())
}

/// Puts a value where it belongs.
fn place(
    subject: &mut Subject,
    fields: &mut Fields,
    target: &Target,
    name: &Arc<str>,
    value: &str,
) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    match target {
        Target::Vm => subject.vm = VmName::new(value),
        Target::VmId => subject.vm_id = VmId::parse(value),
        Target::Group => subject.group = GroupName::new(value),
        Target::Resource => {
            subject.resource = ResourceName::new(value);
            if subject.vm.is_none() {
                subject.vm = subject
                    .resource
                    .as_ref()
                    .and_then(ResourceName::vm)
                    .map(|(vm, _)| vm);
            }
        }
        Target::Node => subject.node = NodeName::new(value),
        Target::FromNode => subject.from_node = NodeName::new(value),
        Target::ToNode => subject.to_node = NodeName::new(value),
        Target::Network => subject.network = Some(value.into()),
        Target::Nic => {
            subject.vm_id = subject.vm_id.or_else(|| VmId::from_nic_name(value));
            subject.network = Some(value.into());
        }
        Target::Volume => subject.volume = Some(value.into()),
        Target::Field(_) => fields.set(name.clone(), value),
    }
    // A value that its type refuses is kept as it is, not lost.
    if matches!(target, Target::VmId) && subject.vm_id.is_none() {
        fields.set(name.clone(), value);
    }
}

impl RecordSink for Normalizer<'_> {
    fn wants(&self, provider: &str, event_id: u32) -> bool {
        !self.dictionary.forms(provider, event_id).is_empty()
    }

    fn folds(&self) -> bool {
        true
    }

    fn marks(&self, provider: &str, event_id: u32) -> Vec<Arc<str>> {
        let forms = self.dictionary.forms(provider, event_id);
        // One form that asks for no service wants all.
        let services: Option<Vec<_>> = forms.iter().map(|f| f.service.clone()).collect();
        services.unwrap_or_default()
    }

    fn run(&mut self, run: &RawRun<'_>) {
        self.records.read += run.count();
        let channel = self.intern(run.channel);
        if !run.channel.is_empty() && !self.records.channels.contains(&channel) {
            self.records.channels.insert(channel.clone());
        }
        if !run.computer.is_empty() {
            self.wrote(run.computer, run.count());
        }
        for time in [run.span.0, run.span.1, run.first.1, run.last.1] {
            if time >= Moment::EARLIEST_CLOCK {
                self.seen(time);
            }
        }
        if run.span.0 < Moment::EARLIEST_CLOCK {
            self.impossible(run.span.0, Locator::Record(run.first.0));
        }
        let range = IdRange {
            first: run.first,
            last: run.last,
        };
        self.records.ids.add(&channel, range);
    }

    fn unwanted(&mut self, provider: &str, event_id: u32, count: u64) {
        let provider = self.intern(provider);
        *self
            .records
            .unknown
            .entry((provider, event_id))
            .or_default() += count;
    }

    fn event(&mut self, raw: &RawEvent<'_>) {
        self.records.read += 1;
        let channel = self.intern(raw.channel);
        let at = raw.record_id.map_or(Locator::Whole, Locator::Record);
        if !raw.channel.is_empty() && !self.records.channels.contains(&channel) {
            self.records.channels.insert(channel.clone());
        }
        if !raw.computer.is_empty() {
            self.wrote(raw.computer, 1);
        }
        let Some(time) = raw.time else {
            let message = format!(
                "a record of {} {} has no TimeCreated; it is not placed in time",
                raw.provider, raw.event_id
            );
            let source = self.source(at);
            self.records
                .diagnostics
                .push(DiagnosticCode::Time, source, message);
            self.records.failed += 1;
            return;
        };
        if time < Moment::EARLIEST_CLOCK {
            self.impossible(time, at);
            self.records.failed += 1;
            return;
        }
        self.seen(time);
        if let Some(id) = raw.record_id {
            let one = (id, time);
            let range = IdRange {
                first: one,
                last: one,
            };
            self.records.ids.add(&channel, range);
        }
        let dictionary = self.dictionary;
        let forms = dictionary.forms(raw.provider, raw.event_id);
        let count = parameters(raw.fields).count();
        let about = |f: &&Arc<Entry>| {
            f.service
                .as_deref()
                .is_none_or(|service| is_about(raw.fields, service))
        };
        let form = forms.iter().filter(about).find(|f| {
            f.version.is_none_or(|v| v == raw.version) && f.params.is_none_or(|p| p == count)
        });
        let Some(entry) = form.or_else(|| forms.iter().rfind(about)) else {
            let provider = self.intern(raw.provider);
            *self
                .records
                .unknown
                .entry((provider, raw.event_id))
                .or_default() += 1;
            return;
        };
        let mut subject = Subject::default();
        let mut fields = Fields::new();
        for spec in &entry.fields {
            match value_of(raw.fields, &spec.seen_names, spec.position) {
                Some(value) => place(&mut subject, &mut fields, &spec.target, &spec.name, value),
                None => {
                    let message = format!(
                        "{} {}: no value for {} (parameter {} of {count})",
                        raw.provider, raw.event_id, spec.name, spec.position
                    );
                    let source = self.source(at);
                    self.records
                        .diagnostics
                        .push(DiagnosticCode::MissingField, source, message);
                }
            }
        }
        for (name, value) in &entry.set {
            fields.set(name.clone(), value.clone());
        }
        if subject.vm_id.is_none() {
            subject.vm_id = VmId::from_worker_sid(raw.user_sid);
        }
        let event = Event {
            time,
            precision: Precision::Tick,
            node: self.node_of(raw.computer),
            kind: entry.kind,
            severity: entry
                .severity
                .unwrap_or_else(|| Severity::from_level(raw.level)),
            origin: Origin::EventLog {
                provider: self.intern(raw.provider),
                id: raw.event_id,
                version: raw.version,
                channel,
            },
            subject,
            fields,
            message: message(raw.message),
            source: self.source(at),
        };
        self.records.events.push(event);
    }

    fn filter(&self) -> Option<Arc<dyn LineFilter>> {
        let literals = self.dictionary.patterns().literals().ok()?.clone();
        Some(literals)
    }

    fn passed(&mut self, entries: u64, span: (Moment, Moment)) {
        self.records.read += entries;
        self.seen(span.0);
        self.seen(span.1);
    }

    fn line(&mut self, raw: &RawLine<'_>) {
        self.records.read += 1;
        self.seen(raw.time);
        let dictionary = self.dictionary;
        let Some((pattern, values)) = dictionary.patterns().find(raw.channel, raw.text) else {
            return;
        };
        let mut subject = Subject::default();
        let mut fields = Fields::new();
        for (target, name, value) in values {
            place(&mut subject, &mut fields, target, name, value);
        }
        for (name, value) in &pattern.set {
            fields.set(name.clone(), value.clone());
        }
        let severity = pattern.severity.unwrap_or(match raw.level {
            "ERR" => Severity::Error,
            "WARN" => Severity::Warning,
            _ => Severity::Info,
        });
        let event = Event {
            time: raw.time,
            precision: raw.precision,
            node: self.node.clone(),
            kind: pattern.kind,
            severity,
            origin: Origin::ClusterLog {
                subsystem: self.intern(raw.subsystem),
            },
            subject,
            fields,
            message: None,
            source: self.source(Locator::Line(raw.line)),
        };
        self.records.channels.insert(CLUSTER_LOG.into());
        self.records.events.push(event);
    }

    fn snapshot(&mut self, snapshot: VmSnapshot) {
        self.records.read += 1;
        self.records.snapshots.push(snapshot);
    }

    fn object(&mut self, object: ExportedObject) {
        self.records.read += 1;
        self.records.objects.push(object);
    }

    fn trouble(&mut self, code: DiagnosticCode, at: Locator, lost: bool, message: String) {
        if lost {
            self.records.failed += 1;
        }
        let source = self.source(at);
        self.records.diagnostics.push(code, source, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::EventKind;
    use std::sync::LazyLock;

    static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::embedded().unwrap());

    fn normalize(entry: &Entry, names: impl Fn(usize) -> String, order: bool) -> Event {
        let dictionary = &*DICTIONARY;
        let names: Vec<String> = (0..entry.sample.len()).map(names).collect();
        let mut fields: Vec<RawField<'_>> = names
            .iter()
            .zip(&entry.sample)
            .map(|(name, value)| RawField { name, value })
            .collect();
        if !order {
            fields.reverse();
        }
        let service = entry.service.as_deref().map(binary);
        if let Some(value) = &service {
            fields.push(RawField {
                name: "Binary",
                value,
            });
        }
        let mut sink = Normalizer::new(dictionary, "m".into(), None);
        sink.event(&RawEvent {
            provider: &entry.provider,
            event_id: entry.id,
            version: entry.version.unwrap_or(0),
            level: 4,
            channel: &entry.channels[0],
            computer: "HV01.corp.example",
            time: Moment::parse("2024-05-14T01:05:00Z"),
            record_id: Some(7),
            fields: &fields,
            ..RawEvent::default()
        });
        assert!(
            sink.records.diagnostics.is_empty(),
            "{} {}: {:?}",
            entry.provider,
            entry.id,
            sink.records.diagnostics
        );
        sink.records.events.pop().unwrap()
    }

    /// As the service control manager writes the key name of a service, with its state.
    fn binary(service: &str) -> String {
        format!("{service}/4\0")
            .encode_utf16()
            .map(|unit| format!("{:04X}", unit.swap_bytes()))
            .collect()
    }

    #[test]
    fn a_service_is_told_by_its_key_name_in_any_language() {
        let is = |value: &str| {
            let field = |name, value| RawField { name, value };
            let fields = [
                field("param1", "クラスター サービス"),
                field("Binary", value),
            ];
            is_about(&fields, "clussvc")
        };
        assert!(is(&binary("ClusSvc")));
        for other in ["ClusSv", "ClusSvc2", "", "Spooler"] {
            assert!(!is(&binary(other)), "{other}");
        }
        for odd in ["760 m", "00000000", "あい", ""] {
            assert!(!is(odd), "{odd}");
        }
        let fourth = [RawField {
            name: "param4",
            value: "ClusSvc",
        }];
        assert!(is_about(&fourth, "clussvc") && !is_about(&fourth, "spooler"));

        let mut sink = Normalizer::new(&DICTIONARY, "m".into(), None);
        for service in ["Spooler", "ClusSvc"] {
            sink.event(&RawEvent {
                provider: "Service Control Manager",
                event_id: 7034,
                time: Moment::parse("2024-05-14T01:05:00Z"),
                fields: &[
                    RawField {
                        name: "param1",
                        value: "クラスター サービス",
                    },
                    RawField {
                        name: "param2",
                        value: "1",
                    },
                    RawField {
                        name: "Binary",
                        value: &binary(service),
                    },
                ],
                ..RawEvent::default()
            });
        }
        let kinds: Vec<EventKind> = sink.records.events.iter().map(|e| e.kind).collect();
        assert_eq!(kinds, [EventKind::ServiceFailed]);
        assert_eq!(sink.records.unknown.values().sum::<u64>(), 1);
    }

    /// Nobody saw most of these records: whatever shape they have, the result is
    /// the same.
    #[test]
    fn every_entry_reads_its_sample_in_every_plausible_shape() {
        for entry in DICTIONARY.entries() {
            let unnamed = normalize(&entry, |_| String::new(), true);
            assert_eq!(unnamed.kind, entry.kind, "{} {}", entry.provider, entry.id);
            let unseen = normalize(&entry, |i| format!("SomethingElse{i}"), true);
            let counted = normalize(&entry, |i| format!("Parameter{i}"), true);
            let reversed = normalize(&entry, |i| format!("Parameter{i}"), false);
            assert_eq!(unnamed, unseen);
            assert_eq!(unnamed, counted);
            assert_eq!(unnamed, reversed);
            for spec in &entry.fields {
                let value = &entry.sample[spec.position - 1];
                let told = format!("{:?} {:?}", unnamed.subject, unnamed.fields);
                assert!(
                    value.is_empty()
                        || told.contains(&**value)
                        || told.contains(&format!("{value:?}")),
                    "{} {}: {} is not in {told}",
                    entry.provider,
                    entry.id,
                    spec.name
                );
            }
        }
    }

    #[test]
    fn every_pattern_reads_its_sample_and_nothing_before_it_does() {
        let dictionary = &*DICTIONARY;
        for pattern in dictionary.patterns().iter() {
            let (found, _) = dictionary
                .patterns()
                .find(&pattern.channel, &pattern.sample)
                .unwrap_or_else(|| panic!("{} does not match its sample", pattern.literal));
            assert_eq!(
                found.form.as_str(),
                pattern.form.as_str(),
                "{}",
                pattern.sample
            );
        }
    }

    #[test]
    fn a_line_has_the_constants_of_its_pattern() {
        let mut sink = Normalizer::new(&DICTIONARY, "m".into(), NodeName::new("HV01"));
        for said in ["[hadrag] Lease timeout detected", "[hadrag] OK"] {
            sink.line(&RawLine {
                line: 1,
                time: Moment::parse("2024-05-14T01:05:00Z").unwrap(),
                precision: Precision::Millisecond,
                level: "ERR",
                channel: "",
                subsystem: "RES",
                text: &format!("SQL Server Availability Group <ag1>: {said}"),
            });
        }
        let event = sink.records.events.pop().unwrap();
        assert!(sink.records.events.is_empty());
        assert_eq!(event.kind, EventKind::ResourceUnhealthy);
        assert_eq!(event.fields.get("why"), Some("lease"));
        assert_eq!(event.subject.resource.unwrap().as_str(), "ag1");
    }

    #[test]
    fn a_missing_value_is_told_and_the_event_kept() {
        let dictionary = &*DICTIONARY;
        let mut sink = Normalizer::new(dictionary, "m".into(), NodeName::new("HV01"));
        sink.event(&RawEvent {
            provider: "Microsoft-Windows-Hyper-V-VMMS",
            event_id: 20415,
            time: Moment::parse("2024-05-14T01:05:00Z"),
            fields: &[RawField {
                name: "VmName",
                value: "web01",
            }],
            ..RawEvent::default()
        });
        let event = &sink.records.events[0];
        assert_eq!(event.kind, EventKind::MigrationCompleted);
        assert_eq!(event.subject.vm, VmName::new("web01"));
        assert_eq!(sink.records.diagnostics.iter().count(), 2);
    }

    #[test]
    fn what_no_entry_names_is_counted() {
        let dictionary = &*DICTIONARY;
        let mut sink = Normalizer::new(dictionary, "m".into(), None);
        for _ in 0..3 {
            sink.event(&RawEvent {
                provider: "Somebody",
                event_id: 9,
                time: Moment::parse("2024-05-14T01:05:00Z"),
                ..RawEvent::default()
            });
        }
        assert_eq!(sink.records.unknown[&("Somebody".into(), 9)], 3);
        assert_eq!((sink.records.read, sink.records.events.len()), (3, 0));
    }

    #[test]
    fn a_worker_account_names_the_vm() {
        let dictionary = &*DICTIONARY;
        let mut sink = Normalizer::new(dictionary, "m".into(), None);
        sink.event(&RawEvent {
            provider: "Microsoft-Windows-Hyper-V-Worker",
            event_id: 21104,
            time: Moment::parse("2024-05-14T01:05:00Z"),
            user_sid: "S-1-5-83-1-1570674725-1260853619-2008740250-1715473044",
            ..RawEvent::default()
        });
        assert_eq!(
            sink.records.events[0].subject.vm_id,
            VmId::parse("5D9E9825-1973-4B27-9AF1-BA77940A4066")
        );
    }
}
