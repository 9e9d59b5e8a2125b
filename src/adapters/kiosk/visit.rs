//! The visits under way: what was answered last and when each ends, found by the hash of its token, which is kept nowhere.

use super::settings::KioskSettings;
use super::token::{self, Key};
use super::wrong::Wrong;
use crate::domain::address::Msisdn;
use crate::domain::envelope::StepKey;
use crate::domain::lang::Lang;
use crate::domain::screen::{Kind, Screen};
use crate::domain::time::Timestamp;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// The span in which beginnings are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// All visits of this process.
#[derive(Default)]
pub(super) struct Visits {
    all: BTreeMap<Key, Visit>,
    begun: (Timestamp, u32),
}

/// One visit.
struct Visit {
    who: Who,
    /// The last answered, with what was typed; from 0, the dialling.
    step: u32,
    input: String,
    screen: Option<Arc<Screen>>,
    /// Submitted, and not answered yet.
    asked: Option<Asked>,
    printed: BTreeSet<u32>,
    /// The code that was shown last, and since when it can be dialled.
    carried: Option<(String, Timestamp)>,
    deadline: Timestamp,
    life: Life,
    alone: Arc<Mutex<()>>,
}

/// A step that was submitted.
struct Asked {
    step: u32,
    input: String,
    /// Closes when its turn has ended; `None` when that failed and the same may be tried again.
    running: Option<watch::Receiver<()>>,
}

impl Asked {
    /// What closes when its turn ends; `None` when it has ended, even by a panic that told nobody.
    fn running(&self) -> Option<&watch::Receiver<()>> {
        self.running.as_ref().filter(|ended| ended.has_changed().is_ok())
    }
}

/// Whether a visit can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Open,
    /// Over, and its person is still to be erased.
    Ended,
    /// That is being done.
    Erasing,
}

/// As whom a visit speaks to the gateway.
#[derive(Clone)]
pub(super) struct Who {
    /// Where a number is wanted.
    pub(super) number: Msisdn,
    /// What its dialogue and its steps are named by.
    pub(super) dialogue: StepKey,
    /// The language of its last screen, once one was chosen.
    pub(super) lang: Option<Lang>,
}

/// What becomes of a submitted step.
pub(super) enum Submitted {
    /// It was answered before.
    Answered(Arc<Screen>),
    /// Its turn is under way: closes when that has ended.
    Waits(watch::Receiver<()>),
    /// Its turn is to be taken; what is given back closes the receiver of those who wait.
    Begins(Who, watch::Sender<()>, watch::Receiver<()>),
}

/// What a visit shows.
pub(super) struct Shown {
    pub(super) who: Who,
    /// At which step.
    pub(super) step: u32,
    pub(super) screen: Arc<Screen>,
    /// Held while one thing is done: carried, rung or printed.
    pub(super) alone: Arc<Mutex<()>>,
}

/// How a step stands that was waited for.
pub(super) enum Stands {
    Answered(Arc<Screen>),
    Waits,
    Failed,
}

impl Visits {
    /// Begins a visit: its token, for the page alone, and its key here.
    pub(super) fn begin(&mut self, settings: &KioskSettings, now: Timestamp) -> Result<(String, Key), Wrong> {
        let open = self.all.values().filter(|visit| visit.life == Life::Open).count();
        // Those still to be erased take places too, or a store that is away would fill the memory.
        if open >= settings.visits_max || self.all.len() >= settings.visits_max.saturating_mul(2) {
            return Err(Wrong::Unavailable);
        }
        let (since, count) = self.begun;
        let (since, count) = if now.since(since) >= MINUTE { (now, 0) } else { (since, count) };
        if count >= settings.visits_minute_max {
            return Err(Wrong::Many);
        }
        let token = token::draw().map_err(|_no_randomness| Wrong::Unavailable)?;
        self.begun = (since, count.saturating_add(1));
        let key = token::key(&token);
        let who = Who {
            number: Msisdn::of_visit(token::secret(&settings.device, &token)),
            dialogue: StepKey::of(&[b"visit", &key]),
            lang: None,
        };
        let visit = Visit {
            who,
            step: 0,
            input: String::new(),
            screen: None,
            asked: None,
            printed: BTreeSet::new(),
            carried: None,
            deadline: now.plus(settings.silent_after(false)),
            life: Life::Open,
            alone: Arc::default(),
        };
        self.all.insert(key, visit);
        Ok((token, key))
    }

    fn open(&mut self, key: &Key) -> Result<&mut Visit, Wrong> {
        self.all.get_mut(key).filter(|visit| visit.life == Life::Open).ok_or(Wrong::Over)
    }

    /// Somebody is there: the visit lasts on from now.
    pub(super) fn touch(&mut self, key: &Key, settings: &KioskSettings, now: Timestamp) -> Result<(), Wrong> {
        let visit = self.open(key)?;
        visit.touch(settings, now);
        Ok(())
    }

