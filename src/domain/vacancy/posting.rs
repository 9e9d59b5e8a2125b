//! A schema.org `JobPosting` as feeds really write it → `Vacancy`, or the reason why not.

use super::pay::Pay;
use super::region::regions;
use super::trade::{Isco, trades};
use super::{Aside, EMPLOYER_MAX, Foreigners, Housing, TITLE_MAX, Vacancy};
use jiff::civil::Date;
use serde_json::Value;

/// Days a posting without a last day is held to be open; the labour exchange's own default.
const OPEN_DAYS: i64 = 30;
/// Characters of an unreadable field that are told.
const TOLD_MAX: usize = 40;

/// What a posting is read with besides itself.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The feed's configured name.
    pub source: &'a str,
    /// Where the posting was found, if it does not say.
    pub url: Option<&'a str>,
    /// Today; what is past its last day is put aside.
    pub today: Date,
}

/// Reads one posting: a `JobPosting` object, or a flat row with the same names.
///
/// # Errors
/// Why it was put aside.
pub fn read(posting: &Value, reading: Reading<'_>) -> Result<Vacancy, Aside> {
    if !posting.is_object() {
        return Err(Aside::Malformed("an object was expected".to_owned()));
    }
    let title = text(posting, &["title", "name"]).ok_or(Aside::Missing("title"))?;
    let url = text(posting, &["url"]).or_else(|| reading.url.map(str::to_owned));
    let id = id(posting, reading);
    let employer = text(posting, &["hiringOrganization.name", "hiringOrganization", "employer"]);
    let posted = day(posting, "datePosted", "posted")?.ok_or(Aside::Missing("datePosted"))?;
    let until = day(posting, "validThrough", "valid_through")?
        .or_else(|| later(posted, OPEN_DAYS))
        .ok_or(Aside::Missing("validThrough"))?;
    if until < reading.today {
        return Err(Aside::Expired(until));
    }
    let place = place(posting);
    let code = text(posting, &["occupationalCategory.codeValue", "occupationalCategory", "nkz", "isco4"]);
    let trade = code.as_deref().and_then(Isco::of_nkz).or_else(|| trades().find(&title));
    let said = said(posting);
    Ok(Vacancy {
        id: id.ok_or(Aside::Missing("identifier"))?,
        source: reading.source.to_owned(),
        url,
        title: cut(&title, TITLE_MAX),
        trade,
        region: text(posting, &["kato", "region"])
            .as_deref()
            .and_then(|at| regions().find(at))
            .or_else(|| regions().find(&place)),
        place,
        pay: pay(posting),
        employer: cut(&employer.ok_or(Aside::Missing("hiringOrganization"))?, EMPLOYER_MAX),
        housing: housing(posting, &said),
        foreigners: foreigners(posting),
        beginner: beginner(posting),
        posted,
        until,
        checked: reading.today,
    })
}

/// The id of a posting at its source: stated, or the end of its address.
#[must_use]
pub fn id(posting: &Value, reading: Reading<'_>) -> Option<String> {
    text(posting, &["identifier.value", "identifier", "id", "@id"])
        .map(|id| tail(&id).unwrap_or(id))
        .or_else(|| text(posting, &["url"]).as_deref().and_then(tail))
        .or_else(|| reading.url.and_then(tail))
}

/// The text under the first of `paths` that has one; dots go down, arrays are looked at by their first entry.
fn text(posting: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| {
        let found = path.split('.').try_fold(posting, |at, name| {
            let at = at.as_array().and_then(|all| all.first()).unwrap_or(at);
            at.get(name)
        })?;
        plain(found)
    })
}

fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(all) => all.first().and_then(plain)?,
        Value::Null | Value::Bool(_) | Value::Object(_) => return None,
    };
    let line = without_entities(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// Pages escape the signs of HTML once more inside their JSON.
fn without_entities(text: &str) -> std::borrow::Cow<'_, str> {
    const ENTITIES: [(&str, &str); 8] = [
        ("&quot;", "\""),
        ("&laquo;", "«"),
        ("&raquo;", "»"),
        ("&nbsp;", " "),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return text.into();
    }
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, sign)| text.replace(entity, sign)).into()
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// `/ru/vacancy/povar~123456` → `123456`.
#[must_use]
pub fn tail(url: &str) -> Option<String> {
    let last = url.trim_end_matches('/').rsplit(['/', '~']).next()?;
    (!last.is_empty()).then(|| last.to_owned())
}

