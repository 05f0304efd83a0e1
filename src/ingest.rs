//! Reading many files at once, and merging them in one total order.
//!
//! Files are read in parallel, and the chunks of large event logs as well. What a
//! thread read is put together by the place it had in the input, never by who was
//! first, so the thread count changes no byte of a report.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use rayon::prelude::*;

use crate::model::coverage::{
    CLUSTER_LOG, CLUSTER_REPORTS, Coverage, FileCoverage, FileKind, NOTES, RecordGap, SNAPSHOTS,
};
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::gathered::Gathered;
use crate::model::id::NodeName;
use crate::model::inventory::{Inventory, NodeFacts};
use crate::model::kind::EventKind;
use crate::model::source::{Locator, SourceRef};
use crate::model::time::{CivilInstant, Moment, Precision, TimeBasis, Window, civil_to_utc};
use crate::normalize::{Dictionary, MemberRecords, Normalizer};
use crate::readers::bundle::{self, Limits, Member};
use crate::readers::cluster_log::{self, ClusterLogOptions};
use crate::readers::error::ReadError;
use crate::readers::evtx::{CHUNK_SIZE, ChunkReader, HEADER_SIZE, check_file_header};
use crate::readers::rendered::CsvOptions;
use crate::readers::{inventory, notes, rendered};

/// An event log smaller than this is read by one thread: it is one job of many.
const PARALLEL_FROM: u64 = 4 << 20;
/// Chunks that are read before they are shared out to the threads (1 MiB).
const BATCH: usize = 16;

/// What to read, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Limits on archives.
    pub limits: Limits,
    /// The zone of local times that name none.
    pub zone: Option<TimeZone>,
    /// Operator notes.
    pub notes: Vec<PathBuf>,
    /// Only events in here are kept.
    pub window: Option<Window>,
}

/// Told how far the reading is; called from any thread.
pub trait Progress: Sync {
    /// The input is known: this many members, this many bytes.
    fn found(&self, members: usize, bytes: u64);
    /// So many more bytes were read.
    fn read(&self, bytes: u64);
}

/// Nobody is told.
pub struct Silent;

impl Progress for Silent {
    fn found(&self, _: usize, _: u64) {}
    fn read(&self, _: u64) {}
}

/// Why nothing could be gathered.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A given path cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A notes file is wrong.
    #[error("{}: {message}", path.display())]
    Notes {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
}

/// What one member gave.
struct Part {
    file: FileCoverage,
    records: MemberRecords,
    facts: Option<(NodeName, NodeFacts)>,
    cluster: Option<String>,
    utc_offset_minutes: Option<i32>,
    refresh: Option<inventory::ClusterReport>,
}

/// Reads everything below `paths`.
///
/// # Errors
/// When a path does not exist or a notes file is wrong. Damaged input is not an
/// error: it is read as far as it can be, and told in the diagnostics.
pub fn gather(
    paths: &[PathBuf],
    options: &Options,
    dictionary: &Dictionary,
    progress: &dyn Progress,
) -> Result<Gathered, IngestError> {
    let mut diagnostics = Diagnostics::new();
    let members = bundle::discover(paths, &options.limits, &mut diagnostics)?;
    progress.found(members.len(), members.iter().map(|m| m.size).sum());
    let parts: Vec<Part> = members
        .par_iter()
        .map(|member| read_member(member, options, dictionary, progress))
        .collect();
    let said = read_notes(&options.notes)?;
    Ok(merge(parts, said, options, dictionary, diagnostics))
}

fn read_notes(paths: &[PathBuf]) -> Result<Vec<(FileCoverage, Vec<Event>)>, IngestError> {
    paths.iter().map(|path| read_notes_file(path)).collect()
}

