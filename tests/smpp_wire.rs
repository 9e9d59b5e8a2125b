//! SMPP links over real TCP against a small SMSC of plain sockets: what the field sends, and what must hold all the same.

use crate::smpp_world::{
    DIAL, Frame, LIMIT, Peer, World, deliver, letter, link, octets, refused_store, silent, towards,
};
use kopir::adapters::smpp::link::LinkState;
use kopir::adapters::smpp::settings::{Carries, LinkSettings, Mode, SmppSettings};
use kopir::adapters::smpp::{TurnFn, start_with};
use kopir::domain::envelope::{Event, Inbound, Outbound};
use kopir::domain::lang::Script;
use kopir::gateway::{Refusal, Refused, Turned};
use kopir::metrics::NameKind;
use kopir::ports::SubmitError;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

#[tokio::test]
async fn every_quirk_is_survived_and_the_healthy_pdu_behind_it_is_answered() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    let quirks: Vec<serde_json::Value> = include_str!("vectors/smpp/smpp_quirks.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(quirks.len(), 23);
    for (sequence, quirk) in (1_000..).zip(&quirks) {
        let bad = hex::decode(quirk["hex"].as_str().unwrap()).unwrap();
        let healthy = octets(5, 0, sequence, &deliver(0, 0, format!("J {sequence}").as_bytes(), b""));
        peer.raw(&[bad, healthy].concat()).await;
        loop {
            let answer = peer.expect(0x8000_0005).await;
            if answer.sequence == sequence {
                assert_eq!(answer.status, 0, "{quirk}");
                break;
            }
            assert_eq!(answer.sequence, 1, "{quirk}");
        }
    }
    let healthy = world
        .heard
        .lock()
        .unwrap()
        .iter()
        .filter(|inbound| matches!(&inbound.event, Event::Text(text) if text.starts_with("J 1")))
        .count();
    assert_eq!((healthy, world.faults("body")), (23, 1));
}

#[tokio::test]
async fn response_and_page_of_a_dialogue_leave_in_one_write() {
    let page = |_: &Inbound| Ok(Turned { outbound: Some(Outbound::page("1 Iye".to_owned(), false)) });
    let world = World::new(|_| {}, page).await;
    let mut trace = world.smpp.trace().unwrap();
    let mut peer = world.bound().await;
    peer.write(5, 0, 9, &deliver(0, 0, b"*100#", DIAL)).await;
    let answer = peer.expect(0x8000_0005).await;
    assert_eq!((answer.status, answer.sequence, answer.body.as_slice()), (0, 9, &b"\0"[..]));
    let submit = peer.expect(4).await;
    let body = b"USSD\0\0\x011414\0\x01\x0177011234567\0\0\0\0\0\0\0\0\0\0\x051 Iye\x05\x01\0\x01\x02\x13\x83\0\x02\x05\x02";
    assert_eq!(submit.body, body);
    let inward = trace.recv().await.unwrap();
    let outward = trace.recv().await.unwrap();
    let both = [octets(0x8000_0005, 0, 9, b"\0"), octets(4, 0, submit.sequence, body)].concat();
    assert_eq!((inward.outward, outward.outward, outward.hex), (false, true, hex::encode(both)));
}

#[tokio::test]
async fn a_slow_turn_keeps_nobody_waiting_and_everybody_is_answered_after_commit() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let (gated, heard) = (gate.clone(), Arc::default());
    let turn: TurnFn = Arc::new(move |inbound, _| {
        let gate = gated.clone();
        Box::pin(async move {
            if inbound.event == Event::Text("slow".to_owned()) {
                drop(gate.acquire().await);
            }
            Ok(Turned { outbound: None })
        })
    });
    let world = World::with(|_| {}, turn, heard).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 1, &deliver(0, 0, b"slow", b"")).await;
    peer.write(5, 0, 2, &deliver(0, 0, b"fast", b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.sequence, 2);
    gate.add_permits(1);
    assert_eq!(peer.expect(0x8000_0005).await.sequence, 1);
}

