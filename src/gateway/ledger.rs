//! Which dialogues are under way on this node, so that each is written down once when it ends, also when it only falls silent.

use crate::domain::envelope::LinkName;
use crate::domain::person::PersonId;
use crate::domain::record::{End, Record, keyed};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// Dialogues kept in mind at once; beyond it new ones are counted but not written down.
const OPEN_MAX: usize = 100_000;

/// The dialogues of this node.
#[derive(Debug)]
pub struct Ledger {
    open: Mutex<HashMap<PersonId, Entry>>,
    records: mpsc::Sender<Record>,
    metrics: Metrics,
}

#[derive(Debug)]
struct Entry {
    link: LinkName,
    code: String,
    begun: Timestamp,
    seen: Timestamp,
    screens: u16,
}

impl Ledger {
    /// An empty ledger that writes to `records`.
    #[must_use]
    pub fn new(records: mpsc::Sender<Record>, metrics: Metrics) -> Self {
        Self { open: Mutex::default(), records, metrics }
    }

    /// A dialogue has begun; one that was open is replaced.
    pub fn begun(&self, person: PersonId, link: &LinkName, code: &str, at: Timestamp) {
        self.ended(person, End::Replaced, at);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() < OPEN_MAX {
            let entry = Entry { link: link.clone(), code: code.to_owned(), begun: at, seen: at, screens: 0 };
            open.insert(person, entry);
        }
    }

    /// A screen was shown.
    pub fn shown(&self, person: PersonId, at: Timestamp) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = open.get_mut(&person) {
            entry.screens = entry.screens.saturating_add(1);
            entry.seen = at;
        }
    }

    /// A dialogue has ended.
    pub fn ended(&self, person: PersonId, end: End, at: Timestamp) {
        let entry = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&person);
        if let Some(entry) = entry {
            self.write(person, &entry, end, at);
        }
    }

    /// Ends those that have been silent for `after`.
    pub fn sweep(&self, now: Timestamp, after: Duration) {
        let silent: Vec<(PersonId, Entry)> = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.extract_if(|_, entry| now.since(entry.seen) >= after).collect()
        };
        for (person, entry) in silent {
            self.write(person, &entry, End::Silent, entry.seen);
        }
    }

    /// Writes one line; a full queue loses it, counted.
    pub fn note(&self, record: Record) {
        if self.records.try_send(record).is_err() {
            Metrics::count(&self.metrics.rows, "cdr", "lost");
        }
    }

    fn write(&self, person: PersonId, entry: &Entry, end: End, at: Timestamp) {
        Metrics::count(&self.metrics.dialogues_ended, &entry.link, end.word());
        self.note(Record::Dialogue {
            at: at.0,
            person: keyed(person),
            link: entry.link.to_string(),
            code: entry.code.clone(),
            screens: entry.screens,
            duration_ms: u64::try_from(entry.seen.since(entry.begun).as_millis()).unwrap_or(u64::MAX),
            end,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialogue_is_written_down_once_however_it_ends() {
        let (records, mut written) = mpsc::channel(16);
        let ledger = Ledger::new(records, Metrics::default());
        let link: LinkName = "beeline".into();
        let (one, two) = (PersonId([1; 17]), PersonId([2; 17]));
        ledger.begun(one, &link, "100", Timestamp(0));
        ledger.shown(one, Timestamp(10));
        ledger.begun(one, &link, "100", Timestamp(1_000));
        ledger.begun(two, &link, "100", Timestamp(1_000));
        ledger.ended(two, End::Said, Timestamp(1_500));
        ledger.ended(two, End::Aborted, Timestamp(1_600));
        ledger.sweep(Timestamp(1_001), Duration::from_secs(1));
        ledger.sweep(Timestamp(2_000), Duration::from_secs(1));
        let mut ends = Vec::new();
        while let Ok(Record::Dialogue { end, screens, .. }) = written.try_recv() {
            ends.push((end, screens));
        }
        assert_eq!(ends, [(End::Replaced, 1), (End::Said, 0), (End::Silent, 0)]);
    }
}
