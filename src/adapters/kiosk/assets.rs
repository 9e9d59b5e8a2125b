//! The page and its files, built in from `kiosk/`: one hash over all of them stands in every address, so that they may be kept for ever.

use super::joined::joined;
use super::token::base64url;
use super::wrong::Wrong;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

/// The page itself.
const DOCUMENT: &str = "index.html";
/// Stands in the page itself: what the attract page needs.
const STYLE: &str = "attract.css";
/// What stands in `index.html` where the style belongs.
const STYLE_PLACE: &str = r#"<link rel="stylesheet" href="attract.css">"#;
/// Stands in the page itself too: asks again for the script below if that was lost.
const BOOT: &str = "boot.js";
/// What stands in `index.html` where it belongs.
const BOOT_PLACE: &str = r#"<script src="boot.js"></script>"#;
/// The module that starts the page; served with all that it imports.
const SCRIPT: &str = "main.js";
/// What stands in `index.html` where the hash belongs.
const PLACE: &str = "HASH";

/// The files of `kiosk/` by path.
macro_rules! built_in {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../kiosk/", $path)).as_slice())),+]
    };
}

/// All that the page is made of. A file that is added to `kiosk/` is added here; a test says so.
static FILES: &[(&str, &[u8])] = built_in![
    "index.html",
    "answer.js",
    "api.js",
    "attract.css",
    "boot.js",
    "bridge.js",
    "calendar.js",
    "cards.js",
    "dates.js",
    "digits.js",
    "display.js",
    "dom.js",
    "frame.js",
    "icons.js",
    "idle.js",
    "keyboard.js",
    "keyboards.js",
    "keypad.js",
    "kiosk.css",
    "main.js",
    "mark.svg",
    "pages.js",
    "person.js",
    "picture.js",
    "screen.js",
    "sha256.js",
    "sound.js",
    "stage.js",
    "tap.js",
    "text.js",
    "visit.js",
    "words.js",
    "work.js"
];

/// The first eight letters of the hash over all files.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (path, bytes) in FILES {
        for part in [path.as_bytes(), bytes] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
    }
    hex::encode(hash.finalize()).chars().take(8).collect()
});

/// The document with its files' addresses, the style that a first paint would otherwise wait for, and what must not be lost.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let style = format!("<style>{}</style>", text(STYLE));
    let boot = format!("<script>{}</script>", text(BOOT));
    text(DOCUMENT).replace(STYLE_PLACE, &style).replace(BOOT_PLACE, &boot).replace(PLACE, &HASH)
});

/// Only our own files and what stands in the page itself; nothing from elsewhere, no frames, no script out of text.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let [style, boot] = [STYLE, BOOT].map(|path| base64url(&Sha256::digest(text(path))));
    format!(
        "default-src 'none'; script-src 'self' 'sha256-{boot}='; style-src 'self' 'sha256-{style}='; img-src 'self'; media-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
});

/// A file that is built in, as text.
fn text(path: &str) -> &'static str {
    let bytes = FILES.iter().find(|(name, _)| *name == path).map_or(&[][..], |(_, bytes)| *bytes);
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// What is served, by path: modules only as the one script, the style of the attract page only in the page.
static SERVED: LazyLock<BTreeMap<&'static str, Served>> = LazyLock::new(|| {
    let own = FILES
        .iter()
        .filter(|(path, _)| *path != STYLE && (path.ends_with(".svg") || path.ends_with(".css")))
        .copied();
    let all = own.map(|(path, bytes)| (path, Bytes::from_static(bytes)));
    let made = [(DOCUMENT, PAGE.clone().into()), (SCRIPT, joined(SCRIPT, FILES).into())];
    all.chain(made).map(|(path, plain)| (path, Served::new(plain))).collect()
});

/// A file as it is and compressed.
struct Served {
    plain: Bytes,
    packed: Option<Bytes>,
}

impl Served {
    fn new(plain: Bytes) -> Self {
        let packed = packed(&plain).map(Bytes::from).ok();
        Self { plain, packed }
    }

