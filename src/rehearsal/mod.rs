//! Plays conversation files through the real gateway; shared by `kopir check`, the tests and whoever edits menus.

pub mod case;
mod recorder;
mod seen;
mod stage;

use crate::domain::text::budget::{self, measure};
use crate::domain::text::segment::segment;
use crate::domain::vacancy::posting::{self, Reading};
use crate::domain::vacancy::shelf::Shelf;
use crate::gateway::library::Library;
use case::{Case, Door, Turn};
pub use seen::Seen;
use stage::{Got, Stage};
use std::sync::Arc;

/// Where a conversation went another way than its file says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// Which turn, from 1; 0 when it could not begin.
    pub turn: usize,
    /// What was expected and what came, for eyes.
    pub told: String,
}

/// What a played conversation showed, turn by turn.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// The page of each turn, if it had one.
    pub pages: Vec<Option<String>>,
    /// All places where it went another way.
    pub failures: Vec<Failure>,
    /// The steps whose screens were seen, turn by turn.
    pub visited: Vec<Seen>,
}

/// Plays one case to its end, on each of its doors; the first turn that fails does not hide the later ones.
///
/// The pages are those of the first door.
pub async fn play(case: &Case, library: &Arc<Library>) -> Played {
    let mut played = Played::default();
    let library = &match shelf(case) {
        Ok(None) => library.clone(),
        Ok(Some(shelf)) => Arc::new(library.with(Arc::new(shelf))),
        Err(told) => {
            played.failures.push(Failure { turn: 0, told });
            return played;
        }
    };
    let doors = case.bearer.all();
    if doors.is_empty() {
        played.failures.push(Failure { turn: 0, told: "bearer: names no door".to_owned() });
    }
    for (at, door) in doors.iter().enumerate() {
        let mut once = play_on(case, *door, library).await;
        if at == 0 {
            played.pages = core::mem::take(&mut once.pages);
        }
        let by = if doors.len() > 1 { format!("by {}: ", stage::name(*door)) } else { String::new() };
        let failures = once.failures.into_iter();
        played
            .failures
            .extend(failures.map(|Failure { turn, told }| Failure { turn, told: format!("{by}{told}") }));
        played.visited.append(&mut once.visited);
    }
    played
}

/// The shelf of a case's vacancies, if it has any.
fn shelf(case: &Case) -> Result<Option<Shelf>, String> {
    if case.vacancies.is_empty() && case.closed.is_empty() {
        return Ok(None);
    }
    let read = |all: &[serde_json::Value]| {
        let reading = Reading { source: "jobs.example", url: None, today: case.today };
        let each = all.iter().map(|posting| posting::read(posting, reading));
        each.collect::<Result<Vec<_>, _>>().map_err(|why| format!("vacancies: {why}"))
    };
    let (open, closed) = (read(&case.vacancies)?, read(&case.closed)?);
    let before = Shelf::of(open.iter().cloned().chain(closed), &Shelf::default()).0;
    Ok(Some(Shelf::of(open, &before).0))
}

async fn play_on(case: &Case, door: Door, library: &Arc<Library>) -> Played {
    let mut played = Played::default();
    let stage = Stage::new(library.clone(), &case.phone, case.today, case.language).await;
    let mut stage = match stage.and_then(|stage| stage.cast(&case.upstream).map(|()| stage)) {
        Ok(stage) => stage,
        Err(told) => {
            played.failures.push(Failure { turn: 0, told });
            return played;
        }
    };
    for (index, turn) in case.turns.iter().enumerate() {
        let result = act(&mut stage, door, turn).await;
        let faults = match &result {
            Ok(got) => compare(turn, got),
            Err(told) => vec![told.clone()],
        };
        played.failures.extend(faults.into_iter().map(|told| Failure { turn: index + 1, told }));
        if let Ok(got) = &result {
            played.visited.extend(stage.seen(got).await);
        }
        played.pages.push(result.ok().and_then(|got| got.page).map(|page| page.text));
    }
    played
}

