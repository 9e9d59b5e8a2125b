//! What a person asked to be told of work: his wish, how often and when, and what he has been told already.

mod clock;
pub mod letter;

pub use clock::{TICK, WEEK};

use super::shelf::{Code, Found, Shelf, Wish};
use crate::domain::delivery::{DueId, Row, RowState, Stage};
use crate::domain::lang::{Lang, Script};
use crate::domain::time::Timestamp;
use core::time::Duration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Letters a week at most; more is noise, and each of them costs.
pub const OFTEN_MAX: u8 = 3;
/// Vacancies one letter names at most: three lines are one segment in Latin.
pub const NAMED_MAX: usize = 3;
/// Hours of the day in which an alert may be asked for; what begins later would meet the end of the window.
pub const HOURS: core::ops::RangeInclusive<u8> = 9..=19;
/// Codes remembered as told or hidden; more than half a year of three letters a week.
const CODES_MAX: usize = 240;
/// At most so many open vacancies that meet a wish make it a scarce one.
const SCARCE: usize = 3;
/// Letters further apart than this are not of the same week.
const ALMOST_A_WEEK: Duration = Duration::from_secs((6 * 24 + 12) * 3_600);
/// Vacancies looked at for one letter; the first of them that still stand are named.
pub const LOOKED_AT: usize = 12;

/// A subscription to alerts. What he typed, and what he was told; nothing else decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// What he looks for.
    pub wish: Wish,
    /// Letters a week, 1 to `OFTEN_MAX`.
    pub often: u8,
    /// The hour of the day, in `HOURS`.
    pub hour: u8,
    /// The letters he reads; Latin costs half.
    pub script: Script,
    /// The language he subscribed in.
    pub lang: Lang,
    /// Whether a scarce match may be told at once instead of on his day.
    pub at_once: bool,
    /// Whether nothing is sent until he says so.
    pub paused: bool,
    /// When the next letter is due.
    pub next: Timestamp,
    /// What he has been told, the oldest first.
    pub told: Vec<Code>,
    /// What he said is not for him, the oldest first.
    pub hidden: Vec<Code>,
    /// What the last letter named.
    pub last: Vec<Code>,
    /// Its row, by which it is found out whether it ever left.
    pub row: DueId,
    /// When the latest letters were written, `OFTEN_MAX` at most.
    pub lately: Vec<Timestamp>,
}

impl Alerts {
    /// A subscription with the defaults: one letter a week at ten, in Latin.
    #[must_use]
    pub fn new(wish: Wish, lang: Lang) -> Self {
        Self {
            wish,
            often: 1,
            hour: 10,
            script: Script::Latin,
            lang,
            at_once: false,
            paused: false,
            next: Timestamp::default(),
            told: Vec::new(),
            hidden: Vec::new(),
            last: Vec::new(),
            row: DueId::default(),
            lately: Vec::new(),
        }
    }

    /// The best open vacancies that he has neither been told nor hidden, all of one source, in the shelf's order; more than
    /// are named, since some may turn out to be gone.
    #[must_use]
    pub fn candidates(&self, shelf: &Shelf, today: Date) -> Vec<Found> {
        let known: HashSet<Code> = self.told.iter().chain(&self.hidden).copied().collect();
        let mut found = shelf.find(&self.wish, &known, today, 0, LOOKED_AT);
        // A letter has room to name one source and its day.
        if let Some(source) = found.first().map(|first| first.vacancy.source.clone()) {
            found.retain(|other| other.vacancy.source == source);
        }
        found
    }

    /// Whether there is so little of what he looks for that it may not last until his day.
    #[must_use]
    pub fn is_scarce(&self, shelf: &Shelf, today: Date) -> bool {
        self.at_once && shelf.count(&self.wish, today) <= SCARCE
    }

    /// Whether he has had as many letters as anybody gets in a week, what came at once counted in.
    #[must_use]
    pub fn has_enough(&self, now: Timestamp) -> bool {
        // A look is never at the same second of its day, so the week is not counted to the second either.
        let lately = self.lately.iter().filter(|at| now.since(**at) < ALMOST_A_WEEK);
        lately.count() >= usize::from(OFTEN_MAX)
    }

    /// He is told of `codes` in the letter `row`.
    pub fn tell(&mut self, codes: Vec<Code>, row: DueId, now: Timestamp) {
        remember(&mut self.told, &codes);
        self.last = codes;
        self.row = row;
        self.lately.push(now);
        let extra = self.lately.len().saturating_sub(usize::from(OFTEN_MAX));
        self.lately.drain(..extra);
    }

    /// Whether the last letter is among `rows` and has ended without ever leaving for him.
    #[must_use]
    pub fn never_left(&self, rows: &[Row]) -> bool {
        let row = rows.iter().find(|row| row.id == self.row && !self.last.is_empty());
        row.is_some_and(|row| match row.state {
            RowState::Cancelled { .. } | RowState::Expired { .. } => {
                // What was refused for now has not left; what was on its way when its gateway died may have.
                let before = row.trail.iter().rev().find(|mark| mark.stage != row.state.stage());
                !row.maybe_dup && before.is_none_or(|mark| mark.stage == Stage::Queued)
            }
            RowState::Failed { .. } => true,
            RowState::Queued { .. }
            | RowState::Sending { .. }
            | RowState::Accepted { .. }
            | RowState::Delivered { .. } => false,
        })
    }

