//! The letter of an alert: a line a vacancy, then source, day and how to stop; one segment in Latin, two in Cyrillic.

use super::NAMED_MAX;
use crate::domain::lang::{Lang, Script};
use crate::domain::text::{gsm7, segment, translit};
use crate::domain::vacancy::ask::{self, cut};
use crate::domain::vacancy::shelf::{Code, Found};
use jiff::civil::Date;

/// Room of the parts of a line; with them three of the longest lines and the longest ending fit.
struct Room {
    segments: usize,
    title: usize,
    pay: usize,
    employer: usize,
}

const LATIN: Room = Room { segments: 1, title: 12, pay: 9, employer: 12 };
const NATIVE: Room = Room { segments: 2, title: 9, pay: 9, employer: 7 };
/// Letters of a source's name in a letter.
const SOURCE_MAX: usize = 14;

/// The texts around the lines, in the script to send.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Before all else, at the cost of lines: who writes and how to stop with the first SMS of any kind, how to go on with
    /// the last ones; else empty.
    pub greeting: String,
    /// That the employer gets the permit, to whom needs one; else empty.
    pub permit: String,
    /// At the end of every letter: how to stop, in a word or two.
    pub stop: String,
    /// How to see more, where there is room.
    pub more: String,
}

/// The letter that names the first of `found`, and which it names; as many as fit, `NAMED_MAX` at most. `None`: there is
/// none, or even one does not fit.
#[must_use]
pub fn letter(found: &[Found], around: &Around, script: Script) -> Option<(String, Vec<Code>)> {
    let room = if script == Script::Latin { &LATIN } else { &NATIVE };
    let first = found.first()?;
    let source: String = cut(&plain(&first.vacancy.source, script), SOURCE_MAX);
    let named = |count: usize| found.get(..count).unwrap_or(found);
    for count in (1..=NAMED_MAX.min(found.len())).rev() {
        let checked = named(count).iter().map(|one| one.vacancy.checked).min()?;
        let lines = named(count).iter().map(|one| line(one, room, script));
        let end = format!("{source} {}. {}", day(checked), around.stop);
        for more in [around.more.as_str(), ""] {
            let parts = [around.greeting.as_str()].into_iter().map(str::to_owned);
            let parts =
                parts.chain(lines.clone()).chain([around.permit.clone(), end.clone(), more.to_owned()]);
            let text = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
            if segment::segment(&text).parts.len() <= room.segments {
                return Some((text, named(count).iter().map(|one| one.code).collect()));
            }
        }
    }
    None
}

