//! `vmtrail vm`: the story of one VM.

use vmtrail::report::{self, Options};
use vmtrail::rules;

use super::args::{StoryFormatArg, VmArgs};
use super::{Outcome, Result, input, print, terminal};

pub fn run(args: VmArgs) -> Result {
    input::set_threads(args.input.threads)?;
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
