//! Parts of long inbound letters, joined in any order; pure, bounded in count, octets and age.
//!
//! No part is acknowledged before the whole letter is committed: parts stand in memory alone, and a crash must not lose
//! what the network believes delivered. The response of a part is withheld for `hold`; then it is refused for now, and its
//! octets are kept for `keep` all the same. So an SMSC that sends one PDU at a time gets through too: it gives up part 1
//! for a while, sends part 2, the letter is complete and committed, and part 1, coming again, is known as done.

use super::convert::Part;
use super::dialect::Alphabet;
use super::settings::JoinSettings;
use crate::domain::address::Msisdn;
use crate::domain::envelope::{Copy, StepKey};
use bytes::Bytes;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap, VecDeque};
use tokio::time::Instant;

/// Which letter a part belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    from: Msisdn,
    to: String,
    reference: u16,
    total: u8,
}

/// A letter that is whole.
#[derive(Debug)]
pub struct Whole<R> {
    /// Its parts, for `Joiner::done`.
    pub parts: Vec<(Key, StepKey)>,
    /// Who.
    pub from: Msisdn,
    /// To which number.
    pub to: String,
    /// How it is coded.
    pub alphabet: Alphabet,
    /// Its octets, in order.
    pub octets: Vec<u8>,
    /// By what the whole is known.
    pub copy: Copy,
    /// The parts' responses that are still owed.
    pub owed: Vec<R>,
}

/// What a part led to.
#[derive(Debug)]
pub enum Joined<R> {
    /// The rest is awaited. `dropped` are responses owed by a letter that had to give way: refuse them for now.
    Held {
        /// See there.
        dropped: Vec<R>,
    },
    /// This was the last of them.
    Whole(Box<Whole<R>>),
    /// The letter was committed before: acknowledge.
    Known(R),
}

/// Unfinished letters of one link; `R` is how a part is answered.
#[derive(Debug)]
pub struct Joiner<R> {
    limits: JoinSettings,
    open: HashMap<Key, Open<R>>,
    octets: usize,
    done: HashMap<Key, (StepKey, Instant)>,
    done_order: VecDeque<(Instant, Key)>,
}

#[derive(Debug)]
struct Open<R> {
    since: Instant,
    parts: BTreeMap<u8, (Bytes, Copy)>,
    alphabet: Alphabet,
    owed: Vec<(Instant, R)>,
}

// open --last part--> taken (Whole) --done(key)--> known for `keep`;  taken --not committed--> the network sends again
// open --older than `keep`, or no room--> dropped
impl<R> Joiner<R> {
    /// Nothing held yet.
    #[must_use]
    pub fn new(limits: JoinSettings) -> Self {
        Self { limits, open: HashMap::new(), octets: 0, done: HashMap::new(), done_order: VecDeque::new() }
    }

    /// Takes a part; `owed` is how it is answered.
    pub fn take(&mut self, part: Part, owed: R, now: Instant) -> Joined<R> {
        let key = Key {
            from: part.from.clone(),
            to: part.to.clone(),
            reference: part.concat.reference,
            total: part.concat.total,
        };
        // The same reference may come back for another letter, so only the very part is known.
        if self
            .done
            .get(&key.part(part.concat.number))
            .is_some_and(|(content, _)| *content == part.copy.content)
        {
            return Joined::Known(owed);
        }
        let mut dropped = Vec::new();
        if !self.open.contains_key(&key) {
            dropped = self.make_room(part.octets.len());
        }
        let open = self.open.entry(key.clone()).or_insert_with(|| Open {
            since: now,
            parts: BTreeMap::new(),
            alphabet: part.alphabet,
            owed: Vec::new(),
        });
        self.octets = self.octets.saturating_add(part.octets.len());
        if let Some((before, _)) = open.parts.insert(part.concat.number, (part.octets, part.copy)) {
            self.octets = self.octets.saturating_sub(before.len());
        }
        open.owed.push((now, owed));
        if open.parts.len() < usize::from(key.total) {
            return Joined::Held { dropped };
        }
        match self.open.remove(&key) {
            Some(open) => {
                self.octets = self.octets.saturating_sub(open.octets());
                Joined::Whole(Box::new(open.whole(key)))
            }
            None => Joined::Held { dropped },
        }
    }

