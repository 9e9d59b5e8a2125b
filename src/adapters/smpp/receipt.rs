//! Delivery receipts as operators write them: by TLVs (SMPP 3.4 §5.3.2.12, §5.3.2.35), by text (Appendix B), or both; pure.
//!
//! Fields of a text are taken in any order and case, with what is missing or trails after them; `text:` ends them.

use super::alphabet;
use super::body::Sm;
use super::dialect::{self, Alphabet};
use super::tlv;
use crate::domain::envelope::LinkName;
use crate::domain::receipt::{Receipt, ReceiptState};
use crate::domain::time::Timestamp;

/// Bits of `esm_class` that say what kind of message it is (§5.2.12); 0x04 is a receipt, 0x20 an intermediate notification.
const MESSAGE_TYPE: u8 = 0x3C;
/// Octets of a text that are looked at; a receipt's fields stand in its first 150.
const TEXT_OCTETS_MAX: usize = 512;
/// Octets of an id or code that are kept; §5.2.23 allows 64 for an id.
const FIELD_MAX: usize = 65;

/// How sure it is that a message is a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// It is none.
    No,
    /// It is one by its class, but says nothing that can be used.
    Mute,
    /// It is one.
    Receipt(Receipt),
    /// It reads like one, and may be a letter of somebody who writes so: only if its id is known is it one.
    Maybe(Receipt),
}

/// The fields of a receipt's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// `id:`.
    pub id: String,
    /// `stat:`.
    pub stat: String,
    /// `err:`.
    pub err: String,
    /// How many of `sub:`, `dlvrd:`, `submit date:`, `done date:`, `err:` there are.
    pub others: u8,
}

/// Reads a message; `octets` is its text or payload.
#[must_use]
pub fn read(sm: &Sm, octets: &[u8], link: &LinkName, at: Timestamp) -> Read {
    let by_class = sm.esm_class & MESSAGE_TYPE != 0;
    let tlv_id = sm.tlvs.get(tlv::RECEIPTED_MESSAGE_ID).map(|id| field(&id.text())).unwrap_or_default();
    let tlv_state = sm.tlvs.octet(tlv::MESSAGE_STATE);
    let by_tlvs = !tlv_id.is_empty() && tlv_state.is_some();
    let fields = fields(&text(sm.data_coding, octets));
    let by_text = !fields.id.is_empty() && !fields.stat.is_empty();
    if !by_class && !by_tlvs && !by_text {
        return Read::No;
    }
    let (id, also) = match (tlv_id.is_empty(), fields.id.is_empty()) {
        (true, true) => return Read::Mute,
        (true, false) => (fields.id, None),
        (false, true) => (tlv_id, None),
        (false, false) => {
            let differs = tlv_id != fields.id;
            (tlv_id, differs.then_some(fields.id))
        }
    };
    let state = tlv_state
        .map(state_of_octet)
        .filter(|state| *state != ReceiptState::Unknown)
        .or_else(|| (!fields.stat.is_empty()).then(|| state_of_word(&fields.stat)))
        .unwrap_or(ReceiptState::Unknown);
    let network = sm.tlvs.get(tlv::NETWORK_ERROR_CODE).map(|code| network_code(&code.0)).unwrap_or_default();
    let code =
        [fields.err, network, fields.stat].into_iter().find(|code| !is_nothing(code)).unwrap_or_default();
    let receipt = Receipt { link: link.clone(), id, also, state, code, at };
    if by_class || by_tlvs || fields.others > 0 { Read::Receipt(receipt) } else { Read::Maybe(receipt) }
}

// A receipt in UCS-2 comes under its coding, or under 0 with a NUL before every letter.
fn text(data_coding: u8, octets: &[u8]) -> String {
    let octets = octets.get(..octets.len().min(TEXT_OCTETS_MAX)).unwrap_or_default();
    if octets.len() > 1 && octets.iter().step_by(2).all(|octet| *octet == 0) {
        return alphabet::read(Alphabet::Ucs2, false, octets);
    }
    match dialect::alphabet(data_coding) {
        Alphabet::Ucs2 => alphabet::read(Alphabet::Ucs2, false, octets),
        // In GSM-7 as in all others the letters of a receipt are those of ASCII, but for "_" in an id.
        Alphabet::Gsm7
        | Alphabet::Ucs2Prefixed
        | Alphabet::Latin1
        | Alphabet::Cyrillic
        | Alphabet::Binary => octets.iter().copied().map(char::from).collect(),
    }
}

