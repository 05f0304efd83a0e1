//! `vmtrail analyze`: a bundle in, a report out, and the short of it on the terminal.

use std::path::Path;

use vmtrail::model::event::Severity;
use vmtrail::report::folder::Folder;
use vmtrail::report::{self, Options};
use vmtrail::rules;
use vmtrail::rules::verdict::{Verdict, Verdicts};

use super::args::AnalyzeArgs;
use super::{CannotRun, Outcome, Result, input, print, redact, terminal};

pub fn run(mut args: AnalyzeArgs) -> Result {
    // A site's rules first: a mistake in them should not cost a long read. The built-in
    // ones have none, and are read while the input is.
    let site = args.rules.as_deref();
    let rules = site.map(|dir| super::rules::load(Some(dir))).transpose()?;
    let folder = look(&args.output, args.force)?;
    if args.input.redact.redact {
        let asked = args.input.redact.redact_key.take();
        args.input.redact.redact_key = Some(redact::beside(&args.output, asked)?);
    }
    let (rules, input) = rayon::join(
        || rules.map_or_else(|| super::rules::load(None), Ok),
        || input::read(&args.input),
    );
    let (rules, input) = (rules?, input?);
    let verdicts = rules::engine::run(&rules, &input.timeline);
    let options = Options {
        lang: input.lang,
        zone: input.zone,
    };
    let written = report::write_all(&args.output, &input.timeline, &verdicts, &options)
        .map_err(|e| CannotRun(format!("cannot write the report: {e}")))?;
    let mut files = written.files.clone();
    if args.png {
        let charts = args.output.join("charts");
        let png = |c: &report::Chart| charts.join(c.file_name()).with_extension("png");
        files.extend(written.charts.iter().map(png));
        let missing = report::write_pngs(&args.output, &written, &options)
            .map_err(|e| CannotRun(format!("cannot write the charts: {e}")))?;
        super::chart::say_missing(&missing);
    }
    if args.csv {
        let tables = report::write_csv(&args.output, &input.timeline, &verdicts, &options)
            .map_err(|e| CannotRun(format!("cannot write the tables: {e}")))?;
        files.extend(tables);
    }
    clear(&folder, &files)?;
    print(&report::text::render(
        &written.document,
        terminal(),
        Some(&written.html),
    ))?;
    if args.input.memory.is_some()
        && let Some(mib) = peak()
    {
        super::tell(&format!("took at most {mib} MiB of memory"));
    }
    if let Some(limit) = args.fail_on
        && reached(&verdicts, limit.into())
    {
        return Ok(Outcome::Failed);
    }
    Ok(if input.timeline.diagnostics.any_loss() {
        let lost = &input.timeline.coverage;
        let mut said: Vec<String> = lost.ends().take(3).collect();
        match lost.records_failed() {
            0 => {}
            1 => said.push("1 record, line or chunk".to_owned()),
            n => said.push(format!("{n} records, lines or chunks")),
        }
        let said = match said.is_empty() {
            true => String::new(),
            false => format!(": {}", said.join("; ")),
        };
        super::tell(&format!("some input was lost{said}; the report names it"));
        Outcome::InputLost
    } else {
        Outcome::Done
    })
}

/// The most memory that was taken so far, in MiB, where the system says (Linux).
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib.div_ceil(1024))
}

/// What an earlier run left in the report's directory. A file of somebody else is not
/// written over unless that is asked for.
fn look(output: &Path, force: bool) -> Result<Folder> {
    let folder = Folder::look(output).map_err(|e| CannotRun(format!("--output: {e}")))?;
    match folder.foreign.first() {
        Some(foreign) if !force => Err(CannotRun(format!(
            "{} was not written by vmtrail{}; nothing was written: name another directory (-o), or write over it with --force",
            foreign.display(),
            match folder.foreign.len() {
                1 => String::new(),
                n => format!(
                    ", and neither were {} more files of a report's names",
                    n - 1
                ),
            }
        ))),
        _ => Ok(folder),
    }
}

/// Takes away what an earlier run wrote and this one did not: it would stand beside this
/// report as if it belonged to it.
fn clear(folder: &Folder, written: &[std::path::PathBuf]) -> Result<()> {
    let gone = folder
        .clear(written)
        .map_err(|e| CannotRun(format!("cannot remove a file of an earlier report: {e}")))?;
    if let Some(first) = gone.first() {
        super::tell(&format!(
            "removed {} of an earlier report: {}{}",
            match gone.len() {
                1 => "a file".to_owned(),
                n => format!("{n} files"),
            },
            first.display(),
            if gone.len() > 1 { ", …" } else { "" }
        ));
    }
    Ok(())
}

/// A file where a directory is to be made is told before anything is read.
pub fn refuse_file(output: &Path) -> Result<()> {
    if output.is_file() {
        return Err(CannotRun(format!(
            "--output: {} is a file; a directory is expected, which is made if it is not there",
            output.display()
        )));
    }
    Ok(())
}

/// Whether a finding that alarms, and that nothing harmless explains, is at least this
/// severe.
fn reached(verdicts: &Verdicts, limit: Severity) -> bool {
    verdicts.findings.iter().any(|finding| {
        let benign = verdicts.rules.get(&finding.rule).is_some_and(|r| r.benign);
        !benign
            && !finding.is_explained()
            && matches!(finding.verdict, Verdict::Confirmed | Verdict::Probable)
            && finding.severity >= limit
    })
}
