//! What must hold of every page of every screen.

use super::*;
use crate::domain::screen::{KeyLabels, Keys};
use crate::domain::text::budget::{Encoding, USSD, measure};
use proptest::prelude::*;

fn screen(body: &str, more: Option<&str>, choices: &[&str]) -> Screen {
    let choices = choices.iter().enumerate();
    Screen {
        body: body.to_owned(),
        more: more.map(str::to_owned),
        choices: choices
            .map(|(at, label)| Choice {
                digit: (at + 1).to_string(),
                label: (*label).to_owned(),
                ..Choice::default()
            })
            .collect(),
        keys: Keys { back: true, home: true, language: false },
        labels: KeyLabels {
            back: "0 <".to_owned(),
            home: "00 Menu".to_owned(),
            more: "9 >".to_owned(),
            language: "8 Til".to_owned(),
        },
        ..Screen::default()
    }
}

fn texts(screen: &Screen) -> Vec<String> {
    fit(screen, USSD).into_iter().map(|page| page.text).collect()
}

#[test]
fn what_fits_is_one_page_with_more_before_the_choices() {
    let shown =
        screen("Kirish 03.10.2026.\nChiqish 01.01.2027\n", Some("Qoida 01.09.2026."), &["SMS", "Markaz"]);
    assert_eq!(
        texts(&shown),
        ["Kirish 03.10.2026.\nChiqish 01.01.2027\nQoida 01.09.2026.\n1 SMS\n2 Markaz\n0 <"]
    );
    assert_eq!(whole(&shown), texts(&shown)[0]);
}

#[test]
fn answers_come_first_and_more_on_a_page_of_its_own() {
    let body = "Въезд 03.10.2026.\nУчёт до 06.10.2026\nВыезд до 01.01.2027: 90 дн.";
    let shown = screen(
        body,
        Some("Правило от 01.09.2026. Это справка, не решение полиции."),
        &["Напомнить SMS", "Где"],
    );
    let pages = texts(&shown);
    assert_eq!(
        pages,
        [
            "Въезд 03.10.2026.\nУчёт до 06.10.2026\nВыезд до 01.01.2027: 90 дн.\n9 >",
            "1 Напомнить SMS\n2 Где\n0 < 9 >",
            "Правило от 01.09.2026. Это справка, не решение полиции.\n0 <",
        ]
    );
}

#[test]
fn a_date_stays_with_what_it_is_the_date_of() {
    let pages =
        texts(&screen("Регистрация до 06.10.2026\nВыезд из Казахстана не позднее 01.01.2027", None, &["Да"]));
    assert_eq!(
        pages,
        ["Регистрация до 06.10.2026\n9 >", "Выезд из Казахстана не позднее 01.01.2027\n1 Да\n0 <"]
    );
}

#[test]
fn one_letter_flips_the_page() {
    let latin = screen(&"so'z ".repeat(28), None, &[]);
    assert_eq!(fit(&latin, USSD).len(), 1);
    let flipped =
        Screen { labels: KeyLabels { back: "0 Назад".to_owned(), ..latin.labels.clone() }, ..latin };
    assert!(fit(&flipped, USSD).len() > 1);
}

#[test]
fn a_word_longer_than_a_page_goes_on_and_a_choice_is_cut() {
    let long = "ж".repeat(100);
    let pages = texts(&screen(&long, None, &[]));
    assert_eq!(pages, [format!("{}\n9 >", "ж".repeat(66)), format!("{}\n0 <", "ж".repeat(34))]);
    let shown = screen("Выберите:", None, &[&long, "Да"]);
    let pages = texts(&shown);
    assert_eq!(pages[1], format!("1 {}..\n0 < 9 >", "ж".repeat(58)));
    assert_eq!(pages[2], "2 Да\n0 <");
    assert!(cuts(&shown, USSD));
}

#[test]
fn keys_stand_where_they_work() {
    let mut shown = screen(&"слово ".repeat(30), None, &[]);
    shown.keys = Keys { back: false, home: false, language: true };
    let pages = texts(&shown);
    assert!(pages[0].ends_with("\n8 Til 9 >"), "{pages:?}");
    assert!(pages[1].ends_with("\n0 < 8 Til 9 >"), "{pages:?}");
    assert!(pages.last().unwrap().ends_with("\n0 < 8 Til"), "{pages:?}");
    shown.ends = true;
    assert!(texts(&shown).last().unwrap().ends_with("слово\n8 Til"));
}

#[test]
fn more_than_nine_pages_are_cut_and_said() {
    let shown = screen(&"слово ".repeat(200), None, &[]);
    let pages = fit(&shown, USSD);
    assert_eq!(pages.len(), usize::from(PAGES_MAX));
    assert!(pages[8].text.ends_with("слово ..\n0 <"));
    assert!(cuts(&shown, USSD));
    assert!(!cuts(&screen("да", None, &[]), USSD));
}

