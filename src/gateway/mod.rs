//! One turn of a dialogue, start to finish: the only place where order matters.
//!
//! open → step (→ call → step) → fit → commit → reply. A reply leaves only after the commit (DESIGN invariant 4).

pub mod alerts;
pub mod audit;
pub mod board;
mod calls;
pub mod carry;
mod consent;
mod desk;
mod draft;
mod echoes;
mod keeper;
pub mod ledger;
mod letters;
pub mod library;
mod place;
mod plea;
mod promise;
mod queue;
pub mod receipts;
mod remembered;
mod reply;
mod retention;
pub mod ring;
mod turn;

use crate::clock::Clock;
use crate::courier::Courier;
pub use crate::courier::pushes::PushLimits;
use crate::domain::delivery::Lane;
use crate::domain::envelope::{BearerProfile, Event, Inbound, Outbound};
use crate::domain::menu::model::Phrase;
use crate::domain::person::PersonKeys;
use crate::domain::receipt::{IdForm, Receipt};
use crate::domain::record::{End, Record};
use crate::domain::word;
use crate::metrics::Metrics;
use crate::ports::{Outbox, Pager, Receipts, Services, Sessions, Shared, StoreError};
use crate::tasks::Tasks;
use board::Board;
use core::sync::atomic::AtomicBool;
use core::time::Duration;
use echoes::Echoes;
use ledger::Ledger;
use library::Library;
use queue::Queues;
use receipts::Matcher;
use remembered::Remembered;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::{Semaphore, mpsc};
use tracing::Instrument;
use tracing::field::Empty;

/// What a turn gives back to the bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// What goes out in the same exchange; `None` when nothing does (letters, a waiting call, an abort).
    pub outbound: Option<Outbound>,
}

/// Why a turn was not taken; nothing was committed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Too many turns wait, of this person or of all.
    #[error("too many turns are waiting")]
    Busy,
    /// The store could not commit.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A refused turn: why, and the polite last word for bearers that are kept open.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub why: Refusal,
    /// "Not available now", in the best guess at a language.
    pub polite: Outbound,
}

/// The profile of each link by its name and whether it is the one for dialogues kept open; a link may carry both.
pub type Bearers = BTreeMap<(String, bool), Arc<BearerProfile>>;

/// The figures a gateway keeps to; each with what more or less would do in config/default.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a call may hold the acknowledgement before the session is committed as waiting.
    pub commit_grace: Duration,
    /// After how long an unanswered call of a gateway that died is made again by another.
    pub call_lease: Duration,
    /// How long a promise is tried to be kept.
    pub promise_lasts: Duration,
    /// Between two tries of a promise.
    pub promise_every: Duration,
    /// For how long equal bytes may be a copy.
    pub copy_window: Duration,
    /// How long a row may be sent by one gateway before another takes it over.
    pub row_lease: Duration,
    /// How long a reply is worth sending.
    pub reply_lasts: Duration,
    /// How long a profile is kept after the last sign of life.
    pub profile_lasts: Duration,
    /// Failed look-ups from one phone within `tries_window`.
    pub tries_max: u16,
    /// See `tries_max`.
    pub tries_window: Duration,
    /// Persons with a turn under way at once.
    pub persons_max: usize,
    /// After how long a silent dialogue is written down as over.
    pub silent_after: Duration,
    /// After how long without a sign of life a number may be another person's.
    pub number_silent: Duration,
    /// How long the text of a row is kept after its final state.
    pub texts_last: Duration,
    /// How long a row is kept after its final state.
    pub rows_last: Duration,
    /// How long a ticket is kept after it was closed.
    pub tickets_last: Duration,
    /// How long the audit trail is kept.
    pub audit_lasts: Duration,
    /// Letters from one number within a minute that are answered; the next gets a last word and the rest nothing. 0: all.
    pub answers_minute_max: u16,
    /// What Kopir may write by itself.
    pub pushes: PushLimits,
    /// How long a receipt waits for the response that names its id; then it is an orphan.
    pub receipt_park: Duration,
    /// After how long a parked receipt is looked for under doubtful readings of its id, and how often again.
    pub receipt_settle: Duration,
    /// Parked receipts at most; more are acknowledged, counted and dropped.
    pub receipts_parked_max: u64,
    /// How the operator of a link writes ids; `Auto` where nothing is said.
    pub id_forms: BTreeMap<String, IdForm>,
}

