//! Regions of Kazakhstan by their KATO digits, and how feeds and people spell them.

use super::names::{self, ByLang, Names};
use crate::domain::lang::Lang;
use crate::domain::text::translit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const BUILT_IN: &str = include_str!("regions.yaml");

/// The first two digits of a KATO code, which are ISO 3166-2:KZ too: `75` Almaty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kato(pub u8);

impl core::fmt::Debug for Kato {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Kato({:02})", self.0)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    regions: BTreeMap<String, Names>,
}

/// All regions with the spellings by which they are found.
#[derive(Debug, Default)]
pub struct Regions {
    names: ByLang<Kato>,
    found: BTreeMap<String, Kato>,
}

/// The regions that come with Kopir; read once.
#[must_use]
pub fn regions() -> &'static Regions {
    static REGIONS: OnceLock<Regions> = OnceLock::new();
    // The file is part of the program and its test reads it whole: an unreadable one finds nothing.
    REGIONS.get_or_init(|| Regions::parse(BUILT_IN).unwrap_or_default())
}

impl Regions {
    /// Reads `regions: {"75": {kk: …, ru: …, also: […]}}`.
    ///
    /// # Errors
    /// A sentence with line and column where it is no such file, a code is no code, or two regions share a spelling.
    pub fn parse(yaml: &str) -> Result<Self, String> {
        let file: File = serde_saphyr::from_str(yaml).map_err(|error| error.to_string())?;
        let mut regions = Self::default();
        for (code, Names { names, also }) in file.regions {
            let kato =
                code.parse().map(Kato).map_err(|_| format!("\"{code}\" is no KATO code of two digits"))?;
            for spelling in names.iter().flat_map(|(lang, name)| spellings(*lang, name)) {
                regions.add(spelling, kato)?;
            }
            for name in &also {
                regions.add(folded(name), kato)?;
            }
            regions.names.insert(kato, names);
        }
        Ok(regions)
    }

    fn add(&mut self, spelling: String, kato: Kato) -> Result<(), String> {
        match self.found.insert(spelling.clone(), kato) {
            Some(other) if other != kato => {
                Err(format!("\"{spelling}\" is both region {:02} and region {:02}", other.0, kato.0))
            }
            _ => Ok(()),
        }
    }

    /// All codes, in order.
    pub fn codes(&self) -> impl Iterator<Item = Kato> + '_ {
        self.names.keys().copied()
    }

    /// How a region is called.
    #[must_use]
    pub fn name(&self, kato: Kato, lang: Lang) -> Option<&str> {
        names::name(&self.names, kato, lang)
    }

    /// The region that a place text names.
    ///
    /// A code of two or nine digits, or any spelling, alone or among the parts of "Область, г. Город". Where parts name
    /// different regions the first one counts: feeds begin with the region.
    #[must_use]
    pub fn find(&self, place: &str) -> Option<Kato> {
        let digits: String = place.trim().chars().filter(char::is_ascii_digit).collect();
        if digits.len() == place.trim().len() && matches!(digits.len(), 2 | 9) {
            let code = digits.get(..2).and_then(|code| code.parse().ok()).map(Kato)?;
            return self.names.contains_key(&code).then_some(code);
        }
        let parts = place.split([',', ';', '/', '(', ')']).map(folded).filter(|part| !part.is_empty());
        core::iter::once(folded(place)).chain(parts).find_map(|part| {
            // Kazakh Latin too: "Mañğystau".
            let plain = folded(&translit::latin(Lang::En, &part));
            let spelt = [part.as_str(), without_kind(&part), plain.as_str()];
            spelt.into_iter().find_map(|spelling| self.found.get(spelling)).copied()
        })
    }
}

fn spellings(lang: Lang, name: &str) -> [String; 2] {
    [folded(name), folded(&translit::latin(lang, name))]
}

/// Small letters, `ё` as `е`, one blank between words, no quotes or dots.
fn folded(text: &str) -> String {
    let small = text.to_lowercase().replace('ё', "е").replace(['"', '«', '»', '.', '\''], "");
    small.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "г караганда" → "караганда": what kind of place it is says nothing of which.
fn without_kind(part: &str) -> &str {
    let kinds = ["г ", "город ", "қ ", "с ", "село ", "пос ", "city of "];
    let bare = kinds.iter().find_map(|kind| part.strip_prefix(kind)).unwrap_or(part);
    let ends = [" қаласы", " қ", " шаари", " shahri", " city"];
    ends.iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_has_twenty_regions_named_in_every_language() {
        let regions = Regions::parse(BUILT_IN).unwrap();
        assert_eq!(regions.codes().count(), 20);
        for kato in regions.codes() {
            for lang in Lang::ALL {
                let name = regions.name(kato, lang).unwrap();
                assert_eq!(regions.find(name), Some(kato), "{name}");
                assert_eq!(regions.find(&translit::latin(lang, name)), Some(kato), "{name} in Latin");
            }
        }
    }

    #[test]
    fn feeds_and_people_spell_places_in_many_ways() {
        for (text, wanted) in [
            ("Карагандинская область, г. Караганда", Some(35)),
            ("г. Алматы", Some(75)),
            ("АЛМАТИНСКАЯ ОБЛАСТЬ", Some(19)),
            ("Алматы облысы, Қонаев қ.", Some(19)),
            ("Алматы", Some(75)),
            ("Область Жетісу, г. Талдыкорган", Some(33)),
            ("ВКО", Some(63)),
            ("Chimkent", Some(79)),
            ("Mang'istau viloyati", Some(47)),
            ("Mañğystau oblysy", Some(47)),
            ("75", Some(75)),
            ("751110000", Some(75)),
            ("99", None),
            ("Ташкент", None),
            ("", None),
        ] {
            assert_eq!(regions().find(text), wanted.map(Kato), "{text:?}");
        }
    }

    #[test]
    fn two_regions_of_one_spelling_are_refused() {
        let yaml = "regions:\n  \"10\": {ru: А, also: [б]}\n  \"11\": {ru: Б, also: []}\n";
        assert_eq!(Regions::parse(yaml).unwrap_err(), "\"б\" is both region 10 and region 11");
    }
}
