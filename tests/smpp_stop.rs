//! How a link ends: what is under way leaves first, nothing new is taken, then it unbinds.
#![expect(clippy::unwrap_used, reason = "a test may end")]

use crate::smpp_world::{DIAL, LIMIT, Peer, World, deliver, letter, link, refused_store, silent};
use kopir::adapters::smpp::TurnFn;
use kopir::adapters::smpp::link::LinkState;
use kopir::adapters::smpp::settings::{LinkSettings, Mode};
use kopir::domain::envelope::Outbound;
use kopir::gateway::Turned;
use kopir::ports::SubmitError;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A world whose turns end, with a page, only when the gate gives a permit each.
async fn gated(change: impl FnOnce(&mut LinkSettings)) -> (World, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let gated = gate.clone();
    let turn: TurnFn = Arc::new(move |_, _| {
        let gate = gated.clone();
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            Ok(Turned { outbound: Some(Outbound::page("1 Iye".to_owned(), false)) })
        })
    });
    (World::with(change, turn, Arc::default()).await, gate)
}

fn is_page(body: &[u8]) -> bool {
    body.windows(5).any(|at| at == b"1 Iye")
}

/// Answers the unbind that is due now and sees the connection closed.
async fn ends(peer: &mut Peer) {
    let unbind = peer.expect(6).await;
    peer.write(0x8000_0006, 0, unbind.sequence, b"").await;
    assert_eq!(peer.next().await, None);
}

#[tokio::test]
async fn a_stop_waits_for_the_turn_under_way_and_its_page_and_takes_nothing_new() {
    let (world, gate) = gated(|_| {}).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 1, &deliver(0, 0, b"*100#", DIAL)).await;
    peer.write(0x15, 0, 2, b"").await;
    assert_eq!(peer.read().await.id, 0x8000_0015);
    world.tasks.stop();
    world.state(|state| *state == LinkState::Unbinding).await;
    assert!(world.smpp.carrier().admit(&link(), 1, kopir::domain::delivery::Lane::Now).is_none());
    peer.write(5, 0, 3, &deliver(0, 0, b"*100#", DIAL)).await;
    let refused = peer.expect(0x8000_0005).await;
    assert_eq!((refused.sequence, refused.status), (3, 0x64));
    gate.add_permits(1);
    let answer = peer.expect(0x8000_0005).await;
    assert_eq!((answer.sequence, answer.status), (1, 0));
    let page = peer.expect(4).await;
    assert!(is_page(&page.body), "{page:?}");
    peer.write(0x8000_0004, 0, page.sequence, b"1\0").await;
    ends(&mut peer).await;
    assert!(world.tasks.drained(LIMIT).await);
    world.state(|state| *state == LinkState::Stopped).await;
    assert_eq!((world.faults("page_dropped"), world.faults("unwritten")), (0, 0));
}

#[tokio::test]
async fn a_stop_waits_for_the_page_of_a_turn_that_waits_for_room_in_the_window() {
    let (world, gate) = gated(|link| link.window_pdus = 1).await;
    let mut peer = world.bound().await;
    for sequence in [1, 2] {
        peer.write(5, 0, sequence, &deliver(0, 0, b"*100#", DIAL)).await;
    }
    gate.add_permits(2);
    let first = peer.expect_among(4, 0x8000_0005).await;
    world.tasks.stop();
    world.state(|state| *state == LinkState::Unbinding).await;
    peer.write(0x8000_0004, 0, first.sequence, b"1\0").await;
    let second = peer.expect_among(4, 0x8000_0005).await;
    assert!(is_page(&second.body), "{second:?}");
    peer.write(0x8000_0004, 0, second.sequence, b"2\0").await;
    ends(&mut peer).await;
}

