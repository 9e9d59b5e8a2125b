//! What the page is told once: whose device it stands on, its times, its words, the recordings there are.

use super::{At, assets, clips};
use crate::domain::lang::Lang;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The version of the contract between page and API.
const VERSION: u32 = 1;

/// `GET /kiosk/v1/about`.
pub(super) async fn about(State(kiosk): At, heads: HeaderMap) -> Response {
    let settings = &kiosk.host.settings;
    let recorded = kiosk.clips.as_ref().map(clips::Clips::all).unwrap_or_default();
    let languages = Lang::ALL.map(|lang| json!({"tag": lang.tag(), "name": lang.endonym()}));
    let told = json!({
        "version": VERSION,
        "centre": settings.centre,
        "device": settings.device,
        "code": settings.code,
        "sample": settings.sample,
        "idle_secs": settings.idle_secs,
        "private_idle_secs": settings.private_idle_secs,
        "warning_secs": settings.warning_secs,
        "extensions_max": settings.extensions_max,
        "px_per_mm": settings.px_per_mm,
        "paper": kiosk.host.print.is_some(),
        "rings": kiosk.host.rings.is_some(),
        "languages": languages,
        "texts": kiosk.texts.all(),
        "clips": recorded,
    });
    // The words of six languages are the largest part of a cold start.
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, assets::made(&heads, told.to_string().into_bytes())).into_response()
}
