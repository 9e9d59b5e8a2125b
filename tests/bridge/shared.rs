//! What a device that many use shows goes on at a phone over SMPP: dialled there once, or sent there, and nothing of the visit is told.

use crate::rig::{BOTH, Kept, LAST4, NUMBER, Rig, TAIL, Wish, key_of, page, phone, until};
use kopir::app::App;
use kopir::domain::address::{Dialled, Msisdn};
use kopir::domain::envelope::{
    BearerProfile, Copy, Device, Event, Inbound, LinkFacts, Outbound, Reply, StepKey,
};
use kopir::domain::lang::{Lang, Script};
use kopir::domain::text::budget;
use kopir::gateway::carry::How;
use kopir::gateway::ring::Ring;
use kopir::simulator::smsc::Dialogue;
use kopir::simulator::smsc::event::Screen;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The device.
const HALL: &str = "hall-1";

fn profile() -> Arc<BearerProfile> {
    Arc::new(BearerProfile {
        budget: budget::USSD,
        parts_max: 1,
        keeps_open: true,
        reply: Reply::Inline,
        device: Device::Shared,
        grace: Duration::from_secs(10),
        script: Script::Native,
        resume: Duration::from_secs(120),
        facts: LinkFacts { code: "*100#".into(), short: "5522".into(), tariff: String::new() },
    })
}

async fn turn(app: &App, visit: &Msisdn, event: Event) -> Option<Outbound> {
    static STEPS: AtomicU64 = AtomicU64::new(0);
    let step = StepKey::of(&[b"visit", &STEPS.fetch_add(1, Ordering::SeqCst).to_be_bytes()]);
    let inbound = Inbound {
        from: visit.clone(),
        link: HALL.into(),
        to: "100".to_owned(),
        event,
        script: None,
        lang: None,
        dialogue: b"visit".to_vec(),
        copy: Copy { step, content: step, bind: 1, doubtful: false },
        at: app.gateway.parts().clock.now(),
    };
    app.gateway.turn(inbound, &profile()).await.unwrap().outbound
}

/// Begins a visit and walks to the answer.
async fn at_answer(app: &App, n: u64) -> Msisdn {
    let visit = Msisdn::of_visit(n);
    let first = turn(app, &visit, Event::Dial(Dialled::parse("*100#").unwrap())).await.unwrap();
    let uzbek = key_of(&first.text, "O'zbek");
    let mut shown = first;
    for typed in [uzbek.as_str(), "1", NUMBER, LAST4] {
        shown = turn(app, &visit, Event::Text(typed.to_owned())).await.unwrap();
    }
    let screen = shown.screen.unwrap();
    assert!(screen.body.contains(TAIL), "{}", screen.body);
    visit
}

/// Dials what is shown and chooses Uzbek.
async fn take_up(rig: &Rig, from: &Msisdn, code: &str) -> (Dialogue, Screen) {
    let mut dialogue = rig.world.phones.dial(from, &format!("*100*{code}#"));
    let first = page(&mut dialogue).await;
    assert!(rig.world.phones.answer(from, &key_of(&first.text, "O'zbek")), "{}", first.text);
    let shown = page(&mut dialogue).await;
    (dialogue, shown)
}

#[tokio::test]
async fn an_answer_goes_on_at_one_phone_and_another_is_told_that_the_code_is_used() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        let visit = at_answer(&rig.app, 1).await;
        let code = rig.app.gateway.carry(&visit, How::Dialogue).await.unwrap().unwrap();
        let (_dialogue, shown) = take_up(&rig, &phone(1), &code).await;
        assert!(shown.text.contains(&format!("{TAIL}: Suhbat belgilandi.")), "{kept:?} {}", shown.text);
        assert!(!shown.ends && shown.units <= 160);
        assert_eq!(rig.world.office.calls(), 1, "the office is not asked again");
        let (_dialogue, shown) = take_up(&rig, &phone(2), &code).await;
        assert!(shown.ends && shown.text.contains("Bu kod endi ishlamaydi"), "{}", shown.text);
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_letter_is_sent_to_his_own_phone_and_to_no_borrowed_one() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        let visit = at_answer(&rig.app, 1).await;
        let code = rig.app.gateway.carry(&visit, How::Letter).await.unwrap().unwrap();
        let (mut dialogue, shown) = take_up(&rig, &phone(1), &code).await;
        assert!(shown.text.contains("Bu kimning telefoni?") && !shown.text.contains(TAIL), "{}", shown.text);
        assert!(rig.world.phones.answer(&phone(1), "2"));
        assert!(page(&mut dialogue).await.text.contains("Hech narsa yuborilmadi"));
        let (mut dialogue, _) = take_up(&rig, &phone(2), &code).await;
        assert!(rig.world.phones.answer(&phone(2), "1"));
        assert!(page(&mut dialogue).await.ends);
        let letters = rig.world.inbox(&phone(2), 1).await;
        assert!(letters[0].contains(&format!("{TAIL}: Suhbat belgilandi.")), "{letters:?}");
        let theirs = rig.world.all_letters_after_another(&phone(1), 0).await;
        assert!(theirs.len() == 1 && theirs[0].contains("112"), "{theirs:?}");
        rig.stop().await;
    }
}

#[tokio::test]
async fn the_account_of_a_visit_names_the_device_and_figures_count_it() {
    let rig = Rig::new(Kept::Embedded, Wish::default()).await;
    let visit = at_answer(&rig.app, 41_520_377_000_001).await;
    let rung = rig.app.gateway.ring(&visit, &HALL.into(), Lang::Uz).await.unwrap();
    assert!(matches!(rung, Ring::Rung { .. }), "{rung:?}");
    assert_eq!(turn(&rig.app, &visit, Event::Abort).await, None);
    let metrics = rig.world.metrics().await;
    assert!(
        metrics.contains(&format!("kopir_turns_total{{link=\"{HALL}\",outcome=\"shown\"}} 6")),
        "{metrics}"
    );
    let accounts = || {
        let files = std::fs::read_dir(rig.world.folder.path().join("cdr")).into_iter().flatten();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect::<String>()
    };
    until("the account", || accounts().contains(HALL)).await;
    let told = accounts();
    let line = told.lines().find(|line| line.contains(HALL)).unwrap();
    assert!(line.contains("aborted") && line.contains("100"), "{line}");
    for secret in [visit.expose(), NUMBER, LAST4] {
        assert!(!told.contains(secret) && !metrics.contains(secret), "{secret}: {line}");
    }
    rig.stop().await;
}
