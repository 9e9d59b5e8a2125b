//! What menus `call`: local rules at once, the person's own records within the turn's commit, offices with a grace.

use super::Gateway;
use super::consent;
use super::draft::Draft;
use crate::domain::address::Msisdn;
use crate::domain::delivery::{Due, DueKind, Purpose, ReplyAddress};
use crate::domain::envelope::StepKey;
use crate::domain::lang::Script;
use crate::domain::local;
use crate::domain::menu::model::Bundle;
use crate::domain::person::Person;
use crate::domain::service::{self, Answer, Call, Place};
use crate::domain::session::{Dialogue, Phone, Profile, Tries};
use crate::domain::text::script::{self, Known};
use crate::domain::time::Timestamp;
use crate::domain::vacancy::ask;
use crate::domain::value::{Value, Values};
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Failed look-ups of one reference within `tries_window`, from all phones together; far above honest mistyping, far below
/// the ten thousand that four digits have.
const REFERENCE_TRIES_MAX: u16 = 20;
/// Times a counter is written again because another was faster; then one is not counted.
const REFERENCE_WRITES_MAX: usize = 4;

/// What became of a call within its grace.
#[derive(Debug)]
pub(super) enum Called {
    /// It is answered.
    Ready(Answer),
    /// It goes on; the answer is a second turn.
    Waiting(oneshot::Receiver<Answer>),
    /// The dialogue goes on as this one, brought from another device, on its version of the menus.
    Brought(Box<Dialogue>, Arc<Bundle>),
    /// What that one has on its screen goes out as a letter.
    Letter(Box<Dialogue>, Arc<Bundle>),
}

/// The same for every try of this call, in this dialogue, at this turn: a turn run again after a conflict calls under the same key.
#[must_use]
pub(super) fn key(person: Person, dialogue: &Dialogue, call: &Call) -> StepKey {
    StepKey::of(&[
        &person.id.0,
        &dialogue.begun.0.to_be_bytes(),
        &dialogue.turns.to_be_bytes(),
        call.service.as_bytes(),
        &postcard::to_allocvec(&call.give).unwrap_or_default(),
    ])
}

/// The citizenship group: as just told, else as kept, unless the phone is somebody else's.
fn who(call: &Call, profile: &Profile) -> Answer {
    let kept = profile.group.filter(|_| profile.phone != Phone::Borrowed).map(ask::group_value);
    match call.give.get("group").cloned().or(kept) {
        Some(group) => Answer { outcome: "known".to_owned(), values: [("group".to_owned(), group)].into() },
        None => bare("unknown"),
    }
}

/// Keeps what a person told of his citizenship when he looked for work, or asked to be told of it.
pub(super) fn keep_group(call: &Call, profile: &mut Profile) {
    let asks = matches!(call.service.as_str(), "job.find" | "alert.set");
    let told = call.give.get("group").filter(|_| asks).and_then(ask::group);
    if told.is_some() && profile.phone != Phone::Borrowed {
        profile.group = told;
    }
}

/// An answer without values.
#[must_use]
pub(super) fn bare(outcome: &str) -> Answer {
    Answer { outcome: outcome.to_owned(), values: Values::new() }
}

impl Gateway {
    /// Makes a call; offices get `grace`, then the turn goes on without them.
    pub(super) async fn call(
        self: &Arc<Self>,
        call: &Call,
        draft: &mut Draft,
        dialogue: &Dialogue,
        grace: Duration,
    ) -> Called {
        let now = self.parts.clock.now();
        if let Some(called) = self.take_up(call, draft, dialogue, now).await {
            return called;
        }
        let place = service::spec(&call.service).map(|spec| spec.place);
        match place {
            Some(Place::Local) => {
                let reference = self.parts.library.reference();
                let answer = local::local(call, &reference, now);
                keep_group(call, &mut draft.profile);
                Called::Ready(answer.unwrap_or_else(|| bare("down")))
            }
            Some(Place::Own) => Called::Ready(match self.plea(call, draft, dialogue, now).await {
                Some(answer) => answer,
                None => self.own(call, draft, dialogue, now),
            }),
            Some(Place::Office) if self.is_blocked(&draft.profile, call, now) => {
                Called::Ready(bare("blocked"))
            }
            Some(Place::Office) if self.reference_is_guarded(call, now).await => {
                Called::Ready(bare("blocked"))
            }
            Some(Place::Office) => {
                let mut answer = self.ask(call.clone(), draft.address.to.clone());
                match tokio::time::timeout(grace, &mut answer).await {
                    Ok(Ok(answer)) => Called::Ready(self.counted(call, answer, &mut draft.profile, now)),
                    Ok(Err(_dropped)) => Called::Ready(bare("down")),
                    Err(_elapsed) => Called::Waiting(answer),
                }
            }
            None => Called::Ready(bare("down")),
        }
    }

