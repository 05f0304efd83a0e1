//! Reading the input that several subcommands share, with progress on a terminal.

use std::io::Read;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use vmtrail::ingest::{self, Options, Progress};
use vmtrail::model::Gathered;
use vmtrail::model::coverage::{FileCoverage, FileKind};
use vmtrail::model::id::{NodeName, VmId, VmName};
use vmtrail::model::text::Lang;
use vmtrail::model::{Moment, Window};
use vmtrail::normalize::Dictionary;
use vmtrail::redact::Key;
use vmtrail::timeline::{Timeline, VmIndex, VmTrail};

use super::args::InputArgs;
use super::{CannotRun, Result, redact, settings};

/// Input that was read and joined, and how to speak of it.
pub struct Input {
    /// The joined view.
    pub timeline: Timeline,
    /// Zone for showing times.
    pub zone: TimeZone,
    /// Language of what is said.
    pub lang: Lang,
    /// What the names stand for, where they are pseudonyms.
    pub key: Option<Key>,
}

impl Input {
    /// A name as the timeline knows it: a real one is typed also where pseudonyms are
    /// shown.
    pub fn meant(&self, asked: &str) -> String {
        match &self.key {
            Some(key) => key.translate(asked).to_owned(),
            None => asked.to_owned(),
        }
    }

    /// The VMs that are called so, by name or id, in the timeline's order. A name that
    /// several VMs have means all of them.
    pub fn vms(&self, asked: &[String]) -> Result<Vec<VmIndex>> {
        let is = |vm: &VmTrail, asked: &String| {
            let by_id = VmId::parse(asked).filter(|id| vm.id == Some(*id));
            let by_name = VmName::new(asked).filter(|name| {
                vm.name.as_ref() == Some(name) || vm.names.iter().any(|n| n.state == *name)
            });
            by_id.is_some() || by_name.is_some()
        };
        let asked: Vec<String> = asked.iter().map(|a| self.meant(a)).collect();
        let vms = &self.timeline.vms;
        if let Some(unknown) = asked.iter().find(|a| !vms.iter().any(|vm| is(vm, a))) {
            let known: Vec<String> = vms.iter().map(VmTrail::label).collect();
            return Err(CannotRun(format!(
                "no VM is called {unknown}; the logs name {}",
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            )));
        }
        Ok((0..vms.len())
            .filter(|&at| asked.iter().any(|a| is(&vms[at], a)))
            .collect())
    }

    /// The nodes that are called so.
    pub fn nodes(&self, asked: &[String]) -> Result<Vec<NodeName>> {
        let known = &self.timeline.nodes;
        let node = |asked: &String| {
            NodeName::new(&self.meant(asked))
                .filter(|n| known.iter().any(|t| t.name == *n))
                .ok_or_else(|| {
                    let names: Vec<&str> = known.iter().map(|n| n.name.as_str()).collect();
                    CannotRun(format!(
                        "--node: no node is called {asked}; the logs name {}",
                        if names.is_empty() {
                            "none".to_owned()
                        } else {
                            names.join(", ")
                        }
                    ))
                })
        };
        asked.iter().map(node).collect()
    }
}

/// Totals on standard error, on a terminal only.
struct Bar(ProgressBar);

impl Progress for Bar {
    fn found(&self, members: usize, bytes: u64) {
        self.0.set_length(bytes);
        self.0.set_message(format!("{members} files"));
    }

