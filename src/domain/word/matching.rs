//! Words as people really type them: by form, by sound, by look, by a slip of a finger; what is doubtful is asked, never done.

use super::index::{Index, Known, Near, Weight, is_common};
use super::{WORDS_MAX, arguments, digits, form, letters, parts_word, readable, skeleton};
use crate::domain::lang::Lang;
use crate::domain::menu::model::Opens;
use core::fmt;
use serde::Serialize;

/// Words of a letter at most, numbers not counted, for its first one to be looked for by sound, look or distance; more are
/// free text.
const LOOSE_WORDS_MAX: usize = 2;
/// Letters of a skeleton at least for it to be acted upon; shorter ones are too like other words.
const SURE_SKELETON: usize = 4;
/// Meanings at most among which one is asked to choose, as many as a screen numbers; a word like more of them is like none.
pub(crate) const CHOICES_MAX: usize = 7;
/// Letters of a first word at most; no word of ours comes near, and distances cost the square of it.
const LETTERS_MAX: usize = 24;

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
pub struct Match {
    /// The known word, as the menus write it.
    pub word: String,
    /// What it opens.
    pub opens: Opens,
    /// What it means, by the English word.
    pub meaning: String,
    /// How much depends on it.
    pub weight: Weight,
    /// The language of the word; the person's own when the word is one of it too.
    pub lang: Lang,
    /// All languages in which the word means this, in the order of `Lang::ALL`; never empty.
    pub langs: Vec<Lang>,
    /// The arguments that followed, as typed.
    pub args: Vec<String>,
    /// By which likeness.
    pub how: How,
}

impl Match {
    /// The arguments with letters among digits read as the digits they were meant for.
    #[must_use]
    pub fn repaired_args(&self) -> Vec<String> {
        self.args.iter().map(|arg| digits::repaired(arg).into_owned()).collect()
    }

    /// Whether it changes something and so is confirmed even as an action.
    #[must_use]
    pub fn confirms(&self) -> bool {
        self.weight == Weight::Changing
    }
}

/// What was typed is private: only how much of it there is gets printed.
impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opens, meaning, weight, lang, langs, args, how, .. } = self;
        let n = args.len();
        write!(f, "Match({meaning}: {opens:?}, {weight:?}, by {how:?}, {lang:?} of {langs:?}, {n} arguments)")
    }
}

/// What is to be done with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Do it (after a confirmation where it `confirms`).
    Action(Match),
    /// Ask: "… ? 1 yes".
    Prompt(Match),
    /// Ask which of these, two to seven.
    Choose(Vec<Match>),
    /// It is no word of ours.
    None,
}

/// A letter taken apart, before anything is known of its writer: so that it is read once a turn.
#[derive(Clone, Default)]
pub struct Heard {
    /// Its first word and what follows; where that has a hyphen (`чет-эл`), the whole of it before its first half.
    readings: Vec<Reading>,
}

#[derive(Clone)]
struct Reading {
    /// The word, as `form` gives it.
    form: String,
    /// It, as `letters` gives it.
    letters: String,
    args: Vec<String>,
}

/// What was typed is private.
impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Heard({} readings)", self.readings.len())
    }
}

impl Heard {
    /// Takes `text` apart; of digits alone nothing is left, since they are never a word.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.trim().bytes().all(|octet| octet.is_ascii_digit()) {
            return Self::default();
        }
        let text = readable(text);
        let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
        let (first, rest) = text.split_once(parts_word).unwrap_or((text, ""));
        if digits::repaired(first).bytes().all(|octet| octet.is_ascii_digit()) {
            return Self::default();
        }
        // `чет-эл` is one word; `status-12` is two.
        let (whole, after) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let hyphened = whole.contains('-') && !whole.contains(|c: char| c.is_numeric());
        let whole = hyphened.then_some((whole, after));
        Self { readings: [whole, Some((first, rest))].into_iter().flatten().filter_map(reading).collect() }
    }
}

fn reading((word, rest): (&str, &str)) -> Option<Reading> {
    let (form, letters) = (form(word), letters(word));
    let fits = !form.is_empty() && letters.chars().count() <= LETTERS_MAX;
    fits.then(|| Reading { form, letters, args: arguments(rest) })
}

impl Index {
    /// Whether the letter is STOP or SOS by its form or sound, in any language: it waits behind nothing.
    #[must_use]
    pub fn is_urgent(&self, heard: &Heard) -> bool {
        heard.readings.iter().any(|reading| {
            let letter = Letter { index: self, reading, known: None };
            let urgent = |known: &Known| known.weight.is_urgent() && letter.fits(known);
            let sound = || skeleton::skeleton(&reading.letters);
            self.by_form(&reading.form).any(urgent)
                || (letter.is_short() && self.by_sound(&sound()).any(urgent))
        })
    }

