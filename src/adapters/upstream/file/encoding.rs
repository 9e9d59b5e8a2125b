//! The two encodings in which offices export: UTF-8, and Windows-1251 by its own table.

use serde::Deserialize;

/// How a file's letters are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1251. It has no Kazakh letters: an export in it has lost them already.
    #[serde(rename = "windows-1251", alias = "cp1251")]
    Windows1251,
}

/// 0x80–0xBF of Windows-1251; 0xC0–0xFF are `А`–`я` in order. 0x98 is not assigned.
const UPPER: [char; 64] = [
    'Ђ', 'Ѓ', '‚', 'ѓ', '„', '…', '†', '‡', '€', '‰', 'Љ', '‹', 'Њ', 'Ќ', 'Ћ', 'Џ', 'ђ', '‘', '’', '“', '”',
    '•', '–', '—', '\u{FFFD}', '™', 'љ', '›', 'њ', 'ќ', 'ћ', 'џ', '\u{A0}', 'Ў', 'ў', 'Ј', '¤', 'Ґ', '¦',
    '§', 'Ё', '©', 'Є', '«', '¬', '\u{AD}', '®', 'Ї', '°', '±', 'І', 'і', 'ґ', 'µ', '¶', '·', 'ё', '№', 'є',
    '»', 'ј', 'Ѕ', 'ѕ', 'ї',
];

impl Encoding {
    /// The text of these bytes; `None` where they are not of this encoding.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => {
                core::str::from_utf8(bytes).ok().map(|text| text.trim_start_matches('\u{FEFF}').to_owned())
            }
            Self::Windows1251 => bytes.iter().map(|byte| letter(*byte)).collect(),
        }
    }
}

fn letter(byte: u8) -> Option<char> {
    let c = match byte {
        0x00..=0x7F => char::from(byte),
        0x80..=0xBF => *UPPER.get(usize::from(byte.checked_sub(0x80)?))?,
        0xC0..=0xFF => char::from_u32(0x0410_u32.checked_add(u32::from(byte.checked_sub(0xC0)?))?)?,
    };
    (c != '\u{FFFD}').then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_is_read_in_both_encodings() {
        let bytes = [0xCD, 0xEE, 0xEC, 0xE5, 0xF0, 0x20, 0xB9, 0x31, 0x20, 0xA8, 0xB8, 0xFF];
        assert_eq!(Encoding::Windows1251.decode(&bytes).unwrap(), "Номер №1 Ёёя");
        assert_eq!(Encoding::Utf8.decode("\u{FEFF}Қазақ".as_bytes()).unwrap(), "Қазақ");
        assert_eq!(Encoding::Utf8.decode(&bytes), None);
        assert_eq!(Encoding::Windows1251.decode(&[0x98]), None);
    }
}
