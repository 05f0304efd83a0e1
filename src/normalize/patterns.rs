//! What lines of cluster.log mean: literal first, regular expression second.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::model::event::Severity;
use crate::model::kind::EventKind;

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
    /// Its form; named groups are values.
    pub regex: Regex,
    /// For each group of the expression, what it is.
    pub(super) targets: Vec<Option<(Target, Arc<str>)>>,
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

/// All patterns behind one scan for their literals.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    list: Vec<Pattern>,
    literals: Option<AhoCorasick>,
}

impl Patterns {
    /// These patterns, then `more`.
    ///
    /// # Errors
    /// When the literals are too many to be searched together.
    pub(super) fn with(mut self, more: Vec<Pattern>) -> Result<Self, String> {
        self.list.extend(more);
        self.literals = Some(
            AhoCorasick::new(self.list.iter().map(|p| p.literal.as_str()))
                .map_err(|e| e.to_string())?,
        );
        Ok(self)
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
        let literals = self.literals.as_ref()?;
        let mut candidates: Vec<usize> = literals
            .find_overlapping_iter(text)
            .map(|m| m.pattern().as_usize())
            .collect();
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
            let captures = pattern.regex.captures(text)?;
            let values = pattern
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
