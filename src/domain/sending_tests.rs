//! The properties of hours, caps and turns: what may never happen, whatever the rows.

use super::*;
use crate::domain::delivery::{DueId, Mark, Proof, Stage};
use crate::domain::envelope::StepKey;
use crate::domain::hours::{Span, Weekday};
use crate::domain::person::PersonId;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

const DAY: Duration = Duration::from_secs(86_400);

fn row(person: u8, id: u8, campaign: &str) -> Row {
    Row {
        id: StepKey([id; 16]),
        person: Person { partition: 0, id: PersonId([person; 17]) },
        to: Msisdn::parse("998901234567").unwrap(),
        from: "5522".into(),
        link: "a".into(),
        text: format!("text {id}"),
        purpose: Purpose::Reminder,
        proof: Proof::default(),
        campaign: Some(campaign.to_owned()).filter(|name| !name.is_empty()),
        jobs: Vec::new(),
        created: Timestamp(0),
        earliest: Timestamp(0),
        latest: Timestamp(i64::MAX),
        state: RowState::Queued { at: Timestamp(0), attempt: 0 },
        maybe_dup: false,
        trail: Vec::new(),
    }
}

fn sent(row: Row, at: i64) -> Row {
    let trail = vec![Mark { at: Timestamp(at), stage: Stage::Sending }];
    Row { state: RowState::Delivered { at: Timestamp(at + 5) }, trail, ..row }
}

fn at(day: Date, hour: i8) -> Timestamp {
    let zone = TimeZone::get("Asia/Almaty").unwrap();
    Timestamp(day.at(hour, 0, 0, 0).to_zoned_datetime(zone).unwrap().timestamp().as_millisecond())
}

fn hours(links: &[&str], span: &str) -> SendHours {
    let day = vec![Span::try_from(span.to_owned()).unwrap()];
    use Weekday::{Fri, Mon, Thu, Tue, Wed};
    SendHours {
        purposes: vec![Purpose::Reminder, Purpose::Alert],
        links: links.iter().map(|link| (*link).into()).collect(),
        hours: Hours {
            zone: "Asia/Almaty".into(),
            week: [Mon, Tue, Wed, Thu, Fri].map(|weekday| (weekday, day.clone())).into(),
            closed: vec![date(2026, 12, 16)],
            ..Hours::default()
        },
        valid_to: date(2026, 12, 31),
        last_verified: None,
    }
}

#[test]
fn a_push_waits_for_its_hours_over_nights_weekends_and_holidays() {
    let entries = [hours(&[], "09:00-21:00"), hours(&["b"], "12:00-13:00")];
    let opens = |link: &str, now| opening(&entries, &Row { link: link.into(), ..row(1, 1, "") }, now);
    let monday = date(2026, 12, 14);
    assert_eq!(opens("a", at(monday, 12)), Some(at(monday, 12)));
    assert_eq!(opens("a", at(monday, 21)), Some(at(date(2026, 12, 15), 9)), "the night");
    assert_eq!(opens("a", at(date(2026, 12, 15), 22)), Some(at(date(2026, 12, 17), 9)), "the holiday");
    assert_eq!(opens("a", at(date(2026, 12, 18), 22)), Some(at(date(2026, 12, 21), 9)), "the weekend");
    assert_eq!(opens("b", at(monday, 10)), Some(at(monday, 12)), "an operator with hours of its own");
}

#[test]
fn what_opens_too_late_or_on_unknown_days_never_leaves_and_answers_always_do() {
    let entries = [hours(&[], "09:00-21:00")];
    let night = at(date(2026, 12, 14), 22);
    let short = Row { latest: night.plus(Duration::from_secs(3600)), ..row(1, 1, "") };
    assert_eq!(opening(&entries, &short, night), None);
    assert_eq!(opening(&entries, &row(1, 1, ""), at(date(2027, 1, 5), 12)), None, "no holidays known");
    assert_eq!(opening(&[], &row(1, 1, ""), at(date(2026, 12, 14), 12)), None, "no hours known");
    for purpose in [Purpose::Security, Purpose::Reply, Purpose::Requested] {
        assert_eq!(opening(&[], &Row { purpose, ..short.clone() }, night), Some(night));
    }
}

fn caps() -> PersonCaps {
    let cap = |most, days: u32| Cap { most, within: DAY.saturating_mul(days) };
    PersonCaps { day: cap(2, 1), week: cap(3, 7), same: Cap { most: 1, within: DAY } }
}

