//! A rule as it is written in YAML, and nothing more: what it means is decided by
//! `compile`, whether it is a good rule by `lint`. Unknown keys are refused, and
//! every part that a check may speak of knows its line and column.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::verdict::{EntityKind, Grade, Verdict};
use crate::model::event::Severity;
use crate::model::kind::EventKind;
use crate::model::text::Localized;
use crate::model::time::TICKS_PER_SECOND;

/// A place in a rule file, counted from 1. Line 0 means that it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line.
    pub line: u64,
    /// Column, in characters.
    pub column: u64,
}

/// A value together with its place in the file. Values compare without it.
#[derive(Clone, Debug, Default)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

impl<T> At<T> {
    /// A value that no file holds.
    #[must_use]
    pub fn nowhere(value: T) -> Self {
        At {
            value,
            place: Place::default(),
        }
    }
}

impl<T> Deref for At<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<T>::deserialize(deserializer)?;
        Ok(At {
            value: spanned.value,
            place: Place {
                line: spanned.referenced.line(),
                column: spanned.referenced.column(),
            },
        })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A length of time: a number and one of `ms`, `s`, `m`, `h`, `d`; parts may be
/// joined (`1h30m`). Kept in ticks of 100 ns, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

impl Span {
    /// From whole seconds.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Self {
        Span(i64::from(seconds) * TICKS_PER_SECOND)
    }

    /// Ticks of 100 ns.
    #[must_use]
    pub fn ticks(self) -> i64 {
        self.0
    }

    /// Reads `90s`, `2m`, `1h30m`, `15d`, `0`. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        if rest == "0" {
            return Some(Span(0));
        }
        let mut sum = 0i64;
        let mut parts = 0;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: i64 = rest[..digits].parse().ok()?;
            rest = &rest[digits..];
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let unit = match &rest[..letters] {
                "ms" => TICKS_PER_SECOND / 1000,
                "s" => TICKS_PER_SECOND,
                "m" => 60 * TICKS_PER_SECOND,
                "h" => 3600 * TICKS_PER_SECOND,
                "d" => 86_400 * TICKS_PER_SECOND,
                _ => return None,
            };
            rest = &rest[letters..];
            sum = sum.checked_add(number.checked_mul(unit)?)?;
            parts += 1;
        }
        (parts > 0).then_some(Span(sum))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Span::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "expected a duration such as 30s, 5m, 1h30m or 15d, found {text:?}"
            ))
        })
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(0|([0-9]+(ms|s|m|h|d))+)$",
            "description": "A duration: 30s, 5m, 1h30m, 15d",
        })
    }
}

/// A value to compare with: text, number or truth value, kept as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Scalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true or false")
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Scalar, E> {
                Ok(Scalar(v.to_owned()))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
            fn visit_bool<E: de::Error>(self, v: bool) -> Result<Scalar, E> {
                Ok(Scalar(v.to_string()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// How far a rule can be trusted.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Proven on cases and sources.
    Stable,
    /// Complete; needs more practice.
    Test,
    /// Rests on something unverified, which its texts name.
    Experimental,
}

impl Status {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Stable => "stable",
            Status::Test => "test",
            Status::Experimental => "experimental",
        }
    }
}

/// Which Windows versions a rule is for. Empty means all. A rule on nodes is for the
/// nodes whose build fits; any other rule is for a cluster in which a node's build fits.
/// Where no build is known, it is for all.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AppliesTo {
    /// Windows Server versions by name: `2008`, `2008 R2`, … `2025`.
    pub versions: Vec<At<String>>,
    /// Builds, both ends included.
    pub builds: Vec<At<BuildRange>>,
}

/// A range of builds; a missing end is open.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BuildRange {
    /// Lowest build.
    pub min: Option<u32>,
    /// Highest build.
    pub max: Option<u32>,
}

/// What a step does for the verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Without it there is no finding.
    #[default]
    Required,
    /// Adds evidence; its lack changes nothing.
    Supporting,
    /// Seen in its window, it rules the issue out; its lack proves nothing.
    Contradicting,
}

