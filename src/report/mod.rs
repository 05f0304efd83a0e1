//! What is said: one [`document::Document`], one renderer a format.
//!
//! [`mod@document`] decides what is said and in which order, in one language;
//! [`text`], [`markdown`] and [`html`] only set it; [`json`] writes the
//! [`mod@contract`], which is for programs. Nothing here concludes anything.
//!
//! All text from logs is hostile. [`plain::plain`] takes away what acts by being
//! shown, where a document is built; each renderer escapes its own markup.

pub mod chart;
pub mod compare;
pub mod contract;
pub mod csv;
pub mod document;
pub mod folder;
pub mod html;
pub mod json;
pub mod locale;
pub mod markdown;
pub mod plain;
pub mod sheet;
pub mod text;
pub mod when;

#[cfg(test)]
pub(crate) mod fixture;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use rayon::prelude::*;

use crate::analysis;
use crate::model::event::Origin;
use crate::model::text::Lang;
use crate::rules::verdict::Verdicts;
use crate::timeline::Timeline;

pub use chart::Chart;
pub use contract::contract;
pub use document::{Document, document, stories};
pub use locale::{event_phrase, summary};

/// How a report is written.
#[derive(Clone, Debug)]
pub struct Options {
    /// The language of everything that is said.
    pub lang: Lang,
    /// The zone in which times are shown; `report.json` is in UTC.
    pub zone: TimeZone,
}

impl Options {
    /// In a language, with times in UTC.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        Options {
            lang,
            zone: TimeZone::UTC,
        }
    }

    /// The code of the language: `en` or `ja`.
    #[must_use]
    pub fn lang_code(&self) -> &'static str {
        match self.lang {
            Lang::En => "en",
            Lang::Ja => "ja",
        }
    }
}

/// What was written, and what it says.
#[derive(Debug)]
pub struct Written {
    /// `report.html`, to open first.
    pub html: PathBuf,
    /// Every file, in the order of writing.
    pub files: Vec<PathBuf>,
    /// What the report says, for a summary on the terminal.
    pub document: Document,
    /// The charts that lie in `charts/`, all pages of them.
    pub charts: Vec<Chart>,
}

/// Writes the whole report into `dir`, which is made if it is not there:
/// `report.html`, `report.md`, `report.json`, `charts/*.svg`, `events.parquet`.
/// Files of those names are replaced, whoever wrote them ([`folder`] tells); others are
/// left alone. The same input gives the same bytes.
///
/// # Errors
///
/// When a file cannot be written; the message names it.
pub fn write_all(
    dir: &Path,
    timeline: &Timeline,
    verdicts: &Verdicts,
    options: &Options,
) -> io::Result<Written> {
    let document = document(timeline, verdicts, options);
    let charts = chart::charts(timeline, verdicts, options)?;
    let chart_dir = dir.join("charts");
    fs::create_dir_all(&chart_dir).map_err(|e| named(&chart_dir, &e))?;

    let mut files = Vec::new();
    let mut write = |path: PathBuf, text: String| {
        fs::write(&path, text).map_err(|e| named(&path, &e))?;
        files.push(path);
        io::Result::Ok(())
    };
    write(dir.join("report.html"), html::render(&document, &charts)?)?;
    write(dir.join("report.md"), markdown::render(&document))?;
    write(
        dir.join("report.json"),
        json::render(&contract(timeline, verdicts, options))?,
    )?;
    let mut pages = Vec::new();
    for chart in charts {
        let others = chart::other_pages(&chart, timeline, verdicts, options)?;
        pages.push(chart);
        pages.extend(others);
    }
    for chart in &pages {
        write(chart_dir.join(chart.file_name()), chart.svg.clone())?;
    }
    let parquet = dir.join("events.parquet");
    analysis::write_parquet(timeline, &parquet).map_err(|e| named(&parquet, &e))?;
    files.push(parquet);
    Ok(Written {
        html: dir.join("report.html"),
        files,
        document,
        charts: pages,
    })
}

/// Writes every chart of a report that was written into `dir` as PNG too, beside its SVG
/// and twice as many pixels wide. Returns the characters that no font of this machine has,
/// which the pictures lack. Fonts decide the pixels: another machine gives other bytes.
///
/// # Errors
///
/// When a file cannot be written; the message names it.
pub fn write_pngs(dir: &Path, written: &Written, options: &Options) -> io::Result<Vec<char>> {
    let width = chart::Scope::default().width * 2;
    let drawn = written.charts.par_iter().map(|chart| {
        let path = dir.join("charts").join(chart.file_name());
        let path = path.with_extension("png");
        let png = chart::png::png(chart, options.lang, width).map_err(|e| named(&path, &e))?;
        fs::write(&path, &png.bytes).map_err(|e| named(&path, &e))?;
        Ok(png.missing)
    });
    let missing: Vec<Vec<char>> = drawn.collect::<io::Result<_>>()?;
    let missing: BTreeSet<char> = missing.into_iter().flatten().collect();
    Ok(missing.into_iter().collect())
}

