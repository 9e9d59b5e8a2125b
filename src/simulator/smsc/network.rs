//! The network between phones and links: dialogues, letters, what waits for delivery, and what faults make of it.

use super::dialect::{Destination, Dialect, Identity};
use super::event::{PhoneEvent, Screen, Why};
use super::faults::{Dice, Faults, Kind, ReceiptBy};
use super::handset::{Handsets, NoRoom};
use super::ledger::{Fate, Ledger, What};
use super::parts::{self, LongForm};
use super::wire::{self, Message};
use super::{Settings, alphabet};
use crate::domain::address::{Dialled, Msisdn};
use bytes::Bytes;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::time::Instant;

/// Events a slow watcher may be behind before it misses some.
const EVENTS_BEHIND_MAX: usize = 16_384;
/// Screens of one dialogue that may wait to be looked at.
pub(super) const SCREENS_WAITING_MAX: usize = 16;
/// ESME errors after which a network tries again: system error, queue full, throttled, temporary application error.
const TEMPORARY: [u32; 4] = [0x08, 0x14, 0x58, 0x64];
/// `ESME_RSUBMITFAIL`: what a dialogue's submission gets when there is no such dialogue.
const SUBMIT_FAILED: u32 = 0x45;
/// `ESME_RMSGQFUL`.
const QUEUE_FULL: u32 = 0x14;
/// `ESME_RTHROTTLED`.
const THROTTLED: u32 = 0x58;
/// `ESME_RINVDSTADR`.
const INVALID_DESTINATION: u32 = 0x0B;

/// What a link is told to do next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Serve,
    Unbind,
    Cut,
}

/// A connection as the network knows it.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) wake: Arc<Notify>,
    pub(super) receives: bool,
    pub(super) bound: bool,
    pub(super) order: Order,
}

/// A dialogue that goes on.
struct Talk {
    id: u64,
    to: String,
    session: u8,
    step: u8,
    reference: u16,
    asks: bool,
    until: Instant,
    screens: mpsc::Sender<Screen>,
}

/// What to do with a `submit_sm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Answer with this id, at this moment at the earliest.
    Accepted { id: String, not_before: Option<Instant> },
    /// Answer with this status.
    Refused(u32),
    /// Say nothing.
    Silent,
}

/// Everything behind the lock.
pub(super) struct Network {
    settings: Settings,
    started: Instant,
    pub(super) handsets: Handsets,
    talks: HashMap<Msisdn, Talk>,
    waiting: VecDeque<u64>,
    later: BTreeMap<(Instant, u64), u64>,
    pub(super) ledger: Ledger,
    pub(super) lines: BTreeMap<u64, Line>,
    faults: Faults,
    dice: Dice,
    second: (Instant, u32),
    pub(super) events: broadcast::Sender<PhoneEvent>,
    talks_begun: u64,
    letters_sent: u16,
    replayed: HashSet<u64>,
}

impl Network {
    pub(super) fn new(settings: Settings, now: Instant) -> Self {
        let (events, _) = broadcast::channel(EVENTS_BEHIND_MAX);
        Self {
            faults: settings.faults.clone(),
            dice: Dice::new(settings.seed),
            started: now,
            handsets: Handsets::default(),
            talks: HashMap::new(),
            waiting: VecDeque::new(),
            later: BTreeMap::new(),
            ledger: Ledger::new(settings.ledger_max),
            lines: BTreeMap::new(),
            second: (now, 0),
            events,
            talks_begun: 0,
            letters_sent: 0,
            replayed: HashSet::new(),
            settings,
        }
    }

    pub(super) fn at_ms(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(super) fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
        self.dice.recount();
        self.replayed.clear();
    }

    /// Nobody listening is no error.
    fn tell(&self, event: PhoneEvent) {
        self.events.send(event).ok();
    }

    fn dialect(&self) -> Dialect {
        self.settings.dialect
    }

    // ---- from the phone ----

