//! What both stores must do; every case runs against each of them.

use crate::rig::{
    NOW, NUMBER, Rig, SECRET, after, commit, due, holds, number, person_under, row, session, step,
};
use kopir::adapters::store::record::FORMAT;
use kopir::adapters::store::settings::{KeyRing, Keys};
use kopir::domain::delivery::{Claimed, FailureClass, Lane, Purpose, Row, RowChange, RowEvent, RowState};
use kopir::domain::lang::Lang;
use kopir::domain::person::Person;
use kopir::domain::session::{Profile, Session};
use kopir::domain::time::Timestamp;
use kopir::metrics::NameKind;
use kopir::ports::{Commit, Committed, Gravity, Opened, StoreError};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(30);

both!(
    a_commit_is_read_back_whole,
    the_same_step_is_a_replay_and_another_version_a_conflict,
    of_two_writers_one_wins_each_round,
    a_stale_profile_stops_the_whole_commit,
    what_has_expired_is_not_there,
    a_row_is_claimed_once_and_again_after_its_lease,
    lanes_are_apart_and_a_claim_takes_no_more_than_asked,
    changes_of_rows_absorb,
    a_deferred_row_comes_back_when_it_said,
    a_bulk_backlog_gives_of_its_oldest_and_of_its_latest,
    a_held_row_comes_back_when_it_said_and_has_spent_no_try,
    events_of_one_batch_apply_in_order,
    writers_of_one_row_do_not_lose_each_other,
    a_due_is_replaced_or_removed_once,
    a_row_is_handed_over_once,
    rows_are_listed_newest_first,
    nothing_acknowledged_is_lost_in_a_crash,
    a_newer_record_is_refused_and_left,
    an_unreadable_record_is_put_aside_and_counted,
    a_person_moves_to_a_new_key_with_all_he_has,
    values_sealed_with_an_old_key_are_read,
    nothing_personal_lies_in_clear,
    shared_records_are_compared_and_set,
    shared_records_are_listed_by_the_beginning_of_their_name,
    a_shared_record_past_its_time_is_not_there,
    a_lease_has_one_owner_and_a_growing_epoch,
    another_partition_key_is_refused,
    a_probe_says_what_the_store_is_worth,
);

async fn open(rig: &Rig, person: Person, at: Timestamp) -> Opened {
    rig.store().sessions.open(person, at).await.unwrap()
}

async fn done(rig: &Rig, commit: &Commit) {
    assert_eq!(rig.store().sessions.commit(commit).await.unwrap(), Committed::Done);
}

async fn claim(rig: &Rig, lane: Lane, at: Timestamp, most: usize) -> Vec<Row> {
    let claimed = rig.store().outbox.claim(lane, at, most, LEASE).await.unwrap();
    claimed
        .into_iter()
        .filter_map(|owed| if let Claimed::Row(row) = owed { Some(row) } else { None })
        .collect()
}

fn event(row: &Row, secs: u64, what: RowChange) -> RowEvent {
    RowEvent { person: row.person, id: row.id, at: after(secs), what }
}

