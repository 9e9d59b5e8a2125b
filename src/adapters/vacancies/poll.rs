//! A feed at an address, asked politely: robots.txt, hours, rate, and nothing fetched twice that has not changed.

use super::settings::UrlSettings;
use super::web::{self, Web};
use super::{Stock, VacancyError, text};
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::domain::vacancy::feed::Form;
use crate::domain::vacancy::import::{Batch, Report, import};
use crate::domain::vacancy::posting::{self, Reading};
use crate::tasks::Tasks;
use bytes::Bytes;
use core::time::Duration;
use hyper::header::{
    ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER,
};
use hyper::{StatusCode, Uri};
use std::sync::Arc;

/// A server that asks for patience is given a day of it at most.
const PATIENCE_MAX: Duration = Duration::from_secs(86_400);
/// How often it is looked whether the hours have come.
const LOOK: Duration = Duration::from_secs(60);

/// What a round did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Outside its hours nothing is asked.
    Closed,
    /// The site does not want to be read here.
    Unwanted,
    /// Nothing has changed since the last time.
    Same,
    /// A feed was taken over.
    Taken,
    /// The vacancy is no longer there (410, 404 of a page).
    Gone,
    /// The server asks to come again later.
    Later,
}

/// One address.
#[derive(Debug)]
pub struct Poll {
    stock: Arc<Stock>,
    name: String,
    settings: UrlSettings,
    uri: Uri,
    web: Web,
    feed_max_mib: u64,
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
    wait: Duration,
}

impl Poll {
    /// The address of a source; nothing is asked yet.
    ///
    /// # Errors
    /// It is none.
    pub fn new(
        stock: &Arc<Stock>,
        name: &str,
        settings: &UrlSettings,
        feed_max_mib: u64,
    ) -> Result<Self, VacancyError> {
        let uri: Uri = settings.url.parse().map_err(|_| VacancyError::Away("not an address".to_owned()))?;
        Ok(Self {
            stock: stock.clone(),
            name: name.to_owned(),
            wait: settings.every(),
            settings: settings.clone(),
            uri,
            web: Web::new(Duration::from_millis(settings.timeout_ms), &settings.allow_private),
            feed_max_mib,
            etag: None,
            modified: None,
        })
    }

    /// Asks until the process stops.
    pub fn watch(mut self, clock: Clock, tasks: &Tasks) {
        let mut stopping = tasks.stopping();
        tasks.spawn("vacancy-poll", async move {
            while !stopping.is_now() {
                let wait = match self.round(clock.now()).await {
                    Ok(Round::Closed) => LOOK,
                    Ok(round) => {
                        tracing::info!(source = self.name, ?round, "vacancies asked for");
                        self.wait
                    }
                    Err(error) => {
                        tracing::warn!(source = self.name, %error, "vacancies could not be had, those before stay");
                        self.wait
                    }
                };
                tokio::select! {
                    () = stopping.wait() => break,
                    () = tokio::time::sleep(wait) => {}
                }
            }
        });
    }

    /// How long it rests before the next round.
    #[must_use]
    pub fn rests(&self) -> Duration {
        self.wait
    }

    /// Asks once.
    ///
    /// # Errors
    /// It could not be reached, or gave no feed that can be taken over.
    pub async fn round(&mut self, now: Timestamp) -> Result<Round, VacancyError> {
        if !self.is_open(now) {
            return Ok(Round::Closed);
        }
        self.wait = self.settings.every();
        let path = web::path(&self.uri).to_owned();
        let robots = self.web.robots(&self.uri).await?;
        if !robots.lets(&path) {
            return Ok(Round::Unwanted);
        }
        self.wait = self.wait.max(robots.delay().min(PATIENCE_MAX));
        let validators = [(IF_NONE_MATCH, self.etag.clone()), (IF_MODIFIED_SINCE, self.modified.clone())];
        let most = usize::try_from(self.feed_max_mib.saturating_mul(1024 * 1024)).unwrap_or(usize::MAX);
        let (status, head, body) = self.web.get(self.uri.clone(), &validators, most).await?;
        let today = now.date();
        match status {
            StatusCode::OK => {
                self.take(&path, body, today).await?;
                (self.etag, self.modified) = (head.get(ETAG).cloned(), head.get(LAST_MODIFIED).cloned());
                Ok(Round::Taken)
            }
            StatusCode::NOT_MODIFIED => {
                let (stock, name) = (self.stock.clone(), self.name.clone());
                blocking(move || stock.confirm(&name, today)).await?;
                Ok(Round::Same)
            }
            StatusCode::GONE | StatusCode::NOT_FOUND if is_page(&path) => {
                self.close(today).await?;
                Ok(Round::Gone)
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                self.wait = self.wait.max(patience(&head));
                Ok(Round::Later)
            }
            other => Err(VacancyError::Away(format!("answered {other}"))),
        }
    }

    fn is_open(&self, now: Timestamp) -> bool {
        let Ok(Some((from, to))) = self.settings.minutes() else { return true };
        let time = now.zoned().time();
        let minute = u16::try_from(time.hour())
            .unwrap_or_default()
            .saturating_mul(60)
            .saturating_add(u16::try_from(time.minute()).unwrap_or_default());
        // 22:00-04:00 goes over midnight.
        if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }

    async fn take(&self, path: &str, body: Bytes, today: jiff::civil::Date) -> Result<(), VacancyError> {
        let (stock, name, url) = (self.stock.clone(), self.name.clone(), self.settings.url.clone());
        let (path, whole, most) = (path.to_owned(), self.settings.whole, self.feed_max_mib);
        blocking(move || {
            let text = text(body.to_vec(), most)?;
            let form = Form::of(path.split('?').next().unwrap_or_default(), &text);
            // The address of a list is not that of each of its postings.
            let url = (form == Form::Html).then_some(url.as_str());
            let batch = import(form, &text, Reading { source: &name, url, today });
            stock.take(batch, whole && form != Form::Html)
        })
        .await
        .map(|_outcome| ())
    }

    /// The vacancy of this page is no longer there.
    async fn close(&self, today: jiff::civil::Date) -> Result<(), VacancyError> {
        let report = Report { source: self.name.clone(), read: 1, ..Report::default() };
        let over = posting::tail(&self.settings.url).into_iter().collect();
        let batch = Batch { over, report, ..Batch::default() };
        let stock = self.stock.clone();
        tracing::info!(source = self.name, %today, "a vacancy's page is gone");
        blocking(move || stock.take(batch, false)).await.map(|_outcome| ())
    }
}

/// Whether a path is that of one vacancy rather than of a list of them.
fn is_page(path: &str) -> bool {
    let name = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    !name.contains('.') || name.ends_with(".html") || name.ends_with(".htm")
}

fn patience(head: &HeaderMap) -> Duration {
    let asked = head.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    asked.map_or(Duration::ZERO, Duration::from_secs).min(PATIENCE_MAX)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VacancyError> + Send + 'static,
) -> Result<T, VacancyError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| VacancyError::Away("the import panicked".to_owned()))?
}
