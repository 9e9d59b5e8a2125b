//! A visit to a device that many use, over both stores: what it shows goes on at one phone, and nothing of it stays.

use crate::rig::{NOW, Rig, holds, number, parts};
use async_trait::async_trait;
use kopir::app::menus;
use kopir::clock::Clock;
use kopir::domain::address::{Dialled, Msisdn};
use kopir::domain::delivery::{Lane, Purpose};
use kopir::domain::envelope::{
    BearerProfile, Copy, Device, Event, Inbound, LinkFacts, Outbound, Reply, StepKey,
};
use kopir::domain::lang::{Lang, Script};
use kopir::domain::screen::Kind;
use kopir::domain::service::{Answer, Call};
use kopir::domain::session::{Phase, Profile};
use kopir::domain::text::budget;
use kopir::domain::ticket::{Outcome, Queue, TicketChange};
use kopir::domain::value::{Value, Values};
use kopir::gateway::carry::How;
use kopir::gateway::library::Library;
use kopir::gateway::ring::Ring;
use kopir::gateway::{Gateway, Limits, Parts};
use kopir::ports::{Opened, Upstream, UpstreamError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// An application, and what the answer calls it.
const APPLICATION: &str = "6120093847";
const TAIL: &str = "*3847";
/// How long a visit may stand still.
const RESUME: Duration = Duration::from_secs(120);
const CODE_UNKNOWN: &str = "Bu kod endi ishlamaydi";

both!(
    own:
    a_code_is_good_once_and_the_same_place_has_the_same,
    a_code_is_good_for_five_minutes,
    wrong_codes_are_counted_and_then_the_right_one_is_not_taken,
    a_letter_goes_to_his_own_phone_only_with_proof,
    a_call_is_asked_for_by_the_phone_that_takes_it_up,
    given_up_a_visit_leaves_nothing_but_the_ticket_it_rang_for,
    what_is_kept_of_a_visit_goes_with_it,
    a_bell_rings_once_is_answered_and_rings_again,
    a_bell_of_a_closed_desk_says_when_it_opens,
);

/// An office that answers after `slow_ms`: `found` for one number, else `unknown`.
struct Office(Arc<AtomicU64>);

#[async_trait]
impl Upstream for Office {
    async fn call(&self, call: &Call, _to: &Msisdn) -> Result<Answer, UpstreamError> {
        tokio::time::sleep(Duration::from_millis(self.0.load(Ordering::SeqCst))).await;
        let found = call.give.get("number") == Some(&Value::Digits(APPLICATION.to_owned()));
        let values = [("state".to_owned(), Value::Word("interview-scheduled".to_owned()))];
        let values = if found { Values::from(values) } else { Values::new() };
        Ok(Answer { outcome: if found { "found" } else { "unknown" }.to_owned(), values })
    }

    async fn healthy(&self) -> bool {
        true
    }
}

/// A gateway with a clock moved by hand.
struct World {
    rig: Rig,
    gateway: Arc<Gateway>,
    clock: Clock,
    slow_ms: Arc<AtomicU64>,
    steps: AtomicU64,
}

fn profile(device: Device) -> Arc<BearerProfile> {
    let facts = LinkFacts { code: "*100#".into(), short: "5522".into(), tariff: String::new() };
    Arc::new(BearerProfile {
        budget: budget::USSD,
        parts_max: 1,
        keeps_open: true,
        device,
        reply: Reply::Inline,
        grace: Duration::ZERO,
        script: Script::Native,
        resume: if device == Device::Shared { RESUME } else { Duration::from_secs(600) },
        facts,
    })
}

impl World {
    fn new(rig: Rig) -> Self {
        Self::with(rig, |_| {})
    }

    fn with(rig: Rig, change: impl FnOnce(&mut kopir::domain::content::Reference)) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("menus");
        let (bundle, mut reference) = menus::open(&folder, true).unwrap().1.bundle.unwrap();
        change(&mut reference);
        let (clock, slow_ms) = (Clock::manual(NOW), Arc::new(AtomicU64::new(0)));
        let office: Arc<dyn Upstream> = Arc::new(Office(slow_ms.clone()));
        let gateway = Gateway::new(Parts {
            upstreams: [("application.status".to_owned(), office)].into(),
            library: Arc::new(Library::new(bundle, reference)),
            limits: Limits { commit_grace: Duration::from_millis(300), ..Limits::default() },
            ..parts(&rig.keys, rig.store(), &clock)
        });
        Self { rig, gateway, clock, slow_ms, steps: AtomicU64::new(0) }
    }

    async fn turn(&self, from: &Msisdn, event: Event) -> Option<Outbound> {
        let step = StepKey::of(&[&self.steps.fetch_add(1, Ordering::SeqCst).to_be_bytes()]);
        let device = if from.is_visit() { Device::Shared } else { Device::Phone };
        let inbound = Inbound {
            from: from.clone(),
            link: if from.is_visit() { "hall-1" } else { "kcell" }.into(),
            to: "100".to_owned(),
            event,
            script: None,
            lang: None,
            dialogue: b"one".to_vec(),
            copy: Copy { step, content: step, bind: 1, doubtful: false },
            at: self.clock.now(),
        };
        let turned = self.gateway.turn(inbound, &profile(device)).await.unwrap();
        self.clock.advance(Duration::from_secs(1));
        turned.outbound
    }

    async fn dial(&self, from: &Msisdn, code: &str) -> Outbound {
        self.turn(from, Event::Dial(Dialled::parse(code).unwrap())).await.unwrap()
    }

    async fn send(&self, from: &Msisdn, text: &str) -> Outbound {
        self.turn(from, Event::Text(text.to_owned())).await.unwrap()
    }

    /// Begins a visit and types `walk` in it, in Uzbek.
    async fn visit(&self, n: u64, walk: &[&str]) -> (Msisdn, Outbound) {
        let visit = Msisdn::of_visit(n);
        let languages = self.dial(&visit, "*100#").await;
        assert_eq!(languages.screen.unwrap().kind, Kind::Languages);
        let mut shown = self.send(&visit, "3").await;
        for typed in walk {
            shown = self.send(&visit, typed).await;
        }
        (visit, shown)
    }

    async fn at_answer(&self, n: u64) -> Msisdn {
        let (visit, shown) = self.visit(n, &["1", APPLICATION, "7351"]).await;
        let screen = shown.screen.unwrap();
        assert!(
            screen.body.contains(TAIL) && screen.private && screen.place == "status/answer",
            "{screen:?}"
        );
        visit
    }

    /// A phone that has never been here dials what is shown and chooses Uzbek.
    async fn take_up(&self, phone: &Msisdn, code: &str) -> Outbound {
        let languages = self.dial(phone, &format!("*100*{code}#")).await;
        assert!(languages.text.contains("English"), "{}", languages.text);
        self.send(phone, "3").await
    }

    async fn opened(&self, from: &Msisdn) -> Opened {
        let person = self.rig.keys.person_keys().person(from);
        self.rig.store().sessions.open(person, self.clock.now()).await.unwrap()
    }

    async fn carry(&self, visit: &Msisdn, how: How) -> Option<String> {
        self.gateway.carry(visit, how).await.unwrap()
    }
}

