//! The few traits between the two halves; each has two shipped implementations.

use crate::domain::address::Msisdn;
use crate::domain::delivery::{Claimed, Due, DueId, Lane, Row, RowEvent};
use crate::domain::envelope::{LinkName, Outbound, StepKey};
use crate::domain::person::Person;
use crate::domain::receipt::{PartOf, Receipt};
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Profile, Session};
use crate::domain::time::Timestamp;
use async_trait::async_trait;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows and dues one commit may carry.
pub const ROWS_PER_COMMIT_MAX: usize = 8;
/// See `ROWS_PER_COMMIT_MAX`.
pub const DUES_PER_COMMIT_MAX: usize = 4;

/// Dialogues and profiles. Implemented by `redis` and `embedded`.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// What is kept of a person; a plain read. What has expired at `now` is not there.
    async fn open(&self, person: Person, now: Timestamp) -> Result<Opened, StoreError>;
    /// One atomic step: session, profile, rows and dues, or nothing of them.
    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError>;
    /// Moves everything of a person to his id under a new key, within his partition.
    async fn rekey(&self, old: Person, new: Person) -> Result<(), StoreError>;
    /// One bounded step of the sweep through all rows, from where the last one ended (empty: from the beginning): blanks and
    /// removes what has had its time. `rules` says when.
    async fn sweep(&self, from: &[u8], rules: Retention, now: Timestamp) -> Result<Swept, StoreError>;
}

/// How long what is final is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The text of a row after its final state; then it is blanked.
    pub texts: Duration,
    /// The whole row after its final state.
    pub rows: Duration,
}

/// What a step of the sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Where the next step goes on; empty once all has been looked at.
    pub next: Vec<u8>,
    /// Rows whose text was blanked.
    pub blanked: u32,
    /// Rows and dues removed.
    pub removed: u32,
}

/// A person as opened. Versions are 0 where there is no record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// His session.
    pub session: Session,
    /// Its version.
    pub session_version: u64,
    /// His profile.
    pub profile: Profile,
    /// Its version.
    pub profile_version: u64,
}

/// One atomic step.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose.
    pub person: Person,
    /// Now.
    pub now: Timestamp,
    /// What this step answers; a second commit with the same key is `Replay`.
    pub step: StepKey,
    /// The session's version as opened.
    pub expect: u64,
    /// The session to write.
    pub session: Session,
    /// When the session may be forgotten.
    pub session_expires: Timestamp,
    /// The profile to write, with its version as opened and its expiry; `None` leaves it.
    pub profile: Option<(u64, Profile, Timestamp)>,
    /// Rows to insert (an id that exists is left as it is). A row in `Sending` is due at `lease_until`, in `Queued` at `earliest`.
    pub rows: Vec<Row>,
    /// Dues to insert or replace.
    pub dues: Vec<Due>,
    /// Dues that are done.
    pub done: Vec<DueId>,
    /// Until when rows written as `Sending` belong to this gateway.
    pub lease_until: Timestamp,
    /// Everything else of the person goes in this very step, what was put aside of him too; of his dues those stay that
    /// `DueKind::outlives_erasure`. Then there is no profile to write.
    pub erase: bool,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Written.
    Done,
    /// This very step was written before; its reply is in the session's exchanges.
    Replay,
    /// Somebody else was faster: open and step again.
    Conflict,
}

/// The outbox and its timers. Implemented by `redis` and `embedded`.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes up to `most` rows and dues of any partition that are due at `now`, and leases them to the caller until `now + lease`.
    /// Rows stay as they are: the caller records `Sending` before it sends.
    async fn claim(
        &self,
        lane: Lane,
        now: Timestamp,
        most: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError>;
    /// Applies changes, absorbing and idempotent (`domain::courier::apply`); answers each row as it now stands, `None` where it is gone.
    async fn record(
        &self,
        events: &[RowEvent],
        lease_until: Timestamp,
    ) -> Result<Vec<Option<Row>>, StoreError>;
    /// Replaces or removes a due (`None`: it is done).
    async fn settle_due(&self, person: Person, id: DueId, next: Option<Due>) -> Result<(), StoreError>;
    /// Inserts rows into other persons' partitions, each once.
    async fn hand_over(&self, rows: &[Row]) -> Result<(), StoreError>;
    /// Rows of a person, newest first.
    async fn list(&self, person: Person, most: usize) -> Result<Vec<Row>, StoreError>;
    /// How many are owed in a lane, and the oldest due time.
    async fn depth(&self, lane: Lane) -> Result<Depth, StoreError>;
}

