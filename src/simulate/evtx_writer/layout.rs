//! Which elements a record has, in which order, and where its values go: the
//! templates of the Windows event log, as real files show them.
//!
//! Providers with a GUID (manifest providers) share one template for `System`;
//! the payload is a nested fragment with a template of its own. Classic sources
//! have one flat template with provider and channel spelled out. In both, the
//! computer is part of the template.

use super::tree::{Content, Element, Fragment, Value};
use super::value::{Encoded, Unwritable, kind};
use crate::simulate::record::{SimPayload, SimRecord, SimValue};

const EVENT_NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// Indices of the values of `System`, as Windows numbers them.
mod slot {
    pub const LEVEL: u16 = 0;
    pub const OPCODE: u16 = 1;
    pub const TASK: u16 = 2;
    pub const EVENT_ID: u16 = 3;
    pub const QUALIFIERS: u16 = 4;
    pub const KEYWORDS: u16 = 5;
    pub const TIME_CREATED: u16 = 6;
    pub const ACTIVITY_ID: u16 = 7;
    pub const PROCESS_ID: u16 = 8;
    pub const THREAD_ID: u16 = 9;
    pub const RECORD_ID: u16 = 10;
    pub const VERSION: u16 = 11;
    pub const USER_ID: u16 = 12;
    pub const RELATED_ACTIVITY_ID: u16 = 13;
    pub const PROVIDER_NAME: u16 = 14;
    pub const PROVIDER_GUID: u16 = 15;
    pub const CHANNEL: u16 = 16;
    pub const PAYLOAD: u16 = 17;
    pub const EVENT_SOURCE: u16 = 18;
}

/// A record, ready to be encoded.
pub(super) struct Layout {
    pub id: u64,
    pub filetime: u64,
    pub event: Fragment,
}

/// Lays out a record.
pub(super) fn of(record: &SimRecord) -> Result<Layout, Unwritable> {
    not_empty("Provider/@Name", &record.provider)?;
    if let Some(source) = &record.event_source {
        not_empty("Provider/@EventSourceName", source)?;
    }
    let mut values = system_values(record)?;
    let mut event = Element::new("Event")
        .attribute("xmlns", text(EVENT_NAMESPACE))
        .child(Content::Element(system(record)));

    if record.provider_guid.is_some() {
        let payload = payload(&record.payload, 0)?;
        // A template that names an absent payload is more than libevtx reads.
        if payload.is_some() {
            event = event.child(value(slot::PAYLOAD, kind::BINXML));
        }
        values.push(match payload {
            None => Encoded::null().into(),
            Some((template, values)) => Value::Nested(Fragment { template, values }),
        });
        values.push(optional(record.event_source.as_deref(), |source| {
            Encoded::text("Provider/@EventSourceName", source)
        })?);
    } else if let Some((element, more)) = payload(&record.payload, values.len())? {
        event = event.child(Content::Element(element));
        values.extend(more);
    }
    Ok(Layout {
        id: record.record_id,
        filetime: record.time.to_filetime(),
        event: Fragment {
            template: event,
            values,
        },
    })
}

/// The values of `System`, by [`slot`].
fn system_values(record: &SimRecord) -> Result<Vec<Value>, Unwritable> {
    let mut values: Vec<Value> = vec![
        Encoded::new(kind::U8, [record.level]).into(),
        Encoded::new(kind::U8, [record.opcode]).into(),
        Encoded::new(kind::U16, record.task.to_le_bytes()).into(),
        Encoded::new(kind::U16, record.event_id.to_le_bytes()).into(),
        optional(record.qualifiers, |n| {
            Ok(Encoded::new(kind::U16, n.to_le_bytes()))
        })?,
        Encoded::new(kind::HEX64, record.keywords.to_le_bytes()).into(),
        Encoded::new(kind::FILETIME, record.time.to_filetime().to_le_bytes()).into(),
        optional(record.activity_id.as_deref(), |id| {
            Encoded::guid("Correlation/@ActivityID", id)
        })?,
        Encoded::new(kind::U32, record.process_id.to_le_bytes()).into(),
        Encoded::new(kind::U32, record.thread_id.to_le_bytes()).into(),
        Encoded::new(kind::U64, record.record_id.to_le_bytes()).into(),
        optional(record.version, |n| Ok(Encoded::new(kind::U8, [n])))?,
        optional(record.user_sid.as_deref(), |sid| {
            Encoded::sid("Security/@UserID", sid)
        })?,
        Encoded::null().into(), // related activity: no record here has one
    ];
    if let Some(guid) = &record.provider_guid {
        values.push(Encoded::text("Provider/@Name", &record.provider)?.into());
        values.push(Encoded::guid("Provider/@Guid", guid)?.into());
        values.push(Encoded::text("Channel", &record.channel)?.into());
    }
    Ok(values)
}

