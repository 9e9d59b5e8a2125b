//! The book of what went each way: who must have been answered, and what arrived how often. Bounded; the oldest entries go first.

use super::wire::Message;
use crate::domain::address::Msisdn;
use bytes::Bytes;
use serde::Serialize;
use std::collections::VecDeque;

/// What a `deliver_sm` was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A dialled code.
    Dial,
    /// An answer in a dialogue.
    Answer,
    /// The end of a dialogue from the phone's side.
    Abort,
    /// A letter, or a part of one.
    Sms,
    /// A delivery receipt.
    Receipt,
}

/// What became of a `deliver_sm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Not sent yet, or to be sent again.
    Waiting,
    /// Sent, no response yet.
    Sent,
    /// Answered with `ESME_ROK`.
    Acknowledged,
    /// Answered with this `command_status` for good.
    Refused(u32),
    /// Given up after the last attempt.
    Lost,
}

/// One `deliver_sm`. Not printable: its octets hold the number.
#[derive(Clone, Serialize)]
pub struct Delivery {
    /// The simulator's own number of it.
    pub id: u64,
    /// What it was.
    pub what: What,
    /// From whose phone (to whose, of a receipt: the phone it tells of).
    pub msisdn: Msisdn,
    /// How often it was put on a wire.
    pub attempts: u32,
    /// What became of it.
    pub fate: Fate,
    /// Milliseconds since the simulator started when it was born.
    pub at_ms: u64,
    /// Of which `submit_sm`, of a receipt.
    pub of: Option<u64>,
    /// Its octets while they may be needed again.
    #[serde(skip)]
    pub(super) frame: Bytes,
}

/// One `submit_sm` as it was accepted. Not printable: it holds the number.
#[derive(Clone, Serialize)]
pub struct Submission {
    /// The `message_id` it was given.
    pub id: u64,
    /// Over which connection.
    pub link: u64,
    /// Milliseconds since the simulator started.
    pub at_ms: u64,
    /// To which phone.
    pub to: String,
    /// `ussd_service_op`, if it belongs to a dialogue.
    pub ussd_op: Option<u8>,
    /// `data_coding`.
    pub data_coding: u8,
    /// What it says, with a user data header where it has one.
    #[serde(skip)]
    pub octets: Bytes,
}

/// Sums since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// `deliver_sm` born.
    pub deliveries: u64,
    /// Of these, acknowledged.
    pub acknowledged: u64,
    /// Of these, refused for good.
    pub refused: u64,
    /// Of these, given up.
    pub lost: u64,
    /// Times one was put on a wire again.
    pub redelivered: u64,
    /// Responses that no request of ours waited for.
    pub unmatched: u64,
    /// `submit_sm` accepted.
    pub submissions: u64,
    /// `submit_sm` refused (throttled, no dialogue).
    pub submissions_refused: u64,
    /// PDUs that the strict decoder could not read.
    pub unreadable: u64,
    /// Connections that bound.
    pub binds: u64,
}

/// The book.
pub(super) struct Ledger {
    entries_max: usize,
    first: u64,
    deliveries: VecDeque<Delivery>,
    submissions: VecDeque<Submission>,
    pub(super) sums: Sums,
}

impl Ledger {
    /// An empty book that keeps so many entries of each kind.
    pub(super) fn new(entries_max: usize) -> Self {
        let (deliveries, submissions) = (VecDeque::new(), VecDeque::new());
        Self { entries_max: entries_max.max(1), first: 0, deliveries, submissions, sums: Sums::default() }
    }

    /// Enters a `deliver_sm` and returns its number.
    pub(super) fn born(&mut self, what: What, msisdn: Msisdn, frame: Bytes, at_ms: u64) -> u64 {
        if self.deliveries.len() >= self.entries_max {
            self.deliveries.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        let id = self.sums.deliveries;
        self.deliveries.push_back(Delivery {
            id,
            what,
            msisdn,
            attempts: 0,
            fate: Fate::Waiting,
            at_ms,
            of: None,
            frame,
        });
        self.sums.deliveries = self.sums.deliveries.wrapping_add(1);
        id
    }

    /// The entry of a number, while it is kept.
    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Delivery> {
        let at = usize::try_from(id.checked_sub(self.first)?).ok()?;
        self.deliveries.get_mut(at)
    }

    /// The number that the next accepted `submit_sm` gets.
    pub(super) fn next_submission(&self) -> u64 {
        self.sums.submissions.wrapping_add(1)
    }

    /// Enters an accepted `submit_sm`.
    pub(super) fn accepted(&mut self, link: u64, message: &Message, at_ms: u64) -> u64 {
        if self.submissions.len() >= self.entries_max {
            self.submissions.pop_front();
        }
        let id = self.next_submission();
        self.sums.submissions = id;
        self.submissions.push_back(Submission {
            id,
            link,
            at_ms,
            to: message.to.clone(),
            ussd_op: message.ussd_op,
            data_coding: message.data_coding,
            octets: message.octets.clone(),
        });
        id
    }

    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.iter().cloned().collect()
    }

    pub(super) fn submissions(&self) -> Vec<Submission> {
        self.submissions.iter().cloned().collect()
    }

    /// The last `n` acknowledged, oldest first.
    pub(super) fn last_acknowledged(&self, n: usize) -> Vec<u64> {
        let acknowledged = self
            .deliveries
            .iter()
            .rev()
            .filter(|delivery| delivery.fate == Fate::Acknowledged && !delivery.frame.is_empty());
        let mut last: Vec<u64> = acknowledged.take(n).map(|delivery| delivery.id).collect();
        last.reverse();
        last
    }
}
