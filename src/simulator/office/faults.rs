//! The ways in which the sample office fails when it is told to.

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// Bytes of the huge body, sent as fast as they are taken.
const HUGE_BYTES: usize = 64 * 1024 * 1024;
/// A hanging answer is given up at last, so that no test is left with it.
const HANG: Duration = Duration::from_secs(600);

/// What `/control` sets: `{"fault": "slow", "after_ms": 3000}`; `{}` makes it well again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// How it fails.
    pub fault: Option<Fault>,
    /// How long it takes before it does; alone it makes a good answer late.
    pub after_ms: u64,
}

/// How the office fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// Answers rightly, after `after_ms`.
    Slow,
    /// 503.
    Down,
    /// 200 with what is not JSON.
    Garbage,
    /// 200 with a body of 64 MiB.
    Huge,
    /// No answer.
    Hang,
    /// 302 to another address.
    Redirect,
    /// An outcome that the service does not have.
    Outcome,
    /// 403.
    Refused,
    /// The connection breaks within the body.
    Cut,
}

impl Faults {
    /// What goes out instead of an answer; `None` when it is answered rightly after all.
    pub async fn play(self) -> Option<Response> {
        if self.after_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.after_ms)).await;
        }
        Some(match self.fault? {
            Fault::Slow => return None,
            Fault::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Fault::Garbage => "<html>Технические работы</html>".into_response(),
            Fault::Huge => vec![b'['; HUGE_BYTES].into_response(),
            Fault::Hang => {
                tokio::time::sleep(HANG).await;
                StatusCode::GATEWAY_TIMEOUT.into_response()
            }
            Fault::Redirect => {
                (StatusCode::FOUND, [(header::LOCATION, "http://169.254.169.254/")]).into_response()
            }
            Fault::Outcome => r#"{"outcome":"approved","values":{}}"#.into_response(),
            Fault::Refused => StatusCode::FORBIDDEN.into_response(),
            Fault::Cut => cut(),
        })
    }
}

fn cut() -> Response {
    let broken = Broken { sent: false };
    Response::new(Body::new(broken))
}

/// A body that promises more than it sends.
struct Broken {
    sent: bool,
}

impl hyper::body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: core::pin::Pin<&mut Self>,
        _: &mut core::task::Context<'_>,
    ) -> core::task::Poll<Option<Result<hyper::body::Frame<Bytes>, std::io::Error>>> {
        let next = if self.sent {
            Err(std::io::ErrorKind::ConnectionAborted.into())
        } else {
            Ok(hyper::body::Frame::data(Bytes::from_static(b"{\"outcome\":")))
        };
        self.sent = true;
        core::task::Poll::Ready(Some(next))
    }
}
