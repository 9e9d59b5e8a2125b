//! Pleas for a person at the desk: taken only while somebody reads them, committed with the turn, and asked after by number.

use super::Gateway;
use super::calls::bare;
use super::draft::Draft;
use crate::domain::delivery::{Due, DueKind, Proof};
use crate::domain::desk::Shift;
use crate::domain::envelope::StepKey;
use crate::domain::lang::Script;
use crate::domain::local;
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Dialogue, PLEAS_MAX, Phone, Plea};
use crate::domain::text::script::{self, Known};
use crate::domain::ticket::{Queue, TEXT_MAX, Ticket, TicketNo, TicketState};
use crate::domain::time::Timestamp;
use crate::domain::value::{Value, Values};
use crate::ports::StoreError;
use core::time::Duration;

/// Open pleas of one person in one queue; one more is answered with the number of the last.
const OPEN_MAX: usize = 2;
/// How long a plea may be on its way to the board; until then one that does not stand there counts as open.
const ON_ITS_WAY: Duration = Duration::from_secs(600);
/// Numbers tried until one is free.
const NUMBERS_MAX: u8 = 4;
/// How long a plea's due is kept; it is carried whatever its age.
const CARRY: Duration = Duration::from_secs(400 * 86_400);

impl Gateway {
    /// The answer of a desk's service; `None` where `call` is none.
    pub(super) async fn plea(
        &self,
        call: &Call,
        draft: &mut Draft,
        dialogue: &Dialogue,
        now: Timestamp,
    ) -> Option<Answer> {
        if call.service == "ticket.state" {
            return Some(self.state_of(call, draft, now).await);
        }
        let queue = call.service.strip_suffix(".ask")?;
        let queue = Queue::ALL.into_iter().find(|known| known.word() == queue)?;
        let asked = self.ask_desk(queue, call, draft, dialogue, now).await;
        Some(asked.unwrap_or_else(|error| {
            tracing::warn!(queue = queue.word(), %error, "a plea could not be taken");
            bare("down")
        }))
    }

    async fn ask_desk(
        &self,
        queue: Queue,
        call: &Call,
        draft: &mut Draft,
        dialogue: &Dialogue,
        now: Timestamp,
    ) -> Result<Answer, StoreError> {
        let reference = self.parts.library.reference();
        let shift = reference.shift(queue, now.date()).filter(|shift| shift.hours.is_open(now));
        let Some(shift) = shift else { return Ok(bare("closed")) };
        let topic = chosen(call, "topic").unwrap_or_default();
        if let Some(no) = self.standing(queue, topic, draft, now).await? {
            return Ok(answered("again", no));
        }
        let slot = chosen(call, "slot").filter(|slot| *slot != "any");
        let safe = slot.and_then(|slot| reference.desk.slot(slot));
        // An hour nobody knows is not any hour: better no call than one at the wrong time.
        let calls = shift.calls(safe, now).filter(|_| slot.is_none() || safe.is_some());
        let when = calls.and_then(|calls| local::when(shift, calls));
        let Some((day, hours)) = when.filter(|_| draft.takes_due()) else { return Ok(bare("down")) };
        let no = self.free_number(call, now).await?;
        let mut answer = answered("ok", no.clone());
        answer.values.insert("calls_on".to_owned(), Value::Date(day));
        answer.values.insert("calls_at".to_owned(), Value::Text(hours));
        let ticket = ticket(no, queue, (topic, safe), call, draft, dialogue, (now, shift));
        let instead = self.room(draft).await?;
        draft.profile.tickets.push(Plea { no: ticket.no.clone(), queue, at: now });
        draft.dues.push(Due {
            id: StepKey::of(&[&call.key.0, b"ticket"]),
            person: draft.person,
            at: now,
            latest: now.plus(CARRY),
            attempt: 0,
            what: DueKind::Ticket { ticket: Box::new(ticket), instead },
        });
        Ok(answer)
    }