    /// A code is dialled; a dialogue that was going on is over.
    pub(super) fn dial(
        &mut self,
        msisdn: &Msisdn,
        code: &str,
        now: Instant,
    ) -> (u64, mpsc::Receiver<Screen>) {
        self.hang_up(msisdn, Why::HungUp, now);
        self.talks_begun = self.talks_begun.wrapping_add(1);
        let id = self.talks_begun;
        let to = match self.dialect().destination {
            Destination::Number => self.settings.service_number.clone(),
            Destination::Code => {
                Dialled::parse(code).map_or_else(|_| code.to_owned(), |dialled| dialled.base)
            }
        };
        let (screens, shown) = mpsc::channel(SCREENS_WAITING_MAX);
        let low = |n: u64| u8::try_from(n % 255).unwrap_or(0).wrapping_add(1);
        let talk = Talk {
            id,
            to,
            session: low(id),
            step: 0,
            reference: u16::try_from(id % 32_767).unwrap_or(0).wrapping_add(1),
            asks: false,
            until: now + self.settings.dialogue_timeout,
            screens,
        };
        self.talks.insert(msisdn.clone(), talk);
        self.say(msisdn, What::Dial, self.dialect().dial, code, false, now);
        (id, shown)
    }

    /// An answer is typed; false if no dialogue waits for one.
    pub(super) fn answer(&mut self, msisdn: &Msisdn, text: &str, now: Instant) -> bool {
        let timeout = self.settings.dialogue_timeout;
        match self.talks.get_mut(msisdn) {
            Some(talk) if talk.asks => {
                talk.asks = false;
                talk.until = now + timeout;
            }
            _ => return false,
        }
        self.say(msisdn, What::Answer, self.dialect().answer, text, false, now);
        true
    }

    /// A dialogue is over from this side; false if there was none.
    pub(super) fn hang_up(&mut self, msisdn: &Msisdn, why: Why, now: Instant) -> bool {
        if !self.talks.contains_key(msisdn) {
            return false;
        }
        self.say(msisdn, What::Abort, self.dialect().abort, "", true, now);
        self.over(msisdn, why);
        true
    }

    /// Sends one message of a dialogue towards the service.
    fn say(&mut self, msisdn: &Msisdn, what: What, op: u8, text: &str, last: bool, now: Instant) {
        let dialect = self.dialect();
        let Some(talk) = self.talks.get_mut(msisdn) else { return };
        let (encoding, characters) = alphabet::encode(text);
        let (gsm7, ucs2) = dialect.codings;
        let mut message = Message {
            service_type: dialect.service_type.to_owned(),
            from: msisdn.expose().to_owned(),
            to: talk.to.clone(),
            data_coding: if encoding == crate::domain::text::budget::Encoding::Gsm7 { gsm7 } else { ucs2 },
            octets: characters.concat().into(),
            ussd_op: Some(op),
            ..Message::default()
        };
        match dialect.identity {
            Identity::InfoOctet => {
                let step = (talk.step & 0x7F) << 1 | u8::from(last);
                message.session_info = Some([talk.session, step]);
            }
            Identity::Info15Bits => {
                message.session_info = Some((talk.reference << 1 | u16::from(last)).to_be_bytes());
            }
            Identity::Reference => message.reference = Some(talk.reference),
            Identity::Msisdn => {}
        }
        talk.step = talk.step.wrapping_add(1);
        self.deliver(what, msisdn, &message, now);
    }

    /// Letters written on the phone; their numbers in the ledger, one a part.
    pub(super) fn text(
        &mut self,
        msisdn: &Msisdn,
        short: &str,
        text: &str,
        form: LongForm,
        now: Instant,
    ) -> Vec<u64> {
        self.letters_sent = self.letters_sent.wrapping_add(1);
        let like = Message { from: msisdn.expose().to_owned(), to: short.to_owned(), ..Message::default() };
        let messages = parts::messages(&like, text, form, self.letters_sent);
        messages.iter().map(|message| self.deliver(What::Sms, msisdn, message, now)).collect()
    }

