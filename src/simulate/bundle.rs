//! The bundle: which file goes where for each collector, and writing it as a
//! folder or a ZIP. The same scenario always gives the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::io::{self, Cursor, Seek, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::model::time::Moment;

use super::SimulateError;
use super::cluster_log;
use super::evtx_writer::{EvtxOptions, write_evtx};
use super::exports;
use super::inventory;
use super::messages;
use super::mta_writer::{MtaRecord, write_mta};
use super::record::SimRecord;
use super::scenario::{Collector, Loss, Scenario, Windows};
use super::truth::Truth;
use super::world::{Report, State, World};

/// A simulated bundle, in memory.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Path with `/`, content, and the time of its last change; by path.
    pub files: Vec<(String, Vec<u8>, Moment)>,
    /// What really happened; not part of the bundle.
    pub truth: Truth,
    /// The zone of the machine that packs it: ZIP entries have local times.
    zone: TimeZone,
}

impl Bundle {
    /// Writes the files below `dir`, which is made when it is not there. Files of
    /// the same names are replaced, others stay.
    ///
    /// # Errors
    ///
    /// What the file system refuses, with the path.
    pub fn write_dir(&self, dir: &Path) -> io::Result<()> {
        for (name, bytes, modified) in &self.files {
            let path = name
                .split('/')
                .fold(dir.to_path_buf(), |p, part| p.join(part));
            let write = || -> io::Result<()> {
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                let mut file = File::create(&path)?;
                file.write_all(bytes)?;
                file.set_times(FileTimes::new().set_modified(system_time(*modified)))
            };
            write().map_err(|e| with_path(&path, &e))?;
        }
        Ok(())
    }

    /// Writes the files as one ZIP.
    ///
    /// # Errors
    ///
    /// What the file system refuses, with the path.
    pub fn write_zip(&self, path: &Path) -> io::Result<()> {
        let bytes = self.zip_bytes().map_err(|e| with_path(path, &e))?;
        fs::write(path, bytes).map_err(|e| with_path(path, &e))
    }

    /// The ZIP that [`Bundle::write_zip`] writes.
    ///
    /// # Errors
    ///
    /// When the files do not fit into a ZIP.
    pub fn zip_bytes(&self) -> io::Result<Vec<u8>> {
        pack(&self.files, &self.zone)
    }
}

fn with_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn system_time(at: Moment) -> SystemTime {
    let micros = at.ticks() / 10;
    let span = Duration::from_micros(micros.unsigned_abs());
    if micros < 0 {
        SystemTime::UNIX_EPOCH - span
    } else {
        SystemTime::UNIX_EPOCH + span
    }
}

/// Packs files; entry times are local, to two seconds, as the format has them.
fn pack(files: &[(String, Vec<u8>, Moment)], zone: &TimeZone) -> io::Result<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    pack_into(&mut out, files, zone)?;
    Ok(out.into_inner())
}

fn pack_into<W: Write + Seek>(
    out: W,
    files: &[(String, Vec<u8>, Moment)],
    zone: &TimeZone,
) -> io::Result<()> {
    let mut zip = ZipWriter::new(out);
    for (name, bytes, modified) in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .unix_permissions(0o644)
            .last_modified_time(entry_time(*modified, zone));
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    zip.finish()?;
    Ok(())
}

fn entry_time(at: Moment, zone: &TimeZone) -> zip::DateTime {
    let local = at.to_timestamp().to_zoned(zone.clone());
    let small = |n: i8| n.unsigned_abs();
    zip::DateTime::from_date_and_time(
        local.year().unsigned_abs(),
        small(local.month()),
        small(local.day()),
        small(local.hour()),
        small(local.minute()),
        small(local.second()),
    )
    .unwrap_or_default()
}

/// Puts the bundle together from what the world wrote.
pub(super) fn assemble(plan: &Scenario, world: &World<'_>) -> Result<Bundle, SimulateError> {
    let last = world.state(plan.end);
    let mut files = collect(plan, world, &last)?;
    for snapshot in &world.snapshots {
        let name = format!(
            "HealthTest-{}-{}.ZIP",
            plan.cluster,
            snapshot
                .at
                .to_timestamp()
                .to_zoned(plan.zone.clone())
                .strftime("%Y%m%d-%H%M")
        );
        let inner = collected(plan, snapshot);
        let bytes =
            pack(&sorted(inner), &plan.zone).map_err(|e| SimulateError::internal(plan, e))?;
        files.push((name, bytes, snapshot.at));
    }
    Ok(Bundle {
        files: sorted(files),
        truth: world.truth(),
        zone: plan.zone.clone(),
    })
}

