//! Words as people really type them: by form, by sound, by look, by a slip of a finger; what is doubtful is asked, never done.

use super::{WORDS_MAX, arguments, digits, form, parts_word, readable, skeleton};
use crate::domain::lang::Lang;
use crate::domain::text::translit;
use core::fmt;
use serde::Serialize;
use std::collections::BTreeSet;

/// Words of a letter at most for its first one to be looked for by sound, look or distance; more are free text.
const LOOSE_WORDS_MAX: usize = 2;
/// Letters of a skeleton at least for it to be acted upon; shorter ones are too like other words.
const SURE_SKELETON: usize = 4;
/// Meanings at most among which one is asked to choose; a word like more of them is like none.
const CHOICES_MAX: usize = 3;
/// Letters of a first word at most; no word of ours comes near, and distances cost the square of it.
const LETTERS_MAX: usize = 24;

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

/// A word that is known.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// As written in the table.
    pub word: String,
    /// Whose.
    pub lang: Lang,
    /// What it opens.
    pub opens: T,
    /// How much depends on it.
    pub weight: Weight,
}

/// By which likeness a word was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// Its form: letters but for case, marks, apostrophes, invisible signs.
    Exact,
    /// Its sound: transliterated, without the letters a keypad lacks.
    Skeleton,
    /// Its look: letters of the other alphabet, digits for letters.
    Lookalike,
    /// One or two slips from it.
    Distance,
}

/// What a word was found to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Match<T> {
    /// What it opens.
    pub opens: T,
    /// The language of the word; the person's own when the word is one of it too.
    pub lang: Lang,
    /// All languages in which the word opens this, in the order of `Lang::ALL`; never empty.
    pub langs: Vec<Lang>,
    /// The arguments that followed, digits repaired, else as typed.
    pub args: Vec<String>,
    /// By which likeness.
    pub how: How,
    /// Whether it changes something and so is confirmed even as an action.
    pub confirm: bool,
}

/// What was typed is private: only how much of it there is gets printed.
impl<T: fmt::Debug> fmt::Debug for Match<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opens, lang, langs, args, how, confirm } = self;
        let n = args.len();
        write!(f, "Match({opens:?} by {how:?}, {lang:?} of {langs:?}, {n} arguments, confirm: {confirm})")
    }
}

/// What is to be done with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Do it (after a confirmation where `confirm` says so).
    Action(Match<T>),
    /// Ask: "… ? 1 – yes".
    Prompt(Match<T>),
    /// Ask which of these two or three.
    Choose(Vec<Match<T>>),
    /// It is no word of ours.
    None,
}

/// Known words, ready to be found.
#[derive(Clone, Debug)]
pub struct Index<T> {
    known: Vec<Known<T>>,
    everyday: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Known<T> {
    entry: Entry<T>,
    forms: Vec<String>,
    /// Its forms and what a Russian habit of transliteration makes of it: only distances are measured to these.
    spellings: Vec<String>,
    skeletons: Vec<String>,
}

/// Two words of different meaning that sound alike, so that neither could be acted upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// What both sound like.
    pub skeleton: String,
    /// The one, as written, and its language.
    pub one: (String, Lang),
    /// The other.
    pub other: (String, Lang),
}

impl<T: Clone + PartialEq> Index<T> {
    /// An index of `entries`; words of `everyday` are found by their form only.
    #[must_use]
    pub fn of(mut entries: Vec<Entry<T>>, everyday: &[String]) -> Self {
        entries.sort_by_key(|entry| entry.lang);
        let known = entries.into_iter().map(|entry| {
            let mut forms =
                vec![form(&readable(&entry.word)), form(&translit::latin(entry.lang, &entry.word))];
            forms.sort_unstable();
            forms.dedup();
            forms.retain(|form| !form.is_empty());
            let mut spellings = forms.clone();
            spellings.push(form(&translit::latin(Lang::Ru, &entry.word)));
            // A keypad without `ҷ` writes `ч`, which sounds otherwise.
            let small = letters(&readable(&entry.word));
            let sounds = forms.iter().cloned().chain([small.replace('ҷ', "ч"), small]);
            let mut skeletons: Vec<String> = sounds.map(|sound| skeleton::skeleton(&sound)).collect();
            skeletons.sort_unstable();
            skeletons.dedup();
            Known { entry, forms, spellings, skeletons }
        });
        let everyday = everyday.iter().map(|word| form(&readable(word))).collect();
        Self { known: known.collect(), everyday }
    }

