//! Menus: one sound folder, and for every code of the checker one smallest fault that yields it alone, at its place.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a broken fixture should stop the test, and the lint knows test functions but not what they call"
)]

use jiff::civil::date;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::menu::explain::{codes as pages, explain};
use kopir::domain::menu::lint;
use kopir::domain::menu::load::{COLUMNS, Loaded, Source, Unsigned, expired, load, rows_to_sign};
use kopir::domain::menu::model::{Next, Target, Verb};
use kopir::domain::menu::problem::{Problem, Severity};
use std::path::Path;

/// Stands in a case where the problem is expected.
const MARK: char = '‸';

/// What a case does to the sound folder.
#[derive(Debug)]
pub(crate) enum Edit {
    /// Replaces the only such piece of a file.
    Swap(&'static str, &'static str, &'static str),
    /// Adds a file, or takes the place of one.
    Put(&'static str, &'static str),
    /// Takes a file away.
    Drop(&'static str),
    /// Puts a line at the end of a file.
    End(&'static str, &'static str),
}
use Edit::{Drop, End, Put, Swap};

const MENU: &str = "m/menu.yaml";
pub(crate) const UZ: &str = "m/uz.yaml";
const STAY: &str = "reference/stay.yaml";
const HOTLINES: &str = "reference/hotlines.yaml";

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

/// A marked text of so many characters at its worst, with its one value of three digits.
fn long(characters: usize) -> &'static str {
    let text: String = "so'z ".chars().cycle().take(characters - 4).collect();
    format!("      ‸{text} {{person}}").leak()
}

/// One smallest fault for every code that `load` gives with an open gate.
#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(&'static str, Vec<Edit>)> {
    vec![
        ("K018", vec![Swap(MENU, "title: Сроки", "title: ‸\u{fffd}\u{fffd}\u{fffd}")]),
        ("K018", vec![Put(UZ, "l‸\0a\0n\0")]),
        ("K019", vec![Swap(MENU, "ask: |\n      Номер", "ask: |\n      ‸# узнать\n      Номер")]),
        ("K069", vec![Swap(UZ, "title: Muddatlar", "title: Muddat‸\u{2018}lar")]),
        ("K069", vec![Swap(MENU, "title: Сроки", "title: Сроки ‸\u{1f600}")]),
        ("K001", vec![Put("root.yaml", "menus: ‸[m\n")]),
        ("K001", vec![End("root.yaml", "‸---\nmenus: [m]\n")]),
        ("K002", vec![Swap(MENU, "  status:\n", "‸\tstatus:\n")]),
        ("K003", vec![Put("root.yaml", "menus: [[[[[[[[‸[[m]]]]]]]]]]\n")]),
        ("K004", vec![Swap(MENU, "keep: number", "keep: ‸*number")]),
        ("K004", vec![Swap(MENU, "next: last4", "next: ‸!x last4")]),
        ("K005", vec![Swap(MENU, "needs: nothing\n", "needs: nothing\n‸needs: pin\n")]),
        ("K006", vec![Put("m/uzb.yaml", "language: uz\n")]),
        ("K007", vec![Swap(MENU, "    end: |\n      Спросите: {person}", "    end: Наберите ‸#1 сейчас")]),
        ("K007", vec![Swap(MENU, "    say: |\n      {state} на {as_of}", "    say: ‸*150*21# наберите")]),
        ("K007", vec![Swap(MENU, "    say: |\n      {state} на {as_of}", "    say: ‸{state} дней")]),
        ("K007", vec![Swap(MENU, "title: Сроки", "title: Учёт‸: до 3 октября")]),
        ("K007", vec![Swap(UZ, "title: Muddatlar", "title: ‸'Qozog'iston'")]),
        ("K007", vec![Swap(MENU, "title: Сроки", "title: ‸\"Сроки\"")]),
        ("K007", vec![Swap(MENU, "ask: |\n      Номер", "ask: | ‸Номер\n      Номер")]),
        ("K007", vec![Swap(MENU, "ask: |\n      Номер", "ask: ‸>\n      Номер")]),
        ("K007", vec![Swap(MENU, "ask: |\n      Номер", "ask:\n      ‸Номер")]),
        ("K007", vec![Swap(MENU, "title: Сроки\n", "title: Сроки\n  ‸и даты\n")]),
        ("K007", vec![Swap(MENU, "again: Снова", "again: Снова‸: да")]),
        ("K007", vec![Swap(MENU, "again: Снова", "again: ‸#1")]),
        ("K008", vec![Swap(MENU, "    say: |\n      {state}", "    say:‸Вот\n      {state}")]),
        (
            "K009",
            vec![Swap(MENU, "options:\n      none: Нет\n      some: Да", "options: ‸{none: Нет, some: Да}")],
        ),
        ("K010", vec![Swap(MENU, "picture: two", "‸pictur: two")]),
        ("K010", vec![Swap(MENU, "resume: ask", "‸resme: ask")]),
        ("K011", vec![Swap(MENU, "menu: m\n", "‸menu: m\n"), Swap(MENU, "needs: nothing\n", "")]),
        ("K012", vec![Swap(MENU, "give: [number, last4]", "give: ‸number")]),
        ("K013", vec![Swap(MENU, "picture: two-dates", "picture: ‸Two")]),
        ("K013", vec![Swap(MENU, "  person: {", "  ‸code: {hotline: help}\n  person: {")]),
        ("K014", vec![Swap(MENU, "needs: nothing", "needs: ‸nothin")]),
        ("K015", vec![Swap(MENU, "menu: m\n", "menu: ‸n\n")]),
        ("K015", vec![Swap(UZ, "language: uz", "language: ‸kk")]),
        ("K016", vec![Drop(MENU)]),
        ("K016", vec![Drop("root.yaml"), Swap(MENU, "needs: no", "needs: no")]),
        ("K017", vec![Swap(MENU, "wrong: |\n      Нет такой даты", "‸wrong:")]),
        ("K020", vec![End(MENU, "  ‸idle:\n    next: home\n")]),
        (
            "K020",
            vec![Swap(
                MENU,
                "    call: application.status\n    give",
                "    private: true\n    ‸call: application.status\n    give",
            )],
        ),
        ("K021", vec![Swap(MENU, "    keep: number\n", "    ‸end: |\n      Всё\n    keep: number\n")]),
        ("K022", vec![End(MENU, "    ‸next: home\n")]),
        ("K023", vec![Swap(MENU, "next: last4", "next: ‸lastt4")]),
        ("K024", vec![Swap(MENU, "next: home", "next: ‸menu/n")]),
        ("K024", vec![Put("root.yaml", "menus: [m, ‸n]\n")]),
        ("K025", vec![Swap(MENU, "{other: number, else", "{‸othr: number, other: number, else")]),
        ("K026", vec![Swap(MENU, "{other: number, else: earlier}", "‸{other: number}")]),
        (
            "K027",
            vec![
                End(MENU, "  ‸lost:\n    say: |\n      Потерян\n    next: home\n"),
                End(UZ, "  lost:\n    say: |\n      Yo'qolgan\n"),
            ],
        ),
        (
            "K028",
            vec![
                End(MENU, "  ‸ring:\n    say: |\n      Круг\n    next: ring\n"),
                End(UZ, "  ring:\n    say: |\n      Aylana\n"),
                Swap(MENU, "unknown: help", "unknown: ring"),
            ],
        ),
        ("K029", vec![Swap(MENU, "  look:", "  ‸look:"), Swap(MENU, "unknown: help", "unknown: look")]),
        ("K030", vec![Swap(MENU, "call: stay.count", "call: ‸stay.cuont")]),
        ("K031", vec![Swap(MENU, "outcomes: {found: status,", "outcomes: ‸{")]),
        ("K032", vec![Swap(MENU, "{found: status,", "{‸fund: status, found: status,")]),
        ("K033", vec![Swap(MENU, "give: [number, last4]", "give: ‸[number]")]),
        ("K033", vec![Swap(MENU, "give: [number, last4]", "give: [number, last4, ‸days]")]),
        (
            "K034",
            vec![Swap(
                MENU,
                "again: Снова",
                "again: Ещё\n      b: Б\n      c: В\n      d: Г\n      e: Д\n      f: Е\n      g: Ж\n      ‸h: З",
            )],
        ),
        ("K035", vec![Swap(MENU, "other: Другой", "other: Другой\n      ‸de: Другая")]),
        (
            "K036",
            vec![
                Swap(MENU, "  answer:", "  ‸answer:"),
                Swap(MENU, "ok: answer", "ok: c3"),
                End(
                    MENU,
                    "  c3:\n    choose: |\n      Три\n    options:\n      a: А\n    next: c4\n  c4:\n    choose: |\n      Четыре\n    options:\n      a: А\n    next: answer\n",
                ),
                End(
                    UZ,
                    "  c3:\n    choose: |\n      Uch\n    options:\n      a: A\n  c4:\n    choose: |\n      Tort\n    options:\n      a: A\n",
                ),
            ],
        ),
        ("K037", vec![Swap(MENU, "{state} на {as_of}", "{state} на {as_of}\n      ‸0 Назад")]),
        ("K037", vec![Swap(MENU, "dial: 21", "dial: ‸021")]),
        ("K037", vec![Swap(MENU, "other: Другой", "other: Другой\n      ‸9: Ещё")]),
        ("K038", vec![Swap(MENU, "  status:", "  ‸status:"), Swap(MENU, "    next: home\n", "")]),
        ("K039", vec![Swap(MENU, "keep: number", "keep: ‸country")]),
        ("K040", vec![Swap(MENU, "number: 0..90", "number: ‸many")]),
        ("K040", vec![Swap(MENU, "last4: {digits: 4}", "last4: ‸{longest: 4}")]),
        ("K041", vec![Swap(MENU, "Спросите: {person}", "Спросите: ‸{persn}")]),
        ("K041", vec![Swap(MENU, "keep: number", "keep: ‸numbr")]),
        ("K042", vec![Swap(MENU, "  person: {", "  ‸spare: {text: 5}\n  person: {")]),
        (
            "K043",
            vec![
                Swap(MENU, "  person: {", "  spare: {text: 5}\n  person: {"),
                Swap(MENU, "Спросите: {person}", "Спросите: {person} ‸{spare}"),
                Swap(UZ, "So'rang: {person}", "So'rang: {person} {spare}"),
            ],
        ),
        (
            "K044",
            vec![Swap(
                MENU,
                "  state: {words-from: reference/states",
                "  ‸state: {words-from: reference/stats",
            )],
        ),
        ("K045", vec![Swap("reference/states.yaml", "ru: Отправлено", "ru: ‸Отправлено давно")]),
        ("K046", vec![Swap(MENU, "  person: {hotline: help}", "  ‸person: {hotline: hlp}")]),
        ("K050", vec![Swap(UZ, "  help:\n    end: |\n      So'rang: {person}", "  ‸help: {}")]),
        (
            "K050",
            vec![
                Swap("reference/states.yaml", "sent:", "‸sent:"),
                Swap("reference/states.yaml", "  uz: Yuborildi\n", ""),
            ],
        ),
        ("K051", vec![End(UZ, "    more: |\n      ‸Yana\n")]),
        ("K052", vec![Drop(UZ)]),
        ("K053", vec![Swap(MENU, "{state} на {as_of}", "{state} на ‸{as_of")]),
        ("K054", vec![Swap(UZ, "say: |\n      {state}, {as_of}", "say: |\n      ‸{state}")]),
        (
            "K055",
            vec![
                Swap(MENU, "      few: |\n        Ещё {days} дня\n", ""),
                Swap(MENU, "      by: days", "      ‸by: days"),
            ],
        ),
        ("K056", vec![Swap(UZ, "      none: Yo'q\n      some: Ha\n", "      ‸some: Ha\n      none: Yo'q\n")]),
        (
            "K057",
            vec![Swap(
                UZ,
                "choose: |\n      Oldin ham yashaganmisiz?",
                "choose: |\n      ‸Жили здесь и раньше?",
            )],
        ),
        ("K058", vec![Swap(MENU, "Номер заявки", "‸Номер и\u{306}")]),
        ("K059", vec![Swap(MENU, "Номер заявки", "Номер‸\u{a0}заявки")]),
        ("K060", vec![Swap(MENU, "Номер заявки", "Номер ‸зaявки")]),
        ("K061", vec![Swap(MENU, "Номер заявки", "Номер с ‸egov.kz/x")]),
        ("K062", vec![Swap(MENU, "Номер заявки", "Номер и ‸PIN")]),
        (
            "K063",
            vec![Swap(
                MENU,
                "      Номер заявки\n",
                "      Номер заявки\n    ask.latin: |\n      Nomer ‸é\n",
            )],
        ),
        (
            "K064",
            vec![
                Swap(
                    MENU,
                    "again: Снова",
                    "again: Очень длинный выбор, который не помещается ни на одном экране телефона, увы",
                ),
                Swap(MENU, "Учёт {register_by}", "‸Учёт {register_by}"),
            ],
        ),
        ("K065", vec![Swap(UZ, "      So'rang: {person}", long(700))]),
        (
            "K066",
            vec![Swap(
                MENU,
                "ask: |\n      Номер заявки",
                "ask: |\n      ‸Номер заявки, только цифры, буквы пропустите. Он стоит\n      вверху справа",
            )],
        ),
        ("K068", vec![Swap(UZ, "      So'rang: {person}", long(460))]),
        (
            "K070",
            vec![
                Swap("phrases/uz.yaml", "phrases:\n  root:", "phrases:\n  ‸root:"),
                Swap("phrases/uz.yaml", "  sorry: |\n    Bo'lmadi\n", ""),
            ],
        ),
        ("K071", vec![Swap(MENU, "words: [СРОК]", "words: [‸МОИ ДНИ]")]),
        ("K072", vec![Swap(MENU, "words: [СРОК]", "words: [СРОК, ‸STOP]")]),
        // It sounds like TOXTA, the Uzbek word for stop.
        ("K072", vec![Swap(MENU, "words: [СРОК]", "words: [СРОК, ‸ТОХТА]")]),
        ("K073", vec![Swap(MENU, "dial: 21", "dial: ‸*150*21#")]),
        ("K073", vec![Swap(MENU, "dial: 21", "dial: ‸21#")]),
        (
            "K074",
            vec![
                Put("root.yaml", "menus: [m, n]\n"),
                Put(
                    "n/menu.yaml",
                    "menu: n\nlanguage: ru\ntitle: Ещё\nneeds: nothing\ndial: ‸2\nsteps:\n  a:\n    end: |\n      Всё\n",
                ),
                Put("n/uz.yaml", "language: uz\ntexts:\n  title: Yana\n  a:\n    end: |\n      Tamom\n"),
            ],
        ),
        ("K075", vec![Put("root.yaml", "menus: [m, ‸m]\n")]),
        (
            "K076",
            vec![
                Put(
                    "n/menu.yaml",
                    "menu: n\nlanguage: ru\ntitle: Ещё\nneeds: nothing\nsteps:\n  a:\n    end: |\n      Всё\n",
                ),
                Put("n/uz.yaml", "language: uz\ntexts:\n  title: Yana\n  a:\n    end: |\n      Tamom\n"),
            ],
        ),
        (
            "K077",
            vec![
                Swap(MENU, "  person: {hotline: help}\n", ""),
                Swap(MENU, "Спросите: {person}", "Спросите"),
                Swap(UZ, "So'rang: {person}", "So'rang"),
            ],
        ),
        ("K078", vec![Put("m/tg.yaml", "language: tg\ntexts:\n  title: Муҳлат\n")]),
        (
            "K079",
            vec![
                Swap("phrases/uz.yaml", "  language: [TIL]", "  ‸language: [TIL]"),
                Swap("phrases/uz.yaml", "  stop: [TOXTA]\n", ""),
            ],
        ),
        ("K080", vec![Swap(STAY, "valid-from: 2025-01-01", "valid-from: ‸1.10.2026")]),
        ("K081", vec![Swap(HOTLINES, "number: 112", "number: ‸sto")]),
        (
            "K090",
            vec![End(
                STAY,
                "  - ‸countries: [uz]\n    register-days: 5\n    valid-from: 2026-01-01\n    verified: 2026-10-01\n    source: Rule 2\n",
            )],
        ),
    ]
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
const ELSEWHERE: [&str; 8] = ["K082", "K083", "K084", "K085", "K086", "K087", "K088", "K089"];

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