async fn record(rig: &Rig, event: RowEvent, lease_until: Timestamp) -> Option<Row> {
    let mut rows = rig.store().outbox.record(&[event], lease_until).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn sending() -> RowChange {
    RowChange::Sending { gateway: 7, link: "kcell".into() }
}

fn accepted() -> RowChange {
    RowChange::Accepted { message_ids: vec!["a1".to_owned()], sequence: Some(9) }
}

async fn a_commit_is_read_back_whole(rig: &mut Rig) {
    let person = rig.person(1);
    assert_eq!(open(rig, person, NOW).await, Opened::default());
    let profile = Profile { lang: Some(Lang::Uz), greeted: true, ..Profile::default() };
    let whole = Commit { profile: Some((0, profile.clone(), after(3600))), ..commit(person, 0, 1) };
    done(rig, &whole).await;
    let opened = open(rig, person, NOW).await;
    assert_eq!((opened.session, opened.profile), (session(SECRET), profile));
    assert!(opened.session_version > 0 && opened.profile_version > 0);
    done(rig, &commit(person, opened.session_version, 2)).await;
    assert_eq!(open(rig, person, NOW).await.session_version, opened.session_version + 1);
}

async fn the_same_step_is_a_replay_and_another_version_a_conflict(rig: &mut Rig) {
    let person = rig.person(1);
    let first = Commit { rows: vec![row(person, 1)], ..commit(person, 0, 1) };
    done(rig, &first).await;
    assert_eq!(rig.store().sessions.commit(&first).await.unwrap(), Committed::Replay);
    let other = Commit { rows: vec![row(person, 2)], ..commit(person, 0, 2) };
    assert_eq!(rig.store().sessions.commit(&other).await.unwrap(), Committed::Conflict);
    assert_eq!(rig.store().outbox.list(person, 9).await.unwrap(), vec![row(person, 1)]);
    assert_eq!(rig.store().outbox.depth(Lane::Now).await.unwrap().owed, 1);
}

async fn of_two_writers_one_wins_each_round(rig: &mut Rig) {
    let person = rig.person(1);
    let second = rig.second().await;
    for round in 0..20 {
        let version = open(rig, person, NOW).await.session_version;
        let (one, two) = (commit(person, version, round * 2 + 1), commit(person, version, round * 2 + 2));
        let (one, two) = tokio::join!(rig.store().sessions.commit(&one), second.sessions.commit(&two));
        let mut ends = [one.unwrap(), two.unwrap()];
        ends.sort_by_key(|end| *end == Committed::Conflict);
        assert_eq!(ends, [Committed::Done, Committed::Conflict], "round {round}");
    }
}

async fn a_stale_profile_stops_the_whole_commit(rig: &mut Rig) {
    let person = rig.person(1);
    done(rig, &Commit { profile: Some((0, Profile::default(), after(60))), ..commit(person, 0, 1) }).await;
    let opened = open(rig, person, NOW).await;
    let stale = Commit {
        profile: Some((0, Profile { greeted: true, ..Profile::default() }, after(60))),
        rows: vec![row(person, 1)],
        ..commit(person, opened.session_version, 2)
    };
    assert_eq!(rig.store().sessions.commit(&stale).await.unwrap(), Committed::Conflict);
    assert_eq!(open(rig, person, NOW).await, opened);
    assert_eq!(rig.store().outbox.list(person, 9).await.unwrap(), Vec::new());
}

async fn what_has_expired_is_not_there(rig: &mut Rig) {
    let person = rig.person(1);
    done(rig, &Commit { profile: Some((0, Profile::default(), after(3600))), ..commit(person, 0, 1) }).await;
    assert_eq!(open(rig, person, after(599)).await.session, session(SECRET));
    let opened = open(rig, person, after(600)).await;
    assert_eq!((opened.session, opened.session_version), (Session::default(), 0));
    assert!(opened.profile_version > 0);
    let later = Commit { now: after(600), session_expires: after(1200), ..commit(person, 0, 1) };
    done(rig, &later).await;
    let stale = Commit { now: after(601), ..commit(person, NOW.0.unsigned_abs(), 3) };
    assert_eq!(rig.store().sessions.commit(&stale).await.unwrap(), Committed::Conflict);
}

async fn a_row_is_claimed_once_and_again_after_its_lease(rig: &mut Rig) {
    for n in 0..40 {
        let person = rig.person(n);
        done(rig, &Commit { rows: vec![row(person, 1)], ..commit(person, 0, 1) }).await;
    }
    let second = rig.second().await;
    let (one, two) = tokio::join!(
        rig.store().outbox.claim(Lane::Now, NOW, 100, LEASE),
        second.outbox.claim(Lane::Now, NOW, 100, LEASE)
    );
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 40);
    assert_eq!(claim(rig, Lane::Now, after(29), 100).await, Vec::new());
    assert_eq!(claim(rig, Lane::Now, after(30), 100).await.len(), 40);
    let depth = rig.store().outbox.depth(Lane::Now).await.unwrap();
    assert_eq!((depth.owed, depth.oldest), (40, Some(after(60))));
}

