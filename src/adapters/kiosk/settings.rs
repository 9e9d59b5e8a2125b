//! What is configured of the kiosk: where it listens, whose device it is, how long a silent visit lasts, what is bounded.

use crate::domain::address::Dialled;
use crate::domain::envelope::{BearerProfile, Device, LinkFacts, LinkName, Reply};
use crate::domain::lang::Script;
use crate::domain::text::budget::Budget;
use crate::setting::SettingProblem;
use core::time::Duration;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Room of a screen that is drawn and scrolls nowhere: more than any text has.
const ROOM: usize = 8_000;
/// An office is waited for so long; then the dialogue goes on as the menu says of a slow one. Offices give up well before.
pub const OFFICE: Duration = Duration::from_secs(15);
/// Beyond idle and warning, before the server ends a visit by itself: the page's own end comes first.
const LEEWAY: Duration = Duration::from_secs(2);

/// The section `[kiosk]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KioskSettings {
    /// Whether the page and its API are served at all.
    pub enabled: bool,
    /// Where.
    pub listen: SocketAddr,
    /// The device's name; a metric label and part of the link's name.
    pub device: String,
    /// The centre's name, as people read it.
    pub centre: String,
    /// A file with the secret that a device brings in `Kiosk-Key` when a visit begins.
    pub key_file: Option<PathBuf>,
    /// The code as it is dialled on a phone, `*100#`.
    pub code: String,
    /// The short number, for texts.
    pub short: String,
    /// Seconds without a touch before the warning.
    pub idle_secs: u64,
    /// The same on screens with personal data.
    pub private_idle_secs: u64,
    /// Seconds that the warning stands.
    pub warning_secs: u64,
    /// How often the warning can be answered by "I am here".
    pub extensions_max: u32,
    /// Pixels (CSS) a millimetre of this screen.
    pub px_per_mm: f64,
    /// How long a request is held while an office is asked.
    pub wait_ms: u64,
    /// Visits at once.
    pub visits_max: usize,
    /// Visits that may begin within a minute.
    pub visits_minute_max: u32,
    /// The folder of the recordings.
    pub clips: Option<PathBuf>,
    /// Whether the page says that its data are samples.
    pub sample: bool,
    /// `[kiosk.paper]`.
    pub paper: PaperSettings,
}

/// The section `[kiosk.paper]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperSettings {
    /// The printer's device, a file, or a folder that gets a sheet and its picture in files of their own; empty: no paper.
    pub path: PathBuf,
    /// Dots across: 576 on paper of 80 mm, 384 on 58 mm.
    pub width_dots: u16,
}

impl KioskSettings {
    /// The name of the link that its dialogues come over.
    #[must_use]
    pub fn link(&self) -> LinkName {
        format!("kiosk/{}", self.device).into()
    }

    /// What it can show and do.
    #[must_use]
    pub fn profile(&self) -> BearerProfile {
        BearerProfile {
            budget: Budget { septets: ROOM, units: ROOM },
            parts_max: 1,
            keeps_open: true,
            reply: Reply::Inline,
            device: Device::Shared,
            grace: OFFICE,
            script: Script::Native,
            resume: self.lasts(),
            facts: LinkFacts { code: self.code.clone(), short: self.short.clone(), tariff: String::new() },
        }
    }

    /// For how long a dialogue can be gone on with: a person who only says "I am here" takes no turn meanwhile. It is
    /// erased when the visit ends; this is how long one may lie that a crash has left behind.
    fn lasts(&self) -> Duration {
        let extensions = u64::from(self.extensions_max).saturating_add(1);
        let secs = self.idle_secs.saturating_add(self.warning_secs).saturating_mul(extensions);
        Duration::from_secs(secs).saturating_add(LEEWAY)
    }

    /// After how long without a call the server ends a visit by itself.
    #[must_use]
    pub fn silent_after(&self, private: bool) -> Duration {
        let idle = if private { self.private_idle_secs } else { self.idle_secs };
        Duration::from_secs(idle.saturating_add(self.warning_secs)).saturating_add(LEEWAY)
    }

