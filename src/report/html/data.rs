//! The merged timeline as the page's script reads it: JSON in columns, short because a
//! page may carry thousands of events, and escaped so that nothing in it ends its
//! element. Its shape is between this file and `page.js`; programs read `report.json`.

use serde_json::{Value, json};

use crate::model::source::Locator;
use crate::model::time::Precision;
use crate::report::document::{Document, Merged, Weight};

/// The data of a page, safe inside a `script` element.
pub fn data(document: &Document) -> String {
    let labels = &document.labels;
    let zones = &document.zones;
    let value = json!({
        "lang": labels.lang,
        "zone": {
            "name": zones.name,
            "shown": zones.shown,
            "minutes": shown_minutes(document),
            "cluster": zones.cluster_minutes,
        },
        "window": zones.window.map(|w| [millis(w.from.ticks()), millis(w.to.ticks())]),
        "words": {
            "any": labels.any,
            "andWorse": labels.and_worse,
            "allOfFamily": labels.all_of_family,
            "shownOf": labels.shown_of,
            "noneFit": labels.none_fit,
            "copied": labels.copied,
            "copyFailed": labels.copy_failed,
            "printedFirst": labels.printed_first,
            "families": labels.families,
            "severities": labels.severities,
            "time": labels.time,
            "vm": labels.vm,
            "node": labels.node,
            "kind": labels.kind,
            "severity": labels.severity,
            "what": labels.what,
            "message": labels.message,
            "source": labels.source,
            "finding": labels.finding,
            "places": [labels.record, labels.line, labels.entry, labels.whole_file],
            "unknown": labels.unknown,
            "said": labels.said,
            "reader": labels.zone_reader,
        },
        "events": columns(&document.merged),
    });
    inside_script(&value.to_string())
}

/// The one offset of the shown zone in minutes, where it has one: for zones that a
/// browser does not know by name.
fn shown_minutes(document: &Document) -> Option<i64> {
    let zones = &document.zones;
    let (text, moment) = document.times.iter().find(|(text, _)| text.len() == 19)?;
    if !zones.one_offset {
        return None;
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let local = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let seconds = local.as_second() - moment.ticks().div_euclid(10_000_000);
    Some(seconds / 60)
}

fn millis(ticks: i64) -> i64 {
    ticks.div_euclid(10_000)
}

/// Each column a list as long as there are events. Numbers that grow are written as
/// their difference to the one before; -1 is none.
fn columns(merged: &Merged) -> Value {
    let at = |n: Option<usize>| n.map_or(-1, |n| n as i64);
    let each = |of: &dyn Fn(&crate::report::document::MergedEvent) -> i64| {
        merged.events.iter().map(of).collect::<Vec<i64>>()
    };
    let steps = |numbers: Vec<i64>| {
        let mut before = 0;
        numbers
            .into_iter()
            .map(|n| {
                let step = n - before;
                before = n;
                step
            })
            .collect::<Vec<i64>>()
    };
    json!({
        "total": merged.total,
        "nodes": merged.nodes,
        "vms": merged.vms,
        "kinds": merged.kinds.iter().map(|k| json!([k.name, k.phrase, k.family])).collect::<Vec<_>>(),
        "members": merged.members,
        "texts": merged.texts,
        "messages": merged.messages,
        "quotes": merged.events.iter().enumerate().filter_map(|(n, e)| Some(json!([n, e.message?])))
            .collect::<Vec<_>>(),
        "findings": merged.findings.iter().map(|f| json!([f.anchor, f.label])).collect::<Vec<_>>(),
        "id": steps(each(&|e| e.at as i64 + 1)),
        "t": steps(each(&|e| millis(e.time.ticks()))),
        "precision": each(&|e| match e.precision {
            Precision::Tick | Precision::Millisecond => 0,
            Precision::Second => 1,
            Precision::Minute => 2,
        }),
        "node": each(&|e| at(e.node)),
        "vm": each(&|e| at(e.vm)),
        "kind": each(&|e| e.kind as i64),
        "severity": each(&|e| e.severity as i64),
        "weight": each(&|e| match e.weight {
            Weight::Evidence => 0,
            Weight::Change => 1,
            Weight::Routine => 2,
        }),
        "said": merged.events.iter().enumerate().filter(|(_, e)| e.said).map(|(n, _)| n).collect::<Vec<_>>(),
        "member": each(&|e| e.member as i64),
        "place": each(&|e| match e.place {
            Locator::Record(_) => 0,
            Locator::Line(_) => 1,
            Locator::Entry(_) => 2,
            Locator::Whole => 3,
        }),
        "number": each(&|e| match e.place {
            Locator::Record(n) | Locator::Line(n) | Locator::Entry(n) => i64::try_from(n).unwrap_or(-1),
            Locator::Whole => -1,
        }),
        "text": each(&|e| e.text as i64),
        "of": merged.events.iter().enumerate().filter(|(_, e)| !e.findings.is_empty())
            .map(|(n, e)| json!([n, e.findings])).collect::<Vec<_>>(),
    })
}

/// JSON that a script element can hold: no tag, comment or line separator is in it,
/// and no character reference is needed.
fn inside_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::Lang;
    use crate::report::{Options, document, fixture};

    #[test]
    fn nothing_in_it_ends_its_element_and_it_is_still_json() {
        let hostile = "</script><!--<script>\u{2028}]]>&amp;";
        let text = inside_script(&json!([hostile]).to_string());
        for sign in ["<", ">", "&", "\u{2028}"] {
            assert!(!text.contains(sign), "{text}");
        }
        let back: Vec<String> = serde_json::from_str(&text).unwrap();
        assert_eq!(back, [hostile]);
    }

    #[test]
    fn every_column_has_a_value_for_each_event() {
        let (timeline, verdicts) = fixture::case();
        let mut options = Options::new(Lang::Ja);
        options.zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
        let document = document(&timeline, &verdicts, &options);
        let value: Value = serde_json::from_str(&data(&document)).unwrap();
        assert_eq!(value["zone"]["minutes"], 540);
        let events = &value["events"];
        let n = document.merged.events.len();
        for column in [
            "id",
            "t",
            "precision",
            "node",
            "vm",
            "kind",
            "severity",
            "weight",
            "member",
            "place",
            "number",
            "text",
        ] {
            assert_eq!(events[column].as_array().unwrap().len(), n, "{column}");
        }
        let times = events["t"].as_array().unwrap();
        let last: i64 = times.iter().map(|t| t.as_i64().unwrap()).sum();
        assert_eq!(last, millis(document.merged.events[n - 1].time.ticks()));
    }
}
