//! The demo's vacancies: a sample feed that runs in again whenever time is hurried to the next alert of work.

use crate::clock::Clock;
use crate::domain::delivery::Lane;
use crate::domain::time::Timestamp;
use crate::domain::vacancy::feed::Form;
use crate::domain::vacancy::import::import;
use crate::domain::vacancy::posting::Reading;
use crate::domain::vacancy::shelf::Shelf;
use crate::gateway::Gateway;
use crate::simulator::phone::{Hurried, Hurry};
use crate::simulator::vacancies::postings;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The source, as people are told it.
const SOURCE: &str = "sample";
/// Vacancies of the first feed.
const FIRST: u32 = 5_000;
/// Vacancies that each later one has more.
const MORE: u32 = 200;
/// One of so many of the first is gone with each later feed.
const GONE_OF: u32 = 60;
/// Just past the moment at which somebody is to be told.
const PAST: Duration = Duration::from_secs(2);
const DAY: Duration = Duration::from_secs(86_400);

/// Puts the first feed on the shelf, unless there are vacancies already; with them time brings no feed.
pub(super) fn samples(gateway: &Gateway) -> Option<Arc<AtomicU32>> {
    if !gateway.parts().library.reference().jobs.is_empty() {
        return None;
    }
    feed(gateway, 0);
    Some(Arc::default())
}

/// The feed of the `nth` day that was hurried to: what is new on the shelf, and what is gone from it.
fn feed(gateway: &Gateway, nth: u32) -> (usize, usize) {
    let parts = gateway.parts();
    let today = parts.clock.now().date();
    let count = FIRST.saturating_add(MORE.saturating_mul(nth));
    let listed = postings(1, count, today).zip(1_u32..);
    let kept = listed.filter(|(_, number)| {
        nth == 0 || number.checked_rem(GONE_OF).is_none_or(|place| place == 0 || place > nth)
    });
    let lines: Vec<String> = kept.map(|(posting, _)| posting.to_string()).collect();
    let batch = import(Form::Ndjson, &lines.join("\n"), Reading { source: SOURCE, url: None, today });
    let before = parts.library.reference().jobs.clone();
    let (shelf, _) = Shelf::of(batch.vacancies, &before);
    let open = |shelf: &Shelf| shelf.rows().filter(|row| !row.closed).map(|row| row.code).collect::<Vec<_>>();
    let (was, is) = (open(&before), open(&shelf));
    let brought = is.iter().filter(|code| was.binary_search(code).is_err()).count();
    let closed = was.iter().filter(|code| is.binary_search(code).is_err()).count();
    parts.library.offer(Arc::new(shelf));
    (brought, closed)
}

/// Hurries `clock` to the next alert, the feed of that day first; a day where nobody waits for one.
pub(super) fn hurry(gateway: Arc<Gateway>, clock: Clock, feeds: Option<Arc<AtomicU32>>) -> Hurry {
    Arc::new(move || {
        let (gateway, clock, feeds) = (gateway.clone(), clock.clone(), feeds.clone());
        Box::pin(async move {
            let now = clock.now();
            let mut due: Option<Timestamp> = None;
            for lane in [Lane::Looks, Lane::Bulk] {
                let oldest = gateway.parts().outbox.depth(lane).await.ok().and_then(|depth| depth.oldest);
                due = oldest.into_iter().chain(due).min();
            }
            let at = due.filter(|at| *at > now);
            let ahead = at.map_or(DAY, |at| at.since(now));
            // The feed of that day is there before anybody is told of it.
            clock.advance(ahead.saturating_sub(PAST));
            let (brought, closed) = match feeds {
                Some(feeds) => {
                    let nth = feeds.fetch_add(1, Ordering::SeqCst).saturating_add(1);
                    let gateway = gateway.clone();
                    tokio::task::spawn_blocking(move || feed(&gateway, nth)).await.unwrap_or_default()
                }
                None => (0, 0),
            };
            clock.advance(ahead.saturating_sub(clock.now().since(now)).saturating_add(PAST));
            let now = clock.now().zoned().strftime("%A %Y-%m-%d %H:%M").to_string();
            Hurried { now, due: due.is_some(), brought, closed }
        })
    })
}