    /// The number of a plea that stands in the way of another: the same one, or the newest of too many.
    async fn standing(
        &self,
        queue: Queue,
        topic: &str,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Option<TicketNo>, StoreError> {
        let mut open = Vec::new();
        for plea in draft.profile.tickets.iter().filter(|plea| plea.queue == queue) {
            match self.board.get(&plea.no).await? {
                Some(ticket) if matches!(ticket.state, TicketState::Closed { .. }) => {}
                Some(ticket) if ticket.topic == topic => return Ok(Some(plea.no.clone())),
                None if now.since(plea.at) >= ON_ITS_WAY => {}
                Some(_) | None => open.push(plea.no.clone()),
            }
        }
        Ok(if open.len() >= OPEN_MAX { open.pop() } else { None })
    }

    /// Makes room for another plea: the number of the oldest that is closed, which goes; or nothing where there is room.
    async fn room(&self, draft: &mut Draft) -> Result<TicketNo, StoreError> {
        let pleas = &mut draft.profile.tickets;
        if pleas.len() >= PLEAS_MAX {
            for at in 0..pleas.len() {
                let Some(plea) = pleas.get(at) else { break };
                let found = self.board.get(&plea.no).await?;
                if found.is_none_or(|ticket| matches!(ticket.state, TicketState::Closed { .. })) {
                    return Ok(pleas.remove(at).no);
                }
            }
        }
        Ok(TicketNo::new())
    }

    /// Eight digits that nobody can guess or count, and under which no ticket stands.
    async fn free_number(&self, call: &Call, now: Timestamp) -> Result<TicketNo, StoreError> {
        let mut no = TicketNo::new();
        for n in 0..NUMBERS_MAX {
            let seed = StepKey::of(&[&call.key.0, &self.parts.id.to_be_bytes(), &now.0.to_be_bytes(), &[n]]);
            no = self.parts.persons.receipt(&seed.0);
            if self.board.get(&no).await?.is_none() {
                break;
            }
        }
        Ok(no)
    }

    /// "Waiting" or "answered", never what it is about. Numbers are not tried through: failed ones count.
    async fn state_of(&self, call: &Call, draft: &mut Draft, now: Timestamp) -> Answer {
        let limits = &self.parts.limits;
        let guesses = draft.profile.guesses.at(now, limits.tries_window);
        if guesses.count >= limits.tries_max {
            return bare("blocked");
        }
        let Some(Value::Digits(no)) = call.give.get("receipt") else { return bare("unknown") };
        let own = draft.profile.tickets.iter().find(|plea| plea.no == *no);
        match self.board.get(no).await {
            Ok(Some(ticket)) => match ticket.state {
                TicketState::Called { .. } | TicketState::Closed { .. } => bare("answered"),
                TicketState::Open | TicketState::Claimed { .. } => bare("waiting"),
            },
            Ok(None) if own.is_some_and(|plea| now.since(plea.at) < ON_ITS_WAY) => bare("waiting"),
            Ok(None) => {
                draft.profile.guesses = guesses.failed();
                bare("unknown")
            }
            Err(error) => {
                tracing::warn!(%error, "a ticket could not be looked up");
                bare("down")
            }
        }
    }
}

fn ticket(
    no: TicketNo,
    queue: Queue,
    (topic, safe): (&str, Option<(u16, u16)>),
    call: &Call,
    draft: &Draft,
    dialogue: &Dialogue,
    (now, shift): (Timestamp, &Shift),
) -> Ticket {
    let known = Known { wrote: None, chose: draft.profile.script, dialogue: dialogue.script };
    let whose = chosen(call, "whose");
    Ticket {
        no,
        person: draft.person,
        number: draft.address.to.clone(),
        link: draft.address.link.clone(),
        queue,
        topic: topic.to_owned(),
        lang: dialogue.lang,
        // A text is read in any letters and paid by the part: Latin, unless the person has shown otherwise.
        script: script::script(dialogue.lang, known, Script::Latin),
        from: draft.address.from.clone(),
        sms_wanted: whose == Some("sms"),
        phone: match whose {
            Some("mine" | "sms") => Phone::Own,
            Some(_) => Phone::Borrowed,
            None => draft.profile.phone,
        },
        safe,
        text: written(call),
        created: now,
        due: shift.due(safe, now),
        proof: Proof { by: draft.step, at: now, wording: dialogue.bundle },
        state: TicketState::Open,
        escalated: false,
        acts: Vec::new(),
    }
}

fn chosen<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    match call.give.get(name) {
        Some(Value::Choice(id)) => Some(id),
        _ => None,
    }
}

/// What the person wrote; a digit alone means "no words".
fn written(call: &Call) -> Option<String> {
    let Some(Value::Text(text)) = call.give.get("words") else { return None };
    let words = text.trim();
    let none = words.chars().filter(|c| c.is_alphanumeric()).count() <= 1;
    (!none).then(|| words.chars().take(TEXT_MAX).collect())
}

fn answered(outcome: &str, no: TicketNo) -> Answer {
    Answer { outcome: outcome.to_owned(), values: Values::from([("receipt".to_owned(), Value::Digits(no))]) }
}
