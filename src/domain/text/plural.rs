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

/// The category of a whole number. Turkic and Tajik nouns stay singular after a numeral: always `Other`.
#[must_use]
pub fn category(lang: Lang, n: i64) -> Category {
    let n = n.unsigned_abs();
    match lang {
        Lang::Ru => match (n % 10, n % 100) {
            (_, 11..=14) => Category::Many,
            (1, _) => Category::One,
            (2..=4, _) => Category::Few,
            _ => Category::Many,
        },
        Lang::En if n == 1 => Category::One,
        Lang::En | Lang::Kk | Lang::Uz | Lang::Ky | Lang::Tg => Category::Other,
    }
}

/// The categories a text of `lang` must have when it has plural forms at all; empty where it may have none.
#[must_use]
pub fn required(lang: Lang) -> &'static [Category] {
    match lang {
        Lang::Ru => &[Category::One, Category::Few, Category::Many],
        Lang::En => &[Category::One, Category::Other],
        Lang::Kk | Lang::Uz | Lang::Ky | Lang::Tg => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_counts_as_cldr_does() {
        use Category::{Few, Many, One};
        for (n, wanted) in [
            (0, Many),
            (1, One),
            (2, Few),
            (4, Few),
            (5, Many),
            (11, Many),
            (12, Many),
            (14, Many),
            (15, Many),
            (20, Many),
            (21, One),
            (22, Few),
            (25, Many),
            (101, One),
            (111, Many),
            (112, Many),
            (122, Few),
            (-1, One),
            (i64::MIN, Many),
        ] {
            assert_eq!(category(Lang::Ru, n), wanted, "{n}");
        }
    }

    #[test]
    fn english_has_two_and_the_others_one() {
        assert_eq!(
            [0, 1, 2].map(|n| category(Lang::En, n)),
            [Category::Other, Category::One, Category::Other]
        );
        for lang in [Lang::Kk, Lang::Uz, Lang::Ky, Lang::Tg] {
            assert_eq!(category(lang, 1), Category::Other);
            assert!(required(lang).is_empty());
        }
    }

    #[test]
    fn every_category_that_occurs_is_required() {
        for lang in [Lang::Ru, Lang::En] {
            assert!((0..1000).all(|n| required(lang).contains(&category(lang, n))), "{lang:?}");
        }
    }
}
