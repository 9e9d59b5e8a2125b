//! The board of tickets over both stores: opened once, changed by one at a time, seen by every desk, forgotten whole.

use crate::rig::{NOW, Rig, SECRET, after, holds, number, parts, step};
use kopir::adapters::store::Store;
use kopir::clock::Clock;
use kopir::domain::delivery::Proof;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::session::Phone;
use kopir::domain::ticket::{Outcome, Queue, Refused, Ticket, TicketChange, TicketState};
use kopir::domain::time::Timestamp;
use kopir::gateway::board::{Board, BoardError};
use kopir::gateway::{Gateway, Parts};
use kopir::metrics::{Metrics, NameKind};
use kopir::ports::{Finding, Shared, StoreError};
use std::sync::Arc;
use std::time::Duration;

const KEEP: Duration = Duration::from_secs(86_400);

both!(
    a_ticket_is_opened_once_however_often_it_is_carried,
    two_pleas_of_one_number_both_stand,
    what_one_desk_opens_the_other_sees,
    what_one_desk_works_on_the_other_sees_and_cannot_close,
    a_closed_ticket_can_be_reopened_for_its_time_only,
    of_two_who_claim_at_once_one_has_it,
    danger_comes_first_then_the_escalated_then_the_oldest,
    what_a_kill_left_out_of_the_journal_is_found,
    hundreds_are_looked_at_with_one_read,
    a_forgotten_ticket_leaves_nothing,
    of_two_tickets_with_one_number_only_his_is_forgotten,
    a_ticket_forgotten_while_it_is_changed_leaves_nothing,
    of_two_gateways_one_escalates_and_once,
);

struct Desk {
    board: Arc<Board>,
    clock: Clock,
}

fn desk(store: &Store) -> Desk {
    let clock = Clock::manual(NOW);
    Desk { board: Board::new(store.shared.clone(), clock.clone(), Metrics::default(), KEEP), clock }
}

impl Desk {
    async fn listed(&self) -> Vec<String> {
        self.clock.advance(Duration::from_secs(2));
        let listed = self.board.list(self.clock.now()).await.unwrap();
        listed.iter().map(|ticket| ticket.no.clone()).collect()
    }

    async fn change(&self, no: &str, by: &str, change: TicketChange) -> Result<Ticket, BoardError> {
        self.board.change(no, by, change, self.clock.now()).await
    }
}

fn ticket(rig: &Rig, n: u32) -> Ticket {
    Ticket {
        no: format!("{:08}", 10_000_000 + n),
        person: rig.person(n),
        number: number(n),
        link: "kcell".into(),
        queue: Queue::CallBack,
        topic: "papers".into(),
        lang: Lang::Uz,
        script: Script::Latin,
        from: "1414".into(),
        sms_wanted: false,
        phone: Phone::Own,
        safe: None,
        text: Some(SECRET.to_owned()),
        created: after(n.into()),
        due: after(3_600),
        proof: Proof { by: step(u8::try_from(n % 250).unwrap()), ..Proof::default() },
        state: TicketState::Open,
        escalated: false,
        acts: Vec::new(),
    }
}

async fn a_ticket_is_opened_once_however_often_it_is_carried(rig: &mut Rig) {
    let ticket = ticket(rig, 1);
    let one = desk(rig.store());
    for _ in 0..3 {
        assert_eq!(one.board.open(&ticket).await.unwrap(), ticket.no);
    }
    one.change(&ticket.no, "aliya", TicketChange::Claim).await.unwrap();
    rig.crash().await;
    let again = desk(rig.store());
    assert_eq!(again.board.open(&ticket).await.unwrap(), ticket.no);
    assert_eq!(again.listed().await, std::slice::from_ref(&ticket.no));
    let found = again.board.get(&ticket.no).await.unwrap().unwrap();
    assert_eq!(found.state.holder(), Some("aliya"), "a late carrying undoes nothing");
    assert_eq!(found.text.as_deref(), Some(SECRET));
    assert!(!holds(&rig.disk().await, SECRET.as_bytes()), "sealed");
}

async fn two_pleas_of_one_number_both_stand(rig: &mut Rig) {
    let desk = desk(rig.store());
    let (first, mut second) = (ticket(rig, 1), ticket(rig, 2));
    second.no = first.no.clone();
    desk.board.open(&first).await.unwrap();
    let twin = desk.board.open(&second).await.unwrap();
    assert_eq!(twin, format!("{}-2", first.no));
    assert_eq!(desk.board.open(&second).await.unwrap(), twin);
    assert_eq!(desk.listed().await, [first.no, twin]);
}

async fn what_one_desk_opens_the_other_sees(rig: &mut Rig) {
    let second = rig.second().await;
    let (one, two) = (desk(rig.store()), desk(&second));
    let ticket = ticket(rig, 1);
    assert!(two.listed().await.is_empty());
    let mut moves = two.board.watch();
    one.board.open(&ticket).await.unwrap();
    assert_eq!(two.listed().await, [ticket.no]);
    assert!(moves.has_changed().unwrap());
    moves.mark_unchanged();
    two.listed().await;
    assert!(!moves.has_changed().unwrap(), "nothing moved");
}

