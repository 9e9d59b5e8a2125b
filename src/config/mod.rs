//! The whole configuration: defaults embedded from config/default.toml, a file, the environment; all problems at once.

mod layers;
mod outbox;

use crate::adapters::smpp::settings::LinkSettings;
use crate::adapters::{audit, cdr, desk, kiosk, smpp, sms_http, store, upstream, ussd_http, vacancies};
use crate::gateway::Limits;
use crate::setting::SettingProblem;
use crate::telemetry::Format;
use core::time::Duration;
use serde::Deserialize;
use std::collections::BTreeMap;
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
    /// `[outbox]`.
    pub outbox: outbox::OutboxSettings,
    /// `[menus]`.
    pub menus: MenuSettings,
    /// `[log]`.
    pub log: LogSettings,
    /// `[admin]`.
    pub admin: AdminSettings,
    /// `[cdr]`.
    pub cdr: cdr::Settings,
    /// `[audit]`.
    pub audit: audit::Settings,
    /// `[retention]`.
    pub retention: RetentionSettings,
    /// `[store]`.
    pub store: store::settings::StoreSettings,
    /// `[smpp]`.
    pub smpp: smpp::settings::SmppSettings,
    /// `[http]`.
    pub http: HttpSettings,
    /// `[ussd_http]`.
    pub ussd_http: ussd_http::settings::UssdHttpSettings,
    /// `[sms_http]`.
    pub sms_http: sms_http::settings::SmsHttpSettings,
    /// `[upstream]`.
    pub upstream: upstream::settings::UpstreamSettings,
    /// `[desk]`.
    pub desk: desk::settings::DeskSettings,
    /// `[kiosk]`.
    pub kiosk: kiosk::settings::KioskSettings,
    /// `[vacancies]`.
    pub vacancies: vacancies::settings::VacancySettings,
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
    /// See `Limits::number_silent`.
    pub number_silent_days: u64,
    /// See `Limits::answers_minute_max`.
    pub answers_minute_max: u16,
    /// See `Limits::receipt_park`.
    pub receipt_park_secs: u64,
    /// See `Limits::receipt_settle`.
    pub receipt_settle_secs: u64,
    /// See `Limits::receipts_parked_max`.
    pub receipts_parked_max: u64,
    /// How long a stop may take; then what is left is cut off.
    pub stop_secs: u64,
}

/// `[retention]`: how long what is over is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// The text of a letter after its final state, days.
    pub texts_days: u64,
    /// A letter without its text after its final state, days.
    pub rows_days: u64,
    /// A ticket after it was closed, days.
    pub tickets_days: u64,
    /// The audit trail, days.
    pub audit_days: u64,
}

impl RetentionSettings {
    /// How long the audit trail is kept.
    #[must_use]
    pub fn audit(&self) -> Duration {
        days(self.audit_days)
    }

    fn problems(&self) -> Vec<SettingProblem> {
        let bounds = [
            ("texts_days", self.texts_days, 0, 365),
            ("rows_days", self.rows_days, 1, 3_650),
            ("tickets_days", self.tickets_days, 1, 3_650),
            ("audit_days", self.audit_days, 30, 36_500),
        ];
        outside("retention", bounds)
    }
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days.saturating_mul(86_400))
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
            number_silent: days(self.number_silent_days),
            answers_minute_max: self.answers_minute_max,
            receipt_park: secs(self.receipt_park_secs),
            receipt_settle: secs(self.receipt_settle_secs),
            receipts_parked_max: self.receipts_parked_max,
            id_forms: BTreeMap::new(),
            ..Limits::default()
        }
    }
}

