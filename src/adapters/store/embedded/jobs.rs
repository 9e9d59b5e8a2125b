//! What the writer does for each request, inside one transaction.

use super::super::record::{self, Aged, Kind, OwedWrite, Prepared, Records, Unreadable, person_key};
use super::tables::{ERASED, Expiring, Tables, owed_key};
use super::writer::Worked;
use crate::domain::courier::Rest;
use crate::domain::delivery::{Claimed, Lane, Row, RowEvent};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{Committed, Retention, Swept};
use redb::ReadableTable;

/// Compares, then writes everything of a commit.
pub(super) fn commit(
    tables: &mut Tables<'_>,
    records: &Records,
    swept: &mut Timestamp,
    commit: &Prepared,
) -> Worked<Committed> {
    tables.sweep(commit.now, swept)?;
    let key = person_key(commit.person);
    let stored = tables.get(Expiring::Session, &key)?;
    let version = living_version(stored.as_deref(), commit.now);
    if version != 0 && stored.as_deref().and_then(record::peek_step) == Some(commit.step) {
        return Ok(Ok(Committed::Replay));
    }
    if version != commit.expect {
        return Ok(Ok(Committed::Conflict));
    }
    if let Some((expect, profile, until)) = &commit.profile {
        let stored = tables.get(Expiring::Profile, &key)?;
        if living_version(stored.as_deref(), commit.now) != *expect {
            return Ok(Ok(Committed::Conflict));
        }
        tables.put(Expiring::Profile, &key, profile, Some(*until))?;
    }
    if commit.erase {
        erase(tables, records, commit.person)?;
    }
    let (session, until) = &commit.session;
    tables.put(Expiring::Session, &key, session, Some(*until))?;
    for field in &commit.done {
        tables.remove_owed(&owed_key(commit.person, field))?;
    }
    for write in &commit.insert {
        tables.insert_owed(write)?;
    }
    for write in &commit.replace {
        tables.put_owed(write)?;
    }
    Ok(Ok(Committed::Done))
}

/// The version of a record, 0 when it is absent or has expired.
fn living_version(record: Option<&[u8]>, now: Timestamp) -> u64 {
    record.and_then(record::peek).filter(|(_, until)| *until > now).map_or(0, |(version, _)| version)
}

/// Leases what is due, and reads it. What cannot be read is put aside, so that it does not stop the queue.
pub(super) fn claim(
    tables: &mut Tables<'_>,
    records: &Records,
    metrics: &Metrics,
    lane: Lane,
    (now, until): (Timestamp, Timestamp),
    most: usize,
) -> Worked<Vec<Claimed>> {
    let mut claimed = Vec::new();
    for key in tables.due_keys(lane, now, most)? {
        let Some(stored) = tables.stored(&key)? else { continue };
        let Some((person, field)) = split(&key) else { continue };
        match records.read_owed(person, field, &stored.record) {
            Ok((_, owed)) => {
                tables.postpone(&key, &stored, until)?;
                claimed.push(owed);
            }
            Err(Unreadable::Newer(_)) => tables.postpone(&key, &stored, until)?,
            Err(Unreadable::Broken) => {
                Metrics::count(&metrics.store, "claim", "quarantined");
                tables.put_aside(&key, &stored.record)?;
                tables.remove_owed(&key)?;
            }
        }
    }
    Ok(Ok(claimed))
}

/// Applies events in order.
pub(super) fn record(
    tables: &mut Tables<'_>,
    records: &Records,
    metrics: &Metrics,
    events: &[RowEvent],
    lease_until: Timestamp,
) -> Worked<Vec<Option<Row>>> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let field = record::field(Kind::Row, event.id);
        let key = owed_key(event.person, &field);
        let Some(stored) = tables.stored(&key)? else {
            rows.push(None);
            continue;
        };
        match records.read_owed(event.person, &field, &stored.record) {
            Ok((head, Claimed::Row(mut row))) => {
                let rest = record::change(&mut row, event, lease_until);
                if rest != Rest::Same {
                    let version = record::next_version(head.version, event.at);
                    match records.row(&row, version, rest.due()) {
                        Ok(write) => tables.put_owed(&write)?,
                        Err(error) => return Ok(Err(error)),
                    }
                }
                rows.push(Some(row));
            }
            Err(Unreadable::Broken) => {
                Metrics::count(&metrics.store, "record", "quarantined");
                tables.put_aside(&key, &stored.record)?;
                tables.remove_owed(&key)?;
                rows.push(None);
            }
            Ok((_, Claimed::Due(_))) | Err(Unreadable::Newer(_)) => rows.push(None),
        }
    }
    Ok(Ok(rows))
}

