//! Receipts find their rows: by the ids noted when the network took a text, at once or once the id is known.
//!
//! Noted before the row is recorded as `Accepted`: a kill in between loses no receipt. Whoever parks looks for the id once
//! more after it, whoever notes an id looks for what is parked under it: of two who cross, one sees the other.

use super::{Limits, Parts};
use crate::clock::Clock;
use crate::domain::courier::has_taken_in;
use crate::domain::delivery::{Row, RowChange, RowEvent, RowState};
use crate::domain::envelope::LinkName;
use crate::domain::receipt::{IdForm, IdKey, PartOf, Receipt};
use crate::domain::record::{Record, keyed};
use crate::metrics::Metrics;
use crate::ports::{Awaited, Outbox, Parked, Receipts, StoreError};
use crate::tasks::Tasks;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Parked receipts taken at one look.
const LOOK_MAX: usize = 256;
/// Between two looks at what is parked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Matches receipts with rows. Holds no state of its own: the gateway and its courier each have one.
pub struct Matcher {
    receipts: Arc<dyn Receipts>,
    outbox: Arc<dyn Outbox>,
    clock: Clock,
    metrics: Metrics,
    records: mpsc::Sender<Record>,
    row_lease: Duration,
    park: Duration,
    settle: Duration,
    parked_max: u64,
    forms: BTreeMap<String, IdForm>,
}

impl core::fmt::Debug for Matcher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Matcher")
    }
}

impl Matcher {
    /// A matcher over the same store and figures as `parts`.
    #[must_use]
    pub fn new(parts: &Parts) -> Self {
        let store = (parts.receipts.clone(), parts.outbox.clone());
        Self::over(store, parts.clock.clone(), parts.metrics.clone(), parts.records.clone(), &parts.limits)
    }

    /// A matcher over this store.
    #[must_use]
    pub fn over(
        (receipts, outbox): (Arc<dyn Receipts>, Arc<dyn Outbox>),
        clock: Clock,
        metrics: Metrics,
        records: mpsc::Sender<Record>,
        limits: &Limits,
    ) -> Self {
        Self {
            receipts,
            outbox,
            clock,
            metrics,
            records,
            row_lease: limits.row_lease,
            park: limits.receipt_park,
            settle: limits.receipt_settle,
            parked_max: limits.receipts_parked_max,
            forms: limits.id_forms.clone(),
        }
    }

    fn form(&self, link: &str) -> IdForm {
        self.forms.get(link).copied().unwrap_or_default()
    }

    /// Notes under which ids the parts of `row` are known at `link`; what is parked under them already.
    ///
    /// # Errors
    /// The store's.
    pub async fn expect(
        &self,
        row: &Row,
        link: &LinkName,
        ids: &[String],
    ) -> Result<Vec<Parked>, StoreError> {
        let awaited = self.awaited(row, link, ids);
        let parked = self.receipts.expect(&awaited, self.clock.now()).await?;
        // Under a crossed name lies another's exact one, if anything: the look at what is parked sorts that out.
        Ok(parked
            .into_iter()
            .filter(|parked| ids.iter().any(|id| self.names(&parked.receipt, link, id)))
            .collect())
    }

