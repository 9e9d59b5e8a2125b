//! An office that answers from a YAML file, always the same: for checks, conversations and rehearsals.

use super::contract::{AS_OF, Typed, checked};
use crate::domain::address::Msisdn;
use crate::domain::service::{Answer, Call, spec};
use crate::domain::value::{Value, Values};
use crate::ports::{Upstream, UpstreamError};
use async_trait::async_trait;
use core::time::Duration;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A scripted answer may take so long; a rehearsal that hangs for ever shows nothing.
pub const AFTER_MAX_MS: u64 = 60_000;

/// Service → lines, the first that fits answers.
pub type Script = BTreeMap<String, Vec<Line>>;

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What must have been given, as text; what is not named may be anything.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// The outcome; needless where there is a fault.
    #[serde(default)]
    pub outcome: Option<String>,
    /// What texts may mention.
    #[serde(default)]
    pub values: BTreeMap<String, Plain>,
    /// Of which day it is.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// It takes so long.
    #[serde(default)]
    pub after_ms: u64,
    /// It fails.
    #[serde(default)]
    pub fault: Option<Fault>,
}

/// A value as a person writes it: `"7890"` is digits, `7` a number, `2026-10-03` a date, any other word a word; the
/// typed form of the contract says everything else.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Plain {
    /// `{text: Алматы}`.
    Typed(Typed),
    /// `7`.
    Number(i64),
    /// `approved`.
    Said(String),
}

/// How an office fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// It cannot be reached.
    Down,
    /// It never answers.
    Hang,
    /// It answers something else.
    Garbage,
    /// It refuses us.
    Refused,
}

/// The scripted office.
#[derive(Debug)]
pub struct Scripted {
    script: Mutex<Script>,
    told: Mutex<Option<Fault>>,
}

/// Why a script cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is not the YAML of a script.
    #[error("{0}")]
    Yaml(String),
    /// A line answers what its service cannot.
    #[error("service \"{service}\", line {line}: {reason}")]
    Line {
        /// Of which service.
        service: String,
        /// From 1.
        line: usize,
        /// What.
        reason: String,
    },
}

impl Scripted {
    /// Reads a script and holds every line against its service.
    ///
    /// # Errors
    /// `ScriptError`, the first found.
    pub fn parse(yaml: &str) -> Result<Self, ScriptError> {
        let script: Script =
            serde_saphyr::from_str(yaml).map_err(|error| ScriptError::Yaml(error.to_string()))?;
        Self::new(script)
    }

    /// Plays a script that is read already.
    ///
    /// # Errors
    /// As `parse`.
    pub fn new(script: Script) -> Result<Self, ScriptError> {
        check(&script)?;
        Ok(Self { script: Mutex::new(script), told: Mutex::new(None) })
    }

    /// From now on every call fails so, until told `None`.
    pub fn tell(&self, fault: Option<Fault>) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// From now on these lines come before all others of the service.
    ///
    /// # Errors
    /// As `parse`; then nothing is changed.
    pub fn put(&self, service: &str, lines: Vec<Line>) -> Result<(), ScriptError> {
        check(&BTreeMap::from([(service.to_owned(), lines.clone())]))?;
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.entry(service.to_owned()).or_default().splice(0..0, lines);
        Ok(())
    }

    fn line(&self, call: &Call) -> Option<Line> {
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.get(&call.service)?.iter().find(|line| line.fits(&call.give)).cloned()
    }
}

#[async_trait]
impl Upstream for Scripted {
    async fn call(&self, call: &Call, _to: &Msisdn) -> Result<Answer, UpstreamError> {
        let told = *self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = told {
            return fault.play().await;
        }
        let Some(line) = self.line(call) else {
            return Err(UpstreamError::Broken("script has no line for this call".to_owned()));
        };
        if line.after_ms > 0 {
            tokio::time::sleep(Duration::from_millis(line.after_ms)).await;
        }
        match line.fault {
            Some(fault) => fault.play().await,
            None => line.answer().map_err(UpstreamError::Broken),
        }
    }

    async fn healthy(&self) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

impl Fault {
    async fn play(self) -> Result<Answer, UpstreamError> {
        Err(match self {
            Self::Down => UpstreamError::Away("told to be down".to_owned()),
            Self::Garbage => UpstreamError::Broken("told to answer garbage".to_owned()),
            Self::Refused => UpstreamError::Refused("told to refuse".to_owned()),
            Self::Hang => {
                tokio::time::sleep(Duration::from_millis(AFTER_MAX_MS)).await;
                UpstreamError::Slow
            }
        })
    }
}

impl Line {
    fn fits(&self, give: &Values) -> bool {
        self.when.iter().all(|(name, want)| give.get(name).is_some_and(|value| said(value) == *want))
    }

