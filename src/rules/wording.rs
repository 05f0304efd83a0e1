//! The sentences of a finding: the rule's own texts with names filled in, and
//! what the engine adds about evidence, clocks and missing logs. English and
//! Japanese always side by side.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::judged::{Hidden, Judged};
use super::matcher::value_of;
use super::schema::RuleSpec;
use super::sequence::{Binding, Presence, Search};
use super::verdict::{Entity, EntityKind, Verdict};
use super::world::ASSUMED_CLOCK_ERROR_S;
use crate::model::coverage::{NOTES, SNAPSHOTS};
use crate::model::event::Origin;
use crate::model::id::NodeName;
use crate::model::text::Localized;
use crate::model::time::{Moment, is_local};
use crate::timeline::{EventIndex, MissingLog};

pub(super) fn both(en: impl Into<String>, ja: impl Into<String>) -> Localized {
    Localized {
        en: en.into(),
        ja: ja.into(),
    }
}

/// RFC 3339 in UTC, to the second: a report finds these in a text and shows them in
/// its reader's zone.
fn time(moment: Moment) -> String {
    moment
        .to_timestamp()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// The name by which a text may call the rule's own entity.
pub(super) fn entity_word(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Vm => "vm",
        EntityKind::Nic => "nic",
        EntityKind::NodePair => "node_pair",
        EntityKind::Node => "node",
        EntityKind::Role => "role",
        EntityKind::Resource => "resource",
        EntityKind::Network => "network",
        EntityKind::Volume => "volume",
        EntityKind::Cluster => "cluster",
    }
}

/// What encloses a part of a text that is left out where a placeholder in it has no value.
const OPTIONAL: (&str, &str) = ("[[", "]]");

/// The placeholders of a text, with the byte at which each begins.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('{').filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        rest.find('}').map(|end| (at, &rest[..end]))
    })
}

fn origin(origin: &Origin) -> Localized {
    match origin {
        Origin::EventLog { .. } => both("the event log", "イベント ログ"),
        Origin::ClusterLog { .. } => both("the cluster log", "クラスター ログ"),
        Origin::Note => both("an operator's note", "担当者の申告"),
        Origin::Inventory => both("configuration snapshots", "構成スナップショット"),
        Origin::Derived => both("several records together", "複数のレコードの照合"),
    }
}

/// A recorded value as a reader would say it; most are said as they are.
fn said(value: String) -> Localized {
    match value.as_str() {
        "node_loss" => both("loss of its node", "ノードの停止（応答なし）"),
        "node_shutdown" => both("shutdown of its node", "ノードのシャットダウン"),
        "service_stop" => both("stop of its cluster service", "クラスター サービスの停止"),
        "resource_hang" => both("a resource that hung", "リソースの応答なし"),
        "storage" => both("loss of its storage", "ストレージへのアクセス断"),
        "resource_failure" => both("failure of a resource", "リソースの障害"),
        "quorum_loss" => both("loss of quorum", "クォーラムの喪失"),
        "unknown" => both("unknown", "不明"),
        "vlan" => both("vlan", "VLAN"),
        "switch" => both("switch", "仮想スイッチ"),
        "mac" => both("mac", "MAC アドレス"),
        // An instant is said as all times are; what only looks like one is the local time
        // of its node (see `ingest`), and where its zone is not known that is said.
        _ => match Moment::parse(&value) {
            Some(instant) => both(time(instant), time(instant)),
            None if is_local(&value) => both(
                format!("{value} (local time of that node)"),
                format!("{value}（そのノードの現地時刻）"),
            ),
            None => both(value.clone(), value),
        },
    }
}

struct Filler<'s, 'w, 't> {
    search: &'s Search<'w, 't>,
    spec: &'s RuleSpec,
    subject: &'s Entity,
    binding: &'s Binding,
}

