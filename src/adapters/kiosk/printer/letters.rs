//! Letters as dots: two cuts of Noto Sans that hold the letters of all six languages, and how lines break.

use super::raster::Raster;
use crate::adapters::kiosk::paper::PaperError;
use ab_glyph::{Font, FontRef, Point};

static REGULAR: &[u8] = include_bytes!("../../../../kiosk/paper/NotoSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../../../kiosk/paper/NotoSans-Bold.ttf");

/// How much of a dot a letter must cover to blacken it: below a half, since thermal paper eats thin strokes.
const COVERED: f32 = 0.42;

/// The cuts, ready to draw with.
#[derive(Debug)]
pub(super) struct Letters {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

/// One manner of writing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand<'a> {
    font: &'a FontRef<'static>,
    /// Dots of an em.
    em: f32,
    /// The same of a pixel height, as the rasteriser counts.
    height: f32,
}

impl Letters {
    /// Reads the cuts that are built in.
    pub(super) fn new() -> Result<Self, PaperError> {
        let read = |bytes| FontRef::try_from_slice(bytes);
        let cuts = read(REGULAR).and_then(|regular| Ok(Self { regular, bold: read(BOLD)? }));
        cuts.map_err(|error| PaperError::Drawing(error.to_string()))
    }

    /// Plain letters, `em` dots.
    pub(super) fn plain(&self, em: u16) -> Hand<'_> {
        Hand::new(&self.regular, em)
    }

    /// Bold letters, `em` dots.
    pub(super) fn bold(&self, em: u16) -> Hand<'_> {
        Hand::new(&self.bold, em)
    }
}

impl<'a> Hand<'a> {
    fn new(font: &'a FontRef<'static>, em: u16) -> Self {
        let em = f32::from(em);
        let units = font.units_per_em().unwrap_or(1_000.0);
        Self { font, em, height: em * font.height_unscaled() / units }
    }

    fn scaled(&self, units: f32) -> f32 {
        units * self.height / self.font.height_unscaled()
    }

    /// From one line to the next.
    pub(super) fn leading(&self) -> i32 {
        dots(self.em * 1.32)
    }

    /// From the top of a line to where its letters stand.
    pub(super) fn rise(&self) -> i32 {
        dots(self.em * 1.02)
    }

    fn advance(&self, letter: char) -> f32 {
        self.scaled(self.font.h_advance_unscaled(self.font.glyph_id(letter)))
    }

    /// How wide a text is.
    pub(super) fn width(&self, text: &str) -> i32 {
        dots(text.chars().map(|letter| self.advance(letter)).sum())
    }

    /// Writes a line from `left`, its letters standing on `base`.
    pub(super) fn write(&self, raster: &mut Raster, left: i32, base: i32, text: &str) {
        let mut pen = 0.0;
        for letter in text.chars() {
            // On whole dots, so that a letter looks the same wherever it stands.
            let at = left.saturating_add(dots(pen));
            self.draw(raster, letter, at, base);
            pen += self.advance(letter);
        }
    }

    fn draw(&self, raster: &mut Raster, letter: char, left: i32, base: i32) {
        let glyph = self.font.glyph_id(letter).with_scale_and_position(self.height, Point::default());
        let Some(outline) = self.font.outline_glyph(glyph) else { return };
        let corner = outline.px_bounds().min;
        let (left, top) = (left.saturating_add(dots(corner.x)), base.saturating_add(dots(corner.y)));
        outline.draw(|x, y, covered| {
            if covered >= COVERED {
                let [x, y] = [x, y].map(|dot| i32::try_from(dot).unwrap_or(i32::MAX));
                raster.ink(left.saturating_add(x), top.saturating_add(y));
            }
        });
    }

    /// Breaks a text into lines of `room` dots: between words, and inside a word that no line holds.
    pub(super) fn broken(&self, text: &str, room: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(core::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if self.width(&line) > room && line.pop().is_some() {
                    lines.push(core::mem::take(&mut line));
                    line.push(letter);
                }
            }
        }
        lines.push(line);
        lines.retain(|line| !line.is_empty());
        lines
    }
}

/// The nearest whole dot.
#[expect(clippy::as_conversions, reason = "the only way from a float; it saturates, and NaN is 0")]
fn dots(length: f32) -> i32 {
    length.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_letter_of_every_text_has_a_shape_in_both_cuts() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        for folder in ["menus", "kiosk/texts", "kiosk/paper"] {
            files(&root.join(folder), &mut found);
        }
        assert!(found.len() > 60, "{} files", found.len());
        let letters = Letters::new().unwrap();
        let mut texts: Vec<(String, String)> = found
            .iter()
            .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
            .collect();
        texts.push(("signs".to_owned(), "₸₽№–—«»„“”‘’ʻʼ…•*#+0123456789".to_owned()));
        for (path, text) in texts {
            for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
                for font in [&letters.regular, &letters.bold] {
                    let id = font.glyph_id(letter);
                    assert!(id.0 != 0 && font.outline(id).is_some(), "{path}: no shape for {letter:?}");
                }
            }
        }
    }

    #[test]
    fn lines_break_between_words_and_a_word_too_long_inside() {
        let letters = Letters::new().unwrap();
        let hand = letters.plain(30);
        let lines = hand.broken("Құжаттар тексерілуде, күте тұрыңыз", 300);
        assert_eq!(lines.join(" "), "Құжаттар тексерілуде, күте тұрыңыз");
        assert!(lines.len() > 1 && lines.iter().all(|line| hand.width(line) <= 300), "{lines:?}");
        let long = "ж".repeat(50);
        let lines = hand.broken(&long, 300);
        assert_eq!(lines.concat(), long);
        assert!(lines.iter().all(|line| hand.width(line) <= 300));
        assert_eq!(hand.broken("  ", 300), Vec::<String>::new());
        assert_eq!(hand.broken("жж", 1).len(), 2, "a line too narrow for a letter holds one");
    }
}
