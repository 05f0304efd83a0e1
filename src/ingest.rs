//! Reading many files at once, and merging them in one total order.
//!
//! Files are read in parallel, and the chunks of large event logs as well. What a
//! thread read is put together by the place it had in the input, never by who was
//! first, so the thread count changes no byte of a report.

mod budget;
mod clusters;
pub mod every;
mod time_basis;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use regex::Regex;
use rustc_hash::FxHashMap;

use self::budget::{Bounded, Budget};
use crate::model::coverage::{
    CLUSTER_LOG, CLUSTER_REPORTS, Coverage, FileCoverage, FileKind, MessageFile, NOTES, RecordGap,
    SNAPSHOTS,
};
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::gathered::Gathered;
use crate::model::id::{NodeName, VmName};
use crate::model::inventory::{ExportedObject, Inventory, NodeFacts};
use crate::model::kind::EventKind;
use crate::model::order::arrange;
use crate::model::source::{Locator, SourceRef};
use crate::model::text::Lang;
use crate::model::time::{
    CivilInstant, Moment, Precision, TimeBasis, Window, civil_to_utc, local_inside,
};
use crate::normalize::{Dictionary, MemberRecords, Normalizer};
use crate::readers::bundle::{self, Limits, Member, Positions};
use crate::readers::cluster_log::{self, ClusterLogOptions};
use crate::readers::error::ReadError;
use crate::readers::evtx::mta::{self, Messages, WithMessages};
use crate::readers::evtx::{
    CHUNK_SIZE, ChunkReader, FileHeader, HEADER_SIZE, check_file_header, last_record_of, ranges,
};
use crate::readers::raw::RecordSink;
use crate::readers::rendered::CsvOptions;
use crate::readers::{inventory, notes, rendered};

/// An event log smaller than this is read by one thread: it is one job of many.
const PARALLEL_FROM: u64 = 4 << 20;
/// Chunks of a stream that are read before they are shared out to the threads (4 MiB).
const BATCH: usize = 64;
/// Chunks that a thread reads of a log on disk before it takes others (4 MiB).
const PART: u64 = 64;

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
    /// The language in which messages are preferred where a log comes with several.
    pub lang: Lang,
    /// Bytes of memory that everything may take, as far as that can be foreseen. Where
    /// events would take more, the latest ones are kept, and that is told.
    pub memory: Option<u64>,
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
    /// The input is of several clusters, and some of their nodes have the same names, so
    /// that what one says would be taken for the other's.
    #[error(
        "the input is of more than one cluster: {clusters}; nodes of the same name ({nodes}) cannot be told apart: analyze each on its own, or set them side by side with `vmtrail compare`"
    )]
    Clusters {
        /// Their names and where each was found.
        clusters: String,
        /// The names that nodes of more than one have.
        nodes: String,
    },
}

/// What one member gave.
struct Part {
    file: FileCoverage,
    records: MemberRecords,
    facts: Vec<(NodeName, NodeFacts)>,
    /// Where its messages were read, and of how many events that file has any.
    messages: Option<(MessageFile, u64)>,
    cluster: Option<String>,
    utc_offset_minutes: Option<i32>,
    report: Option<inventory::ClusterReport>,
    /// When the collection that it is part of was made, by its node's clock.
    collected_local: Option<DateTime>,
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
    let languages = languages(&members, options.lang);
    let budget = options.memory.map(|m| Budget::new(m, options.window));
    let reading = Reading {
        options,
        dictionary,
        languages: &languages,
        progress,
        budget: budget.as_ref(),
    };
    let mut parts: Vec<Part> = members
        .par_iter()
        .enumerate()
        .map(|(at, member)| {
            let mut part = read_member(member, &reading);
            if let Some(budget) = &budget {
                budget.put(at, std::mem::take(&mut part.records.events));
            }
            part
        })
        .collect();
    clusters::tell(&parts, &mut diagnostics)?;
    let said = read_notes(&options.notes)?;
    let mut options = options.clone();
    if let Some(budget) = &budget {
        for (at, part) in parts.iter_mut().enumerate() {
            part.records.events = budget.take(at);
        }
        if let (Some(from), Some(member)) = (budget.from(), members.first()) {
            let message = format!(
                "more events than fit into the memory that was allowed: only those from {from} on are looked at \
                 (allow more with --memory, or look at a part of the time with --from and --to)"
            );
            let source = SourceRef::new(member.path.clone(), Locator::Whole);
            diagnostics.push(DiagnosticCode::Limit, source, message);
            let to = options.window.map_or(Moment::MAX, |window| window.to);
            options.window = Some(Window::new(from, to));
        }
    }
    Ok(merge(parts, said, &options, dictionary, diagnostics))
}

/// The files of messages by the log that they belong to, the preferred one first.
type Languages<'m> = BTreeMap<String, Vec<(u32, &'m Member)>>;

fn languages(members: &[Member], lang: Lang) -> Languages<'_> {
    let mut all = Languages::new();
    for member in members.iter().filter(|m| m.kind == FileKind::Messages) {
        if let Some((log, lcid)) = mta::log_of(&member.path) {
            all.entry(log).or_default().push((lcid, member));
        }
    }
    for files in all.values_mut() {
        files.sort_by_key(|(lcid, _)| mta::preference(*lcid, lang));
    }
    all
}

