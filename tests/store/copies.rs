//! A STOP that comes again while the store is ailing, over both stores: the same copy until it is answered, however often it was refused.

use crate::rig::{NOW, Rig, number, parts};
use async_trait::async_trait;
use kopir::app::menus;
use kopir::clock::Clock;
use kopir::domain::delivery::{Claimed, Due, DueId, Lane, Row, RowEvent};
use kopir::domain::envelope::{BearerProfile, Copy, Device, Event, Inbound, LinkFacts, Reply, StepKey};
use kopir::domain::lang::Script;
use kopir::domain::person::Person;
use kopir::domain::text::budget;
use kopir::domain::time::Timestamp;
use kopir::gateway::library::Library;
use kopir::gateway::{Gateway, Parts};
use kopir::ports::{Depth, Outbox, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

both!(own: a_stop_refused_after_its_commit_is_one_stop, a_copy_over_a_new_bind_is_one_until_it_is_answered);

/// The store's own outbox, which lists nothing while it ails.
struct Ailing {
    outbox: Arc<dyn Outbox>,
    ails: AtomicBool,
}

#[async_trait]
impl Outbox for Ailing {
    async fn claim(
        &self,
        lane: Lane,
        now: Timestamp,
        most: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.outbox.claim(lane, now, most, lease).await
    }

    async fn record(&self, events: &[RowEvent], until: Timestamp) -> Result<Vec<Option<Row>>, StoreError> {
        self.outbox.record(events, until).await
    }

    async fn settle_due(&self, person: Person, id: DueId, next: Option<Due>) -> Result<(), StoreError> {
        self.outbox.settle_due(person, id, next).await
    }

    async fn hand_over(&self, rows: &[Row]) -> Result<(), StoreError> {
        self.outbox.hand_over(rows).await
    }

    async fn list(&self, person: Person, most: usize) -> Result<Vec<Row>, StoreError> {
        if self.ails.load(Ordering::SeqCst) {
            return Err(StoreError::Unknown("it ails".to_owned()));
        }
        self.outbox.list(person, most).await
    }

    async fn depth(&self, lane: Lane) -> Result<Depth, StoreError> {
        self.outbox.depth(lane).await
    }
}

struct World {
    rig: Rig,
    gateway: Arc<Gateway>,
    clock: Clock,
    outbox: Arc<Ailing>,
    delivered: AtomicU8,
}

impl World {
    fn new(rig: Rig) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("menus");
        let (bundle, reference) = menus::open(&folder, true).unwrap().1.bundle.unwrap();
        let clock = Clock::manual(NOW);
        let outbox = Arc::new(Ailing { outbox: rig.store().outbox.clone(), ails: AtomicBool::new(false) });
        let gateway = Gateway::new(Parts {
            outbox: outbox.clone(),
            library: Arc::new(Library::new(bundle, reference)),
            ..parts(&rig.keys, rig.store(), &clock)
        });
        Self { rig, gateway, clock, outbox, delivered: AtomicU8::new(0) }
    }

    /// STOP as the network delivers it once more; whether it was acknowledged.
    async fn stop(&self, bind: u64, ails: bool) -> bool {
        self.outbox.ails.store(ails, Ordering::SeqCst);
        let n = self.delivered.fetch_add(1, Ordering::SeqCst);
        let copy = Copy {
            step: StepKey::of(&[b"delivery", &[n]]),
            content: StepKey::of(&[b"STOP"]),
            bind,
            doubtful: false,
        };
        let inbound = Inbound {
            from: number(1),
            link: "kcell".into(),
            to: "5522".to_owned(),
            event: Event::Text("STOP".to_owned()),
            script: None,
            lang: None,
            dialogue: Vec::new(),
            copy,
            at: self.clock.now(),
        };
        let bearer = BearerProfile {
            budget: budget::SMS,
            parts_max: 3,
            keeps_open: false,
            device: Device::Phone,
            reply: Reply::Row,
            grace: Duration::ZERO,
            script: Script::Latin,
            resume: Duration::from_secs(600),
            facts: LinkFacts::default(),
        };
        let taken = self.gateway.turn(inbound, &Arc::new(bearer)).await.is_ok();
        self.clock.advance(Duration::from_secs(1));
        taken
    }

    /// Answers that are owed for it.
    async fn answers(&self) -> usize {
        self.outbox.ails.store(false, Ordering::SeqCst);
        let person = self.rig.keys.person_keys().person(&number(1));
        self.outbox.list(person, 16).await.unwrap().len()
    }
}

async fn a_stop_refused_after_its_commit_is_one_stop(rig: Rig) {
    let world = World::new(rig);
    assert!(!world.stop(1, true).await, "its rows could not be cancelled");
    let first = world.answers().await;
    assert!(first > 0, "it is written all the same");
    for n in 0..3 {
        assert!(!world.stop(1, true).await, "refused again: {n}");
    }
    assert!(world.stop(1, false).await);
    assert_eq!(world.answers().await, first, "acted on once");
}

async fn a_copy_over_a_new_bind_is_one_until_it_is_answered(rig: Rig) {
    let world = World::new(rig);
    assert!(world.stop(1, false).await);
    let first = world.answers().await;
    for n in 0..3 {
        assert!(!world.stop(2, true).await, "a copy that has to be refused: {n}");
    }
    assert!(world.stop(2, false).await);
    assert_eq!(world.answers().await, first, "acted on once");
    assert!(world.stop(2, false).await);
    assert!(world.answers().await > first, "who writes it once more after the answer means it");
}
