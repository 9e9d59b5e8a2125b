//! How a place becomes what a bearer sends: screen → script → pages or one letter.

use crate::domain::envelope::{BearerProfile, Device, LinkFacts, Outbound};
use crate::domain::lang::{Lang, Script};
use crate::domain::menu::engine::Setting;
use crate::domain::menu::model::{Bundle, Phrase};
use crate::domain::menu::render;
use crate::domain::screen::{Keys, Page, Screen};
use crate::domain::session::{Dialogue, Phase};
use crate::domain::text::budget::Budget;
use crate::domain::text::script::{self, Known};
use crate::domain::text::{pages, segment};
use crate::domain::word;
use std::collections::BTreeMap;

/// Parts of a letter that was asked for at another device; more and Latin is sent, which is half as long.
pub(super) const BROUGHT_PARTS_MAX: u8 = 3;

/// What goes out, and how many pages the screen has on this bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The page.
    pub outbound: Outbound,
    /// Pages of the screen.
    pub pages: u8,
    /// Whether something had to be left out.
    pub cut: bool,
}

/// Renders where `dialogue` stands for `bearer`.
#[must_use]
pub(super) fn render(
    setting: &Setting<'_>,
    dialogue: &Dialogue,
    bearer: &BearerProfile,
    wrong: bool,
) -> Reply {
    let known = Known { wrote: setting.wrote, chose: setting.profile.script, dialogue: dialogue.script };
    let chosen = script::script(dialogue.lang, known, bearer.script);
    if bearer.device == Device::Shared {
        return drawn(setting, dialogue, bearer, wrong);
    }
    let (mut pages, mut cut) = paged(setting, dialogue, bearer, chosen, wrong);
    if wrong && pages.len() > 1 {
        // A page that says only "no such answer" helps nobody: the question itself goes first.
        let plain = paged(setting, dialogue, bearer, chosen, false);
        if plain.0.len() == 1 {
            (pages, cut) = plain;
        }
    }
    let count = u8::try_from(pages.len()).unwrap_or(u8::MAX);
    let at = dialogue.cursor.page();
    // A bearer is let go with the last page only: until then `9` turns on.
    let ends = dialogue.phase == Phase::Over && at.saturating_add(1) >= count;
    let text = pages.into_iter().nth(usize::from(at)).map(|page| page.text).unwrap_or_default();
    Reply { outbound: Outbound::page(text, ends), pages: count, cut }
}

/// The whole screen, for a bearer that draws it itself; the text beside it is what a letter would say.
fn drawn(setting: &Setting<'_>, dialogue: &Dialogue, bearer: &BearerProfile, wrong: bool) -> Reply {
    // What is shown and goes again says what a letter, which stays on a phone, leaves out.
    let screen = render::screen(setting, dialogue, Script::Native, &bearer.facts, wrong, true);
    let (text, ends) = (pages::whole(&screen), screen.ends);
    Reply { outbound: Outbound { text, ends, screen: Some(Box::new(screen)) }, pages: 1, cut: false }
}

/// What is on the screen as a letter: its words alone, in SMS-Latin unless the person has shown otherwise, or where that fits no letter.
#[must_use]
pub(super) fn letter(setting: &Setting<'_>, dialogue: &Dialogue, facts: &LinkFacts) -> String {
    let known = Known { wrote: None, chose: setting.profile.script, dialogue: dialogue.script };
    let text = |script| {
        let screen = render::screen(setting, dialogue, script, facts, false, false);
        pages::whole(&Screen { choices: Vec::new(), keys: Keys::default(), ..screen })
    };
    let own = text(script::script(dialogue.lang, known, Script::Latin));
    if segment::segment(&own).parts.len() <= usize::from(BROUGHT_PARTS_MAX) {
        own
    } else {
        text(Script::Latin)
    }
}

/// How many pages the screen at the cursor has.
#[must_use]
pub(super) fn pages_of(setting: &Setting<'_>, dialogue: &Dialogue, bearer: &BearerProfile) -> u8 {
    render(setting, dialogue, bearer, false).pages
}

