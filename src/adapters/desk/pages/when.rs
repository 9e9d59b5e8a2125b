//! Times as the desk reads them: how long somebody waits, when it was, which hours are safe.

use super::super::html::fill;
use super::super::texts::Words;
use crate::domain::time::Timestamp;

const MINUTE_SECS: u64 = 60;
const HOUR_SECS: u64 = 60 * MINUTE_SECS;
const DAY_SECS: u64 = 24 * HOUR_SECS;
/// From so long on, days are counted.
const DAYS_FROM_SECS: u64 = 2 * DAY_SECS;

/// How long ago `since` was, in whole minutes.
pub(super) fn age(words: &Words, since: Timestamp, now: Timestamp) -> String {
    let secs = now.since(since).as_secs();
    let (text, n, m) = match secs {
        0..HOUR_SECS => (&words.page.minutes, secs / MINUTE_SECS, 0),
        HOUR_SECS..DAYS_FROM_SECS => (&words.page.hours, secs / HOUR_SECS, secs % HOUR_SECS / MINUTE_SECS),
        _ => (&words.page.days, secs / DAY_SECS, secs % DAY_SECS / HOUR_SECS),
    };
    fill(text, &[("n", &n.to_string()), ("m", &m.to_string())])
}

/// `25.11.2026 20:15` in the zone of the house.
pub(super) fn moment(at: Timestamp) -> String {
    at.zoned().strftime("%d.%m.%Y %H:%M").to_string()
}

/// As machines read it.
pub(super) fn machine(at: Timestamp) -> String {
    at.zoned().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `10:00–12:00`.
pub(super) fn span((from, to): (u16, u16)) -> String {
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    format!("{}–{}", clock(from), clock(to))
}

/// Whether it is safe to call now.
pub(super) fn is_safe(safe: Option<(u16, u16)>, now: Timestamp) -> bool {
    let time = now.zoned().time();
    let minute = i32::from(time.hour()) * 60 + i32::from(time.minute());
    safe.is_none_or(|(from, to)| (i32::from(from)..i32::from(to)).contains(&minute))
}

#[cfg(test)]
mod tests {
    use super::super::super::texts::Texts;
    use super::*;
    use crate::domain::lang::Lang;
    use core::time::Duration;

    #[test]
    fn ages_are_told_in_minutes_hours_and_days() {
        let texts = Texts::new().unwrap();
        let told = |secs| age(texts.of(Lang::En), Timestamp(0), Timestamp(0).plus(Duration::from_secs(secs)));
        assert_eq!(
            [59, 3_599, 3_660, 172_799, 180_000].map(told),
            ["0 min", "59 min", "1 h 1 min", "47 h 59 min", "2 d 2 h"]
        );
    }

    #[test]
    fn safe_hours_are_those_of_almaty() {
        // 2026-11-25 06:30 UTC is 11:30 in Almaty.
        let now = Timestamp(1_795_588_200_000);
        assert_eq!(moment(now), "25.11.2026 11:30");
        assert!(is_safe(Some((690, 720)), now) && !is_safe(Some((600, 690)), now) && is_safe(None, now));
        assert_eq!(span((600, 720)), "10:00–12:00");
    }
}
