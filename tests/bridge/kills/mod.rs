//! The program killed under load, at random and at named places, and stopped in order: nothing acknowledged is lost or acted
//! on twice, and what may be doubled is flagged. `make kill` runs the first test in its long form and prints its table.

mod day;
mod load;
mod restarts;
mod verdict;

use crate::program::Program;
use crate::rig::{Kept, LIMIT, Wish, World};
use kopir::failpoint::Point;
use kopir::simulator::smsc::Settings;
use load::{Load, kills, shuffled};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};
use verdict::{Tally, Verdict};

/// Kills per store in `make test`; all named places are reached over both stores together.
const KILLS_SAMPLED: usize = 15;
/// The link's window: so many letters a kill may double.
const WINDOW: usize = 16;
/// A named place is reached within this, however rare and however busy the machine.
const REACHED_WITHIN: Duration = Duration::from_secs(120);
/// SIGABRT, by which the program ends at a named place.
const ABORTED: i32 = 6;

fn wish() -> Wish {
    let smsc = Settings {
        redeliver_after: Duration::from_millis(200),
        response_timeout: Duration::from_secs(5),
        attempts_max: 100_000,
        // What was acknowledged last comes again after each bind, as some networks have it.
        faults: kopir::simulator::smsc::faults::Faults { again_after_bind: 8, ..Default::default() },
        ..Settings::default()
    };
    Wish {
        smsc: Some(smsc),
        gateway: "row_lease_secs = 8\ncall_lease_secs = 2",
        link: "window_pdus = 16\nresponse_timeout_ms = 4000",
        guard: "timeout_ms = 900\ntry_timeout_ms = 850\nbreaker_failures = 1000\nbreaker_after_secs = 600\n\
                held_max_age_secs = 0",
        ..Wish::default()
    }
}

/// How the program is to end.
#[derive(Clone, Copy, Debug)]
enum Blow {
    /// SIGKILL from outside, once so many more letters are acknowledged.
    Random(u64),
    /// At a place, when it is reached for the so manieth time.
    At(Point, u32),
}

/// Whether a place is on this store's way.
fn is_of(kept: Kept, point: Point) -> bool {
    if matches!(point, Point::FileBeforeCommit | Point::FileAfterCommit) {
        return kept == Kept::Embedded;
    }
    kept == Kept::Redis || !matches!(point, Point::RedisLeased | Point::RedisHalfRecorded)
}

/// How many times a place may be passed before the blow falls there: what each letter passes, often.
fn passed_max(point: Point) -> u32 {
    match point {
        Point::CommitBefore
        | Point::CommitAfter
        | Point::ResponseLeft
        | Point::LetterBefore
        | Point::SubmitLeft
        | Point::SubmitAnswered
        | Point::AcceptedRecorded
        | Point::FileBeforeCommit
        | Point::FileAfterCommit => 60,
        Point::Claimed | Point::BatchHalfSent | Point::RedisLeased | Point::RedisHalfRecorded => 6,
        Point::CallWaits | Point::PromiseAnswered | Point::PromiseHandedOver => 3,
        Point::DueBeforeSettled | Point::DueSettled | Point::Erased | Point::AnsweredAgain => 1,
    }
}

/// A call is made again only after a kill that left one waiting.
fn in_order(blow: Blow) -> Vec<Blow> {
    match blow {
        Blow::At(Point::AnsweredAgain, _) => vec![Blow::At(Point::CallWaits, 1), blow],
        Blow::At(..) | Blow::Random(_) => vec![blow],
    }
}

/// Half at random, half at named places; in a short run each store takes every second of the places that both have.
fn plan(kept: Kept, kills: usize) -> Vec<Blow> {
    let mut points: Vec<Point> = Point::ALL.into_iter().filter(|point| is_of(kept, *point)).collect();
    // Comes before each `AnsweredAgain`.
    points.retain(|point| *point != Point::CallWaits);
    if kills < 2 * points.len() {
        let both = |point: &Point| is_of(Kept::Redis, *point) && is_of(Kept::Embedded, *point);
        let mut at = usize::from(kept == Kept::Redis);
        points.retain(|point| {
            at += usize::from(both(point));
            !both(point) || at % 2 == 0
        });
    }
    let named = (kills / 2).max(points.len()).min(kills);
    let draw = |most: u32| getrandom::u32().unwrap() % most;
    let mut blows: Vec<Blow> =
        shuffled(&points, named).into_iter().map(|at| Blow::At(at, 1 + draw(passed_max(at)))).collect();
    blows.extend((named..kills).map(|_| Blow::Random(u64::from(5 + draw(60)))));
    let mut blows: Vec<Blow> = shuffled(&blows, kills).into_iter().flat_map(in_order).collect();
    while blows.len() > kills
        && let Some(at) = blows.iter().position(|blow| matches!(blow, Blow::Random(_)))
    {
        blows.remove(at);
    }
    blows
}

