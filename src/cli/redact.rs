//! `--redact`: the key file, and what is said of it. The pseudonyms themselves are the
//! library's business.

use std::io::Write;
use std::path::{Path, PathBuf};

use vmtrail::model::Gathered;
use vmtrail::redact::{self, Class, Key};
use vmtrail::report::plain::{cut, plain};

use super::{CannotRun, Result};

/// Where the key lies when nobody says where.
const DEFAULT: &str = "redaction-key.json";

/// The longest example of a doubt on the terminal, in columns.
const LONGEST_EXAMPLE: usize = 60;

/// The most kinds of doubt that the terminal lists; the key file has all.
const MOST_DOUBTS: usize = 6;

/// Replaces the names in all of `sides`, and writes the key before anything else is
/// written. A key that is there goes on.
pub fn redact(sides: &mut Vec<Gathered>, path: Option<&Path>) -> Result<Key> {
    let path = path.unwrap_or(Path::new(DEFAULT));
    let mut key = match std::fs::read_to_string(path) {
        Ok(text) => Key::parse(&text).map_err(|why| {
            CannotRun(format!(
                "{}: not a redaction key, so it is not written over: {why}",
                path.display()
            ))
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Key::default(),
        Err(error) => return Err(CannotRun(format!("{}: {error}", path.display()))),
    };
    *sides = redact::redact(std::mem::take(sides), &mut key);
    write(&key, path).map_err(|why| {
        CannotRun(format!(
            "cannot write the redaction key {}: {why}",
            path.display()
        ))
    })?;
    tell(&key, path);
    Ok(key)
}

/// The key of a report in `output`: beside that directory, never in it, so that whoever
/// passes the directory on does not pass on the key.
pub fn beside(output: &Path, asked: Option<PathBuf>) -> Result<PathBuf> {
    let whole = std::path::absolute(output)?;
    let Some(key) = asked else {
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        return Ok(output.with_file_name(format!("{name}.{DEFAULT}")));
    };
    if std::path::absolute(&key)?.starts_with(&whole) {
        return Err(CannotRun(format!(
            "--redact-key: {} lies in the report's directory, which is passed on; name a place outside of it",
            key.display()
        )));
    }
    Ok(key)
}

/// Whole or not at all, readable by its owner alone where the system knows owners.
fn write(key: &Key, path: &Path) -> std::result::Result<(), String> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(dir).map_err(|e| e.to_string())?;
    let text = key.to_json().map_err(|e| e.to_string())?;
    // A temporary file is its owner's alone, and stays so under its new name.
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|e| e.to_string())?;
    file.write_all(text.as_bytes()).map_err(|e| e.to_string())?;
    file.persist(path).map_err(|e| e.to_string())?;
    Ok(())
}

/// A path as it is said: one without a directory is in the current one.
fn here(path: &Path) -> PathBuf {
    match path.parent() {
        Some(dir) if dir.as_os_str().is_empty() => Path::new(".").join(path),
        _ => path.to_owned(),
    }
}

fn tell(key: &Key, path: &Path) {
    let counted: Vec<String> = [
        (Class::Vm, "VMs"),
        (Class::Node, "nodes"),
        (Class::Host, "other computers"),
        (Class::Domain, "domains"),
        (Class::User, "accounts"),
        (Class::Ipv4, "IPv4 addresses"),
    ]
    .into_iter()
    .filter_map(|(class, words)| {
        let count = key.count(class);
        (count > 0).then(|| format!("{count} {words}"))
    })
    .collect();
    super::tell(&format!(
        "names are pseudonyms ({}); their key was written to {}: whoever has that file can undo them, so keep it, and do not pass it on",
        counted.join(", "),
        here(path).display()
    ));
    if !key.doubts.is_empty() {
        let mut all: Vec<_> = key.doubts.iter().collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then(a.place.cmp(&b.place)));
        let mut listed: Vec<String> = all
            .iter()
            .take(MOST_DOUBTS)
            .map(|d| match d.examples.first() {
                Some(example) => format!(
                    "{} {}, such as “{}”",
                    d.count,
                    plain(&d.place),
                    cut(&plain(example), LONGEST_EXAMPLE)
                ),
                None => format!("{} {}", d.count, plain(&d.place)),
            })
            .collect();
        if all.len() > MOST_DOUBTS {
            listed.push(format!("{} more kinds", all.len() - MOST_DOUBTS));
        }
        super::tell(&format!(
            "free text was searched for the names that are known, and may hold others; read it before it is passed on (the key file lists it under not_vouched_for):\n  {}",
            listed.join("\n  ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_never_in_the_report() {
        let beside = |output: &str, key: Option<&str>| {
            beside(Path::new(output), key.map(PathBuf::from))
                .map(|p| p.display().to_string())
                .map_err(|e| e.0)
        };
        assert_eq!(
            beside("out/report", None).unwrap(),
            "out/report.redaction-key.json"
        );
        assert_eq!(
            beside("report", Some("keys/k.json")).unwrap(),
            "keys/k.json"
        );
        assert!(beside("report", Some("report/k.json")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/key.json");
        write(&Key::default(), &path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
