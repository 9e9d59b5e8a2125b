//! The form of stored records, the same in both stores: a clear head (version, expiry, format, step key) and a sealed body.

use super::seal::Sealer;
use crate::domain::courier::{self, Rest};
use crate::domain::delivery::{Claimed, Due, DueId, Lane, Row, RowChange, RowEvent, RowState};
use crate::domain::envelope::StepKey;
use crate::domain::person::{Person, PersonId};
use crate::domain::receipt::{PartOf, Receipt};
use crate::domain::session::{Profile, Session};
use crate::domain::time::Timestamp;
use crate::ports::{Awaited, Commit, Parked, Retention, StoreError};
use core::time::Duration;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format this program writes; a record with a higher one is left as it is.
pub const FORMAT: u8 = 5;
/// Partition and person id, in every key of a person.
pub const PERSON_KEY_BYTES: usize = 18;
/// Version, expiry, format.
const HEAD_BYTES: usize = 17;

/// What a record is; the first byte of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session.
    Session,
    /// A profile.
    Profile,
    /// A row of the outbox.
    Row,
    /// Another due.
    Due,
    /// A shared record.
    Shared,
    /// A parked receipt.
    Receipt,
}

impl Kind {
    /// Its byte in names and keys.
    #[must_use]
    pub fn tag(self) -> u8 {
        match self {
            Self::Session => b's',
            Self::Profile => b'f',
            Self::Row => b'r',
            Self::Due => b'd',
            Self::Shared => b'n',
            Self::Receipt => b'p',
        }
    }

    fn has_step(self) -> bool {
        matches!(self, Self::Session | Self::Profile)
    }
}

/// The clear head of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Grows with every write.
    pub version: u64,
    /// When the record may be forgotten.
    pub until: Timestamp,
    /// The step that wrote it (sessions and profiles).
    pub step: StepKey,
}

/// Why a record could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is of a newer format: leave it.
    Newer(u8),
    /// It is damaged, or its key is not known: put it aside.
    Broken,
}

impl Unreadable {
    /// The error a caller gets; `kind` says nothing about the person.
    #[must_use]
    pub fn error(self, kind: Kind) -> StoreError {
        let key = format!("{kind:?}").to_lowercase();
        match self {
            Self::Newer(found) => StoreError::Newer { key, found, known: FORMAT },
            Self::Broken => StoreError::Quarantined(key),
        }
    }
}

/// Partition and id as bytes.
#[must_use]
pub fn person_key(person: Person) -> [u8; PERSON_KEY_BYTES] {
    let mut key = [0; PERSON_KEY_BYTES];
    for (to, from) in key.iter_mut().zip(core::iter::once(person.partition).chain(person.id.0)) {
        *to = from;
    }
    key
}

/// Kind and id of a row or due: its field among what a person is owed.
#[must_use]
pub fn field(kind: Kind, id: DueId) -> Vec<u8> {
    let mut field = Vec::with_capacity(17);
    field.push(kind.tag());
    field.extend_from_slice(&id.0);
    field
}

/// The name a person's session or profile is sealed under.
#[must_use]
pub fn person_name(kind: Kind, person: Person) -> Vec<u8> {
    let mut name = Vec::with_capacity(1 + PERSON_KEY_BYTES);
    name.push(kind.tag());
    name.extend_from_slice(&person_key(person));
    name
}

/// The name a row or due is sealed under.
#[must_use]
pub fn owed_name(person: Person, field: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(1 + PERSON_KEY_BYTES + 17);
    name.push(b'o');
    name.extend_from_slice(&person_key(person));
    name.extend_from_slice(field);
    name
}

/// The name a shared record is sealed under.
#[must_use]
pub fn shared_name(name: &str) -> Vec<u8> {
    [&[Kind::Shared.tag()], name.as_bytes()].concat()
}

