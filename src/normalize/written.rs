//! The form of the files in `rules/events/`, as a site writes them. What their words
//! mean is checked in `dictionary`.
//!
//! The build script reads the built-in files with these types too, and leaves them as
//! JSON, which takes a tenth of the time to read at every start. So nothing here names
//! the rest of the project: kinds, severities and texts are parameters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One value or a list.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// A part of what says where a value stands.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum PositionOrName {
    Position(usize),
    Name(String),
}

/// One form of one event.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryFile<Id, Kind, Severity, Texts> {
    pub(crate) id: Id,
    pub(crate) kind: Kind,
    pub(crate) params: Option<usize>,
    pub(crate) version: Option<u8>,
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) sometimes: bool,
    pub(crate) windows: Option<String>,
    pub(crate) channel: Option<OneOrMany>,
    pub(crate) says: Option<Texts>,
    pub(crate) severity: Option<Severity>,
    #[serde(default = "BTreeMap::new")]
    pub(crate) fields: BTreeMap<String, Vec<PositionOrName>>,
    #[serde(default = "BTreeMap::new")]
    pub(crate) set: BTreeMap<String, String>,
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    pub(crate) sample: Vec<String>,
}

/// The events of one provider.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderFile<Entry> {
    pub(crate) provider: String,
    pub(crate) channel: OneOrMany,
    pub(crate) events: Vec<Entry>,
}

/// Several providers in one file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProvidersFile<Entry> {
    pub(crate) providers: Vec<ProviderFile<Entry>>,
}

/// Forms of lines.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternsFile<Pattern> {
    pub(crate) patterns: Vec<Pattern>,
}

/// One form of one line.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternFile<Literal, Kind, Severity> {
    pub(crate) kind: Kind,
    pub(crate) literal: Literal,
    pub(crate) regex: String,
    pub(crate) channel: Option<String>,
    #[serde(default)]
    pub(crate) sometimes: bool,
    pub(crate) severity: Option<Severity>,
    #[serde(default = "BTreeMap::new")]
    pub(crate) set: BTreeMap<String, String>,
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    pub(crate) sample: String,
}

/// Whether a file of events names several providers; one a file is the rule.
pub(crate) fn is_of_many(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("providers:"))
}
