//! Tables as CSV (RFC 4180): the events, and the lists of the [`mod@super::contract`]
//! with the names that they have there. Times are RFC 3339 in UTC.
//!
//! A spreadsheet must not run what a log says: a cell that it could take for a formula
//! begins with an apostrophe.

use std::io;

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::model::event::{Event, Origin};
use crate::model::text::Lang;

use super::contract::Report;
use super::{locale, plain};

/// Stands at the begin of a file, since Excel takes one without it for the code page of
/// its country, and Japanese becomes unreadable.
pub const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// A table of the contract.
struct Table {
    name: &'static str,
    /// The list whose entries are rows, or whose entries hold the rows.
    list: &'static str,
    /// The list inside of each entry that holds the rows.
    rows: Option<&'static str>,
    /// Columns: a pointer into the row, or with `^` before it into the entry.
    columns: &'static [&'static str],
}

const TABLES: [Table; 16] = [
    Table {
        name: "findings",
        list: "/findings",
        rows: None,
        columns: &[
            "rule",
            "verdict",
            "severity",
            "benign",
            "subject/kind",
            "subject/name",
            "first",
            "last",
            "occurrences",
            "title",
            "explanation",
            "missing",
            "remedy",
            "references",
        ],
    },
    Table {
        name: "evidence",
        list: "/findings",
        rows: Some("evidence"),
        columns: &[
            "^rule",
            "^verdict",
            "^subject/name",
            "time",
            "node",
            "origin",
            "kind",
            "summary",
            "source",
            "record",
            "line",
            "message",
        ],
    },
    Table {
        name: "migrations",
        list: "/migrations",
        rows: None,
        columns: &[
            "vm",
            "vm_id",
            "kind",
            "outcome",
            "from_node",
            "to_node",
            "to_inferred",
            "started",
            "ended",
            "duration_s",
            "blackout_s",
            "brownout_s",
            "memory_mib",
            "planned",
            "reason/code",
            "reason/name",
            "reason/text",
        ],
    },
    Table {
        name: "failovers",
        list: "/failovers",
        rows: None,
        columns: &[
            "group",
            "vm",
            "from_node",
            "to_node",
            "cause",
            "planned",
            "planned_because",
            "down_from",
            "up_at",
            "downtime_s",
            "bounds/at_least_s",
            "bounds/at_most_s",
            "incident",
        ],
    },
    Table {
        name: "incidents",
        list: "/incidents",
        rows: None,
        columns: &[
            "node",
            "cause",
            "planned",
            "planned_because",
            "vms",
            "down_from",
            "last_back",
        ],
    },
    Table {
        name: "vms",
        list: "/vms",
        rows: None,
        columns: &["name", "id", "group", "memory_mib"],
    },
    Table {
        name: "placements",
        list: "/vms",
        rows: Some("placements"),
        columns: &["^name", "^id", "node", "from", "to", "basis"],
    },
    Table {
        name: "downtimes",
        list: "/vms",
        rows: Some("downtimes"),
        columns: &[
            "^name",
            "^id",
            "cause",
            "from",
            "to",
            "downtime_s",
            "bounds/at_least_s",
            "bounds/at_most_s",
        ],
    },
    Table {
        name: "nodes",
        list: "/nodes",
        rows: None,
        columns: &["name", "os", "build", "has_logs"],
    },
    Table {
        name: "node_states",
        list: "/nodes",
        rows: Some("states"),
        columns: &["^name", "state", "from", "to"],
    },
    Table {
        name: "network_changes",
        list: "/network_changes",
        rows: None,
        columns: &["time", "node", "kind", "vm", "name", "before", "after"],
    },
    Table {
        name: "clocks",
        list: "/clock",
        rows: None,
        columns: &["node", "offset_ms", "error_ms", "basis"],
    },
    Table {
        name: "files",
        list: "/coverage/files",
        rows: None,
        columns: &[
            "path",
            "kind",
            "node",
            "records_read",
            "records_failed",
            "first",
            "last",
            "time_basis",
        ],
    },
    Table {
        name: "coverage",
        list: "/coverage/logs",
        rows: Some("windows"),
        columns: &["^node", "^channel", "from", "to", "^missing", "^begin"],
    },
    Table {
        name: "gaps",
        list: "/coverage/gaps",
        rows: None,
        columns: &[
            "path",
            "node",
            "channel",
            "after_record",
            "before_record",
            "missing",
            "from",
            "to",
        ],
    },
    Table {
        name: "diagnostics",
        list: "/diagnostics",
        rows: None,
        columns: &["code", "loss", "count", "source", "message"],
    },
];

