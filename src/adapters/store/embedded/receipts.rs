//! Awaited parts and parked receipts in the embedded file.

use super::super::record::{self, Records, person_key};
use super::tables::{AWAITED, Expiring, PARKED, Tables, after, timed};
use super::writer::Worked;
use super::{Embedded, away};
use crate::domain::envelope::StepKey;
use crate::domain::person::Person;
use crate::domain::receipt::PartOf;
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{Awaited, Parked, Receipts, StoreError};
use async_trait::async_trait;
use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata};

type Step<T> = Result<T, redb::Error>;

fn of_person(person: Person, key: &[u8]) -> Vec<u8> {
    [person_key(person).as_slice(), key].concat()
}

/// When a parked receipt is looked at again, and its record.
fn parked_at(value: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (at, record) = value.split_first_chunk::<8>()?;
    Some((Timestamp(i64::from_be_bytes(*at)), record))
}

impl Tables<'_> {
    fn await_part(&mut self, key: StepKey, note: &[u8], until: Timestamp, person: Person) -> Step<()> {
        if let Some(was) = self.get(Expiring::Awaited, &key.0)?
            && let Some((was, _)) = record::read_part(&was)
            && was.person != person
        {
            self.awaited_of.remove(of_person(was.person, &key.0).as_slice())?;
        }
        self.put(Expiring::Awaited, &key.0, note, Some(until))?;
        self.awaited_of.insert(of_person(person, &key.0).as_slice(), [].as_slice())?;
        Ok(())
    }

    fn awaited_keys(&self, person: Person) -> Step<Vec<Vec<u8>>> {
        let prefix = person_key(person);
        let end = after(&prefix);
        let mut keys = Vec::new();
        for entry in self.awaited_of.range::<&[u8]>(prefix.as_slice()..end.as_slice())? {
            keys.push(entry?.0.value().get(record::PERSON_KEY_BYTES..).unwrap_or_default().to_vec());
        }
        Ok(keys)
    }

    /// Removes what is awaited of a person.
    pub(super) fn forget_awaited(&mut self, person: Person) -> Step<()> {
        for key in self.awaited_keys(person)? {
            self.awaited.remove(key.as_slice())?;
            self.awaited_of.remove(of_person(person, &key).as_slice())?;
        }
        Ok(())
    }

    fn forget_part(&mut self, key: StepKey, person: Person) -> Step<()> {
        self.awaited.remove(key.0.as_slice())?;
        self.awaited_of.remove(of_person(person, &key.0).as_slice())?;
        Ok(())
    }

    /// Moves what is awaited of a person to another id.
    pub(super) fn move_awaited(&mut self, old: Person, new: Person) -> Step<()> {
        for key in self.awaited_keys(old)? {
            let note = self.get(Expiring::Awaited, &key)?;
            if let Some((part, until)) = note.as_deref().and_then(record::read_part) {
                let moved = record::part(&PartOf { person: new, ..part }, until);
                self.awaited.insert(key.as_slice(), moved.as_slice())?;
                self.awaited_of.insert(of_person(new, &key).as_slice(), [].as_slice())?;
            }
            self.awaited_of.remove(of_person(old, &key).as_slice())?;
        }
        Ok(())
    }

    /// Removes an awaited part whose time is over, else looks again then.
    pub(super) fn expire_awaited(&mut self, key: &[u8], note: &[u8], now: Timestamp) -> Step<()> {
        match record::read_part(note) {
            Some((_, until)) if until > now => {
                self.expect_expiry(Expiring::Awaited, key, until)?;
            }
            Some((part, _)) => {
                self.awaited_of.remove(of_person(part.person, key).as_slice())?;
                self.awaited.remove(key)?;
            }
            None => {
                self.awaited.remove(key)?;
            }
        }
        Ok(())
    }

    fn parked_under(&mut self, records: &Records, key: StepKey) -> Step<Option<Parked>> {
        let Some(value) = self.parked.get(key.0.as_slice())?.map(|value| value.value().to_vec()) else {
            return Ok(None);
        };
        Ok(parked_at(&value).and_then(|(_, record)| records.read_parked(key, record).ok()))
    }

    fn unpark(&mut self, key: &[u8]) -> Step<()> {
        let was = self.parked.remove(key)?.and_then(|value| parked_at(value.value()).map(|(at, _)| at));
        if let Some(at) = was {
            self.parked_due.remove(timed(at, &[key]).as_slice())?;
        }
        Ok(())
    }

    fn park(&mut self, key: &[u8], record: &[u8], again: Timestamp) -> Step<()> {
        self.unpark(key)?;
        let at = again.0.max(0).to_be_bytes();
        self.parked.insert(key, [at.as_slice(), record].concat().as_slice())?;
        self.parked_due.insert(timed(again, &[key]).as_slice(), [].as_slice())?;
        Ok(())
    }
}

