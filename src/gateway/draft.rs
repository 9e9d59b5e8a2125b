//! A turn before its commit: what it will write, and how that becomes one atomic step.

use super::Limits;
use crate::domain::audit::Entry;
use crate::domain::consent::Channel;
use crate::domain::delivery::{Due, DueId, DueKind, ReplyAddress, Row};
use crate::domain::envelope::{BearerProfile, Copy, Device, Outbound, StepKey};
use crate::domain::lang::Lang;
use crate::domain::person::Person;
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Dialogue, EXCHANGES_MAX, Exchange, Profile, Session};
use crate::domain::time::Timestamp;
use crate::ports::{Commit, DUES_PER_COMMIT_MAX, Opened, Permit};
use core::time::Duration;
use tokio::sync::oneshot;

/// A profile is written when something in it changed, or when its last sign of life is this much older.
const SEEN_EVERY: Duration = Duration::from_secs(86_400);
/// For how long audit events and leftovers of a deletion are kept while they cannot be done.
const CHORE_LASTS: Duration = Duration::from_secs(30 * 86_400);

/// A turn on its way to its commit.
#[derive(Debug)]
pub(super) struct Draft {
    /// Whose.
    pub(super) person: Person,
    /// The session to write.
    pub(super) session: Session,
    /// The profile to write, if it changed.
    pub(super) profile: Profile,
    /// Where replies go.
    pub(super) address: ReplyAddress,
    /// Rows to write, each with its place in a window if it has one.
    pub(super) rows: Vec<(Row, Option<Permit>)>,
    /// Dues to write.
    pub(super) dues: Vec<Due>,
    /// Dues that are done.
    pub(super) done: Vec<DueId>,
    /// Everything of the person goes with this step.
    pub(super) erase: bool,
    /// Shared records that go after it.
    pub(super) belongings: Vec<String>,
    /// Something was taken back: what waits is cancelled before the acknowledgement.
    pub(super) stops: bool,
    /// Events for the audit trail.
    pub(super) audit: Vec<Entry>,
    /// In what way the person speaks.
    pub(super) channel: Channel,
    /// How long a profile may be kept; `None`: as long as all are.
    pub(super) profile_lasts: Option<Duration>,
    /// The language kept of a number that has fallen silent: a guess now.
    pub(super) guess: Option<Lang>,
    /// What this step answers.
    pub(super) step: StepKey,
    /// What goes out in the same exchange.
    pub(super) outbound: Option<Outbound>,
    /// A call that goes on beyond the commit.
    pub(super) waiting: Option<(Call, oneshot::Receiver<Answer>)>,
    session_version: u64,
    profile_version: u64,
    profile_before: Profile,
}

impl Draft {
    /// A draft that changes nothing yet.
    pub(super) fn new(
        person: Person,
        opened: Opened,
        address: ReplyAddress,
        step: StepKey,
        bearer: &BearerProfile,
    ) -> Self {
        Self {
            person,
            session: opened.session,
            profile_before: opened.profile.clone(),
            profile: opened.profile,
            address,
            rows: Vec::new(),
            dues: Vec::new(),
            done: Vec::new(),
            erase: false,
            belongings: Vec::new(),
            stops: false,
            audit: Vec::new(),
            channel: bearer.channel(),
            profile_lasts: (bearer.device == Device::Shared).then_some(bearer.resume),
            guess: None,
            step,
            outbound: None,
            waiting: None,
            session_version: opened.session_version,
            profile_version: opened.profile_version,
        }
    }

    /// Puts the dialogue back where it belongs; `None` when its last page has been shown.
    pub(super) fn slot(&mut self, held: bool, dialogue: Option<Dialogue>) {
        let slot = if held { &mut self.session.held } else { &mut self.session.written };
        *slot = dialogue;
    }

