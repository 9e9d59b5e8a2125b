//! Menus: one sound folder loads without a word, and each fault of the cases is told by its code alone, at its place.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a broken fixture should stop the test, and the lint knows test functions but not what they call"
)]

use crate::menu_cases::Edit::{self, Drop, End, Put, Swap};
use crate::menu_cases::{DESK, HOTLINES, HOURS, MARK, MENU, SENDING, STAFFED, STAY, UZ, cases};
use jiff::civil::date;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::menu::explain::{codes as pages, explain};
use kopir::domain::menu::lint;
use kopir::domain::menu::load::{COLUMNS, Loaded, Source, Unsigned, expired, load, rows_to_sign};
use kopir::domain::menu::model::{Next, Target, Verb};
use kopir::domain::menu::problem::{Problem, Severity};
use std::path::Path;

pub(crate) fn sound() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/menus/sound");
    let mut sources = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            sources.push(Source { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

pub(crate) fn edited(edits: &[Edit]) -> Vec<Source> {
    let mut sources = sound();
    for edit in edits {
        let find = |sources: &[Source], path: &str| sources.iter().position(|source| source.path == path);
        match *edit {
            Swap(path, from, to) => {
                let source = find(&sources, path).map(|at| &mut sources[at]).unwrap();
                assert_eq!(source.text.matches(from).count(), 1, "{from:?} in {path}");
                source.text = source.text.replace(from, to);
            }
            Put(path, text) => {
                sources.retain(|source| source.path != path);
                sources.push(Source { path: path.to_owned(), text: text.to_owned() });
            }
            Drop(path) => sources.retain(|source| source.path != path),
            End(path, text) => {
                let at = find(&sources, path).unwrap();
                sources[at].text.push_str(text);
            }
        }
    }
    sources
}

/// Takes the mark out; where it stood: file, line, column.
fn unmark(sources: &mut [Source]) -> Option<(String, u32, u32)> {
    for source in sources {
        if let Some(at) = source.text.find(MARK) {
            let before = &source.text[..at];
            let line = u32::try_from(before.matches('\n').count() + 1).unwrap();
            let column = u32::try_from(before.rsplit('\n').next().unwrap().chars().count() + 1).unwrap();
            source.text = source.text.replacen(MARK, "", 1);
            return Some((source.path.clone(), line, column));
        }
    }
    None
}

pub(crate) fn shown(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn the_sound_folder_loads_without_a_word() {
    let loaded = load(&sound(), true);
    assert_eq!(shown(&loaded.problems), "");
    let (bundle, reference) = loaded.bundle.unwrap();
    assert_eq!(bundle.languages, [Lang::Ru, Lang::Uz]);
    assert_eq!(bundle.codes.get("21").map(String::as_str), Some("m"));
    assert_eq!(reference.hotline("help", date(2026, 10, 2)), Some("112"));
    let menu = &bundle.menus["m"];
    assert_eq!(menu.first, "entry");
    let entry = &menu.steps["entry"];
    assert!(
        matches!(&entry.verb, Verb::Ask { keep, accept, dial_in: true } if keep == "entry" && accept.len() == 2)
    );
    assert!(entry.private && entry.wrong.as_ref().is_some_and(|wrong| wrong.forms.len() == 2));
    let Next::By { cases, otherwise } = &menu.steps["country"].next else { panic!("one way only") };
    assert_eq!(cases["other"], Target::Step("number".to_owned()));
    assert_eq!(*otherwise, Some(Target::Step("earlier".to_owned())));
}

#[test]
fn the_example_of_the_manual_is_sound() {
    let manual = include_str!("../docs/menu-format.md");
    let blocks: Vec<&str> =
        manual.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let paths = ["days/menu.yaml", "days/uz.yaml", STAY, HOTLINES, "reference/states.yaml"];
    let mut sources = edited(&[Put("root.yaml", "menus: [days]\n")]);
    sources.retain(|source| !source.path.starts_with("m/") && !paths.contains(&source.path.as_str()));
    let example = paths.iter().zip(&blocks[1..]);
    sources.extend(example.map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }));
    assert_eq!(shown(&load(&sources, true).problems), "");
}

#[test]
fn every_fault_is_told_by_its_code_alone_and_at_its_place() {
    let mut wrong = String::new();
    for (code, edits) in cases() {
        let mut sources = edited(&edits);
        let place = unmark(&mut sources);
        let problems = load(&sources, true).problems;
        let found: Vec<_> = problems.iter().map(|p| (p.code, p.file.clone(), p.line, p.column)).collect();
        let fits = match (&place, found.as_slice()) {
            (Some((file, line, column)), [one]) => *one == (code, file.clone(), *line, *column),
            (None, [(only, _, line, _)]) => *only == code && *line == 0,
            _ => false,
        };
        if !fits {
            wrong.push_str(&format!(
                "{code} expected at {place:?} by {edits:?}, found\n{}\n",
                shown(&problems)
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Codes that need a closed gate or a today, each with its own test below.
const ELSEWHERE: [&str; 11] =
    ["K082", "K083", "K084", "K085", "K086", "K087", "K088", "K089", "K093", "K096", "K097"];

#[test]
fn every_code_has_a_page_and_a_case() {
    let cases = cases();
    for code in pages() {
        let tested = cases.iter().any(|(tested, _)| *tested == code.code) || ELSEWHERE.contains(&code.code);
        assert!(tested, "{} has no case", code.code);
    }
    assert!(cases.iter().all(|(code, _)| explain(code).is_some()));
}

/// `signed.csv` for these texts.
fn signed(unsigned: &[Unsigned]) -> String {
    let row = |text: &Unsigned| {
        format!("{},{},{},{},Aizhan,2026-10-01\n", text.menu, text.key, text.lang.tag(), text.hash)
    };
    format!("{}\n{}", COLUMNS.join(","), unsigned.iter().map(row).collect::<String>())
}

fn gated(rows: &str) -> Loaded {
    let mut sources = sound();
    sources.push(Source { path: "signed.csv".to_owned(), text: rows.to_owned() });
    load(&sources, false)
}

fn codes(loaded: &Loaded) -> Vec<(&'static str, u32)> {
    loaded.problems.iter().map(|problem| (problem.code, problem.line)).collect()
}

#[test]
fn nothing_is_shown_that_nobody_has_signed() {
    let loaded = load(&sound(), false);
    assert!(loaded.bundle.is_none());
    assert_eq!(codes(&loaded), [("K084", 0), ("K084", 0), ("K085", 0)]);
    assert!(load(&sound(), true).bundle.is_some());
}

#[test]
fn a_language_opens_once_every_text_of_it_is_signed() {
    let unsigned = load(&sound(), true).unsigned;
    let all = gated(&signed(&unsigned));
    assert_eq!(shown(&all.problems), "");
    assert_eq!(all.bundle.unwrap().0.languages, [Lang::Ru, Lang::Uz]);
    let russian: Vec<Unsigned> = unsigned.into_iter().filter(|text| text.lang == Lang::Ru).collect();
    let part = gated(&signed(&russian));
    assert_eq!(codes(&part), [("K084", 0)]);
    assert_eq!(part.problems[0].severity, Severity::Warning);
    assert_eq!(part.bundle.unwrap().0.languages, [Lang::Ru]);
    let all_but_one = gated(&signed(&russian[1..]));
    assert!(all_but_one.bundle.is_none());
}

#[test]
fn rows_to_sign_open_their_language_once_they_bear_a_name_and_a_day() {
    let unsigned = load(&sound(), false).unsigned;
    let rows = rows_to_sign(&unsigned, Some(Lang::Uz));
    assert_eq!(rows.lines().next(), Some(COLUMNS.join(",").as_str()));
    assert!(
        codes(&gated(&rows)).iter().any(|(code, _)| *code == "K086"),
        "a row without a name signs nothing"
    );
    let signed = rows.replace(",,\n", ",Nodira,2026-11-01\n");
    assert_eq!(gated(&signed).bundle.unwrap().0.languages, [Lang::Uz]);
}

#[test]
fn a_changed_text_closes_its_language_and_names_the_sign_off() {
    let unsigned = load(&sound(), true).unsigned;
    let rows = signed(&unsigned);
    let mut sources = edited(&[Swap(UZ, "Ariza raqami", "Ariza nomeri")]);
    sources.push(Source { path: "signed.csv".to_owned(), text: rows.clone() });
    let loaded = load(&sources, false);
    let line = rows.lines().position(|row| row.starts_with("m,number.ask,uz")).unwrap() + 1;
    assert_eq!(codes(&loaded), [("K084", 0), ("K087", u32::try_from(line).unwrap())]);
    assert_eq!(loaded.bundle.unwrap().0.languages, [Lang::Ru]);
}

#[test]
fn a_broken_or_idle_row_of_sign_offs_is_named() {
    let rows = signed(&load(&sound(), true).unsigned);
    let last = u32::try_from(rows.lines().count()).unwrap() + 1;
    assert_eq!(codes(&gated(&format!("{rows}m,entry.ask,uz,00\n"))), [("K086", last)]);
    assert_eq!(codes(&gated(&format!("{rows}m,entry.ask,uz,00,A,soon\n"))), [("K086", last)]);
    let idle = format!("{rows}m,gone.ask,uz,0011223344556677,A,2026-10-01\n");
    assert_eq!(codes(&gated(&idle)), [("K088", last)]);
}

#[test]
fn time_alone_makes_rules_hotlines_and_reviews_doubtful() {
    let sources = edited(&[
        Swap(STAY, "valid-from: 2025-01-01\n", "valid-from: 2025-01-01\n    valid-to: 2026-12-31\n"),
        Swap(MENU, "resume: ask", "resume: ask\nreviewed: 2026-10-01"),
    ]);
    assert_eq!(shown(&load(&sources, true).problems), "");
    let found = |today| -> Vec<_> { expired(&sources, today).iter().map(|p| (p.code, p.line)).collect() };
    assert_eq!(found(date(2026, 12, 30)), []);
    assert_eq!(found(date(2026, 12, 31)), [("K083", 2)]);
    assert_eq!(found(date(2027, 1, 1)), [("K083", 2), ("K082", 2)]);
    assert_eq!(found(date(2027, 10, 2)), [("K089", 9), ("K083", 2), ("K082", 2)]);
}

#[test]
fn time_alone_makes_desks_and_send_hours_doubtful() {
    let sources = edited(&[Put(DESK, STAFFED), Put(SENDING, HOURS)]);
    let found = |sources: &[Source], today| -> Vec<_> {
        let told = expired(sources, today).into_iter().filter(|p| [DESK, SENDING].contains(&p.file.as_str()));
        told.map(|p| (p.code, p.severity, p.line)).collect()
    };
    let (desk, known, compared) =
        (("K093", Severity::Warning, 2), ("K096", Severity::Warning, 1), ("K097", Severity::Warning, 1));
    assert_eq!(found(&sources, date(2026, 10, 31)), []);
    assert_eq!(found(&sources, date(2026, 11, 1)), [desk]);
    assert_eq!(found(&sources, date(2027, 1, 1)), [desk, known]);
    assert_eq!(found(&sources, date(2027, 10, 1)), [desk, known]);
    assert_eq!(found(&sources, date(2027, 10, 2)), [desk, known, compared]);
    // Nobody has ever looked, or has said so of a day that lies ahead.
    for line in ["", "last-verified: 2026-10-02"] {
        let change = |text: &str| -> &'static str { text.replace("last-verified: 2026-10-01", line).leak() };
        let doubtful = edited(&[Put(DESK, change(STAFFED)), Put(SENDING, change(HOURS))]);
        assert_eq!(shown(&load(&doubtful, true).problems), "");
        assert_eq!(found(&doubtful, date(2026, 10, 1)), [desk, compared], "{line:?}");
    }
}

#[test]
fn all_faults_are_told_at_once_and_in_order() {
    let loaded = load(
        &edited(&[
            Swap(MENU, "needs: nothing", "needs: nothin"),
            Swap(MENU, "next: last4", "next: lastt4"),
            Swap(UZ, "language: uz", "language: kk"),
            Put("root.yaml", "menus: [m, n]\n"),
        ]),
        true,
    );
    let found: Vec<_> = loaded.problems.iter().map(|p| (p.code, p.file.as_str())).collect();
    assert_eq!(found, [("K014", MENU), ("K023", MENU), ("K015", UZ), ("K024", "root.yaml")]);
    let said = loaded.problems[1].to_string();
    assert!(
        said.contains("there is no step \"lastt4\"") && said.contains("did you mean \"last4\"?"),
        "{said}"
    );
}

#[test]
fn the_address_changes_with_texts_and_not_with_dated_data() {
    let id = |edits: &[Edit]| load(&edited(edits), true).bundle.unwrap().0.id;
    let base = id(&[]);
    assert_eq!(base, id(&[Swap(STAY, "source: Rule 1", "source: Rule 7")]));
    assert_eq!(base, id(&[Swap(HOTLINES, "number: 112", "number: 102")]));
    assert_ne!(base, id(&[Swap(UZ, "Ariza raqami", "Ariza nomeri")]));
    let mut turned = sound();
    turned.reverse();
    assert_eq!(base, load(&turned, true).bundle.unwrap().0.id);
}

#[test]
fn every_screen_is_measured_in_every_language_and_script() {
    let (bundle, reference) = load(&sound(), true).bundle.unwrap();
    let costs = lint::costs(&bundle, &reference);
    let of = |step: &str, lang, script| {
        costs
            .iter()
            .find(|c| c.menu == "m" && c.step == step && c.lang == lang && c.script == script)
            .unwrap()
    };
    for lang in [Lang::Ru, Lang::Uz] {
        for script in [Script::Native, Script::Latin] {
            let steps =
                costs.iter().filter(|c| c.menu == "m" && c.lang == lang && c.script == script).count();
            // Eight steps with a text, three of them also after a wrong input.
            assert_eq!(steps, 11);
        }
    }
    let native = of("status", Lang::Ru, Script::Native);
    assert_eq!(native.worst, "Отправлено на 30.12.2026\n1 Да\n0 < 8 Til");
    assert_eq!((native.units, native.room, native.pages, native.segments), (39, 70, 1, 1));
    assert_eq!(of("status", Lang::Ru, Script::Latin).room, 160);
}

#[test]
fn an_overlong_file_is_not_read() {
    let long = Source { path: "root.yaml".to_owned(), text: "#".repeat(300 * 1024) };
    let mut sources = edited(&[Drop("root.yaml")]);
    sources.push(long);
    assert_eq!(codes(&load(&sources, true)).first(), Some(&("K003", 0)));
}
