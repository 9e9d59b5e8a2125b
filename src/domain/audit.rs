//! What is written into the audit trail: who agreed to what and took it back, what was deleted, what the desk did.

use super::consent::Channel;
use super::envelope::StepKey;
use super::lang::Lang;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One event. Its id makes a second writing of it known: it is committed with what it tells of and written afterwards,
/// so a kill between the two writes it twice rather than never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Derived from what caused it; hex in files.
    pub id: StepKey,
    /// When it was.
    pub at: Timestamp,
    /// Of whom or what: a keyed person id in hex, a ticket's number, a user's name. Never a phone number.
    pub subject: String,
    /// What.
    pub event: Event,
}

/// What happened.
// The store keeps events by their place: add at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A person agreed to a purpose.
    ConsentGiven(Told),
    /// He took it back.
    ConsentWithdrawn(Told),
    /// His number was silent so long that it was suspended.
    ConsentSuspended(Told),
    /// He said STOP.
    Stop {
        /// In what way.
        channel: Channel,
    },
    /// He said START.
    Start {
        /// In what way.
        channel: Channel,
    },
    /// All that was kept of him is gone.
    Deletion {
        /// The number he was told.
        receipt: String,
    },
    /// Somebody at the desk was shown a phone number.
    NumberShown {
        /// The user.
        user: String,
        /// The ticket.
        ticket: String,
    },
    /// Somebody at the desk was shown what a person wrote.
    TextShown {
        /// The user.
        user: String,
        /// The ticket.
        ticket: String,
    },
    /// All pushes were stopped or let go again.
    PushesStopped {
        /// Who did it.
        user: String,
        /// Whether they are stopped now.
        stopped: bool,
    },
}

/// What a consent event tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// `news`, `reminder`, `alert`.
    pub purpose: String,
    /// The version of the menus, hex.
    pub wording: String,
    /// The language.
    pub lang: Lang,
    /// In what way.
    pub channel: Channel,
    /// The inbound, hex.
    pub by: String,
}

impl Event {
    /// The word in files and figures.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::ConsentGiven(_) => "consent_given",
            Self::ConsentWithdrawn(_) => "consent_withdrawn",
            Self::ConsentSuspended(_) => "consent_suspended",
            Self::Stop { .. } => "stop",
            Self::Start { .. } => "start",
            Self::Deletion { .. } => "deletion",
            Self::NumberShown { .. } => "number_shown",
            Self::TextShown { .. } => "text_shown",
            Self::PushesStopped { .. } => "pushes_stopped",
        }
    }
}
