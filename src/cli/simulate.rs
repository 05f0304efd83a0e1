//! `vmtrail simulate`: a scenario in, a bundle as a collector would leave it out.

use std::fs;

use vmtrail::simulate::{load_scenario, simulate};

use super::args::SimulateArgs;
use super::{CannotRun, Outcome, Result, print};

pub fn run(args: SimulateArgs) -> Result {
    let name = args.scenario.display().to_string();
    let text = fs::read_to_string(&args.scenario).map_err(|e| CannotRun(format!("{name}: {e}")))?;
    let scenario = load_scenario(&text, &name)?;
    let bundle = simulate(&scenario)?;
    let as_zip = args
        .output
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("zip"));
    let written = if as_zip {
        bundle.write_zip(&args.output)
    } else {
        bundle.write_dir(&args.output)
    };
    written.map_err(|e| CannotRun(format!("{}: {e}", args.output.display())))?;
    if let Some(path) = &args.truth {
        let mut json = serde_json::to_string_pretty(&bundle.truth)?;
        json.push('\n');
        fs::write(path, json).map_err(|e| CannotRun(format!("{}: {e}", path.display())))?;
    }
    print(&format!(
        "{} files in {}\n",
        bundle.files.len(),
        args.output.display()
    ))?;
    Ok(Outcome::Done)
}