    /// Asks an office on the background runtime.
    pub(super) fn ask(self: &Arc<Self>, call: Call, to: Msisdn) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let upstream = self.parts.upstreams.get(&call.service).cloned();
        self.parts.background.spawn("call", async move {
            let answered = match upstream {
                Some(upstream) => upstream.call(&call, &to).await.unwrap_or_else(|error| {
                    tracing::warn!(service = %call.service, %error, "upstream did not answer");
                    bare(if matches!(error, crate::ports::UpstreamError::Slow) { "slow" } else { "down" })
                }),
                None => bare("down"),
            };
            drop(reply.send(with_tail(&call, answered)));
        });
        answer
    }

    /// Counts a failed look-up against this phone; a hit forgets the earlier ones.
    pub(super) fn counted(
        &self,
        call: &Call,
        answer: Answer,
        profile: &mut Profile,
        now: Timestamp,
    ) -> Answer {
        if call.service == "application.status" {
            match answer.outcome.as_str() {
                "unknown" => {
                    profile.tries = profile.tries.at(now, self.parts.limits.tries_window).failed();
                    self.note_reference(call, now);
                }
                "found" => profile.tries = Tries::default(),
                _ => {}
            }
        }
        answer
    }

    /// Whether a reference has been asked for in vain so often, from whatever phones, that somebody is trying the four
    /// digits through. A store that does not answer blocks nobody.
    async fn reference_is_guarded(&self, call: &Call, now: Timestamp) -> bool {
        let Some(name) = self.reference_slot(call) else { return false };
        let found = self.parts.shared.get(&name, now).await;
        let tries = found.ok().flatten().and_then(|(_, bytes)| postcard::from_bytes::<Tries>(&bytes).ok());
        tries.is_some_and(|tries| tries.at(now, self.parts.limits.tries_window).count >= REFERENCE_TRIES_MAX)
    }

    /// Counts a failed look-up against the reference, aside: nobody waits for it.
    fn note_reference(&self, call: &Call, now: Timestamp) {
        let Some(name) = self.reference_slot(call) else { return };
        let (shared, window) = (self.parts.shared.clone(), self.parts.limits.tries_window);
        self.parts.background.spawn("tries", async move {
            for _ in 0..REFERENCE_WRITES_MAX {
                let Ok(found) = shared.get(&name, now).await else { return };
                let (version, before) = found.map_or((0, None), |(version, bytes)| {
                    (version, postcard::from_bytes::<Tries>(&bytes).ok())
                });
                let tries = before.unwrap_or(Tries { since: now, count: 0 }).at(now, window).failed();
                let bytes = postcard::to_allocvec(&tries).unwrap_or_default();
                let expires = Some(tries.since.plus(window));
                if !matches!(shared.put(&name, version, &bytes, expires, now).await, Ok(false)) {
                    return;
                }
            }
        });
    }

    /// The shared counter of the reference asked about: one of a fixed number of slots under a keyed hash.
    fn reference_slot(&self, call: &Call) -> Option<String> {
        let Some(Value::Digits(number)) = call.give.get("number") else { return None };
        let counted = call.service == "application.status";
        let slot = self.parts.persons.slot(b"reference", number.as_bytes());
        counted.then(|| format!("tries/{slot:04x}"))
    }

    fn is_blocked(&self, profile: &Profile, call: &Call, now: Timestamp) -> bool {
        call.service == "application.status"
            && profile.tries.at(now, self.parts.limits.tries_window).count >= self.parts.limits.tries_max
    }

    /// Services in the person's own records: they change the draft and are committed with it.
    fn own(&self, call: &Call, draft: &mut Draft, dialogue: &Dialogue, now: Timestamp) -> Answer {
        let room = draft.takes_due();
        let said = draft.said(dialogue, now);
        match call.service.as_str() {
            "phone.mine" => draft.profile.phone = Phone::Own,
            "phone.borrowed" => {
                draft.profile.phone = Phone::Borrowed;
                // Told by whoever holds it now.
                draft.profile.group = None;
            }
            "data.stop" => draft.stop(said),
            "data.stop-one" => return consent::stop_one(call, draft, said),
            "data.start" if !draft.start(said) => return bare("borrowed"),
            "data.start" => {}
            "data.on" => {
                let held = self.parts.library.held(dialogue.bundle);
                let bundle = held.unwrap_or_else(|| self.parts.library.current());
                return consent::on(&draft.profile, &bundle, dialogue);
            }
            "job.who" => return who(call, &draft.profile),
            name if name.starts_with("alert.") => return self.alert_service(call, draft, dialogue, now),
            "data.show" => return consent::shown(&draft.profile, dialogue, &self.parts.limits),
            "data.delete" => return draft.delete(now),
            // Nothing is promised before the phone is known to be his.
            "application.answer-later" if !room || !draft.agree(Purpose::Requested, said) => {
                return bare("down");
            }
            "application.answer-later" => {
                let due = self.promise(call, draft, dialogue, now);
                draft.dues.push(due);
            }
            _ => return bare("down"),
        }
        bare("ok")
    }

    /// "We will write to you": kept by a due row that outlives the dialogue and the process.
    fn promise(&self, call: &Call, draft: &Draft, dialogue: &Dialogue, now: Timestamp) -> Due {
        let call = Call { service: "application.status".into(), ..call.clone() };
        // A push is read in any letters and paid by the part: Latin, unless the person has shown otherwise.
        let known = Known { wrote: None, chose: draft.profile.script, dialogue: dialogue.script };
        let script = script::script(dialogue.lang, known, Script::Latin);
        Due {
            id: StepKey::of(&[&call.key.0, b"promise"]),
            person: draft.person,
            at: now.plus(self.parts.limits.promise_every),
            latest: now.plus(self.parts.limits.promise_lasts),
            attempt: 0,
            what: DueKind::Promise {
                call,
                reply: draft.address.clone(),
                lang: dialogue.lang,
                script,
                bundle: dialogue.bundle,
            },
        }
    }
}

