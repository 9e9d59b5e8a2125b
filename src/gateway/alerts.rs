//! Alerts of work: what a person asks of them in a dialogue, and the look at him when one is due.
//!
//! A subscription is one due, under one id a person, and what he looks for in his profile. The due is looked at, not the
//! vacancies when they come: at his time the best that he has not seen are taken off the shelf. Letter, what he was told and
//! the next due are one commit, so a gateway that dies has either done all of it or nothing, and another does it.

use super::calls::{bare, keep_group};
use super::draft::{self, Draft};
use super::turn::CONFLICTS_MAX;
use super::{Gateway, reply};
use crate::domain::consent::Said;
use crate::domain::delivery::{Due, DueId, DueKind, Proof, Purpose, ReplyAddress, Row, RowState};
use crate::domain::envelope::StepKey;
use crate::domain::lang::{Lang, Script};
use crate::domain::menu::model::Phrase;
use crate::domain::person::Person;
use crate::domain::sending;
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Dialogue, Phone, Profile};
use crate::domain::text::script::{self, Known};
use crate::domain::time::Timestamp;
use crate::domain::vacancy::alert::letter::{self, Around};
use crate::domain::vacancy::alert::{Alerts, HOURS, NAMED_MAX, OFTEN_MAX, TICK};
use crate::domain::vacancy::region::regions;
use crate::domain::vacancy::shelf::{Code, Found, Group, Wish};
use crate::domain::vacancy::trade::trades;
use crate::domain::vacancy::{Vacancy, ask};
use crate::domain::value::{Value, Values};
use crate::metrics::Metrics;
use crate::ports::{Commit, Committed, Opened, StoreError};
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

/// The campaign that alerts are counted and stopped under.
pub const CAMPAIGN: &str = "alerts";
/// Rows of a person among which his last letter is.
const ROWS_MAX: usize = 64;
/// How long whether vacancies stand is asked for one letter.
const STANDS_WAIT: Duration = Duration::from_secs(5);
/// Until the next look while alerts are stopped: letters would only pile up and expire.
const STOPPED_PAUSE: Duration = Duration::from_secs(1_800);
/// Until the next look while there are no vacancies, at a start or because the feeds are silent.
const EMPTY_PAUSE: Duration = Duration::from_secs(3_600);
/// How long a letter waits for its way out; what it names may be gone after it.
const LETTER_LASTS: Duration = Duration::from_secs(24 * 3_600);
/// For how long a due of a subscription is kept beyond its time, while no gateway runs.
const DUE_LASTS: Duration = Duration::from_secs(60 * 86_400);

/// Whether a vacancy still stands, by whoever can ask: `false` only where it is known to be gone.
pub type StandsFn =
    Arc<dyn Fn(Code, Arc<Vacancy>) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// The id of a person's subscription: he has one.
#[must_use]
pub fn subscription() -> DueId {
    StepKey::of(&[b"alerts"])
}

/// Whether a letter that waits names what its person does not want now: he has paused, or hidden what it names.
pub(super) fn is_put_off(profile: &Profile, row: &Row) -> bool {
    let unwanted =
        |alerts: &Alerts| alerts.paused || row.jobs.iter().any(|code| alerts.hidden.contains(code));
    !row.jobs.is_empty() && profile.alerts.as_deref().is_none_or(unwanted)
}

/// A look at `person` at `at`; `again`: the letter of the last look never left.
#[must_use]
pub fn look_at(person: Person, reply: ReplyAddress, at: Timestamp, again: bool) -> Due {
    Due {
        id: subscription(),
        person,
        at,
        latest: at.plus(DUE_LASTS),
        attempt: u16::from(again),
        what: DueKind::Alert(ReplyAddress { network: Vec::new(), ..reply }),
    }
}

/// What of a call is a choice or a word.
fn chosen<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    match call.give.get(name)? {
        Value::Choice(text) | Value::Text(text) | Value::Word(text) | Value::Digits(text) => Some(text),
        Value::Date(_) | Value::Number(_) | Value::Items(_) => None,
    }
}

/// Changes of a subscription, those that `call` gives.
fn change(alerts: &mut Alerts, call: &Call) {
    match chosen(call, "often") {
        Some("one") => alerts.often = 1,
        Some("two") => alerts.often = 2,
        Some("three") => alerts.often = OFTEN_MAX,
        _ => {}
    }
    match chosen(call, "hour") {
        Some("morning") => alerts.hour = *HOURS.start(),
        Some("noon") => alerts.hour = 12,
        Some("afternoon") => alerts.hour = 16,
        Some("evening") => alerts.hour = *HOURS.end(),
        _ => {}
    }
    if let Some(pay) = chosen(call, "pay").and_then(|digits| digits.parse::<u32>().ok()) {
        alerts.wish.pay_least = (pay > 0).then_some(pay);
    }
    match chosen(call, "housing") {
        Some("needed") => alerts.wish.housing = true,
        Some("any") => alerts.wish.housing = false,
        _ => {}
    }
    match chosen(call, "letters") {
        Some("latin") => alerts.script = Script::Latin,
        Some("own") => alerts.script = Script::Native,
        _ => {}
    }
    match chosen(call, "soon") {
        Some("yes") => alerts.at_once = true,
        Some("no") => alerts.at_once = false,
        _ => {}
    }
}

