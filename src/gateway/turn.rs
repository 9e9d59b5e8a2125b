//! The turn itself: from an opened person to a committed step and what leaves with it.

use super::Gateway;
use super::calls::{self, Called};
use super::carry;
use super::draft::Draft;
use super::echoes::Echo;
use super::keeper::address_of;
use super::place::{self, Beginning};
use super::reply::{self, Reply};
use crate::domain::address::Msisdn;
use crate::domain::consent::{Channel, Said};
use crate::domain::content::Reference;
use crate::domain::delivery::{ReplyAddress, RowState};
use crate::domain::envelope::{self, BearerProfile, Copy, Device, Event, Inbound, Outbound, StepKey};
use crate::domain::lang::Lang;
use crate::domain::menu::engine::{self, Effect, Input, Next, Setting};
use crate::domain::menu::model::{Bundle, Opens, Phrase};
use crate::domain::person::Person;
use crate::domain::record::{End, Record, keyed};
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Cursor, Dialogue, Exchange, Phase};
use crate::domain::time::Timestamp;
use crate::domain::word::Heard;
use crate::failpoint::{self, Point};
use crate::metrics::Metrics;
use crate::ports::{Committed, Opened, StoreError};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Times a turn is run again because another was faster; more means that one phone is played by many.
pub(super) const CONFLICTS_MAX: usize = 8;
/// Times a commit of unknown outcome is tried again under the same step key.
const COMMIT_TRIES: usize = 3;

/// What a committed turn leaves to do.
pub(super) enum Taken {
    /// Nothing: this goes out.
    Out(Option<Outbound>),
    /// A call goes on; its answer is a second turn.
    Waits(Call, oneshot::Receiver<Answer>),
}

/// What a turn works with besides the person's records.
pub(super) struct Scene<'a> {
    pub(super) bearer: &'a BearerProfile,
    pub(super) bundle: Arc<Bundle>,
    pub(super) reference: Arc<Reference>,
    guess: Option<Lang>,
    wrote: Option<crate::domain::lang::Script>,
    earlier: Option<Dialogue>,
    pub(super) now: Timestamp,
}

impl<'a> Scene<'a> {
    /// The same on another version of the menus.
    pub(super) fn on(&self, bundle: Arc<Bundle>) -> Scene<'a> {
        let reference = self.reference.clone();
        Scene { bundle, reference, guess: self.guess, wrote: self.wrote, earlier: None, ..*self }
    }
}

impl Gateway {
    /// Takes the turn of `inbound`: open, step, commit, again on conflict.
    pub(super) async fn take(
        self: &Arc<Self>,
        person: Person,
        inbound: &Inbound,
        heard: &Heard,
        bearer: &Arc<BearerProfile>,
    ) -> Result<Taken, StoreError> {
        let mut echo = None;
        for _ in 0..CONFLICTS_MAX {
            let now = self.parts.clock.now();
            let opened = self.open(person, &inbound.from, now).await?;
            let (content, keep) = (inbound.copy.content, self.parts.limits.copy_window);
            let unsettled = self.unsettled.has(content, now, keep);
            let over_bind = StepKey::of(&[&content.0, &inbound.copy.bind.to_be_bytes()]);
            let repeated = self.repeated.has(over_bind, now, keep);
            let limits = &self.parts.limits;
            if let Some(exchange) = place::copy_of(&opened.session, inbound, unsettled, repeated, limits) {
                Metrics::count(&self.parts.metrics.turns, &inbound.link, "replayed");
                tracing::Span::current().record("outcome", "replayed");
                self.cancel_again(person, &opened, exchange.at).await?;
                // Only once it is answered: a copy that had to be refused comes again, and is the same copy then.
                self.unsettled.settle(content);
                self.repeated.note(over_bind, now, keep);
                return Ok(self.again(exchange, &opened, inbound, bearer));
            }
            let mut draft = self.draft(person, opened, inbound, bearer);
            self.play(&mut draft, inbound, heard, bearer, now).await?;
            self.quieten(&mut draft, inbound, heard, bearer, &mut echo);
            self.admit(&mut draft, now).await;
            draft.remember(inbound.copy, now);
            match self.commit(&mut draft, now).await {
                Ok(Committed::Done) => {
                    self.unsettled.settle(content);
                    if !bearer.keeps_open {
                        self.note_letter(person, inbound, now);
                    }
                    return Ok(self.leave(draft, &inbound.link, bearer));
                }
                Ok(Committed::Replay | Committed::Conflict) => {}
                Err(error) => {
                    if matches!(error, StoreError::Unknown(_)) {
                        self.unsettled.note(content, now, keep);
                    }
                    return Err(error);
                }
            }
        }
        Err(StoreError::Away("too many turns of one person at once".to_owned()))
    }

