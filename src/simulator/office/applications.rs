//! The sample applications: invented numbers in states that the real services have, read from one file.

use jiff::civil::Date;
use serde::Deserialize;

const SAMPLE: &str = include_str!("sample.yaml");

/// One application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its number, digits.
    pub number: String,
    /// The last four digits of the document.
    pub last4: String,
    /// What it is for; shown to nobody, for who reads the file.
    pub service: String,
    /// A key of the states' vocabulary.
    pub state: String,
    /// A key of the next steps' vocabulary.
    pub next: String,
    /// Of which day this is.
    pub as_of: Date,
}

/// All applications of the office.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applications {
    applications: Vec<Application>,
}

/// The file of applications is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("applications: {0}")]
pub struct SampleError(String);

impl Applications {
    /// The samples that Kopir ships.
    ///
    /// # Errors
    /// Never, as long as the test of this file passes.
    pub fn sample() -> Result<Self, SampleError> {
        Self::parse(SAMPLE)
    }

    /// Applications from YAML of the same form.
    ///
    /// # Errors
    /// With line and column.
    pub fn parse(yaml: &str) -> Result<Self, SampleError> {
        serde_saphyr::from_str(yaml).map_err(|error| SampleError(error.to_string()))
    }

    /// All of them, for who shows what may be asked for.
    #[must_use]
    pub fn all(&self) -> &[Application] {
        &self.applications
    }

    pub(super) fn find(&self, number: &str, last4: &str) -> Option<&Application> {
        self.applications
            .iter()
            .find(|application| application.number == number && application.last4 == last4)
    }
}

impl Application {
    /// The last four digits of its number.
    #[must_use]
    pub fn tail(&self) -> &str {
        self.number.get(self.number.len().saturating_sub(4)..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_shipped_samples_are_many_different_and_well_formed() {
        let sample = Applications::sample().unwrap();
        let states: BTreeSet<_> = sample.all().iter().map(|application| application.state.as_str()).collect();
        let numbers: BTreeSet<_> =
            sample.all().iter().map(|application| application.number.as_str()).collect();
        assert!(states.len() >= 12, "{states:?}");
        assert_eq!(numbers.len(), sample.all().len());
        for application in sample.all() {
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            assert!(
                (9..=14).contains(&application.number.len()) && digits(&application.number),
                "{application:?}"
            );
            assert!(application.last4.len() == 4 && digits(&application.last4), "{application:?}");
        }
    }
}
