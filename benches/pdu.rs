//! What a PDU costs to read and to write.

use bytes::{Bytes, BytesMut};
use divan::Bencher;
use kopir::adapters::smpp::body::{Address, Resp, Sm};
use kopir::adapters::smpp::octets::Octets;
use kopir::adapters::smpp::pdu::{self, Body, Pdu};
use kopir::adapters::smpp::tlv::{self, Tlvs};

fn main() {
    divan::main();
}

const NAMES: [&str; 4] = ["submit_sm-150", "deliver_sm-ussd", "submit_sm_resp", "enquire_link"];

fn pdu_of(name: &str) -> Pdu {
    let sm = Sm {
        source: Address::new(1, 1, "77011234567"),
        destination: Address::new(1, 1, "1414"),
        short_message: Octets::from(vec![0x41; 100]),
        ..Sm::default()
    };
    let ussd = Sm {
        service_type: Octets::from("USSD"),
        data_coding: 8,
        short_message: Octets::from(vec![4, 0x16, 4, 0x16]),
        tlvs: Tlvs::default()
            .with(tlv::USSD_SERVICE_OP, vec![18])
            .with(tlv::ITS_SESSION_INFO, vec![5, 2])
            .with(0x1400, vec![1, 2, 3]),
        ..sm.clone()
    };
    let body = match name {
        "submit_sm-150" => Body::SubmitSm(sm),
        "deliver_sm-ussd" => Body::DeliverSm(ussd),
        "submit_sm_resp" => {
            Body::SubmitSmResp(Resp { id: Some(Octets::from("0123456789abcdef")), ..Resp::default() })
        }
        _ => Body::EnquireLink,
    };
    Pdu { status: 0, sequence: 1, body }
}

#[divan::bench(args = NAMES)]
fn decode(bencher: Bencher, name: &str) {
    let mut out = BytesMut::new();
    let written = pdu::encode(&pdu_of(name), &mut out);
    assert!(written.is_ok());
    let frame: Bytes = out.freeze();
    bencher.bench(|| pdu::decode(divan::black_box(&frame)));
}

#[divan::bench(args = NAMES)]
fn encode(bencher: Bencher, name: &str) {
    let pdu = pdu_of(name);
    let mut out = BytesMut::with_capacity(1 << 16);
    bencher.bench_local(|| {
        out.clear();
        pdu::encode(divan::black_box(&pdu), &mut out)
    });
}
