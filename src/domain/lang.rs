//! The languages Kopir speaks and the two scripts a text can be sent in.

use serde::{Deserialize, Serialize};

/// A language of the menus, by its BCP 47 tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// Uzbek, whose native script here is Latin.
    Uz,
    /// Kyrgyz.
    Ky,
    /// Tajik.
    Tg,
    /// English.
    En,
}

impl Lang {
    /// All languages in the order in which they are offered: Kazakh, then Russian (language law), then by use.
    pub const ALL: [Self; 6] = [Self::Kk, Self::Ru, Self::Uz, Self::Ky, Self::Tg, Self::En];

    /// The BCP 47 tag, which is also the name of the text file.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
            Self::Uz => "uz",
            Self::Ky => "ky",
            Self::Tg => "tg",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.tag() == tag)
    }

    /// The language's own name in its native script.
    #[must_use]
    pub fn endonym(self) -> &'static str {
        match self {
            Self::Kk => "Қазақша",
            Self::Ru => "Русский",
            Self::Uz => "O'zbekcha",
            Self::Ky => "Кыргызча",
            Self::Tg => "Тоҷикӣ",
            Self::En => "English",
        }
    }

    /// The language's own name in letters that every phone and every link has.
    #[must_use]
    pub fn endonym_latin(self) -> &'static str {
        match self {
            Self::Kk => "Qazaqsha",
            Self::Ru => "Russkiy",
            Self::Uz => "O'zbekcha",
            Self::Ky => "Kyrgyzcha",
            Self::Tg => "Tojiki",
            Self::En => "English",
        }
    }

    /// Whether the native script is already Latin, so that both forms of a text are one.
    #[must_use]
    pub fn is_latin(self) -> bool {
        matches!(self, Self::Uz | Self::En)
    }
}

/// In which letters a text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Script {
    /// The language's own letters; Cyrillic costs UCS-2.
    Native,
    /// SMS-Latin: ASCII ∩ GSM-7, from our own tables or a reviewer's hand.
    Latin,
}
