//! The words of the pages in Kazakh, Russian and English, and what callers say in all six languages: files, not code.

use crate::domain::lang::Lang;
use crate::domain::ticket::{Outcome, Queue, TicketState};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The languages of the pages, in the order in which they are offered.
pub const LANGS: [Lang; 3] = [Lang::Kk, Lang::Ru, Lang::En];

/// A file of words that is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the desk's words, {file}: {reason}")]
pub struct TextsError {
    file: &'static str,
    reason: String,
}

/// All words, checked whole at start: a missing one is an error there and never an empty place on a page.
pub(super) struct Texts {
    kk: Words,
    ru: Words,
    en: Words,
    scripts: BTreeMap<Lang, CallScript>,
}

impl Texts {
    /// Reads the files that are built in.
    pub(super) fn new() -> Result<Self, TextsError> {
        let scripts: BTreeMap<Lang, CallScript> = read("callers.toml", include_str!("texts/callers.toml"))?;
        if let Some(lang) = Lang::ALL.into_iter().find(|lang| !scripts.contains_key(lang)) {
            return Err(TextsError { file: "callers.toml", reason: format!("{} is missing", lang.tag()) });
        }
        Ok(Self {
            kk: read("kk.toml", include_str!("texts/kk.toml"))?,
            ru: read("ru.toml", include_str!("texts/ru.toml"))?,
            en: read("en.toml", include_str!("texts/en.toml"))?,
            scripts,
        })
    }

    /// The words of a language; of one that the pages do not speak, Russian (`kopir users` offers none such).
    pub(super) fn of(&self, lang: Lang) -> &Words {
        match lang {
            Lang::Kk => &self.kk,
            Lang::En => &self.en,
            Lang::Ru | Lang::Uz | Lang::Ky | Lang::Tg => &self.ru,
        }
    }

    /// What a caller says in a language.
    pub(super) fn script(&self, lang: Lang) -> Option<&CallScript> {
        self.scripts.get(&lang)
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &'static str, text: &str) -> Result<T, TextsError> {
    toml::from_str(text).map_err(|error| TextsError { file, reason: error.to_string() })
}

/// What a caller says; no topic and no name of an office, since anybody may have picked up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallScript {
    pub(super) opening: String,
    pub(super) whose: String,
    pub(super) somebody_else: String,
    pub(super) safe: String,
}

