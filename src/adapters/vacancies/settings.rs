//! What the import of vacancies is told: its folder, its bounds, and where each source comes from.

use crate::cidr::Cidr;
use crate::setting::{Secret, SettingProblem};
use core::time::Duration;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Requests to one address are never nearer to each other than this.
const EVERY_MIN_SECS: u64 = 60;

/// `[vacancies]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VacancySettings {
    /// Where the snapshot and the drop folders are; made when there is a source.
    pub folder: PathBuf,
    /// How often the drop folders and the snapshot are looked at, seconds.
    pub poll_secs: u64,
    /// A feed larger than this is refused, MiB.
    pub feed_max_mib: u64,
    /// Above it a feed is not taken over: likely not the file that was meant, percent.
    pub bad_max_percent: u8,
    /// The sources, by the name that people are told.
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
}

/// Where vacancies come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// Files that somebody drops into `<folder>/drop/<name>/`.
    Folder {
        /// Whether a file lists all that is open; what it leaves out is closed then.
        #[serde(default = "yes")]
        whole: bool,
    },
    /// An address that is asked politely.
    Url(UrlSettings),
    /// Somebody who sends them, signed.
    Push(PushSettings),
}

/// An address that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlSettings {
    /// The feed.
    pub url: String,
    /// Whether it lists all that is open.
    #[serde(default = "yes")]
    pub whole: bool,
    /// Seconds from one request to the next.
    #[serde(default = "hourly")]
    pub every_secs: u64,
    /// Hours of the day in Kazakhstan in which it may be asked: `01:00-06:00`; empty: all day.
    #[serde(default)]
    pub window: String,
    /// Milliseconds of one exchange.
    #[serde(default = "half_a_minute")]
    pub timeout_ms: u64,
    /// Private, local or reserved addresses it may be at all the same.
    #[serde(default)]
    pub allow_private: Vec<Cidr>,
}

/// Somebody who sends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushSettings {
    /// The key of the signature, 32 characters at least.
    #[serde(default)]
    pub secret: Secret,
    /// A file with it, instead.
    pub secret_file: Option<PathBuf>,
}

fn yes() -> bool {
    true
}

fn hourly() -> u64 {
    3_600
}

fn half_a_minute() -> u64 {
    30_000
}

impl UrlSettings {
    /// See `every_secs`; never more often than once a minute.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.every_secs.max(EVERY_MIN_SECS))
    }

    /// The minutes of a day from which and to which it may be asked; `None` for all day.
    ///
    /// # Errors
    /// What is no such span.
    pub fn minutes(&self) -> Result<Option<(u16, u16)>, String> {
        if self.window.trim().is_empty() {
            return Ok(None);
        }
        let minute = |text: &str| {
            let (hours, minutes) = text.trim().split_once(':')?;
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours <= 24 && minutes < 60).then(|| hours.saturating_mul(60).saturating_add(minutes))
        };
        let span = self.window.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        span.map(Some).ok_or_else(|| "not like 01:00-06:00".to_owned())
    }
}

impl PushSettings {
    /// The key.
    ///
    /// # Errors
    /// It cannot be read or is too short; said without it.
    pub fn key(&self) -> Result<Secret, String> {
        let key = match &self.secret_file {
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|error| error.kind().to_string())?;
                Secret::new(text.trim())
            }
            None => self.secret.clone(),
        };
        if key.expose().len() < 32 { Err("shorter than 32 characters".to_owned()) } else { Ok(key) }
    }
}

impl VacancySettings {
    /// What is well-formed and still wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        for (key, value, least, most) in [
            ("vacancies.poll_secs", self.poll_secs, 1, 3_600),
            ("vacancies.feed_max_mib", self.feed_max_mib, 1, 1_024),
            ("vacancies.bad_max_percent", u64::from(self.bad_max_percent), 0, 100),
        ] {
            if value < least || value > most {
                let cure = format!("use {least} to {most}");
                problems.push(SettingProblem::new(key, Some(&value.to_string()), "out of range", cure));
            }
        }
        for (name, source) in &self.sources {
            let key = |field: &str| format!("vacancies.sources.{name}{field}");
            let fits = name.chars().count() <= crate::domain::vacancy::SOURCE_MAX
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
                && !name.starts_with('.');
            if !fits {
                let cure = "use up to 14 of a-z, 0-9, . and -: people are told it, and a folder is named so";
                problems.push(SettingProblem::new(&key(""), None, "not a name of a source", cure));
            }
            match source {
                Source::Folder { .. } => {}
                Source::Url(url) => problems.extend(url.problems(&key)),
                Source::Push(push) => {
                    if let Err(why) = push.key() {
                        problems.push(SettingProblem::new(
                            &key(".secret"),
                            None,
                            why,
                            "give secret_file a longer one",
                        ));
                    }
                }
            }
        }
        problems
    }
}

impl UrlSettings {
    fn problems(&self, key: &dyn Fn(&str) -> String) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let uri = self.url.parse::<hyper::Uri>().ok().filter(|uri| uri.host().is_some());
        if !uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https"))) {
            problems.push(SettingProblem::new(
                &key(".url"),
                Some(&self.url),
                "not an address",
                "write https://host/path",
            ));
        }
        if let Err(why) = self.minutes() {
            problems.push(SettingProblem::new(
                &key(".window"),
                Some(&self.window),
                why,
                "write 01:00-06:00, or nothing",
            ));
        }
        if self.every_secs < EVERY_MIN_SECS {
            let cure = format!("use {EVERY_MIN_SECS} or more");
            let value = self.every_secs.to_string();
            problems.push(SettingProblem::new(&key(".every_secs"), Some(&value), "too often", cure));
        }
        problems
    }
}