impl GatewaySettings {
    /// Figures with which a gateway would be dead, or would forget what it owes.
    fn problems(&self) -> Vec<SettingProblem> {
        let persons = u64::try_from(self.persons_max).unwrap_or(u64::MAX);
        let bounds = [
            ("commit_grace_ms", self.commit_grace_ms, 1, 1_000),
            ("call_lease_secs", self.call_lease_secs, 1, 600),
            ("promise_lasts_secs", self.promise_lasts_secs, 60, 30 * 86_400),
            ("promise_every_secs", self.promise_every_secs, 1, 3_600),
            ("copy_window_secs", self.copy_window_secs, 1, 3_600),
            ("row_lease_secs", self.row_lease_secs, 1, 3_600),
            ("reply_lasts_secs", self.reply_lasts_secs, 60, 7 * 86_400),
            ("profile_lasts_days", self.profile_lasts_days, 1, 3_650),
            ("tries_max", u64::from(self.tries_max), 1, 1_000),
            ("tries_window_secs", self.tries_window_secs, 60, 30 * 86_400),
            ("persons_max", persons, 16, 1_000_000),
            ("silent_after_secs", self.silent_after_secs, 1, 86_400),
            ("number_silent_days", self.number_silent_days, 1, 3_650),
            ("receipt_park_secs", self.receipt_park_secs, 10, 3_600),
            ("receipt_settle_secs", self.receipt_settle_secs, 1, 600),
            ("receipts_parked_max", self.receipts_parked_max, 256, 10_000_000),
            ("stop_secs", self.stop_secs, 1, 300),
        ];
        outside("gateway", bounds)
    }
}

/// Those of a section that lie outside their bounds.
fn outside<const N: usize>(section: &str, bounds: [(&str, u64, u64, u64); N]) -> Vec<SettingProblem> {
    let outside = bounds.into_iter().filter(|(_, value, least, most)| value < least || value > most);
    outside
        .map(|(key, value, least, most)| {
            let cure = format!("use {least} to {most}");
            SettingProblem::new(&format!("{section}.{key}"), Some(&value.to_string()), "out of range", cure)
        })
        .collect()
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
    judge(layers::read(table, &defaults))
}