fn expect(tables: &mut Tables<'_>, records: &Records, awaited: &[Awaited]) -> Worked<Vec<Parked>> {
    let mut found = Vec::new();
    for awaited in awaited {
        let (note, until) = records.awaited(awaited);
        tables.await_part(awaited.key, &note, until, awaited.part.person)?;
        found.extend(tables.parked_under(records, awaited.key)?);
    }
    Ok(Ok(found))
}

fn due(
    tables: &mut Tables<'_>,
    records: &Records,
    metrics: &Metrics,
    (now, again): (Timestamp, Timestamp),
    most: usize,
) -> Worked<Vec<Parked>> {
    let end = timed(Timestamp(now.0.saturating_add(1)), &[]);
    let mut keys = Vec::new();
    for entry in tables.parked_due.range::<&[u8]>(..end.as_slice())?.take(most) {
        keys.push(entry?.0.value().get(8..).unwrap_or_default().to_vec());
    }
    let mut found = Vec::new();
    for key in keys {
        let value = tables.parked.get(key.as_slice())?.map(|value| value.value().to_vec());
        let record = value.as_deref().and_then(parked_at).map(|(_, record)| record.to_vec());
        let step = key.first_chunk::<16>().map(|key| StepKey(*key));
        match record.as_deref().zip(step).map(|(record, key)| records.read_parked(key, record)) {
            Some(Ok(parked)) => {
                tables.park(&key, &record.unwrap_or_default(), again)?;
                found.push(parked);
            }
            Some(Err(record::Unreadable::Newer(_))) => {
                tables.park(&key, &record.unwrap_or_default(), again)?;
            }
            Some(Err(record::Unreadable::Broken)) | None => {
                Metrics::count(&metrics.store, "parked_due", "quarantined");
                tables.put_aside(&[b"p", key.as_slice()].concat(), &value.unwrap_or_default())?;
                tables.unpark(&key)?;
            }
        }
    }
    Ok(Ok(found))
}

#[async_trait]
impl Receipts for Embedded {
    async fn expect(&self, awaited: &[Awaited], now: Timestamp) -> Result<Vec<Parked>, StoreError> {
        let (records, awaited) = (self.records.clone(), awaited.to_vec());
        self.writer
            .write(&self.db, move |tables, swept| {
                tables.sweep(now, swept)?;
                expect(tables, &records, &awaited)
            })
            .await
    }

    async fn forget(&self, awaited: &[Awaited]) -> Result<(), StoreError> {
        let awaited = awaited.to_vec();
        self.writer
            .write(&self.db, move |tables, _| {
                for Awaited { key, part, .. } in &awaited {
                    tables.forget_part(*key, part.person)?;
                }
                Ok(Ok(()))
            })
            .await
    }

    async fn find(&self, keys: &[StepKey], now: Timestamp) -> Result<Vec<Option<PartOf>>, StoreError> {
        let read = || -> Step<Vec<Option<PartOf>>> {
            let table = self.db.begin_read()?.open_table(AWAITED)?;
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                let note = table.get(key.0.as_slice())?;
                let part = note.and_then(|note| record::read_part(note.value()));
                found.push(part.filter(|(_, until)| *until > now).map(|(part, _)| part));
            }
            Ok(found)
        };
        read().map_err(away)
    }

    async fn park(&self, parked: &Parked, again: Timestamp, most: u64) -> Result<bool, StoreError> {
        let (record, key) = (self.records.parked(parked)?, parked.key);
        self.writer
            .write(&self.db, move |tables, _| {
                if tables.parked.get(key.0.as_slice())?.is_some() {
                    return Ok(Ok(true));
                }
                if tables.parked.len()? >= most {
                    return Ok(Ok(false));
                }
                tables.park(&key.0, &record, again)?;
                Ok(Ok(true))
            })
            .await
    }

    async fn due(&self, now: Timestamp, again: Timestamp, most: usize) -> Result<Vec<Parked>, StoreError> {
        // A look that finds nothing costs no write.
        if self.parked().await? == 0 {
            return Ok(Vec::new());
        }
        let (records, metrics) = (self.records.clone(), self.metrics.clone());
        self.writer
            .write(&self.db, move |tables, _| due(tables, &records, &metrics, (now, again), most))
            .await
    }

    async fn unpark(&self, keys: &[StepKey]) -> Result<(), StoreError> {
        let keys = keys.to_vec();
        self.writer
            .write(&self.db, move |tables, _| {
                for key in &keys {
                    tables.unpark(&key.0)?;
                }
                Ok(Ok(()))
            })
            .await
    }

    async fn parked(&self) -> Result<u64, StoreError> {
        let read = || -> Step<u64> { Ok(self.db.begin_read()?.open_table(PARKED)?.len()?) };
        read().map_err(away)
    }
}
