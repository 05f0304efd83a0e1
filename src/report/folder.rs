//! The directory of a report: which files in it a run of this tool wrote, so that nothing
//! else is written over, and which of them a later run leaves behind. Nothing here writes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::chart::ChartKind;
use super::{csv, named};

/// How much of a file's begin or end is looked at, in bytes.
const LOOKED_AT: u64 = 4096;

/// What lies in a directory under the names that a report's files have.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Files of earlier runs, in order of path.
    pub ours: Vec<PathBuf>,
    /// Files and directories of somebody else that a report would write over, in order of
    /// path.
    pub foreign: Vec<PathBuf>,
}

impl Folder {
    /// Looks at a directory; one that is not there is empty.
    ///
    /// A file is taken for ours by what it says of itself: the generator of the page, the
    /// last line of the Markdown, the schema of the JSON, the title's id of a chart, the
    /// heads of a table. What cannot say it (PNG, Parquet) is ours beside a
    /// `report.json` that is.
    ///
    /// # Errors
    ///
    /// When `dir` is no directory, or a file in it cannot be read; the message names it.
    pub fn look(dir: &Path) -> io::Result<Folder> {
        let mut folder = Folder::default();
        match fs::metadata(dir) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::NotADirectory,
                    format!(
                        "{} is a file; a report needs a directory, which is made if it is not there",
                        dir.display()
                    ),
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(folder),
            Err(error) => return Err(named(dir, &error)),
        }
        let json = dir.join("report.json");
        let is_report = says(&json, End::Begin, "\"schema\": \"vmtrail.report/")?;
        let mut sort = |path: PathBuf, ours: bool| {
            if fs::symlink_metadata(&path).is_ok() {
                let list = match ours && path.is_file() {
                    true => &mut folder.ours,
                    false => &mut folder.foreign,
                };
                list.push(path);
            }
        };
        let page = dir.join("report.html");
        let generator = "<meta name=\"generator\" content=\"vmtrail\">";
        let ours = says(&page, End::Begin, generator)?;
        sort(page, ours);
        let markdown = dir.join("report.md");
        let ours = says(&markdown, End::Last, "vmtrail")?;
        sort(markdown, ours);
        sort(json, is_report);
        sort(dir.join("events.parquet"), is_report);
        for path in below(&dir.join("charts"))? {
            let Some(kind) = chart_of(&path) else {
                continue;
            };
            let ours = match path.extension().is_some_and(|e| e == "png") {
                true => is_report,
                false => says(&path, End::Begin, &format!("id=\"{}-title\"", kind.id()))?,
            };
            sort(path, ours);
        }
        for path in below(&dir.join("csv"))? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let is_csv = path.extension().is_some_and(|e| e == "csv");
            let Some(heads) = csv::heads(&name).filter(|_| is_csv) else {
                continue;
            };
            let begin = format!("{}{heads}", csv::BYTE_ORDER_MARK);
            let ours = says(&path, End::Begin, &begin)?;
            sort(path, ours);
        }
        folder.ours.sort();
        folder.foreign.sort();
        Ok(folder)
    }

    /// Removes what earlier runs wrote and this one did not, and directories that are
    /// empty by that. Returns the files.
    ///
    /// # Errors
    ///
    /// When a file cannot be removed; the message names it.
    pub fn clear(&self, written: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
        let mut gone = Vec::new();
        for path in self.ours.iter().filter(|path| !written.contains(path)) {
            fs::remove_file(path).map_err(|e| named(path, &e))?;
            gone.push(path.clone());
        }
        for dir in gone.iter().filter_map(|path| path.parent()) {
            // A directory with anything else in it stays.
            let _ = fs::remove_dir(dir);
        }
        Ok(gone)
    }
}

/// Which end of a file.
enum End {
    Begin,
    Last,
}

/// Whether the begin or the end of a file holds a text; what is not there does not.
fn says(path: &Path, end: End, text: &str) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let read = || {
        let mut file = File::open(path)?;
        if let End::Last = end {
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOOKED_AT)))?;
        }
        let mut bytes = Vec::new();
        file.take(LOOKED_AT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).contains(text))
    };
    read().map_err(|e| named(path, &e))
}

/// The entries of a directory, in order; none where there is no such directory.
fn below(dir: &Path) -> io::Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).map_err(|e| named(dir, &e))? {
        all.push(entry.map_err(|e| named(dir, &e))?.path());
    }
    all.sort();
    Ok(all)
}

/// Of which chart a file would be by its name: `placement.svg`, `placement-2.png`.
fn chart_of(path: &Path) -> Option<ChartKind> {
    let name = path.file_name()?.to_str()?;
    let stem = (name.strip_suffix(".svg")).or_else(|| name.strip_suffix(".png"))?;
    let is_page = |rest: &str| {
        let page = rest.strip_prefix('-');
        rest.is_empty() || page.is_some_and(|p| p.parse::<usize>().is_ok())
    };
    let of = |kind: &ChartKind| stem.strip_prefix(kind.id()).is_some_and(is_page);
    ChartKind::ALL.into_iter().find(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Lang;
    use crate::report::{Options, fixture, write_all, write_csv};

    #[test]
    fn what_was_written_is_known_again_and_nothing_else_is() {
        let (timeline, verdicts) = fixture::case();
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("report");
        assert_eq!(Folder::look(&dir).unwrap(), Folder::default());
        for lang in [Lang::En, Lang::Ja] {
            let options = Options::new(lang);
            let written = write_all(&dir, &timeline, &verdicts, &options).unwrap();
            let mut files = written.files;
            files.extend(write_csv(&dir, &timeline, &verdicts, &options).unwrap());
            files.sort();
            let folder = Folder::look(&dir).unwrap();
            assert_eq!(folder.ours, files);
            assert_eq!(folder.foreign, Vec::<PathBuf>::new());
        }
        for file in Folder::look(&dir).unwrap().ours {
            fs::write(&file, "mine").unwrap();
        }
        let folder = Folder::look(&dir).unwrap();
        assert_eq!(folder.ours, Vec::<PathBuf>::new());
        assert!(folder.foreign.len() > 25, "{:?}", folder.foreign);
        for other in ["notes.txt", "charts/other.svg", "charts/placement-x.svg"] {
            fs::write(dir.join(other), "mine").unwrap();
        }
        assert_eq!(Folder::look(&dir).unwrap(), folder);
    }

    #[test]
    fn a_file_in_the_place_of_the_directory_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("taken");
        fs::write(&file, "").unwrap();
        let error = Folder::look(&file).unwrap_err().to_string();
        assert!(error.contains("taken is a file"), "{error}");
    }
}
