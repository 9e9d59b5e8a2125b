//! How long a name or an address waits after wrong passwords; bounded, and pure but for its lock.

use crate::domain::time::Timestamp;
use core::time::Duration;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Names and addresses remembered at most; the ones that have waited longest are forgotten first.
const KEPT_MAX: usize = 4_096;
/// A failure is forgotten after this.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);
/// Wrong passwords that cost nothing yet: for a name (a person mistypes) and for an address (an office shares one).
const FREE_OF_NAME: u32 = 4;
const FREE_OF_ADDRESS: u32 = 12;
/// The longest wait of a name: short, since a stranger can lock a name from outside by failing on purpose.
const WAIT_OF_NAME_MAX: Duration = Duration::from_secs(60);
/// The longest wait of an address.
const WAIT_OF_ADDRESS_MAX: Duration = Duration::from_secs(900);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Name(String),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Failed {
    times: u32,
    last: Timestamp,
    until: Timestamp,
}

/// The waits of everybody who failed lately.
#[derive(Default)]
pub(super) struct Backoff(Mutex<HashMap<Who, Failed>>);

impl Backoff {
    /// How much longer this name from this address has to wait; `None` when it may try. Asked before any hash.
    pub(super) fn wait(&self, name: &str, from: IpAddr, now: Timestamp) -> Option<Duration> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = whos(name, from).into_iter().filter_map(|who| kept.get(&who));
        waits.map(|failed| failed.until.since(now)).max().filter(|wait| !wait.is_zero())
    }

    /// Notes a try before its password is judged, so that tries side by side count too; `succeeded` takes it back.
    pub(super) fn tried(&self, name: &str, from: IpAddr, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for who in whos(name, from) {
            let (free, longest) = match who {
                Who::Name(_) => (FREE_OF_NAME, WAIT_OF_NAME_MAX),
                Who::Address(_) => (FREE_OF_ADDRESS, WAIT_OF_ADDRESS_MAX),
            };
            if kept.len() >= KEPT_MAX && !kept.contains_key(&who) {
                make_room(&mut kept, now);
            }
            let failed = kept.entry(who).or_insert(Failed { times: 0, last: now, until: now });
            if now.since(failed.last) > FORGOTTEN_AFTER {
                failed.times = 0;
            }
            failed.times = failed.times.saturating_add(1);
            failed.last = now;
            // 1, 2, 4 … seconds from the first try beyond the free ones.
            let wait = failed.times.checked_sub(free).map_or(0, |over| 1_u64 << over.min(20)) / 2;
            failed.until = now.plus(Duration::from_secs(wait).min(longest));
        }
    }

    /// The name has proved itself; its address keeps all but this try, or one known password would free many guesses.
    pub(super) fn succeeded(&self, name: &str, from: IpAddr) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&Who::Name(name.to_owned()));
        if let Some(failed) = kept.get_mut(&Who::Address(network(from))) {
            failed.times = failed.times.saturating_sub(1);
        }
    }
}

fn whos(name: &str, from: IpAddr) -> [Who; 2] {
    [Who::Name(name.to_owned()), Who::Address(network(from))]
}

/// An IPv6 customer has a whole /64.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        IpAddr::V4(address) => IpAddr::V4(address),
    }
}

/// Forgets who has waited long enough, else the one whose last failure is oldest.
fn make_room(kept: &mut HashMap<Who, Failed>, now: Timestamp) {
    kept.retain(|_, failed| now.since(failed.last) <= FORGOTTEN_AFTER);
    if kept.len() >= KEPT_MAX {
        let oldest = kept.iter().min_by_key(|(_, failed)| failed.last).map(|(who, _)| who.clone());
        if let Some(oldest) = oldest {
            kept.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_name_waits_longer_and_longer_and_never_more_than_a_minute() {
        let backoff = Backoff::default();
        let mut waits = Vec::new();
        for _ in 0..12 {
            backoff.tried("aigul", HERE, NOW);
            waits.push(backoff.wait("aigul", HERE, NOW).map_or(0, |wait| wait.as_secs()));
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.wait("aigul", HERE, NOW.plus(WAIT_OF_NAME_MAX)), None);
        backoff.succeeded("aigul", HERE);
        assert_eq!(backoff.wait("aigul", HERE, NOW), None);
    }

    #[test]
    fn an_address_that_tries_many_names_waits_too() {
        let backoff = Backoff::default();
        for n in 0..16 {
            backoff.tried(&format!("user{n}"), "2001:db8::1".parse().unwrap(), NOW);
        }
        let wait = |from: &str| backoff.wait("another", from.parse().unwrap(), NOW);
        assert_eq!(wait("2001:db8::ffff"), Some(Duration::from_secs(8)), "the same /64");
        assert_eq!(wait("2001:db8:0:1::1"), None);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten() {
        let backoff = Backoff::default();
        for n in 0..KEPT_MAX {
            backoff.tried(
                &format!("user{n}"),
                HERE,
                NOW.plus(Duration::from_millis(u64::try_from(n).unwrap())),
            );
        }
        assert!(backoff.0.lock().unwrap().len() <= KEPT_MAX);
        for _ in 0..9 {
            backoff.tried("aigul", HERE, NOW);
        }
        let later = NOW.plus(FORGOTTEN_AFTER + Duration::from_secs(1));
        backoff.tried("aigul", HERE, later);
        assert_eq!(
            backoff.wait("aigul", "10.0.0.1".parse().unwrap(), later),
            None,
            "an hour later it begins anew"
        );
    }
}
