//! Hand-made feeds with every oddity of real ones: what is taken, what is put aside and why, and what is never guessed.

#![expect(
    clippy::unwrap_used,
    reason = "a broken fixture should stop the test, and the lint knows test functions but not what they call"
)]

use jiff::civil::{Date, date};
use kopir::domain::vacancy::feed::Form;
use kopir::domain::vacancy::import::{Batch, import};
use kopir::domain::vacancy::posting::Reading;
use kopir::domain::vacancy::region::Kato;
use kopir::domain::vacancy::shelf::Shelf;
use kopir::domain::vacancy::trade::Isco;
use kopir::domain::vacancy::{Foreigners, Housing, Vacancy};
use std::path::Path;

const TODAY: Date = date(2026, 11, 25);

fn read(name: &str) -> Batch {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/vacancies").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let url = name.ends_with(".html").then_some("https://jobs.example/ru/vacancy/povar~4711");
    import(Form::of(name, &text), &text, Reading { source: "jobs.example", url, today: TODAY })
}

fn reasons(batch: &Batch) -> Vec<(usize, &str)> {
    batch.report.shown.iter().map(|one| (one.at, one.reason.as_str())).collect()
}

fn known(vacancy: &Vacancy) -> (&str, Option<Isco>, Option<Kato>) {
    (&vacancy.id, vacancy.trade, vacancy.region)
}

#[test]
fn a_page_is_read_though_its_dates_are_turned_round_and_its_text_has_line_breaks() {
    let batch = read("page-open.html");
    assert_eq!(batch.report.shown, []);
    let [vacancy] = batch.vacancies.as_slice() else { panic!("{:?}", batch.report) };
    assert_eq!(known(vacancy), ("4711", Some(Isco(5120)), Some(Kato(35))));
    assert_eq!((vacancy.posted, vacancy.until), (date(2026, 11, 18), date(2026, 12, 18)));
    assert_eq!((vacancy.housing, vacancy.foreigners), (Housing::Free, Foreigners::Unknown));
    assert_eq!((vacancy.beginner, vacancy.employer.as_str()), (Some(true), "ТОО \"Пример\""));
}

#[test]
fn an_archived_page_that_answers_200_closes_its_vacancy_and_one_without_a_posting_is_told() {
    let archived = read("page-archived.html");
    assert_eq!((reasons(&archived), archived.over.contains("4711")), (vec![(1, "archived")], true));
    let without = read("page-without.html");
    assert_eq!((reasons(&without), without.over.is_empty()), (vec![(1, "malformed")], true));
}

#[test]
fn a_list_a_table_and_lines_are_read_and_what_cannot_be_is_put_aside_by_its_place() {
    let list = read("list.json");
    assert_eq!(reasons(&list), [(3, "unreadable"), (4, "expired"), (5, "malformed")]);
    assert_eq!(
        list.vacancies.iter().map(known).collect::<Vec<_>>(),
        [("501", Some(Isco(7112)), Some(Kato(19))), ("502", Some(Isco(5120)), Some(Kato(79))),]
    );
    assert_eq!(
        (list.report.repeated, list.vacancies[0].pay.unwrap().from),
        (1, Some(260_000)),
        "the last one counts"
    );
    let lines = read("lines.ndjson");
    assert_eq!(reasons(&lines), [(3, "malformed"), (5, "missing")]);
    assert_eq!(
        lines.vacancies.iter().map(known).collect::<Vec<_>>(),
        [
            ("601", Some(Isco(8332)), Some(Kato(47))),
            ("602", Some(Isco(7212)), Some(Kato(47))),
            ("605", Some(Isco(7212)), Some(Kato(79))),
        ]
    );
    assert_eq!(lines.vacancies[2].pay.unwrap().tenge_a_month(), None, "an hour is not a month");
    let table = read("table.csv");
    assert_eq!(reasons(&table), [(4, "malformed"), (5, "unreadable")]);
    assert_eq!(
        table.vacancies.iter().map(known).collect::<Vec<_>>(),
        [("701", Some(Isco(5131)), Some(Kato(71))), ("702", Some(Isco(5120)), Some(Kato(63))),]
    );
}

#[test]
fn housing_and_foreigners_are_unknown_unless_they_are_stated() {
    let all: Vec<Vacancy> = ["list.json", "lines.ndjson", "table.csv"]
        .into_iter()
        .flat_map(|name| read(name).vacancies)
        .collect();
    let stated: Vec<(&str, Housing, Foreigners)> = all
        .iter()
        .filter(|vacancy| (vacancy.housing, vacancy.foreigners) != Default::default())
        .map(|vacancy| (vacancy.id.as_str(), vacancy.housing, vacancy.foreigners))
        .collect();
    assert_eq!(
        stated,
        [
            ("502", Housing::None, Foreigners::Permit),
            ("701", Housing::Unknown, Foreigners::Yes),
            ("702", Housing::Free, Foreigners::No),
        ]
    );
}

#[test]
fn three_feeds_make_one_shelf_of_stable_codes() {
    let all = || ["list.json", "lines.ndjson", "table.csv"].into_iter().flat_map(|name| read(name).vacancies);
    let (shelf, counts) = Shelf::of(all(), &Shelf::default());
    assert_eq!((counts.open, counts.same, counts.closed), (7, 0, 0));
    let (again, _) = Shelf::of(all().chain(all()), &shelf);
    assert_eq!(
        again.rows().map(|row| row.code).collect::<Vec<_>>(),
        shelf.rows().map(|row| row.code).collect::<Vec<_>>()
    );
}
