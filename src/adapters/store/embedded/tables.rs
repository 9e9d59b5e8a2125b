//! The tables of the embedded file and the steps that keep records, due index and expiry index in one piece.

use super::super::record::{self, OwedWrite, person_key};
use crate::domain::delivery::Lane;
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use core::time::Duration;
use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};

/// Keys and values are bytes; their form stands at each table.
pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
type Bytes<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// partition · person id → record
pub(super) const SESSIONS: Definition = TableDefinition::new("sessions");
/// partition · person id → record
pub(super) const PROFILES: Definition = TableDefinition::new("profiles");
/// partition · person id · kind · id → lane · due time (0: not due) · record; also the index of a person's rows
pub(super) const OWED: Definition = TableDefinition::new("owed");
/// due time · key in `OWED`
pub(super) const DUE_NOW: Definition = TableDefinition::new("due_now");
/// As `DUE_NOW`.
pub(super) const DUE_ASKED: Definition = TableDefinition::new("due_asked");
/// As `DUE_NOW`.
pub(super) const DUE_BULK: Definition = TableDefinition::new("due_bulk");
/// As `DUE_NOW`.
pub(super) const DUE_WORK: Definition = TableDefinition::new("due_work");
/// As `DUE_NOW`.
pub(super) const DUE_LOOKS: Definition = TableDefinition::new("due_looks");
/// time · table · key: one entry a record, at its expiry or earlier
pub(super) const EXPIRY: Definition = TableDefinition::new("expiry");
/// name → record
pub(super) const SHARED: Definition = TableDefinition::new("shared");
/// name → epoch · owner · until
pub(super) const LEASES: Definition = TableDefinition::new("leases");
/// partition · person id · kind · id, or `n` · name → the bytes that could not be read
pub(super) const QUARANTINE: Definition = TableDefinition::new("quarantine");
/// key of an awaited part → whose, until when
pub(super) const AWAITED: Definition = TableDefinition::new("awaited");
/// partition · person id · key in `AWAITED`: what is noted of a person there
pub(super) const AWAITED_OF: Definition = TableDefinition::new("awaited_of");
/// key of a receipt → time it is looked at again · record
pub(super) const PARKED: Definition = TableDefinition::new("parked");
/// that time · key in `PARKED`
pub(super) const PARKED_DUE: Definition = TableDefinition::new("parked_due");
/// What the file is: format, partitions, fingerprint of the partition key
pub(super) const META: Definition = TableDefinition::new("meta");

/// In `META`: somebody has deleted his data since the file was last written anew.
pub(super) const ERASED: &str = "erased";

/// Expired records removed in one transaction at most; the rest waits for the next.
const SWEPT_MAX: usize = 512;
/// How often the expired are looked for, in milliseconds of the caller's clock.
const SWEEP_EVERY_MS: i64 = 5_000;
/// When a row that is still due is looked at again, once its own time is over.
const OWED_AGAIN: Duration = Duration::from_secs(3600);

/// All tables of one write transaction.
pub(super) struct Tables<'t> {
    pub(super) sessions: Bytes<'t>,
    pub(super) profiles: Bytes<'t>,
    pub(super) owed: Bytes<'t>,
    due_now: Bytes<'t>,
    due_asked: Bytes<'t>,
    due_bulk: Bytes<'t>,
    due_work: Bytes<'t>,
    due_looks: Bytes<'t>,
    expiry: Bytes<'t>,
    pub(super) shared: Bytes<'t>,
    pub(super) leases: Bytes<'t>,
    pub(super) quarantine: Bytes<'t>,
    pub(super) awaited: Bytes<'t>,
    pub(super) awaited_of: Bytes<'t>,
    pub(super) parked: Bytes<'t>,
    pub(super) parked_due: Bytes<'t>,
    pub(super) meta: Bytes<'t>,
}

/// Which record an expiry entry speaks of.
#[derive(Clone, Copy)]
pub(super) enum Expiring {
    Session,
    Profile,
    Owed,
    Shared,
    Awaited,
}

