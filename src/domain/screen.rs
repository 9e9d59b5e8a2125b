//! What a person is shown, before any bearer cuts it into pages: the same for a phone and a kiosk.

/// One screen of a dialogue in one language and script.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Screen {
    /// The text, with its lines.
    pub body: String,
    /// Further text, shown after "more" where it does not fit.
    pub more: Option<String>,
    /// What can be chosen, in order; the digit is the place.
    pub choices: Vec<Choice>,
    /// Which reserved keys do something here.
    pub keys: Keys,
    /// The labels of the reserved keys in this language and script.
    pub labels: KeyLabels,
    /// Whether the dialogue is over.
    pub ends: bool,
    /// Never logged, never resumed into.
    pub private: bool,
}

/// One choice of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is typed; `1` … `7`, or two digits in long lists.
    pub digit: String,
    /// What is read.
    pub label: String,
}

/// Which reserved keys a screen offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Keys {
    /// `0`, to where one came from.
    pub back: bool,
    /// `00`, to the root.
    pub home: bool,
    /// `8`, to the languages.
    pub language: bool,
}

/// How the reserved keys are named on a small screen; each is the whole footer piece, `0 <` or `9 Ещё`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
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