type Files = Vec<(String, Vec<u8>, Moment)>;

fn sorted(mut files: Files) -> Files {
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

fn collect(plan: &Scenario, world: &World<'_>, last: &State) -> Result<Files, SimulateError> {
    let mut files = match plan.collector {
        Collector::Sddc => collected(plan, last),
        _ => stated(last, &[], |node| node.to_owned()),
    };
    let names = Names { plan };
    let mut used = vec![false; plan.lose.len()];
    for (node, state) in last.nodes.iter().enumerate() {
        for (channel, records) in channels(plan, world, node, &mut used) {
            if records.is_empty() {
                continue;
            }
            let bytes = event_log(&records, plan)?;
            let path = names.event_log(&state.name, &channel);
            if let Some(path) = names.messages(&path) {
                files.push((path, localized(&records, plan), plan.end));
            }
            files.push((path, bytes, plan.end));
        }
        if plan.collector == Collector::Folder {
            for channel in EMPTY_LOGS {
                let path = names.event_log(&state.name, channel);
                files.push((path, event_log(&[], plan)?, plan.booted));
            }
        }
        let lost = losses(plan, node, CLUSTER_LOG, &mut used);
        let lines: Vec<_> = world
            .lines
            .iter()
            .filter(|l| l.node == node && l.written <= plan.end)
            .filter(|l| !lost.iter().any(|loss| loss.covers(l.time)))
            .collect();
        if !lines.is_empty() {
            let bytes = cluster_log::render(plan, state, lines);
            files.push((names.cluster_log(&state.name, &state.fqdn), bytes, plan.end));
        }
        if plan.collector != Collector::Sddc {
            files.push((
                names.systeminfo(&state.name),
                inventory::systeminfo(plan, state),
                plan.end,
            ));
        }
        if plan.collector == Collector::Folder && plan.windows == Windows::W2008R2 {
            for vm in last.vms.iter().filter(|v| v.node == node) {
                let id = vm.reference.id;
                let path = format!("{}/Virtual Machines/{id}.xml", state.name);
                files.push((path, inventory::vm_configuration(vm), plan.end));
            }
        }
        let reports: Vec<&Report> = state.reports.iter().filter(|r| r.at <= plan.end).collect();
        names.reports(&mut files, &state.name, &reports)?;
    }
    if let Some(unused) = plan.lose.iter().zip(&used).find(|(_, used)| !**used) {
        return Err(SimulateError::at(
            plan,
            unused.0.place,
            format!(
                "{} has no log {:?} with anything in it to lose",
                plan.nodes[unused.0.node].name, unused.0.log
            ),
        ));
    }
    Ok(files)
}

/// What an SDDC collection has beside logs.
fn collected(plan: &Scenario, state: &State) -> Files {
    let mut files = vec![
        (
            "GetCluster.XML".to_owned(),
            inventory::cluster(plan, state),
            state.at,
        ),
        (
            "GetClusterGroup.XML".to_owned(),
            inventory::cluster_groups(plan, state),
            state.at,
        ),
        (
            "GetClusterNode.XML".to_owned(),
            inventory::cluster_nodes(plan, state),
            state.at,
        ),
        (
            "GetClusterResource.XML".to_owned(),
            inventory::cluster_resources(plan, state),
            state.at,
        ),
        (
            "GetClusterResourceParameters.XML".to_owned(),
            inventory::cluster_parameters(state),
            state.at,
        ),
    ];
    for (index, node) in state.nodes.iter().enumerate() {
        let folder = format!("Node_{}", node.name);
        files.push((
            format!("{folder}/SystemInfo.TXT"),
            inventory::systeminfo(plan, node),
            state.at,
        ));
        files.push((
            format!("{folder}/Win32_QuickFixEngineering.xml"),
            inventory::updates(state, index),
            state.at,
        ));
        files.push((
            format!("{folder}/Win32_QuickFixEngineering.txt"),
            inventory::update_table(node),
            state.at,
        ));
        if plan.windows > Windows::W2008R2 {
            files.push((
                format!("{folder}/GetVM.xml"),
                inventory::vms(state, index),
                state.at,
            ));
            files.push((
                format!("{folder}/GetVMNetworkAdapter.xml"),
                inventory::adapters(state, index),
                state.at,
            ));
        }
    }
    let made: Vec<String> = files.iter().map(|(name, ..)| name.clone()).collect();
    files.extend(stated(state, &made, |node| format!("Node_{node}")));
    files
}

/// Exports that the scenario states, other than those `made` already; `folder` names
/// that of a node.
fn stated(state: &State, made: &[String], folder: impl Fn(&str) -> String) -> Files {
    let mut files = Files::new();
    for export in &state.exports {
        let Some(class) = exports::class(&export.class) else {
            continue;
        };
        let name = match export.node {
            Some(node) => {
                let node = state.nodes.get(node).map_or("", |n| &n.name);
                format!("{}/{}.xml", folder(node), class.file)
            }
            None => format!("{}.XML", class.file),
        };
        if !made.contains(&name) {
            let bytes = inventory::stated(state, &export.class, export.node);
            files.push((name, bytes, state.at));
        }
    }
    files
}

/// A log that nothing was written to is a file all the same, and a folder copied
/// by hand has it. The collectors leave such logs out.
const EMPTY_LOGS: &[&str] = &[
    "Microsoft-Windows-FailoverClustering-Manager/Admin",
    "Microsoft-Windows-Hyper-V-Config-Admin",
];

const CLUSTER_LOG: &str = "cluster.log";

impl Loss {
    fn covers(&self, at: Moment) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

fn losses<'a>(plan: &'a Scenario, node: usize, log: &str, used: &mut [bool]) -> Vec<&'a Loss> {
    plan.lose
        .iter()
        .enumerate()
        .filter(|(_, l)| l.node == node && (l.log == "*" || l.log.eq_ignore_ascii_case(log)))
        .map(|(n, loss)| {
            if let Some(used) = used.get_mut(n) {
                *used = true;
            }
            loss
        })
        .collect()
}

