//! A dialogue brought from a device that many use to a phone: a code shown there, dialled here, good once and for a few minutes.

use super::Gateway;
use super::calls::{Called, bare};
use super::draft::Draft;
use crate::domain::address::Msisdn;
use crate::domain::delivery::Purpose;
use crate::domain::envelope::StepKey;
use crate::domain::service::Call;
use crate::domain::session::{Cursor, Dialogue, Phase};
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
/// See `SHORT_MAX`.
const DIGITS: [usize; 2] = [4, 6];
/// Codes tried until one is free.
const TRIES_MAX: u8 = 8;

/// How it goes on at the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// The turn that took it.
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
        let (begun, turns) = (dialogue.begun.0.to_be_bytes(), dialogue.turns.to_be_bytes());
        let of = StepKey::of(&[&person.id.0, &begun, &turns, &[u8::from(how == How::Letter)]]);
        let until = now.plus(LASTS);
        // One that lies there already is good for as long again, however many others lie there by now.
        for code in DIGITS.into_iter().flat_map(|digits| self.codes(of, digits)) {
            if let Some((version, held)) = self.carried(&code, now).await?
                && held.of == of
                && held.taken.is_none()
                && self.lay(&code, version, &held, until, now).await?
            {
                return Ok(Some(format!("{door}*{code}")));
            }
        }
        let live = self.parts.shared.list(RECORD).await?.len();
        let [short, long] = DIGITS;
        let record = Carried { how, of, dialogue, taken: None };
        for code in self.codes(of, if live <= SHORT_MAX { short } else { long }) {
            let free = self.carried(&code, now).await?.is_none();
            if free && self.lay(&code, 0, &record, until, now).await? {
                return Ok(Some(format!("{door}*{code}")));
            }
        }
        Err(StoreError::Away("no code is free".to_owned()))
    }

    /// The codes that `of` may have, in the order in which they are tried.
    fn codes(&self, of: StepKey, digits: usize) -> impl Iterator<Item = String> + '_ {
        (0..TRIES_MAX).map(move |n| {
            let code = self.parts.persons.receipt(&StepKey::of(&[&of.0, &[n]]).0);
            code.get(..digits).unwrap_or(&code).to_owned()
        })
    }

    /// Writes a record over its `version`; whether nobody else was faster.
    async fn lay(
        &self,
        code: &str,
        version: u64,
        record: &Carried,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let bytes = postcard::to_allocvec(record).unwrap_or_default();
        self.parts.shared.put(&name(code), version, &bytes, Some(until), now).await
    }

    async fn carried(&self, code: &str, now: Timestamp) -> Result<Option<(u64, Carried)>, StoreError> {
        let found = self.parts.shared.get(&name(code), now).await?;
        Ok(found.and_then(|(version, bytes)| Some((version, postcard::from_bytes(&bytes).ok()?))))
    }

    /// The answer of the services that take a code up; `None` where `call` is none of them.
    pub(super) async fn take_up(
        &self,
        call: &Call,
        draft: &mut Draft,
        here: &Dialogue,
        now: Timestamp,
    ) -> Option<Called> {
        let sends = match call.service.as_str() {
            "carry.take" => false,
            "carry.send" => true,
            _ => return None,
        };
        Some(self.taken(call, draft, here, sends, now).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a code could not be looked up");
            Called::Ready(bare("down"))
        }))
    }

    async fn taken(
        &self,
        call: &Call,
        draft: &mut Draft,
        here: &Dialogue,
        sends: bool,
        now: Timestamp,
    ) -> Result<Called, StoreError> {
        let limits = &self.parts.limits;
        let guesses = draft.profile.guesses.at(now, limits.tries_window);
        if guesses.count >= limits.tries_max {
            return Ok(Called::Ready(bare("blocked")));
        }
        let code = match call.give.get("digits") {
            Some(Value::Digits(code)) => code.as_str(),
            _ => "",
        };
        let found = self.carried(code, now).await?;
        // Run again after a conflict or an unknown outcome, the turn that took it still has it.
        let free = found.filter(|(_, held)| held.taken.is_none_or(|by| by == draft.step));
        let Some((version, held)) = free else {
            draft.profile.guesses = guesses.failed();
            return Ok(Called::Ready(bare("unknown")));
        };
        match (held.how, sends) {
            // The phone is asked whose it is before anything is sent to it.
            (How::Letter, false) => return Ok(Called::Ready(bare("letter"))),
            (How::Dialogue, true) => return Ok(Called::Ready(bare("unknown"))),
            (How::Dialogue, false) | (How::Letter, true) => {}
        }
        // Before the code is spent: without its menus nothing of it can be shown.
        let bundle = self.bundle(held.dialogue.bundle).await?;
        let dialogue = held.dialogue.clone();
        if held.taken.is_none() {
            let taken = Carried { taken: Some(draft.step), ..held };
            if !self.lay(code, version, &taken, now.plus(LASTS), now).await? {
                return Ok(Called::Ready(bare("unknown")));
            }
        }
        // In the words of this phone's own dialogue; refused unless the phone has just been said to be his.
        let said = draft.said(here, now);
        if sends && !draft.agree(Purpose::Requested, said) {
            return Ok(Called::Ready(bare("unknown")));
        }
        let dialogue = Box::new(dialogue);
        Ok(if sends { Called::Letter(dialogue, bundle) } else { Called::Brought(dialogue, bundle) })
    }
}

/// `brought` as the dialogue of the phone on which `here` was begun; in the language that was chosen here, if one was.
pub(super) fn settled(brought: Dialogue, here: &Dialogue) -> Dialogue {
    Dialogue {
        lang: if here.lang_chosen { here.lang } else { brought.lang },
        lang_chosen: here.lang_chosen,
        network: here.network.clone(),
        turns: here.turns,
        begun: here.begun,
        seen: here.seen,
        expires: here.expires,
        script: here.script,
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
