//! Digits as they are typed on keypads and in a hurry: `O` for 0, `l` for 1, `З` for 3 (research: text-i18n §5.1, step 1).

use std::borrow::Cow;

/// `token` with its letters read as the digits they were meant for, when that makes digits of all of it.
///
/// At least one digit, and at least as many digits as letters, must stand there already: `12O4` is a number, `SOS` and
/// `AB12` are not. Signs between them (`03.1O.2026`) stay.
///
/// ```
/// use kopir::domain::word::digits::repaired;
/// assert_eq!(repaired("12O4З"), "12043");
/// assert_eq!(repaired("N8123456"), "N8123456");
/// ```
#[must_use]
pub fn repaired(token: &str) -> Cow<'_, str> {
    if token.bytes().all(|octet| octet.is_ascii_digit()) {
        return Cow::Borrowed(token);
    }
    let signs = || token.chars().filter(|c| c.is_alphanumeric() || *c == '|');
    let digits = signs().filter(|c| foreign(*c).is_some() || c.is_ascii_digit()).count();
    if digits == 0 || digits * 2 < signs().count() {
        return Cow::Borrowed(token);
    }
    if !signs().all(|c| digit(c).is_some()) {
        return Cow::Borrowed(token);
    }
    Cow::Owned(token.chars().map(|c| digit(c).unwrap_or(c)).collect())
}

/// The digit that a sign is or was meant for.
pub(crate) fn digit(sign: char) -> Option<char> {
    Some(match sign {
        '0'..='9' => sign,
        'O' | 'o' | 'О' | 'о' => '0',
        'l' | 'I' | 'i' | 'І' | 'і' | '|' => '1',
        'З' | 'з' => '3',
        'Ч' | 'ч' => '4',
        'S' | 's' => '5',
        'б' | 'b' => '6',
        'В' | 'B' => '8',
        other => return foreign(other),
    })
}

/// Digits of the Arabic keypads, Arabic-Indic and Persian.
pub(crate) fn foreign(sign: char) -> Option<char> {
    let value = match sign {
        '\u{660}'..='\u{669}' => u32::from(sign) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(sign) - 0x6f0,
        _ => return None,
    };
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_among_digits_are_digits() {
        for (typed, meant) in [
            ("12O4", "1204"),
            ("l2О4", "1204"),
            ("03.1O.2026", "03.10.2026"),
            ("123456789З", "1234567893"),
            ("4Ч2І", "4421"),
            ("7B5S", "7855"),
            ("٠١٢", "012"),
            ("۴٢1", "421"),
            ("1|2", "112"),
        ] {
            assert_eq!(repaired(typed), meant);
        }
    }

    #[test]
    fn what_is_not_a_number_stays() {
        for typed in ["SOS", "S0S", "AB12", "N8123456", "olib", "1-я", "", "о", "A1", "10x"] {
            assert_eq!(repaired(typed), typed);
        }
    }

    proptest! {
        #[test]
        fn repairing_twice_changes_nothing(typed in any::<String>(), near in "[0-9OoОоlIЗзбB.]{0,12}") {
            for typed in [typed, near] {
                let once = repaired(&typed).into_owned();
                prop_assert_eq!(repaired(&once).into_owned(), once.clone());
                prop_assert_eq!(once.chars().count(), typed.chars().count());
            }
        }
    }
}
