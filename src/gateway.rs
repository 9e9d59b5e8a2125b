//! One turn of a dialogue, start to finish: the only place where order matters.

use crate::domain::envelope::{BearerProfile, Inbound, Outbound};
use crate::ports::StoreError;
use std::sync::Arc;

/// What a turn gives back to the bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// What goes out in the same exchange; `None` when nothing does (letters, a waiting call, an abort).
    pub outbound: Option<Outbound>,
}

/// Why a turn was not taken; nothing was committed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Too many turns wait, of this person or of all.
    #[error("too many turns are waiting")]
    Busy,
    /// The store could not commit.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A refused turn: why, and the polite last word for bearers that are kept open.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub why: Refusal,
    /// "Not available now", in the best guess at a language.
    pub polite: Outbound,
}

/// Carries the turns of all bearers.
#[derive(Debug)]
pub struct Gateway {}

impl Gateway {
    /// Takes one turn. The place in the person's queue is taken when this is called, not when the future is first
    /// polled: two messages of a person in one read keep their order.
    pub fn turn(
        self: &Arc<Self>,
        inbound: Inbound,
        bearer: &Arc<BearerProfile>,
    ) -> impl Future<Output = Result<Turned, Refused>> + Send + use<> {
        let _keep = (self.clone(), bearer.clone(), inbound);
        async { todo!() }
    }
}
