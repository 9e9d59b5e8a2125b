//! Durations in buckets of three per cent, and the report that is made of them.

use core::time::Duration;
use serde::{Deserialize, Serialize};

/// Buckets of one power of two above 64 µs; the width of a bucket is 1/32 of its value.
const STEPS: usize = 32;
/// Enough for 2^40 µs.
const BUCKETS: usize = STEPS * 40;

/// Counted durations; bounded, whatever the load.
#[derive(Clone, Debug)]
pub(super) struct Durations {
    buckets: Vec<u64>,
    count: u64,
    max_us: u64,
}

impl Default for Durations {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0, max_us: 0 }
    }
}

/// The bucket of a duration: exact up to 63 µs, then five bits after the leading one.
fn bucket(micros: u64) -> usize {
    let shift = 64_u32.saturating_sub(micros.leading_zeros()).saturating_sub(6);
    let at = u64::from(shift).saturating_mul(32).saturating_add(micros >> shift);
    usize::try_from(at).unwrap_or(usize::MAX).min(BUCKETS.saturating_sub(1))
}

/// The longest duration of a bucket.
fn longest(at: usize) -> u64 {
    let shift = (at / STEPS).saturating_sub(1);
    let head = u64::try_from(at.saturating_sub(shift.saturating_mul(STEPS))).unwrap_or(0);
    (head.saturating_add(1) << shift).saturating_sub(1)
}

impl Durations {
    pub(super) fn add(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(count) = self.buckets.get_mut(bucket(micros)) {
            *count = count.saturating_add(1);
        }
        self.count = self.count.saturating_add(1);
        self.max_us = self.max_us.max(micros);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine = mine.saturating_add(*theirs);
        }
        self.count = self.count.saturating_add(other.count);
        self.max_us = self.max_us.max(other.max_us);
    }

    /// The duration that so many of a thousand did not exceed.
    pub(super) fn permille(&self, n: u64) -> u64 {
        let wanted = self.count.saturating_mul(n).div_ceil(1000).max(1);
        let mut seen = 0_u64;
        for (at, count) in self.buckets.iter().enumerate() {
            seen = seen.saturating_add(*count);
            if seen >= wanted {
                return longest(at).min(self.max_us);
            }
        }
        self.max_us
    }
}

/// What a run measured. Times are microseconds from message to answer, at the generator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What was driven.
    pub work: String,
    /// How long, in milliseconds.
    pub took_ms: u64,
    /// Answers that came: replies to letters, screens of dialogues.
    pub answers: u64,
    /// Answers a second.
    pub answers_per_s: u64,
    /// Dialogues carried to their end (0 for letters).
    pub dialogues: u64,
    /// Half of the answers came within.
    pub p50_us: u64,
    /// 99 of 100 came within.
    pub p99_us: u64,
    /// 999 of 1,000 came within.
    pub p999_us: u64,
    /// The last came within.
    pub max_us: u64,
    /// Messages that nobody answered by the end and its patience.
    pub lost: u64,
    /// Answers that nobody waited for.
    pub duplicates: u64,
    /// Dialogues that were refused, timed out or ended in an error.
    pub failed: u64,
    /// Events the generator itself missed; figures with any are not to be trusted.
    pub missed: u64,
}

impl Report {
    /// Fills in what follows from the durations.
    pub(super) fn timed(mut self, took: Duration, durations: &Durations) -> Self {
        self.took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.answers = durations.count;
        self.answers_per_s = durations.count.saturating_mul(1000) / self.took_ms.max(1);
        self.p50_us = durations.permille(500);
        self.p99_us = durations.permille(990);
        self.p999_us = durations.permille(999);
        self.max_us = durations.max_us;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_are_right_within_three_per_cent() {
        let mut durations = Durations::default();
        for micros in 1..=10_000 {
            durations.add(Duration::from_micros(micros));
        }
        assert!((5_000..=5_160).contains(&durations.permille(500)), "{}", durations.permille(500));
        assert!((9_900..=10_000).contains(&durations.permille(990)), "{}", durations.permille(990));
        assert_eq!(durations.permille(1000), 10_000);
    }

    proptest! {
        #[test]
        fn every_duration_lies_in_its_bucket(micros in 0_u64..1 << 39) {
            let at = bucket(micros);
            prop_assert!(longest(at) >= micros);
            prop_assert!(at == 0 || longest(at - 1) < micros);
        }
    }
}
