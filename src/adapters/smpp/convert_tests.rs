//! Messages as the field sends them: dialects byte for byte, alphabets, receipts, copies.

use super::*;
use crate::adapters::smpp::pdu::{self, Body, Pdu};
use bytes::BytesMut;
use proptest::prelude::*;

fn ears(name: &str, letters: bool) -> Ears {
    Ears { link: "kcell".into(), dialect: Dialect::named(name), letters }
}

fn arrival(sequence: u32) -> Arrival {
    Arrival { bind: 7, sequence, count: u64::from(sequence), at: Timestamp(1_000) }
}

fn hex_of(sm: Sm) -> String {
    let mut out = BytesMut::new();
    pdu::encode(&Pdu { status: 0, sequence: 1, body: Body::SubmitSm(sm) }, &mut out).unwrap();
    hex::encode(&out[16..])
}

fn ussd(op: Option<u8>, info: Option<u16>, text: &[u8]) -> Sm {
    let mut tlvs = tlv::Tlvs::default();
    if let Some(op) = op {
        tlvs = tlvs.with(tlv::USSD_SERVICE_OP, vec![op]);
    }
    if let Some(info) = info {
        tlvs = tlvs.with(tlv::ITS_SESSION_INFO, info.to_be_bytes().to_vec());
    }
    Sm {
        service_type: Octets::from("USSD"),
        source: Address::new(1, 1, "77011234567"),
        destination: Address::new(0, 1, "100"),
        short_message: Octets(Bytes::copy_from_slice(text)),
        tlvs,
        ..Sm::default()
    }
}

fn dialogue(ears: &Ears, sm: &Sm) -> (Inbound, ReplyTo) {
    let Heard::Dialogue(inbound, reply) = ears.hear(sm, arrival(1)) else { panic!("{sm:?}") };
    (*inbound, *reply)
}

fn shown(text: &str, ends: bool) -> Outbound {
    Outbound::page(text.to_owned(), ends)
}

#[test]
fn spec_is_spoken_byte_for_byte() {
    let ears = ears("spec", false);
    let dialect = ears.dialect.clone().unwrap();
    let (inbound, reply) = dialogue(&ears, &ussd(Some(1), Some(0x0502), b"*100#"));
    assert_eq!(inbound.event, Event::Dial(Dialled { base: "100".to_owned(), parts: vec![] }));
    assert_eq!((inbound.dialogue.as_slice(), inbound.to.as_str()), (&[5][..], "100"));
    let head = "5553534400".to_owned() + "000131303000" + "010137373031313233343536370000000000000000";
    let asked = hex_of(page(&dialect, &reply, &shown("1 Iye", false)));
    assert_eq!(asked, format!("{head}0000053120497965{}", "0501000102138300020502"));
    let ended = hex_of(page(&dialect, &reply, &shown("Иә", true)));
    assert_eq!(ended, format!("{head}080004041804d9{}", "0501000111138300020503"));
    let (answer, _) = dialogue(&ears, &ussd(Some(18), Some(0x0504), b"1"));
    assert_eq!((answer.event, answer.dialogue), (Event::Text("1".to_owned()), vec![5]));
    for gone in [ussd(Some(129), Some(0x0504), b""), ussd(Some(18), Some(0x0505), b"")] {
        assert_eq!(dialogue(&ears, &gone).0.event, Event::Abort);
    }
}

#[test]
fn bare_is_spoken_as_captured_from_an_operator() {
    // jasmin#842: service_type "P2", data_coding 0x0F, "*4006#", ussd_service_op 1 and nothing else.
    let body = "503200\
                010137373031313233343536370001013737303030303030343030\
                00000000000000000f00062a343030362305010001 01"
        .replace(' ', "");
    let octets = hex::decode(body).unwrap();
    let mut frame = BytesMut::new();
    frame.extend_from_slice(&u32::try_from(octets.len() + 16).unwrap().to_be_bytes());
    frame.extend_from_slice(&hex::decode("000000050000000000000009").unwrap());
    frame.extend_from_slice(&octets);
    let Body::DeliverSm(sm) = pdu::decode(&frame.freeze()).unwrap().pdu.body else { panic!() };
    let ears = ears("bare", true);
    let (inbound, reply) = dialogue(&ears, &sm);
    assert_eq!(inbound.event, Event::Dial(Dialled { base: "4006".to_owned(), parts: vec![] }));
    assert_eq!((inbound.dialogue.is_empty(), inbound.to.as_str()), (true, "77000000400"));
    let dialect = ears.dialect.unwrap();
    let head = "50320001013737303030303030343030000101373730313132333435363700";
    let asked = hex_of(page(&dialect, &reply, &shown("Til", false)));
    assert_eq!(asked, format!("{head}00000000000000{}0003{}0501000102", "0f", "54696c"));
    let ended = hex_of(page(&dialect, &reply, &shown("Сау", true)));
    assert_eq!(ended, format!("{head}00000000000000{}0006{}0501000111", "48", "042104300443"));
}

