//! `vmtrail compare`: two bundles, or two windows of one, and what differs.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use vmtrail::analysis::{Side, compare};
use vmtrail::ingest::Options;
use vmtrail::model::{Gathered, Moment, Window};
use vmtrail::report::{self, markdown, sheet, text};
use vmtrail::timeline::Timeline;

use super::args::{CompareArgs, CompareFormatArg};
use super::{CannotRun, Outcome, Result, input, print, redact, settings, terminal};

pub fn run(args: CompareArgs) -> Result {
    let zone = settings::zone(args.tz.as_deref())?;
    let windows = windows(&args, zone.as_ref())?;
    let lang = settings::language(args.lang);
    let dictionary = input::dictionary(args.dictionary.as_deref())?;
    let after = args.after.as_ref().unwrap_or(&args.before);
    let gather = |path: &PathBuf, window: Option<Window>| {
        let paths = [path.clone()];
        let options = Options {
            zone: zone.clone(),
            notes: input::notes_of(&[], &paths),
            lang,
            window,
            ..Options::default()
        };
        input::gather(&paths, &options, &dictionary)
    };
    let mut sides = vec![
        gather(&args.before, windows[0])?,
        gather(after, windows[1])?,
    ];
    let mut inputs = [&args.before, after].map(|path| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    });
    if args.redact.redact {
        redact::redact(&mut sides, args.redact.redact_key.as_deref())?;
        // What a bundle is called often says whose it is.
        inputs = ["before", "after"].map(str::to_owned);
    }
    let [before, after] = sides_of(sides).map(Timeline::build);
    let until = windows.map(|w| w.map(|w| w.to).filter(|to| *to < Moment::MAX));
    let side = |timeline, until| Side { timeline, until };
    let comparison = compare(side(&before, until[0]), side(&after, until[1]));
    let options = report::Options {
        lang,
        zone: zone.unwrap_or(TimeZone::UTC),
    };
    let page = report::compare::page(&comparison, [&inputs[0], &inputs[1]], &options);
    print(&match args.format {
        CompareFormatArg::Text => text::sections(&page, terminal()),
        CompareFormatArg::Markdown => markdown::page(&page),
        CompareFormatArg::Html => sheet::render(&page)?,
        CompareFormatArg::Json => report::compare::json(&comparison)?,
    })?;
    let lost = before.diagnostics.any_loss() || after.diagnostics.any_loss();
    Ok(if lost {
        Outcome::InputLost
    } else {
        Outcome::Done
    })
}

fn sides_of(sides: Vec<Gathered>) -> [Gathered; 2] {
    let mut sides = sides.into_iter();
    [(); 2].map(|()| sides.next().unwrap_or_default())
}

/// The windows of the two sides. One bundle without any would be compared with itself.
fn windows(args: &CompareArgs, zone: Option<&TimeZone>) -> Result<[Option<Window>; 2]> {
    if let Some(split) = &args.split {
        let at = settings::moment("--split", split, zone)?;
        let from = args.before_from.as_deref();
        let from = from.map_or(Ok(Moment::MIN), |t| {
            settings::moment("--before-from", t, zone)
        })?;
        let to = args.after_to.as_deref();
        let to = to.map_or(Ok(Moment::MAX), |t| settings::moment("--after-to", t, zone))?;
        if from >= at || at > to {
            return Err(CannotRun(format!(
                "--split {at} lies outside of --before-from and --after-to"
            )));
        }
        return Ok([
            Some(Window::new(from, at.plus_ticks(-1))),
            Some(Window::new(at, to)),
        ]);
    }
    let window = |from: &Option<String>, to: &Option<String>, names: [&str; 2]| {
        settings::window_named(names, from.as_deref(), to.as_deref(), zone)
    };
    let windows = [
        window(
            &args.before_from,
            &args.before_to,
            ["--before-from", "--before-to"],
        )?,
        window(
            &args.after_from,
            &args.after_to,
            ["--after-from", "--after-to"],
        )?,
    ];
    if args.after.is_none() && windows == [None, None] {
        return Err(CannotRun(
            "nothing to compare it with: name a second bundle, or two windows of this one (--split TIME, or --before-to and --after-from)"
                .to_owned(),
        ));
    }
    Ok(windows)
}
