//! `kopir check --clips`: which texts a folder of recordings lacks, and which recordings no text needs any more.

use super::out::{self, Colour};
use crate::adapters::kiosk;
use crate::adapters::kiosk::clips::{Clip, Manifest, PLACEHOLDER, Recorded, Stale};
use crate::domain::lang::Lang;
use crate::domain::menu::model::Bundle;
use crate::domain::menu::spoken::{Utterance, utterances};
use anyhow::Context as _;
use std::path::Path;

/// How one language stands.
#[derive(Debug, serde::Serialize)]
struct Count {
    lang: &'static str,
    /// Texts that are read aloud.
    texts: usize,
    /// Said by a person.
    spoken: usize,
    /// Said by a machine.
    placeholders: usize,
    /// Said by nobody.
    missing: usize,
    /// Recordings of texts that are no more.
    stale: usize,
}

/// A text to record.
#[derive(Debug, serde::Serialize)]
struct Row<'a> {
    key: String,
    lang: &'static str,
    /// `none`, `lost` (its file is not there) or `espeak-ng`.
    now: &'static str,
    at: &'a str,
    text: &'a str,
}

/// What a folder of recordings holds and lacks.
#[derive(Debug, serde::Serialize)]
pub(super) struct Found {
    languages: Vec<Count>,
    missing: Vec<Entry>,
    stale: Vec<Stale>,
    #[serde(skip)]
    placeholders: Vec<Entry>,
}

#[derive(Debug)]
struct Entry(Utterance, Recorded);

impl serde::Serialize for Entry {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.row().serialize(to)
    }
}

impl Entry {
    fn row(&self) -> Row<'_> {
        let Self(utterance, recorded) = self;
        let now = match recorded {
            Recorded::Missing => "none",
            Recorded::Lost => "lost",
            Recorded::Placeholder => PLACEHOLDER,
            Recorded::Spoken => "spoken",
        };
        let lang = utterance.lang.tag();
        Row { key: utterance.key(), lang, now, at: &utterance.at, text: &utterance.text }
    }
}

/// Holds `folder` against all that a kiosk may say with these menus.
pub(super) fn look(folder: &Path, bundle: &Bundle) -> anyhow::Result<Found> {
    let manifest = Manifest::read(folder)?;
    let mut all = utterances(bundle);
    for own in kiosk::utterances()? {
        if bundle.languages.contains(&own.lang) && !all.iter().any(|one| one.key() == own.key()) {
            all.push(own);
        }
    }
    let stale = manifest.stale(&all);
    let known = manifest.of(folder, &all);
    let count = |lang: &Lang| {
        let of = |wanted: &[Recorded]| {
            known.iter().filter(|(one, recorded)| one.lang == *lang && wanted.contains(recorded)).count()
        };
        let texts = known.iter().filter(|(one, _)| one.lang == *lang).count();
        Count {
            lang: lang.tag(),
            texts,
            spoken: of(&[Recorded::Spoken]),
            placeholders: of(&[Recorded::Placeholder]),
            missing: of(&[Recorded::Missing, Recorded::Lost]),
            stale: stale.iter().filter(|Stale { clip: Clip { lang: of, .. }, .. }| of == lang.tag()).count(),
        }
    };
    let languages = bundle.languages.iter().map(count).collect();
    let (mut missing, mut placeholders) = (Vec::new(), Vec::new());
    for (utterance, recorded) in known {
        let entry = |recorded| Entry(utterance.clone(), recorded);
        match recorded {
            Recorded::Spoken => {}
            Recorded::Placeholder => placeholders.push(entry(recorded)),
            Recorded::Missing | Recorded::Lost => missing.push(entry(recorded)),
        }
    }
    Ok(Found { languages, missing, stale, placeholders })
}

impl Found {
    /// Lines for people.
    pub(super) fn print(&self) {
        for entry in &self.missing {
            let Row { key, lang, now, at, text } = entry.row();
            let what = if now == "lost" { "its file is missing" } else { "not recorded" };
            out::say(&format!(
                "{} {key} {at}: {text}",
                out::coloured(Colour::Yellow, &format!("{lang} {what}"))
            ));
        }
        for Stale { key, clip, misnamed } in &self.stale {
            let what = if *misnamed { "the key is of another text" } else { "said by no screen any more" };
            let head = out::coloured(Colour::Yellow, &format!("{} {what}", clip.lang));
            out::say(&format!("{head} {key} {}: {}", clip.file, clip.text));
        }
        for Count { lang, texts, spoken, placeholders, missing, stale } in &self.languages {
            let line = format!(
                "clips {lang}: {texts} texts, {spoken} spoken, {placeholders} by machine, {missing} missing; {stale} stale"
            );
            out::say(&out::coloured(Colour::Dim, &line));
        }
    }

    /// What is to be recorded, as CSV: `key,lang,now,at,text`.
    pub(super) fn rows(&self) -> anyhow::Result<String> {
        let mut to = csv::Writer::from_writer(Vec::new());
        for entry in self.missing.iter().chain(&self.placeholders) {
            to.serialize(entry.row())?;
        }
        String::from_utf8(to.into_inner().context("the rows")?).context("the rows")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_lacks_every_text_of_every_language_and_no_text_holds_a_place() {
        let menus = Path::new(env!("CARGO_MANIFEST_DIR")).join("menus");
        let bundle = crate::app::menus::open(&menus, true).unwrap().1.bundle.unwrap().0;
        let folder = std::env::temp_dir().join(format!("kopir-unrecorded-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let found = look(&folder, &bundle).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.languages.len(), 6);
        for count in &found.languages {
            assert!(count.texts > 80 && count.missing == count.texts, "{count:?}");
        }
        let rows = found.rows().unwrap();
        let mut rows = csv::Reader::from_reader(rows.as_bytes());
        assert_eq!(
            rows.headers().unwrap(),
            &csv::StringRecord::from(vec!["key", "lang", "now", "at", "text"])
        );
        let mut keys = std::collections::BTreeSet::new();
        for row in rows.records() {
            let row = row.unwrap();
            let text = row.get(4).unwrap();
            assert!(!text.contains(['{', '}', '\n']), "a place or a line break: {row:?}");
            // The script that makes placeholders splits rows at the first four commas.
            assert!((0..4).all(|at| !row.get(at).unwrap().contains([',', '"'])), "{row:?}");
            assert!(keys.insert(row.get(0).unwrap().to_owned()), "twice: {row:?}");
        }
        assert_eq!(keys.len(), found.missing.len());
    }
}
