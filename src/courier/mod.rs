//! The outbox on its way out: which link a row takes, what the link said, and what is recorded of it.
//!
//! The row is the truth (DESIGN invariant 6): it stands as `Sending` before its first octet leaves, and its place in the
//! link's window is held until `Accepted` is recorded. So a kill can double at most what one window held, and none is lost.

pub mod pushes;

use crate::clock::Clock;
use crate::domain::delivery::{
    DueId, FailureClass, Lane, Purpose, ReplyAddress, Row, RowChange, RowEvent, RowState,
};
use crate::domain::record::{Record, keyed};
use crate::domain::text::segment;
use crate::domain::time::Timestamp;
use crate::failpoint::{self, Point};
use crate::gateway::alerts;
use crate::gateway::receipts::Matcher;
use crate::metrics::Metrics;
use crate::ports::{Carrier, Letter, Outbox, Parked, Permit, StoreError, SubmitError, Submitted};
use crate::tasks::Tasks;
use core::time::Duration;
use pushes::{Pushes, StillOpen};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tokio::sync::watch;

/// Rows of a person among which one is looked for that only may have gone.
const OWN_MAX: usize = 256;
/// The longest pause between two tries to record what a link said.
const RECORD_PAUSE_MAX: Duration = Duration::from_secs(1);
/// Tries to record once the process stops; after that the lease recovers the row, flagged as possibly sent twice.
const RECORD_TRIES_STOPPING: u32 = 3;
/// The first pause after a refusal for now; doubles up to `PAUSE_MAX`.
const PAUSE: Duration = Duration::from_secs(1);
/// Longer would make a throttled link look dead, shorter would keep it throttled.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// Sends rows.
pub struct Courier {
    outbox: Arc<dyn Outbox>,
    carrier: Arc<dyn Carrier>,
    clock: Clock,
    metrics: Metrics,
    tasks: Tasks,
    records: mpsc::Sender<Record>,
    pushes: Pushes,
    matcher: Matcher,
    gateway: u64,
    row_lease: Duration,
    /// Rows between their first octet and their record: this gateway never takes up again what it still carries.
    /// Bounded by the windows of the links.
    carried: Mutex<HashSet<DueId>>,
    /// Batches of due replies that wait for places: they are older than what a turn is about to write.
    elders: watch::Sender<usize>,
}

/// Due replies wait for places; once dropped, turns may take them again.
#[derive(Debug)]
pub struct Elders<'a>(&'a watch::Sender<usize>);

impl Drop for Elders<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|batches| *batches = batches.saturating_sub(1));
    }
}

impl core::fmt::Debug for Courier {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Courier({:016x})", self.gateway)
    }
}

impl Courier {
    /// A courier of gateway `parts.id` over `carrier`.
    #[must_use]
    pub fn new(parts: &crate::gateway::Parts, carrier: Arc<dyn Carrier>) -> Arc<Self> {
        Arc::new(Self {
            outbox: parts.outbox.clone(),
            carrier,
            clock: parts.clock.clone(),
            metrics: parts.metrics.clone(),
            tasks: parts.tasks.clone(),
            records: parts.records.clone(),
            pushes: Pushes::new(parts),
            matcher: Matcher::new(parts),
            gateway: parts.id,
            row_lease: parts.limits.row_lease,
            carried: Mutex::default(),
            elders: watch::Sender::new(0),
        })
    }

    /// A place in a window for the whole of `text`, if one is free right now.
    #[must_use]
    pub fn admit(&self, row: &Row) -> Option<Permit> {
        self.carrier.admit(&row.link, segment::segment(&row.text).parts.len().max(1), row.purpose.lane())
    }

    /// A place in a window for the whole of a row, as soon as there is one.
    pub async fn free(&self, row: &Row) -> Permit {
        loop {
            if let Some(permit) = self.admit(row) {
                return permit;
            }
            self.carrier.ready(row.purpose.lane()).await;
        }
    }

