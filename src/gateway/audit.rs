//! Where audit events go: to a writer that says when they are on the disk. A full queue makes the one who notes wait.

use crate::domain::audit::Entry;
use tokio::sync::{mpsc, oneshot};

/// Notes that may wait for the writer; it takes all that wait at one go.
pub const QUEUE_MAX: usize = 256;

/// Events on their way, and who waits for them.
#[derive(Debug)]
pub struct Noted {
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// Told once they are on the disk; dropped when they could not be written.
    pub written: oneshot::Sender<()>,
}

/// The way to the writer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Audit(Option<mpsc::Sender<Noted>>);

impl Audit {
    /// To the writer at the other end of the channel it comes with.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<Noted>) {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        (Self(Some(sender)), receiver)
    }

    /// To nowhere: rehearsals leave no trail.
    #[must_use]
    pub fn nowhere() -> Self {
        Self(None)
    }

    /// Notes events and waits until they are on the disk. `false`: they could not be written; note them again, their ids
    /// make a second writing known. What must not happen unnoted is noted before it is done.
    pub async fn note(&self, entries: Vec<Entry>) -> bool {
        let Some(sender) = &self.0 else { return true };
        let (written, durable) = oneshot::channel();
        sender.send(Noted { entries, written }).await.is_ok() && durable.await.is_ok()
    }
}
