//! The store goes away and comes back: letters stay with the network, dialogues get a polite word, nothing is lost.

use crate::rig::{CODE, Kept, Rig, SHORT, Wish, page, phone, until};
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::event::Direction;
use kopir::simulator::smsc::ledger::Fate;
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