impl Default for Limits {
    fn default() -> Self {
        let day = Duration::from_secs(86_400);
        Self {
            commit_grace: Duration::from_millis(50),
            call_lease: Duration::from_secs(30),
            promise_lasts: day.saturating_mul(3),
            promise_every: Duration::from_secs(60),
            copy_window: Duration::from_secs(120),
            row_lease: Duration::from_secs(60),
            reply_lasts: day,
            profile_lasts: day.saturating_mul(400),
            tries_max: 5,
            tries_window: day,
            persons_max: 20_000,
            silent_after: Duration::from_secs(180),
            number_silent: day.saturating_mul(45),
            texts_last: day.saturating_mul(7),
            rows_last: day.saturating_mul(30),
            tickets_last: day.saturating_mul(90),
            audit_lasts: day.saturating_mul(1_095),
            answers_minute_max: 10,
            pushes: PushLimits::default(),
            receipt_park: Duration::from_secs(900),
            receipt_settle: Duration::from_secs(15),
            receipts_parked_max: 100_000,
            id_forms: BTreeMap::new(),
        }
    }
}

/// What a gateway is made of.
#[derive(Clone)]
pub struct Parts {
    /// Dialogues and profiles.
    pub sessions: Arc<dyn Sessions>,
    /// Rows and dues.
    pub outbox: Arc<dyn Outbox>,
    /// Ids that receipts name, and receipts that wait for theirs.
    pub receipts: Arc<dyn Receipts>,
    /// Bundles.
    pub shared: Arc<dyn Shared>,
    /// Offices, by service; a service without one answers `down`.
    pub upstreams: Services,
    /// The menus.
    pub library: Arc<Library>,
    /// Numbers → persons.
    pub persons: PersonKeys,
    /// Those of before the id key was rotated, newest first.
    pub old_persons: Vec<PersonKeys>,
    /// Now.
    pub clock: Clock,
    /// Figures.
    pub metrics: Metrics,
    /// Supervised tasks of the dialogue runtime.
    pub tasks: Tasks,
    /// Where offices are called: another runtime, so that TLS and parsing do not hold up dialogues.
    pub background: Tasks,
    /// CDR lines; full means lost and counted, never waited for.
    pub records: mpsc::Sender<Record>,
    /// The audit trail.
    pub audit: audit::Audit,
    /// Drawn at start; tells this process's rows from another's.
    pub id: u64,
    /// Bounds.
    pub limits: Limits,
}

/// Carries the turns of all bearers.
pub struct Gateway {
    parts: Parts,
    queues: Queues,
    ledger: Ledger,
    /// Refused after a commit of unknown outcome.
    unsettled: Remembered,
    /// Taken for a copy over this very bind already: the person who writes it once more means it.
    repeated: Remembered,
    board: Arc<Board>,
    dues: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    /// Whether the last look at replies took as many as one takes: more of them are due.
    replies_behind: AtomicBool,
    batches: [Arc<Semaphore>; Lane::ALL.len()],
    echoes: Echoes,
    courier: OnceLock<Arc<Courier>>,
    stands: OnceLock<alerts::StandsFn>,
    pager: OnceLock<Arc<dyn Pager>>,
    bearers: OnceLock<Bearers>,
    matcher: Matcher,
}

impl core::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Gateway({:016x})", self.parts.id)
    }
}

