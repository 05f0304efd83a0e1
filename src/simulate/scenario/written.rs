//! A scenario as written: the keys of the language, and nothing checked yet.
//!
//! Names and numbers keep their places, so that `check` can point at them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Collector, EditTool, Language, Level, LineLevel, Noise, Outcome, Shape, Windows};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioText {
    pub(super) cluster: Spanned<String>,
    pub(super) windows: Windows,
    pub(super) collector: Collector,
    pub(super) domain: Spanned<String>,
    pub(super) time_zone: Spanned<String>,
    pub(super) booted: Option<Spanned<String>>,
    pub(super) start: Spanned<String>,
    pub(super) end: Spanned<String>,
    pub(super) seed: u64,
    pub(super) shape: Shape,
    #[serde(default)]
    pub(super) noise: Noise,
    #[serde(default)]
    pub(super) language: Language,
    pub(super) nodes: Spanned<Vec<NodeText>>,
    pub(super) vms: Vec<VmText>,
    pub(super) networks: Vec<String>,
    #[serde(default)]
    pub(super) lose: Vec<Spanned<LossText>>,
    pub(super) events: Vec<Spanned<StepText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeText {
    pub(super) name: Spanned<String>,
    pub(super) address: Spanned<String>,
    pub(super) clock_offset: Option<Spanned<f64>>,
    pub(super) id: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VmText {
    pub(super) name: Spanned<String>,
    /// What the scenario calls it; needed where two VMs have one name.
    pub(super) key: Option<Spanned<String>>,
    /// Its role in the cluster.
    pub(super) group: Option<Spanned<String>>,
    pub(super) node: Spanned<String>,
    pub(super) memory_gb: Option<Spanned<f64>>,
    pub(super) vlan: Option<Spanned<u32>>,
    #[serde(default = "external")]
    pub(super) switch: String,
    pub(super) mac: Option<Spanned<String>>,
    pub(super) id: Option<Spanned<String>>,
    #[serde(default = "yes")]
    pub(super) running: bool,
}

fn yes() -> bool {
    true
}

fn external() -> String {
    "External".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LossText {
    pub(super) node: Spanned<String>,
    pub(super) log: String,
    pub(super) from: Option<Spanned<String>>,
    pub(super) to: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepText {
    pub(super) at: Spanned<String>,
    pub(super) live_migrate: Option<LiveMigrateText>,
    pub(super) quick_migrate: Option<MoveText>,
    pub(super) offline_migrate: Option<MoveText>,
    pub(super) storage_migrate: Option<StorageMigrateText>,
    pub(super) drain: Option<DrainText>,
    pub(super) resume: Option<NodeRef>,
    pub(super) patch_and_restart: Option<PatchText>,
    pub(super) restart: Option<RestartText>,
    pub(super) crash: Option<CrashText>,
    pub(super) service_stop: Option<AwayText>,
    pub(super) service_failure: Option<AwayText>,
    pub(super) split_network: Option<SplitText>,
    pub(super) quorum_loss: Option<QuorumLossText>,
    pub(super) quarantine: Option<AwayText>,
    pub(super) csv_auto_pause: Option<CsvText>,
    pub(super) rhs_deadlock: Option<DeadlockText>,
    pub(super) clock_jump: Option<ClockJumpText>,
    pub(super) rename_vm: Option<RenameText>,
    pub(super) change_vlan: Option<ChangeVlanText>,
    pub(super) refresh_config: Option<VmRef>,
    pub(super) network_outage: Option<VmRef>,
    pub(super) snapshot: Option<SnapshotText>,
    pub(super) link_down: Option<LinkText>,
    pub(super) link_up: Option<LinkText>,
    pub(super) record: Option<RecordText>,
    pub(super) line: Option<LineText>,
    pub(super) export: Option<ExportText>,
    pub(super) installed: Option<InstalledText>,
    pub(super) start_vm: Option<VmRef>,
    pub(super) stop_vm: Option<VmRef>,
    pub(super) vm_guest_shutdown: Option<VmRef>,
    pub(super) vm_guest_restart: Option<VmRef>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeRef {
    pub(super) node: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VmRef {
    pub(super) vm: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotText {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiveMigrateText {
    pub(super) vm: Spanned<String>,
    pub(super) to: Spanned<String>,
    pub(super) blackout: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveText {
    pub(super) vm: Spanned<String>,
    pub(super) to: Spanned<String>,
    #[serde(default)]
    pub(super) outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StorageMigrateText {
    pub(super) vm: Spanned<String>,
    #[serde(default)]
    pub(super) outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrainText {
    pub(super) node: Spanned<String>,
    #[serde(default)]
    pub(super) outcome: Outcome,
}

/// A node that is not in the cluster for some time, its system running.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AwayText {
    pub(super) node: Spanned<String>,
    pub(super) down_for: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SplitText {
    pub(super) nodes: Spanned<Vec<Spanned<String>>>,
    pub(super) down_for: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuorumLossText {
    pub(super) down_for: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvText {
    pub(super) node: Spanned<String>,
    #[serde(default = "volume")]
    pub(super) volume: String,
    pub(super) recovers_after: Option<Spanned<String>>,
}

fn volume() -> String {
    "Volume1".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeadlockText {
    pub(super) vm: Spanned<String>,
    pub(super) to: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockJumpText {
    pub(super) node: Spanned<String>,
    /// Seconds, forward; negative when back.
    pub(super) by: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RenameText {
    pub(super) vm: Spanned<String>,
    pub(super) to: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchText {
    pub(super) node: Spanned<String>,
    pub(super) kb: String,
    pub(super) down_for: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestartText {
    pub(super) node: Spanned<String>,
    pub(super) down_for: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CrashText {
    pub(super) node: Spanned<String>,
    pub(super) down_for: Spanned<String>,
    pub(super) bugcheck: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeVlanText {
    pub(super) vm: Spanned<String>,
    pub(super) to: Spanned<u32>,
    pub(super) with: EditTool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkText {
    pub(super) node: Spanned<String>,
    pub(super) nic: String,
}

/// A record as it is; its values are kept as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordText {
    pub(super) node: Spanned<String>,
    pub(super) provider: Spanned<String>,
    pub(super) id: u16,
    pub(super) level: Level,
    pub(super) channel: Spanned<String>,
    #[serde(default)]
    pub(super) values: Vec<Spanned<String>>,
    pub(super) names: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) version: u8,
    pub(super) classic: Option<bool>,
    pub(super) service: Option<Spanned<String>>,
    pub(super) vm: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineText {
    pub(super) node: Spanned<String>,
    pub(super) level: LineLevel,
    pub(super) text: Spanned<String>,
    pub(super) verbose: Option<Spanned<bool>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportText {
    pub(super) node: Option<Spanned<String>>,
    pub(super) class: Spanned<String>,
    pub(super) objects: Vec<BTreeMap<String, Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstalledText {
    pub(super) node: Spanned<String>,
    pub(super) updates: Vec<Spanned<String>>,
}
