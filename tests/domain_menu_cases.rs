//! For every code of the checker one smallest fault of the sound folder that yields it alone, marked at its place.

/// Stands in a case where the problem is expected.
pub(crate) const MARK: char = '‸';

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

pub(crate) const MENU: &str = "m/menu.yaml";
pub(crate) const UZ: &str = "m/uz.yaml";
pub(crate) const STAY: &str = "reference/stay.yaml";
pub(crate) const HOTLINES: &str = "reference/hotlines.yaml";
pub(crate) const DESK: &str = "reference/desk.yaml";
pub(crate) const SENDING: &str = "reference/sending.yaml";

/// One queue, staffed in the morning; the hour to choose lies in it.
pub(crate) const STAFFED: &str = "queues:
  - queue: call-back
    zone: Asia/Almaty
    week:
      mon: [09:00-13:00]
    escalate-minutes: 60
    last-verified: 2026-10-01
    valid-days: 30
    owner: Desk
slots:
  morning: 09:00-12:00
";

/// Hours of reminders; the holidays are known for a year.
pub(crate) const HOURS: &str = "zone: Asia/Almaty
last-verified: 2026-10-01
valid-to: 2026-12-31
closed: [2026-10-25]
hours:
  - purposes: [reminder]
    week:
      mon: [09:00-21:00]
";

/// A file with one piece of it replaced.
fn with(path: &'static str, text: &str, from: &str, to: &str) -> Vec<Edit> {
    assert_eq!(text.matches(from).count(), 1, "{from:?} in {path}");
    vec![Put(path, text.replace(from, to).leak())]
}

/// A marked text of so many characters at its worst, with its one value of three digits.
fn long(characters: usize) -> &'static str {
    let text: String = "so'z ".chars().cycle().take(characters - 4).collect();
    format!("      ‸{text} {{person}}").leak()
}

/// One smallest fault for every code that `load` gives with an open gate.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn cases() -> Vec<(&'static str, Vec<Edit>)> {
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
        (
            "K067",
            vec![Swap(
                "phrases/uz.yaml",
                "alert-stop: |\n    STOP",
                "alert-stop: |\n    ‸To'xtatish uchun STOP deb yozing",
            )],
        ),
        (
            "K067",
            vec![Swap(
                "phrases/uz.yaml",
                "alert-stay: |\n    Xat yana kelsin desangiz, yozing: XABAR",
                "alert-stay: |\n    ‸Xat yana kelsin desangiz, bizga yozing yoki qo'ng'iroq qiling va ayting: hali ham ish izlayapman, yana yozing. So'zi: XABAR",
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
        ("K091", with(DESK, STAFFED, "09:00-13:00", "‸13:00-09:00")),
        ("K091", with(SENDING, HOURS, "09:00-21:00", "‸9-21")),
        ("K092", with(DESK, STAFFED, "zone: Asia/Almaty", "zone: ‸Almaty")),
        ("K092", with(SENDING, HOURS, "zone: Asia/Almaty", "zone: ‸Almaty")),
        (
            "K094",
            with(
                DESK,
                &STAFFED.replace("09:00-12:00", "18:00-21:00"),
                "queue: call-back",
                "‸queue: call-back",
            ),
        ),
        ("K095", with(SENDING, HOURS, "[reminder]", "[‸reply]")),
    ]
}
