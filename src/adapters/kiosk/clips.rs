//! Recordings of texts, one file each in a folder that may change while the kiosk runs, named by the hash of what is said.

use super::At;
use super::wrong::Wrong;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use tokio::io::AsyncReadExt;

/// Letters of a hash in a name.
const HASH: usize = 16;
/// Recordings that are told of at most.
const CLIPS_MAX: usize = 20_000;
/// Octets of one at most.
const CLIP_MAX: u64 = 4 * 1024 * 1024;

/// The recordings that are there: hash → file. What is named otherwise is passed over.
pub(super) async fn all(folder: &std::path::Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(%error, "the folder of the recordings cannot be read");
            return found;
        }
    };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if let Some((hash, _)) = of(&name)
            && found.len() < CLIPS_MAX
        {
            found.insert(hash.to_owned(), name);
        }
    }
    found
}

/// The hash and the type of a recording's name; nothing else is a name of one.
fn of(name: &str) -> Option<(&str, &'static str)> {
    let (hash, ending) = name.split_once('.')?;
    let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    let kind = match ending {
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "m4a" => "audio/mp4",
        _ => return None,
    };
    (hash.len() == HASH && hash.bytes().all(hex)).then_some((hash, kind))
}

/// `GET /kiosk/clips/<hash>.<ext>`.
pub(super) async fn clip(State(kiosk): At, Path(name): Path<String>) -> Result<Response, Wrong> {
    let (_, kind) = of(&name).ok_or(Wrong::Missing)?;
    let folder = kiosk.host.settings.clips.as_ref().ok_or(Wrong::Missing)?;
    let file = tokio::fs::File::open(folder.join(&name)).await.map_err(|_| Wrong::Missing)?;
    let mut bytes = Vec::new();
    file.take(CLIP_MAX).read_to_end(&mut bytes).await.map_err(|_| Wrong::Missing)?;
    // A better recording replaces a file under the same name, since the name is that of the text.
    let heads = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=600")];
    Ok((heads, bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hash_and_a_known_ending_make_a_name() {
        assert_eq!(of("0123456789abcdef.wav"), Some(("0123456789abcdef", "audio/wav")));
        for name in [
            "../../etc/passwd",
            "0123456789abcdef.txt",
            "0123456789ABCDEF.wav",
            "a.wav",
            "0123456789abcdef.wav.wav",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
