//! The folder of menus: which file means what, and where in it stands what a person reads.

use crate::domain::lang::Lang;

/// Parts of a step that a person reads, besides its options.
pub(super) const SLOTS: [&str; 10] =
    ["say", "choose", "ask", "list", "confirm", "end", "short", "more", "wrong", "spoken"];
/// Plural forms a text may be written in.
pub(super) const FORMS: [&str; 4] = ["one", "few", "many", "other"];
/// What a hand-written SMS-Latin form ends its name with.
pub(super) const LATIN: &str = ".latin";

/// What a file holds, told from its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'p> {
    /// `root.yaml`.
    Root,
    /// `signed.csv`.
    Signed,
    /// `phrases/<tag>.yaml`.
    Phrases(Lang),
    /// `reference/stay.yaml`.
    Stay,
    /// `reference/hotlines.yaml`.
    Hotlines,
    /// `reference/desk.yaml`.
    Desk,
    /// `reference/sending.yaml`.
    Sending,
    /// Any other `reference/*.yaml`.
    Vocabulary,
    /// `<menu>/menu.yaml`.
    Flow(&'p str),
    /// `<menu>/<tag>.yaml`.
    Texts(&'p str, Lang),
    /// A file that means nothing; its tag, where it looks like a language.
    Stray,
}

/// What the file at `path` holds.
pub(super) fn kind(path: &str) -> Kind<'_> {
    let parts: Vec<&str> = path.split('/').collect();
    let lang = |name: &str| name.strip_suffix(".yaml").and_then(Lang::from_tag);
    match parts.as_slice() {
        ["root.yaml"] => Kind::Root,
        ["signed.csv"] => Kind::Signed,
        ["phrases", name] => lang(name).map_or(Kind::Stray, Kind::Phrases),
        ["reference", "stay.yaml"] => Kind::Stay,
        ["reference", "hotlines.yaml"] => Kind::Hotlines,
        ["reference", "desk.yaml"] => Kind::Desk,
        ["reference", "sending.yaml"] => Kind::Sending,
        ["reference", name] if name.ends_with(".yaml") => Kind::Vocabulary,
        [menu, "menu.yaml"] => Kind::Flow(menu),
        [menu, name] => lang(name).map_or(Kind::Stray, |lang| Kind::Texts(menu, lang)),
        _ => Kind::Stray,
    }
}

/// Whether the key at the end of `keys` holds what a person reads.
pub(super) fn is_prose(kind: Kind<'_>, keys: &[&str]) -> bool {
    let base = |key: &str| key.strip_suffix(LATIN).unwrap_or(key).to_owned();
    let read = |key: &str| SLOTS.contains(&base(key).as_str());
    match (kind, keys) {
        (Kind::Flow(_), ["steps", _, rest @ ..]) | (Kind::Texts(..), ["texts", _, rest @ ..])
            if !rest.is_empty() =>
        {
            match rest {
                [slot] => read(slot),
                [slot, form] => base(slot) == "options" || read(slot) && FORMS.contains(form),
                _ => false,
            }
        }
        (Kind::Flow(_), [key]) | (Kind::Texts(..), ["texts", key]) => base(key) == "title",
        (Kind::Phrases(_), ["phrases", _]) => true,
        (Kind::Phrases(_), ["phrases", _, form]) => FORMS.contains(form),
        (Kind::Vocabulary, [_, tag]) => Lang::from_tag(&base(tag)).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_stands_in_known_places_only() {
        let flow = Kind::Flow("m");
        assert!(is_prose(flow, &["title"]) && is_prose(flow, &["steps", "a", "say.latin"]));
        assert!(
            is_prose(flow, &["steps", "a", "options", "uz"]) && is_prose(flow, &["steps", "a", "say", "one"])
        );
        assert!(!is_prose(flow, &["steps", "a", "next"]) && !is_prose(flow, &["steps", "a", "say", "by"]));
        assert!(!is_prose(flow, &["values", "title"]) && !is_prose(Kind::Root, &["title"]));
        assert!(
            is_prose(Kind::Vocabulary, &["sent", "ru"])
                && is_prose(Kind::Phrases(Lang::Ru), &["phrases", "over"])
        );
    }
}
