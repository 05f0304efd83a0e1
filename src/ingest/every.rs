//! Every record of every log, member by member in path order and each in the order of
//! its file, to whoever takes them: nothing is merged, and nothing is kept.
//!
//! Parts are read at the same time and taken one behind the other, so memory holds some
//! parts of some megabytes, whatever the size of the input.

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use super::{IngestError, PARALLEL_FROM, Progress};
use crate::model::coverage::FileKind;
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::source::Locator;
use crate::readers::bundle::{self, Limits, Member, Positions};
use crate::readers::cluster_log::{self, ClusterLogOptions};
use crate::readers::error::ReadError;
use crate::readers::evtx::{CHUNK_SIZE, ChunkReader, HEADER_SIZE, check_file_header};
use crate::readers::raw::{InFront, RecordSink};
use crate::readers::rendered::{self, CsvOptions};

/// Chunks of one part (1 MiB).
const CHUNKS: u64 = 16;
/// Parts that are read before they are taken, for each thread.
const AHEAD: usize = 4;
/// Small members that are read before they are taken, in bytes together.
const TOGETHER: u64 = 16 << 20;

/// Takes what a reader says of one part of a member.
pub trait PartSink: RecordSink + Send {
    /// Whether it should be taken, and a new one go on.
    fn is_full(&self) -> bool;
}

/// Who makes sinks for parts of members, and takes them when they are filled.
pub trait Parts: Sync {
    /// What a part is read into.
    type Sink: PartSink;
    /// For a part of a member.
    fn begin(&self, member: &Member) -> Self::Sink;
}

/// Why not every record was told.
#[derive(Debug, thiserror::Error)]
pub enum EveryError {
    /// A given path cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Whoever takes the parts cannot go on.
    #[error(transparent)]
    Take(#[from] io::Error),
}

impl From<ReadError> for EveryError {
    fn from(error: ReadError) -> Self {
        EveryError::Ingest(error.into())
    }
}

/// Reads every record below `paths` and hands the parts over in order. What was found
/// wrong with archives and paths is returned; what with records was told to the sinks.
///
/// # Errors
/// When a path does not exist, or `take` fails.
pub fn every<P: Parts>(
    paths: &[PathBuf],
    limits: &Limits,
    zone: Option<&jiff::tz::TimeZone>,
    progress: &dyn Progress,
    parts: &P,
    take: &mut dyn FnMut(P::Sink) -> io::Result<()>,
) -> Result<Diagnostics, EveryError> {
    let mut diagnostics = Diagnostics::new();
    let mut members = bundle::discover(paths, limits, &mut diagnostics)?;
    members.retain(|m| m.kind.is_log());
    progress.found(members.len(), members.iter().map(|m| m.size).sum());
    let job = Job {
        parts,
        zone,
        progress,
    };
    let mut rest = members.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        if first.size >= PARALLEL_FROM {
            job.large(first, take)?;
            rest = behind;
            continue;
        }
        let mut bytes = 0;
        let small = rest.iter().take_while(|member| {
            bytes += member.size;
            member.size < PARALLEL_FROM && bytes <= TOGETHER
        });
        let (now, later) = rest.split_at(small.count().max(1));
        let filled: Vec<P::Sink> = now.par_iter().map(|member| job.whole(member)).collect();
        for sink in filled {
            take(sink)?;
        }
        rest = later;
    }
    Ok(diagnostics)
}

struct Job<'a, P> {
    parts: &'a P,
    zone: Option<&'a jiff::tz::TimeZone>,
    progress: &'a dyn Progress,
}

