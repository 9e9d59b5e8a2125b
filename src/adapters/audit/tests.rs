//! Every tampering with a trail is found, and a kill is not taken for one.

use super::chain::{self, Body, Chain, EVENTS_PER_CHECKPOINT, Line};
use super::*;
use crate::adapters::store::Store;
use crate::adapters::store::settings::{KeyRing, StoreSettings};
use crate::domain::audit::Event;
use crate::domain::consent::Channel;
use crate::domain::envelope::StepKey;
use crate::gateway::audit::Audit;
use crate::metrics::Metrics;
use crate::tasks::Tasks;
use proptest::prelude::*;

const KEY: [u8; 32] = [7; 32];
const NOW: Timestamp = Timestamp(1_795_600_000_000);

fn entry(n: u64) -> Entry {
    let id = StepKey::of(&[&n.to_be_bytes()]);
    Entry {
        id,
        at: Timestamp(NOW.0 + 1),
        subject: format!("01{n:032x}"),
        event: Event::Stop { channel: Channel::Letter },
    }
}

type Trail = (Vec<(String, Vec<u8>)>, BTreeMap<String, Head>);

/// Two files: one of `events` with a checkpoint every `every` and an open tail, and a short one.
fn trail(events: u64, every: u64) -> Trail {
    let mut files = Vec::new();
    let mut heads = BTreeMap::new();
    for (name, events) in [("audit-20261125-a.ndjson", events), ("audit-20261125-b.ndjson", 3)] {
        let (mut chain, mut octets) = Chain::begin(name, NOW).unwrap();
        for n in 0..events {
            octets.extend(chain.event(&entry(n + 1_000_000 * u64::try_from(files.len()).unwrap())).unwrap());
            if (n + 1) % every == 0 {
                octets.extend(chain.checkpoint(NOW, &KEY).unwrap());
            }
        }
        heads.insert(name.to_owned(), chain.head());
        files.push((name.to_owned(), octets));
    }
    (files, heads)
}

fn checked((files, heads): &Trail) -> Report {
    verify(files, Known { keys: Some(&[[1; 32], KEY]), heads: Some(heads) })
}

/// Lines with their ends.
fn lines(octets: &[u8]) -> Vec<Vec<u8>> {
    octets.split_inclusive(|octet| *octet == b'\n').map(<[u8]>::to_vec).collect()
}

/// The chain computed anew from line `from` on, as one would who knows its form but not the key.
fn restamped(lines: &mut [Vec<u8>], from: usize) {
    let mut before = [0; 32];
    for (n, line) in lines.iter_mut().enumerate() {
        let text = String::from_utf8(line.clone()).unwrap();
        let said = text.trim_end().rsplit_once(",\"hash\":\"").unwrap().0.to_owned() + "}";
        let mut said: Line = serde_json::from_str(&said).unwrap();
        if n >= from {
            said.n = u64::try_from(n).unwrap();
            said.prev = hex::encode(before);
        }
        let (new, hash) = chain::hashed(&said).unwrap();
        (*line, before) = (new, hash);
    }
}

#[derive(Clone, Copy, Debug)]
enum Tamper {
    Flip(u8),
    TakeOut,
    Replay,
    Swap,
    PutIn,
    CutAfter,
    CutWithin,
    Rewrite,
    RewriteWithout,
    Lose,
    Copy,
}

fn any_tamper() -> impl Strategy<Value = Tamper> {
    use Tamper::*;
    prop_oneof![
        (0u8..8).prop_map(Flip),
        Just(TakeOut),
        Just(Replay),
        Just(Swap),
        Just(PutIn),
        Just(CutAfter),
        Just(CutWithin),
        Just(Rewrite),
        Just(RewriteWithout),
        Just(Lose),
        Just(Copy)
    ]
}

/// Tampers with line `at` of a file; `octet` picks one within it.
fn tampered((mut files, heads): Trail, tamper: Tamper, at: usize, octet: usize) -> Trail {
    let mut all = lines(&files[0].1);
    let at = 1 + at % (all.len() - 2);
    let octet = octet % all[at].len();
    match tamper {
        Tamper::Flip(bit) => all[at][octet] ^= 1 << bit,
        Tamper::TakeOut => drop(all.remove(at)),
        Tamper::Replay => all.insert(at + 1, all[at].clone()),
        Tamper::Swap => all.swap(at, at + 1),
        Tamper::PutIn => {
            let body = Body::Event { id: "00".into(), subject: "x".into(), event: entry(1).event };
            let line = Line { n: u64::try_from(at).unwrap(), prev: "0".repeat(64), at: 1, body };
            all.insert(at, chain::hashed(&line).unwrap().0);
            restamped(&mut all, at);
        }
        Tamper::CutAfter => all.truncate(at + 1),
        Tamper::CutWithin => {
            all[at].truncate(octet);
            all.truncate(at + 1);
        }
        Tamper::Rewrite => {
            all[at] = String::from_utf8(all[at].clone()).unwrap().replace("\"at\":", "\"at\":1").into_bytes();
            restamped(&mut all, at);
        }
        Tamper::RewriteWithout => {
            all.remove(at);
            restamped(&mut all, at);
        }
        Tamper::Lose => {
            files.remove(0);
            return (files, heads);
        }
        Tamper::Copy => {
            let copy = files[0].1.clone();
            files.push(("audit-20261126-c.ndjson".into(), copy));
            return (files, heads);
        }
    }
    files[0].1 = all.concat();
    (files, heads)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn a_thousand_tamperings_are_all_found(
        tamper in any_tamper(), events in 4u64..30, every in 2u64..20, at in 0usize..1_000, octet in 0usize..1_000
    ) {
        let whole = trail(events, every);
        prop_assert_eq!(checked(&whole).problems, vec![]);
        let changed = tampered(whole.clone(), tamper, at, octet);
        prop_assume!(changed.0 != whole.0);
        prop_assert!(!checked(&changed).problems.is_empty(), "{:?}", tamper);
    }

    #[test]
    fn without_the_store_whatever_lies_before_a_checkpoint_is_found_all_the_same(
        tamper in prop_oneof![
            4 => (0u8..8).prop_map(Tamper::Flip),
            1 => Just(Tamper::TakeOut),
            1 => Just(Tamper::Replay),
            1 => Just(Tamper::Swap),
            1 => Just(Tamper::Copy)
        ],
        at in 0usize..1_000,
        octet in 0usize..1_000
    ) {
        let whole = trail(20, 21);
        let changed = tampered(whole.clone(), tamper, at, octet);
        prop_assume!(changed.0 != whole.0);
        prop_assert!(!verify(&changed.0, Known::default()).problems.is_empty(), "{:?}", tamper);
    }
}

