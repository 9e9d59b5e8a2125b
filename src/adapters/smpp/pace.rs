//! How fast a link may be fed after its SMSC has asked to slow down: closed for a while, longer each time; pure.

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
// Open --Throttled--> Closed(pause doubles) --time--> Open;  Taken halves the pause
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    pause: Duration,
    closed: Option<Instant>,
}

impl Pace {
    /// Until when nothing should be sent.
    #[must_use]
    pub fn closed_until(&self, now: Instant) -> Option<Instant> {
        self.closed.filter(|until| *until > now)
    }

    /// Notes what the SMSC said. Refusals of what was in flight when the link closed count once.
    pub fn after(&mut self, verdict: Verdict, now: Instant) {
        match verdict {
            Verdict::Taken => self.pause /= 2,
            Verdict::Throttled if self.closed_until(now).is_none() => {
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

    #[test]
    fn a_link_closes_longer_each_time_and_opens_by_itself() {
        let mut now = instant();
        let mut pace = Pace::default();
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
