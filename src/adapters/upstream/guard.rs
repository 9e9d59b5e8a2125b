//! Stands before an office: time, retries, breaker and crowd are bounded here, and what comes back is always an answer.

use super::breaker::{Admit, Breaker};
use super::contract;
use super::held::Held;
use super::settings::GuardSettings;
use crate::clock::{Clock, instant};
use crate::domain::address::Msisdn;
use crate::domain::service::{Answer, Call, ServiceSpec};
use crate::domain::time::Timestamp;
use crate::domain::value::Values;
use crate::metrics::Metrics;
use crate::ports::{Upstream, UpstreamError};
use crate::tasks::Tasks;
use async_trait::async_trait;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Writes of held answers under way at once; a slow store then costs freshness, never an answer.
const KEEPING_MAX: usize = 32;

/// One service at one office, guarded.
pub struct Guarded {
    inner: Arc<dyn Upstream>,
    spec: &'static ServiceSpec,
    settings: GuardSettings,
    breaker: Mutex<Breaker>,
    room: Arc<Semaphore>,
    held: Option<Held>,
    keeping: Arc<Semaphore>,
    clock: Clock,
    metrics: Metrics,
    tasks: Tasks,
}

/// What every guard of a process shares.
#[derive(Clone, Debug)]
pub struct Around {
    /// Now.
    pub clock: Clock,
    /// Figures.
    pub metrics: Metrics,
    /// Where held answers are written.
    pub tasks: Tasks,
}