/// One comparison on an event. All conditions of an alternative must hold.
///
/// Texts compare without case. A missing value fails every comparison, and
/// passes a negated one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// A field of the event (`blackout_s`), or `subject.vm`, `subject.vm_id`,
    /// `subject.group`, `subject.resource`, `subject.node`, `subject.from_node`,
    /// `subject.to_node`, `subject.network`, `subject.volume`, or `event.node`,
    /// `event.origin`, `event.severity`, `event.provider`, `event.id`,
    /// `event.channel`.
    pub field: At<String>,
    /// Equal as text, or as number (decimal or 0x hexadecimal).
    pub equals: Option<Scalar>,
    /// Equal to one of these.
    pub one_of: Option<Vec<Scalar>>,
    /// A status code that is one of these, each by number (decimal or 0x hexadecimal)
    /// or by symbolic name (`ERROR_ACCESS_DENIED`). `0x80070005` and `5` are the same
    /// code, signed and unsigned are, and a field that holds a sentence counts by the
    /// codes of eight hexadecimal digits in it.
    pub status: Option<Vec<Scalar>>,
    /// A number at least this.
    pub min: Option<f64>,
    /// A number at most this.
    pub max: Option<f64>,
    /// Contains this text.
    pub contains: Option<String>,
    /// Begins with this text.
    pub prefix: Option<String>,
    /// Ends with this text.
    pub suffix: Option<String>,
    /// Matches this regular expression somewhere.
    pub regex: Option<At<String>>,
    /// The value is there (true) or not (false).
    pub exists: Option<bool>,
    /// Turns the comparison around.
    pub not: bool,
}

/// Another event near the matched one, on the same subject.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    /// Any of these kinds.
    pub kinds: Vec<EventKind>,
    /// Conditions on it.
    #[serde(default, rename = "where")]
    pub conditions: Vec<At<Condition>>,
    /// How far away at most, before or after.
    pub within: Span,
}

/// Joins an event by node instead of by the rule's entity. Each given part must
/// be known and fit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// The node that the event is about (else the one that wrote it).
    pub node: Option<At<String>>,
    /// The source of the move that the event describes.
    pub from_node: Option<At<String>>,
    /// The destination of the move that the event describes.
    pub to_node: Option<At<String>>,
}

fn direct() -> Grade {
    Grade::Direct
}

/// One way in which a step can show.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The kind of event.
    #[serde(default)]
    pub kind: Option<EventKind>,
    /// Any of several kinds.
    #[serde(default)]
    pub kinds: Vec<EventKind>,
    /// For one record that is peculiar to the issue: provider name, with `event_id`. A
    /// kind may stand beside it and must then fit as well.
    #[serde(default)]
    pub provider: Option<String>,
    /// Event id, with `provider`.
    #[serde(default)]
    pub event_id: Option<u32>,
    /// With `provider`: the channel that would carry it, which tells
    /// whether it could have been seen.
    #[serde(default)]
    pub channel: Option<String>,
    /// Conditions, all of which must hold.
    #[serde(default, rename = "where")]
    pub conditions: Vec<At<Condition>>,
    /// How well it supports the step.
    #[serde(default = "direct")]
    pub grade: Grade,
    /// Which node must have written it: `entity`, `STEP.node`, `STEP.from_node`,
    /// `STEP.to_node`, each also with `not ` before it. Events of unknown origin
    /// (notes) fit.
    #[serde(default)]
    pub on: Option<At<String>>,
    /// Joins by node instead of by entity.
    #[serde(default)]
    pub about: Option<About>,
    /// Other events that must be near it.
    #[serde(default)]
    pub with: Vec<Companion>,
    /// Other events that must not be near it.
    #[serde(default)]
    pub without: Vec<Companion>,
}

impl Alternative {
    /// The kinds it matches; empty where a record is named.
    pub fn all_kinds(&self) -> impl Iterator<Item = EventKind> + '_ {
        self.kind.into_iter().chain(self.kinds.iter().copied())
    }
}

fn one() -> At<u32> {
    At::nowhere(1)
}

/// What a node was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeIs {
    /// In the cluster, paused or not.
    Up,
    /// In the cluster, and draining or paused.
    Paused,
    /// Out of the cluster: stopped, restarted, crashed or lost.
    Down,
    /// Isolated (2016 and later).
    Isolated,
    /// Quarantined (2016 and later).
    Quarantined,
}

/// Whether seeing a step makes a finding worth listing that is neither confirmed nor
/// probable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opens {
    /// It does not.
    #[default]
    No,
    /// Only while what decides could not be seen. For what happens often and has many
    /// causes: a failed migration whose logs are there and carry no code of this issue
    /// is not worth a word on each of them.
    Undecided,
    /// It does.
    Yes,
}

impl<'de> Deserialize<'de> for Opens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(deserializer)?.0.as_str() {
            "true" => Ok(Opens::Yes),
            "false" => Ok(Opens::No),
            "undecided" => Ok(Opens::Undecided),
            other => Err(de::Error::custom(format!(
                "expected true, false or undecided, found {other:?}"
            ))),
        }
    }
}

