//! Places where order matters, and the switch that ends the process at one of them as hard as a power cut would.
//!
//! It ships in the binary so that the program that is killed in the tests is the program that people run, not another
//! build of it. Unarmed, which is always but under `make kill`, a place costs one relaxed load. Only `kopir serve` arms it,
//! from `KOPIR_KILL_AT=name:count` in its environment, and says so in its log.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// A place where a kill must neither lose nor double what was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// A turn is played, nothing of it is written.
    CommitBefore,
    /// It is written, nobody has been told.
    CommitAfter,
    /// The network's message is answered; what else the same write held has left too.
    ResponseLeft,
    /// A row says `Sending`, and no octet of it has left.
    LetterBefore,
    /// `submit_sm` has left, its response has not come.
    SubmitLeft,
    /// The network has taken a letter, and the row does not know.
    SubmitAnswered,
    /// The row says `Accepted`, its place in the window is still held.
    AcceptedRecorded,
    /// Rows and dues are leased, nothing has been done for them.
    Claimed,
    /// A batch says `Sending`, one of it is on its way, the others are not.
    BatchHalfSent,
    /// Everything of a person is gone and the receipt is written, nobody has been told.
    Erased,
    /// A dialogue is committed as waiting for an office, nobody has the answer.
    CallWaits,
    /// A call that an earlier process left is answered again, nothing is written.
    AnsweredAgain,
    /// An office has answered a promise, its letter is not written.
    PromiseAnswered,
    /// The letter of a promise is written and the promise done, the letter has not left.
    PromiseHandedOver,
    /// A promise was asked for in vain, its next time is not written.
    DueBeforeSettled,
    /// Its next time is written.
    DueSettled,
    /// Embedded store: a batch is worked, not on the disk.
    FileBeforeCommit,
    /// Embedded store: it is on the disk, nobody has been told.
    FileAfterCommit,
    /// Redis: what is due is leased in some partitions, not read.
    RedisLeased,
    /// Redis: changes of a batch are written in one partition of several.
    RedisHalfRecorded,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::CommitBefore,
        Self::CommitAfter,
        Self::ResponseLeft,
        Self::LetterBefore,
        Self::SubmitLeft,
        Self::SubmitAnswered,
        Self::AcceptedRecorded,
        Self::Claimed,
        Self::BatchHalfSent,
        Self::Erased,
        Self::CallWaits,
        Self::AnsweredAgain,
        Self::PromiseAnswered,
        Self::PromiseHandedOver,
        Self::DueBeforeSettled,
        Self::DueSettled,
        Self::FileBeforeCommit,
        Self::FileAfterCommit,
        Self::RedisLeased,
        Self::RedisHalfRecorded,
    ];

    /// As `KOPIR_KILL_AT` and the rig's table say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CommitBefore => "commit-before",
            Self::CommitAfter => "commit-after",
            Self::ResponseLeft => "response-left",
            Self::LetterBefore => "letter-before",
            Self::SubmitLeft => "submit-left",
            Self::SubmitAnswered => "submit-answered",
            Self::AcceptedRecorded => "accepted-recorded",
            Self::Claimed => "claimed",
            Self::BatchHalfSent => "batch-half-sent",
            Self::Erased => "erased",
            Self::CallWaits => "call-waits",
            Self::AnsweredAgain => "answered-again",
            Self::PromiseAnswered => "promise-answered",
            Self::PromiseHandedOver => "promise-handed-over",
            Self::DueBeforeSettled => "due-before-settled",
            Self::DueSettled => "due-settled",
            Self::FileBeforeCommit => "file-before-commit",
            Self::FileAfterCommit => "file-after-commit",
            Self::RedisLeased => "redis-leased",
            Self::RedisHalfRecorded => "redis-half-recorded",
        }
    }
}

/// Whether any place is armed; says nothing about which, so nothing is ordered after it.
static ARMED: AtomicBool = AtomicBool::new(false);
/// Which, and how many times it is still passed.
static AT: Mutex<Option<(Point, u32)>> = Mutex::new(None);

/// Arms one place: `name:count`, the process ends when it is reached for the `count`th time (from 1).
///
/// # Errors
/// A sentence for the operator that names what can be written.
pub fn arm(at: &str) -> Result<Point, String> {
    let (name, count) = at.split_once(':').unwrap_or((at, "1"));
    let point = Point::ALL.into_iter().find(|point| point.name() == name);
    let count = count.parse().ok().filter(|count| *count > 0);
    let (Some(point), Some(count)) = (point, count) else {
        let names: Vec<&str> = Point::ALL.into_iter().map(Point::name).collect();
        return Err(format!("KOPIR_KILL_AT = {at:?}: write name:count, a name of {}", names.join(", ")));
    };
    *AT.lock().unwrap_or_else(PoisonError::into_inner) = Some((point, count));
    ARMED.store(true, Ordering::Release);
    Ok(point)
}

/// Whether it is worth finding out that a place is reached.
#[must_use]
pub fn is_armed() -> bool {
    ARMED.load(Ordering::Relaxed)
}

/// This place is reached.
pub fn reached(point: Point) {
    if is_armed() {
        count(point);
    }
}

#[cold]
fn count(reached: Point) {
    let mut at = AT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((point, left)) = at.as_mut()
        && *point == reached
    {
        *left = left.saturating_sub(1);
        if *left == 0 {
            writeln!(std::io::stderr(), "killed at {}", point.name()).unwrap_or_default();
            // SIGABRT, and as good as SIGKILL for what counts here: nothing is flushed, dropped or told.
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_place_has_a_name_of_its_own_and_nonsense_is_refused_with_the_names() {
        let names: BTreeSet<&str> = Point::ALL.into_iter().map(Point::name).collect();
        assert_eq!(names.len(), Point::ALL.len());
        for wrong in ["", "nowhere:1", "commit-after:0", "commit-after:x", "commit-after:"] {
            let said = arm(wrong).unwrap_err();
            assert!(names.iter().all(|name| said.contains(name)), "{said}");
        }
        assert!(!is_armed());
    }
}