    /// The letter was committed: its parts are acknowledged when they come again.
    pub fn done(&mut self, parts: Vec<(Key, StepKey)>, now: Instant) {
        for (key, content) in parts {
            self.done.insert(key.clone(), (content, now));
            self.done_order.push_back((now, key));
        }
        let most = self.limits.letters.saturating_mul(4);
        let keep = Duration::from_secs(self.limits.keep_secs);
        while let Some((at, key)) = self.done_order.front()
            && (now.duration_since(*at) >= keep || self.done.len() > most)
        {
            if self.done.get(key).is_some_and(|(_, since)| since == at) {
                self.done.remove(key);
            }
            self.done_order.pop_front();
        }
    }

    /// Responses that have been withheld long enough: refuse them for now. Letters that are too old are let go.
    pub fn tick(&mut self, now: Instant) -> Vec<R> {
        let hold = Duration::from_millis(self.limits.hold_ms);
        let keep = Duration::from_secs(self.limits.keep_secs);
        let mut refused = Vec::new();
        for open in self.open.values_mut() {
            let old = now.duration_since(open.since) >= keep;
            refused.extend(
                open.owed
                    .extract_if(.., |(since, _)| old || now.duration_since(*since) >= hold)
                    .map(|(_, owed)| owed),
            );
        }
        let gone: usize = self
            .open
            .extract_if(|_, open| now.duration_since(open.since) >= keep)
            .map(|(_, open)| open.octets())
            .sum();
        self.octets = self.octets.saturating_sub(gone);
        refused
    }

    /// Letters that are not whole yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn make_room(&mut self, octets: usize) -> Vec<R> {
        let mut dropped = Vec::new();
        while self.open.len() >= self.limits.letters
            || (self.octets.saturating_add(octets) > self.limits.octets && !self.open.is_empty())
        {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.since).map(|(key, _)| key.clone());
            let Some(open) = oldest.and_then(|key| self.open.remove(&key)) else { break };
            self.octets = self.octets.saturating_sub(open.octets());
            dropped.extend(open.owed.into_iter().map(|(_, owed)| owed));
        }
        dropped
    }
}

impl Key {
    // A part's own key; `/` is in no number.
    fn part(&self, number: u8) -> Self {
        Self { to: format!("{}/{number}", self.to), ..self.clone() }
    }
}

impl<R> Open<R> {
    fn octets(&self) -> usize {
        self.parts.values().map(|(octets, _)| octets.len()).sum()
    }