/// A date in ISO form or as `dd-mm-yyyy`, `dd.mm.yyyy`, with or without a time behind it.
fn day(posting: &Value, field: &'static str, or: &str) -> Result<Option<Date>, Aside> {
    let Some(found) = text(posting, &[field, or]) else { return Ok(None) };
    let first = found.split(['T', ' ']).next().unwrap_or_default();
    let numbers: Vec<i16> = first.split(['-', '.', '/']).filter_map(|part| part.parse().ok()).collect();
    let date = match numbers.as_slice() {
        [year, month, day] if *year >= 1000 => civil(*year, *month, *day),
        [day, month, year] if *year >= 1000 => civil(*year, *month, *day),
        _ => None,
    };
    date.map(Some).ok_or_else(|| Aside::Unreadable { field, found: cut(&found, TOLD_MAX) })
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

fn later(day: Date, days: i64) -> Option<Date> {
    day.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn place(posting: &Value) -> String {
    let parts = ["addressRegion", "addressLocality", "streetAddress"]
        .map(|part| text(posting, &[&format!("jobLocation.address.{part}")]).unwrap_or_default());
    let [region, locality, _street] = &parts;
    let joined = [region.as_str(), locality.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let whole =
        || text(posting, &["jobLocation.address", "jobLocation.name", "jobLocation", "place_text", "place"]);
    if joined.is_empty() { whole().unwrap_or_default() } else { joined }
}

fn pay(posting: &Value) -> Option<Pay> {
    let number =
        |paths: &[&str]| text(posting, paths).and_then(|text| text.replace(',', ".").parse::<f64>().ok());
    let code =
        text(posting, &["baseSalary.currency", "salaryCurrency", "salary_currency"]).unwrap_or_default();
    let unit = text(posting, &["baseSalary.value.unitText", "baseSalary.unitText", "salary_period"])
        .unwrap_or_default();
    let from =
        number(&["baseSalary.value.minValue", "baseSalary.minValue", "salary_min", "baseSalary.value.value"]);
    let to = number(&["baseSalary.value.maxValue", "baseSalary.maxValue", "salary_max"]);
    Pay::of(from, to, &code, &unit).or_else(|| {
        let words =
            text(posting, &["baseSalary.value.value", "baseSalary.value", "baseSalary", "salary", "price"]);
        words.as_deref().and_then(Pay::read)
    })
}

/// All that a posting says in its own words, in small letters.
fn said(posting: &Value) -> String {
    let fields = ["description", "jobBenefits", "benefits", "incentiveCompensation", "workConditions"];
    fields.iter().filter_map(|field| text(posting, &[field])).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Only what is stated: a field of the feed, or words that leave no doubt.
fn housing(posting: &Value, said: &str) -> Housing {
    let field = text(posting, &["housing", "accommodation"]).map(|word| word.to_lowercase());
    match field.as_deref() {
        Some("free" | "yes" | "true" | "предоставляется") => return Housing::Free,
        Some("paid") => return Housing::Paid,
        Some("none" | "no" | "false") => return Housing::None,
        _ => {}
    }
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&[
        "без жилья",
        "жилье не предоставляется",
        "жильё не предоставляется",
        "жилья нет",
        "тұрғын үй берілмейді",
    ]) {
        Housing::None
    } else if has(&[
        "жилье предоставляется",
        "жильё предоставляется",
        "предоставляется жилье",
        "предоставляется жильё",
        "с проживанием",
        "бесплатное проживание",
        "тұрғын үй беріледі",
        "жатақхана беріледі",
    ]) {
        Housing::Free
    } else {
        Housing::Unknown
    }
}

fn foreigners(posting: &Value) -> Foreigners {
    let field = text(posting, &["open_to_foreigners", "foreigners"]).map(|word| word.to_lowercase());
    match field.as_deref() {
        Some("yes" | "true" | "да") => Foreigners::Yes,
        Some("permit") => Foreigners::Permit,
        Some("no" | "false" | "нет") => Foreigners::No,
        _ => Foreigners::Unknown,
    }
}

fn beginner(posting: &Value) -> Option<bool> {
    let said = text(
        posting,
        &["experienceRequirements.monthsOfExperience", "experienceRequirements", "experience"],
    )?;
    let small = said.to_lowercase();
    let none = ["без опыта", "не требуется", "no requirements", "тәжірибесіз", "талап етілмейді", "e0"];
    Some(small == "0" || none.iter().any(|word| small.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::super::pay::Currency;
    use super::super::region::Kato;
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    fn reading() -> Reading<'static> {
        Reading {
            source: "feed",
            url: Some("https://jobs.example/ru/vacancy/povar~123456"),
            today: date(2026, 11, 25),
        }
    }

    fn posting() -> Value {
        json!({"@type": "JobPosting", "title": "Повар\n горячего цеха", "datePosted": "20-11-2026", "validThrough": "2026-12-20T00:00",
               "hiringOrganization": {"name": "ТОО Дастархан"}, "baseSalary": "от 200 000 до 250 000 тг.",
               "jobLocation": {"address": {"addressLocality": "Карагандинская область, г. Караганда"}},
               "experienceRequirements": "без опыта работы", "description": "одна строка без жилья"})
    }

    #[test]
    fn a_posting_is_read_as_the_labour_exchange_writes_it() {
        let vacancy = read(&posting(), reading()).unwrap();
        assert_eq!((vacancy.id.as_str(), vacancy.title.as_str()), ("123456", "Повар горячего цеха"));
        assert_eq!((vacancy.trade, vacancy.region), (Some(Isco(5120)), Some(Kato(35))));
        assert_eq!((vacancy.posted, vacancy.until), (date(2026, 11, 20), date(2026, 12, 20)));
        assert_eq!(vacancy.pay.unwrap().tenge_a_month(), Some(200_000));
        assert_eq!(
            (vacancy.housing, vacancy.foreigners, vacancy.beginner),
            (Housing::None, Foreigners::Unknown, Some(true))
        );
    }

    #[test]
    fn what_is_not_stated_is_unknown() {
        let bare =
            json!({"title": "Бухгалтер", "datePosted": "2026-11-20", "hiringOrganization": "ИП", "id": 7});
        let vacancy = read(&bare, reading()).unwrap();
        assert_eq!((vacancy.trade, vacancy.region, vacancy.pay, vacancy.beginner), (None, None, None, None));
        assert_eq!((vacancy.housing, vacancy.foreigners), (Housing::Unknown, Foreigners::Unknown));
        assert_eq!(vacancy.until, date(2026, 12, 20), "thirty days where no last day is given");
    }

    #[test]
    fn amounts_lists_and_codes_are_read_in_their_forms() {
        let mut value = posting();
        value["baseSalary"] = json!({"currency": "KZT", "value": {"minValue": 150000, "maxValue": "180000", "unitText": "MONTH"}});
        value["jobLocation"] = json!([{"address": {"addressRegion": "г. Алматы"}}]);
        value["occupationalCategory"] = json!("9412-2-005");
        value["open_to_foreigners"] = json!("permit");
        value["housing"] = json!("free");
        let vacancy = read(&value, reading()).unwrap();
        let pay = vacancy.pay.unwrap();
        assert_eq!((pay.from, pay.to, pay.currency), (Some(150_000), Some(180_000), Currency::Kzt));
        assert_eq!((vacancy.region, vacancy.trade), (Some(Kato(75)), Some(Isco(9412))));
        assert_eq!((vacancy.housing, vacancy.foreigners), (Housing::Free, Foreigners::Permit));
    }

    #[test]
    fn what_cannot_be_read_is_put_aside_with_its_reason() {
        let without = |field: &str| {
            let mut value = posting();
            value.as_object_mut().unwrap().remove(field);
            read(&value, reading()).unwrap_err()
        };
        assert_eq!(without("title"), Aside::Missing("title"));
        assert_eq!(without("hiringOrganization"), Aside::Missing("hiringOrganization"));
        assert_eq!(without("datePosted"), Aside::Missing("datePosted"));
        let mut value = posting();
        value["datePosted"] = json!("32-13-2026");
        assert_eq!(
            read(&value, reading()).unwrap_err().to_string(),
            "\"datePosted\" cannot be read: \"32-13-2026\""
        );
        value = posting();
        value["validThrough"] = json!("24.11.2026");
        assert_eq!(read(&value, reading()).unwrap_err(), Aside::Expired(date(2026, 11, 24)));
        assert!(matches!(read(&json!([1]), reading()), Err(Aside::Malformed(_))));
    }
}
