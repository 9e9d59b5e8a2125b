//! What became of everything that was acknowledged: the store's rows and profiles held against what arrived at the phones.

use super::load::{Kind, Life, Load};
use crate::rig::{Kept, World, phone};
use kopir::adapters::store::Store;
use kopir::domain::delivery::{Purpose, Row, RowState};
use kopir::domain::person::Person;
use kopir::domain::time::Timestamp;
use kopir::failpoint::Point;
use kopir::metrics::Metrics;
use kopir::ports::Opened;
use kopir::simulator::smsc::ledger::{Fate, What};
use std::collections::BTreeMap;

/// The sums of a run.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Letters of phones that the network was told are taken.
    pub(crate) acknowledged: u64,
    /// Letters that arrived at phones, copies included.
    pub(crate) arrived: usize,
    /// Texts that an acknowledged letter should have caused and that no phone has, and letters the network gave up.
    pub(crate) lost: usize,
    /// Effects more than there were causes: rows, promises, a STOP after START, data after its deletion.
    pub(crate) twice: usize,
    /// Copies of one row on a phone beyond the first.
    pub(crate) sent_twice: usize,
    /// Of these, of rows that do not say so.
    pub(crate) unflagged: usize,
    /// Rows that say they may have been sent twice.
    pub(crate) flagged: usize,
    /// Rows that do not say `Accepted` or later at the end.
    pub(crate) unsettled: usize,
    /// Promises kept and deletions answered with a receipt: the load had effects.
    pub(crate) promises: usize,
    pub(crate) receipts: usize,
    /// What is known of each phone that something is wrong with.
    why: Vec<String>,
}

/// What is kept of a person. The other store's load keeps this machine busy: a look that came too late is taken again.
async fn read(store: &Store, person: Person, now: Timestamp) -> (Vec<Row>, Opened) {
    for _ in 0..20 {
        match (store.outbox.list(person, 16).await, store.sessions.open(person, now).await) {
            (Ok(rows), Ok(opened)) => return (rows, opened),
            (Err(error), _) | (_, Err(error)) => assert!(error.retryable(), "{error}"),
        }
    }
    panic!("the store does not answer");
}

impl Verdict {
    /// Looks at every phone of a load, after the gateway has ended.
    pub(crate) async fn of(world: &World, load: &Load<'_>) -> Self {
        let config = world.config();
        let keys = config.store.keys().unwrap();
        let store = Store::open(&config.store, &keys, &Metrics::default()).await.unwrap();
        let persons = keys.person_keys();
        let now = kopir::clock::Clock::System.now();
        let mut verdict = Self::default();
        for delivery in world.phones.deliveries().into_iter().filter(|delivery| delivery.what == What::Sms) {
            match delivery.fate {
                Fate::Acknowledged => verdict.acknowledged += 1,
                Fate::Waiting | Fate::Sent | Fate::Refused(_) | Fate::Lost => verdict.lost += 1,
            }
        }
        for life in &load.over {
            let person = persons.person(&phone(life.phone));
            let (rows, opened) = read(&store, person, now).await;
            verdict.weigh(world, life, &rows, &opened, now);
        }
        verdict
    }

    fn weigh(&mut self, world: &World, life: &Life, rows: &[Row], opened: &Opened, now: Timestamp) {
        let inbox: Vec<String> =
            world.phones.inbox(&phone(life.phone)).into_iter().map(|sms| sms.text).collect();
        let wrong = self.wrongs();
        self.arrived += inbox.len();
        let due = if life.erased { 1 } else { life.texts };
        self.lost += due.saturating_sub(rows.len());
        self.twice += rows.len().saturating_sub(due);
        self.flagged += rows.iter().filter(|row| row.maybe_dup).count();
        self.unsettled += rows.iter().filter(|row| !is_settled(&row.state)).count();
        let mut texts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for row in rows {
            let (n, flagged) = texts.entry(row.text.as_str()).or_default();
            *n += 1;
            *flagged += usize::from(row.maybe_dup);
        }
        for (text, (n, flagged)) in texts {
            let arrived = inbox.iter().filter(|sms| *sms == text).count();
            self.lost += n.saturating_sub(arrived);
            self.sent_twice += arrived.saturating_sub(n);
            self.unflagged += usize::from(arrived > n && flagged == 0);
        }
        match life.kind {
            Kind::Word => {}
            Kind::StopStart => self.twice += usize::from(opened.profile.stopped.is_some()),
            Kind::Promise | Kind::Erase if life.erased => {
                self.twice += usize::from(opened.profile_version != 0);
                self.receipts += inbox.iter().filter(|text| text.contains("Kvitansiya")).count().min(1);
            }
            Kind::Promise | Kind::Erase => {
                let news = rows.iter().filter(|row| row.purpose == Purpose::Requested).count();
                self.promises += news;
                self.twice += usize::from(news > 1);
            }
        }
        if self.wrongs() > wrong {
            let known = rows.iter().map(|row| (&row.state, row.maybe_dup, now.since(row.created)));
            let known: Vec<_> = known.collect();
            self.why.push(format!("{life:?} has {inbox:?}, {known:?}, {:?}", opened.profile));
        }
    }

    fn wrongs(&self) -> usize {
        self.lost + self.twice + self.unflagged + self.unsettled
    }

    /// Nothing lost, nothing acted on twice, what was sent twice within `bound` and all of it flagged.
    pub(crate) fn holds(&self, bound: usize) {
        assert!(self.wrongs() == 0 && self.flagged <= bound, "at most {bound} flagged: {self:?}");
        assert!(self.promises > 0 && self.receipts > 0, "the load had no effects: {self:?}");
    }
}

fn is_settled(state: &RowState) -> bool {
    matches!(state, RowState::Accepted { .. } | RowState::Delivered { .. })
}

/// One store's line, and how its kills fell.
pub(crate) struct Tally {
    pub(crate) kept: Kept,
    pub(crate) random: usize,
    pub(crate) hit: BTreeMap<Point, usize>,
    /// Places that were not reached so many times within the time allowed.
    pub(crate) missed: Vec<(Point, u32)>,
    pub(crate) bound: usize,
    pub(crate) verdict: Verdict,
}

/// The table that README prints.
pub(crate) fn table(tallies: &[Tally]) -> String {
    let mut lines = vec![
        "\n| Store | kills | at random + named | letters acknowledged | arrived | lost | acted twice | sent twice | flagged | \
         window × kills |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for Tally { kept, random, hit, bound, verdict, .. } in tallies {
        let named: usize = hit.values().sum();
        let Verdict { acknowledged, arrived, lost, twice, sent_twice, flagged, .. } = verdict;
        lines.push(format!(
            "| {kept:?} | {} | {random} + {named} | {acknowledged} | {arrived} | {lost} | {twice} | {sent_twice} | \
             {flagged} | {bound} |",
            random + named,
        ));
    }
    let row = |first: &str, cells: Vec<String>| format!("| {first} | {} |", cells.join(" | "));
    lines.push(String::new());
    lines.push(row("Killed at", tallies.iter().map(|tally| format!("{:?}", tally.kept)).collect()));
    lines.push(format!("|---|{}", "---|".repeat(tallies.len())));
    for point in Point::ALL {
        let hits = tallies.iter().map(|tally| tally.hit.get(&point).map_or("–".to_owned(), usize::to_string));
        lines.push(row(point.name(), hits.collect()));
    }
    lines.join("\n")
}
