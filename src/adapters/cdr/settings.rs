//! What the CDR files are told: where, how large, how long.

use serde::Deserialize;
use std::path::PathBuf;

/// `[cdr]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The folder; made when missing.
    pub folder: PathBuf,
    /// A file is closed when it reaches this, megabytes.
    pub rotate_mb: u64,
    /// A file is closed when it is this old, seconds.
    pub rotate_secs: u64,
    /// Files are removed after this many days.
    pub keep_days: u16,
}