async fn a_code_is_good_once_and_the_same_place_has_the_same(rig: Rig) {
    let world = World::new(rig);
    let (early, _) = world.visit(1, &[]).await;
    assert_eq!(world.carry(&early, How::Dialogue).await, None, "the root is nothing to go on with");
    assert_eq!(world.carry(&Msisdn::of_visit(99), How::Dialogue).await, None, "nobody is there");
    let visit = world.at_answer(2).await;
    let code = world.carry(&visit, How::Dialogue).await.unwrap();
    assert_eq!(world.carry(&visit, How::Dialogue).await.as_ref(), Some(&code));
    assert_ne!(world.carry(&visit, How::Letter).await.as_ref(), Some(&code));
    let digits = code.strip_prefix("6*").unwrap();
    assert!(digits.len() == 4 && digits.bytes().all(|octet| octet.is_ascii_digit()), "{code}");
    let answer = world.take_up(&number(1), &code).await;
    assert!(answer.text.contains(TAIL) && !answer.ends && answer.screen.is_none(), "{}", answer.text);
    // It is the phone's own dialogue now.
    assert!(!world.send(&number(1), "1").await.text.contains(TAIL));
    let second = world.take_up(&number(2), &code).await;
    assert!(second.text.contains(CODE_UNKNOWN) && second.ends, "{}", second.text);
    assert_eq!(world.opened(&number(2)).await.profile.guesses.count, 1);
    // Whoever still stands there may take another.
    let another = world.carry(&visit, How::Dialogue).await.unwrap();
    assert_ne!(another, code);
}

