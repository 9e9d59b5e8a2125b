//! The whole configuration: defaults embedded from config/default.toml, a file, the environment; all problems at once.

mod layers;

use crate::adapters::{cdr, smpp, store, upstream, ussd_http};
use crate::gateway::Limits;
use crate::setting::SettingProblem;
use crate::telemetry::Format;
use core::time::Duration;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::Table;

/// The defaults, which are also the manual.
pub const DEFAULT: &str = include_str!("../../config/default.toml");

/// Everything a gateway is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[gateway]`.
    pub gateway: GatewaySettings,
    /// `[menus]`.
    pub menus: MenuSettings,
    /// `[log]`.
    pub log: LogSettings,
    /// `[admin]`.
    pub admin: AdminSettings,
    /// `[cdr]`.
    pub cdr: cdr::Settings,
    /// `[store]`.
    pub store: store::settings::StoreSettings,
    /// `[smpp]`.
    pub smpp: smpp::settings::SmppSettings,
    /// `[http]`.
    pub http: HttpSettings,
    /// `[ussd_http]`.
    pub ussd_http: ussd_http::settings::UssdHttpSettings,
    /// `[upstream]`.
    pub upstream: upstream::settings::UpstreamSettings,
}

/// `[gateway]`: bounds of turns, calls, promises and records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySettings {
    /// See `Limits::commit_grace`.
    pub commit_grace_ms: u64,
    /// See `Limits::call_lease`.
    pub call_lease_secs: u64,
    /// See `Limits::promise_lasts`.
    pub promise_lasts_secs: u64,
    /// See `Limits::promise_every`.
    pub promise_every_secs: u64,
    /// See `Limits::copy_window`.
    pub copy_window_secs: u64,
    /// See `Limits::row_lease`.
    pub row_lease_secs: u64,
    /// See `Limits::reply_lasts`.
    pub reply_lasts_secs: u64,
    /// See `Limits::profile_lasts`.
    pub profile_lasts_days: u64,
    /// See `Limits::tries_max`.
    pub tries_max: u16,
    /// See `Limits::tries_window`.
    pub tries_window_secs: u64,
    /// See `Limits::persons_max`.
    pub persons_max: usize,
    /// See `Limits::silent_after`.
    pub silent_after_secs: u64,
    /// How long a stop may take; then what is left is cut off.
    pub stop_secs: u64,
}

/// `[menus]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuSettings {
    /// The folder of the menus.
    pub folder: PathBuf,
    /// Whether content nobody has signed off may be shown. The demo allows it.
    pub allow_unreviewed: bool,
}

/// `[log]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// `info`, `warn`, `kopir=debug` …
    pub filter: String,
    /// `auto`, `pretty`, `json`.
    pub format: Format,
}

/// `[admin]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSettings {
    /// Where `/live`, `/ready` and `/metrics` are.
    pub listen: SocketAddr,
}

/// `[http]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// Where HTTP bearers are; opened only when one is configured.
    pub listen: SocketAddr,
}

impl GatewaySettings {
    /// As the gateway takes them.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let secs = Duration::from_secs;
        Limits {
            commit_grace: Duration::from_millis(self.commit_grace_ms),
            call_lease: secs(self.call_lease_secs),
            promise_lasts: secs(self.promise_lasts_secs),
            promise_every: secs(self.promise_every_secs),
            copy_window: secs(self.copy_window_secs),
            row_lease: secs(self.row_lease_secs),
            reply_lasts: secs(self.reply_lasts_secs),
            profile_lasts: secs(self.profile_lasts_days.saturating_mul(86_400)),
            tries_max: self.tries_max,
            tries_window: secs(self.tries_window_secs),
            persons_max: self.persons_max,
            silent_after: secs(self.silent_after_secs),
        }
    }
}

/// Reads the configuration: defaults, then `file`, then `vars`.
///
/// # Errors
/// Every problem there is.
pub fn load(
    file: Option<&Path>,
    vars: impl Iterator<Item = (String, String)>,
) -> Result<Config, Vec<SettingProblem>> {
    let defaults = layers::parse("config/default.toml", DEFAULT).map_err(|problem| vec![problem])?;
    let mut table = defaults.clone();
    if let Some(path) = file {
        layers::lay(&mut table, read_file(path)?);
    }
    for (path, value) in layers::environment(vars, &table) {
        if !layers::set(&mut table, &path, value) {
            let key = path.join(".");
            return Err(vec![SettingProblem::new(
                &key,
                None,
                "no such place",
                "look up the key in config/default.toml",
            )]);
        }
    }
    let config: Config = layers::read(table, &defaults)?;
    let problems = config.problems();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// The defaults with `text` over them, without file or environment: for a demo.
///
/// # Errors
/// Every problem there is.
pub fn over_defaults(name: &str, text: &str) -> Result<Config, Vec<SettingProblem>> {
    let defaults = layers::parse("config/default.toml", DEFAULT).map_err(|problem| vec![problem])?;
    let mut table = defaults.clone();
    layers::lay(&mut table, layers::parse(name, text).map_err(|problem| vec![problem])?);
    let config: Config = layers::read(table, &defaults)?;
    let problems = config.problems();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

fn read_file(path: &Path) -> Result<Table, Vec<SettingProblem>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        vec![SettingProblem::new(
            &name,
            None,
            error.to_string(),
            "name a file that can be read with --config",
        )]
    })?;
    layers::parse(&name, &text).map_err(|problem| vec![problem])
}

impl Config {
    /// What is well-formed and still wrong, of all sections.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut problems = self.store.problems();
        problems.extend(self.smpp.problems());
        problems.extend(self.ussd_http.problems());
        problems.extend(self.upstream.problems());
        problems.extend(self.timers());
        if !self.menus.folder.is_dir() {
            let folder = self.menus.folder.display().to_string();
            let cure = "name the folder with the menus; the sample ones lie in menus/";
            problems.push(SettingProblem::new("menus.folder", Some(&folder), "no such folder", cure));
        }
        problems
    }

    /// Timers are layered: an office gives up before the bearer does, the bearer before the network (peers' complaint 25).
    fn timers(&self) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let row_lease_ms = self.gateway.row_lease_secs.saturating_mul(1_000);
        for (name, link) in &self.smpp.links {
            if link.response_timeout_ms.saturating_mul(2) > row_lease_ms {
                let key = format!("smpp.links.{name}.response_timeout_ms");
                let value = link.response_timeout_ms.to_string();
                let reason =
                    "more than half of gateway.row_lease_secs: a row could be sent by two gateways at once";
                problems.push(SettingProblem::new(
                    &key,
                    Some(&value),
                    reason,
                    "lower it, or raise gateway.row_lease_secs",
                ));
            }
        }
        for (name, service) in &self.upstream.services {
            if service.guard.timeout_ms > self.gateway.call_lease_secs.saturating_mul(500) {
                let key = format!("upstream.services.\"{name}\".guard.timeout_ms");
                let value = service.guard.timeout_ms.to_string();
                let reason = "more than half of gateway.call_lease_secs: the call would be made twice";
                problems.push(SettingProblem::new(
                    &key,
                    Some(&value),
                    reason,
                    "lower it, or raise gateway.call_lease_secs",
                ));
            }
        }
        problems
    }
}