    /// Words that sound alike and mean different things, each pair once.
    #[must_use]
    pub fn collisions(&self) -> Vec<Collision> {
        let mut found = Vec::new();
        for (at, one) in self.known.iter().enumerate() {
            for other in self.known.iter().skip(at + 1).filter(|other| other.entry.opens != one.entry.opens) {
                let same = one.skeletons.iter().find(|skeleton| other.skeletons.contains(skeleton));
                let name = |known: &Known<T>| (known.entry.word.clone(), known.entry.lang);
                found.extend(same.map(|skeleton| Collision {
                    skeleton: skeleton.clone(),
                    one: name(one),
                    other: name(other),
                }));
            }
        }
        found
    }
}

/// What `text` asks for, if its first word is one of `index`'s or like one; `known` is the language of the person.
///
/// A form acts in every language, but a short one of a language out of scope is asked about; a sound or a look acts from
/// four letters on; a slip is asked about. In scope are the person's language, Russian, Kazakh and English, and all
/// languages for a person of unknown language and for STOP and SOS.
#[must_use]
pub fn matching<T: Clone + PartialEq>(index: &Index<T>, text: &str, known: Option<Lang>) -> Outcome<T> {
    let text = readable(text);
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (first, rest) = text.split_once(parts_word).unwrap_or((text, ""));
    let args = arguments(rest);
    if digits::repaired(first).bytes().all(|octet| octet.is_ascii_digit()) {
        return Outcome::None;
    }
    let found = read(index, first, args, known);
    // `чет-эл` is one word; `status-12` is two.
    let (whole, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let hyphened = whole.contains('-') && !whole.contains(|c: char| c.is_numeric());
    if found == Outcome::None && hyphened {
        return read(index, whole, arguments(rest), known);
    }
    found
}

fn read<T: Clone + PartialEq>(
    index: &Index<T>,
    word: &str,
    args: Vec<String>,
    known: Option<Lang>,
) -> Outcome<T> {
    let (form, letters) = (form(word), letters(word));
    if form.is_empty() || letters.chars().count() > LETTERS_MAX {
        return Outcome::None;
    }
    let letter = Letter { index, form, letters, args, known };
    letter.exact().or_else(|| letter.loose()).unwrap_or(Outcome::None)
}

/// Small letters and digits alone; `ё` stays, since it sounds otherwise than `е`.
fn letters(word: &str) -> String {
    let small = word.chars().map(|c| if c == 'İ' { 'i' } else { c }).flat_map(char::to_lowercase);
    small.filter(|c| c.is_alphanumeric()).collect()
}

/// A letter being read.
struct Letter<'i, T> {
    index: &'i Index<T>,
    /// The first word, as `form` gives it.
    form: String,
    /// It, as `letters` gives it.
    letters: String,
    args: Vec<String>,
    known: Option<Lang>,
}

