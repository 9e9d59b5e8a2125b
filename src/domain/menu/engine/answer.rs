//! What a typed answer means: digits, numbers and dates as people type them, held against the value's declaration.

use super::ANSWER_CHARS_MAX;
use crate::domain::menu::model::Accept;
use crate::domain::value::{DateRange, Value, ValueSpec};
use crate::domain::word::digits;
use jiff::civil::Date;

/// Years to either side in which a day and month without a year are looked for; 29 February needs eight.
const YEARS_NEAR: i16 = 8;

/// The value `typed` means under `spec`, if it fits. `accept` narrows the forms of a date; empty takes all.
pub(super) fn read(spec: &ValueSpec, accept: &[Accept], typed: &str, today: Date) -> Option<Value> {
    let typed: String = typed.trim().chars().take(ANSWER_CHARS_MAX).collect();
    match spec {
        ValueSpec::Digits(least, most) => digits_of(&typed, *least, *most).map(Value::Digits),
        ValueSpec::Date(range) => date(*range, accept, &typed, today).map(Value::Date),
        ValueSpec::Number(least, most) => {
            number(&typed).filter(|n| (least..=most).contains(&n)).map(Value::Number)
        }
        ValueSpec::Choice(ids) => {
            ids.iter().find(|id| **id == typed.to_lowercase()).cloned().map(Value::Choice)
        }
        ValueSpec::Text(most) => {
            let fits = !typed.is_empty() && typed.chars().count() <= usize::from(*most);
            fits.then_some(Value::Text(typed))
        }
        ValueSpec::Words { .. } | ValueSpec::Items { .. } | ValueSpec::Hotline(_) | ValueSpec::Link(_) => {
            None
        }
    }
}

/// Whether letters of `typed` were read as digits to make `digits` of it.
pub(super) fn is_repaired(digits: &str, typed: &str) -> bool {
    !typed.chars().filter_map(digit).eq(digits.chars())
}

/// `typed` as digits alone, signs around it dropped and look-alikes mended: `1.`, `1#`, `1O`. `None` when it is anything else.
pub(super) fn plain(typed: &str) -> Option<String> {
    let body = typed.trim_matches(|c: char| !c.is_alphanumeric());
    if !mostly_digits(body) {
        return None;
    }
    body.chars().map(mended).collect()
}

/// Letters are mended only in what is mostly digits, so that no word becomes a number.
fn mostly_digits(text: &str) -> bool {
    let written = text.chars().filter(|c| c.is_alphanumeric() || *c == '|').count();
    let digits = text.chars().filter(|c| digit(*c).is_some()).count();
    digits > 0 && digits.saturating_mul(2) >= written
}

/// The ASCII digit a digit of any keyboard in use here stands for.
fn digit(c: char) -> Option<char> {
    if c.is_ascii_digit() { Some(c) } else { digits::foreign(c) }
}

/// A digit, or the digit a letter is taken for on a keypad.
fn mended(c: char) -> Option<char> {
    digits::digit(c)
}

/// Letters around the digits are dropped, as the texts promise; letters between them are mended, and those that touch
/// them where they can hardly be anything but digits (`123456789O`, `l23456789`). Only when that does not fit are all
/// letters around mended too (`S12345678`).
fn digits_of(typed: &str, least: u8, most: u8) -> Option<String> {
    let fits = |found: &String| (usize::from(least)..=usize::from(most)).contains(&found.len());
    if !mostly_digits(typed) {
        return Some(typed.chars().filter_map(digit).collect()).filter(fits);
    }
    let touching = touching(typed);
    let inner = typed.trim_matches(|c: char| digit(c).is_none());
    Some(touching.chars().filter_map(mended).collect())
        .filter(fits)
        .or_else(|| Some(inner.chars().filter_map(mended).collect()).filter(fits))
        .or_else(|| Some(typed.chars().filter_map(mended).collect()).filter(fits))
}

