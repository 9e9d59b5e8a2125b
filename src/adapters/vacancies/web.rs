//! Requests to the sites of sources: our name, bounded sizes and times, and what a site's robots.txt lets us read.

use super::VacancyError;
use super::robots::Robots;
use crate::cidr::Cidr;
use crate::reach::{self, Reach};
use bytes::Bytes;
use core::time::Duration;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Octets of a robots.txt looked at (RFC 9309 asks for 500 KiB).
const ROBOTS_MAX: usize = 500 * 1024;
/// Octets of a response's head.
const HEAD_MAX_BYTES: usize = 16 * 1024;

/// A client that keeps no connection open; redirects are not followed.
#[derive(Clone, Debug)]
pub(super) struct Web {
    client: Client<HttpsConnector<HttpConnector<Reach>>, Empty<Bytes>>,
    judge: Reach,
    timeout: Duration,
}

impl Web {
    pub(super) fn new(timeout: Duration, allow_private: &[Cidr]) -> Self {
        let judge = Reach::new(allow_private);
        let mut connector = HttpConnector::new_with_resolver(judge.clone());
        connector.enforce_http(false);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .http1_max_buf_size(HEAD_MAX_BYTES)
            .build(reach::https(connector));
        Self { client, judge, timeout }
    }

    /// One exchange.
    ///
    /// # Errors
    /// `Away`: not reached, not in time, or larger than `most` octets.
    pub(super) async fn get(
        &self,
        at: Uri,
        more: &[(HeaderName, Option<HeaderValue>)],
        most: usize,
    ) -> Result<(StatusCode, HeaderMap, Bytes), VacancyError> {
        let away = |why: String| VacancyError::Away(why);
        // A name is judged when it is resolved.
        self.judge.judge_literal(at.host().unwrap_or_default()).map_err(|closed| away(closed.to_string()))?;
        let mut request = hyper::Request::builder()
            .uri(at)
            .header(USER_AGENT, concat!("kopir/", env!("CARGO_PKG_VERSION")));
        for (name, value) in more {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request.body(Empty::new()).map_err(|error| away(error.to_string()))?;
        let exchange = async {
            let response = self.client.request(request).await.map_err(|error| away(error.to_string()))?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, most).collect().await.map_err(|error| away(error.to_string()))?;
            Ok((head.status, head.headers, body.to_bytes()))
        };
        tokio::time::timeout(self.timeout, exchange)
            .await
            .map_err(|_| away("no answer in time".to_owned()))?
    }

    /// What the site of `uri` lets us read. Without a robots.txt everything; while it cannot be had, nothing.
    ///
    /// # Errors
    /// It cannot be had.
    pub(super) async fn robots(&self, uri: &Uri) -> Result<Robots, VacancyError> {
        let authority = uri.authority().map_or("", hyper::http::uri::Authority::as_str);
        let at = format!("{}://{authority}/robots.txt", uri.scheme_str().unwrap_or("https"));
        let at = at.parse().map_err(|_| VacancyError::Away("not an address".to_owned()))?;
        let (status, _, body) = self.get(at, &[], ROBOTS_MAX).await?;
        match status {
            StatusCode::OK => Ok(Robots::read(&String::from_utf8_lossy(&body))),
            status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                Ok(Robots::default())
            }
            other => Err(VacancyError::Away(format!("robots.txt answered {other}"))),
        }
    }
}

/// The path and query of an address.
pub(super) fn path(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str)
}
