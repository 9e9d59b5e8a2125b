//! One connection from an ESME: cuts frames, answers, sends what the network has for it, keeps its window.

use super::Shared;
use super::event::{Direction, Trace};
use super::network::{Copies, Order, Verdict};
use super::wire::{self, field};
use bytes::{Bytes, BytesMut};
use core::time::Duration;
use rusmpp::pdus::{BindReceiverResp, BindTransceiverResp, BindTransmitterResp, SubmitSmResp};
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandStatus, Pdu};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Octets read at once; more only helps a saturated link.
const READ_OCTETS: usize = 64 * 1024;
/// How long a write may take before the ESME is given up.
const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// Responses held back at most; above that the oldest leave before their time.
const HELD_MAX: usize = 10_000;
/// How long after our `unbind` the ESME may take to answer it.
const UNBIND_LIMIT: Duration = Duration::from_secs(5);

/// Whether the connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Serve,
    Close,
}

/// How an ESME is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bound {
    sends: bool,
    receives: bool,
}

/// A request of ours that waits for its response.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    delivery: u64,
    until: Instant,
}

/// A connection with what it holds.
pub(super) struct Link {
    id: u64,
    shared: Arc<Shared>,
    wake: Arc<Notify>,
    bound: Option<Bound>,
    window: HashMap<u32, InFlight>,
    out: BytesMut,
    held: BTreeMap<(Instant, u64), Bytes>,
    held_n: u64,
    sequence_number: u32,
    pdus_in: u32,
    heard: Instant,
    enquired: Option<Instant>,
    unbinding: Option<Instant>,
    read_after: Option<Instant>,
}

impl Link {
    pub(super) fn new(id: u64, shared: Arc<Shared>, wake: Arc<Notify>, now: Instant) -> Self {
        Self {
            id,
            shared,
            wake,
            bound: None,
            window: HashMap::new(),
            out: BytesMut::new(),
            held: BTreeMap::new(),
            held_n: 0,
            sequence_number: 0,
            pdus_in: 0,
            heard: now,
            enquired: None,
            unbinding: None,
            read_after: None,
        }
    }

    /// Serves the connection until either side ends it; what was not answered goes back to the network.
    pub(super) async fn run(mut self, mut stream: TcpStream) {
        stream.set_nodelay(true).ok();
        let mut buffer = BytesMut::with_capacity(READ_OCTETS);
        let mut stopping = self.shared.tasks.stopping();
        let mut stops = false;
        loop {
            let now = self.shared.now();
            let then = self.due(now);
            self.fill_window(now);
            if !self.out.is_empty() {
                let write = tokio::time::timeout(WRITE_LIMIT, stream.write_all(&self.out));
                if !matches!(write.await, Ok(Ok(()))) {
                    break;
                }
                self.out.clear();
            }
            if then == Then::Close {
                break;
            }
            let reads = self.read_after.is_none_or(|after| after <= now);
            buffer.reserve(1024);
            let read = tokio::select! {
                read = stream.read_buf(&mut buffer), if reads => Some(read),
                () = self.wake.notified() => None,
                () = tokio::time::sleep_until(self.next_due(now)) => None,
                () = stopping.wait(), if !stops => {
                    stops = true;
                    self.shared.lock().order(self.id, Order::Unbind);
                    None
                }
            };
            match read {
                None => {}
                Some(Ok(0) | Err(_)) => break,
                Some(Ok(octets)) if self.take(&mut buffer, octets) == Then::Serve => {}
                Some(Ok(_)) => {
                    stream.write_all(&self.out).await.ok();
                    break;
                }
            }
        }
        self.gone();
    }

    /// The connection is over: its window returns to the network.
    fn gone(self) {
        let mut network = self.shared.lock();
        network.lines.remove(&self.id);
        let mut open: Vec<u64> = self.window.values().map(|waiting| waiting.delivery).collect();
        open.sort_unstable();
        for delivery in open.into_iter().rev() {
            network.unanswered(delivery);
        }
    }

    /// When something is due by itself at the latest.
    fn next_due(&self, now: Instant) -> Instant {
        let settings = &self.shared.settings;
        let idle =
            self.enquired.map_or(self.heard + settings.enquire_every, |at| at + settings.response_timeout);
        let held = self.held.keys().next().map(|(at, _)| *at);
        let oldest = self.window.values().map(|waiting| waiting.until).min();
        let unbinding = self.unbinding.map(|at| at + UNBIND_LIMIT);
        let next = [held, oldest, self.read_after, unbinding].into_iter().flatten().fold(idle, Instant::min);
        next.max(now + Duration::from_millis(1))
    }

