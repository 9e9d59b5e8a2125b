//! The content gate: what may be shown today. Rules, fees and hotlines are data with dates; languages are signed off.

use super::stay::StayRules;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Reference data outside the pin: always the newest, in running dialogues too.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// Rules of stay.
    pub stay: StayRules,
    /// Numbers people may be told.
    pub hotlines: Vec<Hotline>,
    /// Whether unreviewed content may be shown (the demo).
    pub allow_unreviewed: bool,
}

/// A number people may be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hotline {
    /// What texts call it.
    pub id: String,
    /// The number.
    pub number: String,
    /// When somebody called it.
    pub last_verified: Option<Date>,
    /// For how many days that holds.
    pub valid_days: u16,
    /// Who runs it, in any language; for the operator.
    pub owner: String,
}

impl Reference {
    /// The number of hotline `id` if it may be shown on `today`.
    #[must_use]
    pub fn hotline(&self, id: &str, today: Date) -> Option<&str> {
        todo!("{id} {today}")
    }
}
