//! Rows this process has just begun to send, so that what becomes of them is recorded without reading them back.

use crate::domain::delivery::{DueId, Row, RowState};
use crate::domain::person::Person;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Rows kept in mind; more are under way only while a network answers slowly, and those are read back.
const ROWS_MAX: usize = 4_096;

/// Rows as they were written, with their versions. Only a hint: the script still compares the version, and what does
/// not fit is read.
#[derive(Default)]
pub(super) struct Fresh(Mutex<BTreeMap<(Person, DueId), (u64, Row)>>);

impl Fresh {
    /// Keeps those of `rows` in mind that are being sent.
    pub(super) fn remember(&self, rows: &[Row], version: u64) {
        let sending = rows.iter().filter(|row| matches!(row.state, RowState::Sending { .. }));
        for row in sending {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= ROWS_MAX {
                known.clear();
            }
            known.insert((row.person, row.id), (version, row.clone()));
        }
    }

    /// The row as last written, once.
    pub(super) fn take(&self, person: Person, id: DueId) -> Option<(u64, Row)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(person, id))
    }
}
