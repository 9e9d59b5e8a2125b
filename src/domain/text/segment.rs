//! A long text as the parts of an SMS (3GPP TS 23.040 §9.2.3.24.1): greedy, never splitting an escape pair or a surrogate pair.

use super::budget::{Budget, Encoding, SMS, Tally, measure};

/// Octets of the header that joins parts under an 8-bit reference (information element 00).
pub const UDH_8_BIT: usize = 6;
/// Octets of the header that joins parts under a 16-bit reference (information element 08).
pub const UDH_16_BIT: usize = 7;
/// Octets of user data in one SMS.
const PAYLOAD_OCTETS: usize = 140;

/// A text cut for SMS.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Segments {
    /// The encoding of every part.
    pub encoding: Encoding,
    /// Units of the whole text.
    pub units: usize,
    /// The parts: one of up to 160/70, or several of up to 153/67 each.
    pub parts: Vec<String>,
}

/// Cuts `text` for parts that are joined under an 8-bit reference: 153 septets or 67 units each.
#[must_use]
pub fn segment(text: &str) -> Segments {
    segment_with(text, UDH_8_BIT)
}

/// Cuts `text` for parts that each carry a header of `udh_octets`, its length octet included; a text that fits one SMS
/// carries none. How many parts are too many is for the caller to say (a reference counts 255 at most).
#[must_use]
pub fn segment_with(text: &str, udh_octets: usize) -> Segments {
    let cost = measure(text);
    if cost.units <= SMS.room(cost.encoding) {
        return Segments { encoding: cost.encoding, units: cost.units, parts: vec![text.to_owned()] };
    }
    let room = room(udh_octets).room(cost.encoding);
    let mut parts = Vec::with_capacity(cost.units / room.max(1) + 1);
    let mut part = String::new();
    let mut used = 0_usize;
    for character in text.chars() {
        let width = width(character, cost.encoding);
        if used.saturating_add(width) > room && !part.is_empty() {
            parts.push(core::mem::take(&mut part));
            used = 0;
        }
        part.push(character);
        used = used.saturating_add(width);
    }
    parts.push(part);
    Segments { encoding: cost.encoding, units: cost.units, parts }
}

/// What one part has room for behind a header of `udh_octets` (1.1: septets begin on a septet boundary after fill bits).
#[must_use]
pub fn room(udh_octets: usize) -> Budget {
    let udh = udh_octets.min(PAYLOAD_OCTETS);
    let fill = fill_bits(udh);
    let bits = PAYLOAD_OCTETS.saturating_sub(udh).saturating_mul(8).saturating_sub(usize::from(fill));
    Budget { septets: bits / 7, units: PAYLOAD_OCTETS.saturating_sub(udh) / 2 }
}

/// Zero bits between a header of `udh_octets` and the first septet, 0–6.
#[must_use]
pub fn fill_bits(udh_octets: usize) -> u8 {
    u8::try_from((7 - udh_octets.saturating_mul(8) % 7) % 7).unwrap_or(0)
}

fn width(character: char, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Gsm7 => Tally::one(character).cost().units,
        Encoding::Ucs2 => character.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_part_has_the_room_of_the_standard() {
        let rooms: Vec<_> =
            [0, 4, 6, 7, 9, 12].map(|udh| (room(udh).septets, room(udh).units, fill_bits(udh))).into();
        assert_eq!(
            rooms,
            [(160, 70, 0), (155, 68, 3), (153, 67, 1), (152, 66, 0), (149, 65, 5), (146, 64, 2)]
        );
    }

    #[test]
    fn an_escape_pair_stays_whole() {
        let cut = segment(&format!("{}€{}", "a".repeat(152), "b".repeat(20)));
        assert_eq!(cut.parts.len(), 2);
        assert_eq!(cut.parts[0], "a".repeat(152));
        assert!(cut.parts[1].starts_with('€'));
    }

    #[test]
    fn a_surrogate_pair_stays_whole() {
        let cut = segment(&format!("{}😀{}", "ж".repeat(66), "щ".repeat(10)));
        assert_eq!(cut.encoding, Encoding::Ucs2);
        assert_eq!(cut.parts[0], "ж".repeat(66));
        assert!(cut.parts[1].starts_with('😀'));
    }

    #[test]
    fn the_limits_are_160_and_70_then_153_and_67() {
        for (text, parts) in [("a", [160, 161, 306, 307]), ("ж", [70, 71, 134, 135])] {
            let counts = parts.map(|length| segment(&text.repeat(length)).parts.len());
            assert_eq!(counts, [1, 2, 2, 3], "{text}");
        }
        assert_eq!(segment_with(&"a".repeat(304), UDH_16_BIT).parts.len(), 2);
        assert_eq!(segment_with(&"a".repeat(305), UDH_16_BIT).parts.len(), 3);
        assert_eq!(segment_with(&"ж".repeat(133), UDH_16_BIT).parts.len(), 3);
        assert_eq!(segment("").parts, [""]);
    }

    proptest! {
        #[test]
        fn parts_join_back_and_none_is_over(text in "[a-zжқ€\\[😀 ]{0,500}|[a-z€ ]{0,500}", udh in 4_usize..13) {
            let cut = segment_with(&text, udh);
            prop_assert_eq!(cut.parts.concat(), text.clone());
            prop_assert_eq!(cut.encoding, measure(&text).encoding);
            let room = if cut.parts.len() == 1 { SMS } else { room(udh) }.room(cut.encoding);
            for part in &cut.parts {
                let units: usize = part.chars().map(|character| width(character, cut.encoding)).sum();
                prop_assert!(units <= room, "{} > {}", units, room);
            }
        }
    }
}
