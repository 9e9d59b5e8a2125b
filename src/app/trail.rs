//! What the store and the keys know of the audit trail, for whoever holds it against them.

use crate::adapters::audit::{self, Head};
use crate::adapters::store::Store;
use crate::clock::Clock;
use crate::config::Config;
use crate::metrics::Metrics;
use std::collections::BTreeMap;

/// The keys that checkpoints may be sealed with, and the head of every file.
///
/// # Errors
/// The keys or the store cannot be read; the embedded one is open to one process only.
pub async fn known(config: &Config) -> anyhow::Result<(Vec<[u8; 32]>, BTreeMap<String, Head>)> {
    let keys = config.store.keys().map_err(anyhow::Error::msg)?;
    let store = Store::open(&config.store, &keys, &Metrics::default()).await.map_err(anyhow::Error::msg)?;
    let heads = audit::heads(&*store.shared, Clock::System.now()).await?;
    Ok((keys.derived_all(b"audit"), heads))
}
