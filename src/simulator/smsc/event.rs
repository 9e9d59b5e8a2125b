//! What can be watched: what arrives at a phone, and the PDUs as they pass.

use crate::domain::address::Msisdn;
use crate::domain::text::budget::Encoding;
use serde::{Deserialize, Serialize};

/// A page of a dialogue as it stands on a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Screen {
    /// Whose phone.
    pub msisdn: Msisdn,
    /// The simulator's number of the dialogue.
    pub dialogue: u64,
    /// What stands there.
    pub text: String,
    /// Whether an answer is waited for.
    pub asks: bool,
    /// Whether the dialogue is over with it.
    pub ends: bool,
    /// How it was sent.
    pub encoding: Encoding,
    /// Septets or UTF-16 units.
    pub units: usize,
    /// The `data_coding` as it came.
    pub data_coding: u8,
}

/// Why a dialogue is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The service said its last words.
    Said,
    /// The person hung up, or dialled anew.
    HungUp,
    /// Nobody said anything for the network's time-out.
    TimedOut,
    /// The service refused the message with an error status.
    Refused,
}

/// One part of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// How it was sent.
    pub encoding: Encoding,
    /// Septets or UTF-16 units, without the header.
    pub units: usize,
    /// The network's number of it, from which its `message_id` is written.
    pub id: u64,
    /// Its delivery receipt.
    pub receipt: ReceiptState,
}

/// Where a delivery receipt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// The service asked for none.
    NotAsked,
    /// Asked for, and not acknowledged yet.
    Asked,
    /// Sent, and acknowledged by the service.
    Taken,
}

/// A letter that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sms {
    /// Whose phone.
    pub msisdn: Msisdn,
    /// From which number or name.
    pub from: String,
    /// What it says.
    pub text: String,
    /// Its parts in order; one where it was not cut.
    pub parts: Vec<Part>,
}

/// Something happened at a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PhoneEvent {
    /// A page of a dialogue.
    Screen(Screen),
    /// A dialogue is over.
    Ended {
        /// Whose phone.
        msisdn: Msisdn,
        /// Which dialogue.
        dialogue: u64,
        /// Why.
        why: Why,
    },
    /// A letter.
    Sms(Sms),
    /// The service has acknowledged the receipt of a part of a letter.
    Receipt {
        /// Whose phone.
        msisdn: Msisdn,
        /// The part.
        id: u64,
    },
}

impl PhoneEvent {
    /// Whose phone.
    #[must_use]
    pub fn msisdn(&self) -> &Msisdn {
        match self {
            Self::Screen(screen) => &screen.msisdn,
            Self::Ended { msisdn, .. } | Self::Receipt { msisdn, .. } => msisdn,
            Self::Sms(sms) => &sms.msisdn,
        }
    }
}

/// Which way a PDU went, seen from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the ESME.
    In,
    /// To the ESME.
    Out,
}

/// One PDU as it passed. It holds what people typed: for the demo's page and for tests, never for a log.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// Milliseconds since the simulator started.
    pub at_ms: u64,
    /// Over which connection, counted from 1.
    pub link: u64,
    /// Which way.
    pub direction: Direction,
    /// All octets; a bind's are left out, since a password stands in them.
    pub hex: String,
    /// One line that says what it is.
    pub line: String,
}