async fn lanes_are_apart_and_a_claim_takes_no_more_than_asked(rig: &mut Rig) {
    let person = rig.person(1);
    let rows = (1..=8).map(|id| Row {
        purpose: match id {
            1..=5 => Purpose::Reply,
            6..=7 => Purpose::Alert,
            _ => Purpose::Requested,
        },
        earliest: after(u64::from(id)),
        ..row(person, id)
    });
    done(rig, &Commit { rows: rows.collect(), ..commit(person, 0, 1) }).await;
    assert_eq!(claim(rig, Lane::Now, NOW, 9).await, Vec::new());
    let first = claim(rig, Lane::Now, after(9), 2).await;
    assert_eq!(first.iter().map(|row| row.id).collect::<Vec<_>>(), vec![step(1), step(2)]);
    assert_eq!(claim(rig, Lane::Now, after(9), 9).await.len(), 3);
    assert_eq!(claim(rig, Lane::Bulk, after(7), 9).await.len(), 2);
    assert_eq!(claim(rig, Lane::Bulk, after(9), 0).await, Vec::new());
    assert_eq!(claim(rig, Lane::Asked, after(7), 9).await, Vec::new());
    let asked = claim(rig, Lane::Asked, after(8), 9).await;
    assert_eq!(asked.iter().map(|row| row.id).collect::<Vec<_>>(), vec![step(8)]);
    assert_eq!(rig.store().outbox.depth(Lane::Asked).await.unwrap().owed, 1);
}

async fn a_bulk_backlog_gives_of_its_oldest_and_of_its_latest(rig: &mut Rig) {
    let person = rig.person(1);
    let rows =
        (1..=6).map(|id| Row { purpose: Purpose::Alert, earliest: after(u64::from(id)), ..row(person, id) });
    done(rig, &Commit { rows: rows.collect(), ..commit(person, 0, 1) }).await;
    let ids = |rows: Vec<Row>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(claim(rig, Lane::Bulk, after(9), 4).await), [1, 2, 6, 5].map(step));
    assert_eq!(ids(claim(rig, Lane::Bulk, after(9), 4).await), [3, 4].map(step));
}

async fn a_held_row_comes_back_when_it_said_and_has_spent_no_try(rig: &mut Rig) {
    let person = rig.person(1);
    let mine = Row { purpose: Purpose::Reminder, ..row(person, 1) };
    done(rig, &Commit { rows: vec![mine], ..commit(person, 0, 1) }).await;
    let claimed = claim(rig, Lane::Bulk, NOW, 9).await.remove(0);
    let held = event(&claimed, 1, RowChange::Held { until: after(120) });
    rig.store().outbox.record(&[held.clone(), held], after(30)).await.unwrap();
    assert_eq!(claim(rig, Lane::Bulk, after(119), 9).await, Vec::new());
    assert_eq!(claim(rig, Lane::Bulk, after(120), 9).await, vec![claimed]);
}

async fn changes_of_rows_absorb(rig: &mut Rig) {
    let person = rig.person(1);
    let mine = Row {
        state: RowState::Sending { at: NOW, attempt: 1, gateway: 7, link: "kcell".into() },
        ..row(person, 1)
    };
    done(rig, &Commit { rows: vec![mine.clone()], ..commit(person, 0, 1) }).await;
    assert_eq!(claim(rig, Lane::Now, after(29), 9).await, Vec::new());
    let repeated = record(rig, event(&mine, 0, sending()), after(30)).await.unwrap();
    assert_eq!(repeated, mine, "the same taking again is no recovery");
    let once = record(rig, event(&mine, 1, accepted()), after(30)).await.unwrap();
    assert_eq!(once.state, RowState::Accepted { at: after(1), message_ids: vec!["a1".to_owned()] });
    assert_eq!(record(rig, event(&mine, 2, accepted()), after(30)).await, Some(once));
    assert_eq!(rig.store().outbox.depth(Lane::Now).await.unwrap().owed, 0);
    let delivered = record(rig, event(&mine, 3, RowChange::Delivered), after(30)).await;
    let failed = RowChange::Failed { class: FailureClass::Refused, code: "11".to_owned() };
    assert_eq!(record(rig, event(&mine, 4, failed), after(30)).await, delivered);
    assert_eq!(delivered.unwrap().state, RowState::Delivered { at: after(3) });
    assert_eq!(record(rig, event(&row(person, 9), 4, accepted()), after(30)).await, None);
    assert_eq!(claim(rig, Lane::Now, after(290), 9).await, Vec::new());
}