/// The fields of a text.
#[must_use]
pub fn fields(text: &str) -> Fields {
    let mut found = Fields::default();
    let mut rest = text;
    let mut last = String::new();
    while let Some((before, after)) = rest.split_once(':') {
        let name =
            before.rsplit(|c: char| c.is_whitespace() || c == ',' || c == ';').next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        if name == "text" {
            break;
        }
        let after = after.trim_start_matches(' ');
        let end = after.find(|c: char| c.is_whitespace() || c == ',' || c == ';').unwrap_or(after.len());
        let value = field(after.get(..end).unwrap_or_default());
        match name.as_str() {
            // An empty field is followed by the next one's name: "err: text:".
            _ if value.contains(':') => {}
            "id" if found.id.is_empty() => found.id = value,
            "stat" | "status" | "state" if found.stat.is_empty() => found.stat = value,
            "err" | "error" if found.err.is_empty() => {
                found.err = value;
                found.others = found.others.saturating_add(1);
            }
            "sub" | "dlvrd" => found.others = found.others.saturating_add(1),
            "date" if before.to_ascii_lowercase().contains("submit") || last == "date" => {
                found.others = found.others.saturating_add(1);
            }
            "date" => found.others = found.others.saturating_add(1),
            _ => {}
        }
        last = name;
        rest = after;
    }
    found
}

fn field(text: &str) -> String {
    text.trim_matches(|c: char| c.is_control() || c.is_whitespace() || c == '"')
        .chars()
        .filter(|c| !c.is_control())
        .take(FIELD_MAX)
        .collect()
}

fn is_nothing(code: &str) -> bool {
    code.is_empty()
        || code.bytes().all(|octet| octet == b'0')
        || ["nul", "null", "none"].iter().any(|word| code.eq_ignore_ascii_case(word))
}

/// `message_state` (§5.2.28); 0 and 9 (scheduled, skipped) are of SMPP 5.0.
fn state_of_octet(octet: u8) -> ReceiptState {
    match octet {
        0 | 1 | 6 => ReceiptState::Underway,
        2 => ReceiptState::Delivered,
        3 => ReceiptState::Expired,
        4 | 5 | 8 | 9 => ReceiptState::Failed,
        _ => ReceiptState::Unknown,
    }
}

/// `stat:`, in the words of Appendix B and those met in the field. A number is read as `message_state`, but 0: where an
/// operator writes numbers in the text, 0 is "delivered" (research on peers §4.3).
fn state_of_word(word: &str) -> ReceiptState {
    let upper = word.to_ascii_uppercase();
    if let Ok(number) = upper.parse::<u8>() {
        return if number == 0 { ReceiptState::Delivered } else { state_of_octet(number) };
    }
    match upper.get(..upper.len().min(5)).unwrap_or_default() {
        "DELIV" => ReceiptState::Delivered,
        "EXPIR" => ReceiptState::Expired,
        "DELET" | "UNDEL" | "REJEC" | "REJCT" | "FAILE" | "FAIL" => ReceiptState::Failed,
        "ACCEP" | "ACKED" | "ENROU" | "BUFFE" | "BUFFR" | "SCHED" | "SUBMI" | "QUEUE" | "PENDI" => {
            ReceiptState::Underway
        }
        _ => ReceiptState::Unknown,
    }
}

/// `network_error_code` (§5.3.2.31): kind of network and its code, as "3:27".
fn network_code(octets: &[u8]) -> String {
    match octets {
        [kind, high, low, ..] => match u16::from_be_bytes([*high, *low]) {
            0 => String::new(),
            code => format!("{kind}:{code}"),
        },
        _ => String::new(),
    }
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
