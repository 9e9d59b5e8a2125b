//! What an operator writes about SMPP links: names, secrets, limits, dialects; checked as a whole before anything starts.

use super::body::BindKind;
use super::dialect::{Alphabet, Closing, CodeAt, CopyRule, Dialect, SessionAt};
use crate::domain::envelope::{BearerProfile, Device, LinkFacts, Reply};
use crate::domain::lang::Script;
use crate::domain::receipt::IdForm;
use crate::domain::text::budget::Budget;
use crate::setting::Secret;
use core::time::Duration;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `[smpp]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmppSettings {
    /// Links by name; the name is a metric label.
    pub links: BTreeMap<String, LinkSettings>,
}

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carries {
    /// Dialogues.
    Ussd,
    /// Letters.
    Sms,
}

/// How a link binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One connection for both ways.
    Transceiver,
    /// One connection each way.
    Pair,
}

/// `[smpp.links.<name>]`: one ESME account. Defaults stand in `Default`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkSettings {
    /// Host of the SMSC.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who we are there, 15 octets at most.
    pub system_id: String,
    /// The secret, 8 octets at most; or `password_file`.
    pub password: Secret,
    /// A file with the secret in its first line.
    pub password_file: Option<PathBuf>,
    /// `system_type`.
    pub system_type: String,
    /// `interface_version`: 52 (0x34) is SMPP 3.4.
    pub interface_version: u8,
    /// `address_range` of the bind.
    pub address_range: String,
    /// One connection or a pair.
    pub mode: Mode,
    /// Dialogues, letters, or both.
    pub carries: Vec<Carries>,
    /// Lower goes first when a letter may leave by several.
    pub priority: u8,
    /// Requests of ours that may be unanswered, but for reminders and alerts.
    pub window_pdus: usize,
    /// Reminders and alerts that may be unanswered on top of them; 0 is a quarter of `window_pdus`. What the SMSC allows is
    /// the sum of the two.
    pub bulk_window_pdus: usize,
    /// PDUs a second of letters at most, every part counted; 0 is without limit. Halved while the SMSC throttles.
    pub rate_pdus: u32,
    /// PDUs that may wait to be written; more only hides a slow peer.
    pub queue_pdus: usize,
    /// Turns in flight; at this many the link stops reading.
    pub turns: usize,
    /// How long a response of theirs may take, our queue included.
    pub response_timeout_ms: u64,
    /// Silence after which we ask `enquire_link`.
    pub enquire_link_secs: u64,
    /// Without any message for this long the link binds anew; 0 never.
    pub inactivity_secs: u64,
    /// How long connecting and binding may take, each.
    pub connect_timeout_ms: u64,
    /// The shortest wait before connecting again.
    pub reconnect_min_ms: u64,
    /// The longest.
    pub reconnect_max_ms: u64,
    /// The shortest wait after a bind was refused: wrong passwords tried fast get accounts blocked.
    pub rejected_retry_secs: u64,
    /// Store failures in a row after which the receiver unbinds, so that the network keeps its messages.
    pub refusals_before_unbind: u32,
    /// A response later than this may have been given up by the SMSC, so that equal octets are a copy.
    pub late_after_ms: u64,
    /// `command_status` for a letter that could not be committed: `ESME_RX_T_APPN` is 100 (0x64).
    pub temporary_status: u32,
    /// Dialogues.
    pub ussd: UssdSettings,
    /// Letters.
    pub sms: SmsSettings,
    /// Joining of long inbound letters.
    pub join: JoinSettings,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 2775,
            system_id: String::new(),
            password: Secret::default(),
            password_file: None,
            system_type: String::new(),
            interface_version: 0x34,
            address_range: String::new(),
            mode: Mode::Transceiver,
            carries: vec![Carries::Sms],
            priority: 0,
            window_pdus: 64,
            bulk_window_pdus: 0,
            rate_pdus: 0,
            queue_pdus: 256,
            turns: 512,
            response_timeout_ms: 10_000,
            enquire_link_secs: 30,
            inactivity_secs: 0,
            connect_timeout_ms: 5_000,
            reconnect_min_ms: 500,
            reconnect_max_ms: 30_000,
            rejected_retry_secs: 60,
            refusals_before_unbind: 20,
            late_after_ms: 5_000,
            temporary_status: super::pdu::status::RX_TEMPORARY,
            ussd: UssdSettings::default(),
            sms: SmsSettings::default(),
            join: JoinSettings::default(),
        }
    }
}

/// `[smpp.links.<name>.ussd]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UssdSettings {
    /// `spec`, `bare`, `tata`, `sixd` or `mica`.
    pub dialect: String,
    /// What this operator does otherwise.
    pub overrides: Overrides,
    /// The code as texts name it, `*100#`; empty when texts should not.
    pub code: String,
    /// What it costs the person, as texts name it.
    pub tariff: String,
    /// `source_addr` of pages that answer no waiting request; the code's digits when empty.
    pub source: String,
    /// Type of number of `source_addr` and `destination_addr` then.
    pub ton: u8,
    /// Numbering plan of both then.
    pub npi: u8,
    /// Septets of a page; 182 is the limit of the air interface.
    pub budget_septets: usize,
    /// UCS-2 units of a page; 80 is the limit of the air interface.
    pub budget_units: usize,
    /// How long an unfinished dialogue may be gone on with.
    pub resume_secs: u64,
    /// How long an answer may hold the acknowledgement.
    pub grace_ms: u64,
    /// Letters where nothing else tells.
    pub script: Script,
}

