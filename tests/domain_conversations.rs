//! Every conversation of `tests/conversations` goes as written, and together they show every step in every language by every door.

use kopir::app::menus;
use kopir::domain::lang::Lang;
use kopir::gateway::library::Library;
use kopir::rehearsal::case::{self, Door};
use kopir::rehearsal::{self, Seen};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Steps that no one can see by these doors, and why.
const NEVER_SEEN: [(&str, &str, &[Door]); 15] = [
    // A dialogue asks for the language first, and the language is kept: by then something is.
    ("my-data", "nothing", &[Door::Ussd, Door::Http]),
    // Only a store that is away gives these, and the rehearsal's store never is.
    ("call-me", "no-answer", &Door::ALL),
    ("complaint", "no-answer", &Door::ALL),
    ("ticket", "no-answer", &Door::ALL),
    ("carry", "later", &Door::ALL),
    // More dues in one turn than a commit carries, which no dialogue leads to.
    ("alerts", "failed", &Door::ALL),
    ("jobs", "failed", &Door::ALL),
    // Asked with a number drawn by chance, which no file can know beforehand; tests/bridge/desk.rs asks with it.
    ("ticket", "waiting", &Door::ALL),
    ("ticket", "answered", &Door::ALL),
    // No word opens this menu: its code is shown on a screen to be dialled.
    ("carry", "code", &[Door::Sms]),
    ("carry", "whose", &[Door::Sms]),
    ("carry", "sent", &[Door::Sms]),
    ("carry", "not-sent", &[Door::Sms]),
    ("carry", "unknown", &[Door::Sms]),
    ("carry", "blocked", &[Door::Sms]),
];

fn cases() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn library() -> Arc<Library> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("menus");
    let (_sources, loaded) = menus::open(&folder, true).unwrap();
    let (bundle, reference) = loaded.bundle.unwrap();
    Arc::new(Library::new(bundle, reference))
}

/// All that could be seen: steps with words of their own, in each language, by each door.
fn everything(library: &Library) -> BTreeSet<Seen> {
    let bundle = library.current();
    let mut all = BTreeSet::new();
    for (menu, whole) in &bundle.menus {
        for (step, _) in whole.steps.iter().filter(|(_, step)| step.text.is_some()) {
            for lang in Lang::ALL {
                let never = |door: &Door| {
                    NEVER_SEEN.iter().any(|(m, s, doors)| *m == menu && *s == step && doors.contains(door))
                };
                let by = Door::ALL.into_iter().filter(|door| !never(door));
                all.extend(by.map(|door| Seen { menu: menu.clone(), step: step.clone(), lang, door }));
            }
        }
    }
    all
}

#[tokio::test]
async fn every_conversation_goes_as_written_and_no_step_is_left_unseen() {
    let library = library();
    let mut told = Vec::new();
    let mut seen = BTreeSet::new();
    let cases = cases();
    for path in &cases {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display();
        let case = match case::parse(&std::fs::read_to_string(path).unwrap()) {
            Ok(case) => case,
            Err(why) => {
                told.push(format!("{name}: {why}"));
                continue;
            }
        };
        let played = rehearsal::play(&case, &library).await;
        told.extend(
            played.failures.iter().map(|failure| format!("{name} turn {}: {}", failure.turn, failure.told)),
        );
        seen.extend(played.visited);
    }
    let everything = everything(&library);
    told.extend(everything.difference(&seen).map(|unseen| {
        let Seen { menu, step, lang, door } = unseen;
        format!("{menu}/{step} is never seen in {} by {door:?}", lang.tag())
    }));
    assert!(cases.len() > 50, "{} conversations", cases.len());
    assert!(told.is_empty(), "{} faults:\n{}", told.len(), told.join("\n"));
}

#[tokio::test]
async fn the_conversation_of_the_manual_goes_as_written() {
    let manual = include_str!("../docs/menu-format.md");
    let example = manual.split("```\n").find(|block| block.starts_with("title: ")).unwrap();
    let played = rehearsal::play(&case::parse(example).unwrap(), &library()).await;
    assert_eq!(played.failures, []);
    assert!(played.visited.iter().any(|seen| seen.step == "first-date" && seen.door == Door::Http));
}
