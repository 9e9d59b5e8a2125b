//! YAML as a tree in which every key and value knows its place; whatever a menu has no use for is refused here.

use super::report::{Place, Report};
use super::traps;
use serde_saphyr::granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, Span, StrInput, StructureStyle,
};

/// Bytes of a file at most; the largest real one has 12 KiB.
pub(super) const FILE_BYTES_MAX: usize = 256 * 1024;
/// Nesting at most; a menu needs five.
const DEPTH_MAX: usize = 8;
/// Keys, values and lists of a file at most.
const NODES_MAX: usize = 20_000;

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) shape: Shape,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A word, number or text, as written.
    Scalar(Scalar),
    /// Keys with values, in order.
    Map(Vec<Entry>, Brackets),
    /// A list.
    List(Vec<Node>),
}

/// Whether a collection stands in brackets on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brackets {
    /// `{…}`.
    Yes,
    /// On lines of its own.
    No,
}

/// A scalar, never interpreted: `021` and `no` are what they look like.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// On the line.
    Plain,
    /// In quotes.
    Quoted,
    /// After `|`.
    Block,
    /// After `>`.
    Folded,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: Place,
    pub(super) value: Node,
}

impl Scalar {
    /// Where character `at` of the text stands, the value itself standing at `place`.
    pub(super) fn spot(&self, place: &Place, at: usize) -> Place {
        let before: String = self.text.chars().take(at).collect();
        let lines = u32::try_from(before.matches('\n').count()).unwrap_or(0);
        let tail = before.rsplit('\n').next().unwrap_or_default();
        let columns = u32::try_from(tail.chars().count()).unwrap_or(0);
        match self.style {
            Style::Block | Style::Folded => place.moved(place.line + lines, place.column + columns),
            Style::Plain => place.moved(place.line, place.column + columns),
            Style::Quoted => place.moved(place.line, place.column + columns + 1),
        }
    }
}

/// Parses a file. `None` when it cannot be read at all; the reason is in the report.
pub(super) fn parse(file: &Place, text: &str, report: &mut Report) -> Option<Node> {
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes, {FILE_BYTES_MAX} are read at most", text.len());
        report.add("K003", file, message, "split it into several menus");
        return None;
    }
    if let Some(at) = traps::foreign(file, text) {
        let cure = "save the file as UTF-8 (in an editor: save as, encoding UTF-8)";
        report.add("K018", &at, "the file is not written in UTF-8, its letters cannot be read", cure);
        return None;
    }
    let traps = traps::scan(file, text, report);
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    options.emit_comments = false;
    options.block_nesting_limit = DEPTH_MAX;
    options.flow_nesting_limit = DEPTH_MAX;
    let mut builder =
        Builder { events: Parser::new_from_str_with_options(text, options), file, report, nodes: 0 };
    match builder.document() {
        Ok(node) => node,
        // A trap already says what the parser stumbled over, in the clerk's words.
        Err(stop) => {
            if traps == 0 {
                report.add(stop.code, &stop.at, stop.message, stop.cure);
            }
            None
        }
    }
}

/// Why reading stopped.
struct Stop {
    code: &'static str,
    at: Place,
    message: String,
    cure: String,
}

type Piece<'t> = (Event<'t>, Span);

