//! What a person is shown, before any bearer cuts it into pages or draws it: the same for a phone and for a screen on a wall.

use super::lang::Lang;
use super::menu::model::{Accept, OptionId};
use super::value::{DateRange, ValueName};
use serde::{Deserialize, Serialize};

/// One screen of a dialogue in one language and script.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Screen {
    /// What it is for.
    pub kind: Kind,
    /// Which place of the menus it shows, `status/number`; never anything about a person.
    pub place: String,
    /// The language it is in.
    pub lang: Option<Lang>,
    /// Said first when the last input fitted nothing.
    pub wrong: Option<String>,
    /// The text, with its lines.
    pub body: String,
    /// Further text, shown after "more" where it does not fit.
    pub more: Option<String>,
    /// What can be chosen, in order; the digit is the place.
    pub choices: Vec<Choice>,
    /// What can be typed.
    pub entry: Option<Entry>,
    /// What is typed here is for nobody else's eyes.
    pub masked: bool,
    /// Which reserved keys do something here.
    pub keys: Keys,
    /// The labels of the reserved keys in this language and script.
    pub labels: KeyLabels,
    /// Whether the dialogue is over.
    pub ends: bool,
    /// Never logged, never resumed into.
    pub private: bool,
    /// The picture's name.
    pub picture: Option<String>,
    /// What is read aloud, piece by piece: texts as the menus write them, without any value in them.
    pub say: Vec<String>,
    /// Which question of how many at most this is on the way to an answer, from 1.
    pub progress: Option<(u8, u8)>,
    /// Values that the text mentions and that can be drawn.
    pub shown: Vec<Shown>,
}

/// What a screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Kind {
    /// The languages.
    Languages,
    /// The list of menus.
    Root,
    /// A choice.
    Choose,
    /// Entries of a list.
    List,
    /// A question that is answered by typing.
    Ask,
    /// News, or an answer; it may lead on.
    Say,
    /// Yes or no before something is done.
    Confirm,
    /// An office is asked.
    Wait,
    /// A word of the gateway's own.
    #[default]
    Word,
    /// "Did you mean …?"
    Guess,
    /// "Go on?"
    Resume,
    /// What comes next belongs to the person's own phone.
    Carry,
    /// The last word.
    End,
}

/// What can be typed at a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// So many digits, inclusive.
    Digits(u8, u8),
    /// A whole number, inclusive.
    Number(i64, i64),
    /// A date, in these forms (none: in all).
    Date(DateRange, Vec<Accept>),
    /// So many characters at most.
    Text(u16),
}

/// A value that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its name in the menu.
    pub name: ValueName,
    /// It: a date, a number, or the key of a vocabulary's word; never digits or text of a person.
    pub value: super::value::Value,
}

/// One choice of a screen.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// What is typed; `1` … `7`, or two digits in long lists.
    pub digit: String,
    /// What it is: an option's id, a menu's name, a language's tag; empty for what comes from outside.
    pub id: OptionId,
    /// What is read.
    pub label: String,
    /// The icon's name.
    pub icon: Option<String>,
    /// What is read aloud; nothing for what comes from outside.
    pub say: Option<String>,
}

/// Which reserved keys a screen offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Keys {
    /// `0`, to where one came from.
    pub back: bool,
    /// `00`, to the root.
    pub home: bool,
    /// `8`, to the languages.
    pub language: bool,
}

/// How the reserved keys are named on a small screen; each is the whole footer piece, `0 <` or `9 Ещё`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeyLabels {
    /// For `0`.
    pub back: String,
    /// For `00`.
    pub home: String,
    /// For `9`.
    pub more: String,
    /// For `8`.
    pub language: String,
}

/// One page: what leaves in one reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The whole text, footer included.
    pub text: String,
    /// Its place, from 0.
    pub index: u8,
    /// How many pages the screen has on this bearer.
    pub of: u8,
}
