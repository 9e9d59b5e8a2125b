//! The index of one imported file: on disk, sealed, found by reference and document together.

use super::mapping::Row;
use super::rows::Place;
use crate::adapters::upstream::contract::AS_OF;
use crate::adapters::upstream::vault::Vault;
use crate::domain::service::Answer;
use crate::domain::value::Value;
use redb::{Builder, Database, ReadOnlyDatabase, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const ROWS: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("rows");
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const PROGRESS: &str = "progress";
const KEY_CHECK: &str = "key-check";

/// Rows written in one transaction: they are held in memory, sorted, until then.
pub const BATCH_ROWS: usize = 50_000;

/// The key of a row: a keyed hash of reference and document together.
///
/// One look-up for the pair means that a number that does not exist and a number with the wrong four digits cost the
/// same and cannot be told apart.
pub type RowKey = [u8; 16];

/// The key of this pair.
#[must_use]
pub fn row_key(vault: &Vault, reference: &str, last4: &str) -> RowKey {
    let name = vault.name(&[reference.as_bytes(), last4.as_bytes()]);
    name.first_chunk().copied().unwrap_or_default()
}

/// How far an import has got. Committed with the rows it speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where the next row begins.
    pub place: Option<Place>,
    /// Rows read.
    pub rows: u64,
    /// Rows that could not be used.
    pub bad: u64,
    /// Rows of a pair that was there before; the later date counts, and of one date the later row.
    pub repeated: u64,
    /// The first bad rows.
    pub problems: Vec<super::report::BadRow>,
    /// Whether the whole file was read.
    pub whole: bool,
}

/// An index being built.
#[derive(Debug)]
pub struct Building {
    db: Database,
    vault: Vault,
    batch: BTreeMap<RowKey, Answer>,
}

impl Building {
    /// Opens what an earlier run has left, or begins anew.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(path: &Path, vault: &Vault, cache_bytes: usize) -> Result<(Self, Progress), redb::Error> {
        let db = Builder::new().set_cache_size(cache_bytes).create(path)?;
        let write = db.begin_write()?;
        let progress = {
            write.open_table(ROWS)?;
            let mut meta = write.open_table(META)?;
            meta.insert(KEY_CHECK, key_check(vault).as_slice())?;
            meta.get(PROGRESS)?.and_then(|bytes| postcard::from_bytes(bytes.value()).ok()).unwrap_or_default()
        };
        write.commit()?;
        Ok((Self { db, vault: vault.clone(), batch: BTreeMap::new() }, progress))
    }

    /// Takes a row up. Whether its pair was there before in this batch.
    pub fn add(&mut self, row: Row) -> bool {
        let key = row_key(&self.vault, &row.reference, &row.last4);
        match self.batch.get(&key) {
            Some(known) if newer(known, &row.answer) => true,
            known => {
                let repeated = known.is_some();
                self.batch.insert(key, row.answer);
                repeated
            }
        }
    }

    /// Whether the batch should be written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.batch.len() >= BATCH_ROWS
    }

    /// Writes batch and progress in one step.
    ///
    /// # Errors
    /// What the disk says; then nothing of it is written.
    pub fn commit(&mut self, progress: &mut Progress) -> Result<(), redb::Error> {
        let write = self.db.begin_write()?;
        {
            let mut rows = write.open_table(ROWS)?;
            for (key, answer) in core::mem::take(&mut self.batch) {
                let Some(sealed) = seal(&self.vault, &key, &answer) else { continue };
                let before = rows.insert(key, sealed.as_slice())?.map(|old| old.value().to_vec());
                if let Some(before) = before {
                    progress.repeated = progress.repeated.saturating_add(1);
                    if open(&self.vault, &key, &before).is_some_and(|known| newer(&known, &answer)) {
                        rows.insert(key, before.as_slice())?;
                    }
                }
            }
            let mut meta = write.open_table(META)?;
            meta.insert(PROGRESS, postcard::to_allocvec(progress).unwrap_or_default().as_slice())?;
        }
        write.commit()?;
        Ok(())
    }
}

/// A finished index. Several processes may read one.
pub struct Index {
    db: ReadOnlyDatabase,
    vault: Vault,
}

impl core::fmt::Debug for Index {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Index")
    }
}

impl Index {
    /// Opens a finished index.
    ///
    /// # Errors
    /// What the disk says; `Corrupted` when it was written under another secret, where every look-up would say "unknown".
    pub fn open(path: &Path, vault: &Vault, cache_bytes: usize) -> Result<Self, redb::Error> {
        let db = Builder::new().set_cache_size(cache_bytes).open_read_only(path)?;
        let meta = db.begin_read()?.open_table(META)?;
        if meta.get(KEY_CHECK)?.is_none_or(|check| check.value() != key_check(vault)) {
            return Err(redb::Error::Corrupted("index was written under another secret".to_owned()));
        }
        Ok(Self { db, vault: vault.clone() })
    }

    /// What is known of this pair.
    ///
    /// # Errors
    /// What the disk says.
    pub fn find(&self, reference: &str, last4: &str) -> Result<Option<Answer>, redb::Error> {
        let key = row_key(&self.vault, reference, last4);
        let rows = self.db.begin_read()?.open_table(ROWS)?;
        Ok(rows.get(key)?.and_then(|sealed| open(&self.vault, &key, sealed.value())))
    }
}

fn key_check(vault: &Vault) -> [u8; 32] {
    vault.name(&[b"index"])
}

fn newer(known: &Answer, next: &Answer) -> bool {
    match (known.values.get(AS_OF), next.values.get(AS_OF)) {
        (Some(Value::Date(known)), Some(Value::Date(next))) => known > next,
        _ => false,
    }
}

/// A key is written again only by a newer answer of the same pair, so what a repeated nonce could tell is that a state
/// has not changed between two rows of one file.
fn seal(vault: &Vault, key: &RowKey, answer: &Answer) -> Option<Vec<u8>> {
    vault.seal_once(key, &postcard::to_allocvec(answer).ok()?).ok()
}

fn open(vault: &Vault, key: &RowKey, sealed: &[u8]) -> Option<Answer> {
    postcard::from_bytes(&vault.open(key, sealed).ok()?).ok()
}
