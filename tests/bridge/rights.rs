//! STOP holds whoever has the rows in hand, and what a person says of his rights stands in the audit trail.

use crate::program::Program;
use crate::receipts::owe;
use crate::rig::{BOTH, Kept, LIMIT, Rig, SHORT, Wish, World, phone, until};
use kopir::domain::delivery::{
    Claimed, Due, DueKind, Lane, Proof, Purpose, Row, RowChange, RowEvent, RowState,
};
use kopir::domain::envelope::StepKey;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::person::Person;
use kopir::domain::receipt::IdForm;
use kopir::domain::session::{Phone, Session};
use kopir::domain::ticket::{Queue, Ticket, TicketState};
use kopir::domain::time::Timestamp;
use kopir::metrics::NameKind;
use kopir::ports::{Commit, Committed};
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::faults::{Faults, IdAs};
use std::process::Command;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

fn alert(person: Person, id: u8, now: Timestamp) -> Row {
    Row {
        id: StepKey([id; 16]),
        person,
        to: phone(77),
        from: SHORT.to_owned(),
        link: "net".into(),
        text: "Yangi ish".to_owned(),
        purpose: Purpose::Alert,
        proof: Proof { at: now, ..Proof::default() },
        campaign: None,
        jobs: Vec::new(),
        created: now,
        earliest: now.plus(HOUR),
        latest: now.plus(HOUR * 9),
        state: RowState::Queued { at: now, attempt: 0 },
        maybe_dup: false,
        trail: Vec::new(),
    }
}

