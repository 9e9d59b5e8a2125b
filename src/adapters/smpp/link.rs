//! The only socket: connects, binds, reads, writes, keeps alive, unbinds and comes back.

use super::backoff::Backoff;
use super::body::{Address, Bind, BindKind};
use super::convert::{Arrival, Ears};
use super::dialogues::Dialogues;
use super::join::Joiner;
use super::octets::Octets;
use super::pace::Pace;
use super::pdu::{self, Body, Decoded, Pdu, refusal, status};
use super::recent::Recent;
use super::settings::{Carries, LinkSettings};
use super::timers::{Action, Timers};
use super::turns::Owed;
use super::wire::{Wire, frame, lock};
use super::{Trace, TurnFn};
use crate::clock::{Clock, instant};
use crate::domain::envelope::{BearerProfile, LinkName};
use crate::metrics::{Metrics, Name, NameKind};
use crate::tasks::{Stopping, Tasks};
use bytes::{Bytes, BytesMut};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{Notify, Semaphore, broadcast, mpsc};

/// Octets read at once, and octets of frames that leave in one write.
const BUFFER_OCTETS: usize = 64 * 1024;
/// How often deadlines are looked at; responses expire this much late at most.
const TICK: Duration = Duration::from_millis(100);
/// Pages that may wait for room in the window; what is beyond would be too old for the network anyway.
const PAGES_WAITING_MAX: usize = 4_096;
/// How long what is still queued may take to leave when a connection ends.
const FLUSH: Duration = Duration::from_secs(1);

/// Where a connection stands.
// Connecting -> Bound -> Unbinding -> Lost | Stopped;  Connecting -> Rejected | Lost;  Rejected, Lost -> Connecting
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum LinkState {
    /// On the way.
    Connecting,
    /// Usable.
    Bound,
    /// Ending in order.
    Unbinding,
    /// The SMSC refused the bind: an operator is needed.
    Rejected {
        /// `command_status`.
        status: u32,
    },
    /// It will be tried again.
    Lost {
        /// Why it ended.
        why: String,
    },
    /// The process stops.
    Stopped,
}

/// One ESME account and all that is kept of it across its connections.
pub(super) struct Link {
    pub(super) name: LinkName,
    pub(super) settings: LinkSettings,
    pub(super) ears: Ears,
    pub(super) ussd_profile: Arc<BearerProfile>,
    pub(super) sms_profile: Arc<BearerProfile>,
    pub(super) turn: TurnFn,
    pub(super) tasks: Tasks,
    pub(super) metrics: Metrics,
    /// Requests of ours that may be unanswered.
    pub(super) window: Arc<Semaphore>,
    /// Turns in flight.
    pub(super) turns: Arc<Semaphore>,
    /// Pages that may wait for room in the window.
    pub(super) pages: Semaphore,
    pub(super) recent: Mutex<Recent>,
    pub(super) joiner: Mutex<Joiner<Owed>>,
    pub(super) dialogues: Mutex<Dialogues>,
    pub(super) refusals: AtomicU32,
    pub(super) pace: Mutex<Pace>,
    pub(super) suspend: Notify,
    /// Some link has come, gone or got room again.
    pub(super) changed: Arc<Notify>,
    clock: Clock,
    sender: Mutex<Option<Wire>>,
    states: Mutex<Vec<(BindKind, LinkState)>>,
    trace: Option<broadcast::Sender<Trace>>,
    figures: Figures,
}

/// Figures that move with every PDU, looked up once.
struct Figures {
    inward: Counter,
    outward: Counter,
    response_seconds: Histogram,
}

impl Figures {
    fn new(metrics: &Metrics, link: &str) -> Self {
        let pdus = |kind| metrics.pdus.get_or_create(&NameKind { name: link.to_owned(), kind });
        let name = Name { name: link.to_owned() };
        let response_seconds = metrics.response_seconds.get_or_create(&name);
        Self { inward: pdus("in"), outward: pdus("out"), response_seconds }
    }
}