    /// Puts octets of a PDU as they are before the links; their length and fields are the caller's.
    pub(super) fn raw(&mut self, msisdn: &Msisdn, frame: Bytes, now: Instant) -> u64 {
        self.queue(What::Sms, msisdn, frame, now)
    }

    fn deliver(&mut self, what: What, msisdn: &Msisdn, message: &Message, now: Instant) -> u64 {
        self.queue(what, msisdn, wire::deliver(message), now)
    }

    fn queue(&mut self, what: What, msisdn: &Msisdn, frame: Bytes, now: Instant) -> u64 {
        let at_ms = self.at_ms(now);
        let id = self.ledger.born(what, msisdn.clone(), frame, at_ms);
        if self.waiting.len() >= self.settings.ledger_max {
            // Its entry has left the ledger before it, and its octets with it.
            self.waiting.pop_front();
        }
        self.waiting.push_back(id);
        self.wake();
        id
    }

    fn wake(&self) {
        for line in self.lines.values().filter(|line| line.receives) {
            line.wake.notify_one();
        }
    }

    // ---- to the link ----

    /// Tells a connection what to do.
    pub(super) fn order(&mut self, link: u64, order: Order) {
        if let Some(line) = self.lines.get_mut(&link) {
            line.order = order;
            line.wake.notify_one();
        }
    }

    /// Tells all connections what to do.
    pub(super) fn order_all(&mut self, order: Order) {
        let links: Vec<u64> = self.lines.keys().copied().collect();
        for link in links {
            self.order(link, order);
        }
    }

    /// An ESME has bound: to a receiver, networks send some once more.
    pub(super) fn bound(&mut self, receives: bool) {
        self.ledger.sums.binds = self.ledger.sums.binds.wrapping_add(1);
        if !receives {
            return;
        }
        for id in self.ledger.last_acknowledged(usize::from(self.faults.again_after_bind)).into_iter().rev() {
            if self.replayed.insert(id) {
                self.waiting.push_front(id);
            }
        }
    }

    /// The next `deliver_sm` to send, with how often it goes out and whether under new numbers.
    pub(super) fn next(&mut self) -> Option<(u64, Bytes, Copies)> {
        let id = loop {
            let id = self.waiting.pop_front()?;
            if self.ledger.get_mut(id).is_some() {
                break id;
            }
        };
        let delivery = self.ledger.get_mut(id)?;
        let frame = delivery.frame.clone();
        let again = delivery.attempts > 0;
        delivery.attempts = delivery.attempts.saturating_add(1);
        if delivery.fate != Fate::Acknowledged {
            delivery.fate = Fate::Sent;
        }
        if again {
            self.ledger.sums.redelivered = self.ledger.sums.redelivered.wrapping_add(1);
        }
        let copies = if self.dice.strikes(Kind::Duplicate, self.faults.duplicate) {
            Copies::Same
        } else if self.dice.strikes(Kind::DuplicateRenumbered, self.faults.duplicate_renumbered) {
            Copies::Renumbered
        } else {
            Copies::One
        };
        Some((id, frame, copies))
    }

    /// The ESME answered a `deliver_sm`.
    pub(super) fn answered(&mut self, id: u64, status: u32, now: Instant) {
        let Some(delivery) = self.ledger.get_mut(id) else { return };
        if delivery.fate == Fate::Acknowledged {
            return;
        }
        let (what, msisdn, attempts) = (delivery.what, delivery.msisdn.clone(), delivery.attempts);
        let in_dialogue = matches!(what, What::Dial | What::Answer);
        if status == 0 {
            delivery.fate = Fate::Acknowledged;
            if self.faults.again_after_bind == 0 {
                delivery.frame = Bytes::new();
            }
            let of = delivery.of;
            self.ledger.sums.acknowledged = self.ledger.sums.acknowledged.wrapping_add(1);
            if let Some(id) = of {
                self.handsets.receipted(&msisdn, id);
                self.tell(PhoneEvent::Receipt { msisdn, id });
            }
        } else if TEMPORARY.contains(&status) && !in_dialogue && attempts < self.settings.attempts_max {
            delivery.fate = Fate::Waiting;
            self.later.insert((now + self.settings.redeliver_after, id), id);
        } else {
            delivery.fate = Fate::Refused(status);
            self.ledger.sums.refused = self.ledger.sums.refused.wrapping_add(1);
            if in_dialogue {
                self.over(&msisdn, Why::Refused);
            }
        }
    }

