//! The stage of a rehearsal: the real gateway on the embedded store in memory, a clock moved by hand, scripted offices.

use super::case::{Door, Office, Offices};
use super::recorder::Recorder;
use super::seen::{self, Seen};
use crate::adapters::store::Store;
use crate::adapters::store::settings::{KeyRing, StoreSettings};
use crate::adapters::upstream::scripted::{Fault, Line, Plain, Scripted};
use crate::clock::Clock;
use crate::courier::Courier;
use crate::domain::address::{Dialled, Msisdn};
use crate::domain::delivery::Lane;
use crate::domain::envelope::{
    BearerProfile, Copy, Device, Event, Inbound, LinkFacts, Outbound, Reply, StepKey,
};
use crate::domain::lang::{Lang, Script};
use crate::domain::service::{Answer, Call, Place, SERVICES};
use crate::domain::session::Profile;
use crate::domain::text::budget;
use crate::domain::time::Timestamp;
use crate::domain::word;
use crate::gateway::audit::Audit;
use crate::gateway::carry::How;
use crate::gateway::library::Library;
use crate::gateway::{Gateway, Limits, Parts};
use crate::metrics::Metrics;
use crate::ports::{Commit, Letter, Upstream, UpstreamError};
use crate::tasks::Tasks;
use async_trait::async_trait;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Looks at the outbox after a turn; each can make work for the next.
const ROUNDS: usize = 3;
/// How long a turn's loose ends may take in real time; a rehearsal waits for nothing outside the process.
const SETTLE: Duration = Duration::from_secs(5);

/// Before each letter: who writes more of them in a minute is taken for a machine (`Limits::answers_minute_max`).
const LETTER: Duration = Duration::from_secs(6);

/// A gateway with nobody at the other end but the case.
pub(super) struct Stage {
    gateway: Arc<Gateway>,
    recorder: Arc<Recorder>,
    office: Arc<Cast>,
    tasks: Tasks,
    clock: Clock,
    from: Msisdn,
    steps: u64,
    dialogue: u64,
    last: Option<(Inbound, Arc<BearerProfile>)>,
    /// Whoever is at the screen that many use.
    visit: Msisdn,
    visits: u64,
    /// What a phone dials after the base code to go on with what is on that screen.
    carried: Option<String>,
}

/// What a phone got from one turn.
#[derive(Debug, Default)]
pub(super) struct Got {
    /// The page, and whether the dialogue is over.
    pub page: Option<Outbound>,
    /// Letters.
    pub letters: Vec<Letter>,
}

/// The offices of a case, exchangeable while it is played.
struct Cast(Mutex<BTreeMap<String, Arc<Scripted>>>);

#[async_trait]
impl Upstream for Cast {
    async fn call(&self, call: &Call, to: &Msisdn) -> Result<Answer, UpstreamError> {
        let office = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&call.service).cloned();
        match office {
            Some(office) => office.call(call, to).await,
            None => Err(UpstreamError::Away("not in the case".to_owned())),
        }
    }

    async fn healthy(&self) -> bool {
        true
    }
}

impl Stage {
    /// Sets the stage for `from`, noon of `today`.
    ///
    /// # Errors
    /// What cannot be set up, as a sentence.
    pub(super) async fn new(
        library: Arc<Library>,
        from: &str,
        today: jiff::civil::Date,
        language: Option<Lang>,
    ) -> Result<Self, String> {
        let from = Msisdn::parse(from).map_err(|error| format!("phone: {error}"))?;
        let clock = Clock::manual(noon(today)?);
        let keys = KeyRing::random()?;
        let metrics = Metrics::default();
        let store = Store::in_memory(&keys, &StoreSettings::default(), &metrics)?;
        let tasks = Tasks::new();
        let office = Arc::new(Cast(Mutex::default()));
        let offices = SERVICES.iter().filter(|spec| spec.place == Place::Office);
        let port: Arc<dyn Upstream> = office.clone();
        let upstreams = offices.map(|spec| (spec.name.to_owned(), port.clone())).collect();
        let (records, _unread) = mpsc::channel(1);
        let parts = Parts {
            sessions: store.sessions,
            outbox: store.outbox,
            receipts: store.receipts,
            shared: store.shared,
            upstreams,
            library,
            persons: keys.person_keys(),
            old_persons: keys.old_person_keys(),
            clock: clock.clone(),
            metrics,
            tasks: tasks.clone(),
            background: Tasks::new(),
            records,
            audit: Audit::nowhere(),
            id: 1,
            // A scripted office answers at once; the grace only has to be longer than that takes.
            limits: Limits { commit_grace: Duration::from_secs(2), ..Limits::default() },
        };
        let gateway = Gateway::new(parts);
        let recorder = Arc::new(Recorder::default());
        let bearers = Door::ALL.map(|door| ((name(door).to_owned(), door != Door::Sms), bearer(door)));
        let hall = ((HALL.to_owned(), true), shared());
        let courier = Courier::new(gateway.parts(), recorder.clone());
        gateway.connect(courier, recorder.clone(), bearers.into_iter().chain([hall]).collect());
        let mut stage = Self {
            gateway,
            recorder,
            office,
            tasks,
            clock,
            from,
            steps: 0,
            dialogue: 0,
            last: None,
            visit: Msisdn::of_visit(0),
            visits: 0,
            carried: None,
        };
        if let Some(lang) = language {
            stage.knows(lang).await?;
        }
        Ok(stage)
    }

