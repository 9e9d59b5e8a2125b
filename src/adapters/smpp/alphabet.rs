//! Octets of a `short_message` to text and back, by alphabet; the alphabets themselves are the domain's.

use super::dialect::Alphabet;
use crate::domain::text::{gsm7, ucs2};

/// What a text without any readable character is read as: no menu has it as a choice.
pub const UNREADABLE: &str = "\u{FFFD}";

/// The text of `octets`; `packed` is about GSM-7 alone.
#[must_use]
pub fn read(alphabet: Alphabet, packed: bool, octets: &[u8]) -> String {
    match alphabet {
        Alphabet::Gsm7 if packed => gsm7::decode(&gsm7::unpack_ussd(octets)),
        Alphabet::Gsm7 => gsm7::decode(octets),
        Alphabet::Ucs2 => utf16(octets),
        Alphabet::Ucs2Prefixed => utf16(octets.get(2..).unwrap_or_default()),
        Alphabet::Latin1 => octets.iter().copied().map(char::from).collect(),
        Alphabet::Cyrillic => octets.iter().copied().map(iso_8859_5).collect(),
        Alphabet::Binary => UNREADABLE.to_owned(),
    }
}

/// A text in the cheapest alphabet that has all of it: octets, and whether they are UCS-2.
#[must_use]
pub fn write(text: &str, packed: bool) -> (Vec<u8>, bool) {
    match gsm7::encode(text) {
        Ok(septets) if packed => (gsm7::pack_ussd(&septets), false),
        Ok(septets) => (septets, false),
        Err(_) => (ucs2::encode(text), true),
    }
}

// A lone last octet is no character; a byte order mark is none either.
fn utf16(octets: &[u8]) -> String {
    let (pairs, _) = octets.as_chunks::<2>();
    let text = ucs2::decode(pairs.as_flattened());
    text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text)
}

fn iso_8859_5(octet: u8) -> char {
    match octet {
        0x00..=0xA0 | 0xAD => char::from(octet),
        0xF0 => '№',
        0xFD => '§',
        letter => char::from_u32(0x0400 + u32::from(letter) - 0xA0).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// The language that the two octets before a CBS 0x11 text name: two letters, packed.
#[must_use]
pub fn prefixed_language(octets: &[u8]) -> Option<[u8; 2]> {
    let letters = gsm7::unpack_ussd(octets.get(..2)?);
    <[u8; 2]>::try_from(letters.get(..2)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_leaves_in_the_cheapest_alphabet_and_comes_back() {
        for (text, packed, is_ucs2, octets) in [
            ("1234567", true, false, "31d98c56b3dd1a"),
            ("1 [a]", false, false, "31201b3c611b3e"),
            ("Иә", true, true, "041804d9"),
        ] {
            let (written, ucs2) = write(text, packed);
            assert_eq!((hex::encode(&written).as_str(), ucs2), (octets, is_ucs2));
            let alphabet = if ucs2 { Alphabet::Ucs2 } else { Alphabet::Gsm7 };
            assert_eq!(read(alphabet, packed, &written), text);
        }
    }

    #[test]
    fn every_alphabet_is_read_and_none_fails() {
        assert_eq!(read(Alphabet::Ucs2, false, b"\xFE\xFF\x04\x1F\x04\x40\xD8\x3D\xDE\x00\x04"), "Пр😀");
        assert_eq!(read(Alphabet::Ucs2Prefixed, false, b"\xF2\x3A\x04\x1F"), "П");
        assert_eq!(read(Alphabet::Latin1, false, b"Caf\xE9"), "Café");
        assert_eq!(read(Alphabet::Cyrillic, false, b"\xBF\xE0\xD8 \xF0"), "При №");
        assert_eq!(read(Alphabet::Binary, false, b"\x01\x02"), UNREADABLE);
        assert_eq!(prefixed_language(b"\xF2\x3A\x04\x1F"), Some(*b"ru"));
    }
}