struct Builder<'t, 'r> {
    events: Parser<'t, StrInput<'t>>,
    file: &'r Place,
    report: &'r mut Report,
    nodes: usize,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        while let Some(piece) = self.next()? {
            match piece.0 {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(self.stop(
                        "K001",
                        &piece.1,
                        "a second document begins with \"---\"",
                        "one file holds one document: remove the line",
                    ));
                }
                Event::DocumentStart(..) => {}
                Event::StreamEnd => break,
                Event::Alias(_)
                | Event::Anchor(..)
                | Event::UnresolvedAlias(_)
                | Event::Comment(..)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd
                | _ => root = Some(self.node(piece, 0)?),
            }
        }
        if root.is_none() {
            self.report.add("K011", self.file, "the file is empty", "write it, or remove the file");
        }
        Ok(root)
    }

    fn node(&mut self, piece: Piece<'t>, depth: usize) -> Result<Node, Stop> {
        let (event, span) = piece;
        let at = self.place(&span);
        self.nodes += 1;
        if self.nodes > NODES_MAX || depth > DEPTH_MAX {
            return Err(self.stop(
                "K003",
                &span,
                "the file holds too much, or is nested too deeply",
                "split it into several menus",
            ));
        }
        self.refuse_reuse(&event, &span)?;
        let shape = match event {
            Event::Scalar(text, style, ..) => Shape::Scalar(scalar(text.into_owned(), style, &span)),
            Event::MappingStart(style, ..) => Shape::Map(self.map(depth)?, brackets(style)),
            Event::SequenceStart(..) => Shape::List(self.list(depth)?),
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Alias(_)
            | Event::Anchor(..)
            | Event::UnresolvedAlias(_)
            | Event::Comment(..)
            | Event::SequenceEnd
            | Event::MappingEnd
            | _ => {
                return Err(self.stop(
                    "K001",
                    &span,
                    "something stands here that a menu has no use for",
                    "see docs/menu-format.md for what a file holds",
                ));
            }
        };
        Ok(Node { at, shape })
    }

    /// Anchors, aliases and tags hide what is read: a clerk sees one text and changes another.
    fn refuse_reuse(&self, event: &Event<'t>, span: &Span) -> Result<(), Stop> {
        let reused = matches!(event, Event::Alias(_) | Event::UnresolvedAlias(_))
            || event.anchor_id().is_some_and(|id| id != 0)
            || event.tag().is_some();
        if reused {
            let at = span.tag_start.map_or(*span, Span::empty);
            return Err(self.stop(
                "K004",
                &at,
                "a word that begins with * & or ! means something else to YAML",
                "write the text itself, after | and on its own line",
            ));
        }
        Ok(())
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key_at = self.place(&span);
            self.refuse_reuse(&event, &span)?;
            let Event::Scalar(key, ..) = event else {
                return Err(self.stop(
                    "K001",
                    &span,
                    "a name before \":\" is one word",
                    "brackets never hold a name; a text in braces stands after | on its own line",
                ));
            };
            let Some(value) = self.next()? else { break };
            let value = self.node(value, depth + 1)?;
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let message =
                    format!("\"{key}\" stands here a second time, first on line {}", first.key_at.line);
                self.report.add("K005", &key_at, message, "keep one of the two");
                continue;
            }
            entries.push(Entry { key: key.into_owned(), key_at, value });
        }
        Ok(entries)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Stop> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.next()? {
            if matches!(piece.0, Event::SequenceEnd) {
                break;
            }
            nodes.push(self.node(piece, depth + 1)?);
        }
        Ok(nodes)
    }

    fn next(&mut self) -> Result<Option<Piece<'t>>, Stop> {
        let mut next = self.events.next_event();
        // Comments are for people; the parser hands them over where the feature is on.
        while matches!(&next, Some(Ok((Event::Comment(..), _)))) {
            next = self.events.next_event();
        }
        match next {
            None => Ok(None),
            Some(Ok(piece)) => Ok(Some(piece)),
            Some(Err(error)) => {
                let marker = error.marker();
                let at = self.file.moved(count(marker.line()), count(marker.col()) + 1);
                let deep = matches!(error.kind(), ErrorKind::RecursionLimitExceeded);
                Err(Stop {
                    code: if deep { "K003" } else { "K001" },
                    at,
                    message: format!("the line cannot be read: {}", plainly(&error.info())),
                    cure: "look at the blanks before this line and the line above; texts stand after | on their own lines".to_owned(),
                })
            }
        }
    }

    fn place(&self, span: &Span) -> Place {
        self.file.moved(count(span.start.line()), count(span.start.col()) + 1)
    }

    fn stop(&self, code: &'static str, span: &Span, message: &str, cure: &str) -> Stop {
        Stop { code, at: self.place(span), message: message.to_owned(), cure: cure.to_owned() }
    }
}

/// A scalar as written; the parser says `~` where nothing is written.
fn scalar(text: String, style: ScalarStyle, span: &Span) -> Scalar {
    let (text, style) = match style {
        ScalarStyle::Plain if span.start == span.end => (String::new(), Style::Plain),
        ScalarStyle::Plain => (text, Style::Plain),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => (text, Style::Quoted),
        ScalarStyle::Literal => (text.trim_end().to_owned(), Style::Block),
        ScalarStyle::Folded => (text, Style::Folded),
    };
    Scalar { text, style }
}

fn brackets(style: StructureStyle) -> Brackets {
    match style {
        StructureStyle::Flow => Brackets::Yes,
        StructureStyle::Block => Brackets::No,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
/// The parser's word in those of the format, where a clerk would not understand it.
fn plainly(info: &str) -> &str {
    match info {
        "simple key expected ':'" | "simple key expected" | "could not find expected ':'" => {
            "neither a name with its colon nor, here, a text"
        }
        "mapping values are not allowed in this context" => "a colon stands here that belongs to no name",
        "did not find expected key" => "a name with its colon should stand here",
        other => other,
    }
}
