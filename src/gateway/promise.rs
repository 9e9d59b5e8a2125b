//! Dues that make no dialogue go on: promises to write, events for the audit trail, leftovers of a deletion.

use super::turn::CONFLICTS_MAX;
use super::{Gateway, calls, draft, reply};
use crate::domain::audit::Entry;
use crate::domain::delivery::{Due, Proof, Purpose, ReplyAddress, Row, RowState};
use crate::domain::envelope::StepKey;
use crate::domain::lang::{Lang, Script};
use crate::domain::menu::model::{Bundle, BundleId, Phrase};
use crate::domain::person::Person;
use crate::domain::service::Call;
use crate::domain::session::Profile;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::failpoint::{self, Point};
use crate::metrics::Metrics;
use crate::ports::{Commit, Committed, Opened, StoreError};
use core::time::Duration;
use std::sync::Arc;

/// Promises are asked for less and less often, up to this.
const PROMISE_PAUSE_MAX: Duration = Duration::from_secs(3_600);

impl Gateway {
    /// "We will write to you": asks again, and once there is an answer writes one row that says there is news, no more.
    pub(super) async fn promise_due(
        self: &Arc<Self>,
        due: &Due,
        call: &Call,
        reply: &ReplyAddress,
        form: (Lang, Script),
        bundle: BundleId,
    ) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        let opened = self.parts.sessions.open(due.person, now).await?;
        if now > due.latest || self.right(&opened.profile, call, now).is_none() {
            return self.drop_promise(due).await;
        }
        let answer =
            self.ask(call.clone(), reply.to.clone()).await.unwrap_or_else(|_dropped| calls::bare("down"));
        if !matches!(answer.outcome.as_str(), "found" | "unknown") {
            let next = Due {
                at: now.plus(self.pause(due.attempt)),
                attempt: due.attempt.saturating_add(1),
                ..due.clone()
            };
            failpoint::reached(Point::DueBeforeSettled);
            self.parts.outbox.settle_due(due.person, due.id, Some(next)).await?;
            failpoint::reached(Point::DueSettled);
            return Ok(());
        }
        let held = self.parts.library.fetch(bundle, &*self.parts.shared, now).await?;
        let bundle = held.unwrap_or_else(|| self.parts.library.current());
        failpoint::reached(Point::PromiseAnswered);
        for _ in 0..CONFLICTS_MAX {
            // The row is written against the profile that allows it: a STOP or a deletion meanwhile is a conflict.
            let now = self.parts.clock.now();
            let opened = self.parts.sessions.open(due.person, now).await?;
            let Some(proof) = self.right(&opened.profile, call, now) else {
                return self.drop_promise(due).await;
            };
            let row = self.news(due, reply, form, &bundle, (proof, !opened.profile.greeted), now);
            match self.parts.sessions.commit(&self.kept(due, opened, row, now)).await? {
                Committed::Done | Committed::Replay => {
                    failpoint::reached(Point::PromiseHandedOver);
                    Metrics::count(&self.parts.metrics.rows, "promise", "kept");
                    return Ok(());
                }
                Committed::Conflict => {}
            }
        }
        Err(StoreError::Away("too many turns of one person at once".to_owned()))
    }

    /// By what right the promise is kept now, if by any.
    fn right(&self, profile: &Profile, call: &Call, now: Timestamp) -> Option<Proof> {
        let unwanted = self.is_unwanted(profile, Purpose::Requested, call.at, now);
        profile.proof(Purpose::Requested).filter(|_| !unwanted)
    }

    async fn drop_promise(&self, due: &Due) -> Result<(), StoreError> {
        Metrics::count(&self.parts.metrics.rows, "promise", "dropped");
        self.parts.outbox.settle_due(due.person, due.id, None).await
    }

    /// The commit that keeps a promise: the row is there and the due is done, or neither.
    fn kept(&self, due: &Due, opened: Opened, row: Row, now: Timestamp) -> Commit {
        let limits = &self.parts.limits;
        let profile = Profile { greeted: true, ..opened.profile };
        let until = profile.seen.plus(limits.profile_lasts);
        Commit {
            person: due.person,
            now,
            step: StepKey::of(&[&due.id.0, b"kept"]),
            expect: opened.session_version,
            session_expires: draft::expires(&opened.session, now.plus(limits.copy_window)),
            session: opened.session,
            profile: Some((opened.profile_version, profile, until)),
            rows: vec![row],
            dues: Vec::new(),
            done: vec![due.id],
            lease_until: now,
            erase: false,
        }
    }

    fn pause(&self, attempt: u16) -> Duration {
        let doubled = self.parts.limits.promise_every.saturating_mul(1 << u32::from(attempt).min(10));
        doubled.min(PROMISE_PAUSE_MAX)
    }

    fn news(
        &self,
        due: &Due,
        reply: &ReplyAddress,
        (lang, script): (Lang, Script),
        bundle: &Bundle,
        (proof, greets): (Proof, bool),
        now: Timestamp,
    ) -> Row {
        let facts = self.facts(&reply.link);
        let say = |phrase| reply::said(bundle, phrase, lang, script, &facts);
        let greeting = if greets { say(Phrase::WhoWrites) } else { String::new() };
        Row {
            id: StepKey::of(&[&due.id.0, b"news"]),
            person: due.person,
            to: reply.to.clone(),
            from: if facts.short.is_empty() { reply.from.clone() } else { facts.short.clone() },
            link: reply.link.clone(),
            text: format!("{}\n{greeting}", say(Phrase::News)).trim().to_owned(),
            purpose: Purpose::Requested,
            proof,
            campaign: None,
            jobs: Vec::new(),
            created: now,
            earliest: now,
            latest: now.plus(self.parts.limits.promise_lasts),
            state: RowState::Queued { at: now, attempt: 0 },
            maybe_dup: false,
            trail: Vec::new(),
        }
    }

    /// Events that were committed with what they tell of; done once they are on the disk of the trail.
    pub(super) async fn audit_due(&self, due: &Due, entries: Vec<Entry>) -> Result<(), StoreError> {
        if !self.parts.audit.note(entries).await {
            tracing::error!("audit events not written; they stay in the store and are tried again");
            return Ok(());
        }
        self.parts.outbox.settle_due(due.person, due.id, None).await
    }

    /// Shared records of a person who has deleted his data; once more after a lease, since a plea may have been on its way
    /// to the board when he did.
    pub(super) async fn forget_due(&self, due: &Due, names: &[String]) -> Result<(), StoreError> {
        for name in names {
            match name.strip_prefix(super::board::RECORD) {
                Some(no) => self.board.forget_his(no, |ticket| self.is_his(ticket, due.person)).await?,
                None => self.parts.shared.remove(name).await?,
            }
        }
        let at = self.parts.clock.now().plus(self.parts.limits.row_lease);
        let again = (due.attempt == 0).then(|| Due { attempt: 1, at, ..due.clone() });
        self.parts.outbox.settle_due(due.person, due.id, again).await
    }

    /// Whether `person` asked for the ticket, under today's key or one before it.
    pub(super) fn is_his(&self, ticket: &Ticket, person: Person) -> bool {
        let mut keys = core::iter::once(&self.parts.persons).chain(&self.parts.old_persons);
        keys.any(|keys| keys.person(&ticket.number) == person)
    }
}