impl Default for UssdSettings {
    fn default() -> Self {
        Self {
            dialect: "spec".to_owned(),
            overrides: Overrides::default(),
            code: String::new(),
            tariff: String::new(),
            source: String::new(),
            ton: 1,
            npi: 1,
            budget_septets: 160,
            budget_units: 70,
            resume_secs: 300,
            grace_ms: 50,
            script: Script::Native,
        }
    }
}

/// Values of a dialect that an operator does otherwise; what is absent stays as the dialect has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    /// See `Dialect`.
    pub begin: Option<Vec<u8>>,
    /// See `Dialect`.
    pub answer: Option<Vec<u8>>,
    /// See `Dialect`.
    pub abort: Option<Vec<u8>>,
    /// See `Dialect`.
    pub ask: Option<u8>,
    /// See `Dialect`.
    pub notify: Option<u8>,
    /// See `Dialect`.
    pub end: Option<u8>,
    /// See `Dialect`.
    pub closing: Option<Closing>,
    /// See `Dialect`.
    pub end_bit: Option<bool>,
    /// See `Dialect`.
    pub session: Option<SessionAt>,
    /// See `Dialect`.
    pub code: Option<CodeAt>,
    /// See `Dialect`; `""` sends an empty one.
    pub service_type: Option<String>,
    /// See `Dialect`.
    pub gsm7: Option<u8>,
    /// See `Dialect`.
    pub ucs2: Option<u8>,
    /// See `Dialect`; the key is the octet, decimal or `0x…`.
    pub coding: BTreeMap<String, Alphabet>,
    /// See `Dialect`.
    pub packed: Option<bool>,
    /// See `Dialect`.
    pub copy: Option<CopyRule>,
}

/// How a long letter leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LongForm {
    /// UDH with an 8-bit reference (IEI 0x00): the form every handset knows.
    Udh8,
    /// UDH with a 16-bit reference (IEI 0x08): one septet or unit less a part.
    Udh16,
    /// `sar_*` TLVs: the SMSC writes the UDH.
    Sar,
    /// `message_payload`: the SMSC cuts.
    Payload,
}

/// `[smpp.links.<name>.sms]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsSettings {
    /// The short number as texts name it.
    pub short: String,
    /// What a letter costs the person, as texts name it.
    pub tariff: String,
    /// Type of number of our own number: 3 is network specific (short codes), 1 international, 5 alphanumeric.
    pub source_ton: u8,
    /// Its numbering plan.
    pub source_npi: u8,
    /// Type of number of subscribers.
    pub destination_ton: u8,
    /// Their numbering plan.
    pub destination_npi: u8,
    /// `service_type`.
    pub service_type: String,
    /// `data_coding` of GSM-7.
    pub gsm7: u8,
    /// `data_coding` of UCS-2.
    pub ucs2: u8,
    /// How a long letter leaves.
    pub long: LongForm,
    /// Parts of a reply at most.
    pub parts_max: u8,
    /// How the operator writes ids in responses and receipts.
    pub message_id: IdForm,
    /// How long an unfinished dialogue by letters may be gone on with.
    pub resume_secs: u64,
    /// How long an answer may hold the acknowledgement.
    pub grace_ms: u64,
    /// Letters where nothing else tells.
    pub script: Script,
}

impl Default for SmsSettings {
    fn default() -> Self {
        Self {
            short: String::new(),
            tariff: String::new(),
            source_ton: 3,
            source_npi: 0,
            destination_ton: 1,
            destination_npi: 1,
            service_type: String::new(),
            gsm7: 0,
            ucs2: 8,
            long: LongForm::Udh8,
            parts_max: 3,
            message_id: IdForm::Auto,
            resume_secs: 86_400,
            grace_ms: 50,
            script: Script::Latin,
        }
    }
}

/// `[smpp.links.<name>.join]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JoinSettings {
    /// How long the response to a part is withheld for the rest to come. Below the SMSC's own response time-out.
    pub hold_ms: u64,
    /// How long parts are kept for the rest, and finished letters known again.
    pub keep_secs: u64,
    /// Unfinished letters at most; the oldest gives way.
    pub letters: usize,
    /// Octets of all their parts at most.
    pub octets: usize,
}

impl Default for JoinSettings {
    fn default() -> Self {
        Self { hold_ms: 5_000, keep_secs: 300, letters: 1_024, octets: 1 << 20 }
    }
}