/// Writes the tables of a report into `dir/csv/`, one file each, for spreadsheets: UTF-8
/// with a byte order mark. Returns the files in the order of writing.
///
/// # Errors
///
/// When a file cannot be written; the message names it.
pub fn write_csv(
    dir: &Path,
    timeline: &Timeline,
    verdicts: &Verdicts,
    options: &Options,
) -> io::Result<Vec<PathBuf>> {
    let dir = dir.join("csv");
    fs::create_dir_all(&dir).map_err(|e| named(&dir, &e))?;
    // Conclusions have tables of their own.
    let told = (timeline.events.iter()).filter(|e| e.origin != Origin::Derived);
    let mut tables = vec![("events", csv::events(told, &options.zone, options.lang))];
    tables.extend(csv::tables(&contract(timeline, verdicts, options))?);
    let mut files = Vec::new();
    for (name, text) in tables {
        let path = dir.join(format!("{name}.csv"));
        fs::write(&path, format!("{}{text}", csv::BYTE_ORDER_MARK))
            .map_err(|e| named(&path, &e))?;
        files.push(path);
    }
    Ok(files)
}

/// An I/O error with the file it is about.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(lang: Lang) -> Options {
        Options {
            lang,
            zone: TimeZone::get("Asia/Tokyo").unwrap(),
        }
    }

    fn read_all(written: &Written) -> Vec<(String, Vec<u8>)> {
        written
            .files
            .iter()
            .map(|f| {
                let name = f.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read(f).unwrap())
            })
            .collect()
    }

    #[test]
    fn everything_is_written_and_twice_the_same() {
        let (timeline, verdicts) = fixture::case();
        for lang in [Lang::En, Lang::Ja] {
            let kept = std::env::var_os("VMTRAIL_KEEP_REPORT").map(PathBuf::from);
            let dir = tempfile::tempdir().unwrap();
            let options = options(lang);
            let target = match &kept {
                Some(kept) => kept.join(options.lang_code()),
                None => dir.path().join("first"),
            };
            let first = write_all(&target, &timeline, &verdicts, &options).unwrap();
            let second =
                write_all(&dir.path().join("second"), &timeline, &verdicts, &options).unwrap();
            let first = read_all(&first);
            let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(
                names,
                [
                    "report.html",
                    "report.md",
                    "report.json",
                    "placement.svg",
                    "states.svg",
                    "events.svg",
                    "migrations.svg",
                    "downtime.svg",
                    "quorum.svg",
                    "clocks.svg",
                    "events.parquet"
                ]
            );
            assert!(first == read_all(&second), "two runs differ");
        }
    }

    #[test]
    fn an_empty_case_is_written_too() {
        let dir = tempfile::tempdir().unwrap();
        let written = write_all(
            dir.path(),
            &Timeline::default(),
            &Verdicts::default(),
            &options(Lang::En),
        )
        .unwrap();
        assert!(written.files.iter().all(|f| f.is_file()));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("taken");
        fs::write(&file, "").unwrap();
        let error = write_all(
            &file,
            &Timeline::default(),
            &Verdicts::default(),
            &options(Lang::En),
        )
        .unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
    }

    /// Each question of docs/QUESTIONS.md is answered where the page says: the named
    /// sections are in the page of a case that has everything, the named values in the
    /// contract.
    #[test]
    fn every_question_has_its_place() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/QUESTIONS.md");
        let text = fs::read_to_string(path).unwrap();
        let (timeline, verdicts) = fixture::case();
        let options = options(Lang::En);
        let charts = chart::charts(&timeline, &verdicts, &options).unwrap();
        let page = html::render(&document(&timeline, &verdicts, &options), &charts).unwrap();
        let report = serde_json::to_value(contract(&timeline, &verdicts, &options)).unwrap();
        let mut numbers = Vec::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let Some(number) = cells.get(1).and_then(|n| n.parse::<u32>().ok()) else {
                continue;
            };
            numbers.push(number);
            let places: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
            let sections = places.iter().filter_map(|p| p.strip_prefix('#'));
            assert!(
                sections.clone().count() > 0,
                "question {number} names no section"
            );
            for section in sections {
                let there = page.contains(&format!("id=\"{section}\""));
                assert!(there, "question {number}: no section {section}");
            }
            for pointer in places.iter().filter(|p| p.starts_with('/')) {
                assert!(
                    report.pointer(pointer).is_some(),
                    "question {number}: {pointer}"
                );
            }
        }
        assert_eq!(numbers, Vec::from_iter(1..=30));
    }
}