async fn what_one_desk_works_on_the_other_sees_and_cannot_close(rig: &mut Rig) {
    let second = rig.second().await;
    let (one, two) = (desk(rig.store()), desk(&second));
    let ticket = ticket(rig, 1);
    one.board.open(&ticket).await.unwrap();
    two.listed().await;
    for change in [TicketChange::Claim, TicketChange::Called { reached: true }] {
        one.change(&ticket.no, "aliya", change).await.unwrap();
    }
    two.listed().await;
    assert_eq!(two.board.list(two.clock.now()).await.unwrap()[0].state.word(), "called");
    let taken = two.change(&ticket.no, "dana", TicketChange::Close(Outcome::Helped)).await;
    assert!(matches!(taken, Err(BoardError::Refused(Refused::Taken))), "{taken:?}");
    one.change(&ticket.no, "aliya", TicketChange::Close(Outcome::Helped)).await.unwrap();
    assert!(two.listed().await.is_empty());
    assert_eq!(two.board.closed(9).await.unwrap()[0].no, ticket.no);
}

async fn a_closed_ticket_can_be_reopened_for_its_time_only(rig: &mut Rig) {
    let second = rig.second().await;
    let (one, two) = (desk(rig.store()), desk(&second));
    let ticket = ticket(rig, 1);
    one.board.open(&ticket).await.unwrap();
    for change in [TicketChange::Claim, TicketChange::Close(Outcome::Helped)] {
        one.change(&ticket.no, "aliya", change).await.unwrap();
    }
    assert!(one.listed().await.is_empty());
    two.change(&ticket.no, "lead", TicketChange::Reopen).await.unwrap();
    assert_eq!(one.listed().await, std::slice::from_ref(&ticket.no));
    assert!(one.board.closed(9).await.unwrap().is_empty());
    for change in [TicketChange::Claim, TicketChange::Close(Outcome::NotWanted)] {
        two.change(&ticket.no, "dana", change).await.unwrap();
    }
    one.clock.advance(KEEP + Duration::from_secs(60));
    assert_eq!(one.board.get(&ticket.no).await.unwrap(), None, "closed ones are kept for their time only");
    let gone = one.change(&ticket.no, "aliya", TicketChange::Reopen).await;
    assert!(matches!(gone, Err(BoardError::Missing)), "{gone:?}");
}

async fn of_two_who_claim_at_once_one_has_it(rig: &mut Rig) {
    let second = rig.second().await;
    let (one, two) = (desk(rig.store()), desk(&second));
    for n in 0..20 {
        let ticket = ticket(rig, n);
        one.board.open(&ticket).await.unwrap();
        let (a, b) = tokio::join!(
            one.change(&ticket.no, "aliya", TicketChange::Claim),
            two.change(&ticket.no, "dana", TicketChange::Claim)
        );
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
        let lost = a.and(b).unwrap_err();
        assert!(matches!(lost, BoardError::Refused(Refused::Taken)), "{lost:?}");
    }
}

async fn danger_comes_first_then_the_escalated_then_the_oldest(rig: &mut Rig) {
    let desk = desk(rig.store());
    for n in [4, 3, 2, 1] {
        let queue = if n == 4 { Queue::Danger } else { Queue::CallBack };
        desk.board.open(&Ticket { queue, ..ticket(rig, n) }).await.unwrap();
    }
    desk.change("10000003", "clock", TicketChange::Escalate).await.unwrap();
    assert_eq!(desk.listed().await, ["10000004", "10000003", "10000001", "10000002"]);
}

async fn what_a_kill_left_out_of_the_journal_is_found(rig: &mut Rig) {
    let ticket = ticket(rig, 1);
    let (one, other) = (desk(rig.store()), desk(rig.store()));
    assert!(one.listed().await.is_empty());
    other.board.open(&ticket).await.unwrap();
    // As if the other had been killed before it wrote the journal.
    let shared = &rig.store().shared;
    let (version, _) = shared.get("ticket/journal", NOW).await.unwrap().unwrap();
    assert!(shared.put("ticket/journal", version, &[0, 0, 0], None, NOW).await.unwrap());
    assert!(one.listed().await.is_empty());
    one.clock.advance(Duration::from_secs(60));
    assert_eq!(one.listed().await, [ticket.no]);
}

async fn hundreds_are_looked_at_with_one_read(rig: &mut Rig) {
    let writer = desk(rig.store());
    for n in 0..200 {
        writer.board.open(&ticket(rig, n)).await.unwrap();
    }
    let reader = desk(rig.store());
    assert_eq!(reader.listed().await.len(), 200);
    writer.change("10000007", "aliya", TicketChange::Claim).await.unwrap();
    let reads = || rig.metrics.store.get_or_create(&NameKind { name: "get".into(), kind: "ok" }).get();
    let before = reads();
    for _ in 0..20 {
        reader.listed().await;
    }
    assert_eq!(reads() - before, 21, "the journal at every look, the ticket that moved once");
    let listed = reader.board.list(reader.clock.now()).await.unwrap();
    assert_eq!(listed.iter().filter(|ticket| ticket.state.holder() == Some("aliya")).count(), 1);
}

