//! What is on the screen goes along on a phone: the code that its owner dials, once and within minutes.

use super::routes::{body, visit_of};
use super::wrong::Wrong;
use super::{At, Soon};
use crate::domain::address::Msisdn;
use crate::ports::StoreError;
use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Seconds for which a code can be dialled.
const CARRY_SECS: u32 = 300;
/// Where codes are dialled into.
const DOOR: &str = "5";

/// How it is gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// As a dialogue at once.
    Dialogue,
    /// As a letter.
    Letter,
}

/// The digits of a code for what is shown to this visit; `None` when there is nothing to go on with.
pub type Carry = Arc<dyn Fn(Msisdn, How) -> Soon<Result<Option<String>, StoreError>> + Send + Sync>;

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    how: How,
}

/// `POST /kiosk/v1/carry`.
pub(super) async fn carry(State(kiosk): At, request: Request) -> Result<Json<Value>, Wrong> {
    let key = visit_of(request.headers())?;
    kiosk.touched(&key)?;
    let Asked { how } = body(request).await?;
    let (who, _, _, alone) = kiosk.table(|visits| visits.shown(&key))?;
    let _alone = alone.lock().await;
    let carry = kiosk.host.carry.as_ref().ok_or(Wrong::Nothing)?;
    let digits = carry(who.number, how).await.map_err(|error| {
        tracing::warn!(%error, "nothing can be carried now");
        Wrong::Unavailable
    })?;
    let digits = digits.ok_or(Wrong::Nothing)?;
    kiosk.count("carried");
    let code = format!("*{}*{DOOR}*{digits}#", kiosk.code.base);
    Ok(Json(json!({"code": code, "until_secs": CARRY_SECS})))
}
