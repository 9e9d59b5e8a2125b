//! The desk's pages on their own address, with the tickets and the access log behind them.

use crate::adapters::desk::{self, Audit, DeskHost, Look, Staffed, Text};
use crate::config::Config;
use crate::gateway::Gateway;
use crate::tasks::Tasks;
use std::net::SocketAddr;
use std::sync::Arc;

/// Serves the desk when it is enabled; where it is then.
pub(super) fn serve(
    config: &Config,
    gateway: &Arc<Gateway>,
    background: &Tasks,
) -> anyhow::Result<Option<SocketAddr>> {
    if !config.desk.enabled {
        return Ok(None);
    }
    let host = DeskHost {
        settings: config.desk.clone(),
        board: gateway.board().clone(),
        staffed: staffed(gateway.clone()),
        text: text(gateway.clone()),
        clock: gateway.parts().clock.clone(),
        audit: logged(),
        tasks: background.clone(),
    };
    super::listen(config.desk.listen, "desk.listen", desk::router(host)?, background).map(Some)
}

/// The hours of the menus that are served now.
fn staffed(gateway: Arc<Gateway>) -> Staffed {
    Arc::new(move || {
        let reference = gateway.parts().library.reference();
        reference.desk.queues.iter().map(|(queue, shift)| (*queue, shift.hours.clone())).collect()
    })
}

fn text(gateway: Arc<Gateway>) -> Text {
    Arc::new(move |no, by, which| {
        let gateway = gateway.clone();
        Box::pin(async move { gateway.text(&no, &by, which, gateway.parts().clock.now()).await })
    })
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
