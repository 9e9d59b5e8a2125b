//! One connection of a link: connects, binds, reads, writes, keeps alive, and unbinds when nothing is under way any more.

use super::Trace;
use super::body::{Address, Bind, BindKind};
use super::convert::Arrival;
use super::link::{Link, LinkState};
use super::octets::Octets;
use super::pdu::{self, Body, Decoded, Pdu, refusal, status};
use super::timers::{Action, Timers};
use super::turns::Owed;
use super::wire::{Wire, frame, lock};
use crate::clock::instant;
use crate::failpoint::{self, Point};
use crate::metrics::Metrics;
use crate::tasks::Stopping;
use bytes::{Bytes, BytesMut};
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;

/// Octets read at once, and octets of frames that leave in one write.
const BUFFER_OCTETS: usize = 64 * 1024;
/// How often deadlines are looked at; responses expire this much late at most.
const TICK: Duration = Duration::from_millis(100);
/// How long what is still queued may take to leave when a connection ends.
const FLUSH: Duration = Duration::from_secs(1);

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The bind was refused with this `command_status`.
    Rejected(u32),
    /// It will be tried again, for this reason.
    Lost(String),
    /// We unbound to have the network keep its messages.
    Suspended,
    /// The process stops.
    Stopped,
}

impl Link {
    /// One connection from the first octet to the last: whether it was bound, and why it ended.
    pub(super) async fn connection(
        self: &Arc<Self>,
        kind: BindKind,
        mut stopping: Stopping,
    ) -> (bool, Ended) {
        let opened = tokio::select! {
            opened = self.open(kind) => opened,
            () = stopping.wait() => Err(Ended::Stopped),
        };
        match opened {
            Ok((stream, rest)) => (true, self.serve(kind, stream, rest, stopping).await),
            Err(ended) => (false, ended),
        }
    }

    async fn open(&self, kind: BindKind) -> Result<(TcpStream, BytesMut), Ended> {
        let limit = Duration::from_millis(self.settings.connect_timeout_ms);
        let address = (self.settings.host.as_str(), self.settings.port);
        let lost = |error: std::io::Error| Ended::Lost(error.to_string());
        let late = |_| Ended::Lost("no answer in time".to_owned());
        let mut stream =
            tokio::time::timeout(limit, TcpStream::connect(address)).await.map_err(late)?.map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        let rest = tokio::time::timeout(limit, self.bind(kind, &mut stream)).await.map_err(late)??;
        Ok((stream, rest))
    }

    async fn bind(&self, kind: BindKind, stream: &mut TcpStream) -> Result<BytesMut, Ended> {
        let lost = |error: std::io::Error| Ended::Lost(error.to_string());
        let secret = self.settings.secret().map_err(lost)?;
        let bind = Bind {
            system_id: Octets::from(self.settings.system_id.clone()),
            password: Octets(Bytes::copy_from_slice(secret.expose().as_bytes())),
            system_type: Octets::from(self.settings.system_type.clone()),
            interface_version: self.settings.interface_version,
            range: Address::new(0, 0, &self.settings.address_range),
        };
        let mut out = BytesMut::new();
        let pdu = Pdu { status: status::OK, sequence: 1, body: Body::Bind(kind, bind) };
        pdu::encode(&pdu, &mut out).map_err(|error| Ended::Lost(error.to_string()))?;
        stream.write_all(&out).await.map_err(lost)?;
        let mut buffer = BytesMut::with_capacity(BUFFER_OCTETS);
        loop {
            while let Some(frame) = pdu::cut(&mut buffer).map_err(|error| Ended::Lost(error.to_string()))? {
                match pdu::decode(&frame).map(|decoded| decoded.pdu) {
                    Ok(Pdu { status: status::OK, body: Body::BindResp(..), .. }) => return Ok(buffer),
                    Ok(Pdu { status, body: Body::BindResp(..) | Body::GenericNack, .. }) => {
                        return Err(Ended::Rejected(status));
                    }
                    // Nothing else is due before the bind is answered.
                    _ => Metrics::count(&self.metrics.pdu_faults, &self.name, "early"),
                }
            }
            if stream.read_buf(&mut buffer).await.map_err(lost)? == 0 {
                return Err(Ended::Lost("closed before the bind was answered".to_owned()));
            }
        }
    }