    /// Changes what offices answer.
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub(super) fn cast(&self, offices: &Offices) -> Result<(), String> {
        for (service, office) in offices {
            let scripted = script(service, office)?;
            self.office
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(service.clone(), Arc::new(scripted));
        }
        Ok(())
    }

    /// A code is dialled.
    ///
    /// # Errors
    /// What is no code, or why the turn was refused.
    pub(super) async fn dial(&mut self, door: Door, code: &str) -> Result<Got, String> {
        let code = match &self.carried {
            Some(carried) => code.replace(CARRIED, carried),
            None if code.contains(CARRIED) => return Err("dial: nothing was carried before".to_owned()),
            None => code.to_owned(),
        };
        let dialled = Dialled::parse(&code).map_err(|error| format!("dial: {error}"))?;
        self.dialogue += 1;
        self.deliver(door, Event::Dial(dialled), None).await
    }

    /// Something is typed in a dialogue, or sent as a letter.
    ///
    /// # Errors
    /// Why the turn was refused.
    pub(super) async fn send(&mut self, door: Door, text: &str) -> Result<Got, String> {
        self.deliver(door, Event::Text(text.to_owned()), word::script_of(text)).await
    }

    /// The dialogue is broken off.
    ///
    /// # Errors
    /// Why the turn was refused.
    pub(super) async fn hang_up(&mut self, door: Door) -> Result<Got, String> {
        self.deliver(door, Event::Abort, None).await
    }

    /// Something is done at the screen that many use.
    ///
    /// # Errors
    /// Why the turn was refused.
    pub(super) async fn touch(&mut self, input: &str) -> Result<Got, String> {
        let event = match input {
            "start" => {
                self.visits += 1;
                self.visit = Msisdn::of_visit(self.visits);
                Event::Dial(Dialled::parse("*100#").map_err(|error| error.to_string())?)
            }
            "finish" => Event::Abort,
            typed => Event::Text(typed.to_owned()),
        };
        self.steps += 1;
        let step = StepKey::of(&[&self.steps.to_be_bytes()]);
        let inbound = Inbound {
            from: self.visit.clone(),
            link: HALL.into(),
            to: "100".to_owned(),
            event,
            script: None,
            lang: None,
            dialogue: self.visits.to_be_bytes().to_vec(),
            copy: Copy { step, content: step, bind: 1, doubtful: false },
            at: self.clock.now(),
        };
        self.last = Some((inbound.clone(), shared()));
        self.take(inbound, &shared()).await
    }

    /// What the screen shows is laid down for a phone.
    ///
    /// # Errors
    /// When there is nothing to go on with, or what the store says.
    pub(super) async fn carry(&mut self, how: How) -> Result<Got, String> {
        let carried = self.gateway.carry(&self.visit, how).await.map_err(|error| error.to_string())?;
        self.carried = Some(carried.ok_or("carry: there is nothing to go on with")?);
        Ok(Got::default())
    }

    /// The last delivery comes again.
    ///
    /// # Errors
    /// When there was none, or why the turn was refused.
    pub(super) async fn again(&mut self) -> Result<Got, String> {
        let (inbound, profile) = self.last.clone().ok_or("again: nothing was delivered before")?;
        self.take(inbound, &profile).await
    }

    /// Time passes; what falls due meanwhile happens.
    pub(super) async fn wait(&mut self, span: Duration) -> Got {
        self.clock.advance(span);
        self.settle().await
    }

    /// The steps that the last turn showed.
    pub(super) async fn seen(&self, got: &Got) -> Vec<Seen> {
        let Some((inbound, profile)) = &self.last else { return Vec::new() };
        let Some(door) = Door::ALL.into_iter().find(|door| name(*door) == &*inbound.link.to_string()) else {
            return Vec::new();
        };
        let parts = self.gateway.parts();
        let person = parts.persons.person(&self.from);
        let session = parts.sessions.open(person, self.clock.now()).await.unwrap_or_default().session;
        let dialogue = if profile.keeps_open { session.held } else { session.written };
        let texts = got.page.iter().map(|page| page.text.as_str());
        let texts = texts.chain(got.letters.iter().map(|letter| letter.text.as_str()));
        let current = parts.library.current();
        let ended = texts.flat_map(|text| seen::last_words(&current, text, door));
        dialogue.and_then(|dialogue| seen::standing(dialogue, door)).into_iter().chain(ended).collect()
    }

