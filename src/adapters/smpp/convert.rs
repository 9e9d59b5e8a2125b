//! From `deliver_sm` and `data_sm` to what the gateway reads, and from its pages to `submit_sm`; pure.

use super::alphabet;
use super::body::{Address, Sm};
use super::dialect::{self, Alphabet, Closing, CodeAt, CopyRule, Dialect, SessionAt};
use super::octets::Octets;
use super::receipt::{self, Read};
use super::tlv;
use super::udh::{self, Concat};
use crate::domain::address::{Dialled, Msisdn};
use crate::domain::envelope::{Copy, Event, Inbound, LinkName, Outbound, StepKey};
use crate::domain::lang::{Lang, Script};
use crate::domain::receipt::Receipt;
use crate::domain::time::Timestamp;
use bytes::Bytes;

/// How a link reads what it hears.
#[derive(Clone, Debug)]
pub struct Ears {
    /// Its name.
    pub link: LinkName,
    /// Its dialect of USSD; `None` when it carries letters alone.
    pub dialect: Option<Dialect>,
    /// Whether it carries letters.
    pub letters: bool,
}

/// When and as what a PDU came.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Which bind.
    pub bind: u64,
    /// Its `sequence_number`.
    pub sequence: u32,
    /// The how manieth of this bind.
    pub count: u64,
    /// When.
    pub at: Timestamp,
}

/// What a PDU turned out to be.
#[derive(Debug)]
pub enum Heard {
    /// A step of a dialogue, and where its page goes.
    Dialogue(Box<Inbound>, Box<ReplyTo>),
    /// A whole letter.
    Letter(Box<Inbound>),
    /// A part of one.
    Part(Box<Part>),
    /// A delivery receipt; where only its text says so, with the letter that it is if no row awaits its id.
    Receipt(Box<Receipt>, Option<Box<Inbound>>),
    /// Nothing for the gateway: acknowledged, and counted under this kind.
    Aside(&'static str),
}

/// A part of a long letter.
#[derive(Clone, Debug)]
pub struct Part {
    /// Who.
    pub from: Msisdn,
    /// To which number.
    pub to: String,
    /// Which letter, which part.
    pub concat: Concat,
    /// How it is coded.
    pub alphabet: Alphabet,
    /// Its octets without UDH.
    pub octets: Bytes,
    /// By what it is known.
    pub copy: Copy,
}

/// Where a page goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    /// Our number.
    pub source: Address,
    /// The subscriber.
    pub destination: Address,
    /// The request's `service_type`.
    pub service_type: Octets,
    /// `its_session_info` of the request.
    pub info: Option<u16>,
    /// `user_message_reference` of the request.
    pub reference: Option<u16>,
}

impl Ears {
    /// Reads one message.
    #[must_use]
    pub fn hear(&self, sm: &Sm, arrival: Arrival) -> Heard {
        let text = match sm.tlvs.get(tlv::MESSAGE_PAYLOAD) {
            Some(payload) if sm.short_message.0.is_empty() => payload.0.clone(),
            _ => sm.short_message.0.clone(),
        };
        let op = sm.tlvs.octet(tlv::USSD_SERVICE_OP);
        match &self.dialect {
            Some(dialect) if op.is_some() || !self.letters => self.dialogue(dialect, sm, op, &text, arrival),
            _ => self.letter(sm, text, arrival),
        }
    }

    fn letter(&self, sm: &Sm, text: Bytes, arrival: Arrival) -> Heard {
        let maybe = match receipt::read(sm, &text, &self.link, arrival.at) {
            Read::No => None,
            Read::Mute => return Heard::Aside("receipt"),
            Read::Receipt(receipt) => return Heard::Receipt(Box::new(receipt), None),
            Read::Maybe(receipt) => Some(receipt),
        };
        let Some(from) = person(&sm.source) else { return Heard::Aside("not_a_number") };
        let (concat, octets) = udh::read(sm.esm_class, text);
        let concat = concat.or_else(|| udh::sar(&sm.tlvs));
        let copy = self.copy(CopyRule::Sequence, sm, &octets, None, concat, arrival);
        let alphabet = dialect::alphabet(sm.data_coding);
        let to = digits(&sm.destination);
        if let Some(concat) = concat.filter(|concat| concat.total > 1) {
            return Heard::Part(Box::new(Part { from, to, concat, alphabet, octets, copy }));
        }
        let letter = Box::new(self.whole(from, to, alphabet, &octets, copy, arrival.at));
        match maybe {
            Some(receipt) => Heard::Receipt(Box::new(receipt), Some(letter)),
            None => Heard::Letter(letter),
        }
    }

    /// A letter of these octets, joined or not.
    #[must_use]
    pub fn whole(
        &self,
        from: Msisdn,
        to: String,
        alphabet: Alphabet,
        octets: &[u8],
        copy: Copy,
        at: Timestamp,
    ) -> Inbound {
        let text = alphabet::read(alphabet, false, octets);
        let link = self.link.clone();
        let script = script(&text);
        Inbound {
            from,
            link,
            to,
            script,
            event: Event::Text(text),
            lang: None,
            dialogue: Vec::new(),
            copy,
            at,
        }
    }

