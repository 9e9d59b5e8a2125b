//! The calls of a visit: it begins, takes turns, stays, ends. A turn outlives the request that asked for it.

use super::token::{self, Key};
use super::view;
use super::visit::{Stands, Submitted, Who};
use super::wrong::Wrong;
use super::{At, BODY_MAX, Kiosk};
use crate::domain::envelope::Event;
use crate::domain::lang::Lang;
use crate::domain::screen::Screen;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use core::time::Duration;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::watch;

/// For reading a body.
const READ_MAX: Duration = Duration::from_secs(3);
/// Characters that can be typed at once: the longest free text.
const INPUT_MAX: usize = 160;
/// What a turn may take beyond the wait for an office, before the same is to be tried again.
const TURN_SLACK: Duration = Duration::from_secs(6);
/// How long a finish waits for the store; then it is erased in the background.
const FINISH_MAX: Duration = Duration::from_secs(2);
/// What is dialled is step 0, and nothing is typed there.
const DIALLED: (u32, &str) = (0, "");

/// The body of a call, once it has come in time and is what it should be.
///
/// # Errors
/// `Wrong`.
pub(super) async fn body<T: DeserializeOwned>(request: Request) -> Result<T, Wrong> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    // No form of another site can send this type without being asked first.
    if kind != Some("application/json") {
        return Err(Wrong::Type);
    }
    let read = axum::body::to_bytes(request.into_body(), BODY_MAX);
    let bytes = tokio::time::timeout(READ_MAX, read).await.map_err(|_late| Wrong::Late)?;
    let bytes = bytes.map_err(|_| Wrong::Size)?;
    serde_json::from_slice(&bytes).map_err(|_| Wrong::Body)
}

/// The body of a call that says nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Empty {}

/// The visit that a request names.
///
/// # Errors
/// `Over` where it names none.
pub(super) fn visit_of(headers: &HeaderMap) -> Result<Key, Wrong> {
    let brought = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    brought.and_then(|brought| brought.strip_prefix("Visit ")).map(token::key).ok_or(Wrong::Over)
}

/// `POST /kiosk/v1/visits`.
pub(super) async fn begin(State(kiosk): At, request: Request) -> Result<Response, Wrong> {
    let brought = request.headers().get("kiosk-key").and_then(|value| value.to_str().ok());
    if kiosk.key.as_ref().is_some_and(|key| !key.is(brought.unwrap_or_default())) {
        kiosk.count("refused");
        return Err(Wrong::Key);
    }
    let Empty {} = body(request).await?;
    if kiosk.host.tasks.stopping().is_now() {
        return Err(Wrong::Unavailable);
    }
    let settings = &kiosk.host.settings;
    let begun = kiosk.table(|visits| visits.begin(settings, kiosk.host.clock.now()));
    let (token, key) = begun.inspect_err(|_| kiosk.count("full"))?;
    kiosk.count("begun");
    let (step, input) = DIALLED;
    match submitted(&kiosk, &key, step, input).await {
        Ok(Stands::Answered(screen)) => {
            let told = json!({"visit": token, "step": step, "screen": view::json(&screen)});
            Ok((StatusCode::CREATED, Json(told)).into_response())
        }
        Ok(Stands::Waits | Stands::Failed) | Err(_) => {
            // Nobody has its token: what may have been begun in the store goes again.
            kiosk.table(|visits| visits.end(&key));
            kiosk.count("unavailable");
            Err(Wrong::Unavailable)
        }
    }
}

/// What is submitted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    step: u32,
    input: String,
}

/// `POST /kiosk/v1/turns`.
pub(super) async fn turn(State(kiosk): At, request: Request) -> Result<Response, Wrong> {
    let key = visit_of(request.headers())?;
    kiosk.touched(&key)?;
    let Step { step, input } = body(request).await?;
    if step == DIALLED.0 || input.chars().count() > INPUT_MAX || input.chars().any(char::is_control) {
        return Err(Wrong::Input);
    }
    match submitted(&kiosk, &key, step, &input).await? {
        Stands::Answered(screen) => {
            Ok(Json(json!({"step": step, "screen": view::json(&screen)})).into_response())
        }
        Stands::Waits => {
            kiosk.count("waiting");
            Ok((StatusCode::ACCEPTED, Json(json!({"step": step, "waiting": true}))).into_response())
        }
        Stands::Failed => {
            kiosk.count("unavailable");
            Err(Wrong::Unavailable)
        }
    }
}

