//! The desk's pages on their own address, with the tickets and the access log behind them.

use crate::adapters::desk::{self, Audit, DeskHost, Look};
use crate::clock::Clock;
use crate::config::Config;
use crate::gateway::board::Board;
use crate::tasks::Tasks;
use std::net::SocketAddr;
use std::sync::Arc;

/// Serves the desk when it is enabled; where it is then.
pub(super) fn serve(
    config: &Config,
    board: &Arc<Board>,
    clock: &Clock,
    background: &Tasks,
) -> anyhow::Result<Option<SocketAddr>> {
    if !config.desk.enabled {
        return Ok(None);
    }
    let host = DeskHost {
        settings: config.desk.clone(),
        board: board.clone(),
        hours: None,
        clock: clock.clone(),
        audit: logged(),
        tasks: background.clone(),
    };
    super::listen(config.desk.listen, "desk.listen", desk::router(host)?, background).map(Some)
}

/// Every look as a line of the log: who, at what, which ticket; never what it showed.
fn logged() -> Audit {
    Arc::new(|look: Look| {
        Box::pin(async move {
            let what = look.what.word();
            tracing::info!(target: "kopir::audit", user = %look.by, what, ticket = %look.no, "looked");
            Ok(())
        })
    })
}
