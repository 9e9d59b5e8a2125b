//! When a bound connection asks whether the other end lives, and when it gives it up; pure.

use core::time::Duration;
use tokio::time::Instant;

/// The timers of one bound connection.
// Quiet --nothing read for `enquire`--> Asked --anything read--> Quiet
// Asked --nothing read for `response`--> Dead;  Quiet --nothing but enquire_link for `inactivity`--> Idle
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    enquire: Duration,
    response: Duration,
    inactivity: Option<Duration>,
    read: Instant,
    used: Instant,
    asked: Option<Instant>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Wait,
    /// Send `enquire_link`.
    Enquire,
    /// Nobody answers: close.
    Dead,
    /// Nothing but `enquire_link` for too long: unbind and bind again (some SMSCs forget a bind without closing it).
    Idle,
}

impl Timers {
    /// Timers that start at `now`. `enquire` after silence; `response` until silence after it is death; `inactivity`
    /// without messages, if the link has such a rule.
    #[must_use]
    pub fn new(now: Instant, enquire: Duration, response: Duration, inactivity: Option<Duration>) -> Self {
        Self { enquire, response, inactivity, read: now, used: now, asked: None }
    }

    /// Something was read; `message` when it was more than `enquire_link` and its response.
    pub fn read(&mut self, now: Instant, message: bool) {
        self.read = now;
        self.asked = None;
        if message {
            self.used = now;
        }
    }

    /// What to do at `now`.
    pub fn tick(&mut self, now: Instant) -> Action {
        if let Some(asked) = self.asked {
            return if now.duration_since(asked) >= self.response { Action::Dead } else { Action::Wait };
        }
        if self.inactivity.is_some_and(|most| now.duration_since(self.used) >= most) {
            return Action::Idle;
        }
        if now.duration_since(self.read) >= self.enquire {
            self.asked = Some(now);
            return Action::Enquire;
        }
        Action::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn silence_is_asked_about_once_and_then_is_death() {
        let start = instant();
        let mut timers = Timers::new(start, SECOND * 30, SECOND * 10, None);
        assert_eq!(timers.tick(start + SECOND * 29), Action::Wait);
        assert_eq!(timers.tick(start + SECOND * 30), Action::Enquire);
        assert_eq!(timers.tick(start + SECOND * 39), Action::Wait);
        assert_eq!(timers.tick(start + SECOND * 40), Action::Dead);
    }

    #[test]
    fn anything_read_is_a_sign_of_life() {
        let start = instant();
        let mut timers = Timers::new(start, SECOND * 30, SECOND * 10, None);
        assert_eq!(timers.tick(start + SECOND * 30), Action::Enquire);
        timers.read(start + SECOND * 35, false);
        assert_eq!(timers.tick(start + SECOND * 45), Action::Wait);
        assert_eq!(timers.tick(start + SECOND * 65), Action::Enquire);
    }

    #[test]
    fn a_bind_without_messages_is_renewed_where_that_is_asked_for() {
        let start = instant();
        let mut timers = Timers::new(start, SECOND * 30, SECOND * 10, Some(SECOND * 100));
        timers.read(start + SECOND * 99, false);
        assert_eq!(timers.tick(start + SECOND * 100), Action::Idle);
        timers.read(start + SECOND * 101, true);
        assert_eq!(timers.tick(start + SECOND * 102), Action::Wait);
    }
}