impl Filler<'_, '_, '_> {
    fn event(&self, step: &str) -> Option<EventIndex> {
        let n = self.spec.steps.iter().position(|s| s.id.value == step)?;
        if let Some(candidate) = &self.binding[n] {
            return Some(candidate.first());
        }
        match self.search.presence(n, self.binding) {
            Presence::Inside(events) if !self.spec.steps[n].is_positive() => {
                events.first().copied()
            }
            _ => None,
        }
    }

    fn value(&self, name: &str) -> Option<Localized> {
        let plain = |text: String| both(text.clone(), text);
        if name == "subject" || name == entity_word(self.subject.kind) {
            return Some(plain(self.subject.name.clone()));
        }
        let world = self.search.world;
        let Some((step, part)) = name.split_once('.') else {
            let field = format!("subject.{name}");
            let events = self.binding.iter().flatten().map(|c| c.first());
            let mut found = events.filter_map(|e| value_of(world.event(e), &field));
            return found.next().map(plain);
        };
        let event = world.event(self.event(step)?);
        match part {
            // A change between two snapshots happened at any time between them.
            "time" => Some(plain(match world.not_before(self.event(step)?) {
                Some(from) => format!("{} – {}", time(from), time(event.time)),
                None => time(event.time),
            })),
            "origin" => Some(origin(&event.origin)),
            "node" => {
                let node = event.node.as_ref().or(event.subject.node.as_ref());
                node.map(|n| plain(n.to_string()))
            }
            "from_node" | "to_node" => value_of(event, &format!("subject.{part}")).map(plain),
            field => {
                let subject = || value_of(event, &format!("subject.{field}"));
                value_of(event, field).or_else(subject).map(said)
            }
        }
    }

    /// A text without its optional parts (`[[ … ]]`) of which a placeholder has no value.
    fn optional<'x>(&self, text: &'x str) -> Cow<'x, str> {
        if !text.contains(OPTIONAL.0) {
            return text.into();
        }
        let mut left = text;
        let mut kept = String::with_capacity(text.len());
        while let Some((before, rest)) = left.split_once(OPTIONAL.0) {
            kept.push_str(before);
            let (part, behind) = rest.split_once(OPTIONAL.1).unwrap_or((rest, ""));
            if placeholders(part).all(|(_, name)| self.value(name).is_some()) {
                kept.push_str(part);
            }
            left = behind;
        }
        kept.push_str(left);
        kept.into()
    }

    /// Whether every placeholder that is not optional has a value.
    fn knows_all(&self, text: &Localized) -> bool {
        [&text.en, &text.ja].into_iter().all(|text| {
            placeholders(&self.optional(text)).all(|(_, name)| self.value(name).is_some())
        })
    }

    fn fill_one(&self, text: &str, unknown: &str, pick: fn(Localized) -> String) -> String {
        let text = &*self.optional(text);
        let mut filled = String::with_capacity(text.len());
        let mut done = 0;
        for (at, name) in placeholders(text) {
            if at < done {
                continue;
            }
            filled.push_str(&text[done..at]);
            match self.value(name) {
                Some(value) => filled.push_str(&pick(value)),
                None => filled.push_str(unknown),
            }
            done = at + name.len() + 2;
        }
        filled.push_str(&text[done..]);
        filled.trim().to_owned()
    }

    fn fill(&self, text: &Localized) -> Localized {
        both(
            self.fill_one(&text.en, "unknown", |l| l.en),
            self.fill_one(&text.ja, "不明", |l| l.ja),
        )
    }

    fn whats<'n>(&self, steps: impl Iterator<Item = &'n usize>) -> Localized {
        let (mut en, mut ja) = (Vec::new(), Vec::new());
        for step in steps {
            let what = &self.spec.steps[*step].what;
            en.push(what.en.trim());
            ja.push(format!("「{}」", what.ja.trim()));
        }
        both(en.join("; "), ja.concat())
    }
}

/// Why the verdict is what it is.
pub(super) fn explanation(
    search: &Search<'_, '_>,
    spec: &RuleSpec,
    subject: &Entity,
    judged: &Judged,
) -> Localized {
    let filler = Filler {
        search,
        spec,
        subject,
        binding: &judged.binding,
    };
    let mut text = filler.fill(spec.explanation.of(judged.verdict));
    let mut add = |en: String, ja: String| {
        text.en.push(' ');
        text.en.push_str(&en);
        text.ja.push_str(&ja);
    };
    match judged.verdict {
        Verdict::Probable if !judged.weak.is_empty() => {
            let what = filler.whats(judged.weak.iter());
            add(
                format!("Only circumstantial evidence carries: {}.", what.en),
                format!("状況証拠しかない項目は{}です。", what.ja),
            );
        }
        Verdict::RuledOut if !judged.against.is_empty() => {
            let what = filler.whats(judged.against.iter());
            add(
                format!("What decides, because it was observed: {}.", what.en),
                format!("記録があり、判定の決め手となった項目は{}です。", what.ja),
            );
        }
        Verdict::RuledOut => {
            let what = filler.whats(judged.not_found.iter());
            add(
                format!(
                    "What decides, because the logs would show it and do not: {}.",
                    what.en
                ),
                format!(
                    "起きていれば記録に残るはずですが、記録がない項目は{}です。",
                    what.ja
                ),
            );
        }
        Verdict::NotAssessable if !judged.hidden.is_empty() => {
            let what = filler.whats(judged.hidden.iter().map(|h| &h.step));
            add(
                format!("What could not be seen: {}.", what.en),
                format!("確認できなかった項目は{}です。", what.ja),
            );
        }
        _ => {}
    }
    if let Some((a, b, assumed)) = search.leans_on_clocks(&judged.binding) {
        let what = filler.whats([a, b].iter());
        let (en, ja) = if assumed {
            (
                format!(", assumed to agree within {ASSUMED_CLOCK_ERROR_S} s"),
                format!("（差は {ASSUMED_CLOCK_ERROR_S} 秒以内と仮定）"),
            )
        } else {
            (String::new(), String::new())
        };
        add(
            format!(
                "By the recorded times the order is the other way round; it holds within the error of the nodes' clocks{en}: {}.",
                what.en
            ),
            format!(
                "記録された時刻では{}の順序が逆ですが、ノード間の時計の誤差の範囲内で成り立ちます{ja}。",
                what.ja
            ),
        );
    }
    text
}