    /// See `wait_ms`.
    #[must_use]
    pub fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }

    /// What is well-formed and still wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut found = self.out_of_range();
        let mut wrong = |key: &str, value: &str, reason: &str, cure: &str| {
            found.push(SettingProblem::new(&format!("kiosk.{key}"), Some(value), reason, cure));
        };
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if self.device.is_empty() || self.device.len() > 32 || !self.device.bytes().all(plain) {
            wrong("device", &self.device, "not a name", "use 1 to 32 letters, digits, - and _");
        }
        if self.centre.trim().is_empty() || self.centre.chars().count() > 60 {
            wrong("centre", &self.centre, "not a name", "write the centre's name, 60 characters at most");
        }
        if Dialled::parse(&self.code).is_err() {
            wrong("code", &self.code, "not a code that can be dialled", "write it as it is dialled: *100#");
        }
        if !(1.0..=20.0).contains(&self.px_per_mm) {
            let value = self.px_per_mm.to_string();
            wrong("px_per_mm", &value, "out of range", "divide the screen's width in px by its width in mm");
        }
        if self.enabled
            && let Some(file) = &self.key_file
            && let Err(reason) = crate::door::secret(file)
        {
            let cure = "write a secret of 16 characters or more into it";
            wrong("key_file", &file.display().to_string(), &reason, cure);
        }
        if let Some(folder) = self.clips.as_ref().filter(|folder| !folder.is_dir()) {
            let cure = "name the folder of the recordings, or leave it out";
            wrong("clips", &folder.display().to_string(), "no such folder", cure);
        }
        if ![576, 384].contains(&self.paper.width_dots) {
            let cure = "use 576 for paper of 80 mm, 384 for 58 mm";
            wrong("paper.width_dots", &self.paper.width_dots.to_string(), "no such paper", cure);
        }
        found
    }

    fn out_of_range(&self) -> Vec<SettingProblem> {
        let bounds = [
            ("idle_secs", self.idle_secs, 60, 300),
            ("private_idle_secs", self.private_idle_secs, 30, self.idle_secs),
            ("warning_secs", self.warning_secs, 20, 120),
            ("extensions_max", u64::from(self.extensions_max), 10, 100),
            ("wait_ms", self.wait_ms, 100, 4_000),
            ("visits_max", u64::try_from(self.visits_max).unwrap_or(u64::MAX), 1, 4_096),
            ("visits_minute_max", u64::from(self.visits_minute_max), 1, 100_000),
        ];
        let outside = bounds.into_iter().filter(|(_, value, least, most)| value < least || value > most);
        outside
            .map(|(key, value, least, most)| {
                let cure = format!("use {least} to {most}");
                let key = format!("kiosk.{key}");
                SettingProblem::new(&key, Some(&value.to_string()), "out of range", cure)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "enabled = true\nlisten = \"127.0.0.1:8083\"\ndevice = \"hall-1\"\ncentre = \"ЦТМ\"\ncode = \"*100#\"\n\
        short = \"\"\nidle_secs = 90\nprivate_idle_secs = 60\nwarning_secs = 30\nextensions_max = 10\npx_per_mm = 4\n\
        wait_ms = 2000\nvisits_max = 64\nvisits_minute_max = 60\nsample = false\npaper = {path = \"\", width_dots = 576}\n";

    #[test]
    fn a_good_kiosk_has_no_problems_and_ends_what_is_silent_within_five_seconds() {
        let settings: KioskSettings = toml::from_str(GOOD).unwrap();
        assert_eq!(settings.problems(), []);
        assert_eq!(settings.silent_after(false), Duration::from_secs(90 + 30 + 2));
        assert_eq!(settings.silent_after(true), Duration::from_secs(60 + 30 + 2));
        let profile = settings.profile();
        assert_eq!((profile.device, profile.keeps_open), (Device::Shared, true));
        assert_eq!(profile.resume, Duration::from_secs(120 * 11 + 2), "ten extensions without a turn");
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let text = GOOD
            .replace("hall-1", "hall 1")
            .replace("ЦТМ", "")
            .replace("*100#", "100")
            .replace("idle_secs = 90", "idle_secs = 20")
            .replace("extensions_max = 10", "extensions_max = 3")
            .replace("px_per_mm = 4", "px_per_mm = 0.2")
            .replace("wait_ms = 2000", "wait_ms = 60000")
            .replace("576", "600")
            + "key_file = \"nowhere\"\nclips = \"nowhere\"\n";
        // A table in a line cannot be followed by keys of the section in TOML's file order only by chance: this one is inline.
        let settings: KioskSettings = toml::from_str(&text).unwrap();
        let keys: Vec<_> = settings.problems().into_iter().map(|problem| problem.key).collect();
        let wanted = [
            "kiosk.idle_secs",
            "kiosk.private_idle_secs",
            "kiosk.extensions_max",
            "kiosk.wait_ms",
            "kiosk.device",
            "kiosk.centre",
            "kiosk.code",
            "kiosk.px_per_mm",
            "kiosk.key_file",
            "kiosk.clips",
            "kiosk.paper.width_dots",
        ];
        assert_eq!(keys, wanted);
    }
}