    /// What the letter asks for, if its first word is a known one or like one; `known` is the language of the person.
    ///
    /// A form acts in every language, but a short one of a language out of scope is asked about; a sound or a look acts
    /// from four letters on; a slip is asked about. In scope are the person's language, Russian, Kazakh and English, and
    /// all languages for a person of unknown language and for STOP and SOS.
    #[must_use]
    pub fn decide(&self, heard: &Heard, known: Option<Lang>) -> Outcome {
        let read = |reading| {
            let letter = Letter { index: self, reading, known };
            letter.exact().or_else(|| letter.loose())
        };
        heard.readings.iter().find_map(read).unwrap_or(Outcome::None)
    }
}

/// What `text` asks for: `Heard::of` and `Index::decide` in one.
#[must_use]
pub fn matching(index: &Index, text: &str, known: Option<Lang>) -> Outcome {
    index.decide(&Heard::of(text), known)
}

/// A letter being read.
struct Letter<'i> {
    index: &'i Index,
    reading: &'i Reading,
    known: Option<Lang>,
}

impl<'i> Letter<'i> {
    fn in_scope(&self, known: &Known) -> bool {
        known.weight.is_urgent()
            || is_common(known.word.lang)
            || self.known.is_none_or(|lang| lang == known.word.lang)
    }

    /// STOP with anything after it is not STOP; SOS is, whatever follows; else four words at most.
    fn fits(&self, known: &Known) -> bool {
        match known.weight {
            Weight::Sos => true,
            Weight::Stop => self.reading.args.is_empty(),
            Weight::Plain | Weight::Changing => self.reading.args.len() < WORDS_MAX,
        }
    }

    /// Whether it is so short that its word may be looked for by sound, look and distance, and is not an everyday one.
    fn is_short(&self) -> bool {
        let word = |arg: &&String| !digits::repaired(arg).bytes().all(|octet| octet.is_ascii_digit());
        let words = self.reading.args.iter().filter(word).count();
        words < LOOSE_WORDS_MAX && !self.index.is_everyday(&self.reading.form)
    }

    fn exact(&self) -> Option<Outcome> {
        let hits: Vec<&Known> =
            self.index.by_form(&self.reading.form).filter(|known| self.fits(known)).collect();
        let first = *hits.first()?;
        let own = hits.iter().find(|known| Some(known.word.lang) == self.known).copied();
        let near = || hits.iter().find(|known| self.in_scope(known)).copied();
        let chosen = own.or_else(near).unwrap_or(first);
        let found = self.found(chosen, &hits, How::Exact);
        let foreign = !self.in_scope(chosen) && self.reading.form.chars().count() < SURE_SKELETON;
        Some(if foreign { Outcome::Prompt(found) } else { Outcome::Action(found) })
    }

    fn loose(&self) -> Option<Outcome> {
        if !self.is_short() {
            return None;
        }
        let letters = &self.reading.letters;
        let own = skeleton::skeleton(letters);
        let mut looks: Vec<String> =
            skeleton::lookalikes(letters).iter().map(|look| skeleton::skeleton(look)).collect();
        looks.sort_unstable();
        looks.dedup();
        self.by_sound(std::slice::from_ref(&own), How::Skeleton)
            .or_else(|| self.by_sound(&looks, How::Lookalike))
            .or_else(|| self.by_distance(own, looks))
    }

    fn by_sound(&self, sounds: &[String], how: How) -> Option<Outcome> {
        let mut hits: Vec<&Known> = Vec::new();
        let mut sure = true;
        for sound in sounds {
            let long = sound.len() >= SURE_SKELETON;
            let alike = self.index.by_sound(sound);
            for known in alike.filter(|known| self.in_scope(known) && self.fits(known)) {
                sure &= long || (known.weight.is_urgent() && how == How::Skeleton);
                hits.push(known);
            }
        }
        hits.sort_by_key(|known| known.word.lang);
        self.outcome(&hits, how, sure)
    }

