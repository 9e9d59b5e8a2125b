//! The page's own words, built in from `kiosk/texts/`: all languages whole, or the kiosk does not start.

use crate::domain::lang::Lang;
use crate::domain::menu::spoken::Utterance;
use std::collections::BTreeMap;

/// A file of words that is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the kiosk's words, kiosk/texts/{tag}.yaml: {reason}")]
pub struct TextsError {
    tag: &'static str,
    reason: String,
}

/// The page's own words that it reads aloud: headings of its own pages, and what it says when a line is lost or time runs
/// out. Labels of keys are not read aloud; a text with a place in it has a value and never is.
const ALOUD: [&str; 23] = [
    "carry-dial",
    "carry-how",
    "carry-none",
    "carry-once",
    "carry-over",
    "choose",
    "choose-language",
    "closing",
    "no-sound",
    "not-done",
    "person-coming",
    "person-done",
    "person-none",
    "person-rung",
    "print-failed",
    "print-nothing",
    "printed",
    "root",
    "slow",
    "still-there",
    "take-along",
    "trouble",
    "wait",
];

/// What the page reads aloud of its own words, in every language.
///
/// # Errors
/// `TextsError` when the files that are built in are not whole.
pub fn utterances() -> Result<Vec<Utterance>, TextsError> {
    let texts = Texts::new()?;
    let all = Lang::ALL.into_iter().filter_map(|lang| Some((lang, texts.0.get(lang.tag())?)));
    let aloud = all.flat_map(|(lang, words)| {
        let said = ALOUD.into_iter().filter_map(|key| words.get_key_value(key));
        let said = said.filter(|(_, text)| !text.contains('{'));
        said.map(move |(key, text)| Utterance { lang, at: format!("kiosk/{key}"), text: text.clone() })
    });
    Ok(aloud.collect())
}

/// The words by key.
pub(super) type Words = BTreeMap<String, String>;

/// All words by language tag.
#[derive(Debug)]
pub(super) struct Texts(BTreeMap<&'static str, Words>);

impl Texts {
    /// Reads the files that are built in.
    pub(super) fn new() -> Result<Self, TextsError> {
        Self::of(Lang::ALL.map(|lang| (lang.tag(), file(lang))))
    }

    fn of(files: [(&'static str, &str); Lang::ALL.len()]) -> Result<Self, TextsError> {
        let mut all = BTreeMap::new();
        for (tag, text) in files {
            let words: Words = serde_saphyr::from_str(text)
                .map_err(|error| TextsError { tag, reason: error.to_string() })?;
            if let Some((key, _)) = words.iter().find(|(_, text)| text.trim().is_empty()) {
                return Err(TextsError { tag, reason: format!("{key} is empty") });
            }
            all.insert(tag, words);
        }
        let known: Vec<&String> = all.values().flat_map(BTreeMap::keys).collect();
        for (tag, words) in &all {
            if let Some(key) = known.iter().find(|key| !words.contains_key(**key)) {
                return Err(TextsError { tag, reason: format!("{key} is missing") });
            }
        }
        Ok(Self(all))
    }

    /// All of them, for the page.
    pub(super) fn all(&self) -> &BTreeMap<&'static str, Words> {
        &self.0
    }
}

fn file(lang: Lang) -> &'static str {
    match lang {
        Lang::Kk => include_str!("../../../kiosk/texts/kk.yaml"),
        Lang::Ru => include_str!("../../../kiosk/texts/ru.yaml"),
        Lang::Uz => include_str!("../../../kiosk/texts/uz.yaml"),
        Lang::Ky => include_str!("../../../kiosk/texts/ky.yaml"),
        Lang::Tg => include_str!("../../../kiosk/texts/tg.yaml"),
        Lang::En => include_str!("../../../kiosk/texts/en.yaml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_are_built_in_are_whole() {
        let texts = Texts::new().unwrap();
        assert_eq!(texts.all().len(), Lang::ALL.len());
        assert!(texts.all().values().all(|words| !words.is_empty()));
    }

    #[test]
    fn what_the_page_reads_aloud_is_there_in_every_language() {
        assert_eq!(utterances().unwrap().len(), ALOUD.len() * Lang::ALL.len());
    }

    #[test]
    fn a_key_that_one_language_lacks_is_named_with_its_file() {
        let mut files = Lang::ALL.map(|lang| (lang.tag(), "back: x\nhome: y\n"));
        assert!(Texts::of(files).is_ok());
        files[4].1 = "back: x\n";
        let told = Texts::of(files).unwrap_err().to_string();
        assert_eq!(told, "the kiosk's words, kiosk/texts/tg.yaml: home is missing");
        files[4].1 = "back: x\nhome: ''\n";
        assert!(Texts::of(files).unwrap_err().to_string().ends_with("home is empty"));
    }
}
