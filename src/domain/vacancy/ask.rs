//! What menus ask of the shelf: `job.find` and `job.show`, and what people type for a trade, a place, a code.

use super::region::{Kato, regions};
use super::shelf::{Code, Found, Group, Shelf, Wish};
use super::trade::{Isco, trades};
use super::{Foreigners, Housing, Vacancy};
use crate::domain::service::{Answer, Call};
use crate::domain::value::{Item, Value, Values};
use jiff::civil::Date;
use std::collections::HashSet;

/// Vacancies of one list; more is a question to be narrowed.
const LISTED: usize = 14;
/// Digits of a code.
const CODE_DIGITS: usize = 6;
/// Characters of a title and an employer in a line; with code and pay it stays below a third of a letter.
const LINE_TITLE_MAX: usize = 12;
/// See `LINE_TITLE_MAX`.
const LINE_EMPLOYER_MAX: usize = 12;
/// Characters of a title in a list.
const LIST_TITLE_MAX: usize = 14;

/// The digits of a vacancy's code as people type it: `J482913`, `j 482913`, `Ж482913`, `482913`.
#[must_use]
pub fn code(typed: &str) -> Option<String> {
    let small = typed.trim().to_lowercase();
    let bare = ["дж", "ж", "j"].iter().find_map(|letter| small.strip_prefix(letter)).unwrap_or(&small);
    let digits = bare.trim_start_matches(|c: char| !c.is_alphanumeric());
    (digits.len() == CODE_DIGITS && digits.bytes().all(|octet| octet.is_ascii_digit()))
        .then(|| digits.to_owned())
}

/// The same where the letter stands before it: nothing else is written so.
#[must_use]
pub fn lettered_code(typed: &str) -> Option<String> {
    code(typed).filter(|_| typed.trim().starts_with(char::is_alphabetic))
}

/// Who a person is by the citizenship he told.
#[must_use]
pub fn group(told: &Value) -> Option<Group> {
    let Value::Choice(word) = told else { return None };
    match word.as_str() {
        "kz" | "eaeu" => Some(Group::Free),
        "other" => Some(Group::Foreign),
        _ => None,
    }
}

/// How a group is told to a menu.
#[must_use]
pub fn group_value(group: Group) -> Value {
    Value::Choice(if group == Group::Free { "kz" } else { "other" }.to_owned())
}

/// What is asked for, or which part of it is not understood: `no-trade`, `no-place`.
///
/// # Errors
/// That part.
pub fn wish(call: &Call, shelf: &Shelf) -> Result<Wish, &'static str> {
    let text = |name: &str| match call.give.get(name) {
        Some(Value::Text(text) | Value::Choice(text)) => text.trim(),
        _ => "any",
    };
    let mut wish = Wish::default();
    match text("trade") {
        "any" | "" => {}
        typed => match Isco::of_nkz(typed).filter(|_| typed.len() == 4).or_else(|| trades().find(typed)) {
            Some(trade) => wish.trade = Some(trade),
            None if shelf.has_word(typed) => wish.word = Some(typed.to_owned()),
            None => return Err("no-trade"),
        },
    }
    match text("place") {
        "any" | "anywhere" | "" => {}
        typed => wish.region = Some(regions().find(typed).ok_or("no-place")?),
    }
    wish.group = call.give.get("group").and_then(group).unwrap_or_default();
    match text("narrow") {
        "housing" => wish.housing = true,
        "beginner" => wish.beginner = true,
        "unstated" => wish.unstated_too = true,
        _ => {}
    }
    Ok(wish)
}

/// `job.find`: the best of the shelf, or why there is nothing to say.
#[must_use]
pub fn find(call: &Call, shelf: &Shelf, today: Date) -> Answer {
    if !shelf.is_current(today) {
        return answer("stale", []);
    }
    let wish = match wish(call, shelf) {
        Ok(wish) => wish,
        Err(outcome) => return answer(outcome, []),
    };
    let foreign = wish.group == Group::Foreign;
    let found = shelf.find(&wish, &HashSet::new(), today, 0, LISTED);
    let (Some(first), Some(checked)) = (found.first(), found.iter().map(|found| found.vacancy.checked).min())
    else {
        return answer(if foreign { "none-permit" } else { "none" }, []);
    };
    let count = i64::try_from(shelf.count(&wish, today)).unwrap_or(i64::MAX);
    let items =
        found.iter().map(|found| Item { id: digits(found.code), label: label(&found.vacancy) }).collect();
    answer(
        if foreign { "permit" } else { "some" },
        [
            ("first", Value::Text(line(first))),
            ("count", Value::Number(count.min(50_000))),
            ("jobs", Value::Items(items)),
            ("source", Value::Text(first.vacancy.source.clone())),
            ("checked", Value::Date(checked)),
        ],
    )
}

