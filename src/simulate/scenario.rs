//! The scenario language: what a trainer writes, read strictly and checked.
//!
//! Says nothing about what a step does to the cluster; that is `world`.
//! Everything that can be wrong without knowing the state of the cluster is
//! refused here, with line and column.

mod check;
mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::model::id::VmId;
use crate::model::time::Moment;

use check::Checker;
use written::ScenarioText;

/// Why a scenario text cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{place}: {message}")]
pub struct ScenarioError {
    /// The scenario's name, as given to [`load_scenario`].
    pub name: String,
    /// Where in its text.
    pub place: Place,
    /// What is wrong, what was expected and what was found.
    pub message: String,
}

/// A place in a scenario text, both counted from 1; 0 where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: u64,
    /// Column, in characters.
    pub column: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Place {
    fn of<T>(spanned: &Spanned<T>) -> Self {
        Place {
            line: spanned.referenced.line(),
            column: spanned.referenced.column(),
        }
    }
}

/// The Windows Server version of all nodes; it decides which events exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Windows {
    /// Windows Server 2008 R2 SP1.
    #[serde(rename = "2008r2")]
    W2008R2,
    /// Windows Server 2012.
    #[serde(rename = "2012")]
    W2012,
    /// Windows Server 2012 R2.
    #[serde(rename = "2012r2")]
    W2012R2,
    /// Windows Server 2016.
    #[serde(rename = "2016")]
    W2016,
    /// Windows Server 2019.
    #[serde(rename = "2019")]
    W2019,
    /// Windows Server 2022.
    #[serde(rename = "2022")]
    W2022,
    /// Windows Server 2025. No table of its events was seen: it writes what 2022
    /// writes.
    #[serde(rename = "2025")]
    W2025,
}

impl Windows {
    /// Build number.
    #[must_use]
    pub fn build(self) -> u32 {
        match self {
            Windows::W2008R2 => 7601,
            Windows::W2012 => 9200,
            Windows::W2012R2 => 9600,
            Windows::W2016 => 14393,
            Windows::W2019 => 17763,
            Windows::W2022 => 20348,
            Windows::W2025 => 26100,
        }
    }

    /// Major and minor version of the kernel.
    #[must_use]
    pub fn kernel(self) -> (u32, u32) {
        match self {
            Windows::W2008R2 => (6, 1),
            Windows::W2012 => (6, 2),
            Windows::W2012R2 => (6, 3),
            Windows::W2016 | Windows::W2019 | Windows::W2022 | Windows::W2025 => (10, 0),
        }
    }

    /// The product's name, as `systeminfo` prints it.
    #[must_use]
    pub fn product(self) -> &'static str {
        match self {
            Windows::W2008R2 => "Microsoft Windows Server 2008 R2 Datacenter",
            Windows::W2012 => "Microsoft Windows Server 2012 Datacenter",
            Windows::W2012R2 => "Microsoft Windows Server 2012 R2 Datacenter",
            Windows::W2016 => "Microsoft Windows Server 2016 Datacenter",
            Windows::W2019 => "Microsoft Windows Server 2019 Datacenter",
            Windows::W2022 => "Microsoft Windows Server 2022 Datacenter",
            Windows::W2025 => "Microsoft Windows Server 2025 Datacenter",
        }
    }

    /// The name used in scenarios and in the truth.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Windows::W2008R2 => "2008r2",
            Windows::W2012 => "2012",
            Windows::W2012R2 => "2012r2",
            Windows::W2016 => "2016",
            Windows::W2019 => "2019",
            Windows::W2022 => "2022",
            Windows::W2025 => "2025",
        }
    }
}

/// Who collected the bundle; it decides names, folders and the clock of
/// cluster.log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Collector {
    /// `Get-SddcDiagnosticInfo`.
    Sddc,
    /// The support diagnostics of the 2008 R2 era.
    Sdp,
    /// The cluster script of the troubleshooting script set.
    Tss,
    /// Folders copied from the nodes by hand.
    Folder,
}

