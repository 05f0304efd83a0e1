//! The command line as typed. What it means is worked out in `settings`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Rebuilds what happened on a Hyper-V failover cluster from its logs, offline.
#[derive(Debug, Parser)]
#[command(
    name = "vmtrail",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit status: 0 done; 1 --fail-on reached, or a rule's case failed; \
2 wrong usage, or nothing could be analyzed; 3 done, but some input was lost.\n\n\
Examples:\n  vmtrail analyze HealthTest-CL01-20240514-1130.ZIP\n  \
vmtrail timeline bundle/ --vm web01\n  vmtrail demo"
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Colors on the terminal; auto is on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Analyze collected logs and write a report.
    #[command(
        alias = "analyse",
        after_help = "Examples:\n  \
vmtrail analyze bundle.zip\n  \
vmtrail analyze node1/ node2/ -o report --tz Asia/Tokyo --lang ja\n  \
vmtrail analyze bundle.zip --notes notes.yaml --fail-on error\n  \
vmtrail analyze bundle.zip -o for-vendor --redact"
    )]
    Analyze(AnalyzeArgs),
    /// Print the merged events of all nodes in order of time.
    #[command(after_help = "Examples:\n  \
vmtrail timeline bundle.zip --vm web01\n  \
vmtrail timeline bundle.zip --kind migration.failed --kind group.failover\n  \
vmtrail timeline bundle.zip --from 2024-05-14T10:00+09:00 --format jsonl")]
    Timeline(TimelineArgs),
    /// Tell the story of one VM: where it was, its moves, when it was down and why.
    #[command(after_help = "Examples:\n  \
vmtrail vm web01 bundle.zip\n  \
vmtrail vm web01 bundle.zip --lang ja --tz Asia/Tokyo --format markdown\n  \
vmtrail vm 5D9E9825-1973-4B27-9AF1-BA77940A4066 bundle.zip --format json")]
    Vm(VmArgs),
    /// Draw one chart of a report alone, as SVG or PNG.
    #[command(after_help = "Examples:\n  \
vmtrail chart placement bundle.zip -o placement.svg\n  \
vmtrail chart migrations bundle.zip --node HV01 -o moves.png --lang ja\n  \
vmtrail chart placement bundle.zip --vm web01 --vm web02 --width 1600 > two.svg\n\n\
A chart that does not fit on one page says so; --page draws the others.")]
    Chart(ChartArgs),
    /// List, show, check, test and explain the rules for known issues.
    #[command(
        after_help = "Examples:\n  vmtrail rules list\n  vmtrail rules show kb961782\n  \
vmtrail rules new live-migration/my-rule --dir my-rules/\n  \
vmtrail rules lint my-rules/\n  vmtrail rules test --rules my-rules/ --only --mutate\n  \
vmtrail rules explain kb961782 bundle/"
    )]
    Rules(RulesArgs),
    /// List and show what the dictionary knows of events, and what leaves none.
    #[command(after_help = "Examples:\n  vmtrail events list\n  \
vmtrail events show 21502\n  vmtrail events show migration.failed\n  vmtrail events absent\n  \
vmtrail events code 0x80070005")]
    Events(EventsArgs),
    /// Compare two bundles, or two windows of one: settings, builds, durations, events.
    #[command(after_help = "Examples:\n  \
vmtrail compare last-month.zip today.zip\n  \
vmtrail compare bundle.zip --split 2024-05-14T10:00+09:00\n  \
vmtrail compare bundle.zip --before-to 2024-05-10T00:00Z --after-from 2024-05-14T00:00Z \
--format html > compare.html\n\n\
Several directories of one cluster are compared by the directory that holds them.")]
    Compare(CompareArgs),
    /// Make the sample of KB961782, analyze it, and say where to look.
    #[command(after_help = "Examples:\n  vmtrail demo\n  vmtrail demo -o somewhere --lang ja")]
    Demo(DemoArgs),
    /// Print the completions of a shell.
    #[command(after_help = "Examples:\n  \
vmtrail completions bash > /etc/bash_completion.d/vmtrail\n  \
vmtrail completions powershell | Out-String | Invoke-Expression")]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: ShellArg,
    },
    /// Print the manual page (roff), or write one of every subcommand.
    #[command(after_help = "Examples:\n  vmtrail man > vmtrail.1\n  vmtrail man -o man1/")]
    Man {
        /// Write vmtrail.1 and one page a subcommand into this directory.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Turn a scenario into a bundle of real log files, for teaching and testing.
    #[command(after_help = "Examples:\n  \
vmtrail simulate samples/vlan-reverts-2008r2.yaml -o bundle.zip\n  \
vmtrail simulate my-scenario.yaml -o bundle/ --truth truth.json")]
    Simulate(SimulateArgs),
}

