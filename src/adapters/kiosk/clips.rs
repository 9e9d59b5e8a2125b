//! Recordings of texts: a folder and its manifest, both of which may change while the kiosk runs.

use super::At;
use super::wrong::Wrong;
use crate::domain::menu::spoken::{self, Utterance};
use axum::extract::{Path as InPath, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio::io::AsyncReadExt;

/// The manifest's name in the folder.
pub const MANIFEST: &str = "clips.toml";
/// What a recording's source is called that a machine has made, until a person has spoken it.
pub const PLACEHOLDER: &str = "espeak-ng";
/// Octets of a manifest and of one recording at most.
const MANIFEST_MAX: u64 = 8 * 1024 * 1024;
const CLIP_MAX: u64 = 4 * 1024 * 1024;

/// One recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Its file, in the same folder.
    pub file: String,
    /// The language's tag.
    pub lang: String,
    /// What is said.
    pub text: String,
    /// Who says it: a speaker's name, or `espeak-ng`.
    pub source: String,
}

/// What a folder holds: key of the text → recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Manifest(pub BTreeMap<String, Clip>);

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ClipsError {
    /// The file or folder.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// Too large to be one.
    #[error("{0}: larger than {MANIFEST_MAX} octets")]
    TooLarge(PathBuf),
    /// What stands in it.
    #[error("{0}: {1}")]
    Toml(PathBuf, String),
}

/// A text and what there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// A person says it.
    Spoken,
    /// A machine says it.
    Placeholder,
    /// The manifest does not know it.
    Missing,
    /// The manifest names a file that is not there.
    Lost,
}

/// A recording that nothing needs any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// Its key.
    pub key: String,
    /// As the manifest has it.
    #[serde(flatten)]
    pub clip: Clip,
    /// Whether the key does not fit its language and text; otherwise no menu says the text any more.
    pub misnamed: bool,
}

impl Manifest {
    /// Reads the manifest of `folder`; a folder without one has no recordings.
    ///
    /// # Errors
    /// `ClipsError`.
    pub fn read(folder: &Path) -> Result<Self, ClipsError> {
        let path = folder.join(MANIFEST);
        let size = match std::fs::metadata(&path) {
            Ok(facts) => facts.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {
                return Ok(Self::default());
            }
            Err(error) => return Err(ClipsError::Io(path, error)),
        };
        if size > MANIFEST_MAX {
            return Err(ClipsError::TooLarge(path));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| ClipsError::Io(path.clone(), error))?;
        let read: Self =
            toml::from_str(&text).map_err(|error| ClipsError::Toml(path.clone(), error.to_string()))?;
        match read.0.values().find(|clip| kind(&clip.file).is_none()) {
            None => Ok(read),
            Some(clip) => {
                let reason =
                    format!("\"{}\" names no recording: NAME.wav, .mp3, .ogg, .opus or .m4a", clip.file);
                Err(ClipsError::Toml(path, reason))
            }
        }
    }

    /// What there is of each text.
    #[must_use]
    pub fn of<'u>(&self, folder: &Path, utterances: &'u [Utterance]) -> Vec<(&'u Utterance, Recorded)> {
        let there = names(folder);
        let recorded = |utterance: &Utterance| match self.0.get(&utterance.key()) {
            None => Recorded::Missing,
            Some(clip) if !there.contains(&clip.file) => Recorded::Lost,
            Some(clip) if clip.source == PLACEHOLDER => Recorded::Placeholder,
            Some(_) => Recorded::Spoken,
        };
        utterances.iter().map(|utterance| (utterance, recorded(utterance))).collect()
    }

    /// What is recorded and said by nothing.
    #[must_use]
    pub fn stale(&self, utterances: &[Utterance]) -> Vec<Stale> {
        let said: BTreeSet<String> = utterances.iter().map(Utterance::key).collect();
        let stale = self.0.iter().filter_map(|(key, clip)| {
            let misnamed = spoken::key(&clip.lang, &clip.text) != *key;
            let stale = Stale { key: key.clone(), clip: clip.clone(), misnamed };
            (misnamed || !said.contains(key)).then_some(stale)
        });
        stale.collect()
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// The type of a recording's file; nothing else is a name of one.
fn kind(name: &str) -> Option<&'static str> {
    let (stem, ending) = name.split_once('.')?;
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    let kind = match ending {
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "m4a" => "audio/mp4",
        _ => return None,
    };
    (!stem.is_empty() && stem.len() <= 64 && stem.bytes().all(plain)).then_some(kind)
}

/// The folder as the kiosk serves it, its manifest read again when it has changed.
#[derive(Debug)]
pub(super) struct Clips {
    folder: PathBuf,
    kept: Mutex<Option<(SystemTime, Arc<Manifest>)>>,
}

