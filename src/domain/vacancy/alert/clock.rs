//! When an alert is due: on the person's own days and at his own minute, spread over all persons, in open hours only.

use super::{Alerts, OFTEN_MAX};
use crate::domain::person::PersonId;
use crate::domain::time::{Timestamp, ZONE};
use core::time::Duration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Working days over which letters are spread.
const DAYS: u64 = 5;
/// Days looked ahead for an open one; a calendar without one puts it off by a week at a time.
const AHEAD_MAX_DAYS: i64 = 30;
/// How often somebody who wants scarce matches at once is looked at between his letters.
pub const TICK: Duration = Duration::from_secs(3 * 3_600);
/// Letters before the last that say how to go on: one may have nothing to name, and never be written.
const LAST_LETTERS: u32 = 2;
/// A week.
pub const WEEK: Duration = Duration::from_secs(7 * 86_400);

impl Alerts {
    /// When the next letter is due after `after`: the same minute of the hour for the same person always, on as many
    /// working days a week as he asked for. A day that is closed is made up for on the next open one.
    #[must_use]
    pub fn due_after(
        &self,
        person: PersonId,
        after: Timestamp,
        opens: impl Fn(Timestamp) -> bool,
    ) -> Timestamp {
        let seed = seed(person);
        let mut owed = false;
        let begun = after.date();
        for ahead in 0..AHEAD_MAX_DAYS {
            let Some(date) = day_after(begun, ahead) else { break };
            let Some(at) = self.minute_of(date, seed).filter(|at| *at > after) else { continue };
            owed |= self.is_his(date, seed);
            if owed && opens(at) {
                return at;
            }
        }
        after.plus(WEEK)
    }

    /// When the next letter is due after `now`, and not on a day on which he has had one.
    #[must_use]
    pub fn due_next(&self, person: PersonId, now: Timestamp, opens: impl Fn(Timestamp) -> bool) -> Timestamp {
        let had = self.lately.last().is_some_and(|at| at.date() == now.date());
        self.due_after(person, if had { end_of_day(now) } else { now }, opens)
    }

    /// When a letter that was due at `next` and met a closed window is due: on the next open day, his minute.
    #[must_use]
    pub fn made_up(&self, person: PersonId, now: Timestamp, opens: impl Fn(Timestamp) -> bool) -> Timestamp {
        let before = Timestamp(self.next.0.saturating_sub(1));
        let at = self.due_after(person, before, |at| at > now && opens(at));
        if at > now { at } else { self.due_after(person, now, opens) }
    }

    /// When to look at him next: on his day, or sooner where he wants what is scarce at once.
    #[must_use]
    pub fn look_after(&self, now: Timestamp) -> Timestamp {
        if self.at_once { self.next.min(now.plus(TICK)) } else { self.next }
    }

    /// Whether this is one of the last letters to a number heard of at `seen`, before it counts as silent `after` that.
    #[must_use]
    pub fn ends_soon(&self, seen: Timestamp, after: Duration, now: Timestamp) -> bool {
        let often = u32::from(self.often.clamp(1, OFTEN_MAX));
        let ahead = (WEEK * LAST_LETTERS).checked_div(often).unwrap_or(WEEK);
        seen > Timestamp::default() && now.plus(ahead).since(seen) >= after
    }

    fn is_his(&self, date: Date, seed: u64) -> bool {
        let often = u64::from(self.often.clamp(1, OFTEN_MAX));
        let Ok(day) = u64::try_from(date.weekday().to_monday_zero_offset()) else { return false };
        // 1: one day; 2: two days apart; 3: every other one or so.
        let days = (0..often).map(|one| (seed + one * DAYS / often) % DAYS);
        days.into_iter().any(|own| own == day)
    }

    fn minute_of(&self, date: Date, seed: u64) -> Option<Timestamp> {
        let within = i8::try_from(seed / DAYS % 60).ok()?;
        let second = i8::try_from(seed / (DAYS * 60) % 60).ok()?;
        let local = date.at(i8::try_from(self.hour).ok()?, within, second, 0);
        let zoned = local.to_zoned_datetime(TimeZone::get(ZONE).ok()?).ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond()))
    }
}

fn end_of_day(now: Timestamp) -> Timestamp {
    let midnight = day_after(now.date(), 1).and_then(|next| {
        let zoned = next.at(0, 0, 0, 0).to_zoned_datetime(TimeZone::get(ZONE).ok()?).ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond().saturating_sub(1)))
    });
    midnight.unwrap_or(now)
}

