//! What several tests share.

#![allow(dead_code)]

use std::path::{Path, PathBuf};

use vmtrail::model::Moment;
use vmtrail::simulate::record::{SimPayload, SimRecord, SimValue};

/// The collection of real logs: `VMTRAIL_REAL`, else `../shared/real`. Tests that
/// need it say that they were skipped when it is not there.
pub fn real(part: &str) -> Option<PathBuf> {
    shared("VMTRAIL_REAL", "../shared/real", part)
}

/// A part of the reference: `VMTRAIL_REFERENCE`, else `../shared/reference`. Says that
/// it was skipped where that is not there.
pub fn reference(part: &str) -> Option<PathBuf> {
    shared("VMTRAIL_REFERENCE", "../shared/reference", part)
}

fn shared(variable: &str, beside: &str, part: &str) -> Option<PathBuf> {
    let root = std::env::var_os(variable).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(beside),
        PathBuf::from,
    );
    let path = root.join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there (set {variable})", path.display());
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

/// An ordinary record of a Hyper-V provider; what matters to a test it sets itself.
pub fn record(record_id: u64, payload: SimPayload) -> SimRecord {
    SimRecord {
        provider: "Microsoft-Windows-Hyper-V-VMMS".into(),
        provider_guid: Some("{6066F867-7CA1-4418-85FD-36E3F9C0600C}".into()),
        event_source: None,
        event_id: 20415,
        qualifiers: None,
        version: Some(0),
        level: 4,
        task: 0,
        opcode: 0,
        keywords: 0x8000_0000_0000_0000,
        time: Moment::parse("2017-11-21T10:57:53.8748473Z")
            .unwrap()
            .plus_ticks(record_id as i64 * 1_234_567),
        record_id,
        activity_id: None,
        process_id: 4900,
        thread_id: 11504,
        channel: "Microsoft-Windows-Hyper-V-VMMS-Admin".into(),
        computer: "HV01.corp.example".into(),
        user_sid: Some("S-1-5-18".into()),
        payload,
    }
}

/// The payload that Hyper-V's providers write: children of one element.
pub fn vml(values: &[(&str, &str)]) -> SimPayload {
    SimPayload::UserData {
        root: "VmlEventLog".into(),
        namespace: "http://www.microsoft.com/Windows/Virtualization/Events".into(),
        values: values
            .iter()
            .map(|(name, value)| ((*name).into(), SimValue::Str((*value).into())))
            .collect(),
    }
}
