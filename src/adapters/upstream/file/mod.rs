//! An office that drops files into a folder: the newest good one answers, the one before is kept.

pub mod encoding;
pub mod import;
pub mod index;
pub mod mapping;
pub mod report;
pub mod rows;

use self::import::{Dropped, Folder, ImportError, Taken};
use self::index::Index;
use self::mapping::{Mapping, MappingError};
use self::report::Report;
use super::settings::FileSettings;
use super::vault::Vault;
use crate::domain::address::Msisdn;
use crate::domain::service::{Answer, Call};
use crate::domain::value::{Value, Values};
use crate::ports::{Upstream, UpstreamError};
use crate::tasks::{Stopping, Tasks};
use async_trait::async_trait;
use core::time::Duration;
use std::sync::{Arc, PoisonError, RwLock};

/// The office of one folder.
#[derive(Debug)]
pub struct FileOffice {
    folder: Folder,
    poll: Duration,
    answering: RwLock<Option<(Taken, Arc<Index>)>>,
}

/// What a look at the folder found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Nothing new.
    Same,
    /// A file that is still being written, or was not there before: looked at again next time.
    Unsettled(Dropped),
    /// A file was read; its report says what became of it.
    Read(Box<Report>),
}

impl FileOffice {
    /// The office of a folder; what was taken over before answers at once.
    ///
    /// # Errors
    /// `MappingError`. An index that cannot be opened is no error: the file is read anew.
    pub fn open(settings: &FileSettings, vault: Vault) -> Result<Arc<Self>, MappingError> {
        let mapping_text = std::fs::read_to_string(&settings.mapping)?;
        let folder = Folder {
            path: settings.folder.clone(),
            mapping: Mapping::parse(&mapping_text)?,
            mapping_text,
            vault,
            cache_bytes: settings.cache_mib.saturating_mul(1024 * 1024),
            bad_rows_max_percent: settings.bad_rows_max_percent,
        };
        let office =
            Self { folder, poll: Duration::from_secs(settings.poll_secs), answering: RwLock::new(None) };
        office.follow();
        Ok(Arc::new(office))
    }

    /// What the mapping says it answers.
    #[must_use]
    pub fn services(&self) -> &[String] {
        &self.folder.mapping.services
    }

    /// Which file answers.
    #[must_use]
    pub fn taken(&self) -> Option<Taken> {
        let answering = self.answering.read().unwrap_or_else(PoisonError::into_inner);
        answering.as_ref().map(|(taken, _)| taken.clone())
    }

    /// Looks at the folder until the process stops.
    pub fn watch(self: &Arc<Self>, tasks: &Tasks) {
        let (office, mut stopping) = (self.clone(), tasks.stopping());
        tasks.spawn("drop-folder", async move {
            let mut seen = None;
            while !stopping.is_now() {
                seen = office.clone().round(seen, stopping.clone()).await;
                tokio::select! {
                    () = stopping.wait() => break,
                    () = tokio::time::sleep(office.poll) => {}
                }
            }
        });
    }

    async fn round(self: Arc<Self>, seen: Option<Dropped>, stopping: Stopping) -> Option<Dropped> {
        let look = tokio::task::spawn_blocking(move || self.look(seen.as_ref(), &|| stopping.is_now())).await;
        match look {
            Ok(Ok(Looked::Unsettled(dropped))) => return Some(dropped),
            Ok(Ok(Looked::Read(report))) if report.taken => {
                tracing::info!(
                    file = report.file,
                    rows = report.rows,
                    bad = report.bad,
                    "dropped file taken over"
                );
            }
            Ok(Ok(Looked::Read(report))) => {
                let reason = report.refused.as_deref().unwrap_or("");
                tracing::error!(
                    file = report.file,
                    reason,
                    "dropped file refused, the one before still answers"
                );
            }
            Ok(Ok(Looked::Same) | Err(ImportError::Stopped)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "drop folder could not be worked on"),
            Err(_) => tracing::error!("import panicked"),
        }
        None
    }

    /// One look: a file that stands as it stood at the look before (`seen`) and is not known yet is imported. Blocks.
    ///
    /// # Errors
    /// `ImportError`; what answers is untouched.
    pub fn look(&self, seen: Option<&Dropped>, stop: &dyn Fn() -> bool) -> Result<Looked, ImportError> {
        self.follow();
        let Some(newest) = self.folder.newest()? else { return Ok(Looked::Same) };
        let id = self.folder.id(&newest);
        let answers = self.taken().is_some_and(|taken| taken.id == id);
        let refused = Report::of(&newest.path).is_some_and(|report| report.id == id && !report.taken);
        if answers || refused {
            return Ok(Looked::Same);
        }
        if seen != Some(&newest) {
            return Ok(Looked::Unsettled(newest));
        }
        let report = self.folder.import(&newest, stop)?;
        self.follow();
        Ok(Looked::Read(Box::new(report)))
    }

    /// Answers from what the pointer names; another process may have moved it.
    fn follow(&self) {
        let Some(current) = self.folder.pointer().current else { return };
        if self.taken().is_some_and(|taken| taken.id == current.id) {
            return;
        }
        match self.folder.index(&current) {
            Ok(index) => {
                let next = Some((current, Arc::new(index)));
                *self.answering.write().unwrap_or_else(PoisonError::into_inner) = next;
            }
            Err(error) => tracing::warn!(%error, "an index cannot be opened, its file will be read anew"),
        }
    }
}

#[async_trait]
impl Upstream for FileOffice {
    async fn call(&self, call: &Call, _to: &Msisdn) -> Result<Answer, UpstreamError> {
        if !self.services().contains(&call.service) {
            return Err(UpstreamError::Refused("mapping does not name this service".to_owned()));
        }
        let index = {
            let answering = self.answering.read().unwrap_or_else(PoisonError::into_inner);
            answering.as_ref().map(|(_, index)| index.clone())
        };
        let index = index.ok_or_else(|| UpstreamError::Away("no file has been taken over yet".to_owned()))?;
        let (number, last4) = (given(call, "number"), given(call, "last4"));
        let found = tokio::task::spawn_blocking(move || index.find(&number, &last4)).await;
        match found {
            Ok(Ok(answer)) => Ok(answer.unwrap_or_else(unknown)),
            Ok(Err(_)) | Err(_) => Err(UpstreamError::Away("index cannot be read".to_owned())),
        }
    }

    async fn healthy(&self) -> bool {
        self.taken().is_some()
    }
}

fn unknown() -> Answer {
    Answer { outcome: "unknown".to_owned(), values: Values::new() }
}

fn given(call: &Call, name: &str) -> String {
    match call.give.get(name) {
        Some(Value::Digits(digits)) => digits.clone(),
        _ => String::new(),
    }
}