impl Clips {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, kept: Mutex::default() }
    }

    fn manifest(&self) -> Arc<Manifest> {
        let changed = std::fs::metadata(self.folder.join(MANIFEST)).and_then(|facts| facts.modified()).ok();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, manifest)) = kept.as_ref()
            && Some(*at) == changed
        {
            return manifest.clone();
        }
        match Manifest::read(&self.folder).map(Arc::new) {
            Ok(manifest) => {
                *kept = changed.map(|at| (at, manifest.clone()));
                manifest
            }
            Err(error) => {
                tracing::warn!(%error, "the recordings' manifest cannot be read; the last one that could holds");
                kept.as_ref().map(|(_, manifest)| manifest.clone()).unwrap_or_default()
            }
        }
    }

    /// The recordings that are there: key → file.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let there = names(&self.folder);
        let manifest = self.manifest();
        let clips = manifest.0.iter().filter(|(_, clip)| there.contains(&clip.file));
        clips.map(|(key, clip)| (key.clone(), clip.file.clone())).collect()
    }
}

/// `GET /kiosk/clips/<file>`: only what the manifest names.
pub(super) async fn clip(State(kiosk): At, InPath(name): InPath<String>) -> Result<Response, Wrong> {
    let kind = kind(&name).ok_or(Wrong::Missing)?;
    let clips = kiosk.clips.as_ref().ok_or(Wrong::Missing)?;
    if !clips.manifest().0.values().any(|clip| clip.file == name) {
        return Err(Wrong::Missing);
    }
    let file = tokio::fs::File::open(clips.folder.join(&name)).await.map_err(|_| Wrong::Missing)?;
    let mut bytes = Vec::new();
    file.take(CLIP_MAX).read_to_end(&mut bytes).await.map_err(|_| Wrong::Missing)?;
    // A better recording may replace a file under the same name.
    let heads = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=600")];
    Ok((heads, bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;

    #[test]
    fn only_a_plain_name_and_a_known_ending_make_a_file() {
        assert_eq!(kind("0123456789abcdef.wav"), Some("audio/wav"));
        assert_eq!(kind("Gulnora_01.opus"), Some("audio/ogg"));
        for name in ["../../etc/passwd", "..wav", "a.txt", "a/b.wav", ".wav", "a.wav.wav", "clips.toml"] {
            assert_eq!(kind(name), None, "{name}");
        }
    }

    #[test]
    fn missing_lost_spoken_and_stale_recordings_are_told_apart() {
        let folder = std::env::temp_dir().join(format!("kopir-clips-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let said =
            |text: &str| Utterance { lang: Lang::Tg, at: "a/b/text".to_owned(), text: text.to_owned() };
        let utterances = ["Ҳа", "Не", "Аз нав", "Ёрӣ"].map(said);
        assert_eq!(Manifest::read(&folder).unwrap(), Manifest::default(), "no manifest yet");
        let clip = |key: &str, file: &str, text: &str, source: &str| {
            format!("[{key}]\nfile = \"{file}\"\nlang = \"tg\"\ntext = \"{text}\"\nsource = \"{source}\"\n")
        };
        let old = spoken::key("tg", "Куҳна");
        let text = [
            clip(&utterances[0].key(), "yes.wav", "Ҳа", "Gulnora"),
            clip(&utterances[1].key(), "no.wav", "Не", PLACEHOLDER),
            clip(&utterances[2].key(), "gone.wav", "Аз нав", "Gulnora"),
            clip(&old, "old.wav", "Куҳна", "Gulnora"),
            clip("0000000000000000", "odd.wav", "Не", "Gulnora"),
        ];
        std::fs::write(folder.join(MANIFEST), text.concat()).unwrap();
        for name in ["yes.wav", "no.wav", "old.wav", "unnamed.wav"] {
            std::fs::write(folder.join(name), "RIFF").unwrap();
        }
        let manifest = Manifest::read(&folder).unwrap();
        let found: Vec<_> =
            manifest.of(&folder, &utterances).into_iter().map(|(_, recorded)| recorded).collect();
        assert_eq!(found, [Recorded::Spoken, Recorded::Placeholder, Recorded::Lost, Recorded::Missing]);
        let stale: Vec<_> =
            manifest.stale(&utterances).into_iter().map(|stale| (stale.key, stale.misnamed)).collect();
        assert_eq!(stale, [("0000000000000000".to_owned(), true), (old.clone(), false)]);
        let served = Clips::new(folder.clone()).all();
        assert_eq!(served.len(), 3, "only what the manifest names and what is there: {served:?}");
        std::fs::write(folder.join(MANIFEST), clip(&old, "../secret.wav", "Куҳна", "x")).unwrap();
        let refused = Manifest::read(&folder).unwrap_err().to_string();
        assert!(refused.contains("names no recording"), "{refused}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