    /// Does what time and orders ask for.
    fn due(&mut self, now: Instant) -> Then {
        let mut n_held = self.held.len();
        while let Some(entry) = self.held.first_entry() {
            if entry.key().0 > now && n_held <= HELD_MAX {
                break;
            }
            n_held = n_held.saturating_sub(1);
            let frame = entry.remove();
            self.trace(Direction::Out, &frame);
            self.out.extend_from_slice(&frame);
        }
        let late: Vec<u32> = self
            .window
            .iter()
            .filter(|(_, waiting)| waiting.until <= now)
            .map(|(number, _)| *number)
            .collect();
        for number in late {
            if let Some(waiting) = self.window.remove(&number) {
                self.shared.lock().unanswered(waiting.delivery);
            }
        }
        let order = self.shared.lock().lines.get(&self.id).map_or(Order::Cut, |line| line.order);
        if order == Order::Cut || self.unbinding.is_some_and(|at| at + UNBIND_LIMIT <= now) {
            return Then::Close;
        }
        if order == Order::Unbind && self.unbinding.is_none() {
            if self.bound.is_none() {
                return Then::Close;
            }
            self.unbinding = Some(now);
            self.request(Pdu::Unbind);
        }
        self.enquire(now)
    }

    fn enquire(&mut self, now: Instant) -> Then {
        let settings = &self.shared.settings;
        match self.enquired {
            Some(at) if at + settings.response_timeout <= now => Then::Close,
            None if self.bound.is_some() && self.heard + settings.enquire_every <= now => {
                self.enquired = Some(now);
                self.request(Pdu::EnquireLink);
                Then::Serve
            }
            Some(_) | None => Then::Serve,
        }
    }

    fn next_number(&mut self) -> u32 {
        self.sequence_number =
            if self.sequence_number >= 0x7FFF_FFFF { 1 } else { self.sequence_number.wrapping_add(1) };
        self.sequence_number
    }

    fn request(&mut self, pdu: Pdu) {
        let number = self.next_number();
        self.send(CommandStatus::EsmeRok, number, pdu);
    }

    fn send(&mut self, status: CommandStatus, number: u32, pdu: impl Into<Pdu>) {
        let mut frame = BytesMut::new();
        wire::encode(&mut frame, status, number, pdu);
        let frame = frame.freeze();
        self.trace(Direction::Out, &frame);
        self.out.extend_from_slice(&frame);
    }

    /// Takes from the network while the window has room.
    fn fill_window(&mut self, now: Instant) {
        if !self.bound.is_some_and(|bound| bound.receives) || self.unbinding.is_some() {
            return;
        }
        let window = self.shared.settings.window_pdus;
        let until = now + self.shared.settings.response_timeout;
        while self.window.len() < window {
            let Some((delivery, frame, copies)) = self.shared.lock().next() else { break };
            let number = self.next_number();
            self.put(&frame, number);
            self.window.insert(number, InFlight { delivery, until });
            match copies {
                Copies::One => {}
                Copies::Same => self.put(&frame, number),
                Copies::Renumbered => {
                    let number = self.next_number();
                    self.put(&frame, number);
                    self.window.insert(number, InFlight { delivery, until });
                }
            }
        }
    }

    fn put(&mut self, frame: &[u8], number: u32) {
        let before = self.out.len();
        wire::renumbered(&mut self.out, frame, number);
        if self.shared.traces() {
            let sent = Bytes::copy_from_slice(self.out.get(before..).unwrap_or_default());
            self.trace(Direction::Out, &sent);
        }
    }

    fn trace(&self, direction: Direction, frame: &Bytes) {
        if !self.shared.traces() {
            return;
        }
        let (id, ..) = wire::head(frame);
        // A bind holds the password.
        let hex = if matches!(id, 1 | 2 | 9) { String::new() } else { hex::encode(frame) };
        let line = wire::line(frame, wire::decode(frame).as_ref());
        let at_ms = self.shared.lock().at_ms(self.shared.now());
        self.shared.traced(Trace { at_ms, link: self.id, direction, hex, line });
    }

