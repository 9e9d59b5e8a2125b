//! A slow office: it holds nobody up, its answer comes by itself, and what was promised comes once.

use crate::rig::{BOTH, Kept, LAST4, NUMBER, Rig, SHORT, TAIL, Wish, at_last4, page, phone, until};
use kopir::domain::delivery::Lane;
use kopir::simulator::office::{Fault, Faults};
use std::time::{Duration, Instant};

fn hang() -> Faults {
    Faults { fault: Some(Fault::Hang), after_ms: 0 }
}

fn slow(after_ms: u64) -> Faults {
    Faults { fault: Some(Fault::Slow), after_ms }
}

/// An office that is given up soon, so that the tests are.
fn wish() -> Wish {
    Wish { guard: "timeout_ms = 1500\ntry_timeout_ms = 1400", ..Wish::default() }
}

#[tokio::test]
async fn a_hanging_office_holds_no_acknowledgement_and_lets_sos_and_stop_through() {
    for kept in BOTH {
        let wish = Wish { guard: "timeout_ms = 10000\ntry_timeout_ms = 9000", ..Wish::default() };
        let rig = Rig::new(kept, wish).await;
        rig.world.office.fail(hang());
        let mut took = Vec::new();
        for n in 1..=5 {
            let asked = Instant::now();
            let ids = rig.world.phones.text(&phone(n), SHORT, &format!("HOLAT {NUMBER} {LAST4}"));
            rig.world.acknowledged(ids[0]).await;
            took.push(asked.elapsed());
        }
        took.sort();
        assert!(took[2] < Duration::from_millis(300), "{kept:?} {took:?}");
        rig.world.phones.text(&phone(1), SHORT, "SOS");
        assert!(rig.world.inbox(&phone(1), 1).await[0].contains("112"));
        rig.world.phones.text(&phone(2), SHORT, "TOXTAT");
        assert!(rig.world.inbox(&phone(2), 1).await[0].contains("Endi yozmaymiz"));
        // The others wait for their answers and are told so.
        rig.world.phones.text(&phone(3), SHORT, "1");
        assert!(!rig.world.inbox(&phone(3), 1).await[0].is_empty());
        assert!(rig.world.letters(&phone(4)).is_empty());
        assert_eq!(rig.turns("waiting"), 5);
        // The office never answers: a stop need not wait for it, the promise of an answer lies in the store.
        let _in_order = rig.app.stop().await;
        rig.world.end().await;
    }
}

#[tokio::test]
async fn a_slow_answer_comes_by_itself_as_a_page_and_as_a_letter() {
    for kept in BOTH {
        let rig = Rig::new(kept, wish()).await;
        let mut dialogue = at_last4(&rig.world, &phone(1)).await;
        rig.world.office.fail(slow(400));
        assert!(rig.world.phones.answer(&phone(1), LAST4));
        rig.world.phones.text(&phone(2), SHORT, &format!("HOLAT {NUMBER} {LAST4}"));
        let answer = page(&mut dialogue).await;
        assert!(answer.text.contains(&format!("{TAIL}: Suhbat belgilandi.")), "{kept:?} {}", answer.text);
        let letters = rig.world.inbox(&phone(2), 1).await;
        assert!(letters[0].contains(&format!("{TAIL}: Suhbat belgilandi.")), "{letters:?}");
        assert_eq!(rig.turns("waiting"), 2);
        let letters = rig.world.all_letters_after_another(&phone(2), 1).await;
        assert_eq!(letters.len(), 2, "{letters:?}");
        rig.stop().await;
    }
}

#[tokio::test]
async fn at_the_time_out_the_dated_last_answer_is_shown() {
    let rig = Rig::new(Kept::Embedded, wish()).await;
    rig.world.phones.text(&phone(1), SHORT, &format!("HOLAT {NUMBER} {LAST4}"));
    rig.world.inbox(&phone(1), 1).await;
    rig.world.office.fail(hang());
    let mut dialogue = at_last4(&rig.world, &phone(1)).await;
    assert!(rig.world.phones.answer(&phone(1), LAST4));
    let answer = page(&mut dialogue).await;
    assert!(answer.text.contains("Bu 01.10.2026 dagi holat, yangisi yo'q"), "{}", answer.text);
    rig.stop().await;
}

#[tokio::test]
async fn without_one_a_letter_is_promised_to_his_own_phone_and_comes_exactly_once() {
    for kept in BOTH {
        let rig = Rig::new(kept, wish()).await;
        let mut dialogue = at_last4(&rig.world, &phone(1)).await;
        rig.world.office.fail(hang());
        assert!(rig.world.phones.answer(&phone(1), LAST4));
        let question = page(&mut dialogue).await;
        assert!(question.text.contains("Bu telefon kimniki?"), "{kept:?} {}", question.text);
        assert!(rig.world.phones.answer(&phone(1), "1"));
        let last = page(&mut dialogue).await;
        assert!(last.ends && last.text.contains("Shu raqamga tafsilotsiz yozamiz"), "{}", last.text);
        let asked = rig.world.office.calls();
        until("the promise is tried", || rig.world.office.calls() > asked).await;
        rig.world.office.fail(Faults::default());
        let letters = rig.world.inbox(&phone(1), 1).await;
        assert!(letters[0].contains("*100#"), "{letters:?}");
        assert!(!letters[0].contains("3847") && !letters[0].contains("Suhbat"), "no outcome: {letters:?}");
        let letters = rig.world.all_letters_after_another(&phone(1), 1).await;
        assert!(letters.len() == 2 && letters[1].contains("112"), "{letters:?}");
        let outbox = rig.app.gateway.parts().outbox.clone();
        let settled = async {
            for lane in [Lane::Work, Lane::Asked, Lane::Now] {
                while outbox.depth(lane).await.unwrap().owed > 0 {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::time::timeout(crate::rig::LIMIT, settled).await.expect("nothing is owed any more");
        rig.stop().await;
    }
}

#[tokio::test]
async fn an_answer_to_a_dialogue_that_was_hung_up_is_shown_to_nobody() {
    let rig = Rig::new(Kept::Embedded, wish()).await;
    drop(at_last4(&rig.world, &phone(1)).await);
    rig.world.office.fail(slow(500));
    let pages = || rig.world.phones.submissions().iter().filter(|sent| sent.ussd_op.is_some()).count();
    let before = pages();
    assert!(rig.world.phones.answer(&phone(1), LAST4));
    until("the office is asked", || rig.world.office.calls() == 1).await;
    until("the turn waits", || rig.turns("waiting") == 1).await;
    assert!(rig.world.phones.hang_up(&phone(1)));
    let refused = rig.world.phones.sums().submissions_refused;
    // The second phone asks later and is answered: the first one's answer has been there by then.
    rig.world.phones.text(&phone(2), SHORT, &format!("HOLAT {NUMBER} {LAST4}"));
    rig.world.inbox(&phone(2), 1).await;
    assert_eq!((pages(), rig.world.phones.sums().submissions_refused), (before, refused));
    rig.stop().await;
}
