//! `vmtrail completions` and `vmtrail man`: both made from the command line's own
//! definition.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::{Args, ShellArg};
use super::{CannotRun, Outcome, Result, print};

pub fn completions(shell: ShellArg) -> Result {
    let shell = match shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Fish => Shell::Fish,
        ShellArg::PowerShell => Shell::PowerShell,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "vmtrail", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Done)
}

pub fn man(output: Option<&Path>) -> Result {
    let Some(dir) = output else {
        let mut text = Vec::new();
        clap_mangen::Man::new(Args::command()).render(&mut text)?;
        print(&String::from_utf8_lossy(&text))?;
        return Ok(Outcome::Done);
    };
    super::analyze::refuse_file(dir)?;
    let cannot = |e: std::io::Error| CannotRun(format!("{}: {e}", dir.display()));
    std::fs::create_dir_all(dir).map_err(cannot)?;
    clap_mangen::generate_to(Args::command(), dir).map_err(cannot)?;
    Ok(Outcome::Done)
}
