//! The form of the trail: JSON lines, each with the hash of the one before it, and counted checkpoints sealed with a key.
//!
//! A line ends with `,"hash":"…"}`: SHA-256 over all its octets before that, which hold the hash of the line before. The
//! first line names its file, so that a copy under another name is known; a checkpoint says how many events there were, and
//! its seal (HMAC-SHA-256) cannot be made anew by who rewrites the whole chain without the key.

use crate::domain::audit::{Entry, Event};
use crate::domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Events after which a checkpoint follows whatever the time.
pub(super) const EVENTS_PER_CHECKPOINT: u64 = 1_000;
/// What stands before the hash in a line, and after it.
const HASH_KEY: &str = ",\"hash\":\"";
const HASH_END: &str = "\"}";

/// A hash as it stands in a line.
pub(super) type Hash = [u8; 32];

/// Where a chain ends: how many lines it has and the hash of the last; kept in the store after every write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Lines, checkpoints and the first included.
    pub lines: u64,
    /// The hash of the last.
    pub hash: [u8; 32],
}

/// A line without its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// Its place, from 0.
    pub n: u64,
    /// The hash of the line before, hex; zeros in the first.
    pub prev: String,
    /// When it was written or, of an event, when that was; milliseconds since 1970 UTC.
    pub at: i64,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Body {
    /// The first line of a file.
    Begin {
        /// The file's own name.
        file: String,
    },
    /// An event.
    Event {
        /// The event's id, hex; the same again is the same event.
        id: String,
        /// Of whom or what.
        subject: String,
        /// What.
        event: Event,
    },
    /// How many events there were by here.
    Checkpoint {
        /// Events in this file so far.
        events: u64,
        /// HMAC over file name, place, count and the hash before, hex.
        seal: String,
    },
}

/// A chain under way.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    file: String,
    head: Head,
    events: u64,
    /// Events since the last checkpoint.
    pub(super) open: u64,
}

impl Chain {
    /// A new chain and its first line.
    pub(super) fn begin(file: &str, at: Timestamp) -> serde_json::Result<(Self, Vec<u8>)> {
        let head = Head { lines: 0, hash: [0; 32] };
        let mut chain = Self { file: file.to_owned(), head, events: 0, open: 0 };
        let line = chain.line(at, Body::Begin { file: file.to_owned() })?;
        Ok((chain, line))
    }

    /// The line of an event.
    pub(super) fn event(&mut self, entry: &Entry) -> serde_json::Result<Vec<u8>> {
        let id = hex::encode(entry.id.0);
        let body = Body::Event { id, subject: entry.subject.clone(), event: entry.event.clone() };
        let line = self.line(entry.at, body)?;
        self.events = self.events.saturating_add(1);
        self.open = self.open.saturating_add(1);
        Ok(line)
    }

    /// A checkpoint.
    pub(super) fn checkpoint(&mut self, at: Timestamp, key: &[u8; 32]) -> serde_json::Result<Vec<u8>> {
        let seal = hex::encode(seal(key, &self.file, &self.head, self.events));
        let line = self.line(at, Body::Checkpoint { events: self.events, seal })?;
        self.open = 0;
        Ok(line)
    }

    /// Where it ends now.
    pub(super) fn head(&self) -> Head {
        self.head
    }

    fn line(&mut self, at: Timestamp, body: Body) -> serde_json::Result<Vec<u8>> {
        let line = Line { n: self.head.lines, prev: hex::encode(self.head.hash), at: at.0, body };
        let (text, hash) = hashed(&line)?;
        self.head = Head { lines: self.head.lines.saturating_add(1), hash };
        Ok(text)
    }
}

/// A line with its hash and its end, and the hash.
pub(super) fn hashed(line: &Line) -> serde_json::Result<(Vec<u8>, Hash)> {
    let mut text = serde_json::to_string(line)?;
    text.pop();
    let hash = digest(text.as_bytes());
    text.push_str(HASH_KEY);
    text.push_str(&hex::encode(hash));
    text.push_str(HASH_END);
    text.push('\n');
    Ok((text.into_bytes(), hash))
}

/// What a line says, if its hash is right; else why not.
pub(super) fn read(line: &[u8]) -> Result<(Line, Hash), &'static str> {
    let text = core::str::from_utf8(line).map_err(|_| "is no text")?;
    let (said, hash) = text
        .strip_suffix(HASH_END)
        .and_then(|text| text.rsplit_once(HASH_KEY))
        .ok_or("is no line of an audit trail")?;
    let found = digest(said.as_bytes());
    if hash != hex::encode(found) {
        return Err("was changed: its hash does not fit");
    }
    let line = serde_json::from_str(&format!("{said}}}")).map_err(|_| "says nothing that is known")?;
    Ok((line, found))
}

/// The seal of a checkpoint that follows `before`.
pub(super) fn seal(key: &[u8; 32], file: &str, before: &Head, events: u64) -> Hash {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac: Hmac<Sha256> = Hmac::new(&block.into());
    mac.update(file.as_bytes());
    mac.update(&[0]);
    mac.update(&before.lines.to_be_bytes());
    mac.update(&before.hash);
    mac.update(&events.to_be_bytes());
    mac.finalize().into_bytes().into()
}

fn digest(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}
