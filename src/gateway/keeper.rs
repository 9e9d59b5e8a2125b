//! What happens without an inbound: second turns, rows that wait, calls and promises of gateways that died.

use super::turn::Taken;
use super::{Gateway, Refusal, Turned, calls};
use crate::clock::instant;
use crate::domain::delivery::{Claimed, Due, DueKind, Lane, ReplyAddress, Row};
use crate::domain::envelope::{BearerProfile, Inbound, LinkFacts, Outbound};
use crate::domain::menu::model::Phrase;
use crate::domain::person::Person;
use crate::domain::service::{Answer, Call};
use crate::domain::ticket::Ticket;
use crate::failpoint::{self, Point};
use crate::metrics::Metrics;
use crate::ports::StoreError;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Rows and dues taken at one look; more would hold leases longer than they can be worked off.
const CLAIM_MAX: usize = 64;
/// As `CLAIM_MAX`, for bulk: campaigns take turns among so many.
const CLAIM_BULK_MAX: usize = 512;
/// Dues carried out at once; more wait for their turn, since offices would only refuse them.
pub(super) const DUES_MAX: usize = 256;
/// As `DUES_MAX`, of subscriptions: places of their own, so that no answer waits behind alerts.
pub(super) const LOOKS_MAX: usize = 128;
/// Batches of rows of a lane that may wait for places in windows at once, so that what else is due does not wait behind them.
pub(super) const BATCHES_MAX: usize = 1;
/// Between two looks when nothing was due.
const PEEK: Duration = Duration::from_millis(100);
/// The same for what is to be done: calls are answered where they were made, and a plea may ring a quarter of a second later.
const PEEK_WORK: Duration = Duration::from_millis(250);
/// The same where nobody waits: what came together meanwhile is written together, at a tenth of the cost.
const PEEK_BULK: Duration = Duration::from_secs(1);
/// Between two looks while the store is away.
const AWAY: Duration = Duration::from_secs(1);

impl Gateway {
    /// What is left of a turn after its commit: nothing, or a second turn when the call is answered. A bearer that can
    /// wait (an HTTP request) waits for it here, outside the person's queue, so that STOP gets through.
    pub(super) async fn finish(
        self: &Arc<Self>,
        person: Person,
        inbound: &Inbound,
        bearer: &Arc<BearerProfile>,
        taken: Result<Taken, StoreError>,
    ) -> Result<Turned, Refusal> {
        let (call, mut answer) = match taken? {
            Taken::Out(outbound) => return Ok(Turned { outbound }),
            Taken::Waits(call, answer) => (call, answer),
        };
        failpoint::reached(Point::CallWaits);
        let address = address_of(inbound);
        let grace = bearer.grace.saturating_sub(self.parts.limits.commit_grace);
        if grace.is_zero() {
            let gateway = self.clone();
            let bearer = bearer.clone();
            self.parts.tasks.spawn("answer", async move {
                gateway.second_turn(person, call, answer, address, &bearer).await;
            });
            return Ok(Turned { outbound: None });
        }
        let until = instant().checked_add(grace).unwrap_or_else(instant);
        let answered = match tokio::time::timeout_at(until, &mut answer).await {
            Ok(answered) => answered.unwrap_or_else(|_dropped| calls::bare("down")),
            Err(_elapsed) => calls::bare("slow"),
        };
        let outbound = self.answered(person, &call, &answered, &address, bearer, Some(until)).await?;
        // A request that is held must be answered in words, also when the dialogue has gone on elsewhere meanwhile.
        let outbound = outbound.unwrap_or_else(|| self.worded(inbound, bearer, Phrase::Over));
        Ok(Turned { outbound: Some(outbound) })
    }

    /// Waits for the answer of a call and shows what comes of it.
    async fn second_turn(
        self: &Arc<Self>,
        person: Person,
        call: Call,
        answer: oneshot::Receiver<Answer>,
        address: ReplyAddress,
        bearer: &Arc<BearerProfile>,
    ) {
        let answer = answer.await.unwrap_or_else(|_dropped| calls::bare("down"));
        match self.answered(person, &call, &answer, &address, bearer, None).await {
            Ok(outbound) => self.page(&address, outbound).await,
            // The due row is still there: another look makes the call again under the same key.
            Err(error) => tracing::warn!(link = %address.link, %error, "second turn put off"),
        }
    }

