//! Redis killed and started again from its file, the SMSC crashed and started again, each under load.

use super::load::Load;
use super::verdict::Verdict;
use super::{WINDOW, nothing_is_owed, wish};
use crate::program::Program;
use crate::rig::{BOTH, Kept, LIMIT, World};
use std::time::Duration;

/// Restarts of each.
const RESTARTS: usize = 3;

#[tokio::test]
async fn redis_killed_and_started_from_its_file_under_load_loses_nothing() {
    let mut world = World::new(Kept::Redis, wish()).await;
    let mut redis = world.redis.take().unwrap();
    let program = Program::start(&world, "error").await;
    let mut load = Load::new(&world);
    for _ in 0..RESTARTS {
        load.go_on(400).await;
        redis.kill();
        // Letters come on while nothing can be committed.
        load.go_on_until(Duration::from_millis(700), || false).await;
        redis.restart();
    }
    load.go_on(400).await;
    let verdict = settle(&world, load, program).await;
    println!("Redis, {RESTARTS} restarts: {verdict:?}");
    verdict.holds(WINDOW * RESTARTS);
    world.redis = Some(redis);
    world.end().await;
}

#[tokio::test]
async fn an_smsc_that_crashes_and_comes_back_under_load_loses_nothing() {
    for kept in BOTH {
        let world = World::new(kept, wish()).await;
        let program = Program::start(&world, "error").await;
        let mut load = Load::new(&world);
        for _ in 0..RESTARTS {
            load.go_on(400).await;
            world.phones.go_away();
            load.go_on_until(Duration::from_millis(700), || false).await;
            world.phones.come_back();
        }
        load.go_on(400).await;
        let verdict = settle(&world, load, program).await;
        println!("SMSC over {kept:?}, {RESTARTS} restarts: {verdict:?}");
        verdict.holds(WINDOW * RESTARTS);
        world.end().await;
    }
}

async fn settle(world: &World, mut load: Load<'_>, program: Program) -> Verdict {
    if load.come_to_an_end(LIMIT * 2).await {
        nothing_is_owed(world).await;
    }
    assert!(program.stop().await.success(), "{}", Program::logged(world));
    Verdict::of(world, &load).await
}
