//! A device that many use goes the same way as a phone, to the letter, until a step belongs to a phone; and there it hands over.

use crate::play::Play;
use kopir::app::menus;
use kopir::domain::content::Reference;
use kopir::domain::menu::model::{Bundle, Verb};
use kopir::domain::screen::{Choice, Screen};
use kopir::domain::session::{Cursor, Dialogue, Phase, Profile};
use kopir::domain::value::Value;
use proptest::prelude::*;
use std::cell::RefCell;
use std::path::Path;
use std::sync::OnceLock;

/// The menus the project ships.
fn shipped() -> &'static (Bundle, Reference) {
    static SHIPPED: OnceLock<(Bundle, Reference)> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("menus");
        menus::open(&folder, true).unwrap().1.bundle.unwrap()
    })
}

fn any_input() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[1-5]",
        2 => prop::sample::select(vec!["0", "00", "8", "9", "7", "1", "2"]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["0311", "03112026", "1234567890", "4821", "12345678", "О311", "12O4"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

/// The two at once.
struct Both {
    phone: Play,
    shared: Play,
}

impl Both {
    fn new(profile: &Profile) -> Self {
        let (bundle, reference) = shipped().clone();
        let play = |shared| {
            let (bundle, reference) = (bundle.clone(), reference.clone());
            Play { bundle, reference, profile: profile.clone(), shared, ..Play::new() }
        };
        Self { phone: play(false), shared: play(true) }
    }

    /// Both dial as if nobody had been there.
    fn anew(&mut self, profile: &Profile) {
        for play in [&mut self.phone, &mut self.shared] {
            play.profile = profile.clone();
            play.dialogue = None;
            play.offices.clear();
            (play.calls, play.effects) = (vec![], vec![]);
            play.dial("*100#");
        }
    }

    fn offices(&mut self, n: u8) {
        let outcomes = ["found", "unknown", "old", "slow", "down", "blocked"];
        let found = [("tail", Value::Digits("7890".into())), ("state", Value::Word("commission".into()))];
        let pleas = ["waiting", "answered", "unknown", "blocked", "down"];
        for play in [&mut self.phone, &mut self.shared] {
            play.office("application.status", outcomes[usize::from(n) % outcomes.len()], &found);
            play.office("ticket.state", pleas[usize::from(n) % pleas.len()], &[]);
        }
    }

    /// Types the same at both; whether the shared one hands over now.
    fn send(&mut self, typed: &str) -> Result<bool, TestCaseError> {
        let (ours, theirs) = (self.phone.send(typed), self.shared.send(typed));
        let at = |play: &Play| play.dialogue.clone().unwrap();
        let (phone, shared) = (at(&self.phone), at(&self.shared));
        let Cursor::Carry { of } = &shared.cursor else {
            prop_assert_eq!(&phone, &shared);
            prop_assert_eq!(&self.phone.calls, &self.shared.calls);
            prop_assert_eq!(&self.phone.effects, &self.shared.effects);
            prop_assert_eq!(&ours, &as_a_phone_shows(&theirs));
            return Ok(false);
        };
        prop_assert!(!theirs.ends && theirs.keys.back && theirs.keys.home, "{:?}", theirs);
        let Cursor::Step { menu, step, .. } = &**of else {
            return Err(TestCaseError::fail(format!("{of:?}")));
        };
        // The phone has made the call that the shared one leaves to it, of the very values.
        if let Verb::Call { service, give } = &self.phone.bundle.menus[menu].steps[step].verb {
            let before = self.shared.calls.len();
            let made = self.phone.calls.get(before).unwrap();
            prop_assert_eq!(&made.service, service);
            for name in give {
                prop_assert_eq!(made.give.get(name), shared.answers.get(name), "{}", name);
            }
            prop_assert_eq!(&self.phone.calls[..before], &self.shared.calls[..]);
        } else {
            prop_assert_eq!(&self.phone.calls, &self.shared.calls);
            prop_assert_eq!(&phone, &Dialogue { cursor: (**of).clone(), ..shared.clone() });
        }
        Ok(true)
    }
}

/// As many as `PROPTEST_CASES` says, else few enough for every run.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(250)
}

thread_local! {
    /// Made once: the menus are large, and `anew` leaves nothing of an earlier walk.
    static BOTH: RefCell<Both> = RefCell::new(Both::new(&Profile::default()));
}

/// The screen without what is only drawn or read aloud; of that a phone has nothing, and pays nothing for it.
fn as_a_phone_shows(screen: &Screen) -> Screen {
    let choices = screen.choices.iter().map(|choice| Choice { say: None, ..choice.clone() }).collect();
    Screen { choices, say: Vec::new(), progress: None, shown: Vec::new(), ..screen.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn a_shared_device_stands_where_a_phone_stands_until_it_hands_over(
        inputs in prop::collection::vec((any_input(), any::<u8>()), 0..40),
        known: bool,
    ) {
        let lang = known.then_some(kopir::domain::lang::Lang::Tg);
        let profile = Profile { lang, ..Profile::default() };
        BOTH.with_borrow_mut(|both| {
            both.anew(&profile);
            for (typed, n) in inputs {
                both.offices(n);
                let over = both.send(&typed)? || both.shared.dialogue.as_ref().unwrap().phase == Phase::Over;
                if over {
                    both.anew(&profile);
                }
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

/// Every step of the shipped menus that belongs to a phone and that can be come to by typing.
#[test]
fn the_walks_that_belong_to_a_phone_hand_over_there() {
    let profile = Profile { lang: Some(kopir::domain::lang::Lang::Ru), ..Profile::default() };
    for (office, walk, menu, step) in [
        (3, &["1", "1234567890", "4821"][..], "status", "promise"),
        (0, &["3", "2", "1", "1", "1"], "call-me", "whose"),
        (0, &["4", "1", "1"], "danger", "ask"),
        (0, &["5"], "my-data", "show"),
    ] {
        let mut both = Both::new(&profile);
        both.anew(&profile);
        both.offices(office);
        let handed: Vec<bool> = walk.iter().map(|typed| both.send(typed).unwrap()).collect();
        let at = both.shared.at().clone();
        assert_eq!(handed.iter().position(|handed| *handed), Some(walk.len() - 1), "{menu}: {at:?}");
        let of = Cursor::Step { menu: menu.into(), step: step.into(), page: 0 };
        assert_eq!(at, Cursor::Carry { of: Box::new(of) });
        // What fits nothing there is said so; back leads to where the way came from.
        assert!(both.shared.send("5").wrong.is_some());
        assert_eq!(both.shared.at(), &at);
        both.shared.send("8");
        both.shared.send("2");
        assert_eq!(both.shared.at(), &at, "another language, the same place");
        both.shared.send("0");
        assert!(!matches!(both.shared.at(), Cursor::Carry { .. }), "{menu}");
    }
}
