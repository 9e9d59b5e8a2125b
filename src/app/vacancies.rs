//! Vacancies of the configured sources on their way to where the services find them.

use crate::adapters::vacancies::alive::Alive;
use crate::adapters::vacancies::folder::Folders;
use crate::adapters::vacancies::poll::Poll;
use crate::adapters::vacancies::settings::{Source, VacancySettings};
use crate::adapters::vacancies::{Stock, push, snapshot};
use crate::gateway::Gateway;
use crate::tasks::Tasks;
use anyhow::Context;
use core::time::Duration;
use std::sync::Arc;

/// Begins with the snapshot, looks at folders and addresses; the route of those who send. Nothing where nothing is
/// configured and no snapshot lies there.
pub(super) fn start(
    settings: &VacancySettings,
    gateway: &Arc<Gateway>,
    background: &Tasks,
) -> anyhow::Result<Option<axum::Router>> {
    if settings.sources.is_empty() && snapshot::stamp(&settings.folder).is_none() {
        return Ok(None);
    }
    let parts = gateway.parts();
    let library = parts.library.clone();
    let publish = Arc::new(move |shelf| library.offer(shelf));
    let stock =
        Stock::open(settings, parts.metrics.clone(), publish).context("the vacancies cannot be opened")?;
    let folders = Folders::open(settings, &stock).context("a drop folder of vacancies cannot be made")?;
    folders.watch(Duration::from_secs(settings.poll_secs), parts.clock.clone(), background);
    for (name, source) in &settings.sources {
        if let Source::Url(url) = source {
            let poll = Poll::new(&stock, name, url, settings.feed_max_mib)?;
            poll.watch(parts.clock.clone(), background);
        }
    }
    let alive = Alive::new(settings, &stock, parts.clock.clone(), parts.metrics.clone());
    gateway.ask_whether_they_stand(Arc::new(move |code, vacancy| {
        let alive = alive.clone();
        Box::pin(async move { alive.stands(code, vacancy).await })
    }));
    push::router(settings, &stock, parts.clock.clone(), parts.metrics.clone()).map_err(anyhow::Error::msg)
}