/// The messages of a log: of the first file that can be read. What is wrong with those
/// before it is told.
fn messages_of(
    log: &Member,
    languages: &Languages<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(Messages, MessageFile)> {
    for (lcid, file) in languages.get(&mta::log_key(&log.path)?)? {
        let mut trouble = |code: DiagnosticCode, message: String| {
            let source = SourceRef::new(file.path.clone(), Locator::Whole);
            diagnostics.push(code, source, message);
        };
        if file.size > mta::LARGEST {
            let message = format!(
                "messages of {} bytes: at most {} are read",
                file.size,
                mta::LARGEST
            );
            trouble(DiagnosticCode::Limit, message);
            continue;
        }
        let read = file
            .open()
            .map_err(|e| e.to_string())
            .and_then(|mut input| {
                let mut bytes = Vec::new();
                match input.read_to_end(&mut bytes) {
                    Ok(_) => Messages::read(&bytes),
                    Err(error) => Err(error.to_string()),
                }
            });
        match read {
            Ok(messages) => {
                let path = file.path.clone();
                return Some((messages, MessageFile { path, lcid: *lcid }));
            }
            Err(error) => trouble(
                DiagnosticCode::Unreadable,
                format!("messages could not be read: {error}; the log is shown without them"),
            ),
        }
    }
    None
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
        first_record: None,
        time_basis: TimeBasis::Utc,
    };
    Ok((file, events))
}

/// What all members are read by.
struct Reading<'a> {
    options: &'a Options,
    dictionary: &'a Dictionary,
    languages: &'a Languages<'a>,
    progress: &'a dyn Progress,
    budget: Option<&'a Budget>,
}

fn read_member(member: &Member, reading: &Reading<'_>) -> Part {
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
            first_record: None,
            time_basis: TimeBasis::None,
        },
        records: MemberRecords::default(),
        facts: Vec::new(),
        messages: None,
        cluster: None,
        utc_offset_minutes: None,
        report: None,
        collected_local: time_in_name(&member.path).or(member.modified_local),
    };
    // Logs lie in the folder of reports as well; they are what they are.
    let may_be_report = matches!(member.kind, FileKind::ClusterReport | FileKind::Other);
    if may_be_report {
        part.report = inventory::cluster_report(&member.path);
    }
    if may_be_report && (part.report.is_some() || inventory::is_in_reports_folder(&member.path)) {
        part.file.kind = FileKind::ClusterReport;
        part.file.channels.insert(CLUSTER_REPORTS.into());
        part.file.records_read = 1;
        reading.progress.read(member.size);
        return part;
    }
    let outcome = read_kind(member, reading, &mut part);
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

fn read_kind(member: &Member, reading: &Reading<'_>, part: &mut Part) -> Result<(), ReadError> {
    let Reading {
        options,
        dictionary,
        progress,
        budget,
        ..
    } = *reading;
    let mut sink = Normalizer::new(dictionary, member.path.clone(), member.node_hint.clone());
    match member.kind {
        FileKind::Evtx => {
            part.file.time_basis = TimeBasis::Utc;
            let mut trouble = Diagnostics::new();
            let found = messages_of(member, reading.languages, &mut trouble);
            let messages = found.as_ref().map(|(messages, _)| messages);
            part.records = read_evtx(member, reading, messages)?;
            part.records.diagnostics.absorb(trouble);
            part.messages = found.map(|(messages, file)| (file, messages.events()));
            part.file.node = main_computer(&part.records).or(part.file.node.take());
            return Ok(());
        }
        FileKind::ClusterLog | FileKind::LegacyClusterLog => {
            let log_options = ClusterLogOptions {
                zone: options.zone.clone(),
            };
            let summary = bounded(&mut sink, budget, |sink| {
                cluster_log::read(&mut member.open()?, &log_options, sink)
            })?;
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
                part.facts.push((node.clone(), facts));
            }
            for event in &mut sink.records.events {
                event.node.clone_from(&part.file.node);
            }
        }
        FileKind::EventXml => {
            part.file.time_basis = TimeBasis::Utc;
            bounded(&mut sink, budget, |sink| {
                rendered::read_xml(&mut member.open()?, sink)
            })?;
            part.file.node = main_computer(&sink.records).or(part.file.node.take());
        }
        FileKind::EventCsv => {
            part.file.time_basis = TimeBasis::Assumed;
            let csv_options = CsvOptions {
                zone: options.zone.clone(),
            };
            bounded(&mut sink, budget, |sink| {
                rendered::read_csv(&mut member.open()?, &csv_options, sink)
            })?;
            part.file.node = main_computer(&sink.records).or(part.file.node.take());
        }
        FileKind::Clixml => {
            // The collection is dated when all its logs are read; see `date_exports`.
            let taken = member.modified.unwrap_or(Moment::MIN);
            let source = SourceRef::new(member.path.clone(), Locator::Whole);
            let summary = inventory::read_clixml(
                &mut member.open()?,
                taken,
                member.node_hint.clone(),
                source,
                &mut sink,
            )?;
            let unread: u64 = summary.others.values().sum();
            sink.records.read = summary.objects.saturating_sub(unread);
            if shows_vms(&sink.records) {
                part.file.channels.insert(SNAPSHOTS.into());
            }
        }
        FileKind::VmConfig => {
            let taken = member.modified.unwrap_or(Moment::MIN);
            let source = SourceRef::new(member.path.clone(), Locator::Whole);
            let read =
                inventory::read_vm_configuration(&mut member.open()?, taken, &source, &mut sink)?;
            sink.records.read = u64::from(read);
            if shows_vms(&sink.records) {
                part.file.channels.insert(SNAPSHOTS.into());
            }
        }
        FileKind::UpdateList => {
            let updates = inventory::read_updates(&mut member.open()?)?;
            sink.records.read = updates.values().map(|all| all.len() as u64).sum();
            for (node, updates) in updates {
                if let Some(node) = node.or_else(|| part.file.node.clone()) {
                    let facts = NodeFacts {
                        updates: updates.into_iter().collect(),
                        ..NodeFacts::default()
                    };
                    part.facts.push((node, facts));
                }
            }
        }
        FileKind::SystemInfo => {
            let info = inventory::read_systeminfo(&mut member.open()?)?;
            let node = info.host.or(part.file.node.take());
            part.file.node.clone_from(&node);
            if let Some(node) = node {
                let facts = NodeFacts {
                    os: info.os,
                    build: info.build,
                    updates: info.updates,
                };
                part.facts.push((node, facts));
            }
            sink.records.read = 1;
        }
        // Messages are read with their log.
        FileKind::ClusterReport | FileKind::Messages | FileKind::Notes | FileKind::Other => {}
    }
    progress.read(member.size);
    part.records = sink.records;
    Ok(())
}