/// `POST /kiosk/v1/stay`.
pub(super) async fn stay(State(kiosk): At, request: Request) -> Result<StatusCode, Wrong> {
    let key = visit_of(request.headers())?;
    let Empty {} = body(request).await?;
    kiosk.touched(&key)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /kiosk/v1/finish`.
pub(super) async fn finish(State(kiosk): At, request: Request) -> Result<StatusCode, Wrong> {
    let Ok(key) = visit_of(request.headers()) else { return Ok(StatusCode::NO_CONTENT) };
    if kiosk.table(|visits| visits.end(&key)) {
        kiosk.count("finished");
        let erased = kiosk.erase(&key);
        if tokio::time::timeout(FINISH_MAX, gone(erased)).await.is_err() {
            tracing::debug!("a finished visit is erased later");
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Waits until a sender is dropped.
async fn gone(mut ended: watch::Receiver<()>) {
    while ended.changed().await.is_ok() {}
}

/// Takes a step in and waits for its screen, for as long as a request may.
async fn submitted(kiosk: &Arc<Kiosk>, key: &Key, step: u32, input: &str) -> Result<Stands, Wrong> {
    if kiosk.host.tasks.stopping().is_now() {
        return Err(Wrong::Unavailable);
    }
    let ended = match kiosk.table(|visits| visits.submit(key, step, input))? {
        Submitted::Answered(screen) => return Ok(Stands::Answered(screen)),
        Submitted::Waits(ended) => ended,
        Submitted::Begins(who, end, ended) => {
            kiosk.count("turn");
            kiosk.take(*key, who, (step, input), end);
            ended
        }
    };
    // Whoever waits in vain asks again; the turn goes on.
    drop(tokio::time::timeout(kiosk.host.settings.wait(), gone(ended)).await);
    kiosk.table(|visits| visits.stands(key, step))
}

impl Kiosk {
    /// Somebody is there.
    ///
    /// # Errors
    /// `Over`.
    pub(super) fn touched(&self, key: &Key) -> Result<(), Wrong> {
        let now = self.host.clock.now();
        self.table(|visits| visits.touch(key, &self.host.settings, now))
    }

    /// Takes the turn of a step beside the request: a connection that breaks must not break what is being committed.
    fn take(self: &Arc<Self>, key: Key, who: Who, (step, input): (u32, &str), end: watch::Sender<()>) {
        let event =
            if step == DIALLED.0 { Event::Dial(self.code.clone()) } else { Event::Text(input.to_owned()) };
        let inbound = self.delivery(&who, &step.to_be_bytes(), event);
        let turned = (self.host.turn)(inbound, &self.profile);
        let kiosk = self.clone();
        let limit = self.profile.grace.saturating_add(TURN_SLACK);
        self.host.tasks.spawn("kiosk-turn", async move {
            let screen = match tokio::time::timeout(limit, turned).await {
                Ok(Ok(turned)) => turned.outbound.map(|out| view::screen(out, who.lang.unwrap_or(Lang::Kk))),
                Ok(Err(refused)) => {
                    tracing::warn!(link = %kiosk.link, why = %refused.why, "turn refused");
                    None
                }
                Err(_late) => None,
            };
            kiosk.note(&key, step, screen);
            drop(end);
        });
    }

    fn note(&self, key: &Key, step: u32, screen: Option<Screen>) {
        let now = self.host.clock.now();
        self.table(|visits| visits.answered(key, step, screen, &self.host.settings, now));
    }

    /// Erases an ended visit in the background; closes when that was tried.
    pub(super) fn erase(self: &Arc<Self>, key: &Key) -> watch::Receiver<()> {
        let (end, ended) = watch::channel(());
        let Some(who) = self.table(|visits| visits.erase(key)) else { return ended };
        let inbound = self.delivery(&who, b"end", Event::Abort);
        let turned = (self.host.turn)(inbound, &self.profile);
        let (kiosk, key) = (self.clone(), *key);
        self.host.tasks.spawn("kiosk-end", async move {
            let done = matches!(tokio::time::timeout(TURN_SLACK, turned).await, Ok(Ok(_)));
            if !done {
                tracing::warn!(link = %kiosk.link, "a visit could not be erased yet");
            }
            kiosk.table(|visits| visits.erased(&key, done));
            drop(end);
        });
        ended
    }
}
