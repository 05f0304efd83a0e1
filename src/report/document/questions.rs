//! The thirty questions of a post-mortem, each with the short of its answer and where
//! the whole of it stands. What no record tells is said to be untold, never to be no.

use super::*;
use crate::report::locale::questions::{GROUPS, QUESTIONS, Question, UNLOGGED};
use crate::timeline::trail::at_end;
use crate::timeline::{LinkState, VolumeState, WitnessState};

/// Where an answer stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// Its anchor.
    pub anchor: String,
    /// Its title.
    pub title: String,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Its number in `docs/QUESTIONS.md`.
    pub number: usize,
    /// The question.
    pub question: String,
    /// The short of the answer, in lines.
    pub said: Vec<String>,
    /// Records tell something about it.
    pub known: bool,
    /// The sections with the whole answer, and the first record of it.
    pub places: Vec<Place>,
    /// What logs cannot tell; empty where there is nothing to say.
    pub limits: String,
}

/// What is said, and the record that it begins with.
#[derive(Default)]
struct Told {
    lines: Vec<String>,
    first: Option<EventIndex>,
}

/// Kinds that answer a question by having been logged.
const GUEST: &[&str] = &[
    "vm.guest_shut_down",
    "vm.guest_crashed",
    "vm.guest_critical",
    "vm.reset",
];
const HEARTBEATS: &[&str] = &[
    "heartbeat.missed",
    "route.down",
    "interface.unreachable",
    "interface.failed",
    "node.unreachable",
    "node.reconnected",
    "network.partitioned",
];
const RESOURCES: &[&str] = &[
    "resource.failed",
    "resource.deadlock",
    "resource.threshold_exceeded",
    "rhs.terminated",
];
const LOAD: &[&str] = &[
    "node.slow",
    "node.unresponsive",
    "os.memory_low",
    "resource.slow",
    "vm.disk_low",
];
const CHANGES: &[&str] = &[
    "os.update_installed",
    "os.service_installed",
    "os.renamed",
    "policy.applied",
    "vm.settings_changed",
    "vm.device_added",
    "vm.created",
    "vm.imported",
    "switch.created",
    "switch.deleted",
    "team.member_added",
    "team.member_removed",
    "network.added",
    "network.removed",
    "migration.networks_changed",
    "csv.added",
    "csv.removed",
    "quorum.config",
    "time.zone_changed",
];
const SETTINGS: &[&str] = &["vm.settings_changed"];
const AFTER_MOVE: &[&str] = &[
    "vm.settings_reverted",
    "vm.settings_kept",
    "vm.network_lost",
    "vm.network_fixup_failed",
    "port.vlan_trouble",
];
const NOT_STARTED: &[&str] = &[
    "vm.start_failed",
    "vm.restart_given_up",
    "group.not_failed_over",
    "group.node_barred",
    "group.threshold_exceeded",
    "group.move_refused",
];