#[tokio::test]
async fn a_full_house_stops_reading_and_loses_nothing() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let gated = gate.clone();
    let turn: TurnFn = Arc::new(move |_, _| {
        let gate = gated.clone();
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            Ok(Turned { outbound: None })
        })
    });
    let world = World::with(|link| link.turns = 2, turn, Arc::default()).await;
    let mut peer = world.bound().await;
    for sequence in 1..=20 {
        peer.write(5, 0, sequence, &deliver(0, 0, format!("n {sequence}").as_bytes(), b"")).await;
    }
    gate.add_permits(20);
    let mut answered = Vec::new();
    for _ in 1..=20 {
        answered.push(peer.expect(0x8000_0005).await.sequence);
    }
    answered.sort_unstable();
    assert_eq!(answered, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn malformed_and_unknown_requests_are_refused_and_only_a_bad_length_closes() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 21, b"\0\x01\x0177011234567").await;
    let refused = peer.read().await;
    assert_eq!((refused.id, refused.status, refused.sequence), (0x8000_0005, 2, 21));
    peer.write(0x777, 0, 22, b"whatever").await;
    let refused = peer.read().await;
    assert_eq!((refused.id, refused.status, refused.sequence), (0x8000_0000, 3, 22));
    peer.write(4, 0, 23, &deliver(0, 0, b"x", b"")).await;
    let refused = peer.read().await;
    assert_eq!((refused.id, refused.status, refused.sequence), (0x8000_0004, 4, 23));
    peer.raw(&[0, 0, 0, 15, 1, 2, 3, 4]).await;
    assert_eq!(peer.next().await, None);
    assert_eq!(world.faults("length"), 1);
    let _again = world.bound().await;
    world.state(|state| *state == LinkState::Bound).await;
}

#[tokio::test]
async fn letters_leave_within_the_window_and_come_back_with_their_ids() {
    let world = World::new(|link| link.window_pdus = 4, silent).await;
    let mut peer = world.bound().await;
    let carrier = world.smpp.carrier();
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    let mut sent = Vec::new();
    for number in 0..4 {
        let permit = carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).unwrap();
        let carrier = carrier.clone();
        sent.push(tokio::task::JoinSet::new());
        sent.last_mut()
            .unwrap()
            .spawn(async move { carrier.submit(&permit, &letter(&format!("n {number}"))).await });
    }
    assert!(carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).is_none());
    let mut submits = Vec::new();
    for _ in 0..4 {
        submits.push(peer.expect(4).await);
    }
    for submit in submits.iter().rev() {
        let id = [submit.body.last().copied().unwrap(), 0];
        peer.write(0x8000_0004, 0, submit.sequence, &id).await;
    }
    for ((number, mut sent), submit) in sent.into_iter().enumerate().zip(&submits) {
        let taken = sent.join_next().await.unwrap().unwrap().unwrap();
        assert_eq!((taken.ids, taken.sequence), (vec![number.to_string()], Some(submit.sequence)));
    }
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    assert_eq!(carrier.admit(&link(), 3, kopir::domain::delivery::Lane::Now).unwrap().share.num_permits(), 3);
}

#[tokio::test]
async fn a_place_given_back_is_taken_however_many_wait_for_one() {
    let world = World::new(|link| link.window_pdus = 4, silent).await;
    let _peer = world.bound().await;
    let carrier = world.smpp.carrier();
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    let held: Vec<_> =
        (0..4).map(|_| carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).unwrap()).collect();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let carrier = carrier.clone();
        waiting.spawn(async move {
            while carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).is_none() {
                carrier.ready(kopir::domain::delivery::Lane::Now).await;
            }
        });
    }
    // Each of them has tried and waits.
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
    drop(held);
    let all = async { while waiting.join_next().await.is_some() {} };
    timeout(Duration::from_secs(5), all).await.expect("no place goes round among those who wait");
}

#[tokio::test]
async fn refusals_time_outs_and_lost_links_are_told_apart() {
    let world = World::new(|link| link.response_timeout_ms = 300, silent).await;
    let mut peer = world.bound().await;
    let carrier = world.smpp.carrier();
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    let permit = carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).unwrap();
    let text = letter("x");
    let answered = |status: u32, mut peer: Peer| {
        let (carrier, permit, text) = (&carrier, &permit, &text);
        async move {
            let smsc = async {
                let submit = peer.expect(4).await;
                peer.write(0x8000_0004, status, submit.sequence, b"").await;
            };
            let (sent, ()) = tokio::join!(carrier.submit(permit, text), smsc);
            (sent, peer)
        }
    };
    let (sent, back) = answered(0x0B, peer).await;
    assert!(matches!(sent, Err(SubmitError::Never { status: 0x0B, .. })));
    let (sent, back) = answered(0x64, back).await;
    assert_eq!(sent, Err(SubmitError::Later { status: 0x64 }));
    peer = back;
    let late = async {
        let submit = peer.expect(4).await;
        submit.sequence
    };
    let (sent, sequence) = tokio::join!(carrier.submit(&permit, &text), late);
    assert_eq!(sent, Err(SubmitError::Unknown));
    peer.write(0x8000_0004, 0, sequence, b"late\0").await;
    peer.write(5, 0, 77, &deliver(0, 0, b"sync", b"")).await;
    peer.expect(0x8000_0005).await;
    assert_eq!((world.faults("late_response"), world.faults("no_response")), (1, 1));
    let (sent, ()) = tokio::join!(carrier.submit(&permit, &text), async {
        peer.expect(4).await;
        drop(peer);
    });
    assert_eq!(sent, Err(SubmitError::Unknown));
    let _again = world.bound().await;
    world.state(|state| *state == LinkState::Bound).await;
}

