//! What goes goes everywhere: a deletion in one step and out of the files, and what has had its time out of the store.

use crate::rig::{NOW, NUMBER, Place, Rig, SECRET, after, commit, due, holds, redis_key, row, step};
use kopir::domain::audit::{Entry, Event};
use kopir::domain::consent::{Channel, Consent, Standing};
use kopir::domain::delivery::{Due, DueKind, Lane, Purpose, Row, RowChange, RowEvent, RowState};
use kopir::domain::lang::Lang;
use kopir::domain::menu::model::BundleId;
use kopir::domain::person::Person;
use kopir::domain::session::{Profile, Session};
use kopir::ports::{Commit, Committed, Opened, Retention, StoreError, Swept};
use std::time::Duration;

const TICKET: &str = "ticket/canary-77";

/// Commits as the gateway does: of a busy disk the outcome may be unknown, and the same step again tells it.
async fn done(rig: &Rig, commit: &Commit) {
    let mut told = rig.store().sessions.commit(commit).await;
    while let Err(StoreError::Unknown(_)) = told {
        told = match rig.store().sessions.commit(commit).await {
            Ok(Committed::Replay) => Ok(Committed::Done),
            other => other,
        };
    }
    assert_eq!(told.unwrap(), Committed::Done);
}

/// A due that has to outlive the deletion that caused it.
fn chore(person: Person, id: u8, what: DueKind) -> Due {
    Due { what, at: NOW, ..due(person, id) }
}

fn audit(person: Person, id: u8) -> Due {
    let event = Event::Stop { channel: Channel::Letter };
    let entry = Entry { id: step(id), at: NOW, subject: person.id.to_string(), event };
    chore(person, id, DueKind::Audit(vec![entry]))
}

/// Values everywhere a person can have some: session, profile, rows of both lanes and several states, dues, an event not
/// written yet, what was put aside, a ticket.
async fn plant(rig: &mut Rig, person: Person) -> u64 {
    done(rig, &commit(person, 0, 1)).await;
    rig.tamper(person, |record| *record.last_mut().unwrap() ^= 1).await;
    rig.store().sessions.open(person, NOW).await.unwrap_err();
    let consent = Consent {
        standing: Standing::Given,
        at: NOW,
        wording: BundleId([1; 8]),
        lang: Lang::Uz,
        channel: Channel::Dialogue,
        by: step(9),
    };
    let profile = Profile {
        lang: Some(Lang::Uz),
        consents: [(Purpose::Alert, consent)].into(),
        tickets: vec![kopir::domain::session::Plea {
            no: "canary-77".to_owned(),
            queue: kopir::domain::ticket::Queue::CallBack,
            at: NOW,
        }],
        ..Profile::default()
    };
    let sending = RowState::Sending { at: NOW, attempt: 1, gateway: 7, link: "kcell".into() };
    let rows = vec![
        row(person, 1),
        Row { purpose: Purpose::Alert, earliest: after(500), ..row(person, 2) },
        Row { state: sending, purpose: Purpose::Requested, ..row(person, 3) },
        row(person, 4),
    ];
    let dues = vec![due(person, 5), audit(person, 6)];
    let whole =
        Commit { profile: Some((0, profile, after(86_400 * 400))), rows, dues, ..commit(person, 0, 2) };
    done(rig, &whole).await;
    let cancelled = RowEvent { person, id: step(4), at: after(1), what: RowChange::Cancelled };
    rig.store().outbox.record(&[cancelled], after(30)).await.unwrap();
    assert!(rig.store().shared.put(TICKET, 0, SECRET.as_bytes(), None, NOW).await.unwrap());
    rig.store().sessions.open(person, NOW).await.unwrap().session_version
}

/// Time passes until the last words of a deletion are forgotten too.
async fn pass(rig: &Rig, person: Person, other: Person) {
    if let Place::Redis(_) = &rig.place {
        let mut raw = rig.raw().await;
        let left: i64 = redis::cmd("PTTL").arg(redis_key(person, "s")).query_async(&mut raw).await.unwrap();
        assert!(
            (1..=660_000).contains(&left),
            "Redis lets it go by itself after 120 s and its grace: {left}"
        );
        let _gone: i64 =
            redis::cmd("PEXPIRE").arg(redis_key(person, "s")).arg(0).query_async(&mut raw).await.unwrap();
    }
    let version = rig.store().sessions.open(other, after(700)).await.unwrap().session_version;
    let later = Commit { now: after(700), session_expires: after(9_000), ..commit(other, version, 8) };
    done(rig, &later).await;
}

/// The commit by which a person goes: the receipt, and what outlives him.
fn farewell(person: Person, version: u64) -> Commit {
    Commit {
        session: Session::default(),
        session_expires: after(120),
        dues: vec![chore(person, 7, DueKind::Forget(vec![TICKET.to_owned()])), audit(person, 8)],
        erase: true,
        ..commit(person, version, 3)
    }
}

