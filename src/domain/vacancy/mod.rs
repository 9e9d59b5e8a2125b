//! A vacancy as Kopir knows it: what a feed states, in one form; what it does not state is `Unknown`, never guessed.

pub mod alert;
pub mod ask;
pub mod feed;
pub mod import;
mod names;
pub mod page;
pub mod pay;
pub mod posting;
pub mod region;
pub mod shelf;
pub mod trade;

use super::content::days_between;
use super::envelope::StepKey;
use jiff::civil::Date;
use pay::Pay;
use region::Kato;
use serde::{Deserialize, Serialize};
use trade::Isco;

/// Characters of a title kept; the longest real one is far below.
pub const TITLE_MAX: usize = 80;
/// Characters of an employer's name kept.
pub const EMPLOYER_MAX: usize = 60;
/// Days for which a source's word holds that a vacancy is there (72 hours).
const CHECKED_DAYS: i64 = 3;
/// Characters of a source's name: people are told it.
pub const SOURCE_MAX: usize = 14;

/// One place of work on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacancy {
    /// Its id at its source.
    pub id: String,
    /// Which feed it came from: a configured name.
    pub source: String,
    /// Where it can be looked at; never shown to a person, asked whether it is still open.
    pub url: Option<String>,
    /// Its title, as stated.
    pub title: String,
    /// Its trade, where code or title tell.
    pub trade: Option<Isco>,
    /// Its region, where the place tells.
    pub region: Option<Kato>,
    /// The place in the feed's words.
    pub place: String,
    /// What it pays, where stated.
    pub pay: Option<Pay>,
    /// Who offers it.
    pub employer: String,
    /// Whether a place to live comes with it.
    pub housing: Housing,
    /// Whether it is open to people without citizenship or қандас status.
    pub foreigners: Foreigners,
    /// Whether no experience is asked; `None` where nothing is said.
    pub beginner: Option<bool>,
    /// When it was posted.
    pub posted: Date,
    /// Its last day; after it it is not shown.
    pub until: Date,
    /// When its source last said that it is there.
    pub checked: Date,
}

/// A place to live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Housing {
    /// Stated: none.
    None,
    /// Stated: free.
    Free,
    /// Stated: paid.
    Paid,
    /// Nothing is stated; counts as none where housing is asked for.
    #[default]
    Unknown,
}

/// Who may take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Foreigners {
    /// Stated: anybody.
    Yes,
    /// Stated: with the employer's permit.
    Permit,
    /// Stated: citizens only.
    No,
    /// Nothing is stated.
    #[default]
    Unknown,
}

impl Vacancy {
    /// What makes two postings one offer: employer, title, region and pay in one form, whatever feed or id they have.
    #[must_use]
    pub fn sameness(&self) -> StepKey {
        let plain = |text: &str| -> String {
            text.to_lowercase().replace('ё', "е").chars().filter(|c| c.is_alphanumeric()).collect()
        };
        let pay = self.pay.map_or_else(String::new, |pay| format!("{pay:?}"));
        let region = self.region.map_or(0, |kato| kato.0);
        StepKey::of(&[
            plain(&self.employer).as_bytes(),
            plain(&self.title).as_bytes(),
            &[region],
            pay.as_bytes(),
        ])
    }

    /// Whether it may be offered on `today`: open, and its source has said so lately.
    #[must_use]
    pub fn is_offered(&self, today: Date) -> bool {
        self.is_open(today) && days_between(self.checked, today) <= CHECKED_DAYS
    }

    /// Whether its last day has not gone by on `today`.
    #[must_use]
    pub fn is_open(&self, today: Date) -> bool {
        today <= self.until
    }
}

/// Why a posting was put aside; its text goes into the import's report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Aside {
    /// It is not in a form that is known.
    #[error("not a posting: {0}")]
    Malformed(String),
    /// Something that every vacancy must state is missing.
    #[error("\"{0}\" is missing")]
    Missing(&'static str),
    /// A field cannot be read.
    #[error("\"{field}\" cannot be read: \"{found}\"")]
    Unreadable {
        /// Which.
        field: &'static str,
        /// What stands there, cut.
        found: String,
    },
    /// It is past its last day.
    #[error("expired on {0}")]
    Expired(Date),
    /// The page says that it is in the archive.
    #[error("in the archive")]
    Archived,
    /// One feed may not fill the memory.
    #[error("more than {} in one feed", import::TAKEN_MAX)]
    TooMany,
}

impl Aside {
    /// All words of `word`.
    pub const WORDS: [&'static str; 6] =
        ["malformed", "missing", "unreadable", "expired", "archived", "too-many"];

    /// The word in metrics and reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Missing(_) => "missing",
            Self::Unreadable { .. } => "unreadable",
            Self::Expired(_) => "expired",
            Self::Archived => "archived",
            Self::TooMany => "too-many",
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use jiff::civil::date;

    pub(in crate::domain) fn vacancy() -> Vacancy {
        Vacancy {
            id: "1".into(),
            source: "feed".into(),
            url: None,
            title: "Повар".into(),
            trade: Some(Isco(5120)),
            region: Some(Kato(75)),
            place: "Алматы".into(),
            pay: Pay::read("от 200 000 тг"),
            employer: "ТОО «Дастархан»".into(),
            housing: Housing::Unknown,
            foreigners: Foreigners::Unknown,
            beginner: None,
            posted: date(2026, 11, 1),
            until: date(2026, 12, 1),
            checked: date(2026, 11, 25),
        }
    }

    #[test]
    fn the_same_offer_of_two_feeds_is_one_and_another_wage_is_another() {
        let other = Vacancy {
            id: "77".into(),
            source: "drop".into(),
            title: "ПОВАР ".into(),
            employer: "тоо \"Дастархан\"".into(),
            ..vacancy()
        };
        assert_eq!(vacancy().sameness(), other.sameness());
        let better = Vacancy { pay: Pay::read("от 250 000 тг"), ..vacancy() };
        assert_ne!(vacancy().sameness(), better.sameness());
    }

    #[test]
    fn the_last_day_still_counts() {
        assert!(vacancy().is_open(date(2026, 12, 1)) && !vacancy().is_open(date(2026, 12, 2)));
    }
}
