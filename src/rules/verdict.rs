//! What a rule concludes, with its evidence: never a guess, never silence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::event::Severity;
use crate::model::kind::EventKind;
use crate::model::text::{Lang, Localized};
use crate::model::time::Moment;
use crate::timeline::trail::{EventIndex, VmIndex};

/// The four ways in which a rule can end for one subject.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every required step was observed, and what must be absent could have been
    /// seen and was not there.
    Confirmed,
    /// The effect was observed, and a step is carried by circumstantial evidence
    /// only.
    Probable,
    /// A log, node or time window that would decide is missing.
    NotAssessable,
    /// The logs cover the window, and show that it did not happen.
    RuledOut,
}

impl Verdict {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Confirmed => "confirmed",
            Verdict::Probable => "probable",
            Verdict::NotAssessable => "not_assessable",
            Verdict::RuledOut => "ruled_out",
        }
    }
}

/// What kind of thing a rule speaks about.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A virtual machine.
    Vm,
    /// A virtual network adapter, by its id.
    Nic,
    /// A cluster node.
    Node,
    /// Two nodes in the direction of a move: from one, to the other.
    NodePair,
    /// A cluster group.
    Role,
    /// A cluster resource.
    Resource,
    /// A cluster network, interface, switch or NIC.
    Network,
    /// A volume.
    Volume,
    /// The cluster as a whole.
    Cluster,
}

impl EntityKind {
    /// What it is called in a sentence.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        let (en, ja) = match self {
            EntityKind::Vm => ("VM", "仮想マシン"),
            EntityKind::Nic => ("network adapter", "仮想ネットワーク アダプター"),
            EntityKind::NodePair => ("node pair", "ノードの組"),
            EntityKind::Node => ("node", "ノード"),
            EntityKind::Role => ("role", "役割"),
            EntityKind::Resource => ("resource", "リソース"),
            EntityKind::Network => ("network", "ネットワーク"),
            EntityKind::Volume => ("volume", "ボリューム"),
            EntityKind::Cluster => ("cluster", "クラスター"),
        };
        match lang {
            Lang::En => en,
            Lang::Ja => ja,
        }
    }
}

/// The subject of a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its name, to show.
    pub name: String,
    /// The VM, where it is one.
    pub vm: Option<VmIndex>,
}

/// How well a step is supported by what matched it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The evidence says it.
    Direct,
    /// The evidence fits it, and other things as well.
    Circumstantial,
}

/// What became of one step of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// Found.
    Observed {
        /// The matching events.
        events: Vec<EventIndex>,
        /// How well they support the step.
        grade: Grade,
    },
    /// It had to be absent, could have been seen, and was not there.
    AbsenceSeen,
    /// It was looked for where it could have been seen, and not found.
    NotFound,
    /// It could not have been seen: nothing read covers it.
    NotObservable,
}

/// One step of a rule, as it went for one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct StepResult {
    /// The step's id in the rule.
    pub id: Arc<str>,
    /// What the step looks for, for readers.
    pub what: Localized,
    /// The kinds of events that it looks for, over all its ways; empty for a state.
    pub kinds: Vec<EventKind>,
    /// What became of it.
    pub outcome: StepOutcome,
}

/// One verdict of one rule on one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's id, a key of [`Verdicts::rules`].
    pub rule: Arc<str>,
    /// The verdict.
    pub verdict: Verdict,
    /// The rule's severity.
    pub severity: Severity,
    /// On what.
    pub subject: Entity,
    /// Earliest evidence.
    pub first: Option<Moment>,
    /// Latest evidence.
    pub last: Option<Moment>,
    /// How often this was found for the subject.
    pub occurrences: u32,
    /// The steps, in the rule's order.
    pub steps: Vec<StepResult>,
    /// All evidence, in order of time, derived events replaced by their records.
    pub evidence: Vec<EventIndex>,
    /// What would settle the verdict.
    pub missing: Vec<Localized>,
    /// Why the verdict is what it is, with the subject's own names filled in.
    pub explanation: Localized,
    /// Other findings that stand on the same records, in order of rule and subject.
    pub related: Vec<Related>,
}

