//! Characters and words that may not stand in a text, whatever it says.

use crate::domain::lang::Lang;
use crate::domain::menu::load::{Draft, Report, Written};
use crate::domain::text::gsm7;
use unicode_normalization::is_nfc;

/// Endings by which a link without `http` is known.
const DOMAINS: [&str; 9] = ["kz", "ru", "uz", "kg", "tj", "com", "org", "net", "me"];
/// What nobody is asked for over a phone.
const SECRETS: [&str; 10] =
    ["pin", "пин", "пинкод", "пароль", "parol", "password", "cvv", "құпиясөз", "сырсөз", "рамз"];

/// Checks one language's writing of a text.
pub(super) fn check(scope: &str, name: &str, lang: Lang, written: &Written, report: &mut Report) {
    let menu = scope != "phrases" && !scope.contains('/');
    draft(&written.native, report);
    signs(lang, &written.native, report);
    if let Some(latin) = &written.latin {
        draft(latin, report);
        sms_latin(lang, latin, report);
    }
    for (number, (text, _)) in written.native.forms().enumerate() {
        let text = masked(text);
        if menu && let Some(at) = reserved_key(&text) {
            let cure = "remove the line: the gateway adds 0, 00, 8 and 9 itself where they do something";
            report.add("K037", &written.native.spot(number, at), "a text names a key of the gateway", cure);
        }
        if name.ends_with(".ask")
            && let Some(at) = secret(&text)
        {
            let cure =
                "never ask for a code or password: whoever does so is a swindler, and people must know it";
            report.add("K062", &written.native.spot(number, at), "a question asks for a secret", cure);
        }
    }
}

fn draft(draft: &Draft, report: &mut Report) {
    for (number, (text, _)) in draft.forms().enumerate() {
        let text = masked(text);
        if !is_nfc(&text) {
            let cure = "type the letter anew: й, ў, ё are one character each, not a letter and a mark";
            report.add("K058", &draft.spot(number, 0), "a letter is made of two characters", cure);
        }
        if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| hidden(*c)) {
            let message = format!("an invisible character, U+{:04X}", u32::from(c));
            report.add(
                "K059",
                &draft.spot(number, at),
                message,
                "delete it: phones show a box, and it may double the cost",
            );
        }
        if let Some((at, word)) = mixed(&text) {
            let message = format!("\"{word}\" mixes Latin and Cyrillic letters");
            report.add(
                "K060",
                &draft.spot(number, at),
                message,
                "type the word anew in one alphabet: look-alikes cost money and hide words from search",
            );
        }
        if let Some((at, word)) = link(&text) {
            let message = format!("\"{word}\" is a link");
            report.add(
                "K061",
                &draft.spot(number, at),
                message,
                "no link ever: say what to dial; a link in an SMS is what swindlers send",
            );
        }
    }
}

/// Pictures, and in languages of Latin letters what GSM-7 does not have. Cyrillic letters there are no slip of a key.
fn signs(lang: Lang, draft: &Draft, report: &mut Report) {
    for (number, (text, _)) in draft.forms().enumerate() {
        let text = masked(text);
        let dear =
            |c: char| lang.is_latin() && gsm7::width(c).is_none() && !matches!(c, '\u{400}'..='\u{52f}');
        let found = text.chars().enumerate().find(|(_, c)| picture(*c) || dear(*c) && !hidden(*c));
        let Some((at, c)) = found else { continue };
        let (message, cure) = if picture(c) {
            (format!("keypad phones show {c:?} as a box"), "say it in words")
        } else {
            (
                format!("{c:?} leaves this text 70 characters instead of 160"),
                "type the plain key instead: ' for a curly quote, - for a dash, ... for an ellipsis",
            )
        };
        report.add("K069", &draft.spot(number, at), message, cure);
    }
}

/// Arrows, dingbats, emoji and whatever lies beyond the first plane.
fn picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{10000}'..)
}

/// SMS-Latin by hand: ASCII that GSM-7 has, at one septet each.
fn sms_latin(lang: Lang, latin: &Draft, report: &mut Report) {
    for (number, (text, _)) in latin.forms().enumerate() {
        let text = masked(text);
        let odd = text.chars().enumerate().find(|(_, c)| {
            !(c.is_ascii_graphic() || matches!(c, ' ' | '\n')) || "@$_`[]{}^~\\|".contains(*c)
        });
        if let Some((at, c)) = odd {
            let message = format!("{c:?} is no letter of SMS-Latin ({})", lang.tag());
            report.add(
                "K063",
                &latin.spot(number, at),
                message,
                "use a-z, digits and . , : ; ! ? ' \" ( ) + - / * # % & < = >",
            );
        }
    }
}

