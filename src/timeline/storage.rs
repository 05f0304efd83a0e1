//! Volumes and disks over time, as each node saw them.
//!
//! Only what records say: a volume that nothing speaks of has no trail. A record
//! of trouble opens the time before it as "online", since a volume that can be
//! paused or lost was in use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::intervals::join;
use super::trail::{EventIndex, VolumeState, VolumeTrail};
use crate::model::event::Event;
use crate::model::id::NodeName;
use crate::model::kind::EventKind;
use crate::model::time::Moment;

/// What a record says of a volume. Names of states of CSV transitions are those
/// that 5151 and 9216 carry.
fn state(event: &Event) -> Option<VolumeState> {
    use EventKind as K;
    match event.kind {
        K::CsvPaused | K::CsvAutoPaused => Some(VolumeState::Paused),
        K::CsvResumed | K::DiskOnlineFinished => Some(VolumeState::Online),
        K::CsvRedirected => Some(VolumeState::Redirected),
        K::CsvLost | K::DiskResourceFailed | K::DiskOwnershipLost => Some(VolumeState::Lost),
        K::CsvState => {
            let named = event.fields.get("state")?.to_ascii_lowercase();
            match named.as_str() {
                "active" | "online" => Some(VolumeState::Online),
                "paused" | "draining" | "init" => Some(VolumeState::Paused),
                _ => None,
            }
        }
        _ => None,
    }
}

/// One trail per volume and node, by name, then node.
pub(super) fn build(events: &[Event]) -> Vec<VolumeTrail> {
    type Changes = Vec<(Moment, VolumeState, Vec<EventIndex>)>;
    let mut found: BTreeMap<(Arc<str>, Option<NodeName>), Changes> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        let Some(state) = state(event) else { continue };
        // The volume's name; else that of its resource, which a disk has in common
        // with its volume.
        let name = match (&event.subject.volume, &event.subject.resource) {
            (Some(volume), _) => volume.clone(),
            (None, Some(resource)) => resource.as_str().into(),
            (None, None) => continue,
        };
        found
            .entry((name, event.node.clone()))
            .or_default()
            .push((event.time, state, vec![at]));
    }
    found
        .into_iter()
        .map(|((name, node), changes)| {
            let before = changes
                .first()
                .filter(|(_, state, _)| *state != VolumeState::Online)
                .map(|_| VolumeState::Online);
            VolumeTrail {
                name,
                node,
                states: join(before, changes),
            }
        })
        .collect()
}
