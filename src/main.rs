//! x
use vmtrail::ingest::*;
fn main() {
    let d = vmtrail::normalize::Dictionary::embedded().unwrap();
    let paths: Vec<std::path::PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let g = gather(&paths, &Options::default(), &d, &Silent).unwrap();
    println!(
        "files {} records {} failed {} events {}",
        g.coverage.files.len(),
        g.coverage.records_read(),
        g.coverage.records_failed(),
        g.events.len()
    );
    if std::env::var("V").is_ok() {
        for x in g.diagnostics.iter() {
            println!("{} {} x{} {}", x.code, x.source, x.count, x.message);
        }
    }
    let t = vmtrail::timeline::Timeline::build(g);
    for m in &t.migrations {
        println!(
            "{} {:?} {:?}->{:?} {:?} dur {:?} bo {:?} {:?} inf {}",
            t.vms[m.vm].label(),
            m.kind,
            m.from_node,
            m.to_node,
            m.started,
            m.duration_s,
            m.blackout_s,
            m.outcome,
            m.to_inferred
        );
    }
    for m in &t.failovers {
        println!(
            "{:?} {:?}->{:?} {:?} down {:?} {:?}",
            m.group, m.from_node, m.to_node, m.cause, m.down_from, m.downtime_s
        );
    }
    for c in &t.clocks {
        println!("{c:?}");
    }
    for n in &t.nodes {
        println!(
            "{} {:?} {:?}",
            n.name,
            n.build,
            n.intervals
                .iter()
                .map(|i| (i.state, i.from, i.to))
                .collect::<Vec<_>>()
        );
    }
    for v in &t.vms {
        println!(
            "{} {:?}",
            v.label(),
            v.placements
                .iter()
                .map(|p| (p.node.as_str().to_owned(), p.from, p.to))
                .collect::<Vec<_>>()
        );
    }
    for c in &t.network_changes {
        println!(
            "{} {:?} {} {:?} {:?} {:?}->{:?}",
            c.time, c.node, c.kind, c.vm, c.name, c.before, c.after
        );
    }
}
