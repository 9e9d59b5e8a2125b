//! Menus: one sound folder, and for every code of the checker one smallest fault that yields it alone, at its place.

use jiff::civil::{Date, date};
use kopir::domain::lang::{Lang, Script};
use kopir::domain::menu::explain::{CODES, explain};
use kopir::domain::menu::lint;
use kopir::domain::menu::load::{COLUMNS, Loaded, Source, Unsigned, expired, load};
use kopir::domain::menu::model::{Next, Target, Verb};
use kopir::domain::menu::problem::{Problem, Severity};
use std::path::Path;

/// Stands in a case where the problem is expected.
const MARK: char = '‸';

/// What a case does to the sound folder.
#[derive(Debug)]
enum Edit {
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
const UZ: &str = "m/uz.yaml";
const STAY: &str = "reference/stay.yaml";
const HOTLINES: &str = "reference/hotlines.yaml";

fn sound() -> Vec<Source> {
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

fn edited(edits: &[Edit]) -> Vec<Source> {
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

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

/// One smallest fault for every code that `load` gives with an open gate.
fn cases() -> Vec<(&'static str, Vec<Edit>)> {
    vec![
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
        ("K008", vec![Swap(MENU, "    say: |\n      {state}", "    say:‸Вот\n      {state}")]),
        ("K009", vec![Swap(MENU, "options:\n      none: Нет\n      some: Да", "options: ‸{none: Нет, some: Да}")]),
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
        ("K020", vec![Swap(MENU, "    call: application.status\n    give", "    private: true\n    ‸call: application.status\n    give")]),
        ("K021", vec![Swap(MENU, "    keep: number\n", "    ‸end: |\n      Всё\n    keep: number\n")]),
        ("K022", vec![End(MENU, "    ‸next: home\n")]),
        ("K023", vec![Swap(MENU, "next: last4", "next: ‸lastt4")]),
        ("K024", vec![Swap(MENU, "next: home", "next: ‸menu/n")]),
        ("K024", vec![Put("root.yaml", "menus: [m, ‸n]\n")]),
        ("K025", vec![Swap(MENU, "{other: number, else", "{‸othr: number, other: number, else")]),
        ("K026", vec![Swap(MENU, "{other: number, else: earlier}", "‸{other: number}")]),
        ("K027", vec![End(MENU, "  ‸lost:\n    say: |\n      Потерян\n    next: home\n"), End(UZ, "  lost:\n    say: |\n      Yo'qolgan\n")]),
        ("K028", vec![End(MENU, "  ‸ring:\n    say: |\n      Круг\n    next: ring\n"), End(UZ, "  ring:\n    say: |\n      Aylana\n"), Swap(MENU, "unknown: help", "unknown: ring")]),
        ("K029", vec![Swap(MENU, "  look:", "  ‸look:"), Swap(MENU, "unknown: help", "unknown: look")]),
        ("K030", vec![Swap(MENU, "call: stay.count", "call: ‸stay.cuont")]),
        ("K031", vec![Swap(MENU, "outcomes: {found: status,", "outcomes: ‸{")]),
        ("K032", vec![Swap(MENU, "{found: status,", "{‸fund: status, found: status,")]),
        ("K033", vec![Swap(MENU, "give: [number, last4]", "give: ‸[number]")]),
        ("K033", vec![Swap(MENU, "give: [number, last4]", "give: [number, last4, ‸days]")]),
        ("K034", vec![Swap(MENU, "again: Снова", "again: Ещё\n      b: Б\n      c: В\n      d: Г\n      e: Д\n      f: Е\n      g: Ж\n      ‸h: З")]),
        ("K035", vec![Swap(MENU, "other: Другой", "other: Другой\n      ‸de: Другая")]),
        ("K036", vec![
            Swap(MENU, "  answer:", "  ‸answer:"),
            Swap(MENU, "ok: answer", "ok: c3"),
            End(MENU, "  c3:\n    choose: |\n      Три\n    options:\n      a: А\n    next: c4\n  c4:\n    choose: |\n      Четыре\n    options:\n      a: А\n    next: answer\n"),
            End(UZ, "  c3:\n    choose: |\n      Uch\n    options:\n      a: A\n  c4:\n    choose: |\n      Tort\n    options:\n      a: A\n"),
        ]),
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
        ("K043", vec![Swap(MENU, "  person: {", "  spare: {text: 5}\n  person: {"), Swap(MENU, "Спросите: {person}", "Спросите: {person} ‸{spare}"), Swap(UZ, "So'rang: {person}", "So'rang: {person} {spare}")]),
        ("K044", vec![Swap(MENU, "  state: {words-from: reference/states", "  ‸state: {words-from: reference/stats")]),
        ("K045", vec![Swap("reference/states.yaml", "ru: Отправлено", "ru: ‸Отправлено давно")]),
        ("K046", vec![Swap(MENU, "  person: {hotline: help}", "  ‸person: {hotline: hlp}")]),
        ("K050", vec![Swap(UZ, "  help:\n    end: |\n      So'rang: {person}", "  ‸help: {}")]),
        ("K050", vec![Swap("reference/states.yaml", "sent:", "‸sent:"), Swap("reference/states.yaml", "  uz: Yuborildi\n", "")]),
        ("K051", vec![End(UZ, "    more: |\n      ‸Yana\n")]),
        ("K052", vec![Drop(UZ)]),
        ("K053", vec![Swap(MENU, "{state} на {as_of}", "{state} на ‸{as_of")]),
        ("K054", vec![Swap(UZ, "say: |\n      {state}, {as_of}", "say: |\n      ‸{state}")]),
        ("K055", vec![Swap(MENU, "      few: |\n        Осталось {days} дня\n", ""), Swap(MENU, "      by: days", "      ‸by: days")]),
        ("K056", vec![Swap(UZ, "      none: Yo'q\n      some: Ha\n", "      ‸some: Ha\n      none: Yo'q\n")]),
        ("K057", vec![Swap(UZ, "choose: |\n      Oldin ham yashaganmisiz?", "choose: |\n      ‸Жили здесь и раньше?")]),
        ("K058", vec![Swap(MENU, "Номер заявки", "‸Номер й")]),
        ("K059", vec![Swap(MENU, "Номер заявки", "Номер‸\u{a0}заявки")]),
        ("K060", vec![Swap(MENU, "Номер заявки", "Номер ‸зaявки")]),
        ("K061", vec![Swap(MENU, "Номер заявки", "Номер с ‸egov.kz/x")]),
        ("K062", vec![Swap(MENU, "Номер заявки", "Номер и ‸PIN")]),
        ("K063", vec![Swap(MENU, "      Номер заявки\n", "      Номер заявки\n    ask.latin: |\n      Nomer ‸é\n")]),
        ("K064", vec![Swap(MENU, "again: Снова", "again: Очень длинный выбор, который не помещается ни на одном экране телефона, увы"), Swap(MENU, "Учёт {register_by}", "‸Учёт {register_by}")]),
        ("K066", vec![Swap(MENU, "ask: |\n      Номер заявки", "ask: |\n      ‸Номер заявки, только цифры, буквы пропустите. Он стоит\n      вверху справа")]),
        ("K067", vec![Swap(MENU, "ask: |\n      Номер заявки", "ask: |\n      ‸Номер заявки, только цифры, буквы пропустите. Он стоит вверху")]),
        ("K070", vec![Swap("phrases/uz.yaml", "phrases:\n  root:", "phrases:\n  ‸root:"), Swap("phrases/uz.yaml", "  sorry: |\n    Bo'lmadi\n", "")]),
        ("K071", vec![Swap(MENU, "words: [СРОК]", "words: [‸МОИ ДНИ]")]),
        ("K072", vec![Swap(MENU, "words: [СРОК]", "words: [СРОК, ‸STOP]")]),
        ("K073", vec![Swap(MENU, "dial: 21", "dial: ‸*150*21#")]),
        ("K073", vec![Swap(MENU, "dial: 21", "dial: ‸21#")]),
        ("K075", vec![Put("root.yaml", "menus: [m, ‸m]\n")]),
        ("K076", vec![Put("n/menu.yaml", "menu: n\nlanguage: ru\ntitle: Ещё\nneeds: nothing\nsteps:\n  a:\n    end: |\n      Всё\n"), Put("n/uz.yaml", "language: uz\ntexts:\n  title: Yana\n  a:\n    end: |\n      Tamom\n")]),
        ("K077", vec![Swap(MENU, "  person: {hotline: help}\n", ""), Swap(MENU, "Спросите: {person}", "Спросите"), Swap(UZ, "So'rang: {person}", "So'rang")]),
        ("K078", vec![Put("m/tg.yaml", "language: tg\ntexts:\n  title: Муҳлат\n")]),
        ("K079", vec![Swap("phrases/uz.yaml", "  language: [TIL]", "  ‸language: [TIL]"), Swap("phrases/uz.yaml", "  stop: [TOXTA]\n", "")]),
        ("K080", vec![Swap(STAY, "valid-from: 2025-01-01", "valid-from: ‸1.10.2026")]),
        ("K081", vec![Swap(HOTLINES, "number: 112", "number: ‸sto")]),
        ("K090", vec![End(STAY, "  - ‸countries: [uz]\n    register-days: 5\n    valid-from: 2026-01-01\n    verified: 2026-10-01\n    source: Rule 2\n")]),
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
    assert!(matches!(&entry.verb, Verb::Ask { keep, accept, dial_in: true } if keep == "entry" && accept.len() == 2));
    assert!(entry.private && entry.wrong.as_ref().is_some_and(|wrong| wrong.forms.len() == 2));
    let Next::By { cases, otherwise } = &menu.steps["country"].next else { panic!("one way only") };
    assert_eq!(cases["other"], Target::Step("number".to_owned()));
    assert_eq!(*otherwise, Some(Target::Step("earlier".to_owned())));
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
            wrong.push_str(&format!("{code} expected at {place:?} by {edits:?}, found\n{}\n", shown(&problems)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