impl LinkSettings {
    /// Reminders and alerts that may be unanswered: as said, or a quarter of `window_pdus`.
    #[must_use]
    pub fn bulk_window(&self) -> usize {
        match self.bulk_window_pdus {
            0 => (self.window_pdus / 4).max(1),
            said => said,
        }
    }

    /// The secret, from the file where one is named (its first line).
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn secret(&self) -> std::io::Result<Secret> {
        match &self.password_file {
            Some(file) => Ok(Secret::new(std::fs::read_to_string(file)?.lines().next().unwrap_or_default())),
            None => Ok(self.password.clone()),
        }
    }

    /// The connections this link keeps.
    #[must_use]
    pub fn binds(&self) -> &'static [BindKind] {
        match self.mode {
            Mode::Transceiver => &[BindKind::Transceiver],
            Mode::Pair => &[BindKind::Transmitter, BindKind::Receiver],
        }
    }

    /// Whether it carries this.
    #[must_use]
    pub fn carries(&self, what: Carries) -> bool {
        self.carries.contains(&what)
    }

    /// How long a response may take.
    #[must_use]
    pub fn response_timeout(&self) -> Duration {
        Duration::from_millis(self.response_timeout_ms)
    }
}

impl UssdSettings {
    /// The dialect with this operator's values; `None` for an unknown name or an octet that is none.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        let base = Dialect::named(&self.dialect)?;
        let o = &self.overrides;
        let mut coding = base.coding;
        for (octet, alphabet) in &o.coding {
            coding.insert(parse_octet(octet)?, *alphabet);
        }
        Some(Dialect {
            begin: o.begin.clone().unwrap_or(base.begin),
            answer: o.answer.clone().unwrap_or(base.answer),
            abort: o.abort.clone().unwrap_or(base.abort),
            ask: o.ask.unwrap_or(base.ask),
            notify: o.notify.unwrap_or(base.notify),
            end: o.end.unwrap_or(base.end),
            closing: o.closing.unwrap_or(base.closing),
            end_bit: o.end_bit.unwrap_or(base.end_bit),
            session: o.session.unwrap_or(base.session),
            code: o.code.unwrap_or(base.code),
            service_type: o.service_type.clone().or(base.service_type),
            gsm7: o.gsm7.unwrap_or(base.gsm7),
            ucs2: o.ucs2.unwrap_or(base.ucs2),
            coding,
            packed: o.packed.unwrap_or(base.packed),
            copy: o.copy.unwrap_or(base.copy),
        })
    }

    /// What the gateway is told of dialogues here. `short` is the link's short number, if it has one.
    #[must_use]
    pub fn profile(&self, short: &str) -> BearerProfile {
        BearerProfile {
            budget: Budget { septets: self.budget_septets, units: self.budget_units },
            parts_max: 1,
            keeps_open: true,
            device: Device::Phone,
            reply: Reply::Inline,
            grace: Duration::from_millis(self.grace_ms),
            script: self.script,
            resume: Duration::from_secs(self.resume_secs),
            facts: LinkFacts {
                code: self.code.clone(),
                short: short.to_owned(),
                tariff: self.tariff.clone(),
            },
        }
    }
}

impl SmsSettings {
    /// What the gateway is told of letters here. `code` is the link's code, if it has one.
    #[must_use]
    pub fn profile(&self, code: &str) -> BearerProfile {
        BearerProfile {
            budget: crate::domain::text::budget::SMS,
            parts_max: self.parts_max,
            keeps_open: false,
            device: Device::Phone,
            reply: Reply::Row,
            grace: Duration::from_millis(self.grace_ms),
            script: self.script,
            resume: Duration::from_secs(self.resume_secs),
            facts: LinkFacts {
                code: code.to_owned(),
                short: self.short.clone(),
                tariff: self.tariff.clone(),
            },
        }
    }
}

pub(super) fn parse_octet(text: &str) -> Option<u8> {
    match text.strip_prefix("0x") {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_with_defaults_and_its_secret_is_never_shown() {
        let text = r#"
            [links.kcell]
            host = "127.0.0.1"
            system_id = "kopir"
            password = "hunter2"
            carries = ["ussd", "sms"]
            [links.kcell.ussd]
            dialect = "bare"
            overrides = { end = 32, coding = { "0x11" = "gsm7" } }
        "#;
        let settings: SmppSettings = toml::from_str(text).unwrap();
        assert_eq!(settings.problems(), vec![]);
        let link = &settings.links["kcell"];
        let dialect = link.ussd.dialect().unwrap();
        assert_eq!((dialect.end, dialect.gsm7, dialect.alphabet(0x11)), (32, 0x0F, Alphabet::Gsm7));
        assert_eq!((link.window_pdus, link.secret().unwrap().expose()), (64, "hunter2"));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(toml::from_str::<SmppSettings>("[links.a]\nhots = \"x\"").is_err());
    }
}
