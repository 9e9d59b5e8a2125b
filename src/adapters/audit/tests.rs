//! Every tampering with a trail is found, and a kill is not taken for one.

use super::chain::{self, Body, Chain, Line};
use super::{Head, Known, Report, verify};
use crate::domain::audit::Entry;
use crate::domain::audit::Event;
use crate::domain::consent::Channel;
use crate::domain::envelope::StepKey;
use crate::domain::time::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;

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