    fn read(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

/// The built-in dictionary, with that of a directory added or replacing it.
pub fn dictionary(dir: Option<&Path>) -> Result<Dictionary> {
    let dictionary = Dictionary::embedded()?;
    Ok(match dir {
        Some(dir) => dictionary.with_dir(dir)?,
        None => dictionary,
    })
}

/// Reads and joins everything that the arguments name.
pub fn read(args: &InputArgs) -> Result<Input> {
    let zone = settings::zone(args.tz.as_deref())?;
    let lang = settings::language(args.lang);
    let dictionary = dictionary(args.dictionary.as_deref())?;
    let options = Options {
        zone: zone.clone(),
        notes: notes_of(&args.notes, &args.paths),
        lang,
        window: settings::window(args.from.as_deref(), args.to.as_deref(), zone.as_ref())?,
        memory: args.memory,
        ..Options::default()
    };
    let mut sides = vec![gather(&args.paths, &options, &dictionary)?];
    let key = match args.redact.redact {
        true => Some(redact::redact(
            &mut sides,
            args.redact.redact_key.as_deref(),
        )?),
        false => None,
    };
    Ok(Input {
        timeline: Timeline::build(sides.pop().unwrap_or_default()),
        zone: zone.unwrap_or(TimeZone::UTC),
        lang,
        key,
    })
}

/// Reads what lies below some paths; nothing to analyze is an error.
pub fn gather(paths: &[PathBuf], options: &Options, dictionary: &Dictionary) -> Result<Gathered> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template("{bytes}/{total_bytes} {bytes_per_sec} {wide_bar} {msg} {eta}")
    {
        bar.set_style(style);
    }
    let progress = Bar(bar);
    let gathered = ingest::gather(paths, options, dictionary, &progress);
    progress.0.finish_and_clear();
    let gathered = gathered?;
    let files = &gathered.coverage.files;
    let usable =
        (files.iter()).any(|f| f.kind.is_log() && f.records_read > 0 || f.kind == FileKind::Notes);
    let false_archives = paths.iter().filter_map(|p| false_archive(p, files));
    let false_archives: Vec<String> = false_archives.collect();
    if !usable {
        return Err(nothing_in(&gathered, &false_archives));
    }
    for why in &false_archives {
        super::tell(&format!("{why}; it was left out"));
    }
    if gathered.events.is_empty()
        && let Some(window) = &options.window
    {
        // What lies outside of a window is not kept, so its reach needs a look of its own.
        let whole = Options {
            window: None,
            ..options.clone()
        };
        let all = ingest::gather(paths, &whole, dictionary, &ingest::Silent)?;
        return Err(nothing_between(window, &all));
    }
    Ok(gathered)
}

/// Why a file that is named like an archive is none, and nothing else that can be read;
/// `None` for all else.
fn false_archive(path: &Path, files: &[FileCoverage]) -> Option<String> {
    let what = match path
        .extension()?
        .to_string_lossy()
        .to_ascii_lowercase()
        .as_str()
    {
        "zip" => "a ZIP archive",
        "cab" => "a CAB archive",
        _ => return None,
    };
    let name = path.file_name()?.to_string_lossy();
    let was_read = |f: &FileCoverage| *f.path == *name && f.records_read > 0;
    if !path.is_file() || files.iter().any(was_read) {
        return None;
    }
    let mut begin = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(4).read_to_end(&mut begin).ok()?;
    if begin.is_empty() {
        return Some(format!("{} is empty, not {what}", path.display()));
    }
    // ZIP, CAB, and programs that unpack themselves.
    let is_archive = [&b"PK"[..], b"MSCF", b"MZ"]
        .iter()
        .any(|b| begin.starts_with(b));
    (!is_archive).then(|| format!("{} is not {what}", path.display()))
}

/// The notes that were named, and those that lie beside a bundle under its name
/// (`bundle.zip`, `bundle.notes.yaml`).
pub fn notes_of(named: &[PathBuf], paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut notes = named.to_vec();
    for path in paths {
        let beside = path.with_extension("notes.yaml");
        let same = |other: &PathBuf| match (other.canonicalize(), beside.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        };
        if path.is_file() && beside.is_file() && !notes.iter().any(same) {
            super::tell(&format!(
                "reading the notes beside the bundle: {}",
                beside.display()
            ));
            notes.push(beside);
        }
    }
    notes
}

/// No event in a window is a mistake in its times, not an empty report: say how far the
/// logs reach.
fn nothing_between(window: &Window, all: &Gathered) -> CannotRun {
    let asked = match (window.from > Moment::MIN, window.to < Moment::MAX) {
        (true, false) => format!("no event lies at or after {}", window.from),
        (false, true) => format!("no event lies at or before {}", window.to),
        _ => format!("no event lies between {} and {}", window.from, window.to),
    };
    let times = || all.events.iter().map(|e| e.time);
    CannotRun(match times().min().zip(times().max()) {
        Some((first, last)) => format!("{asked}; the logs reach from {first} to {last}"),
        None => format!("{asked}; there is no event at any other time either"),
    })
}

/// Nothing to analyze is a mistake in the call or in the collection, not an empty
/// report: say which.
fn nothing_in(gathered: &Gathered, false_archives: &[String]) -> CannotRun {
    let files = &gathered.coverage.files;
    let logs = files.iter().filter(|f| f.kind.is_log()).count();
    let legacy = files
        .iter()
        .filter(|f| f.kind == FileKind::LegacyClusterLog)
        .count();
    let first = gathered
        .diagnostics
        .iter()
        .next()
        .map(|d| format!(" (first trouble: {}: {})", d.source, d.message))
        .unwrap_or_default();
    let counted = |n: usize, one: &str, more: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {more}"),
    };
    const EXPECTED: &str = "an event log (EVTX, exported XML or CSV) or a cluster log";
    CannotRun(match (files.len(), logs, legacy) {
        _ if !false_archives.is_empty() => {
            format!("nothing to analyze: {}", false_archives.join("; "))
        }
        (0, ..) => format!("nothing to analyze: no files were found{first}"),
        (1, 0, 0) => format!(
            "nothing to analyze: {} is not {EXPECTED}{first}",
            files[0].path
        ),
        (n, 0, 0) => {
            format!("nothing to analyze: none of {n} files is {EXPECTED}{first}")
        }
        (_, 0, n) => format!(
            "nothing to analyze: {} of Windows 2000 or NT 4, whose form is not supported, and there is no other log{first}",
            counted(n, "cluster log is", "cluster logs are")
        ),
        (_, n, _) => format!(
            "nothing to analyze: not one record could be read of {}{first}",
            counted(n, "log", "logs")
        ),
    })
}
