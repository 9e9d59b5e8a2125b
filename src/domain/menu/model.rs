//! The validated tree: everything a dialogue can show, in all languages, with nothing left to doubt.

use crate::domain::lang::Lang;
use crate::domain::text::template::Template;
use crate::domain::value::{ValueName, ValueSpec};
use crate::domain::word::Index;
use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A menu's name, as its folder.
pub type MenuId = String;
/// A step's name inside its menu.
pub type StepId = String;
/// An option's name; the digit is its place.
pub type OptionId = String;

/// The first 8 bytes of SHA-256 over all files of a version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct BundleId(pub [u8; 8]);

impl fmt::Debug for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// One immutable version of all menus, texts, words and codes.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// Its content address.
    pub id: BundleId,
    /// All menus by name.
    pub menus: BTreeMap<MenuId, Menu>,
    /// Which menus the root lists, in order (six at most).
    pub root: Vec<MenuId>,
    /// The gateway's own texts.
    pub phrases: BTreeMap<Phrase, Text>,
    /// Dialled codes after the base: `21` → menu. Prefix-free.
    pub codes: BTreeMap<String, MenuId>,
    /// SMS words.
    pub words: Vec<Word>,
    /// The words, and the everyday ones that are none of them, ready to be found in what people type.
    pub word_index: Index,
    /// Vocabularies of `words-from`, by file: key → text.
    pub vocabularies: BTreeMap<String, BTreeMap<String, Text>>,
    /// The languages that may be shown (the content gate has closed the others).
    pub languages: Vec<Lang>,
}

/// One menu: a folder.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Its name.
    pub id: MenuId,
    /// Its label in the root.
    pub title: Text,
    /// Whose proof it asks.
    pub needs: Needs,
    /// The dial code after the base, if it is public.
    pub dial: Option<String>,
    /// What a redial after a drop does.
    pub resume: Resume,
    /// Whether the root lists it.
    pub listed: bool,
    /// How a kiosk shows it; absent where no kiosk does.
    pub kiosk: Option<Kiosk>,
    /// What texts may mention.
    pub values: BTreeMap<ValueName, ValueSpec>,
    /// The first step.
    pub first: StepId,
    /// All steps.
    pub steps: BTreeMap<StepId, Step>,
}

/// How a kiosk shows a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kiosk {
    /// The icon's name.
    pub icon: String,
    /// Its place among the tiles, from 1.
    pub place: u8,
}

/// What a menu needs of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// His phone.
    Phone,
    /// A reference number and the last 4 of his document.
    Number,
    /// His PIN.
    Pin,
}

/// What a redial after a dropped call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// "Go on?"
    Ask,
    /// From the menu's first step.
    Start,
    /// From the root, as if nothing had been.
    Never,
}

/// One step.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// What it does.
    pub verb: Verb,
    /// What is said: before the choice, the question, the news. `None` only for `call`.
    pub text: Option<Text>,
    /// Said instead of `text` on small bearers.
    pub short: Option<Text>,
    /// Said after "more".
    pub more: Option<Text>,
    /// Said when an answer fits nothing.
    pub wrong: Option<Text>,
    /// Read aloud at a kiosk.
    pub spoken: Option<Text>,
    /// The picture's name.
    pub picture: Option<String>,
    /// Never logged, never resumed into.
    pub private: bool,
    /// It belongs to the person's own phone: a device that many use hands over to the phone here.
    pub phone: bool,
    /// What can be chosen, in order.
    pub options: Vec<Choice>,
    /// Where it leads.
    pub next: Next,
}

/// What a step does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verb {
    /// Shows a text, with or without options.
    #[default]
    Say,
    /// Shows options; the chosen one may be kept.
    Choose {
        /// Under which name.
        keep: Option<ValueName>,
    },
    /// Asks for something typed.
    Ask {
        /// Under which name it is kept.
        keep: ValueName,
        /// Accepted forms, `DDMM` …; empty: what the value's declaration says.
        accept: Vec<Accept>,
        /// Whether a dialled part may fill it.
        dial_in: bool,
    },
    /// Shows the entries of a list value.
    List {
        /// Which value.
        of: ValueName,
        /// Under which name the chosen id is kept.
        keep: ValueName,
    },
    /// Calls a service.
    Call {
        /// Which.
        service: String,
        /// What it is given.
        give: Vec<ValueName>,
    },
    /// Asks 1 yes, 2 no before something is done.
    Confirm,
    /// Says the last word.
    End,
}

