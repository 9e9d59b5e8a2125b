//! Words as people type them: two test sets of six languages (tests/vectors/words) held to their gates with the menus' own words.

use kopir::app::menus;
use kopir::domain::lang::Lang;
use kopir::domain::menu::model::Bundle;
use kopir::domain::word::matching::{Outcome, matching};
use kopir::domain::word::meaning::MEANINGS;
use kopir::domain::word::{Heard, Index};
use serde::Deserialize;
use std::path::Path;

/// The set by which the matcher was completed.
const TUNED: [(Lang, &str); 6] = [
    (Lang::Kk, include_str!("vectors/words/kk.jsonl")),
    (Lang::Ru, include_str!("vectors/words/ru.jsonl")),
    (Lang::Uz, include_str!("vectors/words/uz.jsonl")),
    (Lang::Ky, include_str!("vectors/words/ky.jsonl")),
    (Lang::Tg, include_str!("vectors/words/tg.jsonl")),
    (Lang::En, include_str!("vectors/words/en.jsonl")),
];

/// A later set with other errors, which it never saw.
const FRESH: [(Lang, &str); 6] = [
    (Lang::Kk, include_str!("vectors/words/fresh/kk.jsonl")),
    (Lang::Ru, include_str!("vectors/words/fresh/ru.jsonl")),
    (Lang::Uz, include_str!("vectors/words/fresh/uz.jsonl")),
    (Lang::Ky, include_str!("vectors/words/fresh/ky.jsonl")),
    (Lang::Tg, include_str!("vectors/words/fresh/tg.jsonl")),
    (Lang::En, include_str!("vectors/words/fresh/en.jsonl")),
];

#[derive(Deserialize)]
struct Case {
    text: String,
    meaning: Option<String>,
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
    missed: Vec<String>,
    wrong_prompts: Vec<String>,
    false_actions: Vec<String>,
}

impl Tally {
    fn count(&mut self, case: &Case, outcome: &Outcome) {
        self.all += 1;
        let told = || format!("{:?} {outcome:?}", case.text);
        let meant = |meaning: &String| Some(meaning) == case.meaning.as_ref();
        match outcome {
            Outcome::Action(found) if meant(&found.meaning) => {
                assert_eq!(found.repaired_args(), case.args, "{:?}", case.text);
                self.acted += 1;
            }
            Outcome::Action(_) => self.false_actions.push(told()),
            Outcome::Prompt(found) if meant(&found.meaning) => self.prompted += 1,
            Outcome::Choose(found) if found.iter().any(|found| meant(&found.meaning)) => self.offered += 1,
            Outcome::Prompt(_) | Outcome::Choose(_) => self.wrong_prompts.push(told()),
            Outcome::None if case.meaning.is_some() => self.missed.push(told()),
            Outcome::None => {}
        }
    }

    /// Done, or asked about so that one key does it.
    fn right(&self) -> usize {
        self.acted + self.prompted + self.offered
    }

    fn told(&self, lang: Lang, kind: &str) {
        println!(
            "{} {kind}: {} all, {} acted, {} prompted, {} offered, {} missed, {} wrong prompts, {} false actions",
            lang.tag(),
            self.all,
            self.acted,
            self.prompted,
            self.offered,
            self.missed.len(),
            self.wrong_prompts.len(),
            self.false_actions.len()
        );
        let doubtful = self.missed.iter().chain(&self.wrong_prompts).chain(&self.false_actions);
        doubtful.for_each(|told| println!("    {told}"));
    }
}

fn bundle() -> Bundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("menus");
    menus::open(&folder, true).unwrap().1.bundle.unwrap().0
}

/// The tallies of the cases of each kind that `groups` names by its beginning.
fn tallies<const N: usize>(index: &Index, lang: Lang, set: &str, groups: [&str; N]) -> [Tally; N] {
    let mut tallies = [(); N].map(|()| Tally::default());
    for line in set.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let at = groups.iter().position(|group| case.kind.starts_with(group)).unwrap();
        tallies[at].count(&case, &matching(index, &case.text, Some(lang)));
    }
    for (tally, kind) in tallies.iter().zip(groups) {
        tally.told(lang, kind);
    }
    tallies
}

