//! What a document says of the fixture's case, and of none.

use super::*;
use crate::report::fixture;
use crate::timeline::DowntimeCause;

fn told(timeline: &Timeline, verdicts: &Verdicts) -> Document {
    document(timeline, verdicts, &Options::new(Lang::En))
}

fn section<'a>(document: &'a Document, id: &str) -> &'a Section {
    document.sections.iter().find(|s| s.id == id).unwrap()
}

/// Every text of a document, with the anchors and class names it also has.
fn texts(document: &Document) -> Vec<String> {
    fn walk(value: &serde_json::Value, out: &mut Vec<String>) {
        match value {
            serde_json::Value::String(s) => out.push(s.clone()),
            serde_json::Value::Array(all) => all.iter().for_each(|v| walk(v, out)),
            serde_json::Value::Object(all) => all.values().for_each(|v| walk(v, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(&serde_json::to_value(document).unwrap(), &mut out);
    out
}

#[test]
fn no_text_acts_by_being_shown() {
    let (timeline, verdicts) = fixture::case();
    for lang in [Lang::En, Lang::Ja] {
        for text in texts(&document(&timeline, &verdicts, &Options::new(lang))) {
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202E}';
            assert!(!text.chars().any(acts), "{text:?}");
        }
    }
}

/// Takes all trouble out of the fixture's case.
fn quiet(timeline: &mut Timeline) {
    timeline.failovers.clear();
    timeline.incidents.clear();
    timeline.migrations.truncate(1);
    for vm in &mut timeline.vms {
        vm.downtimes.clear();
    }
    timeline.nodes[0].intervals.truncate(1);
}

fn said(document: &Document) -> Vec<&str> {
    document.headline.iter().map(|s| s.text.as_str()).collect()
}

/// An incident is told whether or not a role failed over, and with what to look at.
#[test]
fn an_unplanned_incident_is_never_a_quiet_day() {
    let (mut timeline, _) = fixture::case();
    let mut incident = timeline.incidents[0].clone();
    let down = timeline.vms[1].downtimes.clone();
    quiet(&mut timeline);
    timeline.vms[1].downtimes = down;
    incident.cause = FailoverCause::QuorumLoss;
    incident.vms = vec![1];
    let mut second = incident.clone();
    second.node = Some(timeline.nodes[1].name.clone());
    second.vms = Vec::new();
    timeline.incidents = vec![incident, second];
    let document = told(&timeline, &Verdicts::default());
    let first = said(&document)[0];
    assert!(
        first.starts_with("Nodes HV01 and HV02 lost quorum at 2024-05-14 01:40:00: "),
        "{first}"
    );
    assert!(
        first.ends_with(" went down; it was up again later. The longest downtime is 1 min 32 s (<script>alert(1)</script>|`x`[a](javascript:b)␛[31m⟨U+202E⟩*_\"'&)."),
        "{first}"
    );
    assert!(document.actions.items[0].starts_with("HV01 and HV02: look at the network"));
    // One that was planned is no trouble.
    for incident in &mut timeline.incidents {
        incident.planned = Some(true);
    }
    let document = told(&timeline, &Verdicts::default());
    assert!(said(&document)[0].starts_with("What was read shows no failure"));
}

/// What was down without an incident is told, but for what somebody wanted.
#[test]
fn an_outage_without_an_incident_is_told() {
    let (mut timeline, _) = fixture::case();
    let mut down = timeline.vms[1].downtimes[0].clone();
    quiet(&mut timeline);
    down.cause = DowntimeCause::Storage;
    timeline.vms[0].downtimes = vec![down.clone()];
    let document = told(&timeline, &Verdicts::default());
    assert_eq!(
        said(&document)[0],
        "Down without a failover from 2024-05-14 01:40:00: web01 (storage gone). The longest downtime is 1 min 32 s (web01)."
    );
    let longest = |document: &Document| document.facts.iter().any(|f| f.value == "1 min 32 s");
    assert!(longest(&document));
    down.cause = DowntimeCause::Stopped;
    timeline.vms[0].downtimes = vec![down];
    let document = told(&timeline, &Verdicts::default());
    assert!(said(&document)[0].starts_with("What was read shows no failure"));
    assert!(
        !longest(&document),
        "a stop on request is no downtime to tell"
    );
    assert_eq!(document.down.rows.len(), 1, "the table has it");
}

/// That a VM failed over is told by the incident; a rule that says no more is not told
/// beside it.
#[test]
fn a_finding_that_restates_the_incident_is_not_in_the_headline() {
    let (timeline, mut verdicts) = fixture::case();
    let about = |verdicts: &Verdicts| {
        let document = told(&timeline, verdicts);
        said(&document)
            .iter()
            .any(|s| s.contains("came back after a move"))
    };
    assert!(about(&verdicts));
    let finding = &mut verdicts.findings[0];
    finding.subject.vm = Some(1);
    finding.steps[2].kinds = vec![EventKind::VmFailedOver];
    assert!(!about(&verdicts));
}

#[test]
fn a_crash_is_told_with_its_code() {
    let (mut timeline, verdicts) = fixture::case();
    let at = timeline.incidents[0].chain[1].evidence[0];
    timeline.events[at].fields.set("bugcheck", "159");
    timeline.nodes[0].intervals[1].state = NodeState::Crashed;
    let document = told(&timeline, &verdicts);
    let first = said(&document)[0];
    assert!(
        first.starts_with("Node HV01 crashed at 2024-05-14 01:40:00, with bugcheck 0x9F: "),
        "{first}"
    );
}

/// What is not back when the logs end, and guests that started anew, are told.
#[test]
fn the_end_of_the_logs_and_guests_are_told() {
    let (mut timeline, _) = fixture::case();
    quiet(&mut timeline);
    let about = |timeline: &Timeline| said(&told(timeline, &Verdicts::default())).join("\n");
    assert!(!about(&timeline).contains("end of the logs"));
    timeline.nodes[1].intervals[0].state = NodeState::Quarantined;
    assert!(
        about(&timeline)
            .contains("Not back by the end of the logs, as far as they tell: HV02 (quarantined).")
    );
    timeline.nodes[1].intervals[0].state = NodeState::Up;
    let at = (0..timeline.events.len())
        .find(|&at| timeline.event_vm[at] == Some(0))
        .unwrap();
    for (kind, first, quiet) in [
        (EventKind::VmReset, "VM reset: web01 (", true),
        (EventKind::VmGuestCrashed, "Guest crashed", false),
    ] {
        timeline.events[at].kind = kind;
        let text = about(&timeline);
        assert!(text.contains(first), "{text}");
        assert_eq!(text.contains("shows no failure"), quiet, "{text}");
    }
}

#[test]
fn a_day_without_trouble_is_said_to_be_one() {
    let (mut timeline, _) = fixture::case();
    quiet(&mut timeline);
    let document = told(&timeline, &Verdicts::default());
    assert_eq!(
        said(&document),
        [
            "What was read shows no failure, no failover and no known issue.",
            "Whether web01 kept the network settings (VLAN, switch, MAC) through the move cannot be judged from these logs.",
            "1 live migration completed; the VMs kept their state."
        ]
    );
    assert!(document.down.rows.is_empty());
    // What is missing is said all the same.
    assert!(document.missing.items[0].contains("HV03"));
}

#[test]
fn a_harmless_or_ruled_out_finding_is_no_headline_and_no_action() {
    let (timeline, verdicts) = fixture::case();
    let document = told(&timeline, &verdicts);
    for text in document.headline.iter().map(|s| &s.text) {
        assert!(!text.contains("Harmless"), "{text}");
    }
    let places: Vec<(bool, Verdict)> = document
        .groups
        .iter()
        .map(|c| (c.benign, c.verdict))
        .collect();
    assert!(
        places
            .iter()
            .take(3)
            .all(|(benign, v)| !benign && *v != Verdict::RuledOut)
    );
    let told: Vec<&Block> = section(&document, "findings").blocks.iter().collect();
    let cards = told
        .iter()
        .filter(|b| matches!(b, Block::Finding(_)))
        .count();
    assert_eq!(cards, 5, "in their section they are told");
}

#[test]
fn without_a_finding_the_failover_is_the_cause_chain() {
    let (timeline, _) = fixture::case();
    let document = told(&timeline, &Verdicts::default());
    assert!(
        document.headline[0]
            .text
            .starts_with("Node HV01 was lost at 2024-05-14")
    );
    assert_eq!(document.headline[0].sureness, Sureness::Logged);
    let Block::Table(chain) = &section(&document, "cause").blocks[0] else {
        panic!("the chain is a table");
    };
    assert_eq!(chain.rows.len(), 2);
}

#[test]
fn what_a_person_said_is_marked_wherever_it_stands() {
    let (timeline, verdicts) = fixture::case();
    let document = told(&timeline, &verdicts);
    let mut seen = 0;
    for section in &document.sections {
        for block in &section.blocks {
            let tables: Vec<&Table> = match block {
                Block::Table(t) => vec![t],
                Block::Finding(card) => vec![&card.evidence],
                _ => vec![],
            };
            for row in tables.iter().flat_map(|t| &t.rows) {
                let all: String = row.cells.iter().map(|c| c.text.as_str()).collect();
                if all.contains("notes.yaml") && section.id != "coverage" {
                    seen += 1;
                    assert!(all.contains("Said by a person, not logged"), "{all}");
                    assert!(row.cells.iter().any(|c| c.tone == Tone::Said));
                }
            }
        }
    }
    assert!(seen >= 3, "{seen}");
}

#[test]
fn a_long_timeline_is_cut_keeps_the_evidence_and_says_so() {
    let (mut timeline, verdicts) = fixture::case();
    let mut noise = timeline.events[0].clone();
    noise.severity = Severity::Warning;
    for _ in 0..1000 {
        timeline.events.push(noise.clone());
        timeline.event_vm.push(None);
    }
    let document = told(&timeline, &verdicts);
    let events = section(&document, "timeline");
    let total = timeline.events.len();
    let expected = format!("400 events shown, {} left out", total - 400);
    assert!(
        events
            .blocks
            .iter()
            .any(|b| matches!(b, Block::Aside(text) if text.starts_with(&expected)))
    );
    let Some(Block::Table(table)) = events.blocks.last() else {
        panic!("the timeline is a table");
    };
    let anchors: BTreeSet<&str> = table
        .rows
        .iter()
        .filter_map(|r| r.anchor.as_deref())
        .collect();
    for evidence in verdicts.findings.iter().flat_map(|f| &f.evidence) {
        assert!(anchors.contains(event_anchor(*evidence).as_str()));
    }
}

#[test]
fn many_subjects_of_one_rule_are_one_sentence_and_one_action() {
    let (timeline, mut verdicts) = fixture::case();
    let first = verdicts.findings[0].clone();
    verdicts.findings.truncate(1);
    for n in 2..=30 {
        let mut more = first.clone();
        more.subject.name = format!("web{n:02}");
        verdicts.findings.push(more);
    }
    let document = told(&timeline, &verdicts);
    assert!(
        document
            .headline
            .iter()
            .any(|s| s.text.contains("and 24 more"))
    );
    let refreshes = document
        .actions
        .items
        .iter()
        .filter(|a| a.contains("Refresh"));
    assert_eq!(refreshes.count(), 1);
    let [group] = &document.groups[..] else {
        panic!("one rule, one group: {:?}", document.groups);
    };
    assert_eq!(group.members.len(), MOST_MEMBERS);
    assert_eq!(group.more.as_deref(), Some("26 more, in the appendix."));
}

#[test]
fn what_had_no_trouble_has_no_section() {
    let (mut timeline, verdicts) = fixture::case();
    let sections = |document: &Document| -> Vec<String> {
        document.sections.iter().map(|s| s.id.clone()).collect()
    };
    let all = sections(&told(&timeline, &verdicts));
    timeline.incidents.clear();
    timeline.links[0].states.clear();
    timeline.volumes[0].states.clear();
    timeline.quorum.losses.clear();
    timeline.quorum.witness.truncate(1);
    let quiet = sections(&told(&timeline, &verdicts));
    let gone: Vec<&String> = all.iter().filter(|id| !quiet.contains(id)).collect();
    assert_eq!(gone, ["incidents", "links", "volumes", "quorum"]);
}

#[test]
fn a_link_of_a_chain_names_all_that_it_is_about() {
    let (mut timeline, verdicts) = fixture::case();
    let [dead, online] = [2, 3].map(|n| timeline.incidents[0].chain[n].evidence[0]);
    timeline.incidents[0].chain[2].evidence = vec![dead, online];
    let document = told(&timeline, &verdicts);
    let Block::Table(chain) = &section(&document, "incidents").blocks[2] else {
        panic!("the chain is a table");
    };
    let what = &chain.rows[2].cells[3].text;
    assert!(
        what.contains("経理サーバー") && what.contains("script"),
        "{what}"
    );
    assert!(chain.rows[1].cells[3].text.contains("HV01"));
}

#[test]
fn a_story_is_in_order_and_says_nothing_twice() {
    let (timeline, verdicts) = fixture::case();
    let page = stories(&timeline, &verdicts, &Options::new(Lang::En), &[1]);
    let Some(Block::Table(story)) = page.sections[0].blocks.last() else {
        panic!("the story is a table");
    };
    let told: Vec<(&str, &str)> = (story.rows.iter())
        .map(|row| (row.cells[0].text.as_str(), row.cells[2].text.as_str()))
        .collect();
    let times: Vec<&str> = told
        .iter()
        .map(|(time, _)| *time)
        .filter(|time| time.starts_with("20"))
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let mut once = told.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), told.len(), "{told:?}");
    let has = |part: &str| told.iter().any(|(_, what)| what.contains(part));
    assert!(has("0x80070005") && has("at most 1 min 36 s") && has("State: failed"));
    // What another VM did is not told.
    assert!(!has("vlan"));
}
