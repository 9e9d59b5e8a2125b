//! What the Redis that was found means for those who rely on it: version, memory policy, persistence, replicas, clock.

use super::{away, keys, unsure};
use crate::domain::time::Timestamp;
use crate::ports::{Finding, Gravity, StoreError};
use core::time::Duration;
use redis::aio::ConnectionManager;
use std::collections::BTreeMap;

/// The oldest release whose commands suffice.
const VERSION_MIN: [u32; 3] = [6, 2, 0];
/// Releases per line in which CVE-2025-49844 (code execution through Lua, CVSS 10) is mended: Redis, then Valkey.
const MENDED_REDIS: [[u32; 3]; 5] = [[6, 2, 20], [7, 2, 11], [7, 4, 6], [8, 0, 4], [8, 2, 2]];
const MENDED_VALKEY: [[u32; 3]; 3] = [[7, 2, 11], [8, 0, 6], [8, 1, 4]];
/// Clocks that differ by more make leases and lifetimes wrong.
const SKEW_MAX: Duration = Duration::from_secs(2);

/// Asks the server, and proves that it takes writes.
pub(super) async fn probe(
    connection: &mut ConnectionManager,
    now: Timestamp,
) -> Result<Vec<Finding>, StoreError> {
    let (info, (secs, micros)): (String, (i64, i64)) =
        redis::pipe().cmd("INFO").cmd("TIME").query_async(connection).await.map_err(|error| away(&error))?;
    redis::cmd("SET")
        .arg(keys::PROBED)
        .arg(now.0)
        .query_async::<()>(connection)
        .await
        .map_err(|error| unsure(&error))?;
    // Managed servers often refuse CONFIG; then this one thing stays unknown.
    let fsync: Option<(String, String)> =
        redis::cmd("CONFIG").arg("GET").arg("appendfsync").query_async(connection).await.ok();
    let theirs = Timestamp(secs.saturating_mul(1000).saturating_add(micros.checked_div(1000).unwrap_or(0)));
    Ok(judge(&read_info(&info), fsync.as_ref().map(|(_, value)| value.as_str()), theirs, now))
}

fn read_info(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.trim_end().split_once(':')).collect()
}

/// What the answers mean. Pure, so that every server can be tried in a test.
fn judge(
    info: &BTreeMap<&str, &str>,
    fsync: Option<&str>,
    theirs: Timestamp,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |gravity: Gravity, text: String| findings.push(Finding { gravity, text });
    version(info, &mut say);
    let policy = info.get("maxmemory_policy").copied().unwrap_or("unknown");
    if policy == "noeviction" {
        say(Gravity::Note, "maxmemory-policy is noeviction".to_owned());
    } else {
        say(
            Gravity::Unsafe,
            format!(
                "maxmemory-policy is \"{policy}\": Redis may drop sessions and texts; set it to noeviction"
            ),
        );
    }
    persistence(info, fsync, &mut say);
    let replicas = info.get("connected_slaves").copied().unwrap_or("0");
    let cluster = info.get("cluster_enabled").copied() == Some("1");
    if replicas != "0" || cluster {
        say(
            Gravity::Note,
            format!(
                "{replicas} replicas: replication is asynchronous, a failover may lose acknowledged writes"
            ),
        );
    }
    let skew = theirs.since(now).max(now.since(theirs));
    if skew > SKEW_MAX {
        let skew_ms = skew.as_millis();
        say(
            Gravity::Unsafe,
            format!("the clocks of Redis and of this machine differ by {skew_ms} ms; set them right"),
        );
    }
    findings
}

fn version(info: &BTreeMap<&str, &str>, say: &mut impl FnMut(Gravity, String)) {
    let (product, text, mended) = match info.get("valkey_version") {
        Some(version) => ("Valkey", *version, MENDED_VALKEY.as_slice()),
        None => ("Redis", info.get("redis_version").copied().unwrap_or("0"), MENDED_REDIS.as_slice()),
    };
    let mut numbers = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let version = [next(), next(), next()];
    let [major, minor, _] = version;
    let line =
        mended.iter().find(|[other_major, other_minor, _]| (major, minor) == (*other_major, *other_minor));
    let newest = mended.last().copied().unwrap_or_default();
    if version < VERSION_MIN {
        say(Gravity::Unsafe, format!("{product} {text} is too old; at least 6.2 is needed"));
    } else if line.map_or(version < newest, |least| version < *least) {
        say(
            Gravity::Old,
            format!(
                "{product} {text} may have CVE-2025-49844 (Lua, CVSS 10): update it, unless the distribution has \
                 mended this version"
            ),
        );
    } else {
        say(Gravity::Note, format!("{product} {text}"));
    }
}

