//! `[outbox]`: caps and budgets of what Kopir writes by itself.

use crate::domain::sending::{Cap, PersonCaps};
use crate::gateway::PushLimits;
use core::time::Duration;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `[outbox]`; the keys stand in config/default.toml.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxSettings {
    /// Pushes of one purpose to one person within 24 hours; 0 is without limit.
    pub person_day_max: u32,
    /// The same within seven days.
    pub person_week_max: u32,
    /// The same text to one person within `same_text_secs`.
    pub same_text_max: u32,
    /// See `same_text_max`.
    pub same_text_secs: u64,
    /// SMS parts a campaign may cost in all; 0 is without limit.
    pub budget_segments: u64,
    /// Pushes to numbers that begin so.
    #[serde(default)]
    pub prefixes: BTreeMap<String, PrefixCap>,
    /// Single campaigns.
    #[serde(default)]
    pub campaigns: BTreeMap<String, Campaign>,
}

/// `[outbox.prefixes."+998"]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrefixCap {
    /// Pushes within `within_secs`.
    pub most: u32,
    /// See `most`.
    pub within_secs: u64,
}

/// `[outbox.campaigns.NAME]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// SMS parts it may cost in all; 0 is without limit.
    pub budget_segments: u64,
}

impl OutboxSettings {
    /// As the courier takes them.
    #[must_use]
    pub fn pushes(&self) -> PushLimits {
        let cap = |most, secs| Cap { most, within: Duration::from_secs(secs) };
        let prefixes = self.prefixes.iter();
        let campaigns = self.campaigns.iter();
        PushLimits {
            person: PersonCaps {
                day: cap(self.person_day_max, 86_400),
                week: cap(self.person_week_max, 7 * 86_400),
                same: cap(self.same_text_max, self.same_text_secs),
            },
            prefixes: prefixes.map(|(prefix, of)| (prefix.clone(), cap(of.most, of.within_secs))).collect(),
            budget_segments: self.budget_segments,
            budgets: campaigns.map(|(name, of)| (name.clone(), of.budget_segments)).collect(),
        }
    }
}
