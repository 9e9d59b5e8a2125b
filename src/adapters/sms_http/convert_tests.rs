//! What Kannel says in every charset, what it answers, and what it reports.

use super::*;
use core::time::Duration;

fn heard(query: &str) -> Result<Heard, BadField> {
    letter(&Params::read(query.as_bytes()), &"kannel".into(), Timestamp(7))
}

fn inbound(query: &str) -> Inbound {
    match heard(query).unwrap() {
        Heard::Letter(inbound) => *inbound,
        Heard::Aside(kind) => panic!("{query} is set aside as {kind}"),
    }
}

fn out(text: &str) -> Letter {
    Letter {
        id: StepKey::of(&[b"row"]),
        lane: Lane::Now,
        to: Msisdn::parse("77011234567").unwrap(),
        from: "5522".to_owned(),
        text: text.to_owned(),
        reference: 1,
        validity: Duration::from_secs(3_601),
        receipt: true,
    }
}

#[test]
fn a_text_is_read_in_the_charset_kannel_tells() {
    for (query, text, script) in [
        ("text=STATUS+12&coding=0&charset=UTF-8", "STATUS 12", Some(Script::Latin)),
        ("text=%04%16%04%B1&coding=2&charset=UTF-16BE", "Жұ", Some(Script::Native)),
        ("text=%FE%FF%04%16&coding=2", "Ж", Some(Script::Native)),
        ("text=%D0%96%D2%B1&coding=0&charset=UTF-8", "Жұ", Some(Script::Native)),
        ("text=Caf%E9&coding=0&charset=ISO-8859-1", "Café", Some(Script::Latin)),
        ("text=Caf%E9&coding=0", "Café", Some(Script::Latin)),
        ("text=%80+%93a%94&charset=%22windows-1252%22", "€ “a”", Some(Script::Latin)),
        ("text=%00%02&charset=gsm", "@$", None),
        ("text=1&coding=0&charset=UTF-8", "1", None),
        ("text=&coding=0", "", None),
    ] {
        let inbound = inbound(&format!("id=a&from=77011234567&to=5522&{query}"));
        assert_eq!((inbound.event, inbound.script), (Event::Text(text.to_owned()), script), "{query}");
        assert_eq!((inbound.to.as_str(), inbound.from.expose()), ("5522", "77011234567"));
    }
}

#[test]
fn a_retried_request_is_the_same_step_and_an_equal_text_is_not() {
    let query = |id: &str| format!("id={id}&from=%2B77011234567&to=5522&text=1");
    let (one, again, other) =
        (inbound(&query("1a-b")).copy, inbound(&query("1a-b")).copy, inbound(&query("2")).copy);
    assert_eq!(one.step, again.step);
    assert_ne!(one.step, other.step);
    assert_eq!(one.content, other.content);
}

#[test]
fn what_no_person_wrote_is_set_aside_and_what_is_missing_is_named() {
    for (query, aside) in [
        ("id=a&from=Kcell&to=5522&text=promo", "not_a_number"),
        ("id=a&from=77011234567&to=5522&text=%01&coding=1&charset=8-BIT", "binary"),
        ("id=a&from=77011234567&to=5522&text=%01&coding=1", "binary"),
    ] {
        assert!(matches!(heard(query), Ok(Heard::Aside(kind)) if kind == aside), "{query}");
    }
    for (query, field) in [
        ("from=77011234567&text=1", "id"),
        ("id=a+b&from=77011234567&text=1", "id"),
        ("id=a&text=1", "from"),
        ("id=a&from=77011234567", "text"),
    ] {
        assert_eq!(heard(query).err(), Some(BadField(field)), "{query}");
    }
}

