//! What became of a dropped file, written next to it for the office that sent it: rows by number, never what they say.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bad rows that are listed; the rest are counted.
pub const LISTED_MAX: usize = 200;

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// The line it begins on, from 1.
    pub row: u64,
    /// The column; empty where the whole row is bad.
    pub column: String,
    /// What is wrong.
    pub reason: String,
    /// What was found, by shape: letters `a`, digits `9`.
    pub found: String,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its name.
    pub file: String,
    /// By what it is known again: name, size, time, mapping and key.
    pub id: String,
    /// Whether it is what is answered from now on.
    pub taken: bool,
    /// Why not.
    pub refused: Option<String>,
    /// Of which day a row without a date is.
    pub as_of: Option<Date>,
    /// Rows read.
    pub rows: u64,
    /// Rows that could not be used.
    pub bad: u64,
    /// Rows of a pair that was there before.
    pub repeated: u64,
    /// The first of the bad rows.
    pub bad_rows: Vec<BadRow>,
}

impl Report {
    /// Where the report of a file stands.
    #[must_use]
    pub fn path(file: &Path) -> PathBuf {
        let mut name = file.as_os_str().to_owned();
        name.push(".report.json");
        PathBuf::from(name)
    }

    /// The report of a file, if there is one.
    #[must_use]
    pub fn of(file: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::path(file)).ok()?).ok()
    }

    /// Writes the report next to the file.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&self, file: &Path) -> std::io::Result<()> {
        replace(&Self::path(file), &serde_json::to_vec_pretty(self)?)
    }
}

/// Writes a file so that a reader sees the old one or the new one, also after a crash.
///
/// # Errors
/// What the disk says.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