impl Teller<'_> {
    /// `sections` are those that the document has.
    pub(super) fn questions(&self, sections: &[Section]) -> Section {
        let w = self.words;
        let mut blocks = Vec::new();
        for (at, (en, ja, first)) in GROUPS.iter().enumerate() {
            let end = GROUPS.get(at + 1).map_or(QUESTIONS.len() + 1, |g| g.2);
            let heading = match self.lang {
                Lang::En => en,
                Lang::Ja => ja,
            };
            blocks.push(Block::Heading((*heading).to_owned()));
            let group = QUESTIONS
                .iter()
                .filter(|q| (*first..end).contains(&q.number));
            blocks.push(Block::Answers(
                group.map(|q| self.answer(q, sections)).collect(),
            ));
        }
        Section {
            id: "questions".into(),
            title: w.questions.into(),
            lead: Some(w.questions_lead.into()),
            blocks,
            folded: true,
        }
    }

    fn answer(&self, question: &Question, sections: &[Section]) -> Answer {
        let told = self.told_of(question.number);
        let known = !told.lines.is_empty();
        let mut places: Vec<Place> = question
            .sections
            .iter()
            .filter_map(|id| {
                let title = match *id {
                    "missing" => self.words.what_is_missing,
                    id => &sections.iter().find(|s| s.id == id)?.title,
                };
                Some(Place {
                    anchor: (*id).to_owned(),
                    title: title.to_owned(),
                })
            })
            .collect();
        if let Some((anchor, event)) = told
            .first
            .and_then(|at| Some((self.event_link(at)?, self.timeline.events.get(at)?)))
        {
            places.push(Place {
                anchor,
                title: self.clock.precise(event.time, event.precision),
            });
        }
        Answer {
            number: question.number,
            question: question.text(self.lang).to_owned(),
            said: if known {
                told.lines
            } else {
                vec![self.words.no_such_record.to_owned()]
            },
            known,
            places,
            limits: self.limits(question),
        }
    }

    /// What logs cannot tell about a question, with what is known to leave no event.
    fn limits(&self, question: &Question) -> String {
        let phases = UNLOGGED.iter().filter(|(of, _)| *of == question.number);
        let phases: Vec<&str> = phases.flat_map(|(_, all)| *all).copied().collect();
        let unlogged = self.timeline.unlogged();
        let quoted = phases
            .iter()
            .filter_map(|phase| unlogged.iter().find(|a| a.phase == *phase))
            .map(|a| sentence(a.text(self.lang)));
        let limits = question.limits(self.lang).to_owned();
        let all: Vec<String> = std::iter::once(limits)
            .filter(|text| !text.is_empty())
            .chain(quoted)
            .collect();
        all.join(match self.lang {
            Lang::En => " ",
            Lang::Ja => "",
        })
    }

    fn told_of(&self, number: usize) -> Told {
        let w = self.words;
        let timeline = self.timeline;
        let n = |label: &str, count: usize| self.told(label, &count.to_string());
        let lines = |lines: Vec<String>| Told { lines, first: None };
        match number {
            1 => {
                let nodes: Vec<String> = (timeline.nodes.iter())
                    .map(|n| plain(n.name.as_str()))
                    .collect();
                let mut said = Vec::new();
                if !nodes.is_empty() {
                    said.push(self.told(w.nodes, &self.locale.list(&nodes)));
                }
                let unread = self.nodes_without_logs();
                if !unread.is_empty() {
                    said.push(self.locale.miss_nodes(&self.locale.list(&unread)));
                }
                lines(said)
            }
            2 => {
                let holes = (timeline.logs.iter())
                    .filter(|l| l.missing > 0 || l.cut)
                    .count();
                lines(vec![
                    n(w.logs, timeline.logs.len()),
                    n(w.logs_with_holes, holes),
                    n(w.logs_not_collected, timeline.not_collected.len()),
                ])
            }
            3 => {
                let largest = (timeline.clocks.iter())
                    .filter_map(|c| Some((c.offset_s?.abs(), c.error_s)))
                    .max_by(|a, b| a.0.total_cmp(&b.0));
                let unlinked = timeline.clocks.iter().filter(|c| c.offset_s.is_none());
                let mut said: Vec<String> = largest
                    .map(|(offset, error)| {
                        let mut text = self.locale.duration(offset);
                        if let Some(error) = error {
                            text.push_str(&format!(" ± {}", self.locale.duration(error)));
                        }
                        self.told(w.largest_offset, &text)
                    })
                    .into_iter()
                    .collect();
                let names: Vec<String> = unlinked.map(|c| plain(c.node.as_str())).collect();
                if !names.is_empty() {
                    said.push(self.locale.miss_clocks(&self.locale.list(&names)));
                }
                lines(said)
            }
            4 => {
                let weighty = (self.notable.merged.values())
                    .filter(|w| **w == Weight::Evidence)
                    .count();
                let first = (self.notable.merged.iter())
                    .find(|(_, w)| **w == Weight::Evidence)
                    .map(|(at, _)| *at);
                Told {
                    lines: vec![
                        n(w.evidence, weighty),
                        n(w.incidents, timeline.incidents.len()),
                    ],
                    first,
                }
            }
            5 => lines(vec![
                n(w.moves, timeline.migrations.len()),
                n(w.failovers, timeline.failovers.len()),
            ]),
            6 => {
                let mut said = Vec::new();
                for (value, label) in [(Some(true), w.yes), (Some(false), w.no), (None, w.unknown)]
                {
                    let moves = timeline.migrations.iter().filter(|m| m.planned == value);
                    let failovers =
                        (timeline.failovers.iter()).filter(|f| Some(f.planned) == value);
                    let count = moves.count() + failovers.count();
                    if count > 0 {
                        let mut text = self.told(w.planned, label);
                        text.push_str(&self.locale.parentheses(&count.to_string()));
                        said.push(text);
                    }
                }
                lines(said)
            }
            7 => {
                let mut said = Vec::new();
                for kind in [
                    MoveKind::Live,
                    MoveKind::Quick,
                    MoveKind::Storage,
                    MoveKind::Offline,
                ] {
                    let count = timeline
                        .migrations
                        .iter()
                        .filter(|m| m.kind == kind)
                        .count();
                    if count > 0 {
                        said.push(n(self.locale.move_kind(kind), count));
                    }
                }
                if !timeline.failovers.is_empty() {
                    said.push(n(w.failovers, timeline.failovers.len()));
                }
                lines(said)
            }
            8 => {
                let blackout = (timeline.migrations.iter())
                    .filter_map(|m| m.blackout_s)
                    .max_by(f64::total_cmp);
                let down = (timeline.vms.iter().flat_map(|v| &v.downtimes))
                    .filter_map(|d| Some(d.to?.seconds_since(d.from?)))
                    .max_by(f64::total_cmp);
                let told = [(w.longest_blackout, blackout), (w.longest_downtime, down)];
                lines(
                    told.into_iter()
                        .filter_map(|(l, s)| Some(self.told(l, &self.locale.duration(s?))))
                        .collect(),
                )
            }
            9 => {
                let mut said = Vec::new();
                for outcome in [
                    MoveOutcome::Completed,
                    MoveOutcome::Failed,
                    MoveOutcome::Canceled,
                    MoveOutcome::Unfinished,
                ] {
                    let count = (timeline.migrations.iter())
                        .filter(|m| m.outcome == outcome)
                        .count();
                    if count > 0 {
                        said.push(n(self.locale.outcome(outcome), count));
                    }
                }
                lines(said)
            }
            10 => self.records(GUEST),
            11 => self.records(HEARTBEATS),
            12 => {
                let down: BTreeSet<String> = (timeline.links.iter())
                    .filter(|l| l.vm.is_none())
                    .filter(|l| l.states.iter().any(|i| i.state != LinkState::Up))
                    .map(|l| match &l.node {
                        Some(node) => format!(
                            "{}{}",
                            plain(&l.name),
                            self.locale.parentheses(&plain(node.as_str()))
                        ),
                        None => plain(&l.name),
                    })
                    .collect();
                let nodes: BTreeSet<String> = (timeline.incidents.iter())
                    .filter_map(|i| Some(plain(i.node.as_ref()?.as_str())))
                    .collect();
                lines(
                    [(w.links, down), (w.incidents, nodes)]
                        .into_iter()
                        .filter(|(_, names)| !names.is_empty())
                        .map(|(label, names)| {
                            let names: Vec<String> = names.into_iter().collect();
                            self.told(label, &self.locale.list(&names))
                        })
                        .collect(),
                )
            }
            13 => {
                let mut first = None;
                let mut said = Vec::new();
                for node in &timeline.nodes {
                    let away = node.intervals.iter().filter(|i| {
                        i.state.unannounced()
                            || matches!(
                                i.state,
                                NodeState::Restarted
                                    | NodeState::Stopped
                                    | NodeState::WithoutQuorum
                            )
                    });
                    for interval in away.take(2) {
                        first = first.or(interval.evidence.first().copied());
                        let state = self.locale.node_state(interval.state);
                        said.push(self.told(&plain(node.name.as_str()), state));
                    }
                }
                said.truncate(MOST_LINES);
                Told { lines: said, first }
            }
            14 => {
                let losses = &timeline.quorum.losses;
                Told {
                    first: losses.first().and_then(|l| l.evidence.first().copied()),
                    lines: if losses.is_empty() {
                        Vec::new()
                    } else {
                        vec![n(self.locale.event(EventKind::QuorumLost), losses.len())]
                    },
                }
            }
            15 => {
                let witness = &timeline.quorum.witness;
                let failed = (witness.iter())
                    .filter(|i| i.state == WitnessState::Failed)
                    .count();
                lines(if witness.is_empty() {
                    Vec::new()
                } else {
                    vec![n(self.locale.witness_state(WitnessState::Failed), failed)]
                })
            }
            16 => self.records(RESOURCES),
            17 => {
                let troubled = (timeline.volumes.iter())
                    .filter(|v| v.states.iter().any(|i| i.state != VolumeState::Online));
                let names: BTreeSet<String> = troubled.map(|v| plain(&v.name)).collect();
                let names: Vec<String> = names.into_iter().collect();
                lines(if names.is_empty() {
                    Vec::new()
                } else {
                    vec![self.told(w.storage, &self.locale.list(&names))]
                })
            }
            18 => {
                let changes = &timeline.network_changes;
                Told {
                    first: changes.first().map(|c| c.evidence),
                    lines: if changes.is_empty() {
                        Vec::new()
                    } else {
                        vec![n(w.network_changes, changes.len())]
                    },
                }
            }
            19 => self.records(LOAD),
            20 => self.records(CHANGES),
            21 => self.records(SETTINGS),
            22 => self.records(AFTER_MOVE),
            23 => {
                let last = |completed: bool| {
                    (timeline.migrations.iter().rev())
                        .find(|m| (m.outcome == MoveOutcome::Completed) == completed)
                        .and_then(|m| m.ended.or(m.started))
                        .map(|at| self.clock.second(at))
                };
                let told = [
                    (w.last_that_completed, last(true)),
                    (w.last_that_did_not, last(false)),
                ];
                lines(
                    told.into_iter()
                        .filter_map(|(label, at)| Some(self.told(label, &at?)))
                        .collect(),
                )
            }
            24 => {
                let builds: BTreeSet<u32> = timeline.nodes.iter().filter_map(|n| n.build).collect();
                let builds: Vec<String> = builds.iter().map(u32::to_string).collect();
                lines(if builds.is_empty() {
                    Vec::new()
                } else {
                    vec![self.told(w.build, &self.locale.list(&builds))]
                })
            }
            25 => self.records(NOT_STARTED),
            26 => {
                let mut said: Vec<String> = (timeline.incidents.iter())
                    .filter_map(|i| i.last_back)
                    .max()
                    .map(|at| self.told(w.last_back, &self.clock.second(at)))
                    .into_iter()
                    .collect();
                let open = self.not_back();
                if !open.is_empty() {
                    said.push(self.locale.head_not_back(&self.locale.list(&open)));
                }
                lines(said)
            }
            27 => {
                let mut said: Vec<String> = (timeline.nodes.iter())
                    .filter_map(|node| {
                        let state = at_end(&node.intervals).filter(|s| *s != NodeState::Up)?;
                        let state = self.locale.node_state(state);
                        Some(self.told(&plain(node.name.as_str()), state))
                    })
                    .collect();
                said.extend(timeline.volumes.iter().filter_map(|volume| {
                    let state = at_end(&volume.states).filter(|s| *s != VolumeState::Online)?;
                    Some(self.told(&plain(&volume.name), self.locale.volume_state(state)))
                }));
                said.extend(
                    (timeline.links.iter())
                        .filter(|l| l.vm.is_none())
                        .filter_map(|link| {
                            let state = at_end(&link.states).filter(|s| *s != LinkState::Up)?;
                            Some(self.told(&plain(&link.name), self.locale.link_state(state)))
                        }),
                );
                said.truncate(MOST_LINES);
                if said.is_empty() && !timeline.nodes.is_empty() {
                    said.push(w.nothing_down_at_end.to_owned());
                }
                lines(said)
            }
            28 => {
                let often: Vec<String> = (self.verdicts.findings.iter())
                    .filter(|f| f.occurrences > 1)
                    .take(MOST_LINES)
                    .map(|f| {
                        format!(
                            "{} — {}",
                            self.told(&self.subject_of(f), &self.title_of(f)),
                            self.locale.seen_times(f.occurrences)
                        )
                    })
                    .collect();
                let mut said = Vec::new();
                if !timeline.incidents.is_empty() {
                    said.push(n(w.incidents, timeline.incidents.len()));
                }
                said.extend(often);
                lines(said)
            }
            29 => {
                let mut said: Vec<String> = Vec::new();
                for finding in &self.verdicts.findings {
                    if matches!(finding.verdict, Verdict::Confirmed | Verdict::Probable) {
                        let line = format!(
                            "[{}] {}",
                            self.locale.verdict(finding.verdict),
                            self.title_of(finding)
                        );
                        if !said.contains(&line) && said.len() < MOST_LINES {
                            said.push(line);
                        }
                    }
                }
                if said.is_empty() {
                    said.push(w.no_verdicts.to_owned());
                }
                lines(said)
            }
            _ => {
                let open = (self.verdicts.findings.iter())
                    .filter(|f| f.verdict == Verdict::NotAssessable)
                    .count();
                lines(vec![
                    n(self.locale.verdict(Verdict::NotAssessable), open),
                    n(w.what_is_missing, self.missing().len()),
                ])
            }
        }
    }

    /// How many records are of these kinds, and the first of them.
    fn records(&self, kinds: &[&str]) -> Told {
        let all = (self.timeline.events.iter().enumerate())
            .filter(|(_, e)| e.origin != Origin::Derived && kinds.contains(&e.kind.name()));
        let mut count = 0;
        let mut first = None;
        for (at, event) in all {
            count += 1;
            first = first.or(Some((at, event)));
        }
        let Some((at, event)) = first else {
            return Told::default();
        };
        let summary = locale::summary(event, self.lang);
        Told {
            lines: vec![self.locale.records_first(count, &summary)],
            first: Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_kind_that_answers_is_one() {
        for list in [
            GUEST,
            HEARTBEATS,
            RESOURCES,
            LOAD,
            CHANGES,
            SETTINGS,
            AFTER_MOVE,
            NOT_STARTED,
        ] {
            for name in list {
                assert!(EventKind::ALL.iter().any(|k| k.name() == *name), "{name}");
            }
        }
    }

    fn answers(document: &Document) -> Vec<&Answer> {
        let section = document.sections.iter().find(|s| s.id == "questions");
        let blocks = &section.unwrap().blocks;
        blocks
            .iter()
            .filter_map(|b| match b {
                Block::Answers(all) => Some(all),
                _ => None,
            })
            .flatten()
            .collect()
    }

    #[test]
    fn what_is_not_recorded_is_said_to_be_untold() {
        let (timeline, verdicts) = fixture::case();
        let told = document(&timeline, &verdicts, &Options::new(Lang::En));
        let full = answers(&told);
        assert_eq!(full.len(), 30);
        assert!(
            full[4].known && full[4].said[0].contains('2'),
            "{:?}",
            full[4]
        );
        assert!(full[20].places.iter().any(|p| p.anchor == "event-2"));

        let nothing = document(
            &Timeline::default(),
            &Verdicts::default(),
            &Options::new(Lang::En),
        );
        for answer in answers(&nothing) {
            assert!(!answer.said.is_empty());
            let anchors = answer.places.iter().map(|p| p.anchor.as_str());
            for anchor in anchors.filter(|a| *a != "missing") {
                assert!(nothing.sections.iter().any(|s| s.id == anchor), "{anchor}");
            }
        }
        assert!(!answers(&nothing)[10].known);
    }
}