#[test]
fn nothing_to_say_is_one_page() {
    assert_eq!(fit(&Screen::default(), USSD), [Page { text: String::new(), index: 0, of: 1 }]);
    assert_eq!(fit(&screen("текст", None, &["Да"]), Budget { septets: 0, units: 0 }).len(), 1);
}

/// Words of every kind: GSM-7, extension, Cyrillic, emoji; some longer than a small page.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z']{1,9}",
        6 => "[а-яқңө]{1,9}",
        1 => "[a-z€]{1,4}",
        1 => "[а-я😀]{1,4}",
        1 => "[a-zж]{30,60}",
    ]
}

fn text(words: core::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec((word(), prop_oneof![4 => Just(" "), 1 => Just("\n"), 1 => Just("  \n\n")]), words)
        .prop_map(|words| words.into_iter().map(|(word, gap)| word + gap).collect())
}

fn any_screen() -> impl Strategy<Value = Screen> {
    let label = prop::collection::vec(word().prop_map(|word| word.chars().take(9).collect::<String>()), 1..4);
    let labels =
        prop::sample::select(vec![("0 <", "9 >", "8 Til"), ("0 Назад", "9 Ещё", "8 Язык"), ("", "", "")]);
    (
        text(0..25),
        prop::option::of(text(0..12)),
        prop::collection::vec(label.prop_map(|words| words.join(" ")), 0..8),
        labels,
        any::<(bool, bool, bool)>(),
    )
        .prop_map(|(body, more, choices, (back, next, language), (goes_back, speaks, ends))| {
            let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
            let mut screen = screen(&body, more.as_deref(), &choices);
            screen.keys = Keys { back: goes_back, home: false, language: speaks };
            screen.labels = KeyLabels {
                back: back.to_owned(),
                home: String::new(),
                more: next.to_owned(),
                language: language.to_owned(),
            };
            screen.ends = ends;
            screen
        })
}

fn budget() -> impl Strategy<Value = Budget> {
    prop::sample::select(vec![(160, 70), (182, 80), (164, 72), (80, 60), (50, 40)])
        .prop_map(|(septets, units)| Budget { septets, units })
}

/// The page without its footer.
fn content(screen: &Screen, page: &Page, budget: Budget) -> String {
    let layout = Layout { screen, budget, cut: false };
    let footers = [layout.footer(page.index, page.index + 1 == page.of), footer(screen, 0, true)];
    let stripped = footers.iter().find_map(|f| page.text.strip_suffix(f.as_str()).filter(|_| !f.is_empty()));
    stripped.unwrap_or(&page.text).trim_end().to_owned()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    #[test]
    fn nothing_is_over_budget(screen in any_screen(), septets in 0_usize..200, units in 0_usize..90) {
        let budget = Budget { septets, units };
        let pages = fit(&screen, budget);
        prop_assert!(!pages.is_empty() && pages.len() <= usize::from(PAGES_MAX));
        prop_assert_eq!(&fit(&screen, budget), &pages);
        for (at, page) in pages.iter().enumerate() {
            prop_assert!(budget.fits(&page.text), "{:?} {:?}", measure(&page.text), page);
            prop_assert_eq!((usize::from(page.index), usize::from(page.of)), (at, pages.len()));
        }
    }

    #[test]
    fn nothing_is_lost_doubled_or_out_of_order(screen in any_screen(), budget in budget()) {
        prop_assume!(!cuts(&screen, budget));
        let pages = fit(&screen, budget);
        let shown: String = pages.iter().map(|page| squeezed(&content(&screen, page, budget))).collect();
        let choices: String = screen.choices.iter().map(|c| squeezed(&format!("{}{}", c.digit, c.label))).collect();
        let (body, more) = (squeezed(&screen.body), squeezed(screen.more.as_deref().unwrap_or_default()));
        let wanted = if pages.len() == 1 { [body, more, choices] } else { [body, choices, more] };
        prop_assert_eq!(shown, wanted.concat());
    }

    #[test]
    fn a_choice_is_one_line_with_its_digit(screen in any_screen(), budget in budget()) {
        prop_assume!(!cuts(&screen, budget));
        let pages = fit(&screen, budget);
        for choice in &screen.choices {
            let line = format!("{} {}", choice.digit, choice.label);
            prop_assert!(pages.iter().any(|page| page.text.lines().any(|found| found == line)), "{} in {:?}", line, pages);
        }
    }

    #[test]
    fn a_word_that_fits_is_never_broken(body in text(1..40), budget in budget()) {
        let screen = screen(&body, None, &[]);
        prop_assume!(!cuts(&screen, budget));
        let pages = fit(&screen, budget);
        let shown: Vec<String> = pages
            .iter()
            .flat_map(|page| content(&screen, page, budget).split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let room = |word: &str| budget.room(measure(word).encoding).min(budget.room(Encoding::Ucs2)) - 8;
        for word in body.split_whitespace().filter(|word| measure(word).units <= room(word)) {
            prop_assert!(shown.iter().any(|found| found == word), "{} in {:?}", word, pages);
        }
    }
}