/// The words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) page: PageWords,
    pub(super) sign_in: SignInWords,
    pub(super) list: ListWords,
    pub(super) ticket: TicketWords,
    pub(super) act: ActWords,
    pub(super) done: DoneWords,
    pub(super) wrong: WrongWords,
    pub(super) service: ServiceWords,
    pub(super) state: StateWords,
    pub(super) queue: BTreeMap<Queue, String>,
    pub(super) outcome: OutcomeWords,
    pub(super) lang: BTreeMap<Lang, String>,
    pub(super) topic: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageWords {
    pub(super) product: String,
    pub(super) skip: String,
    pub(super) pages: String,
    pub(super) open: String,
    pub(super) closed: String,
    pub(super) service: String,
    pub(super) language: String,
    pub(super) sign_out: String,
    pub(super) sample: String,
    pub(super) leaving: String,
    pub(super) stay: String,
    pub(super) minutes: String,
    pub(super) hours: String,
    pub(super) days: String,
    pub(super) news: String,
    pub(super) reload: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInWords {
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) name: String,
    pub(super) password: String,
    pub(super) enter: String,
    pub(super) wrong: String,
    pub(super) wait: String,
    pub(super) busy: String,
    pub(super) cookie: String,
    pub(super) ended: String,
    pub(super) out: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListWords {
    pub(super) title: String,
    pub(super) closed_title: String,
    pub(super) yours: String,
    pub(super) danger: String,
    pub(super) danger_note: String,
    pub(super) escalated: String,
    pub(super) waiting: String,
    pub(super) complaints: String,
    pub(super) complaints_note: String,
    pub(super) empty: String,
    pub(super) empty_note: String,
    pub(super) closed_empty: String,
    pub(super) not_yours: String,
    pub(super) safe_now: String,
    pub(super) not_now: String,
    pub(super) any_hour: String,
    pub(super) overdue: String,
    pub(super) held_by: String,
    pub(super) claim: String,
    pub(super) more: String,
    pub(super) keys: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketWords {
    pub(super) back: String,
    pub(super) way: String,
    pub(super) receipt: String,
    pub(super) asked: String,
    pub(super) due: String,
    pub(super) language: String,
    pub(super) safe: String,
    pub(super) holder: String,
    pub(super) nobody: String,
    pub(super) phone: String,
    pub(super) phone_own: String,
    pub(super) phone_borrowed: String,
    pub(super) phone_unknown: String,
    pub(super) sms: String,
    pub(super) sms_yes: String,
    pub(super) sms_no: String,
    pub(super) wrote: String,
    pub(super) nothing: String,
    pub(super) number: String,
    pub(super) number_note: String,
    pub(super) here: String,
    pub(super) show: String,
    pub(super) shown: String,
    pub(super) copy: String,
    pub(super) copied: String,
    pub(super) say: String,
    pub(super) say_note: String,
    pub(super) if_else: String,
    pub(super) claim: String,
    pub(super) claim_note: String,
    pub(super) taken_note: String,
    pub(super) call: String,
    pub(super) text: String,
    pub(super) text_note: String,
    pub(super) text_called: String,
    pub(super) text_missed: String,
    pub(super) too_early: String,
    pub(super) reached: String,
    pub(super) not_reached: String,
    pub(super) note: String,
    pub(super) note_hint: String,
    pub(super) keep: String,
    pub(super) close: String,
    pub(super) how: String,
    pub(super) close_button: String,
    pub(super) more: String,
    pub(super) escalate: String,
    pub(super) release: String,
    pub(super) assign: String,
    pub(super) assign_button: String,
    pub(super) reopen: String,
    pub(super) history: String,
    pub(super) escalated: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActWords {
    pub(super) asked: String,
    pub(super) claim: String,
    pub(super) release: String,
    pub(super) shown: String,
    pub(super) reached: String,
    pub(super) not_reached: String,
    pub(super) texted_called: String,
    pub(super) texted_missed: String,
    pub(super) note: String,
    pub(super) escalate: String,
    pub(super) close: String,
    pub(super) reopen: String,
    pub(super) assign: String,
    pub(super) clock: String,
    pub(super) person: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DoneWords {
    pub(super) claim: String,
    pub(super) release: String,
    pub(super) called: String,
    pub(super) text: String,
    pub(super) note: String,
    pub(super) escalate: String,
    pub(super) close: String,
    pub(super) reopen: String,
    pub(super) assign: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrongWords {
    pub(super) title: String,
    pub(super) no_page: String,
    pub(super) not_allowed: String,
    pub(super) old_form: String,
    pub(super) elsewhere: String,
    pub(super) taken: String,
    pub(super) not_claimed: String,
    pub(super) closed: String,
    pub(super) not_closed: String,
    pub(super) not_asked: String,
    pub(super) empty_note: String,
    pub(super) long_note: String,
    pub(super) no_outcome: String,
    pub(super) no_user: String,
    pub(super) store: String,
    pub(super) not_logged: String,
    pub(super) home: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceWords {
    pub(super) title: String,
    pub(super) users: String,
    pub(super) users_note: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) language: String,
    pub(super) sees: String,
    pub(super) nothing: String,
    pub(super) desk: String,
    pub(super) lead: String,
    pub(super) admin: String,
    pub(super) hours: String,
    pub(super) hours_note: String,
    pub(super) hours_none: String,
    pub(super) day: String,
    pub(super) day_hours: String,
    pub(super) open_now: String,
    pub(super) closed_now: String,
    pub(super) closed_day: String,
    pub(super) mon: String,
    pub(super) tue: String,
    pub(super) wed: String,
    pub(super) thu: String,
    pub(super) fri: String,
    pub(super) sat: String,
    pub(super) sun: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateWords {
    pub(super) open: String,
    pub(super) claimed: String,
    pub(super) called: String,
    pub(super) closed: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutcomeWords {
    pub(super) helped: String,
    pub(super) passed_on: String,
    pub(super) not_reached: String,
    pub(super) not_wanted: String,
}

impl Words {
    /// A state in words.
    pub(super) fn state(&self, state: &TicketState) -> &str {
        match state {
            TicketState::Open => &self.state.open,
            TicketState::Claimed { .. } => &self.state.claimed,
            TicketState::Called { .. } => &self.state.called,
            TicketState::Closed { .. } => &self.state.closed,
        }
    }

    /// An outcome in words.
    pub(super) fn outcome(&self, outcome: Outcome) -> &str {
        match outcome {
            Outcome::Helped => &self.outcome.helped,
            Outcome::PassedOn => &self.outcome.passed_on,
            Outcome::NotReached => &self.outcome.not_reached,
            Outcome::NotWanted => &self.outcome.not_wanted,
        }
    }

    /// A queue in words.
    pub(super) fn queue(&self, queue: Queue) -> &str {
        self.queue.get(&queue).map_or(queue.word(), String::as_str)
    }

    /// A topic in words; one that an operator's own menu named and this file does not know, as the menu names it.
    pub(super) fn topic<'a>(&'a self, topic: &'a str) -> &'a str {
        self.topic.get(topic).map_or(topic, String::as_str)
    }

    /// A language in words.
    pub(super) fn lang(&self, lang: Lang) -> &str {
        self.lang.get(&lang).map_or(lang.tag(), String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every text of a file with its place.
    fn all(text: &str) -> BTreeMap<String, String> {
        let table: toml::Table = toml::from_str(text).unwrap();
        let mut found = BTreeMap::new();
        for (section, keys) in &table {
            for (key, value) in keys.as_table().unwrap() {
                found.insert(format!("{section}.{key}"), value.as_str().unwrap().to_owned());
            }
        }
        found
    }

    fn places(text: &str) -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|tail| tail.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    #[test]
    fn every_text_stands_in_all_three_languages_with_the_same_places() {
        let texts = Texts::new().unwrap();
        for words in [&texts.kk, &texts.ru, &texts.en] {
            assert_eq!(words.queue.len(), Queue::ALL.len());
            assert_eq!(words.lang.len(), Lang::ALL.len());
        }
        let files =
            [include_str!("texts/kk.toml"), include_str!("texts/ru.toml"), include_str!("texts/en.toml")];
        let [kk, ru, en] = files.map(all);
        for (key, text) in &en {
            for (other, lang) in [(&kk, "kk"), (&ru, "ru")] {
                let theirs = other.get(key).unwrap_or_else(|| panic!("{lang} has no {key}"));
                assert!(!theirs.trim().is_empty() && !text.trim().is_empty(), "{key}");
                assert_eq!(places(theirs), places(text), "{lang}: {key}");
            }
        }
        assert_eq!((kk.len(), ru.len()), (en.len(), en.len()));
    }

    #[test]
    fn what_a_caller_says_names_no_topic() {
        let texts = Texts::new().unwrap();
        for lang in Lang::ALL {
            let script = texts.script(lang).unwrap();
            for said in [&script.opening, &script.whose, &script.somebody_else, &script.safe] {
                assert!(!said.is_empty());
                for telling in ["Kopir", "desk", "migra", "мигра", "жалоб", "112", "passport", "паспорт"]
                {
                    assert!(!said.to_lowercase().contains(&telling.to_lowercase()), "{}: {said}", lang.tag());
                }
            }
        }
    }
}
