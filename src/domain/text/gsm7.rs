//! The GSM 7-bit default alphabet with its extension table, exactly, and its packing (3GPP TS 23.038 §6).

/// Announces a character of the extension table.
const ESC: u8 = 0x1b;
/// Pads a USSD string whose last octet has seven spare bits.
const CR: u8 = 0x0d;
/// Marks, in a table of septets, a character without a form.
const NONE: u8 = 0xff;
/// Set, in a table of septets, on what stands behind an escape.
const EXTENDED: u8 = 0x80;

/// The default alphabet, by septet (TS 23.038 §6.2.1). 0x1B is the escape and is never shown.
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// The extension table: septet behind the escape, character (TS 23.038 §6.2.1.1).
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// Septets of U+0000–U+00FF, so that the common character costs one look-up.
static LATIN_1: [u8; 256] = inverse(0);
/// Septets of U+0300–U+03FF, for the ten Greek capitals.
static GREEK: [u8; 256] = inverse(0x300);

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "runs in the compiler, which refuses what would overrun"
)]
const fn inverse(from: usize) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut septet = 0;
    while septet < BASIC.len() {
        let at = BASIC[septet] as usize;
        if at >= from && at < from + 256 && septet != ESC as usize {
            table[at - from] = septet as u8;
        }
        septet += 1;
    }
    let mut row = 0;
    while row < EXTENSION.len() {
        let at = EXTENSION[row].1 as usize;
        if at >= from && at < from + 256 {
            table[at - from] = EXTENSION[row].0 | EXTENDED;
        }
        row += 1;
    }
    table
}

/// A character that has no GSM 7-bit form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{character:?} at character {at} has no GSM 7-bit form")]
pub struct NotGsm7 {
    /// Its place, in characters from 0.
    pub at: usize,
    /// It.
    pub character: char,
}

/// The septet of `character`, with `EXTENDED` set where an escape precedes it, or `NONE`.
fn septet(character: char) -> u8 {
    let code = u32::from(character);
    let [low, page, ..] = code.to_le_bytes();
    let table = match code >> 8 {
        0 => &LATIN_1,
        3 if page == 3 => &GREEK,
        _ if character == '€' => return 0x65 | EXTENDED,
        _ => return NONE,
    };
    table.get(usize::from(low)).copied().unwrap_or(NONE)
}

/// Septets one character costs: 1, 2 behind an escape, or `None` without a form.
#[must_use]
pub fn width(character: char) -> Option<usize> {
    match septet(character) {
        NONE => None,
        septet if septet & EXTENDED != 0 => Some(2),
        _ => Some(1),
    }
}

/// Septets, one to an octet (unpacked, as SMPP carries them). Strict.
///
/// # Errors
/// The first character that has no form.
pub fn encode(text: &str) -> Result<Vec<u8>, NotGsm7> {
    let mut septets = Vec::with_capacity(text.len());
    for (at, character) in text.chars().enumerate() {
        match septet(character) {
            NONE => return Err(NotGsm7 { at, character }),
            septet if septet & EXTENDED != 0 => septets.extend_from_slice(&[ESC, septet & !EXTENDED]),
            septet => septets.push(septet),
        }
    }
    Ok(septets)
}

/// The text of unpacked septets. Tolerant: an undefined escape shows the main table's character (TS 23.038 §6.2.1.1),
/// a doubled escape is a space, a lone last escape is dropped, an octet above 0x7F is U+FFFD.
#[must_use]
pub fn decode(septets: &[u8]) -> String {
    let mut text = String::with_capacity(septets.len());
    let mut escaped = false;
    for &septet in septets {
        if septet == ESC && !escaped {
            escaped = true;
            continue;
        }
        let extended = if escaped { extension(septet) } else { None };
        let main = || BASIC.get(usize::from(septet)).copied().unwrap_or(char::REPLACEMENT_CHARACTER);
        text.push(extended.unwrap_or_else(main));
        escaped = false;
    }
    text
}

/// The character behind an escape, where the extension table has one.
fn extension(septet: u8) -> Option<char> {
    // TS 23.038 keeps 1B 1B for a further table; until there is one, the receiver shows a space.
    if septet == ESC {
        return Some(' ');
    }
    EXTENSION.iter().find(|(code, _)| *code == septet).map(|(_, character)| *character)
}

/// Septets `text` costs (extension characters two), or `None` if a character has no form.
#[must_use]
pub fn septets(text: &str) -> Option<usize> {
    text.chars().try_fold(0_usize, |sum, character| Some(sum.saturating_add(width(character)?)))
}

/// Packs septets into octets behind `fill_bits` (0–6) zero bits, as an SMS carries them (TS 23.038 §6.1.2.1);
/// spare bits at the end are zero.
#[must_use]
pub fn pack(septets: &[u8], fill_bits: u8) -> Vec<u8> {
    let mut octets = Vec::with_capacity(septets.len().saturating_add(1));
    let mut held: u16 = 0;
    let mut bits = u32::from(fill_bits.min(6));
    for &septet in septets {
        held |= u16::from(septet & 0x7f) << bits;
        bits += 7;
        if bits >= 8 {
            let [octet, rest] = held.to_le_bytes();
            octets.push(octet);
            held = u16::from(rest);
            bits -= 8;
        }
    }
    if bits > 0 && !septets.is_empty() {
        let [octet, _] = held.to_le_bytes();
        octets.push(octet);
    }
    octets
}