    /// The bytes, packed where the browser takes that.
    fn sent(&self, heads: &HeaderMap) -> Response {
        match self.packed.clone().filter(|_| takes_gzip(heads)) {
            Some(packed) => ([VARY, GZIP], packed).into_response(),
            None => ([VARY], self.plain.clone()).into_response(),
        }
    }
}

fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut to = GzEncoder::new(Vec::new(), Compression::best());
    to.write_all(bytes)?;
    to.finish()
}

/// Packs everything before the first visitor waits for it.
pub(super) fn ready() {
    LazyLock::force(&SERVED);
}

/// `GET /kiosk`.
pub(super) async fn page(heads: HeaderMap) -> Result<Response, Wrong> {
    let page = SERVED.get(DOCUMENT).ok_or(Wrong::Missing)?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.sent(&heads)).into_response())
}

/// Caches are told that an answer comes packed or not.
const VARY: (HeaderName, &str) = (header::VARY, "accept-encoding");
const GZIP: (HeaderName, &str) = (header::CONTENT_ENCODING, "gzip");

/// Whether the browser takes packed answers.
fn takes_gzip(heads: &HeaderMap) -> bool {
    let taken = heads.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    taken.split(',').any(|one| one.trim().split(';').next() == Some("gzip"))
}

/// Bytes that were made for this answer, packed where the browser takes that. Not for what holds a secret: its length would tell.
pub(super) fn made(heads: &HeaderMap, plain: Vec<u8>) -> Response {
    match takes_gzip(heads).then(|| packed(&plain)) {
        Some(Ok(packed)) => ([VARY, GZIP], packed).into_response(),
        Some(Err(_)) | None => ([VARY], plain).into_response(),
    }
}

/// `GET /kiosk/a/<hash>/<path>`. A page of another version asks under another hash and gets none of these.
pub(super) async fn file(
    Path((hash, path)): Path<(String, String)>,
    asked: HeaderMap,
) -> Result<Response, Wrong> {
    let served = SERVED.get_key_value(path.as_str()).filter(|(name, _)| **name != DOCUMENT && hash == *HASH);
    let (name, served) = served.ok_or(Wrong::Missing)?;
    let heads =
        [(header::CONTENT_TYPE, kind(name)), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((heads, served.sent(&asked)).into_response())
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    /// What lies in `kiosk/` for people and tools, and never reaches a page.
    const NOT_SERVED: [&str; 1] = ["jsconfig.json"];

    fn listed(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if name != "texts" && name != "paper" {
                    listed(&path, root, found);
                }
            } else if !NOT_SERVED.contains(&name.as_str()) && !name.ends_with(".md") {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("kiosk");
        let mut found = Vec::new();
        listed(&root, &root, &mut found);
        found.sort();
        let mut known: Vec<_> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        known.sort();
        assert_eq!(found, known, "left what lies in kiosk/, right what FILES names");
    }

    #[test]
    fn the_modules_can_be_joined_and_all_are() {
        super::super::joined::tests::can_be_joined(FILES);
        let script = joined(SCRIPT, FILES);
        for (path, _) in FILES.iter().filter(|(path, _)| path.ends_with(".js") && *path != BOOT) {
            assert!(script.contains(&format!("// {path}\n")), "nothing imports {path}");
        }
    }

    #[test]
    fn the_page_names_its_files_by_their_hash_and_nothing_unserved() {
        assert!([PLACE, STYLE_PLACE, BOOT_PLACE].iter().all(|place| !PAGE.contains(place)));
        for address in PAGE.split("/kiosk/a/").skip(1) {
            let address = address.split('"').next().unwrap();
            let (hash, path) = address.split_once('/').unwrap();
            assert_eq!(hash, *HASH);
            assert!(SERVED.contains_key(path), "{path} is not served");
            assert_ne!(kind(path), "application/octet-stream", "{path}");
        }
    }
}
