//! What is written down of a dialogue or a message for the operator's accounts: keyed ids and counts, never numbers or texts.

use super::person::PersonId;
use super::time::Timestamp;
use serde::Serialize;

/// One line of the CDR files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A dialogue on a bearer that is kept open.
    Dialogue {
        /// When it ended, milliseconds since 1970 UTC.
        at: i64,
        /// Keyed person id, hex.
        person: String,
        /// The link.
        link: String,
        /// The code dialled, without what followed it.
        code: String,
        /// Screens shown.
        screens: u16,
        /// Milliseconds from its first to its last sign of life.
        duration_ms: u64,
        /// How it ended.
        end: End,
    },
    /// A letter that came.
    Letter {
        /// When.
        at: i64,
        /// Keyed person id, hex.
        person: String,
        /// The link.
        link: String,
        /// The number written to.
        short: String,
    },
    /// A letter that left.
    Sent {
        /// When the SMSC took it, or refused it for good.
        at: i64,
        /// Keyed person id, hex.
        person: String,
        /// The link.
        link: String,
        /// The number it came from.
        short: String,
        /// Why it was sent.
        purpose: String,
        /// Parts.
        segments: usize,
        /// The SMSC's id, of the last part; empty when it was refused.
        message_id: String,
        /// The number its first part had on the link, as the network's trace shows it; `None` where links do not number.
        sequence: Option<u32>,
        /// The network may have had it before.
        maybe_dup: bool,
        /// `accepted`, or the operator's code.
        result: String,
    },
    /// What the network said last of a letter that left.
    Receipt {
        /// When it said so.
        at: i64,
        /// Keyed person id, hex.
        person: String,
        /// The link.
        link: String,
        /// Why the letter was sent.
        purpose: String,
        /// The id as the receipt names it.
        message_id: String,
        /// The network may have had the letter twice.
        maybe_dup: bool,
        /// `delivered`, `expired`, or the class of failure.
        result: String,
        /// The operator's code, verbatim.
        code: String,
    },
}

/// How a dialogue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// By its last screen.
    Said,
    /// By the person or the network.
    Aborted,
    /// It fell silent.
    Silent,
    /// Another began in its place.
    Replaced,
    /// By us, with an apology.
    Failed,
}

impl End {
    /// The word in metrics and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Aborted => "aborted",
            Self::Silent => "silent",
            Self::Replaced => "replaced",
            Self::Failed => "failed",
        }
    }
}

/// The id as it stands in files: keyed, so that it tells nothing without the key.
#[must_use]
pub fn keyed(person: PersonId) -> String {
    person.to_string()
}

impl Record {
    /// When it was.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Dialogue { at, .. }
            | Self::Letter { at, .. }
            | Self::Sent { at, .. }
            | Self::Receipt { at, .. } => Timestamp(*at),
        }
    }
}
