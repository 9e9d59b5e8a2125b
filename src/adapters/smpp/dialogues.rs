//! Where the pages of waiting dialogues go: full addresses and handles as the network gave them; bounded, in memory.

use super::convert::ReplyTo;
use crate::domain::address::Msisdn;
use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use tokio::time::Instant;

/// Waiting dialogues of a link at most; a forgotten one is addressed by its handle and the settings.
const WAITING_MAX: usize = 4_096;
/// How long the end of a link is held back for a second page; no network keeps a silent dialogue open for longer.
const WAITED_FOR: Duration = Duration::from_secs(60);

/// Dialogues whose answer is a second turn, and how much is under way in all.
#[derive(Debug, Default)]
pub(super) struct Dialogues {
    known: HashMap<Msisdn, (Instant, ReplyTo)>,
    order: VecDeque<Msisdn>,
    // Turns and pushed pages that have not left yet. It stands here so that a dialogue that is taken to be answered is
    // never seen as neither waiting nor under way.
    under_way: usize,
}

impl Dialogues {
    pub(super) fn remember(&mut self, who: Msisdn, reply: ReplyTo, now: Instant) {
        if self.known.insert(who.clone(), (now, reply)).is_none() {
            self.order.push_back(who);
        }
        while self.order.len() > WAITING_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }

    pub(super) fn take(&mut self, who: &Msisdn) -> Option<ReplyTo> {
        // His place in `order` stays until it is the oldest; a later dialogue of his then may be forgotten early.
        self.known.remove(who).map(|(_, reply)| reply)
    }

    /// A turn has been read, or a page is being pushed.
    pub(super) fn begin(&mut self) {
        self.under_way = self.under_way.saturating_add(1);
    }

    /// Its page has left, or never will.
    pub(super) fn end(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Whether nothing is under way and, if `pages`, no second page is waited for.
    pub(super) fn are_quiet(&self, now: Instant, pages: bool) -> bool {
        let waits = |(since, _): &(Instant, ReplyTo)| now.duration_since(*since) < WAITED_FOR;
        self.under_way == 0 && !(pages && self.known.values().any(waits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::smpp::body::{Address, Sm};
    use crate::clock::instant;

    #[test]
    fn the_oldest_are_forgotten() {
        let (mut dialogues, now) = (Dialogues::default(), instant());
        let who = |number: usize| Msisdn::parse(&format!("7701{number:07}")).unwrap();
        let reply = ReplyTo::to(&Sm { source: Address::new(1, 1, "77011234567"), ..Sm::default() });
        for number in 0..WAITING_MAX + 10 {
            dialogues.remember(who(number), reply.clone(), now);
        }
        assert_eq!(dialogues.take(&who(9)), None);
        assert_eq!(dialogues.take(&who(10)), Some(reply));
        assert_eq!((dialogues.take(&who(10)), dialogues.known.len()), (None, WAITING_MAX - 1));
    }
    #[test]
    fn turns_and_fresh_second_pages_are_waited_for() {
        let (mut dialogues, now) = (Dialogues::default(), instant());
        let who = Msisdn::parse("77011234567").unwrap();
        let quiet = |dialogues: &Dialogues, at| [false, true].map(|pages| dialogues.are_quiet(at, pages));
        dialogues.begin();
        assert_eq!(quiet(&dialogues, now), [false, false]);
        dialogues.remember(who.clone(), ReplyTo::to(&Sm::default()), now);
        dialogues.end();
        assert_eq!(quiet(&dialogues, now), [true, false]);
        assert_eq!(quiet(&dialogues, now + WAITED_FOR), [true, true]);
        dialogues.take(&who);
        assert_eq!(quiet(&dialogues, now), [true, true]);
    }
}
