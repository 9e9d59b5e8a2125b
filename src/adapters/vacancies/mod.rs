//! Vacancies on their way in: files, addresses and signed pushes become one shelf, kept as a snapshot in a folder.

pub mod alive;
pub mod folder;
pub mod poll;
pub mod push;
pub mod robots;
pub mod settings;
pub mod snapshot;
mod web;

use crate::domain::vacancy::Vacancy;
use crate::domain::vacancy::import::{Batch, Report};
use crate::domain::vacancy::shelf::{Counts, Shelf};
use crate::metrics::Metrics;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Who is told of a new shelf.
pub type Publish = Arc<dyn Fn(Arc<Shelf>) + Send + Sync>;

/// Why an import could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum VacancyError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A feed is larger than is allowed.
    #[error("larger than {0} MiB")]
    TooLarge(u64),
    /// It is not text in UTF-8.
    #[error("not text in UTF-8")]
    NotText,
    /// Too much of it is bad: likely not the feed that was meant.
    #[error("{bad} of {read} postings cannot be read: not taken over")]
    TooBad {
        /// How many.
        bad: usize,
        /// Of how many.
        read: usize,
    },
    /// The address could not be asked, or did not give a feed.
    #[error("{0}")]
    Away(String),
}

/// What became of a feed that was taken over.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What was read.
    #[serde(flatten)]
    pub report: Report,
    /// The shelf after it.
    pub shelf: Counts,
}

/// The shelf and its snapshot; one import at a time, of all processes that share the folder.
pub struct Stock {
    folder: PathBuf,
    bad_max_percent: u8,
    metrics: Metrics,
    publish: Publish,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    shelf: Arc<Shelf>,
    stamp: Option<snapshot::Stamp>,
}

impl core::fmt::Debug for Stock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Stock").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Stock {
    /// The stock of a folder, with what its snapshot holds.
    ///
    /// # Errors
    /// The folder cannot be made or its snapshot cannot be read.
    pub fn open(
        settings: &settings::VacancySettings,
        metrics: Metrics,
        publish: Publish,
    ) -> Result<Arc<Self>, VacancyError> {
        let folder = settings.folder.clone();
        std::fs::create_dir_all(&folder).map_err(|error| VacancyError::File(folder.clone(), error))?;
        let held = Mutex::new(Held::default());
        let stock = Self { folder, bad_max_percent: settings.bad_max_percent, metrics, publish, held };
        stock.follow()?;
        Ok(Arc::new(stock))
    }

    /// The same for a command: nobody counts and nobody is told; gateways follow the snapshot.
    ///
    /// # Errors
    /// As `open`.
    pub fn unwatched(settings: &settings::VacancySettings) -> Result<Arc<Self>, VacancyError> {
        Self::open(settings, Metrics::default(), Arc::new(|_| {}))
    }

    /// Takes up what another process has written into the snapshot. Blocks.
    ///
    /// # Errors
    /// It cannot be read; the shelf stays as it was.
    pub fn follow(&self) -> Result<(), VacancyError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        self.follow_held(&mut held)
    }

    fn follow_held(&self, held: &mut Held) -> Result<(), VacancyError> {
        let stamp = snapshot::stamp(&self.folder);
        if stamp.is_none() || stamp == held.stamp {
            return Ok(());
        }
        let shelf = Arc::new(snapshot::read(&self.folder)?);
        tracing::info!(open = shelf.len(), "vacancies taken up from the snapshot");
        *held = Held { shelf, stamp };
        self.show(&held.shelf);
        Ok(())
    }

    /// Puts a feed on the shelf and into the snapshot; `whole` closes what of its source it does not list. Blocks.
    ///
    /// # Errors
    /// Too much of it is bad, or the snapshot cannot be locked or written; the shelf stays as it was.
    pub fn take(&self, batch: Batch, whole: bool) -> Result<Outcome, VacancyError> {
        self.count(&batch.report);
        refuse_bad(&batch.report, self.bad_max_percent)?;
        let counts = self.rewrite(|before| shelved(before, &batch, whole))?;
        Ok(Outcome { report: batch.report, shelf: counts })
    }

    /// Everything of a source is still there, as the source says without listing it (HTTP 304). Blocks.
    ///
    /// # Errors
    /// As `take`.
    pub fn confirm(&self, of: &str, today: jiff::civil::Date) -> Result<(), VacancyError> {
        self.rewrite(|before| {
            let confirmed = before.open().cloned().map(|mut vacancy| {
                if vacancy.source == of {
                    vacancy.checked = today;
                }
                vacancy
            });
            Shelf::of(confirmed, before)
        })?;
        Ok(())
    }

    /// Puts another shelf in the place of the newest one, here and in the snapshot, while no other process may.
    fn rewrite(&self, change: impl FnOnce(&Shelf) -> (Shelf, Counts)) -> Result<Counts, VacancyError> {
        // Before the shelf itself: whoever follows the snapshot must not wait for another process.
        let _alone = snapshot::alone(&self.folder)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        self.follow_held(&mut held)?;
        let (shelf, counts) = change(&held.shelf);
        let stamp = snapshot::write(&self.folder, &shelf)?;
        *held = Held { shelf: Arc::new(shelf), stamp };
        self.show(&held.shelf);
        Ok(counts)
    }

    fn show(&self, shelf: &Arc<Shelf>) {
        let open = i64::try_from(shelf.len()).unwrap_or(i64::MAX);
        Metrics::set(&self.metrics.vacancies_open, "all", open);
        (self.publish)(shelf.clone());
    }

    fn count(&self, report: &Report) {
        let add = |kind: &'static str, count: usize| {
            let of = crate::metrics::NameKind { name: report.source.clone(), kind };
            self.metrics.vacancies.get_or_create(&of).inc_by(u64::try_from(count).unwrap_or(u64::MAX));
        };
        add("imported", report.taken);
        add("repeated", report.repeated);
        for word in crate::domain::vacancy::Aside::WORDS {
            add(word, report.aside.get(word).copied().unwrap_or_default());
        }
    }
}

