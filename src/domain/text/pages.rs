//! A screen as pages that each fit one reply: no choice is split or parted from its digit, "more" and "back" are counted in.

use super::budget::{Budget, Tally};
use crate::domain::screen::{Choice, Page, Screen};
use std::borrow::Cow;

/// Pages of a screen at most; what is longer is cut at the last and is a Problem in `check`.
pub const PAGES_MAX: u8 = 9;

/// Stands where something was cut; two characters that cost the same in every encoding.
const CUT: &str = "..";

/// The pages of `screen` under `budget`; never empty. Footers (`0`, `8`, `9`) stand on the page where the key does something.
///
/// Body, `more` and choices stand together where all of it fits one page; else body and choices come first and `more`
/// begins a page of its own. A line is broken only between words, and only where it would leave its page almost empty
/// to keep it whole, so that a date stays with what it is the date of.
#[must_use]
pub fn fit(screen: &Screen, budget: Budget) -> Vec<Page> {
    let (texts, _) = lay(screen, budget);
    let of = u8::try_from(texts.len()).unwrap_or(PAGES_MAX);
    (0..of).zip(texts).map(|(index, text)| Page { text, index, of }).collect()
}

/// Whether `fit` has to leave something out: more than `PAGES_MAX` pages, or a choice longer than a page.
#[must_use]
pub fn cuts(screen: &Screen, budget: Budget) -> bool {
    lay(screen, budget).1
}

/// The whole screen as one text without paging (letters): body, more, choices, keys.
#[must_use]
pub fn whole(screen: &Screen) -> String {
    let mut pieces = said(screen);
    pieces.extend(words(screen.more.as_deref().unwrap_or_default()));
    pieces.extend(screen.choices.iter().map(Piece::choice));
    compose(&pieces, "", &footer(screen, 0, true))
}

/// What is laid out as one: a word of a text, or a choice with its digit.
#[derive(Clone, Debug)]
struct Piece<'a> {
    text: Cow<'a, str>,
    cost: Tally,
    /// It begins a line; else a space parts it from the piece before.
    begins_line: bool,
    /// It begins a page, wherever the page before ends.
    begins_page: bool,
    is_choice: bool,
}

impl<'a> Piece<'a> {
    fn word(word: &'a str, begins_line: bool) -> Self {
        let cost = Tally::of(word);
        Self { text: Cow::Borrowed(word), cost, begins_line, begins_page: false, is_choice: false }
    }

    fn choice(choice: &Choice) -> Self {
        let label = choice.label.split_whitespace().fold(choice.digit.clone(), |mut line, word| {
            line.push(' ');
            line.push_str(word);
            line
        });
        let cost = Tally::of(&label);
        Self { text: Cow::Owned(label), cost, begins_line: true, begins_page: false, is_choice: true }
    }

    /// The same piece with another text.
    fn with(&self, text: String) -> Self {
        let cost = Tally::of(&text);
        Self { text: Cow::Owned(text), cost, ..self.clone() }
    }
}

/// The words of a text; empty lines and runs of blanks cost room and say nothing.
fn words(text: &str) -> Vec<Piece<'_>> {
    let lines = text.lines().map(str::split_whitespace);
    lines.flat_map(|line| line.enumerate().map(|(at, word)| Piece::word(word, at == 0))).collect()
}

/// What comes first: that the last input fitted nothing, then the text.
fn said(screen: &Screen) -> Vec<Piece<'_>> {
    let mut pieces = words(screen.wrong.as_deref().unwrap_or_default());
    pieces.extend(words(&screen.body));
    pieces
}

