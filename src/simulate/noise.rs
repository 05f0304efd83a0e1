//! Everyday events that mean nothing for the story, so that the story has to be
//! found. Nothing here touches a VM, a role or a NIC.

use crate::model::time::Moment;

use super::random::Random;
use super::scenario::{Noise, Scenario, Windows};
use super::shapes::{self, Process};
use super::world::Line;
use super::world::World;

const SERVICES: &[&str] = &[
    "Windows Modules Installer",
    "Application Experience",
    "Portable Device Enumerator Service",
    "WMI Performance Adapter",
    "Software Protection",
    "Windows Error Reporting Service",
    "Background Intelligent Transfer Service",
    "Volume Shadow Copy",
    "Microsoft Software Shadow Copy Provider",
    "Windows Update",
    "Certificate Propagation",
    "Remote Registry",
    "Windows Remote Management (WS-Management)",
    "Diagnostic Service Host",
    "Multimedia Class Scheduler",
    "Network List Service",
];

const HIVES: &[&str] = &[
    r"\SystemRoot\System32\Config\DRIVERS",
    r"\??\C:\Windows\ServiceProfiles\LocalService\NTUSER.DAT",
    r"\??\C:\Windows\ServiceProfiles\NetworkService\NTUSER.DAT",
    r"\??\C:\Windows\AppCompat\Programs\Amcache.hve",
];

/// Adds the noise of all nodes, for the time in which each of them ran.
pub(super) fn add(world: &mut World<'_>, plan: &Scenario) {
    let per_hour = match plan.noise {
        Noise::None => return,
        Noise::Low => 15.0,
        Noise::Normal => 60.0,
        Noise::High => 150.0,
    };
    for node in 0..world.nodes.len() {
        let mut random = Random::stream(plan.seed, &format!("noise {node}"));
        for (from, to) in world.nodes[node].up.clone() {
            // While it starts, a node has better things to write.
            let from_quiet = from.plus_seconds(90.0);
            let to = to.unwrap_or(plan.end).min(plan.end).plus_seconds(-8.0);
            let mut at = from_quiet;
            loop {
                at = at.plus_seconds(random.between(0.1, 2.0) * 3600.0 / per_hour);
                if at >= to {
                    break;
                }
                event(world, plan, node, at, &mut random);
            }
            uptime(world, plan, node, from, to);
            heartbeat_lines(world, plan, node, from_quiet, to, &mut random);
        }
    }
}

fn event(world: &mut World<'_>, plan: &Scenario, node: usize, at: Moment, random: &mut Random) {
    let form = match random.below(100) {
        0..=69 => {
            let service = random.pick(SERVICES).copied().unwrap_or_default();
            // A service that starts for a moment stops again.
            let stop = at.plus_seconds(random.between(30.0, 600.0));
            let up_to = world.nodes[node].up.iter().rev().find_map(|(f, t)| {
                (*f <= at).then(|| t.unwrap_or(plan.end).min(plan.end).plus_seconds(-8.0))
            });
            if up_to.is_some_and(|end| stop < end) {
                world.log(node, stop, shapes::service_state(service, false));
            }
            shapes::service_state(service, true)
        }
        70..=76 => shapes::service_start_type(
            "Background Intelligent Transfer Service",
            "demand start",
            "auto start",
            "BITS",
        ),
        77..=86 => {
            let source = format!("dc01.{} (ntp.d|0x0|0.0.0.0:123)", plan.domain);
            let id = if random.below(2) == 0 { 35 } else { 37 };
            shapes::time_source(id, &source, random.next() as u32)
        }
        87..=93 if plan.windows > Windows::W2008R2 => {
            let hive = random.pick(HIVES).copied().unwrap_or_default();
            shapes::hive_cleared(hive, random.below(900) as u32, random.below(120) as u32)
        }
        _ => {
            // The time service nudges the clock by some milliseconds.
            let new = world.clock(node, at);
            let old = new.plus_ticks(random.below(80_000) as i64 - 40_000);
            let (pid, _) = world.process(node, at, Process::TimeService);
            shapes::time_set(plan.windows, old, new, pid)
        }
    };
    world.log(node, at, form);
}

/// The log service states the uptime once a day at noon, local time.
fn uptime(world: &mut World<'_>, plan: &Scenario, node: usize, from: Moment, to: Moment) {
    let zone = plan.zone.clone();
    let mut day = from.to_timestamp().to_zoned(zone.clone()).date();
    let last = to.to_timestamp().to_zoned(zone.clone()).date();
    while day <= last {
        let noon = day
            .at(12, 0, 0, 0)
            .to_zoned(zone.clone())
            .ok()
            .and_then(|z| Moment::from_timestamp(z.timestamp()));
        if let Some(noon) = noon.filter(|n| from < *n && *n < to) {
            let seconds = noon.seconds_since(from).max(0.0) as u64;
            let minutes = -zone.to_offset(noon.to_timestamp()).seconds() / 60;
            let name = zone.iana_name().unwrap_or("UTC");
            let form = shapes::event_log_uptime(seconds, &format!("{minutes} {name}"));
            world.log(node, noon, form);
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
}

/// What cluster.log is full of: the periodic checks of resources.
fn heartbeat_lines(
    world: &mut World<'_>,
    plan: &Scenario,
    node: usize,
    from: Moment,
    to: Moment,
    random: &mut Random,
) {
    if plan.windows < Windows::W2016 {
        return;
    }
    let mut at = from;
    loop {
        at = at.plus_seconds(random.between(60.0, 180.0));
        if at >= to {
            break;
        }
        let (process_id, thread_id) = world.process(node, at, Process::ResourceHost);
        world.lines.push(Line {
            node,
            written: at,
            time: world.clock(node, at),
            verbose: true,
            process_id,
            thread_id,
            level: "DBG",
            text: "[RHS] IsAliveCall::CallIntoResource(Cluster Name)".to_owned(),
        });
    }
}