#[test]
fn words_as_people_type_them_are_understood_and_nothing_else_is_done() {
    let index = bundle().word_index;
    for (lang, set) in TUNED {
        let [clean, key, no] = tallies(&index, lang, set, ["clean", "key", "no"]);
        assert_eq!((clean.all + key.all, no.all), (500, 200), "{lang:?}");
        assert!(clean.right() * 100 >= clean.all * 99, "{lang:?}");
        assert!(key.right() * 100 >= key.all * 97, "{lang:?}");
        for tally in [&clean, &key, &no] {
            assert_eq!(tally.false_actions, Vec::<String>::new(), "{lang:?}");
            assert!(tally.wrong_prompts.len() * 100 <= tally.all, "{lang:?} {:?}", tally.wrong_prompts);
        }
    }
}

#[test]
fn every_meaning_of_the_table_has_a_word_in_every_language() {
    let bundle = bundle();
    for meaning in MEANINGS {
        for lang in Lang::ALL {
            let has =
                |word: &&kopir::domain::menu::model::Word| word.lang == lang && word.meaning == meaning.name;
            assert!(bundle.words.iter().any(|word| has(&word)), "{} in {}", meaning.name, lang.tag());
        }
    }
}

/// A letter is read on every turn: a known word costs a look, an unknown one the distance to every word.
#[test]
fn reading_a_letter_costs_little() {
    let index = bundle().word_index;
    for (kind, text) in [
        ("digit", "1"),
        ("exact", "СТАТУС 1234567890 4821"),
        ("sound", "zhumis"),
        ("unknown", "здравствуйте"),
    ] {
        let began = kopir::clock::instant();
        for _ in 0..1_000 {
            let heard = Heard::of(std::hint::black_box(text));
            std::hint::black_box((index.is_urgent(&heard), index.decide(&heard, Some(Lang::Kk))));
        }
        let ns = began.elapsed().as_nanos() / 1_000;
        println!("{kind}: {ns} ns a letter");
        assert!(ns < 5_000_000, "{kind}: {ns} ns");
    }
}

/// One in eight errors in words of two to four letters is beyond mending, since a wrong letter makes another word of so
/// short a one: they get the short menu, and the words of five letters and more have a gate of their own.
#[test]
fn a_set_the_matcher_never_saw_is_understood_too() {
    let index = bundle().word_index;
    for (lang, set) in FRESH {
        let long = set.replace(" short", "").replace("\"key ", "\"").replace(" long", "-long");
        let kinds = [
            "clean",
            "beside-long",
            "tap-long",
            "lost-long",
            "doubled-long",
            "beside",
            "tap",
            "lost",
            "doubled",
            "no",
        ];
        let [clean, a, b, c, d, e, f, g, h, no] = tallies(&index, lang, &long, kinds);
        let share = |tallies: &[&Tally]| {
            let of = |count: fn(&Tally) -> usize| tallies.iter().map(|tally| count(tally)).sum::<usize>();
            (of(Tally::right), of(|tally| tally.all))
        };
        let (long, all) = (share(&[&a, &b, &c, &d]), share(&[&a, &b, &c, &d, &e, &f, &g, &h]));
        println!(
            "{} key errors right or asked about: {} of {} in words of five letters and more, {} of {} in all",
            lang.tag(),
            long.0,
            long.1,
            all.0,
            all.1
        );
        assert!(clean.right() * 100 >= clean.all * 99, "{lang:?}");
        assert!(long.0 * 100 >= long.1 * 97, "{lang:?} {long:?}");
        assert!(all.0 * 100 >= all.1 * 93, "{lang:?} {all:?}");
        for tally in [&clean, &a, &b, &c, &d, &e, &f, &g, &h, &no] {
            assert_eq!(tally.false_actions, Vec::<String>::new(), "{lang:?}");
        }
        // What would only lead to the short menu is not asked about.
        let asked = no.wrong_prompts.iter().filter(|told| !told.contains(": Help, "));
        assert!(asked.clone().count() * 100 <= no.all, "{lang:?} {:?}", asked.collect::<Vec<_>>());
    }
}