#[tokio::test]
async fn a_second_page_pushed_while_the_link_ends_goes_out_before_it_unbinds() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 9, &deliver(0, 0, b"*100#", DIAL)).await;
    peer.expect(0x8000_0005).await;
    let inbound = world.heard.lock().unwrap()[0].clone();
    world.tasks.stop();
    world.state(|state| *state == LinkState::Unbinding).await;
    let page = Outbound::page("1 Iye".to_owned(), true);
    let smsc = async {
        let submit = peer.expect(4).await;
        assert!(is_page(&submit.body), "{submit:?}");
        peer.write(0x8000_0004, 0, submit.sequence, b"1\0").await;
        ends(&mut peer).await;
    };
    let link = link();
    let push = world.smpp.push(&link, &inbound.from, &inbound.dialogue, &page);
    assert_eq!(tokio::join!(push, smsc).0, Ok(()));
}

#[tokio::test]
async fn a_second_page_that_never_comes_holds_the_end_only_for_its_time() {
    let world = World::new(|link| link.response_timeout_ms = 300, silent).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 9, &deliver(0, 0, b"*100#", DIAL)).await;
    peer.expect(0x8000_0005).await;
    let inbound = world.heard.lock().unwrap()[0].clone();
    world.tasks.stop();
    ends(&mut peer).await;
    world.state(|state| *state == LinkState::Stopped).await;
    let page = Outbound::page("1 Iye".to_owned(), true);
    let late = world.smpp.push(&link(), &inbound.from, &inbound.dialogue, &page).await;
    assert_eq!(late, Err(SubmitError::Down));
}

#[tokio::test]
async fn a_letter_that_was_admitted_leaves_and_is_recorded_before_the_link_unbinds() {
    let world = World::new(|_| {}, silent).await;
    let mut peer = world.bound().await;
    let carrier = world.smpp.carrier();
    timeout(LIMIT, carrier.ready(kopir::domain::delivery::Lane::Now)).await.unwrap();
    let permit = carrier.admit(&link(), 1, kopir::domain::delivery::Lane::Now).unwrap();
    world.tasks.stop();
    world.state(|state| *state == LinkState::Unbinding).await;
    let text = letter("x");
    let (sent, ()) = tokio::join!(carrier.submit(&permit, &text), async {
        let submit = peer.expect(4).await;
        peer.write(0x8000_0004, 0, submit.sequence, b"17\0").await;
    });
    assert_eq!(sent.unwrap().ids, ["17"]);
    drop(permit);
    ends(&mut peer).await;
}

#[tokio::test]
async fn a_pair_that_stops_brings_the_page_over_the_transmitter_first() {
    let (world, gate) = gated(|link| link.mode = Mode::Pair).await;
    let (one, first) = Peer::accept(&world.listener, 0).await;
    let (two, _) = Peer::accept(&world.listener, 0).await;
    let (mut transmitter, mut receiver) = if first.id == 2 { (one, two) } else { (two, one) };
    world.state(|state| *state == LinkState::Bound).await;
    receiver.write(5, 0, 1, &deliver(0, 0, b"*100#", DIAL)).await;
    receiver.write(0x15, 0, 2, b"").await;
    assert_eq!(receiver.read().await.id, 0x8000_0015);
    world.tasks.stop();
    world.state(|state| *state == LinkState::Unbinding).await;
    gate.add_permits(1);
    assert_eq!(receiver.expect(0x8000_0005).await.status, 0);
    ends(&mut receiver).await;
    let page = transmitter.expect(4).await;
    assert!(is_page(&page.body), "{page:?}");
    transmitter.write(0x8000_0004, 0, page.sequence, b"1\0").await;
    ends(&mut transmitter).await;
}

#[tokio::test]
async fn the_word_of_the_refusal_that_suspends_a_link_leaves_before_it_unbinds() {
    let world = World::new(|link| link.refusals_before_unbind = 1, |_| Err(refused_store())).await;
    let mut peer = world.bound().await;
    peer.write(5, 0, 1, &deliver(0, 0, b"*100#", DIAL)).await;
    assert_eq!(peer.expect(0x8000_0005).await.status, 0);
    assert!(peer.expect(4).await.body.windows(5).any(|at| at == b"Later"));
    ends(&mut peer).await;
    world.bound().await;
}
