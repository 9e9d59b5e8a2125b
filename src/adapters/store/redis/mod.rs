//! The store in Redis or Valkey: several gateways share it and hold no state of their own.

mod erasure;
mod fresh;
mod keys;
mod outbox;
mod probe;
mod receipts;
mod scripts;
mod shared;
mod sweep;

use super::record::{self, Kind, OwedWrite, Records, Unreadable};
use crate::domain::delivery::Lane;
use crate::domain::person::{PARTITIONS, Person};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{Commit, Committed, Opened, Retention, Sessions, StoreError, Swept};
use async_trait::async_trait;
use core::fmt;
use core::time::Duration;
use fresh::Fresh;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{ErrorKind, IntoConnectionInfo, RedisError, Script, ServerErrorKind};
use scripts::Scripts;

/// The form of keys and records; another one is refused, since older records cannot be read.
const KEYS_FORMAT: u8 = record::FORMAT;
/// How long Redis keeps a session or profile after it has expired by `now`; only garbage collection.
const RECORD_GRACE: Duration = Duration::from_secs(300);
/// The same for what is owed, so that a courier that was down for a day still finds what it has to call expired.
const OWED_GRACE: Duration = Duration::from_secs(86_400);
/// Tries of a read-modify-write that others disturb.
const TRIES_MAX: usize = 16;

/// A store in Redis. Cheap to use from many tasks: one connection carries them all.
pub struct Redis {
    connection: ConnectionManager,
    scripts: Scripts,
    records: Records,
    metrics: Metrics,
    fresh: Fresh,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

/// What a store in Redis needs to be opened. Prints nothing of the URL.
pub struct RedisOptions<'a> {
    /// `redis://` or `rediss://`.
    pub url: &'a str,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long an answer may take.
    pub response_timeout: Duration,
    /// Says which partition key the store was begun with, without saying the key.
    pub fingerprint: [u8; 8],
}

impl fmt::Debug for RedisOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisOptions({:?}, {:?})", self.connect_timeout, self.response_timeout)
    }
}

impl Redis {
    /// Connects, and refuses a store that was begun with other partitions or another partition key.
    ///
    /// # Errors
    /// A sentence for the operator, without the URL's password.
    pub async fn open(
        options: &RedisOptions<'_>,
        records: Records,
        metrics: Metrics,
    ) -> Result<Self, String> {
        let said = |error: RedisError| format!("store in Redis: {error}");
        let info =
            options.url.into_connection_info().map_err(|_| "store.url is not a Redis URL".to_owned())?;
        let info = info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = redis::Client::open(info).map_err(said)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout))
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_millis(200));
        let connection = ConnectionManager::new_with_config(client, config).await.map_err(said)?;
        let store = Self { connection, scripts: Scripts::new(), records, metrics, fresh: Fresh::default() };
        let other: String = store
            .scripts
            .meta
            .key(keys::META)
            .arg("format")
            .arg(KEYS_FORMAT)
            .arg("partitions")
            .arg(PARTITIONS)
            .arg("partition_key")
            .arg(hex::encode(options.fingerprint))
            .invoke_async(&mut store.connection())
            .await
            .map_err(said)?;
        match other.as_str() {
            "" => Ok(store),
            "partition_key" => {
                Err("this Redis was begun with another partition key: give that key back, or use an \
                                    empty database"
                    .to_owned())
            }
            what => Err(format!("this Redis holds a store with another \"{what}\" than this program knows")),
        }
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    /// Puts a string aside and says so.
    async fn put_aside(&self, kind: Kind, person: Person, key: Vec<u8>, raw: Vec<u8>) -> StoreError {
        Metrics::count(&self.metrics.store, "open", "quarantined");
        let done: Result<i64, _> = self
            .scripts
            .aside
            .key(key)
            .key(keys::quarantine(person.partition))
            .arg(raw)
            .arg(keys::member(&person.id, &[kind.tag()]))
            .invoke_async(&mut self.connection())
            .await;
        done.map_or_else(|error| unsure(&error), |_| Unreadable::Broken.error(kind))
    }
}

/// The error of a read: whatever happened, nothing was written.
fn away(error: &RedisError) -> StoreError {
    StoreError::Away(error.to_string())
}

/// The error of a write: `Away` only when Redis surely has not written.
fn unsure(error: &RedisError) -> StoreError {
    let kind = error.kind();
    // With a code of its own (OOM, MISCONF, NOAUTH, BUSY, READONLY …) Redis refuses before the first write of a script.
    let said_no = matches!(
        kind,
        ErrorKind::Server(_)
            | ErrorKind::Extension
            | ErrorKind::AuthenticationFailed
            | ErrorKind::InvalidClientConfig
    ) && kind != ErrorKind::Server(ServerErrorKind::ResponseError);
    let refused = said_no || error.is_connection_refusal();
    if refused { StoreError::Away(error.to_string()) } else { StoreError::Unknown(error.to_string()) }
}

/// Milliseconds from `now` until garbage collection may take what expires at `until`; at least one.
fn px(until: Timestamp, now: Timestamp, grace: Duration) -> u64 {
    let left = u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX);
    // Redis refuses a time-to-live that overflows its clock; ten years is for ever.
    left.saturating_add(u64::try_from(grace.as_millis()).unwrap_or(0)).clamp(1, 315_360_000_000)
}

