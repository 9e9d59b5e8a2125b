//! Records read back as they were written, and nothing altered or foreign is taken for one.

use super::*;
use crate::domain::envelope::Outbound;
use crate::domain::lang::Lang;
use crate::domain::menu::model::Accept;
use crate::domain::person::PersonId;
use crate::domain::screen::{Choice, Entry, Kind as ScreenKind, Screen, Shown};
use crate::domain::session::Exchange;
use crate::domain::value::{DateRange, Value};

fn person(n: u8) -> Person {
    Person { partition: n, id: PersonId([n; 17]) }
}

fn records() -> Records {
    Records::new(Sealer::new((1, &[1; 32]), &[]), Duration::from_secs(60))
}

fn head() -> Head {
    Head { version: 7, until: Timestamp(99), step: StepKey([3; 16]) }
}

#[test]
fn a_record_reads_back_with_its_head_in_clear() {
    let record = records().session(person(1), head(), &Session::default()).unwrap();
    assert_eq!(peek(&record), Some((7, Timestamp(99))));
    assert_eq!(peek_step(&record), Some(StepKey([3; 16])));
    assert_eq!(records().read_session(person(1), &record), Ok((head(), Session::default())));
}

#[test]
fn a_screen_that_was_drawn_reads_back_whole() {
    let choice =
        Choice {
            digit: "1".into(), id: "again".into(), say: Some("Ещё раз".into()), ..Choice::default()
        };
    let screen = Screen {
        kind: ScreenKind::Carry,
        place: "status/promise".into(),
        lang: Some(Lang::Tg),
        wrong: Some("?".into()),
        choices: vec![choice],
        entry: Some(Entry::Date(DateRange::Past, vec![Accept::Ddmm])),
        say: vec!["Рамз".into()],
        progress: Some((1, 3)),
        shown: vec![Shown { name: "days".into(), value: Value::Number(90) }],
        private: true,
        ..Screen::default()
    };
    let reply = Outbound { text: "*".into(), ends: false, screen: Some(Box::new(screen)) };
    let (step, content) = (StepKey([1; 16]), StepKey([2; 16]));
    let session = Session {
        exchanges: vec![Exchange { step, content, bind: 1, at: Timestamp(5), reply }],
        ..Session::default()
    };
    let record = records().session(person(1), head(), &session).unwrap();
    assert_eq!(records().read_session(person(1), &record), Ok((head(), session)));
}

#[test]
fn a_record_of_another_person_or_with_any_bit_flipped_is_broken() {
    let record = records().session(person(1), head(), &Session::default()).unwrap();
    assert_eq!(records().read_session(person(2), &record), Err(Unreadable::Broken));
    for at in 0..record.len() * 8 {
        let mut flipped = record.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        assert!(records().read_session(person(1), &flipped).is_err(), "bit {at}");
    }
    for len in 0..record.len() {
        assert_eq!(
            records().read_session(person(1), &record[..len]),
            Err(Unreadable::Broken),
            "length {len}"
        );
    }
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let mut record = records().profile(person(1), head(), &Profile::default()).unwrap();
    record[16] = FORMAT + 1;
    assert_eq!(records().read_profile(person(1), &record), Err(Unreadable::Newer(FORMAT + 1)));
    assert_eq!(
        Unreadable::Newer(FORMAT + 1).error(Kind::Profile).to_string(),
        format!("record profile has version {}, this program reads up to {FORMAT}", FORMAT + 1)
    );
}

#[test]
fn a_first_version_is_never_one_of_an_earlier_life() {
    assert_eq!(next_version(0, Timestamp(1_700_000_000_000)), 1_700_000_000_000);
    assert_eq!(next_version(1_700_000_000_000, Timestamp(5)), 1_700_000_000_001);
}