/// Language of the machines, in which the collectors export messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// The number that Windows gives it (MS-LCID).
    #[must_use]
    pub fn lcid(self) -> u32 {
        match self {
            Language::En => 1033,
            Language::Ja => 1041,
        }
    }
}

/// How events are written whose field names nobody has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// With guessed names.
    Named,
    /// `Data` without names.
    Unnamed,
    /// `Parameter0`, `Parameter1`, ….
    Parameter,
    /// The three in turn.
    Mixed,
}

/// How many everyday events there are that mean nothing for the story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Noise {
    /// None.
    None,
    /// A few.
    Low,
    /// As on a quiet server.
    #[default]
    Normal,
    /// As on a busy one.
    High,
}

/// How a move ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The VM is on the destination.
    #[default]
    Completed,
    /// It failed; the VM is still on the source.
    Failed,
    /// It was canceled; the VM is still on the source.
    Canceled,
}

impl Outcome {
    pub(super) fn name(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Failed => "failed",
            Outcome::Canceled => "canceled",
        }
    }
}

/// With what a setting was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditTool {
    /// Hyper-V's own tool: the cluster's copy of the settings stays as it was.
    HyperVManager,
    /// The cluster's tool: both copies change.
    FailoverClusterManager,
}

impl EditTool {
    pub(super) fn name(self) -> &'static str {
        match self {
            EditTool::HyperVManager => "hyper-v-manager",
            EditTool::FailoverClusterManager => "failover-cluster-manager",
        }
    }
}

/// Level of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Critical,
    Error,
    Warning,
    #[serde(alias = "information")]
    Info,
    Verbose,
}

impl Level {
    /// As records number it.
    pub(super) fn number(self) -> u8 {
        match self {
            Level::Critical => 1,
            Level::Error => 2,
            Level::Warning => 3,
            Level::Info => 4,
            Level::Verbose => 5,
        }
    }
}

/// Level of a line of cluster.log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum LineLevel {
    Err,
    Warn,
    Info,
    Dbg,
}

impl LineLevel {
    /// As lines print it.
    pub(super) fn name(self) -> &'static str {
        match self {
            LineLevel::Err => "ERR",
            LineLevel::Warn => "WARN",
            LineLevel::Info => "INFO",
            LineLevel::Dbg => "DBG",
        }
    }
}

/// A checked scenario, ready to be simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(super) name: String,
    pub(super) cluster: String,
    pub(super) windows: Windows,
    pub(super) collector: Collector,
    pub(super) domain: String,
    pub(super) zone: TimeZone,
    pub(super) booted: Moment,
    pub(super) end: Moment,
    pub(super) seed: u64,
    pub(super) shape: Shape,
    pub(super) noise: Noise,
    pub(super) language: Language,
    pub(super) nodes: Vec<NodePlan>,
    pub(super) vms: Vec<VmPlan>,
    pub(super) networks: Vec<String>,
    pub(super) lose: Vec<Loss>,
    pub(super) events: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct NodePlan {
    pub(super) name: String,
    pub(super) address: Ipv4Addr,
    pub(super) offset_s: f64,
    pub(super) id: u32,
}

#[derive(Clone, Debug)]
pub(super) struct VmPlan {
    /// What the scenario calls it: its name, unless another VM has the same.
    pub(super) key: String,
    pub(super) name: String,
    /// Its role in the cluster; named like the VM unless the scenario says otherwise.
    pub(super) group: String,
    pub(super) id: VmId,
    pub(super) node: usize,
    pub(super) memory_gb: f64,
    pub(super) vlan: u32,
    pub(super) switch: String,
    pub(super) mac: String,
    /// GUID of its NIC.
    pub(super) nic: String,
    pub(super) running: bool,
}

/// Records that did not make it into the bundle.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    pub(super) place: Place,
    pub(super) node: usize,
    pub(super) log: String,
    pub(super) from: Option<Moment>,
    pub(super) to: Option<Moment>,
}