/// Replaces or removes a due; one that is gone stays gone.
pub(super) fn settle(
    tables: &mut Tables<'_>,
    person: Person,
    old: &[u8],
    next: Option<&OwedWrite>,
) -> Worked<()> {
    let was_there = tables.remove_owed(&owed_key(person, old))?;
    if let (true, Some(next)) = (was_there, next) {
        tables.put_owed(next)?;
    }
    Ok(Ok(()))
}

/// Inserts rows, each once.
pub(super) fn insert(tables: &mut Tables<'_>, writes: &[OwedWrite]) -> Worked<()> {
    for write in writes {
        tables.insert_owed(write)?;
    }
    Ok(Ok(()))
}

/// Removes everything of a person but the dues that his deletion itself left to do; and says in the file that old pages
/// hold what is no longer wanted, for the next start.
fn erase(tables: &mut Tables<'_>, records: &Records, person: Person) -> Result<(), redb::Error> {
    let key = person_key(person);
    tables.remove(Expiring::Session, &key)?;
    tables.remove(Expiring::Profile, &key)?;
    for owed in tables.owed_keys(person)? {
        let Some(stored) = tables.stored(&owed)? else { continue };
        let field = owed.get(record::PERSON_KEY_BYTES..).unwrap_or_default();
        if !records.outlives_erasure(person, field, &stored.record) {
            tables.remove_owed(&owed)?;
        }
    }
    tables.clear_aside(person)?;
    tables.forget_awaited(person)?;
    tables.clear_expiry(person)?;
    tables.meta.insert(ERASED.as_bytes(), [].as_slice())?;
    Ok(())
}

