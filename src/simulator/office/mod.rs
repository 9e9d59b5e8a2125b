//! A sample office: a real HTTP server that speaks the contract, with sample applications and faults on demand.

mod applications;
mod faults;

pub use applications::{Application, Applications, SampleError};
pub use faults::{Fault, Faults};

use crate::tasks::Tasks;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// Answers remembered by their key: the same key gets the same answer, as the contract asks.
const KEYS_MAX: usize = 10_000;

/// The office.
#[derive(Debug)]
pub struct Office {
    applications: Applications,
    token: Option<String>,
    faults: Mutex<Faults>,
    answered: Mutex<BTreeMap<String, Value>>,
    calls: core::sync::atomic::AtomicU64,
}

impl Office {
    /// An office with these applications; with a token it refuses who does not bring it.
    #[must_use]
    pub fn new(applications: Applications, token: Option<String>) -> Arc<Self> {
        Arc::new(Self {
            applications,
            token,
            faults: Mutex::default(),
            answered: Mutex::default(),
            calls: core::sync::atomic::AtomicU64::new(0),
        })
    }

    /// Calls taken so far, refused ones too.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(core::sync::atomic::Ordering::SeqCst)
    }

    /// From now on it fails so.
    pub fn fail(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its routes: the contract at `/v1/{service}` and `/v1/health`, its faults at `/control`.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/v1/health", get(health))
            .route("/v1/application.status", post(status))
            .route("/control", get(told).put(tell))
            .with_state(self.clone())
    }

    /// Serves on this listener until the process stops.
    ///
    /// # Errors
    /// What the listener says of its own address.
    pub fn serve(self: &Arc<Self>, listener: TcpListener, tasks: &Tasks) -> std::io::Result<SocketAddr> {
        let address = listener.local_addr()?;
        let (router, mut stopping) = (self.router(), tasks.stopping());
        tasks.spawn("sample-office", async move {
            let served =
                axum::serve(listener, router).with_graceful_shutdown(async move { stopping.wait().await });
            if let Err(error) = served.await {
                tracing::error!(%error, "the sample office has stopped");
            }
        });
        Ok(address)
    }

    fn answer(&self, request: &Value) -> Result<Value, StatusCode> {
        let key = request.get("key").and_then(Value::as_str).ok_or(StatusCode::UNPROCESSABLE_ENTITY)?;
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = answered.get(key) {
            return Ok(known.clone());
        }
        let digits = |name: &str| request.pointer(&format!("/give/{name}/digits")).and_then(Value::as_str);
        let (Some(number), Some(last4)) = (digits("number"), digits("last4")) else {
            return Err(StatusCode::UNPROCESSABLE_ENTITY);
        };
        let answer = match self.applications.find(number, last4) {
            None => json!({"outcome": "unknown", "values": {}}),
            Some(found) => json!({
                "outcome": "found",
                "values": {
                    "tail": {"digits": found.tail()},
                    "state": {"word": found.state},
                    "next": {"word": found.next},
                },
                "as_of": found.as_of.to_string(),
            }),
        };
        if answered.len() >= KEYS_MAX {
            answered.pop_first();
        }
        answered.insert(key.to_owned(), answer.clone());
        Ok(answer)
    }

    fn lets_in(&self, headers: &HeaderMap) -> bool {
        self.token.as_ref().is_none_or(|token| {
            headers
                .get(header::AUTHORIZATION)
                .is_some_and(|brought| brought.as_bytes() == format!("Bearer {token}").as_bytes())
        })
    }
}

async fn health(State(office): State<Arc<Office>>) -> StatusCode {
    if matches!(office.faults().fault, Some(Fault::Down | Fault::Hang)) {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::NO_CONTENT
    }
}

async fn status(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    body: Result<Json<Value>, JsonRejection>,
) -> Response {
    office.calls.fetch_add(1, core::sync::atomic::Ordering::SeqCst);
    if !office.lets_in(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if let Some(failed) = office.faults().play().await {
        return failed;
    }
    let Ok(Json(request)) = body else { return StatusCode::BAD_REQUEST.into_response() };
    match office.answer(&request) {
        Ok(answer) => Json(answer).into_response(),
        Err(status) => status.into_response(),
    }
}

async fn told(State(office): State<Arc<Office>>) -> Json<Faults> {
    Json(office.faults())
}

async fn tell(State(office): State<Arc<Office>>, Json(faults): Json<Faults>) -> Json<Faults> {
    office.fail(faults);
    Json(faults)
}
