//! What every screen costs at its worst, in every language and both scripts, on a dialogue and as letters.

use super::worst::{Form, Reader};
use crate::domain::content::Reference;
use crate::domain::lang::{Lang, Script};
use crate::domain::menu::engine::DANGER;
use crate::domain::menu::load::{Catalog, LinkWidths, Place, Report};
use crate::domain::menu::model::{Bundle, Menu, Phrase, Step, Verb};
use crate::domain::screen::Screen;
use crate::domain::session::{Cursor, Guess, Meant};
use crate::domain::text::budget::{self, Cost, Encoding, USSD};
use crate::domain::text::{pages, segment};
use crate::domain::vacancy::alert::NAMED_MAX;
use crate::domain::vacancy::alert::letter::{self, Around};
use crate::domain::value::Values;
use crate::domain::word::CHOICES_MAX;
use std::collections::BTreeMap;

/// Pages of a screen at most; people do not turn a fourth.
const PAGES_MAX: usize = 3;
/// Parts of a letter at most.
const PARTS_MAX: usize = 3;

/// What one screen costs at its worst.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ScreenCost {
    /// The menu; `root` for the first screen, `phrases` for the gateway's own texts.
    pub menu: String,
    /// The step, or the phrase's key.
    pub step: String,
    /// In which language.
    pub lang: Lang,
    /// In which script.
    pub script: Script,
    /// The encoding of the costliest page.
    pub encoding: Encoding,
    /// Septets or UTF-16 units of the fullest page.
    pub units: usize,
    /// Of how many at most.
    pub room: usize,
    /// Pages of a dialogue.
    pub pages: usize,
    /// Parts as one letter.
    pub segments: usize,
    /// Whether it is a list, which has as many pages as entries ask.
    pub list: bool,
    /// Whether its text stands whole on the first page; what comes after `more:` does not count.
    pub first_whole: bool,
    /// The line or choice that fits no page alone, if there is one.
    pub unfit: Option<String>,
    /// The fullest page as it would be shown.
    pub worst: String,
}

/// What every screen of `bundle` costs in every of its languages, with the usual widths of a link's facts.
#[must_use]
pub fn costs(bundle: &Bundle, reference: &Reference) -> Vec<ScreenCost> {
    costs_of(bundle, reference, LinkWidths::default())
}

/// The same with the widths that `root.yaml` names.
pub(crate) fn costs_of(bundle: &Bundle, reference: &Reference, widths: LinkWidths) -> Vec<ScreenCost> {
    // Whether a number may be told depends on the day; the room for it does not.
    let reference = &Reference { allow_unreviewed: true, ..reference.clone() };
    let mut costs = Vec::new();
    for lang in &bundle.languages {
        for script in [Script::Native, Script::Latin] {
            let reader = Reader { bundle, reference, widths, lang: *lang, script };
            first_screens(&reader, &mut costs);
            phrases(&reader, &mut costs);
            for menu in bundle.menus.values() {
                let fillings = reader.fillings(menu);
                for (id, step) in menu.steps.iter().filter(|(_, step)| step.text.is_some()) {
                    self::step(&reader, (menu, &fillings), (id, step), &mut costs);
                }
            }
        }
    }
    costs
}

/// A step as it is shown at first, after a wrong input, and on small screens.
fn step(
    reader: &Reader<'_>,
    (menu, fillings): (&Menu, &[Values]),
    (id, step): (&String, &Step),
    costs: &mut Vec<ScreenCost>,
) {
    let cursor = Cursor::Step { menu: menu.id.clone(), step: id.clone(), page: 0 };
    let ends = step.verb == Verb::End;
    let list = matches!(step.verb, Verb::List { .. });
    let answered = matches!(step.verb, Verb::Ask { .. }) || step.wrong.is_some();
    let forms = [
        (id.clone(), true, Form::default()),
        (format!("{id}.wrong"), answered && !ends, Form { wrong: true, ..Form::default() }),
        (format!("{id}.short"), step.short.is_some(), Form { short: true, ..Form::default() }),
    ];
    for (name, _, form) in forms.iter().filter(|(_, there, _)| *there) {
        let screen = reader.screen(&cursor, fillings, ends, *form);
        costs.push(cost(reader, (&menu.id, name), &screen, list));
    }
}

/// The root, and the languages as a stranger sees them: alone, and before danger.
fn first_screens(reader: &Reader<'_>, costs: &mut Vec<ScreenCost>) {
    let root = Cursor::Root { page: 0 };
    let screen = reader.bare(&root, false, Form::default());
    costs.push(cost(reader, ("root", "root"), &screen, false));
    let danger = reader.bundle.menus.get(DANGER);
    let danger = danger.map(|menu| Cursor::Step { menu: menu.id.clone(), step: menu.first.clone(), page: 0 });
    let stranger = Form { stranger: true, ..Form::default() };
    for (name, then) in [("languages", Some(root)), ("languages-danger", danger)] {
        let Some(then) = then else { continue };
        let cursor = Cursor::Languages { then: Box::new(then) };
        costs.push(cost(reader, ("root", name), &reader.bare(&cursor, false, stranger), false));
    }
}

