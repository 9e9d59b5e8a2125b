//! How a sheet looks: the bridge and the centre, the answer, when it was, and what to dial to see it again.

use super::letters::{Hand, Letters};
use super::raster::{ROWS_MAX, Raster};
use super::words::Words;
use crate::adapters::kiosk::paper::Sheet;

/// Dots at each side.
const MARGIN: i32 = 20;
/// Characters of a line of the answer at most, and lines: what is longer is no answer.
const CHARS_MAX: usize = 400;
const LINES_MAX: usize = 60;
/// Rows that the last line and the foot need.
const FOOT: i32 = 360;
/// How many points a curve is drawn by.
const POINTS: i32 = 1_200;

/// What is the same on every sheet.
#[derive(Clone, Debug)]
pub(super) struct Stationery {
    /// Dots a row.
    pub(super) width: u16,
    /// What is dialled to see the answer again; empty: nothing.
    pub(super) code: String,
    /// Whether the data are made up.
    pub(super) sample: bool,
}

/// A sheet being drawn, from the top.
struct Drawing<'a> {
    raster: Raster,
    width: i32,
    /// The first row that is free.
    top: i32,
    letters: &'a Letters,
}

/// The sheet as dots.
pub(super) fn draw(sheet: &Sheet, on: &Stationery, letters: &Letters, words: &Words) -> Raster {
    let width = i32::from(on.width);
    let mut drawing = Drawing { raster: Raster::new(on.width), width, top: 0, letters };
    drawing.head(sheet);
    if on.sample {
        drawing.band(words.sample(sheet.lang));
    }
    drawing.answer(sheet);
    drawing.foot(sheet, on, words);
    drawing.raster
}

