//! Receipts as operators write them, and octets that are none.

use super::*;
use crate::adapters::smpp::tlv::Tlvs;
use proptest::prelude::*;

fn heard(esm_class: u8, data_coding: u8, octets: &[u8], tlvs: Tlvs) -> Read {
    let sm = Sm { esm_class, data_coding, tlvs, ..Sm::default() };
    read(&sm, octets, &"a".into(), Timestamp(7))
}

/// Id, state and code of what must be a receipt.
fn receipt(read: Read) -> (String, ReceiptState, String) {
    let Read::Receipt(receipt) = read else { panic!("{read:?}") };
    (receipt.id, receipt.state, receipt.code)
}

#[test]
fn texts_of_the_field_are_read() {
    use ReceiptState::{Delivered, Expired, Failed, Underway, Unknown};
    for (text, id, state, code) in [
        (
            "id:0123 sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:Hi",
            "0123",
            Delivered,
            "DELIVRD",
        ),
        (
            "id:1A2b sub:001 dlvrd:000 submit date:260101000000 done date:20260101000000 stat:UNDELIV err:0c3 Text:x",
            "1A2b",
            Failed,
            "0c3",
        ),
        ("ID:7 STAT:Expired ERR:nul", "7", Expired, "Expired"),
        ("stat:REJECTD err:12 id:9", "9", Failed, "12"),
        ("id:9 stat:0", "9", Delivered, "0"),
        ("id:9 stat:2 err:001", "9", Delivered, "001"),
        ("id:9 stat:8", "9", Failed, "8"),
        ("id: 9 stat: ACCEPTD", "9", Underway, "ACCEPTD"),
        ("id:9,stat:ENROUTE,err:", "9", Underway, "ENROUTE"),
        ("id:9 stat:FAILED done date:2601010000", "9", Failed, "FAILED"),
        ("id:9 stat:DELETED", "9", Failed, "DELETED"),
        ("id:9 stat:UNKNOWN err:5", "9", Unknown, "5"),
        ("id:9 stat:WHATNOT", "9", Unknown, "WHATNOT"),
        ("id:9 stat:DELIVRD text:id:8 stat:EXPIRED", "9", Delivered, "DELIVRD"),
        ("id:9 sub: dlvrd: stat:DELIVRD", "9", Delivered, "DELIVRD"),
    ] {
        let want = (id.to_owned(), state, if code == "0" { String::new() } else { code.to_owned() });
        assert_eq!(receipt(heard(0x04, 0, text.as_bytes(), Tlvs::default())), want, "{text}");
        let ucs2 = crate::domain::text::ucs2::encode(text);
        assert_eq!(receipt(heard(0x04, 8, &ucs2, Tlvs::default())), want, "{text} in UCS-2");
        assert_eq!(receipt(heard(0x04, 0, &ucs2, Tlvs::default())), want, "{text} in UCS-2 under coding 0");
    }
}

#[test]
fn tlvs_come_first_and_a_second_id_is_kept() {
    let tlvs =
        || Tlvs::default().with(tlv::RECEIPTED_MESSAGE_ID, &b"1a2b\0"[..]).with(tlv::MESSAGE_STATE, vec![2]);
    assert_eq!(
        receipt(heard(0, 0, b"", tlvs())),
        ("1a2b".to_owned(), ReceiptState::Delivered, String::new())
    );
    let Read::Receipt(both) = heard(0x04, 0, b"id:6699 stat:UNDELIV", tlvs()) else { panic!() };
    assert_eq!((both.id.as_str(), both.also.as_deref()), ("1a2b", Some("6699")));
    assert_eq!(both.state, ReceiptState::Delivered);
    let failed = Tlvs::default()
        .with(tlv::RECEIPTED_MESSAGE_ID, &b"7"[..])
        .with(tlv::MESSAGE_STATE, vec![5])
        .with(tlv::NETWORK_ERROR_CODE, vec![3, 0, 27]);
    assert_eq!(
        receipt(heard(0x04, 0, b"", failed)),
        ("7".to_owned(), ReceiptState::Failed, "3:27".to_owned())
    );
    assert_eq!(heard(0x04, 0, b"anything", Tlvs::default()), Read::Mute);
}

#[test]
fn without_its_class_a_receipt_is_told_by_its_fields() {
    assert!(matches!(heard(0, 0, b"id:1 stat:DELIVRD err:000", Tlvs::default()), Read::Receipt(_)));
    assert!(matches!(heard(0, 0, b"id:1 stat:DELIVRD", Tlvs::default()), Read::Maybe(_)));
    for letter in ["STATUS 12", "id 12 stat", "ish: 2", "Kun: 0311, stat", ""] {
        assert_eq!(heard(0, 0, letter.as_bytes(), Tlvs::default()), Read::No, "{letter}");
    }
    assert!(matches!(heard(0x20, 0, b"id:1 stat:ENROUTE", Tlvs::default()), Read::Receipt(_)));
}

proptest! {
    #[test]
    fn nothing_that_comes_makes_the_reader_panic(
        class: u8, coding: u8, octets: Vec<u8>, id: Vec<u8>, state: Vec<u8>, code: Vec<u8>, text in "(id|stat|err|date|:| |x|,){0,20}",
    ) {
        let tlvs = Tlvs::default()
            .with(tlv::RECEIPTED_MESSAGE_ID, id)
            .with(tlv::MESSAGE_STATE, state)
            .with(tlv::NETWORK_ERROR_CODE, code);
        for octets in [octets.as_slice(), text.as_bytes()] {
            if let Read::Receipt(receipt) | Read::Maybe(receipt) = heard(class, coding, octets, tlvs.clone()) {
                prop_assert!(!receipt.id.is_empty() && receipt.id.chars().count() <= FIELD_MAX);
            }
        }
    }
}