    /// Two machines that answer each other would do so for ever: beyond so many letters a minute there is one last word,
    /// then silence. STOP and SOS are always answered; what was written is taken in all the same.
    fn quieten(
        &self,
        draft: &mut Draft,
        inbound: &Inbound,
        heard: &Heard,
        bearer: &BearerProfile,
        echo: &mut Option<Echo>,
    ) {
        let now = self.parts.clock.now();
        if bearer.keeps_open || self.parts.library.current().word_index.is_urgent(heard) {
            return;
        }
        let most = self.parts.limits.answers_minute_max;
        match *echo.get_or_insert_with(|| self.echoes.heard(draft.person.id, now, most)) {
            Echo::Answer => return,
            Echo::Last => {
                let last = self.worded(inbound, bearer, Phrase::Unavailable).text;
                draft.rows.truncate(1);
                for (row, permit) in &mut draft.rows {
                    (row.text, *permit) = (last.clone(), None);
                    row.state = RowState::Queued { at: now, attempt: 0 };
                }
            }
            Echo::Silence => draft.rows.clear(),
        }
        Metrics::count(&self.parts.metrics.rows, &inbound.link, "looped");
    }

    /// What a copy gets: the same bytes. Where the first is still waiting for an office, a bearer that can wait does so
    /// too: the call is made under the same key, and whoever is second finds the first one's page.
    fn again(
        self: &Arc<Self>,
        exchange: &Exchange,
        opened: &Opened,
        inbound: &Inbound,
        bearer: &BearerProfile,
    ) -> Taken {
        let said = super::draft::said(&exchange.reply);
        let waits = said.is_none() && bearer.keeps_open && bearer.grace > self.parts.limits.commit_grace;
        match opened.session.held.as_ref().map(|dialogue| &dialogue.phase) {
            Some(Phase::Waiting(call)) if waits => {
                Taken::Waits(call.clone(), self.ask(call.clone(), inbound.from.clone()))
            }
            _ => Taken::Out(said),
        }
    }

    /// The second turn: a call is answered. Nothing happens when the dialogue has gone on without it.
    pub(super) async fn take_answer(
        self: &Arc<Self>,
        person: Person,
        call: &Call,
        answer: &Answer,
        address: &ReplyAddress,
        bearer: &Arc<BearerProfile>,
    ) -> Result<Taken, StoreError> {
        for _ in 0..CONFLICTS_MAX {
            let now = self.parts.clock.now();
            let opened = self.open(person, &address.to, now).await?;
            let step = calls::insurance_id(call);
            if let Some(exchange) = opened.session.exchanges.iter().find(|exchange| exchange.step == step) {
                return Ok(Taken::Out(super::draft::said(&exchange.reply)));
            }
            let slot = if bearer.keeps_open { &opened.session.held } else { &opened.session.written };
            let Some(mut dialogue) =
                slot.clone().filter(|d| matches!(&d.phase, Phase::Waiting(c) if c.key == call.key))
            else {
                self.parts.outbox.settle_due(person, step, None).await?;
                return Ok(Taken::Out(None));
            };
            dialogue.phase = Phase::Open;
            let mut draft = Draft::new(person, opened, address.clone(), step, bearer);
            draft.done.push(step);
            let answer = self.counted(call, answer.clone(), &mut draft.profile, now);
            let bundle = self.bundle(dialogue.bundle).await?;
            let reference = self.parts.library.reference();
            let scene = Scene { bearer, bundle, reference, guess: None, wrote: None, earlier: None, now };
            self.walk(&mut draft, &scene, dialogue, Input::Answered(answer)).await;
            if bearer.reply == envelope::Reply::Inline {
                draft.fill_waiting();
            }
            self.admit(&mut draft, now).await;
            draft.remember(Copy { step, content: step, bind: self.parts.id, doubtful: false }, now);
            match self.commit(&mut draft, now).await? {
                Committed::Done => return Ok(self.leave(draft, &address.link, bearer)),
                Committed::Replay | Committed::Conflict => {}
            }
        }
        Err(StoreError::Away("too many turns of one person at once".to_owned()))
    }