impl JsonSchema for Opens {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Opens".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": [true, false, "undecided"] })
    }
}

/// An object of a configuration export, such as an adapter or a switch.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectSpec {
    /// Its class: `NetAdapter`, `VMSwitch`, `ClusterNode`, …
    pub class: At<String>,
    /// Conditions, all of which must hold; `field` is a property as PowerShell names it.
    #[serde(default, rename = "where")]
    pub conditions: Vec<At<Condition>>,
}

/// Something that held, for a step that no event carries. Exactly one of `is`,
/// `runs_on`, `updates`, `build`, `build_differs_from`, `setting` and `object`.
///
/// What nothing tells is not assessable, never false.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StateSpec {
    /// Which node: `entity`, `STEP.node`, `STEP.from_node`, `STEP.to_node`. Left out
    /// in a rule on nodes it is the entity; elsewhere any node will do.
    pub node: Option<At<String>>,
    /// When: at the first event of this step. Left out, `is`, `runs_on` and `setting`
    /// have no meaning.
    pub at: Option<At<String>>,
    /// The node was doing this.
    pub is: Option<NodeIs>,
    /// The VM (the rule's, else that of the step named by `at`) ran on this node.
    pub runs_on: Option<At<String>>,
    /// One of these updates (`KB2545685`) is installed on the node.
    pub updates: Vec<String>,
    /// The node's build lies in this range.
    pub build: Option<BuildRange>,
    /// The node's build is another than this node's.
    pub build_differs_from: Option<At<String>>,
    /// The latest snapshot of the VM until then has an adapter for which this holds,
    /// with the field `vlan`, `switch`, `mac` or `name`.
    pub setting: Option<At<Condition>>,
    /// An object of this class was exported of the node, or of the whole cluster, for
    /// which the conditions hold: in the latest export until `at`, else in the first one.
    /// Where the rule is on VMs, an object that names a VM must name the rule's.
    pub object: Option<At<ObjectSpec>>,
    /// Turns the condition around; what is unknown stays unknown.
    pub not: bool,
}

/// One step of a rule.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name inside the rule.
    pub id: At<String>,
    /// What it looks for, for readers.
    pub what: At<Localized>,
    /// What it does for the verdict.
    #[serde(default)]
    pub role: Role,
    /// The step that is the harm done. Exactly one step of a rule has it.
    #[serde(default)]
    pub effect: bool,
    /// Whether seeing it makes a finding worth listing that is neither confirmed
    /// nor probable: `true`, `false`, or `undecided` for only while it is not
    /// assessable. Default: true for a required step.
    #[serde(default)]
    pub opens: Option<Opens>,
    /// How it can show.
    #[serde(default)]
    pub any: Vec<At<Alternative>>,
    /// Instead of `any`: something that held, told by inventory or timeline.
    #[serde(default)]
    pub state: Option<At<StateSpec>>,
    /// For a supporting step: observed directly, it makes up for the circumstantial
    /// evidence of this required step, so that the rule may confirm.
    #[serde(default)]
    pub raises: Option<At<String>>,
    /// It comes after this step.
    #[serde(default)]
    pub after: Option<At<String>>,
    /// It comes before this step.
    #[serde(default)]
    pub before: Option<At<String>>,
    /// How far at most from the step named by `after`, else by `before`.
    #[serde(default)]
    pub within: Option<At<Span>>,
    /// It must not be there, in the window that `between`, or `within` with
    /// `after` or `before`, names.
    #[serde(default)]
    pub absent: bool,
    /// The window between two steps, for absent and contradicting steps.
    #[serde(default)]
    pub between: Option<At<[String; 2]>>,
    /// For an absent step: events that state that it did not happen.
    #[serde(default)]
    pub denied_by: Vec<EventKind>,
    /// At least so many such events, all `within` of the anchor or, without
    /// one, of the first.
    #[serde(default = "one")]
    pub count: At<u32>,
    /// Counts different values of this instead of events: `node` (the writer), `vm`,
    /// `group`, `resource`, `network`, `volume`, `from_node`, `to_node`, or a field of
    /// the event. Events without a value count for nothing.
    #[serde(default)]
    pub distinct: Option<At<String>>,
    /// All such events in the window together are the step, not each by itself.
    #[serde(default)]
    pub all: bool,
    /// Fields by which the same thing told again is known: of events that follow
    /// each other and agree in all of these, only the first counts. A note and a
    /// snapshot may both tell of one edit.
    #[serde(default)]
    pub restated_when_equal: Vec<String>,
    /// Only the first such event after the step that `after` names.
    #[serde(default)]
    pub first: bool,
    /// What to collect when it could not be seen.
    #[serde(default)]
    pub collect: Vec<At<Localized>>,
}

