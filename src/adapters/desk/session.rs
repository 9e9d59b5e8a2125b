//! Who is signed in: ids of 256 random bits, kept hashed, ended by idleness, by age, or by their owner.

use super::users::Role;
use crate::domain::lang::Lang;
use crate::domain::time::Timestamp;
use core::time::Duration;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Sessions at once, and of one user; the oldest goes first.
const SESSIONS_MAX: usize = 1_024;
const SESSIONS_OF_USER_MAX: usize = 8;

/// A session's id, hashed: the only form in which the process keeps it.
type Key = [u8; 32];

/// Who asks, as the pages need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visitor {
    /// The user's name.
    pub(super) name: String,
    /// What the user may do.
    pub(super) role: Role,
    /// In which language.
    pub(super) lang: Lang,
    /// What every form of this session carries.
    pub(super) csrf: String,
    /// Which session.
    pub(super) key: Key,
}

struct Held {
    name: String,
    lang: Lang,
    csrf: String,
    begun: Timestamp,
    seen: Timestamp,
    /// What the password's hash was: a new password ends the sessions of the old one.
    proof: Key,
}

/// All sessions of this process. A restart signs everybody out.
pub(super) struct Sessions {
    held: Mutex<HashMap<Key, Held>>,
    idle: Duration,
    longest: Duration,
}

/// No randomness: nobody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness")]
pub(super) struct NoRandomness;

/// 256 random bits as hexadecimal digits.
pub(super) fn random() -> Result<String, NoRandomness> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(hex::encode(bytes))
}

/// The hash under which a secret is kept or compared.
pub(super) fn hashed(secret: &str) -> Key {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares without stopping at the first difference.
pub(super) fn same(one: &str, other: &str) -> bool {
    let (one, other) = (hashed(one), hashed(other));
    core::hint::black_box(one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b))) == 0
}

impl Sessions {
    /// None yet.
    pub(super) fn new(idle: Duration, longest: Duration) -> Self {
        Self { held: Mutex::new(HashMap::new()), idle, longest }
    }

    /// Begins one; its id, which goes into the cookie and nowhere else.
    pub(super) fn begin(
        &self,
        name: &str,
        lang: Lang,
        password: &str,
        now: Timestamp,
    ) -> Result<String, NoRandomness> {
        let (id, csrf) = (random()?, random()?);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, session| self.lives(session, now));
        let oldest = |held: &HashMap<Key, Held>, of: Option<&str>| {
            let own = held.iter().filter(|(_, session)| of.is_none_or(|name| session.name == name));
            own.min_by_key(|(_, session)| session.seen).map(|(key, _)| *key)
        };
        let own = held.values().filter(|session| session.name == name).count();
        if own >= SESSIONS_OF_USER_MAX
            && let Some(key) = oldest(&held, Some(name))
        {
            held.remove(&key);
        }
        if held.len() >= SESSIONS_MAX
            && let Some(key) = oldest(&held, None)
        {
            held.remove(&key);
        }
        let session =
            Held { name: name.to_owned(), lang, csrf, begun: now, seen: now, proof: hashed(password) };
        held.insert(hashed(&id), session);
        Ok(id)
    }

    /// Whose session an id is. `by_hand`: a person did something; looking on (events, refreshing) keeps nobody signed in.
    /// The second value judges name and proof against the users as they are now.
    pub(super) fn visitor(
        &self,
        id: &str,
        now: Timestamp,
        by_hand: bool,
        role: impl FnOnce(&str, &Key) -> Option<Role>,
    ) -> Option<Visitor> {
        let key = hashed(id);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let session = held.get_mut(&key)?;
        let role = if self.lives(session, now) { role(&session.name, &session.proof) } else { None };
        let Some(role) = role else {
            held.remove(&key);
            return None;
        };
        if by_hand {
            session.seen = now;
        }
        let (name, csrf) = (session.name.clone(), session.csrf.clone());
        Some(Visitor { name, role, lang: session.lang, csrf, key })
    }

    /// Changes the language of one.
    pub(super) fn speak(&self, key: &Key, lang: Lang) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = held.get_mut(key) {
            session.lang = lang;
        }
    }

    /// Ends one.
    pub(super) fn end(&self, key: &Key) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// For how long nothing may be done before a session ends.
    pub(super) fn idle(&self) -> Duration {
        self.idle
    }

    fn lives(&self, session: &Held, now: Timestamp) -> bool {
        now.since(session.seen) < self.idle && now.since(session.begun) < self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    fn sessions() -> Sessions {
        Sessions::new(15 * MINUTE, 60 * MINUTE)
    }

    fn ask(sessions: &Sessions, id: &str, at: Timestamp, by_hand: bool) -> bool {
        sessions.visitor(id, at, by_hand, |_, _| Some(Role::Desk)).is_some()
    }

    #[test]
    fn idleness_ends_a_session_and_looking_on_does_not_keep_it() {
        let sessions = sessions();
        let id = sessions.begin("aigul", Lang::Ru, "hash", NOW).unwrap();
        assert!(ask(&sessions, &id, NOW.plus(14 * MINUTE), false));
        assert!(!ask(&sessions, &id, NOW.plus(15 * MINUTE), true));
        assert!(!ask(&sessions, &id, NOW, true), "ended is ended");
    }

    #[test]
    fn work_keeps_a_session_until_its_longest_age() {
        let sessions = sessions();
        let id = sessions.begin("aigul", Lang::Ru, "hash", NOW).unwrap();
        for minutes in [10, 20, 30, 40, 50] {
            assert!(ask(&sessions, &id, NOW.plus(minutes * MINUTE), true));
        }
        assert!(!ask(&sessions, &id, NOW.plus(60 * MINUTE), true));
    }

    #[test]
    fn a_removed_user_or_a_new_password_ends_it_at_once() {
        let sessions = sessions();
        let id = sessions.begin("aigul", Lang::Ru, "old hash", NOW).unwrap();
        let by =
            |phc: &'static str| move |_: &str, proof: &Key| (*proof == hashed(phc)).then_some(Role::Lead);
        assert_eq!(sessions.visitor(&id, NOW, true, by("old hash")).unwrap().role, Role::Lead);
        assert_eq!(sessions.visitor(&id, NOW, true, by("new hash")), None);
    }

    #[test]
    fn ids_are_kept_hashed_and_their_number_is_bounded() {
        let sessions = sessions();
        let ids: Vec<String> = (0..=SESSIONS_OF_USER_MAX)
            .map(|n| {
                let at = NOW.plus(Duration::from_secs(u64::try_from(n).unwrap()));
                sessions.begin("aigul", Lang::Kk, "hash", at).unwrap()
            })
            .collect();
        assert!(ids.iter().all(|id| id.len() == 64));
        assert!(!ask(&sessions, &ids[0], NOW, true), "the oldest of a user's went");
        assert!(ask(&sessions, &ids[1], NOW, true));
        let id = &ids[1];
        assert!(sessions.held.lock().unwrap().keys().all(|key| hex::encode(key) != *id));
    }
}
