//! Consent, STOP and deletion within a turn, and what makes a STOP hold: nothing of a purpose is taken up after STOP was
//! acknowledged.
//!
//! Why it holds, with rows in whatever hands. A STOP is committed, then the person's rows are listed and cancelled, and only
//! then it is acknowledged. A row is taken up (`Sending`) after its gateway has looked at the profile. If that look came
//! after the commit, it saw the STOP. If it came before, the row was there before the commit, so the list found it: still
//! queued, it was cancelled, and a row that is cancelled cannot be taken up; or it was taken up before the acknowledgement.

use super::Gateway;
use super::calls::bare;
use super::draft::Draft;
use crate::domain::audit::{Entry, Event, Told};
use crate::domain::consent::{self, Said};
use crate::domain::delivery::{Purpose, Row, RowChange, RowEvent, RowState};
use crate::domain::menu::model::Bundle;
use crate::domain::record::keyed;
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Dialogue, Phone, Profile};
use crate::domain::time::Timestamp;
use crate::domain::value::{Item, Value, Values};
use crate::metrics::Metrics;
use crate::ports::{Opened, StoreError};
use core::time::Duration;

/// Rows of a person that a STOP looks at; what is beyond it is stopped when it is taken up.
const ROWS_MAX: usize = 256;
/// Times the rows are looked at again because the store did not answer, before the STOP is refused and comes again.
const TRIES: usize = 3;
/// Where the names of purposes stand in six languages.
const NAMES: &str = "reference/purposes.yaml";
/// What is chosen to stop everything.
const ALL: &str = "all";

impl Draft {
    /// How something is said in this turn.
    pub(super) fn said(&self, dialogue: &Dialogue, at: Timestamp) -> Said {
        Said { at, wording: dialogue.bundle, lang: dialogue.lang, channel: self.channel, by: self.step }
    }

    /// Notes an event for the audit trail; it is committed with the turn.
    pub(super) fn note(&mut self, at: Timestamp, event: Event) {
        let count = u64::try_from(self.audit.len()).unwrap_or(u64::MAX);
        let id = crate::domain::envelope::StepKey::of(&[&self.step.0, &count.to_be_bytes(), b"audit"]);
        self.audit.push(Entry { id, at, subject: keyed(self.person.id), event });
    }

    /// STOP: all that is on goes off, and what waits is cancelled once this is committed.
    pub(super) fn stop(&mut self, said: Said) {
        self.stops = true;
        self.end_alerts();
        let on = self.profile.stop(said);
        self.note(said.at, Event::Stop { channel: said.channel });
        for purpose in on {
            self.note(said.at, Event::ConsentWithdrawn(told(purpose, said)));
        }
    }

    /// What he looked for is kept for nothing else.
    fn end_alerts(&mut self) {
        self.profile.alerts = None;
        self.dues.retain(|due| due.id != super::alerts::subscription());
        self.done.push(super::alerts::subscription());
    }

    /// START; refused unless the phone is his.
    pub(super) fn start(&mut self, said: Said) -> bool {
        let started = self.profile.start().is_ok();
        if started {
            self.note(said.at, Event::Start { channel: said.channel });
        }
        started
    }

    /// One purpose goes off.
    pub(super) fn withdraw(&mut self, purpose: Purpose, said: Said) {
        self.stops = true;
        if purpose == Purpose::Alert {
            self.end_alerts();
        }
        if self.profile.withdraw(purpose, said) {
            self.note(said.at, Event::ConsentWithdrawn(told(purpose, said)));
        }
    }

    /// One purpose goes on; refused unless the phone is his.
    pub(super) fn agree(&mut self, purpose: Purpose, said: Said) -> bool {
        let agreed = self.profile.agree(purpose, said).is_ok();
        if agreed {
            self.note(said.at, Event::ConsentGiven(told(purpose, said)));
        }
        agreed
    }

    /// The number may be another's by now.
    pub(super) fn fall_silent(&mut self, said: Said) {
        let (lang, suspended) = self.profile.fall_silent(said);
        self.guess = lang;
        for purpose in suspended {
            self.note(said.at, Event::ConsentSuspended(told(purpose, said)));
        }
    }

    /// Everything of him goes with this turn's commit; the receipt he is told.
    pub(super) fn delete(&mut self, at: Timestamp) -> Answer {
        self.erase = true;
        self.belongings = self.profile.tickets.iter().map(|plea| super::board::record(&plea.no)).collect();
        let receipt = super::calls::receipt(self.person, at);
        self.note(at, Event::Deletion { receipt: receipt.clone() });
        let values = Values::from([("receipt".into(), Value::Digits(receipt))]);
        Answer { outcome: "ok".into(), values }
    }
}

fn told(purpose: Purpose, said: Said) -> Told {
    Told {
        purpose: consent::word(purpose).to_owned(),
        wording: said.wording.to_string(),
        lang: said.lang,
        channel: said.channel,
        by: hex::encode(said.by.0),
    }
}

/// `data.stop-one`: the purpose chosen from the list, or all.
pub(super) fn stop_one(call: &Call, draft: &mut Draft, said: Said) -> Answer {
    let chosen = call.give.values().find_map(|value| match value {
        Value::Choice(id) | Value::Word(id) | Value::Text(id) => Some(id.as_str()),
        Value::Digits(_) | Value::Date(_) | Value::Number(_) | Value::Items(_) => None,
    });
    // Whatever is not the name of one purpose stops all: a STOP is never refused.
    match chosen.and_then(consent::purpose) {
        Some(purpose) => {
            draft.withdraw(purpose, said);
            bare("ok")
        }
        None => {
            draft.stop(said);
            bare(ALL)
        }
    }
}

