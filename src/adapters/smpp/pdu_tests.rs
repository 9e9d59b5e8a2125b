//! The codec: never panics, reads back what it writes, agrees with `rusmpp` on well-formed PDUs.

use super::*;
use crate::adapters::smpp::body::Address;
use crate::adapters::smpp::tlv::{self, Tlvs};
use proptest::collection::vec;
use proptest::prelude::*;

fn bytes(of: &Pdu) -> Bytes {
    let mut out = BytesMut::new();
    encode(of, &mut out).unwrap();
    out.freeze()
}

fn octets(of: Vec<u8>) -> Octets {
    Octets(of.into())
}

fn string(most: usize) -> impl Strategy<Value = Octets> {
    vec(1_u8..=255, 0..=most).prop_map(octets)
}

fn ascii(most: usize) -> impl Strategy<Value = Octets> {
    vec(33_u8..=126, 0..=most).prop_map(octets)
}

fn address(most: usize) -> impl Strategy<Value = Address> {
    (any::<u8>(), any::<u8>(), string(most)).prop_map(|(ton, npi, digits)| Address { ton, npi, digits })
}

fn tlvs() -> impl Strategy<Value = Tlvs> {
    vec((any::<u16>(), vec(any::<u8>(), 0..40)), 0..4)
        .prop_map(|list| list.into_iter().fold(Tlvs::default(), |all, (tag, value)| all.with(tag, value)))
}

fn sm() -> impl Strategy<Value = Sm> {
    let head = (string(5), address(20), address(20), any::<[u8; 7]>(), string(16), string(16));
    (head, vec(any::<u8>(), 0..=255), tlvs()).prop_map(
        |((service_type, source, destination, o, s, v), text, tlvs)| Sm {
            service_type,
            source,
            destination,
            esm_class: o[0],
            protocol_id: o[1],
            priority: o[2],
            schedule: s,
            validity: v,
            registered_delivery: o[3],
            replace_if_present: o[4],
            data_coding: o[5],
            default_msg_id: o[6],
            short_message: octets(text),
            tlvs,
        },
    )
}

fn resp(most: usize) -> impl Strategy<Value = Resp> {
    prop_oneof![
        Just(Resp::default()),
        (string(most), tlvs()).prop_map(|(id, tlvs)| Resp { id: Some(id), tlvs })
    ]
}

fn kind() -> impl Strategy<Value = BindKind> {
    prop_oneof![Just(BindKind::Receiver), Just(BindKind::Transmitter), Just(BindKind::Transceiver)]
}

fn body() -> impl Strategy<Value = Body> {
    let bind = (string(15), string(8), string(12), any::<u8>(), address(40)).prop_map(
        |(system_id, password, system_type, interface_version, range)| Bind {
            system_id,
            password,
            system_type,
            interface_version,
            range,
        },
    );
    let data = (string(5), address(64), address(64), any::<[u8; 3]>(), tlvs()).prop_map(
        |(service_type, source, destination, o, tlvs)| DataSm {
            service_type,
            source,
            destination,
            esm_class: o[0],
            registered_delivery: o[1],
            data_coding: o[2],
            tlvs,
        },
    );
    prop_oneof![
        (kind(), bind).prop_map(|(kind, bind)| Body::Bind(kind, bind)),
        (kind(), resp(15)).prop_map(|(kind, resp)| Body::BindResp(kind, resp)),
        sm().prop_map(Body::SubmitSm),
        sm().prop_map(Body::DeliverSm),
        resp(64).prop_map(Body::SubmitSmResp),
        resp(64).prop_map(Body::DeliverSmResp),
        resp(64).prop_map(Body::DataSmResp),
        data.prop_map(Body::DataSm),
        (string(15), string(8))
            .prop_map(|(system_id, password)| Body::Outbind(Outbind { system_id, password })),
        (address(64), address(64), tlvs()).prop_map(|(source, esme, tlvs)| Body::Alert(Alert {
            source,
            esme,
            tlvs
        })),
        prop_oneof![
            Just(Body::EnquireLink),
            Just(Body::EnquireLinkResp),
            Just(Body::Unbind),
            Just(Body::UnbindResp),
            Just(Body::GenericNack)
        ],
        (prop_oneof![Just(3_u32), Just(0x8000_0003), Just(0x111)], vec(any::<u8>(), 0..50))
            .prop_map(|(command_id, body)| Body::Raw { command_id, body: octets(body) }),
    ]
}

