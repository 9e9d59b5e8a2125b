//! What a dialogue remembers and a text may mention: typed values, and the declaration that bounds each of them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of a value, as declared under `values:` in a menu.
pub type ValueName = String;

/// The values of a dialogue or an answer, by name.
pub type Values = BTreeMap<ValueName, Value>;

/// One remembered answer or one field of a service's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Digits as typed, leading zeros kept.
    Digits(String),
    /// A date of the civil calendar.
    Date(Date),
    /// A whole number.
    Number(i64),
    /// The id of a chosen option.
    Choice(String),
    /// A key of a vocabulary (`words-from`), said in the reader's language.
    Word(String),
    /// Free text as it came; shown as it is.
    Text(String),
    /// A list to choose from (`list`).
    Items(Vec<Item>),
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What is kept when it is chosen.
    pub id: String,
    /// What is shown.
    pub label: String,
}

/// What a menu declares of a value: its kind and its longest form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueSpec {
    /// `{choice: [a, b]}`: one of these ids.
    Choice(Vec<String>),
    /// `{date: past|future|any}`.
    Date(DateRange),
    /// `{number: 0..90}`, inclusive.
    Number(i64, i64),
    /// `{digits: 9..14}`: count of digits, inclusive.
    Digits(u8, u8),
    /// `{words-from: reference/states.yaml, longest: 26}`: a key of that vocabulary; `longest` in characters.
    Words {
        /// The vocabulary's file.
        from: String,
        /// Characters at most in any language.
        longest: u16,
    },
    /// `{text: 20}`: characters at most.
    Text(u16),
    /// `{items: 20, longest: 30}`: entries at most, characters of a label at most.
    Items {
        /// Entries at most.
        most: u16,
        /// Characters of a label at most.
        longest: u16,
    },
    /// `{hotline: emergency}`: the number of that hotline; absent while nobody has verified it lately.
    Hotline(String),
    /// `{link: code|short|tariff}`: what the link says of itself.
    Link(LinkFact),
}

/// In which direction of today a date may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateRange {
    /// Today or before.
    Past,
    /// Today or later.
    Future,
    /// Anywhere.
    Any,
}

/// Facts of a link that texts may name, since home and visiting phones need different codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LinkFact {
    /// The code to dial, `*100#`.
    Code,
    /// The short number to write to.
    Short,
    /// What it costs the person.
    Tariff,
}
