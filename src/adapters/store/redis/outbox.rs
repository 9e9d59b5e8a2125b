//! What is owed, in Redis: a cheap look at all partitions, then one atomic step in each that has something due.

use super::super::record::{self, Kind, OwedWrite, Unreadable};
use super::{OWED_GRACE, Redis, TRIES_MAX, away, keys, lane_key, last, many, px, score, unsure};
use crate::domain::courier::Rest;
use crate::domain::delivery::{Claimed, Due, DueId, Lane, Row, RowEvent};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::failpoint::{self, Point};
use crate::metrics::Metrics;
use crate::ports::{Depth, Outbox, StoreError};
use async_trait::async_trait;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

/// Fields of a person from which on the past ones are looked for; fewer look more often, more hold more memory.
const PRUNE_FROM: usize = 16;

/// A row or due as found: whose, which, and its bytes.
type Found = (Person, Vec<u8>, Vec<u8>);

/// A changed row: the places of its events, its version as read, and what to write.
struct Changed {
    places: Vec<usize>,
    version: Vec<u8>,
    write: OwedWrite,
}

/// What is left of a batch: events that others disturbed, and persons with so many fields that the past ones should go.
#[derive(Default)]
struct Left {
    pending: Vec<usize>,
    busy: BTreeSet<Person>,
}

impl Redis {
    /// Partitions with something due and how much.
    async fn peek(&self, lane: Lane, now: Timestamp) -> Result<Vec<(u8, usize)>, StoreError> {
        let mut pipe = redis::pipe();
        for partition in 0..=u8::MAX {
            pipe.cmd("ZCOUNT").arg(keys::due(partition, lane)).arg("-inf").arg(now.0);
        }
        let counts: Vec<usize> =
            pipe.query_async(&mut self.connection()).await.map_err(|error| away(&error))?;
        Ok((0..=u8::MAX).zip(counts).filter(|(_, due)| *due > 0).collect())
    }

    /// Leases up to `most` members; from other partitions first each time, so that none starves.
    async fn lease_due(
        &self,
        lane: Lane,
        now: Timestamp,
        most: usize,
        until: Timestamp,
    ) -> Result<Vec<(Person, Vec<u8>)>, StoreError> {
        let mut due = self.peek(lane, now).await?;
        if due.is_empty() || most == 0 {
            return Ok(Vec::new());
        }
        let turn = usize::try_from(now.0.unsigned_abs()).unwrap_or(0).checked_rem(due.len()).unwrap_or(0);
        due.rotate_left(turn);
        due.truncate(most);
        let mut left = most;
        let mut calls = Vec::with_capacity(due.len());
        for (place, (partition, waiting)) in due.iter().enumerate() {
            let share = left.div_ceil(due.len().saturating_sub(place).max(1)).min(*waiting);
            left = left.saturating_sub(share);
            let latest = record::latest_of(lane, share);
            calls.push(vec![
                keys::due(*partition, lane),
                now.0.to_string().into_bytes(),
                until.0.to_string().into_bytes(),
                share.saturating_sub(latest).to_string().into_bytes(),
                latest.to_string().into_bytes(),
            ]);
        }
        let members: Vec<Vec<Vec<u8>>> = many(&mut self.connection(), &self.scripts.claim, &calls, 1)
            .await
            .map_err(|error| unsure(&error))?;
        let mut leased = Vec::new();
        for ((partition, _), members) in due.iter().zip(members) {
            for member in members {
                if let Some((person, field)) = keys::split(*partition, &member) {
                    leased.push((person, field.to_vec()));
                }
            }
        }
        Ok(leased)
    }

    async fn fetch(&self, wanted: &[(Person, Vec<u8>)]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        for (person, field) in wanted {
            pipe.cmd("HGET").arg(keys::owed(*person)).arg(field.as_slice());
        }
        pipe.query_async(&mut self.connection()).await.map_err(|error| away(&error))
    }

    /// Puts a row or due aside that cannot be read, so that it does not stop the queue.
    async fn put_owed_aside(
        &self,
        name: &'static str,
        (person, field, raw): &Found,
    ) -> Result<(), StoreError> {
        Metrics::count(&self.metrics.store, name, "quarantined");
        let _moved: i64 = self
            .scripts
            .aside_owed
            .key(keys::owed(*person))
            .key(keys::quarantine(person.partition))
            .key(keys::dues(person.partition))
            .arg(raw.as_slice())
            .arg(field.as_slice())
            .arg(keys::member(&person.id, field))
            .invoke_async(&mut self.connection())
            .await
            .map_err(|error| unsure(&error))?;
        Ok(())
    }

    /// Takes members out of the queue whose record is gone.
    async fn forget(&self, lane: Lane, gone: &[(Person, Vec<u8>)]) -> Result<(), StoreError> {
        let mut pipe = redis::pipe();
        for (person, field) in gone {
            Metrics::count(&self.metrics.store, "claim", "gone");
            pipe.cmd("ZREM")
                .arg(keys::due(person.partition, lane))
                .arg(keys::member(&person.id, field))
                .ignore();
        }
        if gone.is_empty() {
            return Ok(());
        }
        pipe.query_async::<()>(&mut self.connection()).await.map_err(|error| unsure(&error))
    }

