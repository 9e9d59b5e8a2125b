//! Numbers: who writes (MSISDN), whom he writes to, and what he dials; parsed once at the edge and printed masked.

use core::fmt;
use serde::{Deserialize, Serialize};

/// Digits of an E.164 number at most (ITU-T E.164 §6).
pub const MSISDN_DIGITS_MAX: usize = 15;
/// Digits of a number that can still be a person's and not a short code.
pub const MSISDN_DIGITS_MIN: usize = 7;
/// Parts a dialled string may carry; more is refused rather than cut.
pub const DIAL_PARTS_MAX: usize = 8;

/// A subscriber's number in E.164 digits without `+`. Prints masked; `expose` is for `convert`, `upstream` and the store's keys.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Msisdn(String);

/// Why a text is not a subscriber's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Letters or signs where digits should stand.
    #[error("not a number")]
    NotDigits,
    /// Shorter than `MSISDN_DIGITS_MIN` or longer than `MSISDN_DIGITS_MAX`.
    #[error("not the length of a subscriber's number")]
    Length,
    /// Not of the form `*NNN*…#`.
    #[error("not a dialled code")]
    NotACode,
}

impl Msisdn {
    /// Reads a number as links hand it over: `+`, spaces and dashes are dropped, a national `8XXXXXXXXXX` or
    /// `7XXXXXXXXX` of Kazakhstan is completed to `7…`.
    ///
    /// # Errors
    /// `NotDigits` or `Length`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut digits = String::with_capacity(MSISDN_DIGITS_MAX);
        for (at, c) in text.trim().chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if at == 0 => {}
                ' ' | '-' | '(' | ')' => {}
                _ => return Err(AddressError::NotDigits),
            }
        }
        if let Some(rest) = digits.strip_prefix("00") {
            digits = rest.to_owned();
        }
        if digits.len() == 11
            && let Some(rest) = digits.strip_prefix('8')
        {
            digits = format!("7{rest}");
        }
        if digits.len() == 10 && digits.starts_with('7') {
            digits.insert(0, '7');
        }
        let number = Self(digits);
        // What stands for a visit comes from no network.
        if (MSISDN_DIGITS_MIN..=MSISDN_DIGITS_MAX).contains(&number.0.len()) && !number.is_visit() {
            Ok(number)
        } else {
            Err(AddressError::Length)
        }
    }

    /// Stands for a visit to a device that many use, where a number is wanted: no number begins with `0` (ITU-T E.164 §6).
    #[must_use]
    pub fn of_visit(secret: u64) -> Self {
        Self(format!("0{:014}", secret % 100_000_000_000_000))
    }

    /// Whether it stands for a visit, at which nobody can be called or written to.
    #[must_use]
    pub fn is_visit(&self) -> bool {
        self.0.len() == MSISDN_DIGITS_MAX && self.0.starts_with('0')
    }

    /// The digits themselves. Only `convert`, `upstream` and the derivation of keys may ask.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The language most likely spoken at a number of this country, as a first guess only.
    #[must_use]
    pub fn likely_lang(&self) -> Option<super::lang::Lang> {
        use super::lang::Lang;
        [("998", Lang::Uz), ("996", Lang::Ky), ("992", Lang::Tg)]
            .into_iter()
            .find_map(|(prefix, lang)| self.0.starts_with(prefix).then_some(lang))
    }
}

impl fmt::Display for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.0.get(..3).unwrap_or("");
        let tail = self.0.get(self.0.len().saturating_sub(2)..).unwrap_or("");
        write!(f, "{head}***{tail}")
    }
}

impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Msisdn({self})")
    }
}

/// A code as it was dialled: `*100*21*0310#` is base `100`, parts `21`, `0310`.
#[derive(Clone, PartialEq, Eq)]
pub struct Dialled {
    /// The service's own code, digits only.
    pub base: String,
    /// What followed it, each part digits only; a part may be private, so the type prints masked.
    pub parts: Vec<String>,
}

impl Dialled {
    /// Reads `*100#`, `*100*21#`, with or without the closing `#`.
    ///
    /// # Errors
    /// `NotACode` when it is anything else, or has more than `DIAL_PARTS_MAX` parts.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let body = text.trim().trim_end_matches('#').strip_prefix('*').ok_or(AddressError::NotACode)?;
        let mut parts = body.split('*').map(str::to_owned);
        let base = parts.next().unwrap_or_default();
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        let digits =
            |part: &str| !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit());
        if digits(&base) && parts.len() <= DIAL_PARTS_MAX && parts.iter().all(|part| digits(part)) {
            Ok(Self { base, parts })
        } else {
            Err(AddressError::NotACode)
        }
    }
}

impl fmt::Debug for Dialled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*{}*…{} parts#", self.base, self.parts.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_every_national_form_and_printed_masked() {
        for form in ["+7 701 123-45-67", "87011234567", "7011234567", "77011234567", "0077011234567"] {
            assert_eq!(Msisdn::parse(form).unwrap().expose(), "77011234567", "{form}");
        }
        assert_eq!(Msisdn::parse("+998901234567").unwrap().expose(), "998901234567");
        let shown = format!("{0} {0:?}", Msisdn::parse("998901234567").unwrap());
        assert_eq!(shown, "998***67 Msisdn(998***67)");
    }

    #[test]
    fn a_visit_stands_for_no_number_that_a_network_can_name() {
        for secret in [0, 1, 41, 99_999_999_999_999, u64::MAX] {
            let visit = Msisdn::of_visit(secret);
            assert!(visit.is_visit() && visit.expose().len() == MSISDN_DIGITS_MAX, "{secret}");
            let read = Msisdn::parse(visit.expose()).ok();
            assert!(read.is_none_or(|read| !read.is_visit()), "{secret}");
            assert_eq!(visit.likely_lang(), None);
        }
        assert_ne!(Msisdn::of_visit(1), Msisdn::of_visit(2));
        assert!(!Msisdn::parse("77011234567").unwrap().is_visit());
        assert!(!Msisdn::parse("0701234567").unwrap().is_visit(), "a national number is a number");
        assert_eq!(format!("{:?}", Msisdn::of_visit(12_345_678)), "Msisdn(000***78)");
    }

    #[test]
    fn names_and_short_codes_are_not_numbers() {
        assert_eq!(Msisdn::parse("Kcell"), Err(AddressError::NotDigits));
        assert_eq!(Msisdn::parse("1414"), Err(AddressError::Length));
        assert_eq!(Msisdn::parse("1234567890123456"), Err(AddressError::Length));
    }

    #[test]
    fn a_dialled_string_falls_into_base_and_parts() {
        let dialled = Dialled::parse("*100*21*0310#").unwrap();
        assert_eq!((dialled.base.as_str(), dialled.parts.join("/").as_str()), ("100", "21/0310"));
        assert!(Dialled::parse("*100#").unwrap().parts.is_empty());
        assert_eq!(Dialled::parse("100#"), Err(AddressError::NotACode));
        assert_eq!(Dialled::parse("*1a#"), Err(AddressError::NotACode));
        assert_eq!(Dialled::parse("*1*1*1*1*1*1*1*1*1*1#"), Err(AddressError::NotACode));
    }
}
