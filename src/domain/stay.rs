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
///
/// The newest rule that holds for the country and the entry day is in force; of several from the same day each date
/// is the earliest of theirs. A rule is not applied once its `valid_to` lies before `today` or before the entry.
#[must_use]
pub fn count(rules: &StayRules, entry: Date, country: &str, earlier: bool, today: Date) -> Stay {
    let ended = |rule: &StayRule| rule.valid_to.is_some_and(|last| last < today || last < entry);
    let holds = |rule: &&StayRule| rule.valid_from <= entry && rule.countries.iter().any(|id| id == country);
    let Some(rule_date) = rules.rules.iter().filter(holds).map(|rule| rule.valid_from).max() else {
        return Stay::NoRule;
    };
    let in_force = rules.rules.iter().filter(holds).filter(|rule| rule.valid_from == rule_date);
    let in_force: Vec<&StayRule> = in_force.filter(|rule| !ended(rule)).collect();
    let register_by = in_force.iter().map(|rule| last_day(entry, rule.register_days)).min().flatten();
    let Some(register_by) = register_by else { return Stay::NoRule };
    let stays: Option<Vec<u16>> = in_force.iter().map(|rule| rule.stay_days).collect();
    let shortest = stays.and_then(|days| days.into_iter().min()).filter(|_| !earlier);
    let leave_by = shortest.and_then(|days| last_day(entry, days));
    match leave_by {
        _ if register_by < today => Stay::Past,
        None => Stay::First { register_by, rule_date },
        Some(leave_by) if leave_by < today => Stay::Past,
        Some(leave_by) => {
            Stay::Both { register_by, leave_by, days: days_between(today, leave_by), rule_date }
        }
    }
}

