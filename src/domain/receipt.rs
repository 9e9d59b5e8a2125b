//! What a network says later of a text it took: a delivery receipt (DLR), in any bearer's form.

use super::envelope::LinkName;
use super::time::Timestamp;

/// One receipt as a bearer read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Over which link it came.
    pub link: LinkName,
    /// The id it names, as written there: hex, decimal, with or without zeros.
    pub id: String,
    /// What it says.
    pub state: ReceiptState,
    /// The operator's error code, verbatim; empty where there is none.
    pub code: String,
    /// When it came.
    pub at: Timestamp,
}

/// The id leads to a person by way of the operator: only the state gets printed.
impl core::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Receipt({:?} over {})", self.state, self.link)
    }
}

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptState {
    /// The handset has it.
    Delivered,
    /// It will not arrive: undeliverable, rejected, deleted.
    Failed,
    /// Its validity has passed there.
    Expired,
    /// It is on its way: accepted, enroute, buffered. Not the last word.
    Underway,
    /// The network says that it does not know, or in a word we do not.
    Unknown,
}

impl ReceiptState {
    /// The word in metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Underway => "underway",
            Self::Unknown => "unknown",
        }
    }
}
