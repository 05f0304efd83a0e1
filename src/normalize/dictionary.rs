//! The event dictionary: (provider, id, form) → what it means, as data.
//!
//! The files stand in `rules/events/`; this file reads them and answers look-ups.
//! It does not touch records; `normalize::mod` does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::model::absence::Absence;
use crate::model::event::Severity;
use crate::model::kind::EventKind;
use crate::model::text::Localized;
use crate::model::windows::VERSIONS;

use super::patterns::{Form, Pattern, Patterns};
use super::target::Target;
use super::written::{
    EntryFile, OneOrMany, PatternFile, PatternsFile, PositionOrName, ProviderFile, ProvidersFile,
    is_of_many,
};

/// Files that are built in: their names, and what the build script made of them.
macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$((
            concat!($name, ".yaml"),
            include_str!(concat!(env!("OUT_DIR"), "/events/", $name, ".json")),
        )),*]
    };
}

/// The files of events that are built in.
const EMBEDDED: &[(&str, &str)] = built_in![
    "failover-clustering",
    "hyper-v-high-availability",
    "hyper-v-network",
    "hyper-v-storage-devices",
    "hyper-v-synthnic",
    "hyper-v-vmms",
    "hyper-v-vmswitch",
    "hyper-v-worker",
    "network",
    "storage",
    "cluster-others",
    "windows",
];
const EMBEDDED_PATTERNS: &[(&str, &str)] = built_in!["cluster-log"];
const EMBEDDED_ABSENCES: (&str, &str) = (
    "absent.yaml",
    include_str!("../../rules/events/absent.yaml"),
);

/// Why a dictionary file was refused.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// It cannot be read.
    #[error("{file}: expected a {expected} that can be read: {source}")]
    Unreadable {
        /// The file or directory.
        file: String,
        /// Which of the two.
        expected: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not the YAML that it should be.
    #[error("{file}:{line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1; 0 when it is about the whole file.
        line: u64,
        /// What was expected and found, and where.
        message: String,
    },
    /// An entry contradicts itself.
    #[error("{file}:{line}: {provider} {id}: {message}")]
    Entry {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The entry's provider.
        provider: String,
        /// The entry's event id.
        id: u32,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A statement that no event exists is wrong.
    #[error("{file}:{line}: absence {phase:?}: {message}")]
    Absence {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What happens without an event.
        phase: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A cluster.log pattern is wrong.
    #[error("{file}:{line}: pattern for {kind} ({literal:?}): {message}")]
    Pattern {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The pattern's event kind.
        kind: EventKind,
        /// The pattern's literal.
        literal: String,
        /// What is wrong.
        message: String,
    },
}

/// A YAML error as one of ours, with its place in front.
fn syntax(file: &str, error: &serde_saphyr::Error) -> DictionaryError {
    // The place stands in front; the error's own text has it behind.
    let told = error.without_snippet().to_string();
    let message = told.split(" at line ").next().unwrap_or(&told);
    DictionaryError::Syntax {
        file: file.to_owned(),
        line: error.location().map_or(0, |at| at.line()),
        message: message.to_owned(),
    }
}

/// Constant values as entries and patterns keep them.
fn constants(set: BTreeMap<String, String>) -> Vec<(Arc<str>, Arc<str>)> {
    set.into_iter().map(|(k, v)| (k.into(), v.into())).collect()
}

/// Where a value stands in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// What it is.
    pub target: Target,
    /// Name in the file, for messages.
    pub name: Arc<str>,
    /// Position among the record's parameters, from 1.
    pub position: usize,
    /// Names under which the value was seen.
    pub seen_names: Vec<Arc<str>>,
}

