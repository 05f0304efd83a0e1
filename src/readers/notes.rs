//! Operator notes: what people know and no log says.
//!
//! ```yaml
//! notes:
//!   - at: 2012-07-10T10:05:00+09:00
//!     kind: vm.settings_changed
//!     vm: web01
//!     property: vlan
//!     from: 100
//!     to: 200
//!     tool: Hyper-V Manager
//!     text: VLAN changed on request of the network team
//! ```
//!
//! A note is a statement by a person; everything made from it says so.

use std::sync::Arc;

use serde::Deserialize;

use crate::model::event::{Event, Fields, NOTE_FIELDS, Origin, Severity, Subject};
use crate::model::id::{GroupName, NodeName, VmId, VmName};
use crate::model::kind::EventKind;
use crate::model::source::{Locator, SourceRef};
use crate::model::time::{Moment, Precision};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotesFile {
    notes: Vec<Note>,
}

/// Numbers and words alike are taken as text: `to: 200`, `to: untagged`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(i64),
    Text(String),
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Scalar::Number(n) => n.to_string(),
            Scalar::Text(t) => t,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    at: Moment,
    #[serde(default = "remark")]
    kind: EventKind,
    by: Option<String>,
    vm: Option<String>,
    vm_id: Option<String>,
    node: Option<String>,
    group: Option<String>,
    network: Option<String>,
    property: Option<String>,
    from: Option<Scalar>,
    to: Option<Scalar>,
    tool: Option<String>,
    text: Option<String>,
}

fn remark() -> EventKind {
    EventKind::Remark
}

/// Reads a notes file. `member` names it in evidence; entries count from 1.
///
/// # Errors
/// When it is not such a file: the message has line and column, what was expected
/// and what was found. A note without a time zone is refused, since a time that
/// may be nine hours off is worse than none.
pub fn read(text: &str, member: &Arc<str>) -> Result<Vec<Event>, String> {
    let file: NotesFile = serde_saphyr::from_str(text).map_err(|e| e.to_string())?;
    Ok(file
        .notes
        .into_iter()
        .enumerate()
        .map(|(at, note)| {
            note.into_event(SourceRef::new(
                member.clone(),
                Locator::Entry(at as u64 + 1),
            ))
        })
        .collect())
}

impl Note {
    fn into_event(self, source: SourceRef) -> Event {
        let mut fields = Fields::new();
        let values = [
            self.by,
            self.property,
            self.from.map(Scalar::into_text),
            self.to.map(Scalar::into_text),
            self.tool,
            self.text,
        ];
        for (name, value) in NOTE_FIELDS.into_iter().zip(values) {
            if let Some(value) = value {
                fields.set(name, value);
            }
        }
        // People speak to the minute unless they give seconds.
        let whole_minute = self.at.ticks() % (60 * crate::model::time::TICKS_PER_SECOND) == 0;
        Event {
            time: self.at,
            precision: if whole_minute {
                Precision::Minute
            } else {
                Precision::Second
            },
            node: None,
            kind: self.kind,
            severity: Severity::Info,
            origin: Origin::Note,
            subject: Subject {
                vm: self.vm.as_deref().and_then(VmName::new),
                vm_id: self.vm_id.as_deref().and_then(VmId::parse),
                group: self.group.as_deref().and_then(GroupName::new),
                node: self.node.as_deref().and_then(NodeName::new),
                network: self.network.map(Into::into),
                ..Subject::default()
            },
            fields,
            message: None,
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_becomes_an_event_by_a_person() {
        let text = "notes:\n  - at: 2012-07-10T10:05:00+09:00\n    kind: vm.settings_changed\n    vm: web01\n    property: vlan\n    from: 100\n    to: 200\n    tool: Hyper-V Manager\n";
        let events = read(text, &"n.yaml".into()).unwrap();
        let event = &events[0];
        assert_eq!(event.time.to_string(), "2012-07-10T01:05:00Z");
        assert_eq!(event.kind, EventKind::VmSettingsChanged);
        assert_eq!(event.origin, Origin::Note);
        assert_eq!(event.fields.get("to"), Some("200"));
        assert_eq!(event.source.to_string(), "n.yaml entry 1");
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let no_zone = "notes:\n  - at: 2012-07-10T10:05:00\n    text: x\n";
        let error = read(no_zone, &"n".into()).unwrap_err();
        assert!(
            error.contains("line 2") && error.contains("offset"),
            "{error}"
        );
        let typo = "notes:\n  - at: 2012-07-10T10:05:00Z\n    kind: vm.settings_change\n";
        let error = read(typo, &"n".into()).unwrap_err();
        assert!(error.contains("vm.settings_changed"), "{error}");
        let key = "notes:\n  - at: 2012-07-10T10:05:00Z\n    virtual_machine: x\n";
        assert!(read(key, &"n".into()).is_err());
    }
}