/// Blanks and removes what has had its time among these rows; each was read outside, so it is looked at again.
pub(super) fn age(
    tables: &mut Tables<'_>,
    records: &Records,
    keys: &[Vec<u8>],
    rules: Retention,
    now: Timestamp,
) -> Worked<Swept> {
    let mut swept = Swept::default();
    for key in keys {
        let Some(stored) = tables.stored(key)?.filter(|stored| stored.due.is_none()) else { continue };
        let Some((person, field)) = split(key) else { continue };
        match records.aged(person, field, &stored.record, rules, now) {
            Ok(Aged::Keep) => {}
            Ok(Aged::Remove) => {
                tables.remove_owed(key)?;
                swept.removed = swept.removed.saturating_add(1);
            }
            Ok(Aged::Blank(write)) => {
                tables.put_owed(&write)?;
                swept.blanked = swept.blanked.saturating_add(1);
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(swept))
}

/// Moves everything of a person to another id. What is there under the new id already is newer and stays.
pub(super) fn rekey(tables: &mut Tables<'_>, records: &Records, old: Person, new: Person) -> Worked<()> {
    let (from, to) = (person_key(old), person_key(new));
    if from == to {
        return Ok(Ok(()));
    }
    for (expiring, kind) in [(Expiring::Session, Kind::Session), (Expiring::Profile, Kind::Profile)] {
        let Some(raw) = tables.get(expiring, &from)? else { continue };
        match records.rename(kind, &record::person_name(kind, old), &record::person_name(kind, new), &raw) {
            Ok(moved) if tables.get(expiring, &to)?.is_none() => {
                let until = record::peek(&moved).map(|(_, until)| until);
                tables.put(expiring, &to, &moved, until)?;
            }
            Ok(_) => {}
            Err(error) => return Ok(Err(error)),
        }
        tables.remove(expiring, &from)?;
    }
    for key in tables.owed_keys(old)? {
        let Some(stored) = tables.stored(&key)? else { continue };
        let field = key.get(record::PERSON_KEY_BYTES..).unwrap_or_default();
        match records.move_owed(old, new, field, &stored.record, stored.due) {
            Ok(write) => tables.insert_owed(&write)?,
            Err(error) => return Ok(Err(error)),
        }
        tables.remove_owed(&key)?;
    }
    tables.move_awaited(old, new)?;
    Ok(Ok(()))
}

/// Puts an unreadable record aside, if it is still the one that was read.
pub(super) fn quarantine(tables: &mut Tables<'_>, kind: Kind, key: &[u8], raw: &[u8]) -> Worked<()> {
    let expiring = match kind {
        Kind::Session => Expiring::Session,
        Kind::Profile => Expiring::Profile,
        Kind::Row | Kind::Due => Expiring::Owed,
        Kind::Shared => Expiring::Shared,
        // A parked receipt is put aside where it is read.
        Kind::Receipt => return Ok(Ok(())),
    };
    if tables.get(expiring, key)?.as_deref() != Some(raw) {
        return Ok(Ok(()));
    }
    let aside = match kind {
        Kind::Session | Kind::Profile => [key, &[kind.tag()]].concat(),
        Kind::Row | Kind::Due => key.to_vec(),
        Kind::Shared | Kind::Receipt => [&[kind.tag()], key].concat(),
    };
    tables.put_aside(&aside, raw)?;
    match kind {
        Kind::Row | Kind::Due => tables.remove_owed(key).map(drop)?,
        Kind::Session | Kind::Profile | Kind::Shared | Kind::Receipt => tables.remove(expiring, key)?,
    }
    Ok(Ok(()))
}

/// Writes a shared record if its version is still `expect`.
pub(super) fn put_shared(
    tables: &mut Tables<'_>,
    name: &str,
    expect: u64,
    record: &[u8],
    expires: Option<Timestamp>,
    now: Timestamp,
) -> Worked<bool> {
    let stored = tables.get(Expiring::Shared, name.as_bytes())?;
    let fits = living_version(stored.as_deref(), now) == expect;
    if fits {
        tables.put(Expiring::Shared, name.as_bytes(), record, expires)?;
    }
    Ok(Ok(fits))
}

/// Removes a shared record.
pub(super) fn remove_shared(tables: &mut Tables<'_>, name: &str) -> Worked<()> {
    tables.remove(Expiring::Shared, name.as_bytes())?;
    Ok(Ok(()))
}

/// Takes or renews a lease.
pub(super) fn lease(
    tables: &mut Tables<'_>,
    name: &str,
    owner: u64,
    now: Timestamp,
    until: Timestamp,
) -> Worked<Option<u64>> {
    let held = tables.leases.get(name.as_bytes())?.and_then(|value| read_lease(value.value()));
    let epoch = match held {
        None => 1,
        Some((epoch, holder, _)) if holder == owner => epoch,
        Some((_, _, ends)) if ends > now => return Ok(Ok(None)),
        Some((epoch, _, _)) => epoch.saturating_add(1),
    };
    let value = [epoch.to_be_bytes(), owner.to_be_bytes(), until.0.to_be_bytes()].concat();
    tables.leases.insert(name.as_bytes(), value.as_slice())?;
    Ok(Ok(Some(epoch)))
}

fn read_lease(value: &[u8]) -> Option<(u64, u64, Timestamp)> {
    let (epoch, rest) = value.split_first_chunk::<8>()?;
    let (owner, rest) = rest.split_first_chunk::<8>()?;
    let until = rest.first_chunk::<8>()?;
    Some((u64::from_be_bytes(*epoch), u64::from_be_bytes(*owner), Timestamp(i64::from_be_bytes(*until))))
}

/// Proves that the file takes writes.
pub(super) fn touch(tables: &mut Tables<'_>, now: Timestamp) -> Worked<()> {
    tables.meta.insert(b"probed".as_slice(), now.0.to_be_bytes().as_slice())?;
    Ok(Ok(()))
}

/// Person and field of a key in `OWED`.
fn split(key: &[u8]) -> Option<(Person, &[u8])> {
    let (partition, rest) = key.split_first()?;
    let (id, field) = rest.split_first_chunk::<17>()?;
    Some((Person { partition: *partition, id: crate::domain::person::PersonId(*id) }, field))
}
