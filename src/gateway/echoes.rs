//! Letters from one number so fast that a machine answers a machine: the gateway stops answering first.

use crate::domain::person::PersonId;
use crate::domain::session::Tries;
use crate::domain::time::Timestamp;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Numbers counted at once; beyond it new ones are not, and are answered.
const COUNTED_MAX: usize = 65_536;
/// The span in which letters are counted.
const SPAN: Duration = Duration::from_secs(60);

/// What a letter gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    /// Its answer.
    Answer,
    /// One polite last word.
    Last,
    /// Nothing.
    Silence,
}

/// The letters of the last minute by person; of this node alone, since a loop runs over one link.
#[derive(Debug, Default)]
pub(super) struct Echoes(Mutex<HashMap<PersonId, Tries>>);

impl Echoes {
    /// Counts a letter. `most` a minute are answered; 0 is without limit.
    pub(super) fn heard(&self, person: PersonId, now: Timestamp, most: u16) -> Echo {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= COUNTED_MAX {
            all.retain(|_, tries| now.since(tries.since) < SPAN);
        }
        if most == 0 || all.len() >= COUNTED_MAX {
            return Echo::Answer;
        }
        let tries = all.entry(person).or_insert(Tries { since: now, count: 0 });
        if now.since(tries.since) >= SPAN {
            *tries = Tries { since: now, count: 0 };
        }
        tries.count = tries.count.saturating_add(1);
        match tries.count.cmp(&most.saturating_add(1)) {
            core::cmp::Ordering::Less => Echo::Answer,
            core::cmp::Ordering::Equal => Echo::Last,
            core::cmp::Ordering::Greater => Echo::Silence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_gets_one_last_word_and_a_person_is_answered_again_after_a_minute() {
        let echoes = Echoes::default();
        let (one, other) = (PersonId([1; 17]), PersonId([2; 17]));
        let heard: Vec<Echo> = (0..5).map(|n| echoes.heard(one, Timestamp(n), 2)).collect();
        use Echo::{Answer, Last, Silence};
        assert_eq!(heard, [Answer, Answer, Last, Silence, Silence]);
        assert_eq!(echoes.heard(other, Timestamp(5), 2), Answer);
        assert_eq!(echoes.heard(one, Timestamp(60_000), 2), Answer);
        assert_eq!(echoes.heard(one, Timestamp(60_001), 0), Answer);
    }
}
