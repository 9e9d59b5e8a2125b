//! From a message read to its answers written: turns, parts, refusals, pages. No response before the gateway has committed.

use super::body::{Resp, Sm};
use super::convert::{self, Arrival, Heard, Part, ReplyTo};
use super::dialect::Dialect;
use super::join::{Joined, Key};
use super::link::Link;
use super::pdu::{Body, Pdu, status};
use super::wire::{Waiter, Wire, frame, lock};
use crate::clock::instant;
use crate::domain::envelope::{Event, Inbound, Outbound, StepKey};
use crate::domain::receipt::Receipt;
use crate::domain::text::budget;
use crate::gateway::{Refusal, Refused};
use crate::metrics::Metrics;
use crate::ports::SubmitError;
use bytes::BytesMut;
use core::sync::atomic::Ordering;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// How a message is answered.
#[derive(Clone, Debug)]
pub(super) struct Owed {
    pub(super) wire: Wire,
    pub(super) sequence: u32,
    /// Whether it was `data_sm`.
    pub(super) data: bool,
}

impl Owed {
    pub(super) fn response(&self, status: u32) -> Pdu {
        let resp = Resp { id: Some(super::octets::Octets::default()), ..Resp::default() };
        let body = if self.data { Body::DataSmResp(resp) } else { Body::DeliverSmResp(resp) };
        Pdu { status, sequence: self.sequence, body }
    }

    async fn answer(&self, status: u32) -> bool {
        let mut out = BytesMut::new();
        frame(&self.response(status), &mut out);
        self.wire.send(out.freeze()).await
    }
}

/// Something that must leave before its link unbinds: a turn with its page, or a pushed page.
struct UnderWay(Arc<Link>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.0.dialogues).end();
        self.0.quiet.notify_waiters();
    }
}

/// What a turn is about, once the gateway has had it.
struct Turn {
    inbound: Inbound,
    owed: Vec<Owed>,
    parts: Vec<(Key, StepKey)>,
    reply: Option<ReplyTo>,
}

impl Link {
    fn under_way(self: &Arc<Self>) -> UnderWay {
        lock(&self.dialogues).begin();
        UnderWay(self.clone())
    }

    /// Takes a message. Waits only while all turns are taken: then the link stops reading.
    pub(super) async fn message(self: &Arc<Self>, sm: Sm, owed: Owed, arrival: Arrival) {
        if owed.wire.closing.load(Ordering::Relaxed) {
            owed.answer(self.settings.temporary_status).await;
            return;
        }
        match self.ears.hear(&sm, arrival) {
            Heard::Aside(kind) => {
                Metrics::count(&self.metrics.pdu_faults, &self.name, kind);
                owed.answer(status::OK).await;
            }
            Heard::Dialogue(inbound, reply) => {
                self.begin(Turn { inbound: *inbound, owed: vec![owed], parts: vec![], reply: Some(*reply) })
                    .await;
            }
            Heard::Letter(inbound) => {
                self.begin(Turn { inbound: *inbound, owed: vec![owed], parts: vec![], reply: None }).await;
            }
            Heard::Part(part) => self.part(*part, owed, arrival).await,
            Heard::Receipt(receipt, letter) => self.receipt(*receipt, letter, owed).await,
        }
    }

    /// Gives a receipt to the gateway and acknowledges it once the store has it. Never waits in the reader.
    async fn receipt(self: &Arc<Self>, receipt: Receipt, letter: Option<Box<Inbound>>, owed: Owed) {
        let Ok(place) = self.receipts.clone().try_acquire_owned() else {
            Metrics::count(&self.metrics.receipts, &self.name, "busy");
            owed.answer(self.settings.temporary_status).await;
            return;
        };
        let under_way = self.under_way();
        let taken = (self.takers.receipt)(receipt, letter.is_some());
        let link = self.clone();
        self.tasks.spawn("smpp-receipt", async move {
            let status = match (taken.await, letter) {
                (Ok(false), Some(letter)) => {
                    drop(place);
                    link.begin(Turn { inbound: *letter, owed: vec![owed], parts: vec![], reply: None }).await;
                    drop(under_way);
                    return;
                }
                (Ok(_), _) => status::OK,
                (Err(error), _) => {
                    Metrics::count(&link.metrics.receipts, &link.name, "refused");
                    tracing::debug!(smsc = %link.name, %error, "receipt refused for now");
                    link.settings.temporary_status
                }
            };
            if !owed.answer(status).await {
                Metrics::count(&link.metrics.pdu_faults, &link.name, "unwritten");
            }
            drop((place, under_way));
        });
    }

