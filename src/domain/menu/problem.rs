//! What is wrong with a menu: a code, a place, a sentence and a cure; collected, never thrown one at a time.

use core::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a look; publishes.
    Warning,
    /// Not published.
    Error,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Problem {
    /// The file, relative to the menus' folder.
    pub file: String,
    /// From 1; 0 where the fault is of the whole file.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// `K001` …; `kopir explain K001` says more.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, lower case, the offending word in quotes.
    pub message: String,
    /// What to do.
    pub cure: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        writeln!(f, "{}:{}:{}: {kind} {}: {}", self.file, self.line, self.column, self.code, self.message)?;
        write!(f, "    {}", self.cure)
    }
}