/// A record that the scenario states itself.
#[derive(Clone, Debug)]
pub(super) struct RecordPlan {
    pub(super) node: usize,
    pub(super) provider: String,
    pub(super) id: u16,
    pub(super) level: Level,
    pub(super) channel: String,
    /// In the order of the message's parameters.
    pub(super) values: Vec<String>,
    /// Names of the values; none when nobody saw any.
    pub(super) names: Option<Vec<String>>,
    pub(super) version: u8,
    /// From a source without a manifest.
    pub(super) classic: bool,
    /// Key name of the service that a record of the service control manager is about.
    pub(super) service: Option<String>,
    /// The VM whose worker writes it.
    pub(super) vm: Option<usize>,
}

/// A line of cluster.log that the scenario states itself.
#[derive(Clone, Debug)]
pub(super) struct LinePlan {
    pub(super) node: usize,
    pub(super) level: LineLevel,
    pub(super) text: String,
    pub(super) verbose: bool,
}

/// Objects that the collector exports beside its own.
#[derive(Clone, Debug)]
pub(super) struct ExportPlan {
    /// `None` for what is of the whole cluster.
    pub(super) node: Option<usize>,
    pub(super) class: String,
    /// Properties and their values, by name.
    pub(super) objects: Vec<BTreeMap<String, String>>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) at: Moment,
    pub(super) action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    LiveMigrate {
        vm: usize,
        to: usize,
        blackout_s: Option<f64>,
        outcome: Outcome,
    },
    QuickMigrate {
        vm: usize,
        to: usize,
        outcome: Outcome,
    },
    OfflineMigrate {
        vm: usize,
        to: usize,
        outcome: Outcome,
    },
    StorageMigrate {
        vm: usize,
        outcome: Outcome,
    },
    Drain {
        node: usize,
        outcome: Outcome,
    },
    Resume(usize),
    Restart {
        node: usize,
        kb: Option<String>,
        down_s: f64,
    },
    Crash {
        node: usize,
        down_s: f64,
        bugcheck: Option<u32>,
    },
    ServiceStop {
        node: usize,
        down_s: f64,
        /// The service ended by itself.
        failed: bool,
    },
    SplitNetwork {
        nodes: Vec<usize>,
        down_s: f64,
    },
    QuorumLoss {
        down_s: f64,
    },
    Quarantine {
        node: usize,
        down_s: f64,
    },
    CsvAutoPause {
        node: usize,
        volume: String,
        /// When the volume is back; `None` when its VMs fail over instead.
        recovers_s: Option<f64>,
    },
    RhsDeadlock {
        vm: usize,
        /// Where the role goes; `None` when it is restarted where it is.
        to: Option<usize>,
    },
    ClockJump {
        node: usize,
        by_s: f64,
    },
    RenameVm {
        vm: usize,
        to: String,
    },
    ChangeVlan {
        vm: usize,
        to: u32,
        with: EditTool,
    },
    RefreshConfig(usize),
    NetworkOutage(usize),
    Snapshot,
    Link {
        node: usize,
        nic: String,
        up: bool,
    },
    Record(RecordPlan),
    Line(LinePlan),
    Export(ExportPlan),
    Installed {
        node: usize,
        updates: Vec<String>,
    },
    StartVm(usize),
    StopVm(usize),
    GuestShutdown(usize),
    GuestRestart(usize),
}

/// Reads a scenario.
///
/// `name` is used in messages and in nothing else.
///
/// # Errors
///
/// When the text is not YAML, has a key that the language does not know, lacks
/// one that it needs, names a node or VM that is not there, or states a time that
/// cannot be.
pub fn load_scenario(text: &str, name: &str) -> Result<Scenario, ScenarioError> {
    let text: ScenarioText = serde_saphyr::from_str(text).map_err(|e| ScenarioError {
        name: name.to_owned(),
        place: e.location().map_or(Place::default(), |at| Place {
            line: at.line(),
            column: at.column(),
        }),
        message: without_place(&e.without_snippet().to_string()),
    })?;
    Checker { name }.scenario(text)
}

/// The parser's message says the place again at its end.
fn without_place(message: &str) -> String {
    match message.rsplit_once(" at line ") {
        Some((head, tail)) if !tail.contains('\n') => head.to_owned(),
        _ => message.to_owned(),
    }
}