#[test]
fn a_person_gets_so_many_a_day_and_a_week_of_each_purpose() {
    let (now, day) = (Timestamp(10 * 86_400_000), 86_400_000);
    let own = |times: &[i64]| -> Vec<Row> {
        (1..).zip(times).map(|(id, days_ago)| sent(row(1, id, ""), now.0 - days_ago)).collect()
    };
    let next = row(1, 99, "");
    assert_eq!(enough(&own(&[1_000]), &next, caps(), now), None);
    let full = own(&[1_000, 2_000]);
    assert_eq!(enough(&full, &next, caps(), now), Some(Enough::Capped(Timestamp(now.0 - 2_000 + day))));
    let week = own(&[day, 2 * day, 3 * day]);
    assert_eq!(enough(&week, &next, caps(), now), Some(Enough::Capped(Timestamp(now.0 + 4 * day))));
    assert_eq!(enough(&full, &Row { purpose: Purpose::Alert, ..next.clone() }, caps(), now), None);
    let waiting = vec![row(1, 1, ""), row(1, 2, ""), row(1, 3, "")];
    assert_eq!(enough(&waiting, &next, caps(), now), None, "what waits has not been sent");
    let again = Row { text: "text 1".into(), ..next };
    assert_eq!(
        enough(&own(&[1_000]), &again, caps(), now),
        Some(Enough::Looped(Timestamp(now.0 - 1_000 + day)))
    );
}

#[test]
fn the_longest_prefix_counts() {
    let number = Msisdn::parse("998901234567").unwrap();
    assert_eq!(prefix_of(&number, ["+7", "+998", "+99890"].into_iter()), Some("+99890"));
    assert_eq!(prefix_of(&number, ["+7"].into_iter()), None);
}

#[test]
fn a_huge_campaign_and_a_tiny_one_take_turns() {
    let mut rows: Vec<Row> = (0..100).map(|n| row(n, n, "huge")).collect();
    rows.extend((100..103).map(|n| row(n, n, "tiny")));
    let order: Vec<_> = fair(rows).iter().take(6).map(|row| row.campaign.clone().unwrap()).collect();
    assert_eq!(order, ["huge", "tiny", "huge", "tiny", "huge", "tiny"]);
}

#[test]
fn a_stop_holds_pushes_of_all_or_of_one_campaign_and_never_an_answer() {
    let by = StoppedBy { who: "Aida".into(), at: Timestamp(1), why: "wrong text".into() };
    let one = Stops { campaigns: BTreeMap::from([("jobs".to_owned(), by.clone())]), ..Stops::default() };
    let all = Stops { all: Some(by), ..Stops::default() };
    let reply = Row { purpose: Purpose::Reply, ..row(1, 1, "jobs") };
    assert!(one.hold(&row(1, 1, "jobs")) && !one.hold(&row(1, 1, "other")) && !one.hold(&row(1, 1, "")));
    assert!(all.hold(&row(1, 1, "")) && !all.hold(&reply) && !one.hold(&reply));
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0u8..5, 0u8..4), 0..60).prop_map(|all| {
        (0..).zip(all).map(|(id, (person, campaign))| row(person, id, &"x".repeat(campaign.into()))).collect()
    })
}

proptest! {
    #[test]
    fn turns_lose_nothing_and_keep_each_persons_order(rows in any_rows()) {
        let ids = |rows: &[Row], of: Option<Person>| -> Vec<DueId> {
            rows.iter().filter(|row| of.is_none_or(|of| row.person == of)).map(|row| row.id).collect()
        };
        let ordered = fair(rows.clone());
        for row in &rows {
            prop_assert_eq!(ids(&ordered, Some(row.person)), ids(&rows, Some(row.person)));
        }
        prop_assert_eq!(ordered.len(), rows.len());
    }

    #[test]
    fn a_campaign_waits_at_most_one_turn_of_every_other(sizes in prop::collection::vec(1usize..20, 1..5)) {
        let mut rows = Vec::new();
        for (campaign, size) in (1..).zip(&sizes) {
            for _ in 0..*size {
                let id = u8::try_from(rows.len()).unwrap();
                rows.push(row(id, id, &"x".repeat(campaign)));
            }
        }
        let ordered = fair(rows);
        for (campaign, size) in (1..).zip(&sizes) {
            let name = Some("x".repeat(campaign));
            let last = ordered.iter().rposition(|row| row.campaign == name).unwrap();
            prop_assert!(last < size * sizes.len());
        }
    }

    #[test]
    fn a_cap_is_never_exceeded_in_any_span(gaps in prop::collection::vec(0i64..50, 1..80), most in 1u32..6) {
        let cap = Cap { most, within: Duration::from_millis(100) };
        let (mut now, mut times): (i64, Vec<Timestamp>) = (1_000, Vec::new());
        for gap in gaps {
            now += gap;
            let until = room(&times, cap, Timestamp(now));
            prop_assert!(until.is_none_or(|until| until.0 > now));
            now = until.map_or(now, |until| until.0);
            prop_assert_eq!(room(&times, cap, Timestamp(now)), None, "there is room when it said");
            times.push(Timestamp(now));
            let recent = times.iter().filter(|at| now < at.0 + 100).count();
            prop_assert!(recent <= usize::try_from(most).unwrap());
        }
    }

    #[test]
    fn a_tally_never_exceeds_its_cap(steps in prop::collection::vec((0i64..40, 1u64..4), 1..60)) {
        let cap = Cap { most: 5, within: Duration::from_millis(100) };
        let (mut tally, mut now) = (Tally::default(), 1_000);
        for (gap, more) in steps {
            now += gap;
            let before = tally;
            if let Err(until) = tally.count(more, cap, Timestamp(now)) {
                prop_assert!(until.0 > now && tally.count == before.count);
            }
            prop_assert!(tally.count <= 5);
        }
    }
}
