//! What those who run Kopir look at: `/live`, `/ready` and `/metrics`; nothing there is about a person.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
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

/// An order to the stop switch of pushes.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Stop or start; neither only asks.
    pub stop: Option<bool>,
    /// One campaign instead of all pushes.
    pub campaign: Option<String>,
    /// Who turns it.
    pub who: String,
    /// Why.
    pub why: String,
}

/// Turns the switch and tells how it stands, or why it could not be turned.
pub type Switch = Arc<
    dyn Fn(Order) -> core::pin::Pin<Box<dyn Future<Output = Result<String, String>> + Send>> + Send + Sync,
>;

/// Octets of an order at most.
const ORDER_MAX: usize = 4_096;

#[derive(Clone)]
struct Shown {
    registry: Arc<Registry>,
    ask: Ask,
    switch: Switch,
}

/// The routes.
pub fn router(registry: Arc<Registry>, ask: Ask, switch: Switch) -> Router {
    Router::new()
        .route("/live", get(|| async { "live\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/pushes", post(pushes).layer(axum::extract::DefaultBodyLimit::max(ORDER_MAX)))
        .with_state(Shown { registry, ask, switch })
}

/// The content type keeps web pages out: a browser does not send it elsewhere without asking first.
async fn pushes(
    State(shown): State<Shown>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> (StatusCode, String) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind != Some("application/json") {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json\n".to_owned());
    }
    match serde_json::from_slice(&body) {
        Err(error) => (StatusCode::BAD_REQUEST, format!("not an order: {error}\n")),
        Ok(order) => match (shown.switch)(order).await {
            Ok(told) => (StatusCode::OK, told),
            Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        },
    }
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