/// `job.show`: one vacancy by its code.
#[must_use]
pub fn show(call: &Call, shelf: &Shelf, today: Date) -> Answer {
    let typed = match call.give.get("job") {
        Some(Value::Digits(text) | Value::Choice(text) | Value::Text(text)) => text.as_str(),
        _ => "",
    };
    let asked = code(typed).and_then(|digits| digits.parse().ok());
    let Some((vacancy, open)) = asked.and_then(|code: Code| shelf.get(code, today)) else {
        return answer("unknown", []);
    };
    let mut values = told(vacancy);
    // What was asked for goes on being asked for; else the like of this one.
    let like = [("trade", trade_of(vacancy)), ("place", place_of(vacancy))];
    for (name, like) in like {
        let given = call.give.get(name).cloned();
        values.insert(name.to_owned(), given.unwrap_or(Value::Text(like)));
    }
    Answer { outcome: if open { "open" } else { "closed" }.to_owned(), values }
}

/// All that a screen may say of a vacancy. A telephone number of the feed is not among it.
fn told(vacancy: &Vacancy) -> Values {
    let housing = match vacancy.housing {
        Housing::None => "none",
        Housing::Free => "free",
        Housing::Paid => "paid",
        Housing::Unknown => "unknown",
    };
    let foreigners = match vacancy.foreigners {
        Foreigners::Yes => "yes",
        Foreigners::Permit => "permit",
        Foreigners::No => "no",
        Foreigners::Unknown => "unknown",
    };
    let text = |text: &str| Value::Text(without_phone(text));
    let mut values: Values = [
        ("title", text(&vacancy.title)),
        ("employer", text(&vacancy.employer)),
        // The town alone: feeds begin with the region.
        ("where", text(vacancy.place.rsplit(',').next().unwrap_or_default())),
        ("housing", Value::Word(format!("housing-{housing}"))),
        ("foreigners", Value::Word(format!("foreigners-{foreigners}"))),
        ("source", Value::Text(vacancy.source.clone())),
        ("ref", Value::Text(vacancy.id.clone())),
        ("checked", Value::Date(vacancy.checked)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    // What is not stated leaves its line out.
    values.retain(|_, value| !matches!(value, Value::Text(text) if text.is_empty()));
    if let Some(pay) = &vacancy.pay {
        values.insert("pay".to_owned(), Value::Text(pay.short()));
    }
    values
}

/// A text with every run of seven digits and more taken out: a number to call is never told without who vouches for it.
pub(super) fn without_phone(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        let of_number = c.is_ascii_digit() || (!run.is_empty() && matches!(c, ' ' | '-' | '(' | ')'));
        if of_number || (run.is_empty() && c == '+') {
            run.push(c);
            continue;
        }
        if run.chars().filter(char::is_ascii_digit).count() < 7 {
            out.push_str(&run);
        }
        run.clear();
        if c != '\n' {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

fn trade_of(vacancy: &Vacancy) -> String {
    vacancy.trade.map_or_else(
        || vacancy.title.split_whitespace().next().unwrap_or("any").chars().take(24).collect(),
        |Isco(group)| format!("{group:04}"),
    )
}

fn place_of(vacancy: &Vacancy) -> String {
    vacancy.region.map_or_else(|| "any".to_owned(), |Kato(digits)| format!("{digits:02}"))
}

fn digits(code: Code) -> String {
    format!("{code:06}")
}

/// `J482913 Повар 250000тг ТОО Дастархан`.
fn line(found: &Found) -> String {
    let vacancy = &found.vacancy;
    let pay = vacancy.pay.map(|pay| pay.least()).unwrap_or_default();
    let employer = cut(&without_phone(&vacancy.employer).replace(['«', '»', '"'], ""), LINE_EMPLOYER_MAX);
    joined([
        &format!("J{}", digits(found.code)),
        &cut(&without_phone(&vacancy.title), LINE_TITLE_MAX),
        &pay,
        &employer,
    ])
}

fn label(vacancy: &Vacancy) -> String {
    let pay = vacancy.pay.map(|pay| pay.least()).unwrap_or_default();
    joined([&cut(&without_phone(&vacancy.title), LIST_TITLE_MAX), &pay])
}

fn joined<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().trim_end_matches([' ', ',', '(', '-']).to_owned()
}

fn answer<const N: usize>(outcome: &str, values: [(&str, Value); N]) -> Answer {
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Answer { outcome: outcome.to_owned(), values }
}

#[cfg(test)]
mod tests {
    use super::super::pay::Pay;
    use super::*;
    use crate::domain::time::Timestamp;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 25);

    fn cook(id: &str) -> Vacancy {
        Vacancy {
            id: id.into(),
            source: "sample".into(),
            url: None,
            title: format!("Повар {id}"),
            trade: Some(Isco(5120)),
            region: Some(Kato(75)),
            place: "г. Алматы".into(),
            pay: Pay::read("от 250 000 до 300 000 тг."),
            employer: "ТОО «Пример»".into(),
            housing: Housing::Unknown,
            foreigners: Foreigners::Unknown,
            beginner: None,
            posted: date(2026, 11, 20),
            until: date(2026, 12, 20),
            checked: TODAY,
        }
    }

    fn ask(shelf: &Shelf, service: fn(&Call, &Shelf, Date) -> Answer, give: &[(&str, &str)]) -> Answer {
        let value = |(name, text): &(&str, &str)| {
            let typed = matches!(*name, "trade" | "place");
            let text = (*text).to_owned();
            ((*name).to_owned(), if typed { Value::Text(text) } else { Value::Choice(text) })
        };
        let give = give.iter().map(value).collect();
        service(
            &Call { service: String::new(), give, key: Default::default(), at: Timestamp(0) },
            shelf,
            TODAY,
        )
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        for typed in ["J482913", "j 482913", "Ж482913", "дж-482913", "482913"] {
            assert_eq!(code(typed).as_deref(), Some("482913"), "{typed}");
        }
        for typed in ["J48291", "4829137", "K482913", "повар", ""] {
            assert_eq!(code(typed), None, "{typed}");
        }
        assert_eq!((lettered_code("J482913").is_some(), lettered_code("482913")), (true, None));
    }

    #[test]
    fn a_search_answers_the_best_with_employer_source_and_day() {
        let shelf = Shelf::of([cook("1"), cook("2")], &Shelf::default()).0;
        for (trade, place) in [("POVAR", "ALMATY"), ("5120", "75"), ("cook", "almaty"), ("Аспаз", "Алматы")]
        {
            let found = ask(&shelf, find, &[("trade", trade), ("place", place), ("group", "kz")]);
            assert_eq!(found.outcome, "some", "{trade} {place}");
            assert_eq!(found.values["count"], Value::Number(2));
            let Value::Text(first) = &found.values["first"] else { panic!() };
            assert!(first.starts_with('J') && first.ends_with(" 250000тг ТОО Пример"), "{first}");
            assert_eq!(found.values["checked"], Value::Date(TODAY));
        }
        for (give, wanted) in [
            ([("trade", "космонавт"), ("place", "75"), ("group", "kz")], "no-trade"),
            ([("trade", "cook"), ("place", "Париж"), ("group", "kz")], "no-place"),
            ([("trade", "welder"), ("place", "any"), ("group", "kz")], "none"),
            ([("trade", "cook"), ("place", "any"), ("group", "other")], "none-permit"),
        ] {
            assert_eq!(ask(&shelf, find, &give).outcome, wanted, "{give:?}");
        }
        let unstated = [("trade", "cook"), ("place", "any"), ("group", "other"), ("narrow", "unstated")];
        assert_eq!(ask(&shelf, find, &unstated).outcome, "permit", "only when he asks");
        assert_eq!(
            ask(&Shelf::default(), find, &[]).outcome,
            "stale",
            "nothing imported is not nothing there"
        );
    }

    #[test]
    fn a_closed_vacancy_says_so_and_leads_to_the_like() {
        let before = Shelf::of([cook("1"), cook("2")], &Shelf::default()).0;
        let code = before.rows().find(|row| row.vacancy.id == "1").unwrap().code;
        let shelf = Shelf::of([cook("2")], &before).0;
        let shown = ask(&shelf, show, &[("job", &digits(code))]);
        assert_eq!(shown.outcome, "closed");
        assert_eq!(shown.values["trade"], Value::Text("5120".into()));
        assert_eq!(ask(&before, show, &[("job", &digits(code))]).outcome, "open");
        assert_eq!(ask(&shelf, show, &[("job", "000000")]).outcome, "unknown");
    }

    #[test]
    fn a_telephone_number_of_a_feed_is_not_told() {
        for (text, wanted) in [
            ("Повар, звоните +7 (701) 123-45-67", "Повар, звоните"),
            ("Повар 87011234567 срочно", "Повар срочно"),
            ("Водитель 200 000 тг", "Водитель 200 000 тг"),
            ("Склад N 12", "Склад N 12"),
        ] {
            assert_eq!(without_phone(text), wanted);
        }
    }
}
