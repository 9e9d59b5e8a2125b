//! Every fault on demand, and what the ledger says of it afterwards.

use super::esme::{Esme, World, gulnora};
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::faults::{Faults, Rate};
use kopir::simulator::smsc::ledger::Fate;
use std::time::Duration;

fn with(faults: Faults) -> Settings {
    Settings { faults, ..Settings::default() }
}

async fn submit(esme: &mut Esme) -> u32 {
    esme.submit("998901234567", 0, 0, b"x", &[]).await
}

#[tokio::test]
async fn every_third_submission_is_throttled_and_none_of_those_arrives() {
    let (world, mut esme) =
        World::with_esme(with(Faults { throttle: Rate::Every(3), ..Faults::default() })).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let number = submit(&mut esme).await;
        statuses.push(esme.submitted(number).await);
    }
    assert_eq!(statuses, [0, 0, 0x58, 0, 0, 0x58]);
    assert_eq!(world.smsc.inbox(&gulnora()).len(), 4);
    world.smsc.set_faults(Faults { throttle_above_per_s: Some(2), ..Faults::default() });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let number = submit(&mut esme).await;
        statuses.push(esme.submitted(number).await);
    }
    assert!(statuses.contains(&0x58), "{statuses:?}");
}

#[tokio::test]
async fn a_dropped_submission_never_arrives_and_a_lost_response_does_not_undo_it() {
    let (world, mut esme) =
        World::with_esme(with(Faults { drop: Rate::Every(1), ..Faults::default() })).await;
    submit(&mut esme).await;
    esme.send(0x15, &[]).await;
    assert_eq!(esme.next().await.id, 0x8000_0015, "no response came before");
    assert_eq!(world.smsc.inbox(&gulnora()).len(), 0);
    world.smsc.set_faults(Faults { lost_response: Rate::Every(1), ..Faults::default() });
    submit(&mut esme).await;
    esme.send(0x15, &[]).await;
    assert_eq!(esme.next().await.id, 0x8000_0015);
    assert_eq!(world.smsc.inbox(&gulnora()).len(), 1);
    assert_eq!(world.smsc.sums().submissions, 1);
}

#[tokio::test]
async fn responses_overtake_each_other_and_wait() {
    let (_world, mut esme) =
        World::with_esme(with(Faults { reorder: Rate::Every(2), ..Faults::default() })).await;
    let numbers = [submit(&mut esme).await, submit(&mut esme).await, submit(&mut esme).await];
    let mut answered = Vec::new();
    for _ in 0..3 {
        answered.push(esme.next().await.number);
    }
    assert_eq!(answered, [numbers[0], numbers[2], numbers[1]]);
}

#[tokio::test]
async fn deliveries_come_twice_under_one_number_or_two() {
    for (faults, same) in [
        (Faults { duplicate: Rate::Every(1), ..Faults::default() }, true),
        (Faults { duplicate_renumbered: Rate::Every(1), ..Faults::default() }, false),
    ] {
        let (world, mut esme) = World::with_esme(with(faults)).await;
        let _parts = world.smsc.text(&gulnora(), "1414", "9");
        let (first, second) = (esme.next().await, esme.next().await);
        assert_eq!(first.body, second.body);
        assert_eq!(first.number == second.number, same);
        for pdu in [first, second] {
            esme.write(0x8000_0005, 0, pdu.number, &[0]).await;
        }
        esme.send(0x15, &[]).await;
        assert_eq!(esme.next().await.id, 0x8000_0015);
        assert_eq!((world.smsc.sums().acknowledged, world.smsc.sums().unmatched), (1, u64::from(same)));
    }
}

#[tokio::test]
async fn what_is_not_answered_comes_again_with_the_same_octets() {
    let settings = Settings { response_timeout: Duration::from_secs(1), ..Settings::default() };
    let (world, mut esme) = World::with_esme(settings).await;
    let _parts = world.smsc.text(&gulnora(), "1414", "JOB");
    let (first, again) = (esme.next().await, esme.next().await);
    assert_eq!(first.body, again.body);
    assert_ne!(first.number, again.number);
    // Not answered either: the connection goes, and the next bind gets it.
    drop(esme);
    let mut esme = Esme::bound(world.address).await;
    assert_eq!(esme.delivered().await, first.message());
    esme.send(0x15, &[]).await;
    while esme.next().await.id != 0x8000_0015 {}
    let deliveries = world.smsc.deliveries();
    assert_eq!((deliveries.len(), deliveries[0].fate, deliveries[0].attempts), (1, Fate::Acknowledged, 3));
    assert_eq!(world.smsc.sums().redelivered, 2);
}

#[tokio::test]
async fn a_temporary_error_brings_it_back_and_a_permanent_one_does_not() {
    let settings = Settings { redeliver_after: Duration::from_millis(100), ..Settings::default() };
    let (world, mut esme) = World::with_esme(settings).await;
    let _parts = world.smsc.text(&gulnora(), "1414", "JOB");
    let first = esme.next().await;
    esme.write(0x8000_0005, 0x64, first.number, &[0]).await;
    let again = esme.next().await;
    assert_eq!(first.body, again.body);
    esme.write(0x8000_0005, 0x65, again.number, &[0]).await;
    esme.send(0x15, &[]).await;
    assert_eq!(esme.next().await.id, 0x8000_0015);
    assert_eq!(world.smsc.deliveries()[0].fate, Fate::Refused(0x65));
}