/// The records of a node by channel, numbered as each log numbers them. What is
/// lost leaves a gap in the numbers.
fn channels(
    plan: &Scenario,
    world: &World<'_>,
    node: usize,
    used: &mut [bool],
) -> BTreeMap<String, Vec<SimRecord>> {
    let state = &world.nodes[node];
    let mut by_channel: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, entry) in world.entries.iter().enumerate() {
        if entry.node == node && entry.written <= plan.end {
            by_channel.entry(&entry.form.channel).or_default().push(n);
        }
    }
    let mut logs = BTreeMap::new();
    for (channel, mut entries) in by_channel {
        entries.sort_by_key(|&n| (world.entries[n].written, n));
        let lost = losses(plan, node, channel, used);
        let label = format!("first record {} {channel}", state.name);
        let first = 1 + super::random::Random::stream(plan.seed, &label).below(40_000);
        let records = entries
            .into_iter()
            .zip(first..)
            .map(|(n, id)| (&world.entries[n], id))
            .filter(|(entry, _)| !lost.iter().any(|loss| loss.covers(entry.stamp)))
            .map(|(entry, record_id)| {
                let form = &entry.form;
                SimRecord {
                    provider: form.provider.clone().into_owned(),
                    provider_guid: form.guid.map(str::to_owned),
                    event_source: form.event_source.map(str::to_owned),
                    event_id: form.id,
                    qualifiers: form.qualifiers,
                    version: form.version,
                    level: form.level,
                    task: form.task,
                    opcode: 0,
                    keywords: form.keywords,
                    time: entry.stamp,
                    record_id,
                    activity_id: None,
                    process_id: entry.process_id,
                    thread_id: entry.thread_id,
                    channel: channel.to_owned(),
                    computer: state.fqdn.clone(),
                    user_sid: form.user.clone(),
                    payload: form.payload.clone(),
                }
            })
            .collect();
        logs.insert(channel.to_owned(), records);
    }
    logs
}

/// Binary form of one log. A folder copied from a running node has logs that were
/// never closed.
fn event_log(records: &[SimRecord], plan: &Scenario) -> Result<Vec<u8>, SimulateError> {
    let options = EvtxOptions {
        dirty: plan.collector == Collector::Folder,
    };
    write_evtx(records, &options).map_err(|e| SimulateError::internal(plan, e))
}

/// Messages of one log, as exporting its language leaves them.
fn localized(records: &[SimRecord], plan: &Scenario) -> Vec<u8> {
    let records: Vec<MtaRecord> = records
        .iter()
        .map(|record| MtaRecord {
            provider: record.provider.clone(),
            record_id: record.record_id,
            message: messages::message(record, plan.language),
        })
        .collect();
    write_mta(&records)
}