#[tokio::test]
async fn nothing_that_stop_is_about_leaves_once_it_is_acknowledged_whoever_has_it_in_hand() {
    for kept in BOTH {
        let rig = Rig::new(kept, Wish::default()).await;
        let parts = rig.app.gateway.parts();
        let person = parts.persons.person(&phone(77));
        let before = parts.clock.now();
        // One waits for its time; one another gateway has claimed, and waits with it for room in a window.
        parts.outbox.hand_over(&[alert(person, 1, before), alert(person, 2, before)]).await.unwrap();
        let claimed = parts.outbox.claim(Lane::Bulk, before.plus(HOUR), 1, HOUR * 5).await.unwrap();
        let [Claimed::Row(theirs)] = claimed.as_slice() else { panic!("{claimed:?}") };
        let stop = rig.world.phones.text(&phone(77), SHORT, "STOP");
        rig.world.acknowledged(stop[0]).await;
        let rows = parts.outbox.list(person, 9).await.unwrap();
        let alerts = || rows.iter().filter(|row| row.purpose == Purpose::Alert);
        assert_eq!(alerts().count(), 2);
        assert!(alerts().all(|row| matches!(row.state, RowState::Cancelled { .. })), "{rows:?}");
        // The other gateway finds its room only now.
        let now = parts.clock.now();
        let taken = RowChange::Sending { gateway: 99, link: "net".into() };
        let event = RowEvent { person, id: theirs.id, at: now, what: taken };
        let stands = parts.outbox.record(&[event], now.plus(HOUR)).await.unwrap();
        assert!(matches!(stands[0].as_ref().unwrap().state, RowState::Cancelled { .. }), "it may not send");
        // What comes late from before the STOP: handed over, or left by a gateway that died while it sent.
        let sending = RowState::Sending { at: before, attempt: 1, gateway: 99, link: "net".into() };
        let late = Row { earliest: before, ..alert(person, 3, before) };
        let left = Row { earliest: before, state: sending, ..alert(person, 4, before) };
        parts.outbox.hand_over(&[late, left]).await.unwrap();
        let mut cancelled = 0;
        while cancelled < 4 {
            let rows = parts.outbox.list(person, 9).await.unwrap();
            cancelled = rows.iter().filter(|row| matches!(row.state, RowState::Cancelled { .. })).count();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let letters = rig.world.all_letters_after_another(&phone(77), 1).await;
        assert!(letters.iter().all(|text| !text.contains("Yangi ish")), "{letters:?}");
        rig.stop().await;
    }
}

/// Everything of a person goes, as the commit of his deletion does it.
async fn erase(rig: &Rig, person: Person, dues: Vec<Due>) {
    let parts = rig.app.gateway.parts();
    let now = parts.clock.now();
    let opened = parts.sessions.open(person, now).await.unwrap();
    let commit = Commit {
        person,
        now,
        step: StepKey::of(&[b"erase", &person.id.0]),
        expect: opened.session_version,
        session: Session::default(),
        session_expires: now.plus(HOUR),
        profile: None,
        rows: Vec::new(),
        dues,
        done: Vec::new(),
        lease_until: now,
        erase: true,
    };
    assert_eq!(parts.sessions.commit(&commit).await.unwrap(), Committed::Done);
}

#[tokio::test]
async fn a_response_under_way_while_its_person_is_erased_writes_nothing_back() {
    for kept in BOTH {
        let faults = Faults { delay_ms: Some((700, 700)), ..Faults::default() };
        let smsc = Some(Settings { faults, ..Settings::default() });
        let rig = Rig::new(kept, Wish { smsc, ..Wish::default() }).await;
        let rows = [owe(&rig, 1, "Salom").await, owe(&rig, 2, "Salom").await];
        until("both are on their way", || rig.world.phones.sums().submissions == 2).await;
        erase(&rig, rows[0].person, Vec::new()).await;
        let accepted = NameKind { name: "net".to_owned(), kind: "accepted" };
        let metrics = rig.app.gateway.parts().metrics.clone();
        until("both are answered", || metrics.rows.get_or_create(&accepted).get() == 2).await;
        let parts = rig.app.gateway.parts().clone();
        let sent = rig.world.phones.submissions();
        // Ended in order: what the responses brought is recorded.
        assert!(rig.app.stop().await);
        for (row, stays) in rows.iter().zip([false, true]) {
            let sent = sent.iter().find(|sent| sent.to == row.to.expose()).unwrap();
            let keys = IdForm::default().given("net", &IdAs::Padded.write(sent.id));
            let keys: Vec<StepKey> = keys.iter().map(|key| key.key).collect();
            let found = parts.receipts.find(&keys, parts.clock.now()).await.unwrap();
            assert_eq!(found.iter().any(Option::is_some), stays, "{kept:?} {found:?}");
            assert_eq!(parts.outbox.list(row.person, 9).await.unwrap().len(), usize::from(stays), "{kept:?}");
        }
        rig.world.end().await;
    }
}

#[tokio::test]
async fn a_plea_that_was_on_its_way_to_the_board_while_its_person_was_erased_goes_too() {
    for kept in BOTH {
        let wish =
            Wish { gateway: "row_lease_secs = 10", link: "response_timeout_ms = 5000", ..Wish::default() };
        let rig = Rig::new(kept, wish).await;
        let (board, parts) = (rig.app.gateway.board().clone(), rig.app.gateway.parts());
        let person = parts.persons.person(&phone(3));
        let now = parts.clock.now();
        let name = "ticket/record/12345678".to_owned();
        let (id, what) = (StepKey([8; 16]), DueKind::Forget(vec![name.clone()]));
        let due = Due { id, person, at: now, latest: now.plus(HOUR), attempt: 0, what };
        erase(&rig, person, vec![due]).await;
        let first = async {
            while parts.outbox.depth(Lane::Work).await.unwrap().oldest.is_none_or(|at| at <= now) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LIMIT, first).await.expect("it was looked for once");
        // Carried by a gateway that had claimed it before: it comes up only now.
        board.open(&ticket(person, now)).await.unwrap();
        assert!(board.get("12345678").await.unwrap().is_some());
        let gone = async {
            while !parts.shared.list("ticket/").await.unwrap().iter().all(|name| name == "ticket/journal")
                || parts.outbox.depth(Lane::Work).await.unwrap().owed > 0
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LIMIT, gone).await.expect("record and mark go, and nothing is owed any more");
        assert_eq!(board.get("12345678").await.unwrap(), None);
        rig.stop().await;
    }
}

fn ticket(person: Person, now: Timestamp) -> Ticket {
    Ticket {
        no: "12345678".to_owned(),
        person,
        number: phone(3),
        link: "net".into(),
        queue: Queue::CallBack,
        topic: "papers".to_owned(),
        lang: Lang::Uz,
        script: Script::Latin,
        from: SHORT.to_owned(),
        sms_wanted: false,
        phone: Phone::Own,
        safe: None,
        text: None,
        created: now,
        due: now.plus(HOUR),
        proof: Proof::default(),
        state: TicketState::Open,
        escalated: false,
        acts: Vec::new(),
    }
}

pub(crate) fn verify(world: &World, more: &[&str]) -> (i32, serde_json::Value) {
    let folder = world.folder.path().join("audit");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kopir"));
    let ended = command.args(["audit", "verify", "--json"]).arg(folder).args(more).output().unwrap();
    let report = serde_json::from_slice(&ended.stdout).unwrap_or_default();
    (ended.status.code().unwrap(), report)
}

pub(crate) fn trail(world: &World) -> String {
    let folder = world.folder.path().join("audit");
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        all.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    all
}

#[tokio::test]
async fn stop_and_deletion_stand_in_the_trail_after_a_kill_and_a_cut_end_is_found() {
    let world = World::new(Kept::Embedded, Wish::default()).await;
    let program = Program::start(&world, "warn").await;
    world.phones.text(&phone(5), SHORT, "STOP");
    world.inbox(&phone(5), 1).await;
    // Killed as soon as it has answered: the event is in the store, whether or not it is in the trail.
    program.kill();
    let program = Program::start(&world, "warn").await;
    until("the event", || trail(&world).contains("\"stop\"")).await;
    // That he said STOP is kept, and he is told so.
    for (had, (typed, shown)) in
        (2..).zip([("MALUMOT", "Saqlaymiz"), ("3", "Hammasi o'chirilsinmi?"), ("1", "O'chirildi")])
    {
        world.phones.text(&phone(5), SHORT, typed);
        let letters = world.inbox(&phone(5), had).await;
        assert!(letters[had - 1].contains(shown), "{typed}: {letters:?}");
    }
    program.kill();
    let told = world.letters(&phone(5)).pop().unwrap().text;
    let receipt: String = told.chars().filter(char::is_ascii_digit).collect();
    let program = Program::start(&world, "warn").await;
    until("the deletion", || trail(&world).contains("\"deletion\"")).await;
    assert!(trail(&world).contains(&receipt), "under the number he was told: {told}");
    world.phones.text(&phone(6), SHORT, "TIL");
    world.inbox(&phone(6), 1).await;
    assert!(program.stop().await.success());
    let config = world.folder.path().join("kopir.toml").display().to_string();
    let (code, report) = verify(&world, &["--config", &config]);
    assert_eq!((code, &report["problems"]), (0, &serde_json::json!([])), "{report}");
    assert!(report["events"].as_u64().unwrap() >= 2, "{report}");
    let told = trail(&world);
    for number in ["998900000005", "900000005", "STOP", "MALUMOT"] {
        assert!(!told.contains(number), "{number} stands in the trail");
    }
    let mut files = std::fs::read_dir(world.folder.path().join("audit")).unwrap();
    let file = files.find_map(|file| {
        let path = file.unwrap().path();
        std::fs::read_to_string(&path).unwrap().contains("\"stop\"").then_some(path)
    });
    let file = file.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let first = text.lines().next().unwrap();
    std::fs::write(&file, format!("{first}\n")).unwrap();
    assert_eq!(verify(&world, &[]).0, 0, "without the store a cut end is not seen, and the manual says so");
    let (code, report) = verify(&world, &["--config", &config]);
    assert_eq!(code, 1, "{report}");
    assert!(report.to_string().contains("cut off"), "{report}");
    world.end().await;
}