fn paged(
    setting: &Setting<'_>,
    dialogue: &Dialogue,
    bearer: &BearerProfile,
    chosen: Script,
    wrong: bool,
) -> (Vec<Page>, bool) {
    let small = bearer.keeps_open;
    let screen = render::screen(setting, dialogue, chosen, &bearer.facts, wrong, small);
    if bearer.keeps_open {
        return fitted(&screen, bearer.budget);
    }
    // A letter is not paged while it fits its parts; Cyrillic that does not is sent in Latin before it is cut.
    let cap = usize::from(bearer.parts_max);
    let whole = pages::whole(&screen);
    if segment::segment(&whole).parts.len() <= cap {
        return (vec![Page { text: whole, index: 0, of: 1 }], false);
    }
    let latin = render::screen(setting, dialogue, Script::Latin, &bearer.facts, wrong, small);
    let whole = pages::whole(&latin);
    if segment::segment(&whole).parts.len() <= cap {
        return (vec![Page { text: whole, index: 0, of: 1 }], false);
    }
    fitted(&latin, letter_budget(bearer))
}

/// The pages of a screen, and whether something had to be left out; one page leaves nothing out.
fn fitted(screen: &Screen, budget: Budget) -> (Vec<Page>, bool) {
    let pages = pages::fit(screen, budget);
    let cut = pages.len() > 1 && pages::cuts(screen, budget);
    (pages, cut)
}

/// The room of a letter of `parts_max` parts (TS 23.040: 153 septets or 67 units each once there are several).
fn letter_budget(bearer: &BearerProfile) -> Budget {
    let parts = usize::from(bearer.parts_max);
    if parts <= 1 {
        return bearer.budget;
    }
    Budget { septets: parts.saturating_mul(153), units: parts.saturating_mul(67) }
}

/// Who writes and how to stop, in the letters of the text it goes with: one Cyrillic word would turn a Latin text into UCS-2.
#[must_use]
pub(super) fn greeting(bundle: &Bundle, lang: Lang, text: &str, facts: &LinkFacts) -> String {
    let letters = word::script_of(text).unwrap_or(Script::Latin);
    said(bundle, Phrase::WhoWrites, lang, letters, facts).trim().to_owned()
}

/// A text with its greeting: together where that is no dearer than apart and fits the parts a letter may have; else the
/// greeting is a letter of its own, after the answer that is waited for.
#[must_use]
pub(super) fn greeted(text: String, greeting: Option<String>, parts_max: u8) -> (String, Option<String>) {
    let Some(greeting) = greeting else { return (text, None) };
    let together = format!("{}\n{greeting}", text.trim_end());
    let parts = |text: &str| segment::segment(text).parts.len();
    let apart = parts(&text).saturating_add(parts(&greeting));
    if parts(&together) <= apart.min(usize::from(parts_max)) {
        (together, None)
    } else {
        (text, Some(greeting))
    }
}

/// One of the gateway's own texts, cut to one reply of the bearer.
#[must_use]
pub(super) fn phrase(
    bundle: &Bundle,
    phrase: Phrase,
    lang: Lang,
    in_script: Script,
    bearer: &BearerProfile,
) -> String {
    said(bundle, phrase, lang, in_script, &bearer.facts)
}

/// One of the gateway's own texts with the link's facts filled in.
#[must_use]
pub(super) fn said(
    bundle: &Bundle,
    phrase: Phrase,
    lang: Lang,
    in_script: Script,
    facts: &LinkFacts,
) -> String {
    let facts = BTreeMap::from([
        ("code".to_owned(), facts.code.clone()),
        ("short".to_owned(), facts.short.clone()),
        ("tariff".to_owned(), facts.tariff.clone()),
    ]);
    let form = bundle.phrases.get(&phrase).and_then(|text| text.forms.get(&lang));
    form.map(|form| {
        let template = if in_script == Script::Latin { &form.latin } else { &form.native };
        template.fill(lang, &facts, None)
    })
    .unwrap_or_default()
}
