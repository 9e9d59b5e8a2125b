//! SMS-Latin: our own tables per language into ASCII ∩ GSM-7 (research: text-i18n §3.3).

use crate::domain::lang::Lang;
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, char::decompose_compatible, is_nfc_quick};

/// `text` of `lang` in SMS-Latin: only characters of ASCII that GSM-7 has at the same cost, whatever comes in.
///
/// Left out of ASCII are the signs that links swap, that cost two septets or that GSM-7 has not (``@ $ _ ` [ ] { } ^ ~ \ |``)
/// and all controls but the line break. A letter that no table knows (Chinese, Arabic) becomes `?`, so that the reader
/// sees that something stood there; any other unknown sign is dropped.
#[must_use]
pub fn latin(lang: Lang, text: &str) -> String {
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let composed: Cow<'_, str> = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    };
    let mut out = String::with_capacity(composed.len());
    let mut before = None;
    let mut characters = composed.chars().peekable();
    while let Some(character) = characters.next() {
        put(&mut out, lang, before, character, characters.peek().copied());
        before = Some(character);
    }
    out
}

/// Whether SMS-Latin has this ASCII character as it is.
#[must_use]
pub fn is_plain(octet: u8) -> bool {
    matches!(octet, b'\n' | b' '..=b'~')
        && !matches!(
            octet,
            b'@' | b'$' | b'_' | b'`' | b'[' | b']' | b'{' | b'}' | b'^' | b'~' | b'\\' | b'|'
        )
}

fn put(out: &mut String, lang: Lang, before: Option<char>, character: char, after: Option<char>) {
    if u8::try_from(character).is_ok_and(is_plain) {
        out.push(character);
        return;
    }
    let small = lower(character);
    if let Some(letters) = cyrillic(lang, before, small).or_else(|| folded(small)) {
        if small == character {
            out.push_str(letters);
        } else {
            put_capital(out, letters, before, after);
        }
        return;
    }
    match sign(character) {
        Some(signs) => out.push_str(signs),
        None => put_rest(out, character),
    }
}

/// The lower-case form where it is one character; `İ` is the capital of `i` in our languages.
fn lower(character: char) -> char {
    if character == 'İ' {
        return 'i';
    }
    let mut small = character.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// `Щ` is `Sch` in a word and `SCH` among capitals.
fn put_capital(out: &mut String, letters: &str, before: Option<char>, after: Option<char>) {
    let is_letter = |c: char| c.is_alphabetic();
    let shouted = match after.filter(|c| is_letter(*c)) {
        Some(next) => next.is_uppercase(),
        None => before.is_some_and(char::is_uppercase),
    };
    if shouted {
        out.extend(letters.chars().map(|c| c.to_ascii_uppercase()));
        return;
    }
    let mut letters = letters.chars();
    out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
    out.push_str(letters.as_str());
}

/// A small Cyrillic letter: what `lang` writes differently, else what all write alike, else the letter's own language.
fn cyrillic(lang: Lang, before: Option<char>, small: char) -> Option<&'static str> {
    if !matches!(small, '\u{400}'..='\u{52f}') {
        return None;
    }
    let own = match lang {
        Lang::Ru | Lang::En => None,
        Lang::Kk => kazakh(small),
        Lang::Ky => kyrgyz(small),
        Lang::Uz => uzbek(before, small),
        Lang::Tg => tajik(small),
    };
    own.or_else(|| common(small)).or_else(|| foreign(small))
}

/// The letters that all languages share, with Russian's values where languages differ.
fn common(small: char) -> Option<&'static str> {
    Some(match small {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ё' => "yo",
        'ж' => "zh",
        'з' => "z",
        'и' => "i",
        'й' | 'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "sch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

fn kazakh(small: char) -> Option<&'static str> {
    Some(match small {
        'ж' => "j",
        'й' => "i",
        'х' => "h",
        'щ' => "sh",
        'ю' => "iu",
        'я' => "ia",
        'ё' => "io",
        _ => return None,
    })
}

fn kyrgyz(small: char) -> Option<&'static str> {
    Some(match small {
        'ж' => "j",
        'х' => "h",
        'ң' => "ng",
        _ => return None,
    })
}