/// Six digits to name a deletion by; from a keyed id, so that they tell nothing.
pub(super) fn receipt(person: Person, now: Timestamp) -> String {
    let StepKey([a, b, c, d, ..]) = StepKey::of(&[&person.id.0, &now.0.to_be_bytes(), b"receipt"]);
    format!("{:06}", u32::from_be_bytes([a, b, c, d]) % 1_000_000)
}

/// `tail`: the last four digits of the reference asked about, so that a screen can name it without showing it.
fn with_tail(call: &Call, mut answer: Answer) -> Answer {
    if let Some(Value::Digits(number)) = call.give.get("number") {
        let tail = number.get(number.len().saturating_sub(4)..).unwrap_or(number);
        answer.values.insert("tail".to_owned(), Value::Digits(tail.to_owned()));
    }
    answer
}

/// The due that makes an unanswered call again if this process dies.
#[must_use]
pub(super) fn insurance(
    person: Person,
    call: &Call,
    held: bool,
    reply: &ReplyAddress,
    at: Timestamp,
    latest: Timestamp,
) -> Due {
    Due {
        id: insurance_id(call),
        person,
        at,
        latest,
        attempt: 0,
        what: DueKind::Answer { call: call.clone(), held, reply: reply.clone() },
    }
}

/// The id of `insurance`.
#[must_use]
pub(super) fn insurance_id(call: &Call) -> StepKey {
    StepKey::of(&[&call.key.0, b"answer"])
}
