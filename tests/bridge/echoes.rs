//! A machine that answers a machine: the gateway stops answering first, and still hears STOP.

use crate::rig::{BOTH, Rig, SHORT, Wish, phone};

#[tokio::test]
async fn the_eleventh_letter_of_a_minute_gets_a_last_word_the_twelfth_nothing_and_stop_is_answered() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish { gateway: "answers_minute_max = 10", ..Wish::default() }).await;
        let from = phone(1);
        for day in 1..=10 {
            rig.world.phones.text(&from, SHORT, &format!("KUN 03{day:02}"));
            let letters = rig.world.inbox(&from, day).await;
            assert!(letters[day - 1].contains("Qaysi davlat pasporti?"), "{kept:?} {letters:?}");
        }
        rig.world.phones.text(&from, SHORT, "KUN 0311");
        let letters = rig.world.inbox(&from, 11).await;
        assert!(letters[10].contains("Xizmat hozir ishlamayapti"), "{kept:?} {letters:?}");
        let twelfth = rig.world.phones.text(&from, SHORT, "KUN 0312");
        rig.world.acknowledged(twelfth[0]).await;
        rig.world.phones.text(&from, SHORT, "STOP");
        let letters = rig.world.inbox(&from, 12).await;
        assert!(letters.len() == 12 && letters[11].contains("Endi yozmaymiz"), "{kept:?} {letters:?}");
        // Another's letters are not counted with his.
        rig.world.phones.text(&phone(2), SHORT, "KUN 0312");
        let other = rig.world.inbox(&phone(2), 1).await;
        assert!(other[0].contains("Qaysi davlat pasporti?"), "{kept:?} {other:?}");
        let letters = rig.world.all_letters_after_another(&from, 12).await;
        assert!(letters.len() == 13 && letters[12].contains("112"), "{kept:?} {letters:?}");
        rig.stop().await;
    }
}
