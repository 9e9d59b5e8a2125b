//! "Call a person" from a device that many use: a ticket without a number, on which somebody of the desk walks over.

use super::Gateway;
use crate::domain::address::Msisdn;
use crate::domain::delivery::Proof;
use crate::domain::envelope::{LinkName, StepKey};
use crate::domain::lang::{Lang, Script};
use crate::domain::local;
use crate::domain::person::Person;
use crate::domain::session::Phone;
use crate::domain::ticket::{Queue, Ticket, TicketState};
use crate::domain::time::Timestamp;
use crate::ports::StoreError;
use core::time::Duration;
use jiff::civil::Date;

/// Who stands and waits waits so long before a lead is told; more and he has left.
const ESCALATES_AFTER: Duration = Duration::from_secs(180);
/// Times a visit can ring anew after it was answered.
const RINGS_MAX: u8 = 5;
/// What such a ticket is about.
const TOPIC: &str = "here";

/// Where ringing for a person stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ring {
    /// Nobody was rung for.
    Silent,
    /// It rings at the desk.
    Rung {
        /// The receipt number.
        no: String,
    },
    /// Somebody has taken it and comes.
    Coming {
        /// The receipt number.
        no: String,
    },
    /// Somebody was there.
    Done {
        /// The receipt number.
        no: String,
    },
    /// Nobody is at the desk now; somebody is there again then.
    Closed {
        /// On which day.
        opens_on: Date,
        /// In which hours, `09:00-13:00`.
        opens_at: String,
    },
    /// There is no desk.
    Nobody,
}

impl Gateway {
    /// Rings at the desk for the visit `from` on the device `link`, in `lang`; ringing twice is ringing once.
    ///
    /// # Errors
    /// The store's; the same may be tried again.
    pub async fn ring(&self, from: &Msisdn, link: &LinkName, lang: Lang) -> Result<Ring, StoreError> {
        let now = self.parts.clock.now();
        let reference = self.parts.library.reference();
        let person = self.parts.persons.person(from);
        let (next, last) = self.ringing(person).await?;
        // Whom somebody comes to, somebody comes to, also when the desk has closed meanwhile.
        if matches!(last, Ring::Rung { .. } | Ring::Coming { .. }) {
            return Ok(last);
        }
        let Some(shift) = reference.shift(Queue::CallBack, now.date()) else { return Ok(Ring::Nobody) };
        if !shift.hours.is_open(now) {
            let opens = shift.calls(None, now).and_then(|calls| local::when(shift, calls));
            return Ok(opens.map_or(Ring::Nobody, |(opens_on, opens_at)| Ring::Closed { opens_on, opens_at }));
        }
        let Some(n) = next else { return Ok(last) };
        let ticket = self.here(person, n, from, link, lang, now);
        Ok(Ring::Rung { no: self.board.open(&ticket).await? })
    }

    /// Where the last ringing of the visit `from` stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn rung(&self, from: &Msisdn) -> Result<Ring, StoreError> {
        Ok(self.ringing(self.parts.persons.person(from)).await?.1)
    }

    /// Which ringing would be the next, if there may be another, and where the last one stands.
    async fn ringing(&self, person: Person) -> Result<(Option<u8>, Ring), StoreError> {
        let mut last = Ring::Silent;
        for n in 0..RINGS_MAX {
            let stands = self.rung_of(person, n).await?;
            if stands == Ring::Silent {
                return Ok((Some(n), last));
            }
            last = stands;
        }
        Ok((None, last))
    }

    async fn rung_of(&self, person: Person, n: u8) -> Result<Ring, StoreError> {
        let no = self.parts.persons.receipt(&seed(person, n).0);
        let found = self.board.get(&no).await?.filter(|ticket| ticket.person == person);
        Ok(match found.map(|ticket| ticket.state) {
            None => Ring::Silent,
            Some(TicketState::Open) => Ring::Rung { no },
            Some(TicketState::Claimed { .. }) => Ring::Coming { no },
            Some(TicketState::Called { .. } | TicketState::Closed { .. }) => Ring::Done { no },
        })
    }

    fn here(
        &self,
        person: Person,
        n: u8,
        from: &Msisdn,
        link: &LinkName,
        lang: Lang,
        now: Timestamp,
    ) -> Ticket {
        let by = seed(person, n);
        Ticket {
            no: self.parts.persons.receipt(&by.0),
            person,
            number: from.clone(),
            link: link.clone(),
            queue: Queue::CallBack,
            topic: TOPIC.to_owned(),
            lang,
            script: Script::Native,
            from: String::new(),
            sms_wanted: false,
            phone: Phone::Unknown,
            safe: None,
            text: None,
            created: now,
            due: now.plus(ESCALATES_AFTER),
            proof: Proof { by, at: now, wording: self.parts.library.current().id },
            state: TicketState::Open,
            escalated: false,
            acts: Vec::new(),
        }
    }
}

/// What the `n`th ringing of a visit is known by.
fn seed(person: Person, n: u8) -> StepKey {
    StepKey::of(&[b"ring", &person.id.0, &[n]])
}
