//! A dialogue brought from a device that many use to a phone: a code shown there, dialled here, good once and for a few minutes.

use super::Gateway;
use super::calls::{Called, bare};
use super::draft::Draft;
use crate::domain::address::Msisdn;
use crate::domain::delivery::Purpose;
use crate::domain::envelope::StepKey;
use crate::domain::service::Call;
use crate::domain::session::{Cursor, Dialogue, Phase, Tries};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::ports::StoreError;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// How long a code is good: long enough to find the phone and to dial, too short to be tried through.
pub const LASTS: Duration = Duration::from_secs(300);
/// The menu whose code is dialled before the digits.
const MENU: &str = "carry";
/// The records of codes.
const RECORD: &str = "carry/";
/// Up to so many codes at a time have four digits; then six, so that one that is guessed is hardly ever good.
const SHORT_MAX: usize = 8;
/// Codes tried until one is free.
const TRIES_MAX: u8 = 8;

/// How it goes on at the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// As a dialogue there.
    Dialogue,
    /// What is on the screen is sent there as a letter.
    Letter,
}

/// What a code stands for.
#[derive(Serialize, Deserialize)]
struct Carried {
    how: How,
    /// Which visit and place it is of.
    of: StepKey,
    dialogue: Dialogue,
    /// The call that took it.
    taken: Option<StepKey>,
}

impl Gateway {
    /// Lays down what the visit `from` has on its screen; what a phone dials after the base code to take it up, `6*4812`. The
    /// same place gets the same digits. `None`: there is nothing that can be gone on with, or no menu that takes it up.
    ///
    /// # Errors
    /// The store's; the same may be tried again.
    pub async fn carry(&self, from: &Msisdn, how: How) -> Result<Option<String>, StoreError> {
        let now = self.parts.clock.now();
        let bundle = self.parts.library.current();
        let door = bundle.codes.iter().find(|(_, menu)| *menu == MENU).map(|(dial, _)| dial);
        let Some(door) = door else { return Ok(None) };
        let person = self.parts.persons.person(from);
        let held = self.parts.sessions.open(person, now).await?.session.held;
        let Some(dialogue) = held.filter(|dialogue| now < dialogue.expires).and_then(|d| left(d, how)) else {
            return Ok(None);
        };
        let of = StepKey::of(&[&person.id.0, &dialogue.turns.to_be_bytes(), &[u8::from(how == How::Letter)]]);
        let live = self.parts.shared.list(RECORD).await?.len();
        let digits = if live <= SHORT_MAX { 4 } else { 6 };
        for n in 0..TRIES_MAX {
            let code = self.parts.persons.receipt(&StepKey::of(&[&of.0, &[n]]).0);
            let code = code.get(..digits).unwrap_or(&code).to_owned();
            let version = match self.carried(&code, now).await? {
                Some((_, held)) if held.of == of && held.taken.is_none() => {
                    return Ok(Some(format!("{door}*{code}")));
                }
                Some(_) => continue,
                None => 0,
            };
            let record = Carried { how, of, dialogue: dialogue.clone(), taken: None };
            let bytes = postcard::to_allocvec(&record).unwrap_or_default();
            let until = Some(now.plus(LASTS));
            if self.parts.shared.put(&name(&code), version, &bytes, until, now).await? {
                return Ok(Some(format!("{door}*{code}")));
            }
        }
        Err(StoreError::Away("no code is free".to_owned()))
    }

    async fn carried(&self, code: &str, now: Timestamp) -> Result<Option<(u64, Carried)>, StoreError> {
        let found = self.parts.shared.get(&name(code), now).await?;
        Ok(found.and_then(|(version, bytes)| Some((version, postcard::from_bytes(&bytes).ok()?))))
    }