/// The texts of the pages, and whether something was cut.
fn lay(screen: &Screen, budget: Budget) -> (Vec<String>, bool) {
    let body = said(screen);
    let more = words(screen.more.as_deref().unwrap_or_default());
    let choices: Vec<_> = screen.choices.iter().map(Piece::choice).collect();
    let alone = footer(screen, 0, true);
    let mut pieces = [body.as_slice(), &more, &choices].concat();
    if budget.holds(cost(&pieces, &alone)) {
        return (vec![compose(&pieces, "", &alone)], false);
    }
    pieces = [body, choices, more.clone()].concat();
    let first_of_more = pieces.len().saturating_sub(more.len());
    if let Some(piece) = pieces.get_mut(first_of_more) {
        piece.begins_page = first_of_more > 0;
    }
    Layout { screen, budget, cut: false }.pages(pieces)
}

/// A screen on its way onto several pages.
struct Layout<'a> {
    screen: &'a Screen,
    budget: Budget,
    cut: bool,
}

impl<'a> Layout<'a> {
    fn pages(mut self, mut pieces: Vec<Piece<'a>>) -> (Vec<String>, bool) {
        let mut texts = Vec::new();
        let mut done = 0;
        for index in 0..PAGES_MAX {
            let rest = pieces.get(done..).unwrap_or_default();
            let last = self.footer(index, true);
            let parted = rest.iter().skip(1).any(|piece| piece.begins_page);
            if !parted && self.budget.holds(cost(rest, &last)) {
                texts.push(compose(rest, "", &last));
                return (texts, self.cut);
            }
            if index + 1 == PAGES_MAX {
                texts.push(self.last_resort(rest, &last));
                return (texts, true);
            }
            let footer = self.footer(index, false);
            let taken = self.take(rest, &footer);
            if taken == rest.len() && self.budget.holds(cost(rest, "")) {
                // One piece that leaves no room for the last page's keys: they work unsaid.
                texts.push(compose(rest, "", ""));
                return (texts, self.cut);
            }
            if taken > 0 {
                texts.push(compose(rest.get(..taken).unwrap_or_default(), "", &footer));
                done += taken;
                continue;
            }
            // A choice is cut, so nothing of it is left for a next page.
            let footer = if matches!(rest, [only] if only.is_choice) { last } else { footer };
            let Some((head, tail)) = rest.first().and_then(|piece| self.split(piece, &footer)) else {
                // The budget holds not one character beside the footer.
                texts.push(self.last_resort(&[], ""));
                return (texts, true);
            };
            texts.push(compose(&[head], "", &footer));
            match (tail, pieces.get_mut(done)) {
                (Some(tail), Some(piece)) => *piece = tail,
                _ => done += 1,
            }
            if done == pieces.len() {
                return (texts, self.cut);
            }
        }
        (texts, self.cut)
    }

