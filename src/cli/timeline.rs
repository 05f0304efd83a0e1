//! `vmtrail timeline`: the merged events, filtered, as table, CSV or JSON lines. The
//! records' own messages come along where they were collected.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use vmtrail::model::event::{Event, Origin, Severity};
use vmtrail::model::id::NodeName;
use vmtrail::model::kind::EventKind;
use vmtrail::model::text::Lang;
use vmtrail::report;
use vmtrail::report::text::Terminal;

use super::args::{FormatArg, TimelineArgs};
use super::{CannotRun, Outcome, Result, input, print, records};

/// Which events are wanted; an empty list wants all.
struct Filter {
    vms: Vec<usize>,
    any_vm: bool,
    nodes: Vec<NodeName>,
    /// Names of roles, resources, networks and volumes, in lower case.
    subjects: Vec<String>,
    kinds: Vec<EventKind>,
    least: Severity,
}

pub fn run(args: TimelineArgs) -> Result {
    if args.all {
        return match args.format {
            FormatArg::Jsonl => records::run(&args.input),
            _ => Err(CannotRun(
                "--all: prints JSON lines only; add --format jsonl".to_owned(),
            )),
        };
    }
    let kinds = kinds(&args.kind)?;
    let input = input::read(&args.input)?;
    let timeline = &input.timeline;
    let vms = if args.vm.is_empty() {
        Vec::new()
    } else {
        input.vms(&args.vm)?
    };
    let nodes = input.nodes(&args.node)?;
    let subjects: Vec<String> = (args.subject.iter())
        .map(|s| input.meant(s).to_lowercase())
        .collect();
    let is_known = |name: &String| timeline.events.iter().any(|e| names(e).any(|n| n == *name));
    if let Some(unknown) = subjects.iter().find(|name| !is_known(name)) {
        return Err(CannotRun(format!(
            "--subject: no event is about a role, resource, network, NIC, switch or volume called {unknown}"
        )));
    }
    let filter = Filter {
        any_vm: args.vm.is_empty(),
        vms,
        nodes,
        subjects,
        kinds,
        least: args.severity.map_or(Severity::Info, Severity::from),
    };
    let rows: Vec<&Event> = timeline
        .events
        .iter()
        .zip(&timeline.event_vm)
        .filter(|(event, vm)| filter.wants(event, **vm))
        .map(|(event, _)| event)
        .collect();
    let text = match args.format {
        FormatArg::Table => match super::reader_or_columns() {
            Some(terminal) => for_reading(&rows, &input.zone, input.lang, terminal),
            None => table(&rows, &input.zone, input.lang),
        },
        FormatArg::Csv => report::csv::events(rows.iter().copied(), &input.zone, input.lang),
        FormatArg::Jsonl => jsonl(&rows)?,
    };
    print(&text)?;
    Ok(if timeline.diagnostics.any_loss() {
        Outcome::InputLost
    } else {
        Outcome::Done
    })
}

/// What an event is about besides VMs and nodes, in lower case.
fn names(event: &Event) -> impl Iterator<Item = String> {
    let subject = &event.subject;
    [
        subject.group.as_ref().map(|g| g.as_str().to_lowercase()),
        subject.resource.as_ref().map(|r| r.as_str().to_lowercase()),
        subject.network.as_deref().map(str::to_lowercase),
        subject.volume.as_deref().map(str::to_lowercase),
    ]
    .into_iter()
    .flatten()
}

/// Kinds by name, or by family (`migration`).
fn kinds(asked: &[String]) -> Result<Vec<EventKind>> {
    let mut kinds = Vec::new();
    for text in asked {
        let family = format!("{}.", text.trim_end_matches(['.', '*']));
        let members: Vec<EventKind> = EventKind::ALL
            .iter()
            .copied()
            .filter(|k| k.name().starts_with(&family))
            .collect();
        if members.is_empty() {
            kinds.push(
                text.parse().map_err(|e| {
                    CannotRun(format!("--kind: {e}; `vmtrail rules kinds` lists all"))
                })?,
            );
        } else {
            kinds.extend(members);
        }
    }
    Ok(kinds)
}