/// What all links share.
pub(super) struct Shared {
    pub(super) turn: TurnFn,
    pub(super) tasks: Tasks,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) changed: Arc<Notify>,
    pub(super) trace: Option<broadcast::Sender<Trace>>,
}

/// Why a connection ended.
#[derive(Debug)]
enum Ended {
    Rejected(u32),
    Lost(String),
    /// We unbound to have the network keep its messages.
    Suspended,
    Stopped,
}

impl Link {
    /// A link that is not connected yet.
    pub(super) fn new(name: &str, settings: LinkSettings, shared: &Shared) -> Self {
        let name: LinkName = name.into();
        let ussd = settings.carries(Carries::Ussd);
        let (code, short) = (&settings.ussd.code, &settings.sms.short);
        let keep = Duration::from_secs(settings.join.keep_secs);
        Self {
            ears: Ears {
                link: name.clone(),
                dialect: settings.ussd.dialect().filter(|_| ussd),
                letters: settings.carries(Carries::Sms),
            },
            ussd_profile: Arc::new(settings.ussd.profile(short)),
            sms_profile: Arc::new(settings.sms.profile(code)),
            turn: shared.turn.clone(),
            tasks: shared.tasks.clone(),
            metrics: shared.metrics.clone(),
            window: Arc::new(Semaphore::new(settings.window_pdus)),
            turns: Arc::new(Semaphore::new(settings.turns)),
            pages: Semaphore::new(PAGES_WAITING_MAX),
            recent: Mutex::new(Recent::new(Duration::from_millis(settings.late_after_ms), keep)),
            joiner: Mutex::new(Joiner::new(settings.join)),
            dialogues: Mutex::default(),
            refusals: AtomicU32::new(0),
            pace: Mutex::new(Pace::new(settings.rate_pdus, instant())),
            suspend: Notify::new(),
            changed: shared.changed.clone(),
            clock: shared.clock.clone(),
            sender: Mutex::default(),
            states: Mutex::new(settings.binds().iter().map(|kind| (*kind, LinkState::Connecting)).collect()),
            trace: shared.trace.clone(),
            figures: Figures::new(&shared.metrics, &name),
            settings,
            name,
        }
    }

    /// The connection that submits, while there is one.
    pub(super) fn sender(&self) -> Option<Wire> {
        lock(&self.sender).clone()
    }

    /// Its connections and where they stand.
    pub(super) fn states(&self) -> Vec<(BindKind, LinkState)> {
        lock(&self.states).clone()
    }

    /// `source_addr` of pushed pages.
    pub(super) fn push_source(&self) -> Address {
        let ussd = &self.settings.ussd;
        let code = ussd.code.trim_matches(['*', '#']);
        Address::new(ussd.ton, ussd.npi, if ussd.source.is_empty() { code } else { &ussd.source })
    }

