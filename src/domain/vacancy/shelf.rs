//! All open vacancies of one version, found by trade and region: the same answer to the same question, in an order that is said.

use super::region::Kato;
use super::trade::Isco;
use super::{Foreigners, Housing, Vacancy};
use crate::domain::envelope::StepKey;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Codes there are: `J` and six digits, as many as a person types without a slip.
const CODES: u32 = 1_000_000;

/// A vacancy's short code: what stands behind `J`.
pub type Code = u32;

/// What somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Only this trade.
    pub trade: Option<Isco>,
    /// Only this region.
    pub region: Option<Kato>,
    /// At least so many tenge a month, as stated.
    pub pay_least: Option<u32>,
    /// Only with a place to live; unknown is not yes.
    pub housing: bool,
    /// Only where no experience is asked; unknown is not yes.
    pub beginner: bool,
    /// Who asks.
    pub group: Group,
    /// Of a foreigner: also what says nothing about foreigners.
    pub unstated_too: bool,
}

/// Who may work where; asked once, of the person himself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// Citizens, қандас, EAEU: everything is open to them.
    #[default]
    Free,
    /// Everybody else: needs the employer's permit unless it says otherwise.
    Foreign,
}

/// Why a vacancy was found: what of the wish it meets, in the order in which it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The trade asked for.
    Trade,
    /// The region asked for.
    Region,
    /// It states at least the pay asked for.
    Pay,
    /// It states a place to live.
    Housing,
    /// It asks for no experience.
    Beginner,
    /// It says that foreigners may come.
    Open,
    /// It says so, with the employer's permit.
    Permit,
    /// It does not say whether foreigners may come.
    Unstated,
}

/// One vacancy found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its code.
    pub code: Code,
    /// It.
    pub vacancy: Arc<Vacancy>,
    /// Why it was found.
    pub reasons: Vec<Reason>,
}

/// Vacancies of one import, deduplicated, each under its code.
#[derive(Debug, Default)]
pub struct Shelf {
    all: BTreeMap<Code, Arc<Vacancy>>,
    /// Newest first, then better paid, then by code: the order of every answer.
    order: Vec<Code>,
    by_trade: HashMap<Isco, Vec<Code>>,
}

impl Shelf {
    /// The shelf of `vacancies`. Codes of `before` stay with their vacancies; the same offer of several feeds stands once,
    /// as the newest of them states it. How many were the same as another.
    #[must_use]
    pub fn of(vacancies: impl IntoIterator<Item = Vacancy>, before: &Self) -> (Self, usize) {
        let mut offers: HashMap<StepKey, Vacancy> = HashMap::new();
        let mut same = 0;
        for vacancy in vacancies {
            match offers.entry(vacancy.sameness()) {
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(vacancy);
                }
                std::collections::hash_map::Entry::Occupied(mut known) => {
                    same += 1;
                    if newness(&vacancy) > newness(known.get()) {
                        known.insert(vacancy);
                    }
                }
            }
        }
        let mut shelf = Self::default();
        let held: HashMap<StepKey, Code> =
            before.all.iter().map(|(code, kept)| (kept.sameness(), *code)).collect();
        let mut fresh = Vec::new();
        for (key, vacancy) in offers {
            match held.get(&key) {
                Some(code) => drop(shelf.all.insert(*code, Arc::new(vacancy))),
                None => fresh.push((key, vacancy)),
            }
        }
        // In an order of their own, so that every gateway gives the same codes.
        fresh.sort_by_key(|(key, _)| *key);
        for (key, vacancy) in fresh {
            if let Some(code) = free_code(key, &shelf.all) {
                shelf.all.insert(code, Arc::new(vacancy));
            }
        }
        shelf.sort();
        (shelf, same)
    }

    fn sort(&mut self) {
        let rank = |code: &Code| {
            let vacancy = self.all.get(code);
            let pay = vacancy.and_then(|vacancy| vacancy.pay.and_then(|pay| pay.tenge_a_month()));
            core::cmp::Reverse((vacancy.map(|vacancy| vacancy.posted), pay, core::cmp::Reverse(*code)))
        };
        let mut order: Vec<Code> = self.all.keys().copied().collect();
        order.sort_by_cached_key(rank);
        for code in &order {
            if let Some(trade) = self.all.get(code).and_then(|vacancy| vacancy.trade) {
                self.by_trade.entry(trade).or_default().push(*code);
            }
        }
        self.order = order;
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The vacancy under a code, also one that has closed since the import: whoever asks for it later is told so.
    #[must_use]
    pub fn get(&self, code: Code) -> Option<&Arc<Vacancy>> {
        self.all.get(&code)
    }

    /// Open vacancies that meet `wish` and are not among `seen`, newest first, then better paid; `most` of them after `skip`.
    #[must_use]
    pub fn find(
        &self,
        wish: &Wish,
        seen: &HashSet<Code>,
        today: Date,
        skip: usize,
        most: usize,
    ) -> Vec<Found> {
        let codes = match wish.trade {
            Some(trade) => self.by_trade.get(&trade).map(Vec::as_slice).unwrap_or_default(),
            None => self.order.as_slice(),
        };
        let fits = codes.iter().filter(|code| !seen.contains(code)).filter_map(|code| {
            let vacancy = self.all.get(code)?;
            let reasons = reasons(vacancy, wish).filter(|_| vacancy.is_open(today))?;
            Some(Found { code: *code, vacancy: vacancy.clone(), reasons })
        });
        fits.skip(skip).take(most).collect()
    }
}

