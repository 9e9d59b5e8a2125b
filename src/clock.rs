//! The one clock: everything else takes `now`; tests and rehearsals move a manual one.

use crate::domain::time::Timestamp;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where "now" comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// The wall clock, and so many milliseconds ahead of it: time that can be hurried.
    Ahead(Arc<AtomicI64>),
    /// Moved by hand.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.0)))
    }

    /// The wall clock, which can be hurried.
    #[must_use]
    pub fn ahead() -> Self {
        Self::Ahead(Arc::default())
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => wall(),
            Self::Ahead(by) => Timestamp(wall().0.saturating_add(by.load(Ordering::SeqCst))),
            Self::Manual(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a clock on that can be moved; does nothing to the wall clock.
    pub fn advance(&self, by: Duration) {
        match self {
            Self::System => {}
            Self::Ahead(at) | Self::Manual(at) => {
                at.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
            }
        }
    }
}

fn wall() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one sanctioned place for the wall clock")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A moment of tokio's monotonic clock, for time-outs and durations (paused in tests).
#[must_use]
pub fn instant() -> tokio::time::Instant {
    #[expect(clippy::disallowed_methods, reason = "the one sanctioned place for the monotonic clock")]
    tokio::time::Instant::now()
}