    /// One try at the pending events.
    async fn try_record(
        &self,
        events: &[RowEvent],
        left: &mut Left,
        rows: &mut [Option<Row>],
        lease_until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut groups: BTreeMap<(Person, DueId), Vec<usize>> = BTreeMap::new();
        for at in left.pending.drain(..) {
            if let Some(event) = events.get(at) {
                groups.entry((event.person, event.id)).or_default().push(at);
            }
            if let Some(row) = rows.get_mut(at) {
                *row = None;
            }
        }
        let mut changed: BTreeMap<u8, Vec<Changed>> = BTreeMap::new();
        let (mut wanted, mut unread) = (Vec::new(), Vec::new());
        for ((person, id), places) in groups {
            let known = self.fresh.take(person, id);
            let known =
                known.map(|known| self.change(known, events, &places, rows, lease_until)).transpose()?;
            // What is only remembered and would not be written, so that no version is compared, is read.
            if let Some(change) = known.flatten() {
                changed.entry(person.partition).or_default().push(change);
            } else {
                wanted.push((person, record::field(Kind::Row, id)));
                unread.push(places);
            }
        }
        let found = self.fetch(&wanted).await?;
        for (((person, field), places), raw) in wanted.into_iter().zip(unread).zip(found) {
            let Some(raw) = raw else { continue };
            match self.records.read_owed(person, &field, &raw) {
                Ok((head, Claimed::Row(row))) => {
                    let change = self.change((head.version, row), events, &places, rows, lease_until)?;
                    if let Some(change) = change {
                        changed.entry(person.partition).or_default().push(change);
                    }
                }
                Ok((_, Claimed::Due(_))) | Err(Unreadable::Newer(_)) => {}
                Err(Unreadable::Broken) => self.put_owed_aside("record", &(person, field, raw)).await?,
            }
        }
        let several = changed.len() > 1;
        for (partition, changed) in changed {
            self.write_rows(partition, changed, left).await?;
            if several {
                failpoint::reached(Point::RedisHalfRecorded);
            }
        }
        left.pending.sort_unstable();
        Ok(())
    }

    /// A row after the events at `places`, ready to be written over the version it had; `None`: it is as it was.
    fn change(
        &self,
        (version, mut row): (u64, Row),
        events: &[RowEvent],
        places: &[usize],
        rows: &mut [Option<Row>],
        lease_until: Timestamp,
    ) -> Result<Option<Changed>, StoreError> {
        let (mut rest, mut at) = (Rest::Same, Timestamp::default());
        for place in places {
            let Some(event) = events.get(*place) else { continue };
            let then = record::change(&mut row, event, lease_until);
            if then != Rest::Same {
                (rest, at) = (then, event.at);
            }
            if let Some(answer) = rows.get_mut(*place) {
                *answer = Some(row.clone());
            }
        }
        if rest == Rest::Same {
            return Ok(None);
        }
        let write = self.records.row(&row, record::next_version(version, at), rest.due())?;
        Ok(Some(Changed { places: places.to_vec(), version: version.to_be_bytes().to_vec(), write }))
    }