/// The version after `expect`. A first version is the time, so that a writer from an earlier life of the record cannot match.
#[must_use]
pub fn next_version(expect: u64, now: Timestamp) -> u64 {
    if expect == 0 { u64::try_from(now.0).unwrap_or(0).max(1) } else { expect.saturating_add(1) }
}

/// Version and expiry from the head of a record, where it has one.
#[must_use]
pub fn peek(record: &[u8]) -> Option<(u64, Timestamp)> {
    let (version, rest) = record.split_first_chunk::<8>()?;
    let (until, _) = rest.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*version), Timestamp(i64::from_be_bytes(*until))))
}

/// The step key in the head of a session's record.
#[must_use]
pub fn peek_step(record: &[u8]) -> Option<StepKey> {
    record.get(HEAD_BYTES..)?.first_chunk::<16>().map(|step| StepKey(*step))
}

/// How long a reminder or alert is kept beyond the others: the longest span of a cap on a person.
const PUSHES_COUNTED: Duration = Duration::from_secs(7 * 86_400);

/// What becomes of a row in the sweep.
#[derive(Clone, Debug)]
pub enum Aged {
    /// It stays as it is.
    Keep,
    /// It stays without its text.
    Blank(OwedWrite),
    /// It goes.
    Remove,
}

/// Writes and reads records.
#[derive(Clone, Debug)]
pub struct Records {
    sealer: Sealer,
    kept: Duration,
}

/// A row or due ready to be stored.
#[derive(Clone, Debug)]
pub struct OwedWrite {
    /// Whose.
    pub person: Person,
    /// Kind and id.
    pub field: Vec<u8>,
    /// In which lane it is due.
    pub lane: Lane,
    /// When it is due; `None`: nothing is left to do for it.
    pub due: Option<Timestamp>,
    /// When it may be forgotten.
    pub until: Timestamp,
    /// Head and sealed body.
    pub record: Vec<u8>,
}

/// A commit ready to be stored: sealed, so that the writer only compares and puts.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Whose.
    pub person: Person,
    /// Now.
    pub now: Timestamp,
    /// The step.
    pub step: StepKey,
    /// The session's version as opened.
    pub expect: u64,
    /// The session's record and its expiry.
    pub session: (Vec<u8>, Timestamp),
    /// The profile's version as opened, its record and its expiry.
    pub profile: Option<(u64, Vec<u8>, Timestamp)>,
    /// Rows, kept as they are where they exist.
    pub insert: Vec<OwedWrite>,
    /// Dues, replaced where they exist.
    pub replace: Vec<OwedWrite>,
    /// Fields that are done.
    pub done: Vec<Vec<u8>>,
    /// Whether everything else of the person goes.
    pub erase: bool,
}

impl Records {
    /// `kept`: how long rows and dues are known after their latest time, so that a copy of what caused them finds them.
    #[must_use]
    pub fn new(sealer: Sealer, kept: Duration) -> Self {
        Self { sealer, kept }
    }

    /// How long rows and dues are known after their latest time.
    #[must_use]
    pub fn kept(&self) -> Duration {
        self.kept
    }

    fn write<T: Serialize>(
        &self,
        kind: Kind,
        name: &[u8],
        head: Head,
        body: &T,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = postcard::to_allocvec(body)
            .map_err(|error| StoreError::Away(format!("record cannot be written: {error}")))?;
        self.seal(kind, name, head, &plain)
    }

