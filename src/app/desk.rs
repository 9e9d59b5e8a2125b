//! The desk's pages on their own address, with the tickets and the audit trail behind them.

use crate::adapters::desk::{self, Audit, DeskHost, Look, Looked, Staffed, Text};
use crate::config::Config;
use crate::domain::audit::{Entry, Event};
use crate::domain::envelope::StepKey;
use crate::domain::record::keyed;
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
        audit: noted(gateway),
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

/// Every look into the audit trail, on the disk before anything is shown: who, at what, which ticket; never what it showed.
fn noted(gateway: &Arc<Gateway>) -> Audit {
    let trail = gateway.parts().audit.clone();
    Arc::new(move |look: Look| {
        let trail = trail.clone();
        Box::pin(async move {
            let at = look.at.0.to_be_bytes();
            let id = StepKey::of(&[look.no.as_bytes(), look.by.as_bytes(), &at, look.what.word().as_bytes()]);
            let (user, ticket) = (look.by, look.no);
            let event = match look.what {
                Looked::Number => Event::NumberShown { user, ticket },
                Looked::Text => Event::TextShown { user, ticket },
            };
            let entry = Entry { id, at: look.at, subject: keyed(look.person.id), event };
            if trail.note(vec![entry]).await {
                Ok(())
            } else {
                Err("the audit trail cannot be written".to_owned())
            }
        })
    })
}
