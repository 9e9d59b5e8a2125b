//! What is wrong with the settings of links, all of it at once, each with its cure; secrets are never shown.

use super::dialect::NAMES;
use super::settings::{LinkSettings, SmppSettings, parse_octet};
use crate::setting::SettingProblem;

impl SmppSettings {
    /// Everything that is wrong, all at once. Secrets are not shown.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        self.links.iter().flat_map(|(name, link)| link.problems(&format!("smpp.links.{name}"))).collect()
    }
}

impl LinkSettings {
    fn problems(&self, path: &str) -> Vec<SettingProblem> {
        let mut found = Vec::new();
        let mut wrong = |key: &str, value: String, reason: &str, cure: &str| {
            found.push(SettingProblem::new(&format!("{path}.{key}"), Some(&value), reason, cure));
        };
        if self.host.is_empty() {
            wrong("host", String::new(), "no host to connect to", "name the SMSC's host or address");
        }
        if self.system_id.is_empty() || self.system_id.len() > 15 {
            wrong(
                "system_id",
                self.system_id.clone(),
                "must have 1 to 15 octets",
                "use the id the operator gave",
            );
        }
        let secret = self.secret();
        match &secret {
            Err(error) => {
                let file =
                    self.password_file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
                wrong("password_file", file, &error.to_string(), "name a file that can be read");
            }
            Ok(secret) if secret.expose().len() > 8 => {
                wrong(
                    "password",
                    "…".to_owned(),
                    "longer than 8 octets (SMPP 3.4 §5.2.2)",
                    "ask the operator",
                );
            }
            Ok(_) => {}
        }
        if self.password_file.is_some() && !self.password.expose().is_empty() {
            wrong("password", "…".to_owned(), "both password and password_file are set", "keep one");
        }
        if self.system_type.len() > 12 {
            wrong("system_type", self.system_type.clone(), "longer than 12 octets", "shorten it");
        }
        if self.address_range.len() > 40 {
            wrong("address_range", self.address_range.clone(), "longer than 40 octets", "shorten it");
        }
        if self.carries.is_empty() {
            wrong(
                "carries",
                "[]".to_owned(),
                "the link carries nothing",
                "write [\"sms\"], [\"ussd\"] or both",
            );
        }
        self.limit_problems(&mut wrong);
        self.bearer_problems(&mut wrong);
        found
    }

    fn limit_problems(&self, wrong: &mut impl FnMut(&str, String, &str, &str)) {
        let counts = [
            ("window_pdus", self.window_pdus, 10_000),
            ("queue_pdus", self.queue_pdus, 65_536),
            ("turns", self.turns, 65_536),
            ("join.letters", self.join.letters, 1_000_000),
        ];
        for (key, value, most) in counts {
            if value == 0 || value > most {
                wrong(
                    key,
                    value.to_string(),
                    &format!("must lie in 1..={most}"),
                    "use the default if unsure",
                );
            }
        }
        let spans = [
            ("response_timeout_ms", self.response_timeout_ms),
            ("enquire_link_secs", self.enquire_link_secs),
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("reconnect_min_ms", self.reconnect_min_ms),
        ];
        for (key, value) in spans {
            if value == 0 {
                wrong(key, value.to_string(), "must not be 0", "use the default if unsure");
            }
        }
        if self.bulk_window_pdus > self.window_pdus {
            let value = self.bulk_window_pdus.to_string();
            let cure = "lower it; 0 is a quarter of window_pdus";
            wrong("bulk_window_pdus", value, "is more than window_pdus: bulk would crowd out replies", cure);
        }
        if self.reconnect_max_ms < self.reconnect_min_ms {
            let value = self.reconnect_max_ms.to_string();
            wrong("reconnect_max_ms", value, "is less than reconnect_min_ms", "raise it");
        }
        if self.temporary_status == 0 {
            wrong(
                "temporary_status",
                "0".to_owned(),
                "0 would acknowledge what was not committed",
                "use 100 (0x64)",
            );
        }
    }

    fn bearer_problems(&self, wrong: &mut impl FnMut(&str, String, &str, &str)) {
        if !NAMES.contains(&self.ussd.dialect.as_str()) {
            let cure = format!("use one of {}", NAMES.join(", "));
            wrong("ussd.dialect", self.ussd.dialect.clone(), "no such dialect", &cure);
        }
        for octet in self.ussd.overrides.coding.keys().filter(|octet| parse_octet(octet).is_none()) {
            wrong("ussd.overrides.coding", octet.clone(), "not an octet", "write 0 to 255 or 0x00 to 0xff");
        }
        let long = |text: &String| text.len() > 5;
        if self.ussd.overrides.service_type.as_ref().is_some_and(long) {
            let value = self.ussd.overrides.service_type.clone().unwrap_or_default();
            wrong("ussd.overrides.service_type", value, "longer than 5 octets", "shorten it");
        }
        if long(&self.sms.service_type) {
            wrong("sms.service_type", self.sms.service_type.clone(), "longer than 5 octets", "shorten it");
        }
        let (septets, units) = (self.ussd.budget_septets, self.ussd.budget_units);
        if septets == 0 || septets > 182 {
            wrong(
                "ussd.budget_septets",
                septets.to_string(),
                "must lie in 1..=182",
                "160 fits every network",
            );
        }
        if units == 0 || units > 80 {
            wrong("ussd.budget_units", units.to_string(), "must lie in 1..=80", "70 fits every network");
        }
        if self.sms.parts_max == 0 {
            wrong("sms.parts_max", "0".to_owned(), "no part is no letter", "use 3");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_come_at_once_with_their_keys() {
        let text = r#"
            [links.a]
            system_id = "sixteen-octets-!"
            password = "ninechars"
            window_pdus = 0
            carries = []
            ussd.dialect = "klingon"
        "#;
        let settings: SmppSettings = toml::from_str(text).unwrap();
        let keys: Vec<String> = settings.problems().into_iter().map(|problem| problem.key).collect();
        let expected = ["host", "system_id", "password", "carries", "window_pdus", "ussd.dialect"];
        assert_eq!(keys, expected.map(|key| format!("smpp.links.a.{key}")));
        assert!(!format!("{:?}", settings.problems()).contains("ninechars"));
    }
}
