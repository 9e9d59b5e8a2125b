//! Shared records, names, leases and the probe, all under one hash tag.

use super::super::record::{self, Kind, Unreadable};
use super::{RECORD_GRACE, Redis, away, keys, living, px, unsure};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{Finding, Shared, StoreError};
use async_trait::async_trait;
use core::time::Duration;

#[async_trait]
impl Shared for Redis {
    async fn get(&self, name: &str, now: Timestamp) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let raw: Option<Vec<u8>> = redis::cmd("GET")
            .arg(keys::shared(name))
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))?;
        let Some(raw) = living(raw, now) else { return Ok(None) };
        match self.records.open(Kind::Shared, &record::shared_name(name), &raw) {
            Ok((head, value)) => Ok(Some((head.version, value))),
            Err(Unreadable::Newer(found)) => Err(Unreadable::Newer(found).error(Kind::Shared)),
            Err(Unreadable::Broken) => {
                Metrics::count(&self.metrics.store, "get", "quarantined");
                let done: Result<i64, _> = self
                    .scripts
                    .aside
                    .key(keys::shared(name))
                    .key(keys::SHARED_QUARANTINE)
                    .arg(raw)
                    .arg(record::shared_name(name))
                    .invoke_async(&mut self.connection())
                    .await;
                Err(done.map_or_else(|error| unsure(&error), |_| Unreadable::Broken.error(Kind::Shared)))
            }
        }
    }

    async fn put(
        &self,
        name: &str,
        expect: u64,
        value: &[u8],
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let record = self.records.shared(name, expect, value, expires, now)?;
        let mut call = self.scripts.put.prepare_invoke();
        call.key(keys::shared(name))
            .key(keys::NAMES)
            .arg(now.0)
            .arg(expect.to_be_bytes().as_slice())
            .arg(record)
            .arg(expires.map_or_else(String::new, |until| px(until, now, RECORD_GRACE).to_string()))
            .arg(name);
        // A put has no step key. The second try carries the very same sealed bytes, by which the script knows the first.
        let first: Result<i64, _> = call.invoke_async(&mut self.connection()).await;
        let put = match first.map_err(|error| unsure(&error)) {
            Err(StoreError::Unknown(_)) => call
                .invoke_async(&mut self.connection())
                .await
                .map_err(|error| StoreError::Unknown(error.to_string()))?,
            known => known?,
        };
        Ok(put == 1)
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let _gone: i64 = self
            .scripts
            .drop
            .key(keys::shared(name))
            .key(keys::NAMES)
            .arg(name)
            .invoke_async(&mut self.connection())
            .await
            .map_err(|error| unsure(&error))?;
        Ok(())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<String> = redis::cmd("ZRANGEBYLEX")
            .arg(keys::NAMES)
            .arg([b"[", prefix.as_bytes()].concat())
            .arg([b"(", prefix.as_bytes(), b"\xFF"].concat())
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))?;
        if names.is_empty() {
            return Ok(names);
        }
        let mut pipe = redis::pipe();
        for name in &names {
            pipe.cmd("EXISTS").arg(keys::shared(name));
        }
        let exist: Vec<bool> =
            pipe.query_async(&mut self.connection()).await.map_err(|error| away(&error))?;
        let mut exist = exist.into_iter();
        names.retain(|_| exist.next().unwrap_or(false));
        Ok(names)
    }

    async fn lease(
        &self,
        name: &str,
        owner: u64,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Option<u64>, StoreError> {
        let epoch: u64 = self
            .scripts
            .lease
            .key(keys::lease(name))
            .arg(owner.to_string())
            .arg(now.0)
            .arg(now.plus(lasts).0)
            .invoke_async(&mut self.connection())
            .await
            .map_err(|error| unsure(&error))?;
        Ok((epoch != 0).then_some(epoch))
    }

    async fn probe(&self, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
        super::probe::probe(&mut self.connection(), now).await
    }
}
