//! What Kopir writes by itself, held back: hours, the stop switch, caps, budgets. Replies pass without a look at the store.

use crate::clock::Clock;
use crate::domain::delivery::{DueId, Row, RowChange, RowState};
use crate::domain::sending::{self, Cap, Enough, PersonCaps, StoppedBy, Stops, Tally};
use crate::domain::time::Timestamp;
use crate::gateway::library::Library;
use crate::metrics::Metrics;
use crate::ports::{Outbox, Shared, StoreError};
use core::time::Duration;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// The shared record of the stop switch.
const STOPS: &str = "pushes/stops";
/// How old what is known of the switch may be; below the two seconds within which every gateway obeys.
const STOPS_AGE: Duration = Duration::from_secs(1);
/// When what is stopped, over its budget or without hours is looked at again.
const AGAIN: Duration = Duration::from_secs(60);
/// When a vacancy that is not known here is looked for again: above the time in which a gateway follows the snapshot.
const FOLLOWS: Duration = Duration::from_secs(15);
/// Rows of a person that are counted; more pushes than these within a week no cap allows.
const OWN_MAX: usize = 64;
/// Times a shared record is written again because another was faster.
const WRITES_MAX: usize = 8;

/// Caps, budgets and the loop guard, each with what more or less would do in config/default.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushLimits {
    /// On what one person gets.
    pub person: PersonCaps,
    /// On what goes to numbers that begin so.
    pub prefixes: BTreeMap<String, Cap>,
    /// SMS parts a campaign may cost; 0 is without limit.
    pub budget_segments: u64,
    /// Budgets of single campaigns.
    pub budgets: BTreeMap<String, u64>,
}

impl Default for PushLimits {
    fn default() -> Self {
        let cap = |most, hours: u64| Cap { most, within: Duration::from_secs(hours * 3_600) };
        let person = PersonCaps { day: cap(2, 24), week: cap(5, 168), same: cap(2, 24) };
        Self { person, prefixes: BTreeMap::new(), budget_segments: 0, budgets: BTreeMap::new() }
    }
}

/// Who may not be written to now, and why. Nothing about a person is kept here.
pub struct Pushes {
    outbox: Arc<dyn Outbox>,
    shared: Arc<dyn Shared>,
    library: Arc<Library>,
    clock: Clock,
    metrics: Metrics,
    limits: PushLimits,
    known: Mutex<(Option<Timestamp>, Arc<Stops>)>,
}

impl core::fmt::Debug for Pushes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Pushes({:?})", self.limits)
    }
}

/// What is known of the vacancies that a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StillOpen {
    /// All are open, or it names none.
    Yes,
    /// One of them is closed.
    No,
    /// One of them is not known here.
    Unknown,
}

impl Pushes {
    pub(super) fn new(parts: &crate::gateway::Parts) -> Self {
        Self {
            outbox: parts.outbox.clone(),
            shared: parts.shared.clone(),
            library: parts.library.clone(),
            clock: parts.clock.clone(),
            metrics: parts.metrics.clone(),
            limits: parts.limits.pushes.clone(),
            known: Mutex::default(),
        }
    }

    /// What is stopped, as it was a second ago at most; while the store is away, as last known.
    pub async fn stops(&self) -> Arc<Stops> {
        let now = self.clock.now();
        let (at, known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if at.is_some_and(|at| now.since(at) < STOPS_AGE) {
            return known;
        }
        match self.read(now).await {
            Ok((_, stops)) => self.learn(stops, now),
            Err(error) => {
                tracing::warn!(%error, "the stop switch cannot be read");
                known
            }
        }
    }

    fn learn(&self, stops: Stops, now: Timestamp) -> Arc<Stops> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known.1 != stops {
            tracing::warn!(
                all = stops.all.is_some(),
                campaigns = stops.campaigns.len(),
                "the stop switch was turned"
            );
        }
        let stopped = stops.campaigns.len() + usize::from(stops.all.is_some());
        let all = i64::from(stops.all.is_some());
        Metrics::set(&self.metrics.pushes_stopped, "all", all);
        Metrics::set(&self.metrics.pushes_stopped, "any", i64::try_from(stopped).unwrap_or(i64::MAX));
        let stops = Arc::new(stops);
        *known = (Some(now), stops.clone());
        stops
    }

    async fn read(&self, now: Timestamp) -> Result<(u64, Stops), StoreError> {
        let found = self.shared.get(STOPS, now).await?;
        Ok(found.map_or_else(Default::default, |(version, bytes)| {
            (version, postcard::from_bytes(&bytes).unwrap_or_default())
        }))
    }

    /// Turns the switch of all pushes or of one campaign; `Some` stops, `None` starts. What is stopped after it.
    ///
    /// # Errors
    /// The store's; too many stopped campaigns are `Away`.
    pub async fn turn(
        &self,
        campaign: Option<&str>,
        by: Option<StoppedBy>,
    ) -> Result<Arc<Stops>, StoreError> {
        let now = self.clock.now();
        for _ in 0..WRITES_MAX {
            let (version, mut stops) = self.read(now).await?;
            match (campaign, by.clone()) {
                (None, by) => stops.all = by,
                (Some(name), Some(by)) => drop(stops.campaigns.insert(name.to_owned(), by)),
                (Some(name), None) => drop(stops.campaigns.remove(name)),
            }
            if stops.campaigns.len() > sending::STOPS_MAX {
                return Err(StoreError::Away(
                    "too many stopped campaigns: stop all pushes instead".to_owned(),
                ));
            }
            let bytes = postcard::to_allocvec(&stops).unwrap_or_default();
            if self.shared.put(STOPS, version, &bytes, None, now).await? {
                return Ok(self.learn(stops, now));
            }
        }
        Err(StoreError::Away("the stop switch keeps changing".to_owned()))
    }