#[tokio::test]
async fn a_throttled_link_takes_nothing_for_a_while() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    let carrier = world.smpp.carrier();
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    let permit = carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).unwrap();
    let text = letter("x");
    let (sent, ()) = tokio::join!(carrier.submit(&permit, &text), async {
        let submit = peer.expect(4).await;
        peer.write(0x8000_0004, 0x58, submit.sequence, b"").await;
    });
    assert_eq!(sent, Err(SubmitError::Later { status: 0x58 }));
    assert!(carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).is_none());
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    assert!(carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).is_some());
}

#[tokio::test]
async fn a_refused_bind_is_shown_and_not_hammered() {
    let world = World::new(|_| {}, silent).await;
    let (mut peer, bind) = Peer::accept(&world.listener, 0x0E).await;
    assert_eq!((bind.id, bind.body.as_slice()), (9, &b"kopir\0secret\0\0\x34\0\0\0"[..]));
    world.state(|state| *state == LinkState::Rejected { status: 0x0E }).await;
    assert_eq!(peer.next().await, None);
    assert!(timeout(Duration::from_millis(300), world.listener.accept()).await.is_err());
}

#[tokio::test]
async fn both_ends_ask_whether_the_other_lives() {
    let change = |link: &mut LinkSettings| {
        link.enquire_link_secs = 1;
        link.response_timeout_ms = 300;
    };
    let world = World::new(change, silent).await;
    let mut peer = world.bound().await;
    peer.write(0x15, 0, 5, b"").await;
    assert_eq!(peer.read().await, Frame { id: 0x8000_0015, status: 0, sequence: 5, body: vec![] });
    let asked = peer.read().await;
    assert_eq!(asked.id, 0x15);
    peer.write(0x8000_0015, 0, asked.sequence, b"").await;
    assert_eq!(peer.read().await.id, 0x15);
    assert_eq!(peer.next().await, None, "nobody answered, so the link must be given up");
    world.bound().await;
}

#[tokio::test]
async fn unbind_is_orderly_from_either_end() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    peer.write(6, 0, 31, b"").await;
    assert_eq!(peer.read().await, Frame { id: 0x8000_0006, status: 0, sequence: 31, body: vec![] });
    assert_eq!(peer.next().await, None);
    let mut peer = world.bound().await;
    world.state(|state| *state == LinkState::Bound).await;
    world.tasks.stop();
    let unbind = peer.read().await;
    assert_eq!(unbind.id, 6);
    peer.write(0x8000_0006, 0, unbind.sequence, b"").await;
    assert_eq!(peer.next().await, None);
    assert!(world.tasks.drained(LIMIT).await);
    world.state(|state| *state == LinkState::Stopped).await;
}