/// One form of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Provider as written in the file.
    pub provider: Arc<str>,
    /// Event id.
    pub id: u32,
    /// Only the form with this many parameters.
    pub params: Option<usize>,
    /// Only the form of this version.
    pub version: Option<u8>,
    /// Only where a record of the service control manager is about this service
    /// (its key name, lower case), which such records carry beside the texts.
    pub service: Option<Arc<str>>,
    /// Written in some cases only: its silence says nothing about its kind.
    pub sometimes: bool,
    /// What it says.
    pub kind: EventKind,
    /// Channels it is written to.
    pub channels: Vec<Arc<str>>,
    /// The Windows Server versions in whose tables it was seen (`2012 R2`), oldest
    /// first; others may have it too, where nobody could look. Empty: unknown.
    pub windows: Vec<&'static str>,
    /// What it says, where that is more than its kind says.
    pub says: Option<Localized>,
    /// Its severity, where the record's level does not tell.
    pub severity: Option<Severity>,
    /// Its values.
    pub fields: Vec<FieldSpec>,
    /// Constant values.
    pub set: Vec<(Arc<str>, Arc<str>)>,
    /// Where the fact comes from.
    pub reference: String,
    /// Parameters of a sample, in order.
    pub sample: Vec<String>,
}

impl Entry {
    /// What tells this form of its id from the others: `3 values`, `version 1`,
    /// `clussvc`, any of them together; empty where nothing does.
    #[must_use]
    pub fn form(&self) -> String {
        let params = self.params.map(|p| format!("{p} values"));
        let version = self.version.map(|v| format!("version {v}"));
        let service = self.service.as_deref().map(str::to_owned);
        let parts: Vec<String> = [params, version, service].into_iter().flatten().collect();
        parts.join(", ")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AbsencesFile {
    absent: Vec<Spanned<Absence>>,
}

/// Which forms a file's forms stand beside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Forms {
    /// They come before those that are there.
    Added,
    /// They are instead of those that were there for their provider and id.
    Instead,
}

/// The Windows Server versions that entries speak of, oldest first.
pub const WINDOWS: [&str; VERSIONS.len()] = {
    let mut names = [""; VERSIONS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = VERSIONS[at].0;
        at += 1;
    }
    names
};

/// Versions as files write them: names and spans of names between commas
/// (`2008 R2 - 2016, 2022`).
fn windows_of(text: &str) -> Result<Vec<&'static str>, String> {
    let at = |name: &str| {
        let name = name.trim();
        WINDOWS.iter().position(|w| *w == name).ok_or_else(|| {
            format!(
                "windows: expected one of {}, found {name:?}",
                WINDOWS.join(", ")
            )
        })
    };
    let mut named = [false; WINDOWS.len()];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (at(first)?, at(last)?);
        if first > last {
            return Err(format!("windows: {part:?} ends before it begins"));
        }
        named[first..=last].fill(true);
    }
    let named = WINDOWS.into_iter().zip(named);
    Ok(named.filter_map(|(w, is)| is.then_some(w)).collect())
}

/// Versions, as entries write them, in the shortest form.
#[must_use]
pub fn windows_text(windows: &[&str]) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for at in (0..WINDOWS.len()).filter(|at| windows.contains(&WINDOWS[*at])) {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => spans.push((at, at)),
        }
    }
    let spans: Vec<String> = spans
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => WINDOWS[first].to_owned(),
            _ => format!("{} - {}", WINDOWS[first], WINDOWS[last]),
        })
        .collect();
    spans.join(", ")
}

/// The whole dictionary.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    /// By lower-case provider, then id; forms in the order of the file.
    entries: FxHashMap<Box<str>, FxHashMap<u32, Vec<Arc<Entry>>>>,
    patterns: Patterns,
    absences: Vec<Absence>,
}

/// An entry as a site writes it, with its place, and as it is built in.
type SiteEntry = EntryFile<Spanned<u32>, EventKind, Severity, Localized>;
type BuiltInEntry = EntryFile<u32, EventKind, Severity, Localized>;
/// The same of a pattern.
type SitePattern = PatternFile<Spanned<String>, EventKind, Severity>;
type BuiltInPattern = PatternFile<String, EventKind, Severity>;

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

/// A value, and the line that it is on; 0 where that is not known.
pub(super) trait Placed<Value> {
    fn value(&self) -> &Value;
    fn line(&self) -> u64;
}

impl<Value> Placed<Value> for Spanned<Value> {
    fn value(&self) -> &Value {
        &self.value
    }
    fn line(&self) -> u64 {
        self.referenced.line()
    }
}