    async fn serve(
        self: &Arc<Self>,
        kind: BindKind,
        stream: TcpStream,
        rest: BytesMut,
        stopping: Stopping,
    ) -> Ended {
        let mut stream = stream;
        let bind = getrandom::u64().unwrap_or_default();
        let (wire, mut frames) = Wire::new(bind, self.settings.queue_pdus, self.settings.response_timeout());
        if kind != BindKind::Receiver {
            *lock(&self.sender) = Some(wire.clone());
        }
        self.set_state(kind, LinkState::Bound);
        tracing::info!(smsc = %self.name, bind = ?kind, "link is bound");
        if kind != BindKind::Transmitter {
            // What was refused before this bind says nothing about it.
            self.refusals.store(0, Ordering::Relaxed);
            core::pin::pin!(self.suspend.notified()).as_mut().enable();
        }
        let (mut read, mut write) = stream.split();
        let mut out = BytesMut::with_capacity(BUFFER_OCTETS);
        let now = instant();
        let inactivity =
            Some(Duration::from_secs(self.settings.inactivity_secs)).filter(|most| !most.is_zero());
        let enquire = Duration::from_secs(self.settings.enquire_link_secs);
        let timers = Mutex::new(Timers::new(now, enquire, self.settings.response_timeout(), inactivity));
        let ended = tokio::select! {
            ended = self.read(&wire, &mut read, rest, &timers) => ended,
            ended = self.write(&mut write, &mut frames, &mut out) => ended,
            ended = self.watch(kind, &wire, &timers, stopping) => ended,
        };
        if lock(&self.sender).as_ref().is_some_and(|sender| sender.bind == bind) {
            *lock(&self.sender) = None;
        }
        frames.close();
        while let Ok(frame) = frames.try_recv() {
            out.extend_from_slice(&frame);
        }
        // The last responses, `unbind_resp` among them; a peer that does not read has had its second.
        let flushed = tokio::time::timeout(FLUSH, write.write_all_buf(&mut out)).await;
        if !matches!(flushed, Ok(Ok(()))) {
            Metrics::count(&self.metrics.pdu_faults, &self.name, "unwritten");
        }
        wire.fail_all();
        Metrics::set(&self.metrics.window, &self.name, 0);
        self.changed.notify_waiters();
        ended
    }

    async fn read(
        self: &Arc<Self>,
        wire: &Wire,
        stream: &mut ReadHalf<'_>,
        mut buffer: BytesMut,
        timers: &Mutex<Timers>,
    ) -> Ended {
        let mut count = 0_u64;
        loop {
            loop {
                let frame = match pdu::cut(&mut buffer) {
                    Ok(Some(frame)) => frame,
                    Ok(None) => break,
                    Err(error) => {
                        Metrics::count(&self.metrics.pdu_faults, &self.name, "length");
                        return Ended::Lost(error.to_string());
                    }
                };
                count = count.wrapping_add(1);
                self.traced(false, &frame);
                if let Some(ended) = self.frame(wire, &frame, count, timers).await {
                    return ended;
                }
            }
            buffer.reserve(BUFFER_OCTETS);
            match stream.read_buf(&mut buffer).await {
                Ok(0) => return Ended::Lost("closed by the other end".to_owned()),
                Ok(_) => {}
                Err(error) => return Ended::Lost(error.to_string()),
            }
        }
    }

