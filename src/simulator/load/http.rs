//! Dialogues over HTTP as an aggregator drives them: Africa's Talking's form, kept-alive connections, cumulative input.

use super::figures::{Durations, Report};
use crate::clock;
use crate::tasks::Tasks;
use bytes::Bytes;
use core::fmt::Write as _;
use core::time::Duration;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Octets of an answer at most.
const ANSWER_MAX: usize = 64 * 1024;

/// One run.
#[derive(Clone, Debug)]
pub struct HttpLoad {
    /// The gateway's HTTP address.
    pub address: SocketAddr,
    /// The route, `/ussd/at`.
    pub path: String,
    /// Further headers, such as the shared secret.
    pub headers: Vec<(String, String)>,
    /// The code that was dialled.
    pub code: String,
    /// What is typed after it.
    pub answers: Vec<String>,
    /// Connections at once, each with one dialogue at a time.
    pub n_connections: usize,
    /// Requests a second over all connections; `None` as fast as they come back.
    pub per_s: Option<u32>,
    /// How long dialogues are begun.
    pub lasts: Duration,
}

/// Why a run could not be.
#[derive(Debug, thiserror::Error)]
pub enum HttpLoadError {
    /// No connection.
    #[error("cannot connect to the gateway")]
    Connect(#[from] std::io::Error),
    /// A connection that failed.
    #[error("the connection failed")]
    Http(#[from] hyper::Error),
    /// A path or header that is none.
    #[error("the request cannot be made")]
    Request(#[from] hyper::http::Error),
}

/// What one connection measured.
#[derive(Default)]
struct Share {
    durations: Durations,
    dialogues: u64,
    failed: u64,
    lost: u64,
}

/// Drives dialogues over all connections to the end of the time.
///
/// # Errors
/// No connection can be made; one that breaks later counts as lost.
pub async fn http(load: HttpLoad, tasks: &Tasks) -> Result<Report, HttpLoadError> {
    let n = load.n_connections.max(1);
    let load = Arc::new(load);
    let (done, mut shares) = mpsc::channel(n);
    let started = clock::instant();
    for number in 0..n {
        let stream = TcpStream::connect(load.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tasks.spawn("load http connection", async move {
            // The sender learns of a broken connection by itself.
            connection.await.ok();
        });
        let (load, done) = (Arc::clone(&load), done.clone());
        tasks.spawn("load http dialogues", async move {
            let share = dialogues(&load, number, sender).await;
            done.send(share).await.ok();
        });
    }
    drop(done);
    let mut report = Report { work: "ussd-http".to_owned(), ..Report::default() };
    let mut durations = Durations::default();
    while let Some(share) = shares.recv().await {
        durations.merge(&share.durations);
        report.dialogues = report.dialogues.saturating_add(share.dialogues);
        report.failed = report.failed.saturating_add(share.failed);
        report.lost = report.lost.saturating_add(share.lost);
    }
    Ok(report.timed(clock::instant().saturating_duration_since(started), &durations))
}

/// One connection's dialogues, one after the other.
async fn dialogues(load: &HttpLoad, number: usize, mut sender: SendRequest<Full<Bytes>>) -> Share {
    let mut share = Share::default();
    let started = clock::instant();
    let n = u32::try_from(load.n_connections.max(1)).unwrap_or(u32::MAX);
    let gap = load.per_s.map(|per_s| Duration::from_secs(1).saturating_mul(n) / per_s.max(1));
    // Evenly apart: all connections asking in the same instant would measure their own queue.
    let late = gap.unwrap_or_default().saturating_mul(u32::try_from(number).unwrap_or(0)) / n;
    let mut asked = 0_u32;
    let mut dialogue = 0_u64;
    while clock::instant().saturating_duration_since(started) < load.lasts {
        dialogue = dialogue.saturating_add(1);
        let mut typed = String::new();
        for step in 0..=load.answers.len() {
            if let Some(answer) = step.checked_sub(1).and_then(|at| load.answers.get(at)) {
                if !typed.is_empty() {
                    typed.push('*');
                }
                typed.push_str(answer);
            }
            if let Some(gap) = gap {
                tokio::time::sleep_until(started + late + gap.saturating_mul(asked)).await;
            }
            asked = asked.saturating_add(1);
            let before = clock::instant();
            match ask(load, &mut sender, number, dialogue, &typed).await {
                Ok(Answer::Goes) => share.durations.add(clock::instant().saturating_duration_since(before)),
                Ok(Answer::Ends) => {
                    share.durations.add(clock::instant().saturating_duration_since(before));
                    break;
                }
                Ok(Answer::Wrong) => {
                    share.failed = share.failed.saturating_add(1);
                    break;
                }
                Err(_) => {
                    share.lost = share.lost.saturating_add(1);
                    return share;
                }
            }
        }
        share.dialogues = share.dialogues.saturating_add(1);
    }
    share
}

enum Answer {
    Goes,
    Ends,
    Wrong,
}

/// One hop.
async fn ask(
    load: &HttpLoad,
    sender: &mut SendRequest<Full<Bytes>>,
    number: usize,
    dialogue: u64,
    typed: &str,
) -> Result<Answer, HttpLoadError> {
    let mut body = String::with_capacity(160);
    // A person a connection, so that two dialogues of one person never overlap.
    let written = write!(
        body,
        "sessionId=load-{number}-{dialogue}&phoneNumber=%2B{}&networkCode=40101&serviceCode={}&text={}",
        998_910_000_000_u64.saturating_add(u64::try_from(number).unwrap_or(0)),
        escaped(&load.code),
        escaped(typed)
    );
    if written.is_err() {
        return Ok(Answer::Wrong);
    }
    let mut request = hyper::Request::post(load.path.as_str())
        .header("host", "gateway")
        .header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in &load.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    sender.ready().await?;
    let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
    let good = response.status().is_success();
    let answer = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
    let Ok(answer) = answer.map(http_body_util::Collected::to_bytes) else { return Ok(Answer::Wrong) };
    Ok(match answer.get(..3) {
        Some(b"CON") if good => Answer::Goes,
        Some(b"END") if good => Answer::Ends,
        _ => Answer::Wrong,
    })
}

/// A value of a form: everything but letters, digits and `*` as percent and hex.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || octet == b'*' {
            out.push(char::from(octet));
        } else {
            // Writing to a string cannot fail.
            write!(out, "%{octet:02X}").ok();
        }
    }
    out
}