    /// Remembers what this delivery is answered with, for its copies.
    pub(super) fn remember(&mut self, copy: Copy, at: Timestamp) {
        let silent = Outbound::default();
        let reply = self.outbound.clone().unwrap_or(silent);
        self.session.exchanges.push(Exchange {
            step: copy.step,
            content: copy.content,
            bind: copy.bind,
            at,
            reply,
        });
        let extra = self.session.exchanges.len().saturating_sub(EXCHANGES_MAX);
        self.session.exchanges.drain(..extra);
    }

    /// An answer that came by itself: a copy of the delivery that waited for it gets it too.
    pub(super) fn fill_waiting(&mut self) {
        let Some(reply) = self.outbound.clone() else { return };
        if let Some(exchange) = self.session.exchanges.iter_mut().rev().find(|e| e.reply.text.is_empty()) {
            exchange.reply = reply;
        }
    }

    /// Whether another due fits into the commit, beside those of a waiting call and of the audit trail.
    pub(super) fn takes_due(&self) -> bool {
        self.dues.len() + 2 < DUES_PER_COMMIT_MAX
    }

    /// For an erasure: nothing of the person is left but the exchange just held, that others came before it (a copy of
    /// one of those would else be acted on as if he had come back), and what is still to be done because of it.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let mut exchanges = core::mem::take(&mut self.session.exchanges);
        for earlier in exchanges.iter_mut().rev().skip(1) {
            earlier.reply = Outbound::default();
        }
        self.session = Session { exchanges, ..Session::default() };
        self.profile = Profile::default();
        self.dues.clear();
        self.done.clear();
        if !self.belongings.is_empty() {
            let names = core::mem::take(&mut self.belongings);
            self.dues.push(self.due(b"forget", DueKind::Forget(names), now));
        }
    }

    /// A due of this step that is carried out at once, and tried again for as long as it takes.
    fn due(&self, label: &[u8], what: DueKind, now: Timestamp) -> Due {
        let id = StepKey::of(&[&self.step.0, label]);
        Due { id, person: self.person, at: now, latest: now.plus(CHORE_LASTS), attempt: 0, what }
    }

    /// The atomic step.
    pub(super) fn to_commit(&self, limits: &Limits, now: Timestamp) -> Commit {
        let seen = Profile { seen: self.profile_before.seen, ..self.profile.clone() };
        // Of who has no profile, a sign of life alone is nothing to keep.
        let changed = seen != self.profile_before
            || (self.profile_version > 0 && self.profile.seen.since(self.profile_before.seen) >= SEEN_EVERY);
        let keep = changed && !self.erase;
        let lasts = self.profile_lasts.unwrap_or(limits.profile_lasts);
        let profile = keep.then(|| (self.profile_version, self.profile.clone(), now.plus(lasts)));
        let mut dues = self.dues.clone();
        if !self.audit.is_empty() {
            dues.push(self.due(b"audit", DueKind::Audit(self.audit.clone()), now));
        }
        Commit {
            person: self.person,
            now,
            step: self.step,
            expect: self.session_version,
            session_expires: expires(&self.session, now.plus(limits.copy_window)),
            session: self.session.clone(),
            profile,
            rows: self.rows.iter().map(|(row, _permit)| row.clone()).collect(),
            dues,
            done: self.done.clone(),
            lease_until: now.plus(limits.row_lease),
            erase: self.erase,
        }
    }
}

/// Whether `found` is what `draft` wrote: another gateway may have taken a copy of the same delivery under the same key.
pub(super) fn is_ours(draft: &Draft, found: &Session) -> bool {
    draft.session == *found
}

/// When nothing of the session is needed any more.
pub(super) fn expires(session: &Session, at_least: Timestamp) -> Timestamp {
    let dialogues = [&session.held, &session.written];
    dialogues.into_iter().flatten().map(|dialogue| dialogue.expires).fold(at_least, Timestamp::max)
}

/// A remembered reply as it goes out again; an empty one was none.
pub(super) fn said(reply: &Outbound) -> Option<Outbound> {
    (!reply.text.is_empty()).then(|| reply.clone())
}
