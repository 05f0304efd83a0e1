//! cluster.log as a collector leaves it: header and sections by Windows version,
//! UTC or local time by collector.
//!
//! Holds line forms that were seen in real logs. The sections of rendered events
//! (System, Operational) keep their headings and no lines, since their lines are
//! the product's own message texts.

use super::scenario::{Collector, Scenario, Windows};
use super::world::{Line, Node};

/// Whether this collector asks for local time.
fn local_time(collector: Collector) -> bool {
    matches!(collector, Collector::Sddc | Collector::Tss)
}

/// The file for one node; `lines` are that node's, in any order.
pub(super) fn render(plan: &Scenario, node: &Node, mut lines: Vec<&Line>) -> Vec<u8> {
    lines.sort_by_key(|l| l.written);
    let local = local_time(plan.collector);
    let mut text = String::new();
    let modern = plan.windows >= Windows::W2016;
    if modern {
        header(&mut text, plan, node, local);
        for section in [
            "System",
            "Microsoft-Windows-FailoverClustering/Operational logs",
            "Microsoft-Windows-ClusterAwareUpdating-Management/Admin logs",
            "Microsoft-Windows-ClusterAwareUpdating/Admin logs",
        ] {
            text.push_str(&format!("[=== {section} ===]\r\n\r\n"));
        }
        text.push_str("[=== Microsoft-Windows-FailoverClustering/DiagnosticVerbose ===]\r\n\r\n");
        body(&mut text, plan, local, lines.iter().filter(|l| l.verbose));
        text.push_str("\r\n[=== Cluster Logs ===]\r\n\r\n");
        body(&mut text, plan, local, lines.iter().filter(|l| !l.verbose));
    } else {
        body(&mut text, plan, local, lines.iter().filter(|l| !l.verbose));
    }
    encode(&text, plan.windows)
}

fn header(text: &mut String, plan: &Scenario, node: &Node, local: bool) {
    let offset = plan.zone.to_offset(plan.end.to_timestamp()).seconds();
    // UTC is local time plus this.
    let minutes = -offset / 60;
    text.push_str("[=== Cluster ===]\r\n\r\n");
    text.push_str(&format!(
        "UTC = localtime + time zone offset;the time zone offset of this machine is {minutes} \
         minutes, or {} hours\r\n",
        f64::from(minutes) / 60.0
    ));
    if local {
        text.push_str("The logs were generated using local time\r\n");
    }
    text.push_str(&format!("Build Number {}\r\n", plan.windows.build()));
    text.push_str(&format!(
        "Current node: name ({}) id ({})\r\n\r\n",
        node.name, node.id
    ));
}

fn body<'a>(
    text: &mut String,
    plan: &Scenario,
    local: bool,
    lines: impl Iterator<Item = &'a &'a Line>,
) {
    for line in lines {
        let zoned = if local {
            line.time.to_timestamp().to_zoned(plan.zone.clone())
        } else {
            line.time.to_timestamp().to_zoned(jiff::tz::TimeZone::UTC)
        };
        text.push_str(&format!(
            "{}{:08x}.{:08x}::{} {:<6}{}\r\n",
            if line.verbose { "[Verbose] " } else { "" },
            line.process_id,
            line.thread_id,
            zoned.strftime("%Y/%m/%d-%H:%M:%S%.3f"),
            line.level,
            line.text
        ));
    }
}

/// PowerShell's command (2012 and later) writes UTF-16; `cluster.exe` did not.
fn encode(text: &str, windows: Windows) -> Vec<u8> {
    if windows == Windows::W2008R2 {
        return text.as_bytes().to_vec();
    }
    let mut bytes = vec![0xFF, 0xFE];
    for unit in text.encode_utf16() {
        bytes.extend_from_slice(&unit.to_le_bytes());
    }
    bytes
}
