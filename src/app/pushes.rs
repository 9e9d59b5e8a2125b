//! The stop switch of pushes as those who run Kopir turn it.

use crate::adapters::admin::{Order, Switch};
use crate::domain::sending::{StoppedBy, Stops};
use crate::gateway::Gateway;
use std::sync::Arc;

/// Turns the switch, or only tells how it stands.
pub(super) fn switch(gateway: Arc<Gateway>) -> Switch {
    Arc::new(move |order: Order| {
        let gateway = gateway.clone();
        Box::pin(async move {
            let Some(courier) = gateway.courier() else { return Err("no link carries letters".to_owned()) };
            let campaign = order.campaign.as_deref();
            let stops = match order.stop {
                None => Ok(courier.pushes().stops().await),
                Some(stop) => {
                    tracing::warn!(stop, campaign, who = order.who, why = order.why, "stop switch");
                    let at = gateway.parts().clock.now();
                    let by = stop.then_some(StoppedBy { who: order.who, at, why: order.why });
                    courier.pushes().turn(campaign, by).await
                }
            };
            stops.map(|stops| told(&stops)).map_err(|error| error.to_string())
        })
    })
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