/// Reads into a sink, within the budget where there is one.
fn bounded<T>(
    sink: &mut Normalizer<'_>,
    budget: Option<&Budget>,
    read: impl FnOnce(&mut dyn RecordSink) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let Some(budget) = budget else {
        return read(sink);
    };
    let mut sink = Bounded {
        sink,
        budget,
        counted: 0,
    };
    let result = read(&mut sink);
    sink.settle();
    result
}

/// Whether there are settings of VMs among what was read.
fn shows_vms(records: &MemberRecords) -> bool {
    !records.snapshots.is_empty() || records.objects.iter().any(|o| &*o.class == "VM")
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

/// How the chunks of one event log become records.
struct EvtxJob<'a> {
    member: &'a Member,
    dictionary: &'a Dictionary,
    messages: Option<&'a Messages>,
    progress: &'a dyn Progress,
    /// Chunks of a large log without a record in here are skipped.
    window: Option<Window>,
    budget: Option<&'a Budget>,
    /// Told by whichever thread reads a chunk.
    seen: Mutex<SeenChunks>,
}

/// What the chunks of a log are, to be held against what its header says.
#[derive(Default)]
struct SeenChunks {
    /// How many the file has, a cut one included.
    count: u64,
    /// Those that are nothing but zeros.
    empty: BTreeSet<u64>,
    /// The last record number that a chunk's header states.
    last_record: Option<u64>,
}

/// What reads the chunks of a part of a log, one behind the other.
struct EvtxPart<'a> {
    job: &'a EvtxJob<'a>,
    reader: ChunkReader,
    sink: Normalizer<'a>,
    /// Filled again for every chunk.
    buffer: Vec<u8>,
    /// Events that the budget knows of.
    counted: usize,
}

impl<'a> EvtxJob<'a> {
    fn part(&'a self) -> EvtxPart<'a> {
        EvtxPart {
            job: self,
            reader: ChunkReader::default().only(self.window),
            sink: self.sink(),
            buffer: Vec::with_capacity(CHUNK_SIZE),
            counted: 0,
        }
    }

    fn sink(&self) -> Normalizer<'a> {
        let node = self.member.node_hint.clone();
        Normalizer::new(self.dictionary, self.member.path.clone(), node)
    }

    /// The chunk behind `number` others.
    fn see(&self, number: u64, chunk: &[u8]) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.count = seen.count.max(number + 1);
        if chunk.iter().all(|b| *b == 0) {
            seen.empty.insert(number);
        }
        seen.last_record = seen.last_record.max(last_record_of(chunk));
    }

    /// Tells what the file's header counts and the file does not have.
    fn hold_against(&self, header: &[u8], sink: &mut Normalizer<'_>) {
        let Some(stated) = FileHeader::read(header) else {
            return;
        };
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let zeroed: Vec<u64> = seen.empty.range(..stated.chunks).copied().collect();
        let message = format!(
            "chunks {}: nothing but zeros, and the file's header counts them as used; their records are lost",
            ranges(&zeroed)
        );
        for _ in &zeroed {
            sink.trouble(
                DiagnosticCode::EvtxChunk,
                Locator::Whole,
                true,
                message.clone(),
            );
        }
        if seen.count < stated.chunks {
            let message = format!(
                "the file ends after {} of the {} chunks that its header counts; the others are lost",
                seen.count, stated.chunks
            );
            sink.trouble(DiagnosticCode::Truncated, Locator::Whole, false, message);
        } else if zeroed.is_empty()
            && let Some(last) = seen.last_record
            && last
                .checked_add(1)
                .is_some_and(|next| next < stated.next_record)
        {
            let message = format!(
                "the last record is number {last}, and by the file's header the next would be {}; those between are lost",
                stated.next_record
            );
            sink.trouble(DiagnosticCode::Truncated, Locator::Whole, false, message);
        }
    }

    /// What was read before stays; the loss is told.
    fn stopped(&self, number: u64, error: &std::io::Error, sink: &mut Normalizer<'_>) {
        let message = format!("reading stopped in chunk {number}: {error}");
        sink.trouble(DiagnosticCode::Unreadable, Locator::Whole, false, message);
    }
}

impl EvtxPart<'_> {
    /// The chunk in the buffer.
    fn chunk(&mut self, number: u64) {
        self.job.progress.read(self.buffer.len() as u64);
        self.job.see(number, &self.buffer);
        let EvtxPart {
            job,
            reader,
            sink,
            buffer,
            ..
        } = self;
        match job.messages {
            Some(messages) => reader.read(buffer, number, &mut WithMessages { sink, messages }),
            None => reader.read(buffer, number, sink),
        }
        self.settle();
    }

    fn settle(&mut self) {
        if let Some(budget) = self.job.budget {
            budget.settle(&mut self.sink.records.events, &mut self.counted);
        }
    }

    fn finish(mut self) -> MemberRecords {
        self.reader.finish(&mut self.sink);
        self.settle();
        self.sink.records
    }
}

