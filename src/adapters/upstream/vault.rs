//! Keeps what an office said unreadable at rest: keyed names and sealed records, each use under a key of its own.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use core::fmt;
use hmac::{Hmac, Mac};
use sha2::Sha256;

const NONCE_BYTES: usize = 12;

/// Names and seals under keys derived from one secret. Prints nothing of them.
#[derive(Clone)]
pub struct Vault {
    naming: Hmac<Sha256>,
    sealing: Aes256GcmSiv,
}

/// A record is not ours, was changed, or stands under another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record does not open under this key")]
pub struct Sealed;

impl Vault {
    /// A vault for one purpose (`held`, `file`): equal secrets under different purposes share no key.
    #[must_use]
    pub fn new(secret: &[u8; 32], purpose: &str) -> Self {
        let root = keyed(secret);
        let derive = |label: &str| digest(&root, &[purpose.as_bytes(), label.as_bytes()]);
        Self { naming: keyed(&derive("name")), sealing: Aes256GcmSiv::new(&derive("seal").into()) }
    }

    /// The keyed hash of these parts; each is counted with its length, so that no two lists run together.
    #[must_use]
    pub fn name(&self, parts: &[&[u8]]) -> [u8; 32] {
        digest(&self.naming, parts)
    }

    /// Seals `plain` to the name it is kept under.
    ///
    /// # Errors
    /// `Sealed` when the system has no randomness or the record is larger than the cipher takes.
    pub fn seal(&self, name: &[u8], plain: &[u8]) -> Result<Vec<u8>, Sealed> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| Sealed)?;
        self.seal_with(nonce, name, plain)
    }

    /// Seals `plain` to a name that is written once per key: the nonce is the name's own hash, which saves the
    /// randomness of a million rows (RFC 8452 §9: a repeated nonce tells only that two plaintexts are equal).
    ///
    /// # Errors
    /// As `seal`.
    pub fn seal_once(&self, name: &[u8], plain: &[u8]) -> Result<Vec<u8>, Sealed> {
        let mut nonce = [0; NONCE_BYTES];
        for (to, from) in nonce.iter_mut().zip(name) {
            *to = *from;
        }
        self.seal_with(nonce, name, plain)
    }

    fn seal_with(&self, nonce: [u8; NONCE_BYTES], name: &[u8], plain: &[u8]) -> Result<Vec<u8>, Sealed> {
        let body = self
            .sealing
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: name })
            .map_err(|_| Sealed)?;
        let mut record = Vec::with_capacity(NONCE_BYTES.saturating_add(body.len()));
        record.extend_from_slice(&nonce);
        record.extend_from_slice(&body);
        Ok(record)
    }

    /// Opens a record that was sealed to `name`.
    ///
    /// # Errors
    /// `Sealed` when it does not open.
    pub fn open(&self, name: &[u8], record: &[u8]) -> Result<Vec<u8>, Sealed> {
        let (nonce, body) = record.split_first_chunk::<NONCE_BYTES>().ok_or(Sealed)?;
        self.sealing.decrypt(&Nonce::from(*nonce), Payload { msg: body, aad: name }).map_err(|_| Sealed)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

/// HMAC over a 32-byte key, padded to the block as RFC 2104 does itself; it cannot fail.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block.into())
}

fn digest(mac: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_under_its_own_name_and_purpose_only() {
        let vault = Vault::new(&[7; 32], "held");
        for record in [vault.seal(b"a", b"state").unwrap(), vault.seal_once(b"a", b"state").unwrap()] {
            assert_eq!(vault.open(b"a", &record).unwrap(), b"state");
            assert_eq!(vault.open(b"b", &record), Err(Sealed));
            assert_eq!(Vault::new(&[7; 32], "file").open(b"a", &record), Err(Sealed));
            assert_eq!(vault.open(b"a", &record[..10]), Err(Sealed));
            assert!(!record.windows(5).any(|bytes| bytes == b"state"));
        }
    }

    #[test]
    fn names_differ_by_part_border_key_and_purpose() {
        let vault = Vault::new(&[7; 32], "held");
        assert_eq!(vault.name(&[b"ab", b"c"]), vault.name(&[b"ab", b"c"]));
        assert_ne!(vault.name(&[b"ab", b"c"]), vault.name(&[b"a", b"bc"]));
        assert_ne!(vault.name(&[b"ab"]), Vault::new(&[8; 32], "held").name(&[b"ab"]));
        assert_ne!(vault.name(&[b"ab"]), Vault::new(&[7; 32], "file").name(&[b"ab"]));
    }
}