impl Gateway {
    /// A gateway without links; they come by `connect`, since they in turn need the gateway.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let queues = Queues::new(parts.limits.persons_max);
        let shared = parts.shared.clone();
        let board = Board::new(shared, parts.clock.clone(), parts.metrics.clone(), parts.limits.tickets_last);
        let matcher = Matcher::new(&parts);
        let ledger = Ledger::new(parts.records.clone(), parts.metrics.clone());
        Arc::new(Self {
            parts,
            queues,
            ledger,
            unsettled: Remembered::default(),
            repeated: Remembered::default(),
            board,
            dues: Arc::new(Semaphore::new(keeper::DUES_MAX)),
            looks: Arc::new(Semaphore::new(keeper::LOOKS_MAX)),
            replies_behind: AtomicBool::new(false),
            batches: Lane::ALL.map(|_| Arc::new(Semaphore::new(keeper::BATCHES_MAX))),
            echoes: Echoes::default(),
            courier: OnceLock::new(),
            stands: OnceLock::new(),
            pager: OnceLock::new(),
            bearers: OnceLock::new(),
            matcher,
        })
    }

    /// Gives the gateway what leaves through it: the courier for letters, the pager for late pages, and the profiles of
    /// the links, under which a second turn renders. Called once; later calls change nothing.
    pub fn connect(&self, courier: Arc<Courier>, pager: Arc<dyn Pager>, bearers: Bearers) {
        drop(self.courier.set(courier));
        drop(self.pager.set(pager));
        drop(self.bearers.set(bearers));
    }

    /// Takes one turn. The place in the person's queue is taken when this is called, not when the future is first
    /// polled: two messages of a person in one read keep their order.
    pub fn turn(
        self: &Arc<Self>,
        inbound: Inbound,
        bearer: &Arc<BearerProfile>,
    ) -> impl Future<Output = Result<Turned, Refused>> + Send + use<> {
        let gateway = self.clone();
        let bearer = bearer.clone();
        let person = gateway.parts.persons.person(&inbound.from);
        // Read once a turn, before anything is known of the person.
        let heard = match &inbound.event {
            Event::Text(text) => word::Heard::of(text),
            Event::Dial(_) | Event::Abort => word::Heard::default(),
        };
        // STOP and SOS never wait behind a running dialogue.
        let urgent = gateway.parts.library.current().word_index.is_urgent(&heard);
        let place = gateway.queues.enter(person.id, urgent);
        let kind = if bearer.keeps_open { "dialogue" } else { "letter" };
        let span = tracing::debug_span!(
            "turn",
            link = %inbound.link,
            bearer = kind,
            menu = Empty,
            outcome = Empty,
            duration_ms = Empty
        );
        let turn = async move {
            let started = crate::clock::instant();
            let result = match place {
                Some(mut place) => {
                    place.called().await;
                    let taken = gateway.take(person, &inbound, &heard, &bearer).await;
                    drop(place);
                    gateway.finish(person, &inbound, &bearer, taken).await
                }
                None => Err(Refusal::Busy),
            };
            let took = started.elapsed();
            Metrics::took(&gateway.parts.metrics.turn_seconds, &inbound.link, took);
            let span = tracing::Span::current();
            span.record("duration_ms", u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
            if result.is_ok() {
                tracing::debug!("turn taken");
            }
            result.map_err(|why| {
                let kind = if matches!(why, Refusal::Busy) { "busy" } else { "refused" };
                Metrics::count(&gateway.parts.metrics.turns, &inbound.link, kind);
                span.record("outcome", kind);
                if bearer.keeps_open {
                    gateway.ledger.ended(person.id, End::Failed, gateway.parts.clock.now());
                }
                if kind == "refused" {
                    tracing::warn!(link = %inbound.link, error = %why, "turn refused");
                }
                Refused { why, polite: gateway.polite(&inbound, &bearer) }
            })
        };
        turn.instrument(span)
    }

    /// What sends letters, once there are links.
    #[must_use]
    pub fn courier(&self) -> Option<&Arc<Courier>> {
        self.courier.get()
    }

    /// Takes a receipt of any bearer: its row stands as it says, or it is parked until its id is known. Safe twice.
    ///
    /// # Errors
    /// The store's; then nothing is known of it, and the network should send it again.
    pub async fn receipt(&self, receipt: Receipt) -> Result<(), StoreError> {
        self.matcher.take(receipt).await
    }

    /// Whether a receipt names an id that is awaited: what looks like one and names none may be a letter.
    ///
    /// # Errors
    /// The store's.
    pub async fn awaits(&self, receipt: &Receipt) -> Result<bool, StoreError> {
        self.matcher.awaits(receipt).await
    }

    /// Looks after parked receipts for as long as the process runs.
    pub async fn keep_receipts(self: Arc<Self>) {
        self.matcher.keep(&self.parts.tasks).await;
    }

    /// The parts, for those that are built around the gateway.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The desk's tickets.
    #[must_use]
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Writes down the dialogues that have fallen silent.
    pub fn sweep(&self) {
        self.ledger.sweep(self.parts.clock.now(), self.parts.limits.silent_after);
    }

    /// Writes down the dialogues that are still open when the process stops; they may be gone on with after it.
    pub fn close(&self) {
        self.ledger.sweep(self.parts.clock.now(), Duration::ZERO);
    }

    /// Turns under way.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.queues.busy()
    }

    /// The last word when nothing can be committed.
    fn polite(&self, inbound: &Inbound, bearer: &BearerProfile) -> Outbound {
        self.worded(inbound, bearer, Phrase::Unavailable)
    }

    /// Last words without anything known of the person: in the network's language, the number's, or Russian.
    fn worded(&self, inbound: &Inbound, bearer: &BearerProfile, phrase: Phrase) -> Outbound {
        let bundle = self.parts.library.current();
        let lang = inbound.lang.or(inbound.from.likely_lang()).unwrap_or(crate::domain::lang::Lang::Ru);
        let text = reply::phrase(&bundle, phrase, lang, bearer.script, bearer);
        Outbound::page(text, true)
    }
}
