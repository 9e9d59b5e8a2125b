//! What is owed: rows of the outbox with their whole state machine, and dues (timers, promises, second turns).

use super::address::Msisdn;
use super::envelope::{LinkName, StepKey};
use super::person::Person;
use super::service::Call;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A row's or due's id; derived from what caused it, so that writing twice is writing once.
pub type DueId = StepKey;

/// Which queue: replies never wait behind bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lane {
    /// Security and replies.
    Now,
    /// Information that was asked for and could not be given in the reply.
    Asked,
    /// Reminders and alerts: what Kopir sends by itself.
    Bulk,
    /// What is to be done beside sending: second turns, promises, pleas, entries. Letters may wait for an SMSC for a day, a plea may not.
    Work,
    /// Subscriptions to be looked at: as many as there are subscribers, and nobody waits for one.
    Looks,
}

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Now, Self::Asked, Self::Bulk, Self::Work, Self::Looks];

    /// Whether it has the small window of its own, so that what people wait for never waits behind it.
    #[must_use]
    pub fn is_bulk(self) -> bool {
        self == Self::Bulk
    }

    /// Its name in figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Asked => "asked",
            Self::Bulk => "bulk",
            Self::Work => "work",
            Self::Looks => "looks",
        }
    }
}

/// Why a text leaves; the class decides window, lane and bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Receipts of deletion and the like.
    Security,
    /// The answer to a letter.
    Reply,
    /// Information the person asked to be sent.
    Requested,
    /// A reminder he asked for.
    Reminder,
    /// A job alert he asked for.
    Alert,
}

impl Purpose {
    /// The lane of this purpose.
    #[must_use]
    pub fn lane(self) -> Lane {
        match self {
            Self::Security | Self::Reply => Lane::Now,
            Self::Requested => Lane::Asked,
            Self::Reminder | Self::Alert => Lane::Bulk,
        }
    }

    /// Its name in data and figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Reply => "reply",
            Self::Requested => "requested",
            Self::Reminder => "reminder",
            Self::Alert => "alert",
        }
    }
}

/// One text that is owed to a person. The row is the truth (DESIGN invariant 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Derived from what caused it.
    pub id: DueId,
    /// In whose partition it lies.
    pub person: Person,
    /// Whom it goes to.
    pub to: Msisdn,
    /// The number it comes from.
    pub from: String,
    /// The link it should leave by: where the letter came from.
    pub link: LinkName,
    /// The text in the script to send.
    pub text: String,
    /// Why.
    pub purpose: Purpose,
    /// By what right it is sent.
    pub proof: Proof,
    /// The campaign whose budget it spends and among which it takes its fair turn; `None` where it belongs to none.
    pub campaign: Option<String>,
    /// The vacancies it names: it is not sent once one of them is closed.
    pub jobs: Vec<super::vacancy::shelf::Code>,
    /// When it was owed.
    pub created: Timestamp,
    /// Not before.
    pub earliest: Timestamp,
    /// Not after; past it the row is `Expired`.
    pub latest: Timestamp,
    /// Where it stands.
    pub state: RowState,
    /// It was recovered from `Sending`: the network may already have it.
    pub maybe_dup: bool,
    /// The states it has been in, oldest first, each with its time; at most `TRAIL_MAX`.
    pub trail: Vec<Mark>,
}

/// Marks a row keeps; beyond it the middle ones go, since how it began and where it ended matter.
pub const TRAIL_MAX: usize = 12;

/// By what right a text is sent: the request or the consent behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The inbound that asked for it or in which consent was given.
    pub by: StepKey,
    /// When that was.
    pub at: Timestamp,
    /// The version of the menus whose words were read then.
    pub wording: super::menu::model::BundleId,
}

/// One state a row was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Since when.
    pub at: Timestamp,
    /// Which.
    pub stage: Stage,
}

/// A `RowState` without what hangs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// As `RowState::Queued`.
    Queued,
    /// As `RowState::Sending`.
    Sending,
    /// As `RowState::Accepted`.
    Accepted,
    /// As `RowState::Delivered`.
    Delivered,
    /// As `RowState::Failed`.
    Failed,
    /// As `RowState::Expired`.
    Expired,
    /// As `RowState::Cancelled`.
    Cancelled,
    // The store keeps stages by their place: add at the end.
    /// It was on its way under this number of the link's, by which it is found in a trace of the network; between
    /// `Sending` and `Accepted`, at the time of the latter.
    Numbered(u32),
}

/// Where a row stands; each change with its time.
// Queued -> Sending -> Accepted -> Delivered | Failed | Expired
// Queued -> Expired | Cancelled;  Sending -> Queued (refused for now, or held when recovered) | Failed (refused for good)
// Sending -> Sending (recovered after its lease: maybe_dup);  final states absorb
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowState {
    /// Nobody sends it yet.
    Queued {
        /// Since when.
        at: Timestamp,
        /// Tries so far.
        attempt: u16,
    },
    /// A gateway is sending it.
    Sending {
        /// Since when.
        at: Timestamp,
        /// The how manieth try, from 1.
        attempt: u16,
        /// Which gateway.
        gateway: u64,
        /// Over which link.
        link: LinkName,
    },
    /// The SMSC has taken it.
    Accepted {
        /// When.
        at: Timestamp,
        /// Its ids there, one a part, in order; empty where none was given or the part has been delivered.
        message_ids: Vec<String>,
    },
    /// The handset has it.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// It will not arrive.
    Failed {
        /// When.
        at: Timestamp,
        /// What kind of failure.
        class: FailureClass,
        /// The operator's code, verbatim.
        code: String,
    },
    /// Its time has passed.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// It is no longer wanted.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl RowState {
    /// The state without what hangs on it.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self {
            Self::Queued { .. } => Stage::Queued,
            Self::Sending { .. } => Stage::Sending,
            Self::Accepted { .. } => Stage::Accepted,
            Self::Delivered { .. } => Stage::Delivered,
            Self::Failed { .. } => Stage::Failed,
            Self::Expired { .. } => Stage::Expired,
            Self::Cancelled { .. } => Stage::Cancelled,
        }
    }

    /// Since when it stands so.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Queued { at, .. }
            | Self::Sending { at, .. }
            | Self::Accepted { at, .. }
            | Self::Delivered { at }
            | Self::Failed { at, .. }
            | Self::Expired { at }
            | Self::Cancelled { at } => *at,
        }
    }

    /// Whether nothing can change it any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Queued { .. } | Self::Sending { .. } | Self::Accepted { .. } => false,
            Self::Delivered { .. } | Self::Failed { .. } | Self::Expired { .. } | Self::Cancelled { .. } => {
                true
            }
        }
    }
}