impl Verb {
    /// Its key in the files.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Say => "say",
            Self::Choose { .. } => "choose",
            Self::Ask { .. } => "ask",
            Self::List { .. } => "list",
            Self::Call { .. } => "call",
            Self::Confirm => "confirm",
            Self::End => "end",
        }
    }
}

/// A form in which a typed answer is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accept {
    /// Day and month, the nearest such day in the declared range.
    Ddmm,
    /// Day, month and year.
    Ddmmyyyy,
}

/// One option.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its id.
    pub id: OptionId,
    /// What is read.
    pub label: Text,
}

/// Where a step leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// Nowhere: the dialogue ends here.
    #[default]
    Nowhere,
    /// Always there.
    To(Target),
    /// By option or outcome; `otherwise` for those not named.
    By {
        /// Named ones.
        cases: BTreeMap<String, Target>,
        /// `else`.
        otherwise: Option<Target>,
    },
}

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A step of the same menu.
    Step(StepId),
    /// The first step of another menu.
    Menu(MenuId),
    /// The root.
    Home,
}

/// One text in all languages. Every language of the bundle is present: a missing one is a Problem, never a fallback.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// By language.
    pub forms: BTreeMap<Lang, Form>,
}

/// One language's form of a text.
#[derive(Clone, Debug)]
pub struct Form {
    /// In the language's own letters.
    pub native: Template,
    /// In SMS-Latin: generated, or overridden by `.latin:`.
    pub latin: Template,
}

/// An SMS word of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As written in the file.
    pub word: String,
    /// Whose.
    pub lang: Lang,
    /// What it opens; the short menu while no menu has its meaning.
    pub opens: Opens,
    /// What it means, by the English word of the table, or the menu's name where the table has none.
    pub meaning: String,
    /// Whether it is confirmed first, since what it opens may change something before it asks.
    pub confirm: bool,
}

/// What a word opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opens {
    /// A menu; its arguments fill the questions in order.
    Menu(MenuId),
    /// The languages.
    Language,
    /// STOP, above every dialogue.
    Stop,
    /// START again.
    Start,
    /// SOS, above every dialogue.
    Sos,
    /// The short menu.
    Help,
}

/// The gateway's own texts; every bundle has all of them (`menus/phrases/<tag>.yaml`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phrase {
    /// Above the root's list; may be empty.
    Root,
    /// Footer piece for `0`.
    KeyBack,
    /// Footer piece for `00`.
    KeyHome,
    /// Footer piece for `9`.
    KeyMore,
    /// Footer piece for `8`.
    KeyLanguage,
    /// "Go on?" after a redial; names no topic.
    Resume,
    /// Option 1 of it.
    ResumeYes,
    /// Option 2 of it: from the start.
    ResumeNo,
    /// Said before the screen again when an input fitted nothing.
    Wrong,
    /// Offered after three wrong inputs: how to reach a person.
    HumanHelp,
    /// "Go on with this on your own phone": said on a device that many use, where a code to dial is shown beside it.
    Carry,
    /// A service does not answer and the menu has nothing better to say.
    Sorry,
    /// The store is away: polite end.
    Unavailable,
    /// The dialogue is too old or was ended elsewhere.
    Over,
    /// Asked to wait: the answer comes by itself.
    Wait,
    /// The promise kept: "there is news, dial {code}". No outcome, no topic.
    News,
    /// "Did you mean {word}?", above yes and no: for a doubtful word, or a number in which letters were read as digits.
    Guess,
    /// Above the words among which to choose.
    Which,
    /// The short menu that answers an unknown word.
    ShortMenu,
    /// Answer to STOP.
    Stopped,
    /// Answer to START.
    Started,
    /// Who writes and how to stop, with the first SMS of any kind.
    WhoWrites,
    /// Danger in a few words for an unknown language; the same in every file.
    Danger,
    /// Somebody of the desk has called, as asked: no topic, no outcome.
    DeskCalled,
    /// Somebody of the desk has called and nobody answered.
    DeskMissed,
    /// How to stop, at the end of every alert: a word or two.
    AlertStop,
    /// How to go on getting alerts, before a number is silent for so long that they end.
    AlertStay,
    /// That the employer gets the permit: in an alert to somebody who needs one.
    AlertPermit,
    /// How to see more of a vacancy that an alert names, where there is room.
    AlertMore,
    /// Yes, for `confirm`.
    Yes,
    /// No, for `confirm`.
    No,
}

impl Phrase {
    /// Its key in the files.
    #[must_use]
    pub fn key(self) -> &'static str {
        super::load::PHRASES.iter().find(|(_, phrase)| *phrase == self).map_or("", |(key, _)| key)
    }
}
