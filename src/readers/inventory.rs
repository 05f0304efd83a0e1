//! Facts beside events: what PowerShell exported (clixml), configurations of VMs as
//! files, `systeminfo`, lists of updates, and reports by their file names.
//!
//! What a fact means for a node or for the cluster is found by whoever merges them.

mod classes;
mod clixml;
mod hotfixes;
mod reports;
mod systeminfo;
mod vm_config;

pub use classes::exported_classes;
pub use clixml::{ClixmlSummary, read_clixml};
pub use hotfixes::{Updates, is_update_list, read_updates};
pub use reports::{ClusterReport, cluster_report, is_in_reports_folder};
pub use systeminfo::{SystemInfo, read_systeminfo};
pub use vm_config::{is_vm_configuration, read_vm_configuration};

/// A MAC address as 12 hex digits in upper case; `None` for anything else.
fn mac_of(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(char::is_ascii_hexdigit)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (digits.len() == 12).then_some(digits)
}
