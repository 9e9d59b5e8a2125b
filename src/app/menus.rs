//! The menus' folder: read whole, loaded, and read again when somebody has saved.

use crate::domain::menu::load::{self, Loaded, Source};
use std::path::{Path, PathBuf};

/// Files of the folder at most; bytes of all of them at most. A folder with more is not a menus' folder.
const FILES_MAX: usize = 2_000;
const BYTES_MAX: u64 = 16 << 20;
/// Folders within folders at most.
const DEPTH_MAX: usize = 4;

/// Why the folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read.
    #[error("{path} cannot be read")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// More than a menus' folder holds.
    #[error("{0}: more than {FILES_MAX} files or {BYTES_MAX} bytes; is this the menus' folder?")]
    TooLarge(PathBuf),
}

/// Reads every `.yaml` and `.csv` file below `folder`, sorted by path.
///
/// # Errors
/// `FolderError`.
pub fn read(folder: &Path) -> Result<Vec<Source>, FolderError> {
    let mut sources = Vec::new();
    let mut bytes = 0;
    walk(folder, folder, 0, &mut sources, &mut bytes)?;
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn walk(
    root: &Path,
    folder: &Path,
    depth: usize,
    sources: &mut Vec<Source>,
    bytes: &mut u64,
) -> Result<(), FolderError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::Io { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        let hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth < DEPTH_MAX {
                walk(root, &path, depth + 1, sources, bytes)?;
            }
            continue;
        }
        if !matches!(path.extension().and_then(|ending| ending.to_str()), Some("yaml" | "csv")) {
            continue;
        }
        *bytes = bytes.saturating_add(path.metadata().map_err(io(&path))?.len());
        if *bytes > BYTES_MAX || sources.len() >= FILES_MAX {
            return Err(FolderError::TooLarge(root.to_owned()));
        }
        let text = std::fs::read(&path).map_err(io(&path))?;
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        sources.push(Source { path: name, text: String::from_utf8_lossy(&text).into_owned() });
    }
    Ok(())
}

/// Reads and loads.
///
/// # Errors
/// `FolderError`; what is wrong inside the files is among the problems.
pub fn open(folder: &Path, allow_unreviewed: bool) -> Result<(Vec<Source>, Loaded), FolderError> {
    let sources = read(folder)?;
    let loaded = load::load(&sources, allow_unreviewed);
    Ok((sources, loaded))
}