impl<Value> Placed<Value> for Value {
    fn value(&self) -> &Value {
        self
    }
    fn line(&self) -> u64 {
        0
    }
}

impl Dictionary {
    /// The built-in dictionary.
    ///
    /// # Errors
    /// Only if a built-in file is wrong, which a test rules out.
    pub fn embedded() -> Result<Self, DictionaryError> {
        fn json<T: serde::de::DeserializeOwned>(
            file: &str,
            text: &str,
        ) -> Result<T, DictionaryError> {
            serde_json::from_str(text).map_err(|e| DictionaryError::Syntax {
                file: file.to_owned(),
                line: 0,
                message: e.to_string(),
            })
        }
        let mut this = Self::default();
        for (file, text) in EMBEDDED {
            let parsed: ProvidersFile<BuiltInEntry> = json(file, text)?;
            this.take_providers(file, parsed.providers, Forms::Added)?;
        }
        for (file, text) in EMBEDDED_PATTERNS {
            let parsed: PatternsFile<BuiltInPattern> = json(file, text)?;
            this.take_patterns(parsed.patterns);
        }
        let (file, text) = EMBEDDED_ABSENCES;
        this.add_absences(file, text)?;
        Ok(this)
    }

    /// Adds a file of events; its forms come before those that are there.
    ///
    /// # Errors
    /// When it is not such a file, or an entry contradicts itself.
    pub fn add_file(&mut self, file: &str, text: &str) -> Result<(), DictionaryError> {
        self.take_file(file, text, Forms::Added)
    }

    /// Adds the dictionary of a site: every `*.yaml` in a directory, by name. A file
    /// holds events, `patterns:` or `absent:`, as the built-in ones do. Its forms of a
    /// provider and id replace all that were there, its patterns are tried before the
    /// others, and its phases replace those of the same name.
    ///
    /// # Errors
    /// When the directory or a file cannot be read, none is there, or one is wrong.
    pub fn with_dir(mut self, dir: &Path) -> Result<Self, DictionaryError> {
        let unreadable = |path: &Path, expected, source| DictionaryError::Unreadable {
            file: path.display().to_string(),
            expected,
            source,
        };
        let listed = std::fs::read_dir(dir)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|e| unreadable(dir, "directory", e))?;
        let mut files: Vec<PathBuf> = listed.into_iter().map(|e| e.path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
        files.sort();
        if files.is_empty() {
            let none = std::io::Error::new(std::io::ErrorKind::NotFound, "no *.yaml is in it");
            return Err(unreadable(dir, "directory", none));
        }
        let built_in = std::mem::take(&mut self.patterns);
        for path in files {
            let text = std::fs::read_to_string(&path).map_err(|e| unreadable(&path, "file", e))?;
            let file = path.display().to_string();
            let holds = |key: &str| text.lines().any(|l| l.starts_with(key));
            if holds("patterns:") {
                self.add_patterns(&file, &text)?;
            } else if holds("absent:") {
                self.take_absences(&file, &text, Forms::Instead)?;
            } else {
                self.take_file(&file, &text, Forms::Instead)?;
            }
        }
        self.patterns.extend(built_in.into_list());
        let searched = self.patterns.literals().map(|_| ());
        searched.map_err(|message| DictionaryError::Syntax {
            file: dir.display().to_string(),
            line: 0,
            message,
        })?;
        Ok(self)
    }

    fn take_file(&mut self, file: &str, text: &str, how: Forms) -> Result<(), DictionaryError> {
        let syntax = |e: serde_saphyr::Error| syntax(file, &e);
        let providers = if is_of_many(text) {
            serde_saphyr::from_str::<ProvidersFile<SiteEntry>>(text)
                .map_err(syntax)?
                .providers
        } else {
            vec![serde_saphyr::from_str::<ProviderFile<SiteEntry>>(text).map_err(syntax)?]
        };
        self.take_providers(file, providers, how)
    }

