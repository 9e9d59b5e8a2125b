//! An office over HTTP: our JSON contract, one POST a call, every wait and size bounded, no redirect followed.

use super::contract::{self, Request};
use super::settings::HttpSettings;
use crate::domain::address::Msisdn;
use crate::domain::service::{Answer, Call, spec};
use crate::ports::{Upstream, UpstreamError};
use crate::reach::{self, Reach};
use async_trait::async_trait;
use bytes::Bytes;
use core::time::Duration;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::io;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Bytes of a response's head.
const HEAD_MAX_BYTES: usize = 16 * 1024;
/// Idle connections kept to one office.
const IDLE_MAX: usize = 32;

type Http = Client<HttpsConnector<HttpConnector<Reach>>, Full<Bytes>>;

/// One office that speaks the contract.
#[derive(Clone)]
pub struct HttpOffice {
    client: Http,
    base: String,
    token: Option<HeaderValue>,
    timeout: Duration,
    body_max: usize,
}

impl core::fmt::Debug for HttpOffice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HttpOffice")
            .field("base", &self.base)
            .field("token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

impl HttpOffice {
    /// An office as configured; nothing is connected yet.
    ///
    /// # Errors
    /// `Refused` when the address may not be reached or the token cannot be read.
    pub fn new(settings: &HttpSettings) -> Result<Self, UpstreamError> {
        Self::over(settings, Reach::new(&settings.allow_private))
    }

    /// The same over a given rule of reach.
    ///
    /// # Errors
    /// As `new`.
    pub fn over(settings: &HttpSettings, reach: Reach) -> Result<Self, UpstreamError> {
        let refused = |why: &str| UpstreamError::Refused(why.to_owned());
        let base = settings.url.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| refused("url cannot be read"))?;
        let host = uri.host().ok_or_else(|| refused("url has no host"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(refused("url carries credentials"));
        }
        reach.judge_literal(host).map_err(|closed| refused(&closed.to_string()))?;
        let token = settings.token_file.as_deref().map(read_token).transpose()?;
        let mut connector = HttpConnector::new_with_resolver(reach);
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(settings.connect_timeout()));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(IDLE_MAX)
            .http1_max_buf_size(HEAD_MAX_BYTES)
            .build(reach::https(connector));
        Ok(Self { client, base, token, timeout: settings.timeout(), body_max: settings.body_max_bytes })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Bytes,
    ) -> Result<hyper::Request<Full<Bytes>>, UpstreamError> {
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.base))
            .header(USER_AGENT, concat!("kopir/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        if let Some(key) = key {
            request = request.header(CONTENT_TYPE, "application/json").header(IDEMPOTENCY_KEY, key);
        }
        request
            .body(Full::new(body))
            .map_err(|_| UpstreamError::Broken("request cannot be written".to_owned()))
    }

    async fn exchange(
        &self,
        request: hyper::Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), UpstreamError> {
        let response = self.client.request(request).await.map_err(|error| connection(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), self.body_max).collect().await.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                UpstreamError::Broken(format!("body is larger than {} bytes", self.body_max))
            } else {
                UpstreamError::Away("connection broke within the body".to_owned())
            }
        })?;
        Ok((status, body.to_bytes()))
    }
}

#[async_trait]
impl Upstream for HttpOffice {
    async fn call(&self, call: &Call, _to: &Msisdn) -> Result<Answer, UpstreamError> {
        let spec =
            spec(&call.service).ok_or_else(|| UpstreamError::Refused("service is not known".to_owned()))?;
        let body = Request::of(call);
        let bytes = serde_json::to_vec(&body)
            .map_err(|_| UpstreamError::Broken("request cannot be written".to_owned()))?;
        let request = self.request(Method::POST, &call.service, Some(body.key()), bytes.into())?;
        let exchange = tokio::time::timeout(self.timeout, self.exchange(request));
        let (status, body) = exchange.await.map_err(|_| UpstreamError::Slow)??;
        judge_status(status)?;
        contract::read(&body, spec).map_err(|error| UpstreamError::Broken(error.to_string()))
    }

    async fn healthy(&self) -> bool {
        let Ok(request) = self.request(Method::GET, "health", None, Bytes::new()) else { return false };
        matches!(
            tokio::time::timeout(self.timeout, self.exchange(request)).await,
            Ok(Ok((status, _))) if status.is_success()
        )
    }
}

fn judge_status(status: StatusCode) -> Result<(), UpstreamError> {
    let code = status.as_u16();
    match code {
        200 => Ok(()),
        401 | 403 => Err(UpstreamError::Refused(format!("status {code}"))),
        408 | 429 | 500..=599 => Err(UpstreamError::Away(format!("status {code}"))),
        _ => Err(UpstreamError::Broken(format!("status {code}"))),
    }
}

fn connection(error: &hyper_util::client::legacy::Error) -> UpstreamError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(at) = cause {
        if at.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::PermissionDenied) {
            return UpstreamError::Refused(reach::Closed.to_string());
        }
        if at.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return UpstreamError::Broken("response is not HTTP".to_owned());
        }
        cause = at.source();
    }
    UpstreamError::Away(if error.is_connect() { "no connection" } else { "connection broke" }.to_owned())
}

fn read_token(path: &std::path::Path) -> Result<HeaderValue, UpstreamError> {
    let refused = |why: &str| UpstreamError::Refused(format!("token file {}", why));
    let token = std::fs::read_to_string(path).map_err(|_| refused("cannot be read"))?;
    let token = token.trim();
    if token.is_empty() {
        return Err(refused("is empty"));
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| refused("holds signs a header cannot carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_whether_to_try_again_to_fix_us_or_to_fix_them() {
        let kind = |code| match judge_status(StatusCode::from_u16(code).unwrap()) {
            Ok(()) => "ok",
            Err(UpstreamError::Away(_)) => "away",
            Err(UpstreamError::Broken(_)) => "broken",
            Err(UpstreamError::Refused(_)) => "refused",
            Err(UpstreamError::Slow) => "slow",
        };
        for (code, want) in [
            (200, "ok"),
            (204, "broken"),
            (302, "broken"),
            (401, "refused"),
            (404, "broken"),
            (429, "away"),
            (503, "away"),
        ] {
            assert_eq!(kind(code), want, "{code}");
        }
    }
}