impl core::fmt::Debug for Guarded {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Guarded")
            .field("service", &self.spec.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Guarded {
    /// `inner` guarded for `spec`; `held` is `None` where nothing may be kept.
    #[must_use]
    pub fn new(
        inner: Arc<dyn Upstream>,
        spec: &'static ServiceSpec,
        settings: GuardSettings,
        held: Option<Held>,
        around: &Around,
    ) -> Self {
        let guarded = Self {
            inner,
            spec,
            settings,
            breaker: Mutex::new(Breaker::new(settings.trip())),
            room: Arc::new(Semaphore::new(settings.concurrency)),
            held,
            keeping: Arc::new(Semaphore::new(KEEPING_MAX)),
            clock: around.clock.clone(),
            metrics: around.metrics.clone(),
            tasks: around.tasks.clone(),
        };
        Metrics::set(&guarded.metrics.breaker, spec.name, 0);
        guarded
    }

    /// Asks the office within all bounds. Never fails: what is not answered has an outcome too.
    pub async fn ask(&self, call: &Call, to: &Msisdn) -> Answer {
        let began = instant();
        let asked = self.admitted(call, to).await;
        Metrics::took(&self.metrics.upstream_seconds, self.spec.name, began.elapsed());
        let (kind, answer) = match asked {
            Ok(answer) => {
                self.keep(call, &answer);
                ("answered", answer)
            }
            Err(missed) => (missed.kind(), self.without(call, missed).await),
        };
        Metrics::count(&self.metrics.upstream, self.spec.name, kind);
        answer
    }

    async fn admitted(&self, call: &Call, to: &Msisdn) -> Result<Answer, Missed> {
        let _room = self.room.try_acquire().map_err(|_| Missed::Full)?;
        let admit = self.change(Breaker::admit);
        if admit == Admit::Refuse {
            return Err(Missed::Open);
        }
        let probe = Probe { guard: self, reported: false };
        let asked = tokio::time::timeout(self.settings.timeout(), self.tries(call, to)).await;
        let asked = asked.unwrap_or(Err(UpstreamError::Slow));
        probe.report(asked.is_ok());
        asked.map_err(|error| {
            self.log(&error);
            Missed::Failed(error)
        })
    }

    /// One try, and one more under the same key where that is safe and there is still time.
    async fn tries(&self, call: &Call, to: &Msisdn) -> Result<Answer, UpstreamError> {
        match self.once(call, to).await {
            Err(error) if error.retryable() && self.spec.idempotent => {
                Metrics::count(&self.metrics.upstream, self.spec.name, "retried");
                self.once(call, to).await
            }
            other => other,
        }
    }

    async fn once(&self, call: &Call, to: &Msisdn) -> Result<Answer, UpstreamError> {
        let answer = tokio::time::timeout(self.settings.try_timeout(), self.inner.call(call, to)).await;
        let answer = answer.unwrap_or(Err(UpstreamError::Slow))?;
        contract::checked(answer, self.spec).map_err(|error| UpstreamError::Broken(error.to_string()))
    }

    /// The last known answer with its date, else that there is none.
    async fn without(&self, call: &Call, missed: Missed) -> Answer {
        if let Some(held) = &self.held
            && self.spec.outcomes.contains(&"old")
        {
            let got =
                tokio::time::timeout(self.settings.held_timeout(), held.get(call, self.clock.now())).await;
            if let Ok(Some(known)) = got {
                Metrics::count(&self.metrics.upstream, self.spec.name, "old");
                return Answer { outcome: "old".to_owned(), values: known.values };
            }
        }
        let slow =
            matches!(missed, Missed::Failed(UpstreamError::Slow)) && self.spec.outcomes.contains(&"slow");
        let outcome = if slow { "slow" } else { "down" };
        Answer { outcome: outcome.to_owned(), values: Values::new() }
    }

    /// Holds what was found, forgets what the office no longer knows; beside the turn, so that it costs no time.
    fn keep(&self, call: &Call, answer: &Answer) {
        let (Some(held), Ok(place)) = (self.held.clone(), self.keeping.clone().try_acquire_owned()) else {
            return;
        };
        let found = answer.outcome == "found";
        if !found && answer.outcome != "unknown" {
            return;
        }
        let (call, answer, now) = (call.clone(), answer.clone(), self.clock.now());
        let limit = self.settings.timeout();
        self.tasks.spawn("hold-answer", async move {
            let _place = place;
            let write = async {
                if found { held.put(&call, &answer, now).await } else { held.forget(&call, now).await }
            };
            match tokio::time::timeout(limit, write).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "an answer could not be held"),
                Err(_) => tracing::warn!("an answer could not be held in time"),
            }
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Breaker, Timestamp) -> T) -> T {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        let before = breaker.is_open();
        let result = change(&mut breaker, self.clock.now());
        let after = breaker.is_open();
        drop(breaker);
        if before != after {
            tracing::warn!(service = self.spec.name, open = after, "breaker changed");
            Metrics::set(&self.metrics.breaker, self.spec.name, i64::from(after));
        }
        result
    }

    fn log(&self, error: &UpstreamError) {
        if error.retryable() {
            tracing::debug!(service = self.spec.name, %error, "upstream did not answer");
        } else {
            tracing::error!(service = self.spec.name, %error, "upstream needs an operator");
        }
    }
}

#[async_trait]
impl Upstream for Guarded {
    async fn call(&self, call: &Call, to: &Msisdn) -> Result<Answer, UpstreamError> {
        Ok(self.ask(call, to).await)
    }

    async fn healthy(&self) -> bool {
        let open = self.breaker.lock().unwrap_or_else(PoisonError::into_inner).is_open();
        !open && tokio::time::timeout(Duration::from_secs(2), self.inner.healthy()).await.unwrap_or(false)
    }
}

/// Why there is no fresh answer.
#[derive(Debug)]
enum Missed {
    Full,
    Open,
    Failed(UpstreamError),
}

impl Missed {
    fn kind(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Open => "open",
            Self::Failed(UpstreamError::Away(_)) => "away",
            Self::Failed(UpstreamError::Slow) => "slow",
            Self::Failed(UpstreamError::Broken(_)) => "broken",
            Self::Failed(UpstreamError::Refused(_)) => "refused",
        }
    }
}

/// A call that the breaker let through. The gateway may give a call up when its grace is over: then the breaker is told
/// so, or a half-open one would wait for ever.
struct Probe<'a> {
    guard: &'a Guarded,
    reported: bool,
}

impl Probe<'_> {
    fn report(mut self, answered: bool) {
        self.reported = true;
        self.guard.change(|breaker, now| if answered { breaker.succeeded() } else { breaker.failed(now) });
    }
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        if !self.reported {
            self.guard.change(Breaker::abandoned);
        }
    }
}
