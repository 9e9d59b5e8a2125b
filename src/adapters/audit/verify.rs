//! Whether a trail is whole: every line in its place, every checkpoint right, nothing cut off behind what the store knows.

use super::chain::{self, Body, Hash, Head, Line};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What there is to hold a trail against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Keys that checkpoints may be sealed with; `None`: seals are not looked at, and a chain rewritten whole is not seen.
    pub keys: Option<&'a [[u8; 32]]>,
    /// The store's copies, by file name; `None`: files cut off behind their last checkpoint, or gone, are not seen.
    pub heads: Option<&'a BTreeMap<String, Head>>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Files read.
    pub files: usize,
    /// Events in them.
    pub events: u64,
    /// Checkpoints in them.
    pub checkpoints: u64,
    /// Events written more than once under one id: a kill between writing and settling.
    pub doubles: u64,
    /// Events behind the last checkpoint of their file.
    pub open: u64,
    /// What should not be.
    pub problems: Vec<Finding>,
    /// What a kill explains.
    pub notes: Vec<Finding>,
}

/// Something found, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What.
    pub what: String,
}

/// One file on its way through.
struct Walk<'a> {
    file: &'a str,
    known: Known<'a>,
    /// Where the chain stands.
    head: Head,
    events: u64,
    open: u64,
    /// The hash at the place that the store knows.
    at_head: Option<Hash>,
}

/// Reads files by name and octets.
#[must_use]
pub fn verify(files: &[(String, Vec<u8>)], known: Known<'_>) -> Report {
    let mut report = Report { files: files.len(), ..Report::default() };
    let mut ids = BTreeSet::new();
    for (file, octets) in files {
        let head = Head { lines: 0, hash: [0; 32] };
        let mut walk = Walk { file, known, head, events: 0, open: 0, at_head: None };
        walk.read(octets, &mut ids, &mut report);
        walk.against_the_store(&mut report);
        report.open = report.open.saturating_add(walk.open);
    }
    for missing in known.heads.into_iter().flat_map(BTreeMap::keys) {
        if !files.iter().any(|(file, _)| file == missing) {
            found(&mut report.problems, missing, 0, "is missing: the store knows it");
        }
    }
    report
}

impl Walk<'_> {
    fn read(&mut self, octets: &[u8], ids: &mut BTreeSet<String>, report: &mut Report) {
        let mut place = 0_u64;
        for line in octets.split_inclusive(|octet| *octet == b'\n') {
            place = place.saturating_add(1);
            let Some(line) = line.strip_suffix(b"\n") else {
                let what = "is not finished: a kill while it was written, or cut off";
                found(&mut report.notes, self.file, place, what);
                return;
            };
            match chain::read(line) {
                Ok((said, hash)) => {
                    for what in self.follow(&said, hash, ids, report) {
                        found(&mut report.problems, self.file, place, what);
                    }
                }
                Err(why) => {
                    found(&mut report.problems, self.file, place, why);
                    self.head.lines = self.head.lines.saturating_add(1);
                }
            }
        }
        if place == 0 {
            found(&mut report.problems, self.file, 0, "is empty");
        }
    }

    /// Goes on by a line whose own hash is right; what is wrong with its place or its count.
    fn follow(
        &mut self,
        said: &Line,
        hash: Hash,
        ids: &mut BTreeSet<String>,
        report: &mut Report,
    ) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        if said.n != self.head.lines || said.prev != hex::encode(self.head.hash) {
            wrong.push("does not follow the line before: something was put in, taken out or moved");
        }
        match &said.body {
            Body::Begin { file } if said.n == 0 && file == self.file => {}
            Body::Begin { .. } => wrong.push("begins another file"),
            Body::Event { id, .. } => {
                self.events = self.events.saturating_add(1);
                self.open = self.open.saturating_add(1);
                report.events = report.events.saturating_add(1);
                if !ids.insert(id.clone()) {
                    report.doubles = report.doubles.saturating_add(1);
                }
            }
            Body::Checkpoint { events, seal } => {
                report.checkpoints = report.checkpoints.saturating_add(1);
                self.open = 0;
                if *events != self.events {
                    wrong.push("counts other events than there are");
                }
                let fits =
                    |key: &[u8; 32]| hex::encode(chain::seal(key, self.file, &self.head, *events)) == *seal;
                if self.known.keys.is_some_and(|keys| !keys.iter().any(fits)) {
                    wrong.push("bears a seal that is not ours");
                }
                self.events = *events;
            }
        }
        if said.n == 0 && !matches!(said.body, Body::Begin { .. }) {
            wrong.push("should begin the file");
        }
        self.head = Head { lines: said.n.saturating_add(1), hash };
        let known = self.known.heads.and_then(|heads| heads.get(self.file));
        if known.is_some_and(|known| known.lines == self.head.lines) {
            self.at_head = Some(hash);
        }
        wrong
    }

    fn against_the_store(&self, report: &mut Report) {
        let Some(heads) = self.known.heads else { return };
        match (heads.get(self.file), self.at_head) {
            (Some(known), Some(hash)) if known.hash == hash => {}
            (Some(_), Some(_)) => {
                found(&mut report.problems, self.file, 0, "is not what the store knows: it was written anew");
            }
            (Some(_), None) => {
                found(&mut report.problems, self.file, 0, "is cut off: the store knows more lines");
            }
            (None, _) if self.events == 0 => {
                found(&mut report.notes, self.file, 0, "was begun and not gone on with: a kill at start");
            }
            (None, _) => found(&mut report.problems, self.file, 0, "is not known to the store"),
        }
    }
}

fn found(findings: &mut Vec<Finding>, file: &str, line: u64, what: &str) {
    findings.push(Finding { file: file.to_owned(), line, what: what.to_owned() });
}