#[tokio::test]
async fn a_store_that_refuses_means_later_for_letters_a_word_for_dialogues_and_then_unbind() {
    let world = World::new(|link| link.refusals_before_unbind = 3, |_| Err(refused_store())).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 41, &deliver(0, 0, b"J", b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0x64);
    peer.write(5, 0, 42, &deliver(0, 0, b"*100#", DIAL)).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0);
    let word = peer.expect(4).await;
    assert!(word.body.windows(15).any(|at| at == b"Later\x05\x01\0\x01\x11\x13\x83\0\x02\x05"), "{word:?}");
    peer.write(5, 0, 43, &deliver(0, 0, b"K", b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0x64);
    let unbind = peer.expect(6).await;
    peer.write(5, 0, 44, &deliver(0, 0, b"L", b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0x64);
    peer.write(0x8000_0006, 0, unbind.sequence, b"").await;
    assert_eq!(peer.next().await, None);
    world.bound().await;
    assert_eq!(world.heard.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn parts_are_joined_in_any_order_and_acknowledged_with_the_whole() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    let wide = |number: u8, text: &[u8]| [&[6, 8, 4, 0x12, 0x34, 2, number], text].concat();
    peer.write(5, 0, 52, &deliver(0x40, 8, &wide(2, b"\x04\x17"), b"")).await;
    peer.write(5, 0, 60, &deliver(0, 0, b"meanwhile", b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.sequence, 60);
    peer.write(5, 0, 51, &deliver(0x40, 8, &wide(1, b"\x04\x16"), b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.sequence, 52);
    assert_eq!(peer.expect(0x8000_0005).await.sequence, 51);
    let sar =
        |number: u8| [b"\x02\x0C\0\x02\0\x09\x02\x0E\0\x01\x02\x02\x0F\0\x01".as_slice(), &[number]].concat();
    peer.write(5, 0, 53, &deliver(0, 0, b"ab", &sar(1))).await;
    peer.write(5, 0, 54, &deliver(0, 0, b"cd", &sar(2))).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0);
    let said: Vec<Event> = world.heard.lock().unwrap().iter().map(|inbound| inbound.event.clone()).collect();
    let text = |text: &str| Event::Text(text.to_owned());
    assert_eq!(said, [text("meanwhile"), text("ЖЗ"), text("abcd")]);
}

#[tokio::test]
async fn a_pair_binds_both_ways_and_answers_over_the_right_one() {
    let page = |_: &Inbound| Ok(Turned { outbound: Some(Outbound::page("ok".to_owned(), true)) });
    let world = World::new(|link| link.mode = Mode::Pair, page).await;
    let (one, first) = Peer::accept(&world.listener, 0).await;
    let (two, _) = Peer::accept(&world.listener, 0).await;
    let (mut transmitter, mut receiver) = if first.id == 2 { (one, two) } else { (two, one) };
    world.state(|state| *state == LinkState::Bound).await;
    receiver.write(5, 0, 9, &deliver(0, 0, b"*100#", DIAL)).await;
    assert_eq!(receiver.expect(0x8000_0005).await.sequence, 9);
    assert_eq!(transmitter.expect(4).await.status, 0);
}

#[tokio::test]
async fn a_second_turns_page_goes_where_the_dialogue_waits() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 9, &deliver(0, 0, b"*100#", DIAL)).await;
    peer.expect(0x8000_0005).await;
    let inbound = world.heard.lock().unwrap()[0].clone();
    let page = Outbound::page("ok".to_owned(), true);
    let smsc = async {
        let submit = peer.expect(4).await;
        peer.write(0x8000_0004, 0, submit.sequence, b"1\0").await;
        submit
    };
    let link = link();
    let (pushed, submit) =
        tokio::join!(world.smpp.push(&link, &inbound.from, &inbound.dialogue, &page), smsc);
    assert_eq!(pushed, Ok(()));
    assert!(submit.body.ends_with(b"\x02ok\x05\x01\0\x01\x11\x13\x83\0\x02\x05\x03"), "{submit:?}");
    assert!(submit.body.starts_with(b"USSD\0\0\x011414\0\x01\x0177011234567\0"));
}

#[tokio::test]
async fn equal_octets_are_doubtful_only_after_a_late_response_and_the_bind_is_told() {
    let world = World::new(|link| link.late_after_ms = 0, silent).await;
    let mut peer = world.bound().await;
    for sequence in [1, 2] {
        peer.write(5, 0, sequence, &deliver(0, 0, b"9", b"")).await;
        peer.expect(0x8000_0005).await;
    }
    drop(peer);
    let mut peer = world.bound().await;
    peer.write(5, 0, 1, &deliver(0, 0, b"9", b"")).await;
    peer.expect(0x8000_0005).await;
    let copies: Vec<_> = world.heard.lock().unwrap().iter().map(|inbound| inbound.copy).collect();
    assert_eq!(copies.iter().map(|copy| copy.doubtful).collect::<Vec<_>>(), [false, true, true]);
    assert!(copies.iter().all(|copy| copy.content == copies[0].content));
    assert!(copies[0].step != copies[1].step && copies[0].step != copies[2].step);
    assert!(copies[0].bind == copies[1].bind && copies[0].bind != copies[2].bind);
}

#[tokio::test]
async fn a_bind_the_smsc_still_holds_is_tried_again_soon() {
    let world = World::new(|_| {}, silent).await;
    let (_refused, _) = Peer::accept(&world.listener, 0x05).await;
    let _peer = world.bound().await;
    world.state(|state| *state == LinkState::Bound).await;
}

#[tokio::test]
async fn under_load_both_ways_every_pdu_is_answered_once_and_whole() {
    const EACH: u16 = 4_000;
    let page = |_: &Inbound| Ok(Turned { outbound: Some(Outbound::page("1 Iye".to_owned(), true)) });
    let world = World::new(|link| link.window_pdus = 64, page).await;
    let Peer { stream, .. } = world.bound().await;
    let (mut read, mut write) = stream.into_split();
    let (answers, mut outgoing) = tokio::sync::mpsc::channel::<Vec<u8>>(usize::from(EACH));
    let sending = async {
        for sequence in 1..=u32::from(EACH) {
            write.write_all(&octets(5, 0, sequence, &deliver(0, 0, b"*100#", DIAL))).await.unwrap();
            while let Ok(answer) = outgoing.try_recv() {
                write.write_all(&answer).await.unwrap();
            }
        }
        while let Some(answer) = outgoing.recv().await {
            write.write_all(&answer).await.unwrap();
        }
    };
    let reading = async move {
        let (mut buffer, mut answered, mut pages) = (bytes::BytesMut::new(), vec![], 0);
        while pages < EACH || answered.len() < usize::from(EACH) {
            while let Some(frame) = kopir::adapters::smpp::pdu::cut(&mut buffer).unwrap() {
                let header = kopir::adapters::smpp::pdu::header(&frame).unwrap();
                match header.command_id {
                    0x8000_0005 => answered.push(header.sequence),
                    4 => {
                        pages += 1;
                        answers.send(octets(0x8000_0004, 0, header.sequence, b"1\0")).await.unwrap();
                    }
                    other => panic!("{other:#x}"),
                }
            }
            if pages < EACH || answered.len() < usize::from(EACH) {
                assert!(timeout(LIMIT, read.read_buf(&mut buffer)).await.unwrap().unwrap() > 0);
            }
        }
        drop(answers);
        answered
    };
    let begun = kopir::clock::instant();
    let (mut answered, ()) = tokio::join!(reading, sending);
    println!("{EACH} dialogue steps in {:?}", kopir::clock::instant().duration_since(begun));
    answered.sort_unstable();
    assert_eq!(answered, (1..=u32::from(EACH)).collect::<Vec<_>>());
    assert_eq!((world.faults("unwritten"), world.faults("no_response")), (0, 0));
}

#[tokio::test]
async fn no_letter_ever_leaves_by_a_link_of_dialogues() {
    let world = World::new(|link| link.carries = vec![Carries::Ussd], silent).await;
    let _peer = world.bound().await;
    world.state(|state| *state == LinkState::Bound).await;
    let carrier = world.smpp.carrier();
    assert!(carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).is_none());
    assert!(
        timeout(Duration::from_millis(200), carrier.ready(kopir::domain::delivery::Lane::Now)).await.is_err()
    );
}

