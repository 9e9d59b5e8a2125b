//! What a vacancy pays, out of a feed's own words: "от 150 000 до 250 000 тг.", `MonetaryAmount`, or nothing.

use serde::{Deserialize, Serialize};

/// Above it a figure is a slip of the keyboard, not a wage: twenty million tenge a month.
const TENGE_MAX: u32 = 20_000_000;

/// Pay as stated; what is not stated is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// At least, in whole units of `currency`.
    pub from: Option<u32>,
    /// At most.
    pub to: Option<u32>,
    /// In what.
    pub currency: Currency,
    /// For how long a work.
    pub per: Per,
}

/// A currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Currency {
    /// Tenge.
    #[default]
    Kzt,
    /// Roubles.
    Rub,
    /// US dollars.
    Usd,
}

/// The time a pay is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Per {
    /// A month.
    #[default]
    Month,
    /// A day.
    Day,
    /// An hour.
    Hour,
    /// A shift or a piece: cannot be compared.
    Piece,
}

impl Currency {
    fn sign(self) -> &'static str {
        match self {
            Self::Kzt => "тг",
            Self::Rub => "руб",
            Self::Usd => "USD",
        }
    }
}

impl Per {
    fn sign(self) -> &'static str {
        match self {
            Self::Month => "",
            Self::Day => "/24h",
            Self::Hour => "/h",
            Self::Piece => "/1",
        }
    }
}

impl Pay {
    /// Pay in a feed's words; `None` where no figure is stated ("по договорённости").
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let small = text.to_lowercase();
        let figures = figures(&small);
        let (first, second) = (figures.first(), figures.get(1));
        let (from, to) = match (first, second) {
            (None, _) => return None,
            (Some((at, figure)), None) if named(&small, *at, &["до", "up to", "дейін", "gacha"]) => {
                (None, Some(*figure))
            }
            (Some((_, figure)), None) => (Some(*figure), None),
            (Some((_, from)), Some((_, to))) if from <= to => (Some(*from), Some(*to)),
            // Turned round by mistake: the pair still says what it says.
            (Some((_, to)), Some((_, from))) => (Some(*from), Some(*to)),
        };
        Some(Self { from, to, currency: currency(&small), per: per(&small) })
    }

    /// `from` and `to` as `MonetaryAmount` has them, with `currency` and `unitText` where stated.
    #[must_use]
    pub fn of(from: Option<f64>, to: Option<f64>, code: &str, unit: &str) -> Option<Self> {
        let (from, to) = (from.and_then(whole), to.and_then(whole));
        if from.is_none() && to.is_none() {
            return None;
        }
        Some(Self { from, to, currency: currency(&code.to_lowercase()), per: per(&unit.to_lowercase()) })
    }

    /// As a line has room for it: `250000-300000тг`, `1500тг/h`.
    #[must_use]
    pub fn short(&self) -> String {
        let figures = match (self.from, self.to) {
            (Some(from), Some(to)) if from != to => format!("{from}-{to}"),
            (Some(one), _) => format!("{one}"),
            (None, Some(to)) => format!("<{to}"),
            (None, None) => return String::new(),
        };
        format!("{figures}{}{}", self.currency.sign(), self.per.sign())
    }

    /// The same with the least figure alone.
    #[must_use]
    pub fn least(&self) -> String {
        let to = if self.from.is_some() { None } else { self.to };
        Self { to, ..*self }.short()
    }

    /// The least tenge a month it promises, where that can be said.
    #[must_use]
    pub fn tenge_a_month(&self) -> Option<u32> {
        let comparable = self.currency == Currency::Kzt && self.per == Per::Month;
        self.from.or(self.to).filter(|_| comparable)
    }
}

fn whole(figure: f64) -> Option<u32> {
    let sound = figure.is_finite() && figure >= 1.0 && figure <= f64::from(TENGE_MAX);
    // Through text: a cast would round and wrap without a word.
    sound.then(|| format!("{figure:.0}").parse().ok()).flatten()
}