impl Finding {
    /// Whether a benign rule explains all of this finding's required evidence away,
    /// so that it is no reason for alarm.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        self.is(Relation::ExplainedBy)
    }

    /// Whether a confirmed finding accounts for the harm, so that nothing need be
    /// collected to assess this one.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is(Relation::SettledBy)
    }

    /// Whether another finding says the same with more precision. Of two that refine each
    /// other neither is.
    #[must_use]
    pub fn is_refined(&self) -> bool {
        let back = |r: &Related| {
            let of = |o: &&Related| (&o.rule, &o.subject) == (&r.rule, &r.subject);
            let mut same = self.related.iter().filter(of);
            same.any(|o| o.how == Relation::Refines)
        };
        let refined = |r: &&Related| r.how == Relation::RefinedBy;
        self.related.iter().filter(refined).any(|r| !back(r))
    }

    /// The kinds of events that its steps looked for and did not find, in order; empty
    /// where it is ruled out, which rests on what was found.
    #[must_use]
    pub fn sought(&self) -> BTreeSet<EventKind> {
        let unseen = |s: &&StepResult| !matches!(s.outcome, StepOutcome::Observed { .. });
        let steps = self.steps.iter().filter(unseen);
        steps
            .filter(|_| self.verdict != Verdict::RuledOut)
            .flat_map(|s| s.kinds.iter().copied())
            .collect()
    }

    /// Whether it is to be read by itself, and does not stand behind another finding on
    /// the same records.
    #[must_use]
    pub fn leads(&self) -> bool {
        !(self.is_refined() || self.is_explained() || self.is_settled())
    }

    fn is(&self, how: Relation) -> bool {
        self.related.iter().any(|r| r.how == how)
    }
}

/// How another finding relates to the one that names it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The other says the same with more precision: it is the one to read.
    RefinedBy,
    /// The other says the same with less precision: it follows from this one.
    Refines,
    /// The other is benign and explains this one away.
    ExplainedBy,
    /// This one is benign and explains the other away.
    Explains,
    /// The other is confirmed and accounts for the harm that this one, which cannot be
    /// assessed, would account for.
    SettledBy,
    /// This one is confirmed, and accounts for the harm of the other, which cannot be
    /// assessed.
    Settles,
}

impl Relation {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Relation::RefinedBy => "refined_by",
            Relation::Refines => "refines",
            Relation::ExplainedBy => "explained_by",
            Relation::Explains => "explains",
            Relation::SettledBy => "settled_by",
            Relation::Settles => "settles",
        }
    }
}

/// Another finding that stands on the same records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// The other finding's rule.
    pub rule: Arc<str>,
    /// The other finding's subject.
    pub subject: Entity,
    /// How it relates.
    pub how: Relation,
    /// The records that both stand on, in order of time.
    pub events: Vec<EventIndex>,
}

/// What a report needs to know of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTexts {
    /// Title.
    pub title: Localized,
    /// Area (`vm-config`, `node`, …).
    pub area: String,
    /// A benign rule explains events away; its findings do not alarm.
    pub benign: bool,
    /// Cause.
    pub cause: Localized,
    /// What to do, in order.
    pub remedy: Vec<Localized>,
    /// Public references.
    pub references: Vec<String>,
}

/// How often a rule ended in which way without being listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCount {
    /// Subjects for which no step was observed at all.
    pub untouched: u64,
    /// Of these, how many could not have been assessed.
    pub not_assessable: u64,
}

/// Everything that the rules concluded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdicts {
    /// Findings: worst and surest first, then by rule and subject.
    pub findings: Vec<Finding>,
    /// Texts of every rule that ran.
    pub rules: BTreeMap<Arc<str>, RuleTexts>,
    /// What is not listed.
    pub counts: BTreeMap<Arc<str>, RuleCount>,
}
