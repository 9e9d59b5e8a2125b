//! The GSM 7-bit default alphabet with its extension table, exactly (3GPP TS 23.038 §6.2.1).

/// A character that has no GSM 7-bit form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{character:?} at character {at} has no GSM 7-bit form")]
pub struct NotGsm7 {
    /// Its place, in characters from 0.
    pub at: usize,
    /// It.
    pub character: char,
}

/// Septets, one to an octet (unpacked, as SMPP carries them). Strict.
///
/// # Errors
/// The first character that has no form.
pub fn encode(text: &str) -> Result<Vec<u8>, NotGsm7> {
    todo!("{text}")
}

/// The text of unpacked septets. Tolerant: an undefined escape shows the main table's character, a lone last escape is dropped.
#[must_use]
pub fn decode(septets: &[u8]) -> String {
    todo!("{septets:?}")
}

/// Septets `text` costs (extension characters two), or `None` if a character has no form.
#[must_use]
pub fn septets(text: &str) -> Option<usize> {
    todo!("{text}")
}
