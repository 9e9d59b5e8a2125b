//! The secret of a visit: drawn, handed to the page once, and known here by its hash.

use sha2::{Digest, Sha256};

/// Bytes of a token.
const BYTES: usize = 32;
/// RFC 4648 §5.
const LETTERS: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a visit is found by: the hash of its token.
pub(super) type Key = [u8; 32];

/// A new token.
pub(super) fn draw() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(base64url(&bytes))
}

/// By what it is found.
pub(super) fn key(token: &str) -> Key {
    Sha256::digest(token.as_bytes()).into()
}

/// What the visit's number is made of; tells nothing of the token.
pub(super) fn secret(device: &str, token: &str) -> u64 {
    let mut hash = Sha256::new();
    for part in ["visit", device, token] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Base64url without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for three in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(three.get(at).copied().unwrap_or(0)));
        let bits = a << 16 | b << 8 | c;
        for shift in [18, 12, 6, 0].into_iter().take(three.len().saturating_add(1)) {
            let six = usize::try_from(bits >> shift & 63).unwrap_or(0);
            text.extend(LETTERS.get(six).copied().map(char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_base64url_of_32_bytes_and_never_the_same() {
        // RFC 4648 §10, in the alphabet of §5.
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff], "-_8"),
        ] {
            assert_eq!(base64url(bytes), text);
        }
        let (one, other) = (draw().unwrap(), draw().unwrap());
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
        assert_ne!(secret("hall-1", &one), secret("hall-2", &one), "a token is a device's");
    }
}
