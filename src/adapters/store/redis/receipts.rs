//! Awaited parts and parked receipts in Redis: 256 places by the hash of link and id, each in one slot of a cluster.

use super::super::record::{self, Unreadable};
use super::{OWED_GRACE, Redis, away, keys, many, px, unsure};
use crate::domain::envelope::StepKey;
use crate::domain::person::Person;
use crate::domain::receipt::PartOf;
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{Awaited, Parked, Receipts, StoreError};
use async_trait::async_trait;

/// Places among which parked receipts are spread.
const PLACES: u64 = 256;
/// How long a person's list of notes is kept, in milliseconds: 45 days, longer than any row is worth sending.
const LIST_MS: u64 = 45 * 86_400_000;

impl Redis {
    async fn awaited_keys(&self, person: Person) -> Result<Vec<StepKey>, StoreError> {
        let keys: Vec<Vec<u8>> = redis::cmd("SMEMBERS")
            .arg(keys::awaited_of(person))
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))?;
        Ok(keys.iter().filter_map(|key| key.first_chunk::<16>().map(|key| StepKey(*key))).collect())
    }

    /// Removes what is awaited of a person; his list of it last, so that it can be done again.
    pub(super) async fn forget_awaited(&self, person: Person) -> Result<(), StoreError> {
        let awaited = self.awaited_keys(person).await?;
        if awaited.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for key in awaited {
            pipe.cmd("DEL").arg(keys::awaited(key)).ignore();
        }
        pipe.cmd("DEL").arg(keys::awaited_of(person)).ignore();
        pipe.query_async::<()>(&mut self.connection()).await.map_err(|error| unsure(&error))
    }

    /// Moves what is awaited of a person to another id.
    pub(super) async fn move_awaited(&self, old: Person, new: Person) -> Result<(), StoreError> {
        let awaited = self.awaited_keys(old).await?;
        if awaited.is_empty() || old == new {
            return Ok(());
        }
        let mut read = redis::pipe();
        for key in &awaited {
            read.cmd("GET").arg(keys::awaited(*key));
        }
        let notes: Vec<Option<Vec<u8>>> =
            read.query_async(&mut self.connection()).await.map_err(|error| away(&error))?;
        let mut write = redis::pipe();
        for (key, note) in awaited.iter().zip(notes) {
            let Some((part, until)) = note.as_deref().and_then(record::read_part) else { continue };
            let moved = record::part(&PartOf { person: new, ..part }, until);
            write.cmd("SADD").arg(keys::awaited_of(new)).arg(key.0.as_slice()).ignore();
            write.cmd("SET").arg(keys::awaited(*key)).arg(moved).arg("XX").arg("KEEPTTL").ignore();
        }
        // Both ids lie in one partition, so the list of the old one outlives no note of the new.
        write.cmd("PEXPIRE").arg(keys::awaited_of(new)).arg(LIST_MS).ignore();
        write.cmd("DEL").arg(keys::awaited_of(old)).ignore();
        write.query_async::<()>(&mut self.connection()).await.map_err(|error| unsure(&error))
    }

    async fn put_parked_aside(&self, key: &[u8], raw: &[u8]) -> Result<(), StoreError> {
        Metrics::count(&self.metrics.store, "parked_due", "quarantined");
        let Some(step) = key.first_chunk::<16>() else { return Ok(()) };
        let mut pipe = redis::pipe();
        pipe.cmd("HSET").arg(keys::SHARED_QUARANTINE).arg([b"p", key].concat()).arg(raw).ignore();
        pipe.query_async::<()>(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        self.unpark(&[StepKey(*step)]).await
    }
}

#[async_trait]
impl Receipts for Redis {
    async fn expect(&self, awaited: &[Awaited], now: Timestamp) -> Result<Vec<Parked>, StoreError> {
        if awaited.is_empty() {
            return Ok(Vec::new());
        }
        // The person's list first: what is not in it could not be erased.
        let mut pipe = redis::pipe();
        for awaited in awaited {
            let list = keys::awaited_of(awaited.part.person);
            pipe.cmd("SADD").arg(&list).arg(awaited.key.0.as_slice()).ignore();
        }
        for awaited in awaited {
            let (note, until) = self.records.awaited(awaited);
            let (name, px) = (keys::awaited(awaited.key), px(until, now, OWED_GRACE));
            // The list must outlive each of its notes, and a later note may be the shorter.
            pipe.cmd("PEXPIRE").arg(keys::awaited_of(awaited.part.person)).arg(px.max(LIST_MS)).ignore();
            pipe.cmd("SET").arg(name).arg(note).arg("PX").arg(px).ignore();
        }
        for awaited in awaited {
            pipe.cmd("HGET").arg(keys::parked(keys::place(awaited.key))).arg(awaited.key.0.as_slice());
        }
        let parked: Vec<Option<Vec<u8>>> =
            pipe.query_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        let found = awaited.iter().zip(parked).filter_map(|(awaited, raw)| {
            raw.and_then(|raw| self.records.read_parked(awaited.key, &raw).ok())
        });
        Ok(found.collect())
    }