impl Command {
    /// The number of threads that is asked for, by whichever command reads input.
    pub fn threads(&self) -> Option<usize> {
        match self {
            Command::Analyze(args) => args.input.threads,
            Command::Timeline(args) => args.input.threads,
            Command::Vm(args) => args.input.threads,
            Command::Chart(args) => args.input.threads,
            Command::Compare(args) => args.threads,
            Command::Rules(args) => match &args.command {
                RulesCommand::Explain { input, .. } => input.threads,
                _ => None,
            },
            Command::Events(_)
            | Command::Simulate(_)
            | Command::Demo(_)
            | Command::Completions { .. }
            | Command::Man { .. } => None,
        }
    }
}

/// What to read.
#[derive(Debug, ClapArgs)]
pub struct InputArgs {
    /// Bundles: directories, ZIP or CAB archives, single log files, in any mix.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What people know and no log says (YAML); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub notes: Vec<PathBuf>,
    /// Only events from this time on (2024-05-14T10:00+09:00, or local with --tz).
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only events up to this time.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Time zone for showing times, and for local times that name none
    /// (Asia/Tokyo, UTC).
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Directory with a site's own dictionary files, added to the built-in ones or
    /// replacing them by provider and event id.
    #[arg(long, value_name = "DIR")]
    pub dictionary: Option<PathBuf>,
    /// Threads to use; without it RAYON_NUM_THREADS, else all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory to take at most, about (512M, 2G). Where events would take more, the latest
    /// are kept, and the report says from when; what was taken is told at the end.
    #[arg(long, value_name = "SIZE", value_parser = super::settings::bytes)]
    pub memory: Option<u64>,
    /// Language of what is said; without it from the locale.
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangArg>,
    /// Pseudonyms.
    #[command(flatten)]
    pub redact: RedactArgs,
}

/// Pseudonyms in place of names.
#[derive(Debug, ClapArgs)]
pub struct RedactArgs {
    /// Put pseudonyms in place of names, addresses, domains, accounts and paths.
    #[arg(long)]
    pub redact: bool,
    /// Where the key of the pseudonyms is written; one that is there is read first and
    /// goes on. Without it beside the report's directory, else redaction-key.json.
    #[arg(long, value_name = "FILE", requires = "redact")]
    pub redact_key: Option<PathBuf>,
}

/// `analyze`.
#[derive(Debug, ClapArgs)]
pub struct AnalyzeArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write the report; one that is there is replaced.
    #[arg(short, long, value_name = "DIR", default_value = "vmtrail-report")]
    pub output: PathBuf,
    /// Directory with rules that are added to the built-in ones, or replace them by id.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Also write each table as CSV, into csv/ beside the report.
    #[arg(long)]
    pub csv: bool,
    /// Exit with status 1 when a confirmed or probable finding is this severe.
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<SeverityArg>,
    /// Also write the charts as PNG, beside the SVG files.
    #[arg(long)]
    pub png: bool,
    /// Write over files in the report's directory that vmtrail did not write.
    #[arg(long)]
    pub force: bool,
}

/// `timeline`.
#[derive(Debug, ClapArgs)]
pub struct TimelineArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Only events about this VM (name or id); may be given several times.
    #[arg(long, value_name = "NAME")]
    pub vm: Vec<String>,
    /// Only events written by or about this node; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub node: Vec<String>,
    /// Only events about this role, resource, network, NIC, switch or volume; may be given
    /// several times.
    #[arg(long, value_name = "NAME")]
    pub subject: Vec<String>,
    /// Only events of this kind, or of a family (migration); may be given several times.
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// Only events at least this severe.
    #[arg(long, value_name = "SEVERITY")]
    pub severity: Option<SeverityArg>,
    /// Every record with every value, known or not, file by file; needs --format jsonl.
    #[arg(
        long,
        conflicts_with_all = [
            "vm", "node", "subject", "kind", "severity", "redact", "notes", "dictionary", "memory"
        ]
    )]
    pub all: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = FormatArg::Table)]
    pub format: FormatArg,
}

/// `vm`.
#[derive(Debug, ClapArgs)]
pub struct VmArgs {
    /// The VM's name or id; a name that several VMs have means all of them.
    #[arg(value_name = "NAME|ID")]
    pub vm: String,
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Directory with rules that are added to the built-in ones, or replace them by id.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = StoryFormatArg::Text)]
    pub format: StoryFormatArg,
}

