//! The services the domain answers itself (`Place::Local`): never slow, never down.

use super::content::Reference;
use super::desk::{Calls, Shift};
use super::hours::Span;
use super::service::{Answer, Call};
use super::stay::{Stay, count};
use super::ticket::Queue;
use super::time::Timestamp;
use super::vacancy::ask;
use super::value::{Value, Values};
use jiff::civil::Date;

/// The answer to `call` at `now`; `None` when it is no local service.
#[must_use]
pub fn local(call: &Call, reference: &Reference, now: Timestamp) -> Option<Answer> {
    match call.service.as_str() {
        "stay.count" => Some(stay_count(call, reference, now.date())),
        "job.find" => Some(ask::find(call, &reference.jobs, now.date())),
        "job.show" => Some(ask::show(call, &reference.jobs, now.date())),
        service => {
            let queue = service.strip_suffix(".hours")?;
            Some(hours(Queue::ALL.into_iter().find(|known| known.word() == queue)?, reference, now))
        }
    }
}

/// Whether somebody reads a queue now, and if not, from when on. What nobody vouches for is never offered.
fn hours(queue: Queue, reference: &Reference, now: Timestamp) -> Answer {
    let Some(shift) = reference.shift(queue, now.date()) else { return answer("none", []) };
    if shift.hours.is_open(now) {
        return answer("staffed", []);
    }
    let opens = shift.calls(None, now);
    opens.and_then(|opens| when(shift, opens)).map_or_else(
        || answer("none", []),
        |(day, hours)| answer("closed", [("opens_on", Value::Date(day)), ("opens_at", Value::Text(hours))]),
    )
}

/// The day and the hours of a time somebody calls, as read there: `09:00-13:00`.
#[must_use]
pub fn when(shift: &Shift, calls: Calls) -> Option<(Date, String)> {
    let (day, from) = shift.hours.civil(calls.from)?;
    let (_, to) = shift.hours.civil(calls.to)?;
    // What closes at midnight closes on the day it opened.
    let to = if to <= from { 24 * 60 } else { to };
    Some((day, String::from(Span { from, to })))
}

/// What is not given counts as unknown: no rule without an entry date, and earlier stays unless they are denied.
fn stay_count(call: &Call, reference: &Reference, today: Date) -> Answer {
    let given = (call.give.get("entry"), call.give.get("country"));
    let (Some(Value::Date(entry)), Some(Value::Choice(country))) = given else {
        return answer("no-rule", []);
    };
    let earlier = call.give.get("earlier") != Some(&Value::Choice("none".to_owned()));
    match count(&reference.stay, *entry, country, earlier, today) {
        Stay::Both { register_by, leave_by, days, rule_date } => answer(
            "ok",
            [
                ("register_by", Value::Date(register_by)),
                ("leave_by", Value::Date(leave_by)),
                ("days", Value::Number(days)),
                ("rule_date", Value::Date(rule_date)),
            ],
        ),
        Stay::First { register_by, rule_date } => {
            answer("part", [("register_by", Value::Date(register_by)), ("rule_date", Value::Date(rule_date))])
        }
        Stay::Past => answer("past", []),
        Stay::NoRule => answer("no-rule", []),
    }
}

