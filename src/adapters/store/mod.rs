//! The store: persons' records, what is owed to them, and small shared records; in Redis or in an embedded file.

pub mod counted;
pub mod embedded;
pub mod record;
pub mod redis;
pub mod seal;
pub mod settings;

use self::redis::{Redis, RedisOptions};
use crate::metrics::Metrics;
use crate::ports::{Outbox, Receipts, Sessions, Shared};
use core::time::Duration;
use counted::Counted;
use embedded::{Embedded, EmbeddedOptions};
use record::Records;
use settings::{KeyRing, StoreKind, StoreSettings};
use std::sync::Arc;

/// A store behind its four ports.
#[derive(Clone)]
pub struct Store {
    /// Dialogues and profiles.
    pub sessions: Arc<dyn Sessions>,
    /// What is owed.
    pub outbox: Arc<dyn Outbox>,
    /// Which id stands for which row, and receipts that wait for theirs.
    pub receipts: Arc<dyn Receipts>,
    /// Small shared records.
    pub shared: Arc<dyn Shared>,
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// One implementation behind all four ports, its operations counted.
    #[must_use]
    pub fn of<S: Sessions + Outbox + Receipts + Shared + 'static>(store: S, metrics: &Metrics) -> Self {
        let store = Arc::new(Counted::new(store, metrics.clone()));
        Self { sessions: store.clone(), outbox: store.clone(), receipts: store.clone(), shared: store }
    }

    /// Opens the store that the settings name. What it is worth is said by `Shared::probe`.
    ///
    /// # Errors
    /// A sentence for the operator, without secrets.
    pub async fn open(settings: &StoreSettings, keys: &KeyRing, metrics: &Metrics) -> Result<Self, String> {
        let records = Records::new(keys.sealer(), settings.rows_kept());
        match settings.kind {
            StoreKind::Embedded => {
                let options = EmbeddedOptions {
                    path: &settings.path,
                    cache_bytes: settings.cache_mib.saturating_mul(1024 * 1024),
                    fingerprint: keys.fingerprint(),
                };
                Ok(Self::of(Embedded::open(&options, records, metrics.clone())?, metrics))
            }
            StoreKind::Redis => {
                let url = settings.redis_url()?;
                let options = RedisOptions {
                    url: url.expose(),
                    connect_timeout: Duration::from_millis(settings.connect_timeout_ms),
                    response_timeout: Duration::from_millis(settings.response_timeout_ms),
                    fingerprint: keys.fingerprint(),
                };
                Ok(Self::of(Redis::open(&options, records, metrics.clone()).await?, metrics))
            }
        }
    }

    /// A store that is gone with the process, for rehearsals and tests.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn in_memory(keys: &KeyRing, settings: &StoreSettings, metrics: &Metrics) -> Result<Self, String> {
        let records = Records::new(keys.sealer(), settings.rows_kept());
        Ok(Self::of(Embedded::in_memory(records, metrics.clone())?, metrics))
    }
}
