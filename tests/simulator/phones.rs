//! Dialogues in every dialect and letters in every form, as octets on the wire and as they stand on the phone.

use super::esme::{Esme, World, gulnora, ucs2};
use kopir::domain::text::budget::Encoding;
use kopir::simulator::smsc::dialect::{DIALECTS, Dialect};
use kopir::simulator::smsc::event::{PhoneEvent, Why};
use kopir::simulator::smsc::parts::LongForm;
use kopir::simulator::smsc::{Settings, Smsc};
use kopir::tasks::Tasks;
use std::time::Duration;

const OP: u16 = 0x0501;
const INFO: u16 = 0x1383;
const REFERENCE: u16 = 0x0204;

#[tokio::test]
async fn a_dialogue_by_the_specification_goes_there_and_back() {
    let (world, mut esme) = World::with_esme(Settings::default()).await;
    let mut events = world.smsc.watch();
    let mut dialogue = world.smsc.dial(&gulnora(), "*100*21#");
    let dialled = esme.delivered().await;
    assert_eq!(
        (dialled.service_type.as_str(), dialled.from.as_str(), dialled.to.as_str()),
        ("USSD", "998901234567", "100")
    );
    assert_eq!((dialled.text.as_slice(), dialled.data_coding), (b"*100*21#".as_slice(), 0));
    assert_eq!(dialled.tlv(OP), Some([1].as_slice()));
    let info = dialled.tlv(INFO).unwrap().to_vec();
    assert_eq!(info[1] & 1, 0);

    let number = esme.submit("998901234567", 0, 8, &ucs2("Тил?"), &[(OP, &[2]), (INFO, &info)]).await;
    assert_eq!(esme.submitted(number).await, 0);
    let screen = dialogue.next().await.unwrap();
    assert_eq!((screen.text.as_str(), screen.asks, screen.units), ("Тил?", true, 4));
    assert_eq!(screen.encoding, Encoding::Ucs2);

    assert!(world.smsc.answer(&gulnora(), "3"));
    assert!(!world.smsc.answer(&gulnora(), "3"), "nothing was asked since");
    let answered = esme.delivered().await;
    assert_eq!((answered.text.as_slice(), answered.tlv(OP)), (b"3".as_slice(), Some([18].as_slice())));
    assert_eq!(answered.tlv(INFO), Some([info[0], 2].as_slice()), "the second step");

    let number = esme.submit("998901234567", 0, 0, b"Rahmat", &[(OP, &[17]), (INFO, &[info[0], 2])]).await;
    assert_eq!(esme.submitted(number).await, 0);
    let last = dialogue.next().await.unwrap();
    assert!(last.ends && !last.asks && last.text == "Rahmat");
    assert_eq!(dialogue.next().await, None);
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(event);
    }
    assert!(matches!(seen.last(), Some(PhoneEvent::Ended { why: Why::Said, .. })), "{seen:?}");
}

#[tokio::test]
async fn the_bare_dialect_is_the_real_capture_octet_by_octet() {
    let bare = Dialect::named("bare").unwrap();
    let (world, mut esme) = World::with_esme(Settings { dialect: bare, ..Settings::default() }).await;
    let _dialogue = world.smsc.dial(&gulnora(), "*4006#");
    let dialled = esme.delivered().await;
    assert_eq!(
        (dialled.service_type.as_str(), dialled.data_coding, dialled.to.as_str()),
        ("P2", 0x0F, "77010004006")
    );
    assert_eq!(dialled.text, b"*4006#");
    assert_eq!(dialled.tlvs, vec![(OP, vec![1])]);
}