fn read_notes_file(path: &Path) -> Result<(FileCoverage, Vec<Event>), IngestError> {
    let wrong = |message: String| IngestError::Notes {
        path: path.to_owned(),
        message,
    };
    let text = std::fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let member: Arc<str> = name.as_ref().into();
    let events = notes::read(&text, &member).map_err(wrong)?;
    let file = FileCoverage {
        path: member,
        kind: FileKind::Notes,
        node: None,
        channels: BTreeSet::from([NOTES.into()]),
        records_read: events.len() as u64,
        records_failed: 0,
        first: events.iter().map(|e| e.time).min(),
        last: events.iter().map(|e| e.time).max(),
        time_basis: TimeBasis::Utc,
    };
    Ok((file, events))
}

fn read_member(
    member: &Member,
    options: &Options,
    dictionary: &Dictionary,
    progress: &dyn Progress,
) -> Part {
    let mut part = Part {
        file: FileCoverage {
            path: member.path.clone(),
            kind: member.kind,
            node: member.node_hint.clone(),
            channels: BTreeSet::new(),
            records_read: 0,
            records_failed: 0,
            first: None,
            last: None,
            time_basis: TimeBasis::None,
        },
        records: MemberRecords::default(),
        facts: None,
        cluster: None,
        utc_offset_minutes: None,
        refresh: inventory::cluster_report(&member.path),
    };
    if part.refresh.is_some() || inventory::is_in_reports_folder(&member.path) {
        part.file.kind = FileKind::ClusterReport;
        part.file.channels.insert(CLUSTER_REPORTS.into());
        part.file.records_read = 1;
        progress.read(member.size);
        return part;
    }
    let outcome = read_kind(member, options, dictionary, progress, &mut part);
    if let Err(error) = outcome {
        let source = SourceRef::new(member.path.clone(), Locator::Whole);
        let message = error.to_string();
        part.records
            .diagnostics
            .push(DiagnosticCode::Unreadable, source, message);
    }
    part.file.records_read = part.records.read;
    part.file.records_failed = part.records.failed;
    (part.file.first, part.file.last) = part.records.span.unzip();
    part.file.channels.append(&mut part.records.channels);
    part
}

fn read_kind(
    member: &Member,
    options: &Options,
    dictionary: &Dictionary,
    progress: &dyn Progress,
    part: &mut Part,
) -> Result<(), ReadError> {
    let mut sink = Normalizer::new(dictionary, member.path.clone(), member.node_hint.clone());
    match member.kind {
        FileKind::Evtx => {
            part.file.time_basis = TimeBasis::Utc;
            part.records = read_evtx(member, dictionary, progress)?;
            part.file.node = main_computer(&part.records).or(part.file.node.take());
            return Ok(());
        }
        FileKind::ClusterLog | FileKind::LegacyClusterLog => {
            let log_options = ClusterLogOptions {
                zone: options.zone.clone(),
            };
            let summary = cluster_log::read(&mut member.open()?, &log_options, &mut sink)?;
            part.file.time_basis = summary.basis;
            part.file.channels.insert(CLUSTER_LOG.into());
            // The header is nearer to the truth than the name.
            part.file.node = summary.node.or(part.file.node.take());
            part.cluster = summary.cluster;
            part.utc_offset_minutes = summary.utc_offset_minutes;
            if let (Some(node), Some(build)) = (&part.file.node, summary.build) {
                let facts = NodeFacts {
                    build: Some(build),
                    ..NodeFacts::default()
                };
                part.facts = Some((node.clone(), facts));
            }
            for event in &mut sink.records.events {
                event.node.clone_from(&part.file.node);
            }
        }
        FileKind::EventXml => {
            part.file.time_basis = TimeBasis::Utc;
            rendered::read_xml(&mut member.open()?, &mut sink)?;
            part.file.node = main_computer(&sink.records).or(part.file.node.take());
        }
        FileKind::EventCsv => {
            part.file.time_basis = TimeBasis::Assumed;
            let csv_options = CsvOptions {
                zone: options.zone.clone(),
            };
            rendered::read_csv(&mut member.open()?, &csv_options, &mut sink)?;
            part.file.node = main_computer(&sink.records).or(part.file.node.take());
        }
        FileKind::Clixml => {
            // The collection is dated when all its logs are read; see `date_snapshots`.
            let taken = member.modified.unwrap_or(Moment::MIN);
            let source = SourceRef::new(member.path.clone(), Locator::Whole);
            #[cfg(any())]
            inventory::read_clixml(
                &mut member.open()?,
                taken,
                member.node_hint.clone(),
                source,
                &mut sink,
            )?;
            if !sink.records.snapshots.is_empty() {
                part.file.channels.insert(SNAPSHOTS.into());
            }
        }
        FileKind::SystemInfo => {
            #[cfg(any())]
            {
                let info = inventory::read_systeminfo(&mut member.open()?)?;
                let node = info.host.or(part.file.node.take());
                part.file.node.clone_from(&node);
                if let Some(node) = node {
                    let facts = NodeFacts {
                        os: info.os,
                        build: info.build,
                        updates: info.updates,
                    };
                    part.facts = Some((node, facts));
                }
            }
            sink.records.read = 1;
        }
        FileKind::ClusterReport | FileKind::Notes | FileKind::Other => {}
    }
    progress.read(member.size);
    part.records = sink.records;
    Ok(())
}