impl Expiring {
    fn tag(self) -> u8 {
        match self {
            Self::Session => b's',
            Self::Profile => b'f',
            Self::Owed => b'o',
            Self::Shared => b'n',
            Self::Awaited => b'i',
        }
    }

    fn of(tag: u8) -> Option<Self> {
        [Self::Session, Self::Profile, Self::Owed, Self::Shared, Self::Awaited]
            .into_iter()
            .find(|kind| kind.tag() == tag)
    }
}

/// A row or due as it lies in `OWED`.
pub(super) struct Stored {
    pub(super) lane: Lane,
    pub(super) due: Option<Timestamp>,
    pub(super) record: Vec<u8>,
}

impl Stored {
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let (lane, rest) = value.split_first()?;
        let (due, record) = rest.split_first_chunk::<8>()?;
        let due = i64::from_be_bytes(*due);
        Some(Self {
            lane: Lane::ALL.into_iter().find(|one| lane_tag(*one) == *lane)?,
            due: (due != 0).then_some(Timestamp(due)),
            record: record.to_vec(),
        })
    }

    fn write(lane: Lane, due: Option<Timestamp>, record: &[u8]) -> Vec<u8> {
        let mut value = Vec::with_capacity(record.len().saturating_add(9));
        value.push(lane_tag(lane));
        value.extend_from_slice(&due.map_or(0, |at| at.0.max(1)).to_be_bytes());
        value.extend_from_slice(record);
        value
    }
}

fn lane_tag(lane: Lane) -> u8 {
    match lane {
        Lane::Now => 0,
        Lane::Bulk => 1,
        Lane::Asked => 2,
        Lane::Work => 3,
        Lane::Looks => 4,
    }
}

/// The key of a row or due in `OWED`.
pub(super) fn owed_key(person: Person, field: &[u8]) -> Vec<u8> {
    [person_key(person).as_slice(), field].concat()
}

/// `time · rest`; times before 1970 sort as 1970.
pub(super) fn timed(at: Timestamp, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = at.0.max(0).to_be_bytes().to_vec();
    for part in rest {
        key.extend_from_slice(part);
    }
    key
}

/// The first key after all that begin with `prefix`.
pub(super) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return end;
        }
    }
    vec![0xFF; prefix.len().saturating_add(64)]
}

type Step<T> = Result<T, redb::Error>;

impl<'t> Tables<'t> {
    /// Opens every table, creating what is missing.
    pub(super) fn open(txn: &'t WriteTransaction) -> Step<Self> {
        Ok(Self {
            sessions: txn.open_table(SESSIONS)?,
            profiles: txn.open_table(PROFILES)?,
            owed: txn.open_table(OWED)?,
            due_now: txn.open_table(DUE_NOW)?,
            due_asked: txn.open_table(DUE_ASKED)?,
            due_bulk: txn.open_table(DUE_BULK)?,
            due_work: txn.open_table(DUE_WORK)?,
            due_looks: txn.open_table(DUE_LOOKS)?,
            expiry: txn.open_table(EXPIRY)?,
            shared: txn.open_table(SHARED)?,
            leases: txn.open_table(LEASES)?,
            quarantine: txn.open_table(QUARANTINE)?,
            awaited: txn.open_table(AWAITED)?,
            awaited_of: txn.open_table(AWAITED_OF)?,
            parked: txn.open_table(PARKED)?,
            parked_due: txn.open_table(PARKED_DUE)?,
            meta: txn.open_table(META)?,
        })
    }

