//! The command line: what was typed, what is meant, and one thin file a
//! subcommand. The only place that names clap and that sees both wings.

mod analyze;
mod args;
mod chart;
mod events;
mod input;
mod rules;
mod settings;
mod simulate;
mod timeline;
mod vm;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use vmtrail::report::text::Terminal;

use args::{Args, Command};

/// How a run ends; the numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// `--fail-on` was reached, or a rule's case failed.
    Failed,
    /// Done, but some input was lost.
    InputLost,
}

/// Why a run could not be done at all; the text says what to do about it.
#[derive(Debug)]
pub struct CannotRun(pub String);

impl<E: std::error::Error> From<E> for CannotRun {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // Some errors repeat their cause in their own text.
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        CannotRun(text)
    }
}

type Result<T = Outcome> = std::result::Result<T, CannotRun>;

/// Runs one command.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            let asked_for = !error.use_stderr();
            // A closed pipe behind --help is nobody's error.
            let _ = error.print();
            return if asked_for {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    let outcome = match args.command {
        Command::Analyze(args) => analyze::run(args),
        Command::Timeline(args) => timeline::run(args),
        Command::Vm(args) => vm::run(args),
        Command::Chart(args) => chart::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Events(args) => events::run(args),
        Command::Simulate(args) => simulate::run(args),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::InputLost) => ExitCode::from(3),
        Err(CannotRun(why)) => {
            let _ = writeln!(std::io::stderr(), "vmtrail: {why}");
            ExitCode::from(2)
        }
    }
}

/// The terminal as the environment tells: its width, 100 where it does not, and colors
/// unless `NO_COLOR` is set.
fn terminal() -> Terminal {
    let width = std::env::var("COLUMNS")
        .ok()
        .and_then(|c| c.parse().ok())
        .filter(|c| (40..=400).contains(c))
        .unwrap_or(100);
    let color = std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    Terminal { width, color }
}

/// Writes to standard output. A reader that has seen enough (`| head`) closes the
/// pipe; that ends the run quietly, it does not fail it.
fn print(text: &str) -> Result<()> {
    write_out(text.as_bytes())
}

/// The same for a file's content.
fn write_out(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|e| CannotRun(format!("cannot write to standard output: {e}"))),
    }
}
