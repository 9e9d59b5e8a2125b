//! What only Redis can show: its failures, and what its configuration is worth.

use crate::redis_server::RedisServer;
use crate::rig::{NOW, Place, Rig, after, commit, redis_key, row, step};
use kopir::adapters::store::Store;
use kopir::adapters::store::settings::{StoreKind, StoreSettings};
use kopir::clock::Clock;
use kopir::domain::delivery::{Lane, RowChange, RowEvent};
use kopir::metrics::{Metrics, NameKind};
use kopir::ports::{Commit, Committed, Gravity, StoreError};
use kopir::setting::Secret;
use std::time::Duration;

async fn flush_scripts(rig: &Rig) {
    let _flushed: String = redis::cmd("SCRIPT").arg("FLUSH").query_async(&mut rig.raw().await).await.unwrap();
}

#[tokio::test]
async fn scripts_that_redis_forgot_are_loaded_again() {
    let rig = Rig::redis().await;
    let person = rig.person(1);
    let outbox = &rig.store().outbox;
    flush_scripts(&rig).await;
    let first = Commit { rows: vec![row(person, 1)], ..commit(person, 0, 1) };
    assert_eq!(rig.store().sessions.commit(&first).await.unwrap(), Committed::Done);
    flush_scripts(&rig).await;
    assert_eq!(outbox.claim(Lane::Now, NOW, 9, Duration::from_secs(30)).await.unwrap().len(), 1);
    flush_scripts(&rig).await;
    let event = RowEvent { person, id: step(1), at: NOW, what: RowChange::Cancelled };
    assert!(outbox.record(&[event], NOW).await.unwrap()[0].is_some());
    flush_scripts(&rig).await;
    let version = rig.store().sessions.open(person, NOW).await.unwrap().session_version;
    let last = Commit { erase: true, ..commit(person, version, 2) };
    assert_eq!(rig.store().sessions.commit(&last).await.unwrap(), Committed::Done);
    assert_eq!(outbox.list(person, 9).await.unwrap(), Vec::new());
}

#[tokio::test]
async fn a_commit_without_an_answer_is_unknown_and_its_repetition_a_replay() {
    let rig = Rig::redis().await;
    let person = rig.person(1);
    let first = commit(person, 0, 1);
    assert_eq!(rig.store().sessions.commit(&commit(rig.person(2), 0, 1)).await.unwrap(), Committed::Done);
    let mut other = rig.raw().await;
    let _paused: String =
        redis::cmd("CLIENT").arg("PAUSE").arg(1_200).arg("WRITE").query_async(&mut other).await.unwrap();
    let unknown = rig.store().sessions.commit(&first).await.unwrap_err();
    assert!(matches!(unknown, StoreError::Unknown(_)), "{unknown}");
    assert!(unknown.retryable());
    let mut ended = rig.store().sessions.commit(&first).await;
    while ended.as_ref().is_err_and(StoreError::retryable) {
        ended = rig.store().sessions.commit(&first).await;
    }
    assert_eq!(ended.unwrap(), Committed::Replay);
    for kind in ["ok", "unknown", "replay"] {
        let label = NameKind { name: "commit".to_owned(), kind };
        assert!(rig.metrics.store.get_or_create(&label).get() > 0, "{kind} is counted");
    }
}

#[tokio::test]
async fn a_put_without_an_answer_is_known_again_by_its_bytes() {
    let rig = Rig::redis().await;
    assert!(rig.store().shared.put("counter", 0, b"1", None, NOW).await.unwrap());
    let (version, _) = rig.store().shared.get("counter", NOW).await.unwrap().unwrap();
    let mut other = rig.raw().await;
    let _paused: String =
        redis::cmd("CLIENT").arg("PAUSE").arg(700).arg("WRITE").query_async(&mut other).await.unwrap();
    assert!(rig.store().shared.put("counter", version, b"2", None, NOW).await.unwrap());
    assert_eq!(rig.store().shared.get("counter", NOW).await.unwrap().unwrap(), (version + 1, b"2".to_vec()));
}

