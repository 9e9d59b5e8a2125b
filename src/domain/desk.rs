//! When a desk is staffed and when somebody calls: hours by queue, safe hours to choose from, minutes until it escalates.

use super::hours::{Hours, Span};
use super::ticket::Queue;
use super::time::Timestamp;
use core::time::Duration;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Openings looked through for one that lies in a chosen safe hour; more than two weeks of split days have.
const OPENINGS_MAX: usize = 64;

/// The desk as operators write it, from `menus/reference/desk.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// By queue; a queue that is not named is never staffed.
    pub queues: BTreeMap<Queue, Shift>,
    /// Hours of the day a person may choose as safe, by an option's id.
    pub slots: BTreeMap<String, Span>,
}

/// Who reads one queue when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// When somebody is there.
    pub hours: Hours,
    /// Staffed minutes after which an unanswered plea escalates.
    pub escalate_minutes: u16,
    /// When somebody last made sure that these hours are kept.
    pub last_verified: Option<Date>,
    /// For how many days that holds.
    pub valid_days: u16,
    /// Who runs it; for the operator.
    pub owner: String,
}

/// When somebody calls: from, and until when at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Not before.
    pub from: Timestamp,
    /// Until the desk or the safe hour closes.
    pub to: Timestamp,
}

impl Desk {
    /// The minutes of the day of slot `id`; `None`: any hour.
    #[must_use]
    pub fn slot(&self, id: &str) -> Option<(u16, u16)> {
        self.slots.get(id).map(|span| (span.from, span.to))
    }
}

impl Shift {
    /// The first time from `now` on in which the desk is staffed and it is safe to call.
    #[must_use]
    pub fn calls(&self, safe: Option<(u16, u16)>, now: Timestamp) -> Option<Calls> {
        let safe = safe.map(|(from, to)| Span { from, to });
        let mut at = now;
        for _ in 0..OPENINGS_MAX {
            let from = self.hours.next_open(at)?;
            let to = self.hours.closes(from)?;
            let Some(safe) = safe else { return Some(Calls { from, to }) };
            let day = self.hours.on_day(from, safe)?;
            let (begins, ends) = (from.max(day.0), to.min(day.1));
            if begins < ends {
                return Some(Calls { from: begins, to: ends });
            }
            at = to;
        }
        None
    }

    /// When a plea asked at `now` escalates: after so many staffed minutes from when it may first be called.
    #[must_use]
    pub fn due(&self, safe: Option<(u16, u16)>, now: Timestamp) -> Timestamp {
        let mut at = self.calls(safe, now).map_or(now, |calls| calls.from);
        let mut left = Duration::from_secs(u64::from(self.escalate_minutes).saturating_mul(60));
        for _ in 0..OPENINGS_MAX {
            let Some(from) = self.hours.next_open(at) else { break };
            let Some(to) = self.hours.closes(from) else { break };
            let open = to.since(from);
            if left <= open {
                return from.plus(left);
            }
            left = left.saturating_sub(open);
            at = to;
        }
        at.plus(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hours::Weekday;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn shift() -> Shift {
        let span = |text: &str| Span::try_from(text.to_owned()).unwrap();
        let day = vec![span("09:00-13:00"), span("14:00-18:00")];
        let week = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
        let hours = Hours {
            zone: "Asia/Almaty".into(),
            week: week.map(|weekday| (weekday, day.clone())).into(),
            closed: vec![date(2026, 12, 16)],
            ..Hours::default()
        };
        Shift { hours, escalate_minutes: 90, last_verified: None, valid_days: 30, owner: String::new() }
    }

    /// Of December 2026 in Almaty: the 14th is a Monday.
    fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
        let zoned = date(2026, 12, day).at(hour, minute, 0, 0).in_tz("Asia/Almaty").unwrap();
        Timestamp(zoned.timestamp().as_millisecond())
    }

    #[test]
    fn somebody_calls_at_once_or_in_the_next_safe_hour_of_a_staffed_day() {
        let calls = |safe, now| shift().calls(safe, now).map(|calls| (calls.from, calls.to));
        assert_eq!(calls(None, at(14, 10, 0)), Some((at(14, 10, 0), at(14, 13, 0))));
        assert_eq!(calls(None, at(14, 13, 30)), Some((at(14, 14, 0), at(14, 18, 0))));
        let afternoon = Some((13 * 60, 17 * 60));
        assert_eq!(calls(afternoon, at(14, 10, 0)), Some((at(14, 14, 0), at(14, 17, 0))));
        assert_eq!(calls(afternoon, at(14, 16, 30)), Some((at(14, 16, 30), at(14, 17, 0))));
        assert_eq!(
            calls(afternoon, at(15, 17, 30)),
            Some((at(17, 14, 0), at(17, 17, 0))),
            "over the holiday"
        );
        assert_eq!(calls(Some((20 * 60, 22 * 60)), at(14, 10, 0)), None, "nobody is there in the evening");
    }

    #[test]
    fn only_staffed_minutes_count_towards_escalation() {
        assert_eq!(shift().due(None, at(14, 10, 0)), at(14, 11, 30));
        assert_eq!(shift().due(None, at(14, 12, 0)), at(14, 14, 30), "lunch does not count");
        assert_eq!(shift().due(None, at(18, 17, 0)), at(21, 9, 30), "nor does the week's end");
        assert_eq!(
            shift().due(Some((15 * 60, 17 * 60)), at(14, 10, 0)),
            at(14, 16, 30),
            "from the safe hour"
        );
    }

    proptest! {
        #[test]
        fn a_call_is_promised_only_while_somebody_is_there(minutes in 0i64..40_000, from in 0u16..1_300, long in 30u16..600) {
            let now = Timestamp(at(1, 0, 0).0 + minutes * 60_000);
            let safe = (from, (from + long).min(1_440));
            if let Some(calls) = shift().calls(Some(safe), now) {
                prop_assert!(calls.from >= now && calls.from < calls.to && shift().hours.is_open(calls.from));
            }
            prop_assert!(shift().due(Some(safe), now) > now);
        }
    }
}
