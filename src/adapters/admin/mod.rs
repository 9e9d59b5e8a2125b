//! What those who run Kopir look at: `/live`, `/ready` and `/metrics`; nothing there is about a person.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::registry::Registry;
use std::sync::Arc;

/// One thing that must be well for the process to be ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Which: `store`, `link beeline`, `upstream application.status`.
    pub name: String,
    /// Whether it is well.
    pub well: bool,
    /// Whether the process is not ready without it.
    pub needed: bool,
    /// What is known, without anything about a person.
    pub note: String,
}

/// Asks everything that can be unwell.
pub type Ask = Arc<dyn Fn() -> core::pin::Pin<Box<dyn Future<Output = Vec<Health>> + Send>> + Send + Sync>;

#[derive(Clone)]
struct Shown {
    registry: Arc<Registry>,
    ask: Ask,
}

/// The routes.
pub fn router(registry: Arc<Registry>, ask: Ask) -> Router {
    Router::new()
        .route("/live", get(|| async { "live\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Shown { registry, ask })
}

async fn ready(State(shown): State<Shown>) -> impl IntoResponse {
    let found = (shown.ask)().await;
    let ready = found.iter().all(|health| health.well || !health.needed);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut text = String::from(if ready { "ready\n" } else { "not ready\n" });
    for health in found {
        let word = if health.well { "well" } else { "unwell" };
        text.push_str(&format!(
            "{word} {}{}{}\n",
            health.name,
            if health.note.is_empty() { "" } else { ": " },
            health.note
        ));
    }
    (status, text)
}

async fn metrics(State(shown): State<Shown>) -> impl IntoResponse {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &shown.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_format) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
