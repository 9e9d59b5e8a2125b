//! Letters come faster than their replies leave: the backlog drains all the while, each reply once.

use crate::program::Program;
use crate::rig::{Kept, SHORT, Wish, World, phone, until};

/// Letters of the load, and how many of them may be unacknowledged at once.
const LETTERS: u32 = 1_000;
const UNACKNOWLEDGED_MAX: u64 = 96;

#[tokio::test]
async fn a_backlog_drains_while_more_comes_and_nothing_is_sent_again() {
    let link = "window_pdus = 16\nresponse_timeout_ms = 5000";
    let world = World::new(Kept::Embedded, Wish { link, ..Wish::default() }).await;
    let program = Program::start(&world, "warn").await;
    for n in 0..LETTERS {
        until("room for a letter", || {
            u64::from(n).saturating_sub(world.phones.sums().acknowledged) < UNACKNOWLEDGED_MAX
        })
        .await;
        world.phones.text(&phone(1_000_000 + n), SHORT, "KUN 0311");
    }
    let under_load = world.phones.sums().submissions;
    println!("{LETTERS} letters, {under_load} replies while they came");
    until("all replies", || world.phones.sums().submissions >= u64::from(LETTERS)).await;
    assert!(under_load >= u64::from(LETTERS) / 10, "replies leave while letters come: {under_load}");
    assert!(program.stop().await.success(), "{}", Program::logged(&world));
    assert_eq!(world.phones.sums().submissions, u64::from(LETTERS), "each reply once");
    world.end().await;
}
