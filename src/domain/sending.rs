//! When Kopir may write by itself, how often, and in whose turn: hours, caps and fairness as pure functions over rows.

use super::address::Msisdn;
use super::delivery::{Purpose, Row, RowState};
use super::envelope::LinkName;
use super::hours::Hours;
use super::person::Person;
use super::text::segment;
use super::time::Timestamp;
use core::time::Duration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Hours in which texts of some purposes may leave, as `reference/sending.yaml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendHours {
    /// For which purposes; reminders and alerts are the only ones that have hours.
    pub purposes: Vec<Purpose>,
    /// Over which links; empty for all.
    pub links: Vec<LinkName>,
    /// When.
    pub hours: Hours,
    /// The last day for which the holidays are known; after it pushes are closed until somebody writes the next ones.
    pub valid_to: Date,
    /// When somebody last compared the holidays with their source.
    pub last_verified: Option<Date>,
}

/// Whether a purpose is Kopir's own idea, so that hours, caps, budgets and the stop switch hold for it. What a person
/// has just asked for is exempt; the row's proof says which inbound it was.
#[must_use]
pub fn is_push(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Security | Purpose::Reply | Purpose::Requested => false,
        Purpose::Reminder | Purpose::Alert => true,
    }
}

/// When a row that is due at `now` may leave: `now`, a later opening, or never (`None`: it expires before).
///
/// The first entry that names the purpose and the link counts, then the first for all links. A push without any entry
/// never leaves: a forgotten file must not wake people at night.
#[must_use]
pub fn opening(entries: &[SendHours], row: &Row, now: Timestamp) -> Option<Timestamp> {
    if !is_push(row.purpose) {
        return Some(now);
    }
    next_open(entries, row.purpose, &row.link, now).filter(|at| *at <= row.latest)
}

/// Whether a push of `purpose` may leave over `link` at that very moment.
#[must_use]
pub fn opens(entries: &[SendHours], purpose: Purpose, link: &LinkName, now: Timestamp) -> bool {
    next_open(entries, purpose, link, now) == Some(now)
}

fn next_open(entries: &[SendHours], purpose: Purpose, link: &LinkName, now: Timestamp) -> Option<Timestamp> {
    let of = |named: bool| {
        entries.iter().find(|entry| {
            let links = if named { entry.links.contains(link) } else { entry.links.is_empty() };
            links && entry.purposes.contains(&purpose)
        })
    };
    let entry = of(true).or_else(|| of(false))?;
    let at = entry.hours.next_open(now)?;
    (at.date() <= entry.valid_to).then_some(at)
}

/// At most so many within a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// How many; 0 is without limit.
    pub most: u32,
    /// Within which time.
    pub within: Duration,
}

/// When one more may follow what happened at `times`: `None` is now, else when the oldest that is too many falls out.
#[must_use]
pub fn room(times: &[Timestamp], cap: Cap, now: Timestamp) -> Option<Timestamp> {
    let most = usize::try_from(cap.most).unwrap_or(usize::MAX);
    let mut recent: Vec<Timestamp> =
        times.iter().copied().filter(|at| now.0 < at.plus(cap.within).0).collect();
    if most == 0 || recent.len() < most {
        return None;
    }
    recent.sort_unstable();
    let place = recent.len().saturating_sub(most);
    recent.get(place).map(|at| at.plus(cap.within))
}

/// When a row was taken up for sending for the first time; `None`: it never was.
#[must_use]
pub fn taken_at(row: &Row) -> Option<Timestamp> {
    let sending = |stage| stage == super::delivery::Stage::Sending;
    let first = row.trail.iter().find(|mark| sending(mark.stage)).map(|mark| mark.at);
    first.or_else(|| sending(row.state.stage()).then(|| row.state.since()))
}

/// Caps on what Kopir writes to one person by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonCaps {
    /// Pushes of one purpose a day.
    pub day: Cap,
    /// Pushes of one purpose a week.
    pub week: Cap,
    /// The same text; more is a loop.
    pub same: Cap,
}

/// Why a person gets no more for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enough {
    /// The cap of a day or week.
    Capped(Timestamp),
    /// The same text again and again.
    Looped(Timestamp),
}

/// Whether a person's own rows leave room for `row`: the rows are the truth, so no counter can be lost or outlive him.
#[must_use]
pub fn enough(own: &[Row], row: &Row, caps: PersonCaps, now: Timestamp) -> Option<Enough> {
    let times = |counts: &dyn Fn(&Row) -> bool| -> Vec<Timestamp> {
        own.iter().filter(|other| other.id != row.id && counts(other)).filter_map(taken_at).collect()
    };
    let same = times(&|other| other.text == row.text);
    if let Some(until) = room(&same, caps.same, now) {
        return Some(Enough::Looped(until));
    }
    let alike = times(&|other| other.purpose == row.purpose);
    let until = room(&alike, caps.day, now).max(room(&alike, caps.week, now));
    until.map(Enough::Capped)
}

/// A counter that begins anew with each span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// When it began.
    pub since: Timestamp,
    /// How much.
    pub count: u64,
}

impl Tally {
    /// Counts `more` if that stays within `most` (0: without limit) of a span; else when the span is over.
    ///
    /// # Errors
    /// When to come again.
    pub fn count(&mut self, more: u64, cap: Cap, now: Timestamp) -> Result<(), Timestamp> {
        if now.0 >= self.since.plus(cap.within).0 {
            *self = Self { since: now, count: 0 };
        }
        let sum = self.count.saturating_add(more);
        if cap.most > 0 && sum > u64::from(cap.most) {
            return Err(self.since.plus(cap.within));
        }
        self.count = sum;
        Ok(())
    }
}

/// The longest of `prefixes` that a number begins with, `+` and all.
#[must_use]
pub fn prefix_of<'p>(number: &Msisdn, prefixes: impl Iterator<Item = &'p str>) -> Option<&'p str> {
    let digits = number.expose().trim_start_matches('+');
    let fits = |prefix: &&str| digits.starts_with(prefix.trim_start_matches('+'));
    prefixes.filter(fits).max_by_key(|prefix| prefix.len())
}

/// SMS parts a row costs: known before it is sent, and the same in every try.
#[must_use]
pub fn segments(row: &Row) -> u64 {
    u64::try_from(segment::segment(&row.text).parts.len().max(1)).unwrap_or(u64::MAX)
}

/// Whether a row has never been taken up, so that it is charged once however often it is tried.
#[must_use]
pub fn is_first_try(row: &Row) -> bool {
    matches!(row.state, RowState::Queued { attempt: 0, .. })
}

/// The rows with campaigns taking turns, each in its own order; rows of one person stay in the order they came in,
/// whichever campaigns they are of.
#[must_use]
pub fn fair(rows: Vec<Row>) -> Vec<Row> {
    let mut campaigns: Vec<(Option<String>, VecDeque<Person>)> = Vec::new();
    let mut persons: BTreeMap<Person, VecDeque<Row>> = BTreeMap::new();
    for row in rows {
        match campaigns.iter_mut().find(|(name, _)| *name == row.campaign) {
            Some((_, places)) => places.push_back(row.person),
            None => campaigns.push((row.campaign.clone(), VecDeque::from([row.person]))),
        }
        persons.entry(row.person).or_default().push_back(row);
    }
    let mut ordered = Vec::new();
    while !campaigns.is_empty() {
        for (_, places) in &mut campaigns {
            let next = places.pop_front().and_then(|person| persons.get_mut(&person)?.pop_front());
            ordered.extend(next);
        }
        campaigns.retain(|(_, places)| !places.is_empty());
    }
    ordered
}

/// Whether pushes are stopped, of all campaigns or of one: by whom, when and why. Shared by all gateways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stops {
    /// All pushes.
    pub all: Option<StoppedBy>,
    /// Single campaigns, `STOPS_MAX` at most.
    pub campaigns: BTreeMap<String, StoppedBy>,
}

/// Campaigns that may be stopped at once.
pub const STOPS_MAX: usize = 256;

/// Who stopped pushes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedBy {
    /// Who, as he called himself.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// Why, in his words.
    pub why: String,
}

impl Stops {
    /// Whether a row must wait for somebody to start its pushes again.
    #[must_use]
    pub fn hold(&self, row: &Row) -> bool {
        let campaign = row.campaign.as_ref().is_some_and(|name| self.campaigns.contains_key(name));
        is_push(row.purpose) && (self.all.is_some() || campaign)
    }
}

#[cfg(test)]
#[path = "sending_tests.rs"]
mod tests;
