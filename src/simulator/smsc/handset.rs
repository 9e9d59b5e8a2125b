//! The phones' memory: letters that arrived, and parts of letters that have not all come.

use super::event::{Part, ReceiptState, Sms};
use super::parts::{self, Place};
use super::wire::Message;
use crate::domain::address::Msisdn;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Letters a phone keeps.
const INBOX_MAX: usize = 20;
/// Phones that keep letters; a letter to one more is refused.
const PHONES_MAX: usize = 1 << 17;
/// Parts of unfinished letters a phone keeps.
const PARTS_MAX: usize = 255;
/// From whom, the reference, and how many parts: what the parts of one letter have in common.
type LetterKey = (String, u16, u8);

/// A phone.
#[derive(Default)]
struct Handset {
    inbox: VecDeque<Sms>,
    parts: BTreeMap<LetterKey, BTreeMap<u8, (Part, String)>>,
}

/// The phone would be one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

/// All phones that ever got a letter.
#[derive(Default)]
pub(super) struct Handsets(HashMap<Msisdn, Handset>);

impl Handsets {
    /// A letter, or a part of one, arrives as message `id`; the letter once it is whole.
    pub(super) fn arrived(
        &mut self,
        msisdn: &Msisdn,
        id: u64,
        message: &Message,
    ) -> Result<Option<Sms>, NoRoom> {
        if self.0.len() >= PHONES_MAX && !self.0.contains_key(msisdn) {
            return Err(NoRoom);
        }
        let (encoding, units, text) = parts::text(message);
        let receipt = if message.wants_receipt() { ReceiptState::Asked } else { ReceiptState::NotAsked };
        let part = Part { encoding, units, id, receipt };
        let handset = self.0.entry(msisdn.clone()).or_default();
        let (parts, text) = match parts::place(message) {
            None => (vec![part], text),
            Some(place) => match handset.join(&message.from, place, part, text) {
                Some(joined) => joined,
                None => return Ok(None),
            },
        };
        let sms = Sms { msisdn: msisdn.clone(), from: message.from.clone(), text, parts };
        if handset.inbox.len() >= INBOX_MAX {
            handset.inbox.pop_front();
        }
        handset.inbox.push_back(sms.clone());
        Ok(Some(sms))
    }

    /// The service has acknowledged the receipt of message `id`.
    pub(super) fn receipted(&mut self, msisdn: &Msisdn, id: u64) {
        let Some(handset) = self.0.get_mut(msisdn) else { return };
        let whole = handset.inbox.iter_mut().flat_map(|sms| &mut sms.parts);
        let waiting = handset.parts.values_mut().flat_map(BTreeMap::values_mut).map(|(part, _)| part);
        for part in whole.chain(waiting).filter(|part| part.id == id) {
            part.receipt = ReceiptState::Taken;
        }
    }

    /// The letters of a phone, oldest first.
    pub(super) fn inbox(&self, msisdn: &Msisdn) -> Vec<Sms> {
        self.0.get(msisdn).map(|handset| handset.inbox.iter().cloned().collect()).unwrap_or_default()
    }
}

impl Handset {
    /// The whole letter, once its last part is there.
    fn join(
        &mut self,
        from: &str,
        (reference, total, at): Place,
        part: Part,
        text: String,
    ) -> Option<(Vec<Part>, String)> {
        if self.parts.len() >= PARTS_MAX {
            self.parts.pop_first();
        }
        let key = (from.to_owned(), reference, total);
        let parts = self.parts.entry(key.clone()).or_default();
        parts.insert(at, (part, text));
        if parts.len() < usize::from(total) {
            return None;
        }
        let parts = self.parts.remove(&key)?;
        let text = parts.values().map(|(_, text)| text.as_str()).collect();
        Some((parts.into_values().map(|(part, _)| part).collect(), text))
    }
}