fn pdu() -> impl Strategy<Value = Pdu> {
    (any::<u32>(), any::<u32>(), body()).prop_map(|(status, sequence, body)| Pdu { status, sequence, body })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(pdu in pdu()) {
        let decoded = decode(&bytes(&pdu)).unwrap();
        prop_assert_eq!(decoded, Decoded { pdu, stray: 0 });
    }

    #[test]
    fn frames_are_cut_at_their_length_however_they_arrive(pdus in vec(pdu(), 1..6), step in 1_usize..60) {
        let stream: Vec<u8> = pdus.iter().flat_map(|pdu| bytes(pdu).to_vec()).collect();
        let (mut buffer, mut found) = (BytesMut::new(), Vec::new());
        for chunk in stream.chunks(step) {
            buffer.extend_from_slice(chunk);
            while let Some(frame) = cut(&mut buffer).unwrap() {
                found.push(decode(&frame).unwrap().pdu);
            }
        }
        prop_assert_eq!(found, pdus);
        prop_assert!(buffer.is_empty());
    }

    #[test]
    fn rusmpp_reads_and_writes_the_same_octets(
        service_type in ascii(5), from in ascii(20), to in ascii(20), text in vec(any::<u8>(), 0..=255),
        op in prop_oneof![Just(1_u8), Just(2), Just(17), Just(18)], info in any::<[u8; 2]>(),
        coding in prop_oneof![Just(0_u8), Just(8)], submit in any::<bool>(),
        sequence in 1_u32..=0x7FFF_FFFF, payload in vec(any::<u8>(), 1..300),
    ) {
        use rusmpp::decode::DecodeWithLength;
        use rusmpp::encode::{Encode, Length};
        let tlvs = Tlvs::default()
            .with(tlv::USSD_SERVICE_OP, vec![op])
            .with(tlv::ITS_SESSION_INFO, info.to_vec())
            .with(tlv::MESSAGE_PAYLOAD, payload);
        let sm = Sm {
            service_type,
            source: Address { ton: 1, npi: 1, digits: from.clone() },
            destination: Address { ton: 0, npi: 1, digits: to.clone() },
            data_coding: coding,
            short_message: octets(text.clone()),
            tlvs,
            ..Sm::default()
        };
        let body = if submit { Body::SubmitSm(sm) } else { Body::DeliverSm(sm) };
        let ours = bytes(&Pdu { status: 0, sequence, body });
        let mut rest = BytesMut::from(&ours[4..]);
        let length = rest.len();
        let (theirs, read) = rusmpp::Command::decode(&mut rest, length).unwrap();
        prop_assert_eq!(read, length);
        prop_assert_eq!(theirs.sequence_number(), sequence);
        if let Some(rusmpp::Pdu::DeliverSm(deliver)) = theirs.pdu() {
            prop_assert_eq!(deliver.source_addr.as_str().as_bytes(), from.0.as_ref());
            prop_assert_eq!(deliver.destination_addr.as_str().as_bytes(), to.0.as_ref());
            let said = deliver.short_message().clone().into_vec();
            prop_assert_eq!(said, text);
            prop_assert_eq!(deliver.tlvs().len(), 3);
        }
        let mut back = vec![0; theirs.length()];
        theirs.encode(&mut back);
        prop_assert_eq!(&back[..], &ours[4..]);
    }
}

/// xorshift64*: fast and repeatable; the quality of the randomness does not matter here.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % most.max(1)
    }
}

#[test]
fn no_octets_whatever_make_the_decoder_panic() {
    let rounds = if std::env::var_os("KOPIR_LONG").is_some() { 10_000_000 } else { 100_000 };
    let seeds: Vec<Vec<u8>> = include_str!("../../../tests/vectors/smpp/smpp_quirks.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|case| hex::decode(case["hex"].as_str().unwrap()).unwrap())
        .collect();
    let mut random = Random(0x4B6F_7069_7221);
    let (mut read, mut refused) = (0_u32, 0_u32);
    for round in 0..rounds {
        let mut frame = if round % 4 == 0 {
            (0..random.below(120)).map(|_| random.next().to_be_bytes()[0]).collect()
        } else {
            seeds[random.below(seeds.len())].clone()
        };
        for _ in 0..random.below(6) {
            let at = random.below(frame.len());
            match random.below(4) {
                0 if !frame.is_empty() => frame[at] = random.next().to_be_bytes()[0],
                1 => frame.truncate(at),
                2 => frame.insert(at, random.next().to_be_bytes()[0]),
                _ if !frame.is_empty() => frame[at] ^= 1 << random.below(8),
                _ => {}
            }
        }
        match decode(&frame.into()) {
            Ok(decoded) => {
                read += 1;
                let mut out = BytesMut::new();
                if encode(&decoded.pdu, &mut out).is_ok() {
                    let again = decode(&out.freeze()).unwrap();
                    assert_eq!(again, Decoded { pdu: decoded.pdu, stray: 0 });
                }
            }
            Err(malformed) => {
                refused += 1;
                if let Some(answer) = malformed.answer() {
                    assert!(!bytes(&answer).is_empty());
                }
            }
        }
    }
    assert!(read > rounds / 4 && refused > rounds / 20, "read {read}, refused {refused}");
}

#[test]
fn a_length_that_no_pdu_can_have_is_the_only_fault_of_a_stream() {
    for length in [0_u32, 15, 70_001, u32::MAX] {
        let mut buffer = BytesMut::from(&length.to_be_bytes()[..]);
        assert_eq!(cut(&mut buffer), Err(BadLength(length)));
    }
    let mut buffer = BytesMut::from(&[0, 0, 0][..]);
    assert_eq!(cut(&mut buffer), Ok(None));
}

#[test]
fn a_malformed_request_is_answered_in_its_own_form() {
    let frame = hex::decode("00000022000000050000000000000007000101393938393031323334353637000101").unwrap();
    let malformed = decode(&frame.into()).unwrap_err();
    assert_eq!(malformed.field, "destination_addr");
    let answer = hex::encode(bytes(&malformed.answer().unwrap()));
    assert_eq!(answer, "0000001180000005000000020000000700");
}

#[test]
fn the_encoder_refuses_what_does_not_fit_and_writes_nothing() {
    let long = Sm { source: Address::new(1, 1, "012345678901234567890"), ..Sm::default() };
    let with_nul = Sm { service_type: octets(b"a\0b".to_vec()), ..Sm::default() };
    let too_much = Sm { short_message: octets(vec![0; 256]), ..Sm::default() };
    for (sm, field) in [(long, "source_addr"), (with_nul, "service_type"), (too_much, "short_message")] {
        let mut out = BytesMut::from(&b"before"[..]);
        let pdu = Pdu { status: 0, sequence: 1, body: Body::SubmitSm(sm) };
        assert_eq!(encode(&pdu, &mut out).unwrap_err().field, field);
        assert_eq!(&out[..], b"before");
    }
}