impl Step {
    /// Whether it is one that must or may be observed, and is not asked to be
    /// absent or to contradict.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        !self.absent && self.role != Role::Contradicting && self.state.is_none()
    }

    /// Whether it must be observed.
    #[must_use]
    pub fn must_be_seen(&self) -> bool {
        !self.absent && self.role == Role::Required && self.state.is_none()
    }

    /// Whether observing it makes a finding worth listing.
    #[must_use]
    pub fn opens(&self) -> Opens {
        match (self.is_positive(), self.opens, self.role) {
            (false, ..) => Opens::No,
            (true, Some(opens), _) => opens,
            (true, None, Role::Required) => Opens::Yes,
            (true, None, _) => Opens::No,
        }
    }
}

/// Why a verdict is what it is, per verdict, with placeholders: `{subject}`,
/// `{from_node}`, `{to_node}`, `{STEP.time}`, `{STEP.node}`, `{STEP.origin}`,
/// `{STEP.from_node}`, `{STEP.to_node}`, `{STEP.<field>}`, and the entity's own
/// name (`{vm}`, `{node}`, …).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// Needed unless the rule's best verdict is `probable`.
    #[serde(default)]
    pub confirmed: Option<At<Localized>>,
    /// For `probable`.
    pub probable: At<Localized>,
    /// For `ruled_out`.
    pub ruled_out: At<Localized>,
    /// For `not_assessable`.
    pub not_assessable: At<Localized>,
}

impl Explanation {
    /// The text of one verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> &Localized {
        match verdict {
            Verdict::Confirmed => self.confirmed.as_ref().unwrap_or(&self.probable),
            Verdict::Probable => &self.probable,
            Verdict::RuledOut => &self.ruled_out,
            Verdict::NotAssessable => &self.not_assessable,
        }
    }

    /// All texts that are there.
    pub fn all(&self) -> impl Iterator<Item = &At<Localized>> {
        self.confirmed
            .iter()
            .chain([&self.probable, &self.ruled_out, &self.not_assessable])
    }
}

fn confirmed() -> Verdict {
    Verdict::Confirmed
}

/// A rule file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "vmtrail rule")]
pub struct RuleSpec {
    /// Name, equal to its folder's.
    pub id: At<String>,
    /// Title.
    pub title: At<Localized>,
    /// Area, equal to the folder above.
    pub area: At<String>,
    /// How bad it is.
    pub severity: Severity,
    /// How far the rule can be trusted.
    pub status: Status,
    /// A benign rule explains events away.
    #[serde(default)]
    pub benign: bool,
    /// Rules that say less of the same events. Where findings of both share evidence,
    /// this one comes first and the other follows from it.
    #[serde(default)]
    pub more_specific_than: Vec<At<String>>,
    /// The surest verdict that the evidence of this rule allows.
    #[serde(default = "confirmed")]
    pub best_verdict: Verdict,
    /// Windows versions.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// What a finding is about; its steps are joined on it.
    pub entity: EntityKind,
    /// The steps.
    pub steps: Vec<At<Step>>,
    /// Cause.
    pub cause: At<Localized>,
    /// Why, per verdict.
    pub explanation: Explanation,
    /// What to do, in order.
    #[serde(default)]
    pub remedy: Vec<At<Localized>>,
    /// What looks alike and is not this.
    #[serde(default)]
    pub false_positives: Vec<At<Localized>>,
    /// Public references.
    pub references: Vec<At<String>>,
}

/// The JSON Schema of a rule file, for editors; ends with a line feed.
#[must_use]
pub fn json_schema() -> String {
    schema_text::<RuleSpec>()
}

/// The JSON Schema of what a file holds, as text that ends with a line feed.
pub(super) fn schema_text<T: JsonSchema>() -> String {
    let schema = schemars::schema_for!(T);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_strictly() {
        let seconds = |s| Span::parse(s).map(|d| d.ticks() / TICKS_PER_SECOND);
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("15d"), Some(15 * 86_400));
        assert_eq!(Span::parse("250ms").map(Span::ticks), Some(2_500_000));
        for bad in [
            "",
            "5",
            "m",
            "5 m",
            "-5m",
            "5x",
            "1.5h",
            "9999999999999999d",
        ] {
            assert_eq!(Span::parse(bad), None, "{bad:?}");
        }
    }
}
