//! The JSON contract between Kopir and an office (`docs/upstream.openapi.yaml`): calls out, answers in, nothing guessed.

use crate::domain::service::{Answer, Call, ServiceSpec};
use crate::domain::value::{Item, Value, Values};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Characters a word, choice, text or label of an answer may have; an office that sends more is outside its contract.
pub const TEXT_CHARS_MAX: usize = 500;
/// Entries a list of an answer may have.
pub const ITEMS_MAX: usize = 200;
/// The value in which an answer says how old it is.
pub const AS_OF: &str = "as_of";

/// A typed value as JSON writes it: one field that names the type, `{"digits": "0042"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Typed {
    /// Digits with their leading zeros.
    Digits(String),
    /// `2026-10-03`.
    Date(Date),
    /// A whole number.
    Number(i64),
    /// The id of an option.
    Choice(String),
    /// A key of a vocabulary.
    Word(String),
    /// Free text.
    Text(String),
    /// A list to choose from.
    Items(Vec<Entry>),
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What is kept when it is chosen.
    pub id: String,
    /// What is shown.
    pub label: String,
}

/// The body of a request.
#[derive(Clone, Debug, Serialize)]
pub struct Request<'a> {
    service: &'a str,
    key: String,
    give: BTreeMap<&'a str, Typed>,
}

/// The body of a response. Fields that a later contract adds are passed over.
#[derive(Clone, Debug, Deserialize)]
pub struct Response {
    outcome: String,
    #[serde(default)]
    values: BTreeMap<String, Typed>,
    #[serde(default)]
    as_of: Option<Date>,
}

/// Why an answer is outside the contract. Names fields, never what they hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// Not the JSON of the contract.
    #[error("body is not an answer (line {line}, column {column})")]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The service has no such outcome.
    #[error("outcome is none of the service's")]
    Outcome,
    /// The service answers no such value.
    #[error("a value is none of the service's")]
    UnknownValue,
    /// A value is malformed or too long.
    #[error("value \"{0}\" is malformed or too long")]
    Value(&'static str),
}

impl<'a> Request<'a> {
    /// The request of a call. Whose phone asks is not in it: the office has no need of it.
    #[must_use]
    pub fn of(call: &'a Call) -> Self {
        Self {
            service: &call.service,
            key: hex::encode(call.key.0),
            give: call.give.iter().map(|(name, value)| (name.as_str(), value.into())).collect(),
        }
    }