    async fn frame(
        self: &Arc<Self>,
        wire: &Wire,
        octets: &Bytes,
        count: u64,
        timers: &Mutex<Timers>,
    ) -> Option<Ended> {
        self.figures.inward.inc();
        let decoded = pdu::decode(octets);
        let alive = matches!(
            &decoded,
            Ok(Decoded { pdu: Pdu { body: Body::EnquireLink | Body::EnquireLinkResp, .. }, .. })
        );
        lock(timers).read(instant(), !alive);
        let pdu = match decoded {
            Ok(decoded) => {
                if decoded.stray > 0 {
                    Metrics::count(&self.metrics.pdu_faults, &self.name, "tlv");
                }
                decoded.pdu
            }
            Err(malformed) => {
                Metrics::count(&self.metrics.pdu_faults, &self.name, "body");
                tracing::debug!(smsc = %self.name, %malformed, "malformed pdu");
                self.answer(wire, malformed.answer()).await;
                return None;
            }
        };
        let arrival = Arrival { bind: wire.bind, sequence: pdu.sequence, count, at: self.clock.now() };
        let owed = |data| Owed { wire: wire.clone(), sequence: pdu.sequence, data };
        match pdu.body {
            Body::DeliverSm(sm) => self.message(sm, owed(false), arrival).await,
            Body::DataSm(data) => self.message(data.into(), owed(true), arrival).await,
            Body::EnquireLink => self.answer(wire, Some(response(pdu.sequence, Body::EnquireLinkResp))).await,
            Body::Unbind => {
                self.answer(wire, Some(response(pdu.sequence, Body::UnbindResp))).await;
                return Some(Ended::Lost("unbound by the other end".to_owned()));
            }
            Body::SubmitSmResp(_)
            | Body::DataSmResp(_)
            | Body::EnquireLinkResp
            | Body::UnbindResp
            | Body::GenericNack => self.response(wire, pdu),
            Body::BindResp(..) | Body::DeliverSmResp(_) | Body::Outbind(_) | Body::Alert(_) => {
                Metrics::count(&self.metrics.pdu_faults, &self.name, "unasked");
            }
            Body::Bind(..) | Body::SubmitSm(_) => {
                let header = pdu::header(octets);
                self.answer(wire, header.and_then(|header| refusal(header, status::INVALID_BIND_STATUS)))
                    .await;
            }
            Body::Raw { .. } => {
                Metrics::count(&self.metrics.pdu_faults, &self.name, "unknown");
                let header = pdu::header(octets);
                self.answer(wire, header.and_then(|header| refusal(header, status::INVALID_COMMAND_ID)))
                    .await;
            }
        }
        None
    }

    fn response(&self, wire: &Wire, pdu: Pdu) {
        match wire.answered(pdu) {
            Some((took, status)) => {
                self.figures.response_seconds.observe(took.as_secs_f64());
                if status != status::OK {
                    Metrics::count(&self.metrics.pdu_faults, &self.name, "refused");
                }
            }
            None => Metrics::count(&self.metrics.pdu_faults, &self.name, "late_response"),
        }
        self.changed.notify_waiters();
    }

    async fn answer(&self, wire: &Wire, answer: Option<Pdu>) {
        let mut out = BytesMut::new();
        if answer.is_some_and(|answer| frame(&answer, &mut out)) && !wire.send(out.freeze()).await {
            Metrics::count(&self.metrics.pdu_faults, &self.name, "unwritten");
        }
    }

    async fn write(
        &self,
        stream: &mut WriteHalf<'_>,
        frames: &mut mpsc::Receiver<Bytes>,
        out: &mut BytesMut,
    ) -> Ended {
        loop {
            let Some(first) = frames.recv().await else { return Ended::Lost("queue is closed".to_owned()) };
            self.written(&first);
            out.extend_from_slice(&first);
            while out.len() < BUFFER_OCTETS
                && let Ok(next) = frames.try_recv()
            {
                self.written(&next);
                out.extend_from_slice(&next);
            }
            let points = if failpoint::is_armed() { left(out) } else { Vec::new() };
            // `out` lives outside this future, so what is left of it still leaves when the connection is ended.
            if let Err(error) = stream.write_all_buf(out).await {
                return Ended::Lost(error.to_string());
            }
            points.into_iter().for_each(failpoint::reached);
        }
    }

    async fn watch(
        &self,
        kind: BindKind,
        wire: &Wire,
        timers: &Mutex<Timers>,
        mut stopping: Stopping,
    ) -> Ended {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let suspended = async {
            if kind == BindKind::Transmitter {
                core::future::pending::<()>().await;
            }
            self.suspend.notified().await;
            self.refusals.store(0, Ordering::Relaxed);
        };
        let mut suspended = core::pin::pin!(suspended);
        loop {
            let end = tokio::select! {
                _at = tick.tick() => None,
                () = stopping.wait() => Some(Ended::Stopped),
                () = &mut suspended => Some(Ended::Suspended),
            };
            if let Some(end) = end {
                self.unbind(kind, wire, &end).await;
                return end;
            }
            self.expire(wire);
            Metrics::set(&self.metrics.window, &self.name, i64::try_from(wire.waiting()).unwrap_or(i64::MAX));
            let rate = format!("{:.0}", lock(&self.pace).rate()).parse().unwrap_or(0);
            Metrics::set(&self.metrics.link_rate, &self.name, rate);
            let action = lock(timers).tick(instant());
            match action {
                Action::Wait => {}
                Action::Enquire => wire.enquire(),
                Action::Dead => return Ended::Lost("enquire_link was not answered".to_owned()),
                Action::Idle => {
                    let end = Ended::Lost("no message for too long".to_owned());
                    self.unbind(kind, wire, &end).await;
                    return end;
                }
            }
        }
    }

