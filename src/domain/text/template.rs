//! Texts with named places: parsed once, filled without logic; what is put in is data and is never parsed again.

use super::plural::{Category, category};
use crate::domain::lang::Lang;
use std::collections::BTreeMap;

/// A parsed text. A line that mentions a value which is absent is left out whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The pieces of every plural form; texts without forms have `Other` alone.
    pub(crate) forms: BTreeMap<Category, Vec<Piece>>,
    /// The number that picks the form.
    pub(crate) by: Option<String>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Said as it stands.
    Said(String),
    /// `{name}`.
    Place(String),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{` without `}`, or the other way round.
    #[error("brace without its pair at character {at}")]
    Brace {
        /// Where.
        at: usize,
    },
    /// `{}` or a name with signs in it.
    #[error("no name between the braces at character {at}")]
    Name {
        /// Where.
        at: usize,
    },
}

impl Template {
    /// Parses a text without plural forms.
    ///
    /// # Errors
    /// `TemplateError` with its place.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self { forms: BTreeMap::from([(Category::Other, pieces(text)?)]), by: None })
    }

    /// Parses a text with plural forms, picked by the number `by`.
    ///
    /// # Errors
    /// `TemplateError` with its place in the form at fault.
    pub fn parse_plural(by: &str, forms: &BTreeMap<Category, String>) -> Result<Self, TemplateError> {
        let parsed = forms.iter().map(|(category, text)| Ok((*category, pieces(text)?)));
        Ok(Self { forms: parsed.collect::<Result<_, _>>()?, by: Some(by.to_owned()) })
    }

    /// The names it mentions, `by` included, sorted, each once.
    #[must_use]
    pub fn places(&self) -> Vec<&str> {
        let mentioned = self.forms.values().flatten().filter_map(|piece| match piece {
            Piece::Place(name) => Some(name.as_str()),
            Piece::Said(_) => None,
        });
        let mut names: Vec<&str> = mentioned.chain(self.by.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The text with every place filled from `said` (name → what is to be read, already in the right language and script)
    /// and the form picked by `number(by)`. Empty lines and trailing blanks are dropped: on a phone they cost and say nothing.
    #[must_use]
    pub fn fill(&self, lang: Lang, said: &BTreeMap<String, String>, number: Option<i64>) -> String {
        let mut text = String::new();
        let mut line = Line::default();
        for piece in self.form(lang, number) {
            match piece {
                Piece::Said(words) => {
                    let mut lines = words.split('\n');
                    line.text.push_str(lines.next().unwrap_or_default());
                    for next in lines {
                        core::mem::take(&mut line).end(&mut text);
                        line.text.push_str(next);
                    }
                }
                Piece::Place(name) => match said.get(name) {
                    Some(value) => line.text.push_str(value),
                    None => line.dropped = true,
                },
            }
        }
        line.end(&mut text);
        text
    }

    /// What is read aloud: the words of its most general form on one line, without any value.
    #[must_use]
    pub fn said(&self) -> String {
        let pieces = self.forms.last_key_value().map(|(_, pieces)| pieces.as_slice()).unwrap_or_default();
        let words = pieces.iter().map(|piece| match piece {
            Piece::Said(words) => words.as_str(),
            Piece::Place(_) => " ",
        });
        // Signs that stood around a value alone are not spoken.
        let line = words.collect::<String>();
        let spoken = line.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric));
        spoken.collect::<Vec<_>>().join(" ")
    }

    /// The same text with everything said mapped (to make the SMS-Latin form); places stay.
    #[must_use]
    pub fn map(&self, change: impl Fn(&str) -> String) -> Self {
        let changed = |piece: &Piece| match piece {
            Piece::Said(words) => Piece::Said(change(words)),
            Piece::Place(name) => Piece::Place(name.clone()),
        };
        let forms =
            self.forms.iter().map(|(category, pieces)| (*category, pieces.iter().map(changed).collect()));
        Self { forms: forms.collect(), by: self.by.clone() }
    }

    /// The pieces for `number`. Where its form is missing the most general one stands in (the checker has said so before).
    fn form(&self, lang: Lang, number: Option<i64>) -> &[Piece] {
        let wanted = number.filter(|_| self.by.is_some()).map(|n| category(lang, n));
        let form = wanted.and_then(|wanted| self.forms.get(&wanted));
        let general = || self.forms.last_key_value().map(|(_, pieces)| pieces);
        form.or_else(general).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A line being filled.
#[derive(Default)]
struct Line {
    text: String,
    /// It mentions a value that is absent.
    dropped: bool,
}

impl Line {
    fn end(self, text: &mut String) {
        let line = self.text.trim_end();
        if self.dropped || line.is_empty() {
            return;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut said = String::new();
    // Where an open brace stands, and the name behind it so far.
    let mut open: Option<(usize, String)> = None;
    for (at, character) in text.chars().enumerate() {
        open = match (open, character) {
            (None, '{') => {
                if !said.is_empty() {
                    pieces.push(Piece::Said(core::mem::take(&mut said)));
                }
                Some((at, String::new()))
            }
            (None, '}') => return Err(TemplateError::Brace { at }),
            (None, other) => {
                said.push(other);
                None
            }
            (Some((at, _)), '{') => return Err(TemplateError::Brace { at }),
            (Some((at, name)), '}') => {
                if !is_name(&name) {
                    return Err(TemplateError::Name { at });
                }
                pieces.push(Piece::Place(name));
                None
            }
            (Some((at, mut name)), other) => {
                name.push(other);
                Some((at, name))
            }
        };
    }
    if let Some((at, _)) = open {
        return Err(TemplateError::Brace { at });
    }
    if !said.is_empty() {
        pieces.push(Piece::Said(said));
    }
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn places_are_filled_by_name() {
        let text = Template::parse("Въезд {entry}.\nУчёт до {register_by}\n").unwrap();
        assert_eq!(text.places(), ["entry", "register_by"]);
        let filled =
            text.fill(Lang::Ru, &said(&[("entry", "03.10.2026"), ("register_by", "06.10.2026")]), None);
        assert_eq!(filled, "Въезд 03.10.2026.\nУчёт до 06.10.2026");
    }

    #[test]
    fn a_line_with_an_absent_value_is_dropped_whole() {
        let text = Template::parse("Сорок.\nЗвоните {hotline}, {when}\nКонец").unwrap();
        assert_eq!(text.fill(Lang::Ru, &said(&[("when", "9-18")]), None), "Сорок.\nКонец");
        let alone = Template::parse("{hotline}").unwrap();
        assert_eq!(alone.fill(Lang::Ru, &said(&[]), None), "");
    }

    #[test]
    fn empty_lines_and_trailing_blanks_are_dropped() {
        let text = Template::parse("a  \n\n\n{b}\n c \n").unwrap();
        assert_eq!(text.fill(Lang::En, &said(&[("b", "")]), None), "a\n c");
    }

    #[test]
    fn what_is_read_aloud_is_one_line_without_any_value() {
        let text = Template::parse("Въезд {entry}.\n\nУчёт до {register_by}, выезд\n").unwrap();
        assert_eq!(text.said(), "Въезд Учёт до выезд");
        assert_eq!(Template::parse("{hotline}").unwrap().said(), "");
        let forms = [(Category::One, "{n} день"), (Category::Other, "{n} дней")];
        let forms = forms.map(|(category, text)| (category, text.to_owned())).into();
        let plural = Template::parse_plural("n", &forms).unwrap();
        assert_eq!(plural.said(), "дней", "the most general form");
    }

    #[test]
    fn the_number_picks_the_form() {
        let forms = [(Category::One, "{n} день"), (Category::Few, "{n} дня"), (Category::Many, "{n} дней")];
        let forms = forms.map(|(category, text)| (category, text.to_owned())).into();
        let text = Template::parse_plural("n", &forms).unwrap();
        assert_eq!(text.places(), ["n"]);
        for (n, wanted) in [(1, "1 день"), (3, "3 дня"), (11, "11 дней"), (21, "21 день")] {
            assert_eq!(text.fill(Lang::Ru, &said(&[("n", &n.to_string())]), Some(n)), wanted);
        }
        assert_eq!(text.fill(Lang::Ru, &said(&[("n", "?")]), None), "? дней");
    }

    #[test]
    fn a_broken_brace_is_named_with_its_place() {
        for (text, wanted) in [
            ("ab{c", TemplateError::Brace { at: 2 }),
            ("жж}c", TemplateError::Brace { at: 2 }),
            ("{a{b}}", TemplateError::Brace { at: 0 }),
            ("a{}", TemplateError::Name { at: 1 }),
            ("{a b}", TemplateError::Name { at: 0 }),
            ("{дни}", TemplateError::Name { at: 0 }),
        ] {
            assert_eq!(Template::parse(text), Err(wanted), "{text}");
        }
    }

    #[test]
    fn only_what_is_said_is_mapped() {
        let text = Template::parse("до {date} дней").unwrap().map(str::to_uppercase);
        assert_eq!(text.fill(Lang::Ru, &said(&[("date", "мая")]), None), "ДО мая ДНЕЙ");
    }

    proptest! {
        #[test]
        fn what_is_filled_in_is_never_parsed(value in "[a-z{}\\\\ ]{0,20}") {
            let text = Template::parse("<{a}|{b}>").unwrap();
            let filled = text.fill(Lang::En, &said(&[("a", &value), ("b", "{a}")]), None);
            prop_assert_eq!(filled, format!("<{value}|{{a}}>"));
        }

        #[test]
        fn any_text_parses_or_names_a_place_inside_it(text in "[a-zж{}\n ]{0,40}") {
            match Template::parse(&text) {
                Ok(template) => {
                    let names: BTreeMap<String, String> =
                        template.places().iter().map(|name| ((*name).to_owned(), format!("{{{name}}}"))).collect();
                    let lines: Vec<&str> = text.split('\n').map(str::trim_end).filter(|l| !l.is_empty()).collect();
                    prop_assert_eq!(template.fill(Lang::En, &names, None), lines.join("\n"));
                }
                Err(TemplateError::Brace { at } | TemplateError::Name { at }) => {
                    let brace = matches!(text.chars().nth(at), Some('{' | '}'));
                    prop_assert!(brace, "{:?} at {}", text, at);
                }
            }
        }
    }
}