#[test]
fn the_end_is_said_in_every_dialect_its_own_way() {
    let tlvs = |name: &str, mut sm: Sm| {
        sm.tlvs = sm.tlvs.with(tlv::USER_MESSAGE_REFERENCE, vec![0, 9]);
        let ears = ears(name, false);
        let (inbound, reply) = dialogue(&ears, &sm);
        let end = page(&ears.dialect.unwrap(), &reply, &shown("x", true));
        let of = |tag| end.tlvs.word(tag);
        let op = end.tlvs.octet(tlv::USSD_SERVICE_OP).unwrap();
        (inbound.dialogue, op, of(tlv::ITS_SESSION_INFO), of(tlv::USER_MESSAGE_REFERENCE))
    };
    let answer = ussd(Some(18), Some(0x0A0C), b"1");
    assert_eq!(tlvs("tata", answer.clone()), (vec![0x0A, 0x0C], 2, Some(0x0A0D), None));
    assert_eq!(tlvs("sixd", answer.clone()), (vec![0x0A, 0x0C], 17, Some(0x0A0D), None));
    assert_eq!(tlvs("mica", answer.clone()), (vec![0, 9], 17, None, Some(9)));
    assert_eq!(tlvs("bare", answer), (vec![], 17, None, None));
}

#[test]
fn a_code_is_found_where_the_operator_puts_it() {
    let mut ears = ears("sixd", false);
    let begun = |ears: &Ears, text: &[u8], to: &str| {
        let mut sm = ussd(Some(1), Some(2), text);
        sm.destination = Address::new(0, 1, to);
        dialogue(ears, &sm).0.event
    };
    let code = Event::Dial(Dialled { base: "100".to_owned(), parts: vec!["21".to_owned()] });
    assert_eq!(begun(&ears, b"*100*21#", "7700"), code);
    assert_eq!(begun(&ears, b"", "*100*21#"), code);
    let odd = ussd(Some(1), Some(0x0503), b"*100*21#");
    assert_eq!(dialogue(&ears, &odd).0.event, code);
    ears.dialect.as_mut().unwrap().code = CodeAt::DestinationAddr;
    assert_eq!(begun(&ears, b"anything", "*100*21#"), code);
    assert_eq!(dialogue(&ears, &ussd(Some(18), None, b"100")).0.event, Event::Text("100".to_owned()));
}

#[test]
fn a_link_of_dialogues_alone_needs_no_op_code() {
    let ears = ears("bare", false);
    assert!(matches!(dialogue(&ears, &ussd(None, None, b"*100#")).0.event, Event::Dial(_)));
    assert_eq!(dialogue(&ears, &ussd(None, None, b"2")).0.event, Event::Text("2".to_owned()));
    let confirmed = ears.hear(&ussd(Some(19), None, b""), arrival(1));
    assert!(matches!(confirmed, Heard::Aside("op_without_text")));
}

#[test]
fn the_network_may_name_a_language() {
    let ears = ears("bare", false);
    let lang = |coding: u8, text: &[u8]| {
        let sm = Sm { data_coding: coding, ..ussd(Some(18), None, text) };
        let inbound = dialogue(&ears, &sm).0;
        (inbound.lang, inbound.event)
    };
    assert_eq!(lang(0x23, b"1"), (Some(Lang::Ru), Event::Text("1".to_owned())));
    assert_eq!(lang(0x0F, b"1"), (None, Event::Text("1".to_owned())));
    assert_eq!(lang(0x10, b"uz\r1"), (Some(Lang::Uz), Event::Text("1".to_owned())));
    assert_eq!(lang(0x11, b"\xF2\x3A\0\x31"), (Some(Lang::Ru), Event::Text("1".to_owned())));
}

