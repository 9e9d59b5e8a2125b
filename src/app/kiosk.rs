//! The kiosk's page and API on their own address, with the turns and the printer behind them.

use crate::adapters::kiosk::{self, Carry, KioskHost, Rings, printer};
use crate::config::Config;
use crate::gateway::Gateway;
use crate::tasks::Tasks;
use std::net::SocketAddr;
use std::sync::Arc;

/// The kiosk as it is served.
pub struct Kiosk {
    /// Where.
    pub at: SocketAddr,
    /// The same routes, for serving them beside others; the visits are the same too.
    pub router: axum::Router,
    /// Its visits.
    pub visits: Arc<kiosk::Kiosk>,
}

/// Serves the kiosk when it is enabled.
pub(super) fn serve(
    config: &Config,
    gateway: &Arc<Gateway>,
    background: &Tasks,
) -> anyhow::Result<Option<Kiosk>> {
    let settings = &config.kiosk;
    if !settings.enabled {
        return Ok(None);
    }
    let parts = gateway.parts();
    let host = KioskHost {
        settings: settings.clone(),
        turn: kiosk::through(gateway.clone()),
        carry: Some(carry(gateway.clone())),
        rings: Some(rings(gateway)),
        print: printer::printer(settings)?,
        clock: parts.clock.clone(),
        metrics: parts.metrics.clone(),
        tasks: parts.tasks.clone(),
        id: parts.id,
    };
    let visits = kiosk::Kiosk::new(host)?;
    parts.tasks.spawn("kiosk", kiosk::watch(visits.clone()));
    let router = visits.router();
    let at = super::listen(settings.listen, "kiosk.listen", router.clone(), background)?;
    Ok(Some(Kiosk { at, router, visits }))
}

fn carry(gateway: Arc<Gateway>) -> Carry {
    Arc::new(move |from, how| {
        let gateway = gateway.clone();
        Box::pin(async move { gateway.carry(&from, how).await })
    })
}

fn rings(gateway: &Arc<Gateway>) -> Rings {
    let (rung, gateway) = (gateway.clone(), gateway.clone());
    Rings {
        ring: Arc::new(move |from, link, lang| {
            let gateway = gateway.clone();
            Box::pin(async move { gateway.ring(&from, &link, lang).await })
        }),
        rung: Arc::new(move |from| {
            let gateway = rung.clone();
            Box::pin(async move { gateway.rung(&from).await })
        }),
    }
}
