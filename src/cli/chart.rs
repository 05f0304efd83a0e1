//! `vmtrail chart`: one chart of a report alone, as SVG or PNG.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;

use vmtrail::report::Options;
use vmtrail::report::chart::{self, Chart, ChartKind, Scope, WIDTHS, png};
use vmtrail::rules;

use super::args::{ChartArgs, ChartFormatArg, ChartKindArg};
use super::{CannotRun, Outcome, Result, input, write_out};

/// Pixels of a PNG for one of the picture, so that small text is sharp.
const FINE: u32 = 2;

pub fn run(args: ChartArgs) -> Result {
    let kind = ChartKind::from(args.kind);
    if !args.vm.is_empty() && !kind.has_vms() {
        return Err(CannotRun(format!(
            "--vm: the chart {} has no VMs to choose from; it takes --node",
            kind.id()
        )));
    }
    let format = match args.format {
        Some(format) => format,
        None => format_of(args.output.as_deref())?,
    };
    if format == ChartFormatArg::Png && args.output.is_none() && std::io::stdout().is_terminal() {
        return Err(CannotRun(
            "a PNG is not for a terminal: name a file with -o".to_owned(),
        ));
    }
    let (layout, pixels) = widths(args.width, format)?;

    let rules = super::rules::load(args.rules.as_deref())?;
    let input = input::read(&args.input)?;
    let timeline = &input.timeline;
    let scope = Scope {
        width: layout,
        vms: (!args.vm.is_empty())
            .then(|| input.vms(&args.vm))
            .transpose()?,
        nodes: (!args.node.is_empty())
            .then(|| input.nodes(&args.node))
            .transpose()?,
        page: args.page,
    };
    let verdicts = rules::engine::run(&rules, timeline);
    let options = Options {
        lang: input.lang,
        zone: input.zone.clone(),
    };
    let drawn = chart::chart(kind, timeline, &verdicts, &options, &scope)
        .map_err(|e| CannotRun(format!("cannot draw the chart: {e}")))?;
    if args.page != drawn.page {
        return Err(CannotRun(format!(
            "--page {}: the chart has {} (from 1)",
            args.page,
            match drawn.pages {
                1 => "one page".to_owned(),
                n => format!("{n} pages"),
            }
        )));
    }
    say_pages(&drawn);
    let bytes = match format {
        ChartFormatArg::Svg => drawn.svg.into_bytes(),
        ChartFormatArg::Png => {
            let png = png::png(&drawn, options.lang, pixels)
                .map_err(|e| CannotRun(format!("cannot draw the chart as PNG: {e}")))?;
            say_missing(&png.missing);
            png.bytes
        }
    };
    match &args.output {
        Some(path) => {
            fs::write(path, bytes).map_err(|e| CannotRun(format!("{}: {e}", path.display())))?;
        }
        None => write_out(&bytes)?,
    }
    Ok(if timeline.diagnostics.any_loss() {
        Outcome::InputLost
    } else {
        Outcome::Done
    })
}

/// The format that a file's name ends in; without a name, or an ending, SVG.
fn format_of(output: Option<&Path>) -> Result<ChartFormatArg> {
    let Some(ending) = output.and_then(Path::extension) else {
        return Ok(ChartFormatArg::Svg);
    };
    match ending.to_string_lossy().to_ascii_lowercase().as_str() {
        "svg" => Ok(ChartFormatArg::Svg),
        "png" => Ok(ChartFormatArg::Png),
        other => Err(CannotRun(format!(
            "--output: a chart is written as .svg or .png, not as .{other}; name the file so, or say --format svg or --format png"
        ))),
    }
}

/// The width that the picture is laid out for, and that of the file in pixels.
fn widths(asked: Option<u32>, format: ChartFormatArg) -> Result<(u32, u32)> {
    let (least, most) = WIDTHS;
    if let Some(width) = asked.filter(|w| !(least..=most).contains(w)) {
        return Err(CannotRun(format!(
            "--width: expected {least} to {most} pixels, found {width}"
        )));
    }
    let usual = Scope::default().width;
    Ok(match format {
        ChartFormatArg::Svg => {
            let width = asked.unwrap_or(usual);
            (width, width)
        }
        ChartFormatArg::Png => {
            let width = asked.unwrap_or(usual * FINE);
            ((width / FINE).max(least), width)
        }
    })
}

fn say_pages(chart: &Chart) {
    if chart.pages > 1 {
        let _ = writeln!(
            std::io::stderr(),
            "vmtrail: this is page {} of {}; --page draws the others",
            chart.page,
            chart.pages
        );
    }
}

/// Says which characters a PNG lacks, and what to do about it.
pub fn say_missing(missing: &[char]) {
    if missing.is_empty() {
        return;
    }
    let some: String = missing.iter().take(12).collect();
    let more = if missing.len() > 12 { "…" } else { "" };
    let _ = writeln!(
        std::io::stderr(),
        "vmtrail: no font of this machine has {} of the characters ({some}{more}), so the PNG lacks \
them; install a font that has them (for Japanese: Noto Sans CJK JP), or use the SVG",
        missing.len()
    );
}

impl From<ChartKindArg> for ChartKind {
    fn from(arg: ChartKindArg) -> Self {
        match arg {
            ChartKindArg::Placement => ChartKind::Placement,
            ChartKindArg::States => ChartKind::States,
            ChartKindArg::Events => ChartKind::Events,
            ChartKindArg::Migrations => ChartKind::Migrations,
            ChartKindArg::Downtime => ChartKind::Downtime,
            ChartKindArg::Quorum => ChartKind::Quorum,
            ChartKindArg::Clocks => ChartKind::Clocks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_file_says_the_format() {
        let of = |name: &str| format_of(Some(Path::new(name))).map_err(|e| e.0);
        assert_eq!(of("a/b.SVG"), Ok(ChartFormatArg::Svg));
        assert_eq!(of("b.png"), Ok(ChartFormatArg::Png));
        assert_eq!(of("b"), Ok(ChartFormatArg::Svg));
        assert!(of("b.pdf").unwrap_err().contains(".pdf"));
    }

    #[test]
    fn a_png_has_the_pixels_asked_for_and_is_laid_out_for_half_of_them() {
        let of = |asked, format| widths(asked, format).ok();
        assert_eq!(of(None, ChartFormatArg::Svg), Some((1120, 1120)));
        assert_eq!(of(None, ChartFormatArg::Png), Some((1120, 2240)));
        assert_eq!(of(Some(3000), ChartFormatArg::Png), Some((1500, 3000)));
        assert_eq!(of(Some(800), ChartFormatArg::Png), Some((720, 800)));
        assert_eq!(of(Some(100), ChartFormatArg::Svg), None);
        assert_eq!(of(Some(100_000), ChartFormatArg::Png), None);
    }
}