impl Drawing<'_> {
    fn room(&self) -> i32 {
        self.width.saturating_sub(MARGIN.saturating_mul(2))
    }

    /// Opens rows below what is drawn and gives the first of them.
    fn open(&mut self, rows: i32) -> i32 {
        let top = self.top;
        self.top = top.saturating_add(rows);
        self.raster.reach(self.top);
        top
    }

    /// Whether only the foot still has room.
    fn full(&self) -> bool {
        self.top > i32::try_from(ROWS_MAX).unwrap_or(i32::MAX).saturating_sub(FOOT)
    }

    /// The lines of a text, broken, as far as paper goes.
    fn text(&mut self, hand: Hand<'_>, text: &str) {
        for line in hand.broken(text, self.room()) {
            let top = self.open(hand.leading());
            hand.write(&mut self.raster, MARGIN, top.saturating_add(hand.rise()), &line);
        }
    }

    /// The bridge over the whole width, and below its deck whose sheet it is.
    fn head(&mut self, sheet: &Sheet) {
        let top = self.open(84);
        self.bridge(top.saturating_add(8), 68);
        self.open(10);
        self.text(self.letters.bold(34), &clipped(&sheet.centre));
        let at = sheet.at.zoned().strftime("%d.%m.%Y  %H:%M").to_string();
        self.text(self.letters.plain(26), &at);
        self.open(14);
    }

    /// An arch, its deck, and what hangs between.
    fn bridge(&mut self, top: i32, height: i32) {
        let (left, span) = (MARGIN, self.room());
        let deck = top.saturating_add(height);
        // A parabola: how high above the deck at so many of POINTS.
        let rise = |at: i64| {
            let points = i64::from(POINTS);
            let high = at.saturating_mul(points.saturating_sub(at)).saturating_mul(4);
            i32::try_from(high.saturating_mul(i64::from(height)) / points.saturating_mul(points)).unwrap_or(0)
        };
        let across = |at: i32| left.saturating_add(span.saturating_mul(at) / POINTS);
        for at in 0..=POINTS {
            self.raster.spot(across(at), deck.saturating_sub(rise(i64::from(at))), 4);
        }
        for post in 1..8 {
            let at = post * (POINTS / 8);
            let high = rise(i64::from(at));
            self.raster.bar(across(at).saturating_sub(2), deck.saturating_sub(high), 5, high);
        }
        self.raster.bar(left.saturating_sub(4), deck.saturating_sub(4), span.saturating_add(8), 9);
    }

    /// White on black, over the whole room.
    fn band(&mut self, text: &str) {
        let hand = self.letters.bold(28);
        let from = self.open(8);
        let lines = hand.broken(text, self.room().saturating_sub(24));
        for line in lines {
            let top = self.open(hand.leading());
            let left = self.width.saturating_sub(hand.width(&line)) / 2;
            hand.write(&mut self.raster, left, top.saturating_add(hand.rise()), &line);
        }
        self.open(10);
        self.raster.invert(MARGIN, from, self.room(), self.top.saturating_sub(from));
        self.open(16);
    }

    /// What the person came for: the first line large, the rest legible at arm's length.
    fn answer(&mut self, sheet: &Sheet) {
        self.open(6);
        if let Some(title) = open(&sheet.title) {
            // As large as no word breaks.
            let fits = |hand: &Hand<'_>| {
                let whole = title.split_whitespace().all(|word| hand.width(word) <= self.room());
                whole && hand.broken(&title, self.room()).len() <= 3
            };
            let hand = [50, 40].map(|em| self.letters.bold(em)).into_iter().find(fits);
            self.text(hand.unwrap_or_else(|| self.letters.bold(32)), &title);
            self.open(10);
        }
        let hand = self.letters.plain(36);
        for line in sheet.lines.iter().take(LINES_MAX).filter_map(|line| open(line)) {
            for line in hand.broken(&line, self.room()) {
                if !self.full() {
                    self.text(hand, &line);
                }
            }
            if !self.full() {
                self.open(6);
            }
        }
        self.open(22);
    }

    /// What to dial to see it again.
    fn foot(&mut self, sheet: &Sheet, on: &Stationery, words: &Words) {
        let rule = self.open(8);
        let mut left = MARGIN;
        while left < self.width.saturating_sub(MARGIN) {
            self.raster.bar(left, rule, 6, 3);
            left = left.saturating_add(12);
        }
        if !on.code.is_empty() {
            self.open(8);
            self.text(self.letters.plain(28), words.again(sheet.lang));
            self.text(self.letters.bold(72), &clipped(&on.code));
        }
        self.open(16);
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(CHARS_MAX).collect()
}

/// A line without what is only for the person's own eyes: a number behind a star (`*4812`), and the sign that followed it.
/// A code to dial (`*100#`) is for everybody's. Nothing: the line said nothing else.
fn open(line: &str) -> Option<String> {
    let line = clipped(line);
    let words = line.split_whitespace().filter(|word| !masked(word));
    let kept = words.collect::<Vec<_>>().join(" ");
    let kept = kept.trim_start_matches([':', ',', ';', '.', '-', '–', '—', ' ']);
    (!kept.is_empty()).then(|| kept.to_owned())
}

fn masked(word: &str) -> bool {
    let word = word.trim_matches(|sign: char| matches!(sign, '(' | ')' | ':' | ',' | ';' | '.' | '!' | '?'));
    let digits = word.trim_start_matches(['*', '•', '…']);
    let hidden = digits.len() < word.len();
    hidden && !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_stays_off_the_paper_and_a_code_to_dial_does_not() {
        assert_eq!(open("*4812: Тіркелді").as_deref(), Some("Тіркелді"));
        assert_eq!(open("Ариза *4812, қабул шуд").as_deref(), Some("Ариза қабул шуд"));
        assert_eq!(open("*4812"), None);
        assert_eq!(open("(*4812)"), None);
        assert_eq!(open("Чинед: *100#").as_deref(), Some("Чинед: *100#"));
        assert_eq!(open("*100*5*4812#").as_deref(), Some("*100*5*4812#"));
        assert_eq!(open("Номер 48213790").as_deref(), Some("Номер 48213790"));
    }
}
