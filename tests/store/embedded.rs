//! What only the embedded store can show.

use crate::redis_server::Folder;
use crate::rig::{NOW, Rig, SECRET, after, commit, holds, row};
use kopir::adapters::store::Store;
use kopir::adapters::store::settings::{KeyRing, StoreSettings};
use kopir::domain::delivery::{Claimed, Lane, Purpose, Row};
use kopir::metrics::Metrics;
use kopir::ports::{Commit, Committed, Gravity};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[tokio::test]
async fn the_first_start_makes_keys_that_the_second_finds() {
    let folder = Folder::new();
    let settings = StoreSettings { path: folder.path().join("sub/kopir.redb"), ..StoreSettings::default() };
    let keys = settings.keys().unwrap();
    let store = Store::open(&settings, &keys, &Metrics::default()).await.unwrap();
    drop(store);
    for file in ["sub/kopir.redb", "sub/kopir.redb.keys"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(settings.keys().unwrap().fingerprint(), keys.fingerprint());
    std::fs::remove_file(folder.path().join("sub/kopir.redb.keys")).unwrap();
    let refused = settings.keys().unwrap_err();
    assert!(refused.contains("is missing"), "{refused}");
}

#[tokio::test]
async fn the_expired_are_swept_from_the_file() {
    let rig = Rig::embedded().await;
    let (person, other) = (rig.person(1), rig.person(2));
    let first = Commit { rows: vec![row(person, 1)], ..commit(person, 0, 1) };
    assert_eq!(rig.store().sessions.commit(&first).await.unwrap(), Committed::Done);
    let version = rig.store().sessions.open(person, NOW).await.unwrap().session_version;
    let last = Commit { erase: true, ..commit(person, version, 2) };
    assert_eq!(rig.store().sessions.commit(&last).await.unwrap(), Committed::Done);
    let later = Commit { now: after(100_000), session_expires: after(200_000), ..commit(other, 0, 1) };
    assert_eq!(rig.store().sessions.commit(&later).await.unwrap(), Committed::Done);
    assert!(!holds(&rig.live().await, &person.id.0));
}

#[tokio::test]
async fn a_file_written_anew_after_a_deletion_still_owes_what_it_owed_in_every_lane() {
    let mut rig = Rig::embedded().await;
    let (person, other) = (rig.person(1), rig.person(2));
    let rows: Vec<Row> = [(1, Purpose::Reply), (2, Purpose::Requested), (3, Purpose::Alert)]
        .map(|(id, purpose)| Row { purpose, ..row(other, id) })
        .into();
    rig.store().outbox.hand_over(&rows).await.unwrap();
    assert_eq!(rig.store().sessions.commit(&commit(person, 0, 1)).await.unwrap(), Committed::Done);
    let version = rig.store().sessions.open(person, NOW).await.unwrap().session_version;
    let last = Commit { erase: true, ..commit(person, version, 2) };
    assert_eq!(rig.store().sessions.commit(&last).await.unwrap(), Committed::Done);
    rig.reopen().await;
    for (lane, row) in Lane::ALL.into_iter().zip(rows) {
        let claimed = rig.store().outbox.claim(lane, after(1), 9, Duration::from_secs(30)).await.unwrap();
        assert_eq!(claimed, vec![Claimed::Row(row)], "{lane:?}");
    }
}

#[tokio::test]
async fn a_row_that_is_owed_outlives_its_time_until_it_is_final() {
    let rig = Rig::embedded().await;
    let (person, other) = (rig.person(1), rig.person(2));
    rig.store().outbox.hand_over(&[row(person, 1)]).await.unwrap();
    let later = Commit { now: after(100_000), session_expires: after(200_000), ..commit(other, 0, 1) };
    assert_eq!(rig.store().sessions.commit(&later).await.unwrap(), Committed::Done);
    assert_eq!(rig.store().outbox.list(person, 9).await.unwrap(), vec![row(person, 1)]);
}

#[tokio::test]
async fn a_store_in_memory_answers_at_once_and_says_that_it_forgets() {
    let settings = StoreSettings::default();
    let store = Store::in_memory(&KeyRing::random().unwrap(), &settings, &Metrics::default()).unwrap();
    let person = Rig::embedded().await.person(1);
    assert_eq!(store.sessions.commit(&commit(person, 0, 1)).await.unwrap(), Committed::Done);
    let opened = store.sessions.open(person, NOW).await.unwrap();
    assert_eq!(opened.session.exchanges[0].reply.text, SECRET);
    let findings = store.shared.probe(NOW).await.unwrap();
    assert_eq!(findings[0].gravity, Gravity::Unsafe);
}
