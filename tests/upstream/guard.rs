//! What the gateway sees of an office that is well, slow, down or crowded: always an answer, soon, and dated when it is old.

use crate::support::{Memory, NOW, call, office, to};
use kopir::adapters::upstream::guard::{Around, Guarded};
use kopir::adapters::upstream::held::Held;
use kopir::adapters::upstream::http::HttpOffice;
use kopir::adapters::upstream::scripted::{Fault as Told, Scripted};
use kopir::adapters::upstream::settings::GuardSettings;
use kopir::adapters::upstream::vault::Vault;
use kopir::clock::Clock;
use kopir::domain::service::spec;
use kopir::domain::value::Value;
use kopir::metrics::{Metrics, NameKind};
use kopir::ports::Upstream;
use kopir::simulator::office::{Fault, Faults};
use kopir::tasks::Tasks;
use std::sync::Arc;
use std::time::Duration;

const SERVICE: &str = "application.status";
const SCRIPT: &str = r#"
application.status:
  - when: {number: "1234567890", last4: "4821"}
    outcome: found
    values: {state: commission, tail: "7890"}
    as_of: 2026-08-01
  - when: {number: "2222222222"}
    outcome: found
    values: {state: approved}
    after_ms: 1000
  - outcome: unknown
"#;

struct Rig {
    office: Arc<Scripted>,
    guarded: Arc<Guarded>,
    store: Arc<Memory>,
    around: Around,
}

fn around() -> Around {
    Around { clock: Clock::manual(NOW), metrics: Metrics::default(), tasks: Tasks::new() }
}

fn rig(settings: GuardSettings) -> Rig {
    let office = Arc::new(Scripted::parse(SCRIPT).unwrap());
    let store = Arc::new(Memory::default());
    let around = around();
    let held = Held::new(store.clone(), Vault::new(&[9; 32], "held"), Duration::from_secs(30 * 24 * 3600));
    let guarded =
        Arc::new(Guarded::new(office.clone(), spec(SERVICE).unwrap(), settings, Some(held), &around));
    Rig { office, guarded, store, around }
}

impl Rig {
    async fn ask(&self, number: &str, last4: &str) -> kopir::domain::service::Answer {
        self.guarded.call(&call(number, last4), &to()).await.unwrap()
    }

    async fn written(&self) {
        assert!(self.around.tasks.drained(Duration::from_secs(5)).await);
    }

    fn counted(&self, kind: &'static str) -> u64 {
        self.around.metrics.upstream.get_or_create(&NameKind { name: SERVICE.to_owned(), kind }).get()
    }
}

#[tokio::test(start_paused = true)]
async fn an_office_gone_leaves_the_last_known_answer_with_its_date() {
    let rig = rig(GuardSettings::default());
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "found");
    rig.written().await;
    rig.office.tell(Some(Told::Down));
    let old = rig.ask("1234567890", "4821").await;
    assert_eq!(old.outcome, "old");
    assert_eq!(old.values["state"], Value::Word("commission".to_owned()));
    assert_eq!(old.values["as_of"], Value::Date(jiff::civil::date(2026, 8, 1)));
    assert_eq!(rig.ask("1234567890", "0000").await.outcome, "down");
    assert_eq!((rig.counted("old"), rig.counted("away"), rig.counted("retried")), (1, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_sealed_grows_too_old_and_is_forgotten_when_the_office_says_otherwise() {
    let rig = rig(GuardSettings::default());
    rig.ask("1234567890", "4821").await;
    rig.written().await;
    {
        let all = rig.store.0.lock().unwrap();
        assert_eq!(all.len(), 1);
        let dump: Vec<u8> =
            all.iter().flat_map(|(name, (_, value, _))| [name.as_bytes(), value].concat()).collect();
        for clear in ["1234567890", "4821", "commission", "7890"] {
            assert!(
                !dump.windows(clear.len()).any(|bytes| bytes == clear.as_bytes()),
                "{clear} stands in clear"
            );
        }
    }
    rig.office.tell(Some(Told::Down));
    rig.around.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "down");
    rig.office.tell(None);
    rig.around.clock.advance(Duration::from_secs(60));
    rig.ask("1234567890", "4821").await;
    rig.written().await;
    let gone = "- {when: {number: \"1234567890\"}, outcome: unknown}";
    rig.office.put(SERVICE, serde_saphyr::from_str(gone).unwrap()).unwrap();
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "unknown");
    rig.written().await;
    rig.office.tell(Some(Told::Down));
    rig.around.clock.advance(Duration::from_secs(60));
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "down");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_office_is_answered_for_in_time_and_its_breaker_opens_and_closes() {
    let rig = rig(GuardSettings { breaker_failures: 3, ..GuardSettings::default() });
    rig.office.tell(Some(Told::Hang));
    for _ in 0..2 {
        let began = kopir::clock::instant();
        assert_eq!(rig.ask("1234567890", "4821").await.outcome, "slow");
        assert_eq!(began.elapsed(), Duration::from_millis(2_500));
    }
    rig.around.clock.advance(Duration::from_secs(4));
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "slow");
    let began = kopir::clock::instant();
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "down");
    assert!(began.elapsed() < Duration::from_millis(1) && rig.counted("open") == 1);
    assert!(!rig.guarded.healthy().await);
    rig.office.tell(None);
    rig.around.clock.advance(Duration::from_secs(3));
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "found");
    assert!(rig.guarded.healthy().await);
}

