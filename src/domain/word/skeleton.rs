//! What a word sounds and looks like: phonetic skeletons, look-alikes, letters of one key (research: text-i18n §5.1).

use unicode_normalization::UnicodeNormalization;

/// The sound of a small-letter word in Latin classes, the same for either script and any habit of transliteration.
pub(super) fn skeleton(word: &str) -> String {
    let mut latin = String::with_capacity(word.len());
    for letter in word.chars() {
        match cyrillic(letter) {
            Some(letters) => latin.push_str(letters),
            None => match letter {
                'ı' => latin.push('i'),
                'ž' => latin.push('j'),
                'ə' => latin.push('a'),
                other => latin.extend(other.nfd().filter(char::is_ascii_alphanumeric)),
            },
        }
    }
    let mut sound = String::with_capacity(latin.len());
    let mut rest = latin.as_str();
    while let Some(first) = rest.chars().next() {
        let (letter, taken) = DIGRAPHS
            .iter()
            .find(|(letters, _)| rest.starts_with(letters))
            .map_or_else(|| (single(first), first.len_utf8()), |(letters, letter)| (*letter, letters.len()));
        if !sound.ends_with(letter) {
            sound.push(letter);
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    sound
}

/// Several Latin letters for one sound, the longest first.
const DIGRAPHS: [(&str, char); 10] = [
    ("shch", 's'),
    ("sch", 's'),
    ("dzh", 'j'),
    ("sh", 's'),
    ("ch", 'c'),
    ("zh", 'j'),
    ("kh", 'h'),
    ("gh", 'g'),
    ("ts", 'c'),
    ("ng", 'n'),
];

fn single(letter: char) -> char {
    match letter {
        'y' => 'i',
        'q' => 'k',
        'x' => 'h',
        'w' => 'v',
        other => other,
    }
}

/// The class of a small Cyrillic letter.
fn cyrillic(letter: char) -> Option<&'static str> {
    Some(match letter {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ғ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ё' => "io",
        'ж' | 'ҷ' => "j",
        'з' => "z",
        'и' | 'й' | 'ы' | 'і' | 'ӣ' => "i",
        'к' | 'қ' => "k",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' | 'ў' => "o",
        'п' => "p",
        'р' => "r",
        'с' | 'ш' | 'щ' => "s",
        'т' => "t",
        'у' | 'ұ' | 'ү' | 'ӯ' => "u",
        'ф' => "f",
        'х' | 'һ' | 'ҳ' => "h",
        'ц' | 'ч' => "c",
        'ю' => "iu",
        'я' => "ia",
        'ъ' | 'ь' => "",
        _ => return None,
    })
}

/// The ways a word can be meant whose letters only look right: Latin ones read as Cyrillic, Cyrillic ones as Latin,
/// digits as letters. The word itself is not among them.
pub(super) fn lookalikes(word: &str) -> Vec<String> {
    let read = |as_letter: fn(char) -> char| word.chars().map(as_letter).collect::<String>();
    let mut ways = vec![read(as_cyrillic), read(as_latin)];
    if word.contains(|c: char| c.is_ascii_digit()) {
        for six in ['ш', 'б'] {
            let letters: String = word.chars().map(|c| if c == '6' { six } else { leet(c) }).collect();
            ways.extend([letters.chars().map(as_cyrillic).collect(), letters]);
        }
    } else if word.contains('w') {
        ways.push(word.replace('w', "ш"));
    }
    if word.contains('j') {
        // Some write `j` for `й`: `jordam`.
        ways.push(word.replace('j', "y"));
    }
    ways.retain(|way| way != word);
    ways.dedup();
    ways
}

fn as_cyrillic(letter: char) -> char {
    match letter {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'k' => 'к',
        'm' => 'м',
        'o' | '0' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        'i' => 'і',
        'r' => 'г',
        'n' => 'п',
        'u' => 'и',
        '3' => 'з',
        '6' => 'б',
        '4' => 'ч',
        other => other,
    }
}

fn as_latin(letter: char) -> char {
    match letter {
        'а' => 'a',
        'в' => 'b',
        'с' => 'c',
        'е' => 'e',
        'н' => 'h',
        'к' => 'k',
        'м' => 'm',
        'о' => 'o',
        'р' => 'p',
        'т' => 't',
        'х' => 'x',
        'у' => 'y',
        'і' => 'i',
        'ѕ' => 's',
        'ј' => 'j',
        'һ' => 'h',
        other => other,
    }
}

/// A digit written for a letter, and `w` for `ш`.
fn leet(sign: char) -> char {
    match sign {
        '4' => 'ч',
        '0' => 'о',
        '1' => 'i',
        '3' => 'з',
        '9' => 'я',
        'w' => 'ш',
        other => other,
    }
}

/// Whether `a` and `b` are one word with one letter tapped too often or too seldom: alike but for two letters of one key.
pub(super) fn mistapped(a: &str, b: &str) -> bool {
    let mut differing = a.chars().zip(b.chars()).filter(|(a, b)| a != b);
    let one_key = differing.next().is_some_and(|(a, b)| key(a).is_some() && key(a) == key(b));
    one_key && differing.next().is_none() && a.chars().count() == b.chars().count()
}

/// The key of a small letter by ETSI ES 202 130, with its alphabet: letters of two alphabets share no key here.
fn key(letter: char) -> Option<(bool, u8)> {
    Some(match letter {
        'a'..='c' => (false, 2),
        'd'..='f' => (false, 3),
        'g'..='i' => (false, 4),
        'j'..='l' => (false, 5),
        'm'..='o' => (false, 6),
        'p'..='s' => (false, 7),
        't'..='v' => (false, 8),
        'w'..='z' => (false, 9),
        'а'..='г' | 'ә' | 'ғ' => (true, 2),
        'д'..='з' | 'ё' => (true, 3),
        'и'..='л' | 'і' | 'қ' | 'ӣ' => (true, 4),
        'м'..='п' | 'ң' | 'ө' => (true, 5),
        'р'..='у' | 'ұ' | 'ү' | 'ӯ' => (true, 6),
        'ф'..='ч' | 'һ' | 'ҳ' | 'ҷ' => (true, 7),
        'ш'..='ы' => (true, 8),
        'ь'..='я' => (true, 9),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_script_and_any_habit_give_one_skeleton() {
        for same in [
            &["жұмыс", "жумыс", "jumys", "zhumis", "jūmys"][..],
            &["помощь", "pomosh", "pomoshch", "pomosch", "pomoş"],
            &["ҳолат", "holat", "xolat", "kholat", "холат"],
            &["центр", "tsentr", "centr"],
            &["хориҷ", "xorij", "horij", "khorizh", "хориж"],
            &["қоңырау", "konyrau", "qongyrau"],
        ] {
            for word in same {
                assert_eq!(skeleton(word), skeleton(same[0]), "{word}");
            }
        }
        assert_eq!(skeleton("данные"), "danie");
        assert_eq!(skeleton("ʘ★"), "");
    }

    #[test]
    fn look_alikes_are_read_as_what_they_look_like() {
        assert!(lookalikes("ctатус").contains(&"статус".to_owned()));
        assert!(lookalikes("stаtus").contains(&"status".to_owned()));
        assert!(lookalikes("помо6ь").contains(&"помошь".to_owned()));
        assert!(lookalikes("c0c").contains(&"сос".to_owned()));
    }

    #[test]
    fn one_tap_too_many_stays_on_the_key() {
        assert!(mistapped("kun", "jun"));
        assert!(mistapped("күн", "кун"));
        for (a, b) in [("kun", "kun"), ("kun", "tun"), ("kun", "jum"), ("kun", "kuno"), ("kuno", "kun")] {
            assert!(!mistapped(a, b), "{a} {b}");
        }
    }
}