/// How much is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Rows and dues.
    pub owed: u64,
    /// The earliest due time among them.
    pub oldest: Option<Timestamp>,
}

/// Which id stands for which part of which row, and receipts that came before their id was known.
///
/// Implemented by `redis` and `embedded`. An erasing commit and `rekey` take what is noted here of a person along.
#[async_trait]
pub trait Receipts: Send + Sync {
    /// Notes parts that a receipt is awaited for (the last note under a key stands); answers the receipts parked under
    /// these keys, which stay parked.
    async fn expect(&self, awaited: &[Awaited], now: Timestamp) -> Result<Vec<Parked>, StoreError>;
    /// Forgets parts that were noted for a row that turned out to be gone.
    async fn forget(&self, awaited: &[Awaited]) -> Result<(), StoreError>;
    /// What is noted under each key.
    async fn find(&self, keys: &[StepKey], now: Timestamp) -> Result<Vec<Option<PartOf>>, StoreError>;
    /// Parks a receipt until it can be matched, to be looked at again at `again`; one that is parked under its key
    /// already stays. `false`: `most` are parked, and this one is not.
    async fn park(&self, parked: &Parked, again: Timestamp, most: u64) -> Result<bool, StoreError>;
    /// Up to `most` parked receipts that are due to be looked at, each not again before `again`.
    async fn due(&self, now: Timestamp, again: Timestamp, most: usize) -> Result<Vec<Parked>, StoreError>;
    /// Ends the parking under these keys.
    async fn unpark(&self, keys: &[StepKey]) -> Result<(), StoreError>;
    /// How many are parked.
    async fn parked(&self) -> Result<u64, StoreError>;
}

/// A part that a receipt is awaited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Under what (`domain::receipt::IdForm::given`).
    pub key: StepKey,
    /// Which part.
    pub part: PartOf,
    /// When its row's time is over; it is kept as long as the row.
    pub until: Timestamp,
}

/// A receipt that waits for its id to become known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Its first name (`domain::receipt::IdForm::named`).
    pub key: StepKey,
    /// What it says.
    pub receipt: Receipt,
    /// When it is an orphan.
    pub until: Timestamp,
}

/// Small shared records under a name: bundles, pointers, counters. Implemented by `redis` and `embedded`.
#[async_trait]
pub trait Shared: Send + Sync {
    /// The value and its version.
    async fn get(&self, name: &str, now: Timestamp) -> Result<Option<(u64, Vec<u8>)>, StoreError>;
    /// Writes if the version is still `expect` (0: absent). `false`: it is not.
    async fn put(
        &self,
        name: &str,
        expect: u64,
        value: &[u8],
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Removes a record, whatever its version; one that is not there is removed already.
    async fn remove(&self, name: &str) -> Result<(), StoreError>;
    /// The names with this prefix.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
    /// Takes or renews a lease for `owner`; the epoch grows with every new owner. `None`: another holds it.
    async fn lease(
        &self,
        name: &str,
        owner: u64,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Option<u64>, StoreError>;
    /// Whether the store can take writes, and what is known of it.
    async fn probe(&self, now: Timestamp) -> Result<Vec<Finding>, StoreError>;
}

/// What a probe of the store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How grave.
    pub gravity: Gravity,
    /// What, for the operator: with the value found and the cure.
    pub text: String,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Said.
    Note,
    /// Warned of.
    Old,
    /// Refused unless overridden.
    Unsafe,
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or has refused; nothing was written.
    #[error("store is not available: {0}")]
    Away(String),
    /// It may or may not have been written: try again with the same step key.
    #[error("store did not answer in time: {0}")]
    Unknown(String),
    /// A record is of a newer version than this program; it is left as it is.
    #[error("record {key} has version {found}, this program reads up to {known}")]
    Newer {
        /// Which, without anything about the person.
        key: String,
        /// Its version.
        found: u8,
        /// Ours.
        known: u8,
    },
    /// A record cannot be read: it was put aside and counted.
    #[error("record {0} could not be read and was put aside")]
    Quarantined(String),
}

impl StoreError {
    /// Whether the same may be tried again.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Unknown(_))
    }
}

