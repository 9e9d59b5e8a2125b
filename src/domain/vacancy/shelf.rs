//! All open vacancies, found by trade, word and region: the same answer to the same question, in an order that is said.

use super::region::Kato;
use super::trade::Isco;
use super::{Foreigners, Housing, Vacancy};
use crate::domain::envelope::StepKey;
use crate::domain::lang::Lang;
use crate::domain::text::translit;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Codes there are: `J` and six digits, as many as a person types without a slip.
const CODES: u32 = 1_000_000;
/// Letters of a title's word by which it can be found.
const WORD_MIN: usize = 3;

/// A vacancy's short code: what stands behind `J`.
pub type Code = u32;

/// What somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Only this trade.
    pub trade: Option<Isco>,
    /// Without a trade: only where a title holds this word.
    pub word: Option<String>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Vacancies held open at most; beyond it the oldest are left out.
pub const OPEN_MAX: usize = 50_000;
/// Closed vacancies remembered, so that whoever asks for one later is told.
pub const CLOSED_MAX: usize = 20_000;

/// All vacancies, deduplicated, each under its code.
#[derive(Debug, Default)]
pub struct Shelf {
    all: BTreeMap<Code, Arc<Vacancy>>,
    /// Those that their source no longer has, under the codes that they had.
    closed: BTreeMap<Code, Arc<Vacancy>>,
    /// Newest first, then better paid, then by code: the order of every answer.
    order: Vec<Code>,
    by_trade: HashMap<Isco, Vec<Code>>,
    /// By the words of their titles, in plain Latin.
    by_word: HashMap<String, Vec<Code>>,
}

/// What became of the vacancies that a shelf was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Open under a code now.
    pub open: usize,
    /// The same offer as another.
    pub same: usize,
    /// Left out, since there are more than are held.
    pub beyond: usize,
    /// Closed and remembered.
    pub closed: usize,
}

/// A row of a snapshot: a vacancy under its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its code.
    pub code: Code,
    /// Whether its source no longer has it.
    #[serde(default)]
    pub closed: bool,
    /// It.
    pub vacancy: Vacancy,
}

impl Shelf {
    /// The shelf of `vacancies`, after `before`.
    ///
    /// Codes of `before` stay with their vacancies; the same offer of several feeds stands once,
    /// as the newest of them states it. What `before` had and is no longer there is closed.
    #[must_use]
    pub fn of(vacancies: impl IntoIterator<Item = Vacancy>, before: &Self) -> (Self, Counts) {
        let mut counts = Counts::default();
        let mut offers: HashMap<StepKey, Vacancy> = HashMap::new();
        for vacancy in vacancies {
            match offers.entry(vacancy.sameness()) {
                Entry::Vacant(place) => drop(place.insert(vacancy)),
                Entry::Occupied(mut known) => {
                    counts.same = counts.same.saturating_add(1);
                    if newness(&vacancy) > newness(known.get()) {
                        known.insert(vacancy);
                    }
                }
            }
        }
        let mut offers: Vec<(StepKey, Vacancy)> = offers.into_iter().collect();
        if offers.len() > OPEN_MAX {
            counts.beyond = offers.len().saturating_sub(OPEN_MAX);
            offers.sort_by(|(_, a), (_, b)| newness(b).cmp(&newness(a)));
            offers.truncate(OPEN_MAX);
        }
        let known = before.closed.iter().chain(&before.all);
        let held: HashMap<StepKey, Code> = known.map(|(code, kept)| (kept.sameness(), *code)).collect();
        let mut shelf = Self::default();
        let mut fresh = Vec::new();
        for (key, vacancy) in offers {
            match held.get(&key) {
                Some(code) => drop(shelf.all.insert(*code, Arc::new(vacancy))),
                None => fresh.push((key, vacancy)),
            }
        }
        shelf.close(before);
        // In an order of their own, so that every gateway gives the same codes.
        fresh.sort_by_key(|(key, _)| *key);
        for (key, vacancy) in fresh {
            if let Some(code) = shelf.free_code(key) {
                shelf.all.insert(code, Arc::new(vacancy));
            }
        }
        shelf.sort();
        (counts.open, counts.closed) = (shelf.all.len(), shelf.closed.len());
        (shelf, counts)
    }

    /// The shelf that a snapshot holds.
    #[must_use]
    pub fn of_rows(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut shelf = Self::default();
        for Row { code, closed, vacancy } in rows.into_iter().filter(|row| row.code < CODES) {
            let side = if closed { &mut shelf.closed } else { &mut shelf.all };
            side.insert(code, Arc::new(vacancy));
        }
        shelf.closed.retain(|code, _| !shelf.all.contains_key(code));
        shelf.sort();
        shelf
    }

