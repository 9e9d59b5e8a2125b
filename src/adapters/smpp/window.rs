//! Requests that wait for their responses: sequence numbers, expiry; pure.

use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use tokio::time::Instant;

/// The largest `sequence_number` a request may have (SMPP 3.4 §3.2).
pub const SEQUENCE_MAX: u32 = 0x7FFF_FFFF;

/// Outstanding requests of one connection; `T` is what to do with the response. How many there may be is decided by
/// who holds a permit, not here.
// (none) --open--> outstanding --close(response)--> (none)
//                  outstanding --expired(now)--> (none);  outstanding --drain(link gone)--> (none)
#[derive(Debug)]
pub struct Window<T> {
    last: u32,
    timeout: Duration,
    waiting: HashMap<u32, (Instant, T)>,
    // One time-out for all, so the order of opening is the order of expiry.
    order: VecDeque<(Instant, u32)>,
}

impl<T> Window<T> {
    /// An empty window whose requests expire after `timeout`.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self { last: 0, timeout, waiting: HashMap::new(), order: VecDeque::new() }
    }

    /// Opens a request: its sequence number, never one that is still outstanding.
    pub fn open(&mut self, now: Instant, waiter: T) -> u32 {
        loop {
            self.last = if self.last >= SEQUENCE_MAX { 1 } else { self.last.saturating_add(1) };
            if !self.waiting.contains_key(&self.last) {
                break;
            }
        }
        let deadline = now.checked_add(self.timeout).unwrap_or(now);
        self.waiting.insert(self.last, (now, waiter));
        self.order.push_back((deadline, self.last));
        self.last
    }

    /// Closes a request by its response: when it was opened and what waits for it. `None`: nothing does (any more).
    pub fn close(&mut self, sequence: u32) -> Option<(Instant, T)> {
        let closed = self.waiting.remove(&sequence);
        while let Some((_, sequence)) = self.order.front()
            && !self.waiting.contains_key(sequence)
        {
            self.order.pop_front();
        }
        closed
    }

    /// Takes out what has expired.
    pub fn expired(&mut self, now: Instant) -> Vec<T> {
        let mut expired = Vec::new();
        while let Some((deadline, sequence)) = self.order.front().copied()
            && deadline <= now
        {
            self.order.pop_front();
            expired.extend(self.waiting.remove(&sequence).map(|(_, waiter)| waiter));
        }
        expired
    }

    /// Takes out everything, oldest first: the connection is gone.
    pub fn drain(&mut self) -> Vec<T> {
        let order = core::mem::take(&mut self.order);
        order
            .into_iter()
            .filter_map(|(_, sequence)| self.waiting.remove(&sequence))
            .map(|(_, waiter)| waiter)
            .collect()
    }

    /// How many are outstanding.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none is outstanding.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    #[cfg(test)]
    fn starting_after(mut self, last: u32) -> Self {
        self.last = last;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    const TIMEOUT: Duration = Duration::from_secs(10);

    #[test]
    fn numbers_wrap_within_the_allowed_range_and_skip_what_is_outstanding() {
        let now = instant();
        let mut window = Window::new(TIMEOUT).starting_after(SEQUENCE_MAX - 1);
        assert_eq!(window.open(now, 'a'), SEQUENCE_MAX);
        assert_eq!(window.open(now, 'b'), 1);
        window = window.starting_after(SEQUENCE_MAX);
        assert_eq!(window.open(now, 'c'), 2);
        assert_eq!(window.len(), 3);
    }

    #[test]
    fn a_response_closes_once_and_a_late_one_finds_nothing() {
        let now = instant();
        let mut window = Window::new(TIMEOUT);
        let (first, second) = (window.open(now, 'a'), window.open(now + TIMEOUT / 2, 'b'));
        assert_eq!(window.close(second), Some((now + TIMEOUT / 2, 'b')));
        assert_eq!(window.close(second), None);
        assert!(window.expired(now + TIMEOUT / 2).is_empty());
        assert_eq!(window.expired(now + TIMEOUT), vec!['a']);
        assert_eq!(window.close(first), None);
        assert!(window.is_empty() && window.order.is_empty());
    }

    #[test]
    fn everything_pending_comes_out_in_order_when_the_link_goes() {
        let now = instant();
        let mut window = Window::new(TIMEOUT);
        let closed = (window.open(now, 'a'), window.open(now, 'b'), window.open(now, 'c')).1;
        window.close(closed);
        assert_eq!(window.drain(), vec!['a', 'c']);
        assert!(window.is_empty());
    }
}