/// `data.on`: what is on, to be stopped one by one, by the names in the dialogue's language.
pub(super) fn on(profile: &Profile, bundle: &Bundle, dialogue: &Dialogue) -> Answer {
    let name = |id: &str| {
        let form = bundle.vocabularies.get(NAMES)?.get(id)?.forms.get(&dialogue.lang)?;
        Some(form.native.fill(dialogue.lang, &std::collections::BTreeMap::new(), None).trim().to_owned())
    };
    let on = profile.on();
    let ids = on.iter().map(|purpose| consent::word(*purpose)).chain(core::iter::once(ALL));
    let items = ids.map(|id| Item { id: id.to_owned(), label: name(id).unwrap_or_else(|| id.to_owned()) });
    let outcome = if on.is_empty() { "none" } else { "some" };
    let values = Values::from([("on".to_owned(), Value::Items(items.collect()))]);
    Answer { outcome: outcome.to_owned(), values }
}

/// `data.show`: the kinds of what is stored, and for how long; never their contents.
pub(super) fn shown(profile: &Profile, dialogue: &Dialogue, limits: &super::Limits) -> Answer {
    let count = |n: usize| Value::Number(i64::try_from(n).unwrap_or(i64::MAX));
    let days = |time: Duration| Value::Number(i64::try_from(time.as_secs() / 86_400).unwrap_or(i64::MAX));
    let values = Values::from([
        ("language".into(), Value::Word(profile.lang.unwrap_or(dialogue.lang).tag().to_owned())),
        ("pushes".into(), count(profile.on().len())),
        ("kept_days".into(), days(limits.profile_lasts)),
        ("text_days".into(), days(limits.texts_last)),
        ("trail_days".into(), days(limits.audit_lasts)),
    ]);
    // Also that he wants nothing: a STOP is kept, and so is what he said of the phone.
    let kept = profile.lang.is_some()
        || profile.stopped.is_some()
        || profile.phone != Phone::Unknown
        || !profile.consents.is_empty()
        || !profile.tickets.is_empty()
        || profile.group.is_some();
    Answer { outcome: if kept { "some" } else { "none" }.to_owned(), values }
}

impl Gateway {
    /// Cancels what waits for a person who has just taken something back; before the acknowledgement.
    pub(super) async fn cancel_unwanted(&self, draft: &Draft) -> Result<(), StoreError> {
        let mut tries = 1;
        loop {
            match self.cancel_once(draft.person, &draft.profile).await {
                Err(error) if error.retryable() && tries < TRIES => {
                    tracing::warn!(%error, "rows of a STOP not cancelled, trying again");
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    /// A STOP that comes again may not have got so far the first time.
    pub(super) async fn cancel_again(
        &self,
        person: crate::domain::person::Person,
        opened: &Opened,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if !opened.profile.took_back_at(at) {
            return Ok(());
        }
        self.cancel_once(person, &opened.profile).await
    }

    async fn cancel_once(
        &self,
        person: crate::domain::person::Person,
        profile: &Profile,
    ) -> Result<(), StoreError> {
        let rows = self.parts.outbox.list(person, ROWS_MAX).await?;
        let unwanted = rows.into_iter().filter(|row| {
            matches!(row.state, RowState::Queued { .. }) && profile.has_taken_back(row.purpose, row.proof.at)
        });
        self.cancel(unwanted.collect()).await
    }

    /// Rows as claimed, without those that are no longer wanted, which are cancelled; rows of whom nothing can be read now
    /// stay claimed and are looked at again.
    pub(super) async fn still_wanted(&self, rows: Vec<Row>) -> Vec<Row> {
        let now = self.parts.clock.now();
        let (mut wanted, mut unwanted) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            if !consent::needs_consent(row.purpose) {
                wanted.push(row);
                continue;
            }
            match self.parts.sessions.open(row.person, now).await {
                Ok(opened)
                    if self.is_unwanted(&opened.profile, row.purpose, row.proof.at, now)
                        || super::alerts::is_put_off(&opened.profile, &row) =>
                {
                    unwanted.push(row);
                }
                Ok(_) => wanted.push(row),
                Err(error) => tracing::warn!(%error, "a row waits, since its person cannot be read"),
            }
        }
        if let Err(error) = self.cancel(unwanted).await {
            tracing::warn!(%error, "rows no longer wanted are not cancelled yet");
        }
        wanted
    }

    /// Whether a text asked for at `asked` is not to be sent now: taken back since, or the number has fallen silent.
    pub(super) fn is_unwanted(
        &self,
        profile: &Profile,
        purpose: Purpose,
        asked: Timestamp,
        now: Timestamp,
    ) -> bool {
        profile.has_taken_back(purpose, asked) || profile.is_silent(now, self.parts.limits.number_silent)
    }

    async fn cancel(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let at = self.parts.clock.now();
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let event = |what| RowEvent { person: row.person, id: row.id, at, what };
            // Claimed in `Sending`: the lease of who sent it has ended. It is given back first, then cancelled.
            if matches!(row.state, RowState::Sending { .. }) {
                events.push(event(RowChange::Deferred { retry: at }));
            }
            events.push(event(RowChange::Cancelled));
            Metrics::count(&self.parts.metrics.rows, &row.link, "cancelled");
        }
        self.parts.outbox.record(&events, at).await.map(drop)
    }
}
