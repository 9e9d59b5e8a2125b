//! The writer of the audit trail on a real disk, with its heads in a store.

use crate::redis_server::Folder;
use kopir::adapters::audit::{self, Known, Office, Report, Settings};
use kopir::adapters::store::Store;
use kopir::adapters::store::settings::{KeyRing, StoreSettings};
use kopir::clock::Clock;
use kopir::domain::audit::{Entry, Event};
use kopir::domain::consent::Channel;
use kopir::domain::envelope::StepKey;
use kopir::domain::time::Timestamp;
use kopir::gateway::audit::Audit;
use kopir::metrics::Metrics;
use kopir::ports::Shared;
use kopir::tasks::Tasks;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

const KEY: [u8; 32] = [7; 32];
const NOW: Timestamp = Timestamp(1_795_600_000_000);
const LIMIT: Duration = Duration::from_secs(20);

fn entry(n: u64) -> Entry {
    let id = StepKey::of(&[&n.to_be_bytes()]);
    let event = Event::Stop { channel: Channel::Letter };
    Entry { id, at: NOW, subject: format!("01{n:032x}"), event }
}

/// A trail and where it is written; one writer at a time.
struct Desk {
    folder: Folder,
    shared: Arc<dyn Shared>,
    clock: Clock,
}

struct Writer {
    audit: Audit,
    tasks: Tasks,
}

impl Desk {
    fn new() -> Self {
        let store =
            Store::in_memory(&KeyRing::random().unwrap(), &StoreSettings::default(), &Metrics::default());
        Self { folder: Folder::new(), shared: store.unwrap().shared, clock: Clock::manual(NOW) }
    }

    fn writer(&self) -> Writer {
        let settings =
            Settings { folder: self.folder.path().to_owned(), rotate_days: 30, checkpoint_secs: 60 };
        let (keep, shared, clock) =
            (Duration::from_secs(40 * 86_400), self.shared.clone(), self.clock.clone());
        let office = Office { settings, keep, key: KEY, gateway: 9, shared, clock };
        let (audit, notes) = Audit::channel();
        let tasks = Tasks::new();
        tasks.spawn("audit", audit::run(office, notes, tasks.stopping()));
        Writer { audit, tasks }
    }

    async fn report(&self) -> Report {
        let heads = audit::heads(&*self.shared, NOW).await.unwrap();
        let files = audit::files(self.folder.path()).unwrap();
        audit::verify(&files, Known { keys: Some(&[KEY]), heads: Some(&heads) })
    }
}

impl Writer {
    async fn stop(self) -> Audit {
        self.tasks.stop();
        assert!(self.tasks.drained(LIMIT).await);
        self.audit
    }
}

#[tokio::test]
async fn what_is_told_as_written_is_on_the_disk_and_known_to_the_store_and_a_stop_seals_it() {
    let desk = Desk::new();
    let writer = desk.writer();
    assert!(writer.audit.note(vec![entry(1), entry(2)]).await);
    let report = desk.report().await;
    assert_eq!((report.events, report.open, report.problems), (2, 2, vec![]));
    assert!(writer.audit.note(vec![entry(2)]).await, "a second telling of the same");
    let audit = writer.stop().await;
    let report = desk.report().await;
    assert_eq!((report.events, report.doubles, report.open, report.checkpoints), (3, 1, 0, 1));
    assert_eq!((report.problems, report.notes), (vec![], vec![]));
    assert!(!audit.note(vec![entry(3)]).await, "nobody writes any more, and nobody says so");
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_follows_an_event_within_a_minute_and_a_thousand_events_at_once() {
    let desk = Desk::new();
    let writer = desk.writer();
    assert!(writer.audit.note((0..1_000).map(entry).collect()).await);
    assert_eq!(desk.report().await.checkpoints, 1);
    assert!(writer.audit.note(vec![entry(5_000)]).await);
    let begun = kopir::clock::instant();
    while desk.report().await.open > 0 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(begun.elapsed() <= Duration::from_secs(62));
    assert_eq!(desk.report().await.checkpoints, 2);
    writer.stop().await;
}

#[tokio::test]
async fn a_kill_leaves_a_torn_line_that_is_a_note_and_files_go_after_their_time() {
    let desk = Desk::new();
    let killed = desk.writer();
    assert!(killed.audit.note(vec![entry(1)]).await);
    let (name, _) = audit::files(desk.folder.path()).unwrap().remove(0);
    let mut file = std::fs::OpenOptions::new().append(true).open(desk.folder.path().join(name)).unwrap();
    file.write_all(b"{\"n\":2,\"pr").unwrap();
    desk.clock.advance(Duration::from_secs(1));
    let writer = desk.writer();
    assert!(writer.audit.note(vec![entry(1)]).await, "the due was not settled: it is written again");
    let report = desk.report().await;
    assert_eq!((report.files, report.doubles, report.notes.len(), report.problems), (2, 1, 1, vec![]));
    writer.stop().await;
    desk.clock.advance(Duration::from_secs(72 * 86_400));
    let writer = desk.writer();
    assert!(writer.audit.note(vec![entry(2)]).await);
    let report = desk.report().await;
    assert_eq!((report.files, report.events, report.problems), (1, 1, vec![]));
    writer.stop().await;
}