    async fn part(self: &Arc<Self>, part: Part, owed: Owed, arrival: Arrival) {
        let joined = lock(&self.joiner).take(part, owed, instant());
        match joined {
            Joined::Known(owed) => {
                Metrics::count(&self.metrics.joins, &self.name, "known");
                owed.answer(status::OK).await;
            }
            Joined::Held { dropped } => {
                Metrics::count(&self.metrics.joins, &self.name, "held");
                for owed in dropped {
                    Metrics::count(&self.metrics.joins, &self.name, "dropped");
                    owed.answer(self.settings.temporary_status).await;
                }
            }
            Joined::Whole(whole) => {
                Metrics::count(&self.metrics.joins, &self.name, "joined");
                let whole = *whole;
                let inbound = self.ears.whole(
                    whole.from,
                    whole.to,
                    whole.alphabet,
                    &whole.octets,
                    whole.copy,
                    arrival.at,
                );
                self.begin(Turn { inbound, owed: whole.owed, parts: whole.parts, reply: None }).await;
            }
        }
    }

    /// Refuses for now the parts whose rest has not come in time.
    pub(super) fn refuse_parts(&self) {
        let refused = lock(&self.joiner).tick(instant());
        for owed in refused {
            Metrics::count(&self.metrics.joins, &self.name, "timed_out");
            if !owed.wire.try_send(&owed.response(self.settings.temporary_status)) {
                Metrics::count(&self.metrics.pdu_faults, &self.name, "unwritten");
            }
        }
    }

    // The gateway takes the person's place in the queue when it is called, so the call is made here, in reading order.
    async fn begin(self: &Arc<Self>, mut turn: Turn) {
        let under_way = self.under_way();
        let Ok(permit) = self.turns.clone().acquire_owned().await else { return };
        let doubtful = lock(&self.recent).arrived(turn.inbound.copy.content, instant());
        turn.inbound.copy.doubtful |= doubtful;
        let profile = if turn.reply.is_some() { &self.ussd_profile } else { &self.sms_profile };
        let answer = (self.takers.turn)(turn.inbound.clone(), profile.clone());
        let link = self.clone();
        self.tasks.spawn("smpp-turn", async move {
            let answered = answer.await;
            link.finish(turn, answered, permit).await;
            drop(under_way);
        });
    }

    async fn finish(
        &self,
        turn: Turn,
        answered: Result<crate::gateway::Turned, Refused>,
        permit: OwnedSemaphorePermit,
    ) {
        let content = turn.inbound.copy.content;
        let (status, page) = match answered {
            Ok(turned) => {
                self.refusals.store(0, Ordering::Relaxed);
                lock(&self.joiner).done(turn.parts, instant());
                (status::OK, turned.outbound)
            }
            Err(refused) => {
                let status = self.refused(&refused.why);
                let polite = Outbound { ends: true, ..refused.polite };
                // A dialogue is not sent again by the network: it is closed with a word.
                if turn.reply.is_some() { (status::OK, Some(polite)) } else { (status, None) }
            }
        };
        let written = match (turn.reply, self.ears.dialect.as_ref()) {
            (Some(reply), Some(dialect)) => {
                let aborted = turn.inbound.event == Event::Abort;
                if page.is_none() && !aborted {
                    lock(&self.dialogues).remember(turn.inbound.from.clone(), reply.clone(), instant());
                }
                if aborted || page.as_ref().is_some_and(|page| page.ends) {
                    // Nothing can be shown in it any more.
                    drop(lock(&self.dialogues).take(&turn.inbound.from));
                }
                let page = page.filter(|_| !aborted).map(|page| self.page(dialect, &reply, &page));
                self.answer_dialogue(turn.owed, page, permit).await
            }
            _ => {
                let mut all = true;
                for owed in turn.owed {
                    all &= owed.answer(status).await;
                }
                all
            }
        };
        if written {
            lock(&self.recent).answered(content, instant());
        } else {
            Metrics::count(&self.metrics.pdu_faults, &self.name, "unwritten");
        }
    }

