//! Deliveries remembered for a while, to tell a copy from an honest second: those refused after a commit of unknown outcome
//! (equal bytes are then a copy of what may be there), and those taken for a copy once because the bind had changed.

use crate::domain::envelope::StepKey;
use crate::domain::time::Timestamp;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Deliveries remembered; beyond it new ones are not: one whose first commit landed may act twice, and an honest second
/// over a new bind is taken for a copy until `copy_window` is over.
const REMEMBERED_MAX: usize = 8_192;

/// The deliveries of this node. Another node knows a copy by its bind.
#[derive(Debug, Default)]
pub(super) struct Remembered(Mutex<HashMap<StepKey, Timestamp>>);

impl Remembered {
    /// Remembers `content` at `now`.
    pub(super) fn note(&self, content: StepKey, now: Timestamp, keep: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_MAX {
            all.retain(|_, at| now.since(*at) < keep);
        }
        if all.len() < REMEMBERED_MAX {
            all.insert(content, now);
        }
    }

    /// Whether `content` is remembered from within `keep`.
    pub(super) fn has(&self, content: StepKey, now: Timestamp, keep: Duration) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&content).is_some_and(|at| now.since(*at) < keep)
    }

    /// It is answered: the next equal one is an honest second.
    pub(super) fn settle(&self, content: StepKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_remembered_until_it_is_answered_or_old_and_never_beyond_the_bound() {
        let (unsettled, keep) = (Remembered::default(), Duration::from_secs(120));
        let key = |n: usize| StepKey::of(&[&n.to_be_bytes()]);
        unsettled.note(key(0), Timestamp(0), keep);
        assert!(unsettled.has(key(0), Timestamp(119_999), keep));
        assert!(
            !unsettled.has(key(0), Timestamp(120_000), keep) && !unsettled.has(key(1), Timestamp(0), keep)
        );
        unsettled.settle(key(0));
        assert!(!unsettled.has(key(0), Timestamp(1), keep));
        for n in 0..REMEMBERED_MAX + 10 {
            unsettled.note(key(n), Timestamp(0), keep);
        }
        assert_eq!(unsettled.0.lock().unwrap().len(), REMEMBERED_MAX);
        unsettled.note(key(99_999), Timestamp(120_000), keep);
        assert!(unsettled.has(key(99_999), Timestamp(120_000), keep), "old ones make room");
    }
}
