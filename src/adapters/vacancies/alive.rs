//! Whether a vacancy that is about to be named still stands: by its feed's own word of today, else by its page.
//!
//! Only pages at the very site that the source's feed comes from are asked: an address inside a feed is anybody's text.

use super::robots::Robots;
use super::settings::{Source, VacancySettings};
use super::web::{self, Web};
use super::{Stock, VacancyError};
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::domain::vacancy::import::{Batch, Report};
use crate::domain::vacancy::page::{self, PAGE_MAX};
use crate::domain::vacancy::shelf::{Code, OPEN_MAX};
use crate::domain::vacancy::{Aside, Vacancy};
use crate::metrics::Metrics;
use core::time::Duration;
use hyper::{StatusCode, Uri};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as Turn;

/// What was seen of a page holds so long (72 hours).
const HOLDS: Duration = Duration::from_secs(72 * 3_600);
/// A robots.txt holds so long.
const ROBOTS_HOLD: Duration = Duration::from_secs(86_400);
/// One page takes at most so long: a person's letter waits for it.
const PAGE_WAIT: Duration = Duration::from_secs(5);
/// For so long a site that did not answer is left alone.
const TROUBLE_RESTS: Duration = Duration::from_secs(600);
/// Between two requests to one site at least, whatever its robots.txt says.
const PACE: Duration = Duration::from_secs(1);

/// A site that is asked, one request after another.
#[derive(Debug)]
struct Site {
    authority: String,
    web: Web,
    turn: Turn<Visited>,
}

/// When a site was asked last, and what it lets us read.
#[derive(Debug, Default)]
struct Visited {
    at: Timestamp,
    robots: Option<(Timestamp, Robots)>,
    /// Until when a site in trouble is left alone.
    rests: Timestamp,
}

/// Asks pages, and remembers what they said.
#[derive(Debug)]
pub struct Alive {
    stock: Arc<Stock>,
    clock: Clock,
    metrics: Metrics,
    sites: BTreeMap<String, Site>,
    seen: Mutex<HashMap<Code, (Timestamp, bool)>>,
}

impl Alive {
    /// For the sources that have an address; nothing is asked yet.
    #[must_use]
    pub fn new(settings: &VacancySettings, stock: &Arc<Stock>, clock: Clock, metrics: Metrics) -> Arc<Self> {
        let site = |(name, source): (&String, &Source)| {
            let Source::Url(url) = source else { return None };
            let authority = url.url.parse::<Uri>().ok()?.authority()?.to_string();
            let web = Web::new(PAGE_WAIT, &url.allow_private);
            Some((name.clone(), Site { authority, web, turn: Turn::default() }))
        };
        Arc::new(Self {
            stock: stock.clone(),
            clock,
            metrics,
            sites: settings.sources.iter().filter_map(site).collect(),
            seen: Mutex::default(),
        })
    }

    /// `false` only where it is known to be gone; what cannot be asked stands by its feed's word, which is 72 hours old at
    /// most (`Vacancy::is_offered`).
    pub async fn stands(&self, code: Code, vacancy: Arc<Vacancy>) -> bool {
        let now = self.clock.now();
        if vacancy.checked >= now.date() {
            return self.said("feed", true);
        }
        if let Some((at, stands)) = self.known().get(&code)
            && now.since(*at) < HOLDS
        {
            return self.said("known", *stands);
        }
        let page = vacancy.url.as_deref().and_then(|url| url.parse::<Uri>().ok());
        let site = self.sites.get(&vacancy.source);
        let (Some(page), Some(site)) = (page, site) else { return self.said("feed", true) };
        if page.authority().map(ToString::to_string).as_ref() != Some(&site.authority) {
            return self.said("feed", true);
        }
        match self.ask(site, page, now).await {
            Ok(Some(stands)) => {
                self.remember(code, now, stands);
                if !stands {
                    self.close(&vacancy).await;
                }
                self.said(if stands { "page" } else { "gone" }, stands)
            }
            Ok(None) => self.said("unwanted", true),
            Err(error) => {
                tracing::debug!(source = vacancy.source, %error, "a vacancy's page cannot be asked");
                self.said("unknown", true)
            }
        }
    }

    /// Whether the page says that the vacancy is there; `None`: the site does not want it read, or rests.
    async fn ask(&self, site: &Site, page: Uri, now: Timestamp) -> Result<Option<bool>, VacancyError> {
        let mut visited = site.turn.lock().await;
        if now < visited.rests {
            return Ok(None);
        }
        let asked = self.ask_site(site, &mut visited, page, now).await;
        if asked.is_err() {
            visited.rests = now.plus(TROUBLE_RESTS);
        }
        asked
    }

    async fn ask_site(
        &self,
        site: &Site,
        visited: &mut Visited,
        page: Uri,
        now: Timestamp,
    ) -> Result<Option<bool>, VacancyError> {
        let robots = match visited.robots.take() {
            Some((at, robots)) if now.since(at) < ROBOTS_HOLD => (at, robots),
            _ => (now, site.web.robots(&page).await?),
        };
        let (_, rules) = visited.robots.insert(robots);
        if !rules.lets(web::path(&page)) {
            return Ok(None);
        }
        let pace = rules.delay().max(PACE);
        if pace > PAGE_WAIT {
            return Ok(None);
        }
        let rest = pace.saturating_sub(self.clock.now().since(visited.at));
        if visited.at > Timestamp::default() {
            tokio::time::sleep(rest).await;
        }
        let answered = site.web.get(page, &[], PAGE_MAX).await;
        visited.at = self.clock.now();
        let (status, _, body) = answered?;
        match status {
            StatusCode::GONE | StatusCode::NOT_FOUND => Ok(Some(false)),
            StatusCode::OK => {
                let html = String::from_utf8_lossy(&body);
                Ok(Some(!matches!(page::posting(&html), Err(Aside::Archived | Aside::Expired(_)))))
            }
            other => Err(VacancyError::Away(format!("answered {other}"))),
        }
    }

    /// Closes it for everybody, in the snapshot too.
    async fn close(&self, vacancy: &Vacancy) {
        let report = Report { source: vacancy.source.clone(), read: 1, ..Report::default() };
        let batch = Batch { over: [vacancy.id.clone()].into(), report, ..Batch::default() };
        let stock = self.stock.clone();
        match tokio::task::spawn_blocking(move || stock.take(batch, false)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a vacancy that is gone is still on the shelf"),
            Err(_) => tracing::error!("closing a vacancy panicked"),
        }
    }

    fn remember(&self, code: Code, now: Timestamp, stands: bool) {
        let mut seen = self.known();
        if seen.len() >= OPEN_MAX {
            seen.retain(|_, (at, _)| now.since(*at) < HOLDS);
        }
        if seen.len() < OPEN_MAX {
            seen.insert(code, (now, stands));
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Code, (Timestamp, bool)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn said(&self, how: &'static str, stands: bool) -> bool {
        Metrics::count(&self.metrics.alerts, "alive", how);
        stands
    }
}
