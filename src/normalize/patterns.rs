//! What lines of cluster.log mean: literal first, regular expression second.

use std::sync::{Arc, OnceLock};

use regex::Regex;

use crate::model::event::Severity;
use crate::model::kind::EventKind;

use super::literals::Literals;
use super::target::Target;

/// A value of a line: what it is, its name, and its text.
type Captured<'p, 't> = (&'p Target, &'p Arc<str>, &'t str);

/// One form of one line.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it says.
    pub kind: EventKind,
    /// Text that every such line contains.
    pub literal: String,
    /// Where it stands in its file; 0 where that is not known.
    pub(super) line: u64,
    /// Its form.
    pub form: Form,
    /// Constant values.
    pub set: Vec<(Arc<str>, Arc<str>)>,
    /// Only lines of this channel prefix; empty for any.
    pub channel: String,
    /// Written in some cases only: its silence says nothing about its kind.
    pub sometimes: bool,
    /// Its severity, where the line's level does not tell.
    pub severity: Option<Severity>,
    /// Where the fact comes from.
    pub reference: String,
    /// A line made up by us that it matches.
    pub sample: String,
}

/// A regular expression whose named groups are values. Compiled when a line first needs
/// it: most logs need few of all.
#[derive(Clone, Debug)]
pub struct Form {
    text: String,
    compiled: OnceLock<Result<Compiled, String>>,
}

#[derive(Clone, Debug)]
struct Compiled {
    regex: Regex,
    /// For each group, what it is.
    targets: Vec<Option<(Target, Arc<str>)>>,
}

impl Form {
    pub(super) fn new(text: String) -> Self {
        Form {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn compiled(&self) -> &Result<Compiled, String> {
        self.compiled.get_or_init(|| {
            let regex = Regex::new(&self.text).map_err(|e| e.to_string())?;
            let targets = regex
                .capture_names()
                .map(|n| n.map(|n| (Target::named(n), Arc::<str>::from(n))))
                .collect();
            Ok(Compiled { regex, targets })
        })
    }

    /// The names of its values that are no subjects.
    pub(super) fn fields(&self) -> Vec<Arc<str>> {
        let targets = self.compiled().iter().flat_map(|c| &c.targets).flatten();
        targets.filter_map(|(t, _)| t.field().cloned()).collect()
    }

    /// Whether it is one.
    pub(super) fn check(&self) -> Result<(), String> {
        self.compiled().as_ref().map(|_| ()).map_err(String::clone)
    }
}

/// All patterns behind one scan for their literals.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    list: Vec<Pattern>,
    /// Built when the first line needs it.
    literals: OnceLock<Result<Arc<Literals>, String>>,
}

impl Patterns {
    /// Adds patterns behind those that are there.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = Pattern>) {
        self.list.extend(more);
        self.literals = OnceLock::new();
    }

    /// The literals; an error when they are too many to be searched together.
    pub(super) fn literals(&self) -> Result<&Arc<Literals>, String> {
        let built = self.literals.get_or_init(|| {
            let literals: Vec<&str> = self.list.iter().map(|p| p.literal.as_str()).collect();
            Literals::new(&literals).map(Arc::new)
        });
        built.as_ref().map_err(String::clone)
    }

    /// The patterns alone.
    pub(super) fn into_list(self) -> Vec<Pattern> {
        self.list
    }

    /// In the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.list.iter()
    }

    /// The first pattern that the text matches, with the values of its groups.
    pub(super) fn find<'p, 't>(
        &'p self,
        channel: &str,
        text: &'t str,
    ) -> Option<(&'p Pattern, Vec<Captured<'p, 't>>)> {
        let mut candidates = self.literals().ok()?.in_text(text);
        if candidates.is_empty() {
            return None;
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates.into_iter().find_map(|at| {
            let pattern = &self.list[at];
            if !pattern.channel.is_empty() && pattern.channel != channel {
                return None;
            }
            let form = pattern.form.compiled().as_ref().ok()?;
            let captures = form.regex.captures(text)?;
            let values = form
                .targets
                .iter()
                .zip(captures.iter())
                .filter_map(|(target, value)| {
                    let (target, name) = target.as_ref()?;
                    Some((target, name, value?.as_str()))
                })
                .collect();
            Some((pattern, values))
        })
    }
}