    /// Handles every whole frame of what was read.
    fn take(&mut self, buffer: &mut BytesMut, octets: usize) -> Then {
        let now = self.shared.now();
        self.heard = now;
        let (rate, cut_after) = {
            let network = self.shared.lock();
            (network.faults().read_octets_per_s, network.faults().disconnect_after_pdus)
        };
        self.read_after = rate.map(|rate| {
            let millis = octets.saturating_mul(1000) / usize::try_from(rate.max(1)).unwrap_or(usize::MAX);
            now + Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
        });
        loop {
            let frame = match wire::cut(buffer) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Then::Serve,
                Err(_) => {
                    self.send(CommandStatus::EsmeRinvcmdlen, 0, Pdu::GenericNack);
                    return Then::Close;
                }
            };
            self.trace(Direction::In, &frame);
            self.pdus_in = self.pdus_in.saturating_add(1);
            if cut_after.is_some_and(|n| self.pdus_in >= n) {
                self.out.clear();
                return Then::Close;
            }
            if self.handle(&frame, now) == Then::Close {
                return Then::Close;
            }
        }
    }

    fn handle(&mut self, frame: &Bytes, now: Instant) -> Then {
        let (id, status, number) = wire::head(frame);
        match id {
            // The commonest answer is read by its head alone: it spares the decoder a third of a saturated link.
            0x8000_0005 | 0x8000_0103 | 0x8000_0000 => {
                self.answered(number, if id == 0x8000_0000 && status == 0 { 1 } else { status }, now)
            }
            0x8000_0015 => self.enquired = None,
            0x8000_0006 => return Then::Close,
            0x15 => self.send(CommandStatus::EsmeRok, number, Pdu::EnquireLinkResp),
            0x06 => {
                self.send(CommandStatus::EsmeRok, number, Pdu::UnbindResp);
                return Then::Close;
            }
            0x01 | 0x02 | 0x04 | 0x09 => match wire::decode(frame) {
                Some(command) => return self.request_in(&command, number, now),
                None => {
                    self.shared.lock().ledger.sums.unreadable += 1;
                    let status = CommandStatus::EsmeRsyserr;
                    match id {
                        0x04 => self.send(status, number, SubmitSmResp::default()),
                        _ => self.send(status, number, Pdu::GenericNack),
                    }
                }
            },
            _ if id & 0x8000_0000 != 0 => self.shared.lock().ledger.sums.unmatched += 1,
            _ => self.send(CommandStatus::EsmeRinvcmdid, number, Pdu::GenericNack),
        }
        Then::Serve
    }

    fn answered(&mut self, number: u32, status: u32, now: Instant) {
        let mut network = self.shared.lock();
        match self.window.remove(&number) {
            Some(waiting) => network.answered(waiting.delivery, status, now),
            None => network.ledger.sums.unmatched += 1,
        }
    }

    fn request_in(&mut self, command: &Command, number: u32, now: Instant) -> Then {
        match command.pdu() {
            Some(Pdu::SubmitSm(pdu)) => {
                if self.bound.is_some_and(|bound| bound.sends) {
                    let verdict = self.shared.lock().submit(self.id, &wire::submitted(pdu), now);
                    self.verdict(number, verdict);
                } else {
                    self.send(CommandStatus::EsmeRinvbndsts, number, SubmitSmResp::default());
                }
                Then::Serve
            }
            Some(Pdu::BindTransceiver(pdu)) => {
                let status = self.admit(pdu.system_id.as_str(), pdu.password.as_str(), true, true);
                let reply = BindTransceiverResp::new(field(OUR_NAME), Some(InterfaceVersion::Smpp3_4));
                self.welcome(status, number, reply.into())
            }
            Some(Pdu::BindTransmitter(pdu)) => {
                let status = self.admit(pdu.system_id.as_str(), pdu.password.as_str(), true, false);
                let reply = BindTransmitterResp::new(field(OUR_NAME), Some(InterfaceVersion::Smpp3_4));
                self.welcome(status, number, reply.into())
            }
            Some(Pdu::BindReceiver(pdu)) => {
                let status = self.admit(pdu.system_id.as_str(), pdu.password.as_str(), false, true);
                let reply = BindReceiverResp::new(field(OUR_NAME), Some(InterfaceVersion::Smpp3_4));
                self.welcome(status, number, reply.into())
            }
            Some(_) | None => {
                self.send(CommandStatus::EsmeRinvcmdid, number, Pdu::GenericNack);
                Then::Serve
            }
        }
    }

    /// Whether this ESME may bind.
    fn admit(
        &self,
        system_id: &str,
        password: &str,
        sends: bool,
        receives: bool,
    ) -> Result<Bound, CommandStatus> {
        let settings = &self.shared.settings;
        if let Some(status) = self.shared.lock().faults().reject_bind {
            return Err(CommandStatus::from(status));
        }
        if self.bound.is_some() {
            return Err(CommandStatus::EsmeRalybnd);
        }
        if system_id != settings.system_id {
            return Err(CommandStatus::EsmeRinvsysid);
        }
        if password != settings.password {
            return Err(CommandStatus::EsmeRinvpaswd);
        }
        Ok(Bound { sends, receives })
    }

    fn welcome(&mut self, admitted: Result<Bound, CommandStatus>, number: u32, reply: Pdu) -> Then {
        match admitted {
            Err(status) => {
                self.send(status, number, reply);
                if self.bound.is_some() { Then::Serve } else { Then::Close }
            }
            Ok(bound) => {
                self.bound = Some(bound);
                self.send(CommandStatus::EsmeRok, number, reply);
                let mut network = self.shared.lock();
                if let Some(line) = network.lines.get_mut(&self.id) {
                    line.bound = true;
                    line.receives = bound.receives;
                }
                network.bound(bound.receives);
                drop(network);
                self.shared.changed.notify_waiters();
                Then::Serve
            }
        }
    }

    fn verdict(&mut self, number: u32, verdict: Verdict) {
        match verdict {
            Verdict::Silent => {}
            Verdict::Refused(status) => {
                self.send(CommandStatus::from(status), number, SubmitSmResp::default());
            }
            Verdict::Accepted { id, not_before } => {
                let reply = SubmitSmResp::builder().message_id(field(&id)).build();
                let Some(at) = not_before else {
                    return self.send(CommandStatus::EsmeRok, number, reply);
                };
                let mut frame = BytesMut::new();
                wire::encode(&mut frame, CommandStatus::EsmeRok, number, reply);
                self.held_n = self.held_n.wrapping_add(1);
                self.held.insert((at, self.held_n), frame.freeze());
            }
        }
    }
}

/// `system_id` of the simulator in its answers.
const OUR_NAME: &str = "kopir-smsc";
