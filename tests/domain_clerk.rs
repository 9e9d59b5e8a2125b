//! What a clerk slips into while translating is told once, in her words, and what her editor does to a file is no fault.

use crate::menu::{edited, shown, sound};
use crate::menu_cases::Edit::{self, Put, Swap};
use crate::menu_cases::UZ;
use kopir::domain::menu::load::load;
use kopir::domain::menu::problem::Severity;

/// The only problems that these edits give, as they are shown, without their places.
fn told(edits: &[Edit]) -> Vec<String> {
    load(&edited(edits), true).problems.iter().map(|p| format!("{} | {}", p.message, p.cure)).collect()
}

#[test]
fn a_step_renamed_in_one_file_is_told_once_and_with_its_new_name() {
    assert_eq!(
        told(&[Swap(UZ, "  last4:\n", "  last-four:\n")]),
        [r#"menu.yaml has no step "last-four" with a text | there it is "last4": rename it here too"#]
    );
}

#[test]
fn a_step_without_its_texts_is_told_once_and_not_text_by_text() {
    let problems = load(&edited(&[Put(UZ, "language: uz\ntexts:\n  title: Muddatlar\n")]), true).problems;
    assert!(problems.len() > 4, "{}", shown(&problems));
    assert!(
        problems.iter().all(|p| p.code == "K050" && p.message.starts_with("the step ")),
        "{}",
        shown(&problems)
    );
}

#[test]
fn an_option_more_is_told_with_the_names_beside_it() {
    let found =
        told(&[Swap(UZ, "      uz: O'zbekiston\n", "      uz: O'zbekiston\n      kg: Qirg'iziston\n")]);
    assert_eq!(
        found,
        [r#"menu.yaml has no text "country.options.kg" | remove it, or add it there; there are: other, uz"#]
    );
}

#[test]
fn a_menu_saved_with_a_mark_of_bytes_or_with_line_ends_of_windows_is_sound() {
    for save in [|text: &str| format!("\u{feff}{text}"), |text: &str| text.replace('\n', "\r\n")] {
        let mut sources = sound();
        for source in &mut sources {
            source.text = save(&source.text);
        }
        assert_eq!(shown(&load(&sources, true).problems), "");
    }
}

proptest::proptest! {
    /// Whatever a clerk's fingers do to a file, loading ends with a bundle or with an error that says why.
    #[test]
    fn no_edit_is_too_strange_to_be_told(
        file in 0_usize..9, at in 0_usize..1000, cut in 0_usize..40, put in "[ -~\\n\\tа-яўқ|{}#*:&-]{0,12}",
    ) {
        let mut sources = sound();
        let count = sources.len();
        let source = &mut sources[file % count];
        let chars: Vec<char> = source.text.chars().collect();
        let start = usize::min(chars.len(), at * chars.len() / 1000);
        let end = usize::min(chars.len(), start + cut);
        source.text = chars[..start].iter().copied().chain(put.chars()).chain(chars[end..].iter().copied()).collect();
        let loaded = load(&sources, true);
        let failed = loaded.problems.iter().any(|problem| problem.severity == Severity::Error);
        proptest::prop_assert_eq!(loaded.bundle.is_none(), failed);
    }
}
