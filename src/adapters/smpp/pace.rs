//! How fast a link is fed with letters: a rate counted in PDUs, halved when the SMSC asks to slow down and raised again
//! step by step (AIMD), and a pause that grows while it keeps asking; pure.

use core::time::Duration;
use tokio::time::Instant;

/// The first pause after `ESME_RTHROTTLED` or `ESME_RMSGQFUL`.
const PAUSE_LEAST: Duration = Duration::from_millis(100);
/// The longest; an SMSC that is full for longer is asked this often.
const PAUSE_MOST: Duration = Duration::from_secs(5);

/// What the SMSC said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It took one.
    Taken,
    /// It asks to slow down.
    Throttled,
}

/// The pace of one link.
// Open --Throttled--> Closed(pause doubles, rate halves) --time--> Open;  Taken halves the pause, raises the rate
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// PDUs a second at most; 0 is without limit.
    most: f64,
    rate: f64,
    /// PDUs that may leave at once; below zero after a letter of several.
    tokens: f64,
    filled: Instant,
    pause: Duration,
    closed: Option<Instant>,
}

impl Pace {
    /// At most `rate_pdus` a second; 0 is without limit.
    #[must_use]
    pub fn new(rate_pdus: u32, now: Instant) -> Self {
        let most = f64::from(rate_pdus);
        Self { most, rate: most, tokens: 1.0, filled: now, pause: Duration::ZERO, closed: None }
    }

    /// PDUs a second at which it is fed now; 0 is without limit.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Until when nothing should be sent.
    #[must_use]
    pub fn closed_until(&self, now: Instant) -> Option<Instant> {
        let paused = self.closed.filter(|until| *until > now);
        let tokens = self.tokens_at(now);
        if paused.is_some() || self.most <= 0.0 || tokens >= 1.0 {
            return paused;
        }
        now.checked_add(Duration::from_secs_f64(((1.0 - tokens) / self.rate.max(1.0)).clamp(0.001, 60.0)))
    }

    /// Notes that a letter of so many PDUs leaves; every one of them counts.
    pub fn took(&mut self, pdus: u32, now: Instant) {
        self.tokens = self.tokens_at(now) - f64::from(pdus);
        self.filled = now;
    }

    // A tenth of a second's worth may leave at once, one PDU at the least.
    fn tokens_at(&self, now: Instant) -> f64 {
        let since = now.duration_since(self.filled).as_secs_f64();
        since.mul_add(self.rate, self.tokens).min((self.rate / 10.0).max(1.0))
    }

    /// Notes what the SMSC said. Refusals of what was in flight when the link closed count once.
    pub fn after(&mut self, verdict: Verdict, now: Instant) {
        match verdict {
            Verdict::Taken => {
                self.pause /= 2;
                self.tokens = self.tokens_at(now);
                self.filled = now;
                self.rate = (self.rate + self.most / 100.0).min(self.most);
            }
            Verdict::Throttled if self.closed.is_none_or(|until| until <= now) => {
                self.tokens = self.tokens_at(now);
                self.filled = now;
                self.rate = (self.rate / 2.0).max(1.0).min(self.most);
                self.pause = self.pause.saturating_mul(2).clamp(PAUSE_LEAST, PAUSE_MOST);
                self.closed = now.checked_add(self.pause);
            }
            Verdict::Throttled => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    /// PDUs that leave within `seconds` when every open moment is used for a letter of `pdus`.
    fn sent(pace: &mut Pace, mut now: Instant, seconds: u64, pdus: u32) -> u32 {
        let (end, mut count) = (now + Duration::from_secs(seconds), 0);
        while now < end {
            match pace.closed_until(now) {
                Some(until) => now = until,
                None => {
                    pace.took(pdus, now);
                    count += pdus;
                }
            }
        }
        count
    }

    #[test]
    fn the_rate_counts_pdus_not_letters_and_halves_when_asked() {
        let now = instant();
        for pdus in [1, 3] {
            let count = sent(&mut Pace::new(50, now), now, 10, pdus);
            assert!((495..=510).contains(&count), "{count} PDUs of 500");
        }
        let mut pace = Pace::new(50, now);
        pace.after(Verdict::Throttled, now);
        let count = sent(&mut pace, now, 10, 1);
        assert!((240..=256).contains(&count), "{count} PDUs of 250");
        for _ in 0..50 {
            pace.after(Verdict::Taken, now + Duration::from_secs(10));
        }
        let count = sent(&mut pace, now + Duration::from_secs(10), 10, 1);
        assert!((495..=510).contains(&count), "{count} PDUs of 500 again");
    }

    #[test]
    fn a_link_closes_longer_each_time_and_opens_by_itself() {
        let mut now = instant();
        let mut pace = Pace::new(0, now);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pace.after(Verdict::Throttled, now);
            pace.after(Verdict::Throttled, now);
            let until = pace.closed_until(now).unwrap();
            pauses.push(until.duration_since(now).as_millis());
            assert_eq!(pace.closed_until(until), None);
            now = until;
        }
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        pace.after(Verdict::Taken, now);
        pace.after(Verdict::Throttled, now);
        assert_eq!(pace.closed_until(now).map(|until| until.duration_since(now)), Some(PAUSE_MOST));
        for _ in 0..10 {
            pace.after(Verdict::Taken, now);
        }
        pace.after(Verdict::Throttled, now + PAUSE_MOST);
        assert_eq!(pace.closed_until(now + PAUSE_MOST), Some(now + PAUSE_MOST + PAUSE_LEAST));
    }
}