impl<T: Clone + PartialEq> Letter<'_, T> {
    fn in_scope(&self, entry: &Entry<T>) -> bool {
        matches!(entry.weight, Weight::Stop | Weight::Sos)
            || matches!(entry.lang, Lang::Ru | Lang::Kk | Lang::En)
            || self.known.is_none_or(|known| known == entry.lang)
    }

    /// STOP with anything after it is not STOP; SOS is, whatever follows; else four words at most.
    fn fits(&self, entry: &Entry<T>) -> bool {
        match entry.weight {
            Weight::Sos => true,
            Weight::Stop => self.args.is_empty(),
            Weight::Plain | Weight::Changing => self.args.len() < WORDS_MAX,
        }
    }

    fn exact(&self) -> Option<Outcome<T>> {
        let hits: Vec<_> = self
            .index
            .known
            .iter()
            .filter(|known| known.forms.contains(&self.form) && self.fits(&known.entry))
            .collect();
        let first = *hits.first()?;
        let own = hits.iter().find(|known| Some(known.entry.lang) == self.known).copied();
        let near = || hits.iter().find(|known| self.in_scope(&known.entry)).copied();
        let chosen = own.or_else(near).unwrap_or(first);
        let found = self.found(chosen, &hits, How::Exact);
        let foreign = !self.in_scope(&chosen.entry) && self.form.chars().count() < SURE_SKELETON;
        Some(if foreign { Outcome::Prompt(found) } else { Outcome::Action(found) })
    }

    fn loose(&self) -> Option<Outcome<T>> {
        if self.args.len() >= LOOSE_WORDS_MAX || self.index.everyday.contains(&self.form) {
            return None;
        }
        let own = skeleton::skeleton(&self.letters);
        let mut looks: Vec<String> =
            skeleton::lookalikes(&self.letters).iter().map(|look| skeleton::skeleton(look)).collect();
        looks.sort_unstable();
        looks.dedup();
        self.by_sound(std::slice::from_ref(&own), How::Skeleton)
            .or_else(|| self.by_sound(&looks, How::Lookalike))
            .or_else(|| self.by_distance(&own, &looks))
    }

    /// The words in scope that `is_like` holds for.
    fn near(&self, is_like: impl Fn(&Known<T>) -> bool) -> Vec<&Known<T>> {
        let all = self.index.known.iter();
        all.filter(|known| self.in_scope(&known.entry) && self.fits(&known.entry) && is_like(known)).collect()
    }

    fn by_sound(&self, sounds: &[String], how: How) -> Option<Outcome<T>> {
        let hits = self.near(|known| known.skeletons.iter().any(|skeleton| sounds.contains(skeleton)));
        let long = |known: &&Known<T>| {
            let same = known.skeletons.iter().filter(|skeleton| sounds.contains(skeleton));
            same.map(|skeleton| skeleton.len()).max().unwrap_or_default() >= SURE_SKELETON
        };
        let sure = |known: &&Known<T>| {
            let at_once = matches!(known.entry.weight, Weight::Stop | Weight::Sos);
            long(known) || (at_once && how == How::Skeleton)
        };
        let acts = hits.iter().all(sure);
        self.outcome(&hits, how, acts)
    }

    fn by_distance(&self, own: &str, looks: &[String]) -> Option<Outcome<T>> {
        let sounds = || std::iter::once(own).chain(looks.iter().map(String::as_str));
        let distance = |known: &Known<T>| {
            let pairs =
                sounds().flat_map(|sound| known.skeletons.iter().map(move |word| (sound, word.as_str())));
            let spellings = known.spellings.iter().map(|spelling| (self.form.as_str(), spelling.as_str()));
            let near = pairs.chain(spellings).filter_map(|(typed, word)| within_bound(typed, word)).min();
            // A short word is never like another but by a key tapped too often, which a question costs nothing to ask.
            let tapped =
                || known.forms.iter().any(|form| form.len() > 2 && skeleton::mistapped(form, &self.form));
            near.or_else(|| tapped().then_some(1))
        };
        let best = self.near(|_| true).into_iter().filter_map(distance).min()?;
        let hits = self.near(|known| distance(known) == Some(best));
        self.outcome(&hits, How::Distance, false)
    }

    /// One meaning is done or asked about, two or three are chosen from, more are none.
    fn outcome(&self, hits: &[&Known<T>], how: How, acts: bool) -> Option<Outcome<T>> {
        let mut meanings: Vec<&Known<T>> = Vec::new();
        for hit in hits {
            if !meanings.iter().any(|known| known.entry.opens == hit.entry.opens) {
                meanings.push(hit);
            }
        }
        match meanings.as_slice() {
            [] => None,
            [only] => {
                let own = hits.iter().find(|known| Some(known.entry.lang) == self.known);
                let found = self.found(own.unwrap_or(only), hits, how);
                Some(if acts { Outcome::Action(found) } else { Outcome::Prompt(found) })
            }
            several if several.len() <= CHOICES_MAX => {
                Some(Outcome::Choose(several.iter().map(|known| self.found(known, hits, how)).collect()))
            }
            _ => None,
        }
    }

    fn found(&self, chosen: &Known<T>, hits: &[&Known<T>], how: How) -> Match<T> {
        let same = hits.iter().filter(|known| known.entry.opens == chosen.entry.opens);
        let mut langs: Vec<Lang> = same.map(|known| known.entry.lang).collect();
        langs.dedup();
        Match {
            opens: chosen.entry.opens.clone(),
            lang: chosen.entry.lang,
            langs,
            args: self.args.iter().map(|arg| digits::repaired(arg).into_owned()).collect(),
            how,
            confirm: chosen.entry.weight == Weight::Changing,
        }
    }
}

