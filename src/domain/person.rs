//! Who a person is to the store: a keyed hash of the number and a fixed partition; never the number itself.

use super::address::Msisdn;
use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Partitions for ever: the hash tag of a person's keys, `p0` … `p255` (DESIGN §4).
pub const PARTITIONS: usize = 256;

/// Key id and 16 bytes of HMAC-SHA-256 over the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub [u8; 17]);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonId({})", hex::encode(self.0.get(..5).unwrap_or_default()))
    }
}

/// A person as the store knows him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Where all of his keys lie; from a key that is never rotated.
    pub partition: u8,
    /// His id under the current key.
    pub id: PersonId,
}

/// The keys that turn numbers into persons. Prints nothing of them.
#[derive(Clone)]
pub struct PersonKeys {
    partition: Hmac<Sha256>,
    id: Hmac<Sha256>,
    id_key: u8,
}

impl PersonKeys {
    /// `partition` is never rotated; `id` is the current key and `id_key` its number. Each is 32 bytes.
    #[must_use]
    pub fn new(partition: &[u8; 32], id_key: u8, id: &[u8; 32]) -> Self {
        Self { partition: keyed(partition), id: keyed(id), id_key }
    }

    /// The person of a number.
    #[must_use]
    pub fn person(&self, msisdn: &Msisdn) -> Person {
        let [partition, ..] = Self::digest(&self.partition, msisdn);
        let digest = Self::digest(&self.id, msisdn);
        let mut id = [0; 17];
        for (to, from) in id.iter_mut().zip(core::iter::once(self.id_key).chain(digest)) {
            *to = from;
        }
        Person { partition, id: PersonId(id) }
    }

    /// One of 65,536 slots for `word`, told apart from numbers by `label`; a slot tells nothing without the key, and their
    /// count bounds what is kept under them.
    #[must_use]
    pub fn slot(&self, label: &[u8], word: &[u8]) -> u16 {
        let mut mac = self.partition.clone();
        mac.update(label);
        mac.update(&[0]);
        mac.update(word);
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let [high, low, ..] = digest;
        u16::from_be_bytes([high, low])
    }

    /// Eight digits for `seed`, the first never zero: a receipt number that nobody can count or guess without the key.
    #[must_use]
    pub fn receipt(&self, seed: &[u8]) -> String {
        let mut mac = self.partition.clone();
        mac.update(b"ticket\0");
        mac.update(seed);
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        (10_000_000 + u64::from_be_bytes([a, b, c, d, e, f, g, h]) % 90_000_000).to_string()
    }

    fn digest(key: &Hmac<Sha256>, msisdn: &Msisdn) -> [u8; 32] {
        let mut mac = key.clone();
        mac.update(msisdn.expose().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// HMAC over a 32-byte key; padding to the block with zeros is what RFC 2104 does itself, and it cannot fail.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&block.into())
}

impl fmt::Debug for PersonKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonKeys(id_key {})", self.id_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_id_key_changes_the_id_and_never_the_partition() {
        let number = Msisdn::parse("77011234567").unwrap();
        let old = PersonKeys::new(&[1; 32], 0, &[2; 32]).person(&number);
        let new = PersonKeys::new(&[1; 32], 1, &[3; 32]).person(&number);
        assert_eq!(old.partition, new.partition);
        assert_ne!(old.id, new.id);
        assert_eq!((old.id.0[0], new.id.0[0]), (0, 1));
    }
}