/// The place of a lane's zset among a script's keys, of which `now` is the first.
fn lane_key(lane: Lane, now: usize) -> usize {
    let place = Lane::ALL.into_iter().position(|one| one == lane).unwrap_or_default();
    now.saturating_add(place)
}

/// A due time as an argument; nothing when there is none.
fn score(due: Option<Timestamp>) -> String {
    due.map_or_else(String::new, |at| at.0.to_string())
}

/// The longest expiry of these rows and dues.
fn last<'a>(writes: impl Iterator<Item = &'a OwedWrite>) -> Timestamp {
    writes.map(|write| write.until).max().unwrap_or_default()
}

#[async_trait]
impl Sessions for Redis {
    async fn open(&self, person: Person, now: Timestamp) -> Result<Opened, StoreError> {
        let (session_key, profile_key) = (keys::session(person), keys::profile(person));
        let (session, profile): (Option<Vec<u8>>, Option<Vec<u8>>) = redis::cmd("MGET")
            .arg(&session_key)
            .arg(&profile_key)
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))?;
        let mut opened = Opened::default();
        if let Some(raw) = living(session, now) {
            match self.records.read_session(person, &raw) {
                Ok((head, session)) => (opened.session, opened.session_version) = (session, head.version),
                Err(Unreadable::Broken) => {
                    return Err(self.put_aside(Kind::Session, person, session_key, raw).await);
                }
                Err(newer) => return Err(newer.error(Kind::Session)),
            }
        }
        if let Some(raw) = living(profile, now) {
            match self.records.read_profile(person, &raw) {
                Ok((head, profile)) => (opened.profile, opened.profile_version) = (profile, head.version),
                Err(Unreadable::Broken) => {
                    return Err(self.put_aside(Kind::Profile, person, profile_key, raw).await);
                }
                Err(newer) => return Err(newer.error(Kind::Profile)),
            }
        }
        Ok(opened)
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        let prepared = self.records.prepare(commit)?;
        let (person, now) = (prepared.person, prepared.now);
        if prepared.erase {
            // First, so that a kill in between leaves a person who can be erased again.
            self.forget_awaited(person).await?;
        }
        let kept = if prepared.erase { self.outliving(person).await? } else { Vec::new() };
        let script = if prepared.erase { &self.scripts.commit_erasing } else { &self.scripts.commit };
        let mut call = script.prepare_invoke();
        call.key(keys::session(person))
            .key(keys::profile(person))
            .key(keys::owed(person))
            .key(keys::dues(person.partition));
        if prepared.erase {
            call.key(keys::quarantine(person.partition));
        }
        let (session, until) = prepared.session;
        call.arg(now.0)
            .arg(prepared.step.0.as_slice())
            .arg(prepared.expect.to_be_bytes().as_slice())
            .arg(session)
            .arg(px(until, now, RECORD_GRACE));
        match prepared.profile {
            None => call.arg("").arg(kept).arg(""),
            Some((expect, profile, until)) => {
                call.arg(expect.to_be_bytes().as_slice()).arg(profile).arg(px(until, now, RECORD_GRACE))
            }
        };
        let until = last(prepared.insert.iter().chain(&prepared.replace));
        call.arg(px(until, now, OWED_GRACE)).arg(person.id.0.as_slice()).arg(prepared.done.len());
        for field in prepared.done {
            call.arg(field);
        }
        for (mode, writes) in [("1", prepared.insert), ("0", prepared.replace)] {
            for write in writes {
                let lane = lane_key(write.lane, 4);
                call.arg(mode).arg(write.field).arg(write.record).arg(lane).arg(score(write.due));
            }
        }
        let code: i64 = call.invoke_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        match code {
            0 => {
                self.fresh.remember(&commit.rows, record::next_version(0, now));
                // What was noted of him between the first look and the commit.
                if prepared.erase
                    && let Err(error) = self.forget_awaited(person).await
                {
                    tracing::warn!(%error, "parts awaited of a deleted person may be left until their time is over");
                }
                Ok(Committed::Done)
            }
            1 => Ok(Committed::Replay),
            2 => Ok(Committed::Conflict),
            other => Err(StoreError::Unknown(format!("commit answered {other}"))),
        }
    }

    async fn rekey(&self, old: Person, new: Person) -> Result<(), StoreError> {
        self.rekey_person(old, new).await?;
        self.move_awaited(old, new).await
    }

    async fn sweep(&self, from: &[u8], rules: Retention, now: Timestamp) -> Result<Swept, StoreError> {
        self.sweep_rows(from, rules, now).await
    }
}

/// A record that has not expired. One whose head cannot be read is handed on, to be put aside.
fn living(record: Option<Vec<u8>>, now: Timestamp) -> Option<Vec<u8>> {
    record.filter(|record| record::peek(record).is_none_or(|(_, until)| until > now))
}

/// Runs one script many times in one trip; loads it and starts again where Redis does not know it.
/// What is run this way must be safe to run twice.
async fn many<T: redis::FromRedisValue>(
    connection: &mut ConnectionManager,
    script: &Script,
    calls: &[Vec<Vec<u8>>],
    keys: usize,
) -> Result<Vec<T>, RedisError> {
    let mut pipe = redis::pipe();
    for call in calls {
        let command = pipe.cmd("EVALSHA").arg(script.get_hash()).arg(keys);
        for arg in call {
            command.arg(arg.as_slice());
        }
    }
    match pipe.query_async(connection).await {
        Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
            script.load_async(connection).await?;
            pipe.query_async(connection).await
        }
        answer => answer,
    }
}
