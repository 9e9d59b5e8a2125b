//! What a person has agreed to be sent, purpose by purpose: given only on his own phone, taken back from any.

use super::delivery::{Proof, Purpose};
use super::envelope::StepKey;
use super::lang::Lang;
use super::menu::model::BundleId;
use super::session::{Phone, Profile};
use super::time::Timestamp;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The purposes a person agrees to, in the order in which they are listed to him. Replies and receipts need no consent.
pub const PURPOSES: [Purpose; 3] = [Purpose::Requested, Purpose::Reminder, Purpose::Alert];

/// In what way a person spoke when he agreed or took it back; from the bearer's profile, which is all that is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// In a dialogue that the network held open.
    Dialogue,
    /// By a letter.
    Letter,
    /// At a touchscreen.
    Screen,
    /// Nobody spoke: a rule of ours.
    Rule,
}

/// How a consent stands.
// Given -> Withdrawn (STOP) | Suspended (the number fell silent); both -> Given, only by the owner's new word
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// He agreed.
    Given,
    /// He took it back.
    Withdrawn,
    /// His number was silent so long that it may be another's now.
    Suspended,
}

/// One consent as it stands, with all that proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// How it stands.
    pub standing: Standing,
    /// Since when.
    pub at: Timestamp,
    /// The version of the menus whose words were read.
    pub wording: BundleId,
    /// The language they were read in.
    pub lang: Lang,
    /// In what way it was said.
    pub channel: Channel,
    /// The inbound in which it was said.
    pub by: StepKey,
}

/// Where and how something about consent is said: everything of a `Consent` but what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// The version of the menus.
    pub wording: BundleId,
    /// The language of the dialogue.
    pub lang: Lang,
    /// In what way.
    pub channel: Channel,
    /// The inbound.
    pub by: StepKey,
}

/// Nothing is agreed on a phone that is not known to be the person's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHisPhone;

impl fmt::Display for NotHisPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the phone is not known to be the person's own")
    }
}

impl Said {
    fn as_consent(self, standing: Standing) -> Consent {
        let Self { at, wording, lang, channel, by } = self;
        Consent { standing, at, wording, lang, channel, by }
    }
}

/// Whether texts of `purpose` need consent at all.
#[must_use]
pub fn needs_consent(purpose: Purpose) -> bool {
    PURPOSES.contains(&purpose)
}

/// The name of a purpose in menus, vocabularies and the audit trail.
#[must_use]
pub fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Security => "security",
        Purpose::Reply => "reply",
        Purpose::Requested => "news",
        Purpose::Reminder => "reminder",
        Purpose::Alert => "alert",
    }
}

/// The purpose of that name, among those that can be agreed to.
#[must_use]
pub fn purpose(named: &str) -> Option<Purpose> {
    PURPOSES.into_iter().find(|purpose| word(*purpose) == named)
}

impl Profile {
    /// He agrees to `purpose`; an earlier STOP no longer stands in its way, all other purposes stay as they are.
    ///
    /// # Errors
    /// `NotHisPhone` unless "is this your phone?" was answered "mine", here or before.
    pub fn agree(&mut self, purpose: Purpose, said: Said) -> Result<Proof, NotHisPhone> {
        if self.phone != Phone::Own {
            return Err(NotHisPhone);
        }
        self.stopped = None;
        self.consents.insert(purpose, said.as_consent(Standing::Given));
        Ok(Proof { by: said.by, at: said.at, wording: said.wording })
    }

    /// He wants nothing of `purpose` any more; whoever holds the phone is believed. Whether it was on.
    pub fn withdraw(&mut self, purpose: Purpose, said: Said) -> bool {
        let was = self.is_on(purpose);
        self.consents.insert(purpose, said.as_consent(Standing::Withdrawn));
        was
    }

    /// He wants nothing at all any more; what was on.
    pub fn stop(&mut self, said: Said) -> Vec<Purpose> {
        let on = self.on();
        self.stopped = Some(said.at);
        for purpose in &on {
            self.withdraw(*purpose, said);
        }
        on
    }

    /// He may be written to again once he asks for something; nothing is turned on by itself.
    ///
    /// # Errors
    /// `NotHisPhone`, as `agree`.
    pub fn start(&mut self) -> Result<(), NotHisPhone> {
        if self.phone != Phone::Own {
            return Err(NotHisPhone);
        }
        self.stopped = None;
        Ok(())
    }

    /// The number was silent for so long that it may be another's: the phone is unknown again, what was agreed to is
    /// suspended, and the language is handed back as no more than a guess. What was suspended.
    pub fn fall_silent(&mut self, said: Said) -> (Option<Lang>, Vec<Purpose>) {
        self.phone = Phone::Unknown;
        self.greeted = false;
        self.script = None;
        // Whoever has the number now is asked anew, and is not told what another looked for.
        self.group = None;
        self.alerts = None;
        let on = self.on();
        for purpose in &on {
            self.consents.insert(*purpose, said.as_consent(Standing::Suspended));
        }
        (self.lang.take(), on)
    }

    /// Whether nothing was heard of the number for `after`; of who was never heard of nothing is known.
    #[must_use]
    pub fn is_silent(&self, now: Timestamp, after: Duration) -> bool {
        self.seen > Timestamp::default() && now.since(self.seen) >= after
    }

