//! The versions of the menus this node holds: the newest for new dialogues, older ones for those that began on them.

use crate::domain::content::Reference;
use crate::domain::menu::load::{self, Source};
use crate::domain::menu::model::{Bundle, BundleId};
use crate::domain::time::Timestamp;
use crate::domain::vacancy;
use crate::ports::{Shared, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Versions held in memory at most; older ones are fetched from the store again.
const HELD_MAX: usize = 8;

/// The versions.
#[derive(Debug)]
pub struct Library {
    shelf: RwLock<Shelf>,
    allow_unreviewed: bool,
}

#[derive(Debug)]
struct Shelf {
    current: Arc<Bundle>,
    reference: Arc<Reference>,
    held: BTreeMap<BundleId, Arc<Bundle>>,
}

impl Library {
    /// A library with one version.
    #[must_use]
    pub fn new(bundle: Bundle, reference: Reference) -> Self {
        let allow_unreviewed = reference.allow_unreviewed;
        let current = Arc::new(bundle);
        let held = BTreeMap::from([(current.id, current.clone())]);
        let shelf = RwLock::new(Shelf { current, reference: Arc::new(reference), held });
        Self { shelf, allow_unreviewed }
    }

    /// What new dialogues begin on.
    #[must_use]
    pub fn current(&self) -> Arc<Bundle> {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    /// Rules and hotlines of today, outside the pin.
    #[must_use]
    pub fn reference(&self) -> Arc<Reference> {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner).reference.clone()
    }

    /// Puts another shelf of vacancies where the services find it.
    pub fn offer(&self, jobs: Arc<vacancy::shelf::Shelf>) {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        shelf.reference = Arc::new(Reference { jobs, ..(*shelf.reference).clone() });
    }

    /// The newest version with other vacancies, beside this one: for a rehearsal.
    #[must_use]
    pub fn with(&self, jobs: Arc<vacancy::shelf::Shelf>) -> Self {
        let reference = Reference { jobs, ..(*self.reference()).clone() };
        Self::new((*self.current()).clone(), reference)
    }

    /// Makes a version the newest. Running dialogues stay on theirs, and the vacancies where they are.
    pub fn publish(&self, bundle: Bundle, mut reference: Reference) {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let bundle = Arc::new(bundle);
        shelf.current = bundle.clone();
        reference.jobs = shelf.reference.jobs.clone();
        shelf.reference = Arc::new(reference);
        shelf.hold(bundle);
    }

    /// The version `id`, from memory or from the store; `None` when nobody has it any more.
    ///
    /// # Errors
    /// The store's.
    pub async fn fetch(
        &self,
        id: BundleId,
        shared: &dyn Shared,
        now: Timestamp,
    ) -> Result<Option<Arc<Bundle>>, StoreError> {
        if let Some(bundle) = self.held(id) {
            return Ok(Some(bundle));
        }
        let Some((_, bytes)) = shared.get(&name(id), now).await? else { return Ok(None) };
        let Ok(sources) = postcard::from_bytes::<Vec<(String, String)>>(&bytes) else { return Ok(None) };
        let sources: Vec<Source> = sources.into_iter().map(|(path, text)| Source { path, text }).collect();
        let loaded = load::load(&sources, self.allow_unreviewed);
        let Some((bundle, _)) = loaded.bundle.filter(|(bundle, _)| bundle.id == id) else { return Ok(None) };
        let bundle = Arc::new(bundle);
        self.shelf.write().unwrap_or_else(PoisonError::into_inner).hold(bundle.clone());
        Ok(Some(bundle))
    }

    /// The version `id`, if this node holds it.
    #[must_use]
    pub fn held(&self, id: BundleId) -> Option<Arc<Bundle>> {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner).held.get(&id).cloned()
    }

    /// Puts the files of a version into the store under its hash, so that other nodes and a later start can fetch it.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep(
        &self,
        id: BundleId,
        sources: &[Source],
        shared: &dyn Shared,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pairs: Vec<(&str, &str)> = sources.iter().map(|s| (s.path.as_str(), s.text.as_str())).collect();
        let bytes = postcard::to_allocvec(&pairs).unwrap_or_default();
        // `false` means that it is there already: content-addressed, so it is the same.
        shared.put(&name(id), 0, &bytes, None, now).await.map(|_written| ())
    }
}

impl Shelf {
    /// Holds a version; beyond the bound another goes, never the newest nor this one.
    fn hold(&mut self, bundle: Arc<Bundle>) {
        let (id, newest) = (bundle.id, self.current.id);
        self.held.insert(id, bundle);
        while self.held.len() > HELD_MAX {
            let Some(other) = self.held.keys().copied().find(|held| *held != newest && *held != id) else {
                break;
            };
            self.held.remove(&other);
        }
    }
}

fn name(id: BundleId) -> String {
    format!("bundle/{id}")
}