async fn a_deferred_row_comes_back_when_it_said(rig: &mut Rig) {
    let person = rig.person(1);
    done(rig, &Commit { rows: vec![row(person, 1)], ..commit(person, 0, 1) }).await;
    let claimed = claim(rig, Lane::Now, NOW, 9).await.remove(0);
    record(rig, event(&claimed, 1, sending()), after(31)).await;
    record(rig, event(&claimed, 2, RowChange::Deferred { retry: after(120) }), after(32)).await;
    assert_eq!(claim(rig, Lane::Now, after(119), 9).await, Vec::new());
    let again = claim(rig, Lane::Now, after(120), 9).await.remove(0);
    assert_eq!(again.state, RowState::Queued { at: after(2), attempt: 1 });
    record(rig, event(&again, 121, sending()), after(151)).await;
    let recovered = claim(rig, Lane::Now, after(151), 9).await.remove(0);
    let recovered = record(rig, event(&recovered, 152, sending()), after(182)).await.unwrap();
    assert!(recovered.maybe_dup);
}

async fn events_of_one_batch_apply_in_order(rig: &mut Rig) {
    let (one, two) = (rig.person(1), rig.person(2));
    done(rig, &Commit { rows: vec![row(one, 1)], ..commit(one, 0, 1) }).await;
    done(rig, &Commit { rows: vec![row(two, 2)], ..commit(two, 0, 2) }).await;
    let batch = [
        event(&row(one, 1), 1, sending()),
        event(&row(two, 2), 1, RowChange::Cancelled),
        event(&row(one, 1), 2, accepted()),
        event(&row(two, 9), 2, accepted()),
    ];
    let rows = rig.store().outbox.record(&batch, after(60)).await.unwrap();
    let states: Vec<Option<RowState>> = rows.into_iter().map(|row| row.map(|row| row.state)).collect();
    assert!(matches!(states[0], Some(RowState::Sending { attempt: 1, .. })), "{states:?}");
    assert_eq!(states[1], Some(RowState::Cancelled { at: after(1) }));
    assert_eq!(states[2], Some(RowState::Accepted { at: after(2), message_ids: vec!["a1".to_owned()] }));
    assert_eq!(states[3], None);
    assert_eq!(rig.store().outbox.depth(Lane::Now).await.unwrap().owed, 0);
    assert_eq!(rig.store().outbox.record(&[], after(60)).await.unwrap(), Vec::new());
}

async fn writers_of_one_row_do_not_lose_each_other(rig: &mut Rig) {
    let person = rig.person(1);
    let second = rig.second().await;
    for id in 1..=20 {
        rig.store().outbox.hand_over(&[row(person, id)]).await.unwrap();
        let (taken, gone) =
            ([event(&row(person, id), 1, sending())], [event(&row(person, id), 1, RowChange::Cancelled)]);
        let (one, two) = tokio::join!(
            rig.store().outbox.record(&taken, after(60)),
            second.outbox.record(&gone, after(60))
        );
        // Whichever came first stands, and the other must have seen it.
        let (one, two) = (one.unwrap().remove(0).unwrap(), two.unwrap().remove(0).unwrap());
        assert_eq!(one.state, two.state, "row {id}");
    }
    for row in rig.store().outbox.list(person, 99).await.unwrap() {
        assert!(
            matches!(row.state, RowState::Cancelled { .. } | RowState::Sending { attempt: 1, .. }),
            "{:?}",
            row.state
        );
    }
}

async fn a_due_is_replaced_or_removed_once(rig: &mut Rig) {
    let person = rig.person(1);
    done(rig, &Commit { dues: vec![due(person, 1), due(person, 2)], ..commit(person, 0, 1) }).await;
    let claimed = rig.store().outbox.claim(Lane::Work, after(60), 9, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 2);
    assert!(claimed.contains(&Claimed::Due(due(person, 1))));
    let mut later = due(person, 1);
    (later.at, later.attempt) = (after(300), 1);
    rig.store().outbox.settle_due(person, step(1), Some(later.clone())).await.unwrap();
    rig.store().outbox.settle_due(person, step(2), None).await.unwrap();
    rig.store().outbox.settle_due(person, step(2), Some(due(person, 2))).await.unwrap();
    assert_eq!(rig.store().outbox.claim(Lane::Work, after(299), 9, LEASE).await.unwrap(), Vec::new());
    assert_eq!(
        rig.store().outbox.claim(Lane::Work, after(300), 9, LEASE).await.unwrap(),
        vec![Claimed::Due(later)]
    );
    let version = open(rig, person, NOW).await.session_version;
    done(rig, &Commit { done: vec![step(1)], ..commit(person, version, 2) }).await;
    assert_eq!(rig.store().outbox.depth(Lane::Work).await.unwrap().owed, 0);
}

