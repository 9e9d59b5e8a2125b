//! The known words, ready to be found: by form and by sound at one look each, by distance among those that can be near at all.

use super::{form, letters, readable, skeleton};
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Opens, Word};
use crate::domain::text::translit;
use std::collections::{BTreeSet, HashMap};

/// How much depends on a word's being understood rightly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It shows something.
    Plain,
    /// It orders or changes something: always confirmed.
    Changing,
    /// STOP: in any language, only alone.
    Stop,
    /// SOS: in any language, whatever follows.
    Sos,
}

impl Weight {
    /// That of a word.
    #[must_use]
    pub fn of(word: &Word) -> Self {
        match &word.opens {
            Opens::Stop => Self::Stop,
            Opens::Sos => Self::Sos,
            Opens::Menu(_) | Opens::Language | Opens::Start | Opens::Help if word.confirm => Self::Changing,
            Opens::Menu(_) | Opens::Language | Opens::Start | Opens::Help => Self::Plain,
        }
    }

    /// Whether it wins over every dialogue.
    #[must_use]
    pub fn is_urgent(self) -> bool {
        matches!(self, Self::Stop | Self::Sos)
    }
}

/// A word with all by which it is found.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) word: Word,
    pub(super) weight: Weight,
    pub(super) forms: Vec<String>,
    pub(super) skeletons: Vec<Near>,
    /// Its forms and what a Russian habit of transliteration makes of it: only distances are measured to these.
    pub(super) spellings: Vec<Near>,
}

impl Known {
    pub(super) fn means_same(&self, other: &Self) -> bool {
        self.word.opens == other.word.opens && self.word.meaning == other.word.meaning
    }
}

/// A spelling with what tells cheaply that another is far from it.
#[derive(Clone, Debug)]
pub(super) struct Near {
    pub(super) text: String,
    letters: usize,
    /// One bit a letter, by its place in the alphabets: an edit changes two of them at most.
    bag: u64,
}

impl Near {
    pub(super) fn of(text: String) -> Self {
        let bag = text.chars().fold(0, |bag, letter| bag | 1_u64 << (u32::from(letter) % 64));
        Self { letters: text.chars().count(), bag, text }
    }

    /// The distance of two spellings, if it is within what the shorter one bears: to 6 letters one, else two; with 3 only
    /// a letter lost or put in after the first, since every wrong letter makes another word of so short a one.
    pub(super) fn distance(&self, other: &Self) -> Option<usize> {
        let bound: u8 = match self.letters.min(other.letters) {
            0..=2 => return None,
            3 if self.letters == other.letters || self.text.chars().next() != other.text.chars().next() => {
                return None;
            }
            3..=6 => 1,
            _ => 2,
        };
        let far = self.letters.abs_diff(other.letters) > usize::from(bound);
        if far || (self.bag ^ other.bag).count_ones() > u32::from(bound) * 2 {
            return None;
        }
        let distance = strsim::osa_distance(&self.text, &other.text);
        Some(distance).filter(|distance| *distance <= usize::from(bound))
    }
}

/// Known words. Made when a bundle is loaded, never changed.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub(super) known: Vec<Known>,
    forms: HashMap<String, Vec<usize>>,
    sounds: HashMap<String, Vec<usize>>,
    everyday: BTreeSet<String>,
}

impl Index {
    /// An index of `words`; words of `everyday` are found by their form only.
    #[must_use]
    pub fn of(words: &[Word], everyday: &[String]) -> Self {
        let mut sorted: Vec<&Word> = words.iter().collect();
        sorted.sort_by_key(|word| word.lang);
        let mut index =
            Self { everyday: everyday.iter().map(|word| form(&readable(word))).collect(), ..Self::default() };
        for (at, word) in sorted.into_iter().enumerate() {
            let forms = forms(word.lang, &word.word);
            let skeletons = sounds(word.lang, &word.word);
            for form in &forms {
                index.forms.entry(form.clone()).or_default().push(at);
            }
            for sound in &skeletons {
                index.sounds.entry(sound.clone()).or_default().push(at);
            }
            let habit = form(&translit::latin(Lang::Ru, &word.word));
            index.known.push(Known {
                word: word.clone(),
                weight: Weight::of(word),
                spellings: forms.iter().cloned().chain([habit]).map(Near::of).collect(),
                skeletons: skeletons.into_iter().map(Near::of).collect(),
                forms,
            });
        }
        index
    }

    pub(super) fn by_form(&self, form: &str) -> impl Iterator<Item = &Known> {
        self.at(self.forms.get(form))
    }

    pub(super) fn by_sound(&self, sound: &str) -> impl Iterator<Item = &Known> {
        self.at(self.sounds.get(sound))
    }

    fn at<'i>(&'i self, places: Option<&'i Vec<usize>>) -> impl Iterator<Item = &'i Known> {
        places.into_iter().flatten().filter_map(|at| self.known.get(*at))
    }

    pub(super) fn is_everyday(&self, form: &str) -> bool {
        self.everyday.contains(form)
    }
}

/// How a word may arrive: as written and in SMS-Latin, as `form` gives them; none is empty.
pub(crate) fn forms(lang: Lang, word: &str) -> Vec<String> {
    let mut forms = vec![form(&readable(word)), form(&translit::latin(lang, word))];
    forms.sort_unstable();
    forms.dedup();
    forms.retain(|form| !form.is_empty());
    forms
}

/// What a word sounds like, in either script and on a keypad without its letters.
pub(crate) fn sounds(lang: Lang, word: &str) -> Vec<String> {
    // A keypad without `ҷ` writes `ч`, which sounds otherwise.
    let small = letters(&readable(word));
    let spelt = forms(lang, word).into_iter().chain([small.replace('ҷ', "ч"), small]);
    let mut sounds: Vec<String> = spelt.map(|sound| skeleton::skeleton(&sound)).collect();
    sounds.sort_unstable();
    sounds.dedup();
    sounds.retain(|sound| !sound.is_empty());
    sounds
}

/// Whether words of two languages, or one, are looked for in one letter whose writer's language is known.
pub(crate) fn share_scope(one: Lang, other: Lang) -> bool {
    one == other || is_common(one) || is_common(other)
}

/// The languages in which words are looked for whoever writes: what most read, the state's own, and the keypads'.
pub(super) fn is_common(lang: Lang) -> bool {
    matches!(lang, Lang::Ru | Lang::Kk | Lang::En)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_bag_never_hides_a_near_word(one in "[a-zа-я]{0,9}", at in 0_usize..9, letter in "[a-zа-я]?") {
            let mut other: Vec<char> = one.chars().collect();
            if at < other.len() {
                other.splice(at..=at, letter.chars());
            }
            let other: String = other.into_iter().collect();
            let within = strsim::osa_distance(&one, &other) <= 1;
            if one.chars().count().min(other.chars().count()) > 3 {
                prop_assert_eq!(Near::of(one).distance(&Near::of(other)).is_some(), within);
            }
        }
    }
}
