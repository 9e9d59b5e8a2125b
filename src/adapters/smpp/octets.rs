//! Octets from the wire that may hold a number, a text or a secret: never shown, only counted.

use bytes::Bytes;
use core::fmt;

/// Octets as they came; `Debug` says how many, never which.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Octets(pub Bytes);

impl Octets {
    /// The octets as text where they are UTF-8 (ASCII in practice), else with replacement characters.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl<T: Into<Bytes>> From<T> for Octets {
    fn from(octets: T) -> Self {
        Self(octets.into())
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} octets>", self.0.len())
    }
}

/// Reads the mandatory part of a PDU from the front; every read names the field it failed on.
pub(super) struct Cursor {
    pub(super) rest: Bytes,
}

impl Cursor {
    pub(super) fn octet(&mut self, field: &'static str) -> Result<u8, &'static str> {
        self.take(1, field)?.0.first().copied().ok_or(field)
    }

    pub(super) fn take(&mut self, length: usize, field: &'static str) -> Result<Octets, &'static str> {
        if self.rest.len() < length {
            return Err(field);
        }
        Ok(Octets(self.rest.split_to(length)))
    }

    /// A C-Octet String; its NUL is consumed. Any length: limits are the encoder's business.
    pub(super) fn string(&mut self, field: &'static str) -> Result<Octets, &'static str> {
        let end = self.rest.iter().position(|octet| *octet == 0).ok_or(field)?;
        let string = self.take(end, field)?;
        self.take(1, field)?;
        Ok(string)
    }

    /// A last C-Octet String whose NUL may be missing; `None` when nothing is left at all.
    pub(super) fn last_string(&mut self) -> Option<Octets> {
        if self.rest.is_empty() {
            return None;
        }
        Some(self.string("last string").unwrap_or_else(|_| Octets(core::mem::take(&mut self.rest))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_counts_and_does_not_show() {
        assert_eq!(format!("{:?}", Octets::from(&b"77011234567"[..])), "<11 octets>");
    }
}