/// `J482913 Povar 250000tg TOO Dastarhan`.
fn line(found: &Found, room: &Room, script: Script) -> String {
    let vacancy = &found.vacancy;
    let text = |text: &str, most| cut(&plain(&ask::without_phone(text), script), most);
    let pay = plain(&vacancy.pay.map(|pay| pay.least()).unwrap_or_default(), script);
    let pay = if pay.chars().count() > room.pay { String::new() } else { pay };
    let employer = vacancy.employer.replace(['«', '»', '"', '“', '”'], "");
    // What stands behind a comma or a bracket is detail.
    let title = vacancy.title.split(['(', ',', '/']).next().unwrap_or_default();
    let parts = [format!("J{:06}", found.code), text(title, room.title), pay, text(&employer, room.employer)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A feed's words in the script to send, without anything that would cost a whole letter its cheap alphabet.
fn plain(text: &str, script: Script) -> String {
    if script == Script::Native {
        return text.trim().to_owned();
    }
    let latin = translit::latin(Lang::Ru, &translit::latin(Lang::Kk, text));
    let cheap = latin.chars().filter(|c| gsm7::width(*c) == Some(1));
    cheap.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn day(date: Date) -> String {
    format!("{:02}.{:02}", date.day(), date.month())
}

/// The longest letter there can be with these texts around: for the check of the menus.
#[must_use]
pub fn longest(around: &Around, script: Script) -> (String, usize) {
    use crate::domain::vacancy::{Foreigners, Housing, Vacancy, pay::Pay};
    let wide = if script == Script::Latin { "W" } else { "Щ" };
    let vacancy = Vacancy {
        id: String::new(),
        source: wide.repeat(SOURCE_MAX),
        url: None,
        title: wide.repeat(80),
        trade: None,
        region: None,
        place: String::new(),
        pay: Pay::read("1000000 тг"),
        employer: wide.repeat(60),
        housing: Housing::Unknown,
        foreigners: Foreigners::Unknown,
        beginner: None,
        posted: Date::default(),
        until: Date::default(),
        checked: Date::default(),
    };
    let vacancy = std::sync::Arc::new(vacancy);
    let found: Vec<Found> = (0..NAMED_MAX)
        .map(|_| Found { code: 888_888, vacancy: vacancy.clone(), reasons: Vec::new() })
        .collect();
    letter(&found, around, script).map_or_else(Default::default, |(text, codes)| (text, codes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vacancy::Vacancy;
    use crate::domain::vacancy::pay::Pay;
    use crate::domain::vacancy::tests::vacancy;
    use std::sync::Arc;

    fn found(all: Vec<Vacancy>) -> Vec<Found> {
        let of = |(n, vacancy): (usize, Vacancy)| Found {
            code: 100_000 + u32::try_from(n).unwrap(),
            vacancy: Arc::new(vacancy),
            reasons: Vec::new(),
        };
        all.into_iter().enumerate().map(of).collect()
    }

    fn around() -> Around {
        Around { stop: "STOP".into(), more: "J...: podrobno".into(), ..Around::default() }
    }

    #[test]
    fn three_lines_are_one_segment_in_latin_and_two_in_cyrillic() {
        let three = || found(vec![vacancy(), vacancy(), vacancy()]);
        let (text, codes) = letter(&three(), &around(), Script::Latin).unwrap();
        assert_eq!(
            text,
            "J100000 Povar 200000tg TOO Dastarha\nJ100001 Povar 200000tg TOO Dastarha\n\
             J100002 Povar 200000tg TOO Dastarha\nfeed 25.11. STOP\nJ...: podrobno"
        );
        assert_eq!(codes, [100_000, 100_001, 100_002]);
        let (text, codes) = letter(&three(), &around(), Script::Native).unwrap();
        assert!(text.starts_with("J100000 Повар 200000тг ТОО Дас\n"), "{text}");
        assert_eq!((segment::segment(&text).parts.len(), codes.len()), (2, 3));
    }

    #[test]
    fn the_longest_letter_fits_with_all_three() {
        for (script, segments) in [(Script::Latin, 1), (Script::Native, 2)] {
            let (text, named) = longest(&around(), script);
            assert_eq!((segment::segment(&text).parts.len(), named), (segments, NAMED_MAX), "{text}");
        }
    }

    #[test]
    fn a_greeting_costs_lines_and_never_a_segment() {
        let greeting = "Eto Kopir. Pishem tolko po prosbe. Ostanovit: STOP".to_owned();
        let (text, named) = longest(&Around { greeting: greeting.clone(), ..around() }, Script::Latin);
        assert!(text.starts_with(&greeting) && named == 1, "{named}: {text}");
    }

    #[test]
    fn no_phone_number_and_no_costly_letter_leaves() {
        let odd = Vacancy {
            title: "Повар № 1 ☎ +7 701 123 45 67".into(),
            employer: "ТОО “Ғылым” 👍".into(),
            pay: Pay::read("15000 тг в день"),
            ..vacancy()
        };
        let (text, _) = letter(&found(vec![odd]), &around(), Script::Latin).unwrap();
        assert!(gsm7::septets(&text).is_some() && !text.contains("701"), "{text}");
    }

    #[test]
    fn without_a_vacancy_there_is_no_letter() {
        assert_eq!(letter(&[], &around(), Script::Latin), None);
    }
}
