//! What the tests of this binary share: calls, a store in memory, the sample office on a port of its own.

use async_trait::async_trait;
use kopir::adapters::upstream::settings::HttpSettings;
use kopir::domain::address::Msisdn;
use kopir::domain::envelope::StepKey;
use kopir::domain::service::Call;
use kopir::domain::time::Timestamp;
use kopir::domain::value::Value;
use kopir::ports::{Finding, Shared, StoreError};
use kopir::simulator::office::{Applications, Office};
use kopir::tasks::Tasks;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub(crate) fn to() -> Msisdn {
    Msisdn::parse("77011234567").unwrap()
}

pub(crate) fn call(number: &str, last4: &str) -> Call {
    let digits = |text: &str| Value::Digits(text.to_owned());
    Call {
        service: "application.status".to_owned(),
        give: [("number".to_owned(), digits(number)), ("last4".to_owned(), digits(last4))].into(),
        key: StepKey::of(&[number.as_bytes(), last4.as_bytes()]),
        at: NOW,
    }
}

/// The sample office on a free port, and the settings that reach it.
pub(crate) async fn office(tasks: &Tasks) -> (Arc<Office>, HttpSettings, SocketAddr) {
    let office = Office::new(Applications::sample().unwrap(), None);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = office.serve(listener, tasks).unwrap();
    let mut settings = HttpSettings::at(&format!("http://{address}/v1"));
    settings.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
    (office, settings, address)
}

/// A store of names and values that lives as long as its test, with expiry by the caller's clock.
#[derive(Debug, Default)]
pub(crate) struct Memory(pub(crate) Mutex<BTreeMap<String, Stored>>);

/// Version, value, expiry.
pub(crate) type Stored = (u64, Vec<u8>, Option<Timestamp>);

#[async_trait]
impl Shared for Memory {
    async fn get(&self, name: &str, now: Timestamp) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let all = self.0.lock().unwrap();
        Ok(all
            .get(name)
            .filter(|(_, _, expires)| expires.is_none_or(|at| at > now))
            .map(|(version, value, _)| (*version, value.clone())))
    }

    async fn put(
        &self,
        name: &str,
        expect: u64,
        value: &[u8],
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut all = self.0.lock().unwrap();
        let version = all
            .get(name)
            .filter(|(_, _, at)| at.is_none_or(|at| at > now))
            .map_or(0, |(version, ..)| *version);
        if version == expect {
            all.insert(name.to_owned(), (version + 1, value.to_vec(), expires));
        }
        Ok(version == expect)
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.0.lock().unwrap().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }

    async fn lease(&self, _: &str, _: u64, _: Timestamp, _: Duration) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }

    async fn probe(&self, _: Timestamp) -> Result<Vec<Finding>, StoreError> {
        Ok(Vec::new())
    }
}

/// A folder that goes with its test.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