async fn a_code_is_good_for_five_minutes(rig: Rig) {
    let world = World::new(rig);
    let one = world.at_answer(1).await;
    let code = world.carry(&one, How::Dialogue).await.unwrap();
    world.clock.advance(Duration::from_secs(290));
    assert!(world.take_up(&number(1), &code).await.text.contains(TAIL));
    let two = world.at_answer(2).await;
    let code = world.carry(&two, How::Dialogue).await.unwrap();
    world.clock.advance(Duration::from_secs(100));
    // Asked for once more, it is good for as long again.
    assert_eq!(world.carry(&two, How::Dialogue).await.as_ref(), Some(&code));
    world.clock.advance(Duration::from_secs(301));
    assert_eq!(world.carry(&two, How::Dialogue).await, None, "the visit is over");
    assert!(world.take_up(&number(2), &code).await.text.contains(CODE_UNKNOWN));
}

async fn wrong_codes_are_counted_and_then_the_right_one_is_not_taken(rig: Rig) {
    let world = World::new(rig);
    let visit = world.at_answer(1).await;
    let code = world.carry(&visit, How::Dialogue).await.unwrap();
    world.take_up(&number(1), "6*000000").await;
    for n in 1..5 {
        let shown = world.dial(&number(1), &format!("*100*6*{n:06}#")).await;
        assert!(shown.text.contains(CODE_UNKNOWN), "{n}: {}", shown.text);
    }
    // One's own reference buys no further guesses.
    world.dial(&number(1), "*100*12#").await;
    world.send(&number(1), APPLICATION).await;
    assert!(world.send(&number(1), "7351").await.text.contains(TAIL));
    let blocked = world.dial(&number(1), &format!("*100*{code}#")).await;
    assert!(blocked.text.contains("Urinish juda ko'p"), "{}", blocked.text);
    assert!(world.take_up(&number(2), &code).await.text.contains(TAIL), "another phone has tried nothing");
    world.clock.advance(Duration::from_secs(86_400));
    let later = world.dial(&number(1), &format!("*100*{code}#")).await;
    assert!(later.text.contains(CODE_UNKNOWN), "a day later one may try again: {}", later.text);
}

async fn a_letter_goes_to_his_own_phone_only_with_proof(rig: Rig) {
    let world = World::new(rig);
    let visit = world.at_answer(1).await;
    let code = world.carry(&visit, How::Letter).await.unwrap();
    let phone = number(1);
    let person = world.rig.keys.person_keys().person(&phone);
    let rows = async || world.rig.store().outbox.list(person, 9).await.unwrap();
    let asked = world.take_up(&phone, &code).await;
    assert!(asked.text.contains("Bu kimning telefoni?") && !asked.text.contains(TAIL), "{}", asked.text);
    assert!(world.send(&phone, "2").await.text.contains("Hech narsa yuborilmadi"));
    assert!(rows().await.is_empty(), "borrowed: nothing");
    // The language that a borrower chose is asked for again.
    world.take_up(&phone, &code).await;
    let told = world.send(&phone, "1").await;
    assert!(told.text.contains("SMS tez orada"), "{}", told.text);
    let sent = rows().await;
    assert!(sent.iter().any(|row| row.text.contains(TAIL)), "{sent:?}");
    let profile = world.opened(&phone).await.profile;
    let consent = profile.consents[&Purpose::Requested];
    for row in &sent {
        assert_eq!((row.purpose, row.to.clone()), (Purpose::Requested, phone.clone()));
        assert_eq!(row.proof.wording, world.gateway.parts().library.current().id);
        assert_eq!(row.proof.by, consent.by, "by what he has just said");
    }
    assert_eq!(consent.lang, Lang::Uz);
    world.dial(&phone, &format!("*100*{code}#")).await;
    assert_eq!(rows().await.len(), sent.len(), "once");
    let theirs = world.take_up(&number(2), &code).await;
    assert!(theirs.text.contains(CODE_UNKNOWN), "{}", theirs.text);
}