#[tokio::test]
async fn a_network_that_restarts_sends_the_last_ones_again() {
    let (world, mut esme) = World::with_esme(with(Faults { again_after_bind: 1, ..Faults::default() })).await;
    let _parts = world.smsc.text(&gulnora(), "1414", "1");
    let _parts = world.smsc.text(&gulnora(), "1414", "2");
    esme.delivered().await;
    let last = esme.delivered().await;
    esme.send(0x15, &[]).await;
    assert_eq!(esme.next().await.id, 0x8000_0015);
    drop(esme);
    let mut esme = Esme::bound(world.address).await;
    assert_eq!(esme.delivered().await, last);
    assert_eq!(world.smsc.sums().acknowledged, 2);
}

#[tokio::test]
async fn connections_are_cut_and_binds_refused() {
    let faults = Faults { disconnect_after_pdus: Some(3), ..Faults::default() };
    let (world, mut esme) = World::with_esme(with(faults)).await;
    let number = submit(&mut esme).await;
    assert_eq!(esme.submitted(number).await, 0);
    submit(&mut esme).await;
    assert_eq!(esme.read().await, None);
    world.smsc.set_faults(Faults { reject_bind: Some(0x0D), ..Faults::default() });
    assert_eq!(Esme::connect(world.address).await.bind(9, "kopir", "secret08").await, 0x0D);
    world.smsc.set_faults(Faults::default());
    let mut esme = Esme::bound(world.address).await;
    world.smsc.cut();
    assert_eq!(esme.read().await, None);
}

#[tokio::test]
async fn a_receipt_comes_after_the_response_or_before_it() {
    for early in [false, true] {
        let (_world, mut esme) =
            World::with_esme(with(Faults { early_receipt: early, ..Faults::default() })).await;
        let mut body = b"\0\0\x001414\0\x01\x01998901234567\0".to_vec();
        body.extend([0, 0, 0, 0, 0, 1, 0, 0, 0, 1, b'x']);
        esme.send(4, &body).await;
        let (first, second) = (esme.next().await, esme.next().await);
        let (receipt, response) = if early { (first, second) } else { (second, first) };
        let (receipt, id) = (receipt.message(), &response.body[..response.body.len() - 1]);
        assert_eq!(
            (receipt.esm_class, receipt.from.as_str(), receipt.to.as_str()),
            (4, "998901234567", "1414")
        );
        assert!(receipt.text.starts_with(&[b"id:", id].concat()));
        assert_eq!(receipt.tlv(0x001E), Some([id, &[0]].concat().as_slice()));
        assert_eq!(receipt.tlv(0x0427), Some([2].as_slice()));
    }
}

#[tokio::test]
async fn a_slow_reader_reads_at_its_pace() {
    let (_world, mut esme) =
        World::with_esme(with(Faults { read_octets_per_s: Some(200), ..Faults::default() })).await;
    // The bind's 33 octets were read; the next is taken about 160 ms later.
    let before = kopir::clock::instant();
    esme.send(0x15, &[]).await;
    assert_eq!(esme.next().await.id, 0x8000_0015);
    assert!(before.elapsed() >= Duration::from_millis(100), "{:?}", before.elapsed());
}

#[tokio::test]
async fn octets_go_out_as_they_are_and_an_unreadable_answer_is_survived() {
    let (world, mut esme) = World::with_esme(Settings::default()).await;
    let quirk = hex::decode("00000014000000050000000000000001deadbeef").unwrap();
    world.smsc.raw(&gulnora(), quirk);
    let pdu = esme.next().await;
    assert_eq!((pdu.id, pdu.body.as_slice()), (5, [0xDE, 0xAD, 0xBE, 0xEF].as_slice()));
    esme.write(0x8000_0000, 3, pdu.number, &[]).await;
    let number = esme.send(4, &[0xFF; 40]).await;
    let reply = esme.next().await;
    assert_eq!((reply.id, reply.number, reply.status), (0x8000_0004, number, 8));
    assert_eq!(world.smsc.sums().unreadable, 1);
    assert_eq!(world.smsc.deliveries()[0].fate, Fate::Refused(3));
}

#[tokio::test]
async fn no_octets_of_an_esme_stop_the_others() {
    let (world, mut healthy) = World::with_esme(Settings::default()).await;
    // A seeded generator (xorshift): the same octets every time.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut octet = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    for _ in 0..20 {
        let mut broken = Esme::bound(world.address).await;
        for _ in 0..100 {
            let id = [1, 2, 4, 9, 0x15, 0x103, 0x8000_0004, 0x8000_0005][usize::from(octet() & 7)];
            let body: Vec<u8> = (0..octet()).map(|_| octet()).collect();
            broken.write(id, 0, 1, &body).await;
        }
        broken.write(0x15, 0, 77, &[]).await;
        loop {
            let pdu = broken.next().await;
            if pdu.id == 0x8000_0015 && pdu.number == 77 {
                break;
            }
        }
    }
    let number = submit(&mut healthy).await;
    assert_eq!(healthy.submitted(number).await, 0);
}
