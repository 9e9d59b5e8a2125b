//! Optional parameters of a PDU: octets under a tag, with typed views that fail alone.

use super::octets::Octets;
use bytes::{Buf, Bytes};

/// `ussd_service_op`, one octet (SMPP 3.4 §5.3.2.44).
pub const USSD_SERVICE_OP: u16 = 0x0501;
/// `its_session_info`, two octets (§5.3.2.43).
pub const ITS_SESSION_INFO: u16 = 0x1383;
/// `user_message_reference`, two octets (§5.3.2.17).
pub const USER_MESSAGE_REFERENCE: u16 = 0x0204;
/// `message_payload` (§5.3.2.32).
pub const MESSAGE_PAYLOAD: u16 = 0x0424;
/// `sar_msg_ref_num`, two octets (§5.3.2.22).
pub const SAR_MSG_REF_NUM: u16 = 0x020C;
/// `sar_total_segments`, one octet (§5.3.2.23).
pub const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
/// `sar_segment_seqnum`, one octet (§5.3.2.24).
pub const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
/// `receipted_message_id` (§5.3.2.12).
pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
/// `message_state`, one octet (§5.3.2.35).
pub const MESSAGE_STATE: u16 = 0x0427;
/// `network_error_code`, three octets (§5.3.2.31).
pub const NETWORK_ERROR_CODE: u16 = 0x0423;
/// `sc_interface_version`, one octet (§5.3.2.25).
pub const SC_INTERFACE_VERSION: u16 = 0x0210;

/// One optional parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlv {
    /// Its tag, known or not.
    pub tag: u16,
    /// Its value as it came.
    pub value: Octets,
}

/// The optional parameters of a PDU in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tlvs(pub Vec<Tlv>);

impl Tlvs {
    /// Reads what follows the mandatory part. Never fails: what is no TLV is left over, and its length in octets is
    /// the second value. One NUL before the TLVs (sent by some after `short_message`) is skipped.
    #[must_use]
    pub fn decode(tail: &Bytes) -> (Self, usize) {
        let (plain, stray) = Self::read(tail.clone());
        if stray > 0 && tail.first() == Some(&0) {
            let (shifted, stray_shifted) = Self::read(tail.slice(1..));
            if stray_shifted == 0 && !shifted.0.is_empty() {
                return (shifted, 1);
            }
        }
        (plain, stray)
    }

    fn read(mut tail: Bytes) -> (Self, usize) {
        let mut tlvs = Vec::new();
        while let (Some(tag), Some(length)) = (u16_at(&tail, 0), u16_at(&tail, 2)) {
            let length = usize::from(length);
            if tail.len() < length.saturating_add(4) {
                break;
            }
            tail.advance(4);
            tlvs.push(Tlv { tag, value: Octets(tail.split_to(length)) });
        }
        (Self(tlvs), tail.len())
    }

    /// The first value under `tag`.
    #[must_use]
    pub fn get(&self, tag: u16) -> Option<&Octets> {
        self.0.iter().find(|tlv| tlv.tag == tag).map(|tlv| &tlv.value)
    }

    /// A one-octet value; a longer one is read by its last octet (integers are big-endian), an empty one is absent.
    #[must_use]
    pub fn octet(&self, tag: u16) -> Option<u8> {
        self.get(tag)?.0.last().copied()
    }

    /// A two-octet value; one octet alone is the low one, an empty value is absent.
    #[must_use]
    pub fn word(&self, tag: u16) -> Option<u16> {
        match self.get(tag)?.0.as_ref() {
            [] => None,
            [low] => Some(u16::from(*low)),
            [.., high, low] => Some(u16::from_be_bytes([*high, *low])),
        }
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, tag: u16, value: impl Into<Bytes>) -> Self {
        self.0.push(Tlv { tag, value: Octets(value.into()) });
        self
    }
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    let pair = octets.get(at..at.checked_add(2)?)?;
    pair.try_into().ok().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_tlv_costs_itself_and_nothing_before_it() {
        let (tlvs, stray) = Tlvs::decode(&Bytes::from_static(b"\x05\x01\0\x01\x12\x04\x24\0\x50\x01"));
        assert_eq!((tlvs.octet(USSD_SERVICE_OP), tlvs.0.len(), stray), (Some(18), 1, 5));
    }

    #[test]
    fn a_nul_between_the_text_and_the_tlvs_is_skipped() {
        let (tlvs, stray) = Tlvs::decode(&Bytes::from_static(b"\0\x05\x01\0\x01\x12"));
        assert_eq!((tlvs.octet(USSD_SERVICE_OP), stray), (Some(18), 1));
    }

    #[test]
    fn integers_of_the_wrong_width_are_still_read() {
        let tlvs = Tlvs::default()
            .with(USSD_SERVICE_OP, vec![0, 2])
            .with(ITS_SESSION_INFO, vec![7])
            .with(MESSAGE_STATE, Vec::new());
        assert_eq!(tlvs.octet(USSD_SERVICE_OP), Some(2));
        assert_eq!(tlvs.word(ITS_SESSION_INFO), Some(7));
        assert_eq!((tlvs.octet(MESSAGE_STATE), tlvs.word(MESSAGE_STATE)), (None, None));
    }
}
