//! What stays of a person who is removed, and moving him to another id in one atomic step.

use super::super::record::{self, Kind};
use super::{Redis, TRIES_MAX, away, keys, unsure};
use crate::domain::person::Person;
use crate::ports::StoreError;

/// A record to be moved: its version as read and what to write; both empty where there is none.
type Moved = (Vec<u8>, Vec<u8>);

/// Session, profile, and fields of what is owed, as found.
type Whole = (Option<Vec<u8>>, Option<Vec<u8>>, Vec<(Vec<u8>, Vec<u8>)>);

impl Redis {
    /// The fields that stay when everything else of a person goes, one after the other. Those a commit writes later than
    /// this look make the erasing commit a conflict.
    pub(super) async fn outliving(&self, person: Person) -> Result<Vec<u8>, StoreError> {
        let owed: Vec<(Vec<u8>, Vec<u8>)> = redis::cmd("HGETALL")
            .arg(keys::owed(person))
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))?;
        let kept = owed.into_iter().filter(|(field, raw)| self.records.outlives_erasure(person, field, raw));
        Ok(kept.flat_map(|(field, _)| field).collect())
    }

    pub(super) async fn rekey_person(&self, old: Person, new: Person) -> Result<(), StoreError> {
        if old == new {
            return Ok(());
        }
        for _ in 0..TRIES_MAX {
            if self.try_rekey(old, new).await? {
                return Ok(());
            }
        }
        Err(StoreError::Away("the person's records keep changing".to_owned()))
    }

    async fn try_rekey(&self, old: Person, new: Person) -> Result<bool, StoreError> {
        let (session, profile, owed): Whole = redis::pipe()
            .get(keys::session(old))
            .get(keys::profile(old))
            .cmd("HGETALL")
            .arg(keys::owed(old))
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))?;
        if session.is_none() && profile.is_none() && owed.is_empty() {
            return Ok(true);
        }
        let session = self.moved(Kind::Session, old, new, session)?;
        let profile = self.moved(Kind::Profile, old, new, profile)?;
        let mut rows = Vec::with_capacity(owed.len());
        for (field, raw) in &owed {
            let write = self.records.move_owed(old, new, field, raw, None)?;
            rows.push((field, raw.get(..8).unwrap_or_default(), write.record));
        }
        let mut call = self.scripts.rekey.prepare_invoke();
        call.key(keys::session(old))
            .key(keys::profile(old))
            .key(keys::owed(old))
            .key(keys::dues(old.partition))
            .key(keys::quarantine(old.partition))
            .key(keys::session(new))
            .key(keys::profile(new))
            .key(keys::owed(new))
            .arg(old.id.0.as_slice())
            .arg(new.id.0.as_slice());
        for (version, record) in [session, profile] {
            call.arg(version).arg(record);
        }
        for (field, version, record) in rows {
            call.arg(field.as_slice()).arg(version).arg(record);
        }
        let done: i64 = call.invoke_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
        Ok(done == 1)
    }

    fn moved(&self, kind: Kind, old: Person, new: Person, raw: Option<Vec<u8>>) -> Result<Moved, StoreError> {
        let Some(raw) = raw else { return Ok(Moved::default()) };
        let record = self.records.rename(
            kind,
            &record::person_name(kind, old),
            &record::person_name(kind, new),
            &raw,
        )?;
        let version = record.get(..8).unwrap_or_default().to_vec();
        Ok((version, record))
    }
}