/// All tables of a report, by name, without the events.
///
/// # Errors
///
/// Never for a report that [`super::contract()`] made.
pub fn tables(report: &Report) -> io::Result<Vec<(&'static str, String)>> {
    let report = serde_json::to_value(report).map_err(io::Error::other)?;
    Ok(TABLES.iter().map(|t| (t.name, table(t, &report))).collect())
}

/// The heads of a table as its first line, by its name; `None` where there is no such
/// table.
#[must_use]
pub fn heads(name: &str) -> Option<String> {
    if name == "events" {
        return Some(line(EVENT_COLUMNS.map(str::to_owned)));
    }
    TABLES.iter().find(|t| t.name == name).map(heads_of)
}

fn heads_of(table: &Table) -> String {
    line(table.columns.iter().map(|c| match c.strip_prefix('^') {
        // `name` of which thing: its list says.
        Some(column) => format!("{}_{}", singular(table.list), column.replace('/', "_")),
        None => column_name(c),
    }))
}

fn table(table: &Table, report: &Value) -> String {
    let mut text = heads_of(table);
    let none = Vec::new();
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned();
    for entry in list(report.pointer(table.list)).unwrap_or_default() {
        let rows = match table.rows {
            Some(rows) => list(entry.get(rows)).unwrap_or(none.clone()),
            None => vec![entry.clone()],
        };
        for row in &rows {
            text.push_str(&line(table.columns.iter().map(|column| {
                let (of, pointer) = match column.strip_prefix('^') {
                    Some(pointer) => (&entry, pointer),
                    None => (row, *column),
                };
                shown(of.pointer(&format!("/{pointer}")))
            })));
        }
    }
    text
}

fn column_name(pointer: &str) -> String {
    pointer.replace('/', "_")
}

fn singular(list: &str) -> &str {
    list.rsplit('/')
        .next()
        .unwrap_or(list)
        .trim_end_matches('s')
}

/// A value in one cell; a list of texts is parted by line breaks, and unknown is empty.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => plain::lines(text),
        Some(Value::Array(all)) => {
            let all: Vec<String> = all.iter().map(|v| shown(Some(v))).collect();
            all.join("\n")
        }
        Some(other) => other.to_string(),
    }
}

/// The columns of the events.
const EVENT_COLUMNS: [&str; 13] = [
    "time",
    "local_time",
    "node",
    "severity",
    "kind",
    "vm",
    "origin",
    "provider",
    "event_id",
    "summary",
    "file",
    "record_or_line",
    "message",
];

/// Events, with their time in UTC and in a zone.
pub fn events<'e>(
    events: impl IntoIterator<Item = &'e Event>,
    zone: &TimeZone,
    lang: Lang,
) -> String {
    let mut text = line(EVENT_COLUMNS.map(str::to_owned));
    for event in events {
        let local = event.time.to_timestamp().to_zoned(zone.clone());
        let place = event.source.record().or(event.source.line());
        let (provider, id) = match &event.origin {
            Origin::EventLog { provider, id, .. } => (provider.to_string(), id.to_string()),
            _ => (String::new(), String::new()),
        };
        text.push_str(&line([
            event.time.to_string(),
            local.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
            named(event.node.as_ref().map(|n| n.as_str())),
            event.severity.name().to_owned(),
            event.kind.name().to_owned(),
            named(event.subject.vm.as_ref().map(|n| n.as_str())),
            event.origin.name().to_owned(),
            plain::plain(&provider),
            id,
            locale::summary(event, lang),
            plain::plain(&event.source.member),
            place.map_or(String::new(), |n| n.to_string()),
            event.message.as_deref().map_or(String::new(), plain::lines),
        ]));
    }
    text
}

fn named(name: Option<&str>) -> String {
    name.map(plain::plain).unwrap_or_default()
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|c| cell(&c)).collect();
    cells.join(",") + "\r\n"
}