    /// The person has chosen a language before.
    async fn knows(&mut self, lang: Lang) -> Result<(), String> {
        let parts = self.gateway.parts();
        let now = self.clock.now();
        let profile = Profile { lang: Some(lang), seen: now, ..Profile::default() };
        let commit = Commit {
            person: parts.persons.person(&self.from),
            now,
            step: StepKey::of(&[b"before the case"]),
            expect: 0,
            session: crate::domain::session::Session::default(),
            session_expires: now.plus(Duration::from_secs(1)),
            profile: Some((0, profile, now.plus(parts.limits.profile_lasts))),
            rows: Vec::new(),
            dues: Vec::new(),
            done: Vec::new(),
            lease_until: now,
            erase: false,
        };
        let committed = parts.sessions.commit(&commit).await;
        self.clock.advance(Duration::from_secs(1));
        committed.map(|_done| ()).map_err(|error| error.to_string())
    }

    async fn deliver(&mut self, door: Door, event: Event, script: Option<Script>) -> Result<Got, String> {
        self.steps += 1;
        let held = door != Door::Sms;
        if !held {
            self.clock.advance(LETTER);
        }
        let step = StepKey::of(&[&self.steps.to_be_bytes()]);
        let inbound = Inbound {
            from: self.from.clone(),
            link: name(door).into(),
            to: if held { "100" } else { SHORT }.to_owned(),
            event,
            script,
            lang: None,
            dialogue: if held { self.dialogue.to_be_bytes().to_vec() } else { Vec::new() },
            copy: Copy { step, content: step, bind: 1, doubtful: false },
            at: self.clock.now(),
        };
        let profile = bearer(door);
        self.last = Some((inbound.clone(), profile.clone()));
        self.take(inbound, &profile).await
    }

    async fn take(&mut self, inbound: Inbound, profile: &Arc<BearerProfile>) -> Result<Got, String> {
        let turned = self.gateway.turn(inbound, profile).await.map_err(|refused| refused.why.to_string())?;
        // Nobody answers within the same millisecond; a clock that stands would make two turns simultaneous.
        self.clock.advance(Duration::from_millis(500));
        let mut got = self.settle().await;
        got.page = turned.outbound.or(got.page);
        Ok(got)
    }

    /// Lets everything that is due happen: a due asks an office, its answer makes a row, the row is sent.
    async fn settle(&self) -> Got {
        for _ in 0..ROUNDS {
            self.tasks.drained(SETTLE).await;
            for lane in Lane::ALL {
                while self.gateway.look(lane).await.is_zero() {}
            }
        }
        self.tasks.drained(SETTLE).await;
        Got { page: self.recorder.pages().pop(), letters: self.recorder.letters() }
    }
}

/// The number of the rehearsal's letters.
const SHORT: &str = "5522";
/// The screen that many use.
const HALL: &str = "hall";
/// Stands in `dial:` for what was carried.
const CARRIED: &str = "{carried}";

pub(super) fn name(door: Door) -> &'static str {
    match door {
        Door::Ussd => "ussd",
        Door::Sms => "sms",
        Door::Http => "http",
    }
}

/// The profile of a door: the design budgets, as every link has them by default.
fn bearer(door: Door) -> Arc<BearerProfile> {
    let letters = door == Door::Sms;
    let facts = LinkFacts { code: "*100#".into(), short: SHORT.into(), tariff: String::new() };
    Arc::new(BearerProfile {
        budget: if letters { budget::SMS } else { budget::USSD },
        parts_max: if letters { 3 } else { 1 },
        keeps_open: !letters,
        device: Device::Phone,
        reply: if letters { Reply::Row } else { Reply::Inline },
        grace: Duration::ZERO,
        script: Script::Native,
        resume: Duration::from_secs(if letters { 3 * 86_400 } else { 600 }),
        facts,
    })
}

/// The profile of the screen that many use.
fn shared() -> Arc<BearerProfile> {
    let phone = bearer(Door::Ussd);
    Arc::new(BearerProfile { device: Device::Shared, resume: Duration::from_secs(120), ..(*phone).clone() })
}

fn noon(today: jiff::civil::Date) -> Result<Timestamp, String> {
    let noon = today.at(12, 0, 0, 0).in_tz(crate::domain::time::ZONE).map_err(|error| error.to_string())?;
    Ok(Timestamp(noon.timestamp().as_millisecond()))
}

fn script(service: &str, office: &Office) -> Result<Scripted, String> {
    let bare = |outcome: Option<String>, fault: Option<Fault>| Line {
        when: BTreeMap::new(),
        outcome,
        values: BTreeMap::new(),
        as_of: None,
        after_ms: 0,
        fault,
    };
    let lines = match office {
        Office::Word(word) if word == "down" => vec![bare(None, Some(Fault::Down))],
        Office::Word(word) => vec![bare(Some(word.clone()), None)],
        Office::One(said) => {
            let mut values = said.values.clone();
            let as_of = values.remove("as_of").and_then(|day| match day {
                Plain::Said(day) => day.parse().ok(),
                Plain::Typed(_) | Plain::Number(_) => None,
            });
            vec![Line { values, as_of, ..bare(Some(said.outcome.clone()), None) }]
        }
        Office::Many(lines) => lines.clone(),
    };
    Scripted::new(BTreeMap::from([(service.to_owned(), lines)])).map_err(|error| error.to_string())
}
