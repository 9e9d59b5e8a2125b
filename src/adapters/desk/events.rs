//! What a page hears while it is open: that something has changed, never what; one bounded stream a page.

use super::door::Cookie;
use super::{At, Desk};
use crate::gateway::board::LOOK_EVERY;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};
use hyper::body::Frame;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Events that may wait for a slow page; more would be old news.
const WAITING_MAX: usize = 4;
/// Looks after which a word is said on a silent stream, so that a page that is gone is noticed (16 s).
const LOOKS_A_BREATH: u32 = 8;

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

/// `GET /desk/events`; 503 when too many pages watch.
pub(super) async fn events(State(desk): At, headers: HeaderMap) -> Response {
    let id = desk.cookies.brought(&headers, Cookie::Session);
    let Some(id) = id.filter(|id| desk.of_session(id, false).is_some()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(permit) = Arc::clone(&desk.watchers).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (sender, events) = mpsc::channel(WAITING_MAX);
    let tasks = desk.host.tasks.clone();
    tasks.spawn("desk events", async move {
        feed(&desk, &id, &sender).await;
        drop(permit);
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::new(Events(events))).into_response()
}

/// Says that something changed until the page is gone, its session has ended, or the process stops.
async fn feed(desk: &Desk, id: &str, sender: &mpsc::Sender<Bytes>) {
    let mut moved = desk.host.board.watch();
    let mut stopping = desk.host.tasks.stopping();
    let mut silent = 0_u32;
    moved.mark_unchanged();
    if sender.send(Bytes::from_static(b"event: ready\ndata: 1\n\n")).await.is_err() {
        return;
    }
    loop {
        let next = tokio::select! {
            changed = moved.changed() => match changed {
                Ok(()) => Some(format!("event: changed\ndata: {}\n\n", *moved.borrow_and_update())),
                Err(_) => return,
            },
            () = tokio::time::sleep(LOOK_EVERY) => None,
            () = sender.closed() => return,
            () = stopping.wait() => return,
        };
        if desk.of_session(id, false).is_none() {
            drop(sender.send(Bytes::from_static(b"event: ended\ndata: 1\n\n")).await);
            return;
        }
        let said = match next {
            Some(event) => Some(Bytes::from(event)),
            None => {
                // What other processes did is known only to who looks; a store that is away is told by the list.
                drop(desk.host.board.look(desk.now()).await);
                silent = silent.saturating_add(1);
                silent.is_multiple_of(LOOKS_A_BREATH).then(|| Bytes::from_static(b": still here\n\n"))
            }
        };
        if let Some(said) = said
            && sender.send(said).await.is_err()
        {
            return;
        }
    }
}
