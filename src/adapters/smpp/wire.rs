//! One live connection as the rest of a link sees it: a bounded queue of frames and the requests that wait.

use super::body::{Resp, Sm};
use super::letters;
use super::pdu::{self, Body, Pdu, status};
use super::window::Window;
use crate::clock::instant;
use crate::domain::delivery::FailureClass;
use crate::ports::SubmitError;
use bytes::{Bytes, BytesMut};
use core::sync::atomic::AtomicBool;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// What waits for a response.
#[derive(Debug)]
pub(super) enum Waiter {
    /// A letter's part or a pushed page.
    Submit(oneshot::Sender<Result<Resp, SubmitError>>),
    /// A page of a dialogue; nobody waits, its place in the window is given back.
    Page(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit),
    /// `enquire_link`.
    Enquire,
    /// `unbind`.
    Unbind(oneshot::Sender<()>),
}

/// A live connection. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    /// Which bind; differs after every reconnect.
    pub(super) bind: u64,
    /// Whether it is being unbound: what comes now is refused for now.
    pub(super) closing: Arc<AtomicBool>,
    queue: mpsc::Sender<Bytes>,
    pending: Arc<Mutex<Window<Waiter>>>,
}

/// A lock that a panic elsewhere does not spoil: what is behind it is always whole between statements.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The frame of a PDU of ours. What cannot be written is answered by nothing and said in the log: it is our own fault.
pub(super) fn frame(pdu: &Pdu, out: &mut BytesMut) -> bool {
    match pdu::encode(pdu, out) {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "pdu cannot be written");
            false
        }
    }
}

impl Wire {
    /// A connection and the other end of its queue.
    pub(super) fn new(bind: u64, queue_pdus: usize, timeout: Duration) -> (Self, mpsc::Receiver<Bytes>) {
        let (queue, frames) = mpsc::channel(queue_pdus);
        let pending = Arc::new(Mutex::new(Window::new(timeout)));
        (Self { bind, closing: Arc::default(), queue, pending }, frames)
    }

    /// Queues frames, which leave in one write. `false`: the connection is gone.
    pub(super) async fn send(&self, frames: Bytes) -> bool {
        frames.is_empty() || self.queue.send(frames).await.is_ok()
    }

    /// Queues a PDU if there is room right now.
    pub(super) fn try_send(&self, pdu: &Pdu) -> bool {
        let mut out = BytesMut::new();
        frame(pdu, &mut out) && self.queue.try_send(out.freeze()).is_ok()
    }

    /// Opens `submit_sm` and appends its frame to `out`.
    pub(super) fn open_submit(&self, sm: Sm, waiter: Waiter, out: &mut BytesMut) -> Result<u32, SubmitError> {
        let sequence = lock(&self.pending).open(instant(), waiter);
        let pdu = Pdu { status: status::OK, sequence, body: Body::SubmitSm(sm) };
        if frame(&pdu, out) {
            return Ok(sequence);
        }
        self.forget(sequence);
        Err(SubmitError::Never { status: status::INVALID_MESSAGE_LENGTH, class: FailureClass::Malformed })
    }

    /// Submits and waits for the response, which comes with the sequence number of both; the time-out counts from now, our
    /// own queue included.
    pub(super) async fn submit(&self, sm: Sm) -> Result<(u32, Resp), SubmitError> {
        let (answer, mut answered) = oneshot::channel();
        let mut out = BytesMut::new();
        let sequence = self.open_submit(sm, Waiter::Submit(answer), &mut out)?;
        tokio::select! {
            sent = self.queue.send(out.freeze()) => if sent.is_err() {
                self.forget(sequence);
                return Err(SubmitError::Down);
            },
            // It expired before it left our queue: nothing can have arrived.
            _expired = &mut answered => return Err(SubmitError::Down),
        }
        answered.await.unwrap_or(Err(SubmitError::Unknown)).map(|resp| (sequence, resp))
    }

    /// Sends `enquire_link` if there is room; a full queue is silence too.
    pub(super) fn enquire(&self) {
        let sequence = lock(&self.pending).open(instant(), Waiter::Enquire);
        if !self.try_send(&Pdu { status: status::OK, sequence, body: Body::EnquireLink }) {
            self.forget(sequence);
        }
    }

    /// Sends `unbind` and waits for its response or the end of the connection.
    pub(super) async fn unbind(&self) {
        let (answer, answered) = oneshot::channel();
        let sequence = lock(&self.pending).open(instant(), Waiter::Unbind(answer));
        if self.try_send(&Pdu { status: status::OK, sequence, body: Body::Unbind }) {
            answered.await.unwrap_or_default();
        }
    }

    /// Takes a response: how long it took, `None` when nobody waits for it (any more).
    pub(super) fn answered(&self, response: Pdu) -> Option<(Duration, u32)> {
        let (opened, waiter) = lock(&self.pending).close(response.sequence)?;
        let status = response.status;
        match waiter {
            Waiter::Submit(answer) => {
                let result = if status == status::OK {
                    Ok(resp(response.body))
                } else {
                    Err(letters::refusal(status))
                };
                // Whoever asked may have given up.
                answer.send(result).unwrap_or_default();
            }
            Waiter::Unbind(answer) => answer.send(()).unwrap_or_default(),
            Waiter::Page(_) | Waiter::Enquire => {}
        }
        Some((instant().duration_since(opened), status))
    }

    /// Fails what has waited too long; how many.
    pub(super) fn expire(&self) -> usize {
        let expired = lock(&self.pending).expired(instant());
        fail(expired)
    }

    /// Fails everything: the connection is gone.
    pub(super) fn fail_all(&self) {
        let pending = lock(&self.pending).drain();
        fail(pending);
    }

    /// Requests that wait.
    pub(super) fn waiting(&self) -> usize {
        lock(&self.pending).len()
    }

    fn forget(&self, sequence: u32) {
        drop(lock(&self.pending).close(sequence));
    }
}

// An answer of another kind carries no id, and is an answer all the same.
fn resp(body: Body) -> Resp {
    if let Body::SubmitSmResp(resp) | Body::DataSmResp(resp) = body { resp } else { Resp::default() }
}

fn fail(waiters: Vec<Waiter>) -> usize {
    let count = waiters.len();
    for waiter in waiters {
        match waiter {
            Waiter::Submit(answer) => answer.send(Err(SubmitError::Unknown)).unwrap_or_default(),
            // Dropping them is telling.
            Waiter::Page(_) | Waiter::Enquire | Waiter::Unbind(_) => {}
        }
    }
    count
}
