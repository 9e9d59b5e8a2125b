//! "Call a person": rings the desk for this visit, once, and says how that stands.

use super::routes::{Empty, body, visit_of};
use super::visit::Shown;
use super::wrong::Wrong;
use super::{At, Kiosk, Soon};
use crate::domain::address::Msisdn;
use crate::domain::envelope::LinkName;
use crate::domain::lang::Lang;
use crate::gateway::ring::Ring;
use crate::ports::StoreError;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

/// Rings for a visit on a device, in a language; a second time tells how the first stands: `Gateway::ring`.
pub type RingFn = Arc<dyn Fn(Msisdn, LinkName, Lang) -> RingStands + Send + Sync>;
/// How the ring of a visit stands: `Gateway::rung`.
pub type RungFn = Arc<dyn Fn(Msisdn) -> RingStands + Send + Sync>;
/// What comes of either.
pub type RingStands = Soon<Result<Ring, StoreError>>;

/// The desk as a visit reaches it.
#[derive(Clone)]
pub struct Rings {
    /// Rings.
    pub ring: RingFn,
    /// Looks.
    pub rung: RungFn,
}

/// `POST /kiosk/v1/ring`.
pub(super) async fn ring(State(kiosk): At, request: Request) -> Result<Json<Value>, Wrong> {
    let key = visit_of(request.headers())?;
    kiosk.touched(&key)?;
    let Empty {} = body(request).await?;
    let Shown { who, screen, alone, .. } = kiosk.table(|visits| visits.shown(&key))?;
    let _alone = alone.lock().await;
    let rung = match &kiosk.host.rings {
        Some(rings) => {
            let lang = who.lang.or(screen.lang).unwrap_or(Lang::Kk);
            (rings.ring)(who.number, kiosk.link.clone(), lang).await
        }
        None => Ok(Ring::Nobody),
    };
    told(&kiosk, rung, "rung")
}

/// `GET /kiosk/v1/ring`. The page asks by itself, so this is no sign of a person.
pub(super) async fn state(State(kiosk): At, headers: HeaderMap) -> Result<Json<Value>, Wrong> {
    let key = visit_of(&headers)?;
    let Shown { who, .. } = kiosk.table(|visits| visits.shown(&key))?;
    let rung = match &kiosk.host.rings {
        Some(rings) => (rings.rung)(who.number).await,
        None => Ok(Ring::Nobody),
    };
    told(&kiosk, rung, "ring_looked")
}

fn told(kiosk: &Kiosk, rung: Result<Ring, StoreError>, event: &'static str) -> Result<Json<Value>, Wrong> {
    let rung = rung.map_err(|error| {
        tracing::warn!(%error, "the desk cannot be rung now");
        Wrong::Unavailable
    })?;
    kiosk.count(event);
    Ok(Json(match rung {
        Ring::Rung { no } => json!({"state": "rung", "no": no}),
        Ring::Coming { no } => json!({"state": "coming", "no": no}),
        Ring::Done { no } => json!({"state": "done", "no": no}),
        Ring::Closed { opens_on, opens_at } => {
            json!({"state": "closed", "opens_on": opens_on.to_string(), "opens_at": opens_at})
        }
        Ring::Silent | Ring::Nobody => json!({"state": "none"}),
    }))
}