    /// No answer came in time, or its connection is gone: it goes out again, ahead of what waits.
    pub(super) fn unanswered(&mut self, id: u64) {
        let attempts_max = self.settings.attempts_max;
        let Some(delivery) = self.ledger.get_mut(id) else { return };
        match delivery.fate {
            Fate::Acknowledged | Fate::Refused(_) | Fate::Lost => {}
            Fate::Waiting | Fate::Sent if delivery.attempts >= attempts_max => {
                delivery.fate = Fate::Lost;
                self.ledger.sums.lost = self.ledger.sums.lost.wrapping_add(1);
            }
            Fate::Waiting | Fate::Sent => {
                delivery.fate = Fate::Waiting;
                self.waiting.push_front(id);
                self.wake();
            }
        }
    }

    // ---- from the link ----

    /// A `submit_sm` came over connection `link`.
    pub(super) fn submit(&mut self, link: u64, message: &Message, now: Instant) -> Verdict {
        if self.throttles(now) {
            self.ledger.sums.submissions_refused = self.ledger.sums.submissions_refused.wrapping_add(1);
            return Verdict::Refused(THROTTLED);
        }
        if self.dice.strikes(Kind::Drop, self.faults.drop) {
            return Verdict::Silent;
        }
        let arrived = match Msisdn::parse(&message.to) {
            Err(_) => Err(INVALID_DESTINATION),
            Ok(msisdn) => match message.ussd_op {
                Some(op) => self.screen(&msisdn, op, message, now),
                None => match self.handsets.arrived(&msisdn, self.ledger.next_submission(), message) {
                    Ok(sms) => {
                        sms.into_iter().for_each(|sms| self.tell(PhoneEvent::Sms(sms)));
                        Ok(())
                    }
                    Err(NoRoom) => Err(QUEUE_FULL),
                },
            },
        };
        if let Err(status) = arrived {
            self.ledger.sums.submissions_refused = self.ledger.sums.submissions_refused.wrapping_add(1);
            return Verdict::Refused(status);
        }
        let at_ms = self.at_ms(now);
        let id = self.ledger.accepted(link, message, at_ms);
        if message.wants_receipt() && message.ussd_op.is_none() {
            self.receipt(id, message, now);
        }
        if self.dice.strikes(Kind::LostResponse, self.faults.lost_response) {
            return Verdict::Silent;
        }
        let form = self.faults.receipts;
        let id = form.response_id.write(id.saturating_add(form.ids_from));
        Verdict::Accepted { id, not_before: self.delay().map(|delay| now + delay) }
    }

    fn throttles(&mut self, now: Instant) -> bool {
        if let Some(above) = self.faults.throttle_above_per_s {
            if now.saturating_duration_since(self.second.0) >= Duration::from_secs(1) {
                self.second = (now, 0);
            }
            self.second.1 = self.second.1.saturating_add(1);
            if self.second.1 > above {
                return true;
            }
        }
        self.dice.strikes(Kind::Throttle, self.faults.throttle)
    }

    /// How long a response is held back, if at all.
    fn delay(&mut self) -> Option<Duration> {
        let mut millis = self.faults.delay_ms.map(|(from, to)| self.dice.between(from, to));
        if self.dice.strikes(Kind::Reorder, self.faults.reorder) || self.faults.early_receipt {
            millis = Some(millis.unwrap_or(0).saturating_add(REORDER_BY_MS));
        }
        millis.map(|millis| Duration::from_millis(u64::from(millis)))
    }

