//! What `/ready` asks: the store, the links, the offices.

use crate::adapters::admin::{Ask, Health};
use crate::adapters::smpp::Smpp;
use crate::adapters::smpp::link::LinkState;
use crate::adapters::sms_http::carrier::Route;
use crate::adapters::store::Store;
use crate::adapters::upstream::Upstreams;
use crate::clock::Clock;
use crate::ports::Gravity;
use std::sync::Arc;

/// Asks all of them. Ready is who can commit and has a link, where links are configured; an office that is away is
/// told but does not make a gateway unready, since dialogues go on without it.
pub(super) fn asking(
    store: Store,
    upstreams: Upstreams,
    links: Smpp,
    routes: Vec<Arc<Route>>,
    clock: Clock,
) -> Ask {
    let (upstreams, routes) = (Arc::new(upstreams), Arc::new(routes));
    Arc::new(move || {
        let (store, upstreams, links, routes, clock) =
            (store.clone(), upstreams.clone(), links.clone(), routes.clone(), clock.clone());
        Box::pin(async move {
            let mut found = vec![of_store(&store, &clock).await];
            let states = links.status();
            let any_bound = states.iter().any(|status| matches!(status.state, LinkState::Bound))
                || routes.iter().any(|route| route.is_open());
            found.extend(states.iter().map(|status| Health {
                name: format!("link {} {}", status.link, status.bind),
                well: matches!(status.state, LinkState::Bound),
                needed: !any_bound,
                note: format!("{:?}", status.state).to_lowercase(),
            }));
            found.extend(routes.iter().map(|route| Health {
                name: format!("link {}", route.name()),
                well: route.is_open(),
                needed: !any_bound,
                note: if route.is_open() { "open" } else { "paused" }.to_owned(),
            }));
            for (service, well) in upstreams.healthy().await {
                found.push(Health {
                    name: format!("office {service}"),
                    well,
                    needed: false,
                    note: String::new(),
                });
            }
            found
        })
    })
}

async fn of_store(store: &Store, clock: &Clock) -> Health {
    let (well, note) = match store.shared.probe(clock.now()).await {
        Ok(findings) => {
            let doubts = findings.iter().filter(|finding| finding.gravity > Gravity::Note);
            (true, doubts.map(|finding| finding.text.clone()).collect::<Vec<_>>().join("; "))
        }
        Err(error) => (false, error.to_string()),
    };
    Health { name: "store".to_owned(), well, needed: true, note }
}
