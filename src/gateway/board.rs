//! The tickets as everybody at a desk sees them: kept sealed, changed by compare-and-set, listed from memory.
//!
//! Three kinds of shared records: `ticket/record/NO` is the ticket, `ticket/open/NO` an empty mark of those not closed, and
//! `ticket/journal` says which moved lately. A look every two seconds is one read of the journal, however many are open;
//! what a kill left out of it is found by the whole look, once a minute, over the marks.

use crate::clock::Clock;
use crate::domain::ticket::{Queue, Refused, Ticket, TicketChange, TicketNo, TicketState};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{Shared, StoreError};
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Tickets a list shows; who has more open needs more people, not a longer page.
pub const LISTED_MAX: usize = 500;
/// Closed tickets remembered in order; older ones are still found by their number.
const CLOSED_MAX: usize = 200;
/// Moves the journal remembers; who has missed more looks at everything.
const MOVED_MAX: usize = 128;
/// Open tickets held in memory.
const HELD_MAX: usize = 5_000;
/// Between two looks at the journal; more would show others' changes late.
pub const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two looks at everything; more would hide for longer what a kill left out of the journal.
const WHOLE_EVERY: Duration = Duration::from_secs(60);
/// Times a record is written again because another was faster.
const WRITES_MAX: usize = 16;
/// Tickets that may share one number by chance; each further one gets a `-2`, `-3` behind it.
const TWINS_MAX: usize = 4;

const JOURNAL: &str = "ticket/journal";
const OPEN: &str = "ticket/open/";
/// What the names of tickets' records begin with.
pub(super) const RECORD: &str = "ticket/record/";

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// There is no such ticket (any more).
    #[error("there is no such ticket")]
    Missing,
    /// The ticket does not allow it.
    #[error("the ticket does not allow it: {0:?}")]
    Refused(Refused),
    /// Others changed it all the time; nothing was done.
    #[error("others are changing the same ticket")]
    Busy,
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What moved lately, newest last, and what was closed, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Journal {
    seq: u64,
    moved: VecDeque<TicketNo>,
    closed: VecDeque<TicketNo>,
}

#[derive(Default)]
struct Held {
    /// Up to where in the journal this process has looked.
    seq: Option<u64>,
    looked: Option<Timestamp>,
    whole: Option<Timestamp>,
    open: BTreeMap<TicketNo, Arc<Ticket>>,
}

/// All tickets.
pub struct Board {
    shared: Arc<dyn Shared>,
    clock: Clock,
    metrics: Metrics,
    /// How long a closed ticket is kept.
    keep: Duration,
    held: Mutex<Held>,
    looking: tokio::sync::Mutex<()>,
    moved: watch::Sender<u64>,
}

impl core::fmt::Debug for Board {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Board({} open)", self.held().open.len())
    }
}

impl Board {
    /// A board over `shared`; closed tickets are kept for `keep`.
    #[must_use]
    pub fn new(shared: Arc<dyn Shared>, clock: Clock, metrics: Metrics, keep: Duration) -> Arc<Self> {
        let (moved, _) = watch::channel(0);
        let held = Mutex::new(Held::default());
        Arc::new(Self { shared, clock, metrics, keep, held, looking: tokio::sync::Mutex::new(()), moved })
    }

    /// A counter that moves when any ticket does: at once for what is done here, after `LOOK_EVERY` at most (while somebody
    /// looks) for what is done by another process.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    /// Puts a new ticket up, once by its number however often it is called. The number under which it stands: its own, or
    /// with `-2` behind it where another person's plea has the same by chance.
    ///
    /// # Errors
    /// The store's; the same may be tried again.
    pub async fn open(&self, ticket: &Ticket) -> Result<TicketNo, StoreError> {
        for twin in 1..=TWINS_MAX {
            let no = if twin == 1 { ticket.no.clone() } else { format!("{}-{twin}", ticket.no) };
            let now = self.clock.now();
            if let Some((_, found)) = self.read(&no, now).await? {
                if found.person == ticket.person && found.proof.by == ticket.proof.by {
                    // A second carrying after a kill: the journal may not know it yet.
                    if found.state.holder().is_none() && !self.held().open.contains_key(&no) {
                        self.note(&no, false, now).await?;
                        self.hold(found);
                    }
                    return Ok(no);
                }
                continue;
            }
            let ticket = Ticket { no: no.clone(), ..ticket.clone() };
            // The mark first: a ticket that stands is never one that no list finds.
            self.mark(&no, true, now).await?;
            if self.shared.put(&record(&no), 0, &bytes(&ticket), None, now).await? {
                Metrics::count(&self.metrics.ticket_changes, ticket.queue.word(), "opened");
                self.note(&no, false, now).await?;
                self.hold(ticket);
                return Ok(no);
            }
        }
        Err(StoreError::Away("a ticket's number is taken again and again".to_owned()))
    }