async fn a_deletion_is_one_step(mut rig: Rig) {
    let person = rig.person(1);
    let version = plant(&mut rig, person).await;
    let last = farewell(person, version);
    let stale = Commit { expect: version - 1, ..last.clone() };
    assert_eq!(rig.store().sessions.commit(&stale).await.unwrap(), Committed::Conflict);
    assert_eq!(rig.store().outbox.list(person, 9).await.unwrap().len(), 4, "a conflict deletes nothing");
    done(&rig, &last).await;
    assert_eq!(rig.store().sessions.commit(&last).await.unwrap(), Committed::Replay);
    let opened = rig.store().sessions.open(person, NOW).await.unwrap();
    let wanted = Opened { session: last.session, session_version: version + 1, ..Opened::default() };
    assert_eq!(opened, wanted);
    assert_eq!(rig.store().outbox.list(person, 9).await.unwrap(), Vec::new());
    for lane in [Lane::Now, Lane::Asked, Lane::Bulk, Lane::Looks] {
        assert_eq!(rig.store().outbox.depth(lane).await.unwrap().owed, 0, "{lane:?}");
    }
    let owed = rig.store().outbox.depth(Lane::Work).await.unwrap().owed;
    assert_eq!(owed, 3, "two events and the ticket to be removed");
}

async fn nothing_of_a_deleted_person_is_left_in_the_files(mut rig: Rig) {
    let (person, other) = (rig.person(1), rig.person(2));
    let version = plant(&mut rig, person).await;
    done(&rig, &Commit { rows: vec![row(other, 1)], ..commit(other, 0, 1) }).await;
    assert!(holds(&rig.disk().await, &person.id.0), "the search sees him");
    done(&rig, &farewell(person, version)).await;
    // What the gateway does with them.
    rig.store().shared.remove(TICKET).await.unwrap();
    for id in [6, 7, 8] {
        rig.store().outbox.settle_due(person, step(id), None).await.unwrap();
    }
    pass(&rig, person, other).await;
    let disk = rig.written_anew().await;
    assert!(holds(&disk, &other.id.0), "the search sees those who stay");
    let live = rig.live().await;
    for needle in [person.id.0.as_slice(), NUMBER.as_bytes(), SECRET.as_bytes(), b"canary-77"] {
        assert!(!holds(&live, needle), "{needle:?} lives");
        assert!(!holds(&disk, needle), "{needle:?} lies in a file");
    }
    assert_eq!(rig.store().outbox.list(other, 9).await.unwrap(), vec![row(other, 1)]);
}

#[tokio::test]
async fn the_embedded_store_deletes_in_one_step() {
    a_deletion_is_one_step(Rig::embedded().await).await;
}

#[tokio::test]
async fn redis_deletes_in_one_step() {
    a_deletion_is_one_step(Rig::redis().await).await;
}

#[tokio::test]
async fn a_deletion_leaves_nothing_in_the_embedded_file() {
    nothing_of_a_deleted_person_is_left_in_the_files(Rig::embedded().await).await;
}

#[tokio::test]
async fn a_deletion_leaves_nothing_in_redis() {
    nothing_of_a_deleted_person_is_left_in_the_files(Rig::redis().await).await;
}

const DAY: u64 = 86_400;

/// One pass from end to end.
async fn swept(rig: &Rig, day: u64) -> (u32, u32) {
    let rules = Retention { texts: Duration::from_secs(7 * DAY), rows: Duration::from_secs(30 * DAY) };
    let (mut all, mut from) = ((0, 0), Vec::new());
    loop {
        let Swept { next, blanked, removed } =
            rig.store().sessions.sweep(&from, rules, after(day * DAY)).await.unwrap();
        all = (all.0 + blanked, all.1 + removed);
        if next.is_empty() {
            return all;
        }
        from = next;
    }
}

async fn texts_go_a_week_after_their_end_and_rows_a_month_after_it(rig: Rig) {
    let people = 700;
    for n in 0..people {
        let person = rig.person(n);
        let latest = after(90 * DAY);
        let of = |id, purpose| Row { latest, purpose, ..row(person, id) };
        let rows = vec![
            of(1, Purpose::Reply),
            of(2, Purpose::Reply),
            of(3, Purpose::Requested),
            of(4, Purpose::Alert),
        ];
        done(&rig, &Commit { rows, ..commit(person, 0, 1) }).await;
        let cancelled = RowEvent { person, id: step(1), at: NOW, what: RowChange::Cancelled };
        let cancelled = core::slice::from_ref(&cancelled);
        while let Err(error) = rig.store().outbox.record(cancelled, NOW).await {
            assert!(error.retryable(), "{error}");
        }
    }
    let person = rig.person(3);
    let texts = async || -> Vec<String> {
        let rows = rig.store().outbox.list(person, 9).await.unwrap();
        let mut texts: Vec<String> = rows.into_iter().map(|row| row.text).collect();
        texts.sort();
        texts
    };
    assert_eq!(swept(&rig, 6).await, (0, 0));
    assert_eq!(swept(&rig, 7).await, (people, 0));
    assert_eq!(texts().await, ["", SECRET, SECRET, SECRET], "what is still owed keeps its text");
    assert_eq!(swept(&rig, 29).await, (0, 0));
    assert_eq!(swept(&rig, 30).await, (0, people));
    assert_eq!(texts().await, [SECRET; 3]);
    for lane in [Lane::Now, Lane::Asked, Lane::Bulk] {
        assert_eq!(rig.store().outbox.depth(lane).await.unwrap().owed, u64::from(people), "{lane:?}");
    }
}

#[tokio::test]
async fn the_embedded_store_keeps_texts_and_rows_for_their_time() {
    texts_go_a_week_after_their_end_and_rows_a_month_after_it(Rig::embedded().await).await;
}

#[tokio::test]
async fn redis_keeps_texts_and_rows_for_their_time() {
    texts_go_a_week_after_their_end_and_rows_a_month_after_it(Rig::redis().await).await;
}