    fn dialogue(&self, dialect: &Dialect, sm: &Sm, op: Option<u8>, text: &Bytes, arrival: Arrival) -> Heard {
        let Some(from) = person(&sm.source) else { return Heard::Aside("not_a_number") };
        let reply = ReplyTo::to(sm);
        let alphabet = dialect.alphabet(sm.data_coding);
        let lang = language(dialect, sm.data_coding, text);
        let mut said = alphabet::read(alphabet, dialect.packed, text);
        if sm.data_coding == 0x10
            && let Some((_, after)) = said.split_once('\r')
        {
            said = after.to_owned();
        }
        let Some(event) = event(dialect, op, reply.info, said, &sm.destination) else {
            return Heard::Aside("op_without_text");
        };
        let copy = self.copy(dialect.copy, sm, text, step_of(dialect, &reply), None, arrival);
        let script = match &event {
            // Latin letters typed into a dialogue are an answer, a name or a word, and no wish for SMS-Latin.
            Event::Text(text) => script(text).filter(|script| *script == Script::Native),
            Event::Dial(_) | Event::Abort => None,
        };
        let dialogue = reply.handle(dialect);
        let to = digits(&sm.destination);
        let inbound = Inbound {
            from,
            link: self.link.clone(),
            to,
            event,
            script,
            lang,
            dialogue,
            copy,
            at: arrival.at,
        };
        Heard::Dialogue(Box::new(inbound), Box::new(reply))
    }

    // `doubtful` is left to the link, which knows what became of its responses.
    fn copy(
        &self,
        rule: CopyRule,
        sm: &Sm,
        text: &[u8],
        reference: Option<u16>,
        concat: Option<Concat>,
        arrival: Arrival,
    ) -> Copy {
        let concat =
            concat.map(|c| [c.reference.to_be_bytes(), [c.total, c.number]].concat()).unwrap_or_default();
        let tlv = |tag| sm.tlvs.get(tag).map(|value| value.0.as_ref()).unwrap_or_default();
        let reference = reference.filter(|_| rule == CopyRule::Reference);
        let content = StepKey::of(&[
            self.link.as_bytes(),
            &sm.source.digits.0,
            &sm.destination.digits.0,
            &[sm.data_coding],
            &concat,
            tlv(tlv::USSD_SERVICE_OP),
            tlv(tlv::ITS_SESSION_INFO),
            tlv(tlv::USER_MESSAGE_REFERENCE),
            text,
        ]);
        let bind = arrival.bind.to_be_bytes();
        let step = match (rule, reference) {
            // The content holds the reference, so equal content is the same step and nothing else is.
            (CopyRule::Reference, Some(_)) => content,
            (CopyRule::Bytes, _) => StepKey::of(&[b"count", &bind, &arrival.count.to_be_bytes(), &content.0]),
            (CopyRule::Sequence | CopyRule::Reference, _) => {
                StepKey::of(&[b"sequence", &bind, &arrival.sequence.to_be_bytes(), &content.0])
            }
        };
        Copy { step, content, bind: arrival.bind, doubtful: false }
    }
}

impl ReplyTo {
    pub(super) fn to(sm: &Sm) -> Self {
        Self {
            source: sm.destination.clone(),
            destination: sm.source.clone(),
            service_type: sm.service_type.clone(),
            info: sm.tlvs.word(tlv::ITS_SESSION_INFO),
            reference: sm.tlvs.word(tlv::USER_MESSAGE_REFERENCE),
        }
    }

    /// Where a page for `handle` goes when nothing else is known of its dialogue.
    #[must_use]
    pub fn of_handle(dialect: &Dialect, handle: &[u8], source: Address, to: &Msisdn) -> Self {
        let destination = Address::new(source.ton, source.npi, to.expose());
        let word = match handle {
            [high] => Some(u16::from_be_bytes([*high, 0])),
            [high, low] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        };
        let (info, reference) = match dialect.session {
            SessionAt::None => (None, None),
            SessionAt::InfoOctet | SessionAt::Info15Bits => (word, None),
            SessionAt::UserMessageReference => (None, word),
        };
        Self { source, destination, service_type: Octets::default(), info, reference }
    }

    pub(super) fn handle(&self, dialect: &Dialect) -> Vec<u8> {
        match dialect.session {
            SessionAt::None => None,
            SessionAt::InfoOctet => self.info.map(|info| info.to_be_bytes().into_iter().take(1).collect()),
            SessionAt::Info15Bits => self.info.map(|info| (info & 0xFFFE).to_be_bytes().to_vec()),
            SessionAt::UserMessageReference => {
                self.reference.map(|reference| reference.to_be_bytes().to_vec())
            }
        }
        .unwrap_or_default()
    }
}

