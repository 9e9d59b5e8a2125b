//! The few words of a sheet that are no answer, built in from `kiosk/paper/words.yaml`.

use crate::adapters::kiosk::paper::PaperError;
use crate::domain::lang::Lang;
use serde::Deserialize;
use std::collections::BTreeMap;

/// By language tag.
type ByTag = BTreeMap<String, String>;

/// The words of all languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    again: ByTag,
    sample: ByTag,
}

impl Words {
    /// Reads the file that is built in.
    pub(super) fn new() -> Result<Self, PaperError> {
        let words: Self = serde_saphyr::from_str(include_str!("../../../../kiosk/paper/words.yaml"))
            .map_err(|error| PaperError::Drawing(format!("kiosk/paper/words.yaml: {error}")))?;
        let whole = |texts: &ByTag| Lang::ALL.iter().all(|lang| texts.contains_key(lang.tag()));
        if whole(&words.again) && whole(&words.sample) {
            return Ok(words);
        }
        Err(PaperError::Drawing("kiosk/paper/words.yaml: a language is missing".to_owned()))
    }

    /// Above the code to dial.
    pub(super) fn again(&self, lang: Lang) -> &str {
        self.again.get(lang.tag()).map_or("", String::as_str)
    }

    /// Where the data are made up.
    pub(super) fn sample(&self, lang: Lang) -> &str {
        self.sample.get(lang.tag()).map_or("", String::as_str)
    }
}
