//! Whether one event fits: conditions on its values. Knows nothing of other
//! events, of order or of windows.

use regex::Regex;

use super::schema::Condition;
use super::status;
use crate::model::event::{Event, Origin};

/// Names of the values of an event that are not in its fields.
pub(super) const SUBJECT_FIELDS: [&str; 9] = [
    "subject.vm",
    "subject.vm_id",
    "subject.group",
    "subject.resource",
    "subject.node",
    "subject.from_node",
    "subject.to_node",
    "subject.network",
    "subject.volume",
];

/// Names of the values that come with every event.
pub(super) const EVENT_FIELDS: [&str; 6] = [
    "event.node",
    "event.origin",
    "event.severity",
    "event.provider",
    "event.id",
    "event.channel",
];

/// The value that a condition names, as text; `None` when the event has none.
pub(super) fn value_of(event: &Event, field: &str) -> Option<String> {
    let subject = &event.subject;
    match field {
        "subject.vm" => subject.vm.as_ref().map(ToString::to_string),
        "subject.vm_id" => subject.vm_id.map(|id| id.to_string()),
        "subject.group" => subject.group.as_ref().map(ToString::to_string),
        "subject.resource" => subject.resource.as_ref().map(ToString::to_string),
        "subject.node" => subject.node.as_ref().map(ToString::to_string),
        "subject.from_node" => subject.from_node.as_ref().map(ToString::to_string),
        "subject.to_node" => subject.to_node.as_ref().map(ToString::to_string),
        "subject.network" => subject.network.as_deref().map(str::to_owned),
        "subject.volume" => subject.volume.as_deref().map(str::to_owned),
        "event.node" => event.node.as_ref().map(ToString::to_string),
        "event.origin" => Some(event.origin.name().to_owned()),
        "event.severity" => Some(event.severity.name().to_owned()),
        "event.provider" | "event.id" | "event.channel" => match &event.origin {
            Origin::EventLog {
                provider,
                id,
                channel,
                ..
            } => Some(match field {
                "event.provider" => provider.to_string(),
                "event.id" => id.to_string(),
                _ => channel.to_string(),
            }),
            _ => None,
        },
        name => event.fields.get(name).map(str::to_owned),
    }
}

/// A number as records print it: decimal with point or comma, or `0x` hexadecimal.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok().map(|n| n as f64);
    }
    text.parse::<f64>()
        .or_else(|_| text.replace(',', ".").parse())
        .ok()
        .filter(|n| n.is_finite())
}

fn same(found: &str, wanted: &str) -> bool {
    found.trim().to_lowercase() == wanted.trim().to_lowercase()
        || matches!((number(found), number(wanted)), (Some(a), Some(b)) if a == b)
}

#[derive(Clone, Debug)]
enum Test {
    OneOf(Vec<String>),
    Status(Vec<u32>),
    Range(Option<f64>, Option<f64>),
    Contains(String),
    Prefix(String),
    Suffix(String),
    Regex(Regex),
    Exists,
}

impl Test {
    fn passes(&self, found: &str) -> bool {
        match self {
            Test::OneOf(wanted) => wanted.iter().any(|w| same(found, w)),
            Test::Status(wanted) => status::codes_in(found).any(|code| wanted.contains(&code)),
            Test::Range(min, max) => number(found)
                .is_some_and(|n| min.is_none_or(|m| n >= m) && max.is_none_or(|m| n <= m)),
            Test::Contains(part) => found.to_lowercase().contains(part),
            Test::Prefix(part) => found.to_lowercase().starts_with(part),
            Test::Suffix(part) => found.to_lowercase().ends_with(part),
            Test::Regex(regex) => regex.is_match(found),
            Test::Exists => true,
        }
    }
}

/// One condition, ready to run.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    field: String,
    test: Test,
    negated: bool,
}

impl Matcher {
    /// `None` when the condition has no operator, or a regular expression that
    /// cannot be read; `lint` says so with its place.
    pub(super) fn new(condition: &Condition) -> Option<Self> {
        let mut negated = condition.not;
        let test = if let Some(one) = &condition.equals {
            Test::OneOf(vec![one.0.clone()])
        } else if let Some(several) = &condition.one_of {
            Test::OneOf(several.iter().map(|s| s.0.clone()).collect())
        } else if let Some(codes) = &condition.status {
            Test::Status(
                codes
                    .iter()
                    .map(|c| status::number_of(&c.0))
                    .collect::<Option<_>>()?,
            )
        } else if condition.min.is_some() || condition.max.is_some() {
            Test::Range(condition.min, condition.max)
        } else if let Some(part) = &condition.contains {
            Test::Contains(part.to_lowercase())
        } else if let Some(part) = &condition.prefix {
            Test::Prefix(part.to_lowercase())
        } else if let Some(part) = &condition.suffix {
            Test::Suffix(part.to_lowercase())
        } else if let Some(regex) = &condition.regex {
            Test::Regex(Regex::new(regex).ok()?)
        } else {
            negated ^= !condition.exists?;
            Test::Exists
        };
        Some(Matcher {
            field: condition.field.value.clone(),
            test,
            negated,
        })
    }

    pub(super) fn matches(&self, event: &Event) -> bool {
        self.passes(value_of(event, &self.field).as_deref())
    }

    /// Whether a value, or the lack of one, passes.
    pub(super) fn passes(&self, found: Option<&str>) -> bool {
        found.is_some_and(|found| self.test.passes(found)) != self.negated
    }

    /// Whether the lack of a value is an answer, and not ignorance.
    pub(super) fn asks_presence(&self) -> bool {
        matches!(self.test, Test::Exists)
    }

    /// The value that it looks at.
    pub(super) fn field(&self) -> &str {
        &self.field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schema::Condition;

    fn passes(condition: &str, value: Option<&str>) -> bool {
        let condition: Condition =
            serde_saphyr::from_str(&format!("field: x\n{condition}")).unwrap();
        let mut event = crate::rules::fixture::blank_event();
        if let Some(value) = value {
            event.fields.set("x", value);
        }
        Matcher::new(&condition).unwrap().matches(&event)
    }

    #[test]
    fn every_operator_has_a_hit_and_a_near_miss() {
        for (condition, hit, miss) in [
            ("equals: Web01", "web01", "web011"),
            ("equals: 5", "0x5", "6"),
            ("one_of: [a, b]", "B", "ab"),
            ("min: 10", "10", "9,99"),
            ("max: 10", "0.5", "10.01"),
            ("min: 1\nmax: 2", "1.5", "2.5"),
            ("contains: lan", "VLAN", "LA N"),
            ("prefix: 0x8", "0x80070005", "10x8"),
            ("suffix: .vhdx", "a.VHDX", "a.vhdx.bak"),
            ("regex: '^a+$'", "aa", "ab"),
        ] {
            assert!(passes(condition, Some(hit)), "{condition} on {hit}");
            assert!(!passes(condition, Some(miss)), "{condition} on {miss}");
            assert!(!passes(condition, None), "{condition} on nothing");
            let negated = format!("{condition}\nnot: true");
            assert!(!passes(&negated, Some(hit)) && passes(&negated, Some(miss)));
            assert!(passes(&negated, None));
        }
        assert!(passes("exists: true", Some("")) && !passes("exists: true", None));
        assert!(!passes("exists: false", Some("")) && passes("exists: false", None));
        assert!(!passes("min: 1", Some("much")), "text is no number");
    }
}