fn read_evtx(
    member: &Member,
    reading: &Reading<'_>,
    messages: Option<&Messages>,
) -> Result<MemberRecords, ReadError> {
    let window = reading.options.window;
    let job = EvtxJob {
        member,
        dictionary: reading.dictionary,
        messages,
        progress: reading.progress,
        budget: reading.budget,
        window: window.filter(|_| member.size >= PARALLEL_FROM),
        seen: Mutex::default(),
    };
    let threads = rayon::current_num_threads();
    match member.positions()? {
        // Within a budget nothing is kept that may turn out too old: part behind part.
        Some(file) if threads > 1 && member.size >= PARALLEL_FROM && job.budget.is_none() => {
            read_evtx_anywhere(&job, &file)
        }
        _ => read_evtx_stream(&job, threads),
    }
}

/// A log on disk: each thread reads the chunks of its part by itself.
fn read_evtx_anywhere(job: &EvtxJob<'_>, file: &Positions) -> Result<MemberRecords, ReadError> {
    let failed = |source: std::io::Error| ReadError::Read {
        at: Locator::Whole,
        source,
    };
    let mut head = job.sink();
    let mut header = Vec::with_capacity(HEADER_SIZE);
    file.read(0, HEADER_SIZE, &mut header).map_err(failed)?;
    job.progress.read(header.len() as u64);
    check_file_header(&header, &mut head);
    let bytes = job.member.size.saturating_sub(HEADER_SIZE as u64);
    let chunks = bytes.div_ceil(CHUNK_SIZE as u64);
    let parts: Vec<MemberRecords> = (0..chunks.div_ceil(PART))
        .into_par_iter()
        .map(|at| {
            let mut part = job.part();
            for number in at * PART..chunks.min((at + 1) * PART) {
                let place = HEADER_SIZE as u64 + number * CHUNK_SIZE as u64;
                if let Err(error) = file.read(place, CHUNK_SIZE, &mut part.buffer) {
                    job.stopped(number, &error, &mut part.sink);
                    break;
                }
                part.chunk(number);
            }
            part.finish()
        })
        .collect();
    job.hold_against(&header, &mut head);
    let mut all = head.records;
    for part in parts {
        all.absorb(part);
    }
    Ok(all)
}

