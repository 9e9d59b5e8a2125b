//! Plays the phone, the network and the offices around the engine, in one line a turn.

use crate::bundle;
use kopir::domain::address::Dialled;
use kopir::domain::content::Reference;
use kopir::domain::envelope::LinkFacts;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::local::local;
use kopir::domain::menu::engine::{self, CALLS_PER_TURN_MAX, Effect, Input, Next, Setting};
use kopir::domain::menu::model::{Bundle, Opens};
use kopir::domain::menu::render;
use kopir::domain::screen::Screen;
use kopir::domain::service::{Answer, Call};
use kopir::domain::session::{Cursor, Dialogue, Phase, Profile};
use kopir::domain::time::Timestamp;
use kopir::domain::value::{Item, Value, Values};
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-11-23T10:00 in Almaty.
pub(crate) const NOW: Timestamp = Timestamp(1_795_410_000_000);

/// A phone, its network and its offices.
pub(crate) struct Play {
    pub(crate) bundle: Bundle,
    pub(crate) reference: Reference,
    pub(crate) profile: Profile,
    pub(crate) guess: Option<Lang>,
    pub(crate) now: Timestamp,
    pub(crate) pages: u8,
    pub(crate) script: Script,
    pub(crate) dialogue: Option<Dialogue>,
    pub(crate) earlier: Option<Dialogue>,
    pub(crate) effects: Vec<Effect>,
    /// What offices answer; a service that is not here answers `ok`.
    pub(crate) offices: BTreeMap<String, Answer>,
    pub(crate) calls: Vec<Call>,
    /// Whether calls stay unanswered.
    pub(crate) slow: bool,
    /// Whether many use the device.
    pub(crate) shared: bool,
}

impl Play {
    pub(crate) fn new() -> Self {
        Self {
            bundle: bundle::bundle(),
            reference: bundle::reference(),
            profile: Profile::default(),
            guess: None,
            now: NOW,
            pages: 1,
            script: Script::Native,
            dialogue: None,
            earlier: None,
            effects: vec![],
            offices: BTreeMap::new(),
            calls: vec![],
            slow: false,
            shared: false,
        }
    }

    pub(crate) fn speaking(lang: Lang) -> Self {
        let mut play = Self::new();
        play.profile.lang = Some(lang);
        play
    }

    pub(crate) fn turn(&mut self, input: &Input) -> Screen {
        let setting = Setting {
            bundle: &self.bundle,
            reference: &self.reference,
            profile: &self.profile,
            earlier: self.earlier.as_ref(),
            guess: self.guess,
            wrote: None,
            shared: self.shared,
            pages: self.pages,
            resume: Duration::from_secs(600),
            now: self.now,
        };
        let dialogue = self.dialogue.take().unwrap_or_else(|| engine::begin(&setting, b"net"));
        let mut step = engine::step(&setting, dialogue, input);
        let mut effects = step.effects.clone();
        let mut wrong = false;
        for _ in 0..=CALLS_PER_TURN_MAX {
            match &step.next {
                Next::Call(call) => {
                    self.calls.push(call.clone());
                    if self.slow {
                        step.dialogue.phase = Phase::Waiting(call.clone());
                        break;
                    }
                    let ok = Answer { outcome: "ok".into(), values: Values::new() };
                    let office = || self.offices.get(&call.service).cloned().unwrap_or(ok);
                    let answer = local(call, &self.reference, self.now).unwrap_or_else(office);
                    step = engine::step(&setting, step.dialogue, &Input::Answered(answer));
                    effects.extend(step.effects.clone());
                }
                Next::Show { wrong: said } => {
                    wrong = *said;
                    break;
                }
            }
        }
        let facts = LinkFacts { code: "*100#".into(), short: "1414".into(), tariff: String::new() };
        let screen = render::screen(&setting, &step.dialogue, self.script, &facts, wrong, false);
        for effect in &effects {
            match effect {
                Effect::KeepLang(lang) => self.profile.lang = Some(*lang),
                Effect::ForgetLang => self.profile.lang = None,
                Effect::Stop | Effect::Start | Effect::Wrong => {}
            }
        }
        self.effects.extend(effects);
        self.dialogue = Some(step.dialogue);
        screen
    }

    /// Dials; what was going on is the earlier dialogue.
    pub(crate) fn dial(&mut self, code: &str) -> Screen {
        self.earlier = self.dialogue.take();
        self.turn(&Input::Dial(Dialled::parse(code).unwrap()))
    }

    pub(crate) fn send(&mut self, text: &str) -> Screen {
        self.turn(&Input::Typed(text.to_owned()))
    }

    pub(crate) fn send_all(&mut self, texts: &[&str]) -> Screen {
        texts.iter().map(|text| self.send(text)).last().unwrap()
    }

    pub(crate) fn word(&mut self, opens: Opens, args: &[&str]) -> Screen {
        self.turn(&Input::Open(opens, args.iter().map(|arg| (*arg).to_owned()).collect()))
    }

    pub(crate) fn office(&mut self, service: &str, outcome: &str, values: &[(&str, Value)]) {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.offices.insert(service.to_owned(), Answer { outcome: outcome.to_owned(), values });
    }

    pub(crate) fn at(&self) -> &Cursor {
        &self.dialogue.as_ref().unwrap().cursor
    }

    pub(crate) fn stands_on(&self, menu: &str, step: &str) -> bool {
        matches!(self.at(), Cursor::Step { menu: m, step: s, .. } if m == menu && s == step)
    }
}

/// The screen as one line a part: body, then `digit label`.
pub(crate) fn shown(screen: &Screen) -> String {
    let choices = screen.choices.iter().map(|choice| format!("{} {}", choice.digit, choice.label));
    let said = [screen.wrong.clone().unwrap_or_default(), screen.body.clone()];
    said.into_iter().chain(choices).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

pub(crate) fn jobs(count: usize) -> Value {
    Value::Items((1..=count).map(|n| Item { id: format!("j{n}"), label: format!("Повар {n}") }).collect())
}