/// A guess at the longest word of the reader's language, and a choice among as many as can be.
fn guesses(reader: &Reader<'_>) -> Vec<(&'static str, Guess)> {
    let own = reader.bundle.words.iter().filter(|word| word.lang == reader.lang);
    let mut meant: Vec<Meant> =
        own.map(|word| Meant { word: word.word.clone(), opens: word.opens.clone() }).collect();
    meant.sort_by_key(|meant| core::cmp::Reverse(meant.word.chars().count()));
    meant.dedup_by(|a, b| a.opens == b.opens);
    let words =
        |most: usize| Guess::Words { meant: meant.iter().take(most).cloned().collect(), args: Vec::new() };
    vec![("guess", words(1)), ("which", words(CHOICES_MAX))]
}

/// Phrases that are whole screens; pieces of a screen are measured where they stand.
fn phrases(reader: &Reader<'_>, costs: &mut Vec<ScreenCost>) {
    let resume = Cursor::Resume { at: Box::new(Cursor::Root { page: 0 }) };
    costs.push(cost(reader, ("phrases", "resume"), &reader.bare(&resume, false, Form::default()), false));
    for (key, of) in guesses(reader) {
        let cursor = Cursor::Guess { of, then: Some(Box::new(Cursor::Root { page: 0 })) };
        let screen = reader.bare(&cursor, false, Form::default());
        costs.push(cost(reader, ("phrases", key), &screen, false));
    }
    for (key, phrase) in crate::domain::menu::load::PHRASES {
        let piece = matches!(
            phrase,
            Phrase::Root
                | Phrase::KeyBack
                | Phrase::KeyHome
                | Phrase::KeyMore
                | Phrase::KeyLanguage
                | Phrase::Resume
                | Phrase::ResumeYes
                | Phrase::ResumeNo
                | Phrase::Wrong
                | Phrase::Carry
                | Phrase::Guess
                | Phrase::Which
                | Phrase::AlertStop
                | Phrase::AlertMore
                | Phrase::AlertStay
                | Phrase::AlertPermit
                | Phrase::Yes
                | Phrase::No
        );
        if !piece {
            let cursor = Cursor::Phrase { phrase, ends: true, then: None };
            let screen = reader.bare(&cursor, true, Form::default());
            costs.push(cost(reader, ("phrases", key), &screen, false));
        }
    }
}

fn cost(reader: &Reader<'_>, (menu, step): (&str, &str), screen: &Screen, list: bool) -> ScreenCost {
    let fitted = pages::fit(screen, USSD);
    let full = |text: &str| {
        let Cost { encoding, units } = budget::measure(text);
        (units * 1000 / room(encoding), encoding, units)
    };
    let fullest = fitted.iter().max_by_key(|page| full(&page.text).0);
    let worst = fullest.map(|page| page.text.clone()).unwrap_or_default();
    let (_, encoding, units) = full(&worst);
    // A text breaks between words; a choice never does, and shares its page with the keys.
    let footer = format!("\n{} {}", screen.labels.back, screen.labels.more);
    let words =
        screen.body.split_whitespace().chain(screen.more.iter().flat_map(|more| more.split_whitespace()));
    let choices = screen.choices.iter().map(|choice| format!("{} {}", choice.digit, choice.label));
    let unfit = words.map(str::to_owned).chain(choices).find(|piece| !USSD.fits(&format!("{piece}{footer}")));
    ScreenCost {
        menu: menu.to_owned(),
        step: step.to_owned(),
        lang: reader.lang,
        script: reader.script,
        encoding,
        units,
        room: room(encoding),
        pages: fitted.len(),
        segments: segment::segment(&pages::whole(screen)).parts.len(),
        list,
        first_whole: fitted.first().is_none_or(|page| dense(&page.text).contains(&dense(&screen.body))),
        unfit,
        worst,
    }
}

/// Without blanks, since a page breaks a text where its room ends.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

fn room(encoding: Encoding) -> usize {
    match encoding {
        Encoding::Gsm7 => USSD.septets,
        Encoding::Ucs2 => USSD.units,
    }
}

