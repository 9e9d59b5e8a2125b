//! Writes the file anew after somebody has deleted his data: a B-tree keeps old pages, and with them what is gone.

use super::tables::{ERASED, META};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use std::fs::File;
use std::path::Path;

/// The database itself, or a copy of all that lives in it under the same name if anything was deleted since it was last
/// written anew. At start nobody waits yet and nothing is under way. A crash leaves the old file or the new one.
///
/// # Errors
/// The file cannot be read, written or put in its place.
pub(super) fn written(old: Database, path: &Path, cache_bytes: usize) -> Result<Database, redb::Error> {
    if !is_due(&old)? {
        return Ok(old);
    }
    let aside = path.with_extension("anew");
    if aside.exists() {
        std::fs::remove_file(&aside)?;
    }
    super::create_private(&aside)?;
    let new = Database::builder().set_cache_size(cache_bytes).create(&aside)?;
    copy(&old, &new)?;
    drop((old, new));
    File::open(&aside)?.sync_all()?;
    std::fs::rename(&aside, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    tracing::info!("the store's file was written anew, since data was deleted from it");
    Ok(Database::builder().set_cache_size(cache_bytes).create(path)?)
}

fn is_due(db: &Database) -> Result<bool, redb::Error> {
    Ok(db.begin_read()?.open_table(META)?.get(ERASED.as_bytes())?.is_some())
}

fn copy(old: &Database, new: &Database) -> Result<(), redb::Error> {
    let (from, to) = (old.begin_read()?, new.begin_write()?);
    // Whatever tables the file has: one left out here would be lost, and a row without its due time never leaves.
    for table in from.list_tables()? {
        let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(table.name());
        let source = from.open_table(table)?;
        let mut target = to.open_table(table)?;
        for entry in source.iter()? {
            let (key, value) = entry?;
            if key.value() != ERASED.as_bytes() {
                target.insert(key.value(), value.value())?;
            }
        }
    }
    Ok(to.commit()?)
}