#[tokio::test]
async fn a_busy_gateway_throttles_letters_and_closes_dialogues() {
    let busy = |_: &Inbound| {
        let polite = Outbound::page("Later".to_owned(), false);
        Err(Refused { why: Refusal::Busy, polite })
    };
    let world = World::new(|_| {}, busy).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 1, &deliver(0, 0, b"J", b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0x58);
    peer.write(5, 0, 2, &deliver(0, 0, b"*100#", DIAL)).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0);
    assert!(peer.expect(4).await.body.ends_with(b"Later\x05\x01\0\x01\x11\x13\x83\0\x02\x05\x03"));
}

#[tokio::test]
async fn parts_whose_rest_does_not_come_are_refused_for_now_and_known_again_later() {
    let world = World::new(|link| link.join.hold_ms = 200, silent).await;
    let mut peer = world.bound().await;
    let part = |number: u8, text: &[u8]| deliver(0x40, 0, &[&[5, 0, 3, 7, 2, number], text].concat(), b"");
    peer.write(5, 0, 1, &part(1, b"ab")).await;
    let refused = peer.expect(0x8000_0005).await;
    assert_eq!((refused.sequence, refused.status), (1, 0x64));
    peer.write(5, 0, 2, &part(2, b"cd")).await;
    let taken = peer.expect(0x8000_0005).await;
    assert_eq!((taken.sequence, taken.status), (2, 0));
    peer.write(5, 0, 3, &part(1, b"ab")).await;
    let known = peer.expect(0x8000_0005).await;
    assert_eq!((known.sequence, known.status), (3, 0));
    let heard = world.heard.lock().unwrap();
    assert_eq!((heard.len(), &heard[0].event), (1, &Event::Text("abcd".to_owned())));
}