    /// Says that due replies wait for places, until the guard is dropped.
    #[must_use]
    pub fn elders(&self) -> Elders<'_> {
        self.elders.send_modify(|batches| *batches = batches.saturating_add(1));
        Elders(&self.elders)
    }

    /// `admit` for a row that a turn is about to write: none while older replies wait for a place, which they would never
    /// get where letters come as fast as the window takes them.
    #[must_use]
    pub fn admit_fresh(&self, row: &Row) -> Option<Permit> {
        if *self.elders.borrow() > 0 { None } else { self.admit(row) }
    }

    /// `free` for a row that a turn is about to write: after older replies that wait.
    pub async fn free_fresh(&self, row: &Row) -> Permit {
        let mut elders = self.elders.subscribe();
        loop {
            // The sender is ours, so it is never gone.
            drop(elders.wait_for(|batches| *batches == 0).await);
            if let Some(permit) = self.admit_fresh(row) {
                return permit;
            }
            self.carrier.ready(row.purpose.lane()).await;
        }
    }

    /// What Kopir writes by itself, and whether it may.
    #[must_use]
    pub fn pushes(&self) -> &Pushes {
        &self.pushes
    }

    /// Expires what is too late and puts off what may not leave now, in one write; the others, campaigns taking turns.
    ///
    /// # Errors
    /// The store's; the rows are due again after their lease.
    pub async fn screen(&self, lane: Lane, rows: Vec<Row>) -> Result<Vec<Row>, StoreError> {
        let now = self.clock.now();
        let stops = if lane.is_bulk() { self.pushes.stops().await } else { Arc::default() };
        let (mut events, mut left) = (Vec::new(), Vec::with_capacity(rows.len()));
        for row in rows {
            if self.carried().contains(&row.id) {
                continue;
            }
            match self.pushes.glance(&row, &stops, now) {
                Some(what) => {
                    Metrics::count(&self.metrics.rows, &row.link, word(&what));
                    events.push(RowEvent { person: row.person, id: row.id, at: now, what });
                }
                None => left.push(row),
            }
        }
        if !events.is_empty() {
            self.outbox.record(&events, now.plus(self.row_lease)).await?;
        }
        Ok(if lane.is_bulk() { crate::domain::sending::fair(left) } else { left })
    }

    /// The state in which a row is committed: `Sending` with a permit in hand, else `Queued`.
    #[must_use]
    pub fn first_state(&self, permit: Option<&Permit>, at: Timestamp) -> RowState {
        match permit {
            Some(permit) => {
                RowState::Sending { at, attempt: 1, gateway: self.gateway, link: permit.link.clone() }
            }
            None => RowState::Queued { at, attempt: 0 },
        }
    }

    /// Sends a row that is recorded as `Sending` by this gateway.
    pub fn send(self: &Arc<Self>, row: Row, permit: Permit) {
        if !self.carried().insert(row.id) {
            return;
        }
        let courier = self.clone();
        self.tasks.spawn("send", async move {
            let id = row.id;
            courier.carry(row, permit).await;
            courier.carried().remove(&id);
        });
    }

    /// Takes up claimed rows in one write: expires what is too late, puts off what may not leave (hours may have closed and
    /// a stop come while it waited for its place), records the others as `Sending` and sends them.
    ///
    /// # Errors
    /// The store's; the rows are due again after their lease.
    pub async fn take_up(self: &Arc<Self>, rows: Vec<(Row, Permit)>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let rows: Vec<_> = {
            let carried = self.carried();
            rows.into_iter().filter(|(row, _)| !carried.contains(&row.id)).collect()
        };
        let push = rows.iter().any(|(row, _)| row.purpose.lane().is_bulk());
        let rows = if push { self.still_true(rows, now).await? } else { rows };
        let stops = if push { self.pushes.stops().await } else { Arc::default() };
        let (mut changes, mut passed) = (Vec::with_capacity(rows.len()), Vec::new());
        for (row, _) in &rows {
            let mut what = self.pushes.glance(row, &stops, now);
            if push && what.is_none() {
                what = self.pushes.capped(row, &passed, now).await?;
                if what.is_none() {
                    passed.push(row.clone());
                }
            }
            changes.push(what);
        }
        let mut over = self.pushes.spend(&passed, now).await?;
        let event = |((row, permit), what): (&(Row, Permit), Option<RowChange>)| {
            let sending = || RowChange::Sending { gateway: self.gateway, link: permit.link.clone() };
            let what = what.or_else(|| over.remove(&row.id)).unwrap_or_else(sending);
            RowEvent { person: row.person, id: row.id, at: now, what }
        };
        let events: Vec<RowEvent> = rows.iter().zip(changes).map(event).collect();
        let recorded = self.outbox.record(&events, now.plus(self.row_lease)).await?;
        for ((_, permit), row) in rows.into_iter().zip(recorded) {
            let Some(row) = row else { continue };
            if !matches!(&row.state, RowState::Sending { gateway, .. } if *gateway == self.gateway) {
                continue;
            }
            if row.maybe_dup {
                Metrics::count(&self.metrics.rows, &permit.link, "maybe_dup");
            }
            self.send(row, permit);
            failpoint::reached(Point::BatchHalfSent);
        }
        Ok(())
    }

    /// The rows without those that name a vacancy which is not open: closed, they are cancelled, and their persons looked at
    /// again; not known here, they wait until this gateway has followed.
    async fn still_true(
        &self,
        rows: Vec<(Row, Permit)>,
        now: Timestamp,
    ) -> Result<Vec<(Row, Permit)>, StoreError> {
        let (mut left, mut events, mut closed) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for (row, permit) in rows {
            let event = |what| RowEvent { person: row.person, id: row.id, at: now, what };
            match self.pushes.still_open(&row, now) {
                StillOpen::Yes => left.push((row, permit)),
                StillOpen::Unknown => events.push(event(self.pushes.held_unknown(&row, now))),
                StillOpen::No => {
                    // One that was recovered is given back first, since what is on its way cannot be cancelled; it may have left.
                    if matches!(row.state, RowState::Sending { .. }) {
                        events.push(event(RowChange::Held { until: now }));
                    }
                    events.push(event(RowChange::Cancelled));
                    Metrics::count(&self.metrics.rows, &row.link, "job_closed");
                    closed.push(row);
                }
            }
        }
        if !events.is_empty() {
            self.outbox.record(&events, now.plus(self.row_lease)).await?;
        }
        for row in closed {
            let reply = ReplyAddress { to: row.to, from: row.from, link: row.link, network: Vec::new() };
            let again = alerts::look_at(row.person, reply, now, true);
            // Not to be lost: his next look finds out by itself that the letter never left.
            if let Err(error) = self.outbox.settle_due(row.person, again.id, Some(again)).await {
                tracing::warn!(%error, "a person is looked at again on his next day");
            }
        }
        Ok(left)
    }

    async fn carry(&self, row: Row, permit: Permit) {
        let now = self.clock.now();
        let letter = Letter {
            id: row.id,
            lane: row.purpose.lane(),
            to: row.to.clone(),
            from: row.from.clone(),
            text: row.text.clone(),
            reference: reference(&row),
            validity: row.latest.since(now),
            // A receipt for a reply costs another PDU pair and tells nobody anything.
            receipt: row.purpose != Purpose::Reply,
        };
        failpoint::reached(Point::LetterBefore);
        let result = self.carrier.submit(&permit, &letter).await;
        let now = self.clock.now();
        let change = match &result {
            Ok(Submitted { ids, sequence }) => {
                failpoint::reached(Point::SubmitAnswered);
                Some(RowChange::Accepted { message_ids: ids.clone(), sequence: *sequence })
            }
            // The SMSC may have it: nothing is recorded, the lease recovers the row and flags it.
            Err(SubmitError::Unknown | SubmitError::Partly { .. }) => None,
            Err(SubmitError::Down) => Some(RowChange::Deferred { retry: now.plus(PAUSE) }),
            Err(SubmitError::Later { .. }) => Some(RowChange::Deferred { retry: now.plus(pause(&row)) }),
            Err(SubmitError::Never { status, class }) => {
                Some(RowChange::Failed { class: *class, code: format!("{status:#010x}") })
            }
        };
        Metrics::count(&self.metrics.rows, &permit.link, change.as_ref().map_or("unknown", word));
        if let Some(RowChange::Failed { class, .. }) = &change {
            Metrics::count(&self.metrics.failed, &permit.link, class_word(*class));
        }
        self.note(&row, &permit, &letter, &result);
        let ids = if letter.receipt { known_ids(&result) } else { &[] };
        if change.is_none() && ids.is_empty() {
            return;
        }
        let parked = self.record_surely(&row, &permit, ids, (change, now)).await;
        failpoint::reached(Point::AcceptedRecorded);
        drop(permit);
        if !parked.is_empty()
            && let Err(error) = self.matcher.rematch(parked).await
        {
            tracing::warn!(%error, "parked receipts are left for the next look");
        }
    }

    /// Records what a link said, for as long as it takes: the place in the window is held meanwhile, so that no more is
    /// sent than can be accounted for. `ids`: under which a receipt is awaited, also of parts of a text that is not whole;
    /// what came for them already.
    async fn record_surely(
        &self,
        row: &Row,
        permit: &Permit,
        ids: &[String],
        (change, at): (Option<RowChange>, Timestamp),
    ) -> Vec<Parked> {
        let stopping = self.tasks.stopping();
        let mut stopped_tries = 0;
        let mut pause = Duration::from_millis(100);
        loop {
            let error = match self.try_record(row, permit, ids, (change.clone(), at)).await {
                Ok(parked) => return parked,
                Err(error) => error,
            };
            stopped_tries += u32::from(stopping.is_now());
            if !error.retryable() || stopped_tries >= RECORD_TRIES_STOPPING {
                tracing::error!(link = %permit.link, %error, "could not record what became of a row");
                return Vec::new();
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(RECORD_PAUSE_MAX);
        }
    }

    // The ids first: a kill in between loses no receipt. A row that is gone by then takes them along: who has had
    // everything deleted leaves nothing behind.
    async fn try_record(
        &self,
        row: &Row,
        permit: &Permit,
        ids: &[String],
        (what, at): (Option<RowChange>, Timestamp),
    ) -> Result<Vec<Parked>, StoreError> {
        let parked = match ids {
            [] => Vec::new(),
            ids => self.matcher.expect(row, &permit.link, ids).await?,
        };
        let stands = match what {
            Some(what) => {
                let event = RowEvent { person: row.person, id: row.id, at, what };
                let rows = self.outbox.record(&[event], at.plus(self.row_lease)).await?;
                rows.iter().any(Option::is_some)
            }
            None => self.outbox.list(row.person, OWN_MAX).await?.iter().any(|own| own.id == row.id),
        };
        if stands || ids.is_empty() {
            return Ok(parked);
        }
        self.matcher.forget(row, &permit.link, ids).await?;
        Ok(Vec::new())
    }

    fn carried(&self) -> MutexGuard<'_, HashSet<DueId>> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, row: &Row, permit: &Permit, letter: &Letter, result: &Result<Submitted, SubmitError>) {
        let (message_id, sequence, result) = match result {
            Ok(Submitted { ids, sequence }) => {
                (ids.last().cloned().unwrap_or_default(), *sequence, "accepted".to_owned())
            }
            Err(SubmitError::Never { status, .. }) => (String::new(), None, format!("{status:#010x}")),
            Err(
                SubmitError::Later { .. }
                | SubmitError::Down
                | SubmitError::Unknown
                | SubmitError::Partly { .. },
            ) => return,
        };
        let record = Record::Sent {
            at: self.clock.now().0,
            person: keyed(row.person.id),
            link: permit.link.to_string(),
            short: row.from.clone(),
            purpose: format!("{:?}", row.purpose).to_lowercase(),
            segments: segment::segment(&letter.text).parts.len(),
            message_id,
            sequence,
            maybe_dup: row.maybe_dup,
            result,
        };
        if self.records.try_send(record).is_err() {
            Metrics::count(&self.metrics.rows, "cdr", "lost");
        }
    }
}