fn uzbek(before: Option<char>, small: char) -> Option<&'static str> {
    Some(match small {
        'е' if !before.is_some_and(is_consonant) => "ye",
        'ж' => "j",
        'х' => "x",
        'щ' => "sh",
        'ы' => "i",
        'ғ' => "g'",
        'ъ' => "'",
        _ => return None,
    })
}

/// What an Uzbek `е` follows as a plain `e`; after a vowel, a sign (`ъ ь`) or no letter it is `ye`.
fn is_consonant(character: char) -> bool {
    let small = lower(character);
    small.is_alphabetic()
        && !matches!(small, 'а' | 'е' | 'ё' | 'и' | 'о' | 'у' | 'э' | 'ю' | 'я' | 'ў' | 'ы' | 'ъ' | 'ь')
}

fn tajik(small: char) -> Option<&'static str> {
    Some(match small {
        'щ' => "sh",
        'ы' => "i",
        'ғ' => "gh",
        'ъ' => "'",
        _ => return None,
    })
}

/// Letters of one language, which turn up in names in any other.
fn foreign(small: char) -> Option<&'static str> {
    Some(match small {
        'ә' => "a",
        'ғ' | 'ґ' => "g",
        'қ' => "q",
        'ң' => "n",
        'ө' => "o",
        'ұ' | 'ү' | 'ӯ' => "u",
        'һ' | 'ҳ' => "h",
        'і' | 'ӣ' => "i",
        'ў' => "o'",
        'ҷ' | 'ј' => "j",
        'ї' => "yi",
        'є' => "ye",
        'ѕ' => "s",
        _ => return None,
    })
}

/// Small Latin letters beyond ASCII whose base letter is not what people write for them.
fn folded(small: char) -> Option<&'static str> {
    Some(match small {
        'ç' | 'č' => "ch",
        'ş' | 'š' | 'ș' => "sh",
        'ž' => "zh",
        'ı' => "i",
        'ə' | 'ǝ' => "a",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        'ŋ' => "ng",
        _ => return None,
    })
}

/// Signs, with those of ASCII that SMS-Latin does without.
fn sign(character: char) -> Option<&'static str> {
    Some(match character {
        '«' | '»' | '“' | '”' | '„' | '‟' | '″' | '‹' | '›' => "\"",
        '‘' | '’' | '‚' | '‛' | 'ʻ' | 'ʼ' | 'ʽ' | 'ʹ' | '′' | '´' | '`' => "'",
        '—' | '–' | '−' | '‒' | '―' | '‐' | '‑' | '•' | '_' | '~' => "-",
        '…' => "...",
        '№' => "No",
        '₸' => "tg",
        '€' => "EUR",
        '$' => "USD",
        '£' => "GBP",
        '₽' => "rub",
        '@' => "(at)",
        '[' | '{' => "(",
        ']' | '}' => ")",
        '\\' | '|' | '⁄' => "/",
        '×' => "x",
        '·' => ".",
        '©' => "(c)",
        '→' => "->",
        '←' => "<-",
        '¿' | '¡' | '^' => "",
        '\t' | '\u{2028}' | '\u{2029}' => " ",
        _ => return None,
    })
}

/// The last resort: the plain characters of the compatibility decomposition (`á`, `５`, `½`), a digit of another script,
/// a space, `?` for a letter, nothing for the rest.
fn put_rest(out: &mut String, character: char) {
    let length = out.len();
    decompose_compatible(character, |part| {
        if u8::try_from(part).is_ok_and(is_plain) {
            out.push(part);
        } else if let Some(signs) = sign(part) {
            out.push_str(signs);
        }
    });
    if out.len() > length {
        return;
    }
    if let Some(digit) = arabic_digit(character) {
        out.push(digit);
    } else if character.is_whitespace() && !character.is_control() {
        out.push(' ');
    } else if character.is_alphabetic() {
        out.push('?');
    }
}

