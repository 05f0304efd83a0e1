//! What is wrong with a rule: which check, where, and what to do about it.
//! One problem never hides another; all that are found are told.

use std::fmt;

use super::code::Code;
use super::schema::Place;

/// One thing that is wrong with a rule file or a case file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which check found it.
    pub code: Code,
    /// The file.
    pub path: String,
    /// The place in it; line 0 for the file as a whole.
    pub place: Place,
    /// What was expected and what was found.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.place.line > 0 {
            write!(f, ":{}:{}", self.place.line, self.place.column)?;
        }
        write!(f, ": {}: {}", self.code, self.message)?;
        if !self.remedy.is_empty() {
            write!(f, " ({})", self.remedy)?;
        }
        Ok(())
    }
}

/// Rules that cannot be used, with every problem found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The problems, by file and place; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleError {}