    /// The same for every try of this call; goes into `Idempotency-Key` too.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Reads a response and holds it against the service's specification.
///
/// # Errors
/// `ContractError`; nothing of the body is in it.
pub fn read(body: &[u8], spec: &ServiceSpec) -> Result<Answer, ContractError> {
    let response: Response = serde_json::from_slice(body)
        .map_err(|error| ContractError::Shape { line: error.line(), column: error.column() })?;
    let mut values = Values::new();
    for (name, typed) in response.values {
        let known = spec.answers.iter().find(|known| **known == name).ok_or(ContractError::UnknownValue)?;
        let value = typed.into_value().ok_or(ContractError::Value(known))?;
        values.insert(name, value);
    }
    if let Some(as_of) = response.as_of
        && spec.answers.contains(&AS_OF)
    {
        values.insert(AS_OF.to_owned(), Value::Date(as_of));
    }
    checked(Answer { outcome: response.outcome, values }, spec)
}

/// An answer that the service's specification knows.
///
/// # Errors
/// `Outcome` or `UnknownValue`.
pub fn checked(answer: Answer, spec: &ServiceSpec) -> Result<Answer, ContractError> {
    if !spec.outcomes.contains(&answer.outcome.as_str()) {
        return Err(ContractError::Outcome);
    }
    if !answer.values.keys().all(|name| spec.answers.contains(&name.as_str())) {
        return Err(ContractError::UnknownValue);
    }
    Ok(answer)
}

impl Typed {
    /// The value, if it is well formed and not too long. Control characters are malformed: they would reach a phone.
    #[must_use]
    pub fn into_value(self) -> Option<Value> {
        Some(match self {
            Self::Digits(digits) => {
                let good =
                    !digits.is_empty() && digits.len() <= 32 && digits.bytes().all(|b| b.is_ascii_digit());
                Value::Digits(good.then_some(digits)?)
            }
            Self::Date(date) => Value::Date(date),
            Self::Number(number) => Value::Number(number),
            Self::Choice(id) => Value::Choice(plain(id)?),
            Self::Word(key) => Value::Word(plain(key)?),
            Self::Text(text) => Value::Text(plain(text)?),
            Self::Items(entries) if entries.len() <= ITEMS_MAX => {
                let item = |entry: Entry| Some(Item { id: plain(entry.id)?, label: plain(entry.label)? });
                Value::Items(entries.into_iter().map(item).collect::<Option<Vec<_>>>()?)
            }
            Self::Items(_) => return None,
        })
    }
}

/// Whether a character may stand in a text for a phone: no control characters, no invisible or turning marks.
#[must_use]
pub fn shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

fn plain(text: String) -> Option<String> {
    (!text.is_empty() && text.chars().count() <= TEXT_CHARS_MAX && text.chars().all(shown)).then_some(text)
}

impl From<&Value> for Typed {
    fn from(value: &Value) -> Self {
        match value {
            Value::Digits(digits) => Self::Digits(digits.clone()),
            Value::Date(date) => Self::Date(*date),
            Value::Number(number) => Self::Number(*number),
            Value::Choice(id) => Self::Choice(id.clone()),
            Value::Word(key) => Self::Word(key.clone()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Items(items) => Self::Items(
                items.iter().map(|item| Entry { id: item.id.clone(), label: item.label.clone() }).collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::service::spec;

    fn status() -> &'static ServiceSpec {
        spec("application.status").unwrap()
    }

    #[test]
    fn a_good_answer_is_read_with_its_date() {
        let body = br#"{"outcome":"found","values":{"state":{"word":"commission"},"tail":{"digits":"7890"}},
            "as_of":"2026-10-01","later":1}"#;
        let answer = read(body, status()).unwrap();
        assert_eq!(answer.outcome, "found");
        assert_eq!(answer.values["state"], Value::Word("commission".to_owned()));
        assert_eq!(answer.values[AS_OF], Value::Date(jiff::civil::date(2026, 10, 1)));
    }

    #[test]
    fn what_is_outside_the_contract_is_named_and_not_quoted() {
        let cases: [(&[u8], ContractError); 8] = [
            (b"", ContractError::Shape { line: 1, column: 0 }),
            (b"{\"outcome\":\"approved\"}", ContractError::Outcome),
            (br#"{"outcome":"found","values":{"name":{"text":"Aigul"}}}"#, ContractError::UnknownValue),
            (br#"{"outcome":"found","values":{"tail":{"digits":"12a"}}}"#, ContractError::Value("tail")),
            (br#"{"outcome":"found","values":{"state":{"word":"a\u0000b"}}}"#, ContractError::Value("state")),
            (br#"{"outcome":"found","values":{"next":{"text":"\u202Eabc"}}}"#, ContractError::Value("next")),
            (br#"{"outcome":"found","values":{"next":{"text":""}}}"#, ContractError::Value("next")),
            (br#"{"outcome":"found","values":{"state":"x"}}"#, ContractError::Shape { line: 1, column: 41 }),
        ];
        for (body, why) in cases {
            let got = read(body, status()).unwrap_err();
            assert_eq!(core::mem::discriminant(&got), core::mem::discriminant(&why), "{got}");
            assert!(!got.to_string().contains("Aigul"));
        }
    }

    #[test]
    fn every_typed_value_goes_out_and_comes_back_the_same() {
        let values = [
            Value::Digits("0042".to_owned()),
            Value::Date(jiff::civil::date(2026, 3, 1)),
            Value::Number(-3),
            Value::Choice("uz".to_owned()),
            Value::Word("approved".to_owned()),
            Value::Text("Алматы".to_owned()),
            Value::Items(vec![Item { id: "1".to_owned(), label: "Орал".to_owned() }]),
        ];
        for value in values {
            let json = serde_json::to_string(&Typed::from(&value)).unwrap();
            assert_eq!(serde_json::from_str::<Typed>(&json).unwrap().into_value(), Some(value), "{json}");
        }
    }
}