    /// The answer of the services that take a code up; `None` where `call` is none of them.
    pub(super) async fn take_up(&self, call: &Call, draft: &mut Draft, now: Timestamp) -> Option<Called> {
        let sends = match call.service.as_str() {
            "carry.take" => false,
            "carry.send" => true,
            _ => return None,
        };
        Some(self.taken(call, draft, sends, now).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a code could not be looked up");
            Called::Ready(bare("down"))
        }))
    }

    async fn taken(
        &self,
        call: &Call,
        draft: &mut Draft,
        sends: bool,
        now: Timestamp,
    ) -> Result<Called, StoreError> {
        let limits = &self.parts.limits;
        let fresh = now.since(draft.profile.tries.since) >= limits.tries_window;
        let tries = if fresh { Tries { since: now, count: 0 } } else { draft.profile.tries };
        if tries.count >= limits.tries_max {
            return Ok(Called::Ready(bare("blocked")));
        }
        let code = match call.give.get("digits") {
            Some(Value::Digits(code)) => code.as_str(),
            _ => "",
        };
        let found = self.carried(code, now).await?;
        // Tried again after a conflict, the call that took it still has it.
        let free = found.filter(|(_, held)| held.taken.is_none_or(|by| by == call.key));
        let Some((version, held)) = free else {
            draft.profile.tries = Tries { count: tries.count.saturating_add(1), ..tries };
            return Ok(Called::Ready(bare("unknown")));
        };
        match (held.how, sends) {
            // The phone is asked whose it is before anything is sent to it.
            (How::Letter, false) => return Ok(Called::Ready(bare("letter"))),
            (How::Dialogue, true) => return Ok(Called::Ready(bare("unknown"))),
            (How::Dialogue, false) | (How::Letter, true) => {}
        }
        if sends && !draft.agrees_to_letters(now, &held.dialogue) {
            return Ok(Called::Ready(bare("unknown")));
        }
        let dialogue = held.dialogue.clone();
        if held.taken.is_none() {
            let taken = Carried { taken: Some(call.key), ..held };
            let bytes = postcard::to_allocvec(&taken).unwrap_or_default();
            if !self.parts.shared.put(&name(code), version, &bytes, Some(now.plus(LASTS)), now).await? {
                return Ok(Called::Ready(bare("unknown")));
            }
        }
        Ok(if sends { Called::Letter(Box::new(dialogue)) } else { Called::Brought(Box::new(dialogue)) })
    }
}

impl Draft {
    /// Notes that the letter was asked for; not on a phone that is not his.
    fn agrees_to_letters(&mut self, now: Timestamp, dialogue: &Dialogue) -> bool {
        let said = self.said(dialogue, now);
        self.agree(Purpose::Requested, said)
    }
}

/// `brought` as the dialogue of the phone on which `here` was begun.
pub(super) fn settled(brought: Dialogue, here: &Dialogue) -> Dialogue {
    Dialogue {
        network: here.network.clone(),
        turns: here.turns,
        begun: here.begun,
        seen: here.seen,
        expires: here.expires,
        script: here.script,
        lang_chosen: false,
        attempts: 0,
        phase: Phase::Open,
        ..brought
    }
}

/// What a phone can go on with: the step under the cursor, or, for a letter, what is on the screen.
fn left(dialogue: Dialogue, how: How) -> Option<Dialogue> {
    let cursor = match (&dialogue.cursor, how) {
        (Cursor::Carry { of }, How::Dialogue) => of.place(),
        (Cursor::Step { .. }, How::Dialogue | How::Letter) => dialogue.cursor.place(),
        (Cursor::Carry { .. }, How::Letter)
        | (
            Cursor::Languages { .. }
            | Cursor::Resume { .. }
            | Cursor::Root { .. }
            | Cursor::Phrase { .. }
            | Cursor::Later { .. }
            | Cursor::Guess { .. },
            _,
        ) => return None,
    };
    (dialogue.phase == Phase::Open).then_some(Dialogue { cursor, network: Vec::new(), ..dialogue })
}

fn name(code: &str) -> String {
    format!("{RECORD}{code}")
}