/// What would settle the verdict: the rule's own advice, then the logs by name.
pub(super) fn missing(
    search: &Search<'_, '_>,
    spec: &RuleSpec,
    subject: &Entity,
    judged: &Judged,
) -> Vec<Localized> {
    if judged.verdict != Verdict::NotAssessable {
        return Vec::new();
    }
    let filler = Filler {
        search,
        spec,
        subject,
        binding: &judged.binding,
    };
    let mut texts: Vec<Localized> = Vec::new();
    let mut add = |text: Localized| {
        if !texts.contains(&text) {
            texts.push(text);
        }
    };
    for hidden in &judged.hidden {
        let step = &spec.steps[hidden.step];
        for collect in &step.collect {
            // Advice around something that is not known is none; the logs are named below.
            if filler.knows_all(collect) || hidden.missing.is_empty() {
                add(filler.fill(collect));
            }
        }
        if hidden.edge {
            add(both(
                format!(
                    "Exact times (the nodes' clocks, the moment of a change between two snapshots): as they are known, it cannot be told whether this happened inside the window: {}",
                    step.what.en.trim()
                ),
                format!(
                    "「{}」の正確な時刻を確認してください。各ノードの時計の誤差や、2 つのスナップショットの間のどの時点で変更されたかが不明なため、対象期間内に起きたかどうかを判断できません。",
                    step.what.ja.trim()
                ),
            ));
        }
        for text in logs(hidden) {
            add(text);
        }
    }
    texts
}

/// The missing logs of one step: nodes that lack the same logs share a sentence.
fn logs(hidden: &Hidden) -> Vec<Localized> {
    type Lack<'l> = BTreeSet<(&'l str, bool)>;
    let mut by_node: BTreeMap<&NodeName, Lack<'_>> = BTreeMap::new();
    for MissingLog {
        node,
        channel,
        partly,
    } in &hidden.missing
    {
        // What people know is asked for by the rule's own texts.
        if let Some(node) = node
            && &**channel != NOTES
            && &**channel != SNAPSHOTS
        {
            by_node.entry(node).or_default().insert((channel, *partly));
        }
    }
    let mut shared: BTreeMap<Lack<'_>, Vec<&NodeName>> = BTreeMap::new();
    for (node, lack) in by_node {
        shared.entry(lack).or_default().push(node);
    }
    shared
        .into_iter()
        .map(|(lack, nodes)| {
            let nodes: Vec<&str> = nodes.iter().map(|n| n.as_str()).collect();
            let names = |partly_note: &str| {
                let names: Vec<String> = lack
                    .iter()
                    .map(|(channel, partly)| match partly {
                        true => format!("{channel}{partly_note}"),
                        false => (*channel).to_owned(),
                    })
                    .collect();
                names
            };
            let en = names(" (the one collected does not cover the time)").join(", ");
            let ja = names("（収集済みのログは対象時間帯の記録なし）").join("、");
            let (any_en, any_ja) = if lack.len() > 1 {
                ("any one of ", "のいずれか")
            } else {
                ("", "")
            };
            let gap = if ja.ends_with('）') { "" } else { " " };
            both(
                format!("Collect from {}: {any_en}{en}", nodes.join(", ")),
                format!(
                    "ノード {} から {ja}{gap}{any_ja}を収集してください。",
                    nodes.join("、")
                ),
            )
        })
        .collect()
}
