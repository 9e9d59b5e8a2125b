//! What is configured of upstreams: the offices (`sources`), which of them does which service, and how each is guarded.

use super::breaker::Trip;
use crate::cidr::Cidr;
use crate::domain::service::{Place, SERVICES, spec};
use crate::setting::SettingProblem;
use core::time::Duration;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The section `[upstream]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamSettings {
    /// Offices by a name of the operator's choice.
    pub sources: BTreeMap<String, SourceSettings>,
    /// Services by their name in menus.
    pub services: BTreeMap<String, ServiceSettings>,
}

/// One office.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum SourceSettings {
    /// Over HTTP, `docs/upstream.openapi.yaml`.
    Http(HttpSettings),
    /// A folder in which files are dropped, `docs/upstream-file.md`.
    File(FileSettings),
    /// Answers from a file, for checks and rehearsals.
    Scripted(ScriptedSettings),
}

/// An office over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// Calls go to `{url}/{service}`.
    pub url: String,
    /// A file that holds the bearer token.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// For the connection.
    #[serde(default = "HttpSettings::default_connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// For one exchange, from the first byte out to the last byte in.
    #[serde(default = "HttpSettings::default_timeout_ms")]
    pub timeout_ms: u64,
    /// Bytes of an answer's body.
    #[serde(default = "HttpSettings::default_body_max_bytes")]
    pub body_max_bytes: usize,
    /// Private, local or reserved addresses at which this office may be all the same.
    #[serde(default)]
    pub allow_private: Vec<Cidr>,
}

/// A drop folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSettings {
    /// The folder.
    pub folder: PathBuf,
    /// The mapping file.
    pub mapping: PathBuf,
    /// How often the folder is looked at.
    #[serde(default = "FileSettings::default_poll_secs")]
    pub poll_secs: u64,
    /// Memory for pages of the index, while importing and while answering.
    #[serde(default = "FileSettings::default_cache_mib")]
    pub cache_mib: usize,
    /// Bad rows, in percent of all, above which a file is not taken over: it is likely not the file that was meant.
    #[serde(default = "FileSettings::default_bad_rows_max_percent")]
    pub bad_rows_max_percent: u8,
}

/// Answers from a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedSettings {
    /// The YAML file.
    pub file: PathBuf,
}

/// One service: where it is done and how it is guarded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// The name of a source.
    pub source: String,
    /// How it is guarded.
    #[serde(default)]
    pub guard: GuardSettings,
}

/// How a service is guarded. Every figure is a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuardSettings {
    /// For a whole call with its second try.
    pub timeout_ms: u64,
    /// For one try.
    pub try_timeout_ms: u64,
    /// Calls under way at once; the next is refused at once.
    pub concurrency: usize,
    /// Failures in a row that open the breaker.
    pub breaker_failures: u32,
    /// Failing for so long opens it too.
    pub breaker_after_secs: u64,
    /// Its first rest.
    pub breaker_rest_ms: u64,
    /// Its longest rest.
    pub breaker_rest_max_ms: u64,
    /// How long an answer is held for the time when the office is silent; 0 holds nothing.
    pub held_max_age_secs: u64,
    /// For reading a held answer.
    pub held_timeout_ms: u64,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            timeout_ms: 2_500,
            try_timeout_ms: 1_500,
            concurrency: 64,
            breaker_failures: 5,
            breaker_after_secs: 3,
            breaker_rest_ms: 2_000,
            breaker_rest_max_ms: 30_000,
            held_max_age_secs: 30 * 24 * 3600,
            held_timeout_ms: 300,
        }
    }
}

impl GuardSettings {
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(super) fn try_timeout(&self) -> Duration {
        Duration::from_millis(self.try_timeout_ms)
    }

    pub(super) fn held_timeout(&self) -> Duration {
        Duration::from_millis(self.held_timeout_ms)
    }

    pub(super) fn held_max_age(&self) -> Option<Duration> {
        (self.held_max_age_secs > 0).then(|| Duration::from_secs(self.held_max_age_secs))
    }

    pub(super) fn trip(&self) -> Trip {
        Trip {
            failures: self.breaker_failures,
            after: Duration::from_secs(self.breaker_after_secs),
            rest: Duration::from_millis(self.breaker_rest_ms),
            rest_max: Duration::from_millis(self.breaker_rest_max_ms),
        }
    }
}

impl HttpSettings {
    fn default_connect_timeout_ms() -> u64 {
        500
    }

    fn default_timeout_ms() -> u64 {
        2_000
    }

    fn default_body_max_bytes() -> usize {
        64 * 1024
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// An office at `url` with every other setting as it is by default.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            token_file: None,
            connect_timeout_ms: Self::default_connect_timeout_ms(),
            timeout_ms: Self::default_timeout_ms(),
            body_max_bytes: Self::default_body_max_bytes(),
            allow_private: Vec::new(),
        }
    }
}

impl FileSettings {
    fn default_poll_secs() -> u64 {
        10
    }

    fn default_cache_mib() -> usize {
        32
    }

    fn default_bad_rows_max_percent() -> u8 {
        20
    }

    /// A folder with its mapping and every other setting as it is by default.
    #[must_use]
    pub fn of(folder: PathBuf, mapping: PathBuf) -> Self {
        Self {
            folder,
            mapping,
            poll_secs: Self::default_poll_secs(),
            cache_mib: Self::default_cache_mib(),
            bad_rows_max_percent: Self::default_bad_rows_max_percent(),
        }
    }
}

impl UpstreamSettings {
    /// All that is wrong, at once.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut found = Vec::new();
        for (name, source) in &self.sources {
            source.problems(&format!("upstream.sources.{name}"), &mut found);
        }
        for (name, service) in &self.services {
            self.service_problems(name, service, &mut found);
        }
        found
    }

    fn service_problems(&self, name: &str, service: &ServiceSettings, found: &mut Vec<SettingProblem>) {
        let key = format!("upstream.services.\"{name}\"");
        if spec(name).is_none_or(|spec| spec.place != Place::Office) {
            let offices: Vec<_> =
                SERVICES.iter().filter(|spec| spec.place == Place::Office).map(|spec| spec.name).collect();
            problem(
                found,
                &key,
                name,
                "no service of that name is done at an office",
                &format!("use one of: {}", offices.join(", ")),
            );
        }
        if !self.sources.contains_key(&service.source) {
            problem(
                found,
                &format!("{key}.source"),
                &service.source,
                "no such source",
                "name one that stands under upstream.sources",
            );
        }
        let guard = &service.guard;
        let bounds = [
            ("timeout_ms", guard.timeout_ms, 50, 60_000),
            ("try_timeout_ms", guard.try_timeout_ms, 20, 60_000),
            ("concurrency", u64::try_from(guard.concurrency).unwrap_or(u64::MAX), 1, 10_000),
            ("breaker_failures", u64::from(guard.breaker_failures), 1, 1_000),
            ("breaker_after_secs", guard.breaker_after_secs, 1, 3_600),
            ("breaker_rest_ms", guard.breaker_rest_ms, 100, 600_000),
            ("breaker_rest_max_ms", guard.breaker_rest_max_ms, guard.breaker_rest_ms, 3_600_000),
            ("held_max_age_secs", guard.held_max_age_secs, 0, 366 * 24 * 3600),
            ("held_timeout_ms", guard.held_timeout_ms, 10, 5_000),
        ];
        for (field, value, least, most) in bounds {
            within(found, &format!("{key}.guard.{field}"), value, least, most);
        }
        if guard.try_timeout_ms > guard.timeout_ms {
            problem(
                found,
                &format!("{key}.guard.try_timeout_ms"),
                &guard.try_timeout_ms.to_string(),
                "one try outlasts the whole call",
                "make it at most timeout_ms",
            );
        }
    }
}

impl SourceSettings {
    fn problems(&self, key: &str, found: &mut Vec<SettingProblem>) {
        match self {
            Self::Http(http) => http.problems(key, found),
            Self::File(file) => {
                within(found, &format!("{key}.poll_secs"), file.poll_secs, 1, 3_600);
                within(
                    found,
                    &format!("{key}.cache_mib"),
                    u64::try_from(file.cache_mib).unwrap_or(u64::MAX),
                    1,
                    4_096,
                );
                within(
                    found,
                    &format!("{key}.bad_rows_max_percent"),
                    u64::from(file.bad_rows_max_percent),
                    0,
                    100,
                );
                if !file.folder.is_dir() {
                    problem(
                        found,
                        &format!("{key}.folder"),
                        &file.folder.display().to_string(),
                        "not a folder",
                        "create it, writable for Kopir",
                    );
                }
                if !file.mapping.is_file() {
                    problem(
                        found,
                        &format!("{key}.mapping"),
                        &file.mapping.display().to_string(),
                        "not a file",
                        "write a mapping, see docs/upstream-file.md",
                    );
                }
            }
            Self::Scripted(scripted) => {
                if !scripted.file.is_file() {
                    problem(
                        found,
                        &format!("{key}.file"),
                        &scripted.file.display().to_string(),
                        "not a file",
                        "name a YAML file of answers",
                    );
                }
            }
        }
    }
}

impl HttpSettings {
    fn problems(&self, key: &str, found: &mut Vec<SettingProblem>) {
        within(found, &format!("{key}.connect_timeout_ms"), self.connect_timeout_ms, 10, 30_000);
        within(found, &format!("{key}.timeout_ms"), self.timeout_ms, 20, 60_000);
        within(
            found,
            &format!("{key}.body_max_bytes"),
            u64::try_from(self.body_max_bytes).unwrap_or(u64::MAX),
            256,
            1024 * 1024,
        );
        let url = format!("{key}.url");
        match self.url.parse::<hyper::Uri>() {
            Err(_) => problem(found, &url, "…", "cannot be read", "write https://host/path"),
            Ok(uri) if uri.authority().is_none_or(|at| at.as_str().contains('@')) => {
                problem(
                    found,
                    &url,
                    "…",
                    "has no host, or carries credentials",
                    "write https://host/path, the token in token_file",
                );
            }
            Ok(uri) if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.query().is_some() => {
                problem(found, &url, "…", "is not http or https, or has a query", "write https://host/path");
            }
            Ok(uri) => {
                let reach = crate::reach::Reach::new(&self.allow_private);
                if let Err(closed) = reach.judge_literal(uri.host().unwrap_or_default()) {
                    problem(
                        found,
                        &url,
                        &self.url,
                        &closed.to_string(),
                        "add the address to allow_private if it is meant",
                    );
                }
                let private = self.allow_private.is_empty();
                if uri.scheme_str() == Some("http") && private {
                    problem(
                        found,
                        &url,
                        &self.url,
                        "answers about persons would cross the internet in clear",
                        "use https, or allow_private for an office in your own network",
                    );
                }
            }
        }
        if let Some(file) = self.token_file.as_deref()
            && !file.is_file()
        {
            problem(
                found,
                &format!("{key}.token_file"),
                &file.display().to_string(),
                "not a file",
                "write the token into it, readable for Kopir only",
            );
        }
    }
}

fn problem(found: &mut Vec<SettingProblem>, key: &str, value: &str, reason: &str, cure: &str) {
    found.push(SettingProblem::new(key, Some(value), reason, cure));
}

fn within(found: &mut Vec<SettingProblem>, key: &str, value: u64, least: u64, most: u64) {
    if !(least..=most).contains(&value) {
        problem(found, key, &value.to_string(), "out of range", &format!("use {least} to {most}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_section_has_no_problems_and_keeps_its_defaults() {
        let settings: UpstreamSettings = toml::from_str(
            r#"
            [sources.office]
            kind = "http"
            url = "http://127.0.0.1:9090/v1"
            allow_private = ["127.0.0.0/8"]
            [services."application.status"]
            source = "office"
            guard = { timeout_ms = 2000 }
            "#,
        )
        .unwrap();
        assert_eq!(settings.problems(), []);
        let service = &settings.services["application.status"];
        assert_eq!((service.guard.timeout_ms, service.guard.concurrency), (2000, 64));
    }

    #[test]
    fn every_fault_is_named_at_once_with_its_key_and_cure() {
        let settings: UpstreamSettings = toml::from_str(
            r#"
            [sources.a]
            kind = "http"
            url = "https://user:secret@office.example"
            timeout_ms = 1
            [sources.b]
            kind = "http"
            url = "https://169.254.169.254/latest"
            [sources.c]
            kind = "file"
            folder = "/does/not/exist"
            mapping = "/does/not/exist.yaml"
            [sources.d]
            kind = "http"
            url = "http://office.example"
            [services."stay.count"]
            source = "nobody"
            guard.timeout_ms = 100
            "#,
        )
        .unwrap();
        let problems = settings.problems();
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "upstream.sources.a.timeout_ms",
                "upstream.sources.a.url",
                "upstream.sources.b.url",
                "upstream.sources.c.folder",
                "upstream.sources.c.mapping",
                "upstream.sources.d.url",
                "upstream.services.\"stay.count\"",
                "upstream.services.\"stay.count\".source",
                "upstream.services.\"stay.count\".guard.try_timeout_ms",
            ]
        );
        assert!(!format!("{problems:?}").contains("secret"));
        assert!(problems.iter().all(|problem| !problem.cure.is_empty()));
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let wrong = "[sources.a]\nkind = \"http\"\nurl = \"https://a.example\"\ntimout_ms = 5\n";
        assert!(toml::from_str::<UpstreamSettings>(wrong).is_err());
        let wrong = "[services.\"application.status\"]\nsource = \"a\"\nguard.timout_ms = 5\n";
        assert!(toml::from_str::<UpstreamSettings>(wrong).is_err());
    }
}
