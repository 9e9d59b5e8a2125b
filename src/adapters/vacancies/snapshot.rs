//! The shelf as a file, a vacancy a line: what a restart begins with and other gateways of the folder follow.

use super::VacancyError;
use crate::domain::vacancy::shelf::{Row, Shelf};
use core::time::Duration;
use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const NAME: &str = "shelf.ndjson";
/// Who holds its lock may write the snapshot.
const LOCK: &str = "shelf.lock";
const LOCK_LOOK: Duration = Duration::from_millis(20);
/// A minute: the largest shelf is written in seconds, and whoever stands still longer would stop all imports.
const LOCK_TRIES: u32 = 3000;

/// What tells that the file is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    written: Option<SystemTime>,
    octets: u64,
    inode: u64,
}

/// The stamp of a folder's snapshot, if there is one.
#[must_use]
pub fn stamp(folder: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(folder.join(NAME)).ok()?;
    Some(Stamp { written: meta.modified().ok(), octets: meta.len(), inode: meta.ino() })
}

/// Keeps other processes from writing the snapshot until it is dropped. Blocks, for `LOCK_TRIES` looks at most.
///
/// Who reads, adds and writes at the same time as another would lose what the other added.
///
/// # Errors
/// The file cannot be made, the file system has no locks, or the other does not come to an end.
pub fn alone(folder: &Path) -> Result<File, VacancyError> {
    let path = folder.join(LOCK);
    locked(&path, LOCK_TRIES).map_err(|error| VacancyError::File(path, error))
}

fn locked(path: &Path, tries: u32) -> std::io::Result<File> {
    let file = File::create(path)?;
    for _ in 0..tries {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_LOOK),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "another process does not let go of it"))
}

/// Reads a folder's snapshot. A line that cannot be read is told and left out.
///
/// # Errors
/// The file cannot be read.
pub fn read(folder: &Path) -> Result<Shelf, VacancyError> {
    let path = folder.join(NAME);
    let wrong = |error| VacancyError::File(path.clone(), error);
    let mut rows: Vec<Row> = Vec::new();
    for line in BufReader::new(File::open(&path).map_err(wrong)?).lines() {
        match serde_json::from_str(&line.map_err(wrong)?) {
            Ok(row) => rows.push(row),
            Err(error) => {
                tracing::warn!(%error, file = %path.display(), "a vacancy of the snapshot is left out")
            }
        }
    }
    Ok(Shelf::of_rows(rows))
}

/// Writes a snapshot in one step: whoever reads meanwhile sees the one before. Only who is `alone` may.
///
/// # Errors
/// The file cannot be written; the one before stays.
pub fn write(folder: &Path, shelf: &Shelf) -> Result<Option<Stamp>, VacancyError> {
    let fresh = folder.join(format!("{NAME}.{}", std::process::id()));
    put(&fresh, shelf).map_err(|error| VacancyError::File(fresh.clone(), error))?;
    let path: PathBuf = folder.join(NAME);
    std::fs::rename(&fresh, &path).map_err(|error| VacancyError::File(path, error))?;
    Ok(stamp(folder))
}

fn put(path: &Path, shelf: &Shelf) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for row in shelf.rows() {
        serde_json::to_writer(&mut file, &row)?;
        file.write_all(b"\n")?;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_process_that_does_not_let_go_is_told_so_and_may_go_on_after_it() {
        let path = std::env::temp_dir().join(format!("kopir-shelf-lock-{}", std::process::id()));
        let other = locked(&path, 1).unwrap();
        assert_eq!(locked(&path, 2).unwrap_err().kind(), std::io::ErrorKind::TimedOut);
        drop(other);
        locked(&path, 1).unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}
