//! What is configured of SMS over HTTP: one route a Kannel, where its `sendsms` is, who may call us, and what is held at once.

use crate::cidr::Cidr;
use crate::domain::envelope::{BearerProfile, Device, LinkFacts, Reply};
use crate::domain::lang::Script;
use crate::setting::{Secret, SettingProblem};
use core::time::Duration;
use hyper::Uri;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The section `[sms_http]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsHttpSettings {
    /// Routes by name; the name is the last part of the path and the name of the link.
    pub routes: BTreeMap<String, RouteSettings>,
}

/// One Kannel. Defaults stand in `Default`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteSettings {
    /// Its `sendsms`, `http://127.0.0.1:13013/cgi-bin/sendsms`.
    pub url: String,
    /// The `sendsms-user`.
    pub username: String,
    /// His password; or `password_file`.
    pub password: Secret,
    /// A file with the password in its first line.
    pub password_file: Option<PathBuf>,
    /// The `smsc-id` to leave by; empty leaves it to Kannel.
    pub smsc: String,
    /// Where Kannel reaches us for delivery reports, `http://127.0.0.1:8090`; empty asks for none.
    pub callback: String,
    /// The short number, for texts and as our own number.
    pub short: String,
    /// What a letter costs the person, for texts.
    pub tariff: String,
    /// A file with the shared secret; Kannel brings it in the path after `/k/`.
    pub secret_file: Option<PathBuf>,
    /// From which addresses Kannel calls; empty refuses everybody.
    pub allow_from: Vec<Cidr>,
    /// Our own proxies: from them, the last address of `X-Forwarded-For` counts.
    pub proxies: Vec<Cidr>,
    /// Bytes of a request's body.
    pub body_max_bytes: usize,
    /// For reading a request.
    pub read_timeout_ms: u64,
    /// Turns under way at once; beyond it Kannel is told to try again.
    pub turns: usize,
    /// Lower goes first when a letter may leave by several links.
    pub priority: u8,
    /// Letters whose answer is waited for at once.
    pub window_letters: usize,
    /// Reminders and alerts that may wait for an answer on top; 0: a quarter of `window_letters`.
    pub bulk_window_letters: usize,
    /// How long connecting may take.
    pub connect_timeout_ms: u64,
    /// How long an answer may take; past it Kannel may have the letter.
    pub response_timeout_ms: u64,
    /// The shortest pause of the route after Kannel could not be reached or refused for now; doubles with each.
    pub pause_min_ms: u64,
    /// The longest.
    pub pause_max_ms: u64,
    /// Parts of a reply at most; Kannel's `max-messages` has to be as high.
    pub parts_max: u8,
    /// How long an unfinished dialogue by letters may be gone on with.
    pub resume_secs: u64,
    /// How long an answer of an office may hold the acknowledgement.
    pub grace_ms: u64,
    /// Letters where nothing else tells.
    pub script: Script,
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            username: String::new(),
            password: Secret::default(),
            password_file: None,
            smsc: String::new(),
            callback: String::new(),
            short: String::new(),
            tariff: String::new(),
            secret_file: None,
            allow_from: Vec::new(),
            proxies: Vec::new(),
            body_max_bytes: 8 * 1024,
            read_timeout_ms: 3_000,
            turns: 256,
            priority: 0,
            window_letters: 32,
            bulk_window_letters: 0,
            connect_timeout_ms: 1_000,
            response_timeout_ms: 10_000,
            pause_min_ms: 500,
            pause_max_ms: 30_000,
            parts_max: 3,
            resume_secs: 86_400,
            grace_ms: 50,
            script: Script::Latin,
        }
    }
}

impl RouteSettings {
    /// Reminders and alerts that may wait for an answer, one at least.
    #[must_use]
    pub fn bulk_window(&self) -> usize {
        match self.bulk_window_letters {
            0 => (self.window_letters / 4).max(1),
            letters => letters,
        }
    }

    /// The password, from the file where one is named (its first line).
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn password(&self) -> std::io::Result<Secret> {
        match &self.password_file {
            Some(file) => Ok(Secret::new(std::fs::read_to_string(file)?.lines().next().unwrap_or_default())),
            None => Ok(self.password.clone()),
        }
    }

    /// What the gateway knows of this bearer.
    #[must_use]
    pub fn profile(&self) -> BearerProfile {
        BearerProfile {
            budget: crate::domain::text::budget::SMS,
            parts_max: self.parts_max,
            keeps_open: false,
            device: Device::Phone,
            reply: Reply::Row,
            grace: Duration::from_millis(self.grace_ms),
            script: self.script,
            resume: Duration::from_secs(self.resume_secs),
            facts: LinkFacts { code: String::new(), short: self.short.clone(), tariff: self.tariff.clone() },
        }
    }