/// `chart`.
#[derive(Debug, ClapArgs)]
pub struct ChartArgs {
    /// Which chart.
    #[arg(value_enum, value_name = "KIND")]
    pub kind: ChartKindArg,
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where to write it; without it to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// In which format; without it what the file's name ends in, else SVG.
    #[arg(long, value_enum)]
    pub format: Option<ChartFormatArg>,
    /// Width in pixels, 720 to 4000; without it 1120 for SVG, and 2240 for PNG.
    #[arg(long, value_name = "N")]
    pub width: Option<u32>,
    /// Which page, where one does not hold everything.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub page: usize,
    /// Only this VM (name or id); may be given several times. For placement, migrations
    /// and downtime.
    #[arg(long, value_name = "NAME")]
    pub vm: Vec<String>,
    /// Only this node, and what was on it; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub node: Vec<String>,
    /// Directory with rules that are added to the built-in ones, or replace them by id.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

/// The charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChartKindArg {
    /// Which VM was on which node, with moves, failovers, outages and findings.
    Placement,
    /// States of nodes, networks, links and volumes.
    States,
    /// Events by node, time and severity.
    Events,
    /// Durations and blackouts of moves: distribution, by memory, by node pair.
    Migrations,
    /// How long VMs were down, and why.
    Downtime,
    /// Heartbeats, membership, quorum and the witness.
    Quorum,
    /// How far the nodes' clocks are apart.
    Clocks,
}

/// Formats of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChartFormatArg {
    /// Lines and text, for browsers.
    Svg,
    /// Pixels, with the fonts of this machine.
    Png,
}

/// `compare`.
#[derive(Debug, ClapArgs)]
pub struct CompareArgs {
    /// When it worked: a directory, a ZIP or CAB archive, or a log file.
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// Now. Without it two windows of BEFORE are compared.
    #[arg(value_name = "AFTER")]
    pub after: Option<PathBuf>,
    /// Cut one bundle in two: before this time against from this time on.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["before_to", "after_from"])]
    pub split: Option<String>,
    /// Of the earlier side only events from this time on.
    #[arg(long, value_name = "TIME")]
    pub before_from: Option<String>,
    /// Of the earlier side only events up to this time.
    #[arg(long, value_name = "TIME")]
    pub before_to: Option<String>,
    /// Of the later side only events from this time on.
    #[arg(long, value_name = "TIME")]
    pub after_from: Option<String>,
    /// Of the later side only events up to this time.
    #[arg(long, value_name = "TIME")]
    pub after_to: Option<String>,
    /// Time zone for showing times, and for local times that name none
    /// (Asia/Tokyo, UTC).
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Directory with a site's own dictionary files.
    #[arg(long, value_name = "DIR")]
    pub dictionary: Option<PathBuf>,
    /// Threads to use; without it RAYON_NUM_THREADS, else all cores.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Language of what is said; without it from the locale.
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangArg>,
    /// Pseudonyms.
    #[command(flatten)]
    pub redact: RedactArgs,
    /// How to print.
    #[arg(long, value_enum, default_value_t = CompareFormatArg::Text)]
    pub format: CompareFormatArg,
}

/// `demo`.
#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    /// Where to write bundle, notes and report.
    #[arg(short, long, value_name = "DIR", default_value = "vmtrail-demo")]
    pub output: PathBuf,
    /// Language of what is said; without it from the locale.
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangArg>,
}

