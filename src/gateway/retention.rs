//! The sweep of what has had its time: one gateway at a time, in bounded steps, from one end of the store to the other.

use super::Gateway;
use crate::metrics::Metrics;
use crate::ports::{Retention, StoreError};
use core::time::Duration;
use std::sync::Arc;

/// Between two passes; a text is blanked at most so much later than its time.
const PASS_EVERY: Duration = Duration::from_secs(3_600);
/// Between two steps of a pass, so that turns do not wait behind it.
const STEP_PAUSE: Duration = Duration::from_millis(200);
/// While one gateway sweeps, no other does; longer than a step can take.
const LEASE: Duration = Duration::from_secs(120);
/// The lease's name.
const LEASE_NAME: &str = "sweep";

impl Gateway {
    /// Sweeps for as long as the process runs.
    pub async fn retain(self: Arc<Self>) {
        let mut stopping = self.parts.background.stopping();
        let mut from = Vec::new();
        loop {
            let pause = match self.sweep_step(&from).await {
                Ok(Some(next)) => {
                    let pause = if next.is_empty() { PASS_EVERY } else { STEP_PAUSE };
                    from = next;
                    pause
                }
                Ok(None) => PASS_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "the sweep is put off");
                    LEASE
                }
            };
            tokio::select! {
                () = stopping.wait() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One step from `from`; where the next begins, empty at the end. `None`: another gateway sweeps.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep_step(&self, from: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let now = self.parts.clock.now();
        if self.parts.shared.lease(LEASE_NAME, self.parts.id, now, LEASE).await?.is_none() {
            return Ok(None);
        }
        let limits = &self.parts.limits;
        let rules = Retention { texts: limits.texts_last, rows: limits.rows_last };
        let swept = self.parts.sessions.sweep(from, rules, now).await?;
        for (kind, count) in [("blanked", swept.blanked), ("removed", swept.removed)] {
            for _ in 0..count {
                Metrics::count(&self.parts.metrics.rows, "retention", kind);
            }
        }
        Ok(Some(swept.next))
    }
}
