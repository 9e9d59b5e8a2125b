//! What the audit trail is told: where, how long a file, how often a checkpoint.

use serde::Deserialize;
use std::path::PathBuf;

/// `[audit]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The folder; made when missing.
    pub folder: PathBuf,
    /// A file is closed when it is this old, days; whole files go after `retention.audit_days`.
    pub rotate_days: u16,
    /// A checkpoint follows an event after this at the latest, seconds.
    pub checkpoint_secs: u64,
}