/// Names of files, as each collector makes them.
struct Names<'a> {
    plan: &'a Scenario,
}

impl Names<'_> {
    fn stamp(&self) -> String {
        self.plan
            .end
            .to_timestamp()
            .to_zoned(self.plan.zone.clone())
            .strftime("%y%m%d-%H%M%S")
            .to_string()
    }

    fn event_log(&self, node: &str, channel: &str) -> String {
        match self.plan.collector {
            Collector::Sddc => format!("Node_{node}/{}.EVTX", channel.replace('/', "-")),
            Collector::Sdp => format!("{node}_evt_{}.evtx", sdp_name(channel)),
            Collector::Tss => {
                format!("{}/{node}_{}.evtx", self.stamp(), channel.replace('/', "-"))
            }
            Collector::Folder => format!("{node}/Logs/{}.evtx", channel.replace('/', "%4")),
        }
    }

    /// The file of a log's messages. The health collector names the language that it
    /// asks for; where none is asked for, the number is 0. The cluster script and who
    /// copies folders export none.
    fn messages(&self, log: &str) -> Option<String> {
        let lcid = match self.plan.collector {
            Collector::Sddc => self.plan.language.lcid(),
            Collector::Sdp => 0,
            Collector::Tss | Collector::Folder => return None,
        };
        let (folder, name) = match log.rsplit_once('/') {
            Some((folder, name)) => (format!("{folder}/"), name),
            None => (String::new(), log),
        };
        let (base, _) = name.rsplit_once('.')?;
        Some(format!("{folder}LocaleMetaData/{base}_{lcid}.MTA"))
    }

    fn cluster_log(&self, node: &str, fqdn: &str) -> String {
        match self.plan.collector {
            Collector::Sddc => format!("{fqdn}_cluster.log"),
            Collector::Sdp => format!("{node}_cluster.log"),
            Collector::Tss => format!("{}/{fqdn}_cluster.log", self.stamp()),
            Collector::Folder => format!("{node}/Cluster/Reports/Cluster.log"),
        }
    }

    fn systeminfo(&self, node: &str) -> String {
        match self.plan.collector {
            Collector::Sddc => format!("Node_{node}/SystemInfo.TXT"),
            Collector::Sdp => format!("{node}_SystemInfo.txt"),
            Collector::Tss => format!("{}/{node}_SystemInfo.txt", self.stamp()),
            Collector::Folder => format!("{node}/SystemInfo.txt"),
        }
    }

    fn reports(
        &self,
        files: &mut Files,
        node: &str,
        reports: &[&Report],
    ) -> Result<(), SimulateError> {
        let stamp = self.stamp();
        let folder = match self.plan.collector {
            Collector::Sdp => {
                let inner = reports
                    .iter()
                    .map(|r| (r.name.clone(), r.html.clone().into_bytes(), r.at))
                    .collect();
                let bytes = pack(&sorted(inner), &self.plan.zone)
                    .map_err(|e| SimulateError::internal(self.plan, e))?;
                files.push((format!("{node}_ClusterReportHTM.zip"), bytes, self.plan.end));
                return Ok(());
            }
            Collector::Sddc => format!("Node_{node}/ClusterReports"),
            Collector::Tss => format!("{stamp}/{node}/Reports"),
            Collector::Folder => format!("{node}/Cluster/Reports"),
        };
        files.extend(reports.iter().map(|r| {
            (
                format!("{folder}/{}", r.name),
                r.html.clone().into_bytes(),
                r.at,
            )
        }));
        Ok(())
    }
}

/// The support diagnostics drop the vendor's prefix, blanks, dots and all hyphens
/// but the last.
fn sdp_name(channel: &str) -> String {
    let short = channel
        .strip_prefix("Microsoft-Windows-")
        .or_else(|| channel.strip_prefix("Microsoft-"))
        .unwrap_or(channel)
        .replace('/', "-")
        .replace(['.', ' '], "");
    match short.rsplit_once('-') {
        Some((head, tail)) => format!("{}-{tail}", head.replace('-', "")),
        None => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdp_names_are_those_of_the_collector() {
        for (channel, name) in [
            (
                "Microsoft-Windows-FailoverClustering/Operational",
                "FailoverClustering-Operational",
            ),
            ("Microsoft-Windows-Hyper-V-VMMS-Admin", "HyperVVMMS-Admin"),
            ("System", "System"),
        ] {
            assert_eq!(sdp_name(channel), name);
        }
    }
}