/// Why a text could not be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureClass {
    /// The number does not exist or is barred.
    DeadNumber,
    /// The operator refuses it for good.
    Refused,
    /// It was malformed.
    Malformed,
    /// Tried as often as allowed.
    Exhausted,
    /// The network took it and could not bring it to the handset.
    Undelivered,
}

impl FailureClass {
    /// The word in metrics and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DeadNumber => "dead_number",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Exhausted => "exhausted",
            Self::Undelivered => "undelivered",
        }
    }
}

/// What became of a row; applied absorbing and idempotent by `courier::apply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowEvent {
    /// Whose.
    pub person: Person,
    /// Which.
    pub id: DueId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: RowChange,
}

/// A change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// A gateway takes it up (again).
    Sending {
        /// Which gateway.
        gateway: u64,
        /// Over which link.
        link: LinkName,
    },
    /// The SMSC has taken it.
    Accepted {
        /// Its ids there, one a part, in order.
        message_ids: Vec<String>,
        /// The number its first part had on the link, where links number what they send.
        sequence: Option<u32>,
    },
    /// The SMSC refuses it for now; try again at `retry`.
    Deferred {
        /// When to try again.
        retry: Timestamp,
    },
    /// The handset has it.
    Delivered,
    /// The handset has one part of it; with the last one it has all.
    PartDelivered {
        /// Which, from 0.
        part: u8,
        /// Of how many.
        of: u8,
    },
    /// It will not arrive.
    Failed {
        /// Kind.
        class: FailureClass,
        /// The operator's code.
        code: String,
    },
    /// Its time has passed.
    Expired,
    /// It is not sent yet: outside its hours, over a cap, or stopped. Not a try.
    Held {
        /// When to look again.
        until: Timestamp,
    },
    /// It is no longer wanted.
    Cancelled,
}

/// Something else than a row that is due at a time: a second turn or a promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Derived from what caused it.
    pub id: DueId,
    /// In whose partition it lies.
    pub person: Person,
    /// When.
    pub at: Timestamp,
    /// After which it is dropped and counted.
    pub latest: Timestamp,
    /// Tries so far.
    pub attempt: u16,
    /// What.
    pub what: DueKind,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DueKind {
    /// A dialogue waits for this call; its answer is a second turn.
    Answer {
        /// Which call, as in `Phase::Waiting`.
        call: Call,
        /// Whether the dialogue is the one on a bearer kept open.
        held: bool,
        /// Whom and over which link the answer goes.
        reply: ReplyAddress,
    },
    /// "We will write to you": ask until there is an answer, then one row that says there is news.
    Promise {
        /// What was asked.
        call: Call,
        /// Whom and over which link.
        reply: ReplyAddress,
        /// In which language.
        lang: super::lang::Lang,
        /// In which script.
        script: super::lang::Script,
        /// Which version of the menus worded the promise.
        bundle: super::menu::model::BundleId,
    },
    /// A plea on its way to the desk's board: put up there, then done. It never lapses.
    Ticket {
        /// The plea.
        ticket: Box<super::ticket::Ticket>,
        /// One of the same person that it takes the place of, to be removed; empty: none.
        instead: super::ticket::TicketNo,
    },
    /// Events to be written into the audit trail; settled once they are on the disk there.
    Audit(Vec<super::audit::Entry>),
    /// Shared records of a person who has deleted his data, to be removed; they lie outside his partition.
    Forget(Vec<String>),
    /// A look at a person's subscription to alerts, one of which he has at most; his profile says what he looks for.
    Alert(ReplyAddress),
}

impl DueKind {
    /// Whether it stays when everything of its person goes: what still has to be done because of that.
    #[must_use]
    pub fn outlives_erasure(&self) -> bool {
        match self {
            Self::Audit(_) | Self::Forget(_) => true,
            Self::Answer { .. } | Self::Promise { .. } | Self::Ticket { .. } | Self::Alert(_) => false,
        }
    }

    /// The lane it is looked for in: what nobody waits for never stands before an answer, and waits while pushes are stopped.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Alert(_) => Lane::Looks,
            Self::Answer { .. }
            | Self::Promise { .. }
            | Self::Ticket { .. }
            | Self::Audit(_)
            | Self::Forget(_) => Lane::Work,
        }
    }
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyAddress {
    /// Whom.
    pub to: Msisdn,
    /// From which number.
    pub from: String,
    /// Over which link.
    pub link: LinkName,
    /// The network's handle of the dialogue, for bearers that hold one open; else empty.
    pub network: Vec<u8>,
}

/// What `claim` hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// A row to send; already recorded as `Sending` by this gateway when its lease was taken.
    Row(Row),
    /// A due to carry out.
    Due(Due),
}