    fn whole(self, key: Key) -> Whole<R> {
        let steps: Vec<&[u8]> = self.parts.values().map(|(_, copy)| copy.step.0.as_slice()).collect();
        let contents: Vec<&[u8]> = self.parts.values().map(|(_, copy)| copy.content.0.as_slice()).collect();
        let newest = self.parts.values().map(|(_, copy)| copy.bind).next_back().unwrap_or_default();
        let copy = Copy {
            step: StepKey::of(&steps),
            content: StepKey::of(&contents),
            bind: newest,
            doubtful: self.parts.values().any(|(_, copy)| copy.doubtful),
        };
        let parts = self.parts.iter().map(|(number, (_, copy))| (key.part(*number), copy.content)).collect();
        Whole {
            parts,
            from: key.from,
            to: key.to,
            alphabet: self.alphabet,
            octets: self.parts.values().flat_map(|(octets, _)| octets.iter().copied()).collect(),
            copy,
            owed: self.owed.into_iter().map(|(_, owed)| owed).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::smpp::udh::Concat;
    use crate::clock::instant;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn part(reference: u16, total: u8, number: u8, text: &str) -> Part {
        let content = StepKey::of(&[&reference.to_be_bytes(), &[total, number], text.as_bytes()]);
        Part {
            from: Msisdn::parse("77011234567").unwrap(),
            to: "1414".to_owned(),
            concat: Concat { reference, total, number },
            alphabet: Alphabet::Gsm7,
            octets: Bytes::copy_from_slice(text.as_bytes()),
            copy: Copy { step: content, content, bind: 1, doubtful: false },
        }
    }

    fn limits() -> JoinSettings {
        JoinSettings { hold_ms: 5_000, keep_secs: 60, letters: 4, octets: 100 }
    }

    proptest! {
        #[test]
        fn parts_join_in_any_order_with_any_duplicates(
            order in Just((1_u8..=5).collect::<Vec<_>>()).prop_shuffle(),
            twice in prop::collection::vec(1_u8..=5, 0..4),
        ) {
            let now = instant();
            let mut joiner = Joiner::new(limits());
            let (last, before) = order.split_last().unwrap();
            let early: Vec<u8> = twice.into_iter().filter(|number| number != last).chain(before.iter().copied()).collect();
            for number in &early {
                let held = joiner.take(part(7, 5, *number, &format!("<{number}>")), *number, now);
                let is_held = matches!(held, Joined::Held { .. });
                prop_assert!(is_held);
            }
            let Joined::Whole(whole) = joiner.take(part(7, 5, *last, &format!("<{last}>")), *last, now) else {
                return Err(TestCaseError::fail("not whole"));
            };
            prop_assert_eq!(String::from_utf8(whole.octets).unwrap(), "<1><2><3><4><5>");
            prop_assert_eq!(whole.owed.len(), early.len() + 1);
            prop_assert_eq!((joiner.len(), joiner.octets), (0, 0));
        }
    }

    #[test]
    fn an_smsc_that_sends_one_at_a_time_gets_through() {
        let now = instant();
        let mut joiner = Joiner::new(limits());
        assert!(matches!(joiner.take(part(1, 2, 1, "a"), 'a', now), Joined::Held { .. }));
        assert!(joiner.tick(now + SECOND * 4).is_empty());
        assert_eq!(joiner.tick(now + SECOND * 5), vec!['a']);
        let Joined::Whole(whole) = joiner.take(part(1, 2, 2, "b"), 'b', now + SECOND * 6) else { panic!() };
        assert_eq!((whole.octets.as_slice(), whole.owed.as_slice()), (&b"ab"[..], &['b'][..]));
        joiner.done(whole.parts, now + SECOND * 6);
        assert!(matches!(joiner.take(part(1, 2, 1, "a"), 'c', now + SECOND * 7), Joined::Known('c')));
        // Another letter under the same reference is another letter.
        assert!(matches!(joiner.take(part(1, 2, 1, "x"), 'd', now + SECOND * 8), Joined::Held { .. }));
    }

    #[test]
    fn what_is_held_has_bounds_and_an_age() {
        let now = instant();
        let mut joiner = Joiner::new(limits());
        for reference in 0..4_u16 {
            joiner.take(part(reference, 2, 1, "12345"), reference, now + SECOND * u32::from(reference));
        }
        let Joined::Held { dropped } = joiner.take(part(9, 2, 1, "12345"), 9, now + SECOND * 4) else {
            panic!()
        };
        assert_eq!((dropped, joiner.len()), (vec![0], 4));
        let Joined::Held { dropped } = joiner.take(part(10, 2, 1, &"x".repeat(90)), 10, now + SECOND * 5)
        else {
            panic!()
        };
        assert_eq!((dropped, joiner.len(), joiner.octets), (vec![1, 2], 3, 100));
        assert_eq!(joiner.tick(now + SECOND * 100).len(), 3);
        assert_eq!((joiner.len(), joiner.octets), (0, 0));
    }
}