/// Kills the program as planned under load, then lets everything come to its end and looks.
async fn killed(kept: Kept, kills: usize) -> Tally {
    let world = World::new(kept, wish()).await;
    let mut load = Load::new(&world);
    let (mut random, mut hit, mut missed) = (0, BTreeMap::new(), Vec::new());
    for (n, blow) in (1..).zip(plan(kept, kills)) {
        load.sluggish = matches!(blow, Blow::At(Point::DueBeforeSettled | Point::DueSettled, _));
        match blow {
            Blow::Random(more) => {
                let program = Program::start(&world, "warn").await;
                load.go_on(more).await;
                program.kill();
                random += 1;
            }
            Blow::At(point, count) => {
                let mut program = Program::doomed(&world, "warn", &format!("{}:{count}", point.name()));
                let mut ended = None;
                let reached = load.go_on_until(REACHED_WITHIN, || {
                    ended = program.ended();
                    ended.is_some()
                });
                if !reached.await {
                    // Told at the end, when it is known what became of everything else.
                    missed.push((point, count));
                    program.kill();
                    continue;
                }
                assert_eq!(ended.unwrap().signal(), Some(ABORTED), "{}", Program::logged(&world));
                *hit.entry(point).or_insert(0) += 1;
            }
        }
        progress(kept, n, kills, load.letters());
    }
    let program = Program::start(&world, "warn").await;
    let all = load.come_to_an_end(LIMIT * 2).await;
    if all {
        nothing_is_owed(&world).await;
    }
    assert!(program.stop().await.success(), "{}", Program::logged(&world));
    let verdict = Verdict::of(&world, &load).await;
    world.end().await;
    Tally { kept, random, hit, missed, bound: WINDOW * kills, verdict }
}

/// Waits until the rows that the last process left are taken up again, but not for ever; the figures are first told after their leases.
async fn nothing_is_owed(world: &World) {
    let settled = async {
        loop {
            let told = world.metrics().await;
            // Of some kinds nothing is owed long before the lanes are first told.
            let owed: Vec<&str> =
                told.lines().filter(|line| line.starts_with("kopir_outbox_owed{")).collect();
            let lanes = ["now", "asked", "bulk"].map(|lane| format!("lane=\"{lane}\""));
            let known = lanes.iter().all(|lane| owed.iter().any(|line| line.contains(lane)));
            if known && owed.iter().all(|line| line.ends_with(" 0")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // What is owed all the same, the verdict tells as not settled.
    drop(tokio::time::timeout(LIMIT * 2, settled).await);
}

/// Says how far it is: in place on a terminal, else now and then.
fn progress(kept: Kept, n: usize, kills: usize, letters: u64) {
    let mut to = std::io::stderr();
    let end = if to.is_terminal() { "\r" } else { "\n" };
    if to.is_terminal() || n.is_multiple_of(5) || n == kills {
        write!(to, "{kept:?}: kill {n} of {kills}, {letters} letters {end}").unwrap_or_default();
    }
}

#[tokio::test]
async fn killed_under_load_nothing_is_lost_or_acted_on_twice_and_what_may_be_doubled_is_flagged() {
    let each = kills().unwrap_or(KILLS_SAMPLED);
    let (embedded, redis) = tokio::join!(killed(Kept::Embedded, each), killed(Kept::Redis, each));
    let tallies = [embedded, redis];
    println!("{}", verdict::table(&tallies));
    for tally in &tallies {
        tally.verdict.holds(tally.bound);
        assert!(tally.missed.is_empty(), "{:?}: not reached: {:?}", tally.kept, tally.missed);
    }
    let reached = |point: Point| tallies.iter().any(|tally| tally.hit.contains_key(&point));
    let missed: Vec<Point> = Point::ALL.into_iter().filter(|point| !reached(*point)).collect();
    assert!(missed.is_empty(), "places where nobody was killed, raise KOPIR_KILLS: {missed:?}");
}

#[tokio::test]
async fn stopped_in_order_under_load_it_ends_well_within_its_time_and_nothing_is_lost() {
    let world = World::new(Kept::Embedded, wish()).await;
    let mut load = Load::new(&world);
    for _ in 0..3 {
        let program = Program::start(&world, "warn").await;
        load.go_on(150).await;
        let asked = Instant::now();
        let ended = program.stop().await;
        assert!(ended.success(), "{ended:?} {}", Program::logged(&world));
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    }
    let program = Program::start(&world, "warn").await;
    assert!(
        load.go_on_until(Duration::from_secs(10), || false).await || load.come_to_an_end(LIMIT * 2).await
    );
    assert!(program.stop().await.success());
    let verdict = Verdict::of(&world, &load).await;
    println!("stop: 3 stops, {verdict:?}");
    verdict.holds(0);
    assert_eq!(verdict.sent_twice, 0, "an orderly stop doubles nothing");
    world.end().await;
}
