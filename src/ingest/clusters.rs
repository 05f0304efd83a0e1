//! Whether the input is of one cluster. What the logs of another say would be taken for
//! this one's, above all where nodes of both have the same names.
//!
//! A cluster is known by its name, and a name can change: names that one collection has,
//! or whose collections share a VM, are one cluster's.

use std::collections::{BTreeMap, BTreeSet};

use super::{IngestError, Part, collection};
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::id::{NodeName, VmId};
use crate::model::source::{Locator, SourceRef};

/// What speaks of one cluster.
#[derive(Default)]
struct Cluster<'p> {
    /// Its names, by their lower case.
    names: BTreeMap<String, String>,
    collections: BTreeSet<&'p str>,
    nodes: BTreeSet<&'p NodeName>,
    vms: BTreeSet<VmId>,
    /// Any of its members, in order of path.
    member: Option<&'p Part>,
}

impl<'p> Cluster<'p> {
    fn absorb(&mut self, other: Cluster<'p>) {
        self.names.extend(other.names);
        self.collections.extend(other.collections);
        self.nodes.extend(other.nodes);
        self.vms.extend(other.vms);
        self.member = self.member.or(other.member);
    }

    fn is_also(&self, other: &Cluster<'_>) -> bool {
        let named = self.names.keys().any(|name| other.names.contains_key(name));
        named || self.vms.intersection(&other.vms).next().is_some()
    }

    fn told(&self) -> String {
        let names: Vec<&str> = self.names.values().map(String::as_str).collect();
        let places: Vec<&str> = self.collections.iter().copied().collect();
        format!("{} ({})", names.join(" = "), places.join(", "))
    }
}

/// The names of clusters that a member has.
fn names(part: &Part) -> BTreeSet<&str> {
    let events = part.records.events.iter();
    let exported = part.records.objects.iter();
    (part.cluster.as_deref().into_iter())
        .chain(events.filter_map(|e| e.fields.get("cluster")))
        .chain(
            exported
                .filter(|o| &*o.class == "Cluster")
                .filter_map(|o| o.properties.get("Name").map(|name| &**name)),
        )
        .map(|name| name.split('.').next().unwrap_or(name).trim())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Tells that the input is of several clusters.
///
/// # Errors
/// When nodes of two clusters have the same name: nothing could be said of either.
pub(super) fn tell(parts: &[Part], diagnostics: &mut Diagnostics) -> Result<(), IngestError> {
    let mut by_place: BTreeMap<&str, Cluster<'_>> = BTreeMap::new();
    for part in parts {
        let place = collection(&part.file.path);
        let cluster = by_place.entry(place).or_default();
        cluster.collections.insert(place);
        cluster.member = cluster.member.or(Some(part));
        let named = names(part).into_iter();
        cluster
            .names
            .extend(named.map(|name| (name.to_lowercase(), name.to_owned())));
        if part.file.kind.is_log() {
            cluster.nodes.extend(&part.file.node);
        }
        let events = part.records.events.iter();
        let snapshots = part.records.snapshots.iter();
        cluster.vms.extend(events.filter_map(|e| e.subject.vm_id));
        cluster.vms.extend(snapshots.filter_map(|s| s.vm_id));
    }
    let mut clusters: Vec<Cluster<'_>> = Vec::new();
    for mut cluster in by_place.into_values().filter(|c| !c.names.is_empty()) {
        // What it joins may be what others are joined by.
        let mut apart = Vec::with_capacity(clusters.len() + 1);
        for known in clusters {
            match known.is_also(&cluster) {
                true => cluster.absorb(known),
                false => apart.push(known),
            }
        }
        apart.push(cluster);
        clusters = apart;
    }
    if clusters.len() < 2 {
        return Ok(());
    }
    clusters.sort_by(|a, b| a.names.cmp(&b.names));
    let told: Vec<String> = clusters.iter().map(Cluster::told).collect();
    let mut shared: BTreeSet<&NodeName> = BTreeSet::new();
    let mut nodes: BTreeSet<&NodeName> = BTreeSet::new();
    for cluster in &clusters {
        shared.extend(cluster.nodes.intersection(&nodes));
        nodes.extend(&cluster.nodes);
    }
    if !shared.is_empty() {
        let shared: Vec<String> = shared.iter().map(ToString::to_string).collect();
        return Err(IngestError::Clusters {
            clusters: told.join(", "),
            nodes: shared.join(", "),
        });
    }
    if let Some(member) = clusters.iter().find_map(|c| c.member) {
        let source = SourceRef::new(member.file.path.clone(), Locator::Whole);
        diagnostics.push(DiagnosticCode::SeveralClusters, source, told.join(", "));
    }
    Ok(())
}