    /// The last letter never left: what it named may be told again.
    pub fn untell(&mut self) {
        let last = core::mem::take(&mut self.last);
        self.told.retain(|code| !last.contains(code));
        self.lately.pop();
    }

    /// Not for him.
    pub fn hide(&mut self, codes: &[Code]) {
        remember(&mut self.hidden, codes);
    }
}

fn remember(codes: &mut Vec<Code>, more: &[Code]) {
    codes.retain(|code| !more.contains(code));
    codes.extend_from_slice(more);
    let extra = codes.len().saturating_sub(CODES_MAX);
    codes.drain(..extra);
}

#[cfg(test)]
mod tests {
    use super::super::tests::vacancy;
    use super::super::{Vacancy, trade::Isco};
    use super::*;
    use crate::domain::delivery::RowChange;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 25);

    fn shelf(all: &[(&str, &str)]) -> Shelf {
        let of = |(id, source): &(&str, &str)| Vacancy {
            id: (*id).into(),
            source: (*source).into(),
            title: format!("Повар {id}"),
            ..vacancy()
        };
        Shelf::of(all.iter().map(of), &Shelf::default()).0
    }

    fn cook() -> Alerts {
        Alerts::new(Wish { trade: Some(Isco(5120)), ..Wish::default() }, Lang::Ru)
    }

    #[test]
    fn what_he_was_told_or_hid_is_not_told_again() {
        let shelf = shelf(&[("1", "feed"), ("2", "feed"), ("3", "feed")]);
        let mut alerts = cook();
        let all: Vec<Code> = alerts.candidates(&shelf, TODAY).iter().map(|found| found.code).collect();
        assert_eq!(all.len(), 3);
        alerts.tell(vec![all[0]], DueId::default(), Timestamp(1));
        alerts.hide(&[all[1]]);
        let left: Vec<Code> = alerts.candidates(&shelf, TODAY).iter().map(|found| found.code).collect();
        assert_eq!(left, [all[2]]);
        alerts.untell();
        let left: Vec<Code> = alerts.candidates(&shelf, TODAY).iter().map(|found| found.code).collect();
        assert_eq!(left, [all[0], all[2]], "a letter that never left told him nothing");
    }

    /// A row that went through `changes`, one a second.
    fn row(changes: &[RowChange]) -> Row {
        let mut row = crate::domain::courier::tests::row();
        for (at, change) in (10..).zip(changes) {
            crate::domain::courier::apply(&mut row, change, Timestamp(at * 1_000), Timestamp(0));
        }
        row
    }

    #[test]
    fn a_letter_has_never_left_only_where_that_is_known() {
        let sending = || RowChange::Sending { gateway: 1, link: "net".into() };
        let back = || RowChange::Deferred { retry: Timestamp(0) };
        let held = || RowChange::Held { until: Timestamp(0) };
        let taken = || RowChange::Accepted { message_ids: Vec::new(), sequence: None };
        let failed = || RowChange::Failed {
            class: crate::domain::delivery::FailureClass::Refused,
            code: String::new(),
        };
        for (changes, never) in [
            (vec![], false),
            (vec![RowChange::Cancelled], true),
            (vec![RowChange::Expired], true),
            (vec![held(), RowChange::Expired], true),
            (vec![sending(), back(), RowChange::Cancelled], true),
            (vec![sending(), failed()], true),
            (vec![sending(), RowChange::Expired], false),
            (vec![sending(), held(), RowChange::Cancelled], false),
            (vec![sending(), sending(), back(), RowChange::Expired], false),
            (vec![sending(), taken()], false),
            (vec![sending(), taken(), RowChange::Delivered], false),
        ] {
            let row = row(&changes);
            let mut alerts = cook();
            alerts.tell(vec![7], row.id, Timestamp(1));
            assert_eq!(alerts.never_left(core::slice::from_ref(&row)), never, "{changes:?}");
            assert!(!Alerts { row: DueId::default(), ..alerts }.never_left(&[row]), "another letter");
        }
    }

    #[test]
    fn one_letter_names_one_source() {
        let shelf = shelf(&[("1", "feed"), ("2", "board"), ("3", "feed")]);
        let found = cook().candidates(&shelf, TODAY);
        let first = &found[0].vacancy.source;
        assert!(found.iter().all(|found| found.vacancy.source == *first));
    }

    #[test]
    fn codes_are_remembered_within_bounds_the_latest_last() {
        let mut alerts = cook();
        for code in 0..1_000 {
            alerts.tell(vec![code, code + 1], DueId::default(), Timestamp(i64::from(code)));
        }
        assert_eq!((alerts.told.len(), alerts.told.last()), (CODES_MAX, Some(&1_000)));
        assert_eq!((alerts.last.as_slice(), alerts.lately.len()), (&[999, 1_000][..], 3));
        assert!(alerts.has_enough(Timestamp(1_000)) && !alerts.has_enough(Timestamp(997).plus(WEEK)));
    }

    #[test]
    fn scarce_is_asked_for_and_rare() {
        let few = shelf(&[("1", "feed")]);
        let many = shelf(&[("1", "f"), ("2", "f"), ("3", "f"), ("4", "f")]);
        let eager = Alerts { at_once: true, ..cook() };
        assert!(
            eager.is_scarce(&few, TODAY) && !eager.is_scarce(&many, TODAY) && !cook().is_scarce(&few, TODAY)
        );
    }
}