/// Unpacks up to `count` septets from behind `fill_bits` (0–6) bits; fewer if the octets end before.
#[must_use]
pub fn unpack(octets: &[u8], count: usize, fill_bits: u8) -> Vec<u8> {
    let fill = u32::from(fill_bits.min(6));
    let mut septets = Vec::with_capacity(count.min(octets.len().saturating_mul(8) / 7));
    let mut held: u32 = 0;
    let mut bits: u32 = 0;
    let mut skip = fill;
    for &octet in octets {
        held |= u32::from(octet) << bits;
        bits += 8;
        if skip > 0 {
            held >>= skip;
            bits -= skip;
            skip = 0;
        }
        while bits >= 7 && septets.len() < count {
            let [septet, ..] = (held & 0x7f).to_le_bytes();
            septets.push(septet);
            held >>= 7;
            bits -= 7;
        }
        if septets.len() == count {
            break;
        }
    }
    septets
}

/// Packs a USSD string (TS 23.038 §6.1.2.3.1): seven spare bits are filled with CR, which would else read as `@`;
/// a text that itself ends in CR on an octet boundary gets a second one, since the receiver drops the last.
#[must_use]
pub fn pack_ussd(septets: &[u8]) -> Vec<u8> {
    let pad = match septets.len() % 8 {
        7 => true,
        0 => septets.last() == Some(&CR),
        _ => false,
    };
    if !pad {
        return pack(septets, 0);
    }
    let mut padded = Vec::with_capacity(septets.len().saturating_add(1));
    padded.extend_from_slice(septets);
    padded.push(CR);
    pack(&padded, 0)
}

/// Unpacks a USSD string; a last CR that ends on an octet boundary is padding and is dropped.
#[must_use]
pub fn unpack_ussd(octets: &[u8]) -> Vec<u8> {
    let mut septets = unpack(octets, octets.len().saturating_mul(8) / 7, 0);
    if septets.len().is_multiple_of(8) && septets.last() == Some(&CR) {
        septets.pop();
    }
    septets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_alphabet_has_127_basic_and_10_extension_characters_each_there_and_back() {
        let all: Vec<char> = ('\0'..=char::MAX).filter(|&c| width(c).is_some()).collect();
        assert_eq!(all.iter().filter(|&&c| width(c) == Some(1)).count(), 127);
        assert_eq!(all.iter().filter(|&&c| width(c) == Some(2)).count(), 10);
        let text: String = all.iter().collect();
        assert_eq!(decode(&encode(&text).unwrap()), text);
        for without in ['\u{1b}', '`', 'ç', '№', 'Ж', '’', '\u{a0}'] {
            assert_eq!(width(without), None, "{without:?}");
        }
    }

    #[test]
    fn what_is_not_ascii_in_place_has_its_own_septet() {
        assert_eq!(encode("@$_¡§¿").unwrap(), [0x00, 0x02, 0x11, 0x40, 0x5f, 0x60]);
        assert_eq!(encode("{€").unwrap(), [0x1b, 0x28, 0x1b, 0x65]);
        assert_eq!(encode("ok Ж"), Err(NotGsm7 { at: 3, character: 'Ж' }));
    }

    #[test]
    fn escapes_that_mean_nothing_are_read_leniently() {
        assert_eq!(decode(&[0x1b, 0x41]), "A");
        assert_eq!(decode(&[0x41, 0x1b, 0x1b, 0x42]), "A B");
        assert_eq!(decode(&[0x41, 0x1b]), "A");
        assert_eq!(decode(&[0x80, 0x41]), "\u{fffd}A");
        assert_eq!(decode(&[0x1b, 0xff]), "\u{fffd}");
    }

    #[test]
    fn seven_characters_of_ussd_are_padded_with_cr() {
        let septets = encode("1234567").unwrap();
        let packed = pack_ussd(&septets);
        assert_eq!(packed, [0x31, 0xd9, 0x8c, 0x56, 0xb3, 0xdd, 0x1a]);
        assert_eq!(unpack_ussd(&packed), septets);
        // An SMS is padded with zeros.
        assert_eq!(pack(&septets, 0), [0x31, 0xd9, 0x8c, 0x56, 0xb3, 0xdd, 0x00]);
    }

    #[test]
    fn a_cr_that_ends_on_an_octet_boundary_is_doubled() {
        let septets = encode("1234567\r").unwrap();
        assert_eq!(pack_ussd(&septets).len(), 8);
        assert_eq!(decode(&unpack_ussd(&pack_ussd(&septets))), "1234567\r\r");
    }

    #[test]
    fn every_length_of_ussd_comes_back_whole() {
        for length in 0..=182 {
            for last in ["a", "@", "€"] {
                let text = format!("{}{last}", "x".repeat(length));
                let septets = encode(&text).unwrap();
                assert_eq!(unpack_ussd(&pack_ussd(&septets)), septets, "{length} {last}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_has_a_form_comes_back(text in "[@£$¥èéùìòÇ\n\rØÅΔ_ΦΩa-zA-Z0-9 ^{}\\\\~|€\u{c}\\[\\]]{0,400}") {
            let septets = encode(&text).unwrap();
            prop_assert_eq!(super::septets(&text), Some(septets.len()));
            prop_assert_eq!(decode(&septets), text);
        }

        #[test]
        fn packing_comes_back(septets in prop::collection::vec(0_u8..128, 0..400), fill in 0_u8..7) {
            let packed = pack(&septets, fill);
            if !septets.is_empty() {
                prop_assert_eq!(packed.len(), (septets.len() * 7 + usize::from(fill)).div_ceil(8));
            }
            prop_assert_eq!(unpack(&packed, septets.len(), fill), septets);
        }

        #[test]
        fn any_octets_are_read(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&octets).chars().count() <= octets.len());
            prop_assert!(unpack_ussd(&octets).len() <= octets.len() * 8 / 7);
        }
    }
}