    /// Counts a refusal and gives the status for letters.
    fn refused(&self, why: &Refusal) -> u32 {
        match why {
            Refusal::Busy => status::THROTTLED,
            Refusal::Store(error) => {
                let row = self.refusals.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                if row == self.settings.refusals_before_unbind {
                    tracing::warn!(smsc = %self.name, %error, refusals = row, "store refuses, receiver unbinds");
                    self.suspend.notify_one();
                }
                self.settings.temporary_status
            }
        }
    }

    fn page(&self, dialect: &Dialect, reply: &ReplyTo, page: &Outbound) -> Sm {
        let room = budget::Budget { septets: 182, units: 80 };
        if !room.fits(&page.text) {
            Metrics::count(&self.metrics.over_budget, &self.name, "page");
        }
        convert::page(dialect, reply, page)
    }

    // The response and the page leave in one write where they share a connection and the window has room.
    async fn answer_dialogue(&self, owed: Vec<Owed>, page: Option<Sm>, permit: OwnedSemaphorePermit) -> bool {
        let mut out = BytesMut::new();
        let Some(wire) = owed.first().map(|owed| owed.wire.clone()) else { return false };
        for owed in &owed {
            frame(&owed.response(status::OK), &mut out);
        }
        let Some(page) = page else { return wire.send(out.freeze()).await };
        let Some(sender) = self.sender().filter(|sender| sender.bind == wire.bind) else {
            let written = wire.send(out.freeze()).await;
            self.send_page(page, permit).await;
            return written;
        };
        match self.window.clone().try_acquire_owned() {
            Ok(place) => {
                self.count_error(sender.open_submit(page, Waiter::Page(place), &mut out).err());
                wire.send(out.freeze()).await
            }
            Err(_) => {
                let written = wire.send(out.freeze()).await;
                self.send_page(page, permit).await;
                written
            }
        }
    }

    // A page that waits for the window must not hold its turn: the reader waits for turns, and only what it reads makes
    // room in the window.
    async fn send_page(&self, page: Sm, turn: OwnedSemaphorePermit) {
        drop(turn);
        if self.wait_and_send(page).await.is_none() {
            Metrics::count(&self.metrics.pdu_faults, &self.name, "page_dropped");
        }
    }

    async fn wait_and_send(&self, page: Sm) -> Option<()> {
        let _waits = self.pages.try_acquire().ok()?;
        let place = self.window.clone().acquire_owned();
        let place = tokio::time::timeout(self.settings.response_timeout(), place).await.ok()?.ok()?;
        let sender = self.sender()?;
        let mut out = BytesMut::new();
        self.count_error(sender.open_submit(page, Waiter::Page(place), &mut out).err());
        sender.send(out.freeze()).await.then_some(())
    }

    fn count_error(&self, error: Option<SubmitError>) {
        if error.is_some() {
            Metrics::count(&self.metrics.pdu_faults, &self.name, "unwritable");
        }
    }

    /// Sends a page that answers no waiting request: the second turn of a dialogue this link holds.
    pub(super) async fn push(
        self: &Arc<Self>,
        to: &crate::domain::address::Msisdn,
        handle: &[u8],
        page: &Outbound,
    ) -> Result<(), SubmitError> {
        let Some(dialect) = self.ears.dialect.as_ref() else { return Err(SubmitError::Down) };
        let _under_way = self.under_way();
        let reply = lock(&self.dialogues).take(to).filter(|reply| reply.handle(dialect) == handle);
        let reply = reply.unwrap_or_else(|| ReplyTo::of_handle(dialect, handle, self.push_source(), to));
        let permit = self.window.clone().acquire_owned();
        let permit = tokio::time::timeout(self.settings.response_timeout(), permit).await;
        let (Ok(Ok(permit)), Some(sender)) = (permit, self.sender()) else { return Err(SubmitError::Down) };
        let sent = sender.submit(self.page(dialect, &reply, page)).await;
        drop(permit);
        sent.map(|_| ())
    }
}
