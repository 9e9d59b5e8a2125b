//! Receipts find their rows whatever their order and form, on both stores; what is noted of a person goes with him.

use crate::rig::{NOW, Rig, after, commit, holds, row};
use kopir::adapters::store::Store;
use kopir::clock::Clock;
use kopir::domain::delivery::{FailureClass, Purpose, Row, RowChange, RowEvent, RowState};
use kopir::domain::envelope::StepKey;
use kopir::domain::receipt::{PartOf, Receipt, ReceiptState};
use kopir::gateway::Limits;
use kopir::gateway::receipts::Matcher;
use kopir::metrics::NameKind;
use kopir::ports::{Awaited, Commit, Committed, Parked, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Receipts under way at once in the long proof, as many links would have.
const AT_ONCE: usize = 64;

both!(
    a_note_is_found_until_its_row_is_forgotten,
    a_parked_receipt_is_kept_once_within_a_bound_and_survives_a_crash,
    what_is_noted_of_a_person_goes_with_him,
    a_long_text_is_delivered_when_all_its_parts_are,
    final_states_never_move_back,
    digits_alone_are_crossed_only_when_no_exact_id_came,
    an_orphan_is_counted_when_its_time_is_over,
    shuffled_receipts_are_all_matched,
);

fn part(rig: &Rig, n: u32) -> PartOf {
    PartOf { person: rig.person(n), row: StepKey([7; 16]), part: 0, of: 1, lettered: false }
}

fn parked(key: u8) -> Parked {
    Parked { key: StepKey([key; 16]), receipt: receipt("a", "1", ReceiptState::Delivered), until: after(60) }
}

fn receipt(link: &str, id: &str, state: ReceiptState) -> Receipt {
    Receipt { link: link.into(), id: id.to_owned(), also: None, state, code: "027".to_owned(), at: NOW }
}

struct World {
    matcher: Arc<Matcher>,
    clock: Clock,
}

fn world(rig: &Rig) -> World {
    let clock = Clock::manual(NOW);
    let store = (rig.store().receipts.clone(), rig.store().outbox.clone());
    let limits = Limits { receipts_parked_max: 1_000_000, ..Limits::default() };
    let records = mpsc::channel(16).0;
    let matcher = Arc::new(Matcher::over(store, clock.clone(), rig.metrics.clone(), records, &limits));
    World { matcher, clock }
}

fn counted(rig: &Rig, link: &str, kind: &'static str) -> u64 {
    rig.metrics.receipts.get_or_create(&NameKind { name: link.to_owned(), kind }).get()
}

/// A row that a gateway is sending.
async fn sending(rig: &Rig, n: u32) -> Row {
    let row = Row {
        purpose: Purpose::Requested,
        latest: after(3_600),
        state: RowState::Sending { at: NOW, attempt: 1, gateway: 7, link: "a".into() },
        ..row(rig.person(n), 1)
    };
    rig.store().outbox.hand_over(core::slice::from_ref(&row)).await.unwrap();
    row
}

/// As the courier does: notes the ids, records the row, looks for what came before.
async fn try_respond(
    store: &Store,
    matcher: &Matcher,
    row: &Row,
    link: &str,
    ids: &[&str],
) -> Result<(), StoreError> {
    let message_ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let early = matcher.expect(row, &link.into(), &message_ids).await?;
    let what = RowChange::Accepted { message_ids, sequence: Some(1) };
    let event = RowEvent { person: row.person, id: row.id, at: NOW, what };
    store.outbox.record(&[event], after(60)).await?;
    matcher.rematch(early).await
}

async fn respond(store: &Store, matcher: &Matcher, row: &Row, link: &str, ids: &[&str]) {
    try_respond(store, matcher, row, link, ids).await.unwrap();
}

async fn state(rig: &Rig, row: &Row) -> RowState {
    rig.store().outbox.list(row.person, 9).await.unwrap().remove(0).state
}

async fn a_note_is_found_until_its_row_is_forgotten(rig: &mut Rig) {
    let (one, two) = (StepKey([1; 16]), StepKey([2; 16]));
    let noted = Awaited { key: one, part: part(rig, 1), until: after(60) };
    assert_eq!(rig.store().receipts.expect(&[noted], NOW).await.unwrap(), []);
    rig.crash().await;
    let found = rig.store().receipts.find(&[two, one], after(60)).await.unwrap();
    assert_eq!(found, [None, Some(part(rig, 1))]);
    let forgotten = rig.store().receipts.find(&[one], after(60 + 3_600)).await.unwrap();
    assert_eq!(forgotten, [None]);
}

async fn a_parked_receipt_is_kept_once_within_a_bound_and_survives_a_crash(rig: &mut Rig) {
    assert!(rig.store().receipts.park(&parked(1), after(5), 1).await.unwrap());
    assert!(rig.store().receipts.park(&parked(1), after(50), 1).await.unwrap(), "the same again");
    let mut full = parked(1);
    full.key.0[15] = 9;
    assert!(!rig.store().receipts.park(&full, after(5), 1).await.unwrap(), "one is the bound");
    rig.crash().await;
    let store = &rig.store().receipts;
    assert_eq!(store.due(after(4), after(14), 9).await.unwrap(), []);
    assert_eq!(store.due(after(5), after(15), 9).await.unwrap(), [parked(1)]);
    assert_eq!(store.due(after(14), after(24), 9).await.unwrap(), [], "put off");
    let noted = Awaited { key: parked(1).key, part: part(rig, 1), until: after(60) };
    assert_eq!(store.expect(&[noted], NOW).await.unwrap(), [parked(1)]);
    assert_eq!(store.parked().await.unwrap(), 1);
    store.unpark(&[parked(1).key]).await.unwrap();
    assert_eq!(
        (store.parked().await.unwrap(), store.due(after(99), after(99), 9).await.unwrap()),
        (0, vec![])
    );
}

async fn what_is_noted_of_a_person_goes_with_him(rig: &mut Rig) {
    let keys = [StepKey([1; 16]), StepKey([2; 16])];
    for (key, n) in keys.iter().zip([1, 2]) {
        let noted = Awaited { key: *key, part: part(rig, n), until: after(60) };
        rig.store().receipts.expect(&[noted], NOW).await.unwrap();
    }
    let (old, other) = (rig.person(1), rig.person(2));
    let mut new = old;
    new.id.0[16] ^= 1;
    rig.store().sessions.rekey(old, new).await.unwrap();
    let found = rig.store().receipts.find(&keys, NOW).await.unwrap();
    assert_eq!(found[0], Some(PartOf { person: new, ..part(rig, 1) }));
    assert!(!holds(&rig.live().await, &old.id.0), "nothing under the old id");
    let version = rig.store().sessions.open(new, NOW).await.unwrap().session_version;
    let erasing = Commit { erase: true, ..commit(new, version, 9) };
    assert_eq!(rig.store().sessions.commit(&erasing).await.unwrap(), Committed::Done);
    assert_eq!(rig.store().receipts.find(&keys, NOW).await.unwrap(), [None, Some(part(rig, 2))]);
    assert!(holds(&rig.live().await, &other.id.0), "another's notes stay");
}

async fn a_long_text_is_delivered_when_all_its_parts_are(rig: &mut Rig) {
    let world = world(rig);
    let row = sending(rig, 1).await;
    world.matcher.take(receipt("a", "B", ReceiptState::Delivered)).await.unwrap();
    respond(rig.store(), &world.matcher, &row, "a", &["a", "b", "c"]).await;
    for _ in 0..3 {
        world.matcher.take(receipt("a", "A", ReceiptState::Delivered)).await.unwrap();
    }
    assert!(matches!(state(rig, &row).await, RowState::Accepted { .. }), "one part is missing");
    world.matcher.take(receipt("a", "c", ReceiptState::Underway)).await.unwrap();
    assert!(matches!(state(rig, &row).await, RowState::Accepted { .. }));
    world.matcher.take(receipt("a", "12", ReceiptState::Delivered)).await.unwrap();
    assert_eq!(state(rig, &row).await, RowState::Delivered { at: NOW });
    assert_eq!(rig.store().receipts.parked().await.unwrap(), 0);
}

async fn final_states_never_move_back(rig: &mut Rig) {
    let world = world(rig);
    let row = sending(rig, 1).await;
    respond(rig.store(), &world.matcher, &row, "a", &["a1", "a2"]).await;
    world.matcher.take(receipt("a", "a2", ReceiptState::Failed)).await.unwrap();
    let failed = RowState::Failed { at: NOW, class: FailureClass::Undelivered, code: "027".to_owned() };
    assert_eq!(state(rig, &row).await, failed, "a part that fails fails the whole");
    for (id, last) in
        [("a1", ReceiptState::Delivered), ("a2", ReceiptState::Delivered), ("a1", ReceiptState::Expired)]
    {
        world.matcher.take(receipt("a", id, last)).await.unwrap();
    }
    assert_eq!(state(rig, &row).await, failed);
    assert_eq!(rig.store().receipts.parked().await.unwrap(), 0);
}

async fn digits_alone_are_crossed_only_when_no_exact_id_came(rig: &mut Rig) {
    let world = world(rig);
    let (older, newer) = (sending(rig, 1).await, sending(rig, 2).await);
    // 4660 is 0x1234: the receipt of the newer text comes early, and could be one of the older.
    respond(rig.store(), &world.matcher, &older, "a", &["1234"]).await;
    world.matcher.take(receipt("a", "4660", ReceiptState::Delivered)).await.unwrap();
    assert!(matches!(state(rig, &older).await, RowState::Accepted { .. }));
    respond(rig.store(), &world.matcher, &newer, "a", &["4660"]).await;
    assert_eq!(state(rig, &newer).await, RowState::Delivered { at: NOW });
    assert!(matches!(state(rig, &older).await, RowState::Accepted { .. }), "it was not this one's");
    // On a link that does cross them, it is found once no other has come.
    let crossing = sending(rig, 3).await;
    respond(rig.store(), &world.matcher, &crossing, "b", &["1234"]).await;
    world.matcher.take(receipt("b", "4660", ReceiptState::Delivered)).await.unwrap();
    world.clock.advance(Limits::default().receipt_settle);
    assert_eq!(world.matcher.look().await.unwrap(), 1);
    assert!(matches!(state(rig, &crossing).await, RowState::Delivered { .. }));
}

async fn an_orphan_is_counted_when_its_time_is_over(rig: &mut Rig) {
    let world = world(rig);
    world.matcher.take(receipt("a", "nobodys", ReceiptState::Delivered)).await.unwrap();
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.matcher.look().await.unwrap(), 1);
    assert_eq!((rig.store().receipts.parked().await.unwrap(), counted(rig, "a", "orphaned")), (1, 0));
    world.clock.advance(Limits::default().receipt_park);
    assert_eq!(world.matcher.look().await.unwrap(), 1);
    assert_eq!((rig.store().receipts.parked().await.unwrap(), counted(rig, "a", "orphaned")), (0, 1));
}