    fn answer(&self) -> Result<Answer, String> {
        let mut values = Values::new();
        for (name, plain) in &self.values {
            let value = plain.clone().into_value().ok_or_else(|| format!("value \"{name}\" is malformed"))?;
            values.insert(name.clone(), value);
        }
        if let Some(as_of) = self.as_of {
            values.insert(AS_OF.to_owned(), Value::Date(as_of));
        }
        Ok(Answer { outcome: self.outcome.clone().unwrap_or_default(), values })
    }
}

impl Plain {
    fn into_value(self) -> Option<Value> {
        match self {
            Self::Typed(typed) => typed.into_value(),
            Self::Number(number) => Some(Value::Number(number)),
            Self::Said(said) => {
                if let Ok(date) = said.parse::<Date>() {
                    return Some(Value::Date(date));
                }
                let digits = !said.is_empty() && said.bytes().all(|b| b.is_ascii_digit());
                if digits { Typed::Digits(said) } else { Typed::Word(said) }.into_value()
            }
        }
    }
}

/// A value as `when` writes it.
fn said(value: &Value) -> String {
    match value {
        Value::Digits(text) | Value::Choice(text) | Value::Word(text) | Value::Text(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Items(items) => items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(","),
    }
}

fn check(script: &Script) -> Result<(), ScriptError> {
    for (service, lines) in script {
        let wrong =
            |line: usize, reason: String| ScriptError::Line { service: service.clone(), line, reason };
        let spec = spec(service).ok_or_else(|| wrong(0, "no such service".to_owned()))?;
        for (at, line) in lines.iter().enumerate() {
            let at = at.saturating_add(1);
            if line.after_ms > AFTER_MAX_MS {
                return Err(wrong(at, format!("after_ms is more than {AFTER_MAX_MS}")));
            }
            if let Some(name) = line.when.keys().find(|name| !spec.gives.contains(&name.as_str())) {
                return Err(wrong(at, format!("the service is not given \"{name}\"")));
            }
            if line.fault.is_none() {
                let answer = line.answer().map_err(|reason| wrong(at, reason))?;
                checked(answer, spec).map_err(|error| wrong(at, error.to_string()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::envelope::StepKey;
    use crate::domain::time::Timestamp;

    const SCRIPT: &str = r#"
application.status:
  - when: {number: "1234567890", last4: "4821"}
    outcome: found
    values: {state: commission, next: {text: "Ждите"}, tail: "7890"}
    as_of: 2026-10-03
  - when: {number: "1111111111"}
    fault: down
  - outcome: unknown
    after_ms: 3000
"#;

    fn call(number: &str, last4: &str) -> Call {
        let digits = |text: &str| Value::Digits(text.to_owned());
        Call {
            service: "application.status".to_owned(),
            give: [("number".to_owned(), digits(number)), ("last4".to_owned(), digits(last4))].into(),
            key: StepKey::default(),
            at: Timestamp(0),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_line_that_fits_answers_and_telling_changes_it() {
        let office = Scripted::parse(SCRIPT).unwrap();
        let to = Msisdn::parse("77011234567").unwrap();
        let answer = office.call(&call("1234567890", "4821"), &to).await.unwrap();
        assert_eq!(answer.outcome, "found");
        assert_eq!(answer.values["state"], Value::Word("commission".to_owned()));
        assert_eq!(answer.values["tail"], Value::Digits("7890".to_owned()));
        assert_eq!(answer.values["next"], Value::Text("Ждите".to_owned()));
        assert_eq!(answer.values[AS_OF], Value::Date(jiff::civil::date(2026, 10, 3)));
        let before = crate::clock::instant();
        assert_eq!(office.call(&call("1234567890", "0000"), &to).await.unwrap().outcome, "unknown");
        assert_eq!(before.elapsed(), Duration::from_secs(3));
        assert!(matches!(office.call(&call("1111111111", "1"), &to).await, Err(UpstreamError::Away(_))));
        office.tell(Some(Fault::Garbage));
        assert!(matches!(office.call(&call("1234567890", "4821"), &to).await, Err(UpstreamError::Broken(_))));
        office.tell(None);
        assert_eq!(office.call(&call("1234567890", "4821"), &to).await.unwrap().outcome, "found");
    }

    #[test]
    fn a_line_that_its_service_cannot_answer_is_named() {
        for (yaml, said) in [
            ("nobody:\n  - outcome: ok\n", "no such service"),
            ("application.status:\n  - outcome: approved\n", "outcome"),
            ("application.status:\n  - outcome: found\n    values: {name: a}\n", "value"),
            ("application.status:\n  - outcome: found\n    when: {iin: \"1\"}\n", "iin"),
            ("application.status:\n  - outcome: unknown\n    aftr_ms: 3\n", "aftr_ms"),
        ] {
            let error = Scripted::parse(yaml).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
