//! `reference/desk.yaml`: when which queue is staffed, until when a plea waits, and the safe hours to choose from.

use super::fields::{Fields, date, entries, items, number, one_of, word};
use super::names::{is_value, meant};
use super::report::{Place, Report};
use super::tree::Node;
use crate::domain::desk::{Desk, Shift};
use crate::domain::hours::{Hours, Span, Weekday};
use crate::domain::ticket::Queue;
use jiff::civil::Date;
use std::collections::BTreeMap;

const SHIFT: [&str; 9] =
    ["queue", "zone", "week", "closed", "open", "escalate-minutes", "last-verified", "valid-days", "owner"];
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// Reads the desk; each queue with its place.
pub(super) fn desk(root: &Node, report: &mut Report) -> (Desk, Vec<(Queue, Place)>) {
    let mut desk = Desk::default();
    let (mut places, mut broken) = (Vec::new(), Vec::new());
    let Some(fields) = Fields::of(root, "the desk", &["queues", "slots"], report) else {
        return (desk, places);
    };
    if let Some(node) = fields.get("slots") {
        for entry in entries(node, "\"slots:\"", report).unwrap_or_default() {
            if !is_value(&entry.key) {
                super::flow::bad_name("a safe hour", &entry.key, &entry.key_at, report);
            } else if let Some(span) = span(&entry.value, report) {
                desk.slots.insert(entry.key.clone(), span);
            }
        }
    }
    let listed = fields.need("queues", "the desk", report);
    let listed = listed.and_then(|node| items(node, "\"queues:\"", report)).unwrap_or_default();
    for node in listed {
        let before = report.count();
        let Some((queue, shift)) = shift(node, report) else { continue };
        if report.count() > before {
            broken.push(queue);
        }
        if desk.queues.insert(queue, shift).is_some() {
            let message = format!("the queue \"{}\" stands here a second time", queue.word());
            report.add("K005", &node.at, message, "keep one of the two");
        }
        places.push((queue, node.at.clone()));
    }
    // Hours that could not be read have been told of, and are no hours in which nobody is there.
    for (queue, at) in places.iter().filter(|(queue, _)| !broken.contains(queue)) {
        never_staffed(&desk, *queue, at, report);
    }
    (desk, places)
}

/// A safe hour in which nobody is ever there would be a promise that cannot be kept.
fn never_staffed(desk: &Desk, queue: Queue, at: &Place, report: &mut Report) {
    let Some(shift) = desk.queues.get(&queue).filter(|_| queue != Queue::Complaint) else { return };
    for (slot, safe) in &desk.slots {
        let meets = |span: &Span| span.from < safe.to && safe.from < span.to;
        if !shift.hours.week.values().flatten().any(meets) {
            let message = format!("nobody of \"{}\" is ever there in \"{slot}\"", queue.word());
            report.add(
                "K094",
                at,
                message,
                "staff some of it on one day at least, or take the safe hour away",
            );
        }
    }
}

fn shift(node: &Node, report: &mut Report) -> Option<(Queue, Shift)> {
    let fields = Fields::of(node, "a queue", &SHIFT, report)?;
    let queues = Queue::ALL.map(|queue| (queue.word(), queue));
    let queue =
        fields.need("queue", "a queue", report).and_then(|node| one_of(node, "queue", &queues, report));
    let owner = fields.need("owner", "a queue", report).and_then(|node| word(node, "owner", report));
    let days = fields.need("valid-days", "a queue", report);
    let days = days.and_then(|node| number(node, "valid-days", 1, 730, report));
    let minutes = fields.need("escalate-minutes", "a queue", report);
    let minutes = minutes.and_then(|node| number(node, "escalate-minutes", 1, 10_080, report));
    let zone = fields.need("zone", "a queue", report);
    let named = zone.and_then(|node| word(node, "zone", report));
    let week = fields.need("week", "a queue", report).map(|node| week(node, report));
    let closed = fields.get("closed").map(|node| dates(node, report)).unwrap_or_default();
    let open = fields.get("open").map(|node| open(node, report)).unwrap_or_default();
    let hours = Hours { zone: named?.to_owned(), week: week?, closed, open };
    if let Some(node) = zone.filter(|_| !hours.zone_known()) {
        let message = format!("there is no time zone \"{}\"", hours.zone);
        report.add("K092", &node.at, message, "write its name, as Asia/Almaty");
    }
    let last_verified = fields.get("last-verified").and_then(|node| date(node, "last-verified", report));
    let shift = Shift {
        hours,
        escalate_minutes: u16::try_from(minutes?).ok()?,
        last_verified,
        valid_days: u16::try_from(days?).ok()?,
        owner: owner?.to_owned(),
    };
    Some((queue?, shift))
}

fn week(node: &Node, report: &mut Report) -> BTreeMap<Weekday, Vec<Span>> {
    let mut week = BTreeMap::new();
    for entry in entries(node, "\"week:\"", report).unwrap_or_default() {
        match DAYS.iter().find(|(name, _)| *name == entry.key) {
            Some((_, day)) => {
                week.insert(*day, spans(&entry.value, report));
            }
            None => {
                let message = format!("there is no day \"{}\"", entry.key);
                report.add("K010", &entry.key_at, message, meant(&entry.key, DAYS.map(|(name, _)| name)));
            }
        }
    }
    week
}

fn dates(node: &Node, report: &mut Report) -> Vec<Date> {
    let listed = items(node, "\"closed:\"", report).unwrap_or_default();
    listed.iter().filter_map(|node| date(node, "a closed day", report)).collect()
}

fn open(node: &Node, report: &mut Report) -> BTreeMap<Date, Vec<Span>> {
    let mut days = BTreeMap::new();
    for entry in entries(node, "\"open:\"", report).unwrap_or_default() {
        match entry.key.parse::<Date>() {
            Ok(day) => {
                days.insert(day, spans(&entry.value, report));
            }
            Err(_) => {
                let message = format!("an open day is a date, not \"{}\"", entry.key);
                report.add("K080", &entry.key_at, message, "write it as 2026-01-31");
            }
        }
    }
    days
}

fn spans(node: &Node, report: &mut Report) -> Vec<Span> {
    let listed = items(node, "the hours of a day", report).unwrap_or_default();
    listed.iter().filter_map(|node| span(node, report)).collect()
}

fn span(node: &Node, report: &mut Report) -> Option<Span> {
    match Span::try_from(word(node, "a span of hours", report)?.to_owned()) {
        Ok(span) => Some(span),
        Err(message) => {
            report.add("K091", &node.at, message, "from and to on one day, the later behind the earlier");
            None
        }
    }
}