fn answer<const N: usize>(outcome: &str, values: [(&str, Value); N]) -> Answer {
    let values: Values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Answer { outcome: outcome.to_owned(), values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::service::{Place, SERVICES, spec};
    use crate::domain::stay::{StayRule, StayRules};
    use jiff::civil::date;

    fn reference() -> Reference {
        let rule = StayRule {
            countries: vec!["uz".into()],
            register_days: 30,
            stay_days: Some(90),
            window_days: Some(180),
            valid_from: date(2026, 1, 1),
            valid_to: None,
            verified: date(2026, 11, 1),
            source: "sample".into(),
        };
        Reference { stay: StayRules { rules: vec![rule] }, allow_unreviewed: true, ..Reference::default() }
    }

    fn noon() -> Timestamp {
        let noon = date(2026, 10, 10).at(12, 0, 0, 0).in_tz("Asia/Almaty").unwrap();
        Timestamp(noon.timestamp().as_millisecond())
    }

    fn ask(service: &str, give: &[(&str, Value)]) -> Option<Answer> {
        let give = give.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let call = Call { service: service.into(), give, key: Default::default(), at: Timestamp(0) };
        local(&call, &reference(), noon())
    }

    #[test]
    fn every_local_service_is_answered_here_and_no_other() {
        for service in SERVICES {
            assert_eq!(ask(service.name, &[]).is_some(), service.place == Place::Local, "{}", service.name);
        }
        assert_eq!(ask("nobody.knows", &[]), None);
    }

    #[test]
    fn every_answer_is_an_outcome_with_declared_values() {
        let spec = spec("stay.count").unwrap();
        let entries = [date(2026, 10, 3), date(2026, 1, 1), date(2020, 1, 1)];
        let mut seen = std::collections::BTreeSet::new();
        for entry in entries {
            for country in ["uz", "xx"] {
                for earlier in ["none", "some"] {
                    let given = [
                        ("entry", Value::Date(entry)),
                        ("country", Value::Choice(country.into())),
                        ("earlier", Value::Choice(earlier.into())),
                    ];
                    let answer = ask("stay.count", &given).unwrap();
                    assert!(spec.outcomes.contains(&answer.outcome.as_str()));
                    assert!(answer.values.keys().all(|name| spec.answers.contains(&name.as_str())));
                    seen.insert(answer.outcome);
                }
            }
        }
        assert_eq!(seen.len(), spec.outcomes.len());
    }

    #[test]
    fn what_is_not_told_is_taken_strictly() {
        let given = [("entry", Value::Date(date(2026, 10, 3))), ("country", Value::Choice("uz".into()))];
        assert_eq!(ask("stay.count", &given).unwrap().outcome, "part");
        assert_eq!(ask("stay.count", &[]).unwrap().outcome, "no-rule");
    }

    #[test]
    fn a_desk_is_offered_only_while_somebody_vouches_that_it_is_staffed() {
        let span = Span { from: 600, to: 1_440 };
        let hours = crate::domain::hours::Hours {
            zone: "Asia/Almaty".into(),
            week: [(crate::domain::hours::Weekday::Mon, vec![span])].into(),
            ..Default::default()
        };
        let owner = "sample".to_owned();
        let shift = Shift { hours, escalate_minutes: 60, last_verified: None, valid_days: 30, owner };
        let mut reference = reference();
        let call = |reference: &Reference, day: i8, hour: i8| {
            let at = date(2026, 10, day).at(hour, 0, 0, 0).in_tz("Asia/Almaty").unwrap();
            let service = "call-back.hours".to_owned();
            let call = Call { service, give: Values::new(), key: Default::default(), at: Timestamp(0) };
            local(&call, reference, Timestamp(at.timestamp().as_millisecond())).unwrap()
        };
        assert_eq!(call(&reference, 12, 12).outcome, "none", "there is no desk at all");
        reference.desk.queues.insert(Queue::CallBack, shift);
        assert_eq!(call(&reference, 12, 12).outcome, "staffed");
        let closed = call(&reference, 10, 12);
        assert_eq!(closed.outcome, "closed");
        assert_eq!(closed.values["opens_on"], Value::Date(date(2026, 10, 12)));
        assert_eq!(closed.values["opens_at"], Value::Text("10:00-24:00".into()));
        reference.allow_unreviewed = false;
        assert_eq!(call(&reference, 12, 12).outcome, "none", "nobody vouches for it");
        let vouched = reference.desk.queues.get_mut(&Queue::CallBack).unwrap();
        vouched.last_verified = Some(date(2026, 10, 1));
        assert_eq!(call(&reference, 12, 12).outcome, "staffed");
    }
}
