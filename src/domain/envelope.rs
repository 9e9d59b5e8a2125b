//! What crosses between a bearer and the gateway: one inbound, one outbound, and the profile that says what the bearer can do.

use super::address::{Dialled, Msisdn};
use super::consent::Channel;
use super::lang::{Lang, Script};
use super::screen::Screen;
use super::text::budget::Budget;
use super::time::Timestamp;
use core::fmt;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The configured name of a link or route; a metric label, so never anything about a person.
pub type LinkName = Arc<str>;

/// Sixteen bytes of SHA-256; what makes two deliveries one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct StepKey(pub [u8; 16]);

impl StepKey {
    /// The key of these parts; each part is hashed with its length, so that no two lists run together.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(digest) {
            *to = from;
        }
        Self(key)
    }
}

impl fmt::Debug for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", hex::encode(self.0))
    }
}

/// By what a delivery is known again (DESIGN invariant 5). Two honest equal inputs differ in `step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The dialect's own identity: bind + sequence number + bytes, or the dialogue's step number or reference.
    pub step: StepKey,
    /// Hash of link, sender, receiver and bytes alone.
    pub content: StepKey,
    /// The bind (or provider connection) it came over; differs after every reconnect and restart.
    pub bind: u64,
    /// The first response to equal bytes on this bind was late or never written, so equal bytes are a copy.
    pub doubtful: bool,
}

/// What happened at the person's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A code was dialled: a dialogue begins.
    Dial(Dialled),
    /// Something was typed: an answer in a dialogue, or a letter.
    Text(String),
    /// The network or the person ended the dialogue.
    Abort,
}

/// One delivery from a bearer, parsed.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Who.
    pub from: Msisdn,
    /// Over which link.
    pub link: LinkName,
    /// The number or code written to, digits.
    pub to: String,
    /// What.
    pub event: Event,
    /// In which letters it was written, where that can be told (digits alone tell nothing).
    pub script: Option<Script>,
    /// The language the network names (CBS data coding), where it does.
    pub lang: Option<Lang>,
    /// The network's handle of the dialogue, opaque; empty where the bearer has none.
    pub dialogue: Vec<u8>,
    /// By what a copy is known.
    pub copy: Copy,
    /// When it was read.
    pub at: Timestamp,
}

/// What a bearer can show and do. The gateway knows bearers by this value only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BearerProfile {
    /// What fits in one reply.
    pub budget: Budget,
    /// Parts one reply may have: 1 for a dialogue, the segment cap for letters.
    pub parts_max: u8,
    /// Whether the dialogue is held open by the network (a reply answers it), or each letter stands alone.
    pub keeps_open: bool,
    /// How a reply leaves.
    pub reply: Reply,
    /// In whose hands the device is.
    pub device: Device,
    /// How long the bearer can wait for an answer once the message is acknowledged or the request held.
    pub grace: Duration,
    /// The script texts are sent in where neither the person nor his writing tells.
    pub script: Script,
    /// How long an unfinished dialogue may be gone on with.
    pub resume: Duration,
    /// What the link says of itself in texts.
    pub facts: LinkFacts,
}

impl BearerProfile {
    /// In what way a person speaks here, as consents and the audit trail name it.
    #[must_use]
    pub fn channel(&self) -> Channel {
        if self.keeps_open { Channel::Dialogue } else { Channel::Letter }
    }
}

/// In whose hands the device is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A phone: pages of text, and a number at which its holder is reached.
    Phone,
    /// One that many use, one after another: whole screens, nothing kept once the dialogue is given up, and what belongs to a
    /// phone is handed over to one.
    Shared,
}

/// How the reply to an inbound leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// In the same exchange, by the bearer itself.
    Inline,
    /// As a row of the outbox.
    Row,
}

/// What a link says of itself: `{code}`, `{short}`, `{tariff}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkFacts {
    /// The code to dial, `*100#`.
    pub code: String,
    /// The short number to write to.
    pub short: String,
    /// What it costs.
    pub tariff: String,
}

/// What goes back in the same exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// The page; empty when everything leaves through the outbox.
    pub text: String,
    /// Whether the dialogue is over.
    pub ends: bool,
    /// The whole screen, for a bearer that draws it itself.
    pub screen: Option<Box<Screen>>,
}

impl Outbound {
    /// A page of text.
    #[must_use]
    pub fn page(text: impl Into<String>, ends: bool) -> Self {
        Self { text: text.into(), ends, screen: None }
    }
}
