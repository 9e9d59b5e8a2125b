//! How long to wait before the next try to connect: full jitter, so that many links do not come back as one; pure.

use core::time::Duration;

/// Waits between `least` and a cap that doubles from `least` to `most`.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    least: Duration,
    most: Duration,
    tries: u32,
}

impl Backoff {
    /// No try failed yet.
    #[must_use]
    pub fn new(least: Duration, most: Duration) -> Self {
        Self { least, most: most.max(least), tries: 0 }
    }

    /// The next wait; `random` is any number, all of its range equally likely.
    // Full jitter below `least` would hammer a peer that has just refused, so `least` is the floor.
    pub fn next(&mut self, random: u32) -> Duration {
        self.tries = self.tries.saturating_add(1);
        let doubled = 2_u32.checked_pow(self.tries).unwrap_or(u32::MAX);
        let cap = self.least.saturating_mul(doubled).min(self.most);
        let span = cap.saturating_sub(self.least);
        let part = f64::from(random) / f64::from(u32::MAX);
        self.least.saturating_add(span.mul_f64(part))
    }

    /// A bind has succeeded.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_stay_between_the_floor_and_a_doubling_cap(randoms in proptest::collection::vec(any::<u32>(), 1..80)) {
            let (least, most) = (Duration::from_millis(500), Duration::from_secs(30));
            let mut backoff = Backoff::new(least, most);
            for (tries, random) in (1_u32..).zip(randoms) {
                let wait = backoff.next(random);
                prop_assert!(wait >= least && wait <= most);
                prop_assert!(wait <= least * 2_u32.saturating_pow(tries.min(20)));
            }
        }
    }

    #[test]
    fn success_starts_over() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        for _ in 0..10 {
            backoff.next(u32::MAX);
        }
        assert_eq!(backoff.next(u32::MAX), Duration::from_secs(60));
        backoff.reset();
        assert_eq!(backoff.next(u32::MAX), Duration::from_secs(2));
    }
}
