//! Collects problems with their places; severity comes from the table of codes, so that a code means the same everywhere.

use crate::domain::menu::explain;
use crate::domain::menu::problem::{Problem, Severity};
use std::sync::Arc;

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, relative to the menus' folder.
    pub(crate) file: Arc<str>,
    /// From 1; 0 for the whole file.
    pub(crate) line: u32,
    /// From 1; 0 for the whole file.
    pub(crate) column: u32,
}

impl Place {
    /// The whole file.
    pub(crate) fn whole(file: &str) -> Self {
        Self { file: Arc::from(file), line: 0, column: 0 }
    }

    /// The same file at another place.
    pub(crate) fn moved(&self, line: u32, column: u32) -> Self {
        Self { file: Arc::clone(&self.file), line, column }
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    problems: Vec<Problem>,
}

impl Report {
    /// Adds one.
    pub(crate) fn add(
        &mut self,
        code: &'static str,
        place: &Place,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.problems.push(Problem {
            file: place.file.as_ref().to_owned(),
            line: place.line,
            column: place.column,
            code,
            severity: explain::severity(code),
            message: message.into(),
            cure: cure.into(),
        });
    }

    /// Whether the text on this line has been told to be cut or broken by YAML, so that nothing more is said of it.
    pub(crate) fn is_trapped(&self, place: &Place) -> bool {
        let here = |p: &Problem| p.code == "K007" && p.line == place.line && *p.file == *place.file;
        self.problems.iter().any(here)
    }

    /// How many problems there are; two counts tell whether something in between was faulty.
    pub(crate) fn count(&self) -> usize {
        self.problems.len()
    }

    /// How many of them are errors.
    pub(crate) fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// All of them in order of place, each once.
    pub(crate) fn finish(mut self) -> Vec<Problem> {
        self.problems.sort();
        self.problems.dedup();
        self.problems
    }
}
