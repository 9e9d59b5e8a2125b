//! The desk end to end: a plea survives a kill and stands once; asked, called, closed, written to, and asked after.

use crate::program::Program;
use crate::rig::{BOTH, Rig, SHORT, Wish, World, phone, until};
use kopir::adapters::store::Store;
use kopir::clock::Clock;
use kopir::domain::address::Msisdn;
use kopir::domain::ticket::{DeskText, Outcome, Queue, Refused, TicketChange};
use kopir::gateway::board::{Board, BoardError};
use kopir::metrics::Metrics;
use std::time::Duration;

/// Pleas after each of which the program is killed.
const PLEAS: u32 = 6;

/// What follows the word, with what the answer to it shows: topic, hour, no words, whose phone.
const WALK: [(&str, &str); 4] =
    [("QONGIROQ", "Nima haqida"), ("1", "Qachon"), ("1", "So'zsiz: 1"), ("1", "Bu telefon kimniki?")];

/// Writes letters up to the last question; letters had before are counted.
async fn up_to_the_last(world: &World, from: &Msisdn) -> usize {
    let mut had = world.letters(from).len();
    for (typed, shown) in WALK {
        world.phones.text(from, SHORT, typed);
        had += 1;
        let letters = world.inbox(from, had).await;
        assert!(letters.get(had - 1).is_some_and(|letter| letter.contains(shown)), "{typed}: {letters:?}");
    }
    had
}

/// The receipt number in a letter.
fn number(letter: &str) -> String {
    let mut numbers = letter.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 8);
    numbers.next().unwrap_or_else(|| panic!("no number: {letter}")).to_owned()
}

#[tokio::test]
async fn a_plea_that_was_acknowledged_stands_once_on_the_board_whenever_the_program_is_killed() {
    for kept in BOTH {
        let (gateway, link) = ("row_lease_secs = 10", "response_timeout_ms = 5000");
        let world = World::new(kept, Wish { gateway, link, ..Wish::default() }).await;
        let mut told = Vec::new();
        for n in 0..PLEAS {
            let program = Program::start(&world, "warn").await;
            let from = phone(n);
            let had = up_to_the_last(&world, &from).await;
            let ids = world.phones.text(&from, SHORT, "2");
            world.acknowledged(ids[0]).await;
            // At once, or a little later: before, while and after the plea is carried to the board.
            tokio::time::sleep(Duration::from_millis(u64::from(n) * 30)).await;
            program.kill();
            told.push((from, had));
        }
        let program = Program::start(&world, "warn").await;
        let mut numbers = Vec::new();
        for (from, had) in &told {
            numbers.push(number(&world.inbox(from, had + 1).await[*had]));
        }
        let all = format!("kopir_tickets{{queue=\"call-back\",state=\"open\"}} {PLEAS}");
        let carried = async {
            while !world.metrics().await.contains(&all) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(crate::rig::LIMIT, carried).await.expect("every plea stands on the board");
        assert!(program.stop().await.success(), "{}", Program::logged(&world));

        let config = world.config();
        let keys = config.store.keys().unwrap();
        let store = Store::open(&config.store, &keys, &Metrics::default()).await.unwrap();
        let board = Board::new(store.shared, Clock::System, Metrics::default(), Duration::from_secs(60));
        let mut stand: Vec<String> =
            board.list(Clock::System.now()).await.unwrap().iter().map(|ticket| ticket.no.clone()).collect();
        stand.sort();
        numbers.sort();
        assert_eq!(stand, numbers, "{kept:?}: each once, under the number that was told");
        world.end().await;
    }
}

#[tokio::test]
async fn a_call_is_asked_made_closed_and_written_of_only_to_who_wanted_that() {
    for kept in BOTH {
        // One phone writes more within a minute than the guard against loops would answer.
        let rig = Rig::new(kept, Wish { gateway: "answers_minute_max = 60", ..Wish::default() }).await;
        let (gateway, board) = (rig.app.gateway.clone(), rig.app.gateway.board().clone());
        let now = || gateway.parts().clock.now();
        let from = phone(1);
        let had = up_to_the_last(&rig.world, &from).await;
        rig.world.phones.text(&from, SHORT, "2");
        let letters = rig.world.inbox(&from, had + 1).await;
        let no = number(&letters[had]);
        let mut moves = board.watch();
        moves.wait_for(|moved| *moved > 0).await.unwrap();
        let ticket = board.get(&no).await.unwrap().unwrap();
        assert_eq!((ticket.queue, ticket.topic.as_str()), (Queue::CallBack, "papers"));
        assert_eq!((ticket.number, ticket.sms_wanted, ticket.text), (from.clone(), true, None));

        // The same plea again: the same number, and no second ticket.
        let had = up_to_the_last(&rig.world, &from).await;
        rig.world.phones.text(&from, SHORT, "2");
        let letters = rig.world.inbox(&from, had + 1).await;
        assert_eq!(number(&letters[had]), no, "{letters:?}");
        assert_eq!(board.list(now()).await.unwrap().len(), 1);
        rig.world.phones.text(&from, SHORT, &format!("JAVOB {no}"));
        let letters = rig.world.inbox(&from, had + 2).await;
        assert!(letters[had + 1].contains("Javob kutmoqda"), "{letters:?}");

        for change in [
            TicketChange::Claim,
            TicketChange::Shown,
            TicketChange::Called { reached: true },
            TicketChange::Close(Outcome::Helped),
        ] {
            board.change(&no, "aliya", change, now()).await.unwrap();
        }
        for _ in 0..2 {
            gateway.text(&no, "aliya", DeskText::Called, now()).await.unwrap();
        }
        let sent = &rig.world.inbox(&from, had + 3).await[had + 2];
        assert!(sent.contains("Sizga qo'ng'iroq qildik") && sent.contains("STOP"), "{sent}");
        assert!(!sent.contains("Hujjat") && !sent.contains(&no), "no topic: {sent}");
        rig.world.phones.text(&from, SHORT, &format!("JAVOB {no}"));
        let letters = rig.world.inbox(&from, had + 4).await;
        assert!(letters[had + 3].contains("Biz javob berdik"), "sent once only: {letters:?}");

        // Another, on somebody else's phone, wants no text and gets none.
        let other = phone(2);
        let had = up_to_the_last(&rig.world, &other).await;
        rig.world.phones.text(&other, SHORT, "3");
        let borrowed = number(&rig.world.inbox(&other, had + 1).await[had]);
        let open = || async { board.get(&borrowed).await.unwrap().is_some() };
        while !open().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let refused = gateway.text(&borrowed, "aliya", DeskText::Called, now()).await;
        assert!(matches!(refused, Err(BoardError::Refused(Refused::NotAsked))), "{refused:?}");
        let queued = || gateway.busy() == 0;
        until("nothing is under way", queued).await;
        rig.stop().await;
    }
}
