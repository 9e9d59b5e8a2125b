//! A plea that a person answers: what is asked, where it stands, who did what with it; pure transitions.

use super::address::Msisdn;
use super::delivery::Proof;
use super::envelope::LinkName;
use super::lang::Lang;
use super::person::Person;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Characters of a plea's text and of a note kept at most; more is cut and said to be.
pub const TEXT_MAX: usize = 600;
/// Acts remembered of a ticket; beyond it the oldest notes go, never the opening.
pub const ACTS_MAX: usize = 64;

/// A receipt number as people read and type it: eight digits, of which the first six tell tickets apart by chance and keyed
/// hash, so that nobody can count them or guess another's.
pub type TicketNo = String;

/// To whom a plea goes; each has its own readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// "Call me": the desk.
    CallBack,
    /// Not paid and other cases of right: the desk.
    Case,
    /// Danger: fewer eyes, shown apart and louder.
    Danger,
    /// About the service or its staff: leads only, never the desk it may be about.
    Complaint,
}

impl Queue {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Danger, Self::CallBack, Self::Case, Self::Complaint];

    /// The word in files, metrics and addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CallBack => "call-back",
            Self::Case => "case",
            Self::Danger => "danger",
            Self::Complaint => "complaint",
        }
    }
}

/// One plea.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its receipt number.
    pub no: TicketNo,
    /// Whose.
    pub person: Person,
    /// The number to call.
    pub number: Msisdn,
    /// Over which link it came.
    pub link: LinkName,
    /// To whom it goes.
    pub queue: Queue,
    /// What it is about: an option's id of the menu that asked.
    pub topic: String,
    /// The language to answer in.
    pub lang: Lang,
    /// Hours of the day in which it is safe to call, as chosen: `from` included, `to` not, in minutes; `None`: any.
    pub safe: Option<(u16, u16)>,
    /// What the person wrote, if anything; `TEXT_MAX` characters at most.
    pub text: Option<String>,
    /// When it was asked.
    pub created: Timestamp,
    /// When it escalates by itself unless somebody has called.
    pub due: Timestamp,
    /// In which inbound, under which words.
    pub proof: Proof,
    /// Where it stands.
    pub state: TicketState,
    /// Whether it has been escalated, by a person or by the clock; stays until it is closed.
    pub escalated: bool,
    /// Who did what, oldest first.
    pub acts: Vec<Act>,
}

/// Number and text are private: only what a list shows is printed.
impl core::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Ticket({}, {}, {:?})", self.no, self.queue.word(), self.state)
    }
}

/// Where a ticket stands.
// Open -> Claimed -> Called -> Closed;  Claimed | Called -> Open (given back);  Claimed -> Closed (it turned out needless)
// Closed -> Open (reopened by a lead);  escalation is a mark beside these states, taken off only by closing
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketState {
    /// Nobody has it.
    Open,
    /// Somebody has it.
    Claimed {
        /// Who.
        by: String,
    },
    /// Somebody has called, with what result stands in the acts.
    Called {
        /// Who.
        by: String,
    },
    /// Answered.
    Closed {
        /// By whom.
        by: String,
        /// How.
        outcome: Outcome,
    },
}

impl TicketState {
    /// The word in files, metrics and addresses.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed { .. } => "claimed",
            Self::Called { .. } => "called",
            Self::Closed { .. } => "closed",
        }
    }

    /// Who has it.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        match self {
            Self::Open | Self::Closed { .. } => None,
            Self::Claimed { by } | Self::Called { by } => Some(by),
        }
    }
}

/// How a ticket was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The person was helped.
    Helped,
    /// Passed on to another office, named in a note.
    PassedOn,
    /// Nobody answered the calls.
    NotReached,
    /// No longer wanted.
    NotWanted,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Helped, Self::PassedOn, Self::NotReached, Self::NotWanted];

    /// The word in forms and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Helped => "helped",
            Self::PassedOn => "passed-on",
            Self::NotReached => "not-reached",
            Self::NotWanted => "not-wanted",
        }
    }
}

/// One thing done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// By whom: a user of the desk, `clock`, or `person`.
    pub by: String,
    /// What.
    pub what: TicketChange,
}

/// What can be done with a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketChange {
    /// Take it.
    Claim,
    /// Give it back.
    Release,
    /// The number was shown; nothing else changes.
    Shown,
    /// It was called.
    Called {
        /// Whether somebody answered.
        reached: bool,
    },
    /// Write something down.
    Note(String),
    /// Ask for more: leads see it first.
    Escalate,
    /// Answered.
    Close(Outcome),
    /// Take it up again.
    Reopen,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Somebody else has it.
    Taken,
    /// It must be claimed first.
    NotClaimed,
    /// It is closed.
    Closed,
    /// It is not closed.
    NotClosed,
}