    /// The open tickets: danger first, then what is escalated, then by age, oldest first; `LISTED_MAX` at most.
    ///
    /// # Errors
    /// The store's, where nothing newer than `LOOK_EVERY` is known.
    pub async fn list(&self, now: Timestamp) -> Result<Vec<Arc<Ticket>>, StoreError> {
        self.look(now).await?;
        let mut all: Vec<Arc<Ticket>> = self.held().open.values().cloned().collect();
        all.sort_by(|a, b| rank(a).cmp(&rank(b)));
        all.truncate(LISTED_MAX);
        Ok(all)
    }

    /// The tickets closed last, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn closed(&self, most: usize) -> Result<Vec<Ticket>, StoreError> {
        let now = self.clock.now();
        let (_, journal) = self.journal(now).await?;
        let mut found = Vec::new();
        for no in &journal.closed {
            if found.len() >= most {
                break;
            }
            if let Some((_, ticket)) = self.read(no, now).await?
                && matches!(ticket.state, TicketState::Closed { .. })
            {
                found.push(ticket);
            }
        }
        Ok(found)
    }

    /// One ticket as it stands now, open or closed; `None` when there is none (any more).
    ///
    /// # Errors
    /// The store's.
    pub async fn get(&self, no: &str) -> Result<Option<Ticket>, StoreError> {
        Ok(self.read(no, self.clock.now()).await?.map(|(_, ticket)| ticket))
    }

    /// Makes a change by user `by`; the ticket as it stands then. The same change twice is one.
    ///
    /// # Errors
    /// Why it was not made; the ticket is as it was.
    pub async fn change(
        &self,
        no: &str,
        by: &str,
        change: TicketChange,
        now: Timestamp,
    ) -> Result<Ticket, BoardError> {
        let mut marked = false;
        for _ in 0..WRITES_MAX {
            let Some((version, before)) = self.read(no, now).await? else {
                if marked {
                    // Forgotten meanwhile: the mark set below would stand for ever.
                    self.shared.remove(&format!("{OPEN}{no}")).await?;
                }
                return Err(BoardError::Missing);
            };
            let mut ticket = before.clone();
            ticket.change(by, change.clone(), now).map_err(BoardError::Refused)?;
            if ticket == before {
                return Ok(ticket);
            }
            let closed = matches!(ticket.state, TicketState::Closed { .. });
            if !closed {
                self.mark(no, true, now).await?;
                marked = true;
            }
            let expires = closed.then(|| now.plus(self.keep));
            if !self.shared.put(&record(no), version, &bytes(&ticket), expires, now).await? {
                continue;
            }
            Metrics::count(&self.metrics.ticket_changes, ticket.queue.word(), word(&change));
            if closed {
                self.mark(no, false, now).await?;
            }
            self.note(no, closed, now).await?;
            self.hold(ticket.clone());
            return Ok(ticket);
        }
        Err(BoardError::Busy)
    }

    /// Removes the ticket that was told as `no`, whatever its state, where `his` says so of it: another's plea may have the
    /// same number by chance, and stays.
    ///
    /// # Errors
    /// The store's; the same may be tried again.
    pub async fn forget_his(&self, no: &str, his: impl Fn(&Ticket) -> bool) -> Result<(), StoreError> {
        for twin in 1..=TWINS_MAX {
            let no = if twin == 1 { no.to_owned() } else { format!("{no}-{twin}") };
            match self.read(&no, self.clock.now()).await {
                Ok(Some((_, ticket))) if !his(&ticket) => {}
                // Also where none stands, or none that can be read: its mark may.
                Ok(Some(_)) | Err(StoreError::Quarantined(_)) => self.forget(&no).await?,
                Ok(None) if twin == 1 => self.forget(&no).await?,
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Removes a ticket whatever its state: the person has everything deleted.
    ///
    /// # Errors
    /// The store's; the same may be tried again.
    pub async fn forget(&self, no: &str) -> Result<(), StoreError> {
        self.shared.remove(&record(no)).await?;
        self.shared.remove(&format!("{OPEN}{no}")).await?;
        self.held().open.remove(no);
        self.note(no, false, self.clock.now()).await
    }

    /// The tickets held that nobody has called in time.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Vec<Arc<Ticket>> {
        self.held().open.values().filter(|ticket| ticket.is_overdue(now)).cloned().collect()
    }

    /// Looks whether anything moved elsewhere, unless that was done within `LOOK_EVERY`.
    ///
    /// # Errors
    /// The store's.
    pub async fn look(&self, now: Timestamp) -> Result<(), StoreError> {
        let _one = self.looking.lock().await;
        let (seq, whole) = {
            let held = self.held();
            if held.looked.is_some_and(|at| now.since(at) < LOOK_EVERY && now >= at) {
                return Ok(());
            }
            (held.seq, held.whole)
        };
        let (_, journal) = self.journal(now).await?;
        let missed = seq.map(|seq| usize::try_from(journal.seq.saturating_sub(seq)).unwrap_or(usize::MAX));
        let stale = whole.is_none_or(|at| now.since(at) >= WHOLE_EVERY);
        let changed = match missed {
            Some(missed) if !stale && missed <= journal.moved.len() => {
                let lately: Vec<TicketNo> = journal.moved.iter().rev().take(missed).cloned().collect();
                self.read_again(&lately, now).await?
            }
            _ => self.read_all(now).await?,
        };
        {
            let mut held = self.held();
            held.seq = Some(journal.seq);
            held.looked = Some(now);
        }
        if changed {
            self.moved.send_modify(|count| *count = count.wrapping_add(1));
        }
        self.measure(now);
        Ok(())
    }

    async fn read_again(&self, numbers: &[TicketNo], now: Timestamp) -> Result<bool, StoreError> {
        let mut changed = false;
        for no in numbers {
            let found = self.read(no, now).await?.map(|(_, ticket)| ticket);
            changed |= self.take(no, found);
        }
        Ok(changed)
    }

    async fn read_all(&self, now: Timestamp) -> Result<bool, StoreError> {
        let marks = self.shared.list(OPEN).await?;
        let numbers: Vec<TicketNo> = marks
            .iter()
            .filter_map(|name| name.strip_prefix(OPEN))
            .take(HELD_MAX)
            .map(str::to_owned)
            .collect();
        let gone: Vec<TicketNo> =
            self.held().open.keys().filter(|no| !numbers.contains(no)).cloned().collect();
        let changed = self.read_again(&gone, now).await? | self.read_again(&numbers, now).await?;
        self.held().whole = Some(now);
        Ok(changed)
    }

    /// Holds what was read; whether that is news.
    fn take(&self, no: &str, found: Option<Ticket>) -> bool {
        let found = found.filter(|ticket| !matches!(ticket.state, TicketState::Closed { .. }));
        let mut held = self.held();
        match found {
            Some(ticket) if held.open.get(no).is_some_and(|known| **known == ticket) => false,
            Some(ticket) => {
                held.open.insert(no.to_owned(), Arc::new(ticket));
                true
            }
            None => held.open.remove(no).is_some(),
        }
    }

    /// What was done here is known here at once.
    fn hold(&self, ticket: Ticket) {
        let no = ticket.no.clone();
        self.take(&no, Some(ticket));
        self.moved.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Writes into the journal that a ticket moved. Where others write all the time it is left out: the whole look finds it.
    async fn note(&self, no: &str, closed: bool, now: Timestamp) -> Result<(), StoreError> {
        for _ in 0..WRITES_MAX {
            let (version, mut journal) = self.journal(now).await?;
            journal.seq = journal.seq.saturating_add(1);
            journal.moved.push_back(no.to_owned());
            while journal.moved.len() > MOVED_MAX {
                journal.moved.pop_front();
            }
            journal.closed.retain(|other| other != no);
            if closed {
                journal.closed.push_front(no.to_owned());
                journal.closed.truncate(CLOSED_MAX);
            }
            let bytes = postcard::to_allocvec(&journal).unwrap_or_default();
            if self.shared.put(JOURNAL, version, &bytes, None, now).await? {
                return Ok(());
            }
        }
        tracing::warn!("the tickets' journal is written by too many at once");
        Ok(())
    }

    async fn journal(&self, now: Timestamp) -> Result<(u64, Journal), StoreError> {
        let found = self.shared.get(JOURNAL, now).await?;
        Ok(found.map_or_else(Default::default, |(version, bytes)| {
            (version, postcard::from_bytes(&bytes).unwrap_or_default())
        }))
    }

    /// Sets or takes off the mark of an open ticket.
    async fn mark(&self, no: &str, open: bool, now: Timestamp) -> Result<(), StoreError> {
        let name = format!("{OPEN}{no}");
        for _ in 0..WRITES_MAX {
            let found = self.shared.get(&name, now).await?;
            if found.is_some() == open {
                return Ok(());
            }
            let version = found.map_or(0, |(version, _)| version);
            let expires = (!open).then_some(now);
            if self.shared.put(&name, version, &[], expires, now).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn read(&self, no: &str, now: Timestamp) -> Result<Option<(u64, Ticket)>, StoreError> {
        if no.is_empty() || no.len() > 16 || !no.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return Ok(None);
        }
        let Some((version, bytes)) = self.shared.get(&record(no), now).await? else { return Ok(None) };
        match postcard::from_bytes(&bytes) {
            Ok(ticket) => Ok(Some((version, ticket))),
            Err(_unreadable) => Err(StoreError::Quarantined(record("…"))),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tickets by queue and state, and the age of the oldest, into the metrics.
    fn measure(&self, now: Timestamp) {
        let open: Vec<Arc<Ticket>> = self.held().open.values().cloned().collect();
        for queue in Queue::ALL {
            for state in ["open", "claimed", "called", "escalated"] {
                let of = |ticket: &&Arc<Ticket>| {
                    let is =
                        if state == "escalated" { ticket.escalated } else { ticket.state.word() == state };
                    ticket.queue == queue && is
                };
                let count = open.iter().filter(of).count();
                let age = open.iter().filter(of).map(|ticket| now.since(ticket.created).as_secs()).max();
                let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
                let count = u64::try_from(count).unwrap_or(u64::MAX);
                Metrics::tally(&self.metrics.tickets, queue.word(), state, whole(count));
                Metrics::tally(&self.metrics.ticket_age, queue.word(), state, whole(age.unwrap_or(0)));
            }
        }
    }
}

/// Danger before all, then what is escalated, then the oldest.
fn rank(ticket: &Ticket) -> (bool, bool, Timestamp, &str) {
    (ticket.queue != Queue::Danger, !ticket.escalated, ticket.created, &ticket.no)
}

/// The name of a ticket's record.
pub(super) fn record(no: &str) -> String {
    format!("{RECORD}{no}")
}

fn bytes(ticket: &Ticket) -> Vec<u8> {
    postcard::to_allocvec(ticket).unwrap_or_default()
}

/// A change in metrics.
fn word(change: &TicketChange) -> &'static str {
    match change {
        TicketChange::Claim => "claimed",
        TicketChange::Release => "released",
        TicketChange::Shown => "shown",
        TicketChange::Called { reached: true } => "reached",
        TicketChange::Called { reached: false } => "not-reached",
        TicketChange::Texted(_) => "texted",
        TicketChange::Note(_) => "noted",
        TicketChange::Escalate => "escalated",
        TicketChange::Close(_) => "closed",
        TicketChange::Reopen => "reopened",
        TicketChange::Assign(_) => "assigned",
    }
}
