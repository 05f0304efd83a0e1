//! The incidents: failovers and restarts of one cause, from the first symptom to the
//! last VM back.

use super::*;
use crate::timeline::{ChainLink, ChainRole, Incident};

/// The most incidents that are told in full; `report.json` has all.
const MOST_INCIDENTS: usize = 12;
/// The most links of one chain.
const MOST_LINKS: usize = 60;

impl Teller<'_> {
    /// `None` when there was none.
    pub(super) fn incidents(&self) -> Option<Section> {
        let w = self.words;
        let all = &self.timeline.incidents;
        if all.is_empty() {
            return None;
        }
        let mut blocks = Vec::new();
        for incident in all.iter().take(MOST_INCIDENTS) {
            blocks.extend(self.incident(incident));
        }
        if all.len() > MOST_INCIDENTS {
            let left_out = all.len() - MOST_INCIDENTS;
            blocks.push(Block::Aside(
                self.locale.rows_left_out(left_out, MOST_INCIDENTS),
            ));
        }
        Some(Section {
            id: "incidents".into(),
            title: w.incidents.into(),
            lead: Some(w.incidents_lead.into()),
            blocks,
            folded: false,
        })
    }

    fn incident(&self, incident: &Incident) -> [Block; 3] {
        let w = self.words;
        let cause = self.locale.cause(incident.cause);
        let title = match &incident.node {
            Some(node) => self.told(&plain(node.as_str()), cause),
            None => cause.to_owned(),
        };
        let vms: Vec<String> = incident.vms.iter().map(|&vm| self.vm(vm)).collect();
        let time = |at: Option<Moment>, unknown: &str| {
            at.map_or_else(|| unknown.to_owned(), |at| self.clock.second(at))
        };
        let facts = [
            (w.vms, self.locale.list(&vms)),
            (w.since, time(incident.down_from, w.down_since_before)),
            (w.until, time(incident.last_back, w.still_down)),
            (w.planned, self.yes_no(incident.planned).text),
            (
                w.why_planned,
                self.locale
                    .planned_because(incident.planned_because)
                    .to_owned(),
            ),
        ];
        let facts = facts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(label, value)| self.told(label, value))
            .collect();
        let links = &incident.chain;
        let rows = (links.iter().take(MOST_LINKS))
            .map(|link| self.link(link))
            .collect();
        let heads = columns([
            (w.time, Time),
            (w.role_in_story, Label),
            (w.node, Text),
            (w.what, Text),
            (w.records_count, Number),
            (w.source, Code),
        ]);
        [
            Block::Heading(title),
            Block::List(facts),
            Block::Table(self.table(heads, rows, links.len())),
        ]
    }

    fn link(&self, link: &ChainLink) -> Row {
        let tone = match link.role {
            ChainRole::Symptom => Tone::Warn,
            ChainRole::Cause => Tone::Bad,
            ChainRole::Consequence => Tone::Plain,
            ChainRole::Recovery => Tone::Good,
        };
        let first =
            (link.evidence.first()).and_then(|&at| Some((at, self.timeline.events.get(at)?)));
        let mut time = cell(self.clock.second(link.time));
        let mut source = cell("–");
        if let Some((at, event)) = first {
            time.text = self.clock.precise(event.time, event.precision);
            time.link = self.event_link(at);
            source = self.where_is(event);
        }
        row(vec![
            time,
            toned(self.locale.chain_role(link.role), tone),
            self.node(link.node.as_ref()),
            cell(self.says(link)),
            cell(link.evidence.len().to_string()),
            source,
        ])
    }

    /// What a link's records say: their one sentence, or the kind and the names of all
    /// that they are about.
    fn says(&self, link: &ChainLink) -> String {
        let events: Vec<(EventIndex, &Event)> = (link.evidence.iter())
            .filter_map(|&at| Some((at, self.timeline.events.get(at)?)))
            .collect();
        let said: BTreeSet<String> = (events.iter())
            .map(|(_, event)| locale::summary(event, self.lang))
            .collect();
        let phrase = self.locale.event(link.kind);
        if let (Some(only), 1) = (said.first(), said.len()) {
            return only.clone();
        }
        let about: BTreeSet<String> = (events.iter())
            .filter_map(|(at, event)| {
                let vm = self.timeline.event_vm.get(*at).copied().flatten();
                let group = event.subject.group.as_ref().map(|g| plain(g.as_str()));
                let node = event.subject.node.as_ref().map(|n| plain(n.as_str()));
                vm.map(|vm| self.vm(vm)).or(group).or(node)
            })
            .collect();
        if about.is_empty() {
            return phrase.to_owned();
        }
        let about: Vec<String> = about.into_iter().collect();
        self.told(phrase, &self.locale.list(&about))
    }
}