    /// How many pieces this page takes: of several, one at least is left for the next, and a line goes there whole rather
    /// than broken where a third of this page is filled already.
    fn take(&self, rest: &[Piece<'a>], footer: &str) -> usize {
        let mut sum = footer_cost(footer);
        let mut taken = 0;
        let mut line = 0;
        let mut before_line = sum;
        for (at, piece) in rest.iter().enumerate() {
            if at > 0 && piece.begins_page {
                return taken;
            }
            let gap = if at > 0 { Tally::GAP } else { Tally::ZERO };
            if piece.begins_line {
                (line, before_line) = (at, sum);
            }
            sum = sum.plus(gap).plus(piece.cost);
            if !self.budget.holds(sum) {
                break;
            }
            taken = at + 1;
        }
        taken = taken.min(rest.len().saturating_sub(1).max(1));
        let breaks_line = rest.get(taken).is_some_and(|piece| !piece.begins_line);
        if breaks_line
            && line > 0
            && line < taken
            && self.filled(before_line)
            && self.fits_alone(rest, line, footer)
        {
            return line;
        }
        taken
    }

    /// Whether the line that begins at `line` fits a page by itself.
    fn fits_alone(&self, rest: &[Piece<'a>], line: usize, footer: &str) -> bool {
        let from = rest.get(line..).unwrap_or_default();
        let length = from.iter().skip(1).position(|piece| piece.begins_line).map_or(from.len(), |at| at + 1);
        self.budget.holds(cost(from.get(..length).unwrap_or_default(), footer))
    }

    fn filled(&self, sum: Tally) -> bool {
        let cost = sum.cost();
        cost.units.saturating_mul(3) >= self.budget.room(cost.encoding)
    }

    /// A piece longer than a page: a word goes on on the next page, a choice is cut and marked.
    fn split(&mut self, piece: &Piece<'a>, footer: &str) -> Option<(Piece<'a>, Option<Piece<'a>>)> {
        let mut sum = footer_cost(footer);
        if piece.is_choice {
            sum = sum.plus(Tally::of(CUT));
        }
        let mut end = 0;
        for (at, character) in piece.text.char_indices() {
            sum = sum.plus(Tally::one(character));
            if !self.budget.holds(sum) {
                break;
            }
            end = at + character.len_utf8();
        }
        let (head, tail) = piece.text.split_at_checked(end).filter(|(head, _)| !head.is_empty())?;
        if piece.is_choice {
            self.cut = true;
            return Some((piece.with(format!("{}{CUT}", head.trim_end())), None));
        }
        let tail = Piece { begins_line: false, begins_page: false, ..piece.with(tail.to_owned()) };
        Some((piece.with(head.to_owned()), Some(tail)))
    }

    /// The last page there may be, filled as far as it goes and marked.
    fn last_resort(&self, rest: &[Piece<'a>], footer: &str) -> String {
        let marked = |taken: usize| {
            let text = compose(rest.get(..taken).unwrap_or_default(), CUT, footer);
            self.budget.fits(&text).then_some(text)
        };
        (0..=rest.len()).rev().find_map(marked).unwrap_or_default()
    }

    /// The footer, left out where it would take more than half of a page.
    fn footer(&self, index: u8, last: bool) -> String {
        let line = footer(self.screen, index, last);
        let twice = footer_cost(&line).plus(footer_cost(&line));
        if self.budget.holds(twice) { line } else { String::new() }
    }
}

/// The keys that work on a page, as one line. On a later page `0` goes one page back, unless the dialogue is over.
/// `00` works too and stays unsaid: whoever is lost presses `0`, and each label costs a tenth of a Cyrillic page.
fn footer(screen: &Screen, index: u8, last: bool) -> String {
    let back = if last { screen.keys.back || (index > 0 && !screen.ends) } else { index > 0 };
    let keys = [
        (back, &screen.labels.back),
        (screen.keys.language, &screen.labels.language),
        (!last, &screen.labels.more),
    ];
    let shown = keys.into_iter().filter(|(works, label)| *works && !label.is_empty());
    shown.map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(" ")
}

/// What the footer and its line break cost.
fn footer_cost(footer: &str) -> Tally {
    if footer.is_empty() { Tally::ZERO } else { Tally::of(footer).plus(Tally::GAP) }
}

/// What a page costs: exactly its text as composed, but for a footer that stands alone.
fn cost(pieces: &[Piece<'_>], footer: &str) -> Tally {
    let gaps = pieces.iter().skip(1).fold(footer_cost(footer), |sum, _| sum.plus(Tally::GAP));
    pieces.iter().fold(gaps, |sum, piece| sum.plus(piece.cost))
}

fn compose(pieces: &[Piece<'_>], mark: &str, footer: &str) -> String {
    let mut text =
        String::with_capacity(pieces.iter().map(|piece| piece.text.len() + 1).sum::<usize>() + footer.len());
    for piece in pieces {
        if !text.is_empty() {
            text.push(if piece.begins_line { '\n' } else { ' ' });
        }
        text.push_str(&piece.text);
    }
    if !text.is_empty() && !mark.is_empty() {
        text.push(' ');
    }
    text.push_str(mark);
    if !text.is_empty() && !footer.is_empty() {
        text.push('\n');
    }
    text.push_str(footer);
    text
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
