//! The load of the kill rig: phones that write words with effects, each going on only when it has been answered.

use crate::rig::{LAST4, SHORT, World, phone};
use kopir::simulator::office::{Fault, Faults};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Letters that may be unanswered at once; the load is as fast as the gateway is.
const UNANSWERED_MAX: u64 = 64;
/// Words without a reply that may be under way: letters are acknowledged faster than replies leave, and an outbox that grows
/// for ever would make every phone wait behind it and the kills measure nothing else.
const OWED_MAX: usize = 64;
/// Letters within one kill at full speed; after them the load is slow. Without it two hundred kills are a quarter of a million
/// phones, whose bookkeeping here is slower than the gateway.
const FAST_MAX: u64 = 250;
/// Phones at once that stop and start letters, and that are promised an answer.
const TALKS_MAX: usize = 24;
/// The first phone of the load.
pub(crate) const FIRST: u32 = 1_000_000;
/// One phase in three the office is too slow to answer in time.
const OFFICE_PHASE: Duration = Duration::from_millis(1_000);

/// What a phone is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One word, one reply.
    Word,
    /// STOP, then START: a STOP that acts again later shows in the profile.
    StopStart,
    /// A promise of an answer, kept by one letter.
    Promise,
    /// The same, and then everything of the phone is deleted.
    Erase,
}

/// One phone and how far it has come.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) phone: u32,
    pub(crate) kind: Kind,
    /// Letters it has written.
    pub(crate) wrote: usize,
    /// Different texts it must have by the end.
    pub(crate) texts: usize,
    /// Whether it wrote the last word of a deletion.
    pub(crate) erased: bool,
}

/// All phones.
pub(crate) struct Load<'a> {
    world: &'a World,
    begun: Instant,
    next: u32,
    going: Vec<Life>,
    pub(crate) over: Vec<Life>,
    /// The office is slow in two phases of three instead of one: a promise that is asked again finds it so again.
    pub(crate) sluggish: bool,
    /// When words were last written in a slow run.
    written: Instant,
    /// Words without a reply, as last looked.
    unanswered: Vec<u32>,
    looked: Instant,
}