/// `rules`.
#[derive(Debug, ClapArgs)]
pub struct RulesArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// The subcommands of `rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List all rules.
    List(RulesSource),
    /// List the kinds of events that rules and filters can name.
    Kinds,
    /// Show one rule.
    Show {
        /// The rule's id.
        id: String,
        /// Which rules.
        #[command(flatten)]
        source: RulesSource,
    },
    /// Run the cases beside each rule, and say which step failed.
    Test {
        /// Only these rules; without them all.
        ids: Vec<String>,
        /// Only the rules of the directory that --rules names.
        #[arg(long, requires = "rules")]
        only: bool,
        /// Also put every part of a rule wrong, and tell what no case notices.
        #[arg(long)]
        mutate: bool,
        /// Which rules.
        #[command(flatten)]
        source: RulesSource,
    },
    /// Check rule files: coded problems with file, line, column and remedy.
    Lint {
        /// A rule's folder or one above; without it the built-in rules.
        dir: Option<PathBuf>,
        /// The same, as the other commands have it.
        #[arg(long, value_name = "DIR", conflicts_with = "dir")]
        rules: Option<PathBuf>,
        /// List the checks with their codes instead.
        #[arg(long, conflicts_with_all = ["dir", "rules"])]
        codes: bool,
        /// Directory with a site's own dictionary files, whose events rules may name.
        #[arg(long, value_name = "DIR")]
        dictionary: Option<PathBuf>,
    },
    /// Write a new rule's folder with its three cases, to be changed.
    New {
        /// Area and id, such as live-migration/kb2475761.
        #[arg(value_name = "AREA/ID")]
        name: String,
        /// The folder that holds the areas.
        #[arg(long, value_name = "DIR", default_value = "rules")]
        dir: PathBuf,
    },
    /// Show step by step why a rule did or did not match on a bundle.
    Explain {
        /// The rule's id.
        id: String,
        /// What to read.
        #[command(flatten)]
        input: Box<InputArgs>,
        /// Directory with rules that are added to the built-in ones, or replace them by id.
        #[arg(long, value_name = "DIR")]
        rules: Option<PathBuf>,
    },
}

/// Which rules.
#[derive(Debug, ClapArgs)]
pub struct RulesSource {
    /// Directory with rules that are added to the built-in ones, or replace them by id.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Language of the texts.
    #[arg(long, value_name = "LANG")]
    pub lang: Option<LangArg>,
}

/// `events`.
#[derive(Debug, ClapArgs)]
pub struct EventsArgs {
    /// Directory with a site's own dictionary files, added to the built-in ones or
    /// replacing them by provider and event id.
    #[arg(long, value_name = "DIR", global = true)]
    pub dictionary: Option<PathBuf>,
    /// What to print.
    #[command(subcommand)]
    pub command: EventsCommand,
}

/// The subcommands of `events`.
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// List all events, one line each.
    ///
    /// On a terminal in columns under heads; into a pipe or a file between tabs without
    /// heads: provider, event id, form (number of values, or version), kind, Windows Server
    /// versions, channels, fields, reference (a letter: where the fact comes from;
    /// rules/events/README.md lists them), what the event says.
    List {
        /// Language of the texts.
        #[arg(long, value_name = "LANG")]
        lang: Option<LangArg>,
    },
    /// Show all forms of an event, by id or by kind.
    Show {
        /// Event id, or event kind (migration.failed).
        #[arg(value_name = "ID|KIND")]
        what: String,
        /// Language of the texts.
        #[arg(long, value_name = "LANG")]
        lang: Option<LangArg>,
    },
    /// Show what a status code means.
    Code {
        /// The code, as logs write it: 5925, 0x80070005, c000020c.
        #[arg(value_name = "CODE", allow_negative_numbers = true)]
        code: String,
        /// Language of the texts.
        #[arg(long, value_name = "LANG")]
        lang: Option<LangArg>,
    },
    /// List what happens without leaving an event, with the nearest evidence.
    Absent {
        /// Language of the texts.
        #[arg(long, value_name = "LANG")]
        lang: Option<LangArg>,
    },
}

/// `simulate`.
#[derive(Debug, ClapArgs)]
pub struct SimulateArgs {
    /// The scenario.
    #[arg(value_name = "SCENARIO.yaml")]
    pub scenario: PathBuf,
    /// Where to write the bundle: a directory, or a file that ends in .zip.
    #[arg(short, long, value_name = "DIR|ZIP")]
    pub output: PathBuf,
    /// Also write what really happened, as JSON.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
}

/// When there are colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Shells.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ShellArg {
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// fish.
    Fish,
    /// PowerShell.
    #[value(name = "powershell")]
    PowerShell,
}

/// How a comparison is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareFormatArg {
    /// For reading.
    Text,
    /// For tickets and wikis.
    Markdown,
    /// One page that opens offline.
    Html,
    /// For programs.
    Json,
}

/// Languages.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LangArg {
    /// English.
    En,
    /// Japanese.
    Ja,
}

/// Severities.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SeverityArg {
    /// Normal operation.
    Info,
    /// Worth a look.
    Warning,
    /// Something failed.
    Error,
    /// Service was lost.
    Critical,
}

/// How a VM's story is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoryFormatArg {
    /// For reading.
    Text,
    /// For tickets and wikis.
    Markdown,
    /// `report.json` with only what concerns the VM.
    Json,
}

/// How the timeline is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For reading.
    Table,
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Jsonl,
}