fn seed(person: PersonId) -> u64 {
    // The last eight bytes of a keyed hash: evenly spread, and they tell nothing.
    let [.., a, b, c, d, e, f, g, h] = person.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 8
}

fn day_after(date: Date, ahead: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(ahead).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;
    use crate::domain::vacancy::shelf::Wish;
    use jiff::civil::{Weekday, date};
    use proptest::prelude::*;

    fn alerts(often: u8, hour: u8) -> Alerts {
        Alerts { often, hour, ..Alerts::new(Wish::default(), Lang::Kk) }
    }

    fn person(n: u64) -> PersonId {
        let digest = crate::domain::envelope::StepKey::of(&[&n.to_be_bytes()]);
        let mut id = [0; 17];
        for (to, from) in id.iter_mut().skip(1).zip(digest.0) {
            *to = from;
        }
        PersonId(id)
    }

    /// A Wednesday.
    const NOW: Timestamp = Timestamp(1_795_600_000_000);

    #[test]
    fn as_many_letters_a_week_as_he_asked_for_on_working_days_at_his_hour() {
        for often in 1..=OFTEN_MAX {
            for n in 0..200 {
                let alerts = alerts(often, 14);
                let mut at = NOW;
                let mut dues = Vec::new();
                while at.since(NOW) < WEEK * 4 {
                    at = alerts.due_after(person(n), at, |_| true);
                    dues.push(at);
                }
                dues.pop();
                assert_eq!(dues.len(), usize::from(often) * 4, "{often} a week");
                for due in dues {
                    let local = due.zoned();
                    assert_eq!(local.hour(), 14);
                    assert!(!matches!(local.date().weekday(), Weekday::Saturday | Weekday::Sunday));
                }
            }
        }
    }

    #[test]
    fn the_letters_of_the_last_two_weeks_before_silence_are_the_last_ones() {
        let day = Duration::from_secs(86_400);
        let ends = |often, days: u32| alerts(often, 10).ends_soon(NOW, day * 45, NOW.plus(day * days));
        assert!(!ends(1, 30) && ends(1, 31), "two weeks before, one a week");
        assert!(!ends(3, 40) && ends(3, 41), "three a week");
        assert!(!alerts(1, 10).ends_soon(Timestamp::default(), day, NOW), "never heard of");
    }

    #[test]
    fn persons_are_spread_over_days_and_minutes() {
        let mut days = [0; 7];
        let mut minutes = [0; 60];
        for n in 0..60_000 {
            let due = alerts(1, 10).due_after(person(n), NOW, |_| true).zoned();
            days[usize::try_from(due.date().weekday().to_monday_zero_offset()).unwrap()] += 1;
            minutes[usize::try_from(due.minute()).unwrap()] += 1;
        }
        assert!(days[..5].iter().all(|day| (11_000..13_000).contains(day)), "{days:?}");
        assert!(minutes.iter().all(|minute| (800..1_200).contains(minute)), "{minutes:?}");
    }

    #[test]
    fn a_closed_day_is_made_up_for_on_the_next_open_one() {
        let holiday = date(2026, 12, 16);
        let opens = |at: Timestamp| at.date() != holiday;
        for n in 0..300 {
            let plain = alerts(1, 10).due_after(person(n), NOW, |_| true);
            let mut at = plain;
            while at.date() < holiday {
                at = alerts(1, 10).due_after(person(n), at, |_| true);
            }
            if at.date() == holiday {
                let moved = alerts(1, 10).due_after(person(n), Timestamp(at.0 - 1_000), opens);
                assert_eq!(moved.date(), date(2026, 12, 17));
            }
        }
    }

    #[test]
    fn a_calendar_that_is_closed_for_good_is_looked_at_again_in_a_week() {
        assert_eq!(alerts(3, 10).due_after(person(1), NOW, |_| false), NOW.plus(WEEK));
    }

    proptest! {
        #[test]
        fn a_due_lies_ahead(n: u64, often in 0_u8..9, hour in 0_u8..24, after in 0_i64..4_000_000_000_000) {
            let at = alerts(often, hour).due_after(person(n), Timestamp(after), |_| true);
            prop_assert!(at > Timestamp(after) && at.since(Timestamp(after)) <= WEEK + Duration::from_secs(86_400));
        }
    }
}
