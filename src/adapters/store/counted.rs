//! Counts and times every operation of a store, whichever it is.

use crate::clock::instant;
use crate::domain::delivery::{Claimed, Due, DueId, Lane, Row, RowEvent};
use crate::domain::envelope::StepKey;
use crate::domain::person::Person;
use crate::domain::receipt::PartOf;
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{
    Awaited, Commit, Committed, Depth, Finding, Opened, Outbox, Parked, Receipts, Retention, Sessions,
    Shared, StoreError, Swept,
};
use async_trait::async_trait;
use core::time::Duration;

/// A store whose operations are counted by name and outcome.
#[derive(Debug)]
pub struct Counted<S> {
    store: S,
    metrics: Metrics,
}

impl<S> Counted<S> {
    /// Counts what `store` does.
    pub fn new(store: S, metrics: Metrics) -> Self {
        Self { store, metrics }
    }

    async fn note<T>(
        &self,
        name: &'static str,
        operation: impl Future<Output = Result<T, StoreError>>,
        good: impl FnOnce(&T) -> &'static str,
    ) -> Result<T, StoreError> {
        let begun = instant();
        let end = operation.await;
        Metrics::took(&self.metrics.store_seconds, name, begun.elapsed());
        let kind = match &end {
            Ok(answer) => good(answer),
            Err(StoreError::Away(_)) => "away",
            Err(StoreError::Unknown(_)) => "unknown",
            Err(StoreError::Newer { .. }) => "newer",
            // Counted where it was put aside, since a batch goes on past it.
            Err(StoreError::Quarantined(_)) => return end,
        };
        Metrics::count(&self.metrics.store, name, kind);
        end
    }

    async fn plain<T>(
        &self,
        name: &'static str,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.note(name, operation, |_| "ok").await
    }
}

#[async_trait]
impl<S: Sessions> Sessions for Counted<S> {
    async fn open(&self, person: Person, now: Timestamp) -> Result<Opened, StoreError> {
        self.plain("open", self.store.open(person, now)).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        let kind = |end: &Committed| match end {
            Committed::Done => "ok",
            Committed::Replay => "replay",
            Committed::Conflict => "conflict",
        };
        self.note("commit", self.store.commit(commit), kind).await
    }

    async fn rekey(&self, old: Person, new: Person) -> Result<(), StoreError> {
        self.plain("rekey", self.store.rekey(old, new)).await
    }

    async fn sweep(&self, from: &[u8], rules: Retention, now: Timestamp) -> Result<Swept, StoreError> {
        self.plain("sweep", self.store.sweep(from, rules, now)).await
    }
}

#[async_trait]
impl<S: Outbox> Outbox for Counted<S> {
    async fn claim(
        &self,
        lane: Lane,
        now: Timestamp,
        most: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.plain("claim", self.store.claim(lane, now, most, lease)).await
    }

    async fn record(
        &self,
        events: &[RowEvent],
        lease_until: Timestamp,
    ) -> Result<Vec<Option<Row>>, StoreError> {
        self.plain("record", self.store.record(events, lease_until)).await
    }

    async fn settle_due(&self, person: Person, id: DueId, next: Option<Due>) -> Result<(), StoreError> {
        self.plain("settle_due", self.store.settle_due(person, id, next)).await
    }

    async fn hand_over(&self, rows: &[Row]) -> Result<(), StoreError> {
        self.plain("hand_over", self.store.hand_over(rows)).await
    }

    async fn list(&self, person: Person, most: usize) -> Result<Vec<Row>, StoreError> {
        self.plain("list_rows", self.store.list(person, most)).await
    }

    async fn depth(&self, lane: Lane) -> Result<Depth, StoreError> {
        self.plain("depth", self.store.depth(lane)).await
    }
}

#[async_trait]
impl<S: Receipts> Receipts for Counted<S> {
    async fn expect(&self, awaited: &[Awaited], now: Timestamp) -> Result<Vec<Parked>, StoreError> {
        self.plain("expect", self.store.expect(awaited, now)).await
    }

    async fn forget(&self, awaited: &[Awaited]) -> Result<(), StoreError> {
        self.plain("forget", self.store.forget(awaited)).await
    }

    async fn find(&self, keys: &[StepKey], now: Timestamp) -> Result<Vec<Option<PartOf>>, StoreError> {
        self.plain("find", self.store.find(keys, now)).await
    }

    async fn park(&self, parked: &Parked, again: Timestamp, most: u64) -> Result<bool, StoreError> {
        self.plain("park", self.store.park(parked, again, most)).await
    }

    async fn due(&self, now: Timestamp, again: Timestamp, most: usize) -> Result<Vec<Parked>, StoreError> {
        self.plain("parked_due", self.store.due(now, again, most)).await
    }

    async fn unpark(&self, keys: &[StepKey]) -> Result<(), StoreError> {
        self.plain("unpark", self.store.unpark(keys)).await
    }

    async fn parked(&self) -> Result<u64, StoreError> {
        self.plain("parked", self.store.parked()).await
    }
}

#[async_trait]
impl<S: Shared> Shared for Counted<S> {
    async fn get(&self, name: &str, now: Timestamp) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.plain("get", self.store.get(name, now)).await
    }

    async fn put(
        &self,
        name: &str,
        expect: u64,
        value: &[u8],
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let kind = |written: &bool| if *written { "ok" } else { "conflict" };
        self.note("put", self.store.put(name, expect, value, expires, now), kind).await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.plain("remove", self.store.remove(name)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.plain("list_names", self.store.list(prefix)).await
    }

    async fn lease(
        &self,
        name: &str,
        owner: u64,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Option<u64>, StoreError> {
        self.plain("lease", self.store.lease(name, owner, now, lasts)).await
    }

    async fn probe(&self, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
        self.plain("probe", self.store.probe(now)).await
    }
}