    async fn write_rows(
        &self,
        partition: u8,
        changed: Vec<Changed>,
        left: &mut Left,
    ) -> Result<(), StoreError> {
        let mut call = self.scripts.record.prepare_invoke();
        call.key(keys::dues(partition));
        let mut written = Vec::with_capacity(changed.len());
        for (key, Changed { places, version, write }) in (Lane::ALL.len().saturating_add(1)..).zip(changed) {
            let member = keys::member(&write.person.id, &write.field);
            call.key(keys::owed(write.person));
            call.arg(key)
                .arg(write.field)
                .arg(version)
                .arg(write.record)
                .arg(lane_key(write.lane, 1))
                .arg(score(write.due))
                .arg(member);
            written.push((places, write.person));
        }
        let fields: Vec<usize> =
            call.invoke_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        for ((places, person), fields) in written.into_iter().zip(fields) {
            match fields {
                0 => left.pending.extend(places),
                PRUNE_FROM.. if fields % 4 == 0 => {
                    left.busy.insert(person);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Everything a person is owed.
    pub(super) async fn all_owed(&self, person: Person) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        redis::cmd("HGETALL")
            .arg(keys::owed(person))
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))
    }

    /// Removes what is past and no longer due of a person: a field has no expiry of its own in Redis 6.2.
    async fn prune(&self, person: Person, now: Timestamp) -> Result<(), StoreError> {
        let mut call = self.scripts.prune.prepare_invoke();
        call.key(keys::owed(person)).key(keys::dues(person.partition)).arg(person.id.0.as_slice());
        for (field, raw) in self.all_owed(person).await? {
            if record::peek(&raw).is_some_and(|(_, until)| until <= now) {
                call.arg(field).arg(raw.get(..8).unwrap_or_default());
            }
        }
        let _done: i64 = call.invoke_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        Ok(())
    }
}

#[async_trait]
impl Outbox for Redis {
    async fn claim(
        &self,
        lane: Lane,
        now: Timestamp,
        most: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError> {
        let leased = self.lease_due(lane, now, most, now.plus(lease)).await?;
        if !leased.is_empty() {
            failpoint::reached(Point::RedisLeased);
        }
        let found = self.fetch(&leased).await?;
        let (mut claimed, mut gone) = (Vec::with_capacity(found.len()), Vec::new());
        for ((person, field), raw) in leased.into_iter().zip(found) {
            let Some(raw) = raw else {
                gone.push((person, field));
                continue;
            };
            match self.records.read_owed(person, &field, &raw) {
                Ok((_, owed)) => claimed.push(owed),
                Err(Unreadable::Newer(_)) => Metrics::count(&self.metrics.store, "claim", "newer"),
                Err(Unreadable::Broken) => self.put_owed_aside("claim", &(person, field, raw)).await?,
            }
        }
        self.forget(lane, &gone).await?;
        Ok(claimed)
    }

    async fn record(
        &self,
        events: &[RowEvent],
        lease_until: Timestamp,
    ) -> Result<Vec<Option<Row>>, StoreError> {
        let mut rows = vec![None; events.len()];
        let mut left = Left { pending: (0..events.len()).collect(), ..Left::default() };
        for _ in 0..TRIES_MAX {
            if left.pending.is_empty() {
                break;
            }
            self.try_record(events, &mut left, &mut rows, lease_until).await?;
        }
        if !left.pending.is_empty() {
            return Err(StoreError::Unknown("some rows keep changing".to_owned()));
        }
        let now = events.iter().map(|event| event.at).max().unwrap_or_default();
        for person in left.busy {
            self.prune(person, now).await?;
        }
        Ok(rows)
    }

    async fn settle_due(&self, person: Person, id: DueId, next: Option<Due>) -> Result<(), StoreError> {
        let mut call = self.scripts.settle.prepare_invoke();
        call.key(keys::owed(person))
            .key(keys::dues(person.partition))
            .arg(person.id.0.as_slice())
            .arg(record::field(Kind::Due, id));
        match next {
            None => call.arg("").arg("").arg("").arg("").arg(""),
            Some(due) => {
                let write = self.records.due(&due, record::next_version(0, due.at))?;
                let px = px(write.until, due.at, OWED_GRACE);
                let lane = lane_key(write.lane, 2);
                call.arg(write.field).arg(write.record).arg(score(write.due)).arg(px).arg(lane)
            }
        };
        let _done: i64 = call.invoke_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        Ok(())
    }

    async fn hand_over(&self, rows: &[Row]) -> Result<(), StoreError> {
        let mut persons: BTreeMap<Person, Vec<(OwedWrite, Timestamp)>> = BTreeMap::new();
        for row in rows {
            let version = record::next_version(0, row.created);
            let write = self.records.row(row, version, record::first_due(row, row.earliest))?;
            persons.entry(row.person).or_default().push((write, row.created));
        }
        for (person, writes) in persons {
            let created = writes.iter().map(|(_, created)| *created).min().unwrap_or_default();
            let mut call = self.scripts.insert.prepare_invoke();
            call.key(keys::owed(person))
                .key(keys::dues(person.partition))
                .arg(person.id.0.as_slice())
                .arg(px(last(writes.iter().map(|(write, _)| write)), created, OWED_GRACE));
            for (write, _) in writes {
                call.arg(write.field).arg(write.record).arg(lane_key(write.lane, 2)).arg(score(write.due));
            }
            let _done: i64 =
                call.invoke_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        }
        Ok(())
    }

    async fn list(&self, person: Person, most: usize) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for (field, raw) in self.all_owed(person).await? {
            match self.records.read_owed(person, &field, &raw) {
                Ok((_, Claimed::Row(row))) => rows.push(row),
                Ok((_, Claimed::Due(_))) | Err(Unreadable::Newer(_)) => {}
                Err(Unreadable::Broken) => self.put_owed_aside("list", &(person, field, raw)).await?,
            }
        }
        rows.sort_by_key(|row| core::cmp::Reverse((row.created, row.id)));
        rows.truncate(most);
        Ok(rows)
    }

    async fn depth(&self, lane: Lane) -> Result<Depth, StoreError> {
        let mut pipe = redis::pipe();
        for partition in 0..=u8::MAX {
            let key = keys::due(partition, lane);
            pipe.cmd("ZCARD").arg(&key).cmd("ZRANGE").arg(&key).arg(0).arg(0).arg("WITHSCORES");
        }
        let answers: Vec<redis::Value> =
            pipe.query_async(&mut self.connection()).await.map_err(|error| away(&error))?;
        let mut depth = Depth::default();
        for answer in answers {
            if let redis::Value::Int(owed) = answer {
                depth.owed = depth.owed.saturating_add(u64::try_from(owed).unwrap_or(0));
            } else if let Ok(first) = redis::from_redis_value::<Vec<(Vec<u8>, i64)>>(answer)
                && let Some((_, at)) = first.first()
            {
                depth.oldest = Some(depth.oldest.map_or(Timestamp(*at), |oldest| oldest.min(Timestamp(*at))));
            }
        }
        Ok(depth)
    }
}