#[tokio::test]
async fn a_server_that_is_gone_is_away_and_comes_back_by_itself() {
    let mut rig = Rig::redis().await;
    let person = rig.person(1);
    assert_eq!(rig.store().sessions.commit(&commit(person, 0, 1)).await.unwrap(), Committed::Done);
    let store = rig.store().clone();
    if let Place::Redis(server) = &mut rig.place {
        server.kill();
    }
    // The first error may still come from the broken connection, whose outcome nobody knows.
    let mut ended = store.sessions.commit(&commit(person, 0, 2)).await;
    for _ in 0..10 {
        if matches!(ended, Err(StoreError::Away(_))) {
            break;
        }
        assert!(matches!(ended, Err(StoreError::Unknown(_))), "{ended:?}");
        ended = store.sessions.commit(&commit(person, 0, 2)).await;
    }
    assert!(matches!(ended, Err(StoreError::Away(_))), "{ended:?}");
    if let Place::Redis(server) = &mut rig.place {
        server.restart();
    }
    let mut opened = store.sessions.open(person, NOW).await;
    for _ in 0..50 {
        if opened.is_ok() {
            break;
        }
        opened = store.sessions.open(person, NOW).await;
    }
    assert!(opened.unwrap().session_version > 0);
}

#[tokio::test]
async fn a_full_redis_refuses_the_whole_commit() {
    let rig = Rig::redis().await;
    let person = rig.person(1);
    let mut raw = rig.raw().await;
    let _set: String =
        redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(1).query_async(&mut raw).await.unwrap();
    let refused = rig.store().sessions.commit(&commit(person, 0, 1)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Away(_)), "{refused}");
    let _set: String =
        redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(0).query_async(&mut raw).await.unwrap();
    assert_eq!(rig.store().sessions.commit(&commit(person, 0, 1)).await.unwrap(), Committed::Done);
}

#[tokio::test]
async fn every_key_of_a_person_can_be_collected() {
    let rig = Rig::redis().await;
    let person = rig.person(1);
    let first = Commit { rows: vec![row(person, 1)], ..commit(person, 0, 1) };
    assert_eq!(rig.store().sessions.commit(&first).await.unwrap(), Committed::Done);
    let mut raw = rig.raw().await;
    for kind in ["s", "o"] {
        let left: i64 = redis::cmd("PTTL").arg(redis_key(person, kind)).query_async(&mut raw).await.unwrap();
        assert!(left > 600_000, "{kind}: {left}");
    }
    let used: usize =
        redis::cmd("MEMORY").arg("USAGE").arg(redis_key(person, "s")).query_async(&mut raw).await.unwrap();
    assert!(used <= 500, "{used} bytes a session");
}

#[tokio::test]
async fn the_past_rows_of_a_busy_person_are_pruned() {
    let rig = Rig::redis().await;
    let person = rig.person(1);
    let event = |id, at| RowEvent { person, id: step(id), at, what: RowChange::Cancelled };
    for id in 1..=40 {
        rig.store().outbox.hand_over(&[row(person, id)]).await.unwrap();
        rig.store().outbox.record(&[event(id, after(1))], after(30)).await.unwrap();
    }
    assert_eq!(rig.store().outbox.list(person, 99).await.unwrap().len(), 40);
    rig.store().outbox.record(&[event(1, after(100_000))], after(30)).await.unwrap();
    assert!(rig.store().outbox.list(person, 99).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_probe_warns_of_each_unsafe_configuration() {
    let cases: [(&[&str], &str); 3] = [
        (&["--appendonly", "no"], "appendonly is no"),
        (&["--appendonly", "yes", "--appendfsync", "no"], "appendfsync is"),
        (
            &["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "allkeys-lru"],
            "noeviction",
        ),
    ];
    for (options, said) in cases {
        let server = RedisServer::start(options);
        let (store, _settings) = of(&server).await;
        let findings = store.shared.probe(Clock::System.now()).await.unwrap();
        assert!(
            findings.iter().any(|finding| finding.gravity == Gravity::Unsafe && finding.text.contains(said)),
            "{options:?}: {findings:?}"
        );
    }
    let server = RedisServer::start(&["--appendonly", "yes", "--appendfsync", "everysec"]);
    let (store, _settings) = of(&server).await;
    let findings = store.shared.probe(Clock::System.now()).await.unwrap();
    assert!(findings.iter().any(|finding| finding.text.contains("1–2 s")), "{findings:?}");
    let skewed = store.shared.probe(Clock::System.now().plus(Duration::from_secs(3))).await.unwrap();
    assert!(skewed.iter().any(|finding| finding.text.contains("clocks")), "{skewed:?}");
}

async fn of(server: &RedisServer) -> (Store, StoreSettings) {
    let rig_keys = kopir::adapters::store::settings::KeyRing::random().unwrap();
    let settings =
        StoreSettings { kind: StoreKind::Redis, url: Secret::new(server.url()), ..StoreSettings::default() };
    (Store::open(&settings, &rig_keys, &Metrics::default()).await.unwrap(), settings)
}