#[tokio::test]
async fn every_dialect_of_the_table_asks_answers_and_ends() {
    for dialect in DIALECTS {
        let (world, mut esme) = World::with_esme(Settings { dialect, ..Settings::default() }).await;
        let mut dialogue = world.smsc.dial(&gulnora(), "*100#");
        let dialled = esme.delivered().await;
        let identity: Vec<(u16, Vec<u8>)> =
            dialled.tlvs.iter().filter(|(tag, _)| [INFO, REFERENCE].contains(tag)).cloned().collect();
        let tlvs = |op: u8, last: bool| {
            let mut tlvs = vec![(OP, vec![op])];
            tlvs.extend(identity.clone());
            if last && dialect.end == dialect.ask {
                tlvs[1].1[1] |= 1;
            }
            tlvs
        };
        for (op, last) in [(dialect.ask, false), (dialect.end, true)] {
            let tlvs = tlvs(op, last);
            let tlvs: Vec<(u16, &[u8])> = tlvs.iter().map(|(tag, value)| (*tag, value.as_slice())).collect();
            let number = esme.submit("998901234567", 0, 0x0F, b"1", &tlvs).await;
            assert_eq!(esme.submitted(number).await, 0, "{}", dialect.name);
            let screen = dialogue.next().await.unwrap();
            assert_eq!((screen.asks, screen.ends), (!last, last), "{}", dialect.name);
            if !last {
                world.smsc.answer(&gulnora(), "7");
                assert_eq!(esme.delivered().await.tlv(OP), Some([dialect.answer].as_slice()));
            }
        }
    }
}

#[tokio::test]
async fn hanging_up_and_silence_abort_the_dialogue_towards_the_service() {
    let settings = Settings { dialogue_timeout: Duration::from_secs(1), ..Settings::default() };
    let (world, mut esme) = World::with_esme(settings).await;
    for by_hand in [true, false] {
        let mut dialogue = world.smsc.dial(&gulnora(), "*100#");
        let info = esme.delivered().await.tlv(INFO).unwrap().to_vec();
        if by_hand {
            assert!(world.smsc.hang_up(&gulnora()));
        }
        let abort = esme.delivered().await;
        assert_eq!(abort.tlv(OP), Some([129].as_slice()));
        assert_eq!(abort.tlv(INFO).unwrap(), [info[0], 3], "second step, closing bit");
        assert_eq!(dialogue.next().await, None);
        let number = esme.submit("998901234567", 0, 0, b"late", &[(OP, &[2]), (INFO, &info)]).await;
        assert_eq!(esme.submitted(number).await, 0x45, "there is no dialogue any more");
    }
}

#[tokio::test]
async fn letters_travel_both_ways_in_every_long_form() {
    let (world, mut esme) = World::with_esme(Settings::default()).await;
    let long = "Менинг аризам ҳақида хабар беринг. ".repeat(5);
    for (form, n) in [(LongForm::Udh8, 3), (LongForm::Udh16, 3), (LongForm::Sar, 3), (LongForm::Payload, 1)] {
        assert_eq!(world.smsc.text_as(&gulnora(), "1414", &long, form).len(), n);
        let mut joined = Vec::new();
        for _ in 0..n {
            let part = esme.delivered().await;
            assert_eq!((part.to.as_str(), part.data_coding), ("1414", 8));
            let header = if part.esm_class & 0x40 == 0 { 0 } else { usize::from(part.text[0]) + 1 };
            joined.extend_from_slice(part.tlv(0x0424).unwrap_or(&part.text[header..]));
        }
        assert_eq!(joined, ucs2(&long), "{form:?}");
    }
}

#[tokio::test]
async fn parts_towards_the_phone_are_joined_in_any_order() {
    let (world, mut esme) = World::with_esme(Settings::default()).await;
    let second = [[5, 0, 3, 9, 2, 2].as_slice(), &ucs2("мир")].concat();
    let first = [[5, 0, 3, 9, 2, 1].as_slice(), &ucs2("Салом, ")].concat();
    for part in [second, first] {
        let number = esme.submit("998901234567", 0x40, 8, &part, &[]).await;
        assert_eq!(esme.submitted(number).await, 0);
    }
    let inbox = world.smsc.inbox(&gulnora());
    assert_eq!(inbox.len(), 1);
    assert_eq!((inbox[0].text.as_str(), inbox[0].parts.len()), ("Салом, мир", 2));
    assert_eq!(inbox[0].parts[0].units, 7);
    let sar = |at: u8| [(0x020C_u16, vec![0, 5]), (0x020E, vec![2]), (0x020F, vec![at])];
    for (at, text) in [(1, "a@"), (2, "b")] {
        let tlvs = sar(at);
        let tlvs: Vec<(u16, &[u8])> = tlvs.iter().map(|(tag, value)| (*tag, value.as_slice())).collect();
        let octets: Vec<u8> = text.bytes().map(|b| if b == b'@' { 0 } else { b }).collect();
        let number = esme.submit("998901234567", 0, 0, &octets, &tlvs).await;
        assert_eq!(esme.submitted(number).await, 0);
    }
    assert_eq!(world.smsc.inbox(&gulnora())[1].text, "a@b");
}