async fn a_row_is_handed_over_once(rig: &mut Rig) {
    let (one, two) = (rig.person(1), rig.person(2));
    let rows = [row(one, 1), row(two, 2), row(one, 3)];
    rig.store().outbox.hand_over(&rows).await.unwrap();
    record(rig, event(&rows[0], 1, RowChange::Cancelled), after(30)).await;
    rig.store().outbox.hand_over(&rows).await.unwrap();
    assert_eq!(claim(rig, Lane::Now, NOW, 9).await.len(), 2);
    let stands = rig.store().outbox.list(one, 9).await.unwrap();
    assert!(stands.iter().any(|row| row.state == RowState::Cancelled { at: after(1) }), "{stands:?}");
}

async fn rows_are_listed_newest_first(rig: &mut Rig) {
    let person = rig.person(1);
    let rows = (1..=5).map(|id| Row { created: after(u64::from(id)), ..row(person, id) });
    let whole = Commit { rows: rows.collect(), dues: vec![due(person, 6)], ..commit(person, 0, 1) };
    done(rig, &whole).await;
    let ids: Vec<_> =
        rig.store().outbox.list(person, 3).await.unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, vec![step(5), step(4), step(3)]);
    assert_eq!(rig.store().outbox.list(rig.person(2), 3).await.unwrap(), Vec::new());
}

async fn nothing_acknowledged_is_lost_in_a_crash(rig: &mut Rig) {
    let person = rig.person(1);
    let mine = Row {
        state: RowState::Sending { at: NOW, attempt: 1, gateway: 7, link: "kcell".into() },
        ..row(person, 1)
    };
    let first = Commit { rows: vec![mine.clone()], dues: vec![due(person, 2)], ..commit(person, 0, 1) };
    done(rig, &first).await;
    rig.crash().await;
    assert_eq!(rig.store().sessions.commit(&first).await.unwrap(), Committed::Replay);
    assert_eq!(open(rig, person, NOW).await.session, session(SECRET));
    assert_eq!(claim(rig, Lane::Now, after(29), 9).await, Vec::new());
    assert_eq!(claim(rig, Lane::Now, after(30), 9).await, vec![mine.clone()]);
    rig.crash().await;
    assert_eq!(claim(rig, Lane::Now, after(59), 9).await, Vec::new(), "the lease is kept");
    record(rig, event(&mine, 31, accepted()), after(60)).await;
    rig.crash().await;
    let stands = record(rig, event(&mine, 32, accepted()), after(60)).await.unwrap();
    assert_eq!(stands.state, RowState::Accepted { at: after(31), message_ids: vec!["a1".to_owned()] });
    let owed = async |lane| rig.store().outbox.depth(lane).await.unwrap().owed;
    assert_eq!((owed(Lane::Now).await, owed(Lane::Work).await), (0, 1));
    rig.store().outbox.settle_due(person, step(2), None).await.unwrap();
    rig.crash().await;
    assert_eq!(rig.store().outbox.depth(Lane::Work).await.unwrap().owed, 0);
}

async fn a_newer_record_is_refused_and_left(rig: &mut Rig) {
    let person = rig.person(1);
    done(rig, &commit(person, 0, 1)).await;
    rig.tamper(person, |record| record[16] = FORMAT + 1).await;
    for _ in 0..2 {
        let refused = rig.store().sessions.open(person, NOW).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Newer { found, known: FORMAT, .. } if found == FORMAT + 1),
            "{refused}"
        );
        assert!(!refused.retryable());
    }
    rig.tamper(person, |record| record[16] = FORMAT).await;
    assert_eq!(open(rig, person, NOW).await.session, session(SECRET));
}

