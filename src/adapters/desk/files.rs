//! The page's own files, built in: their address carries the hash of their bytes, so that a browser may keep them for ever.

use super::session::hashed;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

/// One file.
struct File {
    kind: &'static str,
    bytes: &'static str,
    path: String,
}

/// The three of them: style, script, icon.
static FILES: LazyLock<[File; 3]> = LazyLock::new(|| {
    [
        ("text/css; charset=utf-8", "css", include_str!("files/desk.css")),
        ("text/javascript; charset=utf-8", "js", include_str!("files/desk.js")),
        ("image/svg+xml", "svg", include_str!("files/desk.svg")),
    ]
    .map(|(kind, ending, bytes)| {
        let hash = hex::encode(hashed(bytes));
        let path = format!("desk-{}.{ending}", hash.get(..16).unwrap_or_default());
        File { kind, bytes, path }
    })
});

/// The addresses of style, script and icon below `/desk/files/`.
pub(super) fn names() -> [&'static str; 3] {
    let [css, js, svg] = &*FILES;
    [&css.path, &js.path, &svg.path]
}

/// The file of that name.
pub(super) async fn file(axum::extract::Path(name): axum::extract::Path<String>) -> Response {
    let Some(file) = FILES.iter().find(|file| file.path == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let heads: [(HeaderName, &'static str); 2] =
        [(header::CONTENT_TYPE, file.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (heads, file.bytes).into_response()
}
