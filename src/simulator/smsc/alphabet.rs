//! What a handset's characters are on the wire and back. Deliberately not `domain::text`: a fault of ours must not cancel out here.

use crate::domain::text::budget::Encoding;
use std::sync::LazyLock;

/// The GSM 7-bit default alphabet in code order (3GPP TS 23.038 §6.2.1); 0x1B is the escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// What an escape makes of the next septet (§6.2.1.1).
const EXTENDED: [(u8, char); 10] = [
    (0x0A, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];
const ESCAPE: u8 = 0x1B;

static TABLE: LazyLock<Vec<char>> = LazyLock::new(|| BASIC.chars().collect());

/// The septets of one character, `None` where the alphabet lacks it.
fn septets_of(c: char) -> Option<([u8; 2], usize)> {
    if let Some((code, _)) = EXTENDED.iter().find(|(_, known)| *known == c) {
        return Some(([ESCAPE, *code], 2));
    }
    let at = TABLE.iter().position(|known| *known == c && c != '\u{1b}')?;
    Some(([u8::try_from(at).ok()?, 0], 1))
}

/// Characters as they are sent: their encoding and, for each, its octets; a part is never cut inside one of them.
#[must_use]
pub fn encode(text: &str) -> (Encoding, Vec<Vec<u8>>) {
    let gsm: Option<Vec<Vec<u8>>> = text
        .chars()
        .map(|c| septets_of(c).map(|(codes, n)| codes.iter().take(n).copied().collect()))
        .collect();
    if let Some(units) = gsm {
        return (Encoding::Gsm7, units);
    }
    let units = text.chars().map(|c| {
        let mut pair = [0_u16; 2];
        c.encode_utf16(&mut pair).iter().flat_map(|unit| unit.to_be_bytes()).collect()
    });
    (Encoding::Ucs2, units.collect())
}

/// The text of octets in `encoding`; what cannot be read is shown as U+FFFD, as a handset shows a box.
#[must_use]
pub fn decode(encoding: Encoding, octets: &[u8]) -> String {
    match encoding {
        Encoding::Ucs2 => {
            let units = octets.chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xFFFD,
            });
            char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{FFFD}')).collect()
        }
        Encoding::Gsm7 => {
            let mut text = String::with_capacity(octets.len());
            let mut codes = octets.iter().copied();
            while let Some(code) = codes.next() {
                let c = if code == ESCAPE {
                    codes
                        .next()
                        .and_then(|next| EXTENDED.iter().find(|(code, _)| *code == next).map(|(_, c)| *c))
                } else {
                    TABLE.get(usize::from(code)).copied()
                };
                text.push(c.unwrap_or('\u{FFFD}'));
            }
            text
        }
    }
}

/// The encoding a handset reads by a data coding, SMPP's values and the cell broadcast's (TS 23.038 §5); `None` is binary.
#[must_use]
pub fn encoding_of(data_coding: u8) -> Option<Encoding> {
    match data_coding {
        0x00 | 0x01 | 0x0F | 0x10 | 0x40 | 0xF0 => Some(Encoding::Gsm7),
        0x08 | 0x11 | 0x18 | 0x48 | 0x58 => Some(Encoding::Ucs2),
        _ => None,
    }
}

/// Units that `octets` cost in `encoding`: septets (one an octet, as SMPP carries them) or UTF-16 units.
#[must_use]
pub fn units(encoding: Encoding, octets: usize) -> usize {
    match encoding {
        Encoding::Gsm7 => octets,
        Encoding::Ucs2 => octets / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_alphabet_has_its_128_codes_in_order() {
        assert_eq!(TABLE.len(), 128);
        for (code, c) in [(0x00, '@'), (0x1B, '\u{1b}'), (0x20, ' '), (0x40, '¡'), (0x5F, '§'), (0x7F, 'à')]
        {
            assert_eq!(TABLE[code], c);
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_is_read_again(text in "[a-zA-Z0-9 @{}€ёқғҳўӣ😀]{0,80}") {
            let (encoding, units) = encode(&text);
            prop_assert_eq!(decode(encoding, &units.concat()), text);
        }
    }
}
