//! USSD over SMPP as configuration: which octets mean begin, answer and end, and where the dialogue's handle lives.

use serde::Deserialize;
use std::collections::BTreeMap;

/// How an alphabet is coded in `short_message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// GSM 7-bit default alphabet.
    Gsm7,
    /// UTF-16BE.
    Ucs2,
    /// UTF-16BE behind two octets that name a language (CBS 0x11).
    Ucs2Prefixed,
    /// ISO-8859-1.
    Latin1,
    /// ISO-8859-5.
    Cyrillic,
    /// Octets that are no text.
    Binary,
}

/// Where the network's handle of a dialogue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionAt {
    /// Nowhere: the dialogue is known by link and MSISDN.
    None,
    /// `its_session_info`, first octet; the second counts steps (SMPP 3.4 §5.3.2.43) and is echoed.
    InfoOctet,
    /// `its_session_info`, upper 15 bits, opaque.
    #[serde(rename = "info-15-bits")]
    Info15Bits,
    /// `user_message_reference`, two octets.
    UserMessageReference,
}

/// Where the dialled code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeAt {
    /// In `short_message`.
    ShortMessage,
    /// In `destination_addr`.
    DestinationAddr,
}

/// How we close a dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closing {
    /// By the op code `end`.
    Op,
    /// By the op code `ask` and bit 0 of `its_session_info`.
    EndBit,
    /// By the op code `notify`.
    Notify,
}

/// What makes a delivery a copy of an earlier one (DESIGN invariant 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyRule {
    /// The same bind, sequence number and octets; the SMSC counts its requests as it should.
    Sequence,
    /// The dialogue's own step number or reference, where it is there; else as `sequence`.
    Reference,
    /// Nothing but equal octets after a response that was late or lost, or on another bind: for SMSCs that repeat
    /// sequence numbers.
    Bytes,
}

/// One dialect. `Dialect::named` gives those that are known; any value can be overridden in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Op codes that begin a dialogue.
    pub begin: Vec<u8>,
    /// Op codes that carry an answer.
    pub answer: Vec<u8>,
    /// Op codes by which the network or the person ends it.
    pub abort: Vec<u8>,
    /// Our op code for "and now?".
    pub ask: u8,
    /// Our op code for a notice.
    pub notify: u8,
    /// Our op code for the last word.
    pub end: u8,
    /// How we close.
    pub closing: Closing,
    /// Whether bit 0 of `its_session_info` means the end, read and written.
    pub end_bit: bool,
    /// Where the handle is.
    pub session: SessionAt,
    /// Where the code is.
    pub code: CodeAt,
    /// `service_type` of what we send; `None` repeats the request's.
    pub service_type: Option<String>,
    /// `data_coding` of GSM-7 we send.
    pub gsm7: u8,
    /// `data_coding` of UCS-2 we send.
    pub ucs2: u8,
    /// `data_coding` read otherwise than `alphabet` does.
    pub coding: BTreeMap<u8, Alphabet>,
    /// Whether GSM-7 is packed, eight septets in seven octets, both ways.
    pub packed: bool,
    /// What makes a copy.
    pub copy: CopyRule,
}

/// The names that `Dialect::named` knows.
pub const NAMES: [&str; 5] = ["spec", "bare", "tata", "sixd", "mica"];

impl Dialect {
    /// A dialect by its name in the configuration:
    /// `spec` as SMPP 3.4 says and most read it; `bare` without any session id and with CBS data codings, as captured from
    /// an operator; `tata` (Vumi's default): closes by op 2 and the end bit; `sixd`: 15-bit id, 129 aborts;
    /// `mica`: the id is `user_message_reference`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let spec = Self {
            begin: vec![1],
            answer: vec![18],
            abort: vec![129],
            ask: 2,
            notify: 3,
            end: 17,
            closing: Closing::Op,
            end_bit: true,
            session: SessionAt::InfoOctet,
            code: CodeAt::ShortMessage,
            service_type: Some("USSD".to_owned()),
            gsm7: 0x00,
            ucs2: 0x08,
            coding: BTreeMap::new(),
            packed: false,
            copy: CopyRule::Sequence,
        };
        Some(match name {
            "spec" => spec,
            "bare" => Self {
                session: SessionAt::None,
                end_bit: false,
                service_type: None,
                gsm7: 0x0F,
                ucs2: 0x48,
                ..spec
            },
            "tata" => Self {
                answer: vec![2, 18],
                abort: vec![17],
                closing: Closing::EndBit,
                session: SessionAt::Info15Bits,
                ..spec
            },
            "sixd" => Self { session: SessionAt::Info15Bits, ..spec },
            "mica" => Self { session: SessionAt::UserMessageReference, end_bit: false, ..spec },
            _ => return None,
        })
    }

    /// The alphabet of a `data_coding`. SMPP's values and the CBS values of USSD do not contradict each other where both
    /// are in use (3GPP TS 23.038 §5; SMPP 3.4 §5.2.19); what is unknown is read as GSM-7, which shows most of it.
    #[must_use]
    pub fn alphabet(&self, data_coding: u8) -> Alphabet {
        self.coding.get(&data_coding).copied().unwrap_or_else(|| alphabet(data_coding))
    }
}

/// The alphabet of a `data_coding` where a link says nothing else.
#[must_use]
pub fn alphabet(data_coding: u8) -> Alphabet {
    match data_coding {
        0x08 | 0x18 | 0x48 | 0x58 | 0xE0..=0xEF => Alphabet::Ucs2,
        0x11 => Alphabet::Ucs2Prefixed,
        0x03 => Alphabet::Latin1,
        0x06 => Alphabet::Cyrillic,
        0x02 | 0x04 | 0x14 | 0x44 | 0x54 | 0xF4..=0xF7 => Alphabet::Binary,
        _ => Alphabet::Gsm7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_dialect() {
        for name in NAMES {
            assert!(Dialect::named(name).is_some(), "{name}");
        }
        assert_eq!(Dialect::named("klingon"), None);
    }

    #[test]
    fn codings_of_both_worlds_are_read() {
        for (coding, is) in [
            (0x00, Alphabet::Gsm7),
            (0x0F, Alphabet::Gsm7),
            (0x01, Alphabet::Gsm7),
            (0x40, Alphabet::Gsm7),
            (0x23, Alphabet::Gsm7),
            (0xF0, Alphabet::Gsm7),
            (0x08, Alphabet::Ucs2),
            (0x48, Alphabet::Ucs2),
            (0x18, Alphabet::Ucs2),
            (0x58, Alphabet::Ucs2),
            (0x11, Alphabet::Ucs2Prefixed),
            (0x03, Alphabet::Latin1),
            (0x06, Alphabet::Cyrillic),
            (0x04, Alphabet::Binary),
            (0x02, Alphabet::Binary),
        ] {
            assert_eq!(alphabet(coding), is, "{coding:#x}");
        }
    }

    #[test]
    fn a_link_may_read_a_coding_in_its_own_way() {
        let mut dialect = Dialect::named("spec").unwrap();
        dialect.coding.insert(0, Alphabet::Latin1);
        assert_eq!((dialect.alphabet(0), dialect.alphabet(8)), (Alphabet::Latin1, Alphabet::Ucs2));
    }
}
