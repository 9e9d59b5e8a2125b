//! What one move of a dialogue and one screen cost: the part of a turn that no store and no link can make cheaper.
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

#[path = "../tests/support/bundle.rs"]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "shared with the tests")]
mod bundle;

use divan::Bencher;
use kopir::domain::address::Dialled;
use kopir::domain::content::Reference;
use kopir::domain::envelope::LinkFacts;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::local::local;
use kopir::domain::menu::engine::{self, Input, Next, Setting};
use kopir::domain::menu::model::Bundle;
use kopir::domain::menu::render;
use kopir::domain::session::{Dialogue, Profile};
use kopir::domain::time::Timestamp;

const NOW: Timestamp = Timestamp(1_795_410_000_000);

fn main() {
    divan::main();
}

struct House {
    bundle: Bundle,
    reference: Reference,
    profile: Profile,
}

impl House {
    fn new() -> Self {
        let profile = Profile { lang: Some(Lang::Uz), ..Profile::default() };
        Self { bundle: bundle::bundle(), reference: bundle::reference(), profile }
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            bundle: &self.bundle,
            reference: &self.reference,
            profile: &self.profile,
            earlier: None,
            guess: None,
            wrote: None,
            shared: false,
            pages: 1,
            resume: core::time::Duration::from_secs(600),
            now: NOW,
        }
    }

    /// A step and the local calls it leads to, as the gateway makes them.
    fn turn(&self, dialogue: Dialogue, input: &Input) -> Dialogue {
        let setting = self.setting();
        let mut step = engine::step(&setting, dialogue, input);
        while let Next::Call(call) = &step.next {
            let answer = local(call, &self.reference, NOW).unwrap();
            step = engine::step(&setting, step.dialogue, &Input::Answered(answer));
        }
        step.dialogue
    }

    fn after(&self, code: &str, typed: &[&str]) -> Dialogue {
        let dialled = Input::Dial(Dialled::parse(code).unwrap());
        let begun = self.turn(engine::begin(&self.setting(), b"net"), &dialled);
        typed.iter().fold(begun, |dialogue, text| self.turn(dialogue, &Input::Typed((*text).to_owned())))
    }
}

#[divan::bench]
fn dial_with_an_answer(bencher: Bencher<'_, '_>) {
    let house = House::new();
    let input = Input::Dial(Dialled::parse("*100*21*0311#").unwrap());
    bencher.bench(|| house.turn(engine::begin(&house.setting(), b"net"), &input));
}

#[divan::bench]
fn step_by_digit(bencher: Bencher<'_, '_>) {
    let house = House::new();
    let dialogue = house.after("*100*21*0311#", &[]);
    let input = Input::Typed("1".to_owned());
    bencher.with_inputs(|| dialogue.clone()).bench_values(|dialogue| house.turn(dialogue, &input));
}

#[divan::bench]
fn step_by_date(bencher: Bencher<'_, '_>) {
    let house = House::new();
    let dialogue = house.after("*100*21#", &[]);
    let input = Input::Typed("03.11".to_owned());
    bencher.with_inputs(|| dialogue.clone()).bench_values(|dialogue| house.turn(dialogue, &input));
}

#[divan::bench]
fn step_with_a_local_call(bencher: Bencher<'_, '_>) {
    let house = House::new();
    let dialogue = house.after("*100*21*0311#", &["1"]);
    let input = Input::Typed("1".to_owned());
    bencher.with_inputs(|| dialogue.clone()).bench_values(|dialogue| house.turn(dialogue, &input));
}

#[divan::bench(args = [Script::Native, Script::Latin])]
fn render_the_root(bencher: Bencher<'_, '_>, script: Script) {
    let house = House::new();
    let dialogue = house.after("*100#", &[]);
    let facts = LinkFacts::default();
    bencher.bench(|| render::screen(&house.setting(), &dialogue, script, &facts, false, false));
}

#[divan::bench(args = [Script::Native, Script::Latin])]
fn render_an_answer_with_values(bencher: Bencher<'_, '_>, script: Script) {
    let house = House::new();
    let dialogue = house.after("*100*21*0311#", &["1", "1"]);
    let facts = LinkFacts::default();
    bencher.bench(|| render::screen(&house.setting(), &dialogue, script, &facts, false, false));
}