/// Arabic-Indic and Persian digits, which phones of the region type.
fn arabic_digit(character: char) -> Option<char> {
    let code = u32::from(character);
    let value = match code {
        0x660..=0x669 => code - 0x660,
        0x6f0..=0x6f9 => code - 0x6f0,
        _ => return None,
    };
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_language_is_written_by_its_own_table() {
        for (lang, text, wanted) in [
            (
                Lang::Ru,
                "Регистрация: щит, подъезд, объявление, Юлия, ещё",
                "Registratsiya: schit, podezd, obyavlenie, Yuliya, eschyo",
            ),
            (
                Lang::Kk,
                "Жеке куәлігіңіздің мерзімі, тұрғын үй, хат, өңір, Қазақстан",
                "Jeke kualiginizdin merzimi, turgyn ui, hat, onir, Qazaqstan",
            ),
            (Lang::Kk, "ұлттық ия сайлау юрист щётка", "ulttyq iia sailau iurist shiotka"),
            (Lang::Ky, "Жумуш өтүнүчү, жаңы, ай, щетка", "Jumush otunuchu, jangy, ay, schetka"),
            (
                Lang::Uz,
                "Ўзбекистон, ғалаба, қишлоқ, ҳужжат, хабар, маъно",
                "O'zbekiston, g'alaba, qishloq, hujjat, xabar, ma'no",
            ),
            (
                Lang::Tg,
                "Тоҷикӣ, ҳуҷҷат, ғарб, қонун, хона, шӯъба, маълумот",
                "Tojiki, hujjat, gharb, qonun, khona, shu'ba, ma'lumot",
            ),
            (Lang::En, "Office № 5 — Москва", "Office No 5 - Moskva"),
        ] {
            assert_eq!(latin(lang, text), wanted);
        }
    }

    #[test]
    fn uzbek_ye_stands_at_the_beginning_and_after_vowels() {
        assert_eq!(
            latin(Lang::Uz, "Ер ва поезд кетади, келгусида ЕР объект"),
            "Yer va poyezd ketadi, kelgusida YER ob'yekt"
        );
    }

    #[test]
    fn capitals_follow_their_word() {
        assert_eq!(latin(Lang::Ru, "Щука ЩУКА БОРЩ Я. И Ю"), "Schuka SCHUKA BORSCH Ya. I Yu");
        assert_eq!(latin(Lang::Uz, "Ўзбек ЎЗБЕК Шаҳар ШАҲАР"), "O'zbek O'ZBEK Shahar SHAHAR");
    }

    #[test]
    fn typographic_signs_and_turkic_latin_are_folded() {
        assert_eq!(
            latin(Lang::Ru, "«Да» — 250\u{a0}000\u{a0}₸ … №\u{202f}7"),
            "\"Da\" - 250 000 tg ... No 7"
        );
        assert_eq!(latin(Lang::Uz, "Oʻzbek gʻisht maʼno ‘a’ `b´"), "O'zbek g'isht ma'no 'a' 'b'");
        assert_eq!(latin(Lang::Kk, "şý ğylym ıstyq İŞ Áǵash ūlt çok"), "shy gylym istyq ISH Agash ult chok");
    }

    #[test]
    fn a_decomposed_letter_is_the_same_letter() {
        assert_eq!(latin(Lang::Ru, "мои\u{306}"), "moy");
        assert_eq!(latin(Lang::Uz, "у\u{306}збек"), "o'zbek");
    }

    #[test]
    fn what_no_table_knows_is_seen_or_dropped() {
        assert_eq!(latin(Lang::Ru, "a@b_c {d} [e] $5 ~f \\ | ^"), "a(at)b-c (d) (e) USD5 -f / / ");
        assert_eq!(latin(Lang::Ru, "中文 да😀\u{200b}\u{2068}!\r\n\u{7}"), "?? da!\n");
        assert_eq!(latin(Lang::Tg, "۱۲٣ ５ ½"), "123 5 1/2");
    }

    proptest! {
        #[test]
        fn whatever_comes_in_plain_goes_out(text in any::<String>(), cyrillic in "[\u{400}-\u{52f} A-z]{0,40}") {
            for lang in Lang::ALL {
                for text in [&text, &cyrillic] {
                    let out = latin(lang, text);
                    prop_assert!(out.bytes().all(is_plain), "{:?}", out);
                    prop_assert_eq!(crate::domain::text::gsm7::septets(&out), Some(out.len()));
                    prop_assert_eq!(latin(lang, &out), out);
                }
            }
        }
    }
}
