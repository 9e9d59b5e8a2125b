//! Turns a dropped file into an index beside the one that answers, and puts it in its place in one step.

use super::index::{Building, Index, Progress};
use super::mapping::Mapping;
use super::report::{BadRow, LISTED_MAX, Report, replace};
use super::rows::{Cells, Rows, RowsError};
use crate::adapters::upstream::vault::Vault;
use crate::domain::time::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

const INDEX_FOLDER: &str = ".kopir";
const POINTER: &str = "current.json";

/// What all imports of a folder share.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// What its files mean.
    pub mapping: Mapping,
    /// The mapping as written; a changed mapping reads a file anew.
    pub mapping_text: String,
    /// Seals the index.
    pub vault: Vault,
    /// Memory for pages.
    pub cache_bytes: usize,
    /// Bad rows, in percent, above which a file is not taken.
    pub bad_rows_max_percent: u8,
}

/// A file in the folder, as it was when looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its path.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Timestamp,
}

/// Which index answers, and which did before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The one that answers.
    pub current: Option<Taken>,
    /// The one before, kept.
    pub previous: Option<Taken>,
}

/// A file that was taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// By what it is known.
    pub id: String,
    /// Its name.
    pub file: String,
    /// Of which day it is.
    pub as_of: Date,
    /// Rows that can be found.
    pub rows: u64,
}

