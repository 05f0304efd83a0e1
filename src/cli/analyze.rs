//! `vmtrail analyze`: a bundle in, a report out, and the short of it on the terminal.

use vmtrail::model::event::Severity;
use vmtrail::report::{self, Options};
use vmtrail::rules;
use vmtrail::rules::verdict::{Verdict, Verdicts};

use super::args::AnalyzeArgs;
use super::{CannotRun, Outcome, Result, input, print, redact, terminal};

pub fn run(mut args: AnalyzeArgs) -> Result {
    input::set_threads(args.input.threads)?;
    // A site's rules first: a mistake in them should not cost a long read. The built-in
    // ones have none, and are read while the input is.
    let site = args.rules.as_deref();
    let rules = site.map(|dir| super::rules::load(Some(dir))).transpose()?;
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
    if args.png {
        let missing = report::write_pngs(&args.output, &written, &options)
            .map_err(|e| CannotRun(format!("cannot write the charts: {e}")))?;
        super::chart::say_missing(&missing);
    }
    if args.csv {
        report::write_csv(&args.output, &input.timeline, &verdicts, &options)
            .map_err(|e| CannotRun(format!("cannot write the tables: {e}")))?;
    }
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