    fn take_providers<Id: Placed<u32>>(
        &mut self,
        file: &str,
        providers: Vec<ProviderFile<EntryFile<Id, EventKind, Severity, Localized>>>,
        how: Forms,
    ) -> Result<(), DictionaryError> {
        for provider in providers {
            let name: Arc<str> = provider.provider.as_str().into();
            let default: Vec<Arc<str>> = provider
                .channel
                .into_vec()
                .into_iter()
                .map(Into::into)
                .collect();
            let ids = self
                .entries
                .entry(provider.provider.to_lowercase().into())
                .or_default();
            let mut added: BTreeMap<u32, Vec<Arc<Entry>>> = BTreeMap::new();
            for entry in provider.events {
                let (id, line) = (*entry.id.value(), entry.id.line());
                let entry =
                    entry
                        .check(&name, &default)
                        .map_err(|message| DictionaryError::Entry {
                            file: file.to_owned(),
                            line,
                            provider: name.to_string(),
                            id,
                            message,
                        })?;
                added.entry(id).or_default().push(Arc::new(entry));
            }
            for (id, mut forms) in added {
                let slot = ids.entry(id).or_default();
                if how == Forms::Added {
                    forms.append(slot);
                }
                *slot = forms;
            }
        }
        Ok(())
    }

    /// Adds a file of cluster.log patterns, tried after those that are there.
    ///
    /// # Errors
    /// When it is not such a file, or a regular expression is wrong.
    pub fn add_patterns(&mut self, file: &str, text: &str) -> Result<(), DictionaryError> {
        let parsed: PatternsFile<SitePattern> =
            serde_saphyr::from_str(text).map_err(|e| syntax(file, &e))?;
        let before = self.patterns.iter().count();
        self.take_patterns(parsed.patterns);
        // Mistakes of the built-in ones are a test's business.
        for pattern in self.patterns.iter().skip(before) {
            let checked = pattern.form.check();
            checked.map_err(|message| DictionaryError::Pattern {
                file: file.to_owned(),
                line: pattern.line,
                kind: pattern.kind,
                literal: pattern.literal.clone(),
                message,
            })?;
        }
        Ok(())
    }

    fn take_patterns<Literal: Placed<String>>(
        &mut self,
        patterns: Vec<PatternFile<Literal, EventKind, Severity>>,
    ) {
        let patterns = patterns.into_iter().map(|p| Pattern {
            kind: p.kind,
            literal: p.literal.value().clone(),
            line: p.literal.line(),
            form: Form::new(p.regex),
            set: constants(p.set),
            channel: p.channel.unwrap_or_default(),
            sometimes: p.sometimes,
            severity: p.severity,
            reference: p.reference,
            sample: p.sample,
        });
        self.patterns.extend(patterns);
    }

    /// Adds a file of statements that something leaves no event.
    ///
    /// # Errors
    /// When it is not such a file, a phase is there already, or a statement is
    /// without its versions, its texts or its reference.
    pub fn add_absences(&mut self, file: &str, text: &str) -> Result<(), DictionaryError> {
        self.take_absences(file, text, Forms::Added)
    }

    fn take_absences(&mut self, file: &str, text: &str, how: Forms) -> Result<(), DictionaryError> {
        let parsed: AbsencesFile = serde_saphyr::from_str(text).map_err(|e| syntax(file, &e))?;
        if how == Forms::Instead {
            let said: BTreeSet<&str> = parsed.absent.iter().map(|a| &*a.value.phase).collect();
            self.absences.retain(|a| !said.contains(&*a.phase));
        }
        for absence in parsed.absent {
            let line = absence.referenced.line();
            let absence = absence.value;
            let wrong = |message: &str| DictionaryError::Absence {
                file: file.to_owned(),
                line,
                phase: absence.phase.clone(),
                message: message.to_owned(),
            };
            if self.absences.iter().any(|a| a.phase == absence.phase) {
                return Err(wrong("it is there twice; name each phase once"));
            }
            if absence.windows.is_empty() {
                return Err(wrong("windows is empty; name the versions, or all"));
            }
            let texts = [&absence.phase, &absence.en, &absence.ja, &absence.reference];
            if texts.iter().any(|t| t.trim().is_empty()) {
                return Err(wrong("phase, en, ja and ref must each say something"));
            }
            self.absences.push(absence);
        }
        Ok(())
    }

    /// What happens without leaving an event, in the order of the file.
    #[must_use]
    pub fn absences(&self) -> &[Absence] {
        &self.absences
    }

