//! What the page sees as it happens: server-sent events of phones, PDUs and menus, one bounded stream a page.

use super::{Page, PhoneHost};
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use hyper::body::Frame;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

/// Events that may wait for a slow page.
const WAITING_MAX: usize = 256;
/// How often a word is said on a silent stream, so that a page that is gone is noticed.
const BREATH: Duration = Duration::from_secs(15);

/// A body that ends when its sender does.
struct Events(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}

/// Opens a stream; 503 when too many are open.
pub(super) async fn events(State(page): State<Arc<Page>>) -> Response {
    let Ok(permit) = Arc::clone(&page.watchers).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (sender, events) = mpsc::channel(WAITING_MAX);
    let host = Arc::clone(&page.host);
    page.host.tasks.spawn("phone page events", async move {
        feed(&host, &sender).await;
        drop(permit);
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::new(Events(events))).into_response()
}

/// One event in the stream's form.
fn event(name: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// Copies what happens into the stream until the page is gone, far behind, or the process stops.
async fn feed(host: &PhoneHost, sender: &mpsc::Sender<Bytes>) {
    let mut phones = host.smsc.watch();
    let mut pdus = host.smsc.trace();
    let (mut problems, mut bundle) = (host.problems.clone(), host.bundle.clone());
    let mut stopping = host.tasks.stopping();
    // A host whose menus never change may have dropped its end: then only this branch rests.
    let (mut problems_live, mut bundle_live) = (true, true);
    if sender.send(Bytes::from_static(b"event: ready\ndata: {}\n\n")).await.is_err() {
        return;
    }
    loop {
        let next = tokio::select! {
            happened = phones.recv() => match happened {
                Ok(happened) => event("phone", &happened),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            passed = pdus.recv() => match passed {
                Ok(passed) => event("pdu", &*passed),
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
            changed = problems.changed(), if problems_live => {
                problems_live = changed.is_ok();
                event("problems", &*problems.borrow_and_update())
            }
            changed = bundle.changed(), if bundle_live => {
                bundle_live = changed.is_ok();
                event("bundle", &*bundle.borrow_and_update())
            }
            () = tokio::time::sleep(BREATH) => Bytes::from_static(b": still here\n\n"),
            () = sender.closed() => return,
            () = stopping.wait() => return,
        };
        if sender.send(next).await.is_err() {
            return;
        }
    }
}
