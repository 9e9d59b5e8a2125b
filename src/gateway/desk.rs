//! What happens at the desk besides what its people do: the clock that escalates, and the texts a person asked for.

use super::board::{BoardError, LOOK_EVERY};
use super::{Gateway, reply};
use crate::domain::delivery::{Purpose, Row, RowState};
use crate::domain::envelope::StepKey;
use crate::domain::menu::model::Phrase;
use crate::domain::ticket::{DeskText, Refused, Ticket, TicketChange};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::StoreError;
use core::time::Duration;
use std::sync::Arc;

/// The lease under which one gateway at a time looks after the clock.
const CLOCK: &str = "ticket/clock";
/// How long a gateway that died holds the clock up.
const CLOCK_LEASE: Duration = Duration::from_secs(15);
/// By whom the clock acts.
const BY_CLOCK: &str = "clock";

impl Gateway {
    /// Looks after the board for as long as the process runs: what others changed, and what is overdue.
    pub async fn tend(self: Arc<Self>) {
        let mut stopping = self.parts.tasks.stopping();
        loop {
            if let Err(error) = self.tend_once().await {
                tracing::warn!(%error, "the desk's board cannot be looked at");
            }
            tokio::select! {
                () = stopping.wait() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// One look; how many tickets it escalated. Of several gateways the one that holds the lease does it, and a ticket
    /// that is escalated stays so: each escalates once.
    ///
    /// # Errors
    /// The store's.
    pub async fn tend_once(&self) -> Result<usize, StoreError> {
        let now = self.parts.clock.now();
        self.board.look(now).await?;
        if self.parts.shared.lease(CLOCK, self.parts.id, now, CLOCK_LEASE).await?.is_none() {
            return Ok(0);
        }
        let mut escalated = 0;
        for ticket in self.board.overdue(now) {
            match self.board.change(&ticket.no, BY_CLOCK, TicketChange::Escalate, now).await {
                Ok(_) => {
                    escalated += 1;
                    tracing::warn!(
                        queue = ticket.queue.word(),
                        "a ticket has waited too long and was escalated"
                    );
                }
                // Closed or called meanwhile.
                Err(BoardError::Refused(_) | BoardError::Missing | BoardError::Busy) => {}
                Err(BoardError::Store(error)) => return Err(error),
            }
        }
        Ok(escalated)
    }

    /// Sends the person of a ticket one of the prepared texts, by user `by`: only where he asked for a text, and each once.
    /// It names neither topic nor outcome.
    ///
    /// # Errors
    /// `Refused::NotAsked` where he did not ask for a text or has said STOP since; else why it was not sent.
    pub async fn text(
        &self,
        no: &str,
        by: &str,
        which: DeskText,
        now: Timestamp,
    ) -> Result<Ticket, BoardError> {
        let ticket = self.board.get(no).await?.ok_or(BoardError::Missing)?;
        let stopped = self.parts.sessions.open(ticket.person, now).await?.profile.stopped;
        if !ticket.sms_wanted || stopped.is_some_and(|at| at >= ticket.created) {
            return Err(BoardError::Refused(Refused::NotAsked));
        }
        // The change first: it refuses who may not, and a form sent again finds it done.
        let changed = self.board.change(no, by, TicketChange::Texted(which), now).await?;
        let row = self.desk_row(&ticket, which, now).await?;
        // Inserted once under an id of its own, so that trying again after a kill is safe.
        self.parts.outbox.hand_over(&[row]).await?;
        Metrics::count(&self.parts.metrics.rows, &ticket.link, "queued");
        Ok(changed)
    }

    async fn desk_row(&self, ticket: &Ticket, which: DeskText, now: Timestamp) -> Result<Row, StoreError> {
        let parts = &self.parts;
        let held = parts.library.fetch(ticket.proof.wording, &*parts.shared, now).await?;
        let bundle = held.unwrap_or_else(|| parts.library.current());
        let facts = self.facts(&ticket.link);
        let say = |phrase| reply::said(&bundle, phrase, ticket.lang, ticket.script, &facts);
        let phrase = match which {
            DeskText::Called => Phrase::DeskCalled,
            DeskText::Missed => Phrase::DeskMissed,
        };
        let text = format!("{}\n{}", say(phrase), say(Phrase::WhoWrites));
        Ok(Row {
            id: StepKey::of(&[b"ticket", ticket.no.as_bytes(), which.word().as_bytes()]),
            person: ticket.person,
            to: ticket.number.clone(),
            from: if facts.short.is_empty() { ticket.from.clone() } else { facts.short.clone() },
            link: ticket.link.clone(),
            text: text.trim().to_owned(),
            purpose: Purpose::Requested,
            proof: ticket.proof,
            campaign: None,
            jobs: Vec::new(),
            created: now,
            earliest: now,
            latest: now.plus(parts.limits.reply_lasts),
            state: RowState::Queued { at: now, attempt: 0 },
            maybe_dup: false,
            trail: Vec::new(),
        })
    }
}
