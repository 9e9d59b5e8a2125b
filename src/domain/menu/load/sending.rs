//! `reference/sending.yaml`: in which hours reminders and alerts may leave; data with dates, outside the pin of a dialogue.

use super::fields::{Fields, date, entries, items, word};
use super::names::meant;
use super::report::Report;
use super::tree::Node;
use crate::domain::delivery::Purpose;
use crate::domain::hours::{Hours, Span, Weekday};
use crate::domain::sending::SendHours;
use jiff::civil::Date;
use std::collections::BTreeMap;

const FILE: [&str; 5] = ["zone", "last-verified", "valid-to", "closed", "hours"];
const ENTRY: [&str; 3] = ["purposes", "links", "week"];
const PURPOSES: [Purpose; 2] = [Purpose::Reminder, Purpose::Alert];
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];
/// Days on which nobody has looked at the holidays before they are doubtful.
const REVIEW_DAYS: i64 = 365;

/// Reads the hours; every fault is told with its place.
pub(super) fn read(root: &Node, report: &mut Report) -> Vec<SendHours> {
    let what = "the send hours";
    let Some(fields) = Fields::of(root, what, &FILE, report) else { return Vec::new() };
    let zone = fields.need("zone", what, report).and_then(|node| zone(node, report));
    let valid_to = fields.need("valid-to", what, report).and_then(|node| date(node, "valid-to", report));
    let last_verified = fields.get("last-verified").and_then(|node| date(node, "last-verified", report));
    let closed = fields.need("closed", what, report).and_then(|node| items(node, "closed", report));
    let closed: Vec<Date> =
        closed.into_iter().flatten().filter_map(|node| date(node, "a closed day", report)).collect();
    let listed = fields.need("hours", what, report).and_then(|node| items(node, "\"hours:\"", report));
    let (Some(zone), Some(valid_to)) = (zone, valid_to) else { return Vec::new() };
    let mut read = Vec::new();
    for node in listed.into_iter().flatten() {
        let Some((purposes, links, week)) = entry(node, report) else { continue };
        let hours = Hours { zone: zone.clone(), week, closed: closed.clone(), open: BTreeMap::new() };
        read.push(SendHours { purposes, links, hours, valid_to, last_verified });
    }
    read
}

type Entry = (Vec<Purpose>, Vec<std::sync::Arc<str>>, BTreeMap<Weekday, Vec<Span>>);

fn entry(node: &Node, report: &mut Report) -> Option<Entry> {
    let what = "an entry of the hours";
    let fields = Fields::of(node, what, &ENTRY, report)?;
    let mut purposes = Vec::new();
    for node in items(fields.need("purposes", what, report)?, "purposes", report)? {
        let Some(name) = word(node, "a purpose", report) else { continue };
        match PURPOSES.into_iter().find(|purpose| purpose.name() == name) {
            Some(purpose) => purposes.push(purpose),
            None => {
                let message = format!("\"{name}\" has no hours of its own");
                report.add("K095", &node.at, message, meant(name, PURPOSES.map(Purpose::name)));
            }
        }
    }
    let links = fields.get("links").and_then(|node| items(node, "links", report));
    let links = links.into_iter().flatten().filter_map(|node| word(node, "a link", report));
    let links = links.map(Into::into).collect();
    let mut week = BTreeMap::new();
    for day in entries(fields.need("week", what, report)?, "a week", report)? {
        let Some((_, weekday)) = DAYS.iter().find(|(name, _)| *name == day.key) else {
            let message = format!("there is no day \"{}\"", day.key);
            report.add("K010", &day.key_at, message, meant(&day.key, DAYS.map(|(name, _)| name)));
            continue;
        };
        let mut spans = Vec::new();
        for node in items(&day.value, "the hours of a day", report).unwrap_or_default() {
            match word(node, "hours", report).map(|text| Span::try_from(text.to_owned())) {
                Some(Ok(span)) => spans.push(span),
                Some(Err(why)) => {
                    report.add("K091", &node.at, why, "from before to, on one day; 24:00 is its end");
                }
                None => {}
            }
        }
        week.insert(*weekday, spans);
    }
    Some((purposes, links, week))
}

fn zone(node: &Node, report: &mut Report) -> Option<String> {
    let zone = word(node, "zone", report)?.to_owned();
    if !(Hours { zone: zone.clone(), ..Hours::default() }).zone_known() {
        let message = format!("there is no time zone \"{zone}\"");
        report.add("K092", &node.at, message, "write a name of the IANA list, as Asia/Almaty");
        return None;
    }
    Some(zone)
}

/// What `kopir check` says of the dates.
pub(super) fn expired(root: &Node, today: Date, report: &mut Report) {
    let Some(first) = read(root, &mut Report::default()).into_iter().next() else { return };
    if first.valid_to < today {
        let message =
            format!("holidays are known until {} only: reminders and alerts no longer leave", first.valid_to);
        report.add(
            "K096",
            &root.at,
            message,
            "write the holidays that follow, and their last day as valid-to",
        );
    }
    let checked = |day| (0..=REVIEW_DAYS).contains(&crate::domain::content::days_between(day, today));
    if !first.last_verified.is_some_and(checked) {
        let cure = "compare them with the decree of the year, then write the day as last-verified:";
        report.add("K097", &root.at, "nobody has compared the holidays with their source lately", cure);
    }
}