    /// What a look at the row, the clock and the switch says without the store: too late, held, or nothing.
    pub(super) fn glance(&self, row: &Row, stops: &Stops, now: Timestamp) -> Option<RowChange> {
        if now > row.latest {
            return Some(RowChange::Expired);
        }
        if stops.hold(row) {
            return Some(self.held(row, "stopped", now.plus(AGAIN)));
        }
        match sending::opening(&self.library.reference().sending, row, now) {
            Some(at) if at <= now => None,
            Some(at) => Some(self.held(row, "held_by_window", at)),
            None => Some(self.held(row, "held_by_window", now.plus(AGAIN.saturating_mul(60)))),
        }
    }

    /// Whether what a row names is still open, as this gateway's shelf has it.
    pub(super) fn still_open(&self, row: &Row, now: Timestamp) -> StillOpen {
        let shelf = self.library.reference().jobs.clone();
        let found = row.jobs.iter().map(|code| shelf.get(*code, now.date()).map(|(_, open)| open));
        found.fold(StillOpen::Yes, |all, one| match (all, one) {
            (StillOpen::No, _) | (_, Some(false)) => StillOpen::No,
            (StillOpen::Unknown, _) | (_, None) => StillOpen::Unknown,
            (StillOpen::Yes, Some(true)) => StillOpen::Yes,
        })
    }

    /// A row that names a vacancy that another gateway has read in and this one not yet.
    pub(super) fn held_unknown(&self, row: &Row, now: Timestamp) -> RowChange {
        self.held(row, "job_unknown", now.plus(FOLLOWS))
    }

    /// A row that waits past its latest time is looked at right after it, and expires then.
    fn held(&self, row: &Row, why: &'static str, until: Timestamp) -> RowChange {
        Metrics::count(&self.metrics.rows, &row.link, why);
        RowChange::Held { until: until.min(row.latest.plus(Duration::from_millis(1))) }
    }

    /// Whether a push that is about to leave is over a cap of its person or prefix. `batch`: what passed with it.
    pub(super) async fn capped(
        &self,
        row: &Row,
        batch: &[Row],
        now: Timestamp,
    ) -> Result<Option<RowChange>, StoreError> {
        if !sending::is_push(row.purpose) || !sending::is_first_try(row) {
            return Ok(None);
        }
        let mut own = self.outbox.list(row.person, OWN_MAX).await?;
        own.extend(batch.iter().filter(|other| other.person == row.person).map(|other| taken(other, now)));
        match sending::enough(&own, row, self.limits.person, now) {
            Some(Enough::Capped(until)) => return Ok(Some(self.held(row, "capped", until))),
            Some(Enough::Looped(until)) => return Ok(Some(self.held(row, "looped", until))),
            None => {}
        }
        let prefixes = &self.limits.prefixes;
        let prefix = sending::prefix_of(&row.to, prefixes.keys().map(String::as_str));
        if let Some((prefix, cap)) = prefix.and_then(|prefix| Some((prefix, *prefixes.get(prefix)?)))
            && let Err(until) = self.tally(&format!("pushes/prefix/{prefix}"), 1, cap, now).await?
        {
            return Ok(Some(self.held(row, "prefix_capped", until)));
        }
        Ok(None)
    }

    /// Charges the campaigns of `rows`, in one write each where the budget has room for all of its rows; those that are over it.
    pub(super) async fn spend(
        &self,
        rows: &[Row],
        now: Timestamp,
    ) -> Result<HashMap<DueId, RowChange>, StoreError> {
        let mut campaigns: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().filter(|row| sending::is_push(row.purpose) && sending::is_first_try(row)) {
            if let Some(campaign) = &row.campaign {
                campaigns.entry(campaign).or_default().push(row);
            }
        }
        let mut over = HashMap::new();
        for (campaign, rows) in campaigns {
            let most = *self.limits.budgets.get(campaign).unwrap_or(&self.limits.budget_segments);
            let budget = Cap { most: u32::try_from(most).unwrap_or(u32::MAX), within: Duration::MAX };
            let name = format!("pushes/campaign/{campaign}");
            let all = rows.iter().map(|row| sending::segments(row)).fold(0, u64::saturating_add);
            if self.tally(&name, all, budget, now).await?.is_ok() {
                continue;
            }
            for row in rows {
                if self.tally(&name, sending::segments(row), budget, now).await?.is_err() {
                    over.insert(row.id, self.held(row, "over_budget", now.plus(AGAIN)));
                }
            }
        }
        Ok(over)
    }

    async fn tally(
        &self,
        name: &str,
        more: u64,
        cap: Cap,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, StoreError> {
        for _ in 0..WRITES_MAX {
            let (version, mut tally) = match self.shared.get(name, now).await? {
                Some((version, bytes)) => (version, postcard::from_bytes(&bytes).unwrap_or_default()),
                None => (0, Tally { since: now, count: 0 }),
            };
            if let Err(until) = tally.count(more, cap, now) {
                return Ok(Err(until));
            }
            let bytes = postcard::to_allocvec(&tally).unwrap_or_default();
            if self.shared.put(name, version, &bytes, None, now).await? {
                return Ok(Ok(()));
            }
        }
        Err(StoreError::Away("a counter keeps changing".to_owned()))
    }
}

fn taken(row: &Row, now: Timestamp) -> Row {
    let state = RowState::Sending { at: now, attempt: 1, gateway: 0, link: row.link.clone() };
    Row { state, ..row.clone() }
}
