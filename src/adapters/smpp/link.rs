//! One ESME account: what is kept of it across its connections, where they stand, and when they are tried again.

use super::backoff::Backoff;
use super::body::{Address, BindKind};
use super::connection::Ended;
use super::convert::Ears;
use super::dialogues::Dialogues;
use super::join::Joiner;
use super::pace::Pace;
use super::pdu::status;
use super::recent::Recent;
use super::settings::{Carries, LinkSettings};
use super::turns::Owed;
use super::wire::{Wire, lock};
use super::{Takers, Trace};
use crate::clock::{Clock, instant};
use crate::domain::envelope::{BearerProfile, LinkName};
use crate::metrics::{Metrics, Name, NameKind};
use crate::tasks::Tasks;
use core::sync::atomic::AtomicU32;
use core::time::Duration;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore, broadcast};

/// Pages that may wait for room in the window; what is beyond would be too old for the network anyway.
const PAGES_WAITING_MAX: usize = 4_096;
/// Receipts that may be on their way into the store; what is beyond is refused for now, and the network sends it again.
const RECEIPTS_MAX: usize = 512;

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
    pub(super) takers: Takers,
    pub(super) tasks: Tasks,
    pub(super) metrics: Metrics,
    /// Requests of ours that may be unanswered.
    pub(super) window: Arc<Semaphore>,
    /// As `window`, for bulk alone.
    pub(super) bulk_window: Arc<Semaphore>,
    /// Until when bulk stands back on a link with a bounded rate.
    pub(super) reserved: Mutex<Option<tokio::time::Instant>>,
    /// Turns in flight.
    pub(super) turns: Arc<Semaphore>,
    /// Receipts in flight: of their own, so that they never hold up letters.
    pub(super) receipts: Arc<Semaphore>,
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
    /// Something that was under way has left, or a connection stands elsewhere.
    pub(super) quiet: Notify,
    pub(super) clock: Clock,
    pub(super) sender: Mutex<Option<Wire>>,
    states: Mutex<Vec<(BindKind, LinkState)>>,
    pub(super) trace: Option<broadcast::Sender<Trace>>,
    pub(super) figures: Figures,
}

/// Figures that move with every PDU, looked up once.
pub(super) struct Figures {
    pub(super) inward: Counter,
    pub(super) outward: Counter,
    pub(super) response_seconds: Histogram,
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
    pub(super) takers: Takers,
    pub(super) tasks: Tasks,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) changed: Arc<Notify>,
    pub(super) trace: Option<broadcast::Sender<Trace>>,
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
            takers: shared.takers.clone(),
            tasks: shared.tasks.clone(),
            metrics: shared.metrics.clone(),
            window: Arc::new(Semaphore::new(settings.window_pdus)),
            bulk_window: Arc::new(Semaphore::new(settings.bulk_window())),
            reserved: Mutex::default(),
            turns: Arc::new(Semaphore::new(settings.turns)),
            receipts: Arc::new(Semaphore::new(RECEIPTS_MAX)),
            pages: Semaphore::new(PAGES_WAITING_MAX),
            recent: Mutex::new(Recent::new(Duration::from_millis(settings.late_after_ms), keep)),
            joiner: Mutex::new(Joiner::new(settings.join)),
            dialogues: Mutex::default(),
            refusals: AtomicU32::new(0),
            pace: Mutex::new(Pace::new(settings.rate_pdus, instant())),
            suspend: Notify::new(),
            changed: shared.changed.clone(),
            quiet: Notify::new(),
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

    pub(super) fn set_state(&self, kind: BindKind, state: LinkState) {
        for (of, is) in lock(&self.states).iter_mut() {
            if *of == kind {
                *is = state.clone();
            }
        }
        let bound = self.states().iter().all(|(_, state)| *state == LinkState::Bound);
        Metrics::set(&self.metrics.bound, &self.name, i64::from(bound));
        self.changed.notify_waiters();
        self.quiet.notify_waiters();
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