    /// All forms of an event, in the order in which they are tried.
    #[must_use]
    pub fn forms(&self, provider: &str, id: u32) -> &[Arc<Entry>] {
        // Classic sources differ in case between versions (disk, Disk). Asked for each
        // record, so without an allocation where that is possible.
        let mut lower = [0; 96];
        let ids = match lower.get_mut(..provider.len()) {
            Some(lower) if provider.is_ascii() => {
                lower.copy_from_slice(provider.as_bytes());
                lower.make_ascii_lowercase();
                self.entries.get(std::str::from_utf8(lower).unwrap_or(""))
            }
            _ => self.entries.get(provider.to_lowercase().as_str()),
        };
        ids.and_then(|ids| ids.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// The cluster.log patterns.
    #[must_use]
    pub fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    /// All entries, by provider, id and form.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        let mut all: Vec<Arc<Entry>> = self
            .entries
            .values()
            .flat_map(FxHashMap::values)
            .flatten()
            .cloned()
            .collect();
        // Stable: forms of one id keep their order.
        all.sort_by(|a, b| (&a.provider, a.id).cmp(&(&b.provider, b.id)));
        all
    }

    /// The names of the values that events of each kind can have, beside their subjects.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<EventKind, BTreeSet<Arc<str>>> {
        let mut fields: BTreeMap<EventKind, BTreeSet<Arc<str>>> = BTreeMap::new();
        for entry in self.entries.values().flat_map(FxHashMap::values).flatten() {
            let values = entry.fields.iter().filter_map(|f| f.target.field());
            let set = entry.set.iter().map(|(name, _)| name);
            let names = values.chain(set).cloned();
            fields.entry(entry.kind).or_default().extend(names);
        }
        for pattern in self.patterns.iter() {
            let set = pattern.set.iter().map(|(name, _)| name.clone());
            let names = pattern.form.fields().into_iter().chain(set);
            fields.entry(pattern.kind).or_default().extend(names);
        }
        fields
    }

    /// The provider, event id and kind of every form of a record.
    pub fn records(&self) -> impl Iterator<Item = (Arc<str>, u32, EventKind)> {
        let entries = self.entries().into_iter();
        entries.map(|e| (e.provider.clone(), e.id, e.kind))
    }

    /// Where each kind of event is written.
    #[must_use]
    pub fn carriers(&self) -> BTreeMap<EventKind, BTreeSet<Arc<str>>> {
        use crate::model::coverage::{CLUSTER_LOG, CLUSTER_REPORTS};
        let mut carriers: BTreeMap<EventKind, BTreeSet<Arc<str>>> = BTreeMap::new();
        for entry in self.entries.values().flat_map(FxHashMap::values).flatten() {
            if entry.sometimes {
                continue;
            }
            // Analytic channels are off unless somebody turned them on: their
            // silence says nothing.
            let kept = entry.channels.iter().filter(|c| !c.ends_with("-Analytic"));
            carriers
                .entry(entry.kind)
                .or_default()
                .extend(kept.cloned());
        }
        for pattern in self.patterns.iter().filter(|p| !p.sometimes) {
            carriers
                .entry(pattern.kind)
                .or_default()
                .insert(CLUSTER_LOG.into());
        }
        carriers.insert(
            EventKind::VmConfigRefreshed,
            BTreeSet::from([CLUSTER_REPORTS.into()]),
        );
        carriers.retain(|_, channels| !channels.is_empty());
        carriers
    }
}

