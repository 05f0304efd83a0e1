//! The whole job on a big bundle: `analyze`, its report included, against merely inflating
//! the same archive with the `zip` crate on as many threads. Says the peak of resident
//! memory too (Linux only).
//!
//! `cargo bench --bench bundle -- 0.1 1 10` makes and measures bundles of so many GB,
//! inflated; without sizes a small one. What follows `--with` goes to `analyze`
//! (`--with --memory 512M`). Seeded; bundles lie below `target/tmp` and are kept there for
//! the next run. Only the archive is written, never what is in it.
//!
//! A bundle is one of a cluster of four nodes, each with two event logs and a cluster.log,
//! in which one simulated day repeats: of the records of event logs one in two hundred is
//! known to the dictionary, of the lines of a cluster.log one in five hundred.

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use vmtrail::model::Moment;
use vmtrail::readers::evtx::HEADER_SIZE;
use vmtrail::simulate::evtx_writer::{EvtxOptions, write_evtx};
use vmtrail::simulate::record::{SimPayload, SimRecord, SimValue};
use zip::write::SimpleFileOptions;

const NODES: u64 = 4;
const VMS: u64 = 80;
/// Records of a day, of each of the two event logs of a node.
const RECORDS: u64 = 12_000;
/// Lines of a day.
const LINES: u64 = 80_000;
const DAY_S: f64 = 86_400.0;

/// A generator of numbers (splitmix64): the same ones everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

fn start() -> Moment {
    Moment::parse("2024-01-01T00:00:00Z").unwrap()
}

fn vm(random: &mut Random) -> (String, String) {
    let number = random.below(VMS);
    let id = format!("5D9E9825-1973-4B27-9AF1-{number:012X}");
    (format!("vm{number:02}"), id)
}

/// The first day of an event log.
fn day(node: u64, channel: &str, provider: &str, random: &mut Random) -> Vec<SimRecord> {
    (0..RECORDS)
        .map(|n| {
            let mut record = if random.below(200) == 0 {
                let (name, id) = vm(random);
                let values = [("VmName", name.as_str()), ("VmId", id.as_str())];
                let mut record = common::record(n, common::vml(&values));
                record.provider = "Microsoft-Windows-Hyper-V-Worker".into();
                record.event_id = [18500, 18502, 18510][random.below(3) as usize];
                record
            } else {
                let text =
                    |of: u64| SimValue::Str(format!("value {of} of something that was said"));
                let values = vec![
                    (Some("Name".into()), text(random.below(500))),
                    (Some("State".into()), text(random.below(20))),
                    (
                        Some("Code".into()),
                        SimValue::Hex32(random.below(9000) as u32),
                    ),
                    (Some("Bytes".into()), SimValue::U64(random.below(1 << 40))),
                ];
                let mut record = common::record(n, SimPayload::EventData(values));
                record.provider = provider.into();
                record.event_id = 60_000 + random.below(60) as u16;
                record
            };
            let at = DAY_S * n as f64 / RECORDS as f64;
            record.time = start().plus_seconds(at);
            record.channel = channel.into();
            record.computer = format!("HV{:02}.corp.example", node + 1);
            record
        })
        .collect()
}

fn event_log(out: &mut dyn Write, day: &mut [SimRecord], bytes: u64) -> io::Result<()> {
    let mut written = 0;
    let mut id = 1;
    while written < bytes {
        for record in day.iter_mut() {
            record.record_id = id;
            id += 1;
        }
        let log = write_evtx(day, &EvtxOptions::default()).map_err(io::Error::other)?;
        let chunks = match written {
            0 => &log[..],
            _ => &log[HEADER_SIZE..],
        };
        out.write_all(chunks)?;
        written += chunks.len() as u64;
        for record in day.iter_mut() {
            record.time = record.time.plus_seconds(DAY_S);
        }
    }
    Ok(())
}

fn cluster_log(out: &mut dyn Write, bytes: u64, random: &mut Random) -> io::Result<()> {
    const NOISE: [&str; 6] = [
        "INFO  [GUM] Node 2: Processing GrantLock to 1 (sent by 3 gumid: ",
        "INFO  [NM] Received request from client address 10.0.0.",
        "INFO  [API] s_ApiGetQuorumResource final status ",
        "INFO  [NETFTAPI] received NsiParameterNotification for 169.254.2.",
        "DBG   [HM] Connection attempt to node HV02 succeeded, try ",
        "WARN  [RHS] unable to load resource DLL, error ",
    ];
    let mut text = String::new();
    let (mut written, mut line) = (0, 0);
    while written < bytes {
        text.clear();
        for _ in 0..LINES / 100 {
            let at = start()
                .plus_seconds(DAY_S * line as f64 / LINES as f64)
                .to_string();
            let (date, time) = (at[..10].replace('-', "/"), &at[11..19]);
            let (thread, number) = (random.below(9000), random.below(200));
            let _ = write!(
                text,
                "00001214.{thread:08x}::{date}-{time}.{:03} ",
                line % 1000
            );
            let _ = if random.below(500) == 0 {
                let name = vm(random).0;
                writeln!(
                    text,
                    "INFO  [RCM] TransitionToState(Virtual Machine {name}) OnlinePending-->Online.\r"
                )
            } else {
                let noise = NOISE[random.below(NOISE.len() as u64) as usize];
                writeln!(text, "{noise}{number}\r")
            };
            line += 1;
        }
        out.write_all(text.as_bytes())?;
        written += text.len() as u64;
    }
    Ok(())
}

