//! Days of stay: two dates from an entry date by dated, sourced rules that operators edit; never a verdict.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The rules in force, from `menus/reference/stay.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StayRules {
    /// By citizenship.
    pub rules: Vec<StayRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StayRule {
    /// Option ids of `country` it holds for.
    pub countries: Vec<String>,
    /// Days from entry (day 1) by which one is registered.
    pub register_days: u16,
    /// Days of stay in any `window_days`; `None` where the stay follows a contract and is not counted.
    pub stay_days: Option<u16>,
    /// The window of `stay_days`.
    pub window_days: Option<u16>,
    /// In force for entries from this day.
    pub valid_from: Date,
    /// Shown no longer after this day.
    pub valid_to: Option<Date>,
    /// When somebody last checked it.
    pub verified: Date,
    /// Where it is written.
    pub source: String,
}

/// What can be said of a stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Both dates lie ahead.
    Both {
        /// Registered by.
        register_by: Date,
        /// Out by.
        leave_by: Date,
        /// Days left, today not counted.
        days: i64,
        /// The rule's date.
        rule_date: Date,
    },
    /// Earlier stays, or a rule without a count: only the first date is sure.
    First {
        /// Registered by.
        register_by: Date,
        /// The rule's date.
        rule_date: Date,
    },
    /// A date may have gone by.
    Past,
    /// No rule in force: nothing is guessed.
    NoRule,
}

/// Counts the entry day as day 1 and takes the stricter reading of any doubt.
#[must_use]
pub fn count(rules: &StayRules, entry: Date, country: &str, earlier: bool, today: Date) -> Stay {
    todo!("{rules:?} {entry} {country} {earlier} {today}")
}