#[tokio::test]
async fn a_long_letter_of_which_a_part_was_taken_may_be_there_whatever_its_next_part_meets() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    let carrier = world.smpp.carrier();
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    let permit = carrier.admit(&link(), 2, kopir::domain::delivery::Lane::Now).unwrap();
    let text = letter(&"x".repeat(200));
    for status in [0x0B, 0x64, 0x58] {
        let (sent, ()) = tokio::join!(carrier.submit(&permit, &text), async {
            for status in [0, status] {
                let submit = peer.expect(4).await;
                peer.write(0x8000_0004, status, submit.sequence, b"1\0").await;
            }
        });
        let ids = vec!["1".to_owned(), String::new()];
        assert_eq!(sent, Err(SubmitError::Partly { ids }), "{status:#x}");
    }
}

#[tokio::test]
async fn a_letter_that_leaves_by_another_link_comes_from_that_links_number() {
    let first = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (short, preferred, from) in [("7373", false, "7373"), ("", false, "1414"), ("7373", true, "1414")] {
        let second = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut other = towards(&second);
        other.sms.short = short.to_owned();
        let links = [("kcell".to_owned(), towards(&first)), ("beeline".to_owned(), other)].into();
        let (tasks, turn) = (kopir::tasks::Tasks::new(), nobody());
        let clock = kopir::clock::Clock::System;
        let smpp = start_with(
            &SmppSettings { links },
            turn,
            &tasks,
            clock,
            kopir::metrics::Metrics::default(),
            None,
        );
        let (mut peer, _) = Peer::accept(&second, 0).await;
        let carrier = smpp.carrier();
        timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
        let prefer = if preferred { "beeline".into() } else { link() };
        let permit = carrier.admit(&prefer, 1, kopir::domain::delivery::Lane::Now).unwrap();
        assert_eq!((&*permit.link, permit.preferred), ("beeline", preferred));
        let text = letter("x");
        let (sent, ()) = tokio::join!(carrier.submit(&permit, &text), async {
            let submit = peer.expect(4).await;
            let source = [b"\0\x03\0".as_slice(), from.as_bytes(), b"\0"].concat();
            assert!(submit.body.starts_with(&source), "{submit:?}");
            peer.write(0x8000_0004, 0, submit.sequence, b"1\0").await;
        });
        assert_eq!(sent.unwrap().ids, ["1"]);
    }
}

fn nobody() -> TurnFn {
    Arc::new(|_, _| Box::pin(async { Ok(Turned { outbound: None }) }))
}

#[tokio::test]
async fn a_typed_answer_is_no_wish_for_latin_letters_but_a_letter_is() {
    const ANSWER: &[u8] = b"\x05\x01\0\x01\x12\x13\x83\0\x02\x05\x02";
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    let zhumys = "Жұмыс".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    let messages: [(u8, &[u8], &[u8]); 4] =
        [(0, b"ish 2", ANSWER), (8, &zhumys, ANSWER), (0, b"ish 2", b""), (8, &zhumys, b"")];
    for (sequence, (coding, text, tlvs)) in (1..).zip(messages) {
        peer.write(5, 0, sequence, &deliver(0, coding, text, tlvs)).await;
        peer.expect(0x8000_0005).await;
    }
    let scripts: Vec<_> = world.heard.lock().unwrap().iter().map(|inbound| inbound.script).collect();
    assert_eq!(scripts, [None, Some(Script::Native), Some(Script::Latin), Some(Script::Native)]);
}

#[tokio::test]
async fn pdus_are_counted_by_direction_and_what_is_odd_of_them_apart() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 1, &deliver(4, 0, b"id:1 stat:DELIVRD", b"")).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0);
    peer.write(0x102, 0, 2, b"\x01\x0177011234567\0\x01\x01kopir\0").await;
    peer.write(0x15, 0, 3, b"").await;
    peer.expect(0x8000_0015).await;
    let pdus = |kind| world.metrics.pdus.get_or_create(&NameKind { name: "kcell".to_owned(), kind }).get();
    assert_eq!(["in", "out", "receipt", "unasked"].map(pdus), [3, 2, 0, 0]);
    assert_eq!(world.faults("unasked"), 1, "a receipt is not odd: it is taken");
}
