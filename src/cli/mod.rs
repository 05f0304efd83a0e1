//! The command line: what was typed, what is meant, and one thin file a
//! subcommand. The only place that names clap and that sees both wings.

mod analyze;
mod args;
mod chart;
mod compare;
mod demo;
mod events;
mod help;
mod input;
mod records;
mod redact;
mod rules;
mod settings;
mod simulate;
mod timeline;
mod vm;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::Parser;
use vmtrail::report::plain::visible;
use vmtrail::report::text::Terminal;

use args::{Args, ColorArg, Command};

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
    let _ = COLOR.set(args.color);
    let outcome = set_threads(args.command.threads()).and_then(|()| run_command(args.command));
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::InputLost) => ExitCode::from(3),
        Err(CannotRun(why)) => {
            tell(&why);
            ExitCode::from(2)
        }
    }
}

/// The number of threads that everything runs on. Rules are read on all of them, so it is
/// set before any command begins.
fn set_threads(threads: Option<usize>) -> Result<()> {
    let Some(threads) = threads else {
        return Ok(());
    };
    if threads == 0 {
        return Err(CannotRun(
            "--threads: expected 1 or more, found 0".to_owned(),
        ));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| CannotRun(format!("--threads: {e}")))
}

fn run_command(command: Command) -> Result {
    match command {
        Command::Analyze(args) => analyze::run(args),
        Command::Timeline(args) => timeline::run(args),
        Command::Vm(args) => vm::run(args),
        Command::Chart(args) => chart::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Events(args) => events::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Completions { shell } => help::completions(shell),
        Command::Man { output } => help::man(output.as_deref()),
    }
}

/// Says something on standard error. It may name what stands in logs, or files that came
/// with them, so nothing in it acts on the terminal.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "vmtrail: {}", visible(text));
}

/// What `--color` says; it is the same for all that one run prints.
static COLOR: OnceLock<ColorArg> = OnceLock::new();

/// The terminal: as wide as `COLUMNS` says, else as it is, else 100 columns.
fn terminal() -> Terminal {
    let is_terminal = std::io::stdout().is_terminal();
    let told = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let found = || {
        let size = is_terminal.then(terminal_size::terminal_size).flatten();
        size.map(|(width, _)| usize::from(width.0))
    };
    let width = told.filter(|w| *w > 0).or_else(found).unwrap_or(100);
    let width = width.clamp(40, 400);
    let asked = COLOR.get().copied().unwrap_or_default();
    Terminal {
        width,
        color: colored(asked, is_terminal, std::env::var_os("NO_COLOR")),
    }
}

/// The terminal, where there is one. Lists are set for it under heads; a pipe or a file
/// takes their lines whole and without heads.
fn reader() -> Option<Terminal> {
    std::io::stdout().is_terminal().then(terminal)
}

/// The same where `COLUMNS` says a width, for what has formats of its own for programs.
fn reader_or_columns() -> Option<Terminal> {
    let told = std::env::var("COLUMNS").is_ok_and(|c| c.parse::<usize>().is_ok_and(|c| c > 0));
    reader().or_else(|| told.then(terminal))
}

/// Whether there are colors: what is typed counts more than what the environment says.
fn colored(asked: ColorArg, is_terminal: bool, no_color: Option<OsString>) -> bool {
    match asked {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => is_terminal && no_color.is_none_or(|v| v.is_empty()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_for_terminals_unless_asked_otherwise() {
        let set = || Some(OsString::from("1"));
        for (asked, terminal, no_color, expected) in [
            (ColorArg::Auto, true, None, true),
            (ColorArg::Auto, true, Some(OsString::new()), true),
            (ColorArg::Auto, true, set(), false),
            (ColorArg::Auto, false, None, false),
            (ColorArg::Always, false, set(), true),
            (ColorArg::Never, true, None, false),
        ] {
            assert_eq!(
                colored(asked, terminal, no_color.clone()),
                expected,
                "{asked:?} {terminal} {no_color:?}"
            );
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }
}
