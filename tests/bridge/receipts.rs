//! Receipts over the wire: whatever their form and order, the row stands as the network says; replies ask for none.

use crate::rig::{BOTH, Kept, LIMIT, Rig, SHORT, Wish, phone, until};
use kopir::domain::delivery::{Mark, Proof, Purpose, Row, RowState, Stage};
use kopir::domain::envelope::StepKey;
use kopir::metrics::NameKind;
use kopir::simulator::smsc::faults::{Faults, IdAs, Rate, ReceiptBy, ReceiptForm};
use std::time::Duration;

/// Owes the `n`th phone a text.
pub(crate) async fn owe(rig: &Rig, n: u32, text: &str) -> Row {
    let parts = rig.app.gateway.parts();
    let now = parts.clock.now();
    let row = Row {
        id: StepKey::of(&[b"owed", &n.to_be_bytes()]),
        person: parts.persons.person(&phone(n)),
        to: phone(n),
        from: SHORT.to_owned(),
        link: "net".into(),
        text: text.to_owned(),
        purpose: Purpose::Requested,
        proof: Proof::default(),
        campaign: None,
        jobs: Vec::new(),
        created: now,
        earliest: now,
        latest: now.plus(Duration::from_secs(600)),
        state: RowState::Queued { at: now, attempt: 0 },
        maybe_dup: false,
        trail: Vec::new(),
    };
    parts.outbox.hand_over(core::slice::from_ref(&row)).await.unwrap();
    row
}

pub(crate) async fn delivered(rig: &Rig, row: &Row, what: &str) {
    for _ in 0..2_000 {
        let rows = rig.app.gateway.parts().outbox.list(row.person, 1).await.unwrap();
        if rows.first().is_some_and(|row| matches!(row.state, RowState::Delivered { .. })) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not delivered");
}

pub(crate) fn counted(rig: &Rig, kind: &'static str) -> u64 {
    let receipts = &rig.app.gateway.parts().metrics.receipts;
    receipts.get_or_create(&NameKind { name: "net".to_owned(), kind }).get()
}

#[tokio::test]
async fn rows_are_delivered_by_receipts_of_every_form() {
    let gateway = "receipt_settle_secs = 1";
    let long = "Жұмыс ".repeat(20);
    for kept in BOTH {
        let rig = Rig::new(kept, Wish { gateway, ..Wish::default() }).await;
        let mut n = 0;
        // Each way of writing has ids of its own: what one calls 12, another must not call 18.
        for (ids_from, response_id, receipt_id) in [
            (1_000_000, IdAs::Padded, IdAs::Padded),
            (2_000_000, IdAs::Padded, IdAs::Decimal),
            (3_000_000, IdAs::Hex, IdAs::Padded),
            (4_000_000, IdAs::Decimal, IdAs::PaddedHex),
        ] {
            for by in [ReceiptBy::Both, ReceiptBy::Text, ReceiptBy::Data] {
                let early_receipt = by != ReceiptBy::Both;
                let receipts = ReceiptForm { by, response_id, receipt_id, ids_from, twice: n % 2 == 0 };
                rig.world.phones.set_faults(Faults { early_receipt, receipts, ..Faults::default() });
                n += 1;
                let row = owe(&rig, n, if by == ReceiptBy::Data { &long } else { "Salom" }).await;
                delivered(&rig, &row, &format!("{kept:?} {receipts:?}, early: {early_receipt}")).await;
            }
        }
        until("all receipts are answered", || rig.world.phones.sums().acknowledged >= u64::from(n)).await;
        assert_eq!((counted(&rig, "orphaned"), counted(&rig, "dropped")), (0, 0), "{kept:?}");
        assert!(counted(&rig, "matched") >= u64::from(n), "{kept:?}");
        rig.stop().await;
    }
}

#[tokio::test]
async fn receipts_of_parts_before_a_refused_one_find_their_text_once_it_is_sent_again() {
    let gateway = "receipt_settle_secs = 1\nrow_lease_secs = 10";
    let link = "response_timeout_ms = 5000";
    for kept in BOTH {
        let rig = Rig::new(kept, Wish { gateway, link, ..Wish::default() }).await;
        rig.world.phones.set_faults(Faults { throttle: Rate::Every(2), ..Faults::default() });
        let row = owe(&rig, 1, &"Жұмыс ".repeat(20)).await;
        until("the second part is refused", || rig.world.phones.sums().submissions_refused == 1).await;
        rig.world.phones.set_faults(Faults::default());
        delivered(&rig, &row, &format!("{kept:?}")).await;
        until("all receipts find it", || counted(&rig, "matched") >= 3).await;
        let parked = async {
            while rig.app.gateway.parts().receipts.parked().await.unwrap() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(LIMIT, parked).await.expect("none waits any more");
        assert_eq!((counted(&rig, "orphaned"), rig.world.phones.sums().submissions), (0, 3), "{kept:?}");
        let rows = rig.app.gateway.parts().outbox.list(row.person, 1).await.unwrap();
        assert!(rows[0].maybe_dup, "the first part went twice");
        let numbered = |mark: &&Mark| matches!(mark.stage, Stage::Numbered(_));
        assert_eq!(rows[0].trail.iter().filter(numbered).count(), 1, "{:?}", rows[0].trail);
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_reply_asks_for_no_receipt() {
    let rig = Rig::new(Kept::Embedded, Wish::default()).await;
    rig.world.phones.text(&phone(1), SHORT, "SOS");
    rig.world.inbox(&phone(1), 1).await;
    assert_eq!(rig.world.phones.sums().deliveries, 1, "the letter alone");
    rig.stop().await;
}
