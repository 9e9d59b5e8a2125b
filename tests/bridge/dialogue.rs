//! One dialogue from dial to answer, the words by SMS, the language question, and the order of a person's messages.

use crate::rig::{BOTH, CODE, Kept, LAST4, NUMBER, Rig, SHORT, TAIL, Wish, at_last4, key_of, page, phone};

#[tokio::test]
async fn a_dialogue_goes_from_dial_to_a_status_answer_in_uzbek_on_either_store() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        let mut dialogue = at_last4(&rig.world, &phone(1)).await;
        assert!(rig.world.phones.answer(&phone(1), LAST4));
        let answer = page(&mut dialogue).await;
        assert!(answer.text.contains(&format!("{TAIL}: Suhbat belgilandi.")), "{kept:?} {}", answer.text);
        assert!(answer.text.contains("Ma'lumot sanasi: 01.10.2026"), "{}", answer.text);
        assert!(answer.units <= 160 && !answer.ends, "{} units", answer.units);
        assert_eq!(rig.world.office.calls(), 1);
        rig.stop().await;
    }
}

#[tokio::test]
async fn the_first_contact_is_asked_for_the_language_and_a_word_of_one_language_is_not() {
    let rig = Rig::new(Kept::Embedded, Wish::default()).await;
    let mut dialogue = rig.world.phones.dial(&phone(1), CODE);
    let first = page(&mut dialogue).await;
    for endonym in ["Қазақ", "Русск", "O'zbek", "Кыргыз", "Тоҷик", "English"] {
        let latin = ["Qazaq", "Russk", "O'zbek", "Kyrgyz", "Tojik", "English"];
        assert!(
            first.text.contains(endonym) || latin.iter().any(|form| first.text.contains(form)),
            "{endonym}: {}",
            first.text
        );
    }
    assert!(first.units <= 160, "{} units", first.units);
    rig.world.phones.text(&phone(2), SHORT, &format!("HOLAT {NUMBER} {LAST4}"));
    let letters = rig.world.inbox(&phone(2), 1).await;
    assert!(letters[0].contains(&format!("{TAIL}: Suhbat belgilandi.")), "{}", letters[0]);
    rig.stop().await;
}

#[tokio::test]
async fn messages_of_a_person_in_one_read_keep_their_order_on_either_store() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        // Nothing is awaited between them, so they leave the network in one write.
        for n in 1..=8 {
            for text in ["KUN 0311", "1", "2"] {
                rig.world.phones.text(&phone(n), SHORT, text);
            }
        }
        for n in 1..=8 {
            let letters = rig.world.inbox(&phone(n), 3).await;
            let expected = ["Qaysi davlat pasporti?", "yarim yilda ham", "31.01.20"];
            for (letter, expected) in letters.iter().zip(expected) {
                assert!(letter.contains(expected), "{kept:?} {expected}: {letters:?}");
            }
        }
        rig.stop().await;
    }
}

#[tokio::test]
async fn two_honest_equal_inputs_act_twice() {
    let rig = Rig::new(Kept::Embedded, Wish::default()).await;
    for text in ["KUN 0311", "1", "1"] {
        rig.world.phones.text(&phone(1), SHORT, text);
    }
    let letters = rig.world.inbox(&phone(1), 3).await;
    assert!(letters[0] != letters[1] && letters[1] != letters[2], "{letters:?}");
    let (mut dialogue, root) = crate::rig::at_root(&rig.world, &phone(2)).await;
    let mut seen = vec![root.text.clone()];
    let days = key_of(&root.text, "Muddatlar");
    for typed in [days.as_str(), "0311", "1", "1"] {
        assert!(rig.world.phones.answer(&phone(2), typed));
        let screen = page(&mut dialogue).await.text;
        assert!(!seen.contains(&screen), "{typed} acted: {screen}");
        seen.push(screen);
    }
    assert_eq!(rig.turns("replayed"), 0);
    rig.stop().await;
}