/// One cell. Text that a spreadsheet could take for a formula gets an apostrophe in
/// front; a number is a number, also a negative one.
#[must_use]
pub fn cell(text: &str) -> String {
    // Signs that a spreadsheet takes for their ASCII twins, too.
    let first = text.trim_start_matches(['\u{FEFF}', ' ']);
    let formula = first.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
        && text.parse::<f64>().is_err();
    let text = format!("{}{text}", if formula { "'" } else { "" });
    if text.contains([',', '"', '\n', '\r', ';', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Options, contract, fixture};
    use proptest::prelude::*;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(cell("＝1+1"), "'＝1+1");
        assert_eq!(cell("-0.5"), "-0.5");
        assert_eq!(cell("-2+3"), "'-2+3");
    }

    #[test]
    fn snapshots() {
        let (timeline, verdicts) = fixture::case();
        for (name, lang) in [("en", Lang::En), ("ja", Lang::Ja)] {
            let report = contract(&timeline, &verdicts, &Options::new(lang));
            let mut all = tables(&report).unwrap();
            all.push(("events", events(&timeline.events, &TimeZone::UTC, lang)));
            let all: Vec<String> = all
                .iter()
                .map(|(table, text)| format!("{table}.csv\n{}", text.replace("\r\n", "\n")))
                .collect();
            insta::assert_snapshot!(format!("tables_{name}"), all.join("\n"));
        }
    }

    /// Rows of a CSV text, by RFC 4180 and nothing else.
    fn parsed(text: &str) -> Vec<Vec<String>> {
        let mut rows = vec![vec![String::new()]];
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let row = rows.last_mut().unwrap();
            match (quoted, c) {
                (true, '"') if chars.peek() == Some(&'"') => {
                    chars.next();
                    row.last_mut().unwrap().push('"');
                }
                (_, '"') => quoted = !quoted,
                (false, ',') => row.push(String::new()),
                (false, '\r') if chars.peek() == Some(&'\n') => {
                    chars.next();
                    rows.push(vec![String::new()]);
                }
                (_, c) => row.last_mut().unwrap().push(c),
            }
        }
        rows.pop();
        rows
    }

    #[test]
    fn every_table_has_its_columns_and_no_formula() {
        let (timeline, verdicts) = fixture::case();
        for lang in [Lang::En, Lang::Ja] {
            let report = contract(&timeline, &verdicts, &Options::new(lang));
            let value = serde_json::to_value(&report).unwrap();
            let mut all = tables(&report).unwrap();
            all.push(("events", events(&timeline.events, &TimeZone::UTC, lang)));
            for (name, text) in &all {
                let rows = parsed(text);
                for row in &rows {
                    assert_eq!(row.len(), rows[0].len(), "{name}: {row:?}");
                    for cell in row {
                        let acts = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                        assert!(!acts || cell.parse::<f64>().is_ok(), "{name}: {cell}");
                        assert!(!cell.contains(['\u{1b}', '\u{202E}']), "{name}: {cell}");
                    }
                }
            }
            let events = all.last().map(|(_, text)| parsed(text).len());
            assert_eq!(events, Some(timeline.events.len() + 1));
            // Every column is one of the contract.
            for table in &TABLES {
                let entries = value.pointer(table.list).and_then(Value::as_array);
                let entries = entries.unwrap_or_else(|| panic!("no {}", table.list));
                let rows = |entry: &Value| match table.rows {
                    Some(rows) => entry[rows].as_array().unwrap().clone(),
                    None => vec![entry.clone()],
                };
                for column in table.columns {
                    for entry in entries {
                        let first = column.split('/').next().unwrap();
                        match first.strip_prefix('^') {
                            Some(name) => assert!(entry.get(name).is_some(), "{column}"),
                            None => assert!(
                                rows(entry).iter().all(|r| r.get(first).is_some()),
                                "{}: {column}",
                                table.name
                            ),
                        }
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(cells in proptest::collection::vec(any::<String>(), 1..5)) {
            let rows = parsed(&line(cells.clone()));
            prop_assert_eq!(rows.len(), 1);
            for (read, written) in rows[0].iter().zip(&cells) {
                // Only the apostrophe of a disarmed formula may have come to it.
                let disarmed = read.strip_prefix('\'').is_some_and(|rest| rest == written);
                prop_assert!(read == written || disarmed, "{read:?} of {written:?}");
            }
        }
    }
}
