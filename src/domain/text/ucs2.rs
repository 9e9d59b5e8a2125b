//! "UCS-2" as networks carry it: UTF-16, big end first (3GPP TS 23.038 §6.2.3).

/// Octets of `text`.
#[must_use]
pub fn encode(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len().saturating_mul(2));
    for unit in text.encode_utf16() {
        octets.extend_from_slice(&unit.to_be_bytes());
    }
    octets
}

/// The text of octets. Tolerant: a lone surrogate and a last odd octet read as U+FFFD.
#[must_use]
pub fn decode(octets: &[u8]) -> String {
    let (pairs, odd) = octets.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    let characters = char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER));
    characters.chain(odd.iter().map(|_| char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_are_two_octets_and_emoji_four() {
        assert_eq!(encode("Ж"), [0x04, 0x16]);
        assert_eq!(encode("😀"), [0xd8, 0x3d, 0xde, 0x00]);
    }

    #[test]
    fn what_is_cut_or_alone_reads_as_replacement() {
        assert_eq!(decode(&[0x04, 0x16, 0x04]), "Ж\u{fffd}");
        assert_eq!(decode(&[0xd8, 0x3d, 0x04, 0x16]), "\u{fffd}Ж");
        assert_eq!(decode(&[0xde, 0x00]), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            prop_assert_eq!(decode(&encode(&text)), text);
        }

        #[test]
        fn any_octets_are_read(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&octets).chars().count() <= octets.len().div_ceil(2));
        }
    }
}
