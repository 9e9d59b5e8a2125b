//! Links that only write down what leaves: the second shipped `Carrier` and `Pager`, for rehearsals.

use crate::domain::address::Msisdn;
use crate::domain::delivery::Lane;
use crate::domain::envelope::{LinkName, Outbound};
use crate::ports::{Carrier, Letter, Pager, Permit, SubmitError, Submitted};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Letters under way at once.
const WINDOW: usize = 64;

/// What left.
#[derive(Debug)]
pub(super) struct Recorder {
    letters: Mutex<Vec<Letter>>,
    pages: Mutex<Vec<Outbound>>,
    window: Arc<Semaphore>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { letters: Mutex::default(), pages: Mutex::default(), window: Arc::new(Semaphore::new(WINDOW)) }
    }
}

impl Recorder {
    /// The letters since the last call.
    #[must_use]
    pub(super) fn letters(&self) -> Vec<Letter> {
        core::mem::take(&mut *self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The late pages since the last call.
    #[must_use]
    pub(super) fn pages(&self) -> Vec<Outbound> {
        core::mem::take(&mut *self.pages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Carrier for Recorder {
    fn admit(&self, prefer: &LinkName, parts: usize, _lane: Lane) -> Option<Permit> {
        let parts = u32::try_from(parts).ok()?;
        let share = self.window.clone().try_acquire_many_owned(parts).ok()?;
        Some(Permit { link: prefer.clone(), preferred: true, share })
    }

    async fn ready(&self, _lane: Lane) {
        drop(self.window.acquire().await);
    }

    async fn submit(&self, _permit: &Permit, letter: &Letter) -> Result<Submitted, SubmitError> {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push(letter.clone());
        Ok(Submitted { ids: vec![letters.len().to_string()], sequence: None })
    }
}

#[async_trait]
impl Pager for Recorder {
    async fn page(&self, _link: &LinkName, _to: &Msisdn, _network: &[u8], outbound: &Outbound) -> bool {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).push(outbound.clone());
        true
    }
}