/// The computer that wrote most records of a log; logs of a renamed machine have
/// several.
fn main_computer(records: &MemberRecords) -> Option<NodeName> {
    records
        .computers
        .iter()
        .max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))
        .and_then(|(computer, _)| NodeName::new(computer))
}

/// Reads up to `len` bytes; fewer only at the end.
fn read_up_to(input: &mut dyn Read, len: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(len);
    input.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_evtx(
    member: &Member,
    dictionary: &Dictionary,
    progress: &dyn Progress,
) -> Result<MemberRecords, ReadError> {
    let mut input = member.open()?;
    let fresh = || Normalizer::new(dictionary, member.path.clone(), member.node_hint.clone());
    let failed = |source: std::io::Error| ReadError::Read {
        at: Locator::Whole,
        source,
    };
    let mut head = fresh();
    let header = read_up_to(&mut input, HEADER_SIZE).map_err(failed)?;
    progress.read(header.len() as u64);
    check_file_header(&header, &mut head);
    let mut all = head.records;

    let mut reader = ChunkReader::default();
    let mut number = 0;
    let mut broken = None;
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            match read_up_to(&mut input, CHUNK_SIZE) {
                Ok(chunk) if chunk.is_empty() => break,
                Ok(chunk) => {
                    progress.read(chunk.len() as u64);
                    batch.push((number, chunk));
                    number += 1;
                }
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        let last = batch.len() < BATCH;
        if member.size < PARALLEL_FROM {
            let mut sink = fresh();
            for (number, chunk) in batch {
                reader.read(chunk, number, &mut sink);
            }
            all.absorb(sink.records);
        } else {
            let parts: Vec<MemberRecords> = batch
                .into_par_iter()
                .map_init(ChunkReader::default, |reader, (number, chunk)| {
                    let mut sink = fresh();
                    reader.read(chunk, number, &mut sink);
                    sink.records
                })
                .collect();
            for part in parts {
                all.absorb(part);
            }
        }
        if last {
            break;
        }
    }
    if let Some(error) = broken {
        // What was read before stays; the loss is told.
        let source = SourceRef::new(member.path.clone(), Locator::Whole);
        all.diagnostics.push(
            DiagnosticCode::Unreadable,
            source,
            format!("reading stopped in chunk {number}: {error}"),
        );
    }
    Ok(all)
}

fn merge(
    parts: Vec<Part>,
    said: Vec<(FileCoverage, Vec<Event>)>,
    options: &Options,
    dictionary: &Dictionary,
    mut diagnostics: Diagnostics,
) -> Gathered {
    let mut coverage = Coverage {
        carriers: dictionary.carriers(),
        ..Coverage::default()
    };
    let mut inventory = Inventory::default();
    let mut events: Vec<Event> = Vec::new();
    let offsets: BTreeMap<NodeName, i32> = parts
        .iter()
        .filter_map(|p| Some((p.file.node.clone()?, p.utc_offset_minutes?)))
        .collect();
    for mut part in parts {
        if let Some((report, event)) = refresh_event(&part, &offsets, options) {
            if let Some(message) = report {
                let source = SourceRef::new(part.file.path.clone(), Locator::Whole);
                diagnostics.push(DiagnosticCode::TimeBasis, source, message);
            }
            part.file.first = Some(event.time);
            part.file.last = Some(event.time);
            events.push(event);
        }
        coverage.gaps.extend(gaps(&part));
        for (key, n) in std::mem::take(&mut part.records.unknown) {
            *coverage.unknown.entry(key).or_default() += n;
        }
        diagnostics.absorb(std::mem::take(&mut part.records.diagnostics));
        events.append(&mut part.records.events);
        inventory.snapshots.append(&mut part.records.snapshots);
        inventory.cluster = inventory.cluster.take().or(part.cluster);
        if let Some((node, facts)) = part.facts {
            join_facts(inventory.nodes.entry(node).or_default(), facts);
        }
        coverage.files.push(part.file);
    }
    for (file, notes) in said {
        coverage.files.push(file);
        events.extend(notes);
    }
    date_snapshots(&mut inventory, &coverage);
    coverage.files.sort_by(|a, b| a.path.cmp(&b.path));
    coverage.gaps.sort_by(|a, b| {
        (&a.path, &a.channel, a.after_record).cmp(&(&b.path, &b.channel, b.after_record))
    });
    inventory.snapshots.sort_by(|a, b| {
        (a.taken, &a.node, &a.vm, &a.source).cmp(&(b.taken, &b.node, &b.vm, &b.source))
    });
    events.par_sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    drop_copies(&mut events);
    coverage.named_nodes = named_nodes(&events);
    if let Some(window) = &options.window {
        events.retain(|e| window.contains(e.time));
    }
    Gathered {
        events,
        coverage,
        inventory,
        diagnostics,
    }
}

fn join_facts(known: &mut NodeFacts, more: NodeFacts) {
    known.os = known.os.take().or(more.os);
    known.build = known.build.or(more.build);
    known.updates.extend(more.updates);
    known.updates.sort();
    known.updates.dedup();
}

/// The refresh of a VM's configuration, from the name of the report it leaves. The
/// name has the local time of the node, without its zone.
fn refresh_event(
    part: &Part,
    offsets: &BTreeMap<NodeName, i32>,
    options: &Options,
) -> Option<(Option<String>, Event)> {
    let report = part.refresh.as_ref()?;
    let (vm, civil) = (report.vm.as_ref()?, report.local.as_ref()?);
    let offset = part.file.node.as_ref().and_then(|n| offsets.get(n));
    let mut doubt = None;
    let time = match (offset, &options.zone) {
        (Some(minutes), _) => {
            let as_utc = civil_to_utc(*civil, &TimeZone::UTC);
            shifted(as_utc, *minutes)?
        }
        (None, Some(zone)) => match civil_to_utc(*civil, zone) {
            CivilInstant::One(time) => time,
            CivilInstant::Ambiguous { earlier, .. } => {
                doubt = Some(
                    "the clock was set back over this local time; the earlier instant is taken"
                        .to_owned(),
                );
                earlier
            }
            CivilInstant::Skipped => return None,
        },
        (None, None) => {
            doubt = Some(
                "the report's name has a local time and nothing gives the node's zone; taken as UTC (give --tz)"
                    .to_owned(),
            );
            shifted(civil_to_utc(*civil, &TimeZone::UTC), 0)?
        }
    };
    let mut fields = Fields::new();
    fields.set("tool", "Update-ClusterVirtualMachineConfiguration");
    let event = Event {
        time,
        precision: Precision::Second,
        node: part.file.node.clone(),
        kind: EventKind::VmConfigRefreshed,
        severity: Severity::Info,
        origin: Origin::Inventory,
        subject: Subject {
            vm: Some(vm.clone()),
            ..Subject::default()
        },
        fields,
        source: SourceRef::new(part.file.path.clone(), Locator::Whole),
    };
    Some((doubt, event))
}

fn shifted(civil: CivilInstant, minutes: i32) -> Option<Moment> {
    match civil {
        CivilInstant::One(time) => Some(time.plus_seconds(-60.0 * f64::from(minutes))),
        _ => None,
    }
}

/// Where record ids of one channel jump inside one member.
fn gaps(part: &Part) -> Vec<RecordGap> {
    let mut by_channel: BTreeMap<&Arc<str>, Vec<(u64, Moment)>> = BTreeMap::new();
    for (channel, id, time) in &part.records.ids {
        by_channel.entry(channel).or_default().push((*id, *time));
    }
    let mut gaps = Vec::new();
    for (channel, mut ids) in by_channel {
        ids.sort_unstable();
        ids.dedup_by_key(|(id, _)| *id);
        for pair in ids.windows(2) {
            if let [(a, from), (b, to)] = pair
                && *b > a + 1
            {
                gaps.push(RecordGap {
                    path: part.file.path.clone(),
                    node: part.file.node.clone(),
                    channel: channel.clone(),
                    after_record: *a,
                    before_record: *b,
                    window: Window::new(*from, *to),
                });
            }
        }
    }
    gaps
}

/// Where the collection begins that a member is part of: the innermost archive, and
/// in it what stands before the folder of a node; else the member's folder.
fn collection(path: &str) -> &str {
    let archive = path.rfind("!/").map_or(0, |at| at + 2);
    let inside = &path[archive..];
    let node = inside
        .match_indices("Node_")
        .map(|(at, _)| at)
        .find(|at| *at == 0 || inside[..*at].ends_with('/'));
    let end = node.unwrap_or_else(|| inside.rfind('/').map_or(0, |at| at + 1));
    &path[..archive + end]
}

/// Exports carry no time, and the times in a ZIP are local without a zone. A
/// collection is made at once, so the latest event in its logs dates it.
fn date_snapshots(inventory: &mut Inventory, coverage: &Coverage) {
    for snapshot in &mut inventory.snapshots {
        let root = collection(&snapshot.source.member);
        let latest = coverage
            .files
            .iter()
            .filter(|f| f.kind == FileKind::Evtx && collection(&f.path) == root)
            .filter_map(|f| f.last)
            .max();
        if let Some(latest) = latest {
            snapshot.taken = latest;
        }
    }
}

/// The same record collected twice (a bundle inside a bundle, a folder beside its
/// ZIP) is one event: the copy with the first path is kept.
fn drop_copies(events: &mut Vec<Event>) {
    let mut kept: Vec<Event> = Vec::with_capacity(events.len());
    for event in events.drain(..) {
        let copy = kept
            .iter()
            .rev()
            .take_while(|k| k.time == event.time)
            .any(|k| {
                k.source.member != event.source.member
                    && k.source.record() == event.source.record()
                    && k.kind == event.kind
                    && k.node == event.node
                    && k.origin == event.origin
                    && k.subject == event.subject
                    && k.fields == event.fields
            });
        if !copy {
            kept.push(event);
        }
    }
    *events = kept;
}

/// Every node that an event names as a member of the cluster.
fn named_nodes(events: &[Event]) -> BTreeSet<NodeName> {
    let mut names = BTreeSet::new();
    for event in events {
        let subject = &event.subject;
        names.extend(event.node.iter().cloned());
        for node in [&subject.node, &subject.from_node, &subject.to_node] {
            names.extend(node.iter().cloned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_the_innermost_archive_or_the_folder_above_the_nodes() {
        let cases = [
            ("b.zip!/Node_HV01/GetVM.xml", "b.zip!/"),
            ("b.zip!/H-1.ZIP!/Node_HV01/System.EVTX", "b.zip!/H-1.ZIP!/"),
            ("dir/first/Node_HV01/System.EVTX", "dir/first/"),
            ("dir/first/GetVM_HV01.XML", "dir/first/"),
        ];
        for (path, root) in cases {
            assert_eq!(collection(path), root, "{path}");
        }
    }
}