    /// Head and sealed body under `name`; the head is sealed in, so that it cannot be altered either.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn seal(&self, kind: Kind, name: &[u8], head: Head, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut record = Vec::with_capacity(plain.len().saturating_add(64));
        record.extend_from_slice(&head.version.to_be_bytes());
        record.extend_from_slice(&head.until.0.to_be_bytes());
        record.push(FORMAT);
        if kind.has_step() {
            record.extend_from_slice(&head.step.0);
        }
        let sealed = self.sealer.seal(&[name, &record].concat(), plain)?;
        record.extend_from_slice(&sealed);
        Ok(record)
    }

    /// The head and the opened body of a record.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn open(&self, kind: Kind, name: &[u8], record: &[u8]) -> Result<(Head, Vec<u8>), Unreadable> {
        let (version, until) = peek(record).ok_or(Unreadable::Broken)?;
        let format = *record.get(HEAD_BYTES - 1).ok_or(Unreadable::Broken)?;
        if format > FORMAT {
            return Err(Unreadable::Newer(format));
        }
        let head_bytes = if kind.has_step() { HEAD_BYTES + 16 } else { HEAD_BYTES };
        let (clear, sealed) = record.split_at_checked(head_bytes).ok_or(Unreadable::Broken)?;
        let step = if kind.has_step() { peek_step(record).unwrap_or_default() } else { StepKey::default() };
        let plain = self.sealer.open(&[name, clear].concat(), sealed).ok_or(Unreadable::Broken)?;
        Ok((Head { version, until, step }, plain))
    }

    fn read<T: DeserializeOwned>(
        &self,
        kind: Kind,
        name: &[u8],
        record: &[u8],
    ) -> Result<(Head, T), Unreadable> {
        let (head, plain) = self.open(kind, name, record)?;
        match postcard::take_from_bytes(&plain) {
            Ok((body, [])) => Ok((head, body)),
            _ => Err(Unreadable::Broken),
        }
    }

    /// A session's record.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn session(&self, person: Person, head: Head, session: &Session) -> Result<Vec<u8>, StoreError> {
        self.write(Kind::Session, &person_name(Kind::Session, person), head, session)
    }

    /// Reads a session.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn read_session(&self, person: Person, record: &[u8]) -> Result<(Head, Session), Unreadable> {
        self.read(Kind::Session, &person_name(Kind::Session, person), record)
    }

    /// A profile's record.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn profile(&self, person: Person, head: Head, profile: &Profile) -> Result<Vec<u8>, StoreError> {
        self.write(Kind::Profile, &person_name(Kind::Profile, person), head, profile)
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn read_profile(&self, person: Person, record: &[u8]) -> Result<(Head, Profile), Unreadable> {
        self.read(Kind::Profile, &person_name(Kind::Profile, person), record)
    }

    /// A row's record, due at `due`.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn row(&self, row: &Row, version: u64, due: Option<Timestamp>) -> Result<OwedWrite, StoreError> {
        let field = field(Kind::Row, row.id);
        // What Kopir wrote by itself is counted among the rows of the last week.
        let counted = if row.purpose.lane().is_bulk() { PUSHES_COUNTED } else { Duration::ZERO };
        let until = row.latest.max(row.created).plus(self.kept).plus(counted);
        let head = Head { version, until, step: StepKey::default() };
        let record = self.write(Kind::Row, &owed_name(row.person, &field), head, row)?;
        Ok(OwedWrite { person: row.person, field, lane: row.purpose.lane(), due, until, record })
    }

    /// A due's record.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn due(&self, due: &Due, version: u64) -> Result<OwedWrite, StoreError> {
        let field = field(Kind::Due, due.id);
        let until = due.latest.max(due.at).plus(self.kept);
        let head = Head { version, until, step: StepKey::default() };
        let record = self.write(Kind::Due, &owed_name(due.person, &field), head, due)?;
        Ok(OwedWrite { person: due.person, field, lane: due.what.lane(), due: Some(due.at), until, record })
    }

    /// Reads a row or due of `person` by its field.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn read_owed(
        &self,
        person: Person,
        field: &[u8],
        record: &[u8],
    ) -> Result<(Head, Claimed), Unreadable> {
        let name = owed_name(person, field);
        match field.first() {
            Some(b'r') => self.read(Kind::Row, &name, record).map(|(head, row)| (head, Claimed::Row(row))),
            Some(b'd') => self.read(Kind::Due, &name, record).map(|(head, due)| (head, Claimed::Due(due))),
            _ => Err(Unreadable::Broken),
        }
    }

    /// Whether what lies under `field` stays when everything of `person` goes; what cannot be read does not.
    #[must_use]
    pub fn outlives_erasure(&self, person: Person, field: &[u8], record: &[u8]) -> bool {
        matches!(
            self.read_owed(person, field, record),
            Ok((_, Claimed::Due(due))) if due.what.outlives_erasure()
        )
    }

    /// What the sweep does with a row or due that has no due time any more.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn aged(
        &self,
        person: Person,
        field: &[u8],
        record: &[u8],
        rules: Retention,
        now: Timestamp,
    ) -> Result<Aged, StoreError> {
        if peek(record).is_some_and(|(_, until)| until <= now) {
            return Ok(Aged::Remove);
        }
        let Ok((head, Claimed::Row(mut row))) = self.read_owed(person, field, record) else {
            return Ok(Aged::Keep);
        };
        let age = now.since(row.state.since());
        if !row.state.is_final() || age < rules.texts.min(rules.rows) {
            return Ok(Aged::Keep);
        }
        if age >= rules.rows {
            return Ok(Aged::Remove);
        }
        if row.text.is_empty() {
            return Ok(Aged::Keep);
        }
        row.text.clear();
        self.row(&row, next_version(head.version, now), None).map(Aged::Blank)
    }

    /// A shared record under `name` that follows version `expect`.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn shared(
        &self,
        name: &str,
        expect: u64,
        value: &[u8],
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<u8>, StoreError> {
        let until = expires.unwrap_or(Timestamp(i64::MAX));
        let head = Head { version: next_version(expect, now), until, step: StepKey::default() };
        self.seal(Kind::Shared, &shared_name(name), head, value)
    }

    /// The same record under another name, sealed with the current key.
    ///
    /// # Errors
    /// As `Unreadable::error`; `Away` when it cannot be sealed.
    pub fn rename(&self, kind: Kind, old: &[u8], new: &[u8], record: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (head, plain) = self.open(kind, old, record).map_err(|unreadable| unreadable.error(kind))?;
        self.seal(kind, new, head, &plain)
    }

    /// A row or due as it stands, for another id of the same person.
    ///
    /// # Errors
    /// As `Unreadable::error`; `Away` when it cannot be sealed.
    pub fn move_owed(
        &self,
        old: Person,
        new: Person,
        field: &[u8],
        record: &[u8],
        due: Option<Timestamp>,
    ) -> Result<OwedWrite, StoreError> {
        match self.read_owed(old, field, record) {
            Ok((head, Claimed::Row(row))) => self.row(&Row { person: new, ..row }, head.version, due),
            Ok((head, Claimed::Due(moved))) => {
                let write = self.due(&Due { person: new, ..moved }, head.version)?;
                Ok(OwedWrite { due, ..write })
            }
            Err(unreadable) => Err(unreadable.error(Kind::Row)),
        }
    }

    /// Seals a whole commit.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn prepare(&self, commit: &Commit) -> Result<Prepared, StoreError> {
        let Commit { person, now, step, expect, .. } = *commit;
        let head = Head { version: next_version(expect, now), until: commit.session_expires, step };
        let session = self.session(person, head, &commit.session)?;
        let profile = match &commit.profile {
            None => None,
            Some((expect, profile, until)) => {
                let head = Head { version: next_version(*expect, now), until: *until, step };
                Some((*expect, self.profile(person, head, profile)?, *until))
            }
        };
        let fresh = next_version(0, now);
        Ok(Prepared {
            person,
            now,
            step,
            expect,
            session: (session, commit.session_expires),
            profile,
            insert: commit
                .rows
                .iter()
                .map(|row| self.row(row, fresh, first_due(row, commit.lease_until)))
                .collect::<Result<_, _>>()?,
            replace: commit.dues.iter().map(|due| self.due(due, fresh)).collect::<Result<_, _>>()?,
            done: commit.done.iter().map(|id| field(Kind::Due, *id)).collect(),
            erase: commit.erase,
        })
    }
}

