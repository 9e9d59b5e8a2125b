//! A delivery that comes again gets the same bytes and acts once, by each rule by which a copy is known.

use crate::rig::{BOTH, Kept, LAST4, NUMBER, Rig, SHORT, Wish, at_root, key_of, page, phone, until};
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::faults::{Faults, Rate};
use std::time::Duration;

#[tokio::test]
async fn the_same_sequence_number_and_bytes_are_one_letter() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        rig.world.phones.set_faults(Faults { duplicate: Rate::Every(1), ..Faults::default() });
        rig.world.phones.text(&phone(1), SHORT, "KUN 0311");
        rig.world.phones.text(&phone(1), SHORT, "1");
        rig.world.inbox(&phone(1), 2).await;
        until("both copies are known", || rig.turns("replayed") == 2).await;
        rig.world.phones.set_faults(Faults::default());
        let letters = rig.world.all_letters_after_another(&phone(1), 2).await;
        assert!(letters.len() == 3 && letters[2].contains("112"), "{kept:?} {letters:?}");
        rig.stop().await;
    }
}

#[tokio::test]
async fn the_same_step_of_a_dialogue_under_another_sequence_number_gets_the_same_page() {
    for kept in BOTH {
        let rig =
            Rig::new(kept, Wish { ussd: "overrides = {copy = \"reference\"}", ..Wish::default() }).await;
        let (mut dialogue, root) = at_root(&rig.world, &phone(1)).await;
        rig.world.phones.set_faults(Faults { duplicate_renumbered: Rate::Every(1), ..Faults::default() });
        assert!(rig.world.phones.answer(&phone(1), "1"));
        let (first, second) = (page(&mut dialogue).await, page(&mut dialogue).await);
        assert_eq!(first, second, "{kept:?}");
        assert_ne!(first.text, root.text);
        assert_eq!(rig.turns("replayed"), 1);
        rig.world.phones.set_faults(Faults::default());
        assert!(rig.world.phones.answer(&phone(1), NUMBER));
        assert!(page(&mut dialogue).await.text.contains("Pasportning"), "it stands where one input leads");
        rig.stop().await;
    }
}

#[tokio::test]
async fn equal_bytes_over_a_new_bind_are_a_copy() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        rig.world.phones.set_faults(Faults { again_after_bind: 1, ..Faults::default() });
        let ids = rig.world.phones.text(&phone(1), SHORT, &format!("HOLAT {NUMBER} {LAST4}"));
        rig.world.inbox(&phone(1), 1).await;
        rig.world.acknowledged(ids[0]).await;
        let before = rig.world.phones.sums().binds;
        rig.world.phones.cut();
        until("a new bind", || rig.world.phones.sums().binds > before).await;
        until("the copy is known", || rig.turns("replayed") == 1).await;
        rig.world.phones.set_faults(Faults::default());
        let letters = rig.world.all_letters_after_another(&phone(1), 1).await;
        assert!(letters.len() == 2 && letters[1].contains("112"), "{kept:?} {letters:?}");
        assert_eq!(rig.world.office.calls(), 1, "one effect");
        rig.stop().await;
    }
}

#[tokio::test]
async fn what_comes_again_of_a_person_who_deleted_everything_is_not_acted_on_anew() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        rig.world.phones.set_faults(Faults { again_after_bind: 3, ..Faults::default() });
        rig.world.phones.text(&phone(1), SHORT, "TIL");
        let language = key_of(&rig.world.inbox(&phone(1), 1).await[0], "O'zbek");
        let mut had = 1;
        for (typed, shown) in [
            (language.as_str(), ""),
            ("MALUMOT", "Saqlaymiz:"),
            ("3", "Qaytarib bo'lmaydi"),
            ("1", "Kvitansiya"),
        ] {
            let ids = rig.world.phones.text(&phone(1), SHORT, typed);
            had += 1;
            let letters = rig.world.inbox(&phone(1), had).await;
            assert!(letters[had - 1].contains(shown), "{typed}: {letters:?}");
            rig.world.acknowledged(ids[0]).await;
        }
        let before = rig.world.phones.sums().binds;
        rig.world.phones.cut();
        until("a new bind", || rig.world.phones.sums().binds > before).await;
        until("the copies are known", || rig.turns("replayed") == 3).await;
        rig.world.phones.set_faults(Faults::default());
        let letters = rig.world.all_letters_after_another(&phone(1), had).await;
        assert!(letters.len() == had + 1 && letters[had].contains("112"), "{kept:?} {letters:?}");
        rig.stop().await;
    }
}

#[tokio::test]
async fn who_writes_the_same_once_more_over_the_new_bind_is_heard() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        rig.world.phones.text(&phone(1), SHORT, "KUN 0311");
        rig.world.inbox(&phone(1), 1).await;
        let before = rig.world.phones.sums().binds;
        rig.world.phones.cut();
        until("a new bind", || rig.world.phones.sums().binds > before).await;
        rig.world.phones.text(&phone(1), SHORT, "KUN 0311");
        until("it is taken for a copy", || rig.turns("replayed") == 1).await;
        rig.world.phones.text(&phone(1), SHORT, "KUN 0311");
        assert_eq!(rig.world.inbox(&phone(1), 2).await.len(), 2, "{kept:?}");
        assert_eq!(rig.turns("replayed"), 1);
        rig.stop().await;
    }
}

#[tokio::test]
async fn equal_bytes_after_a_late_response_or_an_unknown_commit_are_a_copy() {
    let smsc = Settings {
        response_timeout: Duration::from_millis(700),
        redeliver_after: Duration::from_millis(300),
        attempts_max: 1_000,
        ..Settings::default()
    };
    let wish = Wish { smsc: Some(smsc), link: "late_after_ms = 300", ..Wish::default() };
    let rig = Rig::new(Kept::Redis, wish).await;
    rig.world.phones.text(&phone(9), SHORT, "SOS");
    rig.world.inbox(&phone(9), 1).await;
    let redis = rig.world.redis.as_ref().unwrap();
    // The server takes the commit and answers long after everybody has given up.
    signal("STOP", redis.pid());
    let ids: Vec<u64> = (1..=8).flat_map(|n| rig.world.phones.text(&phone(n), SHORT, "KUN 0311")).collect();
    until("the network has tried again", || {
        let all = rig.world.phones.deliveries();
        ids.iter().all(|id| all.iter().any(|delivery| delivery.id == *id && delivery.attempts >= 3))
    })
    .await;
    signal("CONT", redis.pid());
    for id in ids {
        rig.world.acknowledged(id).await;
    }
    for n in 1..=8 {
        let letters = rig.world.inbox(&phone(n), 1).await;
        assert!(letters[0].contains("Qaysi davlat pasporti?"), "{letters:?}");
        let letters = rig.world.all_letters_after_another(&phone(n), 1).await;
        assert!(letters.len() == 2 && letters[1].contains("112"), "phone {n}: {letters:?}");
    }
    rig.stop().await;
}

fn signal(name: &str, pid: u32) {
    let told = std::process::Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
    assert!(told.unwrap().success());
}