/// What a menu may say of a subscription; what was not asked for leaves its line out.
fn told(alerts: &Alerts, lang: Lang) -> Values {
    let Wish { trade, word, region, pay_least, housing, .. } = &alerts.wish;
    let trade = trade.and_then(|isco| trades().name(isco, lang)).map(str::to_owned).or_else(|| word.clone());
    let place = region.and_then(|kato| regions().name(kato, lang)).map(str::to_owned);
    let number = |n: u8| Value::Number(i64::from(n));
    let all = [
        ("trade", trade.map(Value::Text)),
        ("place", place.map(Value::Text)),
        ("pay", pay_least.map(|pay| Value::Digits(pay.to_string()))),
        ("housed", housing.then(|| Value::Word("housing-needed".to_owned()))),
        ("count", Some(number(alerts.often))),
        ("at", Some(number(alerts.hour))),
        ("next", Some(Value::Date(alerts.next.date()))),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

impl Gateway {
    /// The services `alert.…`, in the person's own records.
    pub(super) fn alert_service(
        &self,
        call: &Call,
        draft: &mut Draft,
        dialogue: &Dialogue,
        now: Timestamp,
    ) -> Answer {
        // What somebody looks for is not told to who merely holds his phone; ending it is refused to nobody.
        let shown = draft.profile.phone != Phone::Borrowed || call.service == "alert.end";
        let on = draft.profile.is_on(Purpose::Alert) && shown;
        let Some(mut alerts) = draft.profile.alerts.clone().filter(|_| on) else {
            return match call.service.as_str() {
                "alert.set" => self.subscribe(call, draft, dialogue, now),
                _ => bare("none"),
            };
        };
        match call.service.as_str() {
            "alert.set" => return self.subscribe(call, draft, dialogue, now),
            "alert.show" => {
                let outcome = if alerts.paused { "paused" } else { "on" };
                return Answer { outcome: outcome.to_owned(), values: told(&alerts, dialogue.lang) };
            }
            "alert.change" => change(&mut alerts, call),
            "alert.pause" => alerts.paused = true,
            "alert.resume" => alerts.paused = false,
            "alert.hide" => {
                let code = chosen(call, "job").and_then(ask::code).and_then(|digits| digits.parse().ok());
                alerts.hide(&code.into_iter().collect::<Vec<_>>());
            }
            "alert.hide-last" => {
                let last = alerts.last.clone();
                alerts.hide(&last);
            }
            "alert.end" => {
                let said = draft.said(dialogue, now);
                draft.withdraw(Purpose::Alert, said);
                return bare("ok");
            }
            _ => return bare("down"),
        }
        self.keep_alerts(alerts, draft, now)
    }

    fn subscribe(&self, call: &Call, draft: &mut Draft, dialogue: &Dialogue, now: Timestamp) -> Answer {
        let shelf = self.parts.library.reference().jobs.clone();
        let wish = match ask::wish(call, &shelf) {
            Ok(wish) => wish,
            Err(outcome) => return bare(outcome),
        };
        let said: Said = draft.said(dialogue, now);
        if !draft.takes_due() {
            return bare("down");
        }
        if !draft.agree(Purpose::Alert, said) {
            return bare("borrowed");
        }
        keep_group(call, &mut draft.profile);
        let known = Known { wrote: None, chose: draft.profile.script, dialogue: dialogue.script };
        let before = draft.profile.alerts.take();
        let alerts = match before {
            // What he looks for is new; how he wants to be told, and what he has been told, stays.
            Some(before) => {
                let Wish { pay_least, housing, .. } = before.wish;
                let wish = Wish { pay_least, housing: wish.housing || housing, ..wish };
                Alerts { wish, lang: dialogue.lang, paused: false, ..*before }
            }
            None => Alerts {
                script: script::script(dialogue.lang, known, Script::Latin),
                ..Alerts::new(wish, dialogue.lang)
            },
        };
        self.keep_alerts(Box::new(alerts), draft, now)
    }

    /// Keeps a changed subscription and looks at it when it is due now.
    fn keep_alerts(&self, mut alerts: Box<Alerts>, draft: &mut Draft, now: Timestamp) -> Answer {
        if alerts.paused {
            draft.done.push(subscription());
        } else {
            let link = draft.address.link.clone();
            alerts.next = alerts.due_next(draft.person.id, now, |at| self.may_alert(&link, at));
            draft.dues.push(look_at(draft.person, draft.address.clone(), alerts.look_after(now), false));
        }
        let values = told(&alerts, alerts.lang);
        draft.profile.alerts = Some(alerts);
        Answer { outcome: "ok".to_owned(), values }
    }

    fn may_alert(&self, link: &crate::domain::envelope::LinkName, at: Timestamp) -> bool {
        sending::opens(&self.parts.library.reference().sending, Purpose::Alert, link, at)
    }

    /// A look at a subscription: a letter if there is something to tell, and when to look again. All of it is one commit
    /// against the profile as it was read, so that what the person says meanwhile is a conflict, and counts.
    pub(super) async fn alert_due(&self, due: &Due, reply: &ReplyAddress) -> Result<(), StoreError> {
        let begun = crate::clock::instant();
        for _ in 0..CONFLICTS_MAX {
            let now = self.parts.clock.now();
            let opened = self.parts.sessions.open(due.person, now).await?;
            let (commit, what) = match self.subscribed(&opened.profile, now) {
                Some(subscribed) => self.look_step(due, reply, opened, subscribed, now).await?,
                None => (self.ended(due, opened, now), "ended"),
            };
            match self.parts.sessions.commit(&commit).await? {
                Committed::Done => {
                    self.count(what);
                    Metrics::took(&self.parts.metrics.alert_seconds, "look", begun.elapsed());
                    return Ok(());
                }
                Committed::Replay => return Ok(()),
                Committed::Conflict => {}
            }
        }
        Err(StoreError::Away("too many turns of one person at once".to_owned()))
    }

    /// The subscription that is to be served now, and by what right; `None`: there is none any more.
    fn subscribed(&self, profile: &Profile, now: Timestamp) -> Option<(Box<Alerts>, Proof)> {
        let proof = profile.proof(Purpose::Alert)?;
        let unwanted = self.is_unwanted(profile, Purpose::Alert, proof.at, now);
        let alerts = profile.alerts.clone().filter(|alerts| !alerts.paused && !unwanted)?;
        Some((alerts, proof))
    }

    /// What a look comes to, and the word for it.
    async fn look_step(
        &self,
        due: &Due,
        reply: &ReplyAddress,
        opened: Opened,
        (mut alerts, proof): (Box<Alerts>, Proof),
        now: Timestamp,
    ) -> Result<(Commit, &'static str), StoreError> {
        if let Some((at, why)) = self.put_off(due.person, reply, &alerts, now).await {
            let later = Due { at, latest: at.plus(DUE_LASTS), ..due.clone() };
            return Ok((self.looked(due, opened, alerts, (None, later), now), why));
        }
        let lost = alerts.never_left(&self.parts.outbox.list(due.person, ROWS_MAX).await?);
        if lost {
            alerts.untell();
        }
        let regular = now >= alerts.next || (lost && due.attempt > 0);
        let shelf = self.parts.library.reference().jobs.clone();
        let today = now.date();
        let wanted = (regular || alerts.is_scarce(&shelf, today)) && !alerts.has_enough(now);
        let candidates = if wanted { alerts.candidates(&shelf, today) } else { Vec::new() };
        let found = self.still_standing(candidates).await;
        let around = self.around(&opened.profile, &alerts, reply, now);
        let written = letter::letter(&found, &around, alerts.script);
        let row = written.map(|written| self.alert_row(due, reply, written, proof, now));
        if let Some(row) = &row {
            alerts.tell(row.jobs.clone(), row.id, now);
        }
        if regular {
            alerts.next = alerts.due_next(due.person.id, now, |at| self.may_alert(&reply.link, at));
        }
        let next = look_at(due.person, reply.clone(), alerts.look_after(now), false);
        let what = if row.is_some() { "matched" } else { "nothing_to_send" };
        Ok((self.looked(due, opened, alerts, (row, next), now), what))
    }

    /// Until when nobody is to be looked at, and why.
    async fn put_off(
        &self,
        person: Person,
        reply: &ReplyAddress,
        alerts: &Alerts,
        now: Timestamp,
    ) -> Option<(Timestamp, &'static str)> {
        if let Some(courier) = self.courier.get()
            && courier.pushes().stops().await.campaigns.contains_key(CAMPAIGN)
        {
            return Some((now.plus(STOPPED_PAUSE), "stopped"));
        }
        if !self.parts.library.reference().jobs.is_current(now.date()) {
            return Some((now.plus(EMPTY_PAUSE), "no_vacancies"));
        }
        let opens = |at| self.may_alert(&reply.link, at);
        (!opens(now)).then(|| {
            let regular = now >= alerts.next;
            let at = if regular { alerts.made_up(person.id, now, opens) } else { now.plus(TICK) };
            (at, "held_by_window")
        })
    }

    /// There is nothing to look at any more.
    fn ended(&self, due: &Due, opened: Opened, now: Timestamp) -> Commit {
        Commit { dues: Vec::new(), done: vec![due.id], ..self.beside(due, opened, now) }
    }

    /// The first of them that still stand, as many as a letter names; what cannot be found out in time stands by its feed's word.
    async fn still_standing(&self, candidates: Vec<Found>) -> Vec<Found> {
        let begun = crate::clock::instant();
        let until = begun.checked_add(STANDS_WAIT).unwrap_or(begun);
        let mut found = Vec::with_capacity(NAMED_MAX);
        for candidate in candidates {
            if found.len() == NAMED_MAX {
                break;
            }
            let stands = match self.stands.get() {
                Some(stands) => {
                    let asked = stands(candidate.code, candidate.vacancy.clone());
                    tokio::time::timeout_at(until, asked).await.unwrap_or(true)
                }
                None => true,
            };
            if stands {
                found.push(candidate);
            }
        }
        found
    }

    fn around(&self, profile: &Profile, alerts: &Alerts, reply: &ReplyAddress, now: Timestamp) -> Around {
        let (bundle, facts) = (self.parts.library.current(), self.facts(&reply.link));
        let say = |phrase| reply::said(&bundle, phrase, alerts.lang, alerts.script, &facts).trim().to_owned();
        let greeting = if !profile.greeted {
            say(Phrase::WhoWrites)
        } else if alerts.ends_soon(profile.seen, self.parts.limits.number_silent, now) {
            say(Phrase::AlertStay)
        } else {
            String::new()
        };
        Around {
            greeting,
            permit: if alerts.wish.group == Group::Foreign {
                say(Phrase::AlertPermit)
            } else {
                String::new()
            },
            stop: say(Phrase::AlertStop),
            more: say(Phrase::AlertMore),
        }
    }

    fn alert_row(
        &self,
        due: &Due,
        reply: &ReplyAddress,
        (text, jobs): (String, Vec<Code>),
        proof: Proof,
        now: Timestamp,
    ) -> Row {
        let facts = self.facts(&reply.link);
        Row {
            id: StepKey::of(&[&due.person.id.0, &now.0.to_be_bytes(), b"alert"]),
            person: due.person,
            to: reply.to.clone(),
            from: if facts.short.is_empty() { reply.from.clone() } else { facts.short },
            link: reply.link.clone(),
            text,
            purpose: Purpose::Alert,
            proof,
            campaign: Some(CAMPAIGN.to_owned()),
            jobs,
            created: now,
            earliest: now,
            latest: now.plus(LETTER_LASTS),
            state: RowState::Queued { at: now, attempt: 0 },
            maybe_dup: false,
            trail: Vec::new(),
        }
    }

    /// The commit of a look: what he was told, the letter and the next look, or nothing of them.
    fn looked(
        &self,
        due: &Due,
        opened: Opened,
        alerts: Box<Alerts>,
        (row, next): (Option<Row>, Due),
        now: Timestamp,
    ) -> Commit {
        let greeted = opened.profile.greeted || row.is_some();
        let profile = Profile { greeted, alerts: Some(alerts), ..opened.profile };
        let rows = row.into_iter().collect();
        Commit { rows, dues: vec![next], ..self.beside(due, Opened { profile, ..opened }, now) }
    }

    /// A commit beside the person's turns, against everything of him as it was read.
    fn beside(&self, due: &Due, opened: Opened, now: Timestamp) -> Commit {
        let limits = &self.parts.limits;
        let until = opened.profile.seen.plus(limits.profile_lasts);
        Commit {
            person: due.person,
            now,
            // The due's own time: a second gateway with the same due, taken after a lease, does the same once.
            step: StepKey::of(&[&due.id.0, &due.at.0.to_be_bytes(), &due.attempt.to_be_bytes(), b"look"]),
            expect: opened.session_version,
            session_expires: draft::expires(&opened.session, now.plus(limits.copy_window)),
            session: opened.session,
            profile: (opened.profile_version > 0).then_some((opened.profile_version, opened.profile, until)),
            rows: Vec::new(),
            dues: Vec::new(),
            done: Vec::new(),
            lease_until: now,
            erase: false,
        }
    }

    fn count(&self, what: &'static str) {
        Metrics::count(&self.parts.metrics.alerts, "alerts", what);
    }

    /// Who is asked whether a vacancy still stands.
    pub fn ask_whether_they_stand(&self, stands: StandsFn) {
        drop(self.stands.set(stands));
    }
}
