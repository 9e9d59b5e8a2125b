//! The server of HTTP bearers: connections, heads and their reading are bounded, which axum's own server does not do.

use crate::tasks::Tasks;
use axum::Router;
use axum::extract::ConnectInfo;
use core::time::Duration;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

/// What a server allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; the next waits in the listener's queue.
    pub connections: usize,
    /// For reading a request's head, and for waiting for the next one.
    pub head_timeout: Duration,
    /// Bytes of a head.
    pub head_max_bytes: usize,
    /// Headers of a request.
    pub headers_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            head_timeout: Duration::from_secs(10),
            head_max_bytes: 16 * 1024,
            headers_max: 64,
        }
    }
}

/// Serves `router` on `listener` until the process stops; requests under way are then answered first.
pub fn serve(listener: TcpListener, router: Router, limits: Limits, tasks: &Tasks) {
    let (inner, mut stopping) = (tasks.clone(), tasks.stopping());
    let room = Arc::new(Semaphore::new(limits.connections));
    tasks.spawn("http-listener", async move {
        loop {
            let taken = tokio::select! {
                () = stopping.wait() => return,
                taken = next(&listener, &room) => taken,
            };
            let Some((stream, peer, place)) = taken else { continue };
            let connection = connection(stream, peer, router.clone(), limits, inner.clone());
            inner.spawn("http-connection", async move {
                connection.await;
                drop(place);
            });
        }
    });
}

async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be taken");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, limits: Limits, tasks: Tasks) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_max_bytes)
        .max_headers(limits.headers_max);
    let mut serving = core::pin::pin!(server.serve_connection(TokioIo::new(stream), service));
    let mut stopping = tasks.stopping();
    let served = tokio::select! {
        served = &mut serving => served,
        () = stopping.wait() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended early");
    }
}