/// The bundle of so many bytes, made where it is not there.
fn bundle(bytes: u64) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bundles");
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join(format!("{bytes}.zip"));
    if path.exists() {
        return path;
    }
    let unfinished = path.with_extension("unfinished");
    let mut zip = zip::ZipWriter::new(io::BufWriter::new(File::create(&unfinished).unwrap()));
    let options = SimpleFileOptions::default()
        .compression_level(Some(1))
        .large_file(true);
    let share = bytes / NODES;
    for node in 0..NODES {
        let mut random = Random(node);
        let folder = format!("Node_HV{:02}", node + 1);
        for (file, channel, provider) in [
            ("System", "System", "Somebody-Of-The-System"),
            (
                "VMMS-Admin",
                "Microsoft-Windows-Hyper-V-VMMS-Admin",
                "Somebody-Else",
            ),
        ] {
            zip.start_file(format!("{folder}/{file}.evtx"), options)
                .unwrap();
            let mut day = day(node, channel, provider, &mut random);
            event_log(&mut zip, &mut day, share * 3 / 10).unwrap();
        }
        zip.start_file(format!("{folder}/HV{:02}_cluster.log", node + 1), options)
            .unwrap();
        cluster_log(&mut zip, share * 4 / 10, &mut random).unwrap();
    }
    zip.finish()
        .unwrap()
        .into_inner()
        .unwrap()
        .sync_all()
        .unwrap();
    std::fs::rename(&unfinished, &path).unwrap();
    path
}

/// Inflates all, and does nothing with it; how many bytes there were, and the time.
fn inflate(path: &Path, threads: usize) -> (u64, Duration) {
    let begin = Instant::now();
    let entries = zip::ZipArchive::new(File::open(path).unwrap())
        .unwrap()
        .len();
    let next = AtomicUsize::new(0);
    let one = || {
        let file = io::BufReader::with_capacity(1 << 16, File::open(path).unwrap());
        let mut archive = zip::ZipArchive::new(file).unwrap();
        let mut bytes = 0;
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= entries {
                return bytes;
            }
            bytes += io::copy(&mut archive.by_index(at).unwrap(), &mut io::sink()).unwrap();
        }
    };
    let bytes = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|t| t.join().unwrap()).sum()
    });
    (bytes, begin.elapsed())
}

/// Runs `analyze`; its time, and its peak in MiB where the system says.
fn analyze(path: &Path, with: &[String]) -> (Duration, Option<u64>) {
    let out = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_vmtrail"))
        .arg("analyze")
        .arg(path)
        .arg("-o")
        .arg(out.path().join("report"))
        .args(with)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let text = std::fs::read_to_string(&status_file).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
        peak = peak.max(kib.map(|kib| kib / 1024));
        std::thread::sleep(Duration::from_millis(10));
    };
    let time = begin.elapsed();
    assert!(matches!(status.code(), Some(0 | 3)), "{status}");
    assert!(out.path().join("report/report.html").exists());
    (time, peak)
}

fn main() {
    let mut sizes = Vec::new();
    let mut with = Vec::new();
    let mut args = std::env::args().skip(1).filter(|a| a != "--bench");
    while let Some(arg) = args.next() {
        match arg.parse::<f64>() {
            _ if arg == "--with" => with.extend(args.by_ref()),
            Ok(gb) => sizes.push(gb),
            Err(_) => panic!("{arg}: expected a size in GB, or --with and options of analyze"),
        }
    }
    if sizes.is_empty() {
        sizes.push(0.02);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{threads} threads\nGB\tzipped MB\tinflate s\tanalyze s\tratio\ts per GB\tpeak MiB");
    for gb in sizes {
        let path = bundle((gb * 1e9) as u64);
        let zipped = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
        let (bytes, inflated) = inflate(&path, threads);
        let (analyzed, peak) = analyze(&path, &with);
        let (gb, inflated, analyzed) = (
            bytes as f64 / 1e9,
            inflated.as_secs_f64(),
            analyzed.as_secs_f64(),
        );
        println!(
            "{gb:.2}\t{zipped:.0}\t{inflated:.2}\t{analyzed:.2}\t{:.2}\t{:.2}\t{}",
            analyzed / inflated,
            analyzed / gb,
            peak.map_or("?".to_owned(), |peak| peak.to_string())
        );
    }
}
