//! Long messages in parts, both ways: user data headers with 8- and 16-bit references, SAR, and payload.

use super::alphabet;
use super::wire::Message;
use crate::domain::text::budget::Encoding;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// `esm_class` of a message that begins with a user data header.
const HAS_HEADER: u8 = 0x40;

/// How a handset's network hands over what is longer than one SMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongForm {
    /// User data header, 8-bit reference (IEI 00).
    #[default]
    Udh8,
    /// User data header, 16-bit reference (IEI 08).
    Udh16,
    /// `sar_*` TLVs.
    Sar,
    /// One `message_payload`.
    Payload,
}

/// The place of a part in its message: reference, parts in all, number from 1.
pub(super) type Place = (u16, u8, u8);

/// Octets of the user data header in front of a message's text.
pub(super) fn header_length(message: &Message) -> usize {
    if message.esm_class & HAS_HEADER == 0 {
        return 0;
    }
    message.octets.first().map_or(0, |length| usize::from(*length).saturating_add(1))
}

/// Where a message stands in a longer one, if it is a part.
pub(super) fn place(message: &Message) -> Option<Place> {
    if message.sar.is_some() {
        return message.sar;
    }
    let mut rest = message.octets.get(1..header_length(message))?;
    while let [id, length, tail @ ..] = rest {
        let (element, tail) = tail.split_at_checked(usize::from(*length))?;
        match (*id, element) {
            (0x00, [reference, total, at]) => return Some((u16::from(*reference), *total, *at)),
            (0x08, [high, low, total, at]) => return Some((u16::from_be_bytes([*high, *low]), *total, *at)),
            _ => rest = tail,
        }
    }
    None
}

/// The text of one message or part with its encoding and units; binary reads as hex.
pub(super) fn text(message: &Message) -> (Encoding, usize, String) {
    let body = message.octets.get(header_length(message)..).unwrap_or_default();
    match alphabet::encoding_of(message.data_coding) {
        Some(encoding) => (encoding, alphabet::units(encoding, body.len()), alphabet::decode(encoding, body)),
        None => (Encoding::Gsm7, body.len(), hex::encode(body)),
    }
}

/// A text as the messages a handset sends, each with its octets and SMPP codings set over `like`.
pub(super) fn messages(like: &Message, text: &str, form: LongForm, reference: u16) -> Vec<Message> {
    let (encoding, characters) = alphabet::encode(text);
    let data_coding = if encoding == Encoding::Gsm7 { 0x00 } else { 0x08 };
    let (one, many) = match (encoding, form) {
        (Encoding::Gsm7, LongForm::Udh16) => (160, 152),
        (Encoding::Gsm7, _) => (160, 153),
        (Encoding::Ucs2, LongForm::Udh16) => (140, 132),
        (Encoding::Ucs2, _) => (140, 134),
    };
    let octets: usize = characters.iter().map(Vec::len).sum();
    let like = Message { data_coding, ..like.clone() };
    if octets <= one || form == LongForm::Payload {
        let payload = octets > one;
        return vec![Message { octets: characters.concat().into(), payload, ..like }];
    }
    let mut bodies: Vec<Vec<u8>> = vec![Vec::new()];
    for character in characters {
        match bodies.last_mut() {
            Some(last) if last.len().saturating_add(character.len()) <= many => last.extend(character),
            _ => bodies.push(character),
        }
    }
    let total = u8::try_from(bodies.len()).unwrap_or(u8::MAX);
    (1..=total).zip(bodies).map(|(at, body)| part(&like, form, (reference, total, at), body)).collect()
}

/// One part of a long message.
fn part(like: &Message, form: LongForm, (reference, total, at): Place, body: Vec<u8>) -> Message {
    let [high, low] = reference.to_be_bytes();
    let header: &[u8] = match form {
        LongForm::Udh8 => &[5, 0, 3, low, total, at],
        LongForm::Udh16 => &[6, 8, 4, high, low, total, at],
        LongForm::Sar | LongForm::Payload => &[],
    };
    let sar = (form == LongForm::Sar).then_some((reference, total, at));
    let esm_class = if header.is_empty() { like.esm_class } else { like.esm_class | HAS_HEADER };
    Message { octets: Bytes::from([header, &body].concat()), sar, esm_class, ..like.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_falls_into_parts_that_join_again_in_every_form() {
        for (text, n) in [("a".repeat(161), 2), ("ё".repeat(135), 3), ("ü€".repeat(60), 2)] {
            for form in [LongForm::Udh8, LongForm::Udh16, LongForm::Sar] {
                let parts = messages(&Message::default(), &text, form, 0x1234);
                assert_eq!(parts.len(), n, "{form:?}");
                let joined: String = parts.iter().map(|part| super::text(part).2).collect();
                assert_eq!(joined, text);
                let reference = if form == LongForm::Udh8 { 0x34 } else { 0x1234 };
                assert_eq!(place(&parts[1]), Some((reference, u8::try_from(n).unwrap(), 2)));
            }
            let whole = messages(&Message::default(), &text, LongForm::Payload, 1);
            assert!(whole.len() == 1 && whole[0].payload && super::text(&whole[0]).2 == text);
        }
    }

    #[test]
    fn one_sms_has_no_header_and_is_not_cut() {
        let parts = messages(&Message::default(), &"a".repeat(160), LongForm::Udh8, 1);
        assert_eq!((parts.len(), parts[0].esm_class, place(&parts[0])), (1, 0, None));
    }
}
