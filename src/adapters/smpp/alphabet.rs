//! Octets of a `short_message` to text and back, by alphabet; the alphabets themselves are the domain's.

use super::dialect::Alphabet;
use crate::domain::text::gsm7;

/// What a text without any readable character is read as: no menu has it as a choice.
pub const UNREADABLE: &str = "\u{FFFD}";

/// The text of `octets`; `packed` is about GSM-7 alone.
#[must_use]
pub fn read(alphabet: Alphabet, packed: bool, octets: &[u8]) -> String {
    match alphabet {
        Alphabet::Gsm7 if packed => gsm7::decode(&unpack(octets)),
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
        Ok(septets) if packed => (pack(&septets), false),
        Ok(septets) => (septets, false),
        Err(_) => (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), true),
    }
}

// A lone last octet is no character; a byte order mark is none either.
fn utf16(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(u16::from_be_bytes);
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
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

/// Septets packed as USSD packs them: seven spare bits hold a CR, and a text that ends in a CR on an octet boundary gets
/// a second one (3GPP TS 23.038 §6.1.2.3.1).
fn pack(septets: &[u8]) -> Vec<u8> {
    const CR: u8 = 0x0D;
    let mut all = septets.to_vec();
    let spare_seven = all.len() % 8 == 7;
    let ends_in_cr = !all.is_empty() && all.len() % 8 == 0 && all.last() == Some(&CR);
    if spare_seven || ends_in_cr {
        all.push(CR);
    }
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u16, 0_u32);
    for septet in all {
        bits |= u16::from(septet & 0x7F) << held;
        held += 7;
        while held >= 8 {
            out.push(bits.to_le_bytes().first().copied().unwrap_or(0));
            bits >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        out.push(bits.to_le_bytes().first().copied().unwrap_or(0));
    }
    out
}

fn unpack(octets: &[u8]) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for octet in octets {
        bits |= u32::from(*octet) << held;
        held += 8;
        while held >= 7 {
            out.push(bits.to_le_bytes().first().copied().unwrap_or(0) & 0x7F);
            bits >>= 7;
            held -= 7;
        }
    }
    // The CR that only fills the last octet is no text.
    if out.len() % 8 == 0 && out.last() == Some(&0x0D) {
        out.pop();
    }
    out
}

/// The language that the two octets before a CBS 0x11 text name: two letters, packed.
#[must_use]
pub fn prefixed_language(octets: &[u8]) -> Option<[u8; 2]> {
    let letters = unpack(octets.get(..2)?);
    <[u8; 2]>::try_from(letters.get(..2)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ussd_packing_vector_holds() {
        assert_eq!(hex::encode(pack(b"1234567")), "31d98c56b3dd1a");
        assert_eq!(unpack(&pack(b"1234567")), b"1234567");
        assert_eq!(unpack(&pack(b"1234567\r")), b"1234567\r\r");
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(septets in proptest::collection::vec(0_u8..128, 0..182)) {
            prop_assume!(septets.last() != Some(&0x0D));
            let back = unpack(&pack(&septets));
            // Fewer than seven spare bits cannot be told from nothing; seven are filled.
            prop_assert_eq!(&back[..], &septets[..]);
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