    /// The purposes that are on, in the order of `PURPOSES`.
    #[must_use]
    pub fn on(&self) -> Vec<Purpose> {
        PURPOSES.into_iter().filter(|purpose| self.is_on(*purpose)).collect()
    }

    /// Whether he has agreed to `purpose` and not taken it back.
    #[must_use]
    pub fn is_on(&self, purpose: Purpose) -> bool {
        let given = self.consents.get(&purpose).is_some_and(|consent| consent.standing == Standing::Given);
        given && self.stopped.is_none()
    }

    /// By what right a text of `purpose` may be written to him now; `None`: by none.
    #[must_use]
    pub fn proof(&self, purpose: Purpose) -> Option<Proof> {
        let consent = self.consents.get(&purpose).filter(|_| self.is_on(purpose))?;
        Some(Proof { by: consent.by, at: consent.at, wording: consent.wording })
    }

    /// Whether what was asked for at `asked` is no longer wanted: stopped or suspended since.
    #[must_use]
    pub fn has_taken_back(&self, purpose: Purpose, asked: Timestamp) -> bool {
        let stopped = self.stopped.is_some_and(|at| at >= asked);
        let off = self
            .consents
            .get(&purpose)
            .is_some_and(|consent| consent.standing != Standing::Given && consent.at >= asked);
        needs_consent(purpose) && (stopped || off)
    }

    /// Whether the step at `at` took anything back.
    #[must_use]
    pub fn took_back_at(&self, at: Timestamp) -> bool {
        let off = |consent: &Consent| consent.standing == Standing::Withdrawn && consent.at == at;
        self.stopped == Some(at) || self.consents.values().any(off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(at: i64) -> Said {
        Said {
            at: Timestamp(at),
            wording: BundleId([7; 8]),
            lang: Lang::Uz,
            channel: Channel::Letter,
            by: StepKey([9; 16]),
        }
    }

    fn own() -> Profile {
        Profile { phone: Phone::Own, seen: Timestamp(1), ..Profile::default() }
    }

    #[test]
    fn nothing_is_agreed_before_the_phone_is_known_to_be_his() {
        for phone in [Phone::Unknown, Phone::Borrowed] {
            for purpose in PURPOSES {
                let mut profile = Profile { phone, ..Profile::default() };
                assert_eq!(profile.agree(purpose, said(1)), Err(NotHisPhone));
                assert_eq!(profile.start(), Err(NotHisPhone));
                assert_eq!(profile, Profile { phone, ..Profile::default() });
                assert_eq!(profile.proof(purpose), None);
            }
        }
        let proof = own().agree(Purpose::Reminder, said(5)).unwrap();
        assert_eq!((proof.at, proof.by, proof.wording), (Timestamp(5), StepKey([9; 16]), BundleId([7; 8])));
    }

    #[test]
    fn one_purpose_is_stopped_without_the_others_and_stop_stops_all_whoever_holds_the_phone() {
        let mut profile = own();
        for purpose in PURPOSES {
            profile.agree(purpose, said(5)).unwrap();
        }
        profile.phone = Phone::Borrowed;
        assert!(profile.withdraw(Purpose::Alert, said(6)));
        assert_eq!(profile.on(), [Purpose::Requested, Purpose::Reminder]);
        assert!(profile.has_taken_back(Purpose::Alert, Timestamp(5)));
        assert!(!profile.has_taken_back(Purpose::Reminder, Timestamp(5)));
        assert_eq!(profile.stop(said(7)), [Purpose::Requested, Purpose::Reminder]);
        assert_eq!((profile.on(), profile.took_back_at(Timestamp(7))), (vec![], true));
        for purpose in PURPOSES {
            assert!(profile.has_taken_back(purpose, Timestamp(7)));
            assert_eq!(profile.proof(purpose), None);
        }
        assert!(!profile.has_taken_back(Purpose::Reply, Timestamp(1)), "replies are never stopped");
    }

    #[test]
    fn start_turns_nothing_on_and_a_new_word_turns_on_its_purpose_alone() {
        let mut profile = own();
        profile.agree(Purpose::Alert, said(5)).unwrap();
        profile.stop(said(6));
        profile.start().unwrap();
        assert_eq!((profile.on(), profile.stopped), (vec![], None));
        profile.agree(Purpose::Reminder, said(8)).unwrap();
        assert_eq!(profile.on(), [Purpose::Reminder]);
        assert!(profile.has_taken_back(Purpose::Alert, Timestamp(5)));
    }

    #[test]
    fn a_number_that_was_silent_too_long_is_a_strangers_until_he_speaks() {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        let mut profile = Profile { lang: Some(Lang::Tg), greeted: true, ..own() };
        profile.agree(Purpose::Alert, said(5)).unwrap();
        let later = Timestamp(1).plus(days(45));
        assert!(profile.is_silent(later, days(45)) && !profile.is_silent(Timestamp(later.0 - 1), days(45)));
        assert!(!Profile::default().is_silent(later, days(45)), "of a stranger nothing is known");
        let (lang, suspended) = profile.fall_silent(said(later.0));
        assert_eq!((lang, suspended), (Some(Lang::Tg), vec![Purpose::Alert]));
        assert_eq!((profile.lang, profile.phone, profile.greeted), (None, Phone::Unknown, false));
        assert!(profile.has_taken_back(Purpose::Alert, Timestamp(5)) && profile.on().is_empty());
        profile.phone = Phone::Own;
        assert_eq!(profile.on(), [], "the number's new owner never agreed to anything");
    }
}
