//! What is configured of USSD over HTTP: one route a provider, who may call it, and what a screen has room for.

use crate::cidr::Cidr;
use crate::domain::envelope::{BearerProfile, Device, LinkFacts, Reply};
use crate::domain::lang::Script;
use crate::domain::text::budget::{Budget, USSD};
use crate::setting::SettingProblem;
use core::time::Duration;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The section `[ussd_http]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UssdHttpSettings {
    /// Routes by name; the name is the last part of the path and the name of the link.
    pub routes: BTreeMap<String, RouteSettings>,
}

/// How a provider speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Form in, `CON`/`END` out, all inputs so far joined by `*`.
    #[default]
    AfricasTalking,
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSettings {
    /// How it speaks.
    #[serde(default)]
    pub dialect: Dialect,
    /// The code as it is dialled, `*384*1234#`.
    pub code: String,
    /// The short number, for texts.
    #[serde(default)]
    pub short: String,
    /// What a dialogue costs, for texts.
    #[serde(default)]
    pub tariff: String,
    /// A file with the shared secret; the provider brings it in `X-Kopir-Secret`, or in the path after `/k/`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// From which addresses the provider calls; empty refuses everybody.
    pub allow_from: Vec<Cidr>,
    /// Our own proxies: from them, the last address of `X-Forwarded-For` counts.
    #[serde(default)]
    pub proxies: Vec<Cidr>,
    /// Whether people can dial `*code*21#`: then the first request brings the path. With several gateways behind a
    /// balancer that does not keep a session on one of them, a later hop looks the same; say `false` there.
    #[serde(default = "yes")]
    pub paths: bool,
    /// Bytes of a request's body.
    #[serde(default = "RouteSettings::default_body_max_bytes")]
    pub body_max_bytes: usize,
    /// For reading a request.
    #[serde(default = "RouteSettings::default_read_timeout_ms")]
    pub read_timeout_ms: u64,
    /// How long a request is held while a service is asked.
    #[serde(default = "RouteSettings::default_wait_ms")]
    pub wait_ms: u64,
    /// How long an unfinished dialogue may be gone on with.
    #[serde(default = "RouteSettings::default_resume_secs")]
    pub resume_secs: u64,
    /// Septets a GSM-7 screen has room for.
    #[serde(default = "RouteSettings::default_septets")]
    pub budget_septets: usize,
    /// Units a UCS-2 screen has room for.
    #[serde(default = "RouteSettings::default_units")]
    pub budget_units: usize,
    /// The script where neither the person nor his writing tells.
    #[serde(default = "RouteSettings::default_script")]
    pub script: Script,
}

fn yes() -> bool {
    true
}

impl RouteSettings {
    fn default_body_max_bytes() -> usize {
        8 * 1024
    }

    fn default_read_timeout_ms() -> u64 {
        3_000
    }

    fn default_wait_ms() -> u64 {
        3_000
    }

    fn default_resume_secs() -> u64 {
        600
    }

    fn default_septets() -> usize {
        USSD.septets
    }

    fn default_units() -> usize {
        USSD.units
    }

    fn default_script() -> Script {
        Script::Native
    }

    /// What the gateway knows of this bearer.
    #[must_use]
    pub fn profile(&self) -> BearerProfile {
        BearerProfile {
            budget: Budget { septets: self.budget_septets, units: self.budget_units },
            parts_max: 1,
            keeps_open: true,
            device: Device::Phone,
            reply: Reply::Inline,
            grace: Duration::from_millis(self.wait_ms),
            script: self.script,
            resume: Duration::from_secs(self.resume_secs),
            facts: LinkFacts {
                code: self.code.clone(),
                short: self.short.clone(),
                tariff: self.tariff.clone(),
            },
        }
    }

    fn problems(&self, key: &str, found: &mut Vec<SettingProblem>) {
        let mut note = |field: &str, value: String, reason: &str, cure: String| {
            found.push(SettingProblem::new(&format!("{key}.{field}"), Some(&value), reason, cure));
        };
        if crate::domain::address::Dialled::parse(&self.code).is_err() {
            note("code", self.code.clone(), "not a code", "write it as it is dialled, *384*1234#".to_owned());
        }
        if self.allow_from.is_empty() {
            let cure = "list the provider's addresses, as 196.201.214.0/24";
            note("allow_from", "[]".to_owned(), "nobody may call", cure.to_owned());
        }
        let far = self.allow_from.iter().any(|block| *block == Cidr::ANY_V4 || *block == Cidr::ANY_V6);
        if far && self.secret_file.is_none() {
            let cure = "give a secret_file, or name the provider's addresses";
            note("allow_from", "everybody".to_owned(), "anybody could speak for any number", cure.to_owned());
        }
        if let Some(file) = self.secret_file.as_deref().filter(|file| !file.is_file()) {
            note(
                "secret_file",
                file.display().to_string(),
                "not a file",
                "write the secret into it".to_owned(),
            );
        }
        let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        for (field, value, least, most) in [
            ("body_max_bytes", size(self.body_max_bytes), 512, 65_536),
            ("read_timeout_ms", self.read_timeout_ms, 100, 30_000),
            ("wait_ms", self.wait_ms, 0, 8_000),
            ("resume_secs", self.resume_secs, 0, 86_400),
            ("budget_septets", size(self.budget_septets), 40, 182),
            ("budget_units", size(self.budget_units), 20, 80),
        ] {
            if !(least..=most).contains(&value) {
                note(field, value.to_string(), "out of range", format!("use {least} to {most}"));
            }
        }
    }
}

impl UssdHttpSettings {
    /// All that is wrong, at once.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut found = Vec::new();
        for (name, route) in &self.routes {
            let key = format!("ussd_http.routes.{name}");
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                let cure = "use letters, digits, - and _";
                found.push(SettingProblem::new(&key, Some(name), "cannot stand in a path", cure));
            }
            route.problems(&key, &mut found);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_route_has_no_problems_and_waits_inside_its_request() {
        let settings: UssdHttpSettings =
            toml::from_str("[routes.at]\ncode = \"*384*1234#\"\nallow_from = [\"196.201.214.0/24\"]\n")
                .unwrap();
        assert_eq!(settings.problems(), []);
        let profile = settings.routes["at"].profile();
        assert_eq!((profile.grace, profile.parts_max, profile.keeps_open), (Duration::from_secs(3), 1, true));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let settings: UssdHttpSettings = toml::from_str(
            "[routes.\"a/b\"]\ncode = \"384\"\nallow_from = []\nwait_ms = 60000\nbudget_units = 500\n\
             [routes.open]\ncode = \"*384#\"\nallow_from = [\"0.0.0.0/0\"]\n",
        )
        .unwrap();
        let problems = settings.problems();
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "ussd_http.routes.a/b",
                "ussd_http.routes.a/b.code",
                "ussd_http.routes.a/b.allow_from",
                "ussd_http.routes.a/b.wait_ms",
                "ussd_http.routes.a/b.budget_units",
                "ussd_http.routes.open.allow_from"
            ]
        );
        assert!(
            toml::from_str::<UssdHttpSettings>("[routes.a]\ncode = \"*1#\"\nallow_from = []\nwaitms = 1\n")
                .is_err()
        );
    }
}