fn persistence(info: &BTreeMap<&str, &str>, fsync: Option<&str>, say: &mut impl FnMut(Gravity, String)) {
    if info.get("aof_enabled").copied() != Some("1") {
        return say(
            Gravity::Unsafe,
            "appendonly is no: a crash loses everything since the last snapshot; set appendonly yes and appendfsync \
             always"
                .to_owned(),
        );
    }
    match fsync {
        Some("always") => say(Gravity::Note, "appendfsync is always: loss window none on this machine".to_owned()),
        Some("everysec") => say(
            Gravity::Note,
            "appendfsync is everysec: a crash may lose up to 1–2 s of acknowledged messages; set it to always".to_owned(),
        ),
        Some(other) => say(
            Gravity::Unsafe,
            format!("appendfsync is \"{other}\": a power cut may lose minutes of acknowledged messages; set it to always"),
        ),
        None => say(
            Gravity::Note,
            "appendfsync cannot be seen (CONFIG is refused): the loss window is up to 2 s unless it is always".to_owned(),
        ),
    }
    if info.get("aof_last_write_status").is_some_and(|status| *status != "ok") {
        say(
            Gravity::Unsafe,
            "the last write of the append-only file failed: look at the disk of Redis".to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(info: &str, fsync: Option<&str>, skew_ms: i64) -> (Gravity, String) {
        let now = Timestamp(1_700_000_000_000);
        let found = judge(&read_info(info), fsync, Timestamp(now.0 + skew_ms), now);
        let worst = found.into_iter().max_by_key(|finding| finding.gravity).unwrap();
        (worst.gravity, worst.text)
    }

    const GOOD: &str = "redis_version:8.2.2\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n";

    #[test]
    fn each_danger_is_named_with_its_cure() {
        assert_eq!(worst(GOOD, Some("always"), 0).0, Gravity::Note);
        let cases = [
            (GOOD.replace("8.2.2", "6.0.16"), Some("always"), 0, Gravity::Unsafe, "too old"),
            (GOOD.replace("8.2.2", "7.0.15"), Some("always"), 0, Gravity::Old, "CVE-2025-49844"),
            (GOOD.replace("8.2.2", "7.2.10"), Some("always"), 0, Gravity::Old, "CVE-2025-49844"),
            (GOOD.replace("8.2.2", "7.2.11"), Some("always"), 0, Gravity::Note, ""),
            (
                GOOD.replace("8.2.2", "7.2.4\r\nvalkey_version:8.1.3"),
                Some("always"),
                0,
                Gravity::Old,
                "Valkey 8.1.3",
            ),
            (GOOD.replace("8.2.2", "7.2.4\r\nvalkey_version:9.0.0"), Some("always"), 0, Gravity::Note, ""),
            (GOOD.replace("noeviction", "allkeys-lru"), Some("always"), 0, Gravity::Unsafe, "noeviction"),
            (
                GOOD.replace("aof_enabled:1", "aof_enabled:0"),
                Some("always"),
                0,
                Gravity::Unsafe,
                "appendonly",
            ),
            (GOOD.to_owned(), Some("no"), 0, Gravity::Unsafe, "minutes"),
            (GOOD.to_owned(), Some("always"), -2_500, Gravity::Unsafe, "differ by 2500 ms"),
        ];
        for (info, fsync, skew, gravity, said) in cases {
            let found = worst(&info, fsync, skew);
            assert_eq!(found.0, gravity, "{info}: {}", found.1);
            assert!(found.1.contains(said), "{info}: {}", found.1);
        }
    }

    #[test]
    fn the_loss_window_is_said() {
        let now = Timestamp(0);
        let said = |fsync| format!("{:?}", judge(&read_info(GOOD), fsync, now, now));
        assert!(said(Some("everysec")).contains("1–2 s"));
        assert!(said(Some("always")).contains("none on this machine"));
        let replicas = format!("{GOOD}connected_slaves:2\r\n");
        assert!(format!("{:?}", judge(&read_info(&replicas), None, now, now)).contains("failover may lose"));
    }
}