/// A log that comes as a stream, or that one thread reads. The chunks of a large one
/// are shared out to the threads in batches.
fn read_evtx_stream(job: &EvtxJob<'_>, threads: usize) -> Result<MemberRecords, ReadError> {
    let mut input = job.member.open()?;
    let mut main = job.part();
    let mut header = Vec::with_capacity(HEADER_SIZE);
    bundle::read_next(&mut input, HEADER_SIZE, &mut header).map_err(|source| {
        let at = Locator::Whole;
        ReadError::Read { at, source }
    })?;
    job.progress.read(header.len() as u64);
    check_file_header(&header, &mut main.sink);
    let mut number = 0;
    if threads < 2 || job.member.size < PARALLEL_FROM {
        loop {
            let read = bundle::read_next(&mut input, CHUNK_SIZE, &mut main.buffer);
            let whole = main.buffer.len() == CHUNK_SIZE;
            if !main.buffer.is_empty() {
                main.chunk(number);
            }
            if let Err(error) = read {
                job.stopped(number, &error, &mut main.sink);
                break;
            }
            if !whole {
                break;
            }
            number += 1;
        }
        job.hold_against(&header, &mut main.sink);
        return Ok(main.finish());
    }
    let mut all = MemberRecords::default();
    let mut broken = None;
    // Filled again for every batch.
    let mut buffers: Vec<Vec<u8>> = Vec::new();
    while broken.is_none() {
        let mut filled = 0;
        while filled < BATCH {
            if buffers.len() == filled {
                buffers.push(Vec::with_capacity(CHUNK_SIZE));
            }
            let buffer = &mut buffers[filled];
            let read = bundle::read_next(&mut input, CHUNK_SIZE, buffer);
            let whole = buffer.len() == CHUNK_SIZE;
            broken = read.err().map(|error| (number + filled as u64, error));
            filled += usize::from(!buffer.is_empty());
            if broken.is_some() || !whole {
                break;
            }
        }
        let first: u64 = number;
        number += filled as u64;
        let share = filled.div_ceil(threads).max(1);
        let parts: Vec<MemberRecords> = buffers[..filled]
            .par_chunks_mut(share)
            .enumerate()
            .map(|(at, share_of)| {
                let mut part = job.part();
                for (number, buffer) in (first + (at * share) as u64..).zip(share_of) {
                    std::mem::swap(&mut part.buffer, buffer);
                    part.chunk(number);
                    std::mem::swap(&mut part.buffer, buffer);
                }
                part.finish()
            })
            .collect();
        for part in parts {
            all.absorb(part);
        }
        if let Some(budget) = job.budget {
            budget.trim(&mut all.events);
        }
        if filled < BATCH {
            break;
        }
    }
    if let Some((number, error)) = broken {
        job.stopped(number, &error, &mut main.sink);
    }
    job.hold_against(&header, &mut main.sink);
    let mut head = main.finish();
    head.absorb(all);
    Ok(head)
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
        unlogged: dictionary.absences().to_vec(),
        ..Coverage::default()
    };
    let mut inventory = Inventory::default();
    let mut events: Vec<Event> = Vec::new();
    let zones = Zones {
        offsets: parts
            .iter()
            .filter_map(|p| Some((p.file.node.clone()?, p.utc_offset_minutes?)))
            .collect(),
        standard: parts.iter().flat_map(standard_offsets).collect(),
        given: options.zone.clone(),
    };
    let local: BTreeMap<Arc<str>, DateTime> = parts
        .iter()
        .filter_map(|p| Some((p.file.path.clone(), p.collected_local?)))
        .collect();
    // Of each file of messages that was used: its events, and the node of its log.
    let mut told: BTreeMap<Arc<str>, (u64, Option<NodeName>)> = BTreeMap::new();
    let mut parts = parts;
    time_basis::find(&mut parts, &mut diagnostics);
    for mut part in parts {
        if let Some(time) = report_time(&part, &zones, &mut diagnostics) {
            part.file.first = Some(time);
            part.file.last = Some(time);
            events.extend(refresh_event(&part, time));
        }
        for event in &mut part.records.events {
            place_inside(event, &zones, &mut diagnostics);
        }
        if let Some((file, events)) = part.messages.take() {
            told.insert(file.path.clone(), (events, part.file.node.clone()));
            coverage.messages.insert(part.file.path.clone(), file);
        }
        coverage.gaps.extend(gaps(&part));
        if lost_its_end(&part) {
            coverage.cut.insert(part.file.path.clone());
        }
        part.file.first_record = part.records.ids.lowest();
        for (key, n) in std::mem::take(&mut part.records.unknown) {
            *coverage.unknown.entry(key).or_default() += n;
        }
        diagnostics.absorb(std::mem::take(&mut part.records.diagnostics));
        append(&mut events, part.records.events);
        inventory.snapshots.append(&mut part.records.snapshots);
        inventory.objects.append(&mut part.records.objects);
        inventory.cluster = inventory.cluster.take().or(part.cluster);
        for (node, facts) in part.facts {
            join_facts(inventory.nodes.entry(node).or_default(), facts);
        }
        coverage.files.push(part.file);
    }
    for file in &mut coverage.files {
        if let Some((events, node)) = told.remove(&file.path) {
            file.records_read = events;
            file.node = node;
        }
    }
    read_objects(&mut inventory);
    for (file, notes) in said {
        tell_unknown_subjects(&notes, &events, &inventory, &mut diagnostics);
        coverage.files.push(file);
        events.extend(notes);
    }
    date_exports(&mut inventory, &coverage, &local, &zones, &mut diagnostics);
    coverage.files.sort_by(|a, b| a.path.cmp(&b.path));
    coverage.gaps.sort_by(|a, b| {
        (&a.path, &a.channel, a.after_record).cmp(&(&b.path, &b.channel, b.after_record))
    });
    inventory.snapshots.sort_by(|a, b| {
        (a.taken, &a.node, &a.vm, &a.source).cmp(&(b.taken, &b.node, &b.vm, &b.source))
    });
    inventory.objects.sort_by(|a, b| {
        (&a.class, &a.node, a.taken, &a.source).cmp(&(&b.class, &b.node, b.taken, &b.source))
    });
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.par_sort_by(|a, b| events[*a].order_key().cmp(&events[*b].order_key()));
    arrange(&mut events, order);
    drop_copies(&mut events);
    coverage.named_nodes = named_nodes(&events);
    coverage.named_nodes.extend(members_of(&inventory));
    inventory.cluster = inventory.cluster.take().or_else(|| {
        let mut named = events.iter().rev().filter_map(|e| e.fields.get("cluster"));
        named.next().map(str::to_owned)
    });
    if let Some(window) = &options.window {
        events.retain(|e| window.contains(e.time));
        clip(&mut coverage, &mut inventory, window);
    }
    Gathered {
        events,
        coverage,
        inventory,
        diagnostics,
    }
}

/// Moves values behind others; where there are none, nothing is copied.
fn append<T>(all: &mut Vec<T>, mut more: Vec<T>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.append(&mut more);
    }
}

/// A note about a VM that nothing else names is kept, and told.
fn tell_unknown_subjects(
    notes: &[Event],
    events: &[Event],
    inventory: &Inventory,
    diagnostics: &mut Diagnostics,
) {
    let exported: Vec<VmName> = of_class(inventory, "VM")
        .filter_map(|vm| VmName::new(vm.properties.get("Name")?))
        .collect();
    let mut named: BTreeSet<&str> = inventory.snapshots.iter().map(|s| s.vm.key()).collect();
    named.extend(exported.iter().map(VmName::key));
    named.extend(
        events
            .iter()
            .filter_map(|e| Some(e.subject.vm.as_ref()?.key())),
    );
    named.extend(
        events
            .iter()
            .filter_map(|e| Some(e.subject.group.as_ref()?.key())),
    );
    for note in notes {
        if let Some(vm) = note
            .subject
            .vm
            .as_ref()
            .filter(|vm| !named.contains(vm.key()))
        {
            diagnostics.push(
                DiagnosticCode::UnknownSubject,
                note.source.clone(),
                format!("no log names a VM {vm}"),
            );
        }
    }
}

fn of_class<'i>(
    inventory: &'i Inventory,
    class: &'i str,
) -> impl Iterator<Item = &'i ExportedObject> {
    inventory.objects.iter().filter(move |o| &*o.class == class)
}

/// The nodes that exports of the cluster list.
fn members_of(inventory: &Inventory) -> Vec<NodeName> {
    of_class(inventory, "ClusterNode")
        .filter_map(|o| o.node.clone())
        .collect()
}

