//! What is on the screen goes along on a phone: the code that its owner dials, once and within minutes.

use super::routes::{body, visit_of};
use super::visit::Shown;
use super::wrong::Wrong;
use super::{At, Soon};
use crate::domain::address::Msisdn;
use crate::gateway::carry::{How, LASTS};
use crate::ports::StoreError;
use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a phone dials after the base code for what is shown to this visit, `6*4812`; `None` when there is nothing to go on
/// with: `Gateway::carry`, or what stands for it.
pub type Carry = Arc<dyn Fn(Msisdn, How) -> Soon<Result<Option<String>, StoreError>> + Send + Sync>;

/// How it is gone on with, as the page says it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Asks {
    Dialogue,
    Letter,
}

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    how: Asks,
}

/// `POST /kiosk/v1/carry`.
pub(super) async fn carry(State(kiosk): At, request: Request) -> Result<Json<Value>, Wrong> {
    let key = visit_of(request.headers())?;
    kiosk.touched(&key)?;
    let Asked { how } = body(request).await?;
    let Shown { who, alone, .. } = kiosk.table(|visits| visits.shown(&key))?;
    let _alone = alone.lock().await;
    let carry = kiosk.host.carry.as_ref().ok_or(Wrong::Nothing)?;
    let how = match how {
        Asks::Dialogue => How::Dialogue,
        Asks::Letter => How::Letter,
    };
    let dials = carry(who.number, how).await.map_err(|error| {
        tracing::warn!(%error, "nothing can be carried now");
        Wrong::Unavailable
    })?;
    let dials = dials.ok_or(Wrong::Nothing)?;
    let now = kiosk.host.clock.now();
    // The same place has the same code: it is told how long that one still lasts.
    let since = kiosk.table(|visits| visits.carried(&key, &dials, LASTS, now));
    kiosk.count("carried");
    let code = format!("*{}*{dials}#", kiosk.code.base);
    Ok(Json(json!({"code": code, "until_secs": LASTS.saturating_sub(now.since(since)).as_secs()})))
}
