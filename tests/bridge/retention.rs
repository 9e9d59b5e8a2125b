//! What has had its time goes by the hand of one gateway, however many share the store.

use crate::rig::{Kept, SHORT, Wish, World, free_port, phone};
use kopir::app::App;
use kopir::clock::Clock;
use kopir::domain::delivery::{Proof, Purpose, Row, RowState};
use kopir::domain::envelope::StepKey;
use kopir::domain::time::Timestamp;
use kopir::metrics::NameKind;
use kopir::tasks::Tasks;
use std::time::Duration;

const DAY: i64 = 86_400_000;

async fn gateway(world: &World, clock: &Clock) -> App {
    let mut config = world.config();
    config.admin.listen = free_port();
    // A clock that stands still is seen, and refused otherwise.
    config.store.accept_unsafe = true;
    App::start_at(config, clock.clone(), Tasks::new(), Tasks::new()).await.unwrap()
}

fn removed(app: &App) -> u64 {
    let name = NameKind { name: "retention".to_owned(), kind: "removed" };
    app.gateway.parts().metrics.rows.get_or_create(&name).get()
}

/// Whether this gateway may sweep now; it goes on to the end of the pass then.
async fn sweeps(app: &App) -> bool {
    let mut from = Vec::new();
    loop {
        match app.gateway.sweep_step(&from).await.unwrap() {
            None => return false,
            Some(next) if next.is_empty() => return true,
            Some(next) => from = next,
        }
    }
}

/// A text that was delivered so long ago that it goes.
fn old(app: &App, n: u8) -> Row {
    let parts = app.gateway.parts();
    let past = Timestamp(Clock::System.now().0 - 31 * DAY);
    Row {
        id: StepKey([n; 16]),
        person: parts.persons.person(&phone(1)),
        to: phone(1),
        from: SHORT.to_owned(),
        link: "net".into(),
        text: "Salom".to_owned(),
        purpose: Purpose::Reply,
        proof: Proof::default(),
        campaign: None,
        jobs: Vec::new(),
        created: past,
        earliest: past,
        latest: Clock::System.now().plus(Duration::from_secs(3_600)),
        state: RowState::Delivered { at: past },
        maybe_dup: false,
        trail: Vec::new(),
    }
}

#[tokio::test]
async fn one_gateway_sweeps_at_a_time_and_another_goes_on_when_it_is_gone() {
    let world = World::new(Kept::Redis, Wish::default()).await;
    let one = gateway(&world, &Clock::System).await;
    assert!(sweeps(&one).await);
    // A clock of its own lets the other outlive the lease of the first.
    let clock = Clock::manual(Clock::System.now());
    let two = gateway(&world, &clock).await;
    let outbox = two.gateway.parts().outbox.clone();
    outbox.hand_over(&[old(&two, 1)]).await.unwrap();
    assert!(!sweeps(&two).await, "the first sweeps");
    let person = old(&two, 1).person;
    assert_eq!((removed(&two), outbox.list(person, 9).await.unwrap().len()), (0, 1));
    assert!(sweeps(&one).await);
    assert_eq!((removed(&one), outbox.list(person, 9).await.unwrap().len()), (1, 0));
    assert!(one.stop().await);
    outbox.hand_over(&[old(&two, 2)]).await.unwrap();
    assert!(!sweeps(&two).await, "the first is gone, its lease is not");
    clock.advance(Duration::from_secs(240));
    assert!(sweeps(&two).await, "the other goes on");
    assert_eq!((removed(&two), outbox.list(person, 9).await.unwrap().len()), (1, 0));
    assert!(two.stop().await);
    world.end().await;
}
