//! Sealing of stored values: AES-256-GCM-SIV under the newest key, opening under any key still known.

use crate::ports::StoreError;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes sealing adds: key id, nonce, tag.
pub const SEAL_OVERHEAD: usize = 1 + NONCE_BYTES + 16;
const NONCE_BYTES: usize = 12;
/// Nonces fetched at a time.
const NONCES: usize = 64;

/// The keys values are sealed with. Prints nothing of them.
#[derive(Clone)]
pub struct Sealer {
    current: (u8, Aes256GcmSiv),
    old: Vec<(u8, Aes256GcmSiv)>,
    nonces: Arc<Nonces>,
}

/// Random nonces, fetched from the system many at a time: a system call each is a tenth of the sealing.
#[derive(Default)]
struct Nonces(Mutex<Vec<[u8; NONCE_BYTES]>>);

impl Nonces {
    fn next(&self) -> Result<[u8; NONCE_BYTES], StoreError> {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nonce) = ready.pop() {
            return Ok(nonce);
        }
        let mut random = [0; NONCE_BYTES * NONCES];
        getrandom::fill(&mut random).map_err(|error| StoreError::Away(format!("no randomness: {error}")))?;
        let (nonces, _) = random.as_chunks::<NONCE_BYTES>();
        ready.extend_from_slice(nonces);
        ready.pop().ok_or_else(|| StoreError::Away("no randomness".to_owned()))
    }
}

impl Sealer {
    /// `current` seals; `current` and `old` open. Each is a number, written before the value, and 32 bytes.
    #[must_use]
    pub fn new(current: (u8, &[u8; 32]), old: &[(u8, [u8; 32])]) -> Self {
        Self {
            current: (current.0, cipher(current.1)),
            old: old.iter().map(|(number, key)| (*number, cipher(key))).collect(),
            nonces: Arc::default(),
        }
    }

    /// Seals `plain`; it opens only together with the same `name`, so a value cannot be moved to another key.
    ///
    /// # Errors
    /// `Away` when the system has no randomness for a nonce.
    pub fn seal(&self, name: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = self.nonces.next()?;
        let sealed = self
            .current
            .1
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: name })
            .map_err(|_| StoreError::Away("value too long to seal".to_owned()))?;
        let mut out = Vec::with_capacity(plain.len().saturating_add(SEAL_OVERHEAD));
        out.push(self.current.0);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what `seal` made for the same `name`; `None` when it was altered, moved, or its key is not known.
    #[must_use]
    pub fn open(&self, name: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (number, rest) = sealed.split_first()?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let key = core::iter::once(&self.current).chain(&self.old).find(|(known, _)| known == number)?;
        key.1.decrypt(&Nonce::from(*nonce), Payload { msg: body, aad: name }).ok()
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer(key {}, {} old)", self.current.0, self.old.len())
    }
}

fn cipher(key: &[u8; 32]) -> Aes256GcmSiv {
    Aes256GcmSiv::new(&(*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_sealed_opens_under_its_name_only(
            plain in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..400, bit in 0_u8..8,
        ) {
            let sealer = Sealer::new((1, &[7; 32]), &[]);
            let sealed = sealer.seal(b"name", &plain).unwrap();
            prop_assert_eq!(sealed.len(), plain.len() + SEAL_OVERHEAD);
            prop_assert_eq!(sealer.open(b"name", &sealed), Some(plain));
            prop_assert_eq!(sealer.open(b"eman", &sealed), None);
            let mut flipped = sealed.clone();
            let at = at % flipped.len();
            flipped[at] ^= 1 << bit;
            prop_assert_eq!(sealer.open(b"name", &flipped), None);
        }
    }

    #[test]
    fn an_old_key_still_opens_and_no_longer_seals() {
        let before = Sealer::new((1, &[7; 32]), &[]);
        let after = Sealer::new((2, &[8; 32]), &[(1, [7; 32])]);
        let sealed = before.seal(b"n", b"text").unwrap();
        assert_eq!(after.open(b"n", &sealed).as_deref(), Some(b"text".as_slice()));
        let again = after.seal(b"n", b"text").unwrap();
        assert_eq!(again.first(), Some(&2));
        assert_eq!(before.open(b"n", &again), None);
        assert_eq!(format!("{after:?}"), "Sealer(key 2, 1 old)");
    }
}