async fn an_unreadable_record_is_put_aside_and_counted(rig: &mut Rig) {
    let person = rig.person(1);
    done(rig, &commit(person, 0, 1)).await;
    let mut damaged = Vec::new();
    rig.tamper(person, |record| {
        *record.last_mut().unwrap() ^= 1;
        damaged.clone_from(record);
    })
    .await;
    let refused = rig.store().sessions.open(person, NOW).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Quarantined(what) if what == "session"), "{refused}");
    let counted = NameKind { name: "open".to_owned(), kind: "quarantined" };
    assert_eq!(rig.metrics.store.get_or_create(&counted).get(), 1);
    assert_eq!(open(rig, person, NOW).await, Opened::default());
    assert!(holds(&rig.live().await, &damaged), "it is kept for inspection");
    done(rig, &Commit { erase: true, ..commit(person, 0, 2) }).await;
    assert!(!holds(&rig.live().await, &damaged), "erasure finds what was put aside");
}

async fn a_person_moves_to_a_new_key_with_all_he_has(rig: &mut Rig) {
    let keys = |number, key| Keys { current: (number, [key; 32]), old: vec![(1, [2; 32])] };
    let ring = KeyRing::new([1; 32], keys(2, 9), Keys { current: (1, [3; 32]), old: Vec::new() });
    let old = person_under(&ring.old_person_keys()[0], 1);
    let new = person_under(&ring.person_keys(), 1);
    assert_eq!(old, rig.person(1));
    let profile = Some((0, Profile { greeted: true, ..Profile::default() }, after(3600)));
    let whole = Commit { profile, rows: vec![row(old, 1)], dues: vec![due(old, 2)], ..commit(old, 0, 1) };
    done(rig, &whole).await;
    let before = open(rig, old, NOW).await;
    for _ in 0..2 {
        rig.store().sessions.rekey(old, new).await.unwrap();
        assert_eq!(open(rig, old, NOW).await, Opened::default());
        assert_eq!(open(rig, new, NOW).await, before);
    }
    assert_eq!(rig.store().outbox.list(old, 9).await.unwrap(), Vec::new());
    assert_eq!(claim(rig, Lane::Now, NOW, 9).await, vec![row(new, 1)]);
    let claimed = rig.store().outbox.claim(Lane::Work, after(60), 9, LEASE).await.unwrap();
    assert_eq!(claimed, [Claimed::Due(due(new, 2))]);
    done(rig, &commit(new, before.session_version, 2)).await;
    let version = open(rig, new, NOW).await.session_version;
    done(rig, &Commit { erase: true, ..commit(new, version, 3) }).await;
    assert_eq!(rig.store().outbox.list(new, 9).await.unwrap(), Vec::new());
    for lane in Lane::ALL {
        assert_eq!(rig.store().outbox.depth(lane).await.unwrap().owed, 0, "{lane:?}");
    }
}

async fn values_sealed_with_an_old_key_are_read(rig: &mut Rig) {
    let person = rig.person(1);
    done(rig, &commit(person, 0, 1)).await;
    let id = Keys { current: (1, [2; 32]), old: Vec::new() };
    rig.keys = KeyRing::new([1; 32], id.clone(), Keys { current: (2, [4; 32]), old: vec![(1, [3; 32])] });
    rig.reopen().await;
    let opened = open(rig, person, NOW).await;
    assert_eq!(opened.session, session(SECRET));
    done(rig, &commit(person, opened.session_version, 2)).await;
    rig.keys = KeyRing::new([1; 32], id, Keys { current: (2, [4; 32]), old: Vec::new() });
    rig.reopen().await;
    assert_eq!(open(rig, person, NOW).await.session, session(SECRET));
}

async fn nothing_personal_lies_in_clear(rig: &mut Rig) {
    let person = rig.person(0);
    let tickets = vec![kopir::domain::session::Plea {
        no: "курьер-canary".to_owned(),
        queue: kopir::domain::ticket::Queue::CallBack,
        at: NOW,
    }];
    let profile = Some((0, Profile { tickets, ..Profile::default() }, after(3600)));
    let whole =
        Commit { profile, rows: vec![row(person, 1)], dues: vec![due(person, 2)], ..commit(person, 0, 1) };
    done(rig, &whole).await;
    record(rig, event(&row(person, 1), 1, sending()), after(30)).await;
    rig.store().shared.put("part:7", 0, SECRET.as_bytes(), Some(after(60)), NOW).await.unwrap();
    assert_eq!(number(0).expose(), NUMBER);
    let disk = rig.disk().await;
    assert!(holds(&disk, &person.id.0), "the search sees the records");
    for canary in [NUMBER, "7015550199", SECRET, "990112345678", "canary", "1414", "kcell", "application"] {
        assert!(!holds(&disk, canary.as_bytes()), "\"{canary}\" lies in clear");
    }
}