/// The page as `submit_sm`, in the dialect.
#[must_use]
pub fn page(dialect: &Dialect, to: &ReplyTo, outbound: &Outbound) -> Sm {
    let (octets, ucs2) = alphabet::write(&outbound.text, dialect.packed);
    let bit = u16::from(outbound.ends && (dialect.end_bit || dialect.closing == Closing::EndBit));
    let op = match dialect.closing {
        Closing::Op if outbound.ends => dialect.end,
        Closing::Notify if outbound.ends => dialect.notify,
        Closing::Op | Closing::Notify | Closing::EndBit => dialect.ask,
    };
    let mut tlvs = tlv::Tlvs::default().with(tlv::USSD_SERVICE_OP, vec![op]);
    match dialect.session {
        SessionAt::None => {}
        SessionAt::InfoOctet | SessionAt::Info15Bits => {
            if let Some(info) = to.info {
                tlvs = tlvs.with(tlv::ITS_SESSION_INFO, ((info & 0xFFFE) | bit).to_be_bytes().to_vec());
            }
        }
        SessionAt::UserMessageReference => {
            if let Some(reference) = to.reference {
                tlvs = tlvs.with(tlv::USER_MESSAGE_REFERENCE, reference.to_be_bytes().to_vec());
            }
        }
    }
    let mut sm = Sm {
        service_type: dialect.service_type.clone().map_or_else(|| to.service_type.clone(), Octets::from),
        source: to.source.clone(),
        destination: to.destination.clone(),
        data_coding: if ucs2 { dialect.ucs2 } else { dialect.gsm7 },
        ..Sm::default()
    };
    if octets.len() <= super::body::SHORT_MESSAGE_MAX {
        sm.short_message = octets.into();
    } else {
        tlvs = tlvs.with(tlv::MESSAGE_PAYLOAD, octets);
    }
    sm.tlvs = tlvs;
    sm
}

fn event(dialect: &Dialect, op: Option<u8>, info: Option<u16>, said: String, to: &Address) -> Option<Event> {
    let begins = op.is_some_and(|op| dialect.begin.contains(&op));
    // Some set the bit at random in the first request; what begins cannot have ended.
    let ended = dialect.end_bit && !begins && info.is_some_and(|info| info & 1 == 1);
    if ended || op.is_some_and(|op| dialect.abort.contains(&op)) {
        return Some(Event::Abort);
    }
    if op.is_some_and(|op| dialect.answer.contains(&op)) {
        return Some(Event::Text(said));
    }
    let address = to.digits.text();
    let code = match dialect.code {
        CodeAt::ShortMessage => {
            dialled(&said, begins).or_else(|| begins.then(|| dialled(&address, true)).flatten())
        }
        CodeAt::DestinationAddr if begins || op.is_none() => dialled(&address, true),
        CodeAt::DestinationAddr => None,
    };
    match code {
        Some(code) => Some(Event::Dial(code)),
        // A confirmation of a notice (16, 19) and the like: nobody typed anything.
        None if op.is_some() && !begins && said.trim().is_empty() => None,
        None => Some(Event::Text(said)),
    }
}

// Some gateways hand over the bare digits of the code.
fn dialled(text: &str, bare: bool) -> Option<Dialled> {
    let text = text.trim();
    let with_star = || bare.then(|| Dialled::parse(&format!("*{text}#")).ok()).flatten();
    Dialled::parse(text).ok().or_else(with_star)
}

fn step_of(dialect: &Dialect, reply: &ReplyTo) -> Option<u16> {
    match dialect.session {
        SessionAt::InfoOctet => reply.info,
        // Here the reference is the handle: the same in every step.
        SessionAt::UserMessageReference => None,
        SessionAt::None | SessionAt::Info15Bits => reply.reference,
    }
}

fn person(source: &Address) -> Option<Msisdn> {
    const ALPHANUMERIC: u8 = 5;
    let text = core::str::from_utf8(&source.digits.0).ok()?;
    Msisdn::parse(text).ok().filter(|_| source.ton != ALPHANUMERIC)
}

fn digits(address: &Address) -> String {
    address.digits.0.iter().filter(|octet| octet.is_ascii_digit()).copied().map(char::from).collect()
}

fn script(text: &str) -> Option<Script> {
    let cyrillic = text.chars().any(|c| matches!(c, '\u{0400}'..='\u{052F}'));
    let latin = text.chars().any(|c| c.is_alphabetic() && !matches!(c, '\u{0400}'..='\u{052F}'));
    if cyrillic {
        return Some(Script::Native);
    }
    latin.then_some(Script::Latin)
}

// 3GPP TS 23.038 §5. The values 0x00–0x0E are SMPP's own on links that send SMPP's codings, so they name a language only
// on links that send CBS codings.
fn language(dialect: &Dialect, data_coding: u8, text: &[u8]) -> Option<Lang> {
    const RUSSIAN: u8 = 0x23;
    let tag = |letters: &[u8]| core::str::from_utf8(letters).ok().and_then(Lang::from_tag);
    match data_coding {
        RUSSIAN => Some(Lang::Ru),
        0x01 if dialect.gsm7 == 0x0F => Some(Lang::En),
        0x10 => tag(text.get(..2)?),
        0x11 => tag(&alphabet::prefixed_language(text)?),
        _ => None,
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
