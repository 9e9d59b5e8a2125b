//! The store goes away and comes back: letters stay with the network, dialogues get a polite word, nothing is lost.

use crate::receipts::{counted, delivered, owe};
use crate::rig::{CODE, Kept, LAST4, NUMBER, Rig, SHORT, Wish, page, phone, until};
use kopir::domain::delivery::RowState;
use kopir::simulator::office;
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::event::Direction;
use kopir::simulator::smsc::ledger::{Fate, What};
use std::time::Duration;

#[tokio::test]
async fn while_the_store_is_down_letters_wait_in_the_network_and_are_answered_once_when_it_is_back() {
    let smsc = Settings {
        redeliver_after: Duration::from_millis(200),
        attempts_max: 100_000,
        ..Settings::default()
    };
    let wish = Wish { smsc: Some(smsc), link: "refusals_before_unbind = 12", ..Wish::default() };
    let mut rig = Rig::new(Kept::Redis, wish).await;
    rig.world.phones.text(&phone(99), SHORT, "SOS");
    rig.world.inbox(&phone(99), 1).await;
    rig.world.redis.as_mut().unwrap().kill();
    let mut trace = rig.world.phones.trace();
    let mut dialogue = rig.world.phones.dial(&phone(50), CODE);
    let polite = page(&mut dialogue).await;
    assert!(polite.ends && !polite.text.is_empty(), "{}", polite.text);
    let binds = rig.world.phones.sums().binds;
    for n in 1..=20 {
        rig.world.phones.text(&phone(n), SHORT, "KUN 0311");
    }
    // deliver_sm_resp with ESME_RX_T_APPN.
    let refused = tokio::time::timeout(crate::rig::LIMIT, async {
        loop {
            let pdu = trace.recv().await.unwrap();
            if pdu.direction == Direction::In && pdu.hex.get(8..24) == Some("8000000500000064") {
                return;
            }
        }
    });
    refused.await.expect("a temporary error");
    until("the receiver unbinds and comes back", || rig.world.phones.sums().binds > binds).await;
    let none = |fate: fn(&Fate) -> bool| !rig.world.phones.deliveries().iter().any(|d| fate(&d.fate));
    assert!(none(|fate| matches!(fate, Fate::Lost | Fate::Refused(_))));
    rig.world.redis.as_mut().unwrap().restart();
    for n in 1..=20 {
        let letters = rig.world.inbox(&phone(n), 1).await;
        assert!(letters[0].contains("Qaysi davlat pasporti?"), "{letters:?}");
    }
    for n in 1..=20 {
        let letters = rig.world.all_letters_after_another(&phone(n), 1).await;
        assert!(letters.len() == 2 && letters[1].contains("112"), "phone {n}: {letters:?}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_receipt_that_comes_while_the_store_is_down_is_refused_for_now_and_matched_when_it_comes_again() {
    // One at a time: what the network says next waits behind a letter whose office does not answer.
    let smsc = Settings {
        window_pdus: 1,
        redeliver_after: Duration::from_millis(200),
        attempts_max: 100_000,
        ..Settings::default()
    };
    let (gateway, guard) = ("commit_grace_ms = 1000", "timeout_ms = 10000\ntry_timeout_ms = 9000");
    let link = "refusals_before_unbind = 100";
    let wish = Wish { smsc: Some(smsc), gateway, guard, link, ..Wish::default() };
    let mut rig = Rig::new(Kept::Redis, wish).await;
    rig.world.office.fail(office::Faults { fault: Some(office::Fault::Hang), after_ms: 0 });
    rig.world.phones.text(&phone(9), SHORT, &format!("HOLAT {NUMBER} {LAST4}"));
    until("the office is asked", || rig.world.office.calls() == 1).await;
    let row = owe(&rig, 1, "Salom").await;
    let accepted = async {
        loop {
            let rows = rig.app.gateway.parts().outbox.list(row.person, 1).await.unwrap();
            if matches!(rows[0].state, RowState::Accepted { .. }) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(crate::rig::LIMIT, accepted).await.expect("the network takes it");
    let mut trace = rig.world.phones.trace();
    rig.world.redis.as_mut().unwrap().kill();
    let refused = tokio::time::timeout(crate::rig::LIMIT, async {
        let mut number = None;
        loop {
            let pdu = trace.recv().await.unwrap();
            let (head, sequence) = (pdu.hex.get(8..24).unwrap_or_default(), pdu.hex.get(24..32));
            if pdu.direction == Direction::Out && pdu.hex.contains(&hex::encode("stat:DELIVRD")) {
                number = sequence.map(str::to_owned);
            }
            // deliver_sm_resp with ESME_RX_T_APPN.
            if pdu.direction == Direction::In && head == "8000000500000064" && sequence == number.as_deref() {
                return;
            }
        }
    });
    refused.await.expect("a temporary error for the receipt");
    assert_eq!(counted(&rig, "matched"), 0);
    rig.world.redis.as_mut().unwrap().restart();
    delivered(&rig, &row, "after the store came back").await;
    let again = |delivery: &&kopir::simulator::smsc::ledger::Delivery| {
        delivery.what == What::Receipt && delivery.fate == Fate::Acknowledged && delivery.attempts > 1
    };
    until("the repeat is acknowledged", || rig.world.phones.deliveries().iter().filter(again).count() == 1)
        .await;
    assert_eq!((counted(&rig, "matched"), counted(&rig, "orphaned")), (1, 0));
    // The office never answers: a stop need not wait for it.
    let _in_order = rig.app.stop().await;
    rig.world.end().await;
}