fn newness(vacancy: &Vacancy) -> (Date, Date, &str, &str) {
    (vacancy.posted, vacancy.until, &vacancy.source, &vacancy.id)
}

/// A code by the offer itself, the next free one where it is taken; `None` when all are.
fn free_code(key: StepKey, taken: &BTreeMap<Code, Arc<Vacancy>>) -> Option<Code> {
    let StepKey([a, b, c, d, ..]) = key;
    let first = u32::from_be_bytes([a, b, c, d]) % CODES;
    (0..CODES).map(|ahead| (first + ahead) % CODES).find(|code| !taken.contains_key(code))
}

/// What of `wish` the vacancy meets; `None` where it misses any of it.
#[must_use]
pub fn reasons(vacancy: &Vacancy, wish: &Wish) -> Option<Vec<Reason>> {
    let mut reasons = Vec::new();
    let mut meets = |asked: bool, met: bool, reason: Reason| {
        if asked && met {
            reasons.push(reason);
        }
        !asked || met
    };
    let pay = vacancy.pay.and_then(|pay| pay.tenge_a_month());
    let housed = matches!(vacancy.housing, Housing::Free | Housing::Paid);
    let all = meets(wish.trade.is_some(), vacancy.trade == wish.trade, Reason::Trade)
        && meets(wish.region.is_some(), vacancy.region == wish.region, Reason::Region)
        && meets(wish.pay_least.is_some(), pay >= wish.pay_least, Reason::Pay)
        && meets(wish.housing, housed, Reason::Housing)
        && meets(wish.beginner, vacancy.beginner == Some(true), Reason::Beginner);
    if !all {
        return None;
    }
    if wish.group == Group::Foreign {
        reasons.push(match vacancy.foreigners {
            Foreigners::Yes => Reason::Open,
            Foreigners::Permit => Reason::Permit,
            Foreigners::Unknown if wish.unstated_too => Reason::Unstated,
            Foreigners::Unknown | Foreigners::No => return None,
        });
    }
    Some(reasons)
}

#[cfg(test)]
mod tests {
    use super::super::pay::Pay;
    use super::*;
    use jiff::civil::date;

    fn vacancy(id: u32, trade: u16, region: u8, pay: &str, posted: Date) -> Vacancy {
        Vacancy {
            id: id.to_string(),
            source: "feed".into(),
            url: None,
            title: format!("title {id}"),
            trade: Some(Isco(trade)),
            region: Some(Kato(region)),
            place: String::new(),
            pay: Pay::read(pay),
            employer: format!("employer {id}"),
            housing: Housing::Unknown,
            foreigners: Foreigners::Unknown,
            beginner: None,
            posted,
            until: date(2026, 12, 31),
        }
    }

    fn shelf(vacancies: Vec<Vacancy>) -> Shelf {
        Shelf::of(vacancies, &Shelf::default()).0
    }