/// What was read, if neither its form nor its sense is wrong; else all that is.
fn judge(
    (config, mut problems): (Option<Config>, Vec<SettingProblem>),
) -> Result<Config, Vec<SettingProblem>> {
    let Some(config) = config else { return Err(problems) };
    problems.extend(config.problems());
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
    judge(layers::read(table, &defaults))
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
    /// The figures a gateway keeps to, with what the links say of themselves.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let form = |(name, link): (&String, &LinkSettings)| (name.clone(), link.sms.message_id);
        Limits {
            id_forms: self.smpp.links.iter().map(form).collect(),
            texts_last: days(self.retention.texts_days),
            rows_last: days(self.retention.rows_days),
            tickets_last: days(self.retention.tickets_days),
            audit_lasts: self.retention.audit(),
            ..self.gateway.limits()
        }
    }

    /// What is well-formed and still wrong, of all sections.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut problems = self.store.problems();
        problems.extend(self.smpp.problems());
        problems.extend(self.ussd_http.problems());
        problems.extend(self.sms_http.problems());
        problems.extend(self.upstream.problems());
        problems.extend(self.gateway.problems());
        problems.extend(self.retention.problems());
        problems.extend(self.desk.problems());
        problems.extend(self.kiosk.problems());
        problems.extend(self.vacancies.problems());
        problems.extend(self.timers());
        problems.extend(self.names());
        if let Err(error) = self.log.filter.parse::<tracing_subscriber::EnvFilter>() {
            let cure = "write info, warn, or per part: info,kopir::adapters::smpp=debug";
            problems.push(SettingProblem::new("log.filter", Some(&self.log.filter), error.to_string(), cure));
        }
        problems.extend(outside(
            "audit",
            [
                ("rotate_days", u64::from(self.audit.rotate_days), 1, 366),
                ("checkpoint_secs", self.audit.checkpoint_secs, 1, 60),
            ],
        ));
        for (key, folder) in [("cdr.folder", &self.cdr.folder), ("audit.folder", &self.audit.folder)] {
            if folder.exists() && !folder.is_dir() {
                let folder = folder.display().to_string();
                let cure = "name a folder that Kopir may write to";
                problems.push(SettingProblem::new(key, Some(&folder), "not a folder", cure));
            }
        }
        if !self.menus.folder.is_dir() {
            let folder = self.menus.folder.display().to_string();
            let cure = "name the folder with the menus; the sample ones lie in menus/";
            problems.push(SettingProblem::new("menus.folder", Some(&folder), "no such folder", cure));
        }
        problems
    }

    /// A row names the link it leaves by: two links of one name would be taken for each other.
    fn names(&self) -> Vec<SettingProblem> {
        let taken = self.sms_http.routes.keys().filter(|name| self.smpp.links.contains_key(*name));
        let problem = |name: &String| {
            let key = format!("sms_http.routes.{name}");
            SettingProblem::new(&key, None, "a link of SMPP has this name", "give one of them another name")
        };
        taken.map(problem).collect()
    }

    /// Timers are layered: an office gives up before the bearer does, the bearer before the network (peers' complaint 25).
    fn timers(&self) -> Vec<SettingProblem> {
        let mut problems = Vec::new();
        let row_lease_ms = self.gateway.row_lease_secs.saturating_mul(1_000);
        let links = self.smpp.links.iter().map(|(name, link)| ("smpp.links", name, link.response_timeout_ms));
        let routes = &self.sms_http.routes;
        let routes = routes.iter().map(|(name, route)| ("sms_http.routes", name, route.response_timeout_ms));
        for (section, name, timeout_ms) in links.chain(routes) {
            if timeout_ms.saturating_mul(2) > row_lease_ms {
                let key = format!("{section}.{name}.response_timeout_ms");
                let value = timeout_ms.to_string();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::upstream::settings::{GuardSettings, HttpSettings as OfficeSettings};

    /// The commented examples of the manual as TOML, from the first one on.
    fn examples() -> String {
        let is_key = |line: &str| {
            let word = line.split(" = ").next().unwrap_or_default();
            line.contains(" = ")
                && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let lines = DEFAULT.lines().skip_while(|line| *line != "# [smpp.links.beeline]");
        let lines = lines.filter_map(|line| line.strip_prefix("# "));
        lines.filter(|line| line.starts_with('[') || is_key(line)).map(|line| format!("{line}\n")).collect()
    }

    fn from(text: &str) -> Result<Config, Vec<SettingProblem>> {
        let defaults = layers::parse("default", DEFAULT).unwrap();
        let mut table = defaults.clone();
        layers::lay(&mut table, layers::parse("test", text).unwrap());
        match layers::read(table, &defaults) {
            (Some(config), problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(problems),
        }
    }

    /// The names of all fields in a `Debug` text.
    fn fields(debug: &str) -> Vec<String> {
        let words = debug.split([' ', '{', ',', '(']).filter_map(|word| word.strip_suffix(':'));
        words
            .filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_manual_shows_every_key_of_a_link_with_its_default() {
        let config = from(&examples()).unwrap();
        let shown = config.smpp.links.get("beeline").unwrap().clone();
        let plain = LinkSettings {
            host: String::new(),
            system_id: String::new(),
            password_file: None,
            ..shown.clone()
        };
        assert_eq!(format!("{plain:?}"), format!("{:?}", LinkSettings::default()));
        let overrides = fields(&format!("{:?}", shown.ussd.overrides));
        for field in fields(&format!("{shown:?}")).iter().filter(|field| !overrides.contains(field)) {
            let shown = DEFAULT.contains(&format!("# {field} = "))
                || DEFAULT.contains(&format!("beeline.{field}"))
                || DEFAULT.contains(&format!("ussd.{field}]"));
            assert!(shown || field == "password", "{field} is not in config/default.toml");
        }
    }

    #[test]
    fn the_manual_shows_every_key_of_an_office_and_a_route_with_its_default() {
        let config = from(&examples()).unwrap();
        let service = config.upstream.services.get("application.status").unwrap();
        assert_eq!(service.guard, GuardSettings::default());
        let bare = OfficeSettings::at("https://office.example/kopir");
        let shown = format!("{:?}", config.upstream.sources.get("ministry").unwrap());
        assert!(shown.contains(&format!("timeout_ms: {}", bare.timeout_ms)), "{shown}");
        let route = config.ussd_http.routes.get("at").unwrap();
        let bare = "[ussd_http.routes.at]\ncode = \"*384*1234#\"\nallow_from = [\"196.250.215.0/24\"]\nsecret_file = \"/run/secrets/at\"";
        assert_eq!(route, from(bare).unwrap().ussd_http.routes.get("at").unwrap());
        for field in fields(&format!("{:?}{:?}{route:?}", service.guard, config.upstream.sources)) {
            let listed = DEFAULT.contains(&format!("# {field} = "))
                || ["folder", "base", "bits"].contains(&field.as_str());
            assert!(listed, "{field} is not in config/default.toml");
        }
    }

    #[test]
    fn the_manual_shows_every_key_of_a_kannel_with_its_default() {
        let config = from(&examples()).unwrap();
        let shown = config.sms_http.routes.get("kannel").unwrap().clone();
        let plain = sms_http::settings::RouteSettings {
            url: String::new(),
            username: String::new(),
            password_file: None,
            callback: String::new(),
            secret_file: None,
            allow_from: Vec::new(),
            ..shown.clone()
        };
        assert_eq!(plain, sms_http::settings::RouteSettings::default());
        for field in fields(&format!("{shown:?}")) {
            let listed = DEFAULT.contains(&format!("# {field} = "))
                || ["password", "base", "bits"].contains(&field.as_str());
            assert!(listed, "{field} is not in config/default.toml");
        }
    }

    #[test]
    fn a_kannel_is_checked_like_a_link() {
        let kannel = "url = \"http://127.0.0.1:13013/cgi-bin/sendsms\"\nusername = \"kopir\"\npassword = \"p\"\n\
                      allow_from = [\"127.0.0.1\"]\nresponse_timeout_ms = 50000\n";
        let smpp = "host = \"h\"\nsystem_id = \"k\"\n";
        let text = format!("[sms_http.routes.a]\n{kannel}[smpp.links.a]\n{smpp}[sms_http.routes.b]\n");
        let problems = over_defaults("test", &text).unwrap_err();
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
        for key in ["sms_http.routes.a", "sms_http.routes.a.response_timeout_ms", "sms_http.routes.b.url"] {
            assert!(keys.contains(&key), "{key} is not among {keys:?}");
        }
    }

    #[test]
    fn every_problem_is_told_at_once_and_no_secret_among_them() {
        let file = std::env::temp_dir().join(format!("kopir-config-{}.toml", std::process::id()));
        let text = "[menus]\nfolder = \"nowhere\"\n[store]\nkind = \"redis\"\nurl = \"redis://:hunter2@h/0\"\n\
                    [smpp.links.a]\nhost = \"\"\nsystem_id = \"kopir\"\npassword = \"far-too-long-a-secret\"\n\
                    response_timeout_ms = 50000\n[upstream.services.\"application.status\"]\nsource = \"none\"\n";
        std::fs::write(&file, text).unwrap();
        let problems = load(Some(&file), std::iter::empty()).unwrap_err();
        std::fs::remove_file(&file).unwrap();
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
        for key in [
            "menus.folder",
            "store.seal_key_file",
            "smpp.links.a.host",
            "smpp.links.a.password",
            "smpp.links.a.response_timeout_ms",
            "upstream.services.\"application.status\".source",
        ] {
            assert!(keys.contains(&key), "{key} is not among {keys:?}");
        }
        let told: String = problems.iter().map(ToString::to_string).collect();
        assert!(!told.contains("hunter2") && !told.contains("far-too-long"), "{told}");
    }

    #[test]
    fn a_wrong_form_does_not_hide_a_wrong_sense() {
        let text = "[gateway]\npersons_max = 0\n[log]\nfilter = \"=!!bad\"\n[smpp.links.a]\nzork = 1\nhost = \"h\"\n\
                    system_id = \"k\"\n[smpp.links.b]\nhost = \"\"\nsystem_id = \"k\"\n";
        let keys: Vec<String> =
            over_defaults("test", text).unwrap_err().into_iter().map(|problem| problem.key).collect();
        for key in ["smpp.links.a.zork", "smpp.links.b.host", "gateway.persons_max", "log.filter"] {
            assert!(keys.iter().any(|found| found == key), "{key} is not among {keys:?}");
        }
    }

    #[test]
    fn the_defaults_alone_are_a_configuration() {
        let config = from("").unwrap();
        assert_eq!(
            config.limits(),
            Limits { profile_lasts: Duration::from_secs(400 * 86_400), ..Limits::default() }
        );
        assert!(config.admin.listen.ip().is_loopback() && config.http.listen.ip().is_loopback());
    }
}
