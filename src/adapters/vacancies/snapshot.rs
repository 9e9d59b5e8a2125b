//! The shelf as a file, a vacancy a line: what a restart begins with and other gateways of the folder follow.

use super::VacancyError;
use crate::domain::vacancy::shelf::{Row, Shelf};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const NAME: &str = "shelf.ndjson";
/// Who holds its lock may write the snapshot.
const LOCK: &str = "shelf.lock";

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

/// Keeps other processes from writing the snapshot until it is dropped: who reads, adds and writes at the same time as another
/// would lose what the other added. Blocks until the other is through.
///
/// # Errors
/// The file cannot be made, or the file system has no locks.
pub fn alone(folder: &Path) -> Result<File, VacancyError> {
    let path = folder.join(LOCK);
    let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| VacancyError::File(path, error))
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
