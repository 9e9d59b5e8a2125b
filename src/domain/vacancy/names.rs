//! How a trade or a region is called: a name a language, and the other words by which feeds and people know it.

use crate::domain::lang::Lang;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `{kk: …, ru: …, …, also: […]}` of `trades.yaml` and `regions.yaml`.
#[derive(Debug, Deserialize)]
pub(super) struct Names {
    #[serde(flatten)]
    pub(super) names: BTreeMap<Lang, String>,
    pub(super) also: Vec<String>,
}

/// Names by what they are of.
pub(super) type ByLang<K> = BTreeMap<K, BTreeMap<Lang, String>>;

/// How one of them is called in a language.
pub(super) fn name<K: Ord>(all: &ByLang<K>, of: K, lang: Lang) -> Option<&str> {
    all.get(&of)?.get(&lang).map(String::as_str)
}