    fn problems(&self, key: &str, found: &mut Vec<SettingProblem>) {
        let mut note = |field: &str, value: &str, reason: &str, cure: &str| {
            found.push(SettingProblem::new(&format!("{key}.{field}"), Some(value), reason, cure));
        };
        if !is_http(&self.url) {
            note("url", &self.url, "not a URL", "write it whole: http://127.0.0.1:13013/cgi-bin/sendsms");
        }
        if !self.callback.is_empty() && !is_http(&self.callback) {
            note(
                "callback",
                &self.callback,
                "not a URL",
                "write where Kannel reaches [http]: http://127.0.0.1:8090",
            );
        }
        for (field, text) in [("username", &self.username), ("smsc", &self.smsc), ("short", &self.short)] {
            if !fits_header(text) {
                note(field, text, "holds signs a header cannot carry", "use plain ASCII");
            }
        }
        if self.username.is_empty() {
            note("username", "", "Kannel lets nobody in without", "write the username of its sendsms-user");
        }
        match self.password() {
            Err(error) => {
                let file =
                    self.password_file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
                note("password_file", &file, &error.to_string(), "name a file that can be read");
            }
            Ok(secret) if secret.is_empty() || !fits_header(secret.expose()) => {
                note(
                    "password",
                    "…",
                    "empty, or signs a header cannot carry",
                    "write the password of the sendsms-user",
                );
            }
            Ok(_) => {}
        }
        if self.password_file.is_some() && !self.password.is_empty() {
            note("password", "…", "both password and password_file are set", "keep one");
        }
        self.door_problems(&mut note);
        self.limit_problems(&mut note);
    }

    fn door_problems(&self, note: &mut impl FnMut(&str, &str, &str, &str)) {
        if self.allow_from.is_empty() {
            note("allow_from", "[]", "nobody may call", "list Kannel's addresses, as 127.0.0.1");
        }
        let far = self.allow_from.iter().any(|block| *block == Cidr::ANY_V4 || *block == Cidr::ANY_V6);
        if far && self.secret_file.is_none() {
            let cure = "give a secret_file, or name Kannel's addresses";
            note("allow_from", "everybody", "anybody could speak for any number", cure);
        }
        if let Some(file) = &self.secret_file {
            let shown = file.display().to_string();
            match crate::door::secret(file) {
                Err(reason) => note("secret_file", &shown, &reason, "write 16 signs or more into the file"),
                Ok(secret) if !secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b)) => {
                    note("secret_file", &shown, "cannot stand in a path", "use letters, digits, - _ . ~");
                }
                Ok(_) => {}
            }
        }
    }

    fn limit_problems(&self, note: &mut impl FnMut(&str, &str, &str, &str)) {
        let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        for (field, value, least, most) in [
            ("body_max_bytes", size(self.body_max_bytes), 512, 65_536),
            ("read_timeout_ms", self.read_timeout_ms, 100, 30_000),
            ("turns", size(self.turns), 1, 65_536),
            ("window_letters", size(self.window_letters), 1, 10_000),
            ("bulk_window_letters", size(self.bulk_window_letters), 0, 10_000),
            ("connect_timeout_ms", self.connect_timeout_ms, 1, 30_000),
            ("response_timeout_ms", self.response_timeout_ms, 1, 300_000),
            ("pause_min_ms", self.pause_min_ms, 10, 60_000),
            ("pause_max_ms", self.pause_max_ms, self.pause_min_ms, 3_600_000),
            ("parts_max", u64::from(self.parts_max), 1, 10),
            ("grace_ms", self.grace_ms, 0, 8_000),
        ] {
            if !(least..=most).contains(&value) {
                note(field, &value.to_string(), "out of range", &format!("use {least} to {most}"));
            }
        }
    }
}

/// Kannel reads headers as octets: only ASCII is the same on both sides.
fn fits_header(text: &str) -> bool {
    text.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic())
}

/// Whether this is a whole URL without credentials in it, which a log would show.
fn is_http(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        scheme && uri.query().is_none() && uri.authority().is_some_and(|at| !at.as_str().contains('@'))
    })
}

impl SmsHttpSettings {
    /// All that is wrong, at once. Secrets are not shown.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut found = Vec::new();
        for (name, route) in &self.routes {
            let key = format!("sms_http.routes.{name}");
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

    const GOOD: &str = "[routes.kannel]\nurl = \"http://127.0.0.1:13013/cgi-bin/sendsms\"\nusername = \"kopir\"\n\
                        password = \"hunter2\"\ncallback = \"http://127.0.0.1:8090\"\nallow_from = [\"127.0.0.1\"]\n";

    #[test]
    fn a_good_route_has_no_problems_and_answers_by_row() {
        let settings: SmsHttpSettings = toml::from_str(GOOD).unwrap();
        assert_eq!(settings.problems(), []);
        let profile = settings.routes["kannel"].profile();
        assert_eq!((profile.reply, profile.parts_max, profile.keeps_open), (Reply::Row, 3, false));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let settings: SmsHttpSettings = toml::from_str(
            "[routes.\"a/b\"]\nurl = \"http://kopir:secret@h/\"\ncallback = \"8090\"\nwindow_letters = 0\n\
             pause_max_ms = 1\nallow_from = [\"0.0.0.0/0\"]\nsmsc = \"Билайн\"\n[routes.bare]\n",
        )
        .unwrap();
        let problems = settings.problems();
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
        for key in [
            "sms_http.routes.a/b",
            "sms_http.routes.a/b.url",
            "sms_http.routes.a/b.callback",
            "sms_http.routes.a/b.smsc",
            "sms_http.routes.a/b.username",
            "sms_http.routes.a/b.password",
            "sms_http.routes.a/b.allow_from",
            "sms_http.routes.a/b.window_letters",
            "sms_http.routes.a/b.pause_max_ms",
            "sms_http.routes.bare.url",
            "sms_http.routes.bare.allow_from",
        ] {
            assert!(keys.contains(&key), "{key} is not among {keys:?}");
        }
        assert!(!format!("{problems:?}").contains("kopir:secret"), "{problems:?}");
        assert!(toml::from_str::<SmsHttpSettings>("[routes.a]\nurll = \"x\"\n").is_err());
    }
}
