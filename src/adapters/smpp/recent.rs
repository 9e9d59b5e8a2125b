//! What became of the last responses of a link, so that equal octets can be known as a copy where they must be; pure.

use crate::domain::envelope::StepKey;
use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use tokio::time::Instant;

/// Deliveries remembered; a forgotten one is taken for new, which is what it most likely is.
const REMEMBERED_MAX: usize = 8_192;

/// Deliveries whose first response is outstanding, came late, or was never written.
#[derive(Debug)]
pub struct Recent {
    late_after: Duration,
    keep: Duration,
    open: HashMap<StepKey, Instant>,
    order: VecDeque<(Instant, StepKey)>,
}

impl Recent {
    /// Remembers for `keep`; a response is late after `late_after`.
    #[must_use]
    pub fn new(late_after: Duration, keep: Duration) -> Self {
        Self { late_after, keep, open: HashMap::new(), order: VecDeque::new() }
    }

    /// A delivery with this content has come. Whether the first one's response is late, or was never written.
    pub fn arrived(&mut self, content: StepKey, now: Instant) -> bool {
        self.forget(now);
        let first = self.open.get(&content).copied();
        let late = first.is_some_and(|first| now.duration_since(first) >= self.late_after);
        if first.is_none() || late {
            // The copy's own response counts from now: once it is given in time, the next is no copy any more.
            self.open.insert(content, now);
            self.order.push_back((now, content));
        }
        late
    }

    /// Its response was handed to the writer. A late one stays remembered.
    pub fn answered(&mut self, content: StepKey, now: Instant) {
        if self.open.get(&content).is_some_and(|first| now.duration_since(*first) < self.late_after) {
            self.open.remove(&content);
        }
    }

    fn forget(&mut self, now: Instant) {
        while let Some((at, content)) = self.order.front().copied() {
            let gone = self.open.get(&content) != Some(&at);
            let full = self.open.len() >= REMEMBERED_MAX;
            if !gone && !full && now.duration_since(at) < self.keep {
                break;
            }
            self.order.pop_front();
            if !gone {
                self.open.remove(&content);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    const SECOND: Duration = Duration::from_secs(1);

    fn recent() -> Recent {
        Recent::new(SECOND * 5, SECOND * 60)
    }

    #[test]
    fn two_honest_nines_are_two() {
        let (now, nine) = (instant(), StepKey([9; 16]));
        let mut recent = recent();
        assert!(!recent.arrived(nine, now));
        assert!(!recent.arrived(nine, now + SECOND));
        recent.answered(nine, now + SECOND);
        assert!(!recent.arrived(nine, now + SECOND * 2));
    }

    #[test]
    fn equal_octets_after_a_late_or_lost_response_are_a_copy() {
        let (now, late, lost) = (instant(), StepKey([1; 16]), StepKey([2; 16]));
        let mut recent = recent();
        assert!(!recent.arrived(late, now) && !recent.arrived(lost, now));
        recent.answered(late, now + SECOND * 6);
        assert!(recent.arrived(late, now + SECOND * 7) && recent.arrived(lost, now + SECOND * 7));
        recent.answered(late, now + SECOND * 8);
        assert!(!recent.arrived(late, now + SECOND * 20) && recent.arrived(lost, now + SECOND * 20));
        assert!(!recent.arrived(lost, now + SECOND * 81));
    }

    #[test]
    fn memory_is_bounded() {
        let now = instant();
        let mut recent = recent();
        for number in 0..20_000_u32 {
            recent.arrived(StepKey::of(&[&number.to_be_bytes()]), now);
        }
        assert!(recent.open.len() <= REMEMBERED_MAX && recent.order.len() <= REMEMBERED_MAX);
    }
}
