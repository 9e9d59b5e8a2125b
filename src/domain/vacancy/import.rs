//! One import: a feed's text → vacancies, and a report that says of every posting what became of it.

use super::feed::{self, Form};
use super::posting::{self, Reading};
use super::{Aside, Vacancy};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Postings put aside that a report shows one by one; the rest is only counted.
const SHOWN_MAX: usize = 50;
/// Vacancies taken of one text; what comes after is counted as too many.
pub const TAKEN_MAX: usize = 200_000;

/// What became of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The feed's name.
    pub source: String,
    /// Postings found.
    pub read: usize,
    /// Vacancies taken.
    pub taken: usize,
    /// Postings with an id that came before in the same text; the last one counts.
    pub repeated: usize,
    /// How many were put aside, by the word of their reason.
    pub aside: BTreeMap<String, usize>,
    /// The first of them.
    pub shown: Vec<Quarantined>,
    /// Of the vacancies taken: how many tell their region, trade, pay, housing, and whether foreigners may come.
    pub known: Known,
}

/// A posting that was put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its line, row or place in the list, from 1.
    pub at: usize,
    /// The word of the reason.
    pub reason: String,
    /// The reason in a sentence.
    pub told: String,
}

/// How many vacancies state what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Their region.
    pub region: usize,
    /// Their trade.
    pub trade: usize,
    /// What they pay.
    pub pay: usize,
    /// Whether a place to live comes with them.
    pub housing: usize,
    /// Whether foreigners may come.
    pub foreigners: usize,
}

/// A feed that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// What can be shown.
    pub vacancies: Vec<Vacancy>,
    /// Ids that the feed says are over: expired, or in the archive.
    pub over: BTreeSet<String>,
    /// What became of it all.
    pub report: Report,
}

/// Reads a feed.
#[must_use]
pub fn import(form: Form, text: &str, reading: Reading<'_>) -> Batch {
    let mut batch = Batch {
        report: Report { source: reading.source.to_owned(), ..Report::default() },
        ..Batch::default()
    };
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    feed::each(form, text, &mut |at, found| {
        batch.report.read = batch.report.read.saturating_add(1);
        let id = found.as_ref().ok().and_then(|value| posting::id(value, reading));
        match found.and_then(|value| posting::read(&value, reading)) {
            Ok(_) if batch.vacancies.len() >= TAKEN_MAX => batch.report.put_aside(at, &Aside::TooMany),
            Ok(vacancy) => match places.get(&vacancy.id).and_then(|place| batch.vacancies.get_mut(*place)) {
                Some(before) => {
                    *before = vacancy;
                    batch.report.repeated = batch.report.repeated.saturating_add(1);
                }
                None => {
                    places.insert(vacancy.id.clone(), batch.vacancies.len());
                    batch.vacancies.push(vacancy);
                }
            },
            Err(why) => {
                if matches!(why, Aside::Expired(_) | Aside::Archived) {
                    batch.over.extend(id.or_else(|| reading.url.and_then(posting::tail)));
                }
                batch.report.put_aside(at, &why);
            }
        }
    });
    batch.report.taken = batch.vacancies.len();
    batch.report.known = known(&batch.vacancies);
    batch
}

impl Report {
    fn put_aside(&mut self, at: usize, why: &Aside) {
        let reason = why.word().to_owned();
        if self.shown.len() < SHOWN_MAX {
            self.shown.push(Quarantined { at, reason: reason.clone(), told: why.to_string() });
        }
        let count = self.aside.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// How many were put aside.
    #[must_use]
    pub fn put_aside_in_all(&self) -> usize {
        self.aside.values().sum()
    }
}

fn known(vacancies: &[Vacancy]) -> Known {
    let count = |states: fn(&Vacancy) -> bool| vacancies.iter().filter(|vacancy| states(vacancy)).count();
    Known {
        region: count(|vacancy| vacancy.region.is_some()),
        trade: count(|vacancy| vacancy.trade.is_some()),
        pay: count(|vacancy| vacancy.pay.is_some()),
        housing: count(|vacancy| vacancy.housing != super::Housing::Unknown),
        foreigners: count(|vacancy| vacancy.foreigners != super::Foreigners::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const READING: Reading<'_> = Reading { source: "feed", url: None, today: date(2026, 11, 25) };

    fn line(id: u32, more: &str) -> String {
        format!(
            "{{\"identifier\": {id}, \"title\": \"Повар\", \"employer\": \"ИП\", \"datePosted\": \"2026-11-20\"{more}}}\n"
        )
    }

    #[test]
    fn every_posting_is_taken_repeated_or_put_aside_with_a_reason() {
        let text = [line(1, ""), line(2, ", \"housing\": \"free\""), line(1, ""), "{\n".to_owned()].concat()
            + &line(3, ", \"validThrough\": \"24-11-2026\"")
            + "{\"title\": \"x\"}\n";
        let Batch { vacancies, over, report } = import(Form::Ndjson, &text, READING);
        assert_eq!((report.read, report.taken, report.repeated, report.put_aside_in_all()), (6, 2, 1, 3));
        assert_eq!(report.read, report.taken + report.repeated + report.put_aside_in_all());
        assert_eq!((report.known.housing, report.known.trade, report.known.region), (1, 2, 0));
        assert_eq!(report.aside["malformed"] + report.aside["expired"] + report.aside["missing"], 3);
        assert_eq!(report.shown[1].told, "expired on 2026-11-24");
        assert_eq!(vacancies.len(), 2);
        assert_eq!(
            over.into_iter().collect::<Vec<_>>(),
            ["3"],
            "what is over is told, so that it can be closed"
        );
    }

    #[test]
    fn an_archived_page_closes_the_vacancy_of_its_address() {
        let reading = Reading { url: Some("https://jobs.example/ru/vacancy/povar~77"), ..READING };
        let batch = import(Form::Html, "<html>Вакансия находится в архиве</html>", reading);
        assert_eq!((batch.vacancies.len(), batch.over.into_iter().next().as_deref()), (0, Some("77")));
    }
}
