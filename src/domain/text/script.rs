//! In which letters a person is answered: as he chose, else as he writes, else as the bearer shows best.

use crate::domain::lang::{Lang, Script};

/// What is known of a person's letters when a text is about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// How the message that is answered was written; `None` for digits alone.
    pub wrote: Option<Script>,
    /// What he chose for himself (profile); above everything else.
    pub chose: Option<Script>,
    /// How he wrote earlier in this dialogue.
    pub dialogue: Option<Script>,
}

/// The script to send a text of `lang` in. Uzbek and English are always sent as SMS-Latin, which is their native form
/// without the signs that cost UCS-2.
#[must_use]
pub fn script(lang: Lang, known: Known, bearer: Script) -> Script {
    if lang.is_latin() {
        return Script::Latin;
    }
    known.chose.or(known.wrote).or(known.dialogue).unwrap_or(bearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Known = Known { wrote: None, chose: None, dialogue: None };
    const LATIN: Option<Script> = Some(Script::Latin);
    const NATIVE: Option<Script> = Some(Script::Native);

    #[test]
    fn choice_stands_above_writing_and_writing_above_the_bearer() {
        for (known, bearer, wanted) in [
            (NOTHING, Script::Native, Script::Native),
            (NOTHING, Script::Latin, Script::Latin),
            (Known { wrote: LATIN, ..NOTHING }, Script::Native, Script::Latin),
            (Known { dialogue: LATIN, ..NOTHING }, Script::Native, Script::Latin),
            (Known { wrote: NATIVE, dialogue: LATIN, ..NOTHING }, Script::Latin, Script::Native),
            (Known { wrote: LATIN, chose: NATIVE, dialogue: LATIN }, Script::Latin, Script::Native),
        ] {
            assert_eq!(script(Lang::Kk, known, bearer), wanted, "{known:?}");
        }
    }

    #[test]
    fn latin_languages_have_one_script() {
        let known = Known { wrote: NATIVE, chose: NATIVE, dialogue: NATIVE };
        assert_eq!(script(Lang::Uz, known, Script::Native), Script::Latin);
        assert_eq!(script(Lang::En, known, Script::Native), Script::Latin);
    }
}