    fn due(&mut self, lane: Lane) -> &mut Bytes<'t> {
        match lane {
            Lane::Now => &mut self.due_now,
            Lane::Asked => &mut self.due_asked,
            Lane::Bulk => &mut self.due_bulk,
            Lane::Work => &mut self.due_work,
            Lane::Looks => &mut self.due_looks,
        }
    }

    fn table(&mut self, kind: Expiring) -> &mut Bytes<'t> {
        match kind {
            Expiring::Session => &mut self.sessions,
            Expiring::Profile => &mut self.profiles,
            Expiring::Owed => &mut self.owed,
            Expiring::Shared => &mut self.shared,
            Expiring::Awaited => &mut self.awaited,
        }
    }

    /// The record under `key`.
    pub(super) fn get(&mut self, kind: Expiring, key: &[u8]) -> Step<Option<Vec<u8>>> {
        Ok(self.table(kind).get(key)?.map(|value| value.value().to_vec()))
    }

    /// Writes a record that may be forgotten at `until` (`None`: never).
    pub(super) fn put(
        &mut self,
        kind: Expiring,
        key: &[u8],
        value: &[u8],
        until: Option<Timestamp>,
    ) -> Step<()> {
        let fresh = self.table(kind).insert(key, value)?.is_none();
        if let (true, Some(until)) = (fresh, until) {
            self.expiry.insert(timed(until, &[&[kind.tag()], key]).as_slice(), [].as_slice())?;
        }
        Ok(())
    }

    /// Has a record looked at by the sweep at `at`.
    pub(super) fn expect_expiry(&mut self, kind: Expiring, key: &[u8], at: Timestamp) -> Step<()> {
        self.expiry.insert(timed(at, &[&[kind.tag()], key]).as_slice(), [].as_slice())?;
        Ok(())
    }

    /// Removes a record; its entry in the expiry index goes with the sweep.
    pub(super) fn remove(&mut self, kind: Expiring, key: &[u8]) -> Step<()> {
        self.table(kind).remove(key)?;
        Ok(())
    }

    /// A row or due.
    pub(super) fn stored(&mut self, key: &[u8]) -> Step<Option<Stored>> {
        Ok(self.owed.get(key)?.and_then(|value| Stored::read(value.value())))
    }

    /// Writes a row or due and its place in the due index.
    pub(super) fn put_owed(&mut self, write: &OwedWrite) -> Step<()> {
        let key = owed_key(write.person, &write.field);
        if let Some(was) = self.stored(&key)? {
            self.undue(&key, &was)?;
        }
        if let Some(due) = write.due {
            self.due(write.lane).insert(timed(due.max(Timestamp(1)), &[&key]).as_slice(), [].as_slice())?;
        }
        self.put(
            Expiring::Owed,
            &key,
            &Stored::write(write.lane, write.due, &write.record),
            Some(write.until),
        )
    }

    /// As `put_owed`, but what exists stays as it is.
    pub(super) fn insert_owed(&mut self, write: &OwedWrite) -> Step<()> {
        let exists = self.owed.get(owed_key(write.person, &write.field).as_slice())?.is_some();
        if exists { Ok(()) } else { self.put_owed(write) }
    }

    fn undue(&mut self, key: &[u8], was: &Stored) -> Step<()> {
        if let Some(due) = was.due {
            self.due(was.lane).remove(timed(due, &[key]).as_slice())?;
        }
        Ok(())
    }

    /// Removes a row or due; whether it was there. Its entry in the expiry index goes too, unless it was put at another
    /// time; then it goes with the sweep.
    pub(super) fn remove_owed(&mut self, key: &[u8]) -> Step<bool> {
        let Some(was) = self.stored(key)? else { return Ok(false) };
        self.undue(key, &was)?;
        if let Some((_, until)) = record::peek(&was.record) {
            self.expiry.remove(timed(until, &[&[Expiring::Owed.tag()], key]).as_slice())?;
        }
        self.owed.remove(key)?;
        Ok(true)
    }

    /// Moves a row's due time and leaves the record.
    pub(super) fn postpone(&mut self, key: &[u8], was: &Stored, due: Timestamp) -> Step<()> {
        self.undue(key, was)?;
        self.due(was.lane).insert(timed(due.max(Timestamp(1)), &[key]).as_slice(), [].as_slice())?;
        self.owed.insert(key, Stored::write(was.lane, Some(due), &was.record).as_slice())?;
        Ok(())
    }

    /// Keys in `OWED` that are due in a lane at `now`, the longest due first, then some of the latest (`record::latest_of`).
    pub(super) fn due_keys(&mut self, lane: Lane, now: Timestamp, most: usize) -> Step<Vec<Vec<u8>>> {
        let end = timed(Timestamp(now.0.saturating_add(1)), &[]);
        let latest = record::latest_of(lane, most);
        let mut found: Vec<Vec<u8>> = Vec::new();
        let mut due = self.due(lane).range::<&[u8]>(..end.as_slice())?;
        for entry in due.by_ref().take(most.saturating_sub(latest)) {
            found.push(entry?.0.value().to_vec());
        }
        for entry in due.rev().take(latest) {
            found.push(entry?.0.value().to_vec());
        }
        Ok(found.into_iter().map(|key| key.get(8..).unwrap_or_default().to_vec()).collect())
    }

    /// Keys in `OWED` of a person.
    pub(super) fn owed_keys(&self, person: Person) -> Step<Vec<Vec<u8>>> {
        let prefix = person_key(person);
        let end = after(&prefix);
        let mut keys = Vec::new();
        for entry in self.owed.range::<&[u8]>(prefix.as_slice()..end.as_slice())? {
            keys.push(entry?.0.value().to_vec());
        }
        Ok(keys)
    }

    /// Puts an unreadable record aside under `key`.
    pub(super) fn put_aside(&mut self, key: &[u8], raw: &[u8]) -> Step<()> {
        self.quarantine.insert(key, raw)?;
        Ok(())
    }

    /// Removes what was put aside of a person.
    pub(super) fn clear_aside(&mut self, person: Person) -> Step<()> {
        let prefix = person_key(person);
        let end = after(&prefix);
        self.quarantine.retain_in::<&[u8], _>(prefix.as_slice()..end.as_slice(), |_, _| false)?;
        Ok(())
    }

    /// Removes what the expiry index says of a person. Its keys begin with times, so all of them are read: a deletion is
    /// rare, and a person's id must not outlive it by the year that a profile has.
    pub(super) fn clear_expiry(&mut self, person: Person) -> Step<()> {
        let wanted = person_key(person);
        let mut gone = Vec::new();
        for entry in self.expiry.iter()? {
            let key = entry?.0.value().to_vec();
            // time 8, table 1, then the record's key
            if key.get(9..).is_some_and(|rest| rest.starts_with(&wanted)) {
                gone.push(key);
            }
        }
        for key in gone {
            self.expiry.remove(key.as_slice())?;
        }
        Ok(())
    }

    /// Removes what has expired; a row that is still due stays until somebody has made it final.
    pub(super) fn sweep(&mut self, now: Timestamp, last: &mut Timestamp) -> Step<()> {
        if now.0.saturating_sub(last.0) < SWEEP_EVERY_MS {
            return Ok(());
        }
        *last = now;
        let end = timed(Timestamp(now.0.saturating_add(1)), &[]);
        let mut passed = Vec::new();
        for entry in self.expiry.range::<&[u8]>(..end.as_slice())?.take(SWEPT_MAX) {
            passed.push(entry?.0.value().to_vec());
        }
        for entry in passed {
            self.expiry.remove(entry.as_slice())?;
            let Some((kind, key)) = entry.get(8..).and_then(<[u8]>::split_first) else { continue };
            if let Some(kind) = Expiring::of(*kind) {
                self.expire(kind, key, now)?;
            }
        }
        Ok(())
    }

    fn expire(&mut self, kind: Expiring, key: &[u8], now: Timestamp) -> Step<()> {
        let Some(value) = self.get(kind, key)? else { return Ok(()) };
        if matches!(kind, Expiring::Awaited) {
            return self.expire_awaited(key, &value, now);
        }
        let stored = matches!(kind, Expiring::Owed).then(|| Stored::read(&value)).flatten();
        let record = stored.as_ref().map_or(&value, |stored| &stored.record);
        let until = record::peek(record).map_or(now, |(_, until)| until);
        let again = match &stored {
            Some(Stored { due: Some(_), .. }) => Some(until.max(now.plus(OWED_AGAIN))),
            _ => (until > now).then_some(until),
        };
        match again {
            Some(at) => {
                self.expiry.insert(timed(at, &[&[kind.tag()], key]).as_slice(), [].as_slice())?;
            }
            None => {
                self.remove(kind, key)?;
            }
        }
        Ok(())
    }
}