    async fn open(&self, person: Person, number: &Msisdn, now: Timestamp) -> Result<Opened, StoreError> {
        let opened = match self.parts.sessions.open(person, now).await {
            // An unreadable record has been put aside and counted; the person begins anew rather than never again.
            Err(StoreError::Quarantined(key)) => {
                tracing::error!(%key, "unreadable record put aside");
                self.parts.sessions.open(person, now).await?
            }
            other => other?,
        };
        let unknown = opened.session_version == 0 && opened.profile_version == 0;
        if unknown && self.rekeyed(person, number, now).await? {
            return self.parts.sessions.open(person, now).await;
        }
        Ok(opened)
    }

    /// After the id key was rotated a person is found under his old id and moved, STOP and all, at his first sign of life.
    async fn rekeyed(&self, person: Person, number: &Msisdn, now: Timestamp) -> Result<bool, StoreError> {
        for keys in &self.parts.old_persons {
            let old = keys.person(number);
            let opened = self.parts.sessions.open(old, now).await?;
            if opened.session_version > 0 || opened.profile_version > 0 {
                self.parts.sessions.rekey(old, person).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn draft(&self, person: Person, opened: Opened, inbound: &Inbound, bearer: &BearerProfile) -> Draft {
        let (step, at) = (inbound.copy.step, inbound.at);
        let mut draft = Draft::new(person, opened, address_of(inbound), step, bearer);
        if draft.profile.is_silent(at, self.parts.limits.number_silent) {
            let (wording, lang) = (self.parts.library.current().id, draft.profile.lang.unwrap_or(Lang::Ru));
            draft.fall_silent(Said { at, wording, lang, channel: Channel::Rule, by: step });
        }
        draft.profile.seen = inbound.at;
        draft
    }

    /// The version a dialogue is pinned to; the newest when nobody holds it any more.
    pub(super) async fn bundle(
        &self,
        id: crate::domain::menu::model::BundleId,
    ) -> Result<Arc<Bundle>, StoreError> {
        let now = self.parts.clock.now();
        let held = self.parts.library.fetch(id, &*self.parts.shared, now).await?;
        Ok(held.unwrap_or_else(|| self.parts.library.current()))
    }

    /// Finds what the inbound is and walks from there.
    async fn play(
        self: &Arc<Self>,
        draft: &mut Draft,
        inbound: &Inbound,
        heard: &Heard,
        bearer: &Arc<BearerProfile>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let newest = self.parts.library.current();
        let guess = draft.guess.or(inbound.lang).or(inbound.from.likely_lang());
        let written = place::live(draft.session.written.as_ref(), inbound.at).filter(|_| !bearer.keeps_open);
        let pinned = match written {
            Some(dialogue) => self.bundle(dialogue.bundle).await?,
            None => newest.clone(),
        };
        let known = draft.profile.lang;
        let reader = place::Reader { heard, newest: &newest, pinned: &pinned, known, guess };
        let beginning = place::beginning(&draft.session, inbound, bearer, &reader);
        let reference = self.parts.library.reference();
        let mut scene =
            Scene { bearer, bundle: newest, reference, guess, wrote: inbound.script, earlier: None, now };
        match beginning {
            Beginning::New(input, lang) => {
                if matches!(input, Input::Open(Opens::Sos, _)) {
                    // Written alike everywhere, it tells nothing of the letters a person reads.
                    scene.wrote = None;
                }
                // Only the bare code asks whether to go on; whatever else is dialled begins on the newest menus.
                let asks = bearer.keeps_open && matches!(&input, Input::Dial(code) if code.parts.is_empty());
                scene.earlier = asks.then(|| place::earlier(&draft.session, now).cloned()).flatten();
                if let Some(earlier) = &scene.earlier {
                    scene.bundle = self.bundle(earlier.bundle).await?;
                }
                let mut dialogue = engine::begin(&self.setting(&scene, draft, 1), &inbound.dialogue);
                if let Some(lang) = lang {
                    dialogue.lang = lang;
                }
                self.note_begin(draft.person, inbound, bearer, now);
                self.walk(draft, &scene, dialogue, input).await;
            }
            Beginning::Goes(input) => {
                let slot =
                    if bearer.keeps_open { &mut draft.session.held } else { &mut draft.session.written };
                let Some(dialogue) = slot.take() else { return Ok(()) };
                scene.bundle = self.bundle(dialogue.bundle).await?;
                if matches!(dialogue.phase, Phase::Waiting(_)) {
                    self.wait_on(draft, &scene, dialogue);
                } else {
                    self.walk(draft, &scene, dialogue, input).await;
                }
            }
            Beginning::Aborted => self.given_up(draft, bearer, now),
            // A visit has one dialogue only, so that the end of any is its end.
            Beginning::Stale if bearer.device == Device::Shared => {
                self.ledger.ended(draft.person.id, End::Aborted, now);
                draft.erase = true;
            }
            Beginning::Stale => {}
            Beginning::Lost => {
                draft.outbound = Some(self.lost(draft, &scene, inbound));
            }
        }
        Ok(())
    }

    /// The dialogue was broken off.
    fn given_up(&self, draft: &mut Draft, bearer: &BearerProfile, now: Timestamp) {
        self.ledger.ended(draft.person.id, End::Aborted, now);
        // The next to use the device must find nothing.
        draft.erase |= bearer.device == Device::Shared;
        // Nobody is there any more to read the answer: no page is pushed to whoever holds the phone then.
        if let Some(dialogue) = draft.session.held.as_mut()
            && let Phase::Waiting(call) = &dialogue.phase
        {
            draft.done.push(calls::insurance_id(call));
            dialogue.phase = Phase::Open;
        }
    }

    /// What is said to who answers a dialogue that is no more.
    fn lost(&self, draft: &Draft, scene: &Scene<'_>, inbound: &Inbound) -> Outbound {
        let bearer = scene.bearer;
        let lang = draft.profile.lang.or(scene.guess).unwrap_or(Lang::Ru);
        if bearer.device == Device::Phone {
            let text = reply::phrase(&scene.bundle, Phrase::Over, lang, bearer.script, bearer);
            return Outbound::page(text, true);
        }
        let setting = self.setting(scene, draft, 1);
        let cursor = Cursor::Phrase { phrase: Phrase::Over, ends: true, then: None };
        let begun = engine::begin(&setting, &inbound.dialogue);
        let lost = Dialogue { cursor, lang, phase: Phase::Over, ..begun };
        reply::render(&setting, &lost, bearer, false).outbound
    }

    /// Something was typed while a service is still asked: the answer will come by itself.
    fn wait_on(&self, draft: &mut Draft, scene: &Scene<'_>, dialogue: Dialogue) {
        let reply = if scene.bearer.device == Device::Shared {
            reply::render(&self.setting(scene, draft, 1), &dialogue, scene.bearer, false)
        } else {
            let (lang, bearer) = (dialogue.lang, scene.bearer);
            let text = reply::phrase(&scene.bundle, Phrase::Wait, lang, bearer.script, bearer);
            Reply { outbound: Outbound::page(text, false), pages: 1, cut: false }
        };
        self.put(draft, scene, dialogue, reply);
    }

    /// Steps until there is something to show or something to wait for.
    async fn walk(
        self: &Arc<Self>,
        draft: &mut Draft,
        scene: &Scene<'_>,
        mut dialogue: Dialogue,
        mut input: Input,
    ) {
        let typed = matches!(input, Input::Typed(_));
        let setting = self.setting(scene, draft, 1);
        let pages = if typed { reply::pages_of(&setting, &dialogue, scene.bearer) } else { 1 };
        for calls in 0.. {
            let step = engine::step(&self.setting(scene, draft, pages), dialogue, &input);
            dialogue = step.dialogue;
            for effect in step.effects {
                self.affect(draft, effect, scene, &dialogue);
            }
            let mut call = match step.next {
                Next::Show { wrong } => {
                    let reply =
                        reply::render(&self.setting(scene, draft, pages), &dialogue, scene.bearer, wrong);
                    return self.put(draft, scene, dialogue, reply);
                }
                Next::Call(call) => call,
            };
            call.key = calls::key(draft.person, &dialogue, &call);
            if calls >= engine::CALLS_PER_TURN_MAX {
                dialogue.cursor = Cursor::Phrase { phrase: Phrase::Sorry, ends: true, then: None };
                dialogue.phase = Phase::Over;
                let reply = reply::render(&self.setting(scene, draft, pages), &dialogue, scene.bearer, false);
                return self.put(draft, scene, dialogue, reply);
            }
            match self.call(&call, draft, &dialogue, self.parts.limits.commit_grace).await {
                Called::Ready(answer) => input = Input::Answered(answer),
                Called::Waiting(answer) => return self.wait_for(draft, scene, dialogue, call, answer),
                Called::Brought(brought, bundle) => {
                    let dialogue = carry::settled(*brought, &dialogue);
                    let scene = scene.on(bundle);
                    return Box::pin(self.walk(draft, &scene, dialogue, Input::GoOn)).await;
                }
                Called::Letter(brought, bundle) => {
                    self.send_brought(draft, &scene.on(bundle), &brought);
                    input = Input::Answered(calls::bare("ok"));
                }
            }
        }
    }

    fn wait_for(
        &self,
        draft: &mut Draft,
        scene: &Scene<'_>,
        mut dialogue: Dialogue,
        call: Call,
        answer: oneshot::Receiver<Answer>,
    ) {
        let at = scene.now.plus(self.parts.limits.call_lease);
        draft.dues.push(calls::insurance(
            draft.person,
            &call,
            scene.bearer.keeps_open,
            &draft.address,
            at,
            dialogue.expires,
        ));
        dialogue.phase = Phase::Waiting(call.clone());
        draft.slot(scene.bearer.keeps_open, Some(dialogue));
        draft.waiting = Some((call, answer));
    }

    pub(super) fn setting<'a>(&self, scene: &'a Scene<'_>, draft: &'a Draft, pages: u8) -> Setting<'a> {
        Setting {
            bundle: &scene.bundle,
            reference: &scene.reference,
            profile: &draft.profile,
            earlier: scene.earlier.as_ref(),
            guess: scene.guess,
            wrote: scene.wrote,
            shared: scene.bearer.device == Device::Shared,
            pages,
            resume: scene.bearer.resume,
            now: scene.now,
        }
    }

    fn affect(&self, draft: &mut Draft, effect: Effect, scene: &Scene<'_>, dialogue: &Dialogue) {
        let said = draft.said(dialogue, scene.now);
        match effect {
            Effect::KeepLang(lang) => draft.profile.lang = Some(lang),
            Effect::ForgetLang => draft.profile.lang = None,
            Effect::Stop => draft.stop(said),
            // The engine asks whose phone it is before it says START.
            Effect::Start => drop(draft.start(said)),
            Effect::Wrong => Metrics::count(&self.parts.metrics.turns, &draft.address.link, "wrong"),
        }
    }

    /// Puts a reply where the bearer takes it: into the exchange, or into the outbox.
    fn put(&self, draft: &mut Draft, scene: &Scene<'_>, dialogue: Dialogue, reply: Reply) {
        let place = dialogue.cursor.place();
        let menu = if let Cursor::Step { menu, .. } = place { menu } else { "root".to_owned() };
        tracing::Span::current().record("menu", &menu);
        if reply.cut {
            Metrics::count(&self.parts.metrics.over_budget, &menu, "screen");
        }
        let lang = dialogue.lang;
        draft.slot(scene.bearer.keeps_open, (!reply.outbound.ends).then_some(dialogue));
        match scene.bearer.reply {
            envelope::Reply::Inline => draft.outbound = Some(reply.outbound),
            envelope::Reply::Row => self.letter(draft, scene, lang, reply.outbound.text),
        }
    }

    /// The atomic step, and for a STOP what has to be done before it is acknowledged.
    async fn commit(&self, draft: &mut Draft, now: Timestamp) -> Result<Committed, StoreError> {
        let committed = self.commit_once(draft, now).await?;
        if draft.erase && committed == Committed::Done {
            failpoint::reached(Point::Erased);
        }
        if draft.stops && committed == Committed::Done {
            // The STOP itself is written: when it comes again it must be known, and only its rows be cancelled again.
            let cancelled = self.cancel_unwanted(draft).await;
            cancelled.map_err(|error| StoreError::Unknown(error.to_string()))?;
        }
        Ok(committed)
    }

    /// One atomic step; an unknown outcome is tried again under the same key. A `Replay` then is done if what is there is
    /// what we wrote; else another gateway had a copy of the delivery, and its rows are not ours to send.
    async fn commit_once(&self, draft: &mut Draft, now: Timestamp) -> Result<Committed, StoreError> {
        if draft.erase {
            draft.forget(now);
        }
        let commit = draft.to_commit(&self.parts.limits, now);
        let mut unknown = false;
        failpoint::reached(Point::CommitBefore);
        for _ in 0..COMMIT_TRIES {
            match self.parts.sessions.commit(&commit).await {
                Ok(Committed::Done) => {
                    failpoint::reached(Point::CommitAfter);
                    return Ok(Committed::Done);
                }
                Err(StoreError::Unknown(why)) => {
                    tracing::warn!(%why, "commit of unknown outcome, trying again");
                    unknown = true;
                }
                Ok(Committed::Replay) if unknown => {
                    let opened = self.open(draft.person, &draft.address.to, now).await;
                    let opened = opened.map_err(|error| StoreError::Unknown(error.to_string()))?;
                    let ours = super::draft::is_ours(draft, &opened.session);
                    return Ok(if ours { Committed::Done } else { Committed::Replay });
                }
                // An earlier try may have landed, whatever became of this one.
                Err(error) if unknown => return Err(StoreError::Unknown(error.to_string())),
                other => return other,
            }
        }
        Err(StoreError::Unknown("commit".to_owned()))
    }

    /// After the commit: rows go to the courier, the page to the bearer, a waiting call to its second turn.
    fn leave(self: &Arc<Self>, draft: Draft, link: &str, bearer: &Arc<BearerProfile>) -> Taken {
        let now = self.parts.clock.now();
        for (row, permit) in draft.rows {
            Metrics::count(&self.parts.metrics.rows, &row.link, "queued");
            if let (Some(courier), Some(permit)) = (self.courier.get(), permit) {
                courier.send(row, permit);
            }
        }
        if let Some(outbound) = draft.outbound.as_ref().filter(|_| bearer.keeps_open) {
            self.ledger.shown(draft.person.id, now);
            if outbound.ends {
                self.ledger.ended(draft.person.id, End::Said, now);
            }
        }
        let outcome = if draft.waiting.is_some() { "waiting" } else { "shown" };
        Metrics::count(&self.parts.metrics.turns, link, outcome);
        tracing::Span::current().record("outcome", outcome);
        match draft.waiting {
            Some((call, answer)) => Taken::Waits(call, answer),
            None => Taken::Out(draft.outbound),
        }
    }

    fn note_begin(&self, person: Person, inbound: &Inbound, bearer: &BearerProfile, now: Timestamp) {
        if bearer.keeps_open {
            let code = match &inbound.event {
                Event::Dial(dialled) => dialled.base.as_str(),
                Event::Text(_) | Event::Abort => "",
            };
            self.ledger.begun(person.id, &inbound.link, code, now);
        }
    }

    /// Every letter that came is a line of the CDR, whether it opened something or answered it.
    fn note_letter(&self, person: Person, inbound: &Inbound, now: Timestamp) {
        self.ledger.note(Record::Letter {
            at: now.0,
            person: keyed(person.id),
            link: inbound.link.to_string(),
            short: inbound.to.clone(),
        });
    }
}
