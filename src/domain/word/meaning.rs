//! What can be asked for by SMS, by its English word (research: domain §6): which meanings there are, built or not.

/// A meaning that words of the menus' folder may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Its English word in small letters: under it stand its words in `phrases/<tag>.yaml`, and a menu claims them by
    /// `meaning:`.
    pub name: &'static str,
    /// Whether it orders or changes something, as long as no menu does it; a menu's own steps tell of a built one.
    pub changes: bool,
}

const fn shows(name: &'static str) -> Meaning {
    Meaning { name, changes: false }
}

const fn changes(name: &'static str) -> Meaning {
    Meaning { name, changes: true }
}

/// All of them, in the order of the table. A meaning beyond these is that of a menu alone, and called as its folder.
pub const MEANINGS: [Meaning; 22] = [
    shows("status"),
    shows("job"),
    changes("alert"),
    shows("course"),
    shows("cert"),
    shows("role"),
    changes("book"),
    shows("centre"),
    shows("days"),
    shows("permit"),
    shows("visa"),
    shows("quota"),
    shows("qandas"),
    shows("wage"),
    shows("sos"),
    shows("abroad"),
    shows("check"),
    changes("call"),
    shows("lang"),
    shows("data"),
    shows("help"),
    shows("stop"),
];
