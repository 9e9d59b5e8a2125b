//! The offices behind the menus: over HTTP, from dropped files, or scripted; each service of theirs guarded.

pub mod breaker;
pub mod contract;
pub mod file;
pub mod guard;
pub mod held;
pub mod http;
pub mod scripted;
pub mod settings;
pub mod vault;

use self::file::FileOffice;
use self::guard::{Around, Guarded};
use self::held::Held;
use self::http::HttpOffice;
use self::scripted::Scripted;
use self::settings::{SourceSettings, UpstreamSettings};
use self::vault::Vault;
use crate::domain::service::spec;
use crate::ports::{Services, Shared, Upstream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every service that is done at an office, guarded.
#[derive(Clone, Debug, Default)]
pub struct Upstreams {
    services: BTreeMap<String, Arc<Guarded>>,
    scripted: BTreeMap<String, Arc<Scripted>>,
}

/// Why an upstream could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("upstream.{key}: {reason}")]
pub struct BuildError {
    /// The key below `upstream`.
    pub key: String,
    /// Why.
    pub reason: String,
}

impl Upstreams {
    /// Sets up every source and every service. `secret` names and seals what is held of answers and indices; with
    /// another secret everything held is unreadable and dropped files are read anew. Folders are watched from now on.
    ///
    /// # Errors
    /// The first source or service that cannot be set up.
    pub fn build(
        settings: &UpstreamSettings,
        secret: &[u8; 32],
        store: &Arc<dyn Shared>,
        around: &Around,
    ) -> Result<Self, BuildError> {
        let mut built = Self::default();
        let mut sources: BTreeMap<&str, Arc<dyn Upstream>> = BTreeMap::new();
        for (name, source) in &settings.sources {
            let key = format!("sources.{name}");
            let failed = |reason: String| BuildError { key: key.clone(), reason };
            let office: Arc<dyn Upstream> = match source {
                SourceSettings::Http(http) => {
                    Arc::new(HttpOffice::new(http).map_err(|error| failed(error.to_string()))?)
                }
                SourceSettings::File(file) => {
                    let vault = Vault::new(secret, "file");
                    let office = FileOffice::open(file, vault).map_err(|error| failed(error.to_string()))?;
                    office.watch(&around.tasks);
                    office
                }
                SourceSettings::Scripted(scripted) => {
                    let yaml =
                        std::fs::read_to_string(&scripted.file).map_err(|error| failed(error.to_string()))?;
                    let office = Arc::new(Scripted::parse(&yaml).map_err(|error| failed(error.to_string()))?);
                    built.scripted.insert(name.clone(), office.clone());
                    office
                }
            };
            sources.insert(name, office);
        }
        for (name, service) in &settings.services {
            let failed =
                |reason: &str| BuildError { key: format!("services.\"{name}\""), reason: reason.to_owned() };
            let spec = spec(name).ok_or_else(|| failed("no such service"))?;
            let inner = sources.get(service.source.as_str()).ok_or_else(|| failed("no such source"))?;
            let held = service.guard.held_max_age();
            let held = held.map(|max_age| Held::new(store.clone(), Vault::new(secret, "held"), max_age));
            let guarded = Guarded::new(inner.clone(), spec, service.guard, held, around);
            built.services.insert(name.clone(), Arc::new(guarded));
        }
        Ok(built)
    }

    /// The guarded upstream of a service.
    #[must_use]
    pub fn get(&self, service: &str) -> Option<&Arc<Guarded>> {
        self.services.get(service)
    }

    /// All of them, as the gateway takes them.
    #[must_use]
    pub fn services(&self) -> Services {
        let port = |guarded: &Arc<Guarded>| -> Arc<dyn Upstream> { guarded.clone() };
        self.services.iter().map(|(name, guarded)| (name.clone(), port(guarded))).collect()
    }

    /// The scripted sources by name, for who tells them what to do.
    #[must_use]
    pub fn scripted(&self) -> &BTreeMap<String, Arc<Scripted>> {
        &self.scripted
    }

    /// Whether every service is up, by name.
    pub async fn healthy(&self) -> BTreeMap<String, bool> {
        let mut healthy = BTreeMap::new();
        for (name, guarded) in &self.services {
            healthy.insert(name.clone(), guarded.healthy().await);
        }
        healthy
    }
}
