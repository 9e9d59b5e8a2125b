//! The table of words: what can be asked for by SMS and by which words, in every language (research: domain §6).

use super::matching::{Entry, Index, Weight};
use crate::domain::lang::Lang;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table that comes with Kopir.
pub const BUILT_IN: &str = include_str!("words.yaml");

/// What a word asks for, by its English word; known whether its service is built or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// The state of an application.
    Status,
    /// Find work.
    Job,
    /// Be told of new work.
    Alert,
    /// Courses.
    Course,
    /// My certificates.
    Cert,
    /// A new trade.
    Role,
    /// A visit to a centre.
    Book,
    /// Addresses of centres.
    Centre,
    /// Days left to stay.
    Days,
    /// The permit to work in a household.
    Permit,
    /// Visas.
    Visa,
    /// Quotas of the year.
    Quota,
    /// The steps of a qandas.
    Qandas,
    /// Not paid.
    Wage,
    /// Danger.
    Sos,
    /// Work abroad.
    Abroad,
    /// Is it a scam?
    Check,
    /// Call me back.
    Call,
    /// The language.
    Lang,
    /// What is stored about me.
    Data,
    /// The short menu.
    Help,
    /// No more messages.
    Stop,
}

impl Meaning {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 22] = [
        Self::Status,
        Self::Job,
        Self::Alert,
        Self::Course,
        Self::Cert,
        Self::Role,
        Self::Book,
        Self::Centre,
        Self::Days,
        Self::Permit,
        Self::Visa,
        Self::Quota,
        Self::Qandas,
        Self::Wage,
        Self::Sos,
        Self::Abroad,
        Self::Check,
        Self::Call,
        Self::Lang,
        Self::Data,
        Self::Help,
        Self::Stop,
    ];

    /// How much depends on understanding it rightly: what orders something of us is confirmed first.
    #[must_use]
    pub fn weight(self) -> Weight {
        match self {
            Self::Sos => Weight::Sos,
            Self::Stop => Weight::Stop,
            Self::Alert | Self::Book | Self::Call => Weight::Changing,
            Self::Status
            | Self::Job
            | Self::Course
            | Self::Cert
            | Self::Role
            | Self::Centre
            | Self::Days
            | Self::Permit
            | Self::Visa
            | Self::Quota
            | Self::Qandas
            | Self::Wage
            | Self::Abroad
            | Self::Check
            | Self::Lang
            | Self::Data
            | Self::Help => Weight::Plain,
        }
    }
}

/// Words by meaning and language, and everyday words that are none of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// At least one word for every meaning in every language.
    pub words: BTreeMap<Meaning, BTreeMap<Lang, Vec<String>>>,
    /// Words that sound or look like one of `words` and must not be taken for it; any letters, any case.
    #[serde(default)]
    pub everyday: Vec<String>,
}

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It is not a table of words; what the reader says, with line and column.
    #[error("not a table of words: {0}")]
    Malformed(String),
    /// A meaning has no word in a language.
    #[error("no word for {} in {}", meaning_name(*.0), .1.tag())]
    Missing(Meaning, Lang),
}

fn meaning_name(meaning: Meaning) -> String {
    format!("{meaning:?}").to_lowercase()
}

impl Table {
    /// Reads a table in YAML: `words`: meaning → language → words, `everyday`: words.
    ///
    /// # Errors
    /// `TableError`.
    pub fn parse(yaml: &str) -> Result<Self, TableError> {
        let table: Self =
            serde_saphyr::from_str(yaml).map_err(|error| TableError::Malformed(error.to_string()))?;
        for meaning in Meaning::ALL {
            for lang in Lang::ALL {
                let words = table.words.get(&meaning).and_then(|by_lang| by_lang.get(&lang));
                if words.is_none_or(|words| words.iter().all(|word| word.trim().is_empty())) {
                    return Err(TableError::Missing(meaning, lang));
                }
            }
        }
        Ok(table)
    }

    /// The index by which typed words are matched.
    #[must_use]
    pub fn index(&self) -> Index<Meaning> {
        let mut entries = Vec::new();
        for (meaning, by_lang) in &self.words {
            for (lang, words) in by_lang {
                entries.extend(words.iter().map(|word| Entry {
                    word: word.clone(),
                    lang: *lang,
                    opens: *meaning,
                    weight: meaning.weight(),
                }));
            }
        }
        Index::of(entries, &self.everyday)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_whole_and_its_words_do_not_collide() {
        let table = Table::parse(BUILT_IN).unwrap();
        assert_eq!(table.index().collisions(), []);
    }

    #[test]
    fn a_table_with_a_gap_is_refused() {
        assert_eq!(
            Table::parse("words: {status: {kk: [СТАТУС]}}").unwrap_err(),
            TableError::Missing(Meaning::Status, Lang::Ru)
        );
        for wrong in
            ["words: 3", "verbs: {}", "words: {status: {xx: [A]}}", "words: {nothing: {kk: [A]}}", "]"]
        {
            assert!(matches!(Table::parse(wrong), Err(TableError::Malformed(_))), "{wrong}");
        }
        assert_eq!(TableError::Missing(Meaning::Sos, Lang::Kk).to_string(), "no word for sos in kk");
    }
}
