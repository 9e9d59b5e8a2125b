//! Weekly hours with a calendar of holidays, in a zone by name: when a desk is staffed, when a push may leave.

use super::time::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days looked ahead for the next opening; a year without one is closed for good.
const AHEAD_MAX_DAYS: i64 = 370;

/// Opening hours as operators write them:
/// `{zone: Asia/Almaty, week: {mon: ["09:00-21:00"], …}, closed: [2027-01-01], open: {2026-12-31: ["09:00-13:00"]}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// An IANA zone; an unknown one is a problem at load and closed at run time.
    pub zone: String,
    /// Spans by weekday (`mon` … `sun`); a day that is not named is closed.
    pub week: BTreeMap<Weekday, Vec<Span>>,
    /// Holidays: closed whatever the week says.
    #[serde(default)]
    pub closed: Vec<Date>,
    /// Days with spans of their own.
    #[serde(default)]
    pub open: BTreeMap<Date, Vec<Span>>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "days name themselves")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// From (included) to (not included) on one day, `HH:MM-HH:MM`; `24:00` is the day's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    /// Minutes after midnight.
    pub from: u16,
    /// Minutes after midnight, later than `from`, 1440 at most.
    pub to: u16,
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no span of a day: write it as \"09:00-18:00\"");
        let minutes = |text: &str| -> Option<u16> {
            let (hours, minutes) = text.trim().split_once(':')?;
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            (minutes < 60).then(|| hours.saturating_mul(60).saturating_add(minutes))
        };
        let (from, to) = text.split_once(['-', '–']).ok_or_else(wrong)?;
        let (from, to) = (minutes(from).ok_or_else(wrong)?, minutes(to).ok_or_else(wrong)?);
        if from < to && to <= 24 * 60 { Ok(Self { from, to }) } else { Err(wrong()) }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        format!("{}-{}", clock(span.from), clock(span.to))
    }
}

impl Hours {
    /// Open at any time.
    #[must_use]
    pub fn always() -> Self {
        let day = vec![Span { from: 0, to: 24 * 60 }];
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let week = [Mon, Tue, Wed, Thu, Fri, Sat, Sun].map(|weekday| (weekday, day.clone()));
        Self { zone: super::time::ZONE.to_owned(), week: week.into(), ..Self::default() }
    }

    /// Whether the zone is known.
    #[must_use]
    pub fn zone_known(&self) -> bool {
        TimeZone::get(&self.zone).is_ok()
    }

    /// Whether it is open at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        let Some(local) = self.local(now) else { return false };
        let minute = minute_of(local.time());
        self.spans(local.date()).iter().any(|span| (span.from..span.to).contains(&minute))
    }

    /// `now` if it is open, else the next opening; `None` when there is none within a year.
    #[must_use]
    pub fn next_open(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return Some(now);
        }
        let local = self.local(now)?;
        (0..AHEAD_MAX_DAYS).find_map(|ahead| {
            let date = local.date().checked_add(jiff::Span::new().try_days(ahead).ok()?).ok()?;
            let opens = self.spans(date).iter().filter_map(|span| self.at(date, span.from));
            opens.filter(|at| *at > now).min()
        })
    }

    /// When what is open at `now` closes; `None` when it is closed.
    #[must_use]
    pub fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let local = self.local(now)?;
        let minute = minute_of(local.time());
        let span = self.spans(local.date()).iter().find(|span| (span.from..span.to).contains(&minute))?;
        self.at(local.date(), span.to)
    }

    fn local(&self, now: Timestamp) -> Option<jiff::ZonedDateTime> {
        let stamp = jiff::Timestamp::from_millisecond(now.0).ok()?;
        Some(stamp.to_zoned_datetime(TimeZone::get(&self.zone).ok()?))
    }

    fn spans(&self, date: Date) -> &[Span] {
        if let Some(spans) = self.open.get(&date) {
            return spans;
        }
        if self.closed.contains(&date) {
            return &[];
        }
        self.week.get(&weekday(date)).map(Vec::as_slice).unwrap_or_default()
    }

    fn at(&self, date: Date, minutes: u16) -> Option<Timestamp> {
        let midnight = date.at(0, 0, 0, 0);
        let local = midnight.checked_add(jiff::Span::new().try_minutes(i64::from(minutes)).ok()?).ok()?;
        let zoned = local.to_zoned_datetime(TimeZone::get(&self.zone).ok()?).ok()?;
        Some(Timestamp(zoned.timestamp().as_millisecond()))
    }
}