#[test]
fn what_is_not_seen_without_the_store_is_seen_with_it() {
    let whole = trail(20, 7);
    for (tamper, at) in [(Tamper::CutAfter, 18), (Tamper::Lose, 0), (Tamper::RewriteWithout, 20)] {
        let changed = tampered(whole.clone(), tamper, at, 0);
        assert_eq!(verify(&changed.0, Known::default()).problems, [], "{tamper:?}: the manual says so");
        assert!(!checked(&changed).problems.is_empty(), "{tamper:?}");
    }
}

fn office(folder: &Path, shared: Arc<dyn Shared>, clock: &Clock) -> Office {
    let settings = Settings { folder: folder.to_owned(), rotate_days: 30, checkpoint_secs: 60 };
    let keep = Duration::from_secs(40 * 86_400);
    Office { settings, keep, key: KEY, gateway: 9, shared, clock: clock.clone() }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("kopir-audit-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    folder
}

fn shared() -> Arc<dyn Shared> {
    let keys = KeyRing::random().unwrap();
    Store::in_memory(&keys, &StoreSettings::default(), &Metrics::default()).unwrap().shared
}

async fn whole(folder: &Path, shared: &dyn Shared) -> Report {
    let heads = heads(shared, NOW).await.unwrap();
    verify(&files(folder).unwrap(), Known { keys: Some(&[KEY]), heads: Some(&heads) })
}

#[tokio::test]
async fn what_is_told_as_written_is_on_the_disk_and_known_to_the_store_and_a_stop_seals_it() {
    let (folder, shared, clock, tasks) = (folder("writes"), shared(), Clock::manual(NOW), Tasks::new());
    let (audit, notes) = Audit::channel();
    tasks.spawn("audit", run(office(&folder, shared.clone(), &clock), notes, tasks.stopping()));
    assert!(audit.note(vec![entry(1), entry(2)]).await);
    let report = whole(&folder, &*shared).await;
    assert_eq!((report.events, report.open, report.problems), (2, 2, vec![]));
    assert!(audit.note(vec![entry(2)]).await, "a second telling of the same");
    tasks.stop();
    assert!(tasks.drained(Duration::from_secs(20)).await);
    let report = whole(&folder, &*shared).await;
    assert_eq!((report.events, report.doubles, report.open, report.checkpoints), (3, 1, 0, 1));
    assert_eq!((report.problems, report.notes), (vec![], vec![]));
    assert!(!audit.note(vec![entry(3)]).await, "nobody writes any more, and nobody says so");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_follows_an_event_within_a_minute_and_a_thousand_events_at_once() {
    let (folder, shared, clock, tasks) = (folder("seals"), shared(), Clock::manual(NOW), Tasks::new());
    let (audit, notes) = Audit::channel();
    tasks.spawn("audit", run(office(&folder, shared.clone(), &clock), notes, tasks.stopping()));
    assert!(audit.note((0..EVENTS_PER_CHECKPOINT).map(entry).collect()).await);
    assert_eq!(whole(&folder, &*shared).await.checkpoints, 1);
    assert!(audit.note(vec![entry(5_000)]).await);
    while whole(&folder, &*shared).await.open > 0 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(whole(&folder, &*shared).await.checkpoints, 2);
    tasks.stop();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_kill_leaves_a_torn_line_that_is_a_note_and_files_go_after_their_time() {
    let (folder, shared, clock) = (folder("torn"), shared(), Clock::manual(NOW));
    let office = office(&folder, shared.clone(), &clock);
    let mut open = write(&office, None, vec![entry(1)], false).await.unwrap();
    open.file.write_all(b"{\"n\":2,\"pr").unwrap();
    drop(open);
    clock.advance(Duration::from_secs(1));
    drop(write(&office, None, vec![entry(1)], false).await.unwrap());
    let report = whole(&folder, &*shared).await;
    assert_eq!((report.files, report.doubles, report.notes.len(), report.problems), (2, 1, 1, vec![]));
    clock.advance(Duration::from_secs(72 * 86_400));
    drop(write(&office, None, vec![entry(2)], true).await.unwrap());
    let report = whole(&folder, &*shared).await;
    assert_eq!((report.files, report.events, report.problems), (1, 1, vec![]));
    std::fs::remove_dir_all(&folder).unwrap();
}
