//! The SMSC is away for a day while rows pile up: nothing is dropped before its time, and replies leave first when it is back.
//!
//! The gateway runs by a clock that the test moves, so the day takes seconds; store, keeper, courier and link are the real
//! ones. It comes back on a weekday at ten in Almaty, when reminders and alerts may be sent too.

use super::wish;
use crate::rig::{Kept, LIMIT, Wish, World, phone};
use kopir::adapters::store::Store;
use kopir::app::App;
use kopir::clock::Clock;
use kopir::config::Config;
use kopir::domain::delivery::{Lane, Proof, Purpose, Row, RowState};
use kopir::domain::envelope::StepKey;
use kopir::domain::person::PersonKeys;
use kopir::domain::time::Timestamp;
use kopir::metrics::Metrics;
use kopir::ports::Outbox;
use kopir::tasks::Tasks;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// 2026-11-24 10:00 in Almaty, a Tuesday.
const MORNING: Timestamp = Timestamp(1_795_496_400_000);
const HOURS: u32 = 24;
const HOUR: Duration = Duration::from_secs(3_600);
/// Rows written at once.
const WRITERS: u32 = 32;

fn rows_max(kept: Kept) -> u32 {
    match kept {
        _ if std::env::var("KOPIR_LONG").is_ok_and(|long| long == "1") => 100_000,
        // What a build without optimisation works off in half a minute.
        Kept::Embedded => 4_000,
        // Each is written by an exchange of its own.
        Kept::Redis => 2_000,
    }
}

/// What has expired is still known at the end; and Redis may find that our clock is not its own.
fn config(world: &World) -> Config {
    let mut config = world.config();
    (config.store.rows_kept_secs, config.store.accept_unsafe) = (604_800, true);
    config
}

/// Of ten rows: a reply that is worth two hours, one that is worth a day, two requested, three reminders, three alerts.
fn purpose(n: u32) -> (Purpose, Duration) {
    match n % 10 {
        0 => (Purpose::Reply, HOUR * 2),
        1 => (Purpose::Reply, HOUR * 25),
        2..=3 => (Purpose::Requested, HOUR * 72),
        4..=6 => (Purpose::Reminder, HOUR * 72),
        _ => (Purpose::Alert, HOUR * 72),
    }
}

/// Owed to the `n`th phone since `created`.
fn row(persons: &PersonKeys, n: u32, created: Timestamp) -> Row {
    let to = phone(n);
    let (purpose, lasts) = purpose(n);
    let id = StepKey::of(&[b"day", &n.to_be_bytes()]);
    Row {
        id,
        person: persons.person(&to),
        to,
        from: "5522".into(),
        link: "net".into(),
        text: format!("{n}"),
        purpose,
        proof: Proof { by: id, at: created, ..Proof::default() },
        campaign: None,
        jobs: Vec::new(),
        created,
        earliest: created,
        latest: created.plus(lasts),
        state: RowState::Queued { at: created, attempt: 0 },
        maybe_dup: false,
        trail: Vec::new(),
    }
}

/// Writes the rows of an hour as other parts of the gateway do.
async fn hand_over(outbox: &Arc<dyn Outbox>, rows: Vec<Row>) {
    let mut writers = JoinSet::new();
    for chunk in rows.chunks(rows.len().div_ceil(usize::try_from(WRITERS).unwrap()).max(1)) {
        let (outbox, chunk) = (outbox.clone(), chunk.to_vec());
        writers.spawn(async move {
            // A busy disk: each is written once however often it is handed over.
            while let Err(error) = outbox.hand_over(&chunk).await {
                assert!(error.retryable(), "{error}");
            }
        });
    }
    while let Some(written) = writers.join_next().await {
        written.unwrap();
    }
}