fn minute_of(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn weekday(date: Date) -> Weekday {
    match date.weekday() {
        jiff::civil::Weekday::Monday => Weekday::Mon,
        jiff::civil::Weekday::Tuesday => Weekday::Tue,
        jiff::civil::Weekday::Wednesday => Weekday::Wed,
        jiff::civil::Weekday::Thursday => Weekday::Thu,
        jiff::civil::Weekday::Friday => Weekday::Fri,
        jiff::civil::Weekday::Saturday => Weekday::Sat,
        jiff::civil::Weekday::Sunday => Weekday::Sun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn office() -> Hours {
        let text = r#"{"zone": "Asia/Almaty",
            "week": {"mon": ["09:00-13:00", "14:00-18:00"], "tue": ["09:00-18:00"], "fri": ["09:00-24:00"]},
            "closed": ["2026-12-15"], "open": {"2026-12-20": ["10:00-12:00"]}}"#;
        serde_json::from_str(text).unwrap()
    }

    /// A moment of Almaty (UTC+5 since 2024).
    fn at(date: Date, hour: i8, minute: i8) -> Timestamp {
        let zone = TimeZone::get("Asia/Almaty").unwrap();
        Timestamp(date.at(hour, minute, 0, 0).to_zoned_datetime(zone).unwrap().timestamp().as_millisecond())
    }

    #[test]
    fn spans_hold_from_their_first_minute_to_before_their_last() {
        let monday = date(2026, 12, 14);
        for (hour, minute, open) in
            [(8, 59, false), (9, 0, true), (12, 59, true), (13, 0, false), (14, 0, true), (18, 0, false)]
        {
            assert_eq!(office().is_open(at(monday, hour, minute)), open, "{hour}:{minute}");
        }
        assert_eq!(office().closes(at(monday, 9, 30)), Some(at(monday, 13, 0)));
        assert_eq!(office().closes(at(date(2026, 12, 18), 23, 59)), Some(at(date(2026, 12, 19), 0, 0)));
    }

    #[test]
    fn holidays_close_and_days_of_their_own_open() {
        let open = |day, hour| office().is_open(at(date(2026, 12, day), hour, 0));
        assert!(!open(15, 10), "a Tuesday, but a holiday");
        assert!(open(20, 10), "a Sunday with spans of its own");
        let after = office().next_open(at(date(2026, 12, 14), 18, 0));
        assert_eq!(after, Some(at(date(2026, 12, 18), 9, 0)), "over the holiday to Friday");
        assert_eq!(office().next_open(at(date(2026, 12, 14), 13, 5)), Some(at(date(2026, 12, 14), 14, 0)));
    }

    #[test]
    fn what_is_never_open_says_so() {
        let never = Hours { week: BTreeMap::new(), open: BTreeMap::new(), ..office() };
        assert_eq!(never.next_open(at(date(2026, 12, 14), 10, 0)), None);
        let nowhere = Hours { zone: "Asia/Nowhere".to_owned(), ..Hours::always() };
        assert!(!nowhere.zone_known() && !nowhere.is_open(Timestamp(0)));
    }

    #[test]
    fn a_wrong_span_is_refused_with_its_text() {
        for text in ["9-18", "18:00-09:00", "09:00-24:01", "09:60-10:00", "morning"] {
            let error = Span::try_from(text.to_owned()).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
        assert_eq!(String::from(Span::try_from("9:00 – 24:00".to_owned()).unwrap()), "09:00-24:00");
    }

    proptest! {
        #[test]
        fn the_next_opening_is_open_and_nothing_before_it_is(minutes in 0i64..600_000) {
            let now = Timestamp(at(date(2026, 1, 1), 0, 0).0 + minutes * 60_000);
            let next = office().next_open(now).unwrap();
            prop_assert!(office().is_open(next));
            let mut between = now.0;
            while between < next.0 {
                prop_assert!(!office().is_open(Timestamp(between)));
                between += 60_000;
            }
        }
    }
}