    fn by_distance(&self, own: String, looks: Vec<String>) -> Option<Outcome> {
        let sounds: Vec<Near> = std::iter::once(own).chain(looks).map(Near::of).collect();
        let spelt = Near::of(self.reading.form.clone());
        let distance = |known: &Known| {
            let by_sound =
                sounds.iter().flat_map(|sound| known.skeletons.iter().map(move |word| (sound, word)));
            let by_letters = known.spellings.iter().map(|word| (&spelt, word));
            let near = by_sound.chain(by_letters).filter_map(|(typed, word)| typed.distance(word)).min();
            // A short word is never like another but by a key tapped too often, which a question costs nothing to ask.
            let tapped =
                || known.forms.iter().any(|form| form.len() > 2 && skeleton::mistapped(form, &spelt.text));
            near.or_else(|| tapped().then_some(1))
        };
        let mut best = usize::MAX;
        let mut hits: Vec<&Known> = Vec::new();
        for known in self.index.known.iter().filter(|known| self.in_scope(known) && self.fits(known)) {
            let Some(distance) = distance(known).filter(|distance| *distance <= best) else { continue };
            if distance < best {
                best = distance;
                hits.clear();
            }
            hits.push(known);
        }
        self.outcome(&hits, How::Distance, false)
    }

    /// One meaning is done or asked about, up to seven are chosen from, more are none.
    fn outcome(&self, hits: &[&'i Known], how: How, acts: bool) -> Option<Outcome> {
        let mut meanings: Vec<&Known> = Vec::new();
        for hit in hits {
            if !meanings.iter().any(|known| known.means_same(hit)) {
                meanings.push(hit);
            }
        }
        match meanings.as_slice() {
            [] => None,
            [only] => {
                let own = hits.iter().find(|known| Some(known.word.lang) == self.known);
                let found = self.found(own.unwrap_or(only), hits, how);
                Some(if acts { Outcome::Action(found) } else { Outcome::Prompt(found) })
            }
            several if several.len() <= CHOICES_MAX => {
                Some(Outcome::Choose(several.iter().map(|known| self.found(known, hits, how)).collect()))
            }
            _ => None,
        }
    }

    fn found(&self, chosen: &Known, hits: &[&Known], how: How) -> Match {
        let same = hits.iter().filter(|known| known.means_same(chosen));
        let mut langs: Vec<Lang> = same.map(|known| known.word.lang).collect();
        langs.dedup();
        Match {
            word: chosen.word.word.clone(),
            opens: chosen.word.opens.clone(),
            meaning: chosen.word.meaning.clone(),
            weight: chosen.weight,
            lang: chosen.word.lang,
            langs,
            args: self.reading.args.clone(),
            how,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::Index;
    use super::*;
    use crate::domain::menu::model::Word;
    use proptest::prelude::*;

    fn word(word: &str, lang: Lang, meaning: &str, opens: Opens) -> Word {
        let confirm = meaning == "book";
        Word { word: word.to_owned(), lang, opens, meaning: meaning.to_owned(), confirm }
    }

    fn index() -> Index {
        let menu = |word_: &str, lang, name: &str| word(word_, lang, name, Opens::Menu(name.to_owned()));
        let words = [
            menu("СРОК", Lang::Ru, "days"),
            menu("ДНИ", Lang::Ru, "days"),
            menu("КҮН", Lang::Kk, "days"),
            menu("KUN", Lang::Uz, "days"),
            menu("КҮН", Lang::Ky, "days"),
            menu("СТАТУС", Lang::Ru, "status"),
            menu("ЗАЯВКА", Lang::Ru, "status"),
            menu("СТАТУС", Lang::Kk, "status"),
            menu("ӨТІНІШ", Lang::Kk, "status"),
            menu("HOLAT", Lang::Uz, "status"),
            menu("TO'LOV", Lang::Uz, "fees"),
            menu("AI", Lang::Kk, "month"),
            menu("AI", Lang::En, "robots"),
            menu("ЖҰМЫС", Lang::Kk, "job"),
            menu("ISH", Lang::Uz, "job"),
            menu("ЗАПИСЬ", Lang::Ru, "book"),
            menu("ЧЕТЭЛ", Lang::Ky, "abroad"),
            word("ЕЩЁ", Lang::Ru, "help", Opens::Help),
            word("YORDAM", Lang::Uz, "help", Opens::Help),
            word("СТОП", Lang::Ru, "stop", Opens::Stop),
            word("STOP", Lang::En, "stop", Opens::Stop),
            word("ТОҚТА", Lang::Kk, "stop", Opens::Stop),
            word("TOXTAT", Lang::Uz, "stop", Opens::Stop),
            word("ТОКТО", Lang::Ky, "stop", Opens::Stop),
            word("ИСТ", Lang::Tg, "stop", Opens::Stop),
            word("SOS", Lang::En, "sos", Opens::Sos),
            word("СОС", Lang::Ru, "sos", Opens::Sos),
        ];
        Index::of(&words, &["смс".to_owned(), "stoop".to_owned()])
    }

    fn heard(lang: Lang, text: &str) -> Outcome {
        matching(&index(), text, Some(lang))
    }

    fn acted(lang: Lang, text: &str) -> (String, How) {
        let outcome = heard(lang, text);
        let Outcome::Action(found) = outcome else { panic!("{text:?}: {outcome:?}") };
        (found.meaning, found.how)
    }

    fn prompted(lang: Lang, text: &str) -> (String, How) {
        let outcome = heard(lang, text);
        let Outcome::Prompt(found) = outcome else { panic!("{text:?}: {outcome:?}") };
        (found.meaning, found.how)
    }

    fn exactly(meaning: &str) -> (String, How) {
        (meaning.to_owned(), How::Exact)
    }

    #[test]
    fn each_likeness_is_told() {
        let by = |meaning: &str, how| (meaning.to_owned(), how);
        assert_eq!(acted(Lang::Ru, "Статус 12"), by("status", How::Exact));
        assert_eq!(acted(Lang::Ru, "ctатус 12"), by("status", How::Lookalike));
        assert_eq!(acted(Lang::Kk, "zhumis"), by("job", How::Skeleton));
        assert_eq!(prompted(Lang::Ru, "стптус"), by("status", How::Distance));
        assert_eq!(prompted(Lang::Kk, "jun"), by("days", How::Distance));
        assert_eq!(prompted(Lang::Ru, "дный"), by("days", How::Skeleton));
        assert_eq!(acted(Lang::Ky, "чет-эл"), by("abroad", How::Exact));
    }

    #[test]
    fn a_word_is_known_in_either_script_and_any_dress() {
        for text in ["срок", "Срок!", "SROK", " «Срок» ", "#срок", "Ср\u{200b}ок", "ｓｒｏｋ", "срок?\n"]
        {
            assert_eq!(acted(Lang::Ru, text), exactly("days"), "{text:?}");
        }
        for text in ["to'lov", "TOʻLOV", "to‘lov", "To`lov", "to´lov", "tolov"] {
            assert_eq!(acted(Lang::Uz, text), exactly("fees"), "{text:?}");
        }
        for text in ["ӨТІНІШ", "otinish", "Ötínísh", "OTİNİSH", "өтініш 123"] {
            assert_eq!(acted(Lang::Kk, text), exactly("status"), "{text:?}");
        }
        for text in ["еще", "eschyo"] {
            assert_eq!(acted(Lang::Ru, text), exactly("help"), "{text:?}");
        }
    }

    #[test]
    fn all_languages_of_a_word_are_given_and_the_persons_own_wins() {
        let of = |known| match matching(&index(), "kun", known) {
            Outcome::Action(found) | Outcome::Prompt(found) => (found.lang, found.langs),
            other @ (Outcome::Choose(_) | Outcome::None) => panic!("{other:?}"),
        };
        let all = vec![Lang::Kk, Lang::Uz, Lang::Ky];
        assert_eq!(of(None), (Lang::Kk, all.clone()));
        assert_eq!(of(Some(Lang::Uz)), (Lang::Uz, all.clone()));
        assert_eq!(of(Some(Lang::Ru)), (Lang::Kk, all));
        assert_eq!(acted(Lang::En, "AI"), exactly("robots"));
        assert_eq!(acted(Lang::Ru, "AI"), exactly("month"));
    }

    #[test]
    fn stop_and_sos_act_at_once_in_any_language_unless_doubtful() {
        for (lang, text) in [
            (Lang::Tg, "toqta"),
            (Lang::Kk, "TOXTAT"),
            (Lang::Uz, "ТОКТО"),
            (Lang::En, "ist"),
            (Lang::Ru, "стоп!"),
        ] {
            assert_eq!(acted(lang, text).0, "stop", "{text}");
        }
        assert_eq!(acted(Lang::Uz, "тоқто").1, How::Skeleton);
        assert_eq!(acted(Lang::Tg, "sös"), exactly("sos"));
        assert_eq!(acted(Lang::Tg, "сош").1, How::Skeleton);
        assert_eq!(acted(Lang::Ru, "SOS меня держат на стройке и забрали паспорт"), exactly("sos"));
        assert_eq!(prompted(Lang::Uz, "стпо").0, "stop");
        assert_eq!(prompted(Lang::Uz, "coc").0, "sos");
        for text in ["STOP 123", "STOP-1", "стоп машина", "стпо 1", "тоқто 5"] {
            assert_eq!(heard(Lang::Ru, text), Outcome::None, "{text}");
        }
    }

    #[test]
    fn only_what_acts_as_stop_or_sos_is_urgent() {
        let index = index();
        for (text, urgent) in [
            ("stop", true),
            ("Тоқто", true),
            ("SOS помогите", true),
            ("сош", true),
            ("стпо", false),
            ("STOP 123", false),
            ("статус", false),
            ("1", false),
            ("", false),
        ] {
            assert_eq!(index.is_urgent(&Heard::of(text)), urgent, "{text}");
        }
    }

    #[test]
    fn free_text_and_everyday_words_are_no_commands() {
        for text in [
            "",
            "12",
            "l2О",
            "?",
            "срок моей регистрации уже вышел",
            "сратус моей заявки",
            "stoop",
            "дом",
            "смс",
            "привет",
        ] {
            assert_eq!(heard(Lang::Ru, text), Outcome::None, "{text}");
        }
        assert_eq!(acted(Lang::Ru, "срок один два три"), exactly("days"));
    }

    #[test]
    fn another_languages_words_are_heard_only_exactly_and_doubted_when_short() {
        assert_eq!(acted(Lang::Ru, "YORDAM"), exactly("help"));
        assert_eq!(prompted(Lang::Ru, "ish"), exactly("job"));
        assert_eq!(heard(Lang::Ru, "iordam"), Outcome::None);
        let unknown = matching(&index(), "iordam", None);
        assert!(matches!(unknown, Outcome::Action(found) if found.meaning == "help"));
    }

    #[test]
    fn arguments_come_as_typed_and_can_be_repaired() {
        let args = |text: &str| match heard(Lang::Ru, text) {
            Outcome::Action(found) => (found.args.join("|"), found.repaired_args().join("|")),
            other @ (Outcome::Prompt(_) | Outcome::Choose(_) | Outcome::None) => panic!("{other:?}"),
        };
        let typed = |args: &str| (args.to_owned(), args.to_owned());
        assert_eq!(args("СТАТУС 1234567890 4821"), typed("1234567890|4821"));
        assert_eq!(args("status:1234567890,4821."), typed("1234567890|4821"));
        assert_eq!(args("Статус*AB-12#4821#"), typed("AB-12|4821"));
        assert_eq!(args("дни 03.10.2026"), typed("03.10.2026"));
        assert_eq!(args("ДНИ"), typed(""));
        let repaired = ("12O4З67890|482l".to_owned(), "1204367890|4821".to_owned());
        assert_eq!(args("статус 12O4З67890 482l"), repaired);
    }

    #[test]
    fn what_changes_something_is_confirmed_and_nothing_typed_is_printed() {
        let Outcome::Action(found) = heard(Lang::Ru, "запись 4821") else { panic!() };
        assert!(found.confirms());
        let printed = "Match(book: Menu(\"book\"), Changing, by Exact, Ru of [Ru], 1 arguments)";
        assert_eq!(format!("{found:?}"), printed);
        assert_eq!(format!("{:?}", Heard::of("запись 4821")), "Heard(1 readings)");
    }

    #[test]
    fn a_word_like_several_is_chosen_from() {
        let entry = |typed: &str| word(typed, Lang::Ru, typed, Opens::Menu(typed.to_owned()));
        let index = Index::of(&["марка", "парка", "барка"].map(entry), &[]);
        let Outcome::Choose(found) = matching(&index, "карка", None) else { panic!() };
        assert_eq!(
            found.iter().map(|found| found.meaning.as_str()).collect::<Vec<_>>(),
            ["марка", "парка", "барка"]
        );
    }

    proptest! {
        #[test]
        fn any_letter_is_read_and_only_sure_words_do_something(text in any::<String>(), near in "(стату|СТОП|кун|zapis)[а-яa-z0-9 .,*#ʻ\u{200b}]{0,20}") {
            let index = index();
            for text in [&text, &near] {
                if let Outcome::Action(found) = matching(&index, text, Some(Lang::Ky)) {
                    prop_assert!(found.langs.contains(&found.lang));
                    prop_assert!(found.how != How::Distance);
                    prop_assert!(found.opens != Opens::Stop || found.args.is_empty());
                    prop_assert!(found.opens == Opens::Sos || found.args.len() < WORDS_MAX);
                }
                if index.is_urgent(&Heard::of(text)) {
                    prop_assert!(matches!(matching(&index, text, None), Outcome::Action(_)));
                }
            }
        }
    }
}