#[tokio::test]
async fn only_who_knows_the_password_binds_and_a_receiver_cannot_submit() {
    let world = World::new(Settings::default()).await;
    assert_eq!(Esme::connect(world.address).await.bind(9, "kopir", "wrong").await, 0x0E);
    assert_eq!(Esme::connect(world.address).await.bind(2, "other", "secret08").await, 0x0F);
    let mut receiver = Esme::connect(world.address).await;
    assert_eq!(receiver.bind(1, "kopir", "secret08").await, 0);
    let number = receiver.submit("998901234567", 0, 0, b"x", &[]).await;
    assert_eq!(receiver.submitted(number).await, 0x04);
    let mut sender = Esme::connect(world.address).await;
    assert_eq!(sender.bind(2, "kopir", "secret08").await, 0);
    let _parts = world.smsc.text(&gulnora(), "1414", "JOB");
    assert_eq!(receiver.delivered().await.text, b"JOB", "through the receiver, not the transmitter");
}

#[tokio::test]
async fn links_are_enquired_and_unbound_from_both_ends() {
    let settings = Settings { enquire_every: Duration::from_millis(100), ..Settings::default() };
    let (world, mut esme) = World::with_esme(settings).await;
    let number = esme.send(0x15, &[]).await;
    let answer = esme.next().await;
    assert_eq!((answer.id, answer.number), (0x8000_0015, number));
    let enquiry = esme.next().await;
    assert_eq!(enquiry.id, 0x15);
    esme.write(0x8000_0015, 0, enquiry.number, &[]).await;
    world.smsc.unbind();
    loop {
        let pdu = esme.next().await;
        if pdu.id == 6 {
            esme.write(0x8000_0006, 0, pdu.number, &[]).await;
            break;
        }
    }
    assert_eq!(esme.read().await, None);
    let mut second = Esme::bound(world.address).await;
    second.send(6, &[]).await;
    assert_eq!(second.next().await.id, 0x8000_0006);
    assert_eq!(second.read().await, None);
}

#[tokio::test]
async fn a_watcher_sees_the_octets_but_no_password() {
    let world = World::new(Settings::default()).await;
    let mut trace = world.smsc.trace();
    let mut esme = Esme::bound(world.address).await;
    let _dialogue = world.smsc.dial(&gulnora(), "*100#");
    esme.delivered().await;
    let mut lines = Vec::new();
    for _ in 0..4 {
        let seen = trace.recv().await.unwrap();
        assert!(!seen.hex.contains(&hex::encode("secret08")) && !seen.line.contains("secret08"));
        lines.push(seen.line.clone());
    }
    assert!(lines[0].starts_with("bind_transceiver seq=1"), "{lines:?}");
    let dialled = &lines[2];
    assert!(
        dialled.contains("ussd_service_op=1 (PSSR indication)") && dialled.contains("\"*100#\""),
        "{dialled}"
    );
    assert!(lines[3].starts_with("deliver_sm_resp"));
}

#[tokio::test]
async fn it_stops_in_order() {
    let tasks = Tasks::new();
    let smsc = Smsc::start(Settings::default(), &tasks).await.unwrap();
    let mut esme = Esme::bound(smsc.address).await;
    tasks.stop();
    let unbind = esme.next().await;
    assert_eq!(unbind.id, 6);
    esme.write(0x8000_0006, 0, unbind.number, &[]).await;
    assert!(tasks.drained(Duration::from_secs(5)).await);
}