    async fn forget(&self, awaited: &[Awaited]) -> Result<(), StoreError> {
        if awaited.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for Awaited { key, part, .. } in awaited {
            pipe.cmd("DEL").arg(keys::awaited(*key)).ignore();
            pipe.cmd("SREM").arg(keys::awaited_of(part.person)).arg(key.0.as_slice()).ignore();
        }
        pipe.query_async::<()>(&mut self.connection()).await.map_err(|error| unsure(&error))
    }

    async fn find(&self, wanted: &[StepKey], now: Timestamp) -> Result<Vec<Option<PartOf>>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        for key in wanted {
            pipe.cmd("GET").arg(keys::awaited(*key));
        }
        let notes: Vec<Option<Vec<u8>>> =
            pipe.query_async(&mut self.connection()).await.map_err(|error| away(&error))?;
        let read = |note: Option<Vec<u8>>| {
            let (part, until) = record::read_part(&note?)?;
            (until > now).then_some(part)
        };
        Ok(notes.into_iter().map(read).collect())
    }

    async fn park(&self, parked: &Parked, again: Timestamp, most: u64) -> Result<bool, StoreError> {
        let place = keys::place(parked.key);
        let done: i64 = self
            .scripts
            .park
            .key(keys::parked(place))
            .key(keys::parked_due(place))
            .arg(parked.key.0.as_slice())
            .arg(self.records.parked(parked)?)
            .arg(again.0)
            .arg(most.div_ceil(PLACES).max(1))
            .invoke_async(&mut self.connection())
            .await
            .map_err(|error| unsure(&error))?;
        Ok(done == 1)
    }

    async fn due(&self, now: Timestamp, again: Timestamp, most: usize) -> Result<Vec<Parked>, StoreError> {
        let mut pipe = redis::pipe();
        for place in 0..=u8::MAX {
            pipe.cmd("ZCOUNT").arg(keys::parked_due(place)).arg("-inf").arg(now.0);
        }
        let counts: Vec<usize> =
            pipe.query_async(&mut self.connection()).await.map_err(|error| away(&error))?;
        let mut left = most;
        let mut calls = Vec::new();
        for (place, waiting) in (0..=u8::MAX).zip(counts).filter(|(_, waiting)| *waiting > 0) {
            let share = waiting.min(left);
            if share == 0 {
                break;
            }
            left = left.saturating_sub(share);
            let numbers = [now.0.to_string(), again.0.to_string(), share.to_string()].map(String::into_bytes);
            calls.push([vec![keys::parked(place), keys::parked_due(place)], numbers.to_vec()].concat());
        }
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let found: Vec<Vec<Vec<u8>>> = many(&mut self.connection(), &self.scripts.parked_due, &calls, 2)
            .await
            .map_err(|error| unsure(&error))?;
        let mut due = Vec::new();
        for pair in found.iter().flat_map(|place| place.chunks_exact(2)) {
            let [key, raw] = pair else { continue };
            let step = key.first_chunk::<16>().map(|key| StepKey(*key)).unwrap_or_default();
            match self.records.read_parked(step, raw) {
                Ok(parked) => due.push(parked),
                Err(Unreadable::Newer(_)) => Metrics::count(&self.metrics.store, "parked_due", "newer"),
                Err(Unreadable::Broken) => self.put_parked_aside(key, raw).await?,
            }
        }
        Ok(due)
    }

    async fn unpark(&self, wanted: &[StepKey]) -> Result<(), StoreError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for key in wanted {
            let place = keys::place(*key);
            pipe.cmd("HDEL").arg(keys::parked(place)).arg(key.0.as_slice()).ignore();
            pipe.cmd("ZREM").arg(keys::parked_due(place)).arg(key.0.as_slice()).ignore();
        }
        pipe.query_async::<()>(&mut self.connection()).await.map_err(|error| unsure(&error))
    }

    async fn parked(&self) -> Result<u64, StoreError> {
        let mut pipe = redis::pipe();
        for place in 0..=u8::MAX {
            pipe.cmd("HLEN").arg(keys::parked(place));
        }
        let counts: Vec<u64> =
            pipe.query_async(&mut self.connection()).await.map_err(|error| away(&error))?;
        Ok(counts.iter().sum())
    }
}
