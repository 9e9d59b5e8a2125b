//! Trades by ISCO-08 unit group, and the words by which feeds and people name them; the first six are offered at once.

use super::names::{self, ByLang, Names};
use crate::domain::lang::Lang;
use crate::domain::text::translit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const BUILT_IN: &str = include_str!("trades.yaml");
/// Trades on the first screen; more would not fit with "more" and "back".
pub const OFFERED: usize = 6;

/// An ISCO-08 unit group: the first four digits of an НКЗ code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Isco(pub u16);

impl core::fmt::Debug for Isco {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Isco({:04})", self.0)
    }
}

impl Isco {
    /// The unit group of an НКЗ code such as `7112-1-001` or `7112`; `None` for what is no such code.
    #[must_use]
    pub fn of_nkz(code: &str) -> Option<Self> {
        let four = code.trim().get(..4)?;
        let ends =
            code.trim().get(4..).is_none_or(|rest| rest.is_empty() || rest.starts_with(['-', '.', ' ']));
        let digits = four.bytes().all(|octet| octet.is_ascii_digit());
        (digits && ends).then(|| four.parse().ok().map(Self)).flatten()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    trades: OrderedTrades,
}

/// The file's own order is the order in which trades are offered.
#[derive(Debug)]
struct OrderedTrades(Vec<(String, Names)>);

impl<'de> Deserialize<'de> for OrderedTrades {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> serde::de::Visitor<'de> for Pairs {
            type Value = OrderedTrades;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("trades by their four digits")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<OrderedTrades, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(OrderedTrades(all))
            }
        }
        reader.deserialize_map(Pairs)
    }
}

/// All trades with the words by which they are found.
#[derive(Debug, Default)]
pub struct Trades {
    order: Vec<Isco>,
    names: ByLang<Isco>,
    /// Words of a name → trade, the longest first.
    found: Vec<(Vec<String>, Isco)>,
}

/// The trades that come with Kopir; read once.
#[must_use]
pub fn trades() -> &'static Trades {
    static TRADES: OnceLock<Trades> = OnceLock::new();
    // The file is part of the program and its test reads it whole: an unreadable one finds nothing.
    TRADES.get_or_init(|| Trades::parse(BUILT_IN).unwrap_or_default())
}

impl Trades {
    /// Reads `trades: {"7112": {kk: …, ru: …, also: […]}}` in the order of the file.
    ///
    /// # Errors
    /// A sentence with line and column where it is no such file, a code is no unit group, or two trades share a name.
    pub fn parse(yaml: &str) -> Result<Self, String> {
        let file: File = serde_saphyr::from_str(yaml).map_err(|error| error.to_string())?;
        let mut found: BTreeMap<Vec<String>, Isco> = BTreeMap::new();
        let mut trades = Self::default();
        for (code, Names { names, also }) in file.trades.0 {
            let isco =
                Isco::of_nkz(&code).ok_or_else(|| format!("\"{code}\" is no unit group of four digits"))?;
            let own = names.iter().flat_map(|(lang, name)| [name.clone(), translit::latin(*lang, name)]);
            let also = also.iter().flat_map(|name| [name.clone(), translit::latin(Lang::Ru, name)]);
            for name in own.chain(also) {
                match found.insert(words(&name), isco) {
                    Some(other) if other != isco => {
                        return Err(format!("\"{name}\" is both {:04} and {:04}", other.0, isco.0));
                    }
                    _ => {}
                }
            }
            trades.order.push(isco);
            trades.names.insert(isco, names);
        }
        trades.found = found.into_iter().filter(|(words, _)| !words.is_empty()).collect();
        trades
            .found
            .sort_by_key(|(words, _)| core::cmp::Reverse(words.iter().map(String::len).sum::<usize>()));
        Ok(trades)
    }

    /// All trades in the order in which they are offered.
    #[must_use]
    pub fn order(&self) -> &[Isco] {
        &self.order
    }

    /// How a trade is called.
    #[must_use]
    pub fn name(&self, isco: Isco, lang: Lang) -> Option<&str> {
        names::name(&self.names, isco, lang)
    }

    /// The trade that a title or a typed word names: the longest name whose words stand in it side by side.
    #[must_use]
    pub fn find(&self, title: &str) -> Option<Isco> {
        let title = words(title);
        let holds = |name: &[String]| title.windows(name.len()).any(|window| window == name);
        self.found.iter().find(|(name, _)| holds(name)).map(|(_, isco)| *isco)
    }
}

/// The words of a name in small letters; `ё` as `е`, apostrophes left out, a hyphen parts words.
fn words(text: &str) -> Vec<String> {
    let small = text.to_lowercase().replace('ё', "е").replace(['\'', 'ʻ', '’', '‘'], "");
    small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_is_whole_and_finds_every_name_of_its_own() {
        let trades = Trades::parse(BUILT_IN).unwrap();
        assert!(trades.order().len() > OFFERED);
        for isco in trades.order() {
            for lang in Lang::ALL {
                let name = trades.name(*isco, lang).unwrap_or_else(|| panic!("{isco:?} {lang:?}"));
                assert_eq!(trades.find(name), Some(*isco), "{name}");
                assert_eq!(trades.find(&translit::latin(lang, name)), Some(*isco), "{name} in Latin");
            }
        }
    }

    #[test]
    fn titles_are_found_by_the_longest_name_they_hold() {
        for (title, wanted) in [
            ("Повар-кондитер", Some(5120)),
            ("Помощник повара", Some(9412)),
            ("Требуется ПОВАР (горячий цех)", Some(5120)),
            ("Водитель категории СЕ", Some(8332)),
            ("водитель", Some(8322)),
            ("Разнорабочий на вахту", Some(9313)),
            ("GISHT TERUVCHI", Some(7112)),
            ("Бухгалтер", None),
            ("", None),
        ] {
            assert_eq!(trades().find(title), wanted.map(Isco), "{title:?}");
        }
    }

    #[test]
    fn codes_of_the_classifier_give_their_unit_group() {
        for (code, wanted) in
            [("7112-1-001", Some(7112)), ("7112", Some(7112)), ("71123", None), ("7a12", None), ("", None)]
        {
            assert_eq!(Isco::of_nkz(code), wanted.map(Isco), "{code:?}");
        }
    }
}
