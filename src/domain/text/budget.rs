//! What a text costs in the encoding it is sent in, and what a bearer has room for.

use super::gsm7;

/// The encoding a text is sent in: GSM-7 if every character has a form, else UCS-2 (UTF-16BE in practice).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Encoding {
    /// Septets.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// UTF-16 code units.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

/// What a text costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// In which encoding.
    pub encoding: Encoding,
    /// Septets or UTF-16 units.
    pub units: usize,
}

/// What one reply of a bearer has room for. For letters it is the room of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// GSM-7 septets.
    pub septets: usize,
    /// UCS-2 units.
    pub units: usize,
}

/// The design budget of a USSD screen; hard limits (182/80) are a link's configuration.
pub const USSD: Budget = Budget { septets: 160, units: 70 };
/// One SMS.
pub const SMS: Budget = Budget { septets: 160, units: 70 };

/// A cost that can be added up piece by piece: one letter without a GSM-7 form turns the whole sum into UCS-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    septets: usize,
    units: usize,
    gsm7: bool,
}

impl Tally {
    /// Of nothing.
    pub(super) const ZERO: Self = Self { septets: 0, units: 0, gsm7: true };
    /// Of one space or one line break.
    pub(super) const GAP: Self = Self { septets: 1, units: 1, gsm7: true };

    /// Of `text`.
    pub(super) fn of(text: &str) -> Self {
        text.chars().fold(Self::ZERO, |sum, character| sum.plus(Self::one(character)))
    }

    /// Of one character.
    pub(super) fn one(character: char) -> Self {
        let width = gsm7::width(character);
        Self { septets: width.unwrap_or(0), units: character.len_utf16(), gsm7: width.is_some() }
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            septets: self.septets.saturating_add(other.septets),
            units: self.units.saturating_add(other.units),
            gsm7: self.gsm7 && other.gsm7,
        }
    }

    /// In the encoding it is sent in.
    pub(super) fn cost(self) -> Cost {
        if self.gsm7 {
            Cost { encoding: Encoding::Gsm7, units: self.septets }
        } else {
            Cost { encoding: Encoding::Ucs2, units: self.units }
        }
    }
}

/// What `text` costs.
///
/// ```
/// use kopir::domain::text::budget::{Encoding, measure};
/// assert_eq!(measure("5 EUR").encoding, Encoding::Gsm7);
/// assert_eq!(measure("5 €").units, 4); // the euro sign stands behind an escape
/// assert_eq!(measure("5 ₸").encoding, Encoding::Ucs2);
/// ```
#[must_use]
pub fn measure(text: &str) -> Cost {
    Tally::of(text).cost()
}

impl Budget {
    /// Whether `text` fits as a whole.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        self.holds(Tally::of(text))
    }

    /// The room in `encoding`.
    #[must_use]
    pub fn room(self, encoding: Encoding) -> usize {
        match encoding {
            Encoding::Gsm7 => self.septets,
            Encoding::Ucs2 => self.units,
        }
    }

    /// Whether what has been added up fits.
    pub(super) fn holds(self, tally: Tally) -> bool {
        let cost = tally.cost();
        cost.units <= self.room(cost.encoding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_flips_the_whole_text() {
        assert_eq!(measure("Srok"), Cost { encoding: Encoding::Gsm7, units: 4 });
        assert_eq!(measure("[€]"), Cost { encoding: Encoding::Gsm7, units: 6 });
        assert_eq!(measure("Srok №"), Cost { encoding: Encoding::Ucs2, units: 6 });
        assert_eq!(measure("да 😀"), Cost { encoding: Encoding::Ucs2, units: 5 });
        assert_eq!(measure(""), Cost { encoding: Encoding::Gsm7, units: 0 });
    }

    #[test]
    fn a_screen_holds_160_septets_or_70_units() {
        assert!(USSD.fits(&"a".repeat(160)));
        assert!(!USSD.fits(&"a".repeat(161)));
        assert!(!USSD.fits(&format!("{}€", "a".repeat(159))));
        assert!(USSD.fits(&"ж".repeat(70)));
        assert!(!USSD.fits(&format!("{}ж", "a".repeat(70))));
    }
}
