//! The stop switch of pushes as those who run Kopir turn it, with every turn of it in the audit trail.

use crate::adapters::admin::{Order, Switch};
use crate::domain::audit::{Entry, Event};
use crate::domain::envelope::StepKey;
use crate::domain::sending::{StoppedBy, Stops};
use crate::domain::time::Timestamp;
use crate::gateway::Gateway;
use core::time::Duration;
use std::sync::Arc;

/// How long an order waits for the trail; a stop that is due must not hang behind a disk.
const NOTE_WAIT: Duration = Duration::from_secs(2);
/// What a failure of the trail is told as.
const NOT_NOTED: &str = "the audit trail cannot be written";

/// Turns the switch, or only tells how it stands.
pub(super) fn switch(gateway: Arc<Gateway>) -> Switch {
    Arc::new(move |order: Order| {
        let gateway = gateway.clone();
        Box::pin(async move { carried_out(&gateway, order).await })
    })
}

/// Noted before it is done. A stop that cannot be noted is done all the same, and said so; a start is not.
async fn carried_out(gateway: &Gateway, order: Order) -> Result<String, String> {
    let Some(courier) = gateway.courier() else { return Err("no link carries letters".to_owned()) };
    let Some(stop) = order.stop else { return Ok(told(&*courier.pushes().stops().await)) };
    let at = gateway.parts().clock.now();
    let campaign = order.campaign.as_deref();
    tracing::warn!(stop, campaign, who = order.who, why = order.why, "stop switch");
    let note = gateway.parts().audit.note(vec![entry(&order, stop, at)]);
    let noted = tokio::time::timeout(NOTE_WAIT, note).await.unwrap_or(false);
    if !noted {
        tracing::error!(stop, campaign, who = order.who, "{NOT_NOTED}");
        if !stop {
            return Err(format!("{NOT_NOTED}; nothing was started"));
        }
    }
    let by = stop.then(|| StoppedBy { who: order.who.clone(), at, why: order.why.clone() });
    let stops = courier.pushes().turn(campaign, by).await.map_err(|error| error.to_string())?;
    let missing = if noted { String::new() } else { format!("not noted: {NOT_NOTED}\n") };
    Ok(told(&stops) + &missing)
}

/// What the trail says of an order: about all pushes, or about one campaign.
fn entry(order: &Order, stopped: bool, at: Timestamp) -> Entry {
    let campaign = order.campaign.as_deref();
    let subject = campaign.map_or_else(|| "pushes".to_owned(), |name| format!("campaign {name}"));
    let (flag, time) = ([u8::from(stopped)], at.0.to_be_bytes());
    let id = StepKey::of(&[b"pushes", subject.as_bytes(), order.who.as_bytes(), &flag, &time]);
    Entry { id, at, subject, event: Event::PushesStopped { user: order.who.clone(), stopped } }
}

fn told(stops: &Stops) -> String {
    let line = |what: &str, by: &StoppedBy| {
        format!("{what} stopped by {} at {}: {}\n", by.who, by.at.zoned().strftime("%F %H:%M:%S"), by.why)
    };
    let all = stops.all.as_ref().map(|by| line("all pushes", by));
    let single = stops.campaigns.iter().map(|(name, by)| line(&format!("campaign {name}"), by));
    let told: String = all.into_iter().chain(single).collect();
    if told.is_empty() { "no pushes are stopped\n".to_owned() } else { told }
}