#[tokio::test(start_paused = true)]
async fn a_call_given_up_by_the_gateway_does_not_jam_a_half_open_breaker() {
    let rig = rig(GuardSettings { breaker_failures: 1, ..GuardSettings::default() });
    rig.office.tell(Some(Told::Down));
    rig.ask("1234567890", "4821").await;
    rig.office.tell(None);
    rig.around.clock.advance(Duration::from_secs(3));
    let grace = tokio::time::timeout(Duration::from_millis(50), rig.ask("2222222222", "1111")).await;
    assert!(grace.is_err());
    assert_eq!(rig.ask("1234567890", "4821").await.outcome, "found");
}

#[tokio::test(start_paused = true)]
async fn one_call_too_many_is_refused_at_once() {
    let rig = rig(GuardSettings { concurrency: 2, ..GuardSettings::default() });
    let (first, second, third) = tokio::join!(
        rig.ask("2222222222", "1111"),
        rig.ask("2222222222", "1111"),
        rig.ask("1234567890", "4821")
    );
    assert_eq!(
        (first.outcome.as_str(), second.outcome.as_str(), third.outcome.as_str()),
        ("found", "found", "down")
    );
    assert_eq!(rig.counted("full"), 1);
}

#[tokio::test]
async fn over_real_sockets_every_fault_ends_in_an_answer() {
    let around = around();
    let (office, settings, _) = office(&around.tasks).await;
    let http: Arc<dyn Upstream> = Arc::new(HttpOffice::new(&settings).unwrap());
    let guard = GuardSettings {
        timeout_ms: 400,
        try_timeout_ms: 200,
        breaker_failures: 100,
        ..GuardSettings::default()
    };
    let guarded = Guarded::new(http, spec(SERVICE).unwrap(), guard, None, &around);
    for (fault, want) in [
        (Fault::Down, "down"),
        (Fault::Garbage, "down"),
        (Fault::Huge, "down"),
        (Fault::Hang, "slow"),
        (Fault::Redirect, "down"),
        (Fault::Outcome, "down"),
        (Fault::Refused, "down"),
        (Fault::Cut, "down"),
    ] {
        office.fail(Faults { fault: Some(fault), after_ms: 0 });
        let before = office.calls();
        assert_eq!(guarded.ask(&call("1234567890", "4821"), &to()).await.outcome, want, "{fault:?}");
        let tries = office.calls() - before;
        let twice = matches!(fault, Fault::Down | Fault::Hang | Fault::Cut);
        assert_eq!(tries, if twice { 2 } else { 1 }, "{fault:?}");
    }
    office.fail(Faults::default());
    assert_eq!(guarded.ask(&call("1234567890", "4821"), &to()).await.outcome, "found");
}