/// An office that answers. Implemented by `http`, `file` and `scripted`.
#[async_trait]
pub trait Upstream: Send + Sync {
    /// Makes the call once. The caller bounds the time.
    async fn call(&self, call: &Call, to: &Msisdn) -> Result<Answer, UpstreamError>;
    /// Whether it is up, for `/ready`; free of side effects.
    async fn healthy(&self) -> bool;
}

/// Why an office did not answer. What the subscriber reads is the menu's outcome, never this.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// It could not be reached, or refused for now.
    #[error("upstream is not available: {0}")]
    Away(String),
    /// It did not answer in time; it may have acted.
    #[error("upstream did not answer in time")]
    Slow,
    /// It answered something that is not in the contract.
    #[error("upstream answered outside its contract: {0}")]
    Broken(String),
    /// It refuses us: credentials, rights. Needs an operator.
    #[error("upstream refuses us: {0}")]
    Refused(String),
}

impl UpstreamError {
    /// Whether the same may be tried again.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Slow)
    }
}

/// Links that carry letters (SMS). Never a link for dialogues: a bulk text cannot go out there, by type.
/// Implemented by `smpp` links, by `sms_http` routes and by the rehearsal's recorder.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// A live link with free window for `parts` PDUs right now, `prefer` first; the permit is held until it is dropped.
    /// Bulk has a window of its own, and of a link's rate only what the other lanes leave.
    fn admit(&self, prefer: &LinkName, parts: usize, lane: Lane) -> Option<Permit>;
    /// The same over `link` and no other; the permit counts as preferred. Whoever has one link alone need not write it.
    fn admit_by(&self, link: &LinkName, parts: usize, lane: Lane) -> Option<Permit> {
        self.admit(link, parts, lane).filter(|permit| permit.link == *link)
    }
    /// Waits until `admit` may succeed in that lane.
    async fn ready(&self, lane: Lane);
    /// Sends a whole text, part by part.
    async fn submit(&self, permit: &Permit, letter: &Letter) -> Result<Submitted, SubmitError>;
}

/// Offices by service name.
pub type Services = BTreeMap<String, Arc<dyn Upstream>>;

/// Links that hold dialogues open: where the page of a second turn goes. Implemented by `smpp` links and by the rehearsal's recorder.
#[async_trait]
pub trait Pager: Send + Sync {
    /// Sends a page to the dialogue that `to` has open on `link`; `network` is its handle as `Inbound.dialogue` had it.
    /// Whether the network took it.
    async fn page(&self, link: &LinkName, to: &Msisdn, network: &[u8], outbound: &Outbound) -> bool;
}

/// A held place in a link's window.
#[derive(Debug)]
pub struct Permit {
    /// Over which link.
    pub link: LinkName,
    /// Whether it is the link that was asked for; by another, a letter leaves from that link's own number.
    pub preferred: bool,
    /// Its share of the window; given back on drop.
    pub share: tokio::sync::OwnedSemaphorePermit,
}

/// A text on its way out.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Of which row; what a receipt over HTTP names. The same for every try.
    pub id: DueId,
    /// Replies go before bulk, where a link can tell its other end.
    pub lane: Lane,
    /// Whom.
    pub to: Msisdn,
    /// From which number.
    pub from: String,
    /// What.
    pub text: String,
    /// Links the parts of a long text; from the row's id, so that a resend is the same message.
    pub reference: u16,
    /// Until when the SMSC may try.
    pub validity: Duration,
    /// Whether a receipt is asked for.
    pub receipt: bool,
}

/// What a link says of a text it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submitted {
    /// The ids of its parts there, in order; empty where none was given.
    pub ids: Vec<String>,
    /// The number its first part had on the link, as the network's trace shows it; `None` where links do not number.
    pub sequence: Option<u32>,
}

/// Why a link did not take a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The link is down; nothing left.
    #[error("link is down")]
    Down,
    /// No response in time or the link broke: the SMSC may have it.
    #[error("no response in time")]
    Unknown,
    /// Some of its parts are there, and it is not whole: another was refused, or may be there too.
    #[error("only a part was taken")]
    Partly {
        /// The ids of all its parts, in order; empty where none is known.
        ids: Vec<String>,
    },
    /// Refused for now (throttled, queue full, temporary).
    #[error("refused for now with status {status:#x}")]
    Later {
        /// `command_status`, or the status over HTTP.
        status: u32,
    },
    /// Refused for good.
    #[error("refused with status {status:#x}")]
    Never {
        /// `command_status`, or the status over HTTP.
        status: u32,
        /// Kind.
        class: crate::domain::delivery::FailureClass,
    },
}