    /// Takes a step in: the next one, or the same again.
    pub(super) fn submit(&mut self, key: &Key, step: u32, input: &str) -> Result<Submitted, Wrong> {
        let visit = self.open(key)?;
        if let Some(screen) = &visit.screen
            && (visit.step, visit.input.as_str()) == (step, input)
        {
            return Ok(Submitted::Answered(screen.clone()));
        }
        match &visit.asked {
            // Its outcome may be unknown: until it is known, nothing else is taken in.
            Some(asked) if (asked.step, asked.input.as_str()) != (step, input) => {
                return Err(Wrong::Step(visit.step));
            }
            Some(asked) => {
                if let Some(ended) = asked.running() {
                    return Ok(Submitted::Waits(ended.clone()));
                }
            }
            None if visit.screen.is_some() && Some(step) != visit.step.checked_add(1) => {
                return Err(Wrong::Step(visit.step));
            }
            None => {}
        }
        let (end, ended) = watch::channel(());
        visit.asked = Some(Asked { step, input: input.to_owned(), running: Some(ended.clone()) });
        Ok(Submitted::Begins(visit.who.clone(), end, ended))
    }

    /// A step's turn has ended, with a screen or without.
    pub(super) fn answered(
        &mut self,
        key: &Key,
        step: u32,
        screen: Option<Screen>,
        settings: &KioskSettings,
        now: Timestamp,
    ) {
        let Ok(visit) = self.open(key) else { return };
        let Some(asked) = visit.asked.take_if(|asked| asked.step == step) else { return };
        let Some(screen) = screen else {
            visit.asked = Some(Asked { running: None, ..asked });
            return;
        };
        if screen.kind != Kind::Languages {
            visit.who.lang = screen.lang;
        }
        (visit.step, visit.input, visit.screen) = (step, asked.input, Some(Arc::new(screen)));
        visit.touch(settings, now);
    }

    /// How a step stands now.
    pub(super) fn stands(&mut self, key: &Key, step: u32) -> Result<Stands, Wrong> {
        let visit = self.open(key)?;
        Ok(match (&visit.screen, &visit.asked) {
            (Some(screen), _) if visit.step == step => Stands::Answered(screen.clone()),
            (_, Some(asked)) if asked.step == step && asked.running().is_some() => Stands::Waits,
            _ => Stands::Failed,
        })
    }

    /// Who it is, what is shown at which step, and the lock by which one thing is done at a time.
    pub(super) fn shown(&mut self, key: &Key) -> Result<Shown, Wrong> {
        let visit = self.open(key)?;
        let screen = visit.screen.clone().ok_or(Wrong::Nothing)?;
        Ok(Shown { who: visit.who.clone(), step: visit.step, screen, alone: visit.alone.clone() })
    }

    /// Whether a step was printed.
    pub(super) fn is_printed(&mut self, key: &Key, step: u32) -> bool {
        self.open(key).is_ok_and(|visit| visit.printed.contains(&step))
    }

    /// Notes that it was.
    pub(super) fn printed(&mut self, key: &Key, step: u32) {
        if let Ok(visit) = self.open(key) {
            visit.printed.insert(step);
        }
    }

    /// Notes a code that is shown at `now`; since when it can be dialled, for `lasts`.
    pub(super) fn carried(&mut self, key: &Key, code: &str, lasts: Duration, now: Timestamp) -> Timestamp {
        let Ok(visit) = self.open(key) else { return now };
        match &visit.carried {
            Some((shown, since)) if shown == code && now.since(*since) < lasts => *since,
            _ => {
                visit.carried = Some((code.to_owned(), now));
                now
            }
        }
    }

    /// Ends a visit: nothing of it can be asked any more. Whether it was open.
    pub(super) fn end(&mut self, key: &Key) -> bool {
        let Ok(visit) = self.open(key) else { return false };
        visit.end();
        true
    }

    /// Ends those of which nothing was heard; how many.
    pub(super) fn end_silent(&mut self, now: Timestamp) -> usize {
        self.end_all(|visit| now >= visit.deadline)
    }

    /// Ends all; how many.
    pub(super) fn end_every(&mut self) -> usize {
        self.end_all(|_| true)
    }

    fn end_all(&mut self, which: impl Fn(&Visit) -> bool) -> usize {
        let over = self.all.values_mut().filter(|visit| visit.life == Life::Open && which(visit));
        over.map(Visit::end).count()
    }

    /// Takes up one that is to be erased.
    pub(super) fn erase(&mut self, key: &Key) -> Option<Who> {
        let visit = self.all.get_mut(key).filter(|visit| visit.life == Life::Ended)?;
        visit.life = Life::Erasing;
        Some(visit.who.clone())
    }

    /// Those that are to be erased.
    pub(super) fn to_erase(&self) -> Vec<Key> {
        let ended = self.all.iter().filter(|(_, visit)| visit.life == Life::Ended);
        ended.map(|(key, _)| *key).collect()
    }

    /// It is done, or must be tried again.
    pub(super) fn erased(&mut self, key: &Key, done: bool) {
        if done {
            self.all.remove(key);
        } else if let Some(visit) = self.all.get_mut(key) {
            visit.life = Life::Ended;
        }
    }

    /// Visits, those to be erased too.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
}

impl Visit {
    fn touch(&mut self, settings: &KioskSettings, now: Timestamp) {
        let private = self.screen.as_ref().is_some_and(|screen| screen.private);
        self.deadline = now.plus(settings.silent_after(private));
    }

    /// What was shown and typed goes at once, the person in the store as soon as that answers.
    fn end(&mut self) {
        self.life = Life::Ended;
        self.screen = None;
        self.carried = None;
        self.asked = None;
        self.input.clear();
    }
}
