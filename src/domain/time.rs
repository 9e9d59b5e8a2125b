//! A point in time as the domain sees it: milliseconds since 1970 UTC, always handed in, never read.

use core::time::Duration;
use serde::{Deserialize, Serialize};

/// The time zone in which people and offices of Kazakhstan read dates (a name, since the offset changed in 2024).
pub const ZONE: &str = "Asia/Almaty";

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `after` this one; saturates at the end of time.
    #[must_use]
    pub fn plus(self, after: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The civil date in `ZONE`.
    #[must_use]
    pub fn date(self) -> jiff::civil::Date {
        self.zoned().date()
    }

    /// This moment in `ZONE`; the epoch when the value lies outside what a calendar holds.
    #[must_use]
    pub fn zoned(self) -> jiff::ZonedDateTime {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let zone = jiff::tz::TimeZone::get(ZONE).unwrap_or(jiff::tz::TimeZone::UTC);
        stamp.to_zoned_datetime(zone)
    }
}
