//! Where the pages of waiting dialogues go: full addresses and handles as the network gave them; bounded, in memory.

use super::convert::ReplyTo;
use crate::domain::address::Msisdn;
use std::collections::{HashMap, VecDeque};

/// Waiting dialogues of a link at most; a forgotten one is addressed by its handle and the settings.
const WAITING_MAX: usize = 4_096;

/// Dialogues whose answer is a second turn.
#[derive(Debug, Default)]
pub(super) struct Dialogues {
    known: HashMap<Msisdn, ReplyTo>,
    order: VecDeque<Msisdn>,
}

impl Dialogues {
    pub(super) fn remember(&mut self, who: Msisdn, reply: ReplyTo) {
        if self.known.insert(who.clone(), reply).is_none() {
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
        self.known.remove(who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::smpp::body::{Address, Sm};

    #[test]
    fn the_oldest_are_forgotten() {
        let mut dialogues = Dialogues::default();
        let who = |number: usize| Msisdn::parse(&format!("7701{number:07}")).unwrap();
        let reply = ReplyTo::to(&Sm { source: Address::new(1, 1, "77011234567"), ..Sm::default() });
        for number in 0..WAITING_MAX + 10 {
            dialogues.remember(who(number), reply.clone());
        }
        assert_eq!(dialogues.take(&who(9)), None);
        assert_eq!(dialogues.take(&who(10)), Some(reply));
        assert_eq!((dialogues.take(&who(10)), dialogues.known.len()), (None, WAITING_MAX - 1));
    }
}