    /// Takes `expect` back: the row turned out to be gone, its person has had everything deleted.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget(&self, row: &Row, link: &LinkName, ids: &[String]) -> Result<(), StoreError> {
        self.receipts.forget(&self.awaited(row, link, ids)).await
    }

    fn awaited(&self, row: &Row, link: &LinkName, ids: &[String]) -> Vec<Awaited> {
        let of = u8::try_from(ids.len()).unwrap_or(u8::MAX);
        let form = self.form(link);
        let mut awaited = Vec::new();
        for (part, id) in (0..of).zip(ids) {
            for IdKey { key, lettered, .. } in form.given(link, id) {
                let part = PartOf { person: row.person, row: row.id, part, of, lettered };
                awaited.push(Awaited { key, part, until: row.latest });
            }
        }
        awaited
    }

    fn names(&self, receipt: &Receipt, link: &LinkName, id: &str) -> bool {
        let form = self.form(link);
        let given = form.given(link, id);
        self.keys(receipt)
            .iter()
            .filter(|key| !key.crossed)
            .any(|key| given.iter().any(|given| given.key == key.key))
    }

    fn keys(&self, receipt: &Receipt) -> Vec<IdKey> {
        let form = self.form(&receipt.link);
        let mut keys = form.named(&receipt.link, &receipt.id);
        for key in receipt.also.iter().flat_map(|id| form.named(&receipt.link, id)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        // The same text in either place comes before any other reading.
        keys.sort_by_key(|key| key.crossed);
        keys
    }

    /// Whether a receipt names an id that is awaited.
    pub(super) async fn awaits(&self, receipt: &Receipt) -> Result<bool, StoreError> {
        Ok(self.find(&self.keys(receipt), &receipt.link, true).await?.is_some())
    }

    /// Takes a receipt: matched, or parked.
    ///
    /// # Errors
    /// The store's; nothing is known of it then.
    pub async fn take(&self, receipt: Receipt) -> Result<(), StoreError> {
        // On its way, or a word nobody knows: nothing is known by it that was not known before.
        if receipt.change(0, 1).is_none() {
            self.count(&receipt, receipt.state.word());
            return Ok(());
        }
        let keys = self.keys(&receipt);
        let Some(first) = keys.first() else {
            self.count(&receipt, "nameless");
            return Ok(());
        };
        if self.settled(&receipt, &keys, false).await? {
            return Ok(());
        }
        let now = self.clock.now();
        let parked = Parked { key: first.key, until: now.plus(self.park), receipt };
        if !self.receipts.park(&parked, now.plus(self.settle), self.parked_max).await? {
            self.count(&parked.receipt, "dropped");
            return Ok(());
        }
        self.count(&parked.receipt, "parked");
        if self.settled(&parked.receipt, &keys, false).await? {
            self.receipts.unpark(&[parked.key]).await?;
        }
        Ok(())
    }

    /// Applies what was parked under ids that are known now. `parked` is what `expect` answered.
    ///
    /// # Errors
    /// The store's; what is left is looked at again.
    pub async fn rematch(&self, parked: Vec<Parked>) -> Result<(), StoreError> {
        for parked in parked {
            if self.settled(&parked.receipt, &self.keys(&parked.receipt), false).await? {
                self.receipts.unpark(&[parked.key]).await?;
            }
        }
        Ok(())
    }

    /// Whether the receipt's row was found and has taken it in.
    async fn settled(&self, receipt: &Receipt, keys: &[IdKey], doubtful: bool) -> Result<bool, StoreError> {
        let Some(part) = self.find(keys, &receipt.link, doubtful).await? else { return Ok(false) };
        let Some(change) = receipt.change(part.part, part.of) else { return Ok(true) };
        self.apply(receipt, part, change).await
    }

    // The exact text first. Of crossed readings, those that show a letter at once; those of digits alone only when
    // enough time has passed for an exact one to come.
    async fn find(
        &self,
        keys: &[IdKey],
        link: &LinkName,
        doubtful: bool,
    ) -> Result<Option<PartOf>, StoreError> {
        let wanted: Vec<_> = keys.iter().map(|key| key.key).collect();
        let found = self.receipts.find(&wanted, self.clock.now()).await?;
        let found: Vec<_> = keys.iter().zip(found).filter_map(|(key, part)| Some((key, part?))).collect();
        if let Some((_, part)) = found.iter().find(|(key, _)| !key.crossed) {
            return Ok(Some(*part));
        }
        let sure = |(key, part): &&(&IdKey, PartOf)| key.lettered || part.lettered;
        let known =
            found.iter().find(sure).or_else(|| found.first().filter(|_| doubtful)).map(|(_, part)| *part);
        if let Some(known) = known
            && found.iter().any(|(_, part)| (part.row, part.part) != (known.row, known.part))
        {
            Metrics::count(&self.metrics.receipts, link, "ambiguous");
        }
        Ok(known)
    }

    async fn apply(&self, receipt: &Receipt, part: PartOf, what: RowChange) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let event = RowEvent { person: part.person, id: part.row, at: now, what: what.clone() };
        let rows = self.outbox.record(&[event], now.plus(self.row_lease)).await?;
        let Some(row) = rows.into_iter().next().flatten() else {
            self.count(receipt, "gone");
            return Ok(true);
        };
        if !has_taken_in(&row, &what) {
            return Ok(false);
        }
        self.count(receipt, "matched");
        // Told once: by the receipt whose time the final state bears.
        if row.state.is_final() && row.state.since() == now {
            self.note(&row, receipt);
        }
        Ok(true)
    }

    fn note(&self, row: &Row, receipt: &Receipt) {
        let change = match &row.state {
            RowState::Failed { class, .. } => class.word(),
            RowState::Expired { .. } => "expired",
            RowState::Queued { .. }
            | RowState::Sending { .. }
            | RowState::Accepted { .. }
            | RowState::Delivered { .. }
            | RowState::Cancelled { .. } => "delivered",
        };
        Metrics::count(&self.metrics.rows, &receipt.link, change);
        let record = Record::Receipt {
            at: receipt.at.0,
            person: keyed(row.person.id),
            link: receipt.link.to_string(),
            purpose: format!("{:?}", row.purpose).to_lowercase(),
            message_id: receipt.id.clone(),
            maybe_dup: row.maybe_dup,
            result: change.to_owned(),
            code: receipt.code.clone(),
        };
        if self.records.try_send(record).is_err() {
            Metrics::count(&self.metrics.rows, "cdr", "lost");
        }
    }

    fn count(&self, receipt: &Receipt, kind: &'static str) {
        Metrics::count(&self.metrics.receipts, &receipt.link, kind);
    }

    pub(super) async fn keep(&self, tasks: &Tasks) {
        let mut stopping = tasks.stopping();
        loop {
            let full = match self.look().await {
                Ok(looked) => looked >= LOOK_MAX,
                Err(error) => {
                    tracing::warn!(%error, "parked receipts cannot be looked at");
                    false
                }
            };
            let pause = if full { Duration::ZERO } else { LOOK_EVERY };
            tokio::select! {
                () = stopping.wait() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One look at what is parked; how many were due.
    ///
    /// # Errors
    /// The store's.
    pub async fn look(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let due = self.receipts.due(now, now.plus(self.settle), LOOK_MAX).await?;
        let mut over = Vec::new();
        for parked in &due {
            if self.settled(&parked.receipt, &self.keys(&parked.receipt), true).await? {
                over.push(parked.key);
            } else if parked.until <= now {
                self.count(&parked.receipt, "orphaned");
                over.push(parked.key);
            }
        }
        self.receipts.unpark(&over).await?;
        let waiting = i64::try_from(self.receipts.parked().await?).unwrap_or(i64::MAX);
        Metrics::set(&self.metrics.owed, "parked_receipts", waiting);
        Ok(due.len())
    }
}
