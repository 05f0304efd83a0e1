//! `vmtrail vm`: the story of one VM.

use std::path::Path;

use vmtrail::report::{self, Options};
use vmtrail::rules;

use super::args::{StoryFormatArg, VmArgs};
use super::{CannotRun, Outcome, Result, input, print, terminal};

pub fn run(args: VmArgs) -> Result {
    // A path in the place of the name, and a name in the place of the path.
    if Path::new(&args.vm).exists()
        && let Some(name) = args.input.paths.iter().find(|path| !path.exists())
    {
        return Err(CannotRun(format!(
            "no such path: {}; the name of the VM comes first: vmtrail vm {} {}",
            name.display(),
            name.display(),
            args.vm
        )));
    }
    let rules = super::rules::load(args.rules.as_deref())?;
    let input = input::read(&args.input)?;
    let vms = input.vms(&[args.vm])?;
    let timeline = &input.timeline;
    let verdicts = rules::engine::run(&rules, timeline);
    let options = Options {
        lang: input.lang,
        zone: input.zone.clone(),
    };
    let stories = || report::stories(timeline, &verdicts, &options, &vms);
    print(&match args.format {
        StoryFormatArg::Text => report::text::sections(&stories(), terminal()),
        StoryFormatArg::Markdown => report::markdown::page(&stories()),
        StoryFormatArg::Json => {
            let whole = report::contract(timeline, &verdicts, &options);
            report::json::render(&whole.narrowed(timeline, &verdicts, &vms))?
        }
    })?;
    Ok(if timeline.diagnostics.any_loss() {
        Outcome::InputLost
    } else {
        Outcome::Done
    })
}