/// What exported objects say of nodes and of the cluster.
fn read_objects(inventory: &mut Inventory) {
    let mut found: Vec<(NodeName, NodeFacts)> = Vec::new();
    let mut cluster = None;
    for object in &inventory.objects {
        let text = |name: &str| object.properties.get(name).map(|value| &**value);
        let mut facts = NodeFacts::default();
        match &*object.class {
            "Cluster" => {
                cluster = cluster.or_else(|| text("Name").map(str::to_owned));
                continue;
            }
            "ClusterNode" => {
                facts.build = text("BuildNumber").and_then(|b| b.parse().ok());
            }
            "OperatingSystem" => {
                facts.os = text("Caption").map(|os| os.trim().to_owned());
                facts.build = text("BuildNumber").and_then(|b| b.parse().ok());
            }
            "HotFix" => {
                let id = text("HotFixID").map(str::trim).unwrap_or_default();
                let number = id.get(2..).unwrap_or_default();
                let is_update = id.get(..2).is_some_and(|kb| kb.eq_ignore_ascii_case("KB"))
                    && !number.is_empty()
                    && number.bytes().all(|b| b.is_ascii_digit());
                if !is_update {
                    continue;
                }
                facts.updates.push(id.to_uppercase());
            }
            _ => continue,
        }
        if let Some(node) = &object.node {
            found.push((node.clone(), facts));
        }
    }
    for (node, facts) in found {
        join_facts(inventory.nodes.entry(node).or_default(), facts);
    }
    inventory.cluster = inventory.cluster.take().or(cluster);
}

fn join_facts(known: &mut NodeFacts, more: NodeFacts) {
    known.os = known.os.take().or(more.os);
    known.build = known.build.or(more.build);
    known.updates.extend(more.updates);
    known.updates.sort();
    known.updates.dedup();
}

/// An offset of a node; of any node when all that are known agree, since the nodes
/// of one cluster stand in one zone as a rule.
fn known(offsets: &BTreeMap<NodeName, i32>, node: Option<&NodeName>) -> Option<i32> {
    node.and_then(|n| offsets.get(n)).copied().or_else(|| {
        let mut all = offsets.values().copied();
        let first = all.next()?;
        all.all(|o| o == first).then_some(first)
    })
}

/// What the records of a log state of their node's zone, last word last.
fn standard_offsets(part: &Part) -> impl Iterator<Item = (NodeName, i32)> + '_ {
    part.records.events.iter().filter_map(|event| {
        let zone = event.fields.get("zone")?;
        let bias: i32 = zone.split(' ').next()?.parse().ok()?;
        (event.kind == EventKind::OsUptime).then_some((event.node.clone()?, -bias))
    })
}

/// When a report was made. Its name has the local time of the node, without its zone.
fn report_time(part: &Part, zones: &Zones, diagnostics: &mut Diagnostics) -> Option<Moment> {
    let report = part.report.as_ref()?;
    let source = SourceRef::new(part.file.path.clone(), Locator::Whole);
    let Some((time, doubt)) = report
        .local
        .and_then(|c| zones.to_utc(c, part.file.node.as_ref()))
    else {
        if report.is_refresh() {
            diagnostics.push(
                DiagnosticCode::Time,
                source,
                "the name of this report of a refresh has no time that can be read; it is not placed in time",
            );
        }
        return None;
    };
    if let Some(doubt) = doubt {
        diagnostics.push(DiagnosticCode::TimeBasis, source, doubt);
    }
    Some(time)
}

/// Puts a time that stands inside a record, by its node's clock and without its zone, into
/// UTC. Where nothing sure tells the zone it stays as it is, and reports say that it is
/// local.
fn place_inside(event: &mut Event, zones: &Zones, diagnostics: &mut Diagnostics) {
    let Some(local) = event.fields.get("until").and_then(local_inside) else {
        return;
    };
    match zones.to_utc(local, event.node.as_ref()) {
        Some((time, None)) => event.fields.set("until", time.to_string()),
        _ => diagnostics.push(
            DiagnosticCode::TimeBasis,
            event.source.clone(),
            format!("the record names the local time {local}, and nothing sure gives its zone (give --tz)"),
        ),
    }
}

/// The refresh of a VM's configuration, by the report that it leaves.
fn refresh_event(part: &Part, time: Moment) -> Option<Event> {
    let vm = part.report.as_ref()?.vm.as_ref()?;
    let mut fields = Fields::new();
    fields.set("tool", "Update-ClusterVirtualMachineConfiguration");
    Some(Event {
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
        message: None,
        source: SourceRef::new(part.file.path.clone(), Locator::Whole),
    })
}

/// Whether something of a log is lost that may have stood behind its last event.
fn lost_its_end(part: &Part) -> bool {
    let kind = part.file.kind;
    kind.is_log()
        && (kind == FileKind::Evtx && part.file.records_failed > 0
            || part.records.diagnostics.iter().any(|d| match d.code {
                DiagnosticCode::Truncated | DiagnosticCode::Unreadable | DiagnosticCode::Limit => {
                    d.source.member == part.file.path
                }
                DiagnosticCode::Syntax => kind == FileKind::EventXml,
                _ => false,
            }))
}

/// Where record ids of one channel jump inside one member.
fn gaps(part: &Part) -> impl Iterator<Item = RecordGap> + '_ {
    let jumps = part.records.ids.jumps().into_iter();
    jumps.map(|(channel, before, behind)| RecordGap {
        path: part.file.path.clone(),
        node: part.file.node.clone(),
        channel,
        after_record: before.0,
        before_record: behind.0,
        window: Window::new(before.1, behind.1),
    })
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

/// The local time that collectors put into the name of a collection
/// (`HealthTest-CL01-20240514-1130.ZIP`), from the innermost name that has one.
fn time_in_name(path: &str) -> Option<DateTime> {
    static STAMP: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"-(\d{8}-\d{4})(?:\.zip!)?/").ok());
    let stamp = STAMP.as_ref()?.captures_iter(&path.to_lowercase()).last()?[1].to_owned();
    DateTime::strptime("%Y%m%d-%H%M", stamp).ok()
}

