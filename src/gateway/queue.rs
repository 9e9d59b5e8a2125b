//! Turns of one person run in order; different persons never wait for each other; what is urgent goes first.

use crate::domain::person::PersonId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Turns of one person that may wait; an 17th is refused as busy, so that one phone cannot fill the process.
const WAITING_PER_PERSON_MAX: usize = 16;

/// The queues of all persons with a turn under way.
#[derive(Clone, Debug)]
pub(super) struct Queues {
    lines: Arc<Mutex<HashMap<PersonId, VecDeque<oneshot::Sender<()>>>>>,
    persons_max: usize,
}

/// A place in a person's queue. Dropping it, at any time, lets the next one in.
#[derive(Debug)]
pub(super) struct Place {
    person: PersonId,
    queues: Queues,
    called: Option<oneshot::Receiver<()>>,
}

impl Queues {
    /// Queues for at most `persons_max` persons at once.
    #[must_use]
    pub(super) fn new(persons_max: usize) -> Self {
        Self { lines: Arc::default(), persons_max }
    }

    /// Takes a place, now; `urgent` goes before everything that waits. `None` when too much waits.
    #[must_use]
    pub(super) fn enter(&self, person: PersonId, urgent: bool) -> Option<Place> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let called = if let Some(line) = lines.get_mut(&person) {
            if line.len() >= WAITING_PER_PERSON_MAX && !urgent {
                return None;
            }
            let (call, called) = oneshot::channel();
            if urgent {
                line.push_front(call);
            } else {
                line.push_back(call);
            }
            Some(called)
        } else {
            if lines.len() >= self.persons_max {
                return None;
            }
            lines.insert(person, VecDeque::new());
            None
        };
        Some(Place { person, queues: self.clone(), called })
    }

    /// Persons with a turn under way.
    #[must_use]
    pub(super) fn busy(&self) -> usize {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn leave(&self, person: PersonId) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get_mut(&person) {
            // A waiter who has gone away in the meantime does not take the call: the next one is tried.
            while let Some(call) = line.pop_front() {
                if call.send(()).is_ok() {
                    return;
                }
            }
            lines.remove(&person);
        }
    }
}

impl Place {
    /// Waits until it is this one's turn.
    pub(super) async fn called(&mut self) {
        if let Some(called) = self.called.as_mut() {
            // The sender is only dropped together with the queues themselves.
            drop(called.await);
            self.called = None;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self.called.as_mut() {
            // Still waiting: closing the channel makes `leave` skip this place, unless the call was already on its way.
            Some(called) => {
                called.close();
                if called.try_recv().is_ok() {
                    self.queues.leave(self.person);
                }
            }
            None => self.queues.leave(self.person),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u8) -> PersonId {
        PersonId([n; 17])
    }

    fn ready(place: &mut Place) -> bool {
        use core::future::Future;
        use core::task::{Context, Poll, Waker};
        let mut called = Box::pin(place.called());
        matches!(called.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()))
    }

    #[test]
    fn one_person_waits_for_himself_and_for_nobody_else() {
        let queues = Queues::new(10);
        let mut first = queues.enter(person(1), false).unwrap();
        let mut second = queues.enter(person(1), false).unwrap();
        let mut other = queues.enter(person(2), false).unwrap();
        assert!(ready(&mut first) && ready(&mut other) && !ready(&mut second));
        drop(first);
        assert!(ready(&mut second));
        drop((second, other));
        assert_eq!(queues.busy(), 0);
    }

    #[test]
    fn what_is_urgent_goes_before_all_that_waits() {
        let queues = Queues::new(10);
        let first = queues.enter(person(1), false).unwrap();
        let mut second = queues.enter(person(1), false).unwrap();
        let mut stop = queues.enter(person(1), true).unwrap();
        drop(first);
        assert!(ready(&mut stop) && !ready(&mut second));
        drop(stop);
        assert!(ready(&mut second));
    }

    #[test]
    fn a_waiter_who_left_is_skipped_and_a_full_queue_refuses() {
        let queues = Queues::new(1);
        let first = queues.enter(person(1), false).unwrap();
        let gone = queues.enter(person(1), false).unwrap();
        let mut third = queues.enter(person(1), false).unwrap();
        assert!(queues.enter(person(2), false).is_none(), "another person is over the bound");
        drop(gone);
        drop(first);
        assert!(ready(&mut third));
        let waiting: Vec<_> =
            (0..WAITING_PER_PERSON_MAX).map(|_| queues.enter(person(1), false).unwrap()).collect();
        assert!(queues.enter(person(1), false).is_none());
        assert!(queues.enter(person(1), true).is_some(), "STOP is never refused for being one too many");
        drop(waiting);
        drop(third);
        assert_eq!(queues.busy(), 0);
    }
}
