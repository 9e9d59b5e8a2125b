//! USSD over HTTP through the real gateway: cumulative input, retried hops, the end callback, a slow office.

use crate::rig::{BOTH, Kept, LAST4, NUMBER, Rig, TAIL, Wish, World, key_of, request, until};
use kopir::simulator::office::{Fault, Faults};

fn wish() -> Wish {
    let more =
        "[ussd_http.routes.at]\ncode = \"*384*1234#\"\nallow_from = [\"127.0.0.1/32\"]\nwait_ms = 1200\n";
    let guard = "timeout_ms = 1200\ntry_timeout_ms = 1100";
    Wish { more: more.to_owned(), guard, ..Wish::default() }
}

async fn hop(world: &World, session: &str, text: &str) -> String {
    let (status, body) = request(world.http, "POST /ussd/at", &form(session, text)).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn form(session: &str, text: &str) -> String {
    // A phone of its own for s3: who has chosen his language a moment ago is not asked again.
    let last = if session == "s3" { "4" } else { "3" };
    format!("sessionId={session}&phoneNumber=%2B99890111223{last}&serviceCode=*384*1234%23&text={text}")
}

/// Walks to the question for the last four digits; the cumulative input up to there.
async fn walk(world: &World, session: &str) -> String {
    let first = hop(world, session, "").await;
    let uzbek = key_of(&first.replace("CON ", ""), "O'zbek");
    assert!(hop(world, session, &uzbek).await.contains("1 Ariza"));
    assert!(hop(world, session, &format!("{uzbek}*1")).await.starts_with("CON Ariza raqami."));
    let asked = format!("{uzbek}*1*{NUMBER}");
    assert!(hop(world, session, &asked).await.contains("Pasportning oxirgi 4 raqami"));
    asked
}

#[tokio::test]
async fn cumulative_input_walks_a_retried_hop_gets_the_same_bytes_and_the_end_is_taken() {
    for kept in BOTH {
        let rig = Rig::new(kept, wish()).await;
        let asked = walk(&rig.world, "s1").await;
        let last = format!("{asked}*{LAST4}");
        let answer = hop(&rig.world, "s1", &last).await;
        assert!(
            answer.starts_with("CON ") && answer.contains(&format!("{TAIL}: Suhbat belgilandi.")),
            "{answer}"
        );
        assert_eq!(hop(&rig.world, "s1", &last).await, answer, "{kept:?}: the same bytes");
        assert_eq!(rig.world.office.calls(), 1, "one effect");
        let end = format!("{}&status=Incomplete", form("s1", &last));
        assert_eq!(request(rig.world.http, "POST /ussd/at/end", &end).await, (200, String::new()));
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_slow_office_is_answered_within_the_request_and_a_hop_retried_meanwhile_gets_the_same() {
    for kept in BOTH {
        let rig = Rig::new(kept, wish()).await;
        let last = format!("{}*{LAST4}", walk(&rig.world, "s1").await);
        rig.world.office.fail(Faults { fault: Some(Fault::Slow), after_ms: 600 });
        let retry = async {
            until("the first waits", || rig.world.office.calls() == 1).await;
            hop(&rig.world, "s1", &last).await
        };
        let (first, second) = tokio::join!(hop(&rig.world, "s1", &last), retry);
        assert!(first.contains(&format!("{TAIL}: Suhbat belgilandi.")), "{kept:?} {first}");
        assert_eq!(first, second);
        assert_eq!(hop(&rig.world, "s1", &last).await, first, "and later too");
        rig.stop().await;
    }
}

#[tokio::test]
async fn an_office_that_never_answers_leaves_no_hop_without_words() {
    let rig = Rig::new(Kept::Embedded, wish()).await;
    let last = format!("{}*{LAST4}", walk(&rig.world, "s1").await);
    rig.world.office.fail(Faults { fault: Some(Fault::Hang), after_ms: 0 });
    // Meanwhile the person dials anew: the held request is answered in words all the same.
    let anew = async {
        until("the first waits", || rig.world.office.calls() >= 1).await;
        hop(&rig.world, "s2", "").await
    };
    let (held, anew) = tokio::join!(hop(&rig.world, "s1", &last), anew);
    assert!(held.starts_with("END ") && held.len() > 8, "{held}");
    assert!(anew.starts_with("CON "), "{anew}");
    let asked = format!("{}*{LAST4}", walk(&rig.world, "s3").await);
    let question = hop(&rig.world, "s3", &asked).await;
    assert!(question.starts_with("CON ") && question.contains("Bu telefon kimniki?"), "{question}");
    rig.stop().await;
}
