//! The services a menu may `call`: what each takes, what it answers, and every outcome it can have.

use super::time::Timestamp;
use super::value::Values;
use serde::{Deserialize, Serialize};

/// A call on its way: what an upstream needs, with the key under which it acts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// `application.status`.
    pub service: String,
    /// What is given, by value name.
    pub give: Values,
    /// The same for every try of this call.
    pub key: super::envelope::StepKey,
    /// When it was first made.
    pub at: Timestamp,
}

/// What a service answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// One of the service's outcomes.
    pub outcome: String,
    /// What texts may mention, by value name.
    pub values: Values,
}

/// What the menu checker knows of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceSpec {
    /// Its name.
    pub name: &'static str,
    /// The values it must be given.
    pub gives: &'static [&'static str],
    /// The values it may answer with.
    pub answers: &'static [&'static str],
    /// All its outcomes; a menu lists every one.
    pub outcomes: &'static [&'static str],
    /// Where it is done.
    pub place: Place,
    /// Whether it may be tried twice under one key.
    pub idempotent: bool,
}

/// Where a service is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this process, by the domain: never slow, never down.
    Local,
    /// In the person's own records, within the turn's commit.
    Own,
    /// At an office, through an upstream.
    Office,
}

/// Every service that menus may call.
pub const SERVICES: &[ServiceSpec] = &[
    ServiceSpec {
        name: "application.status",
        gives: &["number", "last4"],
        answers: &["tail", "state", "next", "as_of"],
        outcomes: &["found", "unknown", "old", "slow", "down", "blocked"],
        place: Place::Office,
        idempotent: true,
    },
    ServiceSpec {
        name: "application.answer-later",
        gives: &["number", "last4"],
        answers: &[],
        outcomes: &["ok", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "stay.count",
        gives: &["entry", "country", "earlier"],
        answers: &["register_by", "leave_by", "days", "rule_date"],
        outcomes: &["ok", "part", "past", "no-rule"],
        place: Place::Local,
        idempotent: true,
    },
    ServiceSpec {
        name: "data.show",
        gives: &[],
        answers: &["language", "pushes", "kept_days", "text_days", "trail_days"],
        outcomes: &["some", "none"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "data.stop",
        gives: &[],
        answers: &[],
        outcomes: &["ok"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "data.on",
        gives: &[],
        answers: &["on"],
        outcomes: &["some", "none"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "data.stop-one",
        gives: &["topic"],
        answers: &[],
        outcomes: &["ok", "all"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "data.start",
        gives: &[],
        answers: &[],
        outcomes: &["ok", "borrowed"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "data.delete",
        gives: &[],
        answers: &["receipt"],
        outcomes: &["ok"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "phone.mine",
        gives: &[],
        answers: &[],
        outcomes: &["ok"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "phone.borrowed",
        gives: &[],
        answers: &[],
        outcomes: &["ok"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "call-back.hours",
        gives: &[],
        answers: &["opens_on", "opens_at"],
        outcomes: &["staffed", "closed", "none"],
        place: Place::Local,
        idempotent: true,
    },
    ServiceSpec {
        name: "call-back.ask",
        gives: &["topic", "slot", "words", "whose"],
        answers: &["receipt", "calls_on", "calls_at"],
        outcomes: &["ok", "again", "closed", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "danger.hours",
        gives: &[],
        answers: &["opens_on", "opens_at"],
        outcomes: &["staffed", "closed", "none"],
        place: Place::Local,
        idempotent: true,
    },
    ServiceSpec {
        name: "danger.ask",
        gives: &["slot"],
        answers: &["receipt", "calls_on", "calls_at"],
        outcomes: &["ok", "again", "closed", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "complaint.hours",
        gives: &[],
        answers: &["opens_on", "opens_at"],
        outcomes: &["staffed", "closed", "none"],
        place: Place::Local,
        idempotent: true,
    },
    ServiceSpec {
        name: "complaint.ask",
        gives: &["topic", "words"],
        answers: &["receipt", "calls_on", "calls_at"],
        outcomes: &["ok", "again", "closed", "down"],
        place: Place::Own,
        idempotent: true,
    },
    // Who asks: told once, kept of a phone that is not borrowed. A new search forgets what the last one was narrowed by.
    ServiceSpec {
        name: "job.who",
        gives: &["group"],
        answers: &["group", "narrow"],
        outcomes: &["known", "unknown"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "job.find",
        gives: &["trade", "place", "group", "narrow"],
        answers: &["count", "first", "jobs", "source", "checked"],
        outcomes: &["some", "permit", "none", "none-permit", "no-trade", "no-place", "stale"],
        place: Place::Local,
        idempotent: true,
    },
    ServiceSpec {
        name: "job.show",
        gives: &["job", "trade", "place"],
        answers: &[
            "title",
            "pay",
            "employer",
            "where",
            "housing",
            "foreigners",
            "source",
            "ref",
            "checked",
            "trade",
            "place",
        ],
        outcomes: &["open", "closed", "unknown"],
        place: Place::Local,
        idempotent: true,
    },
    // What a person is told of work by itself: one subscription a person.
    ServiceSpec {
        name: "alert.show",
        gives: &[],
        answers: &["trade", "place", "pay", "housed", "count", "at", "next"],
        outcomes: &["on", "paused", "none"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "alert.set",
        gives: &["trade", "place", "group", "narrow"],
        answers: &["trade", "place", "pay", "housed", "count", "at", "next"],
        outcomes: &["ok", "borrowed", "no-trade", "no-place", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "alert.change",
        gives: &["often", "hour", "pay", "housing", "letters", "soon"],
        answers: &["trade", "place", "pay", "housed", "count", "at", "next"],
        outcomes: &["ok", "none", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "alert.pause",
        gives: &[],
        answers: &["trade", "place", "pay", "housed", "count", "at", "next"],
        outcomes: &["ok", "none", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "alert.resume",
        gives: &[],
        answers: &["trade", "place", "pay", "housed", "count", "at", "next"],
        outcomes: &["ok", "none", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "alert.end",
        gives: &[],
        answers: &[],
        outcomes: &["ok", "none", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "alert.hide",
        gives: &["job"],
        answers: &[],
        outcomes: &["ok", "none", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "alert.hide-last",
        gives: &[],
        answers: &[],
        outcomes: &["ok", "none", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "carry.take",
        gives: &["digits"],
        answers: &[],
        outcomes: &["letter", "unknown", "blocked", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "carry.send",
        gives: &["digits"],
        answers: &[],
        outcomes: &["ok", "unknown", "blocked", "down"],
        place: Place::Own,
        idempotent: true,
    },
    ServiceSpec {
        name: "ticket.state",
        gives: &["receipt"],
        answers: &[],
        outcomes: &["waiting", "answered", "unknown", "blocked", "down"],
        place: Place::Own,
        idempotent: true,
    },
];

/// Whether a service changes something: all but those that only tell.
#[must_use]
pub fn changes(name: &str) -> bool {
    let tells =
        matches!(name, "application.status" | "stay.count" | "data.show" | "ticket.state" | "alert.show");
    !tells && !name.ends_with(".hours") && !name.starts_with("job.")
}

/// The specification of a service.
#[must_use]
pub fn spec(name: &str) -> Option<&'static ServiceSpec> {
    SERVICES.iter().find(|spec| spec.name == name)
}
