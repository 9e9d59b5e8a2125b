//! The answer on paper: what of a screen goes to the printer, once a step.

use super::routes::{body, visit_of};
use super::visit::Shown;
use super::wrong::Wrong;
use super::{At, Soon};
use crate::domain::lang::Lang;
use crate::domain::screen::Screen;
use crate::domain::time::Timestamp;
use axum::Json;
use axum::extract::{Request, State};
use core::time::Duration;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the printer has for one sheet.
const PRINT_MAX: Duration = Duration::from_secs(8);

/// One sheet, before it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The language it is in.
    pub lang: Lang,
    /// The heading: the first line of what the screen says.
    pub title: String,
    /// What follows, line by line.
    pub lines: Vec<String>,
    /// When it was asked for.
    pub at: Timestamp,
    /// Where: the centre's name.
    pub centre: String,
}

/// Why nothing came out.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The file or device does not take it.
    #[error("the printer's path: {0}")]
    Path(#[from] std::io::Error),
    /// The sheet cannot be drawn.
    #[error("the sheet cannot be drawn: {0}")]
    Drawing(String),
    /// The printer takes nothing: no paper, or it is off.
    #[error("the printer takes nothing")]
    Late,
    /// The file or folder is full.
    #[error("the file or folder of the sheets is full")]
    Full,
}

/// Puts a sheet on paper.
pub type Print = Arc<dyn Fn(Sheet) -> Soon<Result<(), PaperError>> + Send + Sync>;

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    step: u32,
}

/// `POST /kiosk/v1/paper`.
pub(super) async fn print(State(kiosk): At, request: Request) -> Result<Json<Value>, Wrong> {
    let key = visit_of(request.headers())?;
    kiosk.touched(&key)?;
    let Asked { step } = body(request).await?;
    let Shown { alone, .. } = kiosk.table(|visits| visits.shown(&key))?;
    let _alone = alone.lock().await;
    // Read again: while another sheet was printed the visit may have gone on.
    let Shown { step: at, screen, .. } = kiosk.table(|visits| visits.shown(&key))?;
    let printed = Json(json!({"state": "printed"}));
    if kiosk.table(|visits| visits.is_printed(&key, step)) {
        return Ok(printed);
    }
    let print = kiosk.host.print.as_ref().filter(|_| at == step).ok_or(Wrong::Nothing)?;
    let sheet = sheet(&screen, kiosk.host.clock.now(), &kiosk.host.settings.centre).ok_or(Wrong::Nothing)?;
    let done = tokio::time::timeout(PRINT_MAX, print(sheet)).await;
    if let Ok(Ok(())) = done {
        kiosk.table(|visits| visits.printed(&key, step));
        kiosk.count("printed");
        return Ok(printed);
    }
    if let Ok(Err(error)) = done {
        tracing::warn!(%error, "nothing was printed");
    }
    kiosk.count("unprinted");
    Err(Wrong::Printer)
}

/// What a screen says, without what could be chosen; `None` when it says nothing.
fn sheet(screen: &Screen, at: Timestamp, centre: &str) -> Option<Sheet> {
    let texts = [Some(&screen.body), screen.more.as_ref()];
    let lines = texts.into_iter().flatten().flat_map(|text| text.lines());
    let mut lines = lines.map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty());
    let title = lines.next()?;
    Some(Sheet {
        lang: screen.lang.unwrap_or(Lang::Kk),
        title,
        lines: lines.collect(),
        at,
        centre: centre.to_owned(),
    })
}