impl Filter {
    fn wants(&self, event: &Event, vm: Option<usize>) -> bool {
        // Conclusions are no events of a log; they are shown when asked for by name.
        (event.origin != Origin::Derived || self.kinds.contains(&event.kind))
            && (self.any_vm || vm.is_some_and(|vm| self.vms.contains(&vm)))
            && (self.nodes.is_empty()
                || [
                    &event.node,
                    &event.subject.node,
                    &event.subject.from_node,
                    &event.subject.to_node,
                ]
                .into_iter()
                .flatten()
                .any(|n| self.nodes.contains(n)))
            && (self.subjects.is_empty() || names(event).any(|n| self.subjects.contains(&n)))
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && event.severity >= self.least
    }
}

/// One line an event, without heads, for what reads a pipe.
fn table(rows: &[&Event], zone: &TimeZone, lang: Lang) -> String {
    let mut text = String::new();
    for event in rows {
        let time = event.time.to_timestamp().to_zoned(zone.clone());
        let node = event.node.as_ref().map_or("-", |n| n.as_str());
        text.push_str(&format!(
            "{}  {:<10} {:<8} {:<26} {}\n",
            time.strftime("%Y-%m-%d %H:%M:%S%.3f %:z"),
            report::plain::plain(node),
            event.severity.name(),
            event.kind.name(),
            said(event, lang),
        ));
    }
    text
}

/// What an event says, and behind it its own message.
fn said(event: &Event, lang: Lang) -> String {
    let summary = report::plain::plain(&report::summary(event, lang));
    match &event.message {
        Some(message) => format!("{summary}  “{}”", report::plain::plain(message)),
        None => summary,
    }
}

/// The same in columns under heads. The offset of the zone stands in the head where it is
/// one, else with each time.
fn for_reading(rows: &[&Event], zone: &TimeZone, lang: Lang, terminal: Terminal) -> String {
    let times = rows
        .iter()
        .map(|e| e.time.to_timestamp().to_zoned(zone.clone()));
    let times: Vec<_> = times.collect();
    let offsets: BTreeSet<String> = times
        .iter()
        .map(|t| t.strftime("%:z").to_string())
        .collect();
    let (head, form) = match offsets.first().filter(|_| offsets.len() == 1) {
        Some(offset) => (format!("time (UTC{offset})"), "%Y-%m-%d %H:%M:%S%.3f"),
        None => ("time".to_owned(), "%Y-%m-%d %H:%M:%S%.3f %:z"),
    };
    let rows: Vec<[String; 5]> = (rows.iter().zip(&times))
        .map(|(event, time)| {
            let node = event.node.as_ref().map_or("-", |n| n.as_str());
            [
                time.strftime(form).to_string(),
                node.to_owned(),
                event.severity.name().to_owned(),
                event.kind.name().to_owned(),
                said(event, lang),
            ]
        })
        .collect();
    let heads = [&head, "node", "severity", "kind", "what"];
    report::text::listing(heads, &rows, terminal)
}

fn jsonl(rows: &[&Event]) -> Result<String> {
    let mut text = String::new();
    for event in rows {
        let (provider, event_id) = match &event.origin {
            Origin::EventLog { provider, id, .. } => (Some(provider.clone()), Some(*id)),
            _ => (None, None),
        };
        let object = serde_json::json!({
            "time": event.time,
            "node": event.node,
            "severity": event.severity,
            "kind": event.kind,
            "origin": event.origin.name(),
            "provider": provider,
            "event_id": event_id,
            "subject": event.subject,
            "fields": event.fields,
            "message": event.message.as_deref().map(report::plain::lines),
            "source": event.source.member,
            "record": event.source.record(),
            "line": event.source.line(),
        });
        text.push_str(&serde_json::to_string(&object)?);
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_stands_for_its_kinds() {
        let all = kinds(&["migration".to_owned()]).unwrap();
        assert!(all.contains(&EventKind::MigrationFailed));
        assert!(!all.contains(&EventKind::StorageMigrationFailed));
        assert!(
            kinds(&["migration.fail".to_owned()])
                .unwrap_err()
                .0
                .contains("migration.failed")
        );
    }
}