/// `typed` from its first digit to its last, with letters that touch them and look like digits. Before a number a letter
/// is rather a part of its name (`SB1234567890`), so there only signs count that nobody begins a name with.
fn touching(typed: &str) -> &str {
    let first = typed.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '|');
    let sure = first.trim_start_matches(['O', 'o', 'О', 'о', 'l', 'I', '|', 'З', 'з']);
    let from = if sure.starts_with(|c| digit(c).is_some()) {
        first
    } else {
        first.trim_start_matches(|c| digit(c).is_none())
    };
    let last = from.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '|');
    let before = last.trim_end_matches(|c| digit(c).is_none() && mended(c).is_some());
    if before.ends_with(|c| digit(c).is_some()) {
        last
    } else {
        last.trim_end_matches(|c| digit(c).is_none())
    }
}

fn number(typed: &str) -> Option<i64> {
    let n: i64 = plain(typed)?.parse().ok()?;
    Some(if typed.starts_with('-') { n.saturating_neg() } else { n })
}

fn date(range: DateRange, accept: &[Accept], typed: &str, today: Date) -> Option<Date> {
    if !mostly_digits(typed) {
        return None;
    }
    let parts: Option<Vec<String>> = typed
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | '-' | '/'))
        .filter(|part| !part.is_empty())
        .map(|part| part.chars().map(mended).collect())
        .collect();
    let (day, month, year) = split(&parts?)?;
    let takes = |form| accept.is_empty() || accept.contains(&form);
    match year {
        Some(year) if takes(Accept::Ddmmyyyy) => Date::new(year, month, day)
            .ok()
            .filter(|date| (1900..=2199).contains(&year) && within(range, *date, today)),
        None if takes(Accept::Ddmm) => nearest(range, day, month, today),
        Some(_) | None => None,
    }
}

/// Day, month and year of `0310`, `03102026`, `3.10`, `03.10.2026`, `3.10.26`.
fn split(parts: &[String]) -> Option<(i8, i8, Option<i16>)> {
    let (day, month, year) = match parts {
        [one] if one.len() == 4 || one.len() == 8 => (one.get(..2)?, one.get(2..4)?, one.get(4..)?),
        [day, month] if day.len() <= 2 && month.len() <= 2 => (day.as_str(), month.as_str(), ""),
        [day, month, year] if day.len() <= 2 && month.len() <= 2 && matches!(year.len(), 2 | 4) => {
            (day.as_str(), month.as_str(), year.as_str())
        }
        _ => return None,
    };
    let year = match year.len() {
        0 => None,
        2 => Some(year.parse::<i16>().ok()?.checked_add(2000)?),
        _ => Some(year.parse().ok()?),
    };
    Some((day.parse().ok()?, month.parse().ok()?, year))
}

fn within(range: DateRange, date: Date, today: Date) -> bool {
    match range {
        DateRange::Past => date <= today,
        DateRange::Future => date >= today,
        DateRange::Any => true,
    }
}

