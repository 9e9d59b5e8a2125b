//! SMS words: what a letter's first word means; exactly (`understand`), and as people really type it (`matching`).

pub mod digits;
pub mod matching;
mod skeleton;
pub mod table;

use super::lang::{Lang, Script};
use super::menu::model::{Bundle, Opens, Word};
use super::text::translit;
use core::fmt;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;

/// A letter of more words than this is free text, never a command, whatever it begins with.
const WORDS_MAX: usize = 4;

/// What a letter was understood as.
#[derive(Clone, PartialEq, Eq)]
pub struct Understood {
    /// What it opens.
    pub opens: Opens,
    /// The language of the word; `preferred` when the word is one of that language too.
    pub lang: Lang,
    /// All languages in which the word opens this, in the order of `Lang::ALL`; never empty.
    pub langs: Vec<Lang>,
    /// The arguments that followed, as typed.
    pub args: Vec<String>,
}

/// What was typed is private: only how much of it there is gets printed.
impl fmt::Debug for Understood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opens, lang, langs, args } = self;
        write!(f, "Understood({opens:?}, {lang:?} of {langs:?}, {} arguments)", args.len())
    }
}

/// The words of a bundle by what people type. Filled at the first letter, since a bundle never changes.
#[derive(Clone, Debug, Default)]
pub struct WordIndex(OnceLock<BTreeMap<String, Vec<Meaning>>>);

/// What one typed form can mean.
#[derive(Clone, Debug)]
struct Meaning {
    lang: Lang,
    opens: Opens,
}

impl WordIndex {
    /// The index of `words`, at once.
    #[must_use]
    pub fn of(words: &[Word]) -> Self {
        Self(OnceLock::from(by_form(words)))
    }

    /// The meanings of a typed form, in the order of `Lang::ALL`.
    fn meanings(&self, words: &[Word], form: &str) -> &[Meaning] {
        let index = self.0.get_or_init(|| by_form(words));
        index.get(form).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What `text` asks for, if its first word is one of `bundle`'s (either script). STOP with arguments is not STOP.
///
/// SOS is SOS whatever follows it. Where one word opens different things in different languages, `preferred` decides,
/// else the order of `Lang::ALL`.
#[must_use]
pub fn understand(bundle: &Bundle, text: &str, preferred: Option<Lang>) -> Option<Understood> {
    let text = readable(text);
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (first, rest) = text.split_once(parts_word).unwrap_or((text, ""));
    let args = arguments(rest);
    let meanings = bundle.word_index.meanings(&bundle.words, &form(first));
    let fits = |meaning: &&Meaning| match meaning.opens {
        Opens::Sos => true,
        Opens::Stop => args.is_empty(),
        Opens::Menu(_) | Opens::Language | Opens::Start | Opens::Help => args.len() < WORDS_MAX,
    };
    let own = meanings.iter().find(|meaning| Some(meaning.lang) == preferred && fits(meaning));
    let chosen = own.or_else(|| meanings.iter().find(fits))?;
    let same = meanings.iter().filter(|meaning| meaning.opens == chosen.opens);
    let langs = same.map(|meaning| meaning.lang).collect();
    Some(Understood { opens: chosen.opens.clone(), lang: chosen.lang, langs, args })
}

/// In which letters `text` is written; `None` for digits and signs alone.
///
/// One Cyrillic letter is enough for `Native`: it shows that his phone can write it, and so read it.
#[must_use]
pub fn script_of(text: &str) -> Option<Script> {
    let mut latin = false;
    for character in text.chars() {
        if matches!(character, '\u{400}'..='\u{52f}') && character.is_alphabetic() {
            return Some(Script::Native);
        }
        latin |= character.is_ascii_alphabetic()
            || (character.is_alphabetic() && matches!(character, '\u{c0}'..='\u{24f}'));
    }
    latin.then_some(Script::Latin)
}

fn by_form(words: &[Word]) -> BTreeMap<String, Vec<Meaning>> {
    let mut index: BTreeMap<String, Vec<Meaning>> = BTreeMap::new();
    for lang in Lang::ALL {
        for word in words.iter().filter(|word| word.lang == lang) {
            let mut forms = vec![form(&readable(&word.word)), form(&translit::latin(lang, &word.word))];
            forms.sort_unstable();
            forms.dedup();
            for form in forms.into_iter().filter(|form| !form.is_empty()) {
                let meanings = index.entry(form).or_default();
                if !meanings.iter().any(|known| known.lang == lang && known.opens == word.opens) {
                    meanings.push(Meaning { lang, opens: word.opens.clone() });
                }
            }
        }
    }
    index
}

/// Composed as one spelling (NFKC), without signs that have no width, with one apostrophe.
fn readable(text: &str) -> String {
    if text.is_ascii() {
        return text.replace('`', "'");
    }
    // Before NFKC, which would make a blank and an accent of the acute.
    let signs = text.chars().map(|character| match character {
        'ʻ' | 'ʼ' | 'ʽ' | '‘' | '’' | '`' | '´' | 'ʹ' | '′' => '\'',
        other => other,
    });
    signs.filter(|character| !is_invisible(*character)).nfkc().collect()
}

/// Soft hyphen, zero-width signs, marks of direction, and what remains of keycap emoji.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fe0f}'
            | '\u{20e3}'
    )
}

