//! Words as people type them: the test set of six languages (tests/vectors/words) held to its gates.

use kopir::domain::lang::Lang;
use kopir::domain::word::matching::{Outcome, matching};
use kopir::domain::word::table::{BUILT_IN, Meaning, Table};
use serde::Deserialize;

const SETS: [(Lang, &str); 6] = [
    (Lang::Kk, include_str!("vectors/words/kk.jsonl")),
    (Lang::Ru, include_str!("vectors/words/ru.jsonl")),
    (Lang::Uz, include_str!("vectors/words/uz.jsonl")),
    (Lang::Ky, include_str!("vectors/words/ky.jsonl")),
    (Lang::Tg, include_str!("vectors/words/tg.jsonl")),
    (Lang::En, include_str!("vectors/words/en.jsonl")),
];

#[derive(Deserialize)]
struct Case {
    text: String,
    meaning: Option<Meaning>,
    #[serde(default)]
    args: Vec<String>,
    kind: String,
}

/// What became of the cases of one kind.
#[derive(Debug, Default)]
struct Tally {
    all: usize,
    acted: usize,
    prompted: usize,
    offered: usize,
    none: usize,
    wrong_prompts: Vec<String>,
    false_actions: Vec<String>,
    missed: Vec<String>,
}

impl Tally {
    fn count(&mut self, case: &Case, outcome: &Outcome<Meaning>) {
        self.all += 1;
        let told = || format!("{:?} {outcome:?}", case.text);
        match outcome {
            Outcome::Action(found) if Some(found.opens) == case.meaning => {
                assert_eq!(found.args, case.args, "{:?}", case.text);
                self.acted += 1;
            }
            Outcome::Action(_) => self.false_actions.push(told()),
            Outcome::Prompt(found) if Some(found.opens) == case.meaning => self.prompted += 1,
            Outcome::Choose(found) if found.iter().any(|found| Some(found.opens) == case.meaning) => {
                self.offered += 1;
            }
            Outcome::Prompt(_) | Outcome::Choose(_) => self.wrong_prompts.push(told()),
            Outcome::None => {
                self.none += 1;
                if case.meaning.is_some() {
                    self.missed.push(told());
                }
            }
        }
    }

    fn right(&self) -> usize {
        self.acted + self.prompted
    }
}

#[test]
fn words_as_people_type_them_are_understood_and_nothing_else_is_done() {
    let index = Table::parse(BUILT_IN).unwrap().index();
    let mut failed = Vec::new();
    for (lang, set) in SETS {
        let [mut clean, mut key, mut no] = [Tally::default(), Tally::default(), Tally::default()];
        for line in set.lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            let outcome = matching(&index, &case.text, Some(lang));
            let tally = match case.kind.as_str() {
                "clean" => &mut clean,
                "key" => &mut key,
                _ => &mut no,
            };
            tally.count(&case, &outcome);
        }
        assert_eq!((clean.all + key.all, no.all), (500, 200), "{lang:?}");
        for (kind, tally) in [("clean", &clean), ("key", &key), ("no", &no)] {
            println!(
                "{} {kind}: {} all, {} acted, {} prompted, {} offered, {} none, {} wrong prompts, {} false actions",
                lang.tag(),
                tally.all,
                tally.acted,
                tally.prompted,
                tally.offered,
                tally.none,
                tally.wrong_prompts.len(),
                tally.false_actions.len()
            );
            let doubtful = tally.missed.iter().chain(&tally.wrong_prompts).chain(&tally.false_actions);
            doubtful.for_each(|told| println!("    {told}"));
        }
        let gates = clean.right() * 100 >= clean.all * 99
            && (key.right() + key.offered) * 100 >= key.all * 97
            && [&clean, &key, &no].iter().all(|tally| tally.false_actions.is_empty());
        if !gates {
            failed.push(lang);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