/// Why an import did not end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The disk; tried again at the next look.
    #[error("disk: {0}")]
    Io(#[from] io::Error),
    /// The index; tried again at the next look.
    #[error("index: {0}")]
    Index(#[from] redb::Error),
    /// The file cannot be read; the report says so.
    #[error("file: {0}")]
    Rows(#[from] RowsError),
    /// It was changed while it was read.
    #[error("file changed while it was read")]
    Changed,
    /// The process stops; the next one goes on where this one was.
    #[error("stopped")]
    Stopped,
}

impl Folder {
    /// The newest file that is meant, or none.
    ///
    /// # Errors
    /// What the disk says.
    pub fn newest(&self) -> io::Result<Option<Dropped>> {
        let mut newest: Option<Dropped> = None;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let meant =
                self.mapping.matches(&name) && !name.starts_with('.') && !name.ends_with(".report.json");
            if !meant || !entry.file_type()?.is_file() {
                continue;
            }
            let dropped = Dropped::look(entry.path(), name)?;
            if newest
                .as_ref()
                .is_none_or(|known| (known.modified, &known.name) < (dropped.modified, &dropped.name))
            {
                newest = Some(dropped);
            }
        }
        Ok(newest)
    }

    /// By what a file is known again.
    #[must_use]
    pub fn id(&self, dropped: &Dropped) -> String {
        let parts: [&[u8]; 4] = [
            dropped.name.as_bytes(),
            &dropped.size.to_be_bytes(),
            &dropped.modified.0.to_be_bytes(),
            self.mapping_text.as_bytes(),
        ];
        hex::encode(self.vault.name(&parts).first_chunk::<12>().copied().unwrap_or_default())
    }

    /// Which index answers. An unreadable pointer counts as none: the newest file is then read anew.
    #[must_use]
    pub fn pointer(&self) -> Pointer {
        let bytes = fs::read(self.inside(POINTER)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Opens the index of a file that was taken over.
    ///
    /// # Errors
    /// What the disk says.
    pub fn index(&self, taken: &Taken) -> Result<Index, redb::Error> {
        Index::open(&self.inside(&format!("{}.redb", taken.id)), &self.vault, self.cache_bytes)
    }

    fn inside(&self, name: &str) -> PathBuf {
        self.path.join(INDEX_FOLDER).join(name)
    }

    /// Imports a file and points to it, unless it is refused; the report says which. Goes on where an earlier try of
    /// the same file was cut off. Blocks; `stop` is asked between batches.
    ///
    /// # Errors
    /// `ImportError`; the index that answers is then untouched.
    pub fn import(&self, dropped: &Dropped, stop: &dyn Fn() -> bool) -> Result<Report, ImportError> {
        fs::create_dir_all(self.path.join(INDEX_FOLDER))?;
        let id = self.id(dropped);
        let day = self.mapping.day_of(&dropped.name).unwrap_or_else(|| dropped.modified.date());
        let part = self.inside(&format!("{id}.part"));
        let read = self.read(dropped, &part, day, stop);
        let mut report = Report {
            file: dropped.name.clone(),
            id: id.clone(),
            taken: false,
            refused: None,
            as_of: Some(day),
            rows: 0,
            bad: 0,
            repeated: 0,
            bad_rows: Vec::new(),
        };
        match read {
            Ok(progress) => report.fill(progress, self.bad_rows_max_percent),
            Err(ImportError::Rows(error)) => report.refused = Some(error.to_string()),
            Err(other) => return Err(other),
        }
        if Dropped::look(dropped.path.clone(), dropped.name.clone())? != *dropped {
            fs::remove_file(&part).or_else(gone)?;
            return Err(ImportError::Changed);
        }
        if report.refused.is_some() {
            fs::remove_file(&part).or_else(gone)?;
        } else {
            fs::rename(&part, self.inside(&format!("{id}.redb")))?;
            self.point(Taken {
                id,
                file: dropped.name.clone(),
                as_of: day,
                rows: report.rows.saturating_sub(report.bad),
            })?;
            report.taken = true;
        }
        report.write(&dropped.path)?;
        Ok(report)
    }

    fn read(
        &self,
        dropped: &Dropped,
        part: &Path,
        day: Date,
        stop: &dyn Fn() -> bool,
    ) -> Result<Progress, ImportError> {
        let (mut index, mut progress) = Building::open(part, &self.vault, self.cache_bytes)?;
        if progress.whole {
            return Ok(progress);
        }
        let mut rows = Rows::open(&dropped.path, &self.mapping, progress.place)?;
        while let Some(cells) = rows.read()? {
            progress.rows = progress.rows.saturating_add(1);
            match self.row(cells, day) {
                Ok(row) => progress.repeated = progress.repeated.saturating_add(u64::from(index.add(row))),
                Err(bad) => progress.note(bad),
            }
            if index.is_full() {
                progress.place = Some(rows.place());
                index.commit(&mut progress)?;
                if stop() {
                    return Err(ImportError::Stopped);
                }
            }
        }
        progress.whole = true;
        index.commit(&mut progress)?;
        Ok(progress)
    }

    fn row(&self, cells: Cells, day: Date) -> Result<super::mapping::Row, BadRow> {
        let line = cells.line;
        let whole = |reason: &str| BadRow {
            row: line,
            column: String::new(),
            reason: reason.to_owned(),
            found: String::new(),
        };
        let cells = cells.cells.map_err(whole)?;
        self.mapping.row(&cells, day).map_err(|bad| BadRow {
            row: line,
            column: bad.column,
            reason: bad.reason.to_owned(),
            found: bad.shape,
        })
    }

    /// Swaps the pointer and removes what neither it nor its predecessor names.
    fn point(&self, taken: Taken) -> Result<(), ImportError> {
        let before = self.pointer();
        let previous = before.current.filter(|current| current.id != taken.id).or(before.previous);
        let pointer = Pointer { current: Some(taken), previous };
        replace(&self.inside(POINTER), &serde_json::to_vec_pretty(&pointer).map_err(io::Error::from)?)?;
        let kept: Vec<String> = [&pointer.current, &pointer.previous]
            .into_iter()
            .flatten()
            .map(|taken| format!("{}.redb", taken.id))
            .collect();
        for entry in fs::read_dir(self.path.join(INDEX_FOLDER))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name != POINTER && !kept.contains(&name) {
                fs::remove_file(&path).or_else(gone)?;
            }
        }
        Ok(())
    }
}

impl Dropped {
    fn look(path: PathBuf, name: String) -> io::Result<Self> {
        let meta = fs::metadata(&path)?;
        let since = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        Ok(Self { path, name, size: meta.len(), modified })
    }
}

impl Progress {
    fn note(&mut self, bad: BadRow) {
        self.bad = self.bad.saturating_add(1);
        if self.problems.len() < LISTED_MAX {
            self.problems.push(bad);
        }
    }
}

impl Report {
    fn fill(&mut self, progress: Progress, bad_max_percent: u8) {
        self.rows = progress.rows;
        self.bad = progress.bad;
        self.repeated = progress.repeated;
        self.bad_rows = progress.problems;
        if self.rows == 0 {
            self.refused = Some("file has no rows".to_owned());
        } else if self.bad.saturating_mul(100) > self.rows.saturating_mul(u64::from(bad_max_percent)) {
            self.refused = Some(format!("more than {bad_max_percent} % of the rows are bad"));
        }
    }
}

fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