/// Whose part, as it is noted: person, row, part, of, lettered, end. Keyed ids and counts alone, so in clear.
const PART_BYTES: usize = PERSON_KEY_BYTES + 16 + 3 + 8;

/// A note of an awaited part, kept until `until`.
#[must_use]
pub fn part(part: &PartOf, until: Timestamp) -> Vec<u8> {
    let mut note = Vec::with_capacity(PART_BYTES);
    note.extend_from_slice(&person_key(part.person));
    note.extend_from_slice(&part.row.0);
    note.extend_from_slice(&[part.part, part.of, u8::from(part.lettered)]);
    note.extend_from_slice(&until.0.to_be_bytes());
    note
}

/// A note read back, with its end.
#[must_use]
pub fn read_part(note: &[u8]) -> Option<(PartOf, Timestamp)> {
    let (partition, rest) = note.split_first()?;
    let (id, rest) = rest.split_first_chunk::<17>()?;
    let (row, rest) = rest.split_first_chunk::<16>()?;
    let (&[part, of, lettered], rest) = rest.split_first_chunk::<3>()?;
    let until = i64::from_be_bytes(*rest.first_chunk::<8>()?);
    let person = Person { partition: *partition, id: PersonId(*id) };
    Some((PartOf { person, row: StepKey(*row), part, of, lettered: lettered != 0 }, Timestamp(until)))
}