/// The distance of two words, if it is within what the shorter one bears: to 3 letters none, to 6 one, else two.
fn within_bound(typed: &str, word: &str) -> Option<usize> {
    let (typed_letters, word_letters) = (typed.chars().count(), word.chars().count());
    let bound = match typed_letters.min(word_letters) {
        0..=3 => return None,
        4..=6 => 1,
        _ => 2,
    };
    if typed_letters.abs_diff(word_letters) > bound {
        return None;
    }
    Some(strsim::osa_distance(typed, word)).filter(|distance| *distance <= bound)
}

#[cfg(test)]
mod tests {
    use super::super::table::{BUILT_IN, Meaning, Table};
    use super::*;
    use proptest::prelude::*;

    fn index() -> Index<Meaning> {
        Table::parse(BUILT_IN).unwrap().index()
    }

    fn heard(lang: Lang, text: &str) -> Outcome<Meaning> {
        matching(&index(), text, Some(lang))
    }

    fn acted(lang: Lang, text: &str) -> (Meaning, How) {
        let outcome = heard(lang, text);
        let Outcome::Action(found) = outcome else { panic!("{text:?}: {outcome:?}") };
        (found.opens, found.how)
    }

    fn prompted(lang: Lang, text: &str) -> (Meaning, How) {
        let outcome = heard(lang, text);
        let Outcome::Prompt(found) = outcome else { panic!("{text:?}: {outcome:?}") };
        (found.opens, found.how)
    }

    #[test]
    fn each_likeness_is_told() {
        assert_eq!(acted(Lang::Ru, "Статус 12"), (Meaning::Status, How::Exact));
        assert_eq!(acted(Lang::Ru, "ctатус 12"), (Meaning::Status, How::Lookalike));
        assert_eq!(acted(Lang::Kk, "zhumis"), (Meaning::Job, How::Skeleton));
        assert_eq!(acted(Lang::Uz, "holat"), (Meaning::Status, How::Exact));
        assert_eq!(prompted(Lang::Ru, "стптус"), (Meaning::Status, How::Distance));
        assert_eq!(prompted(Lang::Kk, "jun"), (Meaning::Days, How::Distance));
        assert_eq!(prompted(Lang::Ru, "дный"), (Meaning::Days, How::Skeleton));
    }