    /// A page of a dialogue arrives.
    fn screen(&mut self, msisdn: &Msisdn, op: u8, message: &Message, now: Instant) -> Result<(), u32> {
        let dialect = self.dialect();
        let timeout = self.settings.dialogue_timeout;
        let talk = self.talks.get_mut(msisdn).ok_or(SUBMIT_FAILED)?;
        let (known, closed) = match dialect.identity {
            Identity::InfoOctet => {
                let [session, step] = message.session_info.ok_or(SUBMIT_FAILED)?;
                (session == talk.session, dialect.end_bit && step & 1 == 1)
            }
            Identity::Info15Bits => {
                let info = u16::from_be_bytes(message.session_info.ok_or(SUBMIT_FAILED)?);
                (info >> 1 == talk.reference, dialect.end_bit && info & 1 == 1)
            }
            Identity::Reference => (message.reference == Some(talk.reference), false),
            Identity::Msisdn => (true, false),
        };
        if !known {
            return Err(SUBMIT_FAILED);
        }
        let ends = closed || (op == dialect.end && op != dialect.ask);
        let asks = !ends && op == dialect.ask;
        if !ends && !asks && op != dialect.notify {
            return Err(SUBMIT_FAILED);
        }
        let (encoding, units, text) = parts::text(message);
        talk.asks = asks;
        talk.until = now + timeout;
        let (dialogue, data_coding) = (talk.id, message.data_coding);
        let screen =
            Screen { msisdn: msisdn.clone(), dialogue, text, asks, ends, encoding, units, data_coding };
        // A dialogue that nobody looks at is not an error: the event goes to whoever watches.
        talk.screens.try_send(screen.clone()).ok();
        self.tell(PhoneEvent::Screen(screen));
        if ends {
            self.over(msisdn, Why::Said);
        }
        Ok(())
    }

    fn over(&mut self, msisdn: &Msisdn, why: Why) {
        if let Some(talk) = self.talks.remove(msisdn) {
            self.tell(PhoneEvent::Ended { msisdn: msisdn.clone(), dialogue: talk.id, why });
        }
    }

    /// A delivery receipt in the form most networks use (peers: Kannel, Jasmin, Vumi read it).
    fn receipt(&mut self, of: u64, message: &Message, now: Instant) {
        let Ok(msisdn) = Msisdn::parse(&message.to) else { return };
        let form = self.faults.receipts;
        let id = form.receipt_id.write(of.saturating_add(form.ids_from));
        let text = format!(
            "id:{id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:"
        );
        let data = form.by == ReceiptBy::Data;
        let receipt = Message {
            from: message.to.clone(),
            to: message.from.clone(),
            esm_class: if form.by == ReceiptBy::Text { 0 } else { 0x04 },
            octets: if data { Bytes::new() } else { text.into() },
            receipted: (form.by != ReceiptBy::Text).then_some(id),
            data,
            ..Message::default()
        };
        for _ in 0..if form.twice { 2 } else { 1 } {
            let delivery = self.deliver(What::Receipt, &msisdn, &receipt, now);
            if let Some(delivery) = self.ledger.get_mut(delivery) {
                delivery.of = Some(of);
            }
        }
    }

    // ---- time ----

    /// What is due by now: dialogues that nobody spoke in, deliveries to be tried again.
    pub(super) fn tick(&mut self, now: Instant) {
        let silent: Vec<Msisdn> = self
            .talks
            .iter()
            .filter(|(_, talk)| talk.until <= now)
            .map(|(msisdn, _)| msisdn.clone())
            .collect();
        for msisdn in silent {
            self.hang_up(&msisdn, Why::TimedOut, now);
        }
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let id = entry.remove();
            self.waiting.push_back(id);
            self.wake();
        }
    }
}

/// Milliseconds by which a response is held so that later ones overtake it.
const REORDER_BY_MS: u32 = 100;

/// How often a `deliver_sm` goes out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copies {
    One,
    Same,
    Renumbered,
}