impl<P: Parts> Job<'_, P> {
    /// A member as one part.
    fn whole(&self, member: &Member) -> P::Sink {
        let mut sink = self.parts.begin(member);
        if let Err(error) = self.read(member, &mut sink) {
            lost(&mut sink, &error.to_string());
        }
        sink
    }

    /// A member in many parts.
    fn large(
        &self,
        member: &Member,
        take: &mut dyn FnMut(P::Sink) -> io::Result<()>,
    ) -> io::Result<()> {
        let positions = match member.kind {
            FileKind::Evtx => member.positions().unwrap_or_default(),
            _ => None,
        };
        if let Some(file) = positions {
            return self.chunks(member, &file, take);
        }
        let mut sink = Draining {
            sink: self.parts.begin(member),
            job: self,
            member,
            take,
            failed: Ok(()),
        };
        if let Err(error) = self.read(member, &mut sink) {
            lost(&mut sink, &error.to_string());
        }
        let Draining {
            sink, take, failed, ..
        } = sink;
        failed.and_then(|()| take(sink))
    }

    /// An event log on disk: parts of it are read at the same time.
    fn chunks(
        &self,
        member: &Member,
        file: &Positions,
        take: &mut dyn FnMut(P::Sink) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut head = self.parts.begin(member);
        let mut header = Vec::with_capacity(HEADER_SIZE);
        if let Err(error) = file.read(0, HEADER_SIZE, &mut header) {
            lost(&mut head, &error.to_string());
        }
        check_file_header(&header, &mut head);
        take(head)?;
        let bytes = member.size.saturating_sub(HEADER_SIZE as u64);
        let chunks = bytes.div_ceil(CHUNK_SIZE as u64);
        let ahead = CHUNKS * (AHEAD * rayon::current_num_threads()) as u64;
        let mut from = 0;
        while from < chunks {
            let to = chunks.min(from + ahead);
            let filled: Vec<P::Sink> = (0..(to - from).div_ceil(CHUNKS))
                .into_par_iter()
                .map_init(
                    || (ChunkReader::default(), Vec::with_capacity(CHUNK_SIZE)),
                    |(reader, buffer), part| {
                        let mut sink = self.parts.begin(member);
                        let first = from + part * CHUNKS;
                        for number in first..to.min(first + CHUNKS) {
                            let place = HEADER_SIZE as u64 + number * CHUNK_SIZE as u64;
                            if let Err(error) = file.read(place, CHUNK_SIZE, buffer) {
                                lost(&mut sink, &format!("chunk {number}: {error}"));
                                break;
                            }
                            self.progress.read(buffer.len() as u64);
                            reader.read(buffer, number, &mut sink);
                        }
                        reader.finish(&mut sink);
                        sink
                    },
                )
                .collect();
            for sink in filled {
                take(sink)?;
            }
            from = to;
        }
        Ok(())
    }

    /// A member from its start to its end.
    fn read(&self, member: &Member, sink: &mut dyn RecordSink) -> Result<(), ReadError> {
        let mut input = member.open()?;
        match member.kind {
            FileKind::Evtx => {
                let failed = |source| ReadError::Read {
                    at: Locator::Whole,
                    source,
                };
                let mut buffer = Vec::with_capacity(CHUNK_SIZE);
                bundle::read_next(&mut input, HEADER_SIZE, &mut buffer).map_err(failed)?;
                self.progress.read(buffer.len() as u64);
                check_file_header(&buffer, sink);
                let mut reader = ChunkReader::default();
                for number in 0.. {
                    let read = bundle::read_next(&mut input, CHUNK_SIZE, &mut buffer);
                    self.progress.read(buffer.len() as u64);
                    let whole = buffer.len() == CHUNK_SIZE;
                    if !buffer.is_empty() {
                        reader.read(&mut buffer, number, sink);
                    }
                    read.map_err(failed)?;
                    if !whole {
                        break;
                    }
                }
                reader.finish(sink);
                return Ok(());
            }
            FileKind::ClusterLog => {
                let options = ClusterLogOptions {
                    zone: self.zone.cloned(),
                };
                cluster_log::read(&mut input, &options, sink)?;
            }
            FileKind::EventXml => {
                rendered::read_xml(&mut input, sink)?;
            }
            FileKind::EventCsv => {
                let options = CsvOptions {
                    zone: self.zone.cloned(),
                };
                rendered::read_csv(&mut input, &options, sink)?;
            }
            _ => {}
        }
        self.progress.read(member.size);
        Ok(())
    }
}

/// What was read before stays; the loss is told.
fn lost(sink: &mut dyn RecordSink, message: &str) {
    let message = message.to_owned();
    sink.trouble(DiagnosticCode::Unreadable, Locator::Whole, true, message);
}

/// Hands a sink on whenever it is full.
struct Draining<'a, P: Parts> {
    sink: P::Sink,
    job: &'a Job<'a, P>,
    member: &'a Member,
    take: &'a mut dyn FnMut(P::Sink) -> io::Result<()>,
    failed: io::Result<()>,
}

impl<P: Parts> InFront for Draining<'_, P> {
    fn behind(&self) -> &dyn RecordSink {
        &self.sink
    }

    fn behind_mut(&mut self) -> &mut dyn RecordSink {
        &mut self.sink
    }

    fn handed_on(&mut self) {
        if self.sink.is_full() && self.failed.is_ok() {
            let next = self.job.parts.begin(self.member);
            self.failed = (self.take)(std::mem::replace(&mut self.sink, next));
        }
    }
}