    /// Commits the second turn; calls it leads to are waited for here, each bounded by its upstream's own time-out, and all
    /// of them by `until` where somebody holds a request open.
    async fn answered(
        self: &Arc<Self>,
        person: Person,
        call: &Call,
        answer: &Answer,
        address: &ReplyAddress,
        bearer: &Arc<BearerProfile>,
        until: Option<Instant>,
    ) -> Result<Option<Outbound>, StoreError> {
        let (mut call, mut answer) = (call.clone(), answer.clone());
        for _ in 0..crate::domain::menu::engine::CALLS_PER_TURN_MAX {
            let Some(mut place) = self.queues.enter(person.id, false) else { break };
            place.called().await;
            let taken = self.take_answer(person, &call, &answer, address, bearer).await?;
            drop(place);
            match taken {
                Taken::Out(outbound) => return Ok(outbound),
                Taken::Waits(next, answered) => {
                    let answered = async { answered.await.unwrap_or_else(|_dropped| calls::bare("down")) };
                    answer = match until {
                        Some(until) => tokio::time::timeout_at(until, answered)
                            .await
                            .unwrap_or_else(|_elapsed| calls::bare("slow")),
                        None => answered.await,
                    };
                    call = next;
                }
            }
        }
        Err(StoreError::Away("too many turns wait".to_owned()))
    }

    async fn page(&self, address: &ReplyAddress, outbound: Option<Outbound>) {
        let (Some(outbound), Some(pager)) = (outbound, self.pager.get()) else { return };
        if !pager.page(&address.link, &address.to, &address.network, &outbound).await {
            Metrics::count(&self.parts.metrics.turns, &address.link, "page_lost");
        }
    }

    /// Looks after one lane for as long as the process runs: sends what waits, carries out what is due.
    pub async fn keep(self: Arc<Self>, lane: Lane) {
        let mut stopping = self.parts.tasks.stopping();
        loop {
            let pause = self.look(lane).await;
            tokio::select! {
                () = stopping.wait() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One look: takes up what is due; how long to wait before the next.
    pub async fn look(self: &Arc<Self>, lane: Lane) -> Duration {
        let now = self.parts.clock.now();
        let lease = self.parts.limits.row_lease;
        let half = lease.checked_div(2).unwrap_or_default();
        let until = instant().checked_add(half).unwrap_or_else(instant);
        if matches!(lane, Lane::Bulk | Lane::Looks)
            && let Some(courier) = self.courier.get()
            && courier.pushes().stops().await.all.is_some()
        {
            return AWAY;
        }
        let most = self.taken_at_once(lane);
        let claimed = match self.parts.outbox.claim(lane, now, most, lease).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "outbox cannot be looked at");
                return AWAY;
            }
        };
        if !claimed.is_empty() {
            failpoint::reached(Point::Claimed);
        }
        let full = claimed.len() >= most;
        if lane == Lane::Now {
            self.replies_behind.store(full, Ordering::Relaxed);
        }
        let (mut rows, mut dues) = (Vec::new(), Vec::new());
        for claimed in claimed {
            match claimed {
                Claimed::Row(row) => rows.push(row),
                Claimed::Due(due) => dues.push(due),
            }
        }
        if !rows.is_empty() && !self.rows_claimed(lane, rows, until).await {
            return AWAY;
        }
        for due in dues {
            let places = if lane == Lane::Looks { &self.looks } else { &self.dues };
            let Ok(place) = places.clone().acquire_owned().await else { return AWAY };
            let gateway = self.clone();
            self.parts.tasks.spawn("due", async move {
                gateway.carry_out(due).await;
                drop(place);
            });
        }
        self.pause_after(lane, full)
    }

    /// How much of a lane is taken at one look. While replies are behind, the others take no more than they: they share the
    /// store with replies, and what was asked for the windows too.
    fn taken_at_once(&self, lane: Lane) -> usize {
        match lane {
            Lane::Bulk | Lane::Looks if !self.replies_behind.load(Ordering::Relaxed) => CLAIM_BULK_MAX,
            Lane::Now | Lane::Asked | Lane::Work | Lane::Bulk | Lane::Looks => CLAIM_MAX,
        }
    }

    /// The pause after a look. While replies are behind, other letters go slowly, and still go: replies may wait for a link that
    /// others do not need.
    fn pause_after(&self, lane: Lane, full: bool) -> Duration {
        let behind = self.replies_behind.load(Ordering::Relaxed);
        match lane {
            Lane::Asked | Lane::Bulk | Lane::Looks if full && behind => PEEK_BULK,
            Lane::Now | Lane::Asked | Lane::Work | Lane::Bulk | Lane::Looks if full => Duration::ZERO,
            Lane::Bulk | Lane::Looks => PEEK_BULK,
            Lane::Work => PEEK_WORK,
            Lane::Now | Lane::Asked => PEEK,
        }
    }

    /// Hands claimed rows on once the batch before them has found its places; `false`: it never will.
    async fn rows_claimed(self: &Arc<Self>, lane: Lane, rows: Vec<Row>, until: Instant) -> bool {
        let place = Lane::ALL.into_iter().position(|one| one == lane);
        let Some(batches) = place.and_then(|place| self.batches.get(place)) else { return false };
        let Ok(place) = batches.clone().acquire_owned().await else { return false };
        let gateway = self.clone();
        self.parts.tasks.spawn("rows", async move {
            let rows = gateway.still_wanted(rows).await;
            gateway.rows_due(lane, rows, until).await;
            drop(place);
        });
        true
    }

