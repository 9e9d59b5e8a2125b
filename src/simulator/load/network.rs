//! Letters and dialogues of many phones at once, saturated or at a pace, by one task that only reacts.

use super::figures::{Durations, Report};
use crate::clock;
use crate::domain::address::Msisdn;
use crate::simulator::smsc::SmscHandle;
use crate::simulator::smsc::event::{PhoneEvent, Screen, Why};
use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

/// How long nothing is looked at while nothing happens.
const STILL: Duration = Duration::from_secs(1);
/// The first number of the crowd: +998 90 0000000.
const FIRST_NUMBER: u64 = 998_900_000_000;
/// Messages that a late pace may send at once; more would hide that the generator cannot keep up.
const CATCH_UP_MAX: u32 = 64;

/// What every phone does.
#[derive(Clone, Debug)]
pub enum Work {
    /// Sends a letter and waits for one.
    Sms {
        /// To this short number.
        short: String,
        /// One of these, in turn.
        texts: Vec<String>,
    },
    /// Dials and answers to the end; hangs up where the answers end first.
    Ussd {
        /// The code.
        code: String,
        /// The answers.
        answers: Vec<String>,
    },
}

/// How fast.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many phones busy at any time.
    Saturated(usize),
    /// So many letters or dialogues begun a second, whatever comes back.
    PerSecond(u32),
}

/// One run.
#[derive(Clone, Debug)]
pub struct NetworkLoad {
    /// What.
    pub work: Work,
    /// How fast.
    pub pace: Pace,
    /// Different phones.
    pub n_phones: usize,
    /// How long messages are begun.
    pub lasts: Duration,
    /// How long after that an answer is still waited for.
    pub patience: Duration,
}

/// A phone that waits.
#[derive(Debug)]
struct Waits {
    since: Instant,
    step: usize,
}

struct Drive<'a> {
    load: &'a NetworkLoad,
    smsc: &'a SmscHandle,
    idle: VecDeque<Msisdn>,
    waiting: HashMap<Msisdn, Waits>,
    begun: usize,
    durations: Durations,
    report: Report,
}

/// Drives the load over whatever is bound to the simulator. Phones of other hands must be still meanwhile.
pub async fn network(smsc: &SmscHandle, load: &NetworkLoad) -> Report {
    let mut events = smsc.watch();
    let crowd = (0..u64::try_from(load.n_phones).unwrap_or(1))
        .filter_map(|n| Msisdn::parse(&FIRST_NUMBER.saturating_add(n).to_string()).ok());
    let work = match &load.work {
        Work::Sms { .. } => "sms",
        Work::Ussd { .. } => "ussd",
    };
    let mut drive = Drive {
        load,
        smsc,
        idle: crowd.collect(),
        waiting: HashMap::new(),
        begun: 0,
        durations: Durations::default(),
        report: Report { work: work.to_owned(), ..Report::default() },
    };
    let started = clock::instant();
    let ends = started + load.lasts;
    let mut last_answer = started;
    loop {
        let now = clock::instant();
        let open = now < ends;
        if !open && (drive.waiting.is_empty() || now >= ends + load.patience) {
            break;
        }
        let next = if open { drive.begin(started, now).min(ends) } else { ends + load.patience };
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => {
                    last_answer = clock::instant();
                    drive.happened(&event, last_answer);
                }
                Err(RecvError::Lagged(n)) => drive.report.missed = drive.report.missed.saturating_add(n),
                Err(RecvError::Closed) => break,
            },
            () = tokio::time::sleep_until(next) => {}
        }
    }
    let lost = u64::try_from(drive.waiting.len()).unwrap_or(u64::MAX);
    let report = Report { lost, ..drive.report };
    report.timed(last_answer.saturating_duration_since(started), &drive.durations)
}

impl Drive<'_> {
    /// Begins what is to be begun by now; when to look again.
    fn begin(&mut self, started: Instant, now: Instant) -> Instant {
        match self.load.pace {
            Pace::Saturated(window) => {
                while self.waiting.len() < window && self.one(now) {}
                now + STILL
            }
            Pace::PerSecond(n) => {
                let gap = Duration::from_secs(1) / n.max(1);
                let at =
                    |begun: usize| started + gap.saturating_mul(u32::try_from(begun).unwrap_or(u32::MAX));
                for _ in 0..CATCH_UP_MAX {
                    if at(self.begun) > now || !self.one(now) {
                        break;
                    }
                }
                at(self.begun).max(now + Duration::from_millis(1))
            }
        }
    }

    /// Begins one letter or dialogue; false when no phone is idle.
    fn one(&mut self, now: Instant) -> bool {
        let Some(msisdn) = self.idle.pop_front() else { return false };
        match &self.load.work {
            Work::Sms { short, texts } => {
                let text = texts.get(self.begun % texts.len().max(1)).map_or("9", String::as_str);
                self.smsc.text(&msisdn, short, text);
            }
            Work::Ussd { code, .. } => {
                let _not_looked_at = self.smsc.dial(&msisdn, code);
            }
        }
        self.begun = self.begun.saturating_add(1);
        self.waiting.insert(msisdn, Waits { since: now, step: 0 });
        true
    }

    fn happened(&mut self, event: &PhoneEvent, now: Instant) {
        match event {
            PhoneEvent::Sms(sms) => match (&self.load.work, self.waiting.remove(&sms.msisdn)) {
                (Work::Sms { .. }, Some(waits)) => {
                    self.durations.add(now.saturating_duration_since(waits.since));
                    self.idle.push_back(sms.msisdn.clone());
                }
                (Work::Sms { .. }, None) => self.report.duplicates = self.report.duplicates.saturating_add(1),
                (Work::Ussd { .. }, waits) => {
                    // A promised letter beside the dialogue is no part of it.
                    if let Some(waits) = waits {
                        self.waiting.insert(sms.msisdn.clone(), waits);
                    }
                }
            },
            PhoneEvent::Screen(screen) => self.shown(screen, now),
            PhoneEvent::Ended { msisdn, why, .. } => {
                if matches!(why, Why::TimedOut | Why::Refused) && self.waiting.remove(msisdn).is_some() {
                    self.report.failed = self.report.failed.saturating_add(1);
                    self.idle.push_back(msisdn.clone());
                }
            }
            PhoneEvent::Receipt { .. } => {}
        }
    }

    fn shown(&mut self, screen: &Screen, now: Instant) {
        let Work::Ussd { answers, .. } = &self.load.work else { return };
        let Some(waits) = self.waiting.get_mut(&screen.msisdn) else {
            self.report.duplicates = self.report.duplicates.saturating_add(1);
            return;
        };
        self.durations.add(now.saturating_duration_since(waits.since));
        match answers.get(waits.step) {
            Some(answer) if screen.asks => {
                waits.step = waits.step.saturating_add(1);
                waits.since = now;
                self.smsc.answer(&screen.msisdn, answer);
            }
            Some(_) | None => {
                self.waiting.remove(&screen.msisdn);
                if !screen.ends {
                    self.smsc.hang_up(&screen.msisdn);
                }
                self.report.dialogues = self.report.dialogues.saturating_add(1);
                self.idle.push_back(screen.msisdn.clone());
            }
        }
    }
}
