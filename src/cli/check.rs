//! `kopir check`: everything that can be wrong with a menus' folder, the conversations, and what every screen costs.

use super::out::{self, Colour};
use super::{FOUND, OK, clips};
use crate::app::menus;
use crate::domain::menu::lint::ScreenCost;
use crate::domain::menu::load::Loaded;
use crate::domain::menu::problem::{Problem, Severity};
use crate::gateway::library::Library;
use crate::rehearsal::{self, case};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Check a menus' folder: faults with place and cure, conversations, and the cost of every screen.
///
/// Exit code 0: well. 1: errors or failed conversations. 2: the folder could not be read.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The menus' folder.
    #[arg(default_value = "menus")]
    folder: PathBuf,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// A folder of conversations (or one file) to play. [default: tests/conversations, when it is there]
    #[arg(long)]
    conversations: Option<PathBuf>,
    /// Write what was shown into the `screen:` blocks of the conversations instead of failing them.
    #[arg(long)]
    update: bool,
    /// List what every screen costs in every language and script.
    #[arg(long)]
    costs: bool,
    /// Print the rows that signed.csv still lacks, one a text and language: for whoever has read them to complete.
    #[arg(long)]
    unsigned: bool,
    /// Hold the folder against what production demands: only signed texts, only rules and hotlines checked lately.
    #[arg(long)]
    strict: bool,
    /// A folder of the kiosk's recordings: list what it lacks and what no text needs any more. Neither is an error.
    #[arg(long)]
    clips: Option<PathBuf>,
    /// Print as CSV what is still to be recorded: texts without a recording, and those that a machine says.
    #[arg(long, requires = "clips")]
    unrecorded: bool,
}

/// What became of one conversation.
#[derive(Debug, serde::Serialize)]
struct Outcome {
    file: String,
    title: String,
    failures: Vec<rehearsal::Failure>,
}

impl Check {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let (sources, mut loaded) = menus::open(&self.folder, !self.strict)?;
        if sources.is_empty() {
            anyhow::bail!("{}: no menus there (no .yaml files)", self.folder.display());
        }
        if self.unsigned {
            out::say(crate::domain::menu::load::rows_to_sign(&loaded.unsigned, None).trim_end());
            return Ok(OK);
        }
        let recordings = match (&self.clips, &loaded.bundle) {
            (Some(folder), Some((bundle, _))) => Some(clips::look(folder, bundle)?),
            _ => None,
        };
        if self.unrecorded {
            let Some(found) = &recordings else {
                anyhow::bail!("the menus have errors: run kopir check first")
            };
            out::say(found.rows()?.trim_end());
            return Ok(OK);
        }
        let today = crate::clock::Clock::System.now().date();
        loaded.problems.extend(crate::domain::menu::load::expired(&sources, today));
        loaded.problems.sort();
        loaded.problems.dedup();
        let outcomes = self.play(&mut loaded)?;
        let errors = loaded.problems.iter().any(|problem| problem.severity == Severity::Error);
        let failed = outcomes.iter().any(|outcome| !outcome.failures.is_empty());
        if self.json {
            let whole = serde_json::json!({
                "ok": !errors && !failed,
                "problems": loaded.problems,
                "conversations": outcomes,
                "costs": loaded.costs,
                "clips": recordings,
            });
            out::say(&whole.to_string());
        } else {
            if let Some(found) = &recordings {
                found.print();
            }
            self.print(&loaded, &outcomes);
        }
        Ok(if errors || failed { FOUND } else { OK })
    }

    fn play(&self, loaded: &mut Loaded) -> anyhow::Result<Vec<Outcome>> {
        let given = self.conversations.clone();
        let folder = given.clone().unwrap_or_else(|| PathBuf::from("tests/conversations"));
        if given.is_none() && !folder.is_dir() {
            return Ok(Vec::new());
        }
        let Some((bundle, reference)) = loaded.bundle.clone() else { return Ok(Vec::new()) };
        let library = Arc::new(Library::new(bundle, reference));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut outcomes = Vec::new();
        for path in cases(&folder)? {
            outcomes.push(runtime.block_on(self.play_one(&path, &library))?);
        }
        Ok(outcomes)
    }

    async fn play_one(&self, path: &Path, library: &Arc<Library>) -> anyhow::Result<Outcome> {
        let text = std::fs::read_to_string(path)?;
        let file = path.display().to_string();
        let parsed = match case::parse(&text) {
            Ok(parsed) => parsed,
            Err(told) => {
                let failures = vec![rehearsal::Failure { turn: 0, told }];
                return Ok(Outcome { file, title: String::new(), failures });
            }
        };
        let mut played = rehearsal::play(&parsed, library).await;
        if self.update {
            let updated = rehearsal::rewritten(&text, &parsed, &played);
            if updated != text {
                std::fs::write(path, &updated)?;
                let parsed = case::parse(&updated).map_err(|told| anyhow::anyhow!("{file}: {told}"))?;
                played = rehearsal::play(&parsed, library).await;
            }
        }
        Ok(Outcome { file, title: parsed.title, failures: played.failures })
    }

    fn print(&self, loaded: &Loaded, outcomes: &[Outcome]) {
        for problem in &loaded.problems {
            out::say(&shown(problem));
        }
        for outcome in outcomes.iter().filter(|outcome| !outcome.failures.is_empty()) {
            out::say(&format!("{} {}", out::coloured(Colour::Red, &outcome.file), outcome.title));
            for failure in &outcome.failures {
                out::say(&format!("  turn {}: {}", failure.turn, failure.told.trim_end()));
            }
        }
        if self.costs {
            table(&loaded.costs);
        }
        let errors = loaded.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        let warnings = loaded.problems.len() - errors;
        let failed = outcomes.iter().filter(|outcome| !outcome.failures.is_empty()).count();
        let two = loaded.costs.iter().filter(|cost| cost.pages > 1).count();
        let colour = if errors + failed > 0 { Colour::Red } else { Colour::Green };
        let summary = format!(
            "{errors} errors, {warnings} warnings; {} conversations, {failed} failed; {} screens measured, {two} of more than one page",
            outcomes.len(),
            loaded.costs.len(),
        );
        out::say(&out::coloured(colour, &summary));
    }
}

fn shown(problem: &Problem) -> String {
    let colour = if problem.severity == Severity::Error { Colour::Red } else { Colour::Yellow };
    let text = problem.to_string();
    let (head, cure) = text.split_once('\n').unwrap_or((&text, ""));
    format!("{}\n{}", out::coloured(colour, head), out::coloured(Colour::Dim, cure))
}

fn table(costs: &[ScreenCost]) {
    out::say("menu/step                        lang script  encoding  units/room  pages  parts");
    for cost in costs {
        let name = format!("{}/{}", cost.menu, cost.step);
        let script = format!("{:?}", cost.script).to_lowercase();
        let encoding = match cost.encoding {
            crate::domain::text::budget::Encoding::Gsm7 => "GSM-7",
            crate::domain::text::budget::Encoding::Ucs2 => "UCS-2",
        };
        let line = format!(
            "{name:<32} {:<4} {script:<7} {encoding:<8} {:>6}/{:<4} {:>5} {:>6}",
            cost.lang.tag(),
            cost.units,
            cost.room,
            cost.pages,
            cost.segments,
        );
        let colour = if cost.pages > 2 { Colour::Yellow } else { Colour::Dim };
        out::say(&out::coloured(colour, &line));
    }
}

/// All case files below `folder`, or `folder` itself when it is a file.
fn cases(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in
            std::fs::read_dir(&next).map_err(|error| anyhow::anyhow!("{}: {error}", next.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