impl Records {
    /// The note of an awaited part and when it may be forgotten: with its row.
    #[must_use]
    pub fn awaited(&self, awaited: &Awaited) -> (Vec<u8>, Timestamp) {
        let until = awaited.until.plus(self.kept);
        (part(&awaited.part, until), until)
    }

    /// A parked receipt, sealed.
    ///
    /// # Errors
    /// `Away` when it cannot be sealed.
    pub fn parked(&self, parked: &Parked) -> Result<Vec<u8>, StoreError> {
        let head = Head { version: 1, until: parked.until, step: StepKey::default() };
        self.write(Kind::Receipt, &field(Kind::Receipt, parked.key), head, &parked.receipt)
    }

    /// Reads a parked receipt.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn read_parked(&self, key: StepKey, record: &[u8]) -> Result<Parked, Unreadable> {
        let (head, receipt): (Head, Receipt) =
            self.read(Kind::Receipt, &field(Kind::Receipt, key), record)?;
        Ok(Parked { key, receipt, until: head.until })
    }
}

/// How many of `most` rows a claim takes from those due last. In bulk a small campaign that has just become due does not wait
/// behind the whole backlog of a large one; the other lanes keep their order.
#[must_use]
pub fn latest_of(lane: Lane, most: usize) -> usize {
    if lane.is_bulk() { most / 2 } else { 0 }
}

/// When a row is first due: a row in `Sending` when its lease ends, a queued one at its earliest time.
#[must_use]
pub fn first_due(row: &Row, lease_until: Timestamp) -> Option<Timestamp> {
    match row.state {
        RowState::Queued { .. } => Some(row.earliest),
        RowState::Sending { .. } => Some(lease_until),
        RowState::Accepted { .. }
        | RowState::Delivered { .. }
        | RowState::Failed { .. }
        | RowState::Expired { .. }
        | RowState::Cancelled { .. } => None,
    }
}

/// Applies an event; what is left to do for the row then. A repeated `Sending` of the same gateway at the same time is the first
/// one whose answer was lost, not a recovery.
pub fn change(row: &mut Row, event: &RowEvent, lease_until: Timestamp) -> Rest {
    if let (RowState::Sending { at, gateway, .. }, RowChange::Sending { gateway: again, .. }) =
        (&row.state, &event.what)
        && (*at, gateway) == (event.at, again)
    {
        return Rest::Due(lease_until);
    }
    courier::apply(row, &event.what, event.at, lease_until)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