/// The text with what stands in braces blanked out, every other character in its place.
fn masked(text: &str) -> String {
    let mut inside = false;
    let mask = |c: char| {
        let hide = inside || c == '{';
        inside = c == '{' || inside && c != '}';
        if hide { ' ' } else { c }
    };
    text.chars().map(mask).collect()
}

/// No-break spaces, joiners, direction marks, soft hyphens, tabs and other controls.
fn hidden(c: char) -> bool {
    c != '\n' && c.is_control()
        || matches!(c, '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

fn mixed(text: &str) -> Option<(usize, String)> {
    words(text, |c| c.is_alphabetic()).into_iter().find(|(_, word)| {
        let latin = word.chars().any(|c| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}'));
        let cyrillic = word.chars().any(|c| matches!(c, '\u{400}'..='\u{52f}'));
        latin && cyrillic
    })
}

fn link(text: &str) -> Option<(usize, String)> {
    words(text, |c| !c.is_whitespace()).into_iter().find(|(_, word)| {
        let lower = word.to_lowercase();
        let bare = lower.trim_end_matches(|c: char| !c.is_alphanumeric());
        let host = bare.split('/').next().unwrap_or_default();
        let domain = host.rsplit_once('.').is_some_and(|(name, end)| {
            DOMAINS.contains(&end) && name.chars().any(|c| c.is_ascii_alphabetic()) && name.is_ascii()
        });
        lower.contains("http") || lower.contains("www.") || domain
    })
}

fn secret(text: &str) -> Option<usize> {
    let words = words(text, char::is_alphanumeric);
    words.iter().enumerate().find_map(|(nth, (at, word))| {
        let word = word.to_lowercase();
        let after = words.get(nth + 2).map(|(_, word)| word.to_lowercase()).unwrap_or_default();
        let of_letter =
            matches!(word.as_str(), "код" | "kod" | "code") && matches!(after.as_str(), "sms" | "смс");
        (SECRETS.contains(&word.as_str()) || of_letter).then_some(*at)
    })
}

/// Where a line begins like a footer: `0 Назад`, `9) Ещё`. `9 мая` is a day.
fn reserved_key(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split('\n') {
        let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
        let mut rest = line.chars().skip(digits.len());
        let (next, after) = (rest.next(), rest.next());
        let marked = next.is_some_and(|c| ".)=:".contains(c)) && !after.is_some_and(|c| c.is_ascii_digit());
        let back = matches!(digits.as_str(), "0" | "00")
            && next == Some(' ')
            && after.is_some_and(char::is_alphabetic);
        if back || marked && matches!(digits.as_str(), "0" | "00" | "8" | "9") {
            return Some(at);
        }
        at += line.chars().count() + 1;
    }
    None
}

/// Runs of characters that belong to a word, each with its place.
fn words(text: &str, belongs: impl Fn(char) -> bool) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (at, c) in text.chars().enumerate() {
        match (belongs(c), words.last_mut().filter(|_| open)) {
            (true, Some((_, word))) => word.push(c),
            (true, None) => words.push((at, c.to_string())),
            (false, _) => {}
        }
        open = belongs(c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_known_with_and_without_their_scheme() {
        for (text, found) in [
            ("см. http://a.b", true),
            ("www.gov", true),
            ("egov.kz/x.", true),
            ("на enbek.kz", true),
            ("10.000 тг. Кз", false),
            ("до 03.10.2026.", false),
            ("ул. Абая, д.5", false),
        ] {
            assert_eq!(link(text).is_some(), found, "{text}");
        }
    }

    #[test]
    fn look_alikes_inside_a_word_are_found_and_two_alphabets_in_a_text_are_not() {
        assert_eq!(mixed("Ваш cтатус"), Some((4, "cтатус".to_owned())));
        assert_eq!(mixed("SMS о новостях, O'zbek тили"), None);
    }

    #[test]
    fn footers_by_hand_are_found_and_dates_are_not() {
        for (text, at) in [
            ("Текст\n0 Назад", Some(6)),
            ("9) Ещё", Some(0)),
            ("9 мая", None),
            ("8.10.2026", None),
            ("00 Меню", Some(0)),
        ] {
            assert_eq!(reserved_key(text), at, "{text}");
        }
    }

    #[test]
    fn values_are_not_read_as_words() {
        assert_eq!(masked("от {as_of}!"), "от        !");
    }

    #[test]
    fn secrets_are_words_of_their_own() {
        assert!(secret("Ваш PIN?").is_some() && secret("Код из SMS").is_some());
        assert!(secret("Пиница и parolik").is_none() && secret("Код города").is_none());
    }
}