    fn expire(&self, wire: &Wire) {
        if wire.expire() > 0 {
            Metrics::count(&self.metrics.pdu_faults, &self.name, "no_response");
            self.changed.notify_waiters();
        }
        self.refuse_parts();
    }

    /// In order: nothing new is taken, what is under way is answered and its pages leave, then `unbind`; all of it bounded.
    async fn unbind(&self, kind: BindKind, wire: &Wire, why: &Ended) {
        // What comes from now on is refused for now, and the network sends it again; no letter is admitted any more.
        wire.closing.store(true, Ordering::Relaxed);
        self.set_state(kind, LinkState::Unbinding);
        let limit = self.settings.response_timeout();
        let begun = instant();
        tokio::select! {
            () = self.finished(kind, why) => {}
            () = self.expiring(wire) => {}
            () = tokio::time::sleep(limit) => {
                tracing::warn!(smsc = %self.name, bind = ?kind, "unbinds with turns, pages or letters under way");
            }
        }
        if kind != BindKind::Receiver {
            *lock(&self.sender) = None;
        }
        let left = limit.saturating_sub(instant().duration_since(begun)).max(FLUSH);
        tokio::time::timeout(left, wire.unbind()).await.unwrap_or_default();
    }

    /// Never ends: deadlines hold while a connection is ending, too.
    async fn expiring(&self, wire: &Wire) {
        let mut tick = tokio::time::interval(TICK);
        loop {
            tick.tick().await;
            self.expire(wire);
        }
    }

    async fn finished(&self, kind: BindKind, why: &Ended) {
        loop {
            let (quiet, changed) = (self.quiet.notified(), self.changed.notified());
            let (mut quiet, mut changed) = (core::pin::pin!(quiet), core::pin::pin!(changed));
            quiet.as_mut().enable();
            changed.as_mut().enable();
            if self.is_finished(kind, why) {
                return;
            }
            tokio::select! {
                () = quiet => {}
                () = changed => {}
                // Places in the window come back without a word.
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    fn is_finished(&self, kind: BindKind, why: &Ended) -> bool {
        let alone = kind == BindKind::Transmitter;
        if alone && !matches!(why, Ended::Stopped) {
            // The receiver goes on taking turns: there is no end to wait for.
            return self.is_answered();
        }
        // The receiver of a pair may not know of the stop yet, and take another turn.
        if alone && self.states().iter().any(|(_, state)| *state == LinkState::Bound) {
            return false;
        }
        // While the store refuses, no second turn can be committed and no letter recorded.
        let suspended = matches!(why, Ended::Suspended);
        let pages = kind != BindKind::Receiver && !suspended;
        let left = lock(&self.dialogues).are_quiet(instant(), pages);
        left && (!pages || self.is_answered())
    }

    // What is on its way is answered and recorded, so that it need not be sent again: its place is held until then.
    fn is_answered(&self) -> bool {
        self.window.available_permits() >= self.settings.window_pdus
            && self.bulk_window.available_permits() >= self.settings.bulk_window()
    }

    fn written(&self, octets: &Bytes) {
        self.figures.outward.inc();
        self.traced(true, octets);
    }

    fn traced(&self, outward: bool, octets: &Bytes) {
        if let Some(trace) = self.trace.as_ref().filter(|trace| trace.receiver_count() > 0) {
            let traced = Trace { link: self.name.clone(), outward, hex: hex::encode(octets) };
            // Nobody may be listening any more.
            trace.send(traced).map(|_| ()).unwrap_or_default();
        }
    }
}

/// The places that are reached once these frames have left.
fn left(out: &BytesMut) -> Vec<Point> {
    let (mut out, mut points) = (out.clone(), Vec::new());
    while let Ok(Some(frame)) = pdu::cut(&mut out) {
        match pdu::decode(&frame).map(|decoded| decoded.pdu.body) {
            Ok(Body::DeliverSmResp(_) | Body::DataSmResp(_)) => points.push(Point::ResponseLeft),
            Ok(Body::SubmitSm(_)) => points.push(Point::SubmitLeft),
            _ => {}
        }
    }
    points
}

fn response(sequence: u32, body: Body) -> Pdu {
    Pdu { status: status::OK, sequence, body }
}