/// Reports screens that are too long, each language once, the costlier script first; what only costs a second page is
/// told once for all languages, since nobody reads sixty warnings.
pub(crate) fn lengths(costs: &[ScreenCost], catalog: &Catalog, report: &mut Report) {
    let mut over: BTreeMap<(&str, &str), Vec<&ScreenCost>> = BTreeMap::new();
    // Where both scripts are one, both costs are one.
    for cost in costs.iter().filter(|cost| cost.script == Script::Native || !cost.lang.is_latin()) {
        let at = place(cost, catalog);
        let script = match cost.script {
            Script::Native => "own letters",
            Script::Latin => "SMS-Latin",
        };
        let who = format!("{} in {script}", cost.lang.tag());
        if let Some(line) = &cost.unfit {
            let message = format!("\"{line}\" fits no screen alone ({who})");
            report.add("K064", &at, message, "shorten it: 160 characters in Latin letters, 70 in others");
        } else if cost.pages > PAGES_MAX && !cost.list {
            let message = format!("the screen has {} pages ({who})", cost.pages);
            report.add("K065", &at, message, "keep it to three: put less on it, or the rest under more:");
        } else if cost.segments > PARTS_MAX && !cost.list {
            let message = format!("the screen is {} SMS long ({who})", cost.segments);
            report.add("K068", &at, message, "keep it to three: each is paid for");
        } else if !cost.first_whole && !cost.list && cost.script == Script::Native {
            over.entry((&cost.menu, &cost.step)).or_default().push(cost);
        }
    }
    let told: Vec<(&str, &str)> = over.keys().copied().collect();
    for ((menu, step), costs) in over {
        // What is too long by itself is told once.
        let plain = step.strip_suffix(".wrong").unwrap_or(step);
        if plain != step && told.contains(&(menu, plain)) {
            continue;
        }
        let Some(first) = costs.first() else { continue };
        let tags: Vec<&str> = costs.iter().map(|cost| cost.lang.tag()).collect();
        let message = format!("the text of \"{step}\" goes on over the first page ({})", tags.join(", "));
        let cure = "many read the first page alone: shorten it, or put the rest under more:";
        report.add("K066", &place(first, catalog), message, cure);
    }
}

/// Reports languages in which the longest letter of an alert has no room for all the vacancies it may name, each once.
pub(crate) fn alerts(bundle: &Bundle, catalog: &Catalog, report: &mut Report) {
    for lang in &bundle.languages {
        let scripts = [(Script::Latin, "SMS-Latin"), (Script::Native, "own letters")];
        let least = [(None, NAMED_MAX, "alert-stop"), (Some(Phrase::AlertStay), 1, "alert-stay")];
        let short = scripts.into_iter().find_map(|(script, name)| {
            least.into_iter().find_map(|(greeting, least, phrase)| {
                let (letter, named) = letter::longest(&around(bundle, *lang, script, greeting), script);
                (named < least).then_some((letter, named, least, name, phrase))
            })
        });
        if let Some((letter, named, least, script, phrase)) = short {
            let found = catalog.written("phrases", phrase, *lang);
            let at = found.map_or_else(|| Place::whole("phrases"), |written| written.native.at.clone());
            let tag = lang.tag();
            let message =
                format!("with it the longest alert names {named} of {least} ({tag} in {script}): {letter}");
            let cure = if phrase == "alert-stop" {
                "shorten it to a word: how to stop"
            } else {
                "shorten it: a line of work stands beside it"
            };
            report.add("K067", &at, message, cure);
        }
    }
}

/// The texts around an alert's lines, to whom has been greeted before; `greeting` in the place of that, with a permit.
fn around(bundle: &Bundle, lang: Lang, script: Script, greeting: Option<Phrase>) -> Around {
    let say = |phrase| {
        let form = bundle.phrases.get(&phrase).and_then(|text| text.forms.get(&lang));
        let template = form.map(|form| if script == Script::Latin { &form.latin } else { &form.native });
        template.map(|text| text.fill(lang, &BTreeMap::new(), None).trim().to_owned()).unwrap_or_default()
    };
    let around = Around { stop: say(Phrase::AlertStop), more: say(Phrase::AlertMore), ..Around::default() };
    match greeting {
        Some(greeting) => Around { greeting: say(greeting), permit: say(Phrase::AlertPermit), ..around },
        None => around,
    }
}

/// Where the screen's text stands in its language.
fn place(cost: &ScreenCost, catalog: &Catalog) -> Place {
    let scope = if cost.menu == "root" { "phrases" } else { &cost.menu };
    let slots = ["say", "choose", "ask", "list", "confirm", "end"];
    let step = cost.step.strip_suffix(".wrong").unwrap_or(&cost.step);
    let names = [cost.step.clone()].into_iter().chain(slots.iter().map(|slot| format!("{step}.{slot}")));
    let found = names.into_iter().find_map(|name| catalog.written(scope, &name, cost.lang));
    found.map_or_else(|| Place::whole("root.yaml"), |written| written.native.at.clone())
}
