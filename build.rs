//! Lists the rule folders, `rules/<area>/<id>/rule.yaml` with their cases, so that a
//! rule is built in by being there, and leaves the event dictionary as JSON, which is
//! read faster. What rules and entries say is not looked at here.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::Serialize;
use serde::de::DeserializeOwned;

#[path = "src/normalize/written.rs"]
mod written;

/// Kinds, severities and texts as they are written.
type Entry = written::EntryFile<u32, String, String, BTreeMap<String, String>>;
type Pattern = written::PatternFile<String, String, String>;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/normalize/written.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let rules = root.join("rules");
    let mut text = String::from("const BUILT_IN: &[BuiltIn] = &[\n");
    for (area, area_dir) in folders(&rules)? {
        for (id, dir) in folders(&area_dir)? {
            let rule = dir.join("rule.yaml");
            if !rule.is_file() {
                continue;
            }
            let _ = writeln!(
                text,
                "    ({area:?}, {id:?}, {}, &[",
                included(&rule, &root)
            );
            for (name, case) in cases(&dir.join("cases"))? {
                let _ = writeln!(text, "        ({name:?}, {}),", included(&case, &root));
            }
            text.push_str("    ]),\n");
        }
    }
    text.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("built_in.rs"), text)?;
    events(&rules.join("events"), &out.join("events"))
}

/// A file of the project as an expression. Its place is found when the list is compiled:
/// a checkout that was moved with what was built in it is compiled without a new list.
fn included(file: &Path, root: &Path) -> String {
    let inside = file.strip_prefix(root).unwrap_or(file);
    let inside = inside.to_string_lossy().replace('\\', "/");
    format!(
        "include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?}))",
        format!("/{inside}")
    )
}

/// Every file of the dictionary but `absent.yaml`, which few commands need.
fn events(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for (name, path) in cases(from)? {
        let text = fs::read_to_string(&path)?;
        let json = match name.as_str() {
            "absent" => continue,
            "cluster-log" => json(&read::<written::PatternsFile<Pattern>>(&path, &text)?)?,
            _ if written::is_of_many(&text) => {
                json(&read::<written::ProvidersFile<Entry>>(&path, &text)?)?
            }
            _ => json(&written::ProvidersFile {
                providers: vec![read::<written::ProviderFile<Entry>>(&path, &text)?],
            })?,
        };
        fs::write(to.join(name).with_extension("json"), json)?;
    }
    Ok(())
}

fn read<T: DeserializeOwned>(path: &Path, text: &str) -> io::Result<T> {
    serde_saphyr::from_str(text).map_err(|e| io::Error::other(format!("{}: {e}", path.display())))
}

fn json(value: &impl Serialize) -> io::Result<String> {
    serde_json::to_string(value).map_err(io::Error::other)
}

/// Folders by name, in order.
fn folders(dir: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_dir(), path.file_name()) {
            found.insert(name.to_string_lossy().into_owned(), path);
        }
    }
    Ok(found)
}

/// YAML files by their name without extension; none where there is no folder.
fn cases(dir: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if let (true, Some(name)) = (
            path.extension().is_some_and(|e| e == "yaml"),
            path.file_stem(),
        ) {
            found.insert(name.to_string_lossy().into_owned(), path);
        }
    }
    Ok(found)
}