#[test]
fn receipts_names_and_short_codes_are_no_letters() {
    let ears = ears("spec", true);
    let letter = |esm_class: u8, source: Address, text: &[u8]| {
        let sm = Sm { esm_class, source, ..ussd(None, None, text) };
        match ears.hear(&sm, arrival(1)) {
            Heard::Aside(kind) => kind,
            Heard::Letter(_) => "letter",
            Heard::Receipt(..) => "a receipt",
            Heard::Dialogue(..) | Heard::Part(_) => "neither",
        }
    };
    let person = || Address::new(1, 1, "77011234567");
    assert_eq!(letter(0, person(), b"J 12"), "letter");
    assert_eq!(letter(0x04, person(), b"anything"), "receipt");
    assert_eq!(letter(0, person(), b"id:12 sub:001 dlvrd:001 Stat:DELIVRD err:000"), "a receipt");
    assert_eq!(letter(0, Address::new(5, 0, "Kcell"), b"hi"), "not_a_number");
    assert_eq!(letter(0, Address::new(0, 1, "1414"), b"hi"), "not_a_number");
}

#[test]
fn the_script_a_letter_is_written_in_is_seen() {
    assert_eq!(script("Жұмыс"), Some(Script::Native));
    assert_eq!(script("ish 2"), Some(Script::Latin));
    assert_eq!(script("12 34"), None);
}

#[test]
fn what_makes_a_copy_is_the_dialects_rule() {
    let copies = |rule: CopyRule, one: (&Sm, u32), two: (&Sm, u32)| {
        let mut ears = ears("spec", false);
        ears.dialect.as_mut().unwrap().copy = rule;
        let copy = |(sm, sequence): (&Sm, u32)| {
            let Heard::Dialogue(inbound, _) = ears.hear(sm, arrival(sequence)) else { panic!("{sm:?}") };
            inbound.copy
        };
        let (one, two) = (copy(one), copy(two));
        (one.step == two.step, one.content == two.content)
    };
    let nine = ussd(Some(18), Some(0x0502), b"9");
    let nine_later = ussd(Some(18), Some(0x0504), b"9");
    assert_eq!(copies(CopyRule::Sequence, (&nine, 4), (&nine, 4)), (true, true));
    assert_eq!(copies(CopyRule::Sequence, (&nine, 4), (&nine, 5)), (false, true));
    assert_eq!(copies(CopyRule::Reference, (&nine, 4), (&nine, 5)), (true, true));
    assert_eq!(copies(CopyRule::Reference, (&nine, 4), (&nine_later, 5)), (false, false));
    assert_eq!(copies(CopyRule::Bytes, (&nine, 4), (&nine, 5)), (false, true));
}

proptest! {
    #[test]
    fn no_message_whatever_makes_the_ears_or_the_page_panic(
        octets: [u8; 3], from in "[0-9a-z+]{0,20}", to in "[0-9*#]{0,20}", text: Vec<u8>,
        op in prop::option::of(any::<u8>()), info in prop::option::of(any::<u16>()), payload in prop::option::of(any::<Vec<u8>>()),
        name in prop::sample::select(dialect::NAMES.to_vec()), letters: bool, packed: bool, reply_text: String, ends: bool,
    ) {
        let mut ears = ears(name, letters);
        ears.dialect.as_mut().unwrap().packed = packed;
        let mut sm = ussd(op, info, &text);
        sm.esm_class = octets[0];
        sm.data_coding = octets[1];
        sm.source = Address::new(octets[2], 1, &from);
        sm.destination = Address::new(0, 1, &to);
        if let Some(payload) = payload {
            sm.tlvs = sm.tlvs.with(tlv::MESSAGE_PAYLOAD, payload);
        }
        if let Heard::Dialogue(inbound, reply) = ears.hear(&sm, arrival(1)) {
            let page = page(ears.dialect.as_ref().unwrap(), &reply, &Outbound::page(reply_text, ends));
            prop_assert!(page.tlvs.octet(tlv::USSD_SERVICE_OP).is_some());
            prop_assert_eq!(page.destination, sm.source);
            let shown = format!("{inbound:?}");
            prop_assert!(from.len() < 9 || !shown.contains(&from), "{}", shown);
        }
    }
}