async fn act(stage: &mut Stage, door: Door, turn: &Turn) -> Result<Got, String> {
    stage.cast(&turn.upstream)?;
    // By letters one still can dial, and in a dialogue one still can write.
    let dialogue = if door == Door::Sms { Door::Ussd } else { door };
    if let Some(code) = &turn.dial {
        return stage.dial(dialogue, code).await;
    }
    if let Some(text) = &turn.send {
        return stage.send(door, text).await;
    }
    if let Some(text) = &turn.sms {
        return stage.send(Door::Sms, text).await;
    }
    if let Some(input) = &turn.touch {
        return stage.touch(input).await;
    }
    if let Some(how) = turn.carry {
        return stage.carry(how).await;
    }
    if turn.hang_up {
        return stage.hang_up(dialogue).await;
    }
    if turn.again {
        return stage.again().await;
    }
    match &turn.wait {
        Some(span) => {
            let span =
                case::span(span).ok_or_else(|| format!("wait: \"{span}\" is not like 200s, 5m, 2h or 3d"))?;
            Ok(stage.wait(span).await)
        }
        None if !turn.upstream.is_empty() => Ok(Got::default()),
        None => {
            Err("a turn needs one of dial, send, sms, touch, carry, wait, hang-up, again, upstream"
                .to_owned())
        }
    }
}

/// Every reply is held against the bearer's budget, whether or not the case asks; a screen that is drawn has none.
fn compare(turn: &Turn, got: &Got) -> Vec<String> {
    let mut faults = Vec::new();
    let page = got.page.as_ref().map_or("", |page| page.text.as_str());
    let letters: Vec<&str> = got.letters.iter().map(|letter| letter.text.as_str()).collect();
    let drawn = got.page.as_ref().is_some_and(|page| page.screen.is_some());
    if !drawn && !budget::USSD.fits(page) {
        let cost = measure(page);
        faults.push(format!("over budget: {} units of {:?}\n{}", cost.units, cost.encoding, quoted(page)));
    }
    for letter in &letters {
        let parts = segment(letter).parts.len();
        if parts > 3 {
            faults.push(format!("a letter of {parts} parts\n{}", quoted(letter)));
        }
    }
    if let Some(wanted) = &turn.screen
        && wanted.trim_end() != page.trim_end()
    {
        faults.push(format!("screen\n  wanted\n{}  got\n{}", quoted(wanted), quoted(page)));
    }
    if turn.gets.as_deref() == Some("") && !letters.is_empty() {
        faults.push(format!("a letter that should not be\n{}", quoted(&letters.join("\n--\n"))));
    }
    if let Some(wanted) = turn.gets.as_ref().filter(|wanted| !wanted.is_empty())
        && !letters.iter().any(|letter| letter.trim_end() == wanted.trim_end())
    {
        faults.push(format!(
            "letter\n  wanted\n{}  got\n{}",
            quoted(wanted),
            quoted(&letters.join("\n--\n"))
        ));
    }
    let all = format!("{page}\n{}", letters.join("\n"));
    for wanted in turn.contains.iter().filter(|wanted| !all.contains(wanted.as_str())) {
        faults.push(format!("does not hold \"{wanted}\"\n{}", quoted(&all)));
    }
    for unwanted in turn.lacks.iter().filter(|unwanted| all.contains(unwanted.as_str())) {
        faults.push(format!("holds \"{unwanted}\"\n{}", quoted(&all)));
    }
    let ended = got.page.as_ref().is_some_and(|page| page.ends);
    if turn.ends.is_some_and(|ends| ends != ended) {
        faults.push(format!("the dialogue {}\n{}", if ended { "is over" } else { "goes on" }, quoted(page)));
    }
    if turn.silent && !all.trim().is_empty() {
        faults.push(format!("should be silent\n{}", quoted(&all)));
    }
    faults
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("    | {line}\n")).collect()
}

/// The file's text with every `screen:` block replaced by what was shown, so that wording can change without hand work.
/// Blocks are written as `screen: |-`; everything else stays to the letter.
#[must_use]
pub fn rewritten(text: &str, case: &Case, played: &Played) -> String {
    let mut out = String::with_capacity(text.len());
    let mut shown = case.turns.iter().zip(&played.pages).filter(|(turn, _)| turn.screen.is_some());
    let mut skip_deeper_than: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some(depth) = skip_deeper_than {
            if line.trim().is_empty() || indent > depth {
                continue;
            }
            skip_deeper_than = None;
        }
        out.push_str(line);
        out.push('\n');
        let key = line.trim_start().trim_start_matches("- ");
        if key.starts_with("screen:")
            && let Some((_, Some(page))) = shown.next()
        {
            let depth = indent + (line.trim_start().len() - key.len());
            let head = line.find("screen:").and_then(|at| line.get(..at)).unwrap_or("");
            out.truncate(out.len() - line.len() - 1);
            out.push_str(head);
            out.push_str("screen: |-\n");
            for page_line in page.lines() {
                out.push_str(&format!("{}{page_line}\n", " ".repeat(depth + 2)));
            }
            skip_deeper_than = Some(depth);
        }
    }
    out
}
