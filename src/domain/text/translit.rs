//! SMS-Latin: our own tables per language into ASCII ∩ GSM-7 (research: text-i18n §3.3).

use crate::domain::lang::Lang;

/// `text` of `lang` in SMS-Latin: only characters of ASCII that GSM-7 has at the same cost, whatever comes in.
#[must_use]
pub fn latin(lang: Lang, text: &str) -> String {
    todo!("{lang:?} {text}")
}
