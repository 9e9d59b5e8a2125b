//! Which part of which long text an SM is: UDH with 8- or 16-bit reference, or SAR TLVs (3GPP TS 23.040 §9.2.3.24).

use super::tlv::{self, Tlvs};
use bytes::{Buf, Bytes};

/// `esm_class` bit: the text begins with a UDH.
pub const UDHI: u8 = 0x40;

/// A part's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concat {
    /// Which text.
    pub reference: u16,
    /// Parts in all.
    pub total: u8,
    /// Which of them, from 1.
    pub number: u8,
}

/// Takes the UDH off `text` where `esm_class` says that there is one. A UDH that does not fit is left in the text.
#[must_use]
pub fn read(esm_class: u8, mut text: Bytes) -> (Option<Concat>, Bytes) {
    let length = text.first().copied().map_or(0, usize::from);
    if esm_class & UDHI == 0 || text.is_empty() || text.len() <= length {
        return (None, text);
    }
    text.advance(1);
    let mut header = text.split_to(length);
    let mut concat = None;
    while let [element, length, ..] = *header {
        header.advance(2);
        if header.len() < usize::from(length) {
            break;
        }
        let value = header.split_to(usize::from(length));
        concat = concat.or(match (element, value.as_ref()) {
            (0x00, [reference, total, number]) => place(u16::from(*reference), *total, *number),
            (0x08, [high, low, total, number]) => place(u16::from_be_bytes([*high, *low]), *total, *number),
            _ => None,
        });
    }
    (concat, text)
}

/// The place that SAR TLVs name.
#[must_use]
pub fn sar(tlvs: &Tlvs) -> Option<Concat> {
    let reference = tlvs.word(tlv::SAR_MSG_REF_NUM)?;
    place(reference, tlvs.octet(tlv::SAR_TOTAL_SEGMENTS)?, tlvs.octet(tlv::SAR_SEGMENT_SEQNUM)?)
}

fn place(reference: u16, total: u8, number: u8) -> Option<Concat> {
    (number >= 1 && number <= total).then_some(Concat { reference, total, number })
}

/// The UDH of a part; 6 octets with an 8-bit reference, 7 with a 16-bit one.
#[must_use]
pub fn write(concat: Concat, wide: bool) -> Vec<u8> {
    let [high, low] = concat.reference.to_be_bytes();
    if wide {
        vec![6, 0x08, 4, high, low, concat.total, concat.number]
    } else {
        vec![5, 0x00, 3, low, concat.total, concat.number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(reference: u16, total in 1_u8.., number in 1_u8.., wide: bool, text: Vec<u8>) {
            let number = number.min(total);
            let concat = Concat { reference: if wide { reference } else { reference & 0xFF }, total, number };
            let octets = [write(concat, wide), text.clone()].concat();
            prop_assert_eq!(read(UDHI, octets.into()), (Some(concat), Bytes::from(text)));
        }

        #[test]
        fn no_octets_make_it_panic(esm_class: u8, text: Vec<u8>) {
            let length = text.len();
            prop_assert!(read(esm_class, text.into()).1.len() <= length);
        }
    }

    #[test]
    fn other_elements_are_passed_over_and_nonsense_is_no_place() {
        let ported = b"\x0B\x05\x04\x15\x8A\0\0\x00\x03\x07\x02\x01hi";
        let (concat, text) = read(UDHI, Bytes::from_static(ported));
        assert_eq!(concat, Some(Concat { reference: 7, total: 2, number: 1 }));
        assert_eq!(&text[..], b"hi");
        let (concat, _) = read(UDHI, Bytes::from_static(b"\x05\x00\x03\x07\x02\x03hi"));
        assert_eq!(concat, None);
    }
}
