//! SMS words: what a letter's first word means, as people really type it.

pub mod digits;
mod index;
pub mod matching;
pub mod meaning;
mod skeleton;

pub use index::{Index, Weight};
pub use matching::{Heard, Match, Outcome};

pub(crate) use index::{forms, share_scope, sounds};
pub(crate) use matching::CHOICES_MAX;

use super::lang::{Lang, Script};
use super::text::translit;
use unicode_normalization::UnicodeNormalization;

/// A letter of more words than this is free text, never a command, whatever it begins with.
const WORDS_MAX: usize = 4;

/// Whether `typed` is `word` but for case, marks, signs around it and invisible ones.
#[must_use]
pub fn is_same(typed: &str, word: &str) -> bool {
    let word = form(&readable(word));
    !word.is_empty() && form(&readable(typed)) == word
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
    let trimmed = parts.map(|part| part.trim_matches(|c: char| !c.is_alphanumeric() && c != '|'));
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

/// Small letters and digits alone; `ё` stays, since it sounds otherwise than `е`.
fn letters(word: &str) -> String {
    let small = word.chars().map(|c| if c == 'İ' { 'i' } else { c }).flat_map(char::to_lowercase);
    small.filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_word_is_the_same_in_any_dress() {
        assert!(is_same(" Да! ", "Да") && is_same("yoʻq", "Yo'q") && is_same("ДӘ", "дә"));
        assert!(!is_same("", "") && !is_same("д", "Да") && !is_same("1", "Да"));
    }
}