/// What happens in the long proof.
#[derive(Clone, Copy)]
enum Step {
    Response(u32),
    Receipt(u32),
}

/// Id of the `n`th text as the response and as the receipt write it; four operators, each with its own way.
fn written(n: u32) -> (&'static str, String, String) {
    let id = u64::from(n) + 1_000_000;
    match n % 4 {
        0 => ("same", format!("{id:010}"), id.to_string()),
        1 => ("crossed", format!("{id:x}"), format!("{id:010}")),
        2 => ("other-way", id.to_string(), format!("{id:010X}")),
        _ => ("case", format!("{id:x}"), format!("{id:012X}")),
    }
}

fn shuffle<T>(all: &mut [T]) {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for at in (1..all.len()).rev() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
    }
}

/// 10⁵ under `KOPIR_LONG=1`: half come before their response, 10 % come twice, ids in mixed forms.
async fn shuffled_receipts_are_all_matched(rig: &mut Rig) {
    let texts: u32 = if std::env::var_os("KOPIR_LONG").is_some() { 100_000 } else { 4_000 };
    let world = world(rig);
    let rows: Vec<Row> = (0..texts)
        .map(|n| Row {
            purpose: Purpose::Requested,
            latest: after(3_600),
            state: RowState::Sending { at: NOW, attempt: 1, gateway: 7, link: "a".into() },
            ..row(rig.person(n), 1)
        })
        .collect();
    for some in rows.chunks(50) {
        // A busy disk: each is written once however often it is handed over.
        while let Err(error) = rig.store().outbox.hand_over(some).await {
            assert!(error.retryable(), "{error}");
        }
    }
    let mut steps: Vec<Step> = (0..texts).flat_map(|n| [Step::Response(n), Step::Receipt(n)]).collect();
    steps.extend((0..texts).filter(|n| n % 10 == 0).map(Step::Receipt));
    shuffle(&mut steps);
    let rows = Arc::new(rows);
    let mut running = JoinSet::new();
    for step in steps {
        if running.len() >= AT_ONCE {
            running.join_next().await.unwrap().unwrap();
        }
        let (store, matcher, rows) = (rig.store().clone(), world.matcher.clone(), rows.clone());
        running.spawn(async move {
            match step {
                Step::Response(n) => {
                    let (link, given, _) = written(n);
                    let row = &rows[usize::try_from(n).unwrap()];
                    // A busy disk: the courier tries again, too.
                    while let Err(error) = try_respond(&store, &matcher, row, link, &[&given]).await {
                        assert!(error.retryable(), "{error}");
                    }
                }
                Step::Receipt(n) => {
                    let (link, _, named) = written(n);
                    // Answered with a temporary status, and sent again by the network.
                    while let Err(error) = matcher.take(receipt(link, &named, ReceiptState::Delivered)).await
                    {
                        assert!(error.retryable(), "{error}");
                    }
                }
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    let early = rig.store().receipts.parked().await.unwrap();
    world.clock.advance(Limits::default().receipt_settle);
    while world.matcher.look().await.ok() != Some(0) {}
    let mut delivered = 0;
    for row in rows.iter() {
        delivered += u32::from(matches!(state(rig, row).await, RowState::Delivered { .. }));
    }
    let links = ["same", "crossed", "other-way", "case"];
    let sums = ["matched", "parked", "ambiguous", "orphaned", "dropped", "gone"]
        .map(|kind| links.map(|link| counted(rig, link, kind)).iter().sum::<u64>());
    println!(
        "{texts} texts: {delivered} delivered; {early} parked at the end of the load; matched, parked … {sums:?}"
    );
    assert_eq!((delivered, rig.store().receipts.parked().await.unwrap()), (texts, 0));
    assert_eq!(sums[3..], [0, 0, 0]);
}
