//! What a turn sends as letters: its answer, and what was brought from another device; each a row of its commit.

use super::Gateway;
use super::draft::Draft;
use super::reply;
use super::turn::Scene;
use crate::domain::delivery::{DueId, Proof, Purpose, Row, RowState};
use crate::domain::envelope::{LinkFacts, StepKey};
use crate::domain::lang::Lang;
use crate::domain::menu::engine::Setting;
use crate::domain::session::Dialogue;
use crate::domain::time::Timestamp;
use crate::ports::Permit;

/// From which number a letter leaves (none: the one written to), and what fits it there.
struct Address<'a> {
    from: Option<&'a String>,
    facts: &'a LinkFacts,
    parts_max: u8,
}

impl Gateway {
    /// A reply as a row.
    pub(super) fn letter(&self, draft: &mut Draft, scene: &Scene<'_>, lang: Lang, text: String) {
        let address = Address { from: None, facts: &scene.bearer.facts, parts_max: scene.bearer.parts_max };
        self.owe(draft, scene, (Purpose::Reply, lang), text, &address);
    }

    /// What another device had on its screen, as a letter to this phone; `scene` is on the menus of that dialogue.
    pub(super) fn send_brought(&self, draft: &mut Draft, scene: &Scene<'_>, brought: &Dialogue) {
        let facts = self.facts(&draft.address.link);
        let setting = Setting { shared: false, ..self.setting(scene, draft, 1) };
        let text = reply::letter(&setting, brought, &facts);
        let from = Some(&facts.short).filter(|short| !short.is_empty());
        let address = Address { from, facts: &facts, parts_max: reply::BROUGHT_PARTS_MAX };
        self.owe(draft, scene, (Purpose::Requested, brought.lang), text, &address);
    }

    /// Rows of the draft. The first text a person ever gets says who writes and how to stop, once.
    fn owe(
        &self,
        draft: &mut Draft,
        scene: &Scene<'_>,
        (purpose, lang): (Purpose, Lang),
        text: String,
        address: &Address<'_>,
    ) {
        if text.is_empty() {
            return;
        }
        let greets = !draft.profile.greeted && !draft.erase;
        let greeting = greets.then(|| reply::greeting(&scene.bundle, lang, &text, address.facts));
        let greeting = greeting.filter(|greeting| !greeting.is_empty());
        draft.profile.greeted |= greeting.is_some();
        let (text, own) = reply::greeted(text, greeting, address.parts_max);
        for (label, text) in [(purpose.name(), Some(text)), ("greeting", own)] {
            let Some(text) = text else { continue };
            let id = StepKey::of(&[&draft.step.0, label.as_bytes()]);
            let (mut row, permit) = self.row(draft, id, text, purpose, scene);
            if let Some(from) = address.from {
                row.from.clone_from(from);
            }
            draft.rows.push((row, permit));
        }
    }

    /// A row with a place in a window if one is free, so that it is committed as `Sending` and leaves at once.
    fn row(
        &self,
        draft: &Draft,
        id: DueId,
        text: String,
        purpose: Purpose,
        scene: &Scene<'_>,
    ) -> (Row, Option<Permit>) {
        let (now, wording) = (scene.now, scene.bundle.id);
        let courier = self.courier.get();
        let mut row = Row {
            id,
            person: draft.person,
            to: draft.address.to.clone(),
            from: draft.address.from.clone(),
            link: draft.address.link.clone(),
            text,
            purpose,
            proof: Proof { by: draft.step, at: now, wording },
            campaign: None,
            jobs: Vec::new(),
            created: now,
            earliest: now,
            latest: now.plus(self.parts.limits.reply_lasts),
            state: RowState::Queued { at: now, attempt: 0 },
            maybe_dup: false,
            trail: Vec::new(),
        };
        let permit = courier.and_then(|courier| courier.admit_fresh(&row));
        if let Some(courier) = courier {
            row.state = courier.first_state(permit.as_ref(), now);
        }
        (row, permit)
    }

    /// Waits a little for places in the window, so that a full one slows the link down instead of sending every letter
    /// the long way round by the outbox. While older replies wait for places, that is the way: their order is kept.
    pub(super) async fn admit(&self, draft: &mut Draft, now: Timestamp) {
        let Some(courier) = self.courier.get() else { return };
        let until = crate::clock::instant() + self.parts.limits.commit_grace;
        for (row, permit) in draft.rows.iter_mut().filter(|(_, permit)| permit.is_none()) {
            *permit = tokio::time::timeout_at(until, courier.free_fresh(row)).await.ok();
            row.state = courier.first_state(permit.as_ref(), now);
        }
    }
}
