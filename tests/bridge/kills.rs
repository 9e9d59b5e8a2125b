//! The program killed at random moments under load, and stopped in order: nothing lost, what may be doubled is flagged.

use crate::program::Program;
use crate::rig::{BOTH, Kept, SHORT, Wish, World, phone, until};
use kopir::adapters::store::Store;
use kopir::domain::delivery::{Row, RowState};
use kopir::metrics::Metrics;
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::ledger::Fate;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Letters that may be unanswered at once; the load is as fast as the gateway is.
const UNANSWERED_MAX: usize = 96;
/// The link's window: so many letters a kill may double.
const WINDOW: usize = 16;
/// The first phone of the load.
const FIRST: u32 = 1_000_000;

fn kills() -> usize {
    if std::env::var("KOPIR_LONG").is_ok_and(|long| long == "1") { 200 } else { 10 }
}

fn wish() -> Wish {
    let smsc = Settings {
        redeliver_after: Duration::from_millis(200),
        response_timeout: Duration::from_secs(5),
        attempts_max: 100_000,
        ..Settings::default()
    };
    Wish {
        smsc: Some(smsc),
        gateway: "row_lease_secs = 10",
        link: "window_pdus = 16\nresponse_timeout_ms = 5000",
        ..Wish::default()
    }
}

/// One letter of each of many phones, so that a doubled effect or reply shows.
struct Load<'a> {
    world: &'a World,
    sent: u32,
}

impl Load<'_> {
    /// Keeps as many letters unacknowledged as may be, until so many more are acknowledged; replies may lag behind, so that
    /// a backlog of rows waits too.
    async fn go_on(&mut self, more: u64) {
        let until_n = self.world.phones.sums().acknowledged + more;
        let started = Instant::now();
        while self.world.phones.sums().acknowledged < until_n {
            assert!(started.elapsed() < crate::rig::LIMIT, "the load stands still");
            let answered = usize::try_from(self.world.phones.sums().acknowledged).unwrap();
            while usize::try_from(self.sent).unwrap().saturating_sub(answered) < UNANSWERED_MAX {
                self.world.phones.text(&phone(FIRST + self.sent), SHORT, "KUN 0311");
                self.sent += 1;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Replies by phone.
    fn replies(&self) -> BTreeMap<String, usize> {
        let mut replies = BTreeMap::new();
        for sent in self.world.phones.submissions() {
            *replies.entry(sent.to).or_insert(0) += 1;
        }
        replies
    }

    /// Waits until each phone has its reply, and looks at every letter's fate.
    async fn all_answered(&self) {
        let all = usize::try_from(self.sent).unwrap();
        until("every letter is answered", || self.replies().len() == all).await;
        until("every letter is acknowledged", || {
            self.world.phones.deliveries().iter().all(|delivery| delivery.fate == Fate::Acknowledged)
        })
        .await;
    }
}

/// The rows of each phone of the load, as the store has them.
async fn rows(world: &World, sent: u32) -> Vec<Vec<Row>> {
    let config = world.config();
    let keys = config.store.keys().unwrap();
    let store = Store::open(&config.store, &keys, &Metrics::default()).await.unwrap();
    let persons = keys.person_keys();
    let mut all = Vec::new();
    for n in 0..sent {
        all.push(store.outbox.list(persons.person(&phone(FIRST + n)), 8).await.unwrap());
    }
    all
}

#[tokio::test]
async fn killed_under_load_nothing_is_lost_or_acted_on_twice_and_what_may_be_doubled_is_flagged() {
    for kept in BOTH {
        let kills = kills();
        let world = World::new(kept, wish()).await;
        let mut load = Load { world: &world, sent: 0 };
        for _ in 0..kills {
            let program = Program::start(&world, "warn").await;
            let moment = 5 + getrandom::u32().unwrap() % 60;
            load.go_on(u64::from(moment)).await;
            program.kill();
        }
        let program = Program::start(&world, "warn").await;
        load.all_answered().await;
        // Rows that the last kill left are taken up again; the figure is first told after their leases.
        let settled = async {
            while !world.metrics().await.contains("kopir_outbox_owed{lane=\"now\"} 0") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(crate::rig::LIMIT, settled).await.expect("nothing is owed any more");
        assert!(program.stop().await.success(), "{}", Program::logged(&world));
        let doubled: Vec<String> =
            load.replies().into_iter().filter(|(_, n)| *n > 1).map(|(to, _)| to).collect();
        let rows = rows(&world, load.sent).await;
        let mut flagged = 0;
        for (n, rows) in (0..).zip(&rows) {
            assert_eq!(rows.len(), 1, "{kept:?}: one letter, one reply owed");
            assert!(matches!(rows[0].state, RowState::Accepted { .. }), "{:?}", rows[0].state);
            flagged += usize::from(rows[0].maybe_dup);
            if doubled.iter().any(|to| to == phone(FIRST + n).expose()) {
                assert!(rows[0].maybe_dup, "{kept:?}: doubled and not flagged");
            }
        }
        println!(
            "{kept:?}: {} letters, {kills} kills, 0 lost, {} doubled, {flagged} flagged, window {WINDOW}",
            load.sent,
            doubled.len()
        );
        assert!(
            doubled.len() <= flagged && flagged <= WINDOW * kills,
            "{} doubled, {flagged} flagged",
            doubled.len()
        );
        world.end().await;
    }
}

#[tokio::test]
async fn stopped_in_order_under_load_it_ends_well_within_its_time_and_nothing_is_lost() {
    let world = World::new(Kept::Embedded, wish()).await;
    let mut load = Load { world: &world, sent: 0 };
    for _ in 0..3 {
        let program = Program::start(&world, "warn").await;
        load.go_on(100).await;
        let asked = Instant::now();
        let ended = program.stop().await;
        assert!(ended.success(), "{ended:?} {}", Program::logged(&world));
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    }
    let program = Program::start(&world, "warn").await;
    load.all_answered().await;
    assert!(program.stop().await.success());
    let rows = rows(&world, load.sent).await;
    assert!(rows.iter().all(|rows| rows.len() == 1));
    let doubled = load.replies().values().filter(|n| **n > 1).count();
    let flagged = rows.iter().filter(|rows| rows[0].maybe_dup).count();
    println!("stop: {} letters, 3 stops, 0 lost, {doubled} doubled, {flagged} flagged", load.sent);
    assert_eq!((doubled, flagged), (0, 0), "an orderly stop doubles nothing");
    world.end().await;
}
