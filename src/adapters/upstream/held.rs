//! Last known answers, sealed, in the shared store: what can still be said when the office is silent.

use super::contract::AS_OF;
use super::vault::Vault;
use crate::domain::service::{Answer, Call};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::ports::{Shared, StoreError};
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Leads every sealed record; a program that meets a higher one leaves it alone.
const VERSION: u8 = 1;

/// An answer as it is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    answer: Answer,
    at: Timestamp,
}

/// The held answers of one service.
#[derive(Clone)]
pub struct Held {
    store: Arc<dyn Shared>,
    vault: Vault,
    max_age: Duration,
}

impl core::fmt::Debug for Held {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Held").field("max_age", &self.max_age).finish_non_exhaustive()
    }
}

impl Held {
    /// Answers are held for `max_age` at most.
    #[must_use]
    pub fn new(store: Arc<dyn Shared>, vault: Vault, max_age: Duration) -> Self {
        Self { store, vault, max_age }
    }

    /// The name of a call's record: a keyed hash of service and what was given, so that only who gives the same finds it.
    fn name(&self, call: &Call) -> String {
        let given = postcard::to_allocvec(&call.give).unwrap_or_default();
        format!("held/{}", hex::encode(self.vault.name(&[call.service.as_bytes(), &given])))
    }

    /// The held answer with its date, if it is not older than allowed.
    pub async fn get(&self, call: &Call, now: Timestamp) -> Option<Answer> {
        let name = self.name(call);
        let (_, sealed) = self.store.get(&name, now).await.inspect_err(not_read).ok()??;
        let record = self.read(&name, &sealed)?;
        let mut answer = (now.since(record.at) <= self.max_age).then_some(record.answer)?;
        answer.values.entry(AS_OF.to_owned()).or_insert_with(|| Value::Date(record.at.date()));
        Some(answer)
    }

    /// Holds an answer. The same answer is written anew only when half its time has passed: most look-ups write nothing.
    ///
    /// # Errors
    /// What the store says; a lost race is no error, the other answer is as new.
    pub async fn put(&self, call: &Call, answer: &Answer, now: Timestamp) -> Result<(), StoreError> {
        let name = self.name(call);
        let known = self.store.get(&name, now).await?;
        let version = known.as_ref().map_or(0, |(version, _)| *version);
        if let Some(record) = known.and_then(|(_, sealed)| self.read(&name, &sealed))
            && record.answer == *answer
            && now.since(record.at).saturating_mul(2) < self.max_age
        {
            return Ok(());
        }
        let Some(sealed) = self.write(&name, &Record { answer: answer.clone(), at: now }) else {
            return Ok(());
        };
        self.store.put(&name, version, &sealed, Some(now.plus(self.max_age)), now).await.map(drop)
    }

    /// Forgets what was held: the office has said otherwise.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget(&self, call: &Call, now: Timestamp) -> Result<(), StoreError> {
        let name = self.name(call);
        match self.store.get(&name, now).await? {
            Some((version, sealed)) if !sealed.is_empty() => {
                let soon = now.plus(Duration::from_secs(1));
                self.store.put(&name, version, &[], Some(soon), now).await.map(drop)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn read(&self, name: &str, sealed: &[u8]) -> Option<Record> {
        let (version, sealed) = sealed.split_first()?;
        let plain = (*version == VERSION).then(|| self.vault.open(name.as_bytes(), sealed).ok())??;
        postcard::from_bytes(&plain).ok()
    }

    fn write(&self, name: &str, record: &Record) -> Option<Vec<u8>> {
        let plain = postcard::to_allocvec(record).ok()?;
        let mut sealed = vec![VERSION];
        sealed.extend(self.vault.seal(name.as_bytes(), &plain).ok()?);
        Some(sealed)
    }
}

fn not_read(error: &StoreError) {
    tracing::warn!(%error, "held answers cannot be read");
}