impl Ticket {
    /// Makes `change` by `by` at `at`. The same change by the same user twice is one (a form sent again).
    ///
    /// # Errors
    /// Why it cannot be made; the ticket is as it was.
    pub fn change(&mut self, by: &str, change: TicketChange, at: Timestamp) -> Result<(), Refused> {
        let mine = self.state.holder() == Some(by);
        let next = match (&self.state, &change) {
            (TicketState::Closed { .. }, TicketChange::Reopen) => Some(TicketState::Open),
            (TicketState::Closed { outcome, .. }, TicketChange::Close(again)) if outcome == again => {
                return Ok(());
            }
            (_, TicketChange::Note(_)) => None,
            (TicketState::Closed { .. }, _) => return Err(Refused::Closed),
            (_, TicketChange::Reopen) => return Err(Refused::NotClosed),
            (TicketState::Open, TicketChange::Claim) => Some(TicketState::Claimed { by: by.to_owned() }),
            (_, TicketChange::Claim) if mine => return Ok(()),
            (_, TicketChange::Claim) => return Err(Refused::Taken),
            (_, TicketChange::Escalate) if self.escalated => return Ok(()),
            (_, TicketChange::Escalate) => None,
            (TicketState::Open, _) => return Err(Refused::NotClaimed),
            (_, _) if !mine => return Err(Refused::Taken),
            (_, TicketChange::Release) => Some(TicketState::Open),
            (_, TicketChange::Shown) => None,
            (_, TicketChange::Called { .. }) => Some(TicketState::Called { by: by.to_owned() }),
            (_, TicketChange::Close(outcome)) => {
                Some(TicketState::Closed { by: by.to_owned(), outcome: *outcome })
            }
        };
        self.escalated |= matches!(change, TicketChange::Escalate);
        self.escalated &= !matches!(change, TicketChange::Close(_));
        if let Some(next) = next {
            self.state = next;
        }
        self.acts.push(Act { at, by: by.to_owned(), what: cut(change) });
        if self.acts.len() > ACTS_MAX {
            self.acts.remove(1);
        }
        Ok(())
    }

    /// Whether the clock should escalate it at `now`: nobody has called in time.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let waits = matches!(self.state, TicketState::Open | TicketState::Claimed { .. });
        waits && !self.escalated && now >= self.due
    }
}

fn cut(change: TicketChange) -> TicketChange {
    match change {
        TicketChange::Note(text) => TicketChange::Note(text.chars().take(TEXT_MAX).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::person::PersonId;

    fn ticket() -> Ticket {
        Ticket {
            no: "48213790".into(),
            person: Person { partition: 0, id: PersonId([0; 17]) },
            number: Msisdn::parse("77011234567").unwrap(),
            link: "a".into(),
            queue: Queue::CallBack,
            topic: "papers".into(),
            lang: Lang::Uz,
            safe: Some((600, 720)),
            text: Some("a plea".into()),
            created: Timestamp(0),
            due: Timestamp(1_000),
            proof: Proof::default(),
            state: TicketState::Open,
            escalated: false,
            acts: Vec::new(),
        }
    }

    #[test]
    fn a_ticket_goes_its_straight_way_and_every_step_is_remembered() {
        let mut ticket = ticket();
        for change in [
            TicketChange::Claim,
            TicketChange::Shown,
            TicketChange::Called { reached: true },
            TicketChange::Note("spoke".into()),
            TicketChange::Close(Outcome::Helped),
        ] {
            ticket.change("aliya", change, Timestamp(5)).unwrap();
        }
        assert_eq!(ticket.state, TicketState::Closed { by: "aliya".into(), outcome: Outcome::Helped });
        assert_eq!(ticket.acts.len(), 5);
    }

    #[test]
    fn what_somebody_has_is_nobody_elses() {
        let mut ticket = ticket();
        assert_eq!(ticket.change("a", TicketChange::Shown, Timestamp(1)), Err(Refused::NotClaimed));
        ticket.change("a", TicketChange::Claim, Timestamp(1)).unwrap();
        ticket.change("a", TicketChange::Claim, Timestamp(2)).unwrap();
        assert_eq!(ticket.acts.len(), 1, "claimed twice is claimed once");
        for change in [TicketChange::Claim, TicketChange::Shown, TicketChange::Close(Outcome::Helped)] {
            assert_eq!(ticket.change("b", change, Timestamp(3)), Err(Refused::Taken));
        }
        ticket.change("a", TicketChange::Release, Timestamp(4)).unwrap();
        ticket.change("b", TicketChange::Claim, Timestamp(5)).unwrap();
    }

    #[test]
    fn the_clock_escalates_what_nobody_has_called_and_only_closing_takes_the_mark_off() {
        let mut ticket = ticket();
        assert!(!ticket.is_overdue(Timestamp(999)) && ticket.is_overdue(Timestamp(1_000)));
        ticket.change("clock", TicketChange::Escalate, Timestamp(1_000)).unwrap();
        assert!(ticket.escalated && !ticket.is_overdue(Timestamp(2_000)));
        ticket.change("a", TicketChange::Claim, Timestamp(2_000)).unwrap();
        ticket.change("a", TicketChange::Called { reached: false }, Timestamp(2_001)).unwrap();
        assert!(ticket.escalated);
        ticket.change("a", TicketChange::Close(Outcome::NotReached), Timestamp(2_002)).unwrap();
        assert!(!ticket.escalated);
        assert_eq!(ticket.change("a", TicketChange::Claim, Timestamp(2_003)), Err(Refused::Closed));
        ticket.change("lead", TicketChange::Reopen, Timestamp(2_004)).unwrap();
        assert_eq!(ticket.state, TicketState::Open);
    }

    #[test]
    fn acts_are_bounded_and_the_first_one_stays() {
        let mut ticket = ticket();
        ticket.change("a", TicketChange::Claim, Timestamp(0)).unwrap();
        for n in 1..200 {
            ticket.change("a", TicketChange::Note("x".repeat(TEXT_MAX * 2)), Timestamp(n)).unwrap();
        }
        assert_eq!((ticket.acts.len(), &ticket.acts[0].what), (ACTS_MAX, &TicketChange::Claim));
        assert!(matches!(&ticket.acts[9].what, TicketChange::Note(text) if text.len() == TEXT_MAX));
    }

    #[test]
    fn number_and_text_are_never_printed() {
        assert_eq!(format!("{:?}", ticket()), "Ticket(48213790, call-back, Open)");
    }
}