/// Exports carry no time. A collection is made at once, so the latest event in its
/// logs dates it; a collection without logs is dated by its name or the time of its
/// files, which are local.
fn date_exports(
    inventory: &mut Inventory,
    coverage: &Coverage,
    local: &BTreeMap<Arc<str>, DateTime>,
    zones: &Zones,
    diagnostics: &mut Diagnostics,
) {
    let mut latest: BTreeMap<&str, Moment> = BTreeMap::new();
    for file in coverage.files.iter().filter(|f| f.kind == FileKind::Evtx) {
        if let Some(last) = file.last {
            let known = latest.entry(collection(&file.path)).or_insert(last);
            *known = last.max(*known);
        }
    }
    let mut doubted: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut date = |source: &SourceRef, node: Option<&NodeName>| {
        let member = &source.member;
        if let Some(latest) = latest.get(collection(member)) {
            return Some(*latest);
        }
        let (taken, doubt) = zones.to_utc(*local.get(member)?, node)?;
        if let Some(doubt) = doubt
            && doubted.insert(member.clone())
        {
            diagnostics.push(DiagnosticCode::TimeBasis, source.clone(), doubt);
        }
        Some(taken)
    };
    for snapshot in &mut inventory.snapshots {
        if let Some(taken) = date(&snapshot.source, snapshot.node.as_ref()) {
            snapshot.taken = taken;
        }
    }
    for object in &mut inventory.objects {
        if let Some(taken) = date(&object.source, object.node.as_ref()) {
            object.taken = taken;
        }
    }
}

/// What is known of the zones of local times.
struct Zones {
    /// Minutes east of UTC by the headers of the nodes' logs.
    offsets: BTreeMap<NodeName, i32>,
    /// Minutes east of UTC without daylight saving time, as event 6013 states.
    standard: BTreeMap<NodeName, i32>,
    /// The zone that was given.
    given: Option<TimeZone>,
}

impl Zones {
    /// A local time of a node as UTC, with what is doubtful about it. `None` when
    /// the clock never showed it.
    fn to_utc(&self, civil: DateTime, node: Option<&NodeName>) -> Option<(Moment, Option<String>)> {
        let by_header = known(&self.offsets, node);
        let standard = known(&self.standard, node);
        let utc = |minutes: i32| match civil_to_utc(civil, &TimeZone::UTC) {
            CivilInstant::One(time) => Some(time.plus_seconds(-60.0 * f64::from(minutes))),
            _ => None,
        };
        match (by_header, &self.given, standard) {
            (Some(minutes), _, _) => Some((utc(minutes)?, None)),
            (None, Some(zone), _) => match civil_to_utc(civil, zone) {
                CivilInstant::One(time) => Some((time, None)),
                CivilInstant::Ambiguous { earlier, later } => Some((
                    earlier,
                    Some(format!(
                        "the local time {civil} was shown twice, at {earlier} and {later}; the earlier is taken"
                    )),
                )),
                CivilInstant::Skipped => None,
            },
            (None, None, Some(minutes)) => Some((
                utc(minutes)?,
                Some(format!(
                    "the local time {civil} is taken as UTC{minutes:+} min, the zone that event 6013 states, \
                     without daylight saving time (give --tz to be sure)"
                )),
            )),
            (None, None, None) => Some((
                utc(0)?,
                Some(format!(
                    "nothing gives the zone of the local time {civil}; taken as UTC (give --tz)"
                )),
            )),
        }
    }
}

/// The same record collected twice (a bundle inside a bundle, a folder beside its
/// ZIP) is one event: the copy with the first path is kept. A message that only another
/// copy brings is kept with it.
fn drop_copies(events: &mut Vec<Event>) {
    type Said<'e> = (
        Option<u64>,
        EventKind,
        Option<&'e NodeName>,
        &'e Origin,
        &'e Subject,
        &'e Fields,
    );
    let mut keep = vec![true; events.len()];
    let mut brought: Vec<(usize, Arc<str>)> = Vec::new();
    let mut begin = 0;
    while begin < events.len() {
        let instant = events[begin].time;
        let len = events[begin..].partition_point(|e| e.time == instant);
        let group = &events[begin..begin + len];
        if len > 1 {
            let mut first_of: FxHashMap<Said<'_>, usize> = FxHashMap::default();
            for (at, event) in group.iter().enumerate() {
                let said = (
                    event.source.record(),
                    event.kind,
                    event.node.as_ref(),
                    &event.origin,
                    &event.subject,
                    &event.fields,
                );
                let first = *first_of.entry(said).or_insert(at);
                keep[begin + at] = group[first].source.member == event.source.member;
                if !keep[begin + at]
                    && group[first].message.is_none()
                    && let Some(message) = &event.message
                {
                    brought.push((begin + first, message.clone()));
                }
            }
        }
        begin += len;
    }
    for (at, message) in brought {
        events[at].message.get_or_insert(message);
    }
    let mut keep = keep.into_iter();
    events.retain(|_| keep.next().unwrap_or(true));
}

/// Whether a record can only be written by a node of a Hyper-V cluster.
fn is_of_a_node(origin: &Origin) -> bool {
    match origin {
        Origin::EventLog { provider, .. } => {
            provider.contains("FailoverClustering") || provider.contains("Hyper-V")
        }
        Origin::ClusterLog { .. } => true,
        Origin::Note | Origin::Inventory | Origin::Derived => false,
    }
}

