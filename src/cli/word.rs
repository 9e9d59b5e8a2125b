//! `kopir word`: what a letter's words are understood as.

use super::{FOUND, OK, out};
use crate::app::menus;
use crate::domain::lang::Lang;
use crate::domain::word::Index;
use crate::domain::word::matching::{How, Match, Outcome, matching};
use clap::Args;
use std::io::BufRead;
use std::path::PathBuf;

/// Tell what a letter is understood as: the meaning of its first word, and by which likeness.
///
/// Reads standard input, one letter a line. With --json each line is {"lang":"ru","text":"…"} (`lang` may be left out), and
/// each line written is {"outcome":"action"|"prompt"|"choose"|"none","meaning":"status","args":["12"],
/// "how":"exact"|"skeleton"|"lookalike"|"distance"}; "meanings" instead of "meaning" where one has to choose. The words are
/// those of the menus' folder: `words:` of its menus and of phrases/<tag>.yaml.
#[derive(Debug, Args)]
pub(super) struct Word {
    /// Read and write JSON lines.
    #[arg(long)]
    json: bool,
    /// The language of the person, without --json: kk, ru, uz, ky, tg or en.
    #[arg(long, value_parser = lang)]
    lang: Option<Lang>,
    /// The menus' folder.
    #[arg(long, value_name = "FOLDER", default_value = "menus")]
    menus: PathBuf,
}

fn lang(tag: &str) -> Result<Lang, String> {
    Lang::from_tag(tag).ok_or_else(|| "one of kk, ru, uz, ky, tg, en".to_owned())
}

/// A line read.
#[derive(serde::Deserialize)]
struct Letter {
    lang: Option<Lang>,
    text: String,
}

/// A line written.
#[derive(serde::Serialize)]
struct Answer {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    meanings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    how: Option<How>,
    /// Whether it is confirmed before it is done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    confirm: bool,
}

impl Word {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let (_sources, loaded) = menus::open(&self.menus, true)?;
        let Some((bundle, _)) = &loaded.bundle else {
            let told: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
            let folder = self.menus.display();
            anyhow::bail!("{folder}: no words can be read from there (see kopir check)\n{}", told.join("\n"));
        };
        let index = &bundle.word_index;
        let mut code = OK;
        for (number, line) in std::io::stdin().lock().lines().enumerate() {
            let line = line?;
            if !self.json {
                let answer = serde_json::to_string(&answer(index, &line, self.lang))?;
                out::say(&format!("{answer}  {line}"));
                continue;
            }
            match serde_json::from_str::<Letter>(&line) {
                Ok(letter) => out::say(&serde_json::to_string(&answer(index, &letter.text, letter.lang))?),
                Err(error) => {
                    code = FOUND;
                    let problem = format!("line {}: not a letter with its language: {error}", number + 1);
                    out::say(&serde_json::json!({ "error": problem }).to_string());
                }
            }
        }
        Ok(code)
    }
}

fn answer(index: &Index, text: &str, known: Option<Lang>) -> Answer {
    let one = |outcome, found: Match| Answer {
        outcome,
        args: Some(found.repaired_args()),
        confirm: found.confirms(),
        how: Some(found.how),
        meaning: Some(found.meaning),
        meanings: Vec::new(),
    };
    match matching(index, text, known) {
        Outcome::Action(found) => one("action", found),
        Outcome::Prompt(found) => one("prompt", found),
        Outcome::Choose(found) => Answer {
            outcome: "choose",
            meaning: None,
            meanings: found.iter().map(|found| found.meaning.clone()).collect(),
            args: found.first().map(Match::repaired_args),
            how: found.first().map(|found| found.how),
            confirm: false,
        },
        Outcome::None => Answer {
            outcome: "none",
            meaning: None,
            meanings: Vec::new(),
            args: None,
            how: None,
            confirm: false,
        },
    }
}