/// The `System` element.
fn system(record: &SimRecord) -> Element {
    let manifest = record.provider_guid.is_some();
    // Classic records of older systems have none of the four elements that
    // came with manifests. A value that such a record has all the same is kept.
    let plain = !manifest && record.version.is_none();

    let mut provider = Element::new("Provider");
    if manifest {
        provider = provider
            .attribute("Name", value(slot::PROVIDER_NAME, kind::STRING))
            .attribute("Guid", value(slot::PROVIDER_GUID, kind::GUID));
        if record.event_source.is_some() {
            provider =
                provider.attribute("EventSourceName", value(slot::EVENT_SOURCE, kind::STRING));
        }
    } else {
        provider = provider.attribute("Name", text(&record.provider));
        if let Some(source) = &record.event_source {
            provider = provider.attribute("EventSourceName", text(source));
        }
    }

    let leaf = |name: &str, index: u16, kind: u8| {
        Some(Element::new(name).needing(index).child(value(index, kind)))
    };
    let fixed = |name: &str, content: &str| {
        let element = Element::new(name);
        Some(match content {
            "" => element,
            content => element.child(text(content)),
        })
    };
    let elements = [
        Some(provider),
        leaf("EventID", slot::EVENT_ID, kind::U16)
            .map(|e| e.attribute("Qualifiers", value(slot::QUALIFIERS, kind::U16))),
        leaf("Version", slot::VERSION, kind::U8).filter(|_| !plain),
        leaf("Level", slot::LEVEL, kind::U8),
        leaf("Task", slot::TASK, kind::U16),
        leaf("Opcode", slot::OPCODE, kind::U8).filter(|_| !plain || record.opcode != 0),
        leaf("Keywords", slot::KEYWORDS, kind::HEX64),
        Some(
            Element::new("TimeCreated")
                .attribute("SystemTime", value(slot::TIME_CREATED, kind::FILETIME)),
        ),
        leaf("EventRecordID", slot::RECORD_ID, kind::U64),
        Some(
            Element::new("Correlation")
                .attribute("ActivityID", value(slot::ACTIVITY_ID, kind::GUID))
                .attribute(
                    "RelatedActivityID",
                    value(slot::RELATED_ACTIVITY_ID, kind::GUID),
                ),
        )
        .filter(|_| !plain || record.activity_id.is_some()),
        Some(
            Element::new("Execution")
                .attribute("ProcessID", value(slot::PROCESS_ID, kind::U32))
                .attribute("ThreadID", value(slot::THREAD_ID, kind::U32)),
        )
        .filter(|_| !plain || (record.process_id, record.thread_id) != (0, 0)),
        if manifest {
            leaf("Channel", slot::CHANNEL, kind::STRING)
        } else {
            fixed("Channel", &record.channel)
        },
        fixed("Computer", &record.computer),
        Some(Element::new("Security").attribute("UserID", value(slot::USER_ID, kind::SID))),
    ];
    elements
        .into_iter()
        .flatten()
        .fold(Element::new("System"), |system, element| {
            system.child(Content::Element(element))
        })
}

/// The payload element and its values, which are numbered from `base`.
fn payload(payload: &SimPayload, base: usize) -> Result<Option<(Element, Vec<Value>)>, Unwritable> {
    let mut values = Vec::new();
    let mut hold = |field: &str, value: &SimValue| {
        let encoded = Encoded::of(field, value)?;
        let content = Content::Value {
            index: u16::try_from(base + values.len()).map_err(|_| Unwritable::TooLarge {
                // Each value needs at least its descriptor of four bytes.
                size: 4 * (base + values.len()),
            })?,
            kind: encoded.kind,
            optional: false,
        };
        values.push(Value::Plain(encoded));
        Ok(content)
    };
    let element = match payload {
        SimPayload::None => return Ok(None),
        SimPayload::EventData(fields) | SimPayload::EventDataBinary(fields, _) => {
            let mut data = Element::new("EventData");
            for (name, value) in fields {
                let mut field = Element::new("Data");
                if let Some(name) = name {
                    not_empty("Data/@Name", name)?;
                    field = field.attribute("Name", text(name));
                }
                let label = name.as_deref().unwrap_or("Data");
                data = data.child(Content::Element(field.child(hold(label, value)?)));
            }
            if let SimPayload::EventDataBinary(_, bytes) = payload {
                let bytes = hold("Binary", &SimValue::Binary(bytes.clone()))?;
                data = data.child(Content::Element(Element::new("Binary").child(bytes)));
            }
            data
        }
        SimPayload::UserData {
            root,
            namespace,
            values: fields,
        } => {
            let mut inner = Element::new(xml_name(root)?);
            if !namespace.is_empty() {
                inner = inner.attribute("xmlns", text(namespace));
            }
            for (name, value) in fields {
                let field = Element::new(xml_name(name)?).child(hold(name, value)?);
                inner = inner.child(Content::Element(field));
            }
            Element::new("UserData").child(Content::Element(inner))
        }
    };
    Ok(Some((element, values)))
}

/// Refuses an empty attribute: no real record has one, and libevtx gives up a
/// record that does.
fn not_empty(field: &str, text: &str) -> Result<(), Unwritable> {
    if !text.is_empty() {
        return Ok(());
    }
    Err(Unwritable::Text {
        field: field.to_owned(),
        expected: "a name",
        found: String::new(),
    })
}

/// Refuses what is no name of an XML element.
fn xml_name(name: &str) -> Result<&str, Unwritable> {
    let first = |c: char| c.is_alphabetic() || c == '_';
    let rest = |c: char| first(c) || c.is_numeric() || "-.:".contains(c);
    if name.starts_with(first) && name.chars().all(rest) {
        return Ok(name);
    }
    Err(Unwritable::Text {
        field: "UserData".to_owned(),
        expected: "the name of an XML element",
        found: name.to_owned(),
    })
}

fn text(text: &str) -> Content {
    Content::Text(text.to_owned())
}

/// A value of `System`, left out when absent.
fn value(index: u16, kind: u8) -> Content {
    Content::Value {
        index,
        kind,
        optional: true,
    }
}

fn optional<T>(
    value: Option<T>,
    encode: impl FnOnce(T) -> Result<Encoded, Unwritable>,
) -> Result<Value, Unwritable> {
    Ok(value
        .map(encode)
        .transpose()?
        .unwrap_or_else(Encoded::null)
        .into())
}

impl From<Encoded> for Value {
    fn from(encoded: Encoded) -> Self {
        Value::Plain(encoded)
    }
}
