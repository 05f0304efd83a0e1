//! Which values events can have, by kind: what rules may ask for by name. It holds
//! names only; what the values are is up to the events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::event::NOTE_FIELDS;
use crate::model::kind::EventKind;
use crate::timeline::{CLOCK_FIELDS, concluded_fields};

/// A provider in lower case and an event id.
type Id = (String, u32);

/// The names of values by kind, and the kinds of records.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    fields: BTreeMap<EventKind, BTreeSet<Arc<str>>>,
    records: BTreeMap<Id, BTreeSet<EventKind>>,
}

impl Vocabulary {
    /// From the values that the dictionary names for each kind, and the kind of each
    /// form of a record, with its provider and event id. What notes and the timeline
    /// say is known.
    pub fn new(
        fields: BTreeMap<EventKind, BTreeSet<Arc<str>>>,
        records: impl IntoIterator<Item = (Arc<str>, u32, EventKind)>,
    ) -> Self {
        let mut vocabulary = Vocabulary {
            fields,
            ..Vocabulary::default()
        };
        for (provider, id, kind) in records {
            let id = (provider.to_lowercase(), id);
            vocabulary.records.entry(id).or_default().insert(kind);
        }
        vocabulary
    }

    /// The kinds of a record; empty when no entry of the dictionary reads it.
    pub(super) fn kinds_of(&self, provider: &str, id: u32) -> Vec<EventKind> {
        let kinds = self.records.get(&(provider.to_lowercase(), id));
        kinds.into_iter().flatten().copied().collect()
    }

    /// Every name under which an event of one of these kinds can have a value.
    #[must_use]
    pub fn fields_of(&self, kinds: &[EventKind]) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = NOTE_FIELDS.into_iter().chain(CLOCK_FIELDS).collect();
        for kind in kinds {
            names.extend(self.fields.get(kind).into_iter().flatten().map(|f| &**f));
            names.extend(concluded_fields(*kind));
        }
        names
    }
}
