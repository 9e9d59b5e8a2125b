//! A conversation as an operator writes it: what is dialled, typed and sent, and what the phone must show.

use crate::adapters::upstream::scripted::{Line, Plain};
use crate::domain::lang::Lang;
use crate::gateway::carry::How;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One case file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What it shows, in a line.
    pub title: String,
    /// Why it matters.
    #[serde(default)]
    pub why: String,
    /// By which door, or doors: then it is played once on each.
    #[serde(default)]
    pub bearer: Doors,
    /// The language the person has chosen before; none: a first contact.
    #[serde(default)]
    pub language: Option<Lang>,
    /// His number.
    #[serde(default = "number")]
    pub phone: String,
    /// The day it is played on; noon in Kazakhstan.
    #[serde(default = "today")]
    pub today: Date,
    /// What the offices answer.
    #[serde(default)]
    pub upstream: Offices,
    /// The vacancies there are, each as a feed states it (schema.org `JobPosting`, or the same names flat).
    #[serde(default)]
    pub vacancies: Vec<serde_json::Value>,
    /// Vacancies that there were and are no longer: whoever asks for one is told so.
    #[serde(default)]
    pub closed: Vec<serde_json::Value>,
    /// What happens, in order.
    pub turns: Vec<Turn>,
}

/// One door or several: `ussd`, `[ussd, http]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Doors {
    /// One.
    One(Door),
    /// The same conversation on each of these.
    Each(Vec<Door>),
}

impl Default for Doors {
    fn default() -> Self {
        Self::One(Door::Ussd)
    }
}

impl Doors {
    /// All of them, in order.
    #[must_use]
    pub fn all(&self) -> &[Door] {
        match self {
            Self::One(door) => core::slice::from_ref(door),
            Self::Each(doors) => doors,
        }
    }
}

/// By which door a conversation comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// A dialogue over a link.
    #[default]
    Ussd,
    /// Letters.
    Sms,
    /// A dialogue through an aggregator.
    Http,
}

/// What the offices answer, by service.
pub type Offices = BTreeMap<String, Office>;

/// What one service answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Office {
    /// `down`, or the bare name of an outcome.
    Word(String),
    /// One answer: its outcome, and beside it what texts may mention.
    One(Said),
    /// Several lines of a script; the first that fits answers.
    Many(Vec<Line>),
}

/// One answer as it is easiest to write.
#[derive(Clone, Debug, Deserialize)]
pub struct Said {
    /// The outcome.
    pub outcome: String,
    /// What texts may mention; `as_of` is the day of the answer.
    #[serde(flatten)]
    pub values: BTreeMap<String, Plain>,
}

/// One thing that happens, and what is expected of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Turn {
    /// A code is dialled.
    #[serde(default)]
    pub dial: Option<String>,
    /// Something is typed in the dialogue, or sent as a letter when the door is `sms`.
    #[serde(default)]
    pub send: Option<String>,
    /// A letter is sent, whatever the door.
    #[serde(default)]
    pub sms: Option<String>,
    /// Something is done at a screen that many use: `start` begins a visit, `finish` gives it up, anything else is typed.
    #[serde(default)]
    pub touch: Option<String>,
    /// What that screen shows is laid down for a phone; `{carried}` in a later `dial:` stands for its code.
    #[serde(default)]
    pub carry: Option<How>,
    /// Time passes: `200s`, `5m`, `2h`, `3d`.
    #[serde(default)]
    pub wait: Option<String>,
    /// The person or the network breaks off.
    #[serde(default)]
    pub hang_up: bool,
    /// The last delivery comes again, byte for byte.
    #[serde(default)]
    pub again: bool,
    /// The offices answer differently from now on.
    #[serde(default)]
    pub upstream: Offices,
    /// The page, exactly.
    #[serde(default)]
    pub screen: Option<String>,
    /// What page or letter must hold.
    #[serde(default)]
    pub contains: Vec<String>,
    /// What it must not hold.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// The letter received, exactly.
    #[serde(default)]
    pub gets: Option<String>,
    /// Whether the dialogue is over; unsaid: either.
    #[serde(default)]
    pub ends: Option<bool>,
    /// Nothing is shown and nothing received.
    #[serde(default)]
    pub silent: bool,
}

impl Door {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ussd, Self::Sms, Self::Http];
}

fn number() -> String {
    "+998901234567".to_owned()
}

fn today() -> Date {
    Date::constant(2026, 11, 23)
}

/// Reads a case file.
///
/// # Errors
/// The reader's words, with line and column.
pub fn parse(text: &str) -> Result<Case, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

/// Reads `200s`, `5m`, `2h`, `3d`.
#[must_use]
pub fn span(text: &str) -> Option<core::time::Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    Some(core::time::Duration::from_secs(number.trim().parse::<u64>().ok()?.checked_mul(factor)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_names_one_door_or_several() {
        let doors =
            |line: &str| parse(&format!("title: x\n{line}turns: []\n")).unwrap().bearer.all().to_vec();
        assert_eq!(doors(""), [Door::Ussd]);
        assert_eq!(doors("bearer: sms\n"), [Door::Sms]);
        assert_eq!(doors("bearer: [ussd, http]\n"), [Door::Ussd, Door::Http]);
        assert!(parse("title: x\nbearer: [ussd, fax]\nturns: []\n").is_err());
    }

    #[test]
    fn a_screen_that_many_use_is_touched_and_carried_from() {
        let case = parse("title: x\nturns:\n  - touch: start\n  - carry: letter\n").unwrap();
        let [touch, carry] = case.turns.as_slice() else { panic!("{case:?}") };
        assert_eq!((touch.touch.as_deref(), carry.carry), (Some("start"), Some(How::Letter)));
        assert!(parse("title: x\nturns:\n  - carry: fax\n").is_err());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let error = parse("title: x\nturns:\n  - dail: \"*100#\"\n").unwrap_err();
        assert!(error.contains("dail"), "{error}");
        assert_eq!(span("200s"), Some(core::time::Duration::from_secs(200)));
        assert_eq!((span("3d").unwrap().as_secs(), span("x"), span("5")), (259_200, None, None));
    }
}