/// The nearest such day of the range; of two equally near the earlier.
fn nearest(range: DateRange, day: i8, month: i8, today: Date) -> Option<Date> {
    let year = today.year();
    (year.saturating_sub(YEARS_NEAR)..=year.saturating_add(YEARS_NEAR))
        .filter_map(|year| Date::new(year, month, day).ok())
        .filter(|date| within(range, *date, today))
        .min_by_key(|date| today.until(*date).map_or(i32::MAX, |span| span.get_days().saturating_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 23);

    fn a_date(range: DateRange, typed: &str) -> Option<Date> {
        match read(&ValueSpec::Date(range), &[], typed, TODAY) {
            Some(Value::Date(date)) => Some(date),
            _ => None,
        }
    }

    #[test]
    fn a_day_without_a_year_is_the_nearest_in_the_declared_range() {
        for typed in [
            "0310",
            "03.10",
            "3.10",
            "3/10",
            "03-10",
            "03 10",
            "О31О",
            "٠٣١٠",
            "03.10.2026",
            "03102026",
            "3.10.26",
        ] {
            assert_eq!(a_date(DateRange::Past, typed), Some(date(2026, 10, 3)), "{typed}");
        }
        assert_eq!(a_date(DateRange::Past, "2411"), Some(date(2025, 11, 24)));
        assert_eq!(a_date(DateRange::Past, "2311"), Some(TODAY));
        assert_eq!(a_date(DateRange::Future, "2211"), Some(date(2027, 11, 22)));
        assert_eq!(a_date(DateRange::Any, "0101"), Some(date(2027, 1, 1)));
        assert_eq!(a_date(DateRange::Past, "2902"), Some(date(2024, 2, 29)));
        assert_eq!(a_date(DateRange::Future, "2902"), Some(date(2028, 2, 29)));
    }

    #[test]
    fn what_is_no_such_day_fits_nothing() {
        for typed in [
            "",
            "3110x",
            "3111",
            "0013",
            "310",
            "31.11.2026",
            "24112026",
            "03101810",
            "abc",
            "1",
            "03.10.2026.1",
            "०३१०",
        ] {
            assert_eq!(a_date(DateRange::Past, typed), None, "{typed}");
        }
        let spec = ValueSpec::Date(DateRange::Past);
        assert_eq!(read(&spec, &[Accept::Ddmmyyyy], "0310", TODAY), None);
        assert_eq!(read(&spec, &[Accept::Ddmm], "03102026", TODAY), None);
    }

    #[test]
    fn letters_around_digits_are_dropped_and_letters_between_them_are_mended() {
        let number = |typed| read(&ValueSpec::Digits(9, 14), &[], typed, TODAY);
        let is = |digits: &str| Some(Value::Digits(digits.into()));
        assert_eq!(number("KZ 1234-567-890"), is("1234567890"));
        assert_eq!(number("SB1234567890"), is("1234567890"));
        assert_eq!(number("12345О7890"), is("1234507890"));
        assert_eq!(number("О12345678"), is("012345678"));
        assert_eq!(number("12З456789O."), is("1234567890"));
        assert_eq!(number("l234567890"), is("1234567890"));
        assert_eq!(number("1234567890 шт."), is("1234567890"));
        assert_eq!(number("1234567890 б"), is("1234567890"));
        assert_eq!(number("номер моей заявки: 1234567890"), is("1234567890"));
        assert_eq!(number("12345678"), None);
        assert_eq!(number("123456789012345"), None);
    }

    #[test]
    fn numbers_keep_to_their_range() {
        let number = |typed| read(&ValueSpec::Number(-5, 90), &[], typed, TODAY);
        assert_eq!(number("9О"), Some(Value::Number(90)));
        assert_eq!(number("-3"), Some(Value::Number(-3)));
        assert_eq!(number("91"), None);
        assert_eq!(number("99999999999999999999999"), None);
        assert_eq!(number("three"), None);
    }

    #[test]
    fn a_word_is_never_taken_for_a_digit() {
        assert_eq!(plain("1."), Some("1".into()));
        assert_eq!(plain("*1#"), Some("1".into()));
        assert_eq!(plain("О"), None);
        assert_eq!(plain("lO"), None);
        assert_eq!(plain("1 2"), None);
        assert_eq!(plain("SOS1"), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_either_fits_its_declaration_or_nothing(typed in "\\PC{0,40}|[0-9OоlЗ. /-]{0,20}") {
            if let Some(Value::Digits(digits)) = read(&ValueSpec::Digits(4, 9), &[], &typed, TODAY) {
                proptest::prop_assert!((4..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
            }
            if let Some(date) = a_date(DateRange::Past, &typed) {
                proptest::prop_assert!(date <= TODAY);
            }
        }
    }
}
