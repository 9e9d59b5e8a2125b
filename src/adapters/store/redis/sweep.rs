//! The sweep through all rows in Redis: a bounded step of SCAN, then what has had its time goes, each if it is still what was read.

use super::super::record::Aged;
use super::{Redis, away, keys, unsure};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::ports::{Retention, StoreError, Swept};

/// Keys looked at in one step; SCAN holds Redis for so long.
const SCAN_COUNT: usize = 512;

impl Redis {
    pub(super) async fn sweep_rows(
        &self,
        from: &[u8],
        rules: Retention,
        now: Timestamp,
    ) -> Result<Swept, StoreError> {
        let cursor = if from.is_empty() { b"0".as_slice() } else { from };
        let (next, found): (Vec<u8>, Vec<Vec<u8>>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg("{p*}o*")
            .arg("COUNT")
            .arg(SCAN_COUNT)
            .query_async(&mut self.connection())
            .await
            .map_err(|error| away(&error))?;
        let mut swept = Swept { next: if next == b"0" { Vec::new() } else { next }, ..Swept::default() };
        for person in found.iter().filter_map(|key| keys::owner(key)) {
            self.age(person, rules, now, &mut swept).await?;
        }
        Ok(swept)
    }

    async fn age(
        &self,
        person: Person,
        rules: Retention,
        now: Timestamp,
        swept: &mut Swept,
    ) -> Result<(), StoreError> {
        let mut call = self.scripts.age.prepare_invoke();
        call.key(keys::owed(person)).key(keys::dues(person.partition)).arg(person.id.0.as_slice());
        let mut any = false;
        for (field, raw) in self.all_owed(person).await? {
            let record = match self.records.aged(person, &field, &raw, rules, now)? {
                Aged::Keep => continue,
                Aged::Remove => Vec::new(),
                Aged::Blank(write) => write.record,
            };
            any = true;
            call.arg(field).arg(raw.get(..8).unwrap_or_default()).arg(record);
        }
        if any {
            let (blanked, removed): (u32, u32) =
                call.invoke_async(&mut self.connection()).await.map_err(|error| unsure(&error))?;
            swept.blanked = swept.blanked.saturating_add(blanked);
            swept.removed = swept.removed.saturating_add(removed);
        }
        Ok(())
    }
}