    fn ids(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.vacancy.id.as_str()).collect()
    }

    const TODAY: Date = date(2026, 11, 25);

    #[test]
    fn the_newest_come_first_and_among_them_the_better_paid() {
        let (old, new) = (date(2026, 11, 1), date(2026, 11, 20));
        let shelf = shelf(vec![
            vacancy(1, 5120, 75, "от 300000 тг", old),
            vacancy(2, 5120, 75, "от 150000 тг", new),
            vacancy(3, 5120, 75, "от 200000 тг", new),
            vacancy(4, 7112, 75, "от 900000 тг", new),
            vacancy(5, 5120, 71, "от 900000 тг", new),
        ]);
        let wish = Wish { trade: Some(Isco(5120)), region: Some(Kato(75)), ..Wish::default() };
        let found = shelf.find(&wish, &HashSet::new(), TODAY, 0, 10);
        assert_eq!(ids(&found), ["3", "2", "1"]);
        assert_eq!(found[0].reasons, [Reason::Trade, Reason::Region]);
        assert_eq!(ids(&shelf.find(&wish, &HashSet::new(), TODAY, 1, 1)), ["2"], "page by page");
        let seen = HashSet::from([found[0].code]);
        assert_eq!(ids(&shelf.find(&wish, &seen, TODAY, 0, 10)), ["2", "1"], "what he has seen is left out");
        assert!(shelf.find(&wish, &seen, date(2027, 1, 1), 0, 10).is_empty(), "past its last day");
    }

    #[test]
    fn a_foreigner_is_shown_what_says_that_he_may_come_and_the_rest_only_when_he_asks() {
        let day = date(2026, 11, 1);
        let of = |id, foreigners| Vacancy { foreigners, ..vacancy(id, 5120, 75, "", day) };
        let shelf = shelf(vec![
            of(1, Foreigners::Yes),
            of(2, Foreigners::Permit),
            of(3, Foreigners::Unknown),
            of(4, Foreigners::No),
        ]);
        let found = |wish: Wish| {
            let mut found: Vec<String> = shelf
                .find(&wish, &HashSet::new(), TODAY, 0, 10)
                .iter()
                .map(|f| f.vacancy.id.clone())
                .collect();
            found.sort();
            found
        };
        assert_eq!(found(Wish::default()), ["1", "2", "3", "4"]);
        let foreign = Wish { group: Group::Foreign, ..Wish::default() };
        assert_eq!(found(foreign.clone()), ["1", "2"]);
        assert_eq!(found(Wish { unstated_too: true, ..foreign }), ["1", "2", "3"]);
    }

    #[test]
    fn unknown_is_never_yes() {
        let day = date(2026, 11, 1);
        let plain = vacancy(1, 5120, 75, "", day);
        for wish in [
            Wish { housing: true, ..Wish::default() },
            Wish { beginner: true, ..Wish::default() },
            Wish { pay_least: Some(1), ..Wish::default() },
        ] {
            assert_eq!(reasons(&plain, &wish), None, "{wish:?}");
        }
        let good =
            Vacancy { housing: Housing::Free, beginner: Some(true), pay: Pay::read("200000"), ..plain };
        let wish = Wish { housing: true, beginner: true, pay_least: Some(200_000), ..Wish::default() };
        assert_eq!(reasons(&good, &wish), Some(vec![Reason::Pay, Reason::Housing, Reason::Beginner]));
    }

    #[test]
    fn codes_stay_with_their_vacancies_and_an_offer_of_two_feeds_stands_once() {
        let day = date(2026, 11, 1);
        let first: Vec<Vacancy> = (0..2_000).map(|id| vacancy(id, 5120, 75, "", day)).collect();
        let before = shelf(first.clone());
        assert_eq!(before.len(), 2_000);
        let twin =
            Vacancy { source: "drop".into(), id: "x".into(), posted: date(2026, 11, 2), ..first[7].clone() };
        let more = (2_000..4_000).map(|id| vacancy(id, 5120, 75, "", day));
        let (after, same) = Shelf::of(first.into_iter().chain([twin]).chain(more), &before);
        assert_eq!((after.len(), same), (4_000, 1));
        for (code, kept) in &before.all {
            assert_eq!(after.get(*code).unwrap().title, kept.title);
        }
        let newest = after.all.values().find(|kept| kept.title == "title 7").unwrap();
        assert_eq!(newest.source, "drop", "as the newest states it");
    }

    #[test]
    fn the_same_vacancies_get_the_same_codes_in_any_order() {
        let day = date(2026, 11, 1);
        let all: Vec<Vacancy> = (0..500).map(|id| vacancy(id, 5120, 75, "", day)).collect();
        let turned: Vec<Vacancy> = all.iter().rev().cloned().collect();
        assert_eq!(shelf(all).all, shelf(turned).all);
    }
}