async fn a_call_is_asked_for_by_the_phone_that_takes_it_up(rig: Rig) {
    let world = World::new(rig);
    let (visit, shown) = world.visit(1, &["3", "2", "1", "1", "1"]).await;
    let screen = shown.screen.unwrap();
    assert_eq!(screen.kind, Kind::Carry, "before it is asked whose phone it is: {screen:?}");
    assert_eq!(world.carry(&visit, How::Letter).await, None, "a question is no letter");
    let code = world.carry(&visit, How::Dialogue).await.unwrap();
    let asked = world.take_up(&number(1), &code).await;
    assert!(asked.text.contains("Bu telefon kimniki?"), "{}", asked.text);
    let taken = world.send(&number(1), "1").await;
    assert!(taken.ends, "{}", taken.text);
    let no: String = taken.text.chars().skip_while(|c| !c.is_ascii_digit()).take(8).collect();
    while world.gateway.look(Lane::Work).await.is_zero() {}
    let stands = async {
        loop {
            if let Some(ticket) = world.gateway.board().get(&no).await.unwrap() {
                return ticket;
            }
            while world.gateway.look(Lane::Work).await.is_zero() {}
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let ticket = tokio::time::timeout(Duration::from_secs(20), stands).await.expect("a ticket");
    assert_eq!((ticket.number, ticket.topic.as_str(), &*ticket.link), (number(1), "papers", "kcell"));
    assert!(world.opened(&visit).await.profile.tickets.is_empty());
}

async fn given_up_a_visit_leaves_nothing_but_the_ticket_it_rang_for(rig: Rig) {
    let world = World::new(rig);
    let visit = world.at_answer(1).await;
    let Ring::Rung { no } = world.gateway.ring(&visit, &"hall-1".into(), Lang::Uz).await.unwrap() else {
        panic!("it rings")
    };
    assert_eq!(world.opened(&visit).await.profile.lang, Some(Lang::Uz));
    assert_eq!(world.turn(&visit, Event::Abort).await, None);
    let opened = world.opened(&visit).await;
    assert_eq!((opened.session.held, opened.session.written), (None, None));
    assert!(opened.session.exchanges.iter().all(|exchange| exchange.reply == Outbound::default()));
    assert_eq!((opened.profile, opened.profile_version), (Profile::default(), 0));
    assert!(
        world
            .rig
            .store()
            .outbox
            .list(world.rig.keys.person_keys().person(&visit), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.carry(&visit, How::Dialogue).await, None);
    // Given up twice is given up, and whatever is typed late says only that it is over.
    assert_eq!(world.turn(&visit, Event::Abort).await, None);
    let late = world.send(&visit, "1").await;
    let screen = late.screen.unwrap();
    assert!(late.ends && screen.kind == Kind::End && screen.place == "phrase/over", "{screen:?}");
    assert!(!screen.body.is_empty() && screen.choices.is_empty(), "{screen:?}");
    let board = world.gateway.board();
    assert!(board.get(&no).await.unwrap().is_some(), "somebody still comes");
    let live = world.rig.live().await;
    for secret in [APPLICATION, "7351", visit.expose(), "3847"] {
        assert!(!holds(&live, secret.as_bytes()), "{secret}");
    }
}

async fn what_is_kept_of_a_visit_goes_with_it(rig: Rig) {
    let world = World::new(rig);
    let (visit, _) = world.visit(1, &["1", "1111111111"]).await;
    // The office is slow: its answer comes by itself, and is counted as a failed look-up then.
    world.slow_ms.store(600, Ordering::SeqCst);
    assert_eq!(world.turn(&visit, Event::Text("7351".to_owned())).await, None);
    let waits = world.send(&visit, "1").await;
    let screen = waits.screen.unwrap();
    assert!(!waits.ends && screen.kind == Kind::Wait && !screen.body.is_empty(), "{screen:?}");
    let answered = async {
        while world.opened(&visit).await.session.held.unwrap().phase != Phase::Open {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), answered).await.expect("an answer");
    assert_eq!(world.opened(&visit).await.profile.tries.count, 1);
    world.clock.advance(RESUME);
    let opened = world.opened(&visit).await;
    assert_eq!((opened.profile, opened.profile_version), (Profile::default(), 0));
}

async fn a_bell_rings_once_is_answered_and_rings_again(rig: Rig) {
    let world = World::new(rig);
    let (visit, link) = (Msisdn::of_visit(1), "hall-1".into());
    let ring = async || world.gateway.ring(&visit, &link, Lang::Tg).await.unwrap();
    let rung = async || world.gateway.rung(&visit).await.unwrap();
    assert_eq!(rung().await, Ring::Silent);
    let Ring::Rung { no } = ring().await else { panic!("it rings") };
    assert_eq!(ring().await, Ring::Rung { no: no.clone() });
    let board = world.gateway.board();
    assert_eq!(board.list(world.clock.now()).await.unwrap().len(), 1);
    let ticket = board.get(&no).await.unwrap().unwrap();
    assert!(ticket.number.is_visit() && !ticket.sms_wanted && ticket.text.is_none(), "{ticket:?}");
    assert_eq!((ticket.queue, &*ticket.link, ticket.lang), (Queue::CallBack, "hall-1", Lang::Tg));
    let change = async |no: &str, change| board.change(no, "aliya", change, world.clock.now()).await.unwrap();
    change(&no, TicketChange::Claim).await;
    assert_eq!(
        (rung().await, ring().await),
        (Ring::Coming { no: no.clone() }, Ring::Coming { no: no.clone() })
    );
    change(&no, TicketChange::Close(Outcome::Helped)).await;
    assert_eq!(rung().await, Ring::Done { no: no.clone() });
    let Ring::Rung { no: again } = ring().await else { panic!("it rings again") };
    assert_ne!(again, no);
    // However often: somebody who plays with it is not served for ever.
    let mut last = again;
    for _ in 0..9 {
        change(&last, TicketChange::Claim).await;
        change(&last, TicketChange::Close(Outcome::Helped)).await;
        let stands = ring().await;
        let Ring::Rung { no } = stands else {
            assert_eq!(stands, Ring::Done { no: last });
            return;
        };
        last = no;
    }
    panic!("it rings for ever");
}

async fn a_bell_of_a_closed_desk_says_when_it_opens(rig: Rig) {
    let today = NOW.date();
    let world = World::with(rig, |reference| {
        reference.desk.queues.get_mut(&Queue::CallBack).unwrap().hours.closed.push(today);
    });
    let (visit, link) = (Msisdn::of_visit(1), "hall-1".into());
    let closed = world.gateway.ring(&visit, &link, Lang::Tg).await.unwrap();
    assert!(
        matches!(&closed, Ring::Closed { opens_on, .. } if *opens_on == today.tomorrow().unwrap()),
        "{closed:?}"
    );
    assert_eq!(world.gateway.rung(&visit).await.unwrap(), Ring::Silent);
    let World { rig, .. } = world;
    let world = World::with(rig, |reference| drop(reference.desk.queues.remove(&Queue::CallBack)));
    assert_eq!(world.gateway.ring(&visit, &link, Lang::Tg).await.unwrap(), Ring::Nobody);
}