    #[test]
    fn stop_and_sos_act_at_once_in_any_language_unless_doubtful() {
        for (lang, text) in
            [(Lang::Tg, "toqta"), (Lang::Kk, "TOXTAT"), (Lang::Uz, "ТОКТО"), (Lang::En, "ist")]
        {
            assert_eq!(acted(lang, text).0, Meaning::Stop, "{text}");
        }
        assert_eq!(acted(Lang::Uz, "тоқто"), (Meaning::Stop, How::Skeleton));
        assert_eq!(acted(Lang::Tg, "sös"), (Meaning::Sos, How::Exact));
        assert_eq!(acted(Lang::Tg, "сош"), (Meaning::Sos, How::Skeleton));
        assert_eq!(prompted(Lang::Uz, "стпо"), (Meaning::Stop, How::Distance));
        assert_eq!(prompted(Lang::Uz, "coc"), (Meaning::Sos, How::Lookalike));
        for text in ["STOP 123", "STOP-1", "стоп машина", "стпо 1", "тоқто 5"] {
            assert_eq!(heard(Lang::Ru, text), Outcome::None, "{text}");
        }
    }

    #[test]
    fn free_text_and_everyday_words_are_no_commands() {
        for text in
            ["", "12", "l2О", "работа нужна срочно в городе", "рабата нужна срочно", "stoop", "дом", "смс"]
        {
            assert_eq!(heard(Lang::Ru, text), Outcome::None, "{text}");
        }
    }

    #[test]
    fn another_languages_words_are_heard_only_exactly_and_doubted_when_short() {
        assert_eq!(acted(Lang::Ru, "YORDAM"), (Meaning::Help, How::Exact));
        assert_eq!(prompted(Lang::Ru, "ish"), (Meaning::Job, How::Exact));
        assert_eq!(heard(Lang::Ru, "iordam"), Outcome::None);
        let unknown = matching(&index(), "iordam", None);
        assert!(matches!(unknown, Outcome::Action(found) if found.opens == Meaning::Help));
    }

    #[test]
    fn arguments_are_repaired_and_what_changes_something_is_confirmed() {
        let Outcome::Action(found) = heard(Lang::Ru, "статус 12O4З67890 АВ-12 482l") else {
            panic!()
        };
        assert_eq!(found.args, ["1204367890", "АВ-12", "4821"]);
        assert!(!found.confirm);
        assert_eq!(found.langs, [Lang::Kk, Lang::Ru]);
        assert_eq!(
            format!("{found:?}"),
            "Match(Status by Exact, Ru of [Kk, Ru], 3 arguments, confirm: false)"
        );
        let Outcome::Action(found) = heard(Lang::Ru, "запись") else { panic!() };
        assert!(found.confirm);
    }

    #[test]
    fn a_word_like_two_is_chosen_from() {
        let entry =
            |word: &str, opens| Entry { word: word.to_owned(), lang: Lang::Ru, opens, weight: Weight::Plain };
        let index = Index::of(vec![entry("марка", 1), entry("парка", 2), entry("маррка", 3)], &[]);
        let Outcome::Choose(found) = matching(&index, "карка", None) else { panic!() };
        assert_eq!(found.iter().map(|found| found.opens).collect::<Vec<_>>(), [1, 2, 3]);
        let collision = index.collisions();
        assert_eq!(collision.len(), 1);
        assert_eq!((collision[0].one.0.as_str(), collision[0].other.0.as_str()), ("марка", "маррка"));
    }

    proptest! {
        #[test]
        fn any_letter_is_read_and_only_short_ones_do_something(text in any::<String>(), near in "(стату|СТОП|кун|zapis)[а-яa-z0-9 .,]{0,20}") {
            let index = index();
            for text in [&text, &near] {
                if let Outcome::Action(found) = matching(&index, text, Some(Lang::Ky)) {
                    prop_assert!(found.langs.contains(&found.lang));
                    prop_assert!(found.how != How::Distance);
                    prop_assert!(found.opens != Meaning::Stop || found.args.is_empty());
                    prop_assert!(found.opens == Meaning::Sos || found.args.len() < WORDS_MAX);
                }
            }
        }
    }
}