    /// Everything, for a snapshot.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let row = |closed| {
            move |(code, vacancy): (&Code, &Arc<Vacancy>)| Row {
                code: *code,
                closed,
                vacancy: (**vacancy).clone(),
            }
        };
        self.all.iter().map(row(false)).chain(self.closed.iter().map(row(true)))
    }

    /// All open vacancies as their sources state them.
    pub fn open(&self) -> impl Iterator<Item = &Vacancy> {
        self.all.values().map(AsRef::as_ref)
    }

    /// Remembers what `before` had and this one does not.
    fn close(&mut self, before: &Self) {
        let gone = before.closed.iter().chain(&before.all).filter(|(code, _)| !self.all.contains_key(code));
        let mut gone: Vec<(Code, Arc<Vacancy>)> = gone.map(|(code, kept)| (*code, kept.clone())).collect();
        if gone.len() > CLOSED_MAX {
            gone.sort_by(|(_, a), (_, b)| newness(b).cmp(&newness(a)));
            gone.truncate(CLOSED_MAX);
        }
        self.closed = gone.into_iter().collect();
    }

    /// A code by the offer itself, the next free one where it is taken; `None` when all are.
    fn free_code(&self, key: StepKey) -> Option<Code> {
        let StepKey([a, b, c, d, ..]) = key;
        let first = u32::from_be_bytes([a, b, c, d]).checked_rem(CODES)?;
        let ahead = (0..CODES).filter_map(|ahead| first.checked_add(ahead)?.checked_rem(CODES));
        ahead.into_iter().find(|code| !self.all.contains_key(code) && !self.closed.contains_key(code))
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
            let Some(vacancy) = self.all.get(code) else { continue };
            if let Some(trade) = vacancy.trade {
                self.by_trade.entry(trade).or_default().push(*code);
            }
            for word in title_words(&vacancy.title) {
                let codes = self.by_word.entry(word).or_default();
                if codes.last() != Some(code) {
                    codes.push(*code);
                }
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

    /// The vacancy under a code, and whether it is open on `today`: whoever asks for a closed one is told so.
    #[must_use]
    pub fn get(&self, code: Code, today: Date) -> Option<(&Arc<Vacancy>, bool)> {
        let open = self.all.get(&code).map(|kept| (kept, kept.is_open(today)));
        open.or_else(|| self.closed.get(&code).map(|kept| (kept, false)))
    }

    /// Whether anything on it may be offered on `today`: a feed that has gone silent is not "no work".
    #[must_use]
    pub fn is_current(&self, today: Date) -> bool {
        self.all.values().any(|vacancy| vacancy.is_offered(today))
    }

    /// Whether any title holds the word, in whatever letters it is typed.
    #[must_use]
    pub fn has_word(&self, typed: &str) -> bool {
        title_words(typed).next().is_some_and(|word| self.by_word.contains_key(&word))
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
        let fits = self.fitting(wish, today).filter(|(code, _, _)| !seen.contains(code));
        let found = fits.map(|(code, vacancy, reasons)| Found { code, vacancy: vacancy.clone(), reasons });
        found.skip(skip).take(most).collect()
    }

    /// How many open vacancies meet `wish`.
    #[must_use]
    pub fn count(&self, wish: &Wish, today: Date) -> usize {
        self.fitting(wish, today).count()
    }

    fn fitting<'a>(
        &'a self,
        wish: &'a Wish,
        today: Date,
    ) -> impl Iterator<Item = (Code, &'a Arc<Vacancy>, Vec<Reason>)> {
        let word = wish.word.as_deref().map(|typed| title_words(typed).next().unwrap_or_default());
        let codes = match (wish.trade, word) {
            (Some(trade), _) => self.by_trade.get(&trade).map(Vec::as_slice).unwrap_or_default(),
            (None, Some(word)) => self.by_word.get(&word).map(Vec::as_slice).unwrap_or_default(),
            (None, None) => self.order.as_slice(),
        };
        codes.iter().filter_map(move |code| {
            let vacancy = self.all.get(code)?;
            let reasons = reasons(vacancy, wish).filter(|_| vacancy.is_offered(today))?;
            Some((*code, vacancy, reasons))
        })
    }
}

/// The words of a title in plain small Latin letters, so that any keypad's spelling finds them; short ones say nothing.
fn title_words(title: &str) -> impl Iterator<Item = String> {
    let latin = translit::latin(Lang::Ru, &title.to_lowercase()).to_lowercase();
    // A keypad writes х as h.
    let latin = latin.replace(['\'', '`'], "").replace("kh", "h");
    let words: Vec<String> = latin
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= WORD_MIN)
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

fn newness(vacancy: &Vacancy) -> (Date, Date, &str, &str) {
    (vacancy.posted, vacancy.until, &vacancy.source, &vacancy.id)
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
            checked: TODAY,
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
        let (after, counts) = Shelf::of(first.into_iter().chain([twin]).chain(more), &before);
        assert_eq!((after.len(), counts.same), (4_000, 1));
        for (code, kept) in &before.all {
            assert_eq!(after.get(*code, TODAY).unwrap().0.title, kept.title);
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

    #[test]
    fn what_its_source_no_longer_has_is_closed_and_keeps_its_code_for_whoever_asks() {
        let day = date(2026, 11, 1);
        let before = shelf(vec![vacancy(1, 5120, 75, "", day), vacancy(2, 5120, 75, "", day)]);
        let code = *before.all.iter().find(|(_, kept)| kept.id == "1").unwrap().0;
        let (after, counts) = Shelf::of([vacancy(2, 5120, 75, "", day)], &before);
        assert_eq!((counts.open, counts.closed), (1, 1));
        let (kept, open) = after.get(code, TODAY).unwrap();
        assert_eq!((kept.id.as_str(), open), ("1", false));
        let again = Shelf::of_rows(after.rows());
        assert!(!again.get(code, TODAY).unwrap().1, "a snapshot remembers it too");
        let (back, _) = Shelf::of([vacancy(1, 5120, 75, "", day)], &again);
        assert!(back.get(code, TODAY).unwrap().1, "it comes back under the same code");
    }

    #[test]
    fn a_word_of_the_title_finds_it_in_any_letters() {
        let title = "Бухгалтер на склад".to_owned();
        let shelf = shelf(vec![Vacancy { title, trade: None, ..vacancy(1, 5120, 75, "", TODAY) }]);
        for typed in ["бухгалтер", "БУХГАЛТЕР", "BUHGALTER", "sklad"] {
            let wish = Wish { word: Some(typed.into()), ..Wish::default() };
            assert_eq!((shelf.count(&wish, TODAY), shelf.has_word(typed)), (1, true), "{typed}");
        }
        assert!(!shelf.has_word("на") && !shelf.has_word("повар"));
    }
}