/// A day in steps of five minutes; the keeper and the courier look at the outbox all the while.
async fn pass_a_day(app: &App, clock: &Clock, rows: u32) {
    let parts = app.gateway.parts();
    for hour in 0..HOURS {
        let of_hour = (0..rows).filter(|n| n * HOURS / rows == hour);
        hand_over(&parts.outbox, of_hour.map(|n| row(&parts.persons, n, clock.now())).collect()).await;
        for _ in 0..12 {
            clock.advance(HOUR / 12);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Time goes on as outside until nothing is owed any more; how long that took. However slow the machine, it never stands still.
async fn drain(app: &App, clock: &Clock) -> Duration {
    let started = Instant::now();
    let outbox = &app.gateway.parts().outbox;
    let (mut least, mut went_on, mut told) = (u64::MAX, started, started);
    loop {
        let mut owed = 0;
        for lane in Lane::ALL {
            let more = match outbox.depth(lane).await {
                Ok(depth) => depth.owed,
                // A busy disk: nothing is known of the lane, so it is not empty.
                Err(error) if error.retryable() => least,
                Err(error) => panic!("{error}"),
            };
            owed = more.saturating_add(owed);
        }
        if owed == 0 {
            return started.elapsed();
        }
        if owed < least {
            (least, went_on) = (owed, Instant::now());
        }
        assert!(went_on.elapsed() < LIMIT, "{owed} rows are still owed");
        tokio::time::sleep(Duration::from_millis(50)).await;
        clock.advance(told.elapsed());
        told = Instant::now();
    }
}

/// How often each row left, and how many of another purpose had left before the last reply.
fn left(world: &World) -> (BTreeMap<u32, usize>, usize) {
    let (mut left, mut others, mut before_last_reply) = (BTreeMap::new(), 0, 0);
    for sent in world.phones.submissions() {
        let n: u32 = sent.to.trim_start_matches("99890").parse().unwrap();
        *left.entry(n).or_insert(0) += 1;
        if purpose(n).0 == Purpose::Reply {
            before_last_reply = others;
        } else {
            others += 1;
        }
    }
    (left, before_last_reply)
}

/// Runs the day; what there is to say of it.
async fn away_for_a_day(kept: Kept) -> String {
    let rows = rows_max(kept);
    let link = "window_pdus = 64\nresponse_timeout_ms = 4000";
    let world = World::new(kept, Wish { link, ..wish() }).await;
    world.phones.go_away();
    let clock = Clock::manual(MORNING);
    let app = App::start_at(config(&world), clock.clone(), Tasks::new(), Tasks::new()).await.unwrap();
    pass_a_day(&app, &clock, rows).await;
    assert_eq!(world.phones.sums().submissions, 0);
    let evening = clock.now();
    world.phones.come_back();
    let took = drain(&app, &clock).await;
    let persons = app.gateway.parts().persons.clone();
    assert!(app.stop().await, "everything ends by itself");
    let (left, before_last_reply) = left(&world);
    let config = config(&world);
    let store = Store::open(&config.store, &config.store.keys().unwrap(), &Metrics::default()).await.unwrap();
    let (mut sent, mut expired) = (0, 0);
    for n in 0..rows {
        let row = store.outbox.list(persons.person(&phone(n)), 2).await.unwrap().remove(0);
        match row.state {
            RowState::Accepted { .. } | RowState::Delivered { .. } => sent += 1,
            RowState::Expired { at } => {
                assert!(at > row.latest, "{kept:?}: row {n} was dropped before its time");
                expired += 1;
            }
            RowState::Queued { .. }
            | RowState::Sending { .. }
            | RowState::Failed { .. }
            | RowState::Cancelled { .. } => {
                panic!("{kept:?}: row {n} is {:?}", row.state)
            }
        }
        let is_sent = !matches!(row.state, RowState::Expired { .. });
        assert_eq!(left.get(&n).copied().unwrap_or(0), usize::from(is_sent), "{kept:?}: row {n}");
        assert!(is_sent || row.latest < clock.now(), "{kept:?}: row {n} was still worth sending");
        assert!(!is_sent || row.latest >= evening, "{kept:?}: row {n} was sent too late");
        assert!(!row.maybe_dup, "{kept:?}: row {n}");
    }
    let said = format!(
        "{kept:?}: away for a day with {rows} rows, back and empty in {took:.1?}: {sent} sent once, {expired} expired, \
         {before_last_reply} others before the last reply"
    );
    let others = usize::try_from(rows / 10 * 8).unwrap();
    assert!(
        before_last_reply * 2 < others,
        "{kept:?}: replies waited behind {before_last_reply} of {others}"
    );
    world.end().await;
    said
}

#[tokio::test]
async fn after_a_day_without_the_smsc_nothing_is_dropped_before_its_time_and_replies_leave_first() {
    println!("{}", away_for_a_day(Kept::Embedded).await);
}

#[tokio::test]
async fn after_a_day_without_the_smsc_the_same_holds_on_redis() {
    println!("{}", away_for_a_day(Kept::Redis).await);
}