    /// Keeps one connection of `kind` until the process stops.
    pub(super) async fn keep(self: Arc<Self>, kind: BindKind) {
        let settings = &self.settings;
        let least = Duration::from_millis(settings.reconnect_min_ms);
        let mut backoff = Backoff::new(least, Duration::from_millis(settings.reconnect_max_ms));
        let slow = Duration::from_secs(settings.rejected_retry_secs);
        let mut rejected = Backoff::new(slow, slow.saturating_mul(4));
        let mut stopping = self.tasks.stopping();
        loop {
            self.set_state(kind, LinkState::Connecting);
            let (was_bound, ended) = self.connection(kind, stopping.clone()).await;
            let random = getrandom::u32().unwrap_or(u32::MAX / 2);
            if was_bound && !matches!(ended, Ended::Suspended) {
                backoff.reset();
                rejected.reset();
            }
            let (state, wait) = match ended {
                Ended::Stopped => break,
                Ended::Rejected(status) if passes(status) => {
                    (LinkState::Rejected { status }, backoff.next(random))
                }
                Ended::Rejected(status) => (LinkState::Rejected { status }, rejected.next(random)),
                Ended::Lost(why) => (LinkState::Lost { why }, backoff.next(random)),
                Ended::Suspended => {
                    (LinkState::Lost { why: "store refuses".to_owned() }, backoff.next(random))
                }
            };
            tracing::warn!(smsc = %self.name, bind = ?kind, ?state, wait_ms = wait.as_millis(), "link is down");
            self.set_state(kind, state);
            Metrics::count(&self.metrics.reconnects, &self.name, "again");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopping.wait() => break,
            }
        }
        self.set_state(kind, LinkState::Stopped);
    }

    async fn connection(self: &Arc<Self>, kind: BindKind, mut stopping: Stopping) -> (bool, Ended) {
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
                Metrics::count(&self.metrics.pdus, &self.name, "unasked");
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
                    Metrics::count(&self.metrics.pdus, &self.name, "refused");
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
            // `out` lives outside this future, so what is left of it still leaves when the connection is ended.
            if let Err(error) = stream.write_all_buf(out).await {
                return Ended::Lost(error.to_string());
            }
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
                self.unbind(kind, wire, matches!(end, Ended::Suspended)).await;
                return end;
            }
            if wire.expire() > 0 {
                Metrics::count(&self.metrics.pdu_faults, &self.name, "no_response");
                self.changed.notify_waiters();
            }
            self.refuse_parts();
            Metrics::set(&self.metrics.window, &self.name, i64::try_from(wire.waiting()).unwrap_or(i64::MAX));
            let action = lock(timers).tick(instant());
            match action {
                Action::Wait => {}
                Action::Enquire => wire.enquire(),
                Action::Dead => return Ended::Lost("enquire_link was not answered".to_owned()),
                Action::Idle => {
                    self.unbind(kind, wire, false).await;
                    return Ended::Lost("no message for too long".to_owned());
                }
            }
        }
    }

    /// In order: nothing new leaves, turns in flight are answered, then `unbind`; all of it bounded.
    async fn unbind(&self, kind: BindKind, wire: &Wire, suspended: bool) {
        self.set_state(kind, LinkState::Unbinding);
        let limit = self.settings.response_timeout();
        let all = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut idle = None;
        if kind != BindKind::Transmitter {
            // What comes from now on is refused for now, and the network sends it again.
            wire.closing.store(true, Ordering::Relaxed);
            idle = tokio::time::timeout(limit, self.turns.acquire_many(all(self.settings.turns))).await.ok();
        }
        if kind != BindKind::Receiver {
            // What is on its way is answered and recorded, so that it need not be sent again; who waits here keeps others
            // from a place. While the store refuses, nothing can be recorded.
            if !suspended {
                let window = self.window.acquire_many(all(self.settings.window_pdus));
                drop(tokio::time::timeout(limit, window).await);
            }
            *lock(&self.sender) = None;
        }
        tokio::time::timeout(limit, wire.unbind()).await.unwrap_or_default();
        drop(idle);
    }

    fn set_state(&self, kind: BindKind, state: LinkState) {
        for (of, is) in lock(&self.states).iter_mut() {
            if *of == kind {
                *is = state.clone();
            }
        }
        let bound = self.states().iter().all(|(_, state)| *state == LinkState::Bound);
        Metrics::set(&self.metrics.bound, &self.name, i64::from(bound));
        self.changed.notify_waiters();
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

/// Whether a refused bind is likely to pass by itself: after a crash the SMSC still holds our last bind, or it is busy.
/// Anything else (a wrong password, an unknown id) needs an operator, and quick tries get accounts blocked.
fn passes(status: u32) -> bool {
    matches!(
        status,
        status::ALREADY_BOUND
            | status::SYSTEM_ERROR
            | status::QUEUE_FULL
            | status::THROTTLED
            | status::RX_TEMPORARY
    )
}

fn response(sequence: u32, body: Body) -> Pdu {
    Pdu { status: status::OK, sequence, body }
}