async fn shared_records_are_compared_and_set(rig: &mut Rig) {
    let shared = &rig.store().shared;
    assert_eq!(shared.get("bundle:a", NOW).await.unwrap(), None);
    assert!(shared.put("bundle:a", 0, b"one", None, NOW).await.unwrap());
    assert!(!shared.put("bundle:a", 0, b"two", None, NOW).await.unwrap());
    let (version, value) = shared.get("bundle:a", NOW).await.unwrap().unwrap();
    assert_eq!(value, b"one");
    assert!(shared.put("bundle:a", version, b"two", None, NOW).await.unwrap());
    assert!(!shared.put("bundle:a", version, b"two", None, NOW).await.unwrap(), "a counter counts once");
}

async fn shared_records_are_listed_by_the_beginning_of_their_name(rig: &mut Rig) {
    let shared = &rig.store().shared;
    for name in ["bundle:a", "bundle:b", "pointer", "bundle:c"] {
        assert!(shared.put(name, 0, b"", None, NOW).await.unwrap());
    }
    for _ in 0..2 {
        shared.remove("bundle:c").await.unwrap();
        assert_eq!(shared.get("bundle:c", NOW).await.unwrap(), None);
    }
    let mut names = shared.list("bundle:").await.unwrap();
    names.sort();
    assert_eq!(names, vec!["bundle:a", "bundle:b"]);
    assert_eq!(shared.list("nothing").await.unwrap(), Vec::<String>::new());
}

async fn a_shared_record_past_its_time_is_not_there(rig: &mut Rig) {
    let shared = &rig.store().shared;
    assert!(shared.put("bundle:b", 0, b"", Some(after(60)), NOW).await.unwrap());
    assert!(shared.get("bundle:b", after(59)).await.unwrap().is_some());
    assert_eq!(shared.get("bundle:b", after(60)).await.unwrap(), None);
    assert!(shared.put("bundle:b", 0, b"new", Some(after(120)), after(60)).await.unwrap());
}

async fn a_lease_has_one_owner_and_a_growing_epoch(rig: &mut Rig) {
    let lasts = Duration::from_secs(10);
    let shared = &rig.store().shared;
    assert_eq!(shared.lease("sweep", 1, NOW, lasts).await.unwrap(), Some(1));
    assert_eq!(shared.lease("sweep", 2, after(9), lasts).await.unwrap(), None);
    assert_eq!(shared.lease("sweep", 1, after(9), lasts).await.unwrap(), Some(1));
    assert_eq!(shared.lease("sweep", 2, after(18), lasts).await.unwrap(), None);
    assert_eq!(shared.lease("sweep", 2, after(19), lasts).await.unwrap(), Some(2));
    assert_eq!(shared.lease("sweep", u64::MAX, after(40), lasts).await.unwrap(), Some(3));
    assert_eq!(shared.lease("sweep", u64::MAX - 1, after(41), lasts).await.unwrap(), None);
}

async fn another_partition_key_is_refused(rig: &mut Rig) {
    let one = |key: u8| Keys { current: (1, [key; 32]), old: Vec::new() };
    let other = KeyRing::new([99; 32], one(2), one(3));
    let refused = rig.try_open(&other).await.unwrap_err();
    assert!(refused.contains("another partition key"), "{refused}");
}

async fn a_probe_says_what_the_store_is_worth(rig: &mut Rig) {
    let now = kopir::clock::Clock::System.now();
    let findings = rig.store().shared.probe(now).await.unwrap();
    let worst = findings.iter().map(|finding| finding.gravity).max().unwrap();
    assert!(worst < Gravity::Unsafe, "{findings:?}");
    assert!(findings.iter().any(|finding| finding.text.contains("loss window none")), "{findings:?}");
}
