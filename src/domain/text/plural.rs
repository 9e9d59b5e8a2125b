//! Plural forms, only where a language has them after a numeral: Russian and English (CLDR cardinals).

use crate::domain::lang::Lang;

/// A CLDR plural category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// 1, 21, 31 … (ru); 1 (en).
    One,
    /// 2–4, 22–24 … (ru).
    Few,
    /// 0, 5–20 … (ru).
    Many,
    /// The rest.
    Other,
}

/// The category of a whole number.
#[must_use]
pub fn category(lang: Lang, n: i64) -> Category {
    todo!("{lang:?} {n}")
}

/// The categories a text of `lang` must have when it has plural forms at all; empty where it may have none.
#[must_use]
pub fn required(lang: Lang) -> &'static [Category] {
    todo!("{lang:?}")
}
