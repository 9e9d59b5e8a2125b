//! The content gate: what may be shown today. Rules, fees and hotlines are data with dates; languages are signed off.

use super::desk::{Desk, Shift};
use super::sending::SendHours;
use super::stay::StayRules;
use super::ticket::Queue;
use super::vacancy::shelf::Shelf;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Reference data outside the pin: always the newest, in running dialogues too.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// Rules of stay.
    pub stay: StayRules,
    /// Numbers people may be told.
    pub hotlines: Vec<Hotline>,
    /// When a desk is staffed.
    pub desk: Desk,
    /// When Kopir may write by itself.
    pub sending: Vec<SendHours>,
    /// The open vacancies.
    pub jobs: Arc<Shelf>,
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
        let hotline = self.hotlines.iter().find(|hotline| hotline.id == id)?;
        (self.allow_unreviewed || verified(hotline, today)).then_some(hotline.number.as_str())
    }
}

impl Reference {
    /// The shift of a queue if its hours may be promised on `today`: somebody has made sure of them lately.
    #[must_use]
    pub fn shift(&self, queue: Queue, today: Date) -> Option<&Shift> {
        let shift = self.desk.queues.get(&queue)?;
        (self.allow_unreviewed || kept(shift, today)).then_some(shift)
    }
}

/// Whether somebody has made sure of a shift's hours within its days before `today`.
#[must_use]
pub fn kept(shift: &Shift, today: Date) -> bool {
    let days = 0..=i64::from(shift.valid_days);
    shift.last_verified.is_some_and(|day| days.contains(&days_between(day, today)))
}

/// Whether somebody has called `hotline` within its days before `today`; a day that lies ahead proves nothing.
#[must_use]
pub fn verified(hotline: &Hotline, today: Date) -> bool {
    hotline
        .last_verified
        .is_some_and(|day| (0..=i64::from(hotline.valid_days)).contains(&days_between(day, today)))
}

/// Days from `from` to `to`; negative when `to` is earlier.
#[must_use]
pub fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn reference(last_verified: Option<Date>, allow_unreviewed: bool) -> Reference {
        let owner = "Police".to_owned();
        let hotline =
            Hotline { id: "help".to_owned(), number: "112".to_owned(), last_verified, valid_days: 30, owner };
        Reference { hotlines: vec![hotline], allow_unreviewed, ..Reference::default() }
    }

    #[test]
    fn a_hotline_is_told_only_while_somebody_has_called_it_lately() {
        let called = Some(date(2026, 10, 1));
        for (last, today, told) in [
            (called, date(2026, 10, 1), true),
            (called, date(2026, 10, 31), true),
            (called, date(2026, 11, 1), false),
            (called, date(2026, 9, 30), false),
            (None, date(2026, 10, 1), false),
        ] {
            assert_eq!(reference(last, false).hotline("help", today).is_some(), told, "{last:?} {today}");
        }
    }

    #[test]
    fn the_demo_tells_unverified_hotlines_and_nobody_tells_unknown_ones() {
        let demo = reference(None, true);
        assert_eq!(demo.hotline("help", date(2026, 1, 1)), Some("112"));
        assert_eq!(demo.hotline("other", date(2026, 1, 1)), None);
    }
}