/// What ends the first word.
fn parts_word(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, ',' | '.' | ';' | ':' | '!' | '?' | '*' | '#' | '-' | '–' | '—' | '/')
}

/// What follows the word, as typed: parted where one writes the next thing, so that `03.10.2026` stays one.
fn arguments(rest: &str) -> Vec<String> {
    let parts = rest.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '*' | '#'));
    let trimmed = parts.map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()));
    trimmed.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The form under which a word is found: small letters, Latin ones without marks and apostrophes, `ё` as `е`.
fn form(word: &str) -> String {
    let small: String =
        word.chars().map(|c| if c == 'İ' { 'i' } else { c }).flat_map(char::to_lowercase).collect();
    let folded =
        if script_of(&small) == Some(Script::Latin) { translit::latin(Lang::En, &small) } else { small };
    let mut folded = folded.replace('ё', "е");
    folded.retain(char::is_alphanumeric);
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bundle() -> Bundle {
        let menu = |name: &str| Opens::Menu(name.to_owned());
        let words = [
            ("СРОК", Lang::Ru, menu("days-left")),
            ("ДНИ", Lang::Ru, menu("days-left")),
            ("КҮН", Lang::Kk, menu("days-left")),
            ("KUN", Lang::Uz, menu("days-left")),
            ("КҮН", Lang::Ky, menu("days-left")),
            ("РӮЗ", Lang::Tg, menu("days-left")),
            ("СТАТУС", Lang::Ru, menu("status")),
            ("ЗАЯВКА", Lang::Ru, menu("status")),
            ("ӨТІНІШ", Lang::Kk, menu("status")),
            ("TO'LOV", Lang::Uz, menu("fees")),
            ("ЕЩЁ", Lang::Ru, Opens::Help),
            ("AI", Lang::Kk, menu("month")),
            ("AI", Lang::En, menu("robots")),
            ("СТОП", Lang::Ru, Opens::Stop),
            ("STOP", Lang::En, Opens::Stop),
            ("SOS", Lang::En, Opens::Sos),
            ("UZBEK", Lang::Uz, Opens::Language),
        ];
        let words = words.map(|(word, lang, opens)| Word { word: word.to_owned(), lang, opens }).into();
        Bundle { words, ..Bundle::default() }
    }

    fn opens(text: &str) -> Option<Opens> {
        understand(&bundle(), text, None).map(|understood| understood.opens)
    }

    fn menu(name: &str) -> Option<Opens> {
        Some(Opens::Menu(name.to_owned()))
    }

    #[test]
    fn a_word_is_known_in_either_script_and_any_dress() {
        for text in ["срок", "Срок!", "SROK", " «Срок» ", "#срок", "Ср\u{200b}ок", "ｓｒｏｋ", "срок?\n"]
        {
            assert_eq!(opens(text), menu("days-left"), "{text:?}");
        }
        for text in ["to'lov", "TOʻLOV", "to‘lov", "To`lov", "to´lov", "tolov"] {
            assert_eq!(opens(text), menu("fees"), "{text:?}");
        }
        for text in ["ӨТІНІШ", "otinish", "Ötínísh", "OTİNİSH", "өтініш 123"] {
            assert_eq!(opens(text), menu("status"), "{text:?}");
        }
        assert_eq!(opens("еще"), Some(Opens::Help));
        assert_eq!(opens("eschyo"), Some(Opens::Help));
        for text in ["", "   ", "123", "сроки", "?", "привет"] {
            assert_eq!(opens(text), None, "{text:?}");
        }
    }

    #[test]
    fn all_languages_of_a_word_are_given_and_the_preferred_one_wins() {
        let of = |preferred| {
            let understood = understand(&bundle(), "kun", preferred).unwrap();
            (understood.lang, understood.langs)
        };
        let all = vec![Lang::Kk, Lang::Uz, Lang::Ky];
        assert_eq!(of(None), (Lang::Kk, all.clone()));
        assert_eq!(of(Some(Lang::Uz)), (Lang::Uz, all.clone()));
        assert_eq!(of(Some(Lang::Ru)), (Lang::Kk, all));
        let cyrillic = understand(&bundle(), "Күн", Some(Lang::Ky)).unwrap();
        assert_eq!((cyrillic.lang, cyrillic.langs), (Lang::Ky, vec![Lang::Kk, Lang::Ky]));
    }

    #[test]
    fn a_word_of_two_meanings_is_read_in_the_preferred_language() {
        let of = |preferred| understand(&bundle(), "AI", preferred).map(|u| (u.opens, u.langs));
        assert_eq!(of(Some(Lang::En)), menu("robots").map(|opens| (opens, vec![Lang::En])));
        assert_eq!(of(None), menu("month").map(|opens| (opens, vec![Lang::Kk])));
    }

    #[test]
    fn arguments_come_as_typed() {
        let args = |text: &str| understand(&bundle(), text, None).map(|understood| understood.args);
        let wanted = |args: &[&str]| Some(args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
        assert_eq!(args("СТАТУС 1234567890 4821"), wanted(&["1234567890", "4821"]));
        assert_eq!(args("status:1234567890,4821."), wanted(&["1234567890", "4821"]));
        assert_eq!(args("Статус*AB-12#4821#"), wanted(&["AB-12", "4821"]));
        assert_eq!(args("дни 03.10.2026"), wanted(&["03.10.2026"]));
        assert_eq!(args("дни - 0310"), wanted(&["0310"]));
        assert_eq!(args("ДНИ"), wanted(&[]));
    }

    #[test]
    fn what_was_typed_is_never_printed() {
        let understood = understand(&bundle(), "СТАТУС 1234567890 4821", None).unwrap();
        assert_eq!(format!("{understood:?}"), "Understood(Menu(\"status\"), Ru of [Ru], 2 arguments)");
    }

    #[test]
    fn stop_stands_alone_and_sos_never_has_to() {
        for text in ["STOP", "стоп!", " Stop. ", "stop", "СТОП…"] {
            assert_eq!(opens(text), Some(Opens::Stop), "{text:?}");
        }
        assert_eq!(opens("STOP 123"), None);
        assert_eq!(opens("стоп машина"), None);
        for text in ["SOS", "sos!!!", "SOS меня держат на стройке и забрали паспорт"]
        {
            assert_eq!(opens(text), Some(Opens::Sos), "{text:?}");
        }
    }

    #[test]
    fn five_words_are_free_text() {
        assert_eq!(opens("срок один два три"), menu("days-left"));
        assert_eq!(opens("срок моей регистрации уже вышел"), None);
    }

    #[test]
    fn the_script_is_told_by_letters_alone() {
        for (text, wanted) in [
            ("срок", Some(Script::Native)),
            ("SROK 2026", Some(Script::Latin)),
            ("OK, да", Some(Script::Native)),
            ("Öňki", Some(Script::Latin)),
            ("*150*21#", None),
            ("×÷ 😀 中", None),
            ("", None),
        ] {
            assert_eq!(script_of(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn an_index_made_at_once_is_the_index_made_later() {
        let lazy = bundle();
        let ready = Bundle { word_index: WordIndex::of(&lazy.words), ..lazy.clone() };
        for text in ["срок", "kun 1", "sos"] {
            assert_eq!(understand(&lazy, text, None), understand(&ready, text, None));
        }
    }

    proptest! {
        #[test]
        fn any_letter_is_read(text in any::<String>(), known in "(срок|STOP|sos|kun)[ .,*#ʻ\u{200b}]{0,4}[a-zа-я0-9 ]{0,20}") {
            let bundle = bundle();
            for text in [&text, &known] {
                if let Some(understood) = understand(&bundle, text, Some(Lang::Uz)) {
                    prop_assert!(understood.langs.contains(&understood.lang));
                    prop_assert!(understood.opens == Opens::Sos || understood.args.len() < WORDS_MAX);
                }
            }
        }
    }
}