impl<Id: Placed<u32>> EntryFile<Id, EventKind, Severity, Localized> {
    fn check(self, provider: &Arc<str>, default: &[Arc<str>]) -> Result<Entry, String> {
        let mut fields = Vec::new();
        for (name, spec) in self.fields {
            let mut position = None;
            let mut seen_names = Vec::new();
            for part in spec {
                match part {
                    PositionOrName::Position(p) if p > 0 && position.is_none() => {
                        position = Some(p);
                    }
                    PositionOrName::Position(p) => {
                        return Err(format!(
                            "field {name}: expected one position, counted from 1, found {p}"
                        ));
                    }
                    PositionOrName::Name(n) => seen_names.push(n.into()),
                }
            }
            fields.push(FieldSpec {
                target: Target::named(&name),
                position: position
                    .ok_or_else(|| format!("field {name}: no position; write [1, Name]"))?,
                name: name.into(),
                seen_names,
            });
        }
        if self.reference.trim().is_empty() {
            return Err("ref is empty: say where the fact comes from".to_owned());
        }
        if let Some(says) = &self.says
            && [&says.en, &says.ja].iter().any(|t| t.trim().is_empty())
        {
            return Err("says must say something in both languages".to_owned());
        }
        let last = fields.iter().map(|f| f.position).max().unwrap_or(0);
        if self.sample.len() < last || self.params.is_some_and(|p| p != self.sample.len()) {
            return Err(format!(
                "the sample has {} parameters; the entry speaks of {}",
                self.sample.len(),
                self.params.unwrap_or(last)
            ));
        }
        Ok(Entry {
            provider: provider.clone(),
            id: *self.id.value(),
            windows: self
                .windows
                .map_or(Ok(Vec::new()), |text| windows_of(&text))?,
            params: self.params,
            version: self.version,
            service: self.service.map(|s| s.to_lowercase().into()),
            sometimes: self.sometimes,
            kind: self.kind,
            channels: self.channel.map_or_else(
                || default.to_vec(),
                |c| c.into_vec().into_iter().map(Into::into).collect(),
            ),
            severity: self.severity,
            fields,
            set: constants(self.set),
            says: self.says,
            reference: self.reference,
            sample: self.sample,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENCE: &str = "absent:\n  - phase: x.y\n    windows: [all]\n    section: 1\n    en: a\n    ja: b\n    ref: W\n";

    /// What the build script leaves says what the files say, and every form of a line is
    /// an expression.
    #[test]
    fn what_is_built_in_is_what_the_files_say() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/events");
        let mut written = Dictionary::default();
        let read = |file: &str| std::fs::read_to_string(dir.join(file)).unwrap();
        for (file, _) in EMBEDDED {
            written.add_file(file, &read(file)).unwrap();
        }
        for (file, _) in EMBEDDED_PATTERNS {
            written.add_patterns(file, &read(file)).unwrap();
        }
        let built_in = Dictionary::embedded().unwrap();
        assert_eq!(written.entries(), built_in.entries());
        let lines = |dictionary: &Dictionary| -> Vec<_> {
            let all = dictionary.patterns().iter();
            all.map(|p| (p.kind, p.literal.clone(), p.form.as_str().to_owned()))
                .collect()
        };
        assert_eq!(lines(&written), lines(&built_in));
        let files = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path());
        let yaml = files.filter(|path| path.extension().is_some_and(|e| e == "yaml"));
        assert_eq!(
            yaml.count(),
            EMBEDDED.len() + EMBEDDED_PATTERNS.len() + 1,
            "every file is built in, and absent.yaml"
        );
    }

    #[test]
    fn an_absence_that_says_too_little_or_too_much_is_refused() {
        let add = |text: &str| Dictionary::default().add_absences("f.yaml", text);
        assert!(add(ABSENCE).is_ok());
        let unknown = add(&format!("{ABSENCE}    sometimes: true\n")).unwrap_err();
        assert!(unknown.to_string().contains("sometimes"), "{unknown}");
        let kind = add(&format!("{ABSENCE}    nearest: [vm.startd]\n")).unwrap_err();
        assert!(kind.to_string().contains("vm.started"), "{kind}");
        for (from, to, told) in [
            ("windows: [all]", "windows: []", "windows is empty"),
            ("ja: b", "ja: ' '", "must each say something"),
        ] {
            let error = add(&ABSENCE.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
        let mut twice = Dictionary::default();
        twice.add_absences("f.yaml", ABSENCE).unwrap();
        let error = twice.add_absences("g.yaml", ABSENCE).unwrap_err();
        assert!(
            error.to_string().starts_with("g.yaml:2: absence \"x.y\""),
            "{error}"
        );
    }

    #[test]
    fn what_is_written_sometimes_does_not_carry_its_kind() {
        let mut dictionary = Dictionary::default();
        let text = "provider: P\nchannel: System\nevents:\n  \
            - { id: 1, kind: vm.started, ref: G, sample: [] }\n  \
            - { id: 2, kind: vm.saved, sometimes: true, ref: G, sample: [] }\n";
        dictionary.add_file("f.yaml", text).unwrap();
        let carriers = dictionary.carriers();
        assert!(carriers.contains_key(&EventKind::VmStarted));
        assert!(!carriers.contains_key(&EventKind::VmSaved));
    }

    #[test]
    fn versions_of_windows_are_read_and_written_alike() {
        for text in ["2008 - 2025", "2008 R2, 2016", "2012 - 2012 R2, 2019"] {
            assert_eq!(windows_text(&windows_of(text).unwrap()), text);
        }
        assert_eq!(
            windows_text(&windows_of("2016,2019").unwrap()),
            "2016 - 2019"
        );
        assert!(windows_of("2017").unwrap_err().contains("2017"));
        assert!(windows_of("2019 - 2016").is_err());
        assert!(windows_of("").is_err());
    }

    #[test]
    fn the_files_of_a_site_add_and_replace() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let load = || Dictionary::embedded().unwrap().with_dir(dir.path());
        assert!(load().unwrap_err().to_string().contains("no *.yaml"));
        put(
            "fc.yaml",
            "provider: Microsoft-Windows-FailoverClustering\nchannel: System\nevents:\n  \
            - { id: 1641, kind: group.failback, ref: G, sample: [] }\n  \
            - { id: 9999, kind: vm.saved, ref: G, sample: [] }\n",
        );
        put(
            "lines.yaml",
            "patterns:\n  - { kind: vm.saved, literal: New View is , regex: 'View', ref: G, \
            sample: New View is here }\n",
        );
        put("no.yaml", &ABSENCE.replace("x.y", "vlan.edited"));
        let ours = load().unwrap();
        let forms = ours.forms("Microsoft-Windows-FailoverClustering", 1641);
        assert_eq!(
            forms.len(),
            1,
            "every form of the built-in ones is replaced"
        );
        assert_eq!(forms[0].kind, EventKind::GroupFailback);
        let added = ours.forms("microsoft-windows-failoverclustering", 9999);
        assert_eq!(added.len(), 1);
        let kept = ours.forms("Microsoft-Windows-FailoverClustering", 1069);
        assert!(kept.len() > 1, "others stay");
        let text = "New View is <ViewChanged joiners=() downers=() newView=2(1)>";
        let (pattern, _) = ours.patterns().find("", text).unwrap();
        assert_eq!(pattern.kind, EventKind::VmSaved);
        let built_in = Dictionary::embedded().unwrap();
        assert_eq!(ours.absences().len(), built_in.absences().len());
        assert_eq!(ours.absences().last().unwrap().en, "a");
    }

    #[test]
    fn a_mistake_of_a_site_is_told_with_its_file_and_line() {
        let head = "provider: P\nchannel: System\nevents:\n  \
            - { id: 1, kind: vm.saved, ref: G, sample: [] }\n  ";
        for (text, told) in [
            ("- { id: 2, kind: vm.savd, ref: G, sample: [] }", ":5: "),
            (
                "- { id: 2, kind: vm.saved, ref: G, fields: { vm: [1] }, sample: [] }",
                ":5: P 2: the sample",
            ),
            (
                "- { id: 2, kind: vm.saved, windows: XP, ref: G, sample: [] }",
                ":5: P 2: windows",
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("site.yaml");
            std::fs::write(&path, format!("{head}{text}\n")).unwrap();
            let error = Dictionary::default().with_dir(dir.path()).unwrap_err();
            let wanted = format!("{}{told}", path.display());
            assert!(error.to_string().starts_with(&wanted), "{error}");
        }
        let pattern =
            "patterns:\n  - { kind: vm.saved, literal: a, regex: '(', ref: G, sample: a }\n";
        let error = Dictionary::default()
            .add_patterns("f.yaml", pattern)
            .unwrap_err();
        assert!(
            error.to_string().starts_with("f.yaml:2: pattern"),
            "{error}"
        );
    }
}
