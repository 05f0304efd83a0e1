//! What several tests share.

#![allow(dead_code)]

use std::path::{Path, PathBuf};

/// The collection of real logs: `VMTRAIL_REAL`, else `../shared/real`. Tests that
/// need it say that they were skipped when it is not there.
pub fn real(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("VMTRAIL_REAL").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real"),
        PathBuf::from,
    );
    let path = root.join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "skipped: {} is not there (set VMTRAIL_REAL)",
        path.display()
    );
    None
}

/// A file of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every file below a directory that ends in `extension`, in order.
pub fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
