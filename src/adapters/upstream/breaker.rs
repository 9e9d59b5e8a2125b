//! The circuit breaker of one service: when an office fails, it is left alone for a while and then asked once. Pure.

use crate::domain::time::Timestamp;
use core::time::Duration;

/// When a breaker trips and how long it rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Failures in a row that open it; fewer trips on a hiccup, more keeps people waiting.
    pub failures: u32,
    /// Failing for so long opens it too, from the second failure on: a service that is seldom called trips in time.
    pub after: Duration,
    /// The first rest; doubles with every failed probe.
    pub rest: Duration,
    /// The longest rest.
    pub rest_max: Duration,
}

/// Where a breaker stands.
// Closed -> Open (failures in a row, or failing for long) -> HalfOpen (its rest is over: one probe) -> Closed (it answered)
// HalfOpen -> Open (it failed; rests twice as long) | Open with its rest over (the probe was given up)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: u32, failing_since: Option<Timestamp> },
    Open { since: Timestamp, rest: Duration },
    HalfOpen { since: Timestamp, rest: Duration },
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// Make it.
    Call,
    /// Make it; the next ones wait for what becomes of it.
    Probe,
    /// Do not.
    Refuse,
}

/// One service's breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    trip: Trip,
    state: State,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(trip: Trip) -> Self {
        Self { trip, state: State::Closed { failures: 0, failing_since: None } }
    }

    /// Asks for a call at `now`. A probe that never reports back counts as given up after the longest rest.
    pub fn admit(&mut self, now: Timestamp) -> Admit {
        match self.state {
            State::Closed { .. } => Admit::Call,
            State::Open { since, rest } if now < since || now.since(since) >= rest => {
                self.state = State::HalfOpen { since: now, rest };
                Admit::Probe
            }
            State::HalfOpen { since, rest } if now < since || now.since(since) >= self.trip.rest_max => {
                self.state = State::HalfOpen { since: now, rest };
                Admit::Probe
            }
            State::Open { .. } | State::HalfOpen { .. } => Admit::Refuse,
        }
    }

    /// A call was answered. Late answers of calls made before it opened do not close it: only the probe does.
    pub fn succeeded(&mut self) {
        match self.state {
            State::Closed { .. } | State::HalfOpen { .. } => *self = Self::new(self.trip),
            State::Open { .. } => {}
        }
    }

    /// A call failed at `now`.
    pub fn failed(&mut self, now: Timestamp) {
        match self.state {
            State::Closed { failures, failing_since } => {
                let failures = failures.saturating_add(1);
                let since = failing_since.unwrap_or(now);
                let long = failures >= 2 && now.since(since) >= self.trip.after;
                self.state = if failures >= self.trip.failures || long {
                    State::Open { since: now, rest: self.trip.rest }
                } else {
                    State::Closed { failures, failing_since: Some(since) }
                };
            }
            State::HalfOpen { rest, .. } => {
                self.state = State::Open { since: now, rest: rest.saturating_mul(2).min(self.trip.rest_max) };
            }
            State::Open { .. } => {}
        }
    }

    /// A probe was given up without an answer either way: the next call probes again.
    pub fn abandoned(&mut self, now: Timestamp) {
        if let State::HalfOpen { rest, .. } = self.state {
            let since = Timestamp(now.0.saturating_sub(i64::try_from(rest.as_millis()).unwrap_or(i64::MAX)));
            self.state = State::Open { since, rest };
        }
    }

    /// Whether calls are refused or only probed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip() -> Trip {
        Trip {
            failures: 3,
            after: Duration::from_secs(4),
            rest: Duration::from_secs(2),
            rest_max: Duration::from_secs(5),
        }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp(secs * 1000)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(trip());
        for _ in 0..3 {
            breaker.failed(at(0));
        }
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_an_answer_between_starts_the_count_again() {
        let mut breaker = Breaker::new(trip());
        for _ in 0..5 {
            breaker.failed(at(0));
            breaker.failed(at(0));
            breaker.succeeded();
        }
        assert_eq!(breaker.admit(at(1)), Admit::Call);
        assert!(opened().is_open());
        assert_eq!(opened().admit(at(1)), Admit::Refuse);
    }

    #[test]
    fn a_seldom_called_service_opens_by_time() {
        let mut breaker = Breaker::new(trip());
        breaker.failed(at(0));
        assert!(!breaker.is_open());
        breaker.failed(at(4));
        assert!(breaker.is_open());
    }

    #[test]
    fn one_probe_goes_through_after_the_rest_and_closes_it() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(at(2)), Admit::Probe);
        assert_eq!(breaker.admit(at(2)), Admit::Refuse);
        breaker.succeeded();
        assert_eq!(breaker.admit(at(2)), Admit::Call);
    }

    #[test]
    fn a_failed_probe_rests_twice_as_long_up_to_the_longest() {
        let mut breaker = opened();
        let mut now = 2;
        for rest in [4, 5, 5] {
            assert_eq!(breaker.admit(at(now)), Admit::Probe);
            breaker.failed(at(now));
            assert_eq!(breaker.admit(at(now + rest - 1)), Admit::Refuse);
            now += rest;
        }
        assert_eq!(breaker.admit(at(now)), Admit::Probe);
    }

    #[test]
    fn a_probe_given_up_or_never_heard_of_again_lets_the_next_one_through() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(at(2)), Admit::Probe);
        breaker.abandoned(at(3));
        assert_eq!(breaker.admit(at(3)), Admit::Probe);
        assert_eq!(breaker.admit(at(8)), Admit::Probe);
    }

    #[test]
    fn a_late_answer_does_not_close_it_and_a_clock_set_back_does_not_jam_it() {
        let mut breaker = opened();
        breaker.succeeded();
        assert!(breaker.is_open());
        assert_eq!(breaker.admit(at(-100)), Admit::Probe);
    }
}