/// The ids of parts that are there: of the whole text, or of what came before a part that was not taken.
fn known_ids(result: &Result<Submitted, SubmitError>) -> &[String] {
    match result {
        Ok(Submitted { ids, .. }) | Err(SubmitError::Partly { ids }) => ids,
        Err(
            SubmitError::Unknown | SubmitError::Down | SubmitError::Later { .. } | SubmitError::Never { .. },
        ) => &[],
    }
}

/// The reference that links the parts of a long text: from the row's id, so that a resend is the same message.
fn reference(row: &Row) -> u16 {
    let [high, low, ..] = row.id.0;
    u16::from_be_bytes([high, low])
}

/// The pause before the next try: doubling with each, up to `PAUSE_MAX`.
fn pause(row: &Row) -> Duration {
    let attempt = if let RowState::Sending { attempt, .. } = &row.state { u32::from(*attempt) } else { 1 };
    PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(9)).min(PAUSE_MAX)
}

fn word(change: &RowChange) -> &'static str {
    match change {
        RowChange::Sending { .. } => "sending",
        RowChange::Accepted { .. } => "accepted",
        RowChange::Deferred { .. } => "deferred",
        RowChange::Delivered | RowChange::PartDelivered { .. } => "delivered",
        RowChange::Failed { .. } => "failed",
        RowChange::Expired => "expired",
        RowChange::Held { .. } => "held",
        RowChange::Cancelled => "cancelled",
    }
}

fn class_word(class: FailureClass) -> &'static str {
    match class {
        FailureClass::DeadNumber => "dead_number",
        FailureClass::Refused => "refused",
        FailureClass::Malformed => "malformed",
        FailureClass::Exhausted => "exhausted",
        FailureClass::Undelivered => "undelivered",
    }
}
