//! Letters come faster than their replies leave: the backlog drains all the while, each reply once.

use crate::program::Program;
use crate::rig::{Kept, LIMIT, Rig, SHORT, Wish, World, phone, until};
use kopir::domain::delivery::{Due, DueKind, Lane, Proof, Purpose, ReplyAddress, Row, RowState};
use kopir::domain::envelope::StepKey;
use kopir::domain::session::Session;
use kopir::domain::time::Timestamp;
use kopir::gateway::alerts::look_at;
use kopir::ports::{Commit, Committed};
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::faults::Faults;
use std::time::Duration;

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

/// Replies that waited in the outbox, and letters that come all the while they are sent.
const OLDER: u32 = 200;
const FRESH_UNANSWERED: u64 = 48;
const WINDOW: usize = 16;

fn older(rig: &Rig, n: u32) -> Row {
    let parts = rig.app.gateway.parts();
    let created = Timestamp(parts.clock.now().0 - 60_000);
    Row {
        id: StepKey::of(&[b"older", &n.to_be_bytes()]),
        person: parts.persons.person(&phone(n)),
        to: phone(n),
        from: SHORT.to_owned(),
        link: "net".into(),
        text: format!("older {n}"),
        purpose: Purpose::Reply,
        proof: Proof::default(),
        campaign: None,
        jobs: Vec::new(),
        created,
        earliest: created,
        latest: created.plus(Duration::from_secs(3_600)),
        state: RowState::Queued { at: created, attempt: 0 },
        maybe_dup: false,
        trail: Vec::new(),
    }
}

#[tokio::test]
async fn older_replies_leave_before_those_to_letters_that_keep_coming() {
    let faults = Faults { delay_ms: Some((20, 20)), ..Faults::default() };
    let link = "window_pdus = 16\nresponse_timeout_ms = 5000";
    let smsc = Some(Settings { faults, ..Settings::default() });
    let rig = Rig::new(Kept::Embedded, Wish { link, smsc, ..Wish::default() }).await;
    let phones = &rig.world.phones;
    let write = |n: u32| drop(phones.text(&phone(1_000_000 + n), SHORT, "KUN 0311"));
    let mut letters = 0;
    let mut come = |most: u64| {
        while u64::from(letters).saturating_sub(phones.sums().acknowledged) < most {
            write(letters);
            letters += 1;
        }
    };
    // The window is full of fresh replies, and more wait for it, before the older ones are due.
    come(FRESH_UNANSWERED);
    until("fresh replies leave", || phones.sums().submissions > 16).await;
    let rows: Vec<Row> = (0..OLDER).map(|n| older(&rig, n)).collect();
    rig.app.gateway.parts().outbox.hand_over(&rows).await.unwrap();
    let before = phones.submissions().len();
    let is_older = |to: &str| to < phone(OLDER).expose();
    let all = async {
        while phones.submissions().iter().filter(|sent| is_older(&sent.to)).count() < rows.len() {
            come(FRESH_UNANSWERED);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LIMIT * 3, all).await.expect("all older replies");
    let sent = phones.submissions();
    let last = sent.iter().rposition(|sent| is_older(&sent.to)).unwrap();
    let fresh = sent[before..last].iter().filter(|sent| !is_older(&sent.to)).count();
    println!("{fresh} fresh replies among {OLDER} older ones");
    // Those that waited before the older ones came, and now and then a window between two batches.
    let most = usize::try_from(FRESH_UNANSWERED).unwrap() + WINDOW * 4;
    assert!(fresh <= most, "the older ones waited behind {fresh} fresh ones");
    rig.stop().await;
}

#[tokio::test]
async fn what_is_to_be_done_does_not_wait_behind_letters_that_wait_for_a_network() {
    let rig = Rig::new(Kept::Embedded, Wish::default()).await;
    let parts = rig.app.gateway.parts();
    rig.world.phones.go_away();
    let rows: Vec<Row> = (0..OLDER * 2).map(|n| older(&rig, n)).collect();
    parts.outbox.hand_over(&rows).await.unwrap();
    let now = parts.clock.now();
    let (person, step) = (parts.persons.person(&phone(1)), StepKey::of(&[b"beside"]));
    let reply =
        ReplyAddress { to: phone(1), from: SHORT.to_owned(), link: "net".into(), network: Vec::new() };
    let forget = Due {
        id: step,
        person,
        at: now,
        latest: now.plus(LIMIT),
        attempt: 1,
        what: DueKind::Forget(Vec::new()),
    };
    let commit = Commit {
        person,
        now,
        step,
        expect: 0,
        session: Session::default(),
        session_expires: now.plus(LIMIT),
        profile: None,
        rows: Vec::new(),
        dues: vec![forget, look_at(person, reply, now, false)],
        done: Vec::new(),
        lease_until: now,
        erase: false,
    };
    assert_eq!(parts.sessions.commit(&commit).await.unwrap(), Committed::Done);
    let done = async {
        for lane in [Lane::Work, Lane::Looks] {
            while parts.outbox.depth(lane).await.unwrap().owed > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    // Well below the half lease for which a batch of letters waits.
    tokio::time::timeout(Duration::from_secs(5), done).await.expect("both are done");
    assert_eq!(parts.outbox.depth(Lane::Now).await.unwrap().owed, u64::from(OLDER * 2), "letters wait");
    rig.stop().await;
}