/// Refuses a feed of which too much cannot be read. What is over counts as read; an empty feed would close everything.
///
/// # Errors
/// `TooBad`.
pub fn refuse_bad(report: &Report, bad_max_percent: u8) -> Result<(), VacancyError> {
    let over = ["expired", "archived"].iter().filter_map(|word| report.aside.get(*word)).sum();
    let bad = report.put_aside_in_all().saturating_sub(over);
    let bound = report.read.saturating_mul(usize::from(bad_max_percent));
    if report.read == 0 || bad.saturating_mul(100) > bound {
        return Err(VacancyError::TooBad { bad, read: report.read });
    }
    Ok(())
}

/// `before` with a feed put into it.
#[must_use]
pub fn shelved(before: &Shelf, batch: &Batch, whole: bool) -> (Shelf, Counts) {
    let of = batch.report.source.as_str();
    let listed: std::collections::HashSet<&str> =
        batch.vacancies.iter().map(|vacancy| vacancy.id.as_str()).collect();
    let stays = |vacancy: &&Vacancy| {
        vacancy.source != of
            || !(whole || listed.contains(vacancy.id.as_str()) || batch.over.contains(&vacancy.id))
    };
    let kept = before.open().filter(stays).cloned();
    Shelf::of(kept.chain(batch.vacancies.iter().cloned()), before)
}

/// Reads a feed's octets.
///
/// # Errors
/// Too large, or no text.
pub fn text(octets: Vec<u8>, max_mib: u64) -> Result<String, VacancyError> {
    let most = usize::try_from(max_mib.saturating_mul(1024 * 1024)).unwrap_or(usize::MAX);
    if octets.len() > most {
        return Err(VacancyError::TooLarge(max_mib));
    }
    String::from_utf8(octets).map_err(|_| VacancyError::NotText)
}