#[test]
fn a_letter_is_posted_in_the_cheapest_alphabet_and_its_person_stands_in_no_url() {
    let through = Through { smsc: "kcell", reports: "http://127.0.0.1:8090/sms/kannel/dlr" };
    let request = sendsms(&out("Job [1]"), through);
    let header = |request: &SendSms, name: &str| {
        request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    assert_eq!(
        (request.content_type, request.body.as_slice()),
        ("text/plain; charset=UTF-8", &b"Job [1]"[..])
    );
    for (name, value) in [
        ("x-kannel-from", "5522"),
        ("x-kannel-to", "77011234567"),
        ("x-kannel-coding", "0"),
        ("x-kannel-priority", "1"),
        ("x-kannel-validity", "61"),
        ("x-kannel-smsc", "kcell"),
        ("x-kannel-dlr-mask", "19"),
    ] {
        assert_eq!(header(&request, name).as_deref(), Some(value), "{name}");
    }
    let url = header(&request, "x-kannel-dlr-url").unwrap();
    let id = hex::encode(StepKey::of(&[b"row"]).0);
    assert_eq!(url, format!("http://127.0.0.1:8090/sms/kannel/dlr?id={id}&type=%d&code=%A"));
    let bulk = Letter { receipt: false, lane: Lane::Bulk, validity: Duration::ZERO, ..out("Жұмыс") };
    let request = sendsms(&bulk, through);
    assert_eq!((request.content_type, request.body.len()), ("text/plain; charset=UTF-16BE", 10));
    assert_eq!(header(&request, "x-kannel-dlr-mask").as_deref(), Some("16"));
    assert_eq!(header(&request, "x-kannel-priority").as_deref(), Some("0"));
    assert_eq!(header(&request, "x-kannel-validity"), None);
    let silent = sendsms(&out("a"), Through { smsc: "", reports: "" });
    assert_eq!((header(&silent, "x-kannel-dlr-url"), header(&silent, "x-kannel-smsc")), (None, None));
}

#[test]
fn answers_are_sorted_by_what_helps() {
    let word = |status, answer| match judge(status, answer) {
        Ok(()) => "taken",
        Err(SubmitError::Later { .. }) => "later",
        Err(SubmitError::Never { class: FailureClass::Refused, .. }) => "refused",
        Err(SubmitError::Never { class: FailureClass::Malformed, .. }) => "malformed",
        Err(other) => panic!("{other}"),
    };
    for (status, answer, want) in [
        (202, "0: Accepted for delivery", "taken"),
        (202, "3: Queued for later delivery", "taken"),
        (403, "Authorization failed for sendsms", "later"),
        (403, "Not routable. Do not try again.", "refused"),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", "refused"),
        (400, "Validity field misformed, rejected", "malformed"),
        (404, "Unknown request.", "later"),
        (415, "Unsupported content-type, rejected", "malformed"),
        (500, "Sending failed.", "later"),
        (503, "Temporal failure, try again later.", "later"),
        (302, "", "later"),
    ] {
        assert_eq!(word(status, answer), want, "{status} {answer}");
    }
}

#[test]
fn reports_carry_the_networks_code_and_never_the_text() {
    let read = |query: &str| report(&Params::read(query.as_bytes()), &"kannel".into(), Timestamp(9));
    for (query, state, code) in [
        (
            "id=ab&type=1&code=id:7+sub:001+dlvrd:001+stat:DELIVRD+err:000+text:SOS",
            ReceiptState::Delivered,
            "000",
        ),
        ("id=ab&type=2&code=id:7+stat:UNDELIV+err:034+Text:err:999", ReceiptState::Failed, "034"),
        ("id=ab&type=2&code=id:7+stat:EXPIRED", ReceiptState::Expired, "EXPIRED"),
        ("id=ab&type=16&code=NACK/0x0000000b/Invalid+Destination", ReceiptState::Failed, "0x0000000b"),
        ("id=ab&type=8&code=ACK/", ReceiptState::Underway, ""),
        ("id=ab&type=4", ReceiptState::Underway, ""),
        ("id=ab&type=64", ReceiptState::Unknown, ""),
    ] {
        let receipt = read(query).unwrap();
        assert_eq!((receipt.state, receipt.code.as_str()), (state, code), "{query}");
        assert_eq!((receipt.id.as_str(), &*receipt.link, receipt.at), ("ab", "kannel", Timestamp(9)));
    }
    assert_eq!(read("type=1").err(), Some(BadField("id")));
    assert_eq!(read("id=ab&type=%25d").err(), Some(BadField("type")));
}
