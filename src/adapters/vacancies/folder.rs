//! Drop folders: a file that has come to rest is read, moved to `done/` and given its report.

use super::settings::{Source, VacancySettings};
use super::{Outcome, Stock, VacancyError, text};
use crate::clock::Clock;
use crate::domain::vacancy::feed::Form;
use crate::domain::vacancy::import::import;
use crate::domain::vacancy::posting::Reading;
use crate::tasks::Tasks;
use core::time::Duration;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Files of one folder taken in one round.
const FILES_MAX: usize = 10_000;

/// What was seen of a file: one that is still being written looks different next time.
type Seen = HashMap<PathBuf, (u64, Option<SystemTime>)>;

/// The drop folders of a stock.
#[derive(Clone, Debug)]
pub struct Folders {
    stock: Arc<Stock>,
    root: PathBuf,
    feed_max_mib: u64,
    sources: Vec<(String, bool)>,
}

impl Folders {
    /// The drop folders that are configured; made when missing.
    ///
    /// # Errors
    /// One cannot be made.
    pub fn open(settings: &VacancySettings, stock: &Arc<Stock>) -> Result<Self, VacancyError> {
        let mut sources = Vec::new();
        for (name, source) in &settings.sources {
            if let Source::Folder { whole } = source {
                let folder = settings.folder.join("drop").join(name);
                std::fs::create_dir_all(&folder).map_err(|error| VacancyError::File(folder, error))?;
                sources.push((name.clone(), *whole));
            }
        }
        Ok(Self {
            stock: stock.clone(),
            root: settings.folder.clone(),
            feed_max_mib: settings.feed_max_mib,
            sources,
        })
    }

    /// Looks at the folders and the snapshot until the process stops.
    pub fn watch(self, every: Duration, clock: Clock, tasks: &Tasks) {
        let mut stopping = tasks.stopping();
        tasks.spawn("vacancy-folders", async move {
            let mut seen = Seen::new();
            while !stopping.is_now() {
                let (folders, today) = (self.clone(), clock.now().date());
                let before = core::mem::take(&mut seen);
                match tokio::task::spawn_blocking(move || folders.round(&before, today)).await {
                    Ok(found) => seen = found,
                    Err(_) => tracing::error!("a round of the vacancies' folders panicked"),
                }
                tokio::select! {
                    () = stopping.wait() => break,
                    () = tokio::time::sleep(every) => {}
                }
            }
        });
    }

    /// One look: files that stand as they stood at the look before (`seen`) are read. Blocks.
    pub fn round(
        &self,
        seen: &HashMap<PathBuf, (u64, Option<SystemTime>)>,
        today: jiff::civil::Date,
    ) -> Seen {
        if let Err(error) = self.stock.follow() {
            tracing::warn!(%error, "the snapshot of the vacancies cannot be read");
        }
        let mut unsettled = Seen::new();
        for (source, whole) in &self.sources {
            for (path, stands) in dropped(&self.root.join("drop").join(source)) {
                if seen.get(&path) != Some(&stands) {
                    unsettled.insert(path, stands);
                    continue;
                }
                self.read(source, *whole, &path, today);
            }
        }
        unsettled
    }

    fn read(&self, source: &str, whole: bool, path: &Path, today: jiff::civil::Date) {
        let taken = self.take(source, whole, path, today);
        let report = match &taken {
            Ok(outcome) => {
                let (read, taken, aside) =
                    (outcome.report.read, outcome.report.taken, outcome.report.put_aside_in_all());
                tracing::info!(source, file = %path.display(), read, taken, aside, "vacancies imported");
                serde_json::to_string_pretty(outcome).unwrap_or_default()
            }
            Err(error) => {
                tracing::error!(source, file = %path.display(), %error, "vacancies refused, those before stay");
                serde_json::json!({"source": source, "refused": error.to_string()}).to_string()
            }
        };
        if let Err(error) = self.put_away(source, path, &report) {
            tracing::warn!(%error, file = %path.display(), "a file that was read cannot be moved to done/");
        }
    }

    fn take(
        &self,
        source: &str,
        whole: bool,
        path: &Path,
        today: jiff::civil::Date,
    ) -> Result<Outcome, VacancyError> {
        let (text, form) = open(path, self.feed_max_mib)?;
        // A page that states no id has its file's name: the same page dropped again is the same vacancy.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let url = (form == Form::Html).then_some(name.as_ref());
        let batch = import(form, &text, Reading { source, url, today });
        // A page is one vacancy; the others are on pages of their own.
        self.stock.take(batch, whole && form != Form::Html)
    }

    fn put_away(&self, source: &str, path: &Path, report: &str) -> std::io::Result<()> {
        let done = self.root.join("done").join(source);
        std::fs::create_dir_all(&done)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        std::fs::write(done.join(format!("{name}.report.json")), report)?;
        std::fs::rename(path, done.join(name))
    }
}

/// Reads a feed's file.
///
/// # Errors
/// It cannot be read, is too large, or no text.
pub fn open(path: &Path, max_mib: u64) -> Result<(String, Form), VacancyError> {
    let wrong = |error| VacancyError::File(path.to_owned(), error);
    let size = std::fs::metadata(path).map_err(wrong)?.len();
    if size > max_mib.saturating_mul(1024 * 1024) {
        return Err(VacancyError::TooLarge(max_mib));
    }
    let text = text(std::fs::read(path).map_err(wrong)?, max_mib)?;
    let form = Form::of(&path.file_name().unwrap_or_default().to_string_lossy(), &text);
    Ok((text, form))
}

/// The files of a folder, oldest first, so that the newest has the last word.
fn dropped(folder: &Path) -> Vec<(PathBuf, (u64, Option<SystemTime>))> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .filter_map(|entry| {
            let meta = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((entry.path(), (meta.len(), meta.modified().ok())))
        })
        .take(FILES_MAX)
        .collect();
    files.sort_by(|(a, (_, older)), (b, (_, newer))| (older, a).cmp(&(newer, b)));
    files
}
