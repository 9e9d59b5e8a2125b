//! YAML's traps, found line by line before YAML sees the file: `#` cuts a text, `: `, `{` and `*` break it.
//! A clerk is told in the words of the format, at the sign itself, even where the parser would stop elsewhere.

use super::layout::{self, Kind};
use super::report::{Place, Report};

const CURE_BLOCK: &str = "put | after the colon and the text on the next line, two blanks further in";

/// A key with its depth, while its lines are read.
struct Open<'t> {
    blanks: usize,
    key: &'t str,
}

struct Scan<'t, 'r> {
    kind: Kind<'t>,
    file: &'r Place,
    report: &'r mut Report,
    open: Vec<Open<'t>>,
    /// Blanks before the key whose block of text is being read.
    block: Option<usize>,
    /// Whether people read that block.
    text: bool,
    /// Blanks before the key whose text began on its line.
    prose: Option<usize>,
}

/// Reports every trap of a file; how many there were.
pub(super) fn scan(file: &Place, text: &str, report: &mut Report) -> usize {
    let before = report.count();
    let kind = layout::kind(&file.file);
    let mut scan = Scan { kind, file, report, open: Vec::new(), block: None, text: false, prose: None };
    for (line, number) in text.lines().zip(1_u32..) {
        scan.line(line, number);
    }
    report.count() - before
}

impl<'t> Scan<'t, '_> {
    fn line(&mut self, line: &'t str, number: u32) {
        let rest = line.trim_start_matches(' ');
        let blanks = line.len() - rest.len();
        if rest.trim().is_empty() {
            return;
        }
        if let Some(key) = self.block {
            if blanks > key {
                if rest.starts_with("# ") && self.text {
                    let cure = "put the remark above the key, or begin the line with another word";
                    self.add("K019", number, blanks, "a remark inside a text: people would read it", cure);
                }
                return;
            }
            self.block = None;
        }
        if rest.starts_with('#') {
            return;
        }
        if rest.starts_with('\t') {
            self.add(
                "K002",
                number,
                blanks,
                "the line begins with a tab",
                "use blanks: two for each step inwards",
            );
            return;
        }
        if self.prose.take_if(|key| blanks > *key).is_some() {
            self.add("K007", number, blanks, "a text that began on the line above goes on here", CURE_BLOCK);
            return;
        }
        self.prose = None;
        self.entry(rest, blanks, number);
    }

    /// A line `key: rest`.
    fn entry(&mut self, line: &'t str, blanks: usize, number: u32) {
        let Some((key, rest)) = line.split_once(':') else { return };
        if key.contains([' ', '{', '[', '"', '\'']) {
            return;
        }
        self.open.retain(|open| open.blanks < blanks);
        self.open.push(Open { blanks, key });
        let keys: Vec<&str> = self.open.iter().map(|open| open.key).collect();
        let prose = layout::is_prose(self.kind, &keys);
        let column = blanks + key.chars().count() + 1;
        if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
            if prose || layout::SLOTS.contains(&key) {
                self.open.pop();
                let message = format!("no blank after \"{key}:\"");
                self.add("K008", number, column, &message, "put a blank after the colon");
            }
            return;
        }
        let value = rest.trim_start();
        let column = column + (rest.chars().count() - value.chars().count());
        // `more:  # the forms` holds nothing on its line; `say: #1` is a text that would vanish.
        let value = if value.starts_with("# ") { "" } else { value.trim_end() };
        if value.starts_with(['|', '>']) {
            self.block = Some(blanks);
            self.text = prose;
            self.block_head(value, prose, number, column);
        } else if prose && !value.is_empty() {
            self.prose = Some(blanks);
            if let Some((at, what)) = trap(value) {
                self.add("K007", number, column + at, &what, CURE_BLOCK);
            }
        } else if keys == ["dial"] && value.starts_with('*') {
            let cure = "write the digits between the stars alone: for *100*21# write 21";
            self.add("K073", number, column, "a dial code is digits only", cure);
        }
    }

    /// What stands beside `|`.
    fn block_head(&mut self, head: &str, prose: bool, number: u32, column: usize) {
        let beside = head.trim_start_matches(['|', '>', '-', '+']).trim_start();
        if !beside.is_empty() && !beside.starts_with('#') {
            let at = head.chars().count() - beside.chars().count();
            self.add(
                "K007",
                number,
                column + at,
                "a text begins beside |",
                "put it on the next line, two blanks further in",
            );
        } else if prose && head.starts_with('>') {
            self.add(
                "K007",
                number,
                column,
                "> runs the lines together",
                "put | instead: the lines stay as they are written",
            );
        }
    }

    fn add(&mut self, code: &'static str, line: u32, before: usize, message: &str, cure: &str) {
        let column = u32::try_from(before + 1).unwrap_or(u32::MAX);
        self.report.add(code, &self.file.moved(line, column), message, cure);
    }
}

/// Where letters of another encoding stand: Windows-1251 gives signs of replacement, UTF-16 gives NULs.
pub(super) fn foreign(file: &Place, text: &str) -> Option<Place> {
    let (line, number) = text.lines().zip(1_u32..).find(|(line, _)| line.contains(['\u{fffd}', '\0']))?;
    let before = line.chars().take_while(|c| !matches!(c, '\u{fffd}' | '\0')).count();
    Some(file.moved(number, u32::try_from(before + 1).unwrap_or(u32::MAX)))
}

/// The first sign of a text on the line that YAML would take for its own, in characters from the text's start.
fn trap(text: &str) -> Option<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let head = chars.first().copied()?;
    if "\"'&*!%@`[]{}#,?|>-".contains(head) && !(head == '-' && chars.get(1) != Some(&' ')) {
        return Some((0, format!("a text on the line begins with {head}")));
    }
    chars.iter().enumerate().find_map(|(at, c)| {
        let next = chars.get(at + 1).copied();
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        match c {
            '#' if before == Some(' ') => Some((at, "a text on the line is cut at #".to_owned())),
            ':' if next.is_none_or(|c| c == ' ') => Some((at, "a text on the line holds a colon".to_owned())),
            '{' | '}' | '*' | '"' => Some((at, format!("a text on the line holds {c}"))),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_traps_a_clerk_walks_into_are_found_at_their_sign() {
        for (text, at) in [
            ("Наберите #1 сейчас", Some(9)),
            ("*150*21# наберите", Some(0)),
            ("{days} дней", Some(0)),
            ("Учёт: до 3 октября", Some(4)),
            ("'Qozog'iston'", Some(0)),
            ("Паспорт:", Some(7)),
            ("O'zbekiston", None),
            ("Да, мой", None),
            ("0 <", None),
        ] {
            assert_eq!(trap(text).map(|(at, _)| at), at, "{text}");
        }
    }
}