async fn a_forgotten_ticket_leaves_nothing(rig: &mut Rig) {
    let second = rig.second().await;
    let (one, two) = (desk(rig.store()), desk(&second));
    let ticket = ticket(rig, 1);
    one.board.open(&ticket).await.unwrap();
    assert_eq!(two.listed().await.len(), 1);
    one.board.forget(&ticket.no).await.unwrap();
    one.board.forget(&ticket.no).await.unwrap();
    assert_eq!(one.board.get(&ticket.no).await.unwrap(), None);
    assert!(one.listed().await.is_empty() && two.listed().await.is_empty());
}

async fn of_two_tickets_with_one_number_only_his_is_forgotten(rig: &mut Rig) {
    let desk = desk(rig.store());
    let (first, mut second) = (ticket(rig, 1), ticket(rig, 2));
    second.no = first.no.clone();
    desk.board.open(&first).await.unwrap();
    let twin = desk.board.open(&second).await.unwrap();
    for _ in 0..2 {
        desk.board.forget_his(&first.no, |ticket| ticket.number == second.number).await.unwrap();
        assert_eq!(desk.board.get(&twin).await.unwrap(), None);
        assert_eq!(desk.listed().await, std::slice::from_ref(&first.no));
    }
    desk.board.forget_his(&first.no, |ticket| ticket.number == first.number).await.unwrap();
    assert_eq!(rig.store().shared.list("ticket/").await.unwrap(), ["ticket/journal"]);
}

/// A store in which the person has everything deleted just before a ticket is written.
struct Forgetting(Arc<dyn Shared>);

#[async_trait::async_trait]
impl Shared for Forgetting {
    async fn get(&self, name: &str, now: Timestamp) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.0.get(name, now).await
    }

    async fn put(
        &self,
        name: &str,
        expect: u64,
        value: &[u8],
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if let Some(no) = name.strip_prefix("ticket/record/") {
            let other = Board::new(self.0.clone(), Clock::manual(now), Metrics::default(), KEEP);
            other.forget(no).await?;
        }
        self.0.put(name, expect, value, expires, now).await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.remove(name).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.0.list(prefix).await
    }

    async fn lease(
        &self,
        name: &str,
        owner: u64,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Option<u64>, StoreError> {
        self.0.lease(name, owner, now, lasts).await
    }

    async fn probe(&self, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
        self.0.probe(now).await
    }
}

async fn a_ticket_forgotten_while_it_is_changed_leaves_nothing(rig: &mut Rig) {
    let ticket = ticket(rig, 1);
    desk(rig.store()).board.open(&ticket).await.unwrap();
    let shared: Arc<dyn Shared> = Arc::new(Forgetting(rig.store().shared.clone()));
    let late = Board::new(shared, Clock::manual(NOW), Metrics::default(), KEEP);
    let gone = late.change(&ticket.no, "aliya", TicketChange::Claim, NOW).await;
    assert!(matches!(gone, Err(BoardError::Missing)), "{gone:?}");
    assert_eq!(rig.store().shared.list("ticket/").await.unwrap(), ["ticket/journal"]);
}

fn gateway(rig: &Rig, store: &Store, clock: &Clock, id: u64) -> Arc<Gateway> {
    Gateway::new(Parts { id, ..parts(&rig.keys, store, clock) })
}

async fn of_two_gateways_one_escalates_and_once(rig: &mut Rig) {
    let second = rig.second().await;
    let clock = Clock::manual(NOW);
    let (one, two) = (gateway(rig, rig.store(), &clock, 1), gateway(rig, &second, &clock, 2));
    for n in 0..5 {
        one.board().open(&ticket(rig, n)).await.unwrap();
    }
    one.board().change("10000004", "aliya", TicketChange::Claim, NOW).await.unwrap();
    one.board().change("10000004", "aliya", TicketChange::Called { reached: true }, NOW).await.unwrap();
    let mut escalated = 0;
    for _ in 0..40 {
        clock.advance(Duration::from_secs(100));
        let (a, b) = tokio::join!(one.tend_once(), two.tend_once());
        escalated += a.unwrap() + b.unwrap();
        assert!(clock.now() >= after(3_600) || escalated == 0, "not before they are due");
    }
    assert_eq!(escalated, 4, "each that nobody has called");
    for n in 0..5_u32 {
        let ticket = two.board().get(&format!("{}", 10_000_000 + n)).await.unwrap().unwrap();
        let acts = ticket.acts.iter().filter(|act| act.what == TicketChange::Escalate).count();
        assert_eq!((acts, ticket.escalated), if n == 4 { (0, false) } else { (1, true) });
    }
}
