//! Passwords of the desk's users: argon2id, as PHC strings; hashed off the reactor, a few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// Characters of a password at least (NIST SP 800-63B asks 8; people here read numbers of strangers).
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Octets of a password at most: more would only be work.
pub const PASSWORD_OCTETS_MAX: usize = 256;
/// 19 MiB, two passes, one lane (OWASP). More: slower sign-ins and more memory; less: cheaper guesses of a stolen file.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at once: 2 × 19 MiB. More would let strangers take memory and both cores.
const AT_ONCE: usize = 2;
/// For so long a sign-in waits for its turn to be hashed.
const TURN_WAIT: Duration = Duration::from_secs(5);

/// Why a password cannot be taken or judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer characters than `PASSWORD_CHARS_MIN`.
    #[error("a password has {PASSWORD_CHARS_MIN} characters at least")]
    Short,
    /// More octets than `PASSWORD_OCTETS_MAX`.
    #[error("a password has {PASSWORD_OCTETS_MAX} octets at most")]
    Long,
    /// No randomness, no memory.
    #[error("the password could not be hashed")]
    Hash,
    /// Too many sign-ins at once: try again.
    #[error("too many sign-ins at once")]
    Busy,
}

fn argon() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PasswordError::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// One form of what was typed, whichever keyboard it came from.
fn folded(password: &str) -> String {
    password.nfc().collect()
}

/// The PHC string of a new password.
///
/// # Errors
/// `Short`, `Long`, `Hash`.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    let password = folded(password);
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::Short);
    }
    if password.len() > PASSWORD_OCTETS_MAX {
        return Err(PasswordError::Long);
    }
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::Hash)?;
    let hash = argon()?.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash: PasswordHash| hash.to_string()).map_err(|_| PasswordError::Hash)
}

/// Whether a PHC string is one that this program wrote or could read.
#[must_use]
pub fn is_phc(text: &str) -> bool {
    text.starts_with("$argon2id$") && PasswordHash::new(text).is_ok()
}

/// Judges passwords: a bounded number at once, and as long for a name that nobody has as for one that somebody has.
#[derive(Clone)]
pub struct Judge {
    turns: Arc<Semaphore>,
    nobody: Arc<str>,
}

impl Judge {
    /// A judge; hashes once, to have something to compare strangers with.
    ///
    /// # Errors
    /// `Hash`.
    pub fn new() -> Result<Self, PasswordError> {
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: hash("nobody has this password")?.into(),
        })
    }

    /// Whether `password` is the one of `phc`; always no for `None`, after the same work.
    ///
    /// # Errors
    /// `Busy`, `Hash`.
    pub async fn is_right(&self, password: &str, phc: Option<&str>) -> Result<bool, PasswordError> {
        if password.len() > PASSWORD_OCTETS_MAX {
            return Ok(false);
        }
        let turn = tokio::time::timeout(TURN_WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(PasswordError::Busy) };
        let (password, known) = (folded(password), phc.is_some());
        let phc: Arc<str> = phc.map_or_else(|| Arc::clone(&self.nobody), Into::into);
        let judged = tokio::task::spawn_blocking(move || {
            let right = argon().map(|argon| argon.verify_password(password.as_bytes(), &*phc).is_ok());
            drop(turn);
            right
        });
        let right = judged.await.map_err(|_| PasswordError::Hash)??;
        Ok(right && known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_is_right_and_nobody_has_one() {
        let judge = Judge::new().unwrap();
        let phc = hash("correct horse battery").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(is_phc(&phc) && !is_phc("$argon2i$v=19$m=1$x") && !is_phc("password"));
        assert!(judge.is_right("correct horse battery", Some(&phc)).await.unwrap());
        assert!(!judge.is_right("correct horse batterz", Some(&phc)).await.unwrap());
        assert!(!judge.is_right("nobody has this password", None).await.unwrap());
    }

    #[test]
    fn a_password_is_neither_short_nor_endless_and_has_one_form() {
        assert_eq!(hash("short"), Err(PasswordError::Short));
        assert_eq!(hash(&"x".repeat(PASSWORD_OCTETS_MAX + 1)), Err(PasswordError::Long));
        assert_eq!(folded("й"), folded("и\u{306}"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_is_told_to_come_again() {
        let judge = Judge::new().unwrap();
        let held = judge.turns.acquire_many(2).await.unwrap();
        assert_eq!(judge.is_right("whatever it is", None).await, Err(PasswordError::Busy));
        drop(held);
    }
}