/// Every node that an event names as one, or that wrote a record of Hyper-V or of the
/// cluster. Other machines whose logs lie in a bundle, and the name that a host had
/// while it was set up, are no nodes.
fn named_nodes(events: &[Event]) -> BTreeSet<NodeName> {
    let mut names = BTreeSet::new();
    for event in events {
        let subject = &event.subject;
        if is_of_a_node(&event.origin) {
            names.extend(event.node.iter().cloned());
        }
        for node in [&subject.node, &subject.from_node, &subject.to_node] {
            names.extend(node.iter().cloned());
        }
    }
    names
}

/// What was cut away was not looked at: the logs cover the window and no more.
fn clip(coverage: &mut Coverage, inventory: &mut Inventory, window: &Window) {
    for file in &mut coverage.files {
        match (file.first, file.last) {
            (Some(first), Some(last)) if first <= window.to && window.from <= last => {
                // What was cut away lay behind the window.
                if last >= window.to {
                    coverage.cut.remove(&file.path);
                }
                file.first = Some(first.max(window.from));
                file.last = Some(last.min(window.to));
            }
            _ => {
                file.first = None;
                file.last = None;
                if file.kind.is_log() {
                    file.channels.clear();
                }
            }
        }
    }
    inventory.snapshots.retain(|s| window.contains(s.taken));
    clip_objects(inventory, window);
}

/// Of each class and node the exports in the window are kept. Where there is none, the
/// last one before its end is, else the first one: it is the only one there is to ask.
fn clip_objects(inventory: &mut Inventory, window: &Window) {
    type Times = BTreeSet<Moment>;
    let mut times: BTreeMap<(Arc<str>, Option<NodeName>), Times> = BTreeMap::new();
    for object in &inventory.objects {
        let key = (object.class.clone(), object.node.clone());
        times.entry(key).or_default().insert(object.taken);
    }
    for kept in times.values_mut() {
        let inside: Times = kept
            .iter()
            .copied()
            .filter(|t| window.contains(*t))
            .collect();
        let before = kept.range(..=window.to).next_back();
        *kept = match (inside.is_empty(), before.or_else(|| kept.first())) {
            (true, Some(only)) => Times::from([*only]),
            _ => inside,
        };
    }
    inventory.objects.retain(|object| {
        let key = (object.class.clone(), object.node.clone());
        times
            .get(&key)
            .is_some_and(|kept| kept.contains(&object.taken))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collectors_put_their_time_into_names() {
        let cases = [
            (
                "b.zip!/HealthTest-CL01-20180612-1400.ZIP!/Node_HV01/GetVM.xml",
                Some("2018-06-12T14:00:00"),
            ),
            (
                "HealthTest-CL01-20180612-1400/Node_HV01/GetVM.xml",
                Some("2018-06-12T14:00:00"),
            ),
            ("b.zip!/Node_HV01/GetVM.xml", None),
        ];
        for (path, time) in cases {
            assert_eq!(
                time_in_name(path).map(|t| t.to_string()).as_deref(),
                time,
                "{path}"
            );
        }
    }

    #[test]
    fn a_window_keeps_the_exports_in_it_else_the_one_in_force() {
        let at = |hour: u32| Moment::parse(&format!("2024-05-14T{hour:02}:00:00Z")).unwrap();
        let kept = |hours: &[u32], from: u32, to: u32| {
            let object = |hour: &u32| ExportedObject {
                taken: at(*hour),
                node: None,
                class: "Cluster".into(),
                properties: BTreeMap::new(),
                source: SourceRef::new("GetCluster.XML".into(), Locator::Entry(1)),
            };
            let mut inventory = Inventory {
                objects: hours.iter().map(object).collect(),
                ..Inventory::default()
            };
            clip_objects(&mut inventory, &Window::new(at(from), at(to)));
            let taken: Vec<Moment> = inventory.objects.iter().map(|o| o.taken).collect();
            taken
        };
        assert_eq!(kept(&[1, 5, 6, 12], 4, 8), [at(5), at(6)]);
        assert_eq!(kept(&[1, 2, 12], 4, 8), [at(2)]);
        assert_eq!(kept(&[12, 13], 4, 8), [at(12)]);
        assert_eq!(kept(&[], 4, 8), []);
    }

    #[test]
    fn a_cut_behind_the_window_is_none_inside_it() {
        let at = |hour: u32| Moment::parse(&format!("2024-05-14T{hour:02}:00:00Z")).unwrap();
        let file = |path: &str, last: u32| FileCoverage {
            path: path.into(),
            kind: FileKind::Evtx,
            node: None,
            channels: BTreeSet::new(),
            records_read: 9,
            records_failed: 0,
            first: Some(at(1)),
            last: Some(at(last)),
            first_record: None,
            time_basis: TimeBasis::Utc,
        };
        let mut coverage = Coverage {
            files: vec![file("long", 9), file("short", 3)],
            cut: BTreeSet::from(["long".into(), "short".into()]),
            ..Coverage::default()
        };
        let window = Window::new(at(2), at(6));
        clip(&mut coverage, &mut Inventory::default(), &window);
        assert_eq!(coverage.cut, BTreeSet::from(["short".into()]));
        assert_eq!(coverage.files[0].last, Some(at(6)));
    }

    #[test]
    fn a_copy_brings_its_message_to_the_one_that_is_kept() {
        let event = |member: &str, message: Option<&str>| Event {
            time: Moment::MIN,
            precision: Precision::Tick,
            node: None,
            kind: EventKind::Remark,
            severity: Severity::Info,
            origin: Origin::Note,
            subject: Subject::default(),
            fields: Fields::new(),
            message: message.map(Into::into),
            source: SourceRef::new(member.into(), Locator::Record(7)),
        };
        let mut events = vec![
            event("a", None),
            event("b", Some("of b")),
            event("c", Some("of c")),
        ];
        drop_copies(&mut events);
        assert_eq!(events, [event("a", Some("of b"))]);
    }

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