impl<'a> Load<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let now = Instant::now();
        Self {
            world,
            begun: now,
            next: FIRST,
            going: Vec::new(),
            over: Vec::new(),
            sluggish: false,
            written: now,
            unanswered: Vec::new(),
            looked: now,
        }
    }

    /// Letters written by all phones.
    pub(crate) fn letters(&self) -> u64 {
        self.over.iter().chain(&self.going).map(|life| u64::try_from(life.wrote).unwrap()).sum()
    }

    /// Goes on until so many more letters are acknowledged.
    pub(crate) async fn go_on(&mut self, more: u64) {
        let until = self.world.phones.sums().acknowledged + more;
        let started = Instant::now();
        while self.world.phones.sums().acknowledged < until {
            assert!(started.elapsed() < crate::rig::LIMIT, "the load stands still");
            self.step(Duration::ZERO);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Goes on until `ended`; whether that came within `limit`.
    pub(crate) async fn go_on_until(&mut self, limit: Duration, mut ended: impl FnMut() -> bool) -> bool {
        let (started, before) = (Instant::now(), self.letters());
        while !ended() {
            if started.elapsed() > limit {
                return false;
            }
            // At full speed for a second; whatever is rarer than that needs time, not letters.
            let fast = started.elapsed() < Duration::from_secs(1) && self.letters() < before + FAST_MAX;
            let pause = if fast { 0 } else { 15 };
            self.step(Duration::from_millis(pause));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        true
    }

    /// No new phones: those that are there come to their end. Whether all did within `limit`.
    pub(crate) async fn come_to_an_end(&mut self, limit: Duration) -> bool {
        let begun = Instant::now();
        while !self.had_effects() && begun.elapsed() < limit {
            self.step(Duration::from_millis(15));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.world.office.fail(Faults::default());
        let started = Instant::now();
        while started.elapsed() < limit {
            self.talk();
            let words = self.over.iter().filter(|life| life.kind == Kind::Word);
            let mut unanswered = words.filter(|life| self.texts(life.phone).is_empty());
            if self.going.is_empty() && unanswered.next().is_none() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.over.append(&mut self.going);
        false
    }

    /// Whether a promise was kept and a person deleted; a short load goes on until then.
    fn had_effects(&self) -> bool {
        let news = |life: &Life| self.texts(life.phone).iter().any(|text| text.contains("Yangilik"));
        let kept = |life: &Life| life.kind == Kind::Promise && news(life);
        self.over.iter().any(kept) && self.over.iter().any(|life| life.erased)
    }

    fn step(&mut self, pause: Duration) {
        let first = (self.begun.elapsed().as_millis() / OFFICE_PHASE.as_millis()).is_multiple_of(3);
        let slow = first != self.sluggish;
        let faults = Faults { fault: Some(Fault::Slow), after_ms: 1_500 };
        self.world.office.fail(if slow { faults } else { Faults::default() });
        self.talk();
        // Half of the talks are kept for promises, which are only made while the office is slow.
        let promises = self.going.iter().filter(|life| life.kind != Kind::StopStart).count();
        if slow && promises < TALKS_MAX / 2 {
            self.begin(if self.next.is_multiple_of(2) { Kind::Erase } else { Kind::Promise });
        }
        if self.going.len().saturating_sub(promises) < TALKS_MAX / 2 {
            self.begin(Kind::StopStart);
        }
        if self.looked.elapsed() > Duration::from_millis(50) {
            self.looked = Instant::now();
            let world = self.world;
            self.unanswered.retain(|n| world.phones.inbox(&phone(*n)).is_empty());
        }
        if self.written.elapsed() < pause || self.unanswered.len() > OWED_MAX {
            return;
        }
        self.written = Instant::now();
        let acknowledged = self.world.phones.sums().acknowledged;
        let mut unanswered = self.letters().saturating_sub(acknowledged);
        while unanswered < UNANSWERED_MAX && self.unanswered.len() <= OWED_MAX {
            self.begin(Kind::Word);
            unanswered += 1;
            if !pause.is_zero() {
                break;
            }
        }
    }

    fn begin(&mut self, kind: Kind) {
        let mut life = Life { phone: self.next, kind, wrote: 0, texts: 1, erased: false };
        self.next += 1;
        match kind {
            Kind::Word => {
                life.write(self.world, "KUN 0311");
                self.unanswered.push(life.phone);
            }
            Kind::StopStart => life.write(self.world, "TOXTAT"),
            Kind::Promise | Kind::Erase => {
                life.write(self.world, &format!("HOLAT {} {LAST4}", 6_000_000_000 + u64::from(life.phone)));
            }
        }
        if kind == Kind::Word { self.over.push(life) } else { self.going.push(life) }
    }

    /// Every phone that has been answered goes on.
    fn talk(&mut self) {
        let mut going = Vec::with_capacity(self.going.len());
        for mut life in core::mem::take(&mut self.going) {
            let texts = self.texts(life.phone);
            if life.go_on(self.world, &texts) { going.push(life) } else { self.over.push(life) }
        }
        self.going = going;
    }

    /// The different texts a phone has, in the order in which each came first.
    fn texts(&self, n: u32) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for sms in self.world.phones.inbox(&phone(n)) {
            if !texts.contains(&sms.text) {
                texts.push(sms.text);
            }
        }
        texts
    }
}

impl Life {
    fn write(&mut self, world: &World, text: &str) {
        world.phones.text(&phone(self.phone), SHORT, text);
        self.wrote += 1;
    }

    /// Answers what has come; false when there is nothing left to do.
    fn go_on(&mut self, world: &World, texts: &[String]) -> bool {
        if texts.len() < self.texts {
            return true;
        }
        let last = texts.last().map_or("", String::as_str);
        let answer = match self.kind {
            Kind::Word => None,
            // START asks whose phone it is, and holds once that is said.
            Kind::StopStart => match self.texts {
                1 => Some("BOSHLA"),
                2 => last.contains("Bu telefon kimniki?").then_some("1"),
                _ => None,
            },
            Kind::Promise | Kind::Erase => {
                let erases = self.kind == Kind::Erase;
                match self.texts {
                    // Where the office was well after all, there is nothing to promise.
                    1 => last.contains("Bu telefon kimniki?").then_some("1"),
                    // The promised letter may overtake the promise.
                    2 if texts.iter().any(|text| text.contains("tafsilotsiz yozamiz")) => Some(""),
                    2 if last.contains("Yangilik") => return true,
                    3 => erases.then_some("MALUMOT"),
                    4 => last.contains("Saqlaymiz:").then_some("3"),
                    // Not the octets of the first "1": over a new bind those would be taken for its redelivery.
                    5 => last.contains("Qaytarib bo'lmaydi").then_some("1 "),
                    _ => None,
                }
            }
        };
        let Some(answer) = answer else { return false };
        if !answer.is_empty() {
            self.write(world, answer);
        }
        self.erased = self.texts == 5;
        self.texts += 1;
        true
    }
}

/// Kills that a run is asked for, per store.
pub(crate) fn kills() -> Option<usize> {
    if let Ok(kills) = std::env::var("KOPIR_KILLS") {
        return Some(kills.parse().expect("KOPIR_KILLS is a number of kills per store"));
    }
    std::env::var("KOPIR_LONG").is_ok_and(|long| long == "1").then_some(200)
}

/// Points in a rotation that never ends, in an order of its own each round.
pub(crate) fn shuffled<T: Copy>(all: &[T], n: usize) -> Vec<T> {
    let mut rest: VecDeque<T> = VecDeque::new();
    let mut drawn = Vec::with_capacity(n);
    while drawn.len() < n && !all.is_empty() {
        if rest.is_empty() {
            rest.extend(all);
        }
        let at = usize::try_from(getrandom::u32().unwrap()).unwrap() % rest.len();
        drawn.extend(rest.remove(at));
    }
    drawn
}