/// Figures with their places: digits with blanks, dots or commas between thousands; "тыс" after one is a thousand.
fn figures(text: &str) -> Vec<(usize, u32)> {
    let mut found: Vec<(usize, u32)> = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        if !character.is_ascii_digit() {
            continue;
        }
        let mut digits = String::from(character);
        let mut end = at.saturating_add(1);
        while let Some((next, character)) = rest.peek().copied() {
            let follows = || text.get(next..).is_some_and(begins_thousands);
            if character.is_ascii_digit() {
                digits.push(character);
            } else if !(is_blank(character) || matches!(character, '.' | ',')) || !follows() {
                break;
            }
            end = next.saturating_add(character.len_utf8());
            rest.next();
        }
        let after = text.get(end..).unwrap_or_default().trim_start();
        let thousand = ["тыс", "мың", "ming", "миң"].iter().any(|word| after.starts_with(word));
        let figure = digits.parse::<u32>().ok().and_then(|n| n.checked_mul(if thousand { 1_000 } else { 1 }));
        if let Some(figure) = figure.filter(|figure| (1..=TENGE_MAX).contains(figure)) {
            found.push((at, figure));
        }
    }
    found
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// One separator, then exactly three digits.
fn begins_thousands(rest: &str) -> bool {
    let digits: Vec<bool> = rest.chars().skip(1).take(4).map(|c| c.is_ascii_digit()).collect();
    matches!(digits.as_slice(), [true, true, true] | [true, true, true, false])
}

fn named(text: &str, at: usize, words: &[&str]) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let after = text.get(at..).unwrap_or_default();
    words.iter().any(|word| before.ends_with(word) || after.contains(word))
}

fn currency(text: &str) -> Currency {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["руб", "rub", "₽"]) {
        Currency::Rub
    } else if has(&["usd", "$", "долл"]) {
        Currency::Usd
    } else {
        Currency::Kzt
    }
}

fn per(text: &str) -> Per {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["час", "hour", "сағат"]) {
        Per::Hour
    } else if has(&["сдель", "за смену", "piece", "за вахту"]) {
        Per::Piece
    } else if has(&["в день", "day", "күніне", "за день"]) {
        Per::Day
    } else {
        Per::Month
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_are_read_as_feeds_write_them() {
        for (text, from, to) in [
            ("от 150 000 до 250 000 тг.", Some(150_000), Some(250_000)),
            ("от 150\u{a0}000 тг.", Some(150_000), None),
            ("до 300000 тг", None, Some(300_000)),
            ("250.000-300.000 тенге", Some(250_000), Some(300_000)),
            ("200 тыс. тг", Some(200_000), None),
            ("до 200 тыс. тг", None, Some(200_000)),
            ("300 000 до 200 000", Some(200_000), Some(300_000)),
            ("85000", Some(85_000), None),
            ("150 000 теңгеге дейін", None, Some(150_000)),
        ] {
            let pay = Pay::read(text).unwrap();
            assert_eq!((pay.from, pay.to, pay.currency), (from, to, Currency::Kzt), "{text:?}");
        }
        for text in ["по договорённости", "", "99999999999 тг", "0 тг"] {
            assert_eq!(Pay::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_tenge_a_month_can_be_compared() {
        assert_eq!(Pay::read("от 150 000 тг. в месяц").unwrap().tenge_a_month(), Some(150_000));
        for text in ["1 500 тг в час", "90 000 руб.", "$900", "20 000 за смену"] {
            assert_eq!(Pay::read(text).unwrap().tenge_a_month(), None, "{text}");
        }
    }

    #[test]
    fn amounts_of_a_posting_are_whole_and_bounded() {
        assert_eq!(Pay::of(Some(150_000.0), None, "KZT", "MONTH").unwrap().from, Some(150_000));
        for wrong in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e12] {
            assert_eq!(Pay::of(Some(wrong), None, "KZT", "MONTH"), None, "{wrong}");
        }
        assert_eq!(Pay::of(Some(1200.0), None, "KZT", "HOUR").unwrap().per, Per::Hour);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in any::<String>(), near in "[0-9 .,тыс дооа\u{a0}]{0,40}") {
            for text in [text, near] {
                if let Some(Pay { from: Some(from), to: Some(to), .. }) = Pay::read(&text) {
                    prop_assert!(from <= to && to <= TENGE_MAX);
                }
            }
        }
    }
}
