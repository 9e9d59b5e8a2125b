//! The links as a carrier of letters: which of them takes one now, and what became of it.

use super::Smpp;
use super::letters;
use super::link::Link;
use super::pace::Verdict;
use super::settings::Carries;
use super::wire::{Wire, lock};
use crate::clock::instant;
use crate::domain::address::Msisdn;
use crate::domain::delivery::Lane;
use crate::domain::envelope::{LinkName, Outbound};
use crate::ports::{Carrier, Letter, Pager, Permit, SubmitError, Submitted};
use async_trait::async_trait;
use core::pin::Pin;
use core::task::Poll;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// For so long after the rate allows the next PDU bulk stands back for a letter that waits; shorter and bulk could win
/// the race to it, longer and bulk would idle.
const RESERVED: Duration = Duration::from_millis(100);

#[async_trait]
impl Carrier for Smpp {
    fn admit(&self, prefer: &LinkName, parts: usize, lane: Lane) -> Option<Permit> {
        let of = |preferred: bool| self.links.iter().filter(move |link| (link.name == *prefer) == preferred);
        let first = of(true).find_map(|link| link.admit(parts, true, lane));
        let permit = first.or_else(|| of(false).find_map(|link| link.admit(parts, false, lane)));
        if permit.is_none() {
            self.waits(lane).parts.store(parts, Ordering::Relaxed);
        }
        permit
    }

    fn admit_by(&self, link: &LinkName, parts: usize, lane: Lane) -> Option<Permit> {
        let named = self.links.iter().find(|known| known.name == *link)?;
        let permit = named.admit(parts, true, lane);
        if permit.is_none() {
            self.waits(lane).parts.store(parts, Ordering::Relaxed);
        }
        permit
    }

    async fn ready(&self, lane: Lane) {
        let waits = self.waits(lane);
        let _first = waits.first.lock().await;
        loop {
            let changed = self.changed.notified();
            let mut changed = core::pin::pin!(changed);
            changed.as_mut().enable();
            let wanted = waits.parts.load(Ordering::Relaxed);
            let now = instant();
            let live: Vec<&Arc<Link>> = self.links.iter().filter(|link| link.takes_letters()).collect();
            let paced = live.iter().filter_map(|link| link.shut_until(lane, now)).min();
            let free = live.iter().filter(|link| link.shut_until(lane, now).is_none());
            let rooms: Vec<_> = free.map(|link| room(link, wanted, lane)).collect();
            tokio::select! {
                () = any(rooms) => return,
                () = changed => {}
                () = until(paced) => {}
            }
        }
    }

    async fn submit(&self, permit: &Permit, letter: &Letter) -> Result<Submitted, SubmitError> {
        let link = self.links.iter().find(|link| link.name == permit.link).ok_or(SubmitError::Down)?;
        if permit.preferred || link.settings.sms.short.is_empty() {
            return link.submit(letter).await;
        }
        // The SMSC of another operator neither knows the first link's number nor brings an answer to it back.
        let from = link.settings.sms.short.clone();
        link.submit(&Letter { from, ..letter.clone() }).await
    }
}

#[async_trait]
impl Pager for Smpp {
    async fn page(&self, link: &LinkName, to: &Msisdn, network: &[u8], outbound: &Outbound) -> bool {
        self.push(link, to, network, outbound).await.is_ok()
    }
}

type Room<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

fn room(link: &Link, wanted: usize, lane: Lane) -> Room<'_> {
    Box::pin(async move {
        // Taken and given back at once: the caller asks `admit` for it.
        drop(link.window_of(lane).acquire_many(link.share(wanted, lane)).await);
    })
}

// Resolves with the first of them; never without any.
async fn any(mut rooms: Vec<Room<'_>>) {
    core::future::poll_fn(|context| {
        let ready = rooms.iter_mut().any(|room| room.as_mut().poll(context).is_ready());
        if ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => core::future::pending().await,
    }
}

impl Link {
    fn takes_letters(&self) -> bool {
        let bars = |sender: &Wire| sender.closing.load(Ordering::Relaxed);
        self.settings.carries(Carries::Sms) && self.sender().is_some_and(|sender| !bars(&sender))
    }

    // A text of more parts than the window has leaves as the window allows.
    fn share(&self, parts: usize, lane: Lane) -> u32 {
        let window = if lane.is_bulk() { self.settings.bulk_window() } else { self.settings.window_pdus };
        u32::try_from(parts.clamp(1, window)).unwrap_or(1)
    }

    fn window_of(&self, lane: Lane) -> &Arc<Semaphore> {
        if lane.is_bulk() { &self.bulk_window } else { &self.window }
    }

    // Until when nothing of a lane should leave. Where the rate is bounded, bulk stands back while others want of it.
    fn shut_until(&self, lane: Lane, now: Instant) -> Option<Instant> {
        let reserved = lock(&self.reserved).filter(|until| lane.is_bulk() && *until > now);
        self.closed_until(now).max(reserved)
    }

    // A letter of another lane found no room: what the rate gives next is its.
    fn reserve(&self, now: Instant) {
        if self.settings.rate_pdus > 0 {
            *lock(&self.reserved) = self.closed_until(now).unwrap_or(now).checked_add(RESERVED);
        }
    }

    fn closed_until(&self, now: Instant) -> Option<Instant> {
        lock(&self.pace).closed_until(now)
    }

    fn admit(&self, parts: usize, preferred: bool, lane: Lane) -> Option<Permit> {
        if !self.takes_letters() {
            return None;
        }
        let now = instant();
        let open = self.shut_until(lane, now).is_none();
        let window = self.window_of(lane).clone();
        let share = open.then(|| window.try_acquire_many_owned(self.share(parts, lane)).ok()).flatten();
        if share.is_none() && !lane.is_bulk() {
            self.reserve(now);
        }
        let share = share?;
        lock(&self.pace).took(u32::try_from(parts.max(1)).unwrap_or(1), instant());
        Some(Permit { link: self.name.clone(), preferred, share })
    }

    // Part after part: a refused first part keeps the others back.
    async fn submit(&self, letter: &Letter) -> Result<Submitted, SubmitError> {
        let parts = letters::parts(&self.settings.sms, letter);
        let (of, mut submitted) = (parts.len(), Submitted::default());
        for sm in parts {
            let sent = match self.sender() {
                Some(sender) => sender.submit(sm).await,
                None => Err(SubmitError::Down),
            };
            let now = instant();
            match &sent {
                Ok(_) => lock(&self.pace).after(Verdict::Taken, now),
                Err(SubmitError::Later { status }) if letters::throttles(*status) => {
                    lock(&self.pace).after(Verdict::Throttled, now);
                }
                Err(_) => {}
            }
            match sent {
                Ok((sequence, resp)) => {
                    submitted.sequence.get_or_insert(sequence);
                    submitted.ids.push(resp.id.map(|id| id.text().into_owned()).unwrap_or_default());
                }
                Err(error) if submitted.ids.is_empty() => return Err(error),
                // Some parts are there, whatever became of this one: whoever sends again sends the same reference, so
                // the handset joins once.
                Err(_) => {
                    submitted.ids.resize(of, String::new());
                    return Err(SubmitError::Partly { ids: submitted.ids });
                }
            }
        }
        Ok(submitted)
    }
}