    /// Takes up claimed rows in their order, so that a person's letters keep their order. What finds no place in a
    /// window by `until`, well within its lease, stays claimed: its lease gives it back, here or to another gateway.
    async fn rows_due(&self, lane: Lane, rows: Vec<Row>, until: Instant) {
        let Some(courier) = self.courier.get() else { return };
        let rows = match courier.screen(lane, rows).await {
            Ok(rows) => rows,
            Err(error) => return tracing::warn!(%error, "rows put off"),
        };
        let mut stopping = self.parts.tasks.stopping();
        let mut elders = (lane == Lane::Now && !rows.is_empty()).then(|| courier.elders());
        let mut rows = rows.into_iter().peekable();
        while let Some(row) = rows.next() {
            // To hold them a window at a time would take longer than to leave them to their lease.
            if lane.is_bulk() && courier.pushes().stops().await.all.is_some() {
                return;
            }
            // Past it the rows may be another gateway's by now, also where a place is free at once.
            if instant() >= until {
                return;
            }
            let permit = tokio::select! {
                permit = tokio::time::timeout_at(until, courier.free(&row)) => permit,
                () = stopping.wait() => return,
            };
            let Ok(permit) = permit else { return };
            // Whatever else finds a place right now is recorded with it, in one write.
            let mut batch = vec![(row, permit)];
            while let Some(row) = rows.peek()
                && let Some(permit) = courier.admit(row)
                && let Some(row) = rows.next()
            {
                batch.push((row, permit));
            }
            if rows.peek().is_none() {
                drop(elders.take());
            }
            if let Err(error) = courier.take_up(batch).await {
                tracing::warn!(%error, "rows put off");
            }
        }
    }

    async fn carry_out(self: Arc<Self>, due: Due) {
        let result = match &due.what {
            DueKind::Answer { call, held, reply } => self.answer_again(&due, call, *held, reply).await,
            DueKind::Promise { call, reply, lang, script, bundle } => {
                self.promise_due(&due, call, reply, (*lang, *script), *bundle).await
            }
            DueKind::Ticket { ticket, instead } => self.ticket_due(&due, ticket, instead).await,
            DueKind::Audit(entries) => self.audit_due(&due, entries.clone()).await,
            DueKind::Forget(names) => self.forget_due(&due, names).await,
            DueKind::Alert(reply) => self.alert_due(&due, reply).await,
        };
        if let Err(error) = result {
            tracing::warn!(%error, "due put off");
        }
    }

    /// A call whose gateway died, or whose second turn could not be committed.
    async fn answer_again(
        self: &Arc<Self>,
        due: &Due,
        call: &Call,
        held: bool,
        reply: &ReplyAddress,
    ) -> Result<(), StoreError> {
        let bearer = self.bearers.get().and_then(|bearers| bearers.get(&(reply.link.to_string(), held)));
        let Some(bearer) = bearer.cloned().filter(|_| self.parts.clock.now() < due.latest) else {
            return self.parts.outbox.settle_due(due.person, due.id, None).await;
        };
        let answer =
            self.ask(call.clone(), reply.to.clone()).await.unwrap_or_else(|_dropped| calls::bare("down"));
        failpoint::reached(Point::AnsweredAgain);
        let outbound = self.answered(due.person, call, &answer, reply, &bearer, None).await?;
        self.page(reply, outbound).await;
        Ok(())
    }

    /// A plea goes up on the board, once by its number; only then is it done here. A kill between the two carries it again.
    async fn ticket_due(&self, due: &Due, ticket: &Ticket, instead: &str) -> Result<(), StoreError> {
        self.board.open(ticket).await?;
        if !instead.is_empty() {
            self.board.forget_his(instead, |old| self.is_his(old, due.person)).await?;
        }
        self.parts.outbox.settle_due(due.person, due.id, None).await
    }

    pub(super) fn facts(&self, link: &str) -> LinkFacts {
        let bearers = self.bearers.get();
        let profile = bearers
            .and_then(|all| all.get(&(link.to_owned(), true)).or_else(|| all.get(&(link.to_owned(), false))));
        profile.map(|profile| profile.facts.clone()).unwrap_or_default()
    }
}

/// Where replies to `inbound` go.
pub(super) fn address_of(inbound: &Inbound) -> ReplyAddress {
    ReplyAddress {
        to: inbound.from.clone(),
        from: inbound.to.clone(),
        link: inbound.link.clone(),
        network: inbound.dialogue.clone(),
    }
}
