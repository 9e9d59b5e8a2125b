//! How a row changes: one total function, idempotent and absorbing, used by both stores.

use super::delivery::{Row, RowChange, RowState};
use super::time::Timestamp;

/// What is left to do for a row after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Due again at this time (a lease, a retry).
    Due(Timestamp),
    /// Nothing to do; kept until it is final or swept (a receipt may come).
    Kept,
    /// Final.
    Final,
}

/// Applies `change` to `row` at `at`; a change that does not fit the state leaves it as it is (final states absorb,
/// a second `Accepted` is the first). `lease_until` is when a taken row may be recovered.
pub fn apply(row: &mut Row, change: &RowChange, at: Timestamp, lease_until: Timestamp) -> Rest {
    let next = match (&row.state, change) {
        (RowState::Queued { attempt, .. }, RowChange::Sending { gateway, link }) => {
            Some(RowState::Sending { at, attempt: attempt.saturating_add(1), gateway: *gateway, link: link.clone() })
        }
        (RowState::Sending { attempt, .. }, RowChange::Sending { gateway, link }) => {
            row.maybe_dup = true;
            Some(RowState::Sending { at, attempt: attempt.saturating_add(1), gateway: *gateway, link: link.clone() })
        }
        (RowState::Queued { .. } | RowState::Sending { .. }, RowChange::Accepted { message_id }) => {
            Some(RowState::Accepted { at, message_id: message_id.clone() })
        }
        (RowState::Sending { attempt, .. }, RowChange::Deferred { .. }) => {
            Some(RowState::Queued { at, attempt: *attempt })
        }
        (RowState::Queued { .. } | RowState::Sending { .. } | RowState::Accepted { .. }, RowChange::Delivered) => {
            Some(RowState::Delivered { at })
        }
        (
            RowState::Queued { .. } | RowState::Sending { .. } | RowState::Accepted { .. },
            RowChange::Failed { class, code },
        ) => Some(RowState::Failed { at, class: *class, code: code.clone() }),
        (RowState::Queued { .. } | RowState::Sending { .. } | RowState::Accepted { .. }, RowChange::Expired) => {
            Some(RowState::Expired { at })
        }
        (RowState::Queued { .. }, RowChange::Cancelled) => Some(RowState::Cancelled { at }),
        _ => None,
    };
    if let Some(next) = next {
        row.state = next;
    }
    rest(row, change, lease_until)
}

fn rest(row: &Row, change: &RowChange, lease_until: Timestamp) -> Rest {
    match (&row.state, change) {
        (RowState::Queued { .. }, RowChange::Deferred { retry }) => Rest::Due(*retry),
        (RowState::Queued { .. }, _) => Rest::Due(row.earliest),
        (RowState::Sending { .. }, _) => Rest::Due(lease_until),
        (RowState::Accepted { .. }, _) => Rest::Kept,
        _ => Rest::Final,
    }
}
