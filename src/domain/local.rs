//! The services the domain answers itself (`Place::Local`): never slow, never down.

use super::content::Reference;
use super::service::{Answer, Call};
use super::stay::{Stay, count};
use super::value::{Value, Values};
use jiff::civil::Date;

/// The answer to `call` on `today` (a civil date of `time::ZONE`); `None` when it is no local service.
#[must_use]
pub fn local(call: &Call, reference: &Reference, today: Date) -> Option<Answer> {
    match call.service.as_str() {
        "stay.count" => Some(stay_count(call, reference, today)),
        _ => None,
    }
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
    use crate::domain::time::Timestamp;
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
        Reference {
            stay: StayRules { rules: vec![rule] },
            hotlines: vec![],
            allow_unreviewed: true,
            ..Reference::default()
        }
    }

    fn ask(service: &str, give: &[(&str, Value)]) -> Option<Answer> {
        let give = give.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let call = Call { service: service.into(), give, key: Default::default(), at: Timestamp(0) };
        local(&call, &reference(), date(2026, 10, 10))
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
}
