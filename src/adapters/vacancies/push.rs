//! Vacancies that somebody sends: signed, timely, and each sending carried out once (docs/vacancies.openapi.yaml).

use super::settings::{Source, VacancySettings};
use super::{Stock, VacancyError, text};
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::domain::vacancy::feed::Form;
use crate::domain::vacancy::import::import;
use crate::domain::vacancy::posting::Reading;
use crate::metrics::Metrics;
use crate::setting::Secret;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use core::time::Duration;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How far the sender's clock may be from ours, either way.
pub const WINDOW: Duration = Duration::from_secs(300);
/// Sendings remembered, so that one that comes again is answered as before; older than twice the window they are refused.
const REMEMBERED_MAX: usize = 10_000;
/// Characters of a sending's key.
const KEY_MAX: usize = 64;

const TIMESTAMP: &str = "x-kopir-timestamp";
const SIGNATURE: &str = "x-kopir-signature";
const KEY: &str = "idempotency-key";
const WHOLE: &str = "x-kopir-whole";

struct Remembered {
    at: Timestamp,
    body: [u8; 32],
    status: StatusCode,
    answer: Value,
}

struct Pushes {
    stock: Arc<Stock>,
    secrets: BTreeMap<String, Secret>,
    feed_max_mib: u64,
    clock: Clock,
    metrics: Metrics,
    /// One sending at a time: the second of two equal ones finds the first one's answer.
    done: Mutex<HashMap<(String, String), Remembered>>,
}

/// The route of every source that sends; `None` where none does.
///
/// # Errors
/// A secret cannot be read.
pub fn router(
    settings: &VacancySettings,
    stock: &Arc<Stock>,
    clock: Clock,
    metrics: Metrics,
) -> Result<Option<Router>, String> {
    let mut secrets = BTreeMap::new();
    for (name, source) in &settings.sources {
        if let Source::Push(push) = source {
            secrets
                .insert(name.clone(), push.key().map_err(|why| format!("vacancies.sources.{name}: {why}"))?);
        }
    }
    if secrets.is_empty() {
        return Ok(None);
    }
    let feed_max_mib = settings.feed_max_mib;
    let most = usize::try_from(feed_max_mib.saturating_mul(1024 * 1024)).unwrap_or(usize::MAX);
    let done = Mutex::new(HashMap::new());
    let pushes = Arc::new(Pushes { stock: stock.clone(), secrets, feed_max_mib, clock, metrics, done });
    let router = Router::new().route("/vacancies/{source}", post(take)).with_state(pushes);
    Ok(Some(router.layer(DefaultBodyLimit::max(most))))
}

/// The signature of a sending: HMAC-SHA-256 over `timestamp.key.body`, in hex.
#[must_use]
pub fn sign(secret: &Secret, timestamp: &str, key: &str, body: &[u8]) -> String {
    mac(secret, timestamp, key, body).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
}

fn mac(secret: &Secret, timestamp: &str, key: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    for part in [timestamp.as_bytes(), b".", key.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac)
}

async fn take(
    State(pushes): State<Arc<Pushes>>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = pushes.clock.now();
    let answer = match pushes.judge(&source, &headers, &body, now) {
        Ok(key) => pushes.carry_out((source, key), &headers, body, now).await,
        Err(refused) => refused,
    };
    let outcome = match answer.0 {
        StatusCode::OK => "ok",
        StatusCode::UNAUTHORIZED => "unsigned",
        StatusCode::CONFLICT => "conflict",
        _ => "refused",
    };
    Metrics::count(&pushes.metrics.http, "vacancies", outcome);
    (answer.0, [(CONTENT_TYPE, "application/json")], answer.1.to_string()).into_response()
}

type Answer = (StatusCode, Value);

fn refused(status: StatusCode, why: &str) -> Answer {
    (status, json!({"refused": why}))
}

impl Pushes {
    /// The key of a sending that may be carried out. Who is not known and who signs wrongly are told the same.
    fn judge(
        &self,
        source: &str,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<String, Answer> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let unsigned = || refused(StatusCode::UNAUTHORIZED, "not signed as agreed");
        let (timestamp, key) = (header(TIMESTAMP), header(KEY));
        let signature =
            hex::decode(header(SIGNATURE).trim_start_matches("sha256=")).map_err(|_| unsigned())?;
        let secret = self.secrets.get(source).ok_or_else(unsigned)?;
        let mac = mac(secret, timestamp, key, body).ok_or_else(unsigned)?;
        mac.verify_slice(&signature).map_err(|_| unsigned())?;
        let at = timestamp.parse::<i64>().map_err(|_| unsigned())?.saturating_mul(1_000);
        if now.0.abs_diff(at) > u64::try_from(WINDOW.as_millis()).unwrap_or(u64::MAX) {
            return Err(refused(StatusCode::UNAUTHORIZED, "its time is more than five minutes from ours"));
        }
        if key.is_empty() || key.len() > KEY_MAX {
            return Err(refused(
                StatusCode::BAD_REQUEST,
                "an idempotency-key of 1 to 64 characters is needed",
            ));
        }
        Ok(key.to_owned())
    }

    /// Carries a sending out once; the same one again gets the same answer, another under its key is refused.
    async fn carry_out(
        &self,
        of: (String, String),
        headers: &HeaderMap,
        body: Bytes,
        now: Timestamp,
    ) -> Answer {
        let hash: [u8; 32] = Sha256::digest(&body).into();
        let mut done = self.done.lock().await;
        done.retain(|_, kept| now.since(kept.at) < WINDOW.saturating_mul(2));
        match done.get(&of) {
            Some(kept) if kept.body == hash => return (kept.status, kept.answer.clone()),
            Some(_) => return refused(StatusCode::CONFLICT, "another sending had this key"),
            None if done.len() >= REMEMBERED_MAX => {
                return refused(StatusCode::SERVICE_UNAVAILABLE, "too many sendings, come again later");
            }
            None => {}
        }
        let whole = headers.get(WHOLE).is_some_and(|value| value.as_bytes() == b"true");
        let (stock, source, most, today) = (self.stock.clone(), of.0.clone(), self.feed_max_mib, now.date());
        let taken = tokio::task::spawn_blocking(move || {
            let text = text(body.to_vec(), most)?;
            let batch = import(Form::of("", &text), &text, Reading { source: &source, url: None, today });
            stock.take(batch, whole)
        });
        let (status, answer) = match taken.await {
            Ok(Ok(outcome)) => (StatusCode::OK, serde_json::to_value(&outcome).unwrap_or_default()),
            Ok(Err(error @ VacancyError::File(..))) => {
                tracing::error!(%error, "vacancies that were sent could not be kept");
                return refused(StatusCode::SERVICE_UNAVAILABLE, "cannot be kept now, come again later");
            }
            Ok(Err(error)) => refused(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
            Err(_) => return refused(StatusCode::INTERNAL_SERVER_ERROR, "the import broke off"),
        };
        done.insert(of, Remembered { at: now, body: hash, status, answer: answer.clone() });
        (status, answer)
    }
}