/// The last of `days` days of which the first is `entry`; `None` beyond the calendar.
fn last_day(entry: Date, days: u16) -> Option<Date> {
    let span = jiff::Span::new().try_days(i64::from(days.saturating_sub(1))).ok()?;
    entry.checked_add(span).ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn rule(countries: &[&str], register_days: u16, stay_days: Option<u16>, valid_from: Date) -> StayRule {
        StayRule {
            countries: countries.iter().map(|id| (*id).to_owned()).collect(),
            register_days,
            stay_days,
            window_days: stay_days.map(|_| 180),
            valid_from,
            valid_to: None,
            verified: valid_from,
            source: "sample".into(),
        }
    }

    fn rules() -> StayRules {
        let from = date(2020, 1, 1);
        StayRules {
            rules: vec![rule(&["uz", "tj"], 30, Some(90), from), rule(&["kg", "ru"], 30, None, from)],
        }
    }

    fn both(entry: Date, today: Date) -> (Date, Date, i64) {
        let stay = count(&rules(), entry, "uz", false, today);
        let Stay::Both { register_by, leave_by, days, .. } = stay else {
            panic!("{entry} on {today}: {stay:?}")
        };
        (register_by, leave_by, days)
    }

    #[test]
    fn the_entry_day_is_day_one_over_leap_days_and_years() {
        assert_eq!(both(date(2026, 10, 3), date(2026, 10, 3)), (date(2026, 11, 1), date(2026, 12, 31), 89));
        assert_eq!(both(date(2026, 12, 15), date(2026, 12, 20)), (date(2027, 1, 13), date(2027, 3, 14), 84));
        assert_eq!(both(date(2028, 2, 1), date(2028, 2, 1)), (date(2028, 3, 1), date(2028, 4, 30), 89));
        assert_eq!(both(date(2027, 2, 1), date(2027, 2, 1)), (date(2027, 3, 2), date(2027, 5, 1), 89));
        assert_eq!(both(date(2028, 2, 29), date(2028, 2, 29)), (date(2028, 3, 29), date(2028, 5, 28), 89));
    }

    #[test]
    fn the_last_day_is_still_ahead_and_the_next_is_past() {
        let entry = date(2026, 10, 3);
        assert_eq!(both(entry, date(2026, 11, 1)).2, 60);
        assert_eq!(count(&rules(), entry, "uz", false, date(2026, 11, 2)), Stay::Past);
        assert_eq!(count(&rules(), entry, "uz", true, date(2026, 11, 2)), Stay::Past);
        assert_eq!(count(&rules(), entry, "kg", false, date(2026, 11, 2)), Stay::Past);
    }

    #[test]
    fn a_short_stay_ends_before_the_registration_is_due() {
        let rules = StayRules { rules: vec![rule(&["uz"], 30, Some(5), date(2020, 1, 1))] };
        assert_eq!(count(&rules, date(2026, 10, 3), "uz", false, date(2026, 10, 8)), Stay::Past);
    }

    #[test]
    fn only_the_first_date_is_sure_after_earlier_stays_and_in_a_union_without_a_count() {
        let first = Stay::First { register_by: date(2026, 11, 1), rule_date: date(2020, 1, 1) };
        assert_eq!(count(&rules(), date(2026, 10, 3), "uz", true, date(2026, 10, 4)), first);
        assert_eq!(count(&rules(), date(2026, 10, 3), "ru", false, date(2026, 10, 4)), first);
    }

    #[test]
    fn nothing_is_guessed_where_no_rule_is_in_force() {
        let today = date(2026, 10, 4);
        assert_eq!(count(&rules(), today, "other", false, today), Stay::NoRule);
        assert_eq!(count(&rules(), date(2019, 12, 31), "uz", false, today), Stay::NoRule);
        assert_eq!(count(&StayRules::default(), today, "uz", false, today), Stay::NoRule);
        let mut ended = rules();
        ended.rules[0].valid_to = Some(date(2026, 10, 3));
        assert_eq!(count(&ended, date(2026, 10, 3), "uz", false, today), Stay::NoRule);
        assert!(matches!(
            count(&ended, date(2026, 10, 3), "uz", false, date(2026, 10, 3)),
            Stay::Both { .. }
        ));
    }

    #[test]
    fn the_newest_rule_replaces_the_older_and_doubt_is_read_strictly() {
        let (entry, today) = (date(2026, 10, 3), date(2026, 10, 4));
        let mut rules = rules();
        rules.rules.push(rule(&["uz"], 10, Some(60), date(2026, 9, 1)));
        let Stay::Both { register_by, rule_date, .. } = count(&rules, entry, "uz", false, today) else {
            panic!()
        };
        assert_eq!((register_by, rule_date), (date(2026, 10, 12), date(2026, 9, 1)));
        assert_eq!(
            both_of(&rules, date(2026, 8, 31), date(2026, 9, 1)),
            (date(2026, 9, 29), date(2026, 11, 28))
        );
        rules.rules.push(rule(&["uz"], 30, Some(30), date(2026, 9, 1)));
        assert_eq!(both_of(&rules, entry, today), (date(2026, 10, 12), date(2026, 11, 1)));
        rules.rules.push(rule(&["uz"], 30, None, date(2026, 9, 1)));
        assert!(matches!(count(&rules, entry, "uz", false, today), Stay::First { .. }));
    }

    fn both_of(rules: &StayRules, entry: Date, today: Date) -> (Date, Date) {
        let stay = count(rules, entry, "uz", false, today);
        let Stay::Both { register_by, leave_by, .. } = stay else { panic!("{entry} on {today}: {stay:?}") };
        (register_by, leave_by)
    }

    proptest::proptest! {
        #[test]
        fn no_answer_ever_names_a_day_that_has_gone_by(entry in -40_000i32..40_000, ahead in -200i32..400, earlier: bool) {
            let day = |n: i32| date(2026, 1, 1).saturating_add(jiff::Span::new().days(n));
            let (entry, today) = (day(entry), day(entry + ahead));
            match count(&rules(), entry, "uz", earlier, today) {
                Stay::Both { register_by, leave_by, days, .. } => {
                    proptest::prop_assert!(register_by >= today && leave_by >= today && (0..=289).contains(&days));
                    proptest::prop_assert!(!earlier);
                }
                Stay::First { register_by, .. } => proptest::prop_assert!(register_by >= today),
                Stay::Past | Stay::NoRule => {}
            }
        }
    }
}
